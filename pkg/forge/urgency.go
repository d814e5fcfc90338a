package forge

import (
	"context"
	"sync/atomic"
)

// Urgency is who goes first where there is not room for all. The zero value is
// the lowest.
type Urgency int

// The classes, from the last to the first.
const (
	Reminders Urgency = iota // notices, reminders, what nobody waits for
	Commands                 // what a member asked for and its projection
	Intake                   // a report on its way to a committee; a person who waits for a page
	classes   = iota
)

// What of every limit is kept from a class, in percent, so that a flood of what
// can wait never uses up what a report will need.
const (
	keptFromReminders = 40
	keptFromCommands  = 15
)

// share is what a class may use of a limit, and at least one.
func (u Urgency) share(limit int) int {
	kept := 0
	switch {
	case u <= Reminders:
		kept = keptFromReminders
	case u == Commands:
		kept = keptFromCommands
	}
	return max(limit*(100-kept)/100, 1)
}

type (
	urgencyKey struct{}
	wroteKey   struct{}
	askingKey  struct{}
	awaitsKey  struct{}
)

// Urgent says how urgent the calls under the context are, by the priority of
// the job they are for: 1 is a report, 2 a command, anything else can wait. A
// page for which a reporter waits is as urgent as a report. Without it a call is
// of the lowest class.
func Urgent(ctx context.Context, priority int) context.Context {
	u := Reminders
	switch priority {
	case 1:
		u = Intake
	case 2:
		u = Commands
	}
	return context.WithValue(ctx, urgencyKey{}, u)
}

// Awaited says that a person waits for what the calls under the context are made for, and
// nobody comes back to it later: where others of the same owner's are under way, they wait
// for their turn.
func Awaited(ctx context.Context) context.Context { return context.WithValue(ctx, awaitsKey{}, true) }

func awaits(ctx context.Context) bool { return ctx.Value(awaitsKey{}) != nil }

func urgencyOf(ctx context.Context) Urgency {
	u, _ := ctx.Value(urgencyKey{}).(Urgency)
	return u
}

// Watch reports whether anything under the context may have changed something
// at GitHub: false only if no such request was sent. A job that was put off
// before it sent one need not look for what it made.
func Watch(ctx context.Context) (watched context.Context, wrote func() bool) {
	sent := new(atomic.Bool)
	return context.WithValue(ctx, wroteKey{}, sent), sent.Load
}

// asking is for a query of GraphQL's, which is posted and changes nothing.
func asking(ctx context.Context) context.Context { return context.WithValue(ctx, askingKey{}, true) }

func asked(ctx context.Context) bool { return ctx.Value(askingKey{}) != nil }

func noteWrite(ctx context.Context) {
	if sent, ok := ctx.Value(wroteKey{}).(*atomic.Bool); ok {
		sent.Store(true)
	}
}
