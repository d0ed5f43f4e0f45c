package xarf

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// report3 gives a report of a version of version 3.
func report3(version, fields string) string {
	return `{"Version":"` + version + `","ReporterInfo":{"ReporterOrg":"CERT of Nowhere","ReporterOrgDomain":"cert.example","ReporterOrgEmail":"reports@cert.example"},` +
		`"Disclosure":true,"Report":{"Date":"2026-02-03T04:05:06Z",` + fields + `}}`
}

// good3 are reports of version 3, written from the schemas.
var good3 = map[string]string{
	"spam":       report3("1", `"ReportClass":"Activity","ReportType":"Spam","SourceIp":"192.0.2.7","SourcePort":40000,"DestinationPort":[25,587],"SmtpMailFromAddress":"a@b.example","Samples":[{"ContentType":"message/rfc822","Base64Encoded":true,"Payload":"bG9n"},{"FileName":"a.eml","FileSize":3}]`),
	"first":      strings.Replace(report3("alpha", `"ReportClass":"Activity","ReportType":"PortScan","SourceIp":"2001:db8::7"`), `"Version":"alpha",`, "", 1),
	"phishing":   report3("2", `"ReportClass":"Content","ReportType":"Phishing","SourceUrl":"http://bank.example.test/"`),
	"both":       report3("3", `"ReportClass":"Content","ReportType":"Botnet","SourceIp":"192.0.2.7","SourceUrl":"http://c2.example/","BotnetName":"Nothing","Ongoing":true`),
	"account":    report3("development", `"ReportClass":"Activity","ReportType":"PotentiallyCompromisedAccount","Account":{"AccountEmail":"user@shop.example"},"AttackerIp":"203.0.113.9"`),
	"exploit":    report3("3", `"ReportClass":"Activity","ReportType":"Exploit","SourceIp":"192.0.2.7","CVE":"CVE-2021-44228","CVSS":{"Version":"3.1","Vector":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H"}`),
	"person":     strings.Replace(report3("3", `"ReportClass":"Activity","ReportType":"Harassment","SourceUrl":"https://chat.example/","Harasser":"x","HarassmentDescription":"y"`), `"ReporterOrg":"CERT of Nowhere","ReporterOrgDomain":"cert.example","ReporterOrgEmail":"reports@cert.example"`, `"ReporterType":"Person","ReporterContactEmail":"me@home.example","ReporterContactName":"Some One"`, 1),
	"3.0":        report3("3.0", `"ReportClass":"Activity","ReportType":"Login-Attack","SourceIp":"192.0.2.7","Protocol":"tcp","AttackCount":7,"AttackDescription":"too many"`),
	"3.0.0":      report3("3.0.0", `"ReportClass":"Messaging","ReportType":"spam","Source":{"IP":"192.0.2.7","Port":25,"Type":"ip"},"Attachment":[{"ContentType":"text/plain","Data":"bG9n"}],"AdditionalInfo":{"Subject":"win"}`),
	"on request": strings.Replace(report3("3", `"ReportClass":"Content","ReportType":"Trademark","SourceUrl":"http://shop.example/logo","TrademarkedMaterial":"a logo"`), `"Disclosure"`, `"OnBehalfOf":{"ComplainantOrg":"Bank of Nowhere","ComplainantOrgDomain":"bank.example","ComplainantOrgEmail":"legal@bank.example"},"Disclosure"`, 1),
}

func TestVersion3(t *testing.T) {
	kinds := map[string]string{"spam": "messaging/spam", "first": "connection/port_scan", "phishing": "content/phishing", "both": "infrastructure/botnet",
		"account": "/", "exploit": "/", "person": "/", "3.0": "connection/login_attack", "3.0.0": "messaging/spam", "on request": "content/brand_infringement"}
	for name, doc := range good3 {
		t.Run(name, func(t *testing.T) {
			r, err := Parse([]byte(doc))
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Category + "/" + r.Type; got != kinds[name] || r.LegacyVersion != "3" || r.Source == "" || !r.Time.Equal(time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)) {
				t.Errorf("it is %s: %+v", got, r)
			}
		})
	}
}

