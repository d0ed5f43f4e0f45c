package mrt

import (
	"fmt"
	"net/netip"

	"pahra/wire/values"
)

// Peer is one peer of a TABLE_DUMP_V2 peer table.
type Peer struct {
	ID  netip.Addr // BGP identifier
	IP  netip.Addr
	ASN values.ASN
}

// PeerTable is a PEER_INDEX_TABLE (RFC 6396 section 4.3.1). It is never changed once made, so decoders may share it.
type PeerTable struct {
	Collector netip.Addr // BGP identifier of the collector
	View      string     // name of the view; mostly empty
	Peers     []Peer
}

const (
	peerIPv6 = 1 << 0
	peerAS4  = 1 << 1
)

// parsePeers reads the body of a PEER_INDEX_TABLE. Where it is cut the peers before the cut are given with the error.
func parsePeers(b []byte) (*PeerTable, error) {
	if len(b) < 6 || len(b)-6 < int(be16(b[4:]))+2 {
		return nil, fmt.Errorf("peer table ends inside its head")
	}
	view := int(be16(b[4:]))
	t := &PeerTable{Collector: addr4(b), View: string(b[6 : 6+view])}
	b = b[6+view:]
	count := int(be16(b))
	b = b[2:]
	t.Peers = make([]Peer, 0, min(count, len(b)/11))
	for i := range count {
		n := peerLen(b)
		if n == 0 {
			return t, fmt.Errorf("peer table ends inside peer %d of %d", i, count)
		}
		t.Peers = append(t.Peers, parsePeer(b))
		b = b[n:]
	}
	return t, nil
}

// peerLen gives the length of the peer entry that b begins with, or 0 where b is shorter.
func peerLen(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	n := 11
	if b[0]&peerIPv6 != 0 {
		n += 12
	}
	if b[0]&peerAS4 != 0 {
		n += 2
	}
	if len(b) < n {
		return 0
	}
	return n
}

func parsePeer(b []byte) Peer {
	p := Peer{ID: addr4(b[1:])}
	rest := b[9:]
	if b[0]&peerIPv6 != 0 {
		p.IP, rest = addr16(b[5:]), b[21:]
	} else {
		p.IP = addr4(b[5:])
	}
	if b[0]&peerAS4 != 0 {
		p.ASN = values.ASN(be32(rest))
	} else {
		p.ASN = values.ASN(be16(rest))
	}
	return p
}

func addr4(b []byte) netip.Addr  { return netip.AddrFrom4([4]byte(b)) }
func addr16(b []byte) netip.Addr { return netip.AddrFrom16([16]byte(b)) }
