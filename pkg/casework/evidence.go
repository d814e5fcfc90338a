package casework

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/command"
	"github.com/cocrouter/cocrouter/pkg/evidence"
	"github.com/cocrouter/cocrouter/pkg/notice"
)

const (
	// maxEvidence is how many addresses one case keeps.
	maxEvidence = 200
	// maxBrought is how many addresses are captured of one message of a reporter: as
	// many as the form takes.
	maxBrought = 50
	// maxOthers is how many of one message are kept that nothing can be captured at. With
	// all that came before they take half of what a case has room for, because the other
	// half is for what can be.
	maxOthers = 20
)

// EvidenceLimits are how much is kept; 0 is what DefaultEvidence has.
type EvidenceLimits struct {
	File     int64 // bytes of one file
	Files    int   // of one message
	Items    int   // of one case
	Case     int64 // bytes of one case
	Instance int64 // bytes of all
}

// DefaultEvidence is how much is kept where the operator says nothing.
var DefaultEvidence = EvidenceLimits{File: 25 << 20, Files: 10, Items: 1000, Case: 500 << 20, Instance: 20 << 30}

func (l EvidenceLimits) orDefault() EvidenceLimits {
	of := func(n *int64, usual int64) {
		if *n <= 0 {
			*n = usual
		}
	}
	of(&l.File, DefaultEvidence.File)
	of(&l.Case, DefaultEvidence.Case)
	of(&l.Instance, DefaultEvidence.Instance)
	if l.Files <= 0 {
		l.Files = DefaultEvidence.Files
	}
	if l.Items <= 0 {
		l.Items = DefaultEvidence.Items
	}
	return l
}

// evidenceFull is for a case that has as much as one keeps, of addresses or of all.
var evidenceFull = coc.Refusal{
	What: "This case has as much evidence as is kept for one: the address was not added, and nothing that stands there is captured.",
	Next: "Write the address into a comment without a command, and save a copy of what stands there where only the responders can read it.", Rule: "evidence/full",
}

// evidence keeps an address with the case, and has what stands there captured where
// it can be. What stands anywhere else can still vanish, so the case is marked until
// a member says that it is safe. An address of GitHub's that is kept already is
// captured again.
func (t *turn) evidence(cmd command.Command) error {
	if i := addressAt(t.c.Evidence, cmd.URL); i >= 0 {
		e := t.c.Evidence[i]
		captured := (e.Why == "" || e.Why == coc.NoRoom) && t.desk.Vault != nil
		if captured && len(t.c.Evidence) >= t.desk.Evidence.Items {
			full := evidenceFull
			full.What = "That address is kept already, as evidence " + strconv.Itoa(i+1) + ". The case has as much evidence as is kept for one, so it is not captured again."
			full.Next = "If something is different there by now, save a copy of it where only the responders can read it."
			return full
		}
		if !captured {
			return coc.Refusal{What: "That address is kept already, as evidence " + strconv.Itoa(i+1) + ".", Next: "Nothing has to be done.", Rule: "evidence/already"}
		}
		again := t.desk.captureJob(t.c, i+1)
		again.Since = t.now.UTC().Round(0) // as it is read back
		t.change.Jobs = append(t.change.Jobs, again)
		t.reply(notice.CapturesAgain(i + 1))
		return nil
	}
	if addresses(t.c.Evidence) >= maxEvidence || len(t.c.Evidence) >= t.desk.Evidence.Items {
		return evidenceFull
	}
	e, err := t.desk.address(&t.c, &t.change, coc.Evidence{URL: cmd.URL, Title: cmd.Text, At: t.now, By: t.ev.Actor})
	if err != nil {
		return err
	}
	t.reply(notice.KeptAddress(e))
	t.note(actEvidence, t.c.Stage, coc.Prose{})
	return nil
}

// addressAt is where an address stands in a list; -1: nowhere.
func addressAt(all []coc.Evidence, url coc.Prose) int {
	return slices.IndexFunc(all, func(e coc.Evidence) bool { return e.IsAddress() && e.URL == url })
}

func addresses(all []coc.Evidence) (n int) {
	for _, e := range all {
		if e.IsAddress() {
			n++
		}
	}
	return n
}

// address adds one, and asks for what stands there to be captured, where that can be.
func (d *Desk) address(c *coc.Case, change *coc.Change, e coc.Evidence) (coc.Evidence, error) {
	e.Kind = coc.EvidenceAddress
	if e.Why == "" {
		_, e.Why = evidence.Point(d.Web, e.URL)
	}
	if e.Why == "" && d.Vault == nil {
		e.Why = coc.Elsewhere
	}
	if err := d.exhibit(c, change, e); err != nil {
		return e, err
	}
	e = c.Evidence[len(c.Evidence)-1]
	if e.Why != "" || e.By != "" {
		// What a report brings is marked only where it cannot be captured, or not at once,
		// so that most cases are opened as they stay.
		c.Flags = union(c.Flags, []coc.Flag{coc.FlagEvidenceVolatile})
	}
	if e.Why == "" {
		change.Jobs = append(change.Jobs, d.captureJob(*c, e.Number))
	}
	return e, nil
}

