package hook_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/hook"
)

// ledger is GitHub's delivery log of one App.
type ledger struct {
	entries  []hook.Logged // oldest first
	payloads map[int64]string
	pages    int
	fetched  []int64
	asked    []int64
	// fail makes a request fail; what is "page", "payload" or "redeliver".
	fail func(what string, id int64) error
}

func (l *ledger) refused(what string, id int64) error {
	if l.fail == nil {
		return nil
	}
	return l.fail(what, id)
}

func (l *ledger) requests() int { return l.pages + len(l.fetched) + len(l.asked) }

// Deliveries is paged by the id of the first entry to show, a hundred at once.
func (l *ledger) Deliveries(_ context.Context, _ hook.App, cursor string) (page []hook.Logged, next string, err error) {
	l.pages++
	if err := l.refused("page", 0); err != nil {
		return nil, "", err
	}
	for _, e := range slices.Backward(l.entries) {
		if cursor != "" && fmt.Sprint(e.ID) != cursor && len(page) == 0 {
			continue
		}
		if len(page) == 100 {
			return page, fmt.Sprint(e.ID), nil
		}
		page = append(page, e)
	}
	if cursor != "" && len(page) == 0 {
		return nil, "", coc.ErrGone
	}
	return page, "", nil
}

func (l *ledger) Payload(_ context.Context, _ hook.App, id int64) (coc.Prose, error) {
	l.fetched = append(l.fetched, id)
	if err := l.refused("payload", id); err != nil {
		return coc.Prose{}, err
	}
	text, ok := l.payloads[id]
	if !ok {
		return coc.Prose{}, coc.ErrInaccessible
	}
	return coc.NewProse(text), nil
}

func (l *ledger) Redeliver(_ context.Context, _ hook.App, id int64) error {
	l.asked = append(l.asked, id)
	return l.refused("redeliver", id)
}

// logbook is a store's part in a sweep.
type logbook struct {
	*desk
	settled  map[string]bool
	progress []byte
	busy     bool
	queries  int
}

func (b *logbook) Known(_ context.Context, deliveries []string) ([]bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queries++
	known := make([]bool, len(deliveries))
	for i, d := range deliveries {
		known[i] = b.seen[d] || b.settled[d]
	}
	return known, nil
}

func (b *logbook) Settle(_ context.Context, deliveries []string) error {
	for _, d := range deliveries {
		b.settled[d] = true
	}
	return nil
}

func (b *logbook) Progress(context.Context, int64) ([]byte, error) { return b.progress, nil }

func (b *logbook) KeepProgress(_ context.Context, _ int64, progress []byte) error {
	b.progress = progress
	return nil
}

func (b *logbook) Lease(context.Context, string, time.Duration) (func(), error) {
	if b.busy {
		return nil, coc.ErrBusy
	}
	return func() {}, nil
}

