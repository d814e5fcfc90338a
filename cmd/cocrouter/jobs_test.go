package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/store"
	"github.com/cocrouter/cocrouter/pkg/store/postgrestest"
)

// operated is a server whose operator has a shell.
type operated struct {
	t      *testing.T
	config string
	set    settings
}

// newOperated has a SQLite file of its own where no other database is named.
func newOperated(t *testing.T, database string) *operated {
	t.Helper()
	// A short name: that of a socket may have a hundred letters.
	dir, err := os.MkdirTemp("", "op")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	c := strong(t, dir)
	c.Database = cmp.Or(database, c.Database)
	set, err := c.settle()
	if err != nil {
		t.Fatal(err)
	}
	return &operated{t, put(t, dir, "cocrouter.yml", fmt.Sprintf(`
public_url: %s
apps:
  source: {id: 11, slug: reports, private_key_file: %s, webhook_secret_files: [%s]}
  rooms: {id: 12, slug: rooms, private_key_file: %s, webhook_secret_files: [%s]}
database: %q
sealing_key_file: %s
directory_file: %s
`, c.PublicURL, c.Apps.Source.PrivateKeyFile, c.Apps.Source.SecretFiles[0], c.Apps.Rooms.PrivateKeyFile, c.Apps.Rooms.SecretFiles[0],
		c.Database, c.SealingKeyFile, c.DirectoryFile)), set}
}

// runs runs one of the operator's commands and expects it to exit so.
func (o *operated) runs(command string, exit int, args ...string) string {
	o.t.Helper()
	code, out, errs := shell(o.t, "", append([]string{command, "--config", o.config}, args...)...)
	if code != exit {
		o.t.Fatalf("%s %v: exit %d, want %d\n%s%s", command, args, code, exit, out, errs)
	}
	return out + errs
}

func (o *operated) jobs(exit int, args ...string) string {
	o.t.Helper()
	return o.runs("jobs", exit, args...)
}

func (o *operated) list(args ...string) []queuedJob {
	o.t.Helper()
	var jobs []queuedJob
	if err := json.Unmarshal([]byte(o.jobs(exitFine, append([]string{"list", "--output", "json"}, args...)...)), &jobs); err != nil {
		o.t.Fatal(err)
	}
	return jobs
}

// Servers of an older version may be running on it.
func TestJobsLeavesTheSchemaOfASharedDatabaseAlone(t *testing.T) {
	t.Parallel()
	database := postgrestest.URL(t)
	o := newOperated(t, database)
	for _, args := range [][]string{{"list"}, {"retry", "--all"}} {
		if said := o.jobs(exitWrong, args...); !strings.Contains(said, "older schema") || !strings.Contains(said, "cocrouter migrate") {
			t.Errorf("jobs %v:\n%s", args, said)
		}
	}
	var tables int
	err := operating(t, database).QueryRowContext(t.Context(), `SELECT count(*) FROM pg_tables WHERE schemaname = 'public'`).Scan(&tables)
	if err != nil || tables != 0 {
		t.Errorf("it made %d tables, %v", tables, err)
	}
	tell(t, exitFine, "migrate", "--config", o.config)
	o.jobs(exitFine, "list")
}

// broken leaves in the database what cannot succeed: a report that cannot be
// opened, one that was set aside, a job of a case that there is not, a finished
// errand, and a timer with which nothing is wrong.
func (o *operated) broken() {
	o.t.Helper()
	srv, err := newServer(o.t.Context(), o.set, zerolog.Nop(), tuning{})
	if err != nil {
		o.t.Fatal(err)
	}
	for _, guid := range []string{"guid-1", "guid-2"} {
		if _, err := srv.store.Take(o.t.Context(), coc.Intake{Delivery: guid, Lane: guid, Received: time.Now(), Payload: coc.NewProse(`{"heliotrope":1}`)}); err != nil {
			o.t.Fatal(err)
		}
	}
	change := coc.Change{
		Jobs: []coc.Job{
			{Kind: coc.JobShow, Case: "none"}, {Kind: coc.JobErrand, Errand: "one"},
			{Kind: coc.JobStanding, Standing: "h", At: time.Now().Add(time.Hour)},
		},
		Errands: []coc.Errand{{ID: "one", Kind: "unheard-of", Key: "one"}},
	}
	if err := srv.store.Commit(o.t.Context(), change); err != nil {
		o.t.Fatal(err)
	}
	db := srv.store.DB()
	if _, err := db.ExecContext(o.t.Context(), `UPDATE intakes SET sealed = ? WHERE id = 1`, []byte("no seal")); err != nil {
		o.t.Fatal(err)
	}
	if _, err := db.ExecContext(o.t.Context(), `UPDATE river_job SET attempt = max_attempts - 1 WHERE state = 'available'`); err != nil {
		o.t.Fatal(err)
	}
	if err := srv.store.SetAside(o.t.Context(), 2, "payload does not decode"); err != nil {
		o.t.Fatal(err)
	}
	if err := srv.store.Close(); err != nil {
		o.t.Fatal(err)
	}
}

// standsAs is what the list says of each job, by its ID.
func standsAs(jobs []queuedJob) map[string]string {
	out := map[string]string{}
	for _, j := range jobs {
		out[j.ID] = string(j.Kind) + " " + j.of() + " " + string(j.State)
	}
	return out
}

