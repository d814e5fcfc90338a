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
		{"in italics", "_@kim-one_ and **@kim-two**", []coc.Login{"kim-one", "kim-two"}},
		{"after dots and dashes", "so rude...@kim-one --@kim-two", []coc.Login{"kim-one", "kim-two"}},
		{"with the sign of another keyboard", "＠kim-one", []coc.Login{"kim-one"}},
		{"a team, by the organisation that has it", "@quiet-org/conduct", []coc.Login{"quiet-org"}},
		{"an App, by the name before its brackets", "@helper[bot]", []coc.Login{"helper"}},
		{"not an address", "Kim One <kim.one+here@mail.example>, kim_one@mail.example", nil},
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

func TestATeamIsNamedByItsWholeName(t *testing.T) {
	t.Parallel()
	team := coc.Team{Org: "Quiet-Org", Slug: "conduct"}
	for words, want := range map[string]bool{
		"":                        false,
		"@quiet-org":              false,
		"quiet-org / conduct":     false,
		"@quiet-org/conduct-help": false,
		"@not-quiet-org/conduct":  false,
		"@quiet-org/conduct-help, @quiet-org/conduct":             true,
		"@QUIET-org/Conduct.":                                     true,
		"the team (quiet-org/conduct)":                            true,
		"https://github.com/orgs/quiet-org/teams/conduct/members": true,
		"quiet\u2011org/conduct":                                  true,
	} {
		if got := command.NamesTeam(team, coc.NewProse(words)); got != want {
			t.Errorf("%q: %t", words, got)
		}
	}
	if command.NamesTeam(coc.Team{}, coc.NewProse("/")) {
		t.Error("no team is named")
	}
}

func TestMentionsOfALongReportStayCheap(t *testing.T) {
	t.Parallel()
	many := strings.Repeat("@kim-one @kim-two ", 10_000)
	if got := command.Mentions(coc.NewProse(many)); len(got) != 2 {
		t.Errorf("got %d logins, want 2", len(got))
	}
}

func TestAmongFindsWhoeverCouldReadInPlainWords(t *testing.T) {
	t.Parallel()
	readers := []coc.Login{"Kim-One", "kim", "lee_acme", "Kim-One", "", "helper[bot]"}
	for words, want := range map[string][]coc.Login{
		"":                                   nil,
		"kimono, kim-one-two, xkim, lee":     nil,
		"kim-one shouted":                    {"Kim-One"},
		"It was KIM-ONE.":                    {"Kim-One"},
		"_kim-one_ and **lee_acme**":         {"Kim-One", "lee_acme"},
		"kim-one--she shouted":               {"Kim-One"},
		"kim\u2011one shouted":               {"Kim-One", "kim"}, // either may be meant
		"kim\u200b-one shouted":              {"Kim-One", "kim"},
		"kim-one\u200bshouted":               {"Kim-One"},
		"ご報告kim-oneさん":                       {"Kim-One"},
		"\"Kim\" told me":                    {"kim"},
		"https://github.com/kim-one/tool":    {"Kim-One"},
		"https://chat.example/u?name=kim#1":  {"kim"},
		"lee_acme@mail.example wrote to kim": {"kim", "lee_acme"},
	} {
		t.Run(words, func(t *testing.T) {
			t.Parallel()
			got := command.Among(readers, coc.NewProse("nothing"), coc.NewProse(words))
			if !slices.Equal(got, want) {
				t.Errorf("Among = %v, want %v", got, want)
			}
		})
	}
}

func TestTeamsAreNamedAsGitHubWritesThem(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{
		"@my-org/docs": "my-org/docs",
		"(@My-Org/docs_) and @my-org/DOCS, again":           "My-Org/docs",
		"all of ＠my-org/docs, @other/team-2.":               "my-org/docs other/team-2",
		"https://github.com/orgs/my-org/teams/docs/members": "my-org/docs",
		"@my\u2011org/docs":                                 "my-org/docs",
		"my-org/docs":                                       "", // a repository is written like that
		"mail@my-org/docs":                                  "",
		"@my-org and @docs":                                 "",
		"@my-org/":                                          "",
		"":                                                  "",
	} {
		var got []string
		for _, team := range command.Teams(coc.NewProse(words)) {
			got = append(got, team.String())
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %q, want %q", words, got, want)
		}
	}
}
