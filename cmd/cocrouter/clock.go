package main

import "time"

// clock tells everybody the same time: the store, the queue, the desk, what
// speaks to GitHub, the pages. In a server it is the store's: the system's, put
// right by a database that several servers share. A test sets one
// (tuning.now) that it can put forward by months, or that runs faster; what was
// to happen meanwhile then happens at once, because deadlines and pauses are
// times on this clock and nobody sleeps towards them. Bounds of requests and of
// attempts at jobs are real time, whatever this is.
type clock func() time.Time

// Now is what casework calls it.
func (c clock) Now() time.Time { return c() }
