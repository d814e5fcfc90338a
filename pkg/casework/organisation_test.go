package casework_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// org is an organisation in which the rooms App may make repositories.
type org struct {
	owners, members []coc.Login
	base            string
}

func (o *org) belongs(l coc.Login) bool {
	return coc.HasLogin(o.owners, l) || coc.HasLogin(o.members, l)
}

// administers lets the App make repositories in river, where its people read
// what they are let into.
func (w *world) administers(owners ...coc.Login) *org {
	o := &org{owners: owners, members: []coc.Login{"ada-river", "ben-river", "cy-river"}, base: "none"}
	if w.gh.orgs == nil {
		w.gh.orgs = map[string]*org{}
	}
	w.gh.orgs["river"] = o
	for _, l := range owners {
		w.at(riverRoom).owners[l] = true
	}
	return o
}

func (g *github) Organisation(_ context.Context, login string) coc.OrgFacts {
	end, err := g.begin("organisation")
	if err != nil {
		return coc.OrgFacts{Login: login, Problem: err}
	}
	defer end()
	o := g.orgs[login]
	if o == nil {
		return coc.OrgFacts{Login: login, Seen: g.clock.Now()}
	}
	return coc.OrgFacts{
		Login: login, MayCreate: true, Owners: slices.Clone(o.owners), Members: slices.Clone(o.members), Base: o.base, Seen: g.clock.Now(),
	}
}

func (g *github) MakeRoom(_ context.Context, login, name, mark string, again bool) (coc.RepoFacts, error) {
	end, err := g.begin("make room")
	if err != nil {
		return coc.RepoFacts{}, err
	}
	defer end()
	o := g.orgs[login]
	if o == nil {
		return coc.RepoFacts{}, coc.ErrDenied
	}
	repo := coc.Repo{Owner: login, Name: name}
	if p := g.repos[repo.Key()]; p != nil {
		if again && p.mark == mark {
			return p.RepoFacts, nil
		}
		return coc.RepoFacts{}, coc.ErrTaken
	}
	g.made++
	p := &place{
		RepoFacts: coc.RepoFacts{Repo: repo, ID: g.made, Visibility: "private", DefaultBranch: "main"},
		mark:      mark, readers: map[coc.Login]bool{}, owners: map[coc.Login]bool{}, files: map[string]string{},
		commits: map[string]map[string]string{}, locked: map[int]bool{}, lifted: map[int]bool{},
	}
	for _, l := range o.owners {
		p.owners[l] = true
	}
	if o.base != "none" {
		for _, l := range o.members {
			p.readers[l] = true
		}
	}
	g.repos[repo.Key()] = p
	g.note("make room", p, name+mark)
	if g.after != nil {
		if err := g.after("make room"); err != nil {
			return coc.RepoFacts{}, err
		}
	}
	return p.RepoFacts, nil
}

// administer changes a separate room.
func (g *github) administer(op string, room coc.Repo, do func(*place, *org) error) error {
	end, err := g.begin(op)
	if err != nil {
		return err
	}
	defer end()
	p, err := g.place(room)
	if err != nil {
		return err
	}
	o := g.orgs[p.Repo.Owner]
	if o == nil {
		return coc.ErrDenied
	}
	return do(p, o)
}

func (g *github) Admit(_ context.Context, room coc.Repo, who coc.Login) error {
	return g.administer("admit", room, func(p *place, o *org) error {
		switch {
		case p.Archived:
			return coc.ErrArchived
		case o.belongs(who):
			p.readers[who] = true
			p.invited = slices.DeleteFunc(p.invited, who.Is)
		case !coc.HasLogin(p.invited, who) && !p.readers[who]:
			p.invited = append(p.invited, who)
		}
		return nil
	})
}

func (g *github) Expel(_ context.Context, room coc.Repo, who coc.Login) error {
	return g.administer("expel", room, func(p *place, _ *org) error {
		delete(p.readers, who)
		p.invited = slices.DeleteFunc(p.invited, who.Is)
		return nil
	})
}

