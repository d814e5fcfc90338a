package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/store"
)

// A SQLite database belongs to one process. What an operator asks of it while a
// server runs goes through that server, over a socket beside the database in a
// folder that only the server's account may enter: whoever can reach it could
// read the database's file as well. A database that several processes share
// needs none.

// socketOf is where the server of a database listens for its operator; "" where
// there is no need.
func socketOf(database string) string {
	path, ok := strings.CutPrefix(database, "sqlite:")
	if !ok {
		return ""
	}
	return filepath.Join(path+"-operator", "socket")
}

// listenForOperator makes the socket. The caller has the database open, so that
// a socket that is there already is a dead server's. It is nil where there is no
// need.
func listenForOperator(ctx context.Context, database string) (net.Listener, error) {
	socket := socketOf(database)
	if socket == "" {
		return nil, nil
	}
	folder := filepath.Dir(socket)
	if err := os.Mkdir(folder, 0o700); err != nil && !os.IsExist(err) {
		return nil, fmt.Errorf("make a folder for the operator's socket: %w", err)
	}
	if err := os.Chmod(folder, 0o700); err != nil {
		return nil, fmt.Errorf("close the folder of the operator's socket: %w", err)
	}
	if err := os.Remove(socket); err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("remove a dead server's socket: %w", err)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "unix", socket)
	if err != nil {
		return nil, fmt.Errorf("listen for the operator: %w", err)
	}
	return l, nil
}

// operatorRoutes is what an operator may ask of a running server.
func operatorRoutes(q queue, log zerolog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /jobs", func(w http.ResponseWriter, r *http.Request) {
		var states []store.JobState
		for _, name := range r.URL.Query()["state"] {
			states = append(states, store.JobState(name))
		}
		jobs, err := q.list(r.Context(), states)
		reply(w, log, jobs, err)
	})
	mux.HandleFunc("POST /jobs/retry", func(w http.ResponseWriter, r *http.Request) {
		var ids []string
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&ids); err != nil {
			say(w, http.StatusBadRequest, "not a list of IDs")
			return
		}
		outcome, err := q.retry(r.Context(), ids)
		log.Info().Int("asked", len(ids)).Msg("an operator tries jobs again")
		reply(w, log, outcome, err)
	})
	return survive(log, mux)
}

func reply(w http.ResponseWriter, log zerolog.Logger, v any, err error) {
	if err != nil {
		log.Error().Err(err).Msg("the operator was not answered")
		say(w, http.StatusServiceUnavailable, "the store does not answer; the server's log says why")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// askedQueue is the queue of a running server.
type askedQueue struct{ http *http.Client }

// askServer reaches the server that has the database open; false where none
// answers, which is so as well where nobody is listening for this account.
func askServer(ctx context.Context, database string) (queue, bool) {
	socket := socketOf(database)
	if socket == "" {
		return nil, false
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}
	conn, err := dial(ctx, "", "")
	if err != nil {
		return nil, false
	}
	_ = conn.Close()
	return askedQueue{&http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}, Timeout: 30 * time.Second}}, true
}

func (q askedQueue) list(ctx context.Context, states []store.JobState) (jobs []queuedJob, err error) {
	names := url.Values{}
	for _, s := range states {
		names.Add("state", string(s))
	}
	err = q.ask(ctx, http.MethodGet, "/jobs?"+names.Encode(), nil, &jobs)
	return jobs, err
}

func (q askedQueue) retry(ctx context.Context, ids []string) (outcome []retried, err error) {
	err = q.ask(ctx, http.MethodPost, "/jobs/retry", ids, &outcome)
	return outcome, err
}

func (q askedQueue) ask(ctx context.Context, method, path string, send, into any) error {
	body, err := json.Marshal(send)
	if err != nil {
		return err
	}
	// The host is a word only: the client knows no other way than the socket.
	req, err := http.NewRequestWithContext(ctx, method, "http://cocrouter"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := q.http.Do(req)
	if err != nil {
		return fmt.Errorf("ask the running server: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the running server answered %s; its log says why", resp.Status)
	}
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return fmt.Errorf("read the running server's answer: %w", err)
	}
	return nil
}
