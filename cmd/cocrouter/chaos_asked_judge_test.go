package main

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/notice"
)

// stillAsked reports whether a case waits for the first of its members to say that they
// are clear: until then there is nothing to open.
func stillAsked(cs coc.Case) bool {
	home := cs.Home()
	return home != nil && !home.Asked.IsZero() && !home.Screened && home.Issue == 0 && len(home.Responders) == 0
}

// declared is what somebody has said of themself in a case, by its journal, in order.
func declared(cs coc.Case, who string) (kinds []coc.ConflictKind) {
	for _, e := range cs.Journal {
		if (e.Act == "clear" || e.Act == "recuse") && e.Actor.Is(coc.Login(who)) && e.Whom.Is(e.Actor) {
			kinds = append(kinds, e.Kind)
		}
	}
	return kinds
}

// answeredHere reports whether somebody has said of themself what they are asked, since a
// case is where it is.
func answeredHere(cs coc.Case, who string) bool {
	here := cs
	here.Journal = cs.Journal[cs.Home().Before:]
	return len(declared(here, who)) > 0
}

// steppedBack reports whether the last that somebody said in a case is that they have no
// part in it.
func steppedBack(cs coc.Case, who string) bool {
	kinds := declared(cs, who)
	return len(kinds) > 0 && kinds[len(kinds)-1] == coc.ConflictHard
}

// asksAt reports whether a committee asks each of its members in a placement.
func asksAt(p coc.Placement) bool { return asksInPrivate(p.Committee.Incidents.String()) }

// judgeAsked holds what is promised where each member is asked in private. pages is what
// was found on people's own pages when all was at rest.
func (c *chaos) judgeAsked(cases []coc.Case, pages []chaosPage) *inquest {
	c.t.Helper()
	of := map[string]coc.Case{} // by the words of its report
	byID := map[coc.CaseID]coc.Case{}
	reports := map[coc.CaseID]chaosReport{}
	for _, cs := range cases {
		byID[cs.ID] = cs
		for _, r := range c.reports {
			if r.place == chaosLake && strings.Contains(cs.Report.Account.Reveal(), r.word) {
				of[r.word], reports[cs.ID] = cs, r
			}
		}
	}
	c.judgeLakeWrites(of, reports)
	c.judgePrivate(byID)
	c.judgeIndices(cases)
	q := &inquest{either: map[string]int{}}
	for _, cs := range cases {
		if r, ok := reports[cs.ID]; ok {
			for _, wrong := range slices.Concat(c.judgeLetIn(cs, r), c.judgeAskings(cs, r, q), judgeUndecided(cs)) {
				c.t.Errorf("%s; %s", wrong, describe(cs))
			}
		}
	}
	c.t.Log(q)
	if q.homes >= 5 && q.unsure == q.homes { // a judge to whom all is right has judged nothing
		c.t.Errorf("of all %d homes either of two outcomes was right", q.homes)
	}
	for _, p := range pages {
		cs, r := byID[p.id], reports[p.id]
		switch {
		case p.asked && (r.word == "" || !asksAt(*cs.Home()) || slices.Contains(r.accused, p.who) || answeredHere(cs, p.who) || !strings.HasSuffix(p.who, "-lake")):
			c.t.Errorf("%s is asked about a case; %s", p.who, describe(cs))
		case !p.asked && r.word != "" && !slices.Contains(chaosRooms[chaosLast], p.who) && c.mayRead(cs, r, p.who) != nil:
			c.t.Errorf("%s reads the page of a case: %v; %s", p.who, c.mayRead(cs, r, p.who), describe(cs))
		}
	}
	return q
}

// saidBefore reports whether somebody had said in private that they may have a case, or
// was let in by a member, by a moment.
func (c *chaos) saidBefore(cs coc.Case, who string, at time.Time) bool {
	return slices.ContainsFunc(c.private, func(p *chaosPrivate) bool {
		return p.id == cs.ID && p.who == who && p.kind != coc.ConflictHard && !p.at.After(at)
	}) || slices.ContainsFunc(c.lets, func(l chaosLet) bool {
		return l.who == who && !l.at.After(at) && slices.ContainsFunc(cs.Placements, func(p coc.Placement) bool { return p.Room.Repo.String() == l.repo })
	})
}

