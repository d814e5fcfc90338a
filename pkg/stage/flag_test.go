package stage

import (
	"errors"
	"slices"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

func TestPeopleSetOnlyTheFlagsThatAreTheirs(t *testing.T) {
	t.Parallel()
	theirs := []coc.Flag{coc.FlagSafetyRisk, coc.FlagLegalRisk, coc.FlagRetaliation, coc.FlagRepeat}
	if got := Settable(); !slices.Equal(got, theirs) {
		t.Errorf("people may set %s", got)
	}
	for _, f := range append(coc.Flags(), "", "no-such-flag") {
		set, err := Flagged(nil, f)
		if ok := slices.Contains(theirs, f); ok != (err == nil) || ok && !slices.Equal(set, []coc.Flag{f}) {
			t.Errorf("set %q: %s, %v", f, set, err)
		}
		left, err := Unflagged([]coc.Flag{f, "other"}, f)
		may := slices.Contains(theirs, f) || f == coc.FlagEvidenceVolatile
		if may != (err == nil) || may && !slices.Equal(left, []coc.Flag{"other"}) {
			t.Errorf("take away %q: %s, %v", f, left, err)
		}
		for _, err := range []error{err, only(Flagged([]coc.Flag{f}, f)), only(Unflagged(nil, f))} {
			var r coc.Refusal
			if err != nil && (!errors.As(err, &r) || r.What == "" || r.Rule == "") {
				t.Errorf("%q is refused by %v", f, err)
			}
		}
	}
}

func TestEveryFlagHasARuleAndAReasonWhereItIsNotPeoples(t *testing.T) {
	t.Parallel()
	for _, f := range coc.Flags() {
		r, ok := ruleOf(f)
		if !ok || (!r.set || !r.clear) && r.kept == "" {
			t.Errorf("%s: %+v", f, r)
		}
	}
	has := []coc.Flag{coc.FlagRepeat}
	if _, err := Flagged(has, coc.FlagRepeat); err == nil {
		t.Error("a flag was set twice")
	}
	if _, err := Unflagged(has, coc.FlagRetaliation); err == nil || !slices.Equal(has, []coc.Flag{coc.FlagRepeat}) {
		t.Error("a flag was taken away that was not there")
	}
}

func only(_ []coc.Flag, err error) error { return err }
