package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

// payloads are deliveries like GitHub's, and different from each other: what
// the simulated GitHub sends for a comment is 10 KB of addresses, and to that
// comes what people wrote. How long it takes to keep one depends on what it
// holds, so that filler of one letter would measure something else.
type payloads struct {
	source demoApp
	parts  [3]string // between them stand the comment's id and the issue's text
}

const (
	benchText    = "TEXT-OF-THE-ISSUE"
	benchCommand = "/coc report"
	benchWords   = 150 // about a kilobyte
)

func newPayloads(source, rooms demoApp) (payloads, error) {
	sim := githubsim.New(githubsim.Options{PublicURL: "https://github.example"})
	sim.HoldDeliveries(true)
	if err := seedDemo(sim, "http://127.0.0.1:1/", source, rooms); err != nil {
		return payloads{}, err
	}
	n, err := sim.OpenIssue(talker, toolsRepo, githubsim.NewIssue{Title: "A question about the release", Body: benchText})
	if err != nil {
		return payloads{}, err
	}
	id, err := sim.Comment(newcomer, toolsRepo, n, benchCommand)
	if err != nil {
		return payloads{}, err
	}
	for _, d := range sim.Deliveries() {
		if d.Event != "issue_comment" || d.AppID != source.ID {
			continue
		}
		before, rest, hasID := strings.Cut(string(d.RequestBody), fmt.Sprintf(`"id":%d,`, id))
		between, after, hasText := strings.Cut(rest, benchText)
		if !hasID || !hasText {
			return payloads{}, errors.New("the delivery of a comment has another shape than it had")
		}
		return payloads{source, [3]string{before + `"id":`, "," + between, after}}, nil
	}
	return payloads{}, errors.New("no delivery of a comment")
}

// body is the n-th payload.
func (p payloads) body(n int) []byte {
	return fmt.Appendf(nil, "%s%d%s%s%s", p.parts[0], 1_000_000+n, p.parts[1], someText(n), p.parts[2])
}

// signed is the n-th payload as GitHub delivers it.
func (p payloads) signed(n int) *http.Request { return p.source.deliver("issue_comment", p.body(n), n) }

// idle is a payload that nobody needs, as most are.
func (p payloads) idle(n int) *http.Request {
	return p.source.deliver("issue_comment", bytes.Replace(p.body(n), []byte(benchCommand), []byte("thank you"), 1), n)
}

// many signs so many, before any clock runs.
func many(n int, signed func(int) *http.Request) []*http.Request {
	requests := make([]*http.Request, n)
	for i := range requests {
		requests[i] = signed(i)
	}
	return requests
}

// deliver is a delivery as GitHub sends it.
func (a demoApp) deliver(event string, body []byte, n int) *http.Request {
	mac := hmac.New(sha256.New, a.Secrets[0])
	mac.Write(body)
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/api/github/hook", io.NopCloser(bytes.NewReader(body)))
	r.ContentLength = int64(len(body))
	for k, v := range map[string]string{
		"Content-Type":                           "application/json",
		"X-GitHub-Event":                         event,
		"X-GitHub-Delivery":                      fmt.Sprintf("00000000-0000-4000-8000-%012d", n),
		"X-GitHub-Hook-Installation-Target-Type": "integration",
		"X-GitHub-Hook-Installation-Target-ID":   fmt.Sprint(a.ID),
		"X-Hub-Signature-256":                    "sha256=" + hex.EncodeToString(mac.Sum(nil)),
	} {
		r.Header.Set(k, v)
	}
	return r
}

// someText is the n-th text, which reads like words and repeats like them.
func someText(n int) string {
	random := rand.New(rand.NewPCG(1, uint64(n)))
	var b strings.Builder
	for i := range benchWords {
		if i > 0 {
			b.WriteByte(' ')
		}
		// The front of the list comes up most, as in a language.
		b.WriteString(vocabulary[int(float64(len(vocabulary))*random.Float64()*random.Float64())])
	}
	return b.String()
}

var vocabulary = strings.Fields(`
the to and a of in it is that for on with this was not be have as are but
they when from at we he she you by my what there if would about so been said
or one all will after them who more no some time his her had an how can our
then other which could only did because any into were over also where first
again people meeting talk review thread message comment issue project release
maintainer contributor community committee answer question person somebody
nobody yesterday twice often never always asked told wrote called threatened
insulted ignored interrupted laughed followed stopped started continued left
private public channel mailing list conference workshop dinner hallway video
screen recording picture screenshot account profile address employer company
friend colleague mentor newcomer woman man group team member chair moderator
uncomfortable afraid angry tired serious harmful unwelcome repeated personal
language accent gender age religion disability appearance experience skill
patch branch merge build test failure log error version package dependency
documentation translation license proposal vote decision deadline schedule
november weekend morning evening minutes hours days weeks months ago before
during until between around against without within behind beside towards
`)
