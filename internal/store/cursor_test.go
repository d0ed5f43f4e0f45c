package store

import (
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"pahra/wire/values"
)

func FuzzCursor(f *testing.F) {
	f.Add(cursor{1, "x"}.String())
	f.Add("eyJ0IjoxfQ")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseCursor(text)
		if err != nil {
			return
		}
		if again, err := parseCursor(c.String()); err != nil || again != c {
			t.Errorf("%+v comes back as %+v, %v", c, again, err)
		}
	})
}

// TestPrefixKeys holds the keys against prefixes themselves: they sort alike, and a prefix touches another exactly if
// its key lies in the other's range or is one of those around.
func TestPrefixKeys(t *testing.T) {
	prefix := rapid.Custom(func(t *rapid.T) netip.Prefix {
		b := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 128, 255}), 16, 16).Draw(t, "address")
		addr, _ := netip.AddrFromSlice(b[:rapid.SampledFrom([]int{4, 16}).Draw(t, "size")])
		return netip.PrefixFrom(addr, rapid.IntRange(0, addr.BitLen()).Draw(t, "bits")).Masked()
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := prefix.Draw(t, "a"), prefix.Draw(t, "b")
		if a.Addr().Is4In6() || b.Addr().Is4In6() {
			t.Skip("is refused where prefixes are read")
		}
		if got, want := slices.Compare(prefixKey(a), prefixKey(b)), values.ComparePrefix(a, b); sign(got) != sign(want) {
			t.Fatalf("%s and %s sort as %d, their keys as %d", a, b, want, got)
		}
		low, high := insideRange(a)
		key := prefixKey(b)
		touches := slices.Compare(low, key) <= 0 && slices.Compare(key, high) <= 0 ||
			slices.ContainsFunc(around(a), func(k []byte) bool { return slices.Equal(k, key) })
		if touches != a.Overlaps(b) {
			t.Fatalf("%s touches %s: %v, by their keys %v", a, b, a.Overlaps(b), touches)
		}
	})
}

func sign(n int) int { return min(1, max(-1, n)) }
