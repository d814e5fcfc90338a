package coc

import "time"

// Rota is who answers first, in turn. The zero value is no rota: everybody.
type Rota struct {
	Turn   Span    `json:"turn,omitzero"`     // zero: a week
	OnDuty int     `json:"on_duty,omitempty"` // how many at a time; fewer than two means two
	Order  []Login `json:"order,omitempty"`   // nil: the roster's
	Away   []Away  `json:"away,omitempty"`
}

// Away is when a member does not take a turn: from the midnight (UTC) that
// begins From to the one that ends Until.
type Away struct {
	Login Login     `json:"login"`
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

// IsZero reports whether nothing is said of turns. Who is away counts in any event.
func (r Rota) IsZero() bool {
	return r.Turn.IsZero() && r.OnDuty == 0 && len(r.Order) == 0 && len(r.Away) == 0
}

// Turns reports whether members take turns.
func (r Rota) Turns() bool { return !r.Turn.IsZero() || r.OnDuty != 0 || len(r.Order) != 0 }

// IsAway reports whether somebody is away then.
func (r Rota) IsAway(who Login, at time.Time) bool {
	for _, a := range r.Away {
		if a.Login.Is(who) && !at.Before(a.From) && at.Before(a.Until.AddDate(0, 0, 1)) {
			return true
		}
	}
	return false
}
