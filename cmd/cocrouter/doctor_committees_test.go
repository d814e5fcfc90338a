package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A committee that asks its members in private needs more than others, and where
// something is missing it gets no case at all. Who runs the server learns of it before
// somebody reports.
func TestDoctorTellsWhyACommitteeThatAsksInPrivateWouldGetNoCase(t *testing.T) {
	t.Parallel()
	const file, lake = "lake-conduct/cases/.github/coc-committee.yaml", "Lake Conduct Committee (lake-conduct/cases) "
	const takes, none = lake + "takes cases, and asks each member in private first.\n", lake + "takes no case now: whatever is reported to it goes to the next committee.\n"
	without := func(line string) func(*land) {
		return func(l *land) { l.files[file] = strings.Replace(l.files[file], line, "", 1) }
	}
	for name, tc := range map[string]struct {
		change func(l *land)
		signIn bool
		exit   int
		want   []string
		not    string
	}{
		"all is there": {func(*land) {}, true, exitFine, []string{takes, "Foundation Committee (foundation-conduct/cases) takes cases.\n"}, "  - "},
		"nobody can sign in, and an owner is not named": {without("custodians: [owen-owner]\n"), false, exitWrong,
			[]string{none, "nobody can sign in here to be asked", "Set up signing in with GitHub", "also those who are on the committee", "Who would read and may not: owen-owner."}, "only if"},
		"the App may make no repository": {func(l *land) { l.Install.Administer = nil }, true, exitWrong, []string{none, "the rooms App may not make one there", "accept the administration permission"}, "may not:"},
		"too few belong to the organisation": {func(l *land) {
			o := l.Orgs["lake-conduct"]
			o.Members = []string{"lia-lake", "leo-lake"}
			l.Orgs["lake-conduct"] = o
		}, true, exitWrong, []string{none, "could read a repository for the case alone at once", "join the organisation"}, "only if"},
		"none of two can be spared": {func(l *land) {
			l.files[file] = "version: 1\naccepts: [lake-project/*]\nseparate: always\nmembers: [lia-lake, leo-lake, {login: lou-lake, role: liaison}]\ncustodians: [owen-owner]\n"
		}, true, exitFine, []string{takes, "  - Warning: A case stays with this committee only if all of lia-lake, leo-lake say in time that they are clear"}, "lou-lake"},
		"it needs more than ever decide": {func(l *land) {
			l.files[file] = "version: 1\naccepts: [lake-project/*]\nseparate: always\nmembers: [lia-lake, leo-lake, {login: lou-lake, role: alternate}]\nminimum: {without_hard_conflict: 3}\ncustodians: [owen-owner]\n"
		}, true, exitWrong, []string{none, "Too few of Lake Conduct Committee remain without a hard conflict (2 remain)."}, "Warning"},
		"its file has a mistake": {func(l *land) { l.files[file] += "colour: blue\n" }, true, exitWrong, []string{"lake-project/lake leads elsewhere than it says.\n  - "}, lake},
		"its file has a mistake, and the directory knows it": {func(l *land) {
			l.files[file] += "colour: blue\n"
			l.directory = strings.Replace(l.directory, "committees:\n", "committees:\n  lake: {name: Lake Conduct Committee, level: project, incidents: lake-conduct/cases}\n", 1)
		}, true, exitWrong, []string{none, "has a mistake in its own file", "cocrouter lint"}, "in private"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := readLand(filepath.Join(storiesFolder, "asked-in-private"))
			if err != nil {
				t.Fatal(err)
			}
			tc.change(&l)
			w := build(t, l)
			config := configuredToSignIn(t, w, l, tc.signIn)
			args := []string{"doctor", "--config", config, "--committees", "--repo", "lake-project/lake"}
			code, out, errs := shell(t, "", args...)
			if code != tc.exit || tc.not != "" && strings.Contains(out, tc.not) {
				t.Errorf("exit %d, want %d\n%s%s", code, tc.exit, out, errs)
			}
			for _, want := range tc.want {
				if !strings.Contains(out, want) {
					t.Errorf("%q is not in\n%s", want, out)
				}
			}
			var x committees
			if code, out, _ = shell(t, "", append(args, "--output", "json")...); json.Unmarshal([]byte(out), &x) != nil || code != tc.exit || len(x.Committees) == 0 || len(x.Sources) != 1 || strings.Contains(out, "null") {
				t.Errorf("exit %d\n%s", code, out)
			}
		})
	}
}

func TestDoctorSaysWhichRepositoryItCannotSeeAndWhatToLookAt(t *testing.T) {
	t.Parallel()
	l, err := readLand(filepath.Join(storiesFolder, "asked-in-private"))
	if err != nil {
		t.Fatal(err)
	}
	config := configuredToSignIn(t, build(t, l), l, true)
	code, out, _ := shell(t, "", "doctor", "--config", config, "--committees", "--repo", "lake-project/lak")
	if code != exitWrong || !strings.Contains(out, "lake-project/lak cannot be seen") {
		t.Errorf("exit %d\n%s", code, out)
	}
	for _, args := range []string{"", "--committees --evidence", "--evidence --repo lake-project/lake", "--committees --repo lake"} {
		if code, out, errs := shell(t, "", append([]string{"doctor", "--config", config}, strings.Fields(args)...)...); code != exitUsage {
			t.Errorf("%q: exit %d\n%s%s", args, code, out, errs)
		}
	}
}

// configuredToSignIn is configured for a server at which people can sign in, or cannot.
func configuredToSignIn(t *testing.T, w *town, l land, signIn bool) string {
	t.Helper()
	path, _ := configured(t, w, l, "sqlite:"+filepath.Join(t.TempDir(), "cocrouter.db"))
	if !signIn {
		return path
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	client := "source: {client_id: Iv23li.conduct, client_secret_file: " + put(t, t.TempDir(), "client.secret", strings.Repeat("hidden", 6)) + ", "
	return put(t, filepath.Dir(path), "cocrouter.yml", strings.Replace(string(text), "source: {", client, 1))
}
