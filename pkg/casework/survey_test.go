package casework_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

// heard is the alarms since a mark, by words that are in them.
func (w *world) heard(from int, words string) (n int) {
	for _, a := range w.alarms[from:] {
		if strings.Contains(a, words) {
			n++
		}
	}
	return n
}

func (w *world) repoEvent(action string, room coc.Repo) coc.Event {
	return coc.Event{Kind: coc.EventRepo, Action: action, App: coc.AppRooms, Repo: w.at(room).RepoFacts}
}

// allClear has everybody say that they have no conflict and the case taken up, so that
// it stays.
func (w *world) allClear(c coc.Case) coc.Case {
	w.Helper()
	for _, who := range []coc.Login{"ada-river", "ben-river", "cy-river"} {
		c = w.says(c, who, "/coc clear")
	}
	return w.says(c, "ada-river", "/coc ack\n/coc investigate")
}

func rosterOf(account string) coc.Event {
	return coc.Event{Kind: coc.EventRoster, Action: "member_removed", App: coc.AppRooms, Account: account}
}

func TestRoomIsSurveyedEveryDayWhileACaseIsOpenThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	if n := w.gh.calls["survey"]; n != 0 {
		t.Errorf("%d surveys stand in the way of opening", n)
	}
	c = w.allClear(c)
	w.pass(3*24*time.Hour + 10*time.Minute)
	if n := w.gh.calls["survey"]; n != 4 || len(w.alarms) != 0 {
		t.Errorf("%d surveys in three days, alarms %q", n, w.alarms)
	}
	w.watched()
	for _, words := range []string{"/coc ack", "/coc resolve warning They apologised.", "/coc close"} {
		c = w.decides(c, "ben-river", words)
	}
	before := w.gh.calls["survey"]
	w.pass(5 * 24 * time.Hour)
	if n := w.gh.calls["survey"]; c.Stage != coc.StageClosed || n != before || w.st.waiting(coc.JobSurvey) != 0 {
		t.Errorf("%s: %d surveys more, %d are to come", c.Stage, n-before, w.st.waiting(coc.JobSurvey))
	}
	w.says(c, "ben-river", "/coc reopen It came back.")
	w.watched()
	w.pass(10 * time.Minute)
	w.file("another", says(account))
	w.pass(10 * time.Minute)
	if n := w.gh.calls["survey"]; n != before+1 {
		t.Errorf("%d surveys after it was taken up again and the next case came", n-before)
	}
	w.watched()
	w.invariants()
}

func TestTwoCasesOfARoomShareItsSurvey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.file("one", says(account))
	w.pass(2 * time.Hour)
	w.file("two", says(account))
	w.pass(46 * time.Hour)
	if n := w.gh.calls["survey"]; n != 2 {
		t.Errorf("%d surveys in two days", n)
	}
	w.watched()
}

func TestManyDeliveriesAreOneSurveySoon(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.report(account)
	w.pass(time.Hour)
	before := w.gh.calls["survey"]
	for range 20 {
		w.tell(rosterOf("River"))
		w.tell(w.repoEvent("edited", riverRoom))
	}
	w.watched()
	w.pass(6 * time.Minute)
	if n := w.gh.calls["survey"]; n != before+1 {
		t.Errorf("%d surveys", n-before)
	}
	w.tell(rosterOf("summit-conduct"))
	w.pass(6 * time.Minute)
	if n := w.gh.calls["survey"]; n != before+1 {
		t.Error("a room was surveyed for what happened in another organisation")
	}
	w.pass(30 * time.Hour) // and no look that was put off comes besides
	if n := w.gh.calls["survey"]; n != before+2 {
		t.Errorf("%d surveys a day later", n-before)
	}
	for range 30 { // one after the other, and it is not put off for ever
		w.tell(rosterOf("River"))
		w.pass(2 * time.Minute)
	}
	if n := w.gh.calls["survey"]; n < before+10 || n > before+15 {
		t.Errorf("%d surveys in an hour full of deliveries", n-before-2)
	}
	w.watched()
}

