package coc

import (
	"slices"
	"time"
)

// Circumstances is what a reporter said of where it happened, whom it touches
// and what is at stake, as far as the jurisdiction table asks about it. The zero
// value: nothing was said, and it happened in the repository that the report is
// about.
type Circumstances struct {
	Space Space `json:"space,omitempty"`
	// Event is what they called it. Known is the same name as the committee
	// directory spelt it when the report was filed, and so nobody's words; "" is
	// an event that it did not have.
	Event Prose  `json:"event,omitzero"`
	Known string `json:"known,omitempty"`
	// On is the day, as midnight in UTC; zero is not told.
	On time.Time `json:"on,omitzero"`
	// Inside: the event was wholly inside of the project that the report is about.
	Inside bool `json:"inside,omitempty"`
	// Project is the committee directory's short name of the project that a report is
	// about which is about no repository; "" is none that it has.
	Project string `json:"project,omitempty"`
	// Here: that project is touched, wherever it happened.
	Here bool `json:"here,omitempty"`
	// Touches is what else is touched, as it was written; Also the repositories
	// that were found in it.
	Touches Prose  `json:"touches,omitzero"`
	Also    []Repo `json:"also,omitempty"`
	// Whole: Touches is those repositories and nothing else.
	Whole  bool   `json:"whole,omitempty"`
	Risks  []Risk `json:"risks,omitempty"`
	Danger bool   `json:"danger,omitempty"` // somebody may be in danger now
}

// IsZero reports whether nothing was said.
func (c Circumstances) IsZero() bool { return c.Same(Circumstances{}) }

// Same reports whether both say the same.
func (c Circumstances) Same(o Circumstances) bool {
	return c.Space == o.Space && c.Event == o.Event && c.Known == o.Known && c.On.Equal(o.On) &&
		c.Inside == o.Inside && c.Project == o.Project && c.Here == o.Here && c.Touches == o.Touches && slices.Equal(c.Also, o.Also) && c.Whole == o.Whole &&
		slices.Equal(c.Risks, o.Risks) && c.Danger == o.Danger
}
