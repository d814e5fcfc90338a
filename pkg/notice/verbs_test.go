package notice

import "strings"

func commandsIn(text string) int {
	return strings.Count("\n"+text, "\n/coc")
}
