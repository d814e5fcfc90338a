package casework_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// withLake has one more project, whose committee no directory knows.
func withLake(t *testing.T) (*world, coc.Repo) {
	w := withEvents(t)
	lake := coc.Repo{Owner: "lake", Name: "main"}
	w.repo(lake, "public").files[".github/coc.yaml"] = "version: 1\ncommittee: {name: Lake Committee, level: project, contact: conduct@lake.example, incidents: lake/conduct, members: [lia-lake, leo-lake]}\nescalate_to: foundation\n"
	w.repo(coc.Repo{Owner: "lake", Name: "conduct"}, "private", "lia-lake", "leo-lake")
	return w, lake
}

// adding sends the form again, with other circumstances.
func (w *world) adding(c coc.Case, said coc.Circumstances, who ...coc.Party) coc.Case {
	w.Helper()
	f := says("More about the " + canary + ".")
	f.Around, f.Involved = said, who
	w.file("token", f)
	w.pass(time.Minute)
	return w.caseOf(c.ID)
}

func TestWhatIsAddedTellsOthersAndMovesNothing(t *testing.T) {
	t.Parallel()
	lake := coc.Repo{Owner: "lake", Name: "main"}
	touches := coc.Circumstances{Touches: coc.NewProse("lake/main"), Also: []coc.Repo{lake}, Whole: true}
	only := touches
	only.Space = coc.SpaceElsewhere
	event := coc.Circumstances{Space: coc.SpaceEvent, Known: "RiverDays"}
	accused := func(l coc.Login) []coc.Party { return []coc.Party{{Login: l, Role: coc.RoleAccused}} }
	for name, tc := range map[string]struct {
		first   coc.Circumstances
		does    func(*world, coc.Case) coc.Case // in between
		adds    coc.Circumstances
		who     []coc.Party
		home    string
		notices string // in whose rooms
		letters int
		says    string // to the committee; "" is nothing of it
	}{
		"a project where the accused sits is not told": {
			adds: touches, who: accused("lia-lake"), home: "river/conduct", says: "`/coc transfer foundation REASON` gives it to Foundation Committee"},
		"what was said before": {first: touches, adds: touches, home: "foundation", notices: "lake/conduct river/conduct"},
		"danger alone":         {adds: coc.Circumstances{Danger: true}, home: "river/conduct"},
		"the project that it is about anyway": {
			adds: coc.Circumstances{Space: coc.SpaceRepository, Here: true}, home: "river/conduct"},
		"another project": {
			adds: touches, home: "river/conduct", notices: "lake/conduct", says: "`/coc transfer foundation REASON` gives it to Foundation Committee"},
		"another project alone, which no directory has": {
			adds: only, home: "river/conduct", notices: "lake/conduct", says: "`/coc transfer lake/conduct REASON` gives it to Lake Committee"},
		"an event": {
			adds: event, home: "river/conduct", notices: "foundation-conduct/cases", letters: 1, says: "`/coc transfer foundation REASON`"},
		"an event, of an acknowledged case": {
			does: func(w *world, c coc.Case) coc.Case { return w.says(c, "ada-river", "/coc ack") },
			adds: event, home: "river/conduct", notices: "foundation-conduct/cases", letters: 1, says: "`/coc transfer foundation REASON`"},
		"of a closed case": {
			does: func(w *world, c coc.Case) coc.Case {
				return w.decides(c, "ada-river", "/coc ack\n/coc resolve no-action\n/coc close")
			},
			adds: touches, home: "river/conduct"},
		"the foundation has it, and it concerns one more project": {
			first: event, adds: coc.Circumstances{Touches: touches.Touches, Also: touches.Also, Whole: true}, home: "foundation", notices: "lake/conduct", letters: 1,
			says: "Whoever has to know that there is a case is told"},
		"somebody in the room is named as well": {
			adds: touches, who: accused("ada-river"), home: "foundation", notices: "lake/conduct"},
		"it may be against the law as well, so that it leaves": {
			adds: coc.Circumstances{Touches: touches.Touches, Also: touches.Also, Whole: true, Risks: []coc.Risk{coc.RiskIllegality}}, home: "foundation", notices: "lake/conduct"},
		"whom the table names has had it": {
			does: func(w *world, c coc.Case) coc.Case {
				c = w.says(c, "ada-river", "/coc transfer foundation It is theirs.")
				return w.says(c, "fay-foundation", "/coc transfer summit It is theirs.")
			},
			adds: touches, home: "summit", notices: "lake/conduct", says: "Whoever has to know that there is a case is told"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := withLake(t)
			c := w.around(tc.first)
			if tc.does != nil {
				c = tc.does(w, c)
			}
			stage, had := c.Stage, len(c.Placements)
			c = w.adding(c, tc.adds, tc.who...)
			if c.Home().Committee.Key != tc.home || len(c.Placements) == had && c.Stage != stage {
				t.Errorf("it is with %s, %s", c.Home().Committee.Key, c.Stage)
			}
			var rooms []string
			for _, room := range []string{"foundation-conduct/cases", "lake/conduct", "river/conduct"} {
				for _, n := range w.noticesOf(c) {
					if n.Home().Room.Repo.String() == room {
						rooms = append(rooms, room)
						if body := w.issueOf(n, 0).Body; strings.Contains(body, canary) || !strings.Contains(body, "There is a case") {
							t.Errorf("%s reads:\n%s", room, body)
						}
					}
				}
			}
			if got := strings.Join(rooms, " "); got != tc.notices || len(w.letters()) != tc.letters {
				t.Errorf("notices in %q, %d letters", got, len(w.letters()))
			}
			said := strings.Join(w.issueOf(c, len(c.Placements)-1).comments, "\n")
			if tc.says == "" && strings.Contains(said, "What was added says more") || tc.says != "" && !strings.Contains(said, tc.says) {
				t.Errorf("the committee reads:\n%s", said)
			}
			if more := strings.Contains(said, "`/coc transfer"); more != strings.Contains(tc.says, "`/coc transfer") {
				t.Errorf("it is told to pass it on: %t", more)
			}
			again := len(w.gh.writes)
			w.adding(c, tc.adds, tc.who...)
			w.pass(3 * time.Hour)
			if n := len(w.noticesOf(c)); n != len(rooms) || len(w.gh.writes) != again {
				t.Errorf("the same once more: %d notices, %d writes", n, len(w.gh.writes)-again)
			}
			w.invariants()
		})
	}
}

