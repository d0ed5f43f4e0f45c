package mrt_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pahra/wire/mrt"
	"pahra/wire/values"
)

const noon = 1_200_000_000 // of all records made here

// octets reads hex with spaces.
func octets(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// record makes a record with a body in hex.
func record(tb testing.TB, kind, subtype uint16, body string) []byte {
	tb.Helper()
	b := octets(tb, body)
	head := binary.BigEndian.AppendUint32(nil, noon)
	head = binary.BigEndian.AppendUint16(head, kind)
	head = binary.BigEndian.AppendUint16(head, subtype)
	return append(binary.BigEndian.AppendUint32(head, uint32(len(b))), b...)
}

// sized puts a two-octet length before hex.
func sized(hex string) string {
	return fmt.Sprintf("%04x ", len(strings.ReplaceAll(hex, " ", ""))/2) + hex
}

// message makes a BGP UPDATE with its header.
func message(withdrawn, attrs, nlri string) string {
	body := sized(withdrawn) + sized(attrs) + nlri
	n := 19 + len(strings.ReplaceAll(body, " ", ""))/2
	return strings.Repeat("ff", 16) + fmt.Sprintf("%04x02", n) + body
}

const (
	attrs2 = "40 01 01 00 40 02 06 02 02 fde8 fde9 40 03 04 c0000201 "
	attrs4 = "40 01 01 00 40 02 0a 02 02 0000fde8 0000fde9 40 03 04 c0000201 "
	reach6 = "80 0e 1a 0002 01 10 20010db8000000000000000000000001 00 20 20010db8 "

	session2  = "fde8 fde9 0000 0001 c0000201 c0000202 "
	session4  = "0000fde8 0000fde9 0000 0001 c0000201 c0000202 "
	session46 = "0000fde8 0000fde9 0000 0002 20010db8000000000000000000000001 20010db8000000000000000000000002 "

	// peers has 192.0.2.1 AS65000, 2001:db8::1 AS4200000000 and 192.0.2.3 AS65003 with four octets.
	peers = "c0000200 0000 0003 00 0a000001 c0000201 fde8 " +
		"03 0a000002 20010db8000000000000000000000001 fa56ea00 02 0a000003 c0000203 0000fdeb "
)

// show gives one line per element and per problem of a stream.
func show(tb testing.TB, stream []byte, lenient bool) (lines []string) {
	tb.Helper()
	report := func(p values.Problem) { lines = append(lines, p.String()) }
	r, d := mrt.NewReader(bytes.NewReader(stream), report), mrt.NewDecoder(report)
	d.Lenient = lenient
	for {
		rec, err := r.Next()
		if err != nil {
			return lines
		}
		must(tb, d.Decode(rec, func(e *mrt.Elem) error {
			lines = append(lines, line(e))
			return nil
		}))
	}
}

func line(e *mrt.Elem) string {
	s := fmt.Sprintf("%c%d %v AS%v", e.Kind, e.Index, e.PeerIP, e.PeerAS)
	if e.Kind == mrt.State {
		return s + fmt.Sprintf(" %d-%d", e.OldState, e.NewState)
	}
	s += " " + e.Prefix.String()
	if e.HasPathID {
		s += fmt.Sprint(" #", e.PathID)
	}
	if e.Safi != 1 {
		s += fmt.Sprint(" safi ", e.Safi)
	}
	if e.Originated != 0 {
		s += fmt.Sprint(" since ", e.Originated-noon)
	}
	if e.TreatAsWithdraw {
		s += " bad"
	}
	if e.Kind != mrt.Withdraw || e.TreatAsWithdraw {
		s += fmt.Sprintf(" attrs %d as4 %v", len(e.RawAttrs), e.AS4)
	}
	return s
}

// TestForms has one record of every form.
func TestForms(t *testing.T) {
	table := record(t, mrt.TypeTableDumpV2, mrt.PeerIndexTable, peers)
	since := fmt.Sprintf("%08x ", noon+7)
	entry := func(peer int, attrs string) string { return fmt.Sprintf("%04x ", peer) + since + sized(attrs) }
	pathEntry := func(id int, attrs string) string { return "0000 " + since + fmt.Sprintf("%08x ", id) + sized(attrs) }
	v1 := func(prefix, peer, asn, attrs string) string {
		return prefix + "01 " + since + peer + asn + sized(attrs)
	}
	four, six := "c63364 00 18 ", "20010db8000000000000000000000000 20 "
	peer6 := "20010db8000000000000000000000001 "
	for _, c := range []struct {
		name          string
		kind, subtype uint16
		body          string
		want          []string
	}{
		{"RIB, IPv4", 13, mrt.RIBIPv4Unicast, "00000000 18 c63364 0002 " + entry(0, attrs4) + entry(1, attrs4),
			[]string{"R0 192.0.2.1 AS65000 198.51.100.0/24 since 7 attrs 24 as4 true",
				"R1 2001:db8::1 AS4200000000 198.51.100.0/24 since 7 attrs 24 as4 true"}},
		{"RIB, IPv4 multicast", 13, mrt.RIBIPv4Multicast, "00000000 18 c63364 0001 " + entry(2, attrs4),
			[]string{"R0 192.0.2.3 AS65003 198.51.100.0/24 safi 2 since 7 attrs 24 as4 true"}},
		{"RIB, IPv6", 13, mrt.RIBIPv6Unicast, "00000000 20 20010db8 0001 " + entry(0, attrs4),
			[]string{"R0 192.0.2.1 AS65000 2001:db8::/32 since 7 attrs 24 as4 true"}},
		{"RIB, IPv6 multicast", 13, mrt.RIBIPv6Multicast, "00000000 00 0001 " + entry(0, ""),
			[]string{"R0 192.0.2.1 AS65000 ::/0 safi 2 since 7 attrs 0 as4 true"}},
		{"RIB with path identifiers", 13, mrt.RIBIPv4UnicastAddPath, "00000000 18 c63364 0002 " + pathEntry(0, attrs4) + pathEntry(9, attrs4),
			[]string{"R0 192.0.2.1 AS65000 198.51.100.0/24 #0 since 7 attrs 24 as4 true",
				"R1 192.0.2.1 AS65000 198.51.100.0/24 #9 since 7 attrs 24 as4 true"}},
		{"RIB with path identifiers, IPv6", 13, mrt.RIBIPv6UnicastAddPath, "00000000 20 20010db8 0001 " + pathEntry(9, attrs4),
			[]string{"R0 192.0.2.1 AS65000 2001:db8::/32 #9 since 7 attrs 24 as4 true"}},
		{"RIB_GENERIC", 13, mrt.RIBGeneric, "00000000 0001 02 18 c63364 0001 " + entry(0, attrs4),
			[]string{"R0 192.0.2.1 AS65000 198.51.100.0/24 safi 2 since 7 attrs 24 as4 true"}},
		{"RIB_GENERIC of a VPN", 13, mrt.RIBGeneric, "00000000 0001 80 18 c63364 0001 " + entry(0, attrs4), nil},
		{"RIB_GENERIC, identifier in the NLRI", 13, mrt.RIBGenericAddPath, "00000000 0001 01 00000009 18 c63364 0001 " + entry(0, attrs4),
			[]string{"R0 192.0.2.1 AS65000 198.51.100.0/24 #9 since 7 attrs 24 as4 true"}},
		{"RIB_GENERIC, identifier in the entry", 13, mrt.RIBGenericAddPath, "00000000 0001 01 18 c63364 0001 " + pathEntry(9, attrs4),
			[]string{"R0 192.0.2.1 AS65000 198.51.100.0/24 #9 since 7 attrs 24 as4 true"}},
		{"GEO_PEER_TABLE", 13, mrt.GeoPeerTable, "c0000200 0000 0000", nil},
		{"TABLE_DUMP", 12, 1, "0000 0001 " + v1(four, "c0000201 ", "fde8 ", attrs2),
			[]string{"R0 192.0.2.1 AS65000 198.51.100.0/24 since 7 attrs 20 as4 false"}},
		{"TABLE_DUMP, IPv6", 12, 2, "0000 0001 " + v1(six, peer6, "fde8 ", attrs2),
			[]string{"R0 2001:db8::1 AS65000 2001:db8::/32 since 7 attrs 20 as4 false"}},
		{"TABLE_DUMP, four-octet AS", 12, 3, "0000 0001 " + v1(four, "c0000201 ", "0000fde8 ", attrs4),
			[]string{"R0 192.0.2.1 AS65000 198.51.100.0/24 since 7 attrs 24 as4 true"}},
		{"TABLE_DUMP of many entries", 12, 1, "0000 0001 " + v1(four, "c0000201 ", "fde8 ", attrs2) + v1("0a000000 08 ", "c0000202 ", "fde9 ", attrs2),
			[]string{"R0 192.0.2.1 AS65000 198.51.100.0/24 since 7 attrs 20 as4 false",
				"R1 192.0.2.2 AS65001 10.0.0.0/8 since 7 attrs 20 as4 false"}},
		{"BGP4MP_MESSAGE", 16, mrt.BGP4MPMessage, session2 + message("18 c00002", attrs2, "18 c63364"),
			[]string{"W0 192.0.2.1 AS65000 192.0.2.0/24", "A1 192.0.2.1 AS65000 198.51.100.0/24 attrs 20 as4 false"}},
		{"BGP4MP_MESSAGE_AS4 over IPv6", 16, mrt.BGP4MPMessageAS4, session46 + message("", attrs4+reach6, ""),
			[]string{"A0 2001:db8::1 AS65000 2001:db8::/32 attrs 53 as4 true"}},
		{"BGP4MP_MESSAGE_LOCAL", 16, mrt.BGP4MPMessageLocal, session2 + message("", attrs2, "18 c63364"),
			[]string{"A0 192.0.2.1 AS65000 198.51.100.0/24 attrs 20 as4 false"}},
		{"BGP4MP_MESSAGE_AS4_LOCAL", 16, mrt.BGP4MPMessageAS4Local, session4 + message("", attrs4, "18 c63364"),
			[]string{"A0 192.0.2.1 AS65000 198.51.100.0/24 attrs 24 as4 true"}},
		{"BGP4MP_MESSAGE_ADDPATH", 16, mrt.BGP4MPMessageAddPath, session2 + message("", attrs2, "00000009 18 c63364"),
			[]string{"A0 192.0.2.1 AS65000 198.51.100.0/24 #9 attrs 20 as4 false"}},
		{"BGP4MP_MESSAGE_AS4_ADDPATH", 16, mrt.BGP4MPMessageAS4AddPath, session4 + message("00000009 18 c63364", "", ""),
			[]string{"W0 192.0.2.1 AS65000 198.51.100.0/24 #9"}},
		{"BGP4MP_MESSAGE_LOCAL_ADDPATH", 16, mrt.BGP4MPMessageLocalAddPath, session2 + message("", attrs2, "00000009 18 c63364"),
			[]string{"A0 192.0.2.1 AS65000 198.51.100.0/24 #9 attrs 20 as4 false"}},
		{"BGP4MP_MESSAGE_AS4_LOCAL_ADDPATH", 16, mrt.BGP4MPMessageAS4LocalAddPath, session4 + message("", attrs4, "00000009 18 c63364"),
			[]string{"A0 192.0.2.1 AS65000 198.51.100.0/24 #9 attrs 24 as4 true"}},
		{"BGP4MP_STATE_CHANGE", 16, mrt.BGP4MPStateChange, session2 + "0003 0006", []string{"S0 192.0.2.1 AS65000 3-6"}},
		{"BGP4MP_STATE_CHANGE of Zebra", 16, mrt.BGP4MPStateChange, "fde8 fde9 0003 0006", []string{"S0 0.0.0.0 AS65000 3-6"}},
		{"BGP4MP_STATE_CHANGE_AS4", 16, mrt.BGP4MPStateChangeAS4, session4 + "0006 0001", []string{"S0 192.0.2.1 AS65000 6-1"}},
		{"BGP4MP_ENTRY", 16, mrt.BGP4MPEntry, "fde9 fde8 0000 0001 c0000202 c0000201 0000 0001 " + since + "0001 01 04 c0000201 18 c63364 " + sized(attrs2),
			[]string{"R0 192.0.2.1 AS65000 198.51.100.0/24 since 7 attrs 20 as4 false"}},
		{"BGP4MP_SNAPSHOT", 16, mrt.BGP4MPSnapshot, "0000 0000 6162 6300", nil},
		{"BGP4MP_ET", 17, mrt.BGP4MPMessageAS4, "0000002a " + session4 + message("", attrs4, "18 c63364"),
			[]string{"A0 192.0.2.1 AS65000 198.51.100.0/24 attrs 24 as4 true"}},
		{"KEEPALIVE", 16, mrt.BGP4MPMessage, session2 + strings.Repeat("ff", 16) + "0013 04", nil},
		{"OPEN of Zebra", 16, mrt.BGP4MPMessage, "fde8 fde9 ffff ffff ffffffffffffffffffffffff 001d 01 04 fde8 00b4 c0000201 00", nil},
		{"type 5, UPDATE", 5, 1, "fde8 c0000201 fde9 c0000202 " + sized("18 c00002") + sized(attrs2) + "18 c63364",
			[]string{"W0 192.0.2.1 AS65000 192.0.2.0/24", "A1 192.0.2.1 AS65000 198.51.100.0/24 attrs 20 as4 false"}},
		{"type 5, state change", 5, 3, "fde8 c0000201 0003 0006", []string{"S0 192.0.2.1 AS65000 3-6"}},
		{"type 5, KEEPALIVE", 5, 7, "fde8 c0000201 fde9 c0000202", nil},

		{"peer out of the table", 13, mrt.RIBIPv4Unicast, "00000000 18 c63364 0002 " + entry(3, attrs4) + entry(0, attrs4),
			[]string{"offset 69: RIB entry 0 is of peer 3, but the peer table has 3",
				"R0 192.0.2.1 AS65000 198.51.100.0/24 since 7 attrs 24 as4 true"}},
		{"RIB cut in its second entry", 13, mrt.RIBIPv4Unicast, "00000000 18 c63364 0002 " + entry(0, attrs4) + "0000",
			[]string{"R0 192.0.2.1 AS65000 198.51.100.0/24 since 7 attrs 24 as4 true",
				"offset 69: RIB record ends inside entry 1 of 2"}},
		{"RIB prefix too long", 13, mrt.RIBIPv4Unicast, "00000000 21 c633640000 0000", []string{"offset 69: RIB record: prefix length is beyond the address"}},
		{"host bits", 13, mrt.RIBIPv4Unicast, "00000000 14 c6336f 0001 " + entry(0, ""),
			[]string{"R0 192.0.2.1 AS65000 198.51.96.0/20 since 7 attrs 0 as4 true"}},
		{"malformed origin", 16, mrt.BGP4MPMessage, session2 + message("", "40 01 01 09 40 02 06 02 02 fde8 fde9 40 03 04 c0000201 ", "18 c63364"),
			[]string{"offset 69: UPDATE: attribute 1: ORIGIN is not one octet of 0, 1 or 2",
				"W0 192.0.2.1 AS65000 198.51.100.0/24 bad attrs 20 as4 false"}},
		{"message cut", 16, mrt.BGP4MPMessage, session2 + strings.Repeat("ff", 16) + "0040 02 0020 18 c00002 18 c633",
			[]string{"offset 69: BGP message of 64 octets is cut after 28", "offset 69: UPDATE: UPDATE ends inside its withdrawn routes",
				"W0 192.0.2.1 AS65000 192.0.2.0/24", "offset 69: UPDATE: prefix list ends inside a prefix; its last 3 octets are passed over"}},
		{"marker wrong", 16, mrt.BGP4MPMessage, session2 + strings.Repeat("00", 16) + "0017 02 0000 0000",
			[]string{"offset 69: BGP message does not begin with its marker"}},
		{"address family unknown", 16, mrt.BGP4MPMessage, "fde8 fde9 0000 0007 c0000201 c0000202",
			[]string{"offset 69: BGP message of 16 octets or unknown address family"}},
		{"TABLE_DUMP cut", 12, 1, "0000 0001 " + four + "01 " + since + "c0000201 fde8 0014 4001",
			[]string{"offset 69: table record ends inside an entry: its last 20 octets are passed over"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			stream := append(bytes.Clone(table), record(t, c.kind, c.subtype, c.body)...)
			if d := cmp.Diff(c.want, show(t, stream, false)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestPeerTable(t *testing.T) {
	d := mrt.NewDecoder(nil)
	var rec mrt.Record
	if !mrt.ParseRecord(&rec, record(t, mrt.TypeTableDumpV2, mrt.PeerIndexTable, peers)) {
		t.Fatal("no record")
	}
	must(t, d.Decode(&rec, nil))
	first := d.Peers()
	if len(first.Peers) != 3 || first.Peers[1].ASN != 4200000000 || first.Collector.String() != "192.0.2.0" {
		t.Errorf("peers %+v", first)
	}
	var problems []string
	d = mrt.NewDecoder(func(p values.Problem) { problems = append(problems, p.Reason) })
	d.SetPeers(first)
	cut := record(t, mrt.TypeTableDumpV2, mrt.PeerIndexTable, peers[:len(peers)-9])
	if mrt.ParseRecord(&rec, cut) {
		must(t, d.Decode(&rec, nil))
	}
	if d := cmp.Diff([]string{"peer table ends inside peer 2 of 3"}, problems); d != "" {
		t.Error(d)
	}
	if len(d.Peers().Peers) != 2 || len(first.Peers) != 3 {
		t.Error("the cut table is not read as far as it goes, or a shared one was changed")
	}
}

func TestRIBWithoutPeers(t *testing.T) {
	got := show(t, record(t, mrt.TypeTableDumpV2, mrt.RIBIPv4Unicast, "00000000 18 c63364 0001 0000 00000000 0000"), false)
	if d := cmp.Diff([]string{"offset 0: RIB record without a peer table before it: 1 entries are passed over"}, got); d != "" {
		t.Error(d)
	}
}

func TestLenient(t *testing.T) {
	stream := record(t, 16, mrt.BGP4MPMessage, session2+message("", "40 01 01 09 40 02 06 02 02 fde8 fde9 40 03 04 c0000201 ", "18 c63364"))
	got := show(t, stream, true)
	if want := "A0 192.0.2.1 AS65000 198.51.100.0/24 bad attrs 20 as4 false"; got[len(got)-1] != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestBirdPathIDs has path identifiers in a record whose subtype has none.
func TestBirdPathIDs(t *testing.T) {
	stream := record(t, 16, mrt.BGP4MPMessage, session2+message("", attrs2, "00000002 18 c63364 00000001 18 c63364"))
	want := []string{"A0 192.0.2.1 AS65000 198.51.100.0/24 #2 attrs 20 as4 false", "A1 192.0.2.1 AS65000 198.51.100.0/24 #1 attrs 20 as4 false"}
	if d := cmp.Diff(want, show(t, stream, false)); d != "" {
		t.Error(d)
	}
}

// TestExtras checks what line does not show.
func TestExtras(t *testing.T) {
	stream := record(t, 17, mrt.BGP4MPMessageAS4, "0000002a "+session4+message("", attrs4+reach6, "14 c6336f"))
	var got []mrt.Elem
	must(t, mrt.Scan(bytes.NewReader(stream), nil, func(e *mrt.Elem, r *mrt.Record) error {
		if !bytes.Equal(r.Raw(), stream) || len(r.Header) != 16 || len(r.Header)+len(r.Body) != len(stream) {
			t.Errorf("record %d + %d octets", len(r.Header), len(r.Body))
		}
		got = append(got, *e)
		return nil
	}))
	if len(got) != 2 || got[0].Micro != 42 || got[0].Unmasked.String() != "198.51.111.0" || got[0].MP || got[0].NextHop != nil {
		t.Fatalf("first %+v", got)
	}
	if !got[1].MP || len(got[1].NextHop) != 16 || got[1].Unmasked.IsValid() || got[1].PeerIndex != -1 || got[1].Type != 17 {
		t.Errorf("second %+v", got[1])
	}
	if s := got[0].Time().String(); s != "2008-01-10 21:20:00.000042 +0000 UTC" {
		t.Error(s)
	}
}
