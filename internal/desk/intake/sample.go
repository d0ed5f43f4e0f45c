package intake

import (
	"bytes"
	"path"
	"time"

	"pahra/wire/intelmq"
)

// Takes says whether a report of a name is one of those that the mapping is for.
func (m *Mapping) Takes(name string) bool {
	for _, pattern := range m.Files {
		if ok, err := path.Match(pattern, name); ok && err == nil { // they were checked
			return true
		}
	}
	return false
}

// Sample is what a mapping makes of a part of a CSV.
type Sample struct {
	Rows   int              `json:"rows"`
	Bad    int              `json:"bad"`
	Events []*intelmq.Event `json:"events"` // the first of them
	Faults []string         `json:"faults"` // the first of them, with their places
}

// Try makes of a CSV what the mapping would, and keeps at most most events and faults to be looked at. The error is that the
// CSV cannot be read as a whole.
func (m *Mapping) Try(csv []byte, most int) (*Sample, error) {
	s := &Sample{Events: []*intelmq.Event{}, Faults: []string{}}
	err := Read("csv", bytes.NewReader(csv), Options{Name: "the sample", Mapping: m, Observed: time.Time{}}, Out{
		Event: func(e *intelmq.Event, _ []byte) error {
			if s.Rows++; len(s.Events) < most {
				s.Events = append(s.Events, e.Clone())
			}
			return nil
		},
		Bad: func(place string, reason error, _ []byte) error {
			s.Rows, s.Bad = s.Rows+1, s.Bad+1
			if len(s.Faults) < most {
				s.Faults = append(s.Faults, place+": "+reason.Error())
			}
			return nil
		},
	})
	return s, err
}
