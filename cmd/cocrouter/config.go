package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/agnivade/levenshtein"
	"gopkg.in/yaml.v3"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/web"
)

// config is the operator's configuration as it is written. The fully commented
// example is config/cocrouter.example.yml; a test parses it. No secret stands
// in it: secrets are named by file.
type config struct {
	// PublicURL is where reporters reach this server. Required; https, except
	// on loopback. No path: the pages stand at the root.
	PublicURL string `yaml:"public_url"`
	// OnionURL is where an onion service in front of this server is reached, like
	// http://….onion. Absent: there is none.
	OnionURL string `yaml:"onion_url"`
	// QuickExit is the page that a reporter leaves to at once who must not be seen
	// on ours; a weather page when absent.
	QuickExit string `yaml:"quick_exit"`
	Server    struct {
		// Addr is where to listen: host:port, 127.0.0.1:8080 when absent.
		Addr string `yaml:"addr"`
	} `yaml:"server"`
	Metrics struct {
		// Addr is a listener of its own, 127.0.0.1:9090 when absent. "off"
		// or "" is none.
		Addr string `yaml:"addr"`
	} `yaml:"metrics"`
	// GitHub's addresses, used exactly as given; github.com when absent.
	GitHub struct {
		Web string `yaml:"web"`
		V3  string `yaml:"v3"`
		V4  string `yaml:"v4"`
	} `yaml:"github"`
	Apps struct {
		// Source is what projects install. Required.
		Source appConfig `yaml:"source"`
		// Rooms is what committees install. Absent as a whole: Source serves
		// both roles.
		Rooms appConfig `yaml:"rooms"`
	} `yaml:"apps"`
	// Database is sqlite:PATH, or postgres://USER@HOST/DATABASE without a
	// password; sqlite:cocrouter.db when absent.
	Database string `yaml:"database"`
	// KeysDatabase holds the keys of a Database in PostgreSQL, and has the same
	// form. Absent: on the same server, the database's name with -keys appended.
	KeysDatabase string `yaml:"keys_database"`
	// DatabasePasswordFile is the account's password in both. Absent: none, or
	// what PostgreSQL's own means name, such as PGPASSFILE.
	DatabasePasswordFile string `yaml:"database_password_file"`
	// SealingKeyFile is what `cocrouter keygen` wrote. Required.
	SealingKeyFile string `yaml:"sealing_key_file"`
	// DirectoryFile is the committee directory. Required: without it there is
	// no fallback, and a project without committee would have nobody.
	DirectoryFile string `yaml:"directory_file"`
	Limits        struct {
		// Jobs is how many run at once, 1 to 64; 16 when absent. An
		// organisation whose GitHub hangs holds up to four of them.
		Jobs int `yaml:"jobs"`
		// WebhookMiB bounds a delivery, 1 to 25 MiB; 25 when absent, the most
		// that GitHub sends.
		WebhookMiB int `yaml:"webhook_mib"`
		// EvidenceFileMiB bounds one file, 1 to 100 MiB; 25 when absent. EvidenceFiles
		// is how many come with one message, 1 to 50; 10 when absent.
		EvidenceFileMiB int `yaml:"evidence_file_mib"`
		EvidenceFiles   int `yaml:"evidence_files"`
		// EvidenceCaseMiB bounds all evidence of one case, and EvidenceGiB all that this
		// server keeps; 500 MiB and 20 GiB when absent.
		EvidenceCaseMiB int `yaml:"evidence_case_mib"`
		EvidenceGiB     int `yaml:"evidence_gib"`
		// ReportsASecond is how many the form takes, 1 to 1000, from everybody
		// together, before whoever comes waits their turn; 20 when absent.
		ReportsASecond int `yaml:"reports_a_second"`
	} `yaml:"limits"`
}

