package hook_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/hook"
)

const (
	sourceID = 71
	roomsID  = 72
)

var (
	sourceSecret = []byte("source-secret")
	roomsSecret  = []byte("rooms-secret")
	newSecret    = []byte("rooms-secret-after-rotation")
)

func twoApps() []hook.App {
	return []hook.App{
		{Roles: []coc.App{coc.AppSource}, ID: sourceID, Slug: "cocrouter", Secrets: [][]byte{sourceSecret}},
		{Roles: []coc.App{coc.AppRooms}, ID: roomsID, Slug: "cocrouter-rooms", Secrets: [][]byte{roomsSecret, newSecret}},
	}
}

func oneApp() []hook.App {
	return []hook.App{{Roles: []coc.App{coc.AppSource, coc.AppRooms}, ID: sourceID, Slug: "cocrouter", Secrets: [][]byte{sourceSecret}}}
}

// desk is a memory that takes what the handler hands it, once each.
type desk struct {
	mu     sync.Mutex
	taken  []coc.Intake
	seen   map[string]bool
	counts map[string]int
	err    error
	panics bool
}

func (d *desk) Take(_ context.Context, in coc.Intake) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.panics {
		panic("canary in a panic")
	}
	if d.err != nil {
		return false, d.err
	}
	if d.seen[in.Delivery] || d.seen[in.Object] {
		return false, nil
	}
	d.seen[in.Delivery], d.seen[in.Object] = true, true
	d.taken = append(d.taken, in)
	return true, nil
}

func (d *desk) Count(event, result string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.counts[event+"/"+result]++
}

func digest(kind string, parts ...string) string { return kind + ":" + strings.Join(parts, "/") }

type server struct {
	http.Handler
	*desk
	log bytes.Buffer
}

