package casework_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// public is a comment in a thread of the source.
func (w *world) public(thread int, who coc.Login, words string) coc.Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	return coc.Event{
		Kind: coc.EventComment, App: coc.AppSource, Repo: w.at(source).RepoFacts, Issue: thread, IssueAuthor: "omar-outsider",
		Actor: who, ActorBot: who.IsBot(), Comment: int64(1000 + w.taken), CommentBody: coc.NewProse(words), CommentAt: w.clock.Now(),
	}
}

// labelled is an issue of the source with a label, opened or labelled later.
func (w *world) labelled(thread int, author, by coc.Login, label string) coc.Event {
	ev := coc.Event{
		Kind: coc.EventOpened, App: coc.AppSource, Repo: w.at(source).RepoFacts, Issue: thread, IssueAuthor: author,
		IssueTitle: coc.NewProse("Something"), IssueBody: coc.NewProse(account), IssueAt: w.clock.Now(),
		Actor: by, ActorBot: by.IsBot(), Labels: []string{label},
	}
	if author != by {
		ev.Kind, ev.Label = coc.EventLabeled, label
	}
	return ev
}

// settings changes the source's coc.yaml, as a push would.
func (w *world) settings(lines string) {
	w.at(source).files[".github/coc.yaml"] = riverFile + lines
}

func TestPublicCommandIsAnsweredOncePerThreadAndDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 3 {
		w.tell(w.public(7, "rae-reporter", "/coc report"))
		w.tell(w.public(7, "omar-outsider", "/coc report "+canary))
	}
	if n := len(w.gh.public); n != 1 {
		t.Fatalf("%d sentences in one thread and day", n)
	}
	w.tell(w.public(8, "rae-reporter", "/coc report"))
	if n := len(w.gh.public); n != 2 {
		t.Errorf("%d sentences in two threads", n)
	}
	w.clock.set(start.Truncate(24 * time.Hour).Add(24*time.Hour - time.Second))
	w.tell(w.public(7, "rae-reporter", "/coc report"))
	if n := len(w.gh.public); n != 2 {
		t.Errorf("%d sentences before midnight", n)
	}
	w.pass(2 * time.Second)
	w.tell(w.public(7, "rae-reporter", "/coc report"))
	if n := len(w.gh.public); n != 3 {
		t.Errorf("%d sentences after midnight", n)
	}
	if n := len(w.st.ids()); n != 0 {
		t.Errorf("a link made %d cases", n)
	}
	w.invariants()
}

func TestNothingIsSaidWhereNothingMayBeWritten(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*coc.Event){
		"archived": func(ev *coc.Event) { ev.Repo.Archived = true },
		"disabled": func(ev *coc.Event) { ev.Repo.Disabled = true },
		"locked":   func(ev *coc.Event) { ev.Locked = true },
		"a bot":    func(ev *coc.Event) { ev.Actor, ev.ActorBot = "helper[bot]", true },
		"our own":  func(ev *coc.Event) { ev.Own = true },
		"quoted":   func(ev *coc.Event) { ev.CommentBody = coc.NewProse("> /coc report") },
		"edited":   func(ev *coc.Event) { ev.Kind = coc.EventClosed },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			ev := w.public(7, "rae-reporter", "/coc report")
			change(&ev)
			w.tell(ev)
			if len(w.gh.public) != 0 || len(w.st.ids()) != 0 {
				t.Errorf("said %q, %d cases", w.gh.public, len(w.st.ids()))
			}
		})
	}
}

