package casework

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/ballot"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// Listed is one of somebody's cases, in a few words.
type Listed struct {
	ID        coc.CaseID
	Name      string // the code name
	Committee string
	Notice    bool // it only tells of a case
	Stage     coc.Stage
	Severity  string
	Holder    coc.Login
	Due       []coc.Due // the next first
	Overdue   bool
	URL       string // of the issue
}

// Cases is what somebody may read.
type Cases struct {
	Listed []Listed
	// Unshown is how many of theirs cannot be shown, because their record cannot be
	// read. Whoever is no responder of a case learns nothing of it by that, either.
	Unshown int
	// Broken are those records and others, each with its case, for whoever looks after
	// the store.
	Broken []error
	// More: there are others of theirs, that were closed longer ago.
	More bool
}

const (
	// mostClosed is how many closed cases are listed, and mostOpened how many records
	// are opened for that.
	mostClosed = 50
	mostOpened = 200
)

// Cases lists what somebody may read of what is not closed, overdue first, then what is
// due next; or of what is, the last first. One record that cannot be read keeps none of
// the others back.
func (d *Desk) Cases(ctx context.Context, who coc.Person, closed bool) (Cases, error) {
	var out Cases
	theirs, unlisted, err := d.Store.CasesOf(ctx, who.Login, closed)
	if err != nil {
		return out, err
	}
	for n, id := range slices.Concat(theirs, unlisted) {
		if closed && (len(out.Listed) >= mostClosed || n >= mostOpened) {
			// Of what is not listed they learn nothing, nor that it is there.
			out.More = n < len(theirs)
			break
		}
		c, err := d.Store.Case(ctx, id)
		switch {
		case errors.Is(err, coc.ErrMissing):
		case ctx.Err() != nil:
			return out, fmt.Errorf("case %s: %w", id, ctx.Err())
		case err != nil:
			out.Broken = append(out.Broken, fmt.Errorf("case %s: %w", id, err))
			if n < len(theirs) {
				out.Unshown++
			}
		case d.admits(ctx, who, c, d.glance):
			out.Listed = append(out.Listed, d.listed(c))
		}
	}
	if !closed {
		slices.SortFunc(out.Listed, byUrgency)
	}
	return out, nil
}

func byUrgency(a, b Listed) int {
	if a.Overdue != b.Overdue {
		if a.Overdue {
			return -1
		}
		return 1
	}
	if n := firstDue(a).Compare(firstDue(b)); n != 0 {
		return n
	}
	return strings.Compare(a.Name, b.Name)
}

