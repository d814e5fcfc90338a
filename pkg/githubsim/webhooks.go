package githubsim

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// firstDelivery is where the IDs of deliveries begin. GitHub's have eighteen
// digits, more than a floating-point number holds.
const firstDelivery = 207_530_400_371_752_961

// Delivery is one attempt to tell an App of an event.
type Delivery struct {
	ID             int64
	GUID           string // the same for every attempt
	Event          string
	Action         string // empty for events that have none
	AppID          int64
	InstallationID int64
	RepositoryID   int64 // 0 where the event is about none
	URL            string
	Redelivery     bool
	// Status is "queued", "held", "OK", or what went wrong.
	Status         string
	StatusCode     int       // 0 until there was an answer
	DeliveredAt    time.Time // when it was queued, until it is sent
	Duration       time.Duration
	RequestHeader  http.Header
	RequestBody    []byte
	ResponseHeader http.Header
	ResponseBody   []byte

	turn      int64     // its place in the log, 0 until it is there
	due       time.Time // not before, zero for at once
	overtaken bool      // waits until one behind it is sent, or it is due
}

const (
	statusQueued      = "queued"
	statusHeld        = "held"
	statusReplaced    = "replaced by its redelivery"
	statusUnreachable = "failed to connect to host"
)

// deliverer is the queue and the log; it is guarded by the Sim's lock.
type deliverer struct {
	log     []*Delivery
	queue   []*Delivery
	turns   int64
	hold    bool
	busy    bool
	wake    chan struct{}   // tells the worker that there is something
	waiting []chan struct{} // closed when there is nothing left
}

// occurrence is something that happened, before anybody was told.
type occurrence struct {
	event, action string
	repo          *repo
	org           *account
	by            caller
	fields        fields
	only          *installation // of events about an installation
}

// emit queues a delivery for every App that is installed where the thing
// happened and asked to be told. The payload is what holds now.
func (s *Sim) emit(o occurrence) {
	for _, i := range s.sortedInstalls() {
		if !s.concerns(o, i) || i.app.hookURL == "" {
			continue
		}
		payload := fields{}
		maps.Copy(payload, o.fields)
		if o.action != "" {
			payload["action"] = o.action
		}
		if payload["installation"] == nil {
			payload["installation"] = fields{"id": i.id, "node_id": nodeID("MDI", i.id)}
		}
		payload["sender"] = s.userJSON(o.by.user)
		owner := o.org
		var repoID int64
		if o.repo != nil {
			repoID = o.repo.id
			payload["repository"] = s.repoJSON(o.repo)
			if o.event == "push" {
				payload["repository"] = s.pushRepoJSON(o.repo)
			}
			owner = o.repo.owner
		}
		if owner != nil && owner.kind == kindOrg {
			payload["organization"] = s.orgSimpleJSON(owner)
		}
		s.enqueue(s.newDelivery(i.app, i.id, repoID, o.event, o.action, mustJSON(payload)))
	}
}

func (s *Sim) concerns(o occurrence, i *installation) bool {
	switch {
	case o.only != nil:
		return i == o.only // every App is told of its own installations
	case !slices.Contains(i.app.events, o.event):
		return false
	case o.repo != nil:
		return i.covers(o.repo)
	}
	return i.account == o.org && i.suspended.IsZero()
}

// Ping sends an App the event with which GitHub greets a new webhook.
func (s *Sim) Ping(appID int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.apps[appID]
	if a == nil || a.hookURL == "" {
		return fmt.Errorf("githubsim: no app %d with a webhook", appID)
	}
	s.enqueue(s.newDelivery(a, 0, 0, "ping", "", mustJSON(fields{
		"zen": "Keep it logically awesome.", "hook_id": a.hookID,
		"hook": fields{"type": "App", "id": a.hookID, "name": "web", "active": true, "app_id": a.id, "events": list(a.events),
			"created_at": stamp(a.created), "updated_at": stamp(a.created),
			"config": fields{"content_type": "json", "insecure_ssl": "0", "url": a.hookURL}},
	})))
	return nil
}

// Deliveries lists every attempt so far, oldest first, also those that wait.
func (s *Sim) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Delivery, len(s.hooks.log))
	for n, d := range s.hooks.log {
		all[n] = *d
	}
	return all
}

