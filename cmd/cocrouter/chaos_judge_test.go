package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/notice"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// homes is the rooms that may take a report: the nearest committee's, and the
// last one's, unless somebody who is accused reads there. None: the case is to
// stay sealed.
func (r chaosReport) homes() []string {
	return slices.DeleteFunc(slices.Compact([]string{r.place.room, chaosLast}), func(room string) bool { // that of chaosLake keeps nobody out, and has no words
		return slices.ContainsFunc(chaosRooms[room], func(login string) bool { return slices.Contains(r.accused, login) })
	})
}

// mayBeSealed: nobody but the nearest committee may take it, and which that is
// could not be read for a while.
func (r chaosReport) mayBeSealed() bool { return !slices.Contains(r.homes(), chaosLast) }

// chaosIssue is an issue of a room as GitHub shows it.
type chaosIssue struct {
	ghIssue
	State    string `json:"state"`
	Locked   bool   `json:"locked"`
	room     string // by its first name
	comments []chaosSaid
}

type chaosSaid struct {
	ID       int64  `json:"id"`
	Body     string `json:"body"`
	IssueURL string `json:"issue_url"`
	User     struct {
		Login string `json:"login"`
	} `json:"user"`
}

func (s chaosSaid) ours() bool { return s.User.Login == "conduct-rooms[bot]" }

// judge compares what people find on GitHub, what they know that they did, and
// what the store holds.
func (c *chaos) judge() {
	c.t.Helper()
	cases, err := c.records()
	if err != nil {
		c.t.Fatal(err)
	}
	pages := c.lookAtPages(cases)
	found := c.look()
	lanes, undone, err := c.lanes()
	if err != nil {
		c.t.Fatal(err)
	}
	for _, id := range undone {
		c.t.Errorf("intake %d is not done", id)
	}
	if err := c.servers.end(); err != nil {
		c.t.Fatal(err)
	}
	if cases, err = c.records(); err != nil {
		c.t.Fatal(err)
	}
	c.judgeReports(found, cases, lanes)
	c.judgeAnswers(found, cases)
	accounts := c.judgeAccounts(found, cases)
	c.judgeAsked(cases, pages)
	c.judgeLocks(found)
	asked, answered := c.judgeQuestions(found, cases)
	c.judgeThreads()
	c.judgeReaders(found)
	for _, wrong := range c.untaken(lanes) {
		c.t.Error(wrong)
	}
	for _, cs := range cases {
		if wrong := slices.Concat(c.judgeCase(cs, lanes, found), judgeAppeal(cs), judgeMeasures(cs), c.judgeShown(cs, found)); len(wrong) > 0 {
			c.t.Errorf("%s\n%s", describe(cs), strings.Join(wrong, "\n"))
		}
	}
	c.judgeLog()
	c.judgeLuck()
	if n := c.Exceeded(); n > 0 {
		c.t.Errorf("%d requests were more than GitHub allows", n)
	}
	if c.t.Logf("of %d cases the first reading was wrong", c.reread); c.reread > len(cases)/10 {
		c.t.Errorf("of %d cases among %d the first reading was wrong: the judge guesses too much", c.reread, len(cases))
	}
	c.t.Logf("%d questions asked and %d answered; what people did: %v", asked, answered, didOf(cases))
	if asked >= 10 && answered == 0 { // of fewer, none may have found somebody who answers
		c.t.Errorf("%d questions asked and %d answered", asked, answered)
	}
	c.t.Logf("%d accounts of the accused; in private %d answers to %d looks at a question; %d writes where members are asked", accounts, len(c.private), c.asked, len(c.writes))
	c.t.Logf("%d reports, %d comments with commands, %d cases in %d issues, %d deliveries", len(c.reports), len(c.comments), len(cases), len(found), len(c.Deliveries()))
}

// didOf is how often each act of a person took effect.
func didOf(cases []coc.Case) map[string]int {
	did := map[string]int{}
	for _, cs := range cases {
		for _, e := range cs.Journal {
			if e.Actor != "" {
				did[e.Act]++
			}
		}
		for _, m := range cs.FromReporter() {
			did["reporter: "+string(m.Kind)]++
		}
	}
	return did
}

// chaosAsk reads all pages of a list as a person.
func chaosAsk[T any](c *chaos, login, path string) []T {
	c.t.Helper()
	return askAll[T](c.t, &play{sim: c.Sim, github: c.URL()}, login, path)
}

// look is every issue of a case in every room, as an owner of the room finds it.
func (c *chaos) look() []*chaosIssue {
	var all []*chaosIssue
	for _, room := range slices.Sorted(maps.Keys(chaosRooms)) {
		now, err := c.nameOf(room)
		if err != nil {
			c.t.Fatal(err)
		}
		all = append(all, c.lookInto(room, now, chaosRooms[room][0])...)
	}
	return append(all, c.lookAtLake()...)
}

