package notice

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

var update = flag.Bool("update", false, "write the golden files anew")

var wednesday = time.Date(2025, 3, 5, 9, 30, 0, 0, time.UTC)

const canary = "heliotrope"

func responders() []coc.Login { return []coc.Login{"kim-responder", "lee-responder", "ash-responder"} }

// caseOf is a case with the word in everything that people wrote and in every
// name of a person.
func caseOf(word string) coc.Case {
	p := coc.NewProse
	return coc.Case{
		ID: "q7wz2k5c4m", Revision: 3,
		Report: coc.Report{
			Account: p("He wrote \"go home\" and " + word + " to me, see #12 and https://chat.example/1.\n\n# It went on\n- @" + word + " saw it\n/coc close\n<!-- cocrouter:end -->"),
			Where:   p("in the chat, " + word), When: p("since March"), Links: []coc.Prose{p("https://chat.example/" + word)},
			Channel: coc.ChannelForm, FiledAt: wednesday,
		},
		Source: coc.RepoFacts{Repo: coc.Repo{Owner: "example-org", Name: "project"}, ID: 7},
		Parties: []coc.Party{
			{Login: coc.Login(word + "-login"), Name: p("Max " + word), Role: coc.RoleAccused},
			{Name: p("Sam @" + word), Role: coc.RoleHarmed},
			{Login: coc.Login("unset-" + word)},
			{Login: coc.Login("witness-" + word), Role: coc.RoleWitness},
		},
		Stage: coc.StageReceived,
		Placements: []coc.Placement{{
			Committee: coc.Committee{
				Key: "example", Name: "Example Conduct Committee", Level: coc.LevelProject, Custodians: []coc.Login{"robin-owner"}, Timezone: "Europe/Berlin",
				Members: []coc.Member{{Login: "kim-responder"}, {Login: "lee-responder"}, {Login: "ash-responder"}},
			},
			Responders: responders(), CodeName: "quiet-harbor-417", Room: coc.RepoFacts{Repo: coc.Repo{Owner: "example-conduct", Name: "cases"}, ID: 9}, PlacedAt: wednesday,
			ScreenBy: wednesday.Add(48 * time.Hour),
		}},
		Trace: trace(),
		Due: []coc.Due{
			{What: "acknowledge-target", At: wednesday.Add(24 * time.Hour)},
			{What: "acknowledge", At: time.Date(2025, 3, 10, 23, 0, 0, 0, time.UTC)},
		},
		Journal: []coc.Entry{{Revision: 1, At: wednesday, Act: "opened", To: coc.StageReceived}},
	}
}

func trace() []coc.Reason {
	return []coc.Reason{
		{Rule: "lookup/found", Committee: "Example Conduct Committee", Place: "example-org/project: .github/coc.yaml"},
		{Rule: "taken", Row: "8", Committee: "Example Conduct Committee", Place: "example-conduct/cases"},
	}
}

func captured(word string) coc.Case {
	c := caseOf(word)
	c.Report.Channel, c.Report.Reporter, c.Holder = coc.ChannelLabel, "kim-reporter", "lee-responder"
	c.Report.Original = &coc.Original{
		Issue: coc.IssueRef{Repo: c.Source.Repo, Number: 12}, URL: "https://github.example/example-org/project/issues/12",
		Author: coc.Login("author-" + word), At: wednesday.Add(-time.Hour), Title: coc.NewProse("Please help: " + word + " #9"), Labelled: "kim-reporter",
	}
	c.Stage, c.Outcome = coc.StageResolved, coc.OutcomeWarning
	c.Due = nil
	return c
}

func standingOf(word string) coc.Standing {
	return coc.Standing{
		Source: coc.Repo{Owner: "example-org", Name: "project"}, Committee: caseOf(word).Placements[0].Committee,
		Waiting: &coc.Waiting{
			Committee: coc.Committee{Name: "New <b>Committee</b> @kim", Incidents: coc.Repo{Owner: "new-org", Name: "cases"}},
			SeenAt:    wednesday, EffectAt: wednesday.Add(72 * time.Hour),
		},
	}
}

