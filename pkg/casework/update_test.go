package casework_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// told is what a receipt shows of what the committee wrote, the newest first.
func (w *world) told(receipt string) []string {
	w.Helper()
	p, err := w.Progress(w.Context(), receipt)
	if err != nil {
		w.Fatal(err)
	}
	var out []string
	kinds := map[coc.MessageKind]string{coc.MessageUpdate: "told: ", coc.MessageQuestion: "asked: "}
	for _, m := range p.Messages {
		kind, ok := kinds[m.Kind]
		if !ok {
			kind = string(m.Kind) + ": "
		}
		out = append(out, kind+m.Text.Reveal())
	}
	return out
}

func TestReporterReadsWithTheReceiptWhatTheCommitteeWrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	receipt := w.file("token", says(account))
	w.pass(time.Second)
	c := w.of(receipt)
	w.says(c, "omar-outsider", "/coc update I am nobody.")
	c = w.says(c, "ada-river", "/coc ack")
	before := dues(c)
	w.pass(24 * time.Hour)
	c = w.says(c, "ada-river", "/coc update We have spoken with <b>two</b>.\n\n/coc ask When was it?")
	if got := w.told(receipt); !slices.Equal(got, []string{"asked: When was it?", "told: We have spoken with <b>two</b>."}) {
		t.Errorf("the receipt shows %q", got)
	}
	if after := dues(c); after == before || !strings.Contains(before, "update 03-10") || !strings.Contains(after, "update 03-11") {
		t.Errorf("due were %s, now %s", before, after)
	}
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "**Last word to the reporter**: 4 March 2025, to be read with the receipt") {
		t.Errorf("the body does not tell:\n%s", body)
	}
	for _, refused := range []string{
		"/coc update See river/CONDUCT for it.", "/coc update sent by mail", "/coc ask fay-foundation what was agreed?",
		"/coc update One.\n\nBen, I do not believe them.", "/coc update " + strings.Repeat("x", 10_001),
		"/coc update We have spoken with <b>two</b>.", // for the second time
	} {
		c = w.says(c, "ada-river", refused)
	}
	c, said := w.writes(c, "ada-river", "/coc update Ask for "+c.Home().CodeName+".")
	if !strings.Contains(said, "the name of the case or of its repository") {
		t.Errorf("it is not said what may not be told: %s", said)
	}
	if got := w.told(receipt); len(got) != 2 {
		t.Errorf("the receipt shows %q", got)
	}
	// It was told in another way, which the receipt has no words for.
	c = w.says(c, "ben-river", "/coc update sent")
	if got := w.told(receipt); len(got) != 2 || !strings.Contains(w.issueOf(c, 0).Body, "by `ben-river`") {
		t.Errorf("the receipt shows %q", got)
	}
	w.says(c, "ada-river", "/coc escalate We know everybody.")
	w.pass(time.Hour)
	if got := w.told(receipt); len(got) != 2 {
		t.Errorf("after the case left, the receipt shows %q", got)
	}
	w.invariants()
}

func TestReporterFromGitHubIsOwedAWordUntilAMemberSaysThatTheyWrote(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell(w.labelled(7, "nell-newcomer", "nell-newcomer", "code-of-conduct"))
	c := w.caseOf(w.st.ids()[0])
	c = w.says(c, "ada-river", "/coc ack")
	w.pass(24 * time.Hour)
	c = w.says(c, "ada-river", "/coc update We look into it.\n/coc ask When was it?")
	body, said := w.issueOf(c, 0).Body, w.issueOf(c, 0).comments
	if !strings.Contains(body, "**Owed to the reporter**: 1 word on how it stands, 1 question, since 4 March 2025") || !strings.Contains(body, "`/coc update sent`") {
		t.Errorf("the body does not show it:\n%s", body)
	}
	if last := said[len(said)-1]; !strings.Contains(last, "has not been told yet") || !strings.Contains(last, "A member must write") {
		t.Errorf("answered: %q", last)
	}
	if !strings.Contains(dues(c), "update 03-10") {
		t.Errorf("nobody has told them, and due are %s", dues(c))
	}
	c = w.says(c, "ben-river", "/coc update sent By mail; they are well.")
	if len(c.Unsent()) != 0 || !strings.Contains(dues(c), "update 03-11") || !strings.Contains(w.issueOf(c, 0).Body, "**Last word to the reporter**: 4 March 2025, by `ben-river`") {
		t.Errorf("unsent %v, due %s", c.Unsent(), dues(c))
	}
	c = w.decides(c, "ada-river", "/coc resolve warning They apologised.")
	if !strings.Contains(w.issueOf(c, 0).Body, "**Owed to the reporter**: how it ended") {
		t.Errorf("the outcome is not owed:\n%s", w.issueOf(c, 0).Body)
	}
	c = w.says(c, "ada-river", "/coc reopen There is more.\n/coc ack")
	c = w.decides(c, "ada-river", "/coc resolve no-action Or not.")
	if n := len(c.Unsent()); n != 1 {
		t.Errorf("%d outcomes are owed", n)
	}
	c = w.says(c, "ada-river", "/coc update sent\n/coc close")
	if len(c.Unsent()) != 0 || c.Stage != coc.StageClosed {
		t.Errorf("unsent %v, %s", c.Unsent(), c.Stage)
	}
	w.invariants()
}
