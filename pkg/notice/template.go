package notice

import (
	"embed"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// defaults are the texts for a committee that has none of its own. They follow
// CNCF's procedures ("Notification to the Accused Person", "Communicating the
// Results", "Confidentiality Policy", "No Retaliation"): nothing is found before
// somebody was heard, nobody learns who spoke, and everybody learns where to turn.
//
//go:embed templates/*.md
var defaults embed.FS

// maxTemplate is how long a text may be in an answer, in bytes. Nobody reads more,
// and twenty of them in one comment still are few comments.
const maxTemplate = 12_000

// OwnText is a committee's own text as it was found in its incident repository.
type OwnText struct {
	Path    string
	Found   bool
	Text    []byte
	Problem string // why it could not be read, "" where it was or where there is none
}

// Facts is all that a text may say of a case. None of it is the report's: whoever
// reported, what they wrote and who is named have no place in it.
type Facts struct {
	Committee, Contact string
	Outcome            coc.Outcome
	Date               time.Time
	Zone               string
	// AppealUntil is the last day for an appeal, on one of these Grounds; without
	// grounds nobody hears one.
	AppealUntil time.Time
	Grounds     []coc.Ground
}

// fields are the placeholders that a text may have, in the order of the guide.
// What is not known stays as it stands, and the answer says so.
var fields = []struct {
	name string
	fill func(Facts) string
}{
	{"committee", func(f Facts) string { return oneLine(f.Committee) }},
	{"contact", func(f Facts) string { return oneLine(f.Contact) }},
	{"date", func(f Facts) string { return calendarDay(f.Date, f.Zone) }},
	{"outcome", func(f Facts) string { return outcomeMeans[f.Outcome] }},
	{"appeal_until", func(f Facts) string { return calendarDay(f.AppealUntil, f.Zone) }},
	{"appeal", appealPath},
}

// outcomeMeans says an outcome to those whom it concerns.
var outcomeMeans = map[coc.Outcome]string{
	coc.OutcomeNoViolation:    "we did not find a breach of the code of conduct.",
	coc.OutcomeOutOfScope:     "this is not a matter for our code of conduct.",
	coc.OutcomeNoAction:       "nothing more has to be done.",
	coc.OutcomeWarning:        "a warning.",
	coc.OutcomeSuspension:     "a suspension for a time.",
	coc.OutcomeBan:            "a ban.",
	coc.OutcomeOther:          "as follows.",
	coc.OutcomeHandledLocally: "it was settled where it happened.",
}

// appealPath is the way on for somebody who thinks that a decision is wrong.
func appealPath(f Facts) string {
	if len(f.Grounds) == 0 || f.AppealUntil.IsZero() {
		return "If you think that this is wrong, or if there is something that we do not\nknow, write to us. We can take the case up again."
	}
	var why []string
	for _, g := range f.Grounds {
		why = append(why, groundMeans[g])
	}
	return "If you think that this decision is wrong, you may appeal it until\n" + calendarDay(f.AppealUntil, f.Zone) +
		": write to us, and other people will look at\nit again. You may appeal because\n- " + strings.Join(why, ",\n- ") + "."
}

// calendarDay is a day as the committee counts it.
func calendarDay(t time.Time, zone string) string {
	if t.IsZero() {
		return ""
	}
	if loc, err := time.LoadLocation(zone); err == nil {
		t = t.In(loc)
	}
	return t.Format("2 January 2006")
}

var placeholder = regexp.MustCompile(`\{[A-Za-z_][A-Za-z0-9_ -]{0,39}\}`)

// Template answers with a text, filled in as far as it may be, and says what is
// left to do in it. The committee's own comes before ours, unless it cannot be used.
//
// The text stands in indented code: nothing in it is a mention, a command or a
// link, it copies as it is, and where an answer is cut into comments every line is
// code by itself.
func Template(name string, own OwnText, f Facts) Private {
	whose, problem := "cocrouter's own", own.Problem
	text, ok := "", false
	if own.Found {
		if text, problem = usable(own.Text, f); problem == "" {
			whose, ok = codeSpan(own.Path), true
		}
	}
	if !ok {
		b, err := defaults.ReadFile("templates/" + name + ".md")
		if err != nil {
			return Private{}
		}
		text = string(b)
	}
	filled, unfilled, unknown := fillIn(text, f)
	out := "**" + codeSpan(name) + "**, from the text that is " + whose + ". Read it once more before you send it: it must fit, and must not tell who reported.\n"
	if problem != "" {
		out += "\nThe committee's " + codeSpan(own.Path) + " was not used: " + problem + ".\n"
	}
	if len(unfilled) > 0 {
		out += "\nTo be filled in by you: " + spans(unfilled) + ".\n"
	}
	if len(unknown) > 0 {
		out += "\nNobody knows what these stand for: " + spans(unknown) + ". There are " + spans(fieldNames()) + ".\n"
	}
	return private(out + "\n" + code(filled))
}

// usable is a committee's own text, or what is wrong with it.
func usable(b []byte, f Facts) (text, problem string) {
	switch text = strings.TrimPrefix(string(b), "\uFEFF"); {
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return "", "it is not text in UTF-8"
	case strings.TrimSpace(text) == "":
		return "", "it is empty"
	}
	if filled, _, _ := fillIn(text, f); len(code(filled)) > maxTemplate {
		return "", "it is too long for an answer"
	}
	return text, ""
}

// fillIn puts what is known into a text. unfilled and unknown are the placeholders
// that are left, each once.
func fillIn(text string, f Facts) (filled string, unfilled, unknown []string) {
	note := func(list []string, s string) []string {
		if slices.Contains(list, s) {
			return list
		}
		return append(list, s)
	}
	filled = placeholder.ReplaceAllStringFunc(text, func(p string) string {
		for _, field := range fields {
			if p != "{"+field.name+"}" {
				continue
			}
			if said := field.fill(f); said != "" {
				return said
			}
			unfilled = note(unfilled, p)
			return p
		}
		unknown = note(unknown, p)
		return p
	})
	return filled, unfilled, unknown
}

// code is a text as indented code.
func code(text string) string {
	var b strings.Builder
	for _, line := range plainLines(text) {
		if line == "" {
			b.WriteString("\n")
			continue
		}
		b.WriteString("    " + strings.ReplaceAll(line, "\t", "    ") + "\n")
	}
	return b.String()
}

func fieldNames() []string {
	var out []string
	for _, f := range fields {
		out = append(out, "{"+f.name+"}")
	}
	return out
}

// maxSpans is how many placeholders are named; a text with more was not written for
// this.
const maxSpans = 8

func spans(list []string) string {
	var out []string
	for _, s := range list[:min(len(list), maxSpans)] {
		out = append(out, codeSpan(s))
	}
	if over := len(list) - maxSpans; over > 0 {
		out = append(out, count(over, "more", "more"))
	}
	return strings.Join(out, ", ")
}

// TemplateNames says which texts there are, and where a committee keeps its own.
func TemplateNames(folder string) Private {
	var b strings.Builder
	b.WriteString("There are these texts, to be copied and sent by you:\n\n")
	for _, name := range coc.Templates() {
		b.WriteString("- " + codeSpan("/coc template "+name) + ": " + templateMeans[name] + "\n")
	}
	b.WriteString("\nThe committee's own come first, where it has them: " + codeSpan(folder+"NAME.md") + " in its incident repository, with " + spans(fieldNames()) + " for what is filled in.\n")
	return private(b.String())
}

var templateMeans = map[string]string{
	coc.TemplateAccusedNotice:   "tells the accused that there is a report, and that they may answer",
	coc.TemplateAccusedOutcome:  "tells the accused what was decided",
	coc.TemplateReporterOutcome: "tells the reporter what was decided",
}
