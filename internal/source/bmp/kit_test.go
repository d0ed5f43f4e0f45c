package bmp

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pahra/internal/source"
	"pahra/wire/bgp"
	wire "pahra/wire/bmp"
	"pahra/wire/mrt"
	"pahra/wire/values"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory is a sink that keeps what it is given.
type memory struct {
	t       testing.TB
	mu      sync.Mutex
	changed *sync.Cond
	names   []string
	records map[string][][]byte
	gaps    []source.Gap
	reached map[string]time.Time
	fail    func() error
}

func newMemory(t testing.TB) *memory {
	m := &memory{t: t, records: map[string][][]byte{}, reached: map[string]time.Time{}, fail: func() error { return nil }}
	m.changed = sync.NewCond(&m.mu)
	return m
}

func (m *memory) Record(collector string, record []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	defer m.changed.Broadcast()
	if err := m.fail(); err != nil {
		return err
	}
	var rec mrt.Record
	if !mrt.ParseRecord(&rec, record) {
		m.t.Errorf("%s: no whole record: %x", collector, record)
	}
	if m.records[collector] == nil {
		m.names = append(m.names, collector)
	}
	m.records[collector] = append(m.records[collector], bytes.Clone(record))
	return nil
}

func (m *memory) Reached(collector string, at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reached[collector] = at
	m.changed.Broadcast()
}

func (m *memory) Gap(g source.Gap) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.gaps = append(m.gaps, g)
	m.changed.Broadcast()
}

// Write takes a line of the log, for those who wait for what it tells of.
func (m *memory) Write(line []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.changed.Broadcast()
	return len(line), nil
}

// wait waits until the sink is as wanted.
func (m *memory) wait(what string, is func() bool) {
	m.t.Helper()
	late := time.AfterFunc(20*time.Second, func() { m.mu.Lock(); m.changed.Broadcast(); m.mu.Unlock() })
	defer late.Stop()
	end := time.Now().Add(20 * time.Second)
	m.mu.Lock()
	defer m.mu.Unlock()
	for !is() {
		if time.Now().After(end) {
			m.t.Fatalf("waited in vain for %s", what)
		}
		m.changed.Wait()
	}
}

func (m *memory) waitRecords(collector string, n int) {
	m.t.Helper()
	m.wait(fmt.Sprintf("%d records of %s", n, collector), func() bool { return len(m.records[collector]) >= n })
}

// told gives what a collector's records say, a line each.
func (m *memory) told(collector string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return tell(m.t, m.records[collector])
}

// tell reads records. Those of a table must not lie apart from their table of peers: a reader may begin a new file at
// any other record.
func tell(t testing.TB, records [][]byte) (out []string) {
	var stream []byte
	before := uint16(0)
	for i, r := range records {
		kind, index := uint16(r[4])<<8|uint16(r[5]), uint16(r[6])<<8|uint16(r[7]) == mrt.PeerIndexTable
		if kind == mrt.TypeTableDumpV2 && !index && before != mrt.TypeTableDumpV2 {
			t.Errorf("record %d is a table's without its table of peers right before", i)
		}
		before = kind
		stream = append(stream, r...)
	}
	var attrs bgp.Attrs
	err := mrt.Scan(bytes.NewReader(stream), func(p values.Problem) { out = append(out, "problem: "+p.Reason) }, func(e *mrt.Elem, _ *mrt.Record) error {
		line := fmt.Sprintf("%c %d.%06d AS%d %s", e.Kind, e.Sec, e.Micro, e.PeerAS, e.PeerIP)
		switch e.Kind {
		case mrt.State:
			line += fmt.Sprintf(" %d to %d", e.OldState, e.NewState)
		case mrt.Withdraw:
			line += " " + e.Prefix.String()
		default:
			bgp.DecodeAttrs(&attrs, e.RawAttrs, e.AS4, e.RIB)
			line += fmt.Sprintf(" %s by %s via %s", e.Prefix, attrs.PathString(), attrs.NextHop)
		}
		if e.HasPathID {
			line += fmt.Sprintf(" id %d", e.PathID)
		}
		if e.Kind == mrt.RIBEntry {
			line += fmt.Sprintf(" since %d", e.Originated)
		}
		out = append(out, line)
		return nil
	})
	if err != nil {
		t.Errorf("reading the records: %v", err)
	}
	return out
}

// start is when the tests' clock stands at first.
const start = 1_700_000_000

// rig is a listener whose clock stands still until it is set.
type rig struct {
	*Listener
	*memory
	mu    sync.Mutex
	clock time.Time
	at    net.Addr
}

func newRig(t testing.TB, c Config) *rig {
	t.Helper()
	fill(&c.Listen, "127.0.0.1:0")
	r := &rig{memory: newMemory(t), clock: time.Unix(start, 0)}
	l, err := New("routers", c, r.memory, slog.New(slog.NewTextHandler(r.memory, nil)))
	if err != nil {
		t.Fatal(err)
	}
	l.now = func() time.Time { r.mu.Lock(); defer r.mu.Unlock(); return r.clock }
	r.Listener = l
	return r
}

func (r *rig) set(at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clock = at
}

