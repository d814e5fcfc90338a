package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

func serveCommand(term terminal) *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "serve --config FILE",
		Short: "Serve: take reports, open cases, keep them moving",
		Long: `Runs the server until it is interrupted. config/cocrouter.example.yml explains
every setting; any of them can also come from the environment, as
COCROUTER_SERVER_ADDR for server.addr. Where something is missing or weak, the
server does not start and says what to do about it.`,
		Args: cobra.NoArgs,
		RunE: does(func(cmd *cobra.Command, _ []string) error {
			return serve(cmd.Context(), path, os.Environ(), newLog(term.err))
		}),
	}
	cmd.Flags().StringVar(&path, "config", "", "the configuration file (required)")
	_ = cmd.MarkFlagRequired("config")
	return cmd
}

// serve runs until ctx ends.
func serve(ctx context.Context, path string, environ []string, log zerolog.Logger) error {
	if err := forbidCoreDumps(); err != nil {
		return err
	}
	c, err := readConfig(path, environ)
	if err != nil {
		return err
	}
	s, err := c.settle()
	if err != nil {
		return err
	}
	srv, err := newServer(ctx, s, log, tuning{sweep: sweepEvery})
	if err != nil {
		return err
	}
	public, private, err := listen(ctx, s)
	if err != nil {
		_ = srv.store.Close()
		return err
	}
	return srv.run(ctx, public, private)
}

// listen opens both listeners or none. private is nil where metrics are off.
func listen(ctx context.Context, s settings) (public, private net.Listener, err error) {
	if public, err = listenOn(ctx, "server.addr", s.Server.Addr); err != nil {
		return nil, nil, err
	}
	if !s.metricsOn() {
		return public, nil, nil
	}
	if private, err = listenOn(ctx, "metrics.addr", s.Metrics.Addr); err != nil {
		_ = public.Close()
		return nil, nil, err
	}
	return public, private, nil
}

func listenOn(ctx context.Context, key, addr string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, coc.Refusal{
			What: fmt.Sprintf("Cannot listen on %s %s: %v.", key, addr, err),
			Next: "Stop what uses the address, or choose another.",
		}
	}
	return l, nil
}

// newLog writes JSON, or lines for a person where a person is looking. Logs
// carry IDs, never words.
func newLog(w io.Writer) zerolog.Logger {
	if f, ok := w.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
		w = zerolog.ConsoleWriter{Out: w, TimeFormat: time.TimeOnly}
	}
	return zerolog.New(w).Level(zerolog.InfoLevel).With().Timestamp().Logger()
}
