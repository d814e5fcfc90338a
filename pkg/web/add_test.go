package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/evidence"
)

func (d *desk) MayAdd(_ context.Context, who coc.Person, id coc.CaseID) error {
	if !d.github.may[id].Is(who.Login) {
		return coc.ErrMissing
	}
	return d.github.noRoom
}

func (d *desk) AddFiles(ctx context.Context, who coc.Person, id coc.CaseID, files []coc.Upload) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.given(ctx)
	if err := errors.Join(d.MayAdd(ctx, who, id), d.deaf); err != nil {
		return err
	}
	d.github.added = append(d.github.added, files...)
	return nil
}

func (d *desk) Clean(ctx context.Context, who coc.Person, id coc.CaseID, number int) error {
	if err := errors.Join(d.MayAdd(ctx, who, id), d.deaf); err != nil {
		return err
	}
	d.github.cleaned = append(d.github.cleaned, number)
	return nil
}

const addAt = "/cases/" + caseID + "/evidence"

// brings sends files as somebody who is signed in.
func (w *world) brings(cookie string, form url.Values, files ...picked) answer {
	r := attached(addAt, form, nil, files...)
	name, value, _ := strings.Cut(cookie, "=")
	r.AddCookie(&http.Cookie{Name: name, Value: value}) //nolint:gosec // a browser sends no attributes
	return w.do(r)
}

func (w *world) presses(cookie, path string) answer {
	r := httptest.NewRequest(http.MethodPost, path, nil)
	name, value, _ := strings.Cut(cookie, "=")
	r.AddCookie(&http.Cookie{Name: name, Value: value}) //nolint:gosec // a browser sends no attributes
	return w.do(r)
}

// tokened is a form with the token of a case's page.
func (w *world) tokened(t *testing.T, cookie string) url.Values {
	t.Helper()
	m := tokenIn.FindStringSubmatch(w.asks("/cases/"+caseID, cookie).body)
	if m == nil {
		t.Fatal("the page has no form for files")
	}
	return url.Values{"token": {m[1]}}
}

func TestMemberAddsFilesAsTheyAreOrWithoutWhatTheyTell(t *testing.T) {
	t.Parallel()
	w, g := door()
	kim := w.signs(t, "kim-responder")
	form := w.tokened(t, kim)
	a := w.brings(kim, form, picked{"../a.png", "first"}, picked{"b.pdf", "second"})
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/cases/"+caseID+"#evidence" || len(g.added) != 2 || g.added[0].Content.Redrawn {
		t.Fatalf("%d to %q, %+v", a.StatusCode, a.Header.Get("Location"), g.added)
	}
	form.Set("clean", "1")
	if a = w.brings(kim, form, picked{"a.png", "third"}); a.StatusCode != http.StatusSeeOther || len(g.added) != 3 || !g.added[2].Content.Redrawn {
		t.Errorf("%d, %+v", a.StatusCode, g.added)
	}
	if !slices.Equal(w.kept, []string{"first", "second", "third"}) {
		t.Errorf("%q kept", w.kept)
	}
}

