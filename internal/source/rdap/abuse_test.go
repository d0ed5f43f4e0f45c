package rdap

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pahra/internal/testdata"
)

const sampleIP = `{"objectClassName":"ip network","startAddress":"192.0.2.0","endAddress":"192.0.2.255","entities":[
 {"roles":["registrant"],"vcardArray":["vcard",[["fn",{},"text","Example"]]],"entities":[
  {"roles":["abuse"],"vcardArray":["vcard",[["version",{},"text","4.0"],["email",{},"text","Abuse@Example.net"]]]}]}]}`

const sampleDomain = `{"objectClassName":"domain","ldhName":"EXAMPLE.ORG","entities":[
 {"roles":["registrar"],"vcardArray":["vcard",[["fn",{},"text"," Names Ltd "]]],"entities":[
  {"roles":["abuse"],"vcardArray":["vcard",[["email",{},"text","abuse@names.example"]]]}]}]}`

func TestAbuse(t *testing.T) {
	now, asked := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), 0
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		switch {
		case strings.HasPrefix(r.URL.Path, "/ip/192.0.2."), r.URL.Path == "/ip/198.51.100.1":
			fmt.Fprint(w, sampleIP)
		case r.URL.Path == "/autnum/64500":
			fmt.Fprint(w, sample)
		case r.URL.Path == "/domain/example.org":
			fmt.Fprint(w, sampleDomain)
		default:
			http.NotFound(w, r)
		}
	}, func() time.Time { return now })
	address := netip.MustParseAddr("192.0.2.7")
	for range 2 {
		if a, err := c.AbuseOfAddress(t.Context(), address); a.Mail != "abuse@example.net" || a.Source == "" || err != nil {
			t.Errorf("%+v, %v", a, err)
		}
	}
	if a, err := c.AbuseOfNetwork(t.Context(), 64500); a.Mail != "abuse@example.net" || err != nil {
		t.Errorf("%+v, %v", a, err)
	}
	if a, err := c.AbuseOfDomain(t.Context(), "example.org"); a.Mail != "abuse@names.example" || a.Registrar != "Names Ltd" || err != nil {
		t.Errorf("%+v, %v", a, err)
	}
	if a, err := c.AbuseOfNetwork(t.Context(), 1); a.Mail != "" || err != nil {
		t.Errorf("an unknown network: %+v, %v", a, err)
	}
	if a, err := c.AbuseOfAddress(t.Context(), netip.MustParseAddr("198.51.100.1")); err == nil {
		t.Errorf("an answer about another address: %+v", a)
	}
	if asked != 5 {
		t.Errorf("asked %d times", asked)
	}
	for i := range 100 {
		_, err := c.AbuseOfAddress(t.Context(), netip.AddrFrom4([4]byte{192, 0, 2, byte(100 + i)}))
		if want := asked == 30; err != nil && (!want || !errors.Is(err, ErrBusy)) {
			t.Fatalf("after %d questions: %v", asked, err)
		}
	}
	now = now.Add(time.Minute)
	if _, err := c.AbuseOfAddress(t.Context(), netip.MustParseAddr("192.0.2.250")); err != nil || asked != 31 {
		t.Errorf("a minute later: %v, asked %d times", err, asked)
	}
}

// TestAbuseReal reads a real registry's answer about a domain.
func TestAbuseReal(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(testdata.Real(t), "cti", "rdap", "testdata", "rdap", "rdap.nic.cz", "domain-example.cz.json"))
	if err != nil {
		t.Fatal(err)
	}
	c := client(t, func(w http.ResponseWriter, _ *http.Request) { w.Write(text) }, time.Now)
	if a, err := c.AbuseOfDomain(t.Context(), "example.cz"); err != nil || a.Source == "" {
		t.Errorf("%+v, %v", a, err)
	}
}

func FuzzParseAbuse(f *testing.F) {
	f.Add([]byte(sampleIP))
	f.Add([]byte(sampleDomain))
	f.Fuzz(func(t *testing.T, text []byte) {
		a, err := parseAbuse(text, "x", func(*object) error { return nil })
		if err == nil && strings.ContainsAny(a.Mail, " \n") {
			t.Errorf("%q", a.Mail)
		}
	})
}
