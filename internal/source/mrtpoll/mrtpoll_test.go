package mrtpoll

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/source/folder"
)

// TestFollowRIS begins with the newest table that is published, gives all updates since, then each new one, under names
// that a data folder knows.
func TestFollowRIS(t *testing.T) {
	w := newWorld(t, Config{Collectors: []string{"rrc00"}})
	w.clock = noon.Add(-3*time.Hour - 50*time.Minute) // 08:10
	w.late["bview.20261122.0800.gz"] = time.Hour
	w.refuse = 2
	w.run(102)
	w.got = slices.Delete(w.got, 2, 98)
	w.expect(`rrc00 mrt/rrc00/2026.11/bview.20261122.0000.gz 22T00:00 to 00:00 true
rrc00 mrt/rrc00/2026.11/updates.20261122.0000.gz 22T00:00 to 00:05 false
rrc00 mrt/rrc00/2026.11/updates.20261122.0805.gz 22T08:05 to 08:10 false
rrc00 mrt/rrc00/2026.11/updates.20261122.0810.gz 22T08:10 to 08:15 false
rrc00 mrt/rrc00/2026.11/updates.20261122.0815.gz 22T08:15 to 08:20 false
rrc00 mrt/rrc00/2026.11/updates.20261122.0820.gz 22T08:20 to 08:25 false`, "")
	d, err := folder.Scan(w.dir)
	if err != nil || len(d.Of(folder.MRT)) != 102 || len(d.Unrecognised) != 0 {
		t.Errorf("the folder has %d files, does not know %q, %v", len(d.Of(folder.MRT)), d.Unrecognised, err)
	}
}

