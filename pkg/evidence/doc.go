// Package evidence is what is known of evidence without looking at the world: what
// a file is by its content, what a picture is without what its file tells, what an
// address points to, and whether what is kept is still what was kept.
//
// # Files
//
// Whoever sends a file says what it is called and of what type it is, and neither
// is believed. Open recognises it by its content and refuses everything but a few
// types that can be looked at; what it lets through is checked to its end, counted
// and hashed on the way. Nothing is executed, and nothing is rendered but a picture
// that Redraw drew anew.
//
// # Metadata
//
// A photograph tells where, when and with which telephone it was taken, which
// can tell who reports. Redraw decodes it and writes another file of what can be
// seen. There is no such way for a PDF or a video: they are kept as they are, and
// people are told so (CanRedraw).
//
// A picture of a few kilobytes can be one of many gigabytes when it is decoded. So
// its size is read from its beginning first, and what would not fit is refused.
//
// # The chain
//
// The evidence of a case is a list in which nothing is changed or taken away. Each
// entry has the hash of what is kept, and a keyed hash of itself and of the entry
// before it, so that one changed bit, one entry that is missing and two that changed
// places are found, and Verify says which.
//
// # Why the chain is keyed by the operator's key and not by the case's
//
// A chain of plain hashes can be computed anew by whoever changes it. Somebody who
// has the database alone cannot write into a case at all, because it is sealed under
// its key. The chain is for somebody who has more than that: a case's key, or a
// restored record of another day. Under the case's key they could forge it; the
// operator's key is in neither database.
//
// What no chain can show is that its end is missing: somebody who can put the whole
// record of an earlier day in the place of today's has an unbroken one. So its end
// (Head) is shown in the case's issue, where GitHub keeps every edit.
package evidence
