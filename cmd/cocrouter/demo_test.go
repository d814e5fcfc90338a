package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
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

// What the demo invites people to do at its end works as it says.
func TestFurtherProjectIsRoutedByTheFileThatTheDemoSuggests(t *testing.T) {
	t.Parallel()
	s := startScene(t)
	if err := s.sim.PutFileAs(maintainer, toolsRepo, ".github/coc.yaml", invitedPointer, "Who handles reports"); err != nil {
		t.Fatal(err)
	}
	issue, err := s.sim.OpenIssue(talker, toolsRepo, githubsim.NewIssue{Title: "A question"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.sim.Comment(newcomer, toolsRepo, issue, "/coc report\nPlease look at this."); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), demoPatience)
	defer cancel()
	found, err := s.play(io.Discard, 0).caseIn(ctx, foundationCommittee[0], foundationRoom)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(found.Body, "points to Example Foundation Conduct Committee") {
		t.Errorf("the case does not say that the file led it here:\n%s", found.Body)
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
