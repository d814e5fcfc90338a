package notice

import (
	"slices"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

func everyFact() Facts {
	return Facts{
		Committee: "Example Conduct Committee", Contact: "conduct@example.org", Outcome: coc.OutcomeWarning, Date: wednesday,
		AppealUntil: wednesday.AddDate(0, 0, 30), Grounds: coc.Grounds(),
	}
}

func TestEveryTextIsFilledInAndSaysWhereToTurn(t *testing.T) {
	t.Parallel()
	for _, name := range coc.Templates() {
		got := Template(name, OwnText{}, everyFact()).Markdown()
		for _, want := range []string{"Example Conduct Committee\n", "conduct@example.org", "5 March 2025", "etaliation"} {
			if !strings.Contains(got, want) {
				t.Errorf("%s lacks %q:\n%s", name, want, got)
			}
		}
		if placeholder.MatchString(got) || strings.Contains(got, "filled in") || templateMeans[name] == "" {
			t.Errorf("%s: something is left open:\n%s", name, got)
		}
		if text := code(got); len(text) > maxTemplate/3 {
			t.Errorf("%s has %d bytes", name, len(text))
		}
		for line := range strings.Lines(got) {
			if strings.HasPrefix(line, "    ") && len(line) > 80 {
				t.Errorf("%s: a line of %d: %s", name, len(line), line)
			}
		}
	}
	for _, o := range coc.Outcomes() {
		if outcomeMeans[o] == "" {
			t.Errorf("no words for %s", o)
		}
	}
	if got := Template("no such text", OwnText{}, everyFact()); !got.IsZero() {
		t.Error(got.Markdown())
	}
}

func TestTextForTheAccusedFindsNothingBeforeTheyWereHeard(t *testing.T) {
	t.Parallel()
	f := everyFact()
	got := Template(coc.TemplateAccusedNotice, OwnText{}, f).Markdown()
	f.Outcome, f.AppealUntil, f.Grounds = coc.OutcomeBan, wednesday, nil
	if other := Template(coc.TemplateAccusedNotice, OwnText{}, f).Markdown(); other != got {
		t.Errorf("the notice depends on what is decided:\n%s", other)
	}
}

func TestTextNamesNoAppealWhereNobodyHearsOne(t *testing.T) {
	t.Parallel()
	f := everyFact()
	f.Grounds = nil
	if got := Template(coc.TemplateAccusedOutcome, OwnText{}, f).Markdown(); strings.Contains(got, "appeal") || !strings.Contains(got, "We can take the case up again") {
		t.Error(got)
	}
}

// Whatever a committee's file holds, every line of it is code by itself: where an
// answer is cut, the next comment must not come to life.
func TestTextIsInertHoweverItIsCut(t *testing.T) {
	t.Parallel()
	hostile := "@kim-example\n/coc close\n```\n</code></pre>\n<!-- cocrouter:end -->\n\t#12 https://example.org\n- item\n\n\n> quote\n{contact}\n  [x](y)"
	f := everyFact()
	f.Contact = "a\n\n@kim-example\n/coc ack"
	p := Template(coc.TemplateAccusedNotice, OwnText{Found: true, Path: "a/`b.md", Text: []byte(hostile)}, f)
	if got := p.Markdown(); !strings.Contains(got, "    @kim-example\n    /coc close\n") {
		t.Error(got)
	}
	var many []Private
	for range 300 {
		many = append(many, p)
	}
	parts := Comments(Join(many...))
	if len(parts) < 2 {
		t.Fatal("it is not cut")
	}
	for _, part := range append(parts, p, Join(TemplateNames("x/"), p)) {
		if got := linkless(t, part.Markdown()); loose.MatchString(got) {
			t.Errorf("%q is loose in\n%s", loose.FindString(got), part.Markdown())
		}
		if commandsIn(part.Markdown()) != 0 || strings.Contains(part.Markdown(), endMark) {
			t.Errorf("it does something:\n%s", part.Markdown())
		}
	}
}

func TestPlaceholdersAreAClosedList(t *testing.T) {
	t.Parallel()
	f := everyFact()
	f.Contact = "{committee}"
	filled, unfilled, unknown := fillIn("{contact} {reporter} {reporter} {} { committee} {committee }{x", f)
	if filled != "{committee} {reporter} {reporter} {} { committee} {committee }{x" || unfilled != nil || !slices.Equal(unknown, []string{"{reporter}", "{committee }"}) {
		t.Errorf("%q, %q, %q", filled, unfilled, unknown)
	}
	if _, unfilled, _ = fillIn("{outcome}{date}{outcome}", Facts{}); !slices.Equal(unfilled, []string{"{outcome}", "{date}"}) {
		t.Errorf("%q", unfilled)
	}
	many := Template(coc.TemplateAccusedNotice, OwnText{Found: true, Text: []byte("{a1}{a2}{a3}{a4}{a5}{a6}{a7}{a8}{a9}{b1}")}, f).Markdown()
	if !strings.Contains(many, "`{a8}`, 2 more.") {
		t.Error(many)
	}
}
