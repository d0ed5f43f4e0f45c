package replay_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"pahra/internal/source/replay"
	"pahra/wire/bgp"
	"pahra/wire/mrt"
	"pahra/wire/rislive"
	"pahra/wire/values"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var discard = slog.New(slog.DiscardHandler)

// raw subscribes to everything, with the raw messages.
var raw = rislive.Subscription{Raw: true}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

var start = time.Date(2026, 2, 10, 0, 0, 0, 0, time.UTC)

// announce is a record that announces 10.N.0.0/16, N modulo 256, at a time since start.
func announce(tb testing.TB, n int, at time.Duration) []byte {
	tb.Helper()
	a := &bgp.Attrs{HasOrigin: true, NextHop: netip.MustParseAddr("192.0.2.1"), Communities: []uint32{64500<<16 | 1, 64501<<16 | 2, 64502<<16 | 3, 64503<<16 | 4},
		Path: []bgp.Segment{{Kind: bgp.ASSequence, ASNs: []values.ASN{64500, 64501, 64502, 64503, 64504}}}}
	m, err := bgp.AppendUpdate(nil, a, nil, []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(n)}), 16)})
	must(tb, err)
	t := start.Add(at)
	rec, err := mrt.AppendMessage(nil, uint32(t.Unix()), uint32(t.Nanosecond()/1000), mrt.Session{PeerAS: 64500, PeerIP: netip.MustParseAddr("192.0.2.1")}, m)
	must(tb, err)
	return rec
}

// list is a feed of events; told as they are.
type list []replay.Event

func (l *list) Next(ctx context.Context) (replay.Event, error) {
	if len(*l) == 0 {
		return replay.Event{}, io.EOF
	}
	e := (*l)[0]
	*l = (*l)[1:]
	return e, ctx.Err()
}

// server starts a server on a loopback address. It ends with the test.
func server(tb testing.TB, opt replay.Options) (s *replay.Server, address string) {
	tb.Helper()
	s = replay.New(opt, discard)
	h := httptest.NewServer(s.Handler())
	tb.Cleanup(func() {
		_ = s.Close()
		h.Close()
	})
	return s, "ws" + strings.TrimPrefix(h.URL, "http") + replay.Path
}

// dial subscribes and waits for the acknowledgement.
func dial(tb testing.TB, address string, subs ...rislive.Subscription) *websocket.Conn {
	tb.Helper()
	c, _, err := websocket.Dial(tb.Context(), address, nil)
	must(tb, err)
	tb.Cleanup(func() { _ = c.CloseNow() })
	c.SetReadLimit(rislive.MaxMessage)
	for _, s := range subs {
		s.Acknowledge = true
		must(tb, c.Write(tb.Context(), websocket.MessageText, s.AppendRequest(nil)))
		if m := read(tb, c); m.Type != rislive.Subscribed {
			tb.Fatalf("answered with %+v", m)
		}
	}
	return c
}

func read(tb testing.TB, c *websocket.Conn) (m rislive.Message) {
	tb.Helper()
	_, data, err := c.Read(tb.Context())
	must(tb, err)
	var d rislive.Decoder
	must(tb, d.Decode(&m, data))
	return m
}

// heard gives "collector prefix at time since start" of a message.
func heard(tb testing.TB, m rislive.Message) string {
	tb.Helper()
	rec, err := m.AppendRecord(nil)
	must(tb, err)
	s := ""
	must(tb, mrt.Scan(bytes.NewReader(rec), nil, func(e *mrt.Elem, _ *mrt.Record) error {
		s += fmt.Sprintf("%s %s at %s", m.Collector, e.Prefix, e.Time().Sub(start))
		return nil
	}))
	return s
}
