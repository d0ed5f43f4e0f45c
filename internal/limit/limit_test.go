package limit_test

import (
	"fmt"
	"maps"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pahra/internal/limit"
)

func TestClient(t *testing.T) {
	of := func(a string) string { return limit.Client("", netip.MustParseAddr(a)) }
	for a, b := range map[string]string{"2001:db8::1": "2001:db8::ffff:1", "192.0.2.1": "::ffff:192.0.2.1", "fe80::1%eth0": "fe80::1"} {
		if of(a) != of(b) {
			t.Errorf("%s and %s are two clients", a, b)
		}
	}
	for a, b := range map[string]string{"2001:db8::1": "2001:db8:0:1::1", "192.0.2.1": "192.0.2.2"} {
		if of(a) == of(b) {
			t.Errorf("%s and %s are one client", a, b)
		}
	}
	if one := limit.Client("a", netip.MustParseAddr("192.0.2.1")); one != limit.Client("a", netip.Addr{}) || one == of("192.0.2.1") {
		t.Errorf("an account is counted as %q", one)
	}
}

// TestRequests holds the counter against a list of all that was asked; the clock may go back.
func TestRequests(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(1e9, 0)
		l := limit.NewRequests(time.Minute, func() time.Time { return now })
		type window struct {
			begin time.Time
			asked int
		}
		want := map[string]window{}
		for range 100 {
			step := rapid.OneOf(rapid.IntRange(0, 70), rapid.Just(-1000)).Draw(t, "seconds")
			now = now.Add(time.Duration(step) * time.Second)
			client := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "client")
			maps.DeleteFunc(want, func(_ string, w window) bool { return now.Before(w.begin) || !now.Before(w.begin.Add(time.Minute)) })
			w, open := want[client]
			if !open {
				w.begin = now
			}
			w.asked++
			want[client] = w
			if asked, left := l.Count(client); asked != w.asked || left != w.begin.Add(time.Minute).Sub(now) {
				t.Fatalf("%s is counted %d with %s left, want %+v at %s", client, asked, left, w, now)
			}
		}
	})
}

// TestRequestsAreBounded: of a flood of clients those that are too many share one count.
func TestRequestsAreBounded(t *testing.T) {
	now := time.Unix(1e9, 0)
	l := limit.NewRequests(time.Minute, func() time.Time { return now })
	asked := 0
	for i := range 100_010 {
		asked, _ = l.Count(fmt.Sprint(i))
	}
	if asked != 10 {
		t.Errorf("the last of a flood is counted %d", asked)
	}
	now = now.Add(time.Minute)
	if asked, _ := l.Count("new"); asked != 1 {
		t.Errorf("after the flood a client is counted %d", asked)
	}
}

// TestStreams holds the bounds against a list of what is open.
func TestStreams(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const total, each = 5, 2
		s := limit.NewStreams(total, each)
		type stream struct {
			client string
			leave  func()
		}
		var open []stream
		for range 100 {
			if len(open) > 0 && rapid.Bool().Draw(t, "one leaves") {
				n := rapid.IntRange(0, len(open)-1).Draw(t, "which")
				open[n].leave()
				open = append(open[:n], open[n+1:]...)
				continue
			}
			client, own := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "client"), 0
			for _, o := range open {
				if o.client == client {
					own++
				}
			}
			leave, mine := s.Open(client)
			if (leave != nil) != (own < each && len(open) < total) || mine != (own >= each) {
				t.Fatalf("with %d of %d its own: %v, %v", own, len(open), leave != nil, mine)
			}
			if leave != nil {
				open = append(open, stream{client, leave})
			}
		}
	})
}

func TestCheck(t *testing.T) {
	c := limit.Defaults()
	if err := c.Check(); err != nil {
		t.Error(err)
	}
	if c.Streams = 0; c.Check() == nil {
		t.Error("no streams at all pass the check")
	}
}
