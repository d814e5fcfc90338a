package main

import (
	"bytes"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

// leakWord is an unguessable word that stands for something in a report. Where
// it turns up, the report has been.
type leakWord struct {
	name  string // what it stands for
	word  string
	rooms []string // repositories whose issues and comments may hold it
	told  bool     // and each of which must
	read  bool     // whoever has the receipt may read it on its page
}

// leakPlace is a kind of thing that leaves the program or stays behind it.
type leakPlace string

const (
	placeRequest leakPlace = "request" // to GitHub, but for the words of an issue or a comment in a room
	placeRoom    leakPlace = "room"    // those words
	placeReply   leakPlace = "reply"   // to a webhook
	placePage    leakPlace = "page"
	placeLog     leakPlace = "log"
	placeMetrics leakPlace = "metrics"
	placeJob     leakPlace = "job"
	placeRow     leakPlace = "row" // of the database, beside the jobs
	placeFile    leakPlace = "file"
	placeStream  leakPlace = "stream" // standard output and error
)

// leakRecord is something that was seen to leave or to stay.
type leakRecord struct {
	place leakPlace
	about string
	data  []byte
	room  string // the repository that it was written to
	typed string // what the same person has just typed, which a form gives back
}

func (r leakRecord) mayHold(c leakWord) bool {
	if c.read && r.place == placePage && r.about == "POST /receipt, 200" {
		return true
	}
	return slices.Contains(c.rooms, r.room) || r.typed != "" && strings.Contains(r.typed, c.word)
}

// sighting is a word where it must not be.
type sighting struct {
	place            leakPlace
	about, word, how string
	near             string // what stands around the first of its kind
}

// witness records what leaves and what stays, and judges all of it at the end,
// so that a word that was learned late is looked for in what came early. It is
// safe for concurrent use.
type witness struct {
	mu      sync.Mutex
	words   []leakWord
	records []leakRecord
	flows   map[string]*leakRecord // what is written piece by piece, by its name
}

// word makes a word that may be written to these rooms.
func (w *witness) word(name string, rooms ...string) string {
	c := leakWord{name: name, word: rand.Text(), rooms: rooms}
	w.learn(c)
	return c.word
}

// told makes a word that must arrive in each of these rooms.
func (w *witness) told(name string, rooms ...string) string {
	c := leakWord{name: name, word: rand.Text(), rooms: rooms, told: true}
	w.learn(c)
	return c.word
}

// read makes a word to the reporter, which stands in these rooms, too.
func (w *witness) read(name string, rooms ...string) string {
	c := leakWord{name: name, word: rand.Text(), rooms: rooms, read: true}
	w.learn(c)
	return c.word
}

// answers makes a word of a reporter, who reads it with their receipt, and which must
// arrive in each of these rooms.
func (w *witness) answers(name string, rooms ...string) string {
	c := leakWord{name: name, word: rand.Text(), rooms: rooms, told: true, read: true}
	w.learn(c)
	return c.word
}

// learn adds what was not made here: a receipt, a login.
func (w *witness) learn(c leakWord) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.words = append(w.words, c)
}

func (w *witness) saw(r leakRecord) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.records = append(w.records, r)
}

