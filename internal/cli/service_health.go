package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"

	"pahra/internal/service"
)

// health answers whether the process lives, and whether it should get requests. Why it should not is for the log: anybody
// may ask.
type health struct {
	ready func(context.Context) error
	log   *slog.Logger

	mu   sync.Mutex
	said string // what the log was told last: it is told once, however often somebody asks
}

// join puts /healthz and /readyz beside other paths.
func (h *health) join(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		switch err := h.ready(r.Context()); {
		case err == nil:
			h.tell("")
			fmt.Fprintln(w, "ready")
		case errors.Is(err, service.ErrNotYet):
			http.Error(w, "not ready: nothing is published yet", http.StatusServiceUnavailable)
		default:
			if r.Context().Err() == nil { // else whoever asked has gone
				h.tell(err.Error())
			}
			http.Error(w, "not ready: the store does not answer", http.StatusServiceUnavailable)
		}
	})
}

// tell tells the log what is new.
func (h *health) tell(why string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if why != h.said && why != "" {
		h.log.Error("not ready", "err", why)
	}
	h.said = why
}
