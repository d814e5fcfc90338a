package route_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/policy"
	"github.com/cocrouter/cocrouter/pkg/route"
)

// incidents are the words of ROUTING.md's jurisdiction table, each as a change
// of a world that is in order.
var incidents = map[string]func(*table){
	"somebody may be in danger": func(p *table) { p.incident.Danger = true },
	"it happened at an event of the parent": func(p *table) {
		p.incident = route.Incident{Space: coc.SpaceEvent, Event: "big days"}
	},
	"it happened at such an event, and the event desk takes cases here": func(p *table) {
		p.incident = route.Incident{Space: coc.SpaceEvent, Event: "big days"}
		p.directory = strings.Replace(p.directory, "contact: events@foundation.example", "incidents: halls/cases\n    members: [hall-one]", 1)
	},
	"it happened at such an event, and touches another project": func(p *table) {
		p.incident = route.Incident{Space: coc.SpaceEvent, Event: "big days", Projects: []string{"other"}}
	},
	"it happened at an event of somebody else": func(p *table) {
		p.incident = route.Incident{Space: coc.SpaceEvent, Event: "Small Days"}
	},
	"it happened at such an event, wholly inside the project": func(p *table) {
		p.incident = route.Incident{Space: coc.SpaceEvent, Event: "Small Days", Inside: true}
	},
	"it touches another community": func(p *table) {
		p.incident = route.Incident{Space: coc.SpaceChat, Projects: []string{"desk", "who-knows"}}
	},
	"it belongs to no community": func(p *table) { p.incident.Space = coc.SpaceElsewhere },
	"somebody was hurt":          func(p *table) { p.incident.Risks = []coc.Risk{coc.RiskInjury} },
	"something illegal is suspected": func(p *table) {
		p.incident.Risks = []coc.Risk{coc.RiskIllegality}
	},
	"it touches several projects": func(p *table) {
		p.incident = route.Incident{Space: coc.SpaceRepositories, Projects: []string{"other"}}
	},
	"it happened in a chat of no project": func(p *table) {
		p.source, p.incident.Space = coc.RepoFacts{}, coc.SpaceChat
	},
	"the project has no committee": func(p *table) { delete(p.files, pointerAt) },
	"most of its members have a hard conflict": func(p *table) {
		p.names("proj-one", coc.RoleHarmed)
		p.declared = []coc.Declaration{{Login: "proj-two", Kind: coc.ConflictHard}}
	},
	"its committee can take it": func(*table) {},
	"of the foundation's committee two are left": func(p *table) {
		delete(p.files, pointerAt)
		p.names("found-one", coc.RoleAccused)
		p.names("found-two", coc.RoleHarmed)
	},
	"of the foundation's committee nobody is without any conflict": func(p *table) {
		delete(p.files, pointerAt)
		for _, l := range []coc.Login{"found-one", "found-two", "found-three", "found-four"} {
			p.declared = append(p.declared, coc.Declaration{Login: l, Kind: coc.ConflictSoft})
		}
	},
	"it was filed with the foundation": func(p *table) { p.incident.FiledWith = "foundation" },
	"the project's decision is appealed": func(p *table) {
		decided, _ := policy.ParsePointer([]byte(thePointer))
		p.appealed = &decided.Declared
	},
}

