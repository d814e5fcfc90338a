package casework

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
	"github.com/cocrouter/cocrouter/pkg/conflict"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// saidOf is how much was said in a case of whom it is about: it grows whenever that may
// concern somebody who reads a notice of it.
func saidOf(c coc.Case) int {
	n := len(c.Parties) + len(c.Declarations) + len(c.Report.Added) + len(c.Messages) + len(c.Evidence) + len(c.Remedies)
	for _, d := range c.Declarations {
		if d.Settled {
			n++
		}
	}
	for _, i := range c.Invitations {
		if !i.Answered.IsZero() {
			n++
		}
	}
	return n
}

// letHear has the notices of a case that is about to be committed hear of whatever was
// said in it since they were told. It changes nothing that the case shows.
func letHear(c *coc.Case, change *coc.Change) {
	said := saidOf(*c)
	if !slices.ContainsFunc(c.Duties, func(d coc.Duty) bool { return d.Told != "" && d.Heard != said }) {
		return
	}
	c.Duties = slices.Clone(c.Duties)
	for i := range c.Duties {
		if d := &c.Duties[i]; d.Told != "" && d.Heard != said {
			d.Heard = said
			change.Jobs = append(change.Jobs, coc.Job{Kind: coc.JobTell, Case: d.Told, Priority: 2})
		}
	}
}

// heard is a notice with everybody barred from it who may not read the case that it
// tells of, as that is now: whom the case names, and who has a hard conflict in it. more
// says that there are others than before. Held against it are those who have it, and
// those who come, of whom nothing can be told once the case is erased: coc.ErrMissing.
func (d *Desk) heard(ctx context.Context, n coc.Case, come ...coc.Login) (out coc.Case, more bool, err error) {
	of, err := d.Store.Case(ctx, n.Notice.Of)
	if errors.Is(err, coc.ErrMissing) && len(come) == 0 {
		return n, false, nil // it was erased
	}
	if err != nil {
		return n, false, fmt.Errorf("case %s: %w", n.Notice.Of, err)
	}
	home := n.Home()
	readers := couldRead(home.Committee, slices.Concat(home.MayCome(), come), coc.RoomFacts{})
	parties, err := d.withTeams(ctx, withTeam(merge(n.Parties, of.Parties), home.Committee), readers, home.PlacedAt)
	if err != nil {
		return n, false, err
	}
	parties = withReaders(parties, of, readers)
	parties = merge(parties, others("", command.Among(readers, passedOn(of)...)...))
	parties = merge(parties, others("", command.Among(newcomers(of, readers), byMembers(of)...)...))

	holds := slices.DeleteFunc(slices.Clone(of.Declarations), waiting)
	known := recused(n)
	declared := slices.Clone(n.Declarations)
	with := home.Committee
	for _, l := range come {
		with.Members = append(slices.Clone(with.Members), coc.Member{Login: l})
	}
	for _, f := range (conflict.Record{Declarations: holds}).Screen(with, nil).Recused {
		if !coc.HasLogin(known, f.Login) {
			declared = append(declared, coc.Declaration{Login: f.Login, Kind: coc.ConflictHard}) // as if they had said so
		}
	}
	more = len(parties) > len(n.Parties) || len(declared) > len(n.Declarations)
	n.Parties, n.Declarations = parties, declared
	return n, more, nil
}

// hears has a notice follow the case that it tells of. Whoever is named there by now, or
// recused, does not read on: they are put out of a repository that the notice has for
// itself, and from any other it goes elsewhere, as a case would. A notice that was put
// away goes nowhere, since nothing more is written of it. changed: it is another one by now.
func (d *Desk) hears(ctx context.Context, id coc.CaseID) (changed bool, err error) {
	n, err := d.Store.Case(ctx, id)
	if err != nil {
		return false, fmt.Errorf("case %s: %w", id, err)
	}
	if n.Notice == nil {
		return false, nil
	}
	n, more, err := d.heard(ctx, n)
	if err != nil || !more {
		return false, err
	}
	home := n.Home()
	if home.Issue != 0 && !stage.Closed(n.Stage) {
		return true, d.ruled(ctx, n, false, home.PlacedAt)
	}
	change := coc.Change{}
	if !home.Sealed() {
		weigh(&n)
		change.Jobs = append(change.Jobs, d.showJob(id, len(n.Placements)-1))
	}
	n.Revision++
	change.Cases = []coc.Case{n}
	return true, d.commit(ctx, change)
}

// upToDate is hears before something is done with a notice: coc.ErrBusy where it is
// another one by now.
func (d *Desk) upToDate(ctx context.Context, c coc.Case) error {
	if c.Notice == nil {
		return nil
	}
	changed, err := d.hears(ctx, c.ID)
	if err == nil && changed {
		err = coc.ErrBusy
	}
	return err
}