func (g *github) Archive(_ context.Context, room coc.Repo, archived bool) error {
	return g.administer("archive", room, func(p *place, _ *org) error {
		p.Archived = archived
		return nil
	})
}

func (g *github) MakePrivate(_ context.Context, room coc.Repo) error {
	return g.administer("make private", room, func(p *place, _ *org) error {
		p.Visibility = "private"
		g.note("make private", p, "")
		return nil
	})
}

// Survey sees who belongs to the organisation where the App administers it, and
// whatever a test has put there.
func (g *github) Survey(_ context.Context, room coc.Repo) coc.Survey {
	failed := func(err error) coc.Survey {
		return coc.Survey{RepoFacts: coc.RepoFacts{Repo: room}, Problem: err}
	}
	end, err := g.begin("survey")
	if err != nil {
		return failed(err)
	}
	defer end()
	p, err := g.place(room)
	if err != nil {
		return failed(err)
	}
	s := p.extra
	s.RepoFacts, s.Issues, s.Seen = p.RepoFacts, !p.noIssues, g.clock.Now()
	s.Owners = append(slices.Clone(s.Owners), slices.Sorted(maps.Keys(p.owners))...)
	o := g.orgs[p.Repo.Owner]
	if o == nil {
		o = &org{base: "none"}
	}
	if s.Base = o.base; s.Base != "none" {
		s.Members = o.members
	}
	for _, l := range reads(p) {
		if !o.belongs(l) {
			s.Outside = append(s.Outside, l)
		}
	}
	return s
}

// separate is the repository that the case's home is, which must be one of its
// own.
func (w *world) separate(c coc.Case) *place {
	w.Helper()
	home := c.Home()
	if !home.Separate || home.Issue == 0 {
		w.Fatalf("home is %s#%d, separate: %t, frozen: %q", home.Room.Repo, home.Issue, home.Separate, home.Frozen)
	}
	return w.at(home.Room.Repo)
}

func accused(login coc.Login) coc.Filing {
	f := says(account)
	f.Involved = []coc.Party{{Login: login, Role: coc.RoleAccused}}
	return f
}

func (w *world) accuse(login coc.Login) coc.Case {
	w.Helper()
	receipt := w.file("token", accused(login))
	w.pass(time.Second)
	return w.of(receipt)
}

func reads(p *place) []coc.Login { return slices.Sorted(maps.Keys(p.readers)) }

func TestAccusedMemberLearnsNothingAndTheOthersGetARepositoryOfTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.administers()
	c := w.accuse("ada-river")
	p := w.separate(c)
	if c.Home().Committee.Name != "River Committee" || p.Repo.Owner != "river" || p.Repo.Name != c.Home().CodeName {
		t.Errorf("home is %s in %s, called %s", c.Home().Committee.Name, p.Repo, c.Home().CodeName)
	}
	if got := reads(p); !slices.Equal(got, []coc.Login{"ben-river", "cy-river"}) {
		t.Errorf("it is read by %v", got)
	}
	if n := len(w.at(riverRoom).issues); n != 0 {
		t.Errorf("the shared room shows %d issues", n)
	}
	if c = w.says(c, "ben-river", "/coc ack"); c.Stage != coc.StageAcknowledged {
		t.Errorf("a command in it is not heard: %s", c.Stage)
	}
	if c = w.says(c, "ada-river", "/coc escalate I know a better one."); c.Stage != coc.StageAcknowledged {
		t.Errorf("the accused moved it to %s", c.Stage)
	}
	w.invariants()
}

func TestNothingIsMadeWhereTheAccusedOwnsTheOrganisation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.administers("ada-river")
	c := w.accuse("ada-river")
	if c.Home().Separate || c.Home().Committee.Name != "Foundation Committee" || w.gh.calls["make room"] != 0 {
		t.Errorf("home is %s, made %d", c.Home().Committee.Name, w.gh.calls["make room"])
	}
	w.invariants()
}

