package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(b) != text {
		t.Errorf("%s differs; look at it and run with -update if it is meant:\n%s", name, text)
	}
}

// explains are worlds and what is asked in them, the awkward ones first.
var explains = map[string]struct {
	args string // of which the first is the world
	exit int
}{
	"accused-in-every-room":         {"_jurisdiction --repo lake-project/lake --about lena-lake --about Fay-Foundation=unset", exitWrong},
	"accused-sits-on-the-committee": {"accused-sits-on-the-committee --repo river-project/river --about Rosa-Responder --about ravi-responder=witness", exitFine},
	"asked-in-private":              {"asked-in-private --repo lake-project/lake --about lia-lake", exitFine},
	"broken-file":                   {"broken-files --repo tiny-tools/typo", exitFine},
	"event-at-a-desk-with-an-address": {"_jurisdiction --repo river-project/river --event riverdays --on 2026-05-07 --project lake" +
		" --about lena-lake", exitFine},
	"legal-risk": {"_jurisdiction --repo river-project/river --risk suspected-illegality,injury --danger", exitFine},
	"most-of-the-committee-is-accused": {"accused-sits-on-the-committee --repo river-project/river --about rosa-responder" +
		" --about ravi-responder=harmed", exitFine},
	"no-file":                   {"_five --repo tiny-tools/toolbox", exitFine},
	"own-committee":             {"own-committee --repo river-project/river --about tom-talker", exitFine},
	"projects-another":          {"_jurisdiction --repo river-project/river --space chat --project river --project other", exitFine},
	"projects-several":          {"_jurisdiction --repo river-project/river --repo lake-project/lake --about lena-lake", exitFine},
	"soft-conflict":             {"_jurisdiction --repo lake-project/lake --about luis-lake=harmed --about lena-lake=reporter", exitFine},
	"stranger-reads-the-room":   {"stranger-reads-the-room --repo river-project/river", exitFine},
	"unknown-repository":        {"_river --repo nobody/nothing", exitFine},
	"event-that-nobody-knows":   {"_jurisdiction --repo river-project/river --space event", exitFine},
	"organisations-own-file":    {"_five --repo lantern-labs/lantern --about lola-council", exitFine},
	"one-registration-for-both": {"one-registration --repo river-project/river", exitFine},
}

// secret is what a token or a key begins with.
var secret = regexp.MustCompile(`gh[a-z]_|github_pat_|eyJ|BEGIN [A-Z ]*KEY|AGE-SECRET`)

func inWorld(args string, more ...string) []string {
	fields := strings.Fields(args)
	return slices.Concat([]string{"explain", "--world", filepath.Join(storiesFolder, fields[0])}, fields[1:], more)
}

// The same question has the same answer, in words and for a machine.
func TestExplainAnswersInWordsAndInJSON(t *testing.T) {
	t.Parallel()
	for name, c := range explains {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for extension, more := range map[string][]string{"txt": nil, "json": {"--output", "json"}} {
				code, out, errs := watched(t, inWorld(c.args, more...)...)
				if code != c.exit || errs != "" {
					t.Errorf("exit %d, want %d\n%s", code, c.exit, errs)
				}
				if found := secret.FindString(out); found != "" {
					t.Errorf("a secret was printed: %s…", found)
				}
				golden(t, filepath.Join("explain", name+"."+extension), out)
			}
		})
	}
}

