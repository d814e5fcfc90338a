package casework_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// two files two reports about the same project.
func (w *world) two() (a, b coc.Case) {
	w.Helper()
	return w.filed("one"), w.filed("two")
}

// filed is the case of one more report.
func (w *world) filed(token string) coc.Case {
	w.Helper()
	receipt := w.file(token, says(account))
	w.pass(time.Second)
	return w.of(receipt)
}

// names reports whether the body of a case shows the other's code name.
func (w *world) names(c, other coc.Case) bool {
	c, other = w.caseOf(c.ID), w.caseOf(other.ID)
	n := len(c.Placements) - 1
	return strings.Contains(w.issueOf(c, n).Body, "**Linked**: `"+other.Home().CodeName+"`")
}

// linksAreOpen: whoever reads of another case in a body may read that case.
func (w *world) linksAreOpen(c coc.Case) {
	w.Helper()
	home := c.Home()
	if home == nil || home.Issue == 0 || home.Frozen != "" {
		return
	}
	_, line, _ := strings.Cut(w.issueOf(c, len(c.Placements)-1).Body, "**Linked**: ")
	line, _, _ = strings.Cut(line, "\n")
	for _, l := range c.Links {
		other := w.caseOf(l.Case)
		for n, p := range other.Placements {
			if !strings.Contains(line, "`"+p.CodeName+"`") {
				continue
			}
			if n < len(other.Placements)-1 {
				w.Errorf("case %s shows %s, a home that %s has left", c.ID, p.CodeName, other.ID)
			}
			for _, r := range w.at(home.Room.Repo).all() {
				if w.gh.barred(other.ID, r, p.Room.Repo) || !coc.HasLogin(append(p.Committee.Custodians, p.Responders...), r) {
					w.Errorf("%s reads of %s in %s, which they may not read", r, other.ID, c.ID)
				}
			}
		}
	}
}

func TestLinkIsShownInBothCasesWhateverNamesIt(t *testing.T) {
	t.Parallel()
	for name, say := range map[string]func(coc.Case) string{
		"the code name":             func(c coc.Case) string { return c.Home().CodeName },
		"the code name, in code":    func(c coc.Case) string { return "`" + strings.ToUpper(c.Home().CodeName) + "`." },
		"the number":                func(c coc.Case) string { return fmt.Sprintf("#%d", c.Home().Issue) },
		"the repository and number": func(c coc.Case) string { return fmt.Sprintf("River/Conduct#%d", c.Home().Issue) },
		"the address of the issue": func(c coc.Case) string {
			return fmt.Sprintf("https://github.example/river/conduct/issues/%d", c.Home().Issue)
		},
		"the address of a comment": func(c coc.Case) string {
			return fmt.Sprintf("https://github.example/river/conduct/issues/%d#issuecomment-12", c.Home().Issue)
		},
		"the address, between marks": func(c coc.Case) string {
			return fmt.Sprintf("<https://github.example/river/conduct/issues/%d>", c.Home().Issue)
		},
	} {
		w := newWorld(t)
		a, b := w.two()
		w.says(a, "ada-river", "/coc link "+say(b))
		w.pass(time.Minute)
		if !w.names(a, b) || !w.names(b, a) {
			t.Errorf("%s: %t, %t; %q", name, w.names(a, b), w.names(b, a), w.issueOf(a, 0).comments)
		}
		w.says(b, "ben-river", "/coc link "+say(a))
		if got := w.issueOf(b, 0).comments; len(got) != 1 || !strings.Contains(got[0], "already") {
			t.Errorf("%s: the other way round: %q", name, got)
		}
		w.invariants()
	}
}

