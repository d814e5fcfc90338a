package casework_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

const otherFile = `
version: 1
committee:
  name: Other Committee
  level: project
  incidents: river/other
  contact: other@river.example
  members: [olga-other, otto-other]
escalate_to: foundation
`

const thirdFile = `
version: 1
committee:
  name: Third Committee
  level: project
  incidents: river/third
  contact: third@river.example
  members: [tess-third]
escalate_to: foundation
`

// pushed changes the file that points, and gives the delivery of it.
func (w *world) pushed(text string) coc.Event {
	p := w.at(source)
	w.gh.mu.Lock()
	defer w.gh.mu.Unlock()
	before := w.clock.Now().Format(time.RFC3339Nano)
	p.commits[before] = maps.Clone(p.files)
	p.moves = append(p.moves, move{w.clock.Now(), before})
	p.files[".github/coc.yaml"] = text
	return coc.Event{
		Kind: coc.EventPushed, App: coc.AppSource, Repo: p.RepoFacts, Actor: "omar-outsider",
		Before: before, Paths: []string{".github/coc.yaml"},
	}
}

func changing(t *testing.T) *world {
	w := newWorld(t)
	w.repo(coc.Repo{Owner: "river", Name: "other"}, "private", "olga-other", "otto-other")
	w.repo(coc.Repo{Owner: "river", Name: "third"}, "private", "tess-third")
	return w
}

// serves is the committee that a report goes to now.
func (w *world) serves(token string) string {
	w.Helper()
	return w.serving(source, token)
}

// votes is a comment on the newest notice in the old committee's room.
func (w *world) votes(who coc.Login, words string) coc.Event {
	st := w.standing()
	w.mu.Lock()
	defer w.mu.Unlock()
	return coc.Event{
		Kind: coc.EventComment, App: coc.AppRooms, Repo: st.Waiting.Room, Issue: st.Waiting.Notice, Actor: who,
		Comment: int64(5000 + w.taken), CommentBody: coc.NewProse(words),
	}
}

func (w *world) standing() coc.Standing {
	w.Helper()
	st, err := w.st.Standing(w.Context(), w.at(source).RepoFacts)
	if err != nil {
		w.Fatal(err)
	}
	return st
}

func TestReplacedCommitteeServesForThreeDaysAndIsTold(t *testing.T) {
	t.Parallel()
	w := changing(t)
	w.tell(w.pushed(otherFile)) // the first push that is ever seen
	if n := len(w.at(riverRoom).issues); n != 1 {
		t.Fatalf("%d notices in the room of the committee that is replaced", n)
	}
	if s := w.serves("a"); s != "River Committee" {
		t.Errorf("%s serves at once", s)
	}
	w.pass(71 * time.Hour)
	if s := w.serves("b"); s != "River Committee" {
		t.Errorf("%s serves an hour early", s)
	}
	w.pass(2 * time.Hour)
	if st := w.standing(); st.Waiting != nil || st.Committee.Name != "Other Committee" {
		t.Errorf("three days later %s stands, waiting %v", st.Committee.Name, st.Waiting != nil)
	}
	if s := w.serves("c"); s != "Other Committee" {
		t.Errorf("%s serves after three days", s)
	}
}

// A route may change while a form is open. At each moment the form, what it shows while
// it is filled in, and what becomes of a report that is sent then name one committee.
func TestFormNamesWhoTakesWhatIsSentThen(t *testing.T) {
	t.Parallel()
	w := changing(t)
	names := func(token, want string) {
		t.Helper()
		guide, err := w.Guide(t.Context(), source)
		if err != nil {
			t.Fatal(err)
		}
		shown, err := w.Preview(t.Context(), coc.Filing{Repo: source})
		if err != nil {
			t.Fatal(err)
		}
		if serves := w.serves(token); serves != want || guide.Committee != want || shown.Committee != want {
			t.Errorf("%s: the form names %s and shows %s, and %s takes it; want %s", token, guide.Committee, shown.Committee, serves, want)
		}
	}
	names("before", "River Committee")
	w.tell(w.pushed(otherFile))
	names("after the push", "River Committee")
	w.pass(71 * time.Hour)
	names("on the last day", "River Committee")
	w.pass(2 * time.Hour)
	names("in force", "Other Committee")
	// Sent again, the form that was opened first is still the report that it was.
	if serves := w.serves("before"); serves != "River Committee" {
		t.Errorf("sent again, it is with %s", serves)
	}
}

