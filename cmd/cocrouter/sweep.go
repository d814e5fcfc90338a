package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/forge"
	"github.com/cocrouter/cocrouter/pkg/hook"
	"github.com/cocrouter/cocrouter/pkg/store"
)

const (
	// sweepEvery is how often each App's delivery log is read, and sweepAgain
	// how soon after GitHub failed without saying when to come back.
	sweepEvery = 5 * time.Minute
	sweepAgain = time.Minute
	// pruneEvery is how often traces of deliveries are removed that no log can
	// show any more, a day after that at the earliest.
	pruneEvery = time.Hour
	traceLife  = hook.LogLife + 24*time.Hour
	// clockEvery is how often the clock is looked at, which may be one that is
	// put forward.
	clockEvery = time.Second
	// hearsWithin is how long after the start something is done for want of a word
	// although the delivery logs could not be read.
	hearsWithin = time.Hour
)

// The ports of the sweep and who stands behind them.
var (
	_ hook.Log    = deliveryLogs{}
	_ hook.Memory = (*store.Store)(nil)
)

// deliveryLogs is the Apps' delivery logs as the sweep reads them.
type deliveryLogs struct{ github *forge.Forge }

func (l deliveryLogs) Deliveries(ctx context.Context, app hook.App, cursor string) ([]hook.Logged, string, error) {
	listed, next, err := l.github.Deliveries(ctx, app.Roles[0], cursor)
	page := make([]hook.Logged, len(listed))
	for i, d := range listed {
		page[i] = hook.Logged(d)
	}
	return page, next, err
}

func (l deliveryLogs) Payload(ctx context.Context, app hook.App, id int64) (coc.Prose, error) {
	return l.github.Payload(ctx, app.Roles[0], id)
}

func (l deliveryLogs) Redeliver(ctx context.Context, app hook.App, id int64) error {
	return l.github.Redeliver(ctx, app.Roles[0], id)
}

// sweeping brings in, now and then, what GitHub could not deliver, and removes
// what is kept for that.
type sweeping struct {
	*hook.Sweeper
	every time.Duration // 0: only when a test calls Round
	apps  []hook.App
	store *store.Store
	now   func() time.Time
	log   zerolog.Logger
	// began and started are when the server was, by its clock and by the machine's.
	began, started time.Time
	all            atomic.Bool // has been heard
}

func newSweeping(webhook hook.Options, gh *forge.Forge, st *store.Store, every time.Duration, o operator) (*sweeping, error) {
	s := &sweeping{every: every, apps: webhook.Apps, store: st, now: webhook.Now, log: webhook.Log, began: webhook.Now(), started: time.Now()}
	gaps := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "cocrouter_sweep_gaps_total",
		Help: "What GitHub could not deliver and its delivery log could not give back, by reason. The log names each.",
	}, []string{"reason"})
	for _, reason := range hook.GapReasons() {
		gaps.WithLabelValues(reason)
	}
	var err error
	s.Sweeper, err = hook.NewSweeper(hook.SweepOptions{
		Options: webhook, Deliveries: deliveryLogs{gh}, Memory: st, Every: every,
		Gap: func(g hook.Gap) {
			gaps.WithLabelValues(g.Reason).Inc()
			o.gap(g)
		},
	})
	if err != nil {
		return nil, err
	}
	o.metrics.registry.MustRegister(gaps, &sweepCollector{s})
	return s, nil
}

// gap tells the operator what was lost, as far as anybody knows.
func (o operator) gap(g hook.Gap) {
	o.metrics.alarms.Inc()
	line := o.log.Error().Bool("alarm", true).Str("reason", g.Reason).Int64("app", g.App)
	if g.Reason == hook.GapLog {
		line.Time("from", g.From).Time("to", g.To).
			Msg("GitHub's delivery log was not read for longer than it lasts: what happened in between and was not delivered is lost. Look at the rooms, and ask the projects.")
		return
	}
	line.Str("delivery", g.GUID).Str("event", g.Event).Int64("logged_as", g.ID).Time("at", g.From).
		Msg("a delivery did not come and is not to be had: look in the App's settings on GitHub, under Advanced, what it was about.")
}

