package main

import (
	"bytes"
	"context"
	"encoding/json"
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

// A story is one report and where it must end. What happened is asked of the
// simulated GitHub over HTTP, with the tokens of the people concerned, and
// never of our own database.
type story struct {
	name      string
	source    string // the repository it is about
	room      string // where the case must end
	responder string
	level     string // the escalation label it must carry
	// file does the reporter's part.
	file func(ctx context.Context, p *play) error
}

// play is one run of the demo's stories.
type play struct {
	sim     *githubsim.Sim
	github  string // its address
	address string // cocrouter's
	out     io.Writer
	// patience is how long a story may take before it counts as failed.
	patience time.Duration

	receipt string // the last one that the form gave
	public  int    // the public issue that the last report arrived through
}

// play readies the stories to be played here.
func (s *scene) play(out io.Writer, patience time.Duration) *play {
	return &play{sim: s.sim, github: s.sim.URL(), address: s.address, out: out, patience: patience}
}

func stories() []story {
	return []story{
		{
			name:   "Somebody writes into the private form about " + toolsRepo + ", which has no coc.yaml.",
			source: toolsRepo, room: foundationRoom, responder: foundationCommittee[0], level: "foundation",
			file: fillForm,
		},
		{
			name:   "Somebody opens an issue in " + riverRepo + " through its Code of Conduct template, which labels it.",
			source: riverRepo, room: riverRoom, responder: riverCommittee[0], level: "project",
			file: openLabelled,
		},
		{
			name:   "Somebody comments /coc report in " + lanternRepo + ", whose council chose to take such comments in.",
			source: lanternRepo, room: lanternRoom, responder: lanternCouncil[0], level: "governance",
			file: commentReport,
		},
	}
}

// perform plays one story to its end and fails where it does not end as it
// must.
func (p *play) perform(ctx context.Context, number int, s story) error {
	ctx, cancel := context.WithTimeout(ctx, p.patience)
	defer cancel()
	p.say("\n%d. %s", number, s.name)
	p.receipt, p.public = "", 0
	if err := p.enact(ctx, s); err != nil {
		return fmt.Errorf("story %d: %w", number, err)
	}
	return nil
}

func (p *play) enact(ctx context.Context, s story) error {
	if err := s.file(ctx, p); err != nil {
		return fmt.Errorf("file the report: %w", err)
	}
	issue, err := p.caseIn(ctx, s.responder, s.room)
	if err != nil {
		return err
	}
	p.tell(issue)
	if err := checkLabels(issue, "status/received", "escalation/"+s.level); err != nil {
		return err
	}
	if err := p.hiddenFrom(ctx, s, issue); err != nil {
		return err
	}
	if err := p.acknowledge(ctx, s, issue); err != nil {
		return err
	}
	return p.seenInPublic(ctx, s)
}

func (p *play) say(format string, args ...any) { fmt.Fprintf(p.out, format+"\n", args...) }

var formToken = regexp.MustCompile(`name="token" value="([^"]+)"`)

// fillForm does what a browser without JavaScript does.
func fillForm(ctx context.Context, p *play) error {
	page := p.address + "/report/" + toolsRepo
	body, err := p.browse(ctx, http.MethodGet, page, nil)
	if err != nil {
		return err
	}
	token := formToken.FindStringSubmatch(body)
	if token == nil {
		return fmt.Errorf("the form at %s has no token", page)
	}
	p.say("   The form says who will read it before it asks for a word: %s", page)
	body, err = p.browse(ctx, http.MethodPost, page, url.Values{
		"token":   {html.UnescapeString(token[1])},
		"account": {"In the review of my first pull request @" + talker + " called me names, and again when I asked them to stop."},
		"where":   {"pull request 7 and the chat"},
		"when":    {"last week"},
		"who1":    {talker}, "role1": {"accused"},
	})
	if err != nil {
		return err
	}
	if p.receipt = receiptIn(body); p.receipt == "" {
		return errors.New("the page after the form shows no receipt")
	}
	p.say("   The reporter, who gave no name, gets a receipt: %s", p.receipt)
	return nil
}

var (
	receiptCode = regexp.MustCompile(`(?s)<p class="code">(.*?)</p>`)
	tag         = regexp.MustCompile(`<[^>]*>`)
)

// receiptIn reads the receipt off the page as a person does, without markup.
func receiptIn(page string) string {
	code := receiptCode.FindStringSubmatch(page)
	if code == nil {
		return ""
	}
	return strings.TrimSpace(html.UnescapeString(tag.ReplaceAllString(code[1], "")))
}

// openLabelled opens an issue as a template does: its label applies whoever
// opens it.
func openLabelled(_ context.Context, p *play) (err error) {
	p.public, err = p.sim.OpenIssue(newcomer, riverRepo, githubsim.NewIssue{
		Title:    "Please look at how people are spoken to here",
		Body:     "@" + talker + " keeps writing that newcomers should stay away. I would like somebody to step in.",
		Labels:   []string{"code-of-conduct"},
		Template: true,
	})
	if err == nil {
		p.say("   The public issue: %s/%s/issues/%d", p.github, riverRepo, p.public)
	}
	return err
}

// commentReport comments on what somebody else opened.
func commentReport(_ context.Context, p *play) (err error) {
	p.public, err = p.sim.OpenIssue(talker, lanternRepo, githubsim.NewIssue{Title: "Documentation", Body: "Whoever needs this explained should not be here."})
	if err != nil {
		return err
	}
	_, err = p.sim.Comment(newcomer, lanternRepo, p.public, "/coc report\nThis is the third time that I read something like this from the same person.")
	if err == nil {
		p.say("   The public thread: %s/%s/issues/%d", p.github, lanternRepo, p.public)
	}
	return err
}

// ghIssue is what the demo reads of an issue.
type ghIssue struct {
	Number int    `json:"number"`
	Title  string `json:"title"`
	Body   string `json:"body"`
	URL    string `json:"html_url"`
	Locked bool   `json:"locked"`
	Labels []struct {
		Name string `json:"name"`
	} `json:"labels"`
	User struct {
		Login string `json:"login"`
	} `json:"user"`
}

func (i ghIssue) labels() []string {
	var names []string
	for _, l := range i.Labels {
		names = append(names, l.Name)
	}
	slices.Sort(names)
	return names
}

// caseIn waits until the responder finds the case in the room. The rooms of
// the demo begin empty, so that there is exactly one.
func (p *play) caseIn(ctx context.Context, responder, room string) (ghIssue, error) {
	var found []ghIssue
	err := p.await(ctx, responder+" finds the case in "+room, func() (bool, error) {
		status, err := p.ask(ctx, responder, http.MethodGet, "/repos/"+room+"/issues?state=all", nil, &found)
		return status == http.StatusOK && len(found) > 0, err
	})
	if err != nil {
		return ghIssue{}, err
	}
	if len(found) != 1 {
		return ghIssue{}, fmt.Errorf("%s has %d issues, want one", room, len(found))
	}
	return found[0], nil
}

// tell says what the case's issue says: who has it and why.
func (p *play) tell(i ghIssue) {
	if committee := regexp.MustCompile(`(?m)^- \*\*Committee\*\*: (.+)$`).FindStringSubmatch(i.Body); committee != nil {
		p.say("   It goes to: %s", plain(committee[1]))
	}
	if _, trace, ok := strings.Cut(i.Body, "### How it got here"); ok {
		trace, _, _ = strings.Cut(trace, "###")
		p.say("   Because:")
		for line := range strings.Lines(trace) {
			if line = strings.TrimSpace(line); strings.HasPrefix(line, "- ") {
				p.say("     %s", plain(line))
			}
		}
	}
	p.say("   The private issue: %s  (%s)", i.URL, i.Title)
	p.say("   Its labels:        %s", strings.Join(i.labels(), "  "))
}

// plain takes Markdown's own signs out of a line of ours.
func plain(markdown string) string {
	return strings.NewReplacer("`", "", `\`, "", "&amp;", "&", "&lt;", "<", "&gt;", ">").Replace(markdown)
}

func checkLabels(i ghIssue, want ...string) error {
	for _, w := range want {
		if !slices.Contains(i.labels(), w) {
			return fmt.Errorf("%s carries %q, and not %s", i.URL, i.labels(), w)
		}
	}
	return nil
}

// hiddenFrom asks as the people who must not read the case: whoever is
// reported, an outsider, and the owner of the project.
func (p *play) hiddenFrom(ctx context.Context, s story, i ghIssue) error {
	var hidden []string
	for _, login := range []string{talker, outsider, maintainer} {
		status, err := p.ask(ctx, login, http.MethodGet, fmt.Sprintf("/repos/%s/issues/%d", s.room, i.Number), nil, nil)
		if err != nil {
			return err
		}
		if status != http.StatusNotFound {
			return fmt.Errorf("%s asks for %s and gets %d, want 404", login, i.URL, status)
		}
		hidden = append(hidden, login)
	}
	p.say("   404 for:           %s", strings.Join(hidden, ", "))
	return nil
}

// acknowledge works the case as a responder, by a comment.
func (p *play) acknowledge(ctx context.Context, s story, i ghIssue) error {
	path := fmt.Sprintf("/repos/%s/issues/%d", s.room, i.Number)
	status, err := p.ask(ctx, s.responder, http.MethodPost, path+"/comments", map[string]string{"body": "/coc ack"}, nil)
	if err != nil || status != http.StatusCreated {
		return errors.Join(err, fmt.Errorf("comment in %s: %d", i.URL, status))
	}
	var now ghIssue
	err = p.await(ctx, "the labels follow /coc ack", func() (bool, error) {
		now = ghIssue{}
		_, err := p.ask(ctx, s.responder, http.MethodGet, path, nil, &now)
		return slices.Contains(now.labels(), "status/acknowledged") && !slices.Contains(now.labels(), "status/received"), err
	})
	if err != nil {
		return fmt.Errorf("%w; they are %q", err, now.labels())
	}
	p.say("   %s comments /coc ack", s.responder)
	p.say("   Its labels now:    %s", strings.Join(now.labels(), "  "))
	if p.receipt == "" {
		return nil
	}
	page, err := p.browse(ctx, http.MethodPost, p.address+"/receipt", url.Values{"receipt": {p.receipt}})
	if err != nil {
		return err
	}
	if !strings.Contains(page, "<dl>") {
		return errors.New("the receipt does not show how the report stands")
	}
	p.say("   With the receipt, the reporter sees how it stands: %s/receipt", p.address)
	return nil
}

// seenInPublic shows what the public side says now: one neutral sentence.
func (p *play) seenInPublic(ctx context.Context, s story) error {
	if p.public == 0 {
		return nil
	}
	path := fmt.Sprintf("/repos/%s/issues/%d", s.source, p.public)
	var comments []ghIssue
	bot := func(c ghIssue) bool { return strings.HasSuffix(c.User.Login, "[bot]") }
	err := p.await(ctx, "one sentence appears in public", func() (bool, error) {
		_, err := p.ask(ctx, outsider, http.MethodGet, path+"/comments", nil, &comments)
		return slices.ContainsFunc(comments, bot), err
	})
	if err != nil {
		return err
	}
	said := comments[slices.IndexFunc(comments, bot)]
	text, _, _ := strings.Cut(said.Body, "<!--")
	p.say("   In public, all that %s says: %s", said.User.Login, strings.TrimSpace(text))
	return nil
}

// await asks again and again, in short pauses, until done or out of patience.
func (p *play) await(ctx context.Context, what string, done func() (bool, error)) error {
	tick := time.NewTicker(40 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, err := done()
		if ok || (err != nil && ctx.Err() == nil) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited in vain until %s: %w", what, ctx.Err())
		case <-tick.C:
		}
	}
}

// ask speaks to the simulated GitHub's API as one of its users.
func (p *play) ask(ctx context.Context, login, method, path string, send, receive any) (status int, err error) {
	var body io.Reader
	if send != nil {
		text, err := json.Marshal(send)
		if err != nil {
			return 0, err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, p.github+"/api/v3"+path, body)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+p.sim.TokenFor(login))
	req.Header.Set("Accept", "application/vnd.github+json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || receive == nil || resp.StatusCode >= 300 {
		return resp.StatusCode, err
	}
	return resp.StatusCode, json.Unmarshal(text, receive)
}

// browse fetches a page of cocrouter, or posts a form to one.
func (p *play) browse(ctx context.Context, method, address string, form url.Values) (string, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", p.address)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s", method, address, resp.Status)
	}
	return string(page), err
}
