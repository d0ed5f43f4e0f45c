package testdata

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"net/netip"
	"os"
	"slices"
	"testing"
)

// Flow is what one side of a TCP connection sent.
type Flow struct {
	From, To netip.AddrPort
	Octets   []byte
}

// segment is a piece of a flow.
type segment struct {
	seq  uint32
	syn  bool
	data []byte
}

// Flows gives what each side sent in each TCP connection of a capture (pcap, little-endian, Ethernet), in the order of
// their first packets, reassembled up to the first octet that is missing. Empty ones are left out. A flow whose packets
// all have one sequence number was made up by a tool that hides who spoke; its packets are joined as they stand, and so
// is what such tools let stand in a SYN.
func Flows(t testing.TB, file string) []Flow {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if len(b) < 24 || !bytes.Equal(b[:4], []byte{0xd4, 0xc3, 0xb2, 0xa1}) || b[20] != 1 {
		t.Fatalf("%s is no pcap of Ethernet frames", file)
	}
	type ends struct{ from, to netip.AddrPort }
	var order []ends
	parts := map[ends][]segment{}
	for b = b[24:]; len(b) >= 16; {
		n := int(binary.LittleEndian.Uint32(b[8:]))
		if len(b)-16 < n {
			t.Fatalf("%s ends inside a packet", file)
		}
		if from, to, s, ok := parseFrame(b[16 : 16+n]); ok {
			e := ends{from, to}
			if parts[e] == nil {
				order = append(order, e)
			}
			parts[e] = append(parts[e], s)
		}
		b = b[16+n:]
	}
	var flows []Flow
	for _, e := range order {
		if octets := reassemble(parts[e]); len(octets) > 0 {
			flows = append(flows, Flow{e.from, e.to, octets})
		}
	}
	return flows
}

// reassemble puts segments in order. The first to come, or a SYN, says where the flow begins.
func reassemble(list []segment) (out []byte) {
	start := list[0].seq
	if !slices.ContainsFunc(list, func(s segment) bool { return s.seq != start }) {
		for _, s := range list {
			out = append(out, s.data...)
		}
		return out
	}
	for _, s := range list {
		if s.syn && len(s.data) == 0 {
			start = s.seq + 1
		}
	}
	slices.SortStableFunc(list, func(a, b segment) int { return cmp.Compare(int32(a.seq-start), int32(b.seq-start)) })
	for _, s := range list {
		at := int(int32(s.seq - start))
		switch {
		case at < 0 || at+len(s.data) <= len(out):
		case at > len(out):
			return out
		default:
			out = append(out, s.data[len(out)-at:]...)
		}
	}
	return out
}

// parseFrame finds the TCP segment of an Ethernet frame, behind VLAN tags too.
func parseFrame(b []byte) (from, to netip.AddrPort, s segment, ok bool) {
	if len(b) < 14 {
		return
	}
	kind, b := binary.BigEndian.Uint16(b[12:]), b[14:]
	for kind == 0x8100 && len(b) >= 4 {
		kind, b = binary.BigEndian.Uint16(b[2:]), b[4:]
	}
	var src, dst netip.Addr
	const tcp = 6
	switch {
	case kind == 0x0800 && len(b) >= 20 && b[9] == tcp:
		src, dst = netip.AddrFrom4([4]byte(b[12:])), netip.AddrFrom4([4]byte(b[16:]))
		size := int(binary.BigEndian.Uint16(b[2:]))
		if size == 0 || size > len(b) {
			size = len(b)
		}
		b = b[int(b[0]&15)*4 : size]
	case kind == 0x86dd && len(b) >= 40 && b[6] == tcp:
		src, dst = netip.AddrFrom16([16]byte(b[8:])), netip.AddrFrom16([16]byte(b[24:]))
		b = b[40:min(len(b), 40+int(binary.BigEndian.Uint16(b[4:])))]
	default:
		return
	}
	if len(b) < 20 || len(b) < int(b[12]>>4)*4 {
		return
	}
	from = netip.AddrPortFrom(src, binary.BigEndian.Uint16(b))
	to = netip.AddrPortFrom(dst, binary.BigEndian.Uint16(b[2:]))
	return from, to, segment{binary.BigEndian.Uint32(b[4:]), b[13]&2 != 0, b[int(b[12]>>4)*4:]}, true
}
