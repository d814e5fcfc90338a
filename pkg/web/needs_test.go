package web

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// only is the one report that was filed.
func (w *world) only(t *testing.T) coc.Filing {
	t.Helper()
	if len(w.filed) != 1 {
		t.Fatalf("%d reports were filed", len(w.filed))
	}
	for _, f := range w.filed {
		return f
	}
	return coc.Filing{}
}

func TestHowTheReporterIsAndWhomTheyKeepOutAreFiled(t *testing.T) {
	t.Parallel()
	w := newWorld()
	want(t, w.post(path, url.Values{
		"token": {w.token(t, path)}, "account": {"x"}, "who1": {"kim-example"}, "role1": {"kept-out"},
		"ongoing": {"yes"}, "safe": {"no"}, "safety": {"not to meet"}, "retaliation": {"on"}, "identity": {"ask"},
		"elsewhere": {" \u200b"}, "reach": {"nell@mail.example"},
		"keepout": {"@lee-example\r\n  mo-example ;Ann of the docs, Max (@max-example)\n\n\u200b\n@quiet-org/conduct"},
	}), 200)
	f := w.only(t)
	if f.Needs.Safety.Reveal() != "not to meet" || f.Needs.Reach.Reveal() != "nell@mail.example" || !f.Needs.Elsewhere.IsBlank() {
		t.Errorf("in words: %q, %q, %q", f.Needs.Safety.Reveal(), f.Needs.Reach.Reveal(), f.Needs.Elsewhere.Reveal())
	}
	if n := f.Needs; n.Ongoing != coc.ReplyYes || n.Safe != coc.ReplyNo || !n.Retaliation || n.Identity != coc.ReplyAsk {
		t.Errorf("chosen: %+v", n)
	}
	var got []string
	for _, p := range f.Involved {
		got = append(got, fmt.Sprintf("%s/%s/%s", p.Login, p.Name.Reveal(), p.Role))
	}
	// In a row for those involved nobody can be kept out without a word of what they did.
	if said := strings.Join(got, " "); said != "kim-example// lee-example//kept-out mo-example//kept-out /Ann of the docs/kept-out max-example/Max (@max-example)/kept-out quiet-org/@quiet-org/conduct/kept-out" {
		t.Errorf("it names %s", said)
	}
}

func TestNothingIsTakenForSaidThatWasNotChosen(t *testing.T) {
	t.Parallel()
	w := newWorld()
	want(t, w.post(path, url.Values{"token": {w.token(t, path)}, "account": {"x"}, "ongoing": {"ask"}, "safe": {"king"}, "identity": {"YES"}, "project": {"the river"}}), 200)
	if f := w.only(t); !f.Needs.IsZero() || len(f.Involved) != 0 || f.Around.Project != "" {
		t.Errorf("filed as %+v, %+v", f.Needs, f.Around)
	}
}

// What is wrong stands beside its field, once more at the top with a link to it, and
// where the field is folded away it is not; and all that was typed comes back.
func TestWhatIsWrongStandsBesideItsFieldAndAtTheTop(t *testing.T) {
	t.Parallel()
	long, who := strings.Repeat("x", maxField+1), strings.Repeat("y", maxWho+1)
	for name, typed := range map[string]string{
		"account": " ", "where": long, "when": long, "links": long, "event": long, "day": long, "touches": long, "safety": long, "reach": long,
		"elsewhere": long, "keepout": strings.Repeat("a\n", maxKeptOut+1), "who1": who, "who9": who,
	} {
		w := newWorld()
		form := url.Values{
			"token": {strings.Repeat("A", 26)}, "account": {"what was written"}, "safe": {"no"}, "identity": {"ask"}, "ongoing": {"no"},
			"retaliation": {"1"}, "keepout": {"kim-example"}, "danger": {"1"}, "reach": {"nell@mail.example"},
		}
		form.Set(name, typed)
		a := w.post(path, form)
		want(t, a, 422, english["error.kept"], `id="`+name+`-problem"`, `<li><a href="#`+name+`">`, `id="`+name+`" name="`+name+`"`)
		if got := strings.Count(a.body, ` aria-invalid="true"`); got != 1 {
			t.Errorf("%s: %d fields are marked", name, got)
		}
		field := regexp.MustCompile(`<(input|textarea)[^>]* id="` + name + `"[^>]*>`).FindString(a.body)
		if !strings.Contains(field, `aria-invalid="true"`) || !strings.Contains(field, name+`-problem"`) {
			t.Errorf("%s: the field is %s", name, field)
		}
		before, _, _ := strings.Cut(a.body, `id="`+name+`-problem"`)
		if open := strings.LastIndex(before, "<details"); open >= 0 && !strings.Contains(before[open:], "</details>") && !strings.HasPrefix(before[open:], "<details open>") {
			t.Errorf("%s: what is wrong is folded away", name)
		}
		for kept, value := range form {
			if v := value[0]; kept != name && !strings.Contains(a.body, v) {
				t.Errorf("%s: of %s %q is lost", name, kept, v)
			}
		}
		for _, chosen := range []string{`name="retaliation" value="1" autocomplete="off" aria-describedby="retaliation-hint" checked`, `<option value="ask" selected>`} {
			if !strings.Contains(a.body, chosen) {
				t.Errorf("%s: lost %s", name, chosen)
			}
		}
		if w.calls != 0 {
			t.Errorf("%s: saved", name)
		}
	}
}

