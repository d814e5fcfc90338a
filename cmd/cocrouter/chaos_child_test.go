package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// fastClock runs Pace times as fast as time does. Two processes that hold the
// same one agree on it.
type fastClock struct {
	Base  time.Time // what it showed at Start
	Start time.Time // by the machine's clock
	Pace  int
}

func newFastClock(base time.Time, pace int) fastClock {
	return fastClock{Base: base, Start: time.Now().Round(0), Pace: pace} // the monotonic reading does not travel
}

func (c fastClock) now() time.Time { return c.Base.Add(time.Since(c.Start) * time.Duration(c.Pace)) }

// real is how long a span on this clock really takes.
func (c fastClock) real(d time.Duration) time.Duration { return d / time.Duration(c.Pace) }

// fastRescue is how long, in real time, a job may run before it is taken for one
// whose worker was killed: longer than any attempt in a run does. leasePace makes
// a lease of a minute last as long.
const (
	fastRescue = 15 * time.Second
	leasePace  = int(time.Minute / fastRescue)
)

// fastSetup is what a child on such a clock has to know.
type fastSetup struct {
	crashSetup
	Clock fastClock
}

// serveFast is the real server, to be killed at any moment. It tells on which
// address it listens.
func serveFast(in *bufio.Reader) error {
	var setup fastSetup
	if err := readSetup(in, &setup); err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, in)
		os.Exit(1) // the parent is gone
	}()
	s, err := setup.settings()
	if err != nil {
		return err
	}
	srv, err := newServer(context.Background(), s, zerolog.New(os.Stderr).Level(zerolog.InfoLevel).With().Timestamp().Logger(), tuning{
		sweep: sweepEvery, now: setup.Clock.now,
		// Attempts are real: what looks dead must look dead for as long.
		rescue: fastRescue * time.Duration(setup.Clock.Pace),
		leases: fastClock{Base: setup.Clock.Start, Start: setup.Clock.Start, Pace: leasePace}.now,
	})
	if err != nil {
		return err
	}
	public, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(public.Addr())
	return srv.run(context.Background(), public, nil)
}

// replicas is the servers of a run, behind one address. Whoever is killed comes
// back on an address of its own, so that in between its clients are refused, cut
// off, or sent to another one, as by a load balancer.
type replicas struct {
	setup  fastSetup
	log    *lines
	listen net.Listener

	mu   sync.Mutex
	all  []*replica
	next int
	done sync.WaitGroup // what follows the children and the connections
	err  error          // ends that nobody brought about
	over bool
}

// replica is one server; nil while there is none.
type replica struct {
	*child
	address string
	killed  bool
	exited  chan struct{}
}

func newReplicas(setup fastSetup, log *lines) (*replicas, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	setup.Address = "http://" + l.Addr().String()
	r := &replicas{setup: setup, log: log, listen: l}
	r.done.Go(r.balance)
	return r, nil
}

// start brings n servers up.
func (r *replicas) start(n int) error {
	r.all = make([]*replica, n)
	for i := range n {
		if err := r.raise(i); err != nil {
			return err
		}
	}
	return nil
}

// raise brings one server up, unless all is over.
func (r *replicas) raise(i int) error {
	c, err := spawn("chaos", r.setup, r.log)
	if err != nil {
		return err
	}
	if !c.out.Scan() {
		return errors.Join(fmt.Errorf("server %d does not come up", i), c.Process.Kill(), c.Wait())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	one := &replica{child: c, address: c.out.Text(), exited: make(chan struct{}), killed: r.over}
	if r.over {
		_ = one.Process.Kill()
	}
	r.all[i] = one
	r.done.Go(func() { r.follow(i, one) })
	return nil
}

// follow notes that a server is gone, and whether it went by itself.
func (r *replicas) follow(i int, one *replica) {
	defer close(one.exited)
	for one.out.Scan() {
	}
	_ = one.Wait() // how it ended is in its ProcessState
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all[i] = nil
	if !one.killed {
		r.err = errors.Join(r.err, fmt.Errorf("server %d ended by itself: %s", i, one.ProcessState))
	}
}

// kill kills a server with SIGKILL, by a number that counts them round, and
// reports which one, if it was up.
func (r *replicas) kill(nth int) (which int, up bool) {
	r.mu.Lock()
	which = nth % len(r.all)
	one := r.all[which]
	if one != nil {
		one.killed = true
		_ = one.Process.Kill()
	}
	r.mu.Unlock()
	if one == nil {
		return which, false
	}
	<-one.exited
	return which, true
}

// bounce kills a server and brings it up again, while everything else goes on.
func (r *replicas) bounce(nth int) {
	which, up := r.kill(nth)
	if !up {
		return // it is on its way up
	}
	r.done.Go(func() {
		if err := r.raise(which); err != nil {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.err = errors.Join(r.err, err)
		}
	})
}

// end kills all that is left, and waits for all of it.
func (r *replicas) end() error {
	r.mu.Lock()
	was := r.over
	r.over = true
	r.mu.Unlock()
	if was {
		return nil
	}
	for i := range r.all {
		r.kill(i)
	}
	err := r.listen.Close()
	r.done.Wait()
	return errors.Join(r.err, err)
}

// balance gives every connection to one server after the other.
func (r *replicas) balance() {
	for {
		conn, err := r.listen.Accept()
		if err != nil {
			return
		}
		r.done.Go(func() { r.carry(conn) })
	}
}

func (r *replicas) carry(front net.Conn) {
	defer front.Close()
	for _, address := range r.turn() {
		back, err := net.Dial("tcp", address)
		if err != nil {
			continue
		}
		defer back.Close()
		gone := make(chan struct{}, 2)
		for _, way := range [][2]net.Conn{{front, back}, {back, front}} {
			r.done.Go(func() {
				_, _ = io.Copy(way[1], way[0])
				gone <- struct{}{}
			})
		}
		<-gone // either end; the other is cut
		return
	}
}

// turn is the addresses to try, beginning with the next one.
func (r *replicas) turn() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var up []string
	for i := range r.all {
		if one := r.all[(i+r.next)%len(r.all)]; one != nil {
			up = append(up, one.address)
		}
	}
	r.next++
	return slices.Clip(up)
}
