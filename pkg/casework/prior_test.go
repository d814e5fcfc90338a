package casework_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

var (
	lake     = coc.Repo{Owner: "lake", Name: "main"}
	lakeRoom = coc.Repo{Owner: "lake", Name: "conduct"}
)

// lakeFile makes two people a committee, and nobody else knows of them.
const lakeFile = `
version: 1
committee:
  name: Lake Committee
  level: project
  incidents: lake/conduct
  contact: conduct@lake.example
  members: [lia-lake, leo-lake]
escalate_to: foundation
`

// withRecord is a world in which the directory names River's committee, and two
// people of another project have declared themselves one.
func withRecord(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.listed("ada-river", "ben-river", "cy-river")
	w.repo(lake, "public").files[".github/coc.yaml"] = lakeFile
	w.repo(lakeRoom, "private", "lia-lake", "leo-lake")
	return w
}

// listed gives the operator's directory River's committee, with these members.
func (w *world) listed(members ...string) {
	w.Helper()
	dir, problems := policy.ParseDirectory([]byte(strings.Replace(directory, "fallback:", "  river:\n    level: project\n    incidents: river/conduct\n    members: ["+
		strings.Join(members, ", ")+"]\nfallback:", 1)))
	if len(problems) > 0 {
		w.Fatal(problems)
	}
	w.Directory = dir
}

// about files a report on somebody of a project, and has its committee tell of it.
func (w *world) about(project coc.Repo, who coc.Login, more ...coc.Party) (c, told coc.Case) {
	w.Helper()
	f := says(account)
	f.Repo, f.Involved = project, append([]coc.Party{{Login: who, Role: coc.RoleAccused}}, more...)
	receipt := w.file(fmt.Sprint("token of ", project, " ", len(w.st.ids())), f)
	w.pass(time.Second)
	by := coc.Login("ada-river")
	if project == lake {
		by = "lia-lake"
	}
	c = w.says(w.of(receipt), by, "/coc notify "+summary)
	notices := w.noticesOf(c)
	if len(notices) != 1 {
		w.Fatalf("%d notices", len(notices))
	}
	return c, notices[0]
}

func (w *world) bodyOf(c coc.Case) string { return w.issueOf(c, len(c.Placements)-1).Body }

func (w *world) said(c coc.Case) string {
	return strings.Join(w.issueOf(c, len(c.Placements)-1).comments, "\n")
}

const noRecord = "**Earlier record**: none that may be shown here"

func TestRecordIsShownToTheFoundationAndToldByHand(t *testing.T) {
	t.Parallel()
	w := withRecord(t)
	first, told := w.about(source, "omar-outsider")
	if body := w.bodyOf(told); !strings.Contains(body, noRecord) {
		t.Errorf("the first time it says:\n%s", body)
	}
	first = w.decides(first, "ada-river", "/coc ack\n/coc resolve warning\n/coc notify They were warned.")
	for _, n := range w.noticesOf(first) {
		if body := w.bodyOf(n); !strings.Contains(body, noRecord) {
			t.Errorf("a case is its own record:\n%s", body)
		}
	}
	second, again := w.about(source, "Omar-Outsider")
	line := "`Omar-Outsider`, `" + told.Notice.Reference + "`: River Committee, told in March 2025, resolved with the outcome `warning`\n"
	if body := w.bodyOf(again); strings.Count(body, line) != 1 || strings.Count(body, told.Notice.Reference) != 1 {
		t.Errorf("the second time it says:\n%s", body)
	}
	before := *w.issueOf(second, 0)
	again = w.says(again, "fay-foundation", "/coc notify record")
	if body := w.bodyOf(again); !strings.Contains(body, "that committee was told on 3 March 2025") || !strings.Contains(w.said(again), "On its way to River Committee") {
		t.Errorf("afterwards:\n%s\n%s", body, w.said(again))
	}
	is := w.issueOf(second, 0)
	if is.Body != before.Body || len(is.comments) != len(before.comments)+1 {
		t.Errorf("the case says\n%s\n%q", is.Body, is.comments)
	}
	release := is.comments[len(is.comments)-1]
	if !strings.Contains(release, "- `Omar-Outsider`: told in March 2025, resolved with the outcome `warning`\n") || !strings.Contains(release, again.Notice.Reference) {
		t.Errorf("told:\n%s", release)
	}
	for _, never := range []string{canary, "warned", "insulted", "River", "ada-river", told.Notice.Reference, "conduct", "fay-foundation"} {
		if strings.Contains(release, never) {
			t.Errorf("it tells %q:\n%s", never, release)
		}
	}
	if strings.Contains(release, "not in the directory") {
		t.Errorf("told:\n%s", release)
	}
	// Once is enough, and nothing of it goes along to whoever gets the case next.
	if w.says(again, "finn-foundation", "/coc notify record"); len(is.comments) != len(before.comments)+1 {
		t.Error("told twice")
	}
	second = w.says(second, "ada-river", "/coc escalate We know them.")
	if body := w.bodyOf(second); len(second.Placements) != 2 || strings.Contains(body, "record") || strings.Contains(w.said(second), "record") {
		t.Errorf("whoever has it next reads:\n%s", body)
	}
	w.invariants()
}

