package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/seal"
	"github.com/cocrouter/cocrouter/pkg/store"
)

var contentClaims = []func(*testing.T, database){
	ContentComesBackAsItWas,
	ContentThatWasTamperedWithDoesNotOpen,
	ContentThatBreaksOffIsNotKept,
	ContentIsSweptUnlessACaseOrAReportHasIt,
	ContentIsErasedWithTheKeyOfItsCase,
	UploadDoesNotStandBeforeAReport,
}

const piece = 256 << 10

// noise is the same bytes for the same size.
func noise(size int) []byte {
	b := make([]byte, size)
	r := rand.NewChaCha8([32]byte{byte(size)})
	_, _ = r.Read(b)
	return b
}

func mustKeep(t testing.TB, s *store.Store, b []byte) coc.Content {
	t.Helper()
	c, err := s.Keep(t.Context(), bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func readAll(t testing.TB, s *store.Store, c coc.Content) ([]byte, error) {
	t.Helper()
	r, err := s.Content(t.Context(), c)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func ContentComesBackAsItWas(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	kept := map[int]coc.Content{}
	total := int64(0)
	for _, size := range []int{0, 1, piece - 1, piece, piece + 1, 3*piece + 7} {
		c, err := s.Keep(t.Context(), iotest.HalfReader(bytes.NewReader(noise(size))))
		if err != nil {
			t.Fatal(err)
		}
		kept[size], total = c, total+int64(size)
		mustCommit(t, s, coc.Change{Cases: []coc.Case{aCase(coc.CaseID(fmt.Sprint("case", size)), 1)}, Kept: []coc.Kept{{Content: c.ID, Case: coc.CaseID(fmt.Sprint("case", size))}}})
	}
	s = d.reopen(t, s)
	for size, c := range kept {
		if got, err := readAll(t, s, c); err != nil || !bytes.Equal(got, noise(size)) || c.Size != int64(size) {
			t.Errorf("of %d bytes %d came back: %v", size, len(got), err)
		}
	}
	if size, err := s.Contents(t.Context()); err != nil || size != total {
		t.Errorf("they have %d bytes, want %d, %v", size, total, err)
	}
	words := coc.NewProse("heliotrope \u2603")
	c, err := s.KeepWords(t.Context(), words)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.ContentWords(t.Context(), c); err != nil || got != words {
		t.Errorf("words: %v", err)
	}
	if bytes.Contains(d.pages(t), []byte("heliotrope")) || bytes.Contains(d.pages(t), []byte(c.Key.Reveal())) || bytes.Contains(d.pages(t), noise(piece)[:32]) {
		t.Error("the disk holds a content in clear, or its key")
	}
}

func ContentThatWasTamperedWithDoesNotOpen(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	do := func(query string, args ...any) {
		t.Helper()
		if r, err := store.ContentsDB(s).ExecContext(t.Context(), query, args...); err != nil {
			t.Fatal(err)
		} else if n, _ := r.RowsAffected(); n == 0 {
			t.Fatalf("%s changes nothing", query)
		}
	}
	other := mustKeep(t, s, noise(3*piece))
	for name, tamper := range map[string]func(*coc.Content){
		"one bit": func(c *coc.Content) {
			var b []byte
			if err := store.ContentsDB(s).QueryRowContext(t.Context(), `SELECT sealed FROM pieces WHERE content = ? AND n = 1`, c.ID).Scan(&b); err != nil {
				t.Fatal(err)
			}
			b[len(b)/2] ^= 1
			do(`UPDATE pieces SET sealed = ? WHERE content = ? AND n = 1`, b, c.ID)
		},
		"the last piece is gone": func(c *coc.Content) { do(`DELETE FROM pieces WHERE content = ? AND n = 2`, c.ID) },
		"it says that it is shorter": func(c *coc.Content) {
			do(`DELETE FROM pieces WHERE content = ? AND n = 2`, c.ID)
			c.Size = 2 * piece
		},
		"two pieces change places": func(c *coc.Content) {
			do(`UPDATE pieces SET n = 9 WHERE content = ? AND n = 0`, c.ID)
			do(`UPDATE pieces SET n = 0 WHERE content = ? AND n = 1`, c.ID)
			do(`UPDATE pieces SET n = 1 WHERE content = ? AND n = 9`, c.ID)
		},
		"a piece of another": func(c *coc.Content) {
			do(`UPDATE pieces SET sealed = (SELECT sealed FROM pieces WHERE content = ? AND n = 1) WHERE content = ? AND n = 1`, other.ID, c.ID)
		},
		"another key":      func(c *coc.Content) { c.Key = other.Key },
		"no key":           func(c *coc.Content) { c.Key = coc.NewProse("words") },
		"another hash":     func(c *coc.Content) { c.SHA256 = other.SHA256[1:] + "0" },
		"it never was":     func(c *coc.Content) { c.ID = "never" },
		"never came whole": func(c *coc.Content) { do(`UPDATE contents SET size = NULL WHERE id = ?`, c.ID) },
	} {
		c := mustKeep(t, s, noise(2*piece+5))
		tamper(&c)
		if _, err := readAll(t, s, c); !errors.Is(err, seal.ErrUnopened) && !errors.Is(err, coc.ErrMissing) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, err := readAll(t, s, other); err != nil || !bytes.Equal(got, noise(3*piece)) {
		t.Errorf("one that nobody touched: %v", err)
	}
}

func contents(t *testing.T, s *store.Store) (n int) {
	t.Helper()
	for _, table := range []string{"contents", "pieces"} {
		var in int
		if err := store.ContentsDB(s).QueryRowContext(t.Context(), `SELECT count(*) FROM `+table).Scan(&in); err != nil {
			t.Fatal(err)
		}
		n += in
	}
	return n
}

func ContentThatBreaksOffIsNotKept(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	broken := errors.New("broken")
	for _, size := range []int{0, 10, piece, 2*piece + 1} {
		if _, err := s.Keep(t.Context(), io.MultiReader(bytes.NewReader(noise(size)), iotest.ErrReader(broken))); !errors.Is(err, broken) {
			t.Errorf("after %d bytes: %v", size, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	gone := iotest.DataErrReader(io.MultiReader(bytes.NewReader(noise(piece)), readerFunc(func([]byte) (int, error) { cancel(); return 1, nil })))
	if _, err := s.Keep(ctx, gone); err == nil {
		t.Error("somebody who has gone kept something")
	}
	if n := contents(t, s); n != 0 {
		t.Errorf("%d rows are left", n)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func ContentIsSweptUnlessACaseOrAReportHasIt(t *testing.T, d database) {
	now := time.Now()
	opts := store.Options{Now: func() time.Time { return now }}
	s := d.open(t, opts)
	kept, waits, filed := mustKeep(t, s, noise(10)), mustKeep(t, s, noise(11)), mustKeep(t, s, noise(12))
	if _, err := store.ContentsDB(s).ExecContext(t.Context(), `UPDATE contents SET born = 5 WHERE id = ?`, filed.ID); err != nil {
		t.Fatal(err)
	}
	mustCommit(t, s, coc.Change{Cases: []coc.Case{aCase("one", 1)}, Kept: []coc.Kept{{Content: kept.ID, Case: "one"}}})
	in := intake("form")
	in.Received = now
	mustTake(t, s, in)
	sweep := func(later time.Duration) {
		t.Helper()
		if err := s.Tidy(t.Context()); err != nil { // the first only begins to count
			t.Fatal(err)
		}
		now = now.Add(later)
		if err := s.Tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	has := func(when string, want ...coc.Content) {
		t.Helper()
		for _, c := range []coc.Content{kept, waits, filed} {
			_, err := readAll(t, s, c)
			wanted := false
			for _, w := range want {
				wanted = wanted || w.ID == c.ID
			}
			if wanted != (err == nil) {
				t.Errorf("%s: that of %d bytes: %v", when, c.Size, err)
			}
		}
	}
	has("at first", kept, waits, filed)
	sweep(time.Hour)
	has("soon", kept, waits, filed)
	sweep(2 * time.Hour)
	has("while a report waits that may have brought it", kept, waits)
	mustCommit(t, s, coc.Change{Intake: lastIntake(t, s)})
	sweep(3 * time.Hour)
	has("when none waits any more", kept)
	if n := contents(t, s); n != 2 {
		t.Errorf("%d rows are left", n)
	}
}

func ContentIsErasedWithTheKeyOfItsCase(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	kept := mustKeep(t, s, noise(10))
	c := aCase("one", 1)
	c.Evidence = []coc.Evidence{{Number: 1, Kind: coc.EvidenceFile, Content: kept}}
	mustCommit(t, s, coc.Change{Cases: []coc.Case{c}, Kept: []coc.Kept{{Content: kept.ID, Case: "one"}}})
	got, err := s.Case(t.Context(), "one")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := readAll(t, s, got.Evidence[0].Content); err != nil {
		t.Fatal(err)
	}
	store.EraseCaseKey(t, s, "one")
	if _, err := s.Case(t.Context(), "one"); !errors.Is(err, coc.ErrMissing) {
		t.Errorf("the case is still read: %v", err)
	}
	// What opened the content stood nowhere else.
	if bytes.Contains(d.pages(t), []byte(kept.Key.Reveal())) {
		t.Error("the key of the content is on the disk")
	}
}

func UploadDoesNotStandBeforeAReport(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	begun, goOn := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		first := true
		_, err := s.Keep(context.Background(), io.LimitReader(readerFunc(func(p []byte) (int, error) {
			if first {
				first = false
				close(begun)
				<-goOn
			}
			return len(p), nil
		}), 2*piece))
		done <- err
	}()
	<-begun
	mustTake(t, s, intake("in between"))
	close(goOn)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// playContent keeps something and has a case claim it, and says what it was
// promised.
func playContent(d database, opts store.Options) error {
	ctx := context.Background()
	s, err := store.Open(ctx, d.url, d.keys, opts)
	if err != nil {
		return err
	}
	kept, err := s.Keep(ctx, bytes.NewReader(noise(2*piece+1)))
	if err != nil {
		return err
	}
	c := aCase("one", 1)
	c.Evidence = []coc.Evidence{{Number: 1, Content: kept}}
	err = s.Commit(ctx, coc.Change{Cases: []coc.Case{c}, Kept: []coc.Kept{{Content: kept.ID, Case: "one"}}})
	if err != nil && !errors.Is(err, coc.ErrConflict) {
		return err
	}
	fmt.Println("kept")
	return s.Close()
}

// TestKillDuringAnUploadLeavesNoHalfFile kills a process before and after each
// commit of an upload and of what claims it.
func TestKillDuringAnUploadLeavesNoHalfFile(t *testing.T) {
	everywhere(t, func(t *testing.T, fresh func() place) {
		for point := 1; ; point++ {
			in := fresh()
			out, err := child(t, "content", in, point).Output()
			if err != nil && !killed(err) {
				t.Fatalf("point %d: %v", point, err)
			}
			d, failed := in.database()
			if failed != nil {
				t.Fatal(failed)
			}
			// Two hours later, because on PostgreSQL others may be at work.
			s, failed := store.Open(t.Context(), d.url, d.keys, store.Options{Now: func() time.Time { return time.Now().Add(3 * time.Hour) }})
			if failed != nil {
				t.Fatalf("point %d: %v", point, failed)
			}
			want := 0
			if c, failed := s.Case(t.Context(), "one"); failed == nil {
				want = 1 + 3
				if got, failed := readAll(t, s, c.Evidence[0].Content); failed != nil || !bytes.Equal(got, noise(2*piece+1)) {
					t.Errorf("point %d: a row without its file: %v", point, failed)
				}
			} else if strings.Contains(string(out), "kept") {
				t.Errorf("point %d: it was promised and is not there: %v", point, failed)
			}
			if n := contents(t, s); n != want {
				t.Errorf("point %d: %d rows of contents, want %d", point, n, want)
			}
			if failed := s.Close(); failed != nil {
				t.Error(failed)
			}
			if err == nil {
				if point < 12 {
					t.Errorf("only %d points: the commits are not seen", point-1)
				}
				return
			}
		}
	})
}

func BenchmarkFiftyUploadsAtOnce(b *testing.B) {
	d := database{url: "sqlite:" + b.TempDir() + "/db", keys: newKeys(b)}
	s := d.open(b, store.Options{})
	const size = 25 << 20
	b.SetBytes(50 * size)
	for b.Loop() {
		together(50, func(int) {
			if _, err := s.Keep(b.Context(), io.LimitReader(rand.NewChaCha8([32]byte{}), size)); err != nil {
				b.Error(err)
			}
		})
	}
	status, err := os.ReadFile("/proc/self/status")
	if err == nil {
		_, rest, _ := strings.Cut(string(status), "VmHWM:")
		line, _, _ := strings.Cut(rest, "\n")
		var kB float64
		if _, err := fmt.Sscan(line, &kB); err == nil {
			b.ReportMetric(kB/1024, "MiB-at-most")
		}
	}
}
