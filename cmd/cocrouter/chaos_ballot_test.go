package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// chaosBallot is the proposal that stands in a case, as the judge counts it once
// more. The committees of a run decide by consensus.
//
// Whether silence has carried it, and who lost their vote by silence on conflicts,
// is a matter of moments that the judge does not know. There the journal is asked,
// within bounds: nothing is decided that most did not agree to, and what all have
// spoken on, and most agreed to, is never refused.
type chaosBallot struct {
	by    string
	at    time.Time // when it was written
	votes map[string]chaosVote
	vague bool // it may be one that was taken back, or is counted by voters that are not known
}

type chaosVote struct {
	agrees bool
	at     time.Time
}

// say keeps somebody's word, if it is their last.
func (b *chaosBallot) say(who string, agrees bool, at time.Time) {
	if old, ok := b.votes[who]; !ok || !at.Before(old.at) {
		b.votes[who] = chaosVote{agrees, at}
	}
}

// counted is how many of the voters agree and object.
func (b *chaosBallot) counted(voters []string) (agree, object int) {
	for _, l := range voters {
		switch v, ok := b.votes[l]; {
		case ok && v.agrees:
			agree++
		case ok:
			object++
		}
	}
	return agree, object
}

// electorate is who has a vote while nobody has lost it, in a home where nothing is
// proposed yet.
func (x *expected) electorate(k coc.Committee, responders []coc.Login) {
	x.voters, x.ballot, x.silent = nil, nil, false
	for _, m := range k.Members {
		if m.Decides() && coc.HasLogin(responders, m.Login) {
			x.voters = append(x.voters, string(m.Login))
		}
	}
}

// may reports whether what stands could be carried, must whether it certainly is.
func (x *expected) may() bool {
	if x.ballot == nil {
		return x.silent
	}
	agree, _ := x.ballot.counted(x.voters)
	return x.vague() || 2*agree > len(x.voters)
}

func (x *expected) must() bool {
	if x.ballot == nil || x.vague() {
		return false
	}
	agree, object := x.ballot.counted(x.voters)
	return 2*agree > len(x.voters) && agree+object == len(x.voters)
}

func (x *expected) vague() bool { return x.silent || x.ballot != nil && x.ballot.vague }

// failed reports whether what stands certainly cannot be carried.
func (x *expected) failed() bool {
	_, object := x.ballot.counted(x.voters)
	return 2*(len(x.voters)-object) <= len(x.voters)
}

// asked reports whether the journal goes on with this, and it is guessed that it means the
// comment at hand: it may mean a later one of the same person with the same command, when
// the first was refused.
func (x *expected) asked(actor, act string) bool {
	next := x.next()
	return string(next.Actor) == actor && next.Act == act && x.guess()
}

// guess is true where the judge cannot know something and takes it to be so, unless the
// reading at hand supposes that this guess is wrong.
func (x *expected) guess() bool {
	x.guesses++
	return !slices.Contains(x.wrongly, x.guesses)
}

// maxReadings bounds how often a case is read in which something is wrong.
const maxReadings = 20_000

// understood is what is wrong with a case, which is nothing where the judge finds a reading
// in which nothing is: one in which at most three of its guesses are wrong. Read numbers
// its guesses from 1.
func understood(read func(wrongly []int) (wrong []string, guesses int)) (wrong []string, readings int) {
	var try func(wrongly []int, from int) bool
	try = func(wrongly []int, from int) bool {
		found, guesses := read(wrongly)
		if readings++; len(wrongly) == 0 {
			wrong = found
		}
		if len(found) == 0 {
			wrong = nil
			return true
		}
		for i := from; i <= guesses && len(wrongly) < 3 && readings < maxReadings; i++ {
			if try(append(slices.Clone(wrongly), i), i+1) {
				return true
			}
		}
		return false
	}
	try(nil, 1)
	return wrong, readings
}

