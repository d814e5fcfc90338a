package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// sends posts a form with a cookie, "" being none.
func (w *world) sends(cookie string, form url.Values) answer {
	r := posts(path, form.Encode())
	if name, value, ok := strings.Cut(cookie, "="); ok {
		r.AddCookie(&http.Cookie{Name: name, Value: value}) //nolint:gosec // a browser sends no attributes
	}
	return w.do(r)
}

func (w *world) onlyFiled(t *testing.T) coc.Filing {
	t.Helper()
	if len(w.filed) != 1 {
		t.Fatalf("%d reports", len(w.filed))
	}
	for _, f := range w.filed {
		return f
	}
	return coc.Filing{}
}

func TestReportCarriesANameOnlyWhereItsReporterTicksTheBox(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		signed, ticked bool
		want           coc.Login
	}{
		"signed in, and ticked":     {true, true, "kim-responder"},
		"signed in, and not ticked": {true, false, ""},
		"not signed in, not ticked": {false, false, ""},
	} {
		w, _ := door()
		cookie := ""
		if c.signed {
			cookie = w.signs(t, "kim-responder")
		}
		form := url.Values{"account": {"It happened."}, "token": {strings.Repeat("A", 26)}}
		if c.ticked {
			form.Set("named", "1")
		}
		if a := w.sends(cookie, form); a.StatusCode != 200 {
			t.Fatalf("%s: %d", name, a.StatusCode)
		}
		if got := w.onlyFiled(t).By; got.Login != c.want || got.Account != 0 != (c.want != "") {
			t.Errorf("%s: it is by %+v", name, got)
		}
	}
}

func TestNameThatCannotGoAlongIsNotLeftOutUnnoticed(t *testing.T) {
	t.Parallel()
	w, g := door()
	cookie := w.signs(t, "kim-responder")
	clear(g.sessions)
	form := url.Values{"account": {"It happened, in many words."}, "token": {strings.Repeat("A", 26)}, "named": {"1"}}
	a := w.sends(cookie, form)
	if a.StatusCode != 422 || len(w.filed) != 0 || !strings.Contains(a.body, english["error.named"]) || !strings.Contains(a.body, "in many words") {
		t.Fatalf("%d, %d filed: %s", a.StatusCode, len(w.filed), a.body)
	}
	if strings.Contains(a.body, `name="named"`) || strings.Contains(a.body, "/auth/github") {
		t.Error("the page invites to lose what was written, or to tick again")
	}
	form.Del("named")
	if a := w.sends(cookie, form); a.StatusCode != 200 || !w.onlyFiled(t).By.IsZero() {
		t.Errorf("without the name: %d", a.StatusCode)
	}
}

func TestFormOffersToSignInBeforeAnythingIsWritten(t *testing.T) {
	t.Parallel()
	w, _ := door()
	empty := w.asks(path)
	if !strings.Contains(empty.body, "/auth/github?back=%2Freport%2Fexample-org%2Fproject") || len(empty.Cookies()) != 0 {
		t.Errorf("the empty form: cookies %v", empty.Cookies())
	}
	if at := strings.Index(empty.body, "/auth/github"); at > strings.Index(empty.body, "<textarea") {
		t.Error("it is offered below the first field")
	}
	if a := w.sends("", url.Values{"account": {""}}); strings.Contains(a.body, "/auth/github") {
		t.Error("it is offered where something may be lost")
	}
	signed := w.asks(path, w.signs(t, "kim-responder"))
	if !strings.Contains(signed.body, `name="named" value="1"`) || strings.Contains(signed.body, "checked") || !strings.Contains(signed.body, "@kim-responder") {
		t.Error("the box is not there, or is ticked by itself")
	}
	off := newWorld()
	if a := off.get(path); strings.Contains(a.body, "/auth/") || strings.Contains(a.body, `name="named"`) {
		t.Error("it is offered where nobody can sign in")
	}
}

func TestReportsOfAnAccountAreFoundWithoutAReceipt(t *testing.T) {
	t.Parallel()
	w, _ := door()
	if a := w.asks("/receipt"); !strings.Contains(a.body, "/auth/github?back=%2Freceipt") || strings.Contains(a.body, "in place of") {
		t.Error("signing in is not offered")
	}
	a := w.asks("/receipt", w.signs(t, "kim-responder"))
	if !strings.Contains(a.body, `name="receipt" value="in place of a receipt"`) || !strings.Contains(a.body, "example-org/project") {
		t.Errorf("theirs are not listed: %s", a.body)
	}
}
