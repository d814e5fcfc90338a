package notice

import (
	"slices"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// Invited answers with the address that was made for somebody who is accused.
func Invited(c coc.Case, inv coc.Invitation, address string, replaces bool) Private {
	text := "**An address at which " + invitee(inv) + " can answer**\n\n" + codeSpan(address) + "\n\n" +
		"Send it to them yourself, in a way that only they read: cocrouter sends nothing, and whoever has the address can answer as them. " +
		"It is good for one answer, until " + at(inv.Until, zoneOf(c)) + "; to open it uses nothing up. "
	if inv.Text.IsBlank() {
		text += "They read your committee's name there, and no words of yours. "
	} else {
		text += "They read your committee's name there, and what you wrote behind the command. "
	}
	text += "They see nothing of the report or the evidence, and nobody else who is named."
	if replaces {
		text += " The address before is not good any more."
	}
	return private(text + "\n\nWhat they answer comes here. When they have the address, write " + codeSpan("/coc accused notified") + ". " +
		codeSpan("/coc accused link") + " makes another address and ends this one; it also ends when the case is closed or goes to another committee.")
}

// Answered is what somebody who is accused has answered. It may be too long for one
// comment; see Comments.
func Answered(c coc.Case, inv coc.Invitation) Private {
	text := "**An answer for " + invitee(inv) + "** (" + at(inv.Answered, zoneOf(c)) + ")\n\n" +
		"It came through the address of " + day(inv.At, zoneOf(c)) + ", which is used up. Whoever had that address could write it.\n\n" +
		strings.Join(field(accusedWords, inv.Answer), "")
	if stage.Closed(c.Stage) {
		return private(text + "This case is closed, and nothing opens it by itself. " + codeSpan("/coc reopen REASON") + " takes it up again.")
	}
	return private(text + "The record has it as their account. The reporter is not shown it.")
}

const accusedWords = "In the words of whoever is accused"

// invitee is whom an address is for.
func invitee(inv coc.Invitation) string {
	if len(inv.Of) == 0 {
		return "somebody who is accused"
	}
	return who(inv.Of[0])
}

func zoneOf(c coc.Case) string {
	if home := c.Home(); home != nil {
		return home.Committee.Timezone
	}
	return ""
}

// invited says how many addresses are good now, and until when; "": none is.
func invited(c coc.Case, now time.Time) string {
	open, last := 0, time.Time{}
	for i, inv := range c.Invitations {
		if stage.Answerable(c, i+1, now) {
			if open++; inv.Until.After(last) {
				last = inv.Until
			}
		}
	}
	switch open {
	case 0:
		return ""
	case 1:
		return "; they can answer at an address until " + date(last)
	}
	return "; " + count(open, "address", "addresses") + " to answer at, good until " + date(last) + " at the latest"
}

// accounts is what the accused answered that no comment in this placement's issue says,
// each with what it answers, as lines that each stand for themselves.
func accounts(c coc.Case, placement int) []string {
	var lines []string
	for _, inv := range c.Invitations {
		said := func(e coc.Effect) bool { return e.Revision == inv.Came && e.Placement == placement }
		if inv.Answered.IsZero() || slices.ContainsFunc(c.Effects, said) {
			continue
		}
		lines = append(lines, "\n", "**An answer for "+invitee(inv)+"**: "+at(inv.Answered, "")+"\n", "\n")
		lines = append(lines, field("What they were asked, in the words of a member", inv.Text)...)
		lines = append(lines, field(accusedWords, inv.Answer)...)
	}
	return lines
}
