package casework

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/evidence"
	"github.com/cocrouter/cocrouter/pkg/notice"
)

// capturePatience is how long an address is tried to be captured while GitHub does
// not answer, from when that was asked for.
const capturePatience = 3 * 24 * time.Hour

// captureJob asks for one more capture of an address than there is.
func (d *Desk) captureJob(c coc.Case, number int) coc.Job {
	return coc.Job{Kind: coc.JobCapture, Case: c.ID, N: number, Revision: len(capturesOf(c.Evidence, number)) + 1, Priority: 2}
}

func capturesOf(all []coc.Evidence, number int) []coc.Evidence {
	var out []coc.Evidence
	for _, e := range all {
		if e.Kind == coc.EvidenceCapture && e.Of == number {
			out = append(out, e)
		}
	}
	return out
}

// capture reads what stands at an address, keeps it, and says what is not as it was
// before. It writes nothing at GitHub but the case's own issue, and not even there when
// what a report brought is captured at the first attempt: the issue tells of it when it
// is drawn the next time.
//
// # Which repositories are read
//
// Public ones. A case's members could otherwise have the App read what they may not
// see themselves, by naming an address, and a reporter could learn from what happens
// then whether it is there. One that is not public is read where the report itself
// came through it, for addresses that the reporter wrote: they stood in it when they
// wrote. Whatever else is wrong with a repository, the answer is the same.
func (d *Desk) capture(ctx context.Context, job coc.Job) error {
	c, err := d.Store.Case(ctx, job.Case)
	if err != nil {
		return fmt.Errorf("case %s: %w", job.Case, err)
	}
	if job.N < 1 || job.N > len(c.Evidence) || d.Vault == nil || len(capturesOf(c.Evidence, job.N)) >= job.Revision {
		return nil
	}
	at := c.Evidence[job.N-1]
	at.Number = job.N // one from before there were numbers has none
	e := coc.Evidence{Kind: coc.EvidenceCapture, Of: at.Number, Title: at.Title}
	since := job.Since
	if since.IsZero() {
		since = at.At // it was asked for with the address
	}
	told, why, err := d.standsAt(ctx, c, at, since)
	if err != nil {
		return errors.Join(d.markVolatile(ctx, c, err), err)
	}
	if e.Why = why; why == "" {
		e.Author = told.Said.Author
		if e.Content, err = d.keepCaptured(ctx, c, told); err != nil {
			return err
		}
		if e.Content.IsZero() {
			e.Why = coc.NoRoom
		}
	}
	differs, err := d.differences(ctx, c, at.Number, told, e)
	if err != nil {
		return err
	}
	var failed error
	err = d.amend(ctx, c.ID, func(c *coc.Case) (coc.Change, bool) {
		var change coc.Change
		before := capturesOf(c.Evidence, at.Number)
		if len(before) >= job.Revision {
			return change, false
		}
		mayVanish, marked := vanishing(*c), volatile(*c)
		e.At = d.Clock.Now()
		if failed = d.exhibit(c, &change, e); failed != nil {
			return change, false
		}
		if mayVanish && !vanishing(*c) {
			c.Flags = without(c.Flags, coc.FlagEvidenceVolatile)
		} else if at.By == "" && e.Content.IsZero() && vanishing(*c) {
			c.Flags = union(c.Flags, []coc.Flag{coc.FlagEvidenceVolatile})
		}
		remarked := marked != volatile(*c)
		n := len(c.Placements) - 1
		d.accuse(c, &change)
		switch shown := c.Home().Issue != 0; {
		case shown && len(before) > 0:
			owe(c, &change, c.Revision+1, n, []notice.Private{notice.CapturedAgain(c.Evidence[len(c.Evidence)-1], differs)})
			fallthrough
		case shown && (remarked || (at.As != coc.RoleReporter || volatile(*c)) && !d.awaits(*c)): // of a marked case they are told what is safe
			change.Jobs = append(change.Jobs, d.showJob(c.ID, n))
		default:
			quietly(c)
		}
		return change, true
	})
	return errors.Join(err, failed)
}