func TestWhatAMemberSendsAmissIsSaidAndNothingIsKept(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files    []picked
		refuses  error
		says     string
		answered int
	}{
		"no file":               {[]picked{{"", ""}}, nil, "error.file-none", 422},
		"a page":                {[]picked{{"a.png", "fine"}, {"b.png", "page"}}, nil, "error.file-kind", 422},
		"more files than fit":   {[]picked{{"a", "1"}, {"b", "2"}, {"c", "3"}, {"d", "4"}}, nil, "error.file-many", 422},
		"a server that is full": {[]picked{{"a.png", "full"}}, nil, "error.file-full", 422},
		"a case that is full":   {[]picked{{"a.png", "fine"}}, evidence.CaseFull, "error.file-case", 422},
		"a store that is away":  {[]picked{{"a.png", "fine"}}, errors.New("the words of heliotrope"), "failed.title", 503},
	} {
		w, g := door()
		w.refuses = map[string]error{"page": evidence.Markup, "full": evidence.NoSpace}
		kim := w.signs(t, "kim-responder")
		form := w.tokened(t, kim)
		w.deaf = c.refuses
		a := w.brings(kim, form, c.files...)
		want(t, a, c.answered, english[c.says])
		if len(w.kept) != 0 || len(g.added) != 0 {
			t.Errorf("%s: %q kept, %+v added", name, w.kept, g.added)
		}
	}
	w, _ := door()
	kim := w.signs(t, "kim-responder")
	if a := w.brings(kim, url.Values{"token": {"x"}}, picked{"a.png", "first"}); a.StatusCode != 422 || len(w.kept) != 0 {
		t.Errorf("without having asked for the form: %d, %q kept", a.StatusCode, w.kept)
	}
	form := w.tokened(t, kim)
	w.deaf = coc.ErrUnsure
	if a := w.brings(kim, form, picked{"a.png", "first"}); a.StatusCode != 503 || len(w.kept) != 1 {
		t.Errorf("where it may be saved: %d, %q kept", a.StatusCode, w.kept)
	}
	w.deaf = nil
	form.Set("more", strings.Repeat("x", maxAddSent))
	if a := w.brings(kim, form); a.StatusCode != 413 {
		t.Errorf("words without end: %d", a.StatusCode)
	}
}

// unread fails the test when somebody reads it.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("what was sent is read")
	return 0, io.EOF
}

