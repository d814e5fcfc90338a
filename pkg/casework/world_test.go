package casework_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/ballot"
	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict"
	"github.com/cocrouter/cocrouter/pkg/notice"
	"github.com/cocrouter/cocrouter/pkg/policy"
	"github.com/cocrouter/cocrouter/pkg/seal"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// canary is the word that stands for what a report says.
const canary = "heliotrope"

var start = time.Date(2025, 3, 3, 9, 0, 0, 0, time.UTC) // a Monday

var (
	source    = coc.Repo{Owner: "river", Name: "main"}
	riverRoom = coc.Repo{Owner: "river", Name: "conduct"}
	baseRoom  = coc.Repo{Owner: "foundation-conduct", Name: "cases"}
	topRoom   = coc.Repo{Owner: "summit-conduct", Name: "cases"}
)

const directory = `
version: 1
committees:
  foundation:
    name: Foundation Committee
    level: foundation
    incidents: foundation-conduct/cases
    contact: conduct@foundation.example
    escalate_to: summit
    minimum: {clear: 1, without_hard_conflict: 2}
    members: [fay-foundation, finn-foundation, farah-foundation]
  summit:
    name: Summit Committee
    level: foundation
    incidents: summit-conduct/cases
    contact: help@summit.example
    minimum: {clear: 1, without_hard_conflict: 1}
    members: [sam-summit, sue-summit]
fallback: foundation
`

const riverFile = `
version: 1
committee:
  name: River Committee
  level: project
  incidents: river/conduct
  contact: conduct@river.example
  members: [ada-river, ben-river, cy-river]
escalate_to: foundation
`

// clock is set, and does not run.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

// place is a repository of the pretended GitHub.
type place struct {
	coc.RepoFacts
	noIssues bool
	extra    coc.Survey // what a survey finds besides what is known here
	mark     string     // of a room that was made for a case
	problem  error      // why it cannot be seen
	refuses  error      // what writes are answered, though it can be seen
	readers  map[coc.Login]bool
	invited  []coc.Login // outsiders who were let in, until they accept
	owners   map[coc.Login]bool
	files    map[string]string
	commits  map[string]map[string]string
	made     time.Time // zero: long ago
	moves    []move    // of the default branch, oldest first
	labels   []string
	issues   []*issue
	locked   map[int]bool
	lifted   map[int]bool // locks that an answer took off, and did not put back
}

// move is a push: when it arrived, and the commit before it.
type move struct {
	at     time.Time
	before string
}

type issue struct {
	casework.Issue
	gone     bool
	comments []string
}

// write is one write as it was made.
type write struct {
	op, repo string
	text     string
	readers  []coc.Login // who could read the place then
	unasked  []coc.Login // those of them who had not said that they are clear, where each is asked
	barred   []coc.Login // those of them whom the case's parties or a conflict barred then
	recorded []coc.Login // those of them who were barred from a case of which the record tells there, or are not clear
}

// github is a pretended GitHub with a memory.
type github struct {
	mu      watched
	clock   *clock
	repos   map[string]*place // by key
	orgs    map[string]*org   // by login; nothing can be made in another
	teams   map[string][]coc.Login
	made    int64            // repositories, ever
	down    error            // what every call answers
	failing map[string]error // by operation
	calls   map[string]int
	shows   int
	writes  []write
	public  []string
	numbers map[string]int64                 // of accounts, 0 where there is none; what is not here has one by its name
	limited func(coc.CaseID, coc.Login) bool // by their own word
	// referred is the cases, and their notices, that have a reference.
	referred func(ref string) []coc.CaseID
	revision func(coc.CaseID) int
	unasked  func(coc.CaseID, coc.Login, coc.RepoFacts) bool
	barred   func(coc.CaseID, coc.Login, coc.Repo) bool // in this room, as the store knows it
	// after runs after a successful creation, before its answer arrives.
	after func(op string) error
	// before runs before an operation, outside of the lock.
	before func(op string)
	// beforeDraw runs before a body is written, and drawn after it, both outside of
	// the lock.
	beforeDraw func()
	drawn      func(before, after string)
	talks      map[coc.Talk]coc.Captured // what can be captured
}

func (g *github) begin(op string) (end func(), err error) {
	if g.before != nil {
		g.before(op)
	}
	t, ok := touched[op]
	if !ok {
		t.writes = onGitHub
	}
	g.mu.reading(t.reads)
	g.mu.writes(t.writes)
	g.calls[op]++
	if err := cmp.Or(g.down, g.failing[op]); err != nil {
		g.mu.Unlock()
		return nil, err
	}
	return g.mu.Unlock, nil
}