// The report is taken all the same; its original is neither answered nor treated.
func TestReportFromWhereNothingMayBeWrittenIsTakenAndItsOriginalLeftAlone(t *testing.T) {
	t.Parallel()
	for name, shut := range map[string]func(*coc.RepoFacts){
		"archived": func(r *coc.RepoFacts) { r.Archived = true },
		"disabled": func(r *coc.RepoFacts) { r.Disabled = true },
		"open":     func(*coc.RepoFacts) {}, // or the others would prove nothing
	} {
		for _, original := range []string{"lock", "minimize"} {
			for _, way := range []string{"captured", "labelled"} {
				t.Run(name+", "+original+", "+way, func(t *testing.T) {
					t.Parallel()
					w := newWorld(t)
					w.settings("public_command: capture\noriginal: " + original + "\n")
					ev := w.public(7, "rae-reporter", "/coc report "+account)
					if way == "labelled" {
						ev = w.labelled(7, "rae-reporter", "rae-reporter", "code-of-conduct")
					}
					shut(&ev.Repo)
					w.tell(ev)
					if n := len(w.st.ids()); n != 1 {
						t.Errorf("%d cases", n)
					}
					said, treated := w.gh.calls["say"], w.gh.calls["lock"]+w.gh.calls["minimize"]
					if wrote := said + treated; name != "open" && wrote != 0 {
						t.Errorf("%d writes", wrote)
					}
					if name == "open" && (said != 1 || treated != 1) {
						t.Errorf("said %d times, treated %d times", said, treated)
					}
					w.invariants()
				})
			}
		}
	}
}

// What is said in public may depend on the event and the settings alone: the
// same for a report that the nearest committee takes, for one that names its
// majority, for one that nobody can take, and for a second one.
func TestPublicSentenceSaysNothingOfTheCase(t *testing.T) {
	t.Parallel()
	said := map[string][]string{}
	for name, world := range map[string]struct {
		words string
		hurt  func(*world)
	}{
		"plain":    {account, func(*world) {}},
		"conflict": {account + " By @ada-river and @ben-river.", func(*world) {}},
		"nobody": {account, func(w *world) {
			for _, r := range []coc.Repo{riverRoom, baseRoom, topRoom} {
				w.at(r).readers["stan-stranger"] = true
			}
		}},
		"another case": {account, func(w *world) { w.report(account) }},
	} {
		w := newWorld(t)
		w.settings("public_command: capture\noriginal: lock\n")
		world.hurt(w)
		w.tell(w.public(7, "rae-reporter", "/coc report "+world.words))
		said[name] = w.gh.public
		if !w.at(source).locked[7] {
			t.Errorf("%s: the thread is not locked", name)
		}
		w.invariants()
	}
	for name, s := range said {
		if len(s) != 1 || !reflect.DeepEqual(s, said["plain"]) {
			t.Errorf("%s: %q, plain: %q", name, s, said["plain"])
		}
	}
}

func TestOpenedAndLabeledMakeOneCase(t *testing.T) {
	t.Parallel()
	for _, order := range [][]int{{0, 1}, {1, 0}} {
		w := newWorld(t)
		opened := w.labelled(7, "rae-reporter", "rae-reporter", "Code-of-Conduct")
		labeled := opened
		labeled.Kind, labeled.Label = coc.EventLabeled, "Code-of-Conduct"
		both := []coc.Event{opened, labeled}
		for _, i := range order {
			w.tell(both[i])
		}
		ids := w.st.ids()
		if len(ids) != 1 || len(w.gh.public) != 1 {
			t.Fatalf("%d cases, %d sentences", len(ids), len(w.gh.public))
		}
		if c := w.caseOf(ids[0]); c.Report.Reporter != "rae-reporter" || len(c.Parties) != 0 {
			t.Errorf("reporter %q, parties %+v", c.Report.Reporter, c.Parties)
		}
		w.invariants()
	}
}

// A delivery can come from where the App is not installed yet, or not any more:
// nothing can be read there, and nothing said. A report is kept all the same.
func TestDeliveryFromWhereNothingCanBeReadLosesNoReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	unseen := coc.RepoFacts{Repo: coc.Repo{Owner: "elsewhere", Name: "tool"}, ID: 4711, Visibility: "public"}
	command, report := w.public(3, "rae-reporter", "/coc report"), w.labelled(7, "rae-reporter", "rae-reporter", "code-of-conduct")
	command.Repo, report.Repo = unseen, unseen
	w.tell(command)
	w.tell(report)
	w.pass(time.Second)
	ids := w.st.ids()
	if len(ids) != 1 || len(w.gh.public) != 0 {
		t.Fatalf("%d cases, %d sentences", len(ids), len(w.gh.public))
	}
	if c := w.caseOf(ids[0]); c.Home().Committee.Key != "foundation" || c.Home().Issue == 0 {
		t.Errorf("home is %+v", c.Home())
	}
	w.invariants()
}

