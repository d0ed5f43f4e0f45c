package xarf

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Current is the version that Marshal writes.
const Current = "4.2.0"

// Marshal writes the report in version 4, whatever version it came in: the fields of every report first, then the others by
// name. Evidence without a hash gets one. What would break the rules of its category and type is refused; so is a
// report of version 3 that nobody gave an ID. What is internal is left out.
func (r *Report) Marshal() ([]byte, error) {
	b, err := r.marshal()
	if err != nil {
		return nil, fmt.Errorf("writing a XARF report: %w", err)
	}
	return b, nil
}

// written is a report as it is written.
type written struct {
	Version       string        `json:"xarf_version"`
	ID            string        `json:"report_id"`
	Time          string        `json:"timestamp"`
	Reporter      Contact       `json:"reporter"`
	Sender        Contact       `json:"sender"`
	Source        string        `json:"source_identifier"`
	SourcePort    int           `json:"source_port,omitempty"`
	Category      string        `json:"category"`
	Type          string        `json:"type"`
	EvidenceFrom  string        `json:"evidence_source,omitempty"`
	Evidence      []writtenItem `json:"evidence,omitempty"`
	Tags          []string      `json:"tags,omitempty"`
	Confidence    *float64      `json:"confidence,omitempty"`
	Description   string        `json:"description,omitempty"`
	LegacyVersion string        `json:"legacy_version,omitempty"`
}

type writtenItem struct {
	ContentType string `json:"content_type"`
	Description string `json:"description,omitempty"`
	Payload     string `json:"payload"`
	Hash        string `json:"hash"`
	Size        int    `json:"size,omitempty"`
}

func (r *Report) marshal() ([]byte, error) {
	w := written{Current, r.ID, r.Time.UTC().Format(time.RFC3339Nano), r.Reporter, r.Sender, r.Source, r.SourcePort, r.Category, r.Type,
		r.EvidenceFrom, nil, r.Tags, r.Confidence, r.Description, r.LegacyVersion}
	if strings.HasPrefix(r.Version, "4.") {
		w.Version = r.Version
	}
	if r.Time.IsZero() {
		return nil, errors.New("timestamp: it is missing")
	}
	for _, e := range r.Evidence {
		item := writtenItem{e.ContentType, e.Description, base64.StdEncoding.EncodeToString(e.Payload), e.Hash, e.Size}
		if item.Hash == "" {
			item.Hash = "sha256:" + e.SHA256()
		}
		w.Evidence = append(w.Evidence, item)
	}
	var out bytes.Buffer
	if err := encode(&out, w); err != nil {
		return nil, err
	}
	out.Truncate(out.Len() - 1) // the closing brace
	for _, name := range slices.Sorted(maps.Keys(r.Fields)) {
		if name == internal {
			continue
		}
		if slices.Contains(known[:], name) {
			return nil, fmt.Errorf("%s: it has a place of its own", name)
		}
		out.WriteByte(',')
		if err := encode(&out, name); err != nil {
			return nil, err
		}
		out.WriteByte(':')
		if err := json.Compact(&out, r.Fields[name]); err != nil {
			return nil, fmt.Errorf("%s: %w", clip(name), err)
		}
	}
	out.WriteByte('}')
	if _, err := parse(out.Bytes()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// encode appends JSON without a line's end, letting <, > and & stand.
func encode(out *bytes.Buffer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	out.Truncate(out.Len() - 1)
	return nil
}
