package web

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// sent files a report with these answers beside the account.
func (w *world) sent(t *testing.T, form url.Values) (coc.Filing, answer) {
	t.Helper()
	form.Set("token", w.token(t, path))
	form.Set("account", "it happened")
	clear(w.filed)
	a := w.post(path, form)
	for _, f := range w.filed {
		return f, a
	}
	t.Fatalf("nothing was filed: %d", a.StatusCode)
	return coc.Filing{}, a
}

func TestOnlyTheAccountIsNeededAndNothingElseIsSaidThen(t *testing.T) {
	t.Parallel()
	w := newWorld()
	f, a := w.sent(t, url.Values{"space": {""}, "event": {" "}, "day": {""}, "touches": {"\r\n"}})
	if !f.Around.IsZero() {
		t.Errorf("it says %+v", f.Around)
	}
	if strings.Contains(a.body, english["said.label"]) || strings.Contains(a.body, english["direct.title"]) || strings.Contains(a.body, english["danger.title"]) {
		t.Error("the receipt repeats what nobody said")
	}
}

func TestWhatWasSaidOfTheCircumstancesIsFiledInTypes(t *testing.T) {
	t.Parallel()
	w := newWorld()
	day := time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC)
	river := coc.Repo{Owner: "river-project", Name: "river"}
	for name, tc := range map[string]struct {
		form url.Values
		want coc.Circumstances
		when string
	}{
		"an event that is known": {
			url.Values{"space": {"event"}, "event": {" river DAYS "}, "day": {"2026-05-04"}},
			coc.Circumstances{Space: coc.SpaceEvent, Event: coc.NewProse(" river DAYS "), Known: "River Days", On: day}, ""},
		"an event that is not, on a day that is none": {
			url.Values{"space": {"event"}, "event": {"Rivr Days"}, "day": {"4th of May"}, "when": {"at noon"}},
			coc.Circumstances{Space: coc.SpaceEvent, Event: coc.NewProse("Rivr Days")}, "at noon\n4th of May"},
		"an event and no place": {
			url.Values{"event": {"River Days"}},
			coc.Circumstances{Space: coc.SpaceEvent, Event: coc.NewProse("River Days"), Known: "River Days"}, ""},
		"a chat at an event": {
			url.Values{"space": {"chat"}, "event": {"River Days"}},
			coc.Circumstances{Space: coc.SpaceChat, Event: coc.NewProse("River Days"), Known: "River Days"}, ""},
		"an event of the project alone": {
			url.Values{"space": {"own-event"}},
			coc.Circumstances{Space: coc.SpaceEvent, Inside: true}, ""},
		"a place that the form does not have":         {url.Values{"space": {"the moon"}}, coc.Circumstances{}, ""},
		"several repositories are none of its places": {url.Values{"space": {"repositories"}}, coc.Circumstances{}, ""},
		"projects as people write them": {
			url.Values{"touches": {"river-project/river\r\n https://github.example/River-Project/River/issues/1\nthe lake project\na/b and c/d\n"}, "here": {"1"}},
			coc.Circumstances{Touches: coc.NewProse("river-project/river\r\n https://github.example/River-Project/River/issues/1\nthe lake project\na/b and c/d\n"), Also: []coc.Repo{river}, Here: true}, ""},
		"projects and nothing else": {
			url.Values{"touches": {"river-project/river\r\n \n https://github.example/River-Project/River/issues/1\n"}},
			coc.Circumstances{Touches: coc.NewProse("river-project/river\r\n \n https://github.example/River-Project/River/issues/1\n"), Also: []coc.Repo{river}, Whole: true}, ""},
		"more projects than are looked up": {
			url.Values{"touches": {"a/1\nb/2\nc/3\nd/4\ne/5\nf/6"}},
			coc.Circumstances{Touches: coc.NewProse("a/1\nb/2\nc/3\nd/4\ne/5\nf/6"), Also: []coc.Repo{{Owner: "a", Name: "1"}, {Owner: "b", Name: "2"}, {Owner: "c", Name: "3"}, {Owner: "d", Name: "4"}, {Owner: "e", Name: "5"}}}, ""},
		"danger, and risks of which one is none": {
			url.Values{"danger": {"on"}, "risk": {"suspected-illegality", "injury", "injury", "bad-luck"}},
			coc.Circumstances{Danger: true, Risks: []coc.Risk{coc.RiskInjury, coc.RiskIllegality}}, ""},
	} {
		f, _ := w.sent(t, tc.form)
		if !f.Around.Same(tc.want) || f.Around.Event.Reveal() != tc.want.Event.Reveal() {
			t.Errorf("%s: %+v, want %+v", name, f.Around, tc.want)
		}
		if f.When.Reveal() != tc.when {
			t.Errorf("%s: when is %q", name, f.When.Reveal())
		}
	}
}

