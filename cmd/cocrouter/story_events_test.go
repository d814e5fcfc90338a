package main

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf16"

	"gopkg.in/yaml.v3"

	"github.com/cocrouter/cocrouter/pkg/casework"
	"github.com/cocrouter/cocrouter/pkg/coc"
	"github.com/cocrouter/cocrouter/pkg/githubsim"
)

// step is one heading of events.yaml with what happens under it, in order.
type step struct {
	heading string
	acts    []func(*telling) error
}

// telling is a story being told in a town.
type telling struct {
	*town
	land     land
	receipts []string           // as the form gave them
	filed    string             // the page that gave the last one
	tokens   []string           // the form's one-time tokens, to send one again
	comment  int64              // the last comment that somebody wrote
	it       string             // the address of the last one that was no command
	byHand   map[string]bool    // labels that people put on, with whatever colour
	strays   map[string]bool    // issues that people moved out of their rooms
	renamed  map[string]string  // repositories by the names that they had
	surveys  bool               // it tells what the daily look at rooms found
	summoned map[int64][]string // by comment of ours: whom it mentions
	mark     int                // deliveries before this step
}

// readSteps reads events.yaml: headings, each with a list of acts.
func readSteps(folder string) ([]step, error) {
	text, err := os.ReadFile(filepath.Join(folder, "events.yaml"))
	if err != nil {
		return nil, err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("events.yaml: %w", err)
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, errors.New("events.yaml: no headings")
	}
	var steps []step
	pairs := doc.Content[0].Content
	for i := 0; i < len(pairs); i += 2 {
		s := step{heading: pairs[i].Value}
		for _, item := range pairs[i+1].Content {
			act, err := readAct(item)
			if err != nil {
				return nil, fmt.Errorf("events.yaml: line %d: %w", item.Line, err)
			}
			s.acts = append(s.acts, act)
		}
		steps = append(steps, s)
	}
	return steps, nil
}

func readAct(item *yaml.Node) (func(*telling) error, error) {
	if item.Kind != yaml.MappingNode || len(item.Content) != 2 {
		return nil, errors.New("an act is one word with what it needs")
	}
	name := item.Content[0].Value
	read, ok := acts[name]
	if !ok {
		return nil, fmt.Errorf("nobody knows how to %q", name)
	}
	text, err := yaml.Marshal(item.Content[1])
	if err != nil {
		return nil, err
	}
	if _, err := read(text); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return func(w *telling) error {
		act, err := read(w.really(text))
		if err == nil {
			err = act(w)
		}
		if err != nil {
			return fmt.Errorf("events.yaml, line %d: %s: %w", item.Line, name, err)
		}
		return nil
	}, nil
}

var daysOn = regexp.MustCompile(`\{([0-9]{1,4}) days on\}`)

// dated is words in which a day that is so many days away is written out.
func (w *telling) dated(say string) string {
	return daysOn.ReplaceAllStringFunc(say, func(s string) string {
		n, _ := strconv.Atoi(daysOn.FindStringSubmatch(s)[1])
		return w.server.store.Now().UTC().AddDate(0, 0, n).Format(time.DateOnly)
	})
}

// an makes an act: it reads what it needs, strictly, and is carried out later.
func an[A any](do func(*telling, A) error) func([]byte) (func(*telling) error, error) {
	return func(text []byte) (func(*telling) error, error) {
		var a A
		if err := strictly(text, &a); err != nil {
			return nil, err
		}
		return func(w *telling) error { return do(w, a) }, nil
	}
}

// on is somebody at an issue.
type on struct {
	By string `yaml:"by"`
	On ref    `yaml:"on"`
}

// ref is an issue: owner/name#number.
type ref struct {
	repo   string
	number int
}

func (r *ref) UnmarshalYAML(n *yaml.Node) error {
	var err error
	*r, err = parseRef(n.Value)
	return err
}

func parseRef(text string) (ref, error) {
	repo, number, ok := strings.Cut(text, "#")
	n, err := strconv.Atoi(number)
	if !ok || err != nil || strings.Count(repo, "/") != 1 {
		return ref{}, fmt.Errorf("%q is not like owner/name#1", text)
	}
	return ref{repo, n}, nil
}

