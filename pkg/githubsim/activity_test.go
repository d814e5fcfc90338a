package githubsim_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestActivitiesTellWhereABranchStood(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const full, zeros = "example-org/project", "0000000000000000000000000000000000000000"
	var heads []string
	for _, content := range []string{"one", "two", "three"} {
		w.ok(w.PutFile(full, "coc.yaml", content))
		heads = append(heads, w.Head(full))
		w.wait(48 * time.Hour)
	}
	w.ok(w.SetDefaultBranch(full, "next"))

	asked := func(query string) (before, after []string) {
		t.Helper()
		r := w.want(200, "", "GET", "/repos/"+full+"/activity?"+query, nil)
		return r.each("before"), r.each("after")
	}
	check := func(query string, wantBefore, wantAfter []string) {
		t.Helper()
		before, after := asked(query)
		if !slices.Equal(before, wantBefore) || !slices.Equal(after, wantAfter) {
			t.Errorf("%s: from %q to %q", query, before, after)
		}
	}
	check("ref=refs/heads/main", []string{heads[1], heads[0], zeros}, []string{heads[2], heads[1], heads[0]})
	check("ref=main&direction=asc&time_period=week", []string{zeros, heads[0], heads[1]}, heads)
	check("ref=main&time_period=day", nil, nil)
	check("ref=next", []string{zeros}, []string{heads[2]})
	check("activity_type=branch_creation", []string{zeros, zeros}, []string{heads[2], heads[0]})
	check("ref=no-such-branch", nil, nil)
	w.want(422, "", "GET", "/repos/"+full+"/activity?time_period=decade", nil)
	w.want(404, "olu-outsider", "GET", "/repos/example-org/cases/activity", nil)

	// Page after page, by what the Link header says.
	var seen []string
	for next := "/repos/" + full + "/activity?ref=main&per_page=1"; next != ""; {
		r := w.want(200, "", "GET", next, nil)
		seen, next = append(seen, r.each("after")...), ""
		if link, ok := strings.CutSuffix(r.header.Get("Link"), `>; rel="next"`); ok {
			u, err := url.Parse(strings.TrimPrefix(link, "<"))
			w.ok(err)
			next = strings.TrimPrefix(u.Path, "/api/v3") + "?" + u.RawQuery
		}
	}
	if want := []string{heads[2], heads[1], heads[0]}; !slices.Equal(seen, want) {
		t.Errorf("page by page: %q, want %q", seen, want)
	}
}

func TestCommitsAreListedByTheirTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const full = "example-org/project"
	var heads []string
	var times []time.Time
	for _, path := range []string{"coc.yaml", "README.md", "coc.yaml"} {
		w.ok(w.PutFile(full, path, path+" at "+w.clock().String()))
		heads, times = append(heads, w.Head(full)), append(times, w.clock())
		w.wait(time.Hour)
	}
	at := func(n int) string { return times[n].Format(time.RFC3339) }
	for query, want := range map[string][]string{
		"until=" + at(1):                           {heads[1], heads[0]},
		"until=" + at(1) + "&per_page=1":           {heads[1]},
		"until=" + at(1) + "&path=coc.yaml":        {heads[0]},
		"since=" + at(1):                           {heads[2], heads[1]},
		"since=" + at(1) + "&until=" + at(1):       {heads[1]},
		"sha=" + heads[1] + "&path=coc.yaml":       {heads[0]},
		"until=2000-01-01T00:00:00Z&path=coc.yaml": nil,
	} {
		if got := w.want(200, "", "GET", "/repos/"+full+"/commits?"+query, nil).each("sha"); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	w.want(422, "", "GET", "/repos/"+full+"/commits?until=yesterday", nil)
}