// sawAs makes a writer into one record: of a log, or of a stream. A word may
// arrive in pieces.
func (w *witness) sawAs(p leakPlace, name string) io.Writer {
	return writerFunc(func(b []byte) (int, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.flows == nil {
			w.flows = map[string]*leakRecord{}
		}
		if w.flows[name] == nil {
			w.flows[name] = &leakRecord{place: p, about: name}
		}
		w.flows[name].data = append(w.flows[name].data, b...)
		return len(b), nil
	})
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// all is everything that was seen, and what is looked for in it.
func (w *witness) all() ([]leakRecord, []leakWord) {
	w.mu.Lock()
	defer w.mu.Unlock()
	records := slices.Clone(w.records)
	for _, flow := range w.flows {
		records = append(records, *flow)
	}
	return records, slices.Clone(w.words)
}

// roomWrite is a write to an issue or a comment, with the repository. That the
// repository is a room of the report's is for the word to say.
var roomWrite = regexp.MustCompile(`^/repos/([^/]+/[^/]+)/issues(?:/\d+(?:/comments)?)?$`)

// accountNumbers is where the number of an account is asked for. It stands for a
// room, to which the login itself may be told, in the one variable of that query.
const accountNumbers = "the numbers of accounts"

// sawRequest takes in a request to GitHub. Of a write to an issue or a comment
// only what stands in "body" is words: a title or a label is none.
func (w *witness) sawRequest(method, path, query string, header http.Header, body []byte) {
	about := method + " " + path
	head := fmt.Appendf(nil, "%s?%s\n%v\n", about, query, header)
	at := roomWrite.FindStringSubmatch(path)
	var sent map[string]any
	if vars, asks := accountAsked(path, body); asks {
		w.saw(leakRecord{place: placeRoom, about: about, data: []byte(vars), room: accountNumbers})
		w.saw(leakRecord{place: placeRequest, about: about, data: head})
		return
	}
	if at == nil || json.Unmarshal(body, &sent) != nil {
		w.saw(leakRecord{place: placeRequest, about: about, data: append(head, body...)})
		return
	}
	words, _ := sent["body"].(string)
	delete(sent, "body")
	w.saw(leakRecord{place: placeRequest, about: about, data: fmt.Append(head, sent)})
	w.saw(leakRecord{place: placeRoom, about: about, data: []byte(words), room: strings.ToLower(at[1])})
}

// accountAsked is whose number is asked for, if that is all that a request says.
func accountAsked(path string, body []byte) (login string, ok bool) {
	var sent struct {
		Query     string
		Variables map[string]string
	}
	if !strings.HasSuffix(path, "/graphql") || json.Unmarshal(body, &sent) != nil {
		return "", false
	}
	login = sent.Variables["login"]
	return login, sent.Query == "query($login:String!){user(login: $login){databaseId}}" && len(sent.Variables) == 1
}

// transport records each request at the one way out. tamper may change it
// before, as a mistake would; nil changes nothing.
type transport struct {
	*witness
	tamper func(*http.Request, []byte)
}

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	if t.tamper != nil {
		t.tamper(r, body)
	}
	t.sawRequest(r.Method, strings.TrimPrefix(r.URL.EscapedPath(), "/api/v3"), r.URL.RawQuery, r.Header, body)
	return http.DefaultTransport.RoundTrip(r)
}

// sawExchange records a request as it arrived, where the server is another
// process.
func (w *witness) sawExchange(e githubsim.Exchange) {
	w.sawRequest(e.Method, e.Path, e.Query.Encode(), e.RequestHeader, e.RequestBody)
}

// sawReplies takes in every answer to a webhook so far.
func (w *witness) sawReplies(sim *githubsim.Sim) {
	for _, d := range sim.Deliveries() {
		w.saw(leakRecord{place: placeReply, about: d.Event + " " + d.Action, data: fmt.Appendf(nil, "%v\n%s", d.ResponseHeader, d.ResponseBody)})
	}
}

// sawPage takes in an answer to a person. Only its body may hold what they
// have typed just now.
func (w *witness) sawPage(about string, header http.Header, body []byte, typed string) {
	w.saw(leakRecord{place: placePage, about: about + " (header)", data: fmt.Append(nil, header)})
	w.saw(leakRecord{place: placePage, about: about, data: body, typed: typed})
}

