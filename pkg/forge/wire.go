package forge

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
)

const (
	apiVersion = "2022-11-28"
	// A page of thirty of the longest issues is 8 MB, and more in escapes.
	largestAnswer  = 24 << 20
	largestRefusal = 64 << 10
)

var (
	errTooMuch = errors.New("the answer is larger than any we ask for")
	errAbroad  = errors.New("the answer leads to another host")
	errRefused = errors.New("refused in words that we do not know")
)

// Why a request was not made; [Options.Refused] hears of each.
const (
	heldByLimit    = "limit"    // GitHub asked us to wait
	heldByHour     = "hour"     // what is left of GitHub's hour is kept for what is more urgent
	heldByPoints   = "points"   // our own pace of requests
	heldByBudget   = "budget"   // our own pace of writes
	heldByLedger   = "ledger"   // what was written cannot be looked up
	heldByCalls    = "calls"    // enough calls for the owner are under way
	heldByFailures = "failures" // GitHub gave no proper answer of late
)

// Reasons are all that [Options.Refused] may hear.
func Reasons() []string {
	return []string{heldByLimit, heldByHour, heldByPoints, heldByBudget, heldByLedger, heldByCalls, heldByFailures}
}

// heldBack says that a request was not made, or that GitHub refused it for a
// limit, and when to come back; zero: as the caller backs off.
type heldBack struct {
	reason string // "" where it was GitHub that refused
	until  time.Time
	cause  string
	ours   bool // it says nothing of GitHub
}

func (h heldBack) Error() string { return h.cause }

// wire is the one way out: every request of every App passes it, those for
// tokens too.
type wire struct {
	next    http.RoundTripper
	hosts   map[string]bool
	base    string // the path of V3
	gates   gates
	quotas  quotas
	books   books
	now     func() time.Time
	skew    atomic.Int64 // how far GitHub's clock is ahead of ours, in nanoseconds
	count   func(string, int)
	refused func(string)
	log     zerolog.Logger
}

// theirs is the time by GitHub's clock, as far as it has told. What we sign and
// when a token ends is reckoned by it.
func (w *wire) theirs() time.Time { return w.now().Add(w.ahead()) }

// ahead is how far GitHub's clock is before ours.
func (w *wire) ahead() time.Duration { return time.Duration(w.skew.Load()) }

// compare learns from an answer how far GitHub's clock is ahead. Less than two seconds
// may be no difference at all, as GitHub tells whole ones; more than a quarter of an hour
// is not believed.
func (w *wire) compare(h http.Header) (ahead time.Duration) {
	was := time.Duration(w.skew.Load())
	theirs, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return was
	}
	ahead = theirs.Sub(w.now())
	if ahead.Abs() > believableSkew {
		return was
	}
	if ahead.Abs() <= noSkew {
		ahead = 0
	}
	if (ahead - was).Abs() <= noSkew {
		return was
	}
	w.skew.Store(int64(ahead))
	return ahead
}

// lane is the wire for one payer: an App itself, or one of its installations.
type lane struct {
	*wire
	payer
}

func (l lane) RoundTrip(r *http.Request) (*http.Response, error) {
	// A redirect is followed with the token; never to another host.
	if !l.hosts[r.URL.Host] {
		return nil, errAbroad
	}
	operation, resource := l.operation(r), coreResource
	if strings.HasSuffix(operation, " graphql") {
		resource = graphResource
	}
	if err := l.admit(r, resource); err != nil {
		return nil, l.held(err)
	}
	r = r.Clone(r.Context())
	r.Header.Set("X-GitHub-Api-Version", apiVersion)
	if r.Header.Get("User-Agent") == "" {
		r.Header.Set("User-Agent", userAgent)
	}
	began := time.Now()
	res, err := l.next.RoundTrip(r)
	if err != nil {
		l.count(operation, 0)
		l.log.Debug().Str("operation", operation).Dur("took", time.Since(began)).Msg("forge: no answer")
		return nil, err
	}
	l.count(operation, res.StatusCode)
	l.log.Debug().Str("operation", operation).Int("status", res.StatusCode).Dur("took", time.Since(began)).Msg("forge: answered")
	res.Body = &bounded{ReadCloser: res.Body, left: largestAnswer}
	defer l.keep(r.Context())
	return l.hear(resource, res)
}

// admit lets a request go when there is room for it. Asking for a token, and
// whatever else an App does in its own name, creates nothing that anybody sees.
func (l lane) admit(r *http.Request, resource string) error {
	ctx := r.Context()
	u := urgencyOf(ctx)
	if err := l.learn(ctx); err != nil {
		return err
	}
	if err := l.quotas.ask(l.payer, resource, u, l.now()); err != nil {
		return err
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead || asked(ctx) {
		at, err := l.quotas.read(l.payer, u, l.now())
		if err != nil {
			return err
		}
		return waitUntil(ctx, l.now, at)
	}
	if l.installation != 0 {
		told, err := l.books.spend(ctx, l.installation, resource, u, l.theirs())
		if told != (rests{}) {
			l.quotas.learn(l.payer, told, l.now(), l.ahead())
		}
		if err != nil {
			return err
		}
		noteWrite(ctx)
	}
	l.quotas.write(l.payer, l.now())
	return nil
}

// hear notes what an answer says of limits, and makes an error of a refusal for
// one. What the libraries could read of limits is taken away: they would keep
// them by the system's clock, and each client for itself.
func (l lane) hear(resource string, res *http.Response) (*http.Response, error) {
	a := answer{status: res.StatusCode, header: res.Header}
	if a.status == http.StatusForbidden || a.status == http.StatusTooManyRequests {
		body, err := io.ReadAll(io.LimitReader(res.Body, largestRefusal))
		if err = errors.Join(err, res.Body.Close()); err != nil {
			return nil, err
		}
		a.message = strings.ToLower(explained(body))
		res.Body = io.NopCloser(bytes.NewReader(body))
	}
	until, limited := l.quotas.hear(l.payer, resource, a, l.now(), l.compare(res.Header))
	if limited {
		_ = res.Body.Close()
		return nil, heldBack{until: until, cause: "status " + strconv.Itoa(a.status)}
	}
	for name := range res.Header {
		if strings.HasPrefix(name, "X-Ratelimit-") {
			res.Header.Del(name)
		}
	}
	return res, nil
}

// held tells of a request that was not made.
func (w *wire) held(err error) error {
	var h heldBack
	if errors.As(err, &h) && h.reason != "" {
		w.refused(h.reason)
	}
	return err
}

// fixed are the words of GitHub's paths that we use; everything else in a path
// is a name or a number.
var fixed = map[string]bool{
	"repos": true, "repositories": true, "installation": true, "contents": true, "collaborators": true, "issues": true,
	"comments": true, "labels": true, "lock": true, "pulls": true, "replies": true, "orgs": true, "teams": true,
	"members": true, "app": true, "installations": true, "access_tokens": true,
	"hook": true, "deliveries": true, "attempts": true, "hooks": true, "keys": true, "invitations": true,
	"actions": true, "permissions": true, "activity": true, "commits": true,
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
