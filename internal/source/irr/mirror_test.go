package irr

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pahra/internal/source"
	"pahra/internal/source/sourcetest"
	"pahra/wire/nrtm"
)

// content gives what a copy would hold were it written now.
func content(t interface{ Fatal(...any) }, m *mirror) map[string]string {
	if err := m.merge(context.Background()); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	err := m.each(context.Background(), func(object []byte, class uint8, key string) error {
		name := m.classes[class] + " " + key
		if out[name] != "" {
			return fmt.Errorf("%s is there twice", name)
		}
		out[name] = string(object)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Whatever comes, goes and is written when, over whatever restarts, the copy is what a plain map would hold.
func TestMirrorProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "mirror")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		classes := []string{"route", "as-set"}
		m, err := openMirror(dir, classes)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { m.close() }()
		first := "as-set: AS-FIRST\n"
		load := func(yield func([]byte, uint8, string) error) error { return yield([]byte(first), 1, "AS-FIRST") }
		if _, err := m.load(t.Context(), load, position{}); err != nil {
			t.Fatal(err)
		}
		model, written := map[string]string{"as-set AS-FIRST": first}, map[string]string{}
		maps.Copy(written, model)
		serial := uint64(0)
		t.Repeat(map[string]func(*rapid.T){
			"change": func(t *rapid.T) {
				object := rapid.SampledFrom([]string{"route: 10.0.0.0/8\norigin: AS1\n", "route: 10.0.0.0/8\norigin: AS1\nremarks: two\n", "route: 10.0.0.0/8\norigin: AS2\n",
					"as-set: AS-A\n", "as-set: as-a\nmembers: AS1\n", "person: P\nnic-hdl: P1\n", "nothing\n"}).Draw(t, "object")
				c := nrtm.Change{Delete: rapid.Bool().Draw(t, "delete"), Object: []byte(object)}
				c.Class, c.Key, _ = nrtm.KeyOf(c.Object)
				name := c.Class + " " + c.Key
				_, there := model[name]
				_, kept := m.class(c.Class)
				serial++
				o := m.apply([]nrtm.Change{c}, position{Serial: serial})
				want := odd{}
				switch {
				case c.Key == "":
					want.keyless = 1
				case kept && c.Delete && !there:
					want.notThere = 1
				case kept && c.Delete:
					delete(model, name)
				case kept:
					model[name] = object
				}
				if o != want {
					t.Fatalf("odd %+v, want %+v", o, want)
				}
			},
			"write": func(t *rapid.T) {
				if len(model) == 0 {
					t.Skip("an empty copy is not written")
				}
				if got := content(t, m); !maps.Equal(got, model) {
					t.Fatalf("%v, want %v", got, model)
				}
				written = maps.Clone(model)
			},
			"restart": func(t *rapid.T) { // what was not written is told again by the registry
				m.close()
				if m, err = openMirror(dir, classes); err != nil {
					t.Fatal(err)
				}
				model, serial = maps.Clone(written), m.at.Serial
			},
			"": func(t *rapid.T) {
				if len(m.present) != len(model) || m.counts[0]+m.counts[1] != len(model) || m.at.Serial != serial {
					t.Fatalf("%d objects of %d, %v, serial %d of %d", len(m.present), len(model), m.counts, m.at.Serial, serial)
				}
			},
		})
	})
}

