// Package taxii serves the exchange over TAXII 2.1: discovery at /taxii2/, one API root at /taxii2/pahra/.
//
// [Server] is the handler; [HTTP] and [TLS] are how it is to be listened with. It makes out who asks, reads what is asked, and writes
// down what the service answers, errors too, in the form of TAXII. It decides nothing: rights, pages and posts are package
// service/exchange's.
package taxii

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"pahra/internal/service/exchange"
	"pahra/internal/store"
	wire "pahra/wire/taxii"
)

// The paths, which the discovery tells too.
const (
	DiscoveryPath = "/taxii2/"
	RootPath      = "/taxii2/pahra/"
)

// The bounds of a request.
const (
	MaxContentLength = 10 << 20 // of a post, in octets
	defaultLimit     = 100      // of a page
	maxLimit         = 1000
	postsEach        = 2 // posts that one user may have under way
	postsAll         = 16
)

// Server answers requests. Safe for concurrent use.
type Server struct {
	Service *exchange.Service
	Title   string // of the server
	Contact string // whom to ask; "" nobody is named
	Now     func() time.Time
	Log     *slog.Logger
	Books   *exchange.Books // ledgers and recalls; nil: there are none

	mu      sync.Mutex
	posting map[string]int // posts under way by user
	posts   int
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if err := s.answer(w, r); err != nil {
		s.fail(w, r, err)
	}
}

// request is a request whose asker is known.
type request struct {
	w      http.ResponseWriter
	r      *http.Request
	ctx    context.Context
	caller exchange.Caller
	part   []string // of the path below /taxii2/
}

// handler answers one kind of request.
type handler func(*request) error

