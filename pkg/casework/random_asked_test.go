package casework_test

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// asks is what becomes of a world in which the river's committee asks each of its
// members in private. Its draws are among the others, so that no other world changes.
type asks struct {
	letIn, keptOut uint64 // by their own word
}

// asksInPrivate lets the river's committee ask, and people sign in. Mostly the App may
// make the repositories for it, and an owner who is on the committee is named.
func (f *fate) asksInPrivate() {
	f.asks, f.Accounts = &asks{}, &accounts{}
	o := f.gh.orgs[riverRoom.Owner]
	if o == nil {
		o = &org{members: rosters[riverRoom.Key()], base: "none"}
		f.gh.orgs[riverRoom.Owner] = o
	}
	if f.r.IntN(5) > 0 {
		o.base = "none"
	}
	o.members = append(slices.Clone(o.members), "dee-river")
	f.at(riverRoom).files[".github/coc-committee.yaml"] = f.asksBy("version: 1\nmembers: [ada-river, ben-river, cy-river]\n")
	f.note("the roster is %q, the organisation %+v", f.at(riverRoom).files[".github/coc-committee.yaml"], *o)
}

// asksBy is a committee's own file with that line, and often with an alternate.
func (f *fate) asksBy(file string) string {
	if f.r.IntN(3) > 0 {
		file = strings.Replace(file, "cy-river]", "cy-river, {login: dee-river, role: alternate}]", 1)
	}
	if file == "" || f.r.IntN(8) == 0 {
		return file
	}
	file += "separate: always\nscreen_within: " + pick(f.r, []string{"2 hours", "1 day", "2 days"}) + "\n"
	if o := f.gh.orgs[riverRoom.Owner]; len(o.owners) > 0 && slices.Contains(rosters[riverRoom.Key()], o.owners[0]) && f.r.IntN(3) > 0 {
		file += "custodians: [" + string(o.owners[0]) + "]\n"
	}
	return file
}

// answersInPrivate is what some say on the committee's page of a case: those who are
// asked, those who have it, and others.
func (f *fate) answersInPrivate() {
	ids := f.st.ids()
	if len(ids) == 0 {
		return
	}
	id := pick(f.r, ids)
	for _, who := range []coc.Login{"ada-river", "ben-river", "cy-river", "dee-river", pick(f.r, everybody)} {
		if f.r.IntN(4) == 0 {
			continue
		}
		kind := pick(f.r, []coc.ConflictKind{coc.ConflictClear, coc.ConflictClear, coc.ConflictClear, coc.ConflictSoft, coc.ConflictHard})
		basis := coc.ConflictBasis("")
		if kind == coc.ConflictSoft {
			basis = pick(f.r, []coc.ConflictBasis{"", "comment", "employer"})
		}
		before := f.caseOf(id)
		err := f.Declare(f.Context(), f.person(who), id, kind, basis)
		f.note("%s says in private of %s that they are %s: %v", who, id, kind, err)
		var refusal coc.Refusal
		switch {
		case errors.Is(err, coc.ErrMissing), errors.Is(err, coc.ErrBusy), errors.As(err, &refusal):
			continue
		case err != nil:
			f.Errorf("%s is answered %v", who, err)
			continue
		}
		if after := f.caseOf(id); !slices.Equal(before.Home().Responders, after.Home().Responders) && coc.HasLogin(after.Home().Responders, who) {
			f.asks.letIn++
		} else if kind == coc.ConflictHard {
			f.asks.keptOut++
		}
		if f.gh.barred(id, who, before.Home().Room.Repo) && kind != coc.ConflictHard && len(before.Declarations) == len(f.caseOf(id).Declarations) {
			// Whoever said the same a moment ago is answered the same, and nobody else.
			if !slices.ContainsFunc(before.Journal, func(e coc.Entry) bool { return e.Actor.Is(who) && e.Whom.Is(who) }) {
				f.Errorf("%s is heard, and has no part in %s", who, id)
			}
		}
		if f.r.IntN(2) == 0 {
			f.pass(time.Duration(f.r.IntN(2000)) * time.Millisecond)
		}
	}
}