func TestReceiptSaysWhatWasSaidAndWhomToTurnTo(t *testing.T) {
	t.Parallel()
	w := newWorld()
	_, a := w.sent(t, url.Values{
		"space": {"event"}, "event": {"river days <b>"}, "day": {"2026-05-04"}, "here": {"1"}, "touches": {"lake/lake\nheliotrope"}, "risk": {"attorney"}, "danger": {"1"},
	})
	want(t, a, 200, english["danger.text"], english["space.event"], english["said.unknown"], "Monday 4 May 2026", english["said.here"],
		"<dd>lake/lake</dd>", english["said.words"], english["risk.attorney"])
	if strings.Contains(a.body, english["direct.title"]) || strings.Contains(a.body, english["risk.injury"]) {
		t.Error("it says what nobody said")
	}
	if strings.Contains(a.body, "heliotrope") || strings.Contains(a.body, "&lt;b&gt;") {
		t.Error("words of the reporter stand on a page that people print")
	}
	_, a = w.sent(t, url.Values{"event": {"RIVER DAYS"}})
	want(t, a, 200, "known here as River Days", english["direct.text"], "Event Desk of River Days", `href="mailto:desk@days.example"`)
	for _, claim := range []string{"accepted", "will take it up", "has it"} {
		if strings.Contains(a.body, claim) {
			t.Errorf("the page says %q", claim)
		}
	}
	w.stands["AAAA-BBBB"] = casework.Progress{State: casework.WithCommittee, Stage: coc.StageReceived, Direct: []casework.Direct{{Name: "Event Desk", Contact: "desk@days.example"}}}
	want(t, w.post("/receipt", url.Values{"receipt": {"AAAA-BBBB"}}), 200, english["direct.text"], "Event Desk", `href="mailto:desk@days.example"`)
}

func TestCircumstancesAreKeptWhenSomethingIsWrong(t *testing.T) {
	t.Parallel()
	w := newWorld()
	form := url.Values{
		"token": {w.token(t, path)}, "account": {""}, "space": {"own-event"}, "event": {`"Rivr" Days`}, "day": {"some day"}, "touches": {"lake/<lake>"},
		"here": {"1"}, "danger": {"1"}, "risk": {"attorney", "injury"},
	}
	parts := []string{
		`<option value="own-event" selected>`, `value="&#34;Rivr&#34; Days"`, `value="some day"`, "lake/&lt;lake&gt;</textarea>",
		`name="here" value="1" autocomplete="off" checked>`, `name="danger" value="1" autocomplete="off" aria-describedby="danger-hint" checked>`,
		`value="attorney" autocomplete="off" checked>`, `value="injury" autocomplete="off" checked>`, `value="authorities" autocomplete="off">`,
		"<details open>\n<summary>" + english["stake.more"],
	}
	want(t, w.post(path, form), 422, append(parts, english["error.account"])...)
	form.Set("account", "it happened")
	w.broken = errors.New("not now")
	want(t, w.post(path, form), 503, append(parts, english["error.notsaved"])...)
	w.broken = nil
	long := url.Values{
		"token": {w.token(t, path)}, "account": {"x"}, "event": {strings.Repeat("e", maxEvent+1)}, "day": {strings.Repeat("d", maxEvent+1)},
		"touches": {strings.Repeat("t", maxField+1)},
	}
	want(t, w.post(path, long), 422, `id="event-problem"`, `id="day-problem"`, `id="touches-problem"`)
	if len(w.filed) != 0 {
		t.Error("it was filed")
	}
}

func TestEventsAreSuggestedWithPlaceAndDays(t *testing.T) {
	t.Parallel()
	w := newWorld()
	at := func(d int) time.Time { return time.Date(2026, 5, d, 0, 0, 0, 0, time.UTC) }
	w.guides["example-org/project"] = casework.Guide{Known: true, Events: []casework.Suggested{
		{Name: "River & Days", Place: "Barcelona", From: at(4), To: at(6)}, {Name: "One Day", From: at(4), To: at(4)}, {Name: "Some Time"},
	}}
	a := w.get(path)
	want(t, a, 200, `list="events"`, `<option value="River &amp; Days" label="Barcelona, 4 May 2026, 6 May 2026">`, `<option value="One Day" label="4 May 2026">`, `<option value="Some Time" label="">`)
}

func TestEveryPlaceAndRiskHasWords(t *testing.T) {
	t.Parallel()
	for _, c := range slices.Concat(around{}.Spaces(), around{}.AtLaw()) {
		if english[c.Key] == "" {
			t.Errorf("no words for %q", c.Value)
		}
	}
	for key := range english {
		space, isSpace := strings.CutPrefix(key, "space.")
		known := slices.ContainsFunc(around{}.Spaces(), func(c choice) bool { return c.Value == space })
		if isSpace && !known && space != "label" && space != "hint" {
			t.Errorf("%q is not used", key)
		}
	}
}

// What leaks from the new fields must not reach the log either.
func TestCircumstancesAreNotLogged(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for _, field := range []string{"event", "day", "touches"} {
		w.broken = &quoting{}
		want(t, w.post(path, url.Values{"token": {w.token(t, path)}, "account": {"x"}, field: {"heliotrope"}}), 503)
		if strings.Contains(w.log.String(), "heliotrope") {
			t.Errorf("%s is in the log", field)
		}
	}
}

type quoting struct{}

func (*quoting) Error() string { return "bad value heliotrope" }
