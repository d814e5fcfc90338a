package web

import (
	"io/fs"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// What stands at the left in English stands at the right in Arabic.
func TestStyleSheetKnowsNoLeftAndNoRight(t *testing.T) {
	t.Parallel()
	css, err := fs.ReadFile(pages, "pages/cocrouter.css")
	if err != nil {
		t.Fatal(err)
	}
	bare := regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(string(css), "")
	for _, side := range regexp.MustCompile(`[^;{}]*\b(?:left|right)\b[^;{}]*`).FindAllString(bare, -1) {
		t.Errorf("%q", strings.TrimSpace(side))
	}
}

// Names run their own way in a page that runs the other, and so does a receipt.
func TestNamesAndReceiptsKeepTheirDirection(t *testing.T) {
	t.Parallel()
	w := newWorld()
	arabic := w.get(path + "?lang=ar")
	want(t, arabic, 200, `<html lang="ar" dir="rtl">`, "\u2068example-org/project\u2069", "\u2068Example Conduct Committee\u2069", `href="mailto:conduct@example.org" dir="ltr"`)
	want(t, w.post(path+"?lang=ar", url.Values{"token": {w.token(t, path)}, "account": {"x"}}), 200, `<bdi dir="ltr"><span>`)

	g := w.guides["example-org/project"]
	g.Committee, g.Members = "لجنة السلوك", nil
	w.guides["example-org/project"] = g
	a := w.get(path)
	want(t, a, 200, `<html lang="en" dir="ltr">`, "The \u2068لجنة السلوك\u2069: 2 people", "About example-org/project")
	if strings.Contains(a.body, "\u2068example-org") {
		t.Error("what runs the way of the page is marked, too")
	}
}
