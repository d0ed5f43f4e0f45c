package replay_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"pahra/internal/source/replay"
	"pahra/wire/rislive"
)

// events are told at their times without being waited for.
func events(tb testing.TB, collectors ...string) *list {
	var l list
	for i, c := range collectors {
		l = append(l, replay.Event{Collector: c, Record: announce(tb, i, 0), Told: start.Add(time.Duration(i) * time.Millisecond)})
	}
	return &l
}

// TestSubscribers: each gets what it asked for, with the raw message or without.
func TestSubscribers(t *testing.T) {
	s, address := server(t, replay.Options{})
	everything := dial(t, address, raw)
	one := dial(t, address, rislive.Subscription{Collector: "rrc01", Kind: "UPDATE"})
	both := dial(t, address, rislive.Subscription{Collector: "rrc01.ripe.net"}, rislive.Subscription{Collector: "rrc00", Raw: true}, rislive.Subscription{Kind: "KEEPALIVE"})
	feed := events(t, "rrc00", "rrc01", "rrc00", "rrc02", "rrc01")
	*feed = append(*feed, replay.Event{Collector: "rrc00", Record: []byte("no record")})
	must(t, s.Run(t.Context(), feed))
	for name, c := range map[string]struct {
		conn *websocket.Conn
		want []string
	}{
		"everything": {everything, []string{"rrc00 10.0.0.0/16 at 0s", "rrc01 10.1.0.0/16 at 1ms", "rrc00 10.2.0.0/16 at 2ms", "rrc02 10.3.0.0/16 at 3ms", "rrc01 10.4.0.0/16 at 4ms"}},
		"one":        {one, []string{"rebuilt rrc01 10.1.0.0/16 at 1ms", "rebuilt rrc01 10.4.0.0/16 at 4ms"}},
		"both":       {both, []string{"rrc00 10.0.0.0/16 at 0s", "rebuilt rrc01 10.1.0.0/16 at 1ms", "rrc00 10.2.0.0/16 at 2ms", "rebuilt rrc01 10.4.0.0/16 at 4ms"}},
	} {
		var got []string
		for range c.want {
			m := read(t, c.conn)
			line := heard(t, m)
			if m.Rebuilt {
				line = "rebuilt " + line
			}
			got = append(got, line)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	st := s.Stats()
	if st.Sent != 5 || st.Skipped != 1 || len(st.Connections) != 3 || st.Connections[0].Messages != 5 || st.Connections[1].Messages != 2 || st.Connections[2].Messages != 4 || !st.Connections[0].Open {
		t.Errorf("stats are %+v", st)
	}
}

// TestRequests: what else a client may ask.
func TestRequests(t *testing.T) {
	s, address := server(t, replay.Options{})
	c := dial(t, address, rislive.Subscription{})
	must(t, s.Run(t.Context(), events(t, "rrc01", "rrc00")))
	read(t, c)
	read(t, c)
	for request, want := range map[string]rislive.Message{
		`{"type":"ping"}`:             {Type: rislive.Pong},
		`{"type":"request_rrc_list"}`: {Type: rislive.Collectors, Collectors: []string{"rrc00", "rrc01"}},
		`rubbish`:                     {Type: rislive.Error}, `{"type":"dance"}`: {Type: rislive.Error, Text: "unknown request dance"},
		`{"type":"ris_subscribe","data":{"prefix":"10.0.0.0/8","path":"64500"}}`: {Type: rislive.Error, Text: "this server has no filter path, prefix"},
	} {
		must(t, c.Write(t.Context(), websocket.MessageText, []byte(request)))
		got := read(t, c)
		if got.Type != want.Type || want.Text != "" && got.Text != want.Text || !cmp.Equal(got.Collectors, want.Collectors) {
			t.Errorf("%s is answered with %+v", request, got)
		}
	}
	must(t, c.Write(t.Context(), websocket.MessageText, []byte(`{"type":"ris_unsubscribe","data":{}}`)))
	must(t, c.Write(t.Context(), websocket.MessageText, []byte(`{"type":"ping"}`)))
	read(t, c)
	must(t, s.Run(t.Context(), events(t, "rrc03")))
	if got := s.Stats().Connections[0].Messages; got != 2 {
		t.Errorf("%d messages were sent, the third after the subscription was taken back", got)
	}
}

// TestPages: the counts are to be had over HTTP, a plain request for the stream is refused.
func TestPages(t *testing.T) {
	s, address := server(t, replay.Options{})
	c := dial(t, strings.Replace(address, "/v1/ws/", "/v1/ws/?client=me", 1), rislive.Subscription{})
	must(t, s.Run(t.Context(), events(t, "rrc01")))
	read(t, c)
	base := "http" + strings.TrimSuffix(strings.TrimPrefix(address, "ws"), replay.Path)
	for path, status := range map[string]int{"/stats": http.StatusOK, replay.Path: http.StatusUpgradeRequired, "/": http.StatusNotFound} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+path, nil)
		must(t, err)
		res, err := http.DefaultClient.Do(req)
		must(t, err)
		var st replay.Stats
		if res.StatusCode != status {
			t.Errorf("%s gives %s", path, res.Status)
		} else if path == "/stats" {
			if err := json.NewDecoder(res.Body).Decode(&st); err != nil || st.Sent != 1 || st.Connections[0].Client != "me" {
				t.Errorf("%+v, %v", st, err)
			}
		}
		must(t, res.Body.Close())
	}
	http.DefaultClient.CloseIdleConnections()
}

