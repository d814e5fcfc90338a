package githubsim

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// APIError is a refusal as GitHub words it: what a client of the API reads in
// the body, and what the acting methods return.
type APIError struct {
	Status  int
	Message string
	Errors  []FieldError

	location string // where a 301 or 307 leads
	by200    bool   // is how GraphQL says it
	// What a limit says of itself: where it is explained, and Retry-After, 0
	// for none.
	explained  string
	retryAfter time.Duration
}

// FieldError tells which field of a request was refused and why.
type FieldError struct {
	Resource string `json:"resource"`
	Field    string `json:"field"`
	Code     string `json:"code"`
	Message  string `json:"message,omitempty"`
}

func (e *APIError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "githubsim: %d %s", e.Status, e.Message)
	for _, f := range e.Errors {
		fmt.Fprintf(&b, "; %s.%s %s", f.Resource, f.Field, f.Code)
		if f.Message != "" {
			fmt.Fprintf(&b, " (%s)", f.Message)
		}
	}
	return b.String()
}

func refuse(status int, message string) error {
	return &APIError{Status: status, Message: message}
}

func notFound() error { return refuse(http.StatusNotFound, "Not Found") }

// gone answers for issues of a repository that has them switched off, and for
// an issue that was deleted.
func gone(message string) error { return refuse(http.StatusGone, message) }

func notByApp() error {
	return refuse(http.StatusForbidden, "Resource not accessible by integration")
}

func invalid(fields ...FieldError) error {
	return &APIError{Status: http.StatusUnprocessableEntity, Message: "Validation Failed", Errors: fields}
}

func missingField(resource, field string) error {
	return invalid(FieldError{Resource: resource, Field: field, Code: "missing_field"})
}

func tooLong(resource, field string, limit int) error {
	return invalid(FieldError{resource, field, "custom", fmt.Sprintf("%s is too long (maximum is %d characters)", field, limit)})
}
