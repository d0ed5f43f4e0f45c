package bgp_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pahra/wire/bgp"
)

// TestWidenAttrs holds that what is widened says in four octets what it said in two.
func TestWidenAttrs(t *testing.T) {
	origin, hop := "400101 00", "400304 c0000201"
	for name, c := range map[string]struct {
		raw    string
		want   string
		hidden bool
	}{
		"plain":            {origin + "400206 02 02 fde8 fde9" + hop, origin + "40020a 02 02 0000fde8 0000fde9" + hop, false},
		"extended length":  {"500200 06 02 02 fde8 fde9", "40020a 02 02 0000fde8 0000fde9", false},
		"merged":           {"400206 02 02 fde8 5ba0 c01106 02 01 fa56ea01", "40020c 02 01 0000fde8 02 01 fa56ea01", false},
		"hidden":           {"400206 02 02 fde8 5ba0", "40020a 02 02 0000fde8 00005ba0", true},
		"aggregator":       {"c00706 fde8 c0000201", "c00708 0000fde8 c0000201", false},
		"four aggregator":  {"c00706 5ba0 c0000201 c01208 fa56ea01 c0000202", "c00708 fa56ea01 c0000202", false},
		"empty path":       {"400200", "400200", false},
		"malformed path":   {"400203 02 02 fd", "400203 02 02 fd", false},
		"odd aggregator":   {"c00703 fde8c0", "c00703 fde8c0", false},
		"cut at the end":   {origin + "4002", origin + "4002", false},
		"others untouched": {"c00804 fde80001 c06302 0102", "c00804 fde80001 c06302 0102", false},
	} {
		t.Run(name, func(t *testing.T) {
			got, hidden := bgp.WidenAttrs([]byte{9}, octets(t, c.raw))
			if want := append([]byte{9}, octets(t, c.want)...); !bytes.Equal(got, want) || hidden != c.hidden {
				t.Errorf("%x hidden %v, want %x", got, hidden, want)
			}
		})
	}
}

// FuzzWidenAttrs holds the rule against the decoder: both forms decode to the same path and aggregator.
func FuzzWidenAttrs(f *testing.F) {
	f.Add(octets(f, "400101 00 400206 02 02 fde8 5ba0 c01106 02 01 fa56ea01 c00706 fde8 c0000201"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		wide, _ := bgp.WidenAttrs(nil, raw)
		var two, four bgp.Attrs
		faults := bgp.DecodeAttrs(&two, raw, false, false)
		bgp.DecodeAttrs(&four, wide, true, false)
		if len(faults) > 0 {
			return
		}
		if diff := cmp.Diff(two.PathString(), four.PathString()); diff != "" {
			t.Errorf("paths (-two +four):\n%s", diff)
		}
		if two.AggregatorASN != four.AggregatorASN || two.AggregatorIP != four.AggregatorIP {
			t.Errorf("aggregators %v %v, %v %v", two.AggregatorASN, two.AggregatorIP, four.AggregatorASN, four.AggregatorIP)
		}
	})
}
