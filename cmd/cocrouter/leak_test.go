package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/forge"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
	"github.com/cocrouter/cocrouter/pkg/githubsim/openapitest"
)

// Whole cases, with everything going wrong that can: no word of a report is in
// anything that leaves the server or stays behind it, but in the rooms it is
// for.
func TestNoWordOfAReportLeavesItsRooms(t *testing.T) {
	t.Parallel()
	w := &witness{}
	h := newLeakHouse(t, w)
	h.tell(t)
	t.Run("panics", h.panics)
	h.look(t)
	h.scrape(t)
	w.sawReplies(h.sim)
	h.stop()
	w.sawFiles(t, h.data)
	w.judge(t, placeRequest, placeRoom, placeReply, placePage, placeLog, placeMetrics, placeJob, placeRow, placeFile)
}

// The server as people run it, in a process of its own: nothing that it prints
// or leaves on the disk holds a word, wherever it puts it.
func TestServeLeavesNoWordOfAReport(t *testing.T) {
	t.Parallel()
	w := &witness{}
	p, stop := newLeakProcess(t, w, "")
	p.tellBriefly(t)
	w.sawReplies(p.sim)
	stop()
	w.sawFiles(t, filepath.Dir(p.data))
	w.judge(t, placeRequest, placeRoom, placeReply, placePage, placeJob, placeRow, placeFile, placeStream)
}

