package main

import (
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

// chaosReport is a report as those know it who made it.
type chaosReport struct {
	word     string
	place    chaosPlace
	accused  []string
	channel  string   // "form", "label" or "comment"
	thread   int      // the public issue that it came through
	thanked  bool     // the bot says so there
	promised bool     // a receipt was seen, or GitHub has it
	receipt  string   // of a form
	added    []string // words that the same form brought later, and that were promised
	answered []string // words that were sent with the receipt, and that were promised
}

// perform does one act. An error is the run's own: whatever people may meet is
// none.
func (c *chaos) perform(a chaosAct) error {
	switch a.Kind {
	case "form", "lake report":
		c.forms.Go(func() { c.fillIn(a) })
		return nil
	case "in private":
		c.forms.Go(func() { c.inPrivate(a) })
		return nil
	case "account":
		c.forms.Go(func() { c.givesAccount(a) })
		return nil
	case "in the lake":
		return c.inLake(a)
	case "joins":
		return c.joins()
	case "labelled issue", "labelled later":
		return c.openLabelled(a)
	case "comment":
		return c.commentReport(a)
	case "push":
		return c.pushPointer(a)
	case "rename":
		return c.rename(a)
	case "guest":
		return c.guest(a)
	case "guest leaves":
		return c.guestLeaves(a.On)
	case "weather":
		c.Misbehave(a.Sky)
		return nil
	case "kill":
		c.kills++
		c.servers.bounce(a.Nth)
		return nil
	}
	return c.work(a)
}

// placeOf is the organisation that a source belongs to.
func placeOf(source string) chaosPlace {
	all := append(slices.Clone(chaosPlaces), chaosLake)
	return all[slices.IndexFunc(all, func(p chaosPlace) bool { return p.source == source })]
}

func (c *chaos) reported(r chaosReport) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reports = append(c.reports, r)
}

// fillIn is somebody at the form, who does not give up before there is a
// receipt. Some send it once more when they have one, with the same words or
// with others.
func (c *chaos) fillIn(a chaosAct) {
	r := chaosReport{word: a.Word, place: placeOf(a.On), accused: a.Whom, channel: "form"}
	defer func() { c.reported(r) }()
	var token string
	ok := c.insist(func() error {
		page, err := c.visit(http.MethodGet, a.On, nil)
		if err != nil {
			return err
		}
		found := formToken.FindStringSubmatch(page)
		if found == nil {
			return errors.New("no token")
		}
		token = html.UnescapeString(found[1])
		return nil
	})
	if !ok {
		return
	}
	fields := url.Values{"token": {token}, "account": {account(a)}}
	for i, login := range a.Whom {
		fields.Set(fmt.Sprint("who", i+1), login)
		fields.Set(fmt.Sprint("role", i+1), "accused")
	}
	send := func() bool {
		return c.insist(func() error {
			page, err := c.visit(http.MethodPost, a.On, fields)
			if err != nil {
				return err
			}
			receipt := receiptIn(page)
			switch {
			case receipt == "":
				return errors.New("no receipt")
			case r.receipt != "" && r.receipt != receipt:
				c.t.Errorf("one form gave two receipts")
			}
			r.receipt = receipt
			return nil
		})
	}
	r.promised = send()
	switch {
	case !r.promised:
	case a.Roll%6 == 0:
		send()
	case a.Roll%6 == 1:
		more := a.Word + "more"
		fields.Set("account", "I have something to add: "+more)
		if send() {
			r.added = append(r.added, more)
		}
	case a.Roll%6 < 5:
		r.answered = c.answer(a, r.receipt)
	}
}

// account is what a report says. One in twenty is so long that its issue does
// not hold it.
func account(a chaosAct) string {
	text := "They wrote " + a.Word + " to me, and again when I asked them to stop.\n"
	if a.Roll%20 == 2 {
		return strings.Repeat(text, 100<<10/len(text))
	}
	return text
}

// insist tries until it works, or until the run has no more patience.
func (c *chaos) insist(try func() error) bool {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	var err error
	for end := time.Now().Add(*chaosPatience); time.Now().Before(end); <-tick.C {
		if err = try(); err == nil {
			return true
		}
	}
	c.t.Errorf("a form was not taken within %s: %v", *chaosPatience, err)
	return false
}

