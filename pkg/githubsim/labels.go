package githubsim

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

type label struct {
	id          int64
	name        string
	color       string
	description *string
	builtIn     bool
}

func text(s string) *string { return &s }

// defaultLabels is what GitHub puts into a new repository.
var defaultLabels = []struct {
	name, color string
	description *string
}{
	{"bug", "d73a4a", text("Something isn't working")},
	{"documentation", "0075ca", text("Improvements or additions to documentation")},
	{"duplicate", "cfd3d7", text("This issue or pull request already exists")},
	{"enhancement", "a2eeef", text("New feature or request")},
	{"good first issue", "7057ff", text("Good for newcomers")},
	{"help wanted", "008672", text("Extra attention is needed")},
	{"invalid", "e4e669", text("This doesn't seem right")},
	{"question", "d876e3", text("Further information is requested")},
	{"wontfix", "ffffff", text("This will not be worked on")},
}

// plainColor is what a label gets that came into being by being used.
const plainColor = "ededed"

var colorPattern = regexp.MustCompile(`^[0-9a-fA-F]{6}$`)

// Label puts labels on an issue or pull request, as a person with triage.
// Labels that the repository does not have are created.
func (s *Sim) Label(login, full string, number int, add ...string) error {
	return s.onIssue(login, full, number, func(c caller, r *repo, i *issue) error {
		if err := s.change(c, r, i.triage()); err != nil {
			return err
		}
		return s.addLabels(c, r, i, add)
	})
}

// Unlabel takes labels off; a label that is not there is 404.
func (s *Sim) Unlabel(login, full string, number int, remove ...string) error {
	return s.onIssue(login, full, number, func(c caller, r *repo, i *issue) error {
		if err := s.change(c, r, i.triage()); err != nil {
			return err
		}
		for _, name := range remove {
			if err := s.removeLabel(c, r, i, name); err != nil {
				return err
			}
		}
		return nil
	})
}

// ChangeLabel renames a label of a repository, or deletes it where the new name is
// empty, as a person with write access. Issues keep a label under its new name, and
// lose one that is deleted without a word.
func (s *Sim) ChangeLabel(login, full, name, renamed string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, r, err := s.as(login, full)
	if err != nil {
		return err
	}
	if err := s.change(c, r, needLabels); err != nil {
		return err
	}
	l := r.label(name)
	switch {
	case l == nil:
		return notFound()
	case renamed == "":
		s.deleteLabel(c, r, l)
		return nil
	}
	return s.editLabel(c, r, l, &renamed, nil, nil)
}

// CreateLabel adds a label to a repository, as a person with write access.
func (s *Sim) CreateLabel(login, full, name, color, description string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, r, err := s.as(login, full)
	if err != nil {
		return err
	}
	if err := s.change(c, r, needLabels); err != nil {
		return err
	}
	var d *string
	if description != "" {
		d = &description
	}
	_, err = s.createLabel(c, r, name, color, d)
	return err
}

var needLabels = writing(levelWrite, "issues", "pull_requests")

func (r *repo) label(name string) *label {
	for _, l := range r.labels {
		if strings.EqualFold(l.name, name) {
			return l
		}
	}
	return nil
}

func (s *Sim) createLabel(by caller, r *repo, name, color string, description *string) (*label, error) {
	if color == "" {
		color = plainColor
	}
	if err := checkLabel(name, color, description); err != nil {
		return nil, err
	}
	if r.label(name) != nil {
		return nil, invalid(FieldError{Resource: "Label", Field: "name", Code: "already_exists"})
	}
	l := &label{id: s.nextID(), name: name, color: strings.ToLower(color), description: description}
	r.labels = append(r.labels, l)
	s.emit(occurrence{event: "label", action: "created", repo: r, by: by, fields: fields{"label": s.labelJSON(r, l)}})
	return l, nil
}

// editLabel changes what is not nil.
func (s *Sim) editLabel(by caller, r *repo, l *label, name, color, description *string) error {
	edited := *l
	changes := fields{}
	if name != nil && *name != l.name {
		if other := r.label(*name); other != nil && other != l {
			return invalid(FieldError{Resource: "Label", Field: "name", Code: "already_exists"})
		}
		edited.name = *name
		changes["name"] = fields{"from": l.name}
	}
	if color != nil {
		edited.color = strings.ToLower(*color)
		changes["color"] = fields{"from": l.color}
	}
	if description != nil {
		edited.description = description
		changes["description"] = fields{"from": orEmpty(l.description)}
	}
	if err := checkLabel(edited.name, edited.color, edited.description); err != nil {
		return err
	}
	*l = edited
	s.emit(occurrence{event: "label", action: "edited", repo: r, by: by,
		fields: fields{"label": s.labelJSON(r, l), "changes": changes}})
	return nil
}

