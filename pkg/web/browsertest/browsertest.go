// Package browsertest gives tests a real browser: Chromium, the size of a phone,
// with or without JavaScript.
//
//	tab := browsertest.Open(t, address, browsertest.Phone{})
//	tab.Visit("/report")
//	tab.Write("#repository", "tiny-tools/toolbox")
//	tab.Press("form button")
//	tab.Look("form")
//
// A tab fails its test for whatever a page must never do: ask anything of any
// other origin, break the policy that it was sent with, write an error to the
// console, set a cookie, store something, leave an address behind that holds a
// word of [Tab.Hide]. [Tab.Look] holds the page that is shown against axe-core's
// rules, in light and in dark, against the width of the smallest phone, and keeps
// a picture of it where the variable COCROUTER_TEST_SCREENSHOTS names a folder.
//
// There is one browser for each test process, started by the first test that
// wants one; each test has a profile of its own in it. Chromium comes from
// Debian's package, axe-core from npm. A machine that has not both skips the
// test, or fails it where COCROUTER_TEST_REQUIRE lists "browser".
package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

const (
	// requireVariable lists, with commas, what a test run must not do without.
	requireVariable = "COCROUTER_TEST_REQUIRE"
	// picturesVariable names the folder that pictures of pages are kept in.
	picturesVariable = "COCROUTER_TEST_SCREENSHOTS"

	// doneWithin is how long one thing may take, on a slow machine.
	doneWithin = 40 * time.Second
)

// Phone is what somebody holds in their hand. The zero value runs scripts and
// speaks English.
type Phone struct {
	NoScript bool
	Language string // as browsers send it: "ar", "pt-BR"
	// Cookies: the page may set some, because somebody signs in.
	Cookies bool
	// SignsInAt is another origin that they may be led to, because they sign in there.
	SignsInAt string
}

// Its screen, and the narrowest one on which nothing may have to be moved
// sideways to be read.
const (
	wide, high = 390, 844
	narrowest  = 320
)

// Tab is one open page. Its methods fail the test; they are for the goroutine of
// the test.
type Tab struct {
	t      testing.TB
	ctx    context.Context
	origin string
	phone  Phone
	checks string // axe-core

	mu     sync.Mutex
	asked  []string // every address that was requested
	sent   []string // every form, and whatever a script sent
	faults []string // what the browser complained of
	hidden []string
}

// Open opens a blank page of somebody who has never been here. It is closed, and
// judged, when the test ends.
func Open(t testing.TB, origin string, phone Phone) *Tab {
	t.Helper()
	checks, err := checker()
	var browser context.Context
	if err == nil {
		browser, err = running()
	}
	if err != nil {
		if slices.Contains(strings.Split(os.Getenv(requireVariable), ","), "browser") {
			t.Fatalf("%s lists browser, but: %v", requireVariable, err)
		}
		t.Skipf("no browser is at hand: %v", err)
	}
	tab := &Tab{t: t, origin: origin, phone: phone, checks: checks}
	ctx, leave := chromedp.NewContext(browser, chromedp.WithNewBrowserContext(), chromedp.WithListener(tab.hear))
	tab.ctx = ctx
	t.Cleanup(func() {
		tab.judge()
		leave()
	})
	// The first call opens the page, which ends with the context of that call: no
	// deadline may be on it.
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("open a page: %v", err)
	}
	tab.do("prepare the page",
		call(network.Enable, network.EnableParams{}),
		call(log.Enable, cdp.Empty{}),
		call(audits.Enable, cdp.Empty{}),
		call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: phone.NoScript}),
		sized(wide), painted("light"),
	)
	if phone.Language != "" {
		tab.speak(phone.Language)
	}
	return tab
}

// In goes on with the tab in a part of its test, in another language, until that part
// ends: what is wrong with a page there is that part's. Somebody who has been here is
// much less work for the browser than somebody new.
func (tab *Tab) In(part testing.TB, language string) {
	part.Helper()
	whole := tab.t
	tab.t = part
	part.Cleanup(func() { tab.t = whole })
	tab.speak(language)
}

