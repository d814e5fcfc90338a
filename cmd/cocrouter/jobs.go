package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/store"
)

func jobsCommand(term terminal) *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "jobs",
		Short: "List the jobs that fail, and try them again",
		Long: `Lists jobs and tries them again. What is shown are IDs, times and the kind of
error, never a word of a report.

It works beside a running server: with PostgreSQL on the database itself, with
SQLite through a socket of the server's (DATABASE-operator/socket) that only the
account it runs under can reach. Run it under that account. It never brings the
database to a newer schema, which servers of an older version may be using: where
one is needed, it says so.`,
	}
	cmd.PersistentFlags().StringVar(&path, "config", "", "the server's configuration file (required)")
	_ = cmd.MarkPersistentFlagRequired("config")
	cmd.AddCommand(jobsListCommand(term, &path), jobsRetryCommand(term, &path))
	return cmd
}

// failing are the states that somebody should look at.
var failing = []store.JobState{store.JobRetryable, store.JobStuck, store.JobDiscarded, store.JobAside}

// listed is how many jobs of a state are listed at most.
const listed = 1000

func jobsListCommand(term terminal, path *string) *cobra.Command {
	var output string
	var states []string
	cmd := &cobra.Command{
		Use:   "list --config FILE",
		Short: "List the jobs that fail, or those in a state",
		Long: `Lists what fails, the oldest first; with --state, what is in these states:

  retryable  failed, and is tried again by itself within a quarter of an hour
  stuck      failed for hours; tried about once a day, each time with an alarm
  discarded  given up; no report and no case ends here
  aside      a delivery or a report that could not be read, kept sealed
  available  waits for its turn
  running    is being worked on
  scheduled  waits for its time, or for GitHub
  all        all of these

Of each state the oldest ` + strconv.Itoa(listed) + ` are listed.`,
		Args: cobra.NoArgs,
		RunE: does(func(cmd *cobra.Command, _ []string) error {
			if output != "text" && output != "json" {
				return misuse(fmt.Sprintf("--output is text or json, not %q", output))
			}
			which, err := statesNamed(states)
			if err != nil {
				return err
			}
			q, done, err := reachQueue(cmd.Context(), *path)
			if err != nil {
				return err
			}
			jobs, err := q.list(cmd.Context(), which)
			if err = errors.Join(err, done()); err != nil {
				return err
			}
			return printJobs(term.out, output, jobs)
		}),
	}
	cmd.Flags().StringSliceVar(&states, "state", nil, "which jobs: all, or some of the states above")
	cmd.Flags().StringVar(&output, "output", "text", "how to print: text or json")
	return cmd
}

func statesNamed(names []string) ([]store.JobState, error) {
	if len(names) == 0 {
		return failing, nil
	}
	if slices.Equal(names, []string{"all"}) {
		return store.JobStates(), nil
	}
	var out []store.JobState
	for _, name := range names {
		state := store.JobState(name)
		if !slices.Contains(store.JobStates(), state) {
			return nil, misuse(fmt.Sprintf("--state: there is no state %q; cocrouter jobs list --help names them", name))
		}
		out = append(out, state)
	}
	return out, nil
}

func jobsRetryCommand(term terminal, path *string) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "retry --config FILE (ID… | --all)",
		Short: "Try jobs again at once",
		Long: `Tries jobs again at once, by the IDs that cocrouter jobs list shows; with --all,
everything that fails. A delivery or a report that was set aside, intake/N, goes
back into its lane, and what came after it there waits for it again.

A job that waits for its time and has not failed is left alone.`,
		Example: "  cocrouter jobs retry --config cocrouter.yml 17 intake/4\n  cocrouter jobs retry --config cocrouter.yml --all",
		RunE: does(func(cmd *cobra.Command, ids []string) error {
			if all == (len(ids) > 0) {
				return misuse("give the IDs of jobs, or --all")
			}
			q, done, err := reachQueue(cmd.Context(), *path)
			if err != nil {
				return err
			}
			if all {
				ids, err = everythingFailing(cmd.Context(), q)
			}
			var outcome []retried
			if err == nil && len(ids) > 0 {
				outcome, err = q.retry(cmd.Context(), ids)
			}
			if err = errors.Join(err, done()); err != nil {
				return err
			}
			return printRetried(term.out, outcome)
		}),
	}
	cmd.Flags().BoolVar(&all, "all", false, "everything that fails")
	return cmd
}

func everythingFailing(ctx context.Context, q queue) ([]string, error) {
	jobs, err := q.list(ctx, failing)
	var ids []string
	for _, j := range jobs {
		ids = append(ids, j.ID)
	}
	return ids, err
}

// queue is the jobs as an operator reaches them: in the store, or through the
// server that has it open.
type queue interface {
	list(ctx context.Context, states []store.JobState) ([]queuedJob, error)
	retry(ctx context.Context, ids []string) ([]retried, error)
}

