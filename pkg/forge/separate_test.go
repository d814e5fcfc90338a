package forge_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/forge"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
	"github.com/cocrouter/cocrouter/pkg/githubsim/openapitest"
)

const makerID = 75

var heron = coc.Repo{Owner: "safe-org", Name: "heron"}

// maker is a world whose rooms App may make rooms in safe-org, where it is
// installed on the incident repository alone.
func maker(t *testing.T, permissions ...string) *world {
	t.Helper()
	w := newWorld(t)
	w.maker(permissions...)
	return w
}

// maker gives the world another rooms App. Without permissions it has those that
// separate rooms need.
func (w *world) maker(permissions ...string) {
	w.t.Helper()
	has := map[string]string{"issues": "write", "members": "read", "administration": "write"}
	if len(permissions) > 0 {
		has = map[string]string{}
	}
	for _, p := range permissions {
		name, level, _ := strings.Cut(p, ":")
		has[name] = level
	}
	w.must(w.AddApp(githubsim.App{ID: makerID, Slug: "cocrouter-makers", PrivateKey: appKey(), Permissions: has}))
	w.installs(makerID, "safe-org", "cases")
	w.f = w.makers()
}

// makers is a process of theirs that has just started and knows nothing.
func (w *world) makers() *forge.Forge {
	w.t.Helper()
	return w.another(func(o *forge.Options) {
		o.Apps = map[coc.App]forge.Registration{coc.AppRooms: {ID: makerID, PrivateKey: keyPEM()}}
	})
}

func (w *world) makes(room coc.Repo) coc.RepoFacts {
	w.t.Helper()
	facts, err := w.f.MakeRoom(ctx(w.t), room.Owner, room.Name, marker, false)
	w.must(err)
	return facts
}

func (w *world) features(room coc.Repo) []string {
	w.t.Helper()
	on, err := w.Features(room.String())
	w.must(err)
	return on
}

// readers are those who can read a room, as the room itself says.
func (w *world) readers(room coc.Repo) []string {
	var all []string
	for _, login := range w.Users() {
		if w.CanRead(login, room.String()) {
			all = append(all, login)
		}
	}
	return all
}

// writes are the requests since the last call of requests that changed
// something, but those for tokens.
func (w *world) writes() []string {
	return slices.DeleteFunc(w.requests(), func(r string) bool {
		return strings.HasPrefix(r, "GET ") || strings.HasSuffix(r, "/access_tokens")
	})
}

func TestOrganisationTellsWhoBelongsAndWhatMayBeMade(t *testing.T) {
	t.Parallel()
	w := maker(t, "issues:write", "members:read", "administration:write", "organization_administration:read")
	for n := range 130 { // more than a page
		login := fmt.Sprintf("member-%03d", n)
		w.must(w.AddUser(login))
		w.must(w.AddMember("safe-org", login, false))
	}
	w.must(w.SetBasePermission("safe-org", "read"))
	facts := w.f.Organisation(ctx(t), "Safe-Org")
	if facts.Problem != nil || facts.Login != "safe-org" || !facts.MayCreate || facts.Base != "read" || facts.Seen.IsZero() {
		t.Errorf("%+v", facts)
	}
	if !slices.Equal(facts.Owners, []coc.Login{"org-owner"}) || len(facts.Members) != 132 || coc.HasLogin(facts.Members, "org-owner") {
		t.Errorf("owners %v, %d members", facts.Owners, len(facts.Members))
	}
}

