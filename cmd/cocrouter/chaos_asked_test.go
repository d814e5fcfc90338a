package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

// chaosLake is a sixth place, whose committee asks each of its members in private, and
// has a repository made for each case. Whoever takes its reports next is the last.
var chaosLake = chaosPlace{source: "lake-project/lake", room: "lake-conduct/cases", maintainer: "mira-maintainer"}

const (
	// chaosCustodian owns the organisation that holds its repositories, and reads along.
	chaosCustodian = "owen-owner"
	// chaosLate joins its roster while cases are open, and comes into those by a member's
	// word alone.
	chaosLate = "lux-lake"
)

var (
	chaosLakeMembers = []string{"lia-lake", "leo-lake", "lou-lake", "lex-lake", "liv-lake"}
	chaosLakeRoster  = `version: 1
accepts: [lake-project/*]
separate: always
screen_within: 1 hours
members:
  - {login: lia-lake, role: chair}
  - {login: leo-lake}
  - {login: lou-lake}
  - {login: lex-lake}
  - {login: liv-lake, role: alternate}
`
	chaosLakeCustodians = "custodians: [" + chaosCustodian + "]\n"
)

// lakeLand adds that place to the world of a run.
func lakeLand(l *land) error {
	lake, err := readLand(filepath.Join(storiesFolder, "_lake"))
	if err != nil {
		return err
	}
	for _, owner := range []string{"lake-project", "lake-conduct"} {
		l.Orgs[owner] = lake.Orgs[owner]
		for _, of := range []struct{ from, to map[string][]string }{{lake.Install.Source, l.Install.Source}, {lake.Install.Rooms, l.Install.Rooms}} {
			if repos, ok := of.from[owner]; ok {
				of.to[owner] = repos
			}
		}
		for name, r := range lake.Repos {
			if strings.HasPrefix(name, owner+"/") {
				l.Repos[name] = r
			}
		}
		for path, text := range lake.files {
			if strings.HasPrefix(path, owner+"/") {
				l.files[path] = text
			}
		}
	}
	org := l.Orgs["lake-conduct"]
	org.Members = append(slices.Clone(org.Members), chaosLate)
	l.Orgs["lake-conduct"] = org
	l.Install.Administer = append(slices.Clone(l.Install.Administer), "lake-conduct")
	l.files[chaosLake.room+"/.github/coc-committee.yaml"] = chaosLakeRoster + chaosLakeCustodians
	return nil
}

// asksInPrivate reports whether a repository belongs to the committee that does so.
func asksInPrivate(repo string) bool { return strings.HasPrefix(repo, "lake-conduct/") }

// chaosPrivate is what somebody said on their own page of their conflicts in a case.
type chaosPrivate struct {
	id    coc.CaseID
	who   string
	kind  coc.ConflictKind
	at    time.Time // when it was sent first
	until time.Time // when it was answered last, zero while it is not
	heard bool      // the page says that it is written down
}

// chaosDoor is that somebody was let into a repository for one case, or put out of it.
type chaosDoor struct {
	repo, who string
	reads     bool // from then on
	at        time.Time
}

// chaosLet is a member's word that lets somebody into the case of a repository.
type chaosLet struct {
	repo, who string
	at        time.Time
}

// chaosRead is what somebody read on the page of a case.
type chaosRead struct {
	id    coc.CaseID
	who   string
	words []string
	at    time.Time
}

// chaosWrite is what the App wrote, or was about to, where members are asked first.
type chaosWrite struct {
	repo, request string
	words, named  []string
	readers       []string // of the repository at that moment
	admits        string   // whom it lets in
	at            time.Time
}

// chaosAsking is what is known of that committee's cases while the run goes on; c.mu guards it.
type chaosAsking struct {
	private []*chaosPrivate
	lets    []chaosLet
	read    []chaosRead
	writes  []chaosWrite
	doors   []chaosDoor
	asked   int       // questions that somebody found on their page
	joined  time.Time // when chaosLate did
	rested  time.Time // since when nothing more was to be done
}

func (d *chaosDice) lakeReport(a *chaosAct) {
	a.By, a.On = d.of(chaosReporters), chaosLake.source
	switch d.IntN(10) {
	case 0: // the last committee cannot have it
		a.Whom = []string{d.of(chaosLakeMembers), d.of(chaosRooms[chaosLast])}
	case 1, 2, 3:
		a.Whom = []string{d.of(chaosLakeMembers)}
	case 4:
		a.Whom = []string{d.of(chaosRooms[chaosLast])}
	case 5:
	default:
		a.Whom = []string{d.of(chaosTalkers)}
	}
}

func (d *chaosDice) lakeMember(a *chaosAct) {
	a.On, a.By = chaosLake.room, d.of(append([]string{chaosLate}, chaosLakeMembers...))
}