// sawFiles takes in every file below a folder, as it is at this moment.
func (w *witness) sawFiles(t *testing.T, folder string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err // a folder, or the operator's socket
		}
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it went while we looked
		}
		w.saw(leakRecord{place: placeFile, about: filepath.Base(path), data: fmt.Appendf(data, "\n%s", path)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// sawRows takes in every row of every table of a database, and the jobs among
// them, as somebody with SQL would see them.
func (w *witness) sawRows(t *testing.T, path string) {
	t.Helper()
	db := openDatabase(t, path)
	for _, table := range tableRows(t, db, `SELECT name FROM sqlite_master WHERE type = 'table'`) {
		p := placeRow
		if table[0] == "river_job" {
			p = placeJob
		}
		for _, row := range tableRows(t, db, `SELECT * FROM "`+table[0]+`"`) {
			w.saw(leakRecord{place: p, about: table[0], data: []byte(strings.Join(row, "\n"))})
		}
	}
}

// openDatabase opens the server's database beside the server.
func openDatabase(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func tableRows(t *testing.T, db *sql.DB, q string) [][]string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var all [][]string
	for rows.Next() {
		row := make([]sql.RawBytes, len(columns))
		targets := make([]any, len(columns))
		for i := range row {
			targets[i] = &row[i]
		}
		if err := rows.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		texts := make([]string, len(columns))
		for i := range row {
			texts[i] = string(row[i])
		}
		all = append(all, texts)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// leaks is every word where it must not be.
func (w *witness) leaks() []sighting {
	records, words := w.all()
	f := newWordFinder(words)
	var out []sighting
	for _, r := range records {
		for _, hit := range f.in(r.data) {
			same := func(s sighting) bool {
				return s.place == r.place && s.about == r.about && s.word == hit.name && s.how == hit.how
			}
			if !r.mayHold(hit.leakWord) && !slices.ContainsFunc(out, same) {
				out = append(out, sighting{r.place, r.about, hit.name, hit.how, hit.near})
			}
		}
	}
	return out
}

// absent lists what must have been seen and was not: a kind of place of which
// nothing was recorded, a word that did not arrive in its room.
func (w *witness) absent(places ...leakPlace) []string {
	records, words := w.all()
	f := newWordFinder(words)
	recorded := map[leakPlace]bool{}
	arrived := map[string]bool{} // room and word
	for _, r := range records {
		recorded[r.place] = true
		if r.place != placeRoom {
			continue
		}
		for _, hit := range f.in(r.data) {
			arrived[r.room+" "+hit.word] = true
		}
	}
	var out []string
	for _, p := range places {
		if !recorded[p] {
			out = append(out, "any "+string(p))
		}
	}
	for _, c := range words {
		for _, room := range c.rooms {
			if c.told && !arrived[room+" "+c.word] {
				out = append(out, c.name+" in "+room)
			}
		}
	}
	return out
}

// forget drops all records; the words stay known.
func (w *witness) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.records, w.flows = nil, nil
}

// judge fails the test for every word that is where it must not be, and for
// everything that must have been seen and was not.
func (w *witness) judge(t *testing.T, places ...leakPlace) {
	t.Helper()
	for _, s := range w.leaks() {
		t.Errorf("LEAK in a %s (%s): %s, %s: …%q…", s.place, s.about, s.word, s.how, s.near)
	}
	for _, a := range w.absent(places...) {
		t.Errorf("never seen: %s", a)
	}
	records, words := w.all()
	size := 0
	for _, r := range records {
		size += len(r.data)
	}
	t.Logf("looked for %d words in %d records, %d kB", len(words), len(records), size>>10)
}

// wordFinder knows words however they are written: in any case, escaped for JSON,
// HTML, addresses or mail, in hexadecimal or base64. Half a word is enough, so
// that cutting one short does not hide it.
type wordFinder map[uint64][]needle // by the first eight bytes, in lower case

type needle struct {
	leakWord
	text []byte
	fold bool // case does not matter
	how  string
	near string // once it is found
}

// shortest is how much of a word is looked for at least.
const shortest = 8

func newWordFinder(canaries []leakWord) wordFinder {
	f := wordFinder{}
	for _, c := range canaries {
		parts := []string{c.word[:len(c.word)/2], c.word[len(c.word)/2:]}
		if len(parts[0]) < shortest {
			parts = []string{c.word}
		}
		for _, part := range parts {
			f.add(needle{leakWord: c, text: []byte(part), fold: true, how: "plain"})
			for _, text := range []string{part, strings.ToLower(part), strings.ToUpper(part)} {
				f.add(needle{leakWord: c, text: []byte(hex.EncodeToString([]byte(text))), fold: true, how: "in hexadecimal"})
				for offset := range 3 {
					f.add(needle{leakWord: c, text: inBase64(text, offset, base64.RawStdEncoding), how: "in base64"})
					f.add(needle{leakWord: c, text: inBase64(text, offset, base64.RawURLEncoding), how: "in base64 for addresses"})
				}
			}
		}
	}
	return f
}

// inBase64 is the part of a text's base64 that depends on nothing else, where
// offset bytes (modulo 3) stand before it.
func inBase64(text string, offset int, enc *base64.Encoding) []byte {
	whole := enc.EncodeToString([]byte(strings.Repeat("\x00", offset) + text))
	return []byte(whole[(offset*8+5)/6 : (offset+len(text))*8/6])
}

func (f wordFinder) add(n needle) {
	var key uint64
	for _, b := range n.text[:shortest] {
		key = key<<8 | uint64(lower(b))
	}
	f[key] = append(f[key], n)
}

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		b += 'a' - 'A'
	}
	return b
}

// in lists what is found, also behind two layers of escapes.
func (f wordFinder) in(data []byte) []needle {
	found := f.plainly(data)
	for range 2 {
		plain := unescape(data)
		if len(plain) == len(data) {
			break
		}
		for _, n := range f.plainly(plain) {
			n.how += ", escaped"
			found = append(found, n)
		}
		data = plain
	}
	return found
}

func (f wordFinder) plainly(data []byte) []needle {
	var found []needle
	var key uint64
	for i, b := range data {
		key = key<<8 | uint64(lower(b))
		if i < shortest-1 {
			continue
		}
		for _, n := range f[key] {
			rest := data[i-shortest+1:]
			if len(rest) < len(n.text) {
				continue
			}
			rest = rest[:len(n.text)]
			if bytes.Equal(rest, n.text) || n.fold && bytes.EqualFold(rest, n.text) {
				n.near = string(data[max(0, i-80):min(len(data), i+40)])
				found = append(found, n)
			}
		}
	}
	return found
}

// escapes are the ways of writing a byte by its number: a sign before it, how
// many digits, of which base, and a sign behind it.
var escapes = []struct {
	before, after string
	digits, base  int
}{
	{`\u00`, "", 2, 16}, {`\x`, "", 2, 16}, {`\U000000`, "", 2, 16}, {"%", "", 2, 16}, {"=", "", 2, 16},
	{"&#x", ";", 2, 16}, {"&#X", ";", 2, 16}, {"&#", ";", 2, 10}, {"&#", ";", 3, 10}, {`\`, "", 3, 8},
}

// unescape reads every escape of a byte and keeps the rest as it is.
func unescape(data []byte) []byte {
	out := make([]byte, 0, len(data))
	for len(data) > 0 {
		b, n := data[0], 1
		if strings.IndexByte(`\%=&`, b) >= 0 {
			b, n = unescapeOne(data)
		}
		out, data = append(out, b), data[n:]
	}
	return out
}

func unescapeOne(data []byte) (b byte, length int) {
	for _, e := range escapes {
		rest, ok := bytes.CutPrefix(data, []byte(e.before))
		if !ok || len(rest) < e.digits+len(e.after) || string(rest[e.digits:e.digits+len(e.after)]) != e.after {
			continue
		}
		if v, err := strconv.ParseUint(string(rest[:e.digits]), e.base, 8); err == nil {
			return byte(v), len(e.before) + e.digits + len(e.after)
		}
	}
	return data[0], 1
}

func TestFinderKnowsAWordHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	const word = "Wd4kQ7ynX2pTz9LmR5vHs8Bc"
	each := func(format string) string {
		var b strings.Builder
		for _, c := range []byte(word) {
			fmt.Fprintf(&b, format, c)
		}
		return b.String()
	}
	f := newWordFinder([]leakWord{{name: "it", word: word}})
	for name, text := range map[string]string{
		"plain":                        "he said " + word + " twice",
		"at the very end":              "x" + word,
		"in capitals":                  strings.ToUpper(word),
		"in lower case":                strings.ToLower(word),
		"cut short":                    word[:14] + "…",
		"without its beginning":        "…" + word[10:],
		"escaped for JSON":             each(`\u%04x`),
		"escaped for JSON, capitals":   each(`\u%04X`),
		"one letter escaped":           `\u0057` + word[1:],
		"escaped for HTML":             each("&#%d;"),
		"escaped for HTML, in hex":     each("&#x%x;"),
		"escaped for an address":       each("%%%02X"),
		"escaped for an address twice": each("%%25%02x"),
		"as mail writes it":            each("=%02X"),
		"as Go writes it":              each(`\x%02x`),
		"in octal":                     each(`\%03o`),
		"in hexadecimal":               hex.EncodeToString([]byte(word)),
		"in hexadecimal, capitals":     strings.ToUpper(hex.EncodeToString([]byte("..." + word))),
		"in base64":                    base64.StdEncoding.EncodeToString([]byte(word)),
		"in base64, one further":       base64.StdEncoding.EncodeToString([]byte("~" + word + "~~")),
		"in base64, two further":       base64.URLEncoding.EncodeToString([]byte("~~" + word)),
		"in base64 of lower case":      base64.RawURLEncoding.EncodeToString([]byte("?" + strings.ToLower(word))),
		"in base64 in an address":      strings.NewReplacer("+", "%2B", "/", "%2F").Replace(base64.StdEncoding.EncodeToString([]byte("\xff" + word))),
		"in base64 escaped for JSON":   strings.ReplaceAll(base64.StdEncoding.EncodeToString([]byte(word)), "W", `\u0057`),
	} {
		if len(f.in([]byte(text))) == 0 {
			t.Errorf("%s: not found in %s", name, text)
		}
	}
	for _, text := range []string{"", "Wd4kQ7y", "another word", word[:10], base64.StdEncoding.EncodeToString([]byte("another word"))} {
		if found := f.in([]byte(text)); len(found) > 0 {
			t.Errorf("%s found in %q", found[0].how, text)
		}
	}
}