// A witness that never finds anything would be no witness: each place is leaked
// into, once, and the leak must be found there.
func TestDeliberateLeakIsFoundInEachPlace(t *testing.T) {
	t.Parallel()
	w := &witness{}
	h := newLeakHouse(t, w)
	p, store := h.plot, h.server.store
	file := func(t *testing.T) {
		form := p.filled("form", foundationRoom)
		p.file(t, toolsRepo, form)
		p.settled(t, foundationRoom, foundationCommittee[0], form.Get("account"))
	}
	misplaced := func(t *testing.T) {
		p.file(t, toolsRepo, p.filled("form that goes astray", foundationRoom))
		p.wait(t, "the words go elsewhere", func() bool { return len(w.leaks()) > 0 })
	}
	// First the same without any mistake, so that what is found is the mistake.
	file(t)
	p.look(t)
	h.scrape(t)
	w.sawReplies(h.sim)
	if leaks := w.leaks(); len(leaks) > 0 {
		t.Fatalf("without a mistake: %+v", leaks)
	}
	for _, c := range []struct {
		name string
		in   leakPlace
		leak func(t *testing.T, word string)
	}{
		{"a line of the log", placeLog, func(_ *testing.T, word string) { h.server.log.Debug().Str("account", word).Msg("filed") }},
		{"an error in the log", placeLog, func(_ *testing.T, word string) {
			h.server.log.Error().Err(fmt.Errorf("open: %w", errors.New(word))).Msg("not opened")
		}},
		{"a label of a metric", placeMetrics, func(t *testing.T, word string) {
			m := newMetrics()
			m.delivery("issues", word)
			answer := httptest.NewRecorder()
			metricsRoutes(m).ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
			w.saw(leakRecord{place: placeMetrics, about: "/metrics", data: answer.Body.Bytes()})
		}},
		{"an error page", placePage, func(t *testing.T, word string) {
			h.answer("/report", func(w http.ResponseWriter) { fmt.Fprint(w, "Cannot save "+word) })
			p.visit(t, http.MethodGet, "/report", nil, false)
		}},
		{"a page that shows a panic", placePage, func(t *testing.T, word string) {
			h.answer("/report", func(w http.ResponseWriter) {
				defer func() { fmt.Fprint(w, recover()) }()
				panic(word)
			})
			p.visit(t, http.MethodGet, "/report", nil, false)
		}},
		{"a header of a page", placePage, func(t *testing.T, word string) {
			h.answer("/report", func(w http.ResponseWriter) { w.Header().Set("X-Debug", word) })
			p.visit(t, http.MethodGet, "/report", nil, false)
		}},
		{"a receipt page that shows somebody's report", placePage, func(t *testing.T, word string) {
			h.answer("/receipt", func(w http.ResponseWriter) { fmt.Fprint(w, word) })
			p.visit(t, http.MethodGet, "/receipt", nil, false)
		}},
		{"the form of somebody else", placePage, func(t *testing.T, word string) {
			h.answer("/report/"+toolsRepo, func(w http.ResponseWriter) { fmt.Fprint(w, word) })
			p.visit(t, http.MethodPost, "/report/"+toolsRepo, url.Values{"account": {"Something else."}}, true)
		}},
		{"an answer to a webhook", placeReply, func(t *testing.T, word string) {
			h.answer("/api/github/hook", func(w http.ResponseWriter) { fmt.Fprint(w, word) })
			if err := errors.Join(h.sim.Ping(1001), h.sim.Idle(t.Context())); err != nil {
				t.Fatal(err)
			}
			w.sawReplies(h.sim)
		}},
		{"a job's argument", placeJob, func(t *testing.T, word string) {
			if err := store.Commit(t.Context(), coc.Change{Jobs: []coc.Job{{Kind: coc.JobErrand, Errand: word, At: time.Now().Add(time.Hour)}}}); err != nil {
				t.Fatal(err)
			}
			p.look(t)
		}},
		{"a job's error", placeJob, func(t *testing.T, word string) {
			if _, err := store.DB().ExecContext(t.Context(), `UPDATE river_job SET errors = json_array(json_object('error', ?))`, "cannot open "+word); err != nil {
				t.Fatal(err)
			}
			p.look(t)
		}},
		{"a row that is not sealed", placeRow, func(t *testing.T, word string) {
			if _, err := store.DB().ExecContext(t.Context(), `INSERT INTO errands (id, sealed) VALUES (?, ?)`, word, "{}"); err != nil {
				t.Fatal(err)
			}
			p.look(t)
		}},
		{"a page of the database of a row that is gone", placeFile, func(t *testing.T, word string) {
			_, err := store.DB().ExecContext(t.Context(), `INSERT INTO errands (id, sealed) VALUES ('x', ?); DELETE FROM errands WHERE id = 'x'`, []byte(word))
			if err != nil {
				t.Fatal(err)
			}
			p.look(t)
		}},
		{"a file beside the database", placeFile, func(t *testing.T, word string) {
			put(t, p.data, "cocrouter.tmp", "draft: "+word)
			p.look(t)
		}},
		{"the name of a file", placeFile, func(t *testing.T, word string) {
			put(t, p.data, word+".txt", "")
			p.look(t)
		}},
		{"a header of a request", placeRequest, func(t *testing.T, word string) {
			h.request(func(r *http.Request, _ []byte) { r.Header.Set("X-Report", word) })
			file(t)
		}},
		{"the address of a request", placeRequest, func(t *testing.T, word string) {
			h.request(func(r *http.Request, _ []byte) {
				r.Header.Set(undescribed, "a parameter")
				r.URL.RawQuery = url.Values{"about": {word}}.Encode()
			})
			file(t)
		}},
		{"a public issue, by a room's name in the wrong place", placeRoom, func(t *testing.T, _ string) {
			h.request(func(r *http.Request, _ []byte) {
				r.URL.Path = strings.Replace(r.URL.Path, foundationRoom+"/issues", toolsRepo+"/issues", 1)
			})
			misplaced(t)
		}},
		{"another committee's room", placeRoom, func(t *testing.T, _ string) {
			h.request(func(r *http.Request, _ []byte) {
				r.URL.Path = strings.Replace(r.URL.Path, foundationRoom+"/issues", riverRoom+"/issues", 1)
			})
			misplaced(t)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.forget()
			word := w.word("the word that is leaked")
			c.leak(t, word)
			h.mend()
			if !slices.ContainsFunc(w.leaks(), func(s sighting) bool { return s.place == c.in }) {
				t.Errorf("not found in a %s; found: %+v", c.in, w.leaks())
			}
		})
	}
}

