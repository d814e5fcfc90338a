// Package seal encrypts what cocrouter keeps, and derives what must be the
// same each time and tell nothing.
//
// What is written to disk is encrypted to its place: a record that is moved to
// another case, field or revision does not open. Erasing a case's key erases
// the case.
//
// # Model
//
// The operator has one key, an age X25519 identity in a file (Open). It never
// encrypts a record itself. age wraps data keys (NewDataKey, OpenDataKey), and
// each record is sealed under a data key with its Place as associated data.
// Whoever keeps records keeps the wrapped keys apart from them, and makes a key
// durable before the first record that needs it.
//
// From the same identity come, by HKDF-SHA256 and separated by purpose, the
// keys of everything that must be found again without being readable: Digest
// for index columns, Receipt and ReceiptHash for reporters; and the key of what a
// browser is given to bring back (Ticket). Losing the identity
// loses all of it, by design.
//
// # Why age wraps keys and not records
//
// age costs about 150 µs to seal and binds no context. One wrapped key per
// case, and one per minute for what arrives, brings sealing a delivery down to
// a few microseconds, and the associated data binds what age does not.
//
// # Why only what arrives is compressed
//
// A delivery is mostly addresses and shrinks to a third, and so does what is
// written and synced before GitHub is answered. But the length of what is
// sealed is not hidden, and where somebody can put guesses next to a secret and
// watch the length, compression tells which guess was right. An intake is
// written once and holds what one sender sent: whoever could guess into it, by
// writing in the same issue, can read that issue. A case's record grows with
// what several people say, some of whom must not learn what the others said,
// and is written again at every revision: it is never compressed. Without
// compression too, the length of a record tells about how much was written.
//
// # Why not encoding/json
//
// coc.Prose marshals as withheld everywhere. Marshal is the one encoder that
// reveals it, because a record is encrypted before it is written; an encoder
// that is configured per call makes that exception visible here and impossible
// elsewhere.
package seal

import (
	"bytes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
	"github.com/klauspost/compress/s2"
	"golang.org/x/crypto/chacha20poly1305"
)

// ErrUnopened is returned for a record or a wrapped key that does not open: it
// was damaged, moved to another place, or sealed under another key.
var ErrUnopened = errors.New("seal does not open")

// Keys is the operator's key and what is derived from it. It is safe for
// concurrent use. There is no usable zero value: get one from Open or Parse.
type Keys struct {
	identity *age.X25519Identity

	digest      []byte
	receipt     []byte
	receiptHash []byte
	ticket      *DataKey
}

// derive gives the key of one purpose. The strings are stored formats: changing
// one makes every index of every store unfindable.
func derive(identity *age.X25519Identity) (*Keys, error) {
	k := &Keys{identity: identity}
	var ticket []byte
	for _, d := range []struct {
		key     *[]byte
		purpose string
	}{
		{&k.digest, "cocrouter/1/digest"},
		{&k.receipt, "cocrouter/1/receipt"},
		{&k.receiptHash, "cocrouter/1/receipt-hash"},
		{&ticket, "cocrouter/1/ticket"},
	} {
		derived, err := hkdf.Key(sha256.New, []byte(identity.String()), nil, d.purpose, sha256.Size)
		if err != nil {
			return nil, fmt.Errorf("deriving the key of %s: %w", d.purpose, err)
		}
		*d.key = derived
	}
	var err error
	k.ticket, err = newDataKey(ticket)
	return k, err
}

// Place is where a record belongs. A record opens at the place where it was
// sealed and nowhere else.
type Place struct {
	Purpose  string // the kind of record: case, intake, errand …
	Of       string // whose: a case's ID, an index key
	Field    string // which part of it, "" for a record of one part
	Revision int    // 0 for records that have none
}

// bytes encodes the place so that no two places have the same encoding.
func (p Place) bytes() []byte {
	var b []byte
	for _, part := range []string{p.Purpose, p.Of, p.Field} {
		b = appendPart(b, part)
	}
	return binary.BigEndian.AppendUint64(b, uint64(p.Revision))
}

// appendPart writes a part with its length, so that "ab","c" differs from
// "a","bc".
func appendPart(b []byte, part string) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(len(part)))
	return append(b, part...)
}

