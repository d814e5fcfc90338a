package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

// The plot is whole cases of every way in, with all that can go wrong on the
// way, told through HTTP and the simulated GitHub alone, so that the server may
// be in this process or in another. Every word that somebody writes in it is a
// witness's, and so is every login that nobody may be told.
type plot struct {
	*play
	w      *witness
	data   string // the server's folder
	origin string // what the server calls its public address
	secret []byte // of the source App's webhook
	db     *sql.DB
	pid    int // of the server, where it is a process of its own
	// stranger is who visits the pages; nil: nobody in particular.
	stranger *stranger
}

// tell plays everything. What happens at once in life happens at once here.
func (p *plot) tell(t *testing.T) {
	p.atOnce(t, map[string]func(*testing.T){
		"form":        p.throughTheForm,
		"label":       p.throughALabel,
		"labelled":    p.labelledByAnother,
		"comment":     p.throughAComment,
		"link":        p.onlyALink,
		"evidence":    p.withEvidence,
		"conflict":    p.pastAConflictedCommittee,
		"addition":    p.whenAnAdditionNamesAResponder,
		"nobody":      p.whenNobodyMayTakeIt,
		"wrong pages": p.wrongPages,
		"deliveries":  p.wrongDeliveries,
	})
	t.Run("a disk that fails", p.whenTheDiskFails)
	p.look(t)
	t.Run("a room that becomes public", p.whenARoomBecomesPublic)
	p.look(t)
}

// tellBriefly plays what needs few writes to GitHub, which a server in earnest
// makes one a second.
func (p *plot) tellBriefly(t *testing.T) {
	p.atOnce(t, map[string]func(*testing.T){
		"link":        p.onlyALink,
		"evidence":    p.withEvidence,
		"conflict":    p.pastAConflictedCommittee,
		"nobody":      p.whenNobodyMayTakeIt,
		"wrong pages": p.wrongPages,
		"deliveries":  p.wrongDeliveries,
	})
	t.Run("a disk that fails", p.whenTheDiskFails)
	p.look(t)
}

func (p *plot) atOnce(t *testing.T, acts map[string]func(*testing.T)) {
	t.Run("cases", func(t *testing.T) {
		for name, act := range acts {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				act(t)
			})
		}
	})
	p.look(t)
}

// look records what lies about at this moment.
func (p *plot) look(t *testing.T) {
	t.Helper()
	p.w.sawFiles(t, p.data)
	p.w.sawRows(t, p.database())
	p.w.sawRows(t, p.database()+"-keys")
	p.w.sawRows(t, p.database()+"-evidence")
}

func (p *plot) database() string { return p.data + "/cocrouter.db" }

// person makes an account whose login nobody may be told but these rooms.
func (p *plot) person(t *testing.T, name string, rooms ...string) string {
	t.Helper()
	login := strings.ToLower(rand.Text())
	p.w.learn(leakWord{name: "the login of " + name, word: login, rooms: rooms})
	if err := p.sim.AddUser(login); err != nil {
		t.Fatal(err)
	}
	return login
}

// awkward puts a word where each kind of escaping would have something to do.
func awkward(word string) string { return `They said "<b>` + word + `</b>" & \ 100% ü=3D 'so'.` }

// filled is a form as somebody filled it in. Each answer is a word of its own,
// which must arrive in the rooms.
func (p *plot) filled(name string, rooms ...string) url.Values {
	return url.Values{
		"account": {awkward(p.w.told(name+": account", rooms...))},
		"where":   {awkward(p.w.told(name+": where", rooms...))},
		"when":    {awkward(p.w.told(name+": when", rooms...))},
		"event":   {awkward(p.w.told(name+": event", rooms...))},
		"space":   {"chat"},
		"day":     {p.w.told(name+": day", rooms...)},
		"touches": {awkward(p.w.told(name+": touches", rooms...))},
		"safety":  {awkward(p.w.told(name+": safety", rooms...))}, "safe": {"no"}, "retaliation": {"1"}, "identity": {"ask"},
		"elsewhere": {awkward(p.w.told(name+": elsewhere", rooms...))},
		"reach":     {awkward(p.w.told(name+": reach", rooms...))},
		"keepout":   {"B. " + p.w.told(name+": who must not see it", rooms...)},
		"links":     {"https://example.org/" + p.w.told(name+": link", rooms...) + "?a=b&c=d"},
	}
}

