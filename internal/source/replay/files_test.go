package replay_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/source/replay"
	"pahra/internal/testdata"
	"pahra/wire/mrt"
)

// put writes a file of records, compressed if its name says so.
func put(t *testing.T, dir, name string, records ...[]byte) {
	t.Helper()
	octets := bytes.Join(records, nil)
	if filepath.Ext(name) == ".gz" {
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		_, err := z.Write(octets)
		must(t, errors.Join(err, z.Close()))
		octets = out.Bytes()
	}
	path := filepath.Join(dir, filepath.FromSlash(name))
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, octets, 0o600))
}

// next gives n events of a feed, or all, as "collector prefix at its own time, sent at".
func next(t *testing.T, f replay.Feed, n int) (got []string) {
	t.Helper()
	for range n {
		e, err := f.Next(t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
		must(t, mrt.Scan(bytes.NewReader(e.Record), nil, func(el *mrt.Elem, _ *mrt.Record) error {
			got = append(got, fmt.Sprintf("%s %s at %s", e.Collector, el.Prefix, e.At.Sub(start)))
			return nil
		}))
	}
	return got
}

// TestFiles merges collectors by time, leaves tables out, and passes over what it cannot read.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	sec := func(n int, at int) []byte { return announce(t, n, time.Duration(at)*time.Second) }
	var table bytes.Buffer
	must(t, mrt.NewWriter(&table).PeerIndex(uint32(start.Unix()), netip.MustParseAddr("192.0.2.254"), "", nil))
	put(t, dir, "mrt/rrc01/updates.20260210.0000.gz", sec(1, 0), table.Bytes(), sec(2, 5), sec(3, 4)) // the last is late
	put(t, dir, "mrt/rrc01/updates.20260210.0005.gz", sec(4, 300))
	put(t, dir, "mrt/rrc01/bview.20260210.0000", []byte("not even looked at"))
	put(t, dir, "mrt/rrc02/updates.20260210.0000", sec(5, 1), sec(6, 5), sec(7, 299))
	put(t, dir, "mrt/rrc02/updates.20260210.0005.gz", []byte("rubbish"))
	put(t, dir, "mrt/rrc02/updates.20260210.0010.bz2", []byte("rubbish"))
	want := []string{"rrc01 10.1.0.0/16 at 0s", "rrc02 10.5.0.0/16 at 1s", "rrc01 10.2.0.0/16 at 5s", "rrc01 10.3.0.0/16 at 5s", "rrc02 10.6.0.0/16 at 5s",
		"rrc02 10.7.0.0/16 at 4m59s", "rrc01 10.4.0.0/16 at 5m0s"}
	f, err := replay.OpenFiles(dir, discard)
	must(t, err)
	if diff := cmp.Diff(want, next(t, f, 100)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"rrc01", "rrc02"}, f.Collectors()); diff != "" {
		t.Errorf("collectors (-want +got):\n%s", diff)
	}
	must(t, f.Close())

	f, err = replay.OpenFiles(dir, discard)
	must(t, err)
	f.Loop = true
	got := next(t, f, 16)
	must(t, f.Close())
	if diff := cmp.Diff([]string{"rrc01 10.4.0.0/16 at 5m0s", "rrc01 10.1.0.0/16 at 5m1s", "rrc02 10.5.0.0/16 at 5m2s"}, got[6:9]); diff != "" {
		t.Errorf("second round (-want +got):\n%s", diff)
	}
	if len(got) != 16 || got[15] != "rrc02 10.5.0.0/16 at 10m3s" {
		t.Errorf("third round: %q", got)
	}
}

// TestAnyFiles takes folders without an order that it knows.
func TestAnyFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "Some Files")
	put(t, dir, "B side/updates.20260210.0000", announce(t, 1, 0))
	put(t, dir, "a/deeper/x.mrt.gz", announce(t, 2, time.Second))
	put(t, dir, "y.mrt", announce(t, 3, 2*time.Second))
	put(t, dir, "notes.txt", []byte("to be left alone"))
	f, err := replay.OpenFiles(dir, discard)
	must(t, err)
	defer f.Close()
	want := []string{"b-side 10.1.0.0/16 at 0s", "deeper 10.2.0.0/16 at 1s", "some-files 10.3.0.0/16 at 2s"}
	if diff := cmp.Diff(want, next(t, f, 100)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNoFiles(t *testing.T) {
	if _, err := replay.OpenFiles(t.TempDir(), discard); !errors.Is(err, replay.ErrNothing) {
		t.Errorf("an empty folder gives %v", err)
	}
	if _, err := replay.OpenFiles(filepath.Join(t.TempDir(), "none"), discard); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder gives %v", err)
	}
	dir := t.TempDir()
	put(t, dir, "empty.mrt")
	f, err := replay.OpenFiles(dir, discard)
	must(t, err)
	defer f.Close()
	f.Loop = true
	if _, err := f.Next(context.Background()); !errors.Is(err, io.EOF) {
		t.Errorf("a loop over nothing gives %v", err)
	}
}

// TestRealFiles replays what a collector recorded, two-octet sessions included, and everything arrives.
func TestRealFiles(t *testing.T) {
	dir := filepath.Join(testdata.Real(t), "routing", "mrt", "parsers", "libbgpstream")
	links := t.TempDir()
	for _, n := range []string{"ris.rrc06.updates.1427846400.gz", "routeviews.route-views.jinx.updates.1427846400.bz2"} {
		octets, err := os.ReadFile(filepath.Join(dir, n))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(links, "updates."+n), octets, 0o600))
	}
	f, err := replay.OpenFiles(links, discard)
	must(t, err)
	defer f.Close()
	s, address := server(t, replay.Options{Wait: true})
	c := dial(t, address, raw)
	done := make(chan error, 1)
	go func() { done <- s.Run(t.Context(), replay.Paced(f, replay.Pace{Rate: 1e6, Original: true})) }()
	const messages = 795 + 1756
	var last uint32
	for range messages {
		m := read(t, c)
		if m.Sec < last {
			t.Fatalf("time goes back from %d to %d", last, m.Sec)
		}
		last = m.Sec
	}
	must(t, <-done)
	if st := s.Stats(); st.Sent != messages || st.Skipped != 0 {
		t.Errorf("stats are %+v", st)
	}
}
