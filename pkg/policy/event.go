package policy

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Event is a gathering with its own desk or its own committee.
type Event struct {
	Name     string
	Aliases  []string  // other names and hashtags
	From     time.Time // midnight in UTC of the first day; zero: not said
	To       time.Time // of the last day; never before From
	Place    string    // in words; "" is not said
	Producer string    // who puts it on, in words; "" is not said
	// Committee is the directory's key of the body that takes its reports.
	Committee string
}

// Events lists the events in the order of the file.
func (d Directory) Events() []Event {
	out := slices.Clone(d.events)
	for i := range out {
		out[i].Aliases = slices.Clone(out[i].Aliases)
	}
	return out
}

// EventsNamed gives the events that a name may mean, on a day if one is told:
// midnight in UTC, as the reporter's calendar has it; zero is not told. There
// are several where several bodies claim one event, or where no day tells its
// editions apart. A name is known or unknown: only case, spaces and signs do
// not count, because a guess could give a report to the wrong people. It may
// have the place behind it, which tells events of one name apart, and may lack
// the year on a day that the event had.
//
// dated is false where the name is known and none of its editions is at that
// day: then the nearest is given, because a wrong date must not lose the desk.
func (d Directory) EventsNamed(name string, on time.Time) (events []Event, dated bool) {
	named := d.named[folded(name)]
	if named == nil {
		named = slices.DeleteFunc(slices.Clone(d.yearless[folded(name)]), func(i int) bool {
			return on.IsZero() || d.events[i].From.IsZero() && d.events[i].To.IsZero() || d.events[i].off(on) > 0
		})
	}
	nearest := time.Duration(-1)
	for _, i := range named {
		if off := d.events[i].off(on); nearest < 0 || off < nearest {
			nearest = off
		}
	}
	for _, i := range named {
		if e := d.events[i]; e.off(on) == nearest {
			e.Aliases = slices.Clone(e.Aliases)
			events = append(events, e)
		}
	}
	return events, nearest <= 0
}

// EventSpelt is a name that EventsNamed knows as the directory writes it, so
// that it need not be kept in the words of whoever typed it; "" where the
// directory has no such event.
func (d Directory) EventSpelt(name string, on time.Time) string {
	if known, _ := d.EventsNamed(name, on); len(known) == 0 {
		return ""
	}
	return d.spelt[folded(name)]
}

// index finds the events by each of their names. A name as it stands in the file
// comes before one that has the place behind it, and that before one without its
// year, so that what is said of one event is not taken for another.
func (d *Directory) index() {
	d.named, d.yearless, d.spelt = map[string][]int{}, map[string][]int{}, map[string]string{}
	add := func(to map[string][]int, name string, i int) {
		fold := folded(name)
		if _, ok := d.spelt[fold]; !ok {
			d.spelt[fold] = name
		}
		if !slices.Contains(to[fold], i) {
			to[fold] = append(to[fold], i)
		}
	}
	all := func(each func(i int, e Event, name string)) {
		for i, e := range d.events {
			for _, name := range append([]string{e.Name}, e.Aliases...) {
				each(i, e, name)
			}
		}
	}
	all(func(i int, _ Event, name string) { add(d.named, name, i) })
	placed := map[string][]int{}
	all(func(i int, e Event, name string) {
		town, _, _ := strings.Cut(e.Place, ",")
		for _, place := range []string{town, e.Place} {
			if at := name + " " + place; folded(place) != "" && d.named[folded(at)] == nil {
				add(placed, at, i)
			}
		}
	})
	maps.Copy(d.named, placed)
	all(func(i int, _ Event, name string) {
		if bare := strings.TrimSpace(year.ReplaceAllString(name, "")); bare != name && folded(bare) != "" {
			add(d.yearless, bare, i)
		}
	})
}

// year is one that ends a name.
var year = regexp.MustCompile(`\b(19|20)[0-9]{2}\s*$`)

// zones is how far the calendars of two places can be apart: the reporter may
// tell the day by their own.
const zones = 24 * time.Hour

