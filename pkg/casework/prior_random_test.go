package casework_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// TestWhateverIsToldTheRecordReachesNobodyWhoIsConcerned lets committees tell of
// cases about the same few people, in which others are concerned, whom anybody
// names and who recuse themselves; and has the foundation tell them of its record.
// The pretended GitHub notes at each write who could read it and was barred.
func TestWhateverIsToldTheRecordReachesNobodyWhoIsConcerned(t *testing.T) {
	t.Parallel()
	worlds := uint64(60)
	if testing.Short() {
		worlds = 10
	}
	var shown, told, moved int
	for seed := range worlds {
		w := withRecord(t)
		r := rand.New(rand.NewPCG(seed, 11))
		if r.IntN(2) == 0 {
			w.foundationAdministers()
		}
		for range 32 {
			w.tellsSomething(r)
			w.pass(time.Duration(r.IntN(30)) * time.Second)
			w.always()
		}
		w.pass(2 * time.Hour)
		w.invariants()
		for _, x := range w.gh.writes {
			release := strings.Contains(x.text, "tells you of an earlier record**")
			switch {
			case recordLine.MatchString(x.text):
				shown++
			case release && x.repo == lakeRoom.Key():
				t.Errorf("world %d: %s was told", seed, x.repo)
			case release:
				told++
			}
		}
		for _, id := range w.st.ids() {
			if c := w.caseOf(id); c.Notice != nil && len(c.Placements) > 1 {
				moved++
			}
		}
		if t.Failed() {
			t.Fatalf("in world %d", seed)
		}
	}
	t.Logf("the record was shown in %d writes and told in %d; %d notices moved", shown, told, moved)
	if shown < 3*int(worlds) || told < int(worlds)/4 || moved < int(worlds)/4 {
		t.Error("too little happens")
	}
}

// tellsSomething is one thing that happens around notices.
func (w *world) tellsSomething(r *rand.Rand) {
	w.Helper()
	concerned := func() coc.Party {
		return coc.Party{Login: pick(r, everybody[:8]), Role: pick(r, []coc.Role{coc.RoleHarmed, coc.RoleWitness, coc.RoleWitness})}
	}
	var cases, notices []coc.Case
	for _, id := range w.st.ids() {
		switch c := w.caseOf(id); {
		case c.Home().Issue == 0 || len(c.Home().Responders) == 0:
		case c.Notice != nil:
			notices = append(notices, c)
		default:
			cases = append(cases, c)
		}
	}
	switch n := r.IntN(8); {
	case n < 2 || len(cases) == 0:
		f := says(fmt.Sprint(canary, r.Int()))
		f.Repo = pick(r, []coc.Repo{source, source, lake})
		f.Involved = []coc.Party{{Login: pick(r, []coc.Login{"omar-outsider", "zara-outsider"}), Role: coc.RoleAccused}}
		if r.IntN(2) == 0 {
			f.Involved = append(f.Involved, concerned())
		}
		w.file(fmt.Sprint("token ", r.Int()), f)
	case n < 5:
		c := pick(r, cases)
		line := pick(r, []string{"notify " + summary, "notify " + summary, "notify Ask @fay-foundation.", "resolve"})
		who := pick(r, c.Home().Responders)
		if line == "resolve" {
			w.take(w.comment(c, who, "/coc ack\n/coc propose warning They were told."))
			for _, l := range c.Home().Responders {
				w.take(w.comment(c, l, "/coc agree"))
			}
			line = "accused notified\n/coc resolve\n/coc notify " + summary
		}
		w.take(w.comment(c, who, "/coc "+line))
	case n < 7 && len(notices) > 0:
		c := pick(r, notices)
		line := pick(r, []string{"notify record", "notify record", "notify record", "clear", "recuse soft comment", "recuse hard", "ack"})
		w.take(w.comment(c, pick(r, c.Home().Responders), "/coc "+line))
	case n == 7: // more becomes known of a case, and who is concerned by it
		c := pick(r, cases)
		c.Parties = append(slices.Clone(c.Parties), concerned())
		for _, l := range c.Home().Responders {
			if l.Is(c.Parties[len(c.Parties)-1].Login) {
				return // then the case itself would have to leave
			}
		}
		w.keep(c)
	}
}
