// Package stage says which stage of a case may follow which, by which verb,
// what is due then, and by which labels it shows.
//
// One table of transitions drives it: commands, labels moved by hand and help
// all read it. A verb leads to one stage, whatever it starts from. A second
// table holds what a committee has promised in each stage.
//
// A refusal says what is so, and what can be done now instead.
//
// Transferred is never a case's own stage: it marks a former home, while the case
// goes on in another one.
//
// # Why handing over leads to received
//
// The case keeps its history, but the next committee has not answered anybody
// yet. Showing it as further along would hide that its clocks start anew. An
// appeal leads to appealed for the same reason: it is received by those who are to
// look again, and waits for their first answer.
package stage

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Transition is one row of the table: from any stage of From, Verb leads to To.
type Transition struct {
	Verb  string
	From  []coc.Stage
	To    coc.Stage
	Means string
}

var transitions = []Transition{
	{"ack", []coc.Stage{coc.StageReceived, coc.StageAppealed, coc.StageReopened},
		coc.StageAcknowledged, "a member has told the reporter that a person has it"},
	{"screen", []coc.Stage{coc.StageAcknowledged},
		coc.StageScreening, "jurisdiction, conflicts and severity are being settled"},
	{"investigate", []coc.Stage{coc.StageAcknowledged, coc.StageScreening},
		coc.StageInvestigating, "evidence and interviews begin"},
	{"mediate", []coc.Stage{coc.StageInvestigating},
		coc.StageMediation, "the parties look for a settlement, with every party's consent"},
	{"mediate ended", []coc.Stage{coc.StageMediation},
		coc.StageInvestigating, "the mediation is over, and a decision is free again"},
	{"propose", []coc.Stage{coc.StageAcknowledged, coc.StageScreening, coc.StageInvestigating, coc.StageDeciding},
		coc.StageDeciding, "an outcome is proposed, and voted on"},
	{"resolve", []coc.Stage{coc.StageAcknowledged, coc.StageScreening, coc.StageInvestigating, coc.StageDeciding},
		coc.StageResolved, "the outcome is determined"},
	{"remedy", []coc.Stage{coc.StageResolved, coc.StageFollowUp},
		coc.StageFollowUp, "what the outcome asks for is carried out and checked"},
	{"close", []coc.Stage{coc.StageResolved, coc.StageFollowUp},
		coc.StageClosed, "nothing more is to be done"},
	{"reopen", []coc.Stage{coc.StageResolved, coc.StageFollowUp, coc.StageClosed},
		coc.StageReopened, "the case is taken up again"},
	{"escalate", []coc.Stage{coc.StageReceived, coc.StageAcknowledged, coc.StageScreening, coc.StageInvestigating, coc.StageMediation,
		coc.StageDeciding, coc.StageResolved, coc.StageFollowUp, coc.StageAppealed, coc.StageReopened},
		coc.StageReceived, "the next committee takes the case"},
	{"transfer", []coc.Stage{coc.StageReceived, coc.StageAcknowledged, coc.StageScreening, coc.StageInvestigating, coc.StageMediation,
		coc.StageDeciding, coc.StageResolved, coc.StageFollowUp, coc.StageAppealed, coc.StageReopened},
		coc.StageReceived, "the committee that is named takes the case"},
	{"appeal", []coc.Stage{coc.StageResolved, coc.StageFollowUp, coc.StageClosed},
		coc.StageAppealed, "others look at the decision again"},
}

// needsWords are the verbs that a label cannot say: those that give a case to
// another committee, for a reason or on a ground, that for proposing, which needs an
// outcome, that for a remedy, and that for a mediation, of which it is written down
// that everybody has consented.
var needsWords = []string{"escalate", "transfer", "appeal", "propose", "remedy", "mediate"}

// final are the verbs that decide a case, or put a decision to the others. They wait
// for the end of a mediation (CP, "Mediation and Resolution by Agreement"): a
// decision that is prepared beside it would leave nothing to be settled.
var final = []string{"propose", "resolve"}

// Table is every transition, in the order of a case's life, as a copy.
func Table() []Transition {
	out := slices.Clone(transitions)
	for i := range out {
		out[i].From = slices.Clone(out[i].From)
	}
	return out
}

