package notice

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// aNotice is one that accuses somebody of whom the record has something.
func aNotice() coc.Case {
	return coc.Case{
		ID: "c1", Revision: 1, Stage: coc.StageReceived, Report: coc.Report{Account: coc.NewProse(canary)},
		Placements: []coc.Placement{{Committee: coc.Committee{Name: "Foundation"}, CodeName: "quiet-heron-100"}},
		Notice: &coc.Notice{
			Of: "c0", What: coc.WordSummary, When: coc.WhenOpened, Reference: "N-00000000", From: "River", By: "river/cases", To: "foundation",
			Accused: []coc.Party{{Login: "tom-talker", Role: coc.RoleAccused}},
		},
	}
}

func aPrior(of coc.CaseID, when coc.Moment, outcome coc.Outcome) coc.Prior {
	return coc.Prior{Login: "tom-talker", Told: coc.Told{
		Of: of, Ref: "N-0000000" + string(of), From: "Lake", When: when, Outcome: outcome,
		At: time.Date(2024, 11, 30, 23, 30, 0, 0, time.FixedZone("", -3600)), // December in UTC
	}}
}

func TestRecordIsShownByCase(t *testing.T) {
	t.Parallel()
	guessed := aPrior("4", coc.WhenOpened, "")
	guessed.ByName = true
	anybodys := aPrior("5", coc.WhenOpened, "")
	anybodys.Unlisted = true
	for name, c := range map[string]struct {
		priors []coc.Prior
		want   []string
	}{
		"opened":                      {[]coc.Prior{aPrior("1", coc.WhenOpened, "")}, []string{"`N-00000001`: Lake, told in December 2024, not resolved as far as is known\n"}},
		"opened and resolved":         {[]coc.Prior{aPrior("1", coc.WhenOpened, ""), aPrior("1", coc.WhenResolved, "ban")}, []string{"`N-00000001`: Lake, told in December 2024, resolved with the outcome `ban`\n"}},
		"resolved twice":              {[]coc.Prior{aPrior("1", coc.WhenResolved, "ban"), aPrior("1", coc.WhenResolved, "warning")}, []string{"resolved with the outcome `warning`\n"}},
		"resolved, nobody knows how":  {[]coc.Prior{aPrior("1", coc.WhenResolved, "")}, []string{"resolved without an outcome\n"}},
		"two cases":                   {[]coc.Prior{aPrior("1", coc.WhenOpened, ""), aPrior("2", coc.WhenOpened, "")}, []string{"`N-00000001`: Lake", "`N-00000002`: Lake"}},
		"found by the name":           {[]coc.Prior{guessed}, []string{"by the name alone: it may be another who has that name now"}},
		"from who may be anybody":     {[]coc.Prior{anybodys}, []string{"as far as is known (by a committee that is not in the directory)\n"}},
		"none, or none for who reads": {nil, []string{"**Earlier record**: none that may be shown here\n"}},
	} {
		body := Pages("").Noticed(aNotice(), 0, wednesday, Look{Priors: c.priors}).Body.Markdown()
		for _, want := range c.want {
			if strings.Count(body, want) != 1 {
				t.Errorf("%s: it lacks %q:\n%s", name, want, body)
			}
		}
		if n := strings.Count(body, "tom-talker`, `N-"); n != max(len(c.want), 1)-1 && len(c.priors) > 0 && n != len(c.want) {
			t.Errorf("%s: %d lines:\n%s", name, n, body)
		}
		if tells := strings.Contains(body, "/coc notify record"); tells != (len(c.priors) > 0) {
			t.Errorf("%s: how it is told: %v", name, tells)
		}
	}
}

