// Package store is the memory of cocrouter: one transaction makes a change of a
// case and the jobs that follow from it durable together, or neither.
//
// What Take and Commit have accepted survives kill -9. Nothing on disk can be
// read without the operator's key, and what is done is erased, not only
// forgotten.
//
// # Model
//
// An intake is a delivery or a filed form, kept as it came, with one job that
// works on it. Commit replaces it by what was decided: cases, standings (what
// is in force for a source), errands, jobs. The jobs are River's, in the same
// database, so that the same transaction holds them; their arguments are IDs.
//
// Records are sealed: an intake under a data key that lives about a minute, a
// case under a key of its own, the rest under the store's key. Columns that are
// searched hold keyed hashes. In clear are random IDs, revisions, counters, the
// stage of a case (which a metric counts) and times of arrival.
//
// # Two databases
//
// The records are in one and the wrapped data keys in another: "sqlite:PATH"
// has the files PATH and PATH-keys, and "postgres://…" two databases, the second
// of the same name with -keys unless Options.KeysURL says otherwise. A key is
// durable before the first record sealed under it. They are apart so that
// erasing a case's key reaches the backups of the records too, whose own backups
// may live longer than those of the keys. A store that is opened with the wrong
// operator's key, or with the keys of another store, is refused before anything
// is written.
//
// What is kept as evidence is a third place: PATH-evidence, or two tables among the
// records. An upload is a hundred commits of a piece each, and no report stands behind
// them. That this file is away is no reason to refuse a report either.
//
// SQLite is for one process, and a second one is refused. PostgreSQL is shared by
// as many as the operator runs, and everything here holds among them: what is
// taken twice, in whichever two, is fresh once; a lane is worked in order; of two
// who finish an intake or move a case, one does; a lease has one holder. Nothing
// that matters is decided by what one process remembers, nor by what the clock of
// one machine says: each is put right by the database's (clock.go), to within a
// question's way there and back, when the store opens and every minute. Their
// statements are the same; dialect.go has the differences.
//
// # Awkward parts
//
// Concurrent calls of Take share one commit: whoever arrives while the disk is
// busy is in the next one. Whoever would wait for it beyond their context's
// deadline is sent away at once, so that a slow disk has no crowd before it; who
// gives up before the commit begins is not in it. A caller that gives up during
// the commit, or whose database goes away in it, may find the intake there all
// the same, and is told coc.ErrUnsure; trying again is harmless, because
// deliveries and objects are unique.
//
// SQLite goes on writing into a file that was deleted or replaced. Every commit
// therefore looks whether the files are where they were, and says coc.ErrUnsure
// where they are not.
//
// Numbers of intakes may have gaps on PostgreSQL, where a transaction that is
// not committed keeps its number.
//
// # What erased means
//
// On SQLite erasing overwrites (secure_delete), and the write-ahead log is cut
// within about a minute and when the store closes. What file systems and disks
// keep of overwritten blocks is out of reach; there only the sealing helps.
//
// PostgreSQL does not overwrite. The sealed bytes of an intake that is done stay
// in dead rows until a vacuum, in the write-ahead log until it is recycled, and
// in backups. They are erased by their key: it is deleted from the other
// database a minute or two after the last intake under it was done, within some
// minutes if its process died, and what is left of its own row is opened by
// nothing but the operator's key. So the database of the keys should be vacuumed
// often, as autovacuum does, and its backups and archived logs should live for a
// short time.
//
// # Why whom the record is about is no column of hashes
//
// Whoever is named to a central committee as accused has lines in priors. Keyed
// hashes in a column would be the same in all lines of one person. Somebody who
// steals the database could have had a notice written about a person before, would
// know that line by its time, and would see which others are of the same. So the
// hashes are sealed in each line, all to one length, and to find somebody's every
// line is opened: half a second for a hundred thousand, for a question that is asked
// when a notice is shown. What a line says is sealed under the key of its notice, and
// erased with it.
//
// Who has a case is kept in the same way, so that somebody's list of cases opens their
// own and not everybody's: hashes in a column would show which cases have the same
// responders, and who is missing among them, which is who has a conflict.
//
// # Why each content has a key of its own
//
// A file comes before there is a case whose key could seal it, and it would have to be
// sealed again when there is one. So each has a random key, which stands in the report
// that waits and then in the record of the case, and nowhere else: it is sealed and
// erased with that, and with the case's key goes all of its evidence. The pieces are
// bound to the content, their number and whether one is the last; the content is bound
// to its case by the record that has its key, and by the chain there.
//
// # Why a lease is a row on PostgreSQL and none on SQLite
//
// On SQLite one process has the file, and a restart must free every lease at
// once. A lease in memory does exactly that and saves two commits per job. Where
// several processes share the work there must be a row; that of one which died
// ends with its time. Its time is real time, by the database's clock, whatever
// Options.Now is: it bounds work under way, whose own limit is real.
//
// # Why the worker's jobs are reset when an SQLite store opens
//
// A dead worker's jobs are taken over after a minute. Nobody else can have been
// running them here, so they are made available at once; each was counted as an
// attempt when it was fetched, so the next attempt knows that it is not the
// first.
//
// # Why both databases go through database/sql
//
// One code path is tested by one suite on both. PostgreSQL's own protocol would
// be somewhat faster for River; what is hot here is the shared commit, which is
// one multi-row insert in either way.
package store
