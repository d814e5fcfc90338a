package notice

import (
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/ballot"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// CommitteeChange tells a committee that a push replaces it, in an issue of
// its incident repository. The title names nothing, because titles are shown
// widely. Without a waiting change there is nothing to tell.
func CommitteeChange(st coc.Standing) (title string, body Private) {
	w := st.Waiting
	if w == nil {
		return "", Private{}
	}
	old, next := st.Committee, w.Committee
	var b strings.Builder
	b.WriteString("Somebody changed which committee handles the reports about " + codeSpan(st.Source.String()) + ".\n\n")
	b.WriteString("- **Now**: " + committee(old) + "\n")
	b.WriteString("- **After the change**: " + committee(next) + "\n")
	b.WriteString("- **Seen**: " + at(w.SeenAt, old.Timezone) + "\n")
	b.WriteString("- **Takes effect**: " + at(w.EffectAt, old.Timezone) + "\n")
	b.WriteString("\nUntil then new reports still come to you. Reports that you have stay with you in any event.\n\n")
	b.WriteString("### What you can do\n\nWrite one of these in a comment, at the start of a line:\n\n")
	b.WriteString("- " + codeSpan("/coc agree") + ": it takes effect at once, unless another member objects\n")
	b.WriteString("- " + codeSpan("/coc object") + ": it does not take effect until whoever objected agrees, or a member of the new committee and another member of yours have agreed here\n")
	b.WriteString("\nIf nobody answers, it takes effect at the time above. If this change is a surprise, object first and ask afterwards: somebody who is reported may be able to write to that repository.\n")
	return "A change of committee is waiting", private(b.String())
}

func committee(c coc.Committee) string {
	out := plainly(clipped(c.Name, 80))
	if out == "" {
		out = "no committee"
	}
	if !c.Incidents.IsZero() {
		out += ", with cases in " + codeSpan(c.Incidents.String())
	}
	return out
}

// ChangeVerdict answers a vote on such a notice that ends nothing yet: whether
// the change is held, or waits.
func ChangeVerdict(st coc.Standing, v ballot.Verdict, now time.Time) Private {
	if v == ballot.Held {
		return private("The change is held. It does not take effect until whoever objected agrees, or a member of the new committee and another member of this one have agreed here.")
	}
	text := "The change waits. New reports still come to you."
	if w := st.Waiting; w != nil && now.Before(w.EffectAt) {
		text += " It takes effect on " + at(w.EffectAt, st.Committee.Timezone) + "."
	}
	return private(text)
}

// ChangeOutcome answers the vote that ended the wait, once the files were read
// again: what became of the change that waited in was, by how it stands now.
func ChangeOutcome(was, now coc.Standing) Private {
	switch {
	case was.Waiting == nil:
		return Private{}
	case now.Waiting == nil && now.Pointer == was.Waiting.Pointer:
		return private("The change is in force: new reports go to the new committee from now on. Reports that you have stay with you.")
	case now.Waiting == nil:
		return private("The change was taken back before it took effect. Nothing changes: new reports still come to you.")
	case now.Waiting.Pointer != was.Waiting.Pointer:
		return private("By now the files name another committee than this notice does. What you agreed to does not take effect. The other change waits, and a notice of its own tells you of it.")
	}
	return private("The change does not take effect now, because the files do not show it, or cannot be read. They are looked at again with the next report or push.")
}
