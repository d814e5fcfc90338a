package casework

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/notice"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// What one case keeps of its reporter's own words, beside the report: so many of them,
// and so many bytes in all. The last ones are kept for what cannot wait: that it has
// become urgent, or that it is withdrawn.
const (
	maxWritten  = 100
	keptBack    = 10
	maxWrittenB = 512 << 10
)

// ErrFull: the case keeps no more of what its reporter writes with the receipt.
var ErrFull = errors.New("the case keeps no more words of its reporter")

// The journal's words for what a reporter sends with the receipt.
var actWrote = map[coc.MessageKind]string{
	coc.MessageAnswer: "wrote", coc.MessageUrgent: "urgent", coc.MessageWithdrawn: "withdrew",
}

// Write makes durable what somebody sends with their receipt. The same words under the
// same one-time token are one. coc.ErrMissing: no report has this receipt. ErrFull:
// the case keeps no more. After any other error nothing was saved, unless it is
// coc.ErrUnsure.
func (d *Desk) Write(ctx context.Context, receipt, token string, said coc.FromReporter) error {
	if !said.Kind.Theirs() {
		return errors.New("what is written with a receipt is of no kind")
	}
	hash, id, err := d.behind(ctx, receipt)
	if err != nil && !errors.Is(err, coc.ErrBusy) {
		return err
	}
	if err == nil {
		c, err := d.Store.Case(ctx, id)
		if err != nil {
			return err
		}
		if full(c, said) {
			return ErrFull
		}
	}
	said.Receipt, said.At = hash, time.Time{}
	unkeyed := said
	unkeyed.Files = withoutKeys(said.Files)
	words, err := d.Keys.Pack(unkeyed)
	if err != nil {
		return err
	}
	said.At = d.Clock.Now()
	payload, err := d.Keys.Pack(said)
	if err != nil {
		return err
	}
	key := d.Keys.Digest("written", token, d.Keys.DigestOf("written", words))
	_, err = d.Store.Take(ctx, coc.Intake{
		Source: coc.SourceReceipt, Delivery: key, Object: key, Lane: d.laneOf(hash),
		Received: said.At, Payload: payload, Priority: 1,
	})
	return err
}

// behind finds the case of a receipt, as a person wrote it. What is no receipt is
// looked for like one that nobody has, so that the time it takes tells nothing.
// coc.ErrBusy: its report is not placed yet.
func (d *Desk) behind(ctx context.Context, receipt string) (hash []byte, id coc.CaseID, err error) {
	if hash, id, ok := d.behindAccount(ctx, receipt); ok {
		return hash, id, nil
	}
	hash, malformed := d.Keys.ReceiptHash(receipt)
	if malformed != nil {
		hash = []byte(d.Keys.Digest("no receipt"))
	}
	id, err = d.Store.CaseByReceipt(ctx, hash)
	if malformed != nil && err == nil {
		err = coc.ErrMissing
	}
	return hash, id, err
}

// laneOf keeps what comes under one receipt in its order, the report first.
func (d *Desk) laneOf(receipt []byte) string {
	return d.Keys.Digest("lane", "receipt", hex.EncodeToString(receipt))
}

// full reports whether a case keeps no more of a kind.
func full(c coc.Case, said coc.FromReporter) bool {
	written, size := c.FromReporter(), said.Text.Len()
	for _, m := range written {
		size += m.Text.Len()
	}
	if said.Kind == coc.MessageAnswer {
		return len(written) >= maxWritten-keptBack || size > maxWrittenB
	}
	return len(written) >= maxWritten || size > 2*maxWrittenB
}

