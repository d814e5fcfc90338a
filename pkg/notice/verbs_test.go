package notice

import (
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

func commandsIn(text string) int { return len(command.Parse(coc.NewProse(text))) }

func TestDefusedTextCommandsNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"/coc ack", "  /coc ack", "\t/coc ack", "x\n/COC close", "\u200b/coc ack", "/\u200bcoc ack", "\u00a0/coc ack", "\u3000/coc ack",
		"/coc: ack", "/coc@kim ack", "a\r/coc ack", "a\u2028/coc ack", "a\v/coc ack", "```\n```\n/coc ack", "<!--\n-->\n/coc ack", "> x\n\n/coc ack", "/coc",
	} {
		out := Defuse(coc.NewProse(text))
		if commandsIn(out) != 0 || commandsIn(strings.Join(quoted(coc.NewProse(text)), "")) != 0 {
			t.Errorf("%q: %q commands something", text, out)
		}
		if _, ok := command.Report(coc.NewProse(out)); ok {
			t.Errorf("%q: %q reports something", text, out)
		}
	}
	if commandsIn("/coc ack") != 1 {
		t.Error("this test cannot fail")
	}
}

func TestEveryVerbThatMovesACaseIsInHelp(t *testing.T) {
	t.Parallel()
	for _, s := range coc.Stages() {
		help, body := Help(s).Markdown(), workable(s)
		for _, verb := range stage.Legal(s) {
			now, _, _ := strings.Cut(help, "**At other stages**")
			if !strings.Contains(now, "`/coc "+verb) || !strings.Contains(body, "`/coc "+verb) {
				t.Errorf("%s: nothing says that %s is possible", s, verb)
			}
		}
		for _, transition := range stage.Table() {
			if !strings.Contains(help, "`/coc "+transition.Verb) {
				t.Errorf("%s: help lacks %s", s, transition.Verb)
			}
		}
		if strings.Contains(help, "`/coc report") {
			t.Errorf("%s: help has the public command", s)
		}
	}
}