func TestTextsReadAsTheGoldenFiles(t *testing.T) {
	t.Parallel()
	moving := caseOf(canary)
	moving.Placements = append(moving.Placements, moving.Placements[0])
	_, change := CommitteeChange(standingOf(canary))
	for name, text := range map[string]string{
		"received.md": Case(caseOf(canary), 0, wednesday).Body.Markdown(),
		"captured.md": Case(captured(canary), 0, wednesday.Add(240*time.Hour)).Body.Markdown(),
		"moved.md":    Case(moving, 0, wednesday).Body.Markdown(),
		"help.md":     Help(coc.StageAcknowledged).Markdown(),
		"status.md":   Status(caseOf(canary), wednesday.Add(48*time.Hour)).Markdown(),
		"refused.md":  Refused(coc.Refusal{What: "That person is not a responder of this case.", Next: "Name a responder, or write /coc claim alone to take it yourself; or write to conduct@example.org.", Rule: "responder"}).Markdown(),
		"addition.md": Addition(coc.Addition{At: wednesday, Text: coc.NewProse("It happened again, @kim."), Where: coc.NewProse("the same place"), Involved: []coc.Party{{Login: "kim-example", Role: coc.RoleWitness}}}, nil).Markdown(),
		"change.md":   change.Markdown(),
		"public.md":   LinkSentence("https://conduct.example/report/example-org/project").Markdown() + "\n\n" + TakenSentence("https://conduct.example/report/example-org/project").Markdown(),
	} {
		golden(t, name, text)
	}
}

func golden(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(text+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(b) != text+"\n" {
		t.Errorf("%s differs; look at it and run with -update if it is meant:\n%s", name, text)
	}
}

func TestStageDoesNotClaimThatSomebodyWithoutANameWasTold(t *testing.T) {
	t.Parallel()
	c := caseOf(canary)
	c.Stage = coc.StageAcknowledged
	for reporter, want := range map[coc.Login]string{"": "which the reporter sees with the receipt", "kim-reporter": "told the reporter"} {
		c.Report.Reporter = reporter
		for _, text := range []Private{Case(c, 0, wednesday).Body, Status(c, wednesday)} {
			line, _, _ := strings.Cut(text.Markdown()[strings.Index(text.Markdown(), "**Stage**"):], "\n")
			if !strings.Contains(line, want) {
				t.Errorf("reporter %q: %s", reporter, line)
			}
		}
	}
}

func TestFormerRoomLearnsNothingMore(t *testing.T) {
	t.Parallel()
	c := caseOf(canary)
	next := c.Placements[0]
	next.CodeName, next.Committee.Name, next.Responders = "bright-meadow-112", "Second Committee", []coc.Login{"second-responder"}
	c.Placements = append(c.Placements, next)
	c.Holder, c.Stage = "second-responder", coc.StageInvestigating
	shown := Case(c, 0, wednesday)
	if shown.Title != "quiet-harbor-417" || len(shown.More) != 0 {
		t.Errorf("title %q, %d comments", shown.Title, len(shown.More))
	}
	for _, word := range []string{"second", "Second", "bright", canary, "investigating", "conflict"} {
		if strings.Contains(shown.Body.Markdown(), word) {
			t.Errorf("the former room learns %q", word)
		}
	}
	if !strings.Contains(shown.Body.Markdown(), IssueMarker(c.ID, 0)) {
		t.Error("the marker is gone")
	}
	if got := Case(c, 1, wednesday); got.Title != "bright-meadow-112" || !strings.Contains(got.Body.Markdown(), IssueMarker(c.ID, 1)) {
		t.Errorf("the new room shows %q", got.Title)
	}
}

// Nothing of a case may reach a type that is posted in public or told to
// operators. Public is given an address alone; an alarm only names rules,
// committees and places.
func TestNoWordOfACaseIsPublicOrForOperators(t *testing.T) {
	t.Parallel()
	for _, p := range []Public{LinkSentence("https://conduct.example/report/a/b"), TakenSentence("https://conduct.example/report/a/b")} {
		if strings.Contains(p.Markdown(), canary) {
			t.Errorf("%q", p.Markdown())
		}
	}
	if strings.Contains(operators(), canary) {
		t.Errorf("%q", operators())
	}
	// The test can fail: a body does have the word.
	if !strings.Contains(Case(caseOf(canary), 0, wednesday).Body.Markdown(), canary) {
		t.Error("the body lacks the report")
	}
}

func TestBodyMentionsNobodyAndCommandsNothing(t *testing.T) {
	t.Parallel()
	for _, p := range everything() {
		if got := linkless(t, p.Markdown()); loose.MatchString(got) {
			t.Errorf("%q is loose in\n%s", loose.FindString(got), p.Markdown())
		}
		if found := commandsIn(p.Markdown()); found != 0 {
			t.Errorf("%d commands in\n%s", found, p.Markdown())
		}
	}
}

// everything is all that is said in rooms.
func everything() []Private {
	_, change := CommitteeChange(standingOf(canary))
	out := []Private{Case(caseOf(canary), 0, wednesday).Body, Case(captured(canary), 0, wednesday).Body, change, Status(caseOf(canary), wednesday), Addition(coc.Addition{Text: caseOf(canary).Report.Account}, nil), Refused(coc.Refusal{What: "Not @kim.", Next: "/coc ack"})}
	for _, s := range coc.Stages() {
		out = append(out, Help(s))
	}
	return out
}

// linkless is what GitHub would look at for mentions and references: what is
// rendered, without code and without our own links.
func linkless(t *testing.T, markdown string) string {
	t.Helper()
	var out bytes.Buffer
	if err := github.Convert([]byte(markdown), &out); err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`(?s)<code>.*?</code>|<a .*?</a>|<!--.*?-->|<[^>]*>|&#?[a-z0-9]+;`).ReplaceAllString(out.String(), " ")
}

