package app

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"pahra/internal/account"
	"pahra/internal/service"
	"pahra/internal/web"
)

var errAborted = errors.New("making the page was cut short")

// serve answers a question: as a page, or as the JSON or CSV that its path's extension asks for.
func (a *App) serve(w http.ResponseWriter, r *http.Request, q service.Question) {
	viewer := a.config.Viewer(r)
	if a.config.Private && viewer.Account == "" {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	render := func(ctx context.Context) (*answer, error) { return a.render(ctx, r, viewer, q) }
	if viewer.Account != "" {
		found, err := render(r.Context())
		if err != nil {
			a.fail(w, r, err)
			return
		}
		send(w, r, found, false)
		return
	}
	// Others may wait for the same answer, so that it does not end with the request of the first.
	ctx := context.WithoutCancel(r.Context())
	key := extension(r) + " " + r.URL.Path + query(r)
	found, err := a.cache.get(r.Context(), key, a.config.Reader.Version(), func() (*answer, error) { return render(ctx) })
	if err != nil {
		a.fail(w, r, err)
		return
	}
	send(w, r, found, true)
}

// render makes the answer to a question.
func (a *App) render(ctx context.Context, r *http.Request, viewer account.Viewer, q service.Question) (*answer, error) {
	view, err := a.config.Reader.Answer(ctx, viewer, q)
	if err != nil {
		return nil, err
	}
	made := &answer{status: http.StatusOK}
	switch extension(r) {
	case asJSON:
		made.kind = "application/json"
		if made.plain, err = json.Marshal(view); err == nil {
			made.plain = append(made.plain, '\n')
		}
	case asCSV:
		made.kind = "text/csv; charset=utf-8; header=present"
		made.name = strings.ReplaceAll(strings.Trim(r.URL.Path, "/"), "/", "-") + ".csv"
		made.plain, err = csvOf(view)
	case asSVG:
		made.kind = "image/svg+xml"
		made.plain, err = svgOf(view)
	default:
		made.kind = "text/html; charset=utf-8"
		around := a.around(r, viewer)
		if page, is := view.(*service.NetworkPage); is && a.cases != nil {
			if around.Cases, err = a.cases(ctx, viewer, page.Network.ASN); err != nil {
				return nil, err
			}
		}
		made.plain, err = a.site.HTML(view, around)
	}
	if err != nil {
		return nil, err
	}
	made.seal(viewer.Account == "")
	return made, nil
}

// worthZipping is the length from which compressing pays, in bytes.
const worthZipping = 1 << 10

// seal gives an answer its tag, and compresses it where nothing secret stands beside what others can put there.
func (a *answer) seal(public bool) {
	sum := sha256.Sum256(a.plain)
	a.tag = hex.EncodeToString(sum[:12])
	if !public || len(a.plain) < worthZipping {
		return
	}
	var out bytes.Buffer
	zip, err := gzip.NewWriterLevel(&out, 5)
	if err == nil {
		_, err = zip.Write(a.plain)
	}
	if err == nil && zip.Close() == nil {
		a.zipped = out.Bytes()
	}
}

func (a *App) around(r *http.Request, viewer account.Viewer) web.Around {
	return web.Around{
		Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Account: viewer.Name, Login: a.config.Login, API: a.config.API,
		Assets: a.assets.version, Plots: a.assets.plots, Statistics: a.config.Statistics, Synthetic: a.config.Synthetic,
		Desk: a.desk && viewer.May(account.Analyst, account.ScopeAnalyse),
	}
}

// send writes an answer, or says that what the browser has is still right.
func send(w http.ResponseWriter, r *http.Request, a *answer, public bool) {
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Add("Vary", "Accept-Encoding, Cookie")
	// A browser asks every time whether what it keeps is still right: a judgement can be taken back.
	h.Set("Cache-Control", "private, no-cache")
	switch {
	case !public:
		h.Set("Cache-Control", "private, no-store")
	case a.forever:
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if a.name != "" {
		h.Set("Content-Disposition", `attachment; filename="`+harmlessName(a.name)+`"`)
	}
	body, tag := a.plain, `"`+a.tag+`"`
	if a.zipped != nil && takesGzip(r) {
		body, tag = a.zipped, `"`+a.tag+`-gzip"`
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", tag)
	if a.status == http.StatusOK && matches(r.Header.Get("If-None-Match"), a.tag) {
		h.Del("Content-Encoding")
		h.Del("Content-Disposition")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(a.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // whoever asked went away
	}
}

// harmlessName keeps of a file's name what no system takes for more.
func harmlessName(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' {
			return r
		}
		return '_'
	}, name)
}

// takesGzip says whether the browser takes compressed answers.
func takesGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name = strings.TrimSpace(name); name == "gzip" || name == "*" {
			q := strings.TrimSpace(weight)
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}

// matches says whether one of the tags is that of either form of an answer.
func matches(header, tag string) bool {
	if strings.TrimSpace(header) == "*" {
		return true
	}
	for part := range strings.SplitSeq(header, ",") {
		part = strings.TrimPrefix(strings.TrimSpace(part), "W/")
		if part == `"`+tag+`"` || part == `"`+tag+`-gzip"` {
			return true
		}
	}
	return false
}
