package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/seal"
)

// statement is one write of a change, sealed before the transaction begins. If
// it changes nothing although it must, the transaction ends with orElse.
type statement struct {
	query  string
	args   []any
	orElse error
	about  string // what it writes, for the error: IDs only
}

// Commit makes a whole change durable, or nothing of it. coc.ErrConflict: a
// case does not stand where the change expects it. coc.ErrGone, coc.ErrBusy: of
// the intake, as Intake says.
func (s *Store) Commit(ctx context.Context, change coc.Change) error {
	statements, err := s.statements(ctx, change)
	if err != nil {
		return fmt.Errorf("committing: %w", err)
	}
	err = s.write(ctx, s.db, func(tx *sql.Tx) error {
		if change.Intake != 0 {
			if err := s.finish(ctx, tx, change.Intake); err != nil {
				return err
			}
		}
		for _, st := range statements {
			r, err := tx.ExecContext(ctx, st.query, st.args...)
			if st.orElse != nil {
				err = changedOne(r, err, st.orElse)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", st.about, err)
			}
		}
		return s.enqueue(ctx, tx, change.Jobs)
	})
	if err != nil && s.dialect.clash(err) {
		err = errors.Join(coc.ErrConflict, err) // to be read and decided again
	}
	if err != nil {
		return fmt.Errorf("committing: %w", err)
	}
	if change.Intake != 0 || len(change.Finished) > 0 {
		s.erased.Store(true)
	}
	return nil
}

