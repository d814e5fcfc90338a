package stage

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// clocked is an open case of a committee in Berlin, received on a Monday at ten, its
// time, which answers in three working days.
func clocked(t *testing.T) coc.Case {
	k := coc.Committee{
		Timezone: "Europe/Berlin", Holidays: "DE",
		Clocks: coc.Clocks{AcknowledgeTarget: coc.Span{N: 24, Unit: coc.Hours}, AcknowledgeWithin: coc.Span{N: 3, Unit: coc.BusinessDays}},
		Members: []coc.Member{
			{Login: "ada", Role: coc.MemberChair}, {Login: "ben"}, {Login: "cy", Role: coc.MemberAlternate},
			{Login: "dee", Role: coc.MemberLiaison}, {Login: "robot[bot]"}, {Login: "eve"},
		},
	}
	c := coc.Case{
		Stage:      coc.StageReceived,
		Placements: []coc.Placement{{Committee: k, Issue: 1, Responders: []coc.Login{"ada", "ben", "cy", "dee", "robot[bot]"}}},
	}
	c.Due = Due(k, c.Stage, when(t, "2026-03-02 10:00 +0100"))
	return c
}

// after is a case once a stroke was carried out, as casework does it.
func after(c coc.Case, s Stroke, now time.Time) coc.Case {
	c.Flags = slices.DeleteFunc(slices.Clone(c.Flags), func(f coc.Flag) bool { return f == coc.FlagOverdue })
	if s.Up != "" {
		c.Clock.Tried = now
	}
	if s.Ask {
		c.Clock.Asked = now
	}
	if s.Remind != nil {
		c.Clock.Reminded = now
	}
	if Overdue(c, now) {
		c.Flags = append(c.Flags, coc.FlagOverdue)
	}
	c.Clock = Wind(c, now)
	return c
}

func TestClocksStrikeInTheCommitteesWorkingDays(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*coc.Case)
		want   []string // from the Monday on: when, and what
	}{
		"nobody answers": {func(*coc.Case) {}, []string{
			"Tue 03 10:00 remind acknowledge-target", "Thu 05 10:00 remind acknowledge, ask, overdue", "Fri 06 10:00 remind acknowledge, overdue",
			"Mon 09 10:00 up acknowledge, overdue", "Mon 09 10:00 remind acknowledge, overdue", "Tue 10 10:00 remind acknowledge, overdue",
			"Wed 11 10:00 remind acknowledge, overdue", "Thu 12 10:00 remind acknowledge, overdue", "Thu 19 10:00 remind acknowledge, overdue"}},
		"what passes on a Saturday shows then, and is reminded of on Monday": {func(c *coc.Case) {
			c.Due = []coc.Due{{What: DueUpdate, At: when(t, "2026-03-07 15:00 +0100")}}
		}, []string{"Sat 07 15:00 overdue", "Mon 09 15:00 remind update, overdue", "Tue 10 15:00 remind update, overdue"}},
		"on Good Friday and Easter Monday nobody works": {func(c *coc.Case) {
			c.Due = []coc.Due{{What: DueUpdate, At: when(t, "2026-04-02 23:30 +0200")}}
		}, []string{"Thu 02 23:30 remind update, overdue", "Tue 07 23:30 remind update, overdue"}},
		"two things on one day are one comment, and the second waits": {func(c *coc.Case) {
			c.Due = []coc.Due{{What: DueUpdate, At: when(t, "2026-03-03 09:00 +0100")}, {What: DueDecide, At: when(t, "2026-03-03 17:00 +0100")}}
		}, []string{"Tue 03 09:00 remind update, overdue", "Wed 04 09:00 remind update decide, overdue"}},
		"no agreement goes up at once, without a reminder": {func(c *coc.Case) {
			c.Due = []coc.Due{{What: DueDeadlock, At: when(t, "2026-03-07 09:00 +0100")}}
		}, []string{"Sat 07 09:00 up deadlock, overdue", "Mon 09 09:00 remind deadlock, overdue", "Tue 10 09:00 remind deadlock, overdue"}},
		"what is carried is only to be recorded": {func(c *coc.Case) {
			c.Due = []coc.Due{{What: DueDeadlock, At: when(t, "2026-03-06 09:00 +0100")}}
			c.Proposals = []coc.Proposal{{State: coc.ProposalCarried}}
		}, []string{"Fri 06 09:00 remind deadlock, overdue", "Mon 09 09:00 remind deadlock, overdue"}},
		"what was carried elsewhere is not": {func(c *coc.Case) {
			c.Due = []coc.Due{{What: DueDeadlock, At: when(t, "2026-03-06 09:00 +0100")}}
			c.Proposals = []coc.Proposal{{State: coc.ProposalCarried, Placement: 1}}
		}, []string{"Fri 06 09:00 up deadlock, overdue"}},
		"the end of the day is the committee's": {func(c *coc.Case) {
			c.Due = []coc.Due{{What: DueUpdate, At: when(t, "2026-03-06 23:30 +0000")}} // Saturday in Berlin
		}, []string{"Sat 07 00:30 overdue", "Mon 09 00:30 remind update, overdue"}},
		"what others owe, too": {func(c *coc.Case) {
			c.Due = []coc.Due{{What: "what others add", At: when(t, "2026-03-06 12:00 +0100")}}
		}, []string{"Fri 06 12:00 remind what others add, overdue", "Mon 09 12:00 remind what others add, overdue"}},
		"a frozen room is told nothing, and the case goes up all the same": {func(c *coc.Case) { c.Home().Frozen = "room/public" }, []string{
			"Thu 05 10:00 ask, overdue", "Mon 09 10:00 up acknowledge, overdue"}},
		"a case that nobody can read":  {func(c *coc.Case) { c.Home().Issue = 0 }, nil},
		"a case that is closed":        {func(c *coc.Case) { c.Stage = coc.StageClosed }, nil},
		"a notice":                     {func(c *coc.Case) { c.Notice = &coc.Notice{} }, nil},
		"a case that owes nothing":     {func(c *coc.Case) { c.Due = nil }, nil},
		"a case that has no home":      {func(c *coc.Case) { c.Placements = nil }, nil},
		"somebody acknowledged before": {func(c *coc.Case) { c.Due, c.Clock.Asked = nil, c.Due[1].At }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := clocked(t)
			tc.change(&c)
			var got []string
			berlin := zoneOf("Europe/Berlin")
			for range 20 {
				now := NextStroke(c)
				if now.IsZero() || len(got) == len(tc.want) && tc.want != nil {
					break
				}
				if early := Strike(c, now.Add(-time.Second)); early.Up != "" || early.Remind != nil || early.Ask {
					t.Errorf("a second early: %+v", early)
				}
				s := Strike(c, now)
				c = after(c, s, now)
				said := now.In(berlin).Format("Mon 02 15:04")
				for i, d := range s.Remind {
					if i == 0 {
						said += " remind"
					}
					said += " " + d.What
				}
				if s.Up != "" {
					said += " up " + s.Up
				}
				if s.Ask {
					said += map[bool]string{true: ",", false: ""}[s.Remind != nil] + " ask"
				}
				if Overdue(c, now) {
					said += map[bool]string{true: ",", false: ""}[s.Remind != nil || s.Up != "" || s.Ask] + " overdue"
				}
				got = append(got, said)
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("got  %q\nwant %q", got, tc.want)
			}
		})
	}
}

