package forge

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/time/rate"
)

const (
	apiVersion = "2022-11-28"
	// A page of thirty of the longest issues is 8 MB, and more in escapes.
	largestAnswer = 24 << 20
	// How long a write waits for its turn before it is put off.
	patience = 10 * time.Second
)

var (
	errTooMuch = errors.New("the answer is larger than any we ask for")
	errAbroad  = errors.New("the answer leads to another host")
	errRefused = errors.New("refused in words that we do not know")
)

// heldBack says that we ourselves are too fast, and when there will be room.
type heldBack struct{ until time.Time }

func (h heldBack) Error() string { return "held back by our own pace" }

// wire is the one way out: every request of every App passes it, those for
// tokens too.
type wire struct {
	next   http.RoundTripper
	hosts  map[string]bool
	base   string // the path of V3
	writes *rate.Limiter
	count  func(string, int)
	log    zerolog.Logger
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	// A redirect is followed with the token; never to another host.
	if !w.hosts[r.URL.Host] {
		return nil, errAbroad
	}
	if err := w.pace(r); err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Header.Set("X-GitHub-Api-Version", apiVersion)
	if r.Header.Get("User-Agent") == "" {
		r.Header.Set("User-Agent", userAgent)
	}
	operation := w.operation(r)
	began := time.Now()
	res, err := w.next.RoundTrip(r)
	if err != nil {
		w.count(operation, 0)
		w.log.Debug().Str("operation", operation).Dur("took", time.Since(began)).Msg("forge: no answer")
		return nil, err
	}
	w.count(operation, res.StatusCode)
	w.log.Debug().Str("operation", operation).Int("status", res.StatusCode).Dur("took", time.Since(began)).Msg("forge: answered")
	res.Body = &bounded{ReadCloser: res.Body, left: largestAnswer}
	return res, nil
}

// pace makes a write wait for its turn. Asking for a token changes nothing
// that anybody sees, and is not held back.
func (w *wire) pace(r *http.Request) error {
	if r.Method == http.MethodGet || r.Method == http.MethodHead || strings.HasSuffix(r.URL.Path, "/access_tokens") {
		return nil
	}
	turn := w.writes.Reserve()
	if !turn.OK() {
		return heldBack{until: time.Now().Add(time.Minute)}
	}
	wait := turn.Delay()
	if wait == 0 {
		return nil
	}
	deadline, bound := r.Context().Deadline()
	if wait > patience || bound && time.Until(deadline) < wait {
		turn.Cancel()
		return heldBack{until: time.Now().Add(wait)}
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-r.Context().Done():
		turn.Cancel()
		return r.Context().Err()
	}
}

// fixed are the words of GitHub's paths that we use; everything else in a path
// is a name or a number.
var fixed = map[string]bool{
	"repos": true, "repositories": true, "installation": true, "contents": true, "collaborators": true, "issues": true,
	"comments": true, "labels": true, "lock": true, "pulls": true, "replies": true, "orgs": true, "teams": true,
	"members": true, "app": true, "installations": true, "access_tokens": true,
}

// operation names a request without what it is about. The first two names of
// a path under repos are never taken for words.
func (w *wire) operation(r *http.Request) string {
	path, rest := strings.CutPrefix(r.URL.Path, w.base+"/")
	if !rest {
		return r.Method + " graphql"
	}
	parts := strings.Split(path, "/")
	for i, part := range parts {
		owned := parts[0] == "repos" && (i == 1 || i == 2)
		if owned || !fixed[part] {
			parts[i] = ":"
		}
		if part == "contents" && !owned {
			parts = append(parts[:i+1], ":")
			break
		}
	}
	return r.Method + " " + strings.Join(parts, "/")
}

// bounded is an answer that ends in an error where it would be too long.
type bounded struct {
	io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fmt.Errorf("reading: %w", errTooMuch)
	}
	return n, err
}
