package route

import (
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

func (f *facts) foresee(t testing.TB) Foreseen {
	t.Helper()
	w := f.start()
	for {
		seen, need := Foresee(w)
		if need == nil {
			return seen
		}
		f.answer(t, &w, *need)
	}
}

// What is foreseen is what Decide does with a report that names nobody.
func TestWhatIsForeseenIsWhoTakesItAndWhoIsTold(t *testing.T) {
	t.Parallel()
	always := "version: 1\naccepts: [my-org/*]\nseparate: always\nescalate_to: foundation\nmembers: [kim-project, lee-project, mo-project]\n"
	for name, tc := range map[string]struct {
		change             func(f *facts)
		first, above, told string
	}{
		"a project's own committee": {
			func(*facts) {},
			"Project Committee", "Foundation Conduct Committee, Host Organisation", "Foundation Conduct Committee"},
		"the foundation, which tells nobody of its own case": {
			func(f *facts) {
				f.places["my-org/my-project/.github/coc.yaml"] = Place{State: StateFound, Pointer: pointer(t, "version: 1\ncommittee: foundation\n")}
			},
			"Foundation Conduct Committee", "Host Organisation", ""},
		"a governance committee": {
			func(f *facts) {
				f.places["my-org/my-project/.github/coc.yaml"] = Place{State: StateFound, Pointer: pointer(t, "version: 1\ncommittee: governance\n")}
			},
			"Governance Committee", "Foundation Conduct Committee, Host Organisation", "Foundation Conduct Committee"},
		"one that asks its members in private": {
			func(f *facts) { f.SignIn, f.files["my-org/cases"] = true, committeeFile(t, always) },
			"Project Committee", "Foundation Conduct Committee, Host Organisation", "Foundation Conduct Committee"},
		"one that would, where nobody can sign in": {
			func(f *facts) { f.files["my-org/cases"] = committeeFile(t, always) },
			"Foundation Conduct Committee", "Host Organisation", ""},
		"a file that cannot be read": {
			func(f *facts) {
				f.files["my-org/cases"] = RosterFile{State: StateInvalid}
			},
			"Foundation Conduct Committee", "Host Organisation", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFacts(t)
			tc.change(f)
			seen := f.foresee(t)
			var above []string
			for _, c := range seen.Above {
				above = append(above, c.Name)
			}
			if seen.First.Name != tc.first || strings.Join(above, ", ") != tc.above || seen.Told.Name != tc.told {
				t.Errorf("%q takes it, above are %q, told is %q; want %q, %q, %q", seen.First.Name, above, seen.Told.Name, tc.first, tc.above, tc.told)
			}
			if p := f.point(t); p.Chain[0].Name != tc.first {
				t.Errorf("%q is pointed to", p.Chain[0].Name)
			}
			if len(seen.First.Members) == 0 || len(seen.Left)+len(seen.Joint) > 0 {
				t.Errorf("%+v", seen)
			}
		})
	}
}

// A report of something illegal may not stay with a project (row 4), and the form says whom
// it passes over.
func TestWhoMayNotKeepItIsForeseenToo(t *testing.T) {
	t.Parallel()
	f := newFacts(t)
	f.Incident.Risks = []coc.Risk{coc.RiskIllegality}
	seen := f.foresee(t)
	if len(seen.Left) != 1 || seen.Left[0].Name != "Project Committee" || seen.First.Name != "Foundation Conduct Committee" {
		t.Errorf("%+v", seen)
	}
}
