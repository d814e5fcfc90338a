package conflict

import (
	"errors"
	"slices"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

var kim = coc.Person{Login: "kim-responder", Account: 11}

// visit is kim's, who may see the record.
func visit() Visit {
	k := coc.Committee{Key: "a", Name: "A", Members: []coc.Member{{Login: "kim-responder"}, {Login: "lee-responder"}, {Login: "max-responder"}}}
	room := coc.RepoFacts{Repo: coc.Repo{Owner: "safe", Name: "cases"}, ID: 7, Visibility: "private"}
	return Visit{
		Who: kim, Roster: k, Known: true,
		Home:    coc.Placement{Committee: k, Responders: k.Logins(), Room: room, Issue: 1},
		Parties: []coc.Party{{Login: "tom-talker", Role: coc.RoleAccused}},
		Room:    coc.RoomFacts{RepoFacts: room, Readers: []coc.Reader{{Login: "Kim-Responder", Account: 11}, {Login: "lee-responder", Account: 12}}},
	}
}

func TestRecordIsShownToAClearResponderAndToNobodyElse(t *testing.T) {
	t.Parallel()
	if why, ok := visit().Admitted(); !ok {
		t.Fatalf("a clear responder: %s", why)
	}
	declared := func(login coc.Login, kind coc.ConflictKind) func(*Visit) {
		return func(v *Visit) { v.Record.Declarations = []coc.Declaration{{Login: login, By: login, Kind: kind}} }
	}
	for name, c := range map[string]struct {
		change func(*Visit)
		want   string // "": admitted
	}{
		"somebody whose login is another's by now": {func(v *Visit) { v.Who.Account = 99 }, WhyOtherAccount},
		"whoever took the login of a member":       {func(v *Visit) { v.Room.Readers[0].Account = 99 }, WhyOtherAccount},
		"an account that GitHub did not tell":      {func(v *Visit) { v.Room.Readers[0].Account = 0 }, WhyOtherAccount},
		"nobody":                                   {func(v *Visit) { v.Who = coc.Person{} }, WhyNobodyKnown},
		"a login without account":                  {func(v *Visit) { v.Who.Account = 0 }, WhyNobodyKnown},
		"an App":                                   {func(v *Visit) { v.Who.Login = "kim[bot]" }, WhyNobodyKnown},
		"the accused": {func(v *Visit) {
			v.Parties = append(v.Parties, coc.Party{Login: "KIM-responder", Role: coc.RoleAccused})
		}, WhyConflicted},
		"the harmed":                {func(v *Visit) { v.Parties = append(v.Parties, coc.Party{Login: kim.Login, Role: coc.RoleHarmed}) }, WhyConflicted},
		"named without a role":      {func(v *Visit) { v.Parties = append(v.Parties, coc.Party{Login: kim.Login}) }, WhyConflicted},
		"a witness":                 {func(v *Visit) { v.Parties = append(v.Parties, coc.Party{Login: kim.Login, Role: coc.RoleWitness}) }, ""},
		"who reported it":           {func(v *Visit) { v.Parties = append(v.Parties, coc.Party{Login: kim.Login, Role: coc.RoleReporter}) }, ""},
		"recused by their word":     {declared(kim.Login, coc.ConflictHard), WhyConflicted},
		"limited by their word":     {declared(kim.Login, coc.ConflictSoft), ""},
		"beside a recused one":      {declared("lee-responder", coc.ConflictHard), ""},
		"who decided it before":     {func(v *Visit) { v.Record.Deciders = []coc.Login{kim.Login} }, WhyConflicted},
		"admitted to the room only": {func(v *Visit) { v.Home.Responders = []coc.Login{"lee-responder"} }, WhyNotPinned},
		"removed from the roster":   {func(v *Visit) { v.Roster.Members = v.Roster.Members[1:] }, WhyNotOnRoster},
		"removed from the team":     {func(v *Visit) { v.Room.Readers = v.Room.Readers[1:] }, WhyNoReader},
		"a custodian": {func(v *Visit) {
			v.Roster.Members, v.Roster.Custodians = v.Roster.Members[1:], []coc.Login{kim.Login}
			v.Home.Committee.Custodians = v.Roster.Custodians
		}, WhyNotOnRoster},
		"a roster that cannot be read": {func(v *Visit) { v.Known = false }, WhyRosterUnread},
		"a room that cannot be read":   {func(v *Visit) { v.Room.Problem = errors.New("later") }, WhyRoomUnread},
		"a room not looked at":         {func(v *Visit) { v.Room = coc.RoomFacts{} }, WhyRoomOther},
		"another room of the name":     {func(v *Visit) { v.Room.ID = 8 }, WhyRoomOther},
		"a public room":                {func(v *Visit) { v.Room.Visibility = "public" }, WhyRoomOther},
		"an internal room":             {func(v *Visit) { v.Room.Visibility = "internal" }, WhyRoomOther},
		"an archived room":             {func(v *Visit) { v.Room.Archived = true }, ""},
		"a frozen room":                {func(v *Visit) { v.Home.Frozen = "room/conflicted-reads" }, WhyFrozen},
		"a sealed case":                {func(v *Visit) { v.Home.Room = coc.RepoFacts{} }, WhySealed},
		"a room that is not made yet":  {func(v *Visit) { v.Home.Room, v.Home.Separate = coc.RepoFacts{}, true }, WhySealed},
		"an issue that is not there":   {func(v *Visit) { v.Home.Issue = 0 }, WhySealed},
		"nothing known at all":         {func(v *Visit) { *v = Visit{} }, WhyNobodyKnown},
	} {
		v := visit()
		v.Room.Readers = slices.Clone(v.Room.Readers)
		c.change(&v)
		if why, ok := v.Admitted(); why != c.want || ok != (c.want == "") {
			t.Errorf("%s: %q, %v; want %q", name, why, ok, c.want)
		}
	}
}

func TestGitHubIsNotAskedForWhomItCannotHelp(t *testing.T) {
	t.Parallel()
	known := visit()
	known.Roster, known.Known, known.Room = coc.Committee{}, false, coc.RoomFacts{}
	if !known.Worth() {
		t.Error("a responder is turned away before GitHub was asked")
	}
	stranger := known
	stranger.Who = coc.Person{Login: "pat-outsider", Account: 5}
	accused := known
	accused.Parties = []coc.Party{{Login: kim.Login, Role: coc.RoleAccused}}
	if stranger.Worth() || accused.Worth() {
		t.Error("GitHub would be asked for a stranger, or for the accused")
	}
	for _, r := range visitRules[:early] {
		v := visit()
		v.Roster, v.Known, v.Room = coc.Committee{}, false, coc.RoomFacts{}
		if !r.holds(v) {
			t.Errorf("%s needs GitHub", r.why)
		}
	}
}

// In a shared room there is nothing to be invited to: who cannot read it has been taken
// from it, or never was there.
func TestWhoIsInvitedLacksNothingButTheInvitation(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*Visit)
		want   bool
	}{
		"who accepted it":            {func(v *Visit) { v.Room.Readers = visit().Room.Readers }, false},
		"who did not":                {func(*Visit) {}, true},
		"in a shared room":           {func(v *Visit) { v.Home.Separate = false }, false},
		"the accused":                {func(v *Visit) { v.Parties = append(v.Parties, coc.Party{Login: kim.Login, Role: coc.RoleAccused}) }, false},
		"off the roster":             {func(v *Visit) { v.Roster.Members = v.Roster.Members[1:] }, false},
		"who is no responder":        {func(v *Visit) { v.Home.Responders = nil }, false},
		"before there is an issue":   {func(v *Visit) { v.Home.Issue = 0 }, false},
		"a room that cannot be read": {func(v *Visit) { v.Room.Problem = errors.New("later") }, false},
		"nothing known at all":       {func(v *Visit) { *v = Visit{} }, false},
	} {
		v := visit()
		v.Home.Separate, v.Room.Readers = true, v.Room.Readers[1:]
		c.change(&v)
		if got := v.Invited(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
