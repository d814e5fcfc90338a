package ballot

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

func TestDecisionsWaitUntilTheAccusedWereToldOrThereIsAReasonWhyNot(t *testing.T) {
	t.Parallel()
	accused := func(login coc.Login) coc.Party { return coc.Party{Login: login, Role: coc.RoleAccused} }
	by := func(name string) coc.Party { return coc.Party{Name: coc.NewProse(name), Role: coc.RoleAccused} }
	hearing := func(step coc.Step, of ...coc.Party) coc.Hearing {
		return coc.Hearing{Step: step, Of: of, By: "ada-example", Committee: "here"}
	}
	elsewhere := func(h coc.Hearing) coc.Hearing { h.Committee = "before"; return h }
	for name, tc := range map[string]struct {
		parties []coc.Party
		said    []coc.Hearing
		waits   string // who does
	}{
		"nobody is named":                                 {nil, nil, ""},
		"nobody was told":                                 {[]coc.Party{accused("kim")}, nil, "kim"},
		"somebody is named without a role":                {[]coc.Party{{Login: "kim"}}, nil, ""},
		"only who was harmed is named":                    {[]coc.Party{{Login: "kim", Role: coc.RoleHarmed}}, nil, ""},
		"who reported accuses themself":                   {[]coc.Party{accused("rae-reporter")}, nil, ""},
		"they were told":                                  {[]coc.Party{accused("kim")}, []coc.Hearing{hearing(coc.StepNotified, accused("Kim"))}, ""},
		"it waits, for a reason":                          {[]coc.Party{accused("kim")}, []coc.Hearing{hearing(coc.StepDeferred, accused("kim"))}, ""},
		"their account was taken, and so they know":       {[]coc.Party{accused("kim")}, []coc.Hearing{hearing(coc.StepHeard, accused("kim"))}, ""},
		"another was told":                                {[]coc.Party{accused("kim"), accused("lee")}, []coc.Hearing{hearing(coc.StepNotified, accused("lee"))}, "kim"},
		"one more was named later":                        {[]coc.Party{accused("kim"), accused("lee")}, []coc.Hearing{hearing(coc.StepNotified, accused("kim"))}, "lee"},
		"one was told and for one it waits":               {[]coc.Party{accused("kim"), accused("lee")}, []coc.Hearing{hearing(coc.StepNotified, accused("kim")), hearing(coc.StepDeferred, accused("kim"), accused("lee"))}, ""},
		"another without an account":                      {[]coc.Party{by("Kim One"), by("Kim Two")}, []coc.Hearing{hearing(coc.StepNotified, by("Kim One"))}, "Kim Two"},
		"an account is named where only a name was":       {[]coc.Party{by("Kim One"), {Login: "kim", Name: coc.NewProse("Kim One"), Role: coc.RoleAccused}}, []coc.Hearing{hearing(coc.StepNotified, by("Kim One"))}, "kim"},
		"the committee before put it off":                 {[]coc.Party{accused("kim")}, []coc.Hearing{elsewhere(hearing(coc.StepDeferred, accused("kim")))}, "kim"},
		"the committee before told them":                  {[]coc.Party{accused("kim")}, []coc.Hearing{elsewhere(hearing(coc.StepNotified, accused("kim")))}, ""},
		"a step that is none":                             {[]coc.Party{accused("kim")}, []coc.Hearing{hearing("", accused("kim")), hearing("told", accused("kim"))}, "kim"},
		"a word about nobody, as the zero one":            {[]coc.Party{accused("kim")}, []coc.Hearing{{}, hearing(coc.StepNotified)}, "kim"},
		"who was told was accused without a role by then": {[]coc.Party{{Login: "kim"}, accused("kim")}, []coc.Hearing{hearing(coc.StepNotified, accused("kim"))}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := coc.Case{
				Report: coc.Report{Reporter: "rae-reporter"}, Parties: tc.parties, Hearings: tc.said,
				Placements: []coc.Placement{{Committee: coc.Committee{Key: "here"}}},
			}
			var waits []string
			for _, a := range AccusedOf(c) {
				if a.Waits() {
					waits = append(waits, string(a.Party.Login)+strings.TrimPrefix(a.Party.Name.Reveal(), "Kim One"))
				}
			}
			if got := strings.Join(waits, " "); got != tc.waits {
				t.Errorf("waits: %q, want %q", got, tc.waits)
			}
			err := Unheard(c)
			var refusal coc.Refusal
			if (err != nil) != (tc.waits != "") || err != nil && (!errors.As(err, &refusal) || refusal.Rule != "accused/unheard" || refusal.Next == "") {
				t.Errorf("refused with %v", err)
			}
		})
	}
}

func TestLastWordOfAKindCounts(t *testing.T) {
	t.Parallel()
	kim := coc.Party{Login: "kim", Role: coc.RoleAccused}
	first := time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
	c := coc.Case{Parties: []coc.Party{kim}, Hearings: []coc.Hearing{
		{Step: coc.StepHeard, Of: []coc.Party{kim}, At: first}, {Step: coc.StepHeard, Of: []coc.Party{kim}, At: first.Add(time.Hour)},
	}}
	if a := AccusedOf(c); len(a) != 1 || !a[0].Heard.At.Equal(first.Add(time.Hour)) || a[0].Notified.Step != "" || !a[0].Told() {
		t.Errorf("%+v", a)
	}
}
