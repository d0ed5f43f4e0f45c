package norms

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"pahra/wire/lines"
	"pahra/wire/values"
)

// maxLine bounds a line of penalties, in bytes.
const maxLine = 64 << 10

// ReadPenalties reads penalties as JSON lines: one object a line with the keys asn (integer), metric (M1 to M4C), start
// and end (RFC 3339; end exclusive, not before start) and weight (0 or more), each once and no others. It yields each
// good one and reports each bad line; blank lines are skipped. It returns what yield returns, and an error in reading
// the stream.
func ReadPenalties(r io.Reader, report func(values.Problem), yield func(Penalty) error) error {
	for in := lines.NewReader(r, maxLine); ; {
		line, err := in.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, lines.ErrTooLong):
			report(values.Problem{Line: in.Number(), Reason: fmt.Sprintf("longer than %d bytes", maxLine)})
			continue
		case err != nil:
			return fmt.Errorf("reading penalties: line %d: %w", in.Number()+1, err)
		}
		text := bytes.TrimSpace(line)
		if len(text) == 0 {
			continue
		}
		if p, bad := parsePenalty(text); bad != nil {
			report(values.Problem{Line: in.Number(), Reason: bad.Error()})
		} else if err := yield(p); err != nil {
			return err
		}
	}
}

// parsePenalty reads one line.
func parsePenalty(text []byte) (p Penalty, err error) {
	fields, err := object(text)
	if err != nil {
		return p, err
	}
	targets := []struct {
		key  string
		into any
		want string
	}{
		{"asn", &p.ASN, "an AS number"},
		{"metric", &p.Metric, "a metric"},
		{"start", &p.Start, "a time in RFC 3339"},
		{"end", &p.End, "a time in RFC 3339"},
		{"weight", &p.Weight, "a number"},
	}
	for _, t := range targets {
		raw, ok := fields[t.key]
		if !ok {
			return p, fmt.Errorf("key %q is missing", t.key)
		}
		if bytes.Equal(raw, []byte("null")) || json.Unmarshal(raw, t.into) != nil {
			return p, fmt.Errorf("%s %s is not %s", t.key, clipped(raw), t.want)
		}
		delete(fields, t.key)
	}
	if len(fields) > 0 {
		return p, fmt.Errorf("key %q is not known", clipped([]byte(slices.Min(slices.Collect(maps.Keys(fields))))))
	}
	return p, p.check()
}

// check refuses a penalty that cannot count.
func (p *Penalty) check() error {
	p.Start, p.End = p.Start.UTC(), p.End.UTC()
	switch {
	case p.ASN == 0:
		return errors.New("asn 0 is no network (RFC 7607)")
	case !p.Metric.IsIncident():
		return fmt.Errorf("metric %s is not made of incidents (M1 to M4C are)", p.Metric)
	case p.End.Before(p.Start):
		return fmt.Errorf("end %s is before start %s", p.End.Format(time.RFC3339Nano), p.Start.Format(time.RFC3339Nano))
	case !within(p.Weight, 0, maxWeight):
		return fmt.Errorf("weight %v is outside 0 to %v", p.Weight, float64(maxWeight))
	}
	return nil
}

// object reads a flat JSON object and refuses a key that comes twice. Unlike a decode into a struct it takes keys only
// as they are spelt.
func object(text []byte) (map[string]json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	fields := map[string]json.RawMessage{}
	for dec.More() {
		t, err := dec.Token()
		key, ok := t.(string)
		var value json.RawMessage
		if err != nil || !ok || dec.Decode(&value) != nil {
			return nil, errors.New("not a well-formed JSON object")
		}
		if _, twice := fields[key]; twice {
			return nil, fmt.Errorf("key %q comes twice", clipped([]byte(key)))
		}
		fields[key] = value
	}
	if _, err := dec.Token(); err != nil {
		return nil, errors.New("not a well-formed JSON object")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON object")
	}
	return fields, nil
}

// clipped shortens a value for a message and leaves out what a terminal could act on.
func clipped(raw []byte) string {
	tail := ""
	if len(raw) > 60 {
		raw, tail = raw[:60], "…"
	}
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, string(raw)) + tail
}