func (p *plot) throughTheForm(t *testing.T) {
	form := p.filled("form", foundationRoom)
	form.Set("who1", p.person(t, "the accused", foundationRoom, accountNumbers))
	form.Set("role1", "accused")
	form.Set("who2", "A. "+p.w.told("form: name of the harmed", foundationRoom)+" O'N")
	form.Set("role2", "harmed")
	form.Set("who3", "@"+p.person(t, "somebody without a role", foundationRoom)+", my neighbour")
	p.fault(http.StatusInternalServerError, http.MethodPost, "/issues", form.Get("account"))
	receipt := p.file(t, toolsRepo, form)
	number := p.settled(t, foundationRoom, foundationCommittee[0], form.Get("account"))

	again := p.filled("form, sent again", foundationRoom)
	again.Set("token", form.Get("token"))
	p.fault(http.StatusUnprocessableEntity, http.MethodPost, "/comments", again.Get("account"))
	if other := p.file(t, toolsRepo, again); other != receipt {
		t.Errorf("the form sent again has another receipt")
	}
	p.answered(t, foundationRoom, foundationCommittee[0], number, again.Get("account"))
	for _, act := range []string{"answer", "urgent", "withdraw"} {
		words := awkward(p.w.answers("with the receipt: "+act, foundationRoom))
		if act == "answer" {
			p.fault(http.StatusBadGateway, http.MethodPost, "/comments", words)
		}
		p.writes(t, receipt, act, words)
		p.answered(t, foundationRoom, foundationCommittee[0], number, words)
	}
	p.work(t, foundationRoom, foundationCommittee[0], number)
	status, page := p.visit(t, http.MethodPost, "/receipt", url.Values{"receipt": {receipt}}, true)
	if status != http.StatusOK || !strings.Contains(page, "<dl>") {
		t.Errorf("the receipt shows nothing: %d", status)
	}
}

// work takes a case through its life, with words wherever words can be, also
// in what is refused.
func (p *plot) work(t *testing.T, room, responder string, number int) {
	word := func(name string) string { return p.w.word(name, room) }
	others := slices.DeleteFunc(slices.Clone(map[string][]string{
		foundationRoom: foundationCommittee, riverRoom: riverCommittee, lanternRoom: lanternCouncil,
	}[room]), func(l string) bool { return l == responder })
	for _, step := range []struct{ say, label string }{
		{"/coc ack", "status/acknowledged"},
		{"/coc screen " + word("words after a command"), ""},
		{"/coc claim\n/coc screen", "status/screening"},
		{"/coc investigate\n" + word("words below a command"), "status/investigating"},
		{"/coc " + word("an unknown verb") + " " + word("after an unknown verb"), ""},
		{"/coc claim @" + strings.ToLower(word("the login of a stranger")), ""},
		{"/coc resolve " + word("an unknown outcome") + " so", ""},
		{"/coc accused " + word("a step that is none"), ""},
		{"/coc accused notified " + word("how the accused were told") + "\n/coc accused heard " + awkward(word("what the accused say")) + "\n\n/coc accused deferred " + word("why the accused are not told") + "\n\n/coc template " + word("a text that there is not"), ""},
		{"/coc interim " + awkward(word("what was done for now")), ""},
		{"/coc interim reverse " + word("a number that is none"), ""},
		{"/coc mediate " + awkward(word("who has consented")), "status/mediation"},
		{"/coc mediate ended " + awkward(word("how the mediation ended")), "status/investigating"},
		{"/coc propose " + word("an unknown proposal") + " so", ""},
		{"/coc propose ban until " + word("a day that is none") + " so", ""},
		{"/coc legal " + word("what is not consulted"), ""},
		{"/coc propose warning " + awkward(word("the outcome's text")), "status/deciding"},
		{"/coc object " + awkward(word("why a member objects")), "others"},
		{"/coc agree", "others"},
		{"/coc resolve ban " + word("another outcome than the carried one"), ""},
		{"/coc resolve warning " + awkward(word("what is added to the outcome")), "status/resolved"},
		{"/coc appeal " + word("a ground that is none"), ""},
		{"/coc ask " + p.w.read("a question to the reporter", room), ""},
		{"/coc update " + awkward(p.w.read("a word to the reporter", room)), ""},
		{"/coc update " + p.w.read("the first of two paragraphs", room) + "\n\n" + word("what is said below"), ""},
		{"/coc evidence https://chat.example/" + word("an address") + " " + awkward(word("the title of evidence")), ""},
		{"/coc evidence " + word("no address"), ""},
		{"/coc link " + word("no case"), ""},
		{"/coc ask @" + strings.ToLower(word("the login of no liaison")) + " " + word("a question to no liaison"), ""},
		{"/coc remedy " + awkward(word("a remedy")), "status/follow-up"},
		{"/coc close", ""},
		{"/coc remedy lapsed 1 " + awkward(word("why a remedy lapsed")) + "\n/coc close", "status/closed"},
		{"/coc reopen " + awkward(word("why it is reopened")), "status/reopened"},
		{"/coc severity " + word("a severity that is none"), ""},
		{"> /coc close " + word("quoted") + "\n\n`/coc close`", "status/reopened"},
	} {
		if step.label == "others" { // whose words are worked before what is said next
			for _, other := range others {
				if _, err := p.sim.Comment(other, room, number, step.say); err != nil {
					t.Fatal(err)
				}
			}
			continue
		}
		before := len(p.comments(t, room, responder, number))
		if _, err := p.sim.Comment(responder, room, number, step.say); err != nil {
			t.Fatal(err)
		}
		p.wait(t, "the room answers "+step.say, func() bool {
			if step.label == "" {
				return len(p.comments(t, room, responder, number)) > before+1
			}
			return slices.Contains(p.issue(t, room, responder, number).labels(), step.label)
		})
	}
}

