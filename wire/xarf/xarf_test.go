package xarf

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// report4 gives a report of version 4 of a category and type, with further fields.
func report4(kind, fields string) string {
	category, name, _ := strings.Cut(kind, "/")
	if fields != "" {
		fields = "," + fields
	}
	return `{"xarf_version":"4.2.0","report_id":"0b3ad1d5-8ab6-4a9e-9d0a-3f1b7f1f0a11","timestamp":"2026-02-03T04:05:06Z",` +
		`"reporter":{"org":"Bank of Nowhere","contact":"abuse@bank.example","domain":"bank.example"},` +
		`"sender":{"org":"CERT of Nowhere","contact":"reports@cert.example","domain":"cert.example"},` +
		`"source_identifier":"192.0.2.7","category":"` + category + `","type":"` + name + `"` + fields + `}`
}

// good4 are reports of version 4, written from the schemas.
var good4 = map[string]string{
	"spam by mail":        report4("messaging/spam", `"protocol":"smtp","smtp_from":"win@lottery.example","source_port":25,"subject":"You won","language":"en-IN"`),
	"spam by SMS":         report4("messaging/spam", `"protocol":"sms","recipient_count":1,"spam_indicators":{"suspicious_links":["http://lottery.example/"],"commercial_content":true}`),
	"bulk mail":           report4("messaging/bulk_messaging", `"protocol":"smtp","smtp_from":"news@shop.example","source_port":41000,"recipient_count":100,"bulk_indicators":{"high_volume":true}`),
	"denial of service":   report4("connection/ddos", `"protocol":"udp","first_seen":"2026-02-03T04:00:00+05:30","source_port":53,"destination_ip":"198.51.100.1","destination_port":80,"amplification_factor":28.7,"evidence_source":"flow_analysis"`),
	"log-in attack":       report4("connection/login_attack", `"protocol":"tcp","first_seen":"2026-02-03T04:00:00Z","source_port":50123,"destination_port":22`),
	"scan by a name":      strings.Replace(report4("connection/port_scan", `"protocol":"tcp","first_seen":"2026-02-03T04:00:00Z"`), "192.0.2.7", "scanner.example", 1),
	"reconnaissance":      report4("connection/reconnaissance", `"protocol":"tcp","first_seen":"2026-02-03T04:00:00Z","probed_resources":["/.env"],"http_methods":["GET"],"response_codes":[404]`),
	"infected host":       report4("connection/infected_host", `"protocol":"tcp","first_seen":"2026-02-03T04:00:00Z","bot_type":"malicious","request_rate":0.5`),
	"phishing":            report4("content/phishing", `"url":"https://bank.example.test/login","target_brand":"Bank of Nowhere","lure_type":"security_alert","asn":64500,"country_code":"IN"`),
	"malware":             report4("content/malware", `"url":"http://192.0.2.7/a.exe","malware_family":"Nothing","file_hashes":{"sha256":"`+strings.Repeat("0a", 32)+`"},"c2_servers":[{"address":"203.0.113.9","port":443,"protocol":"https"}]`),
	"defacement":          report4("content/remote_compromise", `"url":"https://ministry.example/","compromise_type":"defacement","affected_cms":"wordpress"`),
	"new name":            report4("content/suspicious_registration", `"url":"https://bamk.example/","registration_date":"2026-02-01T00:00:00Z","suspicious_indicators":["typosquatting"]`),
	"shared by peers":     report4("copyright/p2p", `"p2p_protocol":"bittorrent","swarm_info":{"info_hash":"`+strings.Repeat("ab", 20)+`"}`),
	"vulnerable":          report4("vulnerability/cve", `"service":"httpd","service_port":8443,"cve_id":"CVE-2024-0001","cvss_score":9.8,"cve_ids":["CVE-2024-0002"]`),
	"open service":        report4("vulnerability/open_service", `"service":"memcached","service_port":11211`),
	"bot, as the prose":   report4("infrastructure/bot", `"compromise_evidence":"it asked the sinkhole","c2_protocol":"http","bot_capabilities":["ddos","spam"]`),
	"on a list":           report4("reputation/blocklist", `"threat_type":"spam source"`),
	"all that is common":  report4("infrastructure/compromised_server", `"compromise_method":"a password","source_port":443,"evidence_source":"honeypot","evidence":[{"content_type":"text/plain","payload":"bG9n","description":"a line","hash":"md5:DC1D71BBB5C4D2A5E936DB79EF10C19F","size":3}],"tags":["malware:none","campaign:winter-2026"],"confidence":0.75,"description":"seen twice","legacy_version":"3","_internal":{"ticket":"A-1"}`),
	"a field of nobody's": report4("reputation/threat_intelligence", `"threat_type":"c2","x_score":{"a":[1,2.50,"<&>"]}`),
}

