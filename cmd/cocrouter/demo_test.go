package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
	"github.com/cocrouter/cocrouter/pkg/githubsim/openapitest"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

func TestDemoOncePlaysEveryStoryToItsEnd(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "kept")
	code, out, errs := watched(t, "demo", "--once", "--data", data)
	if code != exitFine {
		log, _ := os.ReadFile(filepath.Join(data, "cocrouter.log"))
		t.Fatalf("exit %d: %s\n%s\n%s", code, errs, out, log)
	}
	for _, want := range []string{
		"Example Foundation Conduct Committee", "River Conduct Committee", "Lantern Council",
		"status/received", "status/acknowledged",
		"/foundation-conduct/cases/issues/1", "/river-conduct/cases/issues/1", "/lantern-labs/council-cases/issues/1",
		"Each case is where it must be.",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("it did not print %q", want)
		}
	}
	if code, _, errs := shell(t, "", "demo", "--once", "--data", data); code != exitWrong || !strings.Contains(errs, "not empty") {
		t.Errorf("used again, the folder gives exit %d: %s", code, errs)
	}
}

// watched is shell for the demo, with every exchange between it and its GitHub
// held against GitHub's description.
func watched(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = runDemo(t.Context(), args, terminal{strings.NewReader(""), &o, &e}, underWatch(t))
	return code, o.String(), e.String()
}

func underWatch(t *testing.T) demo {
	return demo{watch: func(sim *githubsim.Sim) { openapitest.Attach(t, sim) }}
}

// The demo's verdict must be able to fail: where a committee's room is public,
// its case goes to the foundation instead, and the demo has to say so.
func TestDemoFailsWhenACaseEndsElsewhere(t *testing.T) {
	t.Parallel()
	s := startScene(t)
	if err := s.sim.SetVisibility(riverRoom, "public"); err != nil {
		t.Fatal(err)
	}
	river := stories()[1]
	err := s.play(io.Discard, 2*time.Second).perform(t.Context(), 2, river)
	if err == nil || !strings.Contains(err.Error(), "finds the case in "+riverRoom) {
		t.Errorf("the story ended with %v", err)
	}
	patient, cancel := context.WithTimeout(t.Context(), demoPatience)
	defer cancel()
	if _, err := s.play(io.Discard, 0).caseIn(patient, foundationCommittee[0], foundationRoom); err != nil {
		t.Errorf("the case is not where it belongs either: %v", err)
	}
}