func (p *plot) throughALabel(t *testing.T) {
	rooms := []string{riverRoom, foundationRoom}
	title, body := p.w.told("labelled issue: title", rooms...), awkward(p.w.told("labelled issue: body", rooms...))
	body += "\nIt was @" + p.person(t, "the accused of the labelled issue", rooms...) + "."
	p.fault(http.StatusServiceUnavailable, http.MethodPost, "/issues", body)
	p.fault(http.StatusForbidden, http.MethodPut, riverRepo+"/issues/", "")
	reporter := p.person(t, "who opened the labelled issue", rooms...)
	issue := p.open(t, reporter, riverRepo, githubsim.NewIssue{Title: title, Body: body, Labels: []string{"code-of-conduct"}, Template: true})
	number := p.settled(t, riverRoom, riverCommittee[0], body)
	p.spoken(t, riverRepo, issue)

	p.fault(http.StatusBadGateway, http.MethodPatch, riverRoom+"/issues/", body)
	why := awkward(p.w.told("why it is escalated", foundationRoom))
	if _, err := p.sim.Comment(riverCommittee[0], riverRoom, number, "/coc escalate "+why); err != nil {
		t.Fatal(err)
	}
	p.settled(t, foundationRoom, foundationCommittee[0], body)
	p.wait(t, "the former issue is closed", func() bool {
		return slices.Contains(p.issue(t, riverRoom, riverCommittee[0], number).labels(), "status/transferred")
	})
}

// labelledByAnother is somebody's issue that another takes for a report.
func (p *plot) labelledByAnother(t *testing.T) {
	author, reporter := p.person(t, "whose issue was labelled", riverRoom), p.person(t, "who labelled it", riverRoom)
	body := awkward(p.w.told("issue labelled later: body", riverRoom))
	issue := p.open(t, author, riverRepo, githubsim.NewIssue{Title: p.w.told("issue labelled later: title", riverRoom), Body: body})
	err := errors.Join(p.sim.AddCollaborator(riverRepo, reporter, "triage"), p.sim.Label(reporter, riverRepo, issue, "code-of-conduct"))
	if err != nil {
		t.Fatal(err)
	}
	number := p.settled(t, riverRoom, riverCommittee[1], body)
	p.work(t, riverRoom, riverCommittee[1], number)
}

