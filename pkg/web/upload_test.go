package web

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/evidence"
)

// picked is a file that somebody chose.
type picked struct{ name, what string }

// attach sends a form with files as a browser does: the fields before the
// files, the files, and the rest. What is false in order stands behind them.
func (w *world) attach(path string, before, behind url.Values, files ...picked) answer {
	return w.do(attached(path, before, behind, files...))
}

func attached(path string, before, behind url.Values, files ...picked) *http.Request {
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	fields := func(form url.Values) {
		for name, values := range form {
			for _, v := range values {
				_ = m.WriteField(name, v)
			}
		}
	}
	fields(before)
	for _, f := range files {
		part, _ := m.CreateFormFile("files", f.name)
		_, _ = io.WriteString(part, f.what)
	}
	fields(behind)
	_ = m.Close()
	r := httptest.NewRequest("POST", path, &body)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return r
}

func TestFilesComeWithTheReport(t *testing.T) {
	t.Parallel()
	w := newWorld()
	form := url.Values{"token": {w.token(t, path)}, "account": {"it happened"}}
	a := w.attach(path, form, nil, picked{"../a.png", "first"}, picked{"b.pdf", "second"}, picked{"", ""})
	if a.StatusCode != 200 || len(w.filed) != 1 || !slices.Equal(w.kept, []string{"first", "second"}) {
		t.Fatalf("%d, %d reports, %q kept", a.StatusCode, len(w.filed), w.kept)
	}
	for _, f := range w.filed {
		if len(f.Files) != 2 || f.Files[0].Content.ID != "first" || f.Account.Reveal() != "it happened" {
			t.Errorf("%+v", f)
		}
	}
}

func TestFormWithoutAFileIsSentAsAnyOther(t *testing.T) {
	t.Parallel()
	w := newWorld()
	a := w.get(path)
	want(t, a, 200, `enctype="multipart/form-data"`, `type="file"`, "Up to 3 files of 1 MB each")
	form := url.Values{"token": {w.token(t, path)}, "account": {"it happened"}, "risk": {"injury", "attorney"}}
	if a := w.attach(path, form, nil, picked{"", ""}); a.StatusCode != 200 {
		t.Errorf("%d", a.StatusCode)
	}
	for _, f := range w.filed {
		if len(f.Files) != 0 || len(f.Around.Risks) != 2 {
			t.Errorf("%+v", f)
		}
	}
}

// What is wrong with a file is said beside its field, the words come back, and nothing
// is kept.
func TestFileThatIsNotTakenLosesNoWords(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files []picked
		says  string
	}{
		"a page":                       {[]picked{{"a.png", "fine"}, {"b.png", "page"}, {"c.png", "fine too"}}, "error.file-kind"},
		"a file that is too large":     {[]picked{{"a.png", "large"}}, "error.file-large"},
		"more files than are taken":    {[]picked{{"a", "1"}, {"b", "2"}, {"c", "3"}, {"d", "4"}}, "error.file-many"},
		"a store that does not answer": {[]picked{{"a.png", "lost"}}, "error.file-space"},
		"an empty file":                {[]picked{{"a.png", ""}}, "error.file-damaged"},
		"a picture of a telephone":     {[]picked{{"a.heic", "heic"}}, "error.file-foreign"},
		"a picture of too many pixels": {[]picked{{"a.png", "bomb"}}, "error.file-pixels"},
		"no room":                      {[]picked{{"a.png", "full"}}, "error.file-space"},
	} {
		w := newWorld()
		w.refuses = map[string]error{
			"page": evidence.Markup, "large": evidence.TooLarge, "lost": errors.New("the words of heliotrope"), "heic": evidence.Foreign, "bomb": evidence.TooBig, "full": evidence.NoSpace,
		}
		token := w.token(t, path)
		a := w.attach(path, url.Values{"token": {token}}, url.Values{"account": {"it <happened>"}, "where": {"in the garden"}}, c.files...)
		if a.StatusCode != 422 || len(w.filed) != 0 || len(w.kept) != 0 {
			t.Errorf("%s: %d, %d reports, %q kept", name, a.StatusCode, len(w.filed), w.kept)
		}
		want(t, a, 422, english[c.says], english["upload.again"], "it &lt;happened&gt;", `value="in the garden"`, token, `aria-invalid="true"`)
		if strings.Contains(w.log.String(), "heliotrope") {
			t.Errorf("%s: it logs %s", name, w.log)
		}
	}
}

