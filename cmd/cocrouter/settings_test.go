package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// strong returns a configuration that can be served, with all its files in dir.
func strong(t *testing.T, dir string) config {
	t.Helper()
	c := defaults()
	c.PublicURL = "https://conduct.example.org"
	c.Database = "sqlite:" + filepath.Join(dir, "cocrouter.db")
	c.Apps.Source = appConfig{ID: 11, Slug: "reports", PrivateKeyFile: put(t, dir, "source.pem", testKey()), SecretFiles: []string{put(t, dir, "source.secret", strings.Repeat("s", 32)+"\r\n")}}
	c.Apps.Rooms = appConfig{ID: 12, Slug: "rooms", PrivateKeyFile: put(t, dir, "rooms.pem", testKey()), SecretFiles: []string{put(t, dir, "rooms.secret", strings.Repeat("r", 32))}}
	c.SealingKeyFile = filepath.Join(dir, "sealing.key")
	if _, err := keygen(c.SealingKeyFile); err != nil {
		t.Fatal(err)
	}
	c.DirectoryFile = put(t, dir, "committees.yml", testDirectory)
	return c
}

const testDirectory = `version: 1
committees:
  foundation:
    name: Foundation Committee
    level: foundation
    incidents: foundation-conduct/cases
    contact: conduct@foundation.example
    members:
      - login: kim-responder
      - login: lee-responder
      - login: max-responder
fallback: foundation
`

// testKey is one RSA key for all tests: making one takes longer than a test.
var testKey = sync.OnceValue(func() string {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
})

