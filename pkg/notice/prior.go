package notice

import (
	"slices"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// maxPriors bounds what a notice shows of the record, in bytes.
const maxPriors = 1500

// Look is what a notice shows of the record: what everybody who reads it there may
// know of. It is looked up before each showing, and kept nowhere.
type Look struct {
	Priors []coc.Prior
	// Hidden: somebody reads there who is not clear, whatever the record has.
	Hidden bool
}

// Noticed is Case for the issue of a notice, with what the record has of whom it
// accuses. Of anything else it is Case.
func (on Pages) Noticed(c coc.Case, placement int, now time.Time, seen Look) Shown {
	if c.Notice == nil || placement != len(c.Placements)-1 {
		return on.Case(c, placement, now)
	}
	return noticed(c, placement, &seen)
}

// matter is what the record has of one case of somebody.
type matter struct {
	login    coc.Login
	of       coc.CaseID
	ref      string
	from     string
	told     time.Time // first
	byName   bool
	unlisted bool
	resolved bool
	outcome  coc.Outcome // the last that was told
}

// matters joins what was told when a case was opened and when it was resolved.
func matters(priors []coc.Prior) []matter {
	var out []matter
	for _, p := range priors {
		i := slices.IndexFunc(out, func(m matter) bool { return m.login.Is(p.Login) && m.of == p.Of })
		if i < 0 {
			out, i = append(out, matter{login: p.Login, of: p.Of, ref: p.Ref, told: p.At}), len(out)
		}
		m := &out[i]
		m.from, m.byName, m.unlisted = p.From, m.byName || p.ByName, m.unlisted || p.Unlisted
		if p.When == coc.WhenResolved {
			m.resolved, m.outcome = true, p.Outcome
		}
	}
	return out
}

// minimum is that there was a case, when, and what became of it.
func (m matter) minimum() string {
	line := "told in " + m.told.UTC().Format("January 2006")
	switch {
	case m.outcome != coc.OutcomeNone:
		line += ", resolved with the outcome " + codeSpan(string(m.outcome))
	case m.resolved:
		line += ", resolved without an outcome"
	default:
		line += ", not resolved as far as is known"
	}
	if m.unlisted {
		line += " (by a committee that is not in the directory)"
	}
	if m.byName {
		line += " (by the name alone: it may be another who has that name now)"
	}
	return line
}

// earlier is what the record has of whom a notice accuses. It says the same where
// there is nothing and where there is something that may not be shown here.
func earlier(n coc.Notice, seen *Look) string {
	const title = "- **Earlier record**: "
	switch {
	case n.To == "", seen == nil:
		return ""
	case seen.Hidden:
		return title + "not shown while somebody reads here who has a conflict of interest, whether there is one or not\n"
	case len(seen.Priors) == 0:
		return title + "none that may be shown here\n"
	}
	out, over := strings.TrimSpace(title)+"\n", 0
	for _, m := range matters(seen.Priors) {
		line := "  - " + codeSpan(string(m.login)) + ", " + codeSpan(m.ref) + ": " + plainly(clipped(m.from, 60)) + ", " + m.minimum()
		if i := slices.IndexFunc(n.Released, func(r coc.Release) bool { return r.Login.Is(m.login) && r.Ref == m.ref }); i >= 0 {
			line += "; that committee was told on " + n.Released[i].At.UTC().Format("2 January 2006")
		}
		if line += "\n"; len(out)+len(line) > maxPriors {
			over++
			continue
		}
		out += line
	}
	if over > 0 {
		out += "  - " + count(over, "more", "more") + "\n"
	}
	return out
}

// onRelease says how the record is told of, where there is something to tell.
func onRelease(n coc.Notice, seen *Look) string {
	if n.To == "" || seen == nil || seen.Hidden || len(seen.Priors) == 0 {
		return ""
	}
	return "\nThat committee does not know of the record, and learns nothing of it by itself. " +
		"A member without a conflict can have it told, to a committee of the directory alone: `/coc notify record`, or with a reference behind it for one of several. " +
		"It learns that there is one, when it was and how it ended.\n"
}

// Record tells a committee of an earlier record, with the least that makes it one:
// not whose case it was, nothing of what happened, and never who reported.
func Record(from, reference string, priors []coc.Prior) Private {
	var b strings.Builder
	b.WriteString("**" + plainly(clipped(from, 80)) + " tells you of an earlier record**, in answer to your notice " + codeSpan(reference) + ". A member there decided that.\n\n")
	for _, m := range matters(priors) {
		b.WriteString("- " + codeSpan(string(m.login)) + ": " + m.minimum() + "\n")
	}
	b.WriteString("\nIt is for this case alone, and proves nothing about it. What happened then and who reported it is not told.")
	return private(b.String())
}

// Released answers that a committee is told of the record.
func Released(to string, priors []coc.Prior) Private {
	var refs []string
	for _, m := range matters(priors) {
		if ref := codeSpan(m.ref); !slices.Contains(refs, ref) {
			refs = append(refs, ref)
		}
	}
	return private("On its way to " + plainly(clipped(to, 80)) + ": that there is an earlier record (" + strings.Join(refs, ", ") + "), when it was and how it ended, and nothing else.")
}
