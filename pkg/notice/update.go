package notice

import (
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// toReporter is what the reporter is owed, or when they had a word last.
func toReporter(c coc.Case) []string {
	told := slices.DeleteFunc(slices.Clone(c.Messages), func(m coc.Message) bool { return m.Kind.Theirs() })
	if len(told) == 0 {
		return nil
	}
	zone := ""
	if home := c.Home(); home != nil {
		zone = home.Committee.Timezone
	}
	if unsent := c.Unsent(); len(unsent) > 0 {
		return []string{"- **Owed to the reporter**: " + owing(unsent) + ", since " + day(unsent[0].At, zone) +
			". cocrouter cannot write to them: a member must, and then writes " + codeSpan("/coc update sent") + "\n"}
	}
	last := told[0]
	for _, m := range told {
		if m.Sent.After(last.Sent) {
			last = m
		}
	}
	how := "to be read with the receipt"
	if last.SentBy != "" {
		how = "by " + codeSpan(string(last.SentBy))
	}
	return []string{"- **Last word to the reporter**: " + day(last.Sent, zone) + ", " + how + "\n"}
}

// owing is what waits to be told, in words.
func owing(unsent []coc.Message) string {
	counts := map[coc.MessageKind]int{}
	for _, m := range unsent {
		counts[m.Kind]++
	}
	var out []string
	if counts[coc.MessageOutcome] > 0 {
		out = append(out, "how it ended")
	}
	if n := counts[coc.MessageUpdate]; n > 0 {
		out = append(out, count(n, "word on how it stands", "words on how it stands"))
	}
	if n := counts[coc.MessageQuestion]; n > 0 {
		out = append(out, count(n, "question", "questions"))
	}
	return strings.Join(out, ", ")
}

// Messaged answers what became of a word to the reporter.
func Messaged(m coc.Message, reporter coc.Login) Private {
	switch {
	case !m.Shown:
		return private("**The reporter has not been told yet.** " + codeSpan(string(reporter)) + " came through GitHub, where cocrouter cannot write to them in confidence. A member must write to them, and not in public; then " +
			codeSpan("/coc update sent") + " records that it was done. Until then this issue shows that it is owed.")
	case m.Kind == coc.MessageQuestion:
		return private("The reporter reads the question with their receipt, and can answer there. What they write comes here as a comment.")
	}
	return private("The reporter reads it with their receipt, word for word, and not who wrote it.")
}