func TestFilesAreGivenUpWhereNothingIsFiled(t *testing.T) {
	t.Parallel()
	w := newWorld()
	a := w.attach(path, url.Values{"token": {w.token(t, path)}}, url.Values{"account": {" "}}, picked{"a.png", "first"})
	want(t, a, 422, english["error.account"], english["upload.again"])
	if len(w.kept) != 0 {
		t.Errorf("%q is kept of a report that was not filed", w.kept)
	}
	// Nobody's are kept who has not asked for the form.
	a = w.attach(path, url.Values{"token": {"x"}, "account": {"it happened"}}, nil, picked{"a.png", "first"})
	if a.StatusCode != 422 || len(w.kept) != 0 {
		t.Errorf("%d, %q kept", a.StatusCode, w.kept)
	}
	w.broken = errors.New("away")
	a = w.attach(path, url.Values{"token": {w.token(t, path)}, "account": {"it happened"}}, nil, picked{"a.png", "first"})
	want(t, a, 503, english["upload.again"])
	if len(w.kept) != 0 {
		t.Errorf("where it is not saved: %q kept", w.kept)
	}
	w.broken = coc.ErrUnsure
	a = w.attach(path, url.Values{"token": {w.token(t, path)}, "account": {"it happened"}}, nil, picked{"a.png", "first"})
	want(t, a, 503, english["upload.again"])
	if len(w.kept) != 1 {
		t.Errorf("where it may be: %q kept", w.kept)
	}
	// With a receipt as well.
	w = behind(withCommittee)
	form := w.page(t, "answer", "On Monday.")
	for name, broken := range map[string]error{"it is not saved": errors.New("away"), "it may be": coc.ErrUnsure, "there is no room": casework.ErrFull} {
		w.deaf = broken
		if a := w.attach("/receipt", form, nil, picked{"a.png", "first"}); !strings.Contains(a.body, english["upload.again"]) || !strings.Contains(a.body, "On Monday.") {
			t.Errorf("where %s: %d\n%s", name, a.StatusCode, a.body)
		}
	}
}

// Names of fields are kept as well as what is in them, and there may be very many.
func TestFormOfNothingButFieldsIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for name, field := range map[string]string{"long names": strings.Repeat("n", 60_000), "many": "n"} {
		var body bytes.Buffer
		m := multipart.NewWriter(&body)
		_ = m.WriteField("token", w.token(t, path))
		_ = m.WriteField("account", "it happened")
		for n := range 40_000 {
			if body.Len() > 6<<20 {
				break
			}
			_ = m.WriteField(field+strconv.Itoa(n), "")
		}
		r := httptest.NewRequest("POST", path, &body)
		r.Header.Set("Content-Type", m.FormDataContentType())
		if a := w.do(r); a.StatusCode != 413 || len(w.filed) != 0 {
			t.Errorf("%s: %d, %d reports", name, a.StatusCode, len(w.filed))
		}
	}
}

func TestFormThatBreaksOffKeepsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	_ = m.WriteField("token", w.token(t, path))
	_ = m.WriteField("account", "it happened")
	for _, what := range []string{"first", strings.Repeat("second ", 10_000)} {
		part, _ := m.CreateFormFile("files", "a.txt")
		_, _ = io.WriteString(part, what)
	}
	r := httptest.NewRequest("POST", path, &body)
	r.Header.Set("Content-Type", m.FormDataContentType())
	if a := w.do(r); a.StatusCode != 400 && a.StatusCode != 422 || len(w.filed) != 0 || len(w.kept) != 0 {
		t.Errorf("%d, %d reports, %d files kept", a.StatusCode, len(w.filed), len(w.kept))
	}
	words := url.Values{"token": {w.token(t, path)}, "account": {strings.Repeat("a", maxSent)}}
	if a := w.attach(path, words, nil); a.StatusCode != 413 {
		t.Errorf("words without end: %d", a.StatusCode)
	}
}

