package main

import (
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// said is an answer with everything that anybody can tell answers apart by, but for
// the time of day.
type said struct {
	whole string
	took  time.Duration
}

// sends sends a form, or asks for a page where there is none, as a browser does.
func sends(t *testing.T, address string, form url.Values) said {
	t.Helper()
	if form == nil {
		return request(t, http.MethodGet, address, "", "")
	}
	return request(t, http.MethodPost, address, "application/x-www-form-urlencoded", form.Encode())
}

// attaches sends a form with a file behind its fields.
func attaches(t *testing.T, address string, form url.Values, file string) said {
	t.Helper()
	var body strings.Builder
	m := multipart.NewWriter(&body)
	for name := range form {
		_ = m.WriteField(name, form.Get(name))
	}
	part, _ := m.CreateFormFile("files", "a.txt")
	_, _ = io.WriteString(part, file)
	_ = m.Close()
	return request(t, http.MethodPost, address, m.FormDataContentType(), body.String())
}

func request(t *testing.T, method, address, kind, form string) said {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	began := time.Now()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	took := time.Since(began)
	if err != nil {
		t.Fatal(err)
	}
	resp.Header.Del("Date")
	return said{fmt.Sprint(resp.Status, resp.Header, "\n", string(body)), took}
}

// medians sends forms again and again, in turn, and says how long each
// took half of the time.
func medians(t *testing.T, address string, forms map[string]url.Values) string {
	t.Helper()
	const times = 30
	took := map[string][]time.Duration{}
	for range times {
		for name, form := range forms {
			took[name] = append(took[name], sends(t, address, form).took)
		}
	}
	var lines []string
	for name, all := range took {
		slices.Sort(all)
		lines = append(lines, fmt.Sprintf("%-32s %8s  (a tenth below %s, a tenth above %s)", name, all[times/2].Round(time.Microsecond), all[times/10].Round(time.Microsecond), all[times*9/10].Round(time.Microsecond)))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// No answer tells a receipt that was never given from one whose case is gone, or from
// what is no receipt at all. How long each takes is printed, for -v.
func TestReceiptsThatShowNothingAreAnsweredAlike(t *testing.T) {
	t.Parallel()
	s := startScene(t)
	p := s.play(io.Discard, demoPatience)
	if err := fillForm(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	gone := p.receipt
	if _, err := p.caseIn(t.Context(), foundationCommittee[0], foundationRoom); err != nil {
		t.Fatal(err)
	}
	if shown := sends(t, s.address+"/receipt", url.Values{"receipt": {gone}}); !strings.HasPrefix(shown.whole, "200") {
		t.Fatalf("the receipt shows nothing while its case is there: %.300s", shown.whole)
	}
	// Every commit lists the case's receipt again, and some are still to come.
	for _, q := range []string{
		`CREATE TRIGGER gone BEFORE INSERT ON receipts BEGIN SELECT RAISE(IGNORE); END`,
		`DELETE FROM receipts`,
	} {
		if _, err := s.server.store.DB().ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	forms := map[string]url.Values{}
	for name, receipt := range map[string]string{
		"never given": "AAAAA-BBBBB-CCCCC-DDDDD", "its case is gone": gone, "malformed": "a receipt", "too long": strings.Repeat("A", 200),
		"no text": "\xff\xfe", "empty": "", "a dash": "-",
	} {
		forms[name] = url.Values{"receipt": {receipt}}
	}
	first := sends(t, s.address+"/receipt", forms["never given"])
	if !strings.HasPrefix(first.whole, "404") {
		t.Fatalf("a receipt that was never given: %.300s", first.whole)
	}
	for name, form := range forms {
		if a := sends(t, s.address+"/receipt", form); a.whole != first.whole {
			t.Errorf("%s is answered differently from one that was never given:\n%s", name, apart(first.whole, a.whole))
		}
	}
	// Nor where words and a file come with it, which is then not kept.
	words := map[string]string{}
	for name, form := range forms {
		form = url.Values{"receipt": form["receipt"], "token": {strings.Repeat("A", 26)}, "act": {"answer"}, "words": {"What I have to add"}}
		words[name] = attaches(t, s.address+"/receipt", form, "a picture of it").whole
	}
	if !strings.HasPrefix(words["never given"], "404") || !strings.Contains(words["never given"], "What I have to add") {
		t.Errorf("an answer with a receipt that was never given: %.300s", words["never given"])
	}
	for name, answered := range words {
		if answered != words["never given"] {
			t.Errorf("with a file, %s is answered differently from one that was never given:\n%s", name, apart(words["never given"], answered))
		}
	}
	// As many as are answered before it is said that there were too many.
	delete(forms, "too long")
	delete(forms, "a dash")
	t.Logf("medians, in turn:\n%s", medians(t, s.address+"/receipt", forms))
}

var ownWords = regexp.MustCompile(`name="token" value="[^"]+"|(?s)<p class="code">.*?</p>|<ol class="aloud">.*?</ol>|value="[0-9A-Z]{5}(-[0-9A-Z]{5}){3}"`)

// What a form, its receipt and the page behind it say does not depend on whether
// whoever is named sits on the committee: neither before, nor when the case has gone
// elsewhere for it.
func TestCommitteeWithConflictsIsToldFromNoOther(t *testing.T) {
	t.Parallel()
	s := startScene(t)
	p := s.play(io.Discard, demoPatience)
	page := s.address + "/report/" + riverRepo
	empty := ownWords.ReplaceAllString(sends(t, page, nil).whole, "")
	pages := map[string][]string{}
	took := map[string][]time.Duration{}
	for _, who := range []struct{ login, room, reader string }{
		{"orla-outsider", riverRoom, riverCommittee[0]},
		{riverCommittee[2], foundationRoom, foundationCommittee[0]},
	} {
		token := formToken.FindStringSubmatch(sends(t, page, nil).whole)
		words := "What I saw, of " + who.login
		filed := sends(t, page, url.Values{"token": {token[1]}, "account": {words}, "who1": {who.login}, "role1": {"accused"}})
		receipt := receiptIn(filed.whole)
		if receipt == "" {
			t.Fatalf("no receipt: %.500s", filed.whole)
		}
		p.caseSaying(t, who.reader, who.room, words)
		var progress said
		eventually(t, p, "the receipt shows how it stands", func() bool {
			progress = sends(t, s.address+"/receipt", url.Values{"receipt": {receipt}})
			return strings.Contains(progress.whole, "<dl>")
		})
		for _, one := range []said{filed, progress, sends(t, page, nil)} {
			pages[who.room] = append(pages[who.room], ownWords.ReplaceAllString(one.whole, ""))
			took[who.room] = append(took[who.room], one.took)
		}
	}
	for i, name := range []string{"the page after the form", "the page behind the receipt", "the next form"} {
		if a, b := pages[riverRoom][i], pages[foundationRoom][i]; a != b {
			t.Errorf("%s tells them apart:\n%s", name, apart(a, b))
		}
	}
	if pages[foundationRoom][2] != empty {
		t.Error("the form says something else now that somebody was named")
	}
	t.Logf("the form, the receipt, the next form: without a conflict %v, with one %v", took[riverRoom], took[foundationRoom])
}

// apart is what two pages do not have in common, line by line.
func apart(a, b string) string {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	var out []string
	for i := range max(len(as), len(bs)) {
		if i >= len(as) || i >= len(bs) || as[i] != bs[i] {
			out = append(out, fmt.Sprintf("line %d: %.200q, %.200q", i+1, strings.Join(as[min(i, len(as)):min(i+1, len(as))], ""), strings.Join(bs[min(i, len(bs)):min(i+1, len(bs))], "")))
		}
	}
	return strings.Join(out[:min(len(out), 5)], "\n")
}
