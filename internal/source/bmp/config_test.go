package bmp

import (
	"log/slog"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"pahra/internal/source/catalogue"
	wire "pahra/wire/bmp"
)

func TestConfig(t *testing.T) {
	for text, want := range map[string]string{
		"listen: 127.0.0.1:1790":                                     "",
		"listen: '[::1]:1790'":                                       "",
		"listen: ':1790'\nallow: [192.0.2.0/24, '2001:db8::1']":      "",
		"listen: 192.0.2.1:1790\nallow: ['0.0.0.0/0']":               "",
		"listen: 127.0.0.1:1790\nidle: 10m\nstall: 5s":               "",
		"listen: 127.0.0.1:1790\nview: loc-rib\ninstance: '64500:7'": "",
		"{}":                                     "not an address and port",
		"listen: 127.0.0.1":                      "not an address and port",
		"listen: 127.0.0.1:bmp":                  "no port number",
		"listen: host.example:1790":              "not an address of this machine",
		"listen: ':1790'":                        "allow is missing",
		"listen: 192.0.2.1:1790":                 "allow is missing",
		"listen: 127.0.0.1:1790\nallow: [all]":   "neither an address nor a prefix",
		"listen: 127.0.0.1:1790\nview: out":      "none of pre-policy",
		"listen: 127.0.0.1:1790\ninstance: blue": "neither a route distinguisher",
		"listen: 127.0.0.1:1790\nmax_peers: -1":  "below 0",
		"listen: 127.0.0.1:1790\nidle: -1s":      "below 0",
		"listen: 127.0.0.1:1790\nrouters: [{}]":  "not an address",
		"listen: 127.0.0.1:1790\nrouters: [{address: 192.0.2.1}, {address: '::ffff:192.0.2.1'}]":                         "there twice",
		"listen: 127.0.0.1:1790\nrouters: [{address: 192.0.2.1, collector: ../x}]":                                       "no name of a collector",
		"listen: 127.0.0.1:1790\nrouters: [{address: 192.0.2.1, view: out}]":                                             "192.0.2.1: view",
		"listen: 127.0.0.1:1790\nrouters: [{address: 192.0.2.1, collector: a}, {address: 192.0.2.2, collector: a}]":      "two are named a",
		"listen: 127.0.0.1:1790\nrouters: [{address: 192.0.2.1, collector: a, view: loc-rib, instance: '4200000001:7'}]": "",
	} {
		d := yaml.NewDecoder(strings.NewReader(text))
		d.KnownFields(true)
		var c Config
		if err := d.Decode(&c); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		err := c.Check()
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
		if _, err := New("x", c, newMemory(t), slog.New(slog.DiscardHandler)); want != "" && err == nil {
			t.Errorf("%s: New takes it", text)
		}
	}
	p, err := Config{Listen: "127.0.0.1:1", View: "loc-rib", Instance: "1:2", Routers: []Router{{Address: "::ffff:192.0.2.1", View: "post-policy"}}}.plan()
	if err != nil || p.MaxRouters != 64 || p.Stall != time.Minute || p.others.view != wire.LocRIBView {
		t.Errorf("%+v, %v", p, err)
	}
	if r := p.routers[netip.MustParseAddr("192.0.2.1")]; r.view != wire.AdjRIBInPost || r.distinguisher != 1<<32|2 {
		t.Errorf("the router has %+v", r)
	}
}

func TestInstances(t *testing.T) {
	for text, want := range map[string]uint64{
		"": 0, "0": 0, "17": 17, "64500:7": 64500<<32 | 7, "65535:4294967295": 65535<<32 | 4294967295, "65536:7": 2<<48 | 65536<<16 | 7,
		"192.0.2.1:7": 1<<48 | 0xc0000201<<16 | 7,
	} {
		if got, err := parseInstance(text); err != nil || got != want {
			t.Errorf("%q: %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"x", "-1", "1:", ":1", "65536:65536", "192.0.2.1:65536", "4294967296:1", "1:4294967296", "::1:2"} {
		if got, err := parseInstance(text); err == nil {
			t.Errorf("%q is %d", text, got)
		}
	}
}

func TestSafeName(t *testing.T) {
	for text, want := range map[string]string{
		"core1": "core1", "Core1.Example.NET": "core1.example.net", "a b//c": "a-b-c", "..x..": "x", "a.-b": "a-b", "a..b": "a-b", "": "", "..": "",
		"é": "", "rrc00": "", "RRC01": "", "route-views2": "", "route-views.linx": "", "rrc": "rrc", strings.Repeat("x", 100): strings.Repeat("x", maxName-1),
	} {
		if got := safeName(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := addressName(netip.MustParseAddr("2001:db8::1")); got != "2001-0db8-0000-0000-0000-0000-0000-0001" {
		t.Error(got)
	}
}

// TestNamesAreSafe: whatever a router calls itself, its name is one of a collector, and the same for the same text.
func TestNamesAreSafe(t *testing.T) {
	lower := regexp.MustCompile(`^[a-z0-9.-]*$`)
	rapid.Check(t, func(t *rapid.T) {
		name := safeName(rapid.OneOf(rapid.String(), rapid.StringOf(rapid.RuneFrom([]rune("aZ09.-_/ \x00")))).Draw(t, "text"))
		if name != "" && (!catalogue.ValidCollector(name) || len(name) > maxName || !lower.MatchString(name)) {
			t.Fatalf("%q", name)
		}
		if again := safeName(name); again != name {
			t.Fatalf("%q becomes %q", name, again)
		}
	})
}
