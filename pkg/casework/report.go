package casework

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
	"github.com/cocrouter/cocrouter/pkg/policy"
	"github.com/cocrouter/cocrouter/pkg/route"
	"github.com/cocrouter/cocrouter/pkg/stage"
)

// filed takes a report from the private form. The same form sent again with
// other words adds to the case that it opened.
func (d *Desk) filed(ctx context.Context, in coc.Intake, ev coc.Event) error {
	f := ev.Filing
	id, err := d.Store.CaseByReceipt(ctx, f.Receipt)
	if err == nil {
		return d.filedAgain(ctx, in, id, *f)
	}
	if !errors.Is(err, coc.ErrMissing) && !errors.Is(err, coc.ErrBusy) {
		return err
	}
	var source coc.RepoFacts
	if !f.Repo.IsZero() {
		if source, err = d.source(ctx, f.Repo, in.Received); err != nil {
			return err
		}
	}
	report := coc.Report{
		Account: f.Account, Where: f.Where, When: f.When, Links: f.Links, Involved: f.Involved, Around: f.Around,
		Needs: f.Needs, Channel: coc.ChannelForm, FiledAt: f.At, Reporter: f.By.Login, SignedIn: f.By.Account,
	}
	parties := merge(f.Involved, named(append(words(report), titles(sent(f.Files))...)...))
	return d.house(ctx, in, newCase{report: report, source: source, parties: parties, files: f.Files, key: f.Receipt})
}

// inPublic is what a source repository says: a public command, or the label
// that a project chose for reports.
func (d *Desk) inPublic(ctx context.Context, in coc.Intake, ev coc.Event) error {
	if ev.ActorBot || ev.Own {
		return d.finish(ctx, in)
	}
	switch ev.Kind {
	case coc.EventComment:
		account, ok := command.Report(ev.CommentBody)
		if !ok {
			return d.finish(ctx, in)
		}
		return d.commented(ctx, in, ev, account)
	case coc.EventOpened, coc.EventLabeled:
		return d.labelled(ctx, in, ev)
	}
	return d.finish(ctx, in)
}

// commented answers a public command as the project chose: with the form's
// address, by taking the comment as a report, or not at all.
func (d *Desk) commented(ctx context.Context, in coc.Intake, ev coc.Event, account coc.Prose) error {
	settings, unsettled, err := d.settings(ctx, ev.Repo, in.Received)
	if err != nil {
		return err
	}
	// A file that is broken for good leaves the link, which tells how to report.
	unread := unsettled != nil && slices.Contains([]string{"lookup/unreadable", "lookup/inaccessible", "lookup/denied"}, unsettled.Rule)
	if unread && settings.PublicCommand != policy.CommandCapture {
		if err := d.patiently(in, "whether a comment is taken as a report cannot be read"); err != nil {
			return err
		}
	}
	switch settings.PublicCommand {
	case policy.CommandOff:
		return d.finish(ctx, in)
	case policy.CommandCapture:
		return d.captured(ctx, in, ev, account, settings)
	}
	change := coc.Change{Intake: in.ID}
	d.say(&change, coc.ErrandLink, ev, in.Received)
	return d.Store.Commit(ctx, change)
}

func (d *Desk) captured(ctx context.Context, in coc.Intake, ev coc.Event, account coc.Prose, settings policy.Pointer) error {
	report := coc.Report{
		Account: account, Reporter: ev.Actor, Channel: coc.ChannelComment, FiledAt: ev.CommentAt,
		Original: &coc.Original{
			Issue: coc.IssueRef{Repo: ev.Repo.Repo, Number: ev.Issue}, Pull: ev.Pull,
			Comment: ev.Comment, Review: ev.Review, Node: ev.CommentNode, URL: ev.CommentURL,
			Author: ev.Actor, At: ev.CommentAt,
		},
	}
	// The report is about something in this thread, so whoever opened it may
	// be the one it is about: named without a role.
	parties := merge(named(account), others(ev.Actor, ev.IssueAuthor))
	return d.original(ctx, in, ev, report, parties, settings)
}

