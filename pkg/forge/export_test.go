package forge

import "net/http"

// Operation is what metrics call a request to a GitHub whose REST API begins at
// the root.
func Operation(r *http.Request) string { return new(wire).operation(r) }
