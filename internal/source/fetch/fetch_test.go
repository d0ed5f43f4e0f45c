package fetch

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestGet(t *testing.T) {
	defer goleak.VerifyNone(t)
	stop := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/file":
			if r.Header.Get("If-None-Match") == `"one"` || r.Header.Get("If-Modified-Since") == "yesterday" {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			w.Header().Set("ETag", `"one"`)
			w.Header().Set("Last-Modified", "yesterday")
			io.WriteString(w, "0123456789 "+r.UserAgent())
		case "/chunked":
			for range 100 {
				io.WriteString(w, "0123456789")
				w.(http.Flusher).Flush()
			}
		case "/busy":
			w.Header().Set("Retry-After", "90")
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/silent":
			io.WriteString(w, "0123456789")
			w.(http.Flusher).Flush()
			<-stop
		case "/cut":
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "0123456789")
		case "/circle":
			http.Redirect(w, r, "/circle", http.StatusFound)
		case "/always":
			w.WriteHeader(http.StatusNotModified)
		}
	}))
	defer server.Close()
	defer close(stop)
	client := NewClient()
	defer client.CloseIdleConnections()
	get := func(path string, known Version, limit int64) (string, Version, error) {
		file, err := Getter{Client: client, UserAgent: "test", Idle: 50 * time.Millisecond}.Get(t.Context(), server.URL+path, known, limit)
		if err != nil {
			return "", Version{}, err
		}
		defer file.Close()
		text, err := io.ReadAll(file)
		return string(text), file.Version, err
	}
	text, version, err := get("/file", Version{}, 100)
	if err != nil || text != "0123456789 test" || version != (Version{`"one"`, "yesterday"}) {
		t.Errorf("%q, %+v, %v", text, version, err)
	}
	for _, known := range []Version{version, {ETag: `"one"`}, {Modified: "yesterday"}} {
		if _, _, err := get("/file", known, 100); !errors.Is(err, ErrUnchanged) {
			t.Errorf("%+v: %v", known, err)
		}
	}
	if text, _, err := get("/file", Version{}, 15); err != nil || len(text) != 15 {
		t.Errorf("just so: %q, %v", text, err)
	}
	if _, _, err := get("/file", Version{}, 14); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	if text, _, err := get("/chunked", Version{}, 999); !errors.Is(err, ErrTooLarge) || len(text) != 999 {
		t.Errorf("too large, of unknown length: %d, %v", len(text), err)
	}
	var status *StatusError
	if _, _, err := get("/busy", Version{}, 9); !errors.As(err, &status) || status.Code != 503 || Pause(err, time.Second) != 90*time.Second || Pause(err, time.Hour) != time.Hour {
		t.Errorf("busy: %v", err)
	}
	if _, _, err := get("/always", Version{}, 9); !errors.As(err, &status) || status.Code != 304 {
		t.Errorf("not modified though nothing is known: %v", err)
	}
	if text, _, err := get("/silent", Version{}, 99); err == nil || !strings.Contains(err.Error(), "silent for") || text != "0123456789" {
		t.Errorf("silent: %q, %v", text, err)
	}
	if _, _, err := get("/cut", Version{}, 100); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("cut: %v", err)
	}
	if _, _, err := get("/circle", Version{}, 100); err == nil || !strings.Contains(err.Error(), "redirects") {
		t.Errorf("circle: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (Getter{Client: client}).Get(ended, server.URL+"/file", Version{}, 9); !errors.Is(err, context.Canceled) {
		t.Errorf("ended: %v", err)
	}
	if _, err := (Getter{Client: client}).Get(t.Context(), "http://me:secret@127.0.0.1:1/", Version{}, 9); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("with a password: %v", err)
	}
	if Pause(io.EOF, time.Second) != time.Second {
		t.Error("a pause that nobody asked for")
	}
}

func TestCheckURL(t *testing.T) {
	for link, want := range map[string][2]bool{ // allowed strictly, and plainly
		"https://example.net/a": {true, true}, "http://example.net/a": {false, true}, "http://127.0.0.1:8/a": {true, true},
		"http://localhost/a": {true, true}, "http://[::1]/a": {true, true}, "ftp://example.net/a": {}, "a": {}, "": {}, "https://": {}, "http://%zz": {},
	} {
		if got := [2]bool{CheckURL(link, false) == nil, CheckURL(link, true) == nil}; got != want {
			t.Errorf("%s: %v, want %v", link, got, want)
		}
	}
}
