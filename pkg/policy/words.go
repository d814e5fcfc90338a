package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // so that a time zone is known or unknown on every machine alike
	"unicode/utf8"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"gopkg.in/yaml.v3"
)

// version is the first line of every file.
type version int

func (v *version) from(r *reader, path string, n *yaml.Node) {
	if n.Tag != "!!int" || n.Decode((*int)(v)) != nil || *v != 1 {
		r.wrong(path, "1, the only version there is", "")
	}
}

// count is a number of people.
type count int

const maxCount = 100

func (c *count) from(r *reader, path string, n *yaml.Node) {
	if n.Tag != "!!int" || n.Decode((*int)(c)) != nil || *c < 1 || *c > maxCount {
		*c = 0
		r.wrong(path, fmt.Sprintf("a whole number from 1 to %d", maxCount), "")
	}
}

// quorum is "majority" or a number of members.
type quorum string

func (q *quorum) from(r *reader, path string, n *yaml.Node) {
	var c count
	switch {
	case n.Kind == yaml.ScalarNode && n.Tag == "!!str" && n.Value == "majority":
		*q = "majority"
	case n.Tag == "!!int" && n.Decode((*int)(&c)) == nil && c >= 1 && c <= maxCount:
		*q = quorum(fmt.Sprint(int(c)))
	default:
		r.wrong(path, fmt.Sprintf("majority, or a whole number from 1 to %d", maxCount), nearest(n.Value, []string{"majority"}))
	}
}

// login is an account name of a person.
type login coc.Login

func (l *login) read(text string) (string, bool) {
	parsed, err := coc.ParseLogin(text)
	if err != nil || parsed.IsBot() {
		return "", false
	}
	*l = login(parsed)
	return "", true
}

func (login) expects() string { return "the account name of a person on GitHub, such as kim-responder" }

func (login) alsoTagged() []string { return []string{"!!int", "!!float"} }

// repo is a repository, owner/name.
type repo struct{ coc.Repo }

func (p *repo) read(text string) (string, bool) {
	var err error
	if p.Repo, err = coc.ParseRepo(text); err == nil {
		return "", true
	}
	if bare := withoutAddress(text); bare != text {
		if meant, err := coc.ParseRepo(bare); err == nil {
			return meant.String(), false
		}
	}
	return "", false
}

func (repo) expects() string {
	return "a repository written owner/name, for example my-project/conduct-cases"
}

// withoutAddress is owner/name where somebody pasted a repository's address.
func withoutAddress(text string) string {
	if _, rest, ok := strings.Cut(text, "://"); ok {
		_, text, _ = strings.Cut(rest, "/")
	}
	return strings.TrimSuffix(strings.TrimSuffix(text, "/"), ".git")
}

// pattern selects repositories, owner/name or owner/*.
type pattern coc.Pattern

func (p *pattern) read(text string) (string, bool) {
	parsed, err := coc.ParsePattern(text)
	if err == nil {
		*p = pattern(parsed)
		return "", true
	}
	bare := withoutAddress(text)
	for _, meant := range []string{bare, bare + "/*"} {
		if _, err := coc.ParsePattern(meant); err == nil {
			return meant, false
		}
	}
	return "", false
}

func (pattern) expects() string {
	return "one repository or all of an owner, written owner/name or owner/*"
}

// team is a team of an organisation, org/slug.
type team struct{ coc.Team }

const ownerPattern = `[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9_])?`

var teamForm = regexp.MustCompile(`^@?(` + ownerPattern + `)/(` + ownerPattern + `)$`)

func (t *team) read(text string) (string, bool) {
	m := teamForm.FindStringSubmatch(text)
	if m == nil {
		return "", false
	}
	t.Team = coc.Team{Org: m[1], Slug: m[2]}
	return "", true
}

func (team) expects() string {
	return "a team written organisation/team, for example my-project/conduct-committee"
}

// key refers to a committee of the directory, in any case.
type key string

const keyPattern = `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`

var keyForm = regexp.MustCompile(`^` + keyPattern + `$`)

func (k *key) read(text string) (string, bool) {
	if !keyForm.MatchString(text) {
		return "", false
	}
	*k = key(strings.ToLower(text))
	return "", true
}

func (key) expects() string {
	return "the name of a committee in the committee directory, such as cncf"
}

// newKey gives a committee of the directory its name.
type newKey string

const newKeyPattern = `[a-z0-9][a-z0-9._-]{0,63}`

var newKeyForm = regexp.MustCompile(`^` + newKeyPattern + `$`)

func (k *newKey) read(text string) (string, bool) {
	if newKeyForm.MatchString(text) {
		*k = newKey(text)
		return "", true
	}
	if lower := strings.ReplaceAll(strings.ToLower(text), " ", "-"); newKeyForm.MatchString(lower) {
		return lower, false
	}
	return "", false
}

func (newKey) expects() string {
	return "a short name in lower case, of letters, digits and hyphens, such as linux-foundation"
}

// contact is where people reach a committee without us. Only plain ASCII:
// reporters must be able to see whom they write to.
type contact string

const contactPattern = `(?:[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|https://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]*)?)`

const maxContact = 254