func (s *Sim) deleteLabel(by caller, r *repo, l *label) {
	r.labels = slices.DeleteFunc(r.labels, func(o *label) bool { return o == l })
	for _, i := range r.issues {
		i.labels = slices.DeleteFunc(i.labels, func(o *label) bool { return o == l })
	}
	s.emit(occurrence{event: "label", action: "deleted", repo: r, by: by, fields: fields{"label": s.labelJSON(r, l)}})
}

func checkLabel(name, color string, description *string) error {
	var wrong []FieldError
	switch {
	case strings.TrimSpace(name) == "":
		wrong = append(wrong, FieldError{Resource: "Label", Field: "name", Code: "missing_field"})
	case utf8.RuneCountInString(name) > 50:
		wrong = append(wrong, FieldError{"Label", "name", "custom", "name is too long (maximum is 50 characters)"})
	case strings.ContainsAny(name, ",\n\r"):
		wrong = append(wrong, FieldError{Resource: "Label", Field: "name", Code: "invalid"})
	}
	if !colorPattern.MatchString(color) {
		wrong = append(wrong, FieldError{Resource: "Label", Field: "color", Code: "invalid"})
	}
	if utf8.RuneCountInString(orEmpty(description)) > 100 {
		wrong = append(wrong, FieldError{"Label", "description", "custom", "description is too long (maximum is 100 characters)"})
	}
	if wrong != nil {
		return invalid(wrong...)
	}
	return nil
}

// labelsNamed finds labels by name and creates the ones that do not exist,
// plainly. Nothing is created when one of the names cannot be.
func (s *Sim) labelsNamed(by caller, r *repo, names []string) ([]*label, error) {
	for _, name := range names {
		if r.label(name) == nil {
			if err := checkLabel(name, plainColor, nil); err != nil {
				return nil, err
			}
			if by.inst == nil && r.role(by.user) < levelWrite {
				return nil, refuse(http.StatusForbidden, "Must have push access to create labels.")
			}
		}
	}
	var all []*label
	for _, name := range names {
		l := r.label(name)
		if l == nil {
			var err error
			if l, err = s.createLabel(by, r, name, plainColor, nil); err != nil {
				return nil, err
			}
		}
		if !slices.Contains(all, l) {
			all = append(all, l)
		}
	}
	return all, nil
}

func (s *Sim) addLabels(by caller, r *repo, i *issue, names []string) error {
	wanted, err := s.labelsNamed(by, r, names)
	if err != nil {
		return err
	}
	s.attach(by, r, i, wanted)
	return nil
}

// attach puts labels of the repository on an issue.
func (s *Sim) attach(by caller, r *repo, i *issue, wanted []*label) {
	for _, l := range wanted {
		if slices.Contains(i.labels, l) {
			continue
		}
		i.labels = append(i.labels, l)
		s.record(by, i, happening{kind: "labeled", label: l.name, color: l.color})
		s.emitIssue("labeled", by, i, fields{"label": s.labelJSON(r, l)})
	}
}

func (s *Sim) removeLabel(by caller, r *repo, i *issue, name string) error {
	at := slices.IndexFunc(i.labels, func(l *label) bool { return strings.EqualFold(l.name, name) })
	if at < 0 {
		return refuse(http.StatusNotFound, "Label does not exist")
	}
	l := i.labels[at]
	i.labels = slices.Delete(i.labels, at, at+1)
	s.record(by, i, happening{kind: "unlabeled", label: l.name, color: l.color})
	s.emitIssue("unlabeled", by, i, fields{"label": s.labelJSON(r, l)})
	return nil
}

// setLabels makes the labels of an issue exactly these.
func (s *Sim) setLabels(by caller, r *repo, i *issue, names []string) error {
	wanted, err := s.labelsNamed(by, r, names)
	if err != nil {
		return err
	}
	for _, l := range slices.Clone(i.labels) {
		if !slices.Contains(wanted, l) {
			if err := s.removeLabel(by, r, i, l.name); err != nil {
				return err
			}
		}
	}
	s.attach(by, r, i, wanted)
	return nil
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
