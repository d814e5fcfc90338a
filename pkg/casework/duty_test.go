package casework_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

const summary = "Somebody was insulted in a review, and we look into it."

// noticesOf is the notices that there are of a case.
func (w *world) noticesOf(c coc.Case) []coc.Case {
	var out []coc.Case
	for _, id := range w.st.ids() {
		if n := w.caseOf(id); n.Notice != nil && n.Notice.Of == c.ID {
			out = append(out, n)
		}
	}
	return out
}

// accusing files a report that accuses somebody, and waits for its issue.
func (w *world) accusing(words string, who ...coc.Login) coc.Case {
	w.Helper()
	f := says(words)
	for _, l := range who {
		f.Involved = append(f.Involved, coc.Party{Login: l, Role: coc.RoleAccused})
	}
	receipt := w.file("token", f)
	w.pass(time.Second)
	return w.of(receipt)
}

func TestFoundationIsToldInAMembersWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.accusing(account, "omar-outsider")
	if body := w.issueOf(c, 0).Body; !strings.Contains(body, "**Owed**: Foundation Committee must be told a summary") {
		t.Fatalf("the body does not say what is owed:\n%s", body)
	}
	c = w.says(c, "ada-river", "/coc notify "+summary+" @zed-else saw it, see #12\n/coc ack")
	told := w.noticesOf(c)
	if len(told) != 1 || told[0].Home().Committee.Key != "foundation" || told[0].Home().Issue == 0 {
		t.Fatalf("notices: %+v", told)
	}
	n := told[0]
	i := w.issueOf(n, 0)
	for _, want := range []string{summary, "Accused: `omar-outsider`", "River Committee", "`" + n.Notice.Reference + "`", "`@zed-else`", "`#12`"} {
		if !strings.Contains(i.Body, want) {
			t.Errorf("the notice lacks %q:\n%s", want, i.Body)
		}
	}
	for _, never := range []string{canary, "river/conduct", "river/main", "ada-river", " @zed-else"} {
		if strings.Contains(i.Body, never) {
			t.Errorf("the notice has %q:\n%s", never, i.Body)
		}
	}
	if i.Title != n.Home().CodeName || i.Title == w.issueOf(c, 0).Title {
		t.Errorf("it is called %q", i.Title)
	}
	here := w.issueOf(c, 0)
	if strings.Contains(here.Body, "Owed") || !strings.Contains(here.Body, "**Told**: Foundation Committee") ||
		!strings.Contains(strings.Join(here.comments, ""), n.Notice.Reference) {
		t.Errorf("the case says\n%s\n%q", here.Body, here.comments)
	}
	// Nothing is owed until it resolves, and resolving waits for nobody.
	c = w.says(c, "ada-river", "/coc notify "+summary)
	if len(w.noticesOf(c)) != 1 {
		t.Error("they were told twice")
	}
	c = w.decides(c, "ada-river", "/coc resolve warning\n/coc close")
	if body := w.issueOf(c, 0).Body; c.Stage != coc.StageClosed || !strings.Contains(body, "must be told how it ended") {
		t.Errorf("%s:\n%s", c.Stage, body)
	}
	c = w.says(c, "ada-river", "/coc notify They were warned.")
	told = w.noticesOf(c)
	if len(told) != 2 || told[0].Notice.Reference != told[1].Notice.Reference || strings.Contains(w.issueOf(c, 0).Body, "Owed") {
		t.Fatalf("notices: %+v", told)
	}
	for _, n := range told {
		if body := w.issueOf(n, 0).Body; n.Notice.When == coc.WhenResolved && !strings.Contains(body, "**Outcome**: `warning`") {
			t.Errorf("the outcome is not told:\n%s", body)
		}
	}
	// Taken up again, it is to be told anew how it ends.
	c = w.decides(c, "ada-river", "/coc reopen It came back.\n/coc ack\n/coc resolve ban")
	if !strings.Contains(w.issueOf(c, 0).Body, "must be told how it ended") {
		t.Error("nobody is told how it ended the second time")
	}
	w.invariants()
}

