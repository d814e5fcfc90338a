package seal

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// NewContentKey makes a key for one content: a file, or something captured. Its text
// belongs into a record that is sealed itself, with which it is erased; it is
// wrapped for nobody else.
func NewContentKey() (*DataKey, coc.Prose, error) {
	secret := make([]byte, chacha20poly1305.KeySize)
	_, _ = rand.Read(secret) // never fails; the runtime stops the process instead
	key, err := newDataKey(secret)
	return key, coc.NewProse(base64.RawStdEncoding.EncodeToString(secret)), err
}

// ContentKey takes such a text up again: ErrUnopened if it is none.
func ContentKey(text coc.Prose) (*DataKey, error) {
	secret, err := base64.RawStdEncoding.DecodeString(text.Reveal())
	if err != nil || len(secret) != chacha20poly1305.KeySize {
		return nil, fmt.Errorf("key of a content: %w", ErrUnopened)
	}
	return newDataKey(secret)
}

// Piece is the place of one piece of a content. The last one says so, so that a
// content that was cut does not open as a shorter one.
func Piece(content string, n int, last bool) Place {
	p := Place{Purpose: "evidence", Of: content, Revision: n}
	if last {
		p.Field = "last"
	}
	return p
}

// Words gives words to be sealed piece by piece; they go nowhere else.
func Words(p coc.Prose) io.Reader { return strings.NewReader(p.Reveal()) }
