package main

import (
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// stranger is somebody of whom a browser tells more than they say.
type stranger struct {
	address   string // the one they come from
	forwarded string // the one that a proxy says they come from
	agent     string
	referrer  string
	cookie    string // of another site under the same name
	client    *http.Client
}

// newStranger makes somebody all of whose traces a witness knows.
func newStranger(w *witness) *stranger {
	var b [11]byte
	_, _ = rand.Read(b[:])
	s := &stranger{
		// All of 127/8 is this machine.
		address:   fmt.Sprintf("127.%d.%d.%d", 100+b[0]%150, 100+b[1]%150, 100+b[2]%150),
		forwarded: fmt.Sprintf("2001:db8:%x:%x:%x:%x:1:1", 0x1000|int(b[3])<<4|int(b[4]&15), 0x1000|int(b[5])<<4, 0x1000|int(b[6])<<4, 0x1000|int(b[7])<<4),
		agent:     rand.Text(), referrer: rand.Text(), cookie: rand.Text(),
	}
	for name, word := range map[string]string{
		"the address of a reporter": s.address, "the forwarded address of a reporter": s.forwarded,
		"the browser of a reporter": s.agent, "the page that a reporter came from": s.referrer, "a cookie of a reporter": s.cookie,
	} {
		w.learn(leakWord{name: name, word: word})
	}
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(s.address)}}
	s.client = &http.Client{Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}}
	return s
}

// sign adds what a browser and a proxy tell of this person. The zero of a
// stranger is nobody in particular.
func (s *stranger) sign(r *http.Request) {
	if s == nil {
		return
	}
	for name, value := range map[string]string{
		"User-Agent": "Mozilla/5.0 (" + s.agent + ")", "Referer": "https://forum.example/" + s.referrer, "Cookie": "session=" + s.cookie,
		"X-Forwarded-For": s.forwarded, "X-Real-Ip": s.forwarded, "Forwarded": `for="[` + s.forwarded + `]"`,
	} {
		r.Header.Set(name, value)
	}
}

// hundred are a hundred people who report, each about somebody else, look once at
// how it stands and once with a receipt that is none. It gives the words of the
// last report in each room.
func (p *plot) hundred(t *testing.T) (last map[string]string) {
	t.Helper()
	places := []struct{ repo, room string }{{toolsRepo, foundationRoom}, {riverRepo, riverRoom}, {lanternRepo, lanternRoom}}
	last = map[string]string{}
	for i := range 100 {
		at := places[i%len(places)]
		one := *p
		one.stranger = newStranger(p.w)
		account := awkward(p.w.word("an account", at.room)) + "\n" + p.w.word("an address to write to", at.room) + "@mail.example"
		form := url.Values{
			"account": {account}, "where": {p.w.word("a place", at.room)},
			"who1": {p.person(t, "an accused", at.room, accountNumbers)}, "role1": {"accused"},
			"who2": {"Kim " + p.w.word("a name", at.room)}, "role2": {"harmed"},
		}
		receipt := one.file(t, at.repo, form)
		last[at.room] = account
		one.visit(t, http.MethodPost, "/receipt", url.Values{"receipt": {receipt}}, true)
		one.visit(t, http.MethodPost, "/receipt", url.Values{"receipt": {p.w.word("no receipt")}}, false)
		one.stranger.client.CloseIdleConnections()
		if i == 50 {
			p.look(t) // the log of the database is long now
		}
	}
	p.look(t)
	return last
}

// After a hundred reports nothing that is kept, printed or counted holds a word of
// them, a name, or where they came from: neither while the server works, nor when
// it has stopped.
func TestAHundredReportsLeaveNothingUnsealed(t *testing.T) {
	t.Parallel()
	t.Run("worked", func(t *testing.T) {
		t.Parallel()
		w := &witness{}
		h := newLeakHouse(t, w)
		last := h.hundred(t)
		for room, responder := range map[string]string{foundationRoom: foundationCommittee[0], riverRoom: riverCommittee[0], lanternRoom: lanternCouncil[0]} {
			h.settled(t, room, responder, last[room])
		}
		h.look(t)
		h.scrape(t)
		h.stop()
		w.sawFiles(t, h.data)
		w.judge(t, placeRequest, placeRoom, placePage, placeLog, placeMetrics, placeJob, placeRow, placeFile)
	})
	// In a process of its own most of them still wait to be worked, and its folder
	// for what is temporary is looked at, too.
	t.Run("waiting", func(t *testing.T) {
		t.Parallel()
		w := &witness{}
		p, stop := newLeakProcess(t, w, "")
		p.hundred(t)
		w.sawFiles(t, filepath.Dir(p.data))
		stop()
		w.sawFiles(t, filepath.Dir(p.data))
		w.judge(t, placePage, placeJob, placeRow, placeFile, placeStream)
	})
}

// Each trace of a reporter is left behind once, on purpose.
func TestTraceOfAReporterIsFound(t *testing.T) {
	t.Parallel()
	w := &witness{}
	h := newLeakHouse(t, w)
	for _, c := range []struct {
		name string
		in   leakPlace
		leak func(t *testing.T, s *stranger)
	}{
		{"the address of a reporter", placeLog, func(_ *testing.T, s *stranger) {
			h.server.log.Info().Str("remote", net.JoinHostPort(s.address, "4711")).Msg("request")
		}},
		{"the browser of a reporter", placeLog, func(_ *testing.T, s *stranger) { h.server.log.Debug().Str("agent", s.agent).Msg("request") }},
		{"the forwarded address of a reporter", placeRow, func(t *testing.T, s *stranger) {
			if _, err := h.server.store.DB().ExecContext(t.Context(), `INSERT INTO errands (id, sealed) VALUES (?, ?)`, s.forwarded, "{}"); err != nil {
				t.Fatal(err)
			}
		}},
		{"the page that a reporter came from", placeFile, func(t *testing.T, s *stranger) { put(t, h.data, "access.log", s.referrer) }},
		{"a cookie of a reporter", placeJob, func(t *testing.T, s *stranger) {
			if err := h.server.store.Commit(t.Context(), coc.Change{Jobs: []coc.Job{{Kind: coc.JobErrand, Errand: s.cookie, At: time.Now().Add(time.Hour)}}}); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		w.forget()
		c.leak(t, newStranger(w))
		h.look(t)
		if !slices.ContainsFunc(w.leaks(), func(s sighting) bool { return s.place == c.in && s.word == c.name }) {
			t.Errorf("%s is not found in a %s; found: %+v", c.name, c.in, w.leaks())
		}
	}
}
