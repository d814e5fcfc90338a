// Package casework is the only place where a decision meets the world.
//
// Everything that comes in has one rhythm: read the facts, call the core, make
// one change durable, and let jobs act on the outside. A Desk does the first
// three for an intake and carries out the jobs; it speaks to GitHub, the store
// and the clock through the ports in ports.go, over the words of coc.
//
// # Model
//
// An intake (a delivery or a filed form) was durable before it was answered.
// Its job decides on it and commits the whole outcome at once: the intake is
// done, the case stands at its next revision, and what must now happen in the
// world is enqueued. A kill anywhere leaves either the intake to be worked
// again or the jobs to be run.
//
// Jobs come in two sorts. Creation (open, effect, errand) leaves a hidden
// marker and looks for it on every attempt but the first. Showing (show) is a
// projection: it renders the newest revision under a lease, so that an older
// rendering can never be written over a newer one.
//
// # Awkward parts
//
// The reader check stands between a decision and its words twice: once when a
// room is chosen and once more right before the first word is written, because
// minutes of back-off may lie between them. Writes that follow within
// seconds share one check.
//
// A former home of a case is only closed and marked as left, whoever reads there
// by now: a sentence that says nothing of the case takes the report's place, and
// what members wrote around it stays.
//
// GitHub sends both "opened" and "labeled" for an issue that is opened with a
// label, in any order. Both lead to the same report, found again by the keyed
// hash of its original.
//
// # Why the facts are asked for one by one
//
// route.Decide is pure and total, but reading every file and room it might
// want would cost a dozen reads for each report. It names the fact it lacks;
// the loop in facts.go answers and asks again. Each question is asked once, so
// the loop ends.
package casework
