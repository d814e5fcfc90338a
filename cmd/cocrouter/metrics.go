package main

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/worker"
)

// metrics counts what happens without saying to whom. Labels come from our own
// short lists (events, operations, kinds, stages) and never from a delivery, a
// report or a repository: a committee's volume is nobody else's business, and
// a name in a label would stay in somebody's time series for years.
type metrics struct {
	registry   *prometheus.Registry
	deliveries *prometheus.CounterVec
	requests   *prometheus.CounterVec
	jobs       *prometheus.HistogramVec
	alarms     prometheus.Counter
}

func newMetrics(s standing, now func() time.Time) *metrics {
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
		jobs: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "cocrouter_job_seconds",
			Help:    "Attempts at jobs, by kind and result, and how long they took.",
			Buckets: []float64{.005, .02, .1, .5, 2, 10, 30},
		}, []string{"kind", "result"}),
		alarms: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "cocrouter_alarms_total",
			Help: "Problems of rooms and files that an operator was told of. The log names them.",
		}),
	}
	m.registry.MustRegister(m.deliveries, m.requests, m.jobs, m.alarms, &standingCollector{standing: s, now: now},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// delivery, request and job are what the edges report to.
func (m *metrics) delivery(event, result string) { m.deliveries.WithLabelValues(event, result).Inc() }

func (m *metrics) request(operation string, status int) {
	m.requests.WithLabelValues(operation, strconv.Itoa(status)).Inc()
}

func (m *metrics) job(kind coc.JobKind, result worker.Result, took time.Duration) {
	m.jobs.WithLabelValues(string(kind), string(result)).Observe(took.Seconds())
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// standing is what the store can say about how things stand.
type standing interface {
	Stages(ctx context.Context) (map[coc.Stage]int, error)
	OldestUndone(ctx context.Context) (time.Time, error)
}

// standingCollector asks the store when it is scraped, so that a server nobody
// watches does not count for nothing.
type standingCollector struct {
	standing standing
	now      func() time.Time
}

var (
	casesDesc = prometheus.NewDesc("cocrouter_cases", "Cases, by stage.", []string{"stage"}, nil)
	ageDesc   = prometheus.NewDesc("cocrouter_oldest_undone_seconds",
		"How long the oldest thing that was taken in has waited to be decided on; 0 when nothing waits.", nil, nil)
)

func (c *standingCollector) Describe(ch chan<- *prometheus.Desc) { ch <- casesDesc; ch <- ageDesc }

func (c *standingCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	stages, err := c.standing.Stages(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(casesDesc, err)
	} else {
		// Every stage, also the empty ones: a series that comes and goes
		// cannot be told from one that is lost.
		for _, stage := range coc.Stages() {
			ch <- prometheus.MustNewConstMetric(casesDesc, prometheus.GaugeValue, float64(stages[stage]), string(stage))
		}
	}
	oldest, err := c.standing.OldestUndone(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(ageDesc, err)
		return
	}
	age := 0.0
	if !oldest.IsZero() {
		age = c.now().Sub(oldest).Seconds()
	}
	ch <- prometheus.MustNewConstMetric(ageDesc, prometheus.GaugeValue, age)
}
