package route

import (
	"fmt"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

// resolve is a committee as its own file has it, with its team looked up. It
// asks for whatever decides that. A reason says why the committee cannot take
// any case at all; the committee is then as far as it is known, so that the way
// up from it can be followed.
func (w World) resolve(c coc.Committee) (coc.Committee, *coc.Reason, *Need) {
	pass := func(rule, detail string) (coc.Committee, *coc.Reason, *Need) {
		r := about(rule, c, detail)
		return c, &r, nil
	}
	if c.Incidents.IsZero() {
		return pass("committee/contact-only", "")
	}
	f, need := w.file(c.Incidents)
	if need != nil {
		return c, nil, need
	}
	switch f.State {
	case StateFound:
		c = f.File.Over(c)
	case StateMissing:
		// The roster from coc.yaml or the directory stands.
	case StateInvalid, StateNotAFile, StateTooLarge:
		return pass("committee/file-invalid", f.mistake())
	case StateInaccessible:
		return pass("room/inaccessible", "")
	case StateDenied:
		return pass("room/denied", "")
	default:
		return pass("committee/file-unreadable", "")
	}
	if !c.Team.IsZero() {
		if !strings.EqualFold(c.Team.Org, c.Incidents.Owner) {
			return pass("committee/team-elsewhere", "")
		}
		team, ok := w.Teams[TeamKey(c.Team)]
		if !ok {
			return c, nil, &Need{Team: c.Team}
		}
		switch team.State {
		case StateFound:
			c.Members = members(team.Logins)
		case StateMissing:
			c.Members = nil
		default:
			return pass("committee/team-unreadable", string(team.State))
		}
	}
	c.Minimum = w.Directory.Minimum(c)
	if len(c.Members) == 0 {
		return pass("committee/no-responders", "")
	}
	return c, nil, nil
}

// Mistake is the reason that a committee's own file, as it was read in room,
// gives for passing the committee over. ok is false where the file can be used,
// is not there, or could not be read.
func Mistake(room coc.Repo, f RosterFile) (r coc.Reason, ok bool) {
	detail := f.mistake()
	return about("committee/file-invalid", coc.Committee{Name: room.String(), Incidents: room}, detail), detail != ""
}

// mistake is what is wrong with the file itself, "" for nothing.
func (f RosterFile) mistake() string {
	switch f.State {
	case StateInvalid:
		return position(f.Problems)
	case StateNotAFile, StateTooLarge:
		return strings.ReplaceAll(string(f.State), "-", " ")
	}
	return ""
}

func members(logins []coc.Login) []coc.Member {
	out := make([]coc.Member, 0, len(logins))
	for _, l := range logins {
		out = append(out, coc.Member{Login: l, Role: coc.MemberMember})
	}
	return out
}

// position is where the first problem of a file is. What it says stays with
// whoever lints the file: it may quote an account's name.
func position(problems policy.Problems) string {
	if len(problems) == 0 || problems[0].Line <= 0 {
		return "the file as a whole"
	}
	return fmt.Sprintf("line %d, column %d", problems[0].Line, max(problems[0].Column, 1))
}
