package casework

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/notice"
	"github.com/cocrouter/cocrouter/pkg/route"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// maxTouched bounds the repositories that a report touches with all that is added to
// it, because each is looked up.
const maxTouched = 10

// alsoConcerns owes a word to whoever is concerned by a case through what the
// reporter added last of where it happened and whom it touches, and gives what its
// committee has to know of that. The case stays where it is. A zero text: nothing
// follows for anybody.
func (d *Desk) alsoConcerns(ctx context.Context, c *coc.Case, change *coc.Change, since time.Time) (notice.Private, error) {
	said, last := together(c.Report), len(c.Report.Added)-1
	before := c.Report
	before.Added = before.Added[:last]
	if said.Same(together(before)) || stage.Closed(c.Stage) {
		return notice.Private{}, nil
	}
	w, err := d.worldOf(ctx, *c)
	if err != nil {
		return notice.Private{}, err
	}
	if err := d.incident(ctx, w, said, since); err != nil {
		return notice.Private{}, err
	}
	home := *c.Home()
	b, err := d.beside(ctx, w, home.Committee, since)
	if err != nil {
		return notice.Private{}, err
	}
	// Whose the source is was pinned when the report was filed. Another committee that
	// is in force there by now may be the doing of whoever was reported.
	if w.Standing != nil && slices.ContainsFunc(c.Placements, func(p coc.Placement) bool { return !p.Sealed() && !p.Committee.Level.Central() }) {
		now := w.Standing.Committee
		b.Duties = slices.DeleteFunc(b.Duties, func(t route.Tell) bool { return sameCommittee(t.Committee, now) })
		if sameCommittee(b.Whose, now) {
			b.Whose = coc.Committee{}
		}
	}
	whose := b.Whose
	if whose.Key == "" || sameCommittee(whose, home.Committee) || hadIt(*c, whose) {
		whose = coc.Committee{}
	}
	known := len(c.Duties)
	c.Duties = slices.Clone(c.Duties)
	d.owesTells(c, change, b.Duties, d.Clock.Now())
	d.owesJoint(c, change, route.Decision{Joint: b.Joint, Trace: b.Trace})
	for i := range c.Duties[known:] {
		c.Duties[known+i].Since = d.Clock.Now()
	}
	if len(c.Duties) == known && whose.Key == "" {
		return notice.Private{}, nil
	}
	steps := slices.DeleteFunc(b.Trace, func(r coc.Reason) bool {
		return r.Row == "" && (strings.HasPrefix(r.Rule, "lookup/") || strings.HasPrefix(r.Rule, "change/"))
	})
	for _, t := range b.Duties {
		if slices.ContainsFunc(c.Duties[known:], func(o coc.Duty) bool { return sameCommittee(o.To, t.Committee) }) {
			steps = append(steps, t.Reason)
		}
	}
	c.Trace = slices.Clone(c.Trace)
	for _, r := range append([]coc.Reason{{Rule: "added"}}, steps...) {
		if !slices.Contains(c.Trace, r) {
			c.Trace = append(c.Trace, r)
		}
	}
	return notice.AlsoConcerns(steps, len(c.Duties) > known, whose), nil
}

// beside is decide for what the table says of a case that somebody has.
func (d *Desk) beside(ctx context.Context, w *route.World, has coc.Committee, since time.Time) (route.Besides, error) {
	for {
		b, need := route.Beside(*w, has)
		if need == nil {
			return b, nil
		}
		if err := d.answer(ctx, w, *need, since); err != nil {
			return route.Besides{}, err
		}
	}
}

// together is all that a reporter said, at first and later, of where it happened and
// whom it touches: of two places the later counts, and whatever was touched stays so.
// What was said of danger and of the law is not in it.
func together(r coc.Report) coc.Circumstances {
	all := []coc.Circumstances{r.Around}
	for _, a := range r.Added {
		all = append(all, a.Around)
	}
	out := coc.Circumstances{Whole: true}
	for _, said := range all {
		if said.Space != "" {
			out.Space, out.Inside = said.Space, said.Inside
		}
		if said.Known != "" {
			out.Known, out.On = said.Known, said.On
		}
		if said.Project != "" {
			out.Project = said.Project
		}
		out.Here = out.Here || said.Here
		out.Whole = out.Whole && (said.Whole || said.Touches.IsBlank())
		for _, repo := range said.Also {
			if len(out.Also) < maxTouched && !slices.ContainsFunc(out.Also, repo.Is) {
				out.Also = append(out.Also, repo)
			}
		}
	}
	out.Whole = out.Whole && len(out.Also) > 0
	return out
}