func TestVersion4(t *testing.T) {
	for name, doc := range good4 {
		t.Run(name, func(t *testing.T) {
			r, err := Parse([]byte(doc))
			if err != nil {
				t.Fatal(err)
			}
			b, err := r.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(b), internal) {
				t.Error("what is internal is written")
			}
			again, err := Parse(b)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(r, again, cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })); diff != "" {
				t.Errorf("written and read again: %s\n%s", diff, b)
			}
			if diff := cmp.Diff(values(t, without(doc)), values(t, string(b))); diff != "" {
				t.Errorf("as it was and as it is written: %s", diff)
			}
		})
	}
}

// values gives JSON to compare by.
func values(t *testing.T, doc string) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(doc), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// without gives a report as it is expected to be written.
func without(doc string) string {
	return strings.NewReplacer(`,"_internal":{"ticket":"A-1"}`, "", `"type":"bot"`, `"type":"botnet"`, "DC1D71BBB5C4D2A5E936DB79EF10C19F", "dc1d71bbb5c4d2a5e936db79ef10c19f").Replace(doc)
}

func TestAllThatIsCommon(t *testing.T) {
	r, err := Parse([]byte(good4["all that is common"]))
	if err != nil {
		t.Fatal(err)
	}
	confidence := 0.75
	want := &Report{Version: "4.2.0", ID: "0b3ad1d5-8ab6-4a9e-9d0a-3f1b7f1f0a11", Time: time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC),
		Reporter: Contact{"Bank of Nowhere", "abuse@bank.example", "bank.example"}, Sender: Contact{"CERT of Nowhere", "reports@cert.example", "cert.example"},
		Source: "192.0.2.7", SourcePort: 443, Category: "infrastructure", Type: "compromised_server", EvidenceFrom: "honeypot",
		Evidence: []Evidence{{"text/plain", "a line", []byte("log"), "md5:dc1d71bbb5c4d2a5e936db79ef10c19f", 3}},
		Tags:     []string{"malware:none", "campaign:winter-2026"}, Confidence: &confidence, Description: "seen twice", LegacyVersion: "3",
		Fields: map[string]json.RawMessage{"compromise_method": json.RawMessage(`"a password"`)}}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
	if got := (&Evidence{}).SHA256(); got != "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" {
		t.Errorf("SHA-256 of nothing: %s", got)
	}
}

