package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

// worldFile is a world.yaml: who and what there is. Whoever is named anywhere
// exists.
type worldFile struct {
	// Like names a world to begin with, in a folder beside this one; what is
	// said here replaces, name by name, what is said there.
	Like   string               `yaml:"like"`
	People []string             `yaml:"people"`
	Bots   []string             `yaml:"bots"`
	Orgs   map[string]worldOrg  `yaml:"orgs"`
	Repos  map[string]worldRepo `yaml:"repos"`
	// Install gives each App its accounts, with the repositories that it
	// covers there; none named means all.
	Install struct {
		Source map[string][]string `yaml:"source"`
		Rooms  map[string][]string `yaml:"rooms"`
		// Administer are those of Rooms that let the App make repositories.
		Administer []string `yaml:"administer"`
	} `yaml:"install"`
	// OneApp: a single registration serves both roles.
	OneApp bool `yaml:"one_app"`
	// Without takes files of the world that this one is like away again.
	Without []string `yaml:"without"`
}

type worldOrg struct {
	Owners  []string            `yaml:"owners"`
	Members []string            `yaml:"members"`
	Base    string              `yaml:"base"`
	Teams   map[string][]string `yaml:"teams"`
}

type worldRepo struct {
	Visibility    string            `yaml:"visibility"`
	Archived      bool              `yaml:"archived"`
	NoIssues      bool              `yaml:"no_issues"`
	ForkOf        string            `yaml:"fork_of"`
	Collaborators map[string]string `yaml:"collaborators"`
	Teams         map[string]string `yaml:"teams"`
	// Labels exist beside those of every new repository; a template can
	// only give such as exist.
	Labels []string `yaml:"labels"`
}

// describedWorld is a world as its folder describes it: world.yaml, the files in its
// repositories below files/, and the operator's directory.yaml.
// testdata/cases/README.md explains the format to people.
type describedWorld struct {
	worldFile
	files     map[string]string // OWNER/REPO/PATH
	directory string
}

// readDescribed reads a folder, on top of the world that it is like. What
// somebody must mend there are refusals. Keys that nobody reads are refused: a
// slip must not make a world say less than was meant.
func readDescribed(folder string) (describedWorld, error) { return readLike(folder, nil) }

// readLike is readDescribed for a world that those before are like.
func readLike(folder string, before []string) (describedWorld, error) {
	name := filepath.Join(folder, "world.yaml")
	text, err := os.ReadFile(name)
	if err != nil {
		return describedWorld{}, refusals{{What: fmt.Sprintf("The world cannot be read: %v.", err), Next: "Name a folder that holds a world.yaml."}}
	}
	var head struct {
		Like string `yaml:"like"`
	}
	if err := yaml.Unmarshal(text, &head); err != nil {
		return describedWorld{}, worldProblems(name, err)
	}
	d := describedWorld{files: map[string]string{}}
	if head.Like != "" {
		base := filepath.Join(filepath.Dir(filepath.Clean(folder)), head.Like)
		if before = append(before, filepath.Clean(folder)); slices.Contains(before, base) {
			return describedWorld{}, refusals{{What: fmt.Sprintf("%s: this world is like itself, by way of %s.", name, head.Like), Next: "Take one of the `like` lines out."}}
		}
		if d, err = readLike(base, before); err != nil {
			return describedWorld{}, err
		}
	}
	d.Without = nil
	if err := strictly(text, &d.worldFile); err != nil {
		return describedWorld{}, worldProblems(name, err)
	}
	for _, path := range d.Without {
		if _, ok := d.files[path]; !ok {
			return describedWorld{}, refusals{{What: fmt.Sprintf("%s: there is no %s to be without.", name, path), Next: "Name a file of the world that this one is like, as OWNER/REPO/PATH."}}
		}
		delete(d.files, path)
	}
	switch text, err := os.ReadFile(filepath.Join(folder, "directory.yaml")); {
	case err == nil:
		d.directory = string(text)
	case !errors.Is(err, fs.ErrNotExist):
		return describedWorld{}, fmt.Errorf("read the world's directory: %w", err)
	}
	return d, d.readFiles(filepath.Join(folder, "files"))
}

