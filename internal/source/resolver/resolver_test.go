package resolver

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"pahra/internal/desk/party"
)

var _ party.Resolver = (*Resolver)(nil)

func TestResolve(t *testing.T) {
	now, asked := time.Unix(1000, 0), []string{}
	broken := errors.New("no server answers")
	r := New(Config{Rate: 4, Most: 3}, func(_ context.Context, network, host string) ([]netip.Addr, error) {
		asked = append(asked, host)
		switch host {
		case "a.example.":
			return []netip.Addr{netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("192.0.2.1")}, nil
		case "gone.example.":
			return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
		}
		return nil, broken
	}, func() time.Time { return now })
	want := func(name, first string, questions int) {
		t.Helper()
		list, at := r.Resolve(t.Context(), name)
		got := ""
		if len(list) > 0 {
			got = list[0].String()
			if at.After(now) || at.Before(now.Add(-time.Hour)) {
				t.Errorf("%s was asked for at %s", name, at)
			}
		}
		if got != first || len(asked) != questions {
			t.Errorf("%s is %q, asked %v", name, got, asked)
		}
	}
	want("a.example", "192.0.2.1", 1)
	want("A.example.", "192.0.2.1", 1) // kept
	want("gone.example", "", 2)
	want("gone.example", "", 2)
	for _, name := range []string{"localhost", "printer.local", "x.onion", "nodot", "a.internal"} {
		want(name, "", 2)
	}
	want("broken.example", "", 3)
	now = now.Add(2 * time.Minute)
	want("broken.example", "", 4) // asked again soon
	want("gone.example", "", 4)   // not yet
	now = now.Add(10 * time.Minute)
	want("gone.example", "", 5)
	want("b.example", "", 6)
	want("c.example", "", 7)
	want("d.example", "", 8)
	want("e.example", "", 8) // no more this second
	now = now.Add(time.Second)
	want("e.example", "", 9)
	if len(r.kept) > 3 {
		t.Errorf("%d are kept", len(r.kept))
	}
	if !slices.Contains(asked, "e.example.") {
		t.Error(asked)
	}
}
