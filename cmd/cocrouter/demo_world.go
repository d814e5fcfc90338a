package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

// The people and places of the demo. Everybody is invented and named for what
// they are there.
const (
	// tiny-tools has neither a coc.yaml nor a committee; the directory's
	// fallback, the foundation, takes its reports.
	toolsRepo      = "tiny-tools/toolbox"
	foundationRoom = "foundation-conduct/cases"

	// river-project has a committee of its own, with an organisation that it
	// alone owns.
	riverRepo = "river-project/river"
	riverRoom = "river-conduct/cases"

	// lantern-labs is governed by a council that acts as committee for all of
	// its repositories, said once in lantern-labs/.github.
	lanternRepo = "lantern-labs/lantern"
	lanternRoom = "lantern-labs/council-cases"

	newcomer   = "nell-newcomer"   // reports
	talker     = "tom-talker"      // is reported
	outsider   = "otis-outsider"   // sees only what is public
	maintainer = "mira-maintainer" // owns two of the projects, sits on no committee
)

// The committees, whoever acks for them first.
var (
	foundationCommittee = []string{"fay-foundation", "finn-foundation", "farah-foundation"}
	riverCommittee      = []string{"rosa-responder", "ravi-responder", "rune-responder"}
	lanternCouncil      = []string{"lena-council", "luis-council"}
)

