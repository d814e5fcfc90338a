package web

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// dates is how a language writes a day, in whole and short.
type dates struct {
	Day      string     `yaml:"day"`
	Short    string     `yaml:"short"`
	Weekdays [7]string  `yaml:"weekdays"` // from Sunday on
	Months   [12]string `yaml:"months"`
	// First is how the first day of a month is written; "": as a number, as the others.
	First string `yaml:"first,omitempty"`
}

// write puts a day, in UTC, into a pattern.
func (d dates) write(pattern string, t time.Time) string {
	t = t.UTC()
	day := strconv.Itoa(t.Day())
	if t.Day() == 1 && d.First != "" {
		day = d.First
	}
	return strings.NewReplacer(
		"{weekday}", d.Weekdays[t.Weekday()], "{day}", day, "{month}", d.Months[t.Month()-1], "{year}", t.Format("2006"),
	).Replace(pattern)
}

// Day is a date in UTC.
func (w words) Day(t time.Time) string { return w.Dates.write(w.Dates.Day, t) }

// clock is a time of the day in UTC.
func clock(t time.Time) string { return t.UTC().Format("15:04 UTC") }

// Due says what is due; a name that we do not know says itself.
func (w words) Due(what string) (string, error) {
	key := "due." + what
	if _, ok := fallback.Words[key]; !ok {
		return what, nil
	}
	return w.Say(key)
}

// Span says a length of time; "" where nothing was promised.
func (w words) Span(s coc.Span) (string, error) {
	key := "span." + strings.ReplaceAll(string(s.Unit), " ", "-")
	if _, ok := fallback.Words[key]; s.IsZero() || !ok {
		return "", nil
	}
	return w.Say(key, s.N)
}

// Beside is what the list of events says of one beside its name: where and when.
func (w words) Beside(e casework.Suggested) string {
	var parts []string
	if e.Place != "" {
		parts = append(parts, e.Place)
	}
	for _, at := range []time.Time{e.From, e.To} {
		if d := w.Dates.write(w.Dates.Short, at); !at.IsZero() && !slices.Contains(parts, d) {
			parts = append(parts, d)
		}
	}
	return strings.Join(parts, ", ")
}
