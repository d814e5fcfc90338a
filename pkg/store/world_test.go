package store_test

import (
	"encoding/json"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/seal"
	"github.com/cocrouter/cocrouter/pkg/store"
)

var (
	noon  = time.Date(2025, 3, 3, 12, 0, 0, 0, time.UTC)
	words = cmp.Transformer("words", coc.Prose.Reveal)
)

func newKeys(t testing.TB) *seal.Keys {
	t.Helper()
	text, _, err := seal.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := seal.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func (d database) open(t testing.TB, opts store.Options) *store.Store {
	t.Helper()
	opts.KeysURL = d.keysURL
	s, err := store.Open(t.Context(), d.url, d.keys, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// reopen closes the store and opens it again, so that what is asked next comes
// from the disk.
func (d database) reopen(t testing.TB, s *store.Store) *store.Store {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return d.open(t, store.Options{})
}

func intake(delivery string) coc.Intake {
	return coc.Intake{
		Source: coc.SourceHook, Delivery: delivery, Received: noon, Priority: 1,
		Payload: coc.NewProse(`{"action":"created"}`),
	}
}

func aCase(id coc.CaseID, revision int) coc.Case {
	return coc.Case{
		ID: id, Revision: revision, Stage: coc.StageReceived,
		Report: coc.Report{Account: coc.NewProse("what happened"), Channel: coc.ChannelForm, FiledAt: noon},
	}
}

func mustTake(t testing.TB, s *store.Store, in coc.Intake) {
	t.Helper()
	if fresh, err := s.Take(t.Context(), in); err != nil || !fresh {
		t.Fatalf("fresh %v, %v", fresh, err)
	}
}

func mustCommit(t testing.TB, s *store.Store, change coc.Change) {
	t.Helper()
	if err := s.Commit(t.Context(), change); err != nil {
		t.Fatal(err)
	}
}

// job is a row of the queue.
type job struct {
	args, state       string
	attempt, priority int
	at                time.Time
}

func jobsOf(t testing.TB, s *store.Store) []job {
	t.Helper()
	text := `json(args)`
	if s.Shared() {
		text = `args::text`
	}
	rows, err := s.DB().QueryContext(t.Context(), `SELECT `+text+`, state, attempt, priority, scheduled_at FROM river_job ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []job
	for rows.Next() {
		var j job
		if err := rows.Scan(&j.args, &j.state, &j.attempt, &j.priority, &j.at); err != nil {
			t.Fatal(err)
		}
		j.args = inOrder(t, j.args)
		out = append(out, j)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// inOrder is a job's arguments as coc writes them, whatever order and spaces the
// database keeps them in.
func inOrder(t testing.TB, args string) string {
	t.Helper()
	var j coc.Job
	err := json.Unmarshal([]byte(args), &j)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func together(n int, do func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { do(i) })
	}
	all.Wait()
}

// patience is how long something may take on a machine that has much else to do. Only
// what never happens takes so long.
const patience = 2 * time.Minute

// until waits for something to become true.
func until(t *testing.T, what string, true func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !true(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func second[A any](_ A, err error) error { return err }

func claimName(claim any) string {
	name := runtime.FuncForPC(reflect.ValueOf(claim).Pointer()).Name()
	return name[strings.LastIndexByte(name, '.')+1:]
}
