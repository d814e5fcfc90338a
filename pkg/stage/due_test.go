package stage

import (
	"slices"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

func when(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse("2006-01-02 15:04 -0700", s)
	if err != nil {
		t.Fatal(err)
	}
	return at.UTC()
}

func TestAdd(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		span            coc.Span
		from            string
		zone, holidays  string
		want            string
		wantNotPromised bool
	}{
		"nothing promised": {coc.Span{}, "2026-03-02 12:00 +0000", "", "", "", true},
		"a negative span":  {coc.Span{N: -3, Unit: coc.Days}, "2026-03-02 12:00 +0000", "", "", "", true},
		"Friday afternoon and three business days": {
			coc.Span{N: 3, Unit: coc.BusinessDays}, "2026-03-06 16:00 +0000", "UTC", "", "2026-03-11 16:00 +0000", false},
		"on Saturday the first business day has not begun": {
			coc.Span{N: 1, Unit: coc.BusinessDays}, "2026-03-07 12:00 +0000", "", "", "2026-03-10 00:00 +0000", false},
		"Saturday in UTC is still Friday in Los Angeles": {
			coc.Span{N: 1, Unit: coc.BusinessDays}, "2026-01-10 02:00 +0000", "America/Los_Angeles", "", "2026-01-13 02:00 +0000", false},
		"Christmas is no business day in Germany, nor the day after": {
			coc.Span{N: 1, Unit: coc.BusinessDays}, "2025-12-24 09:00 +0000", "UTC", "DE", "2025-12-29 09:00 +0000", false},
		"a country in small letters": {
			coc.Span{N: 1, Unit: coc.BusinessDays}, "2025-12-24 09:00 +0000", "UTC", "de", "2025-12-29 09:00 +0000", false},
		"New Year on a Saturday is observed on Friday in the United States": {
			coc.Span{N: 1, Unit: coc.BusinessDays}, "2021-12-30 09:00 +0000", "UTC", "US", "2022-01-03 09:00 +0000", false},
		"an unknown country has weekends only": {
			coc.Span{N: 1, Unit: coc.BusinessDays}, "2025-12-24 09:00 +0000", "UTC", "XX", "2025-12-25 09:00 +0000", false},
		"an unknown zone is UTC": {
			coc.Span{N: 1, Unit: coc.Days}, "2026-03-02 12:00 +0000", "Mars/Olympus", "", "2026-03-03 12:00 +0000", false},
		"the machine's own zone does not count": {
			coc.Span{N: 1, Unit: coc.BusinessDays}, "2026-03-02 12:00 +0000", "Local", "", "2026-03-03 12:00 +0000", false},
		"a day over the change of clocks is 23 hours": {
			coc.Span{N: 1, Unit: coc.Days}, "2026-03-28 12:00 +0100", "Europe/Berlin", "", "2026-03-29 12:00 +0200", false},
		"24 hours over the change of clocks are 24 hours": {
			coc.Span{N: 24, Unit: coc.Hours}, "2026-03-28 12:00 +0100", "Europe/Berlin", "", "2026-03-29 13:00 +0200", false},
		"a month from the 31st ends with the short month": {
			coc.Span{N: 1, Unit: coc.Months}, "2026-01-31 12:00 +0000", "", "", "2026-02-28 12:00 +0000", false},
		"thirteen months": {
			coc.Span{N: 13, Unit: coc.Months}, "2026-01-31 12:00 +0000", "", "", "2027-02-28 12:00 +0000", false},
		"two weeks": {
			coc.Span{N: 2, Unit: coc.Weeks}, "2026-03-02 12:00 +0000", "", "", "2026-03-16 12:00 +0000", false},
		"in Chile summer time begins on a Sunday at midnight, which there is not": {
			coc.Span{N: 1, Unit: coc.BusinessDays}, "2026-09-06 12:00 -0300", "America/Santiago", "", "2026-09-08 00:00 -0300", false},
		"and not at any midnight between two working days": {
			coc.Span{N: 2, Unit: coc.BusinessDays}, "2026-09-04 00:00 -0400", "America/Santiago", "", "2026-09-08 00:00 -0300", false},
		"in Lebanon as well, to the east of Greenwich": {
			coc.Span{N: 1, Unit: coc.BusinessDays}, "2026-03-29 12:00 +0300", "Asia/Beirut", "", "2026-03-31 00:00 +0300", false},
		"a unit that is none counts days": {
			coc.Span{N: 2}, "2026-03-02 12:00 +0000", "", "", "2026-03-04 12:00 +0000", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := Add(tc.span, when(t, tc.from), tc.zone, tc.holidays)
			if tc.wantNotPromised {
				if !got.IsZero() {
					t.Errorf("promised for %s", got)
				}
				return
			}
			if want := when(t, tc.want); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestAddEndsForAnySpan(t *testing.T) {
	t.Parallel()
	from := when(t, "2026-03-02 12:00 +0000")
	for _, unit := range []coc.Unit{coc.Hours, coc.Days, coc.BusinessDays, coc.Weeks, coc.Months} {
		if got := Add(coc.Span{N: 1 << 60, Unit: unit}, from, "Asia/Tokyo", "JP"); !got.After(from.AddDate(10, 0, 0)) {
			t.Errorf("very many %s end at %s", unit, got)
		}
	}
}

func TestEveryCountryThatACommitteeMayNameIsKnown(t *testing.T) {
	t.Parallel()
	for _, code := range policy.HolidayCountries() {
		if len(holidays[code]) == 0 {
			t.Errorf("%s has no holidays here", code)
		}
	}
	if len(holidays) != len(policy.HolidayCountries()) {
		t.Errorf("%d countries are known here, %d can be named", len(holidays), len(policy.HolidayCountries()))
	}
}

// clocks promise something different for everything, so that a mix-up shows.
func clocks() coc.Clocks {
	span := func(n int) coc.Span { return coc.Span{N: n, Unit: coc.Days} }
	return coc.Clocks{
		AcknowledgeTarget: span(1), AcknowledgeWithin: span(2), ScreenWithin: span(3), UpdateEvery: span(4),
		DecideWithin: span(5), DeadlockAfter: span(6), MediateWithin: span(7), AppealWithin: span(8),
		FollowUp: []coc.Span{span(9), span(10)},
	}
}

func TestDue(t *testing.T) {
	t.Parallel()
	entered := when(t, "2026-03-02 12:00 +0000")
	due := func(what string, days int) coc.Due { return coc.Due{What: what, At: entered.AddDate(0, 0, days)} }
	for s, want := range map[coc.Stage][]coc.Due{
		coc.StageReceived:      {due(DueAcknowledgeTarget, 1), due(DueAcknowledge, 2)},
		coc.StageReopened:      {due(DueAcknowledgeTarget, 1), due(DueAcknowledge, 2)},
		coc.StageAcknowledged:  {due(DueScreen, 3), due(DueUpdate, 4), due(DueDecide, 5)},
		coc.StageScreening:     {due(DueScreen, 3), due(DueUpdate, 4), due(DueDecide, 5)},
		coc.StageInvestigating: {due(DueUpdate, 4), due(DueDecide, 5)},
		coc.StageMediation:     {due(DueUpdate, 4), due(DueMediate, 7)},
		coc.StageDeciding:      {due(DueUpdate, 4), due(DueDecide, 5), due(DueDeadlock, 6)},
		coc.StageResolved:      {due(DueCarryOut, 9)},
		coc.StageFollowUp:      nil, // see WithRemedies
		coc.StageAppealed:      {due(DueAcknowledgeTarget, 1), due(DueAcknowledge, 2)},
		coc.StageClosed:        nil,
		coc.StageTransferred:   nil,
	} {
		if got := Due(coc.Committee{Clocks: clocks()}, s, entered); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", s, got, want)
		}
	}
	if got := Due(coc.Committee{}, coc.StageReceived, entered); got != nil {
		t.Errorf("a committee that promised nothing owes %v", got)
	}
}

func TestEveryStageOwesSomethingUntilTheOutcomeIsCarriedOut(t *testing.T) {
	t.Parallel()
	for _, s := range coc.Stages() {
		owes := len(Due(coc.Committee{Clocks: clocks()}, s, when(t, "2026-03-02 12:00 +0000"))) > 0
		if over := Closed(s) || s == coc.StageFollowUp; owes == over {
			t.Errorf("%s: owes something %v, over %v", s, owes, over)
		}
	}
}

func TestMovingACaseDoesNotPushBackWhatWasPromisedOnce(t *testing.T) {
	t.Parallel()
	first := when(t, "2026-03-02 12:00 +0000")
	later := first.AddDate(0, 0, 2)
	c := coc.Committee{Clocks: clocks()}
	got := Renew(Due(c, coc.StageAcknowledged, first), Due(c, coc.StageScreening, later))
	want := []coc.Due{
		{What: DueScreen, At: first.AddDate(0, 0, 3)},
		{What: DueUpdate, At: first.AddDate(0, 0, 4)},
		{What: DueDecide, At: first.AddDate(0, 0, 5)},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if got := Renew(nil, nil); got != nil {
		t.Errorf("out of nothing comes %v", got)
	}
}
