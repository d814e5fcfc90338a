package main

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

// A reminder is the one thing of ours that mentions anybody: in its first line, which
// has nothing else, and nowhere else.
var (
	callLine  = regexp.MustCompile(`\A@[A-Za-z0-9][\w-]*(?: @[A-Za-z0-9][\w-]*)*\n\n`)
	looseName = regexp.MustCompile(`(?:^|[^\w/@.])@[A-Za-z0-9]`)
	inCode    = regexp.MustCompile("(?s)(`+)[^`].*?`+")
	ourMarker = regexp.MustCompile(`<!-- cocrouter:([a-z0-9]+)/(\d+)/(\d+) -->`)
)

// calls holds every comment of ours that is new and mentions somebody against the
// case: it must be a reminder of that case in the room it was in then, and whoever
// it mentions must be whom it is for, respond there, and have no hard conflict.
func (w *telling) calls() []string {
	w.t.Helper()
	var wrong []string
	for _, p := range w.places() {
		for _, i := range w.issues(p) {
			for _, c := range comments(i) {
				if _, known := w.summoned[c.ID]; known || !c.OfAnApp {
					continue
				}
				who, err := w.call(p, i, c.Body)
				if err != nil {
					wrong = append(wrong, fmt.Sprintf("%s#%d: %v:\n%s", p.repo, i.Number, err, c.Body))
				}
				w.summoned[c.ID] = who
			}
		}
	}
	return wrong
}

// call is whom a comment of ours mentions.
func (w *telling) call(p place, i githubsim.IssueView, body string) ([]string, error) {
	line := callLine.FindString(body)
	if looseName.MatchString(inCode.ReplaceAllString(body[len(line):], "")) {
		return nil, fmt.Errorf("somebody is mentioned where nobody may be")
	}
	if line == "" {
		return nil, nil
	}
	mark := ourMarker.FindStringSubmatch(body)
	if mark == nil || p.public {
		return nil, fmt.Errorf("what mentions somebody is no comment in a room")
	}
	c, err := w.server.store.Case(w.t.Context(), coc.CaseID(mark[1]))
	if err != nil {
		return nil, err
	}
	e := slices.IndexFunc(c.Effects, func(e coc.Effect) bool {
		return strconv.Itoa(e.Revision) == mark[2] && strconv.Itoa(e.N) == mark[3]
	})
	if e < 0 || len(c.Effects[e].To) == 0 {
		return nil, fmt.Errorf("what mentions somebody is no reminder")
	}
	home := c.Placements[c.Effects[e].Placement]
	if home.Issue != i.Number || !strings.EqualFold(w.called(home.Room.Repo.String()), w.called(p.repo)) {
		return nil, fmt.Errorf("it is a reminder of another issue")
	}
	var who []string
	for name := range strings.FieldsSeq(line) {
		l := coc.Login(name[1:])
		hard := slices.ContainsFunc(c.Declarations, func(d coc.Declaration) bool { return d.Own() && d.Login.Is(l) && d.Kind == coc.ConflictHard })
		barred := slices.ContainsFunc(c.Parties, func(x coc.Party) bool { return x.Login.Is(l) && x.Role.BarsReading() })
		if hard || barred || !coc.HasLogin(c.Effects[e].To, l) || !coc.HasLogin(home.Responders, l) {
			return nil, fmt.Errorf("%s is mentioned, who may not be", l)
		}
		who = append(who, strings.ToLower(string(l)))
	}
	return who, nil
}

// reminded reports whether a reminder mentioned somebody in an issue.
func (w *telling) reminded(i githubsim.IssueView, login string) bool {
	return slices.ContainsFunc(comments(i), func(c githubsim.CommentView) bool {
		return slices.Contains(w.summoned[c.ID], strings.ToLower(login))
	})
}

func TestMentionThatIsNoReminderIsNoticed(t *testing.T) {
	t.Parallel()
	w := &telling{}
	for body, wrong := range map[string]bool{
		"Thank you, `@kim`.":                   false,
		"Write ``/coc claim @kim``.":           false,
		"Thank you, @kim.":                     true,
		"@kim\n\nand @lee, too":                true,
		"@kim said\n\nsomething":               true,
		"@kim\n\n`/coc ack` settles it":        true, // of no case
		"mail conduct@example.org":             false,
		"<!-- cocrouter:abc/1/1 --> and (@kim": true,
	} {
		if _, err := w.call(place{}, githubsim.IssueView{}, body); (err != nil) != wrong {
			t.Errorf("%q: %v", body, err)
		}
	}
}
