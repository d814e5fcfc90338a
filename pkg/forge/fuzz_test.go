package forge

import (
	"bytes"
	"io"
	"net/http"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/rs/zerolog"
)

// FuzzReadAccount reads accounts that nobody wrote: of another version, of a disk
// that failed, of a replica whose clock ran away.
func FuzzReadAccount(f *testing.F) {
	busy := account{}
	for i := range int64(40) {
		busy.spend(begin+i*100, Urgency(i%int64(classes)), Limits{}.orDefault())
	}
	whole := busy.pack()
	far := account{spent: []int64{begin - 2*hour, begin + 9*hour}, promised: []promise{{begin + 1<<40, 0}}}
	for _, b := range [][]byte{
		{}, {accountForm}, (&account{}).pack(), whole, whole[:len(whole)-1], append(slices.Clone(whole), 0), far.pack(),
		{accountForm, 2, 0x80, 0x01, 0x7f, 0}, {accountForm, 0, 1, 2, byte(classes)}, {accountForm, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1},
		{accountForm, 1, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 1, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0},
		{accountForm, 2, 4, 1, 0}, {accountForm, 0, 2, 4, 0, 1, 0}, {2, 0, 0},
	} {
		f.Add(b, uint8(0))
	}
	limits := Limits{}.orDefault()
	f.Fuzz(func(t *testing.T, b []byte, class uint8) {
		a, err := readAccount(b)
		if err != nil {
			if !reflect.DeepEqual(a, account{}) {
				t.Errorf("an account beside an error: %+v", a)
			}
			return
		}
		if again, err := readAccount(a.pack()); err != nil || !slices.Equal(again.spent, a.spent) || !slices.Equal(again.promised, a.promised) {
			t.Errorf("written and read again, %+v is %+v, %v", a, again, err)
		}
		u := Urgency(class % uint8(classes))
		at, granted := a.spend(begin, u, limits)
		switch {
		case granted && (at < begin || at > begin+instant):
			t.Errorf("granted for %d, which is %v from now", at, time.Duration(at-begin)*time.Millisecond)
		case !granted && at <= begin:
			t.Errorf("held back until %d, which is over", at)
		case !granted && at > begin+24*hour:
			t.Errorf("held back for %v", time.Duration(at-begin)*time.Millisecond)
		}
		if !slices.IsSorted(a.spent) || !slices.IsSortedFunc(a.promised, sooner) {
			t.Errorf("out of order: %+v", a)
		}
		if n := len(a.spent); granted && n > limits.Hour {
			t.Errorf("%d writes within the hour", n)
		}
		if _, err := readAccount(a.pack()); err != nil {
			t.Errorf("what is kept after a write cannot be read: %v", err)
		}
	})
}

// FuzzLimits answers as GitHub does, or something between it and us, of limits.
// What the fuzzer found in testdata reaches lines that the inputs here do not;
// each is named for what it is.
func FuzzLimits(f *testing.F) {
	const soon, date = "1772442060", "Mon, 02 Mar 2026 09:00:05 GMT"
	for _, s := range []struct {
		status                                               int
		after, remaining, reset, limit, resource, date, body string
	}{
		{403, "60", "", "", "", "", "", `{"message":"You have exceeded a secondary rate limit."}`},
		{429, "", "0", soon, "5000", "core", date, ``},
		{429, "Mon, 02 Mar 2026 09:02:00 GMT", "", "", "", "", date, ``},
		{403, "0", "1", soon, "5000", "search", "", `{"documentation_url":"https://docs.github.com/#secondary-rate-limits"}`},
		{200, "5", "4999", soon, "5000", "graphql", date, ``},
		{503, "9223372036854775807", "", "", "", "", "", ``},
		{429, "9999999999", "-9223372036854775808", "9223372036854775807", "-1", "", "Fri, 01 Jan 9999 00:00:00 GMT", `{`},
		{200, "", "-7", soon, "-8", "core", "Mon, 02 Mar 2026 08:50:00 GMT", ``},
		{502, "-1", "0", "0", "0", "a resource of the future", "yesterday", `<html>rate limit</html>`},
		{429, "Fri, 31 Dec 9999 23:59:59 GMT", "0", "99999999999", "5000", "core", date, ``},
	} {
		f.Add(s.status, s.after, s.remaining, s.reset, s.limit, s.resource, s.date, []byte(s.body))
	}
	f.Fuzz(func(t *testing.T, status int, after, remaining, reset, limit, resource, date string, body []byte) {
		now := time.UnixMilli(begin)
		l := lane{
			wire:  &wire{now: func() time.Time { return now }, quotas: quotas{of: map[payer]*quota{}}, log: zerolog.Nop()},
			payer: payer{app: 1, installation: 2},
		}
		header := http.Header{}
		for name, value := range map[string]string{"Retry-After": after, "X-Ratelimit-Remaining": remaining, "X-Ratelimit-Reset": reset,
			"X-Ratelimit-Limit": limit, "X-Ratelimit-Resource": resource, "Date": date} {
			header.Set(name, value)
		}
		// What one answer says must not hold everything up for ever, and more of
		// them must not fill the memory.
		for range 3 {
			res, err := l.hear(coreResource, &http.Response{StatusCode: status, Header: header.Clone(), Body: io.NopCloser(bytes.NewReader(body))})
			var held heldBack
			if err != nil {
				held = err.(heldBack)
				if !held.until.After(now) || held.until.After(now.Add(longestNamed)) {
					t.Fatalf("held back until %v", held.until.Sub(now))
				}
				if status < 400 {
					t.Errorf("status %d was taken for a limit", status)
				}
			} else if left, _ := io.ReadAll(res.Body); !bytes.Equal(left, body[:min(len(body), largestRefusal)]) && (status == 403 || status == 429) {
				t.Errorf("of the answer %q stayed %q", body, left)
			}
			if status == http.StatusTooManyRequests && err == nil {
				t.Error("429 was not taken for a limit")
			}
			if err := l.quotas.ask(l.payer, coreResource, 0, now); err != nil {
				if until := err.(heldBack).until; !until.After(now) || until.After(now.Add(longestNamed)) {
					t.Fatalf("the next is held back until %v", until.Sub(now))
				}
			}
			if ahead := time.Duration(l.skew.Load()); ahead.Abs() > believableSkew {
				t.Errorf("a clock that is %v ahead was believed", ahead)
			}
			for _, share := range l.quotas.left(now) {
				if !(share >= 0 && share <= 1) {
					t.Errorf("%v of the hour is left", share)
				}
			}
			if n := len(l.quotas.of[l.payer].hours); n > 2 {
				t.Errorf("%d hours are kept", n)
			}
			resource += "x"
			header.Set("X-Ratelimit-Resource", resource)
			now = now.Add(time.Second)
		}
	})
}
