package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// span is a length of time as people write it: 24h, 3 business days, 2 weeks.
type span coc.Span

const spanPattern = `[1-9][0-9]{0,3}(?: ?h| hours?| days?| business days?| weeks?| months?)`

var (
	spanForm  = regexp.MustCompile(`^` + spanPattern + `$`)
	spanParts = regexp.MustCompile(`^([0-9]+) *([A-Za-z -]+)$`)
)

// units are the ways to write a unit, the plural before the singular.
var units = []struct {
	words []string
	unit  coc.Unit
	days  float64 // the most days that one of them can last
}{
	{[]string{"hours", "hour", "h"}, coc.Hours, 1.0 / 24},
	{[]string{"days", "day"}, coc.Days, 1},
	{[]string{"business days", "business day"}, coc.BusinessDays, 7.0 / 5},
	{[]string{"weeks", "week"}, coc.Weeks, 7},
	{[]string{"months", "month"}, coc.Months, 31},
}

func (s *span) read(text string) (string, bool) {
	m := spanParts.FindStringSubmatch(text)
	if m == nil {
		return "", false
	}
	if !spanForm.MatchString(text) {
		if meant := m[1] + " " + nearestUnit(m[2]); spanForm.MatchString(meant) {
			return meant, false
		}
		return "", false
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return "", false
	}
	for _, u := range units {
		if slices.Contains(u.words, strings.TrimSpace(m[2])) {
			*s = span{N: n, Unit: u.unit}
			return "", true
		}
	}
	return "", false
}

// nearestUnit is the unit that was probably meant; days, where none is near.
func nearestUnit(word string) string {
	var plural []string
	for _, u := range units {
		plural = append(plural, u.words[0])
	}
	if meant := nearest(word, plural); meant != "" {
		return meant
	}
	return "days"
}

func (span) expects() string {
	return "a length of time such as 24h, 3 business days, 14 days, 2 weeks or 1 month"
}

// days is the most that a span can last.
func days(s coc.Span) float64 {
	for _, u := range units {
		if u.unit == s.Unit {
			return float64(s.N) * u.days
		}
	}
	return 0
}

// clocks are the keys of a committee's file that promise a time.
type clocks struct {
	AcknowledgeTarget span   `yaml:"acknowledge_target,omitempty" doc:"How soon the committee means to tell a reporter that a person has the report. Default: 24h."`
	AcknowledgeWithin span   `yaml:"acknowledge_within,omitempty" doc:"After this without an acknowledgement, alternates and then the next committee are called. Default: 3 business days."`
	ScreenWithin      span   `yaml:"screen_within,omitempty" doc:"How long jurisdiction, conflicts and severity may take. Default: 2 business days."`
	UpdateEvery       span   `yaml:"update_every,omitempty" doc:"How often a reporter hears from the committee. Default: 7 days."`
	DecideWithin      span   `yaml:"decide_within,omitempty" doc:"How soon the committee means to decide. Default: 14 days."`
	DeadlockAfter     span   `yaml:"deadlock_after,omitempty" doc:"After this without agreement, the case goes to the next committee. Default: 7 days."`
	MediateWithin     span   `yaml:"mediate_within,omitempty" doc:"How long mediation may take. Default: 14 days."`
	AppealWithin      span   `yaml:"appeal_within,omitempty" doc:"How long a decision may be appealed. Default: 30 days."`
	ConsentWindow     span   `yaml:"consent_window,omitempty" doc:"How long members may object to a written decision. Default: 24h."`
	FollowUp          []span `yaml:"follow_up,omitempty" doc:"When remedies are checked. Default: after 1 week and after 2 weeks."`
}

func (c clocks) given() coc.Clocks {
	out := coc.Clocks{
		AcknowledgeTarget: coc.Span(c.AcknowledgeTarget),
		AcknowledgeWithin: coc.Span(c.AcknowledgeWithin),
		ScreenWithin:      coc.Span(c.ScreenWithin),
		UpdateEvery:       coc.Span(c.UpdateEvery),
		DecideWithin:      coc.Span(c.DecideWithin),
		DeadlockAfter:     coc.Span(c.DeadlockAfter),
		MediateWithin:     coc.Span(c.MediateWithin),
		AppealWithin:      coc.Span(c.AppealWithin),
		ConsentWindow:     coc.Span(c.ConsentWindow),
	}
	for _, s := range c.FollowUp {
		out.FollowUp = append(out.FollowUp, coc.Span(s))
	}
	return out
}