// What scripts read: every field is in the help, and no list is null.
func TestExplainedFieldsAreDocumentedAndComplete(t *testing.T) {
	t.Parallel()
	_, help, _ := shell(t, "", "explain", "--help")
	typ := reflect.TypeFor[explained]()
	for i := range typ.NumField() {
		if name := typ.Field(i).Tag.Get("json"); !strings.Contains(help, "  "+name+" ") || typ.Field(i).Tag.Get("doc") == "" {
			t.Errorf("%s is not in the help", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(explains)) {
		text, err := os.ReadFile(filepath.Join("testdata", "explain", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var x explained
		d := json.NewDecoder(bytes.NewReader(text))
		d.DisallowUnknownFields()
		if err := d.Decode(&x); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, null := range regexp.MustCompile(`"(\w+)": null`).FindAllSubmatch(text, -1) {
			if !slices.Contains([]string{"committee", "desk"}, string(null[1])) {
				t.Errorf("%s: %s is null", name, null[1])
			}
		}
		if x.Sealed == (x.Committee != nil) {
			t.Errorf("%s: sealed %v, %+v", name, x.Sealed, x.Committee)
		}
	}
}

func TestExplainRefusesWrongWordsWithTheRightOnes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ args, want string }{
		{"explain --world x", `required flag(s) "repo" not set`},
		{"explain --repo a/b", "[config world]"},
		{"explain --repo a/b --world x --config y", "none of the others can be"},
		{"explain --repo a/b --world x more", "unknown command"},
		{"explain --repo a --world x", `"a" is not a repository`},
		{"explain --repo https://github.com/a/b --world x", "OWNER/NAME"},
		{"explain --repo a/b --world x --output xml", "text or json"},
		{"explain --repo a/b --world x --about two--=accused", `"two--" is not an account name`},
		{"explain --repo a/b --world x --about kim=acused", `Did you mean "accused"?`},
		{"explain --repo a/b --world x --about kim=", "accused, harmed, witness, reporter, kept-out, unset"},
		{"explain --repo a/b --world x --space caht", "repository, repositories, chat, event, elsewhere"},
		{"explain --repo a/b --world x --risk injry", `Did you mean "injury"?`},
		{"explain --repo a/b --world x --space chat --event y", "--space event"},
		{"explain --repo a/b --world x --on 2026-05-04", "--space event"},
		{"explain --repo a/b --world x --space event --on 4.5.2026", "YYYY-MM-DD"},
		{"explain --repo a/b --world x", "cannot be read"},
		{"explain --repo a/b --config x", "cannot be read"},
		{"explain --repo a/b --world JURISDICTION --event RiverDay", `Did you mean "RiverDays"?`},
		{"explain --repo a/b --world JURISDICTION --project rivr", `there is foundation, lake, river, umbrella, umbrella-events, other. Did you mean "river"?`},
		{"explain --repo a/b --world RIVER --event RiverDays", "nor any other"},
	} {
		args := strings.NewReplacer("JURISDICTION", filepath.Join(storiesFolder, "_jurisdiction"), "RIVER ", filepath.Join(storiesFolder, "_river ")).Replace(c.args)
		if code, out, errs := shell(t, "", strings.Fields(args)...); code != exitUsage || !strings.Contains(errs, c.want) || out != "" {
			t.Errorf("%s: exit %d, %q, want %q\n%s", c.args, code, errs, c.want, out)
		}
	}
}

func TestExplainRefusesAWorldThatCannotBe(t *testing.T) {
	t.Parallel()
	const world = "people: [kim-example]\nrepos:\n  kim-example/widget: {visibility: public}\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"no directory":            {map[string]string{"world.yaml": world}, "directory.yaml"},
		"a directory with a slip": {map[string]string{"world.yaml": world, "directory.yaml": testDirectory + "falback: x\n"}, "line 13, column 1"},
		"nobody's repository":     {map[string]string{"world.yaml": "repos:\n  a/b: {}\n", "directory.yaml": testDirectory}, "cannot be"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, _, errs := shell(t, "", "explain", "--repo", "kim-example/widget", "--world", lay(t, c.files))
			if code != exitUsage || !strings.Contains(errs, c.want) {
				t.Errorf("exit %d, %q", code, errs)
			}
		})
	}
}

// What cannot be read is said, and is no answer to rely on.
func TestExplainSaysWhatItCouldNotRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path, want string
		exit       int
	}{
		{"/repos/river-project/river", "river-project/river", exitWrong},
		{"/repos/river-project/river/contents/.github/coc.yaml", "river-project/river/.github/coc.yaml", exitWrong},
		{"/repos/river-conduct/cases/contents/.github/coc-committee.yaml", "river-conduct/cases/.github/coc-committee.yaml", exitWrong},
		{"/repos/river-conduct/cases/collaborators", "the readers of river-conduct/cases", exitWrong},
		// What the file said three days ago, and so whether it counts today.
		{"/repos/river-project/river/activity", "river-project/river/.github/coc.yaml", exitWrong},
		// Where the foundation could be told.
		{"/repos/foundation-conduct/cases/collaborators", "the readers of foundation-conduct/cases", exitWrong},
		// Nobody asks for this.
		{"/repos/river-project/other", "", exitFine},
	} {
		t.Run(c.path, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			fails := demo{watch: func(sim *githubsim.Sim) {
				sim.Fail(func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, c.path) }, 0, nil)
			}}
			code := runDemo(t.Context(), inWorld("_river --repo river-project/river --output json"), terminal{strings.NewReader(""), &out, &errs}, fails)
			var x explained
			if err := json.Unmarshal(out.Bytes(), &x); err != nil {
				t.Fatalf("exit %d: %v\n%s%s", code, err, out.String(), errs.String())
			}
			if code != c.exit || (c.want == "") != (len(x.Unread) == 0) || c.want != "" && !slices.Contains(x.Unread, c.want) {
				t.Errorf("exit %d, unread %q, want %q", code, x.Unread, c.want)
			}
		})
	}
}