// lookInto is every issue of a case in a room, which may have another name now.
func (c *chaos) lookInto(room, now, owner string) (all []*chaosIssue) {
	numbers := map[string]*chaosIssue{}
	for _, i := range chaosAsk[chaosIssue](c, owner, "/repos/"+now+"/issues?state=all&") {
		if i.room = room; caseMark.MatchString(i.Body) {
			all = append(all, &i)
			numbers[strconv.Itoa(i.Number)] = &i
		}
	}
	for _, s := range chaosAsk[chaosSaid](c, owner, "/repos/"+now+"/issues/comments?") {
		if i := numbers[s.IssueURL[strings.LastIndexByte(s.IssueURL, '/')+1:]]; i != nil {
			i.comments = append(i.comments, s)
		}
	}
	return all
}

// of is the room of the committee that has an issue: where each case has a repository of
// its own, the one that it is for.
func (i *chaosIssue) of() string {
	if asksInPrivate(i.room) {
		return chaosLake.room
	}
	return i.room
}

// judgeReports: what was promised has one home, which nobody reads whom the
// report accuses, or is sealed where there is no such home.
func (c *chaos) judgeReports(found []*chaosIssue, cases []coc.Case, lanes map[laneKey][]laneEvent) {
	in := map[string][]*chaosIssue{} // by the words in the body
	for _, i := range found {
		for _, word := range chaosWords(i.Body) {
			in[word] = append(in[word], i)
		}
	}
	kept := map[string][]coc.Case{}
	for _, cs := range cases {
		for _, word := range chaosWords(cs.Report.Account.Reveal()) {
			kept[word] = append(kept[word], cs)
		}
	}
	for _, r := range c.reports {
		about := fmt.Sprintf("report %s of %s by %s, accused %v", r.word, r.place.source, r.channel, r.accused)
		homes, held := in[r.word], kept[r.word]
		switch {
		case !r.promised && len(held) == 0 && len(homes) == 0:
			continue
		case len(held) != 1:
			c.t.Errorf("%s: %d cases hold it;%s taken in %v; said in public: %q", about, len(held), c.delivered(r.word), intakesOf(lanes, r.word), c.saidIn(r))
			continue
		case held[0].Home().Sealed() && r.mayBeSealed() && len(homes) == 0, stillAsked(held[0]) && len(homes) == 0:
			continue
		case len(homes) != 1:
			c.t.Errorf("%s: it is in %d issues; %s", about, len(homes), describe(held[0]))
			continue
		case !slices.Contains(r.homes(), homes[0].of()):
			c.t.Errorf("%s: it is in %s", about, homes[0].room)
		}
		for _, word := range r.added {
			if n := homes[0].says(word); n != 1 {
				c.t.Errorf("%s: what was added is there %d times", about, n)
			}
		}
	}
	if promised := len(slices.DeleteFunc(slices.Clone(c.reports), func(r chaosReport) bool { return !r.promised })); len(cases) < promised {
		c.t.Errorf("%d cases for %d reports", len(cases), promised)
	}
}

func describe(cs coc.Case) string {
	var b strings.Builder
	fmt.Fprintf(&b, "case %s at revision %d is %s:", cs.ID, cs.Revision, cs.Stage)
	for _, p := range cs.Placements {
		fmt.Fprintf(&b, " %s#%d since %s shows %d %s;", p.Room.Repo, p.Issue, p.PlacedAt.Format(time.TimeOnly), p.Shown, p.Frozen)
	}
	for _, e := range cs.Journal {
		fmt.Fprintf(&b, "\n\t%d %s %s %s %s %s", e.Revision, e.At.Format(time.TimeOnly), e.Actor, e.Act, e.Whom, e.Kind)
	}
	for _, r := range cs.Trace {
		fmt.Fprintf(&b, "\n\t%s %s %s %s", r.Rule, r.Committee, r.Place, r.Detail)
	}
	return b.String()
}

var chaosWord = regexp.MustCompile(`\b[a-z]{24}\b`)

// chaosWords is the words of acts in a text, each once.
func chaosWords(text string) []string {
	all := chaosWord.FindAllString(text, -1)
	slices.Sort(all)
	return slices.Compact(all)
}

// says counts in how many of an issue's texts a word stands.
func (i *chaosIssue) says(word string) int {
	n := 0
	for _, s := range append(slices.Clone(i.comments), chaosSaid{Body: i.Body}) {
		if strings.Contains(s.Body, word) {
			n++
		}
	}
	return n
}

// judgeThreads: what is said in public is said once; or not at all where GitHub
// hid the place meanwhile, because a courtesy is not tried again.
func (c *chaos) judgeThreads() {
	for _, r := range c.reports {
		if r.thread == 0 {
			continue
		}
		now, err := c.nameOf(r.place.source)
		if err != nil {
			c.t.Fatal(err)
		}
		said := len(c.saidIn(r))
		want := map[bool]int{true: 1}[r.thanked]
		if said > want || said < want && !c.WasHidden(now) {
			c.t.Errorf("%s#%d, a report by %s: %d sentences in public, want %d", now, r.thread, r.channel, said, want)
		}
	}
}