// looksIn is everybody who looks at what they are asked, and at a case.
func (f *fate) looksIn() {
	ids := f.st.ids()
	if len(ids) == 0 {
		return
	}
	id := pick(f.r, ids)
	for _, who := range append([]coc.Login{"dee-river"}, everybody...) {
		c := f.caseOf(id)
		if home := c.Home(); f.shown(who, id) && (f.gh.barred(id, who, home.Room.Repo) || readsUnasked(c, *home, who)) {
			f.Errorf("%s is shown %s, which they may not see, or before they said that they are clear", who, id)
		}
		all, err := f.Inquiries(f.Context(), f.person(who))
		if err != nil {
			f.Error(err)
		}
		for _, q := range all {
			f.mayBeAsked(who, q)
		}
	}
}

// mayBeAsked: who is only invited has the case, does not read it, and is shown nobody.
// Who is asked is on the committee, is not in, has no part in the case but that of a
// witness, and does not stand otherwise in what was said of it since; and is shown whom
// it accuses alone.
func (f *fate) mayBeAsked(who coc.Login, q casework.Inquiry) {
	f.Helper()
	c := f.caseOf(q.ID)
	home := c.Home()
	if q.Invited {
		if f.gh.barred(q.ID, who, home.Room.Repo) || !coc.HasLogin(home.Responders, who) || home.Issue == 0 || !home.Separate || len(q.Accused) > 0 || f.shown(who, q.ID) {
			f.Errorf("%s is shown %+v as an invitation", who, q)
		}
		return
	}
	if f.gh.barred(q.ID, who, home.Room.Repo) || !coc.HasLogin(home.Committee.Logins(), who) || coc.HasLogin(home.Responders, who) {
		f.Errorf("%s is asked about %s", who, q.ID)
	}
	witness := slices.ContainsFunc(c.Parties, func(p coc.Party) bool { return p.Login.Is(who) && !p.Role.BarsReading() })
	for _, m := range c.FromReporter() {
		if !witness && strings.Contains(m.Text.Reveal(), string(who)) {
			f.Errorf("%s is asked about %s, in whose words they stand", who, q.ID)
		}
	}
	for _, p := range q.Accused {
		if p.Role != coc.RoleAccused {
			f.Errorf("%s is shown %+v of %s", who, p, q.ID)
		}
	}
}

func (f *fate) shown(who coc.Login, id coc.CaseID) bool {
	_, err := f.Record(f.Context(), f.person(who), id)
	if err != nil && !errors.Is(err, coc.ErrMissing) {
		f.Error(err)
	}
	return err == nil
}

// touchesIndex is a hand in the issue that the committee's own room shows of a case. A
// command there is heard by nobody. While the room is published nothing is looked at
// there, and nobody can touch what they cannot see.
func (f *fate) touchesIndex() {
	var all []coc.Index
	for _, id := range f.st.ids() {
		c := f.caseOf(id)
		for _, p := range c.Placements {
			if stage.Closed(c.Stage) {
				break // nobody looks at it any more
			}
			if x := p.Asked.Index; x.Issue != 0 && f.at(x.Room.Repo).Visibility == "private" && f.at(x.Room.Repo).problem == nil {
				all = append(all, p.Asked.Index)
			}
		}
	}
	if len(all) == 0 {
		return
	}
	x := pick(f.r, all)
	room := f.at(x.Room.Repo)
	is := room.issues[x.Issue-1]
	ev := coc.Event{Kind: coc.EventComment, App: coc.AppRooms, Repo: room.RepoFacts, Issue: x.Issue, IssueBody: coc.NewProse(is.Body), Actor: pick(f.r, rosters[riverRoom.Key()])}
	switch f.r.IntN(3) {
	case 0:
		ev.Kind, is.Open = coc.EventClosed, false
	case 1:
		ev.Kind, ev.Label = coc.EventLabeled, "status/resolved"
		is.Labels = append(is.Labels, ev.Label)
	default:
		ev.Comment, ev.CommentBody, ev.CommentAt = int64(f.r.IntN(1<<40)), coc.NewProse("/coc "+pick(f.r, []string{"ack", "clear", "admit @cy-river", "recuse hard"})), f.clock.Now()
	}
	f.note("%s in the index, issue %d: %s %s", ev.Actor, x.Issue, ev.Kind, ev.Label)
	f.take(ev)
}

