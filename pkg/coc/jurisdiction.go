package coc

import "time"

// Space is where something happened. The zero Space is the repository that the
// report is about.
type Space string

// The spaces of the jurisdiction table.
const (
	SpaceRepository   Space = "repository"
	SpaceRepositories Space = "repositories"
	SpaceChat         Space = "chat"
	SpaceEvent        Space = "event"
	SpaceElsewhere    Space = "elsewhere"
)

// Spaces lists them.
func Spaces() []Space {
	return []Space{SpaceRepository, SpaceRepositories, SpaceChat, SpaceEvent, SpaceElsewhere}
}

// Risk is a legal risk factor of a case (jurisdiction row 4).
type Risk string

// The factors of CNCF's policy.
const (
	RiskInjury         Risk = "injury"          // somebody was hurt
	RiskThreatenedSuit Risk = "threatened-suit" // somebody threatens to sue
	RiskAuthorities    Risk = "authorities"     // it was reported to the authorities
	RiskAttorney       Risk = "attorney"        // somebody hired an attorney
	RiskCauseOfAction  Risk = "cause-of-action" // somebody could sue
	RiskIllegality     Risk = "suspected-illegality"
)

// Risks lists them.
func Risks() []Risk {
	return []Risk{RiskInjury, RiskThreatenedSuit, RiskAuthorities, RiskAttorney, RiskCauseOfAction, RiskIllegality}
}

// Moment is when in a case's life somebody is told.
type Moment string

// The moments.
const (
	WhenOpened   Moment = "opens"
	WhenResolved Moment = "resolves"
)

// Moments lists them, in order.
func Moments() []Moment { return []Moment{WhenOpened, WhenResolved} }

// Ground is why a decision may be appealed (jurisdiction row 11).
type Ground string

// The five grounds of CNCF's policy.
const (
	GroundJurisdiction     Ground = "no-jurisdiction"
	GroundConflict         Ground = "conflicted-deciders"
	GroundUnfair           Ground = "unfair-evaluation"
	GroundBreach           Ground = "breach-of-policy-or-law"
	GroundDisproportionate Ground = "disproportionate" // grossly so, or grossly inadequate
)

// Grounds lists them.
func Grounds() []Ground {
	return []Ground{GroundJurisdiction, GroundConflict, GroundUnfair, GroundBreach, GroundDisproportionate}
}

// Appeal is a decision that is appealed.
type Appeal struct {
	Ground Ground `json:"ground"`
	Of     string `json:"of"` // the name of the committee that decided
	// Deciders are those of it who had a vote.
	Deciders []Login   `json:"deciders,omitempty"`
	At       time.Time `json:"at"`
	// Late: the time had passed that the committee itself allows for it.
	Late bool `json:"late,omitempty"`
	// Since is how many entries of the journal are older.
	Since int `json:"since"`
}

// Gate is what needs counsel's word before it is done (jurisdiction row 12).
// The zero Gate is open: nothing does.
type Gate struct {
	LongerThan Span   `json:"longer_than,omitzero"` // a ban or suspension over this; zero: none is too long
	Naming     bool   `json:"naming,omitempty"`     // naming the accused in public
	Counsel    string `json:"counsel,omitempty"`    // in words
}

// Appeals is who hears an appeal, of what, and why. The zero Appeals hears
// none.
type Appeals struct {
	Committee string   `json:"committee,omitempty"` // a key of the directory
	Levels    []Level  `json:"levels,omitempty"`    // whose decisions can be appealed
	Grounds   []Ground `json:"grounds,omitempty"`
}
