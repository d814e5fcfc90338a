package web

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/ballot"
	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// signedUp is a GitHub where people sign in, and the cases that they may read.
type signedUp struct {
	backs    map[string]string // by ticket
	sessions map[string]coc.Person
	records  map[coc.CaseID]casework.Record
	may      map[coc.CaseID]coc.Login
	broken   error
	unlooked error // it cannot be written down who opens a case
	opened   []string
	asks     coc.Login // who is asked about askedID
	invites  coc.Login // who is invited there and does not read
	declared []string
	at       string // GitHub's page
	noRoom   error  // nothing more is kept
	added    []coc.Upload
	cleaned  []int
	unshown  casework.Cases // beside the records
}

const caseID = "abcdefghijklmnopqrstuvwxyz"

var unsafe = coc.Needs{
	Ongoing: coc.ReplyYes, Safe: coc.ReplyNo, Safety: coc.NewProse("not to <i>meet</i>"), Retaliation: true, Identity: coc.ReplyAsk,
	Elsewhere: coc.NewProse("to the meetup"), Reach: coc.NewProse("nell@mail.example"),
}

func newSignedUp() *signedUp {
	return &signedUp{
		at: "https://github.example/login/oauth/authorize?state=st", asks: "kim-responder",
		backs: map[string]string{}, sessions: map[string]coc.Person{}, may: map[coc.CaseID]coc.Login{caseID: "kim-responder"},
		records: map[coc.CaseID]casework.Record{caseID: {
			Listed: casework.Listed{
				ID: caseID, Name: "quiet-harbor-417", Committee: "Example Conduct Committee", Stage: coc.StageAcknowledged, Severity: "high",
				Holder: "kim-responder", Overdue: true, URL: "https://github.example/safe/cases/issues/1",
				Due: []coc.Due{{What: "screen", At: noon.Add(-time.Hour)}, {What: "update", At: noon.Add(48 * time.Hour)}},
			},
			FiledAt: noon.Add(-48 * time.Hour), About: "example-org/project",
			Told:       []casework.Written{{At: noon, Text: coc.NewProse("<b>They shouted</b>\nat me."), Links: []coc.Prose{coc.NewProse("javascript:alert(1)")}, Needs: unsafe}, {At: noon, By: "lia-liaison", Text: coc.NewProse("It was so.")}},
			Parties:    []coc.Party{{Login: "tom-talker", Role: coc.RoleAccused}, {Name: coc.NewProse("A visitor")}, {Login: "kim-quiet", Role: coc.RoleKeptOut}},
			Passed:     []coc.Entry{{Text: coc.NewProse("beyond what we can do")}},
			Messages:   []coc.Message{{Kind: coc.MessageQuestion, At: noon, By: "kim-responder", Text: coc.NewProse("When was it?")}, {Kind: coc.MessageAnswer, At: noon, Text: coc.NewProse("On Monday.")}},
			Evidence:   []coc.Evidence{{Number: 1, URL: coc.NewProse("https://example.org/thread"), Title: coc.NewProse("The thread"), At: noon}},
			Responders: []coc.Login{"kim-responder", "lee-responder"},
			Outcome:    "warning",
			Accused:    []ballot.Accused{{Party: coc.Party{Login: "tom-talker", Role: coc.RoleAccused}, Notified: coc.Hearing{Step: coc.StepNotified, At: noon}}},
			Accounts:   []casework.Account{{Of: coc.Party{Login: "tom-talker"}, Asked: coc.NewProse("Was it so?"), By: "kim-responder", Answer: coc.NewProse("I do not remember."), Answered: noon}},
			Remedies:   []coc.Remedy{{Text: coc.NewProse("A word of regret"), By: "kim-responder", Until: noon.Add(-time.Hour)}},
			Steps:      []coc.Entry{{At: noon, Actor: "kim-responder", Act: "ack", From: coc.StageReceived, To: coc.StageAcknowledged}},
			Looks:      []coc.Look{{By: "lee-responder", What: "record", At: noon}},
		}},
	}
}

func (g *signedUp) begin(back string) (at, ticket string, err error) {
	g.backs["ticket"] = back
	return g.at, "ticket", g.broken
}

func (g *signedUp) end(ticket, state, code string) (token, back string, err error) {
	back, ok := g.backs[ticket]
	switch {
	case g.broken != nil:
		return "", "", g.broken
	case !ok || state != "st" || code == "":
		return "", "", coc.ErrDenied
	}
	delete(g.backs, ticket)
	g.sessions["token of "+code] = coc.Person{Login: coc.Login(code), Account: 7}
	return "token of " + code, back, nil
}

