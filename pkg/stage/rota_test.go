package stage

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

func turning() coc.Committee {
	return coc.Committee{
		Timezone: "Europe/Berlin",
		Members: []coc.Member{
			{Login: "ada", Role: coc.MemberChair}, {Login: "ben"}, {Login: "cleo"}, {Login: "dan"}, {Login: "eve"},
			{Login: "alt", Role: coc.MemberAlternate}, {Login: "lia", Role: coc.MemberLiaison}, {Login: "robot[bot]"},
		},
		Rota: coc.Rota{Turn: coc.Span{N: 1, Unit: coc.Weeks}, OnDuty: 2, Order: []coc.Login{"eve", "Dan", "cleo", "stranger", "eve"}},
	}
}

func everybody(coc.Login) bool { return true }

func TestWhoIsOnDuty(t *testing.T) {
	t.Parallel()
	sunday, monday := "2024-01-07 23:30 +0100", "2024-01-08 00:30 +0100" // still Sunday in UTC
	not := func(who ...coc.Login) func(coc.Login) bool {
		return func(l coc.Login) bool { return !coc.HasLogin(who, l) }
	}
	for name, tc := range map[string]struct {
		change func(*coc.Committee)
		able   func(coc.Login) bool
		at     string
		want   []coc.Login
	}{
		"no turns":                 {func(k *coc.Committee) { k.Rota = coc.Rota{} }, everybody, sunday, nil},
		"only who is away is said": {func(k *coc.Committee) { k.Rota = coc.Rota{Away: []coc.Away{{Login: "ada"}}} }, everybody, sunday, nil},
		"the first week":           {func(*coc.Committee) {}, everybody, sunday, []coc.Login{"eve", "dan"}},
		"handed over at the committee's midnight":   {func(*coc.Committee) {}, everybody, monday, []coc.Login{"cleo", "eve"}},
		"before there were turns":                   {func(*coc.Committee) {}, everybody, "2023-12-31 12:00 +0100", []coc.Login{"dan", "cleo"}},
		"one is not enough":                         {func(k *coc.Committee) { k.Rota.OnDuty = 1 }, everybody, sunday, []coc.Login{"eve", "dan"}},
		"more than there are":                       {func(k *coc.Committee) { k.Rota.OnDuty = 9 }, not("ben"), sunday, []coc.Login{"eve", "dan", "cleo", "ada", "alt"}},
		"whoever has a conflict is passed over":     {func(*coc.Committee) {}, not("dan"), sunday, []coc.Login{"eve", "cleo"}},
		"members besides the order fill in":         {func(*coc.Committee) {}, not("dan", "eve"), sunday, []coc.Login{"cleo", "ada"}},
		"alternates only where members do not":      {func(*coc.Committee) {}, not("dan", "eve", "ada", "ben"), sunday, []coc.Login{"cleo", "alt"}},
		"an alternate in the order waits, too":      {func(k *coc.Committee) { k.Rota.Order = []coc.Login{"alt", "ada", "ben"} }, everybody, sunday, []coc.Login{"ada", "ben"}},
		"nobody is able":                            {func(*coc.Committee) {}, not("ada", "ben", "cleo", "dan", "eve", "alt"), sunday, nil},
		"without an order it is the roster's":       {func(k *coc.Committee) { k.Rota.Order = nil }, everybody, monday, []coc.Login{"cleo", "dan"}},
		"a turn of two weeks":                       {func(k *coc.Committee) { k.Rota.Turn.N = 2 }, everybody, monday, []coc.Login{"eve", "dan"}},
		"a turn of working days ends before Sunday": {func(k *coc.Committee) { k.Rota.Turn = coc.Span{N: 5, Unit: coc.BusinessDays} }, everybody, sunday, []coc.Login{"eve", "dan"}},
		"and the next begins on Monday":             {func(k *coc.Committee) { k.Rota.Turn = coc.Span{N: 5, Unit: coc.BusinessDays} }, everybody, monday, []coc.Login{"cleo", "eve"}},
		"a turn of a month":                         {func(k *coc.Committee) { k.Rota.Turn = coc.Span{N: 1, Unit: coc.Months} }, everybody, "2024-02-01 00:30 +0100", []coc.Login{"cleo", "eve"}},
		"a turn of days":                            {func(k *coc.Committee) { k.Rota.Turn = coc.Span{N: 3, Unit: coc.Days} }, everybody, "2024-01-04 00:30 +0100", []coc.Login{"cleo", "eve"}},
	} {
		k := turning()
		tc.change(&k)
		if got := OnDuty(k, tc.able, when(t, tc.at)); !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}

func TestWhoIsAwayIsNotOnDuty(t *testing.T) {
	t.Parallel()
	k := turning()
	k.Rota.Away = []coc.Away{{Login: "EVE", From: when(t, "2024-01-02 00:00 +0000"), Until: when(t, "2024-01-03 00:00 +0000")}}
	for at, want := range map[string][]coc.Login{
		"2024-01-01 23:59 +0000": {"eve", "dan"}, "2024-01-02 00:00 +0000": {"dan", "cleo"},
		"2024-01-03 23:59 +0000": {"dan", "cleo"}, "2024-01-04 00:00 +0000": {"eve", "dan"},
	} {
		if got := OnDuty(k, everybody, when(t, at)); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", at, got, want)
		}
	}
}

