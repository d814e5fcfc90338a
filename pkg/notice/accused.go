package notice

import (
	"slices"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/ballot"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// accusedSide is whether the accused know and were heard. Of one it says when; of
// several it counts, because whoever was not told matters and not who was.
func accusedSide(c coc.Case, now time.Time) []string {
	all := ballot.AccusedOf(c)
	if len(all) == 0 {
		return nil
	}
	line := sideOf(all[0])
	if len(all) > 1 {
		line = sidesOf(all)
	}
	out := "- **Accused**: " + line + invited(c, now)
	for _, a := range all {
		if a.Waits() && !decided(c.Stage) {
			return []string{out + "; before a decision: `/coc accused notified`, or `/coc accused deferred REASON`\n"}
		}
	}
	if c.Stage == coc.StageResolved && slices.ContainsFunc(all, ballot.Accused.Told) {
		out += "; whoever was told of the report is told the outcome, too: `/coc template accused-outcome`"
	}
	return []string{out + "\n"}
}

// sideOf is where one person stands.
func sideOf(a ballot.Accused) string {
	var said string
	switch {
	case a.Notified.Step != "":
		said = "notified on " + date(a.Notified.At)
	case a.Heard.Step != "":
		return "account given on " + date(a.Heard.At)
	case a.Deferred.Step != "":
		return "not notified yet, for a reason that was written down on " + date(a.Deferred.At)
	default:
		return "not notified yet"
	}
	if a.Heard.Step != "" {
		return said + ", account given on " + date(a.Heard.At)
	}
	return said + ", account not given yet"
}

// sidesOf counts several.
func sidesOf(all []ballot.Accused) string {
	told, heard, deferred, waits := 0, 0, 0, 0
	var untold []coc.Login
	for _, a := range all {
		if a.Heard.Step != "" {
			heard++
		}
		switch {
		case a.Told():
			told++
		case a.Waits():
			waits++
			if a.Party.Login != "" {
				untold = append(untold, a.Party.Login)
			}
		default:
			deferred++
		}
	}
	parts := []string{"of " + count(len(all), "person", "people")}
	add := func(n int, what string) {
		if n > 0 {
			parts = append(parts, count(n, what, what))
		}
	}
	add(told, "notified")
	add(heard, "gave an account")
	add(deferred, "not notified yet, for a reason that was written down")
	if waits > 0 {
		who := ""
		if len(untold) > 0 {
			who = " (" + logins(untold, 60) + ")"
		}
		parts = append(parts, count(waits, "not notified yet", "not notified yet")+who)
	}
	return strings.Join(parts, ", ")
}

// date is a day in UTC.
func date(t time.Time) string { return t.UTC().Format("2 January 2006") }

// Hearings answers where each of the accused stands.
func Hearings(c coc.Case) Private {
	var b strings.Builder
	size := 0
	for i, a := range ballot.AccusedOf(c) {
		line := "- " + who(a.Party) + ": " + sideOf(a) + "\n"
		if size += len(line); size > maxNamed {
			b.WriteString("- and " + count(len(ballot.AccusedOf(c))-i, "more", "more") + "\n")
			break
		}
		b.WriteString(line)
	}
	return private("**The accused**\n\n" + b.String() +
		"\nWhen they were told, write `/coc accused notified`; if it must wait, `/coc accused deferred REASON`; and what they say, `/coc accused heard TEXT`. `/coc accused link TEXT` makes an address at which they answer once. With `@login` before the words it is about one of several.\n")
}