func TestOperatorsHearOfWhatIsNewAndOfWhatIsGoneAndOfAllOnceAWeek(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	room := w.at(riverRoom)
	room.extra.Wiki, room.extra.Unseen = true, []string{coc.SurveyActions}
	c := w.allClear(w.report(account))
	w.pass(10 * time.Minute)
	if len(w.alarms) != 2 || w.heard(0, "has a wiki") != 1 || w.heard(0, "unseen: Actions") != 1 {
		t.Fatalf("at first: %q", w.alarms)
	}
	w.pass(2*24*time.Hour + 20*time.Hour) // the time for screening is over
	shows := w.gh.shows
	w.pass(4 * time.Hour)
	if len(w.alarms) != 2 || w.gh.shows != shows {
		t.Fatalf("nothing is new: %q, %d writes", w.alarms[2:], w.gh.shows-shows)
	}
	room.extra.Wiki, room.extra.Apps = false, []coc.OtherApp{{Slug: "eve-app", Reads: true, All: true}}
	w.pass(24 * time.Hour)
	if len(w.alarms) != 4 || w.heard(2, "rid of what was found there before: wiki") != 1 || w.heard(2, "Other Apps can read what is written in river/conduct (1)") != 1 {
		t.Fatalf("what is new and what is gone: %q", w.alarms[2:])
	}
	body := w.issueOf(c, 0).Body
	if !strings.Contains(body, "Other Apps can read what is written in this repository (1)") || strings.Contains(body, "wiki") || w.gh.shows != shows+1 {
		t.Errorf("the committee is told in %d writes:\n%s", w.gh.shows-shows, body)
	}
	w.pass(3 * 24 * time.Hour)
	if len(w.alarms) != 6 || w.heard(4, "unseen: Actions") != 1 || w.heard(4, "Apps can read") != 1 {
		t.Errorf("after a week: %q", w.alarms[4:])
	}
	w.invariants()
}

func TestWhatASurveyFindsIsKeptWithoutANameOfAnybody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(riverRoom).extra.Invited = []coc.Login{"stan-stranger"}
	w.at(riverRoom).extra.Keys = []coc.DeployKey{{Title: "omar-outsider", Write: true}}
	w.report(account)
	w.pass(10 * time.Minute)
	kept := w.st.watches[w.st.WatchKey(w.at(riverRoom).ID)]
	packed, err := w.st.keys.Pack(kept)
	text := packed.Reveal()
	if err != nil || len(kept.Found) != 2 || strings.Contains(text, "stranger") || strings.Contains(text, "outsider") {
		t.Errorf("kept: %s", text)
	}
	w.always()
}

func TestBasePermissionThatIsOpenedFreezesWithTheNextSurvey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.administers()
	c := w.accuse("ada-river")
	p := w.separate(c)
	w.pass(10 * time.Minute)
	o.base = "read" // nobody is told of that
	p.readers["ada-river"], p.readers["omar-outsider"] = true, true
	o.members = append(o.members, "omar-outsider")
	w.pass(25 * time.Hour)
	if c = w.caseOf(c.ID); c.Home().Frozen != "room/stranger-reads" {
		t.Errorf("frozen: %q", c.Home().Frozen)
	}
	w.always()
}

func TestRoomThatIsPublishedIsMadePrivateAgainAtOnce(t *testing.T) {
	t.Parallel()
	for name, separate := range map[string]bool{"a repository for one case": true, "a committee's own with an open case": false} {
		for _, how := range []string{"GitHub tells of it", "the delivery is lost", "the delivery is lost before the first look"} {
			t.Run(name+", "+how, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.administers()
				var c coc.Case
				if separate {
					c = w.accuse("ada-river")
				} else {
					c = w.report(account)
				}
				room := c.Home().Room.Repo
				if how != "the delivery is lost before the first look" {
					w.pass(10 * time.Minute)
				}
				w.at(room).Visibility = "public"
				switch how {
				case "GitHub tells of it":
					w.tell(w.repoEvent("publicized", room))
				case "the delivery is lost":
					w.pass(24 * time.Hour)
				default:
					w.pass(6 * time.Minute)
				}
				c = w.caseOf(c.ID)
				if w.at(room).Visibility != "private" || c.Home().Frozen != "" {
					t.Fatalf("it is %s, frozen %q", w.at(room).Visibility, c.Home().Frozen)
				}
				if w.heard(0, "is public") == 0 || w.heard(0, "has been made private again") != 1 {
					t.Errorf("alarms: %q", w.alarms)
				}
				var acts []string
				for _, e := range c.Journal {
					acts = append(acts, e.Act)
				}
				if !slices.Contains(acts, "published") || !slices.Contains(acts, "made private") {
					t.Errorf("the journal: %q", acts)
				}
				said := w.answers(c, 0)
				if len(said) != 1 || !strings.Contains(said[0], "could be read by others") {
					t.Errorf("the members are told: %q", said)
				}
				for _, x := range w.gh.writes {
					if x.op != "make private" && slices.Contains(x.readers, "") {
						t.Errorf("%s while it was public", x.op)
					}
				}
				w.invariants()
			})
		}
	}
}

