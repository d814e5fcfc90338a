package main

import (
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

// chaosLiaisons is who is asked for context, of the committees that have somebody for
// that, by their rooms. They read there and have no vote.
var chaosLiaisons = map[string]string{"river-conduct/cases": "lior-liaison", "lantern-labs/council-cases": "lara-liaison"}

// chaosLand is the five organisations, with the liaisons, and a sixth that asks in private.
func chaosLand(folder string) (land, error) {
	l, err := readLand(folder)
	if err != nil {
		return l, err
	}
	for room, who := range chaosLiaisons {
		owner, _, _ := strings.Cut(room, "/")
		org := l.Orgs[owner]
		org.Owners = append(slices.Clone(org.Owners), who)
		l.Orgs[owner] = org
		l.files[room+"/.github/coc-committee.yaml"] += "  - {login: " + who + ", role: liaison}\n"
	}
	return l, lakeLand(&l)
}

// question is a member of a central committee who asks the liaison of the project that
// a case came from, about a case that names nobody of theirs.
func (c *chaos) question(a chaosAct, list []githubsim.IssueView) error {
	type asked struct {
		number int
		whom   string
	}
	var may []asked
	for _, i := range list {
		for _, place := range chaosPlaces {
			about := strings.Contains(i.Body, place.source) && chaosLiaisons[place.room] != ""
			if about && i.State == "open" && !slices.ContainsFunc(chaosRooms[place.room], func(l string) bool { return strings.Contains(i.Body, l) }) {
				may = append(may, asked{i.Number, chaosLiaisons[place.room]})
			}
		}
	}
	if len(may) == 0 {
		return nil
	}
	to := may[a.Nth%len(may)]
	return c.say(a.By, a.On, to.number, "/coc ask @"+to.whom+" What was agreed, "+a.Word)
}

// replyToQuestion is a liaison, or somebody of their committee, who answers what was
// asked; some press the button twice.
func (c *chaos) replyToQuestion(a chaosAct, list []githubsim.IssueView) error {
	list = slices.DeleteFunc(slices.Clone(list), func(i githubsim.IssueView) bool { return !strings.Contains(i.Body, "A committee asks for context") })
	if len(list) == 0 {
		return nil
	}
	by, issue := a.By, list[a.Nth%len(list)]
	if a.Roll%4 > 0 {
		by = chaosLiaisons[a.On]
	}
	for range 1 + a.Roll%3/2 {
		if err := c.say(by, a.On, issue.Number, "/coc notify They had agreed on it, "+a.Word); err != nil {
			return err
		}
	}
	return nil
}

// movesNotice is the stages of a notice, which is read, put away and taken out again.
func (x *expected) movesNotice(actor, verb string) bool {
	switch {
	case verb == "ack" && (x.stage == coc.StageReceived || x.stage == coc.StageReopened):
		return x.entry(actor, verb, coc.StageAcknowledged)
	case verb == "close" && x.stage != coc.StageClosed:
		return x.entry(actor, verb, coc.StageClosed)
	case verb == "reopen" && x.stage == coc.StageClosed:
		return x.entry(actor, verb, coc.StageReopened)
	}
	return false
}

// judgeQuestions: whatever was asked is asked once, and whatever was answered stands
// once in the case that the question is of, and once in its home, where it has one.
func (c *chaos) judgeQuestions(found []*chaosIssue, cases []coc.Case) (asked, answered int) {
	of := map[coc.CaseID]coc.Case{}
	for _, cs := range cases {
		of[cs.ID] = cs
	}
	for _, cs := range cases {
		for _, e := range cs.Journal {
			if e.Act != "ask" {
				continue
			}
			asked++
			notices := 0
			for _, n := range cases {
				if n.Notice != nil && n.Notice.Of == cs.ID && slices.Equal(chaosWords(n.Report.Account.Reveal()), chaosWords(e.Text.Reveal())) {
					notices++
				}
			}
			if notices != 1 {
				c.t.Errorf("a question of case %s is in %d notices; %s", cs.ID, notices, describe(cs))
			}
		}
		for _, a := range cs.Report.Added {
			if a.Answer == nil {
				continue
			}
			answered++
			home, said := false, 0
			for _, i := range found {
				if i.holds(cs.ID, len(cs.Placements)-1) {
					home, said = true, i.says(chaosWords(a.Text.Reveal())[0])
				}
			}
			if home && said != 1 {
				c.t.Errorf("an answer stands %d times in the home of case %s; %s", said, cs.ID, describe(cs))
			}
		}
	}
	// Each comment that a notice took is in its case once.
	for _, n := range cases {
		if n.Notice == nil {
			continue
		}
		replies := slices.DeleteFunc(slices.Clone(n.Journal), func(e coc.Entry) bool { return e.Act != "notify" })
		var words []string
		for _, a := range of[n.Notice.Of].Report.Added {
			if a.Answer != nil && a.Answer.Question == n.Report.Account {
				words = append(words, chaosWords(a.Text.Reveal())...)
			}
		}
		slices.Sort(words)
		if once := slices.Compact(slices.Clone(words)); len(once) != len(words) || len(words) > len(replies) || len(replies) > 0 && len(words) == 0 {
			c.t.Errorf("of %d comments that answered a question, %d are in its case, with the words %q", len(replies), len(words), words)
		}
	}
	return asked, answered
}
