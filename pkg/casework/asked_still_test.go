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
