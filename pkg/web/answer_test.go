package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// invitation is one to answer, in the desk's memory.
type invitation struct {
	casework.Invited
	form    string
	answer  coc.Prose
	answers int
	over    bool
}

const (
	theAddress = "/answer/good-one"
	joked      = "It was a tourmaline joke.\n<b>I am sorry.</b>"
)

func (d *desk) invited(token string) (casework.Invited, error) {
	i := d.invites[token]
	switch {
	case d.lost != nil:
		return casework.Invited{}, d.lost
	case i == nil || i.over || i.answers > 0:
		return casework.Invited{}, fmt.Errorf("an address of case x: %w", coc.ErrMissing)
	}
	return i.Invited, nil
}

// inviting is a world where somebody is asked, and somebody was too late.
func inviting() (*world, *invitation) {
	w := newWorld()
	i := &invitation{Invited: casework.Invited{Committee: "Example <Committee>", Text: coc.NewProse("Dear Tom,\n<script>alert(1)</script>"), Until: noon.Add(48 * time.Hour)}}
	w.invites = map[string]*invitation{"good-one": i, "late-one": {over: true}, "used-one": {answers: 1, form: "x"}}
	return w, i
}

// form is what the page at the address sends.
func (w *world) form(t *testing.T, words string) url.Values {
	t.Helper()
	a := w.get(theAddress)
	m := tokenIn.FindStringSubmatch(a.body)
	if a.StatusCode != http.StatusOK || m == nil {
		t.Fatalf("%d, and no token", a.StatusCode)
	}
	return url.Values{"token": {m[1]}, "words": {words}}
}

func TestAccusedReadsWhatWasWrittenToThemAndNothingElse(t *testing.T) {
	t.Parallel()
	w, i := inviting()
	for range 5 {
		a := w.get(theAddress)
		want(t, a, 200, "Example &lt;Committee&gt;", "Dear Tom,\n&lt;script&gt;alert(1)&lt;/script&gt;", `<p class="said" dir="auto">`, "Thursday 6 March 2025", english["hearing.reads"])
		for header, value := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow", "Set-Cookie": ""} {
			if got := a.Header.Get(header); got != value {
				t.Errorf("%s is %q", header, got)
			}
		}
		if strings.Contains(a.body, `href="/report`) || strings.Contains(a.body, `href="/cases`) {
			t.Error("it leads elsewhere")
		}
	}
	if i.answers != 0 {
		t.Error("to look used it up")
	}
	i.Text = coc.Prose{}
	if a := w.get(theAddress); strings.Contains(a.body, english["hearing.wrote"]) {
		t.Error("it quotes nothing")
	}
}

func TestAccusedAnswersOnceAndTheButtonPressedTwiceIsOne(t *testing.T) {
	t.Parallel()
	w, i := inviting()
	form := w.form(t, joked)
	for range 2 {
		want(t, w.post(theAddress, form), 200, english["saved.title"], english["hearing.saved"])
	}
	if i.answers != 1 || i.answer.Reveal() != joked {
		t.Errorf("%d answers, %q", i.answers, i.answer.Reveal())
	}
	form.Set("words", "And one more thing.")
	want(t, w.post(theAddress, form), 404, english["noaddress.text"])
	want(t, w.get(theAddress), 404, english["noaddress.text"])
	if strings.Contains(w.log.String(), "tourmaline") || strings.Contains(w.log.String(), "good-one") {
		t.Errorf("the log has %s", w.log)
	}
}

func TestEveryAddressThatLeadsNowhereGetsTheSameBytes(t *testing.T) {
	t.Parallel()
	w, i := inviting()
	none := w.get("/answer/none")
	want(t, none, 404, english["noaddress.title"])
	bad := strings.Repeat("A", 26)
	all := map[string]answer{
		"used": w.get("/answer/used-one"), "too late": w.get("/answer/late-one"), "strange": w.get("/answer/%3Cb%3E"), "long": w.get("/answer/" + strings.Repeat("a", 5000)),
	}
	for what, form := range map[string]url.Values{
		"an answer": {"token": {bad}, "words": {"Hello."}}, "nothing": {}, "an old form": {"token": {"x"}, "words": {"Hello."}},
		"too much": {"token": {bad}, "words": {strings.Repeat("a", casework.MaxAnswer+1)}}, "far too much": {"words": {strings.Repeat("a", maxWrittenSent)}},
	} {
		for _, at := range []string{"none", "used-one", "late-one"} {
			all[what+" at "+at] = w.post("/answer/"+at, form)
		}
	}
	// A page that answers a form has no links to other languages; beyond that it is one.
	posted := w.post("/answer/none", url.Values{"token": {bad}, "words": {"Hello."}})
	for name, a := range all {
		same := none
		if strings.Contains(name, " at ") {
			same = posted
		}
		if a.StatusCode != http.StatusNotFound || a.body != same.body {
			t.Errorf("%s: %d, and other bytes", name, a.StatusCode)
		}
		for key, values := range same.Header {
			if strings.Join(a.Header[key], ",") != strings.Join(values, ",") {
				t.Errorf("%s: %s is %v", name, key, a.Header[key])
			}
		}
	}
	if i.answers != 0 {
		t.Error("an answer went astray")
	}
}

