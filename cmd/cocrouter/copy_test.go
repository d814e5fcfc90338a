package main

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/store"
	"github.com/cocrouter/cocrouter/pkg/store/postgrestest"
)

// sourceToCopy is an SQLite database with some intakes, and a configuration
// whose database is to take its place.
func sourceToCopy(t *testing.T, to string) (from, config string) {
	t.Helper()
	config = storeConfig(t, to)
	c, err := readConfig(config, nil)
	if err != nil {
		t.Fatal(err)
	}
	from = "sqlite:" + filepath.Join(t.TempDir(), "old.db")
	c.Database = from
	s, err := c.settleStore()
	if err != nil {
		t.Fatal(err)
	}
	st, err := s.openStore(t.Context(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 30 {
		if _, err := st.Take(t.Context(), coc.Intake{Delivery: fmt.Sprint("guid-", i), Payload: coc.NewProse("words")}); err != nil {
			t.Fatal(err)
		}
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	return from, config
}

func TestCopySaysHowFarItIsAndThatItIsComplete(t *testing.T) {
	t.Parallel()
	from, config := sourceToCopy(t, postgrestest.URL(t))
	said, _ := tell(t, exitFine, "copy", "--config", config, "--from", from)
	for _, line := range []string{"intakes: 30 of 30\n", "jobs: 30 of 30\n", "intakes, compared: 30 of 30\n", "The copy is complete: ", "every sealed record opens.\n"} {
		if !strings.Contains(said, line) {
			t.Errorf("it does not say %q:\n%s", line, said)
		}
	}
	if again, _ := tell(t, exitFine, "copy", "--config", config, "--from", from); again != "The copy was complete already; nothing was done.\n" {
		t.Errorf("once more:\n%s", again)
	}
	// The configuration serves the copy now.
	if said, _ := tell(t, exitFine, "migrate", "--config", config); said != "The schema is the newest already.\n" {
		t.Errorf("on the copy:\n%s", said)
	}
}

func TestCopyGoesWhereItIsTold(t *testing.T) {
	t.Parallel()
	from, config := sourceToCopy(t, "postgres://nobody@/nothing?host=/nowhere")
	to := postgrestest.URL(t)
	if said, _ := tell(t, exitFine, "copy", "--config", config, "--from", from, "--to", to); !strings.Contains(said, "The copy is complete") {
		t.Error(said)
	}
}

func TestCopyThatIsInterruptedSaysHowToGoOn(t *testing.T) {
	t.Parallel()
	from, config := sourceToCopy(t, postgrestest.URL(t))
	ctx, interrupt := context.WithCancel(t.Context())
	out := &interrupting{at: "intakes: ", interrupt: interrupt}
	var problems bytes.Buffer
	args := []string{"copy", "--config", config, "--from", from}
	if code := runContext(ctx, args, terminal{strings.NewReader(""), out, &problems}); code != exitWrong || !strings.Contains(problems.String(), "Run the same command again") {
		t.Errorf("exit code %d:\n%s", code, problems.String())
	}
	if _, problem := tell(t, exitWrong, "migrate", "--config", config); !strings.Contains(problem, "is not complete") {
		t.Errorf("half a copy is served:\n%s", problem)
	}
	if said, _ := tell(t, exitFine, args...); !strings.Contains(said, "The copy is complete") {
		t.Error(said)
	}
}

// interrupting is a terminal at which somebody loses patience.
type interrupting struct {
	at        string
	interrupt func()
}

func (i *interrupting) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte(i.at)) {
		i.interrupt()
	}
	return len(b), nil
}

func TestCopyRefusesWrongUse(t *testing.T) {
	t.Parallel()
	from, config := sourceToCopy(t, "")
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"no source":                {[]string{"--config", config}, exitUsage, "from"},
		"no configuration":         {[]string{"--from", from}, exitUsage, "config"},
		"to SQLite":                {[]string{"--config", config, "--from", from}, exitWrong, "goes to PostgreSQL"},
		"a source that is missing": {[]string{"--config", config, "--from", "sqlite:/no/such/file", "--to", "postgres://x@/y?host=/nowhere"}, exitWrong, "no SQLite database to copy from"},
		"a password on the line":   {[]string{"--config", config, "--from", from, "--to", "postgres://x:canary@/y"}, exitUsage, "holds a password"},
		"a server that is away":    {[]string{"--config", config, "--from", from, "--to", "postgres://x@/y?host=/nowhere"}, exitWrong, "cannot be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			_, problem := tell(t, c.code, append([]string{"copy"}, c.args...)...)
			if !strings.Contains(problem, c.want) || strings.Contains(problem, "canary") {
				t.Errorf("it says:\n%s", problem)
			}
		})
	}
}

func TestProgressOfACopyIsALineNowAndThen(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	at := time.Date(2025, 3, 3, 12, 0, 0, 0, time.UTC)
	p := copyProgress{out: &out, now: func() time.Time { return at }}
	for done := 0; done <= 100; done += 10 {
		p.tell("intakes", done, 100)
		at = at.Add(500 * time.Millisecond)
	}
	p.tell("cases", 0, 0)
	if want := "intakes: 40 of 100\nintakes: 80 of 100\nintakes: 100 of 100\ncases: 0 of 0\n"; out.String() != want {
		t.Errorf("it says\n%s", out.String())
	}
}