// touched is what an operation touches of GitHub; what is not here may touch everything.
var touched = map[string]struct{ reads, writes parts }{
	"repository": {reads: ofRooms}, "file": {reads: ofRooms}, "commit then": {reads: ofRooms}, "readers": {reads: ofRooms},
	"account": {reads: ofRooms}, "organisation": {reads: ofRooms}, "survey": {reads: ofRooms},
	"issue": {reads: ofRooms | ofIssues}, "find": {reads: ofRooms | ofIssues},
	"open": {reads: ofRooms, writes: ofIssues}, "show": {reads: ofRooms, writes: ofIssues},
	"reply": {reads: ofRooms | ofIssues, writes: ofComments}, "labels": {reads: ofRooms, writes: ofLabels},
}

func (g *github) place(repo coc.Repo) (*place, error) {
	p, ok := g.repos[repo.Key()]
	switch {
	case !ok:
		return nil, fmt.Errorf("no such repository: %w", coc.ErrInaccessible)
	case p.problem != nil:
		return nil, p.problem
	}
	return p, nil
}

func (g *github) writable(repo coc.Repo) (*place, error) {
	p, err := g.place(repo)
	if err == nil {
		err = p.refusal()
	}
	return p, err
}

// refusal is why the place takes no writes.
func (p *place) refusal() error {
	if p.refuses == nil && !p.Writable() {
		return coc.ErrArchived
	}
	return p.refuses
}

func (g *github) note(op string, p *place, text string) {
	x := write{op: op, repo: p.Repo.Key(), text: text, readers: p.all()}
	if id, ok := notice.CaseOf(coc.NewProse(text)); ok {
		for _, r := range x.readers {
			if g.barred(id, r, p.Repo) {
				x.barred = append(x.barred, r)
			}
			if g.unasked(id, r, p.RepoFacts) {
				x.unasked = append(x.unasked, r)
			}
		}
	}
	if id, ok := notice.CaseOf(coc.NewProse(text)); ok && recordLine.MatchString(text) {
		for _, r := range x.readers {
			if g.limited(id, r) {
				x.recorded = append(x.recorded, r)
			}
		}
	}
	for _, ref := range recordLine.FindAllStringSubmatch(text, -1) {
		for _, id := range g.referred(ref[1]) {
			for _, r := range x.readers {
				if g.barred(id, r, p.Repo) {
					x.recorded = append(x.recorded, r)
				}
			}
		}
	}
	g.writes = append(g.writes, x)
}

// recordLine is a line of the record as a notice shows it.
var recordLine = regexp.MustCompile("`, `(N-[0-9a-f]{8})`: ")

// all is everybody who can read the place.
func (p *place) all() []coc.Login {
	both := maps.Clone(p.readers)
	maps.Copy(both, p.owners)
	return slices.Sorted(maps.Keys(both))
}

func (g *github) Repository(_ context.Context, _ coc.App, repo coc.Repo) (coc.RepoFacts, error) {
	end, err := g.begin("repository")
	if err != nil {
		return coc.RepoFacts{}, err
	}
	defer end()
	p, err := g.place(repo)
	if err != nil {
		return coc.RepoFacts{}, err
	}
	return p.RepoFacts, nil
}

func (g *github) File(_ context.Context, _ coc.App, repo coc.Repo, path, ref string) (coc.File, error) {
	end, err := g.begin("file")
	if err != nil {
		return coc.File{}, err
	}
	defer end()
	p, err := g.place(repo)
	if err != nil {
		return coc.File{}, err
	}
	files := p.files
	if ref != "" {
		files = p.commits[ref]
	}
	text, ok := files[path]
	if !ok {
		return coc.File{}, coc.ErrMissing
	}
	return coc.File{Content: []byte(text)}, nil
}

func (g *github) CommitThen(_ context.Context, _ coc.App, repo coc.Repo, branch string, at time.Time) (string, error) {
	end, err := g.begin("commit then")
	if err != nil {
		return "", err
	}
	defer end()
	p, err := g.place(repo)
	switch {
	case err != nil:
		return "", err
	case p.made.After(at):
		return "", coc.ErrMissing
	case branch != p.DefaultBranch:
		return "", nil
	}
	for _, m := range p.moves {
		if m.at.After(at) {
			if strings.Trim(m.before, "0") == "" {
				return "", coc.ErrGone // the branch was made then
			}
			return m.before, nil
		}
	}
	return "", nil
}