// exchanges keeps what was asked of a simulated GitHub.
type exchanges struct {
	mu  sync.Mutex
	all []githubsim.Exchange
}

func (e *exchanges) note(x githubsim.Exchange) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all = append(e.all, x)
}

// taken is what was asked, and from then on nothing was.
func (e *exchanges) taken() []githubsim.Exchange {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := e.all
	e.all = nil
	return all
}

// configured writes what serve would need to work on a town, with a database.
func configured(t *testing.T, w *town, l land, database string) (path string, secrets []string) {
	t.Helper()
	dir := t.TempDir()
	if _, err := keygen(filepath.Join(dir, "sealing.key")); err != nil {
		t.Fatal(err)
	}
	hidden := strings.Repeat("hidden", 6)
	text := fmt.Sprintf(`
public_url: https://conduct.example.org
github: {web: %[1]s, v3: %[1]s/api/v3/, v4: %[1]s/api/graphql}
apps:
  source: {id: %[2]d, slug: %[3]s, private_key_file: %[6]s, webhook_secret_files: [%[7]s]}
  rooms: {id: %[4]d, slug: %[5]s, private_key_file: %[6]s, webhook_secret_files: [%[7]s]}
database: %[8]q
sealing_key_file: %[9]s
directory_file: %[10]s
`, w.URL(), w.apps["source"].ID, w.apps["source"].Slug, w.apps["rooms"].ID, w.apps["rooms"].Slug, put(t, dir, "app.pem", testKey()),
		put(t, dir, "webhook.secret", hidden), database, filepath.Join(dir, "sealing.key"), put(t, dir, "committees.yml", l.directory))
	key, err := os.ReadFile(filepath.Join(dir, "sealing.key"))
	if err != nil {
		t.Fatal(err)
	}
	secrets = []string{hidden}
	for line := range strings.Lines(testKey() + string(key)) {
		if line = strings.TrimSpace(line); len(line) > 40 && !strings.HasPrefix(line, "#") {
			secrets = append(secrets, line)
		}
	}
	return put(t, dir, "cocrouter.yml", text), secrets
}

// rows is everything in a town's database but what the queue notes of itself.
func (w *town) rows() string {
	w.t.Helper()
	var out strings.Builder
	db := w.server.store.DB()
	query := func(q string, each func(cells []any)) {
		rows, err := db.QueryContext(w.t.Context(), q)
		if err != nil {
			w.t.Fatal(err)
		}
		defer rows.Close()
		columns, err := rows.Columns()
		for err == nil && rows.Next() {
			cells, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range cells {
				into[i] = &cells[i]
			}
			if err = rows.Scan(into...); err == nil {
				each(cells)
			}
		}
		if err != nil || rows.Err() != nil {
			w.t.Fatal(err, rows.Err())
		}
	}
	var tables []string
	query(`SELECT name FROM sqlite_master WHERE type = 'table' AND (name NOT LIKE 'river\_%' ESCAPE '\' OR name = 'river_job') ORDER BY name`,
		func(cells []any) { tables = append(tables, fmt.Sprint(cells[0])) })
	for _, name := range tables {
		query("SELECT * FROM "+name+" ORDER BY 1", func(cells []any) { fmt.Fprintf(&out, "%s %v\n", name, cells) })
	}
	return out.String()
}

