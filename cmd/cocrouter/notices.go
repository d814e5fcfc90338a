package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

func noticesCommand(term terminal) *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "notices",
		Short: "List, show and settle what you have to deliver by hand",
		Long: `A desk or committee that has only an address is told of a report by you. These
notices say at which event it was, by which row of the jurisdiction policy it
concerns them, and which committee to ask. They have nothing of the report, and
nothing of who is named or who reported. The log says daily, by its ID, that one
waits. Where somebody at the desk is named in the case, as far as the committee
directory lists who is there, there is no notice.

It works beside a running server, like cocrouter jobs; run it under the server's
account.`,
	}
	cmd.PersistentFlags().StringVar(&path, "config", "", "the server's configuration file (required)")
	_ = cmd.MarkPersistentFlagRequired("config")
	cmd.AddCommand(noticesListCommand(term, &path), noticesShowCommand(term, &path), noticesDoneCommand(term, &path))
	return cmd
}

func noticesListCommand(term terminal, path *string) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "list --config FILE",
		Short: "List what nobody has delivered, the oldest first",
		Args:  cobra.NoArgs,
		RunE: does(func(cmd *cobra.Command, _ []string) error {
			if output != "text" && output != "json" {
				return misuse(fmt.Sprintf("--output is text or json, not %q", output))
			}
			waiting, err := waitingLetters(cmd.Context(), *path)
			if err != nil {
				return err
			}
			if output == "json" {
				e := json.NewEncoder(term.out)
				e.SetIndent("", "  ")
				return e.Encode(waiting)
			}
			if len(waiting) == 0 {
				fmt.Fprintln(term.out, "No notice waits.")
				return nil
			}
			table := tabwriter.NewWriter(term.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(table, "ID\tSINCE\tTO\tADDRESS")
			for _, l := range waiting {
				fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", l.ID, moment(l.Since.Truncate(time.Second)), l.To, l.Contact)
			}
			return table.Flush()
		}),
	}
	cmd.Flags().StringVar(&output, "output", "text", "how to print: text or json")
	return cmd
}

func noticesShowCommand(term terminal, path *string) *cobra.Command {
	return &cobra.Command{
		Use:   "show --config FILE ID",
		Short: "Show one, with the text to bring",
		Args:  cobra.ExactArgs(1),
		RunE: does(func(cmd *cobra.Command, ids []string) error {
			waiting, err := waitingLetters(cmd.Context(), *path)
			if err != nil {
				return err
			}
			i := slices.IndexFunc(waiting, func(l casework.Letter) bool { return strings.EqualFold(l.ID, ids[0]) })
			if i < 0 {
				return noSuchNotice
			}
			l := waiting[i]
			fmt.Fprintf(term.out, "Bring this to %s, %s:\n\n%s\nThen: cocrouter notices done --config %s %s\n", l.To, l.Contact, l.Text, *path, l.ID)
			return nil
		}),
	}
}

func noticesDoneCommand(term terminal, path *string) *cobra.Command {
	return &cobra.Command{
		Use:   "done --config FILE ID",
		Short: "Record that you have delivered one",
		Long: `Records in the case that you have delivered a notice, so that its committee
sees it. It does not record that anybody there has taken up the report: nobody
but they can say that.`,
		Args: cobra.ExactArgs(1),
		RunE: does(func(cmd *cobra.Command, ids []string) error {
			byHand, done, err := reachLetters(cmd.Context(), *path)
			if err != nil {
				return err
			}
			err = byHand.Delivered(cmd.Context(), ids[0])
			if errors.Is(err, coc.ErrMissing) {
				err = noSuchNotice
			}
			if err = errors.Join(err, done()); err == nil {
				fmt.Fprintf(term.out, "%s: recorded as delivered\n", ids[0])
			}
			return err
		}),
	}
}

var noSuchNotice = coc.Refusal{What: "No notice of that ID waits.", Next: "cocrouter notices list shows those that do."}

// letters is what an operator delivers by hand, in the store or through the
// server that has it open.
type letters interface {
	Letters(ctx context.Context) ([]casework.Letter, error)
	Delivered(ctx context.Context, id string) error
}

func waitingLetters(ctx context.Context, path string) ([]casework.Letter, error) {
	byHand, done, err := reachLetters(ctx, path)
	if err != nil {
		return nil, err
	}
	waiting, err := byHand.Letters(ctx)
	return waiting, errors.Join(err, done())
}

// reachLetters finds the way to the notices of a configuration. done ends it.
func reachLetters(ctx context.Context, path string) (byHand letters, done func() error, err error) {
	server, st, err := reach(ctx, path)
	switch {
	case err != nil:
		return nil, nil, err
	case server != nil:
		return *server, func() error { return nil }, nil
	}
	return casework.New(casework.Options{Store: st, Clock: clock(st.Now)}), st.Close, nil
}