// startScene runs the demo's world without its stories.
func startScene(t *testing.T) *scene {
	t.Helper()
	d := underWatch(t)
	d.addr = "127.0.0.1:0"
	s, err := d.build(t.Context(), t.TempDir(), zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.server.run(ctx, s.public, nil) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-ended, s.sim.Close()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Nor is it enough that the case is there: it must be hidden, and carry its
// labels.
func TestDemoIsNotContentWithWhatAnybodyReadsNorWithOtherLabels(t *testing.T) {
	t.Parallel()
	s := startScene(t)
	p := s.play(io.Discard, demoPatience)
	n, err := s.sim.OpenIssue(talker, riverRepo, githubsim.NewIssue{Title: "In public"})
	if err != nil {
		t.Fatal(err)
	}
	river := stories()[1]
	if err := p.hiddenFrom(t.Context(), river, ghIssue{Number: n}); err != nil {
		t.Errorf("in the committee's room: %v", err)
	}
	river.room = riverRepo
	if err := p.hiddenFrom(t.Context(), river, ghIssue{Number: n}); err == nil {
		t.Error("an issue that everybody reads passes for hidden")
	}
	i := ghIssue{}
	if err := json.Unmarshal([]byte(`{"labels": [{"name": "status/received"}, {"name": "escalation/project"}]}`), &i); err != nil {
		t.Fatal(err)
	}
	if err := checkLabels(i, "status/received", "escalation/project"); err != nil {
		t.Error(err)
	}
	if err := checkLabels(i, "status/received", "escalation/foundation"); err == nil {
		t.Error("another level passes for the one that it must be")
	}
}

// visitor is a person with a browser at the simulated GitHub's pages.
type visitor struct {
	t      *testing.T
	client *http.Client
	at     string // the address of the page
	page   string
}

// visit signs in as somebody, on the front page.
func visit(t *testing.T, github, login string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{t: t, client: &http.Client{Jar: jar, Timeout: demoPatience}}
	v.open(github)
	v.submit("/login", "as", login)
	return v
}

func (v *visitor) open(address string) {
	v.t.Helper()
	v.send(http.MethodGet, address, nil)
}

// click follows the link with these words.
func (v *visitor) click(words string) {
	v.t.Helper()
	v.open(v.found(`<a [^>]*href="([^"]+)"[^>]*>` + regexp.QuoteMeta(words) + `</a>`))
}

// submit fills in the page's form whose address ends so. Browsers end lines
// with CR LF.
func (v *visitor) submit(form string, answers ...string) {
	v.t.Helper()
	filled := url.Values{}
	for i := 0; i < len(answers); i += 2 {
		filled.Set(answers[i], strings.ReplaceAll(answers[i+1], "\n", "\r\n"))
	}
	v.send(http.MethodPost, v.found(`<form [^>]*method="post" action="([^"]*`+regexp.QuoteMeta(form)+`)"`), filled)
}

// found is the address that the page gives there.
func (v *visitor) found(pattern string) string {
	v.t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(v.page)
	if m == nil {
		v.t.Fatalf("%s has no %s:\n%s", v.at, pattern, pageText(v.page))
	}
	here, err := url.Parse(v.at)
	if err != nil {
		v.t.Fatal(err)
	}
	there, err := here.Parse(html.UnescapeString(m[1]))
	if err != nil {
		v.t.Fatal(err)
	}
	return there.String()
}

func (v *visitor) send(method, address string, form url.Values) {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := v.client.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		v.t.Fatalf("%s %s: %s, %v\n%s", method, address, resp.Status, err, pageText(string(text)))
	}
	v.at, v.page = resp.Request.URL.String(), string(text)
}

// What the demo invites people to do at its end works as it says, on the pages
// and by nothing else.
func TestFurtherProjectIsRoutedByTheFileThatTheDemoSuggests(t *testing.T) {
	t.Parallel()
	s := startScene(t)
	github := s.sim.URL()
	mira := visit(t, github, maintainer)
	mira.open(github + "/" + toolsRepo)
	mira.click("Add a file")
	mira.submit("/new/main", "path", ".github/coc.yaml", "content", invitedPointer, "message", "Who handles reports")

	nell := visit(t, github, newcomer)
	nell.open(github + "/" + toolsRepo + "/issues")
	nell.click("New issue")
	nell.submit("/issues", "title", "A question", "body", "")
	nell.submit("/comment", "body", "/coc report\nPlease look at this.")

	ctx, cancel := context.WithTimeout(t.Context(), demoPatience)
	defer cancel()
	found, err := s.play(io.Discard, 0).caseIn(ctx, foundationCommittee[0], foundationRoom)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(found.Body, "points to Example Foundation Conduct Committee") {
		t.Errorf("the case does not say that the file led it here:\n%s", found.Body)
	}
	fay := visit(t, github, foundationCommittee[0])
	fay.open(github + "/" + foundationRoom + "/issues")
	fay.click(found.Title)
	if !strings.Contains(pageText(fay.page), "Please look at this.") {
		t.Errorf("the case's page shows\n%s", pageText(fay.page))
	}
}

func TestDemoPlaysOnUntilItIsInterrupted(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	out, errs := &lines{}, &lines{}
	ended := make(chan int, 1)
	go func() {
		ended <- runDemo(ctx, []string{"demo", "--addr", "127.0.0.1:0"}, terminal{nil, out, errs}, underWatch(t))
	}()
	waitFor(t, func() bool { return strings.Contains(out.String(), "Ctrl-C stops.") || len(ended) > 0 })
	interrupt()
	if code := <-ended; code != exitFine {
		t.Errorf("exit %d: %s\n%s", code, errs, out)
	}
	if !strings.Contains(out.String(), "Stopping.") {
		t.Errorf("it printed\n%s", out)
	}
}

func TestInterruptedVerdictIsNoSuccess(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	if code := runDemo(ctx, []string{"demo", "--once"}, terminal{nil, io.Discard, io.Discard}, underWatch(t)); code != exitWrong {
		t.Errorf("exit %d", code)
	}
}

// The folder holds a key that opens what people typed while they played. Not
// parallel: the place for temporary files is the whole process's.
func TestDemoLeavesNoTemporaryFolderBehind(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	kept := func() int {
		t.Helper()
		entries, err := os.ReadDir(temporary)
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	d := underWatch(t)
	attach := d.watch
	d.watch = func(sim *githubsim.Sim) {
		attach(sim)
		if kept() != 1 {
			t.Errorf("%d temporary folders while it runs, want its own", kept())
		}
		interrupt()
	}
	if code := runDemo(ctx, []string{"demo", "--once"}, terminal{nil, io.Discard, io.Discard}, d); code != exitWrong {
		t.Errorf("exit %d", code)
	}
	if kept() != 0 {
		t.Errorf("%d temporary folders are left", kept())
	}
}

func TestDemoListensOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"0.0.0.0:7070", "192.0.2.1:7070", ":7070", "localhost:7070", "127.0.0.1"} {
		if code, _, errs := shell(t, "", "demo", "--once", "--addr", addr); code != exitUsage || !strings.Contains(errs, "loopback") {
			t.Errorf("--addr %s: exit %d, %s", addr, code, errs)
		}
	}
}

func TestDemoFilesAreValid(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]policy.Problems{
		"directory": second(policy.ParseDirectory([]byte(demoDirectory()))),
		"river":     second(policy.ParsePointer([]byte(riverPointer))),
		"lantern":   second(policy.ParsePointer([]byte(lanternPointer))),
		"river's":   second(policy.ParseCommittee([]byte(riverFile()))),
		"lantern's": second(policy.ParseCommittee([]byte(lanternFile()))),
	} {
		if len(p) > 0 {
			t.Errorf("%s: %v", name, p)
		}
	}
}

func second[A, B any](_ A, b B) B { return b }