// labelled takes an issue with the project's report label. Opened with it (a
// form or a template gave it), its author reports. Labelled later, whoever
// labelled it reports, and the author may be the one it is about.
func (d *Desk) labelled(ctx context.Context, in coc.Intake, ev coc.Event) error {
	settings, unsettled, err := d.settings(ctx, ev.Repo, in.Received)
	if err != nil {
		return err
	}
	if !carries(ev, settings.ReportLabel) {
		if unsettled != nil {
			if d.Clock.Now().Sub(in.Received) < d.Patience {
				d.alarm(ctx, *unsettled) // at the first attempt: whoever mends it in time saves the report
			}
			if err := d.patiently(in, "whether a label makes a report cannot be read"); err != nil {
				return err
			}
		}
		return d.finish(ctx, in)
	}
	report := coc.Report{
		Account: ev.IssueBody, Reporter: ev.Actor, Channel: coc.ChannelLabel, FiledAt: ev.IssueAt,
		Original: &coc.Original{
			Issue: coc.IssueRef{Repo: ev.Repo.Repo, Number: ev.Issue}, Pull: ev.Pull, Node: ev.IssueNode,
			URL: ev.IssueURL, Author: ev.IssueAuthor, At: ev.IssueAt, Title: ev.IssueTitle,
		},
	}
	if !ev.Actor.Is(ev.IssueAuthor) {
		report.Original.Labelled = ev.Actor
		report.FiledAt = in.Received
	}
	parties := merge(named(ev.IssueTitle, ev.IssueBody), others(ev.Actor, ev.IssueAuthor))
	return d.original(ctx, in, ev, report, parties, settings)
}

// publicPatience is how long we try to find out whether a comment, or a label
// that is not the usual one, makes a report, or belongs to a case of ours:
// dropped, nobody would know of it.
const publicPatience = 24 * time.Hour

// patiently is the coc.Later that brings in back while that patience lasts;
// nil after it.
func (d *Desk) patiently(in coc.Intake, cause string) error {
	now := d.Clock.Now()
	if now.Sub(in.Received) >= publicPatience {
		return nil
	}
	return coc.Later{After: now.Add(d.Patience), Cause: cause}
}

func carries(ev coc.Event, label string) bool {
	is := func(l string) bool { return strings.EqualFold(l, label) }
	if ev.Kind == coc.EventLabeled {
		return is(ev.Label)
	}
	return slices.ContainsFunc(ev.Labels, is)
}

// original opens a case from something public, once, and asks for the public
// side to be treated as the project chose.
func (d *Desk) original(ctx context.Context, in coc.Intake, ev coc.Event, report coc.Report, parties []coc.Party, settings policy.Pointer) error {
	o := report.Original
	key := []byte(d.Keys.Digest("original", strconv.FormatInt(ev.Repo.ID, 10), strconv.Itoa(o.Issue.Number), strconv.FormatInt(o.Comment, 10)))
	_, err := d.Store.CaseByReceipt(ctx, key)
	if err == nil {
		return d.finish(ctx, in)
	}
	if !errors.Is(err, coc.ErrMissing) {
		return err
	}
	n := newCase{report: report, source: ev.Repo, parties: parties, key: key}
	if ev.Repo.Writable() {
		if o.Labelled == "" {
			// Whoever wrote what somebody else labelled may be the one it is
			// about, and GitHub would mail them the thanks.
			d.say(&n.also, coc.ErrandThank, ev, in.Received)
		}
		d.moderate(&n.also, ev, o, settings.Original)
	}
	return d.house(ctx, in, n)
}

// newCase is all that is known of a case before it is routed.
type newCase struct {
	report  coc.Report
	source  coc.RepoFacts
	parties []coc.Party
	files   []coc.Upload
	key     []byte     // the keyed hash under which it is found again
	also    coc.Change // errands on the public side
}

