package web

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// exhibitPolicy is for what others made: nothing in it may run, load or send anything,
// and no page may show it in a frame. Styles are for the browser's own viewer, which
// fits a picture to a phone by them; nothing that is shown here can have any.
const exhibitPolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox; base-uri 'none'; frame-ancestors 'none'"

// exhibit gives an item of a case's evidence to somebody who may read the case, piece
// by piece. Only a picture that was drawn anew and text of ours are shown; everything
// else is downloaded. Whoever may not read it gets the bytes that stand for what is not
// there.
func (s *site) exhibit(w http.ResponseWriter, r *http.Request) {
	who, ok := s.member(w, r)
	if !ok {
		return
	}
	id := r.PathValue("id")
	number, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || !caseForm.MatchString(id) {
		s.message(w, r, http.StatusNotFound, "nocase")
		return
	}
	// A large file on a slow line takes longer than other answers.
	ctx, cancel := context.WithTimeout(r.Context(), uploadWithin)
	defer cancel()
	e, err := s.Desk.Exhibit(ctx, who, coc.CaseID(id), number)
	switch {
	case errors.Is(err, coc.ErrMissing):
		s.message(w, r, http.StatusNotFound, "nocase")
		return
	case err != nil:
		s.failed(w, r, "evidence", err)
		return
	}
	defer e.Content.Close()
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(uploadWithin))
	shown := "attachment"
	if e.Inline {
		shown = "inline"
	}
	h := w.Header()
	h.Set("Content-Security-Policy", exhibitPolicy)
	h.Set("Content-Type", e.Media)
	h.Set("Content-Disposition", mime.FormatMediaType(shown, map[string]string{"filename": e.Name.Reveal()}))
	h.Set("Content-Length", strconv.FormatInt(e.Size, 10))
	if _, err := io.Copy(w, e.Content); err != nil && r.Context().Err() == nil {
		// What was sent is shorter than was said, which every browser takes for broken.
		s.reference("evidence", err)
	}
}
