package stage

import (
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// In Cairo the clocks go back at midnight of a Thursday, which is a working day: its last
// hour comes twice. What is due in either is due then, and not looked at for ever.
func TestHourThatComesTwiceIsStruckInBoth(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"2026-10-29 23:30 +0300", "2026-10-29 23:30 +0200"} {
		c := clocked(t)
		c.Home().Committee.Timezone, c.Home().Committee.Holidays = "Africa/Cairo", ""
		now := when(t, at)
		c.Due = []coc.Due{{What: DueUpdate, At: now.Add(-time.Minute)}}
		c.Flags = []coc.Flag{coc.FlagOverdue}
		if s := Strike(c, now); len(s.Remind) != 1 {
			t.Errorf("at %s: %+v, and it is looked at again at %s", at, s, Looks(c, now))
		}
	}
}
