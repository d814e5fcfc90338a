package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

const askedID = "bbbbbbbbbbbbbbbbbbbbbbbbbb"

func (d *desk) Inquiries(_ context.Context, who coc.Person) ([]casework.Inquiry, error) {
	return d.github.inquiries(who)
}

func (d *desk) Declare(_ context.Context, who coc.Person, id coc.CaseID, kind coc.ConflictKind, basis coc.ConflictBasis) error {
	return d.github.declare(who, id, kind, basis)
}

func (g *signedUp) inquiries(who coc.Person) ([]casework.Inquiry, error) {
	if g.broken == nil && g.invites != "" && who.Login == g.invites {
		return []casework.Inquiry{{ID: askedID, Name: "mild-meadow-206", Committee: "Example Conduct Committee", Invited: true}}, nil
	}
	if who.Login != g.asks || g.broken != nil {
		return nil, g.broken
	}
	return []casework.Inquiry{{
		ID: askedID, Name: "calm-river-112", Committee: "Example Conduct Committee", By: noon.Add(48 * time.Hour),
		Accused: []coc.Party{{Login: "tom-talker", Role: coc.RoleAccused}, {Name: coc.NewProse("<b>the loud one</b>"), Role: coc.RoleAccused}},
	}}, nil
}

func (g *signedUp) declare(who coc.Person, id coc.CaseID, kind coc.ConflictKind, basis coc.ConflictBasis) error {
	asked, has := id == askedID && who.Login == g.asks, g.may[id] == who.Login
	invited := id == askedID && who.Login == g.invites && kind == coc.ConflictHard
	switch {
	case g.unlooked != nil:
		return g.unlooked
	case !asked && !has && !invited || who.IsZero():
		return coc.ErrMissing
	case has && kind == coc.ConflictClear:
		return coc.Refusal{What: "no", Rule: "conflict/closed"}
	}
	g.declared = append(g.declared, strings.Join([]string{string(who.Login), string(id), string(kind), string(basis)}, " "))
	return nil
}

