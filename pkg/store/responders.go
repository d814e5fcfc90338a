package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/seal"
)

const (
	// nameMark is how much of the keyed hash of a login is kept. Two that have the same
	// cost one more record that is opened, and show nobody anything.
	nameMark = 8
	// marksAlike is by how many the responders of a case are padded, so that it cannot
	// be seen how many there are.
	marksAlike = 32
	// listAtOnce is how many cases are listed in one commit, where they were not.
	listAtOnce = 200
)

// responders keeps who has a case, or may be asked about it in private, and when it was
// written last, so that somebody's cases are found without opening everybody's.
func (s *Store) responders(c *coc.Case, about string) ([]statement, error) {
	if c.Home() == nil {
		return nil, nil
	}
	sealed, err := s.responderList(c, s.opts.Now())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", about, err)
	}
	return []statement{{
		query: `INSERT INTO responders (case_id, who) VALUES (?, ?) ON CONFLICT (case_id) DO UPDATE SET who = excluded.who`,
		args:  []any{string(c.ID), sealed},
		about: about,
	}}, nil
}

// responderList is the sealed line of a case that has a home.
func (s *Store) responderList(c *coc.Case, written time.Time) ([]byte, error) {
	home := c.Home()
	list := binary.BigEndian.AppendUint64(nil, uint64(millis(written))) //nolint:gosec // is given back as it was
	who := home.MayCome()
	for _, l := range who {
		kind := markHas
		if !coc.HasLogin(home.Responders, l) {
			kind = markMayCome
		}
		mark, err := s.nameMark(kind, l)
		if err != nil {
			return nil, err
		}
		list = append(list, mark...)
	}
	for n := len(who); n == 0 || n%marksAlike != 0; n++ {
		list = append(list, make([]byte, nameMark)...)
	}
	return s.ring.own.Seal(respondersPlace(string(c.ID)), list), nil
}

// listResponders lists who has the cases that were written last by a cocrouter that kept
// no list: many of them were closed, and are never written again. Each is opened once,
// when the store is; one that cannot be opened, or is nowhere, stays unlisted. Another
// process may do the same, or write a case meanwhile, and knows it better then.
func (s *Store) listResponders(ctx context.Context) error {
	listed := 0
	for after, more := coc.CaseID(""), true; more; {
		ids, err := queryAll[coc.CaseID](ctx, s.read, `
			SELECT c.id FROM cases c LEFT JOIN responders r ON r.case_id = c.id
			WHERE r.case_id IS NULL AND c.id > ? ORDER BY c.id LIMIT ?`, string(after), listAtOnce)
		if err != nil {
			return fmt.Errorf("listing responders: %w", err)
		}
		if more = len(ids) == listAtOnce; len(ids) > 0 {
			after = ids[len(ids)-1]
		}
		n, err := s.listRespondersOf(ctx, ids)
		if err != nil {
			return fmt.Errorf("listing responders: %w", err)
		}
		listed += n
	}
	if listed > 0 {
		s.opts.Migrated(fmt.Sprintf("responders of the records: %d cases", listed))
	}
	return nil
}

func (s *Store) listRespondersOf(ctx context.Context, ids []coc.CaseID) (int, error) {
	lines := map[coc.CaseID][]byte{}
	for _, id := range ids {
		c, err := s.Case(ctx, id)
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		if err != nil || c.Home() == nil {
			continue
		}
		if lines[id], err = s.responderList(&c, lastWritten(c)); err != nil {
			return 0, fmt.Errorf("case %s: %w", id, err)
		}
	}
	if len(lines) == 0 {
		return 0, nil
	}
	return len(lines), s.write(ctx, s.db, func(tx *sql.Tx) error {
		for id, sealed := range lines {
			if _, err := tx.ExecContext(ctx, `INSERT INTO responders (case_id, who) VALUES (?, ?) ON CONFLICT DO NOTHING`, string(id), sealed); err != nil {
				return err
			}
		}
		return nil
	})
}

// lastWritten is about when a case was written last, by what stands in it.
func lastWritten(c coc.Case) time.Time {
	if n := len(c.Journal); n > 0 {
		return c.Journal[n-1].At
	}
	return c.Report.FiledAt
}

func respondersPlace(id string) seal.Place { return seal.Place{Purpose: "responders", Of: id} }

// Whoever may be asked has another mark than whoever has a case: some of them are named in
// it, and must not hear of it, nor that it cannot be read.
const (
	markHas     = "responder"
	markMayCome = "may be asked"
)

func (s *Store) nameMark(kind string, l coc.Login) ([]byte, error) {
	mark, err := hex.DecodeString(s.keys.Digest(kind, l.Key()))
	if err != nil {
		return nil, err
	}
	return mark[:nameMark], nil
}

// CasesOf lists the cases that somebody has, those that were written last first: the closed
// ones, or all others. unlisted are those about which they may be asked, and those of which
// it is not known, because they could not be opened when the store was, or are nowhere.
// Every line is opened, for the reason that the package comment gives for the record:
// hashes in a column would show which cases have the same responders, and who is missing
// among them.
func (s *Store) CasesOf(ctx context.Context, who coc.Login, closed bool) (theirs, unlisted []coc.CaseID, err error) {
	query := `SELECT c.id, r.who FROM cases c LEFT JOIN responders r ON r.case_id = c.id WHERE c.stage <> 'closed' ORDER BY c.id`
	if closed {
		query = `SELECT c.id, r.who FROM cases c LEFT JOIN responders r ON r.case_id = c.id WHERE c.stage = 'closed' ORDER BY c.id`
	}
	has, err := s.nameMark(markHas, who)
	if err != nil {
		return nil, nil, fmt.Errorf("cases of a responder: %w", err)
	}
	mayCome, err := s.nameMark(markMayCome, who)
	if err != nil {
		return nil, nil, fmt.Errorf("cases of a responder: %w", err)
	}
	rows, err := s.read.QueryContext(ctx, query)
	if err != nil {
		return nil, nil, fmt.Errorf("cases of a responder: %w", err)
	}
	defer rows.Close()
	written := map[coc.CaseID]uint64{}
	for rows.Next() {
		var id coc.CaseID
		var sealed []byte
		if err := rows.Scan(&id, &sealed); err != nil {
			return nil, nil, fmt.Errorf("cases of a responder: %w", err)
		}
		// What was put there by somebody else is a line that is not there.
		list, err := s.ring.own.Open(respondersPlace(string(id)), sealed)
		switch {
		case sealed == nil || err != nil || len(list) < 8, marked(list, mayCome):
			unlisted = append(unlisted, id)
		case marked(list, has):
			theirs, written[id] = append(theirs, id), binary.BigEndian.Uint64(list)
		}
	}
	slices.SortStableFunc(theirs, func(a, b coc.CaseID) int { return cmp.Compare(written[b], written[a]) })
	return theirs, unlisted, rows.Err()
}

// marked reports whether a mark is in a list.
func marked(list, mark []byte) bool {
	for m := range slices.Chunk(list[8:], nameMark) {
		if slices.Equal(m, mark) {
			return true
		}
	}
	return false
}

// openResponders opens who has which case, for a copy.
func (s *Store) openResponders(ctx context.Context) error {
	return s.openEach(ctx, `SELECT case_id, who FROM responders`, respondersPlace)
}
