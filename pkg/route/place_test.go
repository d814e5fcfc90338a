package route

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/conflict"
)

// Everything that forbids a place, one at a time, beside readers who may read.
func TestWhatForbidsAPlace(t *testing.T) {
	t.Parallel()
	c := coc.Committee{Name: "Project Committee", Incidents: coc.Repo{Owner: "my-org", Name: "cases"}}
	wrapped := func(err error) func(*coc.RoomFacts) {
		return func(r *coc.RoomFacts) { r.Problem = fmt.Errorf("look: %w", err) }
	}
	for name, tc := range map[string]struct {
		change func(r *coc.RoomFacts)
		want   string
	}{
		"nothing":                            {func(*coc.RoomFacts) {}, ""},
		"it was renamed":                     {func(r *coc.RoomFacts) { r.Repo.Name = "other" }, ""},
		"its owner in other letters":         {func(r *coc.RoomFacts) { r.Repo.Owner = "MY-ORG" }, ""},
		"not allowed":                        {wrapped(coc.ErrDenied), "room/denied"},
		"not seen":                           {wrapped(coc.ErrInaccessible), "room/inaccessible"},
		"missing":                            {wrapped(coc.ErrMissing), "room/inaccessible"},
		"a write that an archive refused":    {wrapped(coc.ErrArchived), "room/archived"},
		"not now":                            {wrapped(coc.Later{Cause: "502"}), "room/unreadable"},
		"for a reason that is none of ours":  {wrapped(errors.New("odd")), "room/unreadable"},
		"without a number it was not looked": {func(r *coc.RoomFacts) { r.ID = 0 }, "room/unreadable"},
		"it belongs to somebody else":        {func(r *coc.RoomFacts) { r.Repo.Owner = "sold-org" }, "room/transferred"},
		"public":                             {func(r *coc.RoomFacts) { r.Visibility = "public" }, "room/public"},
		"internal":                           {func(r *coc.RoomFacts) { r.Visibility = "internal" }, "room/internal"},
		"of a visibility that is none":       {func(r *coc.RoomFacts) { r.Visibility = "secret" }, "room/unreadable"},
		"without issues":                     {func(r *coc.RoomFacts) { r.HasIssues = false }, "room/no-issues"},
		"archived":                           {func(r *coc.RoomFacts) { r.Archived = true }, "room/archived"},
		"disabled":                           {func(r *coc.RoomFacts) { r.Disabled = true }, "room/archived"},
		"the source, by its name":            {func(r *coc.RoomFacts) { r.Repo = source.Repo }, "room/is-source"},
		"the source, by its number":          {func(r *coc.RoomFacts) { r.ID = source.ID }, "room/is-source"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := room("my-org/cases", "kim-project")
			tc.change(&r)
			var want []coc.Reason
			if tc.want != "" {
				want = []coc.Reason{{Rule: tc.want, Committee: "Project Committee", Place: "my-org/cases"}}
			}
			if got := CheckRoom(r, c, conflict.Screening{Responders: []coc.Login{"kim-project"}}, nil, source); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

// What ties a committee to a source of another owner.
func TestWhoAcceptsASource(t *testing.T) {
	t.Parallel()
	accepting := func(patterns string) string {
		return strings.Replace(directoryYAML, "    contact: gc@umbrella.example\n", "    contact: gc@umbrella.example\n    accepts: ["+patterns+"]\n", 1)
	}
	for name, tc := range map[string]struct {
		directory string
		want      string
	}{
		"a fork that the directory's entry accepts":          {accepting("my-org/*"), "lookup/found taken"},
		"a fork, where it accepts others":                    {accepting("other-org/*"), "lookup/fork chain/fallback taken"},
		"a fork of which the directory's entry says nothing": {directoryYAML, "lookup/fork chain/fallback taken"},
	} {
		f := newFacts(t)
		f.Directory, f.Source.Fork = directory(t, tc.directory), true
		f.places[nearest1] = named(t, "governance")
		if got := steps(f.decide(t).Trace); !strings.HasPrefix(got, strings.Fields(tc.want)[0]) || !strings.HasSuffix(got, tc.want[strings.Index(tc.want, " "):]) {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
	if answer, need := (World{}).accepts(coc.Committee{Key: "host"}); answer != refused || need != nil {
		t.Errorf("one that has only an address: %q, %+v", answer, need)
	}
	f := newFacts(t)
	f.places[nearest1] = Place{State: StateFound, Pointer: pointer(t, strings.Replace(pointerYAML, "my-org/cases", "MY-org/cases", 1))}
	if d := f.decide(t); d.Sealed || d.Committee.Key != project {
		t.Errorf("an owner in other letters is another: taken by %q, %s", d.Committee.Key, steps(d.Trace))
	}
}

// A committee of the directory that says nothing of who comes next takes it from
// the coc.yaml that names it.
func TestACommitteeOfTheDirectoryMayBeSentOn(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	f.places[nearest1] = Place{State: StateFound, Pointer: pointer(t, "version: 1\ncommittee: pinned\nescalate_to: governance\n")}
	f.rooms["pinned-org/cases"] = room("pinned-org/cases")
	if d := f.decide(t); d.Committee.Key != "governance" {
		t.Errorf("taken by %q: %s", d.Committee.Key, steps(d.Trace))
	}
}
