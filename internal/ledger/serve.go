package ledger

import (
	"errors"
	"io/fs"
	"net/http"
	"strings"
)

// ServeHTTP serves the log as c2sp.org/tlog-tiles has it, with the paths of [Log.Read] behind a slash. Who may read it is for the
// caller to decide.
func (l *Log) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "a ledger is read only", http.StatusMethodNotAllowed)
		return
	}
	path := strings.TrimPrefix(r.URL.Path, "/")
	body, err := l.Read(r.Context(), path)
	if errors.Is(err, fs.ErrNotExist) {
		http.Error(w, "there is no such part of the ledger", http.StatusNotFound)
		return
	}
	if err != nil {
		l.opt.Told(err.Error())
		http.Error(w, "the ledger cannot be read", http.StatusInternalServerError)
		return
	}
	kind, keep := "application/octet-stream", "private, max-age=31536000, immutable"
	if path == "checkpoint" || path == "key" {
		kind, keep = "text/plain; charset=utf-8", "no-store"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", keep)
	_, _ = w.Write(body) // the reader is gone if it fails
}
