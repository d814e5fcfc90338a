package conflict

import (
	"slices"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Visit is somebody who asks to see the record of a case on our own pages, and
// what is known of the case, its room and its committee at that moment. The zero
// value is nobody, and admits nobody.
type Visit struct {
	Who  coc.Person
	Home coc.Placement
	// Parties and Record are the case's, as for a Screening.
	Parties []coc.Party
	Record  Record
	// Roster is the committee as it is written down now, and Known whether that
	// could be read.
	Roster coc.Committee
	Known  bool
	// Room is the room looked at now.
	Room coc.RoomFacts
}

// Why somebody is not admitted. All of them get the same answer as a stranger; the
// reason is for nobody but us.
const (
	WhyNobodyKnown  = "nobody-known" // nobody, or an App
	WhySealed       = "sealed"       // no room has the case yet
	WhyFrozen       = "frozen"       // its room did not pass a check
	WhyNotPinned    = "not-a-responder"
	WhyConflicted   = "conflicted"
	WhyRosterUnread = "roster-unread"
	WhyNotOnRoster  = "not-on-the-roster"
	WhyRoomUnread   = "room-unread"
	WhyRoomOther    = "another-room"    // it is not the one that the case was put into, or not private
	WhyNoReader     = "no-reader"       // GitHub lets them not read the issue
	WhyOtherAccount = "another-account" // the login is somebody else's by now
)

// visitRules are asked in this order; the first that fails decides. Those that
// need nobody to be asked come first, so that a stranger costs GitHub nothing.
var visitRules = []struct {
	why   string
	holds func(Visit) bool
}{
	{WhyNobodyKnown, func(v Visit) bool { return !v.Who.IsZero() && !v.Who.Login.IsBot() }},
	{WhySealed, func(v Visit) bool { return !v.Home.Sealed() && v.Home.Room.ID != 0 && v.Home.Issue != 0 }},
	{WhyFrozen, func(v Visit) bool { return v.Home.Frozen == "" }},
	{WhyNotPinned, func(v Visit) bool { return coc.HasLogin(v.Home.Responders, v.Who.Login) }},
	{WhyConflicted, func(v Visit) bool { return !v.recused(v.Home.Committee) }},
	{WhyRosterUnread, func(v Visit) bool { return v.Known }},
	{WhyNotOnRoster, func(v Visit) bool { return onRoster(v.Roster, v.Who.Login) && !v.recused(v.Roster) }},
	{WhyRoomUnread, func(v Visit) bool { return v.Room.Problem == nil }},
	{WhyRoomOther, func(v Visit) bool { return v.Room.ID == v.Home.Room.ID && v.Room.Visibility == "private" }},
	{WhyNoReader, func(v Visit) bool { return v.Room.Reads(v.Who.Login) }},
	{WhyOtherAccount, func(v Visit) bool { return v.sameAccount() }},
}

// early is how many of the rules ask nothing of GitHub.
const early = 5

// Worth reports whether it is worth asking GitHub: false means that Admitted says
// no, whatever GitHub says.
func (v Visit) Worth() bool {
	_, ok := v.by(early)
	return ok
}

// Admitted reports whether the record may be shown, and why not: to a responder of
// the case who is not recused, is on the committee's roster now, and could read the
// issue itself at this moment, under the account that GitHub knows by that login.
// Whoever may only read the room, or owns it, is no responder.
func (v Visit) Admitted() (why string, ok bool) { return v.by(len(visitRules)) }

// Invited reports whether nothing but an invitation that they have not accepted keeps
// somebody from a repository that the case has for itself. They are shown nothing, and
// may say that they have a conflict. Whether the login is still theirs is to be asked
// besides, because GitHub tells that only of whoever reads.
func (v Visit) Invited() bool {
	why, _ := v.Admitted()
	return why == WhyNoReader && v.Home.Separate
}

func (v Visit) by(rules int) (why string, ok bool) {
	for _, r := range visitRules[:rules] {
		if !r.holds(v) {
			return r.why, false
		}
	}
	return "", true
}

// recused reports whether the case bars them, by what it says of people and by
// what was declared in it.
func (v Visit) recused(c coc.Committee) bool {
	if _, barred := Barred(v.Who.Login, v.Parties); barred {
		return true
	}
	return slices.ContainsFunc(v.Record.Screen(c, v.Parties).Recused, func(f Finding) bool { return f.Login.Is(v.Who.Login) })
}

func (v Visit) sameAccount() bool {
	return slices.ContainsFunc(v.Room.Readers, func(r coc.Reader) bool {
		return r.Login.Is(v.Who.Login) && r.Account > 0 && r.Account == v.Who.Account
	})
}