// house routes a new case, gives it its first home and commits it.
func (d *Desk) house(ctx context.Context, in coc.Intake, n newCase) error {
	w, err := d.world(ctx, n.source)
	if err != nil {
		return err
	}
	was := w.Standing
	if unknown(was) {
		if err := d.recall(ctx, w, past{branch: n.source.DefaultBranch}, in.Received); err != nil {
			return err
		}
	}
	w.Parties = n.parties
	if err := d.incident(ctx, w, n.report.Around, in.Received); err != nil {
		return err
	}
	decision, err := d.decide(ctx, w, coc.Case{Report: n.report, Evidence: sent(n.files)}, in.Received)
	if err != nil {
		return err
	}
	now := d.Clock.Now()
	c := coc.Case{
		ID: d.Keys.CaseID(), Revision: 1, Report: n.report, Source: n.source, Parties: w.Parties,
		Flags: union(decision.Flags, n.report.Needs.Flags()), Trace: decision.Trace, Receipt: n.key,
	}
	if n.report.Reporter == "" {
		c.Flags = append(c.Flags, coc.FlagAnonymous)
	}
	change := n.also
	change.Intake = in.ID
	d.settle(&c, &change, decision, now)
	if err := d.brought(&c, &change, n.files, addressesIn(n.report), now); err != nil {
		return err
	}
	if d.unread(c) {
		for i := range change.Jobs {
			if j := &change.Jobs[i]; j.Kind == coc.JobOpen && j.At.IsZero() {
				j.At = now.Add(authorsWithin)
			}
		}
	}
	c.Journal = []coc.Entry{{Revision: 1, At: now, Act: "opened", To: c.Stage}}
	change.Cases = []coc.Case{c}
	d.standingOf(&change, was, w, decision.Pointed, now)
	d.alarm(ctx, decision.Alarms...)
	return d.commitOver(ctx, was, change)
}

// settle gives a case its next home, and asks for the issue to be opened
// there. A case that nobody can take stays sealed, and is tried again.
func (d *Desk) settle(c *coc.Case, change *coc.Change, decision route.Decision, now time.Time) {
	p := coc.Placement{
		Committee: decision.Committee, Responders: decision.Responders,
		CodeName: d.Keys.CodeName(), PlacedAt: now, Before: len(c.Journal),
	}
	job := coc.Job{Kind: coc.JobOpen, Case: c.ID, N: len(c.Placements), Priority: 1}
	entered := coc.StageReceived
	if c.Appeal != nil {
		entered = coc.StageAppealed
	}
	c.Chain, c.Due, c.Clock = decision.Chain, nil, coc.Clock{Turn: c.Clock.Turn, Next: c.Clock.Next}
	c.Links = slices.Clone(c.Links)
	for i := range c.Links {
		c.Links[i].Shown = "" // others read the next issue
	}
	if decision.Sealed {
		p.Committee = coc.Committee{Contact: decision.Contact}
		job.At, job.Priority = now.Add(sealedAgain), 3
		c.Chain = append(untried(*c, decision.Chain), decision.Chain...)
	} else {
		p.Room = decision.Room.RepoFacts
		if p.Separate = decision.Separate; p.Separate {
			p.Room.Repo.Name = p.CodeName
		}
		if asksInPrivate(*c, p.Committee) {
			d.beginAsking(*c, len(c.Placements), &p, change, now)
		}
		if left := c.Home(); left != nil && !sameCommittee(left.Committee, p.Committee) {
			putAnew(c, p.Committee, now)
		}
		if c.Notice == nil { // nobody has to decide on a notice
			c.Due = stage.WithInterim(stage.Due(p.Committee, entered, now), c.Measures)
		}
	}
	d.owes(c, change, decision, now)
	c.Stage, c.Holder, c.Contact, c.Coordinator = entered, "", "", ""
	if left := c.Home(); left != nil && !left.Asked.IsZero() && left.Room.ID != 0 && left.Issue == 0 {
		change.Jobs = append(change.Jobs, coc.Job{Kind: coc.JobOpen, Case: c.ID, N: len(c.Placements) - 1, Priority: 3}) // nobody works there
	}
	c.Placements = append(c.Placements, p)
	if c.Notice == nil && !decision.Sealed {
		c.Due = stage.WithReporter(*c, c.Due, nil, now)
	}
	if p.Asked.IsZero() || len(p.Responders) > 0 { // or nobody is in yet
		change.Jobs = append(change.Jobs, job)
	}
	d.indexAnew(c, change)
}

const (
	// sealedAgain is how long a case that nobody could take waits before the
	// chain is tried once more.
	sealedAgain = time.Hour
	// remindEvery is how often operators hear of such a case.
	remindEvery = 24 * time.Hour
)

