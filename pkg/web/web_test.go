package web

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/evidence"
)

var noon = time.Date(2025, 3, 5, 12, 0, 0, 0, time.UTC)

var _ Desk = (*casework.Desk)(nil)

// desk is a Desk that remembers.
type desk struct {
	mu      sync.Mutex
	guides  map[string]casework.Guide
	filed   map[string]coc.Filing // by receipt
	kept    []string              // what is in the files that were not given up
	uploads int                   // files that it was asked to keep
	// refuses is what is wrong with files, by what is in them.
	refuses map[string]error
	calls   int
	stands  map[string]casework.Progress
	broken  error         // returned by File, after nothing was kept
	unsure  error         // returned by File, after it was kept all the same
	rushed  time.Duration // the longest that File or Guide was given
	lost    error         // returned by Progress
	wrote   []coc.FromReporter
	tokens  []string         // with which it was written
	deaf    error            // returned by Write, after nothing was kept
	astray  error            // returned by Guide and Preview
	asked   []coc.Filing     // of Preview
	preview casework.Preview // what it answers
	github  *signedUp        // nil: nobody can sign in
	invites map[string]*invitation
}

func newDesk() *desk {
	return &desk{filed: map[string]coc.Filing{}, stands: map[string]casework.Progress{}, guides: map[string]casework.Guide{
		"example-org/project": {
			Known: true, Committee: "Example Conduct Committee", Members: []coc.Login{"kim-responder", "lee-responder"}, Size: 2,
			Contact: "conduct@example.org", Next: "Foundation Committee", NextContact: "https://foundation.example/conduct",
			Acknowledge: coc.Span{N: 3, Unit: coc.BusinessDays},
		},
		"example-org/hidden": {Known: true, Committee: "Example Conduct Committee", Size: 5},
	}}
}

// given notes how much time a call has.
func (d *desk) given(ctx context.Context) {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(time.Hour)
	}
	d.rushed = max(d.rushed, time.Until(deadline))
}

func (d *desk) Guide(ctx context.Context, repo coc.Repo) (casework.Guide, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.given(ctx)
	if g, ok := d.guides[repo.Key()]; ok {
		return g, d.astray
	}
	return casework.Guide{Committee: "Foundation Committee", Size: 5, Contact: "conduct@foundation.example"}, d.astray
}

func (d *desk) File(ctx context.Context, token string, f coc.Filing) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.given(ctx)
	d.calls++
	if d.broken != nil {
		return "", d.broken
	}
	receipt := token[:4] + "-" + token[4:8] + "-" + token[8:12] + "-" + token[12:16] + "-" + token[16:20]
	d.filed[receipt] = f
	return receipt, d.unsure
}

// Event knows one event, which had one day.
func (d *desk) Event(name string, on time.Time) string {
	if strings.EqualFold(strings.TrimSpace(name), "river days") && (on.IsZero() || on.Equal(time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC))) {
		return "River Days"
	}
	return ""
}

func (d *desk) Project(name string) string {
	if strings.EqualFold(strings.TrimSpace(name), "the river") {
		return "river"
	}
	return ""
}

func (d *desk) Preview(ctx context.Context, f coc.Filing) (casework.Preview, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.given(ctx)
	d.asked = append(d.asked, f)
	return d.preview, d.astray
}

func (d *desk) Direct(said coc.Circumstances) []casework.Direct {
	if said.Known == "" {
		return nil
	}
	return []casework.Direct{{Name: "Event Desk of " + said.Known, Contact: "desk@days.example"}}
}

func (d *desk) Progress(ctx context.Context, receipt string) (casework.Progress, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.given(ctx)
	if d.lost != nil {
		return casework.Progress{}, d.lost
	}
	if p, ok := d.stands[strings.ToUpper(receipt)]; ok {
		return p, nil
	}
	return casework.Progress{}, fmt.Errorf("receipt: %w", coc.ErrMissing)
}

func (d *desk) Write(ctx context.Context, receipt, token string, said coc.FromReporter) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.given(ctx)
	if d.deaf != nil {
		return d.deaf
	}
	if _, ok := d.stands[strings.ToUpper(receipt)]; !ok {
		return fmt.Errorf("receipt: %w", coc.ErrMissing)
	}
	d.tokens = append(d.tokens, token)
	d.wrote = append(d.wrote, said)
	return nil
}

func (d *desk) Invited(ctx context.Context, token string) (casework.Invited, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.given(ctx)
	return d.invited(token)
}

