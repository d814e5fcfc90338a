package evidence_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/evidence"
)

const web = "https://github.example"

func TestAddressPointsToWhatIsSaidThereOrNowhere(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://github.example/a/b/issues/7":                             "issue a/b 7 0 ",
		" HTTPS://GitHub.Example/a/b/issues/7/?x=1#issue-99 ":             "issue a/b 7 0 ",
		"https://github.example/a/b/issues/7#issuecomment-12":             "comment a/b 7 12 ",
		"https://github.example/a/b/pull/7#issuecomment-12":               "comment a/b 7 12 ",
		"https://github.example/a/b/pull/7#discussion_r12":                "review-comment a/b 7 12 ",
		"https://github.example/a/b/pull/7/files#r12":                     "review-comment a/b 7 12 ",
		"https://github.example/a/b/pull/7#pullrequestreview-12":          "review a/b 7 12 ",
		"https://github.example/a/b/issues/7#discussion_r12":              "issue a/b 7 0 ",
		"https://github.example/a/b/commit/0123abc#commitcomment-12":      "commit-comment a/b 0 12 0123abc",
		"https://github.example/a/b/discussions/7#discussioncomment-12":   "discussion a/b 7 12 ",
		"https://github.example/a/b/issues/7#issuecomment-12&gt":          "comment a/b 7 12 ",
		"https://github.example/a/b/pull/7.diff":                          "issue a/b 7 0 ",
		"https://github.example/a/b/issues/7;8":                           "issue a/b 7 0 ",
		"https://github.example/a/b/issues/7a":                            "no-talk",
		"https://github.example/a/b/issues/7-8":                           "no-talk",
		"https://github.example/a/b/commit/0123abc":                       "no-talk",
		"https://github.example/a/b/commit/..#commitcomment-12":           "no-talk",
		"https://github.example/a/b/blob/main/README.md":                  "no-talk",
		"https://github.example/a/b":                                      "no-talk",
		"https://github.example/a/b/issues/0":                             "no-talk",
		"https://github.example/a/b/issues/-7":                            "no-talk",
		"https://github.example/a/b/issues/99999999999":                   "no-talk",
		"https://github.example/a/../b/issues/7":                          "no-talk",
		"https://github.example/a/%2e%2e/issues/7":                        "no-talk",
		"https://github.example/a/b%2fc/issues/7":                         "no-talk",
		"https://github.example//a/b/issues/7":                            "no-talk",
		"https://github.example/orgs/a/discussions/7":                     "no-talk",
		"https://github.example:443/a/b/issues/7":                         "elsewhere",
		"https://github.example:8443/a/b/issues/7":                        "elsewhere",
		"https://kim@github.example/a/b/issues/7":                         "elsewhere",
		"https://github.example@localhost/a/b/issues/7":                   "elsewhere",
		"https://github.example.evil.example/a/b/issues/7":                "elsewhere",
		"https://gist.github.example/a/b/issues/7":                        "elsewhere",
		"https://github.example./a/b/issues/7":                            "elsewhere",
		"https://gіthub.example/a/b/issues/7":                             "elsewhere", // a Cyrillic letter
		"https://localhost/a/b/issues/7":                                  "elsewhere",
		"https://127.0.0.1/a/b/issues/7":                                  "elsewhere",
		"https://[::1]/a/b/issues/7":                                      "elsewhere",
		"//github.example/a/b/issues/7":                                   "elsewhere",
		"javascript://github.example/a/b/issues/7":                        "elsewhere",
		"file://github.example/a/b/issues/7":                              "elsewhere",
		"github.example/a/b/issues/7":                                     "elsewhere",
		"":                                                                "elsewhere",
		"https://github.example/a/b/issues/7" + strings.Repeat("?", 2000): "elsewhere",
	} {
		got, why := evidence.Point(web, coc.NewProse(address))
		text := string(why)
		if why == "" {
			text = fmt.Sprintf("%s %s %d %d %s", got.Kind, got.Repo, got.Number, got.ID, got.SHA)
		} else if got != (coc.Talk{}) {
			t.Errorf("%q points to %+v although it is %s", address, got, why)
		}
		if text != want {
			t.Errorf("%q points to %q, want %q", address, text, want)
		}
	}
	if got, why := evidence.Point("https://ghe.example:8443/git", coc.NewProse("https://ghe.example:8443/git/a/b/issues/7")); why != "" || got.Number != 7 {
		t.Errorf("a server below a folder, at a port: %+v, %s", got, why)
	}
	if _, why := evidence.Point("", coc.NewProse("https:///a/b/issues/7")); why != coc.Elsewhere {
		t.Error("without a site of its own every address is one of it")
	}
}

func TestAddressesAreFoundInWords(t *testing.T) {
	t.Parallel()
	words := coc.NewProse("See (https://a.example/x_(y)), <https://b.example/#1>; [this](https://c.example/?a=b&c) https://a.example/x_(y). http://d.example/`e` and https://")
	var got []string
	for _, a := range evidence.Addresses(words) {
		got = append(got, a.Reveal())
	}
	if want := "https://a.example/x_(y) https://b.example/#1 https://c.example/?a=b&c http://d.example/"; strings.Join(got, " ") != want {
		t.Errorf("found %q", got)
	}
}

func FuzzPoint(f *testing.F) {
	for _, a := range []string{web + "/a/b/issues/7#issuecomment-1", web + "/a/b/commit/0123abc#r1", "https://x@github.example/a/b/pull/1", web + "/%2e/b/issues/1", "https://github.example\\@evil/a/b/issues/1"} {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, address string) {
		got, why := evidence.Point(web, coc.NewProse(address))
		if (why == "") == (got == coc.Talk{}) {
			t.Fatalf("%+v and %q", got, why)
		}
		if why != "" {
			return
		}
		at := strings.TrimSpace(strings.ToLower(address))
		if !strings.HasPrefix(at, "https://github.example/") && !strings.HasPrefix(at, "http://github.example/") {
			t.Errorf("%q is on another site", address)
		}
		if parsed, err := coc.ParseRepo(got.Repo.String()); err != nil || parsed != got.Repo || got.Number < 0 || got.ID < 0 {
			t.Errorf("%q points to %+v", address, got)
		}
	})
}
