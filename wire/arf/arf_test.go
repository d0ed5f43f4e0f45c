package arf

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// mailOf gives a mail with a report: the fields of the part for machines, and the third part with its type.
func mailOf(fields, kind, third string) string {
	m := "From: Complaints <feedback@mail.example>\nTo: abuse@isp.example\nSubject: =?utf-8?q?FW=3A_you_w=C3=B6n?=\nDate: Tue, 3 Feb 2026 10:00:00 +0530\n" +
		"Message-ID: <1@mail.example>\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=feedback-report;\n\tboundary=\"b 1\"\n\nnot a part\n" +
		"--b 1\nContent-Type: text/plain; charset=us-ascii\n\nThis mail was complained of.\n\n--b 1\nContent-Type: message/feedback-report\n\n" + fields + "\n"
	if kind != "" {
		m += "--b 1\nContent-Type: " + kind + "\n\n" + third + "\n"
	}
	return m + "--b 1--\nnot a part either\n"
}

const (
	least    = "Feedback-Type: abuse\nUser-Agent: Nobody/1.0\nVersion: 1\n"
	original = "Received: from pc.isp.example ([192.0.2.7]) by mx.mail.example; Tue, 3 Feb 2026 04:05:06 +0000\nFrom: <win@lottery.example>\nTo: <user@mail.example>\nSubject: win\nMessage-ID: <2@lottery.example>\n\nWin!\n"
)

// good are mails with reports, written from the RFCs.
var good = map[string]string{
	"least":        mailOf(least, "", ""),
	"no third":     mailOf(least+"Source-IP: 192.0.2.7\n", "", ""),
	"full":         mailOf(least+"Original-Envelope-Id: o3F52gxO029144\nOriginal-Mail-From: <win@lottery.example>\nOriginal-Rcpt-To: <user@mail.example>\nOriginal-Rcpt-To: <other@mail.example>\nArrival-Date: Tue, 3 Feb 2026 04:05:06 +0000\nReporting-MTA: dns; mx.mail.example\nSource-IP: 192.0.2.7\nSource-Port: 50123\nAuthentication-Results: mx.mail.example;\n spf=fail smtp.mailfrom=win@lottery.example\nReported-Domain: lottery.example\nReported-Domain: win.example\nReported-URI: http://win.example/now\nReported-URI: mailto:win@lottery.example\nIncidents: 17\nRemoval-Recipient: user@mail.example\n", "message/rfc822", original),
	"IPv6":         mailOf(least+"Source-IP: 2001:db8::7\n", "text/rfc822-headers", strings.TrimSuffix(original, "\nWin!\n")),
	"in brackets":  mailOf(least+"Source-IP: [IPv6:2001:db8::7]\n", "", ""),
	"fraud":        mailOf(strings.Replace(least, "abuse", "Fraud", 1)+"Reported-URI: https://bank.example.test/login\n", "", ""),
	"virus":        mailOf(strings.Replace(least, "abuse", "virus", 1)+"Received-Date: Tue, 3 Feb 2026 04:05:06 GMT\nSource-IP: 192.0.2.7\n", "message/rfc822", original),
	"not spam":     mailOf(strings.Replace(least, "abuse", "not-spam", 1), "message/rfc822", original),
	"auth failure": mailOf(strings.Replace(least, "abuse", "auth-failure", 1)+"Auth-Failure: dmarc\nIdentity-Alignment: none\nDelivery-Result: reject\nSPF-DNS: txt : lottery.example : \"v=spf1 -all\"\nDKIM-Domain: lottery.example\nReported-Domain: bank.example\nSource-IP: 192.0.2.7\n", "message/rfc822", original),
	"extension":    mailOf(strings.Replace(least, "abuse", "x-hosting", 1)+"X-Customer: 7\n", "", ""),
	"encoded":      strings.Replace(mailOf(least, "", ""), "Content-Type: message/feedback-report\n\n"+least, "Content-Type: message/feedback-report\nContent-Transfer-Encoding: base64\n\nRmVlZGJhY2stVHlwZTogYWJ1c2UKVXNlci1BZ2VudDogTm9ib2R5LzEu\nMApWZXJzaW9uOiAxCg==\n", 1),
	"nested":       strings.Replace(mailOf(least, "", ""), "Content-Type: text/plain; charset=us-ascii\n\nThis mail was complained of.\n", "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\nThis mail was=20complained of.\n--b\nContent-Type: text/html\n\n<p>This</p>\n--b--\n", 1),
}

func read(mail string) (*Report, error) {
	return Read(strings.NewReader(strings.ReplaceAll(mail, "\n", "\r\n")))
}