// DataKey seals records. It is safe for concurrent use.
type DataKey struct{ aead cipher.AEAD }

// NewDataKey makes a random data key. The wrapped form opens again with the
// operator's key; it must be durable before the first record sealed under it.
func (k *Keys) NewDataKey() (key *DataKey, wrapped []byte, err error) {
	secret := make([]byte, chacha20poly1305.KeySize)
	_, _ = rand.Read(secret) // never fails; the runtime stops the process instead
	if key, err = newDataKey(secret); err != nil {
		return nil, nil, err
	}
	var buf bytes.Buffer
	w, err := age.Encrypt(&buf, k.identity.Recipient())
	if err != nil {
		return nil, nil, fmt.Errorf("wrapping a data key: %w", err)
	}
	if _, err := w.Write(secret); err != nil {
		return nil, nil, fmt.Errorf("wrapping a data key: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, nil, fmt.Errorf("wrapping a data key: %w", err)
	}
	return key, buf.Bytes(), nil
}

// OpenDataKey unwraps a key that NewDataKey made: ErrUnopened if it was made
// for another operator's key, or is damaged.
func (k *Keys) OpenDataKey(wrapped []byte) (*DataKey, error) {
	r, err := age.Decrypt(bytes.NewReader(wrapped), k.identity)
	if err != nil {
		return nil, fmt.Errorf("data key: %w", ErrUnopened)
	}
	secret, err := io.ReadAll(io.LimitReader(r, chacha20poly1305.KeySize+1))
	if err != nil || len(secret) != chacha20poly1305.KeySize {
		return nil, fmt.Errorf("data key: %w", ErrUnopened)
	}
	return newDataKey(secret)
}

func newDataKey(secret []byte) (*DataKey, error) {
	aead, err := chacha20poly1305.NewX(secret)
	if err != nil {
		return nil, fmt.Errorf("data key: %w", err)
	}
	return &DataKey{aead}, nil
}

// The first byte of every sealed record is its form, so that another can come
// one day and be told apart. It is bound to the record like its place.
const (
	asItIs     = 1
	compressed = 2
)

// head is what stands before the encrypted bytes: the form and the nonce.
const head = 1 + chacha20poly1305.NonceSizeX

// Seal encrypts a record for its place. 24 random bytes of nonce make any
// number of records under one key safe.
func (d *DataKey) Seal(at Place, plain []byte) []byte {
	out := make([]byte, head, head+len(plain)+chacha20poly1305.Overhead)
	return d.seal(at, asItIs, out, plain)
}

// SealCompressed is Seal for a record of one sender that is written once; the
// package comment says why for no other.
func (d *DataKey) SealCompressed(at Place, plain []byte) []byte {
	// It is compressed to where it is then encrypted.
	out := make([]byte, head+s2.MaxEncodedLen(len(plain))+chacha20poly1305.Overhead)
	return d.seal(at, compressed, out[:head], s2.Encode(out[head:], plain))
}

// seal fills the head in and appends the encrypted record.
func (d *DataKey) seal(at Place, form byte, out, plain []byte) []byte {
	out[0] = form
	_, _ = rand.Read(out[1:]) // never fails; the runtime stops the process instead
	return d.aead.Seal(out, out[1:], plain, append(at.bytes(), form))
}

// Open decrypts a record at its place: ErrUnopened if it was sealed for another
// place or under another key, or is damaged.
func (d *DataKey) Open(at Place, sealed []byte) ([]byte, error) {
	plain, err := d.open(at, sealed)
	if err != nil {
		return nil, fmt.Errorf("%s record: %w", at.Purpose, ErrUnopened)
	}
	return plain, nil
}

func (d *DataKey) open(at Place, sealed []byte) ([]byte, error) {
	if len(sealed) < head || sealed[0] != asItIs && sealed[0] != compressed {
		return nil, ErrUnopened
	}
	form := sealed[0]
	plain, err := d.aead.Open(nil, sealed[1:head], sealed[head:], append(at.bytes(), form))
	if err == nil && form == compressed {
		return s2.Decode(nil, plain)
	}
	return plain, err
}
