package hook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

const (
	// roundRequests is the most that one round asks of GitHub. Twelve rounds
	// an hour leave half of an App's five thousand requests to its tokens.
	roundRequests = 200
	// roundWithin ends a round before its lease does. Both are real time: a clock
	// that is put forward makes nobody read faster.
	roundWithin = 30 * time.Second
	leaseFor    = time.Minute
	// keepEvery is how many requests a crash may have us make again.
	keepEvery = 20
	// fullyEvery is how often the whole log is read, beside at every start.
	fullyEvery = 12 * time.Hour
	// strikesAtOnce is how many payloads in a row may fail before a round
	// takes GitHub for ill.
	strikesAtOnce = 3
	// asksMost is how often GitHub is asked to send a delivery again, and
	// answerWithin how long that may take each time.
	asksMost     = 3
	answerWithin = 10 * time.Minute
	// goneFor is how long GitHub must say that a delivery is not there: it says
	// so of what is there, too, on its bad days.
	goneFor = 30 * time.Minute
)

// errSpent ends a round that has done its share.
var errSpent = errors.New("enough for one round")

// round is one round of one App.
type round struct {
	*Sweeper
	progress
	as       *taker
	began    time.Time
	over     func() bool // the round has lasted long enough
	first    bool        // of this process
	goesOn   bool        // the one before it, of this process, was put off
	requests int
	settled  []string // to be made known
}

func (r *round) load(ctx context.Context) error {
	r.mu.Lock()
	r.first, r.goesOn = !r.looked[r.as.app.ID], r.putOff[r.as.app.ID]
	r.mu.Unlock()
	kept, err := r.Memory.Progress(ctx, r.as.app.ID)
	if err != nil || kept == nil {
		return err
	}
	return json.Unmarshal(kept, &r.progress)
}

func (r *round) keep(ctx context.Context) error {
	if err := r.flush(ctx); err != nil {
		return err
	}
	kept, err := json.Marshal(r.progress)
	if err != nil {
		return err
	}
	if err := r.Memory.KeepProgress(ctx, r.as.app.ID, kept); err != nil {
		return err
	}
	r.note()
	return nil
}

func (r *round) note() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.looked[r.as.app.ID] = r.looked[r.as.app.ID] || r.Looked.Equal(r.began)
	r.standing[r.as.app.ID] = Standing{Looked: r.Looked, Missing: len(r.Missing), Here: r.looked[r.as.app.ID]}
}

// run does what is new first, and then what is left of reading the whole log.
func (r *round) run(ctx context.Context) error {
	err := r.readNew(ctx)
	if err == nil {
		err = r.fetch(ctx)
	}
	if err == nil && r.Old != nil {
		if err = r.readOld(ctx); err == nil {
			err = r.fetch(ctx)
		}
	}
	if errors.Is(err, errSpent) {
		return nil
	}
	return err
}

// readNew goes from the top of the log down to what was looked at before.
func (r *round) readNew(ctx context.Context) error {
	if r.New == nil {
		r.New = &walk{}
		if !r.Swept.IsZero() {
			r.New.Down = r.Swept.Add(-overlap)
		}
	}
	w := r.New
	if err := r.walk(ctx, w); err != nil {
		if errors.Is(err, coc.ErrGone) {
			r.New = nil // the next round begins at the top
		}
		return err
	}
	if from, to, lost := r.outlived(w, r.began); lost {
		r.Gap(Gap{Reason: GapLog, App: r.as.app.ID, From: from, To: to})
	}
	if r.Swept.Before(w.Newest) {
		r.Swept = w.Newest
	}
	r.New, r.Looked = nil, r.began
	switch {
	case w.Ended || w.Down.IsZero():
		r.Read, r.Old = r.began, nil
	case r.Old == nil && (r.first || r.began.Sub(r.Read) >= fullyEvery):
		r.Old = &walk{Cursor: w.Cursor, Before: w.Before}
	}
	return nil
}

