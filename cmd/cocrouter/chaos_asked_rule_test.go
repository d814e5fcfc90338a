package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// chaosCouncil is a committee that asks each of its members in private, in one home of a case:
// "Asked in private" of ROUTING.md, said a second time. It follows from what people did
// and when; nothing here calls the rule that it judges.
//
// Of a moment it does not know which came first. Whoever answered when their time was
// over, and nobody had seen that yet, is in or is passed over. Whoever was let in and
// could not read yet counts or does not. Whoever joined and was let in by a member was on
// the roster when the case came, or was not. There either is right, and nothing else;
// how often that was so is counted, beside how often there was one outcome.
type chaosCouncil struct {
	seats, alternates, accused []string

	hard, soft, spoke map[string]bool      // what they said of themselves, here or where the case was before
	answered          map[string]bool      // who said something after all that the reporter added
	in                map[string]time.Time // since when

	by, until time.Time // of the members, and of the alternates, who are not asked while it is zero
	noticed   bool      // that the members' time is over
	over      bool      // nobody is asked any more
}

// chaosScreen is how long members of chaosLake have to answer, and then the alternates.
const chaosScreen = time.Hour

// chaosAccepts is after how long it does not count any more who is in and cannot read.
const chaosAccepts = 10 * time.Minute

func (k *chaosCouncil) barred(who string) bool { return k.hard[who] || slices.Contains(k.accused, who) }

func (k *chaosCouncil) isIn(who string) bool { return !k.in[who].IsZero() }

// open is those who are neither in nor barred.
func (k *chaosCouncil) open(of []string) []string {
	return slices.DeleteFunc(slices.Clone(of), func(l string) bool { return k.isIn(l) || k.barred(l) })
}

// asked is who is asked at a moment and has not answered.
func (k *chaosCouncil) asked(at time.Time) (who []string) {
	if k.over {
		return nil
	}
	if at.Before(k.by) && !k.noticed {
		who = k.open(k.seats)
	}
	if at.Before(k.until) {
		who = append(who, k.open(k.alternates)...)
	}
	return who
}

// later is the alternates who may still be asked.
func (k *chaosCouncil) later() []string {
	if k.over || !k.until.IsZero() {
		return nil
	}
	return k.open(k.alternates)
}

// enough reports whether a committee could have the case with these besides, if they were
// clear, and without those: most of its seats are held by somebody who answered, one of
// them has no conflict, and most are not barred. An alternate holds an empty seat, and
// votes for somebody who has no vote. Who is in by a member's word and has said nothing
// counts once nobody is asked any more as if they were not there.
func (k *chaosCouncil) enough(besides, without []string) bool {
	counts := func(l string) bool {
		in := k.isIn(l) && (k.spoke[l] || !k.over) && !slices.Contains(without, l)
		return !k.barred(l) && (in || slices.Contains(besides, l))
	}
	held, votes, barred := 0, 0, 0
	for _, l := range k.seats {
		switch {
		case k.barred(l):
			barred++
		case counts(l):
			if held++; !k.soft[l] {
				votes++
			}
		}
	}
	standIns, standInVotes := 0, 0
	for _, l := range k.alternates {
		if counts(l) {
			if standIns++; !k.soft[l] {
				standInVotes++
			}
		}
	}
	n := len(k.seats)
	held += min(standIns, n-held)
	votes += min(standInVotes, n-votes)
	return 2*held > n && votes >= 1 && 2*barred <= n
}

// vacant reports whether a seat has nobody who is in and has a vote.
func (k *chaosCouncil) vacant() bool {
	return slices.ContainsFunc(k.seats, func(l string) bool { return !k.isIn(l) || k.barred(l) || k.soft[l] })
}

// next is how the asking must go on at a moment: alternates are asked, nobody is any
// more, or neither.
func (k *chaosCouncil) next(at time.Time) string {
	asked := k.asked(at)
	switch {
	case k.over:
		return ""
	case !k.enough(slices.Concat(asked, k.later()), nil):
		return "screened"
	case !k.until.IsZero():
		if len(asked) == 0 {
			return "screened"
		}
		return ""
	case len(asked) > 0 && k.enough(asked, nil):
		return ""
	case len(k.later()) > 0 && k.vacant():
		return "asked alternates"
	}
	return "screened"
}