// says sends the form of a case.
func (w *world) says(id, cookie string, sent url.Values, headers ...string) answer {
	r := httptest.NewRequest(http.MethodPost, "/cases/"+id, strings.NewReader(sent.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if name, value, ok := strings.Cut(cookie, "="); ok {
		r.AddCookie(&http.Cookie{Name: name, Value: value}) //nolint:gosec // a browser sends no attributes
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return w.do(r)
}

func TestWhoIsAskedSeesTheAccusedAndAnswers(t *testing.T) {
	t.Parallel()
	w, g := door()
	kim := w.signs(t, "kim-responder")
	page := w.asks("/cases", kim)
	for _, said := range []string{english["clear.title"], "@tom-talker", "&lt;b&gt;the loud one&lt;/b&gt;", "calm-river-112", `action="/cases/` + askedID + `"`, "12:00 UTC"} {
		if !strings.Contains(page.body, said) {
			t.Errorf("the page does not say %q", said)
		}
	}
	if page = w.asks("/cases", w.signs(t, "lee-responder")); strings.Contains(page.body, "tom-talker") || strings.Contains(page.body, askedID) {
		t.Error("somebody who is not asked sees whom it accuses")
	}
	for _, sent := range []url.Values{{"say": {"clear"}, "basis": {"line"}}, {"say": {"soft"}, "basis": {"employer"}}, {"say": {"hard"}, "basis": {""}}} {
		if a := w.says(askedID, kim, sent); a.StatusCode != http.StatusOK || !strings.Contains(a.body, english["clear.heard.title"]) {
			t.Errorf("%v: %d", sent, a.StatusCode)
		}
	}
	want := []string{"kim-responder " + askedID + " clear ", "kim-responder " + askedID + " soft employer", "kim-responder " + askedID + " hard "}
	if !slices.Equal(g.declared, want) {
		t.Errorf("heard %q", g.declared)
	}
}

func TestWhatIsNoAnswerIsNotHeard(t *testing.T) {
	t.Parallel()
	w, g := door()
	kim := w.signs(t, "kim-responder")
	for name, c := range map[string]struct {
		id      string
		sent    url.Values
		headers []string
		want    int
	}{
		"from another site":          {askedID, url.Values{"say": {"clear"}}, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		"from nowhere":               {askedID, url.Values{"say": {"clear"}}, []string{"Origin", "null"}, 403},
		"nothing chosen":             {askedID, url.Values{}, nil, 422},
		"something else":             {askedID, url.Values{"say": {"perhaps"}}, nil, 422},
		"a reason that there is not": {askedID, url.Values{"say": {"soft"}, "basis": {"weather"}}, nil, 422},
		"longer than any answer":     {askedID, url.Values{"say": {"clear"}, "more": {strings.Repeat("x", maxDeclared)}}, nil, 422},
		"another case":               {strings.Repeat("c", 26), url.Values{"say": {"clear"}}, nil, 404},
		"no case's name":             {"nothing", url.Values{"say": {"clear"}}, nil, 404},
		"not now":                    {caseID, url.Values{"say": {"clear"}}, nil, 409},
	} {
		if a := w.says(c.id, kim, c.sent, c.headers...); a.StatusCode != c.want || len(g.declared) != 0 {
			t.Errorf("%s: %d, heard %q", name, a.StatusCode, g.declared)
		}
	}
	if a := w.says(askedID, "", url.Values{"say": {"clear"}}); a.StatusCode != http.StatusOK || !strings.Contains(a.body, english["signin.title"]) || len(g.declared) != 0 {
		t.Errorf("nobody signed in: %d", a.StatusCode)
	}
	g.unlooked = coc.Later{Cause: "status 502"}
	if a := w.says(askedID, kim, url.Values{"say": {"clear"}}); a.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("GitHub cannot be asked: %d", a.StatusCode)
	}
}

func TestWhoIsNotAskedGetsTheBytesOfACaseThatIsNotThere(t *testing.T) {
	t.Parallel()
	w, _ := door()
	lee := w.signs(t, "lee-responder")
	none := w.says(strings.Repeat("c", 26), lee, url.Values{"say": {"clear"}})
	for _, id := range []string{askedID, caseID} {
		if a := w.says(id, lee, url.Values{"say": {"clear"}}); a.StatusCode != none.StatusCode || a.body != none.body {
			t.Errorf("%s: %d, and other bytes", id, a.StatusCode)
		}
	}
}

func TestWhoHasACaseStepsBackFromItInPrivate(t *testing.T) {
	t.Parallel()
	w, g := door()
	kim := w.signs(t, "kim-responder")
	page := w.asks("/cases/"+caseID, kim)
	form := page.body[strings.Index(page.body, english["clear.back.title"]):]
	if !strings.Contains(form, `action="/cases/`+caseID+`"`) || strings.Contains(form, `value="clear"`) || !strings.Contains(form, `value="hard"`) {
		t.Errorf("the form is\n%s", form)
	}
	if a := w.says(caseID, kim, url.Values{"say": {"hard"}}); a.StatusCode != http.StatusOK || !slices.Equal(g.declared, []string{"kim-responder " + caseID + " hard "}) {
		t.Errorf("%d, heard %q", a.StatusCode, g.declared)
	}
}

func TestWhoIsOnlyInvitedCanStepBackAndIsShownNobody(t *testing.T) {
	t.Parallel()
	w, g := door()
	g.invites = "mia-member"
	page := w.asks("/cases", w.signs(t, "mia-member"))
	for _, said := range []string{english["clear.invited.title"], "mild-meadow-206", `action="/cases/` + askedID + `"`, `value="hard"`} {
		if !strings.Contains(page.body, said) {
			t.Errorf("the page does not say %q", said)
		}
	}
	for _, not := range []string{"tom-talker", english["clear.title"], english["cases.none"], `value="clear"`, `value="soft"`} {
		if strings.Contains(page.body, not) {
			t.Errorf("the page says %q", not)
		}
	}
}
