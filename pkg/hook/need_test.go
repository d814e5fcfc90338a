package hook_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/hook"
)

// reportLabel knows the report label of one repository only.
func reportLabel(repo coc.Repo) (string, bool) {
	switch {
	case repo.Is(coc.Repo{Owner: "example-org", Name: "engine"}):
		return "conduct", true
	case repo.Is(coc.Repo{Owner: "example-org", Name: "silent"}):
		return "", true
	}
	return "", false
}

var (
	byOurBot     = with("sender", bot("cocrouter"))
	byRoomsBot   = with("sender", bot("Cocrouter-Rooms")) // GitHub does not mind case
	byOtherBot   = with("sender", bot("triage"))
	viaOurApp    = object{"id": sourceID, "slug": "cocrouter"}
	viaOtherApp  = object{"id": 12345, "slug": "other"}
	unknownRepo  = with("repository.name", "unheard-of")
	silentRepo   = with("repository.name", "silent")
	labelled     = func(names ...string) set { return with("issue.labels", labels(names...)) }
	touchRouting = with("commits", []object{commit(nil, []string{"README.md"}), commit([]string{".github/coc.yaml"})})
)

func labels(names ...string) []object {
	list := []object{}
	for i, name := range names {
		list = append(list, object{"id": i, "name": name})
	}
	return list
}

// kept says under which App and priority a delivery must be taken; the zero
// value that it must be dropped.
type kept struct {
	as       coc.App
	priority int
}

var dropped kept

