package casework_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

var site = coc.Repo{Owner: "foundation-hall", Name: "site"}

// The reporter is told whose such reports are by what they said and what is public:
// the same whoever is concerned, and nothing where a repository is not public.
func TestReceiptSaysWhoseAReportIsWhoeverIsConcerned(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		accused coc.Login
		private bool
		shut    bool // no room takes it at first
		takes   string
		belongs string
	}{
		"nobody of theirs is concerned":   {accused: "omar-outsider", takes: "river/conduct", belongs: "River Committee"},
		"the accused is on the committee": {accused: "ada-river", takes: "foundation", belongs: "River Committee"},
		"nobody can take it yet":          {accused: "omar-outsider", shut: true, takes: "river/conduct", belongs: "River Committee"},
		"their repository is private":     {accused: "omar-outsider", private: true, takes: "river/conduct"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.repo(site, "public")
			dir, problems := policy.ParseDirectory([]byte(strings.Replace(directory, "fallback:", "projects: {foundation-hall/*: foundation}\nfallback:", 1)))
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			w.Directory = dir
			if tc.private {
				w.at(source).Visibility = "private"
			}
			rooms := []coc.Repo{riverRoom, baseRoom, topRoom}
			for _, r := range rooms {
				w.at(r).Archived = tc.shut
			}
			who := []coc.Party{{Login: tc.accused, Role: coc.RoleAccused}}
			f := says(account)
			f.Repo, f.Involved = site, who
			f.Around = coc.Circumstances{Touches: coc.NewProse("river/main"), Also: []coc.Repo{source}, Whole: true}
			e := w.explain(casework.Question{Repo: site, Also: []coc.Repo{source}, Parties: who})
			receipt := w.file("token", f)
			w.pass(time.Second)
			for _, r := range rooms {
				w.at(r).Archived = false
			}
			w.pass(2 * time.Hour)
			c := w.of(receipt)
			if c.Home().Committee.Key != tc.takes || !strings.Contains(rulesOf(c), "filed/moved") {
				t.Errorf("it is with %q by %s", c.Home().Committee.Key, rulesOf(c))
			}
			if !tc.shut && e.Decision.Committee.Key != tc.takes {
				t.Errorf("explained as %q", e.Decision.Committee.Key)
			}
			p, err := w.Progress(t.Context(), receipt)
			if err != nil || p.Belongs != tc.belongs {
				t.Errorf("the receipt says %q, %v", p.Belongs, err)
			}
			told := strings.Contains(w.issueOf(c, len(c.Placements)-1).Body, "**Told with the receipt**")
			if told != (tc.belongs != "") {
				t.Errorf("the case says that the reporter was told: %t", told)
			}
			w.invariants()
		})
	}
}
