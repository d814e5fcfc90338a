package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/store/postgrestest"
)

func (o *operated) notices(exit int, args ...string) string {
	o.t.Helper()
	return o.runs("notices", exit, args...)
}

// owing leaves a case in the database of which two desks have to be told by hand.
func (o *operated) owing() {
	o.t.Helper()
	srv, err := newServer(o.t.Context(), o.set, zerolog.Nop(), tuning{})
	if err != nil {
		o.t.Fatal(err)
	}
	letter := func(name, reference string) coc.Duty {
		return coc.Duty{
			To: coc.Committee{Key: name, Name: name + " Desk", Contact: name + "@host.example"}, What: coc.WordLetter, When: coc.WhenOpened,
			Rule: "event/desk", Event: "River Days", Reference: reference,
		}
	}
	c := coc.Case{
		ID: "case-of-heliotrope", Revision: 1, Stage: coc.StageReceived, Report: coc.Report{Account: coc.NewProse("heliotrope")},
		Parties:    []coc.Party{{Login: "heliotrope", Role: coc.RoleAccused}},
		Placements: []coc.Placement{{Committee: coc.Committee{Name: "Foundation Committee"}, PlacedAt: time.Now()}},
		Duties:     []coc.Duty{letter("one", "N-11111111"), letter("two", "N-22222222")},
	}
	if err := srv.store.Commit(o.t.Context(), coc.Change{Cases: []coc.Case{c}}); err != nil {
		o.t.Fatal(err)
	}
	if err := srv.store.Close(); err != nil {
		o.t.Fatal(err)
	}
}

func TestOperatorSeesAndSettlesWhatIsToldByHand(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func(testing.TB) string{
		"SQLite": func(testing.TB) string { return "" }, "PostgreSQL": postgrestest.URL,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOperated(t, database(t))
			o.owing()
			o.settlesByHand(t, "N-11111111") // with no server

			log := &lines{}
			srv, err := newServer(t.Context(), o.set, zerolog.New(log), tuning{})
			if err != nil {
				t.Fatal(err)
			}
			_, _, stop := runServer(t, srv)
			waitFor(t, func() bool { return strings.Contains(log.String(), `"message":"ready"`) })
			o.settlesByHand(t, "N-22222222")
			if err := stop(); err != nil {
				t.Error(err)
			}
			if said := o.notices(exitFine, "list"); !strings.Contains(said, "No notice waits.") {
				t.Errorf("the list:\n%s", said)
			}
			for _, never := range []string{"heliotrope", "River Days", "Desk"} {
				if strings.Contains(log.String(), never) {
					t.Errorf("the log has %s:\n%s", never, log)
				}
			}
		})
	}
}

// settlesByHand lists, shows and settles the one of that ID.
func (o *operated) settlesByHand(t *testing.T, id string) {
	t.Helper()
	var waiting []casework.Letter
	listed := o.notices(exitFine, "list", "--output", "json")
	if err := json.Unmarshal([]byte(listed), &waiting); err != nil || len(waiting) == 0 {
		t.Fatalf("%v:\n%s", err, listed)
	}
	text := o.notices(exitFine, "list")
	shown := o.notices(exitFine, "show", strings.ToLower(id))
	for _, want := range []string{id, "Desk", "@host.example"} {
		if !strings.Contains(text, want) {
			t.Errorf("the list lacks %q:\n%s", want, text)
		}
	}
	for _, want := range []string{"about the event River Days", "row 1 of", "read meanwhile by Foundation Committee", "cocrouter notices done --config " + o.config + " " + id} {
		if !strings.Contains(shown, want) {
			t.Errorf("it shows no %q:\n%s", want, shown)
		}
	}
	if strings.Contains(text+listed+shown, "heliotrope") {
		t.Errorf("it tells of the report:\n%s%s%s", text, listed, shown)
	}
	o.notices(exitWrong, "show", "N-33333333")
	o.notices(exitWrong, "done", "N-33333333")
	o.notices(exitUsage, "list", "--output", "xml")
	if said := o.notices(exitFine, "done", strings.ToLower(id)); !strings.Contains(said, strings.ToLower(id)+": recorded as delivered") {
		t.Errorf("it says %s", said)
	}
	if said := o.notices(exitWrong, "done", id); !strings.Contains(said, "No notice of that ID waits.") {
		t.Errorf("it says %s", said)
	}
	if strings.Contains(o.notices(exitFine, "list"), id) {
		t.Error("it is still listed")
	}
}
