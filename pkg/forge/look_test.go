package forge_test

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/forge"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

func TestRepositoryIsFoundUnderItsOldName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before, err := w.f.Repository(ctx(t), coc.AppSource, engine)
	if err != nil || before.Visibility != "public" || before.DefaultBranch != "main" || before.ID == 0 {
		t.Fatalf("%+v, %v", before, err)
	}
	w.must(w.Rename(engine.String(), "motor"))
	motor := coc.Repo{Owner: "example-org", Name: "motor"}
	for name, f := range map[string]*forge.Forge{"seen before": w.f, "just started": w.another(nil)} {
		after, err := f.Repository(ctx(t), coc.AppSource, engine)
		if err != nil || after.ID != before.ID || after.Repo != motor {
			t.Errorf("%s: %+v, %v", name, after, err)
		}
		if _, err := f.File(ctx(t), coc.AppSource, engine, "README.md", ""); err != nil {
			t.Errorf("%s: a file under the old name: %v", name, err)
		}
	}
}

func TestNameTakenOverByAnotherRepositoryLeadsToThatOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old, err := w.f.Repository(ctx(t), coc.AppRooms, cases)
	w.must(err)
	w.must(w.Rename(cases.String(), "archive"))
	w.must(w.AddRepo(cases.String(), githubsim.Repo{Visibility: "private"}))
	facts := w.f.Readers(ctx(t), cases)
	if facts.Problem != nil || facts.ID == old.ID || facts.Repo != cases {
		t.Fatalf("%+v", facts)
	}
	if _, err := w.f.OpenIssue(ctx(t), cases, "Heron", text("report"), nil, "<!-- m -->", false); err != nil {
		t.Fatal(err)
	}
	if got := w.bodies("org-owner", cases); len(got) != 1 {
		t.Errorf("in the repository that has the name: %q", got)
	}
	if got := w.bodies("org-owner", coc.Repo{Owner: "safe-org", Name: "archive"}); len(got) != 0 {
		t.Errorf("in the one that had it: %q", got)
	}
}

func TestWhatIsWrittenGoesToTheRoomThatWasChecked(t *testing.T) {
	t.Parallel()
	for name, takeOver := range map[string]func(*world){
		"renamed":            func(w *world) { w.must(w.Rename(cases.String(), "archive")) },
		"deleted":            func(w *world) { w.must(w.DeleteRepo(cases.String())) },
		"renamed, and heard": func(w *world) { w.must(w.Rename(cases.String(), "archive")); w.f.Forget("safe-org") },
		"deleted, and heard": func(w *world) { w.must(w.DeleteRepo(cases.String())); w.f.Forget("safe-org") },
	} {
		w := newWorld(t)
		w.must(w.f.Readers(ctx(t), cases).Problem)
		// Between the check and the write another repository gets the name.
		takeOver(w)
		w.must(w.AddRepo(cases.String(), githubsim.Repo{Visibility: "public"}))
		for range 2 {
			_, err := w.f.OpenIssue(ctx(t), cases, "Heron", text("report"), nil, "<!-- m -->", false)
			if got := w.bodies("bob-example", cases); len(got) != 0 {
				t.Fatalf("%s: published %q (%v)", name, got, err)
			}
			if strings.HasPrefix(name, "deleted") && !errors.Is(err, coc.ErrInaccessible) {
				t.Errorf("%s: %v", name, err)
			}
		}
		// Who looks again sees what is there now.
		if facts := w.f.Readers(ctx(t), cases); facts.Problem != nil || facts.Visibility != "public" {
			t.Errorf("%s: %+v", name, facts)
		}
	}
}

func TestReadersAreEverybodyWhoCanRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.AddTeam("safe-org", "conduct", "lee-responder"))
	w.must(w.GrantTeam(cases.String(), "conduct", "pull"))
	facts := w.f.Readers(ctx(t), cases)
	if facts.Problem != nil {
		t.Fatal(facts.Problem)
	}
	got := map[coc.Login]bool{}
	for _, r := range facts.Readers {
		got[r.Login] = r.Admin
	}
	want := map[coc.Login]bool{"org-owner": true, "kim-responder": false, "lee-responder": false}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("readers %v, want %v", got, want)
	}
	if facts.Repo != cases || facts.Visibility != "private" || !facts.HasIssues || !facts.Writable() || facts.Seen.IsZero() {
		t.Errorf("%+v", facts)
	}
}