func TestLongReportGoesOnInCommentsAndNothingIsLost(t *testing.T) {
	t.Parallel()
	for name, account := range map[string]string{
		"lines":    numbered(20000, "line %d of it, with *stars* and #numbers\n"),
		"one line": numbered(40000, "w0rd%d "),
		"no space": strings.Repeat("ü`", 60000) + "END",
		"blank":    strings.Repeat("\n", 200000) + "END",
		"breaks":   "START" + strings.Repeat("\n", 200000) + "END",
	} {
		c := caseOf(canary)
		c.Report.Account = coc.NewProse(account)
		shown := Case(c, 0, wednesday)
		all := shown.Body.Markdown()
		if len(all) > Limit || !strings.HasPrefix(all, beginMark) || !strings.HasSuffix(all, endMark) {
			t.Errorf("%s: the body has %d bytes", name, len(all))
		}
		for i, m := range shown.More {
			text := m.Marked(Marker(c.ID, 999999999, i)).Markdown()
			if len(text) > Limit {
				t.Errorf("%s: comment %d has %d bytes", name, i, len(text))
			}
			all += text
		}
		for _, word := range []string{"END", "w0rd39999", "line 19999 ", "START"} {
			if strings.Contains(account, word) && !strings.Contains(all, word) {
				t.Errorf("%s: %q is lost", name, word)
			}
		}
		if strings.Count(all, "ü") != strings.Count(account, "ü") || strings.Count(all, "w0rd") != strings.Count(account, "w0rd") {
			t.Errorf("%s: words are lost", name)
		}
	}
}

// The body is written again at every step; the comments are not.
func TestReportIsCutAtTheSamePlaceAtEveryStage(t *testing.T) {
	t.Parallel()
	c := caseOf(canary)
	c.Report.Account = coc.NewProse(numbered(8000, "line %d\n"))
	c.Report.Involved = c.Parties
	first := Case(c, 0, wednesday)
	last := lastLine(first.Body)
	for _, s := range coc.Stages() {
		c.Stage, c.Holder, c.Outcome = s, "somebody-with-a-long-name-39-characters", coc.OutcomeHandledLocally
		c.Parties = append(c.Parties, coc.Party{Login: "another-one"})
		again := Case(c, 0, wednesday.Add(1000*time.Hour))
		if lastLine(again.Body) != last || len(again.More) != len(first.More) {
			t.Errorf("%s: cut at %q, not %q", s, lastLine(again.Body), last)
		}
	}
}

func lastLine(p Private) string {
	lines := regexp.MustCompile(`> line \d+`).FindAllString(p.Markdown(), -1)
	return lines[len(lines)-1]
}