func (r ref) String() string { return r.repo + "#" + strconv.Itoa(r.number) }

type labelling struct {
	By     string   `yaml:"by"`
	On     ref      `yaml:"on"`
	Labels []string `yaml:"labels"`
}

type saying struct {
	By  string `yaml:"by"`
	On  ref    `yaml:"on"`
	Say string `yaml:"say"`
}

type moving struct {
	Repo string `yaml:"repo"`
	To   string `yaml:"to"`
}

type role struct {
	Login string `yaml:"login"`
	In    string `yaml:"in"` // an organisation, or owner/name
	As    string `yaml:"as"`
}

type installing struct {
	App   string   `yaml:"app"`
	On    string   `yaml:"on"`
	Repos []string `yaml:"repos"`
}

type filing struct {
	By   string `yaml:"by"` // "" is the owner
	In   string `yaml:"in"`
	Path string `yaml:"path"`
	Text string `yaml:"text"`
	// Repeat makes it long, UTF16 writes it in two bytes a letter, Link makes
	// it a symbolic link to Text.
	Repeat int  `yaml:"repeat"`
	UTF16  bool `yaml:"utf16"`
	Link   bool `yaml:"link"`
}

type faulty struct {
	Path   string `yaml:"path"`
	Times  int    `yaml:"times"`
	Status int    `yaml:"status"`
}

