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

const theReceipt = "AAAA-BBBB"

// behind is a world with a case behind a receipt.
func behind(p casework.Progress) *world {
	w := newWorld()
	w.stands[theReceipt] = p
	return w
}

var withCommittee = casework.Progress{State: casework.WithCommittee, Stage: coc.StageAcknowledged, FiledAt: noon}

// page is what the page behind the receipt sends.
func (w *world) page(t *testing.T, act, words string) url.Values {
	t.Helper()
	a := w.post("/receipt", url.Values{"receipt": {theReceipt}})
	m := tokenIn.FindStringSubmatch(a.body)
	if a.StatusCode != 200 || m == nil {
		t.Fatalf("%d, and no token", a.StatusCode)
	}
	return url.Values{"receipt": {theReceipt}, "token": {m[1]}, "act": {act}, "words": {words}}
}

func TestWhatIsWrittenWithTheReceiptArrivesAsItWasWritten(t *testing.T) {
	t.Parallel()
	for act, tc := range map[string]struct {
		typed, danger string
		want          coc.FromReporter
		saved         string
	}{
		"answer":   {"On Monday.\r\n<b>Or not</b>", "1", coc.FromReporter{Kind: coc.MessageAnswer, Text: coc.NewProse("On Monday.\r\n<b>Or not</b>")}, "saved.answer"},
		"urgent":   {"They are here.", "1", coc.FromReporter{Kind: coc.MessageUrgent, Text: coc.NewProse("They are here."), Danger: true}, "saved.urgent"},
		"withdraw": {" \r\n", "", coc.FromReporter{Kind: coc.MessageWithdrawn}, "saved.withdrawn"},
	} {
		w := behind(withCommittee)
		form := w.page(t, act, tc.typed)
		if tc.danger != "" {
			form.Set("danger", tc.danger)
		}
		a := w.post("/receipt", form)
		want(t, a, 200, english["saved.title"], english[tc.saved], "Wednesday 5 March 2025")
		if len(w.wrote) != 1 || w.wrote[0].Kind != tc.want.Kind || w.wrote[0].Text != tc.want.Text || w.wrote[0].Danger != tc.want.Danger {
			t.Errorf("%s: wrote %+v", act, w.wrote)
		}
		if m := tokenIn.FindStringSubmatch(a.body); m == nil || m[1] == form.Get("token") {
			t.Errorf("%s: the next words would be taken for these", act)
		}
		if act == "answer" {
			want(t, a, 200, english["wrote.answer"]+", ", "On Monday.\r\n&lt;b&gt;Or not&lt;/b&gt;</p>")
			if strings.Count(a.body, "On Monday.") != 1 {
				t.Error("what is saved is still in the box")
			}
		}
		// Sent again by the browser, it is sent under the same token.
		w.post("/receipt", form)
		if w.tokens[0] != w.tokens[1] {
			t.Errorf("%s: tokens %q", act, w.tokens)
		}
	}
}

func TestPageWorksWithoutScriptsAndSaysWhatWithdrawingIs(t *testing.T) {
	t.Parallel()
	w := behind(casework.Progress{
		State: casework.WithCommittee, Stage: coc.StageClosed, FiledAt: noon, Withdrawn: noon, Urgent: noon,
		Messages: []casework.Said{{At: noon, Kind: coc.MessageWithdrawn}, {At: noon, Kind: coc.MessageAnswer, Text: coc.NewProse("mine")}},
	})
	a := w.post("/receipt", url.Values{"receipt": {" aaaa-bbbb "}})
	want(t, a, 200, english["withdraw.text"], english["urgent.text"], english["danger.text"], english["answer.closed"], english["answer.about"],
		"Wednesday 5 March 2025. Nothing was deleted", english["wrote.withdrawn"]+", Wednesday", ">mine</p>")
	if strings.Count(a.body, "<script") != 1 || strings.Count(a.body, `action="/receipt" method="post"`) != 3 || strings.Contains(a.body, english["silence.title"]) {
		t.Errorf("the page is\n%s", a.body)
	}
}

func TestSilenceIsShownWithWhomToTurnTo(t *testing.T) {
	t.Parallel()
	p := withCommittee
	p.Silent, p.Way = noon, []casework.Direct{{Name: "River Committee", Contact: "conduct@river.example"}, {Name: "Foundation", Contact: "https://foundation.example/conduct"}}
	want(t, behind(p).post("/receipt", url.Values{"receipt": {theReceipt}}), 200,
		english["silence.title"], "by Wednesday 5 March 2025", english["silence.way"], "mailto:conduct@river.example", `href="https://foundation.example/conduct"`)
}