func TestVotesOfTheOldCommitteeDecide(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		votes [][2]string
		wait  time.Duration
		want  string
	}{
		{"agree", [][2]string{{"ada-river", "/coc agree"}}, 0, "Other Committee"},
		{"object", [][2]string{{"ada-river", "/coc object"}}, 400 * time.Hour, "River Committee"},
		{"a stranger agrees", [][2]string{{"omar-outsider", "/coc agree"}}, 0, "River Committee"},
		{"a new member agrees", [][2]string{{"olga-other", "/coc agree"}}, 0, "River Committee"},
		{"lifted by two", [][2]string{{"ada-river", "/coc object"}, {"ben-river", "/coc agree"}, {"olga-other", "/coc agree"}}, 80 * time.Hour, "Other Committee"},
		{"a bot agrees", [][2]string{{"ada-river[bot]", "/coc agree"}}, 0, "River Committee"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := changing(t)
			w.tell(w.pushed(otherFile))
			for _, v := range c.votes {
				ev := w.votes(coc.Login(v[0]), v[1])
				ev.ActorBot = ev.Actor.IsBot()
				w.tell(ev)
			}
			w.pass(c.wait)
			if s := w.serves("a"); s != c.want {
				t.Errorf("%s serves, want %s", s, c.want)
			}
		})
	}
}

// What a vote leads to is known when the files were read again, and not before.
func TestAgreementIsAnsweredWithWhatReallyHappened(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		meanwhile func(*world) // and nobody hears of it
		want      string
	}{
		"nothing else happened": {func(*world) {}, "The change is in force"},
		"taken back":            {func(w *world) { w.pushed(riverFile) }, "was taken back"},
		"changed again":         {func(w *world) { w.pushed(thirdFile) }, "name another committee"},
		"broken":                {func(w *world) { w.pushed("version: 9") }, "does not take effect now"},
		"the source is gone":    {func(w *world) { w.at(source).problem = coc.ErrInaccessible }, "does not take effect now"},
		"GitHub is down for a while": {func(w *world) {
			w.gh.failing["file"] = coc.Later{After: w.clock.Now().Add(time.Minute), Cause: "status 502"}
		}, "The change is in force"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := changing(t)
			w.tell(w.pushed(otherFile))
			c.meanwhile(w)
			w.tell(w.votes("ada-river", "/coc agree"))
			if len(w.gh.failing) > 0 {
				if said := w.at(riverRoom).issues[0].comments; len(said) != 0 {
					t.Errorf("before anybody could know, it says %q", said)
				}
				clear(w.gh.failing)
			}
			w.pass(10 * time.Minute)
			if said := w.at(riverRoom).issues[0].comments; len(said) != 1 || !strings.Contains(said[0], c.want) {
				t.Errorf("the answers are %q", said)
			}
			if st := w.standing(); st.Waiting != nil && st.Waiting.Answer != "" {
				t.Error("another answer is owed")
			}
		})
	}
}

func TestAnotherDefaultBranchIsNoWayAroundTheThreeDays(t *testing.T) {
	t.Parallel()
	for _, was := range []string{"main", "0"} {
		t.Run(was, func(t *testing.T) {
			t.Parallel()
			w := changing(t)
			p := w.at(source)
			p.commits[was] = map[string]string{".github/coc.yaml": p.files[".github/coc.yaml"]}
			p.files[".github/coc.yaml"] = otherFile
			p.DefaultBranch = "next" // which has been there for long
			p.commits["ready"], p.moves = map[string]string{".github/coc.yaml": otherFile}, []move{{w.clock.Now(), "ready"}}
			w.tell(coc.Event{Kind: coc.EventRepo, Action: "edited", App: coc.AppSource, Repo: p.RepoFacts, Before: was})
			if s := w.serves("a"); s != "River Committee" {
				t.Errorf("%s serves", s)
			}
			if st := w.standing(); st.Waiting == nil {
				t.Error("nothing waits")
			}
		})
	}
}

