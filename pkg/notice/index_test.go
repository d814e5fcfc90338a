package notice

import (
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// What stands in it depends on the code name and the stage alone, so that nothing of a
// case can.
func TestIndexSaysACodeNameAndAStageAndNothingElse(t *testing.T) {
	t.Parallel()
	for _, on := range []Pages{"", "https://coc.example/cases/"} {
		for _, s := range coc.Stages() {
			shown := Index("quiet-harbor-417", s, on, "<!-- cocrouter:mark -->")
			body := shown.Body.Markdown()
			if shown.Title != "quiet-harbor-417" || len(shown.More) != 0 || !strings.Contains(body, "<!-- cocrouter:mark -->") || !MayBeIndex(coc.NewProse(body)) {
				t.Errorf("%s: %+v", s, shown)
			}
			if named := strings.Contains(body, "`"+string(s)+"`"); named != (s != coc.StageTransferred) || strings.Contains(body, "@") {
				t.Errorf("%s: %s", s, body)
			}
			if leads := strings.Contains(body, "(https://coc.example/cases)"); leads != (on != "" && s != coc.StageTransferred) {
				t.Errorf("%s, on %q: %s", s, on, body)
			}
		}
	}
}
