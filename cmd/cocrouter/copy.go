package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/cocrouter/cocrouter/pkg/store"
)

func copyCommand(term terminal) *cobra.Command {
	var path, from, to string
	cmd := &cobra.Command{
		Use:   "copy --config FILE --from sqlite:PATH [--to postgres://…]",
		Short: "Copy an SQLite database to PostgreSQL",
		Long: `Copies every record, its keys, all evidence (the file with -evidence) and the jobs
that are not done from an SQLite database to two empty databases of PostgreSQL. Then
it compares both sides row by row, opens every sealed record of the copy and reads all
of its evidence to the end. What of that was missing or altered before is so in the
copy; doctor --evidence says what.

  createdb --owner cocrouter cocrouter
  createdb --owner cocrouter cocrouter-keys
  cocrouter copy --config cocrouter.yml --from sqlite:cocrouter.db

FILE is the configuration that is to hold from now on: its database is where the
copy goes, if --to does not name another, and its sealing_key_file must be the
one of the source. Stop the server before; the source is not changed, except that
its schema is brought to the newest version.

It may be interrupted and started again until it says that the copy is complete;
until then no server starts on the destination. Do not start the server on the
source any more afterwards.

Exit code 0: the copy is complete. 1: it is not, and why. 2: it was asked for in
a way that cannot be.`,
		Args: cobra.NoArgs,
		RunE: does(func(cmd *cobra.Command, _ []string) error {
			return copyStore(cmd.Context(), path, from, to, os.Environ(), term)
		}),
	}
	cmd.Flags().StringVar(&path, "config", "", "the configuration file (required)")
	cmd.Flags().StringVar(&from, "from", "", "the database to copy, sqlite:PATH (required)")
	cmd.Flags().StringVar(&to, "to", "", "where to, postgres://USER@HOST/DATABASE; the configuration's database when absent")
	_ = cmd.MarkFlagRequired("config")
	_ = cmd.MarkFlagRequired("from")
	return cmd
}

func copyStore(ctx context.Context, path, from, to string, environ []string, term terminal) error {
	c, err := readConfig(path, environ)
	if err != nil {
		return err
	}
	if to != "" {
		// The keys of another database are not where the configuration says.
		if to != c.Database {
			c.KeysDatabase = ""
		}
		c.Database = to
	}
	s, err := c.settleStore()
	if err != nil {
		return err
	}
	p := copyProgress{out: term.out, now: time.Now}
	done, err := store.Copy(ctx, from, s.withPassword(s.Database), s.keys, store.Options{KeysURL: s.keysURL()}, p.tell)
	switch {
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(term.err, "cocrouter: The copy was interrupted and is not complete.\n           Run the same command again: it goes on where it was.")
		return errFindings
	case err != nil:
		return err
	case done.Before:
		fmt.Fprintln(term.out, "The copy was complete already; nothing was done.")
	default:
		fmt.Fprintf(term.out, "The copy is complete: %d rows in %d tables, the same on both sides, and every sealed record opens.\n", done.Rows, done.Tables)
	}
	return nil
}

// copyEvery is how often a table that takes long says how far it is.
const copyEvery = 2 * time.Second

// copyProgress prints a line per table, and more where it takes long.
type copyProgress struct {
	out   io.Writer
	now   func() time.Time
	table string
	said  time.Time
}

func (p *copyProgress) tell(table string, done, all int) {
	now := p.now()
	if table != p.table {
		p.table, p.said = table, now
	}
	if done < all && now.Sub(p.said) < copyEvery {
		return
	}
	p.said = now
	fmt.Fprintf(p.out, "%s: %d of %d\n", table, done, all)
}
