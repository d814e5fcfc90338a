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
	"readers.not":       "Whoever you name below by their account as having done this, as harmed, or as somebody who must not see it, cannot read it, even if they serve on a committee. Neither can somebody whose part you leave at “I am not sure”, or whose account stands in your own words. If that makes it necessary, another committee takes your report.",

	"next.title":    "What happens next",
	"next.receipt":  "You get a receipt at once. It is the key to a page that shows how your report stands.",
	"next.promised": "The committee has promised that a person takes it up within %v.",
	"next.promise":  "A person of the committee takes it up.",
	"next.reach":    "You do not have to give your name. If a person may write to you, say below how to reach you.",

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
	"progress.said":      "What the committee has written to you",
	"progress.told":      "A message",
	"progress.asked":     "A question",
	"progress.answer":    "You cannot answer on this page yet. Write what you want to say into the form, and say there that you have reported before.",
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
	"ask.text":  "A report finds its way to the people who care for conduct there. Nothing is saved on this page.",
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
	"error.repo":      "We do not know a project of that name, and it does not look like a repository on GitHub: that has the form owner/name. Or choose “I do not know”, and write the name into the form.",
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

	"form.place":    "About a chat, a meeting, an event, or anything else that is in no repository",
	"readers.place": "That depends on what you choose below: the project, the event, the place. “Who would read this now”, further down, shows it before you send anything. Where nothing else fits:",
	"readers.write": "Please do not write about it where everybody can read it, such as in an issue.",

	"instead.one": "You can also turn to one of them alone: their names above lead to their pages on GitHub, where many say how to reach them.",

	"error.summary": "In this field:",
	"error.keepout": "These are more than we can take, or one is too long. Please name the most important here, each on a line, and write the others above under “What happened?”.",
	"error.space":   "Please choose one of these.",

	"keepout.label": "Who must not see this? (optional)",
	"keepout.hint":  "One on each line. An account, such as @name, cannot read your report then, even if it serves on a committee; and we do not say that this person did anything. If too few are left to read it, another committee takes it. A name without an account cannot be matched to anybody: the committee reads it as your wish.",

	"details.more":  "When and where exactly, and links (optional)",
	"ongoing.label": "Is it still going on?",
	"ongoing.":      "I am not sure, or would rather not say",
	"ongoing.yes":   "Yes",
	"ongoing.no":    "No, as far as I know",

	"event.more": "If it was at an event: which one (optional)",

	"safety.more":       "Your safety, and what you are afraid of (optional)",
	"safe.label":        "Are you, and is everybody else, safe?",
	"safe.":             "I am not sure, or would rather not say",
	"safe.yes":          "Yes",
	"safe.no":           "No, or I am worried about it",
	"safety.label":      "What would make it safer?",
	"safety.hint":       "For example not to be in one meeting with somebody, or that nobody is told yet.",
	"retaliation.label": "I am afraid of what may follow because I report this",
	"retaliation.hint":  "The committee sees this at once, and has to keep it in mind with every step.",

	"you.more":        "How to reach you, and who may know of you (optional)",
	"you.hint":        "You need to give nothing here. Your receipt is enough to follow your report, and to hear from the committee.",
	"reach.label":     "An address at which a person may write to you",
	"reach.hint":      "Such as mail or a chat. Only those see it who may read your report, so that one of them can write to you. This software sends no mail itself.",
	"identity.label":  "If the committee learns who you are: may others be told?",
	"identity.":       "I have not decided; then nobody else is told",
	"identity.no":     "No",
	"identity.ask":    "Only after asking me",
	"identity.yes":    "Yes, where it is needed",
	"elsewhere.label": "Have you reported it anywhere else?",
	"elsewhere.hint":  "For example to an event, to an employer, to the police. Whoever you name here by account cannot read your report.",

	"now.title":     "Who would read this now",
	"now.hint":      "By the place, the projects and the people that you have named so far. Nothing is saved when you ask.",
	"now.live":      "With scripts switched on, this changes by itself while you fill in those fields. They are sent to us for it, without your account of what happened, and not kept.",
	"now.button":    "Show who would read this now",
	"now.goes":      "It would go to the %v.",
	"now.members":   "They would read it:",
	"now.out":       "They would not see it, because you have named them:",
	"now.next":      "Where it cannot be kept from them there, the next committee takes it: the %v.",
	"now.kept":      "Where it cannot be kept from them there, it stays sealed here, and the people who run this service see to it.",
	"now.moves":     "Too few of that committee would be left, so the next one would take it: the %v.",
	"now.stays":     "Too few of that committee would be left. Your report would stay sealed here, and the people who run this service would see to it.",
	"now.protected": "The names of those who serve there are not shown here. People you name who serve there will not see it; if needed, another committee takes it.",
	"now.left":      "The %v may not keep a report of this kind.",
	"now.joint":     "The %v is told that there is a report, and deals with it together with them.",
	"now.told":      "The %v is told in short what it is about and who is said to have done it, but not who you are.",
	"now.nobody":    "No committee is set up to take it. It would stay sealed here, and the people who run this service would see to it.",
	"now.unseen":    "We cannot see the repository that this form is about, so a committee of its own is not shown here.",
	"now.unknown":   "This cannot be shown at the moment. What stands at the top of this page holds all the same.",

	"project.label": "Which project is it about? (optional)",
	"project.hint":  "Its name, or its repository on GitHub. Leave it empty if it is about none, or you do not know.",

	"asked.label":      "Where did it happen?",
	"asked.repository": "In a project on GitHub: issues, reviews, code",
	"asked.chat":       "In a chat, a call or a meeting",
	"asked.event":      "At a conference, a meetup or another event",
	"asked.elsewhere":  "Somewhere else, outside of any project",
	"asked.unsure":     "I do not know",
	"asked.project":    "Which project or repository?",
	"asked.hint":       "The name of the project, or of a repository as owner/name, or its address. Leave it empty if there is none, or you do not know it.",

	"others.title": "The settings of this project have changed",
	"others.text":  "While the form was open, the public settings of this project changed. Reports about it now go to the %v first, and so does yours, by the same rules that the form told you.",
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