func TestAnswerThatIsNotTakenIsGivenBack(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", casework.MaxAnswer/5+1)
	for name, tc := range map[string]struct {
		words, token string
		deaf         error
		status       int
		says         []string
	}{
		"it is too long":         {long, "", nil, 413, []string{english["error.hearing-long"], long, `aria-invalid="true"`}},
		"it is blank":            {" \r\n", "", nil, 422, []string{english["error.answer"]}},
		"the form is too old":    {joked, "old", nil, 422, []string{english["error.token"], "It was a tourmaline joke."}},
		"it is far too long":     {strings.Repeat("a", maxWrittenSent), "", nil, 413, []string{english["error.hearing-large"]}},
		"it could not be saved":  {joked, "", errors.New("the disk is full of tourmaline"), 503, []string{english["error.answer-notsaved"], "It was a tourmaline joke.\n&lt;b&gt;"}},
		"nobody knows if it was": {joked, "", fmt.Errorf("wait: %w", coc.ErrUnsure), 503, []string{english["error.answer-maybe"], "It was a tourmaline joke.\n&lt;b&gt;"}},
	} {
		w, i := inviting()
		form := w.form(t, tc.words)
		if tc.token != "" {
			form.Set("token", tc.token)
		}
		w.deaf = tc.deaf
		a := w.post(theAddress, form)
		want(t, a, tc.status, append(tc.says, "Dear Tom,")...)
		if i.answers != 0 || strings.Contains(w.log.String(), "tourmaline") || strings.Contains(w.log.String(), "good-one") {
			t.Errorf("%s: %d answers; the log has %s", name, i.answers, w.log)
		}
		// The same form, once what was wrong is mended.
		w.deaf = nil
		if m := tokenIn.FindStringSubmatch(a.body); m == nil || tc.token == "" && tc.words == joked && m[1] != form.Get("token") {
			t.Errorf("%s: the form has another token", name)
		}
	}
}

func TestAddressesCannotBeTriedOneAfterTheOther(t *testing.T) {
	t.Parallel()
	w, i := inviting()
	form := w.form(t, joked)
	for n := range triesAtOnce {
		if a := w.get(fmt.Sprintf("/answer/%d", n)); n < triesAtOnce-1 && a.StatusCode != http.StatusNotFound {
			t.Fatalf("try %d: %d", n, a.StatusCode)
		}
	}
	want(t, w.get(theAddress), 429, english["hurried.title"])
	a := w.post(theAddress, form)
	want(t, a, 429, english["hurried.text"], "It was a tourmaline joke.\n&lt;b&gt;")
	if i.answers != 0 || strings.Contains(a.body, "Dear Tom") {
		t.Error("whoever has to wait got through")
	}
	w.now = w.now.Add(time.Minute)
	want(t, w.post(theAddress, form), 200, english["saved.title"])
}

func TestStoreThatDoesNotAnswerIsNoWrongAddress(t *testing.T) {
	t.Parallel()
	w, _ := inviting()
	form := w.form(t, "")
	w.lost = errors.New("a disk behind good-one")
	want(t, w.get(theAddress), 503, english["failed.title"])
	want(t, w.post(theAddress, form), 503, english["failed.title"])
	form.Set("words", strings.Repeat("word ", casework.MaxAnswer/5+1))
	want(t, w.post(theAddress, form), 503, "word word")
	form.Set("words", joked)
	want(t, w.post(theAddress, form), 503, "It was a tourmaline joke", english["error.answer-notsaved"])
	if strings.Contains(w.log.String(), "good-one") || strings.Contains(w.log.String(), "word word") {
		t.Errorf("the log has %s", w.log)
	}
	want(t, w.get("/answer/none"), 503, english["failed.title"])
}

func TestPageForTheAccusedSpeaksEveryLanguage(t *testing.T) {
	t.Parallel()
	for _, c := range catalogues {
		w, _ := inviting()
		a := w.get(theAddress + "?lang=" + c.Language.String())
		title := c.Words["hearing.title"]["other"]
		want(t, a, 200, `action="/answer/good-one?lang=`+c.Language.String()+`"`, title)
		if other := c != fallback; other && strings.Contains(a.body, english["hearing.reads"]) {
			t.Errorf("%s: it speaks English", c.Name)
		}
	}
}
