package catalogue

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pahra/internal/source/fetch"
)

// server is a public source whose behaviour a test sets.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	files    map[string][]byte // by path
	etag     func(content []byte) string
	modified time.Time
	cut      []int            // the next answers break off after so many bytes of the body
	answer   http.HandlerFunc // if not nil, instead of all that
	requests []*http.Request
}

func newServer(t *testing.T) *server {
	s := &server{files: map[string][]byte{}, etag: strongTag, modified: time.Date(2026, 2, 9, 8, 5, 0, 0, time.UTC)}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func strongTag(content []byte) string {
	sum := md5.Sum(content)
	return `"` + hex.EncodeToString(sum[:4]) + `"`
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r.Clone(context.Background()))
	if s.answer != nil {
		s.answer(w, r)
		return
	}
	content, ok := s.files[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	if s.etag != nil {
		w.Header().Set("ETag", s.etag(content))
	}
	if len(s.cut) > 0 {
		w = &cutter{w, s.cut[0]}
		s.cut = s.cut[1:]
	}
	http.ServeContent(w, r, "", s.modified, bytes.NewReader(content))
}

// cutter kills the connection after so many bytes.
type cutter struct {
	http.ResponseWriter
	left int
}

func (c *cutter) Write(b []byte) (int, error) {
	if len(b) < c.left {
		c.left -= len(b)
		return c.ResponseWriter.Write(b)
	}
	c.ResponseWriter.Write(b[:c.left])
	c.ResponseWriter.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

func (s *server) vrps() Source {
	return Source{Name: "vrps", Title: "VRPs", Kind: "vrp", Licence: "none", Redistributable: "no", Form: "file", Back: 3,
		Refresh: Duration(time.Hour), MaxBytes: 1 << 20, Files: []File{{URL: s.URL + "/vrps.json", Path: "vrp/{stamp}.json"}}}
}

var now = time.Date(2026, 2, 9, 12, 0, 0, 0, time.UTC)

// puller is a Puller into a fresh folder whose clock moves only when it sleeps.
func puller(t *testing.T) (*Puller, *[]Result, *[]time.Duration) {
	clock, results, slept := now, &[]Result{}, &[]time.Duration{}
	return &Puller{Dir: filepath.Join(t.TempDir(), "data"), UserAgent: "pahra-test/1",
		Now: func() time.Time { return clock },
		Sleep: func(_ context.Context, d time.Duration) error {
			clock = clock.Add(d)
			*slept = append(*slept, d)
			return nil
		},
		Done: func(r Result) { *results = append(*results, r) },
	}, results, slept
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// files lists all that is in a folder but the lock.
func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() != "lock" {
			rel, _ := filepath.Rel(dir, p)
			names = append(names, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestPull(t *testing.T) {
	s := newServer(t)
	s.files["/vrps.json"] = []byte(`{"roas": []}`)
	p, results, _ := puller(t)
	if err := p.Pull(t.Context(), []Source{s.vrps()}, Options{}); err != nil {
		t.Fatal(err)
	}
	if got := read(t, p.Dir, "vrp/20260209T0805Z.json"); got != `{"roas": []}` {
		t.Errorf("content %q", got)
	}
	if want := []string{"pulled.json", "vrp/20260209T0805Z.json"}; !slices.Equal(files(t, p.Dir), want) {
		t.Errorf("files %q", files(t, p.Dir))
	}
	pulled, err := ReadPulled(p.Dir)
	sum := sha256.Sum256([]byte(`{"roas": []}`))
	want := Pulled{Path: "vrp/20260209T0805Z.json", Name: "vrps", URL: s.URL + "/vrps.json", Time: now, Modified: s.modified,
		ETag: strongTag([]byte(`{"roas": []}`)), SHA256: hex.EncodeToString(sum[:]), Bytes: 12}
	if err != nil || len(pulled) != 1 || pulled[0] != want {
		t.Errorf("pulled %+v, %v", pulled, err)
	}
	if r := s.requests[0]; r.UserAgent() != "pahra-test/1" || r.Header.Get("Accept-Encoding") != "identity" {
		t.Errorf("header %v", r.Header)
	}

	// Again: the server says that nothing changed. Then it did, and both stay.
	if err := p.Pull(t.Context(), []Source{s.vrps()}, Options{}); err != nil || (*results)[1].Outcome != Unchanged {
		t.Errorf("%v, %+v", err, (*results)[1])
	}
	s.files["/vrps.json"], s.modified = []byte(`{"roas": [1]}`), s.modified.Add(time.Hour)
	if err := p.Pull(t.Context(), []Source{s.vrps()}, Options{}); err != nil || (*results)[2].Outcome != Fetched {
		t.Errorf("%v, %+v", err, (*results)[2])
	}
	if want := []string{"pulled.json", "vrp/20260209T0805Z.json", "vrp/20260209T0905Z.json"}; !slices.Equal(files(t, p.Dir), want) {
		t.Errorf("files %q", files(t, p.Dir))
	}
	// What was deleted is fetched anew.
	os.Remove(filepath.Join(p.Dir, "vrp/20260209T0905Z.json"))
	if err := p.Pull(t.Context(), []Source{s.vrps()}, Options{}); err != nil || (*results)[3].Outcome != Fetched {
		t.Errorf("%v, %+v", err, (*results)[3])
	}
}

var content = []byte(strings.Repeat("0123456789abcdef", 4096))

// The connection breaks twice; the rest is asked for, tied to the version that was begun.
func TestResume(t *testing.T) {
	s := newServer(t)
	s.files["/vrps.json"], s.cut = content, []int{10000, 20000}
	p, results, _ := puller(t)
	if err := p.Pull(t.Context(), []Source{s.vrps()}, Options{}); err != nil {
		t.Fatal(err)
	}
	if read(t, p.Dir, "vrp/20260209T0805Z.json") != string(content) {
		t.Error("the pieces do not make the file")
	}
	if len(s.requests) != 3 || s.requests[2].Header.Get("Range") != "bytes=30000-" || s.requests[2].Header.Get("If-Range") != strongTag(content) {
		t.Errorf("%d requests, the last %v", len(s.requests), s.requests[len(s.requests)-1].Header)
	}
	if r := (*results)[0]; r.Resumed != 30000 || r.Bytes != int64(len(content)) {
		t.Errorf("result %+v", r)
	}
}

// What one process got, the next goes on from.
func TestResumeLater(t *testing.T) {
	s := newServer(t)
	s.files["/vrps.json"], s.cut = content, []int{10000}
	p, _, _ := puller(t)
	p.Retries = -1
	if err := p.Pull(t.Context(), []Source{s.vrps()}, Options{}); err == nil || !strings.Contains(err.Error(), "10000") {
		t.Fatalf("error %v", err)
	}
	if got := files(t, p.Dir); len(got) != 2 || !strings.HasSuffix(got[0], ".json") || !strings.HasSuffix(got[1], ".part") {
		t.Fatalf("files %q: a broken file must not be in place", got)
	}
	if err := p.Pull(t.Context(), []Source{s.vrps()}, Options{}); err != nil {
		t.Fatal(err)
	}
	if read(t, p.Dir, "vrp/20260209T0805Z.json") != string(content) || s.requests[1].Header.Get("Range") != "bytes=10000-" {
		t.Errorf("request %v", s.requests[1].Header)
	}
}

// Where the file changed in between, or its version cannot be told, nothing old gets into it.
func TestRestart(t *testing.T) {
	changed := []byte(strings.Repeat("fedcba9876543210", 4096))
	short := changed[:5000]
	tests := []struct {
		name  string
		setup func(*server)
		want  []byte
	}{
		{"changed", func(s *server) { s.files["/vrps.json"] = changed }, changed},
		{"changed, by date only", func(s *server) { s.files["/vrps.json"], s.modified, s.etag = changed, s.modified.Add(time.Minute), nil }, changed},
		{"shorter now", func(s *server) { s.files["/vrps.json"] = short }, short},
		{"weak tag, no date", func(s *server) {
			s.etag = func([]byte) string { return `W/"1"` }
			s.modified = time.Time{}
			s.files["/vrps.json"] = changed
		}, changed},
		{"lying range", func(s *server) {
			s.files["/vrps.json"] = changed
			s.answer = func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Range") != "" {
					w.Header().Set("Content-Range", "bytes 0-9/20")
					w.WriteHeader(http.StatusPartialContent)
					w.Write(changed[:10])
					return
				}
				http.ServeContent(w, r, "", s.modified, bytes.NewReader(changed))
			}
		}, changed},
		{"range not satisfiable", func(s *server) {
			s.answer = func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Range") != "" {
					w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
					return
				}
				http.ServeContent(w, r, "", s.modified, bytes.NewReader(short))
			}
		}, short},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t)
			if tt.name == "weak tag, no date" {
				tt.setup(s)
				s.files["/vrps.json"] = content
			} else if strings.Contains(tt.name, "date only") {
				s.etag = nil
			}
			source := s.vrps()
			source.Files[0].Path = "vrp/x.json"
			s.files["/vrps.json"], s.cut = content, []int{10000}
			p, _, _ := puller(t)
			p.Retries = -1
			if err := p.Pull(t.Context(), []Source{source}, Options{}); err == nil {
				t.Fatal("no error though the connection broke")
			}
			tt.setup(s)
			p.Retries = 3
			if err := p.Pull(t.Context(), []Source{source}, Options{}); err != nil {
				t.Fatal(err)
			}
			if got := read(t, p.Dir, "vrp/x.json"); got != string(tt.want) {
				t.Errorf("%d bytes, beginning %.20q", len(got), got)
			}
		})
	}
}

