package bmp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/source"
	"pahra/internal/testdata"
	"pahra/wire/bgp"
	wire "pahra/wire/bmp"
	"pahra/wire/mrt"
)

// hello is a router's beginning: its name, one neighbour with one route.
func hello(t testing.TB, name string) []byte {
	return say(initiation(name), up(neighbour), route(neighbour, announce(t, "64500", "198.51.100.0/24")))
}

const helloRecords = 3 // up, table of peers, entry

func send(t testing.TB, c net.Conn, octets []byte) {
	t.Helper()
	if _, err := c.Write(octets); err != nil {
		t.Error(err)
	}
}

// closed waits until the listener has closed the connection.
func closed(t testing.TB, c net.Conn) {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	var timeout net.Error
	if _, err := c.Read(make([]byte, 1)); err == nil || errors.As(err, &timeout) && timeout.Timeout() {
		t.Fatalf("the connection still stands: %v", err)
	}
}

func TestManyRouters(t *testing.T) {
	r := newRig(t, Config{Routers: []Router{{Address: "127.0.0.3", Collector: "edge7"}}})
	r.listen(t)
	for from, name := range map[string]string{"127.0.0.1": "Core 1.example", "127.0.0.2": "--", "127.0.0.3": "core3", "127.0.0.4": "rrc00", "127.0.0.5": "EDGE7"} {
		send(t, r.dial(t, from), hello(t, name))
	}
	for _, name := range []string{"core-1.example", "127.0.0.2", "edge7", "127.0.0.4", "127.0.0.5"} {
		r.waitRecords(name, helloRecords)
	}
	want := []string{"127.0.0.2", "127.0.0.4", "127.0.0.5", "core-1.example", "edge7"}
	if s := r.Status(); !s.Up || cmp.Diff(want, s.Parts) != "" {
		t.Errorf("status is %+v", s)
	}
}

// TestOneName: of two routers with one name the later goes by its address.
func TestOneName(t *testing.T) {
	r := newRig(t, Config{})
	r.listen(t)
	send(t, r.dial(t, "127.0.0.1"), hello(t, "core1"))
	r.waitRecords("core1", helloRecords)
	send(t, r.dial(t, "127.0.0.2"), hello(t, "core1"))
	r.waitRecords("127.0.0.2", helloRecords)
	// a router whose name is another's address is not let in
	c := r.dial(t, "127.0.0.3")
	send(t, c, hello(t, "127.0.0.2"))
	r.waitRecords("127.0.0.3", helloRecords)
	if s := r.Status(); s.Errors != 2 || !strings.Contains(s.LastError, "both called") {
		t.Errorf("status is %+v", s)
	}
}

// TestComesBack: the routes of a router that goes away are down; when it comes back, the time between is a gap. A second
// connection takes the place of the first.
func TestComesBack(t *testing.T) {
	r := newRig(t, Config{})
	r.listen(t)
	c := r.dial(t, "127.0.0.1")
	send(t, c, hello(t, "core1"))
	r.waitRecords("core1", helloRecords)
	c.Close()
	r.waitRecords("core1", helloRecords+1)
	r.set(time.Unix(start+60, 0))
	send(t, r.dial(t, "127.0.0.1"), hello(t, "core1"))
	r.waitRecords("core1", 2*helloRecords+1)
	r.set(time.Unix(start+70, 0))
	second := r.dial(t, "127.0.0.1")
	send(t, second, hello(t, "core1"))
	r.waitRecords("core1", 3*helloRecords+2)
	var states []string
	for _, line := range r.told("core1") {
		if line[0] == 'S' {
			states = append(states, line)
		}
	}
	want := lines(`S 1700000000.000000 AS64500 192.0.2.1 1 to 6
		S 1700000000.000000 AS64500 192.0.2.1 6 to 1
		S 1700000060.000000 AS64500 192.0.2.1 1 to 6
		S 1700000070.000000 AS64500 192.0.2.1 6 to 1
		S 1700000070.000000 AS64500 192.0.2.1 1 to 6`)
	if diff := cmp.Diff(want, states); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	r.wait("two gaps", func() bool { return len(r.gaps) == 2 })
	g := r.gaps[0]
	g.Reason = ""
	if want := (source.Gap{Source: "routers", Collector: "core1", From: time.Unix(start, 0).UTC(), To: time.Unix(start+60, 0).UTC()}); g != want {
		t.Errorf("gap is %+v, want %+v", g, want)
	}
	if !strings.Contains(r.gaps[1].Reason, "connected again") {
		t.Errorf("second gap is %+v", r.gaps[1])
	}
}

