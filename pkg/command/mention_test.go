package command_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
)

func TestMentionsNameEverybodyWhoMustBeKeptOut(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, words string
		want        []coc.Login
	}{
		{"nobody", "somebody shouted at me, write to me@example.org", nil},
		{"in code and quotes too", "> @kim-one said `@kim-two`", []coc.Login{"kim-one", "kim-two"}},
		{"at a line's start and a sentence's end", "@kim-one.\n@kim-two, and (@kim-three)!", []coc.Login{"kim-one", "kim-two", "kim-three"}},
		{"once, whatever the case", "@Kim-One and @kim-one", []coc.Login{"Kim-One"}},
		{"next to words of another script", "ご報告@kim-oneさん", []coc.Login{"kim-one"}},
		{"by the address of a page", "see https://github.com/kim-one and https://github.com/kim-two/", []coc.Login{"kim-one", "kim-two"}},
		{"not the owner of a repository", "https://github.com/quiet-org/tool/issues/3", nil},
		{"ends in a hyphen", "@kim-one-", []coc.Login{"kim-one"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := command.Mentions(coc.NewProse(test.words))
			if !slices.Equal(got, test.want) {
				t.Errorf("Mentions = %v, want %v", got, test.want)
			}
		})
	}
}

func TestMentionsOfALongReportStayCheap(t *testing.T) {
	t.Parallel()
	many := strings.Repeat("@kim-one @kim-two ", 10_000)
	if got := command.Mentions(coc.NewProse(many)); len(got) != 2 {
		t.Errorf("got %d logins, want 2", len(got))
	}
}