// markVolatile marks a case once GitHub has not answered, because what stands there can
// vanish meanwhile.
func (d *Desk) markVolatile(ctx context.Context, c coc.Case, err error) error {
	if l, later := coc.IsLater(err); !later || l.Ours || volatile(c) {
		return nil
	}
	return d.amend(ctx, c.ID, func(c *coc.Case) (coc.Change, bool) {
		var change coc.Change
		c.Flags = union(c.Flags, []coc.Flag{coc.FlagEvidenceVolatile})
		if c.Home().Issue != 0 {
			change.Jobs = append(change.Jobs, d.showJob(c.ID, len(c.Placements)-1))
		}
		return change, true
	})
}

// standsAt is what stands at an address of GitHub's, or why it cannot be had.
func (d *Desk) standsAt(ctx context.Context, c coc.Case, at coc.Evidence, since time.Time) (coc.Captured, coc.Uncaptured, error) {
	talk, why := evidence.Point(d.Web, at.URL)
	if why != "" {
		return coc.Captured{}, why, nil
	}
	private := int64(0)
	if at.As == coc.RoleReporter && c.Report.Original != nil {
		private = c.Source.ID
	}
	told, err := d.GitHub.Capture(ctx, talk, private)
	told.URL = at.URL
	switch {
	case err == nil:
		return told, "", nil
	case errors.Is(err, coc.ErrInaccessible), errors.Is(err, coc.ErrMissing):
		return told, coc.NoAccess, nil
	case errors.Is(err, coc.ErrDenied):
		return told, coc.NoPermission, nil
	case errors.Is(err, coc.ErrGone):
		return told, coc.GoneThere, nil
	case errors.Is(err, coc.ErrTooLarge):
		return told, coc.TooLong, nil
	case errors.Is(err, coc.ErrArchived): // issues are switched off there
		return told, coc.GoneThere, nil
	}
	if _, later := coc.IsLater(err); later && d.Clock.Now().Before(since.Add(capturePatience)) {
		return told, "", err
	}
	return told, coc.GaveUp, nil
}

// keepCaptured seals it; nothing where there is no room for it.
func (d *Desk) keepCaptured(ctx context.Context, c coc.Case, told coc.Captured) (coc.Content, error) {
	if full, err := d.full(ctx, c); err != nil || full {
		return coc.Content{}, err
	}
	words, err := d.Keys.Pack(told)
	if err != nil {
		return coc.Content{}, err
	}
	content, err := d.Vault.KeepWords(ctx, words)
	content.Media = mediaCaptured
	return content, err
}

// mediaCaptured is a captured thread, as the store has it.
const mediaCaptured = "application/vnd.cocrouter.captured"

// full reports whether a case, or this server, holds no more.
func (d *Desk) full(ctx context.Context, c coc.Case) (bool, error) {
	if len(c.Evidence) >= d.Evidence.Items || size(c.Evidence) >= d.Evidence.Case {
		return true, nil
	}
	all, err := d.Vault.Contents(ctx)
	return all >= d.Evidence.Instance, err
}

// differences holds a capture against the last one that has something in it.
func (d *Desk) differences(ctx context.Context, c coc.Case, number int, told coc.Captured, e coc.Evidence) (notice.Differences, error) {
	out := notice.Differences{Why: e.Why}
	for _, before := range slices.Backward(capturesOf(c.Evidence, number)) {
		if before.Content.IsZero() {
			continue
		}
		out.Since, out.Number = before.At, before.Number
		if e.Why != "" {
			return out, nil
		}
		words, err := d.Vault.ContentWords(ctx, before.Content)
		if err != nil {
			out.Unread = true // the check of the evidence tells
			return out, nil
		}
		var was coc.Captured
		if err := d.Keys.Unpack(words, &was); err != nil {
			return out, err
		}
		out.Difference = evidence.Compare(was, told)
		return out, nil
	}
	return out, nil
}