// saidIn is what the bot said in the thread that a report came through.
func (c *chaos) saidIn(r chaosReport) (said []string) {
	now, err := c.nameOf(r.place.source)
	if err != nil {
		c.t.Fatal(err)
	}
	if r.thread == 0 {
		return nil
	}
	for _, s := range chaosAsk[chaosSaid](c, r.place.maintainer, fmt.Sprintf("/repos/%s/issues/%d/comments?", now, r.thread)) {
		if s.User.Login == "conduct-reports[bot]" {
			said = append(said, s.Body)
		}
	}
	return said
}

// judgeReaders asks as everybody: nobody but a room's responders finds anything
// there.
func (c *chaos) judgeReaders(found []*chaosIssue) {
	for _, login := range c.Users() {
		if strings.HasSuffix(login, "[bot]") || login == "ghost" {
			continue
		}
		for room, responders := range chaosRooms {
			now, err := c.nameOf(room)
			if err != nil {
				c.t.Fatal(err)
			}
			n := len(chaosAsk[ghIssue](c, login, "/repos/"+now+"/issues?state=all&"))
			if reads := slices.Contains(responders, login); reads != (n > 0) && (n > 0 || slices.ContainsFunc(found, func(i *chaosIssue) bool { return i.room == room })) {
				c.t.Errorf("%s finds %d issues in %s", login, n, room)
			}
		}
	}
}

// laneEvent is something that happened to an issue of a room and that was taken
// in.
type laneEvent struct {
	intake  int64
	kind    string // "created" of a comment; "labeled", "unlabeled", "closed" or "reopened" of an issue
	actor   string
	label   string
	comment int64
	text    string
	at      time.Time // when a comment was written
}

type laneKey struct {
	repo   int64
	number int
}

// lanes is what was taken in of every issue, in the order in which it was. A
// delivery that came under two GUIDs is there as often as it was taken in. undone
// is the intakes that still wait.
func (c *chaos) lanes() (lanes map[laneKey][]laneEvent, undone []int64, err error) {
	s, err := c.servers.setup.settings()
	if err != nil {
		return nil, nil, err
	}
	rows, err := c.db.QueryContext(c.t.Context(), `SELECT id, delivery, state FROM intakes`)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	taken := map[string]int64{}
	for rows.Next() {
		var id int64
		var delivery, state string
		if err := rows.Scan(&id, &delivery, &state); err != nil {
			return nil, nil, err
		}
		if taken[delivery] = id; state != "done" {
			undone = append(undone, id)
		}
	}
	lanes = map[laneKey][]laneEvent{}
	seen := map[string]bool{}
	for _, d := range c.Deliveries() {
		app := strconv.FormatInt(d.AppID, 10)
		id := taken[s.keys.Digest("delivery", s.keys.Digest("delivery", "delivery", app, d.GUID))]
		if id == 0 || seen[d.GUID] || d.Event != "issue_comment" && d.Event != "issues" {
			continue
		}
		seen[d.GUID] = true
		key, e, err := laneEventOf(d.RequestBody, id)
		if err != nil {
			return nil, nil, err
		}
		lanes[key] = append(lanes[key], e)
	}
	for _, lane := range lanes {
		slices.SortFunc(lane, func(a, b laneEvent) int { return cmp.Compare(a.intake, b.intake) })
	}
	return lanes, undone, rows.Err()
}

// laneEventOf is what a delivery tells of an issue.
func laneEventOf(delivered []byte, intake int64) (laneKey, laneEvent, error) {
	var p struct {
		Action     string
		Issue      struct{ Number int }
		Repository struct{ ID int64 }
		Sender     struct{ Login string }
		Label      struct{ Name string }
		Comment    struct {
			ID        int64
			Body      string
			CreatedAt time.Time `json:"created_at"`
		}
	}
	err := json.Unmarshal(delivered, &p)
	return laneKey{p.Repository.ID, p.Issue.Number},
		laneEvent{intake, p.Action, p.Sender.Login, p.Label.Name, p.Comment.ID, p.Comment.Body, p.Comment.CreatedAt}, err
}

// untaken is the comments with commands that were not taken in, or twice.
func (c *chaos) untaken(lanes map[laneKey][]laneEvent) (wrong []string) {
	times := map[int64]int{}
	for _, lane := range lanes {
		for _, e := range lane {
			if e.comment != 0 {
				times[e.comment]++
			}
		}
	}
	for _, m := range c.comments {
		if times[m.id] != 1 {
			wrong = append(wrong, fmt.Sprintf("the comment %d of %s in %s#%d was taken in %d times: %s", m.id, m.by, m.on, m.number, times[m.id], c.delivered(fmt.Sprintf(`"id":%d,`, m.id))))
		}
	}
	return wrong
}

