package route_test

import (
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/policy"
	"github.com/cocrouter/cocrouter/pkg/route"
)

var someday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

const (
	pointerAt   = "project/code/.github/coc.yaml"
	committeeAt = "project-conduct/cases/.github/coc-committee.yaml"
)

// conditions are the words of ROUTING.md's table, each as a change of a world
// that is in order.
var conditions = map[string]func(*table){
	"the repository has a `coc.yaml` and its committee can take it": func(*table) {},
	"only the organisation's `.github` has one": func(p *table) {
		delete(p.files, pointerAt)
		p.files["project/.github/.github/coc.yaml"] = strings.Replace(thePointer, "The Project", "The Organisation", 1)
	},
	"the file says `committee: NAME` of the directory": func(p *table) {
		p.files[pointerAt] = "version: 1\ncommittee: desk\n"
	},
	"there is no file, and the directory pins the project": func(p *table) {
		delete(p.files, pointerAt)
		p.directory += "projects:\n  project/*: desk\n"
	},
	"there is no file anywhere":                   func(p *table) { delete(p.files, pointerAt) },
	"the file does not parse":                     func(p *table) { p.files[pointerAt] = "version: 1\ncommitee: x\n" },
	"the file is a directory or a symbolic link":  func(p *table) { p.states[pointerAt] = route.StateNotAFile },
	"the file is larger than 64 KiB":              func(p *table) { p.states[pointerAt] = route.StateTooLarge },
	"GitHub cannot read the file for ten minutes": func(p *table) { p.states[pointerAt] = route.StateUnreadable },
	"the committee belongs to another owner and does not accept the project": func(p *table) {
		p.files[committeeAt] = strings.Replace(theCommittee, "project/*", "somebody-else/*", 1)
	},
	"the committee belongs to another owner and cannot be asked": func(p *table) {
		p.states[committeeAt] = route.StateInaccessible
	},
	"the repository is a fork with a copied file": func(p *table) {
		p.source.Repo.Owner, p.source.Fork = "somebody", true
		p.files["somebody/code/.github/coc.yaml"] = thePointer
	},
	"the incident repository is the project's own repository": func(p *table) {
		p.files[pointerAt] = strings.Replace(thePointer, "project-conduct/cases", "project/code", 1)
	},
	"the committee's own file has a mistake": func(p *table) {
		p.files[pointerAt] = strings.Replace(thePointer, "project-conduct/cases", "project/conduct", 1)
		p.files["project/conduct/.github/coc-committee.yaml"] = theCommittee + "quorom: 2\n"
	},
	"the committee has no members": func(p *table) {
		p.files[pointerAt] = strings.Replace(thePointer, "project-conduct/cases", "project/conduct", 1)
	},
	"the incident repository is public":   func(p *table) { p.room("project-conduct/cases", visibility("public")) },
	"the incident repository is internal": func(p *table) { p.room("project-conduct/cases", visibility("internal")) },
	"the incident repository is archived": func(p *table) {
		p.room("project-conduct/cases", func(r *coc.RoomFacts) { r.Archived = true })
	},
	"the committee has not installed the App": func(p *table) {
		p.files[pointerAt] = strings.Replace(thePointer, "project-conduct/cases", "project/hidden", 1)
		p.states["project/hidden/.github/coc-committee.yaml"] = route.StateInaccessible
	},
	"somebody can read it who is neither responder nor custodian": func(p *table) { p.joins("project-conduct/cases", "a-bystander") },
	"too few of its members can read it":                          func(p *table) { p.leaves("project-conduct/cases", "proj-two", "proj-three") },
	"too few of its members can read it, and a separate repository can be made": func(p *table) {
		p.leaves("project-conduct/cases", "proj-two", "proj-three")
		p.administers("proj-owner")
	},
	"one of its readers is accused": func(p *table) { p.names("Proj-Owner", coc.RoleAccused) },
	"one of its readers is accused, and a separate repository can be made": func(p *table) {
		p.names("proj-two", coc.RoleAccused)
		p.administers("proj-owner")
	},
	"the same, and the accused owns the organisation": func(p *table) {
		p.names("proj-owner", coc.RoleAccused)
		p.administers("proj-owner")
	},
	"the same, and an owner is neither responder nor custodian": func(p *table) {
		p.names("proj-two", coc.RoleAccused)
		p.administers("proj-owner", "a-bystander")
	},
	"the same, and most of the committee would only be invited": func(p *table) {
		p.names("proj-two", coc.RoleAccused)
		p.administers("proj-owner")
		o := p.orgs["project-conduct"]
		o.Members = []coc.Login{"proj-two"}
		p.orgs["project-conduct"] = o
	},
	"one of its readers is named without a role":                func(p *table) { p.names("proj-two", coc.RoleUnset) },
	"the reporter asks that one of its readers does not see it": func(p *table) { p.names("proj-two", coc.RoleKeptOut) },
	"the reporter asks that most of its members do not see it": func(p *table) {
		p.names("proj-one", coc.RoleKeptOut)
		p.names("proj-two", coc.RoleKeptOut)
	},
	"one of its readers is a witness": func(p *table) { p.names("proj-two", coc.RoleWitness) },
	"most of its members are accused or harmed": func(p *table) {
		p.names("proj-one", coc.RoleAccused)
		p.names("proj-two", coc.RoleHarmed)
	},
	"a push replaced the committee less than 72 hours ago": func(p *table) {
		before, _ := policy.ParsePointer([]byte(thePointer))
		p.standing = &coc.Standing{Source: p.source.Repo, Pointer: before.Canonical(), Committee: served(before.Declared), Since: someday.AddDate(0, -1, 0)}
		p.files[pointerAt] = "version: 1\ncommittee: desk\n"
	},
	"the committee asks each of its members in private, and a repository can be made": func(p *table) {
		p.asksInPrivate()
		p.signIn = true
	},
	"the same, and a member owns the organisation and is no custodian": func(p *table) {
		p.asksInPrivate()
		p.signIn = true
		p.administers("proj-owner", "proj-one")
	},
	"the same, and nobody can sign in on this server": func(p *table) { p.asksInPrivate() },
	"the same, and the rooms App may not make repositories there": func(p *table) {
		p.asksInPrivate()
		p.signIn, p.orgs = true, nil
	},
	"no committee of the chain can take it": func(p *table) {
		for name := range p.rooms {
			p.room(name, visibility("public"))
		}
	},
}