func (g *github) Readers(_ context.Context, room coc.Repo) coc.RoomFacts {
	failed := func(err error) coc.RoomFacts {
		return coc.RoomFacts{RepoFacts: coc.RepoFacts{Repo: room}, Problem: err}
	}
	end, err := g.begin("readers")
	if err != nil {
		return failed(err)
	}
	defer end()
	p, err := g.place(room)
	if err != nil {
		return failed(err)
	}
	f := coc.RoomFacts{RepoFacts: p.RepoFacts, HasIssues: !p.noIssues}
	for _, l := range p.all() {
		f.Readers = append(f.Readers, coc.Reader{Login: l, Account: g.number(l), Admin: p.owners[l]})
	}
	return f
}

func (g *github) Account(_ context.Context, room coc.Repo, who coc.Login) (int64, error) {
	if room.IsZero() {
		return 0, errors.New("no repository has no name")
	}
	end, err := g.begin("account")
	if err != nil {
		return 0, err
	}
	defer end()
	number := g.number(who)
	if number == 0 {
		return 0, coc.ErrMissing
	}
	return number, nil
}

// number is an account's, 0 where nobody has the name now.
func (g *github) number(who coc.Login) int64 {
	if number, known := g.numbers[who.Key()]; known {
		return number
	}
	return int64(crc32.ChecksumIEEE([]byte(who.Key())))
}

func (g *github) Team(_ context.Context, t coc.Team) ([]coc.Login, error) {
	end, err := g.begin("team")
	if err != nil {
		return nil, err
	}
	defer end()
	members, ok := g.teams[strings.ToLower(t.String())]
	if !ok {
		return nil, coc.ErrMissing
	}
	return members, nil
}

func (g *github) OpenIssue(_ context.Context, room coc.Repo, title string, body notice.Private, labels []string, marker string, again bool) (casework.Issue, error) {
	end, err := g.begin("open")
	if err != nil {
		return casework.Issue{}, err
	}
	defer end()
	p, err := g.writable(room)
	if err != nil {
		return casework.Issue{}, err
	}
	for _, i := range p.issues {
		if again && strings.Contains(i.Body, marker) {
			found := i.Issue
			found.Found = true
			return found, nil
		}
	}
	text := body.Marked(marker).Markdown()
	i := &issue{Issue: casework.Issue{
		Number: len(p.issues) + 1, Node: "N", URL: "https://github.example/" + p.Repo.Key(), Title: title, Body: text,
		Labels: slices.Clone(labels), Open: true,
	}}
	p.issues = append(p.issues, i)
	g.note("open", p, text)
	if g.after != nil {
		if err := g.after("open"); err != nil {
			return casework.Issue{}, err
		}
	}
	return i.Issue, nil
}

func (g *github) FindIssue(_ context.Context, room coc.Repo, marker string) (casework.Issue, error) {
	end, err := g.begin("find")
	if err != nil {
		return casework.Issue{}, err
	}
	defer end()
	p, err := g.place(room)
	if err != nil {
		return casework.Issue{}, err
	}
	for _, i := range p.issues {
		if strings.Contains(i.Body, marker) {
			found := i.Issue
			found.Found = true
			return found, nil
		}
	}
	return casework.Issue{}, coc.ErrMissing
}

func (g *github) issue(ref coc.IssueRef) (*place, *issue, error) {
	p, err := g.place(ref.Repo)
	if err != nil {
		return nil, nil, err
	}
	if ref.Number < 1 || ref.Number > len(p.issues) || p.issues[ref.Number-1].gone {
		return nil, nil, coc.ErrGone
	}
	return p, p.issues[ref.Number-1], nil
}

func (g *github) Issue(_ context.Context, ref coc.IssueRef) (casework.Issue, error) {
	end, err := g.begin("issue")
	if err != nil {
		return casework.Issue{}, err
	}
	defer end()
	_, i, err := g.issue(ref)
	if err != nil {
		return casework.Issue{}, err
	}
	is := i.Issue
	is.Labels = slices.Clone(is.Labels)
	return is, nil
}

func (g *github) ShowIssue(ctx context.Context, ref coc.IssueRef, title string, body notice.Private, labels []string, open bool) (casework.Issue, error) {
	stop(ctx, "draw")
	if g.beforeDraw != nil {
		g.beforeDraw()
	}
	before := ""
	end, err := g.begin("show")
	if err != nil {
		return casework.Issue{}, err
	}
	defer func() {
		end()
		if g.drawn != nil && before != body.Markdown() {
			g.drawn(before, body.Markdown())
		}
	}()
	p, i, err := g.issue(ref)
	if err != nil {
		return casework.Issue{}, err
	}
	if err := p.refusal(); err != nil {
		return casework.Issue{}, err
	}
	before = i.Body
	i.Title, i.Body, i.Labels, i.Open = title, body.Markdown(), slices.Clone(labels), open
	g.shows++
	g.note("show", p, i.Body)
	g.excuse(ctx)
	return i.Issue, nil
}

