package seal_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/seal"
)

func newKeys(t *testing.T) *seal.Keys {
	t.Helper()
	text, _, err := seal.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := seal.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestRecordOpensOnlyAtItsPlace(t *testing.T) {
	t.Parallel()
	keys := newKeys(t)
	key, _, err := keys.NewDataKey()
	if err != nil {
		t.Fatal(err)
	}
	home := seal.Place{Purpose: "case", Of: "abc", Field: "body", Revision: 3}
	plain := []byte("the account")
	sealed := key.Seal(home, plain)

	for name, at := range map[string]seal.Place{
		"another purpose":         {Purpose: "errand", Of: "abc", Field: "body", Revision: 3},
		"another case":            {Purpose: "case", Of: "abd", Field: "body", Revision: 3},
		"another field":           {Purpose: "case", Of: "abc", Field: "head", Revision: 3},
		"another revision":        {Purpose: "case", Of: "abc", Field: "body", Revision: 2},
		"the same letters, moved": {Purpose: "case", Of: "ab", Field: "cbody", Revision: 3},
		"nowhere":                 {},
	} {
		if _, err := key.Open(at, sealed); !errors.Is(err, seal.ErrUnopened) {
			t.Errorf("at %s it opened: %v", name, err)
		}
	}
	got, err := key.Open(home, sealed)
	if err != nil || !bytes.Equal(got, plain) {
		t.Fatalf("at home: %q, %v", got, err)
	}
	if bytes.Equal(sealed, key.Seal(home, plain)) {
		t.Error("two seals of one record are equal: the nonce repeats")
	}
}

func TestDamagedRecordDoesNotOpen(t *testing.T) {
	t.Parallel()
	key, _, err := newKeys(t).NewDataKey()
	if err != nil {
		t.Fatal(err)
	}
	at := seal.Place{Purpose: "case", Of: "abc"}
	plain, short := key.Seal(at, []byte("the account")), key.SealCompressed(at, []byte("the account"))
	for _, sealed := range [][]byte{plain, short} {
		for i := range sealed {
			bent := bytes.Clone(sealed)
			bent[i] ^= 1
			if _, err := key.Open(at, bent); !errors.Is(err, seal.ErrUnopened) {
				t.Fatalf("with byte %d bent it opened: %v", i, err)
			}
			if _, err := key.Open(at, sealed[:i]); !errors.Is(err, seal.ErrUnopened) {
				t.Fatalf("cut to %d bytes it opened: %v", i, err)
			}
		}
	}
	plain[0], short[0] = short[0], plain[0]
	for _, sealed := range [][]byte{plain, short} {
		if _, err := key.Open(at, sealed); !errors.Is(err, seal.ErrUnopened) {
			t.Errorf("with the other's form it opened: %v", err)
		}
	}
}

func TestCompressedRecordIsShortAndOpensAsItWas(t *testing.T) {
	t.Parallel()
	key, _, err := newKeys(t).NewDataKey()
	if err != nil {
		t.Fatal(err)
	}
	at := seal.Place{Purpose: "intake", Of: "abc"}
	for _, plain := range [][]byte{nil, []byte("x"), bytes.Repeat([]byte("https://api.github.example/repos/"), 300)} {
		sealed := key.SealCompressed(at, plain)
		if len(plain) > 1000 && len(sealed) > len(plain)/3 {
			t.Errorf("%d bytes were sealed to %d", len(plain), len(sealed))
		}
		if got, err := key.Open(at, sealed); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("of %d bytes came %d, %v", len(plain), len(got), err)
		}
		if _, err := key.Open(seal.Place{Purpose: "intake", Of: "abd"}, sealed); !errors.Is(err, seal.ErrUnopened) {
			t.Errorf("at another place it opened: %v", err)
		}
	}
}

func TestDataKeyOpensOnlyForItsOperator(t *testing.T) {
	t.Parallel()
	mine, other := newKeys(t), newKeys(t)
	key, wrapped, err := mine.NewDataKey()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.OpenDataKey(wrapped); !errors.Is(err, seal.ErrUnopened) {
		t.Errorf("another operator opened it: %v", err)
	}
	if _, err := mine.OpenDataKey(wrapped[:len(wrapped)-1]); !errors.Is(err, seal.ErrUnopened) {
		t.Errorf("a cut key opened: %v", err)
	}
	again, err := mine.OpenDataKey(wrapped)
	if err != nil {
		t.Fatal(err)
	}
	at := seal.Place{Purpose: "case"}
	if got, err := again.Open(at, key.Seal(at, []byte("x"))); err != nil || string(got) != "x" {
		t.Fatalf("the unwrapped key is not the key: %q, %v", got, err)
	}
}

