package command

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

var (
	codeName = regexp.MustCompile(`^[a-z]+(?:-[a-z]+)*-[0-9]{1,6}$`)
	// issueForm is #12, owner/name#12 or the address of an issue, on whatever host,
	// with whatever place in it.
	issueForm = regexp.MustCompile(`^(?:(?:https?://[^/\s]+/)?([^/\s#]+/[^/\s#]+?)(?:#|/issues/)|#)([0-9]{1,9})(?:[#?]\S*)?$`)
)

// readLink takes what members see of another case: its code name, or its issue.
func (c *Command) readLink(spec Spec, words string) {
	said := strings.Trim(words, "`<>.,;:")
	if name := strings.ToLower(said); codeName.MatchString(name) {
		c.Args = name
		return
	}
	if m := issueForm.FindStringSubmatch(said); m != nil {
		repo, err := coc.ParseRepo(m[1])
		number, _ := strconv.Atoi(m[2])
		if number > 0 && (m[1] == "" || err == nil) {
			c.Issue = coc.IssueRef{Repo: repo, Number: number}
			return
		}
	}
	c.refuse(spec, "`/coc link` takes the code name of one case, or the number or address of its issue.")
}
