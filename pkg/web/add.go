package web

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/evidence"
)

// maxAddSent bounds what stands beside the files in a form that adds some.
const maxAddSent = 64 << 10

// fileProblem is the key of a sentence about what was sent; "": nothing to say.
func fileProblem(err error) string {
	var is evidence.Wrong
	switch {
	case !errors.As(err, &is):
		return ""
	case is == evidence.NoSpace:
		return "error.file-full"
	}
	return fileProblems[is]
}

// adder finds who wants to add to which case, and whether they may: nothing of what
// somebody sends is read before that. Members are counted by their account, because a
// committee may sit behind one address.
func (s *site) adder(w http.ResponseWriter, r *http.Request) (who coc.Person, id coc.CaseID, ok bool) {
	who, ok = s.member(w, r)
	if !ok {
		return who, "", false
	}
	if s.tries.wait(adding, "account "+strconv.FormatInt(who.Account, 10), s.Now()) > 0 {
		w.Header().Set("Retry-After", askAgainAfter)
		s.message(w, r, http.StatusTooManyRequests, "often")
		return who, "", false
	}
	if id = coc.CaseID(r.PathValue("id")); !caseForm.MatchString(string(id)) {
		s.message(w, r, http.StatusNotFound, "nocase")
		return who, "", false
	}
	ctx, cancel := context.WithTimeout(r.Context(), askWithin)
	defer cancel()
	if err := s.Desk.MayAdd(ctx, who, id); err != nil {
		s.notAdded(w, r, who, id, err)
		return who, "", false
	}
	return who, id, true
}

// add takes files from a member, and leads back to the case.
func (s *site) add(w http.ResponseWriter, r *http.Request) {
	who, id, ok := s.adder(w, r)
	if !ok {
		return
	}
	in, err := s.take(w, r, maxAddSent, func(url.Values) bool { return true }, func(before url.Values) bool { return before.Get("clean") != "" })
	if err != nil {
		s.unread(w, r, err)
		return
	}
	defer func() { s.discard(r, in.files) }()
	problem := in.wrong
	if problem == "" && len(in.files) == 0 {
		problem = "error.file-none"
	}
	if problem == "error.file-space" {
		problem = "error.file-full" // there is nothing that could be sent without them
	}
	if problem != "" {
		s.showCase(w, r, who, id, http.StatusUnprocessableEntity, casePage{FilesProblem: problem})
		return
	}
	// The server has been given long enough for the files; this is for the rest.
	ctx, cancel := context.WithTimeout(r.Context(), askWithin)
	defer cancel()
	err = s.Desk.AddFiles(ctx, who, id, in.files)
	in.filed(err)
	s.backToCase(w, r, who, id, err)
}

// clean has a picture kept once more without what its file tells.
func (s *site) clean(w http.ResponseWriter, r *http.Request) {
	who, id, ok := s.adder(w, r)
	if !ok {
		return
	}
	number, err := strconv.Atoi(r.PathValue("n"))
	if err != nil {
		s.message(w, r, http.StatusNotFound, "nocase")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), askWithin)
	defer cancel()
	err = s.Desk.Clean(ctx, who, id, number)
	if problem := fileProblem(err); problem != "" && problem != "error.file-case" && problem != "error.file-full" {
		s.showCase(w, r, who, id, http.StatusUnprocessableEntity, casePage{Problem: "error.clean"})
		return
	}
	s.backToCase(w, r, who, id, err)
}

func (s *site) backToCase(w http.ResponseWriter, r *http.Request, who coc.Person, id coc.CaseID, err error) {
	if err != nil {
		s.notAdded(w, r, who, id, err)
		return
	}
	http.Redirect(w, r, speak(r).To("/cases/"+string(id))+"#evidence", http.StatusSeeOther)
}

// notAdded says why. Whoever may not read the case gets the bytes that stand for what
// is not there.
func (s *site) notAdded(w http.ResponseWriter, r *http.Request, who coc.Person, id coc.CaseID, err error) {
	switch problem := fileProblem(err); {
	case errors.Is(err, coc.ErrMissing):
		s.message(w, r, http.StatusNotFound, "nocase")
	case problem != "":
		s.showCase(w, r, who, id, http.StatusUnprocessableEntity, casePage{Problem: problem})
	default:
		s.failed(w, r, "add evidence", err)
	}
}

// withAdding is what a case's page has for whoever may add to it.
func (s *site) withAdding(p casePage) casePage {
	if !p.Notice {
		p.Uploads, p.Token = s.uploads(), rand.Text()
	}
	return p
}

// FilesHint is the key of what is said of the files that can be chosen.
func (casePage) FilesHint() string { return "add.hint" }

// Offers is the words with which it is offered that pictures are kept without what their files tell.
func (casePage) Offers() string { return "clean.label" }

// Cleaned reports whether the box for that was ticked; it never is when a page is new.
func (casePage) Cleaned() bool { return false }

// CanClean reports whether a picture can be kept once more without what its file tells.
func (p casePage) CanClean(e coc.Evidence) bool {
	if p.Uploads.Files == 0 || !casework.CanClean(e) {
		return false
	}
	for _, other := range p.Evidence {
		if other.Kind == coc.EvidenceFile && other.Of == e.Number {
			return false
		}
	}
	return true
}

// caseAt is the address of a page of a case's.
func (p casePage) caseAt(rest ...string) string {
	return strings.Join(append([]string{"/cases", string(p.ID)}, rest...), "/")
}

// AddAt is where files are sent that are added to the case.
func (p casePage) AddAt() string { return p.caseAt("evidence") }

// ItemAt is where an item of its evidence is.
func (p casePage) ItemAt(n int) string { return p.caseAt("evidence", strconv.Itoa(n)) }
