package forge

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/google/go-github/v62/github"
	"github.com/shurcooL/githubv4"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

const (
	perPage = 100
	// More readers, members or labels than these pages hold are not believed.
	mostPages = 50
	// A routing file's limit, and what GitHub's envelope makes of it: base64
	// in lines, escaped, with addresses.
	largestFile     = 64 << 10
	largestEnvelope = 256 << 10
)

// Repository reads what a repository is, under the name it has now.
func (f *Forge) Repository(ctx context.Context, as coc.App, repo coc.Repo) (coc.RepoFacts, error) {
	var facts coc.RepoFacts
	err := f.in(ctx, as, repo, readMetadata, "read repository", func(ctx context.Context, s *session) error {
		r, err := f.look(ctx, s, as, repo)
		if err == nil {
			facts = factsOf(r)
		}
		return err
	})
	return facts, err
}

// look reads a repository by the name asked for, and notes what it saw. A name
// that has come to belong to another repository makes the session stale.
func (f *Forge) look(ctx context.Context, s *session, as coc.App, repo coc.Repo) (*github.Repository, error) {
	r, _, err := s.rest.Repositories.Get(ctx, repo.Owner, repo.Name)
	if statusOf(err) == http.StatusNotFound {
		f.dropPlace(as, repo)
		return nil, errStale
	}
	if err != nil {
		return nil, err
	}
	f.seen(as, repo, r)
	if s.key.repo != 0 && s.key.repo != r.GetID() {
		return nil, errStale
	}
	return r, nil
}

func repoOf(r *github.Repository) coc.Repo {
	return coc.Repo{Owner: r.GetOwner().GetLogin(), Name: r.GetName()}
}

// factsOf leaves the visibility unknown where GitHub does not name it:
// "private: true" is said of internal repositories too.
func factsOf(r *github.Repository) coc.RepoFacts {
	visibility := r.GetVisibility()
	if visibility == "" && r.Private != nil && !r.GetPrivate() {
		visibility = "public"
	}
	return coc.RepoFacts{
		Repo: repoOf(r), ID: r.GetID(), Visibility: visibility, Archived: r.GetArchived(), Disabled: r.GetDisabled(),
		Fork: r.GetFork(), DefaultBranch: r.GetDefaultBranch(),
	}
}

// Readers looks at a room: what it is, and everybody who can read it. It is
// never partial: whatever went wrong is the Problem, and then there is nothing
// else.
func (f *Forge) Readers(ctx context.Context, room coc.Repo) coc.RoomFacts {
	facts := coc.RoomFacts{Seen: f.now()}
	err := f.in(ctx, coc.AppRooms, room, readMetadata, "read readers", func(ctx context.Context, s *session) error {
		r, err := f.look(ctx, s, coc.AppRooms, room)
		if err != nil {
			return err
		}
		facts.RepoFacts, facts.HasIssues = factsOf(r), r.GetHasIssues()
		facts.Readers, err = readers(ctx, s, facts.Repo)
		return err
	})
	if err != nil {
		return coc.RoomFacts{RepoFacts: coc.RepoFacts{Repo: room}, Problem: err, Seen: facts.Seen}
	}
	return facts
}

func readers(ctx context.Context, s *session, room coc.Repo) ([]coc.Reader, error) {
	all := []coc.Reader{}
	err := pages(func(page github.ListOptions) (*github.Response, error) {
		users, res, err := s.rest.Repositories.ListCollaborators(ctx, room.Owner, room.Name,
			&github.ListCollaboratorsOptions{Affiliation: "all", ListOptions: page})
		for _, u := range users {
			all = append(all, coc.Reader{Login: coc.Login(u.GetLogin()), Account: u.GetID(), Admin: u.Permissions["admin"] || u.GetRoleName() == "admin"})
		}
		return res, err
	})
	return all, err
}

// pages reads all pages of a list, or fails.
func pages(read func(github.ListOptions) (*github.Response, error)) error {
	page := github.ListOptions{PerPage: perPage, Page: 1}
	for range mostPages {
		res, err := read(page)
		if err != nil {
			return err
		}
		if res.NextPage == 0 {
			return nil
		}
		page.Page = res.NextPage
	}
	return errTooMuch
}

