package service

import (
	"context"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"pahra/wire/bgp"
	"pahra/wire/mrt"
	"pahra/wire/values"
)

// BenchmarkRoll rolls an hour of 400,000 announcements of 40,000 prefixes over 20,000 paths, then makes one of two such
// hours.
func BenchmarkRoll(b *testing.B) {
	dir, ctx := b.TempDir(), context.Background()
	for _, hour := range []string{"0900", "1000"} {
		if err := busyHour(filepath.Join(dir, "journal", "rrc00", "live", "updates.20261121."+hour), 400_000); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		r := NewRoller(RollOptions{Journal: filepath.Join(dir, "journal"), Archive: filepath.Join(dir, "archive"), Log: slog.New(slog.DiscardHandler)})
		if err := r.Roll(ctx, at(0, 12)); err != nil {
			b.Fatal(err)
		}
		v, err := r.Verify(ctx, at(0, 12))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(v.Bytes)/float64(v.Rows), "bytes/row")
		b.StopTimer()
		if err := os.RemoveAll(filepath.Join(dir, "archive")); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

func busyHour(path string, n int) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	defer out.Close()
	w := mrt.NewWriter(out)
	for i := range n {
		peer := netip.AddrFrom4([4]byte{192, 0, 2, byte(i % 60)})
		session := mrt.Session{PeerAS: values.ASN(64500 + i%60), LocalAS: 64499, PeerIP: peer, LocalIP: netip.MustParseAddr("198.51.100.1")}
		route := i * 7919 % 20_000
		attrs := &bgp.Attrs{HasOrigin: true, HasPath: true, NextHop: peer, Communities: []uint32{64500<<16 + uint32(route%50)},
			Path: []bgp.Segment{{Kind: bgp.ASSequence, ASNs: []values.ASN{session.PeerAS, values.ASN(100 + route%300), values.ASN(1000 + route)}}}}
		prefix := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i * 31 % 40_000 >> 8), byte(i * 31 % 40_000), 0}), 24)
		if err := w.Announce(1795212000+uint32(i/200), session, attrs, []netip.Prefix{prefix}); err != nil {
			return err
		}
	}
	return nil
}
