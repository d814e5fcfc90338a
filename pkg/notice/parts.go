package notice

import "github.com/cocrouter/cocrouter/pkg/coc"

// parts is who has which part in working a case, besides who has it.
func parts(c coc.Case) []string {
	var out []string
	if c.Contact != "" && !c.Contact.Is(c.Holder) {
		out = append(out, "- **Point of contact for the reporter**: "+codeSpan(string(c.Contact))+", until somebody takes the case\n")
	}
	if c.Coordinator != "" {
		out = append(out, "- **Coordinator**, who keeps it moving and does not decide: "+codeSpan(string(c.Coordinator))+"\n")
	}
	return out
}
