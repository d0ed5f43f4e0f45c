package service

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"pahra/internal/watch"
)

// trailStore keeps the paths and sessions of every incident of a run in a temporary file without a name: there may be
// tens of thousands of them, and few are looked at.
type trailStore struct {
	file *os.File
	at   map[string][2]int64 // begin and length by incident
	end  int64
}

// storeTrails reads the evidence once. Its rows stand incident by incident.
func (p *Pages) storeTrails() (*trailStore, error) {
	file, err := os.CreateTemp("", "pahra-trails-")
	if err != nil {
		return nil, fmt.Errorf("making room for trails: %w", err)
	}
	s := &trailStore{file: file, at: make(map[string][2]int64)}
	id, t, bad := "", newTrail(), error(nil)
	err = eachOf(p.run, "evidence.parquet", func(row evidenceRow) {
		if row.Incident != id && bad == nil {
			bad = s.put(id, t)
			id, t = row.Incident, newTrail()
		}
		t.add(row)
	})
	if err = errors.Join(err, bad); err == nil {
		err = s.put(id, t)
	}
	if err = errors.Join(err, os.Remove(file.Name())); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return s, nil
}

func (s *trailStore) put(id string, t *trail) error {
	if id == "" {
		return nil
	}
	if _, twice := s.at[id]; twice {
		return fmt.Errorf("evidence.parquet: the rows of incident %s do not stand together", id)
	}
	text, err := json.Marshal(t.told())
	if err != nil {
		return err
	}
	if _, err := s.file.Write(text); err != nil {
		return fmt.Errorf("keeping trails: %w", err)
	}
	s.at[id] = [2]int64{s.end, int64(len(text))}
	s.end += int64(len(text))
	return nil
}

// of gives the trail of an incident; an empty one where the evidence has none.
func (s *trailStore) of(id string) (t toldTrail, err error) {
	at, ok := s.at[id]
	if !ok {
		return t, nil
	}
	text := make([]byte, at[1])
	if _, err := s.file.ReadAt(text, at[0]); err != nil {
		return t, fmt.Errorf("reading the trail of incident %s: %w", id, err)
	}
	return t, json.Unmarshal(text, &t)
}

func (s *trailStore) close() error { return s.file.Close() }

// trailOf makes the trail of an incident from the updates that it holds itself.
func trailOf(i *watch.Incident) toldTrail {
	t := newTrail()
	for _, u := range i.Evidence.Updates {
		t.add(evidenceRow{
			Incident: i.ID, Time: u.Time.UnixMicro(), Collector: u.Collector, PeerASN: uint32(u.PeerASN), PeerIP: u.PeerIP.String(),
			Prefix: u.Prefix.String(), Path: pathString(u),
		})
	}
	return t.told()
}
