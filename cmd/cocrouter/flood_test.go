package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/forge"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

// More reports than an installation may write in a minute wait for their turns:
// GitHub's limits are never met, each comes where it belongs, and those that
// wait do not keep asking.
func TestAFloodOfReportsIsPacedAndDoesNotSpin(t *testing.T) {
	t.Parallel()
	const reports = 100
	l, err := readLand(filepath.Join(storiesFolder, "_river"))
	if err != nil {
		t.Fatal(err)
	}
	l.host.limits, l.budget = githubsim.GitHubLimits(), forge.Limits{Minute: 64}
	w := newTelling(t, l)
	for n := range reports {
		if err := fill(w, report{About: "river-project/river", Account: fmt.Sprint(canary, " ", n)}); err != nil {
			t.Fatal(err)
		}
	}
	began := w.now()
	opened := func() int {
		list, err := w.ViewIssues("ravi-responder", "river-conduct/cases", "all", false)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	for end := time.Now().Add(patience); opened() < reports; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d of %d cases are open\n%s", opened(), reports, w.log)
		}
		w.advance(time.Second)
	}
	if took := w.now().Sub(began); took < time.Minute || took > 10*time.Minute {
		t.Errorf("it took %v", took)
	}
	if n := w.Exceeded(); n != 0 {
		t.Errorf("%d requests were more than GitHub allows", n)
	}
	w.rest()
	attempts, most, jobs := putOff(t, w, coc.JobOpen)
	if jobs != reports || attempts > 3*reports || most > 12 {
		t.Errorf("%d jobs were put off %d times, one of them %d times", jobs, attempts, most)
	}
}

// putOff counts how often the jobs of a kind were put off.
func putOff(t *testing.T, w *telling, kind coc.JobKind) (all, most, jobs int) {
	t.Helper()
	rows, err := w.server.store.DB().QueryContext(context.WithoutCancel(t.Context()), `SELECT json(args), json(metadata) FROM river_job`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var args, metadata string
		var meta struct{ Snoozes int }
		if err := rows.Scan(&args, &metadata); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(args, fmt.Sprintf("%q:%q", "kind", kind)) {
			continue
		}
		if err := json.Unmarshal([]byte(metadata), &meta); err != nil {
			t.Fatal(err)
		}
		all, most, jobs = all+meta.Snoozes, max(most, meta.Snoozes), jobs+1
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all, most, jobs
}
