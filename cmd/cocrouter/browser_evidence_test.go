package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
	"github.com/cocrouter/cocrouter/pkg/web/browsertest"
)

// signsIn follows the link of the page that asks for it, and agrees at GitHub.
func signsIn(t *testing.T, tab *browsertest.Tab, login string) {
	t.Helper()
	wantPage(t, tab, tab.Press("main a.button"), http.StatusOK)
	wantPage(t, tab, tab.Press(`button[name="as"][value="`+login+`"]`), http.StatusOK)
}

// drawn is a picture of a few colours, as a file.
func drawn(t *testing.T) string {
	t.Helper()
	const wide, high = 1200, 800 // more than a phone's
	p := image.NewNRGBA(image.Rect(0, 0, wide, high))
	for x := range wide {
		for y := range high {
			p.Set(x, y, color.NRGBA{R: uint8(x * 255 / wide), G: uint8(y * 255 / high), B: 120, A: 255}) //nolint:gosec // less than 256
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var exhibitLink = regexp.MustCompile(`\(<http://[^/]+(/cases/[a-z2-7]{26}/evidence/[0-9]+)>\)`)

// exhibitLinks are the paths that a case's issue leads to, in order.
func (w *town) exhibitLinks(login, room string, number int) (paths []string) {
	w.t.Helper()
	issue, err := w.ViewIssue(login, room, number)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, m := range exhibitLink.FindAllStringSubmatch(issue.Body, -1) {
		paths = append(paths, m[1])
	}
	return paths
}

// Somebody reports on a phone, with a picture and a link to what was said. What was
// said is deleted. Whoever may read the case follows the links of its issue and finds
// both; nobody else finds anything, also who could a moment ago.
func TestEvidenceOutlivesItsDeletionForThoseWhoMayReadTheCaseAndForNobodyElse(t *testing.T) {
	t.Parallel()
	l, err := readLand("../../testdata/cases/_river")
	if err != nil {
		t.Fatal(err)
	}
	w := build(t, l)
	about, err := w.OpenIssue("nell-newcomer", riverRepo, githubsim.NewIssue{Title: "The engine", Body: "It stops."})
	if err != nil {
		t.Fatal(err)
	}
	said, err := w.Comment(talker, riverRepo, about, "Go home, "+canary+".")
	if err != nil {
		t.Fatal(err)
	}
	link := fmt.Sprintf("%s/%s/issues/%d#issuecomment-%d", w.URL(), riverRepo, about, said)

	nell := browsertest.Open(t, w.play.address, browsertest.Phone{})
	wantPage(t, nell, nell.Visit("/report/"+riverRepo), http.StatusOK)
	nell.Write("#account", "Tom told me to go home: "+link)
	nell.Upload("#files", put(t, t.TempDir(), "his message.png", drawn(t)))
	nell.Look("1 the form with a picture")
	wantPage(t, nell, nell.Press(send), http.StatusOK)
	receipt := strings.Join(strings.Fields(nell.Text(".receipt .code")), "")
	nell.Hide(receipt, strings.ReplaceAll(receipt, "-", ""), riverRoom)
	w.rest()
	if err := w.DeleteComment(talker, riverRepo, said); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Comment("rosa-responder", riverRoom, 1, "/coc ack"); err != nil {
		t.Fatal(err)
	}
	w.rest()
	links := w.exhibitLinks("rosa-responder", riverRoom, 1)
	if len(links) != 2 {
		t.Fatalf("the issue leads to %v", links)
	}
	picture, words := links[0], links[1]
	record := strings.TrimSuffix(picture, "/evidence/1")

	member := browsertest.Phone{Cookies: true, SignsInAt: w.URL()}
	rosa := browsertest.Open(t, w.play.address, member)
	wantPage(t, rosa, rosa.Visit(words), http.StatusOK)
	rosa.Look("2 who is it")
	signsIn(t, rosa, "rosa-responder")
	reads := func(tab *browsertest.Tab, name string) {
		t.Helper()
		wantPage(t, tab, tab.Visit(words), http.StatusOK)
		if text := tab.Markup(); !strings.Contains(text, "| Go home, "+canary+".") || !strings.Contains(text, talker) {
			t.Errorf("%s reads of what was deleted\n%s", name, text)
		}
		tab.Keep("what was deleted, for " + name)
		wantPage(t, tab, tab.Visit(record), http.StatusOK)
		tab.Look("the record, for " + name)
		wantPage(t, tab, tab.Press(`main a[href="`+picture+`"]`), http.StatusOK)
		if n := tab.Count("img"); n != 1 || tab.At() != picture {
			t.Errorf("%s sees %d pictures at %s", name, n, tab.At())
		}
		tab.Keep("the picture, for " + name)
	}
	if at := rosa.At(); at != words {
		t.Errorf("after signing in she is at %s", at)
	}
	reads(rosa, "rosa")
	// She adds a picture as it was sent, and has it kept once more without what it tells.
	wantPage(t, rosa, rosa.Visit(record), http.StatusOK)
	rosa.Upload("#files", put(t, t.TempDir(), "from the chat.png", drawn(t)+"in the garden"))
	rosa.Look("a picture to add")
	wantPage(t, rosa, rosa.Press("#evidence form:last-of-type button"), http.StatusOK)
	rosa.Look("a picture was added")
	wantPage(t, rosa, rosa.Press(`#evidence form[action="`+record+`/evidence/4"] button`), http.StatusOK)
	w.rest()
	if links := w.exhibitLinks("rosa-responder", riverRoom, 1); !slices.Equal(links, []string{picture, words, record + "/evidence/4", record + "/evidence/5"}) {
		t.Errorf("the issue leads to %v", links)
	}
	if text := rosa.Text("#evidence"); !strings.Contains(text, "@rosa-responder") || !strings.Contains(text, "Number 4, drawn anew") {
		t.Errorf("the page tells of what was added:\n%s", text)
	}
	rosa.Upload("#files", put(t, t.TempDir(), "page.png", "<html>"))
	wantPage(t, rosa, rosa.Press("#evidence form:last-of-type button"), http.StatusUnprocessableEntity)
	rosa.Look("a file that is none")

	conflicted, removed := browsertest.Open(t, w.play.address, member), browsertest.Open(t, w.play.address, member)
	for name, tab := range map[string]*browsertest.Tab{"ravi-responder": conflicted, "rune-responder": removed} {
		tab.Visit(picture)
		signsIn(t, tab, name)
		if n := tab.Count("img"); n != 1 {
			t.Fatalf("%s sees %d pictures", name, n)
		}
	}
	stranger := browsertest.Open(t, w.play.address, member)
	stranger.Visit("/cases")
	signsIn(t, stranger, "otis-outsider")
	wantPage(t, stranger, stranger.Visit("/cases/"+strings.Repeat("a", 26)+"/evidence/1"), http.StatusNotFound)
	stranger.Look("nothing is here")
	nothing := stranger.Markup()
	finds := func(tab *browsertest.Tab, name string) {
		t.Helper()
		for _, path := range []string{record, picture, words} {
			if status := tab.Visit(path); status != http.StatusNotFound || tab.Markup() != nothing {
				t.Errorf("%s at %s: %d, and not what a stranger finds where nothing is:\n%s", name, path, status, tab.Text("body"))
			}
		}
		tab.Look("nothing is here, for " + name)
	}
	finds(stranger, "a stranger")

	if err := w.RemoveMember("river-conduct", "rune-responder"); err != nil {
		t.Fatal(err)
	}
	w.rest()
	finds(removed, "who was removed")
	wantPage(t, rosa, rosa.Visit(record), http.StatusOK)

	// The room has a reader now who is not clear, so the case goes on, with its evidence.
	if _, err := w.Comment("ravi-responder", riverRoom, 1, "/coc recuse hard"); err != nil {
		t.Fatal(err)
	}
	w.rest()
	finds(conflicted, "who is not clear")
	if links := w.exhibitLinks("fay-foundation", foundationRoom, 1); len(links) != 4 || links[0] != picture {
		t.Fatalf("the next issue leads to %v", links)
	}
	fay := browsertest.Open(t, w.play.address, member)
	fay.Visit(record)
	signsIn(t, fay, "fay-foundation")
	reads(fay, "fay")
	wantPage(t, fay, fay.Visit(record), http.StatusOK)
	if text := fay.Text("main"); !strings.Contains(text, "evidence 1") {
		t.Errorf("the record does not tell who opened what:\n%s", text)
	}
	finds(rosa, "whose committee has it no more")
	if found := w.wordsIn(w.log.String()); len(found) > 0 {
		t.Errorf("the log has %v", found)
	}
}