func (d *desk) Answer(ctx context.Context, token, form string, words coc.Prose) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.given(ctx)
	if i := d.invites[token]; i != nil && i.form == form && i.answer == words {
		return nil
	}
	if _, err := d.invited(token); err != nil || d.deaf != nil {
		return cmp.Or(err, d.deaf)
	}
	i := d.invites[token]
	i.form, i.answer, i.answers = form, words, i.answers+1
	return nil
}

func (d *desk) Upload(ctx context.Context, name coc.Prose, from io.Reader, redraw bool) (coc.Upload, error) {
	b, err := io.ReadAll(from)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.given(ctx)
	d.uploads++
	switch {
	case err != nil:
		return coc.Upload{}, err
	case len(b) == 0:
		return coc.Upload{}, evidence.Empty
	case d.refuses[string(b)] != nil:
		return coc.Upload{}, d.refuses[string(b)]
	case !redraw && d.github == nil:
		return coc.Upload{}, errors.New("an anonymous picture is not drawn anew")
	}
	d.kept = append(d.kept, string(b))
	return coc.Upload{Name: name, Content: coc.Content{ID: string(b), Size: int64(len(b)), Redrawn: redraw}}, nil
}

func (d *desk) Discard(ctx context.Context, files []coc.Upload) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.given(ctx)
	for _, f := range files {
		d.kept = slices.DeleteFunc(d.kept, func(id string) bool { return id == f.Content.ID })
	}
}

func (d *desk) Uploads() casework.EvidenceLimits {
	return casework.EvidenceLimits{File: 1 << 20, Files: 3}
}

// world is a server with its Desk and its log.
type world struct {
	*desk
	log  *bytes.Buffer
	now  time.Time
	lang string // what every browser asks for; "": nothing
	http.Handler
}

func newWorld() *world { return newWorldOf(0) }

// newWorldIn is a world where people speak a language.
func newWorldIn(lang string) *world {
	w := newWorld()
	w.lang = lang
	return w
}

// newWorldOf is a world in which so many reports a second are a crowd.
func newWorldOf(crowd int) *world {
	w := &world{desk: newDesk(), log: &bytes.Buffer{}, now: noon}
	w.Handler = New(Options{Desk: w.desk, PublicURL: "https://conduct.example", Crowd: crowd, Now: func() time.Time { return w.now }, Log: zerolog.New(w.log), sleep: func(context.Context, time.Duration) {}})
	return w
}

type answer struct {
	*http.Response
	body string
}

func (w *world) do(r *http.Request) answer {
	rec := httptest.NewRecorder()
	if w.lang != "" {
		r.Header.Set("Accept-Language", w.lang)
	}
	w.ServeHTTP(rec, r)
	res := rec.Result()
	b, _ := io.ReadAll(res.Body)
	return answer{res, string(b)}
}

func (w *world) get(path string) answer { return w.do(httptest.NewRequest("GET", path, nil)) }

func (w *world) post(path string, form url.Values) answer { return w.do(posts(path, form.Encode())) }