func TestRepositoryThatFailsItsCheckIsLeftEmpty(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.administers()
	w.gh.after = func(op string) error {
		if op == "make room" { // an owner joins who was not there a moment ago
			for _, p := range w.gh.repos {
				if p.mark != "" {
					p.owners["omar-outsider"] = true
				}
			}
		}
		return nil
	}
	c := w.accuse("ada-river")
	if c.Home().Committee.Name != "Foundation Committee" || len(c.Placements) != 2 {
		t.Fatalf("home is %s after %d", c.Home().Committee.Name, len(c.Placements))
	}
	p := w.at(c.Placements[0].Room.Repo)
	if !p.Archived || len(p.readers) != 0 || len(p.issues) != 0 {
		t.Errorf("left behind: archived %t, readers %v, %d issues", p.Archived, reads(p), len(p.issues))
	}
	w.invariants()
}

func TestRepositoryWhoseAnswerWasLostIsMadeOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.administers()
	lost := 0
	w.gh.after = func(op string) error {
		if op == "make room" && lost < 2 {
			lost++
			return coc.Later{Cause: "no answer"}
		}
		return nil
	}
	receipt := w.file("token", accused("ada-river"))
	w.pass(10 * time.Second)
	c := w.of(receipt)
	w.separate(c)
	made := 0
	for _, p := range w.gh.repos {
		if p.mark != "" {
			made++
		}
	}
	if lost == 0 || made != 1 {
		t.Errorf("%d answers were lost, %d repositories were made", lost, made)
	}
	w.invariants()
}

func TestNameThatIsTakenIsNotUsed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.administers()
	first := ""
	w.gh.before = func(op string) {
		if op != "make room" || first != "" {
			return
		}
		for _, id := range w.st.ids() {
			c := w.caseOf(id)
			first = c.Home().CodeName
			w.repo(coc.Repo{Owner: "river", Name: first}, "private", "ada-river")
		}
	}
	receipt := w.file("token", accused("ada-river"))
	w.pass(10 * time.Second)
	c := w.of(receipt)
	if p := w.separate(c); first == "" || p.Repo.Name == first || p.Repo.Name != c.Home().CodeName {
		t.Errorf("it is called %s, the case %s, the one that was there %s", p.Repo.Name, c.Home().CodeName, first)
	}
	w.invariants()
}

func TestMemberWhoIsOnlyInvitedDoesNotCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.administers().members = []coc.Login{"ada-river", "ben-river"}
	c := w.accuse("ada-river")
	if c.Home().Separate || w.gh.calls["make room"] != 0 {
		t.Errorf("home is %s", c.Home().Room.Repo)
	}
	w.invariants()
}

// closedApart is a case in a repository of its own that is over.
func closedApart(t *testing.T) (*world, coc.Case, *place) {
	t.Helper()
	w := newWorld(t)
	w.administers()
	c := w.accuse("ada-river")
	p := w.separate(c)
	for _, words := range []string{"/coc ack", "/coc resolve warning They apologised.", "/coc close"} {
		c = w.decides(c, "ben-river", words)
	}
	if c.Stage != coc.StageClosed || !p.Archived {
		t.Fatalf("it is %s, archived: %t", c.Stage, p.Archived)
	}
	return w, c, p
}

func TestSeparateRoomOfAClosedCaseIsArchivedUntilThereIsMore(t *testing.T) {
	t.Parallel()
	w, c, p := closedApart(t)
	before := len(w.issueOf(c, 0).comments)
	w.file("token", says("There is more, "+canary+"."))
	w.pass(time.Second)
	if c = w.caseOf(c.ID); len(c.Placements) != 1 || len(w.issueOf(c, 0).comments) != before+1 || !p.Archived {
		t.Errorf("%d placements, %d comments, archived: %t", len(c.Placements), len(w.issueOf(c, 0).comments)-before, p.Archived)
	}
	w.noBarredReader()
}

