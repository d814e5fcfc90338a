package casework_test

import (
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