// appConfig is one registration of a GitHub App.
type appConfig struct {
	ID             int64    `yaml:"id"`
	Slug           string   `yaml:"slug"` // as in https://github.com/apps/SLUG
	PrivateKeyFile string   `yaml:"private_key_file"`
	SecretFiles    []string `yaml:"webhook_secret_files"` // one, or two while rotating
	// ClientID and ClientSecretFile let people sign in through this App; one of the
	// two has them. Absent in both: nobody can sign in.
	ClientID         string `yaml:"client_id"`
	ClientSecretFile string `yaml:"client_secret_file"`
}

// absent reports whether nothing at all is said of the registration.
func (a appConfig) absent() bool {
	return a.ID == 0 && a.Slug == "" && a.PrivateKeyFile == "" && len(a.SecretFiles) == 0 && !a.client()
}

// client reports whether people are to sign in through it.
func (a appConfig) client() bool { return a.ClientID != "" || a.ClientSecretFile != "" }

// defaults is what holds where the file and the environment are silent.
func defaults() config {
	var c config
	c.QuickExit = web.UsualExit
	c.Server.Addr = "127.0.0.1:8080"
	c.Metrics.Addr = "127.0.0.1:9090"
	c.GitHub.Web = "https://github.com"
	c.GitHub.V3 = "https://api.github.com/"
	c.GitHub.V4 = "https://api.github.com/graphql"
	c.Database = "sqlite:cocrouter.db"
	c.Limits.Jobs = 16
	c.Limits.WebhookMiB = 25
	c.Limits.EvidenceFileMiB, c.Limits.EvidenceFiles = 25, 10
	c.Limits.EvidenceCaseMiB, c.Limits.EvidenceGiB = 500, 20
	c.Limits.ReportsASecond = web.UsualCrowd
	return c
}

// refusals are all the reasons not to start, each with its fix.
type refusals []coc.Refusal