// exhibit puts an entry behind the evidence of a case that is about to be committed.
func (d *Desk) exhibit(c *coc.Case, change *coc.Change, e coc.Evidence) error {
	e.At = e.At.UTC().Round(0) // as it is read back
	chain, err := evidence.Add(c.Evidence, e, d.sign(c.ID))
	if err != nil {
		return err
	}
	c.Evidence = chain
	if !e.Content.IsZero() {
		change.Kept = append(change.Kept, coc.Kept{Content: e.Content.ID, Case: c.ID})
	}
	return nil
}

// sign makes the keyed hashes of a case's chain.
func (d *Desk) sign(id coc.CaseID) evidence.Sign {
	return func(e coc.Evidence) (string, error) {
		words, err := d.Keys.Pack(e)
		return d.Keys.DigestOf("evidence of "+string(id), words), err
	}
}

// brought keeps what came with words of the reporter's: files, and every address of
// GitHub's in them.
func (d *Desk) brought(c *coc.Case, change *coc.Change, files []coc.Upload, words []coc.Prose, now time.Time) error {
	for _, f := range files {
		e := sentFile(f)
		e.At = now
		full := len(c.Evidence) >= d.Evidence.Items
		if full && slices.ContainsFunc(c.Evidence[d.Evidence.Items:], func(e coc.Evidence) bool { return e.Kind == coc.EvidenceFile }) {
			break // it was said once that there is no more room; the content is swept
		}
		if full || size(c.Evidence)+f.Content.Size > d.Evidence.Case {
			e.Content, e.Why = coc.Content{}, coc.NoRoom
		}
		if err := d.exhibit(c, change, e); err != nil {
			return err
		}
	}
	return d.pointedTo(c, change, coc.RoleReporter, words, now)
}

// pointedTo keeps the addresses in words of the reporter or of whoever is accused, and has
// what stands there captured. What the accused bring takes no room from what comes with
// the report.
func (d *Desk) pointedTo(c *coc.Case, change *coc.Change, as coc.Role, words []coc.Prose, now time.Time) error {
	if d.Vault == nil || c.Notice != nil {
		return nil
	}
	room, most, items := maxBrought, maxEvidence, d.Evidence.Items
	if as == coc.RoleAccused {
		room, most, items = maxOthers, maxEvidence/2, items/2
	}
	var others []coc.Evidence
	for _, url := range addressesAmong(words) {
		if addressAt(c.Evidence, url) >= 0 {
			continue
		}
		e := coc.Evidence{URL: url, At: now, As: as}
		if _, why := evidence.Point(d.Web, url); why != "" {
			if e.Why = why; !evidence.Names(d.Web, url) {
				others = append(others, e)
			}
			continue
		}
		full := addresses(c.Evidence) >= most || len(c.Evidence) >= items
		if full && slices.ContainsFunc(c.Evidence, func(e coc.Evidence) bool { return e.Kind == coc.EvidenceAddress && e.Why == coc.NoRoom }) {
			c.Flags = union(c.Flags, []coc.Flag{coc.FlagEvidenceVolatile})
			return nil
		}
		if full = full || room == 0; full {
			e.Why = coc.NoRoom // said of the first; all of them stand in the words
		}
		if _, err := d.address(c, change, e); err != nil || full {
			return err
		}
		room--
	}
	return d.uncaptured(c, change, others)
}

// uncaptured keeps addresses at which nothing can be captured, as far as there is room,
// and marks the case for all of them: what stands there can still change or vanish.
func (d *Desk) uncaptured(c *coc.Case, change *coc.Change, all []coc.Evidence) error {
	if len(all) > 0 {
		c.Flags = union(c.Flags, []coc.Flag{coc.FlagEvidenceVolatile})
	}
	for _, e := range all[:min(len(all), maxOthers)] {
		if addresses(c.Evidence) >= maxEvidence/2 || len(c.Evidence) >= d.Evidence.Items/2 {
			return nil // they stand in the words
		}
		if _, err := d.address(c, change, e); err != nil {
			return err
		}
	}
	return nil
}

// volatile reports whether a case is marked because something can vanish.
func volatile(c coc.Case) bool { return slices.Contains(c.Flags, coc.FlagEvidenceVolatile) }