// filedAgain adds to a case what the same form said later.
func (d *Desk) filedAgain(ctx context.Context, in coc.Intake, id coc.CaseID, f coc.Filing) error {
	c, err := d.Store.Case(ctx, id)
	if err != nil {
		return err
	}
	added := coc.Addition{At: f.At, Text: f.Account, Where: f.Where, When: f.When, Links: f.Links, Involved: f.Involved, Around: f.Around, Needs: f.Needs}
	first := coc.Addition{
		Text: c.Report.Account, Where: c.Report.Where, When: c.Report.When, Links: c.Report.Links, Involved: c.Report.Involved,
		Around: c.Report.Around, Needs: c.Report.Needs,
	}
	files := d.unknownFiles(c, f.Files)
	if slices.ContainsFunc(append(c.Report.Added, first), added.SaysTheSame) {
		if len(files) == 0 {
			return d.finish(ctx, in)
		}
		added = coc.Addition{At: f.At} // the words are known
	}
	parties := merge(c.Parties, merge(f.Involved, named(append(wordsAdded(added), titles(sent(files))...)...)))
	if len(files) > 0 {
		return d.addWith(ctx, in, c, added, files, parties)
	}
	return d.addTo(ctx, in, c, added, parties)
}

// named is everybody whom words mention, without a role: in doubt they may
// not read.
func named(words ...coc.Prose) []coc.Party {
	var out []coc.Party
	for _, w := range words {
		for _, l := range command.Mentions(w) {
			out = append(out, coc.Party{Login: l})
		}
	}
	return out
}

// words is everything that a report says and that may name somebody. How to reach
// the reporter is not among it: the account that stands there is their own.
func words(r coc.Report) []coc.Prose {
	out := append([]coc.Prose{r.Account, r.Where, r.When, r.Around.Event, r.Around.Touches, r.Needs.Safety, r.Needs.Elsewhere}, r.Links...)
	if r.Original != nil {
		out = append(out, r.Original.Title)
	}
	for _, a := range r.Added {
		out = append(out, wordsAdded(a)...)
	}
	return out
}

// passedOn is the words that go with a case from one home to the next, beside the
// report and what members wrote: where the evidence is, and what was answered.
func passedOn(c coc.Case) []coc.Prose {
	var out []coc.Prose
	for _, e := range c.Evidence {
		if !ofMember(c, e) {
			out = append(out, e.URL, e.Title)
		}
	}
	return append(out, answered(c)...)
}

// byMembers is the words of members that go along with those. They are held against
// newcomers alone: whoever has the case may have them read, and a member who knows that
// somebody must not has `/coc recuse` for saying so.
func byMembers(c coc.Case) []coc.Prose {
	var out []coc.Prose
	for _, e := range c.PassedOn() {
		out = append(out, e.Text)
	}
	for _, e := range c.Evidence {
		if ofMember(c, e) {
			out = append(out, e.URL, e.Title)
		}
	}
	out = append(out, namesIn(addedByMembers(c))...)
	for _, r := range c.Remedies {
		out = append(out, r.Text, r.Words)
	}
	return append(out, writtenTo(c)...)
}

// newcomers is those readers who do not have the case as it is.
func newcomers(c coc.Case, readers []coc.Login) []coc.Login {
	home := c.Home()
	if home == nil {
		return readers
	}
	has := couldRead(home.Committee, home.Responders, coc.RoomFacts{})
	return slices.DeleteFunc(slices.Clone(readers), func(l coc.Login) bool { return coc.HasLogin(has, l) })
}

func wordsAdded(a coc.Addition) []coc.Prose {
	return append([]coc.Prose{a.Text, a.Where, a.When, a.Around.Event, a.Around.Touches, a.Needs.Safety, a.Needs.Elsewhere}, a.Links...)
}

// couldRead is everybody who may read a case of this committee in this room:
// its responders, and whoever owns the room now or will.
func couldRead(c coc.Committee, responders []coc.Login, room coc.RoomFacts) []coc.Login {
	out := slices.Concat(responders, c.Custodians)
	for _, r := range room.Readers {
		out = append(out, r.Login)
	}
	return out
}

