package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

// crashWord is what a member says on their own page, signed in, of their conflicts.
type crashWord struct {
	as    *http.Client
	path  string
	kind  string
	heard bool // the page says that it is written down
}

// settleLake adds to the world a committee that asks each of its members in private.
func (w *crashWorld) settleLake() error {
	lake, err := readLand(filepath.Join(storiesFolder, "asked-in-private"))
	if err != nil {
		return err
	}
	template, err := newCrashTemplate()
	if err != nil {
		return err
	}
	sim := &world{Sim: w.Sim}
	org := lake.Orgs["lake-conduct"]
	for _, login := range slices.Concat(org.Owners, org.Members) {
		sim.do(w.AddUser(login))
	}
	sim.do(w.AddOrg("lake-project", githubsim.Org{Owners: []string{maintainer}}))
	sim.do(w.AddRepo(chaosLake.source, githubsim.Repo{Visibility: "public"}))
	sim.do(w.AddOrg("lake-conduct", githubsim.Org{Owners: org.Owners, Members: org.Members, BasePermission: org.Base}))
	sim.do(w.AddRepo(chaosLake.room, githubsim.Repo{Visibility: "private", Collaborators: lake.Repos[chaosLake.room].Collaborators}))
	for path, text := range lake.files {
		if in, name, _ := strings.Cut(path, "/.github/"); strings.HasPrefix(in, "lake-") {
			sim.do(w.PutFile(in, ".github/"+name, text))
		}
	}
	sim.install(template.source, "lake-project")
	sim.install(template.rooms, "lake-conduct")
	return errors.Join(sim.err, w.settled())
}

// asksAbout is a report of which each member of that committee is asked.
func (w *crashWorld) asksAbout() error {
	return errors.Join(w.settleLake(), w.openForm(chaosLake.source, crashAccount), w.sendForm(), w.settled())
}

// speaks has a member sign in and find the question that they are asked, or the case
// that they have.
func (w *crashWorld) speaks(login, kind string) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	as := &http.Client{Jar: jar, Timeout: crashPatience}
	page, err := w.reads(as.Get(w.setup.Address + "/auth/github?back=/cases"))
	m := agrees.FindStringSubmatch(page)
	if err != nil || m == nil {
		return errors.Join(err, fmt.Errorf("no page of GitHub's: %s", page))
	}
	page, err = w.reads(as.PostForm(w.URL()+strings.ReplaceAll(m[1], "&amp;", "&"), url.Values{"as": {login}}))
	at := askForm.FindStringSubmatch(page)
	if at == nil {
		at = caseLink.FindStringSubmatch(page)
	}
	if err != nil || at == nil {
		return errors.Join(err, fmt.Errorf("%s is not asked: %s", login, page))
	}
	w.word = &crashWord{as: as, path: at[1], kind: kind}
	return nil
}

// sendWord is what they say, and again: then it is the same word.
func (w *crashWorld) sendWord() error {
	page, err := w.reads(w.word.as.PostForm(w.setup.Address+w.word.path, url.Values{"say": {w.word.kind}}))
	if err == nil && !strings.Contains(page, "that is written down") {
		err = fmt.Errorf("the page does not say that it is written down: %s", page)
	}
	w.word.heard = w.word.heard || err == nil
	return err
}

// has has a member answer, before points begin to count.
func (w *crashWorld) has(login, kind string) error {
	return errors.Join(w.speaks(login, kind), w.sendWord(), w.settled())
}

// inLake is the issues of that committee, with who reads each place: its own room's, and
// those in repositories that were made for a case.
func (w *crashWorld) inLake() (own, separate []githubsim.IssueView) {
	for _, r := range w.VisibleRepos(chaosCustodian) {
		switch {
		case r.FullName == chaosLake.room:
			own = w.issues(chaosCustodian, r.FullName)
		case r.Owner == "lake-conduct" && codeName.MatchString(r.Name) && r.HasIssues:
			separate = append(separate, w.issues(chaosCustodian, r.FullName)...)
		}
	}
	return own, separate
}

// readersOfLake is who of that committee reads a repository.
func (w *crashWorld) readersOfLake(repo string) (who []string) {
	for _, login := range chaosLakeMembers {
		if w.CanRead(login, repo) {
			who = append(who, login)
		}
	}
	return who
}

// letting is what makes a difference to who is in: commits of ours, and writes to that
// committee's repositories. What follows from tokens, labels, settings and from the queue's
// own commits is killed at elsewhere.
func letting(p crashPoint) bool {
	return p.nth == 1 && !slices.ContainsFunc([]string{"GET ", "/access_tokens", "/graphql", "/labels", "/permissions", "commit of the queue", "PATCH /repos/lake-conduct/separate "},
		func(part string) bool { return strings.Contains(p.what+" ", part) })
}

func TestKillAnywhereWhileMembersAreAskedLetsInWhoeverIsClearAndNobodyElse(t *testing.T) {
	t.Parallel()
	const index = "lake-conduct/cases#1 open [status/received]\n"
	const separate = "lake-conduct/separate#1 open [escalation/project flag/anonymous status/received] case=1"
	crashEverywhere(t, []crashStory{
		{
			name: "form", among: letting, act: (*crashWorld).sendForm,
			before: func(w *crashWorld) error {
				return errors.Join(w.settleLake(), w.openForm(chaosLake.source, crashAccount))
			},
			want: "journal: opened\n" + index,
		},
		{
			name: "the first answer", among: letting, act: (*crashWorld).sendWord,
			before: func(w *crashWorld) error { return errors.Join(w.asksAbout(), w.speaks("lou-lake", "clear")) },
			want:   "journal: opened clear\n" + index + separate + " read by [lou-lake]\n",
		},
		{
			name: "an answer that lets nobody in", among: letting, act: (*crashWorld).sendWord,
			before: func(w *crashWorld) error {
				return errors.Join(w.asksAbout(), w.has("lou-lake", "clear"), w.speaks("leo-lake", "hard"))
			},
			want: "journal: opened clear recuse\n" + index + separate + " read by [lou-lake]\n",
		},
		{
			name: "stepping back", among: letting, act: (*crashWorld).sendWord,
			before: func(w *crashWorld) error {
				return errors.Join(w.asksAbout(), w.has("lou-lake", "clear"), w.has("leo-lake", "soft"), w.speaks("leo-lake", "hard"))
			},
			want: "journal: opened clear recuse recuse removed\n" + index + separate + " read by [lou-lake] conduct-rooms[bot]\n",
		},
	})
}