func TestObjectionOutlivesAPushThatIsTakenBackAndMadeAgain(t *testing.T) {
	t.Parallel()
	w := changing(t)
	w.tell(w.pushed(otherFile))
	w.tell(w.votes("ada-river", "/coc object"))
	w.tell(w.pushed(riverFile))
	if s := w.serves("a"); s != "River Committee" {
		t.Errorf("taken back, %s serves", s)
	}
	w.tell(w.pushed(otherFile))
	w.pass(400 * time.Hour)
	if s := w.serves("b"); s != "River Committee" {
		t.Errorf("pushed again, %s serves", s)
	}
	// Lifted after the push was taken back, there is nothing left to take effect.
	w.tell(w.pushed(riverFile))
	w.tell(w.votes("ada-river", "/coc agree"))
	w.pass(time.Minute)
	if st := w.standing(); st.Committee.Name != "River Committee" || st.Waiting != nil {
		t.Errorf("%s stands, waiting %v", st.Committee.Name, st.Waiting != nil)
	}
	if s := w.serves("c"); s != "River Committee" {
		t.Errorf("lifted, %s serves", s)
	}
}

func TestPushTakenBackUnheardDoesNotTakeEffect(t *testing.T) {
	t.Parallel()
	w := changing(t)
	w.tell(w.pushed(otherFile))
	w.pushed(riverFile) // its delivery is lost
	w.pass(74 * time.Hour)
	if st := w.standing(); st.Committee.Name != "River Committee" || st.Waiting != nil {
		t.Errorf("%s stands, waiting %v", st.Committee.Name, st.Waiting != nil)
	}
	if s := w.serves("a"); s != "River Committee" {
		t.Errorf("%s serves", s)
	}
}

func TestPushTakenBackWhileTheNoticeIsWrittenStaysTakenBack(t *testing.T) {
	t.Parallel()
	w := changing(t)
	w.take(w.pushed(otherFile))
	once := false
	w.gh.after = func(op string) error {
		if op == "open" && !once {
			once = true
			// Another worker takes the change back before the notice's number
			// is written down.
			st := w.standing()
			st.Waiting = nil
			w.at(source).files[".github/coc.yaml"] = riverFile
			return w.st.Commit(t.Context(), coc.Change{Standings: []coc.Standing{st}})
		}
		return nil
	}
	w.pass(100 * time.Hour)
	if st := w.standing(); st.Waiting != nil || st.Committee.Name != "River Committee" {
		t.Errorf("%s stands, waiting %v", st.Committee.Name, st.Waiting != nil)
	}
}

func TestSecondChangeWhileOneWaitsIsToldAndWaitsItsOwnTime(t *testing.T) {
	t.Parallel()
	w := changing(t)
	w.tell(w.pushed(otherFile))
	w.tell(w.votes("ada-river", "/coc object"))
	w.pass(50 * time.Hour)
	w.tell(w.pushed(thirdFile))
	notices := w.at(riverRoom).issues
	if len(notices) != 2 || !strings.Contains(notices[1].Body, "Third Committee") {
		t.Fatalf("%d notices", len(notices))
	}
	w.pass(30 * time.Hour) // the first would be due
	if s := w.serves("a"); s != "River Committee" {
		t.Errorf("%s serves", s)
	}
	w.pass(50 * time.Hour)
	if s := w.serves("b"); s != "Third Committee" {
		t.Errorf("%s serves", s)
	}
}