func (g *github) Reply(ctx context.Context, ref coc.IssueRef, text notice.Private, marker string, again bool) error {
	end, err := g.begin("reply")
	if err != nil {
		return err
	}
	defer end()
	p, i, err := g.issue(ref)
	if err != nil {
		return err
	}
	if err := p.refusal(); err != nil {
		return err
	}
	if i.Converted {
		return coc.ErrConverted
	}
	said := func(c string) bool { return strings.Contains(c, marker) }
	if again && p.lifted[ref.Number] {
		p.locked[ref.Number], p.lifted[ref.Number] = true, false
	}
	if again && slices.ContainsFunc(i.comments, said) {
		return nil
	}
	i.comments = append(i.comments, text.Marked(marker).Markdown())
	g.note("reply", p, text.Marked(marker).Markdown())
	g.excuse(ctx)
	if g.after != nil {
		return g.after("reply")
	}
	return nil
}

func (g *github) PutLockBack(_ context.Context, ref coc.IssueRef) error {
	end, err := g.begin("put lock back")
	if err != nil {
		return err
	}
	defer end()
	p, _, err := g.issue(ref)
	if err == nil {
		err = p.refusal()
	}
	if err == nil && p.lifted[ref.Number] {
		p.locked[ref.Number], p.lifted[ref.Number] = true, false
	}
	return err
}

func (g *github) AddLabel(_ context.Context, ref coc.IssueRef, label string) error {
	end, err := g.begin("add label")
	if err != nil {
		return err
	}
	defer end()
	_, i, err := g.issue(ref)
	if err == nil {
		i.Labels = append(i.Labels, label)
	}
	return err
}

func (g *github) EnsureLabels(_ context.Context, room coc.Repo, want []coc.Label) ([]string, error) {
	end, err := g.begin("labels")
	if err != nil {
		return nil, err
	}
	defer end()
	p, err := g.writable(room)
	if err != nil {
		return nil, err
	}
	for _, l := range want {
		if !slices.Contains(p.labels, l.Name) {
			p.labels = append(p.labels, l.Name)
		}
	}
	return slices.Clone(p.labels), nil
}

func (g *github) Say(_ context.Context, at coc.IssueRef, _ int64, text notice.Public, marker string, again bool) error {
	end, err := g.begin("say")
	if err != nil {
		return err
	}
	defer end()
	p, err := g.writable(at.Repo)
	if err != nil {
		return err
	}
	said := text.Marked(marker).Markdown()
	if again && slices.Contains(g.public, said) {
		return nil
	}
	g.public = append(g.public, said)
	g.note("say", p, said)
	if g.after != nil {
		return g.after("say")
	}
	return nil
}

func (g *github) Lock(_ context.Context, at coc.IssueRef) error {
	end, err := g.begin("lock")
	if err != nil {
		return err
	}
	defer end()
	p, err := g.writable(at.Repo)
	if err == nil {
		p.locked[at.Number] = true
	}
	return err
}

func (g *github) Minimize(context.Context, coc.Repo, string) error {
	end, err := g.begin("minimize")
	if err != nil {
		return err
	}
	end()
	return nil
}

// world is a desk with everything around it.
type world struct {
	testing.TB
	*casework.Desk
	clock  *clock
	gh     *github
	st     *memory
	keys   *seal.Keys
	events map[string]coc.Event
	also   map[string][]coc.Login // who is welcome in a room besides rosters

	mu     sync.Mutex
	alarms []string
	taken  int
}