// resolves reports whether a case may be resolved now.
func (x *expected) resolves(actor string) bool {
	return x.must() || x.may() && x.asked(actor, "resolve")
}

// proposes is what a proposal must lead to; false where it is refused.
func (x *expected) proposes(e laneEvent) bool {
	switch m := chaosMoves["propose"]; {
	case !slices.Contains(m.from, x.stage):
		return false
	case x.vague():
		if !slices.Equal(chaosWords(x.next().Text.Reveal()), chaosWords(e.text)) || !x.asked(e.actor, "propose") {
			return false
		}
	case x.ballot != nil && !x.failed():
		return false
	}
	if !x.entry(e.actor, "propose", coc.StageDeciding) {
		return false
	}
	x.ballot = &chaosBallot{by: e.actor, at: e.at, votes: map[string]chaosVote{}}
	x.ballot.say(e.actor, true, e.at)
	return true
}

// votes is what a vote must lead to; false where it is refused.
func (x *expected) votes(e laneEvent, verb string) bool {
	b, agrees := x.ballot, verb == "agree"
	takenBack := b != nil && !agrees && b.by == e.actor
	switch {
	case b == nil && !x.silent:
		return false
	case x.vague():
		if !x.asked(e.actor, verb) {
			return false
		}
	case e.at.Before(b.at):
		return false
	case takenBack: // also by who has no vote
	case !slices.Contains(x.voters, e.actor):
		return false
	}
	// Silence may have carried it already, and then this is a vote like others.
	unsure := takenBack && !x.vague() && !x.must() && x.may()
	if !x.entry(e.actor, verb, x.stage) || b == nil {
		return b == nil
	}
	switch {
	case unsure:
		b.vague = true
		b.say(e.actor, agrees, e.at)
	case takenBack && !x.vague() && !x.must():
		x.ballot = nil
	default:
		b.say(e.actor, agrees, e.at)
	}
	return true
}

// The judge's own counting, by what it must make of a few comments.
func TestChaosJudgeCountsVotes(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	k := coc.Committee{Members: []coc.Member{{Login: "kim"}, {Login: "lee"}, {Login: "mo"}, {Login: "noor", Role: coc.MemberLiaison}}}
	all := k.Logins()
	for name, tc := range map[string]struct {
		said      []string // who says what, in order
		later     bool     // the second was written before the first
		did       int      // so many of them, from the first on, are in the journal
		may, sure bool
	}{
		"nothing is proposed":               {[]string{"kim agree", "lee resolve"}, false, 0, false, false},
		"one of three":                      {[]string{"kim propose"}, false, 1, false, false},
		"two of three":                      {[]string{"kim propose", "lee agree"}, false, 2, true, false},
		"all of three":                      {[]string{"kim propose", "lee agree", "mo agree"}, false, 3, true, true},
		"two of three, and one objects":     {[]string{"kim propose", "lee agree", "mo object"}, false, 3, true, true},
		"a changed mind":                    {[]string{"kim propose", "lee agree", "lee object", "mo object"}, false, 4, false, false},
		"a liaison agrees":                  {[]string{"kim propose", "noor agree"}, false, 1, false, false},
		"it is taken back":                  {[]string{"kim propose", "kim object", "lee agree"}, false, 2, false, false},
		"another while one stands":          {[]string{"kim propose", "lee propose"}, false, 1, false, false},
		"another when it has failed":        {[]string{"kim propose", "lee object", "mo object", "lee propose"}, false, 4, false, false},
		"a vote from before it was written": {[]string{"kim propose", "lee agree"}, true, 1, false, false},
		"taken back when all have agreed":   {[]string{"kim propose", "lee agree", "mo agree", "kim object"}, false, 4, true, true},
	} {
		x := expected{stage: coc.StageInvestigating}
		x.electorate(k, all)
		did := 0
		for i, s := range tc.said {
			who, verb, _ := strings.Cut(s, " ")
			e := laneEvent{actor: who, at: at.Add(time.Duration(i) * time.Second)}
			if tc.later && i == 1 {
				e.at = at.Add(-time.Second)
			}
			var done bool
			switch verb {
			case "propose":
				done = x.proposes(e)
			case "resolve":
				done = x.resolves(who)
			default:
				done = x.votes(e, verb)
			}
			if done {
				did++
			}
		}
		if did != tc.did || len(x.entries) != tc.did || x.may() != tc.may || x.must() != tc.sure {
			t.Errorf("%s: %d done, %q, may %t, must %t", name, did, x.entries, x.may(), x.must())
		}
	}
}

