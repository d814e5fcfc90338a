package command

import (
	"strings"

	"github.com/agnivade/levenshtein"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// grounds is how people write the grounds of an appeal, besides our own words for
// them. A hyphen is a space, and of two that fit the longer one was meant.
var grounds = []struct {
	ground coc.Ground
	said   []string
}{
	{coc.GroundJurisdiction, []string{"jurisdiction", "not their jurisdiction", "lack of jurisdiction"}},
	{coc.GroundConflict, []string{"conflicted", "conflict", "conflicts", "conflict of interest", "conflicts of interest", "conflicted decider"}},
	{coc.GroundUnfair, []string{"unfair", "unfairness", "unfairly evaluated"}},
	{coc.GroundBreach, []string{"breach", "breach of policy", "breach of law", "breach of law or policy", "breach of the policy", "breach of the law"}},
	{coc.GroundDisproportionate, []string{"grossly disproportionate", "grossly disproportionate or inadequate", "disproportionate or inadequate", "inadequate", "grossly inadequate"}},
}

// readGround takes a ground from the beginning of the words. Where there is none,
// Args stays empty and Text has them all: which grounds there are, the foundation's
// policy says.
func (c *Command) readGround(words string) {
	c.Text = coc.NewProse(words)
	longest := 0
	for _, g := range grounds {
		for _, form := range append([]string{string(g.ground)}, g.said...) {
			form = spaced(form)
			if rest, ok := behindForm(words, form); ok && len(form) > longest {
				longest, c.Args, c.Text = len(form), string(g.ground), coc.NewProse(rest)
			}
		}
	}
}

// behindForm is what follows a form at the beginning of the words.
func behindForm(words, form string) (rest string, ok bool) {
	rest = words
	for form != "" {
		var first string
		if first, rest = word(rest); first == "" {
			return "", false
		}
		if form, ok = strings.CutPrefix(form, spaced(tidy(first))); !ok || form != "" && form[0] != ' ' {
			return "", false
		}
		form = strings.TrimPrefix(form, " ")
	}
	return rest, true
}

// spaced is a word of ours as it would be written apart.
func spaced(s string) string { return strings.NewReplacer("-", " ", "_", " ").Replace(s) }

// NearestGround is the ground that was probably meant by the first word, "" for
// none. Nobody appeals by a guess: it is only good for asking back.
func NearestGround(words coc.Prose) coc.Ground {
	first, _ := word(words.Reveal())
	first = tidy(first)
	if len(first) > 40 {
		return ""
	}
	best, off := coc.Ground(""), 4
	for _, g := range grounds {
		for _, form := range append([]string{string(g.ground)}, g.said...) {
			if d := levenshtein.ComputeDistance(first, form); d < off && 3*d < len(form) {
				best, off = g.ground, d
			}
		}
	}
	return best
}
