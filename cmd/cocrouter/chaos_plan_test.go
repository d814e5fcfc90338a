package main

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

// chaosPlace is one of the five organisations of testdata/cases/_five: what
// people report about, and who must get it.
type chaosPlace struct {
	source     string
	room       string // of the committee that takes its reports first
	captures   bool   // takes a public /coc report as a report
	maintainer string
}

var chaosPlaces = []chaosPlace{
	{source: "river-project/river", room: "river-conduct/cases", captures: true, maintainer: "mira-maintainer"},
	{source: "lantern-labs/lantern", room: "lantern-labs/council-cases", captures: true, maintainer: "lena-council"},
	{source: "meadow-works/meadow", room: "harbor-conduct/cases", maintainer: "mona-maintainer"},
	{source: "tiny-tools/toolbox", room: "foundation-conduct/cases", maintainer: "mira-maintainer"},
	{source: "broken-bridge/bridge", room: "foundation-conduct/cases", maintainer: "mona-maintainer"},
}

// chaosLast is the room of the committee that comes after all others.
const chaosLast = "foundation-conduct/cases"

// chaosRooms is who reads each room, all of them responders; the first acts for
// the room where an owner must.
var chaosRooms = map[string][]string{
	"river-conduct/cases":        {"rosa-responder", "ravi-responder", "rune-responder", "lior-liaison"},
	"lantern-labs/council-cases": {"lena-council", "luis-council", "lola-council", "lara-liaison"},
	"harbor-conduct/cases":       {"hana-harbor", "hugo-harbor", "hilda-harbor"},
	chaosLast:                    {"fay-foundation", "finn-foundation", "farah-foundation"},
}

var (
	chaosReporters = []string{"nell-newcomer", "rhea-reader", "remy-writer"}
	chaosTalkers   = []string{"tom-talker", "tara-talker", "otis-outsider"}
)

// chaosGuest is let into a room for a while, where nobody may be let in.
const chaosGuest = "ruth-visitor"

// chaosAct is one thing that somebody does. What it is done to often depends on
// what there is by then: Nth counts it, and whoever acts takes the rest modulo.
type chaosAct struct {
	At   time.Duration // after the start, on the clock of the run
	Kind string        // a key of chaosActs
	By   string
	On   string   // a source, or a room
	Whom []string // accused
	Word string   // nobody can guess it, and it stands in what is written
	Nth  int
	Roll int
	Sky  githubsim.Faults // of "weather"
}

// chaosActs is how often each kind of act comes, in parts of all of them; those
// of the operator's side, kills and weather, come beside them.
var chaosActs = []struct {
	kind  string
	share int
	fill  func(*chaosDice, *chaosAct)
}{
	{"form", 170, (*chaosDice).report},
	{"labelled issue", 60, (*chaosDice).report},
	{"labelled later", 10, (*chaosDice).report},
	{"comment", 60, (*chaosDice).report},
	{"command", 600, (*chaosDice).inRoom},
	{"meeting", 60, (*chaosDice).inRoom},
	{"move by hand", 70, (*chaosDice).inRoom},
	{"close or reopen", 40, (*chaosDice).inRoom},
	{"foreign label", 25, (*chaosDice).inRoom},
	{"talk", 20, (*chaosDice).inRoom},
	{"edit", 15, (*chaosDice).inRoom},
	{"pass on", 35, (*chaosDice).passOn},
	{"question", 60, (*chaosDice).question},
	{"answer a question", 60, (*chaosDice).passOn},
	{"lock", 20, (*chaosDice).inRoom},
	{"interim", 40, (*chaosDice).inRoom},
	{"recuse", 18, (*chaosDice).inRoom},
	{"link", 30, (*chaosDice).inRoom},
	{"account", 30, (*chaosDice).inRoom},
	{"lake report", 13, (*chaosDice).lakeReport},
	{"in private", 100, (*chaosDice).lakeMember},
	{"in the lake", 80, (*chaosDice).lakeMember},
	{"push", 15, (*chaosDice).push},
	{"rename", 8, (*chaosDice).rename},
	{"guest", 7, (*chaosDice).guest},
}

const (
	// chaosGap is how far apart acts are on average, on the clock of the run.
	chaosGap = 5 * time.Second
	// chaosKillEvery and chaosSkyEvery are how many acts lie between two kills,
	// and between two changes of what GitHub does wrong, on average.
	chaosKillEvery = 50
	chaosSkyEvery  = 40
	// chaosVisit is how long a guest stays at most: nobody can work in a room meanwhile.
	chaosVisit = 15 * time.Minute
)

// chaosPlan is everything that will be done, in order. It follows from the seed
// and the number of acts alone. What comes of it also depends on how the
// processes happen to run, which nothing can replay.
func chaosPlan(seed uint64, acts int) []chaosAct {
	d := &chaosDice{rand.New(rand.NewPCG(seed, 0))}
	var plan []chaosAct
	var now time.Duration
	for i := range acts {
		now += time.Duration(d.ExpFloat64() * float64(chaosGap))
		if d.IntN(chaosSkyEvery) == 0 || len(plan) == 0 {
			plan = append(plan, chaosAct{At: now, Kind: "weather", Sky: d.sky(seed)})
		}
		a := d.act(now)
		switch {
		case i == acts/8, i == acts/6:
			a.Kind = "lake report"
			d.lakeReport(&a)
		case i == acts/5+4:
			a.Kind, a.On = "joins", chaosLake.room
		case i >= acts/5 && i < acts/5+4 || a.Kind == "lake report" && i > acts*11/20: // that may still be over when the run is
			a.Kind = "in private"
			d.lakeMember(&a)
		}
		plan = append(plan, a)
		if a.Kind == "guest" {
			plan = append(plan, chaosAct{At: now + d.upTo(chaosVisit), Kind: "guest leaves", On: a.On})
		}
		if d.IntN(chaosKillEvery) == 0 || i == acts/2 {
			plan = append(plan, chaosAct{At: now + d.upTo(chaosGap), Kind: "kill", Nth: d.IntN(1 << 20)})
		}
	}
	slices.SortStableFunc(plan, func(a, b chaosAct) int { return int(a.At - b.At) })
	return plan
}

