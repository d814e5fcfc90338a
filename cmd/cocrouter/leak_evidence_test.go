package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

// withEvidence is a report with files and with a link to what was said. The names of
// the files stand in the room; what is in them, and what was captured, is read by the
// members on our pages and stands nowhere.
func (p *plot) withEvidence(t *testing.T) {
	author := p.person(t, "whose words are captured")
	issue := p.open(t, author, toolsRepo, githubsim.NewIssue{Title: p.w.word("captured: title"), Body: p.w.word("captured: what stood around")})
	said := p.w.word("captured: before it was edited")
	comment, err := p.sim.Comment(author, toolsRepo, issue, said)
	if err != nil {
		t.Fatal(err)
	}
	edited := p.w.word("captured: the words")
	p.edits(t, author, comment, edited)
	at := fmt.Sprintf("%s/%s/issues/%d#issuecomment-%d", p.github, toolsRepo, issue, comment)
	p.failsWith(fmt.Sprintf("/issues/comments/%d", comment), edited)

	form := p.filled("with files", foundationRoom)
	form.Set("links", form.Get("links")+"\n"+at)
	content := p.w.word("what is in a file")
	files := map[string]string{
		p.w.told("the name of a file", foundationRoom) + ".txt": strings.Repeat(content+" ", 12000), // more than one piece
		p.w.told("the name of a picture", foundationRoom):       drawn(t) + p.w.word("behind a picture"),
	}
	p.notKept(t, p.filled("beside a file that is not kept"))
	status, page := p.sends(t, "/report/"+toolsRepo, p.with(form), files, true)
	receipt := receiptIn(page)
	if status != http.StatusOK || receipt == "" {
		t.Fatalf("no receipt: %d\n%s", status, page)
	}
	p.w.learn(leakWord{name: "a receipt", word: receipt})
	number := p.settled(t, foundationRoom, foundationCommittee[0], form.Get("account"))

	_, page = p.visit(t, http.MethodPost, "/receipt", url.Values{"receipt": {receipt}}, true)
	answer, err := formOnPage(page, "answer")
	if err != nil {
		t.Fatal(err)
	}
	answer.Set("words", awkward(p.w.answers("beside a file", foundationRoom)))
	later := map[string]string{p.w.told("the name of a later file", foundationRoom) + ".txt": p.w.word("what is in a later file")}
	if status, page := p.sends(t, "/receipt", answer, later, true); status != http.StatusOK || !strings.Contains(page, "It is saved") {
		t.Fatalf("%d\n%s", status, page)
	}

	body := ""
	p.wait(t, "everything is captured and told", func() bool {
		body = p.issue(t, foundationRoom, foundationCommittee[0], number).Body
		return strings.Contains(body, "captured as") && strings.Contains(body, slices.Collect(maps.Keys(later))[0])
	})
	p.edits(t, author, comment, p.w.word("captured: the words, later"))
	for _, tells := range []string{"the text is another", "is gone there"} {
		if _, err := p.sim.Comment(foundationCommittee[0], foundationRoom, number, "/coc evidence "+at); err != nil {
			t.Fatal(err)
		}
		p.wait(t, "the room is told that "+tells, func() bool {
			return slices.ContainsFunc(p.comments(t, foundationRoom, foundationCommittee[0], number), func(c ghIssue) bool { return strings.Contains(c.Body, tells) })
		})
		if tells == "the text is another" {
			if err := p.sim.DeleteComment(author, toolsRepo, comment); err != nil {
				t.Fatal(err)
			}
		}
	}
	p.reads(t, body, said, edited, content)
}

// reads opens each item that a body leads to, where people can sign in. What a member
// is given is for them; these words must be in it.
func (p *plot) reads(t *testing.T, body string, words ...string) {
	t.Helper()
	links := exhibitLink.FindAllStringSubmatch(body, -1)
	if len(links) == 0 {
		return
	}
	b := (&town{t: t, Sim: p.sim, play: p.play}).browser()
	b.signIn(foundationCommittee[0], "/cases")
	all := ""
	for _, link := range links {
		status, text := b.get(link[1])
		if status != http.StatusOK {
			t.Errorf("%s: %d", link[1], status)
		}
		all += text
	}
	for _, word := range words {
		if !strings.Contains(all, word) {
			t.Errorf("no item of %d has what it must: nothing is proved", len(links))
		}
	}
	p.adds(t, b, regexp.MustCompile(`^/cases/[a-z2-7]+`).FindString(links[0][1]))
}

