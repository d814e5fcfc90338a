package githubsim

import (
	"regexp"
	"strconv"
	"strings"
)

// A text that names another issue leaves a back-link on it, and a text that
// names a person tells them. Both are what a report's words must never do, so
// the Sim does them as GitHub does: outside of code, for #n, owner/repo#n and
// addresses, seen by those who can read the text.

var (
	htmlPattern    = regexp.MustCompile(`(?s)<!--.*?-->`)
	numberPattern  = regexp.MustCompile(`(?:^|[^\w/&#])(?:([\w-]+/[\w.-]+))?#(\d+)\b`)
	shortPattern   = regexp.MustCompile(`(?i)\bGH-(\d+)\b`)
	mentionPattern = regexp.MustCompile("(?:^|[^\\w`/@.])@([A-Za-z0-9](?:-?[A-Za-z0-9]){0,38})")
)

// references puts a cross-reference on every issue that body names, and tells
// the people it mentions.
func (s *Sim) references(by caller, from *issue, body string) {
	body = withoutCode(body)
	for _, target := range s.named(from, body) {
		if target == from || target.deleted || target.movedTo != nil || !s.sees(by, target.repo) || target.referenced(from) {
			continue
		}
		s.record(by, target, happening{kind: "cross-referenced", source: from})
	}
	for _, m := range mentionPattern.FindAllStringSubmatch(body, -1) {
		a, err := s.person(m[1])
		if err == nil && s.sees(caller{user: a}, from.repo) && !from.hasMentioned(a) {
			s.record(caller{user: a}, from, happening{kind: "mentioned", person: a})
		}
	}
}

// named finds the issues that a text names.
func (s *Sim) named(from *issue, body string) []*issue {
	var found []*issue
	add := func(full, number string) {
		r := from.repo
		if full != "" {
			r = s.names[strings.ToLower(full)]
		}
		if n, err := strconv.Atoi(number); err == nil && r != nil && n >= 1 && n <= len(r.issues) {
			found = append(found, r.issues[n-1])
		}
	}
	for _, m := range numberPattern.FindAllStringSubmatch(body, -1) {
		add(m[1], m[2])
	}
	for _, m := range shortPattern.FindAllStringSubmatch(body, -1) {
		add("", m[1])
	}
	if s.url != "" {
		address := regexp.MustCompile(regexp.QuoteMeta(s.url) + `/([\w.-]+/[\w.-]+)/(?:issues|pull)/(\d+)`)
		for _, m := range address.FindAllStringSubmatch(body, -1) {
			add(m[1], m[2])
		}
	}
	return found
}

func (i *issue) referenced(from *issue) bool {
	for _, h := range i.timeline {
		if h.source == from {
			return true
		}
	}
	return false
}

func (i *issue) hasMentioned(a *account) bool {
	for _, h := range i.timeline {
		if h.kind == "mentioned" && h.person == a {
			return true
		}
	}
	return false
}

// withoutCode leaves out what GitHub does not look into: fenced and inline code,
// and HTML comments.
func withoutCode(body string) string {
	var kept []string
	fence := ""
	for line := range strings.SplitSeq(body, "\n") {
		mark := fenceMark(line)
		switch {
		case fence == "" && mark != "":
			fence = mark
		case fence == "":
			kept = append(kept, line)
		case strings.HasPrefix(mark, fence) && strings.Trim(line, " \t\r") == mark:
			fence = ""
		}
	}
	return htmlPattern.ReplaceAllString(withoutSpans(strings.Join(kept, "\n")), "")
}

// fenceMark is the run of backticks or tildes that begins a line, empty where
// it is too short to be a fence.
func fenceMark(line string) string {
	text := strings.TrimLeft(line, " ")
	if len(line)-len(text) > 3 || text == "" || text[0] != '`' && text[0] != '~' {
		return ""
	}
	mark := text[:len(text)-len(strings.TrimLeft(text, text[:1]))]
	if len(mark) < 3 || mark[0] == '`' && strings.Contains(text[len(mark):], "`") {
		return ""
	}
	return mark
}

// withoutSpans replaces each code span by a letter. A span ends at a run of as
// many backticks as it began with; without one, the backticks are text.
func withoutSpans(body string) string {
	var b strings.Builder
	for body != "" {
		start := strings.IndexByte(body, '`')
		if start < 0 {
			break
		}
		b.WriteString(body[:start])
		body = body[start:]
		rest := strings.TrimLeft(body, "`")
		mark := body[:len(body)-len(rest)]
		if end := closing(rest, len(mark)); end >= 0 {
			b.WriteByte('x')
			body = rest[end:]
		} else {
			b.WriteString(mark)
			body = rest
		}
	}
	return b.String() + body
}

// closing is where the text goes on after the first run of exactly n backticks,
// or -1. A span does not reach over an empty line.
func closing(text string, n int) int {
	if end := strings.Index(text, "\n\n"); end >= 0 {
		text = text[:end]
	}
	for at := 0; at < len(text); {
		if text[at] != '`' {
			at++
			continue
		}
		run := len(text[at:]) - len(strings.TrimLeft(text[at:], "`"))
		at += run
		if run == n {
			return at
		}
	}
	return -1
}

// seenTimeline leaves out back-links from what the caller cannot read.
func (s *Sim) seenTimeline(c caller, i *issue) []happening {
	var seen []happening
	for _, h := range i.timeline {
		if h.source == nil || s.sees(c, h.source.repo) && !h.source.deleted && h.source.movedTo == nil {
			seen = append(seen, h)
		}
	}
	return seen
}