// readsUnasked: by what stands in the journal somebody was let in neither by their own
// word nor by a member's, in a home where each is asked; nor is it a custodian, whom
// nothing keeps out.
func readsUnasked(c coc.Case, p coc.Placement, who coc.Login) bool {
	if p.Asked.IsZero() || coc.HasLogin(p.Committee.Custodians, who) {
		return false
	}
	// What was said before this home counts, unless the reporter added something since.
	before := c.Journal[:min(p.Before, len(c.Journal))]
	since := len(before)
	for since > 0 && before[since-1].Act != "added" {
		since--
	}
	for i, e := range c.Journal[since:] {
		own := e.Actor.Is(who) && (e.Act == "clear" || e.Act == "recuse" && e.Kind == coc.ConflictSoft)
		if e.Whom.Is(who) && (own || e.Act == "admit" && since+i >= p.Before) {
			return false
		}
	}
	return true
}

// mendAsking lets whoever is asked answer, as a committee does that is awake, and looks
// at what its own room shows. What nobody may have is asked about again and again.
func (f *fate) mendAsking() {
	f.gh.orgs[riverRoom.Owner].base = "none"
	for range 10 {
		f.allAnswer()
		f.pass(10 * time.Hour)
	}
	f.allAnswer()
	f.pass(time.Minute)
	for _, id := range f.st.ids() {
		c := f.caseOf(id)
		for n, p := range c.Placements {
			f.indexed(c, n, p.Asked)
		}
	}
}

func (f *fate) allAnswer() {
	for _, id := range f.st.ids() {
		for _, who := range []coc.Login{"ada-river", "ben-river", "cy-river", "dee-river"} {
			if !f.asked(who, f.caseOf(id)) {
				continue
			}
			if err := f.Declare(f.Context(), f.person(who), id, coc.ConflictClear, ""); err != nil {
				f.Errorf("%s is asked about %s, and answered %v", who, id, err)
			}
		}
	}
}

// indexed: a code name and a stage of a case stand in the committee's own room, open for
// as long as the case is with it, and nothing else of it.
func (f *fate) indexed(c coc.Case, n int, a coc.Asking) {
	f.Helper()
	here := n == len(c.Placements)-1
	if a.IsZero() || !here && a.Index.Issue == 0 {
		return
	}
	if a.Index.Issue == 0 {
		f.Errorf("the committee's own room shows nothing of %s", c.ID)
		return
	}
	is := f.indexOf(c, n)
	stands := c.Stage
	if !here {
		stands = coc.StageTransferred
	}
	var ours []string
	for _, l := range is.Labels {
		if coc.OurLabel(l) {
			ours = append(ours, l)
		}
	}
	if is.Open != (here && !stage.Closed(c.Stage)) || !slices.Equal(ours, []string{stands.Label()}) || is.Title != c.Placements[n].CodeName {
		f.Errorf("of %s, which is %s here %t, it shows %q with %v, open %t", c.ID, c.Stage, here, is.Title, is.Labels, is.Open)
	}
	for _, word := range append([]string{canary, string(c.ID)}, logins(everybody)...) {
		if strings.Contains(is.Body+is.Title, word) {
			f.Errorf("of %s it shows %q", c.ID, word)
		}
	}
}

func logins(who []coc.Login) (out []string) {
	for _, l := range who {
		out = append(out, string(l))
	}
	return out
}