func (w *world) Alarm(_ context.Context, n notice.Operator) {
	if n.Text() == "" {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.alarms = append(w.alarms, n.Text())
}

var identity = sync.OnceValue(func() *seal.Keys {
	text, _, err := seal.NewIdentity()
	if err != nil {
		panic(err)
	}
	keys, err := seal.Parse(text)
	if err != nil {
		panic(err)
	}
	return keys
})

func newWorld(t testing.TB) *world {
	t.Helper()
	dir, problems := policy.ParseDirectory([]byte(directory))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	w := &world{TB: t, clock: &clock{at: start}, keys: identity(), events: map[string]coc.Event{}}
	w.gh = &github{clock: w.clock, repos: map[string]*place{}, failing: map[string]error{}, calls: map[string]int{}, numbers: map[string]int64{}}
	w.st = newMemory(w.keys, w.clock)
	w.gh.barred = func(id coc.CaseID, who coc.Login, room coc.Repo) bool {
		c, err := w.st.look(id)
		if err != nil {
			t.Errorf("words of case %s, which is not durable: %v", id, err)
		}
		_, named := conflict.Barred(who, c.Parties)
		if c.Notice != nil { // whoever is concerned in the case reads no notice of it
			if of, err := w.st.look(c.Notice.Of); err == nil {
				_, there := conflict.Barred(who, of.Parties)
				named = named || there || declaredHard(of, who)
			}
		}
		// Where they decided they read on, also what comes late.
		there := c.Appeal != nil && slices.ContainsFunc(c.Placements, func(p coc.Placement) bool {
			return p.Before < c.Appeal.Since && p.Room.Repo.Is(room) && coc.HasLogin(p.Responders, who)
		})
		return named || declaredHard(c, who) || decidedBefore(c, who) && !there
	}
	w.gh.limited = func(id coc.CaseID, who coc.Login) bool {
		soft := false
		if c, err := w.st.look(id); err == nil {
			for _, d := range c.Declarations {
				if d.Login.Is(who) && (d.By == "" || d.By.Is(who)) {
					soft = d.Kind == coc.ConflictSoft || soft && d.Kind != coc.ConflictClear
				}
			}
		}
		return soft
	}
	w.gh.unasked = func(id coc.CaseID, who coc.Login, room coc.RepoFacts) bool {
		c, err := w.st.look(id)
		return err == nil && slices.ContainsFunc(c.Placements, func(p coc.Placement) bool { return p.Room.ID == room.ID && readsUnasked(c, p, who) })
	}
	w.gh.revision = func(id coc.CaseID) int {
		w.st.mu.reading(ofCases)
		defer w.st.mu.Unlock()
		return w.st.revisions[id]
	}
	w.gh.referred = func(ref string) []coc.CaseID {
		var out []coc.CaseID
		for _, id := range w.st.ids() {
			c, err := w.st.look(id)
			if err == nil && c.Notice != nil && c.Notice.Reference == ref {
				out = append(out, id, c.Notice.Of)
			}
		}
		return out
	}
	w.repo(source, "public").files[".github/coc.yaml"] = riverFile
	w.repo(riverRoom, "private", "ada-river", "ben-river", "cy-river")
	w.repo(baseRoom, "private", "fay-foundation", "finn-foundation", "farah-foundation")
	w.repo(topRoom, "private", "sam-summit", "sue-summit")
	w.Desk = casework.New(casework.Options{
		GitHub: w.gh, Store: w.st, Keys: w.keys, Operator: w, Clock: w.clock, Directory: dir,
		PublicURL: "https://coc.example/",
		Decode: func(in coc.Intake) (coc.Event, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			ev, ok := w.events[in.Delivery]
			if !ok {
				return ev, errors.New("not a delivery")
			}
			ev.Delivery, ev.Received = in.Delivery, in.Received
			return ev, nil
		},
	})
	return w
}

func (w *world) repo(repo coc.Repo, visibility string, readers ...coc.Login) *place {
	w.gh.made++
	p := &place{
		RepoFacts: coc.RepoFacts{Repo: repo, ID: w.gh.made, Visibility: visibility, DefaultBranch: "main"},
		readers:   map[coc.Login]bool{}, owners: map[coc.Login]bool{}, files: map[string]string{},
		commits: map[string]map[string]string{}, locked: map[int]bool{}, lifted: map[int]bool{},
	}
	for _, r := range readers {
		p.readers[r] = true
	}
	w.gh.repos[repo.Key()] = p
	return p
}

func (w *world) at(repo coc.Repo) *place { return w.gh.repos[repo.Key()] }

// take makes an event durable, as hook does.
func (w *world) take(ev coc.Event) {
	w.Helper()
	w.mu.Lock()
	w.taken++
	delivery := fmt.Sprintf("delivery-%d", w.taken)
	w.events[delivery] = ev
	w.mu.Unlock()
	lane := fmt.Sprintf("%d/%d", ev.Repo.ID, ev.Issue)
	in := coc.Intake{Source: coc.SourceHook, Delivery: delivery, Object: delivery, Lane: lane, Received: w.clock.Now(), Priority: 2}
	if fresh, err := w.st.Take(w.Context(), in); err != nil || !fresh {
		w.Fatalf("taking %s: fresh %v, %v", delivery, fresh, err)
	}
}

// tell is take, and then everything that follows from it at once.
func (w *world) tell(ev coc.Event) {
	w.Helper()
	w.take(ev)
	w.pass(time.Second)
}

// file files a report through the form and returns its receipt.
func (w *world) file(token string, f coc.Filing) string {
	w.Helper()
	if f.Repo.IsZero() {
		f.Repo = source
	}
	receipt, err := w.File(w.Context(), token, f)
	if err != nil {
		w.Fatal(err)
	}
	return receipt
}

func says(words string) coc.Filing { return coc.Filing{Account: coc.NewProse(words)} }

// report files one and waits for its issue.
func (w *world) report(words string) coc.Case {
	w.Helper()
	receipt := w.file("token", says(words))
	w.pass(time.Second)
	c := w.of(receipt)
	if c.Home().Issue == 0 && len(c.Evidence) > 0 {
		w.pass(2 * time.Second) // who wrote what it points to is found out first
		c = w.of(receipt)
	}
	return c
}

func (w *world) of(receipt string) coc.Case {
	w.Helper()
	hash, err := w.keys.ReceiptHash(receipt)
	if err != nil {
		w.Fatal(err)
	}
	id, err := w.st.CaseByReceipt(w.Context(), hash)
	if err != nil {
		w.Fatal(err)
	}
	return w.caseOf(id)
}

func (w *world) caseOf(id coc.CaseID) coc.Case {
	w.Helper()
	c, err := w.st.Case(w.Context(), id)
	if err != nil {
		w.Fatal(err)
	}
	return c
}

// lookAt is caseOf for whoever changes nothing of it.
func (w *world) lookAt(id coc.CaseID) coc.Case {
	w.Helper()
	c, err := w.st.look(id)
	if err != nil {
		w.Fatal(err)
	}
	return c
}

// inRoom is an event in the issue of a case's placement.
func (w *world) inRoom(c coc.Case, n int, kind coc.EventKind, who coc.Login) coc.Event {
	p := c.Placements[n]
	facts := w.gh.repos[p.Room.Repo.Key()].RepoFacts
	return coc.Event{Kind: kind, App: coc.AppRooms, Repo: facts, Issue: p.Issue, Actor: who, ActorBot: who.IsBot()}
}

func (w *world) comment(c coc.Case, who coc.Login, words string) coc.Event {
	ev := w.inRoom(c, len(c.Placements)-1, coc.EventComment, who)
	w.mu.Lock()
	defer w.mu.Unlock()
	ev.Comment, ev.CommentBody, ev.CommentAt = int64(w.taken+1), coc.NewProse(words), w.clock.Now()
	return ev
}

// says lets somebody comment in the case's issue.
func (w *world) says(c coc.Case, who coc.Login, words string) coc.Case {
	w.Helper()
	w.tell(w.comment(c, who, fairly(c, words)))
	return w.caseOf(c.ID)
}

// fairly has the accused told of the report before a case is resolved, where nobody
// says so and it is not what the test is about.
func fairly(c coc.Case, words string) string {
	if c.Notice != nil || ballot.Unheard(c) == nil {
		return words
	}
	return strings.ReplaceAll(words, "/coc resolve", "/coc accused notified\n/coc resolve")
}

// voters is who has a vote in a case now.
func voters(c coc.Case) []coc.Login {
	home := *c.Home()
	return conflict.Record{Declarations: c.Declarations, Over: home.Screened, Deciders: c.Deciders(home)}.Screen(home.Committee, c.Parties).Voters
}

// decides is says, and where the words resolve the case, who writes them proposes
// that first, the others agree, and counsel is consulted where they must be.
func (w *world) decides(c coc.Case, who coc.Login, words string) coc.Case {
	w.Helper()
	return w.decidesWithin(0, c, who, words)
}

// decidesWithin lets some time go by after each comment.
func (w *world) decidesWithin(pause time.Duration, c coc.Case, who coc.Login, words string) coc.Case {
	w.Helper()
	say := func(who coc.Login, words string) {
		w.says(c, who, words)
		w.pass(pause)
		c = w.caseOf(c.ID)
	}
	lines := strings.Split(words, "\n")
	i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "/coc resolve") })
	if i < 0 {
		say(who, words)
		return c
	}
	outcome, text, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(lines[i], "/coc resolve")), " ")
	lines[i] = "/coc propose " + cmp.Or(outcome, string(coc.OutcomeNoAction)) + " " + cmp.Or(text, "That is all.")
	say(who, strings.Join(lines[:i+1], "\n"))
	for _, l := range voters(c) {
		if l != who {
			say(l, "/coc agree")
		}
	}
	p, ok := c.Standing()
	if !ok || p.State != coc.ProposalCarried {
		w.Fatalf("%q is not carried: %+v", words, c.Proposals)
	}
	lines[i] = "/coc resolve"
	if _, advised := c.Advised(); p.Held != "" || c.AsksCounsel() && !advised {
		lines[i] = "/coc legal consulted\n/coc resolve"
	}
	say(who, strings.Join(lines[i:], "\n"))
	return c
}

