package browsertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/cocrouter/cocrouter/pkg/npmtest"
)

// checker is axe-core's source, or why it cannot be had.
var checker = sync.OnceValues(func() (string, error) {
	cache, err := npmtest.Cache()
	if err != nil {
		return "", err
	}
	source, err := npmtest.File{
		Package: "axe-core",
		Version: "4.14.1",
		SHA512:  "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
		Path:    "package/axe.min.js",
	}.Read(cache)
	return string(source), err
})

// world is a place in the page for our own scripts: they see what the page's see
// and leave nothing there. It works where the page's scripts are switched off.
func (tab *Tab) world(scripts ...string) runtime.ExecutionContextID {
	tab.t.Helper()
	return run(tab, "enter the page", func(ctx context.Context, t *chromedp.Target) (runtime.ExecutionContextID, error) {
		tree, err := cdp.Call(ctx, t, page.GetFrameTree, cdp.Empty{})
		if err != nil {
			return 0, err
		}
		made, err := cdp.Call(ctx, t, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{FrameID: tree.FrameTree.Frame.ID, WorldName: "browsertest"})
		for _, script := range scripts {
			if err == nil {
				_, err = evaluateIn[any](ctx, t, made.ExecutionContextID, script+";true", tab.phone.NoScript)
			}
		}
		return made.ExecutionContextID, err
	})
}

// evaluate gives what an expression comes to in the page that is shown.
func evaluate[T any](tab *Tab, expression string) T {
	tab.t.Helper()
	world := tab.world()
	return run(tab, "evaluate", func(ctx context.Context, t *chromedp.Target) (T, error) {
		return evaluateIn[T](ctx, t, world, expression, tab.phone.NoScript)
	})
}

// evaluateIn evaluates with scripts switched on for that long: without them no
// promise is kept. Those of a page that came without them do not run any more.
func evaluateIn[T any](ctx context.Context, t *chromedp.Target, world runtime.ExecutionContextID, expression string, off bool) (v T, err error) {
	if off {
		script := func(disabled bool) error {
			_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: disabled})
			return err
		}
		if err := script(false); err != nil {
			return v, err
		}
		defer func() { err = errors.Join(err, script(true)) }()
	}
	yes := true
	result, err := cdp.Call(ctx, t, runtime.Evaluate, runtime.EvaluateParams{
		Expression: expression, ContextID: world, AwaitPromise: &yes, ReturnByValue: &yes,
	})
	if err != nil {
		return v, err
	}
	if result.ExceptionDetails != nil {
		return v, errors.New(string(must(json.Marshal(result.ExceptionDetails))))
	}
	if len(result.Result.Value) == 0 {
		return v, nil
	}
	return v, json.Unmarshal(result.Result.Value, &v)
}

// The rules that a page is held to: WCAG 2.2 AA, and what axe-core itself
// recommends. In other colours only those about colours can find something else.
const (
	everyRule      = `["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]`
	rulesOfColours = `{type: "rule", values: ["color-contrast", "link-in-text-block"]}`
)

// violations is what axe-core finds wrong by some rules, a line each.
func (tab *Tab) violations(world runtime.ExecutionContextID, rules string) (found []string) {
	tab.t.Helper()
	type result struct {
		// A rule that was tried is in one of these.
		Passes, Incomplete, Inapplicable []json.RawMessage
		Violations                       []struct {
			ID, Help string
			Nodes    []struct{ HTML, FailureSummary string }
		}
	}
	got := run(tab, "run axe-core", func(ctx context.Context, t *chromedp.Target) (result, error) {
		return evaluateIn[result](ctx, t, world, `axe.run(document, {resultTypes: ["violations"], runOnly: `+rules+`})`, tab.phone.NoScript)
	})
	if len(got.Passes)+len(got.Incomplete)+len(got.Inapplicable)+len(got.Violations) == 0 {
		tab.t.Error("axe-core has checked nothing")
	}
	for _, v := range got.Violations {
		for _, n := range v.Nodes {
			found = append(found, fmt.Sprintf("%s (%s): %s: %s", v.ID, v.Help, n.HTML, strings.Join(strings.Fields(n.FailureSummary), " ")))
		}
	}
	return found
}
