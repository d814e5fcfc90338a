package hook

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Log is the delivery logs of the Apps. Of its errors, coc.Later means not now,
// with an After not before that, and coc.ErrDenied that the App may not read
// its log; any other is about the one delivery.
type Log interface {
	// Deliveries reads one page, newest first; next is "" at the end of the
	// log. coc.ErrGone: the log does not know the cursor any more.
	Deliveries(ctx context.Context, app App, cursor string) (page []Logged, next string, err error)
	// Payload reads what an attempt carried.
	Payload(ctx context.Context, app App, id int64) (coc.Prose, error)
	// Redeliver has a delivery sent again, to the webhook.
	Redeliver(ctx context.Context, app App, id int64) error
}

// Memory is what a sweep keeps. Deliveries are named as in coc.Intake.
type Memory interface {
	// Known tells of each delivery whether it was taken or settled.
	Known(ctx context.Context, deliveries []string) ([]bool, error)
	// Settle makes deliveries known that are not taken, for as long as a log
	// may show them.
	Settle(ctx context.Context, deliveries []string) error
	// Progress is what KeepProgress kept last of an App's sweep, nil for
	// nothing.
	Progress(ctx context.Context, app int64) ([]byte, error)
	KeepProgress(ctx context.Context, app int64, progress []byte) error
	// Lease gives the only right to a key for a while; coc.ErrBusy: somebody
	// has it.
	Lease(ctx context.Context, key string, ttl time.Duration) (release func(), err error)
}

// Gap is something that a sweep could not bring in.
type Gap struct {
	Reason string // one of the Gap constants
	App    int64
	// The delivery, where it is one that is known of.
	ID    int64
	GUID  string
	Event string
	// From and To bound when it happened, as far as is known.
	From, To time.Time
}

// The reasons of a Gap.
const (
	GapPayload    = "payload"    // neither its payload nor another attempt was to be had
	GapUnanswered = "unanswered" // GitHub was asked to send it again, and it did not come
	GapTooLarge   = "too_large"  // larger than MaxBody
	GapLog        = "log"        // nobody read the log while it could be read
)

// GapReasons lists them all.
func GapReasons() []string { return []string{GapPayload, GapUnanswered, GapTooLarge, GapLog} }

// SweepOptions set up a Sweeper: the webhook's own options, so that a swept
// delivery becomes the same intake, and what only a sweep needs.
type SweepOptions struct {
	Options
	Deliveries Log
	Memory     Memory
	// Gap hears of everything that could not be brought in, before it is
	// forgotten; after a crash perhaps twice. Nil: nobody does.
	Gap func(Gap)
	// Every is how often Turn is called, by each replica; zero: five minutes.
	Every time.Duration
}

// Sweeper reads the Apps' delivery logs for what is missing here. It is safe
// for concurrent use.
type Sweeper struct {
	SweepOptions
	takers map[int64]*taker

	mu       sync.Mutex
	standing map[int64]Standing
	looked   map[int64]bool // by this process
	putOff   map[int64]bool // this process's last round was, and is to go on
}

// Standing is how far the sweep of one App is.
type Standing struct {
	// Looked is when its log was last looked at, down to what was looked at
	// before; zero: not as far as this process knows.
	Looked time.Time
	// Missing is how many deliveries were found that are not here yet.
	Missing int
	// Here: this process has looked so far itself.
	Here bool
}

// NewSweeper refuses the same Apps as New. It does no I/O.
func NewSweeper(o SweepOptions) (*Sweeper, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	if o.Deliveries == nil || o.Memory == nil {
		return nil, errors.New("hook: Deliveries and Memory are required")
	}
	if o.Gap == nil {
		o.Gap = func(Gap) {}
	}
	if o.Every <= 0 {
		o.Every = 5 * time.Minute
	}
	s := &Sweeper{SweepOptions: o, takers: map[int64]*taker{}, standing: map[int64]Standing{}, looked: map[int64]bool{}, putOff: map[int64]bool{}}
	ours, h := ourApps(o.Apps), &handler{Options: o.Options}
	for _, app := range o.Apps {
		s.takers[app.ID] = &taker{handler: h, app: app, ours: ours}
	}
	return s, nil
}

// Standing is how far the sweep of an App is, as this process knows it.
func (s *Sweeper) Standing(app App) Standing {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.standing[app.ID]
}

// Turn is Round, unless one was made just now, perhaps by another replica. The first
// Turn of a process always makes one, and so does the one after a round that failed: what
// that had found is still missing.
func (s *Sweeper) Turn(ctx context.Context, app App) error { return s.round(ctx, app, true) }

// Round reads an App's log from its top to what was looked at before, and takes
// in what is missing. What one round cannot do, the next ones go on with. nil
// where another replica is at it. coc.Later: GitHub or its limits are in the
// way, and nothing is lost.
func (s *Sweeper) Round(ctx context.Context, app App) error { return s.round(ctx, app, false) }

func (s *Sweeper) round(ctx context.Context, app App, inTurn bool) error {
	release, err := s.Memory.Lease(ctx, "sweep/"+strconv.FormatInt(app.ID, 10), leaseFor)
	if errors.Is(err, coc.ErrBusy) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("sweep of App %d: %w", app.ID, err)
	}
	defer release()
	within, cancel := context.WithTimeout(ctx, roundWithin)
	defer cancel()
	r := &round{Sweeper: s, as: s.takers[app.ID], began: s.Now(), over: func() bool { return within.Err() != nil }}
	if err := r.load(ctx); err != nil {
		return fmt.Errorf("sweep of App %d: %w", app.ID, err)
	}
	if inTurn && !r.first && !r.goesOn && r.began.Sub(r.Looked) < s.Every/2 {
		r.note()
		return nil
	}
	err = r.run(ctx)
	// What was done is kept although we are told to stop.
	kept, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeWithin)
	defer cancel()
	err = errors.Join(err, r.keep(kept))
	if s.puts(app, err != nil); err != nil {
		return fmt.Errorf("sweep of App %d: %w", app.ID, err)
	}
	return nil
}

// puts notes whether a round is to go on.
func (s *Sweeper) puts(app App, off bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.putOff[app.ID] = off
}
