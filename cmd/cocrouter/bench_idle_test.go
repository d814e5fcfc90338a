package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

// BenchmarkIdleServe builds the program, starts `serve` as an operator does, on
// a database that is new, and gives the time to its first yes on /readyz and the
// memory that it holds when it has had nothing to do for a while. The figures in
// README.md are its.
func BenchmarkIdleServe(b *testing.B) {
	const idle = 2 * time.Second
	program := filepath.Join(b.TempDir(), "cocrouter")
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, out)
	}
	config := idleConfig(b)
	var ready time.Duration
	var memory float64
	for n := range b.N {
		began := time.Now()
		c := exec.CommandContext(b.Context(), program, "serve", "--config", config)
		c.Env = append(os.Environ(), "COCROUTER_DATABASE=sqlite:"+filepath.Join(b.TempDir(), fmt.Sprintf("%d.db", n)))
		log, err := c.StderrPipe()
		if err != nil {
			b.Fatal(err)
		}
		if err := c.Start(); err != nil {
			b.Fatal(err)
		}
		lines := json.NewDecoder(log)
		var line struct{ Message, Addr string }
		for line.Message != "ready" {
			if err := lines.Decode(&line); err != nil {
				b.Fatalf("it is not ready, and last said %q: %v", line.Message, err)
			}
		}
		resp, err := http.Get("http://" + line.Addr + "/readyz")
		if err != nil {
			b.Fatal(err)
		}
		ready += time.Since(began)
		if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusOK {
			b.Fatalf("%s, %v", resp.Status, err)
		}
		time.Sleep(idle)
		mb, known := resident(b, c.Process.Pid, wholeMemory)
		if !known {
			b.Skip("this system does not tell how much memory a process holds")
		}
		memory = max(memory, mb)
		if err := c.Process.Signal(syscall.SIGTERM); err != nil {
			b.Fatal(err)
		}
		for err == nil {
			err = lines.Decode(&line)
		}
		if err := c.Wait(); err != nil {
			b.Fatalf("stop: %v", err)
		}
	}
	b.ReportMetric(float64(ready.Milliseconds())/float64(b.N), "ms/ready")
	b.ReportMetric(memory, "MB")
	b.ReportMetric(0, "ns/op") // which is mostly idleness
}

// idleConfig is a configuration file as an operator writes it, for a GitHub where
// the two Apps are registered and nobody does anything.
func idleConfig(b *testing.B) string {
	sim := githubsim.New(githubsim.Options{})
	b.Cleanup(func() { _ = sim.Close() })
	if _, err := sim.Start("127.0.0.1:0"); err != nil {
		b.Fatal(err)
	}
	source, rooms, err := newDemoApps()
	if err != nil {
		b.Fatal(err)
	}
	if err := seedDemo(sim, "", source, rooms); err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	if _, err := keygen(filepath.Join(dir, "sealing.key")); err != nil {
		b.Fatal(err)
	}
	app := func(a demoApp) string {
		return fmt.Sprintf("{id: %d, slug: %s, private_key_file: %s, webhook_secret_files: [%s]}",
			a.ID, a.Slug, put(b, dir, a.Slug+".pem", string(a.Key)), put(b, dir, a.Slug+".secret", string(a.Secrets[0])))
	}
	return put(b, dir, "cocrouter.yml", fmt.Sprintf(`
public_url: https://conduct.example.org
server: {addr: '127.0.0.1:0'}
metrics: {addr: '127.0.0.1:0'}
github: {web: '%[1]s', v3: '%[1]s/api/v3/', v4: '%[1]s/api/graphql'}
apps:
  source: %[2]s
  rooms: %[3]s
sealing_key_file: %[4]s
directory_file: %[5]s
`, sim.URL(), app(source), app(rooms), filepath.Join(dir, "sealing.key"), put(b, dir, "committees.yml", demoDirectory())))
}

// What Linux calls all of a process's memory, and that part of it which is not a file,
// as the program itself is.
const (
	wholeMemory = "VmRSS"
	ownMemory   = "RssAnon"
)

// resident is how many MB of a kind of memory a process holds. Only Linux tells so.
func resident(t testing.TB, pid int, kind string) (mb float64, known bool) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if os.IsNotExist(err) {
		return 0, false
	}
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^` + kind + `:\s+(\d+) kB$`).FindSubmatch(status)
	if found == nil {
		t.Fatalf("the process says no %s:\n%s", kind, status)
	}
	kib, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	return kib * 1024 / 1e6, true
}
