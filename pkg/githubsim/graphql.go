package githubsim

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// graphqlSchema is the part of GitHub's schema that the Sim answers, with the
// names and types of the original. Everything else is a field that does not
// exist, which is an error before anything runs.
const graphqlSchema = `
scalar DateTime
scalar URI
type Query {
	repository(followRenames: Boolean = true, name: String!, owner: String!): Repository
	viewer: User!
	user(login: String!): User
	rateLimit(dryRun: Boolean = false): RateLimit
	node(id: ID!): Node
	nodes(ids: [ID!]!): [Node]!
}
type Mutation { minimizeComment(input: MinimizeCommentInput!): MinimizeCommentPayload }
type RateLimit { cost: Int! limit: Int! remaining: Int! resetAt: DateTime! used: Int! }
interface RepositoryOwner { id: ID! login: String! }
interface Actor { login: String! }
type User implements RepositoryOwner & Actor { id: ID! login: String! databaseId: Int name: String }
type Organization implements RepositoryOwner & Actor { id: ID! login: String! databaseId: Int name: String }
enum RepositoryVisibility { INTERNAL PRIVATE PUBLIC }
enum RepositoryPermission { ADMIN MAINTAIN READ TRIAGE WRITE }
enum CollaboratorAffiliation { ALL DIRECT OUTSIDE }
type Ref { name: String! }
type Bot implements Actor { id: ID! login: String! databaseId: Int }
type Repository {
	id: ID!
	databaseId: Int
	name: String!
	nameWithOwner: String!
	url: URI!
	visibility: RepositoryVisibility!
	isPrivate: Boolean!
	isArchived: Boolean!
	isDisabled: Boolean!
	isFork: Boolean!
	isInOrganization: Boolean!
	hasIssuesEnabled: Boolean!
	owner: RepositoryOwner!
	defaultBranchRef: Ref
	viewerPermission: RepositoryPermission
	discussion(number: Int!): Discussion
	collaborators(affiliation: CollaboratorAffiliation, after: String, before: String, first: Int, last: Int, login: String, query: String): RepositoryCollaboratorConnection
}
type RepositoryCollaboratorConnection {
	edges: [RepositoryCollaboratorEdge]
	nodes: [User]
	pageInfo: PageInfo!
	totalCount: Int!
}
type RepositoryCollaboratorEdge { cursor: String! node: User! permission: RepositoryPermission! }
type PageInfo { endCursor: String hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String }
enum ReportedContentClassifiers { ABUSE DUPLICATE LOW_QUALITY OFF_TOPIC OUTDATED RESOLVED SPAM }
input MinimizeCommentInput { classifier: ReportedContentClassifiers! clientMutationId: String subjectId: ID! }
interface Minimizable { isMinimized: Boolean! minimizedReason: String }
interface Node { id: ID! }
interface Comment { id: ID! lastEditedAt: DateTime userContentEdits(after: String, before: String, first: Int, last: Int): UserContentEditConnection }
type UserContentEditConnection { nodes: [UserContentEdit] totalCount: Int! }
type UserContentEdit { deletedAt: DateTime diff: String editedAt: DateTime! editor: Actor }
type Issue implements Node & Comment { id: ID! lastEditedAt: DateTime userContentEdits(after: String, before: String, first: Int, last: Int): UserContentEditConnection }
type PullRequest implements Node & Comment { id: ID! lastEditedAt: DateTime userContentEdits(after: String, before: String, first: Int, last: Int): UserContentEditConnection }
type IssueComment implements Node & Comment & Minimizable { id: ID! isMinimized: Boolean! minimizedReason: String lastEditedAt: DateTime userContentEdits(after: String, before: String, first: Int, last: Int): UserContentEditConnection }
type PullRequestReviewComment implements Node & Comment & Minimizable { id: ID! isMinimized: Boolean! minimizedReason: String lastEditedAt: DateTime userContentEdits(after: String, before: String, first: Int, last: Int): UserContentEditConnection }
type PullRequestReview implements Node & Comment { id: ID! lastEditedAt: DateTime userContentEdits(after: String, before: String, first: Int, last: Int): UserContentEditConnection }
type CommitComment implements Node & Comment & Minimizable { id: ID! isMinimized: Boolean! minimizedReason: String lastEditedAt: DateTime userContentEdits(after: String, before: String, first: Int, last: Int): UserContentEditConnection }
enum ReactionContent { CONFUSED EYES HEART HOORAY LAUGH ROCKET THUMBS_DOWN THUMBS_UP }
type ReactorConnection { totalCount: Int! }
type ReactionGroup { content: ReactionContent! reactors(after: String, before: String, first: Int, last: Int): ReactorConnection! }
type Discussion implements Node & Comment {
	id: ID! databaseId: Int number: Int! title: String! body: String! author: Actor createdAt: DateTime! updatedAt: DateTime! repository: Repository!
	reactionGroups: [ReactionGroup!] comments(after: String, before: String, first: Int, last: Int): DiscussionCommentConnection!
	lastEditedAt: DateTime userContentEdits(after: String, before: String, first: Int, last: Int): UserContentEditConnection
}
type DiscussionComment implements Node & Comment & Minimizable {
	id: ID! databaseId: Int body: String! author: Actor createdAt: DateTime! updatedAt: DateTime! deletedAt: DateTime isMinimized: Boolean! minimizedReason: String
	reactionGroups: [ReactionGroup!] replies(after: String, before: String, first: Int, last: Int): DiscussionCommentConnection!
	lastEditedAt: DateTime userContentEdits(after: String, before: String, first: Int, last: Int): UserContentEditConnection
}
type DiscussionCommentConnection { nodes: [DiscussionComment] pageInfo: PageInfo! totalCount: Int! }
type MinimizeCommentPayload { actor: Actor clientMutationId: String minimizedComment: Minimizable }
`