// firstDue is when something is due first; what owes nothing comes last.
func firstDue(l Listed) time.Time {
	if len(l.Due) == 0 {
		return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return l.Due[0].At
}

func (d *Desk) listed(c coc.Case) Listed {
	home, now := c.Home(), d.Clock.Now()
	l := Listed{
		ID: c.ID, Name: home.CodeName, Committee: home.Committee.Name, Notice: c.Notice != nil, Stage: c.Stage, Severity: c.Severity,
		Holder: c.Holder, URL: home.URL, Overdue: c.Notice == nil && len(stage.Late(c, now)) > 0,
	}
	if c.Notice == nil {
		l.Due = slices.DeleteFunc(slices.Clone(c.Due), func(due coc.Due) bool {
			return due.What == stage.DueAcknowledgeTarget && !now.Before(due.At)
		})
		slices.SortStableFunc(l.Due, func(a, b coc.Due) int { return a.At.Compare(b.At) })
	}
	return l
}

// Record is a case as a clear responder reads it on our pages: what its issue says,
// and who looked at it here.
type Record struct {
	Listed
	FiledAt  time.Time
	Channel  coc.Channel
	Reporter coc.Login // "": anonymous
	About    string    // the repository
	Around   coc.Circumstances
	// Told is what was reported and what was added, in the order in which it came.
	Told    []Written
	Parties []coc.Party
	// Passed is why committees before this one gave it away.
	Passed     []coc.Entry
	Messages   []coc.Message
	Evidence   []coc.Evidence
	Responders []coc.Login
	Outcome    coc.Outcome
	// Accused is where each of those who are accused stands, and Accounts are the
	// addresses at which they can answer, or have.
	Accused  []ballot.Accused
	Accounts []Account
	Remedies []coc.Remedy
	// Steps is what happened in this home, the last first, without words.
	Steps []coc.Entry
	Looks []coc.Look
}

// Account is an address for somebody who is accused: with what they answered there, or
// until when they can.
type Account struct {
	Of       coc.Party
	Asked    coc.Prose // what the committee wrote to them
	By       coc.Login // "": somebody of a committee before
	Until    time.Time
	Answer   coc.Prose
	Answered time.Time // zero: they have not, and can
}

// Written is what somebody wrote at one time.
type Written struct {
	At          time.Time
	By          coc.Login // of a liaison who was asked; "": the reporter
	Text        coc.Prose
	Where, When coc.Prose
	Links       []coc.Prose
	Needs       coc.Needs
}

// Record is a case for somebody who may read it, which is written down before they
// do. coc.ErrMissing: there is no such case, or they may not read it, or it cannot
// be found out now whether they may; nobody learns which.
func (d *Desk) Record(ctx context.Context, who coc.Person, id coc.CaseID) (Record, error) {
	c, err := d.Store.Case(ctx, id)
	if err != nil {
		return Record{}, err
	}
	if !d.admits(ctx, who, c, d.look) {
		return Record{}, fmt.Errorf("case %s: %w", id, coc.ErrMissing)
	}
	if err := d.Store.Looked(ctx, id, who, "record", d.Clock.Now()); err != nil {
		return Record{}, err
	}
	r := d.recordOf(c)
	if r.Looks, err = d.Store.Looks(ctx, id); err != nil {
		return Record{}, err
	}
	r.Looks = slices.DeleteFunc(r.Looks, func(l coc.Look) bool { return l.At.Before(arrived(c)) })
	return r, nil
}

// arrived is since when the committee that has a case has had it in its room: an issue
// that became a discussion and goes on in another is the same home.
func arrived(c coc.Case) time.Time {
	home := c.Home()
	at := home.PlacedAt
	for _, p := range slices.Backward(c.Placements) {
		if p.Committee.Key != home.Committee.Key || p.Room.ID != home.Room.ID {
			break
		}
		at = p.PlacedAt
	}
	return at
}

// exchange is what the reporter and the committees wrote to each other, as far as this
// home was chosen by it (answered, writtenTo): what a committee before wrote for itself
// alone may be about those who read now. Who of a committee before wrote it is told by
// nobody.
func exchange(c coc.Case) []coc.Message {
	var out []coc.Message
	here := arrived(c)
	screened := slices.ContainsFunc(c.FromReporter(), func(m coc.Message) bool { return m.At.Before(here) })
	for _, m := range c.Messages {
		if m.At.Before(here) && !(m.Shown && screened) {
			continue
		}
		out = append(out, m)
	}
	return onlyOurs(c, out, func(m *coc.Message) *coc.Login { return &m.By })
}

// onlyOurs is a list with those alone named who are on the committee that has a case: who of
// one before wrote or added something is told by nobody. by is where that stands.
func onlyOurs[T any](c coc.Case, list []T, by func(*T) *coc.Login) []T {
	ours, out := c.Home().Committee.Logins(), slices.Clone(list)
	for i := range out {
		if who := by(&out[i]); !coc.HasLogin(ours, *who) {
			*who = ""
		}
	}
	return out
}

// accounts is what the accused have answered, also to a committee before, and at which
// addresses they can now.
func accounts(c coc.Case, now time.Time) []Account {
	var out []Account
	ours := c.Home().Committee.Logins()
	for i, inv := range c.Invitations {
		if inv.Answered.IsZero() && !stage.Answerable(c, i+1, now) {
			continue
		}
		a := Account{Asked: inv.Text, Until: inv.Until, Answer: inv.Answer, Answered: inv.Answered}
		if len(inv.Of) > 0 {
			a.Of = inv.Of[0]
		}
		if coc.HasLogin(ours, inv.By) {
			a.By = inv.By
		}
		out = append(out, a)
	}
	return out
}

// recordOf is what there is to read. Of a notice it is how it stands: what it tells
// is held against more than the notice itself each time it is shown (prior.go), and
// stands in its issue.
func (d *Desk) recordOf(c coc.Case) Record {
	home := c.Home()
	r := Record{Listed: d.listed(c), FiledAt: c.Report.FiledAt, Responders: home.Responders}
	for _, e := range slices.Backward(c.Journal[min(home.Before, len(c.Journal)):]) {
		// What brought the case here was done elsewhere, and by whom is told by nobody.
		here := e.Actor == "" && e.From != e.To || coc.HasLogin(home.Committee.Logins(), e.Actor)
		if here && !e.HandsOver() {
			r.Steps = append(r.Steps, e)
		}
	}
	if c.Notice != nil {
		return r
	}
	r.Channel, r.Reporter, r.About, r.Around = c.Report.Channel, c.Report.Reporter, c.Source.Repo.String(), c.Report.Around
	r.Told = []Written{{At: c.Report.FiledAt, Text: c.Report.Account, Where: c.Report.Where, When: c.Report.When, Links: c.Report.Links, Needs: c.Report.Needs}}
	for _, a := range c.Report.Added {
		t := Written{At: a.At, Text: a.Text, Where: a.Where, When: a.When, Links: a.Links, Needs: a.Needs}
		if a.Answer != nil {
			t.By = a.Answer.By
		}
		r.Told = append(r.Told, t)
	}
	r.Parties, r.Passed, r.Messages, r.Evidence = c.Parties, c.PassedOn(), exchange(c), onlyOurs(c, c.Evidence, func(e *coc.Evidence) *coc.Login { return &e.By })
	r.Outcome, r.Accused, r.Accounts, r.Remedies = c.Outcome, ballot.AccusedOf(c), accounts(c, d.Clock.Now()), onlyOurs(c, c.Remedies, func(r *coc.Remedy) *coc.Login { return &r.By })
	return r
}

// Admits reports whether somebody may read a case on our pages at this moment, for
// whoever shows anything else of it.
func (d *Desk) Admits(ctx context.Context, who coc.Person, id coc.CaseID) (bool, error) {
	c, err := d.Store.Case(ctx, id)
	if errors.Is(err, coc.ErrMissing) {
		return false, nil
	}
	return err == nil && d.admits(ctx, who, c, d.look), err
}

// admits gathers what the rule asks for. Whatever cannot be read now keeps them out.
func (d *Desk) admits(ctx context.Context, who coc.Person, c coc.Case, look looking) bool {
	v, ok := d.visit(ctx, who, c, look)
	if !ok {
		return false
	}
	_, ok = v.Admitted()
	return ok
}

// looking is look or glance.
type looking func(context.Context, coc.Repo) coc.RoomFacts

// visit is somebody who comes to a case, with what is known at that moment; ok is false
// where that is not worth asking, or cannot be.
func (d *Desk) visit(ctx context.Context, who coc.Person, c coc.Case, look looking) (v conflict.Visit, ok bool) {
	home := c.Home()
	if home == nil {
		return v, false
	}
	v = conflict.Visit{Who: who, Home: *home, Parties: c.Parties, Record: record(c, *home)}
	if !v.Worth() {
		return v, false
	}
	var err error
	if v.Roster, v.Known, err = d.rosterLately(ctx, c); err != nil {
		return v, false
	}
	v.Room = look(ctx, home.Room.Repo)
	return v, true
}
