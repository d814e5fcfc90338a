package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/forge"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
	"github.com/cocrouter/cocrouter/pkg/policy"
	"github.com/cocrouter/cocrouter/pkg/seal"
)

// demoAddr is where the simulated GitHub listens; cocrouter takes the next port.
const demoAddr = "127.0.0.1:7070"

// demoPatience is how long a story may take, on a slow machine.
const demoPatience = 30 * time.Second

func demoCommand(term terminal, d demo) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Play three reports on a simulated GitHub, then play on yourself",
		Long: `Starts the real server against a GitHub that is simulated on this machine, with
an invented foundation, three projects and their committees. It plays a report
for each project, says what happens, and then keeps running, so that you can
sign in to the simulated GitHub as anybody and go on.

Nothing leaves this machine, and no account is needed.`,
		Args: cobra.NoArgs,
		RunE: does(func(cmd *cobra.Command, _ []string) error {
			if d.once && !cmd.Flags().Changed("addr") {
				d.addr = "127.0.0.1:0"
			}
			return d.run(cmd.Context(), term)
		}),
	}
	cmd.Flags().BoolVar(&d.once, "once", false, "stop after the played reports; exit 0 only if each ended where it must")
	cmd.Flags().StringVar(&d.addr, "addr", demoAddr, "loopback address of the simulated GitHub; cocrouter takes the next port (port 0: any two)")
	cmd.Flags().StringVar(&d.data, "data", "", "keep the database, the keys and the log in this new or empty folder (default: a temporary one, removed at the end)")
	return cmd
}

// demo is one run.
type demo struct {
	once       bool
	addr, data string
	// watch is given the simulated GitHub before anything asks it. Nil: nobody
	// watches.
	watch func(*githubsim.Sim)
}

