package stage

import (
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

func TestMeasureComesDueOnceAndUntilTheOthersSpoke(t *testing.T) {
	t.Parallel()
	noon := time.Date(2027, 3, 27, 12, 0, 0, 0, time.UTC) // the night before summer time
	berlin := coc.Committee{Timezone: "Europe/Berlin", Holidays: "DE"}
	if got := InterimUntil(berlin, noon); !got.Equal(noon.Add(24 * time.Hour)) {
		t.Errorf("until %s", got)
	}
	update := coc.Due{What: DueUpdate, At: noon.Add(48 * time.Hour)}
	measures := []coc.Measure{
		{Until: noon, State: coc.MeasureConfirmed}, {Until: noon.Add(3 * time.Hour)}, {Until: noon.Add(2 * time.Hour)},
		{Until: noon.Add(time.Hour), State: coc.MeasureReversed}, {}, {Until: noon, State: "no such state"},
	}
	due := WithInterim([]coc.Due{update}, measures)
	if due = WithInterim(due, measures); len(due) != 2 || due[0] != (coc.Due{What: DueInterim, At: noon.Add(2 * time.Hour)}) || due[1] != update {
		t.Errorf("due: %v", due)
	}
	if due = WithInterim(due, measures[3:]); len(due) != 1 || due[0] != update {
		t.Errorf("due when nothing waits: %v", due)
	}
	if due = WithInterim(nil, nil); len(due) != 0 {
		t.Errorf("due of nothing: %v", due)
	}
}
