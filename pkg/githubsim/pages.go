package githubsim

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The pages are for people: whoever tries cocrouter signs in here as anybody
// and works with files and issues as on GitHub. They show what the views of
// views.go let the viewer see and act through the same methods as tests and the
// API, so permissions and webhooks cannot differ.
//
// What a viewer may not see and what does not exist answer with the same
// bytes; that is why no page repeats its address in its frame, and why signing
// in leads back by the Referer header.

//go:embed templates
var templateFiles embed.FS

const (
	// Cookies ignore ports, so the name must not be one that the server under
	// trial could use on the same host.
	sessionCookie = "githubsim_session"
	maxForm       = 2 << 20
)

// pages is what the Sim's pages remember: who signed in with which cookie.
type pages struct {
	sim *Sim

	mu       sync.Mutex
	sessions map[string]string // cookie to login
}

// pages answers every address outside the API.
func (s *Sim) pages() http.Handler {
	p := &pages{sim: s, sessions: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /-/style.css", serveStyle)
	mux.HandleFunc("POST /login", p.signIn)
	mux.HandleFunc("POST /logout", p.signOut)
	mux.HandleFunc("GET /login/oauth/authorize", p.askToAuthorize)
	mux.HandleFunc("POST /login/oauth/authorize", p.authorize)
	mux.HandleFunc("POST /login/oauth/access_token", p.accessToken)
	mux.Handle("GET /{$}", p.show(p.home))
	mux.Handle("GET /{owner}", p.show(p.owner))

	mux.Handle("GET /{owner}/{repo}", p.show(p.files))
	mux.Handle("GET /{owner}/{repo}/tree/{branch}/{path...}", p.show(p.files))
	mux.Handle("GET /{owner}/{repo}/blob/{branch}/{path...}", p.show(p.file))
	mux.Handle("GET /{owner}/{repo}/new/{branch}", p.show(p.newFile))
	mux.Handle("POST /{owner}/{repo}/new/{branch}", p.do(p.createFile))
	mux.Handle("GET /{owner}/{repo}/edit/{branch}/{path...}", p.show(p.editFile))
	mux.Handle("POST /{owner}/{repo}/edit/{branch}/{path...}", p.do(p.saveFile))
	mux.Handle("POST /{owner}/{repo}/delete/{branch}/{path...}", p.do(p.deleteFile))

	mux.Handle("GET /{owner}/{repo}/issues", p.show(p.issues(false)))
	mux.Handle("GET /{owner}/{repo}/pulls", p.show(p.issues(true)))
	mux.Handle("GET /{owner}/{repo}/issues/new", p.show(p.newIssue))
	mux.Handle("POST /{owner}/{repo}/issues", p.do(p.createIssue))
	mux.Handle("GET /{owner}/{repo}/issues/{number}", p.show(p.issue(false)))
	mux.Handle("GET /{owner}/{repo}/pull/{number}", p.show(p.issue(true)))
	mux.Handle("POST /{owner}/{repo}/issues/{number}/comment", p.do(p.comment))
	mux.Handle("POST /{owner}/{repo}/issues/{number}/state", p.do(p.setState))
	mux.Handle("POST /{owner}/{repo}/issues/{number}/label", p.do(p.addLabel))
	mux.Handle("POST /{owner}/{repo}/issues/{number}/unlabel", p.do(p.removeLabel))
	mux.Handle("/", p.show(func(*http.Request) (webPage, error) { return webPage{}, notFound() }))

	guarded := http.NewCrossOriginProtection().Handler(http.MaxBytesHandler(mux, maxForm))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		// Styles in attributes carry the colours of labels; nothing else from
		// people's words reaches a style, and there is no script at all.
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self' 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		guarded.ServeHTTP(w, r)
	})
}

// A webPage is one answer to a person: a template, what it shows, and its title.
type webPage struct {
	template string
	title    string
	view     any
	// to is where the person is sent instead, if it is not empty.
	to string
}

// show answers with a page, or with the page for an error.
func (p *pages) show(find func(*http.Request) (webPage, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		found, err := find(r)
		switch {
		case err != nil:
			p.fail(w, r, err)
		case found.to != "":
			http.Redirect(w, r, found.to, http.StatusFound)
		default:
			p.render(w, r, http.StatusOK, found)
		}
	})
}