// run plays and then waits, until ctx ends.
func (d demo) run(ctx context.Context, term terminal) (err error) {
	folder, remove, err := d.folder()
	if err != nil {
		return err
	}
	defer remove()
	logged, err := os.OpenFile(filepath.Join(folder, "cocrouter.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("the demo's log: %w", err)
	}
	defer logged.Close()

	on, err := d.build(ctx, folder, zerolog.New(logged).With().Timestamp().Logger())
	if err != nil {
		return err
	}
	// The server outlives ctx by a moment, so that it can be stopped before
	// the GitHub that it speaks to.
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	served := make(chan struct{})
	var failed error
	go func() {
		defer close(served)
		failed = on.server.run(running, on.public, nil)
	}()
	defer func() {
		stop()
		<-served
		err = errors.Join(err, failed, on.sim.Close())
	}()

	p := on.play(term.out, demoPatience)
	p.say("A simulated GitHub: %s\ncocrouter:          %s", p.github, p.address)
	for i, s := range stories() {
		if err := p.perform(ctx, i+1, s); err != nil {
			if ctx.Err() != nil && !d.once {
				return nil // interrupted by somebody who has seen enough
			}
			return err
		}
	}
	if d.once {
		p.say("\nEach case is where it must be.")
		return nil
	}
	p.invite(d.data)
	select {
	case <-ctx.Done():
		p.say("\nStopping.")
	case <-served: // on its own, which its error explains
	}
	return nil
}

// scene is what the stories are played on.
type scene struct {
	sim     *githubsim.Sim
	server  *server
	public  net.Listener
	address string
}

// build starts the simulated GitHub and wires the real server to it. On an
// error nothing is left running.
func (d demo) build(ctx context.Context, folder string, log zerolog.Logger) (_ *scene, err error) {
	simAddr, ownAddr, err := d.addresses()
	if err != nil {
		return nil, err
	}
	source, rooms, err := newDemoApps()
	if err != nil {
		return nil, err
	}
	public, err := listenOn(ctx, "--addr", ownAddr)
	if err != nil {
		return nil, err
	}
	s := &scene{sim: githubsim.New(githubsim.Options{}), public: public, address: "http://" + public.Addr().String()}
	defer func() {
		if err != nil {
			err = errors.Join(err, public.Close(), s.sim.Close())
		}
	}()
	if d.watch != nil {
		d.watch(s.sim)
	}
	if _, err = s.sim.Start(simAddr); err != nil {
		return nil, coc.Refusal{
			What: fmt.Sprintf("The simulated GitHub cannot listen on %s: %v.", simAddr, err),
			Next: "Choose another loopback address with --addr.",
		}
	}
	settings, err := demoSettings(folder, s.sim.URL(), s.address, source.registration, rooms.registration)
	if err != nil {
		return nil, err
	}
	// The simulated GitHub has no limit on writes that would have to be paced.
	if s.server, err = newServer(ctx, settings, log, tuning{limits: forge.Unlimited}); err != nil {
		return nil, err
	}
	// Seeded last: an installation is an event, and the server has a queue now.
	if err = seedDemo(s.sim, s.address+"/api/github/hook", source, rooms); err != nil {
		return nil, errors.Join(err, s.server.store.Close())
	}
	return s, nil
}

// demoSettings is what serve would read from files.
func demoSettings(folder, github, address string, source, rooms registration) (settings, error) {
	s := settings{config: defaults(), source: source, rooms: rooms}
	s.PublicURL = address
	s.GitHub.Web, s.GitHub.V3, s.GitHub.V4 = github, github+"/api/v3/", github+"/api/graphql"
	s.Database = "sqlite:" + filepath.Join(folder, "cocrouter.db")
	key := filepath.Join(folder, "sealing.key")
	if _, err := keygen(key); err != nil {
		return s, err
	}
	var err error
	if s.keys, err = seal.Open(key); err != nil {
		return s, err
	}
	directory, problems := policy.ParseDirectory([]byte(demoDirectory()))
	if len(problems) > 0 {
		return s, fmt.Errorf("the demo's committee directory: %w", problems)
	}
	s.directory = directory
	return s, nil
}

// addresses are the simulated GitHub's and ours, the next port.
func (d demo) addresses() (sim, own string, err error) {
	at, err := netip.ParseAddrPort(d.addr)
	if err != nil || !at.Addr().IsLoopback() {
		return "", "", misuse(fmt.Sprintf("--addr is a loopback address with a port, like %s, not %q", demoAddr, d.addr))
	}
	next := at.Port() + 1
	if at.Port() == 0 {
		next = 0
	}
	return d.addr, net.JoinHostPort(at.Addr().String(), strconv.Itoa(int(next))), nil
}

// folder is where this run keeps its files, and what to do with it at the end.
// A folder that was used before is refused: the simulated GitHub forgets
// everything, and the cases in an old database would lead nowhere.
func (d demo) folder() (path string, remove func(), err error) {
	if d.data == "" {
		path, err = os.MkdirTemp("", "cocrouter-demo-")
		return path, func() { _ = os.RemoveAll(path) }, err
	}
	entries, err := os.ReadDir(d.data)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", nil, fmt.Errorf("--data: %w", err)
	}
	if len(entries) > 0 {
		return "", nil, coc.Refusal{
			What: fmt.Sprintf("The folder %s is not empty, and the simulated GitHub remembers nothing of an earlier run.", d.data),
			Next: "Name a new or empty folder with --data.",
		}
	}
	if err := os.MkdirAll(d.data, 0o700); err != nil {
		return "", nil, fmt.Errorf("--data: %w", err)
	}
	return d.data, func() {}, nil
}

// invitedPointer is what the demo invites people to add to a project that has
// no coc.yaml.
const invitedPointer = `version: 1
committee: foundation
public_command: capture
`

// invite says how to go on.
func (p *play) invite(data string) {
	p.say(`
Each case is where it must be. Now it is your turn:

  %[1]s
      The simulated GitHub. Sign in as anybody: %[3]s and %[4]s
      sit on committees, %[5]s sees only what is public.
  %[2]s/report/%[6]s
      The private form.
  %[2]s/cases
      A committee's own pages: sign in there as %[3]s.

  Work a case:      sign in as %[3]s, open the case in %[7]s,
                    comment /coc help
  Route a project:  sign in as %[8]s and add .github/coc.yaml to
                    %[6]s:
`,
		p.github, p.address, riverCommittee[0], lanternCouncil[0], outsider, toolsRepo, riverRoom, maintainer)
	for line := range strings.Lines(invitedPointer) {
		p.say("                      %s", strings.TrimSuffix(line, "\n"))
	}
	p.say(`
                    then comment /coc report on an issue there, and find the
                    case as %s in %s.`, foundationCommittee[0], foundationRoom)
	if data != "" {
		p.say("\n  Database, keys and log: %s", data)
	}
	p.say("\nCtrl-C stops.")
}
