package store_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/seal"
	"github.com/cocrouter/cocrouter/pkg/store"
)

// database is one place that a store can be opened at, again and again.
type database struct {
	url     string
	keysURL string // "": beside url
	keys    *seal.Keys
	// pages is everything that the database keeps on disk.
	pages func(t *testing.T) []byte
}

// TestSQLite runs the suite that every database must pass.
func TestSQLite(t *testing.T) {
	t.Parallel()
	suite(t, func(t *testing.T) database {
		dir := t.TempDir()
		return database{
			url:  "sqlite:" + filepath.Join(dir, "db"),
			keys: newKeys(t),
			pages: func(t *testing.T) []byte {
				t.Helper()
				var all []byte
				files, err := filepath.Glob(filepath.Join(dir, "*"))
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range files {
					b, err := os.ReadFile(f)
					if err != nil {
						t.Fatal(err)
					}
					all = append(all, b...)
				}
				return all
			},
		}
	}, RunningJobsAreFreedWhenTheStoreOpens, DoneIntakeIsErased, FilesOfAnotherStoreAreRefused, SecondProcessIsRefused)
}

// suite runs what holds on every database, and what holds on this one alone.
func suite(t *testing.T, fresh func(t *testing.T) database, own ...func(*testing.T, database)) {
	for _, claim := range slices.Concat([]func(*testing.T, database){
		TakenIntakeComesBackAsItWas,
		SecondTakeOfADeliveryOrObjectIsNotFresh,
		IntakeWithoutADeliveryIsRefused,
		ConcurrentTakesShareCommits,
		FailedCommitReachesEveryCaller,
		TakeEndsWithItsContext,
		ClosedStoreTakesNothing,
		CloseFinishesWhatIsWaiting,
		LaneIsWorkedInOrder,
		SetAsideIntakeFreesItsLaneAndIsKept,
		ChangeHoldsAsAWholeOrNotAtAll,
		CaseMovesOneRevisionAtATime,
		CaseIsFoundByEachOfItsPlaces,
		OpenCasesAreFoundByTheirRoom,
		CasesWithLettersAreFoundUntilTheyAreDelivered,
		ReceiptIsBusyUntilTheCaseIsPlaced,
		ErrandIsDoneOnce,
		StandingIsFoundByIDNameKeyAndNotice,
		NameBelongsToTheStandingThatHadItLast,
		LabelsOfARoomAreKnownOrNot,
		WatchOfARoomMovesFromWhereItStands,
		JobsKeepTimeAndPriority,
		LeaseHasOneHolder,
		SchemaThatIsNewestIsOpenedAsItIs,
		OlderSchemaIsLeftAsItIs,
		OlderSchemaOfTheJobsIsLeftAsItIs,
		NothingOnDiskCanBeRead,
		KeysOfDoneIntakesAreErased,
		KeyOutlivesTheIntakesOnTheirWay,
		WhatBelongsToAnotherIsRefused,
		OperatorsSeeCountsOnly,
	}, queueClaims, lineClaims, sweepClaims, accountClaims, priorClaims, sessionClaims, contentClaims, own) {
		t.Run(claimName(claim), func(t *testing.T) {
			t.Parallel()
			claim(t, fresh(t))
		})
	}
}

// --- intakes

func TakenIntakeComesBackAsItWas(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	in := intake("guid-1")
	in.Object, in.Lane, in.Event, in.App = "object-1", "lane-1", "issues", coc.AppSource
	mustTake(t, s, in)
	s = d.reopen(t, s)
	got, err := s.Intake(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	in.ID = 1
	if diff := cmp.Diff(in, got, words); diff != "" {
		t.Error(diff)
	}
	if jobs := jobsOf(t, s); len(jobs) != 1 || jobs[0].args != `{"kind":"intake","intake":1}` || jobs[0].priority != 1 {
		t.Errorf("jobs %+v", jobs)
	}
	if _, err := s.Intake(t.Context(), 2); !errors.Is(err, coc.ErrGone) {
		t.Errorf("an intake that never was: %v", err)
	}
}

func SecondTakeOfADeliveryOrObjectIsNotFresh(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	first := intake("guid-1")
	first.Object = "object-1"
	mustTake(t, s, first)
	mustCommit(t, s, coc.Change{Intake: 1}) // done is remembered too
	s = d.reopen(t, s)

	again, sameObject, other := first, intake("guid-2"), intake("guid-3")
	again.Object = ""
	sameObject.Object = "object-1"
	for _, tc := range []struct {
		name  string
		in    coc.Intake
		fresh bool
	}{{"the delivery", again, false}, {"the object", sameObject, false}, {"neither", other, true}} {
		fresh, err := s.Take(t.Context(), tc.in)
		if err != nil || fresh != tc.fresh {
			t.Errorf("same by %s: fresh %v, %v", tc.name, fresh, err)
		}
	}
	if jobs := jobsOf(t, s); len(jobs) != 2 {
		t.Errorf("%d jobs for two intakes", len(jobs))
	}

	// Many at once: exactly one of them is the first.
	var fresh atomic.Int32
	together(20, func(int) {
		if ok, err := s.Take(t.Context(), intake("guid-4")); err != nil {
			t.Error(err)
		} else if ok {
			fresh.Add(1)
		}
	})
	if fresh.Load() != 1 {
		t.Errorf("one delivery was fresh %d times", fresh.Load())
	}
}

func IntakeWithoutADeliveryIsRefused(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	if _, err := s.Take(t.Context(), intake("")); err == nil {
		t.Error("it was taken, and the next one would be its duplicate")
	}
}

func ConcurrentTakesShareCommits(t *testing.T, d database) {
	var commits atomic.Int32
	hold := make(chan struct{})
	var held atomic.Bool
	s := d.open(t, store.Options{Commit: func(before bool) {
		if before && held.Load() {
			<-hold
		}
		if before {
			commits.Add(1)
		}
	}})
	mustTake(t, s, intake("warm")) // makes the minute's key
	commits.Store(0)
	held.Store(true)
	const n = 100
	var started sync.WaitGroup
	started.Add(n)
	done := make(chan struct{})
	go func() {
		defer close(done)
		together(n, func(i int) {
			started.Done()
			if fresh, err := s.Take(t.Context(), intake(fmt.Sprint("guid-", i))); err != nil || !fresh {
				t.Errorf("fresh %v, %v", fresh, err)
			}
		})
	}()
	started.Wait() // all callers run; the first commit is held until then
	close(hold)
	<-done
	if c := commits.Load(); c > n/2 {
		t.Errorf("%d callers took %d commits", n, c)
	}
	if jobs := jobsOf(t, s); len(jobs) != n+1 {
		t.Errorf("%d jobs", len(jobs))
	}
}

func FailedCommitReachesEveryCaller(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	rename := func(from, to string) {
		t.Helper()
		if _, err := s.DB().ExecContext(t.Context(), `ALTER TABLE `+from+` RENAME TO `+to); err != nil {
			t.Fatal(err)
		}
	}
	// The queue's table is missing: the intake's row is written, its job is not.
	rename("river_job", "away")
	together(10, func(i int) {
		if fresh, err := s.Take(t.Context(), intake(fmt.Sprint("guid-", i))); err == nil || fresh {
			t.Errorf("an intake without a job was promised")
		}
	})
	rename("away", "river_job")
	mustTake(t, s, intake("guid-1")) // nothing of it was there
}

func TakeEndsWithItsContext(t *testing.T, d database) {
	var held atomic.Bool
	hold := make(chan struct{})
	s := d.open(t, store.Options{Commit: func(before bool) {
		if before && held.Load() {
			<-hold
		}
	}})
	mustTake(t, s, intake("warm"))
	held.Store(true)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error)
	go func() {
		_, err := s.Take(ctx, intake("guid-1"))
		result <- err
	}()
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	held.Store(false)
	close(hold)
	// Nothing is stuck, and taking it again is harmless.
	if _, err := s.Take(t.Context(), intake("guid-1")); err != nil {
		t.Error(err)
	}
	if n := len(jobsOf(t, s)); n != 2 {
		t.Errorf("%d jobs for two deliveries", n)
	}
}

