package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/cocrouter/cocrouter/pkg/coc"
)

// Options are what the pages need. Desk is required.
type Options struct {
	Desk Desk
	// PublicURL is where people reach the pages. Forms that are sent from its
	// origin are trusted also where a proxy changes the Host header. Empty:
	// only the browser's own word counts.
	PublicURL string
	// OnionURL is where the pages are reached as an onion service, without a path;
	// browsers that can are told of it. Empty: nowhere.
	OnionURL string
	// GitHubURL is where the people live whom a committee shows; "" leads to nobody.
	GitHubURL string
	// Exit is the page that somebody leaves to who must not be seen here; "" is
	// UsualExit.
	Exit string
	// Crowd is how many reports are taken in a second, from everybody together,
	// before those who come have to wait their turn; 0 is UsualCrowd.
	Crowd int
	Now   func() time.Time // nil: time.Now
	Log   zerolog.Logger   // gets reference numbers, never addresses or words

	sleep func(context.Context, time.Duration) // nil: for real
}

//go:embed pages
var pages embed.FS

type site struct {
	Options
	tries     *tries
	guesses   guesses
	curious   curious
	crowd     *crowd
	uploading *uploading
}

// New answers GET and POST /report/{owner}/{repo} and /report/elsewhere, POST to
// where each of them asks who would read it, GET /report, GET and POST /receipt and
// /answer/{token}, /auth and /cases, GET /assets/, and everything else with a page that says there is
// no such page.
func New(o Options) http.Handler {
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Exit = cmp.Or(o.Exit, UsualExit)
	s := &site{Options: o, tries: newTries(), guesses: newGuesses(), curious: newCurious(), crowd: newCrowd(o.Crowd, o.sleep), uploading: &uploading{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /report", s.ask)
	mux.HandleFunc("GET /report/elsewhere", s.form)
	mux.HandleFunc("POST /report/elsewhere", s.file)
	mux.HandleFunc("POST /report/readers", s.readers)
	mux.HandleFunc("GET /report/{owner}/{repo}", s.form)
	mux.HandleFunc("POST /report/{owner}/{repo}", s.file)
	mux.HandleFunc("POST /report/{owner}/{repo}/readers", s.readers)
	mux.HandleFunc("GET /receipt", s.lookup)
	mux.HandleFunc("POST /receipt", s.receipt)
	mux.HandleFunc("GET /answer/{token}", s.invited)
	mux.HandleFunc("POST /answer/{token}", s.answer)
	mux.HandleFunc("GET /auth/github", s.signIn)
	mux.HandleFunc("GET /auth/github/callback", s.signedIn)
	mux.HandleFunc("POST /auth/sign-out", s.signOut)
	mux.HandleFunc("GET /cases", s.cases)
	mux.HandleFunc("GET /cases/{id}", s.record)
	mux.HandleFunc("POST /cases/{id}", s.declare)
	mux.HandleFunc("GET /cases/{id}/evidence/{n}", s.exhibit)
	mux.HandleFunc("POST /cases/{id}/evidence", s.add)
	mux.HandleFunc("POST /cases/{id}/evidence/{n}", s.clean)
	mux.HandleFunc("GET /assets/cocrouter.css", asset("cocrouter.css"))
	mux.HandleFunc("GET /assets/exit.js", asset("exit.js"))
	mux.HandleFunc("GET /assets/keep.js", asset("keep.js"))
	mux.HandleFunc("GET /assets/proof.js", asset("proof.js"))
	mux.HandleFunc("GET /favicon.ico", noIcon)
	mux.HandleFunc("GET /assets/readers.js", asset("readers.js"))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.message(w, r, http.StatusNotFound, "missing")
	})
	return s.headers(s.survived(silent(s.ownForms().Handler(mux))))
}

// survived answers a panic with a page like any other. Its value may hold what
// somebody wrote, so only the stack is logged, which holds addresses and no strings.
func (s *site) survived(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch v := recover(); v {
			case nil:
			case http.ErrAbortHandler:
				panic(v)
			default:
				number := rand.Text()[:8]
				s.Log.Error().Str("reference", number).Bytes("stack", debug.Stack()).Msg("panic while answering")
				s.show(w, r, http.StatusInternalServerError, "message", struct{ Key, Reference string }{"failed", number})
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// ownForms refuses forms that another site sends in somebody's name.
func (s *site) ownForms() *http.CrossOriginProtection {
	guard := http.NewCrossOriginProtection()
	for _, address := range []string{s.PublicURL, s.OnionURL} {
		if u, err := url.Parse(address); err == nil && u.Host != "" {
			// It fails only for what is no origin; then nothing more is trusted.
			_ = guard.AddTrustedOrigin(u.Scheme + "://" + u.Host)
		}
	}
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.message(w, r, http.StatusForbidden, "foreign")
	}))
	return guard
}

// silent lets browsers send our forms that do not say where a form comes from:
// those from before 2023, and others where a page comes by plain HTTP, as from an
// onion service. Told to send no referrer, they send "Origin: null", from our page
// and from any other. Without a cookie a form has nothing that another site could
// make use of.
func silent(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") == "null" && r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Cookie") == "" {
			r = r.Clone(r.Context())
			r.Header.Del("Origin")
		}
		next.ServeHTTP(w, r)
	})
}