// intakesOf is under which numbers a text was taken in.
func intakesOf(lanes map[laneKey][]laneEvent, text string) (ids []int64) {
	for _, lane := range lanes {
		for _, e := range lane {
			if strings.Contains(e.text, text) {
				ids = append(ids, e.intake)
			}
		}
	}
	return ids
}

// delivered is what became of the deliveries of what people wrote that hold a
// text.
func (c *chaos) delivered(text string) string {
	var b strings.Builder
	for _, d := range c.Deliveries() {
		if (d.Event == "issue_comment" || d.Event == "issues") && strings.Contains(string(d.RequestBody), text) {
			fmt.Fprintf(&b, " %s %s to %d at %s: %s;", d.Event, d.GUID, d.AppID, d.DeliveredAt.Format(time.TimeOnly), d.Status)
		}
	}
	return b.String()
}

// chaosMoves is the stages as ROUTING.md has them, written down once more.
var chaosMoves = map[string]struct {
	from []coc.Stage
	to   coc.Stage
}{
	"ack":         {[]coc.Stage{"received", "reopened", "appealed"}, "acknowledged"},
	"screen":      {[]coc.Stage{"acknowledged"}, "screening"},
	"investigate": {[]coc.Stage{"acknowledged", "screening"}, "investigating"},
	"propose":     {[]coc.Stage{"acknowledged", "screening", "investigating", "deciding"}, "deciding"},
	"resolve":     {[]coc.Stage{"acknowledged", "screening", "investigating", "deciding"}, "resolved"},
	"close":       {[]coc.Stage{"resolved"}, "closed"},
	"reopen":      {[]coc.Stage{"resolved", "closed"}, "reopened"},
	"appeal":      {[]coc.Stage{"resolved", "closed"}, "appealed"},
}

// expected is what must have come of a case's events, as a model of its own
// works them. Where the world decides, the journal is asked: whether another
// committee could take an escalated case, and when a case left an issue by
// itself, which it does where the room fails while nobody knows yet that the
// issue is there; of what the journal does not have, a reply tells.
type expected struct {
	journal  []coc.Entry // what people did
	stage    coc.Stage
	holder   string
	fleeing  bool         // from the issue at hand, at a time that the journal and the replies tell
	here     int          // how many entries of the journal are from before that
	moved    bool         // from the issue at hand
	in       []coc.Login  // who has the issue at hand
	heard    bool         // somebody who is accused may have given their account, which tells as much as a notice
	ballot   *chaosBallot // what is proposed in the issue at hand
	voters   []string     // in the issue at hand
	silent   bool         // it took votes away there, at a time that the judge does not know
	accused  bool         // somebody is, and not by themself
	told     bool         // whoever is accused: all of them stand in the report as it was filed
	project  bool         // the issue at hand is of a project's committee, whose decisions can be appealed
	notice   bool         // it tells of a case, and is none
	appealed bool         // from here on it is somewhere else on appeal
	entries  []string
	replies  []chaosReply // in the issue at hand
	said     []string     // the replies that are there
	guesses  int          // so many things were guessed so far
	wrongly  []int        // and these of them are supposed to be wrong
}

// judgeCase works a case's events once more, in the order in which they were
// taken in, and compares what must come of them with the journal and with the
// replies on GitHub.
func (c *chaos) judgeCase(cs coc.Case, lanes map[laneKey][]laneEvent, found []*chaosIssue) []string {
	said := make([][]string, len(cs.Placements))
	for n := range cs.Placements {
		for _, i := range found {
			if i.holds(cs.ID, n) {
				said[n] = append(said[n], i.replies(cs.ID)...)
			}
		}
	}
	wrong, readings := understood(func(wrongly []int) ([]string, int) { return readCase(cs, lanes, said, wrongly) })
	switch {
	case len(wrong) == 0 && readings > 1:
		c.reread++
	case len(wrong) > 0:
		for _, p := range cs.Placements {
			for _, e := range lanes[laneKey{p.Room.ID, p.Issue}] {
				wrong = append(wrong, fmt.Sprintf("taken in of #%d as %d, of %s: %s %s %s %q", p.Issue, e.intake, e.at.Format(time.TimeOnly), e.actor, e.kind, e.label, e.text))
			}
		}
	}
	return wrong
}