// Nobody finds out by declaring a committee: what it is answered, and what
// changes in its room, is the same whether there is a record or not.
func TestDeclaredCommitteeCannotProbe(t *testing.T) {
	t.Parallel()
	seen := map[coc.Login][]string{}
	for _, who := range []coc.Login{"omar-outsider", "zara-outsider"} {
		w := withRecord(t)
		c, _ := w.about(source, "omar-outsider")
		w.decides(c, "ada-river", "/coc ack\n/coc resolve ban\n/coc notify It is over.")
		writes := len(w.gh.writes)
		probe, told := w.about(lake, who)
		if has := strings.Contains(w.bodyOf(told), "resolved with the outcome `ban`"); has != (who == "omar-outsider") {
			t.Errorf("of %s the foundation reads:\n%s", who, w.bodyOf(told))
		}
		told = w.says(told, "fay-foundation", "/coc notify record")
		if !strings.Contains(w.said(told), "**Not done.**") || len(told.Notice.Released) != 0 {
			t.Errorf("of %s: %s", who, w.said(told))
		}
		w.pass(48 * time.Hour)
		i := w.issueOf(probe, 0)
		trail := append([]string{i.Body, fmt.Sprint(i.Labels, probe.Revision)}, i.comments...)
		for _, x := range w.gh.writes[writes:] {
			if x.repo == lakeRoom.Key() {
				trail = append(trail, x.op)
			}
		}
		for n, text := range trail {
			text = strings.NewReplacer(string(who), "SOMEBODY", string(probe.ID), "CASE", told.Notice.Reference, "REFERENCE").Replace(text)
			trail[n] = text
		}
		seen[who] = trail
		w.invariants()
	}
	if a, b := seen["omar-outsider"], seen["zara-outsider"]; !slices.Equal(a, b) || len(a) < 4 {
		t.Errorf("they can tell:\n%q\n%q", a, b)
	}
}

// A committee of the directory is one by its room and the people in it.
func TestRecordIsToldToNobodyButWhomTheFoundationAccepted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before func(w *world, of, told coc.Case)
		want   string
	}{
		"accepted":                     {func(*world, coc.Case, coc.Case) {}, ""},
		"taken out of the directory":   {func(w *world, _, _ coc.Case) { w.Directory = newWorld(w).Directory }, "record/sender"},
		"somebody has left the roster": {func(w *world, _, _ coc.Case) { w.listed("ada-river", "ben-river") }, "record/sender"},
		"the roster cannot be read":    {func(w *world, _, _ coc.Case) { w.at(riverRoom).files[".github/coc-committee.yaml"] = "no: [" }, "record/sender"},
		"the case has moved":           {func(w *world, of, _ coc.Case) { w.says(of, "ada-river", "/coc transfer summit Take it.") }, "record/moved"},
		"their room is frozen": {func(w *world, of, _ coc.Case) {
			w.pass(time.Minute)
			w.at(riverRoom).readers["stan-stranger"] = true
			w.says(of, "ada-river", "/coc ack")
		}, "record/cannot"},
		"a stranger has come in unseen": {func(w *world, _, _ coc.Case) { w.at(riverRoom).readers["stan-stranger"] = true }, "record/cannot"},
		"their room is away":            {func(w *world, _, _ coc.Case) { w.at(riverRoom).problem = coc.ErrInaccessible }, "record/sender"},
		"the one who asks is not clear": {func(w *world, _, told coc.Case) { w.says(told, "fay-foundation", "/coc recuse soft") }, "record/clear"},
		"another there is not clear":    {func(w *world, _, told coc.Case) { w.says(told, "finn-foundation", "/coc recuse soft") }, "record/hidden"},
		"its own room cannot be read":   {func(w *world, _, _ coc.Case) { w.at(baseRoom).problem = coc.ErrInaccessible }, "record/hidden"},
		"a stranger reads the notice":   {func(w *world, _, _ coc.Case) { w.at(baseRoom).readers["stan-stranger"] = true }, "record/hidden"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := withRecord(t)
			w.about(source, "omar-outsider")
			of, told := w.about(source, "omar-outsider")
			var refused []string
			w.Refused = func(rule string) { refused = append(refused, rule) }
			c.before(w, of, told)
			refused = nil
			told = w.says(told, "fay-foundation", "/coc notify record")
			if c.want == "" && (len(refused) > 0 || len(told.Notice.Released) != 1) || c.want != "" && (!slices.Equal(refused, []string{c.want}) || len(told.Notice.Released) != 0) {
				t.Errorf("refused by %q, told %+v", refused, told.Notice.Released)
			}
			w.pass(3 * time.Hour)
			for _, x := range w.gh.writes {
				if (strings.Contains(x.text, "earlier record**") && x.repo != baseRoom.Key()) != (c.want == "" && x.repo == riverRoom.Key() && strings.Contains(x.text, "tells you of")) {
					t.Errorf("%s: it was written to %s", x.op, x.repo)
				}
			}
			w.always()
		})
	}
}

