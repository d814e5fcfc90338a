package worker

import (
	"context"
	"errors"
	"fmt"
	"path"
	"runtime"
	"strings"

	"github.com/riverqueue/river"
	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// failure is all that the queue and the log may know of an error. It wraps
// nothing, so that nobody finds the words again.
type failure struct {
	class string
	stack []string // of a panic: functions and lines
}

func (f failure) Error() string { return "the job did not succeed: " + f.class }

// sentinels are the errors whose text is a fixed sentence of ours.
var sentinels = []error{
	coc.ErrMissing, coc.ErrInaccessible, coc.ErrDenied, coc.ErrArchived, coc.ErrNotAFile, coc.ErrTooLarge,
	context.DeadlineExceeded, context.Canceled,
}

// failed reduces an error to its types and to the sentinels it wraps. Of a
// refusal the rule's name is kept; its text may name what a reporter wrote
// about.
func failed(err error) failure {
	var class []string
	if f, ok := errors.AsType[failure](err); ok {
		return f
	}
	for _, s := range sentinels {
		if errors.Is(err, s) {
			class = append(class, s.Error())
		}
	}
	if r, ok := errors.AsType[coc.Refusal](err); ok && r.Rule != "" {
		class = append(class, "rule "+r.Rule)
	}
	class = append(class, types(err, 8)...)
	return failure{class: strings.Join(class[:min(len(class), 20)], ", ")}
}

// types lists the Go types of an error and of what it wraps, to a depth.
func types(err error, depth int) []string {
	if err == nil || depth == 0 {
		return nil
	}
	list := []string{fmt.Sprintf("%T", err)}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		list = append(list, types(e.Unwrap(), depth-1)...)
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			list = append(list, types(inner, depth-1)...)
		}
	}
	return list
}

// panicked is the failure of a panic, called where it is recovered.
func panicked(value any) failure {
	pcs := make([]uintptr, 24)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	var stack []string
	for {
		f, more := frames.Next()
		stack = append(stack, fmt.Sprintf("%s %s:%d", f.Function, path.Base(f.File), f.Line))
		if !more {
			break
		}
	}
	return failure{class: fmt.Sprintf("panic of type %T", value), stack: stack}
}

// event adds what may be known of a job to a line of the log: IDs only.
func (w *work) event(e *zerolog.Event, job *river.Job[args]) *zerolog.Event {
	j := job.Args.Job
	e = e.Int64("job_id", job.ID).Str("kind", string(j.Kind)).Int("attempt", job.Attempt)
	if j.Case != "" {
		e = e.Str("case", string(j.Case))
	}
	if j.Intake != 0 {
		e = e.Int64("intake", j.Intake)
	}
	return e
}