// bad4 are reports of version 4 that break the rules, made of a good one by putting new in place of old.
var bad4 = []struct{ name, of, old, new, reason string }{
	{"no JSON", "phishing", "{", "[", "invalid character"},
	{"no version", "phishing", `"xarf_version"`, `"version"`, "it states no version"},
	{"version 5", "phishing", "4.2.0", "5.0.0", "xarf_version: \"5.0.0\" is not of the form"},
	{"ID that is none", "phishing", "0b3ad1d5-", "0b3ad1d5", `report_id: "0b3ad1d58ab6-4a9e-9d0a-3f1b7f1f0a11" is not a UUID`},
	{"no ID", "phishing", `"report_id"`, `"id"`, "report_id: it is missing"},
	{"no time", "phishing", "2026-02-03T04:05:06Z", "yesterday", `timestamp: "yesterday" is not a time`},
	{"reporter as a text", "phishing", `"reporter":{"org":"Bank of Nowhere","contact":"abuse@bank.example","domain":"bank.example"}`, `"reporter":"Bank"`, "reporter: it is no object"},
	{"reporter without mail", "phishing", "abuse@bank.example", "abuse", `reporter.contact: "abuse" is not an address of mail`},
	{"reporter with more", "phishing", `"org":"Bank`, `"type":"automated","org":"Bank`, "reporter.type: there is no such field"},
	{"sender's domain", "phishing", `"domain":"cert.example"`, `"domain":"cert example"`, `sender.domain: "cert example" is not a name of a host`},
	{"no source", "phishing", `"source_identifier"`, `"source"`, "source_identifier: it is missing"},
	{"unknown category", "phishing", `"category":"content"`, `"category":"abuse"`, `category: "abuse" is none of`},
	{"type of another category", "phishing", `"category":"content"`, `"category":"messaging"`, `type: "phishing" is no type of the category messaging`},
	{"port 0", "log-in attack", `50123`, `0`, "source_port: 0 is not from 1 to 65535"},
	{"port as a text", "log-in attack", `50123`, `"50123"`, "source_port: it is no number"},
	{"no source port", "log-in attack", `"source_port":50123,`, ``, "source_port: it is missing"},
	{"no URL", "phishing", `"url"`, `"link"`, "url: it is missing"},
	{"URL that is none", "phishing", "https://bank.example.test/login", "bank", `url: "bank" is not a URL`},
	{"half a port", "open service", `"service":"memcached"`, `"service":7`, "service: it is no text"},
	{"no sender of spam", "spam by mail", `"smtp_from":"win@lottery.example",`, ``, "smtp_from: it is missing"},
	{"protocol", "denial of service", `"udp"`, `"http"`, `protocol: "http" is none of tcp, udp, icmp, sctp`},
	{"target", "denial of service", `198.51.100.1`, `198.51.100.256`, `destination_ip: "198.51.100.256" is not an IP address`},
	{"too few", "bulk mail", `"recipient_count":100`, `"recipient_count":99`, "recipient_count: 99 is not from 100"},
	{"empty list", "new name", `["typosquatting"]`, `[]`, "suspicious_indicators: it has 0 elements"},
	{"element of a list", "reconnaissance", `[404]`, `[404,"500"]`, "response_codes[2]: it is no number"},
	{"neither hash nor magnet", "shared by peers", "info_hash", "torrent_name", "swarm_info: it has none of info_hash, magnet_uri"},
	{"CVE", "vulnerable", `"cve_id":"CVE-2024-0001"`, `"cve_id":"2024-1"`, `cve_id: "2024-1" is not of the form`},
	{"score", "vulnerable", "9.8", "98", "cvss_score: 98 is not from 0 to 10"},
	{"too sure", "all that is common", "0.75", "75", "confidence: 75 is not from 0 to 1"},
	{"evidence that is no base64", "all that is common", "bG9n", "log", `evidence[1].payload: "log" is not base64`},
	{"evidence's hash", "all that is common", "md5:", "crc32:", `evidence[1].hash: "crc32:`},
	{"huge evidence", "all that is common", `"size":3`, `"size":5242881`, "evidence[1].size: 5242881 is not from 0 to 5242880"},
	{"tag", "all that is common", "malware:none", "Malware", `tags[1]: "Malware" is not of the form`},
	{"many tags", "all that is common", `"malware:none",`, strings.Repeat(`"a:b",`, 20), "tags: it has 21 elements"},
	{"much evidence", "all that is common", `[{"content_type"`, `[` + strings.Repeat(`{"content_type":"text/plain","payload":""},`, 50) + `{"content_type"`, "evidence: it has 51 elements"},
	{"long description", "all that is common", "seen twice", strings.Repeat("x", 1001), "has 1001 characters"},
}

func TestVersion4Refused(t *testing.T) {
	for _, test := range bad4 {
		t.Run(test.name, func(t *testing.T) {
			doc := strings.Replace(good4[test.of], test.old, test.new, 1)
			if doc == good4[test.of] {
				t.Fatal("nothing is replaced")
			}
			r, err := Parse([]byte(doc))
			if err == nil {
				t.Fatalf("it is read: %+v", r)
			}
			if !strings.Contains(err.Error(), test.reason) {
				t.Errorf("got %q, want %q", err, test.reason)
			}
		})
	}
}

func TestTooLarge(t *testing.T) {
	if _, err := Parse(make([]byte, MaxSize+1)); err == nil || !strings.Contains(err.Error(), "octets") {
		t.Errorf("got %v", err)
	}
}

func TestMarshalRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(r *Report)
		reason string
	}{
		{"no ID", func(r *Report) { r.ID = "" }, "report_id"},
		{"no time", func(r *Report) { r.Time = time.Time{} }, "timestamp: it is missing"},
		{"a field twice", func(r *Report) { r.Fields["category"] = json.RawMessage(`"content"`) }, "category: it has a place of its own"},
		{"a field that is no JSON", func(r *Report) { r.Fields["x"] = json.RawMessage(`{`) }, "x: "},
		{"a type without what it needs", func(r *Report) { delete(r.Fields, "url") }, "url: it is missing"},
		{"a type of no category", func(r *Report) { r.Type = "porn" }, "no type of the category"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, err := Parse([]byte(good4["phishing"]))
			if err != nil {
				t.Fatal(err)
			}
			test.change(r)
			if _, err := r.Marshal(); err == nil || !strings.Contains(err.Error(), test.reason) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, doc := range good4 {
		f.Add([]byte(doc))
	}
	for _, doc := range good3 {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Parse(data)
		if err != nil {
			return
		}
		b, err := r.Marshal()
		if err != nil {
			if r.LegacyVersion == "" {
				t.Fatalf("read and not written: %v", err)
			}
			return
		}
		again, err := Parse(b)
		if err != nil {
			t.Fatalf("written and not read: %v", err)
		}
		if b2, err := again.Marshal(); err != nil || string(b2) != string(b) {
			t.Errorf("written differently:\n%s\n%s\n%v", b, b2, err)
		}
	})
}
