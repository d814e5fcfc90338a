package main

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/forge"
	"github.com/cocrouter/cocrouter/pkg/store"
	"github.com/cocrouter/cocrouter/pkg/worker"
)

// metrics counts what happens without saying to whom. Labels come from our own
// short lists (events, operations, kinds, stages, rules) and never from a delivery, a
// report or a repository: a committee's volume is nobody else's business, and
// a name in a label would stay in somebody's time series for years.
type metrics struct {
	registry   *prometheus.Registry
	deliveries *prometheus.CounterVec
	requests   *prometheus.CounterVec
	heldBack   *prometheus.CounterVec
	refusals   *prometheus.CounterVec
	jobs       *prometheus.HistogramVec
	alarms     prometheus.Counter
	took       prometheus.Histogram // of commits
	shared     prometheus.Histogram // by intakes
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "cocrouter_deliveries_total",
			Help: "Webhook deliveries, by GitHub's name of the event and what became of them.",
		}, []string{"event", "result"}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "cocrouter_github_requests_total",
			Help: "Requests to GitHub, by operation and status; 0 where there was no answer.",
		}, []string{"operation", "status"}),
		heldBack: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "cocrouter_github_held_back_total",
			Help: "Requests to GitHub that were put off here, by reason.",
		}, []string{"reason"}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "cocrouter_refusals_total",
			Help: "Commands in cases that were refused, by the rule that refused them.",
		}, []string{"rule"}),
		jobs: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "cocrouter_job_seconds",
			Help:    "Attempts at jobs, by kind and result, and how long they took.",
			Buckets: []float64{.005, .02, .1, .5, 2, 10, 30},
		}, []string{"kind", "result"}),
		alarms: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "cocrouter_alarms_total",
			Help: "Problems that an operator was told of: of rooms, files and jobs. The log names them.",
		}),
		took: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "cocrouter_commit_seconds",
			Help:    "How long it took to make deliveries and reports durable, by commit.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, 1, 2.5, 10},
		}),
		shared: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "cocrouter_commit_intakes",
			Help:    "How many deliveries and reports shared a commit.",
			Buckets: []float64{1, 2, 4, 8, 16, 32, 64, 128, 256},
		}),
	}
	for _, reason := range forge.Reasons() {
		m.heldBack.WithLabelValues(reason)
	}
	for _, rule := range casework.RefusalRules() {
		m.refusals.WithLabelValues(rule)
	}
	m.registry.MustRegister(m.deliveries, m.requests, m.heldBack, m.refusals, m.jobs, m.alarms, m.took, m.shared,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// watch asks a store how things stand whenever the metrics are read.
func (m *metrics) watch(s standing, now func() time.Time) {
	m.registry.MustRegister(&standingCollector{standing: s, now: now})
}

// budget asks what may still be done at GitHub whenever the metrics are read.
func (m *metrics) budget(left func() []forge.Left) { m.registry.MustRegister(budgetCollector(left)) }

// delivery, request, refused, refusal, job and commit are what the edges report to.
func (m *metrics) delivery(event, result string) { m.deliveries.WithLabelValues(event, result).Inc() }

func (m *metrics) request(operation string, status int) {
	m.requests.WithLabelValues(operation, strconv.Itoa(status)).Inc()
}

func (m *metrics) refused(reason string) { m.heldBack.WithLabelValues(reason).Inc() }

// refusal is told one of casework.RefusalRules.
func (m *metrics) refusal(rule string) { m.refusals.WithLabelValues(rule).Inc() }

func (m *metrics) job(kind coc.JobKind, result worker.Result, took time.Duration) {
	m.jobs.WithLabelValues(string(kind), string(result)).Observe(took.Seconds())
}

func (m *metrics) commit(intakes int, took time.Duration) {
	m.took.Observe(took.Seconds())
	m.shared.Observe(float64(intakes))
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// standing is what the store can say about how things stand.
type standing interface {
	Stages(ctx context.Context) (map[coc.Stage]int, error)
	OldestUndone(ctx context.Context) (time.Time, error)
	OldestDue(ctx context.Context) (time.Time, error)
	JobCounts(ctx context.Context) (map[store.JobState]int, error)
}

// standingCollector asks the store when it is scraped, so that a server nobody
// watches does not count for nothing.
type standingCollector struct {
	standing standing
	now      func() time.Time
}

var (
	upDesc = prometheus.NewDesc("cocrouter_store_up",
		"1 while the store answers; at 0 the series that come from it are missing.", nil, nil)
	casesDesc = prometheus.NewDesc("cocrouter_cases", "Cases, by stage.", []string{"stage"}, nil)
	jobsDesc  = prometheus.NewDesc("cocrouter_jobs",
		"Jobs that are not done, by how they stand; aside are deliveries and reports that could not be read. `cocrouter jobs list` names them.",
		[]string{"state"}, nil)
	intakeAgeDesc = prometheus.NewDesc("cocrouter_oldest_undone_seconds",
		"How long the oldest thing that was taken in has waited to be decided on; 0 when nothing waits.", nil, nil)
	jobAgeDesc = prometheus.NewDesc("cocrouter_oldest_undone_job_seconds",
		"How long the oldest job that is due has been due, however often it was tried; 0 when none is.", nil, nil)
)

func (c *standingCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{upDesc, casesDesc, jobsDesc, intakeAgeDesc, jobAgeDesc} {
		ch <- d
	}
}

// Collect gives all that the store says or nothing of it. What the edges have
// counted is given in any case: it is what tells a store that is gone from a
// server that is.
func (c *standingCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	series, err := c.series(ctx)
	up := 1.0
	if err != nil {
		up, series = 0, nil
	}
	ch <- prometheus.MustNewConstMetric(upDesc, prometheus.GaugeValue, up)
	for _, m := range series {
		ch <- m
	}
}

func (c *standingCollector) series(ctx context.Context) ([]prometheus.Metric, error) {
	stages, err := c.standing.Stages(ctx)
	if err != nil {
		return nil, err
	}
	jobs, err := c.standing.JobCounts(ctx)
	if err != nil {
		return nil, err
	}
	intake, err := c.standing.OldestUndone(ctx)
	if err != nil {
		return nil, err
	}
	job, err := c.standing.OldestDue(ctx)
	if err != nil {
		return nil, err
	}
	out := []prometheus.Metric{c.age(intakeAgeDesc, intake), c.age(jobAgeDesc, job)}
	// Every stage and state, also the empty ones: a series that comes and goes
	// cannot be told from one that is lost.
	for _, stage := range coc.Stages() {
		out = append(out, prometheus.MustNewConstMetric(casesDesc, prometheus.GaugeValue, float64(stages[stage]), string(stage)))
	}
	for _, state := range store.JobStates() {
		out = append(out, prometheus.MustNewConstMetric(jobsDesc, prometheus.GaugeValue, float64(jobs[state]), string(state)))
	}
	return out, nil
}

// age is how long ago something was; never less than nothing, whatever the
// clocks say.
func (c *standingCollector) age(desc *prometheus.Desc, since time.Time) prometheus.Metric {
	age := 0.0
	if !since.IsZero() {
		age = max(c.now().Sub(since).Seconds(), 0)
	}
	return prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, age)
}

// budgetCollector tells of the installation that has least left, and not which
// one it is.
type budgetCollector func() []forge.Left

var leftDesc = prometheus.NewDesc("cocrouter_github_budget_left",
	"What is left of the hour's writes and requests to GitHub, from 0 to 1, where it is least; 1 where nothing was asked.", []string{"of"}, nil)

func (c budgetCollector) Describe(ch chan<- *prometheus.Desc) { ch <- leftDesc }

func (c budgetCollector) Collect(ch chan<- prometheus.Metric) {
	least := forge.Left{Writes: 1, Requests: 1}
	for _, l := range c() {
		least.Writes, least.Requests = min(least.Writes, l.Writes), min(least.Requests, l.Requests)
	}
	ch <- prometheus.MustNewConstMetric(leftDesc, prometheus.GaugeValue, least.Writes, "writes")
	ch <- prometheus.MustNewConstMetric(leftDesc, prometheus.GaugeValue, least.Requests, "requests")
}
