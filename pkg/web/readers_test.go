package web

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

var foreseen = casework.Preview{
	Committee: "Example <Committee>", Known: true, Shown: true, Members: []coc.Login{"kim-responder"}, Out: []coc.Login{"lee-responder"},
	Next: "Foundation Committee", Joint: []string{"Event Desk"}, Told: "The Foundation",
}

// The button gives everything back and saves nothing, with the same words as the
// script gets.
func TestWhoWouldReadItIsShownWithoutSavingAnything(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.preview = foreseen
	token := w.token(t, path)
	form := url.Values{
		"token": {token}, "show": {"readers"}, "account": {"what <b>happened</b>"}, "who1": {"lee-responder"}, "keepout": {"mo-example"},
		"safe": {"no"}, "space": {"event"}, "event": {"River Days"}, "reach": {"nell@mail.example"},
	}
	a := w.post(path, form)
	want(t, a, 200, "Example &lt;Committee&gt;", "<li>kim-responder</li>", "<li>lee-responder</li>", "Foundation Committee", "Event Desk", "The Foundation",
		"what &lt;b&gt;happened&lt;/b&gt;", `value="lee-responder"`, "mo-example", `value="`+token+`"`, `value="River Days"`, "nell@mail.example")
	if w.calls != 0 || w.log.Len() != 0 {
		t.Errorf("%d reports were saved, the log has %q", w.calls, w.log)
	}
	if f := w.asked[0]; f.Around.Known != "River Days" || len(f.Involved) != 2 || f.Involved[1].Role != coc.RoleKeptOut {
		t.Errorf("the Desk was asked %+v", f)
	}
	part := w.post(path+"/readers", form)
	if part.StatusCode != 200 || !strings.Contains(a.body, strings.TrimSpace(part.body)) || strings.Contains(part.body, "<html") {
		t.Errorf("the script gets\n%s", part.body)
	}
	if got := part.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("the part of the page is kept: %s", got)
	}
}

// Nothing has to be filled in before it can be asked.
func TestWhoWouldReadItNeedsNoAccount(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.preview = casework.Preview{Committee: "Quiet Committee", Known: true}
	a := w.post(path, url.Values{"show": {"readers"}})
	want(t, a, 200, english["now.protected"])
	if strings.Contains(a.body, english["error.account"]) || strings.Contains(a.body, english["error.token"]) {
		t.Error("it asks for an account first")
	}
	want(t, w.post(path, url.Values{"show": {"readers"}, "when": {strings.Repeat("x", maxField+1)}}), 422, english["error.field"])
}

func TestEverythingThatAPreviewCanBeIsSaid(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		is    casework.Preview
		says  []string
		lacks []string
	}{
		"nobody":         {casework.Preview{}, []string{english["now.nobody"], english["now.unseen"]}, []string{english["now.protected"]}},
		"hidden":         {casework.Preview{Committee: "A", Known: true}, []string{"the A.", english["now.protected"]}, []string{english["now.members"], english["now.unseen"]}},
		"asked first":    {casework.Preview{Committee: "A", Known: true, Shown: true, Asks: true, Members: []coc.Login{"lee"}}, []string{"the A.", english["now.asked"], "<li>lee</li>", english["readers.asked"]}, []string{english["now.members"]}},
		"asked, hidden":  {casework.Preview{Committee: "A", Known: true, Asks: true}, []string{english["now.protected"], english["readers.asked"]}, []string{english["now.asked"], english["now.members"]}},
		"too few":        {casework.Preview{Committee: "A", Known: true, Shown: true, Out: []coc.Login{"kim"}, Moves: true, Next: "B", Told: "C"}, []string{"go to the B", "Of the A", "kim"}, []string{english["now.members"], "the C"}},
		"too few at top": {casework.Preview{Committee: "A", Known: true, Shown: true, Out: []coc.Login{"kim"}, Moves: true}, []string{"Of the A", "stay sealed"}, []string{english["now.members"]}},
		"one at the top": {casework.Preview{Committee: "A", Known: true, Shown: true, Members: []coc.Login{"lee"}, Out: []coc.Login{"kim"}}, []string{english["now.kept"]}, nil},
		"may not keep":   {casework.Preview{Committee: "A", Known: true, Left: []string{"B"}}, []string{"The B may not keep"}, nil},
	} {
		w := newWorld()
		w.preview = tc.is
		page := w.post(path+"/readers", nil).body
		for _, s := range tc.says {
			if !strings.Contains(page, s) {
				t.Errorf("%s: it lacks %q:\n%s", name, s, page)
			}
		}
		for _, s := range tc.lacks {
			if strings.Contains(page, s) {
				t.Errorf("%s: it says %q", name, s)
			}
		}
	}
	w := newWorld()
	w.astray = coc.Later{Cause: "GitHub is not there"}
	want(t, w.post(path+"/readers", nil), 200, english["now.unknown"])
	if w.log.Len() != 0 {
		t.Errorf("it logs %s", w.log)
	}
}