func TestReadersAreNeverPartial(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 130 {
		login := fmt.Sprintf("reader-%03d", i)
		w.must(w.AddUser(login))
		w.must(w.AddMember("safe-org", login, false))
		w.must(w.AddCollaborator(cases.String(), login, "pull"))
	}
	if facts := w.f.Readers(ctx(t), cases); facts.Problem != nil || len(facts.Readers) != 132 {
		t.Fatalf("%d readers, %v", len(facts.Readers), facts.Problem)
	}
	w.Fail(func(r *http.Request) bool { return r.URL.Query().Get("page") == "2" }, 1, nil)
	facts := w.f.Readers(ctx(t), cases)
	if _, later := coc.IsLater(facts.Problem); !later || len(facts.Readers) != 0 || facts.Writable() {
		t.Errorf("the second page failed: %+v", facts)
	}
	w.must(w.Uninstall(w.install[roomsID]))
	if facts := w.f.Readers(ctx(t), cases); !errors.Is(facts.Problem, coc.ErrInaccessible) || facts.Repo != cases {
		t.Errorf("uninstalled: %+v", facts)
	}
}

func TestFilesAndWhatIsNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 200 {
		w.must(w.PutFile(engine.String(), fmt.Sprintf("many/%0200d", i), ""))
	}
	w.must(w.PutFile(engine.String(), ".github/coc.yaml", "version: 1\n"))
	first := w.Head(engine.String())
	w.must(w.PutFile(engine.String(), ".github/coc.yaml", "version: 1\ncommittee: safe\n"))
	w.must(w.PutFile(engine.String(), "full.yaml", strings.Repeat("x", 64<<10)))
	w.must(w.PutFile(engine.String(), "over.yaml", strings.Repeat("x", 64<<10+1)))
	w.must(w.PutFile(engine.String(), "a dir/with ?#%&.yaml", "odd"))
	w.must(w.PutSymlink(engine.String(), "link.yaml", "../../etc/passwd"))
	w.must(w.PutFile(engine.String(), "huge.yaml", strings.Repeat("x", 10<<20)))
	tests := []struct {
		repo      coc.Repo
		path, ref string
		want      string
		err       error
	}{
		{engine, ".github/coc.yaml", "", "version: 1\ncommittee: safe\n", nil},
		{engine, ".github/coc.yaml", first, "version: 1\n", nil},
		{engine, "a dir/with ?#%&.yaml", "", "odd", nil},
		{engine, "full.yaml", "", strings.Repeat("x", 64<<10), nil},
		{engine, "over.yaml", "", "", coc.ErrTooLarge},
		{engine, "huge.yaml", "", "", coc.ErrTooLarge},
		{engine, ".github", "", "", coc.ErrNotAFile},
		{engine, "many", "", "", coc.ErrNotAFile},
		{engine, "link.yaml", "", "", coc.ErrNotAFile},
		{engine, "coc.yaml", "", "", coc.ErrMissing},
		{engine, ".github/coc.yaml", strings.Repeat("0", 40), "", coc.ErrMissing},
		{coc.Repo{Owner: "example-org", Name: ".github"}, "coc.yaml", "", "", coc.ErrInaccessible},
		{coc.Repo{Owner: "nobody", Name: "engine"}, "coc.yaml", "", "", coc.ErrInaccessible},
		{cases, "coc.yaml", "", "", coc.ErrInaccessible}, // the source App is not there
	}
	for _, tt := range tests {
		file, err := w.f.File(ctx(t), coc.AppSource, tt.repo, tt.path, tt.ref)
		if !errors.Is(err, tt.err) || string(file.Content) != tt.want || (err == nil) == (file.SHA == "") {
			t.Errorf("%s %s: %d bytes, sha %q, %v; want %d bytes, %v", tt.repo, tt.path, len(file.Content), file.SHA, err, len(tt.want), tt.err)
		}
	}
}

