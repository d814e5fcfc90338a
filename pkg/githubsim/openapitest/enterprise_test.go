package openapitest

import (
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// What github.com takes or answers and Enterprise Server does not, in the
// operations that we use. Something new here is something to be decided: the
// simulation must behave so, and forge must bear it.
var lacking = []string{
	"PATCH /repos/{owner}/{repo}: request allow_auto_merge",
	"POST /app/installations/{installation_id}/access_tokens: request permissions.custom_properties_for_organizations",
	"POST /app/installations/{installation_id}/access_tokens: request permissions.enterprise_custom_properties_for_organizations",
	"PUT /repos/{owner}/{repo}/collaborators/{username}: status 201",
}

func TestEnterpriseServerLacksOnlyWhatIsKnown(t *testing.T) {
	t.Parallel()
	here := Load(t)
	for _, release := range EnterpriseReleases() {
		there := LoadEnterprise(t, release)
		var got []string
		for _, name := range operations {
			a, err := here.rest.operation(name)
			if err != nil {
				t.Fatal(err)
			}
			b, err := there.rest.operation(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, missing := range lacks(a, b) {
				got = append(got, name+": "+missing)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, lacking) {
			t.Errorf("Enterprise Server %s lacks\n%s\nknown:\n%s", release, strings.Join(got, "\n"), strings.Join(lacking, "\n"))
		}
	}
}

// lacks lists the parameters, statuses of success and fields of requests that a
// has and b has not. What a repository is told of scanners, or of how its
// Actions are pinned, is of no interest.
func lacks(a, b *openapi3.Operation) (missing []string) {
	add := func(kind string, of func(*openapi3.Operation) map[string]bool) {
		there := of(b)
		for name := range of(a) {
			if !there[name] && !strings.HasPrefix(name, "security_and_analysis.") && name != "sha_pinning_required" {
				missing = append(missing, kind+" "+name)
			}
		}
	}
	add("parameter", func(o *openapi3.Operation) map[string]bool {
		names := map[string]bool{}
		for _, p := range o.Parameters {
			names[p.Value.Name] = true
		}
		return names
	})
	add("status", func(o *openapi3.Operation) map[string]bool {
		names := map[string]bool{}
		for status := range o.Responses.Map() {
			if strings.HasPrefix(status, "2") {
				names[status] = true
			}
		}
		return names
	})
	add("request", func(o *openapi3.Operation) map[string]bool {
		names := map[string]bool{}
		if o.RequestBody != nil {
			if media := o.RequestBody.Value.Content.Get("application/json"); media != nil {
				fieldsOf(media.Schema.Value, "", names)
			}
		}
		return names
	})
	return missing
}

func TestFieldsAreThoseThatAnOperationAnswers(t *testing.T) {
	t.Parallel()
	fields, err := Load(t).Fields("GET /repos/{owner}/{repo}/collaborators")
	if err != nil || !slices.Contains(fields, "permissions.admin") || slices.Contains(fields, "permissions.owner") {
		t.Errorf("collaborators: %v, %v", fields, err)
	}
	_, err = Load(t).Fields("GET /nowhere")
	wantError(t, err, "no such operation")
}

func TestReleaseWithoutADescriptionIsRefused(t *testing.T) {
	t.Parallel()
	_, err := load("2.22")
	wantError(t, err, "no description of GitHub Enterprise Server 2.22")
}
