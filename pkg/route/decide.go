package route

import (
	"fmt"
	"slices"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

// Decision is where a report goes, and why. The zero value lets nobody in and
// names no room.
type Decision struct {
	// Committee takes the case with these Responders in this Room; all three
	// are zero where the case is Sealed.
	Committee  coc.Committee
	Responders []coc.Login
	Room       coc.RoomFacts
	// Separate: the case gets a repository of its own, which is still to be made.
	// Room then has its owner, and those who would read it before anybody is let in.
	Separate bool
	// Sealed: no room passed. Contact is then whom a person can write to: the
	// nearest committee that has only a contact, or else the highest that has
	// one. It follows from the route alone and not from who is conflicted.
	Sealed  bool
	Contact string
	// Chain is the committees that may still take the case, beginning with
	// the one that does; where it is Sealed, all that were asked.
	Chain []coc.Committee
	// Asked is every committee that was held against the rules, in order, each
	// as far as it was known then. Unless the case is Sealed, the last takes it.
	Asked      []coc.Committee
	Trace      []coc.Reason
	Flags      []coc.Flag
	Escalation string // the label of the committee's level
	// Alarms are those steps of the trace that somebody must mend: problems
	// of rooms and files, never of parties.
	Alarms []coc.Reason
	// Pointed is zero where the way was pinned, or a decision is appealed.
	Pointed Pointed

	// Desk is whom the table names first where they take no cases here: the
	// operator is given a notice to deliver, and the reporter is told their
	// address. Nothing says that they have accepted anything. nil: none.
	Desk *coc.Committee
	// Joint handles the case together with Committee, Desk among them.
	Joint []coc.Committee
	// Duties is who must be told. While the case is Sealed, it is those who must be,
	// whoever takes it.
	Duties []Tell
	// Consult is who must be asked before which act.
	Consult []Consult
}

// Decide says which committee takes a report.
func Decide(w World) (Decision, *Need) {
	j := w.Directory.Jurisdiction()
	d := Decision{Consult: w.consult(j)}
	d.Trace, d.Flags = w.atStake(j)
	var l *ladder
	var v way
	if w.Chain != nil {
		l = pinnedLadder(w.Chain)
	} else {
		var need *Need
		if d.Pointed, v, need = w.begin(); need != nil {
			return Decision{}, need
		}
		d.Trace = append(d.Trace, v.trace...)
		l = ladderFrom(w.Directory, v.rungs)
	}
	var asked []coc.Committee
	for {
		d.Trace = append(d.Trace, l.told()...)
		c, ok := l.next()
		if !ok {
			d.Joint = v.joined(d.Committee)
			d.Duties = w.duties(j, v, d)
			d.seal(asked, w.Skip)
			return d, nil
		}
		if w.mustLeave(j, c) {
			d.Trace = append(d.Trace, about("legal/transfer", c, ""))
			asked = append(asked, c)
			l.divert(j.TransferTo, c)
			continue
		}
		t, reasons, need := w.try(c)
		if need != nil {
			return Decision{}, need
		}
		d.Trace = append(d.Trace, reasons...)
		if t.takes {
			d.take(t, len(asked) > 0 || v.fallback, l.above(t.committee))
			d.Asked = append(asked, t.committee)
			d.Joint = v.joined(t.committee)
			d.Duties = w.duties(j, v, d)
			return d, nil
		}
		if len(asked) == 0 && w.Chain == nil && c.Incidents.IsZero() {
			d.Desk = &t.committee
		}
		asked = append(asked, t.committee)
		l.climb(t.committee)
	}
}

// mustLeave is row 4: a project may not keep a case with such a risk.
func (w World) mustLeave(j policy.Jurisdiction, c coc.Committee) bool {
	return !c.Level.Central() && len(w.risks(j.Transfer)) > 0
}

// joined is who handles the case besides the committee that has it; nobody
// where only one was named.
func (v way) joined(taker coc.Committee) []coc.Committee {
	var out []coc.Committee
	for _, c := range v.joint {
		if len(v.joint) > 1 && c.Key != taker.Key {
			out = append(out, c)
		}
	}
	return out
}

// attempt is one committee, tried.
type attempt struct {
	committee  coc.Committee
	responders []coc.Login
	room       coc.RoomFacts
	takes      bool
	separate   bool
}

// try holds one committee against all rules, in order, and gives the reasons.
func (w World) try(c coc.Committee) (attempt, []coc.Reason, *Need) {
	pass := func(c coc.Committee, reasons ...coc.Reason) (attempt, []coc.Reason, *Need) {
		return attempt{committee: c}, reasons, nil
	}
	if w.Skip[c.Key] {
		return pass(c, about("committee/had-it", c, ""))
	}
	if w.Appealed != nil && identity(*w.Appealed) == identity(c) {
		return pass(c, about("committee/had-it", c, ""))
	}
	c, problem, need := w.resolve(c)
	if need != nil {
		return attempt{}, nil, need
	}
	if problem != nil {
		return pass(c, *problem)
	}
	if c = w.pinned(c); len(c.Members) == 0 {
		return pass(c, about("committee/no-responders", c, ""))
	}
	sources := w.sources()
	for _, source := range sources {
		if c.Incidents.Is(source.Repo) {
			return pass(c, about("room/is-source", c, ""))
		}
	}
	room, ok := w.Rooms[c.Incidents.Key()]
	if !ok {
		return attempt{}, nil, &Need{Room: c.Incidents}
	}
	for _, source := range sources {
		if rule := checkPlace(room, c, source); rule != "" {
			return pass(c, about(rule, c, ""))
		}
	}
	s := conflict.Record{Declarations: w.Declarations, Deciders: w.Deciders}.Screen(c, w.Parties)
	if !s.Stands {
		return pass(c, standsNot(c, s))
	}
	if w.asks(c) {
		return w.inPrivate(c)
	}
	reasons := checkReaders(room, c, s, w.Parties)
	if reasons == nil && !w.Notice && !w.enoughRead(room, c) {
		reasons = []coc.Reason{about("room/too-few", c, "")}
	}
	switch {
	case reasons == nil:
		return attempt{c, s.Responders, room, true, false}, []coc.Reason{about("taken", c, "")}, nil
	case !readersForbid(reasons):
		return pass(c, reasons...)
	}
	t, more, need := w.separately(c)
	return t, append(reasons, more...), need
}

// pinned is a committee without those of its roster who joined since it has the case.
func (w World) pinned(c coc.Committee) coc.Committee {
	if w.Has != nil && identity(*w.Has) == identity(c) {
		c.Members = slices.DeleteFunc(slices.Clone(c.Members), func(m coc.Member) bool { return !coc.HasLogin(w.Has.Logins(), m.Login) })
	}
	return c
}

// sources is every repository that the report is about, the source first.
func (w World) sources() []coc.RepoFacts {
	out := []coc.RepoFacts{w.Source}
	for _, a := range w.Incident.Repos {
		out = append(out, a.Source)
	}
	return out
}

// standsNot says why a committee does not stand, with counts and no names.
func standsNot(c coc.Committee, s conflict.Screening) coc.Reason {
	remain := fmt.Sprintf("%d remain", s.Remain.WithoutHardConflict)
	switch s.Why {
	case conflict.WhyMajorityConflicted:
		return about("committee/majority-conflicted", c, remain)
	case conflict.WhyMinimum:
		return about("committee/below-minimum", c, remain)
	case conflict.WhyNotClear:
		return about("committee/not-clear", c, fmt.Sprintf("%s, %d of them without any conflict", remain, s.Remain.Clear))
	}
	return about("committee/no-responders", c, "")
}

func (d *Decision) take(t attempt, notFirst bool, above []coc.Committee) {
	d.Committee, d.Responders, d.Room, d.Separate = t.committee, t.responders, t.room, t.separate
	d.Chain = append([]coc.Committee{t.committee}, above...)
	if notFirst {
		d.Flags = append(d.Flags, coc.FlagFallback)
	}
	if label := "escalation/" + string(t.committee.Level); coc.OurLabel(label) {
		d.Escalation = label
	}
	d.Alarms = Alarms(d.Trace)
}

func (d *Decision) seal(asked []coc.Committee, skip map[string]bool) {
	d.Sealed, d.Chain, d.Asked = true, asked, asked
	for _, c := range asked {
		if c.Contact == "" || skip[c.Key] {
			continue
		}
		d.Contact = c.Contact
		if c.Incidents.IsZero() {
			break
		}
	}
	d.Trace = append(d.Trace, about("sealed", coc.Committee{}, ""))
	d.Alarms = Alarms(d.Trace)
}
