package evidence_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"image"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/evidence"
)

const zip = "PK\x03\x04 a file PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00\x10\x00\x00\x00\x20\x00\x00\x00\x00\x00"

func TestFileIsWhatItsContentIsAndNothingElse(t *testing.T) {
	t.Parallel()
	page := "<html><script>alert(1)</script>"
	for name, c := range map[string]struct {
		is   string
		want evidence.Kind
		or   error
	}{
		"a picture that is a page besides":          {"GIF89a/*" + page, evidence.GIF, nil}, // and never drawn as it is
		"a picture that is an archive besides":      {"\x89PNG\r\n\x1a\n....IEND" + zip, "", evidence.Archive},
		"an archive with a remark":                  {"\xff\xd8\xff...PK\x05\x06" + strings.Repeat("\x00", 16) + "\x05\x00words", "", evidence.Archive},
		"a picture with the sign of an archive":     {"\xff\xd8\xff...PK\x05\x06" + strings.Repeat("\x00", 16) + "\x09\x00words", evidence.JPEG, nil},
		"a document that is an archive":             {"%PDF-1.7\n" + zip, "", evidence.Archive},
		"a document without an end":                 {"%PDF-1.7\n" + page, "", evidence.Damaged},
		"a document":                                {"%PDF-1.7\n1 0 obj\n%%EOF\n", evidence.PDF, nil},
		"a document behind something else":          {"\x00\x01%PDF-1.7\n%%EOF", "", evidence.Unknown},
		"a drawing":                                 {"\xef\xbb\xbf \n<SVG onload=alert(1)>", "", evidence.Markup},
		"a drawing behind a declaration":            {"<?xml version='1.0'?><svg/>", "", evidence.Markup},
		"a page":                                    {"\t<!DOCTYPE html>", "", evidence.Markup},
		"a page as mail":                            {"MIME-Version: 1.0\nContent-Type: text/html\n\n<p>", "", evidence.Markup},
		"an archive":                                {zip, "", evidence.Archive},
		"a compressed file":                         {"\x1f\x8b\x08", "", evidence.Archive},
		"a program":                                 {"MZ\x90\x00\x03", "", evidence.Unknown},
		"another program":                           {"\x7fELF\x02\x01", "", evidence.Unknown},
		"a telephone's picture":                     {"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", "", evidence.Foreign},
		"a film":                                    {"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00", evidence.MP4, nil},
		"a telephone's film":                        {"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00", evidence.QuickTime, nil},
		"a film of the web":                         {"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01\x42\x82\x84webmB\x87", evidence.WebM, nil},
		"a film of another sort":                    {"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01\x42\x82\x88matroska", "", evidence.Unknown},
		"a sound in the dress of a picture":         {"RIFF\x00\x00\x00\x00WAVEfmt ", "", evidence.Unknown},
		"words":                                     {"He said: <b>heliotrope</b> \u2603", evidence.Text, nil},
		"words with a byte that is none":            {"He said \xff", "", evidence.Unknown},
		"words with nothing among them":             {"He said \x00 this", "", evidence.Unknown},
		"words that end within a character":         {"He said \xe2\x98", "", evidence.Unknown},
		"long words that go wrong late":             {strings.Repeat("he said ", 2000) + "\x00", "", evidence.Damaged},
		"long words that end within a character":    {strings.Repeat("he said ", 2000) + "\xe2\x98", "", evidence.Damaged},
		"long words cut at the edge of the look":    {strings.Repeat("a", 4095) + "\u2603 and on", evidence.Text, nil},
		"words in two bytes each":                   {"\xff\xfeH\x00i\x00", "", evidence.Unknown},
		"nothing":                                   {"", "", evidence.Empty},
		"the mark of an order of bytes and no more": {"\xef\xbb\xbf", "", evidence.Empty},
	} {
		for _, r := range []io.Reader{strings.NewReader(c.is), iotest.OneByteReader(strings.NewReader(c.is)), iotest.DataErrReader(strings.NewReader(c.is))} {
			f, err := evidence.Open(r, 1<<20)
			var got []byte
			if err == nil {
				got, err = io.ReadAll(f)
			}
			if !errors.Is(err, c.or) || (c.or == nil) != (err == nil) {
				t.Errorf("%s: %v, want %v", name, err, c.or)
				break
			}
			if err != nil {
				continue
			}
			sum := sha256.Sum256([]byte(c.is))
			if f.Kind != c.want || string(got) != c.is || f.Size() != int64(len(c.is)) || f.Sum() != hex.EncodeToString(sum[:]) {
				t.Errorf("%s: %s of %d bytes", name, f.Kind, f.Size())
			}
		}
	}
}

