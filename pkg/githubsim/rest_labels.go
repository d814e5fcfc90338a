package githubsim

import (
	"encoding/json"
	"net/http"
	"strings"
)

// A name of a label may hold a slash, escaped or not.
var labelRoutes = []route{
	on("GET", "/repos/{owner}/{repo}/labels", (*call).listLabels),
	on("POST", "/repos/{owner}/{repo}/labels", (*call).postLabel),
	on("GET", "/repos/{owner}/{repo}/labels/{name...}", (*call).getLabel),
	on("PATCH", "/repos/{owner}/{repo}/labels/{name...}", (*call).patchLabel),
	on("DELETE", "/repos/{owner}/{repo}/labels/{name...}", (*call).removeLabel),
	on("GET", "/repos/{owner}/{repo}/issues/{number}/labels", (*call).listIssueLabels),
	on("POST", "/repos/{owner}/{repo}/issues/{number}/labels", (*call).addIssueLabels),
	on("PUT", "/repos/{owner}/{repo}/issues/{number}/labels", (*call).setIssueLabels),
	on("DELETE", "/repos/{owner}/{repo}/issues/{number}/labels", (*call).clearIssueLabels),
	on("DELETE", "/repos/{owner}/{repo}/issues/{number}/labels/{name...}", (*call).removeIssueLabel),
}

func (q *call) listLabels() (int, any, error) {
	r, err := q.allowed(reading("issues", "pull_requests"))
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, q.s.labelsJSON(r, page(q, r.labels)), nil
}

// changed is repo and change together.
func (q *call) changed(n need) (*repo, error) {
	r, err := q.repo()
	if err != nil {
		return nil, err
	}
	return r, q.s.change(q.who, r, n)
}

func (q *call) postLabel() (int, any, error) {
	r, err := q.changed(needLabels)
	if err != nil {
		return 0, nil, err
	}
	p := q.payload()
	name, color, description := p.text("name"), p.text("color"), p.text("description")
	if p.err != nil {
		return 0, nil, p.err
	}
	l, err := q.s.createLabel(q.who, r, orEmpty(name), orEmpty(color), description)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, q.s.labelJSON(r, l), nil
}

func (q *call) getLabel() (int, any, error) {
	r, err := q.allowed(reading("issues", "pull_requests"))
	if err != nil {
		return 0, nil, err
	}
	l := r.label(q.vars["name"])
	if l == nil {
		return 0, nil, notFound()
	}
	return http.StatusOK, q.s.labelJSON(r, l), nil
}

// labelToChange finds the label that the path names, for those who may change
// labels.
func (q *call) labelToChange() (*repo, *label, error) {
	r, err := q.changed(needLabels)
	if err != nil {
		return nil, nil, err
	}
	if l := r.label(q.vars["name"]); l != nil {
		return r, l, nil
	}
	return nil, nil, notFound()
}

func (q *call) patchLabel() (int, any, error) {
	r, l, err := q.labelToChange()
	if err != nil {
		return 0, nil, err
	}
	p := q.payload()
	name, color, description := p.text("new_name"), p.text("color"), p.text("description")
	if p.err != nil {
		return 0, nil, p.err
	}
	if err := q.s.editLabel(q.who, r, l, name, color, description); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, q.s.labelJSON(r, l), nil
}

func (q *call) removeLabel() (int, any, error) {
	r, l, err := q.labelToChange()
	if err != nil {
		return 0, nil, err
	}
	q.s.deleteLabel(q.who, r, l)
	return http.StatusNoContent, nil, nil
}

func (q *call) listIssueLabels() (int, any, error) {
	i, err := q.readIssue()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, q.s.labelsJSON(i.repo, page(q, i.labels)), nil
}

// issueToTriage finds the issue that the path names, for those who may label
// it.
func (q *call) issueToTriage() (*issue, error) {
	i, err := q.issue()
	if err != nil {
		return nil, err
	}
	return i, q.s.change(q.who, i.repo, i.triage())
}

// labelNames takes both forms that GitHub does: an object with labels, and the
// bare list.
func (q *call) labelNames() ([]string, error) {
	p := &payload{values: map[string]json.RawMessage{"labels": q.raw}}
	if raw := strings.TrimSpace(string(q.raw)); !strings.HasPrefix(raw, "[") || !json.Valid(q.raw) {
		p = q.payload()
	}
	names := p.names("labels")
	switch {
	case p.err != nil:
		return nil, p.err
	case names == nil:
		return nil, missingField("Label", "labels")
	}
	return *names, nil
}

func (q *call) addIssueLabels() (int, any, error) {
	i, err := q.issueToTriage()
	if err != nil {
		return 0, nil, err
	}
	names, err := q.labelNames()
	if err != nil {
		return 0, nil, err
	}
	if err := q.s.addLabels(q.who, i.repo, i, names); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, q.s.labelsJSON(i.repo, i.labels), nil
}

func (q *call) setIssueLabels() (int, any, error) {
	i, err := q.issueToTriage()
	if err != nil {
		return 0, nil, err
	}
	names, err := q.labelNames()
	if err != nil {
		return 0, nil, err
	}
	if err := q.s.setLabels(q.who, i.repo, i, names); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, q.s.labelsJSON(i.repo, i.labels), nil
}

func (q *call) clearIssueLabels() (int, any, error) {
	i, err := q.issueToTriage()
	if err != nil {
		return 0, nil, err
	}
	if err := q.s.setLabels(q.who, i.repo, i, nil); err != nil {
		return 0, nil, err
	}
	return http.StatusNoContent, nil, nil
}

func (q *call) removeIssueLabel() (int, any, error) {
	i, err := q.issueToTriage()
	if err != nil {
		return 0, nil, err
	}
	if err := q.s.removeLabel(q.who, i.repo, i, q.vars["name"]); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, q.s.labelsJSON(i.repo, i.labels), nil
}
