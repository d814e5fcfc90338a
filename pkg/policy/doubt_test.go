package policy

import (
	"strings"
	"testing"
)

// A committee that asks in private where it cannot be asked, or by owners who read
// before it is, gives every case away; and a small one gives most away.
func TestWhatWouldKeepEveryCaseFromACommitteeIsSaidBeforehand(t *testing.T) {
	t.Parallel()
	const three, owner = "members: [kim-responder, lee-responder, mo-responder]\n", "custodians: [pat-owner]\n"
	committee := func(lines ...string) string { return "version: 1\n" + strings.Join(lines, "") }
	for name, tc := range map[string]struct {
		text string
		on   Server
		want []string // where, and what; nothing is said besides
	}{
		"a file with a problem says that alone":   {committee("separate: always\n", "members: []\n"), Server{NoSignIn: true}, nil},
		"nobody can sign in, and nobody is asked": {committee(three), Server{NoSignIn: true}, nil},
		"nobody can sign in": {committee("separate: always\n", owner, three), Server{NoSignIn: true},
			[]string{"line 2, column 1: `separate: always` asks each member on a page behind GitHub's sign-in, and nobody can sign in"}},
		"it is not known whether somebody can":   {committee("separate: always\n", owner, three), Server{}, nil},
		"no owner is named":                      {committee(three, "separate: always\n"), Server{}, []string{"line 3, column 1: `separate: always` without `custodians`: the owners"}},
		"no owner is named, and nobody is asked": {committee(three, "separate: never\n"), Server{}, nil},
		"both":                                   {committee("separate: always\n", three), Server{NoSignIn: true}, []string{"nobody can sign in", "without `custodians`"}},
		"a team of nobody knows how many":        {committee("separate: always\n", owner, "team: my-org/conduct\n"), Server{}, nil},
		"both of two must answer": {committee("separate: always\n", owner, "members: [kim-responder, lee-responder, {login: mo-responder, role: liaison}]\n"), Server{},
			[]string{"and all 2 who could are needed"}},
		"one alone must answer":   {committee("separate: always\n", owner, "members: [kim-responder]\n"), Server{}, []string{"there is only one who could"}},
		"two with an alternate":   {committee("separate: always\n", owner, "members: [kim-responder, lee-responder, {login: mo-responder, role: alternate}]\n"), Server{}, nil},
		"all of three by its own": {committee("separate: always\n", owner, three, "minimum: {clear: 3}\n"), Server{}, []string{"all 3 who could are needed"}},
		"more than ever decide": {committee(owner, "members: [kim-responder, lee-responder, {login: mo-responder, role: alternate}]\n", "minimum: {without_hard_conflict: 3}\n"), Server{},
			[]string{"line 4, column 1: this committee needs 3, and has 2 who decide"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doubted(t, CommitteeDoubts([]byte(tc.text), tc.on), tc.want)
		})
	}
}

// The directory knows what a committee of its level must keep.
func TestTheDirectoryIsDoubtedCommitteeByCommittee(t *testing.T) {
	t.Parallel()
	const directory = `version: 1
committees:
  river:
    level: project
    incidents: river/cases
    separate: always
    members: [kim-responder, lee-responder, mo-responder]
  desk:
    level: events
    contact: desk@river.example
    separate: always
  lake:
    level: foundation
    incidents: lake/cases
    members: [luis-lake, lena-lake]
jurisdiction:
  minimum:
    foundation: {without_hard_conflict: 3}
fallback: lake
`
	doubted(t, DirectoryDoubts([]byte(directory), Server{NoSignIn: true}), []string{
		"line 6, column 5: `separate: always` asks each member", "line 6, column 5: `separate: always` without `custodians`",
		"line 12, column 3: this committee needs 3, and has 2 who decide",
	})
	doubted(t, DirectoryDoubts([]byte(strings.Replace(directory, "fallback: lake", "fallback: nobody", 1)), Server{NoSignIn: true}), nil)
}

func doubted(t *testing.T, got Problems, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d are said: %v\nwant %q", len(got), got, want)
	}
	for i, p := range got {
		if !strings.Contains(p.String(), want[i]) {
			t.Errorf("%s\nwant %q", p, want[i])
		}
	}
}
