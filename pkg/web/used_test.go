package web

import (
	"crypto/rand"
	"fmt"
	"net/url"
	"strconv"
	"testing"
	"time"
)

// returned is a form with a file in which something is wrong, and the place with which
// it comes back.
func (w *world) returned(t *testing.T, token string, more url.Values) string {
	t.Helper()
	form := url.Values{"token": {token}, "account": {" "}}
	for name, values := range more {
		form[name] = values
	}
	a := w.attach(path, form, nil, picked{"a.png", "first"})
	want(t, a, 422, english["error.account"])
	place := placeIn.FindStringSubmatch(a.body)
	if place == nil {
		t.Fatal("it has no place")
	}
	return place[1]
}

// full lets reports in until there is room for none.
func (w *world) full() {
	for a := w.send(rand.Text(), nil); a.StatusCode == 200; {
		a = w.send(rand.Text(), nil)
	}
}

func TestPlaceSpeedsNobodyUpWhoSendsTooMany(t *testing.T) {
	t.Parallel()
	for name, later := range map[string]time.Duration{"one that is kept": 0, "one whose time is over": placeKept} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, token := newWorld(), rand.Text()
			place := w.returned(t, token, nil)
			w.now = w.now.Add(later)
			taken := 0
			for n := range 3 * paces[filing].atOnce {
				if w.sentFrom("192.0.2.7:1", path, url.Values{"token": {token}, "place": {place}, "account": {fmt.Sprint("other words ", n)}}).StatusCode == 200 {
					taken++
				}
			}
			if taken != paces[filing].atOnce {
				t.Errorf("one sender files %d times at once, of %d that anybody may", taken, paces[filing].atOnce)
			}
		})
	}
}

func TestPlaceLetsOneFormThrough(t *testing.T) {
	t.Parallel()
	w, token := crowded(t), rand.Text()
	place := w.returned(t, token, nil) // the last one for whom there is room at once
	w.full()
	next := w.returned(t, token, url.Values{"place": {place}})
	if next == place {
		t.Fatal("the place that was used is kept")
	}
	want(t, w.send(token, url.Values{"place": {place}}), 429)
	want(t, w.send(token, url.Values{"place": {next}}), 200, english["receipt.title"])
	for range 3 {
		a := w.send(token, url.Values{"place": {next}})
		want(t, a, 429)
		if placeIn.FindStringSubmatch(a.body)[1] == next {
			t.Error("a place that was used is kept")
		}
	}
}

func TestPlaceOfWhoeverSendsTooManyIsKept(t *testing.T) {
	t.Parallel()
	w, token := newWorldOf(few), rand.Text()
	for range paces[filing].atOnce {
		want(t, w.sentFrom("192.0.2.7:1", path, url.Values{"token": {rand.Text()}, "account": {"it happened"}}), 200)
	}
	place := w.returned(t, token, nil)
	with := url.Values{"token": {token}, "account": {"it happened"}, "place": {place}}
	want(t, w.sentFrom("192.0.2.7:1", path, with), 429, "20 seconds", place, english["crowd.place"])
	w.full()
	w.now = w.now.Add(20 * time.Second)
	w.full()
	want(t, w.sentFrom("192.0.2.7:1", path, with), 200, english["receipt.title"])
}

func TestNoPlaceIsForgottenWhileItIsGood(t *testing.T) {
	t.Parallel()
	var u used
	until := noon.Add(placeKept)
	for n := range maxUsed {
		if !u.first(strconv.Itoa(n), until, noon) {
			t.Fatalf("the place %d is not taken", n)
		}
	}
	for name, place := range map[string]string{"one that was used": "0", "one for which there is no room": "another"} {
		if u.first(place, until.Add(time.Minute), until.Add(-time.Second)) {
			t.Errorf("%s lets a form through", name)
		}
	}
	if !u.first("another", until.Add(time.Minute), until.Add(time.Minute-time.Second)) || len(u.until) != 1 {
		t.Errorf("%d places are kept for ever", len(u.until))
	}
}

func TestPlaceIsWrittenInOneWay(t *testing.T) {
	t.Parallel()
	c, token := newCrowd(0, nil), rand.Text()
	place := c.place(token, noon)
	if at, ok := c.placed(token, place); !ok || !at.Equal(noon) || place == c.place(token, noon) {
		t.Fatalf("%s, %v", at, ok)
	}
	for _, other := range []string{"", ".", place + "A", place[:len(place)-1], "0" + place, "+" + place, "-" + place} {
		if _, ok := c.placed(token, other); ok {
			t.Errorf("%q is a place as well", other)
		}
	}
	if _, ok := c.placed(rand.Text(), place); ok {
		t.Error("it is anybody's")
	}
}