var loadedSchema = sync.OnceValue(func() *ast.Schema {
	return gqlparser.MustLoadSchema(&ast.Source{Name: "github", Input: graphqlSchema})
})

// object is a value of the type named by "__typename" whose fields are values,
// or functions for those that take arguments or may be refused.
type object map[string]any

type resolver = func(args map[string]any) (any, error)

// graphqlError is one entry of errors[].
type graphqlError struct {
	Type    string   `json:"type,omitempty"`
	Path    []string `json:"path,omitempty"`
	Message string   `json:"message"`
}

type execution struct {
	q      *call
	vars   map[string]any
	doc    *ast.QueryDocument
	errors []graphqlError
}

// graphql answers 200 even where it says no; the body tells.
func (q *call) graphql() (int, any, error) {
	if q.http.Method != http.MethodPost {
		return 0, nil, notFound()
	}
	switch q.who.kind() {
	case "anonymous":
		return 0, nil, refuse(http.StatusUnauthorized, "This endpoint requires you to be authenticated.")
	case "app":
		return 0, nil, badCredentials()
	}
	var in struct {
		Query         string         `json:"query"`
		OperationName string         `json:"operationName"`
		Variables     map[string]any `json:"variables"`
	}
	if err := json.Unmarshal(q.raw, &in); err != nil {
		return 0, nil, refuse(http.StatusBadRequest, "Problems parsing JSON")
	}
	doc, wrong := gqlparser.LoadQueryWithRules(loadedSchema(), in.Query, rules.NewDefaultRules())
	if wrong != nil {
		return http.StatusOK, fields{"errors": said(wrong)}, nil
	}
	op := doc.Operations.ForName(in.OperationName)
	if op == nil {
		return http.StatusOK, fields{"errors": []graphqlError{{Message: "No operation named " + strconv.Quote(in.OperationName)}}}, nil
	}
	vars, err := coerce(op, in.Variables)
	if err != nil {
		return http.StatusOK, fields{"errors": []graphqlError{inGraphQL(err, nil)}}, nil
	}
	x := &execution{q: q, vars: vars, doc: doc}
	root := q.queryRoot()
	if op.Operation == ast.Mutation {
		root = q.mutationRoot()
	}
	out := fields{"data": x.selected(root, op.SelectionSet, nil)}
	if x.errors != nil {
		out["errors"] = x.errors
	}
	return http.StatusOK, out, nil
}

func said(wrong gqlerror.List) []graphqlError {
	out := make([]graphqlError, len(wrong))
	for n, e := range wrong {
		out[n] = graphqlError{Message: e.Message}
	}
	return out
}

// coerce fills in defaults and refuses a variable that is missing.
func coerce(op *ast.OperationDefinition, given map[string]any) (map[string]any, error) {
	vars := map[string]any{}
	for _, d := range op.VariableDefinitions {
		value, ok := given[d.Variable]
		if !ok && d.DefaultValue != nil {
			v, err := d.DefaultValue.Value(nil)
			if err != nil {
				return nil, err
			}
			value, ok = v, true
		}
		if d.Type.NonNull && value == nil {
			return nil, refuse(http.StatusUnprocessableEntity, fmt.Sprintf("Variable $%s of type %s was provided invalid value", d.Variable, d.Type))
		}
		if ok {
			vars[d.Variable] = value
		}
	}
	return vars, nil
}

