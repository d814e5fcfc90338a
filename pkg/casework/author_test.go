package casework_test

import (
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

func TestAuthorOfALinkDoesNotReadItInTheNextHomeEither(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		author   coc.Login
		reporter coc.Login
		answered bool // the link stands in an answer, and not in the report
		goesTo   string
	}{
		"of the next committee":               {author: "Fay-Foundation", goesTo: "summit"},
		"of the next committee, in an answer": {author: "fay-foundation", answered: true, goesTo: "summit"},
		"who joins":                           {author: dee, goesTo: "foundation"},
		"who joins, in an answer":             {author: dee, answered: true, goesTo: "foundation"},
		"who has it, in an answer":            {author: "ben-river", answered: true, goesTo: "foundation"},
		"who reports":                         {author: "sam-summit", reporter: "sam-summit", goesTo: "foundation"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := grown(t)
			w.keeping(casework.EvidenceLimits{})
			w.gh.talks[said] = words("You are heliotrope.", tc.author)
			text := "Look at " + saidAt
			f := says(text)
			if tc.answered {
				f = says("Somebody did something.")
			}
			f.By.Login = tc.reporter
			receipt := w.file("token", f)
			w.pass(time.Minute)
			if tc.answered {
				w.replies(receipt, "one", text)
				w.pass(time.Minute)
			}
			c := w.of(receipt)
			if c.Home().Committee.Key != "river/conduct" || len(c.Home().Responders) != 3 {
				t.Fatalf("it is with %s, read by %v", c.Home().Committee.Key, c.Home().Responders)
			}
			w.joins(dee)
			w.at(riverRoom).files[".github/coc-committee.yaml"] = withDee(", dee-river")
			c = w.says(c, "ada-river", "/coc admit @dee-river")
			if in := coc.HasLogin(c.Home().Responders, dee); in == tc.author.Is(dee) {
				t.Errorf("dee was let in: %t", in)
			}
			w.says(c, "ada-river", "/coc escalate We know everybody.")
			w.pass(time.Hour)
			if c = w.caseOf(c.ID); c.Home().Committee.Key != tc.goesTo {
				t.Errorf("it went to %s", c.Home().Committee.Key)
			}
			w.proven(c)
			w.invariants()
		})
	}
}

func TestAuthorOfALinkDoesNotReadItAfterASealEither(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keeping(casework.EvidenceLimits{})
	w.gh.talks[said] = words("You are heliotrope.", "fay-foundation")
	w.shutAll(true)
	receipt := w.file("token", coc.Filing{Account: coc.NewProse("Look at " + saidAt), Involved: []coc.Party{{Login: "ada-river", Role: coc.RoleAccused}}})
	w.pass(time.Minute)
	if c := w.of(receipt); !c.Home().Sealed() || len(c.Evidence) != 2 {
		t.Fatalf("it is with %s, %d items", c.Home().Committee.Key, len(c.Evidence))
	}
	w.shutAll(false)
	w.pass(3 * time.Hour)
	if c := w.of(receipt); c.Home().Committee.Key != "summit" {
		t.Errorf("it went to %s", c.Home().Committee.Key)
	}
	w.invariants()
}