// judgeLakeWrites: no word of a case is written where somebody reads who has not said
// that they are clear, nobody is let in before, and the committee's own room has no word
// and nobody's name.
func (c *chaos) judgeLakeWrites(of map[string]coc.Case, reports map[coc.CaseID]chaosReport) {
	for _, w := range c.writes {
		if w.repo == chaosLake.room && len(w.words)+len(w.named) > 0 {
			c.t.Errorf("%s carried %q and %q into the committee's own room", w.request, w.words, w.named)
		}
		if w.admits != "" {
			is := func(cs coc.Case) bool {
				return slices.ContainsFunc(cs.Placements, func(p coc.Placement) bool { return p.Room.Repo.String() == w.repo })
			}
			let := false
			for _, cs := range of {
				let = let || is(cs) && c.saidBefore(cs, w.admits, w.at)
			}
			if !let {
				c.t.Errorf("%s let somebody in who had said nothing", w.request)
			}
		}
		for _, word := range w.words {
			cs, ok := of[word]
			if !ok {
				continue // of what members wrote
			}
			for _, login := range w.readers {
				if login != chaosCustodian && !c.saidBefore(cs, login, w.at) || slices.Contains(reports[cs.ID].accused, login) {
					c.t.Errorf("%s carried words of a case where %s reads, who is accused or has said nothing; %s", w.request, login, describe(cs))
				}
			}
		}
	}
	for _, read := range c.read {
		for _, word := range read.words {
			if cs, ok := of[word]; ok && (cs.ID != read.id || !c.saidBefore(cs, read.who, read.at)) {
				c.t.Errorf("%s read words on a page, and had said nothing; %s", read.who, describe(cs))
			}
		}
	}
}

// judgePrivate: what the page says is written down is in the journal, and nothing is that
// nobody said, or not between when it was sent and when it was answered.
func (c *chaos) judgePrivate(cases map[coc.CaseID]coc.Case) {
	for _, p := range c.private {
		if p.heard && !slices.Contains(declared(cases[p.id], p.who), p.kind) {
			c.t.Errorf("%s said that they are %s, and it is not in the journal; %s", p.who, p.kind, describe(cases[p.id]))
		}
	}
	for _, cs := range cases {
		for _, e := range cs.Journal {
			if !inPrivateWord(e) {
				continue
			}
			if !slices.ContainsFunc(c.private, func(p *chaosPrivate) bool {
				return p.id == cs.ID && e.Actor.Is(coc.Login(p.who)) && p.kind == e.Kind && !e.At.Before(p.at) && (p.until.IsZero() || !e.At.After(p.until))
			}) {
				c.t.Errorf("%s did not say at %s that they are %s; %s", e.Actor, e.At, e.Kind, describe(cs))
			}
		}
	}
}

// inPrivateWord reports whether an entry is what somebody said on their own page. Whoever
// steps back in an issue of a run gives a reason there.
func inPrivateWord(e coc.Entry) bool {
	return (e.Act == "clear" || e.Act == "recuse") && e.Actor != "" && e.Whom.Is(e.Actor) && e.Text.IsBlank()
}

// judgeIndices: the committee's own room shows of each case that it has its code name and
// its stage, in one issue, and nothing else of anything.
func (c *chaos) judgeIndices(cases []coc.Case) {
	type index struct {
		title, state, is string
	}
	var want, optional []index
	for _, cs := range cases {
		for n, p := range cs.Placements {
			last := n == len(cs.Placements)-1
			switch {
			case p.Asked.IsZero():
			case last:
				want = append(want, index{p.CodeName, map[bool]string{true: "closed", false: "open"}[cs.Stage == coc.StageClosed], string(cs.Stage)})
			default: // it may have left before anything could be shown
				optional = append(optional, index{p.CodeName, "closed", string(coc.StageTransferred)})
			}
		}
	}
	pages := notice.Pages(c.servers.setup.Address + "/cases/")
	for _, i := range chaosAsk[chaosIssue](c, chaosCustodian, "/repos/"+chaosLake.room+"/issues?state=all&") {
		found := index{title: i.Title, state: i.State}
		for _, l := range i.labels() {
			if is := statusLabel.FindStringSubmatch(l); is != nil {
				found.is = is[1]
			}
		}
		if body := notice.Index(i.Title, coc.Stage(found.is), pages, "").Body.Markdown(); plainly(i.Body) != plainly(body) || len(i.labels()) != 1 {
			c.t.Errorf("%s#%d shows more than a code name and a stage: %q\n%s", chaosLake.room, i.Number, i.labels(), i.Body)
		}
		at := slices.Index(want, found)
		if at >= 0 {
			want = slices.Delete(want, at, at+1)
			continue
		}
		if at = slices.Index(optional, found); at >= 0 {
			optional = slices.Delete(optional, at, at+1)
			continue
		}
		c.t.Errorf("%s#%d shows %+v, and must not", chaosLake.room, i.Number, found)
	}
	if len(want) > 0 {
		c.t.Errorf("%s does not show %+v", chaosLake.room, want)
	}
	for _, s := range chaosAsk[chaosSaid](c, chaosCustodian, "/repos/"+chaosLake.room+"/issues/comments?") {
		c.t.Errorf("somebody commented in %s: %s", chaosLake.room, s.Body)
	}
}