// TestRefused: who is not allowed, and who is one too many.
func TestRefused(t *testing.T) {
	r := newRig(t, Config{Allow: []string{"127.0.0.1", "127.0.1.0/24"}, MaxRouters: 1})
	r.listen(t)
	closed(t, r.dial(t, "127.0.0.2"))
	c := r.dial(t, "127.0.1.9")
	send(t, c, hello(t, "core1"))
	r.waitRecords("core1", helloRecords)
	closed(t, r.dial(t, "127.0.0.1"))
	c.Close()
	r.waitRecords("core1", helloRecords+1)
	r.wait("room", func() bool { r.Listener.mu.Lock(); defer r.Listener.mu.Unlock(); return r.open == 0 })
	send(t, r.dial(t, "127.0.0.1"), hello(t, "core2"))
	r.waitRecords("core2", helloRecords)
}

// TestBadRouters: garbage ends the connection and takes the routes down; other routers do not notice.
func TestBadRouters(t *testing.T) {
	r := newRig(t, Config{MaxMessage: 4096})
	r.listen(t)
	good := r.dial(t, "127.0.0.1")
	send(t, good, hello(t, "good"))
	r.waitRecords("good", helloRecords)
	for i, garbage := range [][]byte{[]byte("GET / HTTP/1.1\r\n\r\n"), {3, 0xff, 0xff, 0xff, 0xff, 0}, bytes.Repeat([]byte{3, 1, 0}, 2000), {3, 0, 0, 0x20, 0, 4}} {
		from := fmt.Sprintf("127.0.0.%d", 10+i)
		c := r.dial(t, from)
		send(t, c, append(hello(t, from), garbage...))
		closed(t, c)
		r.waitRecords(from, helloRecords+1)
	}
	nameless := r.dial(t, "127.0.0.20")
	send(t, nameless, []byte("SSH-2.0-x\r\n"))
	closed(t, nameless)
	send(t, good, say(route(neighbour, announce(t, "64500", "198.51.101.0/24"))))
	r.waitRecords("good", helloRecords+1)
	if s := r.Status(); s.Errors < 5 || !s.Up {
		t.Errorf("status is %+v", s)
	}
}

// TestStops: a router that stops inside a message, and one that says nothing at all, are let go.
func TestStops(t *testing.T) {
	r := newRig(t, Config{Stall: 10 * time.Second, Idle: time.Minute})
	r.listen(t)
	mid, silent := r.dial(t, "127.0.0.1"), r.dial(t, "127.0.0.2")
	send(t, mid, append(hello(t, "mid"), 3, 0, 0))
	send(t, silent, hello(t, "silent"))
	r.waitRecords("mid", helloRecords)
	r.waitRecords("silent", helloRecords)
	// while nothing comes from one, its collector goes on in time; from one inside a message it does not
	r.wait("the silent one's time", func() bool { return !r.reached["silent"].IsZero() })
	r.set(time.Unix(start+20, 0))
	closed(t, mid)
	r.wait("time to pass", func() bool { return r.reached["silent"].Equal(time.Unix(start+20, 0).Add(-allowance)) })
	r.set(time.Unix(start+60, 0))
	closed(t, silent)
	r.wait("nothing more", func() bool { return r.reached["mid"].IsZero() })
}

// TestReachedWaitsForSlowClocks: where a router's times lie behind, the collector's time waits for them, unless they are
// beyond all reason.
func TestReachedWaitsForSlowClocks(t *testing.T) {
	r := newRig(t, Config{})
	r.listen(t)
	c := r.dial(t, "127.0.0.1")
	send(t, c, say(initiation("core1"), up(neighbour), route(neighbour, endOfRIB(v4)), route(at(neighbour, -5000), announce(t, "64500", "198.51.100.0/24")),
		route(at(neighbour, -7), announce(t, "64500", "198.51.101.0/24"))))
	r.wait("the time of the message", func() bool { return r.reached["core1"].Equal(time.Unix(start-7, 0).Add(-allowance)) })
	r.set(time.Unix(start+180, 0))
	r.wait("the lag to be forgotten", func() bool { return r.reached["core1"].Equal(time.Unix(start+180, 0).Add(-allowance)) })
}