// acts is everything that can happen in a story.
var acts = map[string]func([]byte) (func(*telling) error, error){
	"form":             an(fill),
	"with the receipt": an(sendWithReceipt),
	"at the address":   an(answersAt),
	"on their page":    an(answersInPrivate),
	"issue": an(func(w *telling, a struct {
		By       string   `yaml:"by"`
		In       string   `yaml:"in"`
		Title    string   `yaml:"title"`
		Body     string   `yaml:"body"`
		Labels   []string `yaml:"labels"`
		Template bool     `yaml:"template"`
	}) error {
		_, err := w.OpenIssue(a.By, a.In, githubsim.NewIssue{Title: a.Title, Body: a.Body, Labels: a.Labels, Template: a.Template})
		return err
	}),
	"pull": an(func(w *telling, a struct {
		By    string `yaml:"by"`
		In    string `yaml:"in"`
		Title string `yaml:"title"`
		Body  string `yaml:"body"`
	}) error {
		_, err := w.OpenPull(a.By, a.In, a.Title, a.Body)
		return err
	}),
	"comment": an(func(w *telling, a saying) (err error) {
		w.comment, err = w.Comment(a.By, a.On.repo, a.On.number, w.dated(a.Say))
		if !strings.HasPrefix(a.Say, "/coc") {
			w.it = fmt.Sprintf("%s/%s/issues/%d#issuecomment-%d", w.URL(), a.On.repo, a.On.number, w.comment)
		}
		return err
	}),
	"review": an(func(w *telling, a saying) (err error) {
		w.comment, err = w.ReviewComment(a.By, a.On.repo, a.On.number, a.Say, 0)
		return err
	}),
	"edit comment":   an(func(w *telling, a saying) error { return w.EditComment(a.By, a.On.repo, w.comment, a.Say) }),
	"edit issue":     an(func(w *telling, a saying) error { return w.EditIssueBody(a.By, a.On.repo, a.On.number, a.Say) }),
	"delete comment": an(func(w *telling, a on) error { return w.DeleteComment(a.By, a.On.repo, w.comment) }),
	"write around":   an(writeAround),
	"label": an(func(w *telling, a labelling) error {
		for _, l := range a.Labels {
			w.byHand[l] = true
		}
		return w.Label(a.By, a.On.repo, a.On.number, a.Labels...)
	}),
	"unlabel": an(func(w *telling, a labelling) error {
		return w.Unlabel(a.By, a.On.repo, a.On.number, a.Labels...)
	}),
	"change label": an(func(w *telling, a struct {
		By   string `yaml:"by"`
		In   string `yaml:"in"`
		From string `yaml:"from"`
		To   string `yaml:"to"`
	}) error {
		return w.ChangeLabel(a.By, a.In, a.From, a.To)
	}),
	"move issue": an(func(w *telling, a struct {
		By string `yaml:"by"`
		On ref    `yaml:"on"`
		To string `yaml:"to"`
	}) error {
		n, err := w.TransferIssue(a.By, a.On.repo, a.On.number, a.To)
		w.strays[ref{a.To, n}.String()] = true
		return err
	}),
	"close":                an(func(w *telling, a on) error { return w.CloseIssue(a.By, a.On.repo, a.On.number) }),
	"reopen":               an(func(w *telling, a on) error { return w.ReopenIssue(a.By, a.On.repo, a.On.number) }),
	"lock":                 an(func(w *telling, a on) error { return w.LockIssue(a.By, a.On.repo, a.On.number, "resolved") }),
	"unlock":               an(func(w *telling, a on) error { return w.UnlockIssue(a.By, a.On.repo, a.On.number) }),
	"make it a discussion": an(func(w *telling, a on) error { return w.ConvertIssue(a.By, a.On.repo, a.On.number) }),
	"delete issue":         an(func(w *telling, a on) error { return w.DeleteIssue(a.By, a.On.repo, a.On.number) }),

	"file": an(putFile),
	"remove file": an(func(w *telling, a filing) error {
		return w.DeleteFileAs(a.By, a.In, a.Path, "remove it")
	}),
	"visibility": an(func(w *telling, a moving) error { return w.SetVisibility(a.Repo, a.To) }),
	"archive":    an(func(w *telling, repo string) error { return w.Archive(repo) }),
	"unarchive":  an(func(w *telling, repo string) error { return w.Unarchive(repo) }),
	"rename":     an(rename),
	"transfer":   an(func(w *telling, a moving) error { return w.TransferRepo(a.Repo, a.To) }),
	"let in": an(func(w *telling, a role) error {
		if strings.Contains(a.In, "/") {
			return w.AddCollaborator(a.In, a.Login, a.As)
		}
		return w.AddMember(a.In, a.Login, a.As == "owner")
	}),
	"accept": an(func(w *telling, a struct {
		By      string `yaml:"by"`
		In      string `yaml:"in"`
		Nothing bool   `yaml:"nothing"` // there is no invitation for them
	}) error {
		err := w.AcceptInvitation(a.By, a.In)
		if a.Nothing {
			if err == nil {
				return fmt.Errorf("%s was still invited to %s", a.By, a.In)
			}
			return nil
		}
		return err
	}),
	"put out": an(func(w *telling, a role) error {
		if strings.Contains(a.In, "/") {
			return w.RemoveCollaborator(a.In, a.Login)
		}
		return w.RemoveMember(a.In, a.Login)
	}),
	"join team": an(func(w *telling, a struct {
		Login string `yaml:"login"`
		Org   string `yaml:"org"`
		Team  string `yaml:"team"`
	}) error {
		return w.AddTeamMember(a.Org, a.Team, a.Login)
	}),
	"team access": an(func(w *telling, a struct {
		Team string `yaml:"team"`
		To   string `yaml:"to"`
		As   string `yaml:"as"` // none takes it away
	}) error {
		return w.GrantTeam(a.To, a.Team, a.As)
	}),
	"base permission": an(func(w *telling, a struct {
		Org string `yaml:"org"`
		To  string `yaml:"to"`
	}) error {
		return w.SetBasePermission(a.Org, a.To)
	}),
	"other app": an(otherApp),
	"feature": an(func(w *telling, a struct {
		Repo string `yaml:"repo"`
		Off  string `yaml:"off"`
		On   string `yaml:"on"`
	}) error {
		for _, f := range strings.Fields(a.Off) {
			if err := w.SetFeature(a.Repo, f, false); err != nil {
				return err
			}
		}
		for _, f := range strings.Fields(a.On) {
			if err := w.SetFeature(a.Repo, f, true); err != nil {
				return err
			}
		}
		return nil
	}),
	"repository": an(func(w *telling, a struct {
		Name       string `yaml:"name"`
		Visibility string `yaml:"visibility"`
	}) error {
		return w.AddRepo(a.Name, githubsim.Repo{Visibility: a.Visibility})
	}),
	"install": an(func(w *telling, a installing) error {
		_, err := w.Install(w.apps[a.App].ID, a.On, a.Repos...)
		return err
	}),
	"uninstall": an(func(w *telling, a installing) error { return w.uninstall(a) }),

	"hold deliveries": an(func(w *telling, hold bool) error { w.HoldDeliveries(hold); return nil }),
	"lose deliveries": an(loseDeliveries),
	"sweep":           an(sweep),
	"bring notices":   an(bringNotices),
	"deliver":         an(deliver),
	"copy delivery":   an(copyDelivery),
	"later":           an(func(w *telling, by time.Duration) error { w.rest(); w.advance(by); return nil }),
	"rest":            an(func(w *telling, _ any) error { w.rest(); return nil }),
	"fault": an(func(w *telling, a faulty) error {
		w.Fail(func(r *http.Request) bool { return strings.Contains(r.URL.Path, a.Path) }, a.Times, func(out http.ResponseWriter, _ *http.Request) {
			out.Header().Set("Content-Type", "application/json")
			out.WriteHeader(a.Status)
			_, _ = fmt.Fprint(out, `{"message":"Server Error"}`)
		})
		return nil
	}),
	"upon":           an(upon),
	"no more faults": an(func(w *telling, _ any) error { w.ClearFaults(); return nil }),
}