func (g *signedUp) reports(token string) ([]casework.Mine, error) {
	if g.sessions[token].IsZero() {
		return nil, g.broken
	}
	return []casework.Mine{{FiledAt: noon, About: "example-org/project", Receipt: "in place of a receipt"}}, g.broken
}

func (g *signedUp) who(token string) (coc.Person, error) { return g.sessions[token], g.broken }

func (g *signedUp) out(token string) error {
	delete(g.sessions, token)
	return g.broken
}

func (g *signedUp) cases(who coc.Person, closed bool) (casework.Cases, error) {
	out := g.unshown
	for id, r := range g.records {
		if g.may[id].Is(who.Login) && closed == (r.Stage == coc.StageClosed) {
			out.Listed = append(out.Listed, r.Listed)
		}
	}
	return out, g.broken
}

func (g *signedUp) record(who coc.Person, id coc.CaseID) (casework.Record, error) {
	if !g.may[id].Is(who.Login) {
		return casework.Record{}, coc.ErrMissing
	}
	g.opened = append(g.opened, string(who.Login))
	return g.records[id], errors.Join(g.broken, g.unlooked)
}

// door is a world where people sign in.
func door() (*world, *signedUp) {
	w := newWorld()
	w.github = newSignedUp()
	return w, w.github
}

// asks gets a page with cookies, each "name=value".
func (w *world) asks(path string, cookies ...string) answer {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for _, c := range cookies {
		name, value, _ := strings.Cut(c, "=")
		r.AddCookie(&http.Cookie{Name: name, Value: value}) //nolint:gosec // a browser sends no attributes
	}
	return w.do(r)
}

// signs signs somebody in and gives the cookie that they have from then on.
func (w *world) signs(t *testing.T, login string) string {
	t.Helper()
	a := w.asks("/auth/github?back=/cases&lang=de")
	a = w.asks("/auth/github/callback?state=st&code="+login, cookieOf(a, "signing-in"))
	if a.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	return cookieOf(a, "__Host-cocrouter=")
}

// cookieOf is the cookie set by an answer whose text has something in it.
func cookieOf(a answer, has string) string {
	for _, c := range a.Cookies() {
		if pair := c.Name + "=" + c.Value; strings.Contains(pair, has) && c.MaxAge >= 0 {
			return pair
		}
	}
	return ""
}

func TestSigningInLeadsBackToWhereSomebodyWas(t *testing.T) {
	t.Parallel()
	w, _ := door()
	a := w.asks("/auth/github?back=" + "/cases/" + caseID)
	if a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(a.Header.Get("Location"), "https://github.example/login/oauth/authorize") {
		t.Fatalf("%d to %s", a.StatusCode, a.Header.Get("Location"))
	}
	a = w.asks("/auth/github/callback?state=st&code=kim-responder", cookieOf(a, "signing-in"))
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/cases/"+caseID {
		t.Errorf("%d to %s", a.StatusCode, a.Header.Get("Location"))
	}
	for _, c := range a.Cookies() {
		if !strings.HasPrefix(c.Name, "__Host-") || !c.HttpOnly || !c.Secure || c.Path != "/" || c.SameSite != http.SameSiteLaxMode || c.Domain != "" {
			t.Errorf("a cookie without its guards: %s", c)
		}
	}
	if page := w.asks("/cases", cookieOf(a, "__Host-cocrouter=")); page.StatusCode != 200 || !strings.Contains(page.body, "@kim-responder") {
		t.Errorf("they are not signed in: %d", page.StatusCode)
	}
}

func TestNobodyIsLedAwayFromHereAfterSigningIn(t *testing.T) {
	t.Parallel()
	for _, back := range []string{
		"https://evil.example/", "//evil.example", "/\\evil.example", "/cases/../auth/sign-out", "/cases?next=//evil.example", "cases",
		"javascript:alert(1)", "/cases\n/x", "/cases/" + caseID + "@evil.example", "", "/cases#//evil", "/setup",
	} {
		if got := backTo(back); got != "/cases" {
			t.Errorf("%q leads to %q", back, got)
		}
	}
	for _, back := range []string{"/cases", "/cases/" + caseID, "/cases/" + caseID + "/evidence/12", "/receipt", "/report", "/report/elsewhere", "/report/example-org/project", "/cases?lang=zh-Hans"} {
		if backTo(back) != back {
			t.Errorf("%q leads to %q", back, backTo(back))
		}
	}
}

