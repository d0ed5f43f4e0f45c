// Package api answers programs: what the pages show, as JSON and CSV under /api/v1, described by an OpenAPI document.
//
// [New] gives the handler, to be mounted at /api/. Each endpoint is a question to a [Reader], the same that answers the
// pages: who sees what is decided there by the publication policy, and nowhere else. Names and their equals in the MANRS
// Observatory's API are in docs/api.md; testdata/openapi.json is the document as it was last looked at.
//
// Invariants: the handler reads and never writes; what has no data is null with a reason beside it, never 0; every error
// is a problem document (RFC 9457); answers to whoever shows a token or a session are not kept by anybody and are not for
// pages of other sites; a client that asks too often is told when to come back. Lists come in parts that link to the
// next; a part begins after the last key of the one before, so that what is added meanwhile shifts nothing.
//
// The package does not check tokens and makes no pages: whoever mounts it hands in how.
package api

import (
	"context"
	"encoding/json"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"pahra/internal/account"
	"pahra/internal/limit"
	"pahra/internal/service"
)

// Root is where the handler expects to be mounted.
const Root = "/api/"

// Reader gives what is shown. *service.Shown is the one of a service. Safe for concurrent use.
type Reader interface {
	// Answer gives the view that answers a question, with what the viewer may see of it: service.ErrNoPage where there
	// is none, a *service.WrongUse for a question that makes no sense, service.ErrNotYet before there is anything.
	Answer(ctx context.Context, viewer account.Viewer, q service.Question) (any, error)
	// Listen tells of incidents as they come, until the context ends; then the channel is closed.
	Listen(ctx context.Context, viewer account.Viewer) <-chan service.News
}

// Config is what an API is made of. Reader and Log are needed.
type Config struct {
	Reader Reader
	Log    *slog.Logger
	// Who says who asks; nil takes everybody for the public. account.ErrRefused is for a token that does not stand.
	Who func(*http.Request) (account.Viewer, error)
	// Client gives the address that a request comes from; nil takes that of the connection.
	Client func(*http.Request) netip.Addr
	// Private refuses whoever has no account.
	Private bool
	// Page writes a page of the site around a body, for /api/docs; nil for none.
	Page func(w http.ResponseWriter, r *http.Request, title string, body template.HTML)
	// Limits says how often may be asked; the zero value takes the defaults.
	Limits Limits
	// Streams bounds those who listen to incidents; nil takes the defaults. Other doors may share it.
	Streams *limit.Streams
	Now     func() time.Time
}

// API answers. Safe for concurrent use.
type API struct {
	config   Config
	mux      *http.ServeMux
	huma     huma.API
	tables   map[string]bool // patterns of endpoints that can be had as CSV
	spec     []byte
	docs     template.HTML
	requests *limit.Requests
}

// New gives the handler.
func New(c Config) (*API, error) {
	if c.Reader == nil || c.Log == nil {
		return nil, errors.New("the API needs a reader and a log")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Who == nil {
		c.Who = func(*http.Request) (account.Viewer, error) { return account.Viewer{}, nil }
	}
	if c.Client == nil {
		c.Client = connected
	}
	if c.Limits == (Limits{}) {
		c.Limits = LimitsOf(limit.Defaults())
	}
	if c.Streams == nil {
		c.Streams = limit.NewStreams(limit.Defaults().Streams, limit.Defaults().StreamsEach)
	}
	a := &API{config: c, mux: http.NewServeMux(), tables: make(map[string]bool), requests: limit.NewRequests(c.Limits.Window, c.Now)}
	a.huma = humago.New(a.mux, settings())
	a.networks()
	a.scores()
	a.neighbourhoods()
	a.incidents()
	a.sources()
	a.about()
	a.streams()
	if err := a.describe(); err != nil {
		return nil, err
	}
	return a, nil
}

// describe writes the OpenAPI document and the page for people.
func (a *API) describe() (err error) {
	if a.spec, err = json.MarshalIndent(a.huma.OpenAPI(), "", "  "); err != nil {
		return err
	}
	a.spec = append(a.spec, '\n')
	a.mux.HandleFunc("GET /api/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/openapi+json;version=3.1")
		_, _ = w.Write(a.spec)
	})
	if a.config.Page == nil {
		return nil
	}
	if a.docs, err = docsOf(a.huma.OpenAPI()); err != nil {
		return err
	}
	a.mux.HandleFunc("GET /api/{$}", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, docsPath, http.StatusSeeOther) })
	return nil
}

// connected gives the address of the connection.
func connected(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap()
}