// readCase is one reading of a case, of which the replies in each of its homes are given.
func readCase(cs coc.Case, lanes map[laneKey][]laneEvent, said [][]string, wrongly []int) (wrong []string, guesses int) {
	var journal []coc.Entry
	for _, e := range cs.Journal {
		if e.Actor != "" {
			journal = append(journal, e)
		}
	}
	x := expected{journal: journal, wrongly: wrongly, notice: cs.Notice != nil, accused: slices.ContainsFunc(cs.Parties, func(p coc.Party) bool {
		return p.Role == coc.RoleAccused && !p.Login.Is(cs.Report.Reporter)
	})}
	x.heard = slices.ContainsFunc(cs.Invitations, func(i coc.Invitation) bool { return !i.Answered.IsZero() })
	for n, p := range cs.Placements {
		former := n < len(cs.Placements)-1
		lane := lanes[laneKey{p.Room.ID, p.Issue}]
		x.stage, x.holder, x.moved, x.replies = coc.StageReceived, "", false, nil
		if x.appealed {
			x.stage = coc.StageAppealed
		}
		x.project = !p.Committee.Level.Central()
		x.in = begins(cs, n)
		x.electorate(p.Committee, x.in)
		x.silent = p.Screened || !p.Asked.IsZero()
		x.fleeing, x.here = false, len(journal)
		if former {
			next := cs.Placements[n+1]
			until := leftByItself(cs, next.PlacedAt)
			if x.fleeing = until >= 0; !x.fleeing {
				until = next.Before
			}
			x.here = len(slices.DeleteFunc(slices.Clone(cs.Journal[:until]), func(e coc.Entry) bool { return e.Actor == "" }))
		}
		x.said = said[n]
		for _, e := range lane {
			x.work(e)
		}
		x.aside()
		if former && !x.moved && !x.fleeing {
			wrong = append(wrong, fmt.Sprintf("it left %s#%d, and nobody asked for it", p.Room.Repo, p.Issue))
		}
		// In a room that was left, and that fails, nothing needs to be said.
		if !fits(x.said, x.replies) && !(former && among(x.said, x.replies)) {
			wrong = append(wrong, fmt.Sprintf("the replies in %s#%d are\n\t%q\nand must be\n\t%q", p.Room.Repo, p.Issue, x.said, kindsOf(x.replies)))
		}
	}
	var did []string
	for _, e := range journal {
		did = append(did, fmt.Sprintf("%s %s: %s to %s", e.Actor, e.Act, e.From, e.To))
	}
	if !slices.Equal(did, x.entries) {
		wrong = append(wrong, fmt.Sprintf("the journal is\n\t%s\nand must be\n\t%s", strings.Join(did, "\n\t"), strings.Join(x.entries, "\n\t")))
	}
	if cs.Stage != x.stage || string(cs.Holder) != x.holder {
		wrong = append(wrong, fmt.Sprintf("it is %s with %q and must be %s with %q", cs.Stage, cs.Holder, x.stage, x.holder))
	}
	return wrong, x.guesses
}

// judgeAppeal: what was appealed is with a body above the project, where nobody has a
// say who decided; and what nobody appealed has none who decided.
func judgeAppeal(cs coc.Case) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	var decided []coc.Entry
	appeals := 0
	for _, e := range cs.Journal {
		switch e.Act {
		case "resolve":
			decided = append(decided, e)
		case "appeal":
			appeals++
		}
	}
	if (cs.Appeal != nil) != (appeals > 0) || appeals > 1 {
		say("%d appeals are in the journal, and it has %+v", appeals, cs.Appeal)
	}
	if cs.Appeal == nil {
		return wrong
	}
	for _, p := range cs.Placements {
		if p.Before < cs.Appeal.Since {
			continue
		}
		if !p.Sealed() && !p.Committee.Level.Central() {
			say("the appeal is heard by %s", p.Committee.Name)
		}
		for _, l := range p.Responders {
			if coc.HasLogin(cs.Appeal.Deciders, l) {
				say("%s decided, and looks at it again", l)
			}
		}
	}
	if len(decided) == 0 || !coc.HasLogin(cs.Appeal.Deciders, decided[0].Actor) {
		say("of those who decided it knows %v", cs.Appeal.Deciders)
	}
	return wrong
}

// among reports whether some stands in all, in order.
func among(some []string, all []chaosReply) bool {
	for _, one := range all {
		if len(some) > 0 && some[0] == one.kinds {
			some = some[1:]
		}
	}
	return len(some) == 0
}

// leftByItself is where the journal has that a case moved at a time without having been
// asked: because its room failed, which it may find out when the reporter adds something.
// -1: nowhere.
func leftByItself(cs coc.Case, at time.Time) int {
	return slices.IndexFunc(cs.Journal, func(e coc.Entry) bool { return e.Actor == "" && e.At.Equal(at) })
}

// work is what one event must lead to.
func (x *expected) work(e laneEvent) {
	responders := x.responders(e.actor)
	may := coc.HasLogin(responders, coc.Login(e.actor))
	verb := ""
	switch e.kind {
	case "created":
		x.comment(e, may, responders)
		return
	case "closed":
		verb = "close"
	case "reopened":
		verb = "reopen"
	case "labeled":
		to, ok := strings.CutPrefix(e.label, "status/")
		for v, m := range chaosMoves {
			if ok && string(m.to) == to && slices.Contains(m.from, x.stage) && v != "propose" && v != "appeal" { // no label says with which outcome, or on which ground
				verb = v
			}
		}
	case "unlabeled":
		x.unflags(e, may)
		return
	}
	if may && !x.moved {
		x.move(e.actor, verb)
	}
}