// readFiles adds the files below a folder, if there is one.
func (d describedWorld) readFiles(below string) error {
	err := filepath.WalkDir(below, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		within, err := filepath.Rel(below, path)
		if err != nil {
			return err
		}
		within = filepath.ToSlash(within)
		if strings.Count(within, "/") < 2 {
			return refusals{{What: path + " belongs to no repository.", Next: "Put it below files/OWNER/REPO/."}}
		}
		text, err := os.ReadFile(path)
		d.files[within] = string(text)
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// strictly decodes YAML and refuses keys that nobody reads.
func strictly(text []byte, into any) error {
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	return d.Decode(into)
}

// worldProblems turns the library's sentences about Go types into ones about
// the file.
func worldProblems(file string, err error) error {
	var typed *yaml.TypeError
	switch {
	case errors.Is(err, io.EOF):
		return refusals{{What: file + " is empty.", Next: seeWorlds}}
	case !errors.As(err, &typed):
		return refusals{yamlProblem(file, strings.TrimPrefix(err.Error(), "yaml: "), worldKeys(), seeWorlds)}
	}
	var all refusals
	for _, sentence := range typed.Errors {
		all = append(all, yamlProblem(file, sentence, worldKeys(), seeWorlds))
	}
	return all
}

const seeWorlds = "See testdata/cases/README.md for what goes where."

// worldKeys are all words that are a key anywhere in a world.yaml.
func worldKeys() []string {
	var keys []string
	for _, t := range []reflect.Type{reflect.TypeFor[worldFile](), reflect.TypeFor[worldOrg](), reflect.TypeFor[worldRepo]()} {
		for i := range t.NumField() {
			keys = append(keys, t.Field(i).Tag.Get("yaml"))
		}
	}
	return append(keys, "source", "rooms")
}

// settle puts the people, places and files of a world into an empty simulated
// GitHub. apps are the registrations for source and rooms, whose webhooks lead
// to hook; "" leads nowhere.
func (d describedWorld) settle(empty *githubsim.Sim, apps map[string]demoApp, hook string) error {
	sim := &world{Sim: empty}
	for _, login := range d.everybody() {
		sim.do(sim.AddUser(login))
	}
	for _, login := range d.Bots {
		sim.do(sim.AddUser(login + "[bot]"))
	}
	if d.OneApp {
		sim.registerOne(hook, apps["source"])
	} else {
		sim.registerApps(hook, apps["source"], apps["rooms"])
	}
	for _, name := range slices.Sorted(maps.Keys(d.Orgs)) {
		o := d.Orgs[name]
		sim.do(sim.AddOrg(name, githubsim.Org{Owners: o.Owners, Members: o.Members, BasePermission: o.Base}))
		for _, slug := range slices.Sorted(maps.Keys(o.Teams)) {
			sim.do(sim.AddTeam(name, slug, o.Teams[slug]...))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.Repos)) {
		r := d.Repos[name]
		sim.do(sim.AddRepo(name, githubsim.Repo{
			Visibility: r.Visibility, NoIssues: r.NoIssues, ForkOf: r.ForkOf, Fork: r.ForkOf != "",
			Collaborators: r.Collaborators, Teams: r.Teams,
		}))
		owner, _, _ := strings.Cut(name, "/")
		if o := d.Orgs[owner]; len(o.Owners) > 0 {
			owner = o.Owners[0]
		}
		for _, label := range r.Labels {
			sim.do(sim.CreateLabel(owner, name, label, "ededed", ""))
		}
	}
	for _, path := range slices.Sorted(maps.Keys(d.files)) {
		part := strings.SplitN(path, "/", 3)
		sim.do(sim.PutFile(part[0]+"/"+part[1], part[2], d.files[path]))
	}
	for _, name := range slices.Sorted(maps.Keys(d.Repos)) {
		if d.Repos[name].Archived {
			sim.do(sim.Archive(name))
		}
	}
	for _, account := range slices.Sorted(maps.Keys(d.Install.Source)) {
		sim.install(apps["source"], account, d.Install.Source[account]...)
	}
	for _, account := range slices.Sorted(maps.Keys(d.Install.Rooms)) {
		id := sim.install(apps["rooms"], account, d.Install.Rooms[account]...)
		if !d.OneApp && !slices.Contains(d.Install.Administer, account) {
			sim.do(sim.Withhold(id, "administration", "organization_administration"))
		}
	}
	return sim.err
}

// registerOne registers one App for both roles.
func (w *world) registerOne(hookURL string, app demoApp) {
	w.do(w.AddApp(githubsim.App{
		ID: app.ID, Slug: app.Slug, PrivateKey: app.key, WebhookURL: hookURL, WebhookSecret: string(app.Secrets[0]),
		Permissions: map[string]string{"contents": "read", "issues": "write", "pull_requests": "write", "discussions": "read", "members": "read"},
		Events: []string{"issues", "issue_comment", "pull_request_review_comment", "label", "push", "repository",
			"member", "membership", "team", "organization"},
	}))
}

// everybody is whoever is named anywhere in a world.
func (d describedWorld) everybody() []string {
	all := slices.Clone(d.People)
	for _, o := range d.Orgs {
		all = append(append(all, o.Owners...), o.Members...)
		for _, team := range o.Teams {
			all = append(all, team...)
		}
	}
	for _, r := range d.Repos {
		all = slices.AppendSeq(all, maps.Keys(r.Collaborators))
	}
	slices.Sort(all)
	return slices.Compact(all)
}
