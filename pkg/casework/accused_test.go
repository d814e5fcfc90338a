package casework_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// refusing is a world that keeps by which rules it refused.
func refusing(t *testing.T) (w *world, told *[]string) {
	told = new([]string)
	w = newWorld(t)
	w.Refused = func(rule string) { *told = append(*told, rule) }
	return w, told
}

// writes lets somebody comment exactly this, and gives the answer.
func (w *world) writes(c coc.Case, who coc.Login, words string) (after coc.Case, answer string) {
	w.Helper()
	before := len(w.issueOf(c, len(c.Placements)-1).comments)
	w.tell(w.comment(c, who, words))
	if said := w.issueOf(c, len(c.Placements)-1).comments[before:]; len(said) > 0 {
		answer = said[len(said)-1]
	}
	return w.caseOf(c.ID), answer
}

func TestNoDoorLeadsToADecisionOverTheHeadOfTheAccused(t *testing.T) {
	t.Parallel()
	w, told := refusing(t)
	c := w.says(w.accusing(account, "omar-outsider"), "ada-river", "/coc ack")
	var answer string
	c, answer = w.writes(c, "ada-river", "/coc resolve warning")
	if c.Stage != coc.StageAcknowledged || !slices.Equal(*told, []string{"accused/unheard"}) || !strings.Contains(answer, "`/coc accused notified`") {
		t.Errorf("%s after %q: %s", c.Stage, *told, answer)
	}
	ev := w.inRoom(c, 0, coc.EventLabeled, "ada-river")
	ev.Label = "status/resolved"
	w.issueOf(c, 0).Labels = append(w.issueOf(c, 0).Labels, ev.Label)
	w.tell(ev)
	if c = w.caseOf(c.ID); c.Stage != coc.StageAcknowledged || slices.Contains(w.issueOf(c, 0).Labels, "status/resolved") {
		t.Errorf("the label made it %s, and the issue has %q", c.Stage, w.issueOf(c, 0).Labels)
	}
	*told = nil
	c, answer = w.writes(c, "ben-river", "/coc accused deferred They could delete it, "+canary+".")
	if len(*told) != 0 || answer != "" || len(c.Hearings) != 1 || c.Hearings[0].By != "ben-river" || c.Hearings[0].At.IsZero() {
		t.Errorf("refused by %q, answered %q, kept %+v", *told, answer, c.Hearings)
	}
	body := w.issueOf(c, 0).Body
	if !strings.Contains(body, "**Accused**: not notified yet, for a reason that was written down on 3 March 2025") || strings.Contains(body, "could delete it") {
		t.Error(body)
	}
	if e := c.Journal[len(c.Journal)-1]; e.Act != "accused deferred" || e.Text.IsBlank() {
		t.Errorf("journal %+v", e)
	}
	if c = w.decides(c, "ada-river", "/coc resolve warning"); c.Stage != coc.StageResolved || len(c.Hearings) != 1 {
		t.Errorf("%s, %+v", c.Stage, c.Hearings)
	}
	w.invariants()
}

func TestWhoeverIsAccusedLaterWasToldNothing(t *testing.T) {
	t.Parallel()
	w, told := refusing(t)
	c := w.says(w.accusing(account, "omar-outsider"), "ada-river", "/coc ack\n/coc accused notified by mail\n/coc accused heard It was a joke.")
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "notified on 3 March 2025, account given on 3 March 2025\n") {
		t.Error(body)
	}
	f := says("There was one more.")
	f.Involved = []coc.Party{{Login: "stan-stranger", Role: coc.RoleAccused}}
	w.file("token", f)
	w.pass(time.Second)
	c, _ = w.writes(w.caseOf(c.ID), "ada-river", "/coc resolve warning")
	if c.Stage != coc.StageAcknowledged || !slices.Equal(*told, []string{"accused/unheard"}) {
		t.Errorf("%s, refused by %q", c.Stage, *told)
	}
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "of 2 people, 1 notified, 1 gave an account, 1 not notified yet (`stan-stranger`)") {
		t.Error(body)
	}
	*told = nil
	c, _ = w.writes(c, "ada-river", "/coc accused notified @omar-outsider\n/coc resolve warning\n/coc accused notified @ben-river")
	if !slices.Equal(*told, []string{"accused/unheard", "accused/nobody"}) {
		t.Errorf("refused by %q", *told)
	}
	*told = nil
	c, _ = w.writes(c, "ada-river", "/coc accused notified @Stan-Stranger")
	if c = w.decides(c, "ada-river", "/coc resolve warning"); c.Stage != coc.StageResolved || len(*told) != 0 {
		t.Errorf("%s, refused by %q", c.Stage, *told)
	}
	w.invariants()
}

