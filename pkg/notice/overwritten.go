package notice

import (
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Lost is what people had written around our part of a body when a write of ours
// replaced it without having seen it. ok is false where nothing is missing: the
// write left all that stood around our part as it was, or nothing stood there.
func Lost(before, after coc.Prose) (o coc.Overwritten, ok bool) {
	above, below := outside(before.Reveal())
	nowAbove, nowBelow := outside(after.Reveal())
	if above+below == "" || above == nowAbove && below == nowBelow {
		return coc.Overwritten{}, false
	}
	return coc.Overwritten{
		Above: coc.NewProse(above), Below: coc.NewProse(below),
		NowAbove: coc.NewProse(nowAbove), NowBelow: coc.NewProse(nowBelow),
	}, true
}

// outside is what stands above and below our part, without the blank lines at its
// ends.
func outside(body string) (above, below string) {
	above, below, _ = around(body)
	return strings.TrimSpace(above), strings.TrimSpace(below)
}

// Return gives what was overwritten back to a body, in order. Where our write only
// put older words there and nobody has touched them since, it is as if the write had
// not been; otherwise the paragraphs that are missing are put below, and nothing is
// taken away.
func Return(body string, lost []coc.Overwritten) string {
	for _, o := range lost {
		body = giveBack(body, o)
	}
	return body
}

func giveBack(body string, o coc.Overwritten) string {
	above, below := outside(body)
	if !o.Kept && above == o.NowAbove.Reveal() && below == o.NowBelow.Reveal() {
		return join(o.Above.Reveal(), ours(body), o.Below.Reveal())
	}
	for _, part := range [][2]coc.Prose{{o.Above, o.NowAbove}, {o.Below, o.NowBelow}} {
		if part[0] == part[1] {
			continue // that is not what the write changed
		}
		for paragraph := range strings.SplitSeq(lines(part[0].Reveal()), "\n\n") {
			if !stands(paragraph, above) && !stands(paragraph, below) {
				below = join(below, paragraph)
			}
		}
	}
	return join(above, ours(body), below)
}

// stands reports whether whole lines of a text are that paragraph. Part of a line is
// not enough: short words stand in many others.
func stands(paragraph, text string) bool {
	return strings.Contains("\n"+lines(text)+"\n", "\n"+paragraph+"\n")
}

// lines is a text with the line ends that are ours; browsers write two characters.
func lines(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// ours is our part of a body with its marks, "" where it cannot be told.
func ours(body string) string {
	above, below, found := around(body)
	if !found {
		return ""
	}
	return body[len(above) : len(body)-len(below)]
}

// join puts what is there of the parts below each other.
func join(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, "\n\n")
}
