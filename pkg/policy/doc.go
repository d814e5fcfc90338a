// Package policy turns the bytes of a project's coc.yaml, of a committee's own
// file or of the operator's committee directory into a checked, immutable
// value, or into a list of problems that a tired volunteer can act on: each
// says where it is, what was expected, and what was probably meant.
//
// It never fetches. The bytes come from a default branch or from the
// operator's disk; which of several files counts, and what happens when one is
// missing or broken, is decided in route.
//
// The model has three layers. A document is YAML without the parts that hide
// things (anchors, aliases, tags, merge keys, repeated keys). A shape is a Go
// struct of the file as people write it; the parser and the JSON Schemas in
// config/ are both derived from it, so neither can know a key that the other
// does not. A value (Pointer, CommitteeFile, Directory) is what the rest of
// cocrouter sees, with defaults filled in and names normalised.
//
// Two awkward parts. Whoever may write to a source repository may be the
// accused, so coc.yaml only points, and a key that protects people is refused
// there with the place where it belongs. And a committee's own file must name
// its roster: a roster from coc.yaml is used only where no such file exists,
// so a file without one would be a committee of nobody.
//
// # Why
//
// A file is either right or refused. Using the readable half of a broken file
// could drop the very key that keeps somebody out; a refused file routes up,
// which is safe, and says why.
//
// A byte order mark of UTF-8 is tolerated, because editors add it unasked and
// it changes nothing. UTF-16 is refused: GitHub shows such a file as binary,
// so nobody could review it.
//
// An empty list is refused. It could mean "nobody", "the default" or "not yet",
// and for a roster or for custodians these differ too much to guess.
//
// A name of the directory is written in lower case there and in any case where
// it is referred to; values carry it in lower case, so keys compare with ==.
//
// The jurisdiction table of the directory is CNCF's where it is silent, with
// roles in the place of names: the fallback is the central committee, and the
// end of its way up is whoever lies beyond. The minimums by level have no such
// default, because a committee of two would then lose every case unasked.
//
// Time zones are checked against the zone database compiled into the program
// or present on the machine. This is the one thing outside its arguments that
// the package looks at.
package policy
