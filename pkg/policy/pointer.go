package policy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// PointerPaths is where a project's file may be, the first that exists counts.
var PointerPaths = []string{".github/coc.yaml", "coc.yaml"}

// DefaultReportLabel is the label that makes an issue a report where coc.yaml
// names none.
const DefaultReportLabel = "code-of-conduct"

// PublicCommand says how /coc report in public is answered.
type PublicCommand string

// The answers. "" counts as CommandLink.
const (
	CommandLink    PublicCommand = "link"    // one neutral sentence with the form's address
	CommandCapture PublicCommand = "capture" // a private case is opened from the comment
	CommandOff     PublicCommand = "off"     // silence
)

// Original says what happens to the public thing a report arrived through.
type Original string

// What may happen to it. "" counts as OriginalKeep.
const (
	OriginalKeep     Original = "keep"
	OriginalLock     Original = "lock"
	OriginalMinimize Original = "minimize"
)

// Pointer is a coc.yaml: which committee, and how public things are answered.
// Exactly one of Named and Declared is set in a value that was parsed. The
// zero value points nowhere.
type Pointer struct {
	// Named is a committee of the directory, in lower case, or "".
	Named string
	// Declared is otherwise the committee as the file declares it, with
	// defaults. Its Key is that of its incident repository. Whether it may be
	// used (another owner, a committee file of its own) is decided in route.
	Declared coc.Committee
	// EscalateTo is a key of the directory; "" leaves it to the committee.
	// Declared.EscalateTo is the same.
	EscalateTo string

	PublicCommand PublicCommand
	Original      Original
	ReportLabel   string

	incidents place
}

// place is where in the file something stands.
type place struct{ line, column int }

// ParsePointer reads a project's file. The value is zero where there are
// problems.
func ParsePointer(b []byte) (Pointer, Problems) {
	f := pointerFile{
		PublicCommand: publicCommand(CommandLink),
		Original:      original(OriginalKeep),
		ReportLabel:   DefaultReportLabel,
	}
	r, problems := read(b, &f)
	if problems != nil {
		return Pointer{}, problems
	}
	r.checkRoster("committee", f.Committee.declared.Members)
	r.checkTeam("committee", f.Committee.declared.Team, f.Committee.declared.Incidents)
	if f.EscalateTo != "" && f.EscalateTo == f.Committee.name {
		r.say("escalate_to", "`escalate_to` names the committee itself: name another one, or take the line out", "")
	}
	if r.problems != nil {
		return Pointer{}, r.problems.inOrder()
	}
	p := Pointer{
		Named:         string(f.Committee.name),
		EscalateTo:    string(f.EscalateTo),
		PublicCommand: PublicCommand(f.PublicCommand),
		Original:      Original(f.Original),
		ReportLabel:   string(f.ReportLabel),
	}
	if p.Named == "" {
		p.Declared = f.Committee.declared.committee(p.EscalateTo)
		at := r.at["committee.incidents"]
		p.incidents = place{at.Line, at.Column}
	}
	return p, nil
}

// CheckPointer compares a file with the repository it is about. Whether an
// incident repository of another owner may be used is not a fact of the file.
func CheckPointer(p Pointer, source coc.Repo) Problems {
	if !p.Declared.Incidents.Is(source) {
		return nil
	}
	return Problems{{
		Line: p.incidents.line, Column: p.incidents.column, Path: "committee.incidents",
		Message: "`incidents` is this repository itself: name a private repository that only the committee reads",
	}}
}

