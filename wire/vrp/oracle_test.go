package vrp_test

import (
	"bytes"
	"cmp"
	"compress/bzip2"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"pahra/internal/testdata"
	"pahra/wire/values"
	"pahra/wire/vrp"
)

// oracle reads rpki-client's JSON in the obvious way, whole in memory, and sorts without regard to what came sorted.
func oracle(data []byte) (vrps []vrp.VRP, aspas []vrp.ASPA, err error) {
	var file struct {
		ROAs []struct {
			ASN       values.ASN
			Prefix    netip.Prefix
			MaxLength uint8
			TA        string
			Expires   int64
		}
		ASPAs []struct {
			Customer  values.ASN `json:"customer_asid"`
			Providers []values.ASN
			Expires   int64
		}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, nil, err
	}
	for _, r := range file.ROAs {
		vrps = append(vrps, vrp.VRP{Prefix: r.Prefix, MaxLength: r.MaxLength, ASN: r.ASN, TA: r.TA, Expires: r.Expires})
	}
	for _, a := range file.ASPAs {
		slices.Sort(a.Providers)
		aspas = append(aspas, vrp.ASPA{Customer: a.Customer, Providers: a.Providers, Expires: a.Expires})
	}
	slices.SortFunc(vrps, func(a, b vrp.VRP) int {
		return cmp.Or(values.ComparePrefix(a.Prefix, b.Prefix), cmp.Compare(a.MaxLength, b.MaxLength), cmp.Compare(a.ASN, b.ASN))
	})
	slices.SortFunc(aspas, func(a, b vrp.ASPA) int { return cmp.Compare(a.Customer, b.Customer) })
	return vrps, aspas, nil
}

// The full output of rpki-client of July 2025, record for record against encoding/json.
func TestRealOracle(t *testing.T) {
	f, err := os.Open(filepath.Join(testdata.Real(t), "routing/rpki/rpkiclient_summary_20250720T093135Z.json.bz2"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := io.ReadAll(bzip2.NewReader(f))
	if err != nil {
		t.Fatal(err)
	}
	got, err := vrp.Read(bytes.NewReader(data), nil)
	if err != nil {
		t.Fatal(err)
	}
	vrps, aspas, err := oracle(data)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.VRPs, vrps) {
		t.Errorf("%d VRPs differ from the oracle's %d", len(got.VRPs), len(vrps))
	}
	if diff := gocmp.Diff(aspas, got.ASPAs); diff != "" {
		t.Error(diff)
	}
}

// Whatever the values, their order and the size of the reads, a set that is written is the set that is read.
func TestProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) vrp.VRP {
			addr := netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "v4")))
			if rapid.Bool().Draw(t, "is6") {
				addr = netip.AddrFrom16([16]byte(append([]byte{0x20}, rapid.SliceOfN(rapid.Byte(), 15, 15).Draw(t, "v6")...)))
			}
			bits := rapid.IntRange(0, addr.BitLen()).Draw(t, "bits")
			return vrp.VRP{Prefix: netip.PrefixFrom(addr, bits).Masked(), ASN: values.ASN(rapid.Uint32().Draw(t, "asn")),
				MaxLength: uint8(rapid.IntRange(bits, addr.BitLen()).Draw(t, "max")), TA: "t", Expires: rapid.Int64Range(0, 1<<40).Draw(t, "expires")}
		}), 0, 30).Draw(t, "records")
		var csv, list strings.Builder
		for i, v := range records {
			fmt.Fprintf(&csv, "AS%d,%s,%d,%s,%d\n", v.ASN, v.Prefix, v.MaxLength, v.TA, v.Expires%(1<<38))
			fmt.Fprintf(&list, "%s{\"expires\":%d, \"maxLength\" :%d,\"asn\":\"AS%d\",\n\"prefix\":\"%s\",\"ta\":\"\\u0074\"}",
				strings.Repeat(",", min(i, 1)), v.Expires, v.MaxLength, v.ASN, v.Prefix)
		}
		text := `{"roas":[` + list.String() + `]}`
		want, _, err := oracle([]byte(strings.ReplaceAll(strings.ReplaceAll(text, `"AS`, ``), "\",\n", ",\n")))
		if err != nil {
			t.Fatal(err)
		}
		want = slices.CompactFunc(want, func(a, b vrp.VRP) bool { return a.Prefix == b.Prefix && a.MaxLength == b.MaxLength && a.ASN == b.ASN })
		for name, r := range map[string]io.Reader{
			"JSON": strings.NewReader(text), "JSON by the byte": iotest.OneByteReader(strings.NewReader(text)),
			"JSON, error with data": iotest.DataErrReader(strings.NewReader(text)),
		} {
			got, err := vrp.Read(r, func(p values.Problem) { t.Errorf("%s: %v", name, p) })
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if len(got.VRPs) != len(want) {
				t.Fatalf("%s: %d VRPs, want %d", name, len(got.VRPs), len(want))
			}
			for i := range want {
				g, w := got.VRPs[i], want[i]
				if g.Prefix != w.Prefix || g.MaxLength != w.MaxLength || g.ASN != w.ASN || g.TA != "t" {
					t.Errorf("%s: %+v, want %+v", name, g, w)
				}
			}
		}
		if len(records) == 0 {
			return
		}
		got, err := vrp.Read(iotest.HalfReader(strings.NewReader(csv.String())), func(p values.Problem) { t.Errorf("CSV: %v", p) })
		if err != nil || len(got.VRPs) != len(want) {
			t.Fatalf("CSV: %d VRPs, want %d, %v", len(got.VRPs), len(want), err)
		}
	})
}