// mayRead is why somebody may not read a case where members are asked, by what people did.
func (c *chaos) mayRead(cs coc.Case, r chaosReport, who string) error {
	switch {
	case who == chaosCustodian:
	case slices.Contains(r.accused, who):
		return fmt.Errorf("%s is accused", who)
	case steppedBack(cs, who):
		return fmt.Errorf("%s has stepped back", who)
	case !c.saidBefore(cs, who, c.now()):
		return fmt.Errorf("%s has not said that they are clear", who)
	}
	return nil
}

// judgeLetIn asks as everybody, at rest: whoever finds the repository of a case may read
// it, and whoever has the case finds it.
func (c *chaos) judgeLetIn(cs coc.Case, r chaosReport) (wrong []string) {
	for n, p := range cs.Placements {
		if p.Asked.IsZero() || p.Room.ID == 0 {
			continue
		}
		repo := p.Room.Repo.String()
		for _, login := range c.Users() {
			finds := len(chaosAsk[ghIssue](c, login, "/repos/"+repo+"/issues?state=all&")) > 0 || c.CanRead(login, repo)
			if err := c.mayRead(cs, r, login); finds && err != nil {
				wrong = append(wrong, fmt.Sprintf("%s finds what is in %s: %v", login, repo, err))
			}
			has := n == len(cs.Placements)-1 && p.Issue != 0 && cs.Stage != coc.StageClosed && coc.HasLogin(p.Responders, coc.Login(login))
			if has && !finds {
				wrong = append(wrong, fmt.Sprintf("%s has the case, and cannot find %s", login, repo))
			}
		}
	}
	return wrong
}

// resolvedStage: nobody decides any more, so nobody has to be asked.
func resolvedStage(s coc.Stage) bool {
	return slices.Contains([]coc.Stage{coc.StageResolved, coc.StageFollowUp, coc.StageClosed}, s)
}

// judgeUndecided: nothing is carried or resolved while somebody may still answer.
func judgeUndecided(cs coc.Case) (wrong []string) {
	for n, p := range cs.Placements {
		if p.Asked.IsZero() {
			continue
		}
		until, over := len(cs.Journal), false
		if n < len(cs.Placements)-1 {
			until = cs.Placements[n+1].Before
		}
		for _, e := range cs.Journal[p.Before:until] {
			switch e.Act {
			case "screened":
				over = true
			case "carried", "resolve":
				if !over {
					wrong = append(wrong, fmt.Sprintf("%s at revision %d, while members are asked", e.Act, e.Revision))
				}
			}
		}
	}
	return wrong
}

// chaosPage is a case that somebody finds on their own page: they are asked about it, or
// read its record.
type chaosPage struct {
	id    coc.CaseID
	who   string
	asked bool
}

