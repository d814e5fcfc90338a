package coc

// Level is where a committee stands.
type Level string

// The four levels.
const (
	LevelProject    Level = "project"
	LevelGovernance Level = "governance"
	LevelFoundation Level = "foundation"
	LevelEvents     Level = "events"
)

// Central reports whether a committee at this level stands above projects. One that
// is not is a project's own responders, or a governance body that acts as such.
func (l Level) Central() bool { return l == LevelFoundation || l == LevelEvents }

// MemberRole is what a member is on a committee.
type MemberRole string

// Members and chairs decide; alternates step in; a liaison has no vote.
const (
	MemberChair     MemberRole = "chair"
	MemberMember    MemberRole = "member"
	MemberAlternate MemberRole = "alternate"
	MemberLiaison   MemberRole = "liaison"
)

// Member is one person on a roster.
type Member struct {
	Login    Login      `json:"login"`
	Role     MemberRole `json:"role,omitempty"` // "" is member
	Employer string     `json:"employer,omitempty"`
}

// Decides reports whether the member counts towards majorities and minimums.
func (m Member) Decides() bool {
	return m.Role == "" || m.Role == MemberMember || m.Role == MemberChair
}

// Minimum is how many must remain for a committee to take a case. A zero
// field means the default: one clear member, and a majority of the deciding
// roster without a hard conflict.
type Minimum struct {
	Clear               int `json:"clear,omitempty"`
	WithoutHardConflict int `json:"without_hard_conflict,omitempty"`
}

// Of is the minimum of a roster on which so many decide, its defaults filled in.
func (m Minimum) Of(seats int) Minimum {
	if m.Clear <= 0 {
		m.Clear = 1
	}
	if m.WithoutHardConflict <= 0 {
		m.WithoutHardConflict = seats/2 + 1
	}
	return m
}

// Separation says what a committee wants where a shared room will not do.
type Separation string

// Where a separate repository cannot be made, on-conflict and always mean the next
// committee, as never does. With always, each member is asked in private before they
// are let in.
const (
	SeparateOnConflict Separation = "on-conflict"
	SeparateNever      Separation = "never"
	SeparateAlways     Separation = "always"
)

// Unit is what a Span counts.
type Unit string

// Units of a span. A business day is counted in the committee's own calendar.
const (
	Hours        Unit = "hours"
	Days         Unit = "days"
	BusinessDays Unit = "business days"
	Weeks        Unit = "weeks"
	Months       Unit = "months"
)

// Span is a length of time as a committee writes it. The zero Span means "not
// promised".
type Span struct {
	N    int  `json:"n"`
	Unit Unit `json:"unit"`
}

// IsZero reports whether nothing was promised.
func (s Span) IsZero() bool { return s.N <= 0 }

// Clocks are a committee's promises; policy fills in the defaults of
// DOMAIN.md, so a value that comes from policy has none missing.
type Clocks struct {
	AcknowledgeTarget Span   `json:"acknowledge_target,omitzero"`
	AcknowledgeWithin Span   `json:"acknowledge_within,omitzero"`
	ScreenWithin      Span   `json:"screen_within,omitzero"`
	UpdateEvery       Span   `json:"update_every,omitzero"`
	DecideWithin      Span   `json:"decide_within,omitzero"`
	DeadlockAfter     Span   `json:"deadlock_after,omitzero"`
	MediateWithin     Span   `json:"mediate_within,omitzero"`
	AppealWithin      Span   `json:"appeal_within,omitzero"`
	ConsentWindow     Span   `json:"consent_window,omitzero"`
	FollowUp          []Span `json:"follow_up,omitempty"`
}

// Committee is a body that takes cases, as far as it is known at one moment.
// The zero value has nobody on it and no room, and so can take nothing.
type Committee struct {
	// Key identifies the committee: its name in the directory, or the
	// incident repository of one that a project declared.
	Key       string `json:"key"`
	Name      string `json:"name"`
	Level     Level  `json:"level"`
	Incidents Repo   `json:"incidents,omitzero"` // zero: it has only a contact
	Contact   string `json:"contact,omitempty"`

	Members     []Member `json:"members,omitempty"`
	Team        Team     `json:"team,omitzero"` // instead of Members; resolved before use
	ShowMembers bool     `json:"show_members"`
	Custodians  []Login  `json:"custodians,omitempty"`

	DecideBy string     `json:"decide_by,omitempty"`
	Quorum   string     `json:"quorum,omitempty"`
	Minimum  Minimum    `json:"minimum,omitzero"`
	Separate Separation `json:"separate,omitempty"`

	Clocks   Clocks `json:"clocks,omitzero"`
	Timezone string `json:"timezone,omitempty"` // "" is UTC
	Holidays string `json:"holidays,omitempty"` // "" is none but weekends
	Rota     Rota   `json:"rota,omitzero"`

	EscalateTo string    `json:"escalate_to,omitempty"` // a key of the directory; "" is its fallback
	Accepts    []Pattern `json:"accepts,omitempty"`
}

// Logins lists the whole roster.
func (c Committee) Logins() []Login {
	out := make([]Login, 0, len(c.Members))
	for _, m := range c.Members {
		out = append(out, m.Login)
	}
	return out
}
