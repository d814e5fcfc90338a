package notice

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
)

// Help says what can be done in a case at this stage, and what else there is.
func Help(s coc.Stage) Private {
	var now, other []command.Spec
	for _, spec := range forCases() {
		if possible(spec.Verb, s) {
			now = append(now, spec)
		} else {
			other = append(other, spec)
		}
	}
	text := "The case is " + codeSpan(string(s)) + ": " + stageMeans[s] + ".\n\n" +
		"**Possible now**, each at the start of a line of a comment:\n\n" + commandList(now)
	if len(other) > 0 {
		text += "\n**At other stages**:\n\n" + commandList(other)
	}
	return private(text)
}

// Status is what is answered where nobody can sign in; see Pages.Status.
func Status(c coc.Case, now time.Time) Private { return Pages("").Status(c, now) }

// Status says in a few lines how a case stands. A case without a placement is
// nowhere, and nothing is said.
func (on Pages) Status(c coc.Case, now time.Time) Private {
	home := c.Home()
	if home == nil {
		return Private{}
	}
	if c.Notice != nil {
		return private(standing(c, *home, now))
	}
	var names []string
	for _, v := range legal(c.Stage) {
		names = append(names, codeSpan("/coc "+v.Verb))
	}
	return private(standing(c, *home, now) + on.dashboard(c, now, maxStatus) + "- **Possible now**: " + strings.Join(names, ", ") + "\n" + votes(c, *home))
}

// Refused answers a command that was not carried out: the rule and the next
// step. Logins, addresses and commands in it become code.
func Refused(r coc.Refusal) Private { return refused("**Not done.** ", r) }

// PutBack tells whoever set a label, closed or reopened an issue by hand why it is put
// back, in the same way.
func PutBack(r coc.Refusal) Private { return refused("**Put back.** ", r) }

func refused(begins string, r coc.Refusal) Private {
	text := ownWords(r.What)
	if r.Next != "" {
		text += "\n\n" + ownWords(r.Next)
	}
	if text == "" {
		return Private{}
	}
	return private(begins + text)
}

var ownCode = regexp.MustCompile("`[^`\n]+`|/coc(?: [a-z-]+)?")

// ownWords shows a sentence of ours, which may speak of commands.
func ownWords(s string) string {
	var b strings.Builder
	for s != "" {
		at := ownCode.FindStringIndex(s)
		if at == nil {
			at = []int{len(s), len(s)}
		}
		before := defuseInline(coc.NewProse(s[:at[0]]))
		b.WriteString(before)
		if at[0] < at[1] {
			if before != "" && strings.HasSuffix(s[:at[0]], " ") {
				b.WriteByte(' ')
			}
			b.WriteString(codeSpan(strings.Trim(s[at[0]:at[1]], "`")))
			if rest := s[at[1]:]; strings.HasPrefix(rest, " ") {
				b.WriteByte(' ')
			}
		}
		s = s[at[1]:]
	}
	return b.String()
}

// Admitted answers that somebody was let into so many of the open cases of a
// room. It does not say which.
func Admitted(in, of int) Private {
	text := "Done for " + strconv.Itoa(in) + " of " + count(of, "open case", "open cases") + " in this repository."
	if in < of {
		text += " In the rest they may not be let in, or not by you; their issues stay as they are until that is settled."
	}
	return private(text)
}

// Addition is what the reporter sent later, or what a liaison answered, to a case that
// has this evidence. It may be too long for one comment; see Comments.
func Addition(a coc.Addition, all []coc.Evidence) Private {
	head := "The reporter has added something"
	if a.Answer != nil {
		head = added(a)
	}
	return private("**" + head + "** (" + at(a.At, "") + ")\n\n" + strings.Join(told(a, theirWords), "") + withFiles(a.Files, all))
}

// withFiles says which files came with what was added, and which of them were not kept.
func withFiles(numbers []int, all []coc.Evidence) string {
	if len(numbers) == 0 {
		return ""
	}
	var kept, not []string
	why := ""
	for _, n := range numbers {
		if n < 1 || n > len(all) || all[n-1].Why == "" {
			kept = append(kept, strconv.Itoa(n))
			continue
		}
		not, why = append(not, strconv.Itoa(n)), whyNot[all[n-1].Why]
	}
	out := "\nWith it came files"
	if len(kept) > 0 {
		out += ", kept as evidence " + strings.Join(kept, ", ")
	}
	if len(not) > 0 {
		out += ". **Not kept**, because " + why + ": " + strings.Join(not, ", ")
	}
	return out + ".\n"
}

// AlsoConcerns tells a committee what follows from where a report is said later to
// have happened, or whom it is said to touch; others says that somebody is told by
// itself. whose is the committee to which it may belong, zero where it is not another.
func AlsoConcerns(steps []coc.Reason, others bool, whose coc.Committee) Private {
	text := "**What was added says more of where this happened or whom it touches.** By the jurisdiction policy:\n\n" + strings.Join(clauses(steps), "") +
		"\nThe case stays with you until you pass it on."
	if others {
		text += " Whoever has to know that there is a case is told, without a word of it."
	}
	if whose.Key != "" {
		text += "\n\nIf it is theirs, " + codeSpan("/coc transfer "+whose.Key+" REASON") + " gives it to " + plainly(clipped(whose.Name, 80)) + "."
	}
	return private(text)
}

// Removed tells those who stay in a case that others do not respond in it any
// more. What was written before, they could read from the time that the case
// came; GitHub's mails cannot be taken back.
func Removed(who []coc.Login, since, now time.Time) Private {
	return private("**No longer a responder here**: " + logins(who, maxReaders) +
		", because of a conflict that became known " + at(now, "") + ". What was written here since " + at(since, "") +
		" they could read, and they may have had it by mail.")
}

// Published tells the members of a case that others could read it. It is
// written once the room is closed to them again.
func Published(seen time.Time) Private {
	return private("**This repository could be read by others**, as was found " + at(seen, "") +
		". It cannot be any more. Take what was written here before for known, and ask who published it; copies and mails that were made meanwhile cannot be taken back.")
}

// Answers joins what is answered to one comment, in as few comments as hold it: GitHub
// takes none that is too long.
func Answers(parts ...Private) []Private {
	var out []Private
	var one Private
	for _, p := range parts {
		if more := Join(one, p); len(more.Markdown()) <= Limit-numbering {
			one = more
			continue
		}
		out, one = append(out, Comments(one)...), p
	}
	return append(out, Comments(one)...)
}

// Comments cuts a text at ends of lines into what fits into one comment each.
// Every line that this package makes stands for itself, so nothing changes its
// meaning. Nothing to say gives no comment.
func Comments(p Private) []Private {
	if p.IsZero() {
		return nil
	}
	if len(p.Markdown()) <= Limit-numbering {
		return []Private{p}
	}
	var lines []string
	for line := range strings.Lines(p.Markdown()) {
		lines = append(lines, line)
	}
	parts := pack(lines, Limit-numbering, Limit-numbering)
	out := make([]Private, len(parts))
	for i, part := range parts {
		out[i] = private("_Part " + strconv.Itoa(i+1) + " of " + strconv.Itoa(len(parts)) + "_\n\n" + part)
	}
	return out
}