// Nobody would know of the change if the notice failed in silence.
func TestNoticeThatCannotBeWrittenAlarms(t *testing.T) {
	t.Parallel()
	for name, hurt := range map[string]func(*place){
		"public":   func(p *place) { p.Visibility = "public" },
		"archived": func(p *place) { p.Archived = true },
		"gone":     func(p *place) { p.problem = coc.ErrInaccessible },
		"denied":   func(p *place) { p.problem = coc.ErrDenied },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := changing(t)
			ev := w.pushed(otherFile)
			// The roster is known from before.
			if _, err := w.Guide(t.Context(), source); err != nil {
				t.Fatal(err)
			}
			w.gh.before = func(op string) {
				if op == "readers" {
					hurt(w.at(riverRoom))
				}
			}
			w.take(ev)
			w.rest()
			if len(w.alarms) != 1 || !strings.Contains(w.alarms[0], "river/conduct") {
				t.Errorf("alarms are %q", w.alarms)
			}
			if n := len(w.at(riverRoom).issues); n != 0 {
				t.Errorf("%d notices", n)
			}
		})
	}
}

// rename gives a repository another name, as GitHub does: the old one leads to
// it until something else takes it.
func (w *world) rename(from, to coc.Repo) *place {
	p := w.at(from)
	w.gh.mu.Lock()
	defer w.gh.mu.Unlock()
	delete(w.gh.repos, from.Key())
	p.Repo, w.gh.repos[to.Key()] = to, p
	return p
}

// serving is the committee that a report about a repository goes to now.
func (w *world) serving(repo coc.Repo, token string) string {
	w.Helper()
	receipt := w.file(token, coc.Filing{Repo: repo, Account: coc.NewProse("Something.")})
	w.pass(time.Second)
	c := w.of(receipt)
	return c.Home().Committee.Name
}

// asks reports whether the form of a repository had to ask GitHub what it is.
func (w *world) asks(repo coc.Repo) bool {
	w.Helper()
	before := w.gh.calls["repository"]
	if _, err := w.Guide(w.Context(), repo); err != nil {
		w.Fatal(err)
	}
	return w.gh.calls["repository"] > before
}

func TestRenameIsNoWayAroundTheThreeDays(t *testing.T) {
	t.Parallel()
	for name, told := range map[string][]coc.App{"told": {coc.AppSource, coc.AppRooms}, "the delivery is lost": nil} {
		for _, renamed := range []coc.Repo{{Owner: "river", Name: "renamed"}, {Owner: "stream", Name: "acme"}} {
			t.Run(name+" "+renamed.String(), func(t *testing.T) {
				t.Parallel()
				w := changing(t)
				if s := w.serves("a"); s != "River Committee" {
					t.Fatalf("%s serves", s)
				}
				w.asks(renamed) // which is not there yet, and that is remembered
				p := w.rename(source, renamed)
				for _, app := range told {
					w.tell(coc.Event{Kind: coc.EventRepo, Action: "renamed", App: app, Repo: p.RepoFacts, Was: source})
				}
				p.files[".github/coc.yaml"] = otherFile
				if renamed.Owner != source.Owner {
					w.at(coc.Repo{Owner: "river", Name: "other"}).files[policy.CommitteePath] = "version: 1\naccepts: [stream/*]\nmembers: [olga-other, otto-other]\n"
				}
				if told == nil {
					w.pass(2 * time.Hour) // what was parsed is old
				} else if !w.asks(source) {
					t.Error("what was known under the old name is not asked for again")
				}
				if s := w.serving(renamed, "b"); s != "River Committee" {
					t.Errorf("%s serves at once under the new name", s)
				}
				if n := len(w.at(riverRoom).issues); n != 3 {
					t.Errorf("%d issues in the room of the committee that is replaced, want two cases and a notice", n)
				}
				w.pass(80 * time.Hour)
				if s := w.serving(renamed, "c"); s != "Other Committee" {
					t.Errorf("%s serves under the new name after three days", s)
				}
			})
		}
	}
}

