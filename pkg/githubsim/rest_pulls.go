package githubsim

import (
	"net/http"
	"slices"
)

var pullRoutes = []route{
	on("GET", "/repos/{owner}/{repo}/pulls/comments", (*call).listRepoReviews),
	on("GET", "/repos/{owner}/{repo}/pulls/comments/{comment}", (*call).getReview),
	on("PATCH", "/repos/{owner}/{repo}/pulls/comments/{comment}", (*call).patchReview),
	on("DELETE", "/repos/{owner}/{repo}/pulls/comments/{comment}", (*call).removeReview),
	on("GET", "/repos/{owner}/{repo}/pulls/{number}", (*call).getPull),
	on("GET", "/repos/{owner}/{repo}/pulls/{number}/comments", (*call).listReviews),
	on("POST", "/repos/{owner}/{repo}/pulls/{number}/comments", (*call).postReview),
	on("POST", "/repos/{owner}/{repo}/pulls/{number}/comments/{comment}/replies", (*call).replyReview),
}

// pull finds the pull request that the path names; an issue is not one.
func (q *call) pull() (*issue, error) {
	r, err := q.allowed(reading("pull_requests"))
	if err != nil {
		return nil, err
	}
	n, err := q.number("number")
	if err != nil {
		return nil, err
	}
	i, err := q.s.issueIn(r, int(n))
	if err != nil || !i.pull {
		return nil, notFound()
	}
	return i, nil
}

func (q *call) getPull() (int, any, error) {
	i, err := q.pull()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, q.s.pullJSON(i), nil
}

func (q *call) listReviews() (int, any, error) {
	i, err := q.pull()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, mapAll(page(q, i.reviews), q.s.reviewJSON), nil
}

func (q *call) getReview() (int, any, error) {
	cm, err := q.comment(true)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, q.s.reviewJSON(cm), nil
}

func (q *call) listRepoReviews() (int, any, error) {
	r, err := q.allowed(reading("pull_requests"))
	if err != nil {
		return 0, nil, err
	}
	var all []*comment
	for _, i := range r.issues {
		if !i.deleted {
			all = append(all, i.reviews...)
		}
	}
	slices.SortFunc(all, func(a, b *comment) int { return int(a.id - b.id) })
	return http.StatusOK, mapAll(page(q, all), q.s.reviewJSON), nil
}

func (q *call) patchReview() (int, any, error) {
	cm, err := q.comment(true)
	if err != nil {
		return 0, nil, err
	}
	p := q.payload()
	body := p.text("body")
	if p.err != nil {
		return 0, nil, p.err
	}
	if err := q.s.editComment(q.who, cm, orEmpty(body)); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, q.s.reviewJSON(cm), nil
}

func (q *call) removeReview() (int, any, error) {
	cm, err := q.comment(true)
	if err != nil {
		return 0, nil, err
	}
	if err := q.s.deleteComment(q.who, cm); err != nil {
		return 0, nil, err
	}
	return http.StatusNoContent, nil, nil
}

// postReview needs what GitHub needs to place a comment, although the Sim has
// no diff to place it in.
func (q *call) postReview() (int, any, error) {
	i, err := q.pull()
	if err != nil {
		return 0, nil, err
	}
	p := q.payload()
	body, commit, path := p.text("body"), p.text("commit_id"), p.text("path")
	var replyTo int64
	p.read("in_reply_to", &replyTo, "an integer")
	switch {
	case p.err != nil:
		return 0, nil, p.err
	case replyTo == 0 && orEmpty(commit) == "":
		return 0, nil, missingField("PullRequestReviewComment", "commit_id")
	case replyTo == 0 && orEmpty(path) == "":
		return 0, nil, missingField("PullRequestReviewComment", "path")
	}
	cm, err := q.s.addReview(q.who, i, orEmpty(body), replyTo)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, q.s.reviewJSON(cm), nil
}

func (q *call) replyReview() (int, any, error) {
	i, err := q.pull()
	if err != nil {
		return 0, nil, err
	}
	id, err := q.number("comment")
	if err != nil {
		return 0, nil, err
	}
	p := q.payload()
	body := p.text("body")
	if p.err != nil {
		return 0, nil, p.err
	}
	cm, err := q.s.addReview(q.who, i, orEmpty(body), id)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, q.s.reviewJSON(cm), nil
}