// Over a year everybody in the order is on duty about as often as the others.
func TestTurnsAreFair(t *testing.T) {
	t.Parallel()
	for onDuty := range 4 {
		k, count := turning(), map[coc.Login]int{}
		k.Rota.OnDuty = onDuty
		for week := range 60 {
			got := OnDuty(k, everybody, when(t, "2026-01-05 12:00 +0000").AddDate(0, 0, 7*week))
			if len(got) != max(2, onDuty) {
				t.Fatalf("week %d: %q", week, got)
			}
			for _, l := range got {
				count[l]++
			}
		}
		if count["eve"] != count["dan"] || count["dan"] != count["cleo"] || count["ada"] != 0 {
			t.Errorf("%d on duty: %v", onDuty, count)
		}
	}
}

func TestAppoint(t *testing.T) {
	t.Parallel()
	all := []coc.Login{"ada", "ben", "cleo", "dan", "eve", "alt", "lia", "robot[bot]"}
	monday := when(t, "2024-01-01 12:00 +0000")
	for name, tc := range map[string]struct {
		change                 func(*coc.Case)
		clear, voters          []coc.Login
		contacts, coordinators Load
		contact, coordinator   coc.Login
	}{
		"whose turn it is, and the liaison":                                   {func(*coc.Case) {}, all, all[:5], nil, nil, "eve", "lia"},
		"of those on duty whoever has less":                                   {func(*coc.Case) {}, all, all[:5], Load{"eve": 1, "cleo": 0}, nil, "dan", "lia"},
		"without turns whoever of all has least":                              {func(c *coc.Case) { c.Home().Committee.Rota = coc.Rota{} }, all, all[:5], Load{"ada": 2, "ben": 1, "dan": 3}, nil, "cleo", "lia"},
		"a liaison with much to do, before any vote":                          {func(*coc.Case) {}, all, all[:5], nil, Load{"lia": 9}, "eve", "lia"},
		"an alternate where there is no liaison":                              {func(*coc.Case) {}, all[:6], all[:5], nil, nil, "eve", "alt"},
		"not one who has stepped in":                                          {func(*coc.Case) {}, all[:6], all[:6], nil, nil, "eve", ""},
		"nobody where all decide":                                             {func(*coc.Case) {}, all[:5], all[:5], nil, nil, "eve", ""},
		"nobody with a conflict":                                              {func(*coc.Case) {}, []coc.Login{"cleo"}, []coc.Login{"cleo"}, nil, nil, "cleo", ""},
		"an alternate answers where nobody decides, and coordinates not, too": {func(*coc.Case) {}, []coc.Login{"alt"}, nil, nil, nil, "alt", ""},
		"also without turns, and a liaison never":                             {func(c *coc.Case) { c.Home().Committee.Rota = coc.Rota{} }, []coc.Login{"lia", "alt"}, nil, nil, nil, "alt", "lia"},
		"nobody who does not respond":                                         {func(c *coc.Case) { c.Home().Responders = []coc.Login{"dan"} }, all, all[:5], nil, nil, "dan", ""},
		"whoever does it goes on":                                             {func(c *coc.Case) { c.Contact, c.Coordinator = "ada", "alt" }, all, all[:5], Load{"ada": 5}, nil, "ada", "alt"},
		"unless they have a conflict":                                         {func(c *coc.Case) { c.Contact, c.Coordinator = "ada", "lia" }, all[1:6], all[1:5], nil, nil, "eve", "alt"},
		"or a vote by now":                                                    {func(c *coc.Case) { c.Coordinator = "alt" }, all, all[:6], nil, nil, "eve", "lia"},
		"whoever took the case is it":                                         {func(c *coc.Case) { c.Contact, c.Holder = "ada", "ben" }, all, all[:5], nil, nil, "ben", "lia"},
		"also who coordinated it":                                             {func(c *coc.Case) { c.Coordinator, c.Holder = "lia", "lia" }, all, all[:5], nil, nil, "lia", "alt"},
		"nobody is clear":                                                     {func(*coc.Case) {}, nil, nil, nil, nil, "", ""},
		"no home":                                                             {func(c *coc.Case) { c.Placements = nil }, all, all[:5], nil, nil, "", ""},
	} {
		c := coc.Case{Placements: []coc.Placement{{Committee: turning(), Responders: all}}}
		tc.change(&c)
		contact, coordinator := Appoint(c, tc.clear, tc.voters, tc.contacts, tc.coordinators, monday)
		if contact != tc.contact || coordinator != tc.coordinator {
			t.Errorf("%s: %q and %q, want %q and %q", name, contact, coordinator, tc.contact, tc.coordinator)
		}
	}
}

// Many cases, one after the other, are spread so that nobody has two more than
// somebody else who could have them.
func TestCasesAreSpreadFairly(t *testing.T) {
	t.Parallel()
	k := turning()
	k.Rota = coc.Rota{}
	load := Load{}
	for n := range 50 {
		c := coc.Case{Placements: []coc.Placement{{Committee: k, Responders: k.Logins()}}}
		contact, _ := Appoint(c, k.Logins(), nil, load, nil, time.Time{})
		load[contact.Key()]++
		least, most := n, 0
		for _, l := range k.Logins()[:5] {
			least, most = min(least, load[l.Key()]), max(most, load[l.Key()])
		}
		if most-least > 1 {
			t.Fatal(fmt.Sprint("after ", n, " cases: ", load))
		}
	}
}