func TestSignInThatAnotherSiteBeginsIsRefused(t *testing.T) {
	t.Parallel()
	w, _ := door()
	for _, from := range []string{"cross-site", "same-site"} {
		r := httptest.NewRequest(http.MethodGet, "/auth/github", nil)
		r.Header.Set("Sec-Fetch-Site", from)
		if a := w.do(r); a.StatusCode != http.StatusForbidden || len(a.Cookies()) != 0 {
			t.Errorf("%s: %d", from, a.StatusCode)
		}
	}
}

func TestCallbackThatIsNotThisBrowsersSignsNobodyIn(t *testing.T) {
	t.Parallel()
	w, g := door()
	begun := cookieOf(w.asks("/auth/github"), "signing-in")
	for name, c := range map[string]struct {
		path    string
		cookies []string
		want    int
	}{
		"without a ticket":   {"/auth/github/callback?state=st&code=kim-responder", nil, 400},
		"another state":      {"/auth/github/callback?state=other&code=kim-responder", []string{begun}, 400},
		"without a code":     {"/auth/github/callback?state=st", []string{begun}, 400},
		"declined at GitHub": {"/auth/github/callback?error=access_denied&state=st", []string{begun}, 200},
		"another error":      {"/auth/github/callback?error=redirect_uri_mismatch&state=st", []string{begun}, 400},
		"a plain cookie":     {"/auth/github/callback?state=st&code=kim-responder", []string{"cocrouter-signing-in=ticket"}, 400},
	} {
		a := w.asks(c.path, c.cookies...)
		if a.StatusCode != c.want || len(g.sessions) != 0 || cookieOf(a, "__Host-cocrouter=") != "" {
			t.Errorf("%s: %d, want %d; %d sessions", name, a.StatusCode, c.want, len(g.sessions))
		}
	}
	g.broken = coc.Later{Cause: "sign in: status 502"}
	if a := w.asks("/auth/github/callback?state=st&code=kim-responder", begun); a.StatusCode != 503 {
		t.Errorf("GitHub cannot be asked: %d", a.StatusCode)
	}
}

func TestManySignInsOfOneSenderHaveToWait(t *testing.T) {
	t.Parallel()
	w, g := door()
	for n := range 25 {
		begun := cookieOf(w.asks("/auth/github"), "signing-in")
		r := httptest.NewRequest(http.MethodGet, "/auth/github/callback?state=st&code=kim-responder", nil)
		name, value, _ := strings.Cut(begun, "=")
		r.AddCookie(&http.Cookie{Name: name, Value: value}) //nolint:gosec // a browser sends no attributes
		r.RemoteAddr = "203.0.113.7:1234"
		clear(g.sessions)
		if a := w.do(r); (a.StatusCode == http.StatusTooManyRequests) != (n >= 20) {
			t.Fatalf("number %d: %d", n, a.StatusCode)
		}
	}
}

