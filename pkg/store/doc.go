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
// # Two files
//
// "sqlite:PATH" keeps its records in PATH and its wrapped data keys in
// PATH-keys. A key is durable before the first record sealed under it. They are
// apart so that erasing a case's key reaches the backups of the records too,
// whose own backups may live longer than those of the keys. A store that is
// opened with the wrong operator's key, or with the keys of another store, is
// refused before anything is written.
//
// # Awkward parts
//
// Concurrent calls of Take share one commit: whoever arrives while the disk is
// busy is in the next one. A caller that gives up waiting gets its context's
// error, and the intake may be there all the same; trying again is harmless,
// because deliveries and objects are unique.
//
// Erasing overwrites (secure_delete), and the write-ahead log is cut within
// about a minute and when the store closes. What file systems and disks keep of
// overwritten blocks is out of reach; there only the sealing helps.
//
// # Why a lease is not a row
//
// One process has the file (a second one is refused), and a restart must free
// every lease at once. A lease in memory does exactly that and saves two
// commits per job. A database that several processes share needs rows.
//
// # Why the worker's jobs are reset when the store opens
//
// River returns a dead worker's jobs after a minute or more. Nobody else can
// have been running them here, so they are made available at once; each was
// counted as an attempt when it was fetched, so the next attempt knows that it
// is not the first.
package store
