package forge_test

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/forge"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
	"github.com/cocrouter/cocrouter/pkg/githubsim/openapitest"
)

// unreachable has the source App's webhook lead nowhere.
func (w *world) unreachable() {
	w.t.Helper()
	l, err := new(net.ListenConfig).Listen(w.t.Context(), "tcp", "127.0.0.1:0")
	w.must(err)
	w.must(l.Close())
	w.must(w.SetWebhook(sourceID, "http://"+l.Addr().String()+"/", "secret"))
}

func TestDeliveryLogIsReadPageByPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.unreachable()
	for range 149 {
		w.must(w.Ping(sourceID))
	}
	w.must(w.AddOrg("other-org", githubsim.Org{Owners: []string{"org-owner"}}))
	w.installs(sourceID, "other-org")
	w.must(w.Idle(ctx(t)))
	w.requests()

	var all []forge.Delivery
	pages := 0
	for cursor, more := "", true; more; more = cursor != "" {
		page, next, err := w.f.Deliveries(ctx(t), coc.AppSource, cursor)
		w.must(err)
		all, cursor = append(all, page...), next
		pages++
	}
	if pages != 2 || len(w.requests()) != 2 {
		t.Errorf("%d pages", pages)
	}
	sent := w.Deliveries()
	if len(all) != len(sent) {
		t.Fatalf("%d of %d deliveries", len(all), len(sent))
	}
	for i, d := range all {
		is := sent[len(sent)-1-i] // the newest first
		want := forge.Delivery{ID: is.ID, GUID: is.GUID, At: is.DeliveredAt.UTC(), Event: is.Event, Action: is.Action, Code: 502}
		if !reflect.DeepEqual(d, want) {
			t.Fatalf("entry %d is %+v, want %+v", i, d, want)
		}
	}
	if all[0].Event != "installation" || all[0].Action != "created" {
		t.Errorf("the newest is %+v", all[0])
	}
	if page, _, err := w.f.Deliveries(ctx(t), coc.AppRooms, ""); err != nil || len(page) != 0 {
		t.Errorf("the other App's log: %+v, %v", page, err)
	}
	if _, _, err := w.f.Deliveries(ctx(t), coc.AppSource, "of another log"); !errors.Is(err, coc.ErrGone) {
		t.Errorf("a cursor that GitHub does not know: %v", err)
	}
}

func TestLoggedPayloadSaysWhatWasSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.unreachable()
	w.must(w.Ping(sourceID))
	w.must(w.Idle(ctx(t)))
	sent := w.Deliveries()[0]
	payload, err := w.f.Payload(ctx(t), coc.AppSource, sent.ID)
	w.must(err)
	var got, want any
	w.must(json.Unmarshal([]byte(payload.Reveal()), &got))
	w.must(json.Unmarshal(sent.RequestBody, &want))
	if !reflect.DeepEqual(got, want) {
		t.Errorf("logged %v, sent %v", got, want)
	}
	if _, err := w.f.Payload(ctx(t), coc.AppSource, 12345); !errors.Is(err, coc.ErrInaccessible) {
		t.Errorf("one that is not in the log: %v", err)
	}
	if _, err := w.f.Payload(ctx(t), coc.AppRooms, sent.ID); !errors.Is(err, coc.ErrInaccessible) {
		t.Errorf("one of the other App's: %v", err)
	}
}

func TestRedeliverySendsTheSameOnceMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.unreachable()
	w.must(w.Ping(sourceID))
	w.must(w.Idle(ctx(t)))
	came := make(chan string, 2)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { came <- r.Header.Get("X-GitHub-Delivery") }))
	defer hook.Close()
	w.must(w.SetWebhook(sourceID, hook.URL, "secret"))
	first := w.Deliveries()[0]
	w.must(w.f.Redeliver(ctx(t), coc.AppSource, first.ID))
	if guid := <-came; guid != first.GUID {
		t.Errorf("%s came, want %s", guid, first.GUID)
	}
	if err := w.f.Redeliver(ctx(t), coc.AppSource, 12345); !errors.Is(err, coc.ErrInaccessible) {
		t.Errorf("one that is not in the log: %v", err)
	}
	w.must(w.Idle(ctx(t)))
	page, _, err := w.f.Deliveries(ctx(t), coc.AppSource, "")
	w.must(err)
	if len(page) != 2 || !page[0].Redelivery || page[0].Code != 200 || page[0].GUID != first.GUID || page[1].Redelivery {
		t.Errorf("the log has %+v", page)
	}
}

// logOf is a GitHub that answers every request so.
func logOf(t *testing.T, answer http.HandlerFunc) *forge.Forge {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	f, err := forge.New(forge.Options{V3: server.URL, V4: server.URL, Transport: openapitest.Requests(t, http.DefaultTransport), Apps: map[coc.App]forge.Registration{
		coc.AppSource: {ID: sourceID, PrivateKey: keyPEM()},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestPayloadThatIsNotToBeHadIsToldFromOneThatIsLate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		want   error
	}{
		{"without a payload", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"id":1,"request":{"headers":{}}}`))
		}, coc.ErrMissing},
		{"without a request", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"id":1,"request":null}`)) }, coc.ErrMissing},
		{"of 25 MB", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"id":1,"request":{"payload":{"body":"` + strings.Repeat("a", 25<<20) + `"}}}`))
		}, coc.ErrTooLarge},
		{"refused to this App", status(http.StatusForbidden, nil), coc.ErrDenied},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if _, err := logOf(t, c.answer).Payload(ctx(t), coc.AppSource, 1); !errors.Is(err, c.want) || strings.Contains(err.Error(), "canary") {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestAppThatIsNotBelievedSignsOnceMore(t *testing.T) {
	t.Parallel()
	asked := 0
	f := logOf(t, func(w http.ResponseWriter, r *http.Request) {
		if asked++; asked == 1 {
			status(http.StatusUnauthorized, nil)(w, r)
			return
		}
		_, _ = w.Write([]byte(`[]`))
	})
	if _, _, err := f.Deliveries(ctx(t), coc.AppSource, ""); err != nil || asked != 2 {
		t.Errorf("asked %d times: %v", asked, err)
	}
	f = logOf(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		status(http.StatusUnauthorized, nil)(w, r)
	})
	asked = 0
	if _, _, err := f.Deliveries(ctx(t), coc.AppSource, ""); !isLater(err) || asked != 2 {
		t.Errorf("asked %d times: %v", asked, err)
	}
}

func TestLimitOfTheDeliveryLogIsObeyed(t *testing.T) {
	t.Parallel()
	reset := time.Now().Add(17 * time.Minute).Truncate(time.Second)
	f := logOf(t, status(http.StatusForbidden, map[string]string{
		"X-RateLimit-Remaining": "0", "X-RateLimit-Limit": "5000", "X-RateLimit-Reset": strconv.FormatInt(reset.Unix(), 10),
	}))
	var later coc.Later
	if _, _, err := f.Deliveries(ctx(t), coc.AppSource, ""); !errors.As(err, &later) || !later.After.Equal(reset) {
		t.Errorf("got %v, want it put off to %s", err, reset)
	}
	if err := f.Redeliver(ctx(t), coc.AppSource, 1); !errors.As(err, &later) || later.After.Before(reset) {
		t.Errorf("redelivery: %v", err)
	}
}