func (p *plot) throughAComment(t *testing.T) {
	author, reporter := p.person(t, "who opened the thread", lanternRoom), p.person(t, "who commented", lanternRoom)
	issue := p.open(t, author, lanternRepo, githubsim.NewIssue{Title: p.w.word("thread: title"), Body: p.w.word("thread: body")})
	said := "/coc report\n" + awkward(p.w.told("captured comment", lanternRoom)) + " @" + p.person(t, "the accused of the comment", lanternRoom)
	p.fault(http.StatusUnprocessableEntity, http.MethodPost, "/issues", said)
	p.fault(http.StatusInternalServerError, http.MethodPost, "/graphql", "minimizeComment")
	p.fault(http.StatusForbidden, http.MethodPost, lanternRepo+"/issues/", "")
	if _, err := p.sim.Comment(reporter, lanternRepo, issue, said); err != nil {
		t.Fatal(err)
	}
	number := p.settled(t, lanternRoom, lanternCouncil[0], said)
	p.work(t, lanternRoom, lanternCouncil[0], number)
}

// onlyALink is a public command where the project wants the form to be used:
// nothing of it may be kept or passed on.
func (p *plot) onlyALink(t *testing.T) {
	author := p.person(t, "who asked in public")
	issue := p.open(t, author, toolsRepo, githubsim.NewIssue{Title: p.w.word("asked in public: title"), Body: p.w.word("asked in public: body")})
	if _, err := p.sim.Comment(author, toolsRepo, issue, "/coc report "+awkward(p.w.word("asked in public"))); err != nil {
		t.Fatal(err)
	}
	p.spoken(t, toolsRepo, issue)
}

// pastAConflictedCommittee names a responder of the project's own committee,
// who can read its room: no word of it may go there.
func (p *plot) pastAConflictedCommittee(t *testing.T) {
	form := p.filled("about a responder", foundationRoom)
	form.Set("who1", riverCommittee[2])
	form.Set("role1", "accused")
	p.fault(http.StatusUnprocessableEntity, http.MethodPost, "/issues", form.Get("account"))
	p.file(t, riverRepo, form)
	p.settled(t, foundationRoom, foundationCommittee[0], form.Get("account"))
}

// whenAnAdditionNamesAResponder is a report whose second part is about somebody
// who can read where the first is: the case moves on, and no word of the second
// part goes to the room it leaves, also not later.
func (p *plot) whenAnAdditionNamesAResponder(t *testing.T) {
	form := p.filled("first part", riverRoom, foundationRoom)
	p.file(t, riverRepo, form)
	number := p.settled(t, riverRoom, riverCommittee[0], form.Get("account"))
	again := p.filled("second part", foundationRoom)
	again.Set("token", form.Get("token"))
	again.Set("who1", "@"+riverCommittee[1]+", "+p.w.told("second part: name", foundationRoom))
	again.Set("role1", "accused")
	p.file(t, riverRepo, again)
	moved := p.settled(t, foundationRoom, foundationCommittee[0], again.Get("account"))
	third := p.filled("third part", foundationRoom)
	third.Set("token", form.Get("token"))
	p.file(t, riverRepo, third)
	p.answered(t, foundationRoom, foundationCommittee[0], moved, third.Get("account"))
	p.work(t, foundationRoom, foundationCommittee[0], moved)
	p.wait(t, "the former issue is closed", func() bool {
		return slices.Contains(p.issue(t, riverRoom, riverCommittee[0], number).labels(), "status/transferred")
	})
}

// whenNobodyMayTakeIt names everybody at the end of the chain: the report stays
// in the store, and operators are told no word of it.
func (p *plot) whenNobodyMayTakeIt(t *testing.T) {
	form := p.filled("about the foundation")
	for i, login := range foundationCommittee {
		form.Set("who"+strconv.Itoa(i+1), login)
	}
	receipt := p.file(t, toolsRepo, form)
	p.wait(t, "the receipt names whom to ask", func() bool {
		_, page := p.visit(t, http.MethodPost, "/receipt", url.Values{"receipt": {receipt}}, true)
		return strings.Contains(page, "conduct@foundation.example")
	})
}

