package web

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// What may be written with a receipt at one time, in bytes, and how large the request
// may be: too long by a little is given back, with the words in it.
const (
	maxWritten     = 64 << 10
	maxWrittenSent = 1 << 20
)

// lookupPage asks for a receipt. What was typed is not given back: a receipt
// on a screen can be read over a shoulder.
type lookupPage struct {
	Problem string
	Mine    mine
	Typed   string // what was written with a receipt that shows nothing
}

// lookup asks for the receipt. It is never part of an address.
func (s *site) lookup(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusOK, "lookup", lookupPage{Mine: s.mine(r)})
}

// receipt shows how the case behind a receipt stands, and takes what is written there.
// Whatever is wrong with a receipt, the answer is the same, and so is the work that
// leads to it.
func (s *site) receipt(w http.ResponseWriter, r *http.Request) {
	allowed := s.tries.allow(r.RemoteAddr, s.Now())
	var behind error // of a receipt that brings files
	named := false   // the report behind it carries a name
	in, err := s.take(w, r, maxWrittenSent, func(before url.Values) bool {
		if !allowed || writingIn(before).Act == "" {
			return false
		}
		named, behind = s.shows(r, receiptIn(before))
		return behind == nil
	}, func(before url.Values) bool { return !named || writingIn(before).Clean })
	defer func() { s.discard(r, in.files) }()
	if tooLarge(err) {
		s.message(w, r, http.StatusRequestEntityTooLarge, "toolarge")
		return
	}
	page := progressPage{Uploads: s.uploads(), FilesProblem: in.wrong}
	if err == nil {
		page.Receipt = receiptIn(r.PostForm)
		page.In = writingIn(r.PostForm)
		if token := r.PostForm.Get("token"); page.In.Act != "" && tokenForm.MatchString(token) {
			page.Token = token
		}
	}
	switch {
	case !allowed:
		page.chooseAgain(in)
		s.tooOften(w, r, page)
	case errors.Is(behind, coc.ErrMissing):
		s.unknown(w, r, page.In.Typed)
	case behind != nil:
		// The files were not kept, so that the words must not go without them.
		page.Failed, page.Reference = true, s.reference("receipt", withoutReceipt(behind, page.Receipt), page.In.Words())
		page.chooseAgain(in)
		s.progress(w, r, page)
	case page.In.Act == "":
		s.progress(w, r, page)
	default:
		s.write(w, r, page, &in)
	}
}

// receiptIn is a receipt as somebody typed it.
func receiptIn(form url.Values) string {
	return strings.TrimSpace(typed(form, "receipt"))
}

// shows asks whether a receipt shows anything, before files are taken with it, and
// whether its report carries a name. It is asked in one way, so that it costs the same
// whatever is wrong with the receipt.
func (s *site) shows(r *http.Request, receipt string) (named bool, err error) {
	ctx, cancel := context.WithTimeout(r.Context(), storeWithin)
	defer cancel()
	p, err := s.Desk.Progress(ctx, receipt)
	return p.Named, err
}

// tooOften asks to wait. What was written is given back.
func (s *site) tooOften(w http.ResponseWriter, r *http.Request, page progressPage) {
	w.Header().Set("Retry-After", askAgainAfter)
	if page.In.Act == "" {
		s.show(w, r, http.StatusTooManyRequests, "lookup", lookupPage{Problem: "lookup.often"})
		return
	}
	page.Problem = "lookup.often"
	s.show(w, r, http.StatusTooManyRequests, "progress", page.ready())
}

// progress shows the page.
func (s *site) progress(w http.ResponseWriter, r *http.Request, page progressPage) {
	ctx, cancel := context.WithTimeout(r.Context(), storeWithin)
	defer cancel()
	p, err := s.Desk.Progress(ctx, page.Receipt)
	switch {
	case errors.Is(err, coc.ErrMissing):
		s.unknown(w, r, page.In.Typed)
		return
	case err != nil && page.Saved == "" && page.In.Act == "":
		s.failed(w, r, "receipt", withoutReceipt(err, page.Receipt))
		return
	case err != nil && page.Reference == "":
		// What was written is saved, or is given back; how it stands is not known.
		page.Reference = s.reference("receipt", withoutReceipt(err, page.Receipt), page.In.Words())
	}
	if err == nil {
		page.Progress = p
	}
	status := http.StatusOK
	switch {
	case page.Failed || err != nil:
		status = http.StatusServiceUnavailable
	case page.Problem == "error.answer-long":
		status = http.StatusRequestEntityTooLarge
	case page.Problem != "":
		status = http.StatusUnprocessableEntity
	}
	s.show(w, r, status, "progress", page.ready())
}

// write takes what somebody sends with their receipt. The page says that it is saved
// only after Write has returned.
func (s *site) write(w http.ResponseWriter, r *http.Request, page progressPage, in *sent) {
	if page.Problem = page.In.problem(); page.Problem == "" && page.Token == "" {
		page.Problem = "error.token"
	}
	if page.withFiles(*in); page.Problem != "" {
		s.progress(w, r, page)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), storeWithin)
	defer cancel()
	said := page.In.said()
	said.Files = in.files
	err := s.Desk.Write(ctx, page.Receipt, page.Token, said)
	in.filed(err)
	switch {
	case err == nil:
		page.Saved, page.Just = said.Kind, casework.Said{At: s.Now(), Kind: said.Kind, Text: said.Text}
		page.Token, page.In = "", writing{Act: page.In.Act}
	case errors.Is(err, coc.ErrMissing):
		s.unknown(w, r, page.In.Typed)
		return
	case errors.Is(err, casework.ErrFull):
		page.Problem = "error.answer-full"
		page.chooseAgain(*in)
	default:
		page.chooseAgain(*in)
		page.Failed, page.Unsure = true, errors.Is(err, coc.ErrUnsure)
		page.Reference = s.reference("answer", withoutReceipt(err, page.Receipt), page.In.Words())
	}
	s.progress(w, r, page)
}

