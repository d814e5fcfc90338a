package openapitest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"sort"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// rest is the REST half of a Document.
type rest struct {
	document *openapi3.T
	routes   []route // the most literal first
}

// A route is one path of the description, cut at its slashes.
type route struct {
	path     string
	segments []string
	item     *openapi3.PathItem
}

func loadREST(trimmed []byte) (*rest, error) {
	document, err := openapi3.NewLoader().LoadFromData(trimmed)
	if err != nil {
		return nil, fmt.Errorf("load the trimmed description: %w", err)
	}
	r := &rest{document: document}
	for path, item := range document.Paths.Map() {
		r.routes = append(r.routes, route{path: path, segments: strings.Split(path, "/"), item: item})
	}
	sort.Slice(r.routes, func(i, j int) bool {
		a, b := r.routes[i], r.routes[j]
		if strings.Count(a.path, "{") != strings.Count(b.path, "{") {
			return strings.Count(a.path, "{") < strings.Count(b.path, "{")
		}
		return a.path < b.path
	})
	return r, nil
}

// A call is a request together with what the description says about it.
type call struct {
	method, path string
	query        url.Values
	accept       string
	body         []byte
	route        route
	operation    *openapi3.Operation
	params       map[string]string
}

func (r *rest) find(method, path string) (call, error) {
	path = canonicalPath(path)
	known := false
	for _, route := range r.routes {
		params, ok := route.match(path)
		if !ok {
			continue
		}
		known = true
		if operation := route.item.GetOperation(method); operation != nil {
			return call{method: method, path: path, route: route, operation: operation, params: params}, nil
		}
	}
	if known {
		return call{}, fmt.Errorf("%w: this path has no %s", errUnknownOperation, method)
	}
	return call{}, errUnknownOperation
}

// operation is the one of a name such as "GET /app".
func (r *rest) operation(name string) (*openapi3.Operation, error) {
	method, path, _ := strings.Cut(name, " ")
	if item := r.document.Paths.Value(path); item != nil && item.GetOperation(method) != nil {
		return item.GetOperation(method), nil
	}
	return nil, fmt.Errorf("%s: %w", name, errUnknownOperation)
}

// canonicalPath undoes the one form of address that GitHub uses and its
// description does not have: /repositories/ID, where a renamed repository's
// requests are redirected to, stands for /repos/OWNER/NAME.
// https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects
func canonicalPath(path string) string {
	rest, ok := strings.CutPrefix(path, "/repositories/")
	if !ok {
		return path
	}
	id, rest, deeper := strings.Cut(rest, "/")
	path = "/repos/by-id/" + id
	if deeper {
		path += "/" + rest
	}
	return path
}

// match says whether the route describes path. A parameter at the end takes
// what is left, slashes and all, where GitHub does so: file paths, refs, and
// label names such as status/received.
func (r route) match(path string) (map[string]string, bool) {
	given := strings.Split(path, "/")
	if len(given) == len(r.segments)-1 && strings.HasSuffix(r.path, "/{path}") {
		given = append(given, "") // the contents of the root, asked for without a slash
	}
	params := map[string]string{}
	for i, segment := range r.segments {
		if i >= len(given) {
			return nil, false
		}
		name, isParam := strings.CutPrefix(segment, "{")
		if !isParam {
			if segment != given[i] {
				return nil, false
			}
			continue
		}
		name = strings.TrimSuffix(name, "}")
		value := given[i]
		if last := i == len(r.segments)-1; last && (name == "path" || name == "ref" || name == "name") {
			value = strings.Join(given[i:], "/")
			given = given[:i+1]
		}
		unescaped, err := url.PathUnescape(value)
		if err != nil || unescaped == "" && name != "path" {
			return nil, false
		}
		params[name] = unescaped
	}
	return params, len(given) == len(r.segments)
}

// checkRequest finds every way in which the request is not what GitHub
// describes.
func (r *rest) checkRequest(c call) error {
	return errors.Join(r.checkParameters(c), checkRequestBody(c))
}

func (r *rest) checkParameters(c call) error {
	var found []error
	described := map[string]bool{}
	// The filter wants a request; only its parameters are looked at.
	request := &http.Request{Method: c.method, URL: &url.URL{Path: c.path, RawQuery: c.query.Encode()}, Header: http.Header{}}
	input := &openapi3filter.RequestValidationInput{
		Request:     request,
		PathParams:  c.params,
		QueryParams: c.query,
		Route: &routers.Route{
			Spec: r.document, Path: c.route.path, PathItem: c.route.item, Method: c.method, Operation: c.operation,
		},
		Options: &openapi3filter.Options{SkipSettingDefaults: true},
	}
	for _, ref := range c.operation.Parameters {
		parameter := ref.Value
		if parameter.In == openapi3.ParameterInQuery {
			described[parameter.Name] = true
		}
		if parameter.In == openapi3.ParameterInPath && parameter.Name == "path" && c.params["path"] == "" {
			continue // the contents of a repository's root
		}
		if err := openapi3filter.ValidateParameter(context.Background(), input, parameter); err != nil {
			found = append(found, fmt.Errorf("parameter %s: %w", parameter.Name, brief(err)))
		}
	}
	for name := range c.query {
		if !described[name] {
			found = append(found, fmt.Errorf("parameter %s: the description has none of this name", name))
		}
	}
	return errors.Join(found...)
}

