package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestConfigRefusesWhatItDoesNotUnderstand(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"a misspelt key":         {"servers: {addr: 'x:1'}", `unknown key "servers". Did you mean "server"?`},
		"a misspelt key, deeper": {"apps:\n  source:\n    webhook_secret_file: [x]", `line 3: unknown key "webhook_secret_file". Did you mean "webhook_secret_files"?`},
		"a key twice":            {"public_url: https://a.example\npublic_url: https://b.example", "already defined"},
		"a word for a number":    {"apps: {source: {id: seven}}", "line 1: expected a whole number here"},
		"two documents":          {"database: sqlite:a\n---\ndatabase: sqlite:b", "more than one YAML document"},
		"no YAML":                {"\t{", "cannot start any token"},
		"a text for a list":      {"apps: {source: {webhook_secret_files: hunter2}}", "line 1: expected a list here"},
		"a list at the top":      {"- a", "line 1: expected keys with values here"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := readConfig(writeFile(t, "c.yml", c.text), nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
			if err != nil && (strings.Contains(err.Error(), "main.") || strings.Contains(err.Error(), "hunter2")) {
				t.Errorf("a Go type or a value is shown to an operator: %v", err)
			}
		})
	}
}

func TestEmptyConfigHasEveryDefault(t *testing.T) {
	t.Parallel()
	got, err := readConfig(writeFile(t, "c.yml", "# nothing\n"), []string{"COCROUTER_DATABASE="})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, defaults()) {
		t.Errorf("got %+v", got)
	}
}

// Every single value can come from the environment and wins over the file. A
// new setting is covered the moment it exists.
func TestEveryLeafCanComeFromTheEnvironment(t *testing.T) {
	t.Parallel()
	var want config
	var environ []string
	for i, s := range want.settings() {
		text := fmt.Sprint(1000 + i)
		if s.value.Kind() == reflect.Slice {
			text = text + "a, " + text + "b"
		}
		environ = append(environ, s.variable()+"="+text)
		if err := set(s.value, text); err != nil {
			t.Fatal(err)
		}
	}
	got, err := readConfig(writeFile(t, "c.yml", "server: {addr: 'file:1'}\napps: {source: {id: 1, webhook_secret_files: [f]}}"), environ)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	for _, s := range want.settings() {
		if s.value.IsZero() {
			t.Errorf("%s was not set", s.variable())
		}
	}
	if got.Server.Addr == "" || got.Apps.Source.SecretFiles[1] == "" {
		t.Errorf("got %+v", got)
	}
}

func TestEnvironmentNamesFollowThePath(t *testing.T) {
	t.Parallel()
	var c config
	problems := overrideFromEnvironment(&c, []string{
		"COCROUTER_APPS_ROOMS_WEBHOOK_SECRET_FILES=one, two",
		"COCROUTER_SERVICE_HOST=10.0.0.1", // Kubernetes makes these
		"COCROUTER_LIMITS_JOBS=many",
	})
	if got := strings.Join(c.Apps.Rooms.SecretFiles, "|"); got != "one|two" {
		t.Errorf("the list became %q", got)
	}
	if len(problems) != 1 || !strings.Contains(problems[0].What, "COCROUTER_LIMITS_JOBS") {
		t.Errorf("problems: %v", problems)
	}
}

// The example is complete and says only what is so: it parses, it names every
// key there is, and what it does not mark REQUIRED is the default.
func TestExampleConfigIsCompleteAndShowsTheDefaults(t *testing.T) {
	t.Parallel()
	const path = "../../config/cocrouter.example.yml"
	got, err := readConfig(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range configKeys() {
		if !strings.Contains(string(text), "\n"+key+":") && !strings.Contains(string(text), " "+key+":") {
			t.Errorf("the example does not show %q", key)
		}
	}
	got.PublicURL, got.SealingKeyFile, got.DirectoryFile = "", "", ""
	got.Apps = config{}.Apps
	if !reflect.DeepEqual(got, defaults()) {
		t.Errorf("the example differs from the defaults: %+v", got)
	}
}
