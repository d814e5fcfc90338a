package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/store"
	"github.com/cocrouter/cocrouter/pkg/store/postgrestest"
)

// lived is an SQLite store in which everything there is has happened, closed,
// and many intakes wait.
func lived(t *testing.T, intakes int) database {
	t.Helper()
	d := database{url: "sqlite:" + filepath.Join(t.TempDir(), "db"), keys: newKeys(t)}
	s := d.open(t, store.Options{})
	for i := range intakes {
		in := intake(fmt.Sprint("guid-", i))
		in.Object, in.Payload = fmt.Sprint("object-", i), coc.NewProse(strings.Repeat("words ", 100*(i%50)))
		if i%3 > 0 {
			in.Lane = fmt.Sprint("lane-", i%3)
		}
		mustTake(t, s, in)
	}
	kept, err := s.Keep(t.Context(), strings.NewReader(strings.Repeat("evidence ", 100_000)))
	if err != nil {
		t.Fatal(err)
	}
	c := aCase("one", 1)
	c.Evidence = []coc.Evidence{{Number: 1, Content: kept}}
	c.Placements, c.Receipt = []coc.Placement{{Room: coc.RepoFacts{ID: 7}, Issue: 12}}, []byte("receipt")
	mustCommit(t, s, coc.Change{
		Intake:    1,
		Cases:     []coc.Case{c, aCase("two", 1)},
		Standings: []coc.Standing{{ID: 42, Source: coc.Repo{Owner: "example", Name: "widget"}, Pointer: "p"}},
		Errands:   []coc.Errand{{ID: "e1", Key: "k1", Text: coc.NewProse("text")}, {ID: "e2", Key: "k2"}},
		Labels:    map[int64][]string{7: {"status/received"}},
		Kept:      []coc.Kept{{Content: kept.ID, Case: "one"}},
		Jobs: []coc.Job{
			{Kind: coc.JobShow, Case: "one"}, {Kind: coc.JobShow, Case: "one"}, // the same twice
			{Kind: coc.JobStanding, Standing: "h", At: time.Now().Add(72 * time.Hour), Priority: 2},
		},
	})
	c.Revision = 2
	mustCommit(t, s, coc.Change{Cases: []coc.Case{c}, Finished: []string{"e2"}, Priors: []coc.Prior{aPrior("one", "tom-talker", 7)}})
	if err := s.SetAside(t.Context(), 2, "a cause"); err != nil {
		t.Fatal(err)
	}
	if err := s.Account(t.Context(), 5, func([]byte) []byte { return []byte("account") }); err != nil {
		t.Fatal(err)
	}
	if err := s.Settle(t.Context(), []string{"settled"}); err != nil {
		t.Fatal(err)
	}
	stands(t, s, 3, `state = 'completed', attempt = 1, attempted_at = CURRENT_TIMESTAMP, finalized_at = CURRENT_TIMESTAMP`)
	stands(t, s, 4, `state = 'discarded', attempt = 25, attempted_at = CURRENT_TIMESTAMP, finalized_at = CURRENT_TIMESTAMP,
		errors = jsonb('[{"at":"2025-03-03T12:00:00Z","attempt":25,"error":"the job did not succeed","trace":""}]')`)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d database) copyTo(t *testing.T, ctx context.Context, to string, opts store.Options) (store.Copied, error) {
	t.Helper()
	return store.Copy(ctx, d.url, to, d.keys, opts, nil)
}

