package postgrestest

import (
	"bufio"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/memorytest"
)

const childVariable = "COCROUTER_POSTGRESTEST_CHILD"

// TestMain lets the test binary be a test process that is killed: it starts a
// server, says where, and waits for its end.
func TestMain(m *testing.M) {
	if os.Getenv(childVariable) == "" {
		os.Exit(memorytest.Run(m))
	}
	at, err := fast()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(at)
	select {}
}

func TestEveryTestHasAPairOfItsOwn(t *testing.T) {
	t.Parallel()
	first, second := URL(t), URL(t)
	if first == second {
		t.Fatal("two tests share a database")
	}
	for _, at := range []string{first, first + "-keys", second} {
		u, err := url.Parse(at)
		if err != nil {
			t.Fatal(err)
		}
		if name, ok := strings.CutSuffix(at, "-keys"); ok {
			if u, err = url.Parse(name); err != nil {
				t.Fatal(err)
			}
			u.Path += "-keys"
		}
		db, err := sql.Open("pgx", u.String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), `CREATE TABLE mine (n int)`); err != nil {
			t.Errorf("%s: %v", u.Path, err)
		}
		_ = db.Close()
	}
}

func TestServerEndsWithAKilledTestProcess(t *testing.T) {
	t.Parallel()
	if os.Getenv(serverVariable) != "" {
		t.Logf("%s names a server that is not ours to end", serverVariable)
		return
	}
	URL(t) // skips where there is no PostgreSQL
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), childVariable+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	at, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	at = strings.TrimSpace(at)
	if err := execute(at, `SELECT 1`); err != nil {
		t.Fatalf("before the end of its process the server does not answer: %v", err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	dir := u.Query().Get("host")
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%s is still there", dir)
		}
	}
	if execute(at, `SELECT 1`) == nil {
		t.Error("the server still answers")
	}
}