func put(t testing.TB, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestStrongConfigurationIsAccepted(t *testing.T) {
	t.Parallel()
	s, err := strong(t, t.TempDir()).settle()
	if err != nil {
		t.Fatal(err)
	}
	if s.shared() || s.rooms.Slug != "rooms" {
		t.Errorf("the rooms App is %+v", s.rooms.Slug)
	}
	if got := string(s.source.Secrets[0]); got != strings.Repeat("s", 32) {
		t.Errorf("the secret's trailing line break was kept: %q", got)
	}
}

func TestOneRegistrationMayServeBothRoles(t *testing.T) {
	t.Parallel()
	c := strong(t, t.TempDir())
	c.Apps.Rooms = appConfig{}
	s, err := c.settle()
	if err != nil {
		t.Fatal(err)
	}
	if !s.shared() || s.rooms.ID != 11 {
		t.Errorf("rooms is served by %d", s.rooms.ID)
	}
}

func TestPeopleSignInThroughTheAppThatIsAClient(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := strong(t, dir)
	if s, err := c.settle(); err != nil || s.signIn().Client != "" {
		t.Fatalf("without a client: %q, %v", s.signIn().Client, err)
	}
	c.Apps.Rooms.ClientID, c.Apps.Rooms.ClientSecretFile = "Iv23liAbCdEfGhIjKlMn", put(t, dir, "client", strings.Repeat("c", 40)+"\n")
	s, err := c.settle()
	if is := s.signIn(); err != nil || is.Client != "Iv23liAbCdEfGhIjKlMn" || is.ClientSecret != strings.Repeat("c", 40) || is.ID != 12 {
		t.Errorf("%+v, %v", is.Client, err)
	}
}

func TestWeakConfigurationIsRefusedWithItsFix(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		weaken func(t *testing.T, dir string, c *config)
		what   string
		next   string
	}{
		"no webhook secret":       {func(_ *testing.T, _ string, c *config) { c.Apps.Source.SecretFiles = nil }, "apps.source.webhook_secret_files is missing", "openssl rand"},
		"an empty webhook secret": {func(t *testing.T, dir string, _ *config) { put(t, dir, "rooms.secret", "\n") }, "has 0 characters", "at least 16"},
		"a short webhook secret":  {func(t *testing.T, dir string, _ *config) { put(t, dir, "rooms.secret", "fifteen-letters\n") }, "has 15 characters", "at least 16"},
		"three webhook secrets": {func(_ *testing.T, _ string, c *config) {
			f := c.Apps.Source.SecretFiles[0]
			c.Apps.Source.SecretFiles = []string{f, f, f}
		}, "names 3 files", "two while"},
		"a secret others can read":   {func(t *testing.T, dir string, _ *config) { chmod(t, dir, "source.secret", 0o640) }, "can be read by others (mode 0640)", "chmod 600"},
		"a private key others read":  {func(t *testing.T, dir string, _ *config) { chmod(t, dir, "rooms.pem", 0o604) }, "can be read by others (mode 0604)", "chmod 600"},
		"a sealing key others read":  {func(t *testing.T, dir string, _ *config) { chmod(t, dir, "sealing.key", 0o644) }, "sealing key", "chmod 600"},
		"no sealing key":             {func(_ *testing.T, _ string, c *config) { c.SealingKeyFile = "" }, "sealing_key_file is missing", "cocrouter keygen"},
		"a sealing key that is gone": {func(_ *testing.T, dir string, c *config) { c.SealingKeyFile = filepath.Join(dir, "gone") }, "no sealing key at", "keygen"},
		"a private key that is none": {func(t *testing.T, dir string, _ *config) { put(t, dir, "source.pem", "hello") }, "not a usable key: no PEM block", "Generate a new private key"},
		"a private key cut short": {func(t *testing.T, dir string, _ *config) {
			put(t, dir, "source.pem", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n")
		}, "no private key in it", "Generate a new"},
		"a folder as private key":     {func(_ *testing.T, dir string, c *config) { c.Apps.Source.PrivateKeyFile = dir }, "is not a file", "Generate a private key"},
		"a client without its secret": {func(_ *testing.T, _ string, c *config) { c.Apps.Source.ClientID = "Iv23liAbCdEfGhIjKlMn" }, "apps.source.client_secret_file is missing", "settings page"},
		"a client secret alone": {func(t *testing.T, dir string, c *config) {
			c.Apps.Rooms.ClientSecretFile = put(t, dir, "client", strings.Repeat("c", 40))
		}, "apps.rooms.client_id is missing", "nobody can sign in"},
		"a client secret others can read": {func(t *testing.T, dir string, c *config) {
			c.Apps.Source.ClientID, c.Apps.Source.ClientSecretFile = "Iv23liAbCdEfGhIjKlMn", put(t, dir, "client", strings.Repeat("c", 40))
			chmod(t, dir, "client", 0o640)
		}, "can be read by others (mode 0640)", "chmod 600"},
		"an empty client secret": {func(t *testing.T, dir string, c *config) {
			c.Apps.Source.ClientID, c.Apps.Source.ClientSecretFile = "Iv23liAbCdEfGhIjKlMn", put(t, dir, "client", "\n")
		}, "has 0 characters", "as it is"},
		"two clients": {func(t *testing.T, dir string, c *config) {
			c.Apps.Source.ClientID, c.Apps.Source.ClientSecretFile = "Iv23liAbCdEfGhIjKlMn", put(t, dir, "client", strings.Repeat("c", 40))
			c.Apps.Rooms.ClientID, c.Apps.Rooms.ClientSecretFile = "Iv23liOther", c.Apps.Source.ClientSecretFile
		}, "both have a client_id", "one of the two"},
		"no App id":                    {func(_ *testing.T, _ string, c *config) { c.Apps.Source.ID = 0 }, "apps.source.id is missing", "settings page"},
		"no slug":                      {func(_ *testing.T, _ string, c *config) { c.Apps.Rooms.Slug = "" }, "apps.rooms.slug", "github.com/apps/SLUG"},
		"one id for two registrations": {func(_ *testing.T, _ string, c *config) { c.Apps.Rooms.ID = c.Apps.Source.ID }, "same id", "Remove apps.rooms"},
		"an onion that is none":        {func(_ *testing.T, _ string, c *config) { c.OnionURL = "https://conduct.example" }, "onion_url is", "leave it out"},
		"no public address":            {func(_ *testing.T, _ string, c *config) { c.PublicURL = "" }, "public_url is missing", "https"},
		"a public address in clear":    {func(_ *testing.T, _ string, c *config) { c.PublicURL = "http://conduct.example.org" }, "only https", "https"},
		"a public address with a path": {func(_ *testing.T, _ string, c *config) { c.PublicURL = "https://example.org/conduct" }, "at the root", "without a path"},
		"a way out in the clear":       {func(_ *testing.T, _ string, c *config) { c.QuickExit = "http://weather.example.org/" }, "quick_exit", "https"},
		"a way out that is no address": {func(_ *testing.T, _ string, c *config) { c.QuickExit = "javascript:alert(1)" }, "quick_exit", "https"},
		"GitHub in clear":              {func(_ *testing.T, _ string, c *config) { c.GitHub.V3 = "http://ghe.example.org/api/v3/" }, "github.v3", "https"},
		"nowhere to listen":            {func(_ *testing.T, _ string, c *config) { c.Server.Addr = "8080" }, "server.addr", "127.0.0.1:8080"},
		"a database of no kind":        {func(_ *testing.T, _ string, c *config) { c.Database = "cocrouter.db" }, "neither of the form sqlite:PATH", "sqlite:"},
		"PostgreSQL without a name":    {func(_ *testing.T, _ string, c *config) { c.Database = "postgres://db.example.org" }, "database is not of the form postgres:", "verify-full"},
		"a password in the open": {func(_ *testing.T, _ string, c *config) {
			c.Database = "postgres://cocrouter:hunter2@db.example.org/cocrouter"
		}, "database holds a password", "database_password_file"},
		"a password in the open, as an option": {func(_ *testing.T, _ string, c *config) {
			c.Database, c.KeysDatabase = "postgres://db/cocrouter", "postgres://db/keys?password=hunter2"
		}, "keys_database holds a password", "database_password_file"},
		"keys in a file, records in PostgreSQL": {func(_ *testing.T, _ string, c *config) {
			c.Database, c.KeysDatabase = "postgres://db/cocrouter", "sqlite:keys"
		}, "keys_database is not in PostgreSQL", "remove it"},
		"keys in PostgreSQL, records in a file": {func(_ *testing.T, _ string, c *config) { c.KeysDatabase = "postgres://db/keys" }, "keys_database is for PostgreSQL", "Remove keys_database"},
		"a password that others can read": {func(t *testing.T, dir string, c *config) {
			c.Database, c.DatabasePasswordFile = "postgres://db/cocrouter", put(t, dir, "password", "hunter2")
			chmod(t, dir, "password", 0o640)
		}, "can be read by others (mode 0640)", "chmod 600"},
		"no directory":               {func(_ *testing.T, _ string, c *config) { c.DirectoryFile = "" }, "directory_file is missing", "committees.example.yml"},
		"a directory with a mistake": {func(t *testing.T, dir string, _ *config) { put(t, dir, "committees.yml", testDirectory+"falback: x\n") }, "line 13, column 1", ""},
		"no jobs":                    {func(_ *testing.T, _ string, c *config) { c.Limits.Jobs = 0 }, "limits.jobs is 0", "1 to 64"},
		"no room for a file":         {func(_ *testing.T, _ string, c *config) { c.Limits.EvidenceFileMiB = 0 }, "limits.evidence_file_mib is 0", "1 to 100"},
		"evidence without end":       {func(_ *testing.T, _ string, c *config) { c.Limits.EvidenceGiB = 1 << 30 }, "limits.evidence_gib is", "1 to 100000"},
		"reports without end":        {func(_ *testing.T, _ string, c *config) { c.Limits.ReportsASecond = 0 }, "limits.reports_a_second is 0", "20 suits"},
		"deliveries without end":     {func(_ *testing.T, _ string, c *config) { c.Limits.WebhookMiB = 1000 }, "limits.webhook_mib is 1000", "1 to 25"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			cfg := strong(t, dir)
			c.weaken(t, dir, &cfg)
			_, err := cfg.settle()
			var refused refusals
			if !errors.As(err, &refused) || len(refused) != 1 {
				t.Fatalf("got %v, want one refusal", err)
			}
			if !strings.Contains(refused[0].What, c.what) || !strings.Contains(refused[0].Next, c.next) {
				t.Errorf("got %q / %q, want %q / %q", refused[0].What, refused[0].Next, c.what, c.next)
			}
		})
	}
}