// visit fetches the form of a repository, or sends it.
func (c *chaos) visit(method, source string, form url.Values) (string, error) {
	req, err := http.NewRequest(method, c.servers.setup.Address+"/report/"+source, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", c.servers.setup.Address)
	}
	resp, err := crashBrowser.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = errors.New(resp.Status)
	}
	return string(page), err
}

// openLabelled opens an issue with the report label, as a template does; or
// somebody else opens it, and a maintainer labels it later.
func (c *chaos) openLabelled(a chaosAct) error {
	r := chaosReport{word: a.Word, place: placeOf(a.On), accused: a.Whom, channel: "label", promised: true, thanked: true}
	in := githubsim.NewIssue{Title: "How people are spoken to here", Body: account(a) + mentions(a), Labels: []string{"code-of-conduct"}, Template: true}
	by := a.By
	if a.Kind == "labelled later" {
		// Whoever wrote what is labelled may be the one it is about.
		by, in.Labels, in.Template = chaosTalkers[a.Roll%len(chaosTalkers)], nil, false
		r.accused, r.thanked = append(slices.Clone(a.Whom), by), false
	}
	if len(in.Body) > 65536 {
		in.Body = in.Body[len(in.Body)-60000:]
	}
	var err error
	if r.thread, err = c.OpenIssue(by, a.On, in); err != nil {
		return err
	}
	if a.Kind == "labelled later" {
		if err := c.Label(r.place.maintainer, a.On, r.thread, "code-of-conduct"); err != nil {
			return err
		}
	}
	c.reported(r)
	return nil
}

// mentions names the accused in public, as people do.
func mentions(a chaosAct) string {
	var b strings.Builder
	for _, login := range a.Whom {
		b.WriteString("It was @" + login + ".\n")
	}
	return b.String()
}

// commentReport comments /coc report below what a talker opened. Where such
// comments are not taken in, the bot says where to go.
func (c *chaos) commentReport(a chaosAct) error {
	opener := chaosTalkers[a.Roll%len(chaosTalkers)]
	thread, err := c.OpenIssue(opener, a.On, githubsim.NewIssue{Title: "Documentation", Body: "Whoever needs this should not be here."})
	if err != nil {
		return err
	}
	r := chaosReport{
		word: a.Word, place: placeOf(a.On), accused: append(slices.Clone(a.Whom), opener), channel: "comment",
		thread: thread, promised: placeOf(a.On).captures, thanked: true,
	}
	text := "/coc report\n" + account(a) + mentions(a)
	if len(text) > 65536 {
		text = text[:60000] + "\n" + mentions(a)
	}
	if _, err = c.Comment(a.By, a.On, thread, text); err == nil {
		c.reported(r)
	}
	return err
}

// pushPointer changes the routing file of the project that has a committee of
// its own: it is moderated otherwise, it breaks, or its maintainer names
// another committee, which must wait longer than a run lasts.
func (c *chaos) pushPointer(a chaosAct) error {
	pointer := chaosPointer
	switch a.Roll % 4 {
	case 0:
		pointer = strings.Replace(pointer, "original: lock", "original: keep", 1)
	case 1:
		pointer = "version: 1\ncommittee: [\n"
	case 2:
		pointer = "version: 1\ncommittee: harbor\npublic_command: capture\n"
	}
	return c.PutFileAs(a.By, a.On, ".github/coc.yaml", pointer+"# "+a.Word+"\n", "Update coc.yaml")
}

// rename gives a repository another name, or its first one again.
func (c *chaos) rename(a chaosAct) error {
	now, err := c.nameOf(a.On)
	if err != nil {
		return err
	}
	_, name, _ := strings.Cut(a.On, "/")
	if now == a.On {
		name += "-renamed"
	}
	return c.Rename(now, name)
}

// nameOf is what a repository is called now.
func (c *chaos) nameOf(first string) (string, error) {
	owner := c.owners[first]
	r, err := c.ViewRepo(owner, first)
	return r.FullName, err
}

// guest lets somebody into a room who may not be there.
func (c *chaos) guest(a chaosAct) error {
	now, err := c.nameOf(a.On)
	if err != nil || c.CanRead(chaosGuest, now) {
		return err
	}
	return c.AddCollaborator(now, chaosGuest, "read")
}

