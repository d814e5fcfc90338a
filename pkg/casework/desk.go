package casework

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/notice"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

// Options wire a Desk to the world. All ports are required.
type Options struct {
	GitHub   GitHub
	Store    Store
	Keys     Keys
	Operator Operator
	Clock    Clock
	// Decode turns the payload of a webhook delivery into an event.
	Decode func(coc.Intake) (coc.Event, error)
	// Directory is the operator's list of committees.
	Directory policy.Directory
	// Vault keeps what is evidence. Nil: only addresses are kept, and no files taken.
	Vault Vault
	// Web is where GitHub's pages are, whose addresses are captured. "": none are.
	Web string
	// Evidence is how much is kept. The zero value is DefaultEvidence.
	Evidence EvidenceLimits
	// PublicURL is where the form is reached, without a trailing slash.
	PublicURL string
	// Patience is how long an unreadable GitHub is asked again before a
	// report is routed without its answer. Zero: ten minutes.
	Patience time.Duration
	// Forget is told when what is known of an owner's installation may have
	// changed. Nil: nobody is told.
	Forget func(owner string)
	// Accounts is where people sign in. Nil: nobody can.
	Accounts Accounts
	// Explains: this desk only says where a report would go, and people sign in at the
	// one that takes it.
	Explains bool
	// Heard reports whether what people wrote while nothing of ours ran has come in, as
	// far as it can be had. Until then nobody's silence counts. Nil: it has.
	Heard func(context.Context) bool
	// Refused is told the rule of every refusal that a person is given in a
	// case, one of RefusalRules. Nil: nobody is told.
	Refused func(rule string)
}

// Desk decides on intakes and carries out jobs. It is safe for concurrent use.
type Desk struct {
	Options
	files *shelf
	rooms *glances
	// rosters is who is on which committee, for those who read our pages.
	rosters rosters
	cold    *rate.Limiter // see Guide
	// drawing is full while a picture is drawn anew, which takes much memory.
	drawing chan struct{}
}

// New takes the ports in. It does no I/O.
func New(o Options) *Desk {
	if o.Patience == 0 {
		o.Patience = 10 * time.Minute
	}
	if o.Forget == nil {
		o.Forget = func(string) {}
	}
	if o.Heard == nil {
		o.Heard = func(context.Context) bool { return true }
	}
	if o.Refused == nil {
		o.Refused = func(string) {}
	}
	o.Evidence = o.Evidence.orDefault()
	o.PublicURL = strings.TrimRight(o.PublicURL, "/")
	return &Desk{Options: o, files: newShelf(o.Clock), rooms: newGlances(o.Clock), cold: rate.NewLimiter(rate.Every(coldEvery), coldAtOnce), drawing: make(chan struct{}, 1)}
}

// Do carries out one job. again says that it may have been begun before, so
// that creations look for their marker first. nil means that the job is done or has become pointless;
// coc.Later and coc.ErrBusy ask to be called again; any other error is retried
// with growing pauses.
func (d *Desk) Do(ctx context.Context, job coc.Job, again bool) error {
	if onSilence(job.Kind) && !d.Heard(ctx) {
		return coc.ErrBusy
	}
	err := d.do(ctx, job, again)
	if errors.Is(err, coc.ErrGone) {
		return nil
	}
	return err
}

// onSilence reports whether a job does something because nobody did.
func onSilence(k coc.JobKind) bool {
	return k == coc.JobClock || k == coc.JobScreen || k == coc.JobConsent || k == coc.JobStanding
}

func (d *Desk) do(ctx context.Context, job coc.Job, again bool) error {
	switch job.Kind {
	case coc.JobIntake:
		return d.intake(ctx, job.Intake)
	case coc.JobOpen:
		return d.open(ctx, job, again)
	case coc.JobEffect:
		return d.effect(ctx, job, again)
	case coc.JobShow:
		return d.show(ctx, job)
	case coc.JobErrand:
		return d.errand(ctx, job.Errand, again)
	case coc.JobStanding:
		return d.replace(ctx, job.Standing)
	case coc.JobScreen:
		return d.screen(ctx, job)
	case coc.JobConsent:
		return d.consent(ctx, job)
	case coc.JobLeave:
		return d.leaveNow(ctx, job)
	case coc.JobSurvey:
		return d.survey(ctx, job)
	case coc.JobTell:
		return d.tellBriefly(ctx, job)
	case coc.JobCapture:
		return d.capture(ctx, job)
	case coc.JobPrior:
		return d.recordOwn(ctx, job)
	case coc.JobIndex:
		return d.index(ctx, job, again)
	case coc.JobClock:
		return d.strike(ctx, job)
	}
	return fmt.Errorf("no such job: %q", job.Kind)
}

// alarm tells the operators of problems of rooms and files. It comes before the
// commit that records what the problem led to: hearing of it twice is better
// than never, should we die in between.
func (d *Desk) alarm(ctx context.Context, reasons ...coc.Reason) {
	for _, r := range reasons {
		d.Operator.Alarm(ctx, notice.Alarm(r))
	}
}

// formURL is the private form for a repository.
func (d *Desk) formURL(r coc.Repo) string {
	return d.PublicURL + "/report/" + url.PathEscape(r.Owner) + "/" + url.PathEscape(r.Name)
}

// pages is where members read what no issue shows.
func (d *Desk) pages() notice.Pages {
	if !d.CanSignIn() {
		return ""
	}
	return notice.Pages(d.PublicURL + "/cases/")
}

// commit is the store's, for what was decided on facts that others may have
// changed meanwhile. coc.ErrBusy: they have, so it is to be decided again.
func (d *Desk) commit(ctx context.Context, change coc.Change) error {
	d.wind(&change)
	err := d.Store.Commit(ctx, change)
	if errors.Is(err, coc.ErrConflict) {
		return coc.ErrBusy
	}
	return err
}

// amend changes a case that may be moving: it reads, lets f change, commits,
// and starts over when somebody else was faster. f returns what must follow,
// or false to leave the case as it is.
func (d *Desk) amend(ctx context.Context, id coc.CaseID, f func(*coc.Case) (coc.Change, bool)) error {
	for range 5 {
		c, err := d.Store.Case(ctx, id)
		if err != nil {
			return fmt.Errorf("case %s: %w", id, err)
		}
		change, ok := f(&c)
		if !ok {
			return nil
		}
		c.Revision++
		change.Cases = []coc.Case{c}
		d.wind(&change)
		err = d.Store.Commit(ctx, change)
		if !errors.Is(err, coc.ErrConflict) {
			return err
		}
	}
	return coc.ErrBusy
}

// quietly marks what the room shows as still current, for a change that the
// room need not show. The case is about to be committed at its next revision.
func quietly(c *coc.Case) {
	for i := range c.Placements {
		if c.Placements[i].Shown == c.Revision {
			c.Placements[i].Shown++
		}
	}
}