// joins is the custodian, who adds somebody to the roster.
func (c *chaos) joins() error {
	c.joined = c.now()
	roster := chaosLakeRoster + "  - {login: " + chaosLate + "}\n" + chaosLakeCustodians
	return c.PutFileAs(chaosCustodian, chaosLake.room, ".github/coc-committee.yaml", roster, "Welcome")
}

// browses is somebody with a browser of their own, who signs in and looks at their page.
func (c *chaos) browses(login string) (b *http.Client, list string, err error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, "", err
	}
	b = &http.Client{Jar: jar, Transport: crashBrowser.Transport, Timeout: crashPatience}
	_, page, err := ask(b.Get(c.servers.setup.Address + "/auth/github?back=/cases"))
	m := agrees.FindStringSubmatch(page)
	if err != nil || m == nil {
		return nil, "", errors.Join(err, errors.New("no page of GitHub's"))
	}
	status, list, err := ask(b.PostForm(c.URL()+strings.ReplaceAll(m[1], "&amp;", "&"), url.Values{"as": {login}}))
	if err == nil && (status != http.StatusOK || !strings.Contains(list, "@"+login)) {
		err = fmt.Errorf("%s is not signed in: %d", login, status)
	}
	if err == nil && len(lakeWords(list)) > 0 {
		c.t.Errorf("the page of what %s is asked has words of a report", login)
	}
	return b, list, err
}

// inPrivate is a member who looks at their own page. Most answer one of the questions
// that they find there, some twice; some say nothing, and who has a case reads it, and
// now and then steps back from it.
func (c *chaos) inPrivate(a chaosAct) {
	var said *chaosPrivate
	again := a.Roll%4 == 0
	c.insist(func() error {
		b, list, err := c.browses(a.By)
		if err != nil {
			return err
		}
		if said == nil {
			if said, err = c.chooses(a, b, list); said == nil || err != nil {
				return err
			}
			c.mu.Lock()
			c.private = append(c.private, said)
			c.mu.Unlock()
		}
		status, page, err := ask(b.PostForm(c.servers.setup.Address+"/cases/"+string(said.id), url.Values{"say": {string(said.kind)}}))
		heard := status == http.StatusOK && strings.Contains(page, "that is written down")
		switch {
		case err != nil:
			return err
		case heard && again:
			again = false
			defer c.answered(said, heard)
			return errors.New("they press the button again")
		case heard, status == http.StatusNotFound, status == http.StatusConflict: // or not any more
			c.answered(said, heard)
			return nil
		}
		return fmt.Errorf("an answer in private is answered by %d", status)
	})
}

func (c *chaos) answered(said *chaosPrivate, heard bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	said.heard, said.until = said.heard || heard, c.now()
}

// chooses is what somebody says of what is on their page; nil is nothing.
func (c *chaos) chooses(a chaosAct, b *http.Client, list string) (*chaosPrivate, error) {
	forms, links := askForm.FindAllStringSubmatch(list, -1), caseLink.FindAllStringSubmatch(list, -1)
	c.mu.Lock()
	c.asked += len(forms)
	c.mu.Unlock()
	of := func(found [][]string) coc.CaseID {
		return coc.CaseID(strings.TrimPrefix(found[a.Nth%len(found)][1], "/cases/"))
	}
	kinds := []coc.ConflictKind{coc.ConflictClear, coc.ConflictClear, coc.ConflictClear, coc.ConflictClear, coc.ConflictSoft, coc.ConflictHard}
	if len(links) > 0 && (len(forms) == 0 || a.Roll%5 == 0) {
		id := of(links)
		if err := c.reads(a.By, b, id); err != nil || a.Roll%7 > 0 {
			return nil, err
		}
		kind := []coc.ConflictKind{coc.ConflictSoft, coc.ConflictHard}[a.Roll/7%2]
		return &chaosPrivate{id: id, who: a.By, kind: kind, at: c.now()}, nil
	}
	if len(forms) == 0 || a.Roll%6 == 0 {
		return nil, nil
	}
	return &chaosPrivate{id: of(forms), who: a.By, kind: kinds[a.Roll/6%len(kinds)], at: c.now()}, nil
}