func TestFilesComeWithAnAnswer(t *testing.T) {
	t.Parallel()
	w := behind(withCommittee)
	form := w.page(t, "answer", "Here they are.")
	if a := w.attach("/receipt", form, nil, picked{"a.png", "first"}); a.StatusCode != 200 || len(w.wrote) != 1 || len(w.wrote[0].Files) != 1 {
		t.Fatalf("%d, %+v", a.StatusCode, w.wrote)
	}
	w.refuses = map[string]error{"page": evidence.Markup}
	a := w.attach("/receipt", form, nil, picked{"a.png", "page"})
	want(t, a, 422, english["error.file-kind"], "Here they are.")
	// Whatever is wrong with a receipt, nothing is kept.
	form.Set("receipt", "00000-00000-00000-00000")
	if a := w.attach("/receipt", form, nil, picked{"a.png", "second"}); a.StatusCode != 404 || !slices.Equal(w.kept, []string{"first"}) {
		t.Errorf("%d, %q kept", a.StatusCode, w.kept)
	}
}

// heavy is a form with one file that never seems to end, and counts what is read of it.
type heavy struct {
	io.Reader
	read int
}

func (h *heavy) Read(p []byte) (int, error) {
	n, err := h.Reader.Read(p)
	h.read += n
	return n, err
}

