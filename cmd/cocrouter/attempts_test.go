package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/forge"
	"github.com/cocrouter/cocrouter/pkg/githubsim/openapitest"
	"github.com/cocrouter/cocrouter/pkg/notice"
)

// A job that may have written must look for what it wrote; one that only waited
// need not.
func TestOnlyAJobThatHasWrittenNothingIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	later := coc.Later{Cause: "held back"}
	writes := aWrite(t)
	for _, tc := range []struct {
		name   string
		writes []bool // by attempt, whether it wrote before it was put off
		tries  []int  // which attempts came to this process
		again  []bool // what each of them was told
	}{
		{"it only waited", []bool{false, false, false}, []int{1, 2, 3}, []bool{false, false, false}},
		{"the first wrote", []bool{true, false, false}, []int{1, 2, 3}, []bool{false, true, true}},
		{"the second wrote", []bool{false, true, false}, []int{1, 2, 3}, []bool{false, false, true}},
		{"another process had the second", []bool{false, false, false, false}, []int{1, 3, 4}, []bool{false, true, true}},
		{"it began elsewhere", []bool{false, false, false}, []int{2, 3}, []bool{true, true}},
		{"it ended with the process before", []bool{false, false, false}, []int{1, 1}, []bool{false, false}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var told []bool
			attempt := 0
			a := newAttempts(func(ctx context.Context, _ coc.Job, again bool) error {
				told = append(told, again)
				if tc.writes[attempt-1] {
					writes(ctx)
				}
				return later
			})
			for _, attempt = range tc.tries {
				if err := a.run(t.Context(), coc.Job{Kind: coc.JobOpen, Case: "one"}, attempt); !errors.Is(err, later) {
					t.Fatal(err)
				}
			}
			for i, again := range tc.again {
				if told[i] != again {
					t.Errorf("attempt %d was told %v, want %v", tc.tries[i], told[i], again)
				}
			}
		})
	}
}

// answering is a GitHub that gives tokens, and breaks at every write.
type answering struct{}

func (answering) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body := http.StatusBadGateway, ""
	switch {
	case strings.HasSuffix(r.URL.Path, "/installation"):
		status, body = http.StatusOK, `{"id": 1, "account": {"login": "river-conduct"}}`
	case strings.HasSuffix(r.URL.Path, "/access_tokens"):
		status, body = http.StatusCreated, `{"token": "t", "expires_at": "`+time.Now().Add(time.Hour).UTC().Format(time.RFC3339)+`"}`
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// aWrite makes a function that sends a write.
func aWrite(t *testing.T) func(context.Context) {
	t.Helper()
	f, err := forge.New(forge.Options{
		V3: "https://github.example", V4: "https://github.example/graphql", Transport: openapitest.Requests(t, answering{}),
		Apps: map[coc.App]forge.Registration{coc.AppRooms: {ID: 1, PrivateKey: []byte(testKey())}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return func(ctx context.Context) {
		ref := coc.IssueRef{Repo: coc.Repo{Owner: "river-conduct", Name: "cases"}, Number: 1}
		if err := f.Reply(ctx, ref, notice.Private{}, "<!-- marker -->", false); err == nil {
			t.Error("the write went through")
		}
	}
}

func TestAttemptsForgetsAJobThatIsDone(t *testing.T) {
	t.Parallel()
	var err error
	a := newAttempts(func(context.Context, coc.Job, bool) error { return err })
	job := coc.Job{Kind: coc.JobShow, Case: "one"}
	for n := range 3 {
		if err = nil; n < 2 {
			err = coc.ErrBusy
		}
		_ = a.run(t.Context(), job, n+1)
		if want := min(1, 2-n); len(a.clean) != want {
			t.Errorf("after attempt %d it remembers %d jobs, want %d", n+1, len(a.clean), want)
		}
	}
}
