package notice

import (
	"fmt"
	"strings"
)

// Public may be posted where anybody reads. It is made only by LinkSentence
// and TakenSentence, which are given nothing of a case. The zero value is
// empty.
//
// The fields of Public, Private and Operator have different names, because Go
// converts freely between types of identical structure.
type Public struct{ said string }

// Markdown is the text to post.
func (p Public) Markdown() string { return p.said }

// Marked adds a hidden marker at the end, unless the text has it already.
func (p Public) Marked(marker string) Public {
	return Public{said: marked(p.said, marker)}
}

// Private may be posted only in a room whose readers were checked a moment
// ago. The zero value is empty. It prints and marshals as "[withheld]".
type Private struct{ sealed *envelope }

// envelope keeps the words out of reach of fmt, which cannot call methods of
// unexported fields and follows one pointer, but not a second.
type envelope struct{ letter *letter }

// letter is a text in three parts.
type letter struct {
	head   string // ours
	quoted string // a reporter's words, which Splice may shorten
	tail   string // ours
}

func enclosed(l letter) Private {
	if l == (letter{}) {
		return Private{}
	}
	return Private{&envelope{&l}}
}

func private(text string) Private { return enclosed(letter{head: text}) }

// letter opens the envelope; the zero Private holds an empty one.
func (p Private) letter() letter {
	if p.sealed == nil {
		return letter{}
	}
	return *p.sealed.letter
}

// Markdown is the text to post.
func (p Private) Markdown() string {
	l := p.letter()
	return l.head + l.quoted + l.tail
}

// IsZero reports whether there is nothing to say.
func (p Private) IsZero() bool { return p.sealed == nil }

// Marked adds a hidden marker at the end, unless the text has it already.
func (p Private) Marked(marker string) Private {
	l := p.letter()
	switch {
	case marker == "" || strings.Contains(p.Markdown(), marker):
		return p
	case l.tail != "":
		l.tail = marked(l.tail, marker)
	case l.quoted != "":
		l.tail = "\n\n" + marker
	default:
		l.head = marked(l.head, marker)
	}
	return enclosed(l)
}

// Format never shows the words, whatever the verb.
func (p Private) Format(f fmt.State, _ rune) { withhold(f, p.IsZero()) }

// MarshalText never shows the words.
func (p Private) MarshalText() ([]byte, error) { return withheldText(p.IsZero()), nil }

// Operator is for whoever runs cocrouter: problems of rooms and files, never
// parties. The zero value is empty. It prints and marshals as "[withheld]".
type Operator struct{ alarm *string }

// Text is one line of plain text.
func (o Operator) Text() string {
	if o.alarm == nil {
		return ""
	}
	return *o.alarm
}

// Format never shows the words, whatever the verb.
func (o Operator) Format(f fmt.State, _ rune) { withhold(f, o.Text() == "") }

// MarshalText never shows the words.
func (o Operator) MarshalText() ([]byte, error) { return withheldText(o.Text() == ""), nil }

func withhold(f fmt.State, empty bool) { _, _ = f.Write(withheldText(empty)) }

func withheldText(empty bool) []byte {
	if empty {
		return nil
	}
	return []byte("[withheld]")
}

func marked(text, marker string) string {
	switch {
	case marker == "" || strings.Contains(text, marker):
		return text
	case text == "":
		return marker
	}
	return strings.TrimRight(text, "\n") + "\n\n" + marker
}

// Join makes one reply of several; empty ones are left out.
func Join(parts ...Private) Private {
	var texts []string
	for _, p := range parts {
		if !p.IsZero() {
			texts = append(texts, strings.TrimRight(p.Markdown(), "\n"))
		}
	}
	return private(strings.Join(texts, "\n\n"))
}