// heaves sends a form with a file of three times what is read of one that is not kept.
func (w *world) heaves(from, path string, form url.Values) (a answer, read int) {
	var fields bytes.Buffer
	m := multipart.NewWriter(&fields)
	for name, values := range form {
		_ = m.WriteField(name, values[0])
	}
	_, _ = m.CreateFormFile("files", "a.mp4")
	end := strings.NewReader("\r\n--" + m.Boundary() + "--\r\n")
	body := &heavy{Reader: io.MultiReader(&fields, io.LimitReader(endless{}, 3*maxDropped), end)}
	r := httptest.NewRequest("POST", path, body)
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.RemoteAddr = from
	return w.do(r), body.read
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// Whoever is sent away in any event is so before their files are kept, and before they
// are read to the end; the words come back. A wrong receipt and one whose case is gone
// are not told apart by it.
func TestFilesOfWhoeverIsSentAwayAreNotKept(t *testing.T) {
	t.Parallel()
	const somebody = "192.0.2.1:1"
	receipts := func(do func(*world, url.Values)) func(*testing.T, *world) (string, url.Values) {
		return func(t *testing.T, w *world) (string, url.Values) {
			w.stands[theReceipt] = withCommittee
			form := w.page(t, "answer", "a heliotrope <end>")
			do(w, form)
			return "/receipt", form
		}
	}
	same := map[string]bool{}
	for name, tc := range map[string]struct {
		status int
		send   func(*testing.T, *world) (string, url.Values)
	}{
		"a receipt that was never given": {404, receipts(func(_ *world, f url.Values) { f.Set("receipt", "AAAA-CCCC") })},
		"a receipt whose case is gone":   {404, receipts(func(w *world, _ url.Values) { delete(w.stands, theReceipt) })},
		"no receipt":                     {404, receipts(func(_ *world, f url.Values) { f.Set("receipt", "\xff") })},
		"too many tries":                 {429, receipts(func(w *world, f url.Values) { w.exhaust(f) })},
		"nothing known":                  {503, receipts(func(w *world, _ url.Values) { w.lost = errors.New("away") })},
		"without the token of the page":  {422, receipts(func(_ *world, f url.Values) { f.Set("token", "x") })},
		"very many reports": {429, func(t *testing.T, w *world) (string, url.Values) {
			for range paces[filing].atOnce {
				want(t, w.sentFrom(somebody, path, url.Values{"token": {rand.Text()}, "account": {"x"}}), 200)
			}
			return path, url.Values{"token": {rand.Text()}, "account": {"a heliotrope <end>"}}
		}},
		"a report without the token of the form": {422, func(*testing.T, *world) (string, url.Values) {
			return path, url.Values{"token": {"x"}, "account": {"a heliotrope <end>"}}
		}},
	} {
		w := newWorld()
		to, form := tc.send(t, w)
		filed := len(w.filed)
		a, read := w.heaves(somebody, to, form)
		want(t, a, tc.status, "a heliotrope &lt;end&gt;")
		if tc.status != 404 {
			want(t, a, tc.status, english["upload.again"])
		} else {
			same[fmt.Sprint(a.Header, a.body)] = true
		}
		if read > 3*maxDropped/2 {
			t.Errorf("%s: %d bytes are read", name, read)
		}
		if w.uploads != 0 || len(w.wrote) != 0 || len(w.filed) != filed {
			t.Errorf("%s: %d files are taken, %d words, %d reports", name, w.uploads, len(w.wrote), len(w.filed)-filed)
		}
	}
	if len(same) != 1 {
		t.Errorf("receipts that show nothing are answered in %d ways", len(same))
	}
}

// A turn that a form had before its files is not lost when the form comes back for
// something else.
func TestTurnIsKeptByAFormWithFilesThatComesBack(t *testing.T) {
	t.Parallel()
	w := crowded(t)
	token := rand.Text()
	send := func(account string, more url.Values) answer {
		form := url.Values{"token": {token}, "account": {account}}
		for k, v := range more {
			form[k] = v
		}
		return w.attach(path, form, nil, picked{"a.png", "first"})
	}
	a := send(" ", nil) // the last one for whom there is room at once
	want(t, a, 422, english["error.account"], english["upload.again"])
	for a := w.send(rand.Text(), nil); a.StatusCode == 200; {
		a = w.send(rand.Text(), nil)
	}
	place := placeIn.FindStringSubmatch(a.body)
	if place == nil {
		t.Fatal("it has no place any more")
	}
	want(t, w.send(rand.Text(), url.Values{"place": {place[1]}}), 429)
	want(t, send("it happened", url.Values{"place": {place[1]}}), 200, english["receipt.title"])
	if !slices.Equal(w.kept, []string{"first"}) {
		t.Errorf("%q is kept", w.kept)
	}
}

// Nor is it lost where we could not save what came.
func TestTurnIsKeptByAFormThatCouldNotBeSaved(t *testing.T) {
	t.Parallel()
	w := crowded(t)
	token := rand.Text()
	w.broken = errors.New("away")
	a := w.send(token, nil)
	want(t, a, 503, english["error.notsaved"])
	place := placeIn.FindStringSubmatch(a.body)
	if place == nil {
		t.Fatal("it has no place any more")
	}
	w.broken = nil
	for a := w.send(rand.Text(), nil); a.StatusCode == 200; {
		a = w.send(rand.Text(), nil)
	}
	want(t, w.send(token, url.Values{"place": {place[1]}}), 200, english["receipt.title"])
}

// As many reports are taken with files as without: each has one turn.
func TestReportWithFilesHasOneTurn(t *testing.T) {
	t.Parallel()
	taken := func(send func(*world) answer) (n int) {
		for w := crowded(t); send(w).StatusCode == 200; {
			n++
		}
		return n
	}
	form := func() url.Values { return url.Values{"token": {rand.Text()}, "account": {"it happened"}} }
	with := taken(func(w *world) answer {
		return w.attach(path, form(), nil, picked{"a.png", "first"}, picked{"b.png", "second"})
	})
	without := taken(func(w *world) answer { return w.send(rand.Text(), nil) })
	if with != without || with == 0 {
		t.Errorf("%d with files, %d without", with, without)
	}
}
