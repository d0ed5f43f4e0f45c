package service_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pahra/internal/authority"
	"pahra/internal/service"
	"pahra/internal/watch"
)

func gunzip(t testing.TB, text string) []byte {
	t.Helper()
	z, err := gzip.NewReader(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func gzipped(t testing.TB, plain []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestDamagedMRT: whatever is wrong with one file of updates, it is said, the others are read, and the run verifies.
func TestDamagedMRT(t *testing.T) {
	data, truth := madeWorld(t, smallWorld(8))
	whole := newRig(t, data, truth.Start, truth.End)
	whole.observe(t)
	want := whole.incidents(t)
	var name string
	for _, n := range below(t, data) { // the largest, so that something is lost
		if strings.HasPrefix(n, "mrt/harbour/updates.") && (name == "" || len(content(t, filepath.Join(data, n))) > len(content(t, filepath.Join(data, name)))) {
			name = n
		}
	}
	path := filepath.Join(data, name)
	good := content(t, path)
	plain := gunzip(t, good)
	cut := func(share float64) []byte { return []byte(good[:int(float64(len(good))*share)]) }
	badLength := slices.Clone(plain)
	binary.BigEndian.PutUint32(badLength[8:], 0xffffffff)
	badType := slices.Clone(plain)
	binary.BigEndian.PutUint16(badType[4:], 4711)
	badBody := slices.Clone(plain)
	for i := 12 + 20; i < 12+40; i++ {
		badBody[i] ^= 0xff
	}
	tests := []struct {
		name   string
		bytes  []byte
		silent bool // nothing is wrong with it
	}{
		{name: "gzip cut short", bytes: cut(0.6)},
		{name: "gzip cut to its header", bytes: []byte(good[:12])},
		{name: "gzip cut inside its header", bytes: []byte(good[:7])},
		{name: "gzip damaged in its first octets", bytes: []byte(good[:10] + "\xff\xff\xff\xff\xff\xff")},
		{name: "xz with a bad header", bytes: []byte("\xfd7zXZ\x00no such header")},
		{name: "xz cut inside its header", bytes: []byte("\xfd7zXZ\x00\x00")},
		{name: "zstd cut inside its header", bytes: []byte("\x28\xb5\x2f\xfd\x04")},
		{name: "gzip with a changed byte", bytes: changed([]byte(good), len(good)/2)},
		{name: "gzip with a bad checksum", bytes: changed([]byte(good), len(good)-6)},
		{name: "a record cut short", bytes: gzipped(t, plain[:len(plain)-5])},
		{name: "a header cut short", bytes: gzipped(t, append(slices.Clone(plain), 1, 2, 3))},
		{name: "a length of 4 GiB", bytes: gzipped(t, badLength)},
		{name: "a type that this reader has no use for", bytes: gzipped(t, badType), silent: true},
		{name: "a message that makes no sense", bytes: gzipped(t, badBody)},
		{name: "text", bytes: []byte("<html>404 Not Found</html>\n")},
		{name: "zeros", bytes: make([]byte, 5000)},
		{name: "gzip of text", bytes: gzipped(t, []byte("no such file\n"))},
		{name: "a magic number and no more", bytes: []byte{0x1f, 0x8b}},
		{name: "bzip2 by name of gzip, broken", bytes: []byte("BZh91AY&SY garbage")},
		{name: "no octet", bytes: nil, silent: true},
		{name: "gzip of nothing", bytes: gzipped(t, nil), silent: true},
		{name: "plain by the name of gzip", bytes: plain, silent: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			put(t, path, tt.bytes)
			defer put(t, path, []byte(good))
			r := newRig(t, data, truth.Start, truth.End)
			sum := r.observe(t)
			found := 0
			for _, f := range r.snapshot(t).Files {
				if f.Problems > 0 || f.Error != "" {
					found++
					if f.Path != name {
						t.Errorf("%s is blamed: %+v", f.Path, f)
					}
				}
			}
			if !tt.silent && (found != 1 || !strings.Contains(r.talk(), name)) {
				t.Errorf("it is not reported: %d files with problems; %q", found, r.talk())
			}
			if tt.silent && found != 0 {
				t.Errorf("it is reported: %q", r.talk())
			}
			if got := r.incidents(t); len(got) < len(want)/2 {
				t.Errorf("%d incidents of %d are left", len(got), len(want))
			}
			if sum.Elements == 0 {
				t.Error("nothing was read")
			}
			if err := r.verify(t); err != nil {
				t.Errorf("Verify: %v", err)
			}
		})
	}
}

func changed(b []byte, at int) []byte {
	b[at] ^= 0x55
	return b
}

// TestDamagedFacts: a file of facts that cannot be read is said, and counts as no data; the run goes on.
func TestDamagedFacts(t *testing.T) {
	data, truth := madeWorld(t, smallWorld(8))
	kinds := make(map[string]bool)
	for _, name := range below(t, data) {
		dir, _, _ := strings.Cut(name, "/")
		if kinds[dir] || slices.Contains([]string{"mrt", "sources.yaml"}, dir) {
			continue
		}
		kinds[dir] = true
		for what, text := range map[string]string{"garbage": "\x00\x01{{[[ no such thing \xff\xfe", "half a file": "", "a broken gzip": "\x1f\x8b\x08\x00broken"} {
			t.Run(dir+" "+what, func(t *testing.T) {
				path := filepath.Join(data, name)
				good := content(t, path)
				defer put(t, path, []byte(good))
				if what == "half a file" {
					text = good[:len(good)/2]
				}
				put(t, path, []byte(text))
				r := newRig(t, data, truth.Start, truth.End)
				if _, err := service.Observe(context.Background(), r.Options); err != nil {
					t.Errorf("the run ended: %v", err)
					return
				}
				if what == "half a file" { // of lines, the first half is good
					return
				}
				if !strings.Contains(r.talk(), name) {
					t.Errorf("%s is not mentioned: %q", name, r.talk())
				}
				for _, u := range r.snapshot(t).Used {
					if u.Path == name && dir != "irr" { // without an object, yet no more than that
						t.Errorf("%s counts as used", name)
					}
				}
			})
		}
	}
	if len(kinds) < 7 {
		t.Errorf("tried: %v", kinds)
	}
}

// TestNextBestSnapshot: where the newest snapshot cannot be read, the one before it judges.
func TestNextBestSnapshot(t *testing.T) {
	data, truth := madeWorld(t, smallWorld(8))
	put(t, filepath.Join(data, "relations", "20260205.as-rel.txt"), []byte("no such thing\n"))
	r := newRig(t, data, truth.Start, truth.End)
	r.observe(t)
	if !strings.Contains(r.talk(), "relations/20260205.as-rel.txt") {
		t.Errorf("the bad file is not mentioned: %q", r.talk())
	}
	used := func(u service.Used) bool { return u.Path == "relations/20260201.as-rel.txt" }
	if !slices.ContainsFunc(r.snapshot(t).Used, used) {
		t.Errorf("the older file is not used: %v", r.snapshot(t).Used)
	}
}

// TestMRTAlone: routing data without anything else work, and all else is no data.
func TestMRTAlone(t *testing.T) {
	made, truth := madeWorld(t, smallWorld(7))
	data := t.TempDir()
	for name, text := range tree(t, made) {
		if strings.HasPrefix(name, "mrt/") {
			put(t, filepath.Join(data, name), []byte(text))
		}
	}
	r := newRig(t, data, truth.Start, truth.End)
	r.observe(t)
	s := r.snapshot(t)
	for _, k := range authority.Kinds() {
		if k != authority.KindBogons && k != authority.KindSpoofer && k != authority.KindRelations && s.NoData[string(k)] == "" {
			t.Errorf("%s: no reason why it is no data: %v", k, s.NoData)
		}
	}
	if len(s.Used) != 1 || !s.Used[0].Inferred || s.NoData["relations"] != "" {
		t.Errorf("used but what the paths show of relations: %v", s.Used)
	}
	kinds := make(map[watch.Kind]int)
	for _, i := range r.incidents(t) {
		kinds[i.Kind]++
	}
	if kinds[watch.Hijack] == 0 || kinds[watch.RPKIInvalid] != 0 {
		t.Errorf("incidents: %v", kinds)
	}
	type score struct {
		Metric       string
		Percent      *float64
		NoDataReason *string `json:"no_data_reason"`
	}
	for _, s := range jsonLines[score](t, filepath.Join(r.Out, "scores.jsonl")) {
		if slices.Contains([]string{"M5", "M6", "M7IRR", "M7RPKI", "M8"}, s.Metric) && (s.Percent != nil || s.NoDataReason == nil) {
			t.Fatalf("%s has a percentage: %+v", s.Metric, s)
		}
	}
	if err := r.verify(t); err != nil {
		t.Error(err)
	}
}

// TestStrangers: what is not recognised is said and does nothing.
func TestStrangers(t *testing.T) {
	data, truth := madeWorld(t, smallWorld(7))
	r := newRig(t, data, truth.Start, truth.End)
	want := r.observe(t)
	put(t, filepath.Join(data, "holiday.jpg"), []byte("jpg"))
	put(t, filepath.Join(data, "mrt", "lantern", "README"), []byte("read me"))
	if err := os.Symlink("/etc/passwd", filepath.Join(data, "vrp", "20260210T0000Z.json")); err != nil {
		t.Fatal(err)
	}
	r = newRig(t, data, truth.Start, truth.End)
	if got := r.observe(t); got.Digest != want.Digest || got.Snapshot != want.Snapshot {
		t.Error("it changes the results")
	}
	for _, name := range []string{"holiday.jpg: not recognised", "mrt/lantern/README: not recognised", "vrp/20260210T0000Z.json: "} {
		if !strings.Contains(r.talk(), name) {
			t.Errorf("%q is not said: %q", name, r.talk())
		}
	}
}

// TestOptions: what cannot be observed is refused before anything is written.
func TestOptions(t *testing.T) {
	data, truth := madeWorld(t, smallWorld(7))
	for name, change := range map[string]func(*service.Options){
		"no such folder":    func(o *service.Options) { o.Data = filepath.Join(data, "nowhere") },
		"no MRT":            func(o *service.Options) { o.Data = t.TempDir() },
		"no such collector": func(o *service.Options) { o.Collectors = []string{"rrc99"} },
		"backwards":         func(o *service.Options) { o.From, o.To = o.To, o.From },
		"no window":         func(o *service.Options) { o.From = time.Time{} },
		"no such profile":   func(o *service.Options) { o.Profile = "kindness" },
	} {
		r := newRig(t, data, truth.Start, truth.End)
		change(&r.Options)
		if _, err := service.Observe(context.Background(), r.Options); err == nil {
			t.Errorf("%s: no error", name)
		}
		if names := below(t, r.Out); len(names) > 0 {
			t.Errorf("%s: it wrote %v", name, names)
		}
	}
	r := newRig(t, data, truth.Start, truth.End)
	r.Collectors = []string{"harbour"}
	r.observe(t)
	for _, p := range r.snapshot(t).Peers {
		if p.Collector != "harbour" {
			t.Errorf("a peer of %s", p.Collector)
		}
	}
	if err := r.verify(t); err != nil {
		t.Error("of one collector:", err)
	}
}

// TestCancel: a run that is stopped leaves no snapshot that could be taken for whole, and no goroutine.
func TestCancel(t *testing.T) {
	data, truth := madeWorld(t, smallWorld(7))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r := newRig(t, data, truth.Start, truth.End)
	if _, err := service.Observe(ctx, r.Options); err == nil {
		t.Error("a cancelled run gives no error")
	}
	if names := below(t, r.Out); slices.Contains(names, "snapshot.json") {
		t.Errorf("it wrote %v", names)
	}
}