// served is a committee with the people whom its own file lists.
func served(c coc.Committee) coc.Committee {
	file, _ := policy.ParseCommittee([]byte(theCommittee))
	return file.Over(c)
}

func visibility(v string) func(*coc.RoomFacts) {
	return func(r *coc.RoomFacts) { r.Visibility = v }
}

// goesTo are the table's words for who takes the case.
var goesTo = map[string]string{
	"the project's committee":      "The Project",
	"the organisation's committee": "The Organisation",
	"the named committee":          "The Desk",
	"the pinned committee":         "The Desk",
	"the fallback":                 "The Foundation",
	"the next committee":           "The Foundation",
	"the sealed store":             "",
}

func TestRoutingTableIsWhatTheRouterDoes(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../ROUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(doc)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 4 || strings.Trim(cells[0], " 0123456789") != "" {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		row, condition, taker, rule := cells[0], cells[1], cells[2], strings.Trim(cells[3], "`")
		seen[condition] = true
		t.Run("row "+row, func(t *testing.T) {
			t.Parallel()
			change, ok := conditions[condition]
			want, known := goesTo[taker]
			if !ok || !known {
				t.Fatalf("the table says %q → %q, which this test does not know", condition, taker)
			}
			p := inOrder()
			change(p)
			d := p.decide(t, nil)
			if d.Committee.Name != want || d.Sealed != (want == "") {
				t.Errorf("%s: goes to %q, sealed %t; the table says %q", condition, d.Committee.Name, d.Sealed, taker)
			}
			if !said(d.Trace, rule) {
				t.Errorf("%s: the trace does not say %s: %v", condition, rule, d.Trace)
			}
		})
	}
	for condition := range conditions {
		if !seen[condition] {
			t.Errorf("ROUTING.md does not say what happens when %s", condition)
		}
	}
}

func said(trace []coc.Reason, rule string) bool {
	for _, r := range trace {
		if r.Rule == rule {
			return true
		}
	}
	return false
}

func TestFilesToCopyParse(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../ROUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	pointers, committees := 0, 0
	for _, block := range strings.Split(string(doc), "```yaml\n")[1:] {
		text, _, _ := strings.Cut(block, "```")
		var problems policy.Problems
		switch {
		case strings.HasPrefix(text, "# coc.yaml"):
			pointers++
			_, problems = policy.ParsePointer([]byte(text))
		case strings.HasPrefix(text, "# coc-committee.yaml"):
			committees++
			_, problems = policy.ParseCommittee([]byte(text))
		default:
			t.Errorf("a block does not say which file it is:\n%s", text)
		}
		if len(problems) > 0 {
			t.Errorf("%v in\n%s", problems, text)
		}
	}
	if pointers != 3 || committees != 3 {
		t.Errorf("found %d coc.yaml and %d coc-committee.yaml, want 3 and 3", pointers, committees)
	}
}

// What a project copies into its issue chooser shows the private form, and must
// never lead people to report in public: neither by the command nor by the label.
func TestIssueChooserToCopyLeadsToThePrivateForm(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../ROUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(doc), "```yml\n")[1:]
	if len(blocks) != 1 {
		t.Fatalf("%d issue choosers, want one", len(blocks))
	}
	text, _, _ := strings.Cut(blocks[0], "```")
	// What GitHub's chooser knows, and nothing else.
	var chooser struct {
		Blank *bool `yaml:"blank_issues_enabled"`
		Links []struct {
			Name  string `yaml:"name"`
			URL   string `yaml:"url"`
			About string `yaml:"about"`
		} `yaml:"contact_links"`
	}
	d := yaml.NewDecoder(strings.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&chooser); err != nil {
		t.Fatal(err)
	}
	if len(chooser.Links) != 1 || chooser.Links[0].Name == "" || chooser.Links[0].About == "" {
		t.Fatalf("GitHub shows no link without name, address and description: %+v", chooser.Links)
	}
	to, err := url.Parse(chooser.Links[0].URL)
	if err != nil || to.Scheme != "https" || !regexp.MustCompile(`^/report/[^/]+/[^/]+$`).MatchString(to.Path) {
		t.Errorf("it leads to %q, %v, want the form of a repository", chooser.Links[0].URL, err)
	}
	for _, public := range []string{"/coc", policy.DefaultReportLabel} {
		if strings.Contains(text, public) {
			t.Errorf("it shows %s:\n%s", public, text)
		}
	}
}