func serve(t testing.TB, apps []hook.App, change func(*hook.Options)) *server {
	t.Helper()
	s := &server{desk: &desk{seen: map[string]bool{}, counts: map[string]int{}}}
	o := hook.Options{Apps: apps, Take: s.Take, Count: s.Count, Digest: digest, Log: zerolog.New(&s.log)}
	if change != nil {
		change(&o)
	}
	h, err := hook.New(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Handler = h
	return s
}

func sign(secret, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

func deliver(app int64, secret []byte, event, guid, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/api/github/hook", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-GitHub-Event", event)
	r.Header.Set("X-GitHub-Delivery", guid)
	r.Header.Set("X-GitHub-Hook-Installation-Target-ID", fmt.Sprint(app))
	r.Header.Set("X-Hub-Signature-256", sign(secret, []byte(body)))
	return r
}

func answer(h http.Handler, r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func TestOnlyVerifiedSoundDeliveriesReachTake(t *testing.T) {
	t.Parallel()
	const canary = "canary words of a report"
	body := commentPayload(with("comment.body", "/coc report "+canary))
	tests := []struct {
		name   string
		change func(*http.Request)
		status int
		count  string
	}{
		{"unsigned", func(r *http.Request) { r.Header.Del("X-Hub-Signature-256") }, 401, "unverified/unsigned"},
		{"SHA-1 only", func(r *http.Request) {
			mac := hmac.New(sha1.New, sourceSecret)
			mac.Write([]byte(body))
			r.Header.Del("X-Hub-Signature-256")
			r.Header.Set("X-Hub-Signature", "sha1="+hex.EncodeToString(mac.Sum(nil)))
		}, 401, "unverified/unsigned"},
		{"SHA-1 in the place of SHA-256", func(r *http.Request) {
			mac := hmac.New(sha1.New, sourceSecret)
			mac.Write([]byte(body))
			r.Header.Set("X-Hub-Signature-256", "sha1="+hex.EncodeToString(mac.Sum(nil)))
		}, 401, "unverified/unsigned"},
		{"signed with another secret", func(r *http.Request) {
			r.Header.Set("X-Hub-Signature-256", sign([]byte("guess"), []byte(body)))
		}, 401, "unverified/unsigned"},
		{"signed with the empty secret", func(r *http.Request) {
			r.Header.Set("X-Hub-Signature-256", sign(nil, []byte(body)))
		}, 401, "unverified/unsigned"},
		{"signed with the secret of the other App", func(r *http.Request) {
			r.Header.Set("X-Hub-Signature-256", sign(roomsSecret, []byte(body)))
		}, 401, "unverified/unsigned"},
		{"a signature that is no hexadecimal number", func(r *http.Request) {
			r.Header.Set("X-Hub-Signature-256", "sha256="+strings.Repeat("zz", 32))
		}, 401, "unverified/unsigned"},
		{"unknown App", func(r *http.Request) {
			r.Header.Set("X-GitHub-Hook-Installation-Target-ID", "99")
		}, 404, "unverified/unknown_app"},
		{"no App, as a repository's own webhook sends it", func(r *http.Request) {
			r.Header.Del("X-GitHub-Hook-Installation-Target-ID")
		}, 404, "unverified/unknown_app"},
		{"one byte changed", func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader(strings.Replace(body, "canary", "canarz", 1)))
		}, 401, "unverified/unsigned"},
		{"truncated on the way", func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader(body[:len(body)/2]))
		}, 401, "unverified/unsigned"},
		{"truncated before it was signed", func(r *http.Request) { rebody(r, body[:len(body)/2]) }, 400, "unverified/malformed"},
		{"not JSON", func(r *http.Request) { rebody(r, "payload="+canary) }, 400, "unverified/malformed"},
		{"JSON, not an object", func(r *http.Request) { rebody(r, `["`+canary+`"]`) }, 400, "unverified/malformed"},
		{"two objects", func(r *http.Request) { rebody(r, body+body) }, 400, "issue_comment/malformed"},
		{"broken in the middle", func(r *http.Request) { rebody(r, strings.Replace(body, `"sender":`, `"sender"`, 1)) }, 400, "issue_comment/malformed"},
		{"nested without end", func(r *http.Request) {
			rebody(r, body[:len(body)-1]+`,"a":`+strings.Repeat("[", 200_000)+strings.Repeat("]", 200_000)+`}`)
		}, 400, "issue_comment/malformed"},
		{"nested without end, and not needed", func(r *http.Request) {
			rebody(r, `{"a":`+strings.Repeat("[", 2_000_000)+strings.Repeat("]", 2_000_000)+`}`)
		}, 200, "issue_comment/dropped"},
		{"empty", func(r *http.Request) { rebody(r, "") }, 400, "unverified/malformed"},
		{"a form", func(r *http.Request) {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			rebody(r, "payload=%7B%7D")
		}, 415, "unverified/malformed"},
		{"no event", func(r *http.Request) { r.Header.Del("X-GitHub-Event") }, 400, "unverified/malformed"},
		{"no GUID", func(r *http.Request) { r.Header.Del("X-GitHub-Delivery") }, 400, "unverified/malformed"},
		{"unknown event", func(r *http.Request) { r.Header.Set("X-GitHub-Event", canary) }, 200, "other/dropped"},
		{"ping", func(r *http.Request) {
			r.Header.Set("X-GitHub-Event", "ping")
			rebody(r, `{"zen":"Keep it logically awesome.","hook_id":1}`)
		}, 200, "ping/dropped"},
		{"a charset beside the media type", func(r *http.Request) {
			r.Header.Set("Content-Type", "application/json; charset=utf-8")
		}, 202, "issue_comment/taken"},
		{"as GitHub sends it", func(*http.Request) {}, 202, "issue_comment/taken"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, twoApps(), nil)
			r := deliver(sourceID, sourceSecret, "issue_comment", "guid-1", body)
			tt.change(r)
			res := answer(s, r)
			text, _ := io.ReadAll(res.Body)
			if res.StatusCode != tt.status {
				t.Errorf("status %d (%s), want %d", res.StatusCode, text, tt.status)
			}
			if want := tt.status == 202; (len(s.taken) == 1) != want {
				t.Errorf("taken %d times", len(s.taken))
			}
			if s.counts[tt.count] != 1 || len(s.counts) != 1 {
				t.Errorf("counted %v, want %s", s.counts, tt.count)
			}
			if strings.Contains(string(text)+s.log.String(), "canary") {
				t.Errorf("the answer or the log repeats the payload: %s%s", text, s.log.String())
			}
		})
	}
}

