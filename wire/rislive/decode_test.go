package rislive_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pahra/wire/bgp"
	"pahra/wire/rislive"
)

const head = `{"type":"ris_message","data":{"timestamp":1700000000.25,"peer":"192.0.2.1","peer_asn":"64500","id":"192.0.2.1-1","host":"rrc00.ripe.net",`

const route = "A 1700000000.250000 AS64500 192.0.2.1 "

// TestDecodeRoutes reads UPDATEs without raw, in the forms that the stream has had over the years.
func TestDecodeRoutes(t *testing.T) {
	const rest = " med false 0 aggregator false 0 invalid IP communities [] [] otc false 0"
	for name, c := range map[string]struct {
		data string
		want []string
	}{
		"announcement": {`"type":"UPDATE","path":[64500,64501],"origin":"igp","announcements":[{"next_hop":"192.0.2.1","prefixes":["198.51.100.0/24","203.0.113.0/25"]}]`,
			[]string{route + "198.51.100.0/24 via 192.0.2.1 path 64500 64501 origin 0" + rest, route + "203.0.113.0/25 via 192.0.2.1 path 64500 64501 origin 0" + rest}},
		"withdrawal": {`"type":"UPDATE","path":[],"community":[],"announcements":[],"withdrawals":["2001:db8:bb:0:0:0:0:0/48","198.51.100.0/24"]`,
			[]string{"W 1700000000.250000 AS64500 192.0.2.1 198.51.100.0/24", "W 1700000000.250000 AS64500 192.0.2.1 2001:db8:bb::/48"}},
		"all attributes": {`"type":"UPDATE","path":[64500,[64501,64502]],"origin":"EGP","med":7,"aggregator":"4200000001:192.0.2.9","community":[[64500,1],[65535,666]],` +
			`"large_community":[[4200000001,1,2]],"otc":64501,"announcements":[{"next_hop":"192.0.2.1","prefixes":["198.51.100.0/24"]}]`,
			[]string{route + "198.51.100.0/24 via 192.0.2.1 path 64500 {64501,64502} origin 1 med true 7 aggregator true 4200000001 192.0.2.9 communities [fbf40001 ffff029a] [{4200000001 1 2}] otc true 64501"}},
		"set first, sequence behind": {`"type":"UPDATE","path":[[64501],64502,"64503"],"origin":"INCOMPLETE","announcements":[{"next_hop":"192.0.2.1","prefixes":["0.0.0.0/0"]}]`,
			[]string{route + "0.0.0.0/0 via 192.0.2.1 path {64501} 64502 64503 origin 2" + rest}},
		"pair of next hops": {`"type":"UPDATE","path":[64500],"origin":"IGP","announcements":[{"next_hop":"2001:db8::1,fe80::1","prefixes":["2001:db8::/32"]}]`,
			[]string{route + "2001:db8::/32 via 2001:db8::1 fe80::1 path 64500 origin 0" + rest}},
		"pair turned round": {`"type":"UPDATE","path":[64500],"origin":"IGP","announcements":[{"next_hop":"fe80::1, 2001:db8::1","prefixes":["2001:db8::/32"]}]`,
			[]string{route + "2001:db8::/32 via 2001:db8::1 fe80::1 path 64500 origin 0" + rest}},
		"pair as two announcements": {`"type":"UPDATE","path":[64500],"origin":"igp","announcements":[{"next_hop":"2001:db8::1","prefixes":["2001:db8::/32","2001:db8::/33"]},{"next_hop":"fe80::1","prefixes":["2001:db8::/32","2001:db8::/33"]}]`,
			[]string{route + "2001:db8::/32 via 2001:db8::1 fe80::1 path 64500 origin 0" + rest, route + "2001:db8::/33 via 2001:db8::1 fe80::1 path 64500 origin 0" + rest}},
		"link-local alone": {`"type":"UPDATE","path":[64500],"origin":"igp","announcements":[{"next_hop":"fe80::1","prefixes":["2001:db8::/32"]}]`,
			[]string{route + "2001:db8::/32 via fe80::1 path 64500 origin 0" + rest}},
		"IPv4 over IPv6": {`"type":"UPDATE","path":[64500],"origin":"igp","announcements":[{"next_hop":"2001:db8::1","prefixes":["198.51.100.0/24"]}]`,
			[]string{route + "198.51.100.0/24 via 2001:db8::1 path 64500 origin 0" + rest}},
		"IPv6 over IPv4": {`"type":"UPDATE","path":[64500],"origin":"igp","announcements":[{"next_hop":"192.0.2.1","prefixes":["2001:db8::/32"]}]`,
			[]string{route + "2001:db8::/32 via ::ffff:192.0.2.1 path 64500 origin 0" + rest}},
		"both families": {`"type":"UPDATE","path":[64500],"origin":"igp","announcements":[{"next_hop":"2001:db8::1","prefixes":["2001:db8::/32"]},{"next_hop":"192.0.2.1","prefixes":["198.51.100.0/24"]}]`,
			[]string{route + "198.51.100.0/24 via 192.0.2.1 path 64500 origin 0" + rest, route + "2001:db8::/32 via 2001:db8::1 path 64500 origin 0" + rest}},
		"no origin":      {`"type":"UPDATE","path":[64500],"announcements":[{"next_hop":"192.0.2.1","prefixes":["198.51.100.0/24"]}]`, []string{route + "198.51.100.0/24 via 192.0.2.1 path 64500 origin 2" + rest}},
		"nulls":          {`"raw":null,"med":null,"origin":"igp","otc":null,"type":"UPDATE","path":[64500],"announcements":[{"next_hop":"192.0.2.1","prefixes":["198.51.100.0/24"]}]`, []string{route + "198.51.100.0/24 via 192.0.2.1 path 64500 origin 0" + rest}},
		"end of a table": {`"type":"UPDATE","announcements":[{"next_hop":"192.0.2.1","prefixes":["eor"]}]`, nil},
		"empty":          {`"type":"UPDATE"`, nil},
		"down":           {`"type":"RIS_PEER_STATE","state":"down"`, []string{"S 1700000000.250000 AS64500 192.0.2.1 invalid Prefix up false"}},
		"connected":      {`"state":"connected","type":"STATE"`, []string{"S 1700000000.250000 AS64500 192.0.2.1 invalid Prefix up true"}},
		"keepalive":      {`"type":"KEEPALIVE"`, nil},
		"open":           {`"type":"OPEN","direction":"sent","version":4,"asn":12654,"capabilities":{"1":{"families":["ipv4/unicast"]}}`, nil},
		"new kind":       {`"type":"SOMETHING_NEW","payload":{"a":[{"b":-1.5e+3}]}`, nil},
	} {
		var d rislive.Decoder
		var m rislive.Message
		if err := d.Decode(&m, []byte(head+c.data+"}}")); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		rec, err := m.AppendRecord(nil)
		must(t, err)
		if diff := cmp.Diff(c.want, said(t, rec)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestDecodeRaw prefers the BGP message itself, widened where it is of a two-octet session.
func TestDecodeRaw(t *testing.T) {
	marker := strings.Repeat("F", 32)
	for name, c := range map[string]struct{ raw, want string }{
		"four octets": {marker + "0036020000001b40010100 40020a02020000FBF4FA56EA01 400304C0000201 C0080400010002 18C63364", "64500 4200000001"},
		"two octets":  {marker + "0039020000001e40010100 4002060202FBF45BA0 400304C0000201 C0110A02020000FBF4FA56EA01 18C63364", "64500 4200000001"},
	} {
		raw := strings.ReplaceAll(c.raw, " ", "")
		raw = raw[:32] + hex.EncodeToString([]byte{0, byte(len(raw) / 2)}) + raw[36:]
		attrs := len(raw)/2 - bgp.HeaderLen - 4 - 4
		raw = raw[:42] + hex.EncodeToString([]byte{0, byte(attrs)}) + raw[46:]
		var d rislive.Decoder
		var m rislive.Message
		must(t, d.Decode(&m, []byte(head+`"type":"UPDATE","path":[1,2],"raw":"`+raw+`"}}`)))
		rec, err := m.AppendRecord(nil)
		must(t, err)
		if got := said(t, rec); m.Rebuilt || len(got) != 1 || !strings.Contains(got[0], "198.51.100.0/24 via 192.0.2.1 path "+c.want+" origin") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestDecodeOthers(t *testing.T) {
	for data, want := range map[string]rislive.Message{
		`{"type":"ris_error","data":{"message":"client \u0074oo slow"}}`:                        {Type: rislive.Error, Text: "client too slow"},
		`{"data":["rrc00","RRC01.ripe.net"],"type":"ris_rrc_list"}`:                             {Type: rislive.Collectors, Collectors: []string{"rrc00", "rrc01"}},
		` {"type" : "ris_subscribe_ok" , "data":{"subscription":{},"socketOptions":null}} `:     {Type: rislive.Subscribed},
		`{"type":"pong","data":null}`:                                                           {Type: rislive.Pong},
		`{"type":"of a later version","data":[[1,-0.5e-3,true,false,{"a":{}}],[]],"more":"\/"}`: {},
	} {
		var d rislive.Decoder
		var got rislive.Message
		if err := d.Decode(&got, []byte(data)); err != nil {
			t.Errorf("%s: %v", data, err)
		} else if diff := cmp.Diff(want, got, cmp.Comparer(sameAddr)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", data, diff)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	update := func(s string) string { return head + `"type":"UPDATE","path":[64500],"origin":"igp",` + s + "}}" }
	hops := func(s string) string {
		return update(`"announcements":[{"next_hop":` + s + `,"prefixes":["2001:db8::/32"]}]`)
	}
	raw := func(s string) string { return update(`"raw":"` + s + `"`) }
	marker := strings.Repeat("FF", 16)
	all := map[string]string{
		``: "no JSON", `[]`: "no JSON", `{}`: "no type", `{"type":"ris_message"}`: "timestamp", `{"type":"pong"} x`: "octet 16", `{"type":"pong"`: "no JSON",
		`{"type":"ris_message","data":{"timestamp":1.}}`:    "no JSON",
		`{"type":"ris_message","data":{"timestamp":"now"}}`: "is no time", `{"type":"ris_message","data":{"timestamp":-1}}`: "is no time",
		`{"type":"ris_message","data":{"timestamp":5e9}}`:                   "is no time",
		`{"type":"ris_message","data":{"timestamp":1,"peer":"::1%a"}}`:      "no address",
		strings.Replace(head, `"64500"`, `"4294967296"`, 1) + `"x":1}}`:     "peer_asn",
		strings.Replace(head, "rrc00.ripe.net", "../../etc", 1) + `"x":1}}`: "no name of a collector",
		strings.Replace(head, "rrc00.ripe.net", "", 1) + `"x":1}}`:          "no name of a collector",
		`{"type":"ris_rrc_list","data":[1]}`:                                "no name", `{"type":"ris_rrc_list","data":"rrc00"}`: "no JSON",
		head + `"type":"STATE","state":7}}`: "state",
		raw("0"):                            "hexadecimal", raw("zz"): "hexadecimal", raw("FF"): "no BGP header", raw(marker + "001702" + "00000000" + "00"): "length",
		raw(marker + "001304"): "of type 4", raw(strings.Repeat("FF", 1<<16)): "longer than",
		hops(`""`): "no address", hops(`"fe80::1%eth0"`): "no address", hops(`"2001:db8::1,2001:db8::2"`): "two addresses", hops(`"2001:db8::1,fe80::1,fe80::2"`): "no address", hops("7"): "no address",
		update(`"announcements":[{"next_hop":"2001:db8::1","prefixes":["2001:db8::/32"]},{"next_hop":"2001:db8::2","prefixes":["2001:db8::/33"]}]`): "more next hops",
		update(`"announcements":[{"next_hop":"192.0.2.1","prefixes":["192.0.2.0/33"]}]`):                                                            "no prefix",
		update(`"announcements":["192.0.2.0/24"]`): "no JSON", update(`"announcements":{}`): "no JSON", update(`"withdrawals":[192]`): "no prefix",
		strings.Repeat(`{"a":`, 40):                   "no JSON",
		strings.Repeat(" ", rislive.MaxMessage) + "1": "longer than",
	}
	good := `"announcements":[{"next_hop":"192.0.2.1","prefixes":["192.0.2.0/24"]}],`
	for field, want := range map[string]string{
		`"path":["x"]`: "path", `"path":[[[1]]]`: "path", `"path":null`: "without a path", `"path":{}`: "path", `"origin":"sun"`: "origin", `"med":-1`: "med", `"otc":1.5`: "otc", `"aggregator":"1"`: "aggregator",
		`"aggregator":"1:::1"`: "aggregator", `"community":[[1]]`: "community", `"community":[[1,2,3]]`: "community", `"community":[[1,65536]]`: "community", `"large_community":[[1,2]]`: "large_community",
	} {
		all[update(good+field)] = want
	}
	var prefixes strings.Builder
	for i := range 20_000 {
		prefixes.WriteString(strings.Repeat(",", min(i, 1)) + `"198.51.100.0/24"`)
	}
	all[update(`"withdrawals":[`+prefixes.String()+"]")] = "longer than one can be"
	for data, want := range all {
		var d rislive.Decoder
		var m rislive.Message
		if err := d.Decode(&m, []byte(data)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.200s: %v, want %q", data, err, want)
		}
	}
}

// TestDecodeTime keeps every microsecond.
func TestDecodeTime(t *testing.T) {
	for text, want := range map[string][2]uint32{
		"1553627987.89": {1553627987, 890000}, "1553627987": {1553627987, 0}, "1740561857.910": {1740561857, 910000}, "1740561857.9999999": {1740561857, 999999},
		"0": {0, 0}, "4294967295.000001": {4294967295, 1}, "1.55362798789E9": {1553627987, 890000},
	} {
		var d rislive.Decoder
		var m rislive.Message
		must(t, d.Decode(&m, []byte(strings.Replace(head, "1700000000.25", text, 1)+`"type":"KEEPALIVE"}}`)))
		if got := [2]uint32{m.Sec, m.Micro}; got != want {
			t.Errorf("%s is read as %v", text, got)
		}
	}
}
