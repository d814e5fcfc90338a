package notice

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Limit is how long a body or a comment may be. GitHub counts characters;
// where people's own text leaves the choice, this package counts bytes, which
// is the stricter.
const Limit = 65536

const (
	beginMark = "<!-- cocrouter:begin -->"
	endMark   = "<!-- cocrouter:end -->"
)

// Marker is the hidden line by which a comment that was created before a crash
// is found again after it. n counts the effects of one revision. Nobody can
// guess it, because a case's id is random.
func Marker(id coc.CaseID, revision, n int) string {
	return "<!-- cocrouter:" + string(id) + "/" + strconv.Itoa(revision) + "/" + strconv.Itoa(n) + " -->"
}

// IssueMarker is the marker of the issue itself in one placement. It stays the
// same however often the body is written again: revision 0, which no effect
// has.
func IssueMarker(id coc.CaseID, placement int) string { return Marker(id, 0, placement) }

// CaseOf finds the case whose issue or comment this is, by the hidden marker.
// People could write one themselves: whoever relies on it must know the case.
func CaseOf(body coc.Prose) (coc.CaseID, bool) {
	found := caseMarker.FindStringSubmatch(body.Reveal())
	if found == nil {
		return "", false
	}
	return coc.CaseID(found[1]), true
}

var caseMarker = regexp.MustCompile(`<!-- cocrouter:([^/\s]+)/\d+/\d+ -->`)

// PublicMarker is the marker of a public sentence. key is a keyed hash of the
// event that caused the sentence and says nothing of a case.
func PublicMarker(key string) string { return "<!-- cocrouter:" + key + " -->" }

// Splice puts body, as Case made it, into what the issue says now. Only what
// stands between our two markers is replaced; what people wrote above and
// below stays as it is. Where a marker is missing, doubled or out of order,
// nothing of the present text can be told to be ours: body is put on top and
// all of the present text is kept below, without the markers.
//
// The result has at most Limit characters. If both do not fit, the report's
// words in our part are shortened, then the rest of our part, and it says so;
// what people wrote is never shortened. Where they left no room for the least of
// our part, the issue stays as they made it.
func Splice(existing string, body Private) Private {
	above, below, ours := around(existing)
	if !ours && strings.TrimSpace(below) != "" {
		below = "\n\n" + below
	}
	size := func(s string) int { return len(s) }
	if Limit-len(above)-len(below) < shortest {
		// GitHub has accepted more bytes of theirs than that, so it counts
		// characters.
		size = utf8.RuneCountInString
	}
	l := shorten(body.letter(), Limit-size(above)-size(below), size)
	if l.head == "" {
		return private(existing)
	}
	l.head, l.tail = above+l.head, l.tail+below
	return enclosed(l)
}

// around splits an issue's body into what people wrote above and below our
// part. ours is false where our part cannot be told; then below is all of it.
func around(existing string) (above, below string, ours bool) {
	begin, end := strings.Index(existing, beginMark), strings.Index(existing, endMark)
	if strings.Count(existing, beginMark) == 1 && strings.Count(existing, endMark) == 1 && begin < end {
		return existing[:begin], existing[end+len(endMark):], true
	}
	// Taking one out of the middle of another makes one: then it is taken out too,
	// or the next Splice would find a doubled one and leave this one's work to
	// stand as what people wrote.
	for strings.Contains(existing, beginMark) || strings.Contains(existing, endMark) {
		existing = withoutMarks.Replace(existing)
	}
	return "", strings.Trim(existing, "\n"), false
}

var withoutMarks = strings.NewReplacer(beginMark, "", endMark, "")

const shortenedNote = "\n\n_Shortened here to leave room for what people wrote into this issue. The whole text is in the edit history of this issue._\n\n"

// shortest is what our part needs when nothing of the case fits any more.
const shortest = len(beginMark) + len(shortenedNote) + len(endMark) + 256

// shorten makes l fit into room, counted by size; its head is empty where that is
// not possible.
func shorten(l letter, room int, size func(string) int) letter {
	if size(l.head)+size(l.quoted)+size(l.tail) <= room {
		return l
	}
	rest := room - size(l.head) - size(l.tail) - size(shortenedNote)
	if rest >= 0 {
		l.quoted = wholeLines(l.quoted, rest, size) + shortenedNote
		return l
	}
	// The case's marker has to survive in any event, or a retried creation
	// would not find the issue.
	marks := markersOf(l.tail)
	head := wholeLines(l.head, room-size(shortenedNote)-size(marks), size)
	return letter{head: head, quoted: shortenedNote, tail: marks}
}

// wholeLines is as many whole lines of text as fit.
func wholeLines(text string, room int, size func(string) int) string {
	end := 0
	for used := 0; end < len(text); {
		next := strings.IndexByte(text[end:], '\n') + 1
		if next == 0 {
			next = len(text) - end
		}
		used += size(text[end : end+next])
		if used > room {
			break
		}
		end += next
	}
	return text[:end]
}

// markersOf is the hidden lines of our own text.
func markersOf(text string) string {
	var out []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "<!-- cocrouter:") {
			out = append(out, strings.TrimSpace(line))
		}
	}
	return strings.Join(out, "\n")
}
