package notice

import (
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// drawn is a body with our part in the middle.
func drawn(above, ours, below string) string {
	return above + beginMark + "\n" + ours + "\n" + endMark + below
}

func TestLostIsOnlyWhatPeopleWrote(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		before, after string
		lost          bool
	}{
		"nothing stood there":           {drawn("", "one", ""), drawn("", "two", ""), false},
		"their words are still there":   {drawn("Mine.\n\n", "one", "\n\nYours."), drawn("Mine.\n\n", "two", "\n\nYours."), false},
		"only blank lines differ":       {drawn("Mine.\n", "one", ""), drawn("\nMine.\n\n", "two", "\n"), false},
		"they were put below our part":  {"What I found.", drawn("", "two", "\n\nWhat I found."), false},
		"words above are gone":          {drawn("Mine.\n", "one", ""), drawn("", "two", ""), true},
		"words below are gone":          {drawn("", "one", "\nYours."), drawn("", "two", ""), true},
		"older words stand there again": {drawn("", "one", "\nYours, mended."), drawn("", "two", "\nYours."), true},
		"a write into an empty issue":   {"", drawn("", "two", ""), false},
		"the whole body was theirs":     {"What I found.", drawn("", "two", ""), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, lost := Lost(coc.NewProse(tc.before), coc.NewProse(tc.after)); lost != tc.lost {
				t.Errorf("lost %v, want %v", lost, tc.lost)
			}
		})
	}
}

// A short word stands in many longer ones; that is not where it was written.
func TestReturnGivesBackWhatOnlyLooksLikePartOfAnotherWord(t *testing.T) {
	t.Parallel()
	for _, sep := range []string{"\n", "\r\n"} {
		for _, tc := range []struct{ mine, now string }{
			{"No.", "I asked Bruno.\nHe knows."},
			{"Note 1", "Note 12"},
			{"ok", "ok with me"},
			{"She was there.", "Ben: She was there. I was not."},
		} {
			now := strings.ReplaceAll(tc.now, "\n", sep)
			before, after := drawn("", "one", sep+sep+tc.mine), drawn("", "two", "")
			lost, ok := Lost(coc.NewProse(before), coc.NewProse(after))
			if !ok {
				t.Fatal("nothing was lost")
			}
			body := after + sep + sep + now
			got := Return(body, []coc.Overwritten{lost})
			if want := body + "\n\n" + tc.mine; !strings.HasSuffix(got, "\n\n"+tc.mine) {
				t.Errorf("got\n%q\nwant\n%q", got, want)
			}
			if again := Return(got, []coc.Overwritten{lost}); again != got {
				t.Errorf("a second time gives\n%q", again)
			}
		}
	}
}

func TestReturnGivesBackAndTakesNothingAway(t *testing.T) {
	t.Parallel()
	before, after := drawn("Mine, mended.\n\n", "one", "\n\nYours."), drawn("Mine.\n\n", "two", "\n\nYours.")
	lost, ok := Lost(coc.NewProse(before), coc.NewProse(after))
	if !ok {
		t.Fatal("nothing was lost")
	}
	for name, tc := range map[string]struct{ now, want string }{
		"as the write left it": {after, drawn("Mine, mended.\n\n", "two", "\n\nYours.")},
		"somebody wrote on": {drawn("Mine.\n\n", "two", "\n\nYours, and more."),
			drawn("Mine.\n\n", "two", "\n\nYours, and more.\n\nMine, mended.")},
		"it was given back by hand": {before, before},
		"our part is gone":          {"Mine.\n\nYours.", "Mine.\n\nYours.\n\nMine, mended."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := Return(tc.now, []coc.Overwritten{lost})
			if got != tc.want {
				t.Errorf("got\n%s\nwant\n%s", got, tc.want)
			}
			if again := Return(got, []coc.Overwritten{lost}); again != got {
				t.Errorf("a second time gives\n%s", again)
			}
		})
	}
}
