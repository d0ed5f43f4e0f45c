package grade

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"time"

	"pahra/internal/world"
	"pahra/wire/values"
)

// supported is the attribution that names a network.
const supported = "supported"

// Incident is what grading needs of a line of incidents.jsonl.
type Incident struct {
	ID          string         `json:"id"`
	Kind        string         `json:"kind"`
	ASN         values.ASN     `json:"asn"`
	Victim      *values.ASN    `json:"victim"`
	Prefixes    []netip.Prefix `json:"prefixes"`
	Start       time.Time      `json:"start"`
	End         *time.Time     `json:"end"`
	Attribution string         `json:"attribution"`
	Confidence  float64        `json:"confidence"`
	Evidence    Evidence       `json:"evidence"`
}

// Evidence is what grading needs of an incident's evidence.
type Evidence struct {
	Leak           *Leak    `json:"leak,omitempty"`
	NewLink        *NewLink `json:"new_link,omitempty"`
	Administrative bool     `json:"administrative,omitempty"`
}

// Leak is a leak's triple.
type Leak struct {
	From   values.ASN `json:"from"`
	Leaker values.ASN `json:"leaker"`
	To     values.ASN `json:"to"`
}

// NewLink is a path anomaly's link.
type NewLink struct {
	Near values.ASN `json:"near"`
	Far  values.ASN `json:"far"`
}

// kind tells administrative bogons from others.
func (inc *Incident) kind() string {
	if inc.Evidence.Administrative {
		return inc.Kind + "-administrative"
	}
	return inc.Kind
}

// informs tells whether incidents of its kind cost nobody anything.
func (inc *Incident) informs() bool { return inc.Kind == "path-anomaly" || inc.Evidence.Administrative }

// The limits of what is read.
const (
	maxTruth = 1 << 30
	maxLine  = 64 << 20
)

// ReadTruth reads a world's truth file.
func ReadTruth(r io.Reader) (world.Truth, error) {
	var truth world.Truth
	d := json.NewDecoder(io.LimitReader(r, maxTruth))
	d.DisallowUnknownFields()
	if err := d.Decode(&truth); err != nil {
		return world.Truth{}, fmt.Errorf("reading a truth: %w", err)
	}
	if !truth.End.After(truth.Start) || truth.Networks <= 0 {
		return world.Truth{}, fmt.Errorf("reading a truth: %d networks from %s to %s are no world", truth.Networks, truth.Start, truth.End)
	}
	return truth, nil
}

// ReadIncidents reads a run's incidents.jsonl.
func ReadIncidents(r io.Reader) ([]Incident, error) {
	var list []Incident
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		var inc Incident
		if err := json.Unmarshal(lines.Bytes(), &inc); err != nil {
			return nil, fmt.Errorf("reading incidents: line %d: %w", n, err)
		}
		list = append(list, inc)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading incidents: %w", err)
	}
	return list, nil
}
