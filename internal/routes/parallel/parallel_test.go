package parallel_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"pahra/internal/routes/parallel"
	"pahra/wire/bgp"
	"pahra/wire/mrt"
	"pahra/wire/values"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stream makes two tables, each behind a peer table of its own, and damage between them.
func stream(t testing.TB, records int) []byte {
	t.Helper()
	var out bytes.Buffer
	w := mrt.NewWriter(&out)
	for part := range 2 {
		peer := mrt.Speaker{IP: netip.AddrFrom4([4]byte{192, 0, 2, byte(part)}), ID: netip.AddrFrom4([4]byte{1, 1, 1, 1}), ASN: values.ASN(64500 + part)}
		if err := w.PeerIndex(1e9, peer.ID, "", []mrt.Speaker{peer}); err != nil {
			t.Fatal(err)
		}
		attrs := &bgp.Attrs{HasOrigin: true, HasPath: true, Path: []bgp.Segment{{Kind: bgp.ASSequence, ASNs: []values.ASN{peer.ASN}}}}
		for i := range records {
			prefix := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 0}), 24)
			entry := mrt.TableEntry{Attrs: bgp.AppendAttrs(nil, attrs)}
			if i%1000 == 7 {
				entry.Peer = 9 // of no peer
			}
			if err := w.Table(1e9, uint32(i), prefix, []mrt.TableEntry{entry}); err != nil {
				t.Fatal(err)
			}
		}
		out.Write(make([]byte, 5))
	}
	return out.Bytes()
}

func line(e *mrt.Elem) string { return fmt.Sprintln(e.Offset, e.PeerAS, e.PeerIP, e.Prefix) }

// run decodes with workers and gives all text and problems.
func run(r io.Reader, workers int) (text string, problems []values.Problem, err error) {
	var all strings.Builder
	err = parallel.Decode(r, parallel.Options{Workers: workers, Report: func(p values.Problem) { problems = append(problems, p) }},
		parallel.Sink[bytes.Buffer]{
			New: func() func(*bytes.Buffer, *mrt.Elem) {
				return func(b *bytes.Buffer, e *mrt.Elem) { b.WriteString(line(e)) }
			},
			Emit:  func(b *bytes.Buffer) error { all.Write(b.Bytes()); return nil },
			Reset: func(b *bytes.Buffer) { b.Reset() },
		})
	return all.String(), problems, err
}

// TestSameAsScan: any number of workers gives what one goroutine does.
func TestSameAsScan(t *testing.T) {
	raw := stream(t, 20000)
	var want bytes.Buffer
	var wantProblems []values.Problem
	err := mrt.Scan(bytes.NewReader(raw), func(p values.Problem) { wantProblems = append(wantProblems, p) },
		func(e *mrt.Elem, _ *mrt.Record) error { want.WriteString(line(e)); return nil })
	if err != nil || len(wantProblems) < 40 {
		t.Fatal(err, len(wantProblems))
	}
	for workers := range 5 {
		got, problems, err := run(bytes.NewReader(raw), workers)
		if err != nil || got != want.String() {
			t.Errorf("%d workers: other elements; %v", workers, err)
		}
		if diff := cmp.Diff(wantProblems, problems); diff != "" {
			t.Errorf("%d workers: problems (-want +got):\n%s", workers, diff)
		}
	}
}

func TestReadErrorComesLast(t *testing.T) {
	raw, broken := stream(t, 5000), errors.New("the disk is gone")
	whole, _, _ := run(bytes.NewReader(raw), 2)
	got, _, err := run(io.MultiReader(bytes.NewReader(raw), iotest.ErrReader(broken)), 2)
	if !errors.Is(err, broken) || got != whole {
		t.Errorf("%v after %d octets of %d", err, len(got), len(whole))
	}
	if _, _, err := run(bytes.NewReader([]byte("this is no routing data at all")), 2); !errors.Is(err, mrt.ErrNotMRT) {
		t.Errorf("no MRT: %v", err)
	}
}

// TestFullOutputEndsTheRun: an error of Emit comes back, and no goroutine stays.
func TestFullOutputEndsTheRun(t *testing.T) {
	full := errors.New("no space left")
	for after := range 4 {
		emitted := 0
		err := parallel.Decode(bytes.NewReader(stream(t, 30000)), parallel.Options{Workers: 2}, parallel.Sink[int]{
			New: func() func(*int, *mrt.Elem) { return func(n *int, _ *mrt.Elem) { *n++ } },
			Emit: func(*int) error {
				if emitted++; emitted > after {
					return full
				}
				return nil
			},
			Reset: func(n *int) { *n = 0 },
		})
		if !errors.Is(err, full) {
			t.Errorf("after %d results: %v", after, err)
		}
	}
}
