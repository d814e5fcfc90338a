package notice

import "github.com/cocrouter/cocrouter/pkg/coc"

// What the reporter chose, in the words of a member. What they left open is not
// listed.
var (
	ongoingMeans = map[coc.Reply]string{coc.ReplyYes: "yes", coc.ReplyNo: "no, as far as they know"}
	safeMeans    = map[coc.Reply]string{
		coc.ReplyYes: "the reporter says that nobody is unsafe",
		coc.ReplyNo:  "**the reporter says that they, or somebody else, are not safe**",
	}
	identityMeans = map[coc.Reply]string{
		coc.ReplyYes: "yes, where it is needed",
		coc.ReplyAsk: "only after asking them",
		coc.ReplyNo:  "no, nobody outside of this case",
	}
)

// needs is what the reporter said of how they are and asks of whoever reads it, in
// rendered lines.
func needs(n coc.Needs) []string {
	var out []string
	line := func(label, text string) {
		if text != "" {
			out = append(out, "**"+label+"**: "+text+"\n", "\n")
		}
	}
	line("Still going on", ongoingMeans[n.Ongoing])
	line("Safety", safeMeans[n.Safe])
	out = append(out, field("What would make it safer, in their words", n.Safety)...)
	if n.Retaliation {
		line("Retaliation", "the reporter is afraid of what may follow from reporting")
	}
	line("May others be told who reported", identityMeans[n.Identity])
	out = append(out, field("Reported elsewhere", n.Elsewhere)...)
	return append(out, field("How a member can reach them (cocrouter writes to nobody)", n.Reach)...)
}