// What GitHub asks: a report under 60 KB is one write.
func TestReportUnderSixtyKilobytesNeedsNoComment(t *testing.T) {
	t.Parallel()
	c := captured(canary)
	text := numbered(10000, "This is sentence %d of a long report, in plain words, and it ends here. \n")
	c.Report.Account = coc.NewProse(text[:60000-700])
	if more := Case(c, 0, wednesday).More; len(more) != 0 {
		t.Errorf("%d comments", len(more))
	}
}

// reserve is a promise about everything in a body that is not the reporter's.
func TestOursFitsIntoTheReserve(t *testing.T) {
	t.Parallel()
	// The longest that a moment can be: another day there, a Wednesday in September.
	late := time.Date(2025, 9, 25, 1, 30, 0, 0, time.UTC)
	c := captured(canary)
	c.Report.FiledAt, c.Report.Original.At = late, late
	c.Report.Account = coc.NewProse("x")
	p := &c.Placements[0]
	p.Committee.Name, p.Committee.Timezone = strings.Repeat("N", 500), "America/Argentina/Buenos_Aires"
	c.Report.Original.URL = "https://github.example/" + strings.Repeat("o", 39) + "/" + strings.Repeat("r", 100) + "/issues/123456#issuecomment-1234567890"
	c.Source.Repo = coc.Repo{Owner: strings.Repeat("o", 39), Name: strings.Repeat("r", 100)}
	c.Holder = coc.Login(strings.Repeat("h", 39))
	for range 200 {
		p.Responders = append(p.Responders, coc.Login(strings.Repeat("r", 39)))
		p.Committee.Custodians = append(p.Committee.Custodians, coc.Login(strings.Repeat("c", 39)))
		c.Trace = append(c.Trace, trace()...)
	}
	for _, what := range []string{stage.DueInterim, stage.DueUrgent, stage.DueAcknowledge, stage.DueWithdrawn} {
		c.Due = append(c.Due, coc.Due{What: what, At: late})
	}
	for range 20 {
		p.Found = append(p.Found, coc.Reason{Rule: "survey/unseen", Detail: strings.Repeat("d", 500)}, coc.Reason{Rule: "survey/wiki"})
		to := coc.Committee{Name: strings.Repeat("@", 100)}
		c.Duties = append(c.Duties, coc.Duty{To: to, What: coc.WordSummary, When: coc.WhenOpened}, coc.Duty{To: to, Done: late}, coc.Duty{To: to, What: coc.WordLetter, Reference: "N-12345678"})
	}
	c.Flags, p.ScreenBy = []coc.Flag{coc.FlagNoQuorum}, late
	c.Appeal = &coc.Appeal{Ground: coc.GroundDisproportionate, Of: strings.Repeat("@", 100), Late: true}
	for i, kind := range []coc.ConflictKind{coc.ConflictClear, coc.ConflictSoft, coc.ConflictHard, "", coc.ConflictHard} {
		for j := range 40 {
			who := coc.Login(fmt.Sprintf("%s%d-%d", strings.Repeat("m", 34), i, j))
			d := coc.Declaration{Login: who, Kind: kind}
			if i == 4 {
				d.By, d.Confirmed = who+"x", []coc.Login{who + "y", who + "z"}
				p.Responders = append(p.Responders, who)
			}
			if p.Committee.Members = append(p.Committee.Members, coc.Member{Login: who}); i != 3 {
				c.Declarations = append(c.Declarations, d)
			}
		}
	}
	c.Parties = []coc.Party{{Login: "p"}}
	for range 20 {
		c.Parties = append(c.Parties, coc.Party{Name: coc.NewProse(strings.Repeat("n", maxNamed))})
	}
	for _, s := range coc.Stages() {
		c.Stage = s
		l := Case(c, 0, late.Add(time.Hour)).Body.letter()
		if n := len(l.head) + len(l.tail) - len(Pages("").dashboard(c, late.Add(time.Hour), maxDashboard)); n > reserve {
			t.Errorf("%s: %d bytes of ours, reserve is %d", s, n, reserve)
		}
	}
	for name, set := range map[string]func(*coc.Placement){
		"of its own":           func(p *coc.Placement) { p.Separate = true },
		"asked in private":     func(p *coc.Placement) { p.Separate, p.Asked.By = true, late },
		"nobody is asked more": func(p *coc.Placement) { p.Separate, p.Asked.By, p.Screened = true, late, true },
	} {
		other := c
		other.Placements = []coc.Placement{*p}
		set(&other.Placements[0])
		l := Case(other, 0, late.Add(time.Hour)).Body.letter()
		if n := len(l.head) + len(l.tail) - len(Pages("").dashboard(other, late.Add(time.Hour), maxDashboard)); n > reserve {
			t.Errorf("%s: %d bytes of ours, reserve is %d", name, n, reserve)
		}
	}
	c.Parties = nil
	for range 300 {
		c.Parties = append(c.Parties, coc.Party{Login: coc.Login(strings.Repeat("p", 39)), Name: coc.NewProse(strings.Repeat("n", 100))})
	}
	c.Report.Involved = c.Parties
	c.Report.Account = coc.NewProse(numbered(20000, "line %d\n"))
	shown := Case(c, 0, late)
	all := shown.Body.Markdown()
	for _, m := range shown.More {
		all += m.Markdown()
	}
	if n := strings.Count(all, strings.Repeat("p", 39)); n != 300 {
		t.Errorf("%d of 300 people are shown", n)
	}
	if len(shown.Body.Markdown()) > Limit || strings.Contains(all, "Shortened") {
		t.Error("the body does not fit")
	}
}

