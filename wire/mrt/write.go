package mrt

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"

	"pahra/wire/bgp"
	"pahra/wire/values"
)

// Writer writes MRT records (RFC 6396), each with one Write to the stream below; put a bufio.Writer between where that
// matters. Not safe for concurrent use. The first failed Write is returned by every later call.
type Writer struct {
	w   io.Writer
	buf []byte
	err error
}

// NewWriter gives a writer onto w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Speaker is one peer of a PEER_INDEX_TABLE.
type Speaker struct {
	ID  netip.Addr // BGP identifier, IPv4
	IP  netip.Addr
	ASN values.ASN
}

// TableEntry is one peer's route in a table dump. Attrs are encoded: see [bgp.AppendAttrs].
type TableEntry struct {
	Peer       uint16 // index into the PEER_INDEX_TABLE
	Originated uint32 // seconds since 1970
	PathID     uint32 // written by TableAddPath alone
	Attrs      []byte
}

// Session is what the records of one BGP session have in common. Both addresses are of one family.
type Session struct {
	PeerAS, LocalAS values.ASN
	PeerIP, LocalIP netip.Addr
}

const (
	writeTableDumpV2 = 13
	writeBGP4MP      = 16

	writePeerIndex   = 1
	writeRIB4        = 2
	writeRIB6        = 4
	writeStateAS4    = 5
	writeMessageAS4  = 4
	maxEntries       = 0xffff
	writeHeaderBytes = 12
)

// PeerIndex writes the PEER_INDEX_TABLE that must stand before the entries of a table. view may be empty.
func (w *Writer) PeerIndex(sec uint32, collector netip.Addr, view string, peers []Speaker) error {
	if len(peers) > maxEntries || len(view) > maxEntries || !collector.Is4() {
		return fmt.Errorf("writing a peer index: %d peers, a view of %d octets, collector %v", len(peers), len(view), collector)
	}
	w.begin(sec, writeTableDumpV2, writePeerIndex)
	w.buf = append(w.buf, collector.AsSlice()...)
	w.buf = binary.BigEndian.AppendUint16(w.buf, uint16(len(view)))
	w.buf = append(w.buf, view...)
	w.buf = binary.BigEndian.AppendUint16(w.buf, uint16(len(peers)))
	for _, p := range peers {
		w.speaker(p)
	}
	return w.end()
}

// speaker appends one peer, always with a four-octet AS number.
func (w *Writer) speaker(p Speaker) {
	const as4, ipv6 = 2, 1
	kind := byte(as4)
	if p.IP.Is6() {
		kind |= ipv6
	}
	id := p.ID
	if !id.Is4() {
		id = netip.IPv4Unspecified()
	}
	w.buf = append(append(w.buf, kind), id.AsSlice()...)
	w.buf = append(w.buf, p.IP.AsSlice()...)
	w.buf = binary.BigEndian.AppendUint32(w.buf, uint32(p.ASN))
}

// Table writes a RIB_IPV4_UNICAST or RIB_IPV6_UNICAST record: one prefix and the routes that peers have to it. sequence
// counts the records of a table from 0.
func (w *Writer) Table(sec, sequence uint32, prefix netip.Prefix, entries []TableEntry) error {
	return w.table(sec, sequence, prefix, entries, false)
}

// TableAddPath is Table for routes with path identifiers: RIB_IPV4_UNICAST_ADDPATH or RIB_IPV6_UNICAST_ADDPATH (RFC 8050
// section 4.1).
func (w *Writer) TableAddPath(sec, sequence uint32, prefix netip.Prefix, entries []TableEntry) error {
	return w.table(sec, sequence, prefix, entries, true)
}