// What a process that died, or a disk that lies, leaves: leftovers go, and a copy that is not whole counts as none.
func TestMirrorDamage(t *testing.T) {
	dir := t.TempDir()
	build := func() *mirror {
		m, err := openMirror(dir, []string{"route"})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	m := build()
	fill := func(n int) loader {
		return func(yield func([]byte, uint8, string) error) error {
			for i := range n {
				if err := yield([]byte(route(i, 1)), 0, fmt.Sprint(i)); err != nil {
					return err
				}
			}
			return nil
		}
	}
	if o, err := m.load(t.Context(), fill(1000), position{Serial: 7}); err != nil || o != (odd{}) {
		t.Fatal(o, err)
	}
	broken := errors.New("broken off")
	_, err := m.load(t.Context(), func(yield func([]byte, uint8, string) error) error {
		return errors.Join(fill(10)(yield), broken)
	}, position{Serial: 8})
	if !errors.Is(err, broken) || len(m.present) != 1000 || m.at.Serial != 7 {
		t.Errorf("a load that broke off: %d objects, %+v, %v", len(m.present), m.at, err)
	}
	o, err := m.load(t.Context(), func(yield func([]byte, uint8, string) error) error {
		return errors.Join(fill(3)(yield), yield([]byte(route(1, 1)), 0, "1"), yield([]byte("route: x\n"), 0, ""))
	}, position{Serial: 9})
	if err != nil || o != (odd{twice: 1, keyless: 1}) || len(m.present) != 3 {
		t.Errorf("%+v, %v", o, err)
	}
	if _, err := m.load(t.Context(), fill(500), position{Serial: 10}); err != nil {
		t.Fatal(err)
	}
	m.close()
	for _, name := range []string{"objects-99.gz", "download.tmp", ".state.json.tmp"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("half"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	m = build()
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 || !m.exists() || m.at.Serial != 10 || m.number != 100 {
		t.Errorf("left %v, %v, %+v", left, err, m.state)
	}
	base := filepath.Join(dir, m.state.Base)
	m.close()
	whole, err := os.ReadFile(base)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(base, whole[:len(whole)-10], 0o644); err != nil {
		t.Fatal(err)
	}
	m = build()
	if m.exists() || len(m.present) != 0 || m.at != (position{}) {
		t.Errorf("a cut copy was taken: %+v", m.state)
	}
	m.close()
	if err := os.WriteFile(filepath.Join(dir, stateName), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := openMirror(dir, []string{"route"}); err == nil {
		t.Error("a damaged state was taken")
	}
}

func TestSplit(t *testing.T) {
	text := "\xef\xbb\xbf% comment\n\nroute: 10.0.0.0/8 # c\n% inside\ndescr: a\n+\n b\norigin: AS1\r\n\n\n\nROUTE: 10.0.0.0/9\norigin: AS1\nperson: x\n\nperson: P\nnic-hdl: P\n\n" +
		"hello\nroute: 1\n\n" + strings.Repeat("x", 2<<20) + "\nroute: 2\n\nroute: 10.0.0.0/10\nremarks: " + strings.Repeat("x", 2<<20) + "\norigin: AS1\n\n" +
		"as-set: AS-X\n" + strings.Repeat("members: "+strings.Repeat("y", 1<<19)+"\n", 9) + "\nroute: 3\n\nas-set: AS-LAST"
	var got []string
	err := split(strings.NewReader(text), []string{"route", "as-set"}, func(object []byte, class uint8, key string) error {
		got = append(got, fmt.Sprintf("%d %s %q", class, key, object))
		return nil
	})
	want := []string{`0 10.0.0.0/8AS1 "route: 10.0.0.0/8 # c\ndescr: a\n+\n b\norigin: AS1\n"`, `0 10.0.0.0/9AS1 "ROUTE: 10.0.0.0/9\norigin: AS1\nperson: x\n"`,
		`0  "route: 3\n"`, `1 AS-LAST "as-set: AS-LAST\n"`}
	if err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%v\n%s", err, strings.Join(got, "\n"))
	}
	for _, bad := range []string{"<html>\n<body>", "{\"a\": 1}\n", "hello\n"} {
		if err := split(strings.NewReader(bad), []string{"route"}, func([]byte, uint8, string) error { return nil }); err == nil {
			t.Errorf("%q was taken for a dump", bad)
		}
	}
}

// A dump may be a local file, which is loaded when it changed.
func TestLocalDump(t *testing.T) {
	file := filepath.Join(t.TempDir(), "radb.db.gz")
	write := func(n int, at time.Time) {
		var b bytes.Buffer
		for i := range n {
			b.WriteString(route(i, 1) + "\n")
		}
		if err := os.WriteFile(file, pack(b.Bytes()), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	write(10, now)
	s, err := New("irr", Config{Registry: "RADB", Dump: []string{file}, MaxBytes: 1 << 20}, t.TempDir(), &sourcetest.Shelf{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if s.copy, err = openMirror(s.dir, s.config.Classes); err != nil {
		t.Fatal(err)
	}
	defer s.copy.close()
	for _, n := range []int{10, 10, 20} {
		if n == 20 {
			write(20, now.Add(time.Second))
		}
		if err := s.turn(t.Context()); err != nil || len(s.copy.present) != n {
			t.Errorf("%d objects of %d, %v", len(s.copy.present), n, err)
		}
	}
	if s.copy.number != 3 {
		t.Errorf("loaded %d times, not twice", s.copy.number-1)
	}
	s.config.MaxBytes = 10
	if err := os.Chtimes(file, now, now); err != nil {
		t.Fatal(err)
	}
	if err := s.turn(t.Context()); err == nil {
		t.Error("a file past its bound was loaded")
	}
}

// TestLarge loads a made-up registry of the size of RADB, follows changes and writes it. PAHRA_SOAK=1 runs it.
func TestLarge(t *testing.T) {
	if os.Getenv("PAHRA_SOAK") == "" {
		t.Skip("it takes a minute; PAHRA_SOAK=1 runs it")
	}
	const objects = 1_500_000
	file := filepath.Join(t.TempDir(), "large.db")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	text := func(i int) string {
		return fmt.Sprintf("route:          %d.%d.%d.0/24\ndescr:          A route object of an example network, with a line or two of words\n                that go on here\norigin:         AS%d\n"+
			"notify:         noc@example.net\nmnt-by:         MAINT-AS%d\nchanged:        noc@example.net 20200101  #12:00:00Z\nsource:         RADB\nlast-modified:  2023-11-13T14:48:28Z\n\n",
			1+i>>16, i>>8&255, i&255, i%70000, i%70000)
	}
	for i := range objects {
		io.WriteString(out, text(i))
	}
	size, err := out.Seek(0, io.SeekCurrent)
	if err := errors.Join(err, out.Close()); err != nil {
		t.Fatal(err)
	}
	m, err := openMirror(t.TempDir(), Config{}.withDefaults().Classes)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { m.close() }()
	s, err := New("irr", Config{Registry: "RADB", Dump: []string{file}}, t.TempDir(), &discard{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	s.copy = m
	heap := func() float64 {
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return float64(stats.HeapAlloc) / (1 << 20)
	}
	step := func(what string, do func() error) {
		begin := time.Now()
		if err := do(); err != nil {
			t.Fatal(err)
		}
		t.Logf("%-40s %6.1f s, heap %4.0f MiB", what, time.Since(begin).Seconds(), heap())
	}
	t.Logf("%d objects, %d MiB", objects, size>>20)
	step("loading the dump", func() error { return s.turn(t.Context()) })
	step("storing it", func() error { return s.store(t.Context()) })
	step("100,000 changes", func() error {
		for i := range 100_000 {
			c := nrtm.Change{Delete: i%3 == 0, Object: []byte(strings.TrimSuffix(text(i*15), "\n"))}
			c.Class, c.Key, _ = nrtm.KeyOf(c.Object)
			if o := m.apply([]nrtm.Change{c}, position{}); o != (odd{}) {
				return o.err()
			}
		}
		return nil
	})
	step("writing and storing them", func() error { s.tried, m.state.Stored = time.Time{}, time.Time{}; return s.store(t.Context()) })
	step("starting again", func() error {
		m.close()
		m, err = openMirror(m.root.Name(), m.classes)
		return err
	})
	if len(m.present) != objects-33_334 {
		t.Errorf("%d objects", len(m.present))
	}
}

// discard is a depot that keeps nothing, but writes all.
type discard struct{ sourcetest.Shelf }

func (d *discard) Put(ctx context.Context, f source.Fact) error { return f.Write(io.Discard) }
