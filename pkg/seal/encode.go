package seal

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// encoding reveals prose, keeps nil slices nil, and lets text that is not UTF-8
// through with U+FFFD in it: a report with a broken byte is worth more than an
// error.
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
