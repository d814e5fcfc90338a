package stage

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

func TestDayEndsAtItsLastSecondInTheCommitteesZone(t *testing.T) {
	t.Parallel()
	now := when(t, "2026-03-02 12:00 +0000")
	for _, tc := range []struct{ day, zone, end string }{
		{"2026-03-02", "UTC", "2026-03-02 23:59:59 +0000"},               // today
		{"2026-03-02", "Pacific/Kiritimati", ""},                         // over there
		{"2026-03-02", "Pacific/Pago_Pago", "2026-03-03 10:59:59 +0000"}, // hardly begun
		{"2026-03-01", "UTC", ""},                                        // yesterday
		{"2026-03-29", "Europe/Berlin", "2026-03-29 21:59:59 +0000"},     // summer time begins
		{"2026-10-25", "Europe/Berlin", "2026-10-25 22:59:59 +0000"},     // and ends
		{"2026-04-23", "Africa/Cairo", "2026-04-23 21:59:59 +0000"},      // it begins with the next day's midnight, which there is not
		{"2026-10-29", "Africa/Cairo", "2026-10-29 21:59:59 +0000"},      // its last hour comes twice, and ends with the later
		{"2027-04-03", "America/Santiago", "2027-04-04 03:59:59 +0000"},  // to the west of Greenwich as well
		{"2026-03-28", "America/Nuuk", "2026-03-29 00:59:59 +0000"},      // there is no last hour
		{"2028-02-29", "No/Such_Zone", "2028-02-29 23:59:59 +0000"},      // by UTC
		{"2126-03-02", "UTC", ""}, {"9999-12-31", "UTC", ""}, {"1970-01-01", "UTC", ""},
	} {
		at, err := time.Parse(time.DateOnly, tc.day)
		if err != nil {
			t.Fatal(err)
		}
		got, err := EndOf(at, tc.zone, now)
		if tc.end == "" {
			var r coc.Refusal
			if !errors.As(err, &r) || r.Next == "" || !got.IsZero() {
				t.Errorf("%s in %s: %v, %v", tc.day, tc.zone, got, err)
			}
			continue
		}
		want, werr := time.Parse("2006-01-02 15:04:05 -0700", tc.end)
		if werr != nil {
			t.Fatal(werr)
		}
		if err != nil || !got.Equal(want) {
			t.Errorf("%s in %s ends %v, %v", tc.day, tc.zone, got, err)
		}
	}
	if got, err := EndOf(time.Time{}, "UTC", now); err != nil || !got.IsZero() {
		t.Errorf("no day: %v, %v", got, err)
	}
}

