package policy

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// seed gives a fuzz target every file that the other tests use. What the fuzzer
// found in testdata reaches lines that these do not; each is named for what it is.
func seed(f *testing.F) {
	f.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "testdata", "policy", "*.yaml"))
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, file := range append(files, filepath.Join("..", "..", "config", "committees.example.yml")) {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, text := range []string{
		smallest, "", "---\n---\n", "a: &a [*a]\n", "<<: {a: b}\n", "? {a: b}\n: c\n", "\xFF\xFEa", "!!binary a: b", "a:\n#x\n", "%YAML 1.1\n---\nversion: 1\ncommittee: off\n",
		laughs(), deepBlocks(30), declaring("  members: [123, 007]"), saying("follow_up: [1 week, 2 months]", "quorum: 2"),
	} {
		f.Add([]byte(text))
	}
}

// sane fails unless the problems are such as can be shown.
func sane(t *testing.T, problems Problems) {
	t.Helper()
	if problems != nil && len(problems) == 0 {
		t.Error("an empty list of problems is not nil")
	}
	if len(problems) > maxProblems+1 {
		t.Errorf("%d problems", len(problems))
	}
	for _, p := range problems {
		if p.Message == "" || len(p.String()) > 1000 || strings.ContainsAny(p.String()+p.Path, "\n\r\x1b\u202e") {
			t.Errorf("the problem cannot be shown: %q", p)
		}
	}
}

// checkCommittee fails unless everything in c could be written again.
func checkCommittee(t *testing.T, c coc.Committee) {
	t.Helper()
	for _, l := range append(c.Logins(), c.Custodians...) {
		if parsed, err := coc.ParseLogin(string(l)); err != nil || parsed != l || l.IsBot() {
			t.Errorf("login %q", l)
		}
	}
	for i, l := range c.Logins() {
		if coc.HasLogin(c.Logins()[:i], l) {
			t.Errorf("%s is on the committee twice", l)
		}
	}
	if len(c.Members) > 0 && !c.Team.IsZero() {
		t.Error("a roster and a team")
	}
	if c.Separate != "" && !slices.Contains(separation("").words(), string(c.Separate)) {
		t.Errorf("separate: %q", c.Separate)
	}
	if whole := complete(c); whole.DecideBy == "" || whole.Quorum == "" {
		t.Errorf("no rule: %+v", whole)
	}
	full := over(c.Clocks, standardClocks())
	for _, p := range promises {
		if s := *p.of(&full); s.IsZero() || days(s) > days(p.limit) {
			t.Errorf("%s is %v", p.key, s)
		}
	}
	for _, s := range full.FollowUp {
		if s.IsZero() || days(s) > days(followUpLimit) {
			t.Errorf("a follow-up after %v", s)
		}
	}
}

func FuzzPointer(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		p, problems := ParsePointer(b)
		sane(t, problems)
		if problems != nil {
			if !reflect.DeepEqual(p, Pointer{}) {
				t.Errorf("a value beside problems: %+v", p)
			}
			return
		}
		if (p.Named == "") == p.Declared.Incidents.IsZero() {
			t.Fatalf("not exactly one of named and declared: %+v", p)
		}
		checkCommittee(t, p.Declared)
		again, problems := ParsePointer(rewritten(t, p))
		if problems != nil {
			t.Fatalf("%v\nin what was written again:\n%s", problems, rewritten(t, p))
		}
		if again.Canonical() != p.Canonical() || again.ReportLabel != p.ReportLabel || again.PublicCommand != p.PublicCommand || again.Original != p.Original {
			t.Errorf("written again, %+v became %+v", p, again)
		}
	})
}

// rewritten is a coc.yaml that says what p says.
func rewritten(t *testing.T, p Pointer) []byte {
	t.Helper()
	file := map[string]any{
		"version": 1, "committee": p.Named,
		"public_command": string(p.PublicCommand), "original": string(p.Original), "report_label": p.ReportLabel,
	}
	if p.EscalateTo != "" {
		file["escalate_to"] = p.EscalateTo
	}
	if p.Named == "" {
		d := map[string]any{"name": p.Declared.Name, "level": string(p.Declared.Level), "incidents": p.Declared.Incidents.String(), "contact": p.Declared.Contact}
		if !p.Declared.Team.IsZero() {
			d["team"] = p.Declared.Team.String()
		}
		var members []map[string]string
		for _, m := range p.Declared.Members {
			w := map[string]string{"login": string(m.Login)}
			if m.Role != "" {
				w["role"] = string(m.Role)
			}
			if m.Employer != "" {
				w["employer"] = m.Employer
			}
			members = append(members, w)
		}
		if members != nil {
			d["members"] = members
		}
		file["committee"] = d
	}
	b, err := yaml.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func FuzzCommittee(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		file, problems := ParseCommittee(b)
		sane(t, problems)
		if problems != nil {
			if !reflect.DeepEqual(file, CommitteeFile{}) {
				t.Errorf("a value beside problems: %+v", file)
			}
			return
		}
		if len(file.Committee.Members) == 0 && file.Committee.Team.IsZero() {
			t.Error("nobody is on the committee")
		}
		checkCommittee(t, file.Committee)
		once := file.Over(declaredCommittee())
		checkCommittee(t, once)
		if !reflect.DeepEqual(file.Over(once), once) {
			t.Errorf("a second time changed %+v to %+v", once, file.Over(once))
		}
	})
}

func FuzzDirectory(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		d, problems := ParseDirectory(b)
		sane(t, problems)
		if problems != nil {
			if !reflect.DeepEqual(d, Directory{}) {
				t.Errorf("a value beside problems: %+v", d)
			}
			return
		}
		known := func(key string) {
			if c, ok := d.Committee(key); !ok || c.Key != key {
				t.Errorf("%q leads to %+v", key, c)
			}
		}
		if d.Fallback() != "" {
			known(d.Fallback())
		}
		for _, e := range d.Events() {
			known(e.Committee)
		}
		for _, key := range d.projects {
			known(key)
		}
		j := d.Jurisdiction()
		for _, key := range []string{j.Central, j.Beyond, j.OtherEvents, j.Elsewhere, j.Several, j.NoProject, j.TransferTo, j.Tell.Committee, j.Appeals.Committee} {
			if key != "" {
				known(key)
			}
		}
		for _, desk := range j.Desks {
			known(desk.Committee)
			for _, key := range desk.Joint {
				known(key)
			}
		}
		for _, name := range d.Names() {
			known(name)
			c, _ := d.Committee(name)
			checkCommittee(t, c)
			chain := d.Chain(name)
			if last := chain[len(chain)-1]; last.EscalateTo != "" {
				t.Errorf("the chain of %s breaks off before %s", name, last.EscalateTo)
			}
		}
	})
}
