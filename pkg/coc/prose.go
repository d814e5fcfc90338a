package coc

import (
	"fmt"
	"strings"
)

const withheld = "[withheld]"

// Prose is what people wrote in confidence: the account, names, places, links.
// It prints, formats and marshals as "[withheld]"; an empty Prose as "". The
// words leave only through Reveal. The zero value is empty.
//
// seal encodes it in the clear before it encrypts; nothing else may.
type Prose struct{ words string }

// NewProse takes words in at an edge (a form, a delivery, an opened seal).
func NewProse(words string) Prose { return Prose{words} }

// Reveal gives the words. Callers are listed in a test.
func (p Prose) Reveal() string { return p.words }

// And is these words and then more, set apart; blank ones are left out.
func (p Prose) And(more Prose) Prose {
	switch {
	case more.IsBlank():
		return p
	case p.IsBlank():
		return more
	}
	return Prose{p.words + "\n\n" + more.words}
}

// IsBlank reports whether there is nothing but white space.
func (p Prose) IsBlank() bool { return strings.TrimSpace(p.words) == "" }

// Len is the length in bytes.
func (p Prose) Len() int { return len(p.words) }

// String never shows the words.
func (p Prose) String() string {
	if p.words == "" {
		return ""
	}
	return withheld
}

// Format never shows the words, whatever the verb.
func (p Prose) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(p.String())) }

// GoString never shows the words.
func (p Prose) GoString() string { return p.String() }

// MarshalText never shows the words; JSON, YAML and XML encoders use it.
func (p Prose) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText takes words in. Reading words in is harmless.
func (p *Prose) UnmarshalText(b []byte) error { p.words = string(b); return nil }
