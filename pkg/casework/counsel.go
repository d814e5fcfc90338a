package casework

import "github.com/cocrouter/cocrouter/pkg/coc"

// consulted records that counsel was consulted: about the proposal that stands, if it
// waits for that (row 12), and no other, because what counsel said of a month says
// nothing of a year; and about the legal risk in the case (row 4), at any time, because
// that needs no proposal.
func (t *turn) consulted(text coc.Prose) error {
	p, stands := t.c.Standing()
	_, advised := t.c.Advised()
	risk := t.c.AsksCounsel()
	held := stands && p.Held != ""
	switch {
	case held && p.Consulted == "", risk && !advised:
	case held, risk:
		return coc.Refusal{What: "That was recorded already.", Next: "`/coc status` shows what is missing.", Rule: "legal/already"}
	case !stands:
		return nothingProposed(t.c.Stage)
	default:
		return coc.Refusal{
			What: "What is proposed does not wait for counsel.",
			Next: "A ban or suspension over the limit does, naming somebody in public, and anything where there is a legal risk.", Rule: "legal/needless",
		}
	}
	if risk && !advised {
		t.c.Advice = append(t.c.Advice[:len(t.c.Advice):len(t.c.Advice)], coc.Advice{By: t.ev.Actor, At: t.now, Committee: t.c.Home().Committee.Key})
	}
	about := 0
	if held && p.Consulted == "" {
		p.Consulted, p.HeardAt, about = t.ev.Actor, t.now, p.Number
		t.c.WithProposal(p)
	}
	t.noteOn("legal", t.c.Stage, about, text)
	return nil
}