// A browser keeps what it offers again, where whoever uses it next can see it.
func TestBrowserIsAskedToKeepNothing(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for _, page := range []string{path, "/report/elsewhere", "/report"} {
		for _, field := range regexp.MustCompile(`<(?:input|textarea|select)\b[^>]*>`).FindAllString(w.get(page).body, -1) {
			if !strings.Contains(field, `autocomplete="off"`) && !strings.Contains(field, `name="lang"`) {
				t.Errorf("%s: a browser keeps %s", page, field)
			}
		}
	}
}

func TestFormAsksForNoOutcomeAndNeedsTheAccountAlone(t *testing.T) {
	t.Parallel()
	page := newWorld().get(path).body
	if n := strings.Count(page, " required"); n != 1 || !regexp.MustCompile(`<textarea id="account"[^>]* required`).MatchString(page) {
		t.Errorf("%d fields are required", n)
	}
	for _, label := range regexp.MustCompile(`(?s)<(?:label|legend|summary)[^>]*>(.*?)</`).FindAllStringSubmatch(page, -1) {
		for _, asks := range []string{"outcome", "would you like", "want to happen", "punish"} {
			if strings.Contains(strings.ToLower(label[1]), asks) {
				t.Errorf("it asks %q", label[1])
			}
		}
	}
}

func TestEveryFieldHasALabelAndEveryHintIsThere(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for _, page := range []string{path, "/report/elsewhere", "/report?space=repository&repository=x"} {
		body := w.get(page).body
		for _, m := range regexp.MustCompile(`<(?:input|textarea|select)\b[^>]* id="([^"]+)"`).FindAllStringSubmatch(body, -1) {
			if !strings.Contains(body, `<label for="`+m[1]+`">`) {
				t.Errorf("%s: %s has no label", page, m[1])
			}
		}
		for _, m := range regexp.MustCompile(`aria-(?:describedby|labelledby)="([^"]*)"`).FindAllStringSubmatch(body, -1) {
			for id := range strings.FieldsSeq(m[1]) {
				if n := strings.Count(body, ` id="`+id+`"`); n != 1 {
					t.Errorf("%s: %s is there %d times", page, id, n)
				}
			}
		}
		ids := map[string]bool{}
		for _, m := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(body, -1) {
			if ids[m[1]] {
				t.Errorf("%s: two things are called %s", page, m[1])
			}
			ids[m[1]] = true
		}
	}
}

func TestFormSaysWhomElseToTurnTo(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.Handler = New(Options{Desk: w.desk, GitHubURL: "https://github.example/"})
	want(t, w.get(path), 200, `<a href="https://github.example/kim-responder" rel="noreferrer">kim-responder</a>`, english["instead.one"],
		"conduct@example.org", "https://foundation.example/conduct", english["not.title"])
	// Where nobody is shown, nobody can be written to alone; and where there is no
	// address at all, nothing is promised.
	hidden := w.get("/report/example-org/hidden").body
	if strings.Contains(hidden, english["instead.one"]) || strings.Contains(hidden, english["instead.title"]) {
		t.Error("it leads to people whom it does not have")
	}
}