func TestRecordIsToldInNobodysWords(t *testing.T) {
	t.Parallel()
	w := withRecord(t)
	_, a := w.about(source, "omar-outsider")
	_, b := w.about(lake, "omar-outsider")
	of, told := w.about(source, "omar-outsider")
	if body := w.bodyOf(told); strings.Count(body, "not in the directory") != 1 || !strings.Contains(body, "Lake Committee, told in March 2025, not resolved as far as is known (by a committee that is not in the directory)\n") {
		t.Errorf("whose word it is:\n%s", body)
	}
	var refused []string
	w.Refused = func(rule string) { refused = append(refused, rule) }
	for _, c := range []struct{ say, want string }{
		{"/coc notify They did it before.", "record/words"},
		{"/coc notify record: they were banned", "record/words"},
		{"/coc notify record N-123", "record/words"},
		{"/coc notify record N-12345678", "record/none"},
		{"/coc notify", "command/notify"},
	} {
		refused = nil
		if told = w.says(told, "fay-foundation", c.say); !slices.Equal(refused, []string{c.want}) || len(told.Notice.Released) != 0 {
			t.Errorf("%q: refused by %q", c.say, refused)
		}
	}
	refused = nil
	told = w.says(told, "fay-foundation", "/coc notify Record `"+b.Notice.Reference+"`.")
	if len(refused) != 0 || len(told.Notice.Released) != 1 || told.Notice.Released[0].Ref != b.Notice.Reference {
		t.Errorf("one of two: %q, %+v", refused, told.Notice.Released)
	}
	if n := strings.Count(w.said(of), "told in March"); n != 1 {
		t.Errorf("%d lines were told", n)
	}
	// Twice in one comment would be two changes of their case at once.
	told = w.says(told, "fay-foundation", "/coc notify record "+a.Notice.Reference+"\n/coc notify record")
	if !slices.Equal(refused, []string{"record/once"}) || len(told.Notice.Released) != 2 {
		t.Errorf("twice: %q, %+v", refused, told.Notice.Released)
	}
	w.invariants()
}

// Where somebody reads who is not clear, the record is not shown, and it looks the
// same whether there is one or not.
func TestRecordIsHiddenFromWhoIsNotClear(t *testing.T) {
	t.Parallel()
	var bodies []string
	for _, who := range []coc.Login{"omar-outsider", "zara-outsider"} {
		w := withRecord(t)
		w.about(source, "omar-outsider")
		_, told := w.about(source, who)
		told = w.says(told, "finn-foundation", "/coc recuse soft")
		body := w.bodyOf(told)
		body = strings.NewReplacer(string(who), "SOMEBODY", told.Notice.Reference, "REFERENCE", string(told.ID), "CASE").Replace(body)
		bodies = append(bodies, body)
		if !strings.Contains(body, "not shown while somebody reads here who has a conflict") {
			t.Errorf("it says:\n%s", body)
		}
		// Whoever takes themself out lets the others see it, somewhere else.
		told = w.says(told, "finn-foundation", "/coc recuse hard")
		if home := told.Home(); home.Committee.Key != "summit" || strings.Contains(w.bodyOf(told), noRecord) == (who == "omar-outsider") {
			t.Errorf("%s reads:\n%s", home.Committee.Name, w.bodyOf(told))
		}
		w.invariants()
	}
	if bodies[0] != bodies[1] {
		t.Errorf("they can tell:\n%s\n%s", bodies[0], bodies[1])
	}
}

