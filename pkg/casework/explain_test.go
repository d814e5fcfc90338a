package casework_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/policy"
	"github.com/cocrouter/cocrouter/pkg/route"
)

func (w *world) explain(q casework.Question) casework.Explanation {
	w.Helper()
	e, err := w.Explain(w.Context(), q)
	if err != nil {
		w.Fatal(err)
	}
	return e
}

// recorded is all that a world keeps.
func (w *world) recorded() string {
	w.st.mu.Lock()
	defer w.st.mu.Unlock()
	return fmt.Sprint(len(w.st.intakes), w.st.revisions, slices.Sorted(maps.Keys(w.st.standings)), w.st.names, len(w.st.errands), len(w.st.jobs), w.st.labels,
		len(w.gh.writes), len(w.gh.public), len(w.alarms))
}

// TestExplanationIsWhatAReportGets: whatever the world has come to, a report goes
// where the moment before was explained, by the same steps; and the explanation
// left no trace.
func TestExplanationIsWhatAReportGets(t *testing.T) {
	t.Parallel()
	sealed, near := 0, 0
	for seed := range uint64(60) {
		f := &fate{world: newWorld(t), r: rand.New(rand.NewPCG(seed, 11))}
		for range 12 {
			f.something()
		}
		f.gh.down, f.gh.failing, f.gh.after = nil, map[string]error{}, nil
		f.pass(time.Hour)

		filing := says("heliotrope")
		filing.Involved = []coc.Party{{Login: pick(f.r, everybody), Role: pick(f.r, []coc.Role{coc.RoleAccused, coc.RoleHarmed, coc.RoleWitness, coc.RoleUnset})}}
		before := f.recorded()
		e := f.explain(casework.Question{Repo: source, Parties: filing.Involved})
		if after := f.recorded(); after != before {
			t.Fatalf("seed %d: explaining changed\n%s\nto\n%s", seed, before, after)
		}
		receipt := f.file("another token", filing)
		f.rest()
		c := f.of(receipt)
		p := c.Placements[0]
		if p.Sealed() != e.Decision.Sealed || p.Room.Repo != e.Decision.Room.Repo || p.Committee.Key != e.Decision.Committee.Key && !p.Sealed() ||
			!slices.Equal(p.Responders, e.Decision.Responders) || !reflect.DeepEqual(c.Trace[:len(e.Decision.Trace)], e.Decision.Trace) {
			t.Errorf("seed %d: explained %+v %v, came to %+v %v", seed, e.Decision.Room.Repo, e.Decision.Trace, p.Room.Repo, c.Trace)
		}
		for _, a := range e.Asked {
			for _, kept := range a.Screening.Recused {
				if coc.HasLogin(p.Responders, kept.Login) {
					t.Errorf("seed %d: %s was said to be kept out", seed, kept.Login)
				}
			}
		}
		if p.Sealed() {
			sealed++
		} else if p.Room.Repo == riverRoom {
			near++
		}
	}
	if sealed == 0 || near == 0 {
		t.Errorf("%d were sealed, %d went to the first committee: some never happens", sealed, near)
	}
}

// Who could read the room is told although the committee does not take the case.
func TestExplanationShowsWhyARoomDidNotPass(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(riverRoom).readers["stan-stranger"] = true
	e := w.explain(casework.Question{Repo: source, Parties: []coc.Party{{Login: "ada-river", Role: coc.RoleAccused}}})
	if len(e.Asked) != 2 || e.Asked[0].Takes || !e.Asked[1].Takes || !e.Asked[0].Looked {
		t.Fatalf("%+v", e.Asked)
	}
	river := e.Asked[0]
	if !slices.Equal(river.Unwelcome.Conflicted, []coc.Login{"ada-river"}) || !slices.Equal(river.Unwelcome.Strangers, []coc.Login{"stan-stranger"}) ||
		len(river.Screening.Recused) != 1 || len(river.Room.Readers) != 4 {
		t.Errorf("%+v", river)
	}
}

