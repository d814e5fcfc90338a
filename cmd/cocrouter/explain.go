package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/forge"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
	"github.com/cocrouter/cocrouter/pkg/policy"
)

// explainCommand asks what would become of a report. watch is given the
// simulated GitHub of a described world before anything asks it; nil: nobody
// watches.
func explainCommand(term terminal, watch func(*githubsim.Sim)) *cobra.Command {
	var a asking
	cmd := &cobra.Command{
		Use:   "explain --repo OWNER/NAME (--config FILE | --world DIR)",
		Short: "Say where a report would go, who would be kept out, and why",
		Long: `Says what would become of a report: which committee takes it and in which room,
who is kept out, who can read the rooms that were looked at, who must be told or
consulted, and every step of the way. It writes nothing, neither to GitHub nor to
the database. The answer tells who is conflicted: it is for you alone.

  --about     somebody whom the report names: LOGIN is accused; otherwise
              LOGIN=ROLE, of accused, harmed, witness, reporter, kept-out, or unset for
              somebody named without a role, who may not read it either
  --space     where it happened: ` + list(coc.Spaces()) + `
  --event     the name of an event as the committee directory has it; --space event
              alone is an event that it does not have
  --project   a committee of the directory, by its short name, whose project is
              touched; ` + otherCommunity + ` is a community that the directory does not have
  --risk      ` + list(coc.Risks()) + `
  --repo      given again: what it is about besides

With --config it asks GitHub as the server would. What the server has recorded
(who stays in force while a change of coc.yaml waits, is agreed to or objected
to) it asks of the server that is running, through the socket beside its SQLite
database, under that server's account. Where none answers, and with PostgreSQL,
it goes by the files as they are and as they were three days ago, and says so.

With --world it simulates a described world and asks that, offline. The worlds in
testdata/cases are such; README.md there has the format.

--output json prints one object:

` + fieldsOf() + `
Exit 0: a committee would take it. Exit 1: it would stay sealed here, or that could
not be found out. Exit 2: wrong use.`,
		Example: `  cocrouter explain --config cocrouter.yml --repo example/widget --about kim-example
  cocrouter explain --config cocrouter.yml --repo example/widget --event "Example Days" --on 2026-05-04
  cocrouter explain --world testdata/cases/_river --repo river-project/river --about rosa-responder --about tom-talker=harmed`,
		Args: cobra.NoArgs,
		RunE: does(func(cmd *cobra.Command, _ []string) error { return a.answer(cmd.Context(), term, watch) }),
	}
	f := cmd.Flags()
	f.StringSliceVar(&a.repos, "repo", nil, "the repository that the report is about (required)")
	f.StringSliceVar(&a.about, "about", nil, "somebody whom it names: LOGIN or LOGIN=ROLE")
	f.StringVar(&a.event, "event", "", "the event at which it happened")
	f.StringVar(&a.on, "on", "", "the day of the event, YYYY-MM-DD")
	f.StringVar(&a.space, "space", "", "where it happened (default: the repository, or the event)")
	f.StringSliceVar(&a.projects, "project", nil, "a project that it touches")
	f.StringSliceVar(&a.risks, "risk", nil, "a legal risk factor")
	f.BoolVar(&a.danger, "danger", false, "somebody may be in danger now")
	f.StringVar(&a.config, "config", "", "the server's configuration file")
	f.StringVar(&a.world, "world", "", "the folder of a described world")
	f.StringVar(&a.output, "output", "text", "how to print: text or json")
	_ = cmd.MarkFlagRequired("repo")
	cmd.MarkFlagsOneRequired("config", "world")
	cmd.MarkFlagsMutuallyExclusive("config", "world")
	return cmd
}

// asking is the command line.
type asking struct {
	repos, about, projects, risks []string
	event, on, space              string
	danger                        bool
	config, world, output         string
}

func (a asking) answer(ctx context.Context, term terminal, watch func(*githubsim.Sim)) error {
	if a.output != "text" && a.output != "json" {
		return misuse(fmt.Sprintf("--output is text or json, not %q", a.output))
	}
	q, err := a.question()
	if err != nil {
		return err
	}
	reach := func() (oracle, error) { return simulateWorld(a.world, watch) }
	if a.config != "" {
		reach = func() (oracle, error) { return realWorld(ctx, a.config) }
	}
	o, err := reach()
	if err != nil {
		return err
	}
	var e casework.Explanation
	if err = a.follow(o.desk.Directory, &q); err == nil {
		e, err = o.ask(ctx, q)
	}
	if err = errors.Join(err, o.done()); err != nil {
		return err
	}
	shown := show(q, e, o.recorded)
	if a.output == "json" {
		out := json.NewEncoder(term.out)
		out.SetIndent("", "  ")
		err = out.Encode(shown)
	} else {
		err = shown.print(term.out)
	}
	if err == nil && (shown.Sealed || len(shown.Unread) > 0) {
		return errFindings
	}
	return err
}