// unflags is a mark taken away by hand, which does what the command does where the case had
// it when that was read.
func (x *expected) unflags(e laneEvent, may bool) {
	taken := slices.Contains([]string{"flag/safety-risk", "flag/legal-risk", "flag/evidence-volatile"}, e.label)
	if next := x.next(); may && taken && !x.moved && !x.notice && next.Act == "unflag" && next.Actor.Is(coc.Login(e.actor)) {
		x.entry(e.actor, "unflag", x.stage)
	}
}

func (x *expected) move(actor, verb string) bool {
	if x.notice {
		return x.movesNotice(actor, verb)
	}
	m, ok := chaosMoves[verb]
	untold := verb == "resolve" && x.accused && !x.told && !(x.heard && x.asked(actor, verb))
	if !ok || verb == "propose" || verb == "appeal" || !slices.Contains(m.from, x.stage) || untold {
		return false
	}
	if verb == "resolve" && !x.resolves(actor) {
		return false
	}
	done := x.entry(actor, verb, m.to)
	if done && verb == "resolve" {
		x.ballot = nil
	}
	return done
}

// entry is false where the case is found to have left by now.
func (x *expected) entry(actor, verb string, to coc.Stage) bool {
	if x.mayHaveLeft() { // nothing was done here any more
		x.moved = true
		return false
	}
	if x.steppedBack(actor) {
		return false
	}
	x.aside()
	x.entries = append(x.entries, fmt.Sprintf("%s %s: %s to %s", actor, verb, x.stage, to))
	x.stage = to
	return true
}

// next is the journal's entry that has not been explained yet.
func (x *expected) next() coc.Entry {
	if at := len(x.entries) + len(x.pending()); at < len(x.journal) {
		return x.journal[at]
	}
	return coc.Entry{}
}

// mayHaveLeft reports whether a case may have left by itself by now: it has not, as long
// as the journal has something that was done here and is not explained yet.
func (x *expected) mayHaveLeft() bool { return x.fleeing && len(x.entries)+len(x.pending()) >= x.here }

// refusedNext reports whether the next reply that is there says that nothing was
// done, which is a guess: which one is the next is not sure.
func (x *expected) refusedNext() bool {
	sure := len(slices.DeleteFunc(slices.Clone(x.replies), func(r chaosReply) bool { return r.unsure }))
	for next := sure; next <= len(x.replies) && next < len(x.said); next++ {
		if x.said[next] == "refused" {
			return x.guess()
		}
	}
	return false
}

// staysAWhile reports whether a comment from here on is refused line by line: one that comes
// after a case has left is refused as a whole.
func (x *expected) staysAWhile() bool {
	sure := len(slices.DeleteFunc(slices.Clone(x.replies), func(r chaosReply) bool { return r.unsure }))
	return slices.Contains(x.said[min(sure, len(x.said)):], "refused, refused")
}

// comment works the commands of one comment, which has at most one reply.
func (x *expected) comment(e laneEvent, may bool, responders []coc.Login) {
	var reply []string
	refuse := func() { reply = append(reply, "refused") }
	for line := range strings.Lines(e.text) {
		asked, ok := strings.CutPrefix(strings.TrimSpace(line), "/coc ")
		if !ok {
			continue
		}
		verb, rest, _ := strings.Cut(asked, " ")
		if x.mayHaveLeft() && slices.Equal(reply, []string{"refused"}) && x.refusedNext() && !x.staysAWhile() {
			x.moved = true // one refusal for two commands: the case had left, and the second was not read
			break
		}
		if !may || x.moved {
			refuse()
			break // the rest of the comment is not read
		}
		if (verb == "help" || verb == "status") && x.mayHaveLeft() && x.refusedNext() {
			x.moved = true
			refuse()
			break
		}
		if x.notice && !slices.Contains([]string{"help", "status", "claim", "notify", "recuse"}, verb) {
			if !x.move(e.actor, verb) {
				refuse()
			}
			continue
		}
		switch verb {
		case "help", "status":
			reply = append(reply, verb)
		case "notify":
			if x.notice && x.entry(e.actor, verb, x.stage) {
				reply = append(reply, "answering")
			} else {
				refuse()
			}
		case "claim":
			who := cmp.Or(strings.TrimPrefix(rest, "@"), e.actor)
			if coc.HasLogin(responders, coc.Login(who)) && x.entry(e.actor, verb, x.stage) {
				x.holder = who
			} else {
				refuse()
			}
		case "accused":
			if strings.HasPrefix(rest, "link") {
				if said := x.decided(e.actor, "accused link", rest); said == "refused" {
					refuse()
				} else {
					reply = append(reply, said)
				}
				continue
			}
			if x.accused && x.entry(e.actor, "accused notified", x.stage) {
				x.told = true
			} else {
				refuse()
			}
		case "escalate":
			if next := x.next(); next.Act == verb && slices.Equal(chaosWords(next.Text.Reveal()), chaosWords(rest)) {
				x.entry(e.actor, verb, coc.StageReceived)
				x.holder, x.moved = "", true
			} else {
				refuse()
			}
		case "propose":
			if !x.proposes(e) {
				refuse()
			}
		case "agree", "object":
			if !x.votes(e, verb) {
				refuse()
			}
		case "appeal":
			// The foundation hears what a project decided, on a ground that there is,
			// unless it cannot take the case now.
			legal := x.project && slices.Contains(chaosMoves[verb].from, x.stage) && !strings.HasPrefix(rest, "because")
			if next := x.next(); legal && next.Act == verb && slices.Equal(chaosWords(next.Text.Reveal()), chaosWords(rest)) {
				x.entry(e.actor, verb, coc.StageAppealed)
				x.holder, x.moved, x.appealed = "", true, true
			} else {
				refuse()
			}
		case "ask", "interim", "recuse", "admit": // the world decides
			if said := x.decided(e.actor, verb, rest); said == "refused" {
				refuse()
			} else if said != "" {
				reply = append(reply, said)
			}
		default:
			if !x.move(e.actor, verb) {
				refuse()
			}
		}
	}
	if len(reply) > 0 {
		x.answers(e, strings.Join(reply, ", "))
	}
}

