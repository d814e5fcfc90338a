package main

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/policy"
	"github.com/cocrouter/cocrouter/pkg/seal"
	"github.com/cocrouter/cocrouter/pkg/store"
)

// settings is a configuration that can be served: every file it names has been
// read and found strong enough.
type settings struct {
	config
	source, rooms registration // equal when one registration serves both roles
	keys          *seal.Keys
	password      string // of the account in PostgreSQL; "" is none
	directory     policy.Directory
}

// registration is one App with its secrets.
type registration struct {
	ID      int64
	Slug    string
	Key     []byte // PEM
	Secrets [][]byte
	// Client and ClientSecret are for people who sign in; "": nobody does by it.
	Client, ClientSecret string
}

// shared reports whether one registration serves both roles.
func (s settings) shared() bool { return s.source.ID == s.rooms.ID }

// signIn is the registration through which people sign in; its Client is "" where
// nobody can.
func (s settings) signIn() registration {
	if s.source.Client != "" {
		return s.source
	}
	return s.rooms
}

// minSecret is the shortest webhook secret that is not guessed. An empty one
// would make the library accept unsigned deliveries.
const minSecret = 16

// settle reads what the configuration names and refuses what is missing or
// weak: all of it at once, so that an operator mends everything in one go.
func (c config) settle() (settings, error) {
	s := settings{config: c}
	var problems refusals
	refuse := func(what, next string) { problems = append(problems, coc.Refusal{What: what, Next: next}) }

	s.PublicURL, s.OnionURL = strings.TrimRight(c.PublicURL, "/"), strings.TrimRight(c.OnionURL, "/")
	checkAddresses(c, refuse)
	checkLimits(c, refuse)
	s.source = settleApp("apps.source", c.Apps.Source, c.GitHub.Web, refuse)
	s.rooms = s.source
	if !c.Apps.Rooms.absent() {
		s.rooms = settleApp("apps.rooms", c.Apps.Rooms, c.GitHub.Web, refuse)
		if s.rooms.ID != 0 && s.rooms.ID == s.source.ID {
			refuse("apps.rooms has the same id as apps.source.", "Remove apps.rooms to let one registration serve both roles, or give the second registration's id.")
		}
		if c.Apps.Source.client() && c.Apps.Rooms.client() {
			refuse("apps.source and apps.rooms both have a client_id, and people sign in through one of them.", "Remove client_id and client_secret_file from one of the two.")
		}
	}
	s.settleStorage(refuse)
	s.directory = settleDirectory(c.DirectoryFile, refuse)
	if len(problems) > 0 {
		return settings{}, problems
	}
	return s, nil
}

// checkAddresses refuses what would carry reports or tokens in the clear.
func checkAddresses(c config, refuse func(what, next string)) {
	checkURL := func(key, text string, pathAllowed bool) {
		u, err := url.Parse(text)
		switch {
		case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
			refuse(fmt.Sprintf("%s is %q, which is not a plain web address.", key, text), "Write it like https://conduct.example.org.")
		case u.Scheme != "https" && !(u.Scheme == "http" && (onLoopback(u.Host) || onion(u.Host))):
			refuse(fmt.Sprintf("%s is %q, and only https keeps what people write from being read on the way.", key, text), "Use an https address; plain http is accepted on loopback and for an onion service only.")
		case !pathAllowed && strings.Trim(u.Path, "/") != "":
			refuse(fmt.Sprintf("%s is %q, and the pages stand at the root of their host.", key, text), "Give an address without a path.")
		}
	}
	if c.PublicURL == "" {
		refuse("public_url is missing: nobody could be told where the form is.", "Set it to the https address under which reporters reach this server.")
	} else {
		checkURL("public_url", c.PublicURL, false)
	}
	if c.OnionURL != "" {
		checkURL("onion_url", c.OnionURL, false)
		if u, err := url.Parse(c.OnionURL); err == nil && !onion(u.Host) {
			refuse(fmt.Sprintf("onion_url is %q, which is not an onion service.", c.OnionURL), "Write it like http://….onion, or leave it out.")
		}
	}
	checkURL("quick_exit", c.QuickExit, true)
	checkURL("github.web", c.GitHub.Web, true)
	checkURL("github.v3", c.GitHub.V3, true)
	checkURL("github.v4", c.GitHub.V4, true)
	checkListen := func(key, addr string) {
		if _, _, err := net.SplitHostPort(addr); err != nil {
			refuse(fmt.Sprintf("%s is %q, which is not host:port.", key, addr), "Write it like 127.0.0.1:8080.")
		}
	}
	checkListen("server.addr", c.Server.Addr)
	if c.metricsOn() {
		checkListen("metrics.addr", c.Metrics.Addr)
	}
}