// looksLike asks a copy for everything that lived put into its source.
func looksLike(t *testing.T, from database, to string, intakes int) {
	t.Helper()
	original := from.open(t, store.Options{})
	s := database{url: to, keys: from.keys}.open(t, store.Options{})
	for id := int64(1); id <= int64(intakes)+1; id++ {
		want, wantErr := original.Intake(t.Context(), id)
		got, err := s.Intake(t.Context(), id)
		if !cmp.Equal(got, want, words) || (err == nil) != (wantErr == nil) || errors.Is(err, coc.ErrBusy) != errors.Is(wantErr, coc.ErrBusy) {
			t.Errorf("intake %d: %v, %v", id, wantErr, err)
		}
	}
	for _, id := range []coc.CaseID{"one", "two"} {
		want, _ := original.Case(t.Context(), id)
		if got, err := s.Case(t.Context(), id); err != nil || !cmp.Equal(got, want, words) {
			t.Errorf("case %s: %v", id, err)
		}
	}
	if c, err := s.Case(t.Context(), "one"); err == nil {
		if text, err := s.ContentWords(t.Context(), c.Evidence[0].Content); err != nil || text.Reveal() != strings.Repeat("evidence ", 100_000) {
			t.Errorf("evidence: %d bytes, %v", text.Len(), err)
		}
	}
	if id, _, err := s.CaseAt(t.Context(), 7, 12); err != nil || id != "one" {
		t.Errorf("by its place: %s %v", id, err)
	}
	if id, err := s.CaseByReceipt(t.Context(), []byte("receipt")); err != nil || id != "one" {
		t.Errorf("by its receipt: %s %v", id, err)
	}
	if st, err := s.Standing(t.Context(), coc.RepoFacts{Repo: coc.Repo{Owner: "Example", Name: "Widget"}}); err != nil || st.Pointer != "p" {
		t.Errorf("standing: %+v %v", st, err)
	}
	if p, err := s.Priors(t.Context(), []coc.Party{{Login: "thomas", Account: 7}}); err != nil || len(p) != 1 || p[0].Ref != "N-one" {
		t.Errorf("record: %+v %v", p, err)
	}
	if e, err := s.Errand(t.Context(), "e1"); err != nil || e.Text.Reveal() != "text" {
		t.Errorf("errand: %v", err)
	}
	if _, err := s.Errand(t.Context(), "e2"); !errors.Is(err, coc.ErrGone) {
		t.Errorf("finished errand: %v", err)
	}
	if asides, err := s.Asides(t.Context()); err != nil || len(asides) != 1 || asides[0].Cause != "a cause" {
		t.Errorf("aside: %+v %v", asides, err)
	}
	if known, err := s.Known(t.Context(), []string{"guid-0", "settled", "other"}); err != nil || !cmp.Equal(known, []bool{true, true, false}) {
		t.Errorf("known: %v %v", known, err)
	}
	err := s.Account(t.Context(), 5, func(account []byte) []byte {
		if string(account) != "account" {
			t.Errorf("account %q", account)
		}
		return account
	})
	if err != nil {
		t.Error(err)
	}
	jobs := jobsOf(t, s)
	var want []job
	for _, j := range jobsOf(t, original) {
		if j.state != "completed" {
			j.at = j.at.UTC()
			want = append(want, j)
		}
	}
	for i := range jobs {
		jobs[i].at = jobs[i].at.UTC()
	}
	if diff := cmp.Diff(want, jobs, cmp.AllowUnexported(job{})); diff != "" {
		t.Errorf("jobs:\n%s", diff)
	}
	// It goes on: with new numbers, and old deliveries are known.
	if fresh, err := s.Take(t.Context(), intake("guid-0")); err != nil || fresh {
		t.Errorf("an old delivery: fresh %v, %v", fresh, err)
	}
	mustTake(t, s, intake("new"))
	if _, err := s.Intake(t.Context(), lastIntake(t, s)); err != nil {
		t.Errorf("a new one: %v", err)
	}
	mustCommit(t, s, coc.Change{Intake: lastIntake(t, s), Cases: []coc.Case{aCase("three", 1)}})
}

