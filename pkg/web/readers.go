package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
)

// What somebody may send to be told who would read it, in bytes. The account is not
// among it, and is not needed for it.
const maxChosen = 64 << 10

// How often it is worked out for everybody together who would read a report. It is
// asked for some ten times while somebody fills in one form.
const (
	askedAtOnce  = 1000
	askedASecond = 100
)

// curious bounds what everybody together asks, as guesses does with receipts.
type curious struct{ limiter *rate.Limiter }

func newCurious() curious { return curious{rate.NewLimiter(askedASecond, askedAtOnce)} }

// tooMany counts a question, and reports whether there were too many of late.
func (c curious) tooMany(now time.Time) bool { return !c.limiter.AllowN(now, 1) }

// readers is who would read a report by what is chosen in the form. Unknown: it
// cannot be said at present.
type readers struct {
	casework.Preview
	Unknown bool
	About   bool // the form is about a repository
}

func readersPath(r coc.Repo) string {
	if r.IsZero() {
		return "/report/readers"
	}
	return formPath(r) + "/readers"
}

// readersNow asks the Desk. Nothing is kept of what was typed, and nothing is logged,
// of an error neither: it is asked while somebody types, and the form says the same
// of its first committee in any event. That is also all that is said to whoever asks too
// often, or while too many do.
func (s *site) readersNow(r *http.Request, page formPage) *readers {
	if now := s.Now(); s.tries.wait(asking, r.RemoteAddr, now) > 0 || s.curious.tooMany(now) {
		return &readers{Unknown: true, About: !page.Repo.IsZero()}
	}
	ctx, cancel := context.WithTimeout(r.Context(), guideWithin)
	defer cancel()
	shown, err := s.Desk.Preview(ctx, page.In.filing(page.Repo, s.Desk))
	return &readers{Preview: shown, Unknown: err != nil, About: !page.Repo.IsZero()}
}

// shownAgain gives the form back with who would read it. Nothing is saved.
func (s *site) shownAgain(w http.ResponseWriter, r *http.Request, page formPage) {
	if !tokenForm.MatchString(page.Token) {
		page.Token = ""
	}
	status := http.StatusOK
	if page.Problems = page.besides(); len(page.Problems) > 0 {
		status = http.StatusUnprocessableEntity
	} else {
		page.Now = s.readersNow(r, page)
	}
	if strings.Join(r.PostForm["files"], "") != "" { // their names: nothing was sent
		if page.Problems == nil {
			page.Problems = map[string]string{}
		}
		page.Problems["files"] = "upload.again"
	}
	s.again(w, r, status, page)
}

// readers is the same part of the page alone, for the script that asks while
// somebody types. It looks at fewer fields than a report has, and at short ones.
func (s *site) readers(w http.ResponseWriter, r *http.Request) {
	repo, ok := subject(r)
	if !ok {
		s.message(w, r, http.StatusNotFound, "missing")
		return
	}
	if !s.sent(w, r, maxChosen) {
		return
	}
	page := formPage{Repo: repo, In: answersIn(r.PostForm)}
	now := &readers{Unknown: true, About: !repo.IsZero()}
	if len(page.besides()) == 0 {
		now = s.readersNow(r, page)
	}
	s.show(w, r, http.StatusOK, "readers", now)
}
