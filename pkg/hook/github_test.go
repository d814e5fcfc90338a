package hook_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
	"github.com/cocrouter/cocrouter/pkg/githubsim/openapitest"
	"github.com/cocrouter/cocrouter/pkg/hook"
)

// What the simulated GitHub sends for a day's work arrives as these events and
// no others.
func TestDayOfDeliveries(t *testing.T) {
	t.Parallel()
	s := serve(t, twoApps(), func(o *hook.Options) { o.ReportLabel = reportLabel })
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	sim := githubsim.New(githubsim.Options{})
	openapitest.Attach(t, sim)
	_, err := sim.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(err)
	for _, login := range []string{"alice-example", "org-owner", "kim-responder"} {
		must(sim.AddUser(login))
	}
	must(sim.AddOrg("example-org", githubsim.Org{Owners: []string{"org-owner"}}))
	must(sim.AddOrg("safe-org", githubsim.Org{Owners: []string{"org-owner"}, Members: []string{"kim-responder"}}))
	must(sim.AddRepo("example-org/engine", githubsim.Repo{Visibility: "public"}))
	must(sim.AddRepo("safe-org/cases", githubsim.Repo{Visibility: "private", Collaborators: map[string]string{"kim-responder": "write"}}))
	must(sim.CreateLabel("org-owner", "example-org/engine", "conduct", "ededed", ""))
	must(sim.CreateLabel("org-owner", "safe-org/cases", "status/acknowledged", "ededed", ""))
	all := []string{"issue_comment", "issues", "pull_request_review_comment", "push", "repository", "label", "member", "membership", "team", "organization", "pull_request"}
	permissions := map[string]string{"contents": "read", "issues": "write", "pull_requests": "write", "members": "read"}
	must(sim.AddApp(githubsim.App{ID: sourceID, Slug: "cocrouter", PrivateKey: key, WebhookURL: server.URL,
		WebhookSecret: string(sourceSecret), Permissions: permissions, Events: all}))
	must(sim.AddApp(githubsim.App{ID: roomsID, Slug: "cocrouter-rooms", PrivateKey: key, WebhookURL: server.URL,
		WebhookSecret: string(newSecret), Permissions: permissions, Events: all}))

	var happened []coc.Event
	decoder := hook.NewDecoder(twoApps())
	// after decodes what was taken since the last call.
	after := func(what string, kinds ...coc.EventKind) []coc.Event {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		must(sim.Idle(ctx))
		s.desk.mu.Lock()
		taken := s.desk.taken
		s.desk.taken = nil
		s.desk.mu.Unlock()
		var got []coc.EventKind
		happened = nil
		for _, in := range taken {
			e, err := decoder.Decode(in)
			must(err)
			happened = append(happened, e)
			got = append(got, e.Kind)
		}
		if !slices.Equal(got, kinds) {
			t.Fatalf("%s: %v, want %v", what, got, kinds)
		}
		return happened
	}
	install, err := sim.Install(sourceID, "example-org")
	must(err)
	_, err = sim.Install(roomsID, "safe-org")
	must(err)
	e := after("installing", coc.EventInstalled, coc.EventInstalled)
	if e[0].Install != install || e[0].Account != "example-org" || e[0].App != coc.AppSource || e[1].App != coc.AppRooms {
		t.Errorf("%+v", e)
	}

	must(sim.PutFile("example-org/engine", "README.md", "# Engine"))
	after("a push of another file")
	must(sim.PutFile("example-org/engine", ".github/coc.yaml", "version: 1"))
	if e := after("a push of coc.yaml", coc.EventPushed)[0]; !slices.Equal(e.Paths, []string{".github/coc.yaml"}) || e.Truncated || e.After == "" {
		t.Errorf("%+v", e)
	}

	number, err := sim.OpenIssue("alice-example", "example-org/engine", githubsim.NewIssue{Title: "Build fails", Body: "See log."})
	must(err)
	_, err = sim.Comment("alice-example", "example-org/engine", number, "Any news?")
	must(err)
	after("ordinary talk")
	id, err := sim.Comment("alice-example", "example-org/engine", number, "/coc report He shouted.")
	must(err)
	e = after("a report as a comment", coc.EventComment)
	if e[0].Comment != id || e[0].CommentBody.Reveal() != "/coc report He shouted." || e[0].IssueTitle.Reveal() != "Build fails" ||
		e[0].Actor != "alice-example" || e[0].Pull || e[0].CommentNode == "" || e[0].CommentURL == "" || e[0].Repo.Visibility != "public" {
		t.Errorf("%+v", e[0])
	}
	must(sim.EditComment("alice-example", "example-org/engine", id, "/coc report He shouted twice."))
	after("an edit")
	must(sim.Label("org-owner", "example-org/engine", number, "conduct"))
	if e := after("the report label", coc.EventLabeled)[0]; e.Label != "conduct" || e.Actor != "org-owner" || e.IssueAuthor != "alice-example" {
		t.Errorf("%+v", e)
	}
	_, err = sim.OpenIssue("alice-example", "example-org/engine", githubsim.NewIssue{Title: "Report", Labels: []string{"conduct"}, Template: true})
	must(err)
	if e := after("opened by the form for reports", coc.EventOpened, coc.EventLabeled); !slices.Equal(e[0].Labels, []string{"conduct"}) {
		t.Errorf("%+v", e[0])
	}
	pull, err := sim.OpenPull("alice-example", "example-org/engine", "Fix", "")
	must(err)
	_, err = sim.ReviewComment("alice-example", "example-org/engine", pull, "/coc report", 0)
	must(err)
	if e := after("a review comment", coc.EventComment)[0]; !e.Review || !e.Pull || e.Issue != pull {
		t.Errorf("%+v", e)
	}

	number, err = sim.OpenIssue("kim-responder", "safe-org/cases", githubsim.NewIssue{Title: "Heron"})
	must(err)
	must(sim.Label("kim-responder", "safe-org/cases", number, "status/acknowledged"))
	must(sim.CloseIssue("kim-responder", "safe-org/cases", number))
	must(sim.ReopenIssue("kim-responder", "safe-org/cases", number))
	must(sim.DeleteIssue("org-owner", "safe-org/cases", number))
	after("work by hand in a room", coc.EventLabeled, coc.EventClosed, coc.EventReopened, coc.EventDeleted)

	must(sim.Rename("safe-org/cases", "quiet"))
	if e := after("a rename", coc.EventRepo)[0]; e.Was != (coc.Repo{Owner: "safe-org", Name: "cases"}) || e.Repo.Repo.Name != "quiet" {
		t.Errorf("%+v", e)
	}
	must(sim.SetVisibility("safe-org/quiet", "public"))
	if e := after("made public", coc.EventRepo)[0]; e.Action != "publicized" || e.Repo.Visibility != "public" {
		t.Errorf("%+v", e)
	}
	must(sim.AddTeam("safe-org", "conduct"))
	after("a team", coc.EventRoster)
	must(sim.AddTeamMember("safe-org", "conduct", "kim-responder"))
	if e := after("a member of it", coc.EventRoster)[0]; e.Team != (coc.Team{Org: "safe-org", Slug: "conduct"}) || e.Member != "kim-responder" {
		t.Errorf("%+v", e)
	}
	must(sim.Uninstall(install))
	if e := after("uninstalled", coc.EventInstalled)[0]; e.Action != "deleted" || e.Account != "example-org" {
		t.Errorf("%+v", e)
	}
	for _, d := range sim.Deliveries() {
		if d.StatusCode/100 != 2 {
			t.Errorf("%s %s was answered %s", d.Event, d.Action, d.Status)
		}
	}
}