func TestCopyHoldsAllThatTheSourceHeld(t *testing.T) {
	t.Parallel()
	const intakes = 1200
	to := postgrestest.URL(t)
	d := lived(t, intakes)
	var steps, last atomic.Int32
	done, err := store.Copy(t.Context(), d.url, to, d.keys, store.Options{}, func(table string, done, all int) {
		steps.Add(1)
		if done > all {
			t.Errorf("%s: %d of %d", table, done, all)
		}
		if table == "intakes" {
			last.Store(int32(done))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if done.Before || done.Rows < 2*intakes || last.Load() != intakes || steps.Load() < 20 {
		t.Errorf("%+v, %d intakes in %d steps", done, last.Load(), steps.Load())
	}
	if again, err := d.copyTo(t, t.Context(), to, store.Options{}); err != nil || !again.Before {
		t.Errorf("once more: %+v %v", again, err)
	}
	looksLike(t, d, to, intakes)
	if again, err := store.Copy(t.Context(), d.url, to, d.keys, store.Options{}, nil); err == nil || again.Before {
		t.Errorf("while the source is open: %+v %v", again, err)
	}
}

// TestCopyThatIsKilledAnywhereIsCompletedByTheNext ends each run a little later
// than the one before, at every commit that there is.
func TestCopyThatIsKilledAnywhereIsCompletedByTheNext(t *testing.T) {
	t.Parallel()
	const intakes = 40
	to := postgrestest.URL(t)
	d := lived(t, intakes)
	for point := 1; ; point++ {
		ctx, end := context.WithCancel(t.Context())
		calls := 0
		_, err := d.copyTo(t, ctx, to, store.Options{Commit: func(bool) {
			if calls++; calls == point {
				end()
				if point%4 == 1 { // before a commit, long enough for its transaction to be rolled back
					time.Sleep(20 * time.Millisecond)
				}
			}
		}})
		end()
		if err == nil {
			t.Logf("%d runs", point)
			if point < 5 {
				t.Error("the commits are not seen")
			}
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("point %d: %v", point, err)
		}
		if point%4 == 3 { // at the first point it is not claimed yet
			if r := (database{url: to, keys: d.keys}).refused(t, "a half copy"); !strings.Contains(r.What, "not complete") {
				t.Errorf("point %d: %s", point, r.What)
			}
		}
	}
	looksLike(t, d, to, intakes)
}

func TestCopyRefusesWhatItWouldSpoil(t *testing.T) {
	t.Parallel()
	d := lived(t, 3)
	refused := func(name, what string, from database, to string) {
		t.Helper()
		_, err := from.copyTo(t, t.Context(), to, store.Options{})
		if r, ok := errors.AsType[coc.Refusal](err); !ok || r.Next == "" || !strings.Contains(r.What, what) {
			t.Errorf("%s: %v", name, err)
		}
	}
	used := database{url: postgrestest.URL(t), keys: d.keys}
	mustTake(t, used.open(t, store.Options{}), intake("of another"))
	refused("a destination in use", "holds data that is not from this copy", d, used.url)

	to := postgrestest.URL(t)
	ctx, end := context.WithCancel(t.Context())
	commits := 0
	if _, err := d.copyTo(t, ctx, to, store.Options{Commit: func(bool) {
		if commits++; commits == 8 {
			end()
		}
	}}); err == nil {
		t.Fatal("it was not interrupted")
	}
	other := lived(t, 3)
	other.keys = d.keys
	refused("a source of another key", "sealing key", other, to)
	refused("half a copy of another", "holds data that is not from this copy", func() database {
		o := database{url: "sqlite:" + filepath.Join(t.TempDir(), "db"), keys: d.keys}
		if err := o.open(t, store.Options{}).Close(); err != nil {
			t.Fatal(err)
		}
		return o
	}(), to)
	missing := filepath.Join(t.TempDir(), "no such file")
	refused("no source", "no SQLite database to copy from", database{url: "sqlite:" + missing, keys: d.keys}, to)
	if _, err := os.Stat(missing); err == nil {
		t.Error("the missing source was made")
	}
	refused("PostgreSQL as source", "no SQLite database to copy from", used, to)
	refused("SQLite as destination", "goes to PostgreSQL", d, "sqlite:"+missing)
	refused("no server", "cannot be reached", d, "postgres://nobody@/nothing?host=/nowhere")

	s := d.open(t, store.Options{})
	refused("a source that is served", "Another process has the database open", d, to)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := d.copyTo(t, t.Context(), to, store.Options{}); err != nil {
		t.Errorf("after all that: %v", err)
	}
}

// TestCopySeesWhatWasChanged spoils a destination in the middle: what is not as
// the source has it is found, whether it is more, less or something else.
func TestCopySeesWhatWasChanged(t *testing.T) {
	t.Parallel()
	d := lived(t, 20)
	for name, c := range map[string]struct {
		spoil string
		keys  bool
		want  string
	}{
		"a row less":          {`DELETE FROM errands WHERE id = 'e2'`, false, "errands"},
		"a row more":          {`INSERT INTO errands (id) VALUES ('e3')`, false, "errands"},
		"another revision":    {`UPDATE cases SET revision = 9 WHERE id = 'two'`, false, "cases"},
		"a stage":             {`UPDATE cases SET stage = 'closed' WHERE id = 'two'`, false, "cases"},
		"a line less":         {`DELETE FROM priors`, false, "priors"},
		"a line of another":   {`UPDATE priors SET case_id = 'two'`, false, "priors"},
		"a job less":          {`DELETE FROM river_job WHERE id = 1`, false, "river_job"},
		"a job at a time":     {`UPDATE river_job SET scheduled_at = scheduled_at + interval '1 second'`, false, "river_job"},
		"a key of a case":     {`DELETE FROM case_keys WHERE case_id = 'two'`, true, "case_keys"},
		"another key":         {`UPDATE intake_keys SET wrapped = 'x'`, true, "intake_keys"},
		"a receipt of two":    {`UPDATE receipts SET case_id = 'two'`, false, "receipts"},
		"a piece of evidence": {`DELETE FROM pieces WHERE n = 1`, false, "pieces"},
		"a content of two":    {`UPDATE kept SET case_id = 'two'`, false, "kept"},
		"an intake's state":   {`UPDATE intakes SET state = 'done' WHERE id = 5`, false, "intakes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to := postgrestest.URL(t)
			at := to
			if c.keys {
				at = beside(t, to)
			}
			// The source can be open in one copy at a time.
			from := duplicate(t, d)
			_, err := store.Copy(t.Context(), from.url, to, d.keys, store.Options{}, func(table string, done, all int) {
				if table == "jobs" && done == all {
					if _, err := connectTo(t, at).ExecContext(t.Context(), c.spoil); err != nil {
						t.Error(err)
					}
				}
			})
			if r, ok := errors.AsType[coc.Refusal](err); !ok || !strings.Contains(r.What, c.want) {
				t.Errorf("%v", err)
			}
			if r := (database{url: to, keys: d.keys}).refused(t, "the spoilt copy"); !strings.Contains(r.What, "not complete") {
				t.Errorf("%s", r.What)
			}
		})
	}
}

func duplicate(t *testing.T, d database) database {
	t.Helper()
	from, dir := strings.TrimPrefix(d.url, "sqlite:"), t.TempDir()
	for _, end := range []string{"", "-keys", "-evidence"} {
		b, err := os.ReadFile(from + end)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "db"+end), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return database{url: "sqlite:" + filepath.Join(dir, "db"), keys: d.keys}
}
