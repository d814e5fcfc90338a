package casework_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/ballot"
	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/policy"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// TestWhateverHappensNoBarredPersonReads lets random things happen to reports,
// rooms, rosters and GitHub, and then mends the world: every report has exactly
// one home by then, which shows it as it stands. In some worlds the project's committee
// asks each of its members in private (random_asked_test.go).
func TestWhateverHappensNoBarredPersonReads(t *testing.T) {
	t.Parallel()
	worlds, asking := uint64(100), uint64(40)
	if testing.Short() { // under the race detector each takes seconds
		worlds, asking = 15, 6
	}
	// Worlds, those who were accused in them and answered, and those who were let in by
	// their own word, or whom their own word kept out.
	var lived, heard, letIn, keptOut atomic.Uint64
	t.Cleanup(func() {
		if lived.Load() < worlds+asking {
			return
		}
		if heard.Load() == 0 {
			t.Error("in no world has anybody answered who is accused")
		}
		if letIn.Load() < asking || keptOut.Load() == 0 {
			t.Errorf("in %d worlds %d were let in by their own word, and %d kept out", asking, letIn.Load(), keptOut.Load())
		}
	})
	for seed := range worlds + asking {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			f := &fate{world: newWorld(t), r: rand.New(rand.NewPCG(seed, 7))}
			f.organise()
			f.sitsOnBoth()
			if seed >= worlds {
				f.asksInPrivate()
			}
			for n := range 40 {
				f.something()
				if n%8 == 7 {
					f.hears()
					f.pass(time.Second)
				}
				f.always()
			}
			f.mend()
			f.invariants()
			f.over()
			lived.Add(1)
			heard.Add(uint64(len(f.accounts)))
			if f.asks != nil {
				letIn.Add(f.asks.letIn)
				keptOut.Add(f.asks.keptOut)
			}
			if t.Failed() {
				t.Logf("what happened:\n%s", strings.Join(f.told, "\n"))
			}
		})
	}
}

// fate lets things happen.
type fate struct {
	*world
	r        *rand.Rand
	receipts []string
	answers  map[string]string // words sent with a receipt, by the receipt
	accounts map[string]coc.CaseID
	told     []string
	asks     *asks // nil: nobody is asked in private
}

