package notice

import (
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

func TestEveryGroundHasWords(t *testing.T) {
	t.Parallel()
	for _, g := range coc.Grounds() {
		if groundMeans[g] == "" {
			t.Errorf("%q has no words", g)
		}
	}
	if len(groundMeans) != len(coc.Grounds()) {
		t.Error("there are words for what is no ground")
	}
}

func TestWhateverIsDueHasWords(t *testing.T) {
	t.Parallel()
	day := coc.Span{N: 1, Unit: coc.Days}
	c := coc.Committee{Clocks: coc.Clocks{
		AcknowledgeTarget: day, AcknowledgeWithin: day, ScreenWithin: day, UpdateEvery: day, DecideWithin: day,
		DeadlockAfter: day, MediateWithin: day, AppealWithin: day, FollowUp: []coc.Span{day},
	}}
	for _, s := range coc.Stages() {
		for _, remedies := range [][]coc.Remedy{{{Until: wednesday, Checks: []time.Time{wednesday}}}, nil} {
			for _, due := range stage.WithRemedies(c, stage.Due(c, s, wednesday), s, remedies, wednesday) {
				if dueMeans[due.What] == "" {
					t.Errorf("%s: %q has no words", s, due.What)
				}
			}
		}
	}
}
