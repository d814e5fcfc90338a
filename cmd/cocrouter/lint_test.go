package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// A file that is right and would not work is used as it is, so it fails no check; but
// whoever checks it is told.
func TestLintWarnsOfAskingInPrivateWhereItCannotWork(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := put(t, dir, "coc-committee.yaml", "version: 1\nseparate: always\nmembers: [kim-responder, lee-responder, mo-responder]\ncustodians: [pat-owner]\n")
	none := put(t, dir, "none.yml", "apps: {source: {id: 1, slug: the-app}}\n")
	some := put(t, dir, "some.yml", "apps: {source: {id: 1, slug: the-app, client_id: Iv1.0123456789abcdef}}\n")
	for name, c := range map[string]struct {
		args []string
		exit int
		want string
	}{
		"without a configuration":        {[]string{file}, exitFine, ""},
		"with one by which people can":   {[]string{"--config", some, file}, exitFine, ""},
		"with one by which nobody can":   {[]string{"--config", none, file}, exitFine, file + ":2:1: warning: `separate: always` asks each member"},
		"with one that is not there":     {[]string{"--config", dir + "/gone.yml", file}, exitUsage, ""},
		"with a problem in another file": {[]string{"--config", none, file, put(t, dir, "coc.yaml", "version: 2\n")}, exitWrong, file + ":2:1: warning: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, out, errs := shell(t, "", append([]string{"lint"}, c.args...)...)
			if code != c.exit || !strings.Contains(out, c.want) || strings.Contains(out, "warning") != (c.want != "") {
				t.Errorf("exit %d, want %d\n%s%s", code, c.exit, out, errs)
			}
		})
	}
	_, out, _ := shell(t, "", "lint", "--config", none, "--output", "json", file)
	var findings []finding
	if err := json.Unmarshal([]byte(out), &findings); err != nil || len(findings) != 1 || !findings[0].Warning || findings[0].Path != "separate" {
		t.Errorf("%v: %s", err, out)
	}
}
