package casework

import (
	"context"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// silence puts into a Progress when a word was due that the reporter has not had, and
// whom they can turn to.
//
// What it says follows from the public files alone, as the form did: from the committee
// that they name and from what that one promises, counted from what the page shows. It
// may be another one that has the case, because of whom the report names. A date or an
// address of theirs would tell that, and so whose conflict it was.
func (d *Desk) silence(ctx context.Context, c coc.Case, p *Progress) error {
	chain, err := d.inPublicFiles(ctx, c.Source)
	if err != nil || len(chain) == 0 {
		return err
	}
	for _, k := range chain[:min(len(chain), 2)] {
		if k.Contact != "" {
			p.Way = append(p.Way, Direct{k.Name, k.Contact})
		}
	}
	if p.State == WithCommittee {
		p.Silent = unheard(c, *p, chain[0], d.Clock.Now())
	}
	return nil
}

// inPublicFiles is the committee that the public files name for a source, and those
// above it. A source that not everybody sees has none of its own.
func (d *Desk) inPublicFiles(ctx context.Context, source coc.RepoFacts) ([]coc.Committee, error) {
	fallback := d.Directory.Chain(d.Directory.Fallback())
	if source.ID == 0 || source.Visibility != "public" {
		return fallback, nil
	}
	st, err := d.standing(ctx, source)
	if err != nil {
		return nil, err
	}
	if st != nil && st.Committee.Key != "" {
		return append([]coc.Committee{st.Committee}, d.above(st.Committee)...), nil
	}
	if key, ok := d.Directory.Project(source.Repo); ok {
		return d.Directory.Chain(key), nil
	}
	return fallback, nil
}

// unheard is when a word was due first that has not come by now: the first answer, the
// next word to the reporter, or an answer to what has become urgent. Zero: none.
func unheard(c coc.Case, p Progress, k coc.Committee, now time.Time) time.Time {
	last, within := p.FiledAt, coc.Span{}
	switch p.Stage {
	case coc.StageReceived, coc.StageReopened, coc.StageAppealed:
		within = k.Clocks.AcknowledgeWithin
	case coc.StageAcknowledged, coc.StageScreening, coc.StageInvestigating, coc.StageMediation, coc.StageDeciding:
		within = k.Clocks.UpdateEvery
	}
	for _, at := range []time.Time{p.Changed, p.Passed} {
		if at.After(last) {
			last = at
		}
	}
	for _, m := range p.Messages {
		if !m.Kind.Theirs() && m.At.After(last) {
			last = m.At
		}
	}
	var due time.Time
	if !within.IsZero() {
		due = stage.Add(within, last, k.Timezone, k.Holidays)
	}
	if m, waits := c.Waits(coc.MessageUrgent); waits && !stage.Closed(p.Stage) {
		if by := stage.UrgentBy(k, m.At); due.IsZero() || by.Before(due) {
			due = by
		}
	}
	if due.After(now) {
		return time.Time{}
	}
	return due
}
