package notice

import (
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

func commandsIn(text string) int {
	return strings.Count("\n"+text, "\n/coc")
}

func operators() string {
	var out []string
	for _, r := range trace() {
		out = append(out, Alarm(r).Text())
	}
	_ = coc.Reason{}
	return strings.Join(out, "\n")
}
