package stage

import (
	"strings"
	"time"
	_ "time/tzdata" // a committee's zone must not depend on the machine

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/ar"
	"github.com/rickar/cal/v2/at"
	"github.com/rickar/cal/v2/be"
	"github.com/rickar/cal/v2/bg"
	"github.com/rickar/cal/v2/br"
	"github.com/rickar/cal/v2/ca"
	"github.com/rickar/cal/v2/ch"
	"github.com/rickar/cal/v2/cz"
	"github.com/rickar/cal/v2/de"
	"github.com/rickar/cal/v2/dk"
	"github.com/rickar/cal/v2/es"
	"github.com/rickar/cal/v2/fr"
	"github.com/rickar/cal/v2/gb"
	"github.com/rickar/cal/v2/gr"
	"github.com/rickar/cal/v2/hr"
	"github.com/rickar/cal/v2/ie"
	"github.com/rickar/cal/v2/it"
	"github.com/rickar/cal/v2/jp"
	"github.com/rickar/cal/v2/lt"
	"github.com/rickar/cal/v2/lv"
	"github.com/rickar/cal/v2/mw"
	"github.com/rickar/cal/v2/nl"
	"github.com/rickar/cal/v2/no"
	"github.com/rickar/cal/v2/nz"
	"github.com/rickar/cal/v2/pl"
	"github.com/rickar/cal/v2/ro"
	"github.com/rickar/cal/v2/ru"
	"github.com/rickar/cal/v2/se"
	"github.com/rickar/cal/v2/si"
	"github.com/rickar/cal/v2/sk"
	"github.com/rickar/cal/v2/ua"
	"github.com/rickar/cal/v2/us"
	"github.com/rickar/cal/v2/za"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// holidays are the public holidays of a country, by its code. Whatever policy
// lets a committee name must be here.
var holidays = map[string][]*cal.Holiday{
	"AR": ar.Holidays,
	"AT": at.Holidays,
	"BE": be.Holidays,
	"BG": bg.Holidays,
	"BR": br.Holidays,
	"CA": ca.Holidays,
	"CH": ch.Holidays,
	"CZ": cz.Holidays,
	"DE": de.Holidays,
	"DK": dk.Holidays,
	"ES": es.Holidays,
	"FR": fr.Holidays,
	"GB": gb.Holidays,
	"GR": gr.Holidays,
	"HR": hr.Holidays,
	"IE": ie.Holidays,
	"IT": it.Holidays,
	"JP": jp.Holidays,
	"LT": lt.Holidays,
	"LV": lv.Holidays,
	"MW": mw.Holidays,
	"NL": nl.Holidays,
	"NO": no.Holidays,
	"NZ": nz.Holidays,
	"PL": pl.Holidays,
	"RO": ro.Holidays,
	"RU": ru.Holidays,
	"SE": se.Holidays,
	"SI": si.Holidays,
	"SK": sk.Holidays,
	"UA": ua.Holidays,
	"US": us.Holidays,
	"ZA": za.Holidays,
}

// mostBusinessDays bounds a span that no parser would let through: counting
// them day by day must end.
const mostBusinessDays = 5000

// Add is the end of a span that starts at from, in UTC. Days, weeks and months
// are the calendar's in the committee's zone: they end at the same time of day
// by its clock, and a month that is too short ends on its last day. A business
// day is a whole day from one time of day to the same on the next weekday that
// is no holiday; started on a free day, it counts from the next midnight that
// begins a working day.
//
// A zone that is unknown is UTC, an unknown country has no holidays, and the
// zero Span, which promises nothing, gives the zero time.
func Add(span coc.Span, from time.Time, timezone, country string) time.Time {
	if span.IsZero() {
		return time.Time{}
	}
	local := from.In(zoneOf(timezone))
	switch span.Unit {
	case coc.Hours:
		return from.Add(time.Duration(min(span.N, 24*366*200)) * time.Hour).UTC()
	case coc.Weeks:
		return local.AddDate(0, 0, 7*min(span.N, 10_000)).UTC()
	case coc.Months:
		return addMonths(local, min(span.N, 2_400)).UTC()
	case coc.BusinessDays:
		return addBusinessDays(local, min(span.N, mostBusinessDays), country).UTC()
	}
	return local.AddDate(0, 0, min(span.N, 70_000)).UTC()
}

// zoneOf is a committee's time zone; UTC where it is unknown.
func zoneOf(timezone string) *time.Location {
	zone, err := time.LoadLocation(timezone)
	if err != nil || timezone == "Local" {
		return time.UTC
	}
	return zone
}

// workdays is the calendar of a country, which has weekends where it is unknown.
func workdays(country string) *cal.BusinessCalendar {
	calendar := cal.NewBusinessCalendar()
	calendar.AddHoliday(holidays[strings.ToUpper(country)]...)
	return calendar
}

func addMonths(from time.Time, n int) time.Time {
	to := from.AddDate(0, n, 0)
	if to.Day() != from.Day() {
		to = to.AddDate(0, 0, -to.Day())
	}
	return to
}

// addBusinessDays counts each day anew from the first: where summer time begins at
// midnight, one day's midnight is an hour of the day before, and the next would be too.
func addBusinessDays(from time.Time, n int, country string) time.Time {
	calendar, day := workdays(country), 0
	if !calendar.IsWorkday(from) {
		for !calendar.IsWorkday(noon(from, day)) {
			day++
		}
		from, day = midnight(from, day), 0
	}
	for n > 0 {
		day++
		if calendar.IsWorkday(noon(from, day)) {
			n--
		}
	}
	return from.AddDate(0, 0, day)
}

// noon is that of the day so many after the one of from, in its zone. No clocks are put
// forward then, so that it tells which day it is.
func noon(from time.Time, days int) time.Time {
	return time.Date(from.Year(), from.Month(), from.Day()+days, 12, 0, 0, 0, from.Location())
}

// midnight is when that day begins: where its first hour does not exist, with the
// second.
func midnight(from time.Time, days int) time.Time {
	day := noon(from, days)
	at := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, day.Location())
	if at.Day() != day.Day() {
		at = at.Add(time.Hour)
	}
	return at
}
