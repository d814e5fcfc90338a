package route

import (
	"slices"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

// Who would be asked, and why, where first one and then another cannot be.
func TestPointGoesOnUntilSomebodyCouldTakeACase(t *testing.T) {
	t.Parallel()
	only := func(keep string) string { // the directory with nobody but these, who have only an address
		return "version: 1\ncommittees:\n" + keep
	}
	const hosts = "  near: {level: project, contact: near@a.example, escalate_to: far}\n  far: {level: foundation, contact: far@a.example}\n"
	for name, tc := range map[string]struct {
		world func(t testing.TB, f *facts)
		chain string
		steps string
	}{
		"one that is in order": {func(testing.TB, *facts) {}, "my-org/cases foundation host", "lookup/found"},
		"a mistake in its own file": {
			func(_ testing.TB, f *facts) { f.files[project] = RosterFile{State: StateInvalid} },
			"foundation host", "lookup/found committee/file-invalid chain/fallback"},
		"nobody but those with an address": {
			func(t testing.TB, f *facts) {
				f.Directory, f.places = directory(t, only(hosts)+"fallback: near\n"), nil
			}, "near far", "lookup/none chain/fallback committee/contact-only committee/contact-only"},
		"and one whose file is broken": {
			func(t testing.TB, f *facts) {
				f.Directory, f.places = directory(t, only(hosts+"  room: {level: project, incidents: a/b, members: [kim-project], escalate_to: near}\n")+"fallback: room\n"), nil
				f.files["a/b"] = RosterFile{State: StateTooLarge}
			}, "near far", "lookup/none chain/fallback committee/file-invalid committee/contact-only committee/contact-only"},
		"one behind those with an address": {
			func(t testing.TB, f *facts) {
				f.Directory = directory(t, only(strings.Replace(hosts, "far@a.example}", "far@a.example, escalate_to: room}", 1)+"  room: {level: foundation, incidents: a/b, members: [kim-project]}\n")+"fallback: near\n")
				f.places = nil
			}, "room", "lookup/none chain/fallback committee/contact-only committee/contact-only"},
		"no directory": {
			func(_ testing.TB, f *facts) { f.Directory, f.places = policy.Directory{}, nil }, "", "lookup/none chain/no-fallback"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFacts(t)
			tc.world(t, f)
			p := f.point(t)
			var chain []string
			for _, c := range p.Chain {
				chain = append(chain, c.Key)
			}
			if got := strings.Join(chain, " "); got != tc.chain || steps(p.Trace) != tc.steps {
				t.Errorf("chain %q, want %q; trace %q, want %q", got, tc.chain, steps(p.Trace), tc.steps)
			}
		})
	}
}

// Reporters are shown a roster: it is the committee's own, not the directory's.
func TestPointKnowsTheRosterOfWhoeverIsFirst(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	f.places = nil
	f.files["foundation-conduct/cases"] = committeeFile(t, "version: 1\nmembers: [{login: new-foundation}]\n")
	if p := f.point(t); len(p.Chain) == 0 || !slices.Equal(p.Chain[0].Logins(), []coc.Login{"new-foundation"}) {
		t.Errorf("chain %+v", p.Chain)
	}
}

func TestADirectorysEntryHasTheUsualSettings(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	f.Source.Repo = coc.Repo{Owner: "pinned-org", Name: "tool"}
	p := f.point(t)
	if p.Settings.PublicCommand != policy.CommandLink || p.Settings.Original != policy.OriginalKeep || p.Settings.ReportLabel != policy.DefaultReportLabel || p.Found != nil {
		t.Errorf("settings %+v, found at %v", p.Settings, p.Found)
	}
	if said := p.Said(f.Source.Repo); said != (coc.Settings{}) {
		t.Errorf("a file that is not there says %+v", said)
	}
}

// What the source's own file says is what is remembered for it, and nothing that
// another file says.
func TestWhatIsRememberedIsWhatTheSourcesOwnFileSays(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	f.places[nearest1] = Place{State: StateFound, Pointer: pointer(t, pointerYAML+"public_command: capture\noriginal: lock\nreport_label: conduct\n")}
	said := f.point(t).Said(coc.Repo{Owner: "MY-org", Name: "my-project"})
	if said != (coc.Settings{PublicCommand: "capture", Original: "lock", ReportLabel: "conduct"}) {
		t.Errorf("the file says %+v", said)
	}
	f.Standing = &coc.Standing{Settings: said}
	f.places[shared] = Place{State: StateFound, Pointer: pointer(t, pointerYAML+"public_command: off\noriginal: minimize\nreport_label: theirs\n")}
	f.places[nearest1] = Place{State: StateInvalid}
	p := f.point(t)
	if p.Settings.PublicCommand != policy.CommandCapture || p.Settings.Original != policy.OriginalLock || p.Settings.ReportLabel != "conduct" {
		t.Errorf("once it is broken, the settings are %+v", p.Settings)
	}
	if said := p.Said(f.Source.Repo); said != (coc.Settings{}) {
		t.Errorf("the owner's file is taken for the source's: %+v", said)
	}
	f.Standing = nil
	if said := f.point(t).Said(f.Source.Repo.Community()); said != (coc.Settings{}) {
		t.Errorf("while a nearer file is broken, the owner's says %+v", said)
	}
}