// addressesAmong is every address in words, each once.
func addressesAmong(words []coc.Prose) []coc.Prose {
	var out []coc.Prose
	for _, w := range words {
		out = append(out, evidence.Addresses(w)...)
	}
	seen := map[coc.Prose]bool{}
	return slices.DeleteFunc(out, func(url coc.Prose) bool {
		again := seen[url]
		seen[url] = true
		return again
	})
}

// sent is files of a reporter's that no case has yet, as they will be among its evidence.
func sent(files []coc.Upload) []coc.Evidence {
	var out []coc.Evidence
	for _, f := range files {
		out = append(out, sentFile(f))
	}
	return out
}

func sentFile(f coc.Upload) coc.Evidence {
	return coc.Evidence{Kind: coc.EvidenceFile, Title: f.Name, As: coc.RoleReporter, Content: f.Content}
}

// reported is the files that came with the report and what was added to it. Those of
// an answer are left out, because an answer moves nobody.
func reported(c coc.Case) []coc.Evidence {
	var answers []int
	for _, m := range c.Messages {
		answers = append(answers, m.Files...)
	}
	return slices.DeleteFunc(slices.Clone(c.Evidence), func(e coc.Evidence) bool {
		return e.Kind != coc.EvidenceFile || e.As != coc.RoleReporter || slices.Contains(answers, e.Number)
	})
}

// answering is the files that came with a message.
func answering(c coc.Case, m coc.Message) []coc.Evidence {
	return slices.DeleteFunc(slices.Clone(c.Evidence), func(e coc.Evidence) bool {
		return e.Kind != coc.EvidenceFile || !slices.Contains(m.Files, e.Number)
	})
}

// titles is what items are called; a file's is its name.
func titles(all []coc.Evidence) []coc.Prose {
	var out []coc.Prose
	for _, e := range all {
		out = append(append(out, e.Title), evidence.Spaced(e.Title))
	}
	return out
}

// namesIn is titles, and whatever in the name of a file may be a login.
func namesIn(files []coc.Evidence) []coc.Prose {
	out := titles(files)
	for _, e := range files {
		out = append(out, evidence.Runs(e.Title)...)
	}
	return out
}

// size is how many bytes are kept for a case.
func size(all []coc.Evidence) (n int64) {
	for _, e := range all {
		n += e.Content.Size
	}
	return n
}

// addressesIn is where a report may have addresses in it. The place that a report
// came through is one itself.
func addressesIn(r coc.Report) []coc.Prose {
	out := words(r)
	if r.Original != nil {
		out = append([]coc.Prose{coc.NewProse(r.Original.URL)}, out...)
	}
	return out
}

// unknownFiles are those that the case does not have, by what is in them.
func (d *Desk) unknownFiles(c coc.Case, files []coc.Upload) []coc.Upload {
	return slices.DeleteFunc(slices.Clone(files), func(f coc.Upload) bool {
		return slices.ContainsFunc(c.Evidence, func(e coc.Evidence) bool {
			return e.Kind == coc.EvidenceFile && e.Content.SHA256 == f.Content.SHA256 && f.Content.SHA256 != ""
		})
	})
}

// addWith is addTo with files.
func (d *Desk) addWith(ctx context.Context, in coc.Intake, c coc.Case, added coc.Addition, files []coc.Upload, parties []coc.Party) error {
	change := coc.Change{Intake: in.ID}
	before := len(c.Evidence)
	if err := d.brought(&c, &change, files, nil, d.Clock.Now()); err != nil {
		return err
	}
	for _, e := range c.Evidence[before:] {
		added.Files = append(added.Files, e.Number)
	}
	alarms, err := d.add(ctx, in, &c, &change, added, parties)
	if err != nil {
		return err
	}
	if c.Home().Issue != 0 {
		change.Jobs = append(change.Jobs, d.showJob(c.ID, len(c.Placements)-1))
	}
	change.Cases = []coc.Case{c}
	d.alarm(ctx, alarms...)
	return d.commit(ctx, change)
}

// broughtWith is brought for what came with a message.
func (d *Desk) broughtWith(c *coc.Case, change *coc.Change, m *coc.Message, files []coc.Upload, now time.Time) error {
	before := len(c.Evidence)
	if err := d.brought(c, change, files, []coc.Prose{m.Text}, now); err != nil {
		return err
	}
	for _, e := range c.Evidence[before:] {
		if e.Kind == coc.EvidenceFile {
			m.Files = append(m.Files, e.Number)
		}
	}
	return nil
}

// withoutKeys is files without what is another each time that the same one is sent.
func withoutKeys(files []coc.Upload) []coc.Upload {
	files = slices.Clone(files)
	for i := range files {
		files[i].Content.ID, files[i].Content.Key = "", coc.Prose{}
	}
	return files
}