// again lets in whoever would be asked what they have answered, here or where the case was
// before, and has alternates asked at once where that must be.
func (k *chaosCouncil) again(at time.Time) {
	for {
		for _, l := range k.asked(at) {
			if k.answered[l] {
				k.in[l] = at
			}
		}
		if k.next(at) != "asked alternates" {
			return
		}
		k.until = at.Add(chaosScreen)
	}
}

// added reports whether the reporter said more then. What was answered before was said of less.
func added(e coc.Entry) bool { return e.Act == "added" }

// says is somebody's word on themself.
func (k *chaosCouncil) says(who string, kind coc.ConflictKind, at time.Time) {
	k.spoke[who], k.answered[who] = true, true
	switch kind {
	case coc.ConflictClear:
		delete(k.soft, who)
	case coc.ConflictSoft:
		k.soft[who] = true
	default:
		k.hard[who] = true
	}
	switch {
	case k.barred(who):
		delete(k.in, who)
	case !k.isIn(who):
		k.in[who] = at
	}
}

// inquest is what came of the askings that were judged.
type inquest struct {
	homes, alternates, over, left, stayed int
	unsure                                int            // homes of which two outcomes were right
	either                                map[string]int // and why, each time
}

func (q *inquest) String() string {
	return fmt.Sprintf("in %d homes members were asked, in %d alternates too; in %d nobody is any more; %d were left for too few and %d kept; of %d either of two outcomes was right: %v",
		q.homes, q.alternates, q.over, q.left, q.stayed, q.unsure, q.either)
}

// judgeAskings works once more, for each home of a case whose committee asks, who was
// asked, who came in and whether they were enough.
func (c *chaos) judgeAskings(cs coc.Case, r chaosReport, q *inquest) (wrong []string) {
	base := &chaosCouncil{accused: r.accused, hard: map[string]bool{}, soft: map[string]bool{}, spoke: map[string]bool{}, answered: map[string]bool{}}
	for n := range cs.Placements {
		if !asksAt(cs.Placements[n]) {
			if slices.ContainsFunc(c.entriesAt(cs, n), added) {
				clear(base.answered)
			}
			continue
		}
		var first []string
		var right []*hearing
		for _, late := range c.rosters(cs, n) {
			h := c.hears(base, cs, n, late)
			if len(h.wrong) == 0 {
				right = append(right, h)
			} else if first == nil {
				first = h.wrong
			}
		}
		if len(right) == 0 {
			return append(wrong, first...)
		}
		if len(right) > 1 {
			q.either["whether they were on the roster"]++
		}
		h := right[0]
		for why, n := range h.either {
			q.either[why] += n
		}
		if len(right) > 1 || len(h.either) > 0 {
			q.unsure++
		}
		q.homes++
		q.alternates += map[bool]int{true: 1}[!h.until.IsZero()]
		q.over += map[bool]int{true: 1}[h.over]
		q.left += map[bool]int{true: 1}[h.left]
		q.stayed += map[bool]int{true: 1}[h.over && !h.left && h.enough(nil, nil)]
		base = h.chaosCouncil
	}
	return wrong
}

// rosters is whether who joins in a run was on the roster when a case came to a home. It
// is not known of whom a member let in, and who may have let their time pass before.
func (c *chaos) rosters(cs coc.Case, n int) []bool {
	p := cs.Placements[n]
	admitted := slices.ContainsFunc(c.entriesAt(cs, n), func(e coc.Entry) bool { return e.Act == "admit" && e.Whom == chaosLate })
	switch {
	case !coc.HasLogin(p.Committee.Logins(), chaosLate):
		return []bool{false}
	case !admitted:
		return []bool{true}
	case c.joined.IsZero() || p.PlacedAt.Before(c.joined):
		return []bool{false}
	}
	return []bool{false, true}
}

// entriesAt is the journal of a case from when it came to a home until it left.
func (c *chaos) entriesAt(cs coc.Case, n int) []coc.Entry {
	until := len(cs.Journal)
	if n < len(cs.Placements)-1 {
		until = cs.Placements[n+1].Before
	}
	return cs.Journal[cs.Placements[n].Before:until]
}

