package web

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
	committee "github.com/cocrouter/cocrouter/pkg/policy"
)

// theirOwn are words on these pages that are in no catalogue: names that a committee or
// GitHub gave, and what somebody typed.
var theirOwn = []string{
	"Example Conduct Committee", "Example <Committee>", "Foundation Committee", "Event Desk of River Days", "Event Desk", "River Days", "river",
	"kim-responder", "lee-responder", "@nell-example", "example-org/project", "conduct@example.org", "conduct@foundation.example", "other/one", "desk@days.example", "https://foundation.example/conduct",
	"What somebody typed into it", "What the committee wrote", "Its own words", "it <happened>", "English",
}

// scene is one page, as it comes to somebody in some world.
type scene struct {
	name string
	page func(*testing.T, *world) answer
}

// ownIn is what a committee says in its own way.
var ownIn = map[string]committee.Words{"en": {Before: "Its own words", After: "Its own words"}}

const somebodys = "What somebody typed into it"

// sending is a report with something more in it.
func sending(more url.Values) func(*testing.T, *world) answer {
	return func(t *testing.T, w *world) answer {
		form := url.Values{"token": {w.token(t, path)}, "account": {somebodys}}
		for k, v := range more {
			form[k] = v
		}
		return w.post(path, form)
	}
}

// whole is a report that says all that can be said.
var whole = url.Values{
	"danger": {"1"}, "space": {"event"}, "event": {"River Days"}, "day": {"2026-05-04"}, "here": {"1"}, "touches": {"other/one\nand more"},
	"risk": {"injury", "threatened-suit", "authorities", "attorney", "cause-of-action", "suspected-illegality"},
}

// writes is what comes of words with a receipt.
func writes(act, words string, set func(*world, url.Values)) func(*testing.T, *world) answer {
	return func(t *testing.T, w *world) answer {
		w.stands[theReceipt] = withCommittee
		form := w.page(t, act, words)
		if set != nil {
			set(w, form)
		}
		return w.from("192.0.2.1:1", form)
	}
}

// hears is what comes of an answer of somebody who is accused.
func hears(words string, set func(*world, url.Values)) func(*testing.T, *world) answer {
	return func(t *testing.T, w *world) answer {
		w.invites = map[string]*invitation{"good-one": {Invited: casework.Invited{Committee: "Example <Committee>", Text: coc.NewProse("What the committee wrote"), Until: noon.Add(48 * time.Hour)}}}
		form := w.form(t, words)
		if set != nil {
			set(w, form)
		}
		return w.sentFrom("192.0.2.1:1", theAddress, form)
	}
}

// gets is a page that is only asked for.
func gets(path string) func(*testing.T, *world) answer {
	return func(_ *testing.T, w *world) answer { return w.get(path) }
}

// stands is the page behind a receipt.
func stands(p casework.Progress) func(*testing.T, *world) answer {
	return func(_ *testing.T, w *world) answer {
		w.stands[theReceipt] = p
		return w.post("/receipt", url.Values{"receipt": {theReceipt}})
	}
}

// foresees is the form with who would read it.
func foresees(p casework.Preview) func(*testing.T, *world) answer {
	return func(_ *testing.T, w *world) answer {
		w.preview = p
		return w.post(path, url.Values{"show": {"readers"}})
	}
}

