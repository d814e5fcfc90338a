package casework

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
	"github.com/cocrouter/cocrouter/pkg/notice"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// How long an address for the accused is good for, and how many one case has that
// are good or were used.
const (
	invitationLasts = 14 * 24 * time.Hour
	maxInvitations  = 50
)

// MaxAnswer is how much somebody who is accused can answer, in bytes.
const MaxAnswer = 64 << 10

const invitationTicket = "accused"

// The journal's word for an answer that came there.
const actAnswered = "accused answered"

// invite makes an address at which somebody who is accused reads what the committee
// wrote to them, and answers once. It is a ticket that names the case, of which a keyed
// hash is kept, and the comment with it until that is written. Nobody is told: to send
// it is for a member to do.
func (t *turn) invite(cmd command.Command, accused int, of []coc.Party) error {
	switch {
	case cmd.Member == "" && accused > 1:
		return coc.Refusal{
			What: "Several people are accused, or one was named twice, and an address is for one person.",
			Next: "Write it like `/coc accused link @login TEXT`. Whoever has no account can be asked in another way; `/coc accused heard TEXT` takes down what they say.", Rule: "accused/which",
		}
	case stage.Closed(t.c.Stage):
		return coc.Refusal{What: "This case is closed, and nobody would wait for an answer.", Next: "`/coc reopen REASON` takes it up again.", Rule: "accused/closed"}
	case slices.ContainsFunc(t.c.Invitations, func(i coc.Invitation) bool {
		return i.By.Is(t.ev.Actor) && i.Text == cmd.Text && i.Placement == t.n && isFor(i, of) && t.copied(i.At)
	}):
		return coc.Refusal{
			What: "You have asked for the same address a moment ago, and have it.",
			Next: "Send them that one. If they need another, write other words to them, or wait ten minutes.", Rule: "accused/copy",
		}
	case t.invitations() >= maxInvitations:
		return coc.Refusal{What: "A case has at most 50 such addresses that are good or were answered at.", Next: "Ask them in another way; `/coc accused heard TEXT` takes down what they say.", Rule: "accused/full"}
	case cmd.Text.Len() > maxMessage:
		return coc.Refusal{What: "That is too long for the page.", Next: "Write at most 10,000 characters.", Rule: "accused/long"}
	case t.desk.givesAway(t.c, cmd.Text) || t.tellsPlace(cmd.Text):
		return coc.Refusal{
			What: "No address was made: the text tells who reported, or leads to them or to this case. It holds their account, how to reach them, their receipt, the address of what they wrote, or the name of the case or of its repository.",
			Next: "The accused reads every word of it. Write it again without that.", Rule: "accused/reporter",
		}
	}
	d, number := t.desk, len(t.c.Invitations)+1
	token := d.Keys.Ticket(invitationTicket, []byte(string(t.c.ID)+" "+strconv.Itoa(number)))
	inv := coc.Invitation{
		Hash: d.hashOf(token), Of: of, Text: cmd.Text, By: t.ev.Actor, At: t.now, Until: t.now.Add(invitationLasts),
		Revision: t.c.Revision + 1, Placement: t.n,
	}
	replaces := false
	t.c.Invitations = slices.Clone(t.c.Invitations)
	for i := range t.c.Invitations {
		if before := &t.c.Invitations[i]; stage.Answerable(t.c, i+1, t.now) && isFor(*before, of) {
			before.Ended, replaces = t.now, true
		}
	}
	t.c.Invitations = append(t.c.Invitations, inv)
	t.reply(notice.Invited(t.c, inv, d.PublicURL+"/answer/"+token, replaces))
	t.note("accused "+cmd.Args, t.c.Stage, cmd.Text)
	return nil
}

// isFor reports whether an address is for somebody of those.
func isFor(inv coc.Invitation, of []coc.Party) bool {
	return slices.ContainsFunc(inv.Of, func(p coc.Party) bool { return slices.ContainsFunc(of, p.Same) })
}

// invitations counts the addresses that are good, and those that were answered at. One
// that another has replaced, or whose time is over, stands in nobody's way.
func (t *turn) invitations() int {
	n := 0
	for i, inv := range t.c.Invitations {
		if !inv.Answered.IsZero() || stage.Answerable(t.c, i+1, t.now) {
			n++
		}
	}
	return n
}

func (d *Desk) hashOf(token string) string { return d.Keys.Digest("invitation", token) }

// Invited is what somebody who is accused reads, and all that they do.
type Invited struct {
	Committee string
	Text      coc.Prose
	Until     time.Time
}

// Invited is what stands behind the address with a token. To look uses nothing up: a mail
// program that looks for a picture opens it, too. coc.ErrMissing: nothing stands there, or
// nothing any more.
func (d *Desk) Invited(ctx context.Context, token string) (Invited, error) {
	c, number, err := d.invitation(ctx, token)
	if err != nil {
		return Invited{}, err
	}
	if !stage.Answerable(c, number, d.Clock.Now()) {
		return Invited{}, fmt.Errorf("an address of case %s: %w", c.ID, coc.ErrMissing)
	}
	inv := c.Invitations[number-1]
	return Invited{Committee: c.Home().Committee.Name, Text: inv.Text, Until: inv.Until}, nil
}