// rebody gives the request another body, signed rightly.
func rebody(r *http.Request, body string) {
	r.Body = io.NopCloser(strings.NewReader(body))
	r.ContentLength = int64(len(body))
	r.Header.Set("X-Hub-Signature-256", sign(sourceSecret, []byte(body)))
}

func TestOtherMethodsAreNotAllowed(t *testing.T) {
	t.Parallel()
	s := serve(t, twoApps(), nil)
	res := answer(s, httptest.NewRequest(http.MethodGet, "/api/github/hook", nil))
	if res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") != "POST" {
		t.Errorf("GET: %d, Allow %q", res.StatusCode, res.Header.Get("Allow"))
	}
}

func TestOversizedBodyIsRefusedWhetherAnnouncedOrNot(t *testing.T) {
	t.Parallel()
	for _, limit := range []int64{1 << 10, 3 << 20} { // below and above what is read at once
		for _, announced := range []bool{true, false} {
			s := serve(t, twoApps(), func(o *hook.Options) { o.MaxBody = limit })
			body := commentPayload(with("comment.body", "/coc report "+strings.Repeat("x", int(limit))))
			r := deliver(sourceID, sourceSecret, "issue_comment", "guid-1", body)
			if !announced {
				r.ContentLength = -1
			}
			if res := answer(s, r); res.StatusCode != http.StatusRequestEntityTooLarge || len(s.taken) != 0 {
				t.Errorf("limit %d, announced %v: %d, taken %d", limit, announced, res.StatusCode, len(s.taken))
			}
		}
	}
}

func TestLargeDeliveryIsTakenWhole(t *testing.T) {
	t.Parallel()
	s := serve(t, twoApps(), nil)
	body := commentPayload(with("comment.body", "/coc report "+strings.Repeat("x", 2<<20)))
	if res := answer(s, deliver(sourceID, sourceSecret, "issue_comment", "guid-1", body)); res.StatusCode != 202 {
		t.Fatalf("status %d", res.StatusCode)
	}
	if got := s.taken[0].Payload.Reveal(); got != body {
		t.Errorf("taken %d bytes of %d", len(got), len(body))
	}
}

func TestLargeBodiesWaitTheirTurn(t *testing.T) {
	t.Parallel()
	s := serve(t, twoApps(), nil)
	var slow sync.WaitGroup
	var senders []*io.PipeWriter
	for range 2 {
		body, sender := io.Pipe()
		senders = append(senders, sender)
		r := deliver(sourceID, sourceSecret, "issue_comment", "guid", "")
		r.Body, r.ContentLength = body, -1
		slow.Go(func() { answer(s, r) })
		// The last byte is read only by somebody whose turn it is.
		if _, err := sender.Write(make([]byte, 1<<20+1)); err != nil {
			t.Fatal(err)
		}
	}
	body := commentPayload(with("comment.body", "/coc report "+strings.Repeat("x", 1<<20)))
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	r := deliver(sourceID, sourceSecret, "issue_comment", "guid-1", body).WithContext(impatient)
	if res := answer(s, r); res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		t.Errorf("a third large body: %d", res.StatusCode)
	}
	small := commentPayload(with("comment.body", "/coc report"))
	if res := answer(s, deliver(sourceID, sourceSecret, "issue_comment", "guid-2", small)); res.StatusCode != 202 {
		t.Errorf("a small body meanwhile: %d", res.StatusCode)
	}
	for _, sender := range senders {
		_ = sender.Close()
	}
	slow.Wait()
	r = deliver(sourceID, sourceSecret, "issue_comment", "guid-3", commentPayload(with("comment.id", 5), with("comment.body", "/coc report "+strings.Repeat("x", 1<<20))))
	if res := answer(s, r); res.StatusCode != 202 {
		t.Errorf("after the others: %d", res.StatusCode)
	}
}

