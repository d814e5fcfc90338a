package casework_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Nobody else keeps what a report points to on another site, and a committee that is not
// told so thinks that it is safe.
func TestLinkOfAReportThatCannotBeCapturedSaysWhyAndMarksTheCase(t *testing.T) {
	t.Parallel()
	for url, why := range map[string]string{
		"https://chat.example/river/77":                        "it is on another site, and those are never asked",
		"https://gist.github.example/kim/1":                    "it is on another site, and those are never asked",
		"http://localhost:8080/river/issues/7":                 "it is on another site, and those are never asked",
		gitHubWeb + "/river-project/river/commit/0123abc":      "it is a page where nobody says anything",
		gitHubWeb + "/river-project/river/wiki/Heliotrope":     "it is a page where nobody says anything",
		gitHubWeb + "/river-project/river/releases":            "it is a page where nobody says anything",
		gitHubWeb + "/orgs/river-project/discussions/7":        "it is a page where nobody says anything",
		gitHubWeb + "/river-project/river/issues/new?title=He": "it is a page where nobody says anything",
	} {
		t.Run(url, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.keeping(casework.EvidenceLimits{})
			c := w.report(account + " See " + url)
			w.pass(time.Minute)
			c = w.caseOf(c.ID)
			if w.marked(c, "flag/") != "flag/anonymous flag/evidence-volatile" {
				t.Errorf("marked %s", w.marked(c, "flag/"))
			}
			if body := w.issueOf(c, 0).Body; !strings.Contains(body, "1: `"+url+"`; not captured: "+why+"; it can still change or vanish") {
				t.Errorf("%s", body)
			}
			w.proven(c)
			w.invariants()
		})
	}
}

// The list of a marked case says by itself which of them are safe.
func TestMarkedCaseTellsWhatWasCaptured(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keeping(casework.EvidenceLimits{})
	w.gh.talks[said] = words("You are heliotrope.", "kim-example")
	c := w.report(account + " See https://chat.example/1 and " + saidAt)
	w.pass(time.Minute)
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "1: `"+saidAt+"`; captured as 3 (") || !strings.Contains(body, "2: `https://chat.example/1`; not captured") {
		t.Errorf("%s", body)
	}
	w.invariants()
}

func TestWhatOnlyNamesSomebodyOrAProjectIsNoEvidence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keeping(casework.EvidenceLimits{})
	c := w.report(account + " It was " + gitHubWeb + "/kim-example in " + gitHubWeb + "/river-project/river/.")
	if c = w.caseOf(c.ID); len(c.Evidence) != 0 || w.marked(c, "flag/") != "flag/anonymous" {
		t.Errorf("%+v, %s", c.Evidence, w.marked(c, "flag/"))
	}
}

// However many there are of them, what can be captured has room.
func TestManyLinksElsewhereTakeNoRoomFromWhatCanBeCaptured(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keeping(casework.EvidenceLimits{})
	w.gh.talks[said] = words("You are heliotrope.", "kim-example")
	receipt := w.file("token", says(account))
	w.pass(time.Minute)
	for i := range 30 {
		text := "And"
		for n := range 30 {
			text += fmt.Sprintf(" https://chat.example/%d/%d", i, n)
		}
		w.replies(receipt, fmt.Sprint("more ", i), text)
		w.pass(time.Minute)
	}
	w.replies(receipt, "last", "And "+saidAt)
	w.pass(time.Minute)
	c := w.of(receipt)
	kept := 0
	for _, e := range c.Evidence {
		if e.Kind == coc.EvidenceCapture && !e.Content.IsZero() {
			kept++
		}
	}
	if kept != 1 || len(c.Evidence) > 110 {
		t.Errorf("%d are captured, of %d", kept, len(c.Evidence))
	}
	if w.marked(c, "flag/") != "flag/anonymous flag/evidence-volatile" || !strings.Contains(strings.Join(w.issueOf(c, 0).Labels, " "), "flag/evidence-volatile") {
		t.Errorf("marked %s, and shown %s", w.marked(c, "flag/"), w.issueOf(c, 0).Labels)
	}
	w.proven(c)
	w.invariants()
}