func TestLabelledIssueWithoutWordsIsStillAReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ev := w.labelled(7, "rae-reporter", "rae-reporter", "code-of-conduct")
	ev.IssueBody = coc.NewProse(" \n\t ")
	w.tell(ev)
	w.pass(time.Second)
	ids := w.st.ids()
	if len(ids) != 1 {
		t.Fatalf("%d cases", len(ids))
	}
	if c := w.caseOf(ids[0]); c.Home().Issue == 0 || w.issueOf(c, 0).Body == "" {
		t.Errorf("home is %+v", c.Home())
	}
	w.invariants()
}

func TestWhoeverLabelsLaterReportsAndTheAuthorHasNoRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell(w.labelled(7, "ada-river", "rae-reporter", "code-of-conduct"))
	c := w.caseOf(w.st.ids()[0])
	if c.Report.Reporter != "rae-reporter" || !slices.Equal(c.Parties, []coc.Party{{Login: "ada-river"}}) {
		t.Errorf("reporter %q, parties %+v", c.Report.Reporter, c.Parties)
	}
	if c.Home().Committee.Key != "foundation" {
		t.Errorf("the author reads the room that has the case: %s", c.Home().Committee.Name)
	}
	w.invariants()
}

// Whoever may set labels could be quicker than anybody else, and would read what is
// written about them.
func TestWhoeverLabelsWhatIsWrittenAboutThemDoesNotReadIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ev := w.labelled(7, "rae-reporter", "ada-river", "code-of-conduct")
	ev.IssueBody = coc.NewProse("ada-river shouted at me, " + canary)
	w.tell(ev)
	c := w.caseOf(w.st.ids()[0])
	if c.Home().Committee.Key != "foundation" || coc.HasLogin(c.Home().Responders, "ada-river") {
		t.Errorf("home is %s, responders %v", c.Home().Committee.Name, c.Home().Responders)
	}
	w.invariants()
}

// The project's own label cannot be known while its file cannot be read: the
// report waits for it.
func TestReportWithAnUnusualLabelSurvivesAnOutage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.settings("report_label: Harm\n")
	w.gh.failing["file"] = coc.Later{Cause: "status 502"}
	w.tell(w.labelled(7, "rae-reporter", "rae-reporter", "harm"))
	w.tell(w.labelled(8, "rae-reporter", "rae-reporter", "bug"))
	w.pass(3 * time.Hour)
	delete(w.gh.failing, "file")
	w.pass(time.Hour)
	ids := w.st.ids()
	if len(ids) != 1 {
		t.Fatalf("%d cases, want the one with the label", len(ids))
	}
	if c := w.caseOf(ids[0]); c.Home().Committee.Name != "River Committee" {
		t.Errorf("home is %s", c.Home().Committee.Name)
	}
	if n := w.st.waiting(coc.JobIntake); n != 0 {
		t.Errorf("%d intakes wait", n)
	}
	// A file that stays unreadable does not keep an intake for ever.
	w.gh.failing["file"] = coc.Later{Cause: "status 502"}
	w.tell(w.labelled(9, "rae-reporter", "rae-reporter", "question"))
	w.pass(25 * time.Hour)
	if n := w.st.waiting(coc.JobIntake); n != 0 {
		t.Errorf("%d intakes wait for ever", n)
	}
}

// Whoever is reported could break the file that alone knows the label.
func TestReportWithAnUnusualLabelSurvivesABrokenFile(t *testing.T) {
	t.Parallel()
	for name, known := range map[string]bool{"known before": true, "never seen whole": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.settings("report_label: Harm\npublic_command: capture\n")
			broken := "version: 1\ncomittee: foundation\n"
			if known {
				w.tell(w.pushed(broken))
			} else {
				w.at(source).files[".github/coc.yaml"] = broken
			}
			if _, sure := w.ReportLabel(source); sure {
				t.Error("a label that only a broken file knows is said to be known")
			}
			w.tell(w.labelled(7, "rae-reporter", "rae-reporter", "harm"))
			w.tell(w.public(8, "rae-reporter", "/coc report"))
			if len(w.alarms) == 0 || !strings.Contains(w.alarms[0], "has a mistake") {
				t.Errorf("alarms are %q", w.alarms)
			}
			if cases, want := len(w.st.ids()), map[bool]int{true: 2}[known]; cases != want || len(w.gh.public) == 0 {
				t.Errorf("%d cases while the file is broken, want %d; said %q", cases, want, w.gh.public)
			}
			w.settings("report_label: Harm\n")
			w.pass(3 * time.Hour)
			if cases, want := len(w.st.ids()), map[bool]int{true: 2, false: 1}[known]; cases != want {
				t.Errorf("%d cases when it is mended, want %d", cases, want)
			}
		})
	}
}