func TestBothSecretsOpenWhileTheyRotate(t *testing.T) {
	t.Parallel()
	s := serve(t, twoApps(), nil)
	for i, secret := range [][]byte{roomsSecret, newSecret} {
		body := commentPayload(with("comment.id", 900+i), with("comment.body", "/coc ack"))
		res := answer(s, deliver(roomsID, secret, "issue_comment", fmt.Sprint("guid-", i), body))
		if res.StatusCode != 202 {
			t.Errorf("secret %d: status %d", i, res.StatusCode)
		}
	}
	if len(s.taken) != 2 || s.taken[0].App != coc.AppRooms {
		t.Errorf("taken %v", s.taken)
	}
}

func TestWithoutSecretItDoesNotStart(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*hook.Options){
		"no App":          func(o *hook.Options) { o.Apps = nil },
		"no secret":       func(o *hook.Options) { o.Apps[0].Secrets = nil },
		"an empty secret": func(o *hook.Options) { o.Apps[1].Secrets = [][]byte{roomsSecret, []byte("\n")} },
		"no id":           func(o *hook.Options) { o.Apps[0].ID = 0 },
		"one id twice":    func(o *hook.Options) { o.Apps[0].ID = roomsID },
		"no role":         func(o *hook.Options) { o.Apps[0].Roles = nil },
		"no slug":         func(o *hook.Options) { o.Apps[0].Slug = "" },
		"nowhere to take": func(o *hook.Options) { o.Take = nil },
		"no keyed hash":   func(o *hook.Options) { o.Digest = nil },
	} {
		o := hook.Options{Apps: twoApps(), Take: (&desk{}).Take, Digest: digest}
		if _, err := hook.New(o); err != nil {
			t.Fatalf("before the change: %v", err)
		}
		change(&o)
		if h, err := hook.New(o); err == nil || h != nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestFailureToTakeIsAnsweredHonestly(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*desk){
		"error": func(d *desk) { d.err = errors.New("disk full") },
		"panic": func(d *desk) { d.panics = true },
	} {
		s := serve(t, twoApps(), nil)
		change(s.desk)
		body := commentPayload(with("comment.body", "/coc report canary"))
		res := answer(s, deliver(sourceID, sourceSecret, "issue_comment", "guid-1", body))
		text, _ := io.ReadAll(res.Body)
		if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %d %v", name, res.StatusCode, res.Header)
		}
		if strings.Contains(string(text), "disk") || strings.Contains(string(text)+s.log.String(), "canary") {
			t.Errorf("%s: told too much: %s / %s", name, text, s.log.String())
		}
		if s.counts["issue_comment/failed"] != 1 {
			t.Errorf("%s: counted %v", name, s.counts)
		}
	}
}

// Thousands may be sent away in a second, when nothing else is well either.
func TestDeliveryThatIsSentAwayIsCountedAndNotLogged(t *testing.T) {
	t.Parallel()
	s := serve(t, twoApps(), nil)
	s.err = fmt.Errorf("store: %w", coc.ErrBusy)
	res := answer(s, deliver(sourceID, sourceSecret, "issue_comment", "guid-1", commentPayload(with("comment.body", "/coc report"))))
	if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		t.Errorf("answered %d", res.StatusCode)
	}
	if s.counts["issue_comment/"+hook.ResultBusy] != 1 || len(s.counts) != 1 || s.log.Len() > 0 {
		t.Errorf("counted %v, logged %q", s.counts, s.log.String())
	}
}

func TestTheSameHappeningIsTakenOnce(t *testing.T) {
	t.Parallel()
	s := serve(t, twoApps(), nil)
	body := commentPayload(with("comment.body", "/coc report"))
	for _, d := range []struct {
		app    int64
		secret []byte
		guid   string
	}{
		{sourceID, sourceSecret, "guid-1"},
		{sourceID, sourceSecret, "guid-1"}, // redelivered
		{sourceID, sourceSecret, "guid-2"}, // through another hook
		{roomsID, roomsSecret, "guid-3"},   // to the other App
	} {
		if res := answer(s, deliver(d.app, d.secret, "issue_comment", d.guid, body)); res.StatusCode != 202 {
			t.Errorf("%s: status %d", d.guid, res.StatusCode)
		}
	}
	if len(s.taken) != 1 || s.counts["issue_comment/again"] != 3 {
		t.Errorf("taken %d times, counted %v", len(s.taken), s.counts)
	}
}