func TestOnlyWhatIsNeededIsTaken(t *testing.T) {
	t.Parallel()
	const source, rooms = coc.AppSource, coc.AppRooms
	tests := []struct {
		name, event, body string
		source, rooms     kept
	}{
		// Comments.
		{"a comment without a command", "issue_comment", commentPayload(), dropped, dropped},
		{"a report", "issue_comment", commentPayload(with("comment.body", "Hello\r\n/coc report he did it")), kept{source, 1}, kept{rooms, 1}},
		{"a report in capitals", "issue_comment", commentPayload(with("comment.body", "/CoC Report")), kept{source, 1}, kept{rooms, 1}},
		{"a command", "issue_comment", commentPayload(with("comment.body", "/coc ack")), kept{source, 2}, kept{rooms, 2}},
		{"a comment without words", "issue_comment", commentPayload(with("comment.body", nil)), dropped, dropped},
		{"an edit that adds a command", "issue_comment", commentPayload(with("comment.body", "/coc ack"), with("action", "edited")), dropped, dropped},
		{"a deleted command", "issue_comment", commentPayload(with("comment.body", "/coc ack"), with("action", "deleted")), dropped, dropped},
		{"a command in the issue, not in the comment", "issue_comment", commentPayload(with("issue.body", "/coc ack")), dropped, dropped},
		{"our own bot", "issue_comment", commentPayload(with("comment.body", "/coc ack"), byOurBot), dropped, dropped},
		{"another bot", "issue_comment", commentPayload(with("comment.body", "/coc report"), byOtherBot), dropped, dropped},
		{"a person through our own App", "issue_comment", commentPayload(with("comment.body", "/coc ack"), with("comment.performed_via_github_app", viaOurApp)), dropped, dropped},
		{"a person through another App", "issue_comment", commentPayload(with("comment.body", "/coc ack"), with("comment.performed_via_github_app", viaOtherApp)), kept{source, 2}, kept{rooms, 2}},
		{"a person in an issue that our App opened", "issue_comment", commentPayload(with("comment.body", "/coc ack"), with("issue.performed_via_github_app", viaOurApp)), kept{source, 2}, kept{rooms, 2}},
		{"a review comment", "pull_request_review_comment", reviewPayload(with("comment.body", "/coc report")), kept{source, 1}, kept{rooms, 1}},
		{"a review comment without a command", "pull_request_review_comment", reviewPayload(), dropped, dropped},

		// Issues that may become reports.
		{"opened without labels", "issues", issuesPayload("opened", labelled()), dropped, dropped},
		{"opened with other labels", "issues", issuesPayload("opened", labelled("bug", "help wanted")), dropped, dropped},
		{"opened with the report label", "issues", issuesPayload("opened", labelled("bug", "Conduct")), kept{source, 1}, dropped},
		{"opened where the label is not known", "issues", issuesPayload("opened", labelled("bug"), unknownRepo), kept{source, 1}, dropped},
		{"opened where there is no such label", "issues", issuesPayload("opened", labelled("bug"), silentRepo), dropped, dropped},
		{"opened by a bot", "issues", issuesPayload("opened", labelled("conduct"), byOtherBot), dropped, dropped},
		{"opened by our App for a person", "issues", issuesPayload("opened", labelled("conduct"), with("issue.performed_via_github_app", viaOurApp)), dropped, dropped},
		{"given the report label", "issues", labelPayload("labeled", "conduct"), kept{source, 1}, dropped},
		{"given another label", "issues", labelPayload("labeled", "bug"), dropped, dropped},
		{"given a label where it is not known", "issues", labelPayload("labeled", "bug", unknownRepo), kept{source, 1}, dropped},
		{"given the report label by a bot", "issues", labelPayload("labeled", "conduct", byOtherBot), dropped, dropped},
		{"the report label taken away", "issues", labelPayload("unlabeled", "conduct"), dropped, dropped},
		{"edited", "issues", issuesPayload("edited", labelled("conduct")), dropped, dropped},
		{"assigned", "issues", issuesPayload("assigned", labelled("conduct")), dropped, dropped},

		// What moves a case by hand.
		{"a status label added", "issues", labelPayload("labeled", "status/screening", unknownRepo), dropped, kept{rooms, 2}},
		{"a status label that does not exist", "issues", labelPayload("labeled", "Status/done"), dropped, kept{rooms, 2}},
		{"a flag taken away", "issues", labelPayload("unlabeled", "flag/overdue"), dropped, kept{rooms, 2}},
		{"a status label moved by another bot", "issues", labelPayload("labeled", "status/closed", byOtherBot), dropped, kept{rooms, 2}},
		{"a status label added by us", "issues", labelPayload("labeled", "status/screening", byRoomsBot), dropped, dropped},
		{"a status label taken away by us", "issues", labelPayload("unlabeled", "status/received", byRoomsBot), dropped, dropped},
		{"a foreign label that we took away", "issues", labelPayload("unlabeled", "bug", byRoomsBot), dropped, kept{rooms, 2}},
		{"a foreign label that somebody took away", "issues", labelPayload("unlabeled", "bug"), dropped, dropped},
		{"the issue of a case edited", "issues", issuesPayload("edited", with("issue.body", caseBody), with("changes.title.from", "before")), dropped, kept{rooms, 2}},
		{"the issue of a case emptied", "issues", issuesPayload("edited", with("issue.body", nil), with("changes.body.from", caseBody)), dropped, kept{rooms, 2}},
		{"another issue of a room edited", "issues", issuesPayload("edited", with("issue.body", "Lunch?"), with("changes.body.from", "Tea?")), dropped, dropped},
		{"drawn by us", "issues", issuesPayload("edited", byRoomsBot, with("issue.body", "Mine.\n"+caseBody), with("changes.body.from", "Mine.\n"+strings.ReplaceAll(caseBody, "x", "y"))), dropped, dropped},
		{"drawn by us over what somebody wrote", "issues", issuesPayload("edited", byRoomsBot, with("issue.body", caseBody), with("changes.body.from", "Mine.\n"+caseBody)), dropped, kept{rooms, 2}},
		{"a label of ours renamed", "label", labelChange("edited", "done", with("changes.name.from", "status/closed")), dropped, kept{rooms, 3}},
		{"a label of ours deleted", "label", labelChange("deleted", "flag/overdue"), dropped, kept{rooms, 3}},
		{"a label of ours created", "label", labelChange("created", "flag/overdue"), dropped, dropped},
		{"a label of ours recoloured by us", "label", labelChange("edited", "flag/overdue", byRoomsBot), dropped, dropped},
		{"another label deleted", "label", labelChange("deleted", "bug"), dropped, dropped},
		{"closed", "issues", issuesPayload("closed"), dropped, kept{rooms, 2}},
		{"closed by a person, opened by our App", "issues", issuesPayload("closed", with("issue.performed_via_github_app", viaOurApp)), dropped, kept{rooms, 2}},
		{"closed by us", "issues", issuesPayload("closed", byRoomsBot), dropped, dropped},
		{"closed by another bot", "issues", issuesPayload("closed", byOtherBot), dropped, kept{rooms, 2}},
		{"reopened", "issues", issuesPayload("reopened"), dropped, kept{rooms, 2}},
		{"deleted", "issues", issuesPayload("deleted"), dropped, kept{rooms, 2}},
		{"transferred", "issues", issuesPayload("transferred"), dropped, kept{rooms, 2}},

		// Pushes.
		{"a push of other files", "push", pushPayload(), dropped, dropped},
		{"a push of a routing file", "push", pushPayload(touchRouting), kept{source, 3}, kept{rooms, 3}},
		{"a push that removes one", "push", pushPayload(with("commits", []object{commit(nil, nil, []string{"coc.yaml"})})), kept{source, 3}, kept{rooms, 3}},
		{"a push of a file of that name elsewhere", "push", pushPayload(with("commits", []object{commit([]string{"docs/coc.yaml"})})), dropped, dropped},
		{"a push to another branch", "push", pushPayload(touchRouting, with("ref", "refs/heads/topic")), dropped, dropped},
		{"a tag of the branch's name", "push", pushPayload(touchRouting, with("ref", "refs/tags/main")), dropped, dropped},
		{"a forced push", "push", pushPayload(with("forced", true)), kept{source, 3}, kept{rooms, 3}},
		{"a push of more commits than are listed", "push", pushPayload(with("commits", manyCommits(20))), kept{source, 3}, kept{rooms, 3}},
		{"a push of many commits", "push", pushPayload(with("commits", manyCommits(19))), dropped, dropped},
		{"a push without commits", "push", pushPayload(with("commits", []object{})), kept{source, 3}, kept{rooms, 3}},
		{"a commit too large to be listed", "push", pushPayload(with("commits", []object{commit()})), kept{source, 3}, kept{rooms, 3}},

		// Repositories, installations, rosters.
		{"renamed", "repository", repositoryPayload("renamed"), kept{source, 3}, kept{rooms, 3}},
		{"made public by us", "repository", repositoryPayload("publicized", byRoomsBot), kept{source, 3}, kept{rooms, 3}},
		{"another default branch", "repository", repositoryPayload("edited", with("changes.default_branch.from", "master")), kept{source, 3}, kept{rooms, 3}},
		{"another description", "repository", repositoryPayload("edited", with("changes.description.from", "x")), dropped, dropped},
		{"created", "repository", repositoryPayload("created"), dropped, dropped},
		{"installed", "installation", installationPayload("created"), kept{source, 3}, kept{rooms, 3}},
		{"repositories removed", "installation_repositories", installationPayload("removed"), kept{source, 3}, kept{rooms, 3}},
		{"a member of a team added", "membership", rosterPayload("added"), kept{source, 3}, kept{rooms, 3}},
		{"a collaborator added", "member", rosterPayload("added"), kept{source, 3}, kept{rooms, 3}},
		{"an invitation", "organization", rosterPayload("member_invited"), dropped, dropped},
		{"a member removed", "organization", rosterPayload("member_removed"), kept{source, 3}, kept{rooms, 3}},
		{"a team deleted", "team", rosterPayload("deleted"), kept{source, 3}, kept{rooms, 3}},

		// Everything else.
		{"a star", "star", issuesPayload("created"), dropped, dropped},
		{"a pull request", "pull_request", issuesPayload("opened", labelled("conduct")), dropped, dropped},
		{"a discussion comment", "discussion_comment", commentPayload(with("comment.body", "/coc report")), dropped, dropped},
	}
	for _, tt := range tests {
		t.Run(tt.event+"/"+tt.name, func(t *testing.T) {
			t.Parallel()
			for _, app := range []struct {
				id     int64
				secret []byte
				want   kept
			}{{sourceID, sourceSecret, tt.source}, {roomsID, roomsSecret, tt.rooms}} {
				s := serve(t, twoApps(), func(o *hook.Options) { o.ReportLabel = reportLabel })
				res := answer(s, deliver(app.id, app.secret, tt.event, "guid-1", tt.body))
				got, status := dropped, 200
				if len(s.taken) == 1 {
					got, status = kept{s.taken[0].App, s.taken[0].Priority}, 202
				}
				if got != app.want || res.StatusCode != status {
					t.Errorf("App %d: %v, status %d; want %v", app.id, got, res.StatusCode, app.want)
				}
			}
			// One registration for both roles takes what either would.
			s := serve(t, oneApp(), func(o *hook.Options) { o.ReportLabel = reportLabel })
			answer(s, deliver(sourceID, sourceSecret, tt.event, "guid-1", tt.body))
			want := 0
			if tt.source != dropped || tt.rooms != dropped {
				want = 1
			}
			// Its one bot has another name than the rooms App's here.
			if len(s.taken) != want && !strings.Contains(tt.body, "Cocrouter-Rooms[bot]") {
				t.Errorf("one registration: taken %d times, want %d", len(s.taken), want)
			}
		})
	}
}

