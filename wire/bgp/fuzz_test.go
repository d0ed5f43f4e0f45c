package bgp_test

import (
	"testing"

	"pahra/wire/bgp"
)

// FuzzDecodeAttrs holds decoding of any octets to what callers rely on: no panic, nothing beyond the input, the same
// again from reused storage, and no allocation that the input does not pay for.
func FuzzDecodeAttrs(f *testing.F) {
	for _, s := range []string{
		"", usual, usual + "c0 08 08 fde80001 ffffff01", "40 02 0c 02 01 0000fde8 01 01 0000fde9",
		"90 0e 0015 0002 01 10 20010db8000000000000000000000001 00", "80 0e 11 10 20010db8000000000000000000000001",
		"40 02 08 02 03 fde8 5ba0 5ba0 c0 11 0a 02 02 00010001 00010002", "50 01 00", "c0 ff ff 00",
	} {
		f.Add(octets(f, s), true, true)
		f.Add(octets(f, s), false, false)
	}
	var reused bgp.Attrs
	f.Fuzz(func(t *testing.T, raw []byte, as4, rib bool) {
		var fresh bgp.Attrs
		faults := bgp.DecodeAttrs(&fresh, raw, as4, rib)
		again := bgp.DecodeAttrs(&reused, raw, as4, rib)
		if len(faults) != len(again) || fresh.PathString() != reused.PathString() || len(fresh.Communities) != len(reused.Communities) {
			t.Fatalf("reused storage changes the result: %+v, %+v", fresh, reused)
		}
		if n := len(fresh.AppendASNs(nil)); n > 2*len(raw) {
			t.Fatalf("%d AS numbers out of %d octets", n, len(raw))
		}
		fresh.OriginAS()
	})
}

// FuzzWalkUpdate holds that every prefix is masked and of the input.
func FuzzWalkUpdate(f *testing.F) {
	f.Add(update(f, "18 c00002 00", usual, "18 c63364 20 cb007101"), true, false)
	f.Add(update(f, "00000007 18 c00002", usual, "00000001 18 c63364"), true, true)
	f.Add(update(f, "", usual+"80 0e 1f 0002 01 10 20010db8000000000000000000000001 00 20 20010db8 20 20010db9", ""), true, false)
	f.Add(octets(f, "000a 18 c00002 18 c633"), false, false)
	f.Fuzz(func(t *testing.T, body []byte, as4, addPath bool) {
		n := 0
		_, err := bgp.WalkUpdate(body, bgp.UpdateOptions{AS4: as4, AddPath: addPath}, func(r *bgp.Route) error {
			if n++; r.Prefix != r.Prefix.Masked() || !r.Prefix.IsValid() {
				t.Fatalf("prefix %v is not masked", r.Prefix)
			}
			return nil
		})
		if err != nil || n > len(body) {
			t.Fatalf("%d prefixes out of %d octets, %v", n, len(body), err)
		}
	})
}