var contactForm = regexp.MustCompile(`^` + contactPattern + `$`)

func (c *contact) read(text string) (string, bool) {
	if len(text) > maxContact || !contactForm.MatchString(text) {
		if bare, ok := strings.CutPrefix(text, "mailto:"); ok && contactForm.MatchString(bare) {
			return bare, false
		}
		if rest, ok := strings.CutPrefix(text, "http://"); ok && contactForm.MatchString("https://"+rest) {
			return "https://" + rest, false
		}
		return "", false
	}
	*c = contact(text)
	return "", true
}

func (contact) expects() string {
	return "a mail address or an https address where reporters reach the committee, such as conduct@example.org"
}

// title is a name that people read: one line, nothing invisible in it.
type title string

const (
	invisible    = "\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"
	titlePattern = `[^` + invisible + `\s](?:[^` + invisible + `]*[^` + invisible + `\s])?`
	maxTitle     = 100
	maxLabel     = 50
)

var titleForm = regexp.MustCompile(`^` + titlePattern + `$`)

func (t *title) read(text string) (string, bool) {
	if utf8.RuneCountInString(text) > maxTitle || !titleForm.MatchString(text) {
		return "", false
	}
	*t = title(text)
	return "", true
}

func (title) expects() string {
	return fmt.Sprintf("a name of at most %d characters, on one line", maxTitle)
}

// label is the name of a label on GitHub.
type label string

func (l *label) read(text string) (string, bool) {
	if utf8.RuneCountInString(text) > maxLabel || !titleForm.MatchString(text) {
		return "", false
	}
	*l = label(text)
	return "", true
}

func (label) expects() string {
	return fmt.Sprintf("the name of a label, at most %d characters, such as code-of-conduct", maxLabel)
}

// day is a date without a time, kept as its midnight in UTC.
type day struct{ time.Time }

const dayPattern = `[0-9]{4}-[0-9]{2}-[0-9]{2}`

func (d *day) read(text string) (string, bool) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return "", false
	}
	d.Time = t
	return "", true
}

func (day) expects() string { return "a date written YYYY-MM-DD" }

// zone is a time zone.
type zone string

const zonePattern = `[A-Za-z][A-Za-z0-9_+/-]*`

var zoneForm = regexp.MustCompile(`^` + zonePattern + `$`)

func (z *zone) read(text string) (string, bool) {
	// "Local" would be the server's zone, which a committee does not know.
	if text == "Local" || !zoneForm.MatchString(text) {
		return "", false
	}
	if _, err := time.LoadLocation(text); err != nil {
		return "", false
	}
	*z = zone(text)
	return "", true
}

func (zone) expects() string { return "a time zone such as UTC, Europe/Berlin or America/New_York" }

// country is whose public holidays a committee keeps.
type country string

// countries are those with one national list in rickar/cal. Countries where
// holidays differ by state and no national list is given are not among them.
var countries = []string{
	"AR", "AT", "BE", "BG", "BR", "CA", "CH", "CZ", "DE", "DK", "ES", "FR", "GB", "GR", "HR", "IE", "IT", "JP",
	"LT", "LV", "MW", "NL", "NO", "NZ", "PL", "RO", "RU", "SE", "SI", "SK", "UA", "US", "ZA",
}

// HolidayCountries lists the country codes that `holidays` may name. Whoever
// counts business days must know each of them.
func HolidayCountries() []string { return slices.Clone(countries) }

func (c *country) read(text string) (string, bool) {
	if slices.Contains(countries, text) {
		*c = country(text)
		return "", true
	}
	// Two letters are too short to guess at a typing error.
	upper := strings.ToUpper(text)
	if other, ok := map[string]string{"UK": "GB", "EL": "GR"}[upper]; ok {
		return other, false
	}
	if slices.Contains(countries, upper) {
		return upper, false
	}
	return "", false
}

func (country) expects() string {
	return "the code of a country whose holidays are known: " + strings.Join(countries, ", ")
}

type (
	publicCommand PublicCommand
	original      Original
	declaredLevel coc.Level // in coc.yaml
	anyLevel      coc.Level // in the directory
	role          coc.MemberRole
	decideBy      string
	separation    coc.Separation
)

func (publicCommand) words() []string {
	return []string{string(CommandLink), string(CommandCapture), string(CommandOff)}
}

func (original) words() []string {
	return []string{string(OriginalKeep), string(OriginalLock), string(OriginalMinimize)}
}

func (declaredLevel) words() []string {
	return []string{string(coc.LevelProject), string(coc.LevelGovernance)}
}

func (anyLevel) words() []string {
	return []string{string(coc.LevelProject), string(coc.LevelGovernance), string(coc.LevelFoundation), string(coc.LevelEvents)}
}

func (role) words() []string {
	return []string{string(coc.MemberChair), string(coc.MemberMember), string(coc.MemberAlternate), string(coc.MemberLiaison)}
}

func (decideBy) words() []string {
	return []string{"consensus", "majority", "two-thirds", "unanimous"}
}

func (separation) words() []string {
	return []string{string(coc.SeparateOnConflict), string(coc.SeparateAlways), string(coc.SeparateNever)}
}