func manyCommits(n int) []object {
	list := make([]object, n)
	for i := range list {
		list[i] = commit(nil, []string{"README.md"})
	}
	return list
}

func repositoryPayload(action string, sets ...set) string {
	return payload(merge(common(), object{"action": action}), sets...)
}

func installationPayload(action string, sets ...set) string {
	return payload(object{
		"action": action,
		"installation": object{
			"id": 808, "app_id": sourceID, "account": person("example-org", 99), "repository_selection": "all",
			"created_at": "2026-03-01T10:00:00Z", "updated_at": "2026-03-01T10:00:00Z", "suspended_at": nil,
		},
		"repositories": []object{{"id": 4242, "full_name": "example-org/engine"}},
		"sender":       person("alice-example", 11),
	}, sets...)
}

func rosterPayload(action string, sets ...set) string {
	return payload(object{
		"action":       action,
		"team":         object{"id": 5, "slug": "conduct", "name": "Conduct"},
		"member":       person("kim-responder", 21),
		"organization": object{"login": "example-org", "id": 99},
		"sender":       person("alice-example", 11),
		"installation": object{"id": 808},
	}, sets...)
}

func TestOtherHappeningsHaveOtherKeys(t *testing.T) {
	t.Parallel()
	later := with("issue.updated_at", "2026-03-01T10:00:01Z")
	happenings := []struct{ event, body string }{
		{"issue_comment", commentPayload(with("comment.body", "/coc ack"))},
		{"issue_comment", commentPayload(with("comment.body", "/coc ack"), with("comment.id", 902))},
		// A review comment may have the number of another comment.
		{"pull_request_review_comment", reviewPayload(with("comment.body", "/coc ack"))},
		{"issues", issuesPayload("opened", labelled("conduct"))},
		{"issues", labelPayload("labeled", "conduct")},
		{"issues", labelPayload("labeled", "conduct", later)},
		{"issues", labelPayload("labeled", "status/closed")},
		{"issues", labelPayload("unlabeled", "status/closed")},
		{"issues", issuesPayload("closed")},
		{"issues", issuesPayload("reopened")},
		{"issues", issuesPayload("closed", later)},
		// Closed again in the second in which it was put back.
		{"issues", issuesPayload("closed", later)},
		{"push", pushPayload(touchRouting)},
		{"push", pushPayload(touchRouting, with("after", "cccc"))},
		// Pushed there once more, after a forced push back.
		{"push", pushPayload(touchRouting, with("repository.pushed_at", 1772359300))},
		{"repository", repositoryPayload("archived")},
		{"repository", repositoryPayload("unarchived")},
		{"installation", installationPayload("suspend")},
		{"installation", installationPayload("suspend")},
		{"membership", rosterPayload("added")},
		{"membership", rosterPayload("added")},
	}
	s := serve(t, oneApp(), nil)
	for i, d := range happenings {
		answer(s, deliver(sourceID, sourceSecret, d.event, fmt.Sprint("guid-", i), d.body))
		if len(s.taken) != i+1 {
			t.Fatalf("%s number %d was taken for an earlier one", d.event, i)
		}
	}
}