func ClosedStoreTakesNothing(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if fresh, err := s.Take(t.Context(), intake("guid-1")); err == nil || fresh {
		t.Error("it said that it had")
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}

func CloseFinishesWhatIsWaiting(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	mustTake(t, s, intake("warm"))
	var taken sync.Map
	var callers sync.WaitGroup
	for i := range 40 {
		callers.Go(func() {
			guid := fmt.Sprint("guid-", i)
			if _, err := s.Take(t.Context(), intake(guid)); err == nil {
				taken.Store(guid, true)
			}
		})
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	callers.Wait()
	s = d.open(t, store.Options{})
	taken.Range(func(guid, _ any) bool {
		if fresh, err := s.Take(t.Context(), intake(guid.(string))); err != nil || fresh {
			t.Errorf("%s was promised and is not there: %v", guid, err)
		}
		return true
	})
}

func LaneIsWorkedInOrder(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	for i, lane := range []string{"a", "a", "b", "", ""} {
		in := intake(fmt.Sprint("guid-", i))
		in.Lane = lane
		mustTake(t, s, in)
	}
	wantIntake := func(id int64, want error) {
		t.Helper()
		if _, err := s.Intake(t.Context(), id); !errors.Is(err, want) {
			t.Errorf("intake %d: %v, want %v", id, err, want)
		}
	}
	wantIntake(1, nil)
	wantIntake(2, coc.ErrBusy)
	wantIntake(3, nil)
	wantIntake(5, nil) // without a lane nothing waits
	wantFollowing := func(id, want int64) {
		t.Helper()
		got, err := s.Following(t.Context(), id)
		if got != want || (want == 0) != errors.Is(err, coc.ErrMissing) {
			t.Errorf("behind intake %d comes %d, %v, want %d", id, got, err, want)
		}
	}
	wantFollowing(1, 2)
	wantFollowing(2, 0)
	wantFollowing(3, 0)
	wantFollowing(4, 0) // nor follows anything
	wantFollowing(9, 0)
	if err := s.Commit(t.Context(), coc.Change{Intake: 2}); !errors.Is(err, coc.ErrBusy) {
		t.Errorf("committing the second of a lane: %v", err)
	}
	mustCommit(t, s, coc.Change{Intake: 1})
	wantIntake(1, coc.ErrGone)
	wantIntake(2, nil)
	if err := s.Commit(t.Context(), coc.Change{Intake: 1}); !errors.Is(err, coc.ErrGone) {
		t.Errorf("committing it twice: %v", err)
	}
	wantFollowing(1, 2)
	mustCommit(t, s, coc.Change{Intake: 2})
	wantFollowing(1, 0)
}

func SetAsideIntakeFreesItsLaneAndIsKept(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	for i := range 2 {
		in := intake(fmt.Sprint("guid-", i))
		in.Lane = "a"
		mustTake(t, s, in)
	}
	if err := s.SetAside(t.Context(), 1, "gave up after 25 attempts"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Intake(t.Context(), 2); err != nil {
		t.Errorf("the next of its lane: %v", err)
	}
	for name, err := range map[string]error{
		"opening it":         second(s.Intake(t.Context(), 1)),
		"committing it":      s.Commit(t.Context(), coc.Change{Intake: 1}),
		"setting it aside":   s.SetAside(t.Context(), 1, "again"),
		"one that never was": s.SetAside(t.Context(), 9, "what"),
	} {
		if !errors.Is(err, coc.ErrGone) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s = d.reopen(t, s)
	want := []store.Aside{{ID: 1, Received: noon, Cause: "gave up after 25 attempts"}}
	if got, err := s.Asides(t.Context()); err != nil || !cmp.Equal(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

// --- changes

func ChangeHoldsAsAWholeOrNotAtAll(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	mustTake(t, s, intake("guid-1"))
	mustCommit(t, s, coc.Change{Cases: []coc.Case{aCase("one", 1)}})

	source := coc.Repo{Owner: "example", Name: "widget"}
	change := coc.Change{
		Intake:    1,
		Cases:     []coc.Case{aCase("two", 1), aCase("one", 3)}, // one stands at 1
		Standings: []coc.Standing{{Source: source, Pointer: "p"}},
		Errands:   []coc.Errand{{ID: "e1", Key: "k1"}},
		Labels:    map[int64][]string{7: {"status/received"}},
		Jobs:      []coc.Job{{Kind: coc.JobOpen, Case: "two"}},
	}
	holds := func() []bool {
		t.Helper()
		_, noIntake := s.Intake(t.Context(), 1)
		_, noCase := s.Case(t.Context(), "two")
		_, noStanding := s.Standing(t.Context(), coc.RepoFacts{Repo: source})
		_, noErrand := s.Errand(t.Context(), "e1")
		labels, err := s.Labels(t.Context(), 7)
		if err != nil {
			t.Fatal(err)
		}
		return []bool{noIntake != nil, noCase == nil, noStanding == nil, noErrand == nil, labels != nil, len(jobsOf(t, s)) == 2}
	}
	if err := s.Commit(t.Context(), change); !errors.Is(err, coc.ErrConflict) {
		t.Fatalf("%v", err)
	}
	if h := holds(); slices.Contains(h, true) {
		t.Errorf("after a conflict some of it holds: %v", h)
	}
	change.Cases[1].Revision = 2
	mustCommit(t, s, change)
	s = d.reopen(t, s)
	if h := holds(); slices.Contains(h, false) {
		t.Errorf("after the commit some of it does not hold: %v", h)
	}
}

func CaseMovesOneRevisionAtATime(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	if err := s.Commit(t.Context(), coc.Change{Cases: []coc.Case{aCase("one", 2)}}); !errors.Is(err, coc.ErrConflict) {
		t.Errorf("a case that begins at 2: %v", err)
	}
	if err := s.Commit(t.Context(), coc.Change{Cases: []coc.Case{aCase("one", 0)}}); err == nil {
		t.Error("a case without a revision was written")
	}
	if _, err := s.Case(t.Context(), "one"); !errors.Is(err, coc.ErrMissing) {
		t.Errorf("a case that never was: %v", err)
	}
	first := aCase("one", 1)
	mustCommit(t, s, coc.Change{Cases: []coc.Case{first}})
	if got, err := s.Case(t.Context(), "one"); err != nil || !cmp.Equal(got, first, words) {
		t.Errorf("%v\n%s", err, cmp.Diff(first, got, words))
	}
	// Of many who read revision 1, one writes revision 2.
	var won atomic.Int32
	together(10, func(i int) {
		next := aCase("one", 2)
		next.Holder = coc.Login(fmt.Sprint("member-", i))
		switch err := s.Commit(t.Context(), coc.Change{Cases: []coc.Case{next}}); {
		case err == nil:
			won.Add(1)
		case !errors.Is(err, coc.ErrConflict):
			t.Error(err)
		}
	})
	if won.Load() != 1 {
		t.Errorf("%d writers won", won.Load())
	}
	for _, revision := range []int{1, 2, 4} {
		if err := s.Commit(t.Context(), coc.Change{Cases: []coc.Case{aCase("one", revision)}}); !errors.Is(err, coc.ErrConflict) {
			t.Errorf("revision %d after 2: %v", revision, err)
		}
	}
	if c, err := s.Case(t.Context(), "one"); err != nil || c.Revision != 2 {
		t.Errorf("it stands at %d, %v", c.Revision, err)
	}
}

func CaseIsFoundByEachOfItsPlaces(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	c := aCase("one", 1)
	c.Placements = []coc.Placement{
		{Room: coc.RepoFacts{ID: 7}, Issue: 12},
		{}, // sealed in the store
		{Room: coc.RepoFacts{ID: 8}, Issue: 12},
		{Room: coc.RepoFacts{ID: 9}}, // not opened yet
	}
	mustCommit(t, s, coc.Change{Cases: []coc.Case{c}})
	for _, tc := range []struct {
		repo      int64
		issue     int
		placement int
		want      error
	}{
		{7, 12, 0, nil}, {8, 12, 2, nil}, {71, 2, 0, coc.ErrMissing}, {0, 0, 0, coc.ErrMissing}, {9, 0, 0, coc.ErrMissing},
	} {
		id, placement, err := s.CaseAt(t.Context(), tc.repo, tc.issue)
		if !errors.Is(err, tc.want) || err == nil && (id != "one" || placement != tc.placement) {
			t.Errorf("repository %d issue %d: %s %d %v", tc.repo, tc.issue, id, placement, err)
		}
	}
	c.Revision, c.Placements[3].Issue = 2, 1
	mustCommit(t, s, coc.Change{Cases: []coc.Case{c}})
	if id, placement, err := s.CaseAt(t.Context(), 9, 1); err != nil || id != "one" || placement != 3 {
		t.Errorf("after it was opened: %s %d %v", id, placement, err)
	}
}

func CasesWithLettersAreFoundUntilTheyAreDelivered(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	letter := coc.Duty{What: coc.WordLetter, To: coc.Committee{Key: "desk"}}
	one, two, none := aCase("one", 1), aCase("two", 1), aCase("none", 1)
	one.Duties, two.Duties, none.Duties = []coc.Duty{letter, letter}, []coc.Duty{letter}, []coc.Duty{{What: coc.WordSummary}}
	mustCommit(t, s, coc.Change{Cases: []coc.Case{two, one, none}})
	s = d.reopen(t, s)
	want := func(ids ...coc.CaseID) {
		t.Helper()
		if got, err := s.Letters(t.Context()); err != nil || !slices.Equal(got, ids) {
			t.Errorf("%q, %v; want %q", got, err, ids)
		}
	}
	want("one", "two")
	done := func(c *coc.Case, n int) {
		c.Revision++
		c.Duties = slices.Clone(c.Duties)
		c.Duties[n].Done = time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC)
		mustCommit(t, s, coc.Change{Cases: []coc.Case{*c}})
	}
	done(&one, 0)
	done(&two, 0)
	want("one")
	done(&one, 1)
	want()
}

func OpenCasesAreFoundByTheirRoom(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	in := func(owner string, id int64) coc.Placement {
		return coc.Placement{Room: coc.RepoFacts{Repo: coc.Repo{Owner: owner, Name: "cases"}, ID: id}}
	}
	placed := func(id coc.CaseID, stage coc.Stage, in ...coc.Placement) coc.Case {
		c := aCase(id, 1)
		c.Stage, c.Placements = stage, in
		return c
	}
	cases := []coc.Case{
		placed("three", coc.StageResolved, in("Kim", 7)),
		placed("one", coc.StageReceived, in("other", 9), in("kim", 7)),
		placed("left", coc.StageReceived, in("kim", 7), in("other", 9)),
		placed("closed", coc.StageClosed, in("kim", 7)),
		placed("sealed", coc.StageReceived, in("kim", 7), coc.Placement{}),
		placed("beside", coc.StageReceived, in("kim", 8)),
		placed("nowhere", coc.StageReceived),
	}
	mustCommit(t, s, coc.Change{Cases: cases})
	s = d.reopen(t, s)
	want := func(room coc.RepoFacts, ids ...coc.CaseID) {
		t.Helper()
		got, err := s.OpenCases(t.Context(), room)
		if err != nil || !slices.Equal(got, ids) {
			t.Errorf("%+v: %q, %v; want %q", room, got, err, ids)
		}
	}
	kims := coc.RepoFacts{Repo: coc.Repo{Owner: "KIM"}}
	want(coc.RepoFacts{ID: 7}, "one", "three")
	want(coc.RepoFacts{ID: 70})
	want(coc.RepoFacts{})
	want(kims, "beside", "one", "three")

	one := cases[1]
	one.Revision, one.Placements = 2, append(one.Placements, coc.Placement{})
	three := cases[0]
	three.Revision, three.Stage = 2, coc.StageClosed
	mustCommit(t, s, coc.Change{Cases: []coc.Case{one, three}})
	want(coc.RepoFacts{ID: 7})
	want(kims, "beside")

	if !s.Shared() {
		var plan, rest string
		err := s.DB().QueryRowContext(t.Context(), `EXPLAIN QUERY PLAN SELECT id FROM cases WHERE room = 'x' AND stage <> 'closed'`).Scan(&rest, &rest, &rest, &plan)
		if err != nil || !strings.Contains(plan, "cases_room") {
			t.Errorf("all cases are read for it: %q, %v", plan, err)
		}
	}
}

func ReceiptIsBusyUntilTheCaseIsPlaced(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	hash, err := d.keys.ReceiptHash(d.keys.Receipt("token"))
	if err != nil {
		t.Fatal(err)
	}
	want := func(wantID coc.CaseID, wantErr error) {
		t.Helper()
		if id, err := s.CaseByReceipt(t.Context(), hash); id != wantID || !errors.Is(err, wantErr) {
			t.Errorf("%q, %v; want %q, %v", id, err, wantID, wantErr)
		}
	}
	want("", coc.ErrMissing)
	in := intake(hex.EncodeToString(hash))
	in.Source = coc.SourceForm
	mustTake(t, s, in)
	want("", coc.ErrBusy)
	c := aCase("one", 1)
	c.Receipt = hash
	mustCommit(t, s, coc.Change{Intake: 1, Cases: []coc.Case{c}})
	want("one", nil)

	// A report that nobody could place so far is not missing.
	hash, err = d.keys.ReceiptHash(d.keys.Receipt("another token"))
	if err != nil {
		t.Fatal(err)
	}
	mustTake(t, s, intake(hex.EncodeToString(hash)))
	if err := s.SetAside(t.Context(), 2, "x"); err != nil {
		t.Fatal(err)
	}
	want("", coc.ErrBusy)
	// The empty hash belongs to nobody, though many cases have no receipt.
	mustCommit(t, s, coc.Change{Cases: []coc.Case{aCase("two", 1)}})
	hash = nil
	want("", coc.ErrMissing)
}

func ErrandIsDoneOnce(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	first := coc.Errand{
		ID: "e1", Key: "link/thread/day", Kind: coc.ErrandLink, Repo: coc.Repo{Owner: "example", Name: "widget"},
		Issue: 4, Text: coc.NewProse("the sentence"),
	}
	mustCommit(t, s, coc.Change{Errands: []coc.Errand{first, {ID: "e2", Key: first.Key}}})
	if got, err := s.Errand(t.Context(), "e1"); err != nil || !cmp.Equal(got, first, words) {
		t.Errorf("%v\n%s", err, cmp.Diff(first, got, words))
	}
	mustCommit(t, s, coc.Change{Finished: []string{"e1", "never was"}})
	mustCommit(t, s, coc.Change{Errands: []coc.Errand{{ID: "e3", Key: first.Key}, first}})
	for _, id := range []string{"e1", "e2", "e3", "e9"} {
		if _, err := s.Errand(t.Context(), id); !errors.Is(err, coc.ErrGone) {
			t.Errorf("%s: %v", id, err)
		}
	}
	mustCommit(t, s, coc.Change{Errands: []coc.Errand{{ID: "e4"}, {ID: "e5"}}}) // without a key each is its own
	for _, id := range []string{"e4", "e5"} {
		if _, err := s.Errand(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
}

func StandingIsFoundByIDNameKeyAndNotice(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	source := coc.RepoFacts{Repo: coc.Repo{Owner: "Example", Name: "Widget"}, ID: 42}
	st := coc.Standing{
		ID: source.ID, Source: source.Repo, Pointer: "p1", Since: noon,
		Waiting: &coc.Waiting{Pointer: "p2", Room: coc.RepoFacts{ID: 7}, Notice: 3, Agreed: []coc.Login{"kim-responder"}},
	}
	if _, err := s.Standing(t.Context(), source); !errors.Is(err, coc.ErrMissing) {
		t.Errorf("before it was written: %v", err)
	}
	mustCommit(t, s, coc.Change{Standings: []coc.Standing{st}})
	lower, other := coc.Repo{Owner: "example", Name: "widget"}, coc.Repo{Owner: "example", Name: "gadget"}
	find := func(source coc.RepoFacts) func() (coc.Standing, error) {
		return func() (coc.Standing, error) { return s.Standing(t.Context(), source) }
	}
	for name, find := range map[string]func() (coc.Standing, error){
		"id":                    find(source),
		"id under another name": find(coc.RepoFacts{Repo: other, ID: 42}),
		"name":                  find(coc.RepoFacts{Repo: lower}),
		"name of another id":    find(coc.RepoFacts{Repo: lower, ID: 43}),
		"key":                   func() (coc.Standing, error) { return s.StandingByKey(t.Context(), s.StandingKey(st)) },
		"key under another name": func() (coc.Standing, error) {
			return s.StandingByKey(t.Context(), s.StandingKey(coc.Standing{ID: 42, Source: other}))
		},
		"notice": func() (coc.Standing, error) { return s.StandingAt(t.Context(), 7, 3) },
	} {
		if got, err := find(); err != nil || !cmp.Equal(got, st, words) {
			t.Errorf("by %s: %v\n%s", name, err, cmp.Diff(st, got, words))
		}
	}
	if _, err := s.Standing(t.Context(), coc.RepoFacts{Repo: other, ID: 43}); !errors.Is(err, coc.ErrMissing) {
		t.Errorf("another name and another id: %v", err)
	}
	st.Waiting = nil
	mustCommit(t, s, coc.Change{Standings: []coc.Standing{st}})
	if _, err := s.StandingAt(t.Context(), 7, 3); !errors.Is(err, coc.ErrMissing) {
		t.Errorf("the notice of a change that no longer waits: %v", err)
	}
	if got, err := s.Standing(t.Context(), source); err != nil || got.Waiting != nil {
		t.Errorf("%+v %v", got, err)
	}
}

func NameBelongsToTheStandingThatHadItLast(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	widget, gadget := coc.Repo{Owner: "example", Name: "widget"}, coc.Repo{Owner: "example", Name: "gadget"}
	for _, st := range []coc.Standing{
		{Source: widget, Pointer: "before its id was known"},
		{ID: 1, Source: widget, Pointer: "first"},
		{ID: 1, Source: gadget, Pointer: "first, renamed"},
		{ID: 2, Source: widget, Pointer: "second"},
	} {
		mustCommit(t, s, coc.Change{Standings: []coc.Standing{st}})
	}
	for _, c := range []struct {
		source coc.RepoFacts
		want   string
	}{
		{coc.RepoFacts{Repo: widget, ID: 1}, "first, renamed"}, // the id is more than the name
		{coc.RepoFacts{Repo: widget, ID: 2}, "second"},
		{coc.RepoFacts{Repo: widget, ID: 3}, "second"},
		{coc.RepoFacts{Repo: widget}, "second"},
		{coc.RepoFacts{Repo: gadget}, "first, renamed"},
	} {
		if got, err := s.Standing(t.Context(), c.source); err != nil || got.Pointer != c.want {
			t.Errorf("%v: %q, %v; want %q", c.source, got.Pointer, err, c.want)
		}
	}
}

func LabelsOfARoomAreKnownOrNot(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	want := func(want []string) {
		t.Helper()
		if got, err := s.Labels(t.Context(), 7); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%#v, %v; want %#v", got, err, want)
		}
	}
	want(nil)
	for _, labels := range [][]string{{"status/received"}, {}, {"a", "b"}, nil} {
		mustCommit(t, s, coc.Change{Labels: map[int64][]string{7: labels}})
		want(labels)
	}
}

func WatchOfARoomMovesFromWhereItStands(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	at := func(id int64, owner string, revision int) coc.Watch {
		return coc.Watch{
			Room: coc.RepoFacts{ID: id, Repo: coc.Repo{Owner: owner, Name: "cases"}}, Revision: revision, Case: "one",
			Found: []coc.Reason{{Rule: "survey/wiki"}}, Told: noon, Next: noon.Add(time.Hour),
		}
	}
	if _, err := s.Watch(t.Context(), s.WatchKey(7)); !errors.Is(err, coc.ErrMissing) {
		t.Errorf("one that is not there: %v", err)
	}
	mustCommit(t, s, coc.Change{Watches: []coc.Watch{at(7, "Example", 1), at(8, "example", 1), at(9, "other", 1)}})
	for _, w := range []coc.Watch{at(7, "example", 1), at(7, "example", 3), at(10, "example", 2)} {
		change := coc.Change{Watches: []coc.Watch{w}, Jobs: []coc.Job{{Kind: coc.JobSurvey, Room: "r"}}}
		if err := s.Commit(t.Context(), change); !errors.Is(err, coc.ErrConflict) {
			t.Errorf("to revision %d of %d: %v", w.Revision, w.Room.ID, err)
		}
	}
	if jobs := jobsOf(t, s); len(jobs) != 0 {
		t.Errorf("%d jobs of changes that do not hold", len(jobs))
	}
	mustCommit(t, s, coc.Change{Watches: []coc.Watch{at(8, "other", 2)}})
	for owner, want := range map[string][]coc.Watch{"EXAMPLE": {at(7, "Example", 1)}, "other": {at(8, "other", 2), at(9, "other", 1)}, "nobody": nil} {
		got, err := s.Watches(t.Context(), owner)
		slices.SortFunc(got, func(a, b coc.Watch) int { return int(a.Room.ID - b.Room.ID) })
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("of %s: %+v, %v; want %+v", owner, got, err, want)
		}
	}
}

func JobsKeepTimeAndPriority(t *testing.T, d database) {
	now := time.Now().UTC().Truncate(time.Millisecond)
	s := d.open(t, store.Options{})
	mustCommit(t, s, coc.Change{Jobs: []coc.Job{
		{Kind: coc.JobShow, Case: "one", Revision: 3, At: now.Add(time.Hour), Priority: 2},
		{Kind: coc.JobStanding, Standing: "h", At: now.Add(-time.Hour)},
		{Kind: coc.JobErrand, Errand: "e1", Priority: 9},
	}})
	jobs := jobsOf(t, s)
	if len(jobs) != 3 {
		t.Fatalf("%+v", jobs)
	}
	if j := jobs[0]; j.state != "scheduled" || !j.at.Equal(now.Add(time.Hour)) || j.priority != 2 || j.args != `{"kind":"show","case":"one","revision":3}` {
		t.Errorf("%+v", j)
	}
	for _, j := range jobs[1:] {
		if j.state != "available" || j.priority != 3 {
			t.Errorf("%+v", j)
		}
	}
}

func SchemaThatIsNewestIsOpenedAsItIs(t *testing.T, d database) {
	asItIsIsRefused(t, d)
	s := d.open(t, store.Options{})
	mustTake(t, s, intake("guid-1"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = d.open(t, store.Options{AsItIs: true})
	if jobs, err := s.Jobs(t.Context(), 10, store.JobAvailable); err != nil || len(jobs) != 1 {
		t.Errorf("%+v, %v", jobs, err)
	}
}

func OlderSchemaIsLeftAsItIs(t *testing.T, d database) {
	afterwards(t, d, `DELETE FROM schema_version`)
	asItIsIsRefused(t, d)
}

func OlderSchemaOfTheJobsIsLeftAsItIs(t *testing.T, d database) {
	afterwards(t, d, `DELETE FROM river_migration WHERE version = (SELECT max(version) FROM river_migration)`)
	asItIsIsRefused(t, d)
}

// afterwards makes a store, and something of it other than it was.
func afterwards(t *testing.T, d database, statement string) {
	t.Helper()
	s := d.open(t, store.Options{})
	_, err := s.DB().ExecContext(t.Context(), statement)
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
}

func asItIsIsRefused(t *testing.T, d database) {
	t.Helper()
	_, err := store.Open(t.Context(), d.url, d.keys, store.Options{
		AsItIs: true, KeysURL: d.keysURL, Migrated: func(step string) { t.Errorf("it is changed: %s", step) },
	})
	if r, ok := errors.AsType[coc.Refusal](err); !ok || !strings.Contains(r.What, "older schema") || !strings.Contains(r.Next, "migrate") {
		t.Errorf("an older schema: %v", err)
	}
}

func LeaseHasOneHolder(t *testing.T, d database) {
	var clock atomic.Int64
	s := d.open(t, store.Options{LeaseNow: func() time.Time { return noon.Add(time.Duration(clock.Load())) }})
	lease := func(key string) (func(), error) { return s.Lease(t.Context(), key, time.Minute) }
	release, err := lease("case/one")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lease("case/one"); !errors.Is(err, coc.ErrBusy) {
		t.Errorf("held twice: %v", err)
	}
	if _, err := lease("case/two"); err != nil {
		t.Errorf("another key: %v", err)
	}
	release()
	stale, err := lease("case/one")
	if err != nil {
		t.Fatalf("after release: %v", err)
	}
	clock.Store(int64(time.Minute))
	if _, err := lease("case/one"); err != nil {
		t.Fatalf("after its time: %v", err)
	}
	stale() // too late: it is somebody else's now
	if _, err := lease("case/one"); !errors.Is(err, coc.ErrBusy) {
		t.Errorf("a late release freed another's lease: %v", err)
	}
	s = d.reopen(t, s)
	if _, err := s.Lease(t.Context(), "case/one", time.Minute); err != nil {
		t.Errorf("after a restart: %v", err)
	}
}

func RunningJobsAreFreedWhenTheStoreOpens(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	mustTake(t, s, intake("guid-1"))
	_, err := s.DB().ExecContext(t.Context(), `UPDATE river_job SET state = 'running', attempt = 1, attempted_at = CURRENT_TIMESTAMP`)
	if err != nil {
		t.Fatal(err)
	}
	s = d.reopen(t, s)
	if j := jobsOf(t, s); j[0].state != "available" || j[0].attempt != 1 {
		t.Errorf("%+v: the next attempt must know that it is not the first", j[0])
	}
}

// --- what is on disk

func NothingOnDiskCanBeRead(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	const canary = "canary-5b1f"
	prose := coc.NewProse(canary + " words")
	in := intake(canary + "-guid")
	in.Object, in.Lane, in.Event, in.Payload = canary+"-object", canary+"-lane", canary+"-event", prose
	mustTake(t, s, in)
	second := in
	second.Delivery, second.Object = canary+"-guid-2", canary+"-object-2"
	mustTake(t, s, second)

	repo := coc.Repo{Owner: canary + "-org", Name: canary + "-repo"}
	room := coc.RepoFacts{Repo: repo, ID: 7315498212345}
	c := aCase("one", 1)
	c.Report = coc.Report{Account: prose, Reporter: canary + "-reporter"}
	c.Parties = []coc.Party{{Login: canary + "-accused", Role: coc.RoleAccused}}
	c.Placements = []coc.Placement{{Room: room, Issue: 1, CodeName: canary + "-name"}}
	c.Receipt = []byte(canary + "-receipt")
	mustCommit(t, s, coc.Change{
		Intake:    1,
		Cases:     []coc.Case{c},
		Standings: []coc.Standing{{Source: repo, Pointer: canary, Waiting: &coc.Waiting{Room: room, Notice: 1}}},
		Errands:   []coc.Errand{{ID: "e1", Key: canary + "-key", Repo: repo, Text: prose}},
		Labels:    map[int64][]string{room.ID: {canary + "-label"}},
		Watches:   []coc.Watch{{Room: room, Revision: 1, Found: []coc.Reason{{Detail: canary}}}},
		Jobs:      []coc.Job{{Kind: coc.JobOpen, Case: c.ID, Room: s.WatchKey(room.ID), Standing: s.StandingKey(coc.Standing{Source: repo})}},
	})
	if err := s.SetAside(t.Context(), 2, canary+" cause"); err != nil {
		t.Fatal(err)
	}
	check := func(when string) {
		t.Helper()
		pages := d.pages(t)
		if len(pages) < 10_000 {
			t.Fatalf("only %d bytes were looked at", len(pages))
		}
		for name, word := range map[string]string{
			"canary":        canary,
			"base64":        base64.StdEncoding.EncodeToString([]byte(canary))[:12],
			"hex":           hex.EncodeToString([]byte(canary)),
			"repository id": fmt.Sprint(room.ID),
		} {
			if bytes.Contains(pages, []byte(word)) {
				t.Errorf("%s: the disk holds the %s", when, name)
			}
		}
	}
	check("open")
	// The test can fail: a word that is really written is found.
	if _, err := s.DB().ExecContext(t.Context(), `CREATE TABLE leak (word TEXT)`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.DB().ExecContext(t.Context(), `INSERT INTO leak (word) VALUES (?)`, "leaked-"+"word"); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(d.pages(t), []byte("leaked-word")) {
		t.Error("a word in clear was not found; this test cannot fail")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	check("closed")
}

func DoneIntakeIsErased(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	in := intake("guid-1")
	var long strings.Builder // over several pages, however well it is compressed
	for long.Len() < 32<<10 {
		long.WriteString(rand.Text())
	}
	in.Payload = coc.NewProse(long.String())
	mustTake(t, s, in)
	mustTake(t, s, intake("guid-2"))
	sealed := func(id int64) []byte {
		t.Helper()
		var b []byte
		if err := s.DB().QueryRowContext(t.Context(), `SELECT sealed FROM intakes WHERE id = ?`, id).Scan(&b); err != nil {
			t.Fatal(err)
		}
		return b
	}
	done, kept := sealed(1), sealed(2)
	mustCommit(t, s, coc.Change{Intake: 1, Cases: []coc.Case{aCase("one", 1)}})
	if err := s.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	pages := d.pages(t)
	if !bytes.Contains(pages, kept) {
		t.Error("the intake that is not done cannot be found; this test cannot fail")
	}
	for at := 0; at+64 <= len(done); at += 64 {
		if bytes.Contains(pages, done[at:at+64]) {
			t.Fatalf("the disk still holds the payload at byte %d", at)
		}
	}
}

func KeysOfDoneIntakesAreErased(t *testing.T, d database) {
	var clock atomic.Int64
	s := d.open(t, store.Options{Now: func() time.Time { return noon.Add(time.Duration(clock.Load())) }})
	pass := func(by time.Duration) { clock.Add(int64(by)) }
	tidy := func() {
		t.Helper()
		if err := s.Tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	keyOf := func(id int64) (key int64) {
		t.Helper()
		if err := s.DB().QueryRowContext(t.Context(), `SELECT data_key FROM intakes WHERE id = ?`, id).Scan(&key); err != nil {
			t.Fatal(err)
		}
		return key
	}
	mustTake(t, s, intake("guid-1"))
	mustTake(t, s, intake("guid-2"))
	pass(time.Minute)
	mustTake(t, s, intake("guid-3"))
	if keyOf(1) != keyOf(2) || keyOf(1) == keyOf(3) {
		t.Fatalf("keys %d %d %d: one a minute is wanted", keyOf(1), keyOf(2), keyOf(3))
	}
	mustCommit(t, s, coc.Change{Intake: 1})
	if err := s.SetAside(t.Context(), 2, "x"); err != nil {
		t.Fatal(err)
	}
	mustCommit(t, s, coc.Change{Intake: 3})
	tidy() // the first key serves an intake that is set aside, the second is current
	if n := store.IntakeKeys(t, s); n != 2 {
		t.Errorf("%d keys", n)
	}
	pass(time.Minute)
	tidy()
	if n := store.IntakeKeys(t, s); n != 1 {
		t.Errorf("after the current one's time %d keys", n)
	}
	mustTake(t, s, intake("guid-4"))
	if _, err := s.Intake(t.Context(), 4); err != nil {
		t.Error(err)
	}
	s = d.reopen(t, s)
	if _, err := s.Intake(t.Context(), 4); err != nil {
		t.Errorf("an intake that waits lost its key: %v", err)
	}
	mustCommit(t, s, coc.Change{Intake: 4})
	mustTake(t, s, intake("guid-5"))
	mustCommit(t, s, coc.Change{Intake: 5})
	s = d.reopen(t, s) // closing waits for no key's time
	if n := store.IntakeKeys(t, s); n != 1 {
		t.Errorf("after closing %d keys: only the one of what was set aside is needed", n)
	}
}

func KeyOutlivesTheIntakesOnTheirWay(t *testing.T, d database) {
	var clock atomic.Int64
	var hold atomic.Bool
	release := make(chan struct{})
	s := d.open(t, store.Options{
		Now: func() time.Time { return noon.Add(time.Duration(clock.Load())) },
		Commit: func(before bool) {
			if before && hold.CompareAndSwap(true, false) {
				<-release
			}
		},
	})
	mustTake(t, s, intake("guid-1"))
	mustCommit(t, s, coc.Change{Intake: 1}) // so that there is something to tidy
	var all sync.WaitGroup
	take := func(guid string) {
		all.Go(func() {
			if _, err := s.Take(t.Context(), intake(guid)); err != nil {
				t.Error(err)
			}
		})
	}
	// The first commit is held; the second intake waits in line, sealed under a
	// key that nothing on disk needs yet and whose minute is over.
	hold.Store(true)
	take("guid-2")
	until(t, "the commit is held", func() bool { return !hold.Load() })
	clock.Add(int64(time.Minute))
	take("guid-3")
	until(t, "the second key is there", func() bool { return store.IntakeKeys(t, s) == 2 })
	clock.Add(int64(time.Minute))
	waiting := s.DB().Stats().WaitCount
	var tidied atomic.Bool
	all.Go(func() {
		if err := s.Tidy(t.Context()); err != nil {
			t.Error(err)
		}
		tidied.Store(true)
	})
	until(t, "tidying waits for the one connection, or has one of its own and is done", func() bool {
		return s.DB().Stats().WaitCount > waiting || tidied.Load()
	})
	close(release)
	all.Wait()
	for id := int64(2); id <= 3; id++ {
		if _, err := s.Intake(t.Context(), id); err != nil {
			t.Errorf("intake %d was promised and cannot be opened: %v", id, err)
		}
	}
}

func WhatBelongsToAnotherIsRefused(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	mustTake(t, s, intake("guid-1"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	stranger := d
	stranger.keys = newKeys(t)
	stranger.refused(t, "another operator's key")
	s = d.open(t, store.Options{})
	if _, err := s.Intake(t.Context(), 1); err != nil {
		t.Errorf("after that the store is not whole: %v", err)
	}
	if _, err := s.DB().ExecContext(t.Context(), `INSERT INTO schema_version (version) VALUES (1000)`); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	d.refused(t, "a newer schema")
	for _, url := range []string{"mysql://x", "sqlite:", "sqlite:" + t.TempDir(), "postgres://", "postgres:///", "postgres://x:y@[::1/db"} {
		database{url: url, keys: d.keys}.refused(t, url)
	}
}

// refused expects that the store does not open, for a reason with a remedy that
// shows no password.
func (d database) refused(t *testing.T, name string) coc.Refusal {
	t.Helper()
	s, err := store.Open(t.Context(), d.url, d.keys, store.Options{KeysURL: d.keysURL})
	if err == nil {
		_ = s.Close()
	}
	r, ok := errors.AsType[coc.Refusal](err)
	if !ok || r.Next == "" {
		t.Errorf("%s: %v", name, err)
	}
	return r
}

func FilesOfAnotherStoreAreRefused(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	mustTake(t, s, intake("guid-1"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	path := strings.TrimPrefix(d.url, "sqlite:")
	move := func(from, to string) {
		t.Helper()
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	move(path+"-keys", path+"-keys.away")
	d.refused(t, "no keys")
	if err := os.Remove(path + "-keys"); err != nil { // the empty one that was made
		t.Fatal(err)
	}
	move(path+"-keys.away", path+"-keys")

	move(path, path+".away")
	d.refused(t, "keys without their records")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	move(path+".away", path)

	s = d.open(t, store.Options{})
	if _, err := s.Intake(t.Context(), 1); err != nil {
		t.Errorf("after all that the store is not whole: %v", err)
	}
}

func SecondProcessIsRefused(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	_, err := store.Open(t.Context(), d.url, d.keys, store.Options{})
	if r, ok := errors.AsType[coc.Refusal](err); !ok || !strings.Contains(r.What, "Another process") {
		t.Errorf("%v", err)
	}
	if err := s.Ready(t.Context()); err != nil {
		t.Errorf("the first one was disturbed: %v", err)
	}
}

func OperatorsSeeCountsOnly(t *testing.T, d database) {
	s := d.open(t, store.Options{})
	if at, err := s.OldestUndone(t.Context()); err != nil || !at.IsZero() {
		t.Errorf("empty: %v %v", at, err)
	}
	for i := range 3 {
		in := intake(fmt.Sprint("guid-", i))
		in.Received = noon.Add(time.Duration(i) * time.Hour)
		mustTake(t, s, in)
	}
	closed := aCase("two", 1)
	closed.Stage = coc.StageClosed
	mustCommit(t, s, coc.Change{Intake: 1, Cases: []coc.Case{aCase("one", 1), closed, aCase("three", 1)}})
	if err := s.SetAside(t.Context(), 2, "x"); err != nil {
		t.Fatal(err)
	}
	if at, err := s.OldestUndone(t.Context()); err != nil || !at.Equal(noon.Add(2*time.Hour)) {
		t.Errorf("oldest: %v %v", at, err)
	}
	want := map[coc.Stage]int{coc.StageReceived: 2, coc.StageClosed: 1}
	if got, err := s.Stages(t.Context()); err != nil || !cmp.Equal(got, want) {
		t.Errorf("%v %v", got, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Ready(t.Context()); err == nil {
		t.Error("a closed store is ready")
	}
}