// scenes are the pages of whoever reports or is accused, with whatever can go wrong.
func scenes() []scene {
	broken := func(err error) func(*world, url.Values) { return func(w *world, _ url.Values) { w.deaf = err } }
	all := []scene{
		{"where it happened", gets("/report")},
		{"where it happened, unheard of", gets("/report?space=repository&repository=that+thing")},
		{"where it happened, of another kind", gets("/report?space=moon&repository=a/b")},
		{"form", gets(path)},
		{"form of a committee whose pages are known", func(_ *testing.T, w *world) answer {
			w.Handler = New(Options{Desk: w.desk, GitHubURL: "https://github.example"})
			return w.get(path)
		}},
		{"form of a committee without names", gets("/report/example-org/hidden")},
		{"form of nobody", func(_ *testing.T, w *world) answer {
			w.guides["example-org/project"] = casework.Guide{Known: true}
			return w.get(path)
		}},
		{"form of one person with words of their own", func(_ *testing.T, w *world) answer {
			w.guides["example-org/project"] = casework.Guide{Known: true, Committee: "Example Conduct Committee", Size: 1, Asks: true, Events: []casework.Suggested{{Name: "River Days"}}, Words: ownIn}
			return w.get(path)
		}},
		{"form about no repository", gets("/report/elsewhere")},
		{"form of what is not there", gets("/report/example-org/nothing")},
		{"form, nothing said", sending(url.Values{"account": {" "}})},
		{"form, too long", sending(url.Values{"account": {strings.Repeat("1", maxAccount+1)}, "when": {strings.Repeat("1", maxField+1)}, "keepout": {strings.Repeat("1\n", maxKeptOut+1)}, "links": {strings.Repeat("1\n", maxLinks+1)}})},
		{"form, together too long", sending(url.Values{"safety": {strings.Repeat("1", maxTotal)}})},
		{"form, without a token", sending(url.Values{"token": {"x"}})},
		{"form, not signed in any more", sending(url.Values{"named": {"1"}})},
		{"form, not saved", func(t *testing.T, w *world) answer {
			w.broken = coc.Refusal{What: "What the store says of it.", Next: "And what to do."}
			return sending(nil)(t, w)
		}},
		{"form, perhaps saved", func(t *testing.T, w *world) answer { w.unsure = coc.ErrUnsure; return sending(nil)(t, w) }},
		{"form, much too large", sending(url.Values{"account": {strings.Repeat("1", maxSent)}})},
		{"form, unreadable", func(_ *testing.T, w *world) answer {
			return w.do(posts(path, "account=%zz"))
		}},
		{"form of another site", func(_ *testing.T, w *world) answer {
			r := httptest.NewRequest("POST", path, nil)
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			return w.do(r)
		}},
		{"form in a queue", queued},
		{"form, signed in", func(t *testing.T, w *world) answer {
			w.github = newSignedUp()
			return w.asks(path, w.signs(t, "nell-example"))
		}},
		{"form, offering to sign in", func(_ *testing.T, w *world) answer { w.github = newSignedUp(); return w.get(path) }},
		{"filed", sending(whole)},
		{"filed, the settings have changed", func(t *testing.T, w *world) answer {
			w.guides["example-org/project"] = casework.Guide{Known: true, Committee: "Foundation Committee", Words: ownIn}
			return sending(url.Values{"shown": {"Example Conduct Committee"}, "event": {"Another one"}})(t, w)
		}},
		{"readers", foresees(foreseen)},
		{"readers, at the top", foresees(casework.Preview{Committee: "Example Conduct Committee", Known: true, Shown: true, Members: []coc.Login{"kim-responder"}, Out: []coc.Login{"lee-responder"}})},
		{"readers, asked first", foresees(casework.Preview{Committee: "Example Conduct Committee", Known: true, Shown: true, Asks: true, Members: []coc.Login{"kim-responder"}})},
		{"readers, nobody", foresees(casework.Preview{Left: []string{"Event Desk"}})},
		{"readers, not shown", foresees(casework.Preview{Committee: "Example Conduct Committee", Known: true})},
		{"readers, too few", foresees(casework.Preview{Committee: "Example Conduct Committee", Known: true, Shown: true, Moves: true, Next: "Foundation Committee"})},
		{"readers, too few at the top", foresees(casework.Preview{Committee: "Example Conduct Committee", Known: true, Shown: true, Moves: true})},
		{"readers, unknown", func(_ *testing.T, w *world) answer { w.astray = errors.New("x"); return w.post(path+"/readers", nil) }},
		{"look-up", gets("/receipt")},
		{"look-up, nothing", func(_ *testing.T, w *world) answer {
			return w.post("/receipt", url.Values{"receipt": {"AAAA-CCCC"}, "act": {"answer"}, "words": {somebodys}})
		}},
		{"look-up, too often", func(_ *testing.T, w *world) answer {
			w.exhaust(url.Values{"receipt": {"AAAA-CCCC"}})
			return w.from("192.0.2.1:1", url.Values{"receipt": {"AAAA-CCCC"}})
		}},
		{"look-up, signed in", func(t *testing.T, w *world) answer {
			w.github = newSignedUp()
			return w.asks("/receipt", w.signs(t, "nell-example"))
		}},
		{"look-up, offering to sign in", func(_ *testing.T, w *world) answer { w.github = newSignedUp(); return w.get("/receipt") }},
		{"look-up, broken", func(_ *testing.T, w *world) answer {
			w.lost = errors.New("x")
			return w.post("/receipt", url.Values{"receipt": {theReceipt}})
		}},
		{"progress, taken in", stands(casework.Progress{State: casework.TakenIn})},
		{"progress, sealed", stands(casework.Progress{State: casework.Sealed, Contact: "conduct@example.org"})},
		{"progress, full, belongs elsewhere", stands(casework.Progress{
			State: casework.WithCommittee, Stage: coc.StageClosed, FiledAt: noon, Changed: noon, Passed: noon, Late: true, Urgent: noon, Withdrawn: noon, Silent: noon, Full: true, Belongs: "Example Conduct Committee",
			Way: []casework.Direct{{Name: "Example Conduct Committee", Contact: "conduct@example.org"}}, Direct: []casework.Direct{{Name: "Event Desk", Contact: "desk@days.example"}},
		})},
		{"progress, passed on", stands(casework.Progress{State: casework.WithCommittee, Stage: coc.StageClosed, FiledAt: noon, Passed: noon})},
		{"answered", writes("answer", somebodys, nil)},
		{"said to be urgent", writes("urgent", somebodys, nil)},
		{"withdrawn", writes("withdraw", "", nil)},
		{"answer, nothing said", writes("answer", " ", nil)},
		{"answer, too long", writes("answer", strings.Repeat("1", maxWritten+1), nil)},
		{"answer, without a token", writes("answer", somebodys, func(_ *world, f url.Values) { f.Set("token", "x") })},
		{"answer, full", writes("answer", somebodys, broken(casework.ErrFull))},
		{"answer, not saved", writes("answer", somebodys, broken(coc.Refusal{What: "What the store says of it."}))},
		{"answer, perhaps saved", writes("answer", somebodys, broken(coc.ErrUnsure))},
		{"answer, saved and nothing known", writes("answer", somebodys, func(w *world, _ url.Values) { w.lost = errors.New("x") })},
		{"answer, too often", writes("answer", somebodys, func(w *world, f url.Values) { w.exhaust(f) })},
		{"answer, much too large", writes("answer", strings.Repeat("1", maxWrittenSent), nil)},
		{"hearing", func(t *testing.T, w *world) answer {
			_ = hears("x", nil)(t, w)
			w.invites["good-one"].answers = 0
			return w.get(theAddress)
		}},
		{"hearing, answered", hears(somebodys, nil)},
		{"hearing, nothing said", hears(" ", nil)},
		{"hearing, too long", hears(strings.Repeat("1", casework.MaxAnswer+1), nil)},
		{"hearing, much too large", hears(strings.Repeat("1", maxWrittenSent+1), nil)},
		{"hearing, without a token", hears(somebodys, func(_ *world, f url.Values) { f.Set("token", "x") })},
		{"hearing, not saved", hears(somebodys, broken(errors.New("x")))},
		{"hearing, perhaps saved", hears(somebodys, broken(coc.ErrUnsure))},
		{"hearing, too often", hears(somebodys, func(w *world, f url.Values) { w.exhaust(f) })},
		{"hearing, nothing there", gets("/answer/nothing")},
		{"no such page", gets("/nowhere")},
		{"another method", func(_ *testing.T, w *world) answer { return w.do(httptest.NewRequest("PUT", "/receipt", nil)) }},
		{"nobody can sign in", gets("/auth/github")},
		{"a panic", func(t *testing.T, w *world) answer { w.guides = nil; w.filed = nil; return sending(nil)(t, w) }},
	}
	for _, stage := range coc.Stages() {
		all = append(all, scene{"progress, " + string(stage), stands(casework.Progress{
			State: casework.WithCommittee, Stage: stage, FiledAt: noon, Changed: noon,
			Messages: []casework.Said{
				{At: noon, Kind: coc.MessageUpdate, Text: coc.NewProse("What the committee wrote")}, {At: noon, Kind: coc.MessageQuestion, Text: coc.NewProse("What the committee wrote")},
				{At: noon, Kind: coc.MessageUrgent}, {At: noon, Kind: coc.MessageWithdrawn}, {At: noon, Kind: coc.MessageAnswer, Text: coc.NewProse(somebodys)},
			},
		})})
	}
	all = append(all, scene{"form, too many files", func(t *testing.T, w *world) answer {
		return w.attach(path, url.Values{"token": {w.token(t, path)}, "account": {somebodys}}, nil, picked{"a", "1"}, picked{"b", "2"}, picked{"c", "3"}, picked{"d", "4"})
	}})
	for wrong := range fileProblems {
		all = append(all, scene{fmt.Sprintf("form, a file is not taken: %v", wrong), func(t *testing.T, w *world) answer {
			w.refuses = map[string]error{"file": wrong}
			return w.attach(path, url.Values{"token": {w.token(t, path)}, "account": {somebodys}}, nil, picked{"a.png", "file"})
		}}, scene{fmt.Sprintf("answer, a file is not taken: %v", wrong), func(t *testing.T, w *world) answer {
			w.refuses = map[string]error{"file": wrong}
			w.stands[theReceipt] = withCommittee
			return w.attach("/receipt", w.page(t, "answer", somebodys), nil, picked{"a.png", "file"})
		}})
	}
	return all
}

