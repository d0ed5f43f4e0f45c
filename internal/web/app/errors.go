package app

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"pahra/internal/account"
	"pahra/internal/service"
	"pahra/internal/web"
)

// fail answers an error: where it stands instead, what was asked wrongly, or that something went wrong.
func (a *App) fail(w http.ResponseWriter, r *http.Request, err error) {
	var elsewhere *moved
	var use *service.WrongUse
	switch {
	case errors.As(err, &elsewhere):
		http.Redirect(w, r, elsewhere.to, http.StatusMovedPermanently)
	case errors.As(err, &use):
		a.showError(w, r, http.StatusBadRequest, "That cannot be asked", use.Reason+".")
	case errors.Is(err, service.ErrNoPage):
		a.showError(w, r, http.StatusNotFound, "Nothing is known by that name",
			"No network, prefix, incident or neighbourhood of this watch stands under this address, or it is not shown to you.")
	case errors.Is(err, service.ErrNotYet):
		w.Header().Set("Retry-After", "30")
		a.showError(w, r, http.StatusServiceUnavailable, "The watch has just begun", "The first figures come when the first run is through.")
	case errors.Is(err, context.Canceled):
		// whoever asked went away
	default:
		a.config.Log.Error("answering a page", "path", r.URL.Path, "error", err)
		a.showError(w, r, http.StatusInternalServerError, "Something went wrong here", "It is in the log. Nothing is lost; try again, or go on from the first page.")
	}
}

// showError answers an error as a page, or as JSON (RFC 9457) where that was asked for.
func (a *App) showError(w http.ResponseWriter, r *http.Request, status int, title, says string) {
	a.showErrorTo(w, r, a.config.Viewer(r), status, title, says)
}

func (a *App) showErrorTo(w http.ResponseWriter, r *http.Request, viewer account.Viewer, status int, title, says string) {
	w.Header().Set("Cache-Control", "no-store")
	if extension(r) == asJSON {
		text, err := json.Marshal(map[string]any{"title": title, "detail": says, "status": status})
		if err == nil {
			send(w, r, &answer{kind: "application/problem+json", plain: text, status: status}, false)
			return
		}
	}
	text, err := a.site.HTML(&web.ErrorPage{Status: status, Title: title, Says: says}, a.around(r, viewer))
	if err != nil {
		a.config.Log.Error("rendering an error", "error", err)
		http.Error(w, title, status)
		return
	}
	send(w, r, &answer{kind: "text/html; charset=utf-8", plain: text, status: status}, false)
}