// settleStore is settle for a command that needs the database and nothing else.
func (c config) settleStore() (settings, error) {
	s := settings{config: c}
	var problems refusals
	s.settleStorage(func(what, next string) { problems = append(problems, coc.Refusal{What: what, Next: next}) })
	if len(problems) > 0 {
		return settings{}, problems
	}
	return s, nil
}

// settleStorage reads what opens the database.
func (s *settings) settleStorage(refuse func(what, next string)) {
	s.keys = settleKeys(s.SealingKeyFile, refuse)
	checkDatabase("database", s.Database, refuse)
	if !isPostgres(s.Database) {
		if s.KeysDatabase != "" {
			refuse("keys_database is for PostgreSQL, and database is not in it.", "Remove keys_database: the keys are kept beside the file.")
		}
		return
	}
	if s.KeysDatabase != "" {
		if checkDatabase("keys_database", s.KeysDatabase, refuse); !isPostgres(s.KeysDatabase) {
			refuse("keys_database is not in PostgreSQL, as database is.", "Write it like postgres://USER@HOST/DATABASE, or remove it.")
		}
	}
	if s.DatabasePasswordFile != "" {
		text, _ := readSecret("database_password_file", s.DatabasePasswordFile, "Write the password of the database's account into it.", refuse)
		s.password = strings.TrimRight(string(text), "\r\n")
	}
}

// checkDatabase never shows the URL: somebody may have put a password there.
func checkDatabase(key, text string, refuse func(what, next string)) {
	if path, ok := strings.CutPrefix(text, "sqlite:"); ok && path != "" {
		return
	}
	if !isPostgres(text) {
		refuse(key+" is neither of the form sqlite:PATH nor postgres://USER@HOST/DATABASE.", "Write it like sqlite:/var/lib/cocrouter/cocrouter.db.")
		return
	}
	u, err := url.Parse(text)
	if err != nil || strings.Trim(u.Path, "/") == "" {
		refuse(key+" is not of the form postgres://USER@HOST/DATABASE.", "Write it like postgres://cocrouter@db.example.org/cocrouter?sslmode=verify-full.")
		return
	}
	_, inUser := u.User.Password()
	if inUser || u.Query().Has("password") {
		refuse(key+" holds a password, which does not belong into a configuration.", "Write it into a file that only you can read, and name that in database_password_file.")
	}
}

func isPostgres(database string) bool {
	return strings.HasPrefix(database, "postgres:") || strings.HasPrefix(database, "postgresql:")
}

// openStore opens the database that the configuration names.
func (s settings) openStore(ctx context.Context, opts store.Options) (*store.Store, error) {
	opts.KeysURL = s.keysURL()
	st, err := store.Open(ctx, s.withPassword(s.Database), s.keys, opts)
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	return st, nil
}

// keysURL is the database of the keys; "" is the one beside the records.
func (s settings) keysURL() string {
	if s.KeysDatabase == "" {
		return ""
	}
	return s.withPassword(s.KeysDatabase)
}

// withPassword is a database's URL as it is opened, and not to be shown.
func (s settings) withPassword(database string) string {
	u, err := url.Parse(database)
	if s.password == "" || err != nil || !isPostgres(database) {
		return database
	}
	u.User = url.UserPassword(u.User.Username(), s.password)
	return u.String()
}

func (c config) metricsOn() bool { return c.Metrics.Addr != "" && c.Metrics.Addr != "off" }

func onLoopback(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && addr.IsLoopback()
}

// onion reports whether a host is an onion service, to which Tor itself encrypts.
func onion(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	return strings.HasSuffix(strings.ToLower(name), ".onion")
}