// selected gives the fields of an object that the query asks for.
func (x *execution) selected(o object, set ast.SelectionSet, path []string) any {
	if o == nil {
		return nil
	}
	out := fields{}
	for _, selection := range set {
		switch f := selection.(type) {
		case *ast.Field:
			if x.skipped(f.Directives) {
				continue
			}
			out[f.Alias] = x.value(o[f.Name], f, append(path[:len(path):len(path)], f.Alias))
		case *ast.InlineFragment:
			x.fragment(out, o, f.TypeCondition, f.SelectionSet, path)
		case *ast.FragmentSpread:
			x.fragment(out, o, f.Definition.TypeCondition, f.Definition.SelectionSet, path)
		}
	}
	return out
}

func (x *execution) fragment(out fields, o object, condition string, set ast.SelectionSet, path []string) {
	name, _ := o["__typename"].(string)
	implemented := false
	for _, d := range loadedSchema().GetImplements(loadedSchema().Types[name]) {
		implemented = implemented || d.Name == condition
	}
	if condition != "" && condition != name && !implemented {
		return
	}
	for key, value := range x.selected(o, set, path).(fields) {
		out[key] = value
	}
}

func (x *execution) skipped(directives ast.DirectiveList) bool {
	for _, d := range directives {
		yes, _ := d.ArgumentMap(x.vars)["if"].(bool)
		if d.Name == "skip" && yes || d.Name == "include" && !yes {
			return true
		}
	}
	return false
}

func (x *execution) value(v any, f *ast.Field, path []string) any {
	switch v := v.(type) {
	case resolver:
		resolved, err := v(f.ArgumentMap(x.vars))
		if err != nil {
			x.fail(err, path)
			return nil
		}
		return x.value(resolved, f, path)
	case object:
		return x.selected(v, f.SelectionSet, path)
	case []object:
		out := make([]any, len(v))
		for n, o := range v {
			out[n] = x.selected(o, f.SelectionSet, path)
		}
		return out
	}
	return v
}

func (x *execution) fail(err error, path []string) {
	x.errors = append(x.errors, inGraphQL(err, path))
}

// inGraphQL words a refusal as GraphQL does.
func inGraphQL(err error, path []string) graphqlError {
	e := graphqlError{Path: path, Message: err.Error()}
	var refusal *APIError
	if errors.As(err, &refusal) {
		e.Message = refusal.Message
		switch refusal.Status {
		case http.StatusNotFound:
			e.Type = "NOT_FOUND"
		case http.StatusUnprocessableEntity:
			e.Type = "UNPROCESSABLE"
		default:
			e.Type = "FORBIDDEN"
		}
	}
	return e
}

func (q *call) queryRoot() object {
	return object{
		"__typename": "Query",
		"viewer":     q.accountObject(q.who.user),
		"rateLimit": func(map[string]any) (any, error) {
			b := q.s.bucketOf(q.who, "graphql")
			if b.limit == 0 {
				return nil, nil
			}
			return object{"__typename": "RateLimit", "cost": 1, "limit": b.limit, "remaining": b.limit - b.used, "used": b.used, "resetAt": stamp(b.reset)}, nil
		},
		"node":  q.node,
		"nodes": q.nodes,
		"user": func(args map[string]any) (any, error) {
			login := fmt.Sprint(args["login"])
			a := q.s.accounts[strings.ToLower(login)]
			if a == nil || a.kind != kindUser {
				return nil, refuse(http.StatusNotFound, "Could not resolve to a User with the login of '"+login+"'.")
			}
			return q.accountObject(a), nil
		},
		"repository": func(args map[string]any) (any, error) {
			full := fmt.Sprintf("%v/%v", args["owner"], args["name"])
			key := strings.ToLower(full)
			r := q.s.names[key]
			if follow, _ := args["followRenames"].(bool); r == nil && follow {
				r = q.s.oldNames[key]
			}
			if r == nil || !q.s.sees(q.who, r) || q.s.hides(q.who, r) {
				return nil, refuse(http.StatusNotFound, "Could not resolve to a Repository with the name '"+full+"'.")
			}
			return q.repositoryObject(r), nil
		},
	}
}

func (q *call) accountObject(a *account) object {
	kind := "User"
	if a.kind == kindOrg {
		kind = "Organization"
	}
	return object{"__typename": kind, "id": a.nodeID(), "login": a.login, "databaseId": a.id, "name": nil}
}

