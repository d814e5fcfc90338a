// Package web is the private way in: the form on which somebody reports what
// happened, the receipt they get, and the page on which the receipt shows how
// the case stands; and the pages of members, behind a sign-in.
//
// Somebody who was hurt reads these pages. They are plain, they work without
// JavaScript, and they say what will happen before they ask for a word: what
// to do in danger, who will read this, who will not, what happens next, and
// whom to turn to instead.
//
// It promises that a receipt is shown only after the report is durable, that
// a form which is sent twice is one report, that nothing somebody wrote is lost
// by an error of theirs or ours (every refusal shows the form again with their
// words in it), and that nothing of it stays behind: no cookie before somebody signs in, no access log,
// no cache, no address in a log line or in memory.
//
// With the receipt the reporter reads what the committee writes, and answers, says that
// it has become urgent, or withdraws. Each is durable before the page says so.
//
// Somebody who is accused answers once, at an address that a member sent to them
// (answer.go), and reads what was written to them and nothing of the report. Every address
// that leads to nothing is answered with the same bytes, whatever is wrong with it.
//
// # What an answer may reveal
//
// What the form says depends on the name that was typed and on public settings.
// A private repository is answered like one that does not exist, with the same
// bytes. Who would read a report, as it is shown while somebody fills in the form,
// follows from what is chosen there, from the same settings and from a roster that
// everybody is shown: whoever tries one name after the other learns nothing of who
// serves where, who has a conflict or who was reported before. Every receipt that
// shows nothing is answered with the same bytes, whatever is wrong with it.
//
// # Signing in
//
// Nobody has to. Members of committees sign in with GitHub to read the cases
// in which they have no hard conflict (cases.go), and a reporter may, to report under their account
// (named.go). There members add files to a case (add.go). There is no cookie before that.
// Who may read a case is casework's to say, at each request; whoever may not gets the
// bytes of a case that is not there.
//
// # Languages
//
// The words are in catalogues, words/LANGUAGE.yaml, under the same keys; nothing
// else says anything. A page is spoken in the language that was chosen by its name,
// else in the one that the browser asks for, else in English, and what a catalogue
// lacks is said in English. The choice goes along in the address (?lang=), because
// there is no cookie for it. What answers a form has no links to other languages: they would
// lose what was typed, or the receipt. Code passes keys on, and templates say them. What
// an error says of itself, a coc.Refusal among them, is in one language and on no page.
//
// # Leaving quickly
//
// The first link of every page leads somewhere harmless, which the operator chooses.
// With JavaScript it also empties what was typed and takes the page's place in the
// history. What it cannot do stands on the page.
//
// # Whoever comes too often
//
// Each sender has a pace (tries.go) and a share of the uploads (uploading.go), and what
// everybody does together has one, because behind a proxy nobody can be told from
// anybody: wrong receipts (tries.go), reports (crowd.go), questions of who would read one
// (readers.go). Nobody is refused for good, and no address is kept. Whoever is sent away
// is so before their files are kept, and has their words back. A place in the queue lets
// one form through (used.go), at the pace of whoever sends it.
//
// # Bytes that are not UTF-8
//
// They are replaced by U+FFFD, and the report is taken: an old browser or a
// pasted log must not stand between somebody and a committee.
//
// # Why one-time tokens and not a redirect
//
// The page that shows the receipt is the answer to the POST, and not the target
// of a redirect, because an address that shows a receipt would stay in the
// browser's history. Reloading it sends the form again; the token in it makes
// the Desk answer with the same receipt.
package web
