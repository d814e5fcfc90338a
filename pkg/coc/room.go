package coc

import "time"

// OrgFacts is one look at an organisation that may hold a separate
// repository. Zero: not looked at, nothing can be made there.
type OrgFacts struct {
	Login string
	// MayCreate: the rooms App may make and administer repositories there. It
	// never may on a personal account.
	MayCreate bool
	Owners    []Login // read every repository, whatever is done
	Members   []Login // the others who belong to it
	// Base is what a member may do in every repository: none, read, write,
	// admin. "" is unknown, which counts as read.
	Base    string
	Problem error // as in RoomFacts
	Seen    time.Time
}

// Survey is the long look at a room: whoever and whatever else could come by
// its words, or help them out. It holds facts; which of them matter is for
// others to say. Zero: not looked at.
//
// What could not be looked at with the permissions at hand is named in Unseen,
// and its field is zero, which then says nothing. Of teams whose nested ones
// are unseen, those that were given access are there.
type Survey struct {
	RepoFacts
	// Owners of the organisation, or the person whose account it is.
	Owners []Login
	Base   string // as in OrgFacts
	// Members are the others who belong to the organisation; nil where Base is
	// none, because they do not matter then, and where they are unseen.
	Members []Login
	Teams   []TeamAccess
	Outside []Login // collaborators who do not belong to the organisation
	Invited []Login // who have not accepted yet
	Keys    []DeployKey
	Apps    []OtherApp
	// Webhooks that are switched on, whatever they tell of.
	RepoHooks, OrgHooks int

	Issues      bool
	Actions     bool
	Projects    bool
	Wiki        bool
	Pages       bool
	Discussions bool
	Forking     bool // who can read it may fork it
	Forks       int  // those that GitHub counts

	Unseen []string // of the Survey constants, in their order
	// Problem is nil where the look succeeded, though parts may be unseen;
	// otherwise as in RoomFacts, and then there is nothing else.
	Problem error
	Seen    time.Time
}

// What a survey looks at, by the names that Unseen has for it.
const (
	SurveyForking     = "forking"
	SurveyOwners      = "owners"
	SurveyBase        = "base permission"
	SurveyTeams       = "teams"
	SurveyNestedTeams = "nested teams"
	SurveyOutside     = "outside collaborators"
	SurveyInvited     = "pending invitations"
	SurveyKeys        = "deploy keys"
	SurveyApps        = "other Apps"
	SurveyRepoHooks   = "repository webhooks"
	SurveyOrgHooks    = "organisation webhooks"
	SurveyActions     = "Actions"
)

// TeamAccess is a team that can reach a room. A nested team has what the team
// above it was given; Through names that one, and is zero for a team that was
// given access itself.
type TeamAccess struct {
	Team       Team
	Permission string // pull, triage, push, maintain, admin, or an own role's name
	Through    Team
}

// DeployKey is a key that opens the room's files to a machine. Issues it does
// not open.
type DeployKey struct {
	Title string
	Write bool
}

// OtherApp is an App installed on the organisation that is not ours.
type OtherApp struct {
	Slug string
	// Reads: it may read issues where it is, or could come to by what it may
	// change.
	Reads bool
	// All: on every repository, also on those to come. Otherwise it is on some,
	// and which they are is told to nobody but itself.
	All bool
}

// Watch is what is kept of a room that is looked at again and again. It names
// nobody. The zero Next means that no look is due.
type Watch struct {
	Room     RepoFacts `json:"room"`     // by the name it had last
	Revision int       `json:"revision"` // 1 when first committed
	// Case is whose separate repository it is; "" for a committee's own.
	Case  CaseID    `json:"case,omitempty"`
	Found []Reason  `json:"found,omitempty"` // by the last survey
	Told  time.Time `json:"told,omitzero"`   // when operators heard all of it
	Seen  time.Time `json:"seen,omitzero"`
	Next  time.Time `json:"next,omitzero"`
}

// Belongs reports whether somebody is of the organisation, so that access is
// given to them at once and not by an invitation.
func (o OrgFacts) Belongs(who Login) bool {
	return HasLogin(o.Owners, who) || HasLogin(o.Members, who)
}

// Readers is everybody who can read a new repository before anybody is let in.
func (o OrgFacts) Readers() []Reader {
	var out []Reader
	for _, l := range o.Owners {
		out = append(out, Reader{Login: l, Admin: true})
	}
	if o.Base != "none" {
		for _, l := range o.Members {
			out = append(out, Reader{Login: l})
		}
	}
	return out
}
