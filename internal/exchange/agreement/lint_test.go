package agreement

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLint: each warning, by what in the example is changed for what.
func TestLint(t *testing.T) {
	found := read(t, example(t)).Lint()
	if len(found) != 2 {
		t.Errorf("the example gives %v", found)
	}
	for _, c := range [][3]string{
		{"max: TLP:AMBER ", "max: TLP:RED ", "clause 4.1: TLP:RED leaves by persons' hands"},
		{"unlabelled: TLP:AMBER", "unlabelled: TLP:CLEAR", "clause 4.1: what has no label"},
		{"fields: [source.asn, source.as_name", "fields: [source.network, source.asn, source.as_name", "clause 5.4: source.network is released whole: one longer than /24"},
		{"to: constituents", "to: nobody", "clause 6.1: nothing may be passed on (clause 6.6)"},
		{"delete_hours: 168", "delete_hours: 8760", "clause 6.8: what is recalled may be kept longer"},
		{"forbid: [malicious-code/malware", "forbid: [fraud, malicious-code/malware", "clause 4.2: permit fraud/phishing has no effect: clause 4.4 forbids fraud"},
		{"permit: [malicious-code/c2-server, vulnerable]", "forbid: [vulnerable]", "clause 6.3: from cert-atlantica nothing leaves: no clause permits"},
		{"v4: 24", "v4: 30", "clause 5.2: mask /30 /48 leaves few hosts"},
		{"action: release, fields: [destination.ip, ", "action: bucket, to: day, fields: [destination.ip, ", "clause 5.3: bucket cannot be done to destination.ip"},
		{"action: drop, fields: [raw", "action: release, fields: [raw", "clause 5.12: raw is released"},
		{"fields: [raw", "fields: [sorce.ip, raw", "clause 5.12: sorce.ip is no field of IntelMQ and no property of STIX"},
		{"fields: [raw", "fields: [sorce.*, raw", "clause 5.12: sorce.* is no field"},
		{"fields: [raw", "fields: [indicator.patern, raw", "clause 5.12: indicator.patern is no field"},
		{`clause: "5.1"`, `clause: "5.2"`, "clause 5.2: the number stands for two things"},
		{"action: release, fields: [classification.*, source.ip", "action: drop, fields: [classification.*, source.ip", "clause 6.3: from cert-atlantica nothing leaves: no field"},
	} {
		text := strings.Replace(example(t), c[0], c[1], 1)
		if strings.Contains(c[1], "source.network") {
			text = strings.Replace(text, "[source.ip, source.network, ", "[source.ip, ", 1)
		}
		if text == example(t) {
			t.Errorf("%q does not stand in the example", c[0])
		}
		if all := fmt.Sprint(read(t, text).Lint()); !strings.Contains(all, c[2]) {
			t.Errorf("%q gives %s, want %q", c[1], all, c[2])
		}
	}
}

func TestDiff(t *testing.T) {
	a := read(t, example(t))
	if c := Diff(a, a); len(c) != 0 {
		t.Errorf("it differs from itself: %v", c)
	}
	b := read(t, strings.NewReplacer("version: 3", "version: 4", "v4: 24", "v4: 16", "destination.asn, ", "", "max: TLP:GREEN", "max: TLP:AMBER", "[XU]", "[XU, XV]",
		"{clause: \"4.10\", objects: 200000, per: day}", "{clause: \"4.9a\", objects: 9, per: day}").Replace(example(t)))
	way := "directions[cert-nadia>cert-atlantica]."
	var want []Change
	for _, f := range []string{"ipv4-addr.value", "ipv6-addr.value", "source.ip", "source.network"} {
		want = append(want, Change{way + "fields[" + f + "].v4", "5.2", "24", "16"})
	}
	want = append([]Change{
		{"directions[cert-atlantica>cert-nadia].tlp.max", "6.1", `"TLP:GREEN"`, `"TLP:AMBER"`},
		{way + "fields[destination.asn].action", "5.3", `"release"`, ""}, {way + "fields[destination.asn].clause", "5.3", `"5.3"`, ""},
	}, want...)
	want = append(want,
		Change{way + "quotas[4.10].clause", "4.10", `"4.10"`, ""}, Change{way + "quotas[4.10].objects", "4.10", "200000", ""}, Change{way + "quotas[4.10].per", "4.10", `"day"`, ""},
		Change{way + "quotas[4.9a].clause", "4.9a", "", `"4.9a"`}, Change{way + "quotas[4.9a].objects", "4.9a", "", "9"}, Change{way + "quotas[4.9a].per", "4.9a", "", `"day"`},
		Change{way + "scope.countries[XV]", "4.5", "", `"XV"`}, Change{"version", "", "3", "4"})
	if diff := cmp.Diff(want, Diff(a, b)); diff != "" {
		t.Error(diff)
	}
}