// Redeliver sends a delivery again under its GUID, held or not: held ones can
// so be sent in another order, or twice.
func (s *Sim) Redeliver(guid string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.hooks.log {
		if d.GUID == guid {
			s.redeliver(d)
			return nil
		}
	}
	return fmt.Errorf("githubsim: no delivery %s", guid)
}

// HoldDeliveries keeps new deliveries back. Switching it off sends what is
// still held, in order; what was redelivered meanwhile is not sent again.
func (s *Sim) HoldDeliveries(hold bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hooks.hold = hold
	if hold {
		return
	}
	for _, d := range s.hooks.log {
		if d.Status == statusHeld {
			s.address(d)
			s.send(d)
		}
	}
}

// Idle returns when no delivery is queued or under way. One that is late by a
// fault is under way; held ones do not count.
func (s *Sim) Idle(ctx context.Context) error {
	s.mu.Lock()
	if !s.hooks.busy && len(s.hooks.queue) == 0 {
		s.mu.Unlock()
		return nil
	}
	done := make(chan struct{})
	s.hooks.waiting = append(s.hooks.waiting, done)
	s.mu.Unlock()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("githubsim: deliveries under way: %w", ctx.Err())
	}
}

func (s *Sim) newDelivery(a *app, installID, repoID int64, event, action string, payload []byte) *Delivery {
	guid := randomHex(16)
	d := &Delivery{
		ID: firstDelivery + s.nextID(), GUID: guid[:8] + "-" + guid[8:12] + "-" + guid[12:16] + "-" + guid[16:20] + "-" + guid[20:],
		Event: event, Action: action, AppID: a.id, InstallationID: installID, RepositoryID: repoID,
		Status: statusQueued, DeliveredAt: s.now(), RequestBody: payload,
	}
	s.address(d)
	return d
}

// address makes the delivery ready for the address and secret that the App has
// now.
func (s *Sim) address(d *Delivery) {
	a := s.apps[d.AppID]
	d.URL = a.hookURL
	d.RequestHeader = http.Header{}
	for name, value := range map[string]string{
		"Accept":                                 "*/*",
		"Content-Type":                           "application/json",
		"User-Agent":                             "GitHub-Hookshot/" + strconv.FormatInt(a.hookID, 16),
		"X-GitHub-Delivery":                      d.GUID,
		"X-GitHub-Event":                         d.Event,
		"X-GitHub-Hook-ID":                       strconv.FormatInt(a.hookID, 10),
		"X-GitHub-Hook-Installation-Target-ID":   strconv.FormatInt(a.id, 10),
		"X-GitHub-Hook-Installation-Target-Type": "integration",
	} {
		d.RequestHeader.Set(name, value)
	}
	if s.release != "" {
		d.RequestHeader.Set("X-GitHub-Enterprise-Version", s.installedVersion())
		d.RequestHeader.Set("X-GitHub-Enterprise-Host", s.host())
	}
	if a.hookSecret != "" {
		d.RequestHeader.Set("X-Hub-Signature", "sha1="+mac(sha1.New, a.hookSecret, d.RequestBody))
		d.RequestHeader.Set("X-Hub-Signature-256", "sha256="+mac(sha256.New, a.hookSecret, d.RequestBody))
	}
}

func mac(h func() hash.Hash, secret string, payload []byte) string {
	m := hmac.New(h, []byte(secret))
	m.Write(payload)
	return hex.EncodeToString(m.Sum(nil))
}

func (s *Sim) enqueue(d *Delivery) {
	s.hooks.log = append(s.hooks.log, d)
	if s.hooks.hold && !d.Redelivery {
		d.Status = statusHeld
		return
	}
	s.send(d)
}

// send queues a delivery, unless a fault has other plans with it.
func (s *Sim) send(d *Delivery) {
	d.Status = statusQueued
	var again *Delivery
	switch s.befallDelivery(d) {
	case lost:
		d.Status, d.StatusCode = statusUnreachable, http.StatusBadGateway
		s.enterLog(d)
		return
	case late:
		d.due = s.instant().Add(s.luck.LateBy)
	case reordered:
		d.due, d.overtaken = s.instant().Add(reorderedFor), true
	case doubled:
		again = s.attempt(d)
	case secondGUID:
		again = s.newDelivery(s.apps[d.AppID], d.InstallationID, d.RepositoryID, d.Event, d.Action, d.RequestBody)
	}
	s.hooks.queue = append(s.hooks.queue, d)
	if again != nil {
		s.hooks.log, s.hooks.queue = append(s.hooks.log, again), append(s.hooks.queue, again)
	}
	s.wakeDeliverer()
}