// Somebody breaks the file, and the first that is heard of the project is a report: the
// push is heard of later, or never.
func TestFirstThingHeardOfABrokenFileIsAReport(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		whole time.Duration // for how long the file stood whole
		want  int
	}{"it was whole three days ago": {4 * 24 * time.Hour, 2}, "it was whole for a day": {24 * time.Hour, 0}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.at(source).files = map[string]string{}
			w.pass(time.Hour)
			w.pushed("version: 1\ncommittee: foundation\npublic_command: capture\nreport_label: Harm\n")
			w.pass(tc.whole)
			w.pushed("version: 1\ncomittee: foundation\n")
			w.pass(time.Hour)
			w.tell(w.public(7, "rae-reporter", "/coc report "+canary))
			w.tell(w.labelled(8, "rae-reporter", "rae-reporter", "harm"))
			w.pass(time.Hour)
			if n := len(w.st.ids()); n != tc.want || len(w.gh.public) == 0 {
				t.Errorf("%d cases, want %d; said %q", n, tc.want, w.gh.public)
			}
			w.always()
		})
	}
}

// Nor can it be known whether a comment is taken as a report.
func TestCapturedCommentSurvivesAnOutage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.settings("public_command: capture\n")
	w.gh.failing["file"] = coc.Later{Cause: "status 502"}
	w.tell(w.public(7, "rae-reporter", "/coc report "+canary))
	w.pass(3 * time.Hour)
	if n := len(w.gh.public); n != 0 {
		t.Fatalf("%d sentences about what is not known", n)
	}
	delete(w.gh.failing, "file")
	w.pass(time.Hour)
	if n := len(w.st.ids()); n != 1 {
		t.Errorf("%d cases", n)
	}
	// A file that stays unreadable does not keep an intake for ever.
	w.gh.failing["file"] = coc.Later{Cause: "status 502"}
	w.pass(2 * time.Hour) // what was parsed is old
	w.tell(w.public(8, "rae-reporter", "/coc report"))
	w.pass(25 * time.Hour)
	if n := w.st.waiting(coc.JobIntake); n != 0 {
		t.Errorf("%d intakes wait for ever", n)
	}
}

// GitHub mails what is said to the author, who may be the one it is about.
func TestNothingIsSaidWhereSomebodyElseSetTheLabel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell(w.labelled(7, "omar-outsider", "rae-reporter", "code-of-conduct"))
	if n := len(w.st.ids()); n != 1 || len(w.gh.public) != 0 {
		t.Errorf("%d cases, said %q", n, w.gh.public)
	}
}

func TestIntakeThatNeverDecodesDoesNotBlockItsLane(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.settings("public_command: capture\n")
	w.take(w.public(7, "rae-reporter", "/coc report"))
	w.mu.Lock()
	delete(w.events, "delivery-1")
	w.mu.Unlock()
	w.tell(w.public(7, "rae-reporter", "/coc report "+canary))
	if n := len(w.st.ids()); n != 1 {
		t.Errorf("%d cases, want that of the second comment", n)
	}
	if len(w.alarms) != 1 || !strings.Contains(w.alarms[0], "retry intake/1.") {
		t.Errorf("operators heard %q", w.alarms)
	}
}

// Where the report is about an incident repository itself, that room may not
// have the case.
func TestReportAboutAnIncidentRepositoryDoesNotLiveThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(source).files[".github/coc.yaml"] = riverFile
	receipt := w.file("token", coc.Filing{Repo: baseRoom, Account: coc.NewProse(account)})
	w.pass(time.Second)
	c := w.of(receipt)
	if c.Home().Sealed() || c.Home().Room.Repo.Is(baseRoom) {
		t.Errorf("home is %s, sealed %v", c.Home().Room.Repo, c.Home().Sealed())
	}
	w.invariants()
}