func TestNothingCanBeMadeWithoutThePermissionsForIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		permissions []string
		problem     error
	}{
		"no administration":    {[]string{"issues:write", "members:read"}, nil},
		"administration: read": {[]string{"issues:write", "members:read", "administration:read"}, nil},
		"no members":           {[]string{"issues:write", "administration:write"}, coc.ErrDenied},
	} {
		w := maker(t, c.permissions...)
		facts := w.f.Organisation(ctx(t), "safe-org")
		if facts.MayCreate || facts.Base != "" || !errors.Is(facts.Problem, c.problem) {
			t.Errorf("%s: %+v", name, facts)
		}
		if (c.problem == nil) != (len(facts.Owners) == 1) {
			t.Errorf("%s: owners %v", name, facts.Owners)
		}
		if _, err := w.f.MakeRoom(ctx(t), "safe-org", "heron", marker, false); c.problem == nil && !errors.Is(err, coc.ErrDenied) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNothingIsKnownOfAnOrganisationThatCannotBeSeen(t *testing.T) {
	t.Parallel()
	w := maker(t)
	for _, org := range []string{"example-org", "alice-example", "nobody-at-all"} { // without the App, a person, nothing
		facts := w.f.Organisation(ctx(t), org)
		if want := (coc.OrgFacts{Login: org, Problem: facts.Problem, Seen: facts.Seen}); !errors.Is(facts.Problem, coc.ErrInaccessible) || !reflect.DeepEqual(facts, want) {
			t.Errorf("%s: %+v", org, facts)
		}
	}
	// A person who has the App installed is no organisation.
	_, err := w.Install(makerID, "alice-example")
	w.must(err)
	if facts := w.f.Organisation(ctx(t), "alice-example"); facts.MayCreate || !errors.Is(facts.Problem, coc.ErrInaccessible) {
		t.Errorf("a person: %+v", facts)
	}
	w.must(w.SuspendInstallation(w.install[makerID], true))
	if facts := w.f.Organisation(ctx(t), "safe-org"); facts.MayCreate || !errors.Is(facts.Problem, coc.ErrInaccessible) {
		t.Errorf("suspended: %+v", facts)
	}
	w.must(w.SuspendInstallation(w.install[makerID], false))
	for _, path := range []string{"/orgs/safe-org/installation", "/orgs/safe-org/members"} {
		w.Fail(to("GET", path), 1, status(502, nil))
		facts := w.f.Organisation(ctx(t), "safe-org")
		if !isLater(facts.Problem) || facts.MayCreate || facts.Owners != nil {
			t.Errorf("%s fails: %+v", path, facts)
		}
	}
}

func TestRoomIsPrivateAndHasIssuesAndNothingElse(t *testing.T) {
	t.Parallel()
	w := maker(t)
	facts := w.makes(heron)
	if facts.Repo != heron || facts.ID == 0 || facts.Visibility != "private" || !facts.Writable() {
		t.Errorf("%+v", facts)
	}
	if got := w.features(heron); !slices.Equal(got, []string{"issues"}) {
		t.Errorf("it has %v", got)
	}
	if got := w.readers(heron); !slices.Equal(got, []string{"org-owner"}) {
		t.Errorf("read by %v", got)
	}
	if issues := w.bodies("org-owner", heron); len(issues) != 0 {
		t.Errorf("it is not empty: %v", issues)
	}
	seen := w.f.Readers(ctx(t), heron)
	if seen.Problem != nil || seen.ID != facts.ID || !seen.HasIssues {
		t.Errorf("looked at: %+v", seen)
	}
	if _, err := w.f.OpenIssue(ctx(t), heron, "Heron", text("report"), nil, marker, false); err != nil {
		t.Errorf("its first issue: %v", err)
	}
}

func TestRoomIsMadeInThreeWrites(t *testing.T) {
	t.Parallel()
	w := maker(t)
	w.makes(heron)
	want := []string{"POST /orgs/safe-org/repos", "PATCH /repos/safe-org/heron", "PUT /repos/safe-org/heron/actions/permissions"}
	if got := w.writes(); !slices.Equal(got, want) {
		t.Errorf("wrote %q, want %q", got, want)
	}
	// Where the organisation forbids forks and Actions, asking for it is refused,
	// or of no use.
	w.must(w.SetPolicy("safe-org", githubsim.OrgPolicy{NoPrivateForks: true, NoActions: true}))
	w.makes(coc.Repo{Owner: "safe-org", Name: "egret"})
	if got := w.writes(); !slices.Equal(got, want[:1]) {
		t.Errorf("wrote %q, want %q", got, want[:1])
	}
}

func TestTokensOfARoomAreForNothingElse(t *testing.T) {
	t.Parallel()
	w := maker(t)
	facts := w.makes(heron)
	w.must(w.f.Admit(ctx(t), heron, "kim-responder"))
	w.must(w.f.Expel(ctx(t), heron, "kim-responder"))
	w.must(w.f.Archive(ctx(t), heron, true))
	w.must(w.f.Archive(ctx(t), heron, false))
	w.must(w.f.MakePrivate(ctx(t), heron))
	administer := map[string]string{"administration": "write"}
	want := []narrowing{{Permissions: administer}, {RepositoryIDs: []int64{facts.ID}, Permissions: administer}}
	if got := w.tokens(); !reflect.DeepEqual(got, want) {
		t.Errorf("tokens %+v, want %+v", got, want)
	}
}

// Whatever is cut off, at any request and after whatever it did, the next attempt
// ends with one room that is as it must be.
func TestRoomWhoseAnswerWasLostIsFoundAndCompleted(t *testing.T) {
	t.Parallel()
	for _, phase := range []string{githubsim.PhaseBefore, githubsim.PhaseAfter} {
		for n := range 12 {
			w := maker(t)
			var asked atomic.Int64
			w.Intercept(func(r *http.Request, at string) {
				if at == phase && asked.Add(1) == int64(n)+1 {
					panic(http.ErrAbortHandler)
				}
			})
			facts, err := w.f.MakeRoom(ctx(t), heron.Owner, heron.Name, marker, false)
			if asked.Load() <= int64(n) {
				break // it asked no more than that
			}
			if err != nil { // a read may have been asked once more by itself
				if !isLater(err) {
					t.Errorf("%s request %d: %v", phase, n, err)
				}
				facts, err = w.makers().MakeRoom(ctx(t), heron.Owner, heron.Name, marker, true)
			}
			if err != nil || facts.Repo != heron || facts.Visibility != "private" {
				t.Errorf("%s request %d: %+v, %v", phase, n, facts, err)
			}
			if got := w.features(heron); !slices.Equal(got, []string{"issues"}) {
				t.Errorf("%s request %d: it has %v", phase, n, got)
			}
			if got := len(w.VisibleRepos("org-owner")); got != 3 { // engine, cases, heron
				t.Errorf("%s request %d: %d repositories", phase, n, got)
			}
		}
	}
}

func TestFoundRoomIsMadePrivateBeforeAllElse(t *testing.T) {
	t.Parallel()
	w := maker(t)
	w.makes(heron)
	w.must(w.SetVisibility(heron.String(), "public"))
	w.must(w.SetFeature(heron.String(), "forking", true))
	w.must(w.SetFeature(heron.String(), "wiki", true))
	w.must(w.SetIssues(heron.String(), false))
	w.requests()
	facts, err := w.f.MakeRoom(ctx(t), heron.Owner, heron.Name, marker, true)
	if err != nil || facts.Visibility != "private" || !slices.Equal(w.features(heron), []string{"issues"}) {
		t.Errorf("%+v, %v, it has %v", facts, err, w.features(heron))
	}
	if got := w.writes(); len(got) != 2 {
		t.Errorf("wrote %q", got)
	}
}

func TestNameOfAnotherRepositoryIsTaken(t *testing.T) {
	t.Parallel()
	w := maker(t)
	w.must(w.AddRepo("safe-org/egret", githubsim.Repo{Description: "a bird"}))
	for _, name := range []string{"cases", "Cases", "egret"} {
		if _, err := w.f.MakeRoom(ctx(t), "safe-org", name, marker, false); !errors.Is(err, coc.ErrTaken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A later attempt sees whose it is, where the App can see it.
	if _, err := w.f.MakeRoom(ctx(t), "safe-org", "cases", marker, true); !errors.Is(err, coc.ErrTaken) {
		t.Errorf("cases again: %v", err)
	}
	if _, err := w.f.MakeRoom(ctx(t), "safe-org", "egret", marker, true); !errors.Is(err, coc.ErrInaccessible) {
		t.Errorf("egret again: %v", err)
	}
	w.makes(heron)
	if _, err := w.f.MakeRoom(ctx(t), "safe-org", "heron", "another mark", true); !errors.Is(err, coc.ErrTaken) {
		t.Errorf("another case's room: %v", err)
	}
	if _, err := w.f.MakeRoom(ctx(t), "safe-org", "heron", "", true); !errors.Is(err, coc.ErrTaken) {
		t.Errorf("without a mark: %v", err)
	}
	// One that was given away is another's, wherever it is now.
	w.must(w.AddOrg("other-org", githubsim.Org{Owners: []string{"org-owner"}}))
	_, err := w.Install(makerID, "other-org")
	w.must(err)
	w.must(w.TransferRepo(heron.String(), "other-org"))
	if _, err := w.makers().MakeRoom(ctx(t), "safe-org", "heron", marker, true); !errors.Is(err, coc.ErrTaken) {
		t.Errorf("one that was given away: %v", err)
	}
	for _, repo := range []coc.Repo{cases, {Owner: "safe-org", Name: "egret"}} {
		if !slices.Contains(w.features(repo), "wiki") {
			t.Errorf("%s was changed", repo)
		}
	}
}

func TestRoomThatTheAppDoesNotGetIsNotMadeAgainAndAgain(t *testing.T) {
	t.Parallel()
	w := maker(t)
	w.Intercept(func(r *http.Request, phase string) {
		if phase == githubsim.PhaseAfter && to("POST", "/orgs/safe-org/repos")(r) {
			_ = w.SelectRepos(w.install[makerID], nil, []string{"heron"}) // fails where none was made
		}
	})
	if _, err := w.f.MakeRoom(ctx(t), "safe-org", "heron", marker, false); !isLater(err) {
		t.Errorf("the first attempt: %v", err)
	}
	for _, f := range []*forge.Forge{w.f, w.makers()} {
		if _, err := f.MakeRoom(ctx(t), "safe-org", "heron", marker, true); !errors.Is(err, coc.ErrInaccessible) || isLater(err) {
			t.Errorf("a later one: %v", err)
		}
	}
}

func TestRenamedRoomIsFoundUnderItsOldName(t *testing.T) {
	t.Parallel()
	w := maker(t)
	made := w.makes(heron)
	w.must(w.Rename(heron.String(), "egret"))
	facts, err := w.makers().MakeRoom(ctx(t), heron.Owner, heron.Name, marker, true)
	if err != nil || facts.ID != made.ID || facts.Repo.Name != "egret" {
		t.Errorf("%+v, %v", facts, err)
	}
	w.must(w.makers().Admit(ctx(t), heron, "kim-responder"))
	if got := w.readers(facts.Repo); !slices.Equal(got, []string{"kim-responder", "org-owner"}) {
		t.Errorf("read by %v", got)
	}
	// What was seen under a name is what is changed, whoever has the name now.
	w.must(w.f.Readers(ctx(t), heron).Problem)
	w.must(w.AddRepo(heron.String(), githubsim.Repo{Visibility: "public"}))
	w.must(w.SelectRepos(w.install[makerID], []string{"heron"}, nil))
	w.must(w.f.Archive(ctx(t), heron, true))
	w.must(w.f.MakePrivate(ctx(t), heron))
	for name, archived := range map[string]bool{"safe-org/heron": false, "safe-org/egret": true} {
		v, err := w.ViewRepo("org-owner", name)
		w.must(err)
		if v.Archived != archived || v.Visibility != map[bool]string{true: "private", false: "public"}[archived] {
			t.Errorf("%s: archived %v, %s", name, v.Archived, v.Visibility)
		}
	}
}

func TestRefusedRoomIsDeniedWithoutWords(t *testing.T) {
	t.Parallel()
	w := maker(t)
	for _, code := range []int{403, 422} {
		w.Fail(to("POST", "/orgs/safe-org/repos"), 1, status(code, nil))
		_, err := w.f.MakeRoom(ctx(t), "safe-org", "heron", marker, false)
		if !errors.Is(err, coc.ErrDenied) || strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "heron") {
			t.Errorf("%d: %v", code, err)
		}
	}
	// GitHub leaves the room in public.
	w.Fail(to("PATCH", "/repos/safe-org/egret"), 0, func(rw http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(rw).Encode(map[string]any{"name": "egret", "visibility": "public", "has_issues": true})
	})
	if _, err := w.f.MakeRoom(ctx(t), "safe-org", "egret", marker, false); !errors.Is(err, coc.ErrDenied) {
		t.Errorf("public: %v", err)
	}
	w.Fail(to("POST", "/orgs/safe-org/repos"), 1, status(403, map[string]string{"Retry-After": "60"}))
	if _, err := w.f.MakeRoom(ctx(t), "safe-org", "heron", marker, false); !isLater(err) {
		t.Errorf("a limit: %v", err)
	}
}

func TestServerWithoutActionsHasRooms(t *testing.T) {
	t.Parallel()
	w := maker(t)
	w.Fail(to("GET", "/actions/permissions"), 1, githubsim.NotFound())
	w.makes(heron)
	w.Fail(to("GET", "/actions/permissions"), 1, status(403, nil))
	if _, err := w.f.MakeRoom(ctx(t), heron.Owner, heron.Name, marker, true); !errors.Is(err, coc.ErrDenied) {
		t.Errorf("Actions that cannot be looked at: %v", err)
	}
}

func TestMembersAreAdmittedAtOnceAndOthersInvited(t *testing.T) {
	t.Parallel()
	w := maker(t)
	w.makes(heron)
	w.lost("PUT", "/collaborators/kim-responder")
	if err := w.f.Admit(ctx(t), heron, "kim-responder"); !isLater(err) {
		t.Errorf("the loss: %v", err)
	}
	for range 2 {
		w.must(w.f.Admit(ctx(t), heron, "Kim-Responder"))
		w.must(w.f.Admit(ctx(t), heron, "alice-example"))
	}
	if got := w.readers(heron); !slices.Equal(got, []string{"kim-responder", "org-owner"}) {
		t.Errorf("read by %v", got)
	}
	issue, err := w.f.OpenIssue(ctx(t), heron, "Heron", text("report"), nil, marker, false)
	w.must(err)
	w.must(w.Label("kim-responder", heron.String(), issue.Number, "bug"))
	w.must(w.CloseIssue("kim-responder", heron.String(), issue.Number))
	w.must(w.AcceptInvitation("alice-example", heron.String()))
	if v, err := w.ViewRepo("alice-example", heron.String()); err != nil || v.Role != "triage" {
		t.Errorf("who accepted is %q, %v", v.Role, err)
	}
	if err := w.f.Admit(ctx(t), heron, "nobody-at-all"); !errors.Is(err, coc.ErrMissing) {
		t.Errorf("nobody: %v", err)
	}
	w.Fail(to("PUT", "/collaborators/bob-example"), 1, status(422, nil))
	if err := w.f.Admit(ctx(t), heron, "bob-example"); !errors.Is(err, coc.ErrDenied) {
		t.Errorf("a policy against outsiders: %v", err)
	}
	if err := w.f.Admit(ctx(t), coc.Repo{Owner: "safe-org", Name: "nowhere"}, "kim-responder"); !errors.Is(err, coc.ErrInaccessible) {
		t.Errorf("no such room: %v", err)
	}
	w.must(w.Archive(heron.String()))
	if err := w.f.Admit(ctx(t), heron, "lee-responder"); !errors.Is(err, coc.ErrArchived) {
		t.Errorf("an archived room: %v", err)
	}
}

func TestExpelledPersonCannotComeBackByAnInvitation(t *testing.T) {
	t.Parallel()
	w := maker(t)
	w.makes(heron)
	for _, login := range []coc.Login{"kim-responder", "lee-responder", "alice-example", "bob-example"} {
		w.must(w.f.Admit(ctx(t), heron, login))
	}
	w.lost("DELETE", "/collaborators/kim-responder")
	if err := w.f.Expel(ctx(t), heron, "kim-responder"); !isLater(err) {
		t.Errorf("the loss: %v", err)
	}
	// Bob accepts between our looking and our taking it away.
	var once sync.Once
	w.Intercept(func(r *http.Request, phase string) {
		if phase == githubsim.PhaseAfter && to("GET", "/repos/safe-org/heron/invitations")(r) {
			once.Do(func() { _ = w.AcceptInvitation("bob-example", heron.String()) })
		}
	})
	w.must(w.f.Expel(ctx(t), heron, "Bob-Example"))
	for range 2 {
		for _, login := range []coc.Login{"kim-responder", "Alice-Example", "org-owner", "nobody-at-all"} {
			w.must(w.f.Expel(ctx(t), heron, login))
		}
	}
	for _, login := range []string{"alice-example", "bob-example"} {
		if err := w.AcceptInvitation(login, heron.String()); err == nil {
			t.Errorf("%s came back by an invitation", login)
		}
	}
	if got := w.readers(heron); !slices.Equal(got, []string{"lee-responder", "org-owner"}) {
		t.Errorf("read by %v", got)
	}
	if err := w.f.Expel(ctx(t), coc.Repo{Owner: "safe-org", Name: "nowhere"}, "kim-responder"); !errors.Is(err, coc.ErrInaccessible) {
		t.Errorf("no such room: %v", err)
	}
}

func TestArchiveIsLeftAsItWasFound(t *testing.T) {
	t.Parallel()
	w := maker(t)
	w.makes(heron)
	w.must(w.f.Admit(ctx(t), heron, "kim-responder"))
	w.lost("PATCH", "/repos/safe-org/heron")
	if err := w.f.Archive(ctx(t), heron, true); !isLater(err) {
		t.Errorf("the loss: %v", err)
	}
	archived := func() bool {
		v, err := w.ViewRepo("org-owner", heron.String())
		w.must(err)
		return v.Archived
	}
	w.requests()
	for range 2 {
		w.must(w.f.Archive(ctx(t), heron, true))
	}
	if got := w.writes(); len(got) != 0 || !archived() {
		t.Errorf("archived %v, after %q", archived(), got)
	}
	w.must(w.f.Expel(ctx(t), heron, "kim-responder"))
	if got := w.readers(heron); !archived() || !slices.Equal(got, []string{"org-owner"}) {
		t.Errorf("archived %v, read by %v", archived(), got)
	}
	w.must(w.SetVisibility(heron.String(), "public"))
	w.must(w.f.MakePrivate(ctx(t), heron))
	if got := w.readers(heron); !archived() || !slices.Equal(got, []string{"org-owner"}) {
		t.Errorf("archived %v, read by %v", archived(), got)
	}
	// It goes back too where what it was opened for fails.
	w.Fail(to("DELETE", "/collaborators/kim-responder"), 2, func(rw http.ResponseWriter, r *http.Request) {
		code, words := 502, "Server Error"
		if archived() {
			code, words = 403, "Repository was archived so is read-only."
		}
		rw.WriteHeader(code)
		_, _ = fmt.Fprintf(rw, `{"message":%q}`, words)
	})
	if err := w.f.Expel(ctx(t), heron, "kim-responder"); !isLater(err) || !archived() {
		t.Errorf("archived %v, %v", archived(), err)
	}
	for range 2 {
		w.must(w.f.Archive(ctx(t), heron, false))
	}
	if archived() {
		t.Error("it is in the archive still")
	}
}

func TestPublishedRoomIsMadePrivateWhereWeMay(t *testing.T) {
	t.Parallel()
	w := maker(t)
	w.makes(heron)
	for _, published := range []string{"public", "internal"} {
		w.must(w.SetVisibility(heron.String(), published))
		w.lost("PATCH", "/repos/safe-org/heron")
		if err := w.f.MakePrivate(ctx(t), heron); !isLater(err) {
			t.Errorf("the loss: %v", err)
		}
		w.must(w.f.MakePrivate(ctx(t), heron))
		if v, err := w.ViewRepo("org-owner", heron.String()); err != nil || v.Visibility != "private" {
			t.Errorf("%s: %s, %v", published, v.Visibility, err)
		}
	}
	w.must(w.SetPolicy("safe-org", githubsim.OrgPolicy{VisibilityByOwners: true}))
	w.must(w.f.MakePrivate(ctx(t), heron)) // it is
	w.must(w.SetVisibility(heron.String(), "public"))
	if err := w.f.MakePrivate(ctx(t), heron); !errors.Is(err, coc.ErrDenied) {
		t.Errorf("only owners may: %v", err)
	}
}

func TestRoomsAreMadeWithinTheBudget(t *testing.T) {
	t.Parallel()
	w := maker(t)
	start := time.Now()
	f := w.another(func(o *forge.Options) {
		o.Apps = map[coc.App]forge.Registration{coc.AppRooms: {ID: makerID, PrivateKey: keyPEM()}}
		o.Limits = forge.Limits{AtOnce: 100, Minute: 100, Hour: 7}
		o.Now = func() time.Time { return start }
	})
	urgent := forge.Urgent(ctx(t), 1)
	for _, name := range []string{"heron", "egret"} { // three writes each
		if _, err := f.MakeRoom(urgent, "safe-org", name, marker, false); err != nil {
			t.Fatal(err)
		}
	}
	watched, wrote := forge.Watch(urgent)
	if err := f.Admit(watched, heron, "kim-responder"); err != nil || !wrote() {
		t.Errorf("the seventh: %v, wrote %v", err, wrote())
	}
	if _, err := f.MakeRoom(urgent, "safe-org", "stork", marker, false); !isLater(err) {
		t.Errorf("one that is too many: %v", err)
	}
	if w.CanRead("org-owner", "safe-org/stork") {
		t.Error("it was made all the same")
	}
}

func TestServerAsksNobodyAndHasRoomsAllTheSame(t *testing.T) {
	t.Parallel()
	for _, release := range openapitest.EnterpriseReleases() {
		w := newServer(t, release)
		w.install = map[int64]int64{}
		for _, login := range []string{"org-owner", "kim-responder", "alice-example"} {
			w.must(w.AddUser(login))
		}
		w.must(w.AddOrg("safe-org", githubsim.Org{Owners: []string{"org-owner"}, Members: []string{"kim-responder"}}))
		w.must(w.AddRepo(cases.String(), githubsim.Repo{}))
		w.maker()
		w.makes(heron)
		for _, login := range []coc.Login{"kim-responder", "alice-example"} {
			w.must(w.f.Admit(ctx(t), heron, login))
		}
		w.must(w.f.Expel(ctx(t), heron, "kim-responder"))
		if got := w.readers(heron); !slices.Equal(got, []string{"alice-example", "org-owner"}) || !slices.Equal(w.features(heron), []string{"issues"}) {
			t.Errorf("%s: read by %v, it has %v", release, got, w.features(heron))
		}
	}
}
