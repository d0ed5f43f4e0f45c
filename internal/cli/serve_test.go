package cli

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pahra/internal/web"
)

// TestServeFolder: pages with their policy, nothing else, and a clean end.
func TestServeFolder(t *testing.T) {
	defer goleak.VerifyNone(t)
	dir := t.TempDir()
	for name, text := range map[string]string{"site/index.html": "<h1>here</h1>", "site/style.css": "p{}", "site/network/AS1.json": "{}", "secret": "no"} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(dir, "secret"), filepath.Join(dir, "site", "link.html")); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, in := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- serveFolder(ctx, in, filepath.Join(dir, "site"), "127.0.0.1:0")
		in.Close()
	}()
	said := make([]byte, 200)
	n, err := out.Read(said)
	if err != nil {
		t.Fatal(err)
	}
	at := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(string(said[:n]))
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for _, c := range []struct {
		method, path string
		status       int
		kind, body   string
	}{
		{"GET", "/", 200, "text/html; charset=utf-8", "<h1>here</h1>"},
		{"HEAD", "/", 200, "text/html; charset=utf-8", ""},
		{"GET", "/style.css", 200, "text/css; charset=utf-8", "p{}"},
		{"GET", "/network/AS1.json", 200, "application/json", "{}"},
		{"GET", "/network/", 404, "", ""},
		{"GET", "/network", 404, "", ""},
		{"GET", "/nothing.html", 404, "", ""},
		{"GET", "/../secret", 404, "", ""},
		{"GET", "/%2e%2e/secret", 404, "", ""},
		{"GET", "/link.html", 500, "", ""},
		{"POST", "/", 405, "", ""},
	} {
		request, err := http.NewRequestWithContext(ctx, c.method, at+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != c.status {
			t.Errorf("%s %s: %d, want %d (%v)", c.method, c.path, answer.StatusCode, c.status, err)
		}
		if c.status == 200 && (string(body) != c.body || answer.Header.Get("Content-Type") != c.kind || answer.Header.Get("Content-Security-Policy") != web.Policy ||
			answer.Header.Get("X-Content-Type-Options") != "nosniff") {
			t.Errorf("%s %s: %q with %v", c.method, c.path, body, answer.Header)
		}
		if strings.Contains(string(body), "no\n") || string(body) == "no" {
			t.Errorf("%s %s gives what lies outside", c.method, c.path)
		}
	}
	stop()
	rest, _ := io.ReadAll(out)
	if err := <-done; err != nil || !strings.Contains(string(rest), "stopped") {
		t.Errorf("it ended with %v and %q", err, rest)
	}
}

// TestServeElsewhere: an address that cannot be had is an error, not a wait.
func TestServeElsewhere(t *testing.T) {
	if err := serveFolder(t.Context(), io.Discard, t.TempDir(), "127.0.0.1:99999"); err == nil {
		t.Error("it serves on a port that is none")
	}
}
