package casework

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/policy"
	"github.com/cocrouter/cocrouter/pkg/route"
)

// Guide is what the form says before its first field: where files and
// directory point. It depends on the source and on public settings only, never
// on a party, a conflict, a room or another case.
type Guide struct {
	// Known is false for a repository that the App cannot see and for a
	// private one alike; everything else then speaks of the fallback.
	Known       bool
	Committee   string
	Members     []coc.Login // only where the committee shows them
	Size        int
	Asks        bool // each of them is asked in private before they read a word
	Contact     string
	Next        string // the committee above
	NextContact string
	Acknowledge coc.Span
	Events      []Suggested // of the directory, whatever the source is
	Projects    []Suggested // likewise; Name is what ProjectNamed knows, Place whose it is
	// Words are what the committee says to reporters in its own way, by language.
	Words map[string]policy.Words
}

// Guessing names of repositories in the form must not use up what an
// installation may ask of GitHub in an hour, because reports need it: so many
// look-ups of names that are not known yet are made at once, and then one each
// coldEvery. Reports are looked up in any event.
const (
	coldAtOnce = 60
	coldEvery  = 4 * time.Second
)

// Guide never fails because of GitHub: when it cannot be asked, the page
// speaks of the fallback, and the report finds its committee later. With an
// error the fallback comes as well, so that there is somebody to turn to.
func (d *Desk) Guide(ctx context.Context, repo coc.Repo) (Guide, error) {
	now := d.Clock.Now()
	if repo.IsZero() {
		return d.fallback(), nil
	}
	if !d.files.has(repo.Owner, "source", repo.Name) && !d.cold.AllowN(now, 1) {
		return d.fallback(), nil
	}
	facts, err := d.source(ctx, repo, now)
	known := err == nil && facts.ID != 0 && facts.Visibility == "public"
	if !known {
		return d.fallback(), nil
	}
	pointed, err := d.pointed(ctx, facts, now)
	if _, ok := coc.IsLater(err); ok {
		return d.fallback(), nil
	}
	if err != nil || len(pointed.Chain) == 0 {
		return d.fallback(), err
	}
	guide := d.guideOf(pointed.Chain, true)
	guide.Words = d.ownWords(ctx, pointed.Chain[0])
	return guide, nil
}

// ownWords are what stands in a committee's own file, which was read a moment ago to
// find it; none where it cannot be read, because a form without them is a form.
func (d *Desk) ownWords(ctx context.Context, k coc.Committee) map[string]policy.Words {
	if k.Incidents.IsZero() {
		return nil
	}
	f, err := d.roster(ctx, k.Incidents)
	if err != nil || f.State != route.StateFound {
		return nil
	}
	return f.File.Words
}

func (d *Desk) fallback() Guide {
	return d.guideOf(d.Directory.Chain(d.Directory.Fallback()), false)
}

func (d *Desk) guideOf(chain []coc.Committee, known bool) Guide {
	if len(chain) == 0 {
		return Guide{Known: known, Events: d.suggested(), Projects: d.projects()}
	}
	first := chain[0]
	g := Guide{
		Known: known, Events: d.suggested(), Projects: d.projects(), Committee: first.Name, Size: len(first.Members), Contact: first.Contact,
		Acknowledge: first.Clocks.AcknowledgeWithin, Asks: first.Separate == coc.SeparateAlways,
	}
	if first.ShowMembers && known {
		g.Members = first.Logins()
	}
	if len(chain) > 1 {
		g.Next, g.NextContact = chain[1].Name, chain[1].Contact
	}
	return g
}

// Progress is what a receipt shows. It does not say which committee has the
// case: that may follow from who was named, and a receipt would then tell who
// sits on a committee that hides its members. For the same reason a case that
// had to move because of what was added keeps showing the stage that somebody
// gave it, until somebody gives it another. That a member passed a case on is that
// member's own doing, and is told, as is every stage that a member gives it, and so
// is that it went on because of what was not done in time; that it left by itself
// otherwise follows from who is concerned, and is not.
type Progress struct {
	// State is taken-in (durable, on its way), with-committee, or sealed
	// (kept here because nobody could take it; Contact is whom to ask).
	State   string
	Stage   coc.Stage
	Contact string
	FiledAt time.Time
	Changed time.Time // of the stage
	// Passed is when it last went to another committee, because a member gave it away
	// or, where it is Late, because it was not acted on in time; zero: never.
	Passed time.Time
	Late   bool
	Direct []Direct // by what was said when it was sent
	// Messages is what the committee has told or asked and what the reporter has
	// written, the newest first.
	Messages []Said
	// Urgent and Withdrawn are when the reporter said so last; zero: they did not.
	Urgent, Withdrawn time.Time
	// Named: the report carries the name of whoever sent it.
	Named bool
	// Full: the case keeps no more of the reporter's words.
	Full bool
	// Silent is when a word was due to the reporter that they have not had, by what the
	// public files promise; zero: none is late. Way is whom they can turn to.
	Silent time.Time
	Way    []Direct
	// Belongs names the committee of the project to which such a report belongs that
	// was filed with the foundation, by what was said and by public files; "" is none.
	// It says nothing of where the case is.
	Belongs string
}

// Said is a word of the committee to the reporter, or of the reporter. Who of the
// committee wrote it is not told.
type Said struct {
	At   time.Time
	Kind coc.MessageKind
	Text coc.Prose
}

// The states of a Progress.
const (
	TakenIn       = "taken-in"
	WithCommittee = "with-committee"
	Sealed        = "sealed"
)

// Progress looks a receipt up. coc.ErrMissing: there is none such.
func (d *Desk) Progress(ctx context.Context, receipt string) (Progress, error) {
	_, id, err := d.behind(ctx, receipt)
	if errors.Is(err, coc.ErrBusy) {
		return Progress{State: TakenIn}, nil
	}
	if err != nil {
		return Progress{}, err
	}
	c, err := d.Store.Case(ctx, id)
	if err != nil {
		return Progress{}, err
	}
	p := progressOf(c)
	p.Direct = d.Direct(c.Report.Around)
	return p, d.silence(ctx, c, &p)
}

func progressOf(c coc.Case) Progress {
	home := c.Home()
	p := Progress{State: WithCommittee, Stage: coc.StageReceived, FiledAt: c.Report.FiledAt, Named: c.Report.Reporter != ""}
	for _, d := range c.Duties {
		if d.What == coc.WordMoved {
			p.Belongs = d.To.Name
		}
	}
	for _, e := range c.Journal {
		if late := e.Act == actUnanswered || e.Act == actUndecided; late || e.HandsOver() {
			p.Passed, p.Late = e.At, late
		}
		if e.To != e.From && e.Act != actMovedOn {
			p.Stage, p.Changed = e.To, e.At
		}
	}
	for _, m := range slices.Backward(c.Messages) {
		if m.Shown {
			p.Messages = append(p.Messages, Said{m.At, m.Kind, m.Text})
		}
		if m.Kind == coc.MessageUrgent && p.Urgent.IsZero() {
			p.Urgent = m.At
		}
		if m.Kind == coc.MessageWithdrawn && p.Withdrawn.IsZero() {
			p.Withdrawn = m.At
		}
	}
	p.Full = full(c, coc.FromReporter{Kind: coc.MessageAnswer})
	housed := slices.ContainsFunc(c.Placements, func(p coc.Placement) bool { return p.Issue != 0 })
	switch {
	case home.Sealed():
		p.State, p.Contact = Sealed, home.Committee.Contact
	case !housed && home.Asked.IsZero():
		p.State = TakenIn
	}
	return p
}
