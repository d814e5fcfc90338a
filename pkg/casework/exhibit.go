package casework

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/evidence"
	"github.com/cocrouter/cocrouter/pkg/notice"
)

// Exhibit is an item of the evidence, to be shown to somebody.
type Exhibit struct {
	Name  coc.Prose
	Media string
	Size  int64 // -1: not known before
	// Inline: it is a picture that was drawn anew, or text that we wrote, and may be
	// shown in a page. Everything else may only be downloaded.
	Inline  bool
	Content io.ReadCloser
}

// Exhibit opens an item of a case's evidence for somebody who may read the case, which
// is written down where the others see it before the first byte is given.
// coc.ErrMissing: there is no such case or item, or nothing was kept of it, or they may
// not read it; nobody learns which.
func (d *Desk) Exhibit(ctx context.Context, who coc.Person, id coc.CaseID, number int) (Exhibit, error) {
	c, err := d.Store.Case(ctx, id)
	if err != nil {
		return Exhibit{}, err
	}
	if d.Vault == nil || !d.admits(ctx, who, c, d.look) || c.Notice != nil || number < 1 || number > len(c.Evidence) || c.Evidence[number-1].Content.IsZero() {
		return Exhibit{}, fmt.Errorf("evidence %d of case %s: %w", number, id, coc.ErrMissing)
	}
	if err := d.Store.Looked(ctx, id, who, "evidence "+strconv.Itoa(number), d.Clock.Now()); err != nil {
		return Exhibit{}, err
	}
	e := c.Evidence[number-1]
	out := Exhibit{Name: e.Title, Media: e.Content.Media, Size: e.Content.Size, Inline: e.Content.Redrawn}
	if e.Kind != coc.EvidenceCapture {
		out.Content, err = d.Vault.Content(ctx, e.Content)
		return out, err
	}
	words, err := d.Vault.ContentWords(ctx, e.Content)
	if err != nil {
		return Exhibit{}, err
	}
	var told coc.Captured
	if err := d.Keys.Unpack(words, &told); err != nil {
		return Exhibit{}, err
	}
	page := notice.Transcript(told, e)
	return Exhibit{
		Name: evidence.Name(coc.NewProse(fmt.Sprintf("evidence-%d.txt", number)), evidence.Text), Media: "text/plain; charset=utf-8", Size: page.Size(), Inline: true,
		Content: io.NopCloser(page),
	}, nil
}

// ProveEvidence holds a case's evidence against its chain and what is kept against
// its hash, and says what is wrong.
func (d *Desk) ProveEvidence(ctx context.Context, c coc.Case) ([]evidence.Fault, error) {
	out, err := evidence.Verify(c.Evidence, d.sign(c.ID))
	if err != nil {
		return nil, err
	}
	for _, e := range c.Evidence {
		if e.Content.IsZero() {
			continue
		}
		what, err := d.proveContent(ctx, e.Content)
		if err != nil {
			return nil, err
		}
		if what != "" {
			out = append(out, evidence.Fault{Number: e.Number, What: what})
		}
	}
	return out, nil
}

// proveContent reads a content to its end.
func (d *Desk) proveContent(ctx context.Context, c coc.Content) (evidence.FaultKind, error) {
	r, err := d.Vault.Content(ctx, c)
	if err == nil {
		defer r.Close()
		_, err = io.Copy(io.Discard, r)
	}
	switch {
	case err == nil:
		return "", nil
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.Is(err, coc.ErrMissing):
		return evidence.NotKept, nil
	case errors.Is(err, coc.ErrAltered):
		return evidence.Altered, nil
	}
	return "", err
}