// issueOf is the issue of one of a case's placements, as GitHub has it.
func (w *world) issueOf(c coc.Case, n int) *issue {
	w.Helper()
	p := c.Placements[n]
	if p.Issue == 0 {
		w.Fatalf("placement %d of the case has no issue", n)
	}
	return w.gh.repos[p.Room.Repo.Key()].issues[p.Issue-1]
}

// rest works until nothing is left to do now.
func (w *world) rest() {
	w.Helper()
	for range 3000 {
		job, ok := w.st.next()
		if !ok {
			return
		}
		w.work(job)
	}
	w.Fatal("there is no end to it")
}

func (w *world) work(job *queued) {
	err := w.Do(w.Context(), job.Job, job.attempts > 0)
	w.st.answer(job, err)
}

// pass lets time go by, and works whatever comes due on the way.
func (w *world) pass(d time.Duration) {
	w.Helper()
	until := w.clock.Now().Add(d)
	w.rest()
	for {
		at, ok := w.st.nextTime()
		if !ok || at.After(until) {
			break
		}
		if at.After(w.clock.Now()) {
			w.clock.set(at)
		}
		w.rest()
	}
	w.clock.set(until)
	w.rest()
}

// invariants are what holds when nothing is left to do and nothing is broken.
func (w *world) invariants() {
	w.Helper()
	w.always()
	for _, id := range w.st.ids() {
		c := w.lookAt(id)
		w.oneHome(c)
		w.shows(c)
		w.linksAreOpen(c)
		w.nobodyBarredIsInvited(c)
	}
}

