package route

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

// A reason says whose it is, where, and how much; what it has more is in the
// clause of its rule, and nothing else is.
func TestReasonsSayWhoseWhereAndHowMuch(t *testing.T) {
	t.Parallel()
	wrong := func(problems ...policy.Problem) RosterFile {
		return RosterFile{State: StateInvalid, Problems: problems}
	}
	for name, tc := range map[string]struct {
		world func(t testing.TB, f *facts)
		want  coc.Reason
	}{
		"a mistake in a coc.yaml": {
			func(_ testing.TB, f *facts) {
				f.places[nearest1] = Place{State: StateFound, Problems: policy.Problems{{Line: 3, Column: 7}, {Line: 1, Column: 1}}}
			}, coc.Reason{Rule: "lookup/invalid", Place: nearest1, Detail: "line 3, column 7"}},
		"a mistake without a column is at the line's beginning": {
			func(_ testing.TB, f *facts) {
				f.places[nearest1] = Place{State: StateInvalid, Problems: policy.Problems{{Line: 1}}}
			}, coc.Reason{Rule: "lookup/invalid", Place: nearest1, Detail: "line 1, column 1"}},
		"a mistake that is nowhere": {
			func(_ testing.TB, f *facts) { f.places[nearest1] = Place{State: StateInvalid} },
			coc.Reason{Rule: "lookup/invalid", Place: nearest1, Detail: "the file as a whole"}},
		"a mistake of the whole file": {
			func(_ testing.TB, f *facts) {
				f.places[nearest1] = Place{State: StateFound, Problems: policy.Problems{{Column: 4}}}
			}, coc.Reason{Rule: "lookup/invalid", Place: nearest1, Detail: "the file as a whole"}},
		"a pointer that says nothing": {
			func(_ testing.TB, f *facts) { f.places[nearest1] = Place{State: StateFound} },
			coc.Reason{Rule: "lookup/invalid", Place: nearest1, Detail: "the file as a whole"}},
		"a file that is not there": {
			func(_ testing.TB, f *facts) { delete(f.places, nearest1) },
			coc.Reason{Rule: "lookup/missing", Place: nearest1}},
		"a repository that the App cannot see": {
			func(_ testing.TB, f *facts) { f.places[nearest1] = Place{State: StateInaccessible} },
			coc.Reason{Rule: "lookup/inaccessible", Place: nearest1}},
		"an owner without a .github repository": {
			func(_ testing.TB, f *facts) {
				delete(f.places, nearest1)
				f.places[shared] = Place{State: StateInaccessible}
			}, coc.Reason{Rule: "lookup/missing", Place: shared}},
		"a folder": {
			func(_ testing.TB, f *facts) { f.places[nearest1] = Place{State: StateNotAFile} },
			coc.Reason{Rule: "lookup/not-a-file", Place: nearest1}},
		"a large file": {
			func(_ testing.TB, f *facts) { f.places[nearest1] = Place{State: StateTooLarge} },
			coc.Reason{Rule: "lookup/too-large", Place: nearest1}},
		"a file that may not be read": {
			func(_ testing.TB, f *facts) { f.places[nearest1] = Place{State: StateDenied} },
			coc.Reason{Rule: "lookup/denied", Place: nearest1}},
		"a file that was not read": {
			func(_ testing.TB, f *facts) { f.places[nearest1] = Place{} },
			coc.Reason{Rule: "lookup/unreadable", Place: nearest1}},
		"a committee that nobody knows": {
			func(t testing.TB, f *facts) { f.places[nearest1] = named(t, "nobody") },
			coc.Reason{Rule: "lookup/unknown-committee", Place: nearest1}},
		"a file that points to a committee": {
			func(testing.TB, *facts) {}, coc.Reason{Rule: "lookup/found", Committee: "Project Committee", Place: nearest1}},
		"a source that is not known": {
			func(_ testing.TB, f *facts) { f.Source.ID = 0 },
			coc.Reason{Rule: "lookup/unknown-source", Place: "my-org/my-project"}},
		"an entry of the directory": {
			func(_ testing.TB, f *facts) { f.Source.Repo = coc.Repo{Owner: "pinned-org", Name: "tool"} },
			coc.Reason{Rule: "lookup/directory", Committee: "Pinned Committee"}},
		"none at all": {
			func(_ testing.TB, f *facts) { f.places = nil }, coc.Reason{Rule: "lookup/none", Row: "6"}},
		"another owner that has not accepted": {
			func(t testing.TB, f *facts) {
				f.places[nearest1] = Place{State: StateFound, Pointer: pointer(t, strings.Replace(pointerYAML, "my-org/cases", "pinned-org/cases", 1))}
			}, coc.Reason{Rule: "lookup/refused-owner", Committee: "Project Committee", Place: nearest1}},
		"a fork": {
			func(_ testing.TB, f *facts) { f.Source.Fork = true },
			coc.Reason{Rule: "lookup/fork", Committee: "Project Committee", Place: nearest1}},
		"cases in the source": {
			func(t testing.TB, f *facts) {
				f.places[nearest1] = Place{State: StateFound, Pointer: pointer(t, strings.Replace(pointerYAML, "my-org/cases", "my-org/my-project", 1))}
			}, coc.Reason{Rule: "lookup/refused-source", Committee: "Project Committee", Place: nearest1}},
		"a mistake in a committee's file": {
			func(_ testing.TB, f *facts) { f.files[project] = wrong(policy.Problem{Line: 2, Column: 5}) },
			coc.Reason{Rule: "committee/file-invalid", Committee: "Project Committee", Place: project, Detail: "line 2, column 5"}},
		"a committee's file that is a folder": {
			func(_ testing.TB, f *facts) { f.files[project] = RosterFile{State: StateNotAFile} },
			coc.Reason{Rule: "committee/file-invalid", Committee: "Project Committee", Place: project, Detail: "not a file"}},
		"a committee's file that is too large": {
			func(_ testing.TB, f *facts) { f.files[project] = RosterFile{State: StateTooLarge} },
			coc.Reason{Rule: "committee/file-invalid", Committee: "Project Committee", Place: project, Detail: "too large"}},
		"a committee's file that cannot be read": {
			func(_ testing.TB, f *facts) { f.files[project] = RosterFile{State: StateUnreadable} },
			coc.Reason{Rule: "committee/file-unreadable", Committee: "Project Committee", Place: project}},
		"a team": {
			func(t testing.TB, f *facts) {
				f.files[project] = committeeFile(t, "version: 1\nteam: my-org/conduct\n")
				f.teams["my-org/conduct"] = TeamFacts{State: StateInaccessible}
			}, coc.Reason{Rule: "committee/team-unreadable", Committee: "Project Committee", Place: project, Detail: "inaccessible"}},
		"a majority": {
			func(_ testing.TB, f *facts) { f.Parties = parties(coc.RoleHarmed, "kim-project", "lee-project") },
			coc.Reason{Rule: "committee/majority-conflicted", Row: "7", Committee: "Project Committee", Place: project, Detail: "1 remain"}},
		"a minimum of a project is none of row 9": {
			func(t testing.TB, f *facts) {
				f.files[project] = committeeFile(t, "version: 1\nminimum: {without_hard_conflict: 3}\nmembers: [{login: kim-project}, {login: lee-project}, {login: mo-project}]\n")
				f.Parties = parties(coc.RoleHarmed, "kim-project")
			}, coc.Reason{Rule: "committee/below-minimum", Committee: "Project Committee", Place: project, Detail: "2 remain"}},
		"the foundation's minimum": {
			func(_ testing.TB, f *facts) {
				f.places, f.Parties = nil, parties(coc.RoleHarmed, "fay-foundation", "fin-foundation")
			}, coc.Reason{Rule: "committee/below-minimum", Row: "9", Committee: "Foundation Conduct Committee", Place: "foundation-conduct/cases", Detail: "1 remain"}},
		"nobody clear": {
			func(t testing.TB, f *facts) {
				f.files[project] = committeeFile(t, "version: 1\nmembers: [{login: kim-project, employer: Acme}, {login: lee-project, employer: Acme}, {login: mo-project, employer: Acme}]\n")
				f.Parties = parties(coc.RoleHarmed, "kim-project")
			}, coc.Reason{Rule: "committee/not-clear", Committee: "Project Committee", Place: project, Detail: "2 remain, 0 of them without any conflict"}},
		"nobody on it": {
			func(_ testing.TB, f *facts) { f.files[project] = RosterFile{State: StateFound} },
			coc.Reason{Rule: "committee/no-responders", Row: "6", Committee: "Project Committee", Place: project}},
		"strangers": {
			func(_ testing.TB, f *facts) {
				f.rooms[project] = room(project, "kim-project", "zoe-stranger", "yan-stranger!")
			},
			coc.Reason{Rule: "room/stranger-reads", Committee: "Project Committee", Place: project, Detail: "2"}},
		"a project takes it by row 8": {
			func(testing.TB, *facts) {}, coc.Reason{Rule: "taken", Row: "8", Committee: "Project Committee", Place: project}},
		"a foundation does not": {
			func(_ testing.TB, f *facts) { f.places = nil },
			coc.Reason{Rule: "taken", Committee: "Foundation Conduct Committee", Place: "foundation-conduct/cases"}},
		"one with an address alone": {
			func(_ testing.TB, f *facts) { f.places, f.rooms = nil, nil },
			coc.Reason{Rule: "committee/contact-only", Committee: "Host Organisation"}},
		"counsel": {
			func(_ testing.TB, f *facts) { f.Incident.Risks = []coc.Risk{coc.RiskInjury} },
			coc.Reason{Rule: "legal/consult", Row: "4", Detail: "the foundation's counsel"}},
		"an event's producer": {
			func(t testing.TB, f *facts) {
				*f = *withEvents(t)
				f.Incident = Incident{Space: coc.SpaceEvent, Event: "big days"}
			}, coc.Reason{Rule: "event/desk", Row: "1", Committee: "Event Desk", Detail: "The Host"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFacts(t)
			tc.world(t, f)
			if d := f.decide(t); !slices.Contains(d.Trace, tc.want) {
				t.Errorf("%+v\nis not in %+v", tc.want, d.Trace)
			}
		})
	}
}

