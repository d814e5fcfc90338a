package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"

	"github.com/spf13/cobra"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/evidence"
	"github.com/cocrouter/cocrouter/pkg/seal"
	"github.com/cocrouter/cocrouter/pkg/store"
)

func doctorCommand(term terminal) *cobra.Command {
	var path, output string
	var ofEvidence, ofCommittees bool
	var repos []string
	cmd := &cobra.Command{
		Use:   "doctor --config FILE (--committees | --evidence)",
		Short: "Find what is not as it should be",
		Long: `With --committees it asks GitHub, as the server would, whether each committee of the
directory would take a case at this moment, and with --repo each to which a report
about that repository would go. It says what keeps one from it and what mends that,
above all where members are asked in private (separate: always): whether people can
sign in, whether the rooms App may make repositories, who would read unasked, and
whether enough are there to answer. It writes nothing. The answer names owners and
members: it is for you alone.

--output json prints one object: "committees", each with "name", "room", "takes",
"in_private" (its members are asked), "because" (what keeps it from taking a case),
"strangers" (who would read and may not) and "warnings"; "sources", each of --repo with
"repository", "seen" and "because"; and "unread", what GitHub could not show now.

With --evidence it reads all evidence of every case: whether each item is what was
kept, and whether one was changed, taken away or put elsewhere since. It changes
nothing, and may be run while the server runs.

That the last items of a case are missing, together with all that was recorded of
the case since, cannot be seen in the database alone. Its issue shows the end of
the chain, and GitHub keeps what it showed before.

--output json prints one object: "cases" and "items" that were read, and "findings",
each with "case", "item" (0: the case itself) and "what".

Exit 0: every committee would take a case, or all evidence is as it was kept. Exit 1:
something is not so, or could not be read. Exit 2: it was asked for in a way that
cannot be.`,
		Example: "  cocrouter doctor --config cocrouter.yml --committees --repo example/widget\n  cocrouter doctor --config cocrouter.yml --evidence",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if output != "text" && output != "json" {
				return misuse(fmt.Sprintf("--output is text or json, not %q", output))
			}
			sources, err := sourcesOf(repos)
			switch {
			case err != nil:
				return err
			case ofEvidence == ofCommittees:
				return misuse("say what to look at: --committees or --evidence")
			case ofEvidence && len(repos) > 0:
				return misuse("--repo goes with --committees")
			}
			return does(func(cmd *cobra.Command, _ []string) error {
				if ofCommittees {
					return doctorCommittees(cmd.Context(), path, output, sources, term)
				}
				return doctorEvidence(cmd.Context(), path, output, term)
			})(cmd, nil)
		},
	}
	cmd.Flags().StringVar(&path, "config", "", "the configuration file (required)")
	cmd.Flags().BoolVar(&ofEvidence, "evidence", false, "check the evidence of every case")
	cmd.Flags().BoolVar(&ofCommittees, "committees", false, "look whether every committee would take a case")
	cmd.Flags().StringSliceVar(&repos, "repo", nil, "look at the committees of this repository, too: OWNER/NAME")
	cmd.Flags().StringVar(&output, "output", "text", "how to print: text or json")
	_ = cmd.MarkFlagRequired("config")
	return cmd
}

// checkup is what was found.
type checkup struct {
	Cases int `json:"cases"`
	Items int `json:"items"`
	// Before are those of the items that are from before there were chains, and of
	// which nobody can tell whether they were changed.
	Before   int       `json:"before,omitempty"`
	Findings []spoiled `json:"findings"`
}

// spoiled is something that is not as it was kept.
type spoiled struct {
	Case coc.CaseID `json:"case"`
	Item int        `json:"item"` // 0: the case itself
	What string     `json:"what"`
}

// proof is of one case.
type proof struct {
	Items    int       `json:"items"`
	Before   int       `json:"before,omitempty"`
	Findings []spoiled `json:"findings"`
}

// prover reads the evidence of cases, in the store or through the server that has it
// open.
type prover interface {
	CaseIDs(ctx context.Context) ([]coc.CaseID, error)
	prove(ctx context.Context, id coc.CaseID) (proof, error)
}

