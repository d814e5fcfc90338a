package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
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

// standings is what is in force for a source, as it is recorded. coc.ErrMissing:
// nothing is.
type standings func(ctx context.Context, source coc.RepoFacts) (coc.Standing, error)

// operatorRoutes is what an operator may ask of a running server.
func operatorRoutes(q queue, recorded standings, byHand letters, kept prover, log zerolog.Logger) http.Handler {
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
	mux.HandleFunc("GET /standing", func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.ParseInt(r.URL.Query().Get("id"), 10, 64)
		repo, wrong := coc.ParseRepo(r.URL.Query().Get("repo"))
		if err != nil || wrong != nil {
			say(w, http.StatusBadRequest, "not a repository")
			return
		}
		st, err := recorded(r.Context(), coc.RepoFacts{Repo: repo, ID: id})
		answer := &st
		if errors.Is(err, coc.ErrMissing) {
			answer, err = nil, nil // a server that does not know the question says 404
		}
		reply(w, log, answer, err)
	})
	mux.HandleFunc("GET /notices", func(w http.ResponseWriter, r *http.Request) {
		waiting, err := byHand.Letters(r.Context())
		reply(w, log, waiting, err)
	})
	mux.HandleFunc("POST /notices/done", func(w http.ResponseWriter, r *http.Request) {
		var id string
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<10)).Decode(&id); err != nil {
			say(w, http.StatusBadRequest, "not an ID")
			return
		}
		err := byHand.Delivered(r.Context(), id)
		waited := !errors.Is(err, coc.ErrMissing)
		if !waited {
			err = nil
		}
		reply(w, log, waited, err)
	})
	mux.HandleFunc("GET /evidence", func(w http.ResponseWriter, r *http.Request) {
		ids, err := kept.CaseIDs(r.Context())
		reply(w, log, ids, err)
	})
	mux.HandleFunc("GET /evidence/case", func(w http.ResponseWriter, r *http.Request) {
		// A case may have more than is read in the time of other answers.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
		p, err := kept.prove(r.Context(), coc.CaseID(r.URL.Query().Get("id")))
		reply(w, log, p, err)
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

// askedServer is a running server: its queue, and what it has recorded.
type askedServer struct{ http *http.Client }

// reach finds what a configuration's server has recorded: the server, where it has
// the database for itself, and otherwise the store.
func reach(ctx context.Context, path string) (server *askedServer, st *store.Store, err error) {
	c, err := readConfig(path, os.Environ())
	if err != nil {
		return nil, nil, err
	}
	s, err := c.settle()
	if err != nil {
		return nil, nil, err
	}
	if asked, ok := askServer(ctx, s.Database); ok {
		return &asked, nil, nil
	}
	st, err = s.openStore(ctx, store.Options{AsItIs: true})
	return nil, st, err
}

// askServer reaches the server that has the database open; false where none
// answers, which is so as well where nobody is listening for this account.
func askServer(ctx context.Context, database string) (askedServer, bool) {
	socket := socketOf(database)
	if socket == "" {
		return askedServer{}, false
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}
	conn, err := dial(ctx, "", "")
	if err != nil {
		return askedServer{}, false
	}
	_ = conn.Close()
	return askedServer{&http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}, Timeout: 30 * time.Second}}, true
}

func (s askedServer) list(ctx context.Context, states []store.JobState) (jobs []queuedJob, err error) {
	names := url.Values{}
	for _, s := range states {
		names.Add("state", string(s))
	}
	err = s.ask(ctx, http.MethodGet, "/jobs?"+names.Encode(), nil, &jobs)
	return jobs, err
}

func (s askedServer) retry(ctx context.Context, ids []string) (outcome []retried, err error) {
	err = s.ask(ctx, http.MethodPost, "/jobs/retry", ids, &outcome)
	return outcome, err
}

func (s askedServer) standing(ctx context.Context, source coc.RepoFacts) (coc.Standing, error) {
	query := url.Values{"id": {strconv.FormatInt(source.ID, 10)}, "repo": {source.Repo.String()}}
	var st *coc.Standing
	if err := s.ask(ctx, http.MethodGet, "/standing?"+query.Encode(), nil, &st); err != nil {
		return coc.Standing{}, err
	}
	if st == nil {
		return coc.Standing{}, coc.ErrMissing
	}
	return *st, nil
}

// Letters is what waits to be delivered by hand.
func (s askedServer) Letters(ctx context.Context) (waiting []casework.Letter, err error) {
	err = s.ask(ctx, http.MethodGet, "/notices", nil, &waiting)
	return waiting, err
}

// Delivered records that one was. coc.ErrMissing: none of that ID waits.
func (s askedServer) Delivered(ctx context.Context, id string) error {
	var waited bool
	if err := s.ask(ctx, http.MethodPost, "/notices/done", id, &waited); err != nil {
		return err
	}
	if !waited {
		return coc.ErrMissing
	}
	return nil
}

func (s askedServer) ask(ctx context.Context, method, path string, send, into any) error {
	body, err := json.Marshal(send)
	if err != nil {
		return err
	}
	// The host is a word only: the client knows no other way than the socket.
	req, err := http.NewRequestWithContext(ctx, method, "http://cocrouter"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := s.http.Do(req)
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