func TestRepositoryChangeIsTakenByEachRole(t *testing.T) {
	t.Parallel()
	s := serve(t, twoApps(), nil)
	body := repositoryPayload("publicized")
	answer(s, deliver(sourceID, sourceSecret, "repository", "guid-1", body))
	answer(s, deliver(roomsID, roomsSecret, "repository", "guid-2", body))
	if len(s.taken) != 2 || s.taken[0].App != coc.AppSource || s.taken[1].App != coc.AppRooms {
		t.Errorf("taken %+v", s.taken)
	}
	both := serve(t, oneApp(), nil)
	answer(both, deliver(sourceID, sourceSecret, "repository", "guid-1", body))
	if len(both.taken) != 1 || both.taken[0].App != coc.AppRooms {
		t.Errorf("one registration: taken %+v", both.taken)
	}
}

// GitHub may send one happening to both Apps under one GUID; each means
// something else to its App.
func TestOneGUIDSentToTwoAppsIsTwoDeliveries(t *testing.T) {
	t.Parallel()
	s := serve(t, twoApps(), nil)
	body := rosterPayload("added")
	answer(s, deliver(sourceID, sourceSecret, "membership", "guid-1", body))
	answer(s, deliver(roomsID, roomsSecret, "membership", "guid-1", body))
	if len(s.taken) != 2 || s.taken[0].App != coc.AppSource || s.taken[1].App != coc.AppRooms {
		t.Errorf("taken %+v", s.taken)
	}
}

