package route

import (
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict"
)

// OrgKey is the form under which two spellings of one organisation are equal.
func OrgKey(org string) string { return strings.ToLower(org) }

// separately reports whether a committee can have a repository of its own for
// the case, because somebody reads its shared one who may not. Who would read
// the new one is known before it is made: an owner who is named in the case must
// not even see that it appears. The reasons say why it cannot be.
func (w World) separately(c coc.Committee) (attempt, []coc.Reason, *Need) {
	if c.Separate != "" && c.Separate != coc.SeparateOnConflict && c.Separate != coc.SeparateAlways {
		return attempt{committee: c}, nil, nil
	}
	return w.alone(c, func(s conflict.Screening) conflict.Screening { return s })
}

// asks reports whether a committee asks each of its members in private before it has
// the case.
func (w World) asks(c coc.Committee) bool { return c.Separate == coc.SeparateAlways && !w.Brief }

// serves is resolve, and passes over whoever could take no case on this server: a
// committee that asks its members where nobody can sign in.
func (w World) serves(c coc.Committee) (coc.Committee, *coc.Reason, *Need) {
	c, problem, need := w.resolve(c)
	if problem == nil && need == nil && w.asks(c) && !w.SignIn {
		r := about("separate/no-sign-in", c, "")
		problem = &r
	}
	return c, problem, need
}

// inPrivate is separately for a committee that wants a repository for every case. It
// names as responders those who will be asked; nobody of them is in yet, so whoever
// would read the repository anyway, and is no custodian, is a stranger there.
func (w World) inPrivate(c coc.Committee) (attempt, []coc.Reason, *Need) {
	if !w.SignIn {
		return attempt{committee: c}, []coc.Reason{about("separate/no-sign-in", c, "")}, nil
	}
	return w.alone(c, func(s conflict.Screening) conflict.Screening {
		s.Responders = nil
		return s
	})
}

// NotPossible is the rule for a committee for which no repository for the case alone can
// be made. One that wants it for every case never gets one then, and somebody must mend
// that; for any other it is no problem of its own.
func NotPossible(c coc.Committee) string {
	if c.Separate == coc.SeparateAlways {
		return "separate/not-granted"
	}
	return "separate/not-possible"
}

// alone looks whether a repository for the case alone can be had, in which those who
// belong there before anybody is let in are the welcome ones.
func (w World) alone(c coc.Committee, welcome func(conflict.Screening) conflict.Screening) (attempt, []coc.Reason, *Need) {
	org, ok := w.Orgs[OrgKey(c.Incidents.Owner)]
	if !ok {
		return attempt{}, nil, &Need{Org: c.Incidents.Owner}
	}
	cannot := func(rule string) (attempt, []coc.Reason, *Need) {
		return attempt{committee: c}, []coc.Reason{about(rule, c, "")}, nil
	}
	if org.Problem != nil || !org.MayCreate {
		return cannot(NotPossible(c))
	}
	room := coc.RoomFacts{RepoFacts: coc.RepoFacts{Repo: coc.Repo{Owner: c.Incidents.Owner}}, Readers: org.Readers()}
	away := slices.DeleteFunc(c.Logins(), org.Belongs)
	s := conflict.Record{Declarations: w.Declarations, Deciders: w.Deciders, Away: away}.Screen(c, w.Parties)
	unwelcome := conflict.MayNotRead(room, welcome(s), c.Custodians, w.Parties)
	switch {
	case len(unwelcome.Conflicted) > 0:
		return cannot("separate/conflicted-reads")
	case len(unwelcome.Strangers) > 0:
		return cannot("separate/stranger-reads")
	case !s.Stands:
		return cannot("separate/too-few")
	}
	return attempt{c, s.Responders, room, true, true}, []coc.Reason{about("separate/taken", c, "")}, nil
}

// CheckSeparate is CheckRoom for a repository that was made for one case, before
// its first word: those whom it lets in must also be enough of the committee, by
// what they declared.
func CheckSeparate(room coc.RoomFacts, c coc.Committee, s conflict.Screening, parties []coc.Party, r conflict.Record, source coc.RepoFacts) []coc.Reason {
	if reasons := CheckRoom(room, c, s, parties, source); reasons != nil {
		return reasons
	}
	r.Away = slices.DeleteFunc(c.Logins(), func(l coc.Login) bool { return anyReads(room, []coc.Login{l}) })
	if s := r.Screen(c, parties); !s.Stands {
		return []coc.Reason{about("separate/too-few", c, "")}
	}
	return nil
}
