package evidence

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// longestAddress is of one that is looked at, in bytes.
const longestAddress = 2000

var (
	digits   = regexp.MustCompile(`^[1-9][0-9]{0,17}(?:$|[^0-9A-Za-z_-])`)
	commitID = regexp.MustCompile(`^[0-9a-f]{7,64}$`)
	// What is no sign of ASCII ends an address: in Chinese and Japanese words go on
	// behind one without a space, and most languages have quotes and stops of their own.
	addresses = regexp.MustCompile(`(?i:https?)://[!#-&(-;=?-Z_a-z~]+`)
	another   = regexp.MustCompile(`(?i).https?://`)
)

// Addresses are those that stand in words, each once. One may stand right behind
// another, or in it, as in that of an archive.
func Addresses(words coc.Prose) []coc.Prose {
	var out []coc.Prose
	seen := map[string]bool{}
	for _, a := range apart(addresses.FindAllString(words.Reveal(), -1)) {
		a = strings.TrimRight(a, ".,;:!?*_~")
		for strings.HasSuffix(a, ")") && strings.Count(a, "(") < strings.Count(a, ")") {
			a = strings.TrimRight(a[:len(a)-1], ".,;:!?*_~")
		}
		if len(a) > longestAddress || seen[a] {
			continue
		}
		seen[a] = true
		out = append(out, coc.NewProse(a))
	}
	return out
}

// apart parts those that have another one in them.
func apart(all []string) []string {
	var out []string
	for _, a := range all {
		for at := another.FindStringIndex(a); at != nil; at = another.FindStringIndex(a) {
			out, a = append(out, a[:at[0]+1]), a[at[0]+1:]
		}
		out = append(out, a)
	}
	return out
}

// Point is what an address points to on the GitHub whose pages are at web, or why
// it points to nothing that could be read. Only that very site is: an address with a
// port, a user or another name in it is another site, whatever it looks like. The
// address itself is never asked; what is read is read through GitHub's API, by the
// numbers in it.
func Point(web string, address coc.Prose) (coc.Talk, coc.Uncaptured) {
	home, err := url.Parse(web)
	if err != nil || home.Host == "" {
		return coc.Talk{}, coc.Elsewhere
	}
	text := strings.TrimSpace(address.Reveal())
	u, err := url.Parse(text)
	if err != nil || len(text) > longestAddress || u.User != nil || u.Opaque != "" || !strings.EqualFold(u.Host, home.Host) ||
		!strings.EqualFold(u.Scheme, "https") && !strings.EqualFold(u.Scheme, "http") {
		return coc.Talk{}, coc.Elsewhere
	}
	if text := u.EscapedPath(); strings.Contains(text, "%") || strings.Contains(text, "\\") {
		return coc.Talk{}, coc.NoTalk // no repository and no page of talk has such a name
	}
	path, under := strings.CutPrefix(u.Path, strings.TrimRight(home.Path, "/")+"/")
	if !under {
		return coc.Talk{}, coc.Elsewhere
	}
	parts := strings.Split(strings.TrimRight(path, "/"), "/")
	if len(parts) < 4 {
		return coc.Talk{}, coc.NoTalk
	}
	repo, err := coc.ParseRepo(parts[0] + "/" + parts[1])
	if err != nil || repo.Owner == "orgs" { // an organisation's own pages
		return coc.Talk{}, coc.NoTalk
	}
	t, ok := talk(parts[2], parts[3:], u.Fragment)
	if !ok {
		return coc.Talk{}, coc.NoTalk
	}
	t.Repo = repo
	return t, ""
}

// talk reads what stands behind a repository's name: the sort of page, what it is
// of, and the place in it.
func talk(sort string, rest []string, place string) (coc.Talk, bool) {
	if sort == "commit" {
		id, ok := numbered(place, "commitcomment-", "r")
		return coc.Talk{Kind: coc.TalkCommitComment, ID: id, SHA: rest[0]}, ok && commitID.MatchString(rest[0])
	}
	number, ok := leading(rest[0])
	if !ok || number > 999_999_999 {
		return coc.Talk{}, false
	}
	t := coc.Talk{Kind: coc.TalkIssue, Number: int(number)}
	switch sort {
	case "discussions":
		t.Kind = coc.TalkDiscussion
		t.ID, _ = numbered(place, "discussioncomment-")
		return t, true
	case "issues", "pull":
	default:
		return coc.Talk{}, false
	}
	for _, as := range []struct {
		kind     coc.TalkKind
		prefixes []string
	}{
		{coc.TalkComment, []string{"issuecomment-"}},
		{coc.TalkReviewComment, []string{"discussion_r", "r"}},
		{coc.TalkReview, []string{"pullrequestreview-"}},
	} {
		if id, ok := numbered(place, as.prefixes...); ok && (sort == "pull" || as.kind == coc.TalkComment) {
			t.Kind, t.ID = as.kind, id
		}
	}
	return t, true
}

// numbered is the number behind one of the prefixes.
func numbered(place string, prefixes ...string) (int64, bool) {
	for _, p := range prefixes {
		if n, ok := strings.CutPrefix(place, p); ok {
			return leading(n)
		}
	}
	return 0, false
}

// leading is the number that a text begins with. What stands behind it is a sign of
// whoever wrote the sentence.
func leading(text string) (int64, bool) {
	if !digits.MatchString(text) {
		return 0, false
	}
	end := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(text)
	}
	n, err := strconv.ParseInt(text[:end], 10, 64)
	return n, err == nil
}

// Names reports whether an address is one of GitHub's that only names an account or a
// repository: nobody says anything there that could vanish.
func Names(web string, address coc.Prose) bool {
	if !Ours(web, address) {
		return false
	}
	home, _ := url.Parse(web)
	u, _ := url.Parse(strings.TrimSpace(address.Reveal())) // Ours has read both
	path := strings.TrimPrefix(u.Path, strings.TrimRight(home.Path, "/")+"/")
	return len(strings.Split(strings.TrimRight(path, "/"), "/")) < 3
}

// Ours reports whether an address is one of the GitHub at web, whatever is there.
func Ours(web string, address coc.Prose) bool {
	_, why := Point(web, address)
	return why != coc.Elsewhere
}
