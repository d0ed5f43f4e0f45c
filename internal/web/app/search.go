package app

import (
	"net/http"

	"pahra/internal/service"
	"pahra/internal/web"
)

// serveSearch answers a search: one hit is shown at once, several as a list.
func (a *App) serveSearch(w http.ResponseWriter, r *http.Request) {
	q := service.SearchQuestion{Query: r.URL.Query().Get("q")}
	viewer := a.config.Viewer(r)
	if extension(r) != asPage || a.config.Private && viewer.Account == "" { // where a search leads to would tell
		a.serve(w, r, q)
		return
	}
	view, err := a.config.Reader.Answer(r.Context(), viewer, q)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	if to := onlyHit(view); to != "" {
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, to, http.StatusSeeOther)
		return
	}
	a.serve(w, r, q)
}

// onlyHit gives the path of what was found where that is one thing alone, or one fits exactly.
func onlyHit(view any) string {
	page, ok := view.(*service.SearchPage)
	switch {
	case !ok:
		return ""
	case page.Prefix != "":
		return "/prefix/" + page.Prefix
	case page.Total != 1 && !page.Exact:
		return ""
	}
	return web.HitPath(page.Hits[0])
}
