package policy

import "testing"

func TestProjectIsKnownByItsCommitteeAndByItsOwner(t *testing.T) {
	t.Parallel()
	d, problems := ParseDirectory([]byte(`
version: 1
committees:
  base: {name: The Base, level: foundation, contact: base@base.example}
  river: {name: River Conduct Committee, level: project, contact: conduct@river.example, escalate_to: base}
  lake: {name: Lake Governors, level: governance, contact: conduct@lake.example, escalate_to: base}
projects:
  river/*: river
  river-tools/*: river
  lake/water: lake
  base-org/*: base
fallback: base
`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for name, want := range map[string]string{
		"river": "river", " River ": "river", "RIVER conduct-committee": "river", "river tools": "river", "Lake": "lake", "lake governors": "lake",
		"base-org": "base", "base": "", "The Base": "", "lake/water": "", "sea": "", "": "", " -": "",
	} {
		if got := d.ProjectNamed(name); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
	if got := d.Projects(); len(got) != 2 || got[0].Key != "lake" || got[1].Key != "river" {
		t.Errorf("the projects are %+v", got)
	}
	if (Directory{}).ProjectNamed("river") != "" {
		t.Error("an empty directory knows a project")
	}
}
