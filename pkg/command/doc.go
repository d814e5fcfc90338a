// Package command reads what people ask for in comments: lines that begin with
// /coc. It never looks at who asks; whether they may is decided elsewhere.
//
// One table, Specs, drives the parser, its refusals and the help.
//
// # What counts
//
// A command stands at the beginning of a line of plain text. What GitHub shows
// as a quote, as code, or not at all (HTML comments) is not a command, because
// it is often somebody else's words; what stands behind the mark of a list is
// not at the beginning. Markdown decides what is shown as what, so a Markdown
// parser is asked and not a pattern: an unclosed fence makes the rest of a
// comment code, and a line after a quoted one without a blank line between
// them is still quoted. The tags of HTML that quote, or are code, are counted besides.
//
// Verbs are read without regard to case and spaces. Their arguments are read
// strictly: a command that says more than it can mean is refused, because
// "/coc close not yet" must not close.
//
// # Why what is not there yet is named
//
// Members read the commands in a guide that may be newer than what runs. They
// are told that a part of a command is not there yet, instead of being corrected to
// another one.
package command
