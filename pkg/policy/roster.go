package policy

import (
	"gopkg.in/yaml.v3"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// member is one entry of a roster: an account name alone, or a mapping.
type member memberFields

type memberFields struct {
	Login    login `yaml:"login" doc:"The member's account name."`
	Role     role  `yaml:"role,omitempty" doc:"Alternates step in when members fall out; a liaison has no vote. Default: member."`
	Employer title `yaml:"employer,omitempty" doc:"Whom the member works for; colleagues of a party are softly conflicted."`
}

func (m *member) from(r *reader, path string, n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		r.word(path, n, &m.Login)
		return
	}
	r.shape(path, n, (*memberFields)(m))
}

// roster is the members as the rest of the program sees them, or nil.
func roster(in []member) []coc.Member {
	var out []coc.Member
	for _, m := range in {
		out = append(out, coc.Member{Login: coc.Login(m.Login), Role: coc.MemberRole(m.Role), Employer: string(m.Employer)})
	}
	return out
}

// checkRoster refuses a roster that is given twice over, or on which nobody
// decides.
func (r *reader) checkRoster(path string, members []member) {
	if r.given(child(path, "members")) && r.given(child(path, "team")) {
		r.say(child(path, "team"), "`team` and `members` both say who is on the committee: keep one of them", "")
	}
	unique(r, child(path, "members"), members, func(m member) string { return coc.Login(m.Login).Key() })
	decides := len(members) == 0
	for _, m := range roster(members) {
		decides = decides || m.Decides()
	}
	if !decides {
		r.say(child(path, "members"), "nobody in `members` decides: alternates and liaisons need at least one member or chair", "")
	}
}

// checkTeam refuses a team of another organisation than the one that holds
// the incident repository: its readers would not be the team's members.
func (r *reader) checkTeam(path string, t team, incidents repo) {
	if t.IsZero() || incidents.IsZero() {
		return
	}
	if own := (coc.Repo{Owner: t.Org, Name: incidents.Name}); !own.Is(incidents.Repo) {
		r.say(child(path, "team"), "`team` must be a team of the organisation that holds `incidents`, "+quoted(incidents.Owner), "")
	}
}