// Whoever may not know of a case learns of it by no later notice.
func TestRecordIsKeptFromWhoseCaseItWas(t *testing.T) {
	t.Parallel()
	harmed := coc.Party{Login: "finn-foundation", Role: coc.RoleHarmed}
	for name, c := range map[string]struct {
		before func(*world)
		want   string // where the second notice is
		shown  bool
	}{
		"the next committee up":     {func(*world) {}, "summit", true},
		"a repository of its own":   {func(w *world) { w.foundationAdministers() }, "foundation", true},
		"nobody further up is free": {func(w *world) { w.at(topRoom).readers["stan-stranger"] = true }, "foundation", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := withRecord(t)
			first, was := w.about(source, "omar-outsider", harmed)
			if was.Home().Committee.Key != "summit" {
				t.Fatalf("the first is with %s", was.Home().Committee.Key)
			}
			c.before(w)
			second, told := w.about(lake, "omar-outsider")
			if home := told.Home(); home.Committee.Key != c.want || strings.Contains(w.bodyOf(told), was.Notice.Reference) != c.shown {
				t.Errorf("it is with %s:\n%s", home.Committee.Key, w.bodyOf(told))
			}
			for _, x := range w.gh.writes {
				if slices.Contains(x.readers, "finn-foundation") && (strings.Contains(x.text, was.Notice.Reference) || c.shown) {
					t.Errorf("%s in %s: finn could read it", x.op, x.repo)
				}
			}
			if answer := w.said(second); !strings.Contains(answer, "It is on its way") {
				t.Errorf("who sent it reads %q", answer)
			}
			if len(first.Placements) != 1 || len(w.st.priors) != 2 {
				t.Errorf("%d lines", len(w.st.priors))
			}
			w.invariants()
		})
	}
}

// There are many ways to be concerned by a case. Who joined since was looked at
// by nobody then.
func TestRecordIsKeptFromWhoeverWasConcerned(t *testing.T) {
	t.Parallel()
	for name, concern := range map[string]func(w *world) (barred coc.Login){
		"recused themself of the notice": func(w *world) coc.Login {
			_, told := w.about(source, "omar-outsider")
			w.says(told, "finn-foundation", "/coc recuse hard")
			return "finn-foundation"
		},
		"recused themself of the word on how it ended": func(w *world) coc.Login {
			c, first := w.about(source, "omar-outsider")
			c = w.decides(c, "ada-river", "/coc ack\n/coc resolve warning\n/coc notify It is over.")
			for _, n := range w.noticesOf(c) {
				if n.ID != first.ID {
					w.says(n, "finn-foundation", "/coc recuse hard")
				}
			}
			return "finn-foundation"
		},
		"named when more was added": func(w *world) coc.Login {
			c, _ := w.about(source, "omar-outsider")
			c.Report.Added = []coc.Addition{{Text: coc.NewProse("It was finn-foundation, too.")}}
			w.keep(c)
			return "finn-foundation"
		},
		"joined, and named by the report": func(w *world) coc.Login {
			w.report("It was gil-foundation, and " + canary)
			c := w.caseOf(w.st.ids()[0])
			c.Parties = []coc.Party{{Login: "omar-outsider", Role: coc.RoleAccused}}
			w.keep(c)
			w.says(w.caseOf(c.ID), "ada-river", "/coc notify "+summary)
			return "gil-foundation"
		},
		"joined, and named by who told of it": func(w *world) coc.Login {
			w.says(w.accusing(account, "omar-outsider"), "ada-river", "/coc notify Ask gil-foundation.")
			return "gil-foundation"
		},
		"joined, and named by who passed it on": func(w *world) coc.Login {
			c := w.accusing(account, "omar-outsider")
			c.Journal = append(c.Journal, coc.Entry{Revision: c.Revision, Act: "escalate", Text: coc.NewProse("We know gil-foundation.")})
			w.keep(c)
			w.says(w.caseOf(c.ID), "ada-river", "/coc notify "+summary)
			return "gil-foundation"
		},
		"of nobody": func(w *world) coc.Login { w.about(source, "omar-outsider"); return "" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := withRecord(t)
			barred := concern(w)
			if barred == "gil-foundation" {
				w.at(baseRoom).readers[barred] = true
				w.listed("ada-river", "ben-river", "cy-river")
				dir, problems := policy.ParseDirectory([]byte(strings.Replace(directory, "farah-foundation]", "farah-foundation, gil-foundation]", 1)))
				if len(problems) > 0 {
					t.Fatal(problems)
				}
				w.Directory = dir
			}
			was := w.st.priors[0]
			_, told := w.about(lake, "omar-outsider")
			want := map[bool]string{true: "foundation", false: "summit"}[barred == ""]
			if home := told.Home(); home.Committee.Key != want || !strings.Contains(w.bodyOf(told), was.Ref) {
				t.Errorf("it is with %s:\n%s", home.Committee.Key, w.bodyOf(told))
			}
		})
	}
}

