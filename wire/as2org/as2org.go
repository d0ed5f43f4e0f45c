// Package as2org reads CAIDA's AS-to-organisation files, which say whose each AS is according to WHOIS.
//
// [Read] takes both forms: JSON lines (`{"type":"ASN",…}` and `{"type":"Organization",…}`) and the older pipe text, whose
// `# format:` comments name the columns that follow. An AS names its organisation by id; joining the two is the
// caller's, as either may stand first. The formats are CAIDA's README of
// https://data.caida.org/datasets/as-organizations/. The package keeps nothing between lines.
package as2org

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"pahra/wire/lines"
	"pahra/wire/values"
)

// AS is one AS number's entry.
type AS struct {
	ASN  values.ASN
	Name string // the short AS name
	// OrgID names the organisation; ids that begin with @ were made by CAIDA where WHOIS had none.
	OrgID string
	// OpaqueID is that of the extended delegation statistics with the registry behind "_". Under a national registry
	// it may be the registry's own and so no sign of one holder.
	OpaqueID string
	Source   string    // the registry, such as APNIC or JPNIC, or several between commas
	Changed  time.Time // when WHOIS says that the entry changed, or zero
}

// Organization is one organisation's entry.
type Organization struct {
	ID, Name string
	Country  string // ISO 3166 alpha-2, or empty
	Source   string
	Changed  time.Time
}

// Sink takes what Read yields. A nil func drops its kind.
type Sink struct {
	AS           func(AS) error
	Organization func(Organization) error
}

const maxLine = 64 << 10

// ErrFormat says that the input is not of this format at all.
var ErrFormat = errors.New("not an as-org2info file (JSON lines or pipe text)")

// Read yields each entry of r in file order and reports each malformed line. It returns the error of r or of sink, or
// ErrFormat where no line is an entry.
func Read(r io.Reader, report func(values.Problem), sink Sink) error {
	if sink.AS == nil {
		sink.AS = func(AS) error { return nil }
	}
	if sink.Organization == nil {
		sink.Organization = func(Organization) error { return nil }
	}
	var text textForm
	return lines.Each(r, maxLine, ErrFormat, report, func(line []byte, _ int) (bad, fatal error) {
		if line[0] == '{' {
			return readJSON(line, sink)
		}
		return text.read(line, sink)
	})
}

// entry is one line of the JSON form.
type entry struct {
	Type           string `json:"type"`
	ASN            string `json:"asn"`
	Name           string `json:"name"`
	OrganizationID string `json:"organizationId"`
	OpaqueID       string `json:"opaqueId"`
	Country        string `json:"country"`
	Source         string `json:"source"`
	Changed        string `json:"changed"`
}

func readJSON(line []byte, sink Sink) (bad, fatal error) {
	var e entry
	if err := json.Unmarshal(line, &e); err != nil {
		return fmt.Errorf("reading JSON: %w", err), nil
	}
	switch e.Type {
	case "ASN":
		return e.yieldAS(sink)
	case "Organization":
		return e.yieldOrganization(sink)
	default:
		return fmt.Errorf("type %.20q is neither ASN nor Organization", e.Type), nil
	}
}

func (e *entry) yieldAS(sink Sink) (bad, fatal error) {
	asn, err := values.ParseASN(e.ASN)
	if err != nil {
		return err, nil
	}
	changed, err := parseDate(e.Changed)
	if err != nil {
		return err, nil
	}
	if asn == 0 || e.OrganizationID == "" {
		return fmt.Errorf("AS%d names no organisation or is AS0", asn), nil
	}
	return nil, sink.AS(AS{asn, e.Name, e.OrganizationID, e.OpaqueID, e.Source, changed})
}

func (e *entry) yieldOrganization(sink Sink) (bad, fatal error) {
	changed, err := parseDate(e.Changed)
	if err != nil {
		return err, nil
	}
	if e.OrganizationID == "" {
		return errors.New("organisation without an id"), nil
	}
	return nil, sink.Organization(Organization{e.OrganizationID, e.Name, e.Country, e.Source, changed})
}

// parseDate reads YYYYMMDD; nothing gives the zero time.
func parseDate(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse("20060102", s)
	if err != nil {
		return time.Time{}, fmt.Errorf("%.20q is not a date in the form YYYYMMDD", s)
	}
	return t, nil
}
