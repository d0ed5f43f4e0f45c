package rislive_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"pahra/wire/bgp"
	"pahra/wire/mrt"
	"pahra/wire/rislive"
	"pahra/wire/values"
)

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// said gives one line for each element of a record, with all that the JSON fields can tell of it.
func said(tb fataler, record []byte) (lines []string) {
	tb.Helper()
	err := mrt.Scan(bytes.NewReader(record), nil, func(e *mrt.Elem, rec *mrt.Record) error {
		line := fmt.Sprintf("%c %d.%06d AS%d %s %v", e.Kind, e.Sec, e.Micro, e.PeerAS, e.PeerIP, e.Prefix)
		if e.Kind == mrt.State {
			line += fmt.Sprint(" up ", e.NewState == 6)
		}
		if e.Kind == mrt.Announce {
			var a bgp.Attrs
			bgp.DecodeAttrs(&a, e.RawAttrs, e.AS4, false)
			hop := a.NextHop.String()
			if e.MP {
				hop = ""
				for b := e.NextHop; len(b) > 0; b = b[min(16, len(b)):] {
					ip, _ := netip.AddrFromSlice(b[:min(16, len(b))])
					hop += " " + ip.String()
				}
			}
			line += fmt.Sprintf(" via %s path %s origin %d med %v %d aggregator %v %v %v communities %x %v otc %v %v", strings.TrimSpace(hop), a.PathString(), a.Origin,
				a.HasMED, a.MED, a.HasAggregator, a.AggregatorASN, a.AggregatorIP, a.Communities, a.LargeCommunities, a.HasOTC, a.OTC)
		}
		lines = append(lines, line)
		return nil
	})
	if err != nil && len(record) > 0 {
		tb.Fatalf("reading the record: %v", err)
	}
	return lines
}

// fataler is what tests, benchmarks and rapid's have in common.
type fataler interface {
	Helper()
	Fatalf(string, ...any)
}

// there turns a record into JSON and back.
func there(tb fataler, rec *mrt.Record, raw bool) (text, back []byte) {
	tb.Helper()
	var m, again rislive.Message
	var e rislive.Encoder
	var d rislive.Decoder
	if _, err := m.SetRecord(rec, "rrc00", nil); err != nil {
		tb.Fatalf("taking the record: %v", err)
	}
	text = e.Append(nil, &m, raw)
	if err := d.Decode(&again, text); err != nil {
		tb.Fatalf("decoding %s: %v", text, err)
	}
	back, err := again.AppendRecord(nil)
	if err != nil {
		tb.Fatalf("making a record of %s: %v", text, err)
	}
	return text, back
}

// update makes an UPDATE record with microseconds.
func update(tb testing.TB, attrs, nlri, withdrawn []byte) []byte {
	tb.Helper()
	rec, err := mrt.AppendMessage(nil, 1_700_000_000, 250_000, mrt.Session{PeerAS: 64500, PeerIP: netip.MustParseAddr("192.0.2.1")}, message(attrs, nlri, withdrawn))
	must(tb, err)
	return rec
}

// message makes an UPDATE of its three parts.
func message(attrs, nlri, withdrawn []byte) []byte {
	b := append(bytes.Repeat([]byte{0xff}, 16), 0, 0, 2)
	b = append(binary.BigEndian.AppendUint16(b, uint16(len(withdrawn))), withdrawn...)
	b = append(binary.BigEndian.AppendUint16(b, uint16(len(attrs))), attrs...)
	b = append(b, nlri...)
	binary.BigEndian.PutUint16(b[16:], uint16(len(b)))
	return b
}

// usual are the attributes that most announcements have.
func usual() *bgp.Attrs {
	return &bgp.Attrs{
		HasOrigin: true, NextHop: netip.MustParseAddr("192.0.2.1"), HasMED: true, MED: 20, HasAggregator: true, AggregatorASN: 4200000001,
		AggregatorIP: netip.MustParseAddr("192.0.2.9"), Communities: []uint32{64500<<16 | 1, 64501<<16 | 100, 0xffff029a},
		LargeCommunities: []bgp.LargeCommunity{{Global: 4200000001, Local1: 1, Local2: 2}}, HasOTC: true, OTC: 64501,
		Path: []bgp.Segment{{Kind: bgp.ASSequence, ASNs: []values.ASN{64500, 64501, 64502, 4200000001}}, {Kind: bgp.ASSet, ASNs: []values.ASN{64510, 64511}}},
	}
}