func TestAdditionsThatNoCommentTellsStandInTheBody(t *testing.T) {
	t.Parallel()
	c := caseOf(canary)
	add := func(word string, revision int) {
		c.Report.Added = append(c.Report.Added, coc.Addition{At: wednesday, Text: coc.NewProse(word)})
		c.Journal = append(c.Journal, coc.Entry{Revision: revision, Act: "added"})
	}
	add("before-opening", 2)
	add("as-comment", 5)
	c.Effects = []coc.Effect{{Revision: 5, N: 1, Placement: 0, Done: true}}
	body := Case(c, 0, wednesday).Body.Markdown()
	if !strings.Contains(body, "before-opening") || strings.Contains(body, "as-comment") {
		t.Error("the body tells the wrong additions")
	}
	c.Placements = append(c.Placements, c.Placements[0])
	body = Case(c, 1, wednesday).Body.Markdown()
	if !strings.Contains(body, "before-opening") || !strings.Contains(body, "as-comment") {
		t.Error("the next committee is not told everything")
	}
}

func TestNextCommitteeReadsWhyItWasPassedOn(t *testing.T) {
	t.Parallel()
	c := caseOf(canary)
	c.Placements = append(c.Placements, c.Placements[0])
	c.Journal = append(c.Journal, coc.Entry{Revision: 2, Act: "escalate", Text: coc.NewProse("@kim-example is a friend of ours.")})
	if body := Case(c, 1, wednesday).Body.Markdown(); !strings.Contains(body, "> `@kim-example` is a friend of ours.") {
		t.Error(body)
	}
	if body := Case(c, 0, wednesday).Body.Markdown(); strings.Contains(body, "friend") {
		t.Error("the former room shows it")
	}
}