func TestChecks(t *testing.T) {
	sum := md5.Sum(content)
	tests := []struct {
		name  string
		setup func(*server, *Source)
		want  string // the error; empty: fetched
	}{
		{"published MD5", func(s *server, f *Source) {
			f.Files[0].Checksum = "{url}.md5"
			s.files["/vrps.json.md5"] = []byte("MD5 (vrps.json) = " + hex.EncodeToString(sum[:]) + "\n")
		}, ""},
		{"wrong MD5", func(s *server, f *Source) {
			f.Files[0].Checksum = "{url}.md5"
			s.files["/vrps.json.md5"] = []byte(strings.Repeat("0", 32) + "  vrps.json\n")
		}, "is not the published"},
		{"no checksum there", func(s *server, f *Source) { f.Files[0].Checksum = "{url}.md5" }, "no such file"},
		{"checksum page is none", func(s *server, f *Source) {
			f.Files[0].Checksum = "{url}.md5"
			s.files["/vrps.json.md5"] = []byte("<html>sorry</html>")
		}, "neither a SHA-256"},
		{"pinned", func(s *server, f *Source) {
			long := sha256.Sum256(content)
			f.Files[0].SHA256 = hex.EncodeToString(long[:])
		}, ""},
		{"pinned otherwise", func(s *server, f *Source) { f.Files[0].SHA256 = strings.Repeat("0", 64) }, "the catalogue says"},
		{"not compressed", func(s *server, f *Source) { f.Files[0].Path = "vrp/x.json.gz" }, "does not begin as a .gz"},
		{"empty", func(s *server, f *Source) { s.files["/vrps.json"] = nil }, "empty"},
		{"a web page inside", func(s *server, f *Source) { s.files["/vrps.json"] = []byte("<!DOCTYPE html>\n<title>Log in") }, "web page"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t)
			s.files["/vrps.json"] = content
			source := s.vrps()
			source.Files[0].Path = "vrp/x.json"
			tt.setup(s, &source)
			p, _, _ := puller(t)
			err := p.Pull(t.Context(), []Source{source}, Options{})
			got := files(t, p.Dir)
			if tt.want == "" {
				if err != nil || !slices.Equal(got, []string{"pulled.json", "vrp/x.json"}) {
					t.Errorf("%v, %q", err, got)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
			if len(got) != 2 || !strings.HasPrefix(got[0], ".pull/quarantine/20260209T1200") || got[1] != got[0]+".reason.txt" {
				t.Errorf("files %q: what failed belongs in quarantine", got)
			} else if reason := read(t, p.Dir, got[1]); !strings.Contains(reason, tt.want) {
				t.Errorf("reason %q", reason)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	page := func(header, value, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.Header().Set(header, value); w.Write([]byte(body)) }
	}
	endless := func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(content); err != nil {
				return
			}
		}
	}
	tests := []struct {
		name   string
		answer http.HandlerFunc
		want   string
	}{
		{"web page", page("Content-Type", "text/html; charset=utf-8", "log in"), "web page"},
		{"too long by its own word", page("Content-Length", "2000000", strings.Repeat("x", 2000000)), "the catalogue allows 1048576"},
		{"endless", endless, "more than 1048576 bytes"},
		{"forbidden", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }, "403"},
		{"missing", http.NotFound, "no such file"},
		{"always busy", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, "503"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t)
			s.answer = tt.answer
			p, _, _ := puller(t)
			err := p.Pull(t.Context(), []Source{s.vrps()}, Options{})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
			if got := files(t, p.Dir); len(got) > 0 {
				t.Errorf("left behind: %q", got)
			}
		})
	}
}