// hearing is one home of a case as it is worked once more.
type hearing struct {
	*chaosCouncil
	home   coc.Placement
	left   bool // because they were too few
	either map[string]int
	wrong  []string
}

func (h *hearing) say(format string, args ...any) {
	h.wrong = append(h.wrong, fmt.Sprintf(format, args...))
}

// hears works a home once more. What was said where the case was before counts here.
func (c *chaos) hears(before *chaosCouncil, cs coc.Case, n int, late bool) *hearing {
	p := cs.Placements[n]
	h := &hearing{home: p, either: map[string]int{}, chaosCouncil: &chaosCouncil{
		seats: slices.Clone(chaosLakeMembers[:4]), alternates: chaosLakeMembers[4:], accused: before.accused,
		hard: maps.Clone(before.hard), soft: maps.Clone(before.soft), spoke: maps.Clone(before.spoke), answered: maps.Clone(before.answered),
		in: map[string]time.Time{}, by: p.PlacedAt.Add(chaosScreen),
	}}
	if late {
		h.seats = append(h.seats, chaosLate)
		if c.joined.IsZero() || p.PlacedAt.Before(c.joined) {
			h.say("%s is on the roster, and had not joined", chaosLate)
		}
	}
	if !p.Asked.By.Equal(h.by) {
		h.say("members are asked until %s, and the case came at %s", p.Asked.By, p.PlacedAt)
	}
	h.again(p.PlacedAt)
	entries := c.entriesAt(cs, n)
	for i, e := range entries {
		due := h.takes(e)
		if due != "" && (i+1 == len(entries) || entries[i+1].Act != due || entries[i+1].Revision != e.Revision) {
			h.say("after revision %d it must be %q at once", e.Revision, due)
		}
	}
	if roster := append(slices.Clone(h.seats), h.alternates...); !sameLogins(p.Committee.Logins(), roster) {
		h.say("on the committee are %v and must be %v", p.Committee.Logins(), roster)
	}
	if in := slices.Collect(maps.Keys(h.in)); !sameLogins(p.Responders, in) {
		h.say("%v have it and must be %v", p.Responders, in)
	}
	if !p.Asked.Alternates.Equal(h.until) && p.Asked.Alternates.Sub(h.until).Abs() > time.Minute {
		h.say("alternates are asked until %s and must be until %s", p.Asked.Alternates, h.until)
	}
	if n < len(cs.Placements)-1 {
		c.leaves(cs, n, h)
	} else {
		c.rests(cs, h)
	}
	return h
}

func sameLogins(are []coc.Login, must []string) bool {
	var have []string
	for _, l := range are {
		have = append(have, string(l))
	}
	slices.Sort(have)
	return slices.Equal(have, slices.Sorted(slices.Values(must)))
}

// takes is one entry of the journal. What comes back must be the next one.
func (h *hearing) takes(e coc.Entry) (due string) {
	who := string(e.Whom)
	switch e.Act {
	case "clear", "recuse":
		if e.Actor == "" || !e.Whom.Is(e.Actor) {
			h.say("%s at revision %d is nobody's own word", e.Act, e.Revision)
			return ""
		}
		if !h.isIn(who) {
			h.answers(who, e)
		}
		h.says(who, e.Kind, e.At)
		h.noticed = h.noticed || !e.At.Before(h.by)
		// That nobody is asked any more, and those who are could be enough, is written down
		// once it was seen who can read. An alternate who is late is heard until then.
		if due = h.next(e.At); due == "screened" && h.enough(slices.Concat(h.asked(e.At), h.open(h.alternates)), nil) {
			due = ""
		}
	case "admit":
		by := string(e.Actor)
		switch {
		case !h.isIn(by) || h.barred(by) || h.soft[by] || !h.spoke[by]:
			h.say("%s let %s in at revision %d, and is not clear", by, who, e.Revision)
		case h.barred(who) || h.isIn(who):
			h.say("%s was let in at revision %d, and is barred or in", who, e.Revision)
		case slices.Contains(h.asked(e.At), who) || slices.Contains(h.later(), who):
			h.say("%s was let in at revision %d, and may still answer", who, e.Revision)
		}
		if !slices.Contains(h.seats, who) && !slices.Contains(h.alternates, who) {
			h.seats = append(h.seats, who)
		}
		h.in[who] = e.At
	case "asked alternates", "screened":
		if must := h.next(e.At); must != e.Act {
			h.say("%s at revision %d, and it must be %q", e.Act, e.Revision, must)
		}
		h.noticed = h.noticed || !e.At.Before(h.by)
		if h.over = e.Act == "screened"; !h.over {
			h.until = e.At.Add(chaosScreen)
			h.again(e.At)
		}
	case "added":
		clear(h.answered)
	}
	return due
}