func checkRequestBody(c call) error {
	body := bytes.TrimSpace(c.body)
	if c.operation.RequestBody == nil {
		// go-github's optional bodies leave these two behind.
		if len(body) > 0 && !bytes.Equal(body, []byte("null")) && !bytes.Equal(body, []byte("{}")) {
			return errors.New("request body: the description has none")
		}
		return nil
	}
	described := c.operation.RequestBody.Value
	if len(body) == 0 {
		if described.Required {
			return errors.New("request body: required and missing")
		}
		return nil
	}
	media := described.Content.Get("application/json")
	if media == nil || media.Schema == nil {
		return errors.New("request body: the description has no JSON for it")
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return fmt.Errorf("request body: not JSON: %w", err)
	}
	if err := against(media.Schema.Value, asDescribed(c, value), openapi3.VisitAsRequest()); err != nil {
		return fmt.Errorf("request body: %w", err)
	}
	return nil
}

// asDescribed wraps a bare list of labels: the text of the two operations
// allows it ("you can also pass an array of labels directly"), their schemas
// forgot it, and go-github sends nothing else.
func asDescribed(c call, body any) any {
	if _, list := body.([]any); list && c.route.path == "/repos/{owner}/{repo}/issues/{issue_number}/labels" {
		return map[string]any{"labels": body}
	}
	return body
}

// checkReply finds every way in which the reply is not what GitHub describes
// for this call.
func (r *rest) checkReply(c call, status int, header http.Header, body []byte) error {
	if status >= 500 {
		return nil // from GitHub's edge, of any form
	}
	ref := c.operation.Responses.Status(status)
	if ref == nil {
		return r.checkUndescribedStatus(status, body)
	}
	if len(ref.Value.Content) == 0 || status == http.StatusNotModified {
		if len(bytes.TrimSpace(body)) > 0 && status < 300 {
			return fmt.Errorf("reply %d: has a body, the description has none", status)
		}
		return nil
	}
	given, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		return fmt.Errorf("reply %d: content type %q: %w", status, header.Get("Content-Type"), err)
	}
	if !isJSON(given) || c.raw() {
		// Raw files, diffs: text, on request only, and described as nothing more.
		if strings.Contains(c.accept, "application/vnd.github") {
			return nil
		}
		return fmt.Errorf("reply %d: content type is %s, want JSON", status, given)
	}
	media := ref.Value.Content.Get("application/json")
	if described := ref.Value.Content[given]; described != nil {
		media = described
	}
	if media == nil || media.Schema == nil {
		return fmt.Errorf("reply %d: the description has no %s for it", status, given)
	}
	return checkReplyBody(status, media.Schema.Value, body)
}

// checkUndescribedStatus allows the refusals that any call to GitHub can meet
// and that its description lists for a few only. A success must be described.
func (r *rest) checkUndescribedStatus(status int, body []byte) error {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusNotModified:
		return nil
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound,
		http.StatusGone, http.StatusUnprocessableEntity, http.StatusTooManyRequests:
		return checkReplyBody(status, r.document.Components.Schemas[errorSchema].Value, body)
	}
	return fmt.Errorf("reply %d: the description has no such status for this operation", status)
}

func checkReplyBody(status int, schema *openapi3.Schema, body []byte) error {
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return fmt.Errorf("reply %d: not JSON: %w", status, err)
	}
	if err := against(schema, value, openapi3.VisitAsResponse()); err != nil {
		return fmt.Errorf("reply %d: %w", status, err)
	}
	return nil
}

// raw says whether the bytes of a file were asked for, which GitHub sends under
// a media type that ends in +json.
func (c call) raw() bool {
	return c.route.path == "/repos/{owner}/{repo}/contents/{path}" && strings.Contains(c.accept, "application/vnd.github.raw")
}

func isJSON(mediaType string) bool {
	return mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
}

// against reports each violation by where it is and what is wrong, without the
// schema and the value that the library would print along.
func against(schema *openapi3.Schema, value any, as openapi3.SchemaValidationOption) error {
	err := schema.VisitJSON(value, as, openapi3.MultiErrors(), openapi3.EnableFormatValidation())
	return brief(err)
}

func brief(err error) error {
	if err == nil {
		return nil
	}
	var several openapi3.MultiError
	if errors.As(err, &several) {
		each := make([]error, 0, len(several))
		for _, one := range several {
			each = append(each, brief(one))
		}
		return errors.Join(each...)
	}
	var violation *openapi3.SchemaError
	if !errors.As(err, &violation) {
		return err
	}
	reason := violation.Reason
	if violation.Origin != nil {
		reason += ": " + strings.ReplaceAll(brief(violation.Origin).Error(), "\n", "; ")
	}
	return fmt.Errorf("at /%s: %s", strings.Join(violation.JSONPointer(), "/"), reason)
}
