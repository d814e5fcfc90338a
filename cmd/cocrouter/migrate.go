package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/cocrouter/cocrouter/pkg/store"
)

func migrateCommand(term terminal) *cobra.Command {
	var path string
	var lost bool
	cmd := &cobra.Command{
		Use:   "migrate --config FILE",
		Short: "Bring the database to the newest schema",
		Long: `Brings the schema of the database that the configuration names to the newest
version, and says what it did. A server does the same when it starts; with this
it can be done before, from one place. Of several that start at once, one makes
the schema and the others wait for it.

It needs database, keys_database, database_password_file and sealing_key_file of
the configuration and looks at nothing else. A new database is made ready for
use and bound to the sealing key.

A database whose file with the evidence (its name with -evidence) is missing is
refused, here and by a server. If that file is lost for good, --evidence-lost makes
an empty one; doctor --evidence then lists what is lost.`,
		Args: cobra.NoArgs,
		RunE: does(func(cmd *cobra.Command, _ []string) error {
			return migrate(cmd.Context(), path, lost, os.Environ(), term)
		}),
	}
	cmd.Flags().StringVar(&path, "config", "", "the configuration file (required)")
	cmd.Flags().BoolVar(&lost, "evidence-lost", false, "make an empty file where the one with the evidence is lost for good")
	_ = cmd.MarkFlagRequired("config")
	return cmd
}

func migrate(ctx context.Context, path string, lost bool, environ []string, term terminal) error {
	c, err := readConfig(path, environ)
	if err != nil {
		return err
	}
	s, err := c.settleStore()
	if err != nil {
		return err
	}
	steps := 0
	st, err := s.openStore(ctx, store.Options{
		ContentsLost: lost,
		Waiting:      func() { fmt.Fprintln(term.err, "Another process makes the schema; waiting for it.") },
		Migrated: func(step string) {
			steps++
			fmt.Fprintln(term.out, step)
		},
	})
	if err != nil {
		return err
	}
	if steps == 0 {
		fmt.Fprintln(term.out, "The schema is the newest already.")
	}
	return st.Close()
}