func TestRoomThatMayNotBeMadePrivateStaysFrozenUntilItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report(account)
	w.at(riverRoom).Visibility = "public"
	w.tell(w.repoEvent("publicized", riverRoom))
	w.pass(2 * time.Hour)
	if c = w.caseOf(c.ID); c.Home().Frozen != "room/public" || w.heard(0, "made private") != 0 || len(w.issueOf(c, 0).comments) != 0 {
		t.Fatalf("frozen: %q, alarms %q, comments %q", c.Home().Frozen, w.alarms, w.issueOf(c, 0).comments)
	}
	w.at(riverRoom).Visibility = "private"
	w.tell(w.repoEvent("privatized", riverRoom))
	if c = w.caseOf(c.ID); c.Home().Frozen != "" || len(w.issueOf(c, 0).comments) != 1 {
		t.Errorf("frozen: %q, comments %q", c.Home().Frozen, w.issueOf(c, 0).comments)
	}
	w.invariants()
}

func TestCommitteesRoomWithoutAnOpenCaseIsTheCommitteesToPublish(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.administers()
	c := w.report(account)
	for _, words := range []string{"/coc ack", "/coc resolve warning They apologised.", "/coc close"} {
		c = w.decides(c, "ben-river", words)
	}
	w.at(riverRoom).Visibility = "public"
	w.tell(w.repoEvent("publicized", riverRoom))
	w.pass(25 * time.Hour)
	if w.gh.calls["make private"] != 0 || w.heard(0, "is public") != 1 {
		t.Errorf("%d attempts, alarms %q", w.gh.calls["make private"], w.alarms)
	}
}

// closedSeparately is a case that was closed in a repository of its own.
func (w *world) closedSeparately() (coc.Case, *place) {
	w.Helper()
	c := w.accuse("ada-river")
	p := w.separate(c)
	for _, words := range []string{"/coc ack", "/coc resolve warning They apologised.", "/coc close"} {
		c = w.decides(c, "ben-river", words)
	}
	if c.Stage != coc.StageClosed || !p.Archived {
		w.Fatalf("it is %s, archived: %t", c.Stage, p.Archived)
	}
	return c, p
}

func TestClosedSeparateRoomThatIsPublishedIsMadePrivateAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.administers()
	c, p := w.closedSeparately()
	p.Visibility = "public"
	w.tell(w.repoEvent("publicized", p.Repo))
	if p.Visibility != "private" || !p.Archived || w.heard(0, "made private again") != 1 {
		t.Errorf("%s is %s, archived: %t, alarms %q", c.ID, p.Visibility, p.Archived, w.alarms)
	}
}

func TestWhoLeavesTheCommitteeLosesItsClosedSeparateRoomsToo(t *testing.T) {
	t.Parallel()
	for how, left := range map[string]func(*world){
		"by the team's delivery": func(w *world) { w.tell(rosterOf("river")) },
		"by a push of the committee's file": func(w *world) {
			w.tell(coc.Event{Kind: coc.EventPushed, App: coc.AppRooms, Repo: w.at(riverRoom).RepoFacts, Paths: []string{".github/coc-committee.yaml"}})
		},
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.administers("olga-owner")
			const file = "version: 1\ncustodians: [olga-owner]\nminimum: {clear: 1, without_hard_conflict: 1}\nmembers: ["
			w.at(riverRoom).files[".github/coc-committee.yaml"] = file + "ada-river, ben-river, cy-river]\n"
			c, p := w.closedSeparately()
			w.pass(2 * time.Hour)
			if n := w.st.waiting(coc.JobSurvey); n != 0 {
				t.Fatalf("%d looks go on", n)
			}
			w.at(riverRoom).files[".github/coc-committee.yaml"] = file + "ada-river, ben-river]\n"
			left(w)
			w.pass(10 * time.Minute)
			if got := reads(p); !slices.Equal(got, []coc.Login{"ben-river"}) || !p.Archived {
				t.Errorf("it is read by %v, archived: %t", got, p.Archived)
			}
			w.at(riverRoom).files[".github/coc-committee.yaml"] = "version: 1\ncustodians: [olga-owner]\nteam: river/conduct\n" // which is not to be seen
			w.pass(2 * time.Hour)
			left(w)
			w.pass(2 * time.Hour)
			if got := reads(p); len(got) != 1 {
				t.Errorf("a file that cannot be read took the access of all but %v away", got)
			}
			if c = w.caseOf(c.ID); c.Stage != coc.StageClosed || c.Journal[len(c.Journal)-1].Whom != "cy-river" {
				t.Errorf("the journal ends with %+v", c.Journal[len(c.Journal)-1])
			}
			if n := w.st.waiting(coc.JobSurvey); n != 0 {
				t.Errorf("%d looks go on", n)
			}
		})
	}
}

func TestLooksAtClosedRoomsAreBoundedAndComeApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.administers()
	w.closedSeparately()
	w.pass(time.Hour)
	for n := range 300 { // of cases that are long gone: what is asked for is what counts
		room := coc.RepoFacts{ID: int64(1000 + n), Repo: coc.Repo{Owner: "river", Name: "gone"}}
		w.st.watches[w.st.WatchKey(room.ID)] = coc.Watch{Room: room, Revision: 1, Case: "gone", Seen: start.Add(time.Duration(n) * time.Minute)}
	}
	w.take(rosterOf("river"))
	w.rest()
	var at []time.Time
	for _, j := range w.st.jobs {
		if j.Kind == coc.JobSurvey {
			at = append(at, j.due)
		}
	}
	slices.SortFunc(at, time.Time.Compare)
	if len(at) != 100 || at[99].Sub(at[0]) < 15*time.Minute {
		t.Errorf("%d looks from %s to %s", len(at), at[0], at[len(at)-1])
	}
}

func TestSeparateRoomIsFollowedUnderAnotherNameAndFreezesInOtherHands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.administers()
	c := w.accuse("ada-river")
	p, was := w.separate(c), c.Home().Room.Repo
	w.pass(10 * time.Minute)
	delete(w.gh.repos, was.Key())
	p.Repo.Name = "renamed"
	w.gh.repos[p.Repo.Key()], w.gh.repos[was.Key()] = p, p // GitHub redirects
	ev := w.repoEvent("renamed", p.Repo)
	ev.Was = was
	w.tell(ev)
	if c = w.says(c, "ben-river", "/coc ack"); c.Home().Frozen != "" || c.Home().Room.Repo.Name != "renamed" {
		t.Fatalf("frozen %q in %s", c.Home().Frozen, c.Home().Room.Repo)
	}
	delete(w.gh.repos, was.Key())
	w.repo(was, "public") // somebody else's, which has the name now
	p.extra.Wiki = true
	w.pass(25 * time.Hour)
	if c = w.caseOf(c.ID); c.Home().Frozen != "" || len(w.alarms) != 1 || w.heard(0, "river/renamed has a wiki") != 1 {
		t.Fatalf("frozen %q, alarms %q", c.Home().Frozen, w.alarms)
	}
	p.Repo.Owner = "elsewhere"
	w.tell(coc.Event{Kind: coc.EventRepo, Action: "transferred", App: coc.AppRooms, Repo: p.RepoFacts, Account: "elsewhere"})
	if c = w.caseOf(c.ID); c.Home().Frozen != "room/transferred" {
		t.Errorf("frozen %q", c.Home().Frozen)
	}
}

// An organisation that is renamed looks like another owner. Operators are told to name
// the repository anew, and that is enough for what is open, too.
func TestRoomOfARenamedOwnerThawsOnceTheDirectoryNamesIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.says(w.report(account), "ada-river", "/coc escalate We know everybody.")
	p := w.at(baseRoom)
	p.Repo.Owner = "foundation-renamed"
	w.gh.repos[p.Repo.Key()] = p // and GitHub redirects from the old name
	w.tell(coc.Event{Kind: coc.EventRepo, Action: "transferred", App: coc.AppRooms, Repo: p.RepoFacts, Was: baseRoom, Account: p.Repo.Owner})
	if c = w.says(c, "fay-foundation", "/coc ack"); c.Home().Frozen != "room/transferred" {
		t.Fatalf("frozen %q", c.Home().Frozen)
	}
	dir, problems := policy.ParseDirectory([]byte(strings.Replace(directory, baseRoom.String(), "Foundation-Renamed/cases", 1)))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	w.Directory = dir
	w.pass(2 * time.Hour)
	if c = w.caseOf(c.ID); c.Home().Frozen != "" || !slices.Contains(w.issueOf(c, 1).Labels, "status/acknowledged") {
		t.Errorf("frozen %q, labels %v", c.Home().Frozen, w.issueOf(c, 1).Labels)
	}
	w.pass(25 * time.Hour)
	if c = w.caseOf(c.ID); len(c.Home().Found) != 0 {
		t.Errorf("the daily look finds %+v", c.Home().Found)
	}
}
