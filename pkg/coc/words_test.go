package coc_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// The zero value of every word lets nobody in and leads nowhere.
func TestZeroValuesAreSafe(t *testing.T) {
	t.Parallel()
	var (
		repo     coc.Repo
		facts    coc.RepoFacts
		pattern  coc.Pattern
		login    coc.Login
		role     coc.Role
		homeless coc.Case
	)
	switch {
	case !repo.IsZero() || repo.Is(repo) || repo.String() != "":
		t.Error("a zero repository is one")
	case facts.Writable():
		t.Error("a zero repository may be written to")
	case pattern.Matches(coc.Repo{Owner: "a", Name: "b"}) || pattern.Matches(repo) || pattern.Exact():
		t.Error("a zero pattern selects something")
	case login.Is(login) || coc.HasLogin([]coc.Login{""}, ""):
		t.Error("nobody is somebody")
	case !role.BarsReading():
		t.Error("somebody without a role may read")
	case homeless.Home() != nil:
		t.Error("a case without a placement has a home")
	case !(coc.Placement{}).Sealed() || !(coc.Placement{}).Ref().IsZero():
		t.Error("a zero placement is a room")
	case len((coc.Committee{}).Logins()) != 0:
		t.Error("a zero committee has somebody on it")
	case !(coc.Team{}).IsZero() || !(coc.Span{}).IsZero():
		t.Error("a zero team or span is one")
	}
}

func TestOnlyWitnessesAndReportersMayRead(t *testing.T) {
	t.Parallel()
	for role, bars := range map[coc.Role]bool{
		coc.RoleUnset: true, coc.RoleAccused: true, coc.RoleHarmed: true, coc.RoleWitness: false, coc.RoleReporter: false,
	} {
		if role.BarsReading() != bars || role.Validate() != nil {
			t.Errorf("%q bars: %t, %v", role, role.BarsReading(), role.Validate())
		}
	}
	if err := coc.Role("friend").Validate(); !errors.As(err, new(coc.Refusal)) {
		t.Errorf("an unknown role: %v", err)
	}
}

func TestNamesAreReadAsGitHubMakesThem(t *testing.T) {
	t.Parallel()
	for in, ok := range map[string]bool{
		"@kim": true, " kim-one ": true, "kim_corp": true, "reports[bot]": true, "": false, "@": false, "kim one": false,
		"-kim": false, "kim-": false, "kim/one": false, "kim@one": false, "kіm": false, strings.Repeat("k", 101): false,
	} {
		if _, err := coc.ParseLogin(in); (err == nil) != ok {
			t.Errorf("login %q: %v", in, err)
		}
	}
	for in, ok := range map[string]bool{
		"a/b": true, "quiet-org/.github": true, "a/b.c_d-e": true, "": false, "a": false, "a/": false, "/b": false, "a/b/c": false,
		"a/.": false, "a/..": false, "a b/c": false, "a/b c": false, "a/b\n": false, "../b": false,
	} {
		r, err := coc.ParseRepo(in)
		if (err == nil) != ok || ok && r.String() != in {
			t.Errorf("repository %q: %v, %v", in, r, err)
		}
	}
	for in, ok := range map[string]bool{"a/*": true, "a/b": true, "*/*": false, "*": false, "a/b*": false, "*/b": false, "a/**": false} {
		if _, err := coc.ParsePattern(in); (err == nil) != ok {
			t.Errorf("pattern %q: %v", in, err)
		}
	}
}

func TestCaseDoesNotMatter(t *testing.T) {
	t.Parallel()
	quiet := coc.Repo{Owner: "Quiet-Org", Name: "Tool"}
	if !quiet.Is(coc.Repo{Owner: "quiet-org", Name: "tool"}) || !coc.Login("Kim").Is("kIM") {
		t.Error("names are told apart by case")
	}
	for _, p := range []coc.Pattern{"quiet-org/*", "QUIET-ORG/tool"} {
		if !p.Matches(quiet) || p.Matches(coc.Repo{Owner: "quiet-org2", Name: "tool2"}) {
			t.Errorf("%s selects wrongly", p)
		}
	}
	if got := quiet.Community(); got.String() != "Quiet-Org/.github" {
		t.Errorf("the community repository is %s", got)
	}
}

func TestEveryStageFlagAndOutcomeHasItsLabel(t *testing.T) {
	t.Parallel()
	var names []string
	for _, s := range coc.Stages() {
		names = append(names, s.Label())
	}
	for _, f := range []coc.Flag{coc.FlagAnonymous, coc.FlagFallback, coc.FlagLegalRisk, coc.FlagNoQuorum, coc.FlagInterimAction,
		coc.FlagSafetyRisk, coc.FlagRetaliation, coc.FlagRepeat, coc.FlagOverdue, coc.FlagEvidenceVolatile} {
		names = append(names, f.Label())
	}
	for _, o := range coc.Outcomes() {
		names = append(names, o.Label())
	}
	for _, n := range names {
		if l, ok := coc.LabelNamed(strings.ToUpper(n)); !ok || l.Name != n || !coc.OurLabel(n) {
			t.Errorf("no label %s", n)
		}
	}
	seen := map[string]bool{}
	for _, l := range coc.Labels() {
		if seen[l.Name] || len(l.Color) != 6 || strings.Trim(l.Color, "0123456789abcdef") != "" || l.Description == "" || len(l.Description) > 100 || len(l.Name) > 50 {
			t.Errorf("GitHub would refuse %+v", l)
		}
		seen[l.Name] = true
	}
	if coc.OurLabel("bug") || coc.OurLabel("") || coc.OurLabel("status/odd") {
		t.Error("somebody else's label is taken for ours")
	}
}

func TestLaterIsFoundThroughWrapping(t *testing.T) {
	t.Parallel()
	wrapped := fmt.Errorf("read: %w", coc.Later{Cause: "status 502"})
	if l, ok := coc.IsLater(wrapped); !ok || l.Cause != "status 502" {
		t.Errorf("IsLater = %v, %t", l, ok)
	}
	if _, ok := coc.IsLater(coc.ErrMissing); ok {
		t.Error("a missing file comes later")
	}
}