// A committee need have no address, and neither need the one above it. Then no page
// leads to anybody, or to an empty one, and everything else is as ever.
func TestCommitteeWithoutAContactIsPromisedToNobody(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.guides["example-org/project"] = casework.Guide{Known: true, Committee: "Quiet Committee", Next: "Foundation Committee"}
	leads := func(name, body string, keys ...string) {
		for _, key := range append(keys, "progress.ask", "instead.title", "instead.at") {
			if words := strings.TrimSpace(english[key]); len(words) > 1 && strings.Contains(body, words) {
				t.Errorf("%s says %q", name, words)
			}
		}
		if strings.Contains(body, "mailto:") || strings.Contains(body, `href=""`) || strings.Contains(body, "<bdi></bdi>") {
			t.Errorf("%s leads to an address:\n%s", name, body)
		}
	}
	form := w.get(path)
	want(t, form, 200, "Quiet Committee")
	leads("the form", form.body)
	w.broken = errors.New("away")
	again := w.post(path, url.Values{"token": {w.token(t, path)}, "account": {"it happened"}})
	want(t, again, 503, "it happened")
	leads("the form that was not saved", again.body)
	w.broken = nil
	want(t, w.post(path, url.Values{"token": {w.token(t, path)}, "account": {"it happened"}}), 200, english["receipt.title"])
	for name, p := range map[string]casework.Progress{
		"silent": {State: casework.WithCommittee, Stage: coc.StageReceived, FiledAt: noon, Silent: noon},
		"full":   {State: casework.WithCommittee, Stage: coc.StageReceived, FiledAt: noon, Full: true},
		"sealed": {State: casework.Sealed, FiledAt: noon},
	} {
		a := behind(p).post("/receipt", url.Values{"receipt": {theReceipt}})
		want(t, a, 200, english["progress.title"])
		leads(name, a.body, "silence.way")
	}
}

// The token of a form is good for as long as the form is open.
func TestFormThatWasLeftOpenForADayIsTaken(t *testing.T) {
	t.Parallel()
	w := newWorld()
	token := w.token(t, path)
	w.now = w.now.Add(26 * time.Hour)
	form := url.Values{"token": {token}, "account": {"x"}, "keepout": {"kim-example"}}
	first := w.post(path, form)
	want(t, first, 200, english["receipt.title"])
	w.now = w.now.Add(26 * time.Hour)
	if again := w.post(path, form); again.body != first.body {
		t.Error("sent again after a day, it shows another page")
	}
}

func TestReceiptSaysThatPublicSettingsNameOthersNow(t *testing.T) {
	t.Parallel()
	w := newWorld()
	shown := regexp.MustCompile(`name="shown" value="([^"]*)"`).FindStringSubmatch(w.get(path).body)
	if shown == nil || shown[1] != "Example Conduct Committee" {
		t.Fatalf("the form keeps %v", shown)
	}
	token := w.token(t, path)
	send := func(more url.Values) string {
		form := url.Values{"token": {token}, "account": {"x"}, "shown": {shown[1]}}
		for k, v := range more {
			form[k] = v
		}
		a := w.post(path, form)
		want(t, a, 200, english["receipt.title"])
		return a.body
	}
	same := send(nil)
	if strings.Contains(same, english["others.title"]) {
		t.Error("nothing has changed, and the page says so")
	}
	// Whoever is named has no part in it.
	for _, who := range []string{"kim-responder", "nobody-at-all"} {
		if got := send(url.Values{"keepout": {who}, "who1": {who}, "role1": {"accused"}}); got != same {
			t.Errorf("naming %s changes the page", who)
		}
	}
	w.guides["example-org/project"] = casework.Guide{Known: true, Committee: "New <Committee>"}
	if got := send(nil); !strings.Contains(got, english["others.title"]) || !strings.Contains(got, "New &lt;Committee&gt;") {
		t.Errorf("it does not say that others read it now:\n%s", got)
	}
	w.astray = coc.Later{Cause: "GitHub is not there"}
	if got := send(nil); strings.Contains(got, english["others.title"]) {
		t.Error("it is said although nothing could be looked up")
	}
}

func TestRecordShowsHowTheReporterIsAndWhomTheyKeepOut(t *testing.T) {
	t.Parallel()
	w, _ := door()
	a := w.asks("/cases/"+caseID, w.signs(t, "kim-responder"))
	want(t, a, 200, english["ongoing.label"], english["safe.no"], "not to &lt;i&gt;meet&lt;/i&gt;", english["retaliation.label"], english["identity.ask"],
		"to the meetup", "nell@mail.example", "@kim-quiet", english["case.role.kept-out"])
}
