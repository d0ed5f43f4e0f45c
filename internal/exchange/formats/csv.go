package formats

import (
	"encoding/csv"
	"io"
	"strings"

	"pahra/internal/exchange"
	"pahra/wire/intelmq"
)

// columns are those of [CSV]. All other fields stand as JSON in the last.
func columns() []string {
	list := []string{exchange.SharedID, "tlp", "time.source", "time.observation", "classification.taxonomy", "classification.type", "classification.identifier"}
	for _, side := range [...]string{"source.", "destination."} {
		for _, name := range [...]string{"ip", "network", "port", "asn", "as_name", "fqdn", "url", "account", "geolocation.cc"} {
			list = append(list, side+name)
		}
	}
	return append(list, "protocol.transport", "protocol.application", "malware.name", "malware.hash.md5", "malware.hash.sha1", "malware.hash.sha256", "event_description.text", "comment")
}

// CSV writes copies as a table, with a header; what a spreadsheet would read as a formula gets an apostrophe in front.
func CSV(w io.Writer, copies []*intelmq.Event) error {
	out := csv.NewWriter(w)
	names := columns()
	if err := out.Write(append(names[:len(names):len(names)], "rest")); err != nil {
		return err
	}
	for _, e := range copies {
		rest := e.Clone()
		row := make([]string, 0, len(names)+1)
		for _, name := range names {
			row = append(row, harmless(e.Text(name)))
			rest.Delete(name)
		}
		more := ""
		if len(rest.Fields()) > 0 {
			more = string(rest.AppendJSON(nil))
		}
		if err := out.Write(append(row, more)); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func harmless(text string) string {
	if text != "" && strings.ContainsAny(text[:1], "=+-@\t\r") {
		return "'" + text
	}
	return text
}