func TestRecordIsNotSpokenOfWhereItWasNotLookedAt(t *testing.T) {
	t.Parallel()
	seen := Look{Priors: []coc.Prior{aPrior("1", coc.WhenOpened, "")}}
	before, brief, moved := aNotice(), aNotice(), aNotice()
	before.Notice.To = "" // from before there was a record
	brief.Notice.What = coc.WordNotice
	moved.Placements = append(moved.Placements, coc.Placement{CodeName: "calm-river-200"})
	for name, body := range map[string]Private{
		"an older notice":             Pages("").Noticed(before, 0, wednesday, seen).Body,
		"a word that there is a case": Pages("").Noticed(brief, 0, wednesday, seen).Body,
		"where it was before":         Pages("").Noticed(moved, 0, wednesday, seen).Body,
		"a case":                      Pages("").Noticed(captured(canary), 0, wednesday, seen).Body,
		"where nobody looked":         Case(aNotice(), 0, wednesday).Body,
	} {
		if text := body.Markdown(); strings.Contains(text, "record") || text == "" {
			t.Errorf("%s:\n%s", name, text)
		}
	}
	seen.Hidden = true
	if body := Pages("").Noticed(aNotice(), 0, wednesday, seen).Body.Markdown(); strings.Contains(body, "N-00000001") || strings.Contains(body, "notify record") || !strings.Contains(body, "not shown while") {
		t.Errorf("hidden:\n%s", body)
	}
}

func TestRecordFitsIntoANotice(t *testing.T) {
	t.Parallel()
	c := aNotice()
	var seen Look
	p := &c.Placements[0]
	c.Notice.From, p.Committee.Name = strings.Repeat("@", 300), strings.Repeat("N", 300)
	c.Report.Account = coc.NewProse(strings.Repeat("word ", 30000))
	for n := range 200 {
		of := coc.CaseID(fmt.Sprint(n))
		prior := aPrior(of, coc.WhenOpened, "no-violation")
		prior.Ref, prior.From, prior.ByName, prior.Unlisted = "N-00000000", strings.Repeat("@", 300), true, true
		prior.Login = coc.Login(strings.Repeat("l", 39))
		seen.Priors = append(seen.Priors, prior)
		c.Notice.Accused = append(c.Notice.Accused, coc.Party{Login: coc.Login(strings.Repeat("a", 39)), Role: coc.RoleAccused})
		p.Responders = append(p.Responders, coc.Login(strings.Repeat("r", 39)))
		p.Committee.Custodians = append(p.Committee.Custodians, coc.Login(strings.Repeat("c", 39)))
		p.Found = append(p.Found, coc.Reason{Rule: "survey/unseen", Detail: strings.Repeat("d", 500)})
	}
	shown := Pages("").Noticed(c, 0, wednesday, seen)
	l := shown.Body.letter()
	if n := len(l.head) + len(l.tail); n > reserve+maxNamed || len(l.head)+len(l.quoted)+len(l.tail) > Limit {
		t.Errorf("%d bytes of ours, of %d in all", n, len(l.head)+len(l.quoted)+len(l.tail))
	}
	if body := shown.Body.Markdown(); !strings.Contains(body, "more\n") || !strings.Contains(body, "notify record") {
		t.Errorf("it does not say that there are more:\n%s", l.head)
	}
}

// What is told is the least that makes it a record.
func TestReleaseTellsTheMinimum(t *testing.T) {
	t.Parallel()
	text := Record("Foundation", "N-00000000", []coc.Prior{aPrior("1", coc.WhenOpened, ""), aPrior("1", coc.WhenResolved, "ban"), aPrior("2", coc.WhenOpened, "")}).Markdown()
	for _, want := range []string{"Foundation tells you of an earlier record", "`N-00000000`", "- `tom-talker`: told in December 2024, resolved with the outcome `ban`\n", "not resolved as far as is known\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %q:\n%s", want, text)
		}
	}
	for _, never := range []string{"Lake", "N-00000001", "30", "c0", "c1"} {
		if strings.Contains(text, never) {
			t.Errorf("it tells %q:\n%s", never, text)
		}
	}
	if said := Released("River", []coc.Prior{aPrior("1", coc.WhenOpened, ""), aPrior("1", coc.WhenResolved, "ban")}).Markdown(); strings.Count(said, "N-00000001") != 1 || !strings.Contains(said, "River") {
		t.Errorf("the answer: %s", said)
	}
}