func TestRead(t *testing.T) {
	for name, mail := range good {
		t.Run(name, func(t *testing.T) {
			r, err := read(mail)
			if err != nil {
				t.Fatal(err)
			}
			if r.Text != "This mail was complained of." || r.UserAgent != "Nobody/1.0" || r.Version != "1" || r.Mail.Get("subject") != "FW: you wön" {
				t.Errorf("got %+v", r)
			}
			with, err := Read(strings.NewReader(mail)) // line ends of Unix
			if diff := cmp.Diff(r, with, cmpopts.EquateComparable(netip.Addr{})); diff != "" || err != nil {
				t.Errorf("with other line ends: %v %s", err, diff)
			}
		})
	}
}

func TestReadAll(t *testing.T) {
	got, err := read(good["full"])
	if err != nil {
		t.Fatal(err)
	}
	want := &Report{Mail: got.Mail, Type: "abuse", UserAgent: "Nobody/1.0", Version: "1", SourceIP: netip.MustParseAddr("192.0.2.7"), SourcePort: 50123,
		Arrival: time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC), ReportingMTA: "mx.mail.example", EnvelopeID: "o3F52gxO029144", MailFrom: "win@lottery.example",
		RcptTo: []string{"user@mail.example", "other@mail.example"}, Domains: []string{"lottery.example", "win.example"},
		URIs:          []string{"http://win.example/now", "mailto:win@lottery.example"},
		Authenticated: []string{"mx.mail.example; spf=fail smtp.mailfrom=win@lottery.example"}, Incidents: 17,
		Others: Header{{"Removal-Recipient", "user@mail.example"}}, Text: "This mail was complained of.",
		Original: Header{{"Received", "from pc.isp.example ([192.0.2.7]) by mx.mail.example; Tue, 3 Feb 2026 04:05:06 +0000"}, {"From", "<win@lottery.example>"},
			{"To", "<user@mail.example>"}, {"Subject", "win"}, {"Message-Id", "<2@lottery.example>"}}}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{}), cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })); diff != "" {
		t.Error(diff)
	}
	if r, _ := read(good["in brackets"]); r == nil || r.SourceIP != netip.MustParseAddr("2001:db8::7") {
		t.Errorf("address in brackets: %+v", r)
	}
	if r, _ := read(good["auth failure"]); r == nil || r.Others.Get("spf-dns") != `txt : lottery.example : "v=spf1 -all"` || len(r.Others) != 5 {
		t.Errorf("authentication: %+v", r)
	}
}

func TestReadRefuses(t *testing.T) {
	tests := []struct{ name, of, old, new, reason string }{
		{"plain mail", "least", "multipart/report; report-type=feedback-report;", "multipart/mixed;", `the mail is of the type "multipart/mixed"`},
		{"delivery report", "least", "report-type=feedback-report", "report-type=delivery-status", "no multipart/report of feedback"},
		{"no report type", "least", " report-type=feedback-report;", "", "no multipart/report of feedback"},
		{"no boundary", "least", "boundary", "bound", "there is no part of the type message/feedback-report"},
		{"another boundary", "least", `"b 1"`, `"b 2"`, "there is no part of the type message/feedback-report"},
		{"no part for machines", "least", "message/feedback-report", "text/x-report", "there is no part of the type message/feedback-report"},
		{"two parts for machines", "least", "text/plain", "message/feedback-report", "is no field of a header"},
		{"no type", "least", "Feedback-Type: abuse\n", "", "Feedback-Type: it is missing"},
		{"empty type", "least", "Feedback-Type: abuse", "Feedback-Type:", `Feedback-Type: "" is no type of feedback`},
		{"type of two words", "least", "Feedback-Type: abuse", "Feedback-Type: a lot", `Feedback-Type: "a lot" is no type of feedback`},
		{"type twice", "least", "Feedback-Type: abuse", "Feedback-Type: abuse\nfeedback-type: fraud", "Feedback-Type: it is there twice"},
		{"no agent", "least", "User-Agent", "Agent", "User-Agent: it is missing"},
		{"no version", "least", "1.0\nVersion: 1", "1.0", "Version: it is missing"},
		{"version", "least", "1.0\nVersion: 1", "1.0\nVersion: one", `Version: "one" is no version`},
		{"address", "no third", "192.0.2.7", "192.0.2.700", `Source-Ip: "192.0.2.700" is no address`},
		{"address of nobody", "no third", "192.0.2.7", "0.0.0.0", "Source-Ip"},
		{"address twice", "no third", "Source-IP: 192.0.2.7", "Source-IP: 192.0.2.7\nSource-IP: 192.0.2.8", "Source-Ip: it is there twice"},
		{"port", "full", "50123", "0", `Source-Port: "0" is no port`},
		{"date", "full", "Arrival-Date: Tue, 3 Feb 2026 04:05:06 +0000", "Arrival-Date: yesterday", "Arrival-Date: "},
		{"incidents", "full", "Incidents: 17", "Incidents: many", `Incidents: "many" is no number of incidents`},
		{"way to fail", "auth failure", "Auth-Failure: dmarc", "Auth-Failure: luck", `Auth-Failure: "luck" is no way to fail`},
		{"no way to fail", "auth failure", "Auth-Failure: dmarc\n", "", "Auth-Failure: it is missing"},
		{"no header", "least", "Feedback-Type: abuse", "Feedback-Type abuse", `"Feedback-Type abuse" is no field`},
		{"folded first", "least", "Feedback-Type: abuse", " Feedback-Type: abuse", "begins with a folded line"},
		{"name with a space", "least", "User-Agent", "User Agent", "is no field of a header"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			mail := strings.Replace(good[test.of], test.old, test.new, 1)
			if mail == good[test.of] {
				t.Fatal("nothing is replaced")
			}
			if r, err := read(mail); err == nil || !strings.Contains(err.Error(), test.reason) {
				t.Errorf("got %+v, %v", r, err)
			}
		})
	}
}

