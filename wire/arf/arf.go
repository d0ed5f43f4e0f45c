// Package arf reads mails of the Abuse Reporting Format (ARF, also MARF): RFC 5965, authentication failures of RFC 6591, the
// source port of RFC 6692, and the report types of RFC 6430.
//
// Read reads one such mail: a multipart/report of the type feedback-report with a text for people, the report for
// machines, and the mail that is complained of or its header. ReadMail takes any mail apart, for other formats that come by
// mail. Size, depth, the number of parts and of fields are bounded; what breaks the rules is an error that says which. The
// package does not write.
package arf

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Report is one report.
type Report struct {
	Mail Header // of the mail that brought the report

	Type      string // in lower case: abuse, fraud, virus, other, not-spam, auth-failure ...
	UserAgent string // of who made the report
	Version   string

	SourceIP      netip.Addr // of whom the mail came from
	SourcePort    int        // 0: not told
	Arrival       time.Time  // of the mail, at who complains
	ReportingMTA  string
	EnvelopeID    string
	MailFrom      string   // of the envelope, without brackets
	RcptTo        []string // likewise
	Domains       []string // whom the report is about
	URIs          []string // that the report is about
	Authenticated []string // Authentication-Results
	Incidents     int64    // how many mails the report stands for; 0: not told

	Others Header // the report's other fields, those of RFC 6591 among them
	Text   string // what is written for people
	// Original is the header of the mail that is complained of; none if it is not there, or is broken.
	Original Header
}

// Read reads a mail with a report.
func Read(r io.Reader) (*Report, error) {
	m, err := ReadMail(r)
	if err != nil {
		return nil, err
	}
	report, err := FromMail(m)
	if err != nil {
		return nil, fmt.Errorf("reading a feedback report: %w", err)
	}
	return report, nil
}

// FromMail reads the report that a mail brings.
func FromMail(m *Mail) (*Report, error) {
	if m.Type != "multipart/report" || !strings.EqualFold(m.Params["report-type"], "feedback-report") {
		return nil, fmt.Errorf("the mail is of the type %.60q, no multipart/report of feedback", m.Type)
	}
	r := &Report{Mail: m.Header}
	machine := false
	for i := range m.Parts {
		p := &m.Parts[i]
		switch {
		case p.Type == "message/feedback-report":
			if machine {
				return nil, errors.New("there are two parts of the type message/feedback-report")
			}
			machine = true
			if err := r.fields(p.Body); err != nil {
				return nil, err
			}
		case p.Type == "message/rfc822" || p.Type == "text/rfc822-headers" || p.Type == "text/rfc822-header" || p.Type == "message/rfc822-headers" || p.Type == "message/global":
			if h, _, err := ParseHeader(p.Body); err == nil && r.Original == nil {
				r.Original = h
			}
		case p.Type == "text/plain" && r.Text == "":
			r.Text = strings.TrimSpace(strings.ToValidUTF8(string(p.Body), "\ufffd"))
		}
	}
	if !machine {
		return nil, errors.New("there is no part of the type message/feedback-report")
	}
	return r, nil
}

// once are the fields that may be there once (RFC 5965, sections 3.1 and 3.2; RFC 6591; RFC 6692).
const once = " Feedback-Type User-Agent Version Original-Envelope-Id Original-Mail-From Arrival-Date Received-Date Reporting-Mta Source-Ip Source-Port " +
	"Incidents Auth-Failure Delivery-Result Dkim-Adsp-Dns Dkim-Canonicalized-Body Dkim-Canonicalized-Header Dkim-Domain Dkim-Identity " +
	"Dkim-Selector Dkim-Selector-Dns Spf-Dns Identity-Alignment "

// fields reads the part for machines.
func (r *Report) fields(body []byte) error {
	h, _, err := ParseHeader(body)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, f := range h {
		if seen[f.Name] && strings.Contains(once, " "+f.Name+" ") {
			return fmt.Errorf("%s: it is there twice", f.Name)
		}
		seen[f.Name] = true
		if err := r.field(f); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	for _, f := range []struct{ name, value string }{{"Feedback-Type", r.Type}, {"User-Agent", r.UserAgent}, {"Version", r.Version}} {
		if f.value == "" {
			return fmt.Errorf("%s: it is missing", f.name)
		}
	}
	if r.Type == "auth-failure" {
		return r.authFailure()
	}
	return nil
}

func (r *Report) field(f Field) (err error) {
	v := f.Value
	switch f.Name {
	case "Feedback-Type":
		r.Type = strings.ToLower(v)
		return word(r.Type)
	case "User-Agent":
		r.UserAgent = v
	case "Version":
		if r.Version = v; strings.Trim(v, "0123456789.") != "" {
			return fmt.Errorf("%.40q is no version", v)
		}
	case "Source-Ip":
		if r.SourceIP, err = address(v); err != nil {
			return err
		}
	case "Source-Port":
		r.SourcePort, err = port(v)
	case "Arrival-Date", "Received-Date": // the latter in drafts before RFC 5965
		r.Arrival, err = ParseDate(v)
	case "Reporting-Mta":
		r.ReportingMTA = v
		if _, name, typed := strings.Cut(v, ";"); typed { // such as "dns; mx.example"
			r.ReportingMTA = strings.TrimSpace(name)
		}
	case "Original-Envelope-Id":
		r.EnvelopeID = v
	case "Original-Mail-From":
		r.MailFrom = bare(v)
	case "Original-Rcpt-To":
		r.RcptTo = append(r.RcptTo, bare(v))
	case "Reported-Domain":
		r.Domains = append(r.Domains, v)
	case "Reported-Uri":
		r.URIs = append(r.URIs, bare(v))
	case "Authentication-Results":
		r.Authenticated = append(r.Authenticated, v)
	case "Incidents":
		if r.Incidents, err = strconv.ParseInt(v, 10, 64); err != nil || r.Incidents < 1 {
			return fmt.Errorf("%.40q is no number of incidents", v)
		}
	default:
		r.Others = append(r.Others, f)
	}
	return err
}

// authFailure holds the report against RFC 6591, section 3.
func (r *Report) authFailure() error {
	switch kind := strings.ToLower(r.Others.Get("Auth-Failure")); kind {
	case "adsp", "bodyhash", "revoked", "signature", "spf", "dmarc":
		return nil
	case "":
		return errors.New("Auth-Failure: it is missing")
	default:
		return fmt.Errorf("Auth-Failure: %.40q is no way to fail", kind)
	}
}

// word takes what RFC 2045 calls a token.
func word(s string) error {
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`()<>@,;:\"/[]?=`, r) }) {
		return fmt.Errorf("%.40q is no type of feedback", s)
	}
	return nil
}

// address takes an address, in brackets or with the prefix that mail writes before IPv6.
func address(s string) (netip.Addr, error) {
	bare := strings.Trim(s, "[]")
	if len(bare) > 5 && strings.EqualFold(bare[:5], "ipv6:") {
		bare = bare[5:]
	}
	a, err := netip.ParseAddr(bare)
	if err != nil || a.Zone() != "" || a.IsUnspecified() {
		return netip.Addr{}, fmt.Errorf("%.60q is no address", s)
	}
	return a.Unmap(), nil
}

func port(s string) (int, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%.40q is no port", s)
	}
	return int(n), nil
}

// bare takes the brackets off an address of mail or a URI.
func bare(s string) string {
	if inner, found := strings.CutPrefix(s, "<"); found {
		return strings.TrimSpace(strings.TrimSuffix(inner, ">"))
	}
	return s
}
