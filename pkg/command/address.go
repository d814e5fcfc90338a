package command

import (
	"net/url"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// longestAddress is what is kept of one, in bytes.
const longestAddress = 2000

// readAddress takes an address on the web in a spelling by which two of the same
// place are equal, and a title behind it. One with a password in it is refused: it
// would be shown to everybody who reads the case.
func (c *Command) readAddress(spec Spec, words string) {
	said, title := word(words)
	said = strings.TrimRight(strings.Trim(said, "<>`"), ".,;>")
	u, err := url.Parse(said)
	if err != nil || u.Hostname() == "" || len(said) > longestAddress || !strings.EqualFold(u.Scheme, "http") && !strings.EqualFold(u.Scheme, "https") {
		c.refuse(spec, "`/coc evidence` needs an address that begins with `https://`, and behind it a title if you like.")
		return
	}
	if u.User != nil {
		c.refuse(spec, "The address has a name or a password in it, which everybody here would read.")
		return
	}
	u.Scheme = strings.ToLower(u.Scheme)
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if port == "80" && u.Scheme == "http" || port == "443" && u.Scheme == "https" {
		port = ""
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port != "" {
		port = ":" + port
	}
	u.Host = host + port
	if u.Path == "" {
		u.Path = "/"
	}
	c.URL, c.Text = coc.NewProse(u.String()), coc.NewProse(title)
}