func (w *Writer) table(sec, sequence uint32, prefix netip.Prefix, entries []TableEntry, addPath bool) error {
	if len(entries) > maxEntries {
		return fmt.Errorf("writing %s: %d routes do not fit a record", prefix, len(entries))
	}
	subtype := uint16(writeRIB4)
	if prefix.Addr().Is6() {
		subtype = writeRIB6
	}
	if addPath {
		subtype += RIBIPv4UnicastAddPath - RIBIPv4Unicast
	}
	w.begin(sec, writeTableDumpV2, subtype)
	w.buf = binary.BigEndian.AppendUint32(w.buf, sequence)
	w.buf = bgp.AppendPrefix(w.buf, prefix)
	w.buf = binary.BigEndian.AppendUint16(w.buf, uint16(len(entries)))
	for _, e := range entries {
		if len(e.Attrs) > maxEntries {
			return fmt.Errorf("writing %s: attributes of %d octets do not fit an entry", prefix, len(e.Attrs))
		}
		w.buf = binary.BigEndian.AppendUint16(w.buf, e.Peer)
		w.buf = binary.BigEndian.AppendUint32(w.buf, e.Originated)
		if addPath {
			w.buf = binary.BigEndian.AppendUint32(w.buf, e.PathID)
		}
		w.buf = binary.BigEndian.AppendUint16(w.buf, uint16(len(e.Attrs)))
		w.buf = append(w.buf, e.Attrs...)
	}
	return w.end()
}

// StateChange writes a BGP4MP_STATE_CHANGE_AS4 record; the states are those of RFC 6396 section 4.4.1 (6 is
// Established).
func (w *Writer) StateChange(sec uint32, s Session, from, to uint16) error {
	w.begin(sec, writeBGP4MP, writeStateAS4)
	if err := w.session(s); err != nil {
		return err
	}
	w.buf = binary.BigEndian.AppendUint16(w.buf, from)
	w.buf = binary.BigEndian.AppendUint16(w.buf, to)
	return w.end()
}

// Announce writes BGP4MP_MESSAGE_AS4 records that announce prefixes with attributes a, as many as it takes.
func (w *Writer) Announce(sec uint32, s Session, a *bgp.Attrs, prefixes []netip.Prefix) error {
	return w.updates(sec, s, prefixes, func(dst []byte, part []netip.Prefix) ([]byte, error) {
		return bgp.AppendUpdate(dst, a, nil, part)
	})
}

// Withdraw writes BGP4MP_MESSAGE_AS4 records that withdraw prefixes, as many as it takes.
func (w *Writer) Withdraw(sec uint32, s Session, prefixes []netip.Prefix) error {
	return w.updates(sec, s, prefixes, func(dst []byte, part []netip.Prefix) ([]byte, error) {
		return bgp.AppendUpdate(dst, nil, part, nil)
	})
}

// updates writes UPDATEs of at most 200 prefixes each: 200 × 17 octets leave room for the attributes.
func (w *Writer) updates(sec uint32, s Session, prefixes []netip.Prefix,
	message func([]byte, []netip.Prefix) ([]byte, error)) error {
	const atOnce = 200
	for len(prefixes) > 0 {
		n := min(len(prefixes), atOnce)
		w.begin(sec, writeBGP4MP, writeMessageAS4)
		if err := w.session(s); err != nil {
			return err
		}
		var err error
		if w.buf, err = message(w.buf, prefixes[:n]); err != nil {
			return fmt.Errorf("writing an update of AS%s: %w", s.PeerAS, err)
		}
		if err := w.end(); err != nil {
			return err
		}
		prefixes = prefixes[n:]
	}
	return nil
}

func (w *Writer) session(s Session) (err error) {
	w.buf, err = appendSession(w.buf, s, true)
	return err
}

// begin starts a record; end fills in its length and writes it.
func (w *Writer) begin(sec uint32, kind, subtype uint16) {
	w.buf = binary.BigEndian.AppendUint32(w.buf[:0], sec)
	w.buf = binary.BigEndian.AppendUint16(w.buf, kind)
	w.buf = binary.BigEndian.AppendUint16(w.buf, subtype)
	w.buf = binary.BigEndian.AppendUint32(w.buf, 0)
}

func (w *Writer) end() error {
	if w.err != nil {
		return w.err
	}
	binary.BigEndian.PutUint32(w.buf[8:], uint32(len(w.buf)-writeHeaderBytes))
	if _, err := w.w.Write(w.buf); err != nil {
		w.err = fmt.Errorf("writing an MRT record: %w", err)
	}
	return w.err
}