// snapshot is every file below a folder with what it holds.
func snapshot(t *testing.T, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			all[path] = ""
			return err
		}
		text, err := os.ReadFile(path)
		all[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Explaining is looking: every request reads or asks for a token, whether a
// server runs or not, and the database stays as it is. Beside a server it knows
// who is in force while a change waits.
func TestExplainWritesNothingAndAsksTheServerWhatIsInForce(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(storiesFolder, "maintainer-replaces-the-committee")
	l, err := readLand(folder)
	if err != nil {
		t.Fatal(err)
	}
	steps, err := readSteps(folder)
	if err != nil {
		t.Fatal(err)
	}
	// A short name: that of a socket may have a hundred letters.
	dir, err := os.MkdirTemp("", "ex")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	l.database = "sqlite:" + filepath.Join(dir, "cocrouter.db")
	w := newTelling(t, l)
	w.rest()
	for _, s := range steps[:2] { // a case, and a new coc.yaml
		for _, act := range s.acts {
			if err := act(w); err != nil {
				t.Fatal(err)
			}
		}
		w.rest()
	}
	asked := &exchanges{}
	w.Observe(asked.note)
	explain := func(database, name string, exit int) explained {
		t.Helper()
		asked.taken()
		config, secrets := configured(t, w.town, l, database)
		code, out, errs := shell(t, "", "explain", "--config", config, "--repo", "river-project/river", "--about", name, "--risk", "injury", "--output", "json")
		var x explained
		if err := json.Unmarshal([]byte(out), &x); err != nil || code != exit {
			t.Fatalf("exit %d, want %d: %v\n%s%s", code, exit, err, out, errs)
		}
		_, text, _ := shell(t, "", "explain", "--config", config, "--repo", "river-project/river", "--about", name)
		reads := 0
		for _, e := range asked.taken() {
			token := e.Method == http.MethodPost && strings.HasSuffix(e.Path, "/access_tokens")
			if e.Method != http.MethodGet && !token {
				t.Errorf("it was no read: %s %s", e.Method, e.Path)
			}
			if token {
				var issued struct{ Token string }
				if err := json.Unmarshal(e.ResponseBody, &issued); err != nil || issued.Token == "" {
					t.Fatalf("no token: %v", err)
				}
				secrets = append(secrets, issued.Token)
			}
			reads++
		}
		if reads < 6 {
			t.Errorf("%d requests were seen", reads)
		}
		for _, s := range secrets {
			if strings.Contains(out+text+errs, s) {
				t.Error("a secret was printed")
			}
		}
		return x
	}

	before := w.rows()
	if x := explain(l.database, "tom-talker", exitFine); x.Recorded != recordedAsked || x.Committee.Name != "River Committee" ||
		!slices.ContainsFunc(x.Because, func(s explainedStep) bool { return s.Rule == "change/waiting" }) {
		t.Errorf("beside the server: %s, %+v, %+v", x.Recorded, x.Committee, x.Because)
	}
	if after := w.rows(); after != before {
		t.Errorf("the database was\n%s\nand is\n%s", before, after)
	}

	// A database whose server is down, and one that was never made.
	down := t.TempDir()
	for name, text := range snapshot(t, dir) {
		if text != "" {
			put(t, down, filepath.Base(name), text)
		}
	}
	for _, database := range []string{filepath.Join(down, "cocrouter.db"), filepath.Join(down, "new", "cocrouter.db")} {
		before := snapshot(t, down)
		if x := explain("sqlite:"+database, "tom-talker", exitFine); x.Recorded != recordedUnasked || x.Committee.Name != "Friendly Committee" {
			t.Errorf("without a server: %s, %+v", x.Recorded, x.Committee)
		}
		if after := snapshot(t, down); !maps.Equal(before, after) {
			t.Errorf("files became %q", slices.Sorted(maps.Keys(after)))
		}
	}
	for _, p := range w.places() {
		for _, i := range w.issues(p) {
			if strings.Contains(i.Title+i.Body, "tom-talker") {
				t.Errorf("%s#%d tells of a question", p.repo, i.Number)
			}
		}
	}
}

// A server that cannot say what is recorded leaves no answer that looks like one.
func TestExplainFailsWhereTheServerCannotAnswer(t *testing.T) {
	t.Parallel()
	broken := oracle{done: func() error { return nil }}
	d, err := readDescribed(filepath.Join(storiesFolder, "_river"))
	if err != nil {
		t.Fatal(err)
	}
	s := settings{config: defaults(), source: townApp(1, "a").registration, rooms: townApp(2, "b").registration}
	if s.directory, err = d.committees("_river"); err != nil {
		t.Fatal(err)
	}
	s.GitHub.V3, s.GitHub.V4 = "http://127.0.0.1:1/", "http://127.0.0.1:1/graphql"
	if broken.desk, err = s.consult(askedServer{&http.Client{Transport: refusing{}}}.standing, false); err != nil {
		t.Fatal(err)
	}
	q, err := asking{repos: []string{"river-project/river"}}.question()
	if err != nil {
		t.Fatal(err)
	}
	if e, err := broken.ask(t.Context(), q); err == nil || e.Decision.Committee.Name != "" {
		t.Errorf("%v, %+v", err, e.Decision.Committee)
	}
}

type refusing struct{}

func (refusing) RoundTrip(*http.Request) (*http.Response, error) { return nil, coc.ErrBusy }

func TestServerToldNoRepositorySaysSo(t *testing.T) {
	t.Parallel()
	routes := operatorRoutes(storedQueue{}, nothingRecorded, nil, nil, zerolog.Nop())
	for query, want := range map[string]int{"": 400, "id=x&repo=a/b": 400, "id=1&repo=a": 400, "id=1&repo=a/b": 200} {
		answer := httptest.NewRecorder()
		routes.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/standing?"+query, nil))
		if answer.Code != want || want == 200 && strings.TrimSpace(answer.Body.String()) != "null" {
			t.Errorf("%q: %d, %q", query, answer.Code, answer.Body)
		}
	}
}