// Team lists a team's members, those of nested teams among them. ErrMissing:
// the organisation has no such team.
func (f *Forge) Team(ctx context.Context, team coc.Team) ([]coc.Login, error) {
	var members []coc.Login
	err := f.inOrg(ctx, coc.AppRooms, team.Org, readMembers, "read team", func(ctx context.Context, s *session) error {
		members = []coc.Login{}
		err := pages(func(page github.ListOptions) (*github.Response, error) {
			users, res, err := s.rest.Teams.ListTeamMembersBySlug(ctx, team.Org, team.Slug,
				&github.TeamListTeamMembersOptions{ListOptions: page})
			for _, u := range users {
				members = append(members, coc.Login(u.GetLogin()))
			}
			return res, err
		})
		if statusOf(err) == http.StatusNotFound {
			return coc.ErrMissing
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return members, nil
}

// Account is the number of somebody's account, which it keeps under every name; the
// name itself may be another's one day. ErrMissing: no person has that name now.
//
// It is asked for with a token that can read a room's metadata and nothing else, and
// by GraphQL, because REST wants the name in the address: what stands between us and
// GitHub, and an Enterprise Server itself, keep lists of addresses, and whoever
// reads those must not see who is accused.
func (f *Forge) Account(ctx context.Context, room coc.Repo, who coc.Login) (int64, error) {
	var found struct {
		User struct {
			Number int64 `graphql:"databaseId"`
		} `graphql:"user(login: $login)"`
	}
	err := f.in(ctx, coc.AppRooms, room, readMetadata, "read account", func(ctx context.Context, s *session) error {
		err := s.graph.Query(asking(ctx), &found, map[string]any{"login": githubv4.String(who)})
		return f.graphError(ctx, s, err)
	})
	return found.User.Number, err
}

// File reads one file of at most 64 KiB.
func (f *Forge) File(ctx context.Context, as coc.App, repo coc.Repo, path, ref string) (coc.File, error) {
	var file coc.File
	err := f.in(ctx, as, repo, readContents, "read file", func(ctx context.Context, s *session) error {
		raw, err := envelope(ctx, s, path, ref)
		if statusOf(err) == http.StatusNotFound {
			return f.absent(ctx, as, repo, coc.ErrMissing)
		}
		if err == nil {
			file, err = unpack(raw, path)
		}
		return err
	})
	return file, err
}

// envelope reads GitHub's answer about a path, and no more of it than a
// routing file could need.
func envelope(ctx context.Context, s *session, path, ref string) ([]byte, error) {
	at := &url.URL{Path: fmt.Sprintf("repos/%s/%s/contents/%s", s.repo.Owner, s.repo.Name, path)}
	if ref != "" {
		at.RawQuery = url.Values{"ref": {ref}}.Encode()
	}
	req, err := s.rest.NewRequest(http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, err
	}
	res, err := s.rest.BareDo(ctx, req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return io.ReadAll(io.LimitReader(res.Body, largestEnvelope+1))
}

// unpack takes the file out of GitHub's answer.
func unpack(raw []byte, path string) (coc.File, error) {
	if bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")) { // a directory, however long its list
		return coc.File{}, coc.ErrNotAFile
	}
	if len(raw) > largestEnvelope {
		return coc.File{}, coc.ErrTooLarge
	}
	var told github.RepositoryContent
	if err := json.Unmarshal(raw, &told); err != nil {
		return coc.File{}, err
	}
	switch {
	case told.GetType() != "file", told.GetPath() != path, told.Target != nil, told.GetSubmoduleGitURL() != "":
		return coc.File{}, coc.ErrNotAFile
	case told.GetSize() > largestFile:
		return coc.File{}, coc.ErrTooLarge
	}
	content, err := told.GetContent()
	if err != nil {
		return coc.File{}, coc.ErrNotAFile
	}
	if len(content) > largestFile {
		return coc.File{}, coc.ErrTooLarge
	}
	return coc.File{Content: []byte(content), SHA: told.GetSHA()}, nil
}

// absent tells what a 404 in a repository means: is, where the repository can
// be read, and else why it cannot. That it could be read a moment before proves
// nothing, because GitHub also hides what is there, and a file that is taken for
// missing may lose a report.
func (f *Forge) absent(ctx context.Context, as coc.App, repo coc.Repo, is error) error {
	if _, err := f.Repository(ctx, as, repo); err != nil {
		return err
	}
	return is
}
