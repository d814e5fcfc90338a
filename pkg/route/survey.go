package route

import (
	"slices"
	"strconv"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Survey is what a long look at a committee's room found, gravest first: first
// what stops writing, which the reader check sees to by itself, then what is
// reported to operators and committee. nil is nothing. It counts people and
// names none of them.
//
// Separate: the room is for one case alone. Whoever asks leaves those of the
// committee's Members out who may not read it; and no team, not even the
// committee's own, is to have access.
//
// What could not be seen is one finding, last, and says nothing of the rest.
func Survey(s coc.Survey, c coc.Committee, separate bool) []coc.Reason {
	found := func(rule, detail string) coc.Reason {
		return coc.Reason{Rule: rule, Committee: c.Name, Place: s.Repo.String(), Detail: detail}
	}
	if s.Problem != nil || s.ID == 0 || !strings.EqualFold(s.Repo.Owner, c.Incidents.Owner) {
		room := coc.RoomFacts{RepoFacts: s.RepoFacts, Problem: s.Problem}
		return []coc.Reason{found(checkPlace(room, c, coc.RepoFacts{}), "")}
	}
	var out []coc.Reason
	for _, q := range questions {
		if detail, is := q.of(surveyed{s, c, separate}); is {
			out = append(out, found(q.rule, detail))
		}
	}
	return out
}

// Stops reports whether nothing is written in a room of which a survey found
// that.
func Stops(r coc.Reason) bool {
	i := slices.IndexFunc(questions, func(q question) bool { return q.rule == r.Rule })
	return strings.HasPrefix(r.Rule, "room/") || i >= 0 && questions[i].stops
}

type surveyed struct {
	coc.Survey
	committee coc.Committee
	separate  bool
}

type question struct {
	rule  string
	stops bool
	of    func(surveyed) (detail string, is bool)
}

// questions are what is asked of a survey, in the order in which it is told.
var questions = []question{
	{"survey/public", true, func(s surveyed) (string, bool) { return on(s.Visibility == "public") }},
	{"survey/internal", true, func(s surveyed) (string, bool) { return on(s.Visibility != "public" && s.Visibility != "private") }},
	{"survey/owners", true, func(s surveyed) (string, bool) { return some(s.strangers(s.Owners)) }},
	{"survey/base", true, func(s surveyed) (string, bool) { return some(s.membersRead()) }},
	{"survey/outside", true, func(s surveyed) (string, bool) { return some(s.strangers(s.Outside)) }},

	{"survey/teams", false, func(s surveyed) (string, bool) {
		return some(s.teams(func(t coc.TeamAccess) bool { return t.Through.IsZero() }))
	}},
	{"survey/nested-teams", false, func(s surveyed) (string, bool) {
		return some(s.teams(func(t coc.TeamAccess) bool { return !t.Through.IsZero() }))
	}},
	{"survey/invited", false, func(s surveyed) (string, bool) { return some(s.strangers(s.Invited)) }},
	{"survey/apps", false, func(s surveyed) (string, bool) {
		return some(count(s.Apps, func(a coc.OtherApp) bool { return a.Reads && a.All }))
	}},
	{"survey/some-apps", false, func(s surveyed) (string, bool) {
		return some(count(s.Apps, func(a coc.OtherApp) bool { return a.Reads && !a.All }))
	}},
	{"survey/hooks", false, func(s surveyed) (string, bool) { return some(s.RepoHooks) }},
	{"survey/org-hooks", false, func(s surveyed) (string, bool) { return some(s.OrgHooks) }},
	{"survey/writing-keys", false, func(s surveyed) (string, bool) {
		return some(count(s.Keys, func(k coc.DeployKey) bool { return k.Write }))
	}},
	{"survey/keys", false, func(s surveyed) (string, bool) {
		return some(count(s.Keys, func(k coc.DeployKey) bool { return !k.Write }))
	}},
	{"survey/actions", false, func(s surveyed) (string, bool) { return on(s.Actions) }},
	{"survey/projects", false, func(s surveyed) (string, bool) { return on(s.Projects) }},
	{"survey/pages", false, func(s surveyed) (string, bool) { return on(s.Pages) }},
	{"survey/wiki", false, func(s surveyed) (string, bool) { return on(s.Wiki) }},
	{"survey/discussions", false, func(s surveyed) (string, bool) { return on(s.Discussions) }},
	{"survey/forking", false, func(s surveyed) (string, bool) { return on(s.Forking && s.Visibility == "private") }},
	{"survey/forks", false, func(s surveyed) (string, bool) { return some(s.Forks) }},
	{"survey/unseen", false, func(s surveyed) (string, bool) { return strings.Join(s.Unseen, ", "), len(s.Unseen) > 0 }},
}

func some(n int) (string, bool) { return strconv.Itoa(n), n > 0 }
func on(is bool) (string, bool) { return "", is }

func count[T any](all []T, is func(T) bool) (n int) {
	for _, x := range all {
		if is(x) {
			n++
		}
	}
	return n
}

// strangers counts those who are neither on the committee nor its custodians.
func (s surveyed) strangers(all []coc.Login) int {
	return count(all, func(l coc.Login) bool {
		return !coc.HasLogin(s.committee.Logins(), l) && !coc.HasLogin(s.committee.Custodians, l)
	})
}

// membersRead counts whom the base permission lets read who may not.
func (s surveyed) membersRead() int {
	if s.Base == "none" {
		return 0
	}
	return s.strangers(s.Members)
}

// teams counts those with access that are not the committee's own. Whoever is in
// a team below that one is on the committee too.
func (s surveyed) teams(which func(coc.TeamAccess) bool) int {
	return count(s.Teams, func(t coc.TeamAccess) bool {
		return which(t) && (s.separate || !sameTeam(t.Team, s.committee.Team) && !sameTeam(t.Through, s.committee.Team))
	})
}

func sameTeam(a, b coc.Team) bool { return !a.IsZero() && TeamKey(a) == TeamKey(b) }
