package seal

import (
	"encoding/binary"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// encoding reveals prose, keeps nil slices nil, encodes equal values equally, and
// lets text that is not UTF-8 through with U+FFFD in it: a report with a broken
// byte is worth more than an error.
var encoding = json.JoinOptions(
	json.WithMarshalers(json.MarshalToFunc(func(e *jsontext.Encoder, p coc.Prose) error {
		return e.WriteToken(jsontext.String(p.Reveal()))
	})),
	json.WithUnmarshalers(json.UnmarshalFromFunc(func(d *jsontext.Decoder, p *coc.Prose) error {
		t, err := d.ReadToken()
		if err != nil {
			return err
		}
		if t.Kind() != '"' {
			return fmt.Errorf("prose is %s, not a string", t.Kind())
		}
		*p = coc.NewProse(t.String())
		return nil
	})),
	json.FormatNilSliceAsNull(true),
	json.Deterministic(true),
	jsontext.AllowInvalidUTF8(true),
)

// Marshal encodes a record with its prose revealed. The result is to be sealed
// at once and goes nowhere else.
func Marshal(v any) ([]byte, error) {
	b, err := json.Marshal(v, encoding)
	if err != nil {
		return nil, fmt.Errorf("encoding %T: %w", v, err)
	}
	return b, nil
}

// Unmarshal decodes what Marshal encoded. Its error names the type only: the
// decoder's own would quote what it stumbled over.
func Unmarshal(b []byte, v any) error {
	if err := json.Unmarshal(b, v, encoding); err != nil {
		return fmt.Errorf("decoding %T: it is not what was encoded", v)
	}
	return nil
}

// MarshalBeside encodes a record and, behind it and as they are, words that are
// most of it: JSON that was escaped into JSON would be longer and slower. The
// result is to be sealed at once, like Marshal's.
func MarshalBeside(record any, words coc.Prose) ([]byte, error) {
	b, err := Marshal(record)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, binary.MaxVarintLen64+len(b)+words.Len())
	out = binary.AppendUvarint(out, uint64(len(b)))
	out = append(out, b...)
	return append(out, words.Reveal()...), nil
}

// UnmarshalBeside decodes what MarshalBeside encoded. Its error quotes nothing.
func UnmarshalBeside(b []byte, record any) (coc.Prose, error) {
	length, n := binary.Uvarint(b)
	if n <= 0 || length > uint64(len(b)-n) {
		return coc.Prose{}, fmt.Errorf("decoding %T: it is not what was encoded", record)
	}
	b = b[n:]
	return coc.NewProse(string(b[length:])), Unmarshal(b[:length], record)
}

// Pack makes a value into words, such as an intake's payload: equal values into
// equal words. Unpack reads them back. The prose in the value stays prose all
// the way.
func (k *Keys) Pack(v any) (coc.Prose, error) {
	b, err := Marshal(v)
	return coc.NewProse(string(b)), err
}

// Unpack reads what Pack made. Its error quotes nothing.
func (k *Keys) Unpack(p coc.Prose, v any) error { return Unmarshal([]byte(p.Reveal()), v) }
