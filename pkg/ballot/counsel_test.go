package ballot

import (
	"errors"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

func TestLegalRiskWaitsForCounsel(t *testing.T) {
	t.Parallel()
	c := coc.Case{Placements: []coc.Placement{{Committee: coc.Committee{Key: "river"}}}}
	if err := Uncounselled(c, coc.Gate{}); err != nil {
		t.Errorf("without a risk: %v", err)
	}
	c.Trace = []coc.Reason{{Rule: "taken"}, {Rule: "legal/consult", Row: "4", Detail: "their counsel"}}
	err := Uncounselled(c, coc.Gate{Counsel: "their counsel"})
	if err == nil || !strings.Contains(err.Error(), "their counsel is consulted before it is decided") {
		t.Errorf("with one: %v", err)
	}
	if r := new(coc.Refusal); !errors.As(err, r) || r.Rule != "resolve/counsel" || r.Next == "" {
		t.Errorf("with one: %+v", r)
	}
	c.Advice = []coc.Advice{{By: "ada", Committee: "lake"}}
	if Uncounselled(c, coc.Gate{}) == nil {
		t.Error("what another committee was told counts")
	}
	c.Advice = append(c.Advice, coc.Advice{By: "ben", Committee: "river"})
	if err := Uncounselled(c, coc.Gate{}); err != nil {
		t.Errorf("once counsel was consulted: %v", err)
	}
}
