package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/forge"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
	"github.com/cocrouter/cocrouter/pkg/githubsim/openapitest"
	"github.com/cocrouter/cocrouter/pkg/store"
)

// crashPatience is how long anything may take on a slow machine. It is shorter
// than a lease and than the queue's own rescue of a lost job, so that a recovery
// that waits for one of them is a failure.
const crashPatience = 45 * time.Second

// crashWorld is a simulated GitHub with a server that is a child process, and
// after its death one in this process on the same database.
type crashWorld struct {
	*githubsim.Sim
	setup  crashSetup
	listen *net.TCPListener
	points *crashPoints
	log    *lines // of both servers

	child  *child
	exited chan struct{} // closed when the child is gone
	jobs   *sql.DB       // the queue, read from outside

	form    *crashForm // as the reporter's browser has it
	receipt string     // the first one that the reporter saw
	answer  url.Values // on the page behind it
	saved   bool       // the reporter saw that the answer is
	files   []crashFile
	member  *http.Client // somebody of the committee, signed in
	record  string       // the path of the case that they add to
	added   bool         // they saw that the files are there
	word    *crashWord   // what somebody who is asked in private says
}

// crashPoints is told of everything that the child does to the world, and says
// when it must die.
type crashPoints struct {
	mu     sync.Mutex
	count  bool // between the delivery and the end
	target crashPoint
	times  map[crashPoint]int
	seen   []crashPoint
	open   int // commits that were announced and have not happened
	killed bool
}

// crashPoint is a moment in the life of the child.
type crashPoint struct {
	phase string // "before" or "after"
	what  string
	nth   int // 1 is the first time
}

func (p crashPoint) String() string {
	if p.nth == 1 {
		return p.phase + " " + p.what
	}
	return fmt.Sprintf("%s %s, time %d", p.phase, p.what, p.nth)
}

// pass counts one point. When it is the one to die at, kill is called and pass
// returns false, then and ever after.
func (p *crashPoints) pass(phase, what string, kill func()) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if strings.HasPrefix(what, "commit") {
		p.open += map[string]int{"before": 1, "after": -1}[phase]
	}
	if p.killed || !p.count {
		return !p.killed
	}
	at := crashPoint{phase: phase, what: what}
	p.times[at]++
	at.nth = p.times[at]
	p.seen = append(p.seen, at)
	if at == p.target {
		p.killed = true
		kill()
	}
	return !p.killed
}

func (p *crashPoints) counting(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count = on
}

// end kills where no point did, which is a point too: everything is done.
func (p *crashPoints) end(kill func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.killed {
		p.killed = true
		kill()
	}
}

// quiet reports whether every commit was told of to its end.
func (p *crashPoints) quiet() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.open == 0
}

// reached reports whether the child was killed where it had to be.
func (p *crashPoints) reached() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.killed
}

// crashTemplate is what all worlds have in common and what takes long to make:
// the Apps with their keys, and a new database with its sealing key.
type crashTemplate struct {
	source, rooms demoApp
	files         map[string][]byte
}

var newCrashTemplate = sync.OnceValues(func() (t crashTemplate, err error) {
	if t.source, t.rooms, err = newDemoApps(); err != nil {
		return t, err
	}
	dir, err := os.MkdirTemp("", "cocrouter-crash-")
	if err != nil {
		return t, err
	}
	defer os.RemoveAll(dir)
	if _, err := keygen(filepath.Join(dir, "sealing.key")); err != nil {
		return t, err
	}
	s, err := crashSetup{Folder: dir, GitHub: "http://127.0.0.1:1", Address: "http://127.0.0.1:2", Source: t.source.registration, Rooms: t.rooms.registration}.settings()
	if err != nil {
		return t, err
	}
	srv, err := newServer(context.Background(), s, zerolog.Nop(), tuning{})
	if err == nil {
		err = srv.store.Close()
	}
	if err != nil {
		return t, err
	}
	t.files = map[string][]byte{}
	for _, name := range []string{"sealing.key", "cocrouter.db", "cocrouter.db-keys", "cocrouter.db-evidence"} {
		if t.files[name], err = os.ReadFile(filepath.Join(dir, name)); err != nil {
			return t, err
		}
	}
	return t, nil
})

