package forge_test

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/forge"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
	"github.com/cocrouter/cocrouter/pkg/notice"
)

const marker = "<!-- cocrouter:5f2c -->"

func TestIssueWhoseAnswerWasLostIsFoundAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.lost("POST", "/issues")
	if _, err := w.f.OpenIssue(ctx(t), cases, "Heron", text("report"), []string{"status/received"}, marker, false); err == nil {
		t.Fatal("the first attempt saw no loss")
	} else if _, later := coc.IsLater(err); !later {
		t.Fatalf("the loss is not for later: %v", err)
	}
	// Meanwhile others write, and somebody who can read it copies the marker.
	for i := range 40 {
		_, err := w.OpenIssue("kim-responder", cases.String(), githubsim.NewIssue{Title: fmt.Sprint("Note ", i), Body: marker})
		w.must(err)
	}
	// The second attempt is made by another process.
	issue, err := w.another(nil).OpenIssue(ctx(t), cases, "Heron", text("report"), []string{"status/received"}, marker, true)
	if err != nil || !issue.Found || issue.Number != 1 || issue.Title != "Heron" || !issue.Open || !slices.Equal(issue.Labels, []string{"status/received"}) {
		t.Errorf("%+v, %v", issue, err)
	}
	if n := len(w.bodies("kim-responder", cases)); n != 41 {
		t.Errorf("%d issues", n)
	}
}

func TestFirstAttemptLooksForNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 2 { // so that tokens and places are known
		if facts := w.f.Readers(ctx(t), cases); facts.Problem != nil {
			t.Fatal(facts.Problem)
		}
		w.requests()
		if _, err := w.f.OpenIssue(ctx(t), cases, "Heron", text("report"), nil, marker, false); err != nil {
			t.Fatal(err)
		}
	}
	w.requests()
	facts := w.f.Readers(ctx(t), cases)
	_, err := w.f.OpenIssue(ctx(t), cases, "Heron", text("report"), nil, marker, false)
	want := []string{
		"GET /repos/safe-org/cases",
		"GET /repos/safe-org/cases/collaborators",
		"POST /repos/safe-org/cases/issues",
	}
	if got := w.requests(); facts.Problem != nil || err != nil || !slices.Equal(got, want) {
		t.Errorf("opening a case asked %q (%v, %v), want %q", got, facts.Problem, err, want)
	}
}

func TestMarkerIsInWhatWasWrittenOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, body := range []string{"report", "report\n\n" + marker} {
		issue, err := w.f.OpenIssue(ctx(t), cases, "Heron", text(body), nil, marker, false)
		if err != nil || strings.Count(issue.Body, marker) != 1 || !strings.HasPrefix(issue.Body, "report") {
			t.Errorf("%q, %v", issue.Body, err)
		}
	}
}

func TestReplyWhoseAnswerWasLostIsNotRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	issue, err := w.f.OpenIssue(ctx(t), cases, "Heron", text("report"), nil, marker, false)
	w.must(err)
	ref := in(cases, issue.Number)
	w.lost("POST", "/comments")
	const reply = "<!-- cocrouter:reply -->"
	if err := w.f.Reply(ctx(t), ref, text("done"), reply, false); err == nil {
		t.Fatal("the first attempt saw no loss")
	}
	for i := range 100 { // the reply is on an early page now
		_, err := w.Comment("kim-responder", cases.String(), issue.Number, fmt.Sprintf("note %d %s", i, marker))
		w.must(err)
	}
	w.must(w.another(nil).Reply(ctx(t), ref, text("done"), reply, true))
	// One that never arrived is posted by a later attempt, whoever copied its
	// marker.
	w.must(w.another(nil).Reply(ctx(t), ref, text("second"), marker, true))
	view, err := w.ViewIssue("kim-responder", cases.String(), issue.Number)
	w.must(err)
	if view.Comments != 102 {
		t.Errorf("%d comments, want 102", view.Comments)
	}
}

func TestShowSetsEverythingInOneWrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	issue, err := w.f.OpenIssue(ctx(t), cases, "Heron", text("report"), []string{"status/received"}, marker, false)
	w.must(err)
	w.must(w.Label("kim-responder", cases.String(), issue.Number, "bug"))
	w.requests()
	ref := in(cases, issue.Number)
	shown, err := w.f.ShowIssue(ctx(t), ref, "Otter", text("new"), []string{"status/closed", "bug"}, false)
	slices.Sort(shown.Labels)
	if err != nil || shown.Open || shown.Title != "Otter" || shown.Body != "new" || !slices.Equal(shown.Labels, []string{"bug", "status/closed"}) {
		t.Errorf("%+v, %v", shown, err)
	}
	if got := w.requests(); !slices.Equal(got, []string{"PATCH /repos/safe-org/cases/issues/1"}) {
		t.Errorf("asked %q", got)
	}
	// No labels at all is a set too.
	if shown, err = w.f.ShowIssue(ctx(t), ref, "Otter", text("new"), nil, true); err != nil || !shown.Open || len(shown.Labels) != 0 {
		t.Errorf("%+v, %v", shown, err)
	}
	w.must(w.f.AddLabel(ctx(t), ref, "bug"))
	if read, err := w.f.Issue(ctx(t), ref); err != nil || !slices.Equal(read.Labels, []string{"bug"}) || read.Node == "" || read.URL == "" {
		t.Errorf("%+v, %v", read, err)
	}
}

func TestIssueThatIsNotThereAnyMoreIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	open := func() coc.IssueRef {
		issue, err := w.f.OpenIssue(ctx(t), cases, "Heron", text("report"), nil, marker, false)
		w.must(err)
		return in(cases, issue.Number)
	}
	deleted, moved, near := open(), open(), open()
	w.must(w.DeleteIssue("org-owner", cases.String(), deleted.Number))
	// Somebody moves one to a repository that strangers of the case can read.
	w.must(w.AddRepo("safe-org/open", githubsim.Repo{Visibility: "private", Collaborators: map[string]string{"lee-responder": "read"}}))
	_, err := w.TransferIssue("org-owner", cases.String(), moved.Number, "safe-org/open")
	w.must(err)
	for name, ref := range map[string]coc.IssueRef{"deleted": deleted, "moved": moved, "never opened": in(cases, 99)} {
		for _, f := range []*forge.Forge{w.f, w.another(nil)} {
			if _, err := f.Issue(ctx(t), ref); !errors.Is(err, coc.ErrGone) {
				t.Errorf("%s, read: %v", name, err)
			}
			if _, err := f.ShowIssue(ctx(t), ref, "Heron", text("canary"), nil, true); !errors.Is(err, coc.ErrGone) {
				t.Errorf("%s, shown: %v", name, err)
			}
			if err := f.Reply(ctx(t), ref, text("canary"), marker, true); !errors.Is(err, coc.ErrGone) {
				t.Errorf("%s, replied: %v", name, err)
			}
			if err := f.AddLabel(ctx(t), ref, "bug"); !errors.Is(err, coc.ErrGone) {
				t.Errorf("%s, labelled: %v", name, err)
			}
		}
	}
	if got := strings.Join(w.bodies("lee-responder", coc.Repo{Owner: "safe-org", Name: "open"}), " "); strings.Contains(got, "canary") {
		t.Errorf("words followed the issue: %q", got)
	}
	// A renamed room is no reason to give up its cases.
	w.must(w.Rename(cases.String(), "quiet"))
	for _, f := range []*forge.Forge{w.f, w.another(nil)} {
		if i, err := f.ShowIssue(ctx(t), near, "Otter", text("new"), nil, true); err != nil || i.Number != near.Number {
			t.Errorf("renamed: %+v, %v", i, err)
		}
	}
	w.must(w.Uninstall(w.install[roomsID]))
	if _, err := w.f.Issue(ctx(t), near); !errors.Is(err, coc.ErrInaccessible) {
		t.Errorf("uninstalled: %v", err)
	}
}

func TestReadOnlyRoomsAreToldApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.SetIssues(cases.String(), false))
	if _, err := w.f.OpenIssue(ctx(t), cases, "Heron", text("report"), nil, marker, false); !errors.Is(err, coc.ErrArchived) {
		t.Errorf("issues switched off: %v", err)
	}
	w.must(w.SetIssues(cases.String(), true))
	w.must(w.Archive(cases.String()))
	if _, err := w.f.OpenIssue(ctx(t), cases, "Heron", text("report"), nil, marker, false); !errors.Is(err, coc.ErrArchived) {
		t.Errorf("archived: %v", err)
	}
}

func TestRefusedInputIsAnErrorWithoutWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.f.OpenIssue(ctx(t), cases, "Heron", text("canary "+strings.Repeat("x", 70_000)), nil, "", false)
	if err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("%v", err)
	}
	if _, later := coc.IsLater(err); later {
		t.Errorf("it would be tried again: %v", err)
	}
}

func TestMissingLabelsAreCreatedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	want := coc.Labels()
	w.must(w.CreateLabel("org-owner", cases.String(), "Status/Received", "ffffff", "by hand"))
	// One is created by somebody else between our look and our write.
	var once sync.Once
	w.Intercept(func(r *http.Request, phase string) {
		if phase == githubsim.PhaseBefore && to("POST", "/labels")(r) {
			once.Do(func() { w.must(w.CreateLabel("org-owner", cases.String(), "status/acknowledged", "ffffff", "")) })
		}
	})
	for range 2 {
		got, err := w.f.EnsureLabels(ctx(t), cases, want)
		if err != nil || len(got) != len(want) {
			t.Fatalf("%d of %d labels, %v", len(got), len(want), err)
		}
	}
	labels, err := w.ViewLabels("kim-responder", cases.String())
	w.must(err)
	for _, l := range want {
		i := slices.IndexFunc(labels, func(v githubsim.LabelView) bool { return strings.EqualFold(v.Name, l.Name) })
		if i < 0 {
			t.Errorf("%s is missing", l.Name)
		} else if got := labels[i]; l.Name == "flag/overdue" && (got.Color != l.Color || got.Description != l.Description) {
			t.Errorf("%+v, want %+v", got, l)
		}
	}
	created := 0
	for _, r := range w.requests() {
		if strings.HasPrefix(r, "POST /repos/safe-org/cases/labels") {
			created++
		}
	}
	if created != len(want)-1 {
		t.Errorf("%d labels were created", created)
	}
}

func TestPublicSentencesAreSaidOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	said := notice.LinkSentence("https://report.example.test/report/example-org/engine")
	number, err := w.OpenIssue("alice-example", engine.String(), githubsim.NewIssue{Title: "Build fails"})
	w.must(err)
	at := in(engine, number)
	w.lost("POST", "/issues/1/comments")
	if err := w.f.Say(ctx(t), at, 0, said, marker, false); err == nil {
		t.Fatal("the first attempt saw no loss")
	}
	w.must(w.another(nil).Say(ctx(t), at, 0, said, marker, true))
	view, err := w.ViewIssue("", engine.String(), number)
	w.must(err)
	if view.Comments != 1 {
		t.Errorf("said %d times", view.Comments)
	}

	// In a thread of a review the answer stands below the first comment.
	pull, err := w.OpenPull("alice-example", engine.String(), "Fix", "")
	w.must(err)
	root, err := w.ReviewComment("bob-example", engine.String(), pull, "Hm.", 0)
	w.must(err)
	reply, err := w.ReviewComment("alice-example", engine.String(), pull, "/coc report", root)
	w.must(err)
	w.must(w.f.Say(ctx(t), in(engine, pull), reply, said, marker, false))
	w.must(w.f.Say(ctx(t), in(engine, pull), reply, said, marker, true))
	view, err = w.ViewIssue("", engine.String(), pull)
	w.must(err)
	if n := len(view.Reviews); n != 3 || view.Reviews[2].ReplyTo != root || view.Reviews[2].Author != "cocrouter[bot]" {
		t.Errorf("%+v", view.Reviews)
	}
	if err := w.f.Say(ctx(t), in(engine, pull), 4711, said, marker, false); !errors.Is(err, coc.ErrGone) {
		t.Errorf("a deleted review comment: %v", err)
	}
}

func TestOriginalsAreLockedAndMinimizedWithoutAJudgement(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	number, err := w.OpenIssue("alice-example", engine.String(), githubsim.NewIssue{Title: "Build fails"})
	w.must(err)
	_, err = w.Comment("bob-example", engine.String(), number, "/coc report canary")
	w.must(err)
	w.must(w.f.Lock(ctx(t), in(engine, number)))
	w.must(w.f.Lock(ctx(t), in(engine, number))) // twice is once
	w.must(w.f.Minimize(ctx(t), engine, w.commentNode(engine, number)))
	view, err := w.ViewIssue("", engine.String(), number)
	w.must(err)
	if !view.Locked || view.LockReason != "" {
		t.Errorf("locked %v for %q", view.Locked, view.LockReason)
	}
	for _, e := range view.Timeline {
		if e.Comment != nil && e.Comment.Minimized != "resolved" {
			t.Errorf("minimized as %q", e.Comment.Minimized)
		}
	}
	if err := w.f.Minimize(ctx(t), engine, "IC_kgDOnothing"); !errors.Is(err, coc.ErrGone) {
		t.Errorf("no such comment: %v", err)
	}
	w.Fail(to("POST", "/graphql"), 1, status(403, nil))
	if err := w.f.Minimize(ctx(t), engine, "IC_kgDOnothing"); !errors.Is(err, coc.ErrDenied) || strings.Contains(err.Error(), "canary") {
		t.Error(err)
	}
	w.Fail(to("POST", "/graphql"), 1, status(403, map[string]string{"Retry-After": "60"}))
	if later, ok := coc.IsLater(w.f.Minimize(ctx(t), engine, "IC_kgDOnothing")); !ok || later.After.IsZero() {
		t.Error("a limit of GraphQL is not for later")
	}
}

func TestTokensAreNarrowAndAskedForOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	issue, err := w.f.OpenIssue(ctx(t), cases, "Heron", text("report"), nil, marker, false)
	w.must(err)
	for range 3 {
		_, err := w.f.Issue(ctx(t), in(cases, issue.Number))
		w.must(err)
		w.f.Readers(ctx(t), cases)
		_, err = w.f.Repository(ctx(t), coc.AppSource, engine)
		w.must(err)
		_, err = w.f.File(ctx(t), coc.AppSource, engine, "README.md", "")
		w.must(err)
	}
	facts, err := w.f.Repository(ctx(t), coc.AppSource, engine)
	w.must(err)
	room := w.f.Readers(ctx(t), cases)
	want := []narrowing{
		{Repositories: []string{"cases"}, Permissions: map[string]string{"issues": "write"}},
		{RepositoryIDs: []int64{room.ID}, Permissions: map[string]string{"metadata": "read"}},
		{Repositories: []string{"engine"}, Permissions: map[string]string{"metadata": "read"}},
		{RepositoryIDs: []int64{facts.ID}, Permissions: map[string]string{"contents": "read"}},
	}
	if got := w.tokens(); !reflect.DeepEqual(got, want) {
		t.Errorf("tokens %+v, want %+v", got, want)
	}
	lookups := 0
	for _, r := range w.requests() {
		if strings.HasSuffix(r, "/installation") {
			lookups++
		}
	}
	if lookups != 2 {
		t.Errorf("%d look-ups of installations", lookups)
	}
	w.f.Forget("Safe-Org")
	w.f.Readers(ctx(t), cases)
	if got := w.requests(); !slices.Contains(got, "GET /repos/safe-org/cases/installation") {
		t.Errorf("after forgetting: %q", got)
	}
}

func TestEndedTokenIsReplacedWithoutAnyoneNoticing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.f.Readers(ctx(t), cases).Problem)
	// The installation is made anew: old tokens and the old id are void.
	w.must(w.Uninstall(w.install[roomsID]))
	w.installs(roomsID, "safe-org")
	w.must(w.f.Readers(ctx(t), cases).Problem)
	if _, err := w.f.OpenIssue(ctx(t), cases, "Heron", text("report"), nil, marker, false); err != nil {
		t.Error(err)
	}
	// One refusal is taken for an ended token, more for a clock or a key that
	// somebody will mend: none says anything of the room.
	w.Fail(to("POST", "/issues"), 1, status(401, nil))
	if _, err := w.f.OpenIssue(ctx(t), cases, "Heron", text("report"), nil, marker, false); err != nil {
		t.Error(err)
	}
	w.Fail(to("POST", "/issues"), 0, status(401, nil))
	if _, err := w.f.OpenIssue(ctx(t), cases, "Heron", text("report"), nil, marker, false); !isLater(err) {
		t.Error(err)
	}
}

