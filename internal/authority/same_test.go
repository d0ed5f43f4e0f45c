package authority

import (
	"net/netip"
	"testing"

	"pahra/wire/values"
	"pahra/wire/vrp"
)

// Tables judge alike unless anything but an expiry differs.
func TestJudgesAs(t *testing.T) {
	roa := vrp.VRP{Prefix: netip.MustParsePrefix("192.0.2.0/24"), MaxLength: 24, ASN: 64500, TA: "apnic", Expires: 1}
	other := vrp.VRP{Prefix: netip.MustParsePrefix("2001:db8::/32"), MaxLength: 48, ASN: 64501, TA: "ripe"}
	changed := func(change func(*vrp.VRP)) *VRPTable {
		v := roa
		change(&v)
		return NewVRPTable([]vrp.VRP{other, v})
	}
	base := NewVRPTable([]vrp.VRP{roa, other})
	for name, tt := range map[string]struct {
		a, b *VRPTable
		same bool
	}{
		"later":      {base, changed(func(v *vrp.VRP) { v.Expires = 2 }), true},
		"prefix":     {base, changed(func(v *vrp.VRP) { v.Prefix = netip.MustParsePrefix("198.51.100.0/24") }), false},
		"shorter":    {base, changed(func(v *vrp.VRP) { v.Prefix = netip.MustParsePrefix("192.0.2.0/23") }), false},
		"max length": {base, changed(func(v *vrp.VRP) { v.MaxLength = 25 }), false},
		"origin":     {base, changed(func(v *vrp.VRP) { v.ASN = 64502 }), false},
		"anchor":     {base, changed(func(v *vrp.VRP) { v.TA = "arin" }), false},
		"fewer":      {base, NewVRPTable([]vrp.VRP{roa}), false},
		"none":       {base, NewVRPTable(nil), false},
		"both none":  {&VRPTable{}, NewVRPTable(nil), true},
		"no data":    {NewVRPTable(nil), nil, false},
		"neither":    {nil, nil, true},
	} {
		if tt.a.JudgesAs(tt.b) != tt.same || tt.b.JudgesAs(tt.a) != tt.same {
			t.Errorf("VRPs, %s: the answer is not %v", name, tt.same)
		}
	}
	signed := func(customer values.ASN, ta string, expires int64, providers ...values.ASN) *ASPATable {
		return NewASPATable([]vrp.ASPA{{Customer: customer, Providers: providers, TA: ta, Expires: expires}})
	}
	first := signed(64500, "apnic", 1, 64501, 64502)
	for name, tt := range map[string]struct {
		b    *ASPATable
		same bool
	}{
		"later":     {signed(64500, "apnic", 2, 64502, 64501), true},
		"providers": {signed(64500, "apnic", 1, 64501), false},
		"customer":  {signed(64503, "apnic", 1, 64501, 64502), false},
		"anchor":    {signed(64500, "ripe", 1, 64501, 64502), false},
		"none":      {NewASPATable(nil), false},
		"no data":   {nil, false},
	} {
		if first.JudgesAs(tt.b) != tt.same || tt.b.JudgesAs(first) != tt.same {
			t.Errorf("ASPAs, %s: the answer is not %v", name, tt.same)
		}
	}
}