// newCrashWorld is the demo's GitHub and a child that serves it.
func newCrashWorld(t *testing.T, target crashPoint) *crashWorld {
	t.Helper()
	template, err := newCrashTemplate()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	w := &crashWorld{
		Sim: githubsim.New(githubsim.Options{}), listen: l, log: &lines{}, exited: make(chan struct{}),
		points: &crashPoints{target: target, times: map[crashPoint]int{}},
		setup: crashSetup{
			Folder: t.TempDir(), Address: "http://" + l.Addr().String(),
			Source: template.source.registration, Rooms: template.rooms.registration,
		},
	}
	t.Cleanup(func() { w.end(t) })
	for name, content := range template.files {
		if err := os.WriteFile(filepath.Join(w.setup.Folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	openapitest.Attach(t, w)
	w.Intercept(w.request)
	if _, err := w.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	w.setup.GitHub = w.URL()
	// Nobody is told of the seeding: the webhooks are set when it is over.
	err = seedDemo(w.Sim, "", template.source, template.rooms)
	for _, app := range []demoApp{template.source, template.rooms} {
		err = errors.Join(err, w.SetWebhook(app.ID, w.setup.Address+"/api/github/hook", string(app.Secrets[0])))
		if app.Client != "" {
			err = errors.Join(err, w.SetCallbacks(app.ID, w.setup.Address+callbackPath))
		}
	}
	if err == nil {
		err = w.startChild()
	}
	if err == nil {
		w.jobs, err = sql.Open("sqlite", "file:"+w.setup.file()+"?mode=ro&_pragma=busy_timeout(5000)")
	}
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// end leaves nothing running, however the test ended.
func (w *crashWorld) end(t *testing.T) {
	if w.child != nil {
		_ = w.child.Process.Kill()
		<-w.exited
	}
	err := w.Sim.Close()
	if w.jobs != nil {
		err = errors.Join(err, w.jobs.Close())
	}
	if err := errors.Join(err, w.listen.Close()); err != nil && !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	if t.Failed() {
		t.Logf("the servers' log:\n%s", w.log)
	}
}

func (w *crashWorld) startChild() error {
	file, err := w.listen.File()
	if err != nil {
		return err
	}
	defer file.Close()
	if w.child, err = spawn("crash", w.setup, w.log, file); err != nil {
		return err
	}
	go w.follow()
	resp, err := crashBrowser.Get(w.setup.Address + "/healthz") // waits until it answers at all
	if err != nil {
		return fmt.Errorf("the child does not answer: %w", err)
	}
	return resp.Body.Close()
}

// follow answers the child's reports until it is gone.
func (w *crashWorld) follow() {
	defer close(w.exited)
	for w.child.out.Scan() {
		phase, what, _ := strings.Cut(w.child.out.Text(), "\t")
		if w.points.pass(phase, what, w.kill) {
			_, _ = w.child.in.Write([]byte{'\n'}) // to one that is gone it does not matter
		}
	}
	_ = w.child.Wait() // how it ended is in its ProcessState
}

func (w *crashWorld) kill() { _ = w.child.Process.Kill() }

var numbers = regexp.MustCompile(`/\d+(/|$)`)

// request is what the simulated GitHub tells of: the child's requests, and
// those of its successor, which nobody counts.
func (w *crashWorld) request(r *http.Request, phase string) {
	path := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/api/v3"), "/api")
	if part := strings.Split(path, "/"); len(part) > 3 && part[2] == "lake-conduct" && codeName.MatchString(part[3]) {
		path = strings.Replace(path, part[3], "separate", 1) // another name in each run
	}
	what := r.Method + " " + numbers.ReplaceAllString(path, "/N$1")
	if path == "/app" || strings.HasPrefix(path, "/app/hook/deliveries") {
		return // asked beside the work, at a place that is another in every run
	}
	if w.points.reached() || w.points.pass(phase, what, w.kill) {
		return
	}
	<-w.exited
	panic(http.ErrAbortHandler) // before: nothing is applied; after: no reply
}

// settled waits until nothing is left to do: every delivery is answered and no
// job waits, not even for later. It returns early when the child is gone.
func (w *crashWorld) settled() error {
	ctx, cancel := context.WithTimeout(context.Background(), crashPatience)
	defer cancel()
	for tick := time.Tick(5 * time.Millisecond); ; <-tick {
		if w.points.reached() && !w.recovered() {
			return nil
		}
		// In this order: a delivery that was accepted has its job by then.
		still := idle(w.Sim)
		undone, err := w.undone()
		if err != nil {
			return err
		}
		if still && len(undone) == 0 && w.delivered() && (w.recovered() || w.points.quiet()) {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("not done after %s: jobs %q, all delivered: %v", crashPatience, undone, w.delivered())
		}
	}
}

// recovered reports whether the child has a successor.
func (w *crashWorld) recovered() bool { return w.child == nil }

// stillToDo is true of jobs that have something to do by now. Every case has one
// that waits for days until silence counts.
const stillToDo = `state <> 'completed' AND json(args) ->> '$.kind' NOT IN ('screen', 'consent', 'clock', 'survey')`

func (w *crashWorld) undone() ([]string, error) {
	rows, err := w.jobs.Query(`SELECT json(args) || ' ' || state || ' ' || attempt FROM river_job WHERE ` + stillToDo)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// idle reports whether no delivery is queued or under way. A comment is there
// before its delivery is in the log.
func idle(sim *githubsim.Sim) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	return sim.Idle(ctx) == nil
}

func (w *crashWorld) delivered() bool {
	return !slices.ContainsFunc(w.Deliveries(), func(d githubsim.Delivery) bool { return d.StatusCode == 0 })
}

// repeat is what people and GitHub do after a failure: a form without a receipt
// is sent again, and so is a delivery without a 2xx, as by the sweep of GitHub's
// delivery log. Of what was promised nothing is sent again, unless all is.
func (w *crashWorld) repeat(all bool) error {
	if w.form != nil && (all || w.receipt == "") {
		if err := w.sendForm(); err != nil {
			return err
		}
	}
	if w.answer != nil && (all || !w.saved) {
		if err := w.sendAnswer(); err != nil {
			return err
		}
	}
	if w.record != "" && (all || !w.added) {
		if err := w.addFiles(); err != nil {
			return err
		}
	}
	if w.word != nil && (all || !w.word.heard) {
		if err := w.sendWord(); err != nil {
			return err
		}
	}
	var guids []string
	accepted := map[string]bool{}
	for _, d := range w.Deliveries() {
		if !slices.Contains(guids, d.GUID) {
			guids = append(guids, d.GUID)
		}
		accepted[d.GUID] = accepted[d.GUID] || d.StatusCode/100 == 2
	}
	for _, guid := range guids {
		if all || !accepted[guid] {
			if err := w.Redeliver(guid); err != nil {
				return err
			}
		}
	}
	return nil
}

// died kills the child where no point did, and waits for its end. An error
// means that it had ended by itself.
func (w *crashWorld) died() error {
	w.points.end(w.kill)
	<-w.exited
	state := w.child.ProcessState
	w.child = nil
	if state.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		return fmt.Errorf("the child ended by itself: %s", state)
	}
	return nil
}

// recover starts the server again on what the dead one left, and stops it when
// do returns.
func (w *crashWorld) recover(do func(*store.Store) error) error {
	s, err := w.setup.settings()
	if err != nil {
		return err
	}
	srv, err := newServer(context.Background(), s, zerolog.New(w.log), tuning{limits: forge.Unlimited})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- srv.run(ctx, w.listen, nil) }()
	err = do(srv.store)
	stop()
	return errors.Join(err, <-ended)
}

// sound checks the closed database: it is whole, all is done, and nothing was
// set aside.
func (w *crashWorld) sound(cases int) error {
	for query, want := range map[string]any{
		`PRAGMA integrity_check`:                                                    "ok",
		`SELECT count(*) FROM cases`:                                                int64(cases),
		`SELECT count(*) FROM intakes WHERE state <> 'done'`:                        int64(0),
		`SELECT count(*) FROM errands WHERE sealed IS NOT NULL`:                     int64(0),
		`SELECT count(*) FROM river_job WHERE ` + stillToDo:                         int64(0),
		`SELECT count(*) FROM places JOIN cases ON id = case_id`:                    int64(len(w.inRooms())),
		`SELECT count(*) FROM cases WHERE id NOT IN (SELECT case_id FROM receipts)`: int64(0),
	} {
		var got any
		if err := w.jobs.QueryRow(query).Scan(&got); err != nil {
			return fmt.Errorf("%s: %w", query, err)
		}
		if got != want {
			return fmt.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	return nil
}

// crashRooms is the incident repositories with somebody who reads them.
var crashRooms = [][2]string{
	{riverRoom, riverCommittee[0]}, {lanternRoom, lanternCouncil[0]}, {foundationRoom, foundationCommittee[0]},
}

// inRooms is every issue of a case in every room, as a responder sees it.
func (w *crashWorld) inRooms() []githubsim.IssueView {
	_, all := w.inLake()
	for _, room := range crashRooms {
		all = append(all, w.issues(room[1], room[0])...)
	}
	return all
}

// issues lists a repository's issues with all that is below them, the oldest
// first.
func (w *crashWorld) issues(viewer, repo string) []githubsim.IssueView {
	list, err := w.ViewIssues(viewer, repo, "all", false)
	if err != nil {
		panic(err) // the seeding lets everybody read what they are asked for
	}
	slices.Reverse(list)
	for i := range list {
		if list[i], err = w.ViewIssue(viewer, repo, list[i].Number); err != nil {
			panic(err)
		}
	}
	return list
}

var caseMark = regexp.MustCompile(`<!-- cocrouter:([^/\s]+)/0/\d+ -->`)

// picture is what people see, in one line an issue, and what the journal says
// of the case: what must be the same whether the server was killed or not.
func (w *crashWorld) picture(st *store.Store) (string, error) {
	var b strings.Builder
	issues := w.inRooms()
	own, _ := w.inLake()
	if len(issues)+len(own) > 0 {
		journal, err := journalOf(st)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%s\n", journal)
	}
	issues = slices.Concat(own, issues)
	for _, repo := range []string{toolsRepo, riverRepo, lanternRepo} {
		issues = append(issues, w.issues(newcomer, repo)...)
	}
	for _, is := range issues {
		place, readers := is.Repo.FullName, ""
		if asksInPrivate(place) && place != chaosLake.room { // which nobody can know the name of
			place, readers = "lake-conduct/separate", fmt.Sprintf(" read by %v", w.readersOfLake(place))
		}
		fmt.Fprintf(&b, "%s#%d %s", place, is.Number, is.State)
		if is.Locked {
			b.WriteString(" locked")
		}
		var labels []string
		for _, l := range is.Labels {
			labels = append(labels, l.Name)
		}
		slices.Sort(labels)
		fmt.Fprintf(&b, " %v", labels)
		if n := len(caseMark.FindAllString(is.Body, -1)); n > 0 {
			fmt.Fprintf(&b, " case=%d", n)
		}
		b.WriteString(readers)
		for _, e := range is.Timeline {
			if c := e.Comment; c != nil {
				fmt.Fprintf(&b, " %s", c.Author)
				if c.Minimized != "" {
					b.WriteString("(minimized)")
				}
			}
		}
		b.WriteString("\n")
	}
	return b.String(), nil
}

// journalOf is what was done with the one case that there is. What follows from an act at
// once has its revision, and the room shows the last one, where there is an issue.
func journalOf(st *store.Store) (string, error) {
	ids, err := st.CaseIDs(context.Background())
	if err != nil || len(ids) != 1 {
		return "", errors.Join(err, fmt.Errorf("there are %d cases", len(ids)))
	}
	c, err := st.Case(context.Background(), ids[0])
	if err != nil {
		return "", err
	}
	acts, last := "journal:", 0
	for _, e := range c.Journal {
		if e.Revision < last || e.Revision > c.Revision {
			return "", fmt.Errorf("the journal of %s at revision %d has %d after %d", c.ID, c.Revision, e.Revision, last)
		}
		last = e.Revision
		acts += " " + e.Act
	}
	if shown := c.Home().Shown; shown != c.Revision && !stillAsked(c) {
		return "", fmt.Errorf("%s is at revision %d, and its room shows %d", c.ID, c.Revision, shown)
	}
	return acts, nil
}

// crashForm is one page of the form: sent once more, it is the same form.
type crashForm struct {
	repo   string
	fields url.Values
	files  []crashFile
}

// crashBrowser keeps no connection, so that it sends nothing twice by itself.
var crashBrowser = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: crashPatience}

// openForm does what a browser does before anybody writes.
func (w *crashWorld) openForm(repo, account string) error {
	resp, err := crashBrowser.Get(w.setup.Address + "/report/" + repo)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	token := formToken.FindSubmatch(page)
	if token == nil {
		return fmt.Errorf("the form for %s has no token: %s", repo, resp.Status)
	}
	w.form = &crashForm{repo: repo, fields: url.Values{"token": {string(token[1])}, "account": {account}, "who1": {talker}, "role1": {"accused"}}}
	return nil
}

// sendForm posts it. A receipt that was shown before must be the one that is
// shown again.
func (w *crashWorld) sendForm() error {
	req, err := w.sends("/report/"+w.form.repo, w.form.fields, w.form.files)
	if err != nil {
		return err
	}
	resp, err := crashBrowser.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	receipt := receiptIn(string(page))
	switch {
	case receipt == "":
		return fmt.Errorf("the page after the form shows no receipt: %s", resp.Status)
	case w.receipt != "" && receipt != w.receipt:
		return fmt.Errorf("the same form gave receipt %s and then %s", w.receipt, receipt)
	}
	w.receipt = receipt
	return nil
}
