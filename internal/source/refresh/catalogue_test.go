package refresh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"pahra/internal/source"
	"pahra/internal/source/catalogue"
	"pahra/internal/source/depot"
	"pahra/internal/source/folder"
	"pahra/internal/source/sourcetest"
)

// leaks makes sure that no goroutine is left, once all that is cleaned up later is gone.
func leaks(t *testing.T) {
	ignored := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, ignored) })
}

// site is a web server whose files a test changes.
type site struct {
	mu    sync.Mutex
	files map[string]string
	*httptest.Server
}

func newSite(t *testing.T) *site {
	s := &site{files: map[string]string{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		text, ok := s.files[r.URL.Path]
		s.mu.Unlock()
		if !ok {
			http.NotFound(w, r)
			return
		}
		tag := fmt.Sprintf(`"%x"`, text)
		if len(tag) > 200 {
			tag = fmt.Sprintf(`"%d-%x"`, len(text), text[len(text)-80:])
		}
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Write([]byte(text))
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *site) set(name, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[name] = text
}

// listing writes a catalogue of the site's files.
func (s *site) listing(t *testing.T) string {
	t.Helper()
	entry := func(name, kind, more, files string) string {
		return fmt.Sprintf("  - {name: %s, title: T, kind: %s, licence: L, redistributable: \"yes\", refresh: 24h%s, files: [%s]}\n", name, kind, more, files)
	}
	file := func(path, place string) string {
		return fmt.Sprintf("{url: \"%s/%s\", path: \"%s\"}", s.URL, path, place)
	}
	text := "sources:\n" +
		entry("bogons", "bogons", "", file("v4", "bogons/fullbogons-ipv4.{stamp}.txt")+","+file("v6", "bogons/fullbogons-ipv6.{stamp}.txt")) +
		entry("irr", "irr", "", file("route", "irr/TEST/{day}.route.db")+","+file("route6", "irr/TEST/{day}.route6.db")) +
		entry("delegated", "registry", "", file("delegated", "registry/delegated-apnic-extended.{day}.txt")) +
		entry("validator", "vrp", "", file("vrp", "vrp/{stamp}.json")) +
		entry("peers", "peeringdb", "", file("net", "peeringdb/net-{day}.json")) +
		entry("relations", "relations", "", file("rel", "relations/{day}.as-rel2.txt")) +
		entry("names", "registry", "", file("names", "registry/asnames.{day}.txt")) +
		entry("orgs", "organisations", "", file("orgs", "relations/{day}.as-org2info.jsonl")) +
		entry("terms", "bogons", ", accept: true, terms: \"https://example.net/terms\", statement: you obey", file("v4", "bogons/terms.{stamp}.txt")) +
		entry("hand", "irr", ", form: manual", file("x", "irr/HAND.db")) +
		entry("tables", "mrt", "", file("x", "mrt/x/rib.{stamp}"))
	name := filepath.Join(t.TempDir(), "catalogue.yaml")
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

func newCatalogue(t *testing.T, s *site, dir string, depot source.Depot, names ...string) *Catalogue {
	t.Helper()
	c, err := NewCatalogue("registries", CatalogueConfig{Sources: names, File: s.listing(t)}, dir, depot, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	c.puller.Gap, c.puller.Retries = -1, -1
	t.Cleanup(c.puller.Client.CloseIdleConnections)
	return c
}

func routes(class, prefix string, from, n int) string {
	var b strings.Builder
	for i := from; i < from+n; i++ {
		fmt.Fprintf(&b, "%s: %s\norigin: AS%d\nsource: TEST\n\n", class, fmt.Sprintf(prefix, i), 64496+i%100)
	}
	return strings.TrimSuffix(b.String(), "\n\n")
}

func bogonList(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "10.%d.0.0/16\n", i)
	}
	return b.String()
}

// The sources go through the true puller into the true depot, where package folder knows them.
func TestCatalogue(t *testing.T) {
	leaks(t)
	s, dir := newSite(t), t.TempDir()
	names := []string{"bogons", "irr", "delegated", "validator", "peers", "relations", "names", "orgs"}
	s.set("/v4", bogonList(100))
	s.set("/v6", "2001:db8::/32\n3fff::/20\n")
	s.set("/route", routes("route", "192.0.2.%d/32", 0, 30))
	s.set("/route6", routes("route6", "2001:db8:%d::/48", 0, 10))
	s.set("/delegated", "2|apnic|20260209|2|19830613|20260208|+1000\napnic|IN|ipv4|192.0.2.0|256|20200101|allocated|x\napnic|IN|asn|64496|1|20200101|allocated|x\n")
	s.set("/vrp", built(time.Now(), 4, 4))
	s.set("/net", `{"data":[]}`)
	s.set("/rel", "1|2|-1|bgp\n")
	s.set("/names", "64496 EXAMPLE\n")
	s.set("/orgs", "{}\n")
	d, err := depot.Open(dir, depot.Config{}, time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	c := newCatalogue(t, s, filepath.Join(dir, "pulled"), d, names...)
	round := func() error {
		var all []error
		for _, l := range c.list {
			c.turn(t.Context(), l)
			all = append(all, l.failed)
		}
		return errors.Join(all...)
	}
	if err := round(); err != nil {
		t.Fatal(err)
	}
	want := map[string]map[string]int{"bogons ipv4": {"prefixes": 100}, "bogons ipv6": {"prefixes": 2}, "irr TEST": {"routes": 40, "objects": 40},
		"registry apnic": {"records": 2}, "vrp ": {"VRPs": 8, "trust anchor a": 4, "trust anchor b": 4}, "peeringdb net": nil, "relations ": nil,
		"registry asnames": nil, "organisations ": nil}
	got := map[string]map[string]int{}
	for _, k := range d.Facts() {
		got[k.Kind+" "+k.Series] = k.Counts
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	if st := c.Status(); !st.Up || st.Alarm != "" || len(st.Parts) != len(names) || st.Messages == 0 {
		t.Errorf("%+v", st)
	}
	seen, err := folder.Scan(filepath.Join(dir, "data"))
	if err != nil || len(seen.Files) != 9 || len(seen.Unrecognised) > 0 {
		t.Errorf("%+v, %v", seen, err)
	}

	// Nothing new, then some: only that is given. A registry is given whole though one of its files is as before.
	if err := round(); err != nil || len(d.Facts()) != 9 {
		t.Fatalf("%d facts, %v", len(d.Facts()), err)
	}
	s.set("/route6", routes("route6", "2001:db8:%d::/48", 0, 12))
	if err := round(); err != nil || len(d.Facts()) != 10 || d.Facts()[9].Counts["routes"] != 42 {
		t.Fatalf("%+v, %v", d.Facts(), err)
	}

	// Shrunk: held, and not tried again until it is new.
	s.set("/v4", bogonList(90))
	var held *source.HeldError
	if err := round(); !errors.As(err, &held) || held.Before != 100 || held.Now != 90 {
		t.Errorf("%v", err)
	}
	if st := c.Status(); !st.Up || !strings.Contains(st.Alarm, "prefixes fell from 100 to 90") {
		t.Errorf("%+v", st)
	}
	if err := round(); err != nil || len(d.Held()) != 1 || d.Held()[0].Times != 1 {
		t.Errorf("%+v, %v", d.Held(), err)
	}
	s.set("/v4", bogonList(99))
	if err := round(); err != nil || len(d.Held()) != 0 || c.Status().Alarm != "" {
		t.Errorf("%+v, %v", d.Held(), err)
	}

	// What is gone or garbage is an error of its own, and stops no other.
	s.set("/delegated", "<html>")
	s.set("/vrp", `{"roas":[`)
	s.set("/rel", "1|2|-1|bgp\n1|3|-1|bgp\n")
	before := len(d.Facts())
	err = round()
	for _, text := range []string{"a web page came", "vrp/"} {
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%v lacks %q", err, text)
		}
	}
	if st := c.Status(); st.Up || len(d.Facts()) != before+1 {
		t.Errorf("%d facts, %+v", len(d.Facts())-before, st)
	}
}

// A process that died between pulling and giving gives at its next start; and what was replaced does not pile up.
func TestCatalogueRestart(t *testing.T) {
	s, dir := newSite(t), t.TempDir()
	full, noRoom := &sourcetest.Shelf{}, errors.New("the disk is full")
	full.Answer(noRoom, "")
	s.set("/v4", bogonList(10))
	s.set("/v6", "2001:db8::/32\n")
	c := newCatalogue(t, s, dir, full, "bogons")
	if err := c.pull(t.Context(), c.list[0].Source); !errors.Is(err, noRoom) {
		t.Fatal(err)
	}
	full.Answer(nil, "")
	c = newCatalogue(t, s, dir, full, "bogons")
	if err := c.pull(t.Context(), c.list[0].Source); err != nil || len(full.Facts) != 2 {
		t.Fatalf("%d facts, %v", len(full.Facts), err)
	}
	c = newCatalogue(t, s, dir, full, "bogons")
	c.puller.Now = func() time.Time { return time.Now().Add(time.Hour) }
	s.set("/v4", bogonList(11))
	if err := c.pull(t.Context(), c.list[0].Source); err != nil || len(full.Facts) != 3 {
		t.Fatalf("%d facts, %v", len(full.Facts), err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "bogons", "*"))
	if err != nil || len(left) != 2 || len(c.book.given) != 2 {
		t.Errorf("left %v, %v, %v", left, c.book.given, err)
	}
	c.begun = time.Now().Add(-48 * time.Hour)
	for name, g := range c.book.given {
		g.Time = g.Time.Add(-25 * time.Hour)
		c.book.given[name] = g
	}
	if a := c.Status().Alarm; !strings.Contains(a, "stale: nothing new of bogons since") {
		t.Errorf("alarm %q", a)
	}
	if err := os.WriteFile(filepath.Join(dir, bookName), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := NewCatalogue("c", CatalogueConfig{Sources: []string{"bogons"}}, dir, full, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a damaged book was taken")
	}
}

// Run pulls at once, and tells a source that is missing.
func TestCatalogueRun(t *testing.T) {
	leaks(t)
	s := newSite(t)
	s.set("/names", "64496 EXAMPLE\n")
	d := &sourcetest.Shelf{Told: make(chan struct{}, 1)}
	c := newCatalogue(t, s, t.TempDir(), d, "validator", "names")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	select {
	case <-d.Told:
	case <-ctx.Done():
		t.Fatalf("nothing was given: %+v", c.Status())
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if st := c.Status(); st.Up || !strings.Contains(st.Alarm, "missing: validator") || st.Errors == 0 {
		t.Errorf("%+v", st)
	}
}

func TestCatalogueConfig(t *testing.T) {
	s := newSite(t)
	file := s.listing(t)
	tests := []struct {
		config CatalogueConfig
		want   string
	}{
		{CatalogueConfig{}, "sources is missing"},
		{CatalogueConfig{Sources: []string{"nothing"}}, `no "nothing"`},
		{CatalogueConfig{Sources: []string{"bogons", "bogons"}}, "twice"},
		{CatalogueConfig{Sources: []string{"tables"}, File: file}, "no fact"},
		{CatalogueConfig{Sources: []string{"hand"}, File: file}, "by hand"},
		{CatalogueConfig{Sources: []string{"terms"}, File: file}, "https://example.net/terms (you obey)"},
		{CatalogueConfig{Sources: []string{"bogons"}, Accept: []string{"peers"}, File: file}, "not among the sources"},
		{CatalogueConfig{Sources: []string{"bogons"}, File: file + ".missing"}, "no such file"},
	}
	for _, tt := range tests {
		if err := tt.config.Check(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v", tt.config, err)
		}
	}
	if err := (CatalogueConfig{Sources: []string{"terms"}, Accept: []string{"terms"}, File: file}).Check(); err != nil {
		t.Error(err)
	}
}

// Every source of the built-in catalogue that is a fact has a place in the depot.
func TestEveryCatalogueSource(t *testing.T) {
	sources, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	d, err := depot.Open(t.TempDir(), depot.Config{}, time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for _, s := range sources {
		if s.Kind == "mrt" {
			continue
		}
		for _, f := range s.Files {
			p := describe(strings.NewReplacer("{day}", "20260209", "{stamp}", "20260209T0800Z", "{yyyy}", "2026", "{mm}", "02", "YYYYMMDD", "20260209").Replace(f.Path))
			fact := source.Fact{Source: s.Name, Kind: p.kind, Series: p.series, Format: p.format, Time: time.Now(),
				Write: func(w io.Writer) error { return copyText(w, strings.NewReader(s.Name)) }}
			if err := d.Put(t.Context(), fact); err != nil {
				t.Errorf("%s: %s: %+v: %v", s.Name, f.Path, p, err)
			}
		}
	}
}
