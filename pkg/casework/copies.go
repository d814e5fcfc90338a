package casework

import (
	"slices"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/notice"
)

// copiesWithin is for how long an answer serves whoever writes the same again. Who
// tries again later may have forgotten it, and is answered anew.
const copiesWithin = 10 * time.Minute

// answerOnce owes the room what the turn has to say, unless the same person was told
// the same a moment ago, when they wrote the same: a comment that is sent a hundred
// times, by a script or by a page that hangs, gets one answer. What a copy asks for
// is done all the same, and another answer to it is given; where each would be
// another, it is asked first whether something is copied.
//
// It goes by when comments were written and not by when they came, so that a
// delivery that is late changes nothing.
func (t *turn) answerOnce(revision int) error {
	if len(t.replies) == 0 {
		return nil
	}
	text := notice.Join(t.replies...)
	answered, err := t.signAnswer(text)
	if err != nil {
		return err
	}
	answered.Rules = t.refused
	copied := func(e coc.Effect) bool {
		a := e.Answers
		return a != nil && a.Sign == answered.Sign && answered.At.Sub(a.At).Abs() < copiesWithin
	}
	if slices.ContainsFunc(t.c.Effects, copied) {
		return nil
	}
	owe(&t.c, &t.change, revision, t.n, notice.Answers(t.replies...))
	last := &t.c.Effects[len(t.c.Effects)-1]
	last.Answers = &answered
	last.Here = t.sign != "" // an issue that becomes a discussion is closed, and goes on in another
	return nil
}

// copied reports whether what a turn is about to do is a copy of what was done before,
// with the same words. What was done came late itself, perhaps, so it counts both when
// this was written and when it came.
func (t *turn) copied(before time.Time) bool {
	return t.written().Sub(before).Abs() < copiesWithin || t.now.Sub(before).Abs() < copiesWithin
}

// signAnswer is what an answer to this comment is known again by.
func (t *turn) signAnswer(text notice.Private) (coc.Answered, error) {
	if t.sign != "" {
		return coc.Answered{Sign: t.sign, At: t.now}, nil
	}
	words, err := t.desk.Keys.Pack(struct {
		Placement     int
		Who           coc.Login
		Asked, Answer coc.Prose
	}{t.n, t.ev.Actor, t.ev.CommentBody, notice.Keep(text)})
	if err != nil {
		return coc.Answered{}, err
	}
	at := t.ev.CommentAt
	if at.IsZero() {
		at = t.now
	}
	return coc.Answered{Sign: t.desk.Keys.DigestOf("answered", words), At: at}, nil
}