// always is what holds at any time.
func (w *world) always() {
	w.Helper()
	for _, id := range w.st.ids() {
		c := w.lookAt(id)
		w.journaled(c)
		w.nobodyRecusedActs(c)
		w.nobodyWaitsInVain(c)
	}
	w.noBarredReader()
	for _, a := range w.alarms {
		for _, login := range everybody {
			if strings.Contains(a, string(login)) {
				w.Errorf("an alarm names %s: %s", login, a)
			}
		}
		if strings.Contains(a, canary) {
			w.Errorf("an alarm quotes a report: %s", a)
		}
	}
	for _, said := range w.gh.public {
		if strings.Contains(said, canary) {
			w.Errorf("said in public: %s", said)
		}
	}
}

// oneHome: at most one issue is open and not marked as left, and it is the
// home's.
func (w *world) oneHome(c coc.Case) {
	w.Helper()
	if len(c.Placements) == 0 {
		w.Errorf("case %s has no home", c.ID)
		return
	}
	var holding []string
	for key, p := range w.gh.repos {
		for _, i := range p.issues {
			if strings.Contains(i.Body, "cocrouter:"+string(c.ID)+"/") && !slices.Contains(i.Labels, "status/transferred") && !i.Converted && !i.gone {
				holding = append(holding, fmt.Sprintf("%s#%d", key, i.Number))
			}
		}
	}
	if slices.ContainsFunc(c.Placements, func(p coc.Placement) bool { return p.Frozen != "" }) {
		return // what GitHub shows may be old while nothing may be written
	}
	home := c.Home()
	switch {
	case home.Issue == 0 && len(holding) > 0, home.Issue != 0 && len(holding) != 1:
		w.Errorf("case %s, home %s#%d, is held by %q", c.ID, home.Room.Repo, home.Issue, holding)
	}
}

// journaled: the journal tells the stage, in order of the revisions.
func (w *world) journaled(c coc.Case) {
	w.Helper()
	last := 0
	for _, e := range c.Journal {
		if e.Revision < last || e.Revision > c.Revision {
			w.Errorf("case %s at revision %d has a journal entry %q of revision %d after %d", c.ID, c.Revision, e.Act, e.Revision, last)
		}
		last = e.Revision
	}
}

// declaredHard is a model of its own: somebody has a hard conflict by what was
// declared of them. Employers do not come into it.
func declaredHard(c coc.Case, who coc.Login) bool {
	own, others := map[coc.ConflictBasis]bool{}, map[coc.ConflictBasis]bool{}
	for _, d := range c.Declarations {
		self := d.By == "" || d.By.Is(d.Login)
		switch {
		case !d.Login.Is(who), !self && !d.Settled:
		case d.Kind == coc.ConflictClear:
			if self {
				clear(own)
			}
		case d.Kind != coc.ConflictSoft:
			return true
		case self:
			own[d.Basis] = true
		default:
			others[d.Basis] = true
		}
	}
	maps.Copy(own, others)
	return len(own) > 1
}

// decidedBefore: somebody decided what is appealed, by who decided then.
func decidedBefore(c coc.Case, who coc.Login) bool {
	return c.Appeal != nil && coc.HasLogin(c.Appeal.Deciders, who)
}

