package notices

import (
	"strings"
	"testing"
	"time"

	"pahra/internal/desk/party"
	"pahra/internal/store"
	"pahra/wire/intelmq"
	"pahra/wire/values"
)

// TestResponsible: a network is told at its own contact, a national CERT and a registrar themselves, and who is responsible no more is not.
func TestResponsible(t *testing.T) {
	directory, err := party.NewDirectory([]party.Constituent{{ID: "bank", Name: "Bank", Languages: []string{"hi"}, Selectors: []party.Selector{{Kind: party.ByASN, Value: "64502"}},
		Contacts: []party.Contact{{Role: "abuse", Address: "mailto:soc@bank.example"}}}})
	if err != nil {
		t.Fatal(err)
	}
	policy, err := party.ReadPolicy([]byte("version: \"1\"\nhome: [IN]\nabroad: cert\n"))
	if err != nil {
		t.Fatal(err)
	}
	table, err := party.ReadContacts(strings.NewReader("kind,value,name,contact\nasn,64500,NOC,noc@home.example\nasn,64501,NOC,noc@abroad.example\ncountry,NP,npCERT,cert@example.np\nregistrar,Names,Abuse,abuse@names.example\n"))
	if err != nil {
		t.Fatal(err)
	}
	d := &party.Desk{Directory: directory, Policy: policy, Contacts: &party.Contacts{Tables: []*party.ContactTable{table}},
		Networks: map[values.ASN]*party.Network{64500: party.NewNetwork(64500, "HOME", "IN"), 64501: party.NewNetwork(64501, "ABROAD", "NP")}}
	r := Responsible{Desk: func(tenant string) *party.Desk {
		if tenant == store.National {
			return d
		}
		return nil
	}, Now: func() time.Time { return time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC) }}
	for of, test := range map[string]struct{ field, value, address, name, language string }{
		"as:64500":  {"source.asn", "64500", "noc@home.example", "HOME", ""},
		"cert:NP":   {"source.asn", "64501", "cert@example.np", "npCERT", ""},
		"c:bank":    {"source.asn", "64502", "soc@bank.example", "Bank", "hi"},
		"reg:Names": {"extra.registrar", "Names", "abuse@names.example", "Abuse", ""},
	} {
		e := new(intelmq.Event)
		for key, value := range map[string]string{"time.source": "2026-03-03T00:00:00+00:00", test.field: test.value} {
			if err := e.Add(key, value); err != nil {
				t.Fatal(err)
			}
		}
		c := store.DeskCase{Tenant: store.National, Party: of, Class: "fraud/phishing"}
		to, err := r.Recipient(t.Context(), c, []*intelmq.Event{e})
		reached, second := r.Reach(t.Context(), store.National, of)
		if err != nil || second != nil || to.Address != test.address || to.Name != test.name || to.Language != test.language || reached.Address != test.address || reached.Language != test.language {
			t.Errorf("%s: told %+v, reached %+v, %v, %v", of, to, reached, err, second)
		}
		c.Party = "as:64999"
		if to, err := r.Recipient(t.Context(), c, []*intelmq.Event{e}); err != nil || to.Address != "" {
			t.Errorf("somebody else than %s is told: %+v, %v", c.Party, to, err)
		}
		if to, err := r.Reach(t.Context(), "other", of); err != nil || to.Address != "" {
			t.Errorf("another team reaches %s: %+v, %v", of, to, err)
		}
	}
}