func (s *Store) statements(ctx context.Context, change coc.Change) ([]statement, error) {
	var out []statement
	add := func(more []statement, err error) error {
		out = append(out, more...)
		return err
	}
	for i := range change.Cases {
		if err := add(s.writeCase(ctx, &change.Cases[i])); err != nil {
			return nil, err
		}
	}
	for _, st := range change.Standings {
		if err := add(s.writeStanding(st)); err != nil {
			return nil, err
		}
	}
	for _, e := range change.Errands {
		if err := add(s.writeErrand(e)); err != nil {
			return nil, err
		}
	}
	for _, id := range change.Finished {
		out = append(out, statement{
			query: `UPDATE errands SET sealed = NULL WHERE id = ?`, args: []any{id}, about: "errand " + id,
		})
	}
	for _, w := range change.Watches {
		if err := add(s.writeWatch(w)); err != nil {
			return nil, err
		}
	}
	for _, p := range change.Priors {
		if err := add(s.writePrior(ctx, p)); err != nil {
			return nil, err
		}
	}
	for _, k := range change.Kept {
		out = append(out, claim(k))
	}
	for repoID, labels := range change.Labels {
		if err := add(s.writeLabels(repoID, labels)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Store) writeCase(ctx context.Context, c *coc.Case) ([]statement, error) {
	about := fmt.Sprintf("case %s at revision %d", c.ID, c.Revision)
	key, err := s.keyFor(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", about, err)
	}
	sealed, err := sealed(key, casePlace(c.ID, c.Revision), c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", about, err)
	}
	var room, owner string
	if home := c.Home(); home != nil && !home.Sealed() {
		room, owner = s.room(home.Room.ID), s.owner(home.Room.Repo.Owner)
	}
	row := statement{about: about, orElse: coc.ErrConflict}
	if c.Revision == 1 {
		row.query = `INSERT INTO cases (id, revision, stage, room, owner, sealed) VALUES (?, 1, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
		row.args = []any{string(c.ID), string(c.Stage), null(room), null(owner), sealed}
	} else {
		row.query = `UPDATE cases SET revision = ?, stage = ?, room = ?, owner = ?, sealed = ? WHERE id = ? AND revision = ?`
		row.args = []any{c.Revision, string(c.Stage), null(room), null(owner), sealed, string(c.ID), c.Revision - 1}
	}
	out := []statement{row}
	for n, p := range c.Placements {
		if p.Sealed() || p.Issue == 0 {
			continue
		}
		out = append(out, statement{
			query: `INSERT INTO places (place, case_id, placement) VALUES (?, ?, ?)
				ON CONFLICT (place) DO UPDATE SET case_id = excluded.case_id, placement = excluded.placement`,
			args:  []any{s.place(p.Room.ID, p.Issue), string(c.ID), n},
			about: about,
		})
	}
	out = append(out, letters(c, about)...)
	out = append(out, s.reporter(c, about)...)
	who, err := s.responders(c, about)
	if err != nil {
		return nil, err
	}
	out = append(out, who...)
	if len(c.Receipt) > 0 {
		out = append(out, statement{
			query: `INSERT INTO receipts (receipt, case_id) VALUES (?, ?) ON CONFLICT (receipt) DO UPDATE SET case_id = excluded.case_id`,
			args:  []any{s.receipt(c.Receipt), string(c.ID)},
			about: about,
		})
	}
	return out, nil
}

// letters lists a case while somebody has to be told of it by hand.
func letters(c *coc.Case, about string) []statement {
	var ever, waits bool
	for _, d := range c.Duties {
		ever = ever || d.What == coc.WordLetter
		waits = waits || d.What == coc.WordLetter && d.Done.IsZero()
	}
	row := statement{query: `INSERT INTO letters (case_id) VALUES (?) ON CONFLICT DO NOTHING`, args: []any{string(c.ID)}, about: about}
	switch {
	case !ever:
		return nil
	case !waits:
		row.query = `DELETE FROM letters WHERE case_id = ?`
	}
	return []statement{row}
}

// keyFor gives the case's key, which is durable before the case is.
func (s *Store) keyFor(ctx context.Context, c *coc.Case) (*seal.DataKey, error) {
	switch {
	case c.ID == "" || c.Revision < 1:
		return nil, errors.New("a case needs an ID and a revision")
	case c.Revision == 1:
		return s.ring.newCaseKey(ctx, c.ID)
	}
	key, err := s.ring.caseKey(ctx, c.ID)
	if errors.Is(err, coc.ErrMissing) {
		err = coc.ErrConflict // it does not stand at any revision
	}
	return key, err
}

func (s *Store) writeStanding(st coc.Standing) ([]statement, error) {
	if st.Source.IsZero() {
		return nil, errors.New("a standing needs a source")
	}
	key := s.StandingKey(st)
	sealed, err := sealed(s.ring.own, standingPlace(key), st)
	if err != nil {
		return nil, fmt.Errorf("standing: %w", err)
	}
	var place string
	if w := st.Waiting; w != nil && w.Room.ID != 0 && w.Notice != 0 {
		place = s.place(w.Room.ID, w.Notice)
	}
	return []statement{{
		query: `INSERT INTO standings (key, place, sealed) VALUES (?, ?, ?)
			ON CONFLICT (key) DO UPDATE SET place = excluded.place, sealed = excluded.sealed`,
		args:  []any{key, null(place), sealed},
		about: "standing",
	}, {
		query: `INSERT INTO standing_names (name, key) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET key = excluded.key`,
		args:  []any{s.standingName(st.Source), key},
		about: "name of a standing",
	}}, nil
}

// writeErrand keeps an errand unless its key was used before, even by one that
// is finished: a thread is answered once, not once at a time.
func (s *Store) writeErrand(e coc.Errand) ([]statement, error) {
	if e.ID == "" {
		return nil, errors.New("an errand needs an ID")
	}
	var key string
	if e.Key != "" {
		key = s.keys.Digest("errand", e.Key)
	}
	sealed, err := sealed(s.ring.own, errandPlace(e.ID), e)
	if err != nil {
		return nil, fmt.Errorf("errand %s: %w", e.ID, err)
	}
	return []statement{{
		query: `INSERT INTO errands (id, key, sealed) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
		args:  []any{e.ID, null(key), sealed},
		about: "errand " + e.ID,
	}}, nil
}

func (s *Store) writeWatch(w coc.Watch) ([]statement, error) {
	if w.Room.ID == 0 || w.Revision < 1 {
		return nil, errors.New("a watch needs a room and a revision")
	}
	key := s.WatchKey(w.Room.ID)
	sealed, err := sealed(s.ring.own, watchPlace(key), w)
	if err != nil {
		return nil, fmt.Errorf("watch: %w", err)
	}
	row := statement{about: "watch", orElse: coc.ErrConflict}
	if w.Revision == 1 {
		row.query = `INSERT INTO watches (key, owner, revision, sealed) VALUES (?, ?, 1, ?) ON CONFLICT DO NOTHING`
		row.args = []any{key, s.owner(w.Room.Repo.Owner), sealed}
	} else {
		row.query = `UPDATE watches SET owner = ?, revision = ?, sealed = ? WHERE key = ? AND revision = ?`
		row.args = []any{s.owner(w.Room.Repo.Owner), w.Revision, sealed, key, w.Revision - 1}
	}
	return []statement{row}, nil
}

func (s *Store) writeLabels(repoID int64, labels []string) ([]statement, error) {
	key, about := s.labelsKey(repoID), fmt.Sprintf("labels of repository %d", repoID)
	if labels == nil {
		return []statement{{query: `DELETE FROM room_labels WHERE key = ?`, args: []any{key}, about: about}}, nil
	}
	sealed, err := sealed(s.ring.own, labelsPlace(key), labels)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", about, err)
	}
	return []statement{{
		query: `INSERT INTO room_labels (key, sealed) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET sealed = excluded.sealed`,
		args:  []any{key, sealed},
		about: about,
	}}, nil
}

func sealed(key *seal.DataKey, at seal.Place, record any) ([]byte, error) {
	plain, err := seal.Marshal(record)
	if err != nil {
		return nil, err
	}
	return key.Seal(at, plain), nil
}