func TestSessionThatWasEndedOpensNothing(t *testing.T) {
	t.Parallel()
	w, g := door()
	had := w.signs(t, "kim-responder")
	r := httptest.NewRequest(http.MethodPost, "/auth/sign-out", nil)
	name, value, _ := strings.Cut(had, "=")
	r.AddCookie(&http.Cookie{Name: name, Value: value}) //nolint:gosec // a browser sends no attributes
	a := w.do(r)
	if a.StatusCode != 200 || len(g.sessions) != 0 {
		t.Fatalf("%d, %d sessions", a.StatusCode, len(g.sessions))
	}
	if again, none := w.asks("/cases/"+caseID, had), w.asks("/cases/"+caseID); again.body != none.body || again.StatusCode != none.StatusCode {
		t.Error("a session replayed after signing out is more than nobody")
	}
	if a := w.asks("/auth/sign-out", had); a.StatusCode != http.StatusNotFound {
		t.Errorf("signed out by a link: %d", a.StatusCode)
	}
	r = httptest.NewRequest(http.MethodPost, "/auth/sign-out", nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if a := w.do(r); a.StatusCode != http.StatusForbidden {
		t.Errorf("signed out by another site: %d", a.StatusCode)
	}
}

func TestSigningInEndsTheSessionBefore(t *testing.T) {
	t.Parallel()
	w, g := door()
	had := w.signs(t, "kim-responder")
	ticket := cookieOf(w.asks("/auth/github"), "signing-in")
	w.asks("/auth/github/callback?state=st&code=lee-responder", ticket, had)
	if len(g.sessions) != 1 || g.sessions["token of lee-responder"].Login != "lee-responder" {
		t.Errorf("sessions of %v", g.sessions)
	}
}

func TestPagesSayCalmlyThatNobodyCanSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for _, path := range []string{"/cases", "/cases/" + caseID, "/auth/github", "/auth/github/callback?state=st&code=x"} {
		a := w.asks(path, "__Host-cocrouter=token")
		if a.StatusCode != 200 || !strings.Contains(a.body, english["signin.off.title"]) || strings.Contains(a.body, "/auth/github") || cookieOf(a, "__Host") != "" {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
	}
}

func TestWhoMayNotReadACaseGetsTheBytesOfOneThatIsNotThere(t *testing.T) {
	t.Parallel()
	w, g := door()
	recused, stranger := w.signs(t, "lee-responder"), w.signs(t, "pat-outsider")
	none := w.asks("/cases/"+strings.Repeat("a", 26), stranger)
	for name, a := range map[string]answer{
		"a member who is not clear": w.asks("/cases/"+caseID, recused),
		"a stranger":                w.asks("/cases/"+caseID, stranger),
		"a name that is no case's":  w.asks("/cases/nothing", stranger),
	} {
		if a.StatusCode != http.StatusNotFound || a.body != none.body {
			t.Errorf("%s: %d, and other bytes than for a case that is not there", name, a.StatusCode)
		}
		for key, values := range none.Header {
			if strings.Join(a.Header[key], ",") != strings.Join(values, ",") {
				t.Errorf("%s: %s is %v", name, key, a.Header[key])
			}
		}
	}
	if len(g.opened) != 0 || strings.Contains(w.asks("/cases", recused).body, "quiet-harbor") {
		t.Error("they find it all the same")
	}
	out := w.asks("/cases/" + strings.Repeat("a", 26))
	if a := w.asks("/cases/" + caseID); strings.ReplaceAll(a.body, caseID, "") != strings.ReplaceAll(out.body, strings.Repeat("a", 26), "") {
		t.Error("whoever is not signed in learns which cases there are")
	}
}

func TestMemberReadsTheRecord(t *testing.T) {
	t.Parallel()
	w, g := door()
	kim := w.signs(t, "kim-responder")
	list := w.asks("/cases", kim)
	page := w.asks("/cases/"+caseID, kim)
	for _, want := range []string{"quiet-harbor-417", english["cases.overdue"], english["due.screen"], english["severity.high"], "@kim-responder"} {
		if !strings.Contains(list.body, want) {
			t.Errorf("the list lacks %q", want)
		}
	}
	for _, want := range []string{
		"&lt;b&gt;They shouted&lt;/b&gt;", "It was so.", "tom-talker", "A visitor", "When was it?", "On Monday.", "https://example.org/thread", "beyond what we can do",
		"@lee-responder", english["case.recorded"], `href="https://github.example/safe/cases/issues/1"`, english["case.message.answer"], "lia-liaison",
	} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the record lacks %q", want)
		}
	}
	if strings.Contains(page.body, `href="javascript`) || strings.Contains(page.body, `href="https://example.org`) {
		t.Error("somebody's link can be followed by mistake")
	}
	if len(g.opened) != 1 || page.Header.Get("Cache-Control") != "no-store" || page.Header.Get("X-Robots-Tag") == "" {
		t.Errorf("opened by %v, with %v", g.opened, page.Header)
	}
	g.unlooked = errors.New("disk full")
	if a := w.asks("/cases/"+caseID, kim); a.StatusCode == 200 || strings.Contains(a.body, "shouted") {
		t.Errorf("shown though it could not be written down: %d", a.StatusCode)
	}
}

func TestCookieOfALoopbackHasAPlainName(t *testing.T) {
	t.Parallel()
	d := newDesk()
	d.github = newSignedUp()
	w := &world{desk: d, Handler: New(Options{Desk: d, PublicURL: "http://127.0.0.1:8080"})}
	for name, a := range map[string]answer{
		ticketCookie:  w.asks("/auth/github"),
		sessionCookie: w.asks("/auth/github/callback?state=st&code=kim-responder", ticketCookie+"=ticket"),
	} {
		n := 0
		for _, c := range a.Cookies() {
			if c.Name == name && c.MaxAge >= 0 {
				n++
			}
			if c.Secure || strings.HasPrefix(c.Name, "__Host-") || !c.HttpOnly {
				t.Errorf("%s", c)
			}
		}
		if n != 1 {
			t.Errorf("%d cookies are named %s: %v", n, name, a.Header["Set-Cookie"])
		}
	}
}

