package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/seal"
)

// Looked writes down that somebody looks at something of a case: once an hour,
// however often they do. It is sealed under the key of the case, and erased with it.
func (s *Store) Looked(ctx context.Context, id coc.CaseID, by coc.Person, what string, at time.Time) error {
	about := fmt.Sprintf("look at case %s", id)
	key, err := s.ring.caseKey(ctx, id)
	if err != nil {
		return fmt.Errorf("%s: %w", about, err)
	}
	row := s.keys.Digest("look", string(id), strconv.FormatInt(by.Account, 10), what, strconv.FormatInt(at.Unix()/3600, 10))
	record, err := sealed(key, lookPlace(row), coc.Look{By: by.Login, What: what, At: at})
	if err != nil {
		return fmt.Errorf("%s: %w", about, err)
	}
	return s.one(ctx, about, `INSERT INTO looks (id, case_id, sealed) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, row, string(id), record)
}

func lookPlace(row string) seal.Place { return seal.Place{Purpose: "look", Of: row} }

// Looks is who looked at what of a case, the last first.
func (s *Store) Looks(ctx context.Context, id coc.CaseID) ([]coc.Look, error) {
	about := fmt.Sprintf("looks at case %s", id)
	key, err := s.ring.caseKey(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", about, err)
	}
	rows, err := s.read.QueryContext(ctx, `SELECT id, sealed FROM looks WHERE case_id = ?`, string(id))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", about, err)
	}
	defer rows.Close()
	var all []coc.Look
	for rows.Next() {
		var row string
		var record []byte
		var o coc.Look
		err := rows.Scan(&row, &record)
		if err == nil {
			err = open(key, lookPlace(row), record, &o)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", about, err)
		}
		all = append(all, o)
	}
	slices.SortFunc(all, func(a, b coc.Look) int { return b.At.Compare(a.At) })
	return all, rows.Err()
}

// UnclosedCases lists every case that is not closed.
func (s *Store) UnclosedCases(ctx context.Context) ([]coc.CaseID, error) {
	ids, err := queryAll[coc.CaseID](ctx, s.read, `SELECT id FROM cases WHERE stage <> 'closed' ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("cases that are not closed: %w", err)
	}
	return ids, nil
}

// reporter keeps whose report a case is, where they signed in for it.
func (s *Store) reporter(c *coc.Case, about string) []statement {
	if c.Report.SignedIn <= 0 {
		return nil
	}
	return []statement{{
		query: `INSERT INTO reporters (case_id, who) VALUES (?, ?) ON CONFLICT DO NOTHING`,
		args:  []any{string(c.ID), s.ring.own.Seal(reporterPlace(string(c.ID)), accountBytes(c.Report.SignedIn))},
		about: about,
	}}
}

func reporterPlace(id string) seal.Place { return seal.Place{Purpose: "reporter", Of: id} }

// accountBytes has one length, so that it cannot be seen who has an old account.
func accountBytes(account int64) []byte { return fmt.Appendf(nil, "%020d", account) }

// ReportsOf lists the cases that come from somebody's reports. Every line is
// opened, for the reason that the package comment gives for the record.
func (s *Store) ReportsOf(ctx context.Context, account int64) ([]coc.CaseID, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT case_id, who FROM reporters ORDER BY case_id`)
	if err != nil {
		return nil, fmt.Errorf("reports of an account: %w", err)
	}
	defer rows.Close()
	var ids []coc.CaseID
	for rows.Next() {
		var id string
		var who []byte
		if err := rows.Scan(&id, &who); err != nil {
			return nil, fmt.Errorf("reports of an account: %w", err)
		}
		plain, err := s.ring.own.Open(reporterPlace(id), who)
		if err != nil {
			return nil, fmt.Errorf("reporter of case %s: %w", id, err)
		}
		if account > 0 && string(plain) == string(accountBytes(account)) {
			ids = append(ids, coc.CaseID(id))
		}
	}
	return ids, rows.Err()
}
