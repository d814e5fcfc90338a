package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/web/browsertest"
)

// A report is filed with a committee that asks its members in private. One of them
// follows the way from the issue in their own repository, signs in on a phone, says that
// they are clear, and reads the case; the accused member walks the same way to nothing.
func TestMemberIsAskedInPrivateOnAPhoneBeforeTheyReadAWord(t *testing.T) {
	t.Parallel()
	l, err := readLand("../../testdata/cases/asked-in-private")
	if err != nil {
		t.Fatal(err)
	}
	w := build(t, l)
	status, _ := w.browser().post("/report/lake-project/lake", url.Values{
		"account": {"It was " + canary + "."}, "token": {strings.Repeat("A", 26)}, "who1": {"lia-lake"}, "role1": {"accused"},
	})
	if status != http.StatusOK {
		t.Fatalf("the report: %d", status)
	}
	w.rest()
	hint, err := w.ViewIssue("lia-lake", "lake-conduct/cases", 1)
	if err != nil || !strings.Contains(hint.Body, w.play.address+"/cases") {
		t.Fatalf("their own repository does not lead to the page: %v\n%s", err, hint.Body)
	}

	member := browsertest.Phone{Cookies: true, SignsInAt: w.URL()}
	lia := browsertest.Open(t, w.play.address, member)
	wantPage(t, lia, lia.Visit("/cases"), http.StatusOK)
	signsIn(t, lia, "lia-lake")
	if lia.Count("#asked") != 0 || lia.Count(".cases") != 0 {
		t.Errorf("the accused is asked:\n%s", lia.Text("main"))
	}
	lia.Look("1 the accused member is asked nothing")

	leo := browsertest.Open(t, w.play.address, member)
	wantPage(t, leo, leo.Visit("/cases"), http.StatusOK)
	signsIn(t, leo, "leo-lake")
	if text := leo.Text("main"); !strings.Contains(text, "@lia-lake") || strings.Contains(text, canary) {
		t.Fatalf("Leo is shown\n%s", text)
	}
	leo.Look("2 Leo is asked")
	leo.Touch("main li input[value=clear]")
	wantPage(t, leo, leo.Press("main li form button"), http.StatusOK)
	leo.Look("3 Leo has answered")
	w.rest()
	wantPage(t, leo, leo.Visit("/cases"), http.StatusOK)
	leo.Look("4 the case is among his cases")
	wantPage(t, leo, leo.Press(".cases h2 a"), http.StatusOK)
	record := leo.At()
	if text := leo.Text("main"); !strings.Contains(text, canary) {
		t.Fatalf("Leo does not read it\n%s", text)
	}
	leo.Touch("main details summary")
	leo.Look("5 he could step back")

	wantPage(t, lia, lia.Visit(record), http.StatusNotFound)
	leo.Touch("main details input[value=hard]")
	wantPage(t, leo, leo.Press("main details form button"), http.StatusOK)
	w.rest()
	wantPage(t, leo, leo.Visit(record), http.StatusNotFound)
	leo.Look("6 there is nothing for him any more")
}
