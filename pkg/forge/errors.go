package forge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/google/go-github/v62/github"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// answer is what GitHub said when it did not do as asked. Its message decides
// and goes no further: it may quote what was sent.
type answer struct {
	status  int
	header  http.Header
	message string
	codes   []string // those of fieldCodes that it gave
	taken   bool     // the name asked for is another's
	token   bool     // it refused a token, not a call
}

// fieldCodes are GitHub's documented words for what is wrong with a field. Any
// other could quote the field.
var fieldCodes = []string{"missing", "missing_field", "invalid", "already_exists", "unprocessable", "too_long", "custom"}

func (a answer) Error() string { return "status " + strconv.Itoa(a.status) }

func (a answer) archived() bool {
	return a.status == http.StatusForbidden && !a.token && strings.Contains(a.message, "archived")
}

// answered finds GitHub's answer in the error of whichever library carries it.
func answered(err error) (answer, bool) {
	var (
		own   answer
		plain *github.ErrorResponse
	)
	switch {
	case errors.As(err, &own):
		return own, true
	case errors.As(err, &plain):
		a := from(plain.Response, plain.Message)
		for _, e := range plain.Errors {
			if slices.Contains(fieldCodes, e.Code) {
				a.codes = append(a.codes, e.Code)
			}
			a.taken = a.taken || e.Field == "name" && (e.Code == "already_exists" || strings.Contains(strings.ToLower(e.Message), "already exists"))
		}
		return a, true
	}
	return answer{}, false
}

func from(r *http.Response, message string) answer {
	return answer{status: r.StatusCode, header: r.Header, message: strings.ToLower(message)}
}

// messageIn is GitHub's message, or "" where there is none: the status decides
// then.
func messageIn(body io.Reader) string {
	var said struct {
		Message string `json:"message"`
	}
	if json.NewDecoder(io.LimitReader(body, 1<<16)).Decode(&said) != nil {
		return ""
	}
	return said.Message
}

func statusOf(err error) int {
	a, _ := answered(err)
	return a.status
}

// notCovered reports whether a token was refused because the installation does
// not have the repository, under the name or id asked for.
func notCovered(err error) bool {
	a, ok := answered(err)
	return ok && a.token && a.status == http.StatusUnprocessableEntity && !strings.Contains(a.message, "permission")
}

// worldErrors are what coc knows of the world.
var worldErrors = []error{coc.ErrMissing, coc.ErrInaccessible, coc.ErrDenied, coc.ErrArchived,
	coc.ErrTaken, coc.ErrNotAFile, coc.ErrTooLarge, coc.ErrGone, coc.ErrConverted}

// explain is the only way out for an error: what it returns holds the
// operation, a status, and one of coc's errors where there is one for it.
func (f *Forge) explain(op string, err error) error {
	if err == nil {
		return nil
	}
	if a, ok := answered(err); ok {
		return f.explainAnswer(op, a)
	}
	var held heldBack
	switch {
	case errors.As(err, &held):
		return fmt.Errorf("forge: %w", coc.Later{After: held.until, Cause: op + ": " + held.cause, Ours: held.ours})
	case errors.Is(err, errStale):
		return fmt.Errorf("forge: %s: %w", op, coc.ErrInaccessible)
	}
	for _, own := range []error{errTooMuch, errAbroad, errRefused} {
		if errors.Is(err, own) {
			return fmt.Errorf("forge: %s: %w", op, own)
		}
	}
	for _, known := range worldErrors {
		if errors.Is(err, known) {
			return fmt.Errorf("forge: %s: %w", op, known)
		}
	}
	var later coc.Later
	if errors.As(err, &later) {
		return fmt.Errorf("forge: %w", later)
	}
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	if errors.As(err, &syntax) || errors.As(err, &kind) {
		// Something in between answered with a page of its own.
		return fmt.Errorf("forge: %w", coc.Later{Cause: op + ": an answer that is not GitHub's"})
	}
	cause := op + ": no answer"
	if errors.Is(err, context.Canceled) {
		cause = op + ": cancelled"
	}
	return fmt.Errorf("forge: %w", coc.Later{Cause: cause})
}

func (f *Forge) explainAnswer(op string, a answer) error {
	if a.status == http.StatusUnauthorized {
		// It says who asks is not believed, and nothing of what was asked for: a
		// report must not go elsewhere for a clock that is wrong, or a key.
		f.wire.log.Warn().Str("operation", op).
			Msg("GitHub does not accept who we are: does the private key belong to the App, and is the clock right?")
	}
	if a.status >= 500 || a.status == http.StatusUnauthorized {
		return fmt.Errorf("forge: %w", coc.Later{Cause: fmt.Sprintf("%s: status %d", op, a.status)})
	}
	var is error
	switch a.status {
	case http.StatusForbidden:
		switch {
		case a.token, strings.Contains(a.message, "suspended"), strings.Contains(a.message, "blocked"):
			is = coc.ErrInaccessible
		case a.archived(), strings.Contains(a.message, "locked"):
			is = coc.ErrArchived
		default:
			is = coc.ErrDenied
		}
	case http.StatusNotFound, http.StatusUnavailableForLegalReasons:
		is = coc.ErrInaccessible
	case http.StatusGone:
		is = coc.ErrGone
		if strings.Contains(a.message, "disabled") {
			is = coc.ErrArchived
		}
	case http.StatusUnprocessableEntity:
		if a.token {
			is = coc.ErrInaccessible
			if strings.Contains(a.message, "permission") {
				is = coc.ErrDenied
			}
		}
	}
	if is == nil {
		return fmt.Errorf("forge: %s: status %d %v", op, a.status, a.codes)
	}
	return fmt.Errorf("forge: %s: status %d: %w", op, a.status, is)
}

// plainErrors turns every answer of GraphQL but 200 into an error that keeps
// its status and headers, which the GraphQL client would lose.
type plainErrors struct{ next http.RoundTripper }

func (p plainErrors) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := p.next.RoundTrip(r)
	if err != nil || res.StatusCode == http.StatusOK {
		return res, err
	}
	defer res.Body.Close()
	return nil, from(res, messageIn(res.Body))
}
