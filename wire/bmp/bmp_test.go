package bmp_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"pahra/wire/bgp"
	"pahra/wire/bmp"
	"pahra/wire/values"
)

var (
	four      = bgp.Family{AFI: bgp.AFI4, SAFI: 1}
	six       = bgp.Family{AFI: bgp.AFI6, SAFI: 1}
	id        = netip.MustParseAddr("192.0.2.9")
	equalAddr = cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})
)

func update(t testing.TB) []byte {
	t.Helper()
	a := &bgp.Attrs{HasOrigin: true, NextHop: id, Path: []bgp.Segment{{Kind: bgp.ASSequence, ASNs: []values.ASN{64500}}}}
	b, err := bgp.AppendUpdate(nil, a, nil, []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// samples are one or more messages of each type.
func samples(t testing.TB) []bmp.Message {
	p4 := bmp.Peer{IP: netip.MustParseAddr("192.0.2.1"), ASN: 64500, ID: id, Sec: 1700000000, Micro: 7}
	p6 := bmp.Peer{Type: bmp.RDInstance, Flags: bmp.FlagIPv6 | bmp.FlagPostPolicy, Distinguisher: 1<<32 | 5, IP: netip.MustParseAddr("2001:db8::1"), ASN: 4200000001, ID: id}
	own := bmp.Peer{Type: bmp.LocRIB, Flags: bmp.FlagFiltered, IP: netip.IPv4Unspecified(), ASN: 64511, ID: id}
	open := bgp.Open{ASN: 64500, HoldTime: 90, ID: id, AS4: true, Families: []bgp.Family{four}, AddPath: []bgp.AddPath{{Family: four, Mode: bgp.AddPathSend}}}
	router := open
	router.ASN, router.AddPath = 64511, []bgp.AddPath{{Family: four, Mode: bgp.AddPathBoth}}
	table := []bmp.TLV{{Type: bmp.InfoTableName, Value: []byte("global")}}
	notice, _ := hex.DecodeString(strings.Repeat("ff", 16) + "0015030602")
	return []bmp.Message{
		{Type: bmp.Initiation, TLVs: []bmp.TLV{{Type: bmp.InfoSysName, Value: []byte("core1")}, {Type: bmp.InfoSysDescr, Value: []byte("a router")}, {Type: 99, Value: []byte{}}}},
		{Type: bmp.PeerUpNotification, Peer: p4, TLVs: table, Up: bmp.PeerUp{LocalIP: id, LocalPort: 179, RemotePort: 40000, Sent: router, Received: open}},
		{Type: bmp.PeerUpNotification, Peer: p6, Up: bmp.PeerUp{LocalIP: netip.MustParseAddr("2001:db8::2"), Sent: router, Received: open}},
		{Type: bmp.PeerUpNotification, Peer: own, TLVs: table, Up: bmp.PeerUp{LocalIP: netip.IPv4Unspecified(), Sent: router, Received: router}},
		{Type: bmp.RouteMonitoring, Peer: p4, Update: update(t)},
		{Type: bmp.RouteMonitoring, Peer: own, Update: update(t)},
		{Type: bmp.StatisticsReport, Peer: p6, Stats: []bmp.Stat{{Type: bmp.StatASLoop, Value: 3}, {Type: bmp.StatAdjRIBIn, Value: 1 << 40},
			{Type: bmp.StatAdjRIBOutPostByFamily, Family: six, Value: 9}, {Type: bmp.StatAdjRIBOutPre, Value: 12}}},
		{Type: bmp.PeerDownNotification, Peer: p4, Down: bmp.PeerDown{Reason: bmp.RemoteNotification, Notification: notice}},
		{Type: bmp.PeerDownNotification, Peer: p4, Down: bmp.PeerDown{Reason: bmp.LocalNoMessage, Event: 18}},
		{Type: bmp.PeerDownNotification, Peer: p6, Down: bmp.PeerDown{Reason: bmp.Deconfigured}},
		{Type: bmp.PeerDownNotification, Peer: own, Down: bmp.PeerDown{Reason: bmp.LocalTLV}, TLVs: table},
		{Type: bmp.RouteMirroring, Peer: p4, TLVs: []bmp.TLV{{Type: bmp.MirrorInformation, Value: []byte{0, 1}}, {Type: bmp.MirrorMessage, Value: update(t)}}},
		{Type: bmp.Termination, TLVs: []bmp.TLV{{Type: bmp.TermReason, Value: []byte{0, 1}}}},
	}
}

func TestRoundTrip(t *testing.T) {
	var stream []byte
	want := samples(t)
	for i := range want {
		stream = bmp.Append(stream, &want[i])
	}
	ignore := cmpopts.IgnoreFields(bmp.Message{}, "Offset", "Raw")
	opens := cmpopts.IgnoreFields(bmp.PeerUp{}, "SentOpen", "ReceivedOpen")
	// The second reader gives an octet at a time.
	for _, src := range []io.Reader{bytes.NewReader(stream), iotest.OneByteReader(bytes.NewReader(stream))} {
		i := 0
		err := bmp.Scan(src, func(p values.Problem) { t.Errorf("reported: %v", p) }, func(m *bmp.Message) error {
			if diff := cmp.Diff(want[i], *m, ignore, opens, equalAddr, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("message %d (-want +got):\n%s", i, diff)
			}
			if !bytes.Equal(bmp.Append(nil, m), m.Raw) {
				t.Errorf("message %d is not written as it was read", i)
			}
			i++
			return nil
		})
		if err != nil || i != len(want) {
			t.Errorf("%d of %d messages, %v", i, len(want), err)
		}
	}
}

func TestViews(t *testing.T) {
	for _, c := range []struct {
		peer bmp.Peer
		want bmp.View
		name string
	}{
		{bmp.Peer{}, bmp.AdjRIBInPre, "pre-policy"},
		{bmp.Peer{Flags: bmp.FlagPostPolicy}, bmp.AdjRIBInPost, "post-policy"},
		{bmp.Peer{Flags: bmp.FlagAdjRIBOut}, bmp.AdjRIBOutPre, "out-pre-policy"},
		{bmp.Peer{Flags: bmp.FlagAdjRIBOut | bmp.FlagPostPolicy}, bmp.AdjRIBOutPost, "out-post-policy"},
		{bmp.Peer{Type: bmp.LocRIB, Flags: 0xff}, bmp.LocRIBView, "loc-rib"},
	} {
		if got := c.peer.View(); got != c.want || got.String() != c.name {
			t.Errorf("%+v: %v", c.peer, got)
		}
	}
	if p := (bmp.Peer{Type: bmp.LocRIB, Flags: bmp.FlagLegacyAS | bmp.FlagFiltered}); p.LegacyASPath() || !p.Filtered() {
		t.Error("flags of the Loc-RIB are read as a neighbour's")
	}
	if p := (bmp.Peer{Flags: bmp.FlagLegacyAS | bmp.FlagIPv6}); !p.LegacyASPath() || p.Filtered() || !p.Time().IsZero() {
		t.Error("flags of a neighbour are read as the Loc-RIB's")
	}
	if p := (bmp.Peer{Sec: 5, Micro: 6}); !p.Time().Equal(time.Unix(5, 6000)) {
		t.Errorf("time is %v", p.Time())
	}
	if bmp.Type(9).String() != "unknown type" || bmp.View(9).String() != "unknown view" {
		t.Error("what is unknown has a name")
	}
}

func TestAddPath(t *testing.T) {
	open := func(m bgp.AddPathMode) bgp.Open {
		return bgp.Open{AddPath: []bgp.AddPath{{Family: four, Mode: m}}}
	}
	for _, c := range []struct {
		router, neighbour bgp.AddPathMode
		in, out, own      bool
	}{
		{bgp.AddPathReceive, bgp.AddPathSend, true, false, true},
		{bgp.AddPathSend, bgp.AddPathReceive, false, true, true},
		{bgp.AddPathBoth, bgp.AddPathBoth, true, true, true},
		{bgp.AddPathSend, bgp.AddPathSend, false, false, true},
		{0, bgp.AddPathBoth, false, false, true},
		{0, 0, false, false, false},
	} {
		u := bmp.PeerUp{Sent: open(c.router), Received: open(c.neighbour)}
		got := [...]bool{u.AddPath(four, bmp.AdjRIBInPre), u.AddPath(four, bmp.AdjRIBInPost), u.AddPath(four, bmp.AdjRIBOutPost), u.AddPath(four, bmp.LocRIBView)}
		if got != [...]bool{c.in, c.in, c.out, c.own} || u.AddPath(six, bmp.AdjRIBInPre) {
			t.Errorf("%d and %d: %v", c.router, c.neighbour, got)
		}
	}
}

// message frames octets in hexadecimal.
func message(t testing.TB, kind bmp.Type, body string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(body, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return append(append(binary.BigEndian.AppendUint32([]byte{bmp.Version}, uint32(len(b)+6)), byte(kind)), b...)
}

func TestMalformed(t *testing.T) {
	peer := "00 00 0000000000000000 000000000000000000000000c0000201 0000fbf4 c0000209 00000001 00000002"
	ones := strings.Repeat("ff", 16)
	for name, c := range map[string]struct {
		kind  bmp.Type
		body  string
		given bool
		said  string
	}{
		"unknown type":            {77, "0102", false, "unknown type"},
		"unknown peer type":       {bmp.RouteMonitoring, "09" + peer[2:], false, "unknown type of peer"},
		"peer header cut":         {bmp.PeerUpNotification, "0000 00000000", false, "inside its per-peer header"},
		"no update":               {bmp.RouteMonitoring, peer, false, "no whole BGP message"},
		"no marker":               {bmp.RouteMonitoring, peer + strings.Repeat("00", 16) + "001302", false, "no whole BGP message"},
		"longer than it is":       {bmp.RouteMonitoring, peer + ones + "00ff02", false, "no whole BGP message"},
		"keepalive":               {bmp.RouteMonitoring, peer + ones + "001304", false, "type 4"},
		"octets behind":           {bmp.RouteMonitoring, peer + ones + "0017020000 0000 1234", true, "2 octets behind"},
		"stats without count":     {bmp.StatisticsReport, peer + "00", false, "before its count"},
		"stats miscounted":        {bmp.StatisticsReport, peer + "00000002 0000 0004 00000001", true, "says that it has 2"},
		"odd figure":              {bmp.StatisticsReport, peer + "00000001 0000 0003 000001", true, "3 octets"},
		"item cut":                {bmp.Initiation, "0002 0009 63", true, "inside an item"},
		"down without reason":     {bmp.PeerDownNotification, peer, false, "before its reason"},
		"down for no one's sake":  {bmp.PeerDownNotification, peer + "63", true, "unknown reason"},
		"down without message":    {bmp.PeerDownNotification, peer + "01ff", true, "no whole BGP message"},
		"down without event":      {bmp.PeerDownNotification, peer + "0201", true, "before its event"},
		"up cut":                  {bmp.PeerUpNotification, peer + "00", false, "inside its head"},
		"up without open":         {bmp.PeerUpNotification, peer + strings.Repeat("00", 20), true, "no whole OPEN"},
		"up with an empty open":   {bmp.PeerUpNotification, peer + strings.Repeat("00", 20) + ones + "001301", true, "OPEN is malformed"},
		"up with another message": {bmp.PeerUpNotification, peer + strings.Repeat("00", 20) + ones + "001304", true, "no whole OPEN"},
	} {
		t.Run(name, func(t *testing.T) {
			stream := append(message(t, c.kind, c.body), message(t, bmp.Termination, "")...)
			var said []string
			var given []bmp.Type
			err := bmp.Scan(bytes.NewReader(stream), func(p values.Problem) { said = append(said, p.String()) }, func(m *bmp.Message) error {
				given = append(given, m.Type)
				return nil
			})
			if err != nil || len(given) == 0 || given[len(given)-1] != bmp.Termination || len(given) == 2 != c.given {
				t.Errorf("given %v, %v", given, err)
			}
			if !strings.Contains(strings.Join(said, "\n"), c.said) {
				t.Errorf("said %q, want %q", said, c.said)
			}
		})
	}
}

func TestStreamEnds(t *testing.T) {
	whole := message(t, bmp.Initiation, "0002 0001 63")
	broken := errors.New("broken")
	long := bytes.Clone(whole)
	binary.BigEndian.PutUint32(long[1:], 1<<30)
	for name, c := range map[string]struct {
		src  io.Reader
		want error
	}{
		"nothing":          {bytes.NewReader(nil), io.EOF},
		"inside a header":  {bytes.NewReader(whole[:4]), io.ErrUnexpectedEOF},
		"inside a message": {bytes.NewReader(whole[:8]), io.ErrUnexpectedEOF},
		"broken":           {iotest.ErrReader(broken), broken},
		"another protocol": {strings.NewReader("GET / HTTP/1.1\r\n"), bmp.ErrFraming},
		"too long":         {bytes.NewReader(long), bmp.ErrFraming},
		"too short":        {bytes.NewReader([]byte{3, 0, 0, 0, 5, 4}), bmp.ErrFraming},
	} {
		r := bmp.NewReader(io.MultiReader(bytes.NewReader(whole), c.src), nil)
		if _, err := r.Next(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for range 2 { // an end stays the end
			if _, err := r.Next(); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
		if r.Stats().Messages != 1 {
			t.Errorf("%s: %+v", name, r.Stats())
		}
	}
	stop := errors.New("stop")
	if err := bmp.Scan(bytes.NewReader(whole), nil, func(*bmp.Message) error { return stop }); err != stop {
		t.Errorf("yield's error became %v", err)
	}
}

// TestBegun holds the moment in which a transport learns that a message has begun and not ended.
func TestBegun(t *testing.T) {
	whole := message(t, bmp.Initiation, "0002 0001 63")
	begun := 0
	r := bmp.NewReader(io.MultiReader(bytes.NewReader(whole), bytes.NewReader(whole[:8]), bytes.NewReader(whole[8:])), nil)
	r.Begun = func() { begun++ }
	for _, want := range []int{0, 1} {
		if _, err := r.Next(); err != nil || begun != want {
			t.Fatalf("begun %d times, want %d; %v", begun, want, err)
		}
	}
}

// FuzzReader reads any stream: what is given must be written again as it stood, and stay within its bounds.
func FuzzReader(f *testing.F) {
	list := samples(f)
	for i := range list {
		f.Add(bmp.Append(nil, &list[i]))
	}
	f.Add(message(f, 9, ""))
	f.Fuzz(func(t *testing.T, stream []byte) {
		var end int64
		_ = bmp.Scan(bytes.NewReader(stream), nil, func(m *bmp.Message) error {
			if m.Offset < end || !bytes.Equal(m.Raw, stream[m.Offset:m.Offset+int64(len(m.Raw))]) {
				t.Fatalf("message at %d overlaps or is not what stood there", m.Offset)
			}
			end = m.Offset + int64(len(m.Raw))
			if 4*len(m.TLVs)+8*len(m.Stats) > len(m.Raw) {
				t.Fatalf("%d items and %d figures out of %d octets", len(m.TLVs), len(m.Stats), len(m.Raw))
			}
			again := bmp.NewReader(bytes.NewReader(bmp.Append(nil, m)), nil)
			if n, err := again.Next(); err != nil || n.Type != m.Type || n.Peer != m.Peer || len(n.TLVs) != len(m.TLVs) {
				t.Fatalf("written and read again: %+v, %v", n, err)
			}
			return nil
		})
	})
}
