package seal

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	_ "embed"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"math/big"
	"regexp"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Digest is a keyed hash: the same for the same kind and parts, and without the
// operator's key neither guessable nor reversible. ("a","b") and ("ab") differ.
func (k *Keys) Digest(kind string, parts ...string) string {
	text := appendPart(nil, kind)
	for _, p := range parts {
		text = appendPart(text, p)
	}
	return hex.EncodeToString(mac(k.digest, text))
}

// DigestOf is a Digest of what people wrote.
func (k *Keys) DigestOf(kind string, words coc.Prose) string { return k.Digest(kind, words.Reveal()) }

func mac(key, text []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(text)
	return h.Sum(nil)
}

// A receipt is 20 signs of Crockford's alphabet, which has no I, L, O and U:
// 100 bits, in groups that can be read over a telephone.
const (
	receiptAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	receiptSigns    = 20
	receiptGroup    = 5
)

// Receipt is what a reporter is given for a form's one-time token. A form that
// is sent twice gets the same one; the token cannot be found from it.
func (k *Keys) Receipt(token string) string {
	sum := mac(k.receipt, []byte(token))
	var b strings.Builder
	for i := range receiptSigns {
		if i > 0 && i%receiptGroup == 0 {
			b.WriteByte('-')
		}
		// 256 is a multiple of 32, so every sign is equally likely.
		b.WriteByte(receiptAlphabet[int(sum[i])%len(receiptAlphabet)])
	}
	return b.String()
}

// ReceiptHash is what is kept of a receipt. It takes the receipt as people
// write it: any case, with or without dashes and spaces, O for 0, I and L for
// 1. Anything else is a coc.Refusal.
func (k *Keys) ReceiptHash(receipt string) ([]byte, error) {
	signs, ok := canonicalReceipt(receipt)
	if !ok {
		return nil, coc.Refusal{
			What: "That is not a receipt: it has 20 letters and digits, in four groups of five.",
			Next: "Copy it again from where you kept it.",
		}
	}
	return mac(k.receiptHash, []byte(signs)), nil
}

func canonicalReceipt(written string) (string, bool) {
	var b strings.Builder
	for _, r := range strings.ToUpper(written) {
		if r >= '\uff01' && r <= '\uff5e' {
			r -= '\uff01' - '!' // as an East Asian keyboard writes it, in the width of a character
		}
		switch {
		case r == '-' || r == ' ' || r == '\t' || r == '\n' || r == '\r' ||
			// What word processors and telephones make of a dash or a space.
			r == '\u2010' || r == '\u2011' || r == '\u2012' || r == '\u2013' || r == '\u2014' || r == '\u00a0' ||
			r == '\u2212' || r == '\u30fc' || r == '\u3000' || r == '\u202f' || r == '\u200b' || r == '.':
			continue
		case r == 'O':
			r = '0'
		case r == 'I' || r == 'L':
			r = '1'
		}
		if b.Len() == receiptSigns || r > 'Z' || !strings.ContainsRune(receiptAlphabet, r) {
			return "", false
		}
		b.WriteRune(r)
	}
	return b.String(), b.Len() == receiptSigns
}

var lowerBase32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// CaseID makes a new one: 128 random bits.
func (k *Keys) CaseID() coc.CaseID {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails; the runtime stops the process instead
	return coc.CaseID(lowerBase32.EncodeToString(b))
}

//go:embed adjectives.txt
var adjectiveList string

//go:embed nouns.txt
var nounList string

var (
	adjectives = strings.Fields(adjectiveList)
	nouns      = strings.Fields(nounList)
)

// CodeName makes a fresh title, such as quiet-harbor-417: words that say
// nothing about anybody, and more than 22 random bits.
func (k *Keys) CodeName() string {
	return fmt.Sprintf("%s-%s-%d", adjectives[below(len(adjectives))], nouns[below(len(nouns))], 100+below(900))
}

func below(n int) int {
	i, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		panic("seal: no randomness: " + err.Error()) // the runtime stops before this can happen
	}
	return int(i.Int64())
}

var receiptForm = regexp.MustCompile(`(?i)(?:^|[^0-9A-Za-z])((?:[0-9A-Z]{5}[-\p{Pd} \x{00a0}]?){3}[0-9A-Z]{5})(?:$|[^0-9A-Za-z])`)

// HasReceipt reports whether the receipt that a hash was kept of stands in words,
// as people write it.
func (k *Keys) HasReceipt(words coc.Prose, hash []byte) bool {
	for _, m := range receiptForm.FindAllStringSubmatch(words.Reveal(), -1) {
		if got, err := k.ReceiptHash(m[1]); err == nil && hmac.Equal(got, hash) {
			return true
		}
	}
	return false
}