// answers is somebody who is not in, and says in private what they are asked.
func (h *hearing) answers(who string, e coc.Entry) {
	switch {
	case !e.Text.IsBlank():
		h.say("%s is not in, and spoke in the issue at revision %d", who, e.Revision)
	case slices.Contains(h.asked(e.At), who):
	case slices.Contains(h.open(h.seats), who) && !h.noticed && !h.over, slices.Contains(h.open(h.alternates), who) && !h.until.IsZero() && !h.over:
		h.either["heard after their time, before that was seen"]++
	default:
		h.say("%s answered at revision %d, and was not asked", who, e.Revision)
	}
}

// outside is who is in by then, for longer than somebody has to accept, and cannot read.
func (c *chaos) outside(h *hearing, at time.Time) (who []string) {
	for l, since := range h.in {
		if at.Sub(since) >= chaosAccepts && !c.couldRead(h.home.Room.Repo.String(), l, at) {
			who = append(who, l)
		}
	}
	return who
}

// couldRead reports whether somebody had been let into a repository by a moment.
func (c *chaos) couldRead(repo, who string, at time.Time) (could bool) {
	for _, d := range c.doors {
		if d.repo == repo && d.who == who && !d.at.After(at) {
			could = d.reads
		}
	}
	return could
}

// leaves is a home that a case has left: where that was because they were too few, they
// were.
func (c *chaos) leaves(cs coc.Case, n int, h *hearing) {
	next := cs.Placements[n+1]
	if len(cs.Journal) <= next.Before || cs.Journal[next.Before].Actor != "" {
		return // somebody gave it away
	}
	first := h.home.Issue == 0 && !slices.ContainsFunc(cs.Placements[:n], asksAt)
	h.left = slices.ContainsFunc(cs.Trace, func(r coc.Reason) bool {
		return r.Rule == "separate/too-few-clear" && r.Place == h.home.Room.Repo.String() || r.Rule == "separate/too-few" && first
	})
	if !h.left {
		return // its room failed
	}
	besides := slices.Concat(h.asked(next.PlacedAt), h.later())
	switch outside := c.outside(h, next.PlacedAt); {
	case !h.enough(besides, nil):
	case !h.enough(besides, outside):
		h.either["let in, and could not read yet"]++
	default:
		h.say("in %s were %v of %v, which is enough, and it went on because they were too few", h.home.Room.Repo, slices.Sorted(maps.Keys(h.in)), h.seats)
	}
}

// rests is the home that a case has in the end: nothing is to be done that was not, and
// too few have it only where nobody else can.
func (c *chaos) rests(cs coc.Case, h *hearing) {
	resolved := resolvedStage(cs.Stage) // nobody decides any more, so nobody has to be asked
	if h.over != h.home.Screened && !resolved {
		h.say("that nobody is asked any more is %t, and must be %t", h.home.Screened, h.over)
	}
	if must := h.next(c.rested); must != "" && !resolved {
		h.say("it must be %q by now", must)
	}
	few := slices.Contains(cs.Flags, coc.FlagNoQuorum)
	besides := slices.Concat(h.asked(c.rested), h.later())
	last := h.by // that it was looked at who can read
	for _, e := range c.entriesAt(cs, len(cs.Placements)-1) {
		if e.Act == "screened" {
			last = e.At
		}
	}
	switch outside := c.outside(h, last); {
	case h.enough(besides, nil) != few:
	case few && !h.enough(besides, outside):
		h.either["let in, and could not read yet"]++
	default:
		h.say("%v of %v have it, and that they are too few is %t", slices.Sorted(maps.Keys(h.in)), h.seats, few)
	}
}

