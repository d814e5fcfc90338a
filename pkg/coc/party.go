package coc

// Role says what somebody is in a case.
type Role string

// The roles of DOMAIN.md. RoleUnset counts as accused wherever access is
// decided: somebody named without a role may not read the case.
const (
	RoleUnset    Role = ""
	RoleAccused  Role = "accused"
	RoleHarmed   Role = "harmed"
	RoleWitness  Role = "witness"
	RoleReporter Role = "reporter"
	// RoleKeptOut is whom the reporter asked to keep from reading, and of whom
	// they said nothing else.
	RoleKeptOut Role = "kept-out"
)

// Validate refuses a role that is none of the table's.
func (r Role) Validate() error {
	switch r {
	case RoleUnset, RoleAccused, RoleHarmed, RoleWitness, RoleReporter, RoleKeptOut:
		return nil
	}
	return Refusal{What: "That is not a role in a case.", Next: "Use accused, harmed, witness, or leave it open."}
}

// BarsReading reports whether somebody in this role may not read the case:
// the accused, the harmed (CP: hard conflict), whoever is named without a role,
// and whom the reporter asked to keep out. Having witnessed something, or having
// reported it, is no conflict.
func (r Role) BarsReading() bool {
	return r == RoleUnset || r == RoleAccused || r == RoleHarmed || r == RoleKeptOut
}

// Party is somebody whom a report names. At least one of Login and Name is
// set; a Name alone cannot be compared with a roster.
type Party struct {
	Login Login `json:"login,omitempty"`
	Name  Prose `json:"name,omitzero"`
	Role  Role  `json:"role,omitempty"`
	// Account is the number of the account, which it keeps under every name. It is
	// looked up for the accused of a notice alone. 0: it was not; -1: GitHub did
	// not know it then.
	Account int64 `json:"account,omitempty"`
}

// Same compares accounts, and names where there is none.
func (p Party) Same(o Party) bool {
	if p.Login == "" || o.Login == "" {
		return p.Login == o.Login && p.Name == o.Name
	}
	return p.Login.Is(o.Login)
}
