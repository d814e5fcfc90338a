package casework_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

const wideDirectory = directory + `
  lake:
    name: Lake Events
    level: events
    incidents: summit-conduct/lake
    contact: lake@summit.example
    escalate_to: foundation
    members: [lou-lake, liv-lake]
  lake-events:
    name: Lake
    level: project
    incidents: summit-conduct/lake-2
    contact: lake@summit.example
    members: [lou-lake]
  umbrella:
    name: The Umbrella
    level: foundation
    contact: help@umbrella.example
`

func wideWorld(t *testing.T) *world {
	w := newWorld(t)
	text := strings.Replace(wideDirectory, "fallback: foundation\n", "", 1) + "fallback: foundation\n"
	dir, problems := policy.ParseDirectory([]byte(text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	w.Directory = dir
	w.repo(coc.Repo{Owner: "summit-conduct", Name: "lake"}, "private", "lou-lake", "liv-lake")
	w.repo(coc.Repo{Owner: "summit-conduct", Name: "lake-2"}, "private", "lou-lake")
	return w
}

func TestCaseIsTransferredToWhomeverAMemberNames(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]struct{ home, rule string }{
		"lake It is theirs.":                        {"lake", ""},
		"LAKE It is theirs.":                        {"lake", ""},
		"Lake events It is theirs.":                 {"lake", ""}, // the longer name was meant
		"lake-events It is theirs.":                 {"lake-events", ""},
		"summit It is theirs.":                      {"summit", ""},
		"Summit  Committee It is theirs.":           {"summit", ""},
		"lake @fay-foundation knows.":               {"lake", ""},
		"lake @lou-lake is involved.":               {"river/conduct", "transfer/cannot"},
		"lake lou-lake is involved.":                {"river/conduct", "transfer/cannot"},
		"lake":                                      {"river/conduct", "transfer"},
		"":                                          {"river/conduct", "command/transfer"},
		"river/conduct It is ours.":                 {"river/conduct", "transfer"},
		"River Committee It is ours.":               {"river/conduct", "transfer"},
		"umbrella It is theirs.":                    {"river/conduct", "transfer/address"},
		"The Umbrella":                              {"river/conduct", "transfer/address"},
		"foundatoin It is theirs.":                  {"river/conduct", "transfer/unknown"},
		"heliotrope, they said, belongs elsewhere.": {"river/conduct", "transfer/unknown"},
	} {
		t.Run(words, func(t *testing.T) {
			t.Parallel()
			w := wideWorld(t)
			var refused []string
			w.Refused = func(rule string) { refused = append(refused, rule) }
			c := w.says(w.report(account), "ada-river", "/coc ack")
			c = w.says(c, "ada-river", "/coc transfer "+words+"\n/coc claim")
			home := c.Home()
			if home.Committee.Key != want.home {
				t.Errorf("%s has it", home.Committee.Key)
			}
			said := strings.Join(w.issueOf(c, 0).comments, "\n")
			if strings.Contains(said, canary) {
				t.Errorf("the answer repeats words: %s", said)
			}
			if want.rule != "" {
				if !slices.Equal(refused, []string{want.rule}) || c.Stage != coc.StageAcknowledged || c.Holder != "ada-river" {
					t.Errorf("refused by %q, stage %s, holder %q", refused, c.Stage, c.Holder)
				}
				return
			}
			left, there := w.issueOf(c, 0), w.issueOf(c, 1)
			if left.Open || strings.Contains(left.Body, canary) || strings.Contains(left.Body, "Lake") || left.Title == there.Title {
				t.Errorf("the issue that was left is open %v, called %q as the new one is %q, and says\n%s", left.Open, left.Title, there.Title, left.Body)
			}
			if !strings.Contains(there.Body, canary) || !strings.Contains(there.Body, "`/coc ack`") || c.Stage != coc.StageReceived || c.Holder != "" {
				t.Errorf("stage %s, holder %q, and the new issue says\n%s", c.Stage, c.Holder, there.Body)
			}
			if strings.Contains(said, "Lake") {
				t.Errorf("the room that was left hears where it went: %s", said)
			}
		})
	}
}

func TestRefusedTransferSaysWhatToDo(t *testing.T) {
	t.Parallel()
	w := wideWorld(t)
	c := w.report(account)
	for words, want := range map[string]string{
		"foundatoin Please.": "Did you mean `foundation`?",
		"umbrella Please.":   "`help@umbrella.example`",
		"lake":               "needs a reason",
	} {
		before := len(w.issueOf(c, 0).comments)
		c = w.says(c, "ada-river", "/coc transfer "+words)
		if said := strings.Join(w.issueOf(c, 0).comments[before:], "\n"); !strings.Contains(said, want) || strings.Contains(said, "accepted") {
			t.Errorf("%s: %s", words, said)
		}
	}
}

// A committee that gave a case away does not get it again, and one that only lost
// it may.
func TestCaseIsTransferredDownToWhoeverHasNotHadIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(riverRoom).readers["stan-stranger"] = true
	c := w.report(account)
	if c.Home().Committee.Key != "foundation" {
		t.Fatalf("home is %s", c.Home().Committee.Key)
	}
	delete(w.at(riverRoom).readers, "stan-stranger")
	c = w.says(c, "fay-foundation", "/coc transfer River Committee It is theirs.")
	if c.Home().Committee.Key != "river/conduct" || c.Home().Issue == 0 {
		t.Fatalf("home is %s", c.Home().Committee.Key)
	}
	if len(c.Chain) < 2 || c.Chain[1].Key != "foundation" {
		t.Errorf("the way up is %v", c.Chain)
	}
	c = w.says(c, "ada-river", "/coc transfer foundation It is theirs after all.")
	if c.Home().Committee.Key != "river/conduct" {
		t.Error("who gave it away has it again")
	}
	c = w.says(c, "ada-river", "/coc escalate It is theirs after all.")
	if c.Home().Committee.Key != "summit" {
		t.Errorf("%s has it", c.Home().Committee.Key)
	}
	w.invariants()
}