// question is what the command line asks, as far as no directory is needed to
// understand it.
func (a asking) question() (q casework.Question, err error) {
	for i, text := range a.repos {
		repo, err := coc.ParseRepo(text)
		switch {
		case err != nil:
			return q, misuse(fmt.Sprintf("--repo: %q is not a repository; write it OWNER/NAME", text))
		case i == 0:
			q.Repo = repo
		default:
			q.Also = append(q.Also, repo)
		}
	}
	for _, text := range a.about {
		p, err := party(text)
		if err != nil {
			return q, err
		}
		q.Parties = append(q.Parties, p)
	}
	in := &q.Incident
	in.Danger, in.Event = a.danger, a.event
	for _, text := range a.risks {
		risk, err := word("--risk", text, coc.Risks())
		if err != nil {
			return q, err
		}
		in.Risks = append(in.Risks, risk)
	}
	switch {
	case a.space != "":
		if in.Space, err = word("--space", a.space, coc.Spaces()); err != nil {
			return q, err
		}
	case a.event != "":
		in.Space = coc.SpaceEvent
	case len(q.Also) > 0:
		in.Space = coc.SpaceRepositories
	default:
		in.Space = coc.SpaceRepository
	}
	if in.Space != coc.SpaceEvent && (a.event != "" || a.on != "") {
		return q, misuse("--event and --on go with --space event")
	}
	if a.on != "" {
		if in.On, err = time.Parse(time.DateOnly, a.on); err != nil {
			return q, misuse(fmt.Sprintf("--on: %q is not a day; write it YYYY-MM-DD", a.on))
		}
	}
	return q, nil
}

// unset is how --about says that somebody is named without a role.
const unset = "unset"

// party reads LOGIN or LOGIN=ROLE.
func party(text string) (coc.Party, error) {
	name, role, given := strings.Cut(text, "=")
	login, err := coc.ParseLogin(name)
	if err != nil {
		return coc.Party{}, misuse(fmt.Sprintf("--about: %q is not an account name", name))
	}
	p := coc.Party{Login: login, Role: coc.RoleAccused}
	if !given {
		return p, nil
	}
	p.Role, err = word("--about", role, []coc.Role{coc.RoleAccused, coc.RoleHarmed, coc.RoleWitness, coc.RoleReporter, coc.RoleKeptOut, unset})
	if p.Role == unset {
		p.Role = coc.RoleUnset
	}
	return p, err
}

// word is one of the words that a flag knows.
func word[T ~string](flag, text string, known []T) (T, error) {
	if slices.Contains(known, T(text)) {
		return T(text), nil
	}
	message := fmt.Sprintf("%s: there is no %q; there is %s", flag, text, list(known))
	if len(known) == 0 {
		message = fmt.Sprintf("%s: there is no %q, nor any other", flag, text)
	}
	var words []string
	for _, k := range known {
		words = append(words, string(k))
	}
	if near := nearest(text, words); near != "" {
		message += fmt.Sprintf(". Did you mean %q?", near)
	}
	return "", misuse(message)
}

func list[T ~string](words []T) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = string(w)
	}
	return strings.Join(out, ", ")
}

// otherCommunity is the word for a project that the directory does not have.
const otherCommunity = "other"

// follow reads the words that only the directory knows.
func (a asking) follow(d policy.Directory, q *casework.Question) error {
	for _, key := range a.projects {
		key = strings.ToLower(key)
		if _, err := word("--project", key, append(d.Names(), otherCommunity)); err != nil {
			return err
		}
		q.Incident.Projects = append(q.Incident.Projects, key)
	}
	if a.event == "" {
		return nil
	}
	if known, _ := d.EventsNamed(a.event, q.Incident.On); len(known) > 0 {
		return nil
	}
	var names []string
	for _, e := range d.Events() {
		names = append(append(names, e.Name), e.Aliases...)
	}
	_, err := word("--event", a.event, names)
	return err
}

// oracle is who can be asked.
type oracle struct {
	desk     *casework.Desk
	recorded recorded
	done     func() error
}

// recorded is what became of the question what the server has recorded.
type recorded string