// do lets the viewer act and leads on to the address that act returns. Nobody
// acts without signing in; a stranger learns that only where they can read.
func (p *pages) do(act func(login string, r *http.Request) (string, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		login := p.viewer(r)
		if login == "" {
			if p.sim.CanRead("", fullName(r)) {
				p.fail(w, r, refuse(http.StatusUnauthorized, "Sign in first: choose a name at the top of the page."))
			} else {
				p.fail(w, r, notFound())
			}
			return
		}
		if err := r.ParseForm(); err != nil {
			p.fail(w, r, refuse(http.StatusBadRequest, "The form could not be read."))
			return
		}
		to, err := act(login, r)
		if err != nil {
			p.fail(w, r, err)
			return
		}
		http.Redirect(w, r, to, http.StatusSeeOther)
	})
}

// fail shows a refusal in GitHub's words. Not found is one page for everything
// that is hidden or not there.
func (p *pages) fail(w http.ResponseWriter, r *http.Request, err error) {
	var refused *APIError
	if !errors.As(err, &refused) {
		refused = &APIError{Status: http.StatusBadRequest, Message: err.Error()}
	}
	if refused.Status == http.StatusNotFound {
		p.render(w, r, refused.Status, webPage{template: "missing.html", title: "Page not found"})
		return
	}
	p.render(w, r, refused.Status, webPage{template: "refused.html", title: http.StatusText(refused.Status), view: refused})
}

