package openapitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
)

// trimmedForm changes whenever Trim does, so that no older cut is read from a
// cache.
const trimmedForm = "5"

// Trim cuts GitHub's description down to operations ("GET /app", one each) and
// the components they refer to: a hundredth of the memory and of the time to
// load. On the way the requests are made strict: an object that lists its
// fields takes no others, because GitHub ignores a misspelt field and so would
// a test. An operation that the document lacks is an error that names it.
func Trim(document []byte, operations []string) ([]byte, error) {
	var whole trimmable
	if err := json.Unmarshal(document, &whole); err != nil {
		return nil, fmt.Errorf("trim the description: %w", err)
	}
	cut := trimmer{from: whole, components: map[string]map[string]any{}}
	paths := map[string]map[string]any{}
	var missing []string
	for _, operation := range operations {
		method, path, _ := strings.Cut(operation, " ")
		method = strings.ToLower(method)
		raw, ok := whole.Paths[path][method]
		if !ok {
			missing = append(missing, operation)
			continue
		}
		described, err := cut.operation(raw)
		if err != nil {
			return nil, fmt.Errorf("trim %s: %w", operation, err)
		}
		if paths[path] == nil {
			paths[path] = map[string]any{}
		}
		paths[path][method] = described
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("trim the description: it has no %s", strings.Join(missing, ", "))
	}
	// Replies with errors that an operation does not list are held to these.
	if err := cut.follow(map[string]any{"$ref": refPrefix + "schemas/" + errorSchema}); err != nil {
		return nil, err
	}
	return cut.document(paths)
}

// TrimWebhooks cuts the description down to the payloads of webhooks, each named
// by event and action ("issues opened"). Each becomes the request of POST /NAME.
// They stay open: it is GitHub that sends them, and it sends more than it
// describes.
func TrimWebhooks(document []byte, events []string) ([]byte, error) {
	var whole trimmable
	if err := json.Unmarshal(document, &whole); err != nil {
		return nil, fmt.Errorf("trim the description: %w", err)
	}
	cut := trimmer{from: whole, components: map[string]map[string]any{}}
	paths := map[string]map[string]any{}
	for _, event := range events {
		raw, ok := whole.Webhooks[webhookName(event)]["post"]
		if !ok {
			return nil, fmt.Errorf("trim the description: it has no webhook %s", event)
		}
		decoded, err := decode(raw)
		if err != nil {
			return nil, fmt.Errorf("trim webhook %s: %w", event, err)
		}
		described, _ := alternatives(withoutExamples(decoded)).(map[string]any)
		payload := map[string]any{"requestBody": described["requestBody"], "responses": map[string]any{}}
		if err := cut.follow(payload); err != nil {
			return nil, fmt.Errorf("trim webhook %s: %w", event, err)
		}
		paths["/"+webhookName(event)] = map[string]any{"post": payload}
	}
	return cut.document(paths)
}

// webhookName is how the description calls "issue_comment created":
// issue-comment-created.
func webhookName(event string) string { return strings.NewReplacer(" ", "-", "_", "-").Replace(event) }

const (
	refPrefix   = "#/components/"
	errorSchema = "basic-error"
)

// trimmable leaves everything undecoded that may not be wanted.
type trimmable struct {
	OpenAPI    string                                `json:"openapi"`
	Info       json.RawMessage                       `json:"info"`
	Paths      map[string]map[string]json.RawMessage `json:"paths"`
	Webhooks   map[string]map[string]json.RawMessage `json:"x-webhooks"`
	Components map[string]map[string]json.RawMessage `json:"components"`
}

type trimmer struct {
	from       trimmable
	components map[string]map[string]any // what was referred to so far
}

func (t *trimmer) document(paths map[string]map[string]any) ([]byte, error) {
	return json.Marshal(map[string]any{
		"openapi":    t.from.OpenAPI,
		"info":       t.from.Info,
		"paths":      paths,
		"components": t.components,
	})
}

func (t *trimmer) operation(raw json.RawMessage) (map[string]any, error) {
	decoded, err := decode(raw)
	if err != nil {
		return nil, err
	}
	operation, ok := alternatives(withoutExamples(decoded)).(map[string]any)
	if !ok {
		return nil, fmt.Errorf("operation is %T, want an object", decoded)
	}
	if body, ok := operation["requestBody"]; ok {
		inlined, err := t.inline(body, 0)
		if err != nil {
			return nil, err
		}
		operation["requestBody"] = closed(inlined)
	}
	return operation, t.follow(operation)
}