func TestPasswordOfTheDatabaseComesFromItsFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := strong(t, dir)
	c.Database, c.DatabasePasswordFile = "postgres://cocrouter@db.example.org/cocrouter?sslmode=verify-full", put(t, dir, "password", "p@ss/word\n")
	s, err := c.settle()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.withPassword(s.Database), "postgres://cocrouter:p%40ss%2Fword@db.example.org/cocrouter?sslmode=verify-full"; got != want {
		t.Errorf("it is opened as %s", got)
	}
}

func chmod(t *testing.T, dir, name string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
		t.Fatal(err)
	}
}

func TestAllThatIsMissingIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	_, err := defaults().settle()
	var refused refusals
	if !errors.As(err, &refused) {
		t.Fatalf("got %v", err)
	}
	for _, key := range []string{"public_url", "apps.source.id", "apps.source.slug", "apps.source.private_key_file", "apps.source.webhook_secret_files", "sealing_key_file", "directory_file"} {
		if !strings.Contains(refused.Error(), key) {
			t.Errorf("%s is not asked for in:\n%s", key, refused.Error())
		}
	}
	if strings.Contains(refused.Error(), "apps.rooms") {
		t.Error("apps.rooms is optional and was asked for")
	}
}

func TestNoRefusalShowsASecret(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := strong(t, dir)
	put(t, dir, "source.secret", "hunter2-canary")
	put(t, dir, "source.pem", "canary-in-a-key")
	c.Apps.Rooms.ClientID, c.Apps.Rooms.ClientSecretFile = "canary client", put(t, dir, "client", "canary")
	put(t, dir, "sealing.key", "AGE-SECRET-KEY-1CANARY")
	c.Database, c.KeysDatabase = "postgres://x:canary@[::1/db", "postgres://x:canary@db/keys"
	_, err := c.settle()
	if err == nil || strings.Contains(strings.ToLower(err.Error()), "canary") {
		t.Errorf("got %v", err)
	}
}
