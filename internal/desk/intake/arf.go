package intake

import (
	"bytes"
	"errors"
	"io"
	"net/url"
	"strconv"
	"strings"

	"pahra/internal/desk/class"
	"pahra/wire/arf"
	"pahra/wire/intelmq"
)

// mostMail is how much of a mail is given on as what an event came from.
const mostMail = 1 << 20

// readARF reads one mail with a feedback report. What is wrong with the report goes to quarantine with the mail; what is no
// mail at all is an error.
func readARF(r io.Reader, _ Options, out Out) error {
	classes, err := class.Load()
	if err != nil {
		return err
	}
	var kept bytes.Buffer
	m, err := arf.ReadMail(io.TeeReader(r, &limited{&kept, mostMail}))
	if err != nil {
		return err
	}
	report, err := arf.FromMail(m)
	if err == nil && !report.SourceIP.IsValid() && len(report.Domains) == 0 && len(report.URIs) == 0 {
		err = errors.New("it names neither an address nor a domain nor a URI that it is about")
	}
	if err != nil {
		return out.Bad("mail", err, cut(kept.String()[:min(kept.Len(), most)]))
	}
	return out.Event(arfEvent(report, classes), kept.Bytes())
}

// limited keeps the beginning of what is written.
type limited struct {
	to   *bytes.Buffer
	room int
}

func (l *limited) Write(b []byte) (int, error) {
	n := min(len(b), l.room)
	l.room -= n
	l.to.Write(b[:n])
	return len(b), nil
}

// arfEvent gives the event of a report.
func arfEvent(r *arf.Report, classes *class.Tables) *intelmq.Event {
	var e intelmq.Event
	setClass(&e, classes, []hint{{"arf", r.Type}})
	when := r.Arrival
	if when.IsZero() {
		when, _ = arf.ParseDate(r.Mail.Get("Date")) // of the report: better than nothing
	}
	if !when.IsZero() {
		e.Set("time.source", intelmq.Moment(when))
	}
	pairs := []pair{textPair(intelmq.ReportID, "", strings.Trim(r.Mail.Get("Message-Id"), "<>")), textPair("classification.identifier", "", r.Type),
		textPair("event_description.text", "arf.text", r.Text), textPair("protocol.application", "", "smtp"),
		textPair("source.account", "arf.original_mail_from", r.MailFrom), textPair("", "arf.feedback_type", r.Type), textPair("", "arf.user_agent", r.UserAgent),
		textPair("", "arf.version", r.Version), textPair("", "arf.reporting_mta", r.ReportingMTA), textPair("", "arf.original_envelope_id", r.EnvelopeID),
		textPair("", "arf.from", r.Mail.Get("From"))}
	if r.SourceIP.IsValid() {
		pairs = append(pairs, textPair("source.ip", "arf.source_ip", r.SourceIP.String()))
	}
	if r.SourcePort != 0 {
		pairs = append(pairs, textPair("source.port", "arf.source_port", strconv.Itoa(r.SourcePort)))
	}
	if r.Incidents != 0 {
		pairs = append(pairs, pair{"", "arf.incidents", intelmq.Value{Text: strconv.FormatInt(r.Incidents, 10), Kind: intelmq.Int}})
	}
	for _, d := range r.Domains {
		pairs = append(pairs, textPair("source.fqdn", "arf.reported_domain", d))
	}
	for _, u := range r.URIs {
		field := "source.url"
		if p, err := url.Parse(u); err == nil && p.Scheme == "mailto" {
			field = ""
		}
		pairs = append(pairs, textPair(field, "arf.reported_uri", u), textPair("source.fqdn", "", hostOf(u)))
	}
	for _, to := range r.RcptTo {
		pairs = append(pairs, textPair("destination.account", "arf.original_rcpt_to", to))
	}
	for _, result := range r.Authenticated {
		pairs = append(pairs, textPair("", "arf.authentication_results", result))
	}
	for _, f := range r.Others {
		pairs = append(pairs, textPair("", "arf."+fieldName(f.Name), f.Value))
	}
	fill(&e, append(pairs, originalPairs(r.Original)...))
	return &e
}

// originalFields are the fields of the header of the mail that is complained of that an event keeps.
var originalFields = []string{"From", "Sender", "Return-Path", "Subject", "Date", "Message-Id", "Received", "List-Id", "X-Mailer", "X-Originating-Ip"}

// mostReceived is how many of the header's lines of one name an event keeps.
const mostReceived = 20

func originalPairs(h arf.Header) (pairs []pair) {
	for _, name := range originalFields {
		all := h.All(name)
		for _, v := range all[:min(len(all), mostReceived)] {
			pairs = append(pairs, textPair("", "arf.original."+fieldName(name), v))
		}
	}
	return pairs
}

// fieldName gives a name of a header's field as one of an extra field.
func fieldName(name string) string { return strings.ReplaceAll(strings.ToLower(name), "-", "_") }