func (q *call) repositoryObject(r *repo) object {
	o := object{
		"__typename": "Repository", "id": nodeID("R", r.id), "databaseId": r.id, "name": r.name, "nameWithOwner": r.fullName(),
		"url": q.s.url + "/" + r.fullName(), "visibility": strings.ToUpper(r.visibility), "isPrivate": r.isPrivate(),
		"isArchived": r.archived, "isDisabled": r.disabled, "isFork": r.fork, "isInOrganization": r.owner.kind == kindOrg,
		"hasIssuesEnabled": r.issuesOn, "owner": q.accountObject(r.owner), "viewerPermission": nil,
		"collaborators": func(args map[string]any) (any, error) { return q.collaboratorConnection(r, args) },
		"discussion":    func(args map[string]any) (any, error) { return q.discussionField(r, args) },
	}
	if r.branches[r.defaultBranch] != "" {
		o["defaultBranchRef"] = object{"__typename": "Ref", "name": r.defaultBranch}
	}
	if l := r.role(q.who.user); q.who.kind() == "user" && l > levelNone {
		o["viewerPermission"] = strings.ToUpper(l.String())
	}
	return o
}

func (q *call) collaboratorConnection(r *repo, args map[string]any) (any, error) {
	if err := q.s.allow(q.who, r, needCollaborators); err != nil {
		return nil, err
	}
	people := r.readers()
	switch args["affiliation"] {
	case "DIRECT":
		people = byID(r.collaborators)
	case "OUTSIDE":
		people = nil
		for _, a := range byID(r.collaborators) {
			if !r.owner.isMember(a) {
				people = append(people, a)
			}
		}
	}
	total := len(people)
	first, ok := integer(args["first"])
	if !ok || args["last"] != nil || args["before"] != nil {
		return nil, refuse(http.StatusUnprocessableEntity, "You must provide a `first` or `last` value to properly paginate the `collaborators` connection.")
	}
	if first < 1 || first > 100 {
		return nil, refuse(http.StatusUnprocessableEntity, fmt.Sprintf("Requesting %d records on the `collaborators` connection exceeds the `first` limit of 100 records.", first))
	}
	start := 0
	if after, _ := args["after"].(string); after != "" {
		n, err := fromCursor(after)
		if err != nil || n > total {
			return nil, refuse(http.StatusUnprocessableEntity, "`"+after+"` does not appear to be a valid cursor.")
		}
		start = n
	}
	end := min(start+first, total)
	edges, nodes := []object{}, []object{}
	for n, a := range people[start:end] {
		node := q.accountObject(a)
		nodes = append(nodes, node)
		edges = append(edges, object{"__typename": "RepositoryCollaboratorEdge", "cursor": cursor(start + n + 1),
			"permission": strings.ToUpper(r.role(a).String()), "node": node})
	}
	info := object{"__typename": "PageInfo", "hasNextPage": end < total, "hasPreviousPage": start > 0, "endCursor": nil, "startCursor": nil}
	if len(edges) > 0 {
		info["startCursor"], info["endCursor"] = edges[0]["cursor"], edges[len(edges)-1]["cursor"]
	}
	return object{"__typename": "RepositoryCollaboratorConnection", "totalCount": total, "edges": edges, "nodes": nodes, "pageInfo": info}, nil
}

// integer reads a number as the parser (int64) or JSON (float64) left it.
func integer(v any) (int, bool) {
	switch v := v.(type) {
	case int64:
		return int(v), true
	case float64:
		return int(v), v == float64(int(v))
	}
	return 0, false
}

func cursor(n int) string {
	return base64.StdEncoding.EncodeToString([]byte("cursor:v2:" + strconv.Itoa(n)))
}

func fromCursor(c string) (int, error) {
	raw, err := base64.StdEncoding.DecodeString(c)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimPrefix(string(raw), "cursor:v2:"))
}

func (q *call) mutationRoot() object {
	return object{
		"__typename": "Mutation",
		"minimizeComment": func(args map[string]any) (any, error) {
			input, _ := args["input"].(map[string]any)
			id, _ := input["subjectId"].(string)
			cm := q.s.comments[id]
			if cm == nil || !q.s.sees(q.who, cm.issue.repo) || q.s.hides(q.who, cm.issue.repo) {
				return nil, refuse(http.StatusNotFound, "Could not resolve to a node with the global id of '"+id+"'")
			}
			classifier, _ := input["classifier"].(string)
			if err := q.s.minimize(q.who, cm, classifier); err != nil {
				return nil, err
			}
			kind := "IssueComment"
			if cm.review {
				kind = "PullRequestReviewComment"
			}
			return object{
				"__typename": "MinimizeCommentPayload", "actor": q.accountObject(q.who.user), "clientMutationId": input["clientMutationId"],
				"minimizedComment": object{"__typename": kind, "id": id, "isMinimized": true, "minimizedReason": cm.minimized},
			}, nil
		},
	}
}