// A file that only seems to be missing would lose a report that a project takes
// in from comments.
func TestFileIsNotMissingWhereItsRepositoryIsHiddenAMomentLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.PutFile(engine.String(), "coc.yaml", "version: 1\n"))
	if _, err := w.f.Repository(ctx(t), coc.AppSource, engine); err != nil {
		t.Fatal(err)
	}
	w.Misbehave(githubsim.Faults{NotFound: 1, NotFoundFor: time.Hour})
	if _, err := w.f.File(ctx(t), coc.AppSource, engine, "coc.yaml", ""); !errors.Is(err, coc.ErrInaccessible) {
		t.Errorf("%v", err)
	}
}

func TestLinkAndSubmoduleAreNoFilesHoweverGitHubTells(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, reply := range map[string]string{
		"the path it leads to": `{"type":"file","path":"real.yaml","encoding":"base64","content":"eA==","size":1,"sha":"a"}`,
		"a target":             `{"type":"file","path":"coc.yaml","target":"real.yaml","encoding":"base64","content":"eA==","size":1,"sha":"a"}`,
		"a submodule":          `{"type":"submodule","path":"coc.yaml","submodule_git_url":"git://example.test/x","sha":"a"}`,
		"a submodule as file":  `{"type":"file","path":"coc.yaml","submodule_git_url":"git://example.test/x","encoding":"base64","content":"","size":0,"sha":"a"}`,
		"content in no base64": `{"type":"file","path":"coc.yaml","encoding":"base64","content":"!!","size":1,"sha":"a"}`,
	} {
		w.Fail(to("GET", "/contents/coc.yaml"), 1, func(rw http.ResponseWriter, _ *http.Request) {
			_, _ = rw.Write([]byte(reply))
		})
		if file, err := w.f.File(ctx(t), coc.AppSource, engine, "coc.yaml", ""); !errors.Is(err, coc.ErrNotAFile) {
			t.Errorf("%s: %+v, %v", name, file, err)
		}
	}
}

func TestTeamIncludesNestedTeams(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.AddTeam("safe-org", "conduct", "kim-responder"))
	w.must(w.AddNestedTeam("safe-org", "on-call", "conduct", "lee-responder"))
	w.must(w.AddTeam("safe-org", "nobody"))
	members, err := w.f.Team(ctx(t), coc.Team{Org: "safe-org", Slug: "conduct"})
	slices.Sort(members)
	if err != nil || !reflect.DeepEqual(members, []coc.Login{"kim-responder", "lee-responder"}) {
		t.Errorf("%v, %v", members, err)
	}
	if members, err := w.f.Team(ctx(t), coc.Team{Org: "safe-org", Slug: "nobody"}); err != nil || len(members) != 0 {
		t.Errorf("an empty team: %v, %v", members, err)
	}
	if _, err := w.f.Team(ctx(t), coc.Team{Org: "safe-org", Slug: "unheard-of"}); !errors.Is(err, coc.ErrMissing) {
		t.Errorf("no such team: %v", err)
	}
	if _, err := w.f.Team(ctx(t), coc.Team{Org: "example-org", Slug: "conduct"}); !errors.Is(err, coc.ErrInaccessible) {
		t.Errorf("not installed: %v", err)
	}
}