func TestRemedyIsLookedAtAgain(t *testing.T) {
	t.Parallel()
	at, until := when(t, "2026-03-02 12:00 +0000"), when(t, "2026-11-30 22:59 +0000")
	k := coc.Committee{Timezone: "Europe/Berlin", Clocks: coc.Clocks{FollowUp: []coc.Span{{N: 2, Unit: coc.Weeks}, {N: 1, Unit: coc.Weeks}}}}
	var never time.Time
	months := coc.Committee{Clocks: coc.Clocks{FollowUp: []coc.Span{{N: 1, Unit: coc.Months}}}}
	for name, tc := range map[string]struct {
		k    coc.Committee
		r    coc.Remedy
		back time.Time
		want []string
	}{
		"after its day":                            {k, coc.Remedy{At: at, Until: until}, never, []string{"2026-12-07", "2026-12-14"}},
		"without a day, after it was recorded":     {k, coc.Remedy{At: at}, never, []string{"2026-03-09", "2026-03-16"}},
		"a suspension, on the return":              {k, coc.Remedy{At: at, Until: until}, until, []string{"2026-12-07", "2026-12-14", "2026-12-30", "2027-02-28"}},
		"what a suspension asks for besides":       {k, coc.Remedy{At: at}, until, []string{"2026-03-09", "2026-03-16", "2026-12-30", "2027-02-28"}},
		"once where two spans are one":             {months, coc.Remedy{At: at, Until: until}, until, []string{"2026-12-30", "2027-02-28"}},
		"not where the committee promises no look": {coc.Committee{}, coc.Remedy{At: at, Until: until}, never, nil},
	} {
		var got []string
		for _, c := range Checks(tc.k, tc.r, tc.back) {
			got = append(got, c.Format(time.DateOnly))
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestRemediesOweWhatIsOpenAndNothingOnceTheOutcomeIsNotCertain(t *testing.T) {
	t.Parallel()
	day := func(n int) time.Time { return when(t, "2026-03-02 12:00 +0000").AddDate(0, 0, n) }
	remedies := []coc.Remedy{
		{Until: day(3), Checks: []time.Time{day(5)}},
		{Until: day(2), State: coc.RemedyDone, Checks: []time.Time{day(4)}},
		{Until: day(1), State: coc.RemedyLapsed},
		{},
	}
	before := []coc.Due{{What: DueRemedy, At: day(0)}, {What: "other", At: day(4)}, {What: DueFollowUp, At: day(9)}}
	want := []coc.Due{{What: DueRemedy, At: day(3)}, {What: "other", At: day(4)}, {What: DueFollowUp, At: day(4)}, {What: DueFollowUp, At: day(5)}}
	for _, s := range coc.Stages() {
		got := WithRemedies(coc.Committee{}, before, s, remedies, day(0))
		expected := before
		if s == coc.StageResolved || s == coc.StageFollowUp {
			expected = want
		}
		if !slices.Equal(got, expected) {
			t.Errorf("%s: %v", s, got)
		}
	}
}

// Of a case that waits for nothing but to be closed somebody is to think.
func TestFollowUpThatAsksForNothingIsToBeClosed(t *testing.T) {
	t.Parallel()
	now := when(t, "2026-03-02 12:00 +0000")
	k := coc.Committee{Clocks: coc.Clocks{FollowUp: []coc.Span{{N: 1, Unit: coc.Weeks}, {N: 2, Unit: coc.Weeks}}}}
	over := []coc.Remedy{{State: coc.RemedyDone}, {State: coc.RemedyLapsed}, {}}
	was := coc.Due{What: DueClose, At: now.AddDate(0, 0, 2)}
	for name, tc := range map[string]struct {
		k        coc.Committee
		due      []coc.Due
		stage    coc.Stage
		remedies []coc.Remedy
		want     []coc.Due
	}{
		"as long from now as the first look":   {k, nil, coc.StageFollowUp, over, []coc.Due{{What: DueClose, At: now.AddDate(0, 0, 7)}}},
		"it is not put off":                    {k, []coc.Due{was}, coc.StageFollowUp, over, []coc.Due{was}},
		"a look is still to come":              {k, []coc.Due{was}, coc.StageFollowUp, []coc.Remedy{{Checks: []time.Time{now}}}, []coc.Due{{What: DueFollowUp, At: now}}},
		"a day is still to come":               {k, []coc.Due{was}, coc.StageFollowUp, []coc.Remedy{{Until: now}}, []coc.Due{{What: DueRemedy, At: now}}},
		"a committee that promises no look":    {coc.Committee{}, nil, coc.StageFollowUp, over, nil},
		"an outcome of which nothing is known": {k, nil, coc.StageResolved, over, nil}, // is due to be carried out
		"a case that is closed":                {k, nil, coc.StageClosed, over, nil},
	} {
		if got := WithRemedies(tc.k, tc.due, tc.stage, tc.remedies, now); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, must be %v", name, got, tc.want)
		}
	}
}

func TestCaseClosesOnlyWhenItIsSaidWhatBecameOfItsRemedies(t *testing.T) {
	t.Parallel()
	if err := MayClose(nil); err != nil {
		t.Error(err)
	}
	var r coc.Refusal
	err := MayClose([]coc.Remedy{{State: coc.RemedyDone}, {}, {State: coc.RemedyLapsed}, {}})
	if !errors.As(err, &r) || r.What != "Of remedies of this case nobody has said what became: 2, 4." {
		t.Error(err)
	}
	if err := MayClose([]coc.Remedy{{State: coc.RemedyDone}, {State: coc.RemedyLapsed}}); err != nil {
		t.Error(err)
	}
}