func TestNobodyIsToldWhereNobodyIsAccused(t *testing.T) {
	t.Parallel()
	w, told := refusing(t)
	c := w.says(w.report(account), "ada-river", "/coc ack")
	c, _ = w.writes(c, "ada-river", "/coc accused\n/coc accused notified")
	if c = w.decides(c, "ada-river", "/coc resolve"); c.Stage != coc.StageResolved || !slices.Equal(*told, []string{"accused/nobody", "accused/nobody"}) {
		t.Errorf("%s, refused by %q", c.Stage, *told)
	}
}

// To wait is one committee's decision; that somebody was told is so in every one.
func TestNextCommitteeDecidesForItselfWhetherTheAccusedMustWait(t *testing.T) {
	t.Parallel()
	for step, want := range map[string][]string{"deferred They could delete it.": {"accused/unheard"}, "notified": {"resolve/proposal"}} {
		w, told := refusing(t)
		c := w.says(w.accusing(account, "omar-outsider"), "ada-river", "/coc ack\n/coc accused "+step+"\n/coc escalate It is too much for us.")
		if c.Home().Committee.Key != "foundation" {
			t.Fatalf("it is with %s", c.Home().Committee.Key)
		}
		body := w.issueOf(c, 1).Body
		if strings.Contains(body, "could delete it") || !strings.Contains(body, "`/coc accused "+strings.Fields(step)[0]+"`") {
			t.Errorf("%s: %s", step, body)
		}
		if c, _ = w.writes(c, "fay-foundation", "/coc ack\n/coc resolve"); !slices.Equal(*told, want) {
			t.Errorf("%s: refused by %q, %s", step, *told, c.Stage)
		}
		w.invariants()
	}
}

func TestTextForTheAccusedIsFilledInAndTellsNothingOfTheReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := says(account)
	f.Involved = []coc.Party{{Login: "omar-outsider", Name: coc.NewProse("Omar " + canary), Role: coc.RoleAccused}}
	w.file("token", f)
	w.pass(time.Second)
	c := w.caseOf(w.st.ids()[0])
	c, answer := w.writes(c, "ada-river", "/coc accused")
	_, text, _ := strings.Cut(answer, "**`accused-notice`**")
	for _, want := range []string{"    We are the River Committee.", "conduct@river.example", "    3 March 2025\n", "cocrouter's own"} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %q:\n%s", want, answer)
		}
	}
	for _, never := range []string{canary, "omar", "river/main", "{"} {
		if strings.Contains(text, never) {
			t.Errorf("it has %q:\n%s", never, text)
		}
	}
	if !strings.Contains(answer, "- `omar-outsider` (Omar heliotrope): not notified yet") {
		t.Error(answer)
	}
	c = w.decides(c, "ada-river", "/coc ack\n/coc resolve warning")
	w.pass(48 * time.Hour)
	_, answer = w.writes(c, "ada-river", "/coc template accused-outcome")
	for _, want := range []string{"What we decided: a warning.", "appeal it until\n    2 April 2025", "it was not theirs to decide", "    5 March 2025"} {
		if !strings.Contains(answer, want) {
			t.Errorf("it lacks %q:\n%s", want, answer)
		}
	}
	w.invariants()
}

func TestTextOfACaseThatIsTakenUpAgainHasNoOutcomeYet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.decides(w.accusing(account, "omar-outsider"), "ada-river", "/coc ack\n/coc resolve ban")
	w.pass(24 * time.Hour)
	_, answer := w.writes(c, "ada-river", "/coc reopen It was not so.\n/coc template accused-outcome")
	if strings.Contains(answer, "a ban") || !strings.Contains(answer, "filled in by you: `{outcome}`") || !strings.Contains(answer, "appeal it until\n    3 April 2025") {
		t.Error(answer)
	}
}

// Who stands in a report by account and in plain words is one person.
func TestAccusedIsOnePersonByAccountAndByName(t *testing.T) {
	t.Parallel()
	w, told := refusing(t)
	f := says(account)
	f.Involved = []coc.Party{{Login: "omar-outsider", Role: coc.RoleAccused}, {Name: coc.NewProse("Omar, omar-outsider there"), Role: coc.RoleAccused}, {Name: coc.NewProse("Zara"), Role: coc.RoleAccused}}
	w.file("token", f)
	w.pass(time.Second)
	c := w.says(w.caseOf(w.st.ids()[0]), "ada-river", "/coc ack\n/coc accused notified @omar-outsider")
	if len(c.Hearings) != 1 || len(c.Hearings[0].Of) != 2 || len(*told) != 0 {
		t.Errorf("%+v, refused by %q", c.Hearings, *told)
	}
}

