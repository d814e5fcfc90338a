package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"filippo.io/age"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// identityLimit is far more than a key file with its comments needs.
const identityLimit = 16 << 10

// NewIdentity makes an operator's key: the text of the file that Open reads,
// and the public half, which may be shown.
func NewIdentity() (text []byte, recipient string, err error) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, "", fmt.Errorf("making a sealing key: %w", err)
	}
	recipient = identity.Recipient().String()
	text = fmt.Appendf(nil, "# The sealing key of cocrouter. Whoever has it can read every case;\n"+
		"# without it nobody can. Keep a copy offline.\n# public key: %s\n%s\n", recipient, identity)
	return text, recipient, nil
}

// Open reads the operator's key from a file. A file that is missing, empty, no
// age key, or readable by others than its owner is a coc.Refusal with the fix.
func Open(path string) (*Keys, error) {
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, coc.Refusal{
			What: fmt.Sprintf("There is no sealing key at %s.", path),
			Next: "Make one with cocrouter keygen, and keep a copy offline.",
		}
	case err != nil:
		return nil, coc.Refusal{
			What: fmt.Sprintf("The sealing key at %s cannot be read: %s.", path, reasonOf(err)),
			Next: "Give the account that cocrouter runs under read access to it.",
		}
	}
	defer f.Close()

	// The open file is asked, not the path: what is checked is what is read.
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("sealing key: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, coc.Refusal{
			What: fmt.Sprintf("The sealing key at %s is not a regular file.", path),
			Next: "Point to the file itself.",
		}
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, coc.Refusal{
			What: fmt.Sprintf("The sealing key at %s can be read by others than its owner.", path),
			Next: "Close it with: chmod 600 " + path,
		}
	}
	text, err := io.ReadAll(io.LimitReader(f, identityLimit))
	if err != nil {
		return nil, fmt.Errorf("sealing key: %w", err)
	}
	keys, err := Parse(text)
	if r, ok := errors.AsType[coc.Refusal](err); ok {
		r.What = fmt.Sprintf("The sealing key at %s is of no use: %s", path, r.What)
		return nil, r
	}
	return keys, err
}

// Parse takes the text of a key file. Anything but exactly one age X25519
// identity is a coc.Refusal.
func Parse(text []byte) (*Keys, error) {
	const again = "Put the key back from your offline copy; a new one (cocrouter keygen) cannot open what exists."
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, coc.Refusal{What: "It is empty.", Next: again}
	}
	// The parser's error could quote the text, and so is not passed on.
	identities, err := age.ParseIdentities(bytes.NewReader(text))
	if err != nil {
		return nil, coc.Refusal{What: "It holds no age identity.", Next: again}
	}
	if len(identities) != 1 {
		return nil, coc.Refusal{What: "It holds more than one identity.", Next: "Keep one in it."}
	}
	identity, ok := identities[0].(*age.X25519Identity)
	if !ok {
		return nil, coc.Refusal{What: "Its identity is not of the X25519 kind.", Next: again}
	}
	return derive(identity)
}

// reasonOf gives the system's reason without the path, which the caller names.
func reasonOf(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err.Error()
	}
	return err.Error()
}
