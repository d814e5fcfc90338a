package casework_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

const rosterFile = "version: 1\nmembers: [{login: ada-river}, {login: ben-river}, {login: cy-river}]\n"

// foresee asks who would read a report that names these.
func (w *world) foresee(said coc.Circumstances, who ...coc.Party) casework.Preview {
	w.Helper()
	p, err := w.Preview(w.Context(), coc.Filing{Repo: source, Around: said, Involved: who})
	if err != nil {
		w.Fatal(err)
	}
	return p
}

func as(role coc.Role, logins ...coc.Login) (out []coc.Party) {
	for _, l := range logins {
		out = append(out, coc.Party{Login: l, Role: role})
	}
	return out
}

func TestPreviewNamesWhoWouldReadOfARosterThatIsShown(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		who     []coc.Party
		members string
		out     string
		moves   bool
	}{
		"nobody is named":           {nil, "[ada-river ben-river cy-river]", "[]", false},
		"an accused":                {as(coc.RoleAccused, "ADA-river"), "[ben-river cy-river]", "[ada-river]", false},
		"somebody without a part":   {as(coc.RoleUnset, "ada-river"), "[ben-river cy-river]", "[ada-river]", false},
		"who must not see it":       {as(coc.RoleKeptOut, "ada-river"), "[ben-river cy-river]", "[ada-river]", false},
		"most of them":              {as(coc.RoleKeptOut, "ada-river", "cy-river"), "[ben-river]", "[ada-river cy-river]", true},
		"a witness":                 {as(coc.RoleWitness, "ada-river"), "[ada-river ben-river cy-river]", "[]", false},
		"a name and words":          {[]coc.Party{{Name: coc.NewProse("Ada, ada-river there"), Role: coc.RoleAccused}}, "[ben-river cy-river]", "[ada-river]", false},
		"somebody who is elsewhere": {as(coc.RoleAccused, "fay-foundation"), "[ada-river ben-river cy-river]", "[]", false},
	} {
		w := newWorld(t)
		p := w.foresee(coc.Circumstances{}, tc.who...)
		if p.Committee != "River Committee" || !p.Known || !p.Shown || p.Next != "Foundation Committee" {
			t.Errorf("%s: %+v", name, p)
		}
		if fmt.Sprint(p.Members) != tc.members || fmt.Sprint(p.Out) != tc.out || p.Moves != tc.moves {
			t.Errorf("%s: %v would read it, %v would not, moves %t", name, p.Members, p.Out, p.Moves)
		}
	}
}

// What a committee does with every case says nothing of this one, so it is told to
// whoever fills in a form: who is named changes nothing in it.
func TestWhoeverFillsInTheFormIsToldThatMembersAreAskedFirst(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(w *world)
		first  string
		asks   bool
	}{
		"each is asked":                       {func(*world) {}, "River Committee", true},
		"each is asked, and nobody is shown":  {func(w *world) { w.at(riverRoom).files[".github/coc-committee.yaml"] += "show_members: false\n" }, "River Committee", true},
		"nobody can sign in, so nobody there": {func(w *world) { w.Accounts = nil }, "Foundation Committee", false},
		"on conflict alone": {func(w *world) {
			w.at(riverRoom).files[".github/coc-committee.yaml"] = strings.Replace(riverAsks, "always", "on-conflict", 1)
		}, "River Committee", false},
	} {
		w := asking(t)
		tc.change(w)
		guide, err := w.Guide(t.Context(), source)
		if err != nil || guide.Committee != tc.first || guide.Asks != tc.asks {
			t.Errorf("%s: the form says %+v, %v", name, guide, err)
		}
		for _, who := range [][]coc.Party{nil, as(coc.RoleAccused, "ada-river"), as(coc.RoleKeptOut, "ada-river", "ben-river", "cy-river")} {
			if p := w.foresee(coc.Circumstances{}, who...); p.Committee != tc.first || p.Asks != tc.asks {
				t.Errorf("%s, with %v named: %+v", name, who, p)
			}
		}
	}
}