func (p *pages) render(w http.ResponseWriter, r *http.Request, status int, found webPage) {
	frame := struct {
		Title  string
		Viewer string
		Users  []string
		View   any
	}{found.title, p.viewer(r), p.sim.Users(), found.view}
	var out bytes.Buffer
	if err := templates[found.template].ExecuteTemplate(&out, "frame.html", frame); err != nil {
		http.Error(w, fmt.Sprintf("githubsim: page %s: %v", found.template, err), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = out.WriteTo(w) // the reader has gone
}

// templates are parsed once; each page has the frame and the parts with it.
var templates = func() map[string]*template.Template {
	shared := template.Must(template.New("").Funcs(inTemplates).ParseFS(templateFiles, "templates/frame.html", "templates/parts.html"))
	all := map[string]*template.Template{}
	for _, name := range []string{"home.html", "owner.html", "files.html", "file.html", "edit.html", "issues.html", "new_issue.html", "issue.html", "missing.html", "refused.html", "authorize.html"} {
		all[name] = template.Must(template.Must(shared.Clone()).ParseFS(templateFiles, "templates/"+name))
	}
	return all
}()

// inTemplates is what the templates can do with the views.
var inTemplates = template.FuncMap{
	"address":  address,
	"comment":  commentHTML,
	"document": documentHTML,
	"paint":    paint,
	"bot":      func(login string) bool { return strings.HasSuffix(login, "[bot]") },
	"name":     func(login string) string { return strings.TrimSuffix(login, "[bot]") },
	"initial":  func(login string) string { return strings.ToUpper(login[:1]) },
	"hue":      hue,
	"human":    func(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04 UTC") },
	"machine":  func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
}

// paint chooses black or white on the label's colour, whichever reads better.
func paint(l LabelView) template.CSS {
	color := l.Color
	if !colorPattern.MatchString(color) {
		color = plainColor
	}
	rgb, _ := strconv.ParseUint(color, 16, 32) // six hexadecimal digits, as just checked
	luminance := 0.2126*float64(rgb>>16) + 0.7152*float64(rgb>>8&0xff) + 0.0722*float64(rgb&0xff)
	on := "#ffffff"
	if luminance > 0.453*255 { // the threshold that GitHub uses
		on = "#000000"
	}
	return template.CSS("--label:#" + color + ";--on-label:" + on)
}

// hue gives everybody a colour of their own.
func hue(login string) int {
	sum := uint32(0)
	for _, b := range []byte(login) {
		sum = sum*31 + uint32(b)
	}
	return int(sum * 137 % 360) // names that differ by a letter lie apart
}

func serveStyle(w http.ResponseWriter, r *http.Request) {
	http.ServeFileFS(w, r, templateFiles, "templates/style.css")
}

// signIn makes whoever asks one of the seeded people: this is a stage, not a
// gate.
func (p *pages) signIn(w http.ResponseWriter, r *http.Request) {
	p.sim.mu.Lock()
	a, err := p.sim.person(r.PostFormValue("as"))
	p.sim.mu.Unlock()
	if err != nil || a.kind != kindUser {
		p.fail(w, r, refuse(http.StatusUnprocessableEntity, "There is nobody of this name."))
		return
	}
	p.forget(r)
	key := randomHex(16)
	p.mu.Lock()
	p.sessions[key] = a.login
	p.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: key, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, backTo(r), http.StatusSeeOther)
}

func (p *pages) signOut(w http.ResponseWriter, r *http.Request) {
	p.forget(r)
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, backTo(r), http.StatusSeeOther)
}

func (p *pages) forget(r *http.Request) {
	if cookie, err := r.Cookie(sessionCookie); err == nil {
		p.mu.Lock()
		delete(p.sessions, cookie.Value)
		p.mu.Unlock()
	}
}

// viewer is the login of whoever is signed in, empty for nobody.
func (p *pages) viewer(r *http.Request) string {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return ""
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sessions[cookie.Value]
}

// backTo is the page that the form was on, the front page if it is not one of
// ours.
func backTo(r *http.Request) string {
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != r.Host || !strings.HasPrefix(from.Path, "/") || strings.HasPrefix(from.Path, "//") {
		return "/"
	}
	return (&url.URL{Path: from.Path, RawPath: from.RawPath, RawQuery: from.RawQuery}).String()
}

func fullName(r *http.Request) string { return r.PathValue("owner") + "/" + r.PathValue("repo") }

// number is the issue of the address; what is no number is not found.
func number(r *http.Request) int {
	n, err := strconv.Atoi(r.PathValue("number"))
	if err != nil {
		return 0
	}
	return n
}

// address puts together a path of the pages from unescaped parts.
func address(parts ...string) string {
	escaped := make([]string, len(parts))
	for i, part := range parts {
		escaped[i] = url.PathEscape(part)
	}
	return "/" + strings.Join(escaped, "/")
}

// accountView is a person or an organisation with the repositories that the
// viewer may see.
type accountView struct {
	Login string
	IsOrg bool
	Roles []string // of a person in organisations
	Repos []RepoView
}

func (p *pages) home(r *http.Request) (webPage, error) {
	var view struct{ People, Owners []accountView }
	for _, a := range p.accounts(p.viewer(r)) {
		if !a.IsOrg {
			view.People = append(view.People, a)
		}
		if len(a.Repos) > 0 {
			view.Owners = append(view.Owners, a)
		}
	}
	return webPage{template: "home.html", title: "Simulated GitHub", view: view}, nil
}

func (p *pages) owner(r *http.Request) (webPage, error) {
	for _, a := range p.accounts(p.viewer(r)) {
		if strings.EqualFold(a.Login, r.PathValue("owner")) {
			return webPage{template: "owner.html", title: a.Login, view: a}, nil
		}
	}
	return webPage{}, notFound()
}

// accounts are all people and organisations by login, with what viewer sees of
// them.
func (p *pages) accounts(viewer string) []accountView {
	repos := p.sim.VisibleRepos(viewer)
	p.sim.mu.Lock()
	defer p.sim.mu.Unlock()
	var all []accountView
	for _, key := range slices.Sorted(maps.Keys(p.sim.accounts)) {
		a := p.sim.accounts[key]
		if a.kind == kindBot || key == "ghost" {
			continue
		}
		view := accountView{Login: a.login, IsOrg: a.kind == kindOrg, Roles: p.sim.rolesOf(a)}
		for _, r := range repos {
			if r.Owner == a.login {
				view.Repos = append(view.Repos, r)
			}
		}
		all = append(all, view)
	}
	return all
}

// rolesOf says what a person is in every organisation.
func (s *Sim) rolesOf(a *account) []string {
	var roles []string
	for _, key := range slices.Sorted(maps.Keys(s.accounts)) {
		switch o := s.accounts[key]; {
		case o.isOwner(a):
			roles = append(roles, "owner of "+o.login)
		case o.isMember(a):
			roles = append(roles, "member of "+o.login)
		}
	}
	return roles
}
