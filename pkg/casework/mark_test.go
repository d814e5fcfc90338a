package casework_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// marked is the labels of a kind that a case shows.
func (w *world) marked(c coc.Case, kind string) string {
	labels := slices.DeleteFunc(slices.Clone(w.issueOf(c, 0).Labels), func(l string) bool { return !strings.HasPrefix(l, kind) })
	return strings.Join(slices.Sorted(slices.Values(labels)), " ")
}

func TestSeverityIsOneWhoeverSetsItHow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	for _, step := range []struct {
		by, command string
		kind        coc.EventKind
		label, want string
	}{
		{by: "omar-outsider", command: "/coc severity high", want: ""},
		{by: "omar-outsider", kind: coc.EventLabeled, label: "severity/high", want: ""},
		{by: "ada-river", command: "/coc severity high\n/coc severity low", want: "severity/low"},
		{by: "ada-river", kind: coc.EventLabeled, label: "severity/critical", want: "severity/critical"},
		{by: "ada-river", kind: coc.EventUnlabeled, label: "severity/critical", want: "severity/critical"},
		{by: "omar-outsider", kind: coc.EventLabeled, label: "severity/low", want: "severity/critical"},
		{by: "omar-outsider", kind: coc.EventUnlabeled, label: "severity/critical", want: "severity/critical"},
		{by: "ada-river", kind: coc.EventLabeled, label: "SEVERITY/Medium", want: "severity/medium"},
		{by: "ada-river", kind: coc.EventLabeled, label: "severity/urgent", want: "severity/medium severity/urgent"}, // not a label of ours
	} {
		if step.command != "" {
			w.says(c, coc.Login(step.by), step.command)
		} else {
			w.tell(w.byHand(c, step.kind, coc.Login(step.by), step.label))
		}
		w.pass(time.Minute)
		if got := w.marked(c, "severity/"); got != step.want {
			t.Errorf("after %+v: %q", step, got)
		}
	}
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "**Marked**: `severity/medium`") {
		t.Errorf("the body does not tell of it:\n%s", body)
	}
	w.invariants()
}

func TestTwoSeveritiesAtOnceLeaveTheLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	w.take(w.byHand(c, coc.EventLabeled, "ada-river", "severity/high"))
	w.take(w.byHand(c, coc.EventLabeled, "ben-river", "severity/low"))
	w.pass(time.Minute)
	if got := w.marked(c, "severity/"); got != "severity/low" {
		t.Errorf("%q", got)
	}
}

func TestFlagsThatAreOursStayAndOthersArePeoples(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account) // through the form, so it is anonymous
	for _, step := range []struct {
		by, command string
		kind        coc.EventKind
		label, want string
	}{
		{by: "ada-river", command: "/coc flag retaliation", want: "flag/anonymous flag/retaliation"},
		{by: "ada-river", command: "/coc flag overdue\n/coc unflag anonymous", want: "flag/anonymous flag/retaliation"},
		{by: "ada-river", kind: coc.EventUnlabeled, label: "flag/anonymous", want: "flag/anonymous flag/retaliation"},
		{by: "ada-river", kind: coc.EventLabeled, label: "flag/interim-action", want: "flag/anonymous flag/retaliation"},
		{by: "ada-river", kind: coc.EventLabeled, label: "flag/evidence-volatile", want: "flag/anonymous flag/retaliation"},
		{by: "omar-outsider", kind: coc.EventLabeled, label: "flag/repeat", want: "flag/anonymous flag/retaliation"},
		{by: "omar-outsider", kind: coc.EventUnlabeled, label: "flag/retaliation", want: "flag/anonymous flag/retaliation"},
		{by: "ada-river", kind: coc.EventLabeled, label: "flag/repeat", want: "flag/anonymous flag/repeat flag/retaliation"},
		{by: "ada-river", kind: coc.EventUnlabeled, label: "flag/retaliation", want: "flag/anonymous flag/repeat"},
		{by: "ada-river", command: "/coc unflag repeat", want: "flag/anonymous"},
	} {
		if step.command != "" {
			w.says(c, coc.Login(step.by), step.command)
		} else {
			w.tell(w.byHand(c, step.kind, coc.Login(step.by), step.label))
		}
		w.pass(time.Minute)
		if got := w.marked(c, "flag/"); got != step.want {
			t.Errorf("after %+v: %q", step, got)
		}
	}
	if got := strings.Join(w.issueOf(c, 0).comments, ""); !strings.Contains(got, "It follows from what is due") || !strings.Contains(got, "how the report came") {
		t.Errorf("the refusals do not say why:\n%s", got)
	}
	w.invariants()
}

// What a member flags asks for what it would ask if the reporter had told of it.
func TestFlagOfWhatIsAtStakeAsksForCounselOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	w.says(c, "ada-river", "/coc flag legal-risk")
	w.pass(time.Minute)
	w.tell(w.byHand(c, coc.EventUnlabeled, "ben-river", "flag/legal-risk"))
	c = w.says(c, "ada-river", "/coc flag legal risk\n/coc flag safety-risk")
	if got := rulesOf(c); got != "lookup/found taken legal/consult danger" {
		t.Errorf("the case tells %s", got)
	}
	if c.Home().Committee.Key != "river/conduct" {
		t.Errorf("it went to %s", c.Home().Committee.Key)
	}
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "must be consulted") {
		t.Errorf("the body does not ask for it:\n%s", body)
	}
	w.invariants()
}