func TestWhatGitHubCannotAnswerNowComesLater(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	w := newWorldAt(t, func() time.Time { return now })
	reset := now.Add(17 * time.Minute)
	atReset := map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": fmt.Sprint(reset.Unix())}
	tests := []struct {
		name  string
		reply http.HandlerFunc
		after time.Time
		is    error // instead of Later
	}{
		{"500", status(500, nil), time.Time{}, nil},
		{"502", status(502, nil), time.Time{}, nil},
		{"503 with a time", status(503, map[string]string{"Retry-After": "7"}), now.Add(7 * time.Second), nil},
		{"primary limit, 403", status(403, atReset), reset, nil},
		{"primary limit, 429", status(429, atReset), reset, nil},
		{"secondary limit with a time", status(403, map[string]string{"Retry-After": "90"}), now.Add(90 * time.Second), nil},
		{"secondary limit with a date", status(429, map[string]string{"Retry-After": reset.Format(http.TimeFormat)}), reset, nil},
		{"secondary limit without a time", status(429, nil), now.Add(time.Minute), nil},
		{"cut off", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, time.Time{}, nil},
		{"a page from in between", func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write([]byte("<html>canary")) }, time.Time{}, nil},
		{"403", status(403, map[string]string{"X-RateLimit-Remaining": "99"}), time.Time{}, coc.ErrDenied},
		{"451", status(451, nil), time.Time{}, coc.ErrInaccessible},
	}
	for _, tt := range tests {
		f := w.another(nil)                              // what one was told of limits holds for its next calls
		w.Fail(to("GET", "/collaborators"), 0, tt.reply) // the transport itself repeats a GET that was cut off
		err := f.Readers(ctx(t), cases).Problem
		later, isLater := coc.IsLater(err)
		if isLater == (tt.is != nil) || !errors.Is(err, tt.is) && tt.is != nil || !later.After.Equal(tt.after) {
			t.Errorf("%s: %v (after %v), want after %v, %v", tt.name, err, later.After, tt.after, tt.is)
		}
		if strings.Contains(fmt.Sprintf("%+v", err), "canary") || strings.Contains(err.Error(), "http") || strings.Contains(err.Error(), "cases") {
			t.Errorf("%s: the error tells too much: %v", tt.name, err)
		}
		w.ClearFaults()
	}
}

func TestLimitOnTokensComesLaterToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Fail(to("POST", "/access_tokens"), 1, status(403, map[string]string{"Retry-After": "30"}))
	if later, ok := coc.IsLater(w.f.Readers(ctx(t), cases).Problem); !ok || later.After.IsZero() {
		t.Errorf("token: %+v", later)
	}
	w.Fail(to("GET", "/installation"), 1, status(500, nil))
	if _, ok := coc.IsLater(w.another(nil).Readers(ctx(t), cases).Problem); !ok {
		t.Error("installation: not later")
	}
}

func TestAccountIsAskedForByNameAndNeverInAnAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.AddUser("keys")) // a word of GitHub's paths
	watched, wrote := forge.Watch(ctx(t))
	numbers := map[int64]bool{}
	for _, who := range []coc.Login{"org-owner", "keys"} {
		number, err := w.f.Account(watched, cases, who)
		again, err2 := w.f.Account(watched, cases, coc.Login(strings.ToUpper(string(who))))
		if err != nil || err2 != nil || number <= 0 || number != again || numbers[number] {
			t.Errorf("%s: %d and %d, %v, %v", who, number, again, err, err2)
		}
		numbers[number] = true
	}
	if wrote() {
		t.Error("it counts as a change")
	}
	for _, who := range []coc.Login{"nobody-has-it", "safe-org", "cocrouter-rooms[bot]", ""} {
		if number, err := w.f.Account(ctx(t), cases, who); !errors.Is(err, coc.ErrMissing) || number != 0 || strings.Contains(fmt.Sprint(err), "nobody-has") {
			t.Errorf("%q: %d, %v", who, number, err)
		}
	}
	if _, err := w.f.Account(ctx(t), coc.Repo{Owner: "strange-org", Name: "cases"}, "org-owner"); !errors.Is(err, coc.ErrInaccessible) {
		t.Errorf("under an organisation without the App: %v", err)
	}
	for _, request := range w.requests() {
		if strings.Contains(request, "org-owner") || strings.Contains(request, "users") {
			t.Errorf("asked %q", request)
		}
	}
	w.Fail(to("POST", "/graphql"), 0, status(502, nil))
	_, err := w.f.Account(ctx(t), cases, "org-owner")
	if _, later := coc.IsLater(err); !later {
		t.Errorf("while GitHub cannot answer: %v", err)
	}
}