func (s *Server) answer(w http.ResponseWriter, r *http.Request) error {
	caller, err := s.caller(r)
	if err != nil {
		return err
	}
	q := &request{w: w, r: r, ctx: r.Context(), caller: caller}
	if found, err := s.books(q); found {
		return err
	}
	below, inside := strings.CutPrefix(r.URL.Path, DiscoveryPath)
	if !inside {
		if r.URL.Path != strings.TrimSuffix(DiscoveryPath, "/") {
			return exchange.ErrNotFound
		}
		below = ""
	}
	if below = strings.TrimSuffix(below, "/"); below != "" {
		q.part = strings.Split(below, "/")
	}
	methods := s.route(q.part)
	if methods == nil {
		return exchange.ErrNotFound
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	do := methods[method]
	if do == nil {
		w.Header().Set("Allow", strings.Join(names(methods), ", "))
		return &problem{http.StatusMethodNotAllowed, "the method is not allowed here", ""}
	}
	if !wire.Acceptable(strings.Join(r.Header.Values("Accept"), ",")) {
		return &problem{http.StatusNotAcceptable, "nothing that Accept allows can be sent", "send Accept: " + wire.MediaType}
	}
	return do(q)
}

func names(methods map[string]handler) []string {
	var all []string
	for name := range methods {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// route gives the handlers of a path by method, nil where there is none.
func (s *Server) route(part []string) map[string]handler {
	get := func(h handler) map[string]handler { return map[string]handler{http.MethodGet: h} }
	switch {
	case len(part) == 0:
		return get(s.discovery)
	case part[0] != "pahra":
		return nil
	case len(part) == 1:
		return get(s.root)
	case len(part) == 3 && part[1] == "status":
		return get(s.status)
	case part[1] != "collections":
		return nil
	case len(part) == 2:
		return get(s.collections)
	case len(part) == 3:
		return get(s.collection)
	case len(part) == 4 && part[3] == "manifest":
		return get(s.manifest)
	case part[3] != "objects":
		return nil
	case len(part) == 4:
		return map[string]handler{http.MethodGet: s.objects, http.MethodPost: s.post}
	case len(part) == 5:
		return map[string]handler{http.MethodGet: s.object, http.MethodDelete: s.remove}
	case len(part) == 6 && part[5] == "versions":
		return get(s.versions)
	}
	return nil
}

func (s *Server) discovery(q *request) error {
	return q.send(http.StatusOK, wire.Discovery{Title: s.Title, Contact: s.Contact, Default: RootPath, APIRoots: []string{RootPath}})
}

func (s *Server) root(q *request) error {
	return q.send(http.StatusOK, wire.APIRoot{Title: s.Title, Versions: []string{wire.MediaType}, MaxContentLength: MaxContentLength})
}

func (s *Server) status(q *request) error {
	body, err := s.Service.Status(q.ctx, q.caller, q.part[2])
	if err != nil {
		return err
	}
	return q.write(http.StatusOK, body)
}

func (s *Server) collections(q *request) error {
	all, err := s.Service.Collections(q.ctx, q.caller)
	if err != nil {
		return err
	}
	var list wire.Collections
	for i := range all {
		list.Collections = append(list.Collections, shown(&all[i]))
	}
	return q.send(http.StatusOK, list)
}

func (s *Server) collection(q *request) error {
	c, err := s.Service.Collection(q.ctx, q.caller, q.part[2])
	if err != nil {
		return err
	}
	return q.send(http.StatusOK, shown(&c))
}

func shown(c *exchange.Collection) wire.Collection {
	media := make([]string, 0, 2)
	for _, v := range slices.Backward(exchange.SpecVersions()) {
		media = append(media, stixMedia+v)
	}
	if c.Kind == store.CollectionExchange {
		media = media[:1]
	}
	return wire.Collection{ID: c.ID, Title: c.Title, Description: c.Description, Alias: c.Alias, CanRead: c.CanRead, CanWrite: c.CanWrite, MediaTypes: media}
}

// stixMedia is the media type of objects without its version.
const stixMedia = "application/stix+json;version="

// send writes a resource.
func (q *request) send(status int, resource any) error {
	body, err := json.Marshal(resource)
	if err != nil {
		return err
	}
	return q.write(status, body)
}

// write writes a resource that is JSON already. Nobody can be told any more that the connection has ended.
func (q *request) write(status int, body []byte) error {
	h := q.w.Header()
	h.Set("Content-Type", wire.MediaType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	q.w.WriteHeader(status)
	_, _ = q.w.Write(body)
	return nil
}

// problem is an error with the status it is answered with.
type problem struct {
	status             int
	title, description string
}

func (p *problem) Error() string { return p.title }

// fail answers with an error. What it does not know is told to the log, and to the client as internal.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := known(err)
	if p == nil {
		if r.Context().Err() != nil { // nobody waits for the answer
			return
		}
		s.Log.Error("taxii", "path", r.URL.Path, "error", err)
		p = &problem{http.StatusInternalServerError, "internal", ""}
	}
	switch p.status {
	case http.StatusUnauthorized:
		w.Header().Add("WWW-Authenticate", `Basic realm="taxii", charset="UTF-8"`)
		w.Header().Add("WWW-Authenticate", `Bearer realm="taxii"`)
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "10")
	}
	q := &request{w: w}
	_ = q.send(p.status, wire.Error{Title: p.title, Description: p.description, HTTPStatus: strconv.Itoa(p.status)}) // of strings, which cannot fail
}

// known gives the answer to an error, nil to one that is nobody's business.
func known(err error) *problem {
	var p *problem
	var long *http.MaxBytesError
	var filter *wire.FilterError
	switch {
	case errors.As(err, &p):
		return p
	case errors.Is(err, exchange.ErrNotFound):
		return &problem{http.StatusNotFound, "there is no such thing", ""}
	case errors.Is(err, exchange.ErrForbidden):
		return &problem{http.StatusForbidden, "you may not do this here", ""}
	case errors.Is(err, exchange.ErrRefused):
		return &problem{http.StatusUnauthorized, "who are you?", "name, password, token or certificate are not those of a user"}
	case errors.Is(err, exchange.ErrTooOften):
		return &problem{http.StatusTooManyRequests, "too many wrong passwords", ""}
	case errors.Is(err, exchange.ErrCursor):
		return &problem{http.StatusBadRequest, "next cannot be used", ""}
	case errors.As(err, &filter):
		return &problem{http.StatusBadRequest, "a filter cannot be used", filter.Error()}
	case errors.As(err, &long):
		return &problem{http.StatusRequestEntityTooLarge, "the body is longer than max_content_length", ""}
	case errors.Is(err, exchange.ErrTooMany), errors.Is(err, exchange.ErrNoObjects), errors.Is(err, wire.ErrNoEnvelope):
		return &problem{http.StatusUnprocessableEntity, "the body cannot be taken", err.Error()}
	case errors.Is(err, store.ErrFull), errors.Is(err, store.ErrLocked):
		return &problem{http.StatusServiceUnavailable, "this cannot be kept at the moment", ""}
	}
	return nil
}
