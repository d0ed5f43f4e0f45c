package app

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"slices"

	"pahra/internal/web"
)

// static holds our own script, and what "make assets" puts beside it: uPlot, from npm by a lock file. Without it pages
// show history as a picture and a table alone.
//
//go:embed static
var static embed.FS

// assets are the files that pages load.
type assets struct {
	files   map[string]*answer
	version string // changes with any of them
	plots   bool   // whether uPlot is there
}

// assetKinds are the files that are served, by their extension.
func assetKinds() map[string]string {
	return map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
}

func loadAssets() (*assets, error) {
	a := &assets{files: map[string]*answer{}}
	a.add(web.StyleName, web.Style())
	err := fs.WalkDir(static, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || assetKinds()[path.Ext(name)] == "" {
			return err
		}
		text, err := static.ReadFile(name)
		if err == nil {
			a.add(path.Base(name), text)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the pages' own files: %w", err)
	}
	var names []string
	for name := range a.files {
		names = append(names, name)
	}
	slices.Sort(names)
	sum := sha256.New()
	for _, name := range names {
		fmt.Fprintf(sum, "%s %s\n", name, a.files[name].tag)
	}
	a.version = hex.EncodeToString(sum.Sum(nil)[:6])
	a.plots = a.files["uPlot.iife.min.js"] != nil && a.files["uPlot.min.css"] != nil
	return a, nil
}

func (a *assets) add(name string, text []byte) {
	file := &answer{kind: assetKinds()[path.Ext(name)], plain: text, status: http.StatusOK}
	file.seal(true)
	a.files[name] = file
}

// serveAsset gives a file. Under its build's version it never changes.
func (a *App) serveAsset(w http.ResponseWriter, r *http.Request) {
	file := a.assets.files[r.PathValue("name")]
	if file == nil {
		a.showError(w, r, http.StatusNotFound, "There is no such file", "")
		return
	}
	one := *file
	one.forever = r.PathValue("version") == a.assets.version
	send(w, r, &one, true)
}
