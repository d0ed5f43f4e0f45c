package rdap

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/account"
	"pahra/wire/values"
)

// sample is an answer of our own making, in the form that RIRs give.
const sample = `{"rdapConformance":["rdap_level_0"],"objectClassName":"autnum","handle":"AS64500","startAutnum":64500,"endAutnum":64500,
"remarks":[{"title":"remarks","description":["peering: see below","pahra-claim=0123"]}],
"entities":[
 {"objectClassName":"entity","handle":"N1","roles":["technical","noc"],"vcardArray":["vcard",[["version",{},"text","4.0"],["fn",{},"text","NOC"],["email",{},"text","NOC@example.net"]]]},
 {"objectClassName":"entity","handle":"O1","roles":["registrant"],"vcardArray":["vcard",[["email",{},"text","boss@example.net"]]],
  "entities":[{"roles":["abuse"],"vcardArray":["vcard",[["email",{"pref":"1"},"text","abuse@example.net"],["tel",{},"uri","tel:1"]]]}]},
 {"objectClassName":"entity","roles":["administrative"],"vcardArray":["vcard"]}]}`

func client(t *testing.T, h http.HandlerFunc, now func() time.Time) *Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	c, err := New(Config{URL: server.URL + "/"}, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.http.CloseIdleConnections)
	return c
}

func TestAsk(t *testing.T) {
	now, asked := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), 0
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		switch r.URL.Path {
		case "/autnum/64500":
			fmt.Fprint(w, sample)
		case "/autnum/64501":
			http.Redirect(w, r, "/elsewhere/autnum/64501", http.StatusFound)
		case "/elsewhere/autnum/64501":
			fmt.Fprint(w, strings.ReplaceAll(sample, "64500", "64501"))
		default:
			http.NotFound(w, r)
		}
	}, func() time.Time { return now })
	host := strings.TrimPrefix(c.base, "http://")
	want := []account.Contact{{Role: "technical", Source: host, Address: "noc@example.net"}, {Role: "noc", Source: host, Address: "noc@example.net"},
		{Role: "abuse", Source: host, Address: "abuse@example.net"}}
	for _, asn := range []values.ASN{64500, 64501} {
		got, err := c.Contacts(t.Context(), asn)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("AS%d: %v %s", asn, err, diff)
		}
	}
	remarks, err := c.Remarks(t.Context(), 64500)
	if err != nil || len(remarks) != 1 || !strings.Contains(remarks[0].Text, "pahra-claim=0123") || asked != 3 {
		t.Errorf("%+v, %v, asked %d times", remarks, err, asked)
	}
	now = now.Add(2 * time.Minute)
	if _, err := c.Remarks(t.Context(), 64500); err != nil || asked != 4 {
		t.Errorf("after two minutes it was asked %d times, %v", asked, err)
	}
	if got, err := c.Contacts(t.Context(), 1); err != nil || len(got) != 0 {
		t.Errorf("an unknown network: %v, %v", got, err)
	}
}

func TestBadAnswers(t *testing.T) {
	answers := map[string]http.HandlerFunc{
		"another": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, strings.ReplaceAll(sample, "64500", "64999"))
		},
		"no JSON": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") },
		"entity":  func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"objectClassName":"entity"}`) },
		"busy":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) },
		"long":    func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat(" ", maxAnswer+1)) },
		"in clear": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://rdap.example/autnum/1", http.StatusFound)
		},
		"in rings": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) },
	}
	for name, h := range answers {
		if got, err := client(t, h, time.Now).Contacts(t.Context(), 64500); err == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
	block := strings.Replace(sample, `"endAutnum":64500`, `"endAutnum":64600`, 1)
	c := client(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, block) }, time.Now)
	if got, err := c.Contacts(t.Context(), 64500); err != nil || len(got) != 0 {
		t.Errorf("a block that nobody holds: %v, %v", got, err)
	}
}

func TestConfig(t *testing.T) {
	for _, bad := range []Config{{}, {URL: "http://rdap.example"}, {URL: "https://u:p@rdap.example"}, {URL: "rdap.example"}, {URL: "https://rdap.example", Timeout: -1}} {
		if bad.Check() == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
	if err := (&Config{URL: "https://rdap.example"}).Check(); err != nil {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte(`{"objectClassName":"autnum","startAutnum":1,"endAutnum":64500,"entities":[{"entities":[{"entities":[{}]}]}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		n, err := parse(text, 64500, "x")
		if err == nil && len(n.contacts) > maxEntities*len(roles())*100 {
			t.Fatal("more contacts than there is room for")
		}
	})
}