// listen runs the listener until the test ends.
func (r *rig) listen(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	bound, ended := make(chan net.Addr, 1), make(chan error, 1)
	r.bound = func(a net.Addr) { bound <- a }
	go func() { ended <- r.Run(ctx) }()
	r.at = <-bound
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the listener ended with %v", err)
		}
	})
}

// dial connects as a router from an address of the loopback.
func (r *rig) dial(t testing.TB, from string) net.Conn {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	c, err := d.DialContext(t.Context(), "tcp", r.at.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// step is something that a router does at a moment, in seconds behind start.
type step struct {
	after  float64
	octets []byte
}

// play lets a router say things at moments, each read before the next, and waits for its session to end. It gives what
// was recorded under the router's name.
func (r *rig) play(t testing.TB, steps ...step) []string {
	t.Helper()
	here, there := net.Pipe()
	done := make(chan struct{})
	addr := netip.MustParseAddr("192.0.2.250")
	if err := r.admit(addr); err != nil {
		t.Fatal(err)
	}
	go func() { defer close(done); r.serve(t.Context(), there, addr) }()
	for _, s := range steps {
		r.set(time.Unix(start, int64(s.after*1e9)))
		for b := s.octets; len(b) > 0; { // a pipe's Write ends once all is read
			n, err := here.Write(b)
			if err != nil {
				break
			}
			b = b[n:]
		}
		_, _ = here.Write(nil) // waits for the next Read: what was written is acted upon
	}
	here.Close()
	<-done
	if len(r.names) != 1 {
		t.Fatalf("collectors are %q", r.names)
	}
	return r.told(r.names[0])
}

func say(list ...wire.Message) (out []byte) {
	for i := range list {
		out = wire.Append(out, &list[i])
	}
	return out
}

var (
	routerID   = netip.MustParseAddr("192.0.2.9")
	v4         = bgp.Family{AFI: bgp.AFI4, SAFI: 1}
	v6         = bgp.Family{AFI: bgp.AFI6, SAFI: 1}
	routerOpen = bgp.Open{ASN: 64511, ID: routerID, AS4: true}
	peerOpen   = bgp.Open{ASN: 64500, ID: routerID, AS4: true}
	neighbour  = wire.Peer{IP: netip.MustParseAddr("192.0.2.1"), ASN: 64500, ID: routerID, Sec: start - 5000}
)

func initiation(name string) wire.Message {
	return wire.Message{Type: wire.Initiation, TLVs: []wire.TLV{{Type: wire.InfoSysDescr, Value: []byte("a router")}, {Type: wire.InfoSysName, Value: []byte(name)}}}
}

func up(p wire.Peer) wire.Message {
	return wire.Message{Type: wire.PeerUpNotification, Peer: p, Up: wire.PeerUp{LocalPort: 179, RemotePort: 4000, Sent: routerOpen, Received: peerOpen}}
}

func down(p wire.Peer) wire.Message {
	return wire.Message{Type: wire.PeerDownNotification, Peer: p, Down: wire.PeerDown{Reason: wire.RemoteNoMessage}}
}

// at gives the peer with the router's time, in seconds behind start.
func at(p wire.Peer, after float64) wire.Peer {
	moment := time.Unix(start, int64(after*1e9))
	p.Sec, p.Micro = uint32(moment.Unix()), uint32(moment.Nanosecond()/1000)
	return p
}

func route(p wire.Peer, update []byte) wire.Message {
	return wire.Message{Type: wire.RouteMonitoring, Peer: p, Update: update}
}

// announce gives an UPDATE: prefixes, behind a slash-less word the AS path.
func announce(t testing.TB, path string, prefixes ...string) []byte {
	t.Helper()
	a := &bgp.Attrs{HasOrigin: true, NextHop: netip.MustParseAddr("192.0.2.1")}
	s := bgp.Segment{Kind: bgp.ASSequence}
	for _, text := range strings.Fields(path) {
		n, err := values.ParseASN(text)
		if err != nil {
			t.Fatal(err)
		}
		s.ASNs = append(s.ASNs, n)
	}
	a.Path = []bgp.Segment{s}
	list := parse(prefixes)
	if slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Addr().Is6() }) {
		a.MPNextHop = netip.MustParseAddr("2001:db8::1")
	}
	b, err := bgp.AppendUpdate(nil, a, nil, list)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func withdraw(t testing.TB, prefixes ...string) []byte {
	t.Helper()
	b, err := bgp.AppendUpdate(nil, nil, parse(prefixes), nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func parse(prefixes []string) (list []netip.Prefix) {
	for _, p := range prefixes {
		list = append(list, netip.MustParsePrefix(p))
	}
	return list
}

// endOfRIB is the marker of a family.
func endOfRIB(f bgp.Family) []byte {
	body := []byte{0, 0, 0, 0}
	if f != v4 {
		body = []byte{0, 0, 0, 6, 0x80, 15, 3, 0, byte(f.AFI), f.SAFI}
	}
	return raw(body)
}

// raw gives an UPDATE with a body.
func raw(body []byte) []byte {
	n := bgp.HeaderLen + len(body)
	return append(append(bytes.Repeat([]byte{0xff}, 16), byte(n>>8), byte(n), bgp.TypeUpdate), body...)
}