const policy = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// headers go with every answer, errors among them. Nothing is indexed: a
// search engine that lists these addresses tells which repositories have been
// asked about.
func (s *site) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Robots-Tag", "noindex, nofollow")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		// Not from where somebody is signed in: there they would be a stranger.
		reporting := strings.HasPrefix(r.URL.Path, "/report") || r.URL.Path == "/receipt"
		if s.OnionURL != "" && r.Method == http.MethodGet && reporting && r.Host != s.onionHost() {
			h.Set("Onion-Location", s.OnionURL+r.URL.RequestURI())
		}
		next.ServeHTTP(w, r)
	})
}

// onionHost is the name of the onion service.
func (s *site) onionHost() string {
	_, host, _ := strings.Cut(s.OnionURL, "://")
	return host
}

func asset(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=3600")
		http.ServeFileFS(w, r, pages, "pages/"+name)
	}
}

// noIcon answers browsers that ask for a picture by themselves. There is none: in
// a row of tabs or in the history it would tell others what this is.
func noIcon(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=3600")
	w.WriteHeader(http.StatusNoContent)
}

// views are the pages by name; every one stands in the layout. They are spoken in
// a language by a copy.
var views = map[string]*template.Template{
	"ask":      view("ask"),
	"form":     view("form"),
	"filed":    view("filed"),
	"lookup":   view("lookup"),
	"progress": view("progress"),
	"message":  view("message"),
	"plain":    view("plain"),
	"answer":   view("answer"),
	"signin":   view("signin"),
	"cases":    view("cases"),
	"case":     view("case"),
	"heard":    view("heard"),
	"readers":  part("readers"),
}

func view(name string) *template.Template {
	return template.Must(template.New("layout.html").Funcs(words{catalogue: fallback}.funcs()).ParseFS(pages, "pages/layout.html", "pages/now.html", "pages/upload.html", "pages/asked.html", "pages/"+name+".html"))
}

// part is a piece of a page that stands alone.
func part(name string) *template.Template {
	return template.Must(template.New(name+".html").Funcs(words{catalogue: fallback}.funcs()).ParseFS(pages, "pages/now.html", "pages/"+name+".html"))
}

// funcs are what templates may call.
func (w words) funcs() template.FuncMap {
	return template.FuncMap{
		"say": w.Say, "span": w.Span, "day": w.Day, "beside": w.Beside,
		"before": w.Before, "after": w.After,
		"to": w.To, "kept": w.Kept, "lang": w.Lang, "dir": w.Dir,
		"spoken":  func() string { return w.Name },
		"address": address, "groups": groups, "spelled": spelled,
		"said": coc.Prose.Reveal, "clock": clock, "due": w.Due,
	}
}

// spoken are the pages in each language, made when somebody first asks for one.
var spoken = func() map[words]func() map[string]*template.Template {
	out := map[words]func() map[string]*template.Template{}
	for _, c := range catalogues {
		for _, kept := range []bool{false, true} {
			w := words{c, kept}
			out[w] = sync.OnceValue(func() map[string]*template.Template {
				in := map[string]*template.Template{}
				for name, view := range views {
					in[name] = template.Must(view.Clone()).Funcs(w.funcs())
				}
				return in
			})
		}
	}
	return out
}()

// show answers with a page, as a whole or not at all, in the language of whoever
// asks.
func (s *site) show(w http.ResponseWriter, r *http.Request, status int, name string, data any) {
	var page buffer
	speaks := speak(r)
	if err := spoken[speaks]()[name].Execute(&page, s.framed(r, speaks, data)); err != nil {
		// Only our own templates can be wrong; they hold no words of anybody.
		s.Log.Error().Str("page", name).Str("kind", fmt.Sprintf("%T", err)).Msg("page could not be made")
		said, _ := speaks.Say("failed.title") // which is there
		http.Error(w, said, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", speaks.Lang())
	w.Header().Set("Vary", "Accept-Language")
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes())
}

// message is a page with a heading and a sentence.
func (s *site) message(w http.ResponseWriter, r *http.Request, status int, key string) {
	s.show(w, r, status, "message", struct{ Key, Reference string }{Key: key})
}

// failed is a message for an error of ours.
func (s *site) failed(w http.ResponseWriter, r *http.Request, route string, err error) {
	s.show(w, r, http.StatusServiceUnavailable, "message", struct{ Key, Reference string }{"failed", s.reference(route, err)})
}

// reference logs an error under a number that somebody can quote. Errors carry
// identifiers and no words; one that does carry what somebody wrote is logged
// by its type alone.
func (s *site) reference(route string, err error, written ...coc.Prose) string {
	number := rand.Text()[:8]
	cause := err.Error()
	if quotes(cause, written) {
		cause = fmt.Sprintf("withheld (%T)", err)
	}
	s.Log.Error().Str("reference", number).Str("route", route).Str("cause", cause).Msg("request failed")
	return number
}