// The next committee gets the whole record, and what was talked about stays where
// it was said.
func TestNextCommitteeReadsWhoDidWhatBefore(t *testing.T) {
	t.Parallel()
	c := caseOf(canary)
	c.Journal = append(c.Journal,
		coc.Entry{Revision: 2, At: wednesday, Actor: "kim-responder", Act: "ack", From: coc.StageReceived, To: coc.StageAcknowledged},
		coc.Entry{Revision: 3, At: wednesday, Act: "added"},
		coc.Entry{Revision: 4, At: wednesday, Actor: "lee-responder", Act: "recuse", Whom: "kim-responder", Kind: coc.ConflictHard, Text: coc.NewProse("They are forget-me-not.")},
	)
	next := c.Placements[0]
	next.Before = len(c.Journal)
	c.Placements = append(c.Placements, next)
	c.Journal = append(c.Journal, coc.Entry{Revision: 5, At: wednesday, Actor: "lee-responder", Act: "transfer", To: coc.StageReceived, Text: coc.NewProse("It is theirs.")})
	body := Case(c, 1, wednesday).Body.Markdown()
	for _, want := range []string{
		"`kim-responder`: `/coc ack`, from `received` to `acknowledged`", "the reporter added something",
		"> It is theirs.",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the record lacks %q:\n%s", want, body)
		}
	}
	if strings.Contains(body, "forget-me-not") || strings.Contains(body, "/coc recuse` ") {
		t.Error("the record has what the committee said of its own members")
	}
	if body := Case(c, 0, wednesday).Body.Markdown(); strings.Contains(body, "/coc ack") {
		t.Error("the former room shows the record")
	}
	// What happens later in the new home changes nothing of it.
	parts := split(c, 1)
	c.Journal = append(c.Journal, coc.Entry{Revision: 6, At: wednesday, Actor: "lee-responder", Act: "ack", From: coc.StageReceived, To: coc.StageAcknowledged})
	if now := split(c, 1); strings.Join(now, "") != strings.Join(parts, "") {
		t.Errorf("the record grew:\n%s", now)
	}
	for range 300 {
		c.Journal = append([]coc.Entry{c.Journal[1]}, c.Journal...)
	}
	c.Placements[1].Before = len(c.Journal) - 2
	if lines := before(c, 1); len(lines) > maxBefore+4 || !strings.Contains(strings.Join(lines, ""), "left out here") {
		t.Errorf("a long history has %d lines", len(lines))
	}
}

func TestLongTextsAreCutIntoComments(t *testing.T) {
	t.Parallel()
	p := Addition(coc.Addition{At: wednesday, Text: coc.NewProse(numbered(30000, "line %d @kim\n"))}, nil)
	parts := Comments(p)
	all := ""
	for i, part := range parts {
		text := part.Marked(Marker("q7wz2k5c4m", 9, i)).Markdown()
		if len(text) > Limit {
			t.Errorf("part %d has %d bytes", i, len(text))
		}
		all += text
	}
	if len(parts) < 5 || strings.Count(all, "> line") != 30000 {
		t.Errorf("%d parts, %d lines", len(parts), strings.Count(all, "> line"))
	}
	if short := Comments(private("x")); len(short) != 1 || short[0].Markdown() != "x" {
		t.Error("a short text was changed")
	}
}

func TestEveryStageChannelAndRoleHasWords(t *testing.T) {
	t.Parallel()
	for _, s := range coc.Stages() {
		if stageMeans[s] == "" {
			t.Errorf("no words for %s", s)
		}
	}
	for _, r := range []coc.Role{coc.RoleUnset, coc.RoleAccused, coc.RoleHarmed, coc.RoleWitness, coc.RoleReporter} {
		lines, over := named([]coc.Party{{Login: "kim-example", Role: r}})
		if !strings.Contains(lines, "kim-example") || len(over) != 0 {
			t.Errorf("role %q is not shown", r)
		}
	}
}

// Looks at remedies that nobody made are many of one kind; they must not hide what else
// is late, or what is next.
func TestManyThingsOfOneKindHideNothingElseThatIsDue(t *testing.T) {
	t.Parallel()
	c := caseOf(canary)
	c.Stage, c.Due = coc.StageFollowUp, nil
	for i := range 20 {
		c.Due = append(c.Due, coc.Due{What: stage.DueFollowUp, At: wednesday.AddDate(0, 0, i-10)})
	}
	c.Due = slices.Insert(c.Due, 10, coc.Due{What: stage.DueUrgent, At: wednesday.Add(-time.Hour)})
	body := Case(c, 0, wednesday.Add(time.Minute)).Body.Markdown()
	for line, want := range map[string]int{
		"- **Overdue**: a remedy looked at again by Sunday 23 February 2025, 09:30 UTC": 1,
		"- **Overdue**: an answer to a reporter who says it is urgent by ":              1,
		"- **Due**: a remedy looked at again by Thursday 6 March 2025, 09:30 UTC":       1,
		"a remedy looked at again by ":                                                  2,
	} {
		if got := strings.Count(body, line); got != want {
			t.Errorf("%q stands there %d times, not %d:\n%s", line, got, want, body)
		}
	}
}
