package web

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// answerPage is where somebody who is accused reads what a committee wrote to them, and
// answers. It has nothing of the report.
type answerPage struct {
	casework.Invited
	At      string // what stands in the address
	Token   string // of the form
	Typed   string
	Problem string
	Saved   bool
	// Failed is set when the answer could not be saved, Unsure where it may have been.
	Failed, Unsure bool
	Reference      string
}

// invited shows the page. That it was opened changes nothing.
func (s *site) invited(w http.ResponseWriter, r *http.Request) {
	if s.hurried(w, r) {
		return
	}
	s.answering(w, r, answerPage{At: r.PathValue("token")}, http.StatusOK)
}

// answer takes what somebody writes there. Whatever is wrong with an address, the answer
// is the same, whatever was written.
func (s *site) answer(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxWrittenSent)
	err := r.ParseForm()
	page := answerPage{At: r.PathValue("token")}
	if err == nil {
		page.Typed = typed(r.PostForm, "words")
		if token := r.PostForm.Get("token"); tokenForm.MatchString(token) {
			page.Token = token
		}
	}
	if s.hurried(w, r) {
		return
	}
	status := http.StatusUnprocessableEntity
	switch {
	case tooLarge(err):
		page.Problem, status = "error.hearing-large", http.StatusRequestEntityTooLarge
	case len(page.Typed) > casework.MaxAnswer:
		page.Problem, status = "error.hearing-long", http.StatusRequestEntityTooLarge
	case blank(page.Typed):
		page.Problem = "error.answer"
	case page.Token == "":
		page.Problem = "error.token"
	default:
		s.answered(w, r, page)
		return
	}
	s.answering(w, r, page, status)
}

// answered makes an answer durable. The page says so only after that has happened.
func (s *site) answered(w http.ResponseWriter, r *http.Request, page answerPage) {
	ctx, cancel := context.WithTimeout(r.Context(), storeWithin)
	defer cancel()
	words := coc.NewProse(page.Typed)
	err := s.Desk.Answer(ctx, page.At, page.Token, words)
	switch {
	case err == nil:
		s.show(w, r, http.StatusOK, "answer", answerPage{Saved: true})
	case errors.Is(err, coc.ErrMissing):
		s.notThere(w, r)
	default:
		page.Failed, page.Unsure = true, errors.Is(err, coc.ErrUnsure)
		page.Reference = s.reference("answer", withoutReceipt(err, page.At), words)
		s.answering(w, r, page, http.StatusServiceUnavailable)
	}
}

// answering shows the page with what the committee wrote.
func (s *site) answering(w http.ResponseWriter, r *http.Request, page answerPage, status int) {
	ctx, cancel := context.WithTimeout(r.Context(), storeWithin)
	defer cancel()
	invited, err := s.Desk.Invited(ctx, page.At)
	switch {
	case err != nil && page.Failed:
		// What was written is given back, and what it answers is not known now.
	case errors.Is(err, coc.ErrMissing):
		s.notThere(w, r)
		return
	case err != nil && page.Typed == "":
		s.failed(w, r, "answer", withoutReceipt(err, page.At))
		return
	case err != nil:
		page.Reference = s.reference("answer", withoutReceipt(err, page.At), coc.NewProse(page.Typed))
		status = http.StatusServiceUnavailable
	}
	if page.Invited = invited; page.Token == "" {
		page.Token = rand.Text()
	}
	s.show(w, r, status, "answer", page)
}

// notThere is the answer to every address that leads to nothing.
func (s *site) notThere(w http.ResponseWriter, r *http.Request) {
	if s.guesses.tooMany(s.Now()) {
		w.Header().Set("Retry-After", askAgainAfter)
		s.plain(w, r, http.StatusTooManyRequests, "hurried")
		return
	}
	s.plain(w, r, http.StatusNotFound, "noaddress")
}

// hurried asks whoever tries too much to wait. What they wrote is given back.
func (s *site) hurried(w http.ResponseWriter, r *http.Request) bool {
	if s.tries.allow(r.RemoteAddr, s.Now()) {
		return false
	}
	w.Header().Set("Retry-After", askAgainAfter)
	if words := typed(r.PostForm, "words"); !blank(words) && len(words) <= casework.MaxAnswer {
		token := r.PostForm.Get("token") // the same, so that it stays one answer
		if !tokenForm.MatchString(token) {
			token = rand.Text()
		}
		page := answerPage{At: r.PathValue("token"), Token: token, Typed: words, Problem: "hurried.text"}
		s.show(w, r, http.StatusTooManyRequests, "answer", page)
		return true
	}
	s.plain(w, r, http.StatusTooManyRequests, "hurried")
	return true
}

// plain is a message for somebody whom our form is no use to.
func (s *site) plain(w http.ResponseWriter, r *http.Request, status int, key string) {
	s.show(w, r, status, "plain", struct{ Key string }{key})
}

// Path is where the form is sent to.
func (p answerPage) Path() string { return "/answer/" + p.At }

// Open reports whether it is known what is asked.
func (p answerPage) Open() bool { return !p.Until.IsZero() }

// Last is the last whole day on which an answer is taken, wherever the day begins.
func (p answerPage) Last() time.Time { return p.Until.Add(-24 * time.Hour) }

// Wrong reports whether something is wrong with the words.
func (p answerPage) Wrong() bool {
	return p.Problem == "error.answer" || p.Problem == "error.hearing-long"
}
