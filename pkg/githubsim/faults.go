package githubsim

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"time"
)

// Faults says how often what goes wrong. A share is the part of its kind that
// is struck, from 0 (never: the zero value is a GitHub without faults) to 1. Of
// several shares of a kind at most one strikes, so their sum is the part that
// is struck at all.
//
// What is struck is drawn from the seed, from what is asked (method and path;
// of a delivery the App, the event and the repository), and from how often that
// was asked before. So a run is replayable as far as the order of its requests
// is, and what one repository meets does not depend on what is asked of others.
type Faults struct {
	Seed uint64

	// Shares of the requests of Apps and their installations. What people and
	// strangers ask is a test's own and is left alone.

	// ServerError is answered by 500, 502, 503 or 504; nothing is applied.
	ServerError float64
	// Hang is not answered for HangFor, of real time, and by 502 then; nothing is
	// applied. Zero: until the caller gives up.
	Hang    float64
	HangFor time.Duration
	// Reset cuts the connection; nothing is applied.
	Reset float64
	// ResetAfter cuts it when everything is applied: the caller does not know.
	ResetAfter float64
	// NotFound hides the repository that is asked for, from all Apps, for
	// NotFoundFor on the Sim's clock.
	NotFound    float64
	NotFoundFor time.Duration
	// PrimaryLimit spends what the caller has left of its hour, where it has a
	// limit; its reset comes within ten minutes.
	PrimaryLimit float64
	// SecondaryLimit keeps the caller out, by 403 or 429, for 20 to 90 seconds
	// that Retry-After names, or for a minute that nothing names.
	SecondaryLimit float64
	// TokenEndsEarly ends the installation's token that is used, for good.
	TokenEndsEarly float64

	// Shares of the deliveries; a redelivery is drawn for like any other.

	// Lost is in the delivery log as a failure and never arrives.
	Lost float64
	// Late arrives, and is in the log, LateBy later on the Sim's clock; what
	// comes after it does not wait.
	Late   float64
	LateBy time.Duration
	// Doubled arrives twice under its GUID; the log has both.
	Doubled float64
	// Reordered arrives after the delivery to the same App that follows it, or
	// ten seconds late on the Sim's clock where none follows.
	Reordered float64
	// SecondGUID arrives a second time under another GUID, as when GitHub says
	// again what happened during an incident; the log has both. (What a hook of
	// the repository's own would send is not an App's delivery: it is not in the
	// App's log, and names another target.)
	SecondGUID float64

	// Skew is how far GitHub's clock is ahead of the Sim's; it may be negative.
	// Every time that GitHub names or judges is on it: the Date header, reset
	// times, timestamps, the life of tokens.
	Skew time.Duration
}

// The names of the misfortunes, as [Sim.Misfortunes] counts them.
const (
	serverError    = "ServerError"
	hang           = "Hang"
	reset          = "Reset"
	resetAfter     = "ResetAfter"
	hidden         = "NotFound"
	primaryLimit   = "PrimaryLimit"
	secondaryLimit = "SecondaryLimit"
	tokenEndsEarly = "TokenEndsEarly"
	lost           = "Lost"
	late           = "Late"
	doubled        = "Doubled"
	reordered      = "Reordered"
	secondGUID     = "SecondGUID"
)

// reorderedFor is how long a reordered delivery waits for one to be overtaken
// by.
const reorderedFor = 10 * time.Second

// luck is what a Sim knows of its faults; it is guarded by the Sim's lock.
type luck struct {
	Faults
	drawn  map[string]uint64 // how often something was drawn for
	struck map[string]int
	hidden map[int64]time.Time // repositories, and until when
}

// Misbehave makes this go wrong from now on, in place of what went wrong
// before; Misbehave(Faults{}) ends it. What has begun ends in its own time: a
// limit at the moment that its caller was told, a late delivery when it comes.
func (s *Sim) Misbehave(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.luck.Faults, s.luck.drawn = f, map[string]uint64{}
}

// Misfortunes tells how often each fault has struck, by the name of its field
// in Faults, since the Sim was made.
func (s *Sim) Misfortunes() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.luck.struck)
}

// WasHidden tells whether NotFound has ever hidden a repository.
func (s *Sim) WasHidden(full string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.names[strings.ToLower(full)]
	return r != nil && !s.luck.hidden[r.id].IsZero()
}