func TestOperatorSeesAndRetriesWhatFailsBesideARunningServer(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func(testing.TB) string{
		"SQLite": func(testing.TB) string { return "" }, "PostgreSQL": postgrestest.URL,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			newOperated(t, database(t)).seesAndRetries(t)
		})
	}
}

func (o *operated) seesAndRetries(t *testing.T) {
	t.Helper()
	o.broken()
	log := &lines{}
	srv, err := newServer(t.Context(), o.set, zerolog.New(log), tuning{})
	if err != nil {
		t.Fatal(err)
	}
	_, _, stop := runServer(t, srv)
	waitFor(t, func() bool { return strings.Contains(log.String(), `"message":"ready"`) })

	want := map[string]string{
		"1": "intake intake/1 stuck", "3": "show none stuck", "4": "errand one discarded", "intake/2": "intake intake/2 aside",
	}
	waitFor(t, func() bool { return maps.Equal(standsAs(o.list()), want) })
	for _, j := range o.list() {
		// What is stuck here failed once only, and the queue notes no failure that
		// is put off.
		if j.Cause == "" && j.State != store.JobStuck || j.Attempts == 0 || j.Since.IsZero() || j.Next.IsZero() != (j.State == store.JobDiscarded || j.State == store.JobAside) {
			t.Errorf("%+v", j)
		}
	}
	if text := o.jobs(exitFine, "list", "--state", "all"); strings.Contains(text, "heliotrope") || !strings.Contains(text, "the job did not succeed") ||
		!strings.Contains(text, "scheduled") || strings.Index(text, "stuck") > strings.Index(text, "scheduled") {
		t.Errorf("the list:\n%s", text)
	}

	// What cannot be tried is named, and the rest is tried.
	said := o.jobs(exitWrong, "retry", "5", "99", "none", "intake/1", "4", "intake/2")
	for _, line := range []string{
		"5: left alone: It waits for its time", "99: left alone: no such job", "none: left alone: no ID", "intake/1: left alone: not set aside",
		"4: is tried again", "intake/2: is tried again",
	} {
		if !strings.Contains(said, line) {
			t.Errorf("no %q in\n%s", line, said)
		}
	}
	// What was set aside is read again, and cannot be this time either.
	waitFor(t, func() bool { return strings.Contains(log.String(), "Intake 2 cannot be read and was set aside") })
	waitFor(t, func() bool { return maps.Equal(standsAs(o.list()), want) })
	if strings.Contains(log.String(), "heliotrope") {
		t.Errorf("the log quotes what it could not read:\n%s", log)
	}

	if err := stop(); err != nil {
		t.Fatal(err)
	}
	// And without a server.
	if got := standsAs(o.list()); !maps.Equal(got, want) {
		t.Errorf("without a server: %v", got)
	}
	if said := o.jobs(exitFine, "retry", "--all"); strings.Count(said, "is tried again") != len(want) {
		t.Errorf("retried:\n%s", said)
	}
	if text := o.jobs(exitFine, "list"); !strings.Contains(text, "No such jobs.") {
		t.Errorf("something fails that is to be tried again:\n%s", text)
	}
	if n := len(o.list("--state", "available")); n != 4 {
		t.Errorf("%d jobs are to be tried", n)
	}
	if said := o.jobs(exitFine, "retry", "--all"); said != "Nothing fails.\n" {
		t.Errorf("%q", said)
	}
}

func TestOnlyTheServersAccountReachesItsOperatorsSocket(t *testing.T) {
	t.Parallel()
	o := newOperated(t, "")
	socket := socketOf(o.set.Database)
	// A server that was killed leaves its socket behind, and somebody may have
	// opened the folder.
	if err := os.Mkdir(filepath.Dir(socket), 0o777); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Dir(socket), "socket", "dead")
	log := &lines{}
	_, _, stop := startServer(t, o.set, log)
	waitFor(t, func() bool { return strings.Contains(log.String(), `"message":"ready"`) })
	info, err := os.Stat(filepath.Dir(socket))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if got := o.list(); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(socket); !os.IsNotExist(err) {
		t.Errorf("the socket stays: %v", err)
	}
	// A process that has the database and no socket is told from none.
	st, err := store.Open(t.Context(), o.set.Database, o.set.keys, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if said := o.jobs(exitWrong, "list"); !strings.Contains(said, "Another process has the database open") {
		t.Errorf("%q", said)
	}
}

func TestServerWithoutASocketServesAllTheSame(t *testing.T) {
	t.Parallel()
	s := strongSettings(t)
	s.Database = "sqlite:" + filepath.Join(t.TempDir(), strings.Repeat("long", 30), "cocrouter.db")
	log := &lines{}
	public, _, _ := startServer(t, s, log)
	if status, _, _ := fetch(t, "GET", public+"/readyz", nil); status != 200 {
		t.Errorf("answered %d", status)
	}
	if !strings.Contains(log.String(), "jobs cannot be listed") {
		t.Errorf("the log does not say so:\n%s", log)
	}
}

func TestWrongUseOfJobsIsSaid(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"jobs", "list"}, {"jobs", "list", "--config", "x", "--state", "broken"}, {"jobs", "list", "--config", "x", "--output", "xml"},
		{"jobs", "retry", "--config", "x"}, {"jobs", "retry", "--config", "x", "--all", "7"},
	} {
		if code, out, errs := shell(t, "", args...); code != exitUsage || errs == "" || out != "" {
			t.Errorf("%v: exit %d, %q %q", args, code, out, errs)
		}
	}
}
