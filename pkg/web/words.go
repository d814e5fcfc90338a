package web

import (
	"fmt"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// english is every word on the pages. A further language is another map with
// the same keys. A "%v" stands for a value; the templates escape it.
var english = map[string]string{
	"form.title":   "Report something in confidence",
	"form.about":   "About %v",
	"form.private": "Nothing you write here is public. This page sets no cookies and does not record your address.",

	"danger.title": "Is somebody in danger now?",
	"danger.text":  "Call your local emergency services first. Nobody reads this form around the clock.",
	"danger.label": "Somebody may be in danger now",
	"danger.hint":  "Please call your local emergency services before you send this. The committee then sees at once that it is urgent.",

	"readers.title":     "Who will read this",
	"readers.unknown":   "We cannot see this repository: it may be private, or its name mistyped. If the name above is right, go on. If the project has a committee of its own, that one reads your report; otherwise:",
	"readers.nobody":    "A Code of Conduct committee.",
	"readers.committee": "The %v.",
	"readers.named":     "The %v:",
	"readers.one":       "The %v: one person, whose name is not shown here.",
	"readers.sized":     "The %v: %v people, whose names are not shown here.",
	"readers.other":     "What you say below of where it happened, of other projects or of the law can bring your report to another committee instead, such as that of an event or of the foundation.",
	"readers.not":       "Whoever you name below by their account as having done this, or as harmed, cannot read it, even if they serve on a committee. Neither can a person whose part you leave at “I am not sure”. If that makes it necessary, another committee takes your report.",

	"next.title":    "What happens next",
	"next.receipt":  "You get a receipt at once. It is the key to a page that shows how your report stands.",
	"next.promised": "The committee has promised that a person takes it up within %v.",
	"next.promise":  "A person of the committee takes it up.",
	"next.reach":    "You do not have to give your name. If the committee may ask you something, write how to reach you.",

	"instead.title":   "If you would rather not use this form",
	"instead.contact": "Write to the %v: ",
	"instead.next":    "Or to the next committee up, the %v",
	"instead.at":      ": ",

	"fields.title":  "Your report",
	"fields.needed": "Only the first field is needed. Write in any language, as much or as little as you like.",

	"account.label": "What happened?",
	"account.hint":  "In your own words. It does not have to be complete or in order.",
	"where.label":   "Where exactly? (optional)",
	"where.hint":    "For example an issue, a channel, a room.",
	"when.label":    "When? (optional)",
	"when.hint":     "A date, or “since last spring”, or “still going on”.",
	"links.label":   "Links (optional)",
	"links.hint":    "One on each line, to what can still be seen.",

	"space.label":      "Where did it happen? (optional)",
	"space.hint":       "It can decide which committee reads your report.",
	"space.":           "I am not sure, or would rather not say",
	"space.repository": "In the repositories of this project",
	"space.chat":       "In a chat, a call or a meeting of this project",
	"space.own-event":  "At an event of this project alone, such as its own meetup",
	"space.event":      "At a conference or another event",
	"space.elsewhere":  "Somewhere else, outside of any project",

	"event.label": "Which event? (optional)",
	"event.hint":  "Its name as you know it. It need not be one that is suggested.",
	"day.label":   "On which day?",
	"day.hint":    "By your own calendar, as year-month-day if you type it.",

	"stake.more":    "Other projects, the police or the law (optional)",
	"stake.hint":    "Leave out whatever you do not know.",
	"here.label":    "It concerns %v as well, though it happened at an event or somewhere else",
	"touches.label": "Which other projects does it concern?",
	"touches.hint":  "One on each line, as owner/name or its address on GitHub. Up to five are looked up; whatever else you write is read by people.",
	"law.label":     "Is any of this so?",

	"risk.injury":               "Somebody was hurt in body or health",
	"risk.threatened-suit":      "Somebody threatens to go to court",
	"risk.authorities":          "It was reported to the police or another authority",
	"risk.attorney":             "Somebody has a lawyer in this",
	"risk.cause-of-action":      "Somebody could go to court over it",
	"risk.suspected-illegality": "What was done may be against the law",

	"people.label":   "Who is involved? (optional)",
	"people.hint":    "Give the account name if you know it, such as @name: that is how we see to it that this person cannot read your report. A name alone cannot be matched to an account: whoever is named only by it is not kept out.",
	"people.who":     "Person %v: account or name",
	"people.role":    "Their part",
	"people.more":    "Name more people",
	"role.unset":     "I am not sure",
	"role.accused":   "did this",
	"role.harmed":    "was harmed",
	"role.witness":   "saw or heard it",
	"send":           "Send the report",
	"send.hint":      "Nothing is saved before you press this button.",
	"said.label":     "What you told us beside your own words",
	"said.danger":    "Somebody may be in danger now",
	"said.yes":       "Yes",
	"said.where":     "Where it happened",
	"said.event":     "The event",
	"said.known":     "It is known here as %v.",
	"said.unknown":   "No event of that name is known here. What you wrote is in the report, and people read it.",
	"said.words":     "What you wrote of them is in the report.",
	"said.day":       "The day",
	"said.here":      "It concerns this project as well",
	"said.touches":   "Other projects that it concerns",
	"said.law":       "Of the law",
	"direct.title":   "You can also turn to people there directly",
	"direct.text":    "Where what you told us belongs to people who do not work here, this is how to reach them. Your report is kept and read here in any event. We cannot say whether they take it up.",
	"receipt.title":  "Your report is saved",
	"receipt.label":  "Your receipt",
	"receipt.keep":   "Write it down or print this page now. It is not shown again, and nobody can look it up for you.",
	"receipt.saved":  "I have saved it: show how my report stands",
	"receipt.next":   "What happens next",
	"receipt.way":    "Your report is on its way to a committee. In a few minutes your receipt shows how it stands.",
	"receipt.leave":  "You can close this page now. If you use a computer with others, close the browser too.",
	"lookup.title":   "How does my report stand?",
	"lookup.label":   "Your receipt",
	"lookup.hint":    "The letters and digits you were given. Upper or lower case, spaces and dashes do not matter.",
	"lookup.send":    "Show how it stands",
	"lookup.unknown": "Nothing can be shown for this receipt. Please look whether every letter and digit is right.",
	"lookup.often":   "Too many receipts were tried just now. Please wait a minute and try again.",

	"progress.title":     "Your report",
	"progress.taken-in":  "It is saved, and it is on its way to a committee. This usually takes a few minutes.",
	"progress.sealed":    "It is saved, but no committee can be given it through this service at present. The people who run the service know that this happened. It is tried again by itself.",
	"progress.ask":       "You can turn to a person directly: ",
	"progress.stage":     "How it stands",
	"progress.filed":     "Sent",
	"progress.changed":   "Last change",
	"progress.passed":    "Passed on",
	"progress.elsewhere": "On %v the committee gave it to another one, which has it now.",
	"progress.belongs":   "You used the foundation’s form, and by what you told us then it concerns one project alone. Such reports belong to the committee of that project, the %v. Where it cannot take one, the next committee up does.",
	"progress.late":      "On %v another committee got it, because the one before had not acted in time.",
	"progress.said":      "What was written",
	"progress.again":     "Look at another receipt",

	"stage.received":      "The committee has it. Nobody has answered yet.",
	"stage.acknowledged":  "A person of the committee has taken it up.",
	"stage.screening":     "The committee is settling who should deal with it and how urgent it is.",
	"stage.investigating": "The committee is finding out what happened.",
	"stage.mediation":     "The people concerned have agreed to talk with one another, with help. A decision waits until then.",
	"stage.deciding":      "The committee is deciding.",
	"stage.resolved":      "The committee has decided and is now doing what follows from it.",
	"stage.follow-up":     "What was decided is being carried out and checked.",
	"stage.closed":        "The case is closed.",
	"stage.transferred":   "It was passed to another committee, which takes it up.",
	"stage.appealed":      "Other people are looking at the decision again.",
	"stage.reopened":      "The committee has taken it up again.",

	"ask.title": "Report something in confidence",
	"ask.text":  "Which project is it about? A report finds its way to the people who care for conduct there.",
	"ask.label": "Repository on GitHub",
	"ask.hint":  "As owner/name, or its address. If you are not sure, take the one that comes closest.",
	"ask.send":  "Go on to the form",
	"ask.check": "I have a receipt and want to see how my report stands",

	"error.title":     "Please look at this again",
	"error.kept":      "Nothing is saved yet. What you wrote is still below.",
	"error.account":   "Please write what happened; a sentence is enough.",
	"error.long":      "This is longer than we can take in one report. Please shorten it, or send the rest as a second report.",
	"error.field":     "This is too long. Please shorten it, or write it above under “What happened?”.",
	"error.links":     "These are more links than we can take, or one is too long. Please write the rest above under “What happened?”.",
	"error.total":     "Together this is more than we can take in one report. Please shorten it, or send the rest as a second report.",
	"error.token":     "This page was open for too long, or was changed on its way. Please press the button once more.",
	"error.repo":      "This does not look like a repository on GitHub. It has the form owner/name.",
	"error.notsaved":  "Your report could not be saved",
	"error.tryagain":  "This is our fault, not yours. Nothing was saved. What you wrote is still below: please press the button again in a minute, or copy it and write to a person instead.",
	"error.maybe":     "Your report may not have been saved",
	"error.unsure":    "This is our fault, not yours. We cannot see whether it was saved, so please do not rely on it. What you wrote is still below: please press the button again in a minute, and it will be one report all the same. Or copy it and write to a person instead.",
	"error.reference": "If you ask somebody for help, give them this number: %v",

	"toolarge.title": "This is too large",
	"toolarge.text":  "Nothing was saved. Please go back in your browser, where what you wrote should still be, and shorten it, or send it in two reports.",
	"broken.title":   "This could not be read",
	"broken.text":    "Nothing was saved. Please go back in your browser, where what you wrote should still be, and send it again.",
	"foreign.title":  "This did not come from our page",
	"foreign.text":   "Nothing was saved. Please open the form here and send it from there.",
	"missing.title":  "There is no such page",
	"missing.text":   "The address may be mistyped.",
	"failed.title":   "This does not work at the moment",
	"failed.text":    "It is our fault, not yours. Please try again in a minute.",
	"start":          "Go to the form",

	"receipt.copy":   "Copy it",
	"receipt.copied": "It is copied",
	"receipt.print":  "Print this page",
	"receipt.aloud":  "Read it out, for example over a telephone",
	"receipt.signs":  "There is no letter I, L, O or U in it. What looks like O is a zero, and what looks like I is a one.",

	"lookup.lost":      "I have lost my receipt",
	"lookup.lost-text": "Nobody can give it back. We keep only a trace of it, from which it cannot be found again, and no name to look you up by. That is what keeps others from finding you.",
	"lookup.lost-next": "Your report is not lost: the committee has it and goes on. If you want to hear from it or to say more, send another report and write in it that you have reported before. You can also write to the committee; the form shows how.",

	"progress.urgent":    "Said to be urgent",
	"progress.withdrawn": "Withdrawn",
	"progress.kept":      "%v. Nothing was deleted, and the committee may still have to act.",
	"progress.nothing":   "How your report stands cannot be shown at the moment. It is our fault, not yours.",

	"wrote.update":    "A message from the committee",
	"wrote.question":  "A question from the committee",
	"wrote.answer":    "You wrote",
	"wrote.urgent":    "You said that it is urgent",
	"wrote.withdrawn": "You withdrew your report",

	"saved.title":     "It is saved",
	"saved.answer":    "Whoever has your report reads it. When they answer, you see it on this page.",
	"saved.urgent":    "Whoever has your report sees that it has become urgent, and is asked to answer you here within one business day.",
	"saved.withdrawn": "Whoever has your report is told that you withdraw it. Nothing was deleted, and they may still have to act. They are asked to tell you here what they do.",

	"silence.title": "You should have heard from the committee",
	"silence.text":  "By what the committee promises in public, a word was due to you by %v, and there is none here. That is not your fault. You can turn to a person:",

	"answer.title":  "Write to the committee",
	"answer.label":  "Your words",
	"answer.hint":   "An answer, or anything that you want to add. In any language.",
	"answer.closed": "The case is closed. What you write is kept and read all the same, and the committee decides whether it takes the case up again.",
	"answer.send":   "Send it",
	"answer.about":  "Everybody who has your report reads this. If it is about one of them, do not write it here: send another report and name them there by their account, so that they cannot read it.",

	"urgent.title": "This has become urgent",
	"urgent.text":  "The committee sees at once that it is urgent, and is asked to answer you on this page within one business day.",
	"urgent.label": "What has changed? (optional)",
	"urgent.send":  "Tell them that it is urgent",

	"withdraw.title": "I want to withdraw my report",
	"withdraw.text":  "The committee is told, and is asked to tell you on this page what it does. Nothing is deleted: what you wrote stays with it, and it may still have to act, for example to protect others. If you change your mind, write it above.",
	"withdraw.label": "Why? (optional)",
	"withdraw.send":  "Withdraw my report",

	"error.answer":          "Please write something before you send it.",
	"error.answer-long":     "This is longer than we can take at one time. Please shorten it, or send it in parts.",
	"error.answer-full":     "This page has taken in as much as it can. Nothing that you sent is lost, but please write to the committee in another way now, or send another report.",
	"error.answer-notsaved": "What you wrote could not be saved",
	"error.answer-again":    "This is our fault, not yours. Nothing was saved. What you wrote is still below: please press the button again in a minute.",
	"error.answer-maybe":    "What you wrote may not have been saved",
	"error.answer-unsure":   "This is our fault, not yours. We cannot see whether it was saved, so please do not rely on it. What you wrote is still below: please press the button again in a minute, and it will arrive once all the same.",
}

// say gives the words for a key, with values put in. A key that does not exist
// is our own mistake, which a test finds.
func say(key string, values ...any) (string, error) {
	text, ok := english[key]
	if !ok {
		return "", fmt.Errorf("no words for %q", key)
	}
	if len(values) == 0 {
		return text, nil
	}
	return fmt.Sprintf(text, values...), nil
}

// units says what a Span counts, for one and for more.
var units = map[coc.Unit][2]string{
	coc.Hours:        {"%d hour", "%d hours"},
	coc.Days:         {"%d day", "%d days"},
	coc.BusinessDays: {"%d business day", "%d business days"},
	coc.Weeks:        {"%d week", "%d weeks"},
	coc.Months:       {"%d month", "%d months"},
}

// span says a length of time; "" where nothing was promised.
func span(s coc.Span) string {
	forms, ok := units[s.Unit]
	switch {
	case !ok || s.IsZero():
		return ""
	case s.N == 1:
		return fmt.Sprintf(forms[0], s.N)
	}
	return fmt.Sprintf(forms[1], s.N)
}
