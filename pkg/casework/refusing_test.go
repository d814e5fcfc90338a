package casework_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// TestRoomThatTakesNoIssueIsPassedOver has rooms that pass every check and then
// refuse to be written to, as with an App that may read and not write.
func TestRoomThatTakesNoIssueIsPassedOver(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		refuses error
		rule    string
	}{
		{coc.ErrGone, "room/no-issues"}, {coc.ErrDenied, "room/denied"}, {coc.ErrArchived, "room/archived"}, {coc.ErrInaccessible, "room/inaccessible"},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.at(riverRoom).refuses = fmt.Errorf("a write: %w", tc.refuses)
			receipt := w.file("token", says(account))
			w.pass(time.Minute)
			c := w.of(receipt)
			if c.Home().Committee.Key != "foundation" || c.Home().Issue == 0 {
				t.Errorf("home is %q#%d", c.Home().Committee.Key, c.Home().Issue)
			}
			if !slices.ContainsFunc(c.Trace, func(r coc.Reason) bool { return r.Rule == tc.rule }) {
				t.Errorf("the trace does not say %s: %+v", tc.rule, c.Trace)
			}
			if len(w.alarms) != 1 || !strings.Contains(w.alarms[0], "River Committee") {
				t.Errorf("operators heard %q", w.alarms)
			}
			w.invariants()
		})
	}
}

func TestReportThatNoRoomTakesWaitsAndIsOpenedWhenOneDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rooms := []coc.Repo{riverRoom, baseRoom, topRoom}
	for _, r := range rooms {
		w.at(r).refuses = coc.ErrDenied
	}
	receipt := w.file("token", says(account))
	w.pass(7 * 24 * time.Hour)
	c := w.of(receipt)
	if c.Home().Issue != 0 || len(w.st.failed) != 0 {
		t.Fatalf("issue %d, given up: %q", c.Home().Issue, w.st.failed)
	}
	if n := len(c.Placements); n > 60 {
		t.Errorf("it was moved %d times in a week", n)
	}
	for _, r := range rooms {
		w.at(r).refuses = nil
	}
	w.pass(25 * time.Hour)
	if c = w.of(receipt); c.Home().Committee.Name != "River Committee" || c.Home().Issue == 0 {
		t.Errorf("home is %q#%d", c.Home().Committee.Name, c.Home().Issue)
	}
	w.invariants()
}

func TestRoomThatTakesNoWritesAnyMoreIsFrozenUntilItDoes(t *testing.T) {
	t.Parallel()
	for _, words := range []string{"/coc ack", "/coc close", "/coc ack\n/coc ack"} {
		t.Run(words, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.report(account)
			w.at(riverRoom).refuses = coc.ErrDenied
			c = w.says(c, "ada-river", words)
			w.pass(40 * time.Hour) // and so before silence counts
			c = w.caseOf(c.ID)
			if c.Home().Frozen != "room/denied" || len(w.alarms) == 0 || len(w.st.failed) != 0 {
				t.Errorf("frozen %q, alarms %q, given up %q", c.Home().Frozen, w.alarms, w.st.failed)
			}
			w.at(riverRoom).refuses = nil
			w.pass(2 * time.Hour)
			if c = w.caseOf(c.ID); c.Home().Frozen != "" {
				t.Errorf("still frozen: %q", c.Home().Frozen)
			}
			if want := strings.Count(words+"\n", "close\n") + strings.Count(words, "\n"); len(w.answers(c, 0)) != want {
				t.Errorf("%d replies, want %d", len(w.answers(c, 0)), want)
			}
			w.invariants()
		})
	}
}

func TestRefusalInACaseNamesTheNextStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	for _, says := range []struct {
		who   coc.Login
		words string
	}{
		{"omar-outsider", "/coc ack"}, {"ada-river", "/coc agree"}, {"ada-river", "/coc close"}, {"ada-river", "/coc claim @omar-outsider"},
		{"ada-river", "/coc escalate"}, {"ada-river", "/coc resolve nonsense"}, {"ada-river", "/coc appeal"}, {"ada-river", "/coc what"},
		{"ada-river", "/coc escalate We know everybody.\n/coc ack"},
	} {
		c = w.says(c, says.who, says.words)
		replies := w.issueOf(c, 0).comments
		reply := replies[len(replies)-1]
		_, next, _ := strings.Cut(reply[strings.LastIndex(reply, "**Not done.**"):], "\n\n")
		if strings.TrimSpace(strings.Split(next, "<!--")[0]) == "" {
			t.Errorf("%q is refused without a next step:\n%s", says.words, reply)
		}
	}
}

func TestOperatorsHearOfAProblemBeforeItIsRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	w.at(riverRoom).readers["stan-stranger"] = true
	frozen := 0
	w.st.beforeCommit = func(change coc.Change) {
		for _, c := range change.Cases {
			if c.Home().Frozen == "" {
				continue
			}
			if frozen++; len(w.alarms) == 0 {
				t.Error("dying after this commit, nobody would ever hear of it")
			}
		}
	}
	w.pass(time.Minute) // what was seen a moment ago is not looked at again
	w.says(c, "ada-river", "/coc ack")
	if frozen == 0 {
		t.Error("the room was not frozen")
	}
}
