package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// Exit codes, which scripts rely on.
const (
	exitFine  = 0
	exitWrong = 1 // a finding, or something failed
	exitUsage = 2 // the command line or the configuration asks for something that cannot be
)

// terminal is where a command reads and writes. No command uses the process's
// own streams.
type terminal struct {
	in       io.Reader
	out, err io.Writer
}

// run is the whole program: everything but the exit itself, so that tests call
// it as a shell would. An interrupt or a SIGTERM ends its context.
func run(args []string, in io.Reader, out, errw io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The first interrupt stops in order, a second one at once.
	context.AfterFunc(ctx, stop)
	return runContext(ctx, args, terminal{in, out, errw})
}

func runContext(ctx context.Context, args []string, term terminal) int {
	return runDemo(ctx, args, term, demo{})
}

// runDemo is runContext where the demo begins as d; what d watches with is shown
// a described world, too.
func runDemo(ctx context.Context, args []string, term terminal, d demo) int {
	root := &cobra.Command{
		Use:   "cocrouter",
		Short: "Brings a Code of Conduct report to the committee that must handle it",
		Long: `cocrouter is a GitHub App that takes a Code of Conduct report, finds the
committee that must handle it, opens it as a private issue that only
unconflicted people can read, and keeps the case moving until it is closed.

Try it without an account:  cocrouter demo`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(versionCommand(term), keygenCommand(term), lintCommand(term), serveCommand(term), demoCommand(term, d), migrateCommand(term), copyCommand(term), jobsCommand(term), noticesCommand(term), doctorCommand(term), explainCommand(term, d.watch))
	root.SetArgs(args)
	root.SetIn(term.in)
	root.SetOut(term.out)
	root.SetErr(term.err)
	return exitCode(root.ExecuteContext(ctx), term.err)
}

// failure marks an error of a command that did run. Whatever else cobra
// returns is about the command line.
type failure struct{ error }

func (f failure) Unwrap() error { return f.error }

// errFindings is what a command returns that has said all there is to say.
var errFindings = errors.New("findings")

// does wraps a command's work so that its errors are told from wrong use.
func does(work func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := work(cmd, args); err != nil {
			return failure{err}
		}
		return nil
	}
}

// misuse is wrong use that only the command itself can notice.
type misuse string

func (m misuse) Error() string { return string(m) }

// exitCode prints an error in the words its kind allows, once.
func exitCode(err error, errw io.Writer) int {
	var (
		failed  failure
		used    misuse
		refused refusals
		refusal coc.Refusal
	)
	switch {
	case err == nil:
		return exitFine
	case errors.Is(err, errFindings):
		return exitWrong
	case errors.As(err, &used), !errors.As(err, &failed):
		fmt.Fprintf(errw, "cocrouter: %v\nSee cocrouter --help.\n", err)
		return exitUsage
	case errors.As(err, &refused):
		refused.tell(errw)
		return exitUsage
	case errors.As(err, &refusal):
		refusals{refusal}.tell(errw)
		return exitWrong
	default:
		fmt.Fprintf(errw, "cocrouter: %v\n", err)
		return exitWrong
	}
}