// otherApp registers an App that is not ours and installs it, on all repositories
// of an account unless some are named.
func otherApp(w *telling, a struct {
	ID    int64    `yaml:"id"`
	Slug  string   `yaml:"slug"`
	On    string   `yaml:"on"`
	Repos []string `yaml:"repos"`
	May   string   `yaml:"may"` // as issues:read
}) error {
	name, level, _ := strings.Cut(a.May, ":")
	err := w.AddApp(githubsim.App{ID: a.ID, Slug: a.Slug, PrivateKey: townKey(), Permissions: map[string]string{name: level}})
	if err != nil {
		return err
	}
	_, err = w.Install(a.ID, a.On, a.Repos...)
	return err
}

func rename(w *telling, a moving) error {
	owner, _, _ := strings.Cut(a.Repo, "/")
	w.renamed[a.Repo] = owner + "/" + a.To
	return w.Rename(a.Repo, a.To)
}

// upon changes a repository's visibility as somebody else would in between:
// right after GitHub has answered the next request whose path ends so.
func upon(w *telling, a struct {
	Path string `yaml:"path"`
	Repo string `yaml:"repo"`
	To   string `yaml:"to"`
}) error {
	var once sync.Once
	w.Intercept(func(r *http.Request, phase string) {
		if phase == githubsim.PhaseAfter && strings.HasSuffix(r.URL.Path, a.Path) {
			once.Do(func() {
				if err := w.SetVisibility(a.Repo, a.To); err != nil {
					w.t.Error(err)
				}
			})
		}
	})
	return nil
}

// report is what somebody types into the private form.
type report struct {
	About   string `yaml:"about"`
	Account string `yaml:"account"`
	// Lines makes the account as many numbered lines long.
	Lines int               `yaml:"lines"`
	Where string            `yaml:"where"`
	When  string            `yaml:"when"`
	Links string            `yaml:"links"`
	Who   map[string]string `yaml:"who"` // name or login: accused, harmed, witness, kept-out or unset
	// Space and so on are the form's other fields, by its own words.
	Space   string   `yaml:"space"`
	Event   string   `yaml:"event"`
	Day     string   `yaml:"day"`
	Touches string   `yaml:"touches"`
	Here    bool     `yaml:"here"`
	Danger  bool     `yaml:"danger"`
	Risks   []string `yaml:"risks"`
	// KeepOut is who must not see it, one on each line; Reach and so on are of the
	// reporter. About nothing is the form for what is in no repository.
	KeepOut     string `yaml:"keep out"`
	Project     string `yaml:"project"`
	Ongoing     string `yaml:"ongoing"`
	Safe        string `yaml:"safe"`
	Retaliation bool   `yaml:"retaliation"`
	Identity    string `yaml:"identity"`
	Elsewhere   string `yaml:"reported elsewhere"`
	Reach       string `yaml:"reach"`
	// Again sends it under the token of the form that was filled in before.
	Again bool `yaml:"again"`
	// Refused is the answer when the form does not take it: 0 means it does.
	Refused int `yaml:"refused"`
}