// What is offered as the next step can be done.
func TestCaseCanBePassedToTheProjectThatWasAdded(t *testing.T) {
	t.Parallel()
	w, lake := withLake(t)
	c := w.around(coc.Circumstances{})
	c = w.adding(c, coc.Circumstances{Space: coc.SpaceElsewhere, Also: []coc.Repo{lake}, Touches: coc.NewProse("lake/main"), Whole: true})
	c = w.says(c, "ada-river", "/coc transfer lake/conduct It is about theirs alone.")
	if c.Home().Committee.Name != "Lake Committee" || c.Home().Issue == 0 {
		t.Errorf("it is with %s", c.Home().Committee.Name)
	}
	w.invariants()
}

// A committee that came to be in force for the source after the report was filed may
// be the accused's: it is not told, and not named.
func TestCommitteeThatReplacedTheFirstIsNotTold(t *testing.T) {
	t.Parallel()
	w, lake := withLake(t)
	c := w.around(coc.Circumstances{})
	w.repo(coc.Repo{Owner: "river", Name: "other"}, "private", "omar-outsider")
	w.tell(w.pushed("version: 1\ncommittee: {name: New Committee, level: project, contact: new@river.example, incidents: river/other, members: [omar-outsider]}\n"))
	w.pass(80 * time.Hour)
	if pointed, err := w.Guide(t.Context(), source); err != nil || pointed.Committee != "New Committee" {
		t.Fatalf("in force is %+v, %v", pointed, err)
	}
	filed := w.adding(c, coc.Circumstances{Also: []coc.Repo{lake}, Touches: coc.NewProse("lake/main"), Whole: true})
	told := w.noticesOf(filed)
	if len(told) != 1 || told[0].Home().Committee.Name != "Lake Committee" || len(w.at(coc.Repo{Owner: "river", Name: "other"}).issues) != 0 {
		t.Errorf("notices: %+v", told)
	}
	w.invariants()
}