func (c *chaos) guestLeaves(room string) error {
	now, err := c.nameOf(room)
	if err != nil || !c.CanRead(chaosGuest, now) {
		return err
	}
	return c.RemoveCollaborator(now, chaosGuest)
}

var statusLabel = regexp.MustCompile(`^status/(.+)$`)

// chaosWay is the verbs that lead on from each stage, as a member knows them.
var chaosWay = map[string][]string{
	"received": {"ack", "ack", "claim"}, "reopened": {"ack"}, "appealed": {"ack", "claim"}, "acknowledged": {"screen", "investigate", "propose"},
	"screening": {"investigate", "propose", "claim"}, "investigating": {"propose", "status"},
	"deciding": {"agree", "agree", "resolve", "agree", "agree", "resolve", "object"},
	"resolved": {"close", "close", "reopen", "appeal"}, "closed": {"reopen", "help", "appeal"}, "transferred": {"status"},
}

// chaosToo is what members write besides, at the wrong time or to no end.
var chaosToo = []string{"ack", "screen", "close", "help", "status", "claim", "claim another", "escalate", "reopen", "resolve", "agree", "object", "propose", "appeal", "ask", "nonsense", "two", "quoted"}

// work is a member's doing in a room: they look at the list of cases and do
// something with one of them. An empty room leaves nothing to do.
func (c *chaos) work(a chaosAct) error {
	list, err := c.ViewIssues(a.By, a.On, "all", false)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(i githubsim.IssueView) bool { return !caseMark.MatchString(i.Body) })
	// Mostly the cases that came last are worked.
	if list = list[:min(len(list), 40)]; len(list) == 0 {
		return nil
	}
	if open := slices.DeleteFunc(slices.Clone(list), func(i githubsim.IssueView) bool { return i.State != "open" }); a.Kind == "pass on" && len(open) > 0 {
		list = open
	}
	one := slices.DeleteFunc(slices.Clone(list), func(i githubsim.IssueView) bool { return i.State != "open" || strings.Count(i.Body, "Accused: `") != 1 })
	if a.Kind == "link" && len(one) > 0 {
		list = one
	}
	issue := list[a.Nth%len(list)]
	switch a.Kind {
	case "command":
		return c.command(a, issue)
	case "meeting":
		return c.meet(a, issue)
	case "lock":
		return c.lock(a, issue)
	case "interim":
		return c.interim(a, issue)
	case "recuse":
		kind := "soft"
		if a.Roll%2 == 0 && a.On != chaosLast && !strings.Contains(issue.Body, "asks for context") { // and another committee may have it
			kind = "hard"
		}
		return c.say(a.By, a.On, issue.Number, "/coc recuse "+kind+" friend We know each other, "+a.Word)
	case "link":
		return c.say(a.By, a.On, issue.Number, "/coc accused link How was it, "+a.Word)
	case "pass on":
		return c.say(a.By, a.On, issue.Number, c.words("escalate", a))
	case "question":
		return c.question(a, list)
	case "answer a question":
		return c.replyToQuestion(a, list)
	case "move by hand":
		to := []string{"acknowledged", "screening", "investigating", "resolved", "closed", "received"}[a.Roll%6]
		if ours := slices.DeleteFunc(slices.Clone(issue.Labels), func(l githubsim.LabelView) bool { return !strings.Contains(l.Name, "/") }); a.Roll%5 == 0 && len(ours) > 0 {
			return tolerant(c.Unlabel(a.By, a.On, issue.Number, ours[a.Roll%len(ours)].Name))
		}
		return c.Label(a.By, a.On, issue.Number, "status/"+to)
	case "close or reopen":
		if issue.State == "open" {
			return c.CloseIssue(a.By, a.On, issue.Number)
		}
		return c.ReopenIssue(a.By, a.On, issue.Number)
	case "foreign label":
		label := []string{"needs-translation", "waiting", "question"}[a.Roll%3]
		c.foreign[[2]any{a.On, issue.Number}] = append(c.foreign[[2]any{a.On, issue.Number}], label)
		return c.Label(a.By, a.On, issue.Number, label)
	case "talk":
		_, err := c.Comment(a.By, a.On, issue.Number, "I have spoken with both of them. "+a.Word)
		return err
	case "edit":
		return c.edit(a, issue)
	}
	return fmt.Errorf("nobody knows how to %s", a.Kind)
}

