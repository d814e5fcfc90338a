package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
	"github.com/cocrouter/cocrouter/pkg/githubsim/openapitest"
	"github.com/cocrouter/cocrouter/pkg/store"
	"github.com/cocrouter/cocrouter/pkg/store/postgrestest"
)

var (
	chaosSeed     = flag.Uint64("chaos.seed", 1, "what TestChaos does follows from this number")
	chaosEvents   = flag.Int("chaos.events", 60, "how many things people do in TestChaos")
	chaosDatabase = flag.String("chaos.database", "", "sqlite or postgres; TestChaos runs on both without it")
	chaosLog      = flag.String("chaos.log", "", "a file that gets the whole log of the servers of TestChaos")
	chaosPatience = flag.Duration("chaos.patience", 5*time.Minute, "how long anything in TestChaos may take")
)

// chaosPace is how much faster the clock of a run goes, for the service and for
// GitHub alike.
const chaosPace = 100

// chaos is one run: a simulated GitHub of six organisations, the servers as
// processes of their own, and what people know of what they did.
type chaos struct {
	*githubsim.Sim
	t       *testing.T
	clock   fastClock
	now     func() time.Time // by which the servers go
	servers *replicas
	log     *lines
	db      *sql.DB // beside the servers
	owners  map[string]string
	kills   int

	forms       sync.WaitGroup
	mu          sync.Mutex // guards reports, accounts and what is asked
	reports     []chaosReport
	comments    []chaosComment      // with commands
	chaosAsking                     // of the committee that asks in private
	accounts    []*chaosAccount     // of the accused
	locked      map[[2]any]bool     // by people, by room and number
	foreign     map[[2]any][]string // labels that members gave, by room and number
	reread      int                 // cases that the judge understood only at a second reading
}

// chaosComment is a comment of a member in a room.
type chaosComment struct {
	on     string
	number int
	id     int64
	by     string
}

// TestChaos lets people report and work cases in six organisations while the
// servers are killed and GitHub fails, loses, doubles and reorders. In the end
// every report has exactly one home, every command took effect once and in the
// order in which it was taken in, and GitHub shows what the journal says. Where
// members are asked in private, nobody reads a word before they have said that they
// are clear, nor after they have stepped back; and who is asked, who is in and whether
// they are enough is as the judge finds by a rule of its own.
//
// What is done follows from the seed. A run is played again, as far as the order
// in which processes run lets it, by
//
//	go test ./cmd/cocrouter -run TestChaos -chaos.seed=N -chaos.events=3000 -chaos.database=sqlite
func TestChaos(t *testing.T) {
	t.Parallel()
	for _, database := range []string{"sqlite", "postgres"} {
		if *chaosDatabase != "" && *chaosDatabase != database {
			continue
		}
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			t.Logf("seed %d, %d events: go test ./cmd/cocrouter -run TestChaos -chaos.seed=%d -chaos.events=%d -chaos.database=%s",
				*chaosSeed, *chaosEvents, *chaosSeed, *chaosEvents, database)
			c := newChaos(t, database)
			c.play(chaosPlan(*chaosSeed, *chaosEvents))
			c.calm()
			c.settle()
			c.judge()
		})
	}
}