// TestFlood: all of a flood from two routers arrives, in order, however slow the sink.
func TestFlood(t *testing.T) {
	r := newRig(t, Config{})
	const n = 20_000
	failures := 3
	r.fail = func() error {
		if failures > 0 && len(r.records["r1"]) > 100 { // the disk is full for a moment
			failures--
			return errors.New("no space left")
		}
		return nil
	}
	r.listen(t)
	var group sync.WaitGroup
	for i, name := range []string{"r1", "r2"} {
		c := r.dial(t, fmt.Sprintf("127.0.0.%d", i+1))
		group.Go(func() {
			flood := say(initiation(name), up(neighbour), route(neighbour, endOfRIB(v4)))
			for i := range n {
				flood = append(flood, say(route(at(neighbour, 0), announce(t, "64500", netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 0}), 24).String())))...)
			}
			if _, err := c.Write(flood); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, name := range []string{"r1", "r2"} {
		r.waitRecords(name, n+1)
		got := r.told(name)[1:]
		for i := range n {
			if want := fmt.Sprintf(" 10.%d.%d.0/24 ", i>>8, i&255); !strings.Contains(got[i], want) {
				t.Fatalf("%s: line %d is %q, want %s", name, i, got[i], want)
			}
		}
	}
	if s := r.Status(); s.Errors != 3 {
		t.Errorf("status is %+v", s)
	}
}

// TestCannotWrite: a sink that takes nothing does not keep a listener from ending.
func TestCannotWrite(t *testing.T) {
	r := newRig(t, Config{})
	tried := make(chan struct{}, 1000)
	r.fail = func() error { tried <- struct{}{}; return errors.New("no space left") }
	r.listen(t)
	send(t, r.dial(t, "127.0.0.1"), hello(t, "core1"))
	<-tried
}

// TestNeverTaken: a router of whose collector nothing will ever be taken is let go of.
func TestNeverTaken(t *testing.T) {
	r := newRig(t, Config{})
	r.fail = func() error { return fmt.Errorf("a collector too many: %w", source.ErrRefused) }
	r.listen(t)
	c := r.dial(t, "127.0.0.1")
	send(t, c, hello(t, "core1"))
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the router is told something")
	}
}

// TestPortTaken: the listener waits for its port.
func TestPortTaken(t *testing.T) {
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, Config{Listen: other.Addr().String()})
	failed := make(chan struct{})
	r.log = slog.New(slog.NewTextHandler(firstWrite(func() { other.Close(); close(failed) }), nil))
	r.listen(t)
	<-failed
}

// firstWrite gives a writer that calls f at the first write.
func firstWrite(f func()) io.Writer { return &once{f: f} }

type once struct {
	sync.Once
	f func()
}

func (o *once) Write(b []byte) (int, error) {
	o.Do(o.f)
	return len(b), nil
}

// TestCapturesOverTCP replays real sessions and holds what is recorded against what the capture says.
func TestCapturesOverTCP(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(testdata.Real(t), "routing", "bmp", "*", "*.pcap"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no capture: %v", err)
	}
	for _, c := range []struct {
		view     wire.View
		instance string
		number   uint64
		least    int
	}{{wire.AdjRIBInPre, "", 0, 1}, {wire.AdjRIBInPost, "", 0, 250}, {wire.LocRIBView, "", 0, 100}, {wire.AdjRIBInPre, "64499:14", 64499<<32 | 14, 40}} {
		total := 0
		for _, file := range files {
			for _, flow := range testdata.Flows(t, file) {
				total += replay(t, flow.Octets, Config{View: c.view.String(), Instance: c.instance}, c.view, c.number)
			}
		}
		if t.Logf("%s %s: %d routes", c.view, c.instance, total); total < c.least {
			t.Errorf("want at least %d", c.least)
		}
	}
}

// replay sends a stream and gives how many routes were announced or withdrawn.
func replay(t *testing.T, stream []byte, config Config, view wire.View, instance uint64) int {
	t.Helper()
	want := 0
	_ = wire.Scan(bytes.NewReader(stream), nil, func(m *wire.Message) error {
		if m.Type != wire.RouteMonitoring || m.Peer.View() != view || m.Peer.Distinguisher != instance ||
			view != wire.LocRIBView && m.Peer.IP.IsUnspecified() {
			return nil
		}
		_, err := bgp.WalkUpdate(m.Update[bgp.HeaderLen:], bgp.UpdateOptions{AS4: true}, func(*bgp.Route) error { want++; return nil })
		return err
	})
	r := newRig(t, config)
	r.listen(t)
	c := r.dial(t, "127.0.0.1")
	send(t, c, stream)
	c.Close()
	r.wait("the session to end", func() bool {
		r.Listener.mu.Lock()
		defer r.Listener.mu.Unlock()
		return r.open == 0 && r.Status().Messages > 0
	})
	got := 0
	for _, name := range r.names {
		for _, line := range r.told(name) {
			if line[0] == 'p' {
				t.Errorf("%s: %s", name, line)
			}
			if line[0] == byte(mrt.RIBEntry) || line[0] == byte(mrt.Announce) || line[0] == byte(mrt.Withdraw) {
				got++
			}
		}
	}
	if got != want {
		t.Errorf("%d routes, want %d", got, want)
	}
	return got
}