// posts is a form on its way, as a browser sends it.
func posts(to, form string) *http.Request {
	r := httptest.NewRequest("POST", to, strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

var tokenIn = regexp.MustCompile(`name="token" value="([A-Z2-7]{26})"`)

func (w *world) token(t *testing.T, path string) string {
	t.Helper()
	m := tokenIn.FindStringSubmatch(w.get(path).body)
	if m == nil {
		t.Fatal("the form has no token")
	}
	return m[1]
}

func want(t *testing.T, a answer, status int, parts ...string) {
	t.Helper()
	if a.StatusCode != status {
		t.Errorf("status %d, want %d", a.StatusCode, status)
	}
	for _, p := range parts {
		if !strings.Contains(a.body, p) {
			t.Errorf("the page lacks %q:\n%.3000s", p, a.body)
		}
	}
}

const path = "/report/example-org/project"

func TestReportIsFiledAsItWasWritten(t *testing.T) {
	t.Parallel()
	w := newWorld()
	form := url.Values{
		"token": {w.token(t, path)}, "account": {"first line\r\n  second <b>line</b> & more\r\n"}, "where": {"in the chat"}, "when": {"last spring"},
		"links": {" https://chat.example/1 \r\n\r\nhttps://chat.example/2"},
		"who1":  {"@kim-example"}, "role1": {"accused"},
		"who2": {"Lee Example"}, "role2": {"witness"},
		"who3": {"Max Example (@max-example)"}, "role3": {"harmed"},
		"who4": {"sam-example"}, "role4": {"king"},
		"who5": {"@quiet-org/conduct"}, "role5": {"accused"},
		"who6": {"Kim <kim@mail.example>"}, "role6": {"accused"},
		"who7": {"helper[bot]"}, "role7": {"accused"},
		"who10": {"@a-example and @b-example"}, "role10": {"reporter"},
	}
	a := w.post(path, form)
	want(t, a, 200, english["receipt.title"], english["receipt.saved"], `href="/receipt"`)
	if len(w.filed) != 1 {
		t.Fatalf("%d reports filed", len(w.filed))
	}
	for receipt, f := range w.filed {
		for _, group := range strings.Split(receipt, "-") {
			want(t, a, 200, "<span>"+group+"</span>")
		}
		if f.Account.Reveal() != form.Get("account") || f.Where.Reveal() != "in the chat" || f.When.Reveal() != "last spring" {
			t.Errorf("the words changed: %q", f.Account.Reveal())
		}
		if len(f.Links) != 2 || f.Links[0].Reveal() != "https://chat.example/1" {
			t.Errorf("%d links", len(f.Links))
		}
		var people []string
		for _, p := range f.Involved {
			people = append(people, string(p.Login)+"|"+p.Name.Reveal()+"|"+string(p.Role))
		}
		if got, want := strings.Join(people, "\n"), strings.Join([]string{
			"kim-example||accused", "|Lee Example|witness", "max-example|Max Example (@max-example)|harmed", "sam-example||",
			"quiet-org|@quiet-org/conduct|accused", "|Kim <kim@mail.example>|accused", "helper[bot]||accused",
			"a-example|@a-example and @b-example|", "b-example||",
		}, "\n"); got != want {
			t.Errorf("people:\n%s\nwant:\n%s", got, want)
		}
	}
}

func TestSameFormTwiceShowsSameReceipt(t *testing.T) {
	t.Parallel()
	w := newWorld()
	form := url.Values{"token": {w.token(t, path)}, "account": {"it happened"}}
	first, second := w.post(path, form), w.post(path, form)
	if first.StatusCode != 200 || first.body != second.body {
		t.Error("the second answer differs")
	}
	if w.token(t, path) == w.token(t, path) {
		t.Error("two forms have the same token")
	}
}

func TestBlankAccountIsRefusedBesideTheFieldAndTheRestKept(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for _, account := range []string{"", " \r\n\t ", "\u00a0\u2003", "\u200b\u202e\u2066", "\u3164", "\x00", "\xff"} {
		a := w.post(path, url.Values{"token": {w.token(t, path)}, "account": {account}, "where": {"in the <chat>"}, "who7": {"@kim-example"}, "role7": {"harmed"}})
		want(t, a, 422, english["error.account"], "in the &lt;chat&gt;", `aria-describedby="account-hint account-problem"`, `value="@kim-example"`, "<details open>")
	}
	if w.calls != 0 {
		t.Error("a blank report was filed")
	}
}

func TestLongReportIsTakenAndTooLongOneIsGivenBack(t *testing.T) {
	t.Parallel()
	w := newWorld()
	account := strings.Repeat("ärger ", 300<<10/7)
	want(t, w.post(path, url.Values{"token": {w.token(t, path)}, "account": {account}}), 200, english["receipt.title"])

	tooLong := strings.Repeat("x", maxAccount) + "THE END"
	want(t, w.post(path, url.Values{"token": {w.token(t, path)}, "account": {tooLong}}), 413, english["error.long"], "THE END")

	links := strings.Repeat("https://a.example/x\n", 40000) + "LAST"
	want(t, w.post(path, url.Values{"token": {w.token(t, path)}, "account": {strings.Repeat("y", 400<<10)}, "links": {links}}), 413,
		english["error.total"], english["error.links"][:20], "LAST")

	want(t, w.post(path, url.Values{"token": {w.token(t, path)}, "account": {strings.Repeat("x", maxSent)}}), 413, english["toolarge.text"])

	want(t, w.post(path, url.Values{
		"token": {w.token(t, path)}, "account": {"x"}, "where": {strings.Repeat("w", maxField+1)}, "when": {strings.Repeat("v", maxField+1)}, "who9": {strings.Repeat("u", maxWho+1)},
	}), 422, `id="where-problem"`, `id="when-problem"`, `id="who9-problem"`)
	if len(w.filed) != 1 {
		t.Errorf("%d reports filed, want 1", len(w.filed))
	}
}

func TestBytesThatAreNotTextAreReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld()
	want(t, w.post(path, url.Values{"token": {w.token(t, path)}, "account": {"caf\xe9 and more"}, "who1": {"J\xf6rg Example"}}), 200)
	for _, f := range w.filed {
		if f.Account.Reveal() != "caf\uFFFD and more" || f.Involved[0].Name.Reveal() != "J\uFFFDrg Example" {
			t.Errorf("filed as %q", f.Account.Reveal())
		}
	}
	r := posts(path, "account=%zz")
	want(t, w.do(r), 400, english["broken.text"])
}

func TestFormWithoutAGoodTokenIsGivenBackWithANewOne(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for _, token := range []string{"", "short", strings.Repeat("a", 26), strings.Repeat("A", 27), "\"><script>"} {
		a := w.post(path, url.Values{"token": {token}, "account": {"it happened"}})
		want(t, a, 422, english["error.token"], "it happened")
		if m := tokenIn.FindStringSubmatch(a.body); m == nil || m[1] == token {
			t.Error("no new token")
		}
	}
	if w.calls != 0 {
		t.Error("filed without a token")
	}
}

func TestFailureSavesNothingKeepsTheWordsAndTellsNoCause(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.broken = errors.New("disk is full of heliotrope")
	token := w.token(t, path)
	a := w.post(path, url.Values{"token": {token}, "account": {"a heliotrope happened"}})
	want(t, a, 503, english["error.notsaved"], "a heliotrope happened", "conduct@example.org", token)
	if strings.Contains(a.body, "disk") {
		t.Error("the page tells the cause")
	}
	number := regexp.MustCompile(`this number: ([A-Z2-7]{8})`).FindStringSubmatch(a.body)
	if number == nil || !strings.Contains(w.log.String(), number[1]) {
		t.Errorf("the log lacks the reference number: %s", w.log)
	}
	w.broken = errors.New("disk is full")
	w.post(path, url.Values{"token": {token}, "account": {"a heliotrope happened"}})
	if !strings.Contains(w.log.String(), "disk is full") {
		t.Error("the log lacks the cause")
	}
	w.broken = coc.Refusal{What: "Something in English.", Next: "Do this."}
	a = w.post(path, url.Values{"token": {token}, "account": {"a heliotrope happened"}})
	want(t, a, 503, english["error.notsaved"], "a heliotrope happened")
	if strings.Contains(a.body, "in English") {
		t.Error("the page says what is in no catalogue")
	}
	if strings.Contains(w.log.String(), "heliotrope") {
		t.Errorf("the log quotes the report: %s", w.log)
	}
	w.broken = nil
	want(t, w.post(path, url.Values{"token": {token}, "account": {"a heliotrope happened"}}), 200)
}

// Who is told that nothing was saved may decide against reporting. Where it may
// have been saved the page must not say so.
func TestPageDoesNotSayThatNothingWasSavedWhereItMayHaveBeen(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.unsure = fmt.Errorf("the line broke: %w", coc.ErrUnsure)
	token := w.token(t, path)
	form := url.Values{"token": {token}, "account": {"a heliotrope happened"}, "where": {"in the garden"}, "who1": {"lou-example"}, "role1": {"accused"}}
	a := w.post(path, form)
	want(t, a, 503, english["error.maybe"], english["error.unsure"][:40], "a heliotrope happened", "in the garden", "lou-example", token)
	if strings.Contains(a.body, english["error.notsaved"]) || strings.Contains(a.body, "Nothing was saved") {
		t.Error("it says that nothing was saved")
	}
	w.unsure = nil
	want(t, w.post(path, form), 200, english["receipt.title"])
	if len(w.filed) != 1 {
		t.Errorf("%d reports", len(w.filed))
	}
}

func TestNobodyIsKeptWaitingForAStoreThatHangs(t *testing.T) {
	t.Parallel()
	w := newWorld()
	want(t, w.post(path, url.Values{"token": {w.token(t, path)}, "account": {"it happened"}}), 200)
	want(t, w.post("/receipt", url.Values{"receipt": {"ABCD-EFGH"}}), 404)
	if w.rushed > max(storeWithin, guideWithin) {
		t.Errorf("a call may take %v", w.rushed)
	}
}

func TestNothingIsLoggedOfAFiledReport(t *testing.T) {
	t.Parallel()
	w := newWorld()
	token := w.token(t, path)
	w.post(path, url.Values{"token": {token}, "account": {"heliotrope"}})
	w.post("/receipt", url.Values{"receipt": {"heliotrope"}})
	w.get("/report?repository=heliotrope")
	w.lost = errors.New("no such row: HELI-OTROPE")
	a := w.post("/receipt", url.Values{"receipt": {"HELI-OTROPE"}})
	want(t, a, 503, english["failed.text"])
	if log := w.log.String(); strings.Contains(strings.ToLower(log), "otrope") || strings.Contains(log, token) || strings.Contains(log, "192.0.2") {
		t.Errorf("logged: %s", log)
	}
	if strings.Contains(a.body, "such row") {
		t.Error("the page tells the cause")
	}
}

func TestGuideSaysWhoReadsAndCannotStopAReport(t *testing.T) {
	t.Parallel()
	w := newWorld()
	a := w.get(path)
	want(t, a, 200, "kim-responder", "lee-responder", "Example Conduct Committee", "within 3 business days", `href="mailto:conduct@example.org"`,
		`href="https://foundation.example/conduct"`, english["danger.text"], english["readers.not"])
	if strings.Index(a.body, english["danger.text"]) > strings.Index(a.body, "<textarea") || strings.Index(a.body, english["readers.not"]) > strings.Index(a.body, "<textarea") {
		t.Error("the guide stands below the first field")
	}
	want(t, w.get("/report/example-org/hidden"), 200, "5 people")
	want(t, w.get("/report/nobody-here/no-such"), 200, english["readers.unknown"])
	if strings.Contains(a.body, english["readers.unknown"]) {
		t.Error("a known repository is said to be unknown")
	}
	w.astray = errors.New("cache broken")
	a = w.get(path)
	want(t, a, 200, "Example Conduct Committee", "conduct@example.org", "<textarea")
	w.guides["example-org/project"] = casework.Guide{}
	want(t, w.get(path), 200, english["readers.nobody"], "<textarea")
	want(t, w.post(path, url.Values{"token": {tokenIn.FindStringSubmatch(a.body)[1]}, "account": {"x"}}), 200)
}

// The Desk answers for a private repository as for none; the page must add
// nothing to that but the name that was typed.
func TestPrivateRepositoryIsAnsweredLikeNone(t *testing.T) {
	t.Parallel()
	w := newWorld()
	theirs := regexp.MustCompile(`(?s)name="token" value="[^"]+"|<p class="code">.*?</p>|<ol class="aloud">.*?</ol>`)
	pages := func(owner, name string) (all []string) {
		at := "/report/" + owner + "/" + name
		form := url.Values{"token": {w.token(t, at)}, "account": {"it happened"}, "who1": {"kim-responder"}, "here": {"1"}}
		shown := url.Values{"show": {"readers"}}
		blank := url.Values{"token": form["token"], "account": {" "}}
		for _, a := range []answer{w.get(at), w.get(at + "?space=event"), w.post(at+"/readers", form), w.post(at, shown), w.post(at, blank), w.post(at, form), w.get("/report?repository=" + owner + "/" + name)} {
			body := theirs.ReplaceAllString(a.body, "")
			all = append(all, strings.ReplaceAll(fmt.Sprint(a.StatusCode, a.Header, body), owner+"/"+name, "NAME"))
		}
		return all
	}
	private, none := pages("example-org", "private-one"), pages("nobody-here", "no-such")
	for i := range private {
		if private[i] != none[i] {
			t.Errorf("page %d differs:\n%s\n%s", i, private[i], none[i])
		}
	}
}

func TestAddressesThatAreNoRepositoryAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for _, p := range []string{"/report/a/..", "/report/-a/b", "/report/a/b%2Fc", "/report/a%2Fb/c", "/report/a/%3Cscript%3E", "/report/a/b/c", "/elsewhere", "/report/" + strings.Repeat("a", 200) + "/b"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.URL, _ = url.Parse(p)
		if a := w.do(r); a.StatusCode == 200 {
			t.Errorf("%s was answered", p)
		}
	}
	want(t, w.post("/report/-a/b", url.Values{"account": {"x"}}), 404)
}

