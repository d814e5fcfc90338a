// Package notice holds every sentence that cocrouter says on GitHub.
//
// It promises three things. What is said in public can be told apart by the
// compiler from what is said in a room: Public, Private and Operator are
// different types without a conversion, and the one call that writes to a
// public place takes only Public. What people wrote appears only defused: it
// can be read, and it cannot mention, refer, link, embed, hide, or pass for
// something of ours. And what we write says what happened, what is due, and
// what can be done now, in words for volunteers who read it on a telephone
// between two other things.
//
// The package takes values and returns values; it sends nothing, and time
// arrives as a value.
//
// # The part of a body that is ours
//
// The body of a case's issue is a projection of the case and is written again
// whenever the case moves. Members write into the same body. Ours therefore
// stands between two markers, and Splice replaces what is between them and
// nothing else.
//
// # Long reports
//
// GitHub takes 65,536 characters. A longer report goes on in comments, which
// are written once, while the body is written again and again. So where a
// report is cut depends on the report alone, never on the stage or on who has
// it; otherwise a line between body and first comment would vanish the first
// time that the case moves.
//
// # Why code spans
//
// GitHub looks for mentions and references after Markdown has been rendered,
// so a backslash before an @ or a # achieves nothing. It does not look inside
// code. Every word that could become a mention, a reference or a link is
// therefore put into a code span, and everything else is escaped.
//
// # Why a case that moved shows only that
//
// The readers of a room that a case has left may be the reason why it left.
// The former issue keeps its code name and says that the case moved: not
// where, not why, and nothing that was learned since. What was there before
// stays in the edit history, and the text says so, because GitHub does not
// forget.
package notice
