package main

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
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
	l := riverLand(t)
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
	// The clock goes on while a busy machine is slow, so the upper end is a wide one.
	if took := w.now().Sub(began); took < time.Minute || took > 20*time.Minute {
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

// One organisation has hundreds of reports waiting, at a GitHub that is as far
// away as the real one. Another's single report is opened within seconds, and
// does not stand in line behind them.
func TestAFloodOfOneOrganisationDelaysNoOther(t *testing.T) {
	t.Parallel()
	for name, paced := range map[string]bool{"within limits": true, "without limits": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			floodOne(t, paced)
		})
	}
}

func floodOne(t *testing.T, paced bool) {
	const (
		reports = 600
		away    = 100 * time.Millisecond // GitHub, there and back
	)
	l := riverLand(t)
	l.twin("river", "garden")
	if paced {
		l.host.limits, l.budget = githubsim.GitHubLimits(), forge.Limits{Minute: 64}
	}
	w := newTelling(t, l)
	opened := func(room string) int {
		list, err := w.ViewIssues("ravi-responder", room, "all", false)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	var forms []url.Values // opened while all was quiet
	for range reports {
		forms = append(forms, w.openForm("river-project/river"))
	}
	other := w.openForm("garden-project/garden")
	w.Intercept(func(_ *http.Request, phase string) {
		if phase == githubsim.PhaseBefore {
			time.Sleep(away)
		}
	})
	var all sync.WaitGroup
	for some := range slices.Chunk(forms, reports/20) {
		all.Go(func() {
			for _, form := range some {
				w.sendForm("river-project/river", form)
			}
		})
	}
	all.Wait()
	began := time.Now()
	w.sendForm("garden-project/garden", other)
	for opened("garden-conduct/cases") == 0 {
		if time.Since(began) > patience {
			t.Fatalf("it waits since %v, and %d of the others are open", time.Since(began), opened("river-conduct/cases"))
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Logf("it was open after %v", time.Since(began))
	// In line it would be opened after all of them, however slow the machine is.
	if n := opened("river-conduct/cases"); n > reports/4 {
		t.Errorf("it stood in line: %d of %d were open before it", n, reports)
	}
}

// twin adds to a land another project and committee with the same people.
func (l *land) twin(of, name string) {
	named := strings.NewReplacer(of, name)
	for _, org := range []string{"-project", "-conduct"} {
		l.Orgs[name+org] = l.Orgs[of+org]
	}
	for repo, r := range maps.Clone(l.Repos) {
		l.Repos[named.Replace(repo)] = r
	}
	for _, install := range []map[string][]string{l.Install.Source, l.Install.Rooms} {
		for owner, repos := range maps.Clone(install) {
			install[named.Replace(owner)] = repos
		}
	}
	for path, text := range maps.Clone(l.files) {
		l.files[named.Replace(path)] = named.Replace(text)
	}
}

// openForm gives a report as somebody wrote it into a form.
func (w *telling) openForm(about string) url.Values {
	w.t.Helper()
	page, err := w.play.browse(w.t.Context(), http.MethodGet, w.play.address+"/report/"+about, nil)
	token := formToken.FindStringSubmatch(page)
	if err != nil || token == nil {
		w.t.Fatalf("the form has no token: %v", err)
	}
	return url.Values{"token": {html.UnescapeString(token[1])}, "account": {canary}}
}

func (w *telling) sendForm(about string, form url.Values) {
	w.t.Helper()
	page, err := w.play.browse(w.t.Context(), http.MethodPost, w.play.address+"/report/"+about, form)
	if err != nil || receiptIn(page) == "" {
		w.t.Errorf("no receipt: %v", err)
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
