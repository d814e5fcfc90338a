package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// maxReceipt bounds what is read of a typed receipt.
const maxReceipt = 4 << 10

// lookupPage asks for a receipt. What was typed is not given back: a receipt
// on a screen can be read over a shoulder.
type lookupPage struct{ Problem string }

// lookup asks for the receipt. It is never part of an address.
func (s *site) lookup(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusOK, "lookup", lookupPage{})
}

// progress shows how the case behind a receipt stands. Whatever is wrong with
// a receipt, the answer is the same.
func (s *site) progress(w http.ResponseWriter, r *http.Request) {
	if !s.tries.allow(r.RemoteAddr, s.Now()) {
		w.Header().Set("Retry-After", "60")
		s.show(w, r, http.StatusTooManyRequests, "lookup", lookupPage{Problem: "lookup.often"})
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxReceipt)
	typed := ""
	if r.ParseForm() == nil {
		typed = strings.TrimSpace(strings.ToValidUTF8(r.PostForm.Get("receipt"), "\uFFFD"))
	}
	if typed == "" {
		s.unknown(w, r)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), storeWithin)
	defer cancel()
	p, err := s.Desk.Progress(ctx, typed)
	_, refused := refusal(err)
	switch {
	case err == nil:
		s.show(w, r, http.StatusOK, "progress", progressPage{p})
	case errors.Is(err, coc.ErrMissing) || refused:
		s.unknown(w, r)
	default:
		s.failed(w, r, "receipt", withoutReceipt(err, typed))
	}
}

func (s *site) unknown(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusNotFound, "lookup", lookupPage{Problem: "lookup.unknown"})
}

// progressPage is a Progress with words for it.
type progressPage struct{ casework.Progress }

// StageWords is the key of what the stage is for somebody who knows nothing of ours.
func (p progressPage) StageWords() string { return "stage." + string(p.Stage) }

// Said is what the committee has written, the newest first.
func (p progressPage) Said() []said {
	var out []said
	for _, m := range p.Messages {
		out = append(out, said{m.Asks, m.At, m.Text.Reveal()})
	}
	return out
}

type said struct {
	Asks  bool
	At    time.Time
	Words string
}

// withoutReceipt keeps a receipt out of the log should an error quote it.
func withoutReceipt(err error, typed string) error {
	if strings.Contains(err.Error(), typed) {
		return errors.New("withheld, because it quotes the receipt")
	}
	return err
}