// The form says the same of a private repository and of one that is not there,
// and asks the same of GitHub, now and later.
func TestGuideDoesNotTellAPrivateRepositoryFromNone(t *testing.T) {
	t.Parallel()
	hidden, nothing := coc.Repo{Owner: "river", Name: "hidden"}, coc.Repo{Owner: "river", Name: "nothing"}
	w := newWorld(t)
	w.repo(hidden, "private").files[".github/coc.yaml"] = riverFile
	for _, wait := range []time.Duration{0, time.Second, 2 * time.Minute, time.Hour} {
		w.clock.set(w.clock.Now().Add(wait))
		before := w.calls()
		a, err := w.Guide(t.Context(), hidden)
		if err != nil {
			t.Fatal(err)
		}
		asked := w.calls() - before
		b, err := w.Guide(t.Context(), nothing)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(a, b) || a.Known || a.Committee != "Foundation Committee" {
			t.Errorf("after %s: %+v, %+v", wait, a, b)
		}
		if n := w.calls() - before - asked; n != asked {
			t.Errorf("after %s: %d calls of GitHub for a private repository, %d for none", wait, asked, n)
		}
	}
	if g, _ := w.Guide(t.Context(), source); !g.Known || g.Committee != "River Committee" {
		t.Errorf("the public one: %+v", g)
	}
}

func TestGuessedNamesDoNotUseUpWhatReportsNeed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if g, _ := w.Guide(t.Context(), source); !g.Known {
		t.Fatal("the source is unknown")
	}
	before := w.calls()
	for i := range 1000 {
		if _, err := w.Guide(t.Context(), coc.Repo{Owner: "river", Name: fmt.Sprint("guess-", i)}); err != nil {
			t.Fatal(err)
		}
	}
	if asked := w.calls() - before; asked > 200 {
		t.Errorf("a thousand guesses asked GitHub %d times", asked)
	}
	if g, _ := w.Guide(t.Context(), source); !g.Known {
		t.Error("what is known is not shown any more")
	}
	// A report about a name that nobody asked about yet is looked up all the same.
	other := coc.Repo{Owner: "river", Name: "other"}
	w.repo(other, "public").files[".github/coc.yaml"] = riverFile
	receipt := w.file("token", coc.Filing{Repo: other, Account: coc.NewProse(account)})
	w.pass(time.Second)
	if c := w.of(receipt); c.Home().Committee.Name != "River Committee" {
		t.Errorf("it went to %s", c.Home().Committee.Name)
	}
	w.clock.set(w.clock.Now().Add(time.Minute))
	before = w.calls()
	if _, _ = w.Guide(t.Context(), coc.Repo{Owner: "river", Name: "later"}); w.calls() == before {
		t.Error("a minute later nothing is looked up")
	}
}

func (w *world) calls() int {
	n := 0
	for _, c := range w.gh.calls {
		n += c
	}
	return n
}

func TestReporterSeesNoAccountInWhatIsSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.settings("public_command: capture\n")
	w.tell(w.public(7, "rae-reporter", "/coc report "+canary+" by @omar-outsider"))
	for _, said := range w.gh.public {
		for _, login := range everybody {
			if strings.Contains(said, string(login)) {
				t.Errorf("%s is named: %s", login, said)
			}
		}
	}
}

func TestCommentFromARepositoryThatIsHiddenForAWhileIsStillAReport(t *testing.T) {
	t.Parallel()
	for name, known := range map[string]bool{"what its file said is known": true, "nothing is known of it": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.at(source).files[".github/coc.yaml"] = riverFile + "public_command: capture\n"
			if known {
				w.report(account)
			}
			w.at(source).problem = coc.ErrInaccessible
			w.pass(2 * time.Hour) // longer than a file is remembered
			before := len(w.st.ids())
			w.tell(w.public(3, "rae-reporter", "/coc report It was the "+canary+"."))
			w.pass(time.Hour)
			w.at(source).problem = nil
			w.pass(time.Hour)
			said := slices.ContainsFunc(w.gh.public, func(s string) bool { return strings.Contains(s, "not here in public") })
			if ids := w.st.ids(); len(ids) != before+1 || said {
				t.Errorf("%d cases more, and %q", len(ids)-before, w.gh.public)
			}
			w.invariants()
		})
	}
}