func TestCommitteesOwnTextComesFirstUnlessItCannotBeUsed(t *testing.T) {
	t.Parallel()
	const path = ".github/coc/templates/reporter-outcome.md"
	for name, tc := range map[string]struct {
		file    string
		failing error
		want    []string
	}{
		"there is none":          {"", nil, []string{"cocrouter's own", "    Thank you for telling us."}},
		"it can be used":         {"Dear you,\r\n\r\n@river asks {contact}.", nil, []string{"the text that is `" + path + "`", "    Dear you,\n\n    @river asks conduct@river.example."}},
		"it has unknown fields":  {"{reporter} {Contact} {contact}", nil, []string{"Nobody knows what these stand for: `{reporter}`, `{Contact}`.", "    {reporter} {Contact} conduct@river.example"}},
		"it waits for a fact":    {"{outcome}", nil, []string{"To be filled in by you: `{outcome}`.", "    {outcome}"}},
		"it is empty":            {" \n", nil, []string{"was not used: it is empty.", "    Thank you for telling us."}},
		"it is no text":          {"a\xff", nil, []string{"was not used: it is not text in UTF-8.", "    Thank you for telling us."}},
		"it is too long":         {strings.Repeat("word ", 4000), nil, []string{"was not used: it is too long for an answer.", "    Thank you for telling us."}},
		"it is a directory":      {"x", coc.ErrNotAFile, []string{"was not used: it is a directory or a symbolic link.", "    Thank you for telling us."}},
		"it is larger than that": {"x", coc.ErrTooLarge, []string{"was not used: it is larger than 64 KiB.", "    Thank you for telling us."}},
		"it may not be read":     {"x", errors.New("boom"), []string{"was not used: it could not be read.", "    Thank you for telling us."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.says(w.report(account), "ada-river", "/coc ack")
			if tc.file != "" {
				w.at(riverRoom).files[path] = tc.file
			}
			w.gh.failing["file"] = tc.failing
			_, answer := w.writes(c, "ada-river", "/coc template reporter-outcome")
			for _, want := range tc.want {
				if !strings.Contains(answer, want) {
					t.Errorf("it lacks %q:\n%s", want, answer)
				}
			}
		})
	}
}

// GitHub that cannot answer now says nothing of a file.
func TestTextWaitsForAGitHubThatCannotAnswerNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.says(w.report(account), "ada-river", "/coc ack")
	w.at(riverRoom).files[".github/coc/templates/accused-notice.md"] = "Dear you."
	w.gh.failing["file"] = coc.Later{Cause: "502"}
	c, answer := w.writes(c, "ada-river", "/coc template accused-notice")
	if answer != "" {
		t.Errorf("it says %s", answer)
	}
	delete(w.gh.failing, "file")
	w.pass(2 * time.Minute)
	if said := w.issueOf(c, 0).comments; len(said) == 0 || !strings.Contains(said[len(said)-1], "    Dear you.") {
		t.Errorf("it says %q", said)
	}
	w.invariants()
}

func TestFinalDecisionsWaitForTheEndOfAMediation(t *testing.T) {
	t.Parallel()
	w, told := refusing(t)
	c := w.says(w.accusing(account, "omar-outsider"), "ada-river", "/coc ack\n/coc investigate\n/coc accused notified")
	byHand := func(label string) {
		ev := w.inRoom(c, 0, coc.EventLabeled, "ada-river")
		ev.Label = label
		w.issueOf(c, 0).Labels = append(w.issueOf(c, 0).Labels, label)
		w.tell(ev)
		c = w.caseOf(c.ID)
	}
	byHand("status/mediation")
	if c.Stage != coc.StageInvestigating {
		t.Errorf("a label without a word on consent made it %s", c.Stage)
	}
	c = w.says(c, "ada-river", "/coc mediate Both have agreed.")
	if e := c.Journal[len(c.Journal)-1]; c.Stage != coc.StageMediation || e.Act != "mediate" || e.Text.IsBlank() {
		t.Errorf("%s, journal %+v", c.Stage, e)
	}
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "the end of the mediation by Monday 17 March 2025") || !strings.Contains(body, "`/coc mediate ended [TEXT]`") || strings.Contains(body, "`/coc resolve") {
		t.Error(body)
	}
	*told = nil
	c, answer := w.writes(c, "ada-river", "/coc resolve warning")
	byHand("status/resolved")
	if c.Stage != coc.StageMediation || !slices.Equal(*told, []string{"stage/mediation"}) || !strings.Contains(answer, "`/coc mediate ended`") {
		t.Errorf("%s, refused by %q: %s", c.Stage, *told, answer)
	}
	byHand("status/investigating")
	if c.Stage != coc.StageInvestigating || c.Journal[len(c.Journal)-1].Act != "mediate ended" {
		t.Errorf("%s, journal %+v", c.Stage, c.Journal)
	}
	if c = w.decides(c, "ada-river", "/coc resolve warning"); c.Stage != coc.StageResolved {
		t.Errorf("it is %s", c.Stage)
	}
	w.invariants()
}
