package spoofer

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"pahra/wire/values"
)

// readCSV reads a heading of the API's names in any order, then one session a line. A record is one line.
func readCSV(r io.Reader, out sink) error {
	var heading []string
	return eachLine(r, out, func(text []byte, at values.Problem) error {
		if text[0] == '#' {
			return nil
		}
		row, bad := csv.NewReader(bytes.NewReader(text)).Read()
		switch {
		case heading == nil:
			if heading = findHeading(row); heading == nil || bad != nil {
				return fmt.Errorf("line %d: no heading with session and timestamp: %w", at.Line, ErrFormat)
			}
			return nil
		case bad != nil:
			return out.bad(at, bad)
		case len(row) != len(heading):
			return out.bad(at, fmt.Errorf("%d fields under %d headings", len(row), len(heading)))
		}
		fields := make(map[string]string, len(row))
		for i, name := range heading {
			fields[name] = strings.TrimSpace(row[i])
		}
		return out.record(fields, at)
	})
}

func findHeading(row []string) []string {
	seen := map[string]bool{}
	for i := range row {
		row[i] = strings.ToLower(strings.TrimSpace(row[i]))
		seen[row[i]] = true
	}
	if !seen["session"] || !seen["timestamp"] {
		return nil
	}
	return row
}

// convert checks the fields of one session. The API writes routedspoof for IPv4 and routedspoof6 for IPv6; routedspoof4
// is taken for the same, as is privatespoof4.
func convert(f map[string]string) (Session, error) {
	s := Session{Country: strings.ToLower(f["country"])}
	var err error
	if s.ID, err = strconv.ParseInt(f["session"], 10, 64); err != nil || s.ID <= 0 {
		return s, fmt.Errorf("session %.40q is not a number", f["session"])
	}
	if s.Time, err = time.Parse(time.RFC3339, f["timestamp"]); err != nil {
		return s, fmt.Errorf("timestamp %.40q of session %d is not a time (RFC 3339)", f["timestamp"], s.ID)
	}
	s.Time = s.Time.UTC()
	if len(s.Country) > 3 {
		return s, fmt.Errorf("country %.40q of session %d", f["country"], s.ID)
	}
	if s.IPv4, err = side(f, "4"); err == nil {
		s.IPv6, err = side(f, "6")
	}
	if err == nil && !s.IPv4.Client.IsValid() && !s.IPv6.Client.IsValid() {
		err = errors.New("no client")
	}
	if err != nil {
		return s, fmt.Errorf("session %d: %w", s.ID, err)
	}
	return s, nil
}

func side(f map[string]string, version string) (s Side, err error) {
	client, asn := f["client"+version], f["asn"+version]
	if client == "" {
		return s, nil
	}
	if s.Client, err = values.ParsePrefix(client); err != nil {
		return s, fmt.Errorf("client%s: %w", version, err)
	}
	if s.Client.Addr().Is4() != (version == "4") {
		return s, fmt.Errorf("client%s %s is of the other family", version, client)
	}
	if strings.ContainsAny(asn, "_,{ ") {
		return s, fmt.Errorf("asn%s %.40q: more than one network", version, asn)
	}
	if asn != "" {
		if s.ASN, err = values.ParseASN(asn); err != nil {
			return s, fmt.Errorf("asn%s: %w", version, err)
		}
	}
	if s.NAT, err = parseNAT(f["nat"+version]); err != nil {
		return s, fmt.Errorf("nat%s: %w", version, err)
	}
	if s.Private, err = outcome(f, "privatespoof", version); err == nil {
		s.Routed, err = outcome(f, "routedspoof", version)
	}
	return s, err
}

func parseNAT(text string) (NAT, error) {
	switch strings.ToLower(text) {
	case "":
		return NATUnknown, nil
	case "true", "1", "t", "yes":
		return NATYes, nil
	case "false", "0", "f", "no":
		return NATNo, nil
	}
	return NATUnknown, fmt.Errorf("%.20q is neither true nor false", text)
}

func outcome(f map[string]string, name, version string) (Outcome, error) {
	text := f[name+version]
	if text == "" && version == "4" {
		text = f[name]
	}
	for i, known := range outcomeNames {
		if strings.EqualFold(text, known) {
			return Outcome(i), nil
		}
	}
	return NotTested, fmt.Errorf("%s %.20q is none of blocked, received, rewritten, unknown", name, text)
}