// swept is a sweeper of the source App with all that stands around it.
type swept struct {
	t *testing.T
	*hook.Sweeper
	*ledger
	*logbook
	now  time.Time
	gaps []hook.Gap
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func sweeper(t *testing.T) *swept {
	t.Helper()
	s := &swept{
		t: t, now: noon, ledger: &ledger{payloads: map[int64]string{}},
		logbook: &logbook{desk: &desk{seen: map[string]bool{}, counts: map[string]int{}}, settled: map[string]bool{}},
	}
	s.restart()
	return s
}

// restart is another process with the same store.
func (s *swept) restart() {
	s.t.Helper()
	var err error
	s.Sweeper, err = hook.NewSweeper(hook.SweepOptions{
		Options: hook.Options{
			Apps: twoApps(), Take: s.Take, Count: s.Count, Digest: digest, Now: func() time.Time { return s.now },
			ReportLabel: reportLabel,
		},
		Deliveries: s.ledger, Memory: s.logbook, Gap: func(g hook.Gap) { s.gaps = append(s.gaps, g) },
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// logs writes an attempt into the log, as old as it is.
func (s *swept) logs(age time.Duration, event, action string, code int, body string) int64 {
	id := int64(len(s.entries) + 1)
	s.entries = append(s.entries, hook.Logged{
		ID: id, GUID: fmt.Sprint("guid-", id), At: s.now.Add(-age), Event: event, Action: action, Code: code,
	})
	if body != "" {
		s.payloads[id] = body
	}
	return id
}

// command is a comment with a command that nobody answered.
func (s *swept) command(age time.Duration) int64 {
	return s.logs(age, "issue_comment", "created", 502, command(len(s.entries)))
}

func command(n int) string {
	return commentPayload(with("comment.body", "/coc ack"), with("comment.id", 5000+n))
}

func (s *swept) round() {
	s.t.Helper()
	if err := s.Round(s.t.Context(), twoApps()[0]); err != nil {
		s.t.Fatal(err)
	}
}

// roundFails is a round that must end with the error.
func (s *swept) roundFails(want error) {
	s.t.Helper()
	if err := s.Round(s.t.Context(), twoApps()[0]); !errors.Is(err, want) {
		s.t.Fatalf("the round ended with %v, want %v", err, want)
	}
}

// ids are the log's numbers of what was taken in, in that order.
func (s *swept) ids() []int64 {
	var ids []int64
	for _, in := range s.taken {
		var app, id int64
		if _, err := fmt.Sscanf(strings.ReplaceAll(in.Delivery, "/", " "), "delivery:delivery %d guid-%d", &app, &id); err != nil {
			s.t.Fatalf("%q: %v", in.Delivery, err)
		}
		ids = append(ids, id)
	}
	return ids
}

func TestSweepFetchesOnlyWhatMayBeNeeded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name          string
		event, action string
		code          int
		body          string
		fetched       int
		taken         int
	}{
		{"a command that we said was taken, and is not here", "issue_comment", "created", 202, command(0), 1, 1},
		{"a comment that we said was not needed", "issue_comment", "created", 200, command(0), 0, 0},
		{"a comment that got a 503", "issue_comment", "created", 503, command(0), 1, 1},
		{"a comment without a command that got none", "issue_comment", "created", 0, commentPayload(), 1, 0},
		{"an edited comment", "issue_comment", "edited", 502, command(0), 0, 0},
		{"a roster that somebody else answered in our name", "membership", "added", 200, rosterPayload("added"), 1, 1},
		{"an installation that was redirected", "installation", "created", 302, installationPayload("created"), 1, 1},
		{"a label elsewhere", "issues", "labeled", 504, labelPayload("labeled", "bug"), 1, 0},
		{"an assignment", "issues", "assigned", 504, "", 0, 0},
		{"a push of a routing file", "push", "", 500, pushPayload(touchRouting), 1, 1},
		{"an event of no table", "workflow_job", "queued", 500, "", 0, 0},
		{"a greeting", "ping", "", 502, "", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := sweeper(t)
			s.logs(time.Hour, c.event, c.action, c.code, c.body)
			s.round()
			s.round()
			s.restart()
			s.now = s.now.Add(13 * time.Hour) // the whole log is read again
			s.round()
			if len(s.fetched) != c.fetched || len(s.taken) != c.taken || len(s.gaps) > 0 {
				t.Errorf("fetched %d times, want %d; taken %d, want %d; gaps %+v", len(s.fetched), c.fetched, len(s.taken), c.taken, s.gaps)
			}
		})
	}
}

// A delivery may come by the sweep, by the webhook, or by both at once.
func TestSweptDeliveryIsTheSameIntakeAsTheWebhooks(t *testing.T) {
	t.Parallel()
	for event, body := range map[string]string{
		"issue_comment": command(0),
		"issues":        issuesPayload("opened", labelled("conduct")),
		"push":          pushPayload(touchRouting),
		"repository":    repositoryPayload("renamed"),
		"membership":    rosterPayload("added"),
		"installation":  installationPayload("created"),
	} {
		t.Run(event, func(t *testing.T) {
			t.Parallel()
			s := sweeper(t)
			action := map[string]string{"issue_comment": "created", "issues": "opened", "repository": "renamed", "membership": "added", "installation": "created"}[event]
			// GitHub logs the payload with another spacing than it was signed with.
			s.logs(time.Hour, event, action, 502, strings.ReplaceAll(body, `":`, `" : `))
			s.round()
			if len(s.taken) != 1 {
				t.Fatalf("taken %d times", len(s.taken))
			}
			webhook := serve(t, twoApps(), func(o *hook.Options) {
				o.ReportLabel, o.Now = reportLabel, func() time.Time { return s.now }
			})
			if res := answer(webhook, deliver(sourceID, sourceSecret, event, "guid-1", body)); res.StatusCode != 202 {
				t.Fatalf("the webhook answered %d", res.StatusCode)
			}
			same, swept := webhook.taken[0], s.taken[0]
			same.Payload, swept.Payload = coc.Prose{}, coc.Prose{}
			if !reflect.DeepEqual(same, swept) {
				t.Errorf("swept    %+v\ndelivered %+v", swept, same)
			}
			if decoded, err := hook.NewDecoder(twoApps()).Decode(s.taken[0]); err != nil || decoded.Kind == "" {
				t.Errorf("decoded %+v: %v", decoded, err)
			}
			if s.counts[event+"/swept"] != 1 {
				t.Errorf("counted %v", s.counts)
			}
		})
	}
}

func TestSweepTakesInTheOldestFirst(t *testing.T) {
	t.Parallel()
	s := sweeper(t)
	for age := 309; age > 9; age-- {
		when := time.Duration(age/10) * 2 * time.Hour // many in one second
		if age%3 == 0 {
			s.logs(when, "issue_comment", "created", 200, "")
			continue
		}
		s.command(when)
	}
	for range 3 {
		s.round()
	}
	if ids := s.ids(); len(ids) != 200 || !slices.IsSorted(ids) {
		t.Errorf("%d taken, in the order %v", len(ids), ids)
	}
}

func TestQuietSweepIsOneRequest(t *testing.T) {
	t.Parallel()
	s := sweeper(t)
	for range 50 {
		s.logs(2*time.Hour, "issue_comment", "created", 200, "")
	}
	for range 12 {
		s.logs(time.Hour, "check_run", "created", 502, "")
	}
	s.round()
	pages, queries := s.pages, s.queries
	for range 10 {
		s.now = s.now.Add(5 * time.Minute)
		s.round()
	}
	if s.requests()-pages != 10 {
		t.Errorf("%d requests in ten quiet rounds", s.requests()-pages)
	}
	if s.queries != queries {
		t.Errorf("%d questions to the store about nothing", s.queries-queries)
	}
}

// What GitHub may still wait for is not taken out of its hands, however wrong
// our clock is.
func TestDeliveryUnderWayIsLeftForTheNextRound(t *testing.T) {
	t.Parallel()
	for name, skew := range map[string]time.Duration{"the same clock": 0, "our clock is slow": -2 * time.Hour, "our clock is fast": 2 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sweeper(t)
			s.command(10 * time.Minute)
			s.command(3 * time.Second)
			s.command(2 * time.Second)
			s.now = noon.Add(skew)
			s.round()
			// Taking one that is under way does no harm; missing one does.
			want := []int64{1}
			if skew > 0 {
				want = []int64{1, 2, 3}
			}
			if ids := s.ids(); !slices.Equal(ids, want) {
				t.Errorf("taken at once: %v, want %v", ids, want)
			}
			s.now = noon
			s.logs(-3*time.Minute, "ping", "", 200, "") // GitHub's clock goes on
			s.now = noon.Add(skew).Add(3 * time.Minute)
			s.round()
			if ids := s.ids(); !slices.Equal(ids, []int64{1, 2, 3}) {
				t.Errorf("taken in the end: %v", ids)
			}
		})
	}
}

