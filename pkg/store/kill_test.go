package store_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/memorytest"
	"github.com/cocrouter/cocrouter/pkg/seal"
	"github.com/cocrouter/cocrouter/pkg/store"
	"github.com/cocrouter/cocrouter/pkg/store/postgrestest"
)

// The tests here kill a real process: this test binary, started again with
// these variables.
const (
	childStory = "COCROUTER_STORE_CHILD"   // which story it plays
	childDir   = "COCROUTER_STORE_DIR"     // where its key is
	childURL   = "COCROUTER_STORE_URL"     // where its records are
	childPoint = "COCROUTER_STORE_KILL_AT" // before or after which commit it dies
)

func TestMain(m *testing.M) {
	story := map[string]func(database, store.Options) error{"change": playChange, "takes": playTakes, "content": playContent}[os.Getenv(childStory)]
	if story == nil {
		os.Exit(memorytest.Run(m))
	}
	point, _ := strconv.Atoi(os.Getenv(childPoint))
	d, err := place{os.Getenv(childDir), os.Getenv(childURL)}.database()
	if err == nil {
		err = story(d, store.Options{Commit: dieAt(point)})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// dieAt ends the process with SIGKILL at the nth call, never at 0.
func dieAt(n int) func(bool) {
	calls := 0
	return func(bool) {
		if calls++; calls == n {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // nothing happens any more
		}
	}
}

// place is a store that a child process opens, too.
type place struct{ dir, url string }

func (p place) database() (database, error) {
	keys, err := seal.Open(filepath.Join(p.dir, "key"))
	return database{url: p.url, keys: keys}, err
}

// everywhere runs a claim on a new store of each kind, as often as it asks for
// one.
func everywhere(t *testing.T, claim func(t *testing.T, fresh func() place)) {
	t.Parallel()
	for name, url := range map[string]func(t testing.TB, dir string) string{
		"SQLite":     func(_ testing.TB, dir string) string { return "sqlite:" + filepath.Join(dir, "db") },
		"PostgreSQL": func(t testing.TB, _ string) string { return postgrestest.URL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			claim(t, func() place {
				dir := t.TempDir()
				text, _, err := seal.NewIdentity()
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, "key"), text, 0o600); err != nil {
					t.Fatal(err)
				}
				return place{dir, url(t, dir)}
			})
		})
	}
}

func child(t *testing.T, story string, in place, point int) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), childStory+"="+story, childDir+"="+in.dir, childURL+"="+in.url, childPoint+"="+strconv.Itoa(point))
	return cmd
}

func killed(err error) bool {
	exit, ok := errors.AsType[*exec.ExitError](err)
	return ok && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL
}

// playChange takes two intakes of one lane and decides on the first. It says
// what it was promised as soon as it is.
func playChange(d database, opts store.Options) error {
	ctx := context.Background()
	s, err := store.Open(ctx, d.url, d.keys, opts)
	if err != nil {
		return err
	}
	for _, guid := range []string{"guid-1", "guid-2"} {
		in := intake(guid)
		in.Lane = "a"
		if _, err := s.Take(ctx, in); err != nil {
			return err
		}
		fmt.Println(guid)
	}
	change := theChange()
	if change.Intake, err = firstIntake(ctx, s); err != nil {
		return err
	}
	// A story that is played again may have come as far as this before.
	if err := s.Commit(ctx, change); err != nil && !errors.Is(err, coc.ErrGone) {
		return err
	}
	fmt.Println("change")
	return s.Close()
}

func theChange() coc.Change {
	c := aCase("one", 1)
	c.Placements = []coc.Placement{{Room: coc.RepoFacts{ID: 7}, Issue: 12}}
	return coc.Change{
		Cases:   []coc.Case{c},
		Errands: []coc.Errand{{ID: "e1", Key: "k1"}},
		Jobs:    []coc.Job{{Kind: coc.JobOpen, Case: "one"}, {Kind: coc.JobShow, Case: "one"}},
	}
}

// firstIntake is 1, unless a number was used up by a commit that was never made.
func firstIntake(ctx context.Context, s *store.Store) (id int64, err error) {
	err = s.DB().QueryRowContext(ctx, `SELECT coalesce(min(id), 1) FROM intakes`).Scan(&id)
	return id, err
}

// TestKillAroundEveryCommitLosesAndDoublesNothing kills a process before and
// after each commit there is, from the first of a new database on.
func TestKillAroundEveryCommitLosesAndDoublesNothing(t *testing.T) {
	everywhere(t, killAroundEveryCommit)
}

