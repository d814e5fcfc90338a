package web

import (
	"crypto/rand"
	"crypto/sha256"
	"math/bits"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

var (
	challengeIn = regexp.MustCompile(`data-challenge="([A-Z2-7]{24})" data-bits="(\d+)"`)
	placeIn     = regexp.MustCompile(`name="place" value="([^"]+)"`)
)

// few reports a second are a crowd here, so that a test need not send very many.
const few = 2

// proxy is where everybody comes from: nobody can be told from anybody.
const proxy = "10.1.2.3:1000"

// crowded is a world in which very many have just reported.
func crowded(t *testing.T) *world {
	t.Helper()
	w := newWorldOf(few)
	for i := range few*crowdAtOnce - 1 {
		if a := w.send(rand.Text(), nil); a.StatusCode != 200 {
			t.Fatalf("report %d is answered with %d", i, a.StatusCode)
		}
	}
	return w
}

func (w *world) send(token string, more url.Values) answer {
	form := url.Values{"token": {token}, "account": {"it <happened>"}, "where": {"in the garden"}}
	for name, values := range more {
		form[name] = values
	}
	return w.sentFrom(proxy, path, form)
}

// work does what the script does.
func work(t *testing.T, challenge string, zeros int) string {
	t.Helper()
	for i := range 1 << 24 {
		sum := sha256.Sum256([]byte(challenge + ":" + strconv.Itoa(i)))
		if bits.LeadingZeros32(uint32(sum[0])<<24|uint32(sum[1])<<16|uint32(sum[2])<<8|uint32(sum[3])) >= zeros {
			return strconv.Itoa(i)
		}
	}
	t.Fatal("nothing works")
	return ""
}

func TestFormCarriesAChallengeInACrowdOnly(t *testing.T) {
	t.Parallel()
	if a := newWorld().get(path); strings.Contains(a.body, "proof") {
		t.Error("there is a challenge while nobody comes")
	}
	w := crowded(t)
	if a := w.get(path); challengeIn.FindString(a.body) == "" || !strings.Contains(a.body, `src="/assets/proof.js"`) {
		t.Error("there is no challenge in a crowd")
	}
	w.now = w.now.Add(time.Minute)
	if a := w.get(path); strings.Contains(a.body, "proof") {
		t.Error("there is a challenge when the crowd has gone")
	}
}

func TestInACrowdWhoeverHasWorkedForItGoesFirst(t *testing.T) {
	t.Parallel()
	w := crowded(t)
	page := w.get(path).body
	token, c := tokenIn.FindStringSubmatch(page)[1], challengeIn.FindStringSubmatch(page)
	zeros, _ := strconv.Atoi(c[2])
	proof := work(t, c[1], zeros)
	w.send(rand.Text(), nil) // the last one for whom there is room at once
	for range 2 * few {
		w.send(rand.Text(), url.Values{"proof": {"0"}}) // fills what waits for a moment, and more
	}
	want(t, w.send(rand.Text(), nil), 429)
	want(t, w.send(rand.Text(), url.Values{"proof": {proof}}), 429) // worked out for another form
	for _, wrong := range []string{proof + "0", "x", strings.Repeat("1", 100), "-1"} {
		want(t, w.send(token, url.Values{"proof": {wrong}}), 429)
	}
	want(t, w.send(token, url.Values{"proof": {proof}}), 200, english["receipt.title"])
}

func TestAChallengeHoldsForAnHourAndNotForEver(t *testing.T) {
	t.Parallel()
	c := newCrowd(0, nil)
	token := rand.Text()
	proof := work(t, c.challengeOf(token, hour(noon)), proofBits)
	if !c.proven(token, proof, noon.Add(time.Hour)) {
		t.Error("after an hour it is forgotten")
	}
	if c.proven(token, proof, noon.Add(proofHours*time.Hour)) || newCrowd(0, nil).proven(token, proof, noon) {
		t.Error("it holds for ever, or elsewhere")
	}
}

// Without JavaScript nobody is refused: they wait their turn, which comes in the order
// in which they came, however many come after them.
func TestInACrowdWhoeverHasNoScriptIsTakenInTheirTurn(t *testing.T) {
	t.Parallel()
	w := crowded(t)
	w.send(rand.Text(), nil)
	for range 2*few + 6 {
		w.send(rand.Text(), nil)
	}
	token := rand.Text()
	a := w.send(token, nil)
	want(t, a, 429, english["crowd.title"], english["crowd.place"], "it &lt;happened&gt;", `value="in the garden"`, token)
	wait, err := strconv.Atoi(a.Header.Get("Retry-After"))
	if err != nil || wait < 3 || wait > 30 || !strings.Contains(a.body, strconv.Itoa(wait)+" seconds") {
		t.Errorf("told to come back after %q", a.Header.Get("Retry-After"))
	}
	place := placeIn.FindStringSubmatch(a.body)[1]
	for range 50 { // a flood
		w.send(rand.Text(), nil)
	}
	early := w.send(token, url.Values{"place": {place}})
	want(t, early, 429, place)
	if _, err := strconv.Atoi(early.Header.Get("Retry-After")); err != nil {
		t.Error("whoever comes early is not told when to come")
	}
	w.now = w.now.Add(time.Duration(wait) * time.Second)
	for range 50 {
		w.send(rand.Text(), nil)
	}
	want(t, w.send(rand.Text(), url.Values{"place": {place}}), 429) // somebody else's place
	forged := strconv.FormatInt(w.now.Unix()-1, 36) + place[strings.Index(place, "."):]
	want(t, w.send(token, url.Values{"place": {forged}}), 429)
	want(t, w.send(token, url.Values{"place": {place}}), 200, english["receipt.title"])
	w.now = w.now.Add(placeKept)
	for range few*crowdAtOnce + 2*few + 60 {
		w.send(rand.Text(), nil)
	}
	want(t, w.send(token, url.Values{"place": {place}}), 429) // it is not kept for ever
}

func TestAFullQueueSaysSoAndPromisesNothing(t *testing.T) {
	t.Parallel()
	w := crowded(t)
	var last answer
	for range few*int(longestQueue/time.Second) + 100 {
		last = w.send(rand.Text(), nil)
	}
	want(t, last, 429, english["crowd.title"], "60 seconds", "it &lt;happened&gt;")
	if strings.Contains(last.body, english["crowd.place"]) || placeIn.MatchString(last.body) {
		t.Error("it promises a place")
	}
}