// enterLog gives a delivery its place in the App's log.
func (s *Sim) enterLog(d *Delivery) {
	s.hooks.turns++
	d.turn, d.DeliveredAt = s.hooks.turns, s.now()
}

// attempt is another delivery of the same, under the same GUID.
func (s *Sim) attempt(d *Delivery) *Delivery {
	again := s.newDelivery(s.apps[d.AppID], d.InstallationID, d.RepositoryID, d.Event, d.Action, d.RequestBody)
	again.GUID, again.Redelivery = d.GUID, true
	s.address(again) // under the old GUID
	return again
}

// redeliver makes a new attempt, which for a held delivery is the first.
func (s *Sim) redeliver(d *Delivery) {
	if d.Status == statusHeld {
		d.Status = statusReplaced
	}
	s.enqueue(s.attempt(d))
}

func (s *Sim) wakeDeliverer() {
	select {
	case s.hooks.wake <- struct{}{}:
	default: // it is awake
	}
}

// deliver sends one delivery after the other, so that every App is told in the
// order in which things happened. A failure is logged and not repeated.
func (s *Sim) deliver(ctx context.Context) {
	client := &http.Client{
		Timeout:       s.deliveryTimeout(),
		Transport:     &http.Transport{Proxy: nil},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	for {
		s.mu.Lock()
		next, waiting := s.nextDelivery()
		s.hooks.busy = next != nil
		if next == nil && !waiting {
			for _, done := range s.hooks.waiting {
				close(done)
			}
			s.hooks.waiting = nil
		}
		var attempt Delivery
		if next != nil {
			attempt = *next
		}
		s.mu.Unlock()
		if next == nil {
			var poll <-chan time.Time
			if waiting { // for the Sim's clock, which tells nobody when it moves
				poll = time.After(pollClock)
			}
			select {
			case <-s.hooks.wake:
			case <-poll:
			case <-ctx.Done():
				return
			}
			continue
		}
		answer := post(ctx, client, attempt)
		s.mu.Lock()
		*next = answer
		s.mu.Unlock()
		if ctx.Err() != nil {
			return
		}
	}
}

// pollClock is how often the Sim's clock is looked at while something waits
// for it.
const pollClock = 5 * time.Millisecond

// nextDelivery takes the first of the queue that is due, and tells whether any
// is waiting for its time where there is none.
func (s *Sim) nextDelivery() (next *Delivery, waiting bool) {
	now := s.instant()
	for n, d := range s.hooks.queue {
		if now.Before(d.due) {
			continue
		}
		for _, before := range s.hooks.queue[:n] {
			if before.overtaken && before.AppID == d.AppID {
				before.due = time.Time{}
			}
		}
		s.hooks.queue = slices.Delete(s.hooks.queue, n, n+1)
		s.enterLog(d)
		return d, false
	}
	return nil, len(s.hooks.queue) > 0
}

// post returns the delivery with its outcome.
func post(ctx context.Context, client *http.Client, d Delivery) Delivery {
	started := time.Now()
	d = answered(ctx, client, d)
	d.Duration = time.Since(started)
	return d
}

func answered(ctx context.Context, client *http.Client, d Delivery) Delivery {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL, bytes.NewReader(d.RequestBody))
	if err != nil {
		d.Status, d.StatusCode = "invalid URL", http.StatusBadGateway
		return d
	}
	req.Header = d.RequestHeader.Clone()
	resp, err := client.Do(req)
	if err != nil {
		d.Status, d.StatusCode = statusUnreachable, http.StatusBadGateway
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			d.Status, d.StatusCode = "timed out", http.StatusGatewayTimeout
		}
		return d
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20)) // what cannot be read is not kept
	d.StatusCode, d.ResponseHeader, d.ResponseBody = resp.StatusCode, resp.Header, body
	d.Status = "OK"
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		d.Status = "Invalid HTTP Response: " + strconv.Itoa(resp.StatusCode)
	}
	return d
}

// mustJSON is for values that we built ourselves and that therefore marshal.
func mustJSON(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("githubsim: reply cannot be encoded: " + err.Error())
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