// A slow clock must not hide what happens while it is slow, nor a fast one
// what is logged after a round.
func TestClockThatIsWrongHidesNothing(t *testing.T) {
	t.Parallel()
	for _, skew := range []time.Duration{-time.Hour, time.Hour} {
		s := sweeper(t)
		for range 12 {
			s.command(5 * time.Minute)
			s.now = s.now.Add(skew)
			s.round()
			s.now = s.now.Add(-skew).Add(5 * time.Minute)
		}
		s.now = s.now.Add(time.Minute)
		s.logs(0, "ping", "", 200, "")
		s.now = s.now.Add(skew)
		s.round()
		if ids := s.ids(); len(ids) != 12 || !slices.IsSorted(ids) {
			t.Errorf("with a clock that is wrong by %s: taken %v", skew, ids)
		}
	}
}

func TestLogOfTenThousandCostsBoundedRequests(t *testing.T) {
	t.Parallel()
	s := sweeper(t)
	missing := 0
	for n := range 10_000 {
		age := 60*time.Hour - time.Duration(n)*20*time.Second
		if n%40 == 0 {
			s.command(age)
			missing++
			continue
		}
		s.logs(age, []string{"issue_comment", "push", "check_run", "issues"}[n%4], "created", 200, "")
	}
	for before := 0; len(s.taken) < missing; before = s.requests() {
		s.round()
		if n := s.requests() - before; n > 200 || n == 0 {
			t.Fatalf("a round of %d requests", n)
		}
	}
	if s.pages > 103 || len(s.fetched) != missing || s.queries > 110 {
		t.Errorf("%d pages, %d payloads for %d missing, %d questions to the store", s.pages, len(s.fetched), missing, s.queries)
	}
	if !slices.IsSorted(s.ids()) {
		t.Error("the oldest did not come first")
	}
	pages := s.pages
	s.now = s.now.Add(5 * time.Minute)
	s.round()
	if s.pages-pages > 2 {
		t.Errorf("%d pages when all was looked at", s.pages-pages)
	}
}