func TestPreviewFollowsThePlaceTheProjectsAndTheLaw(t *testing.T) {
	t.Parallel()
	lake := coc.Repo{Owner: "lake", Name: "main"}
	for name, tc := range map[string]struct {
		said  coc.Circumstances
		takes string
		left  string
		joint string
	}{
		"nothing is said":      {coc.Circumstances{}, "River Committee", "[]", "[]"},
		"danger":               {coc.Circumstances{Danger: true}, "River Committee", "[]", "[]"},
		"an event with a desk": {coc.Circumstances{Space: coc.SpaceEvent, Known: "RiverDays"}, "Foundation Committee", "[]", "[Event Desk]"},
		"an unknown event":     {coc.Circumstances{Space: coc.SpaceEvent, Event: coc.NewProse("Lake Days")}, "River Committee", "[]", "[]"},
		"several projects":     {coc.Circumstances{Also: []coc.Repo{lake}, Whole: true}, "Foundation Committee", "[]", "[]"},
		"against the law":      {coc.Circumstances{Risks: []coc.Risk{coc.RiskIllegality}}, "Foundation Committee", "[River Committee]", "[]"},
		"somewhere else":       {coc.Circumstances{Space: coc.SpaceElsewhere}, "Summit Committee", "[]", "[]"},
	} {
		w := withEvents(t)
		w.repo(lake, "public")
		p := w.foresee(tc.said)
		if p.Committee != tc.takes || fmt.Sprint(p.Left) != tc.left || fmt.Sprint(p.Joint) != tc.joint {
			t.Errorf("%s: %+v", name, p)
		}
		if c := w.around(tc.said); c.Home().Committee.Name != p.Committee {
			t.Errorf("%s: shown %s, and %s has it", name, p.Committee, c.Home().Committee.Name)
		}
	}
}

// What the preview may not follow from, each in a world of its own that is otherwise
// the same: whatever is typed, every one of them says the same to the letter.
func TestPreviewIsNoOracle(t *testing.T) {
	t.Parallel()
	typed := [][]coc.Party{
		nil, as(coc.RoleAccused, "ada-river"), as(coc.RoleKeptOut, "ada-river", "ben-river"), as(coc.RoleHarmed, "fay-foundation"),
		as(coc.RoleAccused, "olga-owner"), as(coc.RoleUnset, "stan-stranger"), {{Name: coc.NewProse("the team @river/conduct-team")}},
		as(coc.RoleAccused, "hana-hidden", "hugo-hidden"),
	}
	places := []coc.Circumstances{
		{}, {Space: coc.SpaceChat}, {Space: coc.SpaceElsewhere, Here: true}, {Also: []coc.Repo{{Owner: "river", Name: "hidden"}}, Whole: true},
		{Risks: []coc.Risk{coc.RiskIllegality}},
	}
	said := func(w *world) string {
		var b strings.Builder
		for _, who := range typed {
			for _, at := range places {
				fmt.Fprintf(&b, "%+v\n", w.foresee(at, who...))
			}
		}
		return b.String()
	}
	secrets := map[string]func(w *world){
		"other cases": func(w *world) {
			for i, who := range []coc.Login{"ada-river", "ben-river", "fay-foundation"} {
				f := says(account)
				f.Involved = as(coc.RoleAccused, who)
				w.file(fmt.Sprint("another ", i), f)
			}
			w.pass(time.Minute)
		},
		"a conflict that was declared": func(w *world) {
			c := w.report(account)
			w.says(c, "ada-river", "/coc recuse hard")
			w.pass(time.Minute)
		},
		"who owns the room":            func(w *world) { w.at(riverRoom).owners["olga-owner"] = true },
		"who reads the room":           func(w *world) { w.at(riverRoom).readers["stan-stranger"] = true },
		"a room that may not be used":  func(w *world) { w.at(riverRoom).Visibility = "public" },
		"a private repository there":   func(w *world) { w.repo(coc.Repo{Owner: "river", Name: "hidden"}, "private") },
		"the owner's other committees": func(w *world) { w.repo(coc.Repo{Owner: "river", Name: ".github-private"}, "private") },
	}
	for shown, file := range map[string]string{
		"a roster that is shown": rosterFile,
		"a roster that is not":   rosterFile + "show_members: false\n",
	} {
		plain := newWorld(t)
		plain.at(riverRoom).files[".github/coc-committee.yaml"] = file
		want := said(plain)
		if strings.Contains(want, "ada-river") != (shown == "a roster that is shown") {
			t.Fatalf("%s: it says\n%s", shown, want)
		}
		here := maps.Clone(secrets)
		if shown == "a roster that is not" {
			for name, members := range map[string]string{"who serves there": "hana-hidden, hugo-hidden, ada-river", "who is left there": "hana-hidden"} {
				here[name] = func(w *world) {
					w.at(riverRoom).files[".github/coc-committee.yaml"] = "version: 1\nmembers: [" + members + "]\nshow_members: false\n"
				}
			}
		}
		here["employers"] = func(w *world) {
			w.at(riverRoom).files[".github/coc-committee.yaml"] = strings.ReplaceAll(file, "river}", "river, employer: Acme}")
		}
		for name, secret := range here {
			w := newWorld(t)
			w.at(riverRoom).files[".github/coc-committee.yaml"] = file
			secret(w)
			if got := said(w); got != want {
				t.Errorf("%s: %s changes it:\n%s\ninstead of\n%s", shown, name, got, want)
			}
		}
	}
}