func TestDeliberateLeakOfAProcessIsFound(t *testing.T) {
	t.Parallel()
	for kind, in := range map[string]leakPlace{"stdout": placeStream, "stderr": placeStream, "temporary": placeFile, "working": placeFile} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := &witness{}
			p, stop := newLeakProcess(t, w, kind)
			stop()
			w.sawFiles(t, filepath.Dir(p.data))
			if !slices.ContainsFunc(w.leaks(), func(s sighting) bool { return s.place == in }) {
				t.Errorf("not found in a %s; found: %+v", in, w.leaks())
			}
		})
	}
}

// A report that never arrives, and a place that is never looked at, fail the
// test too.
func TestWitnessMissesWhatDidNotHappen(t *testing.T) {
	t.Parallel()
	w := &witness{}
	word := w.told("a word", "o/room")
	if got := w.absent(placeLog, placeRoom); len(got) != 3 {
		t.Errorf("missed: %q, want the word, the log and the room", got)
	}
	w.sawRequest("POST", "/repos/O/Room/issues", "", nil, []byte(`{"title":"amber-otter-3","body":"It was `+word+`"}`))
	if got := w.absent(placeRoom, placeRequest); len(got) != 0 {
		t.Errorf("missed: %q", got)
	}
	if leaks := w.leaks(); len(leaks) != 0 {
		t.Errorf("leaks: %+v", leaks)
	}
	w.sawRequest("POST", "/repos/o/room/issues", "", nil, []byte(`{"title":"It was `+word+`","body":""}`))
	w.sawRequest("POST", "/repos/o/room/labels", "", nil, []byte(`{"name":"`+word+`"}`))
	if leaks := w.leaks(); len(leaks) != 2 {
		t.Errorf("a title and a label hold a word: %+v", leaks)
	}
}

// leakHouse is the server in this process with a witness at every door, and
// with the mistakes that a test makes on purpose.
type leakHouse struct {
	*plot
	server  *server
	private string // the address of the metrics
	stop    func()
	*mistakes
}

// mistakes change what the server does, at its edges. The zero value changes
// nothing.
type mistakes struct {
	mu        sync.Mutex
	onRequest func(r *http.Request, body []byte)
	path      string // which page is answered by
	onAnswer  func(http.ResponseWriter)
}

// request changes requests to GitHub before they leave, and are recorded.
func (m *mistakes) request(f func(*http.Request, []byte)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.onRequest = f
}

// answer answers under a path in the server's place.
func (m *mistakes) answer(path string, f func(http.ResponseWriter)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.path, m.onAnswer = path, f
}

func (m *mistakes) mend() {
	m.request(nil)
	m.answer("", nil)
}

func (m *mistakes) tamper(r *http.Request, body []byte) {
	m.mu.Lock()
	f := m.onRequest
	m.mu.Unlock()
	if f != nil {
		f(r, body)
	}
}

