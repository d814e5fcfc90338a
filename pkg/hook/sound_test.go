package hook

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

func FuzzSoundIsWhatTheDecoderReads(f *testing.F) {
	for _, body := range []string{
		`{"a":1,"a":2}`,
		`{"a":"` + "\xff\xfe" + `"}`, `{"a":"\ud800"}`, `{"a":"\ud800\u0041"}`, `{"a":"\udc00\ud800"}`, `{"\ud800":1,"\ud800":2}`,
		strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000), strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001),
		`{"a":"` + "\x00" + `"}`, `{"a":"` + "\u2028\x7f" + `"}`, "\ufeff{}", `{"a":"\x"}`,
		`{"a":01}`, `{"a":1.}`, `{"a":-0e+9999}`, `{"a":+1}`, `{"a":NaN}`,
		`{"a":1,}`, `{"a" :1 }` + "\r\n\t ", `{}{}`, `{} x`, `[`, `"`, ``, ` `, `nul`, `/**/{}`, "{\"a\":1\v}",
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if got, want := sound(body), json.Valid(body); got != want {
			t.Errorf("%q is sound: %v; the decoder reads it: %v", body, got, want)
		}
	})
}

func TestFieldsAreReadWhereTheyStand(t *testing.T) {
	t.Parallel()
	l := look{found: map[string]gjson.Result{}, body: []byte(`{
		"text":"{\"login\":\"in a text\"}","list":[{"login":"in a list"}],"nothing":null,"number":{"login":5},
		"sender":{"login":"first","deep":{"er":"yes"}},"sender":{"login":"second"}}`)}
	for path, want := range map[string]string{
		"text.login": "", "list.login": "", "nothing.login": "", "missing.login": "", "sender.missing": "",
		"number.login": "5", "sender.login": "first", "sender.deep.er": "yes", "sender.deep": `{"er":"yes"}`,
	} {
		if got := l.text(path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
}