func doctorEvidence(ctx context.Context, path, output string, term terminal) error {
	by, done, err := reachEvidence(ctx, path)
	if err != nil {
		return err
	}
	found, err := examine(ctx, by)
	if err := errors.Join(err, done()); err != nil {
		return err
	}
	if err := found.print(term.out, output); err != nil {
		return err
	}
	if len(found.Findings) > 0 {
		return errFindings
	}
	return nil
}

func examine(ctx context.Context, by prover) (checkup, error) {
	found := checkup{Findings: []spoiled{}}
	ids, err := by.CaseIDs(ctx)
	if err != nil {
		return found, err
	}
	for _, id := range ids {
		p, err := by.prove(ctx, id)
		if err != nil {
			return found, fmt.Errorf("evidence of case %s: %w", id, err)
		}
		found.Cases++
		found.Items += p.Items
		found.Before += p.Before
		found.Findings = append(found.Findings, p.Findings...)
	}
	return found, nil
}

func (c checkup) print(w io.Writer, output string) error {
	if output == "json" {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(c)
	}
	for _, f := range c.Findings {
		if f.Item == 0 {
			fmt.Fprintf(w, "case %s: %s\n", f.Case, f.What)
			continue
		}
		fmt.Fprintf(w, "case %s, item %d: %s\n", f.Case, f.Item, f.What)
	}
	if c.Before > 0 {
		fmt.Fprintf(w, "%d addresses are from before cocrouter signed evidence, and were not checked.\n", c.Before)
	}
	if len(c.Findings) == 0 {
		_, err := fmt.Fprintf(w, "Of %d cases, all %d items of evidence are as they were kept.\n", c.Cases, c.Items-c.Before)
		return err
	}
	_, err := fmt.Fprintf(w, "Of %d cases with %d items of evidence, %d things are not as they were kept. Restore the database, its keys and, with SQLite, its -evidence from backups of one time, and look at who could write to them.\n", c.Cases, c.Items, len(c.Findings))
	return err
}

// reachEvidence finds the way to the evidence of a configuration. done ends it.
func reachEvidence(ctx context.Context, path string) (by prover, done func() error, err error) {
	c, err := readConfig(path, os.Environ())
	if err != nil {
		return nil, nil, err
	}
	s, err := c.settleStore()
	if err != nil {
		return nil, nil, err
	}
	if asked, ok := askServer(ctx, s.Database); ok {
		asked.http.Timeout = 0 // a case may have much
		return asked, func() error { return nil }, nil
	}
	st, err := s.openStore(ctx, store.Options{AsItIs: true})
	if err != nil {
		return nil, nil, err
	}
	return storedEvidence{st, casework.New(casework.Options{Store: st, Vault: st, Keys: s.keys, Clock: clock(st.Now)})}, st.Close, nil
}

// storedEvidence reads it in the store.
type storedEvidence struct {
	*store.Store
	desk *casework.Desk
}

func (s storedEvidence) prove(ctx context.Context, id coc.CaseID) (proof, error) {
	c, err := s.Case(ctx, id)
	switch {
	case errors.Is(err, coc.ErrMissing):
		return proof{}, nil // it was erased
	case errors.Is(err, seal.ErrUnopened):
		return proof{Findings: []spoiled{{id, 0, "its record is not what was kept"}}}, nil
	case err != nil:
		return proof{}, err
	}
	faults, err := s.desk.ProveEvidence(ctx, c)
	p := proof{Items: len(c.Evidence), Before: evidence.Unchained(c.Evidence)}
	for _, f := range faults {
		p.Findings = append(p.Findings, spoiled{id, f.Number, f.Why()})
	}
	return p, err
}

// CaseIDs lists them through the server.
func (s askedServer) CaseIDs(ctx context.Context) (ids []coc.CaseID, err error) {
	err = s.ask(ctx, http.MethodGet, "/evidence", nil, &ids)
	return ids, err
}

func (s askedServer) prove(ctx context.Context, id coc.CaseID) (p proof, err error) {
	err = s.ask(ctx, http.MethodGet, "/evidence/case?"+url.Values{"id": {string(id)}}.Encode(), nil, &p)
	return p, err
}
