package coc

import (
	"fmt"
	"regexp"
	"strings"
)

// Login is an account name on GitHub. GitHub compares logins without regard
// to case; compare them with Is, or by Key, never with ==.
type Login string

var loginForm = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9_])?(?:\[bot\])?$`)

// Key is the form under which two spellings of one login are equal.
func (l Login) Key() string { return strings.ToLower(string(l)) }

// Is reports whether both name the same account. The empty login is nobody,
// and so is not even itself.
func (l Login) Is(o Login) bool { return l != "" && l.Key() == o.Key() }

// IsBot reports whether the login has the form that GitHub gives to Apps.
func (l Login) IsBot() bool { return strings.HasSuffix(string(l), "[bot]") }

// ParseLogin takes a login as people write it, with or without a leading @
// and surrounding space. Managed users may have underscores.
func ParseLogin(s string) (Login, error) {
	s = strings.TrimPrefix(strings.TrimSpace(s), "@")
	if !loginForm.MatchString(s) {
		return "", fmt.Errorf("not an account name")
	}
	return Login(s), nil
}

// HasLogin reports whether l is in the list.
func HasLogin(list []Login, l Login) bool {
	for _, m := range list {
		if m.Is(l) {
			return true
		}
	}
	return false
}

// Repo names a repository. The zero value names none and may not be read
// from or written to.
type Repo struct {
	Owner string `json:"owner"`
	Name  string `json:"name"`
}

var (
	ownerForm = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9_])?$`)
	repoForm  = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)
)

// ParseRepo reads "owner/name" and refuses everything that GitHub could not
// have named so, "." and ".." among it.
func ParseRepo(s string) (Repo, error) {
	owner, name, ok := strings.Cut(s, "/")
	if !ok || !ownerForm.MatchString(owner) || !repoForm.MatchString(name) || name == "." || name == ".." {
		return Repo{}, fmt.Errorf("not of the form owner/name")
	}
	return Repo{Owner: owner, Name: name}, nil
}

// IsZero reports whether r names no repository.
func (r Repo) IsZero() bool { return r.Owner == "" || r.Name == "" }

// Key is the form under which two spellings of one repository are equal.
func (r Repo) Key() string { return strings.ToLower(r.Owner + "/" + r.Name) }

// Is reports whether both name the same repository; the zero Repo is none.
func (r Repo) Is(o Repo) bool { return !r.IsZero() && r.Key() == o.Key() }

// String is "owner/name", or "" for the zero value.
func (r Repo) String() string {
	if r.IsZero() {
		return ""
	}
	return r.Owner + "/" + r.Name
}

// Community is the repository of r's owner that holds the files shared by all
// of the owner's repositories: owner/.github.
func (r Repo) Community() Repo { return Repo{Owner: r.Owner, Name: ".github"} }

// Pattern selects repositories: "owner/name" or "owner/*", and nothing else.
type Pattern string

// ParsePattern refuses wildcards in any other place than the whole name.
func ParsePattern(s string) (Pattern, error) {
	owner, name, ok := strings.Cut(s, "/")
	if ok && name == "*" && ownerForm.MatchString(owner) {
		return Pattern(s), nil
	}
	if _, err := ParseRepo(s); err != nil {
		return "", fmt.Errorf("not of the form owner/name or owner/*")
	}
	return Pattern(s), nil
}

// Matches reports whether the pattern selects r. The zero Pattern selects
// nothing.
func (p Pattern) Matches(r Repo) bool {
	owner, name, ok := strings.Cut(string(p), "/")
	if !ok || r.IsZero() || !strings.EqualFold(owner, r.Owner) {
		return false
	}
	return name == "*" || strings.EqualFold(name, r.Name)
}

// Exact reports whether the pattern names a single repository; an exact
// pattern wins over a wildcard.
func (p Pattern) Exact() bool { return p != "" && !strings.HasSuffix(string(p), "/*") }

// Team is a team of an organisation, written org/slug.
type Team struct {
	Org  string `json:"org"`
	Slug string `json:"slug"`
}

// IsZero reports whether t names no team.
func (t Team) IsZero() bool { return t.Org == "" || t.Slug == "" }

// String is "org/slug", or "" for the zero value.
func (t Team) String() string {
	if t.IsZero() {
		return ""
	}
	return t.Org + "/" + t.Slug
}

// IssueRef is where an issue or a pull request lives.
type IssueRef struct {
	Repo   Repo `json:"repo"`
	Number int  `json:"number"`
}

// IsZero reports whether the reference leads nowhere.
func (i IssueRef) IsZero() bool { return i.Repo.IsZero() || i.Number <= 0 }
