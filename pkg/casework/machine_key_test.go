package casework_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// aspects is what of a case decides what may happen next, in six respects, each with
// the stage: the way it has gone, its vote, who has a conflict, what the accused were
// told, what else is owed, and its clocks. Two states are one where none of them differs.
// Left out are words, numbers and the lengths of times, which of the members somebody is
// who has said the same, and what is over and done with.
func (w *walker) aspects() []string {
	c, now := w.lookAt(w.id), w.clock.Now()
	home := *c.Home()
	over := func(at time.Time) string {
		switch {
		case at.IsZero():
			return "never"
		case at.After(now):
			return "to come"
		}
		return "over"
	}
	p, proposed := c.Standing()

	way := []string{"way", string(p.State), fmt.Sprint(home.Issue > 0, home.Separate, home.Frozen, home.Sealed(), c.Appeal != nil, c.Outcome != "", len(c.Hearings) > 0)}
	for _, p := range c.Placements {
		way = append(way, p.Committee.Key)
	}

	vote := []string{"vote", string(p.State), w.each(c, votes)}
	if proposed {
		vote = append(vote, fmt.Sprint(p.Held != "" && p.Consulted == ""), over(p.Silence))
	}

	conflicts := []string{"conflicts", home.Committee.Key, w.each(c, declared), fmt.Sprint(home.Screened)}

	heard := []string{"accused"}
	for _, h := range c.Hearings {
		heard = append(heard, string(h.Step))
	}
	for _, i := range c.Invitations {
		heard = append(heard, "link "+over(i.Until)+over(i.Ended)+over(i.Answered))
	}
	owed := []string{"owed", fmt.Sprint(c.AsksCounsel(), len(c.Advice) > 0)}
	for _, m := range c.Measures {
		if m.InForce() {
			owed = append(owed, "measure "+string(m.State))
		}
	}
	for _, r := range c.Remedies {
		owed = append(owed, fmt.Sprint("remedy ", r.Ended.IsZero()))
	}

	clocks := []string{"clocks", home.Committee.Key, over(home.ScreenBy), fmt.Sprint(home.Screened, c.Clock.Next.IsZero(), c.Clock.Asked.IsZero(), c.Clock.Tried.IsZero())}
	for _, d := range c.Due {
		clocks = append(clocks, "due "+d.What+" "+over(d.At))
	}

	var all []string
	for _, a := range [][]string{way, vote, conflicts, heard, owed, clocks} {
		a = append(a[:1:1], slices.Compact(slices.Sorted(slices.Values(a[1:])))...)
		all = append(all, string(c.Stage)+": "+strings.Join(a, ", "))
	}
	return all
}

// each is what is so of the members of the home, whoever it is of.
func (w *walker) each(c coc.Case, of func(coc.Case, coc.Login) []string) string {
	var all []string
	for _, m := range c.Home().Committee.Members {
		all = append(all, strings.Join(slices.Compact(slices.Sorted(slices.Values(of(c, m.Login)))), " "))
	}
	slices.Sort(all)
	return strings.Join(all, " | ")
}

func votes(c coc.Case, who coc.Login) (is []string) {
	p, _ := c.Standing()
	if coc.HasLogin(voters(c), who) {
		is = append(is, "votes")
	}
	if p.By.Is(who) {
		is = append(is, "proposed")
	}
	for _, v := range p.Votes {
		if v.Login.Is(who) {
			is = append(is, fmt.Sprint("agrees ", v.Agrees))
		}
	}
	return is
}

func declared(c coc.Case, who coc.Login) (is []string) {
	if coc.HasLogin(c.Home().Responders, who) {
		is = append(is, "responds")
	}
	if c.Holder.Is(who) {
		is = append(is, "holds")
	}
	for _, d := range c.Declarations {
		switch {
		case !d.Login.Is(who):
		case d.Own():
			is = append(is, string(d.Kind))
		default:
			is = append(is, fmt.Sprint("said to be ", d.Kind, d.Settled))
		}
	}
	return is
}
