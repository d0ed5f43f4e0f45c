package stix_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"pahra/wire/jsontree"
	"pahra/wire/stix"
)

// broken are changes to the good objects, each with what Check must say of it: type, path, new value ("-" takes the property
// out), fault.
const broken = `
tool | created | - | created: it is missing
tool | modified | - | modified: it is missing
grouping | spec_version | - | spec_version: it is missing
tool | spec_version | "3.0" | spec_version
tool | created | "2026-03-01T08:00:00Z" | not precise to the millisecond
tool | created | "2026-03-01 08:00:00.000Z" | no timestamp
tool | created | "2026-03-01T08:00:00.000+00:00" | no timestamp
tool | modified | "2026-02-01T08:00:00.000Z" | modified: it is not later than created
tool | name | - | name: it is missing
tool | name | 7 | name: it is a number, not a string
tool | name | null | name: it is null
tool | tool_types | [] | tool_types: the list is empty
tool | tool_types | "x" | not a list
tool | tool_types | ["a",1] | tool_types.[1]: it is a number
tool | created_by_ref | "tool--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f" | created_by_ref: it refers to an object of type tool
tool | created_by_ref | "CERT" | no identifier
tool | revoked | "true" | revoked: it is a string, not a boolean
tool | confidence | 101 | confidence: 101 is out of range
tool | confidence | 50.5 | confidence: it is no whole number
tool | lang | "klingonish" | no language tag
tool | labels | [] | labels: the list is empty
tool | external_references | [{"source_name":"x"}] | external_references.[0]: one of description, url, external_id is required
tool | external_references | [{"url":"https://a.example/"}] | external_references.[0].source_name: it is missing
tool | external_references | [{"source_name":"x","url":"not a url"}] | no URL
tool | external_references | [{"source_name":"cve","external_id":"2026-1"}] | no id of cve
tool | external_references | [{"source_name":"x","url":"https://a.example/","hashes":{"MD5":"1"}}] | no hash of that kind
tool | external_references | [7] | external_references.[0]: it is a number, not an object
tool | object_marking_refs | ["identity--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"] | refers to an object of type identity
tool | granular_markings | [{"selectors":["name"]}] | granular_markings.[0]: one of lang, marking_ref is required
tool | granular_markings | [{"marking_ref":"marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487","selectors":["nope"]}] | selects nothing
tool | granular_markings | [{"marking_ref":"marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487","lang":"en","selectors":["name"]}] | both lang and marking_ref
tool | granular_markings | [{"marking_ref":"marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487","selectors":["tool_types.[1]"]}] | selects nothing
tool | granular_markings | [{"marking_ref":"marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487","selectors":["tool_types..x"]}] | no selector
tool | extensions | {} | extensions: it is empty
tool | extensions | {"foo":{"a":1}} | no name of an extension
tool | extensions | {"extension-definition--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f":{"a":1}} | extension_type: it is missing
tool | extensions | {"extension-definition--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f":{"extension_type":"new"}} | none of new-sdo
tool | severity | "high" | severity: the name is reserved
tool | fo | 1 | fo: this is no name of a property
tool | x_list | [] | x_list: the list is empty
tool | x_foo_hex | "abc" | no hexadecimal number
tool | x_foo_bin | "a" | no base64
tool | kill_chain_phases | [{"phase_name":"x"}] | kill_chain_phases.[0].kill_chain_name: it is missing
campaign | last_seen | "2025-01-01T00:00:00Z" | last_seen: it is not later than first_seen
grouping | context | - | context: it is missing
grouping | object_refs | ["x"] | object_refs.[0]
indicator | pattern | "[ipv4-addr:value = ]" | pattern: at character 20
indicator | pattern | "[file:hashes.MD5 = 'abc']" | no hash of MD5
indicator | pattern_type | - | pattern_type: it is missing
indicator | valid_until | "2026-02-01T00:00:00Z" | valid_until: it is not later than valid_from
location | longitude | - | longitude: latitude is there without it
location | latitude | 91 | latitude: 91 is out of range
malware | is_family | - | is_family: it is missing
malware | name | - | name: a family of malware must have one
malware | sample_refs | ["tool--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"] | refers to an object of type tool
malware-analysis | product | - | product: it is missing
note | content | - | content: it is missing
observed-data | number_observed | 0 | number_observed: 0 is out of range
observed-data | last_observed | "2026-01-01T00:00:00Z" | last_observed: it is not later than first_observed
observed-data | object_refs | - | one of objects, object_refs is required
observed-data | objects | {"0":{"type":"ipv4-addr","value":"198.51.100.7"}} | object_refs: it cannot be there together with objects
observed-data | object_refs | ["indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"] | refers to an object of type indicator
opinion | opinion | "maybe" | none of strongly-disagree
report | published | - | published: it is missing
relationship | relationship_type | "Uses It" | relationship_type
relationship | source_ref | "bundle--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f" | source_ref: it refers to an object of type bundle
relationship | stop_time | "2026-02-01T00:00:00Z" | stop_time: it is not later than start_time
sighting | count | -1 | count: -1 is out of range
sighting | where_sighted_refs | ["tool--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"] | refers to an object of type tool
artifact | url | "https://a.example/" | url: it cannot be there together with payload_bin
artifact | payload_bin | - | one of payload_bin, url is required
artifact | payload_bin | "%%" | no base64
artifact | encryption_algorithm | - | encryption_algorithm: decryption_key is there without it
artifact | mime_type | "zip" | no media type
autonomous-system | number | "64500" | number: it is a string
domain-name | value | "bank example" | no domain name
domain-name | resolves_to_refs | ["url--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"] | refers to an object of type url
email-addr | value | "Asha <asha@bank.example>" | no mail address
email-message | is_multipart | false | body_multipart: it cannot be there together with is_multipart
email-message | body | "x" | body: it cannot be there together with is_multipart
email-message | body_multipart | [{"content_type":"text/plain"}] | one of body, body_raw_ref is required
file | hashes | {"SHA-1":"zz"} | no hash of that kind
file | hashes | {"a b":"zz"} | no key of a dictionary
file | extensions | {"windows-pebinary-ext":{"imphash":"x"}} | pe_type: it is missing
file | extensions | {"ntfs-ext":{"alternate_data_streams":[{"size":-1}]}} | size: -1 is out of range
ipv4-addr | value | "198.51.100.256" | no address or network of IPv4
ipv4-addr | value | "2001:db8::1" | no address or network of IPv4
ipv6-addr | value | "198.51.100.7" | no address or network of IPv6
mac-addr | value | "00-00-5E-00-53-01" | no MAC address
network-traffic | protocols | - | protocols: it is missing
network-traffic | dst_port | 65536 | dst_port: 65536 is out of range
network-traffic | is_active | true | end: it cannot be there together with is_active
network-traffic | end | "2026-01-01T00:00:00Z" | end: it is not later than start
network-traffic | ipfix | {"a":[1]} | ipfix.a: it is a list
network-traffic | extensions | {"socket-ext":{"address_family":"inet"}} | none of AF_UNSPEC
process | id | "process--f52a906a-0dfc-50bd-92f1-e7778ead38a9" | version 4
software | cpe | "cpe:/a:f5:nginx" | no CPE 2.3
url | defanged | - | no URL
windows-registry-key | key | "HKLM\\Software" | must not be shortened
windows-registry-key | values | [{}] | one of name, data, data_type is required
x509-certificate | validity_not_after | "soon" | no timestamp
extension-definition | created_by_ref | - | created_by_ref: it is missing
extension-definition | extension_types | ["property-extension"] | only a toplevel-property-extension
language-content | contents | {"xx-":{"name":"a"}} | no language tag
language-content | contents | {"de":{"A b":"a"}} | no name of a property
language-content | object_ref | "bundle--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f" | refers to an object of type bundle
marking-definition | definition | - | definition: definition_type is there without it
marking-definition | definition | {"text":"x"} | definition.statement: it is missing
marking-definition | definition_type | "tlp" | no label of TLP 1
marking-definition | extensions | {"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d":{"extension_type":"property-extension","tlp_2_0":"clear"}} | fixed id marking-definition--94868c89
marking-definition | extensions | {"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d":{"extension_type":"property-extension","tlp_2_0":"white"}} | no label of TLP 2.0
x-desk-case | modified | - | modified: it is missing
`