func TestTerms(t *testing.T) {
	s := newServer(t)
	s.files["/vrps.json"] = content
	source := s.vrps()
	source.Accept, source.Terms, source.Statement = true, "https://example.net/terms", "you do not pass it on"
	free := s.vrps()
	free.Name = "free"
	p, _, _ := puller(t)
	err := p.Pull(t.Context(), []Source{free, source}, Options{Accept: []string{"free"}})
	var refused *TermsError
	if !errors.As(err, &refused) || refused.Source.Name != "vrps" || !strings.Contains(err.Error(), "https://example.net/terms") {
		t.Fatalf("error %v", err)
	}
	if len(s.requests) > 0 || len(files(t, p.Dir)) > 0 {
		t.Fatalf("%d requests, files %q before the terms were accepted", len(s.requests), files(t, p.Dir))
	}
	if err := p.Pull(t.Context(), []Source{free, source}, Options{Accept: []string{"vrps"}}); err != nil {
		t.Fatal(err)
	}
	accepted, err := ReadAccepted(p.Dir)
	want := Acceptance{"vrps", "https://example.net/terms", source.termsHash(), now}
	if err != nil || len(accepted) != 1 || accepted[0] != want {
		t.Errorf("accepted %+v, %v", accepted, err)
	}
	if err := p.Pull(t.Context(), []Source{source}, Options{}); err != nil {
		t.Errorf("accepted once is not enough: %v", err)
	}
	source.Statement = "you pay"
	if err := p.Pull(t.Context(), []Source{source}, Options{}); !errors.As(err, &refused) {
		t.Errorf("changed terms count as accepted: %v", err)
	}
}