func TestIntakesOfOneThreadShareALane(t *testing.T) {
	t.Parallel()
	lane := func(event, body string) string {
		s := serve(t, oneApp(), nil)
		answer(s, deliver(sourceID, sourceSecret, event, "guid-1", body))
		if len(s.taken) != 1 {
			t.Fatalf("%s was not taken", event)
		}
		return s.taken[0].Lane
	}
	thread := lane("issue_comment", commentPayload(with("comment.body", "/coc close")))
	if other := lane("issues", issuesPayload("closed")); other != thread {
		t.Errorf("the comment is in lane %q, the closing in %q: they may be worked in any order", thread, other)
	}
	if other := lane("issue_comment", commentPayload(with("comment.body", "/coc close"), with("issue.number", 8))); other == thread {
		t.Errorf("two issues share the lane %q", other)
	}
	if push, rename := lane("push", pushPayload(touchRouting)), lane("repository", repositoryPayload("renamed")); push != rename {
		t.Errorf("a push is in lane %q, a rename in %q", push, rename)
	}
	if in, member := lane("installation", installationPayload("created")), lane("membership", rosterPayload("added")); in != member {
		t.Errorf("an installation is in lane %q, a membership in %q", in, member)
	}
}

// caseBody is the least that the issue of a case shows.
const caseBody = "<!-- cocrouter:begin -->\nx\n<!-- cocrouter:abc/0/0 -->\n<!-- cocrouter:end -->"