// Nobody's name changes a word where the members are not shown.
func TestPreviewOfAHiddenRosterIsTheSameWhoeverIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(riverRoom).files[".github/coc-committee.yaml"] = rosterFile + "show_members: false\n"
	want := fmt.Sprintf("%+v", w.foresee(coc.Circumstances{}))
	for _, who := range slices.Concat([]coc.Login{"nobody-at-all", "olga-owner"}, []coc.Login{"ada-river", "ben-river", "cy-river"}) {
		for _, role := range []coc.Role{coc.RoleAccused, coc.RoleHarmed, coc.RoleKeptOut, coc.RoleUnset} {
			if got := fmt.Sprintf("%+v", w.foresee(coc.Circumstances{}, coc.Party{Login: who, Role: role})); got != want {
				t.Errorf("%s as %q: %s", who, role, got)
			}
		}
	}
}

// A private repository, one that is not there and one too many to look up are one.
func TestPreviewDoesNotTellAPrivateRepositoryFromNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hidden := coc.Repo{Owner: "river", Name: "hidden"}
	w.repo(hidden, "private").files[".github/coc.yaml"] = riverFile
	var want string
	for i, repo := range []coc.Repo{hidden, {Owner: "river", Name: "nothing"}, {Owner: "nobody", Name: "nothing"}} {
		p, err := w.Preview(t.Context(), coc.Filing{Repo: repo})
		got := fmt.Sprintf("%+v %v", p, err)
		if i == 0 {
			want = got
		}
		if got != want || p.Known || p.Committee != "Foundation Committee" {
			t.Errorf("%s: %s, want %s", repo, got, want)
		}
	}
	before := w.calls()
	for i := range 1000 {
		if _, err := w.Preview(t.Context(), coc.Filing{Repo: source, Around: coc.Circumstances{Also: []coc.Repo{{Owner: "river", Name: fmt.Sprint("guess-", i)}}}}); err != nil {
			t.Fatal(err)
		}
	}
	if asked := w.calls() - before; asked > 300 {
		t.Errorf("a thousand guesses asked GitHub %d times", asked)
	}
}