func TestKeyFileThatIsWeakOrWrongIsRefusedWithTheFix(t *testing.T) {
	t.Parallel()
	good, _, err := seal.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	second, _, err := seal.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		text []byte
		mode os.FileMode
		want string
	}{
		{"readable by the group", good, 0o640, "chmod 600"},
		{"readable by everybody", good, 0o604, "chmod 600"},
		{"writable by others", good, 0o602, "chmod 600"},
		{"empty", nil, 0o600, "It is empty"},
		{"white space", []byte(" \n\n"), 0o600, "It is empty"},
		{"comments only", []byte("# nothing\n"), 0o600, "no age identity"},
		{"an ssh key", []byte("-----BEGIN OPENSSH PRIVATE KEY-----\n"), 0o600, "no age identity"},
		{"two identities", append(bytes.Clone(good), second...), 0o600, "more than one"},
		{"cut", good[:len(good)-10], 0o600, "no age identity"},
	} {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, tc.text, tc.mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, tc.mode); err != nil {
			t.Fatal(err)
		}
		_, err := seal.Open(path)
		r, ok := errors.AsType[coc.Refusal](err)
		if !ok || !strings.Contains(r.Error(), tc.want) || r.Next == "" {
			t.Errorf("%s: %v", tc.name, err)
		}
		if err != nil && strings.Contains(err.Error(), "AGE-SECRET") {
			t.Errorf("%s: the refusal quotes the key", tc.name)
		}
	}

	dir := t.TempDir()
	for _, path := range []string{filepath.Join(dir, "none"), dir} {
		if _, err := seal.Open(path); !isRefusal(err) {
			t.Errorf("%s: %v", path, err)
		}
	}
	path := filepath.Join(dir, "key")
	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Open(path); err != nil {
		t.Errorf("a good key is refused: %v", err)
	}
}

func isRefusal(err error) bool {
	_, ok := errors.AsType[coc.Refusal](err)
	return ok
}