// TestStrokesEndAndNeverStorm lets time pass at random, also backwards, over cases
// with anything due: whoever does what is wanted is left alone until later, no two
// reminders are on one day or on a free one, and nothing is forgotten.
func TestStrokesEndAndNeverStorm(t *testing.T) {
	t.Parallel()
	kinds := []string{DueAcknowledgeTarget, DueAcknowledge, DueScreen, DueUpdate, DueDecide, DueDeadlock, DueMediate, DueFollowUp, "another"}
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 11))
		c := clocked(t)
		c.Due = nil
		now := when(t, "2026-03-02 10:00 +0100")
		for range 1 + r.IntN(4) {
			c.Due = append(c.Due, coc.Due{What: kinds[r.IntN(len(kinds))], At: now.Add(time.Duration(r.IntN(40*24)) * time.Hour)})
		}
		sortDue(c.Due)
		days := map[string]bool{}
		back := false
		for range 60 {
			switch r.IntN(8) {
			case 0:
				now, back = now.Add(-time.Duration(r.IntN(48))*time.Hour), true
			case 1:
				now = now.Add(time.Duration(r.IntN(24*24)) * time.Hour)
			case 2:
				c.Home().Frozen = []string{"", "room/public"}[r.IntN(2)]
			default:
				now = now.Add(time.Duration(r.IntN(20)) * time.Hour)
			}
			c.Clock = Wind(c, now)
			for steps := 0; ; steps++ {
				next := Looks(c, now)
				s := Strike(c, now)
				idle := s.Up == "" && s.Remind == nil && !s.Ask
				if next.IsZero() || next.After(now) {
					if !idle {
						t.Fatalf("seed %d: %+v is wanted at %s, before %s", seed, s, now, next)
					}
					break
				}
				if idle && slices.Contains(c.Flags, coc.FlagOverdue) && Overdue(c, now) {
					t.Fatalf("seed %d: it is looked at %s, and nothing is wanted", seed, now)
				}
				if steps > 3 {
					t.Fatalf("seed %d: it does not end at %s: %+v, due %v, clock %+v", seed, now, s, c.Due, c.Clock)
				}
				if s.Remind != nil {
					local := now.In(zoneOf("Europe/Berlin"))
					day := fmt.Sprint(local.Format(time.DateOnly))
					if days[day] && !back {
						t.Errorf("seed %d: two reminders on %s", seed, day)
					}
					days[day] = true
					if !workdays("DE").IsWorkday(local) {
						t.Errorf("seed %d: a reminder on %s, a free day", seed, local)
					}
					if c.Home().Frozen != "" {
						t.Errorf("seed %d: a reminder into a frozen room", seed)
					}
				}
				c = after(c, s, now)
			}
			if late := Overdue(c, now); late != slices.Contains(c.Flags, coc.FlagOverdue) {
				t.Errorf("seed %d: overdue is %v and shown otherwise at %s", seed, late, now)
			}
		}
		c.Home().Frozen = ""
		if NextStroke(c).IsZero() && slices.ContainsFunc(c.Due, isPromise) {
			t.Errorf("seed %d: forgotten: %v", seed, c.Due)
		}
	}
}