// TestFollowRouteViews: the other layout, and its first collector, which lies at the top.
func TestFollowRouteViews(t *testing.T) {
	w := newWorld(t, Config{Archive: "routeviews", Collectors: []string{"route-views2"}})
	w.bzip(t, bzipNil, bzipOne)
	w.run(3)
	w.expect(`route-views2 mrt/route-views2/2026.11/rib.20261122.1000.bz2 22T10:00 to 10:00 true
route-views2 mrt/route-views2/2026.11/updates.20261122.1000.bz2 22T10:00 to 10:15 false
route-views2 mrt/route-views2/2026.11/updates.20261122.1015.bz2 22T10:15 to 10:30 false`, "")
	want := []string{"/bgpdata/2026.11/RIBS/rib.20261122.1200.bz2", "/bgpdata/2026.11/RIBS/rib.20261122.1000.bz2", "/bgpdata/2026.11/UPDATES/updates.20261122.1000.bz2"}
	if diff := cmp.Diff(want, w.asked[:3]); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

// TestLateAndNever: a late file is waited for, one that never comes is a gap, and what comes behind it is had at once.
func TestLateAndNever(t *testing.T) {
	w := newWorld(t, Config{Collectors: []string{"rrc00"}, Patience: time.Hour})
	w.since = noon.Add(-12 * time.Minute)
	w.late[".1150.gz"], w.late[".1155.gz"] = 40*time.Minute, -1
	w.run(3)
	w.expect(`rrc00 mrt/rrc00/2026.11/updates.20261122.1145.gz 22T11:45 to 11:50 false
rrc00 mrt/rrc00/2026.11/updates.20261122.1150.gz 22T11:50 to 11:55 false
rrc00 mrt/rrc00/2026.11/updates.20261122.1200.gz 22T12:00 to 12:05 false`, "rrc00 22T11:55 to 12:00")
	if n := len(w.asked); n > 45 {
		t.Errorf("%d requests in an hour and a half of waiting", n)
	}
	if s := w.Status(); !s.Up || s.Messages != 3 {
		t.Errorf("status is %+v", s)
	}
}

// TestTooFarBehind begins again with a table, and says what is lost.
func TestTooFarBehind(t *testing.T) {
	w := newWorld(t, Config{Collectors: []string{"rrc00"}})
	w.since = noon.AddDate(0, 0, -2)
	w.run(2)
	w.expect(`rrc00 mrt/rrc00/2026.11/bview.20261122.0800.gz 22T08:00 to 08:00 true
rrc00 mrt/rrc00/2026.11/updates.20261122.0800.gz 22T08:00 to 08:05 false`, "rrc00 20T12:00 to 08:00")
}

// TestBadFiles: a transfer that is cut is taken up where it broke; what is not whole, no MRT, a page or too large is
// fetched a few times, then a gap, and nothing of it stays.
func TestBadFiles(t *testing.T) {
	w := newWorld(t, Config{Collectors: []string{"rrc00"}, MaxUpdates: 100_000})
	w.since = noon.Add(-40 * time.Minute)
	whole := file(noon)
	var ranges []string
	name := func(clock string) string { return "updates.20261122." + clock + ".gz" }
	w.answer[name("1120")] = func(rw http.ResponseWriter, r *http.Request) {
		ranges = append(ranges, r.Header.Get("Range"))
		if len(ranges) == 1 {
			rw.Header().Set("ETag", fmt.Sprintf(`"%d"`, noon.Unix()))
			rw.Header().Set("Content-Length", fmt.Sprint(len(whole)))
			_, _ = rw.Write(whole[:100])
			rw.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
		content(noon)(rw, r)
	}
	write := func(b []byte) http.HandlerFunc {
		return func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "application/octet-stream")
			_, _ = rw.Write(b)
		}
	}
	w.answer[name("1125")] = write(whole[:len(whole)/2])
	var text bytes.Buffer
	z := gzip.NewWriter(&text)
	_, _ = z.Write(bytes.Repeat([]byte("no MRT at all "), 100))
	_ = z.Close()
	w.answer[name("1130")] = write(text.Bytes())
	w.answer[name("1135")] = func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = rw.Write([]byte("<html>sorry</html>"))
	}
	w.answer[name("1140")] = func(rw http.ResponseWriter, _ *http.Request) {
		for range 1000 {
			_, _ = rw.Write(bytes.Repeat([]byte{0x1f, 0x8b}, 500))
		}
	}
	w.answer[name("1145")] = func(rw http.ResponseWriter, _ *http.Request) { http.Error(rw, "no", http.StatusForbidden) }
	busy := 0
	w.answer[name("1150")] = func(rw http.ResponseWriter, r *http.Request) {
		if busy++; busy < 5 {
			rw.Header().Set("Retry-After", "90")
			http.Error(rw, "busy", http.StatusServiceUnavailable)
			return
		}
		content(noon)(rw, r)
	}
	w.run(2)
	w.expect(`rrc00 mrt/rrc00/2026.11/updates.20261122.1120.gz 22T11:20 to 11:25 false
rrc00 mrt/rrc00/2026.11/updates.20261122.1150.gz 22T11:50 to 11:55 false`, `rrc00 22T11:25 to 11:30
rrc00 22T11:30 to 11:35
rrc00 22T11:35 to 11:40
rrc00 22T11:40 to 11:45
rrc00 22T11:45 to 11:50`)
	if diff := cmp.Diff([]string{"", "bytes=100-"}, ranges); diff != "" {
		t.Errorf("ranges (-want +got):\n%s", diff)
	}
	left, err := filepath.Glob(filepath.Join(w.dir, ".mrtpoll-archive", ".pull", "*.part"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
	entries, err := os.ReadDir(filepath.Join(w.dir, ".mrtpoll-archive", ".pull", "quarantine"))
	if err != nil || len(entries) > 0 {
		t.Errorf("in quarantine: %v, %v", entries, err)
	}
}

// TestUnreachable: a server that cannot be reached is waited for beyond the patience with what is missing.
func TestUnreachable(t *testing.T) {
	w := newWorld(t, Config{Collectors: []string{"rrc00"}, Patience: 10 * time.Minute})
	w.since = noon.Add(-5 * time.Minute)
	down := 0
	w.answer["updates.20261122.1155.gz"] = func(rw http.ResponseWriter, r *http.Request) {
		if down++; down < 30 {
			panic(http.ErrAbortHandler)
		}
		content(noon)(rw, r)
	}
	w.run(1)
	w.expect("rrc00 mrt/rrc00/2026.11/updates.20261122.1155.gz 22T11:55 to 12:00 false", "")
}

// TestFolder polls a mirror on disk; a file that is not whole yet is waited for.
func TestFolder(t *testing.T) {
	mirror := t.TempDir()
	put := func(name string, content []byte) {
		name = filepath.Join(mirror, "rrc00", "2026.11", name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, content, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	put("bview.20261122.0800.gz", file(noon))
	put("updates.20261122.0800.gz", file(noon))
	put("updates.20261122.0805.gz", file(noon)[:200])
	w := newWorld(t, Config{Base: mirror, Collectors: []string{"rrc00"}})
	asleep := w.sleep
	w.sleep = func(ctx context.Context, d time.Duration) error {
		if len(w.got) == 2 {
			put("updates.20261122.0805.gz", file(noon))
		}
		return asleep(ctx, d)
	}
	w.run(3)
	w.expect(`rrc00 mrt/rrc00/2026.11/bview.20261122.0800.gz 22T08:00 to 08:00 true
rrc00 mrt/rrc00/2026.11/updates.20261122.0800.gz 22T08:00 to 08:05 false
rrc00 mrt/rrc00/2026.11/updates.20261122.0805.gz 22T08:05 to 08:10 false`, "")
}

// TestFetch gives the files that cover a time, waits for those to come, asks for none twice, and says which never came.
func TestFetch(t *testing.T) {
	w := newWorld(t, Config{Patience: time.Hour})
	w.late[".1155.gz"] = -1
	files, err := w.Fetch(t.Context(), "rrc03", noon.Add(-7*time.Minute), noon.Add(3*time.Minute))
	if err == nil || !strings.Contains(err.Error(), "1155.gz: not published") {
		t.Errorf("error is %v", err)
	}
	var got []string
	for _, f := range files {
		got = append(got, f.Collector+" "+f.Path+" "+f.From.Format("15:04")+" "+f.To.Format("15:04"))
	}
	want := []string{"rrc03 mrt/rrc03/2026.11/updates.20261122.1150.gz 11:50 11:55", "rrc03 mrt/rrc03/2026.11/updates.20261122.1200.gz 12:00 12:05"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	asked := len(w.asked)
	if again, err := w.Fetch(t.Context(), "rrc03", noon, noon.Add(time.Minute)); err != nil || len(again) != 1 || len(w.asked) != asked {
		t.Errorf("%v, %v, %d requests more", again, err, len(w.asked)-asked)
	}
	if _, err := w.Fetch(t.Context(), "../x", noon, noon); err == nil {
		t.Error("took a name that is none")
	}
	if _, err := w.Fetch(t.Context(), "rrc03", noon.AddDate(0, -3, 0), noon); err == nil {
		t.Error("took three months")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Fetch(ctx, "rrc03", noon.Add(-time.Hour), noon); !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	if err := w.Run(ctx); err != nil {
		t.Error(err)
	}
	if _, err := w.Fetch(t.Context(), "rrc03", noon.Add(-time.Hour), noon.Add(-55*time.Minute)); err == nil {
		t.Error("fetched behind the end")
	}
}

// TestManyCollectors follows several, by one request at a time.
func TestManyCollectors(t *testing.T) {
	w := newWorld(t, Config{Collectors: []string{"rrc00", "rrc01", "rrc03"}})
	w.run(12)
	seen := map[string]bool{}
	for _, line := range w.got {
		seen[strings.Fields(line)[0]] = true
	}
	if len(seen) != 3 {
		t.Errorf("files are of %v", seen)
	}
}

// TestSweep: what broke off long ago goes, what did of late is taken up again.
func TestSweep(t *testing.T) {
	w := newWorld(t, Config{})
	work := filepath.Join(w.dir, ".mrtpoll-archive", ".pull")
	if err := os.MkdirAll(work, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, age := range map[string]time.Duration{"old.part": 80 * time.Hour, "new.part": time.Hour} {
		file := filepath.Join(work, name)
		if err := errors.Join(os.WriteFile(file, []byte("x"), 0o600), os.Chtimes(file, noon.Add(-age), noon.Add(-age))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.open(); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(work, "*.part")); len(left) != 1 || filepath.Base(left[0]) != "new.part" {
		t.Errorf("left are %q", left)
	}
}

func TestConfig(t *testing.T) {
	ris := []string{"ris-updates", "ris-tables"}
	for _, c := range []struct {
		config Config
		want   string
	}{
		{Config{Archive: "ris", Accept: ris, Collectors: []string{"rrc00"}}, ""},
		{Config{Archive: "routeviews", Collectors: []string{"route-views.linx"}, Base: "https://mirror.example/rv"}, ""},
		{Config{Archive: "routeviews", Base: "/srv/mirror"}, ""},
		{Config{}, "neither ris nor routeviews"},
		{Config{Archive: "ris"}, "terms that are not accepted"},
		{Config{Archive: "ris", Accept: ris[:1]}, "ris-tables has terms"},
		{Config{Archive: "routeviews", Collectors: []string{"../x"}}, "no collector's name"},
		{Config{Archive: "routeviews", Collectors: []string{"a", "a"}}, "there twice"},
		{Config{Archive: "routeviews", Base: "ftp://x"}, "base:"},
		{Config{Archive: "routeviews", Base: "mirror"}, "base:"},
		{Config{Archive: "routeviews", Patience: -1}, "below 0"},
	} {
		if err := c.config.Check(); c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%+v: %v, want %q", c.config, err, c.want)
		}
	}
	if _, err := New("a/b", Config{Archive: "routeviews"}, t.TempDir(), nil, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("took a name that is no folder's")
	}
	p, err := Config{Archive: "routeviews", Base: "https://mirror.example/rv/"}.plan()
	if err != nil || p.tables.Files[0].URL != "https://mirror.example/rv/{root}bgpdata/{yyyy}.{mm}/RIBS/rib.{yyyy}{mm}{dd}.{HH}{MM}.bz2" {
		t.Errorf("%+v, %v", p, err)
	}
}