func TestNoticeNeverLeadsToWhoReported(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	filed := w.labelled(7, "rae-reporter", "rae-reporter", "code-of-conduct")
	filed.IssueURL = "https://github.example/x/y/issues/7"
	w.tell(filed)
	c := w.caseOf(w.st.ids()[0])
	for _, words := range []string{
		"rae-reporter was insulted.", "@Rae-Reporter was insulted.", "It is in river/main#7.", "See " + c.Report.Original.URL, "We have it in River/Conduct.",
	} {
		c = w.says(c, "ada-river", "/coc notify "+words)
		if len(w.noticesOf(c)) != 0 {
			t.Errorf("%q was told", words)
		}
	}
	said := strings.Join(w.issueOf(c, 0).comments, "")
	if strings.Count(said, "never who reported") != 5 {
		t.Errorf("the answers: %s", said)
	}
	// Who accuses themself is not named either.
	c.Parties = append(c.Parties, coc.Party{Login: "rae-reporter", Role: coc.RoleAccused})
	w.keep(c)
	c = w.says(w.caseOf(c.ID), "ada-river", "/coc notify "+summary)
	told := w.noticesOf(c)
	if len(told) != 1 || strings.Contains(w.issueOf(told[0], 0).Body, "rae-reporter") {
		t.Errorf("notices: %+v", told)
	}
}

// Whoever fills in a row of the form for somebody writes what they like into it.
func TestNameOfTheAccusedDoesNotTellWhoReported(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		accused coc.Party
		want    string
	}{
		"a name that tells nothing":  {coc.Party{Name: coc.NewProse("Omar of docs")}, "Omar of docs"},
		"the reporter's own account": {coc.Party{Name: coc.NewProse("Omar, whom I (Rae-Reporter) met")}, "would tell who reported"},
		"beside an account":          {coc.Party{Login: "omar-outsider", Name: coc.NewProse("@omar-outsider hit rae-reporter")}, "`omar-outsider`"},
		"how to reach the reporter":  {coc.Party{Name: coc.NewProse("Omar, call rae@mail.example")}, "would tell who reported"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			f := says(account)
			f.By, f.Needs.Reach = coc.Person{Login: "rae-reporter", Account: 77}, coc.NewProse("rae@mail.example")
			tc.accused.Role = coc.RoleAccused
			f.Involved = []coc.Party{tc.accused}
			receipt := w.file("token", f)
			w.pass(time.Second)
			c := w.says(w.of(receipt), "ada-river", "/coc notify "+summary)
			body := w.issueOf(w.noticesOf(c)[0], 0).Body
			if !strings.Contains(body, tc.want) || strings.Contains(strings.ToLower(body), "rae") {
				t.Errorf("the notice says\n%s", body)
			}
		})
	}
}

func TestReceiptIsNotTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	receipt := w.file("token", says(account))
	w.pass(time.Second)
	c := w.of(receipt)
	for _, form := range []string{receipt, strings.ToLower(receipt), strings.ReplaceAll(receipt, "-", ""), "(" + strings.ReplaceAll(receipt, "-", " ") + ")."} {
		if c = w.says(c, "ada-river", "/coc notify They have "+form); len(w.noticesOf(c)) != 0 {
			t.Fatalf("%s was told", form)
		}
	}
	if c = w.says(c, "ada-river", "/coc notify They have ABCDE-ABCDE-ABCDE-ABCDE"); len(w.noticesOf(c)) != 1 {
		t.Error("what is no receipt of the case was refused")
	}
}