// heard reports whether what GitHub could not deliver while no server ran has come in and
// is done, or an hour has gone: clocks that wait for ever would be worse.
func (s *sweeping) heard(ctx context.Context) bool {
	if s.every <= 0 || s.all.Load() {
		return true
	}
	if s.now().Sub(s.began) < hearsWithin && time.Since(s.started) < hearsWithin {
		for _, app := range s.apps {
			if at := s.Standing(app); !at.Here || at.Missing > 0 {
				return false
			}
		}
		if undone, err := s.store.OldestUndone(ctx); err != nil || !undone.IsZero() {
			return false
		}
	}
	s.all.Store(true)
	return true
}

// run sweeps and prunes until ctx ends, each App by itself.
func (s *sweeping) run(ctx context.Context) {
	if s.every <= 0 {
		return
	}
	var all sync.WaitGroup
	for _, app := range s.apps {
		all.Go(func() { s.repeat(ctx, s.every, func() time.Time { return s.turn(ctx, app) }) })
	}
	all.Go(func() { s.repeat(ctx, pruneEvery, func() time.Time { s.prune(ctx); return time.Time{} }) })
	all.Wait()
}

// repeat does something at once and then whenever the clock has moved on by so
// much, or to the time that it returned.
func (s *sweeping) repeat(ctx context.Context, every time.Duration, do func() time.Time) {
	tick := time.NewTicker(clockEvery)
	defer tick.Stop()
	for next := (time.Time{}); ; {
		if now := s.now(); !now.Before(next) {
			if next = do(); next.IsZero() {
				next = now.Add(every)
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// turn is one App's turn, and says when the next one is if not in its time.
func (s *sweeping) turn(ctx context.Context, app hook.App) (next time.Time) {
	err := s.Turn(ctx, app)
	if err == nil || ctx.Err() != nil {
		return time.Time{}
	}
	if later, put := coc.IsLater(err); put {
		if next = later.After; next.IsZero() {
			next = s.now().Add(sweepAgain)
		}
		level := zerolog.WarnLevel
		if later.Ours {
			level = zerolog.DebugLevel
		}
		s.log.WithLevel(level).Err(err).Int64("app", app.ID).Time("next", next).Msg("the delivery log is read on later")
		return next
	}
	s.log.Error().Err(err).Int64("app", app.ID).Msg("the delivery log cannot be read")
	return time.Time{}
}

func (s *sweeping) prune(ctx context.Context) {
	for more := true; more && ctx.Err() == nil; {
		var err error
		if more, err = s.store.Prune(ctx, s.now().Add(-traceLife)); err != nil && ctx.Err() == nil {
			s.log.Error().Err(err).Msg("what was done is pruned later")
		}
	}
}

// sweepCollector tells how far the sweep is when somebody asks.
type sweepCollector struct {
	*sweeping
}

var (
	sweepAgeDesc = prometheus.NewDesc("cocrouter_sweep_age_seconds",
		"How long ago an App's delivery log was last looked at, or else the server began.", []string{"app"}, nil)
	sweepMissingDesc = prometheus.NewDesc("cocrouter_sweep_missing",
		"Deliveries that an App's delivery log has and that are not here yet.", []string{"app"}, nil)
)

func (c *sweepCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- sweepAgeDesc
	ch <- sweepMissingDesc
}

func (c *sweepCollector) Collect(ch chan<- prometheus.Metric) {
	for _, app := range c.apps {
		at, since := c.Standing(app), c.began
		if !at.Looked.IsZero() {
			since = at.Looked
		}
		role := string(app.Roles[0])
		ch <- prometheus.MustNewConstMetric(sweepAgeDesc, prometheus.GaugeValue, c.now().Sub(since).Seconds(), role)
		ch <- prometheus.MustNewConstMetric(sweepMissingDesc, prometheus.GaugeValue, float64(at.Missing), role)
	}
}
