package casework_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// fiveOfTheRiver is a committee of which two do not belong to the organisation: into a
// repository for a case alone they are invited.
const fiveOfTheRiver = "version: 1\nminimum: {clear: 1, without_hard_conflict: 1}\nmembers: [ada-river, ben-river, cy-river, {login: dee-river}, {login: eve-river}]\n"

// theFive are the river's committee; all of them read its incident repository.
func (w *world) theFive() {
	room := w.at(riverRoom)
	room.files[".github/coc-committee.yaml"] = fiveOfTheRiver
	room.readers[dee], room.readers["eve-river"] = true, true
}

// inviting is a case that accuses ada-river, in a repository of its own where
// dee-river and eve-river have not accepted.
func inviting(t *testing.T) (*world, coc.Case, *place) {
	t.Helper()
	w := newWorld(t)
	w.administers()
	w.theFive()
	c := w.accuse("ada-river")
	p := w.separate(c)
	if !slices.Equal(p.invited, []coc.Login{"dee-river", "eve-river"}) {
		t.Fatalf("invited are %q, readers %q", p.invited, reads(p))
	}
	return w, c, p
}

func (w *world) onlyEveIsInvited(p *place) {
	w.Helper()
	if !slices.Equal(p.invited, []coc.Login{"eve-river"}) {
		w.Errorf("invited are %q", p.invited)
	}
	w.invariants()
}

func TestInvitedMemberWhoIsNamedLaterIsNotInvitedAnyMore(t *testing.T) {
	t.Parallel()
	w, _, p := inviting(t)
	w.file("token", accused(dee))
	w.pass(time.Second)
	w.onlyEveIsInvited(p)
}

func TestInvitedMemberWhomTheOthersRecuseIsNotInvitedAnyMore(t *testing.T) {
	t.Parallel()
	w, c, p := inviting(t)
	c = w.says(c, "ben-river", "/coc recuse @dee-river hard")
	w.says(c, "cy-river", "/coc recuse @dee-river hard")
	w.onlyEveIsInvited(p)
}

func TestInvitationEndsWithTheCaseThatLeavesForIt(t *testing.T) {
	t.Parallel()
	w, c, p := inviting(t)
	f := accused(dee)
	f.Involved = append(f.Involved, coc.Party{Login: "ben-river", Role: coc.RoleAccused}, coc.Party{Login: "cy-river", Role: coc.RoleAccused})
	f.Involved = append(f.Involved, coc.Party{Login: "eve-river", Role: coc.RoleAccused})
	w.file("token", f)
	w.pass(time.Second)
	if c = w.caseOf(c.ID); len(c.Placements) != 2 {
		t.Fatalf("it is with %s", c.Home().Committee.Name)
	}
	if len(p.invited) != 0 {
		t.Errorf("invited are %q", p.invited)
	}
	w.invariants()
}

func TestWhoeverIsNamedAfterTheCaseHasLeftLosesTheWayIntoItsOldRepository(t *testing.T) {
	t.Parallel()
	w, c, p := inviting(t)
	c = w.says(c, "ben-river", "/coc escalate We are too close to this.")
	if len(c.Placements) != 2 {
		t.Fatalf("it is with %s", c.Home().Committee.Name)
	}
	for _, l := range []coc.Login{dee, "cy-river"} {
		w.file("token", accused(l))
		w.pass(time.Second)
	}
	if p.readers["cy-river"] {
		t.Errorf("it is read by %v", reads(p))
	}
	w.onlyEveIsInvited(p)
}

// Nobody of those who were let in is listed yet, so that the words wait.
func TestMemberWhoIsNamedBeforeTheIssueIsOpenedLosesTheInvitation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.theFive()
	o := w.administers()
	joined := o.members
	w.gh.after = func(op string) error {
		if op == "make room" { // they leave the organisation, and come back later
			o.members = nil
		}
		return nil
	}
	receipt := w.file("token", accused("ada-river"))
	w.pass(5 * time.Second)
	c := w.of(receipt)
	p := w.at(c.Home().Room.Repo)
	if p == nil || len(p.issues) != 0 || !slices.Contains(p.invited, dee) {
		t.Fatalf("the repository: %+v", p)
	}
	w.file("token", accused(dee))
	w.pass(time.Second)
	o.members = joined
	w.pass(time.Minute)
	if c = w.caseOf(c.ID); c.Home().Issue == 0 || len(c.Placements) != 1 {
		t.Fatalf("it is not open: %s", acts(c))
	}
	if slices.Contains(p.invited, dee) {
		t.Errorf("invited are %q", p.invited)
	}
	w.invariants()
}

