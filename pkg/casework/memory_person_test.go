package casework_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// people is what a memory has of who is signed in and of what they opened.
type people struct {
	sessions map[string]coc.Session
	spent    map[string]bool
	looks    map[string]coc.Look   // by case, who, what and the hour
	of       map[string]coc.CaseID // whose look
	unlooked error                 // it cannot be written down
}

func newPeople() people {
	return people{sessions: map[string]coc.Session{}, spent: map[string]bool{}, looks: map[string]coc.Look{}, of: map[string]coc.CaseID{}}
}

func (m *memory) BeginSession(_ context.Context, token string, is coc.Session) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sessions[token] = is
	return nil
}

func (m *memory) Session(_ context.Context, token string) (coc.Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	is, ok := m.sessions[token]
	if !ok || !m.clock.Now().Before(is.Until) {
		return coc.Session{}, coc.ErrMissing
	}
	return is, nil
}

func (m *memory) ProlongSession(_ context.Context, token string, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if is, ok := m.sessions[token]; ok {
		is.Until = until
		m.sessions[token] = is
	}
	return nil
}

func (m *memory) EndSession(_ context.Context, token string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sessions, token)
	return nil
}

func (m *memory) Spend(_ context.Context, what string, _ time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.spent[what] {
		return coc.ErrTaken
	}
	m.spent[what] = true
	return nil
}

func (m *memory) UnclosedCases(ctx context.Context) ([]coc.CaseID, error) {
	return m.where(ctx, func(c coc.Case) bool { return c.Stage != coc.StageClosed })
}

func (m *memory) CasesOf(ctx context.Context, who coc.Login, closed bool) (theirs, unlisted []coc.CaseID, err error) {
	among := func(c coc.Case) bool { return closed == (c.Stage == coc.StageClosed) && c.Home() != nil }
	theirs, err = m.where(ctx, func(c coc.Case) bool { return among(c) && coc.HasLogin(c.Home().Responders, who) })
	if err == nil {
		unlisted, err = m.where(ctx, func(c coc.Case) bool {
			return among(c) && !coc.HasLogin(c.Home().Responders, who) && coc.HasLogin(c.Home().MayCome(), who)
		})
	}
	return theirs, unlisted, err
}

func (m *memory) ReportsOf(ctx context.Context, account int64) ([]coc.CaseID, error) {
	return m.where(ctx, func(c coc.Case) bool { return account > 0 && c.Report.SignedIn == account })
}

func (m *memory) where(ctx context.Context, is func(coc.Case) bool) ([]coc.CaseID, error) {
	var ids []coc.CaseID
	for _, id := range m.ids() {
		c, err := m.Case(ctx, id)
		if err != nil {
			return nil, err
		}
		if is(c) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, nil
}

func (m *memory) Looked(ctx context.Context, id coc.CaseID, by coc.Person, what string, at time.Time) error {
	if _, err := m.Case(ctx, id); err != nil {
		return err
	}
	if m.unlooked != nil {
		return m.unlooked
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	key := fmt.Sprint(id, " ", by.Account, " ", what, " ", at.Unix()/3600)
	if _, ok := m.looks[key]; !ok {
		m.looks[key], m.of[key] = coc.Look{By: by.Login, What: what, At: at}, id
	}
	return nil
}

func (m *memory) Looks(_ context.Context, id coc.CaseID) ([]coc.Look, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []coc.Look
	for key, o := range m.looks {
		if m.of[key] == id {
			all = append(all, o)
		}
	}
	slices.SortFunc(all, func(a, b coc.Look) int { return b.At.Compare(a.At) })
	return all, nil
}