func (tab *Tab) speak(language string) {
	tab.t.Helper()
	tab.do("speak "+language, call(network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{
		Headers: network.Headers{"Accept-Language": language},
	}))
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func quoted(text string) string { return string(must(json.Marshal(text))) }

// call is a command of the protocol as an action.
func call[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

func sized(width int64) chromedp.Action[chromedp.Void] {
	return call(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: high, DeviceScaleFactor: 1, Mobile: true,
	})
}

// painted is a page in light or in dark, on which nothing moves by itself: what is
// pressed while it still scrolls is missed.
func painted(scheme string) chromedp.Action[chromedp.Void] {
	return call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
	})
}

// run does one thing in a page, within its time.
func run[T any](tab *Tab, what string, a chromedp.Action[T]) T {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, doneWithin)
	defer cancel()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		tab.t.Fatalf("%s: %v", what, err)
	}
	return v
}

func (tab *Tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	run(tab, what, chromedp.Steps(steps...))
}

// turn does what leads to another page, waits for it and gives its status.
func (tab *Tab) turn(what string, a chromedp.Action[chromedp.Void]) int {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, doneWithin)
	defer cancel()
	response, err := chromedp.RunResponse(ctx, a)
	if err != nil || response == nil {
		tab.t.Fatalf("%s: no page came: %v", what, err)
	}
	return int(response.Status)
}

// Visit opens an address of the server and gives the status of the answer.
func (tab *Tab) Visit(path string) int {
	tab.t.Helper()
	return tab.turn("visit "+path, chromedp.Navigate(tab.origin+path))
}