// The accused may sit with whom it is for: then the next one up is told, whoever
// names them and wherever.
func TestNoticeIsKeptFromWhoeverIsConcerned(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		report  func(*world) coc.Case
		words   string
		further func(*world, coc.Case)
		want    string
	}{
		"accused":                        {report: func(w *world) coc.Case { return w.accusing(account, "fay-foundation") }, want: "summit"},
		"in plain words of the report":   {report: func(w *world) coc.Case { return w.report("Fay-Foundation and " + canary) }, want: "summit"},
		"in plain words of the notice":   {report: func(w *world) coc.Case { return w.report(account) }, words: "fay-foundation was rude.", want: "summit"},
		"nobody further up is free":      {report: func(w *world) coc.Case { return w.accusing(account, "fay-foundation", "sam-summit") }},
		"a stranger reads at the next":   {report: func(w *world) coc.Case { w.at(baseRoom).readers["stan-stranger"] = true; return w.report(account) }, want: "summit"},
		"somebody else of the committee": {report: func(w *world) coc.Case { return w.accusing(account, "omar-outsider") }, want: "foundation"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			was := c.report(w)
			is := w.says(was, "ada-river", "/coc notify "+strings.TrimSpace(summary+" "+c.words))
			told := w.noticesOf(is)
			if c.want == "" {
				if len(told) != 0 || !strings.Contains(w.issueOf(is, 0).Body, "Owed") {
					t.Errorf("notices: %+v", told)
				}
				w.invariants()
				return
			}
			if len(told) != 1 || told[0].Home().Committee.Key != c.want {
				t.Fatalf("notices: %+v", told)
			}
			for _, x := range w.gh.writes {
				if strings.Contains(x.text, summary) && x.repo != told[0].Home().Room.Repo.Key() {
					t.Errorf("%s wrote it to %s", x.op, x.repo)
				}
			}
			w.invariants()
		})
	}
}

// What the report says is not in the notice, and still decides who may read it
// when its room fails before it is there.
func TestNoticeThatMovesOnIsKeptFromWhomTheReportNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.report("Sam-Summit and " + canary)
	w.pass(time.Minute)
	looks := 0
	w.gh.before = func(op string) {
		if op == "readers" {
			if looks++; looks == 2 {
				w.at(baseRoom).readers["stan-stranger"] = true
			}
		}
	}
	c = w.says(c, "ada-river", "/coc notify "+summary)
	told := w.noticesOf(c)
	if len(told) != 1 || !told[0].Home().Sealed() {
		t.Fatalf("notices: %+v", told)
	}
	for _, x := range w.gh.writes {
		if x.repo == topRoom.Key() {
			t.Errorf("%s: something was written where they read", x.op)
		}
	}
	w.gh.before = nil
	delete(w.at(baseRoom).readers, "stan-stranger")
	w.pass(2 * time.Hour)
	if n := w.caseOf(told[0].ID); n.Home().Committee.Key != "foundation" || n.Home().Issue == 0 {
		t.Errorf("it is with %q", n.Home().Committee.Key)
	}
}

func TestNoticeOpensOnceWhateverFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.accusing(account, "omar-outsider")
	lost := 0
	w.gh.after = func(op string) error {
		if op == "open" && lost < 1 {
			lost++ // and the next attempt finds it
			return coc.Later{Cause: "a broken line"}
		}
		return nil
	}
	c = w.says(c, "ada-river", "/coc notify "+summary)
	w.pass(time.Hour)
	if n := len(w.at(baseRoom).issues); n != 1 || lost != 1 || len(w.noticesOf(c)) != 1 {
		t.Errorf("%d issues, %d lost answers", n, lost)
	}
}