// What the foundation decided itself is on its record, too, though nobody told it.
func TestFoundationsOwnCasesAreOnItsRecord(t *testing.T) {
	t.Parallel()
	own := func(w *world, who ...coc.Login) coc.Case {
		f := says(account)
		f.Repo = coc.Repo{Owner: "tiny", Name: "box"} // of which nobody has heard
		for _, l := range who {
			f.Involved = append(f.Involved, coc.Party{Login: l, Role: coc.RoleAccused})
		}
		receipt := w.file(fmt.Sprint("token of tiny/box ", len(w.st.ids())), f)
		w.pass(time.Minute)
		c := w.of(receipt)
		if c.Home().Committee.Key != "foundation" {
			t.Fatalf("it is with %s", c.Home().Committee.Key)
		}
		return c
	}
	w := withRecord(t)
	c := own(w, "omar-outsider")
	if body := w.bodyOf(c); strings.Contains(body, "record") {
		t.Errorf("the case itself says\n%s", body)
	}
	_, told := w.about(source, "omar-outsider")
	if body := w.bodyOf(told); !strings.Contains(body, noRecord) {
		t.Errorf("while it is open:\n%s", body)
	}
	c = w.decides(c, "fay-foundation", "/coc ack\n/coc resolve ban")
	c = w.decides(c, "fay-foundation", "/coc reopen It came back.\n/coc ack\n/coc resolve warning")
	told = w.says(told, "fay-foundation", "/coc ack")
	if body := w.bodyOf(told); strings.Count(body, "Foundation Committee, told in March 2025, resolved with the outcome `warning`\n") != 1 || strings.Contains(body, "`ban`") {
		t.Errorf("afterwards:\n%s", body)
	}
	// Handed to the summit, and told of from there on by nobody.
	c = w.says(c, "fay-foundation", "/coc escalate We know them.")
	if told = w.says(told, "fay-foundation", "/coc notify record"); len(told.Notice.Released) != 1 || len(c.Placements) != 2 {
		t.Errorf("told: %+v", told.Notice.Released)
	}
	w.invariants()

	// Whoever had a conflict in it learns nothing of it later either.
	w = withRecord(t)
	c = w.decides(own(w, "omar-outsider"), "fay-foundation", "/coc ack\n/coc resolve warning")
	c.Declarations = []coc.Declaration{{Login: "finn-foundation", Kind: coc.ConflictHard}}
	c.Home().Responders = []coc.Login{"fay-foundation", "farah-foundation"}
	w.keep(c)
	if _, told := w.about(source, "omar-outsider"); told.Home().Committee.Key != "summit" || strings.Contains(w.bodyOf(told), noRecord) {
		t.Errorf("%s has\n%s", told.Home().Committee.Key, w.bodyOf(told))
	}
	w.invariants()

	w = withRecord(t)
	var many []coc.Login
	for n := range 45 {
		many = append(many, coc.Login(fmt.Sprint("outsider-", n)))
	}
	w.decides(own(w, many...), "fay-foundation", "/coc ack\n/coc resolve warning")
	if w.gh.calls["account"] != 45 || len(w.st.priors) != 45 {
		t.Errorf("%d asked for, %d lines", w.gh.calls["account"], len(w.st.priors))
	}
	// No case of a project is looked up for it, nor one where nobody has to be told,
	// nor one that is taken up again at once.
	w = withRecord(t)
	w.decides(w.accusing(account, "omar-outsider"), "ada-river", "/coc ack\n/coc resolve warning")
	w.decides(own(w, "omar-outsider"), "fay-foundation", "/coc ack\n/coc resolve warning\n/coc reopen No.")
	dir, problems := policy.ParseDirectory([]byte(directory + "jurisdiction: {tell: none}\n"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	w.Directory = dir
	w.decides(own(w, "omar-outsider"), "fay-foundation", "/coc ack\n/coc resolve warning")
	if w.gh.calls["account"] != 0 || len(w.st.priors) != 0 {
		t.Errorf("%d asked for, %d lines", w.gh.calls["account"], len(w.st.priors))
	}
}

// A case is one matter, whichever of its notices somebody recused themself of.
func TestRecordOfACaseIsShownAsAWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	w := withRecord(t)
	c, first := w.about(source, "omar-outsider")
	c = w.decides(c, "ada-river", "/coc ack\n/coc resolve warning\n/coc notify It is over.")
	for _, n := range w.noticesOf(c) {
		if n.ID != first.ID {
			w.says(n, "finn-foundation", "/coc recuse hard")
		}
	}
	w.at(topRoom).readers["stan-stranger"] = true // so that nobody further up is free
	if _, told := w.about(lake, "omar-outsider"); told.Home().Committee.Key != "foundation" || !strings.Contains(w.bodyOf(told), noRecord) {
		t.Errorf("%s has\n%s", told.Home().Committee.Key, w.bodyOf(told))
	}
	w.always()
}

// A record is one committee's, and a line of which the case is gone is nobody's.
func TestRecordOfAnotherOrOfNothingIsNotShown(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(w *world, c coc.Case){
		"another committee's": func(w *world, _ coc.Case) { w.st.priors[0].Central = "summit" },
		"the case is gone":    func(w *world, c coc.Case) { delete(w.st.cases, c.ID) },
	} {
		w := withRecord(t)
		first, _ := w.about(source, "omar-outsider")
		change(w, first)
		if _, told := w.about(lake, "omar-outsider"); told.Home().Committee.Key != "foundation" || !strings.Contains(w.bodyOf(told), noRecord) {
			t.Errorf("%s: %s has\n%s", name, told.Home().Committee.Key, w.bodyOf(told))
		}
	}
	// Gone between the command and the comment, it is not told.
	w := withRecord(t)
	first, _ := w.about(lake, "omar-outsider")
	of, told := w.about(source, "omar-outsider")
	w.gh.failing["reply"] = coc.Later{Cause: "a broken line"}
	told = w.says(told, "fay-foundation", "/coc notify record")
	delete(w.st.cases, first.ID)
	delete(w.gh.failing, "reply")
	w.pass(time.Hour)
	if len(told.Notice.Released) != 1 || strings.Contains(w.said(of), "earlier record") {
		t.Errorf("told: %s", w.said(of))
	}
}

// A repository that was made for a notice and is not used keeps no reader.
func TestRoomThatTheRecordForbidsIsAbandoned(t *testing.T) {
	t.Parallel()
	w := withRecord(t)
	w.about(lake, "omar-outsider", coc.Party{Login: "finn-foundation", Role: coc.RoleHarmed})
	w.foundationAdministers()
	_, told := w.about(source, "omar-outsider", coc.Party{Login: "fay-foundation", Role: coc.RoleHarmed})
	if told.Home().Committee.Key != "summit" || len(told.Placements) != 2 || !told.Placements[0].Separate {
		t.Fatalf("placements: %+v", told.Placements)
	}
	if made := w.at(told.Placements[0].Room.Repo); !made.Archived || len(made.readers) != 0 || len(made.issues) != 0 {
		t.Errorf("what was made: %+v", made)
	}
	w.invariants()
}

// A notice whose opening was not heard of stays where it was opened, whatever the
// record has by then.
func TestNoticeThatWasOpenedDoesNotGoForTheRecord(t *testing.T) {
	t.Parallel()
	w := withRecord(t)
	earlier, was := w.about(source, "omar-outsider")
	w.gh.after = func(op string) error {
		if op != "open" || len(w.at(baseRoom).issues) < 2 {
			return nil
		}
		w.gh.after = nil
		earlier.Parties = append(earlier.Parties, coc.Party{Login: "finn-foundation", Role: coc.RoleHarmed})
		earlier.Revision++
		if err := w.st.Commit(context.Background(), coc.Change{Cases: []coc.Case{earlier}}); err != nil {
			t.Error(err)
		}
		return coc.Later{Cause: "a broken line"}
	}
	c := w.accusing(account, "omar-outsider")
	if c.ID == earlier.ID {
		f := says(account)
		f.Involved = []coc.Party{{Login: "omar-outsider", Role: coc.RoleAccused}}
		receipt := w.file("another token", f)
		w.pass(time.Second)
		c = w.of(receipt)
	}
	c = w.says(c, "ada-river", "/coc notify "+summary)
	w.pass(time.Hour)
	told := w.noticesOf(c)[0]
	if len(told.Placements) != 1 || told.Home().Issue == 0 || len(w.at(topRoom).issues) != 0 {
		t.Errorf("placements: %+v", told.Placements)
	}
	told = w.says(told, "fay-foundation", "/coc ack")
	if strings.Contains(w.bodyOf(told), was.Notice.Reference) {
		t.Errorf("it says\n%s", w.bodyOf(told))
	}
	w.oneHome(told)
}

// Custodians read along, as they read a case; on the roster they are members like
// others.
func TestRecordIsShownWhereACustodianReads(t *testing.T) {
	t.Parallel()
	for _, custodian := range []coc.Login{"cass-custodian", "finn-foundation"} {
		w := withRecord(t)
		w.at(baseRoom).files[".github/coc-committee.yaml"] = "version: 1\nescalate_to: summit\nmembers: [{login: fay-foundation}, {login: finn-foundation}, {login: farah-foundation}]\n" +
			"minimum: {clear: 1, without_hard_conflict: 2}\ncustodians: [" + string(custodian) + "]\n"
		w.at(baseRoom).owners[custodian] = true
		w.about(source, "omar-outsider")
		_, told := w.about(source, "omar-outsider")
		if strings.Contains(w.bodyOf(told), noRecord) || strings.Contains(w.bodyOf(told), "not shown while") {
			t.Errorf("with %s it says\n%s", custodian, w.bodyOf(told))
		}
		told = w.says(told, "finn-foundation", "/coc recuse soft\n/coc ack")
		if is := strings.Contains(w.bodyOf(told), "not shown while"); !is {
			t.Errorf("with %s it says\n%s", custodian, w.bodyOf(told))
		}
	}
}

// foundationAdministers lets the App make repositories in the foundation's
// organisation.
func (w *world) foundationAdministers() {
	w.administers()
	w.gh.orgs["foundation-conduct"] = &org{base: "none", members: rosters[baseRoom.Key()]}
}

// A committee of which somebody was a party of the earlier case is not told of it,
// not even if that is found out between the command and the comment.
func TestRecordIsNotToldToWhoseCaseItWas(t *testing.T) {
	t.Parallel()
	w := withRecord(t)
	earlier, was := w.about(lake, "omar-outsider")
	of, told := w.about(source, "omar-outsider")
	lost := true
	w.gh.before = func(op string) {
		if op == "reply" && lost {
			w.gh.failing["reply"] = coc.Later{Cause: "a broken line"}
		}
	}
	told = w.says(told, "fay-foundation", "/coc notify record")
	if len(told.Notice.Released) != 1 {
		t.Fatal("it was not to be told")
	}
	earlier.Parties = append(earlier.Parties, coc.Party{Login: "ben-river", Role: coc.RoleHarmed})
	w.keep(earlier)
	lost = false
	delete(w.gh.failing, "reply")
	w.pass(time.Hour)
	if said := w.said(of); strings.Contains(said, "earlier record") || !strings.Contains(w.said(told), "On its way") {
		t.Errorf("told: %s", said)
	}
	var refused []string
	w.Refused = func(rule string) { refused = append(refused, rule) }
	_, third := w.about(source, "omar-outsider")
	w.says(third, "fay-foundation", "/coc notify record "+was.Notice.Reference)
	if !slices.Equal(refused, []string{"record/conflicted"}) {
		t.Errorf("refused by %q", refused)
	}
	w.invariants()
}

// A comment that has not been written when the case leaves is not written at all.
func TestRecordIsNotToldInAFormerHome(t *testing.T) {
	t.Parallel()
	w := withRecord(t)
	w.about(lake, "omar-outsider")
	of, told := w.about(source, "omar-outsider")
	w.gh.failing["reply"] = coc.Later{Cause: "a broken line"}
	told = w.says(told, "fay-foundation", "/coc notify record")
	w.says(of, "ada-river", "/coc escalate We know them.")
	delete(w.gh.failing, "reply")
	w.pass(2 * time.Hour)
	if len(told.Notice.Released) != 1 || strings.Contains(strings.Join(w.issueOf(of, 0).comments, ""), "earlier record") {
		t.Errorf("told: %q", w.issueOf(of, 0).comments)
	}
	w.invariants()
}

// An account keeps its record under every name, and leaves it to nobody.
func TestRecordFollowsTheAccountAndNotTheName(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		then, now map[string]int64
		asked     coc.Login
		want      string
	}{
		"renamed":                        {map[string]int64{"omar-outsider": 7}, map[string]int64{"omar-outsider": 0, "oscar": 7}, "oscar", "outcome `ban`"},
		"another took the name":          {map[string]int64{"omar-outsider": 7}, map[string]int64{"omar-outsider": 8}, "omar-outsider", ""},
		"named as they were called then": {map[string]int64{"omar-outsider": 7}, map[string]int64{"omar-outsider": 0}, "omar-outsider", "by the name alone"},
		"GitHub did not know them then":  {map[string]int64{"omar-outsider": 0}, map[string]int64{"omar-outsider": 9}, "omar-outsider", "by the name alone"},
		"in other letters":               {map[string]int64{"omar-outsider": 7}, nil, "OMAR-outsider", "outcome `ban`"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := withRecord(t)
			w.gh.numbers = c.then
			first, was := w.about(source, "omar-outsider")
			w.decides(first, "ada-river", "/coc ack\n/coc resolve ban\n/coc notify It is over.")
			if c.now != nil {
				w.gh.numbers = c.now
			}
			_, told := w.about(source, c.asked)
			body := w.bodyOf(told)
			if strings.Contains(body, noRecord) != (c.want == "") || !strings.Contains(body, c.want) || c.want != "" && !strings.Contains(body, was.Notice.Reference) {
				t.Errorf("it says:\n%s", body)
			}
			if certain := strings.Contains(body, "by the name alone"); certain != (c.want == "by the name alone") {
				t.Errorf("it says:\n%s", body)
			}
			w.invariants()
		})
	}
}