// wrote keeps what the reporter sent with the receipt, sealed with the case, and owes
// it to the room as a comment. Nobody is moved by it, whomever it names: the words are
// an answer to those who have the case, and often about what they asked. It is counted
// when the case goes to others, who read it then.
func (d *Desk) wrote(ctx context.Context, in coc.Intake, said coc.FromReporter) error {
	id, err := d.Store.CaseByReceipt(ctx, said.Receipt)
	switch {
	case errors.Is(err, coc.ErrBusy):
		return coc.ErrBusy // its report comes first
	case errors.Is(err, coc.ErrMissing):
		return d.finish(ctx, in) // the case was erased meanwhile
	case err != nil:
		return err
	}
	c, err := d.Store.Case(ctx, id)
	if err != nil {
		return err
	}
	files := d.unknownFiles(c, said.Files)
	if saidJustNow(c, said) && len(files) == 0 {
		return d.finish(ctx, in)
	}
	now, next, n := d.Clock.Now(), c.Revision+1, len(c.Placements)-1
	m := coc.Message{Kind: said.Kind, At: said.At, Text: said.Text, Danger: said.Danger, Shown: true, Sent: said.At, Revision: next}
	change, safe := coc.Change{Intake: in.ID}, !volatile(c)
	if err := d.broughtWith(&c, &change, &m, files, now); err != nil {
		return err
	}
	c.Messages = append(slices.Clone(c.Messages), m)
	c.Journal = append(c.Journal, coc.Entry{Revision: next, At: now, Act: actWrote[m.Kind], From: c.Stage, To: c.Stage})
	marked := safe && volatile(c)
	if said.Danger {
		_, danger := d.atStake(&c, coc.Addition{Around: coc.Circumstances{Danger: true}})
		marked = marked || danger
	}
	c.Due = stage.WithReporter(c, c.Due, c.Due, now)

	alarms, err := d.convey(ctx, in, &c, &change, notice.Wrote(c, m), now)
	if err != nil {
		return err
	}
	if m.Kind != coc.MessageAnswer || marked || len(m.Files) > 0 || n != len(c.Placements)-1 {
		change.Jobs = append(change.Jobs, d.showJob(c.ID, n))
	} else {
		quietly(&c)
	}
	c.Revision = next
	change.Cases = []coc.Case{c}
	d.alarm(ctx, alarms...)
	return d.commit(ctx, change)
}

// convey owes words that came through one of our pages to the room of a case, at its
// next revision. They are not written there once it has left, because its next home
// reads them in the body.
func (d *Desk) convey(ctx context.Context, in coc.Intake, c *coc.Case, change *coc.Change, words notice.Private, now time.Time) ([]coc.Reason, error) {
	switch home := c.Home(); {
	case home.Frozen == issueGone && !stage.Closed(c.Stage):
		// Nobody would read it there. Whoever takes the case has it in the body.
		return d.leave(ctx, in, c, change, now)
	case home.Issue != 0:
		owed := len(c.Effects)
		owe(c, change, c.Revision+1, len(c.Placements)-1, notice.Comments(words))
		for i := range c.Effects[owed:] {
			c.Effects[owed+i].Here = true
		}
	}
	return nil, nil
}

// saidJustNow reports whether the last word in a case is the same one of the same
// reporter, of a moment ago: then it was sent from two pages. Who says so again later
// waits still, and says it anew.
func saidJustNow(c coc.Case, said coc.FromReporter) bool {
	if len(c.Messages) == 0 {
		return false
	}
	last := c.Messages[len(c.Messages)-1]
	return last.Kind == said.Kind && last.Text == said.Text && last.Danger == said.Danger && said.At.Sub(last.At).Abs() < copiesWithin
}

// answered says that the committee had a word for the reporter: whatever they wait for
// is done with it.
func (t *turn) answered() {
	t.c.Messages = slices.Clone(t.c.Messages)
	for i := range t.c.Messages {
		if m := &t.c.Messages[i]; m.Kind.Theirs() && m.Answered.IsZero() {
			m.Answered = t.now
		}
	}
	t.c.Due = stage.WithReporter(t.c, t.c.Due, t.c.Due, t.now)
}

// answered is what the reporter wrote to the committees, with the names of the files
// and the authors of what they point to, and what the accused wrote.
func answered(c coc.Case) []coc.Prose {
	var out []coc.Prose
	for _, inv := range c.Invitations {
		if !inv.Answered.IsZero() {
			out = append(out, inv.Answer)
		}
	}
	theirs := c.FromReporter()
	if len(theirs) == 0 {
		return out
	}
	for _, m := range theirs {
		if m.Shown {
			out = append(append(out, m.Text), namesIn(answering(c, m))...)
		}
	}
	for _, l := range authors(c, false) {
		out = append(out, coc.NewProse(string(l)))
	}
	return out
}

// writtenTo is what the committees wrote to both, which the next home reads where there is
// an answer.
func writtenTo(c coc.Case) []coc.Prose {
	var out []coc.Prose
	for _, inv := range c.Invitations {
		if !inv.Answered.IsZero() {
			out = append(out, inv.Text)
		}
	}
	if len(c.FromReporter()) == 0 {
		return out
	}
	for _, m := range c.Messages {
		if m.Shown && !m.Kind.Theirs() {
			out = append(out, m.Text)
		}
	}
	return out
}
