package notice

import (
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// marks is how urgent a case is and its flags, which a mail does not show as
// labels.
func marks(c coc.Case) string {
	var words []string
	if slices.Contains(coc.Severities(), c.Severity) {
		words = append(words, codeSpan("severity/"+c.Severity))
	}
	for _, f := range coc.Flags() {
		if slices.Contains(c.Flags, f) {
			words = append(words, codeSpan(string(f)))
		}
	}
	if words == nil || c.Notice != nil {
		return ""
	}
	return "- **Marked**: " + strings.Join(words, ", ") + "\n"
}
