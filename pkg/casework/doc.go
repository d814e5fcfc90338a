// Package casework is the only place where a decision meets the world.
//
// Everything that comes in has one rhythm: read the facts, call the core, make
// one change durable, and let jobs act on the outside. A Desk does the first
// three for an intake and carries out the jobs; it speaks to GitHub, the store
// and the clock through the ports in ports.go, over the words of coc.
//
// # Model
//
// An intake (a delivery or a filed form) was durable before it was answered.
// Its job decides on it and commits the whole outcome at once: the intake is
// done, the case stands at its next revision, and what must now happen in the
// world is enqueued. A kill anywhere leaves either the intake to be worked
// again or the jobs to be run.
//
// Jobs come in two sorts. Creation (open, effect, errand) leaves a hidden
// marker and looks for it on every attempt but the first. Showing (show) is a
// projection: it renders the newest revision under a lease, so that an older
// rendering can never be written over a newer one.
//
// # Awkward parts
//
// A notice is a case that tells of another one, for a committee that must know of
// it. It lives, moves and is kept from people like a case, and nobody decides on it.
// Whoever comes to be concerned in that case is concerned in the notice as well: each
// commit that may name somebody has its notices hear of it (hears.go).
//
// The reader check stands between a decision and its words twice: once when a
// room is chosen and once more right before the first word is written, because
// minutes of back-off may lie between them. Writes that follow within
// seconds share one check.
//
// A former home of a case is only closed and marked as left, whoever reads there
// by now: a sentence that says nothing of the case takes the report's place, and
// what members wrote around it stays.
//
// Whoever is recused has read a shared room until then, and GitHub cannot keep
// them from one issue of it. So the case leaves. Their word holds in the commit
// that takes it, also where GitHub cannot tell at that moment who reads: from then
// on the reader check bars the room, and a job takes the case away.
//
// GitHub sends both "opened" and "labeled" for an issue that is opened with a
// label, in any order. Both lead to the same report, found again by the keyed
// hash of its original.
//
// # Why a liaison is asked in their committee's room
//
// GitHub has no place that one person alone reads, so whoever asks a liaison asks
// all who read that room: they are all held against the case. The words are a
// member's, and cannot be held against the report's; what leads to the reporter or
// to the room is refused, and the rest is theirs to mind. What comes back are words
// of somebody outside of the case, and could be meant to push it away by naming
// those who have it. They count like the reporter's all the same: a name without a
// role bars, and who was asked is written in the case.
//
// # Why a report waits for who wrote what it points to
//
// A link may be all that somebody dares to say of who did it, and that person may read
// the room. Captured after the issue was opened, they would count as named, and have the
// report in their mail. So the addresses of the report itself are read first, which takes
// seconds, and nobody is asked in private before. What GitHub does not tell within the
// patience for any other fact is not waited for, because a report that nobody reads helps
// nobody.
//
// # Why what is watched has a revision
//
// A room is surveyed every day and soon after what GitHub tells of it, and that must
// not become two surveys a day. The jobs cannot be looked for or taken back. So a
// watch, one for each room, has a revision that every asking for a look moves on, and
// a job counts only at the one that it was made for: the last that was asked for is
// the only one.
//
// What stops writing is not the survey's to say. Where it finds such a thing it has
// the readers checked at once, which freezes what must freeze; deliveries that were
// lost cost a day and no more.
//
// # Why what is in force belongs to an id, and is inherited by name
//
// Whoever may be reported may also be able to rename, transfer or delete the
// repository. A repository keeps its id through the first two, so its standing
// is kept by it. After the third only the name is left: whatever is new under a
// name inherits what was in force there. Where a repository with a standing of
// its own takes a name that has one, the older of the two counts: a decoy that
// was made for the purpose can neither bring its own committee along nor leave
// it behind in the name.
//
// # Why the past is read
//
// Only what was recorded can be compared with, and the first that is heard of a
// source may be a report, just after a push whose delivery is late or lost. So
// where nothing is recorded, past.go reads the files as they were three days
// ago and takes what they said as in force. It costs a read or two, once for
// each source.
//
// # Why the record shows itself to nobody
//
// A central committee keeps that somebody was named to it as accused (prior.go).
// Whoever could learn from outside whether there is such a line could ask about
// anybody, by declaring themself a committee and sending a notice. So sending one
// looks nothing up: it is answered the same, at the same time, and routed by the
// case alone. What the record has is looked at when the notice is opened and shown,
// on the foundation's side; it stands in no case of another committee, no label and
// no journal, and is not kept with the notice, whose length would tell.
//
// It is held against two cases at once. Who reads the notice must be clear in it,
// and must also be somebody who could read the case that a line comes from: the
// person harmed then may sit on the committee now. Where one may not, the notice
// goes where they do not read, before it is opened, as a case would; if there is no
// such place it stays, and says what it says where there is nothing.
//
// Only a hand lets a line out, and only to a committee of the operator's directory,
// because that is the one list that no project can write. The command is
// /coc notify record: whoever is told of a case is told by /coc notify, in both
// directions. It takes no text of a member's, because what they know of the earlier
// case must not go along.
//
// The lines are written in the commit that records a notice's issue, so that a kill
// leaves neither a notice without its line nor a line of a notice that nobody has.
//
// # Why silence moves a case only once, and only upwards
//
// A committee that is asked anew has its whole time again, so one that said
// nothing is not asked a second time by itself. And a report that somebody can
// read and nobody decides is better off than one that nobody reads: with nobody
// further up, it stays, and operators are told.
//
// # Why a place that is added later moves nothing
//
// The reporter can send the same form again and say only then at which event it
// happened or whom it touches. By the table the case may be another's from then on.
// But its committee has read it, may be working on it and may have answered the
// reporter; a case that left by itself would be begun anew by people who know less. And
// whoever has the receipt could take it out of any hands by naming a place. So it
// stays, and what cannot wait for a hand does not: those whom the table names are told
// that there is a case, where nobody is concerned who would read it (besides.go). The
// committee reads whose it may be and how to pass it on. Danger and the law are
// something else: with some of it a project may not keep a case at all.
//
// Who is in force for the source by then is not told: its committee was pinned when the
// report was filed, and a later one may be the doing of whoever was reported.
//
// # Why an answer with the receipt moves nothing
//
// A reporter who adds something through the form says whom it is about; an answer is
// to a committee's question, and tells of its members as often as not, because they
// asked. If a name in it counted, whoever answers "I told Ada on Monday" would take the
// case from Ada, and whoever has a receipt could take it out of any hands with a word.
// So it is read by those who have the case, which the page says before it is written,
// and where to name one of them instead. Nobody else has a part in the case yet: a name
// counts against whoever would read it next, in a later home or by being let in.
//
// What was not said in a room goes with the case. A comment of the reporter's is written
// only where the case is at that moment; the next home has all of it in its report, with
// the questions, because nobody understands an answer without them.
//
// That something has become urgent is not danger: there may be a deadline, or a meeting.
// Danger is what row 0 speaks of, and only who says so marks the case with it. How severe
// it is, members say.
//
// # The address for the accused
//
// A member sends it, because nobody but the committee can say whether it is safe that
// the accused knows by now (invite.go). It is a ticket that names the case, sealed like
// those of signing in, so that no table leads from it to the case; the case keeps a keyed
// hash of it, and the comment with it until that is written. Whether it is good follows
// from the case (stage.Answerable), so that nothing has to be ended on time. To open it
// uses nothing up: chats and mail programs open an address before a person does.
//
// One answer is one intake, whichever form it came from: of two that are sent at the same
// moment the first counts, and the second is told so only when the first was worked.
//
// Names in it count as in the reporter's words, for whoever reads it next. So somebody
// who is accused can keep people from a case by naming them, once it goes to them. The
// other way round they could read it whom it is about.
//
// # Why nobody is asked in private where nobody can sign in
//
// A committee that writes `separate: always` has said that nobody is to read a word
// before they are clear. Without signing in nobody can be asked, and what is left is to
// open the case unasked, or not with them. The one breaks what they asked for, unseen;
// the other is what happens wherever a committee's room will not do. So the next
// committee gets it, and operators are told what mends that (asked.go).
//
// # Why the issue in the committee's own room is nobody's
//
// Members must learn that there is something to answer, and GitHub tells whoever reads
// a room of a new issue there, those who are named in the case among them. So index.go
// writes a code name and a stage and holds them against no party: there is nothing in
// it that could be. It mentions nobody, has no marker with the case's ID, and no command
// is heard in it.
//
// # Why an answer that is sent again is answered again
//
// Whoever says that they have a hard conflict is a stranger to the case from then on. A
// button that was pressed twice would tell them that there is no such case, just when
// they did the right thing. So for some minutes the same word of the same account is
// taken down as before, and tells them nothing that they have not said.
//
// # Why every commit winds the clocks
//
// What is due in a case follows from its stage, its holder and what was done, and
// many commands change those, some of them in ways that nobody has thought of yet. So
// none of them makes a job of its own: each commit asks stage when the case is to be
// looked at next, and makes a job where that is another moment than before. The
// job counts by its turn, like a survey by its watch's revision, so that at most one
// does. What the case says to people is decided when the job runs, by the case as it is
// then.
//
// While nothing of ours runs, members go on, and GitHub cannot deliver what they write.
// A start with many times over at once would take cases from those who have decided them,
// and let a change through that they objected to. So whatever is done because somebody
// said nothing waits until the delivery logs were read and what was in them is done.
//
// A reminder is not owed like other comments. Where it cannot be written, it is not
// kept: what is late is, and is spoken of when somebody can read it.
//
// # Why our pages ask GitHub who somebody is to a case
//
// An issue is kept from people by where it lives, and GitHub sees to that at every
// look. Our pages would be a second door to the same words. So it opens to nobody who
// could not read the issue at that moment: the room's readers are looked at for each
// record, and with them the number of the account, because a login can come to be
// somebody else's. A session only says who asks. What the case itself knows (who was
// pinned, who is recused) is asked first, so that a stranger costs GitHub nothing.
//
// # Why the facts are asked for one by one
//
// route.Decide is pure and total, but reading every file and room it might
// want would cost a dozen reads for each report. It names the fact it lacks;
// the loop in facts.go answers and asks again. Each question is asked once, so
// the loop ends.
package casework