// Who is refused and writes the same again, when it can be done, is the author of the one
// entry that the journal has.
func TestChaosJudgeUnderstandsWhoWritesTheSameAgain(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	room := coc.RepoFacts{ID: 1}
	for name, tc := range map[string]struct {
		comments, journal, said string
		understood              bool
	}{
		"the first is refused":       {"kim propose, lee agree, lee status, lee agree", "kim propose, lee agree", "refused, status", true},
		"the second is refused":      {"kim propose, lee agree, lee status, lee agree", "kim propose, lee agree", "status, refused", true},
		"both are done":              {"kim propose, lee agree, lee status, lee agree", "kim propose, lee agree, lee agree", "status", true},
		"both are done, and refused": {"kim propose, lee agree, lee status, lee agree", "kim propose, lee agree, lee agree", "refused, status", false},
		"one is neither":             {"kim propose, lee agree, lee status, lee agree", "kim propose, lee agree", "status", false},
		"none is done":               {"kim propose, lee agree, lee status", "kim propose", "status", false},
		"another's words":            {"kim propose, mo agree, lee status, lee agree", "kim propose, mo agree, lee agree", "refused, status", false},
		"a copy before it left":      {"kim close, kim close, kim status, lee close", "left", "refused, status, refused", true},
		"a copy when it had left":    {"kim close, kim close, kim status, lee close", "left", "refused, refused, refused, refused", true},
		"an answer when it had left": {"kim close, kim close, kim status, lee close", "left", "refused, refused, status, help", false},
	} {
		cs := coc.Case{Stage: coc.StageDeciding, Placements: []coc.Placement{{
			Room: room, Issue: 1, Screened: true, Responders: []coc.Login{"kim", "lee", "mo"},
			Committee: coc.Committee{Level: coc.LevelProject, Members: []coc.Member{{Login: "kim"}, {Login: "lee"}, {Login: "mo"}}},
		}}}
		stage := coc.StageReceived
		for e := range strings.SplitSeq("kim ack, "+tc.journal, ", ") {
			if e == "left" { // by itself, for a home where nothing was said
				cs.Placements = append(cs.Placements, coc.Placement{PlacedAt: at, Before: 1})
				cs.Journal, cs.Stage = append(cs.Journal, coc.Entry{At: at}), coc.StageReceived
				break
			}
			who, act, _ := strings.Cut(e, " ")
			to := map[string]coc.Stage{"ack": coc.StageAcknowledged, "propose": coc.StageDeciding}[act]
			if to == "" {
				to = stage
			}
			cs.Journal = append(cs.Journal, coc.Entry{Actor: coc.Login(who), Act: act, From: stage, To: to})
			stage = to
		}
		var lane []laneEvent
		for i, s := range strings.Split("kim ack, "+tc.comments, ", ") {
			who, verb, _ := strings.Cut(s, " ")
			lane = append(lane, laneEvent{kind: "created", actor: who, text: "/coc " + verb, at: at.Add(time.Duration(i) * time.Minute)})
		}
		lanes, said := map[laneKey][]laneEvent{{1, 1}: lane}, [][]string{strings.Split(tc.said, ", "), nil}
		wrong, _ := understood(func(wrongly []int) ([]string, int) { return readCase(cs, lanes, said, wrongly) })
		if (len(wrong) == 0) != tc.understood {
			t.Errorf("%s: %q", name, wrong)
		}
	}
}
