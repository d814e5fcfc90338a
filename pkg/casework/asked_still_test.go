package casework_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

func TestWhoeverReportedThemselfIsNotShownToWhoIsAsked(t *testing.T) {
	t.Parallel()
	w := asking(t)
	f := accused("omar-outsider")
	f.By = coc.Person{Login: "rae-reporter", Account: 77}
	f.Involved = append(f.Involved, coc.Party{Login: "rae-reporter", Role: coc.RoleAccused})
	w.file("token", f)
	w.pass(time.Second)
	all, err := w.Inquiries(t.Context(), w.person("ada-river"))
	if err != nil || len(all) != 1 || len(all[0].Accused) != 1 || all[0].Accused[0].Login != "omar-outsider" {
		t.Errorf("ada is shown %+v, %v", all, err)
	}
}

// Whoever saw the question, and got a stranger's answer to their own, would know that
// they are named.
func TestWhomAMessageNamesIsNotAskedAnyMore(t *testing.T) {
	t.Parallel()
	w := asking(t)
	receipt := w.file("token", accused("omar-outsider"))
	w.pass(time.Second)
	c := w.of(receipt)
	if !w.asked("ben-river", c) {
		t.Fatal("ben is not asked")
	}
	w.replies(receipt, "one", "And ben-river did the same to me.")
	w.pass(time.Minute)
	w.unheard("ben-river", c)
	if c = w.caseOf(c.ID); !w.asked("ada-river", c) || len(c.Declarations) != 0 {
		t.Errorf("ada is not asked any more, or %+v", c.Declarations)
	}
	w.invariants()
}

func TestWhoMayStillAnswerIsLetInByNobodyElse(t *testing.T) {
	t.Parallel()
	w := asking(t)
	c := w.declares("ada-river", w.accuse("omar-outsider"), coc.ConflictClear)
	p := w.separate(c)
	for _, l := range []coc.Login{"ben-river", "dee-river"} { // dee is an alternate, who is asked later
		for _, all := range []string{"", " all"} {
			c = w.says(c, "ada-river", "/coc admit @"+string(l)+all)
			w.pass(time.Minute)
			if c = w.caseOf(c.ID); coc.HasLogin(c.Home().Responders, l) || coc.HasLogin(reads(p), l) {
				t.Errorf("%s reads before they have said that they are clear", l)
			}
		}
	}
	if told := strings.Join(w.issueOf(c, 0).comments, "\n"); strings.Count(told, "that person's time to answer is not over") != 2 {
		t.Errorf("ada is told\n%s", told)
	}
	c = w.declares("cy-river", c, coc.ConflictClear)
	w.pass(96 * time.Hour) // ben's time is over, and dee's
	c = w.says(w.caseOf(c.ID), "ada-river", "/coc admit @ben-river")
	w.pass(time.Minute)
	if got := reads(p); !slices.Equal(got, []coc.Login{"ada-river", "ben-river", "cy-river"}) {
		t.Errorf("once their time is over, it is read by %v", got)
	}
	w.invariants()
}
