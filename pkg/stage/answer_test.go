package stage

import (
	"slices"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// The Thursday before Easter in Berlin.
const maundy = "2024-03-28 15:00 +0100"

func TestWhatTheReporterWaitsForIsDueUntilItIsAnswered(t *testing.T) {
	t.Parallel()
	now := when(t, maundy)
	urgent, withdrawn := when(t, "2024-04-02 15:00 +0200"), when(t, "2024-04-04 15:00 +0200")
	decide, earlier := coc.Due{What: DueDecide, At: when(t, "2024-04-03 12:00 +0200")}, when(t, "2024-03-28 09:00 +0100")
	is := func(kind coc.MessageKind) coc.Message { return coc.Message{Kind: kind} }
	for name, tc := range map[string]struct {
		said        []coc.Message
		change      func(*coc.Case)
		due, before []coc.Due
		want        []coc.Due
	}{
		"they said nothing":        {nil, nil, []coc.Due{decide}, nil, []coc.Due{decide}},
		"they answered a question": {[]coc.Message{is(coc.MessageAnswer)}, nil, []coc.Due{decide}, nil, []coc.Due{decide}},
		"urgent, by a working day": {[]coc.Message{is(coc.MessageUrgent)}, nil, nil, nil, []coc.Due{{What: DueUrgent, At: urgent}}},
		"withdrawn, by three":      {[]coc.Message{is(coc.MessageWithdrawn)}, nil, nil, nil, []coc.Due{{What: DueWithdrawn, At: withdrawn}}},
		"what is first stands first": {[]coc.Message{is(coc.MessageWithdrawn), is(coc.MessageUrgent)}, nil, []coc.Due{decide}, nil,
			[]coc.Due{{What: DueUrgent, At: urgent}, decide, {What: DueWithdrawn, At: withdrawn}}},
		"it was answered": {[]coc.Message{{Kind: coc.MessageUrgent, Answered: now}}, nil, []coc.Due{{What: DueUrgent, At: urgent}, decide, {What: DueWithdrawn, At: withdrawn}}, nil, []coc.Due{decide}},
		"said again, it keeps its time": {[]coc.Message{is(coc.MessageUrgent), is(coc.MessageUrgent)}, nil, []coc.Due{{What: DueUrgent, At: urgent}},
			[]coc.Due{{What: DueUrgent, At: earlier}, decide}, []coc.Due{{What: DueUrgent, At: earlier}}},
		"another's time is not its own": {[]coc.Message{is(coc.MessageUrgent)}, nil, nil, []coc.Due{{What: DueWithdrawn, At: earlier}}, []coc.Due{{What: DueUrgent, At: urgent}}},
		"a closed case owes nothing":    {[]coc.Message{is(coc.MessageUrgent)}, func(c *coc.Case) { c.Stage = coc.StageClosed }, nil, nil, nil},
		"nor does one without a home":   {[]coc.Message{is(coc.MessageUrgent)}, func(c *coc.Case) { c.Placements = nil }, nil, nil, nil},
		"where nothing is a free day": {[]coc.Message{is(coc.MessageUrgent)}, func(c *coc.Case) { c.Placements[0].Committee.Holidays = "" }, nil, nil,
			[]coc.Due{{What: DueUrgent, At: when(t, "2024-03-29 15:00 +0100")}}},
		"by the committee's own clock": {[]coc.Message{is(coc.MessageUrgent)}, func(c *coc.Case) { c.Placements[0].Committee.Timezone = "" }, nil, nil,
			[]coc.Due{{What: DueUrgent, At: when(t, "2024-04-02 14:00 +0000")}}},
	} {
		c := coc.Case{Stage: coc.StageInvestigating, Messages: tc.said, Placements: []coc.Placement{{Committee: coc.Committee{Timezone: "Europe/Berlin", Holidays: "DE"}}}}
		if tc.change != nil {
			tc.change(&c)
		}
		given := slices.Clone(tc.due)
		if got := WithReporter(c, tc.due, tc.before, now); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
		if !slices.Equal(tc.due, given) {
			t.Errorf("%s: what was due was written into: %v", name, tc.due)
		}
	}
}

func TestUrgentIsAnsweredWithinAWorkingDayOfTheCommittee(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		maundy:                   "2024-04-02 15:00 +0200",
		"2024-04-06 23:00 +0200": "2024-04-09 00:00 +0200", // a Saturday
	} {
		if got := UrgentBy(coc.Committee{Timezone: "Europe/Berlin", Holidays: "DE"}, when(t, said)); !got.Equal(when(t, want)) {
			t.Errorf("said at %s, answered by %s, want %s", said, got.Format(time.RFC3339), want)
		}
	}
}
