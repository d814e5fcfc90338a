package stage

import (
	"slices"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// What may be due.
const (
	DueAcknowledgeTarget = "acknowledge-target" // the first answer, if possible
	DueAcknowledge       = "acknowledge"        // the first answer, at the latest
	DueScreen            = "screen"             // jurisdiction, conflicts and severity settled
	DueUpdate            = "update"             // the next word to the reporter
	DueDecide            = "decide"             // an outcome
	DueDeadlock          = "deadlock"           // a decision, or the parent body
	DueMediate           = "mediate"            // the end of mediation
	DueCarryOut          = "carry-out"          // an outcome carried out, or what it asks for recorded
	DueRemedy            = "remedy"             // a remedy carried out
	DueFollowUp          = "follow-up"          // a remedy looked at again
	DueClose             = "close"              // a case closed whose remedies ask for nothing more
	DueInterim           = "interim"            // an interim measure confirmed or reversed
	DueUrgent            = "urgent"             // a word to a reporter who says that it has become urgent
	DueWithdrawn         = "withdrawn"          // a word to a reporter who withdraws the report
)

// promise is one of a committee's clocks, started when a stage is entered.
type promise struct {
	what string
	span func(coc.Clocks) coc.Span
}

var (
	acknowledgeTarget = promise{DueAcknowledgeTarget, func(c coc.Clocks) coc.Span { return c.AcknowledgeTarget }}
	acknowledge       = promise{DueAcknowledge, func(c coc.Clocks) coc.Span { return c.AcknowledgeWithin }}
	screen            = promise{DueScreen, func(c coc.Clocks) coc.Span { return c.ScreenWithin }}
	update            = promise{DueUpdate, func(c coc.Clocks) coc.Span { return c.UpdateEvery }}
	decide            = promise{DueDecide, func(c coc.Clocks) coc.Span { return c.DecideWithin }}
	deadlock          = promise{DueDeadlock, func(c coc.Clocks) coc.Span { return c.DeadlockAfter }}
	mediate           = promise{DueMediate, func(c coc.Clocks) coc.Span { return c.MediateWithin }}
	carryOut          = promise{DueCarryOut, firstLook}
)

var promises = map[coc.Stage][]promise{
	coc.StageReceived:      {acknowledgeTarget, acknowledge},
	coc.StageReopened:      {acknowledgeTarget, acknowledge},
	coc.StageAcknowledged:  {screen, update, decide},
	coc.StageScreening:     {screen, update, decide},
	coc.StageInvestigating: {update, decide},
	coc.StageMediation:     {mediate, update}, // final decisions wait (CP)
	coc.StageDeciding:      {deadlock, update, decide},
	coc.StageResolved:      {carryOut},
	coc.StageAppealed:      {acknowledgeTarget, acknowledge},
}

// firstLook is how soon a committee looks after what it has decided. What nobody has
// begun by then has been forgotten: so long after the outcome, and after the last of what
// its remedies ask for, it is to be said what is left to do, or that nothing is. A
// committee that promises no look promises neither.
func firstLook(c coc.Clocks) coc.Span {
	if len(c.FollowUp) == 0 {
		return coc.Span{}
	}
	return c.FollowUp[0]
}

// Due lists what a committee owes from the moment a stage is entered, soonest
// first. What it did not promise is not due; a closed or former case owes nothing. The
// last day for an appeal is other people's, and what remedies ask for is WithRemedies'.
func Due(c coc.Committee, s coc.Stage, entered time.Time) []coc.Due {
	var out []coc.Due
	owe := func(what string, span coc.Span) {
		if !span.IsZero() {
			out = append(out, coc.Due{What: what, At: Add(span, entered, c.Timezone, c.Holidays)})
		}
	}
	for _, p := range promises[s] {
		owe(p.what, p.span(c.Clocks))
	}
	sortDue(out)
	return out
}

// Renew is what is due after a stage was entered, given what was due before.
// An outcome, the settling of jurisdiction and conflicts, and the next word to the
// reporter are promised once: moving the case does not push them back. Everything
// else starts with the new stage.
func Renew(before, entered []coc.Due) []coc.Due {
	out := slices.Clone(entered)
	for i, d := range out {
		if d.What != DueDecide && d.What != DueScreen && d.What != DueUpdate {
			continue
		}
		j := slices.IndexFunc(before, func(b coc.Due) bool { return b.What == d.What })
		if j >= 0 && before[j].At.Before(d.At) {
			out[i].At = before[j].At
		}
	}
	sortDue(out)
	return out
}

// Met is what is due after one thing of a kind was done, the soonest of them. The
// next word to the reporter is due as long after this one as the committee promised;
// anything else that was due once is done. What was not due changes nothing.
func Met(k coc.Committee, due []coc.Due, what string, now time.Time) []coc.Due {
	i := slices.IndexFunc(due, func(d coc.Due) bool { return d.What == what })
	if i < 0 {
		return due
	}
	out := slices.Delete(slices.Clone(due), i, i+1)
	if what == DueUpdate {
		out = append(out, coc.Due{What: what, At: Add(k.Clocks.UpdateEvery, now, k.Timezone, k.Holidays)})
	}
	sortDue(out)
	return out
}

// Retry is what is due once what was agreed on in time is not agreed on any more: where
// the time for that is over by now, it begins anew. What was agreed on may have waited
// for counsel, and nobody could see that there was any hurry.
func Retry(k coc.Committee, due []coc.Due, now time.Time) []coc.Due {
	out := slices.Clone(due)
	for i, d := range out {
		if d.What == DueDeadlock && !d.At.After(now) {
			out[i].At = Add(k.Clocks.DeadlockAfter, now, k.Timezone, k.Holidays)
		}
	}
	sortDue(out)
	return out
}

func sortDue(list []coc.Due) {
	slices.SortStableFunc(list, func(a, b coc.Due) int { return a.At.Compare(b.At) })
}
