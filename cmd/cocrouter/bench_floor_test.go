package main

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/hook"
	"github.com/cocrouter/cocrouter/pkg/seal"
)

// BenchmarkFloor is what no store could do without: the same deliveries through
// the same signature, decoding and sealing, and one write and one fsync of a
// plain file that those who come at the same time share. What BenchmarkDelivery
// takes longer is the price of a database: of finding out what was taken before,
// and of a job that stands or falls with each delivery.
func BenchmarkFloor(b *testing.B) {
	bySenders(b, func(b *testing.B) (http.Handler, payloads) {
		s, p := benchSettings(b)
		f := newFloor(b, s.keys)
		h, err := hook.New(hook.Options{Apps: s.hookApps(), Take: f.take, Digest: s.keys.Digest, Log: zerolog.Nop()})
		if err != nil {
			b.Fatal(err)
		}
		return h, p
	})
}

// floor is a file that sealed intakes are appended to.
type floor struct {
	key   *seal.DataKey
	takes chan appending
}

type appending struct {
	sealed []byte
	done   chan error
}

func newFloor(b *testing.B, keys *seal.Keys) *floor {
	b.Helper()
	key, _, err := keys.NewDataKey()
	if err != nil {
		b.Fatal(err)
	}
	file, err := os.Create(filepath.Join(b.TempDir(), "floor"))
	if err != nil {
		b.Fatal(err)
	}
	f := &floor{key: key, takes: make(chan appending, 256)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for first := range f.takes {
			f.append(file, first)
		}
	}()
	b.Cleanup(func() {
		close(f.takes)
		<-ended
		if err := file.Close(); err != nil {
			b.Error(err)
		}
	})
	return f
}

// take seals an intake as the store does and waits until it is on the disk.
func (f *floor) take(_ context.Context, in coc.Intake) (fresh bool, err error) {
	words := in.Payload
	in.Payload = coc.Prose{}
	plain, err := seal.MarshalBeside(in, words)
	if err != nil {
		return false, err
	}
	a := appending{f.key.SealCompressed(seal.Place{Purpose: "intake", Of: in.Delivery}, plain), make(chan error, 1)}
	f.takes <- a
	return true, <-a.done
}

// append writes all that waits, at once.
func (f *floor) append(file *os.File, first appending) {
	batch, bytes := []appending{first}, first.sealed
	for waiting := len(f.takes); waiting > 0; waiting-- {
		a := <-f.takes
		batch, bytes = append(batch, a), append(bytes, a.sealed...)
	}
	_, err := file.Write(bytes)
	if err == nil {
		err = file.Sync()
	}
	for _, a := range batch {
		a.done <- err
	}
}
