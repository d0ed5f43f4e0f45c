package vrp_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"pahra/wire/values"
	"pahra/wire/vrp"
)

// FuzzRead holds what Read promises of a Set, whatever the bytes.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"metadata":{"buildtime":"2025-07-20T09:31:33Z"},"roas":[{"asn":64500,"prefix":"192.0.2.0/24","maxLength":24,"ta":"a","expires":1}]}`))
	f.Add([]byte(`{"roas":[{"asn":"AS1","prefix":"2001:db8::/32","maxLength":48,"source":[{"tal":"a","stale":"2025-07-20T09:31:33Z"}]},{]}`))
	f.Add([]byte(`{"aspas":[{"customer_asid":1,"providers":[2,"AS3"]}],"routerKeys":[{"asn":1,"SKI":"00","routerPublicKey":"MF=="}]}`))
	f.Add([]byte("ASN,IP Prefix,Max Length,Trust Anchor\nAS1,192.0.2.0/24,24,a\n\"2\",\"2001:db8::/32\",,\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		set, err := vrp.Read(bytes.NewReader(data), nil)
		if err != nil {
			return
		}
		for i, v := range set.VRPs {
			if v.Prefix != v.Prefix.Masked() || int(v.MaxLength) < v.Prefix.Bits() || int(v.MaxLength) > v.Prefix.Addr().BitLen() {
				t.Errorf("accepted %+v", v)
			}
			if i > 0 && values.ComparePrefix(set.VRPs[i-1].Prefix, v.Prefix) > 0 {
				t.Errorf("%v behind %v", v, set.VRPs[i-1])
			}
		}
		for _, a := range set.ASPAs {
			if len(a.Providers) == 0 || !slices.IsSorted(a.Providers) {
				t.Errorf("accepted %+v", a)
			}
		}
	})
}

func FuzzReadSLURM(f *testing.F) {
	f.Add(`{"slurmVersion":1,"validationOutputFilters":{"prefixFilters":[{"asn":1}],"bgpsecFilters":[]},"locallyAddedAssertions":{"prefixAssertions":[{"asn":1,"prefix":"192.0.2.0/24"}],"bgpsecAssertions":[]}}`)
	f.Fuzz(func(t *testing.T, data string) {
		if slurm, err := vrp.ReadSLURM(strings.NewReader(data)); err == nil {
			(&vrp.Set{}).Apply(slurm)
		}
	})
}