// reads opens the page of a case.
func (c *chaos) reads(login string, b *http.Client, id coc.CaseID) error {
	status, page, err := ask(b.Get(c.servers.setup.Address + "/cases/" + string(id)))
	if err != nil || status == http.StatusNotFound {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read = append(c.read, chaosRead{id, login, lakeWords(page), c.now()})
	return nil
}

// ofLake is the repositories that were made for one case each, as somebody sees them.
func (c *chaos) ofLake(login string) []githubsim.RepoView {
	return slices.DeleteFunc(c.VisibleRepos(login), func(r githubsim.RepoView) bool {
		return r.Owner != "lake-conduct" || !codeName.MatchString(r.Name)
	})
}

// membersOf is who works the cases of a room: where members are asked, whoever reads it
// by now.
func (c *chaos) membersOf(room string) []string {
	if !asksInPrivate(room) {
		return chaosRooms[room]
	}
	return slices.DeleteFunc(append([]string{chaosLate}, chaosLakeMembers...), func(l string) bool { return !c.CanRead(l, room) })
}

// inLake is a member who works one of the cases that they were let into; somebody else
// does, where they are in none.
func (c *chaos) inLake(a chaosAct) error {
	var repos []githubsim.RepoView
	for _, login := range append([]string{a.By}, chaosLakeMembers...) {
		if len(repos) == 0 {
			a.By = login
			repos = slices.DeleteFunc(c.ofLake(login), func(r githubsim.RepoView) bool { return r.Archived || !r.HasIssues })
		}
	}
	if len(repos) == 0 {
		return nil
	}
	a.On = repos[a.Nth%len(repos)].FullName
	list, err := c.ViewIssues(a.By, a.On, "all", false)
	if err != nil {
		return tolerant(err) // they were put out meanwhile
	}
	list = slices.DeleteFunc(list, func(i githubsim.IssueView) bool { return !caseMark.MatchString(i.Body) })
	if len(list) == 0 {
		return nil
	}
	issue := list[0]
	switch a.Roll % 16 {
	case 0:
		return c.say(a.By, a.On, issue.Number, "/coc recuse hard friend We know each other, "+a.Word)
	case 1:
		return c.say(a.By, a.On, issue.Number, "/coc recuse soft friend We know each other, "+a.Word)
	case 2, 3, 4, 8:
		return c.letsIn(a, issue.Number)
	case 5:
		return c.interim(a, issue)
	case 6, 7:
		return c.meet(a, issue)
	}
	return c.command(a, issue)
}

// letsIn is a member who lets in whoever came onto the roster later, or somebody who has
// let their time pass.
func (c *chaos) letsIn(a chaosAct, issue int) error {
	who := chaosLate
	if a.Roll%5 == 0 {
		who = chaosLakeMembers[a.Nth%len(chaosLakeMembers)]
	}
	c.mu.Lock()
	c.lets = append(c.lets, chaosLet{a.On, who, c.now()})
	c.mu.Unlock()
	return c.say(a.By, a.On, issue, "/coc admit @"+who)
}

// goneThere forgives that somebody cannot say anything where members are asked: they were put
// out meanwhile, or the case is over and its repository is in the archive.
func goneThere(on string, err error) error {
	var refused *githubsim.APIError
	if asksInPrivate(on) && errors.As(err, &refused) && (refused.Status == http.StatusForbidden || refused.Status == http.StatusNotFound) {
		return nil
	}
	return err
}

var lakeWord = regexp.MustCompile(`\b([a-z]{24})(?:more|written[0-9])?\b`)

// lakeWords is the words of acts in a text, also those that somebody added later.
func lakeWords(text string) (words []string) {
	for _, m := range lakeWord.FindAllStringSubmatch(text, -1) {
		words = append(words, m[1])
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// watch keeps what the App writes where members are asked, and who could read that at
// that moment.
func (c *chaos) watch(r *http.Request, phase string) {
	path := strings.Split(strings.TrimPrefix(r.URL.Path, "/api/v3"), "/")
	if r.Method == http.MethodGet || len(path) < 4 || path[1] != "repos" || path[2] != "lake-conduct" {
		return
	}
	if phase != githubsim.PhaseBefore {
		if len(path) > 5 && path[4] == "collaborators" {
			c.mu.Lock()
			defer c.mu.Unlock()
			repo := path[2] + "/" + path[3]
			c.doors = append(c.doors, chaosDoor{repo, path[5], c.CanRead(path[5], repo), c.now()})
		}
		return
	}
	body, _ := io.ReadAll(r.Body)
	var sent any
	_ = json.Unmarshal(body, &sent)
	text := fmt.Sprint(sent)
	w := chaosWrite{repo: path[2] + "/" + path[3], request: r.Method + " " + r.URL.Path, words: lakeWords(text), at: c.now()}
	if len(path) > 5 && path[4] == "collaborators" && r.Method == http.MethodPut {
		w.admits = path[5]
	}
	for _, login := range c.Users() {
		if strings.Contains(text, login) {
			w.named = append(w.named, login)
		}
		if len(w.words) > 0 && c.CanRead(login, w.repo) {
			w.readers = append(w.readers, login)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writes = append(c.writes, w)
}

// lookAtLake is every issue in a repository that was made for one case.
func (c *chaos) lookAtLake() (all []*chaosIssue) {
	for _, r := range c.ofLake(chaosCustodian) {
		all = append(all, c.lookInto(r.FullName, r.FullName, chaosCustodian)...)
	}
	return all
}

// lakePeople is everybody who may have to do with that committee's cases, and some who
// may not.
func lakePeople() []string {
	people := map[string]bool{chaosLate: true, chaosCustodian: true}
	for _, l := range slices.Concat(chaosLakeMembers, chaosTalkers[:1], chaosReporters[:1], chaosRooms[chaosLast][:1]) {
		people[l] = true
	}
	return slices.Sorted(maps.Keys(people))
}