// Whoever is told decides on nothing, and gets nothing of the case.
func TestNoticeIsNotWorkedLikeACase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var refused []string
	w.Refused = func(rule string) { refused = append(refused, rule) }
	c := w.says(w.accusing(account, "omar-outsider"), "ada-river", "/coc notify "+summary)
	n := w.noticesOf(c)[0]
	for _, verb := range []string{"resolve warning", "escalate We are too few.", "transfer summit Take it.", "investigate"} {
		refused = nil
		if n = w.says(n, "fay-foundation", "/coc "+verb); !slices.Equal(refused, []string{"notice"}) || n.Stage != coc.StageReceived {
			t.Errorf("%s: refused by %q, %s", verb, refused, n.Stage)
		}
	}
	n = w.says(n, "fay-foundation", "/coc help\n/coc status\n/coc claim\n/coc ack")
	if n.Stage != coc.StageAcknowledged || n.Holder != "fay-foundation" {
		t.Errorf("%s, %q", n.Stage, n.Holder)
	}
	w.tell(w.byHand(n, coc.EventClosed, "finn-foundation", ""))
	if n = w.caseOf(n.ID); n.Stage != coc.StageClosed || w.issueOf(n, 0).Open {
		t.Errorf("%s", n.Stage)
	}
	for _, said := range w.issueOf(n, 0).comments {
		if strings.Contains(said, canary) {
			t.Errorf("said: %s", said)
		}
	}
	// Who recuses themself of it does not read on.
	c = w.decides(c, "ada-river", "/coc ack\n/coc resolve\n/coc notify It is over.")
	n = w.noticesOf(c)[len(w.noticesOf(c))-1]
	for _, m := range w.noticesOf(c) {
		if m.Notice.When == coc.WhenResolved {
			n = m
		}
	}
	n = w.says(n, "fay-foundation", "/coc recuse hard")
	if n.Home().Committee.Key != "summit" {
		t.Errorf("it is with %s", n.Home().Committee.Key)
	}
	w.invariants()
}

func TestWhatIsOwedMovesWithTheCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.says(w.report(account), "ada-river", "/coc escalate We know everybody.")
	if body := w.issueOf(c, 1).Body; strings.Contains(body, "Owed") {
		t.Errorf("the foundation owes itself a word:\n%s", body)
	}
	c = w.says(c, "fay-foundation", "/coc notify "+summary)
	if len(w.noticesOf(c)) != 0 {
		t.Error("somebody was told")
	}
}

// A word that there is a case goes out by itself, to those of whom nobody is
// concerned, and says nothing else.
func TestProjectsAreToldThatThereIsACaseWhereNobodyIsConcerned(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		accused coc.Login
		want    int
	}{"nobody is concerned": {"omar-outsider", 1}, "somebody is": {"sam-summit", 0}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.accusing(account, tc.accused)
			touched, _ := w.Directory.Committee("summit")
			c.Duties = append(c.Duties, coc.Duty{To: touched, What: coc.WordNotice, When: coc.WhenOpened, Way: []coc.Committee{touched}})
			job := coc.Job{Kind: coc.JobTell, Case: c.ID, N: len(c.Duties) - 1}
			w.keep(c, job, job)
			w.pass(time.Minute)
			told := w.noticesOf(c)
			if len(told) != tc.want {
				t.Fatalf("notices: %+v", told)
			}
			w.invariants()
			if tc.want == 0 {
				if len(w.at(topRoom).issues) != 0 || len(w.alarms) != 0 {
					t.Errorf("something was told, or operators heard %q", w.alarms)
				}
				return
			}
			body := w.issueOf(told[0], 0).Body
			for _, never := range []string{canary, string(tc.accused), "river/", "Accused"} {
				if strings.Contains(body, never) {
					t.Errorf("it tells %q:\n%s", never, body)
				}
			}
			if !strings.Contains(body, "There is a case that touches your project") || !strings.Contains(body, "River Committee") || len(w.at(topRoom).issues) != 1 {
				t.Errorf("it says:\n%s", body)
			}
		})
	}
}

// touching lets a case touch another project, whose committee is to be told of it.
func (w *world) touching(c coc.Case, key string) coc.Case {
	w.Helper()
	touched, ok := w.Directory.Committee(key)
	if !ok {
		w.Fatalf("there is no %s", key)
	}
	c.Duties = append(slices.Clone(c.Duties), coc.Duty{To: touched, What: coc.WordNotice, When: coc.WhenOpened, Way: []coc.Committee{touched}})
	w.keep(c, coc.Job{Kind: coc.JobTell, Case: c.ID, N: len(c.Duties) - 1})
	w.pass(time.Second)
	return w.caseOf(c.ID)
}