// besides are the table's words for what else follows.
var besides = map[string]func(route.Decision) bool{
	"–": func(d route.Decision) bool { return len(d.Duties) == 0 && len(d.Joint) == 0 && d.Desk == nil },
	"emergency services are asked first": func(d route.Decision) bool {
		return asks(d, "emergency services", route.ActAnything) && slices.Contains(d.Flags, coc.FlagSafetyRisk)
	},
	"the event desk is written to, and handles it jointly": func(d route.Decision) bool {
		return d.Desk != nil && d.Desk.Name == "The Event Desk" && d.Desk.Contact != "" && handles(d, "The Event Desk")
	},
	"the foundation's committee handles it jointly": func(d route.Decision) bool { return handles(d, "The Foundation") && d.Desk == nil },
	"the parent is written to": func(d route.Decision) bool {
		return d.Desk != nil && d.Desk.Name == "The Parent" && d.Desk.Contact != ""
	},
	"the parent's address is given": func(d route.Decision) bool { return d.Contact == "legal@parent.example" },
	"counsel is asked before it decides": func(d route.Decision) bool {
		return asks(d, "the parent's counsel", route.ActDeciding) && slices.Contains(d.Flags, coc.FlagLegalRisk)
	},
	"the other project is told that there is a case": func(d route.Decision) bool {
		return tells(d, "The Other Project", route.WordsNotice, coc.WhenOpened)
	},
	"both projects are told that there is a case": func(d route.Decision) bool {
		return tells(d, "The Other Project", route.WordsNotice, coc.WhenOpened) && tells(d, "The Project", route.WordsNotice, coc.WhenOpened)
	},
	"the foundation is told a summary when it opens and when it resolves": func(d route.Decision) bool {
		return tells(d, "The Foundation", route.WordsSummary, coc.WhenOpened, coc.WhenResolved)
	},
	"the reporter is told where it belongs": func(d route.Decision) bool { return tells(d, "", route.WordsMoved, coc.WhenOpened) },
	"counsel is asked before a ban of more than two months, and before a name is published": func(d route.Decision) bool {
		return asks(d, "the parent's counsel", route.ActBan) && asks(d, "the parent's counsel", route.ActNaming)
	},
}

func asks(d route.Decision, whom string, before route.Act) bool {
	return slices.ContainsFunc(d.Consult, func(c route.Consult) bool {
		return c.Whom == whom && c.Before == before && (before != route.ActBan || c.LongerThan == coc.Span{N: 2, Unit: coc.Months})
	})
}

func handles(d route.Decision, name string) bool {
	return slices.ContainsFunc(d.Joint, func(c coc.Committee) bool { return c.Name == name })
}

func tells(d route.Decision, name string, what route.Words, when ...coc.Moment) bool {
	return slices.ContainsFunc(d.Duties, func(t route.Tell) bool {
		return t.Committee.Name == name && t.What == what && slices.Equal(t.When, when) && (name == "") == (t.Way == nil)
	})
}

func TestJurisdictionTableIsWhatTheRouterDoes(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../ROUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	taker := map[string]string{
		"the project's committee": "The Project", "the foundation's committee": "The Foundation",
		"the event desk": "The Event Desk", "the sealed store": "",
	}
	seen, rows := map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(string(doc)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 5 || strings.Trim(cells[0], " 0123456789") != "" {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		row, condition, goes, also, rule := cells[0], cells[1], cells[2], cells[3], strings.Trim(cells[4], "`")
		seen[condition], rows[row] = true, true
		t.Run("row "+row+" "+condition, func(t *testing.T) {
			t.Parallel()
			change, ok := incidents[condition]
			want, known := taker[goes]
			follows, sure := besides[also]
			if !ok || !known || !sure {
				t.Fatalf("the table says %q → %q, %q, which this test does not know", condition, goes, also)
			}
			p := inOrder()
			change(p)
			d := p.decide(t, nil)
			if d.Committee.Name != want || d.Sealed != (want == "") {
				t.Errorf("goes to %q, sealed %t: %v", d.Committee.Name, d.Sealed, d.Trace)
			}
			if !follows(d) {
				t.Errorf("not so: %s: %+v, desk %+v, joint %+v, asked %+v", also, d.Duties, d.Desk, d.Joint, d.Consult)
			}
			reasons := slices.Clone(d.Trace)
			for _, t := range d.Duties {
				reasons = append(reasons, t.Reason)
			}
			for _, c := range d.Consult {
				reasons = append(reasons, c.Reason)
			}
			i := slices.IndexFunc(reasons, func(r coc.Reason) bool { return r.Rule == rule && r.Row == row })
			if i < 0 {
				t.Errorf("nothing says %s of row %s: %+v", rule, row, reasons)
			}
		})
	}
	for condition := range incidents {
		if !seen[condition] {
			t.Errorf("ROUTING.md does not say what happens when %s", condition)
		}
	}
	if len(rows) != 13 {
		t.Errorf("the table has %d of the rows 0 to 12", len(rows))
	}
}
