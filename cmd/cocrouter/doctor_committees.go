package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/forge"
	"github.com/cocrouter/cocrouter/pkg/notice"
)

// committees is what was found of them.
type committees struct {
	Committees []checkedBody   `json:"committees"`
	Sources    []checkedSource `json:"sources"`
	Unread     []string        `json:"unread"`
}

// checkedBody is a committee, and whether it would take a case.
type checkedBody struct {
	Name      string        `json:"name"`
	Room      string        `json:"room"`
	Takes     bool          `json:"takes"`
	InPrivate bool          `json:"in_private"`
	Because   []checkedStep `json:"because"`
	Strangers []coc.Login   `json:"strangers"`
	Warnings  []string      `json:"warnings"`
}

// checkedSource is a repository, and what is wrong with what its files point to.
type checkedSource struct {
	Repository string        `json:"repository"`
	Seen       bool          `json:"seen"`
	Because    []checkedStep `json:"because"`
}

// checkedStep is a rule that is broken, with what mends it where somebody can.
type checkedStep struct {
	Rule string `json:"rule"`
	Said string `json:"said"`
}

func doctorCommittees(ctx context.Context, path, output string, sources []coc.Repo, term terminal) error {
	o, err := realWorld(ctx, path)
	if err != nil {
		return err
	}
	c, err := o.desk.Check(forge.Urgent(ctx, 1), sources...)
	if err = errors.Join(notNow(err), o.done()); err != nil {
		return err
	}
	found := committees{each(c.Committees, checkedOf), each(c.Sources, checkedSourceOf), full(c.Unread)}
	if err := found.print(term.out, output); err != nil {
		return err
	}
	if !found.fine() {
		return errFindings
	}
	return nil
}

// fine reports whether every committee would take a case and every source leads to one
// as it says.
func (f committees) fine() bool {
	return len(f.Unread) == 0 &&
		!slices.ContainsFunc(f.Committees, func(c checkedBody) bool { return !c.Takes }) &&
		!slices.ContainsFunc(f.Sources, func(s checkedSource) bool { return !s.Seen || len(s.Because) > 0 })
}

// sourcesOf reads what --repo names.
func sourcesOf(texts []string) ([]coc.Repo, error) {
	var out []coc.Repo
	for _, text := range texts {
		repo, err := coc.ParseRepo(text)
		if err != nil {
			return nil, misuse(fmt.Sprintf("--repo: %q is not a repository; write it OWNER/NAME", text))
		}
		out = append(out, repo)
	}
	return out, nil
}

func checkedOf(c casework.Checked) checkedBody {
	x := checkedBody{
		Name: c.Committee.Name, Room: c.Committee.Incidents.String(), Takes: c.Takes, InPrivate: c.Asks,
		Because: each(c.Because, checkedStepOf), Strangers: full(c.Strangers), Warnings: []string{},
	}
	if c.Needed && c.Takes {
		x.Warnings = append(x.Warnings, onlyIfAll(c.Able))
	}
	return x
}

func checkedSourceOf(s casework.CheckedSource) checkedSource {
	return checkedSource{s.Repo.String(), s.Seen, each(s.Because, checkedStepOf)}
}

// checkedStepOf is what operators hear when it happens; for what they hear nothing of,
// what stands in the case.
func checkedStepOf(r coc.Reason) checkedStep {
	said := notice.Alarm(r).Text()
	if said == "" {
		said = notice.Step(r).Text()
	}
	return checkedStep{r.Rule, said}
}

// onlyIfAll is said of a committee that can spare nobody whom it asks.
func onlyIfAll(able []coc.Login) string {
	who := "all of " + list(able) + " say"
	if len(able) == 1 {
		who = string(able[0]) + " says"
	}
	return "A case stays with this committee only if " + who + " in time that they are clear: whenever somebody of them is away or named in a report," +
		" the next committee gets it. Add members or alternates who belong to the organisation."
}

func (f committees) print(w io.Writer, output string) error {
	if output == "json" {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(f)
	}
	var b strings.Builder
	for _, c := range f.Committees {
		c.tell(&b)
	}
	for _, s := range f.Sources {
		s.tell(&b)
	}
	for _, u := range f.Unread {
		fmt.Fprintf(&b, "%s could not be read now. The above is what follows if it stays so.\n", u)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// tell begins with what it means for whoever reports something.
func (c checkedBody) tell(b *strings.Builder) {
	switch {
	case !c.Takes:
		fmt.Fprintf(b, "%s (%s) takes no case now: whatever is reported to it goes to the next committee.\n", c.Name, c.Room)
	case c.InPrivate:
		fmt.Fprintf(b, "%s (%s) takes cases, and asks each member in private first.\n", c.Name, c.Room)
	default:
		fmt.Fprintf(b, "%s (%s) takes cases.\n", c.Name, c.Room)
	}
	for _, s := range c.Because {
		fmt.Fprintf(b, "  - %s\n", s.Said)
	}
	if len(c.Strangers) > 0 {
		fmt.Fprintf(b, "  - Who would read and may not: %s.\n", list(c.Strangers))
	}
	for _, s := range c.Warnings {
		fmt.Fprintf(b, "  - Warning: %s\n", s)
	}
}

func (s checkedSource) tell(b *strings.Builder) {
	if !s.Seen {
		fmt.Fprintf(b, "%s cannot be seen: the name is mistyped, or the source App is not installed there.\n", s.Repository)
	}
	for _, step := range s.Because {
		fmt.Fprintf(b, "%s leads elsewhere than it says.\n  - %s\n", s.Repository, step.Said)
	}
}
