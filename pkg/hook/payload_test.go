package hook_test

import (
	"encoding/json"
	"maps"
	"strings"
)

// set changes one field of a payload; the path is written with dots.
type set struct {
	path  string
	value any
}

func with(path string, value any) set { return set{path, value} }

type object = map[string]any

// payload is a delivery as GitHub sends it, with the fields given set. A nil
// value takes the field away.
func payload(base object, sets ...set) string {
	for _, s := range sets {
		at, keys := base, strings.Split(s.path, ".")
		for _, key := range keys[:len(keys)-1] {
			next, ok := at[key].(object)
			if !ok {
				next = object{}
				at[key] = next
			}
			at = next
		}
		if last := keys[len(keys)-1]; s.value == nil {
			delete(at, last)
		} else {
			at[last] = s.value
		}
	}
	b, err := json.Marshal(base)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func person(login string, id int64) object {
	return object{
		"login": login, "id": id, "node_id": "U_kgDOAA", "type": "User", "site_admin": false,
		"url": "https://api.example.test/users/" + login, "html_url": "https://example.test/" + login,
		"avatar_url": "https://avatars.example.test/u/1", "gravatar_id": "",
	}
}

func bot(slug string) object {
	b := person(slug+"[bot]", 5000)
	b["type"] = "Bot"
	return b
}

// common is what every delivery of a repository carries.
func common() object {
	return object{
		"repository": object{
			"id": 4242, "node_id": "R_kgDOAA", "name": "engine", "full_name": "example-org/engine",
			"private": false, "visibility": "public", "fork": false, "archived": false, "disabled": false,
			"owner": merge(person("example-org", 99), object{"type": "Organization"}), "default_branch": "main",
			"html_url": "https://example.test/example-org/engine", "description": nil,
			"created_at": "2024-01-02T03:04:05Z", "updated_at": "2026-03-01T10:00:00Z", "pushed_at": "2026-03-01T10:00:00Z",
			"topics": []string{}, "license": nil, "open_issues_count": 3,
		},
		"organization": object{"login": "example-org", "id": 99, "node_id": "O_kgDOAA"},
		"sender":       person("alice-example", 11),
		"installation": object{"id": 808, "node_id": "MDIzOkludGVncmF0aW9uSW5zdGFsbGF0aW9uODA4"},
	}
}

func merge(objects ...object) object {
	all := object{}
	for _, o := range objects {
		maps.Copy(all, o)
	}
	return all
}

func issue() object {
	return object{
		"id": 31, "node_id": "I_kwDOAA", "number": 7, "title": "Build fails", "body": "It fails.\r\nSee log.",
		"html_url": "https://example.test/example-org/engine/issues/7", "state": "open", "locked": false,
		"user": person("bob-example", 12), "labels": []object{{"id": 1, "name": "bug", "color": "ededed"}},
		"created_at": "2026-03-01T09:00:00Z", "updated_at": "2026-03-01T10:00:00Z", "closed_at": nil,
		"performed_via_github_app": nil,
	}
}

func commentPayload(sets ...set) string {
	return payload(merge(common(), object{
		"action": "created",
		"issue":  issue(),
		"comment": object{
			"id": 901, "node_id": "IC_kwDOAA", "html_url": "https://example.test/example-org/engine/issues/7#issuecomment-901",
			"user": person("alice-example", 11), "body": "Thanks.", "author_association": "NONE",
			"created_at": "2026-03-01T10:00:00Z", "updated_at": "2026-03-01T10:00:00Z", "performed_via_github_app": nil,
		},
	}), sets...)
}

func reviewPayload(sets ...set) string {
	pull := issue()
	pull["html_url"] = "https://example.test/example-org/engine/pull/8"
	pull["number"] = 8
	pull["head"] = object{"ref": "topic", "sha": "c0ffee"}
	return payload(merge(common(), object{
		"action":       "created",
		"pull_request": pull,
		"comment": object{
			"id": 901, "node_id": "PRRC_kwDOAA", "html_url": "https://example.test/example-org/engine/pull/8#discussion_r901",
			"user": person("alice-example", 11), "body": "Thanks.", "path": "main.go", "diff_hunk": "@@ -1 +1 @@",
			"created_at": "2026-03-01T10:00:00Z", "updated_at": "2026-03-01T10:00:00Z",
		},
	}), sets...)
}

func issuesPayload(action string, sets ...set) string {
	return payload(merge(common(), object{"action": action, "issue": issue()}), sets...)
}

func labelPayload(action, label string, sets ...set) string {
	return issuesPayload(action, append([]set{with("label", object{"id": 77, "name": label, "color": "ededed"})}, sets...)...)
}

// labelChange is about a label of the repository, and no issue.
func labelChange(action, label string, sets ...set) string {
	base := merge(common(), object{"action": action, "label": object{"id": 77, "name": label, "color": "ededed"}})
	return payload(base, sets...)
}

func commit(lists ...[]string) object {
	c := object{"id": "c0ffee", "message": "change", "distinct": true, "author": object{"name": "A", "email": "a@example.test"},
		"added": []string{}, "modified": []string{}, "removed": []string{}}
	for i, key := range []string{"added", "modified", "removed"} {
		if i < len(lists) {
			c[key] = lists[i]
		}
	}
	return c
}

func pushPayload(sets ...set) string {
	base := merge(common(), object{
		"ref": "refs/heads/main", "before": strings.Repeat("a", 40), "after": strings.Repeat("b", 40),
		"created": false, "deleted": false, "forced": false, "base_ref": nil,
		"commits": []object{commit(nil, []string{"README.md"})},
		"pusher":  object{"name": "alice-example", "email": "a@example.test"},
	})
	// A push tells some times of its repository as seconds.
	base["repository"].(object)["created_at"] = 1704164645
	base["repository"].(object)["pushed_at"] = 1772359200
	return payload(base, sets...)
}