// A committee that a rule passes over before its room was looked at tells
// nothing of anybody there.
func TestCommitteeThatWasNotLookedAtTellsOfNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(riverRoom).files[policy.CommitteePath] = "nonsense"
	river := w.explain(casework.Question{Repo: source, Parties: []coc.Party{{Login: "ada-river", Role: coc.RoleAccused}}}).Asked[0]
	if river.Looked || river.Takes || len(river.Room.Readers)+len(river.Screening.Recused)+len(river.Unwelcome.Conflicted) > 0 {
		t.Errorf("%+v", river)
	}
}

// The accused may sit with those who are told.
func TestExplanationSaysWhereSomebodyCannotBeTold(t *testing.T) {
	t.Parallel()
	for who, room := range map[coc.Login]coc.Repo{"omar-outsider": baseRoom, "fay-foundation": topRoom} {
		w := newWorld(t)
		e := w.explain(casework.Question{Repo: source, Parties: []coc.Party{{Login: who, Role: coc.RoleAccused}}})
		if len(e.Told) != 1 || e.Told[0].Committee.Name != "Foundation Committee" || e.Told[0].There.Room.Repo != room {
			t.Errorf("%s: %+v", who, e.Told)
		}
	}
	w := newWorld(t)
	w.at(topRoom).Visibility = "public"
	e := w.explain(casework.Question{Repo: source, Parties: []coc.Party{{Login: "fay-foundation", Role: coc.RoleAccused}}})
	if len(e.Told) != 1 || !e.Told[0].There.Sealed || e.Decision.Sealed {
		t.Errorf("%+v", e.Told)
	}
}

func TestExplanationCountsEveryRepositoryThatIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := coc.Repo{Owner: "lake", Name: "main"}
	w.repo(other, "public")
	e := w.explain(casework.Question{Repo: source, Also: []coc.Repo{other}, Incident: route.Incident{Space: coc.SpaceRepositories}})
	if e.Decision.Committee.Name != "Foundation Committee" || !slices.ContainsFunc(e.Decision.Trace, func(r coc.Reason) bool { return r.Rule == "projects/several" }) {
		t.Errorf("%+v", e.Decision.Trace)
	}
}

// A push that nobody has told us of yet is looked back behind, as a report would.
func TestExplanationKnowsWhoWasInForceThreeDaysAgo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.lost("version: 1\ncommittee: summit\n")
	e := w.explain(casework.Question{Repo: source})
	if e.Decision.Committee.Name != "River Committee" || !slices.ContainsFunc(e.Decision.Trace, func(r coc.Reason) bool { return r.Rule == "change/waiting" }) {
		t.Errorf("%+v", e.Decision.Trace)
	}
}

// Nobody waits at a terminal: what GitHub cannot say now is told as that.
func TestExplanationDoesNotWaitForGitHub(t *testing.T) {
	t.Parallel()
	other := coc.Repo{Owner: "lake", Name: "main"}
	for op, want := range map[string][]string{
		"repository":  {"lake/main", "river/main"},
		"file":        {"lake/.github/.github/coc.yaml", "river/main/.github/coc.yaml"},
		"commit then": {"lake/main/.github/coc.yaml", "river/main/.github/coc.yaml"},
		"readers":     {"the readers of foundation-conduct/cases"},
	} {
		w := newWorld(t)
		w.repo(other, "public").files[".github/coc.yaml"] = "version: 1\ncommittee: foundation\n"
		w.gh.failing[op] = coc.Later{Cause: "status 502"}
		q := casework.Question{Repo: source, Also: []coc.Repo{other}, Incident: route.Incident{Space: coc.SpaceRepositories}}
		e := w.explain(q)
		for _, place := range want {
			if !slices.Contains(e.Unread, place) {
				t.Errorf("%s: unread %q, want %q", op, e.Unread, want)
			}
		}
		w.gh.failing[op] = coc.Later{Cause: "our own pace", Ours: true}
		if _, err := w.Explain(w.Context(), q); !errors.As(err, new(coc.Later)) {
			t.Errorf("%s: our own pace was taken for GitHub's answer: %v", op, err)
		}
	}
}