func (f *fate) note(what string, about ...any) {
	f.told = append(f.told, f.clock.Now().Format("02 15:04:05 ")+fmt.Sprintf(what, about...))
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

func (f *fate) something() {
	var all []func()
	if f.asks != nil {
		all = []func(){f.answersInPrivate, f.answersInPrivate, f.looksIn, f.touchesIndex}
	}
	for _, do := range append(all, f.files, f.adds, f.writesBack, f.commands, f.declares, f.commands, f.declares, f.moves, f.moves, f.room, f.reader, f.roster, f.outage, f.push, f.time) {
		if f.r.IntN(6) == 0 {
			do()
			f.pass(time.Duration(f.r.IntN(2000)) * time.Millisecond)
			return
		}
	}
	f.pass(time.Minute)
}

// organise lets the App make repositories in some organisations, of which some
// have an owner of their own, and some let every member read everything.
func (f *fate) organise() {
	f.gh.orgs = map[string]*org{}
	for _, room := range rooms {
		if f.r.IntN(2) == 0 {
			continue
		}
		o := &org{members: rosters[room.Key()], base: pick(f.r, []string{"none", "none", "read"})}
		if f.r.IntN(4) == 0 {
			owner := pick(f.r, append([]coc.Login{"omar-outsider"}, o.members...))
			o.owners = []coc.Login{owner}
			f.at(room).owners[owner] = true
		}
		f.gh.orgs[room.Owner] = o
		f.note("%s: owned by %v, base %s", room.Owner, o.owners, o.base)
	}
}

// sitsOnBoth makes somebody of the project's committee sit on the foundation's, too,
// in one world of three: of what they decided they hear no appeal.
func (f *fate) sitsOnBoth() {
	if f.r.IntN(3) > 0 {
		return
	}
	const who = "ben-river"
	dir, problems := policy.ParseDirectory([]byte(strings.Replace(directory, "farah-foundation]", "farah-foundation, "+who+"]", 1)))
	if len(problems) > 0 {
		f.Fatal(problems)
	}
	f.Directory, f.also = dir, map[string][]coc.Login{baseRoom.Key(): {who}}
	f.at(baseRoom).readers[who] = true
	if o := f.gh.orgs[baseRoom.Owner]; o != nil {
		o.members = append(slices.Clone(o.members), who)
	}
	f.note("%s is on the foundation's committee, too", who)
}

// private is every room, those that were made for one case among them.
func (f *fate) private() []coc.Repo {
	out := slices.Clone(rooms)
	for _, key := range slices.Sorted(maps.Keys(f.gh.repos)) {
		if p := f.gh.repos[key]; p.mark != "" {
			out = append(out, p.Repo)
		}
	}
	return out
}

// words name somebody, or nobody.
func (f *fate) words() coc.Filing {
	who := pick(f.r, everybody)
	switch f.r.IntN(4) {
	case 0:
		return says(fmt.Sprintf("%s %d by @%s.", canary, f.r.Int(), who))
	case 1:
		filing := says(fmt.Sprintf("%s %d.", canary, f.r.Int()))
		filing.Involved = []coc.Party{{Login: who, Role: pick(f.r, []coc.Role{coc.RoleAccused, coc.RoleHarmed, coc.RoleWitness})}}
		return filing
	}
	return says(fmt.Sprintf("%s %d.", canary, f.r.Int()))
}

func (f *fate) files() {
	f.note("a report")
	f.receipts = append(f.receipts, f.file(fmt.Sprintf("token %d", len(f.receipts)), f.words()))
}

func (f *fate) adds() {
	if len(f.receipts) > 0 {
		n := f.r.IntN(len(f.receipts))
		f.note("more of report %d", n)
		f.file(fmt.Sprintf("token %d", n), f.words())
	}
}

// writesBack sends something with a receipt, which may not be worked for a while.
func (f *fate) writesBack() {
	if len(f.receipts) == 0 {
		return
	}
	n := f.r.IntN(len(f.receipts))
	words := "pebble" // which GitHub takes for nothing else
	for range 16 {
		words += string(rune('g' + f.r.IntN(20)))
	}
	said := coc.FromReporter{Kind: pick(f.r, []coc.MessageKind{coc.MessageAnswer, coc.MessageAnswer, coc.MessageUrgent, coc.MessageWithdrawn}), Danger: f.r.IntN(3) == 0}
	said.Text = coc.NewProse(words + " Ask @" + string(pick(f.r, slices.Concat(rosters[riverRoom.Key()], rosters[baseRoom.Key()]))))
	f.note("%s with receipt %d", said.Kind, n)
	if err := f.Write(f.Context(), f.receipts[n], words, said); err != nil {
		f.Error(err)
		return
	}
	if f.answers == nil {
		f.answers = map[string]string{}
	}
	f.answers[words] = f.receipts[n]
}

// hears has somebody asked who is accused, and answer at any address that ever stood
// anywhere, good or not.
func (f *fate) hears() {
	var all []string
	r := rand.New(rand.NewPCG(uint64(len(f.told)), 8)) // everything else comes as it would
	for _, id := range f.st.ids() {
		c := f.caseOf(id)
		for n, p := range c.Placements {
			if p.Issue == 0 {
				continue
			}
			for _, m := range addressIn.FindAllStringSubmatch(strings.Join(f.issueOf(c, n).comments, "\n"), -1) {
				all = append(all, m[1])
			}
		}
		if home := c.Home(); home.Issue != 0 && len(ballot.AccusedOf(c)) == 1 && len(home.Responders) > 0 {
			f.writes(c, len(c.Placements)-1, pick(r, home.Responders), "accused link")
		}
	}
	if len(all) == 0 {
		return
	}
	token, words := pick(r, all), "marble"
	for range 16 {
		words += string(rune('g' + r.IntN(20)))
	}
	said := coc.NewProse(words + " Ask @" + string(pick(r, slices.Concat(rosters[riverRoom.Key()], rosters[baseRoom.Key()]))))
	_, looked := f.Invited(f.Context(), token)
	err := f.Answer(f.Context(), token, "a form", said)
	f.note("the accused answers %s: %v", words, err)
	if err == nil && f.accounts == nil {
		f.accounts = map[string]coc.CaseID{}
	}
	if err == nil {
		f.accounts[words] = f.invitedTo(token)
	}
	if looked != nil && err == nil || err != nil && !errors.Is(err, coc.ErrMissing) && !errors.Is(err, coc.ErrUnsure) {
		f.Errorf("the address shows %v, and an answer there is %v", looked, err)
	}
}

// invitedTo is the case that an address leads to.
func (f *fate) invitedTo(token string) coc.CaseID {
	hash := f.Keys.Digest("invitation", token)
	for _, id := range f.st.ids() {
		if slices.ContainsFunc(f.caseOf(id).Invitations, func(i coc.Invitation) bool { return i.Hash == hash }) {
			return id
		}
	}
	f.Fatal("no case has an address that takes an answer")
	return ""
}

// somewhere is a case and one of its issues, if there is any.
func (f *fate) somewhere() (c coc.Case, n int, ok bool) {
	ids := f.st.ids()
	if len(ids) == 0 {
		return c, 0, false
	}
	c = f.caseOf(pick(f.r, ids))
	n = f.r.IntN(len(c.Placements))
	if f.r.IntN(4) > 0 {
		n = len(c.Placements) - 1
	}
	return c, n, c.Placements[n].Issue != 0
}

func (f *fate) somebody(c coc.Case, n int) coc.Login {
	if r := c.Placements[n].Responders; len(r) > 0 && f.r.IntN(4) > 0 {
		return pick(f.r, r)
	}
	return pick(f.r, everybody)
}

func (f *fate) commands() {
	c, n, ok := f.somewhere()
	if !ok {
		return
	}
	var lines []string
	// Random words alone would seldom decide a case, and hardly ever appeal that.
	switch decided := c.Stage == coc.StageResolved || c.Stage == coc.StageClosed; {
	case decided && f.r.IntN(2) == 0:
		lines = append(lines, "/coc appeal conflict They know them.")
	case !decided && f.r.IntN(4) == 0:
		lines = append(lines, "/coc ack", "/coc accused "+pick(f.r, []string{"notified", "notified", "deferred They could take it down.", "heard It was a joke."}), "/coc propose no-action Talked.")
		defer f.votes(c, n)
	}
	for range 1 + f.r.IntN(3) {
		lines = append(lines, "/coc "+pick(f.r, []string{"ack", "screen", "investigate", "resolve warning Talked.", "close", "reopen It came back.", "accused notified", "accused deferred Not yet.", "interim I muted them.", "interim confirm", "interim reverse", "mediate Both agree.", "mediate ended",
			"escalate We know them.", "escalate summit They know them.", "transfer summit They know them.", "transfer foundation They know them.", "transfer nobody Why not.", "notify Somebody was rude.", "notify record", "appeal unfair They did not ask him.", "appeal because", "claim", "claim @ben-river", "status", "help", "nonsense", "agree", "object No.", "propose ban For ever.", "propose suspension until 2025-06-01 naming For a while.", "legal consulted", "resolve",
			"severity high", "severity low", "flag legal-risk", "unflag legal-risk", "flag overdue", "evidence https://chat.example/1 Of ben-river.", "evidence https://chat.example/2",
			"link #1", "link #2", "link #3", "remedy They write to fay-foundation until 2025-06-01", "remedy They talk.", "remedy done 1", "remedy checked 1", "remedy lapsed 1 They left.",
			"update We look into it.", "update sent", "ask When was it?"}))
	}
	ev := f.inRoom(c, n, coc.EventComment, f.somebody(c, n))
	ev.Comment, ev.CommentBody, ev.CommentAt = int64(f.r.IntN(1<<40)), coc.NewProse(strings.Join(lines, "\n")), f.clock.Now()
	f.note("%s in placement %d of %s: %q", ev.Actor, n, c.ID, lines)
	f.take(ev)
}

// votes lets most of the responders say something to what was proposed, and one of
// them resolve the case.
func (f *fate) votes(c coc.Case, n int) {
	last := coc.Login("")
	for _, who := range c.Placements[n].Responders {
		if f.r.IntN(8) > 0 {
			f.writes(c, n, who, pick(f.r, []string{"agree", "agree", "agree", "agree", "agree", "object No."}))
			last = who
		}
	}
	if last != "" {
		f.writes(c, n, last, "resolve")
	}
}

func (f *fate) writes(c coc.Case, n int, who coc.Login, line string) {
	ev := f.inRoom(c, n, coc.EventComment, who)
	ev.Comment, ev.CommentBody, ev.CommentAt = int64(f.r.IntN(1<<40)), coc.NewProse("/coc "+line), f.clock.Now()
	f.note("%s in placement %d of %s: %q", who, n, c.ID, line)
	f.take(ev)
}

// declares lets somebody say what they like of anybody's conflicts, or let
// somebody in.
func (f *fate) declares() {
	c, n, ok := f.somewhere()
	if !ok {
		return
	}
	who := f.somebody(c, n)
	whom := f.somebody(c, n)
	if f.r.IntN(3) > 0 { // what waits is confirmed more often than by chance
		for _, d := range c.Declarations {
			if d.By != "" && !d.Settled {
				whom = d.Login
			}
		}
	}
	line := "/coc " + pick(f.r, []string{"clear", "clear", "recuse hard", "recuse soft comment", "recuse soft employer we met", "recuse soft",
		"recuse @WHOM hard", "recuse @WHOM soft comment", "confirm-conflict @WHOM", "confirm-conflict @WHOM", "admit @WHOM", "admit @WHOM all"})
	line = strings.ReplaceAll(line, "WHOM", string(whom))
	if f.r.IntN(3) == 0 {
		line += "\n/coc " + pick(f.r, []string{"ack", "claim", "clear", "investigate"})
	}
	ev := f.inRoom(c, n, coc.EventComment, who)
	ev.Comment, ev.CommentBody, ev.CommentAt = int64(f.r.IntN(1<<40)), coc.NewProse(line), f.clock.Now()
	f.note("%s in placement %d of %s: %q", who, n, c.ID, line)
	f.take(ev)
}

func (f *fate) moves() {
	c, n, ok := f.somewhere()
	if !ok {
		return
	}
	kind := pick(f.r, []coc.EventKind{coc.EventLabeled, coc.EventUnlabeled, coc.EventClosed, coc.EventReopened})
	label := pick(f.r, []string{"status/acknowledged", "status/investigating", "status/mediation", "status/resolved", "status/closed", "status/transferred", "flag/overdue", "bug", "status/made-up"})
	who, i := f.somebody(c, n), f.issueOf(c, n)
	ev := f.inRoom(c, n, kind, who)
	ev.Label = label
	switch kind {
	case coc.EventLabeled:
		if !slices.Contains(i.Labels, label) {
			i.Labels = append(i.Labels, label)
		}
	case coc.EventUnlabeled:
		i.Labels = slices.DeleteFunc(i.Labels, func(l string) bool { return l == label })
	default:
		i.Open = kind == coc.EventReopened
	}
	f.note("%s in placement %d of %s: %s %s", who, n, c.ID, kind, label)
	f.take(ev)
}

var rooms = []coc.Repo{riverRoom, baseRoom, topRoom}

// room changes what a room is. GitHub's delivery tells of it, or it is lost
// and some time goes by.
func (f *fate) room() {
	p := f.at(pick(f.r, f.private()))
	action := "edited"
	switch f.r.IntN(5) {
	case 0:
		p.Visibility, action = "public", "publicized"
	case 1:
		p.Visibility, action = "private", "privatized"
	case 2:
		p.Archived = !p.Archived
	case 3:
		p.noIssues = !p.noIssues
	case 4:
		p.problem = pick(f.r, []error{nil, nil, coc.ErrInaccessible, coc.ErrDenied})
	}
	f.note("%s: %+v, problem %v, issues off %v", p.Repo, p.RepoFacts, p.problem, p.noIssues)
	f.heard(coc.Event{Kind: coc.EventRepo, Action: action, App: coc.AppRooms, Repo: p.RepoFacts})
}

func (f *fate) heard(ev coc.Event) {
	if f.r.IntN(2) == 0 {
		f.take(ev)
		f.rest()
		return
	}
	f.pass(11 * time.Second) // longer than a look is remembered
}

// reader lets somebody into a room or takes somebody out. While it is done, no
// look is remembered.
func (f *fate) reader() {
	p := f.at(pick(f.r, f.private()))
	who := pick(f.r, append([]coc.Login{"stan-stranger", "omar-outsider"}, f.members(p.Repo.Key())...))
	if p.readers[who] {
		delete(p.readers, who)
	} else {
		p.readers[who] = true
	}
	f.note("%s: %s reads: %v", p.Repo, who, p.readers[who])
	f.heard(coc.Event{Kind: coc.EventRoster, App: coc.AppRooms, Repo: p.RepoFacts, Account: p.Repo.Owner, Member: who})
}

func (f *fate) roster() {
	p := f.at(riverRoom)
	file := pick(f.r, []string{"", "version: 1\nmembers: [ada-river, ben-river]\n", "version: 1\nmembers: 7\n", "version: 1\nmembers: [ada-river, ben-river, cy-river]\n"})
	if f.asks != nil {
		file = f.asksBy(file)
	}
	if p.files = map[string]string{}; file != "" {
		p.files[".github/coc-committee.yaml"] = file
	}
	f.note("the roster is %q", file)
	f.heard(coc.Event{Kind: coc.EventPushed, App: coc.AppRooms, Repo: p.RepoFacts, Truncated: true})
}

func (f *fate) outage() {
	f.gh.down, f.gh.failing = nil, map[string]error{}
	later := coc.Later{Cause: "status 502"}
	switch f.r.IntN(4) {
	case 0:
		f.gh.down = later
	case 1:
		later.After = f.clock.Now().Add(time.Duration(f.r.IntN(100)) * time.Minute)
		f.gh.failing[pick(f.r, []string{"file", "readers", "account", "open", "show", "reply", "issue", "labels", "organisation", "make room", "admit", "expel", "archive"})] = later
	}
	lost := f.r.IntN(3) == 0
	f.gh.after = func(op string) error {
		if lost && f.r.IntN(3) == 0 {
			return coc.Later{Cause: "no answer"}
		}
		return nil
	}
	f.note("down %v, failing %v, answers get lost %v", f.gh.down, f.gh.failing, lost)
}

func (f *fate) push() {
	text := pick(f.r, []string{riverFile, riverFile, "nonsense", "version: 1\ncommittee: foundation\n", "version: 1\ncommittee: summit\n"})
	f.note("coc.yaml is %q", text)
	f.heard(f.pushed(text))
}

func (f *fate) time() {
	d := pick(f.r, []time.Duration{time.Minute, 12 * time.Minute, 2 * time.Hour, 80 * time.Hour})
	f.note("%s go by", d)
	f.pass(d)
}

func (f *fate) mend() {
	f.note("mended")
	f.gh.down, f.gh.failing, f.gh.after = nil, map[string]error{}, nil
	f.at(source).files[".github/coc.yaml"] = riverFile
	for _, o := range f.gh.orgs {
		o.owners = nil
	}
	for _, room := range f.private() {
		p := f.at(room)
		clear(p.owners)
		if p.mark != "" {
			f.mendSeparate(p)
			continue
		}
		p.Visibility, p.Archived, p.noIssues, p.problem = "private", false, false, nil
		clear(p.readers)
		clear(p.files)
		for _, l := range slices.Concat(rosters[room.Key()], f.also[room.Key()]) {
			p.readers[l] = true
		}
	}
	// Who responds was pinned, and he is not on every roster of the world.
	delete(f.at(riverRoom).readers, "cy-river")
	f.pass(100 * time.Hour)
	if f.asks != nil {
		f.mendAsking()
	}
}

// mendSeparate puts a separate room right as far as people can: whoever came in
// by hand leaves, and who was thrown out by hand comes back. The archive is ours.
func (f *fate) mendSeparate(p *place) {
	p.Visibility, p.noIssues, p.problem = "private", false, nil
	for _, id := range f.st.ids() {
		c := f.caseOf(id)
		for _, h := range c.Placements {
			if h.Room.ID != p.ID {
				continue
			}
			clear(p.readers)
			for _, l := range h.Responders {
				p.readers[l] = true
			}
		}
	}
}

// over: nothing was lost, and nothing goes on but the cases that nobody may
// have.
func (f *fate) over() {
	f.Helper()
	if len(f.st.failed) > 0 {
		f.Errorf("given up: %q", f.st.failed)
	}
	for _, receipt := range f.receipts {
		c := f.of(receipt)
		p, err := f.Progress(f.Context(), receipt)
		if err != nil || p.State == casework.TakenIn {
			f.Errorf("a receipt shows %+v, %v", p, err)
		}
		if c.Home().Sealed() {
			f.mustBeSealed(c)
		} else if c.Home().Issue == 0 {
			f.Errorf("case %s has no issue in %s", c.ID, c.Home().Room.Repo)
		}
		if _, err := stage.Next(c.Stage, "help"); err == nil || len(stage.Legal(c.Stage)) == 0 {
			f.Errorf("case %s is stuck in %q", c.ID, c.Stage)
		}
	}
	for words, receipt := range f.answers {
		f.answered(words, f.of(receipt))
	}
	for words, id := range f.accounts {
		f.answered(words, f.caseOf(id))
	}
	f.watched()
	f.wound()
	for _, j := range f.st.jobs {
		if j.Kind != coc.JobSurvey && j.Kind != coc.JobOpen && j.Kind != coc.JobStanding && j.Kind != coc.JobScreen && j.Kind != coc.JobClock && !f.rightlyFrozen(j.Case) {
			f.Errorf("a job goes on: %+v", *j)
		}
	}
}

// answered: what was sent with a receipt, or at an address, is kept once, and stands once
// where the case is.
func (f *fate) answered(words string, c coc.Case) {
	f.Helper()
	kept := 0
	for _, m := range c.FromReporter() {
		kept += strings.Count(m.Text.Reveal(), words)
	}
	for _, inv := range c.Invitations {
		kept += strings.Count(inv.Answer.Reveal(), words)
	}
	if kept != 1 {
		f.Errorf("case %s keeps %q %d times", c.ID, words, kept)
	}
	home := c.Home()
	if home.Issue == 0 || home.Frozen != "" || f.issueOf(c, len(c.Placements)-1).gone {
		return
	}
	if body, comments := f.counted(c, len(c.Placements)-1, words); body+comments != 1 {
		f.Errorf("case %s has %q in the body %d times and in comments %d times", c.ID, words, body, comments)
	}
}

// watched: exactly one survey of each room with an open case is to come, and no
// other counts.
func (w *world) watched() {
	w.Helper()
	counts := map[string]int{}
	for _, j := range w.st.jobs {
		if x := w.st.watches[j.Room]; j.Kind == coc.JobSurvey && j.Revision == x.Revision {
			if counts[j.Room]++; j.due.After(w.clock.Now().Add(24 * time.Hour)) {
				w.Errorf("the next survey of %s is at %s", x.Room.Repo, j.due)
			}
		}
	}
	for key, n := range counts {
		if n != 1 {
			w.Errorf("%d surveys of %s are to come", n, w.st.watches[key].Room.Repo)
		}
	}
	for _, id := range w.st.ids() {
		c := w.caseOf(id)
		if home := c.Home(); home.Issue != 0 && !stage.Closed(c.Stage) && counts[w.st.WatchKey(home.Room.ID)] != 1 {
			w.Errorf("no survey of %s is to come", home.Room.Repo)
		}
	}
}

// rightlyFrozen: somebody whom the case names came to read its room after it
// was opened there, and the case waits until they are gone.
func (f *fate) rightlyFrozen(id coc.CaseID) bool {
	return slices.ContainsFunc(f.caseOf(id).Placements, func(p coc.Placement) bool { return p.Frozen == "room/conflicted-reads" })
}

// nobodyWaitsInVain: while a committee has a case whose reporter waits for a word,
// that is due, whatever the case has been through.
func (w *world) nobodyWaitsInVain(c coc.Case) {
	w.Helper()
	if c.Home() == nil || c.Home().Sealed() || c.Notice != nil || stage.Closed(c.Stage) {
		return
	}
	for kind, what := range map[coc.MessageKind]string{coc.MessageUrgent: stage.DueUrgent, coc.MessageWithdrawn: stage.DueWithdrawn} {
		_, waits := c.Waits(kind)
		if due := slices.ContainsFunc(c.Due, func(d coc.Due) bool { return d.What == what }); due != waits {
			w.Errorf("case %s is %s: its reporter waits for %q %v, and it is due %v", c.ID, c.Stage, what, waits, due)
		}
	}
}

// mustBeSealed: in a mended world a case stays sealed only where every
// committee of its chain has had it or may not.
func (f *fate) mustBeSealed(c coc.Case) {
	f.Helper()
	for _, k := range c.Chain {
		had := slices.ContainsFunc(c.Placements, func(p coc.Placement) bool { return p.Committee.Key == k.Key && (p.Issue != 0 || !p.Asked.IsZero()) })
		roster := slices.Concat(rosters[k.Incidents.Key()], f.also[k.Incidents.Key()])
		barred := slices.ContainsFunc(c.Parties, func(p coc.Party) bool {
			return p.Role.BarsReading() && slices.Contains(roster, p.Login)
		}) || slices.ContainsFunc(roster, func(l coc.Login) bool { return declaredHard(c, l) || decidedBefore(c, l) })
		if !had && !barred && !k.Incidents.IsZero() {
			f.Errorf("case %s is sealed although %s could have it", c.ID, k.Name)
		}
	}
}
