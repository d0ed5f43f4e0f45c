package app

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"

	"pahra/internal/account"
	"pahra/internal/limit"
	"pahra/internal/web"
)

// The forms that a page comes in, by the extension of its path.
const (
	asPage = ""
	asJSON = ".json"
	asCSV  = ".csv"
	asSVG  = ".svg" // of statistics
)

type formKey struct{}

// extension gives the form that a request asks for.
func extension(r *http.Request) string {
	form, _ := r.Context().Value(formKey{}).(string)
	return form
}

// headers go with every answer.
func headers(h http.Header) {
	h.Set("Content-Security-Policy", web.ServedPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
}

// maxURL bounds what is asked for, in bytes.
const maxURL = 64 << 10

// guarded sets the headers of every answer, takes the form off the path, and turns a panic into an error page.
func (a *App) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		headers(w.Header())
		seen := &watched{ResponseWriter: w}
		defer func() {
			what := recover()
			if what == nil {
				return
			}
			if what == http.ErrAbortHandler { // the server's own way to end an answer
				panic(what)
			}
			a.config.Log.Error("a page panicked", "path", r.URL.Path, "panic", what, "stack", string(debug.Stack()))
			if !seen.begun {
				a.showError(w, r, http.StatusInternalServerError, "Something went wrong here", "It is in the log. Nothing is lost; try again, or go on from the first page.")
			}
		}()
		if len(r.RequestURI) > maxURL {
			a.showError(seen, r, http.StatusRequestURITooLong, "That address is too long", "")
			return
		}
		if !a.allow(seen, r) {
			return
		}
		next.ServeHTTP(seen, formed(r))
	})
}

// allow counts a request by its address, but for what never changes. One too many is answered at once, without a look at
// who asks.
func (a *App) allow(w http.ResponseWriter, r *http.Request) bool {
	if strings.HasPrefix(r.URL.Path, "/static/") {
		return true
	}
	asked, left := a.requests.Count(limit.Client("", a.config.Client(r)))
	if asked <= a.config.PerMinute {
		return true
	}
	wait := limit.Seconds(left)
	w.Header().Set("Retry-After", strconv.Itoa(wait))
	a.showErrorTo(w, formed(r), account.Viewer{}, http.StatusTooManyRequests, "Too many requests from your address",
		fmt.Sprintf("There are more in %d seconds. A program that needs much is better off with the API.", wait))
	return false
}

// formed takes the form off a page's path and keeps it in the context.
func formed(r *http.Request) *http.Request {
	if strings.HasPrefix(r.URL.Path, "/static/") {
		return r
	}
	for _, form := range []string{asJSON, asCSV, asSVG} {
		path, ok := strings.CutSuffix(r.URL.Path, form)
		if !ok || path == "" {
			continue
		}
		r = r.WithContext(context.WithValue(r.Context(), formKey{}, form))
		u := *r.URL
		u.Path, u.RawPath = path, strings.TrimSuffix(u.RawPath, form)
		r.URL = &u
		return r
	}
	return r
}

// watched knows whether an answer has begun.
type watched struct {
	http.ResponseWriter
	begun bool
}

// WriteHeader begins the answer.
func (w *watched) WriteHeader(code int) {
	w.begun = true
	w.ResponseWriter.WriteHeader(code)
}

// Write begins the answer.
func (w *watched) Write(text []byte) (int, error) {
	w.begun = true
	return w.ResponseWriter.Write(text)
}

// Unwrap gives what http.ResponseController needs.
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }
