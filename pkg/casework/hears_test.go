package casework_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// What a notice tells is of its case: whoever is concerned there by now does not read on.
func TestNoticeFollowsWhoIsConcernedInItsCase(t *testing.T) {
	t.Parallel()
	fay := coc.Login("fay-foundation")
	more := func(f coc.Filing) func(*world, coc.Case) {
		return func(w *world, _ coc.Case) { w.file("token", f); w.pass(time.Second) }
	}
	row := says("More.")
	row.Involved = []coc.Party{{Login: fay, Role: coc.RoleAccused}}
	for name, concern := range map[string]func(*world, coc.Case){
		"the reporter names them":    more(says("And @fay-foundation was there.")),
		"in plain words":             more(says("And fay-foundation was there.")),
		"in a row of the form alone": more(row),
		"a member says in the case that they must not see it": func(w *world, c coc.Case) {
			w.says(c, "ada-river", "/coc recuse @fay-foundation hard")
			w.says(c, "ben-river", "/coc confirm-conflict @fay-foundation")
			w.says(c, "cy-river", "/coc confirm-conflict @fay-foundation")
		},
		"they recuse themself in the case, which they have too": func(w *world, c coc.Case) {
			w.says(c, fay, "/coc recuse hard")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			both := strings.Contains(name, "in the case")
			if both {
				w.at(riverRoom).files[".github/coc-committee.yaml"] = "version: 1\nmembers: [ada-river, ben-river, cy-river, fay-foundation]\n"
				w.at(riverRoom).readers[fay] = true
				w.also = map[string][]coc.Login{riverRoom.Key(): {fay}}
			}
			c := w.says(w.accusing(account, "omar-outsider"), "ada-river", "/coc ack\n/coc notify "+summary)
			told := w.noticesOf(c)
			if len(told) == 0 || told[0].Home().Room.Repo != baseRoom || !coc.HasLogin(told[0].Home().Responders, fay) {
				t.Fatalf("notices: %+v", told)
			}
			concern(w, c)
			w.pass(time.Minute)
			n, before := w.caseOf(told[0].ID), len(w.gh.writes)
			if n.Home().Room.Repo == baseRoom || coc.HasLogin(n.Home().Responders, fay) || strings.Contains(w.issueOf(n, 0).Body, summary) {
				t.Errorf("it is in %s, for %v, and says there\n%s", n.Home().Room.Repo, n.Home().Responders, w.issueOf(n, 0).Body)
			}
			if n = w.says(n, "sam-summit", "/coc ack"); n.Stage != coc.StageAcknowledged {
				t.Errorf("where it went nobody is heard: %s", n.Stage)
			}
			for _, x := range w.gh.writes[before:] {
				if x.repo == baseRoom.Key() {
					t.Errorf("%s: where they read", x.op)
				}
			}
			w.always()
		})
	}
}

func TestNoticeInARepositoryOfItsOwnPutsOutWhoIsConcernedInItsCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.gh.orgs = map[string]*org{baseRoom.Owner: {members: rosters[baseRoom.Key()], base: "none"}}
	c := w.accusing(account, "finn-foundation")
	c = w.says(c, "ada-river", "/coc notify "+summary)
	told := w.noticesOf(c)
	if len(told) != 1 || !told[0].Home().Separate {
		t.Fatalf("notices: %+v", told)
	}
	p := w.separate(told[0])
	w.file("token", says("And @fay-foundation was there."))
	w.pass(time.Minute)
	if n := w.caseOf(told[0].ID); p.readers["fay-foundation"] || coc.HasLogin(n.Home().Responders, "fay-foundation") {
		t.Errorf("read by %v, responders %v", reads(p), n.Home().Responders)
	}
	w.always()
}

// A word that there is a case goes nowhere else, where somebody is concerned by now.
func TestWordThatThereIsACaseIsTakenBackWhereSomebodyIsConcernedByNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.touching(w.accusing(account, "omar-outsider"), "summit")
	told := w.noticesOf(c)
	if len(told) != 1 || told[0].Home().Room.Repo != topRoom {
		t.Fatalf("notices: %+v", told)
	}
	w.file("token", says("And sam-summit was there."))
	w.pass(3 * time.Hour)
	n := w.caseOf(told[0].ID)
	if i := w.issueOf(n, 0); !n.Home().Sealed() || strings.Contains(i.Body, "River Committee") || i.Open {
		t.Errorf("it is in %s, and says there\n%s", n.Home().Room.Repo, i.Body)
	}
	w.always()
}

// Nothing more is written of a notice that was put away, and it does not come back.
func TestNoticeThatWasPutAwayStaysAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.says(w.accusing(account, "omar-outsider"), "ada-river", "/coc notify "+summary)
	n := w.says(w.noticesOf(c)[0], "finn-foundation", "/coc close")
	w.file("token", says("And @fay-foundation was there."))
	w.pass(time.Minute)
	n = w.caseOf(n.ID)
	if n.Stage != coc.StageClosed || len(n.Placements) != 1 || coc.HasLogin(n.Home().Responders, "fay-foundation") {
		t.Errorf("%s after %d homes, responders %v", n.Stage, len(n.Placements), n.Home().Responders)
	}
	if w.reads(w.person("fay-foundation"), n.ID) {
		t.Error("they still see it on their page")
	}
}

// Somebody who joins freezes the notices of a room like its cases, and is let into them
// by a member: each is held against the case that it tells of.
func TestWhoJoinsIsAdmittedToNoticesThatDoNotConcernThem(t *testing.T) {
	t.Parallel()
	gus := coc.Login("gus-foundation")
	for name, tc := range map[string]struct {
		account string
		later   func(*world, coc.Case)
		want    bool
	}{
		"they are not concerned":         {account, func(*world, coc.Case) {}, true},
		"the report names them":          {account + " Gus-Foundation was there.", func(*world, coc.Case) {}, false},
		"the reporter has named them":    {account, func(w *world, _ coc.Case) { w.file("token", says("And gus-foundation.")) }, false},
		"a member has, in the case":      {account, func(w *world, c coc.Case) { w.says(c, "ben-river", "/coc remedy gus-foundation apologises.") }, false},
		"the case is not there any more": {account, func(w *world, c coc.Case) { delete(w.st.cases, c.ID) }, false},
	} {
		for _, all := range []string{"", " all"} {
			t.Run(name+all, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				receipt := w.file("token", says(tc.account))
				w.pass(time.Second)
				c := w.says(w.of(receipt), "ada-river", "/coc notify "+summary)
				n := w.noticesOf(c)[0]
				w.at(baseRoom).files[".github/coc-committee.yaml"] = "version: 1\nmembers: [fay-foundation, finn-foundation, farah-foundation, gus-foundation]\n"
				w.at(baseRoom).readers[gus] = true
				w.tell(rosterOf(baseRoom.Owner))
				tc.later(w, w.decides(c, "ada-river", "/coc ack\n/coc resolve warning"))
				w.pass(time.Minute)
				if n = w.caseOf(n.ID); n.Home().Frozen == "" {
					t.Fatal("it is not frozen")
				}
				n = w.says(n, "fay-foundation", "/coc admit @gus-foundation"+all)
				if coc.HasLogin(n.Home().Responders, gus) != tc.want || (n.Home().Frozen == "") != tc.want {
					t.Errorf("responders %v, frozen %q", n.Home().Responders, n.Home().Frozen)
				}
				for _, x := range w.gh.writes {
					if len(x.barred) > 0 && strings.Contains(x.text, summary) {
						t.Errorf("%s: the summary, while %v read", x.op, x.barred)
					}
				}
			})
		}
	}
}

func TestNoticeThatWasErasedHearsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.says(w.accusing(account, "omar-outsider"), "ada-river", "/coc notify "+summary)
	delete(w.st.cases, w.noticesOf(c)[0].ID)
	w.file("token", says("And @fay-foundation was there."))
	w.pass(time.Minute)
	if n := w.st.waiting(coc.JobTell); n != 0 || len(w.caseOf(c.ID).Report.Added) != 1 {
		t.Errorf("%d jobs wait for it", n)
	}
}
