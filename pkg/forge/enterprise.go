package forge

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/google/go-github/v62/github"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// The releases of GitHub Enterprise Server whose description the tests hold us
// against. All that we use is in each of them.
const (
	OldestRelease = "3.17"
	NewestRelease = "3.19"
)

// Feature is something that we use of GitHub and that a server may lack.
type Feature string

const (
	// Without the delivery log nothing brings a lost delivery back.
	DeliveryLog Feature = "delivery log"
	// Without minimizeComment a public comment is not hidden, where a
	// committee asked for that, and stays as it is.
	MinimizeComment Feature = "minimizeComment"
)

// Server is which GitHub answers, as it says itself.
type Server struct {
	// Release of GitHub Enterprise Server, such as "3.17.2"; empty is
	// github.com, or a server that does not say.
	Release string
	// Lacks is what was looked for and is not there.
	Lacks []Feature
}

// Untested tells how a server's release lies to those that the tests know:
// -1 older, 1 newer, 0 among them or not said.
func (s Server) Untested() int {
	switch {
	case s.Release == "":
		return 0
	case before(s.Release, OldestRelease):
		return -1
	case before(NewestRelease, s.Release):
		return 1
	}
	return 0
}

// before compares releases by their first two numbers; patches add nothing.
func before(a, b string) bool {
	majorA, minorA := numbers(a)
	majorB, minorB := numbers(b)
	return majorA < majorB || majorA == majorB && minorA < minorB
}

// numbers reads "3.17.2" as 3 and 17. What is no number is 0, and so older than
// anything.
func numbers(release string) (major, minor int) {
	first, rest, _ := strings.Cut(release, ".")
	second, _, _ := strings.Cut(rest, ".")
	major, _ = strconv.Atoi(first)
	minor, _ = strconv.Atoi(second)
	return major, minor
}

// Server asks which GitHub this is and whether it has what can be looked for
// without an installation. What only shows in use, such as minimizeComment, is
// told to Options.Lacks then.
func (f *Forge) Server(ctx context.Context) (Server, error) {
	var s Server
	// A server says its release in every answer. It is asked as the App,
	// because one in private mode tells nothing to strangers.
	err := f.asApp(ctx, coc.AppSource, "ask which GitHub this is", func(ctx context.Context, client *github.Client) error {
		_, res, err := client.Apps.Get(ctx, "")
		if err == nil {
			s.Release = res.Header.Get("X-GitHub-Enterprise-Version")
		}
		return err
	})
	if err != nil {
		return Server{}, err
	}
	err = f.asApp(ctx, coc.AppSource, "look for the delivery log", func(ctx context.Context, client *github.Client) error {
		_, _, err := client.Apps.ListHookDeliveries(ctx, &github.ListCursorOptions{PerPage: 1})
		if statusOf(err) == http.StatusNotFound {
			s.Lacks = append(s.Lacks, DeliveryLog)
			return nil
		}
		return err
	})
	if err != nil {
		return Server{}, err
	}
	return s, nil
}

// unknownField reports whether GraphQL refused a query because its schema has no
// such field: its own words for it, which quote nothing but the query.
func unknownField(said, field string) bool {
	return strings.Contains(said, fmt.Sprintf("field '%s' doesn't exist on type", strings.ToLower(field)))
}

// oncePerFeature is tell, for the first time of each feature.
func oncePerFeature(tell func(Feature)) func(Feature) {
	var told sync.Map
	return func(missing Feature) {
		if _, before := told.LoadOrStore(missing, true); !before && tell != nil {
			tell(missing)
		}
	}
}
