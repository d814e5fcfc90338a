// Package route decides which committee takes a report, and gives every reason
// on the way. It is total: there is always an answer, and the last one is that
// the case stays sealed in our store until a person has looked.
//
// Decide and Point are functions of a World, which holds the facts that are
// known. Where one is missing that the answer turns on, they ask for it with a
// Need instead of answering. Whoever calls gathers that one fact and asks again:
//
//	for {
//		decision, need := route.Decide(world)
//		if need == nil {
//			return decision
//		}
//		answer(&world, *need)
//	}
//
// A fact that could not be had is a fact too (a State, or a room's Problem), so
// the loop ends: the same need is never asked for twice. Nothing is asked for
// before it matters, which is why a report whose first committee can take it
// costs no look at any other.
//
// The way has four parts. Files and directory point to a committee (point.go).
// A replaced committee may still be in force (standing.go). Where something
// happened and whom it touches may put others before it (jurisdiction.go): that
// is the jurisdiction table, whose names and numbers are the directory's. Then
// the committees are tried from there upwards, each with its own file
// (committee.go), its room and its conflicts (room.go); the first that passes
// takes the case (decide.go). With it come those who must be told of it or
// asked before something is done (duty.go). All rules are rows of one table (rules.go); a
// step of the trace names its row, and the sentences around it belong to notice.
//
// The trace is read by the committee that takes the case. It names committees,
// places, positions in files and counts, and never an account: a recused member
// is not to be recognised by what is written about them, and a reporter may sit
// anywhere.
//
// # Why a desk with only an address is asked first all the same
//
// The table says whose a case is, and an event desk that works by mail does not
// cease to be responsible. But a case that was only mailed would have no home
// that we can vouch for. So it lives with whoever is next, the decision names
// the Desk, and a person carries the notice: that they have it is theirs to say.
//
// # Why telling is routed again
//
// The accused may sit with those who are told, and what is known of that
// changes. A duty therefore names a way and not a room: the same Decide, with
// that way pinned and the case's parties, finds where it may be told, or seals.
//
// # Why so little moves a report that was filed with the foundation
//
// Row 10 gives a project what was filed with the foundation and belongs to it. Whoever
// came to the foundation may have had a reason not to go to the project, and a report
// that is about the foundation as well must not leave it. So the directory says which
// repositories are the foundation's own, because no file of theirs may; the reporter
// must have said nothing that ties it to the one whose form they used, and have named
// one project with a committee of its own and nothing else, in repositories and not
// in words, which nobody here understands. Whoever says that it happened in the
// foundation's repositories or at an event, or only in passing names a second project,
// keeps it where it was filed, under the rows that were there before. Where the
// project's committee cannot have it, it goes on from there like any of its cases. The
// reporter is told whose such reports are, from the form and public files alone: it
// says the same if somebody on that committee is accused.
//
// # Why a coc.yaml is believed so little
//
// The accused may be able to write to the source repository. A file there only
// points, and only to a committee of the directory, to one of the same owner,
// or to one whose own file says that it accepts the source. A broken or refused
// file does not stop the search, it moves it upwards, away from the source. A
// fork carries its file along unasked, so there even the directory's committees
// must accept the fork.
//
// # Why a file that vanishes is not a change
//
// A push that points to another committee could be the accused choosing their
// judges: it waits 72 hours. Taking the file away sends reports up to what the
// operator wrote, which works at once, and the committee that was in force stays
// known: when the file comes back, it is compared with that. Another committee
// in the owner's .github, which the same people may write to, waits as well.
//
// What is in force remembers how near it stood (the source's own file, the
// owner's .github, the directory). Pointed.Pointer carries that as a prefix,
// because the same words in a nearer place replace a farther one and not the
// other way round.
//
// A source that nothing was known about has what its owner's .github is known
// to point to: otherwise one push there would replace the committee of every
// repository that nobody has reported about yet. What is known of neither is
// believed as it is first found; so whoever builds the world puts into it what
// the files said three days ago.
//
// # Why a room in another owner's hands is refused
//
// GitHub follows renames and transfers. A renamed repository is still the
// committee's; one that another account owns now has other owners who read it,
// whatever its name was when the committee wrote it down.
package route
