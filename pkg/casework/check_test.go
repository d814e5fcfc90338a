package casework_test

import (
	"slices"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// What is found beforehand is what becomes of a report: a committee of which it is said
// that it takes none is the one that gets none.
func TestACommitteeThatIsSaidToTakeNoCaseGetsNone(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(w *world)
		rules  []string
		needed bool
		reads  []coc.Login // and may not
	}{
		"all is there": {change: func(*world) {}},
		"it needs everybody": {change: func(w *world) {
			w.at(riverRoom).files[".github/coc-committee.yaml"] = "version: 1\nseparate: always\nmembers: [ada-river, ben-river]\n"
		}, needed: true},
		"nobody can sign in, and an owner would read unasked": {
			change: func(w *world) { w.Accounts = nil; w.administers("ada-river") },
			rules:  []string{"separate/no-sign-in", "separate/stranger-reads"}, reads: []coc.Login{"ada-river"},
		},
		"no repository can be made": {change: func(w *world) { w.gh.orgs = nil }, rules: []string{"separate/not-granted"}},
		"its own room is open to somebody": {change: func(w *world) {
			w.at(riverRoom).files[".github/coc-committee.yaml"] = "version: 1\nmembers: [ada-river, ben-river, cy-river]\n"
			w.gh.orgs = nil
			w.at(riverRoom).readers["zoe-stranger"] = true
		}, rules: []string{"room/stranger-reads", "separate/not-possible"}, reads: []coc.Login{"zoe-stranger"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := asking(t)
			tc.change(w)
			found, err := w.Check(t.Context(), source)
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(found.Committees, func(c casework.Checked) bool { return c.Committee.Incidents.Is(riverRoom) })
			if i < 0 || len(found.Unread) > 0 || len(found.Sources) != 1 || !found.Sources[0].Seen || len(found.Sources[0].Because) > 0 {
				t.Fatalf("%+v", found)
			}
			c := found.Committees[i]
			var rules []string
			for _, r := range c.Because {
				rules = append(rules, r.Rule)
			}
			if c.Takes != (tc.rules == nil) || !slices.Equal(rules, tc.rules) || c.Needed != tc.needed || !slices.Equal(c.Strangers, tc.reads) {
				t.Errorf("%+v by %q", c, rules)
			}
			reported := w.report(account)
			if got := reported.Home().Committee.Incidents.Is(riverRoom); got != c.Takes {
				t.Errorf("the report is in its hands: %t", got)
			}
			w.invariants()
		})
	}
}
