package world_test

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/testdata"
	"pahra/internal/world"
)

// folder is a sink into memory.
type folder map[string][]byte

type memory struct {
	bytes.Buffer
	close func([]byte)
}

func (m *memory) Close() error { m.close(m.Bytes()); return nil }

func (f folder) Create(path string) (io.WriteCloser, error) {
	return &memory{close: func(b []byte) { f[path] = b }}, nil
}

func (f folder) size() int {
	n := 0
	for _, b := range f {
		n += len(b)
	}
	return n
}

func make1(t *testing.T, p world.Params) (folder, world.Truth) {
	t.Helper()
	f := folder{}
	truth, err := world.Write(f, p)
	if err != nil {
		t.Fatal(err)
	}
	return f, truth
}

func TestSameSeedSameBytes(t *testing.T) {
	a, _ := make1(t, world.Defaults(7)) // the truth is one of the files
	b, _ := make1(t, world.Defaults(7))
	for path := range a {
		if !bytes.Equal(a[path], b[path]) {
			t.Errorf("%s differs", path)
		}
	}
	c, _ := make1(t, world.Defaults(8))
	if bytes.Equal(a["truth.json"], c["truth.json"]) {
		t.Error("another seed makes the same world")
	}
	t.Logf("%d files, %d bytes", len(a), a.size())
}

func TestTruthIsVisible(t *testing.T) {
	for seed := range uint64(10) {
		_, truth := make1(t, world.Defaults(seed))
		kinds := map[string]int{}
		for _, e := range truth.Events {
			kinds[e.Kind]++
			if e.Start.Before(truth.Start) || e.End.After(truth.End) || !e.End.After(e.Start) {
				t.Errorf("seed %d: %s lasts from %v to %v", seed, e.Kind, e.Start, e.End)
			}
			if !e.Benign && e.Peers < 5 {
				t.Errorf("seed %d: only %d peers see the %s of AS%d", seed, e.Peers, e.Kind, e.ASN)
			}
		}
		want := map[string]int{world.Hijack: 3, world.MoreSpecific: 2, world.RPKIInvalid: 2, world.BogonPrefix: 3, world.BogonASN: 2,
			world.Unallocated: 1, world.SiblingMOAS: 1, world.ProviderSpace: 1, world.Anycast: 1, world.Blackhole: 2,
			world.PrependTypo: 1, world.DDoSSwing: 1, world.Transfer: 1, world.SessionReset: 1}
		if diff := cmp.Diff(want, kinds); diff != "" {
			t.Errorf("seed %d (-want +got):\n%s", seed, diff)
		}
	}
}

func TestQuietWorldHasNoEvents(t *testing.T) {
	p := world.Defaults(1)
	p.Quiet = true
	if _, truth := make1(t, p); len(truth.Events) != 0 {
		t.Errorf("events: %v", truth.Events)
	}
}

func TestParamsAreChecked(t *testing.T) {
	for name, change := range map[string]func(*world.Params){
		"rand": func(p *world.Params) { p.Rand = nil }, "stubs": func(p *world.Params) { p.Stubs = 2 },
		"peers": func(p *world.Params) { p.Peers = 1000 }, "collectors": func(p *world.Params) { p.Collectors = nil },
		"start": func(p *world.Params) { p.Start = p.Start.Add(time.Second) }, "window": func(p *world.Params) { p.Window = -1 },
	} {
		p := world.Defaults(1)
		change(&p)
		if _, err := world.Write(folder{}, p); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestRoutesAgainstBgpdump plays what an independent reader gives: announcements of what is not yet held, withdrawals
// of what is, in the order of time, and a table at the start.
func TestRoutesAgainstBgpdump(t *testing.T) {
	bgpdump := testdata.Tool(t, "bgpdump")
	f, _ := make1(t, world.Defaults(1))
	dir := t.TempDir()
	for path, content := range f {
		if !strings.HasPrefix(path, "mrt/") {
			continue
		}
		name := filepath.Join(dir, strings.ReplaceAll(path, "/", "_"))
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(bgpdump, "-m", name)
		cmd.Stderr = new(bytes.Buffer)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if strings.Contains(path, "rib.") && bytes.Count(out, []byte("\n")) < 5000 {
			t.Errorf("%s holds %d routes only", path, bytes.Count(out, []byte("\n")))
		}
	}
}