func TestVersion3AsVersion4(t *testing.T) {
	r, err := Parse([]byte(good3["spam"]))
	if err != nil {
		t.Fatal(err)
	}
	cert := Contact{"CERT of Nowhere", "reports@cert.example", "cert.example"}
	raw := func(s string) json.RawMessage { return json.RawMessage(s) }
	want := &Report{Version: "1", Time: time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC), Reporter: cert, Sender: cert, Source: "192.0.2.7", SourcePort: 40000,
		Category: "messaging", Type: "spam", LegacyVersion: "3", Evidence: []Evidence{{ContentType: "message/rfc822", Payload: []byte("log")}, {Description: "a.eml", Size: 3, Payload: []byte{}}},
		Fields: map[string]json.RawMessage{"ReportClass": raw(`"Activity"`), "ReportType": raw(`"Spam"`), "destination_port": raw("[25,587]"), "smtp_from": raw(`"a@b.example"`), "Disclosure": raw("true")}}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
	r.ID, r.Fields["protocol"], r.Fields["destination_port"] = "0b3ad1d5-8ab6-4a9e-9d0a-3f1b7f1f0a11", raw(`"smtp"`), raw("25")
	r.Evidence = r.Evidence[:1]
	b, err := r.Marshal()
	if err != nil || !strings.Contains(string(b), `"legacy_version":"3"`) || !strings.Contains(string(b), `"xarf_version":"4.2.0"`) {
		t.Errorf("as version 4: %s, %v", b, err)
	}
	behalf, err := Parse([]byte(good3["on request"]))
	if err != nil || behalf.Reporter.Org != "Bank of Nowhere" || behalf.Sender != cert {
		t.Errorf("on behalf of another: %+v, %v", behalf, err)
	}
}

func TestVersion3Refused(t *testing.T) {
	tests := []struct{ name, of, old, new, reason string }{
		{"version 9", "both", `"Version":"3"`, `"Version":"9"`, `Version: "9" is none that is read`},
		{"version as a number", "both", `"Version":"3"`, `"Version":3`, `Version: "3" is none that is read`},
		{"no reporter", "both", `"ReporterInfo"`, `"Reporter"`, "ReporterInfo: it is missing"},
		{"no word on disclosure", "both", `"Disclosure":true,`, "", "Disclosure: it is missing"},
		{"field of the reporter", "both", `"ReporterOrg":`, `"Org":1,"ReporterOrg":`, "ReporterInfo.Org: there is no such field"},
		{"type of a later version", "spam", `"ReportType":"Spam"`, `"ReportType":"Exploit"`, `Report.ReportType: version 1 has no type "Exploit" of the class Activity`},
		{"neither address nor URL", "both", `"SourceIp":"192.0.2.7","SourceUrl":"http://c2.example/",`, "", "Report: it has none of SourceIp, SourceUrl"},
		{"an address with an account", "account", `"Account"`, `"SourceIp":"192.0.2.7","Account"`, "Report.SourceIp: it may not be here"},
		{"ports", "spam", "587", "70000", "Report.DestinationPort: it is no number"},
		{"sample", "spam", `"FileName":"a.eml",`, "", "Report.Samples[2].ContentType: it is missing"},
		{"vector", "exploit", "AV:N", "AV:Z", "Report.CVSS.Vector"},
		{"type of 3.0", "3.0", "Login-Attack", "Logout", "Report.ReportType: there is no such type"},
		{"class", "3.0", `"ReportClass":"Activity"`, `"ReportClass":""`, "Report.ReportClass"},
		{"source of 3.0.0", "3.0.0", `"IP":"192.0.2.7"`, `"IP":"here"`, `Report.Source.IP: "here" is not an IP address`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			doc := strings.Replace(good3[test.of], test.old, test.new, 1)
			if doc == good3[test.of] {
				t.Fatal("nothing is replaced")
			}
			if r, err := Parse([]byte(doc)); err == nil || !strings.Contains(err.Error(), test.reason) {
				t.Errorf("got %+v, %v", r, err)
			}
		})
	}
}