// staying lets a project's committee declare that it is clear and take a case up, so
// that it stays.
func (w *world) staying(c coc.Case) coc.Case {
	w.Helper()
	return w.says(w.says(c, "ada-river", "/coc clear"), "ben-river", "/coc clear\n/coc ack\n/coc investigate")
}

// A word that cannot be said now is tried until it is there, less and less often;
// operators hear of it at first and then once a day.
func TestWordThatCannotBeSaidIsTriedAgain(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		breaks, mends func(*place)
	}{
		"the room is public":    {func(p *place) { p.Visibility = "public" }, func(p *place) { p.Visibility = "private" }},
		"the room is archived":  {func(p *place) { p.Archived = true }, func(p *place) { p.Archived = false }},
		"a stranger reads":      {func(p *place) { p.readers["stan-stranger"] = true }, func(p *place) { delete(p.readers, "stan-stranger") }},
		"it cannot be seen":     {func(p *place) { p.problem = coc.ErrInaccessible }, func(p *place) { p.problem = nil }},
		"GitHub is down":        {func(p *place) { p.problem = coc.Later{Cause: "status 502"} }, func(p *place) { p.problem = nil }},
		"its file is broken":    {func(p *place) { p.files[".github/coc-committee.yaml"] = "version: 7" }, func(p *place) { clear(p.files) }},
		"nobody can read there": {func(p *place) { clear(p.readers) }, func(p *place) { p.readers["sam-summit"], p.readers["sue-summit"] = true, true }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tc.breaks(w.at(topRoom))
			c := w.touching(w.staying(w.accusing(account, "omar-outsider")), "summit")
			w.pass(20 * time.Hour)
			looks, alarms := w.gh.calls["readers"]+w.gh.calls["file"], len(w.alarms)
			if n := len(w.noticesOf(c)); n != 0 || alarms == 0 || alarms > 2 {
				t.Fatalf("%d notices; operators heard %q", n, w.alarms)
			}
			w.pass(10 * 24 * time.Hour)
			if n := w.gh.calls["readers"] + w.gh.calls["file"] - looks; n > 60 { // the survey of the case's room looks, too
				t.Errorf("it was looked %d times in ten days", n)
			}
			if n := len(w.alarms) - alarms; n < 8 || n > 12 {
				t.Errorf("operators heard of it %d times in ten days", n)
			}
			w.files(topRoom)
			tc.mends(w.at(topRoom))
			w.pass(25 * time.Hour)
			told := w.noticesOf(c)
			if len(told) != 1 || told[0].Home().Issue == 0 || len(w.at(topRoom).issues) != 1 {
				t.Fatalf("notices: %+v", told)
			}
			if body := w.issueOf(w.caseOf(c.ID), 0).Body; !strings.Contains(body, "**Told**: Summit Committee") {
				t.Errorf("the case does not say that they were told:\n%s", body)
			}
			w.pass(10 * 24 * time.Hour)
			if len(w.at(topRoom).issues) != 1 {
				t.Error("they were told twice")
			}
			w.invariants()
		})
	}
}

// Where somebody is concerned it is never said, and where the room is gone it is not
// tried for ever.
func TestWordIsNotTriedForEver(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		breaks func(*world)
		who    coc.Login
		after  time.Duration
	}{
		"somebody there is accused":           {func(*world) {}, "sam-summit", time.Hour},
		"and the room was public at the time": {func(w *world) { w.at(topRoom).Visibility = "public" }, "sam-summit", 25 * time.Hour},
		"the room is gone":                    {func(w *world) { w.at(topRoom).problem = coc.ErrInaccessible }, "omar-outsider", 92 * 24 * time.Hour},
		"others own it": {func(w *world) {
			p := w.at(topRoom)
			p.Repo.Owner = "stan-stranger"
		}, "omar-outsider", 92 * 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tc.breaks(w)
			c := w.touching(w.staying(w.accusing(account, tc.who)), "summit")
			w.at(topRoom).Visibility = "private"
			w.pass(tc.after)
			if i := slices.IndexFunc(w.st.jobs, func(j *queued) bool { return j.Kind == coc.JobTell }); i >= 0 {
				t.Errorf("it is still tried: %+v", w.st.jobs[i])
			}
			if len(w.noticesOf(c)) != 0 || len(w.at(topRoom).issues) != 0 {
				t.Errorf("notices: %+v", w.noticesOf(c))
			}
		})
	}
}

