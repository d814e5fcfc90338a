package main

import (
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/evidence"
	"github.com/cocrouter/cocrouter/pkg/store"
	"github.com/cocrouter/cocrouter/pkg/store/postgrestest"
)

// evident leaves cases with five items of evidence each, as the workflow would.
func (o *operated) evident(st *store.Store, ids ...coc.CaseID) {
	o.t.Helper()
	for _, id := range ids {
		c := coc.Case{ID: id, Revision: 1, Stage: coc.StageReceived, Placements: []coc.Placement{{PlacedAt: time.Now()}}}
		var change coc.Change
		for range 5 {
			kept, err := st.Keep(o.t.Context(), strings.NewReader(strings.Repeat("heliotrope ", 50_000)))
			if err != nil {
				o.t.Fatal(err)
			}
			sign := func(e coc.Evidence) (string, error) {
				words, err := o.set.keys.Pack(e)
				return o.set.keys.DigestOf("evidence of "+string(id), words), err
			}
			c.Evidence, err = evidence.Add(c.Evidence, coc.Evidence{Kind: coc.EvidenceFile, Title: coc.NewProse("heliotrope.txt"), At: time.Now().UTC().Round(0), Content: kept}, sign)
			if err != nil {
				o.t.Fatal(err)
			}
			change.Kept = append(change.Kept, coc.Kept{Content: kept.ID, Case: id})
		}
		change.Cases = []coc.Case{c}
		if err := st.Commit(o.t.Context(), change); err != nil {
			o.t.Fatal(err)
		}
	}
}

// rewrite is somebody with the keys of the cases, who puts another list in the place
// of a case's evidence.
func (o *operated) rewrite(st *store.Store, id coc.CaseID, change func([]coc.Evidence) []coc.Evidence) {
	o.t.Helper()
	c, err := st.Case(o.t.Context(), id)
	if err != nil {
		o.t.Fatal(err)
	}
	c.Evidence = change(c.Evidence)
	c.Revision++
	if err := st.Commit(o.t.Context(), coc.Change{Cases: []coc.Case{c}}); err != nil {
		o.t.Fatal(err)
	}
}

// flip changes one bit of the second piece of an item's content, and drops another's
// content.
func (o *operated) flip(st *store.Store, flipped, dropped coc.Evidence) {
	o.t.Helper()
	db := st.DB()
	if path, ok := strings.CutPrefix(o.set.Database, "sqlite:"); ok {
		var err error
		if db, err = sql.Open("sqlite", path+"-evidence"); err != nil {
			o.t.Fatal(err)
		}
		defer db.Close()
	}
	var sealed []byte
	if err := db.QueryRowContext(o.t.Context(), `SELECT sealed FROM pieces WHERE n = 1 AND content = '`+flipped.Content.ID+`'`).Scan(&sealed); err != nil {
		o.t.Fatal(err)
	}
	sealed[len(sealed)/2] ^= 0x10
	if _, err := db.ExecContext(o.t.Context(), `DELETE FROM contents WHERE id = '`+dropped.Content.ID+`'`); err != nil {
		o.t.Fatal(err)
	}
	for _, end := range []string{"?", "$1"} {
		if _, err := db.ExecContext(o.t.Context(), `UPDATE pieces SET sealed = `+end+` WHERE n = 1 AND content = '`+flipped.Content.ID+`'`, sealed); err == nil {
			return
		}
	}
	o.t.Fatal("nothing was flipped")
}

func TestDoctorFindsWhatWasDoneToEvidence(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func(testing.TB) string{
		"SQLite": func(testing.TB) string { return "" }, "PostgreSQL": postgrestest.URL,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOperated(t, database(t))
			srv, err := newServer(t.Context(), o.set, zerolog.Nop(), tuning{})
			if err != nil {
				t.Fatal(err)
			}
			o.evident(srv.store, "case-a", "case-b", "case-c", "case-d")
			if err := srv.store.Close(); err != nil {
				t.Fatal(err)
			}
			if said := o.runs("doctor", exitFine, "--evidence"); said != "Of 4 cases, all 20 items of evidence are as they were kept.\n" {
				t.Errorf("%s", said)
			}
			o.runs("doctor", exitUsage)
			o.runs("doctor", exitUsage, "--evidence", "--output", "xml")

			if srv, err = newServer(t.Context(), o.set, zerolog.Nop(), tuning{}); err != nil {
				t.Fatal(err)
			}
			spoilt, err := srv.store.Case(t.Context(), "case-a")
			if err != nil {
				t.Fatal(err)
			}
			o.flip(srv.store, spoilt.Evidence[1], spoilt.Evidence[4])
			o.rewrite(srv.store, "case-b", func(e []coc.Evidence) []coc.Evidence { return slices.Delete(e, 2, 3) })
			o.rewrite(srv.store, "case-c", func(e []coc.Evidence) []coc.Evidence { e[0], e[1] = e[1], e[0]; return e })
			want := checkup{Cases: 4, Items: 19, Findings: []spoiled{
				{"case-a", 2, "its content is not what was kept"},
				{"case-a", 5, "its content is missing"},
				{"case-b", 3, "the entry is missing"},
				{"case-c", 1, "the entry is not in its place"},
			}}
			same := func(when string) {
				t.Helper()
				said := o.runs("doctor", exitWrong, "--evidence", "--output", "json")
				var got checkup
				if err := json.Unmarshal([]byte(said), &got); err != nil || got.Cases != want.Cases || got.Items != want.Items || !slices.Equal(got.Findings, want.Findings) {
					t.Errorf("%s: %v\n%s", when, err, said)
				}
				text := o.runs("doctor", exitWrong, "--evidence")
				if !strings.Contains(text, "case case-a, item 2: its content is not what was kept\n") || strings.Contains(said+text, "heliotrope") {
					t.Errorf("%s: %s", when, text)
				}
			}
			_, _, stop := runServer(t, srv)
			waitFor(t, func() bool { // until it answers whoever has to go by way of it
				_, answers := askServer(t.Context(), o.set.Database)
				return answers || socketOf(o.set.Database) == ""
			})
			same("while a server runs")
			if err := stop(); err != nil {
				t.Error(err)
			}
			same("without one")
		})
	}
}
