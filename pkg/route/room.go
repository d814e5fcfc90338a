package route

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict"
)

// CheckRoom is the reader check: it gives every reason why the words of a case
// may not be written into a committee's room, on facts read moments ago, and
// nil where they may. Of the screening its Responders count, which are those
// pinned when the case was placed, and its Recused.
func CheckRoom(room coc.RoomFacts, c coc.Committee, s conflict.Screening, parties []coc.Party, source coc.RepoFacts) []coc.Reason {
	if rule := checkPlace(room, c, source); rule != "" {
		return []coc.Reason{about(rule, c, "")}
	}
	return checkReaders(room, c, s, parties)
}

// checkPlace is what forbids the place itself, "" where nothing does.
func checkPlace(room coc.RoomFacts, c coc.Committee, source coc.RepoFacts) string {
	switch {
	case errors.Is(room.Problem, coc.ErrDenied):
		return "room/denied"
	case errors.Is(room.Problem, coc.ErrInaccessible), errors.Is(room.Problem, coc.ErrMissing):
		return "room/inaccessible"
	case errors.Is(room.Problem, coc.ErrArchived):
		return "room/archived"
	case room.Problem != nil, room.ID == 0:
		return "room/unreadable"
	case !strings.EqualFold(room.Repo.Owner, c.Incidents.Owner):
		return "room/transferred"
	case room.Visibility == "public":
		return "room/public"
	case room.Visibility == "internal":
		return "room/internal"
	case room.Visibility != "private":
		return "room/unreadable"
	case !room.HasIssues:
		return "room/no-issues"
	case room.Archived || room.Disabled:
		return "room/archived"
	case room.Repo.Is(source.Repo), room.ID == source.ID:
		return "room/is-source"
	}
	return ""
}

// checkReaders is what forbids the readers of a place that is fine otherwise.
func checkReaders(room coc.RoomFacts, c coc.Committee, s conflict.Screening, parties []coc.Party) []coc.Reason {
	var out []coc.Reason
	unwelcome := conflict.MayNotRead(room, s, c.Custodians, parties)
	if n := len(unwelcome.Strangers); n > 0 {
		out = append(out, about("room/stranger-reads", c, strconv.Itoa(n)))
	}
	if len(unwelcome.Conflicted) > 0 {
		out = append(out, about("room/conflicted-reads", c, ""))
	}
	if out == nil && !anyReads(room, s.Responders) {
		out = append(out, about("room/nobody-reads", c, ""))
	}
	return out
}

// readersForbid reports whether it is readers who forbid a room, or lack there: another
// one, with the right ones, would do.
func readersForbid(reasons []coc.Reason) bool {
	return !slices.ContainsFunc(reasons, func(r coc.Reason) bool {
		return r.Rule != "room/conflicted-reads" && r.Rule != "room/stranger-reads" && r.Rule != "room/too-few"
	})
}

// enoughRead reports whether those of a committee who can read its shared room keep the
// minimums: whoever cannot will not learn of the case there. Into a repository for the
// case alone they would be let.
func (w World) enoughRead(room coc.RoomFacts, c coc.Committee) bool {
	away := slices.DeleteFunc(c.Logins(), room.Reads)
	return conflict.Record{Declarations: w.Declarations, Deciders: w.Deciders, Away: away}.Screen(c, w.Parties).Stands
}

// anyReads reports whether a case in the room would be seen by anybody who can
// work it: an invitation that nobody accepted is not a reader.
func anyReads(room coc.RoomFacts, responders []coc.Login) bool {
	for _, r := range room.Readers {
		if coc.HasLogin(responders, r.Login) {
			return true
		}
	}
	return false
}