// Canonical is what the 72-hour rule protects: two files with the same
// canonical form point to the same committee in the same way, however they
// are written. It is "" for the zero Pointer, and otherwise JSON.
func (p Pointer) Canonical() string {
	if p.Named == "" && p.Declared.Incidents.IsZero() && p.EscalateTo == "" {
		return ""
	}
	type who struct {
		Login    string `json:"login"`
		Role     string `json:"role,omitempty"`
		Employer string `json:"employer,omitempty"`
	}
	form := struct {
		Named      string    `json:"committee,omitempty"`
		Incidents  string    `json:"incidents,omitempty"`
		Name       string    `json:"name,omitempty"`
		Level      coc.Level `json:"level,omitempty"`
		Contact    string    `json:"contact,omitempty"`
		Members    []who     `json:"members,omitempty"`
		Team       string    `json:"team,omitempty"`
		EscalateTo string    `json:"escalate_to,omitempty"`
	}{
		Named:      strings.ToLower(p.Named),
		Name:       p.Declared.Name,
		Level:      p.Declared.Level,
		Contact:    p.Declared.Contact,
		Team:       strings.ToLower(p.Declared.Team.String()),
		EscalateTo: strings.ToLower(p.EscalateTo),
	}
	if !p.Declared.Incidents.IsZero() {
		form.Incidents = p.Declared.Incidents.Key()
	}
	for _, m := range p.Declared.Members {
		w := who{Login: m.Login.Key(), Role: string(m.Role), Employer: m.Employer}
		if m.Role == coc.MemberMember {
			w.Role = "" // the default, written out
		}
		form.Members = append(form.Members, w)
	}
	slices.SortFunc(form.Members, func(a, b who) int { return strings.Compare(a.Login, b.Login) })
	b, err := json.Marshal(form)
	if err != nil {
		panic(fmt.Sprintf("policy: a struct of strings cannot be written: %v", err))
	}
	return string(b)
}

// pointerFile is the shape of a coc.yaml.
type pointerFile struct {
	Version       version       `yaml:"version" doc:"The version of this format: 1."`
	Committee     committeePart `yaml:"committee" doc:"The committee that takes reports about this project: the name of one in the committee directory, or one declared here."`
	EscalateTo    key           `yaml:"escalate_to,omitempty" doc:"The committee of the directory that takes what this one cannot; the committee's own file wins. Default: the directory's fallback."`
	PublicCommand publicCommand `yaml:"public_command,omitempty" doc:"How a public /coc report comment is answered: with the address of the private form, by opening a private case from it, or not at all. Default: link."`
	Original      original      `yaml:"original,omitempty" doc:"What happens to a public issue or comment that became a report. Default: keep."`
	ReportLabel   label         `yaml:"report_label,omitempty" doc:"The label that makes an issue a report. Default: code-of-conduct."`
}

func (pointerFile) belongs(key string) string {
	if slices.Contains(namesOf[declared](), key) {
		return fmt.Sprintf("`%s` belongs under `committee:`: indent it there", key)
	}
	return declared{}.belongs(key)
}

// committeePart is a name of the directory or a declared committee.
type committeePart struct {
	name     key
	declared declared
}

func (c *committeePart) from(r *reader, path string, n *yaml.Node) {
	switch n.Kind {
	case yaml.ScalarNode:
		r.word(path, n, &c.name)
	case yaml.MappingNode:
		r.shape(path, n, &c.declared)
	default:
		r.wrong(path, "the name of a committee in the committee directory, or a mapping with the keys "+strings.Join(namesOf[declared](), ", "), "")
	}
}

// declared is a committee as coc.yaml may declare it.
type declared struct {
	Name      title         `yaml:"name" doc:"The committee's name, as reporters read it."`
	Level     declaredLevel `yaml:"level,omitempty" doc:"Whether a committee of the project or its governance body handles reports. Default: project."`
	Incidents repo          `yaml:"incidents" doc:"The private repository, owner/name, in which the committee handles its cases."`
	Contact   contact       `yaml:"contact" doc:"Where reporters reach the committee directly: a mail address or an https address. Shown to reporters."`
	Members   []member      `yaml:"members,omitempty" doc:"Who is on the committee; used only where the incident repository holds no committee file. Either this or team."`
	Team      team          `yaml:"team,omitempty" doc:"The team whose members are the committee, organisation/team, of the organisation that holds incidents; used only where the incident repository holds no committee file. Either this or members."`
}

func (declared) belongs(key string) string {
	if slices.Contains(namesOf[pointerFile](), key) {
		return fmt.Sprintf("`%s` belongs at the left edge of the file, not under `committee:`", key)
	}
	if slices.Contains(namesOf[committeeFile](), key) {
		return fmt.Sprintf("`%s` belongs in the committee's own file, %s in its incident repository", key, CommitteePath)
	}
	return ""
}

func (d declared) committee(escalateTo string) coc.Committee {
	level := coc.Level(d.Level)
	if level == "" {
		level = coc.LevelProject
	}
	return complete(coc.Committee{
		Key:         d.Incidents.Key(),
		Name:        string(d.Name),
		Level:       level,
		Incidents:   d.Incidents.Repo,
		Contact:     string(d.Contact),
		Members:     roster(d.Members),
		Team:        d.Team.Team,
		ShowMembers: true,
		EscalateTo:  escalateTo,
	})
}