const lineOfReport = "Line %d of what happened, which nobody may lose.\n"

// fill does what a browser without JavaScript does.
func fill(w *telling, a report) error {
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	page := w.play.address + "/report/" + cmp.Or(a.About, "elsewhere")
	if !a.Again {
		body, err := w.play.browse(ctx, http.MethodGet, page, nil)
		if err != nil {
			return err
		}
		token := formToken.FindStringSubmatch(body)
		if token == nil {
			return errors.New("the form has no token")
		}
		w.tokens = append(w.tokens, html.UnescapeString(token[1]))
	}
	var account strings.Builder
	account.WriteString(a.Account)
	for n := range a.Lines {
		fmt.Fprintf(&account, lineOfReport, n+1)
	}
	form := url.Values{
		"token":   {w.tokens[len(w.tokens)-1]},
		"account": {account.String()}, "where": {a.Where}, "when": {a.When}, "links": {a.Links},
		"space": {a.Space}, "event": {a.Event}, "day": {a.Day}, "touches": {a.Touches}, "risk": a.Risks,
		"keepout": {a.KeepOut}, "project": {a.Project}, "ongoing": {a.Ongoing}, "safe": {a.Safe}, "identity": {a.Identity},
		"elsewhere": {a.Elsewhere}, "reach": {a.Reach},
	}
	for name, ticked := range map[string]bool{"here": a.Here, "danger": a.Danger, "retaliation": a.Retaliation} {
		if ticked {
			form.Set(name, "1")
		}
	}
	names := make([]string, 0, len(a.Who))
	for name := range a.Who {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		if a.Who[name] == string(coc.RoleKeptOut) {
			form.Set("keepout", form.Get("keepout")+"\n"+name)
			continue
		}
		form.Set(fmt.Sprintf("who%d", i+1), name)
		if role := a.Who[name]; role != "unset" {
			form.Set(fmt.Sprintf("role%d", i+1), role)
		}
	}
	body, err := w.play.browse(ctx, http.MethodPost, page, form)
	if a.Refused != 0 {
		if err != nil && strings.Contains(err.Error(), strconv.Itoa(a.Refused)) {
			return nil
		}
		return errors.Join(fmt.Errorf("want it refused with status %d", a.Refused), err)
	}
	if err != nil {
		return err
	}
	receipt := receiptIn(body)
	if receipt == "" {
		return errors.New("no receipt")
	}
	w.receipts, w.filed = append(w.receipts, receipt), body
	return nil
}

// writeAround puts people's own text above and below what an issue says.
func writeAround(w *telling, a struct {
	By    string `yaml:"by"`
	On    ref    `yaml:"on"`
	Above string `yaml:"above"`
	Below string `yaml:"below"`
}) error {
	i, err := w.ViewIssue(a.By, a.On.repo, a.On.number)
	if err != nil {
		return err
	}
	return w.EditIssueBody(a.By, a.On.repo, a.On.number, a.Above+"\n\n"+i.Body+"\n\n"+a.Below)
}

func putFile(w *telling, a filing) error {
	text := a.Text
	if a.Repeat > 0 {
		text = strings.Repeat(text, a.Repeat)
	}
	if a.UTF16 {
		var b strings.Builder
		b.WriteString("\xff\xfe")
		for _, u := range utf16.Encode([]rune(text)) {
			b.WriteByte(byte(u))
			b.WriteByte(byte(u >> 8))
		}
		text = b.String()
	}
	switch {
	case a.Link:
		return w.PutSymlink(a.In, a.Path, a.Text)
	case a.By != "":
		return w.PutFileAs(a.By, a.In, a.Path, text, "change it")
	}
	return w.PutFile(a.In, a.Path, text)
}