// Whoever is told learns who has the case: so it waits until somebody has.
func TestWordWaitsUntilSomebodyHasTheCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, room := range []coc.Repo{riverRoom, baseRoom, topRoom} {
		w.at(room).Visibility = "public"
	}
	receipt := w.file("token", says(account))
	w.pass(time.Second)
	c := w.of(receipt)
	if !c.Home().Sealed() {
		t.Fatal("somebody has it")
	}
	c = w.touching(c, "summit")
	w.at(topRoom).Visibility = "private"
	w.at(riverRoom).Visibility = "private"
	w.pass(26 * time.Hour)
	told := w.noticesOf(c)
	if len(told) != 1 || told[0].Notice.From != "River Committee" {
		t.Errorf("notices: %+v", told)
	}
	w.invariants()
}

// Whoever has the case by the time that they could be told of it knows.
func TestWhoeverHasTheCaseIsNotToldThatThereIsOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(topRoom).Visibility = "public"
	c := w.touching(w.accusing(account, "omar-outsider"), "summit")
	w.at(topRoom).Visibility = "private"
	w.pass(11 * time.Second)
	if c = w.says(c, "ada-river", "/coc transfer summit It is theirs."); c.Home().Committee.Key != "summit" {
		t.Fatalf("%s has it", c.Home().Committee.Key)
	}
	if w.pass(26 * time.Hour); len(w.noticesOf(c)) != 0 || len(w.at(topRoom).issues) != 1 {
		t.Errorf("notices: %+v", w.noticesOf(c))
	}
	w.invariants()
}

// What was committed and could not be opened has no repository made for it either,
// and is opened when the room is fit again.
func TestWordThatMovesOnWaitsForItsRoom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.gh.orgs = map[string]*org{"summit-conduct": {members: rosters[topRoom.Key()], base: "none"}}
	c := w.accusing(account, "omar-outsider")
	looks := 0
	w.gh.before = func(op string) {
		if op == "readers" {
			if looks++; looks == 2 {
				w.at(topRoom).readers["stan-stranger"] = true
			}
		}
	}
	c = w.touching(c, "summit")
	w.gh.before = nil
	made := len(w.gh.repos)
	w.pass(5 * time.Hour)
	if told := w.noticesOf(c); len(told) != 1 || !told[0].Home().Sealed() || len(w.gh.repos) != made {
		t.Fatalf("%d repositories, there were %d; notices: %+v", len(w.gh.repos), made, told)
	}
	delete(w.at(topRoom).readers, "stan-stranger")
	w.pass(2 * time.Hour)
	if told := w.noticesOf(c); len(told) != 1 || told[0].Home().Issue == 0 {
		t.Errorf("notices: %+v", told)
	}
	w.invariants()
}

// files makes the world forget what it knew of a room's files, as a push does.
func (w *world) files(room coc.Repo) {
	w.Helper()
	w.tell(coc.Event{Kind: coc.EventPushed, App: coc.AppRooms, Repo: w.at(room).RepoFacts, Truncated: true})
}

// keep puts a case into the store as it is, at its next revision.
func (w *world) keep(c coc.Case, jobs ...coc.Job) {
	w.Helper()
	c.Revision++
	c.Placements = slices.Clone(c.Placements)
	c.Home().Shown = c.Revision
	if err := w.st.Commit(w.Context(), coc.Change{Cases: []coc.Case{c}, Jobs: jobs}); err != nil {
		w.Fatal(err)
	}
}
