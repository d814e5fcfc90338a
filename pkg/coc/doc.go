// Package coc holds the words that every other package of cocrouter speaks:
// report, case, party, committee, stage, flag, label, prose, refusal, event.
//
// It holds values and nothing else. It imports no other package of this
// module, does no input or output, and has no clock. What a word may do to
// another word (which committee, which stage may follow which) is decided in
// the packages above it.
//
// The zero value of every type here is the safe one: a zero Repo may not be
// written to, a zero Committee has no responders and so lets nobody in, a
// zero Prose says nothing, a party without a role counts as accused.
//
// # Why prose is a type
//
// A report's words must never reach a log, a metric, an error or a job. A
// string would get there by accident, through %v or a JSON encoder. Prose
// prints and marshals as "[withheld]" everywhere; only Reveal gives the words,
// and a test keeps the short list of packages that may call it.
package coc