// nobodyRecusedActs: whoever has a hard conflict is no responder, and nothing of
// theirs stands in the journal after they said so.
func (w *world) nobodyRecusedActs(c coc.Case) {
	w.Helper()
	for _, l := range c.Home().Responders {
		if declaredHard(c, l) {
			w.Errorf("case %s: %s has a hard conflict and responds", c.ID, l)
		}
		if decidedBefore(c, l) {
			w.Errorf("case %s: %s decided it and hears the appeal", c.ID, l)
		}
	}
	gone := map[string]bool{}
	for _, e := range c.Journal {
		if gone[e.Actor.Key()] {
			w.Errorf("case %s: %s did %s after they recused themself", c.ID, e.Actor, e.Act)
		}
		if e.Act == "recuse" && e.Kind == coc.ConflictHard && e.Whom.Is(e.Actor) {
			gone[e.Actor.Key()] = true
		}
	}
}

// shows: a home that may be written to shows the newest revision.
func (w *world) shows(c coc.Case) {
	w.Helper()
	home := c.Home()
	if home.Issue == 0 || home.Frozen != "" {
		return
	}
	i := w.issueOf(c, len(c.Placements)-1)
	if i.gone {
		return
	}
	var ours []string
	for _, l := range i.Labels {
		if coc.OurLabel(l) {
			ours = append(ours, l)
		}
	}
	want := labelsOf(c)
	slices.Sort(ours)
	slices.Sort(want)
	if !slices.Equal(ours, want) {
		w.Errorf("case %s shows %q, want %q", c.ID, ours, want)
	}
	if open := !stage.Closed(c.Stage); i.Open != open && !i.Converted {
		w.Errorf("case %s is %s, and its issue is open %v", c.ID, c.Stage, i.Open)
	}
	if home.Shown < c.Revision {
		w.Errorf("case %s at revision %d shows revision %d", c.ID, c.Revision, home.Shown)
	}
}

// noBarredReader: no word of a report was written where somebody could read it
// who may not.
func (w *world) noBarredReader() {
	w.Helper()
	for _, x := range w.gh.writes {
		for _, r := range x.recorded {
			w.Errorf("%s: a notice in %s told of the record, which %s may not know of", x.op, x.repo, r)
		}
		if recordLine.MatchString(x.text) && (x.repo == riverRoom.Key() || x.repo == lakeRoom.Key()) {
			w.Errorf("%s: %s reads of the record", x.op, x.repo)
		}
		if !strings.Contains(x.text, canary) {
			continue
		}
		welcome := w.members(x.repo)
		if welcome == nil {
			w.Errorf("words were written to %s", x.repo)
		}
		for _, r := range x.readers {
			if !slices.Contains(welcome, r) {
				w.Errorf("%s: words were written to %s while %s could read", x.op, x.repo, r)
			}
		}
		for _, r := range x.barred {
			w.Errorf("%s: words of a case were written to %s while %s could read, who is named in it", x.op, x.repo, r)
		}
		for _, r := range x.unasked {
			w.Errorf("%s: words of a case were written to %s while %s could read, who has not said that they are clear", x.op, x.repo, r)
		}
	}
}

// nobodyBarredIsInvited: nobody can accept a way into a case's own repository whom the
// case bars there by now.
func (w *world) nobodyBarredIsInvited(c coc.Case) {
	w.Helper()
	for _, p := range c.Placements {
		at := w.at(p.Room.Repo)
		if !p.Separate || at == nil {
			continue
		}
		for _, l := range at.invited {
			if w.gh.barred(c.ID, l, p.Room.Repo) {
				w.Errorf("%s is still invited to %s", l, p.Room.Repo)
			}
		}
	}
}

// members is whose room a repository is; a separate one is of its owner's people.
func (w *world) members(repo string) []coc.Login {
	if p := w.gh.repos[repo]; p != nil && p.mark != "" {
		for _, room := range rooms {
			if room.Owner == p.Repo.Owner {
				return slices.Concat([]coc.Login{"dee-river", "eve-river"}, rosters[room.Key()], w.also[room.Key()])
			}
		}
	}
	if welcome := rosters[repo]; welcome != nil {
		return slices.Concat(welcome, w.also[repo])
	}
	return nil
}

var rosters = map[string][]coc.Login{
	riverRoom.Key(): {"ada-river", "ben-river", "cy-river"},
	baseRoom.Key():  {"fay-foundation", "finn-foundation", "farah-foundation"},
	topRoom.Key():   {"sam-summit", "sue-summit"},
	lakeRoom.Key():  {"lia-lake", "leo-lake"},
}

var everybody = []coc.Login{
	"ada-river", "ben-river", "cy-river", "fay-foundation", "finn-foundation", "farah-foundation",
	"sam-summit", "sue-summit", "stan-stranger", "rae-reporter", "omar-outsider",
}
