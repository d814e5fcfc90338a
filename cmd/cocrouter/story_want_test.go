package main

import (
	"bufio"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
	"github.com/cocrouter/cocrouter/pkg/route"
)

// section is what one heading of want.md says must be so.
type section struct {
	heading string
	// cases are the rows of the table; nil where there is none, which means
	// that it is as it was.
	cases []string
	// facts is all that is new: the way a case took, what was answered in a
	// room, what was said in public, what was done to an original, alarms.
	facts []string
	// claims are further sentences that must hold.
	claims []string
}

// factKinds begin the facts: a section names all of them that there are.
var factKinds = []string{"way of ", "answer in ", "in public at ", "locked ", "minimised ", "alarm "}

// readWant reads want.md. Tables and lists count; everything else is for
// people.
func readWant(folder string) ([]section, error) {
	f, err := os.Open(filepath.Join(folder, "want.md"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []section
	var item string // a list item, which may go on over several lines
	end := func() error {
		defer func() { item = "" }()
		if item == "" {
			return nil
		}
		if len(all) == 0 {
			return fmt.Errorf("want.md: %q stands under no heading", item)
		}
		s := &all[len(all)-1]
		item = strings.ReplaceAll(item, "`", "")
		if slices.ContainsFunc(factKinds, func(k string) bool { return strings.HasPrefix(item, k) }) {
			s.facts = append(s.facts, item)
			return nil
		}
		if _, _, err := claimNamed(item); err != nil {
			return err
		}
		s.claims = append(s.claims, item)
		return nil
	}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := lines.Text()
		switch {
		case item != "" && strings.HasPrefix(line, "  "):
			item += " " + strings.TrimSpace(line)
			continue
		}
		if err := end(); err != nil {
			return nil, err
		}
		switch {
		case strings.HasPrefix(line, "## "):
			all = append(all, section{heading: strings.TrimPrefix(line, "## ")})
		case strings.HasPrefix(line, "- "):
			item = strings.TrimPrefix(line, "- ")
		case strings.HasPrefix(line, "|"):
			if len(all) == 0 {
				return nil, fmt.Errorf("want.md: a table under no heading")
			}
			s := &all[len(all)-1]
			if s.cases == nil {
				s.cases = []string{}
			}
			if row := tableRow(line); row != "" {
				s.cases = append(s.cases, row)
			}
		}
	}
	if err := end(); err != nil {
		return nil, err
	}
	return all, lines.Err()
}

// tableRow is a row in its usual form; "" for the table's head.
func tableRow(line string) string {
	cells := strings.Split(strings.Trim(strings.ReplaceAll(line, "`", ""), "| "), "|")
	for i, c := range cells {
		cells[i] = strings.Join(strings.Fields(c), " ")
	}
	if cells[0] == "Issue" || strings.HasPrefix(cells[0], "--") {
		return ""
	}
	for i := 2; i < len(cells); i++ {
		words := strings.Fields(cells[i])
		slices.Sort(words)
		cells[i] = strings.Join(words, " ")
	}
	return "| " + strings.Join(cells, " | ") + " |"
}

// seen is how the town looked after a step.
type seen struct {
	cases    []string
	ways     map[string]string
	comments map[string][]string // by issue: what our Apps said
	public   map[string][]string
	locked   []string
	hidden   []string
	alarms   []string // all so far
	issues   map[string]githubsim.IssueView
	writes   int
}

// look asks the simulated GitHub, as everybody there.
func (w *telling) look() seen {
	w.t.Helper()
	s := seen{ways: map[string]string{}, comments: map[string][]string{}, public: map[string][]string{}, issues: map[string]githubsim.IssueView{}}
	titles := map[string]string{}
	for _, p := range w.places() {
		for _, i := range w.issues(p) {
			at := w.called(p.repo) + "#" + strconv.Itoa(i.Number)
			s.issues[at] = i
			said := &s.public
			if !p.public || i.Author == w.apps["rooms"].Slug+"[bot]" {
				said = &s.comments
				s.cases = append(s.cases, w.row(p, at, i))
			}
			if strings.Contains(i.Body, "<!-- cocrouter:begin -->") {
				if !w.strays[at] {
					w.invariants(at, i, titles)
				}
				if way := wayOf(i.Body); way != "" {
					s.ways[at] = way
				}
			}
			for n, c := range comments(i) {
				if c.OfAnApp {
					(*said)[at] = append((*said)[at], spoken(c.Body))
				}
				if c.Minimized != "" {
					s.hidden = append(s.hidden, fmt.Sprintf("minimised %s: comment %d", at, n+1))
				}
			}
			if i.Locked {
				s.locked = append(s.locked, "locked "+at)
			}
		}
	}
	for line := range strings.Lines(w.log.String()) {
		if strings.Contains(line, `"alarm":true`) {
			s.alarms = append(s.alarms, alarmIn(line))
		}
	}
	s.writes = len(w.written(0))
	return s
}

// row is an issue as the table shows it: whom GitHub lets read it.
func (w *telling) row(p place, at string, i githubsim.IssueView) string {
	var readers, labels []string
	path := fmt.Sprintf("/repos/%s/issues/%d", p.repo, i.Number)
	for _, login := range append(slices.Clone(w.people), "") {
		switch status := w.asks(login, path); status {
		case http.StatusOK:
			if login == "" {
				readers = []string{"everybody"}
				break
			}
			readers = append(readers, login)
		case http.StatusNotFound:
		default:
			w.t.Errorf("%s asks for %s: %d", login, at, status)
		}
	}
	for _, l := range i.Labels {
		labels = append(labels, l.Name)
	}
	return tableRow("| " + at + " | " + i.State + " | " + strings.Join(labels, " ") + " | " + strings.Join(readers, " ") + " |")
}

var codeName = regexp.MustCompile(`^[a-z]+-[a-z]+-[0-9]+$`)

// invariants hold for every case at rest.
func (w *telling) invariants(at string, i githubsim.IssueView, titles map[string]string) {
	w.t.Helper()
	if !codeName.MatchString(i.Title) {
		w.t.Errorf("%s has the title %q, which is no code name", at, i.Title)
	}
	switch other, ok := titles[i.Title]; {
	case w.isIndex(at, i): // of the repository that the case has for itself
	case ok:
		w.t.Errorf("%s has the code name of %s", at, other)
	default:
		titles[i.Title] = at
	}
	status := 0
	for _, l := range i.Labels {
		if strings.HasPrefix(l.Name, "status/") {
			status++
		}
		if known, ok := coc.LabelNamed(l.Name); ok && !w.byHand[l.Name] && (!strings.EqualFold(l.Color, known.Color) || l.Description != known.Description) {
			w.t.Errorf("%s: label %s has colour %q and description %q", at, l.Name, l.Color, l.Description)
		}
	}
	if status != 1 {
		w.t.Errorf("%s has %d status labels", at, status)
	}
}

// echoes: what our Apps write tells nobody by mentioning them, but those whom a
// reminder is for, and leaves no link on what it speaks of. GitHub shows such a link to
// those who can read where it comes from, so everybody is asked.
func (w *telling) echoes() []string {
	w.t.Helper()
	var all []string
	for _, p := range w.places() {
		for _, i := range w.issues(p) {
			at := p.repo + "#" + strconv.Itoa(i.Number)
			for _, login := range w.people {
				if !w.CanRead(login, p.repo) {
					continue
				}
				seen, err := w.ViewIssue(login, p.repo, i.Number)
				if err != nil {
					w.t.Fatal(err)
				}
				for _, e := range seen.Timeline {
					switch {
					case e.Kind == "cross-referenced" && strings.HasSuffix(e.Actor, "[bot]"):
						all = append(all, fmt.Sprintf("%s sees on %s that %s speaks of it", login, at, e.Source))
					case e.Kind == "mentioned" && !peopleMention(seen, e.Person) && !w.reminded(seen, e.Person):
						all = append(all, fmt.Sprintf("%s was told of %s", e.Person, at))
					}
				}
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// peopleMention reports whether it was people who mentioned somebody in an issue.
func peopleMention(i githubsim.IssueView, login string) bool {
	mentions := func(author, text string) bool {
		return !strings.HasSuffix(author, "[bot]") && strings.Contains(strings.ToLower(text), "@"+strings.ToLower(login))
	}
	return mentions(i.Author, i.Body) ||
		slices.ContainsFunc(comments(i), func(c githubsim.CommentView) bool { return mentions(c.Author, c.Body) })
}

// The sentences that are said in public, word for word. ADDRESS is the form's.
var publicSentences = map[string]string{
	"link":   "A concern about conduct can be reported in confidence, and not here in public, through the private form at <ADDRESS>.",
	"thanks": "Thank you; this was received in confidence, and anything to add can be sent through the private form at <ADDRESS>.",
}

var hiddenMark = regexp.MustCompile(`<!--.*?-->`)

// spoken is a comment without its hidden mark and code marks, in one line.
func spoken(body string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(hiddenMark.ReplaceAllString(body, ""), "`", "")), " ")
}

// publicly names the sentence that was said, or gives it in full.
func (w *telling) publicly(at, said string) string {
	repo, _, _ := strings.Cut(at, "#")
	for name, sentence := range publicSentences {
		if said == strings.ReplaceAll(sentence, "ADDRESS", w.play.address+"/report/"+repo) {
			return name
		}
	}
	return said
}

// clauses are route's rules by the plain words in which they are said.
var clauses = func() map[string]*regexp.Regexp {
	out := map[string]*regexp.Regexp{}
	blank := regexp.MustCompile(`\\\{[a-z]+\\\}`)
	for _, r := range route.Rules() {
		// A sentence begins with a capital letter; a value stands for any.
		clause := blank.ReplaceAllString(regexp.QuoteMeta(r.Clause), ".*")
		if c := clause[0]; c >= 'a' && c <= 'z' {
			clause = "[" + string(c) + strings.ToUpper(string(c)) + "]" + clause[1:]
		}
		out[r.Key] = regexp.MustCompile(`^` + clause + `\.`)
	}
	return out
}()

// ruleSaid is the rule whose clause a sentence is: the one with most words of
// its own.
func ruleSaid(sentence string) string {
	best, length := "?"+sentence, -1
	for key, clause := range clauses {
		if own := len(strings.ReplaceAll(clause.String(), ".*", "")); clause.MatchString(sentence) && own > length {
			best, length = key, own
		}
	}
	return best
}

// wayOf reads the rules off a case's own account of how it got there.
func wayOf(body string) string {
	_, trace, ok := strings.Cut(body, "### How it got here")
	if !ok {
		return ""
	}
	trace, _, _ = strings.Cut(trace, "###")
	var rules []string
	for line := range strings.Lines(trace) {
		if said, ok := strings.CutPrefix(strings.TrimSpace(line), "- "); ok && strings.HasPrefix(said, "…") {
			rules = append(rules, "…") // steps that do not fit into the body
		} else if ok {
			rules = append(rules, ruleSaid(plain(said)))
		}
	}
	return strings.Join(rules, ", ")
}

var logged = regexp.MustCompile(`"message":"((?:[^"\\]|\\.)*)"`)

func alarmIn(line string) string {
	m := logged.FindStringSubmatch(line)
	if m == nil {
		return "alarm ?" + line
	}
	said, err := strconv.Unquote(`"` + m[1] + `"`)
	if err != nil {
		said = m[1]
	}
	if strings.Contains(said, "to deliver it by hand") {
		return "alarm notice/by-hand"
	}
	if strings.Contains(said, "did not pass the check") {
		return "alarm room/not-passed"
	}
	return "alarm " + ruleSaid(said)
}

// since is the facts that are new after a step. What an operator is told twice
// counts once.
func (w *telling) since(before, now seen) []string {
	var facts []string
	for _, at := range sortedRefs(now.ways) {
		if now.ways[at] != before.ways[at] {
			facts = append(facts, "way of "+at+": "+now.ways[at])
		}
	}
	for _, at := range sortedRefs(now.comments) {
		for _, said := range now.comments[at][min(len(before.comments[at]), len(now.comments[at])):] {
			facts = append(facts, "answer in "+at+": "+said)
		}
	}
	for _, at := range sortedRefs(now.public) {
		for _, said := range now.public[at][min(len(before.public[at]), len(now.public[at])):] {
			facts = append(facts, "in public at "+at+": "+w.publicly(at, said))
		}
	}
	fresh := func(before, now []string) {
		for _, f := range now {
			if !slices.Contains(before, f) && !slices.Contains(facts, f) {
				facts = append(facts, f)
			}
		}
	}
	fresh(before.locked, now.locked)
	fresh(before.hidden, now.hidden)
	fresh(nil, slices.DeleteFunc(slices.Clone(now.alarms[len(before.alarms):]), func(a string) bool {
		return !w.surveys && strings.HasPrefix(a, surveyAlarm)
	}))
	return facts
}

// surveyAlarm begins what operators hear of the daily look at a room. It finds
// something in nearly every room, and counts in the stories that tell of it.
const surveyAlarm = "alarm survey/"

func sortedRefs[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// matches holds a fact against what must be so. An answer need not be written
// out in full; "…" stands for any words.
func matches(want, got string) bool {
	if !strings.HasPrefix(want, "answer in ") {
		return want == got
	}
	place, said, _ := strings.Cut(want, ": ")
	rest, ok := strings.CutPrefix(got, place+": ")
	for part := range strings.SplitSeq(said, "…") {
		i := strings.Index(rest, strings.TrimSpace(part))
		ok = ok && i >= 0
		if ok {
			rest = rest[i+len(strings.TrimSpace(part)):]
		}
	}
	return ok
}

// inShort is a fact as a difference shows it.
func inShort(fact string) string {
	if r := []rune(fact); len(r) > 300 {
		return string(r[:300]) + " …"
	}
	return fact
}

// differences lists what is missing with "-" and what is too much with "+".
func differences(want, got []string, same func(want, got string) bool) []string {
	var out []string
	left := slices.Clone(got)
	for _, x := range want {
		i := slices.IndexFunc(left, func(y string) bool { return same(x, y) })
		if i < 0 {
			out = append(out, "- "+inShort(x))
			continue
		}
		left = slices.Delete(left, i, i+1)
	}
	for _, y := range left {
		out = append(out, "+ "+inShort(y))
	}
	return out
}

// claim is a sentence of want.md that is not a fact of its own: what follows
// the words is handed to hold, which says what is wrong.
type claim struct {
	words string
	hold  func(w *telling, before, now seen, rest string) error
}

var claims = []claim{
	{"body of ", func(_ *telling, _, now seen, rest string) error { return inBody(now, rest, true) }},
	{"body lacks of ", func(_ *telling, _, now seen, rest string) error { return inBody(now, rest, false) }},
	{"title of ", func(_ *telling, _, now seen, rest string) error {
		at, want, _ := strings.Cut(rest, ": ")
		if got := now.issues[at].Title; got != want {
			return fmt.Errorf("the title is %q", got)
		}
		return nil
	}},
	{"untouched: ", func(w *telling, before, _ seen, rest string) error {
		for _, x := range w.written(before.writes) {
			if strings.EqualFold(w.called(x.repo), rest) {
				return fmt.Errorf("%s", x.request)
			}
		}
		return nil
	}},
	{"archived: ", func(w *telling, _, _ seen, rest string) error { return w.isArchived(rest, true) }},
	{"not archived: ", func(w *telling, _, _ seen, rest string) error { return w.isArchived(rest, false) }},
	{"cannot find: ", (*telling).cannotFind},
	{"all lines in ", allLines},
	{"receipt", (*telling).receiptSays},
	{"filed lacks: ", func(w *telling, _, _ seen, rest string) error { return w.filedSays(rest, false) }},
	{"filed: ", func(w *telling, _, _ seen, rest string) error { return w.filedSays(rest, true) }},
	{"forms alike: ", (*telling).formsAlike},
	{"form of ", (*telling).formSays},
}

func claimNamed(text string) (c claim, rest string, err error) {
	for _, c := range claims {
		if rest, ok := strings.CutPrefix(text, c.words); ok {
			return c, rest, nil
		}
	}
	return claim{}, "", fmt.Errorf("want.md: nobody knows how to check %q", text)
}

func inBody(now seen, rest string, wanted bool) error {
	at, want, _ := strings.Cut(rest, ": ")
	i, ok := now.issues[at]
	if !ok {
		return fmt.Errorf("there is no %s", at)
	}
	body := strings.ReplaceAll(strings.Join(strings.Fields(i.Body), " "), "`", "")
	if strings.Contains(body, want) != wanted {
		return fmt.Errorf("the body is:\n%s", i.Body)
	}
	return nil
}

// allLines: a report of numbered lines is there as a whole, in order, in the
// body and the comments that continue it.
func allLines(_ *telling, _, now seen, rest string) error {
	at, number, _ := strings.Cut(rest, ": ")
	n, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	i := now.issues[at]
	text := i.Body
	for _, c := range comments(i) {
		text += c.Body
	}
	for line := range n {
		want := strings.TrimSpace(fmt.Sprintf(lineOfReport, line+1))
		_, after, ok := strings.Cut(text, want)
		if !ok {
			return fmt.Errorf("line %d is missing or out of order", line+1)
		}
		text = after
	}
	return nil
}

// receiptSays asks with the last receipt, or with the one of that number.
func (w *telling) receiptSays(_, _ seen, rest string) error {
	number, want, _ := strings.Cut(rest, ": ")
	n := len(w.receipts)
	if number = strings.TrimSpace(number); number != "" {
		var err error
		if n, err = strconv.Atoi(number); err != nil {
			return err
		}
	}
	page, err := w.play.browse(w.t.Context(), http.MethodPost, w.play.address+"/receipt", url.Values{"receipt": {w.receipts[n-1]}})
	if err != nil {
		return err
	}
	if text := pageText(page); !strings.Contains(text, want) {
		return fmt.Errorf("the receipt says:\n%s", text)
	}
	return nil
}

// filedSays asks the page that gave the last receipt.
func (w *telling) filedSays(want string, wanted bool) error {
	if text := pageText(w.filed); strings.Contains(text, want) != wanted {
		return fmt.Errorf("the page with the receipt says:\n%s", text)
	}
	return nil
}

func pageText(page string) string {
	return strings.Join(strings.Fields(html.UnescapeString(tag.ReplaceAllString(page, " "))), " ")
}

func (w *telling) formPage(repo string) (string, error) {
	page, err := w.play.browse(w.t.Context(), http.MethodGet, w.play.address+"/report/"+repo, nil)
	return page, err
}

// formsAlike: the forms of two repositories differ in the names alone.
func (w *telling) formsAlike(_, _ seen, rest string) error {
	var pages []string
	for name := range strings.SplitSeq(rest, ", ") {
		page, err := w.formPage(name)
		if err != nil {
			return err
		}
		page = formToken.ReplaceAllString(page, "")
		// The way to sign in leads back to the form.
		page = strings.ReplaceAll(page, url.QueryEscape(name), url.QueryEscape("OWNER/NAME"))
		pages = append(pages, strings.ReplaceAll(page, name, "OWNER/NAME"))
	}
	for _, p := range pages[1:] {
		if p != pages[0] {
			return fmt.Errorf("they differ:\n%s\n%s", pageText(pages[0]), pageText(p))
		}
	}
	return nil
}

func (w *telling) formSays(_, _ seen, rest string) error {
	repo, want, _ := strings.Cut(rest, ": ")
	page, err := w.formPage(repo)
	if err != nil {
		return err
	}
	if text := pageText(page); !strings.Contains(text, want) {
		return fmt.Errorf("the form says:\n%s", text)
	}
	return nil
}
