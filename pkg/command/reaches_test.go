package command

import (
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

func TestWordsThatLeadToWhoeverCanBeReached(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		reach, words string
		want         bool
	}{
		{"nell@mail.example", "Ask NELL@MAIL.example.", true},
		{"<nell@mail.example>, at night", "Ask nell@mail.example about it.", true},
		{"Signal: +49 151 2345678", "call 2345678", true},
		{"t.me/nell-writes", "She is t.me/nell-writes", true},
		{"Nell the newcomer", "ask nell the newcomer", true},
		{"Nell the newcomer", "a newcomer asks", false}, // plain words stand in any text
		{"a@b", "a@b", false},
		{"at night", "It was at nighttime.", true},
		{"", "anything", false},
		{" \n", "anything", false},
		{"nell@mail.example", "Somebody wrote by mail.", false},
	} {
		if got := Reaches(coc.NewProse(tc.words), coc.NewProse(tc.reach)); got != tc.want {
			t.Errorf("%q in %q: %t", tc.reach, tc.words, got)
		}
	}
}