func TestAskingLeadsToTheForm(t *testing.T) {
	t.Parallel()
	w := newWorld()
	want(t, w.get("/report"), 200, `name="repository"`)
	for typed, to := range map[string]string{
		"example-org/project":                                "/report/example-org/project",
		" https://github.example/example-org/project/ ":      "/report/example-org/project",
		"http://localhost:8080/example-org/project.git":      "/report/example-org/project",
		"github.example/example-org/project/issues/7#x":      "/report/example-org/project",
		"example-org/project/pull/7":                         "/report/example-org/project",
		"https://github.example/example-org/.github/tree/x/": "/report/example-org/.github",
	} {
		a := w.get("/report?repository=" + url.QueryEscape(typed))
		if a.StatusCode != 303 || a.Header.Get("Location") != to {
			t.Errorf("%q: %d to %q", typed, a.StatusCode, a.Header.Get("Location"))
		}
	}
	for _, typed := range []string{"", "project", "https://github.example/", "a b/c", "//evil.example/x", "\\\\evil.example\\x", "<script>", "../..", "://"} {
		a := w.get("/report?repository=" + url.QueryEscape(typed))
		want(t, a, 422, english["error.repo"])
		if strings.Contains(a.body, "<script>") {
			t.Error("typed words are not escaped")
		}
	}
}