// Press presses the first button or link that a selector finds and waits for the
// page that follows. It gives the status of the answer.
func (tab *Tab) Press(selector string) int {
	tab.t.Helper()
	return tab.turn("press "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// Touch presses what leads to no other page: a box, a summary.
func (tab *Tab) Touch(selector string) {
	tab.t.Helper()
	tab.do("touch "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// Write writes into a field, key by key, in place of what is in it.
func (tab *Tab) Write(selector, words string) {
	tab.t.Helper()
	evaluate[any](tab, `document.querySelector(`+quoted(selector)+`).value = ""`)
	tab.do("write into "+selector, chromedp.SendKeys(chromedp.CSS(selector), words))
}

// Type types keys into a field, after what is in it.
func (tab *Tab) Type(selector, keys string) {
	tab.t.Helper()
	tab.do("type into "+selector, chromedp.SendKeys(chromedp.CSS(selector), keys))
}

// Keys presses keys where the focus is, "\t" to go on and others to write.
func (tab *Tab) Keys(keys string) {
	tab.t.Helper()
	tab.do("press keys", chromedp.KeyEvent(keys))
}

// Enter presses Enter where the focus is, and gives the status of the page that comes.
func (tab *Tab) Enter() int {
	tab.t.Helper()
	return tab.turn("press Enter", chromedp.KeyEvent("\r"))
}

// Focus is where the focus is.
type Focus struct {
	Name string // its id, or what stands on it; "": nowhere
	At   int    // which it is of all that can have it
	Seen bool   // it is marked, and nothing lies over it
}

// Focused says where the focus is.
func (tab *Tab) Focused() Focus {
	tab.t.Helper()
	return evaluate[Focus](tab, `(() => {
		const e = document.activeElement;
		if (!e || e === document.body) return {};
		const mark = getComputedStyle(e), box = e.getBoundingClientRect();
		const over = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height / 2, 20));
		return {
			Name: e.id || e.textContent.trim(),
			At: `+reachable+`.indexOf(e),
			Seen: mark.outlineStyle !== "none" && parseFloat(mark.outlineWidth) > 0 && (e === over || e.contains(over)),
		};
	})()`)
}

// Reachable is how many there are that can have the focus.
func (tab *Tab) Reachable() int {
	tab.t.Helper()
	return evaluate[int](tab, reachable+`.length`)
}

const reachable = `[...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")].filter((e) => e.checkVisibility())`

// Await waits for the page at a path, to which a script leads.
func (tab *Tab) Await(path string) {
	tab.t.Helper()
	for end := time.Now().Add(doneWithin); tab.At() != path; {
		if time.Now().After(end) {
			tab.t.Fatalf("it is at %s, not at %s", tab.At(), path)
		}
	}
}

// Choose chooses from a list by the value.
func (tab *Tab) Choose(selector, value string) {
	tab.t.Helper()
	tab.do("choose of "+selector, chromedp.SetValue(chromedp.CSS(selector), value))
}

// Upload picks files in a field for files.
func (tab *Tab) Upload(selector string, files ...string) {
	tab.t.Helper()
	tab.do("upload to "+selector, chromedp.SetUploadFiles(chromedp.CSS(selector), files))
}

// Back goes back by the browser's own button.
func (tab *Tab) Back() {
	tab.t.Helper()
	tab.do("go back", chromedp.NavigateBack())
}

// Text is what somebody reads in the first element that a selector finds.
func (tab *Tab) Text(selector string) string {
	tab.t.Helper()
	return run(tab, "read "+selector, chromedp.Text(chromedp.CSS(selector)))
}

// Count is how many elements a selector finds.
func (tab *Tab) Count(selector string) int {
	tab.t.Helper()
	return evaluate[int](tab, `document.querySelectorAll(`+quoted(selector)+`).length`)
}

// Value is what stands in a field.
func (tab *Tab) Value(selector string) string {
	tab.t.Helper()
	return run(tab, "read "+selector, chromedp.Value(chromedp.CSS(selector)))
}

// Markup is the page that is shown, as the browser has it.
func (tab *Tab) Markup() string {
	tab.t.Helper()
	return evaluate[string](tab, `document.documentElement.outerHTML`)
}

// At is the path of the page that is shown, with what is asked of it.
func (tab *Tab) At() string {
	tab.t.Helper()
	return strings.TrimPrefix(run(tab, "read the address", chromedp.Location()), tab.origin)
}

// Hide names words that no address in the history may hold.
func (tab *Tab) Hide(words ...string) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	tab.hidden = append(tab.hidden, words...)
}

// Asked is every address that was requested so far.
func (tab *Tab) Asked() []string {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return slices.Clone(tab.asked)
}

// Sent is what was sent so far, by forms and by scripts, as it was sent.
func (tab *Tab) Sent() []string {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return slices.Clone(tab.sent)
}

// Look holds the page that is shown against everything that can be seen, and
// keeps pictures of it under a name.
func (tab *Tab) Look(name string) {
	tab.t.Helper()
	world := tab.world(tab.checks)
	for _, look := range []struct{ scheme, rules string }{{"light", everyRule}, {"dark", rulesOfColours}} {
		tab.do("turn "+look.scheme, painted(look.scheme))
		for _, v := range tab.violations(world, look.rules) {
			tab.t.Errorf("page %q, %s: %s", name, look.scheme, v)
		}
		tab.picture(name + "-" + look.scheme)
	}
	tab.do("narrow the page", sized(narrowest))
	if got := evaluate[int](tab, `document.documentElement.scrollWidth`); got > narrowest {
		tab.t.Errorf("page %q: at %d pixels it is %d wide", name, narrowest, got)
	}
	tab.picture(name + "-narrow")
	tab.do("widen the page", sized(wide), painted("light"))
}

// Keep keeps a picture under a name of what is no page of ours, and is held against
// nothing.
func (tab *Tab) Keep(name string) {
	tab.t.Helper()
	tab.picture(name)
}

// picture keeps a picture of the whole page, where pictures are wanted.
func (tab *Tab) picture(name string) {
	tab.t.Helper()
	folder := os.Getenv(picturesVariable)
	if folder == "" {
		return
	}
	file := strings.NewReplacer("/", "-", " ", "_").Replace(tab.t.Name()+"-"+name) + ".png"
	png := run(tab, "take a picture", func(ctx context.Context, t *chromedp.Target) (page.CaptureScreenshotResult, error) {
		beyond := true
		return cdp.Call(ctx, t, page.CaptureScreenshot, page.CaptureScreenshotParams{CaptureBeyondViewport: &beyond})
	})
	if err := os.MkdirAll(folder, 0o755); err != nil {
		tab.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, file), png.Data, 0o644); err != nil { //nolint:gosec // pictures are to be looked at
		tab.t.Fatal(err)
	}
}

// hear notes what the browser tells of the page.
func (tab *Tab) hear(event any) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	fault := func(format string, args ...any) { tab.faults = append(tab.faults, fmt.Sprintf(format, args...)) }
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		tab.asked = append(tab.asked, e.Request.URL)
		for _, part := range e.Request.PostDataEntries {
			tab.sent = append(tab.sent, string(part.Bytes))
		}
	case *network.EventWebSocketCreated:
		tab.asked = append(tab.asked, e.URL)
	case *log.EventEntryAdded:
		if !answered(e.Entry) && (e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning) {
			fault("%s: %s (%s)", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			fault("console: %s", must(json.Marshal(e.Args)))
		}
	case *runtime.EventExceptionThrown:
		fault("exception: %s", must(json.Marshal(e.ExceptionDetails)))
	case *audits.EventIssueAdded:
		if e.Issue.Details != nil && e.Issue.Details.ContentSecurityPolicyIssueDetails != nil {
			fault("against the policy: %s", must(json.Marshal(e.Issue.Details.ContentSecurityPolicyIssueDetails)))
		}
	}
}

// answered reports whether a line of the log only says that a page was answered
// with a status that is not 200: refusals are pages like any other. Or that a header
// does nothing where a page comes by plain HTTP, as from an onion service. Or that a
// sandbox ran no script: the tests' own, for evidence has none that could run.
func answered(e *log.Entry) bool {
	return e.Source == log.EntrySourceNetwork && strings.HasPrefix(e.Text, "Failed to load resource: the server responded with a status of ") ||
		strings.HasPrefix(e.Text, "Blocked script execution in ") && strings.HasSuffix(e.Text, "sandboxed and the 'allow-scripts' permission is not set.") ||
		strings.HasPrefix(e.Text, "The Cross-Origin-Opener-Policy header has been ignored, because the URL's origin was untrustworthy")
}

// judge looks at what is left behind.
func (tab *Tab) judge() {
	if tab.t.Failed() && tab.ctx.Err() != nil {
		return
	}
	tab.mu.Lock()
	asked, faults, hidden := slices.Clone(tab.asked), slices.Clone(tab.faults), slices.Clone(tab.hidden)
	tab.mu.Unlock()
	for _, f := range faults {
		tab.t.Errorf("the browser complains: %s", f)
	}
	here := must(url.Parse(tab.origin))
	own := 0
	for _, a := range asked {
		u, err := url.Parse(a)
		switch {
		case a == "about:blank" || strings.HasPrefix(a, "data:"): // in the page, or the browser's own
		case err == nil && tab.phone.SignsInAt != "" && u.Scheme+"://"+u.Host == tab.phone.SignsInAt: // where they were led to
		case err != nil || u.Scheme != here.Scheme || u.Host != here.Host:
			tab.t.Errorf("the page asks somebody else: %s", a)
		default:
			own++
		}
	}
	if own == 0 {
		tab.t.Error("no request was seen: nobody listened, or nothing was visited")
	}
	for _, e := range run(tab, "read the history", chromedp.NavigationEntries()).Entries {
		for _, word := range hidden {
			if strings.Contains(e.URL, word) || strings.Contains(e.Title, word) {
				tab.t.Errorf("the history holds %q in %s (%s)", word, e.URL, e.Title)
			}
		}
	}
	if cookies := run(tab, "read the cookies", func(ctx context.Context, _ *chromedp.Target) (storage.GetCookiesResult, error) {
		c := chromedp.FromContext(ctx)
		return cdp.Call(ctx, c.Browser, storage.GetCookies, storage.GetCookiesParams{BrowserContextID: c.BrowserContextID})
	}); len(cookies.Cookies) > 0 && !tab.phone.Cookies {
		tab.t.Errorf("there are cookies: %s", must(json.Marshal(cookies.Cookies)))
	}
	if stored := evaluate[string](tab, storedHere); stored != "" {
		tab.t.Errorf("the page stored something: %s", stored)
	}
}

// storedHere lists what a page has stored, by every way there is.
const storedHere = `(async () => [
	...Object.keys(localStorage).map(k => "localStorage " + k),
	...Object.keys(sessionStorage).map(k => "sessionStorage " + k),
	...(await indexedDB.databases()).map(d => "indexedDB " + d.name),
	...(self.caches ? await caches.keys() : []).map(k => "cache " + k),
	...(navigator.serviceWorker ? await navigator.serviceWorker.getRegistrations() : []).map(r => "service worker " + r.scope),
].join(", "))()`
