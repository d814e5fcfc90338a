package casework_test

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/evidence"
)

func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, 3, 3))); err != nil {
		t.Fatal(err)
	}
	return append(b.Bytes(), "taken in heliotrope street"...)
}

func (w *world) uploads(name, what string, redraw bool) coc.Upload {
	w.Helper()
	u, err := w.Desk.Upload(w.Context(), coc.NewProse(name), strings.NewReader(what), redraw)
	if err != nil {
		w.Fatal(err)
	}
	return u
}

func TestUploadIsWhatItIsAndTellsNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.keeping(casework.EvidenceLimits{File: 1000})
	u := w.uploads("../me.jpg.exe", string(picture(t)), true)
	if u.Name.Reveal() != "me_jpg.png" || u.Content.Media != "image/png" || !u.Content.Redrawn || bytes.Contains(v.kept[u.Content.ID], []byte("heliotrope")) {
		t.Errorf("%q, %+v", u.Name.Reveal(), u.Content)
	}
	if u = w.uploads("me.png", string(picture(t)), false); u.Content.Redrawn || !bytes.Contains(v.kept[u.Content.ID], []byte("heliotrope")) {
		t.Error("it was drawn anew although nobody asked for it")
	}
	if u = w.uploads("notes.html", "He said so.", true); u.Content.Media != "text/plain" || u.Content.Redrawn {
		t.Errorf("%+v", u.Content)
	}
	before := len(v.kept)
	broken := errors.New("gone away")
	for name, c := range map[string]struct {
		what io.Reader
		want error
	}{
		"a page":                        {strings.NewReader("<html>"), evidence.Markup},
		"too much":                      {strings.NewReader(strings.Repeat("a", 1001)), evidence.TooLarge},
		"a picture that is none":        {strings.NewReader("GIF89a/*<script>"), evidence.Damaged},
		"somebody who goes away":        {io.MultiReader(strings.NewReader("He said"), iotest.ErrReader(broken)), broken},
		"somebody who goes away late":   {io.MultiReader(strings.NewReader(strings.Repeat("a", 900)), iotest.ErrReader(broken)), broken},
		"a picture larger than it says": {strings.NewReader("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\xff\xff\x00\x00\xff\xff\x08\x06\x00\x00\x00"), evidence.Damaged},
	} {
		if _, err := w.Desk.Upload(w.Context(), coc.NewProse("x"), c.what, true); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(v.kept) != before {
		t.Errorf("%d contents are left of what was refused", len(v.kept)-before)
	}
}

func TestServerThatIsFullSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keeping(casework.EvidenceLimits{Instance: 10})
	w.uploads("a.txt", "ten letters and more", false)
	if _, err := w.Desk.Upload(w.Context(), coc.NewProse("b.txt"), strings.NewReader("more"), false); !errors.Is(err, evidence.NoSpace) {
		t.Errorf("%v", err)
	}
	w.Options.Vault = nil
	if _, err := casework.New(w.Options).Upload(w.Context(), coc.NewProse("b.txt"), strings.NewReader("more"), false); !errors.Is(err, evidence.NoSpace) {
		t.Errorf("without a vault: %v", err)
	}
}

func TestFilesOfAReportAreItsEvidenceOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keeping(casework.EvidenceLimits{Case: 100})
	send := func(files ...coc.Upload) coc.Case {
		w.file("token", coc.Filing{Account: coc.NewProse(account), Files: files})
		w.pass(time.Minute)
		return w.caseOf(w.st.ids()[0])
	}
	c := send(w.uploads("a.txt", "the first", true))
	if len(c.Evidence) != 1 || c.Evidence[0].Kind != coc.EvidenceFile || c.Evidence[0].As != coc.RoleReporter {
		t.Fatalf("%+v", c.Evidence)
	}
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "1: a file, a.txt (1 KB, from the reporter)") {
		t.Errorf("%s", body)
	}
	// A form that is sent again has the same files under other names in the store.
	if c = send(w.uploads("a.txt", "the first", true)); len(c.Evidence) != 1 {
		t.Errorf("it is kept twice: %+v", c.Evidence)
	}
	c = send(w.uploads("b.txt", "the first", true), w.uploads("c.txt", "the second", true), w.uploads("d.txt", strings.Repeat("a", 100), true))
	if len(c.Evidence) != 3 || c.Evidence[2].Why != coc.NoRoom || !c.Evidence[2].Content.IsZero() {
		t.Errorf("%+v", c.Evidence)
	}
	if answer := w.lastAnswer(c, 0); !strings.Contains(answer, "With it came files, kept as evidence 2. **Not kept**, because there is no more room for evidence: 3.") {
		t.Errorf("%s", answer)
	}
	if text, err := w.read(c, 2, "ada-river"); err != nil || text != "the second" {
		t.Errorf("%q, %v", text, err)
	}
	w.proven(c)
	w.invariants()
}
