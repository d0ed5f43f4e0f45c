package vrp_test

import (
	"compress/bzip2"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"pahra/internal/testdata"
	"pahra/wire/values"
	"pahra/wire/vrp"
)

func v(prefix string, maxLength uint8, asn values.ASN, ta string, expires int64) vrp.VRP {
	return vrp.VRP{Prefix: netip.MustParsePrefix(prefix), MaxLength: maxLength, ASN: asn, TA: ta, Expires: expires}
}

var compare = cmp.Options{
	cmpopts.IgnoreUnexported(vrp.Set{}), cmpopts.EquateEmpty(),
	cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
}

// Each dialect of the same two VRPs and one ASPA, in the least that its program writes.
func TestDialects(t *testing.T) {
	two := func(ta string, expires int64) []vrp.VRP {
		return []vrp.VRP{v("192.0.2.0/24", 25, 64500, ta, expires), v("2001:db8::/32", 48, 4200000001, ta, expires)}
	}
	aspa := func(ta string, expires int64) []vrp.ASPA {
		return []vrp.ASPA{{Customer: 64500, Providers: []values.ASN{64501, 64502}, TA: ta, Expires: expires}}
	}
	built := time.Date(2025, 7, 20, 9, 31, 33, 0, time.UTC)
	tests := []struct {
		name, input string
		want        vrp.Set
	}{
		{"rpki-client 2025", `{"metadata": {"buildmachine": "x", "buildtime": "2025-07-20T09:31:33Z", "talfiles": ["/a", "/b"]},
			"roas": [
			 {"asn": 64500, "prefix": "192.0.2.0/24", "maxLength": 25, "ta": "ripe", "expires": 1753453058},
			 {"asn": 4200000001, "prefix": "2001:db8::/32", "maxLength": 48, "ta": "ripe", "expires": 1753453058}],
			"bgpsec_keys": [{"asn": 64500, "ski": "00112233445566778899aabbccddeeff00112233", "pubkey": "MFkwEwYH", "ta": "ripe", "expires": 1753453058}],
			"aspas": [{"customer_asid": 64500, "expires": 1753453058, "providers": [64502, 64501]}],
			"signedprefixlists": [ ], "nonfunc_cas": [{"location": "x", "chain": [{"a": []}]}]}`,
			vrp.Set{VRPs: two("ripe", 1753453058), ASPAs: aspa("", 1753453058), RouterKeys: 1, BuildTime: built}},
		{"rpki-client 2021 with AS strings, metadata last", `{"roas": [
			 {"asn": "AS64500", "prefix": "192.0.2.0/24", "maxLength": 25, "ta": "ripe"},
			 {"asn": "AS4200000001", "prefix": "2001:db8::/32", "maxLength": 48, "ta": "ripe"}],
			 "metadata": {"buildtime": "2025-07-20T09:31:33Z", "roas": 2}}`,
			vrp.Set{VRPs: two("ripe", 0), BuildTime: built}},
		{"rpki-client 8, a provider list for each family", `{"roas": [], "provider_authorizations": {
			 "ipv4": [{"customer_asid": 64500, "expires": 5, "providers": [64501]}],
			 "ipv6": [{"customer_asid": 64500, "expires": 9, "providers": [64502, 64501]}]}}`,
			vrp.Set{ASPAs: aspa("", 9)}},
		{"Routinator json", `{"metadata": {"generated": 1753003893, "generatedTime": "2025-07-20T09:31:33Z"},
			"roas": [{"asn": "AS64500", "prefix": "192.0.2.0/24", "maxLength": 25, "ta": "ripe" },
			 {"asn": "AS4200000001", "prefix": "2001:db8::/32", "maxLength": 48, "ta": "ripe"}],
			"routerKeys": [{"asn": "AS64500", "SKI": "00112233445566778899AABBCCDDEEFF00112233", "routerPublicKey": "MFkwEw==", "ta": "ripe"}],
			"aspas": [{"customer": "AS64500", "providers": ["AS64501", "AS64502"], "ta": "ripe"}]}`,
			vrp.Set{VRPs: two("ripe", 0), ASPAs: aspa("ripe", 0), RouterKeys: 1, BuildTime: built}},
		{"Routinator jsonext", `{"metadata": {"generated": 1753003893}, "roas": [
			{"asn": "AS64500", "prefix": "192.0.2.0/24", "maxLength": 25, "source": [
			  {"type": "roa", "uri": "rsync://x", "tal": "ripe", "validity": {"notBefore": "2024-01-01T00:00:00Z", "notAfter": "2049-01-01T00:00:00Z"},
			   "chainValidity": {"notBefore": "2024-01-01T00:00:00Z", "notAfter": "1970-01-01T00:01:40Z"}, "stale": "1970-01-01T00:01:30Z"},
			  {"type": "roa", "uri": null, "tal": "arin", "chainValidity": {"notAfter": "1970-01-01T00:02:00Z"}, "stale": "1970-01-01T00:03:00Z"}]},
			{"asn": "AS4200000001", "prefix": "2001:db8::/32", "maxLength": 48, "source": [{"type": "exception", "path": null}]}]}`,
			vrp.Set{VRPs: []vrp.VRP{v("192.0.2.0/24", 25, 64500, "ripe", 120), v("2001:db8::/32", 48, 4200000001, "", 0)}, BuildTime: built}},
		{"OctoRPKI", `{"metadata":{"counts":2,"generated":1753003893,"valid":1753007493,"signature":"xx"},"roas":[
			{"prefix":"192.0.2.0/24","maxLength":25,"asn":"AS64500","ta":"Cloudflare - RIPE"},{"prefix":"2001:db8::/32","maxLength":48,"asn":"AS4200000001","ta":"Cloudflare - RIPE"}]}`,
			vrp.Set{VRPs: two("Cloudflare - RIPE", 0), BuildTime: built}},
		{"escapes", `{"roas":[{"asn":64500,"prefix":"192.0.2.0\/24","maxLength":"25","ta":"r\u0069pe"},{"asn":4200000001,"prefix":"2001:db8::/32","maxLength":48,"ta":"ripe"}]}`,
			vrp.Set{VRPs: two("ripe", 0)}},
		{"CSV of rpki-client", "ASN,IP Prefix,Max Length,Trust Anchor,Expires\nAS4200000001,2001:db8::/32,48,ripe,7\nAS64500,192.0.2.0/24,25,ripe,7\n",
			vrp.Set{VRPs: two("ripe", 7)}},
		{"CSV of Routinator, compatible", "\"ASN\",\"IP Prefix\",\"Max Length\",\"Trust Anchor\"\r\n\"64500\",\"192.0.2.0/24\",\"25\",\"ripe\"\r\n\"4200000001\",\"2001:db8::/32\",\"48\",\"ripe\"",
			vrp.Set{VRPs: two("ripe", 0)}},
		{"CSV of the RIPE archive", "URI,ASN,IP Prefix,Max Length,Not Before,Not After\nrsync://x/a.roa,AS64500,192.0.2.0/24,25,2020-01-01 00:00:00,1970-01-01 00:02:00\n\"rsync://x/b,c.roa\",AS4200000001,2001:db8::/32,48,2020-01-01 00:00:00,1970-01-01 00:02:00\n",
			vrp.Set{VRPs: two("", 120)}},
		{"CSV without heading and maxLength", "\xef\xbb\xbf\n# comment\nAS64500,192.0.2.0/24\n64501,2001:db8::/32,\n",
			vrp.Set{VRPs: []vrp.VRP{v("192.0.2.0/24", 24, 64500, "", 0), v("2001:db8::/32", 32, 64501, "", 0)}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := vrp.Read(strings.NewReader(tt.input), func(p values.Problem) { t.Errorf("reported %v", p) })
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, *got, compare); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A bad record is reported with its place; the others are read.
func TestBadRecords(t *testing.T) {
	good := `{"asn": 64500, "prefix": "192.0.2.0/24", "maxLength": 24, "ta": "t"}`
	tests := []struct{ name, record, reason string }{
		{"host bits", `{"asn": 1, "prefix": "192.0.2.1/24", "maxLength": 24}`, "192.0.2.0/24 is the prefix"},
		{"short maxLength", `{"asn": 1, "prefix": "192.0.2.0/24", "maxLength": 23}`, "maxLength 23"},
		{"maxLength of the other family", `{"asn": 1, "prefix": "192.0.2.0/24", "maxLength": 48}`, "within 24 to 32"},
		{"IPv4 in IPv6", `{"asn": 1, "prefix": "::ffff:192.0.2.0/120", "maxLength": 120}`, "IPv4-mapped"},
		{"negative maxLength", `{"asn": 1, "prefix": "192.0.2.0/24", "maxLength": -1}`, "maxLength"},
		{"fraction", `{"asn": 1, "prefix": "192.0.2.0/24", "maxLength": 24.5}`, "maxLength"},
		{"no asn", `{"prefix": "192.0.2.0/24", "maxLength": 24}`, "no asn"},
		{"no prefix", `{"asn": 1, "maxLength": 24}`, "no prefix"},
		{"asn too big", `{"asn": 4294967296, "prefix": "192.0.2.0/24"}`, "AS number"},
		{"asn is an array", `{"asn": [1], "prefix": "192.0.2.0/24"}`, "array or object"},
		{"not an object", `17`, "'{' is due"},
		{"broken JSON", `{"asn": 1, "prefix" "192.0.2.0/24"}`, "':' is due"},
		{"raw control character", "{\"asn\": 1, \"prefix\": \"192\t\"}", "control character"},
		{"bad word", `{"asn": nul, "prefix": "192.0.2.0/24"}`, "no value"},
		{"long anchor", `{"asn": 1, "prefix": "192.0.2.0/24", "ta": "` + strings.Repeat("x", 300) + `"}`, "trust anchor name"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			input := "{\"roas\": [\n" + good + ",\n" + tt.record + ",\n" + strings.Replace(good, "64500", "64501", 1) + "\n]}"
			var problems []values.Problem
			got, err := vrp.Read(strings.NewReader(input), func(p values.Problem) { problems = append(problems, p) })
			if err != nil {
				t.Fatal(err)
			}
			if len(got.VRPs) != 2 {
				t.Errorf("read %d VRPs of 2", len(got.VRPs))
			}
			if len(problems) != 1 || problems[0].Line != 3 || !strings.Contains(problems[0].Reason, tt.reason) {
				t.Errorf("problems %v; want one on line 3 with %q", problems, tt.reason)
			}
		})
	}
}

// A part of the VRPs is worse than none, so what breaks off is an error, as is what is no such file at all.
func TestFatal(t *testing.T) {
	full := `{"roas": [{"asn": 64500, "prefix": "192.0.2.0/24", "maxLength": 24, "ta": "t"}], "metadata": {"generated": 1}}`
	for n := range len(full) {
		if _, err := vrp.Read(strings.NewReader(full[:n]), nil); err == nil {
			t.Errorf("no error for %q", full[:n])
		}
	}
	for _, bad := range []string{"", "[]", "hello", "a,b,c\n", `{"roas": []} x`, `{"x": 1}`, "{" + strings.Repeat(`"a":{`, 100), "\x1f\x8b\x08"} {
		if set, err := vrp.Read(strings.NewReader(bad), nil); err == nil {
			t.Errorf("no error for %q: %v", bad, set)
		}
	}
}

func TestDuplicates(t *testing.T) {
	input := "ASN,IP Prefix,Max Length,Trust Anchor,Expires\n" +
		"AS2,192.0.2.0/24,24,b,5\nAS2,192.0.2.0/24,24,a,5\nAS2,192.0.2.0/24,24,z,4\nAS2,192.0.2.0/24,25,a,1\nAS0,192.0.2.0/24,24,a,1\n"
	got, err := vrp.Read(strings.NewReader(input), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []vrp.VRP{v("192.0.2.0/24", 24, 0, "a", 1), v("192.0.2.0/24", 24, 2, "a", 5), v("192.0.2.0/24", 25, 2, "a", 1)}
	if diff := cmp.Diff(want, got.VRPs, compare); diff != "" {
		t.Error(diff)
	}
}

func TestReal(t *testing.T) {
	dir := filepath.Join(testdata.Real(t), "routing")
	tests := []struct {
		file                        string
		vrps, aspas, keys, problems int
		built                       string
	}{
		{"rpki/rpkiclient_summary_20250720T093135Z.json.bz2", 723521, 100, 2, 0, "2025-07-20T09:31:33Z"},
		{"rpki/roa_test.rpkiclient2021_json", 70, 0, 0, 0, "2021-09-01T00:04:19Z"},
		{"rpki/roa_test.rpkiclient2023_json", 379, 2, 3, 0, "2023-10-01T00:05:43Z"},
		{"rpki/roa_test.routinator_jsonext", 2, 0, 0, 0, "2025-03-09T21:45:54Z"},
		{"irr/samples/roas.csv", 49, 0, 0, 0, "0001-01-01T00:00:00Z"},
	}
	for _, tt := range tests {
		t.Run(filepath.Base(tt.file), func(t *testing.T) {
			f, err := os.Open(filepath.Join(dir, tt.file))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			problems := 0
			report := func(p values.Problem) { problems++; t.Log(p) }
			var got *vrp.Set
			if strings.HasSuffix(tt.file, ".bz2") {
				got, err = vrp.Read(bzip2.NewReader(f), report)
			} else {
				got, err = vrp.Read(f, report)
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d VRPs, %d ASPAs, %d keys", len(got.VRPs), len(got.ASPAs), got.RouterKeys)
			if len(got.VRPs) != tt.vrps || len(got.ASPAs) != tt.aspas || got.RouterKeys != tt.keys || problems != tt.problems ||
				got.BuildTime.Format(time.RFC3339) != tt.built {
				t.Errorf("got %d, %d, %d, %d problems, %v; want %+v", len(got.VRPs), len(got.ASPAs), got.RouterKeys, problems, got.BuildTime, tt)
			}
		})
	}
}