func TestWordsAreGivenBackWhateverGoesWrong(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", maxWritten) + " heliotrope <end>"
	for name, tc := range map[string]struct {
		act, typed string
		do         func(*world, url.Values)
		status     int
		says       string
	}{
		"blank":          {"answer", " \u200b\r\n", nil, 422, "error.answer"},
		"too long":       {"answer", long, nil, 413, "error.answer-long"},
		"no token":       {"answer", "a heliotrope <end>", func(_ *world, f url.Values) { f.Set("token", "short") }, 422, "error.token"},
		"full":           {"answer", "a heliotrope <end>", func(w *world, _ url.Values) { w.deaf = fmt.Errorf("x: %w", casework.ErrFull) }, 422, "error.answer-full"},
		"broken":         {"urgent", "a heliotrope <end>", func(w *world, _ url.Values) { w.deaf = errors.New("disk is full of heliotrope") }, 503, "error.answer-notsaved"},
		"unsure":         {"withdraw", "a heliotrope <end>", func(w *world, _ url.Values) { w.deaf = fmt.Errorf("x: %w", coc.ErrUnsure) }, 503, "error.answer-maybe"},
		"nothing known":  {"answer", "a heliotrope <end>", func(w *world, _ url.Values) { w.deaf, w.lost = errors.New("x"), errors.New("y") }, 503, "error.answer-notsaved"},
		"too many tries": {"answer", "a heliotrope <end>", func(w *world, f url.Values) { w.exhaust(f) }, 429, "lookup.often"},
	} {
		w := behind(withCommittee)
		form := w.page(t, tc.act, tc.typed)
		if tc.do != nil {
			tc.do(w, form)
		}
		a := w.from("192.0.2.1:1", form)
		want(t, a, tc.status, english[tc.says])
		if strings.TrimSpace(tc.typed) != "\u200b" {
			want(t, a, tc.status, "heliotrope &lt;end&gt;</textarea>", `value="`+theReceipt+`"`)
		}
		token := tokenIn.FindStringSubmatch(a.body)
		if same := token != nil && token[1] == form.Get("token"); token == nil || same == (name == "no token") {
			t.Errorf("%s: the token that comes back is %q", name, token)
		}
		if log := w.log.String(); strings.Contains(log, "heliotrope") || strings.Contains(log, theReceipt) || strings.Contains(a.body, "disk") {
			t.Errorf("%s: logged %s", name, log)
		}
		if len(w.wrote) != 0 {
			t.Errorf("%s: written", name)
		}
	}
}

// from posts with an address that is not that of a proxy.
func (w *world) from(address string, form url.Values) answer {
	return w.sentFrom(address, "/receipt", form)
}

// exhaust uses up the tries of a sender.
func (w *world) exhaust(form url.Values) {
	for range triesAtOnce {
		w.from("192.0.2.1:1", url.Values{"receipt": form["receipt"]})
	}
}

func TestSavedIsSaidAlsoWhereNothingElseCanBeShown(t *testing.T) {
	t.Parallel()
	w := behind(withCommittee)
	form := w.page(t, "answer", "On Monday.")
	w.lost = errors.New("the line broke")
	a := w.post("/receipt", form)
	want(t, a, 503, english["saved.title"], english["progress.nothing"], "On Monday.</p>")
	if strings.Contains(a.body, english["error.answer-notsaved"]) {
		t.Error("it says that nothing was saved")
	}
}

func TestReceiptThatNobodyHasIsAnsweredAlikeWhateverIsWritten(t *testing.T) {
	t.Parallel()
	w := behind(withCommittee)
	form := w.page(t, "answer", "On Monday.")
	first := map[string]string{} // what is answered follows from what was written alone
	for _, receipt := range []string{"AAAA-CCCC", "", "malformed", strings.Repeat("A-", 90_000), "\xff"} {
		for _, act := range []string{"answer", "urgent", "withdraw", "king", ""} {
			for _, words := range []string{"On Monday.", "", strings.Repeat("x", maxWritten+1)} {
				form.Set("receipt", receipt)
				form.Set("act", act)
				form.Set("words", words)
				w.now = w.now.Add(time.Minute)
				back := words
				if act == "king" || act == "" {
					back = "" // nothing that can be sent
				}
				a := w.post("/receipt", form)
				if first[back] == "" {
					first[back] = a.body
				}
				if a.StatusCode != http.StatusNotFound || a.body != first[back] || !strings.Contains(a.body, back) || strings.Contains(a.body, "AAAA") {
					t.Errorf("%.20q, %s of %d bytes: %d, answered differently", receipt, act, len(words), a.StatusCode)
				}
			}
		}
	}
	if len(w.wrote) != 0 {
		t.Error("written")
	}
	for range 2 {
		want(t, w.do(posts("/receipt", "receipt="+theReceipt+"&words="+strings.Repeat("x", maxWrittenSent))), 413, english["toolarge.text"])
		delete(w.stands, theReceipt)
	}
}

func TestReceiptIsSpelledOutAndALostOneExplained(t *testing.T) {
	t.Parallel()
	if got := strings.Join(spelled("7KQ-0Z"), " | "); got != "7, Kilo, Quebec | 0, Zulu" {
		t.Errorf("read out: %q", got)
	}
	for _, r := range "0123456789ABCDEFGHJKMNPQRSTVWXYZ" {
		if r >= 'A' && spelling[r] == "" {
			t.Errorf("%c has no word", r)
		}
	}
	w := newWorld()
	_, a := w.sent(t, url.Values{})
	want(t, a, 200, english["receipt.aloud"], `data-copy="Copy it"`, `src="/assets/keep.js"`, english["receipt.signs"])
	want(t, w.get("/receipt"), 200, english["lookup.lost-text"], english["lookup.lost-next"])
	js := w.get("/assets/keep.js")
	want(t, js, 200, "clipboard")
	if got := js.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/javascript") {
		t.Errorf("the script is %q", got)
	}
}

func TestDaysOfWhatWasWrittenAreThoseOfTheCase(t *testing.T) {
	t.Parallel()
	p := withCommittee
	p.Messages = []casework.Said{{At: noon.Add(-48 * time.Hour), Kind: coc.MessageAnswer, Text: coc.NewProse("On Monday.")}}
	w := behind(p)
	if a := w.post("/receipt", w.page(t, "answer", "On Monday.")); strings.Count(a.body, "On Monday.") != 1 || !strings.Contains(a.body, "Monday 3 March 2025") {
		t.Errorf("what is in the case already is shown again:\n%s", a.body)
	}
}
