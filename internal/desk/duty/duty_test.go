package duty

import (
	"strings"
	"testing"
	"time"

	"pahra/wire/intelmq"
)

// TestProfiles: those that are built in say for every source and class on what basis it is kept, for how long, who may have it.
func TestProfiles(t *testing.T) {
	for _, name := range []string{"cert-in", "eu"} {
		p, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, of := range [][2]string{{"shadowserver", "vulnerable/ddos-amplifier"}, {"form", "fraud/phishing"}, {"x", "information-content-security/data-leak"}} {
			r := p.For(of[0], of[1])
			if r.Basis == "" || r.Events == 0 || r.Raw == 0 || r.CrossBorder == "" {
				t.Errorf("%s, %v: %+v", name, of, r)
			}
		}
	}
	p, err := Load("cert-in")
	if err != nil {
		t.Fatal(err)
	}
	if p.AccessLog != 180 {
		t.Errorf("logs are kept for %d days; the directions want 180", p.AccessLog)
	}
	if r := p.For("form", "information-content-security/data-leak"); r.Source != "form" {
		t.Errorf("of two rules the one for the source holds: %+v", r)
	}
	if r := p.For("s", "information-content-security/data-leak"); r.Events != 180 {
		t.Errorf("the longest part of the class holds: %+v", r)
	}
	if _, err := Load("moon"); err == nil {
		t.Error("a profile that is not there was taken")
	}
}

// TestProfileRefused: what is not said is told.
func TestProfileRefused(t *testing.T) {
	const good = "name: x\nversion: '1'\ndate: 2026-01-01\ntitle: x\naccess_log: 1\nlaws: [{name: l, says: s}]\nrules: [{basis: b, purpose: p, redistribution: r, cross_border: c}]\n"
	if _, err := Read([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{"basis: b, ": "", "access_log: 1": "access_log: 0", "{basis": "{source: s, basis", "purpose: p": "purpose: p, events: -1",
		"purpose: ": "reason: ", "cross_border: c": "cross_border: c, delete_by: tomorrow"} {
		if _, err := Read([]byte(strings.Replace(good, from, to, 1))); err == nil {
			t.Errorf("taken with %q", to)
		}
	}
}

// TestOver: a day is whole, and delete-by goes before the rest.
func TestOver(t *testing.T) {
	on := func(d int) time.Time { return time.Date(2026, 1, d, 0, 0, 0, 0, time.UTC) }
	r := Rule{Events: 10, Raw: 5}
	for _, test := range []struct {
		kind Kept
		now  time.Time
		want bool
	}{{Events, on(11), false}, {Events, on(12), true}, {Raw, on(6), false}, {Raw, on(7), true}, {Quarantine, on(31), false}} {
		if got := r.Over(test.kind, on(1), test.now); got != test.want {
			t.Errorf("%v on %v: %v", test.kind, test.now, got)
		}
	}
	r.DeleteBy = "2026-01-03"
	if r.Over(Quarantine, on(1), on(3).Add(20*time.Hour)) || !r.Over(Quarantine, on(1), on(4).Add(time.Second)) {
		t.Error("delete-by is not the last day")
	}
}

// TestSecrets: passwords and tokens are nowhere in what is stored, and the rest stays.
func TestSecrets(t *testing.T) {
	const secret = "hunter2-Tr0ub4dor"
	event := `{"source.ip":"192.0.2.1","source.account":"alice","extra.password":"` + secret + `","extra.http_Authorization":"Basic ` + secret + `",` +
		`"extra.leak.api-key":"` + secret + `","extra.pin":4711,"source.url":"https://alice:` + secret + `@example.net/x?id=3&token=` + secret + `#top",` +
		`"event_description.text":"tried password=` + secret + ` and \"token\": \"` + secret + `\" at ftp://bob:` + secret + `@example.net/",` +
		`"extra.note":"key ideas, tokens of thanks: none"}`
	for _, key := range [][]byte{nil, []byte("a key")} {
		e, err := intelmq.Parse([]byte(event))
		if err != nil {
			t.Fatal(err)
		}
		s, err := NewSecrets(key)
		if err != nil {
			t.Fatal(err)
		}
		if n := s.Clean(e); n != 6 {
			t.Errorf("%d secrets were found", n)
		}
		text := string(e.AppendJSON(nil))
		if strings.Contains(text, secret) || strings.Contains(text, "4711") {
			t.Errorf("a secret is stored: %s", text)
		}
		if hashed := strings.Contains(text, "hmac-sha256:"); hashed != (key != nil) {
			t.Errorf("hashed with key %q: %v", key, hashed)
		}
		for _, want := range []string{`"source.account":"alice"`, "https://example.net/x?id=3&token=#top", "key ideas, tokens of thanks: none", "example.net/"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s is gone from %s", want, text)
			}
		}
		if again := s.Clean(e); again != 0 {
			t.Errorf("%d secrets in what was cleaned", again)
		}
		one, two := s.hash(secret), s.hash(secret)
		if one != two || one == s.hash("other") {
			t.Error("the same secret cannot be told again")
		}
		for _, raw := range []string{"a,b\npassword: " + secret, `{"password":"` + secret + `"}`, "GET /?api_key=" + secret + "&x=1", "http://u:" + secret + "@h/"} {
			if got := string(s.Text([]byte(raw))); strings.Contains(got, secret) {
				t.Errorf("%q", got)
			}
		}
	}
}

func BenchmarkClean(b *testing.B) {
	e, err := intelmq.Parse([]byte(`{"source.ip":"192.0.2.1","source.url":"http://example.net/x","extra.banner":"HTTP/1.1 200 OK","extra.tag":"http","extra.sector":"isp","time.source":"2026-01-01T00:00:00+00:00","extra.cert_serial":"ABCDEF","extra.cipher":"TLS_AES","protocol.transport":"tcp","source.port":443}`))
	if err != nil {
		b.Fatal(err)
	}
	s, err := NewSecrets([]byte("k"))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		s.Clean(e)
	}
}