// readOld goes on below, to the end of the log.
func (r *round) readOld(ctx context.Context) error {
	err := r.walk(ctx, r.Old)
	switch {
	case errors.Is(err, coc.ErrGone): // the log has ended before it by now
	case err != nil:
		return err
	}
	r.Old, r.Read = nil, r.began
	return nil
}

// walk reads pages until it is as far down as it should be, and adds what it
// has found to what is missing.
func (r *round) walk(ctx context.Context, w *walk) error {
	for below := true; below && !w.Ended; {
		if r.spent() {
			return errSpent
		}
		r.requests++
		page, next, err := r.Deliveries.Deliveries(ctx, r.as.app, w.Cursor)
		if err != nil {
			return err
		}
		if w.Before.IsZero() {
			w.begin(page, r.Now())
		}
		if page, below = w.inReach(page); len(page) > 0 {
			known, err := r.known(ctx, page)
			if err != nil {
				return err
			}
			w.sift(page, known)
		}
		if w.Ended = next == ""; !w.Ended {
			w.Cursor = next
		}
		if r.requests%keepEvery == 0 {
			if err := r.keep(ctx); err != nil {
				return err
			}
		}
	}
	r.merge(w)
	return r.settle(ctx, w.Dropped...)
}

// spent reports whether the rest is left to the next round.
func (r *round) spent() bool {
	return r.requests >= roundRequests || r.over()
}

// known asks of each entry of a page whether it is here. What is not needed is
// not asked for.
func (r *round) known(ctx context.Context, page []Logged) ([]bool, error) {
	var guids []string
	for _, l := range page {
		if mayNeed(l.Event, l.Action) {
			guids = append(guids, l.GUID)
		}
	}
	here, err := r.here(ctx, guids)
	known := make([]bool, len(page))
	for i, l := range page {
		known[i] = here[l.GUID]
	}
	return known, err
}

// here asks, a page at a time, which deliveries were taken or settled.
func (r *round) here(ctx context.Context, guids []string) (map[string]bool, error) {
	here := map[string]bool{}
	for some := range slices.Chunk(guids, 100) {
		keys := make([]string, len(some))
		for i, guid := range some {
			keys[i] = r.key(guid)
		}
		known, err := r.Memory.Known(ctx, keys)
		if err != nil {
			return nil, err
		}
		for i, guid := range some {
			here[guid] = known[i]
		}
	}
	return here, nil
}

// key is how a delivery is called in the store.
func (r *round) key(guid string) string {
	return r.Digest("delivery", r.as.app.delivery(guid)...)
}

// fetch brings in what is missing, and keeps what cannot be had now.
func (r *round) fetch(ctx context.Context) error {
	if err := r.dropKnown(ctx); err != nil {
		return err
	}
	var kept []missing
	var err error
	strikes, n := 0, 0
	for ; n < len(r.Missing) && err == nil; n++ {
		if r.spent() {
			err = errSpent
			break
		}
		m := r.Missing[n]
		var still bool
		if still, err = r.bring(ctx, &m); still {
			kept = append(kept, m)
		}
		if err == nil {
			strikes = 0
		} else if strikes++; passing(ctx, err) && strikes < strikesAtOnce {
			err = nil
		}
	}
	r.Missing = append(kept, r.Missing[n:]...)
	return err
}

// dropKnown forgets what has come by itself.
func (r *round) dropKnown(ctx context.Context) error {
	guids := make([]string, len(r.Missing))
	for i, m := range r.Missing {
		guids[i] = m.GUID
	}
	here, err := r.here(ctx, guids)
	if err != nil {
		return err
	}
	r.Missing = slices.DeleteFunc(r.Missing, func(m missing) bool { return here[m.GUID] })
	return nil
}

