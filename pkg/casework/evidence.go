package casework

import (
	"slices"
	"strconv"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
	"github.com/cocrouter/cocrouter/pkg/notice"
)

// maxEvidence is how much one case keeps.
const maxEvidence = 200

// evidence keeps an address with the case. Whatever stands on the web can still
// vanish, on GitHub as anywhere else, so the case is marked until a member says
// that it is safe.
func (t *turn) evidence(cmd command.Command) error {
	same := func(e coc.Evidence) bool { return e.URL == cmd.URL }
	if i := slices.IndexFunc(t.c.Evidence, same); i >= 0 {
		return coc.Refusal{What: "That address is kept already, as evidence " + strconv.Itoa(i+1) + ".", Next: "Nothing has to be done.", Rule: "evidence/already"}
	}
	if len(t.c.Evidence) >= maxEvidence {
		return coc.Refusal{What: "A case keeps at most 200 addresses.", Next: "Put the rest into a comment.", Rule: "evidence/full"}
	}
	t.c.Evidence = append(slices.Clone(t.c.Evidence), coc.Evidence{URL: cmd.URL, Title: cmd.Text, At: t.now, By: t.ev.Actor})
	t.c.Flags = union(t.c.Flags, []coc.Flag{coc.FlagEvidenceVolatile})
	t.reply(notice.KeptAddress(len(t.c.Evidence)))
	t.note("evidence", t.c.Stage, coc.Prose{})
	return nil
}
