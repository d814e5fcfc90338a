package casework_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// stands is what a receipt shows.
func (w *world) stands(receipt string) casework.Progress {
	w.Helper()
	p, err := w.Progress(w.Context(), receipt)
	if err != nil {
		w.Fatal(err)
	}
	return p
}

func TestSilencePastThePromisedDayIsShownWithTheWayUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	receipt := w.file("token", says(account))
	w.pass(time.Second)
	way := []casework.Direct{{Name: "River Committee", Contact: "conduct@river.example"}, {Name: "Foundation Committee", Contact: "conduct@foundation.example"}}
	if p := w.stands(receipt); !p.Silent.IsZero() || !reflect.DeepEqual(p.Way, way) {
		t.Errorf("on the first day: silent %v, way %v", p.Silent, p.Way)
	}
	w.pass(3*24*time.Hour + time.Minute)
	if p := w.stands(receipt); p.Silent.Format(time.DateOnly) != "2025-03-06" {
		t.Errorf("after three business days: silent since %v", p.Silent)
	}
	c := w.says(w.of(receipt), "ada-river", "/coc ack\n/coc clear")
	for _, l := range []coc.Login{"ben-river", "cy-river"} {
		w.says(c, l, "/coc clear")
	}
	if p := w.stands(receipt); !p.Silent.IsZero() {
		t.Errorf("acknowledged: silent since %v", p.Silent)
	}
	w.pass(7 * 24 * time.Hour)
	if p := w.stands(receipt); p.Silent.Format(time.DateOnly) != "2025-03-13" {
		t.Errorf("a week without a word: silent since %v", p.Silent)
	}
	// Their own words are none of the committee's, and what was told in another way is
	// not on this page.
	w.replies(receipt, "one", "Is anybody there?")
	if p := w.stands(receipt); p.Silent.IsZero() {
		t.Error("the reporter's own word ends the silence")
	}
	c = w.says(c, "ada-river", "/coc update We are sorry.")
	if p := w.stands(receipt); !p.Silent.IsZero() {
		t.Errorf("told: silent since %v", p.Silent)
	}
	w.decides(c, "ada-river", "/coc resolve warning They apologised.\n/coc close")
	w.pass(60 * 24 * time.Hour)
	if p := w.stands(receipt); !p.Silent.IsZero() {
		t.Errorf("closed: silent since %v", p.Silent)
	}
}

// Who is concerned decides who has a case, and whose promises count there. The page
// speaks of those of the public files, also where another committee has it.
func TestSilenceTellsNothingOfWhoIsConcerned(t *testing.T) {
	t.Parallel()
	for name, after := range map[string]time.Duration{"at once": time.Minute, "late": 3*24*time.Hour + time.Hour} {
		var shown []casework.Progress
		for _, accused := range []coc.Login{"otis-outsider", "ada-river", "fay-foundation"} {
			w := newWorld(t)
			w.at(riverRoom).owners["ada-river"] = true
			f := says(account)
			f.Involved = []coc.Party{{Login: accused, Role: coc.RoleAccused}}
			receipt := w.file("token", f)
			w.pass(after)
			c := w.of(receipt)
			if moved := c.Home().Room.Repo.Is(baseRoom); moved != (accused == "ada-river") {
				t.Fatalf("%s: the case is in %s", accused, c.Home().Room.Repo)
			}
			shown = append(shown, w.stands(receipt))
		}
		if !reflect.DeepEqual(shown[0], shown[1]) || !reflect.DeepEqual(shown[0], shown[2]) {
			t.Errorf("%s the pages differ:\n%+v\n%+v\n%+v", name, shown[0], shown[1], shown[2])
		}
		if late := name == "late"; shown[0].Silent.IsZero() == late {
			t.Errorf("%s: silent since %v", name, shown[0].Silent)
		}
	}
}

// What a source that not everybody sees points to is nobody's to learn here.
func TestSilenceOfAPrivateSourceSpeaksOfTheFallback(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(source).Visibility = "private"
	receipt := w.file("token", says(account))
	w.pass(time.Minute)
	if p := w.stands(receipt); len(p.Way) == 0 || p.Way[0].Name != "Foundation Committee" {
		t.Errorf("the way is %v", p.Way)
	}
}