// The rule as the judge has it, by who says what in a committee of four and an alternate.
// Each "…" is an hour.
func TestJudgeOfChaosKnowsWhoIsEnough(t *testing.T) {
	t.Parallel()
	for acts, must := range map[string]struct {
		next   string
		enough bool
	}{
		"lia-clear":                                                         {"", true},
		"lia-clear leo-clear lou-clear":                                     {"", true},
		"lia-clear leo-clear lou-clear lex-clear":                           {"screened", true},
		"lia-clear leo-clear lou-clear lex-soft":                            {"asked alternates", true},
		"lia-clear leo-clear lou-clear …":                                   {"asked alternates", true},
		"lia-clear leo-clear …":                                             {"asked alternates", true},
		"lia-clear leo-clear … asks":                                        {"", true},
		"lia-clear leo-clear … asks liv-clear":                              {"screened", true},
		"lia-clear leo-clear … asks liv-clear over":                         {"", true},
		"lia-clear leo-clear … asks …":                                      {"screened", false},
		"lia-clear leo-clear … asks … over":                                 {"", false},
		"lia-clear …":                                                       {"screened", false},
		"lia-clear leo-clear … asks … over lou-let":                         {"", false},
		"lia-clear leo-clear … asks … over lou-let lou-clear":               {"", true},
		"lia-soft leo-soft lou-soft lex-soft":                               {"asked alternates", true},
		"lia-soft leo-soft lou-soft lex-soft asks liv-clear over":           {"", true},
		"lia-soft leo-soft lou-soft lex-soft asks … over":                   {"", false},
		"lia-soft leo-soft lou-clear … asks liv-clear over":                 {"", true},
		"lia-clear leo-hard":                                                {"", true},
		"lia-clear leo-hard lou-hard":                                       {"asked alternates", true},
		"lia-clear leo-hard lou-hard lex-hard":                              {"screened", false},
		"leo-accused lou-hard":                                              {"asked alternates", true},
		"leo-accused liv-accused lou-hard":                                  {"screened", false},
		"lia-clear leo-clear lou-clear … asks … over lia-hard":              {"", false},
		"lia-clear leo-clear lou-clear … asks liv-clear over lia-hard":      {"", true},
		"lia-clear leo-clear lou-clear lex-clear over lia-hard lux-let":     {"", true},
		"lia-clear leo-clear lou-clear … asks … over lia-hard lux-let":      {"", false},
		"lia-clear leo-clear lou-clear … over lia-hard lux-let lux-clear …": {"", true},
	} {
		at := time.Unix(0, 0)
		k := &chaosCouncil{
			seats: chaosLakeMembers[:4], alternates: chaosLakeMembers[4:], by: at.Add(chaosScreen),
			hard: map[string]bool{}, soft: map[string]bool{}, spoke: map[string]bool{}, answered: map[string]bool{}, in: map[string]time.Time{},
		}
		for _, act := range strings.Fields(acts) {
			who, what, _ := strings.Cut(act, "-")
			who += "-lake"
			switch {
			case act == "…":
				at = at.Add(chaosScreen)
			case act == "asks":
				k.until = at.Add(chaosScreen)
			case act == "over":
				k.over = true
			case what == "accused":
				k.accused = append(k.accused, who)
			case what == "let":
				k.in[who] = at
				if who == chaosLate {
					k.seats = append(slices.Clone(k.seats), who)
				}
			default:
				k.says(who, coc.ConflictKind(what), at)
			}
		}
		if next, enough := k.next(at), k.enough(slices.Concat(k.asked(at), k.later()), nil); next != must.next || enough != must.enough {
			t.Errorf("%s: %q and %t, must be %q and %t", acts, next, enough, must.next, must.enough)
		}
	}
}