// What takes a name, be it free because its repository was renamed or because
// it was deleted, replaces the committee that was in force under it.
func TestNewRepositoryInheritsWhatWasInForceUnderItsName(t *testing.T) {
	t.Parallel()
	for name, away := range map[string]func(*world){
		"renamed": func(w *world) { w.rename(source, coc.Repo{Owner: "river", Name: "renamed"}) },
		"deleted": func(*world) {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := changing(t)
			w.tell(w.pushed(otherFile))
			w.tell(w.votes("ada-river", "/coc object"))
			was := w.at(source).ID
			away(w)
			w.repo(source, "public").files[".github/coc.yaml"] = thirdFile
			if w.at(source).ID == was {
				t.Fatal("it is the same repository")
			}
			w.pass(2 * time.Hour)
			if s := w.serves("a"); s != "River Committee" {
				t.Errorf("%s serves at once", s)
			}
			st := w.standing()
			if st.ID == was || st.Waiting == nil || st.Waiting.Committee.Name != "Third Committee" || len(st.Waiting.Objected) != 0 {
				t.Errorf("of %d, waiting: %v", st.ID, st.Waiting)
			}
			w.pass(80 * time.Hour)
			if s := w.serves("b"); s != "Third Committee" {
				t.Errorf("%s serves after three days", s)
			}
		})
	}
}

// A change that waits is not inherited: nobody was told of it for what is new.
func TestNewRepositoryWaitsItsOwnTime(t *testing.T) {
	t.Parallel()
	w := changing(t)
	w.tell(w.pushed(otherFile))
	w.pass(60 * time.Hour)
	w.repo(source, "public").files[".github/coc.yaml"] = otherFile
	if s := w.serves("a"); s != "River Committee" {
		t.Errorf("%s serves at once", s)
	}
	w.pass(20 * time.Hour)
	if s := w.serves("b"); s != "River Committee" {
		t.Errorf("%s serves when the other's time was over", s)
	}
	w.pass(60 * time.Hour)
	if s := w.serves("c"); s != "Other Committee" {
		t.Errorf("%s serves after three days", s)
	}
}

// A decoy with a standing of its own is no way around it either: not by moving
// it to the name, and not by moving the repository to the decoy's name.
func TestDecoyIsNoWayAroundTheThreeDays(t *testing.T) {
	t.Parallel()
	decoy, attic := coc.Repo{Owner: "river", Name: "decoy"}, coc.Repo{Owner: "river", Name: "attic"}
	for name, moves := range map[string][][2]coc.Repo{
		"it takes the name":             {{source, attic}, {decoy, source}},
		"the repository takes its name": {{decoy, attic}, {source, decoy}},
	} {
		for _, told := range []bool{true, false} {
			t.Run(fmt.Sprint(name, ", told: ", told), func(t *testing.T) {
				t.Parallel()
				w := changing(t)
				if s := w.serves("a"); s != "River Committee" {
					t.Fatalf("%s serves", s)
				}
				w.repo(decoy, "public").files[".github/coc.yaml"] = otherFile
				if s := w.serving(decoy, "b"); s != "Other Committee" {
					t.Fatalf("%s serves the decoy", s)
				}
				for _, m := range moves {
					p := w.rename(m[0], m[1])
					if told {
						w.tell(coc.Event{Kind: coc.EventRepo, Action: "renamed", App: coc.AppSource, Repo: p.RepoFacts, Was: m[0]})
					}
				}
				under := moves[1][1]
				w.at(under).files[".github/coc.yaml"] = otherFile
				w.pass(2 * time.Hour)
				if s := w.serving(under, "c"); s != "River Committee" {
					t.Errorf("%s serves at once", s)
				}
				w.pass(80 * time.Hour)
				if s := w.serving(under, "d"); s != "Other Committee" {
					t.Errorf("%s serves after three days", s)
				}
			})
		}
	}
}