// follow brings in every component that v refers to, and what those refer to.
func (t *trimmer) follow(v any) error {
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			return t.bring(ref)
		}
		for _, key := range sortedKeys(v) {
			if err := t.follow(v[key]); err != nil {
				return err
			}
		}
	case []any:
		for _, item := range v {
			if err := t.follow(item); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *trimmer) bring(ref string) error {
	section, name, _ := strings.Cut(strings.TrimPrefix(ref, refPrefix), "/")
	if _, done := t.components[section][name]; done {
		return nil
	}
	component, err := t.component(ref)
	if err != nil {
		return err
	}
	if t.components[section] == nil {
		t.components[section] = map[string]any{}
	}
	t.components[section][name] = component // before its own references: schemas are cyclic
	return t.follow(component)
}

func (t *trimmer) component(ref string) (any, error) {
	section, name, _ := strings.Cut(strings.TrimPrefix(ref, refPrefix), "/")
	raw, ok := t.from.Components[section][name]
	if !ok {
		return nil, fmt.Errorf("%s: no such component", ref)
	}
	decoded, err := decode(raw)
	return alternatives(withoutExamples(decoded)), err
}

// inline replaces references by what they refer to, because request objects
// are closed and the same components, open, describe replies.
func (t *trimmer) inline(v any, depth int) (any, error) {
	const deepest = 40
	if depth > deepest {
		return nil, fmt.Errorf("request body nests deeper than %d: a cycle", deepest)
	}
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			component, err := t.component(ref)
			if err != nil {
				return nil, err
			}
			return t.inline(component, depth+1)
		}
		for key := range v {
			inlined, err := t.inline(v[key], depth+1)
			if err != nil {
				return nil, err
			}
			v[key] = inlined
		}
	case []any:
		for i := range v {
			inlined, err := t.inline(v[i], depth+1)
			if err != nil {
				return nil, err
			}
			v[i] = inlined
		}
	}
	return v, nil
}

// closed makes every object with listed fields refuse all others. One slip of
// the description is mended on the way: lists that may be empty by their own
// text ("pass an empty array to remove all labels") have a minimum of one.
func closed(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if _, isObject := v["properties"].(map[string]any); isObject {
			if _, said := v["additionalProperties"]; !said {
				v["additionalProperties"] = false
			}
		}
		delete(v, "minItems")
		for key := range v {
			v[key] = closed(v[key])
		}
	case []any:
		for i := range v {
			v[i] = closed(v[i])
		}
	}
	return v
}

// alternatives mends two slips of the description. It writes oneOf for
// alternatives that overlap, under which {"labels": []} fits twice and is
// refused. And in the list of an App's installations an account is a user *and*
// an enterprise, where the single installation rightly says *or*.
func alternatives(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if one, ok := v["oneOf"].([]any); ok && v["discriminator"] == nil {
			delete(v, "oneOf")
			v["anyOf"] = one
		}
		if all, ok := v["allOf"].([]any); ok && titled(all, "Simple User") && titled(all, "Enterprise") {
			delete(v, "allOf")
			v["anyOf"] = all
		}
		for key := range v {
			v[key] = alternatives(v[key])
		}
	case []any:
		for i := range v {
			v[i] = alternatives(v[i])
		}
	}
	return v
}

func titled(schemas []any, title string) bool {
	return slices.ContainsFunc(schemas, func(s any) bool {
		schema, ok := s.(map[string]any)
		return ok && schema["title"] == title
	})
}

// withoutExamples drops what only readers need: most of the document.
func withoutExamples(v any) any { return withoutKeys(v, false) }

// withoutKeys must not take a property that happens to be called "example"
// for one.
func withoutKeys(v any, properties bool) any {
	switch v := v.(type) {
	case map[string]any:
		for key := range v {
			if !properties && (key == "example" || key == "examples" || key == "externalDocs") {
				delete(v, key)
				continue
			}
			v[key] = withoutKeys(v[key], !properties && key == "properties")
		}
	case []any:
		for i := range v {
			v[i] = withoutKeys(v[i], false)
		}
	}
	return v
}

// decode keeps numbers as they are written: enumerations of IDs exceed a float.
func decode(raw []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		return nil, err
	}
	return v, nil
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