// What a member does is told; that a case leaves by itself would tell who is
// concerned. Where it went is never told.
func TestReceiptSaysThatAMemberPassedTheCaseOn(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		say  string
		told bool
		to   string
	}{
		"escalated":                    {"/coc escalate We know them.", true, "foundation"},
		"transferred":                  {"/coc transfer summit It is theirs.", true, "summit"},
		"appealed":                     {"/coc ack\n/coc resolve\n/coc appeal unfair", true, "foundation"},
		"refused":                      {"/coc transfer nobody It is theirs.", false, "river/conduct"},
		"a member has a conflict":      {"/coc recuse hard", false, "foundation"},
		"a later message accuses them": {"", false, "foundation"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			receipt := w.file("token", says(account))
			w.pass(time.Second)
			c := w.of(receipt)
			before, _ := w.Progress(t.Context(), receipt)
			w.pass(time.Minute)
			moved := w.clock.Now()
			if tc.say == "" {
				w.file("token", says("It was @ada-river. "+canary))
				w.pass(time.Second)
			} else {
				w.decides(c, "ada-river", tc.say)
				moved = w.clock.Now().Add(-time.Second)
			}
			if c = w.caseOf(c.ID); c.Home().Committee.Key != tc.to {
				t.Fatalf("%s has it", c.Home().Committee.Key)
			}
			p, err := w.Progress(t.Context(), receipt)
			if err != nil || p.State != casework.WithCommittee || tc.told != p.Passed.Equal(moved) {
				t.Errorf("the receipt shows %+v, %v", p, err)
			}
			if !tc.told && !reflect.DeepEqual(p, before) {
				t.Errorf("the receipt shows %+v, and showed %+v", p, before)
			}
		})
	}
}

func TestTransferIsForResponders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.says(w.report(account), "omar-outsider", "/coc transfer summit Because.")
	if c.Home().Committee.Key != "river/conduct" {
		t.Error("an outsider transferred a case")
	}
	c = w.decides(c, "ada-river", "/coc ack\n/coc resolve\n/coc close")
	if c = w.says(c, "ada-river", "/coc transfer summit Because."); c.Home().Committee.Key != "river/conduct" {
		t.Error("a closed case was transferred")
	}
}

func TestWhatAReasonNamedIsRememberedWhenAMemberDeclares(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	w.pass(time.Minute)
	c = w.says(c, "ada-river", "/coc transfer foundation sam-summit is involved.")
	if c.Home().Committee.Key != "foundation" {
		t.Fatalf("%s has it", c.Home().Committee.Key)
	}
	c = w.says(c, "fay-foundation", "/coc recuse hard")
	if c.Home().Committee.Key == "summit" {
		t.Error("whoever is named in the reason has the case")
	}
	w.always()
}
