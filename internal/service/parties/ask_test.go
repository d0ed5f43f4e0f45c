package parties

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pahra/internal/desk/party"
	"pahra/internal/source/rdap"
	"pahra/internal/source/securitytxt"
	"pahra/wire/intelmq"
)

// TestAsk: a registry is asked for the address, and its answer goes before the national CERT and behind what is at hand.
func TestAsk(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/ip/192.0.2.7":
			fmt.Fprint(w, `{"objectClassName":"ip network","startAddress":"192.0.2.0","endAddress":"192.0.2.255",
				"entities":[{"roles":["abuse"],"vcardArray":["vcard",[["email",{},"text","abuse@rdap.example"]]]}]}`)
		case "/domain/a.example":
			fmt.Fprint(w, `{"objectClassName":"domain","ldhName":"a.example"}`)
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	registry, err := rdap.New(rdap.Config{URL: server.URL}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	sites := securitytxt.New(time.Now)
	defer sites.Close()
	askers := Askers(registry, sites)
	d := open(t, Options{Now: time.Now, Documents: map[string][]byte{CERTs: []byte("country,email\nIN,cert@example.in\n")}}).Desk("")
	e := event(t, time.Unix(1e9, 0), "192.0.2.7")
	if err := e.Add("source.asn", "64500"); err != nil {
		t.Fatal(err)
	}
	v := d.Bench(t.Context(), code, e)
	if v.Contact != "" || v.Notice != party.NoticeNobody {
		t.Errorf("before it was asked: %+v", v)
	}
	d.Ask(t.Context(), &v, askers)
	if v.Contact != "abuse@rdap.example" || v.Notice != party.NoticeSent || !strings.Contains(v.ContactFrom, "192.0.2.7") {
		t.Errorf("%+v", v)
	}
	for f, want := range map[party.Facts]string{
		{ASN: 1}: "names nobody for AS1", {Name: "a.example"}: "names nobody for a.example", {}: "nothing to ask",
		{Addr: netip.MustParseAddr("2001:db8::1")}: "names nobody for 2001:db8::1",
	} {
		if address, _, none := askers[party.FromRDAP].Ask(t.Context(), &f); address != "" || !strings.Contains(none, want) {
			t.Errorf("%+v: %q %q", f, address, none)
		}
	}
	if address, _, none := askers[party.FromSecurityTxt].Ask(t.Context(), &party.Facts{}); address != "" || none == "" {
		t.Errorf("%q %q", address, none)
	}
	if len(Askers(nil, nil)) != 0 {
		t.Error("nobody asks")
	}
	var empty intelmq.Event
	v = d.Bench(t.Context(), code, &empty)
	if d.Ask(t.Context(), &v, nil); v.Notice != party.NoticeNobody {
		t.Errorf("%+v", v)
	}
}