// roster is a committee's members as its file lists them.
func roster(logins []string) string {
	var b strings.Builder
	b.WriteString("members:\n")
	for i, login := range logins {
		b.WriteString("  - {login: " + login)
		if i == 0 {
			b.WriteString(", role: chair")
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// demoDirectory is the committee directory, as an operator writes it.
func demoDirectory() string {
	indented := strings.ReplaceAll(strings.TrimSuffix(roster(foundationCommittee), "\n"), "\n", "\n    ")
	return `version: 1
committees:
  foundation:
    name: Example Foundation Conduct Committee
    level: foundation
    incidents: ` + foundationRoom + `
    contact: conduct@foundation.example
    minimum: {clear: 1, without_hard_conflict: 2}
    ` + indented + `
fallback: foundation
`
}

const riverPointer = `# Who handles reports about this project.
version: 1
committee:
  name: River Conduct Committee
  level: project
  incidents: ` + riverRoom + `
  contact: conduct@river.example
escalate_to: foundation
original: lock
`

func riverFile() string {
	return "version: 1\naccepts: [river-project/*]\nescalate_to: foundation\n" + roster(riverCommittee)
}

const lanternPointer = `# The council handles reports about every repository here.
version: 1
committee:
  name: Lantern Council
  level: governance
  incidents: ` + lanternRoom + `
  contact: council@lantern.example
escalate_to: foundation
public_command: capture
original: minimize
`

func lanternFile() string {
	return "version: 1\nescalate_to: foundation\n" + roster(lanternCouncil)
}

// world collects the first error of many steps, of which each needs the ones
// before it.
type world struct {
	*githubsim.Sim
	err error
}

func (w *world) do(err error) {
	if w.err == nil {
		w.err = err
	}
}

// seedDemo fills an empty simulated GitHub. The Apps' webhooks lead to
// cocrouter at hookURL.
func seedDemo(sim *githubsim.Sim, hookURL string, source, rooms demoApp) error {
	w := &world{Sim: sim}
	people := slices.Concat([]string{newcomer, talker, outsider, maintainer}, foundationCommittee, riverCommittee, lanternCouncil)
	for _, login := range people {
		w.do(w.AddUser(login))
	}
	w.registerApps(hookURL, source, rooms)
	w.seedTools(source, rooms)
	w.seedRiver(source, rooms)
	w.seedLantern(source, rooms)
	if w.err != nil {
		return fmt.Errorf("set the simulated GitHub up: %w", w.err)
	}
	return nil
}

// registerApps asks for what config/cocrouter.example.yml tells an operator to
// ask for, and no more.
func (w *world) registerApps(hookURL string, source, rooms demoApp) {
	w.do(w.AddApp(githubsim.App{
		ClientID: source.Client, ClientSecret: source.ClientSecret, Callbacks: callbacks(hookURL),
		ID: source.ID, Slug: source.Slug, PrivateKey: source.key, WebhookURL: hookURL, WebhookSecret: string(source.Secrets[0]),
		Permissions: map[string]string{"contents": "read", "issues": "write", "pull_requests": "write", "discussions": "read"},
		Events:      []string{"issues", "issue_comment", "pull_request_review_comment", "push", "repository"},
	}))
	w.do(w.AddApp(githubsim.App{
		ClientID: rooms.Client, ClientSecret: rooms.ClientSecret, Callbacks: callbacks(hookURL),
		ID: rooms.ID, Slug: rooms.Slug, PrivateKey: rooms.key, WebhookURL: hookURL, WebhookSecret: string(rooms.Secrets[0]),
		Permissions: map[string]string{"contents": "read", "issues": "write", "members": "read", "administration": "write", "organization_administration": "read"},
		Events:      []string{"issues", "issue_comment", "label", "push", "repository", "member", "membership", "team", "organization"},
	}))
}

// callbacks is where GitHub sends people back to who sign in; where it tells nobody
// of anything, it is not sent anywhere.
func callbacks(hookURL string) []string {
	site := strings.TrimSuffix(hookURL, "/api/github/hook")
	if site == "" {
		site = "http://127.0.0.1:1"
	}
	return []string{site + callbackPath}
}

func (w *world) install(app demoApp, account string, repos ...string) int64 {
	id, err := w.Install(app.ID, account, repos...)
	w.do(err)
	return id
}

func (w *world) seedTools(source, rooms demoApp) {
	w.do(w.AddOrg("tiny-tools", githubsim.Org{Owners: []string{maintainer}, Members: []string{talker}}))
	w.do(w.AddRepo(toolsRepo, githubsim.Repo{Visibility: "public", Description: "Small tools. No coc.yaml: try adding one."}))
	w.do(w.PutFile(toolsRepo, "README.md", "# Toolbox\n\nThis project has no committee of its own.\n"))
	w.install(source, "tiny-tools")

	w.do(w.AddOrg("foundation-conduct", githubsim.Org{Owners: foundationCommittee}))
	w.do(w.AddRepo(foundationRoom, githubsim.Repo{Visibility: "private", Description: "Cases of the foundation's committee"}))
	w.install(rooms, "foundation-conduct", foundationRoom)
}

func (w *world) seedRiver(source, rooms demoApp) {
	w.do(w.AddOrg("river-project", githubsim.Org{Owners: []string{maintainer}, Members: []string{talker}}))
	w.do(w.AddRepo(riverRepo, githubsim.Repo{Visibility: "public", Description: "A project with a committee of its own"}))
	w.do(w.PutFile(riverRepo, "README.md", "# River\n"))
	w.do(w.PutFile(riverRepo, ".github/coc.yaml", riverPointer))
	w.do(w.CreateLabel(maintainer, riverRepo, "code-of-conduct", "5319e7", "A report about somebody's conduct"))
	w.install(source, "river-project")

	w.do(w.AddOrg("river-conduct", githubsim.Org{Owners: riverCommittee}))
	w.do(w.AddRepo(riverRoom, githubsim.Repo{Visibility: "private", Description: "Cases of River's committee"}))
	w.do(w.PutFile(riverRoom, ".github/coc-committee.yaml", riverFile()))
	w.install(rooms, "river-conduct", riverRoom)
}

func (w *world) seedLantern(source, rooms demoApp) {
	w.do(w.AddOrg("lantern-labs", githubsim.Org{Owners: lanternCouncil, Members: []string{maintainer, talker}}))
	w.do(w.AddRepo(lanternRepo, githubsim.Repo{Visibility: "public", Description: "Routed by lantern-labs/.github"}))
	w.do(w.PutFile(lanternRepo, "README.md", "# Lantern\n"))
	w.do(w.AddRepo("lantern-labs/.github", githubsim.Repo{Visibility: "public", Description: "What all of our repositories share"}))
	w.do(w.PutFile("lantern-labs/.github", ".github/coc.yaml", lanternPointer))
	w.do(w.AddRepo(lanternRoom, githubsim.Repo{Visibility: "private", Description: "Cases of the council"}))
	w.do(w.PutFile(lanternRoom, ".github/coc-committee.yaml", lanternFile()))
	w.install(source, "lantern-labs", lanternRepo, "lantern-labs/.github")
	w.install(rooms, "lantern-labs", lanternRoom)
}

// demoApp is a registration with the key that the simulated GitHub needs too.
type demoApp struct {
	registration
	key *rsa.PrivateKey
}

func newDemoApp(id int64, slug string) (demoApp, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return demoApp{}, fmt.Errorf("make a key for %s: %w", slug, err)
	}
	return demoApp{key: key, registration: registration{
		ID: id, Slug: slug,
		Key:     pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}),
		Secrets: [][]byte{[]byte(rand.Text())},
	}}, nil
}

// newDemoApps makes both at once: it is what takes longest at the start.
func newDemoApps() (source, rooms demoApp, err error) {
	made := make(chan error)
	go func() {
		var err error
		rooms, err = newDemoApp(1002, "conduct-rooms")
		made <- err
	}()
	source, err = newDemoApp(1001, "conduct-reports")
	err = errors.Join(err, <-made)
	rooms.Client, rooms.ClientSecret = "Iv23liConductRooms", rand.Text()+rand.Text()
	return source, rooms, err
}
