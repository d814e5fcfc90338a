package evidence_test

import (
	"bytes"
	"compress/lzw"
	"errors"
	"fmt"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/evidence"
)

// frame is one of a GIF, of one colour.
func frame(t *testing.T, w, h int) []byte {
	t.Helper()
	var pixels bytes.Buffer
	z := lzw.NewWriter(&pixels, lzw.LSB, 2)
	if _, err := z.Write(make([]byte, w*h)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	out := []byte{0x2c, 0, 0, 0, 0, byte(w), byte(w >> 8), byte(h), byte(h >> 8), 0, 2}
	for p := pixels.Bytes(); len(p) > 0; {
		n := min(len(p), 255)
		out, p = append(append(out, byte(n)), p[:n]...), p[n:]
	}
	return append(out, 0)
}

// Whoever weighs a picture and whoever decodes it must read the same one: what is only
// seen by the second is as much as its sender wants.
func TestGIFThatIsReadInTwoWaysIsNotDecoded(t *testing.T) {
	t.Parallel()
	const screen = "GIF89a\x10\x00\x10\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff"
	// It takes more frames than any picture may have, where they are seen.
	hidden := bytes.Repeat(frame(t, 16, 16), 1001)
	rest := string(hidden) + ";"
	if _, _, err := redraw(evidence.GIF, []byte(screen+rest)); !errors.Is(err, evidence.TooBig) {
		t.Fatalf("in the open: %v", err)
	}
	for name, before := range map[string]string{
		"behind words that end at once":           "\x21\x01\x00;" + string(make([]byte, 12)),
		"behind words of another length":          "\x21\x01\x0b" + string(make([]byte, 11)) + "\x00" + "\x00",
		"behind a program's name of no length":    "\x21\xff\x00;" + string(make([]byte, 59)) + "\x00",
		"behind what nobody knows":                "\x21\x33\x00",
		"behind a moment of another length":       "\x21\xf9\x00;\x00\x00\x00\x00",
		"behind a moment that goes on for longer": "\x21\xf9\x04\x00\x00\x00\x00\x01;\x00",
	} {
		kind, out, err := redraw(evidence.GIF, []byte(screen+before+rest))
		if err == nil || !errors.Is(err, evidence.TooBig) && !errors.Is(err, evidence.Damaged) {
			t.Errorf("%s: drawn as %s of %d bytes, %v", name, kind, len(out), fmt.Sprint(err))
		}
	}
}