// While GitHub cannot tell who somebody is, the notice waits a little, and then
// goes by the name.
func TestNoticeWaitsALittleForTheAccount(t *testing.T) {
	t.Parallel()
	w := withRecord(t)
	w.gh.failing["account"] = coc.Later{Cause: "a broken line"}
	c := w.accusing(account, "omar-outsider")
	c = w.says(c, "ada-river", "/coc notify "+summary)
	if !strings.Contains(w.said(c), "It is on its way") || len(w.at(baseRoom).issues) != 0 {
		t.Fatalf("who sent it waits for it: %q", w.said(c))
	}
	w.pass(time.Hour)
	if n := w.noticesOf(c)[0]; n.Home().Issue == 0 || n.Notice.Accused[0].Account != -1 || len(w.st.priors) != 1 {
		t.Errorf("%+v, %d lines", n.Notice, len(w.st.priors))
	}
	// Many are looked up some at a time.
	w = withRecord(t)
	var who []coc.Login
	for n := range 45 {
		who = append(who, coc.Login(fmt.Sprint("outsider-", n)))
	}
	c = w.says(w.accusing(account, who...), "ada-river", "/coc notify "+summary)
	w.pass(time.Minute)
	if steps := w.noticesOf(c)[0].Revision - 2; w.gh.calls["account"] != 45 || len(w.st.priors) != 45 || steps != 3 {
		t.Errorf("%d asked for in %d steps, %d lines", w.gh.calls["account"], steps, len(w.st.priors))
	}
	w.invariants()
}

