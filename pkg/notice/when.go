package notice

import (
	"time"
)

const moment = "Monday 2 January 2006, 15:04 UTC"

// at writes a time so that nobody has to compute: weekday, date and UTC, and
// the committee's own clock where it has another. A zone that this machine
// does not know is left out.
func at(t time.Time, zone string) string {
	if t.IsZero() {
		return "an unknown time"
	}
	utc := t.UTC()
	out := utc.Format(moment)
	if zone == "" || zone == "UTC" {
		return out
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return out
	}
	local := utc.In(loc)
	clock := "15:04"
	if local.YearDay() != utc.YearDay() {
		clock = "Monday 2 January, 15:04"
	}
	return out + " (" + local.Format(clock) + " in " + plainly(zone) + ")"
}
