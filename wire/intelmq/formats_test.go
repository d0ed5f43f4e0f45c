package intelmq

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestFormats: what IntelMQ 3.3's harmonisation makes of a text; "" is refused.
func TestFormats(t *testing.T) {
	for _, test := range []struct{ key, text, want string }{
		{"source.ip", "192.0.2.1", "192.0.2.1"}, {"source.ip", " 192.0.2.1 ", "192.0.2.1"}, {"source.ip", "192.0.2.1/32", "192.0.2.1"},
		{"source.ip", "3232235777", "192.168.1.1"}, {"source.ip", "2001:DB8::0:1", "2001:db8::1"}, {"source.ip", "fe80::1%eth0", "fe80::1"},
		{"source.ip", "192.0.2.01", ""}, {"source.ip", "192.0.2.0/24", ""}, {"source.ip", "0.0.0.0", ""}, {"source.ip", "host", ""}, {"source.ip", "0", ""},
		{"source.network", "192.0.2.7/24", "192.0.2.0/24"}, {"source.network", "192.0.2.7", "192.0.2.7/32"}, {"source.network", "10.0.0.0/255.0.0.0", "10.0.0.0/8"},
		{"source.network", "2001:db8::1/32", "2001:db8::/32"}, {"source.network", "10.0.0.0/33", ""}, {"source.network", "10.0.0.0/255.0.255.0", ""},
		{"source.asn", "AS64500", "64500"}, {"source.asn", "064500", "64500"}, {"source.asn", "0", ""}, {"source.asn", "4294967296", ""}, {"source.asn", "AS", ""},
		{"source.port", "80", "80"}, {"source.port", "+0080", "80"}, {"source.port", "65536", ""}, {"source.port", "-1", ""}, {"source.port", "http", ""},
		{"rtir_id", "-0", "0"}, {"rtir_id", "-07", "-7"},
		{"source.fqdn", "WWW.Example.ORG.", "www.example.org"}, {"source.fqdn", "_dmarc.example.org", "_dmarc.example.org"}, {"source.fqdn", "localhost", "localhost"},
		{"source.fqdn", "bücher.example", "xn--bcher-kva.example"}, {"source.fqdn", "例え。テスト", "xn--r8jz45g.xn--zckzah"}, {"source.fqdn", "a..b", ""},
		{"source.fqdn", "192.0.2.1", ""}, {"source.fqdn", "192.0.2.1:80", ""}, {"source.fqdn", "a/b", ""}, {"source.fqdn", "http://a/", ""}, {"source.fqdn", ".", ""},
		{"source.fqdn", strings.Repeat("a", 64) + ".example", ""}, {"source.fqdn", strings.Repeat("abc.", 64) + "example", ""},
		{"source.url", "hxxps://example.org/x y", "https://example.org/x y"}, {"source.url", "//example.org", "//example.org"}, {"source.url", "file:///etc/passwd", "file://localhost/etc/passwd"},
		{"source.url", "http://[2001:db8::1]/", "http://[2001:db8::1]/"}, {"source.url", "http:///x", ""}, {"source.url", "example.org/x", ""}, {"source.url", "http://[x/", ""}, {"source.url", "1http://x", ""},
		{"source.geolocation.cc", "in", "IN"}, {"source.geolocation.cc", "IND", ""}, {"source.geolocation.cc", "i?", ""},
		{"source.geolocation.latitude", "12.9700", "12.97"}, {"source.geolocation.latitude", "5", "5.0"}, {"source.geolocation.latitude", "1e-5", "1e-05"},
		{"source.geolocation.latitude", "1234567", "1234567.0"}, {"source.geolocation.latitude", "1e16", "1e+16"}, {"source.geolocation.latitude", "nan", ""}, {"source.geolocation.latitude", "north", ""},
		{"feed.accuracy", "99.9", "99.9"}, {"feed.accuracy", "101", ""}, {"source.tor_node", "True", "true"}, {"source.tor_node", "0", "false"}, {"source.tor_node", "yes", ""},
		{"source.registry", "ripe-ncc", "RIPE"}, {"source.registry", "IANA", ""},
		{"tlp", "tlp:amber", "AMBER"}, {"tlp", "TLP:AMBER+STRICT", "AMBER+STRICT"}, {"tlp", "yellow", "AMBER"}, {"tlp", "white", "WHITE"}, {"tlp", "TLP:PURPLE", ""},
		{"severity", "High", "high"}, {"severity", "9", ""},
		{"malware.name", "Mirai.A", "mirai.a"}, {"malware.name", "mirai\u00e9", ""}, {"malware.hash.md5", "d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204e9800998ecf8427e"}, {"malware.hash.sha1", strings.Repeat("a", 201), ""},
		{"protocol.transport", "TCP", "tcp"}, {"protocol.transport", "ipv6-icmp", "ipv6-icmp"}, {"protocol.transport", "tls", ""}, {"protocol.transport", "ip icmp", ""},
		{"protocol.application", "HTTP", "http"}, {"protocol.application", strings.Repeat("x", 101), ""},
		{"classification.taxonomy", "Malicious Code", "malicious-code"}, {"classification.taxonomy", "crime", ""},
		{"classification.type", "botnet drone", "infected-system"}, {"classification.type", "C&C", "c2-server"}, {"classification.type", "blacklist", "blacklist"}, {"classification.type", "evil", ""},
		{"event_hash", "abcdef", "ABCDEF"}, {"event_hash", "xyz", ""}, {"misp.event_uuid", "0A0B0C0D-0000-4000-8000-000000000001", "0a0b0c0d-0000-4000-8000-000000000001"}, {"misp.event_uuid", "0a0b0c0d", ""},
		{"raw", "YWJj", "YWJj"}, {"raw", "not base64", ""}, {"output", `{"a":[1]}`, `{"a":[1]}`}, {"output", "{", ""},
		{"comment", strings.Repeat("x", 65537), ""}, {"comment", "a\xffb", "a\ufffdb"}, {"extra.x", strings.Repeat("x", 65537), ""},
	} {
		var e Event
		err := e.Add(test.key, test.text)
		if got := e.Text(test.key); got != test.want || (err != nil) != (test.want == "") {
			t.Errorf("%s %.60q: %.60q, %v, want %.60q", test.key, test.text, got, err, test.want)
		}
	}
	var e Event
	for _, nothing := range []string{"", "  ", "-", "N/A"} {
		if err := e.Add("comment", nothing); err != nil || len(e.Fields()) > 0 {
			t.Errorf("%q: %v, %v", nothing, e.Fields(), err)
		}
	}
	if err := e.Add("source.colour", "red"); !errors.Is(err, ErrUnknown) {
		t.Errorf("an unknown field: %v", err)
	}
}

