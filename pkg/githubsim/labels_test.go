package githubsim_test

import (
	"slices"
	"strings"
	"testing"
)

func TestLabelsAreCheckedAndUnique(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const path = "/repos/example-org/project/labels"
	for name, c := range map[string]struct {
		body map[string]any
		want string
	}{
		"taken":                  {map[string]any{"name": "BUG"}, "already_exists"},
		"colour with a hash":     {map[string]any{"name": "n", "color": "#ff0000"}, `"field":"color"`},
		"colour of three":        {map[string]any{"name": "n", "color": "f00"}, `"field":"color"`},
		"no name":                {map[string]any{"color": "ff0000"}, `"field":"name"`},
		"name too long":          {map[string]any{"name": strings.Repeat("ü", 51)}, "50 characters"},
		"description too long":   {map[string]any{"name": "n", "description": strings.Repeat("ü", 101)}, "100 characters"},
		"a comma cannot be used": {map[string]any{"name": "a,b"}, `"code":"invalid"`},
	} {
		got := w.want(422, "wes-writer", "POST", path, c.body)
		if !strings.Contains(string(got.body), c.want) {
			t.Errorf("%s: %s, want %s", name, got.body, c.want)
		}
	}
	w.want(403, "tri-triager", "POST", path, map[string]any{"name": "n"})
	w.want(401, "", "POST", path, map[string]any{"name": "n"})
	got := w.want(201, "wes-writer", "POST", path, map[string]any{"name": "status/received", "color": "AABBCC", "description": strings.Repeat("ü", 100)}).object()
	if got["color"] != "aabbcc" || got["default"] != false {
		t.Errorf("label: %v", got)
	}
}

func TestLabelNameMayHoldASlash(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const project = "/repos/example-org/project"
	w.issue("example-org/project", "t")
	got := w.want(200, "wes-writer", "POST", project+"/issues/1/labels", map[string]any{"labels": []string{"status/received", "flag/overdue"}})
	if !slices.Equal(got.each("name"), []string{"status/received", "flag/overdue"}) {
		t.Errorf("labels: %s", got.body)
	}
	got = w.want(200, "wes-writer", "POST", project+"/issues/1/labels", `["bug"]`)
	if len(got.list()) != 3 {
		t.Errorf("the bare list: %s", got.body)
	}
	w.want(200, "", "GET", project+"/labels/status%2Freceived", nil)
	w.want(200, "", "GET", project+"/labels/Status/Received", nil)
	w.want(200, "wes-writer", "DELETE", project+"/issues/1/labels/status%2Freceived", nil)
	w.want(200, "wes-writer", "DELETE", project+"/issues/1/labels/flag/overdue", nil)
	w.want(404, "wes-writer", "DELETE", project+"/issues/1/labels/flag/overdue", nil)
	w.want(200, "wes-writer", "PATCH", project+"/labels/flag%2Foverdue", map[string]any{"new_name": "flag/late", "color": "00ff00"})
	w.want(404, "", "GET", project+"/labels/flag%2Foverdue", nil)
	w.want(422, "wes-writer", "PATCH", project+"/labels/flag%2Flate", map[string]any{"new_name": "bug"})
	w.want(204, "wes-writer", "DELETE", project+"/labels/bug", nil)
	if got := w.want(200, "", "GET", project+"/issues/1/labels", nil).list(); len(got) != 0 {
		t.Errorf("a label that is gone is still on the issue: %v", got)
	}
	w.want(200, "wes-writer", "PUT", project+"/issues/1/labels", map[string]any{"labels": []string{"question"}})
	w.want(204, "wes-writer", "DELETE", project+"/issues/1/labels", nil)
}
