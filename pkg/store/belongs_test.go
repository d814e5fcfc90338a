package store_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/store"
)

// withContent is a store on SQLite, closed, in which a case has a content.
func withContent(t *testing.T) (database, string, coc.Content) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "db")
	d := database{url: "sqlite:" + path, keys: newKeys(t)}
	s := d.open(t, store.Options{})
	kept := mustKeep(t, s, noise(10))
	mustCommit(t, s, coc.Change{Cases: []coc.Case{aCase("one", 1)}, Kept: []coc.Kept{{Content: kept.ID, Case: "one"}}})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return d, path + "-evidence", kept
}

func (d database) refuses(t *testing.T, opts store.Options, says string) {
	t.Helper()
	s, err := store.Open(t.Context(), d.url, d.keys, opts)
	if err == nil {
		t.Fatal("it opens", s.Close())
	}
	var r coc.Refusal
	if !errors.As(err, &r) || !strings.Contains(r.What, says) {
		t.Errorf("%v", err)
	}
}

func TestEvidenceOfAnotherDatabaseIsRefusedAndLeftAsItIs(t *testing.T) {
	t.Parallel()
	d, file, kept := withContent(t)
	_, foreign, _ := withContent(t)
	theirs, err := os.ReadFile(foreign)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	put := func(b []byte) {
		t.Helper()
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(theirs)
	for _, opts := range []store.Options{{}, {AsItIs: true}, {ContentsLost: true}} {
		d.refuses(t, opts, "belongs to another database")
	}
	if b, err := os.ReadFile(file); err != nil || !bytes.Equal(b, theirs) {
		t.Errorf("something was written to it: %v", err)
	}
	put(ours)
	s := d.open(t, store.Options{})
	if got, err := readAll(t, s, kept); err != nil || !bytes.Equal(got, noise(10)) {
		t.Errorf("%v", err)
	}
}

func TestMissingEvidenceIsNoticedBeforeAnythingIsKept(t *testing.T) {
	t.Parallel()
	d, file, kept := withContent(t)
	for _, empty := range []bool{false, true} {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		if empty {
			if err := os.WriteFile(file, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		d.refuses(t, store.Options{}, "is missing or empty, and cases have 1 files and captures in it")
		d.refuses(t, store.Options{AsItIs: true}, "is missing or empty")
	}
	// Who says that it is lost goes on with an empty one.
	s := d.open(t, store.Options{ContentsLost: true})
	if _, err := readAll(t, s, kept); err == nil {
		t.Error("what is lost is there")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = d.open(t, store.Options{})
	if got, err := readAll(t, s, mustKeep(t, s, noise(11))); err != nil || len(got) != 11 {
		t.Errorf("%v", err)
	}
}