func (s *server) archive() Source {
	source := s.vrps()
	source.Name, source.Kind, source.Step, source.Collectors = "updates", "mrt", "15m", Roots{"route-views2": ""}
	source.Files = []File{{URL: s.URL + "/{root}{yyyy}.{mm}/updates.{day}.{HH}{MM}.gz", Path: "mrt/{collector}/updates.{day}.{HH}{MM}.gz"}}
	return source
}

func TestArchive(t *testing.T) {
	s := newServer(t)
	gz := []byte("\x1f\x8b some updates")
	s.files["/rrc00/2026.02/updates.20260209.1115.gz"] = gz
	s.files["/rrc00/2026.02/updates.20260209.1130.gz"] = gz
	s.files["/2026.02/updates.20260209.1130.gz"] = gz
	p, results, _ := puller(t)
	options := Options{Collectors: []string{"rrc00", "route-views2"}, From: now.Add(-time.Hour), To: now}
	if err := p.Pull(t.Context(), []Source{s.archive()}, options); err != nil {
		t.Fatal(err)
	}
	want := []string{"mrt/route-views2/updates.20260209.1130.gz", "mrt/rrc00/updates.20260209.1115.gz", "mrt/rrc00/updates.20260209.1130.gz", "pulled.json"}
	if got := files(t, p.Dir); !slices.Equal(got, want) {
		t.Errorf("files %q", got)
	}
	missing := 0
	for _, r := range *results {
		if r.Outcome == Missing {
			missing++
		}
	}
	if missing != 5 || len(*results) != 8 {
		t.Errorf("%d of %d results are missing, want 5 of 8", missing, len(*results))
	}

	// An archive's files do not change: what is there is not asked for again.
	before := len(s.requests)
	if err := p.Pull(t.Context(), []Source{s.archive()}, options); err != nil || len(s.requests) != before+5 {
		t.Errorf("%v, %d more requests", err, len(s.requests)-before)
	}

	// Without a span the latest is looked for.
	p, results, _ = puller(t)
	if err := p.Pull(t.Context(), []Source{s.archive()}, Options{Collectors: []string{"rrc00"}}); err != nil {
		t.Fatal(err)
	}
	if r := *results; len(r) != 1 || r[0].Path != "mrt/rrc00/updates.20260209.1130.gz" {
		t.Errorf("results %+v", r)
	}
	p, _, _ = puller(t)
	for name, o := range map[string]Options{
		"no collector":   {},
		"nothing there":  {Collectors: []string{"rrc99"}, From: now.Add(-time.Hour), To: now},
		"no latest":      {Collectors: []string{"rrc99"}},
		"too many files": {Collectors: []string{"rrc00"}, From: now.AddDate(-10, 0, 0), To: now},
		"no step within": {Collectors: []string{"rrc00"}, From: now.Add(time.Minute), To: now.Add(2 * time.Minute)},
	} {
		if err := p.Pull(t.Context(), []Source{s.archive()}, o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// The files of one source stand for one moment, though the server made them at different ones.
func TestTogether(t *testing.T) {
	s := newServer(t)
	s.files["/a"], s.files["/b"] = []byte("a"), []byte("b")
	source := s.vrps()
	source.Files = []File{{URL: s.URL + "/a", Path: "vrp/{stamp}.a.json"}, {URL: s.URL + "/b", Path: "vrp/{stamp}.b.json"}}
	p, _, _ := puller(t)
	p.Done = func(Result) { s.modified = s.modified.Add(time.Hour) }
	if err := p.Pull(t.Context(), []Source{source}, Options{}); err != nil {
		t.Fatal(err)
	}
	if want := []string{"pulled.json", "vrp/20260209T0805Z.a.json", "vrp/20260209T0805Z.b.json"}; !slices.Equal(files(t, p.Dir), want) {
		t.Errorf("files %q", files(t, p.Dir))
	}
}

func TestSessions(t *testing.T) {
	s := newServer(t)
	source := s.vrps()
	source.Name, source.Kind, source.Form = "spoofer", "spoofer", "sessions"
	source.Files = []File{{URL: s.URL + "/sessions?after={after}&before={before}", Path: "spoofer/sessions-{day}.jsonl"}}
	next := []string{`"hydra:view":{"hydra:next":"/sessions?page=2"}`, `"hydra:view":{}`}
	s.answer = func(w http.ResponseWriter, r *http.Request) {
		page := 0
		if r.URL.Query().Get("page") == "2" {
			page = 1
		}
		fmt.Fprintf(w, "{\"hydra:member\":[{\"session\":  %d1},\n{\"session\":%d2}],%s}", page+1, page+1, next[page])
	}
	p, _, _ := puller(t)
	if err := p.Pull(t.Context(), []Source{source}, Options{}); err != nil {
		t.Fatal(err)
	}
	want := "{\"session\":11}\n{\"session\":12}\n{\"session\":21}\n{\"session\":22}\n"
	if got := read(t, p.Dir, "spoofer/sessions-20260209.jsonl"); got != want {
		t.Errorf("content %q", got)
	}
	if q := s.requests[0].URL.Query(); q.Get("after") != "2026-01-10T00:00:00Z" || q.Get("before") != "2026-02-09T00:00:00Z" {
		t.Errorf("query %v", q)
	}
	for what, link := range map[string]string{"circle": "/sessions?page=2", "host": "https://elsewhere.example/sessions"} {
		next[1] = `"hydra:view":{"hydra:next":"` + link + `"}`
		if err := p.Pull(t.Context(), []Source{source}, Options{}); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: error %v", what, err)
		}
	}
}

func TestPoliteness(t *testing.T) {
	s := newServer(t)
	s.files["/vrps.json"] = content
	busy := true
	s.answer = func(w http.ResponseWriter, r *http.Request) {
		if busy {
			busy = false
			w.Header().Set("Retry-After", "30")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		w.Write(content)
	}
	a, b := s.vrps(), s.vrps()
	b.Name, b.Files = "b", []File{{URL: s.URL + "/b", Path: "vrp/b.json"}}
	p, _, slept := puller(t)
	if err := p.Pull(t.Context(), []Source{a, b}, Options{}); err != nil {
		t.Fatal(err)
	}
	if want := []time.Duration{30 * time.Second, time.Second}; !slices.Equal(*slept, want) {
		t.Errorf("slept %v, want %v", *slept, want)
	}
}

// A connection that falls silent is broken off and taken up again.
func TestSilence(t *testing.T) {
	s := newServer(t)
	tries := 0
	s.answer = func(w http.ResponseWriter, r *http.Request) {
		if tries++; tries > 1 {
			http.ServeContent(w, r, "", s.modified, bytes.NewReader(content))
			return
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		w.Header().Set("Last-Modified", s.modified.Format(http.TimeFormat))
		w.Write(content[:100])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
	p, _, _ := puller(t)
	p.Idle = 50 * time.Millisecond
	if err := p.Pull(t.Context(), []Source{s.vrps()}, Options{}); err != nil {
		t.Fatal(err)
	}
	if read(t, p.Dir, "vrp/20260209T0805Z.json") != string(content) {
		t.Error("the pieces do not make the file")
	}
}

func TestLock(t *testing.T) {
	s := newServer(t)
	p, _, _ := puller(t)
	s.answer = func(w http.ResponseWriter, _ *http.Request) {
		second := *p
		if err := second.Pull(context.Background(), nil, Options{}); err == nil || !strings.Contains(err.Error(), "another pull") {
			t.Errorf("a second pull: %v", err)
		}
		w.Write(content)
	}
	if err := p.Pull(t.Context(), []Source{s.vrps()}, Options{}); err != nil {
		t.Fatal(err)
	}
}

// A link in the folder that leads out of it is not followed.
func TestLinkOut(t *testing.T) {
	s := newServer(t)
	s.files["/vrps.json"] = content
	p, _, _ := puller(t)
	outside := t.TempDir()
	if err := os.MkdirAll(p.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(p.Dir, "vrp")); err != nil {
		t.Skip(err)
	}
	if err := p.Pull(t.Context(), []Source{s.vrps()}, Options{}); err == nil {
		t.Error("no error")
	}
	if got := files(t, outside); len(got) > 0 {
		t.Errorf("outside the folder: %q", got)
	}
}

func TestRedirects(t *testing.T) {
	plain := newServer(t)
	plain.files["/vrps.json"] = content
	secure := httptest.NewTLSServer(http.RedirectHandler(plain.URL+"/vrps.json", http.StatusFound))
	defer secure.Close()
	p, _, _ := puller(t)
	p.Client = secure.Client()
	p.Client.CheckRedirect = fetch.NewClient().CheckRedirect
	p.Retries = -1
	source := plain.vrps()
	source.Files[0].URL = secure.URL + "/vrps.json"
	if err := p.Pull(t.Context(), []Source{source}, Options{}); err == nil || !strings.Contains(err.Error(), "from https") {
		t.Errorf("error %v", err)
	}
}

func TestManual(t *testing.T) {
	source := newServer(t).vrps()
	source.Form, source.Note = "manual", "FTP only."
	p, _, _ := puller(t)
	var manual *ManualError
	if err := p.Pull(t.Context(), []Source{source}, Options{}); !errors.As(err, &manual) || !strings.Contains(err.Error(), "FTP only.") {
		t.Errorf("error %v", err)
	}
}
