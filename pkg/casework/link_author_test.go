package casework_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// shownTo is whether words of the report were ever written where somebody reads. GitHub
// mails what is written, and takes nothing of it back.
func (w *world) shownTo(who coc.Login, words string) bool {
	return slices.ContainsFunc(w.gh.writes, func(x write) bool {
		return strings.Contains(x.text, words) && coc.HasLogin(x.readers, who)
	})
}

// A link may be all that somebody dares to say of who did it, and whoever did it may sit
// on the committee.
func TestNotAWordIsWrittenWhereAnAuthorOfWhatAReportPointsToReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keeping(casework.EvidenceLimits{})
	w.gh.talks[said] = words("You are heliotrope.", "Ben-River")
	c := w.report("Look at " + saidAt + " (" + canary + ")")
	w.pass(2 * time.Hour)
	c = w.caseOf(c.ID)
	if w.shownTo("ben-river", canary) {
		t.Error("they were mailed the report before it was taken away")
	}
	if home := c.Home(); home.Committee.Key != "foundation" || home.Issue == 0 || !w.shownTo(home.Responders[0], canary) {
		t.Errorf("it is with %s, issue %d", home.Committee.Key, home.Issue)
	}
	w.invariants()
}

// While GitHub cannot tell who wrote it, a report waits for that only so long.
func TestReportIsOpenedThoughItCannotBeFoundOutWhoWroteWhatItPointsTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keeping(casework.EvidenceLimits{})
	w.gh.talks[said] = words("You are heliotrope.", "kim-example")
	w.gh.failing = map[string]error{"capture": coc.Later{Cause: "away"}}
	receipt := w.file("token", says("Look at "+saidAt+" ("+canary+")"))
	w.pass(5 * time.Second)
	if c := w.of(receipt); c.Home().Issue != 0 {
		t.Error("it is not waited for at all")
	}
	w.pass(15 * time.Minute)
	if c := w.of(receipt); c.Home().Issue == 0 || c.Home().Committee.Key != "river/conduct" {
		t.Errorf("it is with %s, issue %d", c.Home().Committee.Key, c.Home().Issue)
	}
	w.invariants()
}

// So it is with what is sent later through the form, and with who is asked in private.
func TestWhatIsAddedWaitsForWhoWroteWhatItPointsTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keeping(casework.EvidenceLimits{})
	w.gh.talks[said] = words("You are heliotrope.", "ben-river")
	c := w.report(account)
	w.gh.failing = map[string]error{"capture": coc.Later{Cause: "away"}}
	w.file("token", says("And at "+saidAt+" obsidian"))
	w.pass(5 * time.Second)
	w.gh.failing = nil
	w.pass(2 * time.Hour)
	if c = w.caseOf(c.ID); w.shownTo("ben-river", "obsidian") || c.Home().Committee.Key != "foundation" {
		t.Errorf("they were mailed it, or it is still with %s", c.Home().Committee.Key)
	}
	if !w.shownTo(c.Home().Responders[0], "obsidian") {
		t.Error("nobody reads what was added")
	}
	w.invariants()
}

func TestNobodyIsAskedBeforeItIsKnownWhoWroteWhatAReportPointsTo(t *testing.T) {
	t.Parallel()
	w := asking(t)
	w.keeping(casework.EvidenceLimits{})
	w.gh.talks[said] = words("You are heliotrope.", "ben-river")
	w.gh.failing = map[string]error{"capture": coc.Later{Cause: "away"}}
	receipt := w.file("token", says("Look at "+saidAt+" ("+canary+")"))
	w.pass(time.Second)
	c := w.of(receipt)
	if w.asked("ben-river", c) || w.asked("ada-river", c) {
		t.Error("they are asked already")
	}
	w.gh.failing = nil
	w.pass(5 * time.Minute)
	if c = w.of(receipt); w.asked("ben-river", c) || !w.asked("ada-river", c) {
		t.Error("whoever wrote it is asked, or nobody is")
	}
	w.invariants()
}