func checkLimits(c config, refuse func(what, next string)) {
	if c.Limits.Jobs < 1 || c.Limits.Jobs > 64 {
		refuse(fmt.Sprintf("limits.jobs is %d.", c.Limits.Jobs), "Give a number from 1 to 64; 16 suits almost everybody.")
	}
	for _, l := range []struct {
		key             string
		is, least, most int
	}{
		{"evidence_file_mib", c.Limits.EvidenceFileMiB, 1, 100}, {"evidence_files", c.Limits.EvidenceFiles, 1, 50},
		{"evidence_case_mib", c.Limits.EvidenceCaseMiB, 1, 100_000}, {"evidence_gib", c.Limits.EvidenceGiB, 1, 100_000},
	} {
		if l.is < l.least || l.is > l.most {
			refuse(fmt.Sprintf("limits.%s is %d.", l.key, l.is), fmt.Sprintf("Give a number from %d to %d.", l.least, l.most))
		}
	}
	if c.Limits.WebhookMiB < 1 || c.Limits.WebhookMiB > 25 {
		refuse(fmt.Sprintf("limits.webhook_mib is %d.", c.Limits.WebhookMiB), "Give a number from 1 to 25; GitHub sends no more than 25.")
	}
	if c.Limits.ReportsASecond < 1 || c.Limits.ReportsASecond > 1000 {
		refuse(fmt.Sprintf("limits.reports_a_second is %d.", c.Limits.ReportsASecond), "Give a number from 1 to 1000; 20 suits almost everybody.")
	}
}

var slugForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,98}$`)

// settleApp reads one registration's secrets.
func settleApp(key string, a appConfig, web string, refuse func(what, next string)) registration {
	r := registration{ID: a.ID, Slug: a.Slug}
	if a.ID <= 0 {
		refuse(key+".id is missing.", "Take the App ID from the App's settings page on GitHub.")
	}
	if !slugForm.MatchString(a.Slug) {
		refuse(key+".slug is missing or not a slug: cocrouter could not tell its own comments from people's.", "Take the last part of the App's public address, "+strings.TrimRight(web, "/")+"/apps/SLUG.")
	}
	if text, ok := readSecret(key+".private_key_file", a.PrivateKeyFile, "Generate a private key on the App's settings page and name the downloaded file.", refuse); ok {
		if err := checkRSAKey(text); err != nil {
			refuse(fmt.Sprintf("%s.private_key_file, %s, is not a usable key: %v.", key, a.PrivateKeyFile, err), "Generate a new private key on the App's settings page and name the downloaded file as it is.")
		}
		r.Key = text
	}
	switch n := len(a.SecretFiles); {
	case n == 0:
		refuse(key+".webhook_secret_files is missing: without a secret anybody could send reports in GitHub's name.", "Write a long random text into a file and into the App's webhook settings, for example from: openssl rand -hex 32.")
	case n > 2:
		refuse(fmt.Sprintf("%s.webhook_secret_files names %d files.", key, n), "Name one, or two while you change from one secret to the next.")
	}
	for _, file := range a.SecretFiles {
		text, ok := readSecret(key+".webhook_secret_files", file, "Write the App's webhook secret into it.", refuse)
		if !ok {
			continue
		}
		secret := []byte(strings.TrimRight(string(text), "\r\n"))
		if len(secret) < minSecret {
			refuse(fmt.Sprintf("The webhook secret in %s has %d characters, which can be guessed.", file, len(secret)), fmt.Sprintf("Use at least %d, for example from: openssl rand -hex 32.", minSecret))
		}
		r.Secrets = append(r.Secrets, secret)
	}
	if a.client() {
		r.Client, r.ClientSecret = settleClient(key, a, refuse)
	}
	return r
}

var clientForm = regexp.MustCompile(`^[A-Za-z0-9._-]{8,100}$`)

// settleClient reads what people sign in by.
func settleClient(key string, a appConfig, refuse func(what, next string)) (id, secret string) {
	if !clientForm.MatchString(a.ClientID) {
		refuse(key+".client_id is missing or not a client ID.", "Take the Client ID from the App's settings page on GitHub; or remove client_secret_file, and nobody can sign in.")
	}
	text, ok := readSecret(key+".client_secret_file", a.ClientSecretFile, "Generate a client secret on the App's settings page and write it into the file.", refuse)
	secret = strings.TrimRight(string(text), "\r\n")
	if ok && len(secret) < minSecret {
		refuse(fmt.Sprintf("The client secret in %s has %d characters, which is not one of GitHub's.", a.ClientSecretFile, len(secret)), "Generate a client secret on the App's settings page and write it into the file as it is.")
	}
	return a.ClientID, secret
}

// maxSecret is far more than a key or a secret needs.
const maxSecret = 64 << 10

// readSecret reads a file that nobody else may read.
func readSecret(key, path, whatToDo string, refuse func(what, next string)) ([]byte, bool) {
	if path == "" {
		refuse(key+" is missing.", whatToDo)
		return nil, false
	}
	f, err := os.Open(path)
	if err != nil {
		refuse(fmt.Sprintf("%s cannot be read: %v.", key, err), whatToDo)
		return nil, false
	}
	defer f.Close()
	// The open file is asked, not the path: what is checked is what is read.
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		refuse(fmt.Sprintf("%s, %s, is not a file.", key, path), whatToDo)
		return nil, false
	}
	if info.Mode().Perm()&0o077 != 0 {
		refuse(fmt.Sprintf("%s, %s, can be read by others (mode %04o).", key, path, info.Mode().Perm()), "Make it yours alone: chmod 600 "+path+".")
		return nil, false
	}
	text, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	switch {
	case err != nil:
		refuse(fmt.Sprintf("%s cannot be read: %v.", key, err), whatToDo)
		return nil, false
	case len(text) > maxSecret:
		refuse(fmt.Sprintf("%s, %s, is too large for a secret.", key, path), whatToDo)
		return nil, false
	}
	return text, true
}

// checkRSAKey accepts the two forms in which GitHub has handed out keys.
func checkRSAKey(text []byte) error {
	block, _ := pem.Decode(text)
	if block == nil {
		return errors.New("no PEM block in it")
	}
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		other, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return errors.New("no private key in it")
		}
		var ok bool
		if key, ok = other.(*rsa.PrivateKey); !ok {
			return errors.New("not an RSA key")
		}
	}
	if key.N.BitLen() < 2048 {
		return fmt.Errorf("%d bits are too few", key.N.BitLen())
	}
	return nil
}

func settleKeys(path string, refuse func(what, next string)) *seal.Keys {
	const whatToDo = "Make one with: cocrouter keygen sealing.key, keep a copy in a safe place, and name it in sealing_key_file."
	if path == "" {
		refuse("sealing_key_file is missing: nothing could be written to disk.", whatToDo)
		return nil
	}
	keys, err := seal.Open(path)
	var refusal coc.Refusal
	switch {
	case errors.As(err, &refusal):
		refuse(refusal.What, refusal.Next)
	case err != nil:
		refuse(fmt.Sprintf("sealing_key_file cannot be used: %v.", err), whatToDo)
	}
	return keys
}

func settleDirectory(path string, refuse func(what, next string)) policy.Directory {
	if path == "" {
		refuse("directory_file is missing: a project without a committee of its own would have nobody.", "Start from config/committees.example.yml and name your file in directory_file.")
		return policy.Directory{}
	}
	text, err := readBounded(path, policy.MaxSize)
	if err != nil {
		refuse(fmt.Sprintf("directory_file cannot be read: %v.", err), "Start from config/committees.example.yml.")
		return policy.Directory{}
	}
	directory, found := policy.ParseDirectory(text)
	for _, p := range found {
		refuse(fmt.Sprintf("%s: %s", path, p), "")
	}
	return directory
}

// evidence is how much is kept.
func (s settings) evidence() casework.EvidenceLimits {
	return casework.EvidenceLimits{
		File: int64(s.Limits.EvidenceFileMiB) << 20, Files: s.Limits.EvidenceFiles,
		Case: int64(s.Limits.EvidenceCaseMiB) << 20, Instance: int64(s.Limits.EvidenceGiB) << 30,
	}
}