// invitation finds the case and the number of an invitation. What is no token of ours is
// looked for like one whose case was erased, so that the work is the same.
func (d *Desk) invitation(ctx context.Context, token string) (c coc.Case, number int, err error) {
	id := coc.CaseID(d.Keys.Digest("no invitation", token)[:26])
	if plain, err := d.Keys.OpenTicket(invitationTicket, token); err == nil {
		of, n, _ := strings.Cut(string(plain), " ")
		id = coc.CaseID(of)
		number, _ = strconv.Atoi(n) // of our own making; 0 is nobody's
	}
	if c, err = d.Store.Case(ctx, id); err != nil {
		return coc.Case{}, 0, err
	}
	hash := ""
	if number >= 1 && number <= len(c.Invitations) {
		hash = c.Invitations[number-1].Hash
	}
	if subtle.ConstantTimeCompare([]byte(hash), []byte(d.hashOf(token))) != 1 {
		return coc.Case{}, 0, fmt.Errorf("an address of case %s: %w", id, coc.ErrMissing)
	}
	return c, number, nil
}

// Answer makes durable what somebody who is accused answers at the address with a token,
// once. The same words from the same form are one. coc.ErrMissing: as for Invited. After
// any other error nothing was saved, unless it is coc.ErrUnsure.
func (d *Desk) Answer(ctx context.Context, token, form string, words coc.Prose) error {
	if words.IsBlank() || words.Len() > MaxAnswer {
		return errors.New("an answer has no words, or too many")
	}
	c, number, err := d.invitation(ctx, token)
	if err != nil {
		return err
	}
	once := d.Keys.Digest("accused answers", string(c.ID), strconv.Itoa(number))
	sign := d.Keys.Digest("accused answers with", once, form, d.Keys.DigestOf("accused answers", words))
	now := d.Clock.Now()
	switch {
	case c.Invitations[number-1].Sign == sign:
		return nil
	case !stage.Answerable(c, number, now):
		return fmt.Errorf("an address of case %s: %w", c.ID, coc.ErrMissing)
	}
	payload, err := d.Keys.Pack(coc.FromAccused{Case: c.ID, Number: number, Text: words, Sign: sign, At: now})
	if err != nil {
		return err
	}
	fresh, err := d.Store.Take(ctx, coc.Intake{
		Source: coc.SourceAccused, Delivery: sign, Object: once, Lane: d.Keys.Digest("lane", "accused", string(c.ID)),
		Received: now, Payload: payload, Priority: 1,
	})
	if err != nil || fresh {
		return err
	}
	// One was saved before. Whether it is this one is seen as soon as it is worked.
	if c, err = d.Store.Case(ctx, c.ID); err != nil {
		return err
	}
	switch inv := c.Invitations[number-1]; {
	case inv.Sign == sign:
		return nil
	case !inv.Answered.IsZero():
		return fmt.Errorf("an address of case %s: %w", c.ID, coc.ErrMissing)
	}
	return fmt.Errorf("an answer in case %s waits: %w", c.ID, coc.ErrUnsure)
}

// answered keeps what somebody who is accused has answered, as their account, and owes it
// to the room as a comment. It was saved, and they were told so, so it counts even where
// the address has ended since. Nobody is moved by it, as with what a reporter writes.
func (d *Desk) answered(ctx context.Context, in coc.Intake, said coc.FromAccused) error {
	c, err := d.Store.Case(ctx, said.Case)
	if errors.Is(err, coc.ErrMissing) {
		return d.finish(ctx, in) // it was erased meanwhile
	}
	if err != nil {
		return err
	}
	if said.Number < 1 || said.Number > len(c.Invitations) || !c.Invitations[said.Number-1].Answered.IsZero() {
		return d.finish(ctx, in)
	}
	now, next, n := d.Clock.Now(), c.Revision+1, len(c.Placements)-1
	c.Invitations = slices.Clone(c.Invitations)
	inv := &c.Invitations[said.Number-1]
	inv.Answer, inv.Answered, inv.Came, inv.Sign = said.Text, said.At, next, said.Sign
	c.Hearings = append(slices.Clone(c.Hearings), coc.Hearing{Step: coc.StepHeard, Of: inv.Of, At: said.At, Committee: c.Home().Committee.Key})
	c.Journal = append(slices.Clone(c.Journal), coc.Entry{Revision: next, At: now, Act: actAnswered, From: c.Stage, To: c.Stage, Text: said.Text})
	change := coc.Change{Intake: in.ID}
	if err := d.pointedTo(&c, &change, coc.RoleAccused, []coc.Prose{said.Text}, now); err != nil {
		return err
	}
	alarms, err := d.convey(ctx, in, &c, &change, notice.Answered(c, *inv), now)
	if err != nil {
		return err
	}
	change.Jobs = append(change.Jobs, d.showJob(c.ID, n))
	c.Revision = next
	change.Cases = []coc.Case{c}
	d.alarm(ctx, alarms...)
	return d.commit(ctx, change)
}