func TestClosedCasesAreFoundOnAPageOfTheirOwn(t *testing.T) {
	t.Parallel()
	w, g := door()
	kim := w.signs(t, "kim-responder")
	closed := strings.Repeat("c", 26)
	g.records[coc.CaseID(closed)] = casework.Record{Listed: casework.Listed{ID: coc.CaseID(closed), Name: "old-harbor-3", Stage: coc.StageClosed}}
	g.may[coc.CaseID(closed)] = "kim-responder"
	open := w.asks("/cases?lang=en", kim)
	want(t, open, 200, "quiet-harbor-417", `href="/cases?closed&amp;lang=en"`)
	g.unshown.More = true
	list := w.asks("/cases?closed", kim)
	want(t, list, 200, "old-harbor-3", english["cases.closed-hint"], english["cases.more"], `href="/cases"`)
	if strings.Contains(open.body, "old-harbor") || strings.Contains(list.body, "quiet-harbor") {
		t.Error("a case stands on the other page")
	}
	delete(g.records, coc.CaseID(closed))
	g.unshown.More = false
	want(t, w.asks("/cases?closed", kim), 200, english["cases.closed-none"])
}

func TestCaseThatCannotBeReadKeepsNoOtherBack(t *testing.T) {
	t.Parallel()
	w, g := door()
	kim := w.signs(t, "kim-responder")
	g.unshown = casework.Cases{Unshown: 1, Broken: []error{errors.New("case deadbeef: not what was kept")}}
	want(t, w.asks("/cases", kim), 200, "quiet-harbor-417", "1 of your cases cannot be shown")
	if !strings.Contains(w.log.String(), "case deadbeef: not what was kept") {
		t.Errorf("the log tells %s", w.log)
	}
	// Whoever is no responder of it learns nothing.
	g.unshown.Unshown = 0
	if page := w.asks("/cases", kim).body; strings.Contains(page, "cannot be shown") || strings.Contains(page, "deadbeef") {
		t.Errorf("%s", page)
	}
}

func TestRecordTellsWhatTheAccusedSaidAndWhatTheOutcomeAsksFor(t *testing.T) {
	t.Parallel()
	w, g := door()
	kim := w.signs(t, "kim-responder")
	r := g.records[caseID]
	tom, tess := coc.Party{Login: "tom-talker", Role: coc.RoleAccused}, coc.Party{Name: coc.NewProse("<i>A visitor</i>"), Role: coc.RoleAccused}
	r.Outcome = "warning"
	r.Accused = []ballot.Accused{
		{Party: tom, Notified: coc.Hearing{Step: coc.StepNotified, At: noon}, Heard: coc.Hearing{Step: coc.StepHeard, At: noon}},
		{Party: tess, Deferred: coc.Hearing{Step: coc.StepDeferred, At: noon}},
		{Party: coc.Party{Login: "ted-talker", Role: coc.RoleAccused}},
	}
	r.Accounts = []casework.Account{
		{Of: tom, Asked: coc.NewProse("Was it so?"), By: "kim-responder", Answer: coc.NewProse("<b>It was not.</b>"), Answered: noon}, {Of: tess, Until: noon.Add(time.Hour)},
	}
	r.Remedies = []coc.Remedy{
		{Text: coc.NewProse("A word of regret"), By: "kim-responder", State: coc.RemedyDone, Ended: noon, Words: coc.NewProse("She sent it.")},
		{Text: coc.NewProse("No talks"), State: coc.RemedyLapsed, Ended: noon}, {Text: coc.NewProse("A training"), Until: noon.Add(-time.Hour)},
		{Text: coc.NewProse("A mentor"), Until: noon.Add(time.Hour), Checks: []time.Time{noon.Add(time.Hour)}},
	}
	g.records[caseID] = r
	page := w.asks("/cases/"+caseID, kim)
	for _, part := range []string{
		"<code>warning</code>", english["case.accused"], "@tom-talker", "told on ", "account given on ", "not told yet, for a reason", english["case.hearing.none"],
		"The answer for @tom-talker, ", "&lt;b&gt;It was not.&lt;/b&gt;", "Was it so?", "An address to answer at, for &lt;i&gt;A visitor&lt;/i&gt;, good until ",
		"A word of regret", "done, ", "She sent it.", "lapsed, ", english["case.remedy.late"], "to be looked at again by ",
	} {
		if !strings.Contains(page.body, part) {
			t.Errorf("the page lacks %q:\n%s", part, page.body)
		}
	}
	if n := strings.Count(page.body, english["case.remedy.late"]); n != 1 {
		t.Errorf("%d remedies are overdue", n)
	}
}
