package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// browser is somebody's, with the cookies that it was given.
type browser struct {
	t    *testing.T
	w    *town
	http *http.Client
}

func (w *town) browser() *browser {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &browser{w.t, w, &http.Client{Jar: jar}}
}

func (b *browser) get(path string) (int, string) {
	b.t.Helper()
	return b.read(b.http.Get(b.at(path)))
}

func (b *browser) post(path string, form url.Values) (int, string) {
	b.t.Helper()
	return b.read(b.http.PostForm(b.at(path), form))
}

func (b *browser) at(path string) string {
	if strings.HasPrefix(path, "http") {
		return path
	}
	return b.w.play.address + path
}

func (b *browser) read(res *http.Response, err error) (int, string) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// signIn goes the whole way: our link, GitHub's page, and back.
func (b *browser) signIn(login, back string) (int, string) {
	b.t.Helper()
	status, page := b.get("/auth/github?" + url.Values{"back": {back}}.Encode())
	m := regexp.MustCompile(`action="(/login/oauth/authorize[^"]*)"`).FindStringSubmatch(page)
	if m == nil {
		b.t.Fatalf("%d and no page of GitHub's: %s", status, page)
	}
	return b.post(b.w.URL()+strings.ReplaceAll(m[1], "&amp;", "&"), url.Values{"as": {login}})
}

// reported is a town of the river's with a report in its committee's hands.
func reported(t *testing.T) (*town, coc.CaseID) {
	t.Helper()
	l, err := readLand("../../testdata/cases/_river")
	if err != nil {
		t.Fatal(err)
	}
	w := build(t, l)
	status, page := w.browser().post("/report/river-project/river", url.Values{
		"account": {"It was " + canary + "."}, "token": {strings.Repeat("A", 26)}, "who1": {"tom-talker"}, "role1": {"accused"},
	})
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, page)
	}
	w.rest()
	ids, err := w.server.store.UnclosedCases(t.Context())
	if err != nil || len(ids) != 1 {
		t.Fatalf("%v, %v", ids, err)
	}
	return w, ids[0]
}

func TestMemberSignsInAndReadsTheirCaseUntilTheyAreRemoved(t *testing.T) {
	t.Parallel()
	w, id := reported(t)
	rosa, ravi, stranger := w.browser(), w.browser(), w.browser()
	status, list := rosa.signIn("rosa-responder", "/cases")
	if status != http.StatusOK || !strings.Contains(list, "/cases/"+string(id)) || !strings.Contains(list, "@rosa-responder") {
		t.Fatalf("%d %s", status, list)
	}
	status, record := rosa.get("/cases/" + string(id))
	if status != http.StatusOK || !strings.Contains(record, canary) || !strings.Contains(record, "@rosa-responder") {
		t.Fatalf("%d %s", status, record)
	}
	if _, again := ravi.signIn("ravi-responder", "/cases/"+string(id)); !strings.Contains(again, "@rosa-responder</bdi></li>") || !strings.Contains(again, canary) {
		t.Errorf("who opened it is not seen: %s", again)
	}
	stranger.signIn("otis-outsider", "/cases")
	_, none := stranger.get("/cases/" + strings.Repeat("a", 26))
	nothing := func(why string, b *browser) {
		t.Helper()
		status, page := b.get("/cases/" + string(id))
		if status != http.StatusNotFound || page != none {
			t.Errorf("%s: %d, and other bytes than a stranger gets for nothing", why, status)
		}
		if _, list := b.get("/cases"); strings.Contains(list, string(id)) {
			t.Errorf("%s: it is listed", why)
		}
	}
	nothing("a stranger", stranger)

	// Removed on GitHub, they read nothing with the next request.
	if err := w.RemoveMember("river-conduct", "ravi-responder"); err != nil {
		t.Fatal(err)
	}
	w.rest()
	nothing("who was removed", ravi)
	if status, _ := rosa.get("/cases/" + string(id)); status != http.StatusOK {
		t.Errorf("and the others do not: %d", status)
	}
	if n := w.UserTokens(w.apps["source"].ID); n != 0 {
		t.Errorf("%d tokens of people are left at GitHub", n)
	}
	if found := w.wordsIn(w.log.String()); len(found) > 0 {
		t.Errorf("the log has %v", found)
	}
}

func TestRecusedMemberGetsTheStrangersAnswer(t *testing.T) {
	t.Parallel()
	w, id := reported(t)
	rosa := w.browser()
	if _, page := rosa.signIn("rosa-responder", "/cases/"+string(id)); !strings.Contains(page, canary) {
		t.Fatalf("they do not read it at first: %s", page)
	}
	if _, err := w.Comment("rosa-responder", riverRoom, 1, "/coc recuse hard"); err != nil {
		t.Fatal(err)
	}
	w.rest()
	_, none := rosa.get("/cases/" + strings.Repeat("a", 26))
	if status, page := rosa.get("/cases/" + string(id)); status != http.StatusNotFound || page != none {
		t.Errorf("%d %s", status, page)
	}
}