func TestAFileOfACommitteeIsAMistakeOnlyByItself(t *testing.T) {
	t.Parallel()
	at := coc.Repo{Owner: "my-org", Name: "cases"}
	for state, want := range map[State]string{
		StateFound: "", StateMissing: "", StateInaccessible: "", StateDenied: "", StateUnreadable: "", "": "",
		StateInvalid: "the file as a whole", StateNotAFile: "not a file", StateTooLarge: "too large",
	} {
		r, ok := Mistake(at, RosterFile{State: state})
		if ok != (want != "") || ok && r != (coc.Reason{Rule: "committee/file-invalid", Committee: "my-org/cases", Place: "my-org/cases", Detail: want}) {
			t.Errorf("%q: %+v, %t", state, r, ok)
		}
	}
}

// Which rules want somebody to mend something, and which are said to nobody but
// the committee and the operators: a list beside the table, so that a word
// changed there is a decision.
func TestWhoIsToldOfARuleIsDecided(t *testing.T) {
	t.Parallel()
	alarms := words(`lookup/invalid lookup/not-a-file lookup/too-large lookup/inaccessible lookup/denied lookup/unreadable lookup/unknown-committee
		lookup/refused-source lookup/refused-owner lookup/unheard-owner chain/self chain/loop chain/unknown chain/no-fallback
		committee/file-invalid committee/file-unreadable committee/team-elsewhere committee/team-unreadable
		room/inaccessible room/denied room/unreadable room/is-source room/transferred room/public room/internal room/no-issues room/archived
		room/stranger-reads room/nobody-reads room/too-few room/issue-gone room/issue-converted sealed
		committee/nobody-above committee/unrelieved separate/stranger-reads separate/too-few separate/no-sign-in separate/not-granted`)
	for _, r := range Rules() {
		if strings.HasPrefix(r.Key, "survey/") || r.Key == "room/made-private" {
			alarms = append(alarms, r.Key)
		}
	}
	public := words(`lookup/found lookup/missing lookup/invalid lookup/not-a-file lookup/too-large lookup/inaccessible lookup/denied lookup/unreadable
		lookup/unknown-committee lookup/refused-source lookup/directory lookup/unknown-source lookup/none
		change/waiting change/in-force chain/fallback chain/no-fallback committee/contact-only taken`)
	rows := map[string]string{
		"danger": "0", "event/desk": "1", "event/joint": "1", "tell/event": "1", "event/others": "2", "event/inside": "2",
		"projects/outside": "3", "elsewhere": "3", "legal/consult": "4", "legal/transfer": "4", "projects/several": "5", "projects/none": "5", "tell/project": "5",
		"lookup/none": "6", "committee/no-responders": "6", "committee/majority-conflicted": "7", "taken": "8", "separate/taken": "8", "tell/central": "8",
		"committee/below-minimum": "9", "committee/not-clear": "9", "filed/moved": "10", "tell/reporter": "10",
		"appeal": "11", "appeal/none": "11", "appeal/ground": "11", "gate/long": "12", "gate/naming": "12",
	}
	seen := map[string]bool{}
	for _, r := range Rules() {
		seen[r.Key] = true
		if got, want := fmt.Sprint(r.Alarm, !r.Private, r.Row), fmt.Sprint(slices.Contains(alarms, r.Key), slices.Contains(public, r.Key), rows[r.Key]); got != want {
			t.Errorf("%s: alarm, public and row are %s, and should be %s", r.Key, got, want)
		}
		if named, ok := RuleNamed(r.Key); !ok || named != r {
			t.Errorf("%s is found as %+v", r.Key, named)
		}
	}
	for _, key := range slices.Concat(alarms, public) {
		if !seen[key] {
			t.Errorf("%s is no rule any more", key)
		}
	}
	for key := range rows {
		if !seen[key] {
			t.Errorf("%s is no rule any more", key)
		}
	}
}

func words(s string) []string { return strings.Fields(s) }
