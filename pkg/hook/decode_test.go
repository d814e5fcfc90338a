package hook_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/hook"
)

var arrived = time.Date(2026, 3, 1, 10, 0, 2, 0, time.UTC)

func intake(event, body string) coc.Intake {
	return coc.Intake{
		ID: 5, Source: coc.SourceHook, App: coc.AppSource, Event: event, Delivery: "hashed", Received: arrived,
		Payload: coc.NewProse(body),
	}
}

func TestEveryKeptEventIsDecoded(t *testing.T) {
	t.Parallel()
	engine := coc.RepoFacts{Repo: coc.Repo{Owner: "example-org", Name: "engine"}, ID: 4242, Visibility: "public", DefaultBranch: "main"}
	base := coc.Event{
		App: coc.AppSource, Install: 808, Delivery: "hashed", Received: arrived,
		Repo: engine, Actor: "alice-example", Account: "example-org",
	}
	withIssue := base
	withIssue.Issue, withIssue.IssueNode = 7, "I_kwDOAA"
	withIssue.IssueURL = "https://example.test/example-org/engine/issues/7"
	withIssue.IssueTitle, withIssue.IssueBody = coc.NewProse("Build fails"), coc.NewProse("It fails.\r\nSee log.")
	withIssue.IssueAuthor, withIssue.IssueAt = "bob-example", time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	withIssue.Labels = []string{"bug"}
	withComment := withIssue
	withComment.Kind, withComment.Action = coc.EventComment, "created"
	withComment.Comment, withComment.CommentNode = 901, "IC_kwDOAA"
	withComment.CommentURL = "https://example.test/example-org/engine/issues/7#issuecomment-901"
	withComment.CommentBody = coc.NewProse("Thanks.")
	withComment.CommentAt = time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	account := base
	account.Repo = coc.RepoFacts{}
	account.Install = 808

	change := func(e coc.Event, f func(*coc.Event)) coc.Event { f(&e); return e }
	tests := []struct {
		name, event, body string
		want              coc.Event
	}{
		{"a comment", "issue_comment", commentPayload(), withComment},
		{"a comment on a pull request", "issue_comment",
			commentPayload(with("issue.pull_request", object{"url": "x"}), with("issue.locked", true)),
			change(withComment, func(e *coc.Event) { e.Pull, e.Locked = true, true })},
		{"a comment of a deleted account, without installation", "issue_comment",
			commentPayload(with("issue.user", nil), with("sender", nil), with("installation", nil), with("issue.body", nil)),
			change(withComment, func(e *coc.Event) {
				e.IssueAuthor, e.Actor, e.Install, e.IssueBody = "", "", 0, coc.Prose{}
			})},
		{"a comment through our App", "issue_comment", commentPayload(with("comment.performed_via_github_app", viaOurApp)),
			change(withComment, func(e *coc.Event) { e.Own = true })},
		{"a comment through another App in an issue of ours", "issue_comment",
			commentPayload(with("comment.performed_via_github_app", viaOtherApp), with("issue.performed_via_github_app", viaOurApp)), withComment},
		{"a review comment", "pull_request_review_comment", reviewPayload(), change(withComment, func(e *coc.Event) {
			e.Issue, e.IssueURL = 8, "https://example.test/example-org/engine/pull/8"
			e.CommentNode, e.CommentURL = "PRRC_kwDOAA", "https://example.test/example-org/engine/pull/8#discussion_r901"
			e.Pull, e.Review = true, true
		})},
		{"opened", "issues", issuesPayload("opened", labelled("bug", "conduct")), change(withIssue, func(e *coc.Event) {
			e.Kind, e.Action, e.Labels = coc.EventOpened, "opened", []string{"bug", "conduct"}
		})},
		{"opened through our App", "issues", issuesPayload("opened", with("issue.performed_via_github_app", viaOurApp)),
			change(withIssue, func(e *coc.Event) { e.Kind, e.Action, e.Own = coc.EventOpened, "opened", true })},
		{"labelled", "issues", labelPayload("labeled", "conduct"), change(withIssue, func(e *coc.Event) {
			e.Kind, e.Action, e.Label = coc.EventLabeled, "labeled", "conduct"
		})},
		{"our own echo", "issues", labelPayload("unlabeled", "bug", byRoomsBot), change(withIssue, func(e *coc.Event) {
			e.Kind, e.Action, e.Label = coc.EventUnlabeled, "unlabeled", "bug"
			e.Actor, e.ActorBot, e.Own = "Cocrouter-Rooms[bot]", true, true
		})},
		{"closed by a person, opened by us", "issues", issuesPayload("closed", with("issue.performed_via_github_app", viaOurApp)),
			change(withIssue, func(e *coc.Event) { e.Kind, e.Action = coc.EventClosed, "closed" })},
		{"reopened by another bot", "issues", issuesPayload("reopened", byOtherBot), change(withIssue, func(e *coc.Event) {
			e.Kind, e.Action, e.Actor, e.ActorBot = coc.EventReopened, "reopened", "triage[bot]", true
		})},
		{"edited", "issues", issuesPayload("edited", with("changes.body.from", "before")), change(withIssue, func(e *coc.Event) {
			e.Kind, e.Action, e.BodyBefore = coc.EventEdited, "edited", coc.NewProse("before")
		})},
		{"deleted", "issues", issuesPayload("deleted"),
			change(withIssue, func(e *coc.Event) { e.Kind, e.Action = coc.EventDeleted, "deleted" })},
		{"transferred", "issues", issuesPayload("transferred", with("changes.new_issue.number", 1)),
			change(withIssue, func(e *coc.Event) { e.Kind, e.Action = coc.EventDeleted, "transferred" })},
		{"a label renamed", "label", labelChange("edited", "done", with("changes.name.from", "status/closed")), change(base, func(e *coc.Event) {
			e.Kind, e.Action, e.Label = coc.EventLabels, "edited", "done"
		})},
		{"a push", "push", pushPayload(touchRouting), change(base, func(e *coc.Event) {
			e.Kind, e.Ref = coc.EventPushed, "refs/heads/main"
			e.Before, e.After = strings.Repeat("a", 40), strings.Repeat("b", 40)
			e.Paths = []string{".github/coc.yaml", "README.md"}
		})},
		{"a forced push", "push", pushPayload(touchRouting, with("forced", true)), change(base, func(e *coc.Event) {
			e.Kind, e.Ref, e.Truncated = coc.EventPushed, "refs/heads/main", true
			e.Before, e.After = strings.Repeat("a", 40), strings.Repeat("b", 40)
		})},
		{"renamed", "repository", repositoryPayload("renamed", with("changes.repository.name.from", "motor")),
			change(base, func(e *coc.Event) {
				e.Kind, e.Action, e.Was = coc.EventRepo, "renamed", coc.Repo{Owner: "example-org", Name: "motor"}
			})},
		{"another default branch", "repository", repositoryPayload("edited", with("changes.default_branch.from", "master")),
			change(base, func(e *coc.Event) { e.Kind, e.Action, e.Before = coc.EventRepo, "edited", "master" })},
		{"transferred from a person", "repository", repositoryPayload("transferred", with("changes.owner.from.user.login", "bob-example")),
			change(base, func(e *coc.Event) {
				e.Kind, e.Action, e.Was = coc.EventRepo, "transferred", coc.Repo{Owner: "bob-example", Name: "engine"}
			})},
		{"transferred from an organisation", "repository",
			repositoryPayload("transferred", with("changes.owner.from.organization.login", "old-org")),
			change(base, func(e *coc.Event) {
				e.Kind, e.Action, e.Was = coc.EventRepo, "transferred", coc.Repo{Owner: "old-org", Name: "engine"}
			})},
		{"archived, disabled, a fork, internal", "repository",
			repositoryPayload("archived", with("repository.archived", true), with("repository.disabled", true),
				with("repository.fork", true), with("repository.private", true), with("repository.visibility", "internal")),
			change(base, func(e *coc.Event) {
				e.Kind, e.Action = coc.EventRepo, "archived"
				e.Repo.Archived, e.Repo.Disabled, e.Repo.Fork, e.Repo.Visibility = true, true, true, "internal"
			})},
		{"private or internal: it does not say which", "repository",
			repositoryPayload("privatized", with("repository.private", true), with("repository.visibility", nil)),
			change(base, func(e *coc.Event) { e.Kind, e.Action, e.Repo.Visibility = coc.EventRepo, "privatized", "" })},
		{"installed", "installation", installationPayload("created"),
			change(account, func(e *coc.Event) { e.Kind, e.Action = coc.EventInstalled, "created" })},
		{"an account renamed", "installation_target",
			installationPayload("renamed", with("account", person("new-org", 99)), with("changes.login.from", "example-org"), with("installation", object{"id": 808})),
			change(account, func(e *coc.Event) {
				e.Kind, e.Action, e.Account, e.Was = coc.EventInstalled, "renamed", "new-org", coc.Repo{Owner: "example-org"}
			})},
		{"a collaborator of a person's repository", "member",
			payload(merge(common(), object{"action": "added", "member": person("kim-responder", 21)}), with("organization", nil),
				with("repository.owner.login", "bob-example")),
			change(base, func(e *coc.Event) {
				e.Kind, e.Action, e.Member, e.Account, e.Repo.Repo.Owner = coc.EventRoster, "added", "kim-responder", "bob-example", "bob-example"
			})},
		{"a member of a team", "membership", rosterPayload("removed"), change(account, func(e *coc.Event) {
			e.Kind, e.Action, e.Member = coc.EventRoster, "removed", "kim-responder"
			e.Team = coc.Team{Org: "example-org", Slug: "conduct"}
		})},
		{"a member of an organisation", "organization",
			rosterPayload("member_removed", with("team", nil), with("member", nil), with("membership.user.login", "kim-responder")),
			change(account, func(e *coc.Event) {
				e.Kind, e.Action, e.Member = coc.EventRoster, "member_removed", "kim-responder"
			})},
	}
	decoder := hook.NewDecoder(twoApps())
	for _, tt := range tests {
		t.Run(tt.event+"/"+tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := decoder.Decode(intake(tt.event, tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Labels) == 0 {
				got.Labels = nil
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestWhatIsNoDeliveryIsNotDecoded(t *testing.T) {
	t.Parallel()
	form := intake("", `{"repo":{"owner":"example-org","name":"engine"},"account":"canary"}`)
	form.Source = coc.SourceForm
	decoder := hook.NewDecoder(twoApps())
	for name, in := range map[string]coc.Intake{
		"a form":                       form,
		"the zero intake":              {},
		"not JSON":                     intake("issues", "canary"),
		"a number where there is text": intake("issues", `{"action": 12345678, "sender": {"login": "canary"}}`),
		"a date of another form":       intake("issues", issuesPayload("opened", with("issue.created_at", "canary"))),
		"an event that is never kept":  intake("canary", issuesPayload("opened")),
		"an action that is never kept": intake("issues", issuesPayload("canary")),
		"an issue without a number":    intake("issues", issuesPayload("opened", with("issue.number", nil))),
		"a comment without an id":      intake("issue_comment", commentPayload(with("comment.id", nil))),
		"a repository without an id":   intake("push", pushPayload(with("repository.id", nil))),
		"a repository without a name":  intake("repository", repositoryPayload("renamed", with("repository.name", nil))),
		"an installation of nobody":    intake("installation", installationPayload("created", with("installation.account", nil))),
		"a roster of nobody":           intake("organization", rosterPayload("deleted", with("organization", nil))),
	} {
		e, err := decoder.Decode(in)
		if !errors.Is(err, hook.ErrNotADelivery) || !reflect.DeepEqual(e, coc.Event{}) {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
		if err != nil && strings.Contains(fmt.Sprintf("%+v", err), "canary") {
			t.Errorf("%s: the error repeats the payload: %v", name, err)
		}
	}
}

// What the fuzzer found in testdata reaches lines that the deliveries here do not;
// each is named for what it is.
func FuzzDecode(f *testing.F) {
	for event, body := range map[string]string{
		"issue_comment":               commentPayload(with("comment.body", "/coc report")),
		"pull_request_review_comment": reviewPayload(with("comment.body", "/coc ack")),
		"issues":                      labelPayload("labeled", "conduct"),
		"push":                        pushPayload(touchRouting),
		"repository":                  repositoryPayload("renamed", with("changes.repository.name.from", "motor")),
		"installation":                installationPayload("created"),
		"membership":                  rosterPayload("added"),
	} {
		f.Add(event, []byte(body))
	}
	decoder := hook.NewDecoder(oneApp())
	s := serve(f, oneApp(), nil)
	f.Fuzz(func(t *testing.T, event string, body []byte) {
		e, err := decoder.Decode(intake(event, string(body)))
		if err == nil && (e.Kind == "" || e.Delivery == "") {
			t.Errorf("decoded to an event without a kind: %+v", e)
		}
		// Whatever the handler takes without panicking has a key and a lane.
		if event == "" {
			return
		}
		s.desk.taken, s.desk.seen = nil, map[string]bool{}
		res := answer(s, deliver(sourceID, sourceSecret, event, "guid", string(body)))
		if (res.StatusCode == 202) != (len(s.desk.taken) == 1) || res.StatusCode >= 500 {
			t.Errorf("%s: status %d, taken %d", event, res.StatusCode, len(s.desk.taken))
		}
	})
}
