package githubsim

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// activity is one movement of a branch. Its time is ours, whatever dates the
// commits carry.
type activity struct {
	id            int64
	kind          string // push or branch_creation
	branch        string
	before, after string
	by            *account
	at            time.Time
}

// moved notes that a branch has come to stand at another commit.
func (s *Sim) moved(by caller, r *repo, branch, before, after string) {
	kind := "push"
	if before == zeroSHA {
		kind = "branch_creation"
	}
	r.activities = append(r.activities, activity{s.nextID(), kind, branch, before, after, by.user, s.now()})
}

// periods are what a list of activities can be limited to.
var periods = map[string]time.Duration{
	"day": 24 * time.Hour, "week": 7 * 24 * time.Hour, "month": 30 * 24 * time.Hour,
	"quarter": 90 * 24 * time.Hour, "year": 365 * 24 * time.Hour,
}

func (q *call) listActivities() (int, any, error) {
	r, err := q.allowed(reading("contents"))
	if err != nil {
		return 0, nil, err
	}
	var since time.Time
	if name := q.query("time_period"); name != "" {
		period, ok := periods[name]
		if !ok {
			return 0, nil, refuse(http.StatusUnprocessableEntity, "Invalid time_period")
		}
		since = q.s.now().Add(-period)
	}
	branch, kind := strings.TrimPrefix(q.query("ref"), "refs/heads/"), q.query("activity_type")
	all := slices.DeleteFunc(slices.Clone(r.activities), func(a activity) bool {
		return branch != "" && a.branch != branch || kind != "" && a.kind != kind || a.at.Before(since)
	})
	if q.query("direction") != "asc" {
		slices.Reverse(all)
	}
	return http.StatusOK, mapAll(q.following(all), func(a activity) fields { return q.s.activityJSON(r, a) }), nil
}

// following is the page behind the query's cursor, which is the id of the last
// activity of the page before it.
func (q *call) following(all []activity) []activity {
	if id, err := strconv.ParseInt(q.query("after"), 10, 64); err == nil {
		n := slices.IndexFunc(all, func(a activity) bool { return a.id == id })
		all = all[n+1:]
	}
	size := q.perPage()
	if len(all) <= size {
		return all
	}
	v := q.http.URL.Query()
	v.Set("after", strconv.FormatInt(all[size-1].id, 10))
	q.header.Set("Link", fmt.Sprintf(`<%s%s?%s>; rel="next"`, q.s.url, q.http.URL.EscapedPath(), v.Encode()))
	return all[:size]
}

func (s *Sim) activityJSON(r *repo, a activity) fields {
	return fields{
		"id": a.id, "node_id": nodeID("PSH", a.id), "before": a.before, "after": a.after, "ref": "refs/heads/" + a.branch,
		"timestamp": stamp(a.at), "activity_type": a.kind, "actor": s.userJSON(a.by),
	}
}