func (w *town) uninstall(a installing) error {
	app := w.apps[a.App].ID
	for _, d := range slices.Backward(w.Deliveries()) {
		if d.AppID == app && d.Event == "installation" && d.Action == "created" &&
			strings.Contains(string(d.RequestBody), `"login":"`+a.On+`"`) {
			return w.Uninstall(d.InstallationID)
		}
	}
	return fmt.Errorf("the %s App is not installed on %s", a.App, a.On)
}

// loseDeliveries has GitHub log what it sends as failed, and not send it.
func loseDeliveries(w *telling, lose bool) error {
	w.Misbehave(githubsim.Faults{Lost: map[bool]float64{true: 1}[lose]})
	return nil
}

// bringNotices is an operator who has delivered all that waits for them.
func bringNotices(w *telling, _ any) error {
	byHand := casework.New(casework.Options{Store: w.server.store, Clock: clock(w.server.store.Now)})
	waiting, err := byHand.Letters(w.t.Context())
	if err == nil && len(waiting) == 0 {
		err = errors.New("none waits")
	}
	for _, l := range waiting {
		if strings.Contains(l.Text, canary) {
			w.t.Errorf("a notice has words of the report:\n%s", l.Text)
		}
		err = errors.Join(err, byHand.Delivered(w.t.Context(), l.ID))
	}
	return err
}

// sweep reads the Apps' delivery logs when what was sent so far is over.
func sweep(w *telling, _ any) error {
	w.rest()
	w.advance(2 * time.Minute)
	for _, app := range w.server.sweep.apps {
		if err := w.server.sweep.Round(w.t.Context(), app); err != nil {
			return err
		}
	}
	w.rest()
	return nil
}

// which picks deliveries of this step.
type which struct {
	Event  string `yaml:"event"`
	Action string `yaml:"action"`
	// Backwards sends the last one first.
	Backwards bool `yaml:"backwards"`
}

func (w *telling) picked(a which) []githubsim.Delivery {
	var out []githubsim.Delivery
	for _, d := range w.Deliveries()[w.mark:] {
		if !d.Redelivery && (a.Event == "" || d.Event == a.Event) && (a.Action == "" || d.Action == a.Action) {
			out = append(out, d)
		}
	}
	if a.Backwards {
		slices.Reverse(out)
	}
	return out
}

// deliver sends deliveries of this step, held or not, under their own GUIDs.
func deliver(w *telling, a which) error {
	list := w.picked(a)
	if len(list) == 0 {
		return errors.New("there is no such delivery")
	}
	for _, d := range list {
		if err := w.Redeliver(d.GUID); err != nil {
			return err
		}
	}
	return nil
}

// copyDelivery sends the bytes of deliveries again under another GUID, as a
// second hook on the same repository does.
func copyDelivery(w *telling, a which) error {
	list := w.picked(a)
	if len(list) == 0 {
		return errors.New("there is no such delivery")
	}
	for _, d := range list {
		secret := w.apps["source"].Secrets[0]
		if d.AppID == w.apps["rooms"].ID {
			secret = w.apps["rooms"].Secrets[0]
		}
		mac := hmac.New(sha256.New, secret)
		_, _ = mac.Write(d.RequestBody)
		req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, d.URL, strings.NewReader(string(d.RequestBody)))
		if err != nil {
			return err
		}
		req.Header = d.RequestHeader.Clone()
		req.Header.Set("X-GitHub-Delivery", "00000000-0000-4000-8000-"+fmt.Sprintf("%012d", d.ID))
		req.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		_ = resp.Body.Close()
		if resp.StatusCode >= 300 {
			return fmt.Errorf("the copy was answered %s", resp.Status)
		}
	}
	return nil
}
