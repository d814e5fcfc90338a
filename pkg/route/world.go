package route

import (
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

// State is what became of reading a file or a team. The zero State counts as
// unreadable.
type State string

// The states. Only StateFound comes with content.
const (
	StateFound        State = "found"
	StateMissing      State = "missing"
	StateInvalid      State = "invalid"
	StateInaccessible State = "inaccessible" // the App cannot see the repository
	StateDenied       State = "denied"       // it sees it and lacks the permission
	StateNotAFile     State = "not-a-file"
	StateTooLarge     State = "too-large"
	StateUnreadable   State = "unreadable" // not now, and all patience is used up
)

// PlaceRef is where a coc.yaml may be.
type PlaceRef struct {
	Repo coc.Repo
	Path string
}

// String is owner/name/path.
func (r PlaceRef) String() string { return r.Repo.String() + "/" + r.Path }

// Place is a PlaceRef that was read. Pointer counts only with StateFound and
// without Problems.
type Place struct {
	Repo     coc.Repo
	Path     string
	State    State
	Pointer  policy.Pointer
	Problems policy.Problems
}

// RosterFile is a committee's own file, read in its incident repository. File
// counts only with StateFound and without Problems.
type RosterFile struct {
	State    State
	File     policy.CommitteeFile
	Problems policy.Problems
}

// TeamFacts is who is on a team. Logins count only with StateFound.
type TeamFacts struct {
	State  State
	Logins []coc.Login
}

// TeamKey is the form under which two spellings of one team are equal.
func TeamKey(t coc.Team) string { return strings.ToLower(t.String()) }

// World is all that a decision rests on, as far as it is known. What is absent
// from Places, Files, Teams, Rooms and Orgs was not looked at yet. Decide and Point
// change nothing in it.
type World struct {
	Directory policy.Directory
	// Source is what the report is about. Without an ID it is unknown to us:
	// no file is looked for, and the directory decides by its name.
	Source coc.RepoFacts
	Places []Place                  // in any order
	Files  map[string]RosterFile    // by Repo.Key of an incident repository
	Teams  map[string]TeamFacts     // by TeamKey
	Rooms  map[string]coc.RoomFacts // by Repo.Key, as it was asked for
	Orgs   map[string]coc.OrgFacts  // by OrgKey

	// Incident is what the jurisdiction table asks about besides.
	Incident Incident
	// Appealed is the committee whose decision is appealed; nil: none is. Deciders
	// are those of it who decided: wherever they sit, they take no part. They stay
	// so where the case goes on from there.
	Appealed *coc.Committee
	Deciders []coc.Login

	// Standing is what is known to be in force for the source; nil: nothing.
	Standing *coc.Standing
	// Community is the same for the owner's .github. Where the source has no
	// standing of its own, what that repository's files point to counts as in
	// force for the source.
	Community *coc.Standing
	Parties   []coc.Party
	// Declarations are what was declared in the case where it has been. Each
	// committee is held against them as it would be when it opens the case.
	Declarations []coc.Declaration
	// Has is the committee in whose room the case is, as it has it; nil: it is in no
	// room yet, or it is not to stay with them. Whoever joined its roster since is let
	// into the case by a member of it, and not by its move to another room.
	Has *coc.Committee
	// Chain, where it is not nil, is the route pinned when the report was
	// filed: nothing is looked up, and these are tried in order.
	Chain []coc.Committee
	// Skip holds the keys of committees that may not take the case, because
	// they have had it.
	Skip map[string]bool
	// SignIn: people can sign in, so that members can be asked in private. Where they
	// cannot, no committee takes a case that wants to ask them.
	SignIn bool
	// Brief: it is no case, and no word of one: nobody is asked about it.
	Brief bool
	// Notice: it tells of a case, so that nobody has to decide on it, and one reader is
	// enough.
	Notice bool
	Now    time.Time
}

// Need is one fact that is missing: exactly one of its fields is set. It is
// answered by an entry in Places, Files, Teams, Rooms or Orgs under the very name
// asked for, even where the name has changed since.
type Need struct {
	Place *PlaceRef
	File  coc.Repo // the committee's file in this incident repository
	Team  coc.Team
	Room  coc.Repo
	Org   string // where a repository for the case alone would be made
}

// Places lists where a source's coc.yaml may be, nearest first: the first that
// exists and may be used counts.
func Places(source coc.RepoFacts) []PlaceRef {
	var out []PlaceRef
	for _, path := range policy.PointerPaths {
		out = append(out, PlaceRef{source.Repo, path})
	}
	if community := source.Repo.Community(); !community.Is(source.Repo) {
		for _, path := range policy.PointerPaths {
			out = append(out, PlaceRef{community, path})
		}
	}
	return out
}

func (w World) place(ref PlaceRef) (Place, bool) {
	for _, p := range w.Places {
		if p.Repo.Is(ref.Repo) && p.Path == ref.Path {
			if p.State == StateFound && len(p.Problems) > 0 {
				p.State = StateInvalid
			}
			return p, true
		}
	}
	return Place{}, false
}

func (w World) file(room coc.Repo) (RosterFile, *Need) {
	f, ok := w.Files[room.Key()]
	if !ok {
		return RosterFile{}, &Need{File: room}
	}
	if f.State == StateFound && len(f.Problems) > 0 {
		f.State = StateInvalid
	}
	return f, nil
}