// A sweep that is stopped, by GitHub or by the end of its process, goes on
// where it was.
func TestInterruptedSweepGoesOn(t *testing.T) {
	t.Parallel()
	s := sweeper(t)
	for n := range 3000 {
		if n%60 == 0 {
			s.command(50*time.Hour - time.Duration(n)*time.Minute)
			continue
		}
		s.logs(50*time.Hour-time.Duration(n)*time.Minute, "issue_comment", "created", 200, "")
	}
	left := 0
	s.fail = func(string, int64) error {
		if left--; left < 0 {
			return coc.Later{After: s.now.Add(time.Hour), Cause: "limit"}
		}
		return nil
	}
	rounds := 0
	for ; len(s.taken) < 50 && rounds < 50; rounds++ {
		left = 7
		var later coc.Later
		err := s.Round(t.Context(), twoApps()[0])
		if len(s.taken) < 50 && (!errors.As(err, &later) || !later.After.Equal(s.now.Add(time.Hour))) {
			t.Fatalf("round %d ended with %v", rounds, err)
		}
		s.restart()
	}
	if ids := s.ids(); len(ids) != 50 || !slices.IsSorted(ids) {
		t.Fatalf("after %d rounds %v", rounds, ids)
	}
	// Thirty pages and fifty payloads, seven at a time, and what each round
	// asks in vain.
	if rounds > 14 {
		t.Errorf("it took %d rounds", rounds)
	}
}

func TestCrashedSweepLosesNothingAndFetchesLittleTwice(t *testing.T) {
	t.Parallel()
	s := sweeper(t)
	for n := range 400 {
		s.logs(50*time.Hour-time.Duration(n)*time.Minute, "issue_comment", "created", 502,
			map[bool]string{true: command(n), false: commentPayload()}[n%2 == 0])
	}
	type crash struct{}
	count := 0
	s.fail = func(string, int64) error {
		if count++; count%45 == 0 {
			panic(crash{})
		}
		return nil
	}
	done := func() (died bool) {
		defer func() { died = recover() == any(crash{}) }()
		s.round()
		return false
	}
	for range 40 {
		if done() {
			s.restart()
		}
	}
	if ids := s.ids(); len(ids) != 200 || !slices.IsSorted(ids) {
		t.Fatalf("%d taken: %v", len(ids), ids)
	}
	if n := len(s.fetched); n > 400*5/3 {
		t.Errorf("%d payloads were fetched for 400", n)
	}
}

func TestGapThatCannotBeFilledIsNamedOnce(t *testing.T) {
	t.Parallel()
	s := sweeper(t)
	gone := s.logs(30*time.Minute, "issue_comment", "created", 502, "")
	s.command(20 * time.Minute)
	huge := s.logs(15*time.Minute, "issue_comment", "created", 502, command(9)+strings.Repeat(" ", 26<<20))
	s.fail = func(what string, _ int64) error {
		if what == "redeliver" {
			return coc.ErrInaccessible
		}
		return nil
	}
	for range 4 {
		s.round()
		s.restart()
		s.now = s.now.Add(4 * time.Hour)
	}
	want := []hook.Gap{
		{Reason: hook.GapTooLarge, App: sourceID, ID: huge, GUID: "guid-3", Event: "issue_comment", From: noon.Add(-15 * time.Minute), To: noon.Add(-15 * time.Minute)},
		{Reason: hook.GapPayload, App: sourceID, ID: gone, GUID: "guid-1", Event: "issue_comment", From: noon.Add(-30 * time.Minute), To: noon.Add(-30 * time.Minute)},
	}
	if !slices.Equal(s.gaps, want) {
		t.Errorf("gaps %+v", s.gaps)
	}
	if !slices.Equal(s.ids(), []int64{2}) {
		t.Errorf("taken %v", s.ids())
	}
}