// The judge must see each of these, and that is all that it accepts of two outcomes.
func TestJudgeOfChaosSeesAnAskingThatGoesWrong(t *testing.T) {
	t.Parallel()
	came := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	room := coc.RepoFacts{ID: 7, Repo: coc.Repo{Owner: "lake-conduct", Name: "quiet-harbor-417"}}
	entry := func(after time.Duration, who coc.Login, act string, kind coc.ConflictKind) coc.Entry {
		return coc.Entry{Revision: int(after/time.Minute) + 1, At: came.Add(after), Actor: who, Act: act, Whom: who, Kind: kind}
	}
	// Three of four answered, one of them with a soft conflict, and no alternate did.
	right := func() coc.Case {
		k := coc.Committee{Incidents: coc.Repo{Owner: "lake-conduct", Name: "cases"}}
		for _, l := range chaosLakeMembers {
			k.Members = append(k.Members, coc.Member{Login: coc.Login(l)})
		}
		return coc.Case{
			Stage: coc.StageReceived,
			Journal: []coc.Entry{
				entry(time.Minute, "lia-lake", "clear", coc.ConflictClear), entry(2*time.Minute, "leo-lake", "clear", coc.ConflictClear), entry(3*time.Minute, "lou-lake", "recuse", coc.ConflictSoft),
				entry(time.Hour, "", "asked alternates", ""), entry(2*time.Hour, "", "screened", ""),
			},
			Placements: []coc.Placement{{
				Committee: k, Room: room, PlacedAt: came, Screened: true, Responders: []coc.Login{"lia-lake", "leo-lake", "lou-lake"},
				Asked: coc.Asking{By: came.Add(time.Hour), Passed: true, Alternates: came.Add(2 * time.Hour)},
			}},
		}
	}
	// goes takes it to the next committee, because too few were left.
	goes := func(cs *coc.Case, after time.Duration) {
		cs.Placements = append(cs.Placements, coc.Placement{PlacedAt: came.Add(after), Before: len(cs.Journal)})
		cs.Journal = append(cs.Journal, entry(after, "", "moved on", ""))
		cs.Trace = append(cs.Trace, coc.Reason{Rule: "separate/too-few-clear", Place: room.Repo.String()})
	}
	// before has lex answer in a home before that one, which a member gives away.
	before := func(cs *coc.Case, then ...coc.Entry) {
		first, home := cs.Placements[0], &cs.Placements[0]
		first.PlacedAt, first.Screened, first.Responders, first.Asked = came.Add(-5*time.Hour), false, []coc.Login{"lex-lake"}, coc.Asking{By: came.Add(-4 * time.Hour)}
		home.Before, home.Responders = 1, append(home.Responders, "lex-lake")
		home.Asked.Alternates = came.Add(63 * time.Minute)
		cs.Journal[3].At, cs.Journal[3].Revision, cs.Journal[4].At = cs.Journal[2].At, cs.Journal[2].Revision, home.Asked.Alternates
		cs.Placements = []coc.Placement{first, *home}
		cs.Placements[1].Before += len(then)
		cs.Journal = slices.Concat([]coc.Entry{entry(-290*time.Minute, "lex-lake", "clear", coc.ConflictClear)}, then, []coc.Entry{entry(0, "lex-lake", "transfer", "")}, cs.Journal)
	}
	last := func(cs *coc.Case, e ...coc.Entry) { cs.Journal = append(cs.Journal, e...) }
	for name, tc := range map[string]struct {
		change  func(*coc.Case)
		outside string // was let in, and could not read
		wrong   bool
		either  int
	}{
		"as it is":                     {change: func(*coc.Case) {}},
		"somebody has answered before": {change: func(cs *coc.Case) { before(cs) }},
		"and the reporter has added something since": {wrong: true, change: func(cs *coc.Case) { before(cs, entry(-time.Hour, "", "added", "")) }},
		"somebody stepped back, and two are too few": {change: func(cs *coc.Case) {
			last(cs, entry(3*time.Hour, "leo-lake", "recuse", coc.ConflictHard))
			cs.Placements[0].Responders = []coc.Login{"lia-lake", "lou-lake"}
			goes(cs, 3*time.Hour)
		}},
		"and nobody else can have it": {change: func(cs *coc.Case) {
			last(cs, entry(3*time.Hour, "leo-lake", "recuse", coc.ConflictHard))
			cs.Placements[0].Responders = []coc.Login{"lia-lake", "lou-lake"}
			cs.Flags = []coc.Flag{coc.FlagNoQuorum}
		}},
		"and it stays": {wrong: true, change: func(cs *coc.Case) {
			last(cs, entry(3*time.Hour, "leo-lake", "recuse", coc.ConflictHard))
			cs.Placements[0].Responders = []coc.Login{"lia-lake", "lou-lake"}
		}},
		"and it is resolved": {wrong: true, change: func(cs *coc.Case) {
			last(cs, entry(3*time.Hour, "leo-lake", "recuse", coc.ConflictHard))
			cs.Placements[0].Responders, cs.Stage = []coc.Login{"lia-lake", "lou-lake"}, coc.StageResolved
		}},
		"who was let in and is silent counts": {wrong: true, change: func(cs *coc.Case) {
			let := entry(150*time.Minute, "lia-lake", "admit", "")
			let.Whom = "lex-lake"
			last(cs, let, entry(3*time.Hour, "leo-lake", "recuse", coc.ConflictHard))
			cs.Placements[0].Responders = []coc.Login{"lia-lake", "lou-lake", "lex-lake"}
		}},
		"it leaves, and they were enough":                   {wrong: true, change: func(cs *coc.Case) { goes(cs, 2*time.Hour) }},
		"they were enough, and one of them could not read":  {either: 1, change: func(cs *coc.Case) { goes(cs, 2*time.Hour) }, outside: "lou-lake"},
		"it says that they are too few, and they are not":   {wrong: true, change: func(cs *coc.Case) { cs.Flags = []coc.Flag{coc.FlagNoQuorum} }},
		"somebody has it who said nothing":                  {wrong: true, change: func(cs *coc.Case) { cs.Placements[0].Responders = append(cs.Placements[0].Responders, "lex-lake") }},
		"somebody has it not who may":                       {wrong: true, change: func(cs *coc.Case) { cs.Placements[0].Responders = cs.Placements[0].Responders[1:] }},
		"nobody saw that their time was over":               {wrong: true, change: func(cs *coc.Case) { cs.Journal, cs.Placements[0].Screened = cs.Journal[:4], false }},
		"the alternates are not asked":                      {wrong: true, change: func(cs *coc.Case) { cs.Journal = slices.Delete(cs.Journal, 3, 4) }},
		"the alternates are asked before the members' time": {wrong: true, change: func(cs *coc.Case) { cs.Journal[3].At = came.Add(30 * time.Minute) }},
		"the alternates have less time":                     {wrong: true, change: func(cs *coc.Case) { cs.Journal[4].At = came.Add(90 * time.Minute) }},
		"members have less time":                            {wrong: true, change: func(cs *coc.Case) { cs.Placements[0].Asked.By = came.Add(30 * time.Minute) }},
		"somebody answers late, and nobody had looked": {either: 1, change: func(cs *coc.Case) {
			cs.Journal[2].At = came.Add(time.Hour)
			cs.Journal[2].Revision = cs.Journal[3].Revision
		}},
		"somebody answers when they have been passed over": {wrong: true, change: func(cs *coc.Case) { cs.Journal[2], cs.Journal[3] = cs.Journal[3], cs.Journal[2] }},
		"an alternate answers before their time":           {wrong: true, change: func(cs *coc.Case) { cs.Journal[2].Actor, cs.Journal[2].Whom = "liv-lake", "liv-lake" }},
		"a stranger answers":                               {wrong: true, change: func(cs *coc.Case) { cs.Journal[2].Actor, cs.Journal[2].Whom = "tom-talker", "tom-talker" }},
		"somebody is let in whose time is not over":        {wrong: true, change: func(cs *coc.Case) { cs.Journal[2].Actor, cs.Journal[2].Act = "lia-lake", "admit" }},
		"somebody joined, and is on the roster of a case before": {wrong: true, change: func(cs *coc.Case) {
			cs.Placements[0].Committee.Members = append(cs.Placements[0].Committee.Members, coc.Member{Login: chaosLate})
		}},
	} {
		cs := right()
		tc.change(&cs)
		c := &chaos{chaosAsking: chaosAsking{rested: came.Add(4 * time.Hour)}}
		for _, l := range chaosLakeMembers {
			c.doors = append(c.doors, chaosDoor{room.Repo.String(), l, l != tc.outside, came})
		}
		q := inquest{either: map[string]int{}}
		wrong := c.judgeAskings(cs, chaosReport{}, &q)
		either := 0
		for _, n := range q.either {
			either += n
		}
		if (len(wrong) > 0) != tc.wrong || either != tc.either {
			t.Errorf("%s: %q, and %v", name, wrong, q.either)
		}
	}
}
