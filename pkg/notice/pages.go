package notice

import (
	"strconv"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Pages is where our pages show a case to whoever may read it, with a slash at the
// end: what an issue shows leads there. "": nobody can sign in, and nothing does.
//
// Such a link tells nothing by itself. It has the case's ID, which the body has in its
// marker, and whoever follows it is asked who they are.
type Pages string

// of is where a case is read; "" where nobody can.
func (on Pages) of(id coc.CaseID) string {
	if on == "" {
		return ""
	}
	return string(on) + string(id)
}

// exhibit is where an item of its evidence is opened.
func (on Pages) exhibit(id coc.CaseID, number int) string {
	if on == "" {
		return ""
	}
	return on.of(id) + "/evidence/" + strconv.Itoa(number)
}

// leads makes a link of rendered text, in which no bracket is loose; without an
// address it stays what it is.
func leads(text, to string) string {
	at := address(to)
	if to == "" || !strings.HasPrefix(at, "<") {
		return text
	}
	return "[" + text + "](" + at + ")"
}
