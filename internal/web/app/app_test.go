package app_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"pahra/internal/service"
	"pahra/internal/service/servicetest"
	"pahra/internal/watch"
	"pahra/internal/web/app"
)

func TestMain(m *testing.M) { servicetest.Main(m) }

func appOf(t testing.TB, c app.Config) http.Handler {
	t.Helper()
	if c.Reader == nil {
		c.Reader = servicetest.Shown(t, service.ShownOptions{Synthetic: true})
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.PerMinute == 0 {
		c.PerMinute = 1 << 30
	}
	a, err := app.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func get(t testing.TB, h http.Handler, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for n := 0; n+1 < len(header); n += 2 {
		r.Header.Set(header[n], header[n+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t testing.TB, r *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// somePages are one page of each sort.
func somePages(t testing.TB, s *service.Shown) []string {
	t.Helper()
	answer, err := s.Answer(t.Context(), public(), service.IncidentQuery{})
	if err != nil {
		t.Fatal(err)
	}
	page := answer.(*service.IncidentsPage)
	first := page.List[0]
	list := []string{
		"/", "/incidents", "/incidents?kind=" + string(first.Kind), "/networks", "/neighbourhoods", "/neighbourhood/all", "/neighbourhood/lantern-coast",
		"/neighbourhood/country:IN?by=A1", "/neighbourhood/lantern-coast/networks", "/network/AS" + first.ASN.String(), "/sources", "/method",
		"/compare", "/compare?a=country:IN&b=country:DE", "/search", "/search?q=net", "/search?q=nobody-of-that-name",
	}
	seen := make(map[watch.Kind]bool)
	for _, i := range page.List {
		if !seen[i.Kind] {
			seen[i.Kind] = true
			list = append(list, "/incident/"+i.ID)
		}
	}
	answer, err = s.Answer(t.Context(), public(), service.NetworkQuestion{ASN: first.ASN})
	if err != nil {
		t.Fatal(err)
	}
	if routes := answer.(*service.NetworkPage).Routes; len(routes) > 0 {
		list = append(list, "/prefix/"+routes[0].Prefix)
	}
	return list
}

// TestPages: each page is there as HTML and JSON, with the headers that keep it safe, and changes no byte when asked
// for again.
func TestPages(t *testing.T) {
	s := servicetest.Shown(t, service.ShownOptions{Synthetic: true})
	h := appOf(t, app.Config{Reader: s})
	for _, path := range somePages(t, s) {
		r := get(t, h, path)
		text := body(t, r)
		if r.StatusCode != http.StatusOK || !strings.Contains(text, "<h1") || !strings.Contains(text, "</html>") {
			t.Errorf("%s: %d %.200s", path, r.StatusCode, text)
			continue
		}
		for header, want := range map[string]string{"Content-Security-Policy": "script-src 'self'", "X-Content-Type-Options": "nosniff", "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache"} {
			if !strings.Contains(r.Header.Get(header), want) {
				t.Errorf("%s: %s is %q", path, header, r.Header.Get(header))
			}
		}
		tag := r.Header.Get("ETag")
		if again := get(t, h, path, "If-None-Match", tag); again.StatusCode != http.StatusNotModified || body(t, again) != "" {
			t.Errorf("%s with its own tag: %d", path, again.StatusCode)
		}
		zip := get(t, h, path, "Accept-Encoding", "br, gzip;q=0.8")
		in, err := gzip.NewReader(zip.Body)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if plain, err := io.ReadAll(in); err != nil || string(plain) != text {
			t.Errorf("%s: compressed it is another page (%v)", path, err)
		}
		for _, link := range links(text) {
			if status := get(t, h, link).StatusCode; status != http.StatusOK && status != http.StatusNotModified {
				t.Errorf("%s links to %s: %d", path, link, status)
			}
		}
	}
}

// links gives where a page's links lead within the site, the first of each sort.
func links(text string) (list []string) {
	seen := make(map[string]bool)
	for _, part := range strings.Split(text, `href="`)[1:] {
		link, _, _ := strings.Cut(part, `"`)
		link, _, _ = strings.Cut(strings.ReplaceAll(link, "&amp;", "&"), "#")
		sort, _, _ := strings.Cut(strings.TrimPrefix(link, "/"), "/")
		if strings.HasPrefix(link, "/") && !seen[sort] {
			seen[sort], list = true, append(list, link)
		}
	}
	return list
}

func TestForms(t *testing.T) {
	s := servicetest.Shown(t, service.ShownOptions{})
	h := appOf(t, app.Config{Reader: s})
	for path, kind := range map[string]string{
		"/index.json": "application/json", "/index.csv": "text/csv", "/incidents.csv": "text/csv", "/networks.json": "application/json",
		"/neighbourhood/country:IN.json": "application/json", "/neighbourhood/country:IN/networks.csv": "text/csv", "/neighbourhood/all.csv": "text/csv",
		"/sources.csv": "text/csv", "/compare.csv?a=all&b=country:IN": "text/csv", "/search.json?q=IN": "application/json",
		"/static/x/style.css": "text/css", "/static/x/pahra.js": "text/javascript",
	} {
		if r := get(t, h, path); r.StatusCode != http.StatusOK || !strings.HasPrefix(r.Header.Get("Content-Type"), kind) {
			t.Errorf("%s: %d %s", path, r.StatusCode, r.Header.Get("Content-Type"))
		}
	}
}

func TestRedirects(t *testing.T) {
	s := servicetest.Shown(t, service.ShownOptions{})
	h := appOf(t, app.Config{Reader: s})
	answer, err := s.Answer(t.Context(), public(), service.NetworksQuestion{Part: 1})
	if err != nil {
		t.Fatal(err)
	}
	asn := answer.(*service.NetworksPage).List[0].ASN.String()
	for path, want := range map[string]string{
		"/network/" + asn: "/network/AS" + asn, "/network/as" + asn + ".json": "/network/AS" + asn + ".json",
		"/search?q=AS" + asn: "/network/AS" + asn, "/search?q=india": "/neighbourhood/country:IN", "/search?q=192.0.2.7/24": "/prefix/192.0.2.0/24",
		"/prefix/192.0.2.7/24": "/prefix/192.0.2.0/24", "/prefix/2001:DB8::1": "/prefix/2001:db8::1/128",
	} {
		if r := get(t, h, path); r.Header.Get("Location") != want {
			t.Errorf("%s: %d to %q, want %q", path, r.StatusCode, r.Header.Get("Location"), want)
		}
	}
}

func TestErrors(t *testing.T) {
	var log bytes.Buffer
	h := appOf(t, app.Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
	for path, want := range map[string]int{
		"/nothing": 404, "/network/AS4294967294": 404, "/network/x": 400, "/incident/0": 404, "/neighbourhood/nowhere": 404, "/prefix/x": 400,
		"/networks?part=0": 400, "/networks?part=99": 404, "/incidents?since=yesterday": 400, "/incidents?confidence=NaN": 400, "/incidents?asn=x": 400,
		"/incidents?after=x": 400, "/neighbourhood/all?by=M1": 400, "/compare?a=nowhere&b=all": 404, "/static/x/app.go": 404, "/method.csv": 400,
	} {
		r := get(t, h, path)
		if text := body(t, r); r.StatusCode != want || !strings.Contains(text, "<h1>") && !strings.HasSuffix(path, ".csv") {
			t.Errorf("%s: %d, want %d: %.100s", path, r.StatusCode, want, text)
		}
	}
	if log.Len() > 0 {
		t.Errorf("the log has what is nobody's fault: %s", &log)
	}
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
	r = httptest.NewRequest(http.MethodHead, "/", nil)
	w = httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusOK || w.Body.Len() > 0 || w.Header().Get("Content-Length") == "0" {
		t.Errorf("HEAD: %d with %d bytes", w.Code, w.Body.Len())
	}
}

// panicky is a reader that panics.
type panicky struct{ *service.Shown }

func (panicky) Answer(context.Context, viewer, service.Question) (any, error) { panic("on purpose") }

// TestPrivate: a watch that is not open to everybody does not even tell where a search would lead.
func TestPrivate(t *testing.T) {
	pages := appOf(t, app.Config{Reader: servicetest.Shown(t, service.ShownOptions{}), Private: true})
	for _, path := range []string{"/", "/networks.json", "/search?q=10.0.0.0/8", "/search.json?q=a", "/incidents.csv"} {
		if r := get(t, pages, path); r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/login" {
			t.Errorf("%s: %d to %q", path, r.StatusCode, r.Header.Get("Location"))
		}
	}
}

func TestPanics(t *testing.T) {
	var log bytes.Buffer
	h := appOf(t, app.Config{Reader: panicky{servicetest.Shown(t, service.ShownOptions{})}, Log: slog.New(slog.NewTextHandler(&log, nil))})
	for range 2 { // the second asks for what the first left half done
		if r := get(t, h, "/"); r.StatusCode != http.StatusInternalServerError || !strings.Contains(body(t, r), "Something went wrong") {
			t.Errorf("a panic: %d", r.StatusCode)
		}
	}
	if !strings.Contains(log.String(), "on purpose") {
		t.Error("the log does not say why")
	}
}

// TestNotYet: before the first run is published, pages say so.
func TestNotYet(t *testing.T) {
	h := appOf(t, app.Config{Reader: service.NewShown(service.ShownOptions{})})
	if r := get(t, h, "/"); r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" {
		t.Errorf("without a run: %d", r.StatusCode)
	}
}

// TestNews: who listens is told at once.
func TestNews(t *testing.T) {
	s := servicetest.Shown(t, service.ShownOptions{})
	server := httptest.NewServer(appOf(t, app.Config{Reader: s}))
	defer server.Close()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	heard := make(chan string, 1)
	go func() {
		var text []byte
		buf := make([]byte, 4096)
		for !bytes.Contains(text, []byte("data: ")) {
			n, err := answer.Body.Read(buf)
			if text = append(text, buf[:n]...); err != nil {
				break
			}
		}
		heard <- string(text)
	}()
	tick := time.NewTicker(10 * time.Millisecond) // until the listener is there
	defer tick.Stop()
	for {
		if err := s.Tell(ctx, []watch.Incident{{ID: "feed", Kind: watch.Leak, ASN: 64500, Start: time.Now()}}); err != nil {
			t.Fatal(err)
		}
		select {
		case text := <-heard:
			if !strings.Contains(text, "event: incident\ndata: {") || !strings.Contains(text, `"path":"/incident/feed"`) {
				t.Errorf("heard %q", text)
			}
			return
		case <-tick.C:
		}
	}
}

// benchRun opens the run in PAHRA_BENCH_RUN.
func benchRun(b *testing.B) *service.Run {
	b.Helper()
	dir := os.Getenv("PAHRA_BENCH_RUN")
	if dir == "" {
		b.Skip("PAHRA_BENCH_RUN names no run")
	}
	run, err := service.OpenRun(dir)
	if err != nil {
		b.Fatal(err)
	}
	return run
}

func BenchmarkPages(b *testing.B) {
	run := benchRun(b)
	s := service.NewShown(service.ShownOptions{})
	begun, work := time.Now(), cpu(b)
	if err := s.Publish(run); err != nil {
		b.Fatal(err)
	}
	b.Logf("published after %s, %s of work", time.Since(begun), cpu(b)-work)
	defer s.Close()
	h := appOf(b, app.Config{Reader: s, Now: func() time.Time { return time.Unix(0, 0) }})
	var asns []string
	for part := 1; part < 20; part++ {
		answer, err := s.Answer(b.Context(), public(), service.NetworksQuestion{Part: part})
		if err != nil {
			break
		}
		for _, l := range answer.(*service.NetworksPage).List {
			asns = append(asns, l.ASN.String())
		}
	}
	for name, path := range map[string]func(int) string{
		"network":       func(n int) string { return "/network/AS" + asns[n%len(asns)] },
		"home":          func(n int) string { return "/?n=" + strconv.Itoa(n) }, // a query of its own, so that nothing is kept
		"all":           func(n int) string { return "/neighbourhood/all?n=" + strconv.Itoa(n) },
		"neighbourhood": func(n int) string { return "/neighbourhood/country:IN?n=" + strconv.Itoa(n) },
		"kept":          func(int) string { return "/network/AS" + asns[0] },
	} {
		b.Run(name, func(b *testing.B) {
			n, before := 0, cpu(b)
			for b.Loop() {
				if r := get(b, h, path(n), "Accept-Encoding", "gzip"); r.StatusCode != http.StatusOK {
					b.Fatal(r.StatusCode)
				}
				n++
			}
			b.ReportMetric(float64((cpu(b)-before).Microseconds())/1000/float64(b.N), "cpu-ms/op")
		})
	}
}

// cpu is how long this process has been at work: on a busy machine that says more than the clock.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