func TestReceiptShowsTheStageInPlainWords(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for _, s := range coc.Stages() {
		w.stands["AAAA-BBBB"] = casework.Progress{State: casework.WithCommittee, Stage: s, FiledAt: noon, Changed: noon.Add(24 * time.Hour)}
		words := english["stage."+string(s)]
		if words == "" {
			t.Errorf("no words for %s", s)
		}
		want(t, w.post("/receipt", url.Values{"receipt": {" aaaa-bbbb "}}), 200, words, "Wednesday 5 March 2025", "Thursday 6 March 2025")
	}
	if a := w.post("/receipt", url.Values{"receipt": {"AAAA-BBBB"}}); strings.Contains(a.body, english["progress.passed"]) {
		t.Error("it says of a case that nobody passed on that somebody did")
	}
	w.stands["AAAA-BBBB"] = casework.Progress{State: casework.WithCommittee, Stage: coc.StageReceived, FiledAt: noon, Passed: noon.Add(48 * time.Hour)}
	want(t, w.post("/receipt", url.Values{"receipt": {"AAAA-BBBB"}}), 200, "On Friday 7 March 2025 the committee gave it to another one, which has it now.")
	w.stands["AAAA-BBBB"] = casework.Progress{State: casework.WithCommittee, Stage: coc.StageReceived, FiledAt: noon, Messages: []casework.Said{
		{At: noon.Add(24 * time.Hour), Kind: coc.MessageQuestion, Text: coc.NewProse("When was it?")},
		{At: noon, Kind: coc.MessageUpdate, Text: coc.NewProse("We look into it.\n<script>alert(1)</script> & {{.FiledAt}}")},
	}}
	said := w.post("/receipt", url.Values{"receipt": {"AAAA-BBBB"}})
	want(t, said, 200, english["progress.said"], "A question from the committee, Thursday 6 March 2025", ">When was it?</p>", "A message from the committee, Wednesday 5 March 2025",
		"We look into it.\n&lt;script&gt;alert(1)&lt;/script&gt; &amp; {{.FiledAt}}</p>", english["answer.title"])
	if strings.Index(said.body, "A question") > strings.Index(said.body, "A message") {
		t.Error("the older word stands first")
	}
	w.stands["AAAA-BBBB"] = casework.Progress{State: casework.TakenIn}
	if a := w.post("/receipt", url.Values{"receipt": {"AAAA-BBBB"}}); strings.Contains(a.body, english["progress.said"]) {
		t.Error("it tells of words that there are not")
	}
	want(t, w.post("/receipt", url.Values{"receipt": {"AAAA-BBBB"}}), 200, english["progress.taken-in"])
	w.stands["AAAA-BBBB"] = casework.Progress{State: casework.Sealed, Contact: "help@example.org"}
	want(t, w.post("/receipt", url.Values{"receipt": {"AAAA-BBBB"}}), 200, english["progress.sealed"], "mailto:help@example.org")
}

