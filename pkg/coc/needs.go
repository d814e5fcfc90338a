package coc

// Needs is what a reporter said of how they are, and asks of whoever reads it.
// Nothing in it says what should become of anybody. The zero value: nothing was
// said, and then nobody outside of the case is told who reported.
type Needs struct {
	Ongoing Reply `json:"ongoing,omitempty"` // whether it still goes on
	Safe    Reply `json:"safe,omitempty"`    // whether everybody is; no marks the case
	Safety  Prose `json:"safety,omitzero"`   // what would make it safer
	// Retaliation: they are afraid of what follows from reporting.
	Retaliation bool  `json:"retaliation,omitempty"`
	Identity    Reply `json:"identity,omitempty"` // whether others may be told who reported
	Elsewhere   Prose `json:"elsewhere,omitzero"` // where else it was reported
	// Reach is how a person can write to them. We never do.
	Reach Prose `json:"reach,omitzero"`
}

// IsZero reports whether nothing was said.
func (n Needs) IsZero() bool { return n == Needs{} }

// Flags are the marks that follow from it.
func (n Needs) Flags() []Flag {
	var out []Flag
	if n.Safe == ReplyNo {
		out = append(out, FlagSafetyRisk)
	}
	if n.Retaliation {
		out = append(out, FlagRetaliation)
	}
	return out
}

// Reply is an answer that was chosen.
type Reply string

// What can be chosen. ReplyAsk is for Identity: only after asking them.
const (
	ReplyUnsaid Reply = ""
	ReplyYes    Reply = "yes"
	ReplyNo     Reply = "no"
	ReplyAsk    Reply = "ask"
)

// Validate refuses what is no reply.
func (r Reply) Validate() error {
	switch r {
	case ReplyUnsaid, ReplyYes, ReplyNo, ReplyAsk:
		return nil
	}
	return Refusal{What: "That is not one of the answers.", Next: "Use yes, no, ask, or leave it open."}
}
