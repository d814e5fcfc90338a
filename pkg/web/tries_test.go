package web

import (
	"fmt"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
)

// sentFrom sends a form from an address.
func (w *world) sentFrom(address, path string, form url.Values) answer {
	r := posts(path, form.Encode())
	r.RemoteAddr = address
	return w.do(r)
}

// theirs is the one receipt that shows something.
const theirs = "AAAA-BBBB-CCCC"

func newGuessed() *world {
	w := newWorld()
	w.stands[theirs] = casework.Progress{State: casework.WithCommittee, Stage: "received", FiledAt: noon}
	return w
}

func (w *world) looks(address, receipt string) answer {
	return w.sentFrom(address, "/receipt", url.Values{"receipt": {receipt}})
}

func TestGuessingIsSlowedAndLocksNobodyOut(t *testing.T) {
	t.Parallel()
	w := newGuessed()
	for range paces[looking].atOnce {
		if a := w.looks("[2001:db8:0:1::1]:1000", "AAAA-CCCC"); a.StatusCode != 404 {
			t.Fatalf("status %d among the first", a.StatusCode)
		}
	}
	a := w.looks("[2001:db8:0:1:ffff::2]:1000", "AAAA-CCCC")
	want(t, a, 429, english["lookup.often"])
	if a.Header.Get("Retry-After") == "" {
		t.Error("it does not say when to come back")
	}
	if a := w.looks("192.0.2.7:1000", "AAAA-CCCC"); a.StatusCode != 404 {
		t.Errorf("status %d for somebody else", a.StatusCode)
	}
	w.now = w.now.Add(time.Minute)
	if a := w.looks("[2001:db8:0:1::1]:1000", "AAAA-CCCC"); a.StatusCode != 404 {
		t.Errorf("status %d a minute later", a.StatusCode)
	}
}

// Ten thousand receipts are guessed in a minute: by one sender, by senders that never
// come twice, by everybody from behind one proxy. Few guesses are answered, and
// whoever has a right receipt sees how it stands all the while.
func TestOfTenThousandGuessesFewAreAnsweredAndARightReceiptAlwaysIs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		guesser func(i int) string
		owner   string
		most    int // guesses that are answered
	}{
		"one sender":       {func(int) string { return "192.0.2.7:1000" }, "198.51.100.9:1000", 60},
		"ten thousand":     {func(i int) string { return fmt.Sprintf("192.%d.%d.7:1000", i>>8, i&255) }, "198.51.100.9:1000", 800},
		"behind one proxy": {func(int) string { return "10.1.2.3:1000" }, "10.1.2.3:1000", 800},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newGuessed()
			answered, shown, refused := 0, 0, 0
			for i := range 10000 {
				w.now = w.now.Add(time.Minute / 10000)
				if a := w.looks(c.guesser(i), "GGGG-"+strconv.Itoa(i)); a.StatusCode == 404 {
					answered++
				} else if a.StatusCode != 429 || a.Header.Get("Retry-After") == "" {
					t.Fatalf("a guess is answered with %d", a.StatusCode)
				}
				if i%500 == 250 { // somebody looks twenty times in that minute
					if a := w.looks(c.owner, theirs); a.StatusCode == 200 {
						shown++
					} else {
						refused++
					}
				}
			}
			t.Logf("%d of 10,000 guesses answered; the right receipt shown %d times", answered, shown)
			if answered == 0 || answered > c.most+1 {
				t.Errorf("%d guesses are answered, want up to %d", answered, c.most)
			}
			if refused > 0 {
				t.Errorf("whoever has the right receipt is sent away %d times", refused)
			}
		})
	}
}

// One sender behind a proxy would use up the tries of all.
func TestAProxyIsNotSlowed(t *testing.T) {
	t.Parallel()
	w := newGuessed()
	for _, proxy := range []string{"127.0.0.1:1000", "[::1]:1000", "10.1.2.3:1000", "172.17.0.1:1000", "[::ffff:192.168.1.9]:1000", "[fd00::1]:1000"} {
		for range paces[looking].atOnce + 1 {
			if a := w.looks(proxy, theirs); a.StatusCode != 200 {
				t.Fatalf("status %d from %s", a.StatusCode, proxy)
			}
		}
	}
}

func TestOneSenderWithVeryManyReportsWaitsAndOthersDoNot(t *testing.T) {
	t.Parallel()
	w := newWorld()
	send := func(address string) answer {
		return w.sentFrom(address, path, url.Values{"token": {w.token(t, path)}, "account": {"it <happened>"}, "who7": {"@kim-example"}, "role7": {"harmed"}})
	}
	for range paces[filing].atOnce {
		want(t, send("192.0.2.7:1000"), 200, english["receipt.title"])
	}
	a := send("192.0.2.7:1000")
	want(t, a, 429, english["crowd.title"], "it &lt;happened&gt;", `value="@kim-example"`, "20 seconds")
	if a.Header.Get("Retry-After") != "20" {
		t.Errorf("told to come back after %q", a.Header.Get("Retry-After"))
	}
	want(t, send("192.0.2.8:1000"), 200)
	w.now = w.now.Add(20 * time.Second)
	want(t, send("192.0.2.7:1000"), 200)
	if len(w.filed) != paces[filing].atOnce+2 {
		t.Errorf("%d reports", len(w.filed))
	}
}
