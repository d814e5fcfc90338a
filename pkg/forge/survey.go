package forge

import (
	"context"
	"slices"

	"github.com/google/go-github/v62/github"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// mostTeams is how many teams are asked for those below them.
const mostTeams = 100

// Survey is the long look at a room, as far as the permissions allow: each thing
// is asked for with a token for it alone, so that a permission that was not
// granted hides one thing and not the rest. What GitHub does not show is Unseen;
// what it cannot answer now (5xx, limits) makes the whole a Problem, because a
// survey without it would look like a better one.
//
// Issues are not files, and forks do not copy them. Deploy keys, Actions and
// forks are told of because a committee keeps its file, and may keep more, in the
// same repository.
func (f *Forge) Survey(ctx context.Context, room coc.Repo) coc.Survey {
	l := surveyor{f: f, room: room}
	l.Seen = f.now()
	if err := l.all(ctx); err != nil {
		return coc.Survey{RepoFacts: coc.RepoFacts{Repo: room}, Problem: err, Seen: l.Seen}
	}
	return l.Survey
}

// surveyor is one survey under way.
type surveyor struct {
	f *Forge
	coc.Survey
	room coc.Repo
	org  string // "" where a person owns the room
}

func (l *surveyor) all(ctx context.Context) error {
	if err := l.repository(ctx); err != nil {
		return err
	}
	for _, step := range []struct {
		what string
		look func(context.Context) error
	}{
		{coc.SurveyOwners, l.owners},
		{coc.SurveyBase, l.basePermission},
		{coc.SurveyTeams, l.teams},
		{coc.SurveyNestedTeams, l.nestedTeams},
		{coc.SurveyOutside, l.outside},
		{coc.SurveyInvited, l.invited},
		{coc.SurveyKeys, l.keys},
		{coc.SurveyApps, l.otherApps},
		{coc.SurveyRepoHooks, l.repoHooks},
		{coc.SurveyOrgHooks, l.orgHooks},
		{coc.SurveyActions, l.actions},
	} {
		err := step.look(ctx)
		if _, later := coc.IsLater(err); later {
			return err
		}
		if err != nil {
			l.Unseen = append(l.Unseen, step.what)
		}
	}
	return nil
}

// repository is what a look at it shows, and whose it is. Without it there is
// nothing to survey.
func (l *surveyor) repository(ctx context.Context) error {
	return l.f.in(ctx, coc.AppRooms, l.room, readMetadata, "survey repository", func(ctx context.Context, s *session) error {
		r, err := l.f.look(ctx, s, coc.AppRooms, l.room)
		if err != nil {
			return err
		}
		l.Survey = coc.Survey{
			Seen: l.Seen, RepoFacts: factsOf(r), Issues: r.GetHasIssues(), Projects: r.GetHasProjects(), Wiki: r.GetHasWiki(),
			Pages: r.GetHasPages(), Discussions: r.GetHasDiscussions(), Forking: r.GetAllowForking(), Forks: r.GetForksCount(),
		}
		if r.AllowForking == nil {
			l.Unseen = append(l.Unseen, coc.SurveyForking)
		}
		if r.GetOwner().GetType() == "Organization" {
			l.org = l.Repo.Owner
		}
		return nil
	})
}

// here runs one part of the survey in the room, there one in its organisation. A
// person has nothing there.
func (l *surveyor) here(ctx context.Context, need grant, what string, do func(context.Context, *session) error) error {
	return l.f.in(ctx, coc.AppRooms, l.room, need, "survey "+what, do)
}

func (l *surveyor) there(ctx context.Context, need grant, what string, do func(context.Context, *session) error) error {
	if l.org == "" {
		return nil
	}
	return l.f.inOrg(ctx, coc.AppRooms, l.org, need, "survey "+what, do)
}

func (l *surveyor) owners(ctx context.Context) error {
	if l.org == "" {
		l.Owners = []coc.Login{coc.Login(l.Repo.Owner)}
		return nil
	}
	return l.there(ctx, readMembers, "owners", func(ctx context.Context, s *session) (err error) {
		l.Owners, err = belonging(ctx, s, l.org, "admin")
		return err
	})
}

func (l *surveyor) basePermission(ctx context.Context) error {
	if l.org == "" {
		return nil
	}
	var err error
	if l.Base, err = l.f.base(ctx, l.org); err == nil && l.Base == "" {
		return coc.ErrDenied
	}
	if err != nil || l.Base == "none" {
		return err
	}
	err = l.there(ctx, readMembers, "members", func(ctx context.Context, s *session) (err error) {
		l.Members, err = belonging(ctx, s, l.org, "member")
		return err
	})
	if _, later := coc.IsLater(err); later {
		return err
	}
	return nil // that they read is known; the owners tell whether members can be seen
}

func (l *surveyor) teams(ctx context.Context) error {
	if l.org == "" {
		return nil
	}
	return l.here(ctx, readSettings, "teams", func(ctx context.Context, s *session) (err error) {
		l.Teams, err = listed(func(page github.ListOptions) ([]*github.Team, *github.Response, error) {
			return s.rest.Repositories.ListTeams(ctx, s.repo.Owner, s.repo.Name, &page)
		}, func(t *github.Team) coc.TeamAccess {
			return coc.TeamAccess{Team: coc.Team{Org: l.org, Slug: t.GetSlug()}, Permission: t.GetPermission()}
		})
		return err
	})
}

// nestedTeams are those below the teams, at any depth. They have what the teams
// above them were given. Where those are unseen, so are these.
func (l *surveyor) nestedTeams(ctx context.Context) error {
	if slices.Contains(l.Unseen, coc.SurveyTeams) {
		return coc.ErrDenied
	}
	if len(l.Teams) == 0 {
		return nil
	}
	return l.there(ctx, readMembers, "nested teams", func(ctx context.Context, s *session) error {
		all := slices.Clone(l.Teams)
		known := map[string]bool{}
		for _, t := range all {
			known[t.Team.Slug] = true
		}
		for n := 0; n < len(all); n++ { // all grows on the way
			if n == mostTeams {
				return errTooMuch
			}
			above := all[n]
			below, err := listed(func(page github.ListOptions) ([]*github.Team, *github.Response, error) {
				return s.rest.Teams.ListChildTeamsByParentSlug(ctx, l.org, above.Team.Slug, &page)
			}, (*github.Team).GetSlug)
			if err != nil {
				return err
			}
			for _, slug := range below {
				if known[slug] {
					continue
				}
				known[slug] = true
				through := above.Through
				if through.IsZero() {
					through = above.Team
				}
				all = append(all, coc.TeamAccess{Team: coc.Team{Org: l.org, Slug: slug}, Permission: above.Permission, Through: through})
			}
		}
		l.Teams = all
		return nil
	})
}

func (l *surveyor) outside(ctx context.Context) error {
	return l.here(ctx, readMetadata, "outside collaborators", func(ctx context.Context, s *session) (err error) {
		l.Outside, err = listed(func(page github.ListOptions) ([]*github.User, *github.Response, error) {
			return s.rest.Repositories.ListCollaborators(ctx, s.repo.Owner, s.repo.Name,
				&github.ListCollaboratorsOptions{Affiliation: "outside", ListOptions: page})
		}, loginOf)
		return err
	})
}

func (l *surveyor) invited(ctx context.Context) error {
	return l.here(ctx, readSettings, "invitations", func(ctx context.Context, s *session) (err error) {
		l.Invited, err = listed(func(page github.ListOptions) ([]*github.RepositoryInvitation, *github.Response, error) {
			return s.rest.Repositories.ListInvitations(ctx, s.repo.Owner, s.repo.Name, &page)
		}, func(i *github.RepositoryInvitation) coc.Login { return loginOf(i.GetInvitee()) })
		return err
	})
}

func (l *surveyor) keys(ctx context.Context) error {
	return l.here(ctx, readSettings, "deploy keys", func(ctx context.Context, s *session) (err error) {
		l.Keys, err = listed(func(page github.ListOptions) ([]*github.Key, *github.Response, error) {
			return s.rest.Repositories.ListKeys(ctx, s.repo.Owner, s.repo.Name, &page)
		}, func(k *github.Key) coc.DeployKey { return coc.DeployKey{Title: k.GetTitle(), Write: !k.GetReadOnly()} })
		return err
	})
}

// otherApps are those of the organisation that may come by a word. GitHub does
// not tell the Apps on a person's account.
func (l *surveyor) otherApps(ctx context.Context) error {
	if l.org == "" {
		return coc.ErrDenied
	}
	return l.there(ctx, readOrganisation, "other Apps", func(ctx context.Context, s *session) error {
		installed, err := listed(func(page github.ListOptions) ([]*github.Installation, *github.Response, error) {
			list, res, err := s.rest.Organizations.ListInstallations(ctx, l.org, &page)
			if err != nil {
				return nil, res, err
			}
			return list.Installations, res, nil
		}, func(i *github.Installation) *github.Installation { return i })
		if err != nil {
			return err
		}
		l.Apps = nil
		for _, i := range installed {
			if !l.f.ours(i.GetAppID()) && i.SuspendedAt == nil {
				l.Apps = append(l.Apps, coc.OtherApp{Slug: i.GetAppSlug(), All: i.GetRepositorySelection() == "all", Reads: mayRead(i.GetPermissions())})
			}
		}
		return nil
	})
}

func (f *Forge) ours(app int64) bool {
	for _, a := range f.apps {
		if a.id == app {
			return true
		}
	}
	return false
}

// mayRead: it reads issues, or can give itself to somebody who does. The
// comments of issues and of pull requests share their addresses.
func mayRead(p *github.InstallationPermissions) bool {
	return p.GetIssues() != "" || p.GetPullRequests() != "" || p.GetAdministration() == "write" ||
		p.GetMembers() == "write" || p.GetOrganizationAdministration() == "write" ||
		p.GetRepositoryHooks() == "write" || p.GetOrganizationHooks() == "write"
}

func (l *surveyor) repoHooks(ctx context.Context) error {
	return l.here(ctx, readRepoHooks, "repository webhooks", func(ctx context.Context, s *session) (err error) {
		l.RepoHooks, err = active(func(page github.ListOptions) ([]*github.Hook, *github.Response, error) {
			return s.rest.Repositories.ListHooks(ctx, s.repo.Owner, s.repo.Name, &page)
		})
		return err
	})
}

func (l *surveyor) orgHooks(ctx context.Context) error {
	return l.there(ctx, readOrgHooks, "organisation webhooks", func(ctx context.Context, s *session) (err error) {
		l.OrgHooks, err = active(func(page github.ListOptions) ([]*github.Hook, *github.Response, error) {
			return s.rest.Organizations.ListHooks(ctx, l.org, &page)
		})
		return err
	})
}

// active counts the webhooks that are switched on, whatever they tell of.
func active(read func(github.ListOptions) ([]*github.Hook, *github.Response, error)) (int, error) {
	hooks, err := listed(read, (*github.Hook).GetActive)
	return len(slices.DeleteFunc(hooks, func(on bool) bool { return !on })), err
}

func (l *surveyor) actions(ctx context.Context) error {
	return l.here(ctx, readSettings, "Actions", func(ctx context.Context, s *session) error {
		has, _, err := s.rest.Repositories.GetActionsPermissions(ctx, s.repo.Owner, s.repo.Name)
		l.Actions = has.GetEnabled()
		return err
	})
}

func loginOf(u *github.User) coc.Login { return coc.Login(u.GetLogin()) }

// listed reads all pages of a list and takes of each element what is wanted.
func listed[G, T any](read func(github.ListOptions) ([]G, *github.Response, error), take func(G) T) ([]T, error) {
	var all []T
	err := pages(func(page github.ListOptions) (*github.Response, error) {
		list, res, err := read(page)
		for _, g := range list {
			all = append(all, take(g))
		}
		return res, err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}