const (
	recordedAsked   recorded = "asked"     // the running server was
	recordedUnasked recorded = "not-asked" // nobody could be
	recordedNothing recorded = "nothing"   // there is nothing, because the world is new
)

func (o oracle) ask(ctx context.Context, q casework.Question) (casework.Explanation, error) {
	e, err := o.desk.Explain(forge.Urgent(ctx, 1), q)
	return e, notNow(err)
}

// notNow is an error, in words for the operator where GitHub cannot answer.
func notNow(err error) error {
	if l, later := coc.IsLater(err); later {
		return coc.Refusal{What: "It cannot be found out now: " + l.Cause + ".", Next: "Try again in a minute."}
	}
	return err
}

// onlyStandings is as much of a store as an explanation needs. Whatever else were
// asked of it, a write among it, would end the process.
type onlyStandings struct {
	casework.Store
	of standings
}

func (s onlyStandings) Standing(ctx context.Context, source coc.RepoFacts) (coc.Standing, error) {
	return s.of(ctx, source)
}

func nothingRecorded(context.Context, coc.RepoFacts) (coc.Standing, error) {
	return coc.Standing{}, coc.ErrMissing
}

// consult wires a desk that can explain and nothing else: it has no keys, no
// operator to alarm, and a store that only knows what is in force.
func (s settings) consult(of standings, signIn bool) (*casework.Desk, error) {
	options := s.forge()
	options.Log = zerolog.Nop()
	gh, err := forge.New(options)
	if err != nil {
		return nil, err
	}
	return casework.New(casework.Options{
		GitHub: gh, Store: onlyStandings{of: of}, Clock: clock(time.Now), Directory: s.directory, PublicURL: s.PublicURL, Explains: signIn,
	}), nil
}

// realWorld is what a configuration leads to. Its database is not opened: a
// SQLite file belongs to its server, and opening any brings its schema up to
// date.
func realWorld(ctx context.Context, path string) (oracle, error) {
	c, err := readConfig(path, os.Environ())
	if err != nil {
		return oracle{}, err
	}
	s, err := c.settle()
	if err != nil {
		return oracle{}, err
	}
	of, known := standings(nothingRecorded), recordedUnasked
	if server, ok := askServer(ctx, s.Database); ok {
		of, known = server.standing, recordedAsked
	}
	desk, err := s.consult(of, s.signIn().Client != "")
	return oracle{desk, known, func() error { return nil }}, err
}

// simulateWorld starts a simulated GitHub in which a described world is so.
func simulateWorld(folder string, watch func(*githubsim.Sim)) (_ oracle, err error) {
	d, err := readDescribed(folder)
	if err != nil {
		return oracle{}, err
	}
	s := settings{config: defaults()}
	if s.directory, err = d.committees(folder); err != nil {
		return oracle{}, err
	}
	source, rooms, err := newDemoApps()
	if err != nil {
		return oracle{}, err
	}
	if d.OneApp {
		rooms = source
	}
	s.source, s.rooms = source.registration, rooms.registration
	sim := githubsim.New(githubsim.Options{})
	if watch != nil {
		watch(sim)
	}
	if _, err := sim.Start("127.0.0.1:0"); err != nil {
		return oracle{}, fmt.Errorf("start the simulated GitHub: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, sim.Close())
		}
	}()
	if err := d.settle(sim, map[string]demoApp{"source": source, "rooms": rooms}, ""); err != nil {
		return oracle{}, refusals{{What: fmt.Sprintf("%s describes a world that cannot be: %v.", folder, err), Next: seeWorlds}}
	}
	s.GitHub.Web, s.GitHub.V3, s.GitHub.V4 = sim.URL(), sim.URL()+"/api/v3/", sim.URL()+"/api/graphql"
	desk, err := s.consult(nothingRecorded, true)
	return oracle{desk, recordedNothing, sim.Close}, err
}

// committees is the world's directory.
func (d describedWorld) committees(folder string) (policy.Directory, error) {
	name := filepath.Join(folder, "directory.yaml")
	if d.directory == "" {
		return policy.Directory{}, refusals{{What: "There is no " + name + ", nor one of a world that this one is like.", Next: "Write the committee directory there; config/committees.example.yml is one to start from."}}
	}
	directory, problems := policy.ParseDirectory([]byte(d.directory))
	var all refusals
	for _, p := range problems {
		all = append(all, coc.Refusal{What: fmt.Sprintf("%s: %s", name, p)})
	}
	if len(all) > 0 {
		return policy.Directory{}, all
	}
	return directory, nil
}