type chance struct {
	misfortune string
	share      float64
}

// dice are for one decision about something: the same for the same seed, thing
// and number of decisions about it before.
func (l *luck) dice(about string) *rand.Rand {
	turn := l.drawn[about]
	l.drawn[about]++
	h := fnv.New64a()
	fmt.Fprintf(h, "%s\x00%d", about, turn)
	return rand.New(rand.NewPCG(l.Seed, h.Sum64()))
}

// pick is the misfortune that strikes, or "".
func pick(d *rand.Rand, chances []chance) string {
	at := d.Float64()
	for _, c := range chances {
		if at < c.share {
			return c.misfortune
		}
		at -= c.share
	}
	return ""
}

// befall draws for a request. What it answers by itself is returned; what
// lasts begins here, and the Sim answers accordingly; resetAfter is left to the
// caller.
func (s *Sim) befall(r *http.Request, path string) (respond http.HandlerFunc, misfortune string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := &s.luck
	chances := []chance{
		{serverError, l.ServerError}, {hang, l.Hang}, {reset, l.Reset}, {resetAfter, l.ResetAfter}, {hidden, l.NotFound},
		{primaryLimit, l.PrimaryLimit}, {secondaryLimit, l.SecondaryLimit}, {tokenEndsEarly, l.TokenEndsEarly},
	}
	if !possible(chances) {
		return nil, ""
	}
	who, err := s.identify(r.Header.Get("Authorization"))
	if err != nil || who.app == nil {
		return nil, ""
	}
	d := l.dice(r.Method + " " + path)
	misfortune = pick(d, chances)
	switch misfortune {
	case "":
		return nil, ""
	case serverError:
		respond = brokenGateway(d.IntN(4))
	case hang:
		respond = Hang(l.HangFor)
	case reset:
		respond = Reset()
	case hidden:
		at := s.repoAt(path)
		if at == nil {
			return nil, ""
		}
		l.hidden[at.id] = s.instant().Add(l.NotFoundFor)
	case primaryLimit:
		b := s.bucketOf(who, resourceOf(path))
		if b.limit == 0 {
			return nil, ""
		}
		b.used, b.status = b.limit, []int{http.StatusForbidden, http.StatusTooManyRequests}[d.IntN(2)]
		b.reset = s.now().Add(time.Duration(1+d.IntN(10)) * time.Minute)
	case secondaryLimit:
		s.pauses[who.key()] = pauseBy(d, s.instant())
	case tokenEndsEarly:
		if who.inst == nil {
			return nil, ""
		}
		maps.DeleteFunc(s.tokens, func(_ string, t *token) bool { return t == who.tok })
	}
	l.struck[misfortune]++
	return respond, misfortune
}

func possible(chances []chance) bool {
	for _, c := range chances {
		if c.share > 0 {
			return true
		}
	}
	return false
}

// repoAt is the repository that a path of the API is about, under its name of
// now or of before, or nil.
func (s *Sim) repoAt(path string) *repo {
	segments, err := (&call{s: s}).segments(path)
	if err != nil || len(segments) < 3 || segments[0] != "repos" {
		return nil
	}
	key := strings.ToLower(segments[1] + "/" + segments[2])
	if r := s.names[key]; r != nil {
		return r
	}
	return s.oldNames[key]
}

// hides says whether a fault keeps a repository from the caller.
func (s *Sim) hides(c caller, r *repo) bool {
	return c.app != nil && s.instant().Before(s.luck.hidden[r.id])
}

// befallDelivery draws for an attempt to deliver.
func (s *Sim) befallDelivery(d *Delivery) string {
	l := &s.luck
	chances := []chance{{lost, l.Lost}, {late, l.Late}, {doubled, l.Doubled}, {reordered, l.Reordered}, {secondGUID, l.SecondGUID}}
	if !possible(chances) {
		return ""
	}
	misfortune := pick(l.dice(fmt.Sprintf("%d %s.%s %d", d.AppID, d.Event, d.Action, d.RepositoryID)), chances)
	if misfortune != "" {
		l.struck[misfortune]++
	}
	return misfortune
}

// cut ends the connection of a request by a reset, so that the caller learns
// nothing.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a reset and not an end; if it cannot be had, an end
	}
	_ = conn.Close()
}
