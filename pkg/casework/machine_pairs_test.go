package casework_test

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Two things at once are tried from every state that was left in every way: from each
// as many pairs of them as the limits say, those first whose kinds were tried together
// least in that stage. Where every kind is asked for, whatever can meet in a stage does,
// however few its states are.

// pair is two things that change the case in a state, and may happen there at once.
type pair struct {
	from     *point
	name     string // the stage and the two kinds
	one, two happening
}

// twice is the same delivery worked by two workers, as it is where one was thought dead.
var twice = happening{name: "it is worked twice", what: "twice"}

// apart reports whether two things do not wait for one another: what comes due and
// what comes from the reporter meets a command in the middle, and so does the same
// delivery worked twice. Of two deliveries of one issue nothing is decided on the second
// before the first is done; what is drawn and said meanwhile meets it.
func apart(one, two happening) bool {
	return two.what == "due" || two.what == "twice" || (one.what == "answer") != (two.what == "answer") || one.around || two.around
}

// pairs is every pair that may happen at once in a state, by name. Of a kind that
// several people can do, it depends on the state who does it, and two things are done by
// two people where there are two who can.
func (p *point) pairs() map[string]pair {
	kinds := map[string][]happening{}
	for _, a := range p.moving {
		if a.what != "weeks" {
			kinds[a.what] = append(kinds[a.what], a)
		}
	}
	all := map[string]pair{}
	add := func(ones, twos []happening) {
		name := fmt.Sprintf("%s: %s and %s", p.stage, ones[0].what, twos[0].what)
		var can []pair
		for _, one := range ones {
			for _, two := range twos {
				if one.who != two.who {
					can = append(can, pair{p, name, one, two})
				}
			}
		}
		if len(can) == 0 && (ones[0].what != twos[0].what || ones[0].what == "answer") {
			can = append(can, pair{p, name, ones[0], twos[0]})
		}
		if len(can) > 0 {
			all[name] = can[p.number(name)%uint64(len(can))]
		}
	}
	for what, ones := range kinds {
		if what == "due" {
			continue
		}
		add(ones, []happening{twice})
		for other, twos := range kinds {
			if other == "due" || what <= other {
				add(ones, twos)
			}
		}
	}
	return all
}

// number is one that looks drawn, and is always the same for a state and a name.
func (p *point) number(name string) uint64 {
	if p.seed == nil {
		h := fnv.New64a()
		_, _ = h.Write([]byte(p.path()))
		p.seed = h.Sum(nil)
	}
	h := fnv.New64a()
	_, _ = h.Write(p.seed)
	_, _ = h.Write([]byte(name))
	return h.Sum64()
}

// chosen is the pairs that are tried, and how many there are by name: of those that are
// tried, and of those that can be.
func (m *machine) chosen() (all []pair, names, possible int) {
	slices.SortFunc(m.over, func(a, b *point) int {
		return cmp.Or(strings.Compare(string(a.stage), string(b.stage)), strings.Compare(a.path(), b.path()))
	})
	tried, sides, of := map[string]int{}, map[string]int{}, map[coc.Stage]int{}
	from := map[string][]*point{} // where a pair can be
	mine := map[*point]int{}      // how many of a state are tried
	choose := func(p pair) {
		all = append(all, p)
		tried[p.name]++
		sides[p.side()]++
		of[p.from.stage]++
		mine[p.from]++
	}
	has := map[*point]map[string]bool{}
	for round := range max(1, m.most.pairs) { // each state has one before another has two
		for _, p := range m.over {
			can := p.pairs()
			if round == 0 {
				has[p] = map[string]bool{}
				for name := range can {
					from[name] = append(from[name], p)
				}
			}
			maps.DeleteFunc(can, func(name string, _ pair) bool { return has[p][name] })
			if len(can) == 0 || round >= m.most.pairs || of[p.stage] >= m.most.ofStage {
				continue
			}
			name := slices.MinFunc(slices.Collect(maps.Keys(can)), func(a, b string) int {
				return cmp.Or(tried[a]-tried[b], sides[can[a].side()]-sides[can[b].side()], cmp.Compare(p.number(a), p.number(b)))
			})
			has[p][name] = true
			choose(can[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(from)) {
		if m.most.every && tried[name] == 0 {
			p := slices.MinFunc(from[name], func(a, b *point) int { return mine[a] - mine[b] })
			choose(p.pairs()[name])
		}
	}
	return all, len(tried), len(from)
}

// side is the stage, and whether the two wait for one another.
func (p pair) side() string {
	if apart(p.one, p.two) {
		return string(p.from.stage) + " from two sides"
	}
	return string(p.from.stage) + " in one issue"
}

// meet tries what is chosen, all schedules of each.
func (m *machine) meet(walkers []*walker) {
	all, names, possible := m.chosen()
	m.pairs, m.names, m.possible = len(all), names, possible
	var next, followed, alike atomic.Int64
	var done sync.WaitGroup
	for _, w := range walkers {
		done.Go(func() {
			for n := next.Add(1) - 1; n < int64(len(all)) && !w.Failed(); n = next.Add(1) - 1 {
				if n > 0 && n%1000 == 0 {
					w.TB.Logf("%d of %d pairs", n, len(all))
				}
				for _, p := range all[n].orders() {
					did, said := w.together(p.from.at, p.one, p.two)
					followed.Add(int64(did.followed))
					alike.Add(int64(did.alike))
					if said != "" {
						w.TB.Errorf("%s, and at once %s: %s:\n  %s", p.one.name, p.two.name, said, p.from.path())
						return
					}
				}
			}
		})
	}
	done.Wait()
	m.followed, m.alike = int(followed.Load()), int(alike.Load())
}

// orders is the pair in the orders in which the two can arrive.
func (p pair) orders() []pair {
	if p.two.what == "due" || p.two.what == "twice" || p.one.name == p.two.name {
		return []pair{p}
	}
	return []pair{p, {p.from, p.name, p.two, p.one}}
}
