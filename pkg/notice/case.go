package notice

import (
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Shown is a case as its issue shows it.
type Shown struct {
	Title string  // the code name of the placement and nothing else
	Body  Private // between our two markers; see Splice
	// More is the rest of a report that is too long for the body, each part
	// to be posted once as a comment when the issue is opened.
	More []Private
}

// Case renders what the issue of one placement shows at this moment.
func Case(c coc.Case, placement int, now time.Time) Shown { return Shown{} }
