package web

import (
	"net/url"
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// maxKeptOut is how many can be named who must not see a report. One more would be
// left out without a word, so that the form comes back instead.
const maxKeptOut = 30

// wishes is what somebody typed and chose of how they are, and of what they ask of
// whoever reads it.
type wishes struct {
	Ongoing, Safe, Identity  string
	Retaliation              bool
	Safety, Elsewhere, Reach string
	KeptOut                  string // who must not see it, one on each line
}

func wishesIn(form url.Values, get func(string) string) wishes {
	w := wishes{
		Ongoing: get("ongoing"), Safe: get("safe"), Identity: get("identity"), Retaliation: form.Get("retaliation") != "",
		Safety: get("safety"), Elsewhere: get("elsewhere"), Reach: get("reach"), KeptOut: get("keepout"),
	}
	for chosen, among := range map[*string][]coc.Reply{&w.Ongoing: yesOrNo, &w.Safe: yesOrNo, &w.Identity: yesOrAsk} {
		if !slices.Contains(among, coc.Reply(*chosen)) {
			*chosen = ""
		}
	}
	return w
}

var (
	yesOrNo  = []coc.Reply{coc.ReplyUnsaid, coc.ReplyYes, coc.ReplyNo}
	yesOrAsk = []coc.Reply{coc.ReplyUnsaid, coc.ReplyNo, coc.ReplyAsk, coc.ReplyYes}
)

// Ongoings, Safes and Identities are what can be chosen.
func (w wishes) Ongoings() []choice   { return choices("ongoing", w.Ongoing, yesOrNo) }
func (w wishes) Safes() []choice      { return choices("safe", w.Safe, yesOrNo) }
func (w wishes) Identities() []choice { return choices("identity", w.Identity, yesOrAsk) }

// UnfoldSafety and UnfoldYou report whether anything folded away was said.
func (w wishes) UnfoldSafety() bool { return w.Safe != "" || w.Retaliation || w.Safety != "" }
func (w wishes) UnfoldYou() bool    { return w.Reach != "" || w.Identity != "" || w.Elsewhere != "" }

func (w wishes) problems(out map[string]string) {
	for name, typed := range map[string]string{"safety": w.Safety, "elsewhere": w.Elsewhere, "reach": w.Reach, "keepout": w.KeptOut} {
		if len(typed) > maxField {
			out[name] = "error.field"
		}
	}
	for _, line := range w.kept() {
		if len(line) > maxWho {
			out["keepout"] = "error.keepout"
		}
	}
	if len(w.kept()) > maxKeptOut {
		out["keepout"] = "error.keepout"
	}
}

// size is the bytes that were typed.
func (w wishes) size() int { return len(w.Safety) + len(w.Elsewhere) + len(w.Reach) + len(w.KeptOut) }

func (w wishes) needs() coc.Needs {
	n := coc.Needs{Ongoing: coc.Reply(w.Ongoing), Safe: coc.Reply(w.Safe), Identity: coc.Reply(w.Identity), Retaliation: w.Retaliation}
	for to, typed := range map[*coc.Prose]string{&n.Safety: w.Safety, &n.Elsewhere: w.Elsewhere, &n.Reach: w.Reach} {
		if !blank(typed) {
			*to = coc.NewProse(typed)
		}
	}
	return n
}

// kept is each of those who must not see it, as they were written: on lines of their
// own, or with a comma or a semicolon between them.
func (w wishes) kept() []string {
	var out []string
	for _, piece := range strings.FieldsFunc(w.KeptOut, func(r rune) bool { return r == '\n' || r == '\r' || r == ',' || r == ';' }) {
		if piece = strings.TrimSpace(piece); !blank(piece) {
			out = append(out, piece)
		}
	}
	return out
}

// parties are they, in a part that says nothing of what they did.
func (w wishes) parties() []coc.Party {
	var out []coc.Party
	for _, who := range w.kept() {
		out = append(out, person{Who: who, Role: string(coc.RoleKeptOut)}.parties()...)
	}
	return out
}

// written is all of it that is somebody's words.
func (w wishes) written() []coc.Prose {
	return []coc.Prose{coc.NewProse(w.Safety), coc.NewProse(w.Elsewhere), coc.NewProse(w.Reach), coc.NewProse(w.KeptOut)}
}
