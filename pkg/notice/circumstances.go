package notice

import (
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// spaceMeans says where something happened, as the reporter told it.
var spaceMeans = map[coc.Space]string{
	coc.SpaceRepository:   "in the project's repositories",
	coc.SpaceRepositories: "in several repositories",
	coc.SpaceChat:         "in a chat, a call or a meeting of the project",
	coc.SpaceEvent:        "at an event",
	coc.SpaceElsewhere:    "somewhere else",
}

// riskMeans says a legal risk factor as the reporter ticked it.
var riskMeans = map[coc.Risk]string{
	coc.RiskInjury:         "somebody was hurt",
	coc.RiskThreatenedSuit: "somebody threatens to sue",
	coc.RiskAuthorities:    "it was reported to the police or another authority",
	coc.RiskAttorney:       "somebody has a lawyer",
	coc.RiskCauseOfAction:  "somebody could sue",
	coc.RiskIllegality:     "it may be against the law",
}

// circumstances is what the reporter said of where it happened and what is at
// stake, in rendered lines.
func circumstances(c coc.Circumstances) []string {
	var out []string
	line := func(label, text string) { out = append(out, "**"+label+"**: "+text+"\n", "\n") }
	if c.Danger {
		line("Danger", "the reporter says that somebody may be in danger now")
	}
	if where := spaceMeans[c.Space]; where != "" {
		if c.Space == coc.SpaceEvent && c.Inside {
			where = "at an event of the project alone"
		}
		line("It happened", where)
	}
	if c.Project != "" {
		line("The project", plainly(clipped(c.Project, 80))+", as the committee directory has it")
	}
	out = append(out, field("The event, as they call it", c.Event)...)
	switch {
	case c.Known != "":
		line("Known as", plainly(clipped(c.Known, 200)))
	case !c.Event.IsBlank():
		line("Known as", "no event that the committee directory has")
	}
	if !c.On.IsZero() {
		line("On", c.On.UTC().Format("2 January 2006"))
	}
	if c.Here {
		line("It touches", "this project as well, as the reporter says")
	}
	out = append(out, field("It also touches", c.Touches)...)
	var at []string
	for _, r := range c.Risks {
		if means := riskMeans[r]; means != "" {
			at = append(at, means)
		}
	}
	if at != nil {
		line("On the law, they say", strings.Join(at, "; "))
	}
	return out
}
