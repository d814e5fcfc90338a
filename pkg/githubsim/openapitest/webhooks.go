package openapitest

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

// CheckDelivery returns everything in the payload of a webhook that GitHub's
// description does not allow, or nil. An event or action that the description
// lacks is an error.
func (d *Document) CheckDelivery(sent githubsim.Delivery) error {
	described, err := d.webhooks()
	if err != nil {
		return err
	}
	event := strings.TrimSpace(sent.Event + " " + sent.Action)
	item := described.Paths.Value("/" + webhookName(event))
	if item == nil || item.Post == nil || item.Post.RequestBody == nil {
		return fmt.Errorf("webhook %s: GitHub's description, as far as operations.go keeps it, has no such event", event)
	}
	media := item.Post.RequestBody.Value.Content.Get("application/json")
	var payload any
	if err := json.Unmarshal(sent.RequestBody, &payload); err != nil {
		return fmt.Errorf("webhook %s: not JSON: %w", event, err)
	}
	if err := against(media.Schema.Value, payload, openapi3.VisitAsRequest()); err != nil {
		return fmt.Errorf("webhook %s: %w", event, err)
	}
	return nil
}