func TestPermissionThatWasNotGrantedIsDenied(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.f.Team(ctx(t), coc.Team{Org: "safe-org", Slug: "x"}); !errors.Is(err, coc.ErrMissing) {
		t.Fatal(err)
	}
	w.must(w.AddApp(githubsim.App{ID: 73, Slug: "poor", PrivateKey: appKey(), Permissions: map[string]string{"issues": "read"}}))
	w.installs(73, "safe-org")
	poor := w.another(func(o *forge.Options) {
		o.Apps = map[coc.App]forge.Registration{coc.AppRooms: {ID: 73, PrivateKey: keyPEM()}}
	})
	if _, err := poor.OpenIssue(ctx(t), cases, "Heron", text("report"), nil, marker, false); !errors.Is(err, coc.ErrDenied) {
		t.Errorf("issues: %v", err)
	}
	if _, err := poor.Team(ctx(t), coc.Team{Org: "safe-org", Slug: "x"}); !errors.Is(err, coc.ErrDenied) {
		t.Errorf("members: %v", err)
	}
	if _, err := poor.Repository(ctx(t), coc.AppSource, engine); !errors.Is(err, coc.ErrInaccessible) {
		t.Errorf("an App that is not configured: %v", err)
	}
	w.must(w.SuspendInstallation(w.install[73], true))
	if err := poor.Readers(ctx(t), cases).Problem; !errors.Is(err, coc.ErrInaccessible) {
		t.Errorf("suspended: %v", err)
	}
	stranger := w.another(func(o *forge.Options) {
		o.Apps = map[coc.App]forge.Registration{coc.AppRooms: {ID: 74, PrivateKey: keyPEM()}}
	})
	if err := stranger.Readers(ctx(t), cases).Problem; !errors.Is(err, coc.ErrInaccessible) {
		t.Errorf("an App that GitHub does not know: %v", err)
	}
}

func TestSlugIsAskedForOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 2 {
		if slug, err := w.f.Slug(ctx(t), coc.AppRooms); err != nil || slug != "cocrouter-rooms" {
			t.Errorf("%q, %v", slug, err)
		}
	}
	if got := w.requests(); !slices.Equal(got, []string{"GET /app"}) {
		t.Errorf("asked %q", got)
	}
}

func TestOperationsAreCountedWithoutNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var mu sync.Mutex
	counted := map[string]int{}
	f := w.another(func(o *forge.Options) {
		o.Count = func(operation string, status int) {
			mu.Lock()
			defer mu.Unlock()
			counted[fmt.Sprint(operation, " ", status)]++
		}
	})
	w.must(w.AddRepo("safe-org/issues", githubsim.Repo{Visibility: "private"}))
	odd := coc.Repo{Owner: "safe-org", Name: "issues"}
	_, err := f.OpenIssue(ctx(t), odd, "Heron", text("report"), nil, marker, false)
	w.must(err)
	_, err = f.File(ctx(t), coc.AppRooms, odd, "labels/issues.yaml", "")
	if !errors.Is(err, coc.ErrMissing) {
		t.Fatal(err)
	}
	want := map[string]int{
		"GET repos/:/:/installation 200":             1,
		"POST app/installations/:/access_tokens 201": 3, // one for each thing that is done
		"POST repos/:/:/issues 201":                  1,
		"GET repos/:/:/contents/: 404":               1,
		"GET repos/:/: 200":                          1, // the file is missing, and not all of it
	}
	if !reflect.DeepEqual(counted, want) {
		t.Errorf("%v", counted)
	}
}

func TestNothingIsSentToAnotherHost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	asked := false
	other := githubsim.New(githubsim.Options{})
	other.Intercept(func(*http.Request, string) { asked = true })
	url, err := other.Start("127.0.0.1:0")
	w.must(err)
	defer func() { w.must(other.Close()) }()
	w.Fail(to("GET", "/repos/safe-org/cases"), 0, status(301, map[string]string{"Location": url + "/api/v3/repositories/1"}))
	if facts := w.f.Readers(ctx(t), cases); facts.Problem == nil || asked {
		t.Errorf("%+v, the other host was asked: %v", facts, asked)
	}
}

func TestWrongConfigurationIsRefused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*forge.Options){
		"no App":     func(o *forge.Options) { o.Apps = nil },
		"no key":     func(o *forge.Options) { o.Apps[coc.AppRooms] = forge.Registration{ID: 1} },
		"no id":      func(o *forge.Options) { o.Apps[coc.AppRooms] = forge.Registration{PrivateKey: keyPEM()} },
		"no address": func(o *forge.Options) { o.V3 = "" },
		"no GraphQL": func(o *forge.Options) { o.V4 = "api/graphql" },
	} {
		o := forge.Options{V3: "https://api.example.test", V4: "https://api.example.test/graphql",
			Apps: map[coc.App]forge.Registration{coc.AppRooms: {ID: 1, PrivateKey: keyPEM()}}}
		if _, err := forge.New(o); err != nil {
			t.Fatal(err)
		}
		change(&o)
		if _, err := forge.New(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