// Where each member is asked first, the form says so of whoever it lists, before anything
// is filled in; and of no other committee.
func TestTheFormSaysThatWhoWillReadItIsAskedFirst(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for _, guide := range []casework.Guide{
		{Known: true, Committee: "A", Size: 2, Members: []coc.Login{"kim", "lee"}}, {Known: true, Committee: "A", Size: 2}, {Known: true, Committee: "A", Size: 1}, {Committee: "A"},
	} {
		for _, guide.Asks = range []bool{true, false} {
			w.guides["example-org/project"] = guide
			if page := w.get(path).body; strings.Contains(page, english["readers.asked"]) != guide.Asks || strings.Index(page, english["readers.asked"]) > strings.Index(page, english["not.title"]) {
				t.Errorf("of %+v\n%s", guide, page)
			}
		}
	}
}

// More than the fields that decide on it is never read, and other sites get nothing.
func TestAskingWhoWouldReadItIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld()
	want(t, w.post(path+"/readers", url.Values{"account": {strings.Repeat("x", maxChosen)}}), 413)
	want(t, w.post(path+"/readers", url.Values{"keepout": {strings.Repeat("kim\n", maxKeptOut+1)}}), 200, english["now.unknown"])
	want(t, w.post("/report/..%2F/x/readers", nil), 404)
	r := posts(path+"/readers", "who1=kim")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	want(t, w.do(r), 403, english["foreign.title"])
	if len(w.asked) != 0 {
		t.Errorf("the Desk was asked %d times", len(w.asked))
	}
	a := w.get("/assets/readers.js")
	if a.StatusCode != 200 || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/javascript") || strings.Contains(a.body, "account\"") {
		t.Errorf("the script is %d, %s", a.StatusCode, a.Header.Get("Content-Type"))
	}
}

// Whoever asks again and again is told what always holds, and so is everybody while too
// many ask. It is no error, nobody's report is held up by it, and it passes.
func TestAskingTooOftenSaysWhatAlwaysHolds(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ asker, other string }{
		"one sender":               {"192.0.2.7:1000", ""},
		"everybody behind a proxy": {"10.1.2.3:1000", "192.0.2.8:1000"},
	} {
		w := newWorld()
		w.preview = casework.Preview{Committee: "Quiet Committee", Known: true}
		ask := func(from string) string {
			a := w.sentFrom(from, path+"/readers", url.Values{"who1": {"kim"}})
			want(t, a, 200)
			return a.body
		}
		told := 0
		for strings.Contains(ask(tc.asker), english["now.protected"]) {
			if told++; told > 2*askedAtOnce {
				t.Fatalf("%s: nothing stops them", name)
			}
		}
		if told < 100 || len(w.asked) != told {
			t.Errorf("%s: they are told %d times, and the Desk was asked %d times", name, told, len(w.asked))
		}
		if page := ask(tc.asker); !strings.Contains(page, english["now.unknown"]) || strings.Contains(page, "Quiet") {
			t.Errorf("%s: they are told\n%s", name, page)
		}
		// With the button, or on a form that would show it at once, it is the same, and
		// nothing that was typed is lost.
		want(t, w.sentFrom(tc.asker, path, url.Values{"show": {"readers"}, "where": {"in the garden"}}), 200, english["now.unknown"], `value="in the garden"`)
		form := url.Values{"token": {w.token(t, path)}, "account": {"it happened"}}
		want(t, w.sentFrom(tc.asker, path, form), 200, english["receipt.title"])
		if tc.other == "" {
			if !strings.Contains(ask("192.0.2.8:1000"), english["now.protected"]) {
				t.Errorf("%s: others are kept from it", name)
			}
		} else if !strings.Contains(ask(tc.other), english["now.unknown"]) {
			t.Errorf("%s: there is no end to what all are told together", name)
		}
		w.now = w.now.Add(time.Minute)
		if !strings.Contains(ask(tc.asker), english["now.protected"]) {
			t.Errorf("%s: they are not told a minute later", name)
		}
		if w.log.Len() != 0 {
			t.Errorf("%s: it logs %s", name, w.log)
		}
	}
}