func (m *mistakes) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.mu.Lock()
		path, f := m.path, m.onAnswer
		m.mu.Unlock()
		if f != nil && r.URL.Path == path {
			f(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func newLeakHouse(t *testing.T, w *witness) *leakHouse {
	t.Helper()
	source, rooms, err := newDemoApps()
	if err != nil {
		t.Fatal(err)
	}
	listen := func() net.Listener {
		l, err := listenOn(t.Context(), "test", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	public, private := listen(), listen()
	address := "http://" + public.Addr().String()
	sim := newLeakSim(t)
	data := t.TempDir()
	s, err := demoSettings(data, sim.URL(), address, source.registration, rooms.registration)
	if err != nil {
		t.Fatal(err)
	}
	m := &mistakes{}
	srv, err := newServer(t.Context(), s, zerolog.New(w.sawAs(placeLog, "log")).Level(zerolog.TraceLevel), tuning{
		limits: forge.Unlimited, transport: transport{w, m.tamper},
	})
	if err != nil {
		t.Fatal(err)
	}
	srv.handler = m.around(srv.handler)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- srv.run(ctx, public, private) }()
	h := &leakHouse{server: srv, private: "http://" + private.Addr().String(), mistakes: m}
	h.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	t.Cleanup(h.stop)
	if err := seedDemo(sim, address+"/api/github/hook", source, rooms); err != nil {
		t.Fatal(err)
	}
	h.plot = newPlot(t, w, sim, address, address, data, source)
	return h
}

// undescribed is a header that says what of a request GitHub does not describe,
// by a mistake made on purpose.
const undescribed = "X-Undescribed"

// described is a simulated GitHub without the requests that have that header.
type described struct{ *githubsim.Sim }

func (d described) Observe(f func(githubsim.Exchange)) {
	d.Sim.Observe(func(e githubsim.Exchange) {
		if e.RequestHeader.Get(undescribed) == "" {
			f(e)
		}
	})
}

func newLeakSim(t *testing.T) *githubsim.Sim {
	t.Helper()
	sim := githubsim.New(githubsim.Options{RateLimit: 1 << 20})
	openapitest.Attach(t, described{sim}) // the replies of faults made on purpose are not looked at
	if _, err := sim.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return sim
}

func newPlot(t *testing.T, w *witness, sim *githubsim.Sim, address, origin, data string, source demoApp) *plot {
	t.Helper()
	return &plot{
		play:   &play{sim: sim, github: sim.URL(), address: address, out: io.Discard, patience: demoPatience},
		w:      w,
		data:   data,
		origin: origin,
		secret: source.Secrets[0],
		db:     openDatabase(t, filepath.Join(data, "cocrouter.db")),
	}
}

// scrape records the metrics as Prometheus reads them.
func (h *leakHouse) scrape(t *testing.T) {
	t.Helper()
	status, header, body := fetch(t, http.MethodGet, h.private+"/metrics", nil)
	if status != http.StatusOK || !strings.Contains(body, "cocrouter_github_requests_total") {
		t.Errorf("metrics: %d", status)
	}
	h.w.saw(leakRecord{place: placeMetrics, about: "/metrics", data: fmt.Appendf(nil, "%v\n%s", header, body)})
}

// panics has a page and a job panic over what somebody wrote.
func (h *leakHouse) panics(t *testing.T) {
	h.request(func(r *http.Request, _ []byte) { panic("index out of range: " + h.w.word("in a panic of a page")) })
	status, _ := h.visit(t, http.MethodPost, "/report/somebody/elsewhere", url.Values{"account": {h.w.word("typed before a panic")}}, false)
	if status != http.StatusInternalServerError {
		t.Errorf("the page did not panic: %d", status)
	}
	form := h.filled("over which a job panics", lanternRoom)
	var once sync.Once
	h.request(func(_ *http.Request, body []byte) {
		if strings.Contains(string(body), wordIn(form.Get("account"))) {
			once.Do(func() { panic(errors.New("impossible: " + form.Get("account"))) })
		}
	})
	h.file(t, lanternRepo, form)
	h.settled(t, lanternRoom, lanternCouncil[0], form.Get("account"))
	h.mend()
}

// The variables that make this test binary a server: its configuration, and
// into which place it leaks the word.
const (
	leakConfig = "COCROUTER_TEST_LEAK_CONFIG"
	leakInto   = "COCROUTER_TEST_LEAK_INTO"
	leakedWord = "COCROUTER_TEST_LEAK_WORD"
)

func init() {
	path := os.Getenv(leakConfig)
	if path == "" {
		return
	}
	word := os.Getenv(leakedWord)
	switch os.Getenv(leakInto) {
	case "stdout":
		fmt.Println(word)
	case "stderr":
		fmt.Fprintln(os.Stderr, word)
	case "temporary":
		_ = os.WriteFile(filepath.Join(os.TempDir(), "draft"), []byte(word), 0o600)
	case "working":
		_ = os.WriteFile("draft", []byte(word), 0o600)
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // it ends with the test's process, however that ends
		os.Exit(exitWrong)
	}()
	os.Exit(run([]string{"serve", "--config", path}, nil, os.Stdout, os.Stderr))
}

// newLeakProcess starts `cocrouter serve` as a process of its own, with folders
// of its own for its data, for what is temporary and to work in. stop ends it
// and waits.
func newLeakProcess(t *testing.T, w *witness, leak string) (_ *plot, stop func()) {
	t.Helper()
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	for _, sub := range []string{"data", "tmp", "work"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	source, rooms, err := newDemoApps()
	if err != nil {
		t.Fatal(err)
	}
	sim := newLeakSim(t)
	sim.Observe(w.sawExchange)
	const origin = "https://conduct.example.org"
	path := leakConfiguration(t, data, sim.URL(), origin, source, rooms)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ready := make(chan string, 1)
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), self)
	cmd.Dir = filepath.Join(dir, "work")
	cmd.Env = append(os.Environ(), "TMPDIR="+filepath.Join(dir, "tmp"), leakConfig+"="+path,
		leakInto+"="+leak, leakedWord+"="+w.word("the word that is leaked"))
	cmd.Stdout = w.sawAs(placeStream, "stdout")
	cmd.Stderr = io.MultiWriter(w.sawAs(placeStream, "stderr"), &readyLine{ready: ready})
	alive, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop = sync.OnceFunc(func() {
		if err := errors.Join(cmd.Process.Signal(os.Interrupt), cmd.Wait()); err != nil {
			t.Errorf("serve ended with %v", err)
		}
		_ = alive.Close() // the process is gone, and with it the other end
	})
	t.Cleanup(stop)
	var address string
	select {
	case address = <-ready:
	case <-time.After(demoPatience):
		t.Fatal("serve is not ready")
	}
	if err := seedDemo(sim, address+"/api/github/hook", source, rooms); err != nil {
		t.Fatal(err)
	}
	p := newPlot(t, w, sim, address, origin, data, source)
	p.pid = cmd.Process.Pid
	return p, stop
}

// readyLine waits in a log for the line with the server's address.
type readyLine struct {
	text  []byte
	ready chan<- string
}

var readyAddress = regexp.MustCompile(`"addr":"([^"]+)".*"message":"ready"`)

func (r *readyLine) Write(b []byte) (int, error) {
	r.text = append(r.text, b...)
	if m := readyAddress.FindSubmatch(r.text); m != nil {
		select {
		case r.ready <- "http://" + string(m[1]):
		default: // it was told before
		}
	}
	return len(b), nil
}

// leakConfiguration is the demo's settings as files.
func leakConfiguration(t *testing.T, data, github, origin string, source, rooms demoApp) string {
	t.Helper()
	key := filepath.Join(data, "sealing.key")
	if _, err := keygen(key); err != nil {
		t.Fatal(err)
	}
	app := func(name string, a demoApp) string {
		return fmt.Sprintf("{id: %d, slug: %s, private_key_file: %s, webhook_secret_files: [%s]}", a.ID, a.Slug,
			put(t, data, name+".pem", string(a.Key)), put(t, data, name+".secret", string(a.Secrets[0])))
	}
	return put(t, data, "cocrouter.yml", fmt.Sprintf(`
public_url: %s
server: {addr: '127.0.0.1:0'}
metrics: {addr: 'off'}
github: {web: '%[2]s', v3: '%[2]s/api/v3/', v4: '%[2]s/api/graphql'}
apps:
  source: %[3]s
  rooms: %[4]s
database: sqlite:%[5]s/cocrouter.db
sealing_key_file: %[6]s
directory_file: %[7]s
`, origin, github, app("source", source), app("rooms", rooms), data, key, put(t, data, "committees.yml", demoDirectory())))
}