// holds reports whether the issue is a case's home, or was: its n-th.
func (i *chaosIssue) holds(id coc.CaseID, n int) bool {
	return strings.Contains(i.Body, notice.IssueMarker(id, n))
}

// unasked is how comments begin that tell what came from somewhere else: that somebody
// said on their own page, who is no responder any more, what the accused answered, and
// what was done by hand and is put back.
var unasked = []string{"`", "**No longer a responder", "**An answer for ", "**Put back.** "}

var chaosMark = regexp.MustCompile(`<!-- cocrouter:([^/\s]+)/(\d+)/(\d+) -->`)

// replies is the bot's answers to comments, in the order of the revisions that
// they are of. What continues a report, or adds to it, is no answer.
func (i *chaosIssue) replies(id coc.CaseID) []string {
	type reply struct {
		revision int
		kinds    string
	}
	var all []reply
	for _, s := range i.comments {
		mark := chaosMark.FindStringSubmatch(s.Body)
		// That a proposal is carried, time may tell as well as a vote; and a reminder
		// begins with whom it is for.
		if !s.ours() || mark == nil || strings.HasPrefix(s.Body, "**The report") || strings.HasPrefix(s.Body, "**Answered by ") || strings.HasPrefix(s.Body, "**Proposal ") || strings.HasPrefix(s.Body, "@") || slices.ContainsFunc(unasked, func(begin string) bool { return strings.HasPrefix(s.Body, begin) }) {
			continue
		}
		var kinds []string
		for line := range strings.Lines(s.Body) {
			if strings.HasPrefix(line, "This is a notice, and the case is with another committee. `/coc ack`") {
				kinds = append(kinds, "help")
			}
			for kind, sign := range map[string]string{"refused": "**Not done.**", "help": "The case is ", "status": "- **Stage**", "asked": "The question is on its way", "answering": "It is on its way to the committee that asked", "linked": "**An address at which ", "measure": "**Interim measure "} {
				if strings.HasPrefix(line, sign) {
					kinds = append(kinds, kind)
				}
			}
		}
		revision, _ := strconv.Atoi(mark[2])
		all = append(all, reply{revision, strings.Join(kinds, ", ")})
		if mark[1] != string(id) {
			all = append(all, reply{revision, "of another case"})
		}
	}
	slices.SortStableFunc(all, func(a, b reply) int { return cmp.Compare(a.revision, b.revision) })
	var kinds []string
	for _, r := range all {
		kinds = append(kinds, r.kinds)
	}
	return kinds
}

// judgeShown: every room shows the newest revision, and each comment that is
// owed is there once.
func (c *chaos) judgeShown(cs coc.Case, found []*chaosIssue) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	for n, p := range cs.Placements {
		last := n == len(cs.Placements)-1
		if p.Issue == 0 {
			if last && !p.Sealed() && !stillAsked(cs) {
				say("it has no issue in %s", p.Room.Repo)
			}
			continue
		}
		if last && p.Shown != cs.Revision || p.Frozen != "" {
			say("%s#%d shows revision %d of %d, frozen: %q", p.Room.Repo, p.Issue, p.Shown, cs.Revision, p.Frozen)
		}
		homes := slices.DeleteFunc(slices.Clone(found), func(i *chaosIssue) bool { return !i.holds(cs.ID, n) })
		if len(homes) != 1 {
			say("%d issues are its home %d", len(homes), n)
			continue
		}
		i := homes[0]
		shown := notice.Pages(c.servers.setup.Address+"/cases/").Case(cs, n, c.clock.now())
		if body := notice.Splice(i.Body, shown.Body).Markdown(); i.Number != p.Issue || i.Title != shown.Title || settled(i.Body) != settled(body) {
			say("%s#%d shows\n%s\n%s\nand must show\n%s\n%s", i.room, i.Number, i.Title, i.Body, shown.Title, body)
		}
		want := slices.Concat(stage.Labels(cs, n), c.foreign[[2]any{i.room, i.Number}])
		slices.Sort(want)
		if want = slices.Compact(want); !slices.Equal(i.labels(), want) {
			say("%s#%d is labelled %q and must be %q", i.room, i.Number, i.labels(), want)
		}
		if open := last && cs.Stage != coc.StageClosed; open != (i.State == "open") {
			say("%s#%d is %s in stage %s, its home: %v", i.room, i.Number, i.State, cs.Stage, last)
		}
		times := map[string]int{}
		for _, s := range i.comments {
			if s.ours() {
				times[chaosMark.FindString(s.Body)]++
			}
		}
		for _, e := range cs.Effects {
			mark := notice.Marker(cs.ID, e.Revision, e.N)
			if e.Placement == n && (!e.Done || times[mark] != 1 && (last || times[mark] > 1)) {
				say("the comment %d/%d, done: %v, is there %d times", e.Revision, e.N, e.Done, times[mark])
			}
			if e.Placement == n {
				delete(times, mark)
			}
		}
		for mark := range times {
			say("nobody knows of the comment %s in %s#%d", mark, i.room, i.Number)
		}
	}
	return wrong
}