// wrongPages is what people send that cannot be taken. What comes back to
// whoever typed it is in the form alone, and never in a header.
func (p *plot) wrongPages(t *testing.T) {
	word := func(name string) string { return p.w.word("not taken: " + name) }
	report := "/report/" + toolsRepo
	token := func() string { return rand.Text() }
	for _, c := range []struct {
		name   string
		form   url.Values
		status int
		back   bool // the words are given back
	}{
		{"no account", url.Values{"token": {token()}, "account": {" \u200b"}, "where": {word("where")}, "who4": {word("who")}}, 422, true},
		{"too long", url.Values{"token": {token()}, "account": {word("long") + strings.Repeat(" x", 300<<10)}}, 413, true},
		{"far too long", url.Values{"token": {token()}, "account": {word("far too long") + strings.Repeat("x", 5<<20)}}, 413, false},
		{"a token that is none", url.Values{"token": {"?" + word("in the token")}, "account": {word("without a token")}}, 422, true},
		{"bytes that are not UTF-8", url.Values{"account": {"\xff\xfe" + word("not UTF-8")}}, 422, true},
		{"an event too long", url.Values{"token": {token()}, "account": {word("beside an event")}, "event": {word("event") + strings.Repeat("x", 300)}, "touches": {word("touches")}, "day": {word("day")}}, 422, true},
		{"a link too long", url.Values{"token": {token()}, "account": {word("beside a link")}, "links": {word("link") + strings.Repeat("/x", 3000)}}, 422, true},
	} {
		// A token that is none is replaced, so that it does not come back.
		typed := maps.Clone(c.form)
		typed.Del("token")
		status, page := p.visit(t, http.MethodPost, report, c.form, c.back)
		if status != c.status {
			t.Errorf("%s: answered %d, want %d", c.name, status, c.status)
		}
		if first := typed.Get("account"); c.back && strings.TrimSpace(first) != "\u200b" && !strings.Contains(page, html.EscapeString(first[max(0, len(first)-20):])) {
			t.Errorf("%s: the words are not given back", c.name)
		}
	}
	for _, c := range []struct {
		name, method, path, media, origin, body string
		status                                  int
	}{
		{"a broken escape", "POST", report, "application/x-www-form-urlencoded", p.origin, "account=%zz" + word("broken escape"), 400},
		{"another site's form", "POST", report, "application/x-www-form-urlencoded", "https://elsewhere.example", "account=" + word("another site"), 403},
		{"another kind of form", "POST", report, "text/plain", p.origin, "account=" + word("text/plain"), 422},
		{"a page that is not there", "GET", "/" + word("a path"), "", "", "", 404},
		{"a form for no repository", "GET", "/report/-" + word("an owner") + "/x", "", "", "", 404},
		{"words in a query", "GET", report + "?account=" + word("a query"), "", "", "", 200},
		{"a receipt in an address", "GET", "/receipt?receipt=" + word("a receipt in an address"), "", "", "", 200},
		{"no receipt", "POST", "/receipt", "application/x-www-form-urlencoded", p.origin, "receipt=" + word("typed for a receipt"), 404},
		{"a method that is none", "PUT", report, "", p.origin, word("of a PUT"), 404},
	} {
		req, err := http.NewRequestWithContext(t.Context(), c.method, p.address+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", c.media)
		req.Header.Set("Origin", c.origin)
		status, _ := p.send(t, req, "")
		if status != c.status {
			t.Errorf("%s: answered %d, want %d", c.name, status, c.status)
		}
	}
	// Words written with a receipt that nobody has are given back to who wrote them.
	written := word("written with a receipt that nobody has")
	status, page := p.visit(t, http.MethodPost, "/receipt", url.Values{"act": {"answer"}, "token": {token()}, "receipt": {"AAAAA-AAAAA-AAAAA-AAAAA"}, "words": {written}}, true)
	if status != http.StatusNotFound || !strings.Contains(page, written) {
		t.Errorf("words written with a receipt that nobody has: answered %d, and given back: %t", status, strings.Contains(page, written))
	}
	// The page that asks for a repository gives back what was typed, once.
	asked := "no repository, " + word("typed for a repository")
	if status, _ := p.visit(t, http.MethodGet, "/report?repository="+url.QueryEscape(asked), url.Values{"repository": {asked}}, true); status != http.StatusUnprocessableEntity {
		t.Errorf("what is no repository is answered %d", status)
	}
}

// wrongDeliveries is what anybody can send to the webhook, and what GitHub
// might if it were broken.
func (p *plot) wrongDeliveries(t *testing.T) {
	word := func(name string) string { return p.w.word("delivery " + name) }
	signed := func(body string) string {
		m := hmac.New(sha256.New, p.secret)
		m.Write([]byte(body))
		return "sha256=" + hex.EncodeToString(m.Sum(nil))
	}
	comment := func(word string) string {
		return `{"action":"created","comment":{"id":1,"body":"/coc report ` + word + `","user":{"login":"` + word + `","type":"User"}},"issue":{"number":1},"repository":{"id":7,"full_name":"x/` + word + `"}}`
	}
	for name, c := range map[string]struct {
		event, body, signature string
		status                 int
	}{
		"unsigned":         {"issue_comment", comment(word("unsigned")), "", 401},
		"wrongly signed":   {"issue_comment", comment(word("wrongly signed")), signed("other"), 401},
		"no JSON":          {"issue_comment", "/coc report " + word("no JSON"), signed("?"), 400},
		"cut short":        {"issue_comment", comment(word("cut short"))[:90], signed("?"), 400},
		"unknown":          {word("event"), comment(word("unknown")), signed("?"), 200},
		"not as expected":  {"issue_comment", strings.Replace(comment(word("not as expected")), `"number":1`, `"number":"/coc `+word("for a number")+`"`, 1), signed("?"), 0},
		"with nothing new": {"issues", `{"action":"` + word("action") + `","issue":{"body":"` + word("issue") + `"}}`, signed("?"), 200},
	} {
		if c.signature == signed("?") {
			c.signature = signed(c.body)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.address+"/api/github/hook", strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range map[string]string{
			"Content-Type": "application/json", "X-GitHub-Event": c.event, "X-GitHub-Delivery": rand.Text(),
			"X-GitHub-Hook-Installation-Target-ID": "1001", "X-Hub-Signature-256": c.signature,
		} {
			req.Header.Set(k, v)
		}
		if status, said := p.send(t, req, ""); status != c.status && c.status != 0 {
			t.Errorf("%s: answered %d %q, want %d", name, status, said, c.status)
		}
	}
}

// whenTheDiskFails has the database refuse what is to be written, in the words
// of what is written as far as the database has them.
func (p *plot) whenTheDiskFails(t *testing.T) {
	form := p.filled("while the disk fails", foundationRoom)
	p.exec(t, `CREATE TRIGGER broken BEFORE INSERT ON intakes BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END`)
	status, page := p.visit(t, http.MethodPost, "/report/"+toolsRepo, p.with(form), true)
	if status != http.StatusServiceUnavailable || !strings.Contains(page, html.EscapeString(form.Get("account"))) {
		t.Errorf("a report that was not saved is answered %d, or its words are lost", status)
	}
	author := p.person(t, "whose delivery was not taken", lanternRoom)
	issue := p.open(t, author, lanternRepo, githubsim.NewIssue{Title: "Anything"})
	said := "/coc report " + awkward(p.w.told("delivery that was not taken", lanternRoom))
	if _, err := p.sim.Comment(author, lanternRepo, issue, said); err != nil {
		t.Fatal(err)
	}
	if err := p.sim.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.exec(t, `DROP TRIGGER broken`)
	p.exec(t, `CREATE TRIGGER broken BEFORE INSERT ON cases BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`)
	p.redeliver(t)
	p.file(t, toolsRepo, form)
	p.wait(t, "jobs have failed", func() bool {
		return len(tableRows(t, p.db, `SELECT id FROM river_job WHERE errors IS NOT NULL AND finalized_at IS NULL`)) >= 2
	})
	p.look(t)
	p.exec(t, `DROP TRIGGER broken`)
	p.settled(t, foundationRoom, foundationCommittee[0], form.Get("account"))
	p.settled(t, lanternRoom, lanternCouncil[0], said)
}

// whenARoomBecomesPublic publishes the foundation's room, where only owners may say
// who sees a repository: nothing more is written there, what is said there in public
// stays unanswered, and reports that would go there stay in the store.
func (p *plot) whenARoomBecomesPublic(t *testing.T) {
	hides := func(r *http.Request) bool {
		return r.Method == http.MethodPatch && strings.HasSuffix(r.URL.Path, "/repos/"+foundationRoom)
	}
	p.sim.Fail(hides, 0, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"message":"Visibility can only be changed by organization owners"}`)
	})
	number := p.newest(t, foundationRoom, foundationCommittee[0])
	if err := p.sim.SetVisibility(foundationRoom, "public"); err != nil {
		t.Fatal(err)
	}
	if _, err := p.sim.Comment(foundationCommittee[0], foundationRoom, number, "/coc ack\n/coc accused notified\n/coc propose warning "+p.w.word("said in a room that is public")); err != nil {
		t.Fatal(err)
	}
	form := p.filled("while the room is public")
	receipt := p.file(t, toolsRepo, form)
	p.wait(t, "the report is kept in the store", func() bool {
		_, page := p.visit(t, http.MethodPost, "/receipt", url.Values{"receipt": {receipt}}, true)
		return strings.Contains(page, "conduct@foundation.example")
	})
	if err := p.sim.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// with is the form with a token of its page, as a browser has it.
func (p *plot) with(form url.Values) url.Values {
	form.Set("token", rand.Text())
	return form
}

// file files a report as a browser does. Its token and its receipt are words to
// look for too: either shows the case's progress to whoever has it.
func (p *plot) file(t *testing.T, repo string, form url.Values) (receipt string) {
	t.Helper()
	page := "/report/" + repo
	if form.Get("token") == "" {
		_, empty := p.visit(t, http.MethodGet, page, nil, false)
		token := formToken.FindStringSubmatch(empty)
		if token == nil {
			t.Fatalf("the form at %s has no token", page)
		}
		form.Set("token", token[1])
	}
	status, done := p.visit(t, http.MethodPost, page, form, false)
	if receipt = receiptIn(done); status != http.StatusOK || receipt == "" {
		t.Fatalf("no receipt: %d\n%s", status, done)
	}
	p.w.learn(leakWord{name: "a receipt", word: receipt})
	p.w.learn(leakWord{name: "a form's token", word: form.Get("token")})
	return receipt
}

// writes sends something with a receipt, as a browser does.
func (p *plot) writes(t *testing.T, receipt, act, words string) {
	t.Helper()
	_, page := p.visit(t, http.MethodPost, "/receipt", url.Values{"receipt": {receipt}}, true)
	form, err := formOnPage(page, act)
	if err != nil {
		t.Fatal(err)
	}
	p.w.learn(leakWord{name: "a token of the receipt's page", word: form.Get("token")})
	form.Set("words", words)
	form.Set("danger", "1")
	if status, page := p.visit(t, http.MethodPost, "/receipt", form, true); status != http.StatusOK || !strings.Contains(page, "It is saved") {
		t.Fatalf("%s: %d\n%s", act, status, page)
	}
}

// visit asks for one of our pages, or sends a form to it. back says that the
// page may give back what the form holds.
func (p *plot) visit(t *testing.T, method, path string, form url.Values, back bool) (status int, page string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, p.address+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Body = io.NopCloser(strings.NewReader(form.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", p.origin)
	}
	typed := ""
	if back {
		for _, values := range form {
			typed += strings.Join(values, "\n") + "\n"
		}
	}
	p.stranger.sign(req)
	return p.send(t, req, typed)
}

func (p *plot) send(t *testing.T, req *http.Request, typed string) (status int, page string) {
	t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if p.stranger != nil {
		client.Transport = p.stranger.client.Transport
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	// A receipt and a form's token belong on the page that gives them.
	typed += receiptIn(string(body))
	if token := formToken.FindSubmatch(body); token != nil {
		typed += "\n" + string(token[1])
	}
	p.w.sawPage(fmt.Sprintf("%s %.40s, %d", req.Method, req.URL.Path, resp.StatusCode), resp.Header, body, typed)
	return resp.StatusCode, string(body)
}

// fault lets GitHub fail once, at a request to such a path with such words in
// it, in an answer that gives back everything it was sent.
func (p *plot) fault(status int, method, path, words string) {
	words = wordIn(words)
	match := func(r *http.Request) bool {
		if r.Method != method || !strings.Contains(strings.ToLower(r.URL.Path), strings.ToLower(path)) {
			return false
		}
		body, _ := io.ReadAll(r.Body)
		return bytes.Contains(body, []byte(words))
	}
	p.sim.Fail(match, 1, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("X-Request-Echo", url.QueryEscape(string(body)))
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]any{
			"message":           "Cannot process " + string(body),
			"documentation_url": "https://example.org/" + url.QueryEscape(string(body)),
			"errors":            []map[string]string{{"resource": "Issue", "field": "body", "code": "custom", "message": string(body)}},
		})
	})
}

// wordIn is the longest run of letters of a text, which defusing and JSON
// leave alone: its word.
func wordIn(text string) string {
	longest := ""
	for _, run := range strings.FieldsFunc(text, func(r rune) bool { return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9') }) {
		if len(run) > len(longest) {
			longest = run
		}
	}
	return longest
}

func (p *plot) open(t *testing.T, login, repo string, i githubsim.NewIssue) int {
	t.Helper()
	number, err := p.sim.OpenIssue(login, repo, i)
	if err != nil {
		t.Fatal(err)
	}
	return number
}

// settled waits until the case with these words stands in a room.
func (p *plot) settled(t *testing.T, room, responder, words string) (number int) {
	t.Helper()
	p.wait(t, "a case arrives in "+room, func() bool {
		for _, i := range p.issues(t, room, responder) {
			if strings.Contains(i.Body, wordIn(words)) {
				number = i.Number
			}
		}
		return number != 0
	})
	return number
}

// answered waits until a comment with these words stands below a case.
func (p *plot) answered(t *testing.T, room, responder string, number int, words string) {
	t.Helper()
	p.wait(t, "an addition arrives in "+room, func() bool {
		return slices.ContainsFunc(p.comments(t, room, responder, number), func(c ghIssue) bool {
			return strings.Contains(c.Body, wordIn(words))
		})
	})
}

// spoken waits until we said something in public.
func (p *plot) spoken(t *testing.T, repo string, number int) {
	t.Helper()
	p.wait(t, "a sentence in public", func() bool {
		return slices.ContainsFunc(p.comments(t, repo, outsider, number), func(c ghIssue) bool { return strings.HasSuffix(c.User.Login, "[bot]") })
	})
}

func (p *plot) newest(t *testing.T, room, responder string) int {
	t.Helper()
	return slices.MaxFunc(p.issues(t, room, responder), func(a, b ghIssue) int { return a.Number - b.Number }).Number
}

func (p *plot) issues(t *testing.T, room, login string) (all []ghIssue) {
	t.Helper()
	p.read(t, login, "/repos/"+room+"/issues?state=all&per_page=100", &all)
	return all
}

func (p *plot) issue(t *testing.T, room, login string, number int) (i ghIssue) {
	t.Helper()
	p.read(t, login, fmt.Sprintf("/repos/%s/issues/%d", room, number), &i)
	return i
}

func (p *plot) comments(t *testing.T, repo, login string, number int) (all []ghIssue) {
	t.Helper()
	p.read(t, login, fmt.Sprintf("/repos/%s/issues/%d/comments?per_page=100", repo, number), &all)
	return all
}

func (p *plot) read(t *testing.T, login, path string, into any) {
	t.Helper()
	status, err := p.ask(t.Context(), login, http.MethodGet, path, nil, into)
	if err != nil || status != http.StatusOK {
		t.Fatalf("%s reads %s: %d, %v", login, path, status, err)
	}
}

func (p *plot) wait(t *testing.T, what string, so func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), p.patience)
	defer cancel()
	if err := p.await(ctx, what, func() (bool, error) { return so(), nil }); err != nil {
		t.Fatal(err)
	}
}

func (p *plot) exec(t *testing.T, statement string) {
	t.Helper()
	if _, err := p.db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// redeliver sends again what was answered with 503, as an operator or a sweep
// of the delivery log would.
func (p *plot) redeliver(t *testing.T) {
	t.Helper()
	n := 0
	for _, d := range p.sim.Deliveries() {
		if d.StatusCode == http.StatusServiceUnavailable && !d.Redelivery {
			if err := p.sim.Redeliver(d.GUID); err != nil {
				t.Fatal(err)
			}
			n++
		}
	}
	if n == 0 {
		t.Error("no delivery was refused while the disk failed")
	}
}