func TestRenamedMemberIsNotTakenForWhoeverHasTheirLoginNow(t *testing.T) {
	t.Parallel()
	w, id := reported(t)
	rosa := w.browser()
	rosa.signIn("rosa-responder", "/cases")
	if err := w.RenameUser("rosa-responder", "rosa-renamed"); err != nil {
		t.Fatal(err)
	}
	if err := w.AddUser("rosa-responder"); err != nil {
		t.Fatal(err)
	}
	w.advance(20 * time.Second) // what was seen moments ago counts no more
	other := w.browser()
	other.signIn("rosa-responder", "/cases")
	for name, b := range map[string]*browser{"her session from before": rosa, "whoever has her login now": other} {
		if status, page := b.get("/cases/" + string(id)); status != http.StatusNotFound || strings.Contains(page, canary) {
			t.Errorf("%s: %d", name, status)
		}
	}
}

func TestSessionReplayedAfterSigningOutIsAStrangers(t *testing.T) {
	t.Parallel()
	w, id := reported(t)
	rosa, thief := w.browser(), w.browser()
	rosa.signIn("rosa-responder", "/cases")
	site, err := url.Parse(w.play.address)
	if err != nil {
		t.Fatal(err)
	}
	thief.http.Jar.SetCookies(site, rosa.http.Jar.Cookies(site))
	if status, page := thief.get("/cases/" + string(id)); status != http.StatusOK || !strings.Contains(page, canary) {
		t.Fatalf("the copy is of no use before: %d", status)
	}
	if status, _ := rosa.post("/auth/sign-out", nil); status != http.StatusOK {
		t.Fatalf("sign out: %d", status)
	}
	_, nobody := w.browser().get("/cases/" + string(id))
	if _, page := thief.get("/cases/" + string(id)); page != nobody || strings.Contains(page, canary) {
		t.Errorf("the copy still opens something: %s", page)
	}
}

// What GitHub sends back works for the browser that asked, once.
func TestCallbackOfAnotherBrowserSignsNobodyIn(t *testing.T) {
	t.Parallel()
	w, _ := reported(t)
	mine, theirs := w.browser(), w.browser()
	var callback string
	mine.http.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.Path, callbackPath) {
			callback = r.URL.String()
			return http.ErrUseLastResponse
		}
		return nil
	}
	mine.signIn("rosa-responder", "/cases")
	if callback == "" {
		t.Fatal("GitHub did not send them back")
	}
	if status, page := theirs.get(callback); status != http.StatusBadRequest || strings.Contains(page, "rosa") {
		t.Errorf("in another browser: %d %s", status, page)
	}
	mine.http.CheckRedirect = nil
	if status, page := mine.get(callback); status != http.StatusOK || !strings.Contains(page, "@rosa-responder") {
		t.Fatalf("in the one that asked: %d", status)
	}
	if status, _ := mine.get(callback); status != http.StatusBadRequest {
		t.Errorf("a second time: %d", status)
	}
}

var reportIn = regexp.MustCompile(`name="receipt" value="([^"]{60,})"`)

// A reporter may use their account in place of a receipt; the committee then reads
// their name, and who signs in and does not tick the box leaves no trace of it.
func TestReporterFindsTheirReportByTheirAccount(t *testing.T) {
	t.Parallel()
	l, err := readLand("../../testdata/cases/_river")
	if err != nil {
		t.Fatal(err)
	}
	w := build(t, l)
	nell := w.browser()
	if _, form := nell.signIn("nell-newcomer", "/report/river-project/river"); !strings.Contains(form, `name="named"`) {
		t.Fatalf("the form does not offer the name: %s", form)
	}
	for token, named := range map[string]string{strings.Repeat("A", 26): "1", strings.Repeat("B", 26): ""} {
		form := url.Values{"account": {"It was " + canary + "."}, "token": {token}, "who1": {"tom-talker"}, "role1": {"accused"}}
		if named != "" {
			form.Set("named", named)
		}
		if status, page := nell.post("/report/river-project/river", form); status != http.StatusOK {
			t.Fatalf("%d %s", status, page)
		}
		w.rest()
	}
	carry := 0
	for n := 1; n <= 2; n++ {
		issue, err := w.ViewIssue("rosa-responder", riverRoom, n)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(issue.Body, "nell-newcomer") {
			carry++
		}
	}
	if carry != 1 {
		t.Errorf("%d of two cases carry the name", carry)
	}
	_, page := nell.get("/receipt")
	found := reportIn.FindAllStringSubmatch(page, -1)
	if len(found) != 1 {
		t.Fatalf("%d reports are found: %s", len(found), page)
	}
	if status, page := nell.post("/receipt", url.Values{"receipt": {found[0][1]}}); status != http.StatusOK || !strings.Contains(page, "The committee has it.") {
		t.Errorf("%d %s", status, page)
	}
	if status, _ := w.browser().post("/receipt", url.Values{"receipt": {found[0][1]}}); status != http.StatusOK {
		t.Errorf("while she is signed in it opens by what the page has: %d", status)
	}
	nell.post("/auth/sign-out", nil)
	if status, page := nell.post("/receipt", url.Values{"receipt": {found[0][1]}}); status != http.StatusNotFound || strings.Contains(page, "The committee has it.") {
		t.Errorf("after she signed out: %d", status)
	}
	tom := w.browser()
	tom.signIn("tom-talker", "/receipt")
	if _, page := tom.get("/receipt"); reportIn.MatchString(page) {
		t.Error("somebody else finds it")
	}
}
