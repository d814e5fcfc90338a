package casework

import (
	"slices"
	"strconv"
	"time"

	"github.com/cocrouter/cocrouter/pkg/ballot"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
	"github.com/cocrouter/cocrouter/pkg/notice"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// maxRemedies is how many one case may have.
const maxRemedies = 50

// remedy records what the outcome asks for, or what became of it.
func (t *turn) remedy(cmd command.Command) error {
	if cmd.Args != "" {
		return t.became(cmd)
	}
	if _, err := stage.Next(t.c.Stage, "remedy"); err != nil {
		return err
	}
	k := t.c.Home().Committee
	until, err := stage.EndOf(cmd.Until, k.Timezone, t.in.Received)
	if err != nil {
		return err
	}
	same := func(r coc.Remedy) bool {
		return r.State == coc.RemedyOpen && r.Text == cmd.Text && r.Until.Equal(until)
	}
	if i := slices.IndexFunc(t.c.Remedies, same); i >= 0 {
		return coc.Refusal{What: "That is asked for already, as remedy " + strconv.Itoa(i+1) + ".", Next: "Nothing has to be done.", Rule: "remedy/already"}
	}
	if len(t.c.Remedies) >= maxRemedies {
		return coc.Refusal{What: "A case has at most 50 remedies.", Next: "Put several into one.", Rule: "remedy/full"}
	}
	r := coc.Remedy{Text: cmd.Text, By: t.ev.Actor, At: t.now, Until: until}
	r.Checks = stage.Checks(k, r, t.back(r))
	t.c.Remedies = append(slices.Clone(t.c.Remedies), r)
	if t.c.Stage == coc.StageFollowUp {
		t.c.Due = stage.WithRemedies(t.c.Home().Committee, t.c.Due, t.c.Stage, t.c.Remedies, t.now)
		t.note("remedy", t.c.Stage, cmd.Text)
		return nil
	}
	return t.move("remedy", ballot.Wish{Words: cmd.Text})
}

// back is when whoever is suspended returns, as far as a remedy tells or the outcome:
// where the remedy speaks of it, on its own day, which may have been moved since.
func (t *turn) back(r coc.Remedy) time.Time {
	decided := stage.Back(t.c)
	if command.Holds(r.Text, "suspen") && !r.Until.IsZero() || decided.IsZero() && t.c.Outcome == coc.OutcomeSuspension {
		return r.Until
	}
	return decided
}

// became records what a member says of a remedy: it is carried out, it was looked at
// again, or it will not be carried out.
func (t *turn) became(cmd command.Command) error {
	if cmd.Number > len(t.c.Remedies) {
		return coc.Refusal{What: "This case has no remedy of that number.", Next: "The issue lists them with their numbers.", Rule: "remedy/unknown"}
	}
	t.c.Remedies = slices.Clone(t.c.Remedies)
	r := &t.c.Remedies[cmd.Number-1]
	if cmd.Args == "checked" {
		if len(r.Checks) == 0 {
			return coc.Refusal{What: "That remedy does not have to be looked at again.", Next: "The issue says when one has to be.", Rule: "remedy/unchecked"}
		}
		if t.copied(r.Looked) && r.Checks[0].After(t.now) {
			return coc.Refusal{What: "That remedy was looked at a moment ago, and that is one look.", Next: "Nothing has to be done. The issue says when it is to be looked at again.", Rule: "remedy/copy"}
		}
		r.Looked = t.now
		r.Checks = slices.Clone(r.Checks[1:])
		for len(r.Checks) > 0 && !r.Checks[0].After(t.now) {
			r.Checks = r.Checks[1:] // one look serves all that were due
		}
	} else {
		if r.State != coc.RemedyOpen {
			return coc.Refusal{What: "What became of that remedy was said already.", Next: "A new one is recorded with `/coc remedy TEXT`.", Rule: "remedy/over"}
		}
		r.State, r.Ended, r.Words = coc.RemedyState(cmd.Args), t.now, cmd.Text
		if r.State == coc.RemedyLapsed {
			r.Checks = nil
		}
	}
	if t.c.Stage == coc.StageResolved {
		t.c.Due = owedSince(t.c, t.now) // of the new outcome nobody has said what it asks for
	} else {
		t.c.Due = stage.WithRemedies(t.c.Home().Committee, t.c.Due, t.c.Stage, t.c.Remedies, t.now)
	}
	t.note("remedy", t.c.Stage, cmd.Text)
	return nil
}

// mayClose asks whether the case may be closed, and tells what ends with it.
func (t *turn) mayClose() error {
	if err := stage.MayClose(t.c.Remedies); err != nil {
		return err
	}
	looks := 0
	for _, r := range t.c.Remedies {
		looks += len(r.Checks)
	}
	switch back := stage.Back(t.c); {
	case looks > 0:
		t.reply(notice.LooksEnd(looks))
	case back.After(t.now):
		t.reply(notice.ReturnUnseen(back, t.c.Home().Committee.Timezone))
	}
	return nil
}