func TestClosedCaseIsLinkedByItsIssue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.two()
	b = w.decides(b, "ada-river", "/coc ack\n/coc resolve\n/coc close")
	w.pass(time.Minute)
	w.says(a, "ada-river", "/coc link "+b.Home().CodeName)
	if len(w.caseOf(a.ID).Links) != 0 {
		t.Error("a closed case was found by its code name: then ROUTING.md may say so")
	}
	w.says(a, "ada-river", fmt.Sprintf("/coc link #%d", b.Home().Issue))
	w.pass(time.Minute)
	if !w.names(a, b) || !w.names(b, a) || w.issueOf(b, 0).Open {
		t.Error("it is not shown, or the case was opened again")
	}
	w.invariants()
}

// Whether a case exists that somebody may not see must not be found out by linking
// with it.
func TestWhoMayNotSeeTheOtherCaseIsToldThatThereIsNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.two()
	w.says(b, "ada-river", "/coc recuse hard")
	w.pass(time.Minute)
	b = w.caseOf(b.ID)
	n := len(w.issueOf(a, 0).comments)
	for _, say := range []string{
		"#" + fmt.Sprint(b.Placements[0].Issue), b.Placements[0].CodeName, b.Home().CodeName, "foundation-conduct/cases#1", "#99", "no-such-case-123",
	} {
		w.says(a, "ada-river", "/coc link "+say)
	}
	w.pass(time.Minute)
	said := w.issueOf(a, 0).comments[n:]
	if len(said) != 6 {
		t.Fatalf("%d answers", len(said))
	}
	for _, s := range said {
		first, _, _ := strings.Cut(said[0], "<!--")
		if got, _, _ := strings.Cut(s, "<!--"); got != first {
			t.Errorf("%q\nand\n%q", first, got)
		}
	}
	if a, b = w.caseOf(a.ID), w.caseOf(b.ID); len(a.Links)+len(b.Links) != 0 {
		t.Errorf("linked: %+v %+v", a.Links, b.Links)
	}
	w.says(a, "omar-outsider", "/coc link #2")
	w.says(a, "ada-river", "/coc link #1")
	if len(w.caseOf(a.ID).Links) != 0 {
		t.Error("an outsider linked it, or it is linked with itself")
	}
	w.invariants()
}

// A link that was shown goes from both bodies when somebody who reads the one may
// not read the other any more.
func TestLinkIsHiddenInBothOnceSomebodyMayNotReadOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.two()
	w.says(a, "ada-river", fmt.Sprintf("/coc link #%d", b.Home().Issue))
	w.pass(time.Minute)
	if !w.names(a, b) || !w.names(b, a) {
		t.Fatal("it is not shown")
	}
	// Ben's conflict takes the other case out of the room that he reads.
	w.says(b, "ben-river", "/coc recuse hard")
	w.pass(time.Hour)
	a, b = w.caseOf(a.ID), w.caseOf(b.ID)
	if len(b.Placements) != 2 {
		t.Fatalf("the case has %d homes", len(b.Placements))
	}
	for _, c := range []coc.Case{a, b} {
		for n := range c.Placements {
			if body := w.issueOf(c, n).Body; strings.Contains(body, "**Linked**") {
				t.Errorf("still shown:\n%s", body)
			}
		}
	}
	// The other one leaves too, for the same room, where all may read both.
	w.says(a, "ada-river", "/coc escalate We know them all.")
	w.pass(time.Hour)
	if !w.names(a, b) || !w.names(b, a) {
		t.Error("it is not shown where everybody may read both")
	}
	w.invariants()
}

func TestLinksInOneCommentAndAnAdmissionAreOneChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.two()
	c := w.filed("three")
	w.says(a, "ada-river", fmt.Sprintf("/coc link #%d\n/coc link #%d\n/coc link #%d\n/coc admit @ben-river all", b.Home().Issue, b.Home().Issue, c.Home().Issue))
	w.pass(time.Minute)
	if n := len(w.caseOf(a.ID).Links); n != 2 || !strings.Contains(w.issueOf(a, 0).Body, "**Linked**: ") {
		t.Errorf("%d links", n)
	}
	if len(w.issueOf(a, 0).comments) != 1 {
		t.Errorf("%q", w.issueOf(a, 0).comments)
	}
	w.invariants()
}
