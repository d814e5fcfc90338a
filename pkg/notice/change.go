package notice

import (
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// CommitteeChange tells a committee that a push replaces it, in an issue of
// its incident repository.
func CommitteeChange(st coc.Standing) (title string, body Private) { return "", private("") }

// Verdict is where a replaced committee's 72 hours stand.
type Verdict string

// ChangeVerdict answers a vote on such a notice.
func ChangeVerdict(st coc.Standing, v Verdict, now time.Time) Private { return private("") }

// Alarm tells the operator of a problem of a room or a file.
func Alarm(r coc.Reason) Operator { return Operator{} }
