package web

import (
	"net/url"
	"strings"
)

// UsualExit is where somebody leaves to who does not want to be seen here: a page
// of the weather, which anybody may have open, and which opens in most countries.
const UsualExit = "https://www.timeanddate.com/weather/"

// exit is where the link leads that leaves at once. It is a plain link; exit.js
// makes it leave less behind. What neither of them can do stands on the page.
type exit struct{ Address string }

// Host is how the page names it.
func (e exit) Host() string {
	u, err := url.Parse(e.Address)
	if err != nil {
		return e.Address
	}
	return strings.TrimPrefix(u.Host, "www.")
}
