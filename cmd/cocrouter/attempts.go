package main

import (
	"context"
	"sync"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/forge"
)

// keptAttempts is more jobs than wait at a time where nothing is wrong.
const keptAttempts = 1 << 16

// attempts runs jobs under their urgency, and remembers which of them have
// written nothing to GitHub yet. Looking for what an earlier attempt may have
// made costs up to ten reads; a job that our own pace put off, and in a flood
// that is every one, need not look. What is not remembered, because another
// process had the attempt before or this one has restarted, is looked for.
type attempts struct {
	do func(ctx context.Context, job coc.Job, again bool) error

	mu    sync.Mutex
	clean map[coc.Job]int // the attempt up to which a job wrote nothing
}

func newAttempts(do func(context.Context, coc.Job, bool) error) *attempts {
	return &attempts{do: do, clean: map[coc.Job]int{}}
}

// run is one attempt at a job, counted from 1 over all processes.
func (a *attempts) run(ctx context.Context, job coc.Job, attempt int) (err error) {
	fresh := attempt == 1 || a.cleanUpTo(job) == attempt-1
	ctx, wrote := forge.Watch(forge.Urgent(ctx, job.Priority))
	defer func() { a.remember(job, attempt, err != nil && fresh && !wrote()) }()
	return a.do(ctx, job, !fresh)
}

func (a *attempts) cleanUpTo(job coc.Job) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.clean[job]
}

// remember forgets a job that is done or has written.
func (a *attempts) remember(job coc.Job, attempt int, clean bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !clean {
		delete(a.clean, job)
		return
	}
	if len(a.clean) >= keptAttempts {
		for other := range a.clean { // any: it looks once more than it need
			delete(a.clean, other)
			break
		}
	}
	a.clean[job] = attempt
}
