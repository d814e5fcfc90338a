package route

import (
	"slices"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Rule is one row of the table that every step of a trace names.
type Rule struct {
	Key string
	Row string // the jurisdiction row of DOMAIN.md that it carries out, "" for none
	// Clause says it in plain words, in lower case and without a full stop.
	// {committee}, {place} and {detail} stand for what the Reason has.
	Clause string
	// Alarm: an operator or a maintainer must mend something. Such a rule
	// speaks of rooms and files and never of a party.
	Alarm bool
	// Next is what mends it, a sentence without its full stop; every Alarm has
	// one.
	Next string
	// Private: it rests on parties, or on the facts of a private repository,
	// and so is said to nobody but the committee and the operators.
	Private bool
}

var rules = []Rule{
	{Key: "lookup/found", Clause: "{place} points to {committee}"},
	{Key: "lookup/missing", Clause: "{place} does not exist"},
	{Key: "lookup/invalid", Clause: "{place} has a mistake ({detail}) and was not used", Alarm: true, Next: "Correct the file: `cocrouter lint` says where and how"},
	{Key: "lookup/not-a-file", Clause: "{place} is not a plain file and was not used", Alarm: true, Next: "Put a plain file there"},
	{Key: "lookup/too-large", Clause: "{place} is larger than 64 KiB and was not used", Alarm: true, Next: "Shorten the file"},
	{Key: "lookup/inaccessible", Clause: "{place} could not be seen", Alarm: true, Next: "Install the source App there"},
	{Key: "lookup/denied", Clause: "{place} may not be read with the permissions that were given", Alarm: true, Next: "Accept the permissions that the source App asks for"},
	{Key: "lookup/unreadable", Clause: "{place} could not be read for now", Alarm: true, Next: "It is read again with the next report; look at GitHub's status if it stays so"},
	{Key: "lookup/unknown-committee", Clause: "{place} names a committee that the committee directory does not have", Alarm: true, Next: "Correct the name, or add the committee to the directory"},
	{Key: "lookup/refused-source", Clause: "{place} wants cases in the very repository that they are about, and was not used", Alarm: true, Next: "Name another, private repository in the file"},
	{Key: "lookup/refused-owner", Clause: "{place} names a committee of another owner that has not accepted this source", Alarm: true, Next: "The committee can accept the source in its own file", Private: true},
	{Key: "lookup/unheard-owner", Clause: "{place} names a committee of another owner that could not be asked whether it accepts this source: its own file cannot be read, or the rooms App is not installed there", Alarm: true, Next: "See to it that the rooms App is installed there and the committee's own file has no mistake", Private: true},
	{Key: "lookup/fork", Clause: "{place} came along with a fork, and the committee it names has not accepted the fork", Private: true},
	{Key: "lookup/directory", Clause: "the committee directory gives this source to {committee}"},
	{Key: "lookup/unknown-source", Clause: "the source is not known to us, so no file of it was looked for"},
	{Key: "lookup/none", Row: "6", Clause: "the source has no committee of its own"},

	{Key: "danger", Row: "0", Clause: "somebody may be in danger: emergency services come first, and any one member may act until the committee confirms or reverses it", Private: true},
	{Key: "event/desk", Row: "1", Clause: "it happened at an event of a producer who has a desk ({detail}): {committee} takes those", Private: true},
	{Key: "event/joint", Row: "1", Clause: "{committee} handles it jointly", Private: true},
	{Key: "event/others", Row: "2", Clause: "it happened at an event of somebody who has no desk: {committee} takes those", Private: true},
	{Key: "event/inside", Row: "2", Clause: "it happened at an event wholly inside of one project, which has {committee}", Private: true},
	{Key: "event/claimed", Clause: "several producers claim the event, so that those who take theirs handle it jointly", Private: true},
	{Key: "event/other-day", Clause: "the event is known, though not on the day that was told: the nearest counts", Private: true},
	{Key: "event/unknown", Clause: "it happened at an event that the committee directory does not have, so that nothing follows from the event", Private: true},
	{Key: "projects/outside", Row: "3", Clause: "it touches another community: {committee} takes those", Private: true},
	{Key: "elsewhere", Row: "3", Clause: "it belongs to no community that is known: {committee} takes those", Private: true},
	{Key: "legal/consult", Row: "4", Clause: "there is a legal risk: {detail} must be consulted", Private: true},
	{Key: "legal/transfer", Row: "4", Clause: "there is a legal risk with which {committee} may not keep the case", Private: true},
	{Key: "projects/several", Row: "5", Clause: "it touches several projects: {committee} takes those", Private: true},
	{Key: "projects/none", Row: "5", Clause: "it touches no project: {committee} takes those", Private: true},
	{Key: "projects/one", Clause: "it touches one project, which has {committee}", Private: true},
	{Key: "filed/moved", Row: "10", Clause: "it was filed elsewhere and belongs to a project, which has {committee}", Private: true},
	{Key: "appeal", Row: "11", Clause: "a decision is appealed: {committee} hears that", Private: true},
	{Key: "appeal/none", Row: "11", Clause: "nobody is named to hear an appeal of what {committee} decided, so that it goes up", Private: true},
	{Key: "added", Clause: "the reporter added later where it happened or whom it touches: the case stays until somebody passes it on, and by what was added these rows count", Private: true},
	{Key: "tell/event", Row: "1", Clause: "{committee} is told that there is a case, because what happened at the event touches its project", Private: true},
	{Key: "tell/project", Row: "5", Clause: "{committee} is told that there is a case, because its project is touched", Private: true},
	{Key: "tell/central", Row: "8", Clause: "{committee} is told a summary and the accused's name, and never who reported", Private: true},
	{Key: "tell/reporter", Row: "10", Clause: "the reporter is told that the report belongs to {committee}", Private: true},
	{Key: "gate/long", Row: "12", Clause: "{detail} must be consulted before so long a ban or suspension", Private: true},
	{Key: "gate/naming", Row: "12", Clause: "{detail} must be consulted before the accused is named in public", Private: true},
	{Key: "appeal/ground", Row: "11", Clause: "that is not a ground on which a decision of {committee} can be appealed", Private: true},

	{Key: "change/waiting", Clause: "{place} was changed to point to another committee; until 72 hours have passed or {committee} agrees, {committee} serves"},
	{Key: "change/held", Clause: "{place} was changed to point to another committee; {committee} objected and still serves", Private: true},
	{Key: "change/in-force", Clause: "{place} points to {committee} since a change that has waited for its time"},

	{Key: "chain/self", Clause: "{committee} names itself as the next committee, which was ignored", Alarm: true, Next: "Correct escalate_to", Private: true},
	{Key: "chain/loop", Clause: "{committee} leads back to a committee that was asked before, which was ignored", Alarm: true, Next: "Correct escalate_to", Private: true},
	{Key: "chain/unknown", Clause: "{committee} leads on to a committee that the committee directory does not have", Alarm: true, Next: "Correct escalate_to, or add the committee to the directory", Private: true},
	{Key: "chain/fallback", Clause: "the last resort of the committee directory is {committee}"},
	{Key: "chain/no-fallback", Clause: "the committee directory names no last resort", Alarm: true, Next: "Name a fallback in the directory"},

	{Key: "committee/had-it", Clause: "{committee} has had this case", Private: true},
	{Key: "committee/contact-only", Clause: "{committee} can be written to, but takes no cases here"},
	{Key: "committee/file-invalid", Clause: "{committee} has a mistake in its own file ({detail}), so its protections are unknown", Alarm: true, Next: "Correct the file: `cocrouter lint` says where and how", Private: true},
	{Key: "committee/file-unreadable", Clause: "the own file of {committee} could not be read for now, so its protections are unknown", Alarm: true, Next: "See to it that the rooms App is installed there; look at GitHub's status if it stays so", Private: true},
	{Key: "committee/team-elsewhere", Clause: "{committee} names a team of another organisation than its incident repository", Alarm: true, Next: "Name a team of the organisation that has the incident repository", Private: true},
	{Key: "committee/team-unreadable", Clause: "the team of {committee} could not be read ({detail})", Alarm: true, Next: "See to it that the team exists and the rooms App may read members", Private: true},
	{Key: "committee/no-responders", Row: "6", Clause: "{committee} has nobody who decides", Private: true},
	{Key: "committee/majority-conflicted", Row: "7", Clause: "a majority of {committee} has a hard conflict ({detail})", Private: true},
	{Key: "committee/below-minimum", Row: "9", Clause: "too few of {committee} remain without a hard conflict ({detail})", Private: true},
	{Key: "committee/not-clear", Row: "9", Clause: "too few of {committee} are without any conflict ({detail})", Private: true},
	{Key: "committee/silent", Clause: "too few of {committee} have said in time whether they have a conflict", Private: true},
	{Key: "committee/nobody-above", Clause: "{committee} has too few members left to decide a case, and nobody further up can take it", Alarm: true, Next: "Ask the committee whether everybody has answered, or find somebody who can take the case", Private: true},
	{Key: "committee/unanswered", Clause: "nobody of {committee} had acknowledged the case in time, and then no alternate", Private: true},
	{Key: "committee/undecided", Clause: "{committee} did not come to a decision in time", Private: true},
	{Key: "committee/unrelieved", Clause: "a case waits at {committee} for longer than it promised, and nobody further up can take it", Alarm: true, Next: "Ask the committee whether anybody is there, or find somebody who can take the case", Private: true},

	{Key: "room/inaccessible", Clause: "the incident repository of {committee} cannot be seen: it does not exist under that name, or the rooms App is not installed there", Alarm: true, Next: "Correct the name, or install the rooms App on the repository", Private: true},
	{Key: "room/denied", Clause: "the incident repository of {committee} may not be used with the permissions that were given", Alarm: true, Next: "Accept the permissions that the rooms App asks for", Private: true},
	{Key: "room/unreadable", Clause: "who reads the incident repository of {committee} could not be found out for now", Alarm: true, Next: "Look at GitHub's status if it stays so", Private: true},
	{Key: "room/is-source", Clause: "the incident repository of {committee} is the very repository that the report is about", Alarm: true, Next: "Name another, private repository in the file", Private: true},
	{Key: "room/transferred", Clause: "the incident repository of {committee} belongs to another account now", Alarm: true, Next: "Name the repository anew in the file, if the new owner is meant", Private: true},
	{Key: "room/public", Clause: "the incident repository of {committee} is public", Alarm: true, Next: "Make it private, and take what is in it for known", Private: true},
	{Key: "room/internal", Clause: "the incident repository of {committee} can be read by a whole enterprise", Alarm: true, Next: "Make it private", Private: true},
	{Key: "room/no-issues", Clause: "the incident repository of {committee} has issues switched off", Alarm: true, Next: "Switch issues on in its settings", Private: true},
	{Key: "room/archived", Clause: "the incident repository of {committee} is archived or disabled", Alarm: true, Next: "Unarchive it, or name another repository in the file", Private: true},
	{Key: "room/stranger-reads", Clause: "the incident repository of {committee} has readers who are neither responders nor custodians ({detail})", Alarm: true, Next: "Take their access away, or list the owners of the organisation as custodians; a member who joined is let into open cases there by `/coc admit`", Private: true},
	{Key: "room/conflicted-reads", Clause: "somebody who may not see this case can read the incident repository of {committee}", Private: true},
	{Key: "room/nobody-reads", Clause: "none of the responders of {committee} can read its incident repository", Alarm: true, Next: "Give the responders access to it", Private: true},
	{Key: "room/too-few", Clause: "too few of {committee} can read its incident repository", Alarm: true, Next: "Give its members access to it, or let them accept their invitations", Private: true},
	{Key: "room/issue-gone", Clause: "the case's issue was deleted or moved away by hand", Alarm: true, Next: "Ask the committee who did it and why; the case is kept in the database, and has another issue unless it was closed", Private: true},

	{Key: "room/issue-converted", Clause: "an issue of {committee} was made into a discussion, where no command is read and no answer can be given; the case has another issue", Alarm: true, Next: "Nothing is left to do for the case; switch discussions off in the settings of the repository", Private: true},
	{Key: "room/issue-anew", Clause: "the issue before this one was made into a discussion, where no command is read and no answer can be given: work on in this one", Private: true},
	{Key: "room/issue-anew-gone", Clause: "the issue before this one was deleted or moved away by hand, with what was written in it: work on in this one", Private: true},

	{Key: "room/made-private", Clause: "{place} could be read by others and has been made private again", Alarm: true, Next: "Take what was in it for known, and find out who published it", Private: true},

	{Key: "survey/public", Clause: "{place} is public, and nothing is written there until it is private", Alarm: true, Next: "Make it private, and take what is in it for known", Private: true},
	{Key: "survey/internal", Clause: "{place} can be read by a whole enterprise, and nothing is written there until it is private", Alarm: true, Next: "Make it private, and take what is in it for known", Private: true},
	{Key: "survey/owners", Clause: "the organisation of {place} has owners who are neither responders nor custodians ({detail}), and nothing is written there until that is mended", Alarm: true, Next: "List them as custodians, or give the committee an organisation that it alone owns", Private: true},
	{Key: "survey/base", Clause: "the base permission of its organisation lets members read {place} who may not ({detail}), and nothing is written there until that is mended", Alarm: true, Next: "Set the base permission to none", Private: true},
	{Key: "survey/outside", Clause: "{place} has outside collaborators who are neither responders nor custodians ({detail}), and nothing is written there until that is mended", Alarm: true, Next: "Take their access away", Private: true},
	{Key: "survey/teams", Clause: "{place} is open to teams that are not the committee's own ({detail}): whoever joins one reads there", Alarm: true, Next: "Take their access away, or name the team in the committee's own file", Private: true},
	{Key: "survey/nested-teams", Clause: "{place} is open to teams below those that were given access ({detail}): whoever joins one reads there", Alarm: true, Next: "Move them elsewhere, or take the access of the team above away", Private: true},
	{Key: "survey/invited", Clause: "people are invited to {place} who are neither responders nor custodians ({detail}): they read there as soon as they accept", Alarm: true, Next: "Withdraw the invitations", Private: true},
	{Key: "survey/apps", Clause: "other Apps can read what is written in {place} ({detail})", Alarm: true, Next: "Take them off the repository, or give the committee an organisation of its own", Private: true},
	{Key: "survey/some-apps", Clause: "other Apps are installed on some repositories beside {place} ({detail}), and only its owners can see on which", Alarm: true, Next: "Look in the settings of the organisation whether it is one of them", Private: true},
	{Key: "survey/hooks", Clause: "webhooks may carry away what is written in {place} ({detail})", Alarm: true, Next: "Remove those that nobody needs", Private: true},
	{Key: "survey/org-hooks", Clause: "webhooks of the whole organisation may carry away what is written in {place} ({detail})", Alarm: true, Next: "Remove those that nobody needs, or give the committee an organisation of its own", Private: true},
	{Key: "survey/writing-keys", Clause: "deploy keys let machines change the files of {place} ({detail}), the committee's own file among them", Alarm: true, Next: "Remove them", Private: true},
	{Key: "survey/keys", Clause: "deploy keys let machines read the files of {place} ({detail}), though no issues", Alarm: true, Next: "Remove those that nobody needs", Private: true},
	{Key: "survey/actions", Clause: "Actions run in {place}, where a workflow can read what is written", Alarm: true, Next: "Switch them off in its settings", Private: true},
	{Key: "survey/projects", Clause: "Projects are on in {place}, and show titles to others than its readers", Alarm: true, Next: "Switch them off in its settings", Private: true},
	{Key: "survey/pages", Clause: "{place} publishes Pages", Alarm: true, Next: "Switch them off in its settings", Private: true},
	{Key: "survey/wiki", Clause: "{place} has a wiki, in which nobody is warned about who reads", Alarm: true, Next: "Switch it off in its settings", Private: true},
	{Key: "survey/discussions", Clause: "{place} has discussions, in which nobody is warned about who reads", Alarm: true, Next: "Switch them off in its settings", Private: true},
	{Key: "survey/forking", Clause: "whoever reads {place} may fork it, with its files", Alarm: true, Next: "Forbid forks in its settings", Private: true},
	{Key: "survey/forks", Clause: "{place} has forks ({detail}), which have its files and readers of their own", Alarm: true, Next: "Delete those that nobody needs", Private: true},
	{Key: "survey/unseen", Clause: "not everything about {place} could be seen with the permissions that were given; unseen: {detail}", Alarm: true, Next: "Look at that by hand now and then, or accept the permissions that the rooms App asks for", Private: true},
	{Key: "survey/gone", Clause: "{place} is rid of what was found there before: {detail}", Alarm: true, Next: "Nothing is left to do about that", Private: true},

	{Key: "separate/not-possible", Clause: "a repository for the case alone cannot be made for {committee}: the rooms App may not make one there", Private: true},
	{Key: "separate/not-granted", Clause: "{committee} wants a repository of its own for every case, and none can be made: the rooms App may not make one there", Alarm: true, Next: "Let an owner of the organisation accept the administration permission of the rooms App (a personal account cannot), or let the committee take `separate: always` out of its file", Private: true},
	{Key: "separate/no-sign-in", Clause: "{committee} asks its members in private whether they are clear, before they read a word, and nobody can sign in here to be asked", Alarm: true, Next: "Set up signing in with GitHub, or let the committee take `separate: always` out of its file", Private: true},
	{Key: "separate/too-few-clear", Clause: "too few of {committee} said in time that they are clear, when each of them was asked in private", Private: true},
	{Key: "separate/conflicted-reads", Clause: "somebody who may not see this case owns the organisation of {committee}, or can read every repository in it", Private: true},
	{Key: "separate/stranger-reads", Clause: "people who are neither responders nor custodians own the organisation of {committee}, or can read every repository in it", Alarm: true, Next: "List its owners as custodians, with `separate: always` also those who are on the committee, and set its base permission to none", Private: true},
	{Key: "separate/too-few", Clause: "too few of {committee} could read a repository for the case alone at once", Alarm: true, Next: "Let the committee's members join the organisation, or accept their invitations", Private: true},
	{Key: "separate/taken", Row: "8", Clause: "{committee} takes the case, in a repository for it alone", Private: true},
	{Key: "taken", Row: "8", Clause: "{committee} takes the case"},
	{Key: "sealed", Clause: "nobody could take the case: it stays sealed here, and a person must act", Alarm: true, Next: "Mend what the alarms before this one name, or write to a committee; it is tried again by itself", Private: true},
}

// Rules is the table, in the order in which rules are tried, as a copy.
func Rules() []Rule { return slices.Clone(rules) }

// RuleNamed finds a row. ok is false for a key that is none of the table's.
func RuleNamed(key string) (r Rule, ok bool) {
	r, ok = ruleByKey[key]
	return r, ok
}

var ruleByKey = func() map[string]Rule {
	out := make(map[string]Rule, len(rules))
	for _, r := range rules {
		out[r.Key] = r
	}
	return out
}()

// Alarms keeps the steps of a trace that somebody must mend.
func Alarms(trace []coc.Reason) []coc.Reason {
	var out []coc.Reason
	for _, step := range trace {
		if r, ok := RuleNamed(step.Rule); ok && r.Alarm {
			out = append(out, step)
		}
	}
	return out
}

// about is a step that concerns a committee and its room.
func about(rule string, c coc.Committee, detail string) coc.Reason {
	r := coc.Reason{Rule: rule, Committee: c.Name, Place: c.Incidents.String(), Detail: detail}
	if known, ok := RuleNamed(rule); ok {
		r.Row = known.Row
	}
	// Rows 8 and 9 are each about one kind of committee.
	if (rule == "taken" || rule == "separate/taken") && c.Level.Central() || r.Row == "9" && !c.Level.Central() {
		r.Row = ""
	}
	return r
}