// Next is where a verb leads from a stage. The error is always a coc.Refusal:
// its Rule is stage/unknown-verb, stage/already where the case stands there
// already, stage/over where nothing moves any more, stage/mediation where a
// decision waits for the end of one, or stage/ and the verb.
func Next(s coc.Stage, verb string) (coc.Stage, error) {
	if s == coc.StageMediation && slices.Contains(final, verb) {
		return "", coc.Refusal{
			What: "The parties are in mediation, and a final decision waits until it is over.",
			Next: "When it is, whatever came of it, write `/coc mediate ended`. What the parties have agreed is then yours to look at and to decide on.", Rule: "stage/mediation",
		}
	}
	i := slices.IndexFunc(transitions, func(t Transition) bool { return t.Verb == verb })
	if i < 0 {
		return "", coc.Refusal{What: "That does not move a case.", Next: possible(s), Rule: "stage/unknown-verb"}
	}
	t := transitions[i]
	switch {
	case slices.Contains(t.From, s):
		return t.To, nil
	case s == t.To:
		return "", coc.Refusal{What: fmt.Sprintf("The case is %s already.", s), Next: possible(s), Rule: "stage/already"}
	case len(Legal(s)) == 0:
		return "", coc.Refusal{What: "Nothing moves here any more.", Next: "It goes on with the committee that has the case now.", Rule: "stage/over"}
	}
	return "", coc.Refusal{
		What: fmt.Sprintf("`/coc %s` needs a case that is %s; this one is %s.", verb, oneOf(t.From), s),
		Next: possible(s), Rule: "stage/" + verb,
	}
}

func possible(s coc.Stage) string {
	verbs := Legal(s)
	if len(verbs) == 0 {
		return ""
	}
	for i, v := range verbs {
		verbs[i] = "`/coc " + v + "`"
	}
	return "Possible now: " + strings.Join(verbs, ", ") + "."
}

func oneOf(stages []coc.Stage) string {
	words := make([]string, len(stages))
	for i, s := range stages {
		words[i] = string(s)
	}
	if len(words) == 1 {
		return words[0]
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// Legal lists the verbs that move a case from a stage, in table order.
func Legal(s coc.Stage) []string {
	var out []string
	for _, t := range transitions {
		if slices.Contains(t.From, s) {
			out = append(out, t.Verb)
		}
	}
	return out
}

// ByLabel is the verb that a status label moved by hand stands for. ok is
// false where none leads from the one to the other: the label is put back.
// What needs words is never read from a label.
func ByLabel(from, to coc.Stage) (verb string, ok bool) {
	for _, t := range transitions {
		if t.To == to && !slices.Contains(needsWords, t.Verb) && slices.Contains(t.From, from) {
			return t.Verb, true
		}
	}
	return "", false
}

// NotByLabel is why a status label that was set by hand on a case in a stage is put back.
func NotByLabel(from coc.Stage, label string) coc.Refusal {
	to := coc.Stage(strings.TrimPrefix(strings.ToLower(label), "status/"))
	if to == from {
		return coc.Refusal{What: fmt.Sprintf("The case is %s already.", from), Next: possible(from), Rule: "stage/already"}
	}
	for _, t := range transitions {
		// With a committee that is to get the case, it is received there.
		if t.To == to && to != coc.StageReceived && slices.Contains(t.From, from) && slices.Contains(needsWords, t.Verb) {
			return coc.Refusal{
				What: fmt.Sprintf("`status/%s` is not set by hand: it needs words, which a label does not have.", to),
				Next: fmt.Sprintf("Write them with `/coc %s`.", t.Verb), Rule: "stage/words",
			}
		}
	}
	next := possible(from)
	if next == "" {
		next = "It goes on with the committee that has the case now."
	}
	return coc.Refusal{What: fmt.Sprintf("From %s, nothing that a label can say leads there.", from), Next: next, Rule: "stage/label"}
}

// Closed reports whether the issue of a case in this stage is closed on
// GitHub. A resolved case stays open, because its remedies are still to be
// carried out.
func Closed(s coc.Stage) bool { return s == coc.StageClosed || s == coc.StageTransferred }