func TestFileThatIsLongerThanItMayBeEndsThere(t *testing.T) {
	t.Parallel()
	f, err := evidence.Open(strings.NewReader(strings.Repeat("a", 10001)), 10000)
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, f)
	if !errors.Is(err, evidence.TooLarge) || n > 10000 {
		t.Errorf("%d bytes, %v", n, err)
	}
	if _, err := f.Read(make([]byte, 1)); !errors.Is(err, evidence.TooLarge) {
		t.Errorf("it goes on after that: %v", err)
	}
	if f, err = evidence.Open(strings.NewReader(strings.Repeat("a", 10000)), 10000); err == nil {
		_, err = io.Copy(io.Discard, f)
	}
	if err != nil {
		t.Errorf("one that is as long as it may be: %v", err)
	}
}

func TestNameTellsNothingButWhatTheFileIs(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"../../etc/passwd":                    "passwd.jpg",
		`C:\Users\kim\Desktop\me.png`:         "me.jpg",
		"photo.jpg.exe":                       "photo_jpg.jpg",
		"gpj.\u202Eexe.photo":                 "gpj_exe.jpg",
		"a\u200b\u0000\r\nb\".html":           "a b.jpg",
		".htaccess":                           "file.jpg",
		"..":                                  "file.jpg",
		"":                                    "file.jpg",
		"/":                                   "file.jpg",
		"con.jpg":                             "file.jpg",
		"LPT1":                                "file.jpg",
		"  two   words .jpeg":                 "two words.jpg",
		"-rf.jpg":                             "rf.jpg",
		"\xff\xfe.jpg":                        "file.jpg",
		"снимок экрана 3.png":                 "снимок экрана 3.jpg",
		"截图.png":                              "截图.jpg",
		strings.Repeat("ш", 100) + ".jpg":     strings.Repeat("ш", 40) + ".jpg",
		"x;filename*=utf-8''%41.jpg":          "x_filename_=utf-8___41.jpg",
		"a\u2028b\ufe0f\U000e0041\ufeffc.gif": "a bc.jpg",
	} {
		if got := evidence.Name(coc.NewProse(said), evidence.JPEG).Reveal(); got != want {
			t.Errorf("%q became %q, want %q", said, got, want)
		}
	}
}

func FuzzOpen(f *testing.F) {
	for _, seed := range []string{"", zip, "GIF89a", "\x89PNG\r\n\x1a\n", "%PDF-1.4 %%EOF", "\xff\xd8\xff", "words \u2603", "<svg>", "\x00\x00\x00\x18ftypmp42", strings.Repeat("\u2603", 1400)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, is []byte) {
		var seen [2]string
		for i, r := range []io.Reader{bytes.NewReader(is), iotest.HalfReader(bytes.NewReader(is))} {
			file, err := evidence.Open(r, 1<<16)
			if err == nil {
				_, err = io.Copy(io.Discard, file)
			}
			if err == nil {
				seen[i] = string(file.Kind) + file.Sum()
				if file.Size() != int64(len(is)) || file.Size() > 1<<16 {
					t.Errorf("%d bytes of %d", file.Size(), len(is))
				}
				// What is drawn large is slow, and finds nothing more.
				if at, _, err := image.DecodeConfig(bytes.NewReader(is)); file.Kind.CanRedraw() && err == nil && at.Width*at.Height <= 1<<18 {
					open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(is)), nil }
					_, _ = evidence.Redraw(file.Kind, open, io.Discard)
				}
			} else {
				seen[i] = err.Error()
			}
		}
		if seen[0] != seen[1] {
			t.Errorf("%q whole and %q in pieces", seen[0], seen[1])
		}
	})
}
