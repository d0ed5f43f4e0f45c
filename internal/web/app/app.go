// Package app serves the pages of a service over HTTP.
//
// [New] gives the handler. A page is a question to a [Reader] and the template of package web for its answer; beside
// each page lies the same as JSON, and where it is a table as CSV, under the same path with that extension. Pages need
// no script: those there are show news as it comes and draw history with uPlot, which "make assets" puts into static/.
//
// [App.Run] goes on beside the handler: whoever asks for a page that is no longer fresh gets it as it was, at once, and Run
// makes it anew. Without it pages are a minute old before they change.
//
// Invariants: the handler reads and never writes; every answer has a Content-Security-Policy that lets nothing of
// another host in; what depends on who looks is never kept for anybody else; no page is rendered twice at once for the
// public, and what the public sees is at most a minute old; a panic costs one answer, not the process.
//
// It does not decide who sees what: the Reader does.
package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"pahra/internal/account"
	"pahra/internal/limit"
	"pahra/internal/service"
	"pahra/internal/web"
	"pahra/wire/values"
)

// Reader gives what pages show. *service.Shown is the one of a service. Safe for concurrent use.
type Reader interface {
	// Answer gives the view that answers a question, with what the viewer may see of it: service.ErrNoPage where there
	// is none, a *service.WrongUse for a question that makes no sense, service.ErrNotYet before there is anything.
	Answer(ctx context.Context, viewer account.Viewer, q service.Question) (any, error)
	// Version changes when every page may have.
	Version() string
	// Has tells whether a network has a page.
	Has(asn values.ASN) bool
	// Listen tells of incidents as they come, until the context ends; then the channel is closed.
	Listen(ctx context.Context, viewer account.Viewer) <-chan service.News
}

// Config is what an App is made of. Reader and Log are needed.
type Config struct {
	Reader Reader
	Log    *slog.Logger
	// Viewer says who asks; nil takes everybody for the public.
	Viewer func(*http.Request) account.Viewer
	// Private refuses whoever has no account, but for the paths that one needs to log in.
	Private bool
	// Login says whether somebody can log in, API whether there is an API to lead to.
	Login, API bool
	// Statistics says whether there is a desk whose statistics are published.
	Statistics bool
	// Synthetic says that the Internet that pages are about is made up; every page says so then.
	Synthetic bool
	// Client gives the address that a request comes from; nil takes that of the connection.
	Client func(*http.Request) netip.Addr
	// PerMinute is how many requests one address may make in a minute; 0 takes the default.
	PerMinute int
	// Streams bounds those who listen to news; nil takes the defaults. Other doors may share it.
	Streams *limit.Streams
	Now     func() time.Time
}

// App serves pages, see [App.Run]. Safe for concurrent use.
type App struct {
	config   Config
	site     *web.Site
	mux      *http.ServeMux
	cache    *cache
	assets   *assets
	requests *limit.Requests
	desk     bool // analysts have one
	// cases gives the open cases of a network that a viewer sees; nil where there is no desk.
	cases func(ctx context.Context, v account.Viewer, asn values.ASN) (*web.OpenCases, error)
}

// New gives the handler of the pages.
func New(c Config) (*App, error) {
	if c.Reader == nil || c.Log == nil {
		return nil, errors.New("the pages need a reader and a log")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Viewer == nil {
		c.Viewer = func(*http.Request) account.Viewer { return account.Viewer{} }
	}
	if c.Client == nil {
		c.Client = func(r *http.Request) netip.Addr { return ClientAddress(r, nil) }
	}
	if c.PerMinute == 0 {
		c.PerMinute = limit.Defaults().Pages
	}
	if c.Streams == nil {
		c.Streams = limit.NewStreams(limit.Defaults().Streams, limit.Defaults().StreamsEach)
	}
	site, err := web.NewServed(c.Reader.Has)
	if err != nil {
		return nil, err
	}
	a := &App{config: c, site: site, mux: http.NewServeMux(), cache: newCache(maxCached, c.Now), requests: limit.NewRequests(time.Minute, c.Now)}
	if a.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	a.routes()
	return a, nil
}

// Run makes anew what was asked for and is no longer fresh, until ctx ends. It leaves half of the processors to others.
func (a *App) Run(ctx context.Context) {
	var workers sync.WaitGroup
	for range max(1, runtime.GOMAXPROCS(0)/2) {
		workers.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case d := <-a.cache.due:
					a.renew(d)
				}
			}
		})
	}
	workers.Wait()
}

// renew makes an answer anew. What goes wrong in it is told to who asks when the old one may no longer be shown.
func (a *App) renew(d due) {
	defer func() {
		if what := recover(); what != nil {
			a.config.Log.Error("a page panicked", "page", d.key, "panic", what, "stack", string(debug.Stack()))
		}
	}()
	a.cache.renew(d)
}

// ServeHTTP answers a request. Nothing that goes wrong in it goes further.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.guarded(a.mux).ServeHTTP(w, r) }

// routes says which question stands behind which path.
func (a *App) routes() {
	a.mux.HandleFunc("GET /static/{version}/{name}", a.serveAsset)
	a.mux.HandleFunc("GET /robots.txt", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("User-agent: *\nDisallow: /search\nDisallow: /events\n"))
	})
	a.mux.HandleFunc("GET /events", a.serveEvents)
	a.page("/{$}", homeQuestion)
	a.page("/index", homeQuestion)
	a.page("/incidents", incidentsQuestion)
	a.page("/incident/{id}", incidentQuestion)
	a.page("/networks", networksQuestion)
	a.page("/network/{asn}", networkQuestion)
	a.page("/neighbourhoods", neighbourhoodsQuestion)
	a.page("/neighbourhood/{name}", neighbourhoodQuestion)
	a.page("/neighbourhood/{name}/networks", membersQuestion)
	a.page("/prefix/{prefix...}", prefixQuestion)
	a.page("/compare", compareQuestion)
	a.page("/sources", sourcesQuestion)
	a.page("/statistics", statisticsQuestion)
	a.page("/network/{asn}/health", networkHealthQuestion)
	a.page("/neighbourhood/{name}/health", neighbourhoodHealthQuestion)
	a.page("/method", methodQuestion)
	a.mux.HandleFunc("GET /search", a.serveSearch)
	a.mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) { a.fail(w, r, service.ErrNoPage) })
	a.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", "GET, HEAD")
		a.showError(w, r, http.StatusMethodNotAllowed, "Pages can only be read", "This address takes GET and HEAD.")
	})
}

// asking turns a request into a question.
type asking func(r *http.Request) (service.Question, error)

// page serves the answer to a question under a path.
func (a *App) page(path string, ask asking) {
	a.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
		q, err := ask(r)
		if err != nil {
			a.fail(w, r, err)
			return
		}
		a.serve(w, r, q)
	})
}
