package stage_test

import (
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

func TestAddressForTheAccusedEndsWithEverythingThatEndsIt(t *testing.T) {
	t.Parallel()
	made := time.Date(2025, 3, 3, 12, 0, 0, 0, time.UTC)
	until := made.Add(24 * time.Hour)
	closed := coc.Entry{Revision: 4, Act: "close", From: coc.StageResolved, To: coc.StageClosed}
	for name, tc := range map[string]struct {
		change func(*coc.Case, *coc.Invitation)
		number int
		now    time.Time
		want   bool
	}{
		"it is there":                             {number: 1, now: made, want: true},
		"a moment before its time":                {number: 1, now: until.Add(-time.Nanosecond), want: true},
		"its time is over":                        {number: 1, now: until},
		"none has that number":                    {number: 2, now: made},
		"the number of none":                      {number: 0, now: made},
		"less than none":                          {number: -1, now: made},
		"no time was set":                         {number: 1, now: made, change: func(_ *coc.Case, i *coc.Invitation) { i.Until = time.Time{} }},
		"it was answered":                         {number: 1, now: made, change: func(_ *coc.Case, i *coc.Invitation) { i.Answered = made }},
		"another took its place":                  {number: 1, now: made, change: func(_ *coc.Case, i *coc.Invitation) { i.Ended = made }},
		"the case is resolved":                    {number: 1, now: made, want: true, change: func(c *coc.Case, _ *coc.Invitation) { c.Stage = coc.StageResolved }},
		"the case is closed":                      {number: 1, now: made, change: func(c *coc.Case, _ *coc.Invitation) { c.Stage = coc.StageClosed }},
		"it was closed and taken up again":        {number: 1, now: made, change: func(c *coc.Case, _ *coc.Invitation) { c.Journal = append(c.Journal, closed) }},
		"closed in the comment that asked for it": {number: 1, now: made, change: func(c *coc.Case, i *coc.Invitation) { c.Journal, i.Revision = append(c.Journal, closed), 4 }},
		"it was closed before":                    {number: 1, now: made, want: true, change: func(c *coc.Case, i *coc.Invitation) { c.Journal, i.Revision = append(c.Journal, closed), 5 }},
		"another committee has the case":          {number: 1, now: made, change: func(c *coc.Case, _ *coc.Invitation) { c.Placements = append(c.Placements, coc.Placement{}) }},
		"it is a notice":                          {number: 1, now: made, change: func(c *coc.Case, _ *coc.Invitation) { c.Notice = &coc.Notice{} }},
	} {
		c := coc.Case{Stage: coc.StageInvestigating, Placements: []coc.Placement{{}}, Invitations: []coc.Invitation{{At: made, Until: until, Revision: 3}}}
		if tc.change != nil {
			tc.change(&c, &c.Invitations[0])
		}
		if got := stage.Answerable(c, tc.number, tc.now); got != tc.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
