package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"pahra/internal/service"
	"pahra/internal/testdata"
	"pahra/internal/web"
)

// browser runs chromium without a screen; every page is loaded by a process of its own.
type browser struct {
	t    *testing.T
	path string
}

func newBrowser(t *testing.T) browser {
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	return browser{t, testdata.Tool(t, "chromium")}
}

// dump loads a page and gives what it came to, as HTML, and what the console said.
func (b browser) dump(at string, flags ...string) (dom, console string) {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.t.Context(), 2*time.Minute)
	defer stop()
	args := append([]string{"--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
		"--disable-background-networking", "--user-data-dir=" + b.t.TempDir(), "--enable-logging=stderr", "--virtual-time-budget=300000", "--dump-dom"}, flags...)
	cmd := exec.CommandContext(ctx, b.path, append(args, at)...)
	var out, talk bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &talk
	if err := cmd.Run(); err != nil {
		b.t.Fatalf("chromium %s: %v\n%s", at, err, &talk)
	}
	for line := range strings.Lines(talk.String()) {
		if strings.Contains(line, "CONSOLE") {
			console += line
		}
	}
	return out.String(), console
}

const dark = "--blink-settings=preferredColorScheme=0"

// lookedAt are the pages that a browser looks at: one of each sort, and an incident of each kind.
func lookedAt(t *testing.T, site string) (names []string) {
	t.Helper()
	names = []string{"index", "incidents", "networks", "method", "neighbourhood/lantern-coast", "network/AS" + hijacker(t, site).String()}
	var list service.IncidentsPage
	twin(t, site, "incidents", &list)
	seen := make(map[string]bool)
	for _, i := range list.List {
		if kind := string(i.Kind); !seen[kind] {
			seen[kind] = true
			names = append(names, "incident/"+i.ID)
		}
	}
	return names
}

// TestInABrowser: under their policy the pages load without a word of complaint, and need no script.
func TestInABrowser(t *testing.T) {
	b := newBrowser(t)
	site, _ := demoSite(t)
	var mutex sync.Mutex
	var complaints []string
	files := http.FileServer(http.Dir(site))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/complaint" {
			text, _ := io.ReadAll(r.Body)
			mutex.Lock()
			defer mutex.Unlock()
			complaints = append(complaints, string(text))
			return
		}
		w.Header().Set("Content-Security-Policy", web.Policy+"; report-uri /complaint")
		files.ServeHTTP(w, r)
	}))
	defer server.Close()
	for _, name := range lookedAt(t, site)[:7] { // each template once
		dom, console := b.dump(server.URL + "/" + name + ".html")
		if !strings.Contains(dom, "<h1") || console != "" {
			t.Errorf("%s: console %q", name, console)
		}
	}
	dom, _ := b.dump("file://" + filepath.ToSlash(filepath.Join(site, "index.html")))
	if !strings.Contains(dom, "<h1") {
		t.Error("the first page does not open as a file")
	}
	mutex.Lock()
	defer mutex.Unlock()
	if len(complaints) > 0 {
		t.Errorf("the policy was violated: %s", complaints)
	}
}

// axeRun loads one page after another into a frame and asks axe there for what it objects to.
const axeRun = `(async function () {
  var all = [];
  for (var name of PAGES) {
    var frame = document.createElement('iframe');
    frame.width = innerWidth; frame.height = 800; frame.src = '/' + name + '.html';
    await new Promise(function (done) { frame.onload = done; document.body.appendChild(frame); });
    var r = await frame.contentWindow.axe.run(frame.contentDocument, {resultTypes: ['violations'], rules: {'region': {enabled: true}}});
    all.push({page: name, passes: r.passes.length, violations: r.violations.map(function (v) {
      return v.id + ': ' + v.help + ': ' + v.nodes.slice(0, 3).map(function (n) { return n.html.slice(0, 200) + ' ' + (n.any.concat(n.all, n.none)[0] || {}).message; }).join(' | ');
    })});
    frame.remove();
  }
  var p = document.createElement('pre'); p.id = 'axe'; p.textContent = JSON.stringify(all);
  document.body.appendChild(p);
})();`

// TestAccessible: axe-core finds nothing to object to, in light and dark, wide and narrow.
func TestAccessible(t *testing.T) {
	b := newBrowser(t)
	axe := testdata.Axe(t)
	site, _ := demoSite(t)
	names := lookedAt(t, site)
	server := httptest.NewServer(axeSite(site, []byte(axe), names))
	defer server.Close()
	result := regexp.MustCompile(`(?s)<pre id="axe">(.*?)</pre>`)
	for _, flags := range [][]string{{"--window-size=1280,900"}, {"--window-size=500,800", dark}} {
		dom, console := b.dump(server.URL+"/", flags...)
		m := result.FindStringSubmatch(dom)
		if m == nil {
			t.Fatalf("axe gave no result: %s", console)
		}
		var found []struct {
			Page       string
			Passes     int
			Violations []string
		}
		if err := json.Unmarshal([]byte(html.UnescapeString(m[1])), &found); err != nil {
			t.Fatal(err)
		}
		if len(found) != len(names) {
			t.Errorf("axe saw %d pages of %d", len(found), len(names))
		}
		for _, f := range found {
			if len(f.Violations) > 0 || f.Passes < 15 {
				t.Errorf("%s %v: passes %d, objects to\n  %s", f.Page, flags, f.Passes, strings.Join(f.Violations, "\n  "))
			}
		}
	}
}

// axeSite serves the pages with axe in each, and a first page that runs it.
func axeSite(site string, axe []byte, names []string) http.Handler {
	list, _ := json.Marshal(names) // strings always can
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := os.ReadFile(filepath.Join(site, filepath.FromSlash(r.URL.Path)))
		switch {
		case r.URL.Path == "/":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprintf(w, "<!doctype html><title>axe</title><body><script>var PAGES = %s; %s</script>", list, axeRun)
		case r.URL.Path == "/axe.js":
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = w.Write(axe)
		case err != nil:
			http.NotFound(w, r)
		case strings.HasSuffix(r.URL.Path, ".html"):
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprintf(w, "%s<script src=/axe.js></script>", text)
		default:
			w.Header().Set("Content-Type", "text/css")
			_, _ = w.Write(text)
		}
	})
}
