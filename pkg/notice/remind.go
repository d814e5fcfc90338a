package notice

import (
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// Called is who a reminder mentions, so that GitHub tells them of it. Nothing else
// that cocrouter writes mentions anybody. It is made only by Call; the zero value is
// nobody.
type Called struct{ who []coc.Login }

// Call is those of somebody who respond in a placement and are not recused in it. An
// App is nobody, and so is a name that no person can have.
func Call(p coc.Placement, s conflict.Screening, who []coc.Login) Called {
	var c Called
	for _, l := range who {
		_, err := coc.ParseLogin(string(l))
		person := err == nil && !l.IsBot() && l[0] != '@'
		recused := slices.ContainsFunc(s.Recused, func(f conflict.Finding) bool { return f.Login.Is(l) })
		if !person || recused || !coc.HasLogin(p.Responders, l) || coc.HasLogin(c.who, l) {
			continue
		}
		c.who = append(c.who, l)
	}
	return c
}

// Calling puts whom a reminder is for above it, as mentions. For nobody it is the
// reminder alone.
func Calling(to Called, text Private) Private {
	if len(to.who) == 0 || text.IsZero() {
		return text
	}
	var names []string
	for _, l := range to.who {
		names = append(names, "@"+string(l))
	}
	return private(strings.Join(names, " ") + "\n\n" + text.Markdown())
}

// lateMeans says what is late, before the time at which it was due, and what settles
// it: the first of these commands that does something in the stage.
var lateMeans = map[string]struct {
	what    string
	settles []settling
}{
	stage.DueAcknowledgeTarget: {"A first answer to the reporter was hoped for by", []settling{{"ack", "", "says that a person has it"}}},
	stage.DueAcknowledge:       {"A first answer to the reporter was due", []settling{{"ack", "", "says that a person has it"}}},
	stage.DueScreen:            {"Jurisdiction, conflicts and severity were to be settled by", []settling{{"investigate", "", "says that they are"}}},
	stage.DueUpdate:            {"The next word to the reporter was due", []settling{{"update", "", "gives it"}}},
	stage.DueDecide: {"An outcome was due", []settling{
		{"propose", "", "puts one to the vote"}, {"resolve", "", "records it"}}},
	stage.DueDeadlock:  {"A decision was due", []settling{{"resolve", "", "records one"}}},
	stage.DueMediate:   {"The mediation was to end by", []settling{{"mediate ended", "", "ends it"}}},
	stage.DueInterim:   {"An interim measure was to be confirmed or reversed by the others by", []settling{{"interim", " confirm", "confirms it, and `reverse` instead has it reversed"}}},
	stage.DueCarryOut:  {"What was decided was to be carried out by", []settling{{"remedy", " TEXT", "says what is left to do, and `close` instead that nothing is"}}},
	stage.DueRemedy:    {"A remedy was to be carried out by", []settling{{"remedy", " done N", "says that it was"}}},
	stage.DueUrgent:    {"The reporter says that it has become urgent, and an answer was due", []settling{{"update", "", "gives it"}}},
	stage.DueWithdrawn: {"The reporter withdrew the report, and an answer was due", []settling{{"update", "", "gives it"}}},
	stage.DueFollowUp:  {"A remedy was to be looked at again by", []settling{{"remedy", " checked N", "says how it is"}}},
	stage.DueClose:     {"Nothing more was to be looked at, and the case was to be closed by", []settling{{"close", "", "closes it, and `remedy TEXT` says what is left to do instead"}}},
}

// settling is a command with what follows it, and what it does about something that is
// late.
type settling struct{ verb, args, does string }

// settles is how something late is settled at a stage. Where no command does, it is
// for people to do, and the case is shown.
func settles(what string, at coc.Stage) string {
	for _, s := range lateMeans[what].settles {
		if possible(s.verb, at) {
			return codeSpan("/coc "+s.verb+s.args) + " " + s.does
		}
	}
	return codeSpan("/coc status") + " shows how the case stands"
}

// Reminder is one comment on everything that is late in a case. It says what was due
// since when, and what settles it; of the report it has nothing.
func Reminder(c coc.Case, late []coc.Due) Private {
	home := c.Home()
	if home == nil || len(late) == 0 {
		return Private{}
	}
	zone := home.Committee.Timezone
	var lines []string
	said := map[string]bool{}
	for _, d := range late {
		if said[d.What] || len(lines) == maxDue {
			continue
		}
		said[d.What] = true
		what := lateMeans[d.What].what
		if what == "" {
			what = "What was promised (" + plainly(clipped(d.What, 40)) + ") was due"
		}
		line := what + " " + at(d.At, zone)
		if i := slices.IndexFunc(c.Due, func(d coc.Due) bool { return d.What == stage.DueAcknowledge }); d.What == stage.DueAcknowledgeTarget && i >= 0 {
			line += ", and is due " + at(c.Due[i].At, zone)
		}
		lines = append(lines, line+". "+settles(d.What, c.Stage)+".\n")
	}
	if len(lines) > 1 {
		for i := range lines {
			lines[i] = "- " + lines[i]
		}
	}
	text := strings.Join(lines, "")
	switch {
	case !c.Clock.Asked.IsZero() && said[stage.DueAcknowledge]:
		text += "\n" + stepIn(c)
	case !c.Clock.Tried.IsZero() && said[stage.DueDeadlock]:
		text += "\n" + nobodyAbove
	}
	return private(text)
}

const nobodyAbove = "Nobody further up can take the case.\n"

// stepIn asks the alternates, and says what comes next.
func stepIn(c coc.Case) string {
	home := c.Home()
	out := "Nobody has answered. Whoever reads this can."
	for _, m := range home.Committee.Members {
		if m.Role == coc.MemberAlternate && coc.HasLogin(home.Responders, m.Login) {
			out = "Nobody has answered, so the alternates are asked to step in. Whoever reads this can answer."
			break
		}
	}
	if c.Clock.Tried.Before(c.Clock.Asked) {
		return out + " If nobody does by " + at(stage.GivesUp(home.Committee, c.Clock.Asked), home.Committee.Timezone) + ", the next committee up is given the case.\n"
	}
	return out + " " + nobodyAbove
}
