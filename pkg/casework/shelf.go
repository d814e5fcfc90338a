package casework

import (
	"strings"
	"sync"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/route"
)

// shelf keeps parsed routing files, rosters, teams and what repositories are,
// so that a warm lookup costs no call of GitHub. An entry is dropped when a
// delivery says that it may have changed; because deliveries get lost, it also
// ages.
type shelf struct {
	clock Clock
	mu    sync.Mutex
	at    map[string]kept
	// drops counts, for each owner, what was dropped: an answer that was asked
	// for before a drop may be older than the drop and is not kept.
	drops map[string]int
}

type kept struct {
	value any
	until time.Time
}

const (
	keepFound  = time.Hour
	keepFailed = time.Minute // an App may be installed any moment
	shelfSize  = 20_000
)

func newShelf(c Clock) *shelf {
	return &shelf{clock: c, at: map[string]kept{}, drops: map[string]int{}}
}

// entry names one thing about a repository or a team: owner first, so that a
// whole owner can be dropped.
func entry(owner, what string, more ...string) string {
	return strings.ToLower(owner + "\x00" + what + "\x00" + strings.Join(more, "\x00"))
}

// fetch gives what the shelf has, or asks and keeps. ask says for how long its
// answer may be kept; zero means not at all.
func fetch[T any](s *shelf, owner, what string, more []string, ask func() (T, time.Duration, error)) (T, error) {
	key := entry(owner, what, more...)
	owner = strings.ToLower(owner)
	s.mu.Lock()
	if k, ok := s.at[key]; ok && s.clock.Now().Before(k.until) {
		s.mu.Unlock()
		return k.value.(T), nil
	}
	drops := s.drops[owner]
	s.mu.Unlock()

	v, keep, err := ask()
	if err != nil || keep == 0 {
		return v, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.drops[owner] == drops {
		if len(s.at) >= shelfSize {
			clear(s.at)
		}
		s.at[key] = kept{v, s.clock.Now().Add(keep)}
	}
	return v, nil
}

// drop forgets everything about one owner: its files, its teams and what its
// repositories are. A push elsewhere than to a routing file does not come
// here, so dropping more than was touched costs little.
func (s *shelf) drop(owner string) {
	owner = strings.ToLower(owner)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drops[owner]++
	for k := range s.at {
		if strings.HasPrefix(k, owner+"\x00") {
			delete(s.at, k)
		}
	}
}

// peek gives a place if it is known, without asking.
func (s *shelf) peek(p route.PlaceRef) (route.Place, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, ok := s.at[entry(p.Repo.Owner, "place", p.Repo.Name, p.Path)]
	if !ok || !s.clock.Now().Before(k.until) {
		return route.Place{}, false
	}
	return k.value.(route.Place), true
}

// has reports whether something is known, without asking.
func (s *shelf) has(owner, what string, more ...string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, ok := s.at[entry(owner, what, more...)]
	return ok && s.clock.Now().Before(k.until)
}

// glances remembers reader checks for the few seconds in which the writes of
// one transition follow each other.
type glances struct {
	clock Clock
	mu    sync.Mutex
	at    map[string]coc.RoomFacts
}

const glanceLasts = 10 * time.Second

func newGlances(c Clock) *glances { return &glances{clock: c, at: map[string]coc.RoomFacts{}} }

func (g *glances) keep(room coc.Repo, f coc.RoomFacts) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for k, old := range g.at {
		if g.clock.Now().Sub(old.Seen) > glanceLasts {
			delete(g.at, k)
		}
	}
	f.Seen = g.clock.Now()
	g.at[room.Key()] = f
}

func (g *glances) recent(room coc.Repo) (coc.RoomFacts, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f, ok := g.at[room.Key()]
	age := g.clock.Now().Sub(f.Seen)
	return f, ok && age >= 0 && age <= glanceLasts && f.Problem == nil
}

// forget makes the next write look again; whose says nothing about which room.
func (g *glances) forget() {
	g.mu.Lock()
	defer g.mu.Unlock()
	clear(g.at)
}