func TestMoments(t *testing.T) {
	for text, want := range map[string]string{
		"2018-04-14 00:14:34":              "2018-04-14T00:14:34+00:00",
		"2018-04-14 00:14:34 UTC":          "2018-04-14T00:14:34+00:00",
		"2018-04-14T00:14:34+00:00":        "2018-04-14T00:14:34+00:00",
		"2018-04-14T05:44:34+05:30":        "2018-04-14T00:14:34+00:00",
		"2018-04-14T00:14:34Z":             "2018-04-14T00:14:34+00:00",
		"2018-04-14 00:14:34.5":            "2018-04-14T00:14:34.500000+00:00",
		"2018-04-14T00:14:34.123456789Z":   "2018-04-14T00:14:34.123456+00:00",
		"Thu, 19 Apr 2018 13:32:41 GMT":    "2018-04-19T13:32:41+00:00",
		"Thur, 19 Apr 2018 13:32:41 GMT":   "2018-04-19T13:32:41+00:00",
		"Thu, 19 Apr 2018 13:32:41 +0530":  "2018-04-19T08:02:41+00:00",
		"Thursday, 19-Apr-18 13:32:41 GMT": "2018-04-19T13:32:41+00:00",
		"Apr  9 13:32:41 2018 GMT":         "2018-04-09T13:32:41+00:00",
		"2018-04-14":                       "2018-04-14T00:00:00+00:00",
		"20180414T001434Z":                 "2018-04-14T00:14:34+00:00",
		"2020-02-29 23:59:59":              "2020-02-29T23:59:59+00:00",
		"2019-02-29 00:00:00":              "",
		"2018-13-01 00:00:00":              "",
		"2018-04-31 00:00:00":              "",
		"2018-04-14 24:00:00":              "",
		"2018-04-14 00:60:00":              "",
		"2018-04-14 00:14:3x":              "",
		"2018-04-14 00:14:34 EST":          "",
		"yesterday":                        "",
		"19 Foo 2018 13:32:41":             "",
		"31 Feb 2018 13:32:41":             "",
	} {
		v, err := moment(text)
		if v.Text != want || (err != nil) != (want == "") {
			t.Errorf("%q: %q, %v, want %q", text, v.Text, err, want)
		}
	}
}

// TestFloats: the fast way writes a number as the slow one.
func TestFloats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[0-9]{1,9}(\.[0-9]{1,8})?`).Draw(t, "text")
		if rapid.Bool().Draw(t, "any") {
			text = strconv.FormatFloat(rapid.Float64().Draw(t, "f"), 'g', -1, 64)
		}
		f, _ := strconv.ParseFloat(text, 64)
		got, err := float(text)
		back, _ := strconv.ParseFloat(got.Text, 64)
		if err != nil || got != FloatOf(f) || back != f || math.Signbit(back) != math.Signbit(f) {
			t.Fatalf("%q: %q, want %q: %v", text, got.Text, FloatOf(f).Text, err)
		}
	})
}

// TestPunycode: the samples of RFC 3492, section 7.1, in lower case.
func TestPunycode(t *testing.T) {
	for text, want := range map[string]string{
		"他们为什么不说中文":                    "ihqwcrb4cv8a8dqg056pqjye",
		"почемужеонинеговорятпорусски": "b1abfaaepdrnnbgefbadotcwatmq2g4l",
		"3年b組金八先生":                     "3b-ww4c5e180e575a65lsy2b",
		"ひとつ屋根の下2":                     "2-u9tlzr9756bt3uc0v",
	} {
		if got := punycode([]rune(text)); got != want && want != "" {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
