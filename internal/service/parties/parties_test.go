package parties

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pahra/internal/account"
	"pahra/internal/desk/class"
	"pahra/internal/desk/party"
	"pahra/internal/routes/origins"
	"pahra/internal/store"
	"pahra/internal/store/storetest"
	"pahra/internal/testdata"
	"pahra/internal/world"
	"pahra/wire/intelmq"
	"pahra/wire/values"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// small is a made-up Internet in a folder.
func small(t *testing.T) (data string, p world.Params, truth world.Truth) {
	t.Helper()
	p, data = world.Defaults(1), filepath.Join(t.TempDir(), "data")
	p.Networks, p.Prefixes = 100, 300
	truth, err := world.Write(testdata.Folder(data), p)
	if err != nil {
		t.Fatal(err)
	}
	return data, p, truth
}

func open(t *testing.T, opt Options) *Desks {
	t.Helper()
	opt.Say = t.Logf
	d, err := Open(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func event(t *testing.T, at time.Time, address string) *intelmq.Event {
	t.Helper()
	var e intelmq.Event
	if err := e.Add("source.ip", address); err != nil {
		t.Fatal(err)
	}
	e.Set("time.source", intelmq.Value{Text: at.Format(time.RFC3339)})
	return &e
}

var code = class.Code{Class: "vulnerable", Type: "vulnerable-system"}

// TestOwn: a data folder tells networks, the store constituents; a change of the store counts when it is read again, and
// for its tenant alone.
func TestOwn(t *testing.T) {
	data, p, _ := small(t)
	at := p.Start.Add(time.Hour)
	s := storetest.Open(t, storetest.SQLite(t))
	d := open(t, Options{Store: s, Data: data, Now: func() time.Time { return at }})
	space := d.Desk("national").Space.Tables()
	if len(space) == 0 || space[0].Len() < 100 || len(d.Desk("national").Networks) < 100 {
		t.Fatalf("%d tables, %d networks", len(space), len(d.Desk("national").Networks))
	}
	address, asn := somebody(t, d, at)
	e := event(t, at, address)
	own := d.Own(t.Context(), "national", code, e)
	n := d.Desk("national").Networks[asn]
	if own != "as:"+asn.String() || e.Text("source.asn") != asn.String() || e.Text("source.as_name") != n.Name || e.Text("source.geolocation.cc") != n.Country {
		t.Errorf("%s, %s %s: %+v", own, e.Text("source.asn"), e.Text("source.as_name"), n)
	}
	put(t, s, "id,record,kind,value,name,criticality\nbank,constituent,,,Bank,high\nbank,selector,prefix,"+address+",,\n")
	if own := d.Own(t.Context(), "national", code, event(t, at, address)); own != "as:"+asn.String() {
		t.Errorf("%s before it was read again", own)
	}
	if err := d.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	for tenant, want := range map[string]string{"national": "c:bank", "state": "as:" + asn.String()} {
		if own := d.Own(t.Context(), tenant, code, event(t, at, address)); own != want {
			t.Errorf("%s: %s, want %s", tenant, own, want)
		}
	}
	for _, test := range []struct{ tenant, party, want string }{{"national", "c:bank", "high"}, {"state", "c:bank", ""}, {"national", "as:1", ""}, {"national", "c:none", ""}} {
		if got := d.Criticality(test.tenant, test.party); got != test.want {
			t.Errorf("%+v: %q", test, got)
		}
	}
	before := d.Desk("national")
	if err := d.Refresh(t.Context()); err != nil || d.Desk("national").Directory != before.Directory || d.Desk("national").Space != before.Space {
		t.Errorf("what did not change was read again, %v", err)
	}
}

// TestGive: tables of one who watches are used from their time on; kept are the last and the first of each day.
func TestGive(t *testing.T) {
	d := open(t, Options{Now: time.Now})
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for hour := range 60 {
		var b origins.Builder
		b.Add(netip.MustParsePrefix("192.0.2.0/24"), values.ASN(64500+hour))
		d.Give(b.Build(noon.Add(time.Duration(hour) * time.Hour)))
	}
	for at, want := range map[time.Duration]string{-time.Hour: "none", 11 * time.Hour: "none", 13 * time.Hour: "as:64512", 40 * time.Hour: "as:64536", 59 * time.Hour: "as:64559", 100 * time.Hour: "as:64559"} {
		if own := d.Own(t.Context(), "national", code, event(t, noon.Add(at), "192.0.2.1")); own != want {
			t.Errorf("after %s: %s, want %s", at, own, want)
		}
	}
	if err := d.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if own := d.Own(t.Context(), "national", code, event(t, noon.Add(60*time.Hour), "192.0.2.1")); own != "as:64559" {
		t.Errorf("after it was read again: %s", own)
	}
}

// somebody gives an address that somebody announced of whom more is known.
func somebody(t *testing.T, d *Desks, at time.Time) (string, values.ASN) {
	t.Helper()
	table, _ := d.Desk("").Space.At(at)
	if table == nil {
		t.Fatal("no table of that time")
	}
	for n := range 1 << 16 {
		a := netip.AddrFrom4([4]byte{byte(n >> 8), byte(n), 0, 1})
		if o, found := table.Lookup(a); found && len(o.Others) == 0 && d.Desk("").Networks[o.ASN] != nil && d.Desk("").Networks[o.ASN].Country != "" {
			return a.String(), o.ASN
		}
	}
	t.Fatal("nobody")
	return "", 0
}

func put(t *testing.T, s *store.Store, text string) {
	t.Helper()
	list, err := party.ReadConstituents(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.ChangeConstituents(t.Context(), store.ConstituentChange{Tenant: "national", Put: list, By: "test", Now: time.Unix(1, 0)}); err != nil {
		t.Fatal(err)
	}
}

// TestDocuments: policy, contacts and national CERTs of the store are used; what cannot be read is refused beforehand.
func TestDocuments(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite(t))
	for kind, text := range map[string]string{
		Policy:   "version: x\nhome: [IN]\nrules:\n  - name: all\n    then: {tag: seen}\n",
		Contacts: "kind,value,contact\nasn,64500,noc@as64500.example\n",
		CERTs:    "country,name,email\nNP,npCERT,cert@example.np\n",
	} {
		if err := Check(kind, []byte(text)); err != nil {
			t.Error(err)
		}
		if Check(kind, []byte("nonsense: [")) == nil {
			t.Errorf("%s: nonsense is taken", kind)
		}
		if err := s.AddDocument(t.Context(), store.DeskDocument{Tenant: "national", Kind: kind, Made: time.Unix(1, 0), Body: []byte(text)}); err != nil {
			t.Fatal(err)
		}
	}
	if Check("colours", nil) == nil {
		t.Error("colours are a kind of document")
	}
	d := open(t, Options{Store: s, Now: time.Now})
	e := event(t, time.Unix(1e9, 0), "192.0.2.1")
	for key, value := range map[string]string{"source.asn": "64500", "source.geolocation.cc": "NP"} {
		if err := e.Add(key, value); err != nil {
			t.Fatal(err)
		}
	}
	if own := d.Own(t.Context(), "national", code, e); own != "cert:NP" || e.Text("source.abuse_contact") != "noc@as64500.example" || e.Text("extra.pahra.tags") != `["seen"]` {
		t.Errorf("%s, %v", own, e.Fields())
	}
}

// TestClaims: who has proved to run a network is written to before all but a constituent.
func TestClaims(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite(t))
	a := account.Account{ID: "a1", Name: "operator", Mail: "me@as64500.example", Created: time.Unix(1, 0)}
	if err := s.AddAccount(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	for i, state := range []account.ClaimState{account.Held, account.Pending} {
		c := account.Claim{ID: fmt.Sprint("c", i), Account: "a1", ASN: values.ASN(64500 + i), State: state, Opened: time.Unix(1, 0)}
		if err := s.AddClaim(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	d := open(t, Options{Store: s, Now: time.Now})
	f := party.Facts{ASN: 64500}
	if ch := d.Desk("").Contacts.Choose(t.Context(), &f, nil, nil); ch.Address != "me@as64500.example" {
		t.Errorf("%+v", ch)
	}
	f.ASN = 64501
	if ch := d.Desk("").Contacts.Choose(t.Context(), &f, nil, nil); ch.Address != "" {
		t.Errorf("%+v", ch)
	}
}

// TestDumps: contacts of a routing registry's dump and of PeeringDB in the data folder.
func TestDumps(t *testing.T) {
	data := t.TempDir()
	for name, text := range map[string]string{
		"irr/RIPE.db": "aut-num: AS64500\nas-name: EX\nabuse-c: AR1-RIPE\nsource: RIPE\n\nrole: Abuse\nnic-hdl: AR1-RIPE\nabuse-mailbox: abuse@as64500.example\nsource: RIPE\n\n" +
			"inetnum: 192.0.2.0 - 192.0.2.255\nabuse-c: AR2-RIPE\nsource: RIPE\n\nrole: Abuse\nnic-hdl: AR2-RIPE\nabuse-mailbox: abuse@customer.example\nsource: RIPE\n",
		"peeringdb/net.json": `{"data":[{"id":7,"asn":64501,"status":"ok"}]}`,
		"peeringdb/poc.json": `{"data":[{"id":1,"net_id":7,"role":"NOC","visible":"Public","email":"noc@as64501.example","status":"ok"},
			{"id":2,"net_id":7,"role":"Abuse","visible":"Public","email":"abuse@as64501.example","status":"ok"}]}`,
	} {
		path := filepath.Join(data, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	d := open(t, Options{Data: data, Later: true, Now: time.Now})
	for asn, want := range map[values.ASN]string{64500: "abuse@as64500.example", 64501: "abuse@as64501.example"} {
		f := party.Facts{ASN: asn}
		if ch := d.Desk("").Contacts.Choose(t.Context(), &f, nil, nil); ch.Address != want {
			t.Errorf("AS%d: %+v", asn, ch)
		}
	}
	f := party.Facts{ASN: 64500, Addr: netip.MustParseAddr("192.0.2.9")}
	if ch := d.Desk("").Contacts.Choose(t.Context(), &f, nil, nil); ch.Address != "abuse@customer.example" {
		t.Errorf("%+v", ch)
	}
}

// TestPatient: a data folder with a mistake is waited for where that is asked for, and nobody is told to be responsible before.
func TestPatient(t *testing.T) {
	data := t.TempDir()
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(data, "sources.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("- {path: nothing.json, kind: vrp}\n")
	opt := Options{Data: data, Now: time.Now}
	if _, err := Open(t.Context(), opt); err == nil {
		t.Error("a mistake is passed over")
	}
	said := ""
	opt.Patient, opt.Say = true, func(format string, args ...any) { said += fmt.Sprintf(format, args...) }
	d, err := Open(t.Context(), opt)
	if err != nil || d.Ready() || !strings.Contains(said, "nothing.json") {
		t.Fatalf("ready %t, %v, said %q", d != nil && d.Ready(), err, said)
	}
	if err := d.Refresh(t.Context()); err == nil || d.Ready() {
		t.Errorf("the mistake is still there: %v", err)
	}
	write("[]\n")
	if err := d.Refresh(t.Context()); err != nil || !d.Ready() {
		t.Errorf("once it is mended: %v", err)
	}
}