// On its bad days GitHub says of what is there that it is not.
func TestNotFoundForAWhileIsNoGap(t *testing.T) {
	t.Parallel()
	s := sweeper(t)
	s.command(time.Hour)
	well := s.now.Add(25 * time.Minute)
	s.fail = func(what string, _ int64) error {
		if what != "page" && s.now.Before(well) {
			return coc.ErrInaccessible
		}
		return nil
	}
	for range 7 {
		s.round()
		s.now = s.now.Add(5 * time.Minute)
	}
	if len(s.taken) != 1 || len(s.gaps) > 0 {
		t.Errorf("%d taken, gaps %+v", len(s.taken), s.gaps)
	}
}

// Redelivery is the second way. It comes through the webhook, and the log says
// how that went.
func TestDeliveryWithoutPayloadIsAskedForAgain(t *testing.T) {
	t.Parallel()
	const broken = `{"action":"created","comment":{"body":"/coc re`
	for _, c := range []struct {
		name  string
		comes func(s *swept)
		asks  int
		gaps  []string
	}{
		{"and comes", func(s *swept) {
			webhook := serve(s.t, twoApps(), func(o *hook.Options) { o.Take = s.Take })
			answer(webhook, deliver(sourceID, sourceSecret, "issue_comment", "guid-1", command(0)))
		}, 1, nil},
		{"and comes, and is not needed", func(s *swept) {
			s.entries = append(s.entries, hook.Logged{ID: 77, GUID: "guid-1", At: s.now, Event: "issue_comment", Action: "created", Code: 200, Redelivery: true})
		}, 1, nil},
		{"and fails again", func(s *swept) {
			s.entries = append(s.entries, hook.Logged{ID: int64(77 + len(s.entries)), GUID: "guid-1", At: s.now, Event: "issue_comment", Action: "created", Code: 503, Redelivery: true})
		}, 3, []string{hook.GapUnanswered}},
		{"and is never heard of again", func(*swept) {}, 3, []string{hook.GapUnanswered}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := sweeper(t)
			s.logs(time.Hour, "issue_comment", "created", 502, broken)
			asked := 0
			for range 20 {
				s.round()
				if len(s.asked) > asked {
					asked = len(s.asked)
					c.comes(s)
				}
				s.now = s.now.Add(5 * time.Minute)
			}
			var reasons []string
			for _, g := range s.gaps {
				reasons = append(reasons, g.Reason)
			}
			if asked != c.asks || !slices.Equal(reasons, c.gaps) || s.Standing(twoApps()[0]).Missing != 0 {
				t.Errorf("asked %d times, want %d; gaps %q, want %q; %+v", asked, c.asks, reasons, c.gaps, s.Standing(twoApps()[0]))
			}
		})
	}
}

// After four days nobody knows what GitHub's log held in between; an Enterprise
// Server's still holds it.
func TestOutageThatOutlivesTheLogIsNamed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		away  time.Duration
		since time.Duration // before now: how far the log reaches back
		gap   bool
	}{
		{"a weekend", 60 * time.Hour, 60 * time.Hour, false},
		{"a weekend that began quietly", 60 * time.Hour, 20 * time.Hour, false},
		{"four days", 96 * time.Hour, 72 * time.Hour, true},
		{"four days of a log of seven", 96 * time.Hour, 168 * time.Hour, false},
		{"four days without an entry", 96 * time.Hour, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := sweeper(t)
			s.command(time.Hour)
			s.round()
			looked := s.now
			s.now = s.now.Add(c.away)
			s.entries = nil
			for age := c.since; age > 0; age -= time.Hour {
				s.logs(age, "ping", "", 502, "")
			}
			s.restart()
			s.round()
			s.round()
			if (len(s.gaps) == 1) != c.gap || len(s.gaps) > 1 {
				t.Fatalf("gaps %+v", s.gaps)
			}
			if c.gap && (s.gaps[0].Reason != hook.GapLog || !s.gaps[0].From.Equal(looked) || !s.gaps[0].To.Equal(s.now.Add(-72*time.Hour))) {
				t.Errorf("gap %+v", s.gaps[0])
			}
		})
	}
}