// queuedJob is a line of the list. All it holds are IDs and our own words.
type queuedJob struct {
	ID       string         `json:"id"` // a number, or intake/N for what was set aside
	Kind     coc.JobKind    `json:"kind"`
	Case     coc.CaseID     `json:"case,omitempty"`
	Intake   int64          `json:"intake,omitempty"`
	Errand   string         `json:"errand,omitempty"`
	Standing string         `json:"standing,omitempty"`
	Room     string         `json:"room,omitempty"`
	State    store.JobState `json:"state"`
	Attempts int            `json:"attempts"`
	Since    time.Time      `json:"since"`
	Next     time.Time      `json:"next,omitzero"`
	Cause    string         `json:"cause,omitempty"`
}

// retried is what became of one ID.
type retried struct {
	ID      string `json:"id"`
	Problem string `json:"problem,omitempty"` // "": it is tried again
}

// storedQueue is the queue in a store that is open here.
type storedQueue struct{ *store.Store }

func (q storedQueue) list(ctx context.Context, states []store.JobState) ([]queuedJob, error) {
	jobs, err := q.Jobs(ctx, listed, states...)
	if err != nil {
		return nil, err
	}
	out := []queuedJob{} // not nil: JSON readers expect a list
	for _, j := range jobs {
		id := strconv.FormatInt(j.ID, 10)
		if j.State == store.JobAside {
			id = asidePrefix + strconv.FormatInt(j.Job.Intake, 10)
		}
		out = append(out, queuedJob{
			ID: id, Kind: j.Job.Kind, Case: j.Job.Case, Intake: j.Job.Intake, Errand: j.Job.Errand, Standing: j.Job.Standing, Room: j.Job.Room,
			State: j.State, Attempts: j.Attempts, Since: j.Since, Next: j.Next, Cause: j.Cause,
		})
	}
	return out, nil
}

// asidePrefix tells the number of an intake from that of a job.
const asidePrefix = "intake/"

func (q storedQueue) retry(ctx context.Context, ids []string) ([]retried, error) {
	var out []retried
	for _, id := range ids {
		problem, err := q.retryOne(ctx, id)
		if err != nil {
			return out, err
		}
		out = append(out, retried{id, problem})
	}
	return out, nil
}

var errNoID = errors.New("no ID of a job")

func (q storedQueue) retryOne(ctx context.Context, id string) (problem string, err error) {
	digits, aside := strings.CutPrefix(id, asidePrefix)
	n, err := strconv.ParseInt(digits, 10, 64)
	switch {
	case err != nil:
		err = errNoID
	case aside:
		err = q.RetryAside(ctx, n)
	default:
		err = q.RetryJob(ctx, n)
	}
	var refused coc.Refusal
	switch {
	case errors.Is(err, errNoID):
		return err.Error(), nil
	case errors.As(err, &refused):
		return refused.Error(), nil
	case aside && errors.Is(err, coc.ErrGone):
		return "not set aside", nil
	case errors.Is(err, coc.ErrGone):
		return "done", nil
	case errors.Is(err, coc.ErrMissing):
		return "no such job", nil
	case errors.Is(err, coc.ErrBusy):
		return "running", nil
	}
	return "", err
}

// reachQueue finds the way to the jobs of a configuration. done ends it.
func reachQueue(ctx context.Context, path string) (q queue, done func() error, err error) {
	server, st, err := reach(ctx, path)
	switch {
	case err != nil:
		return nil, nil, err
	case server != nil:
		return *server, func() error { return nil }, nil
	}
	return storedQueue{st}, st.Close, nil
}

func printJobs(w io.Writer, output string, jobs []queuedJob) error {
	if output == "json" {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(jobs)
	}
	if len(jobs) == 0 {
		fmt.Fprintln(w, "No such jobs. With --state all, those that wait are listed too.")
		return nil
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tSTATE\tKIND\tOF\tATTEMPTS\tSINCE\tNEXT\tCAUSE")
	for _, j := range jobs {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\n", j.ID, j.State, j.Kind, j.of(), j.Attempts, moment(j.Since), moment(j.Next), j.Cause)
	}
	return table.Flush()
}

// of is what a job works on.
func (j queuedJob) of() string {
	intake := ""
	if j.Intake != 0 {
		intake = asidePrefix + strconv.FormatInt(j.Intake, 10)
	}
	return cmp.Or(string(j.Case), intake, j.Errand, j.Standing, j.Room)
}

func moment(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

// printRetried says what became of each, and is a finding where one could not be
// tried.
func printRetried(w io.Writer, outcome []retried) error {
	var err error
	for _, r := range outcome {
		if r.Problem != "" {
			fmt.Fprintf(w, "%s: left alone: %s\n", r.ID, strings.TrimSuffix(r.Problem, "."))
			err = errFindings
			continue
		}
		fmt.Fprintf(w, "%s: is tried again\n", r.ID)
	}
	if len(outcome) == 0 {
		fmt.Fprintln(w, "Nothing fails.")
	}
	return err
}
