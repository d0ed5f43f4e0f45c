package authority

import (
	"net/netip"
	"testing"
	"time"
)

func TestTimelineRefusesTheFuture(t *testing.T) {
	vrps := NewTimeline(KindVRP, AsOf{Limits: DefaultLimits()},
		Dated[int]{Time: time.Date(2025, 7, 20, 9, 31, 0, 0, time.UTC), Value: 1})
	got := vrps.At(time.Date(2008, 2, 22, 12, 0, 0, 0, time.UTC))
	want := "only VRPs of 2025-07-20 are at hand; 2008-02-22 lies before them"
	if got.Usable || got.Reason != want {
		t.Errorf("got %+v, want reason %q", got, want)
	}
}

func TestRouteTableOnce(t *testing.T) {
	var b RouteBuilder
	b.Add(RouteObject{Prefix: netip.MustParsePrefix("192.0.2.0/24"), Origin: 64500, Source: "RADB"})
	table := b.Build()
	v := table.Validate(netip.MustParsePrefix("192.0.2.0/24"), 64500, time.Time{})
	if v.State != IRRValid || v.Object != "route 192.0.2.0/24 AS64500 RADB" {
		t.Errorf("got %+v", v)
	}
}
