package casework

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/evidence"
)

// Upload keeps a file that somebody sends, as it comes in. With redraw, a picture is
// drawn anew and what else its file said is not kept. What is wrong with the file is
// an evidence.Wrong; then, as after every error, nothing of it is kept. What nobody
// files afterwards is swept away.
func (d *Desk) Upload(ctx context.Context, name coc.Prose, from io.Reader, redraw bool) (coc.Upload, error) {
	if d.Vault == nil {
		return coc.Upload{}, evidence.NoSpace
	}
	all, err := d.Vault.Contents(ctx)
	if err != nil {
		return coc.Upload{}, err
	}
	if all >= d.Evidence.Instance {
		return coc.Upload{}, evidence.NoSpace
	}
	file, err := evidence.Open(from, d.Evidence.File)
	if err != nil {
		return coc.Upload{}, err
	}
	kept, err := d.Vault.Keep(ctx, file)
	if err != nil {
		return coc.Upload{}, err
	}
	kind := file.Kind
	if redraw && kind.CanRedraw() {
		drawn, as, err := d.redraw(ctx, kind, kept)
		if err := errors.Join(err, d.Vault.Drop(context.WithoutCancel(ctx), kept.ID)); err != nil {
			return coc.Upload{}, err
		}
		kept, kind = drawn, as
		kept.Redrawn = true
	}
	kept.Media = string(kind)
	return coc.Upload{Name: evidence.Name(name, kind), Content: kept}, nil
}

// Discard gives up files that nobody is going to file. What cannot be erased now is
// swept away later.
func (d *Desk) Discard(ctx context.Context, files []coc.Upload) {
	for _, f := range files {
		if d.Vault == nil || d.Vault.Drop(ctx, f.Content.ID) != nil {
			return
		}
	}
}

// Uploads is how much is taken of files; no Files: none are.
func (d *Desk) Uploads() EvidenceLimits {
	if d.Vault == nil {
		return EvidenceLimits{}
	}
	return d.Evidence
}

// redraw draws one picture at a time. What it draws is in memory, as the picture is
// that it is drawn from.
func (d *Desk) redraw(ctx context.Context, kind evidence.Kind, kept coc.Content) (coc.Content, evidence.Kind, error) {
	select {
	case d.drawing <- struct{}{}:
		defer func() { <-d.drawing }()
	case <-ctx.Done():
		return coc.Content{}, "", ctx.Err()
	}
	var drawn bytes.Buffer
	as, err := evidence.Redraw(kind, func() (io.ReadCloser, error) { return d.Vault.Content(ctx, kept) }, &drawn)
	if err != nil {
		return coc.Content{}, "", fmt.Errorf("drawing a picture anew: %w", err)
	}
	if int64(drawn.Len()) > d.Evidence.File {
		return coc.Content{}, "", evidence.TooBig
	}
	out, err := d.Vault.Keep(ctx, &drawn)
	return out, as, err
}
