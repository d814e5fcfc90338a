package stage

import (
	"slices"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// rule is what a person may do with a flag; kept is why not, where cocrouter sets
// it or takes it away by itself.
type rule struct {
	flag       coc.Flag
	set, clear bool
	kept       string
}

var flags = []rule{
	{flag: coc.FlagSafetyRisk, set: true, clear: true},
	{flag: coc.FlagLegalRisk, set: true, clear: true},
	{flag: coc.FlagRetaliation, set: true, clear: true},
	{flag: coc.FlagRepeat, set: true, clear: true},
	// Nobody but a person can know that what could vanish is safe by now.
	{flag: coc.FlagEvidenceVolatile, clear: true, kept: "It comes with `/coc evidence`, where something can still vanish."},
	{flag: coc.FlagAnonymous, kept: "It says how the report came, which does not change."},
	{flag: coc.FlagFallback, kept: "It says how the case came here, which does not change."},
	{flag: coc.FlagNoQuorum, kept: "It follows from who has a conflict: `/coc clear`, `/coc recuse` and `/coc admit` change that."},
	{flag: coc.FlagOverdue, kept: "It follows from what is due, and goes when that is done."},
	{flag: coc.FlagInterimAction, kept: "It follows from the interim measures that are in force."},
}

// Settable are the flags that a person may set.
func Settable() []coc.Flag {
	var out []coc.Flag
	for _, r := range flags {
		if r.set {
			out = append(out, r.flag)
		}
	}
	return out
}

// Flagged is the flags after a person has set one. The error is always a
// coc.Refusal.
func Flagged(has []coc.Flag, f coc.Flag) ([]coc.Flag, error) {
	if r, ok := ruleOf(f); !ok || !r.set {
		return nil, kept(f, r)
	}
	if slices.Contains(has, f) {
		return nil, coc.Refusal{What: "The case has that flag already.", Next: "`/coc unflag` takes it away.", Rule: "flag/already"}
	}
	return append(slices.Clone(has), f), nil
}

// Unflagged is the flags after a person has taken one away. The error is always a
// coc.Refusal.
func Unflagged(has []coc.Flag, f coc.Flag) ([]coc.Flag, error) {
	if r, ok := ruleOf(f); !ok || !r.clear {
		return nil, kept(f, r)
	}
	if !slices.Contains(has, f) {
		return nil, coc.Refusal{What: "The case does not have that flag.", Next: "`/coc flag` sets one.", Rule: "flag/already"}
	}
	return slices.DeleteFunc(slices.Clone(has), func(h coc.Flag) bool { return h == f }), nil
}

func ruleOf(f coc.Flag) (rule, bool) {
	i := slices.IndexFunc(flags, func(r rule) bool { return r.flag == f })
	if i < 0 {
		return rule{}, false
	}
	return flags[i], true
}

func kept(f coc.Flag, r rule) error {
	return coc.Refusal{What: "`" + f.Label() + "` is set and taken away by cocrouter alone.", Next: r.kept, Rule: "flag/kept"}
}
