package coc

// ConflictKind is how grave a declared conflict is. Whatever is neither
// ConflictSoft nor ConflictClear counts as hard.
type ConflictKind string

// The kinds.
const (
	ConflictHard  ConflictKind = "hard"
	ConflictSoft  ConflictKind = "soft"
	ConflictClear ConflictKind = "clear"
)

// ConflictBasis is what a conflict rests on. One person's soft conflicts on the
// same basis are one conflict. The zero ConflictBasis is one that was not told,
// because no reason need be given (PSF); it is a basis like the others.
type ConflictBasis string

// What CP names.
const (
	BasisEmployer ConflictBasis = "employer" // the same employer, without a close relation
	BasisComment  ConflictBasis = "comment"  // spoke of the matter in public
	BasisPersonal ConflictBasis = "personal" // a close personal relation
	BasisLine     ConflictBasis = "line"     // a direct reporting line
	BasisInterest ConflictBasis = "interest" // another personal interest
)

// ConflictBases lists what may be told.
func ConflictBases() []ConflictBasis {
	return []ConflictBasis{BasisEmployer, BasisComment, BasisPersonal, BasisLine, BasisInterest}
}

// Declaration is one word on somebody's conflict. Whether it holds is
// conflict's to say. The zero Declaration is about nobody.
type Declaration struct {
	Login Login         `json:"login"`        // whose conflict it is
	By    Login         `json:"by,omitempty"` // who says so; "" is the member
	Kind  ConflictKind  `json:"kind"`
	Basis ConflictBasis `json:"basis,omitempty"`
	// Confirmed is who of the others has confirmed it.
	Confirmed []Login `json:"confirmed,omitempty"`
	// Settled: it was confirmed, and holds whatever becomes of those who did,
	// in every committee that the case comes to.
	Settled bool `json:"settled,omitempty"`
}

// Own reports whether the member spoke of themself.
func (d Declaration) Own() bool { return d.By == "" || d.By.Is(d.Login) }