// A repository that GitHub does not show us is known by its name, and what was
// kept under the name counts when it shows.
func TestStandingOfANameCountsOnceTheRepositoryShows(t *testing.T) {
	t.Parallel()
	w := changing(t)
	hidden := w.rename(source, coc.Repo{Owner: "river", Name: "hidden"})
	listed, problems := policy.ParseDirectory([]byte(directory + "projects: {river/main: foundation}\n"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	w.Directory = listed
	if s := w.serves("a"); s != "Foundation Committee" {
		t.Fatalf("%s serves", s)
	}
	w.rename(hidden.Repo, source)
	w.pass(2 * time.Hour)
	if s := w.serves("b"); s != "Foundation Committee" {
		t.Errorf("%s serves at once", s)
	}
	if st := w.standing(); st.ID != w.at(source).ID || st.Waiting == nil {
		t.Errorf("of %d, waiting: %v", st.ID, st.Waiting)
	}
}

// --- where nothing is recorded

// lost changes the file that points, and nobody hears of it.
func (w *world) lost(text string) { w.pushed(text) }

func TestReportBeforeThePushIsHeardOfGoesToTheCommitteeThatIsReplaced(t *testing.T) {
	t.Parallel()
	w := changing(t)
	w.lost(otherFile)
	if g, err := w.Guide(t.Context(), source); err != nil || g.Committee != "River Committee" {
		t.Errorf("the form names %q, %v", g.Committee, err)
	}
	if s := w.serves("a"); s != "River Committee" {
		t.Errorf("%s serves", s)
	}
	st := w.standing()
	if st.Waiting == nil || st.Waiting.Committee.Name != "Other Committee" || !st.Waiting.EffectAt.Equal(start.Add(72*time.Hour)) {
		t.Fatalf("%s stands, waiting: %+v", st.Committee.Name, st.Waiting)
	}
	if n := len(w.at(riverRoom).issues); n != 2 {
		t.Errorf("%d issues in the room, want the case and the notice", n)
	}
	w.pass(80 * time.Hour)
	if s := w.serves("b"); s != "Other Committee" {
		t.Errorf("%s serves after three days", s)
	}
}

func TestWhatWasInForceIsReadAsItWas(t *testing.T) {
	t.Parallel()
	none := func(w *world) { delete(w.at(source).files, ".github/coc.yaml") }
	for name, c := range map[string]struct {
		happened func(*world)
		want     string
		waits    bool
	}{
		"not changed":              {func(*world) {}, "River Committee", false},
		"changed long ago":         {func(w *world) { w.lost(otherFile); w.pass(73 * time.Hour) }, "Other Committee", false},
		"changed lately":           {func(w *world) { w.lost(otherFile); w.pass(71 * time.Hour) }, "River Committee", true},
		"changed twice":            {func(w *world) { w.lost(otherFile); w.pass(time.Hour); w.lost(thirdFile) }, "River Committee", true},
		"changed and back":         {func(w *world) { w.lost(otherFile); w.pass(time.Hour); w.lost(riverFile) }, "River Committee", false},
		"the second push is heard": {func(w *world) { w.lost(otherFile); w.pass(time.Hour); w.tell(w.pushed(thirdFile)) }, "River Committee", true},
		"a push that GitHub lists late": {func(w *world) {
			ev := w.pushed(otherFile)
			w.at(source).moves = nil
			w.tell(ev)
		}, "River Committee", true},
		"there was no file":       {func(w *world) { none(w); w.lost(otherFile) }, "Other Committee", false},
		"the repository is young": {func(w *world) { w.at(source).made = start.Add(-time.Hour); w.lost(otherFile) }, "Other Committee", false},
		"the repository is young, and its owner has a file": {func(w *world) {
			w.at(source).made = start.Add(-time.Hour)
			w.repo(source.Community(), "public").files[".github/coc.yaml"] = riverFile
			w.lost(otherFile)
		}, "Other Committee", false},
		"the file was the owner's": {func(w *world) {
			none(w)
			w.repo(source.Community(), "public").files[".github/coc.yaml"] = riverFile
			w.lost(otherFile)
		}, "River Committee", true},
		"the owner's file was another": {func(w *world) {
			none(w)
			p := w.repo(source.Community(), "public")
			p.files[".github/coc.yaml"] = riverFile
			p.commits["old"], p.moves = maps.Clone(p.files), []move{{w.clock.Now(), "old"}}
			p.files[".github/coc.yaml"] = otherFile
		}, "River Committee", true},
		"the file was taken away first": {func(w *world) {
			w.lost("")
			none(w)
			w.repo(source.Community(), "public").files[".github/coc.yaml"] = otherFile
		}, "River Committee", true},
		"the file was broken": {func(w *world) {
			w.at(source).files[".github/coc.yaml"] = "version: 9"
			w.lost(otherFile)
		}, "Other Committee", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := changing(t)
			c.happened(w)
			if s := w.serves("a"); s != c.want {
				t.Errorf("%s serves, want %s", s, c.want)
			}
			if st := w.standing(); (st.Waiting != nil) != c.waits {
				t.Errorf("%s stands, waiting: %+v", st.Committee.Name, st.Waiting)
			}
			asked := w.gh.calls["commit then"]
			w.pass(2 * time.Hour)
			w.serves("b")
			if n := w.gh.calls["commit then"] - asked; n != 0 {
				t.Errorf("asked %d times for the past of what is recorded", n)
			}
		})
	}
}

// What is recorded of the owner's .github is newer than its file of three days
// ago: a committee there may have agreed since.
func TestWhatIsRecordedOfTheOwnerCounts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		own         string // the source's file, put there now
		want        string
		waits, asks bool
	}{
		"no file of its own":         {"", "Other Committee", false, false},
		"the same committee, nearer": {otherFile, "Other Committee", false, true},
		"another":                    {thirdFile, "Other Committee", true, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := changing(t)
			p := w.at(source)
			delete(p.files, ".github/coc.yaml")
			community := w.repo(source.Community(), "public")
			community.files[".github/coc.yaml"] = otherFile
			community.commits["old"], community.moves = map[string]string{".github/coc.yaml": riverFile}, []move{{start, "old"}}
			if err := w.st.Commit(t.Context(), coc.Change{Standings: []coc.Standing{{
				ID: community.ID, Source: community.Repo, Pointer: pointerTo(t, otherFile), Since: start,
				Committee: coc.Committee{
					Name: "Other Committee", Level: coc.LevelProject, Incidents: coc.Repo{Owner: "river", Name: "other"}, EscalateTo: "foundation",
					Members: []coc.Member{{Login: "olga-other"}, {Login: "otto-other"}},
				},
			}}}); err != nil {
				t.Fatal(err)
			}
			if c.own != "" {
				w.lost(c.own)
			}
			if s := w.serves("a"); s != c.want {
				t.Errorf("%s serves, want %s", s, c.want)
			}
			if c.waits != (len(w.at(coc.Repo{Owner: "river", Name: "other"}).issues) == 2) {
				t.Error("whether a change waits is not as it should be")
			}
			if asked := w.gh.calls["commit then"] > 0; asked != c.asks {
				t.Errorf("asked for the past: %v", asked)
			}
		})
	}
}

