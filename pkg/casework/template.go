package casework

import (
	"context"
	"errors"

	"github.com/cocrouter/cocrouter/pkg/ballot"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/notice"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// templateFolder is where a committee keeps texts of its own, in its incident
// repository.
const templateFolder = ".github/coc/templates/"

// template is a text that a member may copy: the committee's own where it has one,
// read like its committee file from the default branch of its incident repository,
// and else ours. A file that cannot be used is no reason to leave a member without a
// text; the answer says what is wrong with it. Of a GitHub that cannot answer now it
// is asked again, as long as we are patient.
func (t *turn) template(ctx context.Context, name string) (notice.Private, error) {
	home := t.c.Home()
	own := notice.OwnText{Path: templateFolder + name + ".md"}
	if room := home.Committee.Incidents; !room.IsZero() {
		file, err := t.desk.GitHub.File(ctx, coc.AppRooms, room, own.Path, "")
		if later := t.desk.wait(err, t.in.Received); later != nil {
			return notice.Private{}, later
		}
		own.Found, own.Text, own.Problem = err == nil, file.Content, unusable(err)
	}
	return notice.Template(name, own, t.facts()), nil
}

// unusable says why a file could not be read, "" where there is none.
func unusable(err error) string {
	switch {
	case err == nil, errors.Is(err, coc.ErrMissing):
		return ""
	case errors.Is(err, coc.ErrNotAFile):
		return "it is a directory or a symbolic link"
	case errors.Is(err, coc.ErrTooLarge):
		return "it is larger than 64 KiB"
	}
	return "it could not be read"
}

// facts is what a text may say of the case: nothing of the report, and nobody who is
// named in it. What a case came to before it was taken up again is no outcome now.
func (t *turn) facts() notice.Facts {
	k, appeals := t.c.Home().Committee, t.desk.Directory.Jurisdiction().Appeals
	f := notice.Facts{Committee: k.Name, Contact: k.Contact, Date: t.now, Zone: k.Timezone}
	from := t.now
	if decided, ok := coc.Decision(t.c.Journal); ok && resolved(t.c.Stage) {
		f.Outcome, from = t.c.Outcome, decided.At
	}
	if k.Clocks.AppealWithin.IsZero() {
		return f
	}
	f.AppealUntil = stage.Add(k.Clocks.AppealWithin, from, k.Timezone, k.Holidays)
	for _, g := range appeals.Grounds {
		if _, ok := ballot.Appeal(appeals, k.Level, g); ok {
			f.Grounds = append(f.Grounds, g)
		}
	}
	return f
}

// templates answers with one, or with which there are.
func (t *turn) templates(ctx context.Context, name string) error {
	if name == "" {
		t.reply(notice.TemplateNames(templateFolder))
		return nil
	}
	text, err := t.template(ctx, name)
	if err == nil {
		t.reply(text)
	}
	return err
}
