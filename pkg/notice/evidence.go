package notice

import (
	"strconv"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// evidence is the addresses that a case keeps. They are shown as code, so that
// nothing links to the place or tells it that somebody came from here.
func evidence(c coc.Case) []string {
	if len(c.Evidence) == 0 {
		return nil
	}
	out := []string{"- **Evidence**, as addresses alone, so what stands there can still change or vanish:\n"}
	for i, e := range c.Evidence {
		line := "  - " + strconv.Itoa(i+1) + ": " + addressOf(e.URL)
		if !e.Title.IsBlank() {
			line += ", " + defuseInline(coc.NewProse(clipped(oneLine(e.Title.Reveal()), 80)))
		}
		out = append(out, line+"\n")
	}
	return out
}

// addressOf is an address as code, as far as fits a line.
func addressOf(url coc.Prose) string {
	return codeSpan(clipped(url.Reveal(), 250))
}

// KeptAddress answers that an address was kept, and what that is not.
func KeptAddress(n int) Private {
	return private("Kept as evidence " + strconv.Itoa(n) + ": the address, and in this version not yet what stands there. It can still be changed or deleted, so save a copy where only the responders can read it. " +
		codeSpan("/coc unflag evidence-volatile") + " says that you have.")
}