func TestRosterMemberWhoGoesIsNotInvitedToAClosedCase(t *testing.T) {
	t.Parallel()
	w, c, p := inviting(t)
	for _, words := range []string{"/coc ack", "/coc resolve warning They apologised.", "/coc close"} {
		c = w.decides(c, "ben-river", words)
	}
	w.at(riverRoom).files[".github/coc-committee.yaml"] = "version: 1\nminimum: {clear: 1, without_hard_conflict: 1}\nmembers: [ada-river, ben-river, cy-river, {login: eve-river}]\n"
	w.tell(rosterOf("river"))
	w.pass(10 * time.Minute)
	w.onlyEveIsInvited(p)
	if !p.Archived {
		t.Error("it is out of the archive")
	}
	before := w.gh.calls["expel"]
	w.tell(rosterOf("river"))
	w.pass(10 * time.Minute)
	if again := w.gh.calls["expel"] - before; again != 0 {
		t.Errorf("put out %d times more", again)
	}
}

func TestWhoeverAnsweredIsNotInvitedAnyMoreOnceNamed(t *testing.T) {
	t.Parallel()
	w := asking(t)
	w.gh.orgs["river"].members = []coc.Login{"ada-river", "ben-river"}
	c := w.report(account)
	for _, l := range []coc.Login{"ada-river", "ben-river", "cy-river"} {
		c = w.declares(l, c, coc.ConflictClear)
	}
	p := w.at(c.Home().Room.Repo)
	if c.Home().Issue == 0 || !slices.Equal(p.invited, []coc.Login{"cy-river"}) {
		t.Fatalf("issue %d, invited %q", c.Home().Issue, p.invited)
	}
	w.file("token", accused("cy-river"))
	w.pass(time.Second)
	if len(p.invited) != 0 {
		t.Errorf("invited are %q", p.invited)
	}
	w.invariants()
}

func TestOthersAreToldWhoLeftAlsoWhereGitHubCouldNotSayWhoReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.administers()
	w.theFive()
	c := w.accuse("ada-river")
	w.pass(11 * time.Second) // what was seen of the room a moment ago does not count
	w.gh.failing["readers"] = coc.Later{Cause: "no answer"}
	w.tell(w.comment(c, "cy-river", "/coc recuse hard"))
	delete(w.gh.failing, "readers")
	w.pass(time.Hour)
	c = w.caseOf(c.ID)
	said := strings.Join(w.issueOf(c, len(c.Placements)-1).comments, "\n")
	if coc.HasLogin(c.Home().Responders, "cy-river") || strings.Count(said, "No longer a responder here") != 1 {
		t.Errorf("responders %q, in the room is said:\n%s", c.Home().Responders, said)
	}
	w.invariants()
}

func TestInvitationThatCannotBeWithdrawnIsTriedAgain(t *testing.T) {
	t.Parallel()
	w, c, p := inviting(t)
	w.gh.failing["expel"] = coc.ErrDenied
	w.file("token", accused(dee))
	w.pass(time.Second)
	if !slices.Contains(p.invited, dee) {
		t.Fatal("it was withdrawn without the permission")
	}
	delete(w.gh.failing, "expel")
	w.says(c, "ben-river", "/coc ack")
	w.onlyEveIsInvited(p)
	before := w.gh.calls["expel"]
	w.says(c, "ben-river", "/coc severity low")
	if again := w.gh.calls["expel"] - before; again != 0 {
		t.Errorf("withdrawn %d times more", again)
	}
}

// Dee's account has another name by now, and somebody has taken the old one: they are
// on the committee by a login that nobody has put right.
func TestLoginThatNobodyKnowsWhereTheCommitteeWorksIsLetInNowhere(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{"on conflict": fiveOfTheRiver, "asked in private": "separate: always\n" + fiveOfTheRiver} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := door(t)
			w.administers()
			w.theFive()
			room := w.at(riverRoom)
			room.files[".github/coc-committee.yaml"] = file
			delete(room.readers, dee)
			c := w.accuse("ada-river")
			if c.Home().Asked.IsZero() {
				w.separate(c)
			} else {
				w.unheard(dee, c)
				c = w.declares("ben-river", c, coc.ConflictClear)
			}
			if p := w.at(c.Home().Room.Repo); slices.Contains(p.invited, dee) || p.readers[dee] {
				t.Errorf("invited are %q, readers %q", p.invited, reads(p))
			}
			w.invariants()
		})
	}
}

func TestNobodyIsAdmittedByALoginThatNobodyKnows(t *testing.T) {
	t.Parallel()
	w, c, p := inviting(t)
	const file, late = ".github/coc-committee.yaml", "fin-river"
	room := w.at(riverRoom)
	room.files[file] = strings.TrimSuffix(room.files[file], "]\n") + ", {login: " + late + "}]\n"
	c = w.says(c, "ben-river", "/coc clear\n/coc admit @"+late)
	if said := w.lastAnswer(c, 0); !strings.Contains(said, "GitHub does not know that login") || slices.Contains(p.invited, late) {
		t.Errorf("invited are %q; %s", p.invited, said)
	}
	room.readers[late] = true
	w.pass(11 * time.Second)
	if w.says(c, "ben-river", "/coc admit @"+late); !slices.Contains(p.invited, late) {
		t.Errorf("invited are %q, %s", p.invited, w.lastAnswer(c, 0))
	}
}
