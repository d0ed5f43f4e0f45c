package syslog

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"pahra/internal/alert"
)

// The lengths of RFC 5424 section 6, in bytes.
const (
	maxHost  = 255
	maxMsgID = 32
)

// element is the name of our structured data. 32473 is the number that RFC 5612 sets aside for such use: the project has
// no enterprise number of its own.
const element = "pahra@32473"

// severity gives the number of RFC 5424 section 6.2.1.
func severity(s alert.Severity) int {
	switch s {
	case alert.Critical:
		return 2
	case alert.High:
		return 3
	case alert.Medium:
		return 4
	case alert.Low:
		return 5
	}
	return 6
}

// lines writes a message down: a line for each alert, and one for those that it only counts.
func lines(m alert.Message, facility int, host string, most int) [][]byte {
	var list [][]byte
	for _, a := range m.Alerts {
		data := params(
			"message", m.ID, "alert", a.ID, "subject", a.Subject, "kind", string(a.Kind), "phase", string(a.Phase), "severity", string(a.Severity),
			"confidence", strconv.FormatFloat(a.Confidence, 'f', 2, 64), "asn", a.Network.String(), "prefixes", strconv.Itoa(a.PrefixesTotal),
			"since", a.Since.UTC().Format(time.RFC3339), "incident", a.Incident, "link", a.Link)
		list = append(list, line(facility*8+severity(a.Severity), a.Time, host, string(a.Kind), data, a.Title+". "+a.What, most))
	}
	omitted := 0
	for _, n := range m.Omitted {
		omitted += n
	}
	if omitted > 0 || len(m.Alerts) == 0 {
		data := params("message", m.ID, "omitted", strconv.Itoa(omitted))
		list = append(list, line(facility*8+severity(m.Severity), m.At, host, "summary", data, m.Subject, most))
	}
	return list
}

// line writes one line (RFC 5424 section 6). What is longer than most bytes loses the end of its text.
func line(priority int, at time.Time, host, id, data, text string, most int) []byte {
	head := fmt.Sprintf("<%d>1 %s %s pahra - %s %s ", priority, at.UTC().Format("2006-01-02T15:04:05.000000Z07:00"), orNil(printable(host, maxHost)), orNil(printable(id, maxMsgID)), data)
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\n", " "), "\r", " ")
	if strings.ContainsFunc(text, func(r rune) bool { return r > 127 }) {
		text = "\ufeff" + text // which says that it is UTF-8
	}
	if room := max(0, most-len(head)); len(text) > room {
		for room > 0 && !utf8.RuneStart(text[room]) {
			room--
		}
		text = text[:room]
	}
	return []byte(head + text)
}

// params writes structured data (section 6.3); empty values are left out.
func params(pairs ...string) string {
	var b strings.Builder
	b.WriteString("[" + element)
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, `]`, `\]`)
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			fmt.Fprintf(&b, ` %s="%s"`, pairs[i], escape.Replace(alert.Harmless(pairs[i+1])))
		}
	}
	b.WriteString("]")
	return b.String()
}

// printable keeps what a field of the header may hold, up to a length.
func printable(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return -1
		}
		return r
	}, text)
	return text[:min(len(text), most)]
}

func orNil(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