// adds is files of a member's, one of which is not taken.
func (p *plot) adds(t *testing.T, b *browser, record string) {
	t.Helper()
	name := p.w.told("the name of a member's file", foundationRoom) + ".txt"
	for status, files := range map[int]map[string]string{
		http.StatusOK:                  {name: strings.Repeat(p.w.word("what is in a member's file")+" ", 12000)},
		http.StatusUnprocessableEntity: {p.w.word("not kept: the name of a member's page"): "<!doctype html>" + p.w.word("not kept: what is in a member's page")},
	} {
		_, page := b.get(record)
		token := formToken.FindStringSubmatch(page)
		if token == nil {
			t.Fatalf("no form for files: %s", page)
		}
		kind, body := packed(t, url.Values{"token": {token[1]}}, files)
		if got, page := b.read(b.http.Post(b.at(record+"/evidence"), kind, body)); got != status {
			t.Fatalf("answered %d: %s", got, page)
		}
	}
	if _, page := b.get(record); !strings.Contains(page, name) {
		t.Errorf("a member's file is not on the page: %s", page)
	}
}

// notKept is a form with files of which none may be left: one that is refused, one that
// the disk does not take, and one that somebody broke off.
func (p *plot) notKept(t *testing.T, form url.Values) {
	t.Helper()
	file := func(name, what string) map[string]string {
		return map[string]string{p.w.word("not kept: the name of " + name): what + strings.Repeat(p.w.word("not kept: what is in "+name)+" ", 20000)}
	}
	refused := func(files map[string]string) {
		t.Helper()
		if status, page := p.sends(t, "/report/"+toolsRepo, p.with(form), files, true); status != http.StatusUnprocessableEntity || receiptIn(page) != "" {
			t.Errorf("answered %d", status)
		}
	}
	refused(file("a page", "<!doctype html>"))

	contents := openDatabase(t, p.database()+"-evidence")
	exec := func(statement string) {
		t.Helper()
		if _, err := contents.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	exec(`CREATE TRIGGER broken BEFORE INSERT ON pieces WHEN NEW.n > 0 BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END`)
	refused(file("what the disk does not take", ""))
	exec(`DROP TRIGGER broken`)

	kind, body := packed(t, p.with(form), file("what is broken off", ""))
	gone := errors.New("somebody went away")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.address+"/report/"+toolsRepo, io.MultiReader(io.LimitReader(body, int64(body.Len()/2)), iotest.ErrReader(gone)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Origin", p.origin)
	if resp, err := http.DefaultClient.Do(req); err == nil {
		_ = resp.Body.Close()
	} else if !errors.Is(err, gone) {
		t.Error(err)
	}
}

// packed is a form with files as a browser sends it, the words first.
func packed(t *testing.T, form url.Values, files map[string]string) (kind string, body *bytes.Buffer) {
	t.Helper()
	body = &bytes.Buffer{}
	m := multipart.NewWriter(body)
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(form)) {
		errs = append(errs, m.WriteField(name, form.Get(name)))
	}
	for name, what := range files {
		part, err := m.CreateFormFile("files", name)
		if err == nil {
			_, err = io.WriteString(part, what)
		}
		errs = append(errs, err)
	}
	if err := errors.Join(append(errs, m.Close())...); err != nil {
		t.Fatal(err)
	}
	return m.FormDataContentType(), body
}

// sends is visit with files. Its page may give back what the form holds, and nothing
// of the files.
func (p *plot) sends(t *testing.T, path string, form url.Values, files map[string]string, back bool) (status int, page string) {
	t.Helper()
	p.w.learn(leakWord{name: "a token of a form with files", word: form.Get("token")})
	kind, body := packed(t, form, files)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.address+path, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Origin", p.origin)
	typed := ""
	if back {
		for _, values := range form {
			typed += strings.Join(values, "\n") + "\n"
		}
	}
	return p.send(t, req, typed)
}

func (p *plot) edits(t *testing.T, author string, comment int64, words string) {
	t.Helper()
	if err := p.sim.EditComment(author, toolsRepo, comment, words); err != nil {
		t.Fatal(err)
	}
}

// failsWith lets GitHub fail once where something is read, in an answer that has words
// of what was asked for.
func (p *plot) failsWith(path, words string) {
	match := func(r *http.Request) bool { return r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, path) }
	p.sim.Fail(match, 1, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("X-Request-Id", rand.Text())
		w.WriteHeader(http.StatusBadGateway)
		_ = json.NewEncoder(w).Encode(map[string]any{"message": "Cannot show " + words, "documentation_url": "https://example.org/" + words})
	})
}
