package world_test

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
	a, truthA := make1(t, world.Defaults(7))
	b, truthB := make1(t, world.Defaults(7))
	for path := range a {
		if !bytes.Equal(a[path], b[path]) {
			t.Errorf("%s differs", path)
		}
	}
	if diff := cmp.Diff(truthA, truthB, cmp.Comparer(func(x, y time.Time) bool { return x.Equal(y) }), comparePrefixes()); diff != "" {
		t.Errorf("the truth differs: %s", diff)
	}
	_, truthC := make1(t, world.Defaults(8))
	if truthC.Events[0].ASN == truthA.Events[0].ASN {
		t.Error("another seed makes the same world")
	}
	t.Logf("%d files, %d bytes", len(a), a.size())
}

// kinds are all that a world of some size and a day holds.
func kinds() []string {
	return []string{world.Hijack, world.MoreSpecific, world.MassHijack, world.RPKIInvalid, world.BogonPrefix, world.Unallocated,
		world.BogonASN, world.LeakHairpin, world.LeakLateral, world.LeakToPeer, world.LeakToProvider, world.ForgedOrigin,
		world.ForgedSpecific, world.FramingHijack, world.FramingBogon, world.FramingLeak, world.Lie, world.SiblingMOAS,
		world.ProviderSpace, world.Anycast, world.Blackhole, world.PrependTypo, world.DDoSSwing, world.Transfer,
		world.Engineering, world.NewProvider, world.Upgrade, world.NewPeering, world.BackupTransit, world.SessionReset}
}

func TestDefaultWorldHasEveryKind(t *testing.T) {
	for seed := range uint64(4) {
		_, truth := make1(t, world.Defaults(seed))
		found := map[string]int{}
		for _, e := range truth.Events {
			found[e.Kind]++
			if e.Start.Before(truth.Start) || e.End.After(truth.End) || !e.End.After(e.Start) {
				t.Errorf("seed %d: %s lasts from %v to %v", seed, e.Kind, e.Start, e.End)
			}
			if !e.Benign && e.Kind != world.Lie && e.Peers < 5 {
				t.Errorf("seed %d: only %d peers see the %s of AS%d", seed, e.Peers, e.Kind, e.ASN)
			}
		}
		for _, kind := range kinds() {
			if found[kind] == 0 {
				t.Errorf("seed %d: no %s", seed, kind)
			}
		}
	}
}

func TestBenignRatio(t *testing.T) {
	for _, ratio := range []float64{10, 50} {
		p := world.Defaults(3)
		p.Networks, p.Prefixes, p.Window, p.BenignRatio, p.Churn = 900, 4000, 24*time.Hour, ratio, 0
		p.Events = 1
		_, truth := make1(t, p)
		benign, malicious := 0, 0
		for _, e := range truth.Events {
			switch {
			case e.Benign:
				benign++
			case e.Malicious() && e.Kind != world.RPKIInvalid:
				malicious++
			}
		}
		if got := float64(benign) / float64(malicious); got < 0.7*ratio || got > 1.2*ratio {
			t.Errorf("%d benign and %d malicious: %.1f, not %.0f", benign, malicious, got, ratio)
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

// TestFactsAreFlawed: as many relations are wrong or missing as announced; without flaws none.
func TestFactsAreFlawed(t *testing.T) {
	p := world.Defaults(1)
	p.Networks, p.Prefixes, p.Quiet = 3000, 6000, true
	_, truth := make1(t, p)
	f := truth.Facts
	within := func(what string, got, of int, want float64) {
		if share := float64(got) / float64(of); share < want*0.7 || share > want*1.3 {
			t.Errorf("%s: %d of %d, not %.2f", what, got, of, want)
		}
	}
	within("missing relations", f.MissingRelations, f.Relations, 0.10)
	within("wrong relations", f.WrongRelations, f.Relations, 0.05)
	within("unknown siblings", f.UnknownSiblings, f.Siblings, 0.20)
	if f.StaleIRR == 0 || len(f.Liars) != 1 || len(f.Partial) != 1 {
		t.Errorf("facts: %+v", f)
	}
	p = world.Defaults(1)
	p.Flawless = true
	if _, truth := make1(t, p); truth.Facts.WrongRelations+truth.Facts.UnknownSiblings+truth.Facts.StaleIRR+len(truth.Facts.Liars) != 0 {
		t.Errorf("flawless: %+v", truth.Facts)
	}
}

func TestParamsAreChecked(t *testing.T) {
	for name, change := range map[string]func(*world.Params){
		"rand": func(p *world.Params) { p.Rand = nil }, "networks": func(p *world.Params) { p.Networks = 2 },
		"peers": func(p *world.Params) { p.Peers = 1000 }, "collectors": func(p *world.Params) { p.Collectors = nil },
		"start": func(p *world.Params) { p.Start = p.Start.Add(time.Second) }, "window": func(p *world.Params) { p.Window = -1 },
		"prefixes": func(p *world.Params) { p.Prefixes = 10 }, "ratio": func(p *world.Params) { p.BenignRatio = -1 },
	} {
		p := world.Defaults(1)
		change(&p)
		if _, err := world.Write(folder{}, p); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
