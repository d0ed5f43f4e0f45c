package vrp_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pahra/wire/values"
	"pahra/wire/vrp"
)

const ski = "ABEiM0RVZneImaq7zN3u_wARIjM" // 00112233445566778899aabbccddeeff00112233

func TestApply(t *testing.T) {
	input := `{"roas": [
		{"asn": 64500, "prefix": "192.0.2.0/24", "maxLength": 24, "ta": "a"},
		{"asn": 64501, "prefix": "192.0.2.0/25", "maxLength": 25, "ta": "a"},
		{"asn": 64500, "prefix": "192.0.0.0/16", "maxLength": 24, "ta": "a"},
		{"asn": 64502, "prefix": "198.51.100.0/24", "maxLength": 24, "ta": "a"},
		{"asn": 64503, "prefix": "198.51.100.0/24", "maxLength": 24, "ta": "a"},
		{"asn": 64502, "prefix": "2001:db8::/32", "maxLength": 48, "ta": "a"}],
		"bgpsec_keys": [{"asn": 64500, "ski": "00112233445566778899aabbccddeeff00112233", "pubkey": "MFkw", "ta": "a", "expires": 1},
		 {"asn": 64501, "ski": "00112233445566778899aabbccddeeff00112233", "pubkey": "MFkw", "ta": "a", "expires": 1}],
		"aspas": [{"customer_asid": 64500, "providers": [1]}, {"customer_asid": 64501, "providers": [1]}]}`
	set, err := vrp.Read(strings.NewReader(input), nil)
	if err != nil {
		t.Fatal(err)
	}
	slurm, err := vrp.ReadSLURM(strings.NewReader(`{"slurmVersion": 2,
		"validationOutputFilters": {
		 "prefixFilters": [{"prefix": "192.0.2.0/24", "comment": "all in it"}, {"asn": 64502}, {"prefix": "198.51.100.0/23", "asn": 64509}],
		 "bgpsecFilters": [{"asn": 64500, "SKI": "` + ski + `"}], "aspaFilters": [{"customerAsn": 64500}]},
		"locallyAddedAssertions": {
		 "prefixAssertions": [{"prefix": "192.0.2.0/24", "asn": 64510}, {"prefix": "203.0.113.0/24", "asn": 64511, "maxPrefixLength": 28}],
		 "bgpsecAssertions": [{"asn": 64502, "SKI": "` + ski + `", "routerPublicKey": "MFkw", "comment": "x"}],
		 "aspaAssertions": [{"customerAsn": 64501, "providerAsns": [3, 2]}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	set.Apply(slurm)
	want := vrp.Set{RouterKeys: 2,
		VRPs: []vrp.VRP{v("192.0.0.0/16", 24, 64500, "a", 0), v("192.0.2.0/24", 24, 64510, "slurm", 0),
			v("198.51.100.0/24", 24, 64503, "a", 0), v("203.0.113.0/24", 28, 64511, "slurm", 0)},
		ASPAs: []vrp.ASPA{{Customer: 64501, Providers: []values.ASN{1, 2, 3}}},
	}
	if diff := cmp.Diff(want, *set, compare); diff != "" {
		t.Error(diff)
	}
}

// RFC 8416 section 3.1: what does not conform to the format is an error as a whole.
func TestSLURMStrict(t *testing.T) {
	file := func(prefixFilter, bgpsecFilter, prefixAssertion, bgpsecAssertion string) string {
		return `{"slurmVersion": 1, "validationOutputFilters": {"prefixFilters": [` + prefixFilter + `], "bgpsecFilters": [` + bgpsecFilter +
			`]}, "locallyAddedAssertions": {"prefixAssertions": [` + prefixAssertion + `], "bgpsecAssertions": [` + bgpsecAssertion + `]}}`
	}
	if _, err := vrp.ReadSLURM(strings.NewReader(file("", "", "", ""))); err != nil {
		t.Errorf("the empty file of RFC 8416: %v", err)
	}
	tests := map[string]string{
		"empty":                    "",
		"unknown member":           strings.Replace(file("", "", "", ""), "{", `{"x": 1, `, 1),
		"unknown member in filter": file(`{"asn": 1, "x": 2}`, "", "", ""),
		"version 3":                strings.Replace(file("", "", "", ""), "1", "3", 1),
		"no version":               `{"validationOutputFilters": {"prefixFilters": [], "bgpsecFilters": []}, "locallyAddedAssertions": {"prefixAssertions": [], "bgpsecAssertions": []}}`,
		"version 2 without ASPA":   strings.Replace(file("", "", "", ""), "1", "2", 1),
		"something behind":         file("", "", "", "") + "{}",
		"empty prefix filter":      file(`{"comment": "x"}`, "", "", ""),
		"filter with maxLength":    file(`{"asn": 1, "maxPrefixLength": 24}`, "", "", ""),
		"host bits":                file(`{"prefix": "192.0.2.1/24"}`, "", "", ""),
		"asn as a string":          file(`{"asn": "AS1"}`, "", "", ""),
		"asn too big":              file(`{"asn": 4294967296}`, "", "", ""),
		"empty BGPsec filter":      file("", `{}`, "", ""),
		"padded SKI":               file("", `{"SKI": "`+ski+`="}`, "", ""),
		"short SKI":                file("", `{"SKI": "AAAA"}`, "", ""),
		"assertion without asn":    file("", "", `{"prefix": "192.0.2.0/24"}`, ""),
		"assertion, bad maxLength": file("", "", `{"prefix": "192.0.2.0/24", "asn": 1, "maxPrefixLength": 33}`, ""),
		"assertion without key":    file("", "", "", `{"asn": 1, "SKI": "`+ski+`"}`),
	}
	for name, input := range tests {
		if _, err := vrp.ReadSLURM(strings.NewReader(input)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