func TestReceiptThatShowsNothingIsAnsweredAlikeWhateverTheReason(t *testing.T) {
	t.Parallel()
	w := newWorld()
	first := w.post("/receipt", url.Values{"receipt": {"AAAA-CCCC"}})
	want(t, first, 404, english["lookup.unknown"])
	for _, r := range []string{"", "malformed", "<script>", strings.Repeat("A-", 9000), "\xff-", "AAAA-CCCD"} {
		if a := w.post("/receipt", url.Values{"receipt": {r}}); a.StatusCode != 404 || a.body != first.body {
			t.Errorf("%.20q is answered differently", r)
		}
	}
	if a := w.get("/receipt?receipt=AAAA-CCCC"); a.StatusCode != 200 || strings.Contains(a.body, "AAAA") {
		t.Error("a receipt in the address was taken")
	}
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld()
	send := func(header, value string) answer {
		r := posts(path, url.Values{"token": {w.token(t, path)}, "account": {"x"}}.Encode())
		r.Header.Set(header, value)
		return w.do(r)
	}
	want(t, send("Sec-Fetch-Site", "cross-site"), 403, english["foreign.text"])
	want(t, send("Origin", "https://evil.example"), 403)
	if w.calls != 0 {
		t.Error("filed for another site")
	}
	want(t, send("Sec-Fetch-Site", "same-origin"), 200)
	want(t, send("Origin", "https://conduct.example"), 200)
}

func TestEveryAnswerCarriesTheHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.broken = errors.New("x")
	for name, a := range map[string]answer{
		"ask": w.get("/report"), "form": w.get(path), "lookup": w.get("/receipt"), "missing": w.get("/x"), "css": w.get("/assets/cocrouter.css"),
		"error":   w.post(path, url.Values{"account": {"x"}, "token": {strings.Repeat("A", 26)}}),
		"unknown": w.post("/receipt", nil), "method": w.do(httptest.NewRequest("DELETE", "/receipt", nil)),
	} {
		for header, value := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
			"Referrer-Policy":         "no-referrer", "X-Content-Type-Options": "nosniff", "X-Robots-Tag": "noindex, nofollow", "Set-Cookie": "",
		} {
			if got := a.Header.Get(header); got != value {
				t.Errorf("%s: %s is %q", name, header, got)
			}
		}
		if got := a.Header.Get("Cache-Control"); name != "css" && got != "no-store" {
			t.Errorf("%s: Cache-Control is %q", name, got)
		}
		if strings.Contains(foreign(a.body), "<script") || strings.Contains(a.body, "style=") || strings.Contains(a.body, " onclick") {
			t.Errorf("%s: what the policy forbids is on the page", name)
		}
		// Where somebody pastes an address into a chat, there is nothing to make a card of.
		if regexp.MustCompile(`<meta (?:property|itemprop)|name="(?:description|twitter|author)|rel="(?:icon|image_src|alternate|canonical)|application/ld`).MatchString(a.body) {
			t.Errorf("%s: a preview can be made of the page", name)
		}
	}
	if a := w.get("/assets/cocrouter.css"); !strings.HasPrefix(a.Header.Get("Content-Type"), "text/css") {
		t.Errorf("the style is %q", a.Header.Get("Content-Type"))
	}
}

// foreign is a page without the scripts that are files of ours.
func foreign(page string) string {
	return regexp.MustCompile(`<script src="/assets/[a-z]+\.js" defer></script>`).ReplaceAllString(page, "")
}

func TestWhatWasTypedIsNeverMarkup(t *testing.T) {
	t.Parallel()
	w := newWorld()
	evil := `"></textarea><script>alert(1)</script>`
	a := w.post(path, url.Values{"account": {evil}, "where": {evil}, "when": {evil}, "links": {evil}, "who1": {evil}, "token": {evil}})
	want(t, a, 422)
	if strings.Contains(foreign(a.body), "<script") {
		t.Error("typed words became markup")
	}
	for _, contact := range []string{`javascript:alert(1)`, `x@y"><script>`, `https://a.example/"><script>`, `a b@c`} {
		html := string(address(contact))
		if strings.Contains(html, "<script") || strings.Contains(html, `href="javascript`) || strings.Contains(html, `href="mailto:a b`) {
			t.Errorf("%q became %q", contact, html)
		}
	}
}