func TestCheckFinds(t *testing.T) {
	all := parse(t)
	n := 0
	for line := range strings.Lines(broken) {
		part := strings.SplitN(strings.TrimSpace(line), " | ", 4)
		if len(part) != 4 {
			continue
		}
		n++
		o := &stix.Object{Tree: all[part[0]].Tree.Clone()}
		if part[2] == "-" {
			o.Tree.Delete(part[1])
		} else {
			v, err := jsontree.Parse([]byte(part[2]), jsontree.Limits{Size: 1000, Depth: 9, Values: 99})
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			o.Tree.Set(part[1], v)
		}
		if got := fmt.Sprint(o.Check()); !strings.Contains(got, part[3]) {
			t.Errorf("%s gives %s", strings.TrimSpace(line), got)
		}
	}
	if n < 100 {
		t.Errorf("%d changes were tried", n)
	}
}

// Objects of STIX 2.0, good ones first.
func TestCheckVersion20(t *testing.T) {
	const head = `"created":"2017-04-06T20:03:48.000Z","modified":"2017-04-06T20:03:48.000Z"`
	for in, want := range map[string]string{
		`{"type":"indicator","id":"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",` + head + `,"labels":["malicious-activity"],"pattern":"[url:value = 'http://x.example/']","valid_from":"2017-01-01T00:00:00Z"}`:                                                                                                                                                                      "[]",
		`{"type":"malware","id":"malware--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",` + head + `,"labels":["trojan"],"name":"x"}`:                                                                                                                                                                                                                                                             "[]",
		`{"type":"identity","id":"identity--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",` + head + `,"name":"x","identity_class":"organization"}`:                                                                                                                                                                                                                                               "[]",
		`{"type":"observed-data","id":"observed-data--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",` + head + `,"first_observed":"2017-01-01T00:00:00Z","last_observed":"2017-01-01T00:00:00Z","number_observed":1,"objects":{"0":{"type":"ipv4-addr","value":"198.51.100.7"},"1":{"type":"network-traffic","dst_ref":"0","protocols":["tcp"]},"2":{"type":"x-own","a":1}}}`:                     "[]",
		`{"type":"indicator","id":"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",` + head + `,"pattern":"[url:value = 'http://x.example/']","valid_from":"2017-01-01T00:00:00Z"}`:                                                                                                                                                                                                      "labels: it is missing",
		`{"type":"indicator","id":"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",` + head + `,"labels":["x"],"pattern":"url = x","valid_from":"2017-01-01T00:00:00Z"}`:                                                                                                                                                                                                                 "pattern: at character",
		`{"type":"identity","id":"identity--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",` + head + `,"name":"x","identity_class":["organization"]}`:                                                                                                                                                                                                                                             "identity_class: it is a list",
		`{"type":"observed-data","id":"observed-data--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",` + head + `,"first_observed":"2017-01-01T00:00:00Z","last_observed":"2017-01-01T00:00:00Z","number_observed":1,"objects":{"0":{"type":"network-traffic","dst_ref":"7","protocols":["tcp"]},"1":{"type":"tool"},"2":7,"3":{"type":"email-addr","value":"a@b.example","belongs_to_ref":"1"}}}`: "refers to nothing in objects",
	} {
		o, err := stix.Parse([]byte(in))
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(o.Check()); !o.IsVersion20() || !strings.Contains(got, want) {
			t.Errorf("%s gives %s", in, got)
		}
	}
}

func TestCheckStops(t *testing.T) {
	o := &stix.Object{Tree: parse(t)["tool"].Tree.Clone()}
	for i := range 1000 {
		o.Tree.Set("x"+strconv.Itoa(i), jsontree.Value{})
	}
	if n := len(o.Check()); n != 20 {
		t.Errorf("%d faults are told", n)
	}
}

func TestFault(t *testing.T) {
	if s := (stix.Fault{Path: "name", Rule: "it is missing"}).String(); s != "name: it is missing" {
		t.Error(s)
	}
}