var surveyed = regexp.MustCompile(`\nThe last look around here found:\n\n(?:- .*\n)+`)

// caught is what a first capture of an address adds to the body.
var caught = regexp.MustCompile(" \\(the end of its chain: `[0-9a-f]+…?`\\)|; captured as \\[[0-9]+\\]\\(<[^>\n]*>\\) \\([^)\n]*\\)\n")

// settled is a body without what it is not drawn anew for: what a survey found, and
// that an address which came with a report was captured.
func settled(body string) string {
	return caught.ReplaceAllStringFunc(surveyed.ReplaceAllString(body, ""), func(s string) string {
		return strings.Repeat("\n", strings.Count(s, "\n"))
	})
}

func TestSettledBodyIsTheSameBeforeAndAfterTheFirstCapture(t *testing.T) {
	t.Parallel()
	cs := coc.Case{ID: "q7wz2k5c4m", Placements: []coc.Placement{{CodeName: "quiet-harbor-417"}}}
	cs.Evidence = []coc.Evidence{{Number: 1, Kind: coc.EvidenceAddress, URL: coc.NewProse("https://github.example/a/b/issues/1"), As: coc.RoleReporter, Mac: strings.Repeat("a", 64)}}
	body := func() string {
		return notice.Pages("http://127.0.0.1:1/cases/").Case(cs, 0, time.Time{}).Body.Markdown()
	}
	before := body()
	cs.Evidence = append(cs.Evidence, coc.Evidence{Number: 2, Kind: coc.EvidenceCapture, Of: 1, Content: coc.Content{ID: "x"}, Mac: strings.Repeat("b", 64)})
	after := body()
	if before == after || settled(before) != settled(after) {
		t.Errorf("before\n%s\nand after\n%s", before, after)
	}
	cs.Evidence = append(cs.Evidence, coc.Evidence{Number: 3, Kind: coc.EvidenceCapture, Of: 1, Why: coc.GoneThere})
	if settled(body()) == settled(after) {
		t.Error("what came of a second capture is not told apart")
	}
}

// judgeLuck: in a run that is long enough everything went wrong that can.
func (c *chaos) judgeLuck() {
	struck := c.Misfortunes()
	if n := len(c.reports) + len(c.comments); *chaosEvents >= 2500 && n < 2000 {
		c.t.Errorf("%d reports and comments with commands", n)
	}
	if *chaosEvents < 3000 {
		return
	}
	for _, fault := range []string{"ServerError", "Hang", "Reset", "ResetAfter", "PrimaryLimit", "SecondaryLimit", "TokenEndsEarly", "NotFound",
		"Lost", "Late", "Doubled", "Reordered", "SecondGUID"} {
		if struck[fault] == 0 {
			c.t.Errorf("%s never struck", fault)
		}
	}
	if c.kills < 10 {
		c.t.Errorf("%d kills", c.kills)
	}
}

// judgeLog: no word of a report and no receipt was logged, and no job was given
// up.
func (c *chaos) judgeLog() {
	var words []leakWord
	for _, r := range c.reports {
		words = append(words, leakWord{name: "the word of a report", word: r.word})
		if r.receipt != "" {
			words = append(words, leakWord{name: "a receipt", word: r.receipt})
		}
	}
	log := c.log.String()
	for _, hit := range newWordFinder(words).in([]byte(log)) {
		c.t.Errorf("the log holds %s, %s: …%q…", hit.name, hit.how, hit.near)
	}
	for _, never := range []string{"panic", "a job keeps failing", "was given up", "set aside"} {
		if at := strings.Index(log, never); at >= 0 {
			c.t.Errorf("the log says %q: …%s…", never, log[max(0, at-300):min(len(log), at+200)])
		}
	}
}
