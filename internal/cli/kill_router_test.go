package cli_test

import (
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pahra/wire/bgp"
	"pahra/wire/bmp"
	"pahra/wire/mrt"
)

// TestKilledWithARouter: a neighbour that a router told to be up when the service was killed is down once it runs again,
// though the router never comes back; a router that does is heard as before.
func TestKilledWithARouter(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a service twice")
	}
	state, metrics, listen := t.TempDir(), freeAddress(t), freeAddress(t)
	settings := writeSettings(t, "listen: 127.0.0.1:0\nmetrics: %s\nsources: [{name: routers, bmp: {listen: %q}}]\n", metrics, listen)
	p := startService(t, settings, state)
	connectRouter(t, listen)
	waitFor(t, func() bool { return strings.HasSuffix(statesOf(t, state), "6 ") })
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = p.Wait() // it says that it was killed

	p = startService(t, settings, state)
	waitFor(t, func() bool { return statesOf(t, state) == "6 1 " })
	connectRouter(t, listen)
	waitFor(t, func() bool { return statesOf(t, state) == "6 1 6 " })
	endService(t, p)
	if got := statesOf(t, state); got != "6 1 6 1 " {
		t.Errorf("the neighbour's states are %s, want it to be down at the end", got)
	}
}

// connectRouter has a router connect and tell that a neighbour is up. It stays until the test ends.
func connectRouter(t *testing.T, address string) {
	t.Helper()
	var conn net.Conn
	waitFor(t, func() (ok bool) {
		c, err := net.Dial("tcp", address)
		conn = c
		return err == nil
	})
	t.Cleanup(func() { conn.Close() })
	id := netip.MustParseAddr("192.0.2.9")
	peer := bmp.Peer{IP: netip.MustParseAddr("192.0.2.1"), ASN: 64500, ID: id, Sec: uint32(time.Now().Unix())}
	say := bmp.Append(nil, &bmp.Message{Type: bmp.Initiation, TLVs: []bmp.TLV{{Type: bmp.InfoSysName, Value: []byte("edge1")}}})
	say = bmp.Append(say, &bmp.Message{Type: bmp.PeerUpNotification, Peer: peer, Up: bmp.PeerUp{
		LocalPort: 179, RemotePort: 4000, Sent: bgp.Open{ASN: 64511, ID: id, AS4: true}, Received: bgp.Open{ASN: 64500, ID: id, AS4: true},
	}})
	if _, err := conn.Write(say); err != nil {
		t.Fatal(err)
	}
}

// statesOf gives the states that the journal tells the router's neighbour to have been in.
func statesOf(t *testing.T, state string) (list string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(state, "data", "mrt", "edge1", "live", "updates.*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		err = mrt.Scan(f, nil, func(e *mrt.Elem, _ *mrt.Record) error {
			if e.Kind == mrt.State {
				list += string(rune('0'+e.NewState)) + " "
			}
			return nil
		})
		f.Close()
		if err != nil && err != io.ErrUnexpectedEOF { // it is being written
			t.Fatal(err)
		}
	}
	return list
}
