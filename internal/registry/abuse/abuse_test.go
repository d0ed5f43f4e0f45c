package abuse

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"pahra/wire/rpsl"
	"pahra/wire/values"
)

const dump = `aut-num: AS64500
as-name: EXAMPLE
org: ORG-EX1-RIPE
source: RIPE

aut-num: AS64501
as-name: DIRECT
abuse-c: AR1-RIPE
org: ORG-EX1-RIPE
source: RIPE

aut-num: AS64502
as-name: NOBODY
abuse-c: GONE-RIPE
source: RIPE

aut-num: AS64503
as-name: CLAIMED
abuse-c: AR1-RIPE
source: RADB

organisation: ORG-EX1-RIPE
org-name: Example
abuse-c: AR2-RIPE
source: RIPE

role: Abuse of Direct
nic-hdl: AR1-RIPE
abuse-mailbox: Abuse@Direct.example
source: RIPE

role: Abuse of Example
nic-hdl: AR2-RIPE
abuse-mailbox: abuse@example.net
source: RIPE

irt: IRT-EX-AP
abuse-mailbox: irt@example.org
source: APNIC

inetnum: 192.0.2.0 - 192.0.2.191
netname: EX
mnt-irt: IRT-EX-AP
source: APNIC

inetnum: 192.0.2.128 - 192.0.2.143
netname: NOTHING
source: APNIC

inet6num: 2001:db8::/32
org: ORG-EX1-RIPE
source: RIPE

inetnum: 192.0.2.200 - 192.0.2.100
mnt-irt: IRT-EX-AP
source: APNIC
`

func TestBook(t *testing.T) {
	var b Builder
	bad := 0
	report := func(values.Problem) { bad++ }
	rd := rpsl.Reader{Classes: Classes(), At: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
	err := rd.Read(strings.NewReader(dump), report, func(o *rpsl.Object) error {
		if err := b.AddRPSL(o); err != nil {
			bad++
		}
		return nil
	})
	if err != nil || bad != 1 {
		t.Fatalf("%v, %d bad", err, bad)
	}
	b.AddPeeringDB(64500, "NOC@example.net", "NOC")
	b.AddPeeringDB(64500, "other@example.net", "Abuse")
	b.AddPeeringDB(64501, "no mailbox", "Abuse")
	book := b.Build()
	for asn, want := range map[values.ASN]string{64500: "abuse@example.net", 64501: "abuse@direct.example", 64502: "", 64503: ""} {
		if m, found := book.Network(asn); m.Address != want || found != (want != "") {
			t.Errorf("AS%d: %+v, want %q", asn, m, want)
		}
	}
	for address, want := range map[string]string{"192.0.2.130": "irt@example.org", "192.0.2.192": "", "2001:db8::1": "abuse@example.net", "::ffff:192.0.2.1": "irt@example.org"} {
		if m, _ := book.Address(netip.MustParseAddr(address)); m.Address != want {
			t.Errorf("%s: %+v, want %q", address, m, want)
		}
	}
	if m, _ := book.PeeringDB(64500); m.Address != "noc@example.net" || !strings.Contains(m.Source, "AS64500") {
		t.Errorf("%+v", m)
	}
	if _, found := book.PeeringDB(64501); found {
		t.Error("what is no mailbox is one")
	}
	empty := new(Book)
	if m, found := empty.Network(64500); found || empty.Registries() || empty.HasPeeringDB() || !book.Registries() || !book.HasPeeringDB() {
		t.Error(m)
	}
}
