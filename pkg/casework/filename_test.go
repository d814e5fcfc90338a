package casework_test

import (
	"slices"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

const seeFile = "See the screenshot, heliotrope."

func TestWhoeverIsNamedInAFilesNameDoesNotReadTheReport(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		first bool // it came with the report, and not later
		file  string
	}{
		"as a plain word":               {true, "Ben-River.png"},
		"as a mention":                  {true, "@ben-river said.png"},
		"between underscores":           {true, "chat_ben-river_1.png"},
		"between hyphens":               {true, "what-ben-river-said.png"},
		"where the name had a stop":     {true, "ben-river.chat.png"},
		"in what is added":              {false, "ben-river.png"},
		"as a mention in what is added": {false, "@ben-river said.png"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.keeping(casework.EvidenceLimits{})
			f := says(seeFile)
			if !tc.first {
				w.file("token", f)
				w.pass(time.Minute)
			}
			f.Files = []coc.Upload{w.uploads(tc.file, string(picture(t)), true)}
			receipt := w.file("token", f)
			w.pass(time.Minute)
			c := w.of(receipt)
			if coc.HasLogin(c.Home().Responders, "ben-river") || c.Home().Committee.Key != "foundation" {
				t.Errorf("it is with %s, read by %v", c.Home().Committee.Key, c.Home().Responders)
			}
			if tc.first && len(w.at(riverRoom).issues) > 0 {
				t.Error("it was with them before")
			}
			w.invariants()
		})
	}
}

func TestWhoeverAFilesNameMentionsIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keeping(casework.EvidenceLimits{})
	f := says(seeFile)
	f.Files = []coc.Upload{w.uploads("@omar-outsider said.png", string(picture(t)), true)}
	receipt := w.file("token", f)
	w.pass(time.Minute)
	if c := w.of(receipt); !slices.ContainsFunc(c.Parties, func(p coc.Party) bool { return p.Login.Is("omar-outsider") }) {
		t.Errorf("%v", c.Parties)
	}
}

// An answer moves nobody, but who comes later is held against it.
func TestNameOfAFileKeepsOutWhoeverWouldComeLater(t *testing.T) {
	t.Parallel()
	for name, answered := range map[string]bool{"of the report": false, "of an answer": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := grown(t)
			w.keeping(casework.EvidenceLimits{})
			files := []coc.Upload{w.uploads("what-dee-river-and_fay-foundation_and-ben-river-said.png", string(picture(t)), true)}
			f := says(seeFile)
			if !answered {
				files = []coc.Upload{w.uploads("what-dee-river-and_fay-foundation_said.png", string(picture(t)), true)}
				f.Files = files
			}
			receipt := w.file("token", f)
			w.pass(time.Minute)
			if answered {
				if err := w.Write(w.Context(), receipt, "one", coc.FromReporter{Kind: coc.MessageAnswer, Text: coc.NewProse("Here it is."), Files: files}); err != nil {
					t.Fatal(err)
				}
				w.pass(time.Minute)
			}
			c := w.of(receipt)
			if c.Home().Committee.Key != "river/conduct" || len(c.Home().Responders) != 3 {
				t.Fatalf("it is with %s, read by %v", c.Home().Committee.Key, c.Home().Responders)
			}
			w.joins(dee)
			w.at(riverRoom).files[".github/coc-committee.yaml"] = withDee(", dee-river")
			c = w.says(c, "ada-river", "/coc admit @dee-river")
			if coc.HasLogin(c.Home().Responders, dee) {
				t.Error("they were let in")
			}
			c = w.says(c, "ada-river", "/coc escalate We know everybody.")
			w.pass(time.Hour)
			if c = w.caseOf(c.ID); c.Home().Committee.Key != "summit" {
				t.Errorf("it went to %s", c.Home().Committee.Key)
			}
			w.invariants()
		})
	}
}