// tolerant forgives that a label is gone already that somebody wants to take
// off: the bot was faster.
func tolerant(err error) error {
	var refused *githubsim.APIError
	if errors.As(err, &refused) && refused.Status == http.StatusNotFound {
		return nil
	}
	return err
}

func (c *chaos) command(a chaosAct, issue githubsim.IssueView) error {
	var stage string
	for _, l := range issue.Labels {
		if is := statusLabel.FindStringSubmatch(l.Name); is != nil {
			stage = is[1]
		}
	}
	verbs := chaosWay[stage]
	if a.Roll%4 == 0 || len(verbs) == 0 {
		verbs = chaosToo
	}
	text := c.words(verbs[a.Nth/7%len(verbs)], a)
	if a.Roll/4%8 == 0 { // the page hangs, and they press the button again
		for range 2 {
			if err := c.say(a.By, a.On, issue.Number, text); err != nil {
				return err
			}
		}
	}
	return c.say(a.By, a.On, issue.Number, text)
}

// say comments with commands.
func (c *chaos) say(by, on string, issue int, text string) error {
	id, err := c.Comment(by, on, issue, text)
	if err == nil {
		c.comments = append(c.comments, chaosComment{on, issue, id, by})
	}
	return goneThere(on, err)
}

// meet is a committee that decides at one go, whatever the case is at: one proposes,
// the others vote, and one of them resolves it, all within seconds. At some meetings
// one objects, at some both; and of some decisions an appeal is entered at once.
func (c *chaos) meet(a chaosAct, issue githubsim.IssueView) error {
	all := c.membersOf(a.On)
	if len(all) == 0 {
		return nil
	}
	lines := []struct{ by, text string }{{a.By, c.words("propose", a)}}
	for i, login := range slices.DeleteFunc(slices.Clone(all), func(l string) bool { return l == a.By }) {
		vote := "agree"
		if a.Roll%5 <= 1 && i >= a.Roll%5 {
			vote = "object"
		}
		lines = append(lines, struct{ by, text string }{login, c.words(vote, a)})
	}
	lines = append(lines, struct{ by, text string }{all[a.Roll%len(all)], c.words("resolve", a)})
	if a.Roll%2 == 0 {
		lines = append(lines, struct{ by, text string }{a.By, c.words("appeal", a)})
	}
	for _, l := range lines {
		if err := c.say(l.by, a.On, issue.Number, l.text); err != nil {
			return err
		}
	}
	return nil
}

// words is how a command is written. Where the journal keeps them, the act's
// word is among them.
func (c *chaos) words(verb string, a chaosAct) string {
	switch verb {
	case "escalate":
		return "/coc escalate We know everybody involved, " + a.Word
	case "reopen":
		return "/coc reopen New facts have come in, " + a.Word
	case "resolve":
		return "/coc accused notified\n/coc resolve warning They apologised, " + a.Word
	case "propose":
		return "/coc propose warning They apologise, " + a.Word
	case "object":
		return "/coc object That is not enough, " + a.Word
	case "appeal":
		ground := []string{"unfair-evaluation", "conflict of interest:", "no jurisdiction", "because"}[a.Roll/2%4]
		return "/coc appeal " + ground + " They were not heard, " + a.Word
	case "ask":
		return "/coc ask @" + chaosRooms[chaosPlaces[0].room][a.Roll%3] + " What was agreed, " + a.Word
	case "claim another":
		if all := c.membersOf(a.On); len(all) > 0 {
			return "/coc claim @" + all[a.Roll%len(all)]
		}
	case "nonsense":
		return "/coc frobnicate"
	case "two":
		return "/coc ack\n/coc investigate"
	case "quoted":
		return "> /coc close\n\nWhy would we?"
	}
	return "/coc " + verb
}

// edit changes or deletes what was said before: the words as they were
// delivered count.
func (c *chaos) edit(a chaosAct, issue githubsim.IssueView) error {
	own := slices.DeleteFunc(slices.Clone(c.comments), func(m chaosComment) bool { return m.by != a.By || m.on != a.On })
	if len(own) == 0 {
		return nil
	}
	m := own[a.Roll%len(own)]
	if a.Roll%3 == 0 {
		return tolerant(c.DeleteComment(a.By, a.On, m.id))
	}
	return tolerant(c.EditComment(a.By, a.On, m.id, "/coc close"))
}