// vanishing reports whether something at an address may still vanish: nothing of it
// was captured, and it is not known to be gone.
func vanishing(c coc.Case) bool {
	for i, e := range c.Evidence {
		if !e.IsAddress() {
			continue
		}
		safe := slices.ContainsFunc(capturesOf(c.Evidence, i+1), func(k coc.Evidence) bool {
			return !k.Content.IsZero() || k.Why == coc.GoneThere
		})
		if !safe {
			return true
		}
	}
	return false
}

// awaits reports whether an address has not been tried yet.
func (d *Desk) awaits(c coc.Case) bool {
	return slices.ContainsFunc(c.Evidence, func(e coc.Evidence) bool {
		return e.Kind == coc.EvidenceAddress && e.Why == "" && len(capturesOf(c.Evidence, e.Number)) == 0
	})
}

// authorsWithin is how long after a report its issue is opened where that waits for who
// wrote what it points to: most are found out by then.
const authorsWithin = 2 * time.Second

// unread reports whether it is still to be found out who wrote what the report of a case
// points to. They may read the room, and GitHub mails whatever is written there: so no
// word is written before, and nobody is asked. It is not waited for longer than for any
// other fact. Who wrote what was said in public itself is known.
func (d *Desk) unread(c coc.Case) bool {
	now := d.Clock.Now()
	var in []coc.Prose
	for _, e := range c.Evidence {
		if e.Kind != coc.EvidenceAddress || e.Why != "" || e.As != coc.RoleReporter || !now.Before(e.At.Add(d.Patience)) || len(capturesOf(c.Evidence, e.Number)) > 0 {
			continue
		}
		if o := c.Report.Original; o != nil && coc.NewProse(o.URL) == e.URL {
			continue
		}
		if in == nil {
			in = addressesAmong(addressesIn(c.Report))
		}
		if slices.Contains(in, e.URL) {
			return true
		}
	}
	return false
}

// ripe says before a word of a case is written whether it can be: a coc.Later while it is
// unread, and else what upToDate says.
func (d *Desk) ripe(ctx context.Context, c coc.Case) error {
	if d.unread(c) {
		return coc.Later{After: d.Clock.Now().Add(authorsWithin), Cause: "who wrote what the report points to is being found out", Ours: true}
	}
	return d.upToDate(ctx, c)
}

// accuse counts whoever wrote what a report points to, and could read the case, as
// named in it; the case then leaves where it has to.
func (d *Desk) accuse(c *coc.Case, change *coc.Change) {
	home, known := c.Home(), len(c.Parties)
	c.Parties = withReaders(c.Parties, *c, couldRead(home.Committee, home.MayCome(), coc.RoomFacts{}))
	if len(c.Parties) > known {
		change.Jobs = append(change.Jobs, coc.Job{Kind: coc.JobLeave, Case: c.ID, N: len(c.Placements) - 1, Priority: 1})
	}
}

// authors are those who wrote what was captured at the addresses that a reporter gave,
// apart from the reporter: a link alone may be all that somebody dares to say. reported
// leaves out what stands in an answer only, because there a link counts no more than a
// name does.
func authors(c coc.Case, reported bool) []coc.Login {
	var in []coc.Prose
	var out []coc.Login
	for _, e := range c.Evidence {
		if e.Author == "" || e.Author.Is(c.Report.Author()) || coc.HasLogin(out, e.Author) || e.Of < 1 || e.Of > len(c.Evidence) || c.Evidence[e.Of-1].As != coc.RoleReporter {
			continue
		}
		if reported && in == nil {
			in = addressesAmong(addressesIn(c.Report))
		}
		if !reported || slices.Contains(in, c.Evidence[e.Of-1].URL) {
			out = append(out, e.Author)
		}
	}
	return out
}

// amongReaders is those of some logins who are readers.
func amongReaders(readers, logins []coc.Login) []coc.Login {
	return slices.DeleteFunc(slices.Clone(logins), func(l coc.Login) bool { return !coc.HasLogin(readers, l) })
}