type chaosDice struct{ *rand.Rand }

func (d *chaosDice) act(at time.Duration) chaosAct {
	all := 0
	for _, k := range chaosActs {
		all += k.share
	}
	roll := d.IntN(all)
	for _, k := range chaosActs {
		if roll -= k.share; roll < 0 {
			a := chaosAct{At: at, Kind: k.kind, Word: d.word(), Nth: d.IntN(1 << 20), Roll: d.IntN(1 << 20)}
			k.fill(d, &a)
			return a
		}
	}
	panic("the shares do not add up")
}

func (d *chaosDice) upTo(most time.Duration) time.Duration {
	return time.Duration(d.Int64N(int64(most)))
}

func (d *chaosDice) word() string {
	const letters = "abcdefghijklmnopqrstuvwxyz"
	word := make([]byte, 24)
	for i := range word {
		word[i] = letters[d.IntN(len(letters))]
	}
	return string(word)
}

func (d *chaosDice) of(list []string) string { return list[d.IntN(len(list))] }

func (d *chaosDice) report(a *chaosAct) {
	place := chaosPlaces[d.IntN(len(chaosPlaces))]
	a.By, a.On = d.of(chaosReporters), place.source
	switch d.IntN(20) {
	case 0: // neither the nearest committee nor the last may read it
		a.Whom = []string{d.of(chaosRooms[place.room]), d.of(chaosRooms[chaosLast])}
	case 1, 2, 3:
		a.Whom = []string{d.of(chaosRooms[place.room])}
	case 4:
		a.Whom = []string{d.of(chaosRooms[chaosLast])}
	case 5, 6, 7:
	default:
		a.Whom = []string{d.of(chaosTalkers)}
	}
}

func (d *chaosDice) inRoom(a *chaosAct) {
	a.On = chaosPlaces[d.IntN(len(chaosPlaces))].room // the last one, which gets most, more often
	a.By = d.of(chaosRooms[a.On])
}

// passOn is in a room of a committee that has a liaison.
func (d *chaosDice) passOn(a *chaosAct) {
	a.On = chaosPlaces[d.IntN(2)].room
	a.By = d.of(chaosRooms[a.On])
}

func (d *chaosDice) question(a *chaosAct) { a.By, a.On = d.of(chaosRooms[chaosLast]), chaosLast }

func (d *chaosDice) push(a *chaosAct) { a.By, a.On = chaosPlaces[0].maintainer, chaosPlaces[0].source }

func (d *chaosDice) rename(a *chaosAct) {
	a.On = d.of([]string{"tiny-tools/toolbox", "river-project/river", "harbor-conduct/cases"})
}

func (d *chaosDice) guest(a *chaosAct) {
	a.On = d.of([]string{"river-conduct/cases", "lantern-labs/council-cases", "harbor-conduct/cases", chaosLast})
}

// sky is what GitHub does wrong from now on. Every fourth time it is nothing.
func (d *chaosDice) sky(seed uint64) githubsim.Faults {
	if d.IntN(4) == 0 {
		return githubsim.Faults{}
	}
	at := func(most float64) float64 { return d.Float64() * most }
	return githubsim.Faults{
		Seed:        seed ^ d.Uint64(),
		ServerError: at(0.04), Hang: at(0.004), HangFor: 300 * time.Millisecond, Reset: at(0.02), ResetAfter: at(0.12),
		NotFound: at(0.001), NotFoundFor: d.upTo(time.Minute), PrimaryLimit: at(0.001), SecondaryLimit: at(0.002),
		TokenEndsEarly: at(0.02),
		Lost:           at(0.05), Late: at(0.05), LateBy: d.upTo(10 * time.Minute), Doubled: at(0.08), Reordered: at(0.05), SecondGUID: at(0.05),
		Skew: d.upTo(time.Minute) - 30*time.Second,
	}
}

func TestChaosPlanFollowsFromItsSeed(t *testing.T) {
	t.Parallel()
	first := chaosPlan(1, 2000)
	if !reflect.DeepEqual(first, chaosPlan(1, 2000)) {
		t.Error("the same seed gives two plans")
	}
	if reflect.DeepEqual(first, chaosPlan(2, 2000)) {
		t.Error("two seeds give one plan")
	}
	kinds := map[string]int{}
	words := map[string]bool{}
	for _, a := range first {
		kinds[a.Kind]++
		if a.Word != "" && words[a.Word] {
			t.Errorf("%s is the word of two acts", a.Word)
		}
		words[a.Word] = true
	}
	for _, k := range chaosActs {
		if kinds[k.kind] == 0 {
			t.Errorf("nothing of the kind %q happens", k.kind)
		}
	}
	if kinds["guest leaves"] != kinds["guest"] {
		t.Errorf("of %d guests %d leave", kinds["guest"], kinds["guest leaves"])
	}
	t.Log(fmt.Sprint(kinds))
}
