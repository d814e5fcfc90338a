package forge

import (
	"context"

	"github.com/google/go-github/v62/github"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Organisation looks at who belongs to an organisation and what the rooms App
// may do there. It is never partial: whatever went wrong is the Problem, and
// then there is nothing else.
//
// GitHub lists owners and the others separately. Somebody who becomes an owner
// between the two, or ceases to be one, may be in both lists or in none, which
// is why a room's readers are read back before anything is written there.
func (f *Forge) Organisation(ctx context.Context, org string) coc.OrgFacts {
	facts := coc.OrgFacts{Seen: f.now()}
	err := f.organisation(ctx, org, &facts)
	if err != nil {
		return coc.OrgFacts{Login: org, Problem: err, Seen: facts.Seen}
	}
	return facts
}

func (f *Forge) organisation(ctx context.Context, org string, facts *coc.OrgFacts) error {
	installed, err := f.installed(ctx, org)
	if err != nil {
		return err
	}
	may := installed.GetPermissions()
	facts.Login = installed.GetAccount().GetLogin()
	facts.MayCreate = installed.GetAccount().GetType() == "Organization" &&
		may.GetAdministration() == "write" && may.GetMembers() != ""
	err = f.inOrg(ctx, coc.AppRooms, facts.Login, readMembers, "read members", func(ctx context.Context, s *session) error {
		var err error
		if facts.Owners, err = belonging(ctx, s, facts.Login, "admin"); err != nil {
			return err
		}
		facts.Members, err = belonging(ctx, s, facts.Login, "member")
		return err
	})
	if err != nil || may.GetOrganizationAdministration() == "" {
		return err
	}
	facts.Base, err = f.base(ctx, facts.Login)
	return err
}

// installed is what GitHub says to the rooms App of its installation: asked
// anew each time, because owners may change it.
func (f *Forge) installed(ctx context.Context, org string) (*github.Installation, error) {
	var installed *github.Installation
	err := f.call(ctx, org, "installation", "read installation", func(ctx context.Context) error {
		a, err := f.app(coc.AppRooms)
		if err != nil {
			return err
		}
		i, _, err := a.client.Apps.FindOrganizationInstallation(ctx, org)
		if err != nil {
			return err
		}
		f.keepInstallation(coc.AppRooms, i)
		installed = i
		return nil
	})
	return installed, err
}

// belonging lists the people of an organisation who have a role there, admin
// or member.
func belonging(ctx context.Context, s *session, org, role string) ([]coc.Login, error) {
	all := []coc.Login{}
	err := pages(func(page github.ListOptions) (*github.Response, error) {
		users, res, err := s.rest.Organizations.ListMembers(ctx, org, &github.ListMembersOptions{Role: role, ListOptions: page})
		for _, u := range users {
			all = append(all, coc.Login(u.GetLogin()))
		}
		return res, err
	})
	return all, err
}

// base is what a member may do in every repository; "" where GitHub does not
// tell us.
func (f *Forge) base(ctx context.Context, org string) (string, error) {
	var base string
	err := f.inOrg(ctx, coc.AppRooms, org, readOrganisation, "read organisation", func(ctx context.Context, s *session) error {
		o, _, err := s.rest.Organizations.Get(ctx, org)
		base = o.GetDefaultRepoPermission()
		return err
	})
	return base, err
}