// queued is the form that came while very many others did.
func queued(t *testing.T, w *world) (a answer) {
	t.Helper()
	for w.Handler = crowded(t).Handler; a.Response == nil || a.StatusCode == http.StatusOK; {
		a = w.send(rand.Text(), nil)
	}
	return a
}

// spokenBy are the words that somebody sees or hears on a page, one after the other.
func spokenBy(page string) []string {
	page = regexp.MustCompile(`(?s)<ol class="aloud">.*?</ol>|<li><a href="\?lang.*?</li>|<p class="code">.*?</p>`).ReplaceAllString(page, "")
	var out []string
	for _, m := range regexp.MustCompile(`>([^<]+)<|\b(?:title|label|alt|placeholder|aria-label|data-copy|data-copied|data-print)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if said := strings.TrimSpace(html.UnescapeString(cmp.Or(m[1], m[2]))); said != "" {
			out = append(out, said)
		}
	}
	return out
}

var (
	letter     = regexp.MustCompile(`\pL`)
	latinWords = regexp.MustCompile(`[A-Za-z]{2,} [A-Za-z]+ [A-Za-z]+`)
)

// Whatever a reporter or an accused sees comes from the catalogues, also where something
// is refused or fails: nothing but names and people's own words is on a page in German or
// Arabic as it is on the page in English.
func TestWhateverIsSaidIsSaidInTheLanguageOfThePage(t *testing.T) {
	t.Parallel()
	said := map[string][]string{} // by scene, in English
	for _, s := range scenes() {
		said[s.name] = spokenBy(s.page(t, newWorld()).body)
	}
	for _, c := range catalogues[1:] {
		t.Run(c.Language.String(), func(t *testing.T) {
			t.Parallel()
			for _, s := range scenes() {
				page := s.page(t, newWorldIn(c.Language.String()))
				if !strings.Contains(page.body, "<h1>") && !strings.HasSuffix(s.name, "unknown") {
					t.Errorf("%s: %d, and no page:\n%.300s", s.name, page.StatusCode, page.body)
				}
				for _, words := range spokenBy(page.body) {
					if !letter.MatchString(words) || slices.Contains(theirOwn, words) {
						continue
					}
					if slices.Contains(said[s.name], words) && likeEnglish[c.Language.String()+" "+keyOf(words)] == "" {
						t.Errorf("%s: %q is as in English", s.name, words)
					}
					bare := words
					for _, own := range theirOwn {
						bare = strings.ReplaceAll(bare, own, "")
					}
					if run := latinWords.FindString(bare); run != "" && foreignTo(c) {
						t.Errorf("%s: %q stands in %q", s.name, run, words)
					}
				}
			}
		})
	}
	missed := maps.Clone(notMet)
	everything := strings.Join(slices.Concat(slices.Collect(maps.Values(said))...), "\n")
	for key := range fallback.Words {
		switch seen := strings.Contains(everything, longest(key)); {
		case !seen && !members(key) && notMet[key] == "":
			t.Errorf("%q is on none of the pages that are looked at", key)
		case seen:
			delete(missed, key)
		}
	}
	for key := range maps.Keys(notMet) {
		if _, still := missed[key]; !still {
			t.Errorf("%q is met now: take it off the list", key)
		}
	}
}

// notMet are words that none of the scenes has, and why.
var notMet = map[string]string{
	"mine.none":       "as mine.hint, where there are none",
	"error.file-full": "on the pages of members", "error.file-none": "on the pages of members",
	"lang.unreviewed": "English was read by somebody whose own language it is", "lang.english": "as before",
}

// foreignTo reports whether a language is written in other letters than English.
func foreignTo(c *catalogue) bool {
	return !slices.Contains([]string{"de", "es", "fr", "pt"}, c.Language.String())
}

// members reports whether words are on the pages of members alone.
func members(key string) bool {
	return slices.ContainsFunc([]string{"case.", "cases.", "clear.", "nocase.", "often.", "add.", "clean.", "error.clean", "due.", "severity.", "span.", "signin."}, func(p string) bool { return strings.HasPrefix(key, p) })
}

// longest is the longest part of what is said under a key that is the same whatever
// values stand in it.
func longest(key string) (part string) {
	for _, p := range valueIn.Split(fallback.Words[key]["other"], -1) {
		if p = strings.TrimSpace(p); len(p) > len(part) {
			part = p
		}
	}
	return part
}

// keyOf is under what key something is said in English.
func keyOf(words string) string {
	for key, m := range fallback.Words {
		if m["other"] == words {
			return key
		}
	}
	return ""
}
