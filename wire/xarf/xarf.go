// Package xarf reads and writes XARF, the extended abuse reporting format: one report of one incident, as JSON.
//
// Parse reads a report of version 4 (as its schemas stand on 2026-03-20) or of version 3 (alpha to 3, development, and the
// form that version 4's specification calls "3.0") and gives it in the words of version 4. Fields that belong to a type
// of reports, and those that nobody knows, are in Fields. A report that breaks the rules of its version and type is
// refused with the reason; the rules are data, in the folder rules. Marshal writes version 4, held against the same rules.
// What is internal to a sender ("_internal", "InternalProcessing") is never given and never written.
package xarf

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// MaxSize is how many octets a report may have: 15 MB of evidence in base64, and room beside it.
const MaxSize = 32 << 20

// Report is one report of abuse.
type Report struct {
	Version       string    // of the format, as the report states it
	ID            string    // a UUID; version 3 has none
	Time          time.Time // of the incident
	Reporter      Contact   // who complains
	Sender        Contact   // who sent the report
	Source        string    // where the abuse comes from: an address, a domain, a URL
	SourcePort    int       // 0: not told
	Category      string    // such as "connection"; "" for types of version 3 that version 4 does not have
	Type          string    // such as "port_scan"; likewise
	EvidenceFrom  string    // evidence_source
	Evidence      []Evidence
	Tags          []string
	Confidence    *float64 // 0 to 1
	Description   string
	LegacyVersion string // "3" for a report that came as version 3
	// Fields are all others by name; in a report of version 3 those that version 4 does not know keep their names.
	Fields map[string]json.RawMessage
}

// Contact is an organisation.
type Contact struct {
	Org     string `json:"org"`
	Contact string `json:"contact"` // an address of mail
	Domain  string `json:"domain"`
}

// Evidence is what supports a report.
type Evidence struct {
	ContentType string
	Description string
	Payload     []byte
	Hash        string // as stated: algorithm, ":", hexadecimal; "" if it is not
	Size        int    // as stated; 0 if it is not
}

// SHA256 gives the hash of the payload, in hexadecimal.
func (e *Evidence) SHA256() string {
	sum := sha256.Sum256(e.Payload)
	return hex.EncodeToString(sum[:])
}

// known are the names of the fields that Report has a place for.
var known = [...]string{"xarf_version", "report_id", "timestamp", "reporter", "sender", "source_identifier", "source_port", "category", "type",
	"evidence_source", "evidence", "tags", "confidence", "description", "legacy_version", internal}

const internal = "_internal"

// Parse reads one report.
func Parse(data []byte) (*Report, error) {
	r, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("reading a XARF report: %w", err)
	}
	return r, nil
}

func parse(data []byte) (*Report, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("it has %d octets, %d are allowed", len(data), MaxSize)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var m map[string]any
	if err := dec.Decode(&m); err != nil {
		return nil, err
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, err
	}
	_, four := m["xarf_version"]
	_, three := m["Version"]
	_, alpha := m["ReporterInfo"]
	switch {
	case four:
		alias(m)
		if err := hold4(m); err != nil {
			return nil, err
		}
		return read4(m, raw)
	case three || alpha:
		return parse3(m, raw)
	}
	return nil, errors.New("it states no version")
}

// alias gives a type the name that the schemas have, where the specification's prose has another.
func alias(m map[string]any) {
	if m["category"] == "infrastructure" && m["type"] == "bot" {
		m["type"] = "botnet"
	}
}

// hold4 holds a report against the rules of version 4.
func hold4(m map[string]any) error {
	r := rules4()
	if bad := r["core"].check(m); bad != nil {
		return bad
	}
	section, known := r[fmt.Sprint(m["category"], "/", m["type"])]
	if !known {
		return &fault{"type", fmt.Sprintf("%q is no type of the category %s", clip(fmt.Sprint(m["type"])), m["category"])}
	}
	if bad := section.check(m); bad != nil {
		return bad
	}
	return nil
}

// read4 takes a report that the rules of version 4 agree with.
func read4(m map[string]any, raw map[string]json.RawMessage) (*Report, error) {
	r := &Report{Version: text(m, "xarf_version"), ID: strings.ToLower(text(m, "report_id")), Source: text(m, "source_identifier"),
		Category: text(m, "category"), Type: text(m, "type"), EvidenceFrom: text(m, "evidence_source"),
		Description: text(m, "description"), LegacyVersion: text(m, "legacy_version"), Fields: map[string]json.RawMessage{}}
	r.Time, _ = time.Parse(time.RFC3339, strings.ToUpper(text(m, "timestamp")))
	r.Reporter, r.Sender = contact(m["reporter"]), contact(m["sender"])
	r.SourcePort = int(number(m["source_port"]))
	if _, there := m["confidence"]; there {
		c := number(m["confidence"])
		r.Confidence = &c
	}
	if tags, ok := m["tags"].([]any); ok {
		for _, t := range tags {
			r.Tags = append(r.Tags, t.(string))
		}
	}
	if items, ok := m["evidence"].([]any); ok {
		for _, item := range items {
			of := item.(map[string]any)
			e := Evidence{ContentType: text(of, "content_type"), Description: text(of, "description"), Hash: strings.ToLower(text(of, "hash")), Size: int(number(of["size"]))}
			e.Payload, _ = base64.StdEncoding.DecodeString(text(of, "payload"))
			r.Evidence = append(r.Evidence, e)
		}
	}
	for name, value := range raw {
		r.Fields[name] = value
	}
	for _, name := range known {
		delete(r.Fields, name)
	}
	return r, nil
}

func text(m map[string]any, name string) string {
	s, _ := m[name].(string)
	return s
}

func number(v any) float64 {
	n, _ := v.(json.Number)
	f, _ := n.Float64()
	return f
}

func contact(v any) Contact {
	m, _ := v.(map[string]any)
	return Contact{text(m, "org"), text(m, "contact"), text(m, "domain")}
}
