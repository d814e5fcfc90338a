package casework

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
	"github.com/cocrouter/cocrouter/pkg/conflict"
	"github.com/cocrouter/cocrouter/pkg/notice"
	"github.com/cocrouter/cocrouter/pkg/route"
)

// ask puts a member's question to the liaison of a project that the case touches:
// a notice in their committee's room that has the question, who asks, and nothing
// of the report. Everybody who reads there is held against the case, and the liaison
// must be without any conflict. What they answer is added to the case.
func (t *turn) ask(ctx context.Context, cmd command.Command) error {
	if cmd.Member == "" {
		return t.askReporter(ctx, cmd)
	}
	if !t.c.Home().Committee.Level.Central() {
		return coc.Refusal{
			What: "A central body asks a project's liaison, and this case is with a project's own committee.",
			Next: "Speak with your liaison yourselves, if they may know of it.", Rule: "ask/central",
		}
	}
	if t.desk.givesAway(t.c, cmd.Text) {
		return coc.Refusal{
			What: "The question tells who reported, or leads to them: it holds their account, how to reach them, their receipt, the address of what they wrote, or the name of the repository that the case is in.",
			Next: "A liaison learns that you have a case, and never who reported. Write it again without that.", Rule: "ask/reporter",
		}
	}
	k, liaisons, err := t.whoseLiaison(ctx, cmd.Member)
	if err != nil {
		return err
	}
	if k == nil {
		next := "A committee names them in its own file, with `role: liaison`; none of those concerned does."
		if len(liaisons) > 0 {
			next = "These are: `" + strings.Join(liaisons, "`, `") + "`."
		}
		return coc.Refusal{What: "That person is no liaison of a project that this case touches.", Next: next, Rule: "ask/liaison"}
	}
	var change coc.Change
	duty := coc.Duty{To: *k, What: coc.WordQuestion, Way: []coc.Committee{*k}}
	n, decision, err := t.desk.noticeOf(ctx, t.c, duty, cmd.Text, t.in.Received, &change)
	if err != nil {
		return err
	}
	t.alarms = append(t.alarms, unsealed(decision.Alarms)...)
	if n == nil || !mayBeAsked(t.c, *n, decision, cmd.Member) {
		return coc.Refusal{
			What: "Nobody can be asked there now: the liaison cannot read there or has a conflict, somebody who reads there is concerned, or nothing may be written there.",
			Next: "Try again later, or let a member reach somebody there who may know of it.", Rule: "ask/cannot",
		}
	}
	n.Notice.Asked = cmd.Member
	t.change.Cases = append(t.change.Cases, *n)
	t.change.Jobs = append(t.change.Jobs, change.Jobs...)
	t.reply(notice.WillAsk(*n.Notice, k.Name))
	t.note("ask", t.c.Stage, cmd.Text)
	t.c.Journal[len(t.c.Journal)-1].Whom = cmd.Member
	return nil
}

// mayBeAsked reports whether a liaison reads where a question would go, and has no
// conflict of any kind.
func mayBeAsked(c coc.Case, n coc.Case, decision route.Decision, who coc.Login) bool {
	s := conflict.Record{Declarations: c.Declarations}.Screen(decision.Committee, n.Parties)
	return coc.HasLogin(s.Clear, who) && decision.Room.Reads(who)
}

// whoseLiaison is the committee whose liaison somebody is, of those of the projects
// that the case touches; nil for none. liaisons is all that there are.
func (t *turn) whoseLiaison(ctx context.Context, who coc.Login) (whose *coc.Committee, liaisons []string, err error) {
	w, err := t.desk.worldOf(ctx, t.c)
	if err != nil {
		return nil, nil, err
	}
	for _, k := range projectsOf(t.c, w.Standing) {
		k, known, err := rosterOf(ctx, w, k, t.in.Received, t.desk.answer)
		if err != nil {
			return nil, nil, err
		}
		if !known {
			continue // and nothing may be written there either
		}
		for _, m := range k.Members {
			if m.Role != coc.MemberLiaison {
				continue
			}
			liaisons = append(liaisons, string(m.Login))
			if m.Login.Is(who) && whose == nil {
				whose = &k
			}
		}
	}
	slices.Sort(liaisons)
	return whose, slices.Compact(liaisons), nil
}

// projectsOf is the committees of the projects that a case touches: the one in
// force for its source, those that it came past, and those that are told of it.
func projectsOf(c coc.Case, inForce *coc.Standing) []coc.Committee {
	var out []coc.Committee
	add := func(k coc.Committee) {
		known := func(o coc.Committee) bool { return sameCommittee(o, k) }
		if !k.Level.Central() && !k.Incidents.IsZero() && !slices.ContainsFunc(out, known) {
			out = append(out, k)
		}
	}
	if inForce != nil {
		add(inForce.Committee)
	}
	for _, p := range c.Placements {
		add(p.Committee)
	}
	for _, d := range c.Duties {
		add(d.To)
	}
	return out
}

// answer brings a liaison's answer to the case that the question is of, as an
// addition: whoever has the case now reads it, and whoever of them it names may not
// read on.
func (t *turn) answer(ctx context.Context, text coc.Prose) error {
	if t.tells(t.c.Notice.Of) {
		return coc.Refusal{
			What: "One comment answers once, and the first answer is on its way.",
			Next: "Write the rest in another comment.", Rule: "ask/once",
		}
	}
	of, err := t.desk.Store.Case(ctx, t.c.Notice.Of)
	if err != nil {
		return fmt.Errorf("case %s: %w", t.c.Notice.Of, err)
	}
	added := coc.Addition{At: t.now, Text: text, Answer: &coc.Answer{
		Question: t.c.Report.Account, By: t.ev.Actor, Committee: t.c.Home().Committee.Name,
	}}
	if !slices.ContainsFunc(of.Report.Added, added.SaysTheSame) {
		alarms, err := t.desk.add(ctx, t.in, &of, &t.change, added, of.Parties)
		if err != nil {
			return err
		}
		t.alarms = append(t.alarms, alarms...)
		t.change.Cases = append(t.change.Cases, of)
	}
	t.reply(notice.WillAnswer(*t.c.Notice))
	t.note("notify", t.c.Stage, coc.Prose{}) // the words are with the case
	return nil
}
