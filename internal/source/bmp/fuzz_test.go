package bmp

import (
	"net"
	"net/netip"
	"testing"

	wire "pahra/wire/bmp"
)

// FuzzSession lets a router say anything. Whatever is recorded must be whole records that a reader can begin anywhere
// (the sink and tell see to that), and what was up must be down at the end.
func FuzzSession(f *testing.F) {
	own := neighbour
	own.Type, own.IP = wire.LocRIB, netip.IPv4Unspecified()
	f.Add(append(hello(f, "core1"), say(route(neighbour, withdraw(f, "198.51.100.0/24")), route(neighbour, endOfRIB(v4)), route(neighbour, announce(f, "64500", "2001:db8::/32")), down(neighbour))...), byte(0))
	f.Add(say(up(own), route(own, announce(f, "64500", "198.51.100.0/24")), down(own)), byte(2))
	f.Fuzz(func(t *testing.T, stream []byte, view byte) {
		r := newRig(t, Config{View: []string{"pre-policy", "post-policy", "loc-rib"}[view%3], MaxPeers: 3, MaxMessage: 1 << 16})
		here, there := net.Pipe()
		done := make(chan struct{})
		addr := netip.MustParseAddr("192.0.2.250")
		if err := r.admit(addr); err != nil {
			t.Fatal(err)
		}
		go func() { defer close(done); r.serve(t.Context(), there, addr) }()
		_, _ = here.Write(stream)
		here.Close()
		<-done
		for _, name := range r.names {
			last := map[string]string{}
			for _, rec := range r.told(name) {
				if rec[0] == 'S' {
					last[rec[len("S 1700000000.000000 "):len(rec)-len(" 1 to 6")]] = rec[len(rec)-1:]
				}
			}
			for peer, state := range last {
				if state != "1" {
					t.Errorf("%s is left in state %s", peer, state)
				}
			}
		}
	})
}