func killAroundEveryCommit(t *testing.T, fresh func() place) {
	for point := 1; ; point++ {
		in := fresh()
		out, err := child(t, "change", in, point).Output()
		if err == nil {
			t.Logf("%d points", point-1)
			if point < 12 {
				t.Errorf("only %d points: the commits are not seen", point-1)
			}
			return
		}
		if !killed(err) {
			t.Fatalf("point %d: %v", point, err)
		}
		promised := strings.Fields(string(out))
		lookAfterKill(t, point, in, promised)
		// Playing the story again from the start completes it, once.
		if err := child(t, "change", in, 0).Run(); err != nil {
			t.Fatalf("point %d: playing on: %v", point, err)
		}
		lookAfterKill(t, point, in, []string{"guid-1", "guid-2", "change"})
	}
}

func lookAfterKill(t *testing.T, point int, in place, promised []string) {
	t.Helper()
	d, err := in.database()
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), d.url, d.keys, store.Options{})
	if err != nil {
		t.Fatalf("point %d: it does not open again: %v", point, err)
	}
	defer s.Close()

	count := func(query string) (n int) {
		t.Helper()
		if err := s.DB().QueryRowContext(t.Context(), query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	intakes := count(`SELECT count(*) FROM intakes`)
	forIntakes := 0
	for _, j := range jobsOf(t, s) {
		if strings.Contains(j.args, `"intake"`) {
			forIntakes++
		}
	}
	if forIntakes != intakes {
		t.Errorf("point %d: %d intakes and %d jobs for them", point, intakes, forIntakes)
	}
	first, err := firstIntake(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	_, noIntake := s.Intake(t.Context(), first)
	_, noCase := s.Case(t.Context(), "one")
	_, _, noPlace := s.CaseAt(t.Context(), 7, 12)
	_, noErrand := s.Errand(t.Context(), "e1")
	jobs := count(`SELECT count(*) FROM river_job`) - intakes
	changed := []bool{errors.Is(noIntake, coc.ErrGone) && intakes > 0, noCase == nil, noPlace == nil, noErrand == nil, jobs == 2}
	if slices.Contains(changed, true) && slices.Contains(changed, false) {
		t.Errorf("point %d: half a change holds: %v", point, changed)
	}
	if !changed[0] && intakes > 0 && noIntake != nil {
		t.Errorf("point %d: the intake does not open: %v", point, noIntake)
	}
	for _, what := range promised {
		switch what {
		case "change":
			if !changed[0] {
				t.Errorf("point %d: the change was promised and does not hold", point)
			}
		default:
			if fresh, err := s.Take(t.Context(), intake(what)); err != nil || fresh {
				t.Errorf("point %d: %s was promised and is not there: %v", point, what, err)
			}
		}
	}
}

// playTakes takes until it is killed, 16 at a time, and names each one that was
// promised.
func playTakes(d database, opts store.Options) error {
	s, err := store.Open(context.Background(), d.url, d.keys, opts)
	if err != nil {
		return err
	}
	failed := make(chan error)
	for caller := range 16 {
		go func() {
			for i := 0; ; i++ {
				guid := fmt.Sprintf("guid-%d-%d", caller, i)
				if _, err := s.Take(context.Background(), intake(guid)); err != nil {
					failed <- err
					return
				}
				fmt.Println(guid)
			}
		}()
	}
	return <-failed
}

func TestEveryPromisedIntakeSurvivesAKillUnderLoad(t *testing.T) {
	everywhere(t, killUnderLoad)
}

func killUnderLoad(t *testing.T, fresh func() place) {
	in := fresh()
	cmd := child(t, "takes", in, 0)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var promised []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		promised = append(promised, lines.Text())
		if len(promised) == 100 {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); !killed(err) {
		t.Fatalf("%v", err)
	}
	if len(promised) < 100 {
		t.Fatalf("%d promises", len(promised))
	}
	d, err := in.database()
	if err != nil {
		t.Fatal(err)
	}
	s := d.open(t, store.Options{})
	for _, guid := range promised {
		if fresh, err := s.Take(t.Context(), intake(guid)); err != nil || fresh {
			t.Fatalf("%s was promised and is not there: %v", guid, err)
		}
	}
	for _, j := range jobsOf(t, s) {
		var of coc.Job
		if err := json.Unmarshal([]byte(j.args), &of); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Intake(t.Context(), of.Intake); err != nil {
			t.Fatalf("intake %d: %v", of.Intake, err)
		}
	}
}