func pointerTo(t *testing.T, file string) string {
	t.Helper()
	p, problems := policy.ParsePointer([]byte(file))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return p.Canonical()
}

func TestFirstPushOfARepositoryReplacesNobody(t *testing.T) {
	t.Parallel()
	w := changing(t)
	w.repo(source.Community(), "public").files[".github/coc.yaml"] = riverFile
	delete(w.at(source).files, ".github/coc.yaml")
	w.at(source).made = start.Add(-time.Minute)
	w.tell(w.branched(otherFile))
	if s := w.serves("a"); s != "Other Committee" {
		t.Errorf("%s serves", s)
	}
}

// branched is pushed, of the push that makes the branch.
func (w *world) branched(text string) coc.Event {
	ev := w.pushed(text)
	ev.Before = strings.Repeat("0", 40)
	moves := w.at(source).moves
	moves[len(moves)-1].before = ev.Before
	return ev
}

// A branch that is made now can be the default one before GitHub writes the
// delivery of its push, which then looks like the first push of all.
func TestNewBranchIsNoWayAroundTheThreeDays(t *testing.T) {
	t.Parallel()
	for name, after := range map[string]time.Duration{"listed": 0, "listed a moment later": time.Minute, "listed too late": 2 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := changing(t)
			p := w.at(source)
			p.commits["main"] = maps.Clone(p.files)
			p.DefaultBranch = "next"
			ev, moves := w.branched(otherFile), p.moves
			if after > 0 {
				p.moves = nil
			}
			w.tell(ev)
			w.pass(after)
			p.moves = moves
			w.pass(time.Minute)
			if _, err := w.st.Standing(t.Context(), p.RepoFacts); !errors.Is(err, coc.ErrMissing) {
				t.Errorf("a file of which nothing is known is in force: %v", err)
			}
			if s := w.serves("a"); s == "Other Committee" {
				t.Errorf("%s serves at once", s)
			}
			w.tell(coc.Event{Kind: coc.EventRepo, Action: "edited", App: coc.AppSource, Repo: p.RepoFacts, Before: "main"})
			if s := w.serves("b"); s != "River Committee" {
				t.Errorf("%s serves once it is known what was the default branch", s)
			}
			if st := w.standing(); st.Waiting == nil || st.Waiting.Committee.Name != "Other Committee" {
				t.Errorf("%s stands, waiting: %+v", st.Committee.Name, st.Waiting)
			}
		})
	}
}