// off is how far a day is from the event; 0: it may be that day's.
func (e Event) off(on time.Time) time.Duration {
	from, to := said(e.From, e.To), said(e.To, e.From)
	switch {
	case on.IsZero(), from.IsZero():
		return 0
	case on.Before(from.Add(-zones)):
		return from.Sub(on)
	case on.After(to.Add(zones)):
		return on.Sub(to)
	}
	return 0
}

// said is the first of two days that is told.
func said(a, b time.Time) time.Time {
	if a.IsZero() {
		return b
	}
	return a
}

// folded is the form under which two spellings of a name are equal: its letters
// and digits, or all of it where it has none.
func folded(name string) string {
	name = strings.ToLower(name)
	kept := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) {
			return r
		}
		return -1
	}, name)
	return cmp.Or(kept, strings.TrimSpace(name))
}

type eventEntry struct {
	Name      title   `yaml:"name" doc:"The event's name."`
	Aliases   []title `yaml:"aliases,omitempty" doc:"Other names that people use for it."`
	From      day     `yaml:"from,omitempty" doc:"The first day."`
	To        day     `yaml:"to,omitempty" doc:"The last day."`
	Place     title   `yaml:"place,omitempty" doc:"Where it takes place."`
	Producer  title   `yaml:"producer,omitempty" doc:"Who puts the event on."`
	Committee key     `yaml:"committee,omitempty" doc:"The committee of this directory that takes its reports. Default: as the jurisdiction says of its producer."`
}

func (e eventEntry) event(j Jurisdiction) Event {
	out := Event{
		Name: string(e.Name), From: e.From.Time, To: e.To.Time, Place: string(e.Place),
		Producer: string(e.Producer), Committee: string(e.Committee), Aliases: as[string](e.Aliases),
	}
	if out.Committee == "" {
		desk, _ := j.Desk(out.Producer)
		out.Committee = cmp.Or(desk.Committee, j.OtherEvents)
	}
	return out
}

// apart reports whether two entries of one name are two editions, or two
// producers' claims to one event.
func (e eventEntry) apart(o eventEntry) bool {
	if e.Producer != "" && o.Producer != "" && folded(string(e.Producer)) != folded(string(o.Producer)) {
		return true
	}
	if e.From.IsZero() || e.To.IsZero() || o.From.IsZero() || o.To.IsZero() {
		return false
	}
	return e.To.Before(o.From.Time) || o.To.Before(e.From.Time)
}

func (f directoryFile) checkEvents(r *reader) {
	named := map[string][]int{} // entries by each of their names
	claim := func(i int, path string, name title) {
		fold := folded(string(name))
		if name == "" {
			return
		}
		for _, before := range named[fold] {
			if before == i || !f.Events[before].apart(f.Events[i]) {
				r.say(path, fmt.Sprintf("%s is already a name of %s", quoted(string(name)), called(entry("events", before))), "")
				return
			}
		}
		named[fold] = append(named[fold], i)
	}
	for i, e := range f.Events {
		path := entry("events", i)
		claim(i, child(path, "name"), e.Name)
		for j, a := range e.Aliases {
			claim(i, entry(child(path, "aliases"), j), a)
		}
		if !e.From.IsZero() && !e.To.IsZero() && e.To.Before(e.From.Time) {
			r.say(child(path, "to"), "`to` is before `from`", "")
		}
		f.checkKnown(r, child(path, "committee"), e.Committee)
		if e.Committee == "" && !r.given(child(path, "committee")) && !f.takesEvents(e.Producer) {
			r.say(child(path, "committee"), "`committee` is missing, and neither `jurisdiction` nor `fallback` says who takes such an event", "")
		}
	}
}

// takesEvents reports whether anybody takes the events of a producer.
func (f directoryFile) takesEvents(producer title) bool {
	p := f.Jurisdiction
	return cmp.Or(p.OtherEvents, p.Central, f.Fallback) != "" || slices.ContainsFunc(p.Desks, func(e deskEntry) bool {
		return producer != "" && folded(string(e.Producer)) == folded(string(producer))
	})
}