func (r refusals) Error() string {
	lines := make([]string, len(r))
	for i, one := range r {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

func (r refusals) tell(w io.Writer) {
	for _, one := range r {
		fmt.Fprintf(w, "cocrouter: %s\n", one.What)
		if one.Next != "" {
			fmt.Fprintf(w, "           %s\n", one.Next)
		}
	}
}

// maxConfig bounds a file that a person wrote.
const maxConfig = 1 << 20

// readConfig reads the file, then lets the environment override single values.
// Every problem it finds comes back at once, as refusals.
func readConfig(path string, environ []string) (config, error) {
	c := defaults()
	f, err := os.Open(path)
	if err != nil {
		return c, refusals{{What: fmt.Sprintf("The configuration cannot be read: %v.", err), Next: "Name the file with --config; config/cocrouter.example.yml is one to start from."}}
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err != nil {
		return c, fmt.Errorf("read the configuration: %w", err)
	}
	if len(text) > maxConfig {
		return c, refusals{{What: path + " is larger than 1 MiB, which no configuration is.", Next: "Name the right file with --config."}}
	}
	problems := parseConfig(&c, path, text)
	problems = append(problems, overrideFromEnvironment(&c, environ)...)
	if len(problems) > 0 {
		return c, problems
	}
	return c, nil
}

// parseConfig reads strictly: an unknown key is a typo, and a typo in a
// security setting must not leave the default in force unnoticed.
func parseConfig(c *config, path string, text []byte) refusals {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	err := decoder.Decode(c)
	var typed *yaml.TypeError
	switch {
	case errors.Is(err, io.EOF):
		return nil // an empty file: the environment may say everything
	case errors.As(err, &typed):
		var all refusals
		for _, e := range typed.Errors {
			all = append(all, yamlProblem(path, e, configKeys(), seeExample))
		}
		return all
	case err != nil:
		return refusals{yamlProblem(path, strings.TrimPrefix(err.Error(), "yaml: "), configKeys(), seeExample)}
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return refusals{{What: path + " holds more than one YAML document.", Next: "Keep the first, remove the rest."}}
	}
	return nil
}

var (
	unknownKey = regexp.MustCompile(`^line (\d+): field (\S+) not found in type`)
	wrongType  = regexp.MustCompile(`^line (\d+): cannot unmarshal .* into (\S+)$`)
)

// yamlProblem turns the library's sentence about a Go type into one about the
// file, which has these keys; see is where they are explained. A value is not
// repeated: somebody may have put a secret there.
func yamlProblem(path, sentence string, keys []string, see string) coc.Refusal {
	if m := unknownKey.FindStringSubmatch(sentence); m != nil {
		r := coc.Refusal{What: fmt.Sprintf("%s: line %s: unknown key %q.", path, m[1], m[2]), Next: see}
		if near := nearest(m[2], keys); near != "" {
			r.Next = fmt.Sprintf("Did you mean %q?", near)
		}
		return r
	}
	if m := wrongType.FindStringSubmatch(sentence); m != nil {
		expected, ok := map[string]string{"string": "a text", "int": "a whole number", "int64": "a whole number", "[]string": "a list"}[m[2]]
		if !ok {
			expected = "keys with values"
		}
		return coc.Refusal{What: fmt.Sprintf("%s: line %s: expected %s here.", path, m[1], expected), Next: see}
	}
	return coc.Refusal{What: fmt.Sprintf("%s: %s.", path, sentence), Next: see}
}

const seeExample = "See config/cocrouter.example.yml for what goes where."

// nearest is the known word that a slip of the fingers away from word, or "".
func nearest(word string, known []string) string {
	best, distance := "", 4
	for _, k := range known {
		if d := levenshtein.ComputeDistance(word, k); d < distance && d <= len(k)/2 {
			best, distance = k, d
		}
	}
	return best
}

// setting is one value of the configuration: its path in the file, and where
// it is kept.
type setting struct {
	path  []string
	value reflect.Value
}

// variable is the environment's name for it: server.addr is
// COCROUTER_SERVER_ADDR.
func (s setting) variable() string {
	return environmentPrefix + strings.ToUpper(strings.Join(s.path, "_"))
}

// settings lists every single value of c, in the order of the type.
func (c *config) settings() []setting {
	var all []setting
	var walk func(path []string, v reflect.Value)
	walk = func(path []string, v reflect.Value) {
		if v.Kind() != reflect.Struct {
			all = append(all, setting{path, v})
			return
		}
		for i := range v.NumField() {
			key := v.Type().Field(i).Tag.Get("yaml")
			walk(append(path[:len(path):len(path)], key), v.Field(i))
		}
	}
	walk(nil, reflect.ValueOf(c).Elem())
	return all
}

// configKeys are all words that are a key anywhere in the file.
func configKeys() []string {
	var keys []string
	for _, s := range new(config).settings() {
		keys = append(keys, s.path...)
	}
	return keys
}

const environmentPrefix = "COCROUTER_"

// overrideFromEnvironment sets what the environment names. An empty variable
// counts as absent. A list is separated by commas.
//
// Variables with our prefix that name no setting are left alone: Kubernetes
// makes COCROUTER_SERVICE_HOST and its kin for a service of our name.
func overrideFromEnvironment(c *config, environ []string) refusals {
	given := map[string]string{}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		given[name] = value
	}
	var problems refusals
	for _, s := range c.settings() {
		text := given[s.variable()]
		if text == "" {
			continue
		}
		if err := set(s.value, text); err != nil {
			problems = append(problems, coc.Refusal{
				What: fmt.Sprintf("The environment variable %s is not a number.", s.variable()),
				Next: "Give it a whole number, or unset it to use the file's value.",
			})
		}
	}
	return problems
}

// set stores a text in a setting of any of the kinds that config has.
func set(v reflect.Value, text string) error {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return err
		}
		v.SetInt(n)
	case reflect.Slice:
		var list []string
		for item := range strings.SplitSeq(text, ",") {
			if item = strings.TrimSpace(item); item != "" {
				list = append(list, item)
			}
		}
		v.Set(reflect.ValueOf(list))
	default:
		panic("config has a setting of kind " + v.Kind().String())
	}
	return nil
}
