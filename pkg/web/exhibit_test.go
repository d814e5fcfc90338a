package web

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Exhibit gives whoever may read the case a transcript, a picture that was drawn anew, a
// page that calls itself one, and one that breaks.
func (d *desk) Exhibit(_ context.Context, who coc.Person, id coc.CaseID, number int) (casework.Exhibit, error) {
	what := map[int]casework.Exhibit{
		1: {Name: coc.NewProse("evidence-1.txt"), Media: "text/plain; charset=utf-8", Inline: true},
		2: {Name: coc.NewProse("снимок.png"), Media: "image/png", Inline: true},
		3: {Name: coc.NewProse("me.pdf"), Media: "application/pdf"},
		4: {Name: coc.NewProse("me.mp4"), Media: "video/mp4"},
	}
	e, ok := what[number]
	if !ok || !d.github.may[id].Is(who.Login) {
		return e, coc.ErrMissing
	}
	d.github.opened = append(d.github.opened, string(who.Login))
	e.Content, e.Size = io.NopCloser(strings.NewReader("<script>heliotrope</script>")), 27
	if number == 4 {
		e.Content = io.NopCloser(io.MultiReader(strings.NewReader("<scr"), iotest.ErrReader(errors.New("altered"))))
	}
	return e, d.github.broken
}

func TestEvidenceIsShownOrDownloadedAndRunsNowhere(t *testing.T) {
	t.Parallel()
	w, g := door()
	g.sessions["token"] = coc.Person{Login: "kim-responder", Account: 7}
	g.sessions["other"] = coc.Person{Login: "tom-talker", Account: 8}
	at := "/cases/" + caseID + "/evidence/"
	for n, want := range map[string]struct{ media, how string }{
		"1": {"text/plain; charset=utf-8", `inline; filename=evidence-1.txt`},
		"2": {"image/png", `inline; filename*=utf-8''%D1%81%D0%BD%D0%B8%D0%BC%D0%BE%D0%BA.png`},
		"3": {"application/pdf", `attachment; filename=me.pdf`},
	} {
		a := w.asks(at+n, "__Host-cocrouter=token")
		h := a.Header
		if a.StatusCode != 200 || a.body != "<script>heliotrope</script>" || h.Get("Content-Type") != want.media || h.Get("Content-Disposition") != want.how {
			t.Errorf("%s: %d, %v", n, a.StatusCode, h)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", n, h)
		}
	}
	if len(g.opened) != 3 {
		t.Errorf("%d looks were recorded", len(g.opened))
	}
	if a := w.asks(at+"4", "__Host-cocrouter=token"); a.Header.Get("Content-Length") != "27" || a.body != "<scr" || strings.Contains(w.log.String(), "heliotrope") {
		t.Errorf("one that breaks: %q, %s", a.body, w.log)
	}
	// Whoever may not read it gets what stands for what is not there.
	nothing := w.asks("/cases/"+strings.Repeat("b", 26), "__Host-cocrouter=other")
	for _, path := range []string{at + "1", at + "99", at + "-1", at + "x", "/cases/x/evidence/1", "/cases/" + strings.Repeat("b", 26) + "/evidence/1"} {
		a := w.asks(path, "__Host-cocrouter=other")
		same := strings.ReplaceAll(a.body, path, "") == strings.ReplaceAll(nothing.body, "/cases/"+strings.Repeat("b", 26), "")
		if a.StatusCode != 404 || !same {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
	}
	if a := w.asks(at + "1"); a.StatusCode != 200 || strings.Contains(a.body, "heliotrope") {
		t.Errorf("nobody: %d", a.StatusCode)
	}
	if len(g.opened) != 4 {
		t.Errorf("%d looks were recorded", len(g.opened))
	}
}

func TestFileThatWasNotKeptIsSaidNotToBe(t *testing.T) {
	t.Parallel()
	w, g := door()
	g.sessions["token"] = coc.Person{Login: "kim-responder", Account: 7}
	r := g.records[caseID]
	for name, c := range map[string]struct {
		is   coc.Evidence
		want bool
	}{
		"a file without content":    {coc.Evidence{Number: 1, Kind: coc.EvidenceFile, Why: coc.NoRoom}, true},
		"a capture without content": {coc.Evidence{Number: 2, Kind: coc.EvidenceCapture, Of: 1, Why: coc.NoRoom}, true},
		"a file":                    {coc.Evidence{Number: 3, Kind: coc.EvidenceFile, Content: coc.Content{ID: "x"}}, false},
		"an address":                {coc.Evidence{Number: 4, Kind: coc.EvidenceAddress}, false},
	} {
		r.Evidence = []coc.Evidence{c.is}
		g.records[caseID] = r
		if a := w.asks("/cases/"+caseID, "__Host-cocrouter=token"); a.StatusCode != 200 || strings.Contains(a.body, "nothing was kept") != c.want {
			t.Errorf("%s: %d", name, a.StatusCode)
		}
	}
}