// A delivery that GitHub cannot show lets the others pass, and is asked for
// until it is shown or gone.
func TestDeliveryThatKeepsFailingHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	s := sweeper(t)
	var ill []int64
	for range 4 {
		ill = append(ill, s.command(3*time.Hour))
	}
	for range 20 {
		s.command(2 * time.Hour)
	}
	s.fail = func(what string, id int64) error {
		if what == "payload" && slices.Contains(ill, id) {
			return coc.Later{Cause: "status 500"}
		}
		return nil
	}
	for range 5 {
		if err := s.Round(t.Context(), twoApps()[0]); err != nil && !errors.As(err, new(coc.Later)) {
			t.Fatal(err)
		}
	}
	if n := len(s.taken); n != 20 {
		t.Fatalf("%d of 20 taken", n)
	}
	if n := len(s.fetched); n > 20+5*4 {
		t.Errorf("%d payloads were asked for", n)
	}
	ill = nil
	s.round()
	if n := len(s.taken); n != 24 || len(s.gaps) > 0 {
		t.Errorf("%d taken when GitHub is well again, gaps %+v", n, s.gaps)
	}
}

// GitHub down for hours loses nothing: what was found stays found.
func TestIllGitHubIsNotAGap(t *testing.T) {
	t.Parallel()
	s := sweeper(t)
	for range 8 {
		s.command(3 * time.Hour)
	}
	s.fail = func(what string, _ int64) error {
		if what == "payload" {
			return coc.Later{Cause: "no answer"}
		}
		return nil
	}
	for range 30 {
		if err := s.Round(t.Context(), twoApps()[0]); !errors.As(err, new(coc.Later)) {
			t.Fatal(err)
		}
		s.now = s.now.Add(5 * time.Minute)
	}
	if n := len(s.fetched); n > 30*3 {
		t.Errorf("%d payloads were asked of a GitHub that is ill", n)
	}
	s.fail = nil
	s.round()
	if len(s.taken) != 8 || len(s.gaps) > 0 {
		t.Errorf("%d taken, gaps %+v", len(s.taken), s.gaps)
	}
}

func TestStoreThatFailsIsNotAGap(t *testing.T) {
	t.Parallel()
	s := sweeper(t)
	s.command(time.Hour)
	s.err = errors.New("disk full")
	s.roundFails(s.err)
	s.err = nil
	s.round()
	if len(s.taken) != 1 || len(s.asked) > 0 || len(s.gaps) > 0 {
		t.Errorf("%d taken, asked %v, gaps %+v", len(s.taken), s.asked, s.gaps)
	}
}

// A database that was restored from a backup does not have what it had said it
// has.
func TestRestoredBackupGetsBackWhatWasTaken(t *testing.T) {
	t.Parallel()
	s := sweeper(t)
	s.logs(26*time.Hour, "issue_comment", "created", 200, "")
	s.round()
	backup := s.progress
	s.now = s.now.Add(24 * time.Hour)
	for range 10 {
		s.logs(time.Hour, "issue_comment", "created", 202, command(len(s.entries)))
		s.logs(time.Hour, "issue_comment", "created", 200, "")
	}
	s.progress = backup
	s.restart()
	s.round()
	if len(s.taken) != 10 || len(s.fetched) != 10 {
		t.Errorf("%d taken, %d fetched", len(s.taken), len(s.fetched))
	}
}

func TestLateEntryOfTheLogIsFoundBelow(t *testing.T) {
	t.Parallel()
	s := sweeper(t)
	for age := 500; age > 0; age-- {
		s.logs(time.Duration(age)*time.Minute, "ping", "", 200, "")
	}
	s.round()
	// GitHub was hours late to write this one into its log.
	s.entries = slices.Insert(s.entries, 100, hook.Logged{
		ID: 9999, GUID: "guid-9999", At: s.entries[100].At, Event: "issue_comment", Action: "created", Code: 502,
	})
	s.payloads[9999] = command(1)
	for range 13 {
		s.now = s.now.Add(time.Hour)
		s.logs(0, "ping", "", 200, "")
		s.round()
	}
	if !slices.Equal(s.ids(), []int64{9999}) {
		t.Errorf("taken %v", s.ids())
	}
}