// The words of the pages are one table: nothing else says anything, and
// nothing in it is unused.
func TestEveryWordIsInTheCatalogueAndUsed(t *testing.T) {
	t.Parallel()
	var source strings.Builder
	files, _ := fs.Glob(pages, "pages/*.html")
	for _, f := range files {
		b, _ := fs.ReadFile(pages, f)
		source.Write(b)
		bare := regexp.MustCompile(`(?s)\{\{.*?\}\}|<[^>]*>`).ReplaceAllString(string(b), "")
		if loose := regexp.MustCompile(`[A-Za-z]{2,}`).FindString(bare); loose != "" {
			t.Errorf("%s says %q, which is not in the catalogue", f, loose)
		}
	}
	used := map[string]bool{}
	for _, m := range regexp.MustCompile(`say "([^"]+)"`).FindAllStringSubmatch(source.String(), -1) {
		used[m[1]] = true
		if english[m[1]] == "" {
			t.Errorf("no words for %q", m[1])
		}
	}
	for key := range english {
		dynamic := strings.HasPrefix(key, "stage.") || strings.HasPrefix(key, "error.") || strings.HasPrefix(key, "lookup.") ||
			strings.HasPrefix(key, "wrote.") || strings.HasPrefix(key, "saved.") || strings.HasPrefix(key, "space.") || strings.HasPrefix(key, "risk.") || strings.HasPrefix(key, "span.") ||
			strings.HasPrefix(key, "due.") || strings.HasPrefix(key, "severity.") || strings.HasPrefix(key, "case.message.") || strings.HasPrefix(key, "case.role.") ||
			slices.ContainsFunc([]string{"asked.", "clear.say.", "clear.basis.", "ongoing.", "safe.", "identity.", "clean.", "upload.hint", "add.hint", "case.hearing.", "case.remedy."}, func(p string) bool { return strings.HasPrefix(key, p) }) ||
			strings.HasSuffix(key, ".title") || strings.HasSuffix(key, ".text")
		if !used[key] && !dynamic {
			t.Errorf("%q is not used", key)
		}
	}
}

// WCAG AA: 4.5 to 1 for text, 3 to 1 for the borders of fields.
func TestColoursHaveEnoughContrast(t *testing.T) {
	t.Parallel()
	css, err := fs.ReadFile(pages, "pages/cocrouter.css")
	if err != nil {
		t.Fatal(err)
	}
	light, dark, ok := strings.Cut(string(css), "@media screen and (prefers-color-scheme: dark)")
	if !ok {
		t.Fatal("no dark colours")
	}
	for name, part := range map[string]string{"light": light, "dark": dark} {
		colours := map[string]float64{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6});`).FindAllStringSubmatch(part, -1) {
			colours[m[1]] = luminance(t, m[2])
		}
		for _, pair := range []struct {
			front, back string
			least       float64
		}{
			{"ink", "paper", 4.5}, {"ink", "card", 4.5}, {"ink", "warm", 4.5}, {"quiet", "paper", 4.5}, {"accent", "paper", 4.5}, {"accent", "card", 4.5},
			{"on-accent", "accent", 4.5}, {"wrong", "paper", 4.5}, {"wrong", "card", 4.5}, {"line", "paper", 3}, {"line", "card", 3}, {"warm-line", "paper", 3},
		} {
			a, b := colours[pair.front], colours[pair.back]
			if ratio := (max(a, b) + .05) / (min(a, b) + .05); ratio < pair.least || len(colours) != 11 {
				t.Errorf("%s: %s on %s is %.2f", name, pair.front, pair.back, ratio)
			}
		}
	}
}

func luminance(t *testing.T, hexadecimal string) float64 {
	t.Helper()
	rgb, err := hex.DecodeString(hexadecimal)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for i, weight := range []float64{.2126, .7152, .0722} {
		c := float64(rgb[i]) / 255
		if c <= .04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

func (d *desk) CanSignIn() bool { return d.github != nil }

func (d *desk) SignIn(back string) (at, ticket string, err error) { return d.github.begin(back) }

func (d *desk) SignedIn(_ context.Context, ticket, state, code string) (token, back string, err error) {
	return d.github.end(ticket, state, code)
}

func (d *desk) Who(_ context.Context, token string) (coc.Person, error) { return d.github.who(token) }

func (d *desk) SignOut(_ context.Context, token string) error { return d.github.out(token) }

func (d *desk) Cases(_ context.Context, who coc.Person, closed bool) (casework.Cases, error) {
	return d.github.cases(who, closed)
}

func (d *desk) Record(_ context.Context, who coc.Person, id coc.CaseID) (casework.Record, error) {
	return d.github.record(who, id)
}

func (d *desk) Reports(_ context.Context, token string) ([]casework.Mine, error) {
	return d.github.reports(token)
}
