package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/seal"
)

// writePrior adds a line to the record, once for each notice, whom it accuses and
// what it says of the end.
func (s *Store) writePrior(ctx context.Context, p coc.Prior) ([]statement, error) {
	if p.Notice == "" || p.Login == "" {
		return nil, errors.New("a line of the record needs a notice and a login")
	}
	id := s.keys.Digest("prior", string(p.Notice), p.Login.Key(), string(p.When), string(p.Outcome))
	about := "record of notice " + string(p.Notice)
	key, err := s.ring.caseKey(ctx, p.Notice)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", about, err)
	}
	line, err := sealed(key, priorPlace(id), p.Told)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", about, err)
	}
	who := s.ring.own.Seal(whoPlace(id), []byte(s.byAccount(p.Account)+s.byName(p.Login)))
	return []statement{{
		query: `INSERT INTO priors (id, case_id, who, sealed) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		args:  []any{id, string(p.Notice), who, line},
		about: about,
	}}, nil
}

func priorPlace(id string) seal.Place { return seal.Place{Purpose: "prior", Of: id} }

func whoPlace(id string) seal.Place { return seal.Place{Purpose: "prior", Of: id, Field: "who"} }

// unknownAccount has the length of a digest, so that it cannot be seen which
// lines have none.
var unknownAccount = strings.Repeat("0", 64)

func (s *Store) byAccount(number int64) string {
	if number <= 0 {
		return unknownAccount
	}
	return s.keys.Digest("prior of an account", strconv.FormatInt(number, 10))
}

func (s *Store) byName(l coc.Login) string { return s.keys.Digest("prior of a name", l.Key()) }

// Priors is everything that the record has of those parties that have a login,
// the oldest first. Where the number of an account is not known, now or then, the
// login alone counts, and the line says so; an account of another number that had
// the login is somebody else.
func (s *Store) Priors(ctx context.Context, of []coc.Party) ([]coc.Prior, error) {
	var found []coc.Prior
	accounts, names := map[string]coc.Login{}, map[string]coc.Party{}
	for _, p := range of {
		if p.Login == "" {
			continue
		}
		names[s.byName(p.Login)] = p
		if p.Account > 0 {
			accounts[s.byAccount(p.Account)] = p.Login
		}
	}
	lines, err := s.whose(ctx)
	if err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	for _, l := range lines {
		login, same := accounts[l.account]
		p, named := names[l.name]
		byName := !same && named && (l.account == unknownAccount || p.Account <= 0)
		if byName {
			login = p.Login
		}
		if !same && !byName {
			continue
		}
		prior, err := s.prior(ctx, l)
		if errors.Is(err, coc.ErrMissing) {
			continue // its notice was erased
		}
		if err != nil {
			return nil, fmt.Errorf("record of notice %s: %w", l.notice, err)
		}
		prior.Login, prior.ByName = login, byName
		found = append(found, prior)
	}
	slices.SortStableFunc(found, func(a, b coc.Prior) int { return a.At.Compare(b.At) })
	return found, nil
}

// priorLine is whom a line of the record is about.
type priorLine struct {
	id            string
	notice        coc.CaseID
	account, name string
}

// whose reads whom each line is about; the package comment says why all of them.
func (s *Store) whose(ctx context.Context) ([]priorLine, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT id, case_id, who FROM priors ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []priorLine
	for rows.Next() {
		var l priorLine
		var who []byte
		if err := rows.Scan(&l.id, &l.notice, &who); err != nil {
			return nil, err
		}
		plain, err := s.ring.own.Open(whoPlace(l.id), who)
		if err != nil {
			return nil, err
		}
		if len(plain) != 2*len(unknownAccount) {
			return nil, fmt.Errorf("line %s: %w", l.id, seal.ErrUnopened)
		}
		l.account, l.name = string(plain[:len(unknownAccount)]), string(plain[len(unknownAccount):])
		all = append(all, l)
	}
	return all, rows.Err()
}

func (s *Store) prior(ctx context.Context, l priorLine) (coc.Prior, error) {
	var p coc.Prior
	key, err := s.ring.caseKey(ctx, l.notice)
	if err != nil {
		return p, err
	}
	var sealed []byte
	if err := s.read.QueryRowContext(ctx, `SELECT sealed FROM priors WHERE id = ?`, l.id).Scan(&sealed); err != nil {
		return p, missing(err)
	}
	return p, open(key, priorPlace(l.id), sealed, &p.Told)
}
