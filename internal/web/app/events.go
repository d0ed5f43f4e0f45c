package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"pahra/internal/limit"
	"pahra/internal/service"
	"pahra/internal/web"
)

// How often a silent stream says that it is there, and how long writing to a listener may take.
const (
	beatEvery  = 20 * time.Second
	writeLimit = 10 * time.Second
)

// newsEvent is what a listener is told, see https://html.spec.whatwg.org/multipage/server-sent-events.html.
type newsEvent struct {
	*service.News
	KindName string `json:"kind_name"`
	Path     string `json:"path,omitempty"`
}

// serveEvents tells of incidents as they come.
func (a *App) serveEvents(w http.ResponseWriter, r *http.Request) {
	viewer := a.config.Viewer(r)
	if a.config.Private && viewer.Account == "" {
		a.showError(w, r, http.StatusForbidden, "This watch is not open to everybody", "Log in to follow it.")
		return
	}
	leave, own := a.config.Streams.Open(limit.Client(viewer.Account, a.config.Client(r)))
	if leave == nil {
		status := http.StatusServiceUnavailable
		if own {
			status = http.StatusTooManyRequests
		}
		w.Header().Set("Retry-After", "60")
		a.showError(w, r, status, "Too many follow the news just now", "The pages have them too.")
		return
	}
	defer leave()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	out := http.NewResponseController(w)
	say := func(format string, args ...any) bool {
		_ = out.SetWriteDeadline(a.config.Now().Add(writeLimit)) // where the connection has none, none is needed
		_, err := fmt.Fprintf(w, format, args...)
		return err == nil && out.Flush() == nil
	}
	if !say("retry: 5000\n: listening\n\n") || r.Method == http.MethodHead {
		return
	}
	news := a.config.Reader.Listen(r.Context(), viewer)
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-beat.C:
			if !say(": still here\n\n") {
				return
			}
		case one, ok := <-news:
			if !ok {
				return
			}
			event := newsEvent{News: &one, KindName: web.KindWord(one.Kind)}
			if one.Line != nil {
				event.Path = web.IncidentPath(one.Line.ID)
			}
			text, err := json.Marshal(event)
			if err != nil || !say("event: incident\ndata: %s\n\n", text) {
				return
			}
		}
	}
}