// lookAtPages signs in as everybody who may be asked, and as some who may not, and looks
// at their own page and at the page of every case of that committee. What is not for them
// must have the bytes of what is not there.
func (c *chaos) lookAtPages(cases []coc.Case) (pages []chaosPage) {
	c.t.Helper()
	for _, login := range lakePeople() {
		c.insist(func() error {
			b, list, err := c.browses(login)
			if err != nil {
				return err
			}
			var found []chaosPage
			asked, _, _ := strings.Cut(list, invitedTo) // who is only invited is asked nothing
			for _, form := range askForm.FindAllStringSubmatch(asked, -1) {
				found = append(found, chaosPage{coc.CaseID(strings.TrimPrefix(form[1], "/cases/")), login, true})
			}
			_, none, err := ask(b.Get(c.servers.setup.Address + "/cases/" + strings.Repeat("a", 26)))
			if err != nil {
				return err
			}
			for _, cs := range cases {
				if !slices.ContainsFunc(cs.Placements, asksAt) {
					continue
				}
				status, page, err := ask(b.Get(c.servers.setup.Address + "/cases/" + string(cs.ID)))
				switch {
				case err != nil:
					return err
				case status == http.StatusOK:
					found = append(found, chaosPage{cs.ID, login, false})
				case status != http.StatusNotFound || page != none:
					return fmt.Errorf("the page of a case is answered by %d", status)
				}
			}
			pages = append(pages, found...)
			return nil
		})
	}
	return pages
}

// pending is what people said on their own pages, or let others in by, that the journal
// has next: no comment in the issue at hand did that.
func (x *expected) pending() []coc.Entry {
	here := min(x.here, len(x.journal)) // and not what was said at its next home
	rest := x.journal[min(len(x.entries), here):here]
	n := slices.IndexFunc(rest, func(e coc.Entry) bool { return !inPrivateWord(e) })
	if n < 0 {
		n = len(rest)
	}
	return rest[:n]
}

// aside explains what is pending.
func (x *expected) aside() {
	for _, e := range x.pending() {
		x.entries = append(x.entries, fmt.Sprintf("%s %s: %s to %s", e.Actor, e.Act, e.From, e.To))
		if e.Kind == coc.ConflictHard {
			x.leaves(string(e.Actor))
		} else {
			x.in = append(x.in, e.Actor)
		}
	}
}

// steppedBack reports whether somebody has said on their own page, before whatever else the
// journal has next, that they have no part in the case.
func (x *expected) steppedBack(who string) (back bool) {
	for _, e := range x.pending() {
		if e.Actor.Is(coc.Login(who)) {
			back = e.Kind == coc.ConflictHard
		}
	}
	return back
}

// leaves is somebody who has no part in the case any more.
func (x *expected) leaves(who string) {
	x.in = slices.DeleteFunc(x.in, coc.Login(who).Is)
	if x.holder == who {
		x.holder = ""
	}
}

// begins is who has a case in a home of its from the beginning, also those who stepped back
// later: where each is asked first, whoever has answered before. Among them are alternates
// who come in later, and can write nothing there until then.
func begins(cs coc.Case, n int) []coc.Login {
	p, until := cs.Placements[n], len(cs.Journal)
	if n < len(cs.Placements)-1 {
		until = cs.Placements[n+1].Before
	}
	in := slices.Clone(p.Responders)
	for _, e := range cs.Journal[p.Before:until] {
		if e.Act == "recuse" && e.Kind == coc.ConflictHard && coc.HasLogin(p.Committee.Logins(), e.Actor) {
			in = append(in, e.Actor)
		}
	}
	if p.Asked.IsZero() {
		return in
	}
	return slices.DeleteFunc(in, func(l coc.Login) bool { return !answeredBefore(cs.Journal[:p.Before], l) })
}

// answeredBefore reports whether somebody has said of themself what they are asked, after
// all that the reporter added.
func answeredBefore(journal []coc.Entry, who coc.Login) bool {
	for _, e := range slices.Backward(journal) {
		switch {
		case added(e):
			return false
		case (e.Act == "clear" || e.Act == "recuse") && e.Actor.Is(who) && e.Whom.Is(who):
			return true
		}
	}
	return false
}

// responders is who has a case at the moment of an event of somebody's who acts there.
func (x *expected) responders(actor string) []coc.Login {
	in := slices.Clone(x.in)
	for _, e := range x.pending() {
		if e.Kind != coc.ConflictHard {
			in = append(in, e.Actor)
		}
		// They stepped back before this was read, or after it: what was answered tells.
		if e.Kind == coc.ConflictHard && e.Actor.Is(coc.Login(actor)) && x.refusedNext() {
			in = slices.DeleteFunc(in, e.Actor.Is)
		}
	}
	return in
}

func TestJudgeOfChaosKnowsWhoHasAnsweredBefore(t *testing.T) {
	t.Parallel()
	word := func(who coc.Login, kind coc.ConflictKind) coc.Entry {
		return coc.Entry{Actor: who, Whom: who, Act: "recuse", Kind: kind}
	}
	more := coc.Entry{Act: "added"}
	for name, tc := range map[string]struct {
		before, here []coc.Entry
		in           []coc.Login
		want         string
	}{
		"who answered before":                 {[]coc.Entry{word("kim", coc.ConflictSoft)}, nil, []coc.Login{"kim"}, "[kim]"},
		"and the reporter has added more":     {[]coc.Entry{word("kim", coc.ConflictSoft), more}, nil, []coc.Login{"kim"}, "[]"},
		"who answers here":                    {nil, []coc.Entry{word("kim", coc.ConflictSoft)}, []coc.Login{"kim"}, "[]"},
		"who answered before, and steps back": {[]coc.Entry{word("kim", coc.ConflictSoft)}, []coc.Entry{word("kim", coc.ConflictHard)}, nil, "[kim]"},
	} {
		cs := coc.Case{Journal: slices.Concat(tc.before, tc.here), Placements: []coc.Placement{{
			Before: len(tc.before), Responders: tc.in, Asked: coc.Asking{By: time.Unix(1, 0)}, Committee: coc.Committee{Members: []coc.Member{{Login: "kim"}}},
		}}}
		if got := fmt.Sprint(begins(cs, 0)); got != tc.want {
			t.Errorf("%s: %s has it from the beginning, must be %s", name, got, tc.want)
		}
	}
}

// A comment that is read once a case has left is refused as a whole. While one is refused
// line by line the case is there.
func TestJudgeOfChaosKnowsWhetherACaseHadLeft(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"refused":                            "refused",
		"refused, refused":                   "refused, refused",
		"refused, then refused":              "refused",
		"refused, then refused, refused":     "refused, refused",
		"refused, refused, then no more now": "refused, refused",
	} {
		x := expected{stage: coc.StageReceived, fleeing: true, in: []coc.Login{"kim"}, said: strings.Split(said, ", then ")}
		x.work(laneEvent{kind: "created", actor: "kim", text: "/coc close\n/coc reopen"})
		if got := strings.Join(kindsOf(x.replies), " "); got != want {
			t.Errorf("%s: %q, must be %q", said, got, want)
		}
	}
}

// The judge must see each of these.
func TestJudgeOfChaosSeesWhatIsDecidedWhileMembersAreAsked(t *testing.T) {
	t.Parallel()
	for acts, sees := range map[string]bool{
		"clear propose screened carried resolve": false,
		"clear propose carried screened":         true,
		"clear resolve":                          true,
		"clear propose agree":                    false,
	} {
		cs := coc.Case{Placements: []coc.Placement{{Asked: coc.Asking{By: time.Unix(1, 0)}}}}
		for _, act := range strings.Fields(acts) {
			cs.Journal = append(cs.Journal, coc.Entry{Act: act})
		}
		if wrong := judgeUndecided(cs); (len(wrong) > 0) != sees {
			t.Errorf("%s: %q", acts, wrong)
		}
	}
}

func TestJudgeOfChaosKnowsWhoIsInWhereMembersAreAsked(t *testing.T) {
	t.Parallel()
	word := func(who coc.Login, kind coc.ConflictKind) coc.Entry {
		return coc.Entry{Actor: who, Whom: who, Act: map[bool]string{true: "clear", false: "recuse"}[kind == coc.ConflictClear], Kind: kind}
	}
	x := expected{stage: coc.StageReceived, journal: []coc.Entry{
		word("kim", coc.ConflictClear), {Actor: "kim", Act: "ack", From: "received", To: "acknowledged"}, word("lee", coc.ConflictSoft), word("kim", coc.ConflictHard),
	}}
	x.here = len(x.journal)
	say := func(who, text string) {
		x.work(laneEvent{kind: "created", actor: who, text: text})
	}
	say("lee", "/coc help") // nobody let them in yet
	say("kim", "/coc ack")
	x.said = []string{"refused", "help", "refused"}
	say("kim", "/coc help")
	say("kim", "/coc help me") // and before the next one is read, they have stepped back
	x.aside()
	say("kim", "/coc status")
	say("lee", "/coc claim")
	got := cmp.Or(strings.Join(kindsOf(x.replies), " "), "nothing")
	if got != "refused help refused refused" || len(x.entries) != 5 {
		t.Errorf("%s; %q", got, x.entries)
	}
}