// The push that breaks a file may be the first that is heard of.
func TestWhatABrokenFileSaidIsKnownFromBeforeThePush(t *testing.T) {
	t.Parallel()
	w := changing(t)
	w.repo(source.Community(), "public").files[".github/coc.yaml"] = otherFile
	w.at(source).files[".github/coc.yaml"] = riverFile + "public_command: capture\n"
	w.tell(w.pushed("version: 9"))
	if st := w.standing(); st.Committee.Name != "River Committee" || st.Settings.PublicCommand != "capture" {
		t.Errorf("%s stands, and its file said %+v", st.Committee.Name, st.Settings)
	}
}

// The file of today could be the one that nobody was told of.
func TestFileWhosePastCannotBeReadCountsAsUnreadable(t *testing.T) {
	t.Parallel()
	for name, problem := range map[string]error{
		"GitHub is down":      coc.Later{Cause: "status 502"},
		"the branch is young": coc.ErrGone,
		"denied":              coc.ErrDenied,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := changing(t)
			w.lost(otherFile)
			w.gh.failing["commit then"] = problem
			receipt := w.file("a", says("Something."))
			w.pass(30 * time.Minute)
			c := w.of(receipt)
			if s := c.Home().Committee.Name; s != "Foundation Committee" {
				t.Errorf("%s serves", s)
			}
			if !slices.ContainsFunc(c.Trace, func(r coc.Reason) bool { return r.Rule == "lookup/unreadable" }) {
				t.Errorf("the trace is %v", c.Trace)
			}
			delete(w.gh.failing, "commit then")
			w.pass(2 * time.Hour)
			if s := w.serves("b"); s != "River Committee" {
				t.Errorf("%s serves once it can be read", s)
			}
		})
	}
}

func TestRoomThatIsLostAlarms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		action string
		change func(*coc.RepoFacts)
		alarms int
	}{
		{"publicized", func(f *coc.RepoFacts) { f.Visibility = "public" }, 1},
		{"deleted", func(*coc.RepoFacts) {}, 1},
		{"archived", func(f *coc.RepoFacts) { f.Archived = true }, 1},
		{"transferred", func(*coc.RepoFacts) {}, 1},
		{"edited", func(*coc.RepoFacts) {}, 0},
		{"privatized", func(*coc.RepoFacts) {}, 0},
	} {
		w := newWorld(t)
		w.report(account)
		for _, repo := range []coc.Repo{riverRoom, source} { // a source is no room
			ev := coc.Event{Kind: coc.EventRepo, Action: c.action, App: coc.AppRooms, Repo: w.at(repo).RepoFacts}
			c.change(&ev.Repo)
			w.tell(ev)
		}
		if len(w.alarms) != c.alarms {
			t.Errorf("%s: alarms are %q", c.action, w.alarms)
		}
	}
}
