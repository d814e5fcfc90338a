package store

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"

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
)

// responders keeps who has a case, and when it was written last, so that somebody's
// cases are found without opening everybody's.
func (s *Store) responders(c *coc.Case, about string) ([]statement, error) {
	home := c.Home()
	if home == nil {
		return nil, nil
	}
	list := binary.BigEndian.AppendUint64(nil, uint64(millis(s.opts.Now()))) //nolint:gosec // is given back as it was
	for _, l := range home.Responders {
		mark, err := s.nameMark(l)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", about, err)
		}
		list = append(list, mark...)
	}
	for n := len(home.Responders); n == 0 || n%marksAlike != 0; n++ {
		list = append(list, make([]byte, nameMark)...)
	}
	return []statement{{
		query: `INSERT INTO responders (case_id, who) VALUES (?, ?) ON CONFLICT (case_id) DO UPDATE SET who = excluded.who`,
		args:  []any{string(c.ID), s.ring.own.Seal(respondersPlace(string(c.ID)), list)},
		about: about,
	}}, nil
}

func respondersPlace(id string) seal.Place { return seal.Place{Purpose: "responders", Of: id} }

func (s *Store) nameMark(l coc.Login) ([]byte, error) {
	mark, err := hex.DecodeString(s.keys.Digest("responder", l.Key()))
	if err != nil {
		return nil, err
	}
	return mark[:nameMark], nil
}

// CasesOf lists the cases that somebody is a responder of, those that were written last
// first: the closed ones, or all others. unlisted are those of which it is not known,
// because they were written last by a cocrouter that kept no list. Every line is opened,
// for the reason that the package comment gives for the record: hashes in a column would
// show which cases have the same responders, and who is missing among them.
func (s *Store) CasesOf(ctx context.Context, who coc.Login, closed bool) (theirs, unlisted []coc.CaseID, err error) {
	query := `SELECT c.id, r.who FROM cases c LEFT JOIN responders r ON r.case_id = c.id WHERE c.stage <> 'closed' ORDER BY c.id`
	if closed {
		query = `SELECT c.id, r.who FROM cases c LEFT JOIN responders r ON r.case_id = c.id WHERE c.stage = 'closed' ORDER BY c.id`
	}
	mark, err := s.nameMark(who)
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
		if sealed == nil || err != nil || len(list) < 8 {
			unlisted = append(unlisted, id)
			continue
		}
		for m := range slices.Chunk(list[8:], nameMark) {
			if slices.Equal(m, mark) {
				theirs, written[id] = append(theirs, id), binary.BigEndian.Uint64(list)
				break
			}
		}
	}
	slices.SortStableFunc(theirs, func(a, b coc.CaseID) int { return cmp.Compare(written[b], written[a]) })
	return theirs, unlisted, rows.Err()
}

// openResponders opens who has which case, for a copy.
func (s *Store) openResponders(ctx context.Context) error {
	return s.openEach(ctx, `SELECT case_id, who FROM responders`, respondersPlace)
}