// cut is a memory that ends the nth commit without an answer, before or after it
// holds.
type cut struct {
	*memory
	n     int
	after bool
}

func (c *cut) Commit(ctx context.Context, change coc.Change) error {
	if c.n--; c.n != 0 {
		return c.memory.Commit(ctx, change)
	}
	if c.after {
		if err := c.memory.Commit(ctx, change); err != nil {
			return err
		}
	}
	return errors.New("killed")
}

// A kill between any two steps leaves one notice and one line of the record for
// each, and tells the committee once.
func TestRecordIsWrittenOnceWhereverItIsKilled(t *testing.T) {
	t.Parallel()
	for _, after := range []bool{false, true} {
		for n := 1; ; n++ {
			w := withRecord(t)
			w.about(lake, "omar-outsider")
			c := w.accusing(account, "omar-outsider")
			k := &cut{w.st, n, after}
			w.Store = k
			c = w.says(c, "ada-river", "/coc notify "+summary)
			w.pass(time.Hour)
			told := w.noticesOf(c)
			if len(told) != 1 || told[0].Home().Issue == 0 {
				t.Fatalf("kill %d: %d notices", n, len(told))
			}
			w.says(told[0], "fay-foundation", "/coc notify record")
			w.pass(time.Hour)
			c = w.decidesWithin(time.Hour, c, "ada-river", "/coc ack\n/coc resolve warning\n/coc notify It is over.")
			w.pass(time.Hour)
			if len(w.at(baseRoom).issues) != 3 || len(w.st.priors) != 3 || len(w.noticesOf(c)) != 2 {
				t.Errorf("kill %d, after %v: %d issues, %d lines", n, after, len(w.at(baseRoom).issues), len(w.st.priors))
			}
			if told := strings.Count(w.said(c), "tells you of an earlier record"); told != 1 {
				t.Errorf("kill %d, after %v: told %d times", n, after, told)
			}
			w.invariants()
			if k.n > 0 {
				if n < 8 {
					t.Errorf("only %d commits were seen", n-1)
				}
				break
			}
		}
	}
}
