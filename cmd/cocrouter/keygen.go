package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/seal"
)

func keygenCommand(term terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "keygen FILE",
		Short: "Make the key under which everything is sealed",
		Long: `Writes a new sealing key to FILE, which only you can read, and prints its
public half. Whoever has the key and the database can read every report; whoever
loses the key has lost them. Keep a copy apart from the database's backups.

An existing FILE is never overwritten.`,
		Args: cobra.ExactArgs(1),
		RunE: does(func(_ *cobra.Command, args []string) error {
			recipient, err := keygen(args[0])
			if err != nil {
				return err
			}
			fmt.Fprintf(term.out, "Sealing key written to %s.\nPublic half: %s\n", args[0], recipient)
			return nil
		}),
	}
}

// keygen leaves a whole key in a file of mode 0600, or no file.
func keygen(path string) (recipient string, err error) {
	text, recipient, err := seal.NewIdentity()
	if err != nil {
		return "", fmt.Errorf("make a sealing key: %w", err)
	}
	// O_EXCL: the one key that opens a database must not be replaced by a
	// slip, not even through a symbolic link.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return "", coc.Refusal{
			What: fmt.Sprintf("%s exists already, and a sealing key is never overwritten.", path),
			Next: "Choose another name, or move the old key away if you are sure that nothing is sealed with it.",
		}
	}
	if err != nil {
		return "", fmt.Errorf("create the key file: %w", err)
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		_ = os.Remove(path)
		return "", fmt.Errorf("write the key file: %w", err)
	}
	return recipient, nil
}