// promises is every clock but the follow-up checks: what it is when a
// committee does not say, and the most it may say. A promise of a year would
// switch off what watches over it.
var promises = []struct {
	key      string
	of       func(*coc.Clocks) *coc.Span
	standard coc.Span
	limit    coc.Span
}{
	{"acknowledge_target", func(c *coc.Clocks) *coc.Span { return &c.AcknowledgeTarget }, coc.Span{N: 24, Unit: coc.Hours}, coc.Span{N: 2, Unit: coc.Weeks}},
	{"acknowledge_within", func(c *coc.Clocks) *coc.Span { return &c.AcknowledgeWithin }, coc.Span{N: 3, Unit: coc.BusinessDays}, coc.Span{N: 1, Unit: coc.Months}},
	{"screen_within", func(c *coc.Clocks) *coc.Span { return &c.ScreenWithin }, coc.Span{N: 2, Unit: coc.BusinessDays}, coc.Span{N: 1, Unit: coc.Months}},
	{"update_every", func(c *coc.Clocks) *coc.Span { return &c.UpdateEvery }, coc.Span{N: 7, Unit: coc.Days}, coc.Span{N: 2, Unit: coc.Months}},
	{"decide_within", func(c *coc.Clocks) *coc.Span { return &c.DecideWithin }, coc.Span{N: 14, Unit: coc.Days}, coc.Span{N: 12, Unit: coc.Months}},
	{"deadlock_after", func(c *coc.Clocks) *coc.Span { return &c.DeadlockAfter }, coc.Span{N: 7, Unit: coc.Days}, coc.Span{N: 3, Unit: coc.Months}},
	{"mediate_within", func(c *coc.Clocks) *coc.Span { return &c.MediateWithin }, coc.Span{N: 14, Unit: coc.Days}, coc.Span{N: 6, Unit: coc.Months}},
	{"appeal_within", func(c *coc.Clocks) *coc.Span { return &c.AppealWithin }, coc.Span{N: 30, Unit: coc.Days}, coc.Span{N: 12, Unit: coc.Months}},
	{"consent_window", func(c *coc.Clocks) *coc.Span { return &c.ConsentWindow }, coc.Span{N: 24, Unit: coc.Hours}, coc.Span{N: 2, Unit: coc.Weeks}},
}

// The follow-up checks of DOMAIN.md, and the latest that one may be.
var (
	standardFollowUp = []coc.Span{{N: 1, Unit: coc.Weeks}, {N: 2, Unit: coc.Weeks}}
	followUpLimit    = coc.Span{N: 24, Unit: coc.Months}
)

// checkClocks refuses promises so long that they are none.
func (r *reader) checkClocks(path string, c coc.Clocks) {
	for _, p := range promises {
		r.checkLimit(child(path, p.key), *p.of(&c), p.limit)
	}
	for i, s := range c.FollowUp {
		r.checkLimit(entry(child(path, "follow_up"), i), s, followUpLimit)
	}
	if within, target := c.AcknowledgeWithin, c.AcknowledgeTarget; !within.IsZero() && !target.IsZero() && days(target) > days(within) {
		r.say(child(path, "acknowledge_target"), "`acknowledge_target` is later than `acknowledge_within`: the target is the earlier of the two", "")
	}
}

func (r *reader) checkLimit(path string, s, limit coc.Span) {
	if days(s) > days(limit) {
		r.say(path, fmt.Sprintf("%s may be at most %s", called(path), written(limit)), "")
	}
}

// written is a span as people write it.
func written(s coc.Span) string {
	unit := string(s.Unit)
	if s.N == 1 {
		unit = strings.TrimSuffix(unit, "s")
	}
	return fmt.Sprintf("%d %s", s.N, unit)
}

// over is given where something is given, and standing otherwise.
func over(given, standing coc.Clocks) coc.Clocks {
	out := standing
	for _, p := range promises {
		if s := *p.of(&given); !s.IsZero() {
			*p.of(&out) = s
		}
	}
	if len(given.FollowUp) > 0 {
		out.FollowUp = given.FollowUp
	}
	out.FollowUp = slices.Clone(out.FollowUp)
	return out
}

// standardClocks are the promises of a committee that makes none of its own.
func standardClocks() coc.Clocks {
	c := coc.Clocks{FollowUp: slices.Clone(standardFollowUp)}
	for _, p := range promises {
		*p.of(&c) = p.standard
	}
	return c
}