// newChaos builds the world and starts the servers: one on SQLite, two on
// PostgreSQL.
func newChaos(t *testing.T, database string) *chaos {
	t.Helper()
	template, err := newCrashTemplate()
	if err != nil {
		t.Fatal(err)
	}
	l, err := chaosLand(filepath.Join(storiesFolder, "_five"))
	if err != nil {
		t.Fatal(err)
	}
	// Tomorrow, just after midnight: what is said once a day is then said once.
	base := time.Now().UTC().Truncate(24 * time.Hour).Add(24*time.Hour + time.Minute)
	c := &chaos{t: t, clock: newFastClock(base, chaosPace), log: &lines{}, owners: map[string]string{}, foreign: map[[2]any][]string{}, locked: map[[2]any]bool{}}
	c.now = c.clock.now
	// All of it was there for days when we came.
	var age atomic.Int64
	age.Store(int64(4 * 24 * time.Hour))
	c.Sim = githubsim.New(githubsim.Options{
		Now:    func() time.Time { return c.clock.now().Add(-time.Duration(age.Load())) },
		Limits: githubsim.GitHubLimits(),
	})
	setup := fastSetup{Clock: c.clock, crashSetup: crashSetup{
		Folder: t.TempDir(), Directory: l.directory, Source: template.source.registration, Rooms: template.rooms.registration,
	}}
	openapitest.Attach(t, c.Sim)
	c.Intercept(c.watch)
	if _, err := c.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	setup.GitHub = c.URL()
	if _, err := keygen(filepath.Join(setup.Folder, "sealing.key")); err != nil {
		t.Fatal(err)
	}
	servers, driver, address := 1, "sqlite", "file:"+setup.file()+"?mode=ro&_pragma=busy_timeout(5000)"
	if database == "postgres" {
		setup.Database = postgrestest.URL(t)
		servers, driver, address = 2, "pgx", setup.Database
	}
	if c.servers, err = newReplicas(setup, c.log); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.end)
	apps := map[string]demoApp{"source": template.source, "rooms": template.rooms}
	if err := l.settle(c.Sim, apps, ""); err != nil {
		t.Fatal(err)
	}
	age.Store(0)
	for _, app := range apps {
		err := c.SetWebhook(app.ID, c.servers.setup.Address+"/api/github/hook", string(app.Secrets[0]))
		if app.Client != "" {
			err = errors.Join(err, c.SetCallbacks(app.ID, c.servers.setup.Address+callbackPath))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name := range l.Repos {
		owner, _, _ := strings.Cut(name, "/")
		c.owners[name] = l.Orgs[owner].Owners[0]
	}
	if err := c.servers.start(servers); err != nil {
		t.Fatalf("%v\n%s", err, c.log)
	}
	if c.db, err = sql.Open(driver, address); err != nil {
		t.Fatal(err)
	}
	return c
}

// end leaves nothing running, however the run ended.
func (c *chaos) end() {
	err := c.servers.end()
	if c.db != nil {
		err = errors.Join(err, c.db.Close())
	}
	if err := errors.Join(err, c.Sim.Close()); err != nil {
		c.t.Error(err)
	}
	if *chaosLog != "" {
		err := os.WriteFile(*chaosLog, []byte(c.log.String()), 0o600)
		if err != nil {
			c.t.Error(err)
		}
	}
	if c.t.Failed() {
		c.t.Logf("the end of the servers' log:\n%s", tail(c.log.String(), 200))
	}
}

func tail(text string, n int) string {
	all := strings.Split(text, "\n")
	return strings.Join(all[max(0, len(all)-n):], "\n")
}

// play does what the plan says, when it says it.
func (c *chaos) play(plan []chaosAct) {
	c.t.Helper()
	for _, a := range plan {
		time.Sleep(time.Until(c.clock.Start.Add(c.clock.real(a.At))))
		if err := c.perform(a); err != nil {
			c.t.Fatalf("%+v: %v", a, err)
		}
	}
	c.t.Logf("the plan was done after %s", time.Since(c.clock.Start).Round(time.Second))
}

// calm ends what goes wrong: GitHub is well, nobody is killed, guests leave. From
// here on what was promised must come to its end.
func (c *chaos) calm() {
	c.t.Helper()
	c.Misbehave(githubsim.Faults{})
	c.forms.Wait()
	for room := range chaosRooms {
		if err := c.guestLeaves(room); err != nil {
			c.t.Fatal(err)
		}
	}
}

// chaosSoon is how near a time is that is waited for, so that it does not come while it is
// looked at what is there.
const chaosSoon = 15 * time.Minute

// settle waits until the delivery logs were swept and nothing is left to do but
// what waits for people or for days.
func (c *chaos) settle() {
	c.t.Helper()
	began, tick := time.Now(), time.NewTicker(500*time.Millisecond)
	defer tick.Stop()
	calm := c.clock.now()
	for {
		looked := c.clock.now()
		left, err := c.left()
		if err == nil && len(left) == 0 {
			left, err = c.amiss()
		}
		if err != nil {
			c.t.Fatal(err)
		}
		if c.clock.now().Sub(calm) < 2*sweepEvery+time.Minute {
			left = append(left, "the delivery logs are to be swept")
		}
		if len(left) == 0 {
			c.rested = looked
			break
		}
		if time.Since(began) > *chaosPatience {
			c.rested = looked
			c.t.Errorf("not at rest %s after the last act; left are %d:\n%s", *chaosPatience, len(left), strings.Join(left[:min(len(left), 30)], "\n"))
			break
		}
		<-tick.C
	}
	c.t.Logf("at rest %s later, %d kills, %v", time.Since(began).Round(time.Second), c.kills, c.Misfortunes())
}

// amiss is what is not there yet: reports that were promised and of which there is no
// case, commands that were not taken in, cases that are nowhere, or whose room is given
// up for now, and that need not be.
func (c *chaos) amiss() ([]string, error) {
	cases, err := c.records()
	if err != nil {
		return nil, err
	}
	lanes, _, err := c.lanes()
	if err != nil {
		return nil, err
	}
	out := c.untaken(lanes)
	held := map[string]bool{}
	for _, cs := range cases {
		for _, word := range chaosWords(cs.Report.Account.Reveal()) {
			held[word] = true
		}
		homeless := cs.Home().Sealed() && slices.ContainsFunc(c.reports, func(r chaosReport) bool {
			return r.mayBeSealed() && strings.Contains(cs.Report.Account.Reveal(), r.word)
		})
		if home := cs.Home(); home.Frozen != "" || home.Issue == 0 && !homeless && !stillAsked(cs) {
			out = append(out, describe(cs))
		}
	}
	for _, r := range c.reports {
		if r.promised && !held[r.word] {
			out = append(out, "there is no case of report "+r.word)
		}
	}
	return out, nil
}

// left is what is still to be done.
func (c *chaos) left() ([]string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var left []string
	if !idle(c.Sim) {
		left = append(left, "deliveries are under way")
	}
	for what, query := range map[string]string{
		"intakes": `SELECT count(*) FROM intakes WHERE state <> 'done'`,
		"errands": `SELECT count(*) FROM errands WHERE sealed IS NOT NULL`,
	} {
		var n int
		if err := c.db.QueryRowContext(ctx, query).Scan(&n); err != nil {
			return nil, err
		}
		if n > 0 {
			left = append(left, fmt.Sprintf("%d %s", n, what))
		}
	}
	jobs, err := c.jobs(ctx)
	return append(left, jobs...), err
}

// jobs is what the queue still has to do, but for what may wait for days: that a
// committee is being replaced, that silence counts or consents, that something is due,
// and that nobody can take a case.
func (c *chaos) jobs(ctx context.Context) (undone []string, err error) {
	args := "json(args)"
	if c.servers.setup.Database != "" {
		args = "args::text"
	}
	rows, err := c.db.QueryContext(ctx, `SELECT id, `+args+`, state, priority, attempt, scheduled_at FROM river_job WHERE state NOT IN ('completed', 'cancelled')`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var args, state string
		var at time.Time
		var priority, attempt int
		if err := rows.Scan(&id, &args, &state, &priority, &attempt, &at); err != nil {
			return nil, err
		}
		days := at.After(c.clock.now().Add(chaosSoon)) // and not one of the hours that chaosLake asks for
		if strings.Contains(args, `"standing"`) || days && strings.Contains(args, `"screen"`) || strings.Contains(args, `"consent"`) || strings.Contains(args, `"clock"`) || strings.Contains(args, `"survey"`) || strings.Contains(args, `"open"`) && priority > 1 {
			continue
		}
		undone = append(undone, fmt.Sprintf("job %d %s %s, priority %d, attempt %d, for %s", id, args, state, priority, attempt, at))
	}
	return undone, rows.Err()
}

// records is every case as the store has it at this moment, whether the servers
// are up or not. A database that one process has for itself is read in a copy.
func (c *chaos) records() (all []coc.Case, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	setup := c.servers.setup.crashSetup
	if setup.Database == "" {
		folder, err := os.MkdirTemp(setup.Folder, "copy")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(folder)
		setup.Database = "sqlite:" + folder + "/copy.db"
		// In this order: a case's key is durable before the case.
		for _, of := range []string{"", "-keys"} {
			if err := copyDatabase(ctx, setup.file()+of, folder+"/copy.db"+of); err != nil {
				return nil, err
			}
		}
	}
	s, err := setup.settings()
	if err != nil {
		return nil, err
	}
	st, err := store.Open(ctx, s.Database, s.keys, store.Options{Now: c.clock.now, ContentsLost: true})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	ids, err := caseIDs(ctx, c.db)
	for _, id := range ids {
		one, err := st.Case(ctx, id)
		if errors.Is(err, coc.ErrMissing) {
			continue // it came after the copy
		}
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, err
}

// caseIDs is the cases of a database.
func caseIDs(ctx context.Context, db *sql.DB) (ids []coc.CaseID, err error) {
	rows, err := db.QueryContext(ctx, `SELECT id FROM cases ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id coc.CaseID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

func copyDatabase(ctx context.Context, from, to string) error {
	db, err := sql.Open("sqlite", "file:"+from+"?mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, `VACUUM INTO ?`, to)
	return err
}

// chaosPointer is the routing file of the project that has a committee of its
// own, as it is while nobody meddles with it.
const chaosPointer = `version: 1
committee:
  name: River Conduct Committee
  level: project
  incidents: river-conduct/cases
  contact: conduct@river.example
escalate_to: foundation
public_command: capture
original: lock
`
