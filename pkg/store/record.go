package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/seal"
)

// Case reads the newest revision. coc.ErrMissing.
func (s *Store) Case(ctx context.Context, id coc.CaseID) (coc.Case, error) {
	var c coc.Case
	var revision int
	var sealed []byte
	err := s.read.QueryRowContext(ctx, `SELECT revision, sealed FROM cases WHERE id = ?`, string(id)).Scan(&revision, &sealed)
	if err != nil {
		return c, fmt.Errorf("case %s: %w", id, missing(err))
	}
	key, err := s.ring.caseKey(ctx, id)
	if err != nil {
		return c, err
	}
	if err := open(key, casePlace(id, revision), sealed, &c); err != nil {
		return coc.Case{}, fmt.Errorf("case %s at revision %d: %w", id, revision, err)
	}
	return c, nil
}

func casePlace(id coc.CaseID, revision int) seal.Place {
	return seal.Place{Purpose: "case", Of: string(id), Revision: revision}
}

// CaseAt finds the case, and which of its placements, by the repository's id
// and the issue's number. coc.ErrMissing.
func (s *Store) CaseAt(ctx context.Context, repoID int64, issue int) (id coc.CaseID, placement int, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT case_id, placement FROM places WHERE place = ?`, s.place(repoID, issue)).Scan(&id, &placement)
	if err != nil {
		return "", 0, fmt.Errorf("case of an issue: %w", missing(err))
	}
	return id, placement, nil
}

func (s *Store) place(repoID int64, issue int) string {
	return s.keys.Digest("place", strconv.FormatInt(repoID, 10), strconv.Itoa(issue))
}

// OpenCases lists the cases that are not closed and live in this room; where it
// has no id, in any room of its owner.
func (s *Store) OpenCases(ctx context.Context, room coc.RepoFacts) ([]coc.CaseID, error) {
	query, key := `SELECT id FROM cases WHERE room = ? AND stage <> 'closed' ORDER BY id`, s.room(room.ID)
	if room.ID == 0 {
		query, key = `SELECT id FROM cases WHERE owner = ? AND stage <> 'closed' ORDER BY id`, s.owner(room.Repo.Owner)
	}
	ids, err := queryAll[coc.CaseID](ctx, s.read, query, key)
	if err != nil {
		return nil, fmt.Errorf("open cases of a room: %w", err)
	}
	return ids, nil
}

// Letters lists the cases of which somebody has to be told by hand.
func (s *Store) Letters(ctx context.Context) ([]coc.CaseID, error) {
	ids, err := queryAll[coc.CaseID](ctx, s.read, `SELECT case_id FROM letters ORDER BY case_id`)
	if err != nil {
		return nil, fmt.Errorf("cases with letters: %w", err)
	}
	return ids, nil
}

func (s *Store) room(repoID int64) string {
	return s.keys.Digest("room", strconv.FormatInt(repoID, 10))
}

func (s *Store) owner(login string) string {
	return s.keys.Digest("owner of a room", coc.Login(login).Key())
}

// CaseByReceipt finds the case of a receipt, by what seal's ReceiptHash made of
// it: coc.ErrMissing where there is none, coc.ErrBusy where the report is
// durable and not yet placed. The intake of a form is found by its Delivery,
// which is the same hash in hexadecimal.
func (s *Store) CaseByReceipt(ctx context.Context, receipt []byte) (coc.CaseID, error) {
	var id sql.Null[coc.CaseID]
	var waiting bool
	// One statement sees one moment: a report that is placed between two reads
	// would be neither waiting nor placed.
	err := s.read.QueryRowContext(ctx, `
		SELECT (SELECT case_id FROM receipts WHERE receipt = ?),
		       EXISTS (SELECT 1 FROM intakes WHERE delivery = ? AND state <> 'done')`,
		s.receipt(receipt), s.keys.Digest("delivery", hex.EncodeToString(receipt))).Scan(&id, &waiting)
	switch {
	case err != nil:
	case id.Valid:
		return id.V, nil
	case waiting:
		err = coc.ErrBusy
	default:
		err = coc.ErrMissing
	}
	return "", fmt.Errorf("case of a receipt: %w", err)
}

func (s *Store) receipt(hash []byte) string { return s.keys.Digest("receipt", string(hash)) }

// Errand reads one that is to be done. coc.ErrGone: it is finished, or was never
// kept because another had its key.
func (s *Store) Errand(ctx context.Context, id string) (coc.Errand, error) {
	var e coc.Errand
	var sealed []byte
	err := s.read.QueryRowContext(ctx, `SELECT sealed FROM errands WHERE id = ?`, id).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) || err == nil && sealed == nil {
		err = coc.ErrGone
	}
	if err == nil {
		err = open(s.ring.own, errandPlace(id), sealed, &e)
	}
	if err != nil {
		return coc.Errand{}, fmt.Errorf("errand %s: %w", id, err)
	}
	return e, nil
}

func errandPlace(id string) seal.Place { return seal.Place{Purpose: "errand", Of: id} }

// Standing is what was kept for a source under its id, or else what was kept
// last for whichever repository had its name. coc.ErrMissing.
func (s *Store) Standing(ctx context.Context, source coc.RepoFacts) (coc.Standing, error) {
	if source.ID != 0 {
		st, err := s.StandingByKey(ctx, s.StandingKey(coc.Standing{ID: source.ID}))
		if !errors.Is(err, coc.ErrMissing) {
			return st, err
		}
	}
	return s.standing(ctx, `SELECT key, sealed FROM standings WHERE key = (SELECT key FROM standing_names WHERE name = ?)`,
		s.standingName(source.Repo))
}

// StandingByKey is Standing by what StandingKey gave. coc.ErrMissing.
func (s *Store) StandingByKey(ctx context.Context, key string) (coc.Standing, error) {
	return s.standing(ctx, `SELECT key, sealed FROM standings WHERE key = ?`, key)
}

// StandingAt finds the standing whose notice issue this is. coc.ErrMissing.
func (s *Store) StandingAt(ctx context.Context, repoID int64, issue int) (coc.Standing, error) {
	return s.standing(ctx, `SELECT key, sealed FROM standings WHERE place = ?`, s.place(repoID, issue))
}

func (s *Store) standing(ctx context.Context, query, arg string) (coc.Standing, error) {
	var st coc.Standing
	var key string
	var sealed []byte
	err := s.read.QueryRowContext(ctx, query, arg).Scan(&key, &sealed)
	if err == nil {
		err = open(s.ring.own, standingPlace(key), sealed, &st)
	}
	if err != nil {
		return coc.Standing{}, fmt.Errorf("standing: %w", missing(err))
	}
	return st, nil
}

func standingPlace(key string) seal.Place { return seal.Place{Purpose: "standing", Of: key} }

// StandingKey is the keyed hash of the source's id, which a job may carry; of
// its name where it has no id.
func (s *Store) StandingKey(st coc.Standing) string {
	if st.ID == 0 {
		return s.standingName(st.Source)
	}
	return s.keys.Digest("standing", strconv.FormatInt(st.ID, 10))
}

// standingName is a name's keyed hash, however it is spelt.
func (s *Store) standingName(source coc.Repo) string {
	return s.keys.Digest("standing of a name", source.Key())
}

// Watch is what is kept of a room that is watched, by what WatchKey gave.
// coc.ErrMissing.
func (s *Store) Watch(ctx context.Context, key string) (coc.Watch, error) {
	var w coc.Watch
	var sealed []byte
	err := s.read.QueryRowContext(ctx, `SELECT sealed FROM watches WHERE key = ?`, key).Scan(&sealed)
	if err == nil {
		err = open(s.ring.own, watchPlace(key), sealed, &w)
	}
	if err != nil {
		return coc.Watch{}, fmt.Errorf("watch: %w", missing(err))
	}
	return w, nil
}

// Watches lists those of all rooms of an owner, as far as there ever was one.
func (s *Store) Watches(ctx context.Context, owner string) ([]coc.Watch, error) {
	keys, err := queryAll[string](ctx, s.read, `SELECT key FROM watches WHERE owner = ? ORDER BY key`, s.owner(owner))
	if err != nil {
		return nil, fmt.Errorf("watches: %w", err)
	}
	var all []coc.Watch
	for _, key := range keys {
		w, err := s.Watch(ctx, key)
		if err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	return all, nil
}

// WatchKey is the keyed hash of a room's id, which a job may carry.
func (s *Store) WatchKey(roomID int64) string {
	return s.keys.Digest("watch", strconv.FormatInt(roomID, 10))
}

func watchPlace(key string) seal.Place { return seal.Place{Purpose: "watch", Of: key} }

// Labels are those of ours known to exist in a room, nil if not known.
func (s *Store) Labels(ctx context.Context, repoID int64) ([]string, error) {
	key := s.labelsKey(repoID)
	var labels []string
	var sealed []byte
	err := s.read.QueryRowContext(ctx, `SELECT sealed FROM room_labels WHERE key = ?`, key).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err == nil {
		err = open(s.ring.own, labelsPlace(key), sealed, &labels)
	}
	if err != nil {
		return nil, fmt.Errorf("labels of repository %d: %w", repoID, err)
	}
	return labels, nil
}

func (s *Store) labelsKey(repoID int64) string {
	return s.keys.Digest("labels", strconv.FormatInt(repoID, 10))
}

func labelsPlace(key string) seal.Place { return seal.Place{Purpose: "labels", Of: key} }

func open(key *seal.DataKey, at seal.Place, sealed []byte, record any) error {
	plain, err := key.Open(at, sealed)
	if err != nil {
		return err
	}
	return seal.Unmarshal(plain, record)
}

func missing(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return coc.ErrMissing
	}
	return err
}

// CaseIDs lists every case there is.
func (s *Store) CaseIDs(ctx context.Context) ([]coc.CaseID, error) {
	ids, err := queryAll[coc.CaseID](ctx, s.read, `SELECT id FROM cases ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("cases: %w", err)
	}
	return ids, nil
}