// bring takes one delivery in from its logged payload, or else has it sent
// again. still says that it is missing as before, as it always is with an error.
func (r *round) bring(ctx context.Context, m *missing) (still bool, err error) {
	if m.Asks > 0 {
		return r.await(ctx, m)
	}
	r.requests++
	payload, err := r.Deliveries.Payload(ctx, r.as.app, m.ID)
	switch {
	case stopped(err):
		m.Fails++
		return true, err
	case err != nil:
		return r.ask(ctx, m)
	}
	err = r.take(ctx, m, []byte(payload.Reveal()))
	if errors.Is(err, errNotJSON) {
		return r.ask(ctx, m)
	}
	return err != nil, err
}

// take is what the webhook does with a delivery, from where the signature has
// been checked.
func (r *round) take(ctx context.Context, m *missing, body []byte) error {
	switch {
	case int64(len(body)) > r.MaxBody:
		return r.giveUp(ctx, m, GapTooLarge)
	case !sound(body):
		return errNotJSON // in doubt it is needed
	}
	in, needed, err := r.as.intake(m.Event, m.GUID, body)
	if err != nil {
		return err
	}
	if needed {
		taking, cancel := context.WithTimeout(ctx, takeWithin)
		defer cancel()
		fresh, err := r.Take(taking, in)
		if err != nil {
			return fmt.Errorf("take delivery %s: %w", m.GUID, err)
		}
		if fresh {
			r.Count(known(m.Event), ResultSwept)
			r.Log.Info().Str("delivery", m.GUID).Str("event", known(m.Event)).Int64("app", r.as.app.ID).
				Msg("hook: taken in from GitHub's delivery log")
			return nil
		}
	}
	return r.settle(ctx, m.GUID)
}

// ask has a delivery sent again whose payload is not to be had. Where that is
// refused too, for long enough, it is gone.
func (r *round) ask(ctx context.Context, m *missing) (still bool, err error) {
	r.requests++
	err = r.Deliveries.Redeliver(ctx, r.as.app, m.ID)
	switch {
	case err == nil:
		m.Asks, m.Asked = m.Asks+1, r.Now()
		return true, nil
	case stopped(err):
		return true, err
	}
	if m.Gone.IsZero() {
		m.Gone = r.Now()
	}
	if r.Now().Sub(m.Gone) < goneFor {
		return true, nil
	}
	err = r.giveUp(ctx, m, GapPayload)
	return err != nil, err
}

// await waits for what was asked for; once it is there, it is not missing.
func (r *round) await(ctx context.Context, m *missing) (still bool, err error) {
	switch {
	case r.Now().Sub(m.Asked) < answerWithin:
		return true, nil
	case m.Asks < asksMost:
		return r.ask(ctx, m)
	}
	err = r.giveUp(ctx, m, GapUnanswered)
	return err != nil, err
}

// giveUp names a gap, and looks at it no more.
func (r *round) giveUp(ctx context.Context, m *missing, reason string) error {
	r.Gap(Gap{Reason: reason, App: r.as.app.ID, ID: m.ID, GUID: m.GUID, Event: known(m.Event), From: m.At, To: m.At})
	return r.settle(ctx, m.GUID)
}

// settle makes deliveries known, some at a time.
func (r *round) settle(ctx context.Context, guids ...string) error {
	for _, guid := range guids {
		r.settled = append(r.settled, r.key(guid))
	}
	if len(r.settled) < keepEvery {
		return nil
	}
	return r.flush(ctx)
}

func (r *round) flush(ctx context.Context) error {
	if len(r.settled) == 0 {
		return nil
	}
	if err := r.Memory.Settle(ctx, r.settled); err != nil {
		return err
	}
	r.settled = nil
	return nil
}

// stopped tells an error that is about now, or about the App, from one that is
// about the one delivery.
func stopped(err error) bool {
	_, later := coc.IsLater(err)
	return later || errors.Is(err, coc.ErrDenied)
}

// passing reports whether an error may be about one delivery only: GitHub asks
// for no pause, and nobody has told us to stop.
func passing(ctx context.Context, err error) bool {
	l, later := coc.IsLater(err)
	return later && l.After.IsZero() && ctx.Err() == nil
}