func TestReminderGoesToWhoeverHasTheCaseOrDecidesInIt(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change  func(*coc.Case)
		without []coc.Login
		want    []coc.Login
	}{
		"members who decide, and no App, liaison or stranger to the case": {func(*coc.Case) {}, nil, []coc.Login{"ada", "ben"}},
		"whoever has it":                       {func(c *coc.Case) { c.Holder = "Ben" }, nil, []coc.Login{"ben"}},
		"also a liaison who has it":            {func(c *coc.Case) { c.Holder = "dee" }, nil, []coc.Login{"dee"}},
		"whoever had it and is gone":           {func(c *coc.Case) { c.Holder = "eve" }, nil, []coc.Login{"ada", "ben"}},
		"one without a vote":                   {func(*coc.Case) {}, []coc.Login{"Ada"}, []coc.Login{"ben"}},
		"one without a vote who has it":        {func(c *coc.Case) { c.Holder = "ada" }, []coc.Login{"ada"}, []coc.Login{"ada"}},
		"nobody decides any more":              {func(*coc.Case) {}, []coc.Login{"ada", "ben"}, []coc.Login{"ada", "ben", "cy", "dee"}},
		"the alternates were asked":            {func(c *coc.Case) { c.Clock.Asked = c.Due[1].At }, nil, []coc.Login{"ada", "ben", "cy"}},
		"they were, and one is without a vote": {func(c *coc.Case) { c.Clock.Asked = c.Due[1].At }, []coc.Login{"cy"}, []coc.Login{"ada", "ben"}},
		"those on duty": {func(c *coc.Case) {
			c.Home().Committee.Rota.OnDuty = 2
			c.Home().Responders = []coc.Login{"ada", "ben", "eve"}
		},
			nil, []coc.Login{"ben", "eve"}},
		"those on duty, and who is asked to answer": {func(c *coc.Case) {
			c.Home().Committee.Rota.OnDuty, c.Contact = 2, "ada"
			c.Home().Responders = []coc.Login{"ada", "ben", "eve"}
		}, nil, []coc.Login{"ada", "ben", "eve"}},
		"whoever is away is passed over": {func(c *coc.Case) {
			c.Holder = "ben"
			c.Home().Committee.Rota.Away = []coc.Away{{Login: "Ben", From: when(t, "2026-03-04 00:00 +0000"), Until: when(t, "2026-03-04 00:00 +0000")}}
		}, nil, []coc.Login{"ada"}},
		"everybody is away": {func(c *coc.Case) {
			for _, m := range c.Home().Committee.Members {
				c.Home().Committee.Rota.Away = append(c.Home().Committee.Rota.Away, coc.Away{Login: m.Login, Until: when(t, "2026-04-04 00:00 +0000")})
			}
		}, nil, []coc.Login{"ada", "ben", "cy", "dee"}},
		"nobody responds": {func(c *coc.Case) { c.Home().Responders = nil }, nil, nil},
		"no home":         {func(c *coc.Case) { c.Placements = nil }, nil, nil},
	} {
		c, now := clocked(t), when(t, "2026-03-04 10:00 +0100") // in the second turn of the week
		tc.change(&c)
		if got := Reminded(c, tc.without, now); !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}

func TestClockThatWasAheadIsPutBack(t *testing.T) {
	t.Parallel()
	c := clocked(t)
	now := c.Due[1].At
	c.Clock = coc.Clock{Turn: 7, Reminded: now.AddDate(1, 0, 0), Asked: now.AddDate(1, 0, 0), Tried: now.AddDate(1, 0, 0)}
	if got := Wind(c, now); got != (coc.Clock{Turn: 7, Reminded: now, Asked: now, Tried: now}) {
		t.Errorf("%+v", got)
	}
}
