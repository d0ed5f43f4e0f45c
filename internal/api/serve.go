package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"pahra/internal/account"
	"pahra/internal/web"
)

// maxURL bounds what is asked for, in bytes.
const maxURL = 16 << 10

const (
	docsPath   = "/api/docs"
	streamPath = "/api/v1/incidents/stream"
)

// asked is what is known of a request besides its parameters.
type asked struct {
	viewer account.Viewer
	client netip.Addr
	csv    bool
	rows   [][]string // what becomes CSV, once there is an answer
	next   string     // address of the next part of a list
}

type askedKey struct{}

func askedIn(ctx context.Context) *asked {
	one, _ := ctx.Value(askedKey{}).(*asked)
	return one
}

// open says whether the answer is for everybody.
func (q *asked) open() bool { return q.viewer.Account == "" }

// ServeHTTP answers a request. Nothing that goes wrong in it goes further.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	headers(w.Header())
	defer func() {
		what := recover()
		if what == nil {
			return
		}
		if what == http.ErrAbortHandler { // the server's own way to end an answer
			panic(what)
		}
		a.config.Log.Error("an answer of the API panicked", "path", r.URL.Path, "panic", what, "stack", string(debug.Stack()))
		problem(w, r, http.StatusInternalServerError, "It is in the log.")
	}()
	if len(r.RequestURI) > maxURL {
		problem(w, r, http.StatusRequestURITooLong, "Addresses are at most 16 KiB long.")
		return
	}
	q := &asked{client: a.config.Client(r)}
	var err error
	q.viewer, err = a.config.Who(r)
	refused := errors.Is(err, account.ErrRefused)
	if !a.allow(w, r, q.viewer, q.client) {
		return
	}
	switch {
	case refused:
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		problem(w, r, http.StatusUnauthorized, "The token does not stand: it was never given, has ended, or was taken back.")
		return
	case errors.Is(err, context.Canceled):
		return
	case err != nil:
		a.config.Log.Error("finding out who asks", "error", err)
		problem(w, r, http.StatusInternalServerError, "It is in the log.")
		return
	case q.open() && a.config.Private && r.Method != http.MethodOptions:
		w.Header().Set("WWW-Authenticate", "Bearer")
		problem(w, r, http.StatusUnauthorized, "This watch is not open to everybody: send a token.")
		return
	}
	a.route(w, r.WithContext(context.WithValue(r.Context(), askedKey{}, q)), q)
}

// headers go with every answer.
func headers(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Add("Vary", "Accept, Authorization, Cookie")
}

// route finds who answers, in which form, and lets them.
func (a *API) route(w http.ResponseWriter, r *http.Request, q *asked) {
	if q.open() {
		share(w.Header())
	}
	_, pattern := a.mux.Handler(r)
	known := pattern != "" || r.URL.Path == docsPath && a.config.Page != nil
	switch {
	case r.Method == http.MethodOptions && a.exists(r):
		w.Header().Set("Allow", "GET, HEAD, OPTIONS")
		w.WriteHeader(http.StatusNoContent)
		return
	case !known && a.exists(r):
		w.Header().Set("Allow", "GET, HEAD, OPTIONS")
		problem(w, r, http.StatusMethodNotAllowed, "The API can only be read: GET, HEAD and OPTIONS.")
		return
	case !known:
		problem(w, r, http.StatusNotFound, "Nothing stands under this address; /api/openapi.json has all that do.")
		return
	case r.URL.Path == docsPath:
		a.page(w, r)
		return
	}
	form, why := formOf(r, r.URL.Path, a.tables[pattern])
	if why != "" {
		problem(w, r, http.StatusNotAcceptable, why)
		return
	}
	q.csv = form == asCSV
	r.Header = r.Header.Clone()
	r.Header.Set("Accept", "application/json") // of the forms that huma knows; CSV is made of the same answer
	if form == asStream {
		a.mux.ServeHTTP(w, r)
		return
	}
	made := &held{header: w.Header()}
	a.mux.ServeHTTP(made, r)
	a.send(w, r, q, made)
}

// exists says whether something can be read under the path.
func (a *API) exists(r *http.Request) bool {
	as := r.Clone(r.Context())
	as.Method = http.MethodGet
	_, pattern := a.mux.Handler(as)
	return pattern != "" || r.URL.Path == docsPath && a.config.Page != nil
}

// page writes the page for people; its headers are the site's.
func (a *API) page(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD, OPTIONS")
		problem(w, r, http.StatusMethodNotAllowed, "The API can only be read: GET, HEAD and OPTIONS.")
		return
	}
	for _, name := range []string{"Content-Security-Policy", "Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "Vary"} {
		w.Header().Del(name)
	}
	a.config.Page(w, r, "API", a.docs)
}

// share lets pages of other sites read what everybody may (https://fetch.spec.whatwg.org/#http-cors-protocol): without
// credentials, so that a visitor's session or token shows them nothing more.
func share(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
	h.Set("Access-Control-Allow-Headers", "Accept, If-None-Match, Last-Event-ID")
	h.Set("Access-Control-Expose-Headers", "ETag, Link, RateLimit, RateLimit-Policy, Retry-After")
	h.Set("Access-Control-Max-Age", "86400")
}

// held is an answer that is not sent yet.
type held struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header gives the headers of the answer.
func (h *held) Header() http.Header { return h.header }

// WriteHeader sets the status, the first time.
func (h *held) WriteHeader(code int) {
	if h.status == 0 {
		h.status = code
	}
}

// Write adds to the body.
func (h *held) Write(text []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	return h.body.Write(text)
}

// send sends an answer, or says that what the client has is still right.
func (a *API) send(w http.ResponseWriter, r *http.Request, q *asked, made *held) {
	h, body, status := w.Header(), made.body.Bytes(), max(made.status, http.StatusOK)
	if status == http.StatusOK && q.csv {
		var err error
		if body, err = web.CSV(q.rows); err != nil {
			a.config.Log.Error("writing CSV", "path", r.URL.Path, "error", err)
			problem(w, r, http.StatusInternalServerError, "It is in the log.")
			return
		}
		h.Set("Content-Type", "text/csv; charset=utf-8; header=present")
		h.Set("Content-Disposition", `attachment; filename="`+fileName(r.URL.Path)+`.csv"`)
	}
	if q.next != "" && status == http.StatusOK {
		h.Set("Link", "<"+q.next+`>; rel="next"`) // RFC 8288
	}
	switch {
	case !q.open():
		h.Set("Cache-Control", "private, no-cache")
	case status == http.StatusOK: // a judgement can be taken back
		h.Set("Cache-Control", "public, max-age=5")
	default:
		h.Set("Cache-Control", "no-store")
	}
	if status == http.StatusOK {
		sum := sha256.Sum256(body)
		tag := `"` + hex.EncodeToString(sum[:12]) + `"`
		h.Set("ETag", tag)
		if matches(r.Header.Get("If-None-Match"), tag) {
			h.Del("Content-Disposition")
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // whoever asked went away
	}
}

// matches says whether a tag is among those of an If-None-Match (RFC 9110, section 13.1.2).
func matches(header, tag string) bool {
	if strings.TrimSpace(header) == "*" {
		return true
	}
	return slices.ContainsFunc(strings.Split(header, ","), func(part string) bool {
		return strings.TrimPrefix(strings.TrimSpace(part), "W/") == tag
	})
}

// fileName makes of a path what no system takes for more than a file's name.
func fileName(path string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.TrimPrefix(path, "/api/v1/"))
}
