package openapitest

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// graphql is the GraphQL half of a Document.
type graphql struct{ schema *ast.Schema }

// loadGraphQL reads GitHub's published schema, which defines two fields of
// EnterpriseOwnerInfo twice: of each name the first definition stays.
func loadGraphQL(source []byte) (*graphql, error) {
	document, err := parser.ParseSchemas(validator.Prelude, &ast.Source{Name: graphqlSchema.Path, Input: string(source)})
	if err != nil {
		return nil, fmt.Errorf("parse the GraphQL schema: %w", err)
	}
	for _, definition := range document.Definitions {
		seen := map[string]bool{}
		var fields ast.FieldList
		for _, field := range definition.Fields {
			if !seen[field.Name] {
				seen[field.Name] = true
				fields = append(fields, field)
			}
		}
		definition.Fields = fields
	}
	schema, err := validator.ValidateSchemaDocument(document)
	if err != nil {
		return nil, fmt.Errorf("load the GraphQL schema: %w", err)
	}
	return &graphql{schema: schema}, nil
}

// A graphqlCall is a valid operation with its variables.
type graphqlCall struct {
	operation *ast.OperationDefinition
}

func (g *graphql) checkRequest(body []byte) (graphqlCall, error) {
	var request struct {
		Query         string         `json:"query"`
		Variables     map[string]any `json:"variables"`
		OperationName string         `json:"operationName"`
	}
	if err := json.Unmarshal(body, &request); err != nil {
		return graphqlCall{}, fmt.Errorf("request body: not JSON: %w", err)
	}
	query, err := parser.ParseQuery(&ast.Source{Name: "query", Input: request.Query})
	if err != nil {
		return graphqlCall{}, err
	}
	if found := validator.ValidateWithRules(g.schema, query, rules.NewDefaultRules()); len(found) > 0 {
		return graphqlCall{}, found
	}
	operation := query.Operations.ForName(request.OperationName)
	if operation == nil {
		return graphqlCall{}, fmt.Errorf("no operation %q in the query", request.OperationName)
	}
	for name := range request.Variables {
		if operation.VariableDefinitions.ForName(name) == nil {
			return graphqlCall{}, fmt.Errorf("variable %s: the operation declares none of this name", name)
		}
	}
	if _, err := validator.VariableValues(g.schema, operation, request.Variables); err != nil {
		return graphqlCall{}, err
	}
	return graphqlCall{operation: operation}, nil
}

// checkReply holds the data against what was asked: every field that was
// selected is there and of its type, and nothing else is. Data beside errors
// may be null anywhere.
func (g *graphql) checkReply(c graphqlCall, status int, body []byte) error {
	if status != 200 {
		return nil // refused before GraphQL: rate limits, bad credentials
	}
	var reply struct {
		Data   map[string]any `json:"data"`
		Errors []struct {
			Message string `json:"message"`
		} `json:"errors"`
	}
	if err := json.Unmarshal(body, &reply); err != nil {
		return fmt.Errorf("reply: not JSON: %w", err)
	}
	for _, one := range reply.Errors {
		if one.Message == "" {
			return errors.New("reply: an error without a message")
		}
	}
	if len(reply.Errors) > 0 {
		return nil
	}
	if reply.Data == nil {
		return errors.New("reply: neither data nor errors")
	}
	return g.checkObject("data", c.operation.SelectionSet, reply.Data)
}

func (g *graphql) checkObject(at string, selected ast.SelectionSet, object map[string]any) error {
	fields := map[string]*ast.Field{}
	g.selectedFields(selected, object, fields)
	var found []error
	for alias, field := range fields {
		value, ok := object[alias]
		if !ok {
			found = append(found, fmt.Errorf("reply: %s.%s was asked for and is missing", at, alias))
			continue
		}
		found = append(found, g.checkValue(at+"."+alias, field.Definition.Type, field.SelectionSet, value))
	}
	for key := range object {
		if fields[key] == nil {
			found = append(found, fmt.Errorf("reply: %s.%s was not asked for", at, key))
		}
	}
	return errors.Join(found...)
}

// selectedFields flattens fragments. One on another type counts only when the
// object names its type and that type is meant.
func (g *graphql) selectedFields(selected ast.SelectionSet, object map[string]any, into map[string]*ast.Field) {
	for _, selection := range selected {
		switch selection := selection.(type) {
		case *ast.Field:
			into[selection.Alias] = selection
		case *ast.InlineFragment:
			if g.concerns(selection.TypeCondition, selection.SelectionSet, object) {
				g.selectedFields(selection.SelectionSet, object, into)
			}
		case *ast.FragmentSpread:
			if g.concerns(selection.Definition.TypeCondition, selection.Definition.SelectionSet, object) {
				g.selectedFields(selection.Definition.SelectionSet, object, into)
			}
		}
	}
}

// concerns asks whether a fragment on the named type was meant for object. An
// object that does not tell its type is judged by whether it carries anything
// of the fragment.
func (g *graphql) concerns(typeName string, selected ast.SelectionSet, object map[string]any) bool {
	if given, ok := object["__typename"].(string); ok && typeName != "" {
		for _, possible := range g.schema.GetPossibleTypes(g.schema.Types[typeName]) {
			if possible.Name == given {
				return true
			}
		}
		return false
	}
	for _, selection := range selected {
		if field, ok := selection.(*ast.Field); ok {
			if _, carried := object[field.Alias]; carried {
				return true
			}
		}
	}
	return typeName == ""
}

func (g *graphql) checkValue(at string, want *ast.Type, selected ast.SelectionSet, value any) error {
	if value == nil {
		if want.NonNull {
			return fmt.Errorf("reply: %s is null, want %s", at, want)
		}
		return nil
	}
	if want.Elem != nil {
		list, ok := value.([]any)
		if !ok {
			return fmt.Errorf("reply: %s is %T, want %s", at, value, want)
		}
		var found []error
		for i, item := range list {
			found = append(found, g.checkValue(fmt.Sprintf("%s[%d]", at, i), want.Elem, selected, item))
		}
		return errors.Join(found...)
	}
	definition := g.schema.Types[want.NamedType]
	fits := true
	switch definition.Kind {
	case ast.Object, ast.Interface, ast.Union:
		object, ok := value.(map[string]any)
		if !ok {
			return fmt.Errorf("reply: %s is %T, want %s", at, value, want)
		}
		return g.checkObject(at, selected, object)
	case ast.Enum:
		name, _ := value.(string)
		fits = definition.EnumValues.ForName(name) != nil
	case ast.Scalar:
		fits = scalarFits(want.NamedType, value)
	}
	if !fits {
		return fmt.Errorf("reply: %s is %v, want %s", at, value, want)
	}
	return nil
}

// scalarFits knows GraphQL's own scalars; GitHub's (URI, DateTime, HTML, …)
// travel as strings.
func scalarFits(name string, value any) bool {
	switch name {
	case "Boolean":
		_, ok := value.(bool)
		return ok
	case "Int":
		number, ok := value.(float64)
		return ok && number == float64(int32(number))
	case "Float":
		_, ok := value.(float64)
		return ok
	}
	_, ok := value.(string)
	return ok
}
