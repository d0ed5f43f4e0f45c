package world_test

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"pahra/internal/testdata"
	"pahra/internal/world"
	"pahra/wire/bgp"
	"pahra/wire/mrt"
	"pahra/wire/values"
)

func comparePrefixes() gocmp.Option {
	return gocmp.Comparer(func(a, b netip.Prefix) bool { return a == b })
}

// heard is one announcement that a collector heard.
type heard struct {
	sec    int64
	peer   values.ASN
	prefix netip.Prefix
	path   []values.ASN // nil: withdrawn
	otc    values.ASN
}

// hear reads all routes of a world in the order of time.
func hear(t *testing.T, f folder) []heard {
	t.Helper()
	var list []heard
	for _, path := range sortedKeys(f) {
		if !strings.HasPrefix(path, "mrt/") {
			continue
		}
		plain, err := gzip.NewReader(bytes.NewReader(f[path]))
		if err != nil {
			t.Fatal(err)
		}
		report := func(p values.Problem) { t.Errorf("%s: %s", path, p.String()) }
		err = mrt.Scan(plain, report, func(e *mrt.Elem, _ *mrt.Record) error {
			if e.Kind == mrt.State {
				return nil
			}
			h := heard{sec: int64(e.Sec), peer: e.PeerAS, prefix: e.Prefix}
			if e.Kind != mrt.Withdraw {
				var a bgp.Attrs
				bgp.DecodeAttrs(&a, e.RawAttrs, e.AS4, e.RIB)
				h.path = slices.Clone(a.Path[0].ASNs)
				h.otc = a.OTC
			}
			list = append(list, h)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.SortStableFunc(list, func(a, b heard) int { return cmp.Compare(a.sec, b.sec) })
	return list
}

func sortedKeys(f folder) []string {
	var keys []string
	for k := range f {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// TestTruthIsHeard: what the truth says was announced is in the files, on the paths that it names, by as many peers; and
// before it began it was not.
func TestTruthIsHeard(t *testing.T) {
	f, truth := make1(t, world.Defaults(2))
	all := hear(t, f)
	byPrefix := map[netip.Prefix][]heard{}
	for _, h := range all {
		byPrefix[h.prefix] = append(byPrefix[h.prefix], h)
	}
	for _, e := range truth.Events {
		if signatureOf(e) == nil || e.Peers == 0 { // or other routes win everywhere
			continue
		}
		best := 0
		for _, p := range e.Prefixes {
			peers := map[values.ASN]bool{}
			for _, h := range byPrefix[p] {
				shows := signatureOf(e)(h.path)
				if shows && h.sec < e.Start.Unix() {
					t.Errorf("%s %s of AS%d: %s is heard at %d, before %d", e.ID, e.Kind, e.ASN, p, h.sec, e.Start.Unix())
				}
				if shows && h.sec <= e.End.Unix()+90 {
					peers[h.peer] = true
				}
			}
			if len(peers) == 0 {
				t.Errorf("%s %s of AS%d: %s is not heard", e.ID, e.Kind, e.ASN, p)
			}
			best = max(best, len(peers))
		}
		if best < e.Peers {
			t.Errorf("%s %s of AS%d: heard by %d peers, not %d", e.ID, e.Kind, e.ASN, best, e.Peers)
		}
	}
}

// signatureOf tells by what a path shows an event; nil where the path alone does not.
func signatureOf(e world.Event) func([]values.ASN) bool {
	ends := func(with ...values.ASN) func([]values.ASN) bool {
		return func(path []values.ASN) bool {
			n := len(path) - len(with)
			return n >= 0 && slices.Equal(path[n:], with)
		}
	}
	switch e.Kind {
	case world.Hijack, world.MoreSpecific, world.MassHijack, world.BogonPrefix, world.SiblingMOAS, world.ProviderSpace:
		return ends(e.ASN)
	case world.ForgedOrigin, world.ForgedSpecific:
		return ends(e.ASN, e.Victim)
	case world.FramingHijack, world.FramingBogon:
		return ends(e.Liar, e.ASN)
	case world.LeakHairpin, world.LeakLateral, world.LeakToPeer, world.LeakToProvider, world.FramingLeak, world.SiblingTransit:
		return func(path []values.ASN) bool {
			i := slices.Index(path, e.ASN)
			return i > 0 && i+1 < len(path) && path[i+1] == e.From && slices.Contains(e.To, path[i-1])
		}
	}
	return nil
}

// TestRouteServersStayOut: their numbers are on no path, and on some routes as the mark of RFC 9234.
func TestRouteServersStayOut(t *testing.T) {
	f, _ := make1(t, world.Defaults(2))
	marked, onPath := map[values.ASN]bool{}, map[values.ASN]bool{}
	for _, h := range hear(t, f) {
		if h.otc != 0 {
			marked[h.otc] = true
		}
		for _, a := range h.path {
			onPath[a] = true
		}
	}
	if len(marked) == 0 {
		t.Error("no route is marked")
	}
	for a := range marked {
		if onPath[a] {
			t.Errorf("AS%d marks routes and is on paths", a)
		}
		if !bytes.Contains(f["peeringdb/net.json"], []byte("\"asn\":"+a.String()+",")) {
			t.Errorf("AS%d is no network at PeeringDB", a)
		}
	}
}

// TestRoutesAgainstBgpdump: an independent reader takes all of it.
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