// endless is a feed that says the same until something has happened.
type endless struct {
	record []byte
	until  func() bool
}

func (e *endless) Next(ctx context.Context) (replay.Event, error) {
	if e.until() {
		return replay.Event{}, io.EOF
	}
	return replay.Event{Collector: "rrc00", Record: e.record, Told: start}, ctx.Err()
}

// TestSlow: a subscriber that does not read is cut off, and another loses nothing by it.
func TestSlow(t *testing.T) {
	s, address := server(t, replay.Options{})
	slow := dial(t, address, raw)
	must(t, s.Run(t.Context(), &endless{announce(t, 1, 0), func() bool { return s.Stats().Cut > 0 }}))
	for {
		_, data, err := slow.Read(t.Context())
		if err != nil {
			if websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
				t.Errorf("it ends with %v", err)
			}
			break
		}
		var d rislive.Decoder
		var m rislive.Message
		must(t, d.Decode(&m, data))
		if m.Type == rislive.Error && m.Text != "client too slow" {
			t.Errorf("told %q", m.Text)
		}
	}
}

// TestWait: the stream waits for a subscriber that reads late.
func TestWait(t *testing.T) {
	s, address := server(t, replay.Options{Wait: true})
	c := dial(t, address, raw)
	const n = 20_000 // more than may be owed
	feed := make(list, n)
	rec := announce(t, 1, 0)
	for i := range feed {
		feed[i] = replay.Event{Collector: "rrc00", Record: rec, Told: start}
	}
	done := make(chan error, 1)
	go func() { done <- s.Run(t.Context(), &feed) }()
	for range n {
		if _, _, err := c.Read(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	must(t, <-done)
	if st := s.Stats(); st.Cut != 0 || st.Connections[0].Messages != n {
		t.Errorf("stats are %+v", st)
	}
}

// TestCut: the server fails, the subscriber comes again and hears what is said from then on.
func TestCut(t *testing.T) {
	s, address := server(t, replay.Options{})
	c := dial(t, address, raw)
	must(t, s.Run(t.Context(), events(t, "rrc00")))
	read(t, c)
	s.Cut()
	if _, _, err := c.Read(t.Context()); err == nil {
		t.Error("the connection is still there")
	}
	c = dial(t, address, raw)
	must(t, s.Run(t.Context(), events(t, "rrc01")))
	if got := heard(t, read(t, c)); got != "rrc01 10.0.0.0/16 at 0s" {
		t.Errorf("heard %s", got)
	}
	for s.Stats().Connections[0].Open {
		runtime.Gosched() // it is on its way out
	}
	if st := s.Stats(); len(st.Connections) != 2 || st.Connections[0].Open || !st.Connections[1].Open {
		t.Errorf("stats are %+v", st)
	}
}