func TestBounds(t *testing.T) {
	parts := func(n int) string {
		return "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", n) + "--b--\n"
	}
	deep := func(n int) string {
		var m strings.Builder
		for i := range n {
			fmt.Fprintf(&m, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
		}
		return m.String() + "\nx\n"
	}
	for name, test := range map[string]struct{ mail, reason string }{
		"99 parts":      {parts(99), ""},
		"1,000 parts":   {parts(1000), "it has more than 100 parts"},
		"10 levels":     {deep(10), ""},
		"11 levels":     {deep(11), "its parts are deeper than 10 levels"},
		"1,000 levels":  {deep(1000), "its parts are deeper than 10 levels"},
		"long header":   {"Subject: " + strings.Repeat("x", maxHeader) + "\n\n", "a header has more than 262144 octets"},
		"folded header": {"Subject:\n" + strings.Repeat(" x\n", maxHeader/3) + "\n\n", "a header has more than 262144 octets"},
		"many fields":   {strings.Repeat("A: b\n", maxFields+1) + "\n", "a header has more than 1000 fields"},
		"long mail":     {"A: b\n\n" + strings.Repeat("x", MaxSize), "it has more than 33554432 octets"},
		"no header":     {"hello\n", `"hello" is no field of a header`},
		"mailbox":       {"From nobody@mail.example Tue Feb  3 04:05:06 2026\nA: b\n\nx", ""},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := ReadMail(strings.NewReader(test.mail))
			if (err == nil) != (test.reason == "") || err != nil && !strings.Contains(err.Error(), test.reason) {
				t.Errorf("got %v, %v", m, err)
			}
		})
	}
}

func TestParts(t *testing.T) {
	m, err := ReadMail(strings.NewReader("Content-Type: multipart/mixed; boundary=\"b\"\n\n--b\nContent-Type: application/json; name=a.json\nContent-Transfer-Encoding: base64\n\neyJh\nIjoxfQ==\n" +
		"--bb\nstill the first\n--b  \nContent-Disposition: attachment; filename=\"b.txt\"\n\nx\n--b\nContent-Type: nonsense\n\ncut"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range m.Parts {
		got = append(got, fmt.Sprintf("%s %q %q", p.Type, p.Filename(), p.Body))
	}
	if diff := cmp.Diff([]string{`application/json "a.json" "{\"a\":1}"`, `text/plain "b.txt" "x"`, `text/plain "" "cut"`}, got); diff != "" {
		t.Error(diff)
	}
}

func TestParseDate(t *testing.T) {
	want := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	for _, s := range []string{"Tue, 3 Feb 2026 04:05:06 +0000", "3 Feb 2026 09:35:06 +0530", "Tue, 03 Feb 2026 04:05:06 GMT (Greenwich (Mean) Time)",
		"Tue,  3 Feb 26 04:05:06 UT", "Tue 3 Feb 2026 04:05:06 Z", "Mon, 2 Feb 2026 23:05:06 EST"} {
		if got, err := ParseDate(s); err != nil || !got.Equal(want) {
			t.Errorf("%q: %v, %v", s, got, err)
		}
	}
	if got, err := ParseDate("3 Feb 2026 04:05 +0000"); err != nil || !got.Equal(want.Add(-6*time.Second)) {
		t.Errorf("without seconds: %v, %v", got, err)
	}
	for _, s := range []string{"", "yesterday", "3 Feb 2026", "Tue, 3 Feb 2026 04:05:06", "Tue, 30 Feb 2026 04:05:06 +0000", "Tue, 3 Feb 2026 04:05:06 IST", "2026-02-03T04:05:06Z"} {
		if got, err := ParseDate(s); err == nil {
			t.Errorf("%q is %v", s, got)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, mail := range good {
		f.Add([]byte(mail))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ReadMail(bytes.NewReader(data))
		if err != nil {
			return
		}
		if len(m.Parts) > MaxParts {
			t.Errorf("%d parts", len(m.Parts))
		}
		if r, err := FromMail(m); err == nil && (r.Type == "" || r.SourcePort > 65535) {
			t.Errorf("read: %+v", r)
		}
	})
}