// unknown is the answer to every receipt that shows nothing. What was written with it
// is given back: somebody who was signed in when they began to write is not any more.
func (s *site) unknown(w http.ResponseWriter, r *http.Request, typed string) {
	if s.guesses.tooMany(s.Now()) {
		w.Header().Set("Retry-After", askAgainAfter)
		s.show(w, r, http.StatusTooManyRequests, "lookup", lookupPage{Problem: "lookup.often", Typed: typed})
		return
	}
	s.show(w, r, http.StatusNotFound, "lookup", lookupPage{Problem: "lookup.unknown", Typed: typed})
}

// acts are what can be sent with a receipt, by the words of the form.
var acts = map[string]coc.MessageKind{
	"answer": coc.MessageAnswer, "urgent": coc.MessageUrgent, "withdraw": coc.MessageWithdrawn,
}

// writing is what somebody typed on the page behind their receipt, as they typed it, so
// that it can be shown to them again.
type writing struct {
	Act    string // "" only asks how it stands
	Typed  string
	Danger bool
	// Clean asks that pictures are drawn anew also where the report carries a name.
	Clean bool
}

func writingIn(form url.Values) writing {
	in := writing{Act: form.Get("act"), Typed: typed(form, "words"), Danger: form.Get("danger") != "", Clean: form.Get("clean") != ""}
	if _, ok := acts[in.Act]; !ok {
		return writing{}
	}
	return in
}

// problem is the key of a sentence. Only an answer needs words.
func (in writing) problem() string {
	switch {
	case len(in.Typed) > maxWritten:
		return "error.answer-long"
	case in.Act == "answer" && blank(in.Typed):
		return "error.answer"
	}
	return ""
}

func (in writing) said() coc.FromReporter {
	said := coc.FromReporter{Kind: acts[in.Act]}
	if !blank(in.Typed) {
		said.Text = coc.NewProse(in.Typed)
	}
	said.Danger = in.Danger && said.Kind == coc.MessageUrgent
	return said
}

// Words are for the check that no log line quotes them.
func (in writing) Words() coc.Prose { return coc.NewProse(in.Typed) }

// progressPage is a Progress with words for it, and what can be written to whoever has
// the case. Without a State nothing is known of the case at the moment.
type progressPage struct {
	casework.Progress
	Receipt, Token string
	In             writing
	// Saved is what has just been saved, Just its words, which may not be in the case
	// yet.
	Saved   coc.MessageKind
	Just    casework.Said
	Problem string
	Uploads uploads
	// FilesProblem is the key of what is wrong with the files.
	FilesProblem string
	// Failed is set when a whole message could not be saved, Unsure where it may have
	// been.
	Failed, Unsure bool
	Reference      string
}

// ready is the page with a token to send something with.
func (p progressPage) ready() progressPage {
	if p.Token == "" {
		p.Token = rand.Text()
	}
	return p
}

// StageWords is the key of what the stage is for somebody who knows nothing of ours.
func (p progressPage) StageWords() string { return "stage." + string(p.Stage) }

// Said is what was written both ways, the newest first.
func (p progressPage) Said() []said {
	all := p.Messages
	if p.Saved != "" && !slices.ContainsFunc(all, func(m casework.Said) bool { return m.Kind == p.Just.Kind && m.Text == p.Just.Text }) {
		all = append([]casework.Said{p.Just}, all...)
	}
	var out []said
	for _, m := range all {
		out = append(out, said{"wrote." + string(m.Kind), m.Kind.Theirs(), m.At, m.Text.Reveal()})
	}
	return out
}

type said struct {
	Key    string // of the words for what it is
	Theirs bool
	At     time.Time
	Words  string
}

// SavedWords is the key of the words for what has just been saved; "": nothing was.
func (p progressPage) SavedWords() string {
	if p.Saved == "" {
		return ""
	}
	return "saved." + string(p.Saved)
}

// Typed gives back what was typed into one of the forms of the page.
func (p progressPage) Typed(act string) string {
	if p.In.Act != act {
		return ""
	}
	return p.In.Typed
}

// Unfold reports whether one of the forms was sent and comes back.
func (p progressPage) Unfold(act string) bool {
	return p.In.Act == act && (p.Problem != "" || p.Failed)
}

// Wrong reports whether something is wrong with the words of an answer.
func (p progressPage) Wrong() bool {
	return p.In.Act == "answer" && (p.Problem == "error.answer" || p.Problem == "error.answer-long")
}

// Closed reports whether the case is closed.
func (p progressPage) Closed() bool { return p.Stage == coc.StageClosed }

// withoutReceipt keeps a receipt out of the log should an error quote it.
func withoutReceipt(err error, typed string) error {
	if typed != "" && strings.Contains(err.Error(), typed) {
		return errors.New("withheld, because it quotes the receipt")
	}
	return err
}