func TestDerivedValuesDependOnTheKeyAndNothingElse(t *testing.T) {
	t.Parallel()
	text, _, err := seal.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	parse := func() *seal.Keys {
		k, err := seal.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	a, b, other := parse(), parse(), newKeys(t)
	if a.Digest("k", "x") != b.Digest("k", "x") || a.Receipt("t") != b.Receipt("t") {
		t.Error("one key derives two values: nothing is found after a restart")
	}
	if a.Digest("k", "x") == other.Digest("k", "x") || a.Receipt("t") == other.Receipt("t") {
		t.Error("two keys derive one value: it is not keyed")
	}
	if a.Receipt("t") == a.Receipt("u") {
		t.Error("two tokens have one receipt")
	}
	seen := map[string]string{}
	for _, parts := range [][]string{{"k"}, {"k", ""}, {"", "k"}, {"k", "ab", "c"}, {"k", "a", "bc"}, {"k", "abc"}, {"ka", "bc"}} {
		d := a.Digest(parts[0], parts[1:]...)
		if was, ok := seen[d]; ok {
			t.Errorf("%q and %s have one digest", parts, was)
		}
		seen[d] = fmt.Sprintf("%q", parts)
	}
}

// Each of the twenty places of a receipt can have any of 32 signs, so that there are 100
// bits to guess.
func TestReceiptCannotBeGuessed(t *testing.T) {
	t.Parallel()
	keys := newKeys(t)
	var seen [20]map[rune]bool
	for i := range 2000 {
		for n, sign := range strings.ReplaceAll(keys.Receipt(fmt.Sprint("token", i)), "-", "") {
			if seen[n] == nil {
				seen[n] = map[rune]bool{}
			}
			seen[n][sign] = true
		}
	}
	for n, signs := range seen {
		if len(signs) != 32 {
			t.Errorf("place %d has %d signs", n+1, len(signs))
		}
	}
}

func TestReceiptIsTakenAsPeopleWriteIt(t *testing.T) {
	t.Parallel()
	keys := newKeys(t)
	// A token whose receipt has both a 0 and a 1, so that the confusions are
	// really there.
	var receipt string
	for i := 0; ; i++ {
		receipt = keys.Receipt(fmt.Sprint("token", i))
		if strings.Contains(receipt, "0") && strings.Contains(receipt, "1") {
			break
		}
	}
	if !regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{5}(-[0-9A-HJKMNP-TV-Z]{5}){3}$`).MatchString(receipt) {
		t.Fatalf("receipt %q", receipt)
	}
	want, err := keys.ReceiptHash(receipt)
	if err != nil || len(want) < 16 {
		t.Fatalf("%x, %v", want, err)
	}
	for _, written := range []string{
		strings.ToLower(receipt),
		strings.ReplaceAll(receipt, "-", ""),
		"  " + strings.ReplaceAll(receipt, "-", " ") + "\r\n",
		strings.ReplaceAll(receipt, "0", "o"),
		strings.ReplaceAll(receipt, "0", "O"),
		strings.ReplaceAll(receipt, "1", "l"),
		strings.ReplaceAll(receipt, "1", "I"),
		strings.ReplaceAll(receipt, "-", "–"),
		strings.ReplaceAll(receipt, "-", " - ") + ".",
		strings.Map(func(r rune) rune { return r + '\uff01' - '!' }, strings.ToLower(receipt)), // full width
		strings.ReplaceAll(receipt, "-", "\u30fc"), strings.ReplaceAll(receipt, "-", "\u3000"),
	} {
		got, err := keys.ReceiptHash(written)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%q is not recognised: %v", written, err)
		}
	}
	for _, written := range []string{
		"", "-----", receipt[1:], receipt + "0", strings.Replace(receipt, receipt[:1], "U", 1),
		strings.Replace(receipt, receipt[:1], "é", 1), strings.Repeat("0", 1<<16), "0000\x000-00000-00000-00000",
	} {
		if h, err := keys.ReceiptHash(written); !isRefusal(err) || h != nil {
			t.Errorf("%.40q is taken: %v", written, err)
		}
	}
}

func TestNamesAreFreshAndPlain(t *testing.T) {
	t.Parallel()
	keys := newKeys(t)
	ids, names := map[coc.CaseID]bool{}, map[string]bool{}
	name := regexp.MustCompile(`^[a-z]+-[a-z]+-[1-9][0-9]{2}$`)
	for range 200 {
		id, title := keys.CaseID(), keys.CodeName()
		if len(id) != 26 || ids[id] {
			t.Fatalf("case ID %q", id)
		}
		if !name.MatchString(title) {
			t.Fatalf("code name %q", title)
		}
		ids[id], names[title] = true, true
	}
	// 200 draws from 2^20 names repeat one with a chance of 2 %; ten repeats
	// mean that the list is not what it should be.
	if len(names) < 190 {
		t.Errorf("200 draws gave only %d names", len(names))
	}
}

func TestCodeNamesHaveTwentyBits(t *testing.T) {
	t.Parallel()
	words := func(file string) float64 {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, w := range strings.Fields(string(b)) {
			if seen[w] {
				t.Errorf("%s has %q twice", file, w)
			}
			seen[w] = true
		}
		return float64(len(seen))
	}
	if bits := math.Log2(words("adjectives.txt") * words("nouns.txt") * 900); bits < 20 {
		t.Errorf("%.1f bits", bits)
	}
}

func TestEveryFieldOfARecordSurvivesEncoding(t *testing.T) {
	t.Parallel()
	for _, record := range []any{
		new(coc.Case), new(coc.Errand), new(coc.Standing), new(coc.Filing), new(coc.Intake), new(coc.Told),
	} {
		typ := reflect.TypeOf(record).Elem()
		n := 0
		fill(t, reflect.ValueOf(record).Elem(), typ.Name(), &n)
		roundTrip(t, record)
		roundTrip(t, reflect.New(typ).Interface()) // and so do all the zeros
	}
}

func roundTrip(t *testing.T, record any) {
	t.Helper()
	b, err := seal.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	got := reflect.New(reflect.TypeOf(record).Elem()).Interface()
	if err := seal.Unmarshal(b, got); err != nil {
		t.Fatal(err)
	}
	// Prose prints as withheld, so compare its words.
	words := cmp.Transformer("words", coc.Prose.Reveal)
	if diff := cmp.Diff(record, got, words); diff != "" {
		t.Errorf("%T changed (-before +after):\n%s", record, diff)
	}
}

// fill gives every field a value of its own, so that one that is forgotten or
// swapped with another shows.
func fill(t *testing.T, v reflect.Value, path string, n *int) {
	t.Helper()
	*n++
	switch v.Interface().(type) {
	case coc.Prose:
		v.Set(reflect.ValueOf(coc.NewProse(fmt.Sprintf("words <%d> \u202e \x00 \"", *n))))
		return
	case time.Time:
		v.Set(reflect.ValueOf(time.Date(2025, 3, 1, 12, 0, *n%60, *n, time.UTC)))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if !v.Type().Field(i).IsExported() {
				t.Fatalf("%s.%s is not exported and would be lost", path, v.Type().Field(i).Name)
			}
			fill(t, v.Field(i), path+"."+v.Type().Field(i).Name, n)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), path, n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(t, v.Index(i), path, n)
		}
	case reflect.String:
		v.SetString(fmt.Sprint("s", *n))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Uint8:
		v.SetUint(uint64(*n % 256))
	default:
		t.Fatalf("%s: teach this test about %s, and seal if it needs it", path, v.Kind())
	}
}

func TestBrokenBytesInAReportDoNotLoseIt(t *testing.T) {
	t.Parallel()
	b, err := seal.Marshal(coc.Filing{Account: coc.NewProse("it began \xff\xfe here")})
	if err != nil {
		t.Fatal(err)
	}
	var got coc.Filing
	if err := seal.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if w := got.Account.Reveal(); !strings.HasPrefix(w, "it began ") || !strings.HasSuffix(w, " here") {
		t.Errorf("%q", w)
	}
}

func TestPackedValueKeepsItsProseAndShowsNone(t *testing.T) {
	t.Parallel()
	keys := newKeys(t)
	before := coc.Filing{Account: coc.NewProse("canary-7319"), Repo: coc.Repo{Owner: "example", Name: "widget"}}
	packed, err := keys.Pack(before)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(fmt.Sprintf("%v %+v %s", packed, packed, packed), "canary") {
		t.Error("what was packed shows its words")
	}
	var after coc.Filing
	if err := keys.Unpack(packed, &after); err != nil || after.Account.Reveal() != "canary-7319" || after.Repo != before.Repo {
		t.Errorf("%+v, %v", after, err)
	}
	again, err := keys.Pack(after)
	if err != nil || keys.DigestOf("k", again) != keys.DigestOf("k", packed) {
		t.Errorf("equal values have two digests, %v", err)
	}
	if keys.DigestOf("k", packed) == keys.DigestOf("l", packed) || keys.DigestOf("k", packed) == newKeys(t).DigestOf("k", packed) {
		t.Error("the digest depends on neither kind nor key")
	}
	if err := keys.Unpack(coc.NewProse("canary-7319"), &after); err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("%v", err)
	}
}

func TestDecodingErrorQuotesNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`{"account":["canary-7319"]}`, `{"account":"canary-7319`, `canary-7319`, `{"at":"canary-7319"}`} {
		var f coc.Filing
		err := seal.Unmarshal([]byte(text), &f)
		if err == nil {
			t.Fatalf("%s decoded", text)
		}
		if strings.Contains(fmt.Sprintf("%+v", err), "canary") {
			t.Errorf("the error quotes the record: %v", err)
		}
	}
}

func TestWordsBesideARecordStayAsTheyAre(t *testing.T) {
	t.Parallel()
	before := coc.Intake{ID: 7, Event: "issues", Received: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	for _, words := range []string{"", `{"body":"\"quoted\""}`, "broken \xff\xfe, and then 0\x00"} {
		b, err := seal.MarshalBeside(before, coc.NewProse(words))
		if err != nil {
			t.Fatal(err)
		}
		var after coc.Intake
		got, err := seal.UnmarshalBeside(b, &after)
		if err != nil || got.Reveal() != words || !cmp.Equal(before, after, cmp.AllowUnexported(coc.Prose{})) {
			t.Errorf("%+v with %q, %v; want %+v with %q", after, got.Reveal(), err, before, words)
		}
	}
}

func TestWordsBesideWhatIsNoRecordAreNotShown(t *testing.T) {
	t.Parallel()
	for _, b := range []string{"", "\xff", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "\x7fcanary-7319", "\x02{]canary-7319", "\x0bcanary-7319"} {
		var in coc.Intake
		_, err := seal.UnmarshalBeside([]byte(b), &in)
		if err == nil || strings.Contains(fmt.Sprintf("%+v", err), "canary") {
			t.Errorf("%q: %v", b, err)
		}
	}
}

func BenchmarkSealDelivery10KB(b *testing.B) {
	text, _, err := seal.NewIdentity()
	if err != nil {
		b.Fatal(err)
	}
	keys, err := seal.Parse(text)
	if err != nil {
		b.Fatal(err)
	}
	key, _, err := keys.NewDataKey()
	if err != nil {
		b.Fatal(err)
	}
	payload := bytes.Repeat([]byte("0123456789"), 1024)
	b.SetBytes(int64(len(payload)))
	for b.Loop() {
		key.Seal(seal.Place{Purpose: "intake", Of: "x"}, payload)
	}
}

// A case that was kept before there were declarations has none, and nothing in it
// waits for anybody's word.
func TestCaseOfBeforeDeclarationsHasNone(t *testing.T) {
	t.Parallel()
	var c coc.Case
	old := `{"id":"one","revision":3,"report":{"account":"x"},"stage":"received","placements":[{"code_name":"calm-otter-7","committee":{"key":"k"},"responders":["kim"]}]}`
	if err := seal.Unmarshal([]byte(old), &c); err != nil {
		t.Fatal(err)
	}
	if home := c.Home(); c.Declarations != nil || home.Screened || !home.ScreenBy.IsZero() || len(home.Responders) != 1 {
		t.Errorf("%+v", c)
	}
}