// withReaders adds to the parties those readers whose login stands as a plain word in
// the report of a case, or in the name of a file that came with it, and those who wrote
// what it points to. In the name of a party a login has that party's role; anywhere
// else it is named without one, unless a role is known. Whoever wrote the report may
// write their own, and a liaison who was asked may not write it for them.
func withReaders(parties []coc.Party, c coc.Case, readers []coc.Login) []coc.Party {
	out := parties
	for _, p := range parties {
		for _, l := range command.Among(readers, p.Name) {
			out = merge(out, []coc.Party{{Login: l, Role: p.Role}})
		}
	}
	own := c.Report
	own.Added = nil
	for _, a := range c.Report.Added {
		if a.Answer == nil {
			own.Added = append(own.Added, a)
			continue
		}
		out = merge(out, others("", command.Among(readers, wordsAdded(a)...)...))
	}
	said := append(words(own), namesIn(reported(c))...)
	named := append(command.Among(readers, said...), amongReaders(readers, authors(c, true))...)
	return merge(out, others(c.Report.Author(), named...))
}

// withTeam adds to the parties everybody on a committee whose team is one: a
// report about the team is about each of them. Only a row that is given to the
// team counts, because a report may well say that somebody wrote to it before.
func withTeam(parties []coc.Party, c coc.Committee) []coc.Party {
	out := parties
	for _, p := range parties {
		if !command.NamesTeam(c.Team, p.Name) {
			continue
		}
		for _, l := range c.Logins() {
			out = merge(out, []coc.Party{{Login: l, Role: p.Role}})
		}
	}
	return out
}

// others is whoever is somebody else than the reporter, without a role.
func others(reporter coc.Login, logins ...coc.Login) []coc.Party {
	var out []coc.Party
	for _, l := range logins {
		if l != "" && !l.Is(reporter) && !l.IsBot() {
			out = append(out, coc.Party{Login: l})
		}
	}
	return out
}

// merge adds to parties whom it does not name yet. Somebody who is named with
// a role in one place and without in another keeps the role; named with two
// roles, both stay, and the one that bars reading decides.
func merge(parties, more []coc.Party) []coc.Party {
	out := slices.Clone(parties)
	for _, p := range more {
		known := slices.ContainsFunc(out, func(q coc.Party) bool {
			if p.Login == "" {
				return q.Login == "" && q.Name == p.Name && q.Role == p.Role
			}
			return q.Login.Is(p.Login) && (p.Role == coc.RoleUnset || q.Role == p.Role)
		})
		if !known {
			out = append(out, p)
		}
	}
	return out
}

// File makes a private report durable and gives the reporter the receipt. The
// receipt follows from the form's one-time token, so that a form that is sent
// twice shows the same one; words that differ are kept as an addition. After an
// error nothing was saved, unless it is coc.ErrUnsure.
func (d *Desk) File(ctx context.Context, token string, f coc.Filing) (receipt string, err error) {
	receipt = d.Keys.Receipt(token)
	if f.Receipt, err = d.Keys.ReceiptHash(receipt); err != nil {
		return "", err
	}
	unkeyed := f
	unkeyed.Files = withoutKeys(f.Files)
	said, err := d.Keys.Pack(unkeyed)
	if err != nil {
		return "", err
	}
	words := d.Keys.DigestOf("filing", said)
	f.At = d.Clock.Now()
	payload, err := d.Keys.Pack(f)
	if err != nil {
		return "", err
	}
	in := coc.Intake{
		Source: coc.SourceForm, Delivery: hex.EncodeToString(f.Receipt), Object: d.Keys.Digest("filing", token, words),
		Lane: d.laneOf(f.Receipt), Received: f.At, Payload: payload, Priority: 1,
	}
	fresh, err := d.Store.Take(ctx, in)
	if err != nil || fresh {
		return receipt, err
	}
	in.Delivery += "/" + words
	in.Object = d.Keys.Digest("filing again", token, words)
	if _, err = d.Store.Take(ctx, in); err != nil {
		// These words may be those that are there already.
		return receipt, fmt.Errorf("%w: %w", coc.ErrUnsure, err)
	}
	return receipt, nil
}
