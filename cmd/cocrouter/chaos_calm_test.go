package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// The judge of TestChaos works the commands by a model of its own. In a town where
// nothing goes wrong, and everything comes to rest after each act, nothing is left to
// the world: whatever people do, the model and the server must agree. What chaos finds
// is then of the chaos.
func TestJudgeOfChaosAgreesWithACalmTown(t *testing.T) {
	t.Parallel()
	for name, town := range map[string]calmTown{
		// Of a project with a committee, of another one, and of the foundation, where
		// their cases come together.
		"shared rooms": {
			seed: 5, acts: 95, reports: 8, step: 2 * time.Second,
			places: []string{chaosPlaces[0].source, chaosPlaces[0].room, chaosPlaces[1].source, chaosPlaces[1].room, chaosLast},
			did:    []string{"ack", "propose", "agree", "resolve", "appeal", "ask", "notify", "reporter: answer"},
		},
		"asked in private": {
			seed: 2, acts: 70, reports: 4, step: 2 * time.Minute,
			places: []string{chaosLake.source, chaosLake.room, chaosLast},
			did:    []string{"clear", "recuse", "admit", "ack", "propose", "screened"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			town.judge(t)
		})
	}
}

// calmTown is some of the places of a run, how much is done there, and what must be among
// it that took effect.
type calmTown struct {
	seed          uint64
	acts, reports int
	step          time.Duration // between two acts
	places, did   []string
}

func (town calmTown) judge(t *testing.T) {
	t.Helper()
	l, err := chaosLand(filepath.Join(storiesFolder, "_five"))
	if err != nil {
		t.Fatal(err)
	}
	w := build(t, l)
	c := &chaos{
		Sim: w.Sim, t: t, now: w.now, clock: newFastClock(w.now(), 1), owners: map[string]string{}, foreign: map[[2]any][]string{}, locked: map[[2]any]bool{},
		servers: &replicas{setup: fastSetup{crashSetup: crashSetup{Address: w.play.address}}},
	}
	c.Intercept(c.watch)
	for name := range l.Repos {
		owner, _, _ := strings.Cut(name, "/")
		c.owners[name] = l.Orgs[owner].Owners[0]
	}
	acts, reports := town.acts, town.reports
	if testing.Short() {
		acts = 30
	}
	for _, a := range chaosPlan(town.seed, 10*town.acts) {
		calm := !slices.Contains([]string{"weather", "kill", "rename", "guest", "guest leaves", "push"}, a.Kind)
		isReport := chaosRooms[a.On] == nil && a.On != chaosLake.room
		if !calm || !slices.Contains(town.places, a.On) || isReport && reports == 0 {
			continue
		}
		if isReport {
			reports--
		}
		if a.Kind == "form" && reports%2 == 0 { // there are few reporters, and some answer
			a.Roll += 2 - a.Roll%6
		}
		if acts--; acts < 0 {
			break
		}
		if a.Kind == "command" && a.Nth%3 != 0 || a.Kind == "pass on" && a.Nth%2 != 0 { // there are few cases, and more is decided
			a.Kind = "meeting"
		}
		if err := c.perform(a); err != nil {
			t.Fatalf("%+v: %v", a, err)
		}
		c.forms.Wait()
		w.rest()
		w.advance(town.step)
	}
	c.rested = w.now()
	lanes := map[laneKey][]laneEvent{}
	for i, d := range c.Deliveries() { // in the order in which they were taken in
		if d.Event != "issue_comment" && d.Event != "issues" {
			continue
		}
		key, e, err := laneEventOf(d.RequestBody, int64(i))
		if err != nil {
			t.Fatal(err)
		}
		lanes[key] = append(lanes[key], e)
	}
	ids, err := caseIDs(t.Context(), w.server.store.DB())
	if err != nil {
		t.Fatal(err)
	}
	found := c.look()
	var cases []coc.Case
	for _, id := range ids {
		cs, err := w.server.store.Case(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		cases = append(cases, cs)
		c.clock = newFastClock(w.now(), 1)
		if wrong := slices.Concat(c.judgeCase(cs, lanes, found), judgeAppeal(cs), judgeMeasures(cs), c.judgeShown(cs, found)); len(wrong) > 0 {
			t.Errorf("%s\n%s", describe(cs), strings.Join(wrong, "\n"))
		}
	}
	c.judgeLocks(found)
	if q := c.judgeAsked(cases, c.lookAtPages(cases)); q.unsure > 0 {
		t.Errorf("nothing happens at once, and the judge is not sure: %s", q)
	}
	asked, answered := c.judgeQuestions(found, cases)
	did := didOf(cases)
	answers, accounts := c.judgeAnswers(found, cases), c.judgeAccounts(found, cases)
	for _, act := range town.did {
		happened := slices.ContainsFunc(cases, func(cs coc.Case) bool {
			return slices.ContainsFunc(cs.Journal, func(e coc.Entry) bool { return e.Act == act })
		})
		if !happened && did[act] == 0 && !testing.Short() {
			t.Errorf("nobody could %s", act)
		}
	}
	t.Logf("%d cases: %v; %d questions asked and %d answered, %d answers of reporters and %d accounts", len(ids), did, asked, answered, answers, accounts)
}

// A decider who responds to the appeal, and an appeal that a project hears, are seen.
func TestJudgeSeesAnAppealThatGoesWrong(t *testing.T) {
	t.Parallel()
	right := func() coc.Case {
		return coc.Case{
			Appeal:  &coc.Appeal{Deciders: []coc.Login{"rosa-responder"}, Since: 2},
			Journal: []coc.Entry{{Act: "opened"}, {Act: "resolve", Actor: "rosa-responder"}, {Act: "appeal", Actor: "ravi-responder"}},
			Placements: []coc.Placement{
				{Committee: coc.Committee{Level: coc.LevelProject}, Responders: []coc.Login{"rosa-responder"}, Separate: true},
				{Committee: coc.Committee{Level: coc.LevelFoundation}, Responders: []coc.Login{"fay-foundation"}, Before: 2, Separate: true},
			},
		}
	}
	for name, breaks := range map[string]func(*coc.Case){
		"":                           func(*coc.Case) {},
		"whoever decided responds":   func(c *coc.Case) { c.Placements[1].Responders[0] = "Rosa-Responder" },
		"a project hears it":         func(c *coc.Case) { c.Placements[1].Committee.Level = coc.LevelProject },
		"it was appealed twice":      func(c *coc.Case) { c.Journal = append(c.Journal, coc.Entry{Act: "appeal"}) },
		"nobody knows that it was":   func(c *coc.Case) { c.Appeal = nil },
		"nobody knows who decided":   func(c *coc.Case) { c.Appeal.Deciders = nil },
		"nobody decided":             func(c *coc.Case) { c.Journal = c.Journal[2:] },
		"it is only said to be that": func(c *coc.Case) { c.Journal = c.Journal[:2] },
	} {
		c := right()
		breaks(&c)
		if wrong := judgeAppeal(c); (len(wrong) > 0) != (name != "") {
			t.Errorf("%q: %q", name, wrong)
		}
	}
}