// Whoever may not add gets what a stranger gets, and whatever they send stays unread.
func TestNothingIsReadOfWhatSomebodySendsWhoMayNotAdd(t *testing.T) {
	t.Parallel()
	w, g := door()
	kim, tom := w.signs(t, "kim-responder"), w.signs(t, "tom-talker")
	send := func(path, cookie string) answer {
		r := httptest.NewRequest(http.MethodPost, path, unread{t})
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		if name, value, ok := strings.Cut(cookie, "="); ok {
			r.AddCookie(&http.Cookie{Name: name, Value: value}) //nolint:gosec // a browser sends no attributes
		}
		return w.do(r)
	}
	nothing := w.asks("/cases/"+strings.Repeat("b", 26), tom)
	for path, cookie := range map[string]string{addAt: tom, addAt + "/1": tom, "/cases/x/evidence": kim, "/cases/" + strings.Repeat("b", 26) + "/evidence": kim} {
		if a := send(path, cookie); a.StatusCode != 404 || !strings.Contains(a.body, english["nocase.title"]) || !strings.Contains(nothing.body, english["nocase.title"]) {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
	}
	if a := send(addAt, ""); a.StatusCode != 200 || !strings.Contains(a.body, "/auth/github") {
		t.Errorf("nobody: %d", a.StatusCode)
	}
	g.noRoom = evidence.CaseFull
	want(t, send(addAt, kim), 422, english["error.file-case"])
	g.noRoom = evidence.NoSpace
	want(t, send(addAt, kim), 422, english["error.file-full"])
	g.noRoom = nil
	var last answer
	for range paces[adding].atOnce {
		last = w.presses(kim, addAt+"/1")
	}
	if last.StatusCode != http.StatusTooManyRequests || send(addAt, kim).StatusCode != http.StatusTooManyRequests {
		t.Errorf("who sends without end: %d", last.StatusCode)
	}
}

func TestPictureThatWasKeptAsItWasSentCanBeKeptWithoutWhatItTells(t *testing.T) {
	t.Parallel()
	w, g := door()
	kim := w.signs(t, "kim-responder")
	r := g.records[caseID]
	png := coc.Content{ID: "x", Media: "image/png"}
	drawn := png
	drawn.Redrawn = true
	r.Evidence = []coc.Evidence{
		{Number: 1, Kind: coc.EvidenceFile, Content: png}, {Number: 2, Kind: coc.EvidenceFile, Content: drawn}, {Number: 3, Kind: coc.EvidenceFile, Content: coc.Content{ID: "y", Media: "application/pdf"}},
		{Number: 4, Kind: coc.EvidenceFile, Content: png}, {Number: 5, Kind: coc.EvidenceFile, Of: 4, Content: drawn}, {Number: 6, Kind: coc.EvidenceFile, Why: coc.NoRoom},
	}
	g.records[caseID] = r
	page := w.asks("/cases/"+caseID, kim).body
	for n, may := range map[string]bool{"1": true, "2": false, "3": false, "4": false, "5": false, "6": false} {
		if offers := strings.Contains(page, `action="`+addAt+"/"+n+`"`); offers != may {
			t.Errorf("number %s is offered: %v", n, offers)
		}
	}
	if a := w.presses(kim, addAt+"/1"); a.StatusCode != http.StatusSeeOther || !slices.Equal(g.cleaned, []int{1}) {
		t.Errorf("%d, %v", a.StatusCode, g.cleaned)
	}
	w.deaf = evidence.Damaged
	want(t, w.presses(kim, addAt+"/1"), 422, english["error.clean"])
	w.deaf = coc.ErrMissing
	want(t, w.presses(kim, addAt+"/3"), 404, english["nocase.title"])
}

// What a picture's file tells stays with a report only if it is to carry a name.
func TestOnlyAReportWithANameKeepsWhatPicturesTell(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		form url.Values
		as   string
		want bool
	}{
		"without a name":             {nil, "", true},
		"signed in, without a name":  {url.Values{}, "kim-responder", true},
		"with a name":                {url.Values{"named": {"1"}}, "kim-responder", false},
		"with a name, as they asked": {url.Values{"named": {"1"}, "clean": {"1"}}, "kim-responder", true},
	} {
		w, _ := door()
		form := url.Values{"token": {w.token(t, path)}, "account": {"it happened"}}
		for k, v := range c.form {
			form[k] = v
		}
		r := attached(path, form, nil, picked{"a.png", "first"})
		if c.as != "" {
			cookie := w.signs(t, c.as)
			n, value, _ := strings.Cut(cookie, "=")
			r.AddCookie(&http.Cookie{Name: n, Value: value}) //nolint:gosec // a browser sends no attributes
		}
		if a := w.do(r); a.StatusCode != 200 || len(w.filed) != 1 {
			t.Fatalf("%s: %d", name, a.StatusCode)
		}
		for _, f := range w.filed {
			if len(f.Files) != 1 || f.Files[0].Content.Redrawn != c.want {
				t.Errorf("%s: %+v", name, f.Files)
			}
		}
	}
	// A name that is told behind the files comes too late for them.
	w, _ := door()
	kim := w.signs(t, "kim-responder")
	r := attached(path, url.Values{"token": {w.token(t, path)}, "account": {"it happened"}}, url.Values{"named": {"1"}}, picked{"a.png", "first"})
	n, value, _ := strings.Cut(kim, "=")
	r.AddCookie(&http.Cookie{Name: n, Value: value}) //nolint:gosec // a browser sends no attributes
	w.do(r)
	for _, f := range w.filed {
		if len(f.Files) != 1 || !f.Files[0].Content.Redrawn {
			t.Errorf("%+v", f.Files)
		}
	}
	if page := w.asks(path, kim).body; !strings.Contains(page, english["clean.named"]) || strings.Contains(w.asks(path).body, `name="clean"`) {
		t.Error("it is not offered to who is signed in, or is to who is not")
	}
}

func TestOnlyWithTheReceiptOfAReportWithANameArePicturesKeptAsTheyAre(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ named, clean, want bool }{
		"without a name": {false, false, true}, "with a name": {true, false, false}, "with a name, as they asked": {true, true, true},
	} {
		stands := withCommittee
		stands.Named = c.named
		w := behind(stands)
		w.github = newSignedUp()
		form := w.page(t, "answer", "On Monday.")
		if c.clean {
			form.Set("clean", "1")
		}
		if a := w.attach("/receipt", form, nil, picked{"a.png", "first"}); a.StatusCode != 200 || len(w.wrote) != 1 || len(w.wrote[0].Files) != 1 || w.wrote[0].Files[0].Content.Redrawn != c.want {
			t.Errorf("%s: %d, %+v", name, a.StatusCode, w.wrote)
		}
		if offers := strings.Contains(w.post("/receipt", url.Values{"receipt": {theReceipt}}).body, english["clean.label"]); offers != c.named {
			t.Errorf("%s: it is offered: %v", name, offers)
		}
	}
}