// Whatever was read before, and however lately.
func TestAProcessThatStartsReadsTheLogToItsEnd(t *testing.T) {
	t.Parallel()
	s := sweeper(t)
	for age := 3000; age > 0; age-- {
		s.logs(time.Duration(age)*time.Minute, "ping", "", 200, "")
	}
	s.round()
	s.entries = slices.Insert(s.entries, 10, hook.Logged{
		ID: 9999, GUID: "guid-9999", At: s.entries[10].At, Event: "issue_comment", Action: "created", Code: 502,
	})
	s.payloads[9999] = command(1)
	s.now = s.now.Add(5 * time.Minute)
	s.round()
	if len(s.taken) != 0 {
		t.Fatal("a round in between read to the end")
	}
	// One that dies again and again goes on where the last one was.
	pages, left := s.pages, 0
	s.fail = func(string, int64) error {
		if left--; left < 0 {
			return coc.Later{Cause: "killed"}
		}
		return nil
	}
	starts := 0
	for ; len(s.taken) == 0 && starts < 20; starts++ {
		left = 4
		s.restart()
		_ = s.Round(t.Context(), twoApps()[0])
	}
	if !slices.Equal(s.ids(), []int64{9999}) || starts > 12 || s.pages-pages > 60 {
		t.Errorf("taken %v after %d starts and %d pages", s.ids(), starts, s.pages-pages)
	}
}

func TestOnlyOneReplicaSweeps(t *testing.T) {
	t.Parallel()
	s := sweeper(t)
	s.command(time.Hour)
	s.busy = true
	s.round()
	if s.requests() != 0 {
		t.Fatalf("%d requests while another sweeps", s.requests())
	}
	s.busy = false
	turn := func() {
		t.Helper()
		if err := s.Turn(t.Context(), twoApps()[0]); err != nil {
			t.Fatal(err)
		}
	}
	turn()
	first := s.requests()
	s.now = s.now.Add(2 * time.Minute)
	turn() // somebody has swept two minutes ago
	if n := s.requests() - first; n != 0 {
		t.Errorf("%d requests just after a round", n)
	}
	s.now = s.now.Add(2 * time.Minute)
	turn()
	if n := s.requests() - first; n != 1 {
		t.Errorf("%d requests in its turn", n)
	}
	s.restart()
	turn() // at the start, always
	if n := s.requests() - first; n != 2 {
		t.Errorf("%d requests when a process starts", n)
	}
	if got := s.Standing(twoApps()[0]); !got.Looked.Equal(s.now) || got.Missing != 0 {
		t.Errorf("standing %+v", got)
	}
}

// What was found and could not be had at that moment is not left until the log is read
// the next time.
func TestRoundThatWasPutOffGoesOnAtTheTimeThatItNamed(t *testing.T) {
	t.Parallel()
	s := sweeper(t)
	missed := s.command(time.Hour)
	later := coc.Later{After: s.now.Add(time.Second)}
	s.fail = func(what string, _ int64) error {
		if what == "payload" {
			return later
		}
		return nil
	}
	if err := s.Turn(t.Context(), twoApps()[0]); !errors.Is(err, later) {
		t.Fatalf("the first turn: %v", err)
	}
	s.fail = nil
	s.now = later.After
	if err := s.Turn(t.Context(), twoApps()[0]); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.fetched, []int64{missed, missed}) || s.Standing(twoApps()[0]).Missing != 0 {
		t.Errorf("fetched %v, %+v", s.fetched, s.Standing(twoApps()[0]))
	}
	before := s.requests()
	s.now = s.now.Add(time.Second)
	if err := s.Turn(t.Context(), twoApps()[0]); err != nil || s.requests() != before {
		t.Errorf("%d requests more once it was done, %v", s.requests()-before, err)
	}
}

func TestCursorThatIsGoneBeginsAtTheTop(t *testing.T) {
	t.Parallel()
	s := sweeper(t)
	for range 500 {
		s.command(60 * time.Hour)
	}
	s.fail = func(string, int64) error {
		if s.pages == 3 {
			return coc.Later{Cause: "status 502"}
		}
		return nil
	}
	if err := s.Round(t.Context(), twoApps()[0]); !errors.As(err, new(coc.Later)) {
		t.Fatal(err)
	}
	s.entries = s.entries[400:] // the log has forgotten the rest
	s.roundFails(coc.ErrGone)
	s.round()
	if len(s.taken) != 100 {
		t.Errorf("%d taken", len(s.taken))
	}
}