// Whoever writes the last word in a repository puts it into the archive, and another
// word may be on its way there.
func TestSeparateRoomThatIsArchivedBeforeAWriteIsTakenOutAgain(t *testing.T) {
	t.Parallel()
	for _, op := range []string{"reply", "show"} {
		t.Run(op, func(t *testing.T) {
			t.Parallel()
			w, c, p := closedApart(t)
			p.Archived = false // as an owner does who wants to write there
			raced := false
			w.gh.before = func(what string) {
				if what == op && !raced {
					raced, p.Archived = true, true
				}
			}
			c = w.says(c, "ben-river", "/coc notify Somebody was insulted; it is settled.\n/coc reopen It goes on.")
			w.pass(time.Minute)
			c = w.caseOf(c.ID)
			if !raced || c.Home().Frozen != "" || p.Archived || len(w.alarms) > 0 {
				t.Errorf("raced %v, frozen %q, archived %v, alarms %q", raced, c.Home().Frozen, p.Archived, w.alarms)
			}
			w.invariants()
		})
	}
}

// So is a reminder on its way while somebody else has closed the case.
func TestReminderWhoseRoomIsArchivedBeforeItFreezesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.administers()
	c := w.accuse("ada-river")
	p, raced := w.separate(c), false
	w.gh.before = func(what string) {
		if what == "reply" && !raced {
			raced, p.Archived = true, true
		}
	}
	w.pass(4 * 24 * time.Hour)
	if c = w.caseOf(c.ID); !raced || c.Home().Frozen != "" || len(w.reminders(c, 0)) == 0 {
		t.Errorf("raced %v, frozen %q, reminders %q", raced, c.Home().Frozen, w.reminders(c, 0))
	}
	for _, a := range w.alarms {
		if strings.Contains(a, "archived") {
			t.Errorf("operators hear of it: %s", a)
		}
	}
	w.invariants()
}

func TestMemberNamedLaterIsPutOutOfASeparateRoomBeforeTheNextWord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.administers()
	w.at(riverRoom).files[".github/coc-committee.yaml"] = "version: 1\nminimum: {clear: 1, without_hard_conflict: 1}\nmembers: [ada-river, ben-river, cy-river, {login: dee-river}, {login: eve-river}]\n"
	w.gh.orgs["river"].members = append(w.gh.orgs["river"].members, "dee-river", "eve-river")
	c := w.accuse("ada-river")
	p := w.separate(c)
	w.file("token", accused("ben-river"))
	w.pass(time.Second)
	c = w.caseOf(c.ID)
	if len(c.Placements) != 1 || p.readers["ben-river"] || coc.HasLogin(c.Home().Responders, "ben-river") {
		t.Errorf("%d placements, read by %v, responders %v", len(c.Placements), reads(p), c.Home().Responders)
	}
	if said := w.issueOf(c, 0).comments; len(said) != 2 {
		t.Errorf("%d comments: one for who left, one for what was added", len(said))
	}
	w.invariants()
}

func TestStrangerInASeparateRoomFreezesIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.administers()
	c := w.accuse("ada-river")
	p := w.separate(c)
	p.readers["omar-outsider"] = true
	w.pass(11 * time.Second)
	if c = w.says(c, "ben-river", "/coc ack"); c.Home().Frozen != "room/stranger-reads" {
		t.Errorf("frozen: %q", c.Home().Frozen)
	}
	w.always()
}

func TestAccessThatCannotBeGivenSendsTheCaseUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.administers()
	w.gh.failing["admit"] = errors.Join(coc.ErrDenied)
	receipt := w.file("token", accused("ada-river"))
	w.pass(60 * time.Second)
	if c := w.of(receipt); c.Home().Committee.Name != "River Committee" {
		t.Fatal("it did not wait for those who were let in")
	}
	w.pass(1200 * time.Second)
	if c := w.of(receipt); c.Home().Committee.Name != "Foundation Committee" || c.Home().Issue == 0 {
		t.Errorf("home is %s", c.Home().Committee.Name)
	}
	w.invariants()
}
