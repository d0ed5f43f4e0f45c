package authority

import (
	"slices"
	"testing"
	"time"

	"pahra/wire/values"
	"pahra/wire/vrp"
)

func TestHorizon(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	var list []vrp.VRP
	for i, hours := range []int{1, 5, 9, 0} { // 0 is of one that does not say
		v := vrp.VRP{Prefix: prefix("192.0.2.0/24"), MaxLength: 24, ASN: values.ASN(64500 + i), TA: "ripe"}
		if hours > 0 {
			v.Expires = now.Add(time.Duration(hours) * time.Hour).Unix()
		}
		list = append(list, v)
	}
	list = append(list, vrp.VRP{Prefix: prefix("192.0.2.0/24"), MaxLength: 24, ASN: 64500, TA: "silent"})
	got := NewVRPTable(list).Horizon(now)
	if len(got) != 1 || got["ripe"] != 5*time.Hour {
		t.Errorf("got %v, want 5 h for ripe alone", got)
	}
}

func TestSources(t *testing.T) {
	var b RouteBuilder
	for _, source := range []string{"RADB", "APNIC", "RADB"} {
		if err := b.Add(RouteObject{Prefix: prefix("192.0.2.0/24"), Origin: 64500, Source: source}); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.Build().Sources(); !slices.Equal(got, []string{"APNIC", "RADB"}) {
		t.Errorf("got %v", got)
	}
}
