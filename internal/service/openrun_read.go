package service

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"pahra/internal/archive"
	"pahra/internal/norms"
	"pahra/internal/source/folder"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// maxRunLine bounds a line of incidents.jsonl or scores.jsonl, in bytes.
const maxRunLine = 256 << 20

// material is what a run says of some networks.
type material struct {
	at        time.Time
	scores    map[values.ASN][]norms.Score
	routes    map[values.ASN][]announcementRow
	incidents []watch.Incident // with any of them as announcing network, accomplice or victim
	explained []explainedRow
	networks  map[values.ASN]networkRow
	lists     map[values.ASN][]string // named neighbourhoods each belongs to
}

// gather reads all that concerns the networks in the set, as of a moment. whole keeps the incidents' raw updates.
func (r *Run) gather(in map[values.ASN]bool, at time.Time, whole bool) (*material, error) {
	m := &material{
		at: at, scores: make(map[values.ASN][]norms.Score), routes: make(map[values.ASN][]announcementRow),
		networks: make(map[values.ASN]networkRow), lists: make(map[values.ASN][]string),
	}
	var err error
	for _, step := range []func() error{
		func() error { return r.readScores(in, m) },
		func() error {
			m.incidents, err = r.readIncidents(at, whole, func(i *watch.Incident) bool { return concerns(i, in) })
			return err
		},
		func() error {
			return eachOf(r, "announcements.parquet", func(row announcementRow) {
				if asn := values.ASN(row.Origin); in[asn] {
					m.routes[asn] = append(m.routes[asn], row)
				}
			})
		},
		func() error {
			return eachOf(r, "explained.parquet", func(row explainedRow) {
				if (in[values.ASN(row.ASN)] || in[values.ASN(row.Victim)]) && !time.UnixMicro(row.Time).After(at) {
					m.explained = append(m.explained, row)
				}
			})
		},
		func() error { return r.readWho(in, m) },
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// concerns tells whether an incident has a network of the set in any role.
func concerns(i *watch.Incident, in map[values.ASN]bool) bool {
	if in[i.ASN] || slices.ContainsFunc(i.Evidence.Victims, func(a values.ASN) bool { return in[a] }) {
		return true
	}
	return i.Victim != nil && in[*i.Victim] ||
		slices.ContainsFunc(i.Accomplices, func(a watch.Accomplice) bool { return in[a.ASN] })
}

// readWho reads what the registries say of the networks in the set, and the named neighbourhoods they are in.
func (r *Run) readWho(in map[values.ASN]bool, m *material) error {
	err := eachOf(r, networksSegment, func(row networkRow) {
		if asn := values.ASN(row.ASN); in[asn] {
			m.networks[asn] = row
		}
	})
	if err != nil {
		return err
	}
	return eachOf(r, neighbourhoodsSegment, func(row neighbourhoodRow) {
		if asn := values.ASN(row.ASN); in[asn] {
			m.lists[asn] = append(m.lists[asn], row.Name)
		}
	})
}

// eachOf gives every row of a segment.
func eachOf[T any](r *Run, name string, visit func(T)) error {
	s, ok := r.segments[name]
	if !ok {
		return fmt.Errorf("the run in %s has no %s: it was made by another version; observe again", r.dir, name)
	}
	for row, err := range archive.ReadSegment[T](filepath.Join(r.dir, archiveDir), s) {
		if err != nil {
			return err
		}
		visit(row)
	}
	return nil
}

// lines gives every line of a file of JSON lines.
func (r *Run) lines(name string, visit func(line []byte) error) error {
	f, err := folder.OpenRegular(filepath.Join(r.dir, name))
	if err != nil {
		return err
	}
	defer f.Close()
	scan := bufio.NewScanner(f)
	scan.Buffer(make([]byte, 1<<20), maxRunLine)
	n := 1
	for ; scan.Scan(); n++ {
		if err := visit(scan.Bytes()); err != nil {
			return fmt.Errorf("%s line %d: %w", name, n, err)
		}
	}
	if err := scan.Err(); err != nil {
		return fmt.Errorf("reading %s: line %d: %w", name, n, err)
	}
	return nil
}

// linesOf gives the lines of a file that may be about networks of the set. Each line begins with its network, so that
// the others need not be parsed.
func (r *Run) linesOf(name string, in map[values.ASN]bool, visit func(line []byte) error) error {
	head := []byte(`{"asn":`)
	return r.lines(name, func(line []byte) error {
		if number, _, ok := bytes.Cut(bytes.TrimPrefix(line, head), []byte(",")); ok {
			if asn, err := strconv.ParseUint(string(number), 10, 32); err == nil && !in[values.ASN(asn)] {
				return nil
			}
		}
		return visit(line)
	})
}

// readScores keeps the scores of the networks in the set.
func (r *Run) readScores(in map[values.ASN]bool, m *material) error {
	return r.linesOf(scoresFile, in, func(line []byte) error {
		var s norms.Score
		if err := json.Unmarshal(line, &s); err != nil {
			return err
		}
		if in[s.ASN] {
			m.scores[s.ASN] = append(m.scores[s.ASN], s)
		}
		return nil
	})
}

// readIncidents gives the incidents that had begun at the moment and that keep keeps, in the state they had then.
func (r *Run) readIncidents(at time.Time, whole bool, keep func(*watch.Incident) bool) (list []watch.Incident, err error) {
	err = r.lines(incidentsFile, func(line []byte) error {
		var inc watch.Incident
		if err := json.Unmarshal(line, &inc); err != nil {
			return err
		}
		if inc.Start.After(at) || !keep(&inc) {
			return nil
		}
		if inc.End != nil && inc.End.After(at) {
			inc.End, inc.Status = nil, watch.Open
		}
		if !whole {
			inc.Evidence.Updates = nil
		}
		list = append(list, inc)
		return nil
	})
	return list, err
}

// routesOf gives the announcements that overlap a prefix.
func (r *Run) routesOf(p netip.Prefix) (list []announcementRow, err error) {
	var bad error
	err = eachOf(r, "announcements.parquet", func(row announcementRow) {
		q, err := netip.ParsePrefix(row.Prefix)
		if err != nil {
			bad = fmt.Errorf("announcements.parquet: %w", err)
		} else if p.Overlaps(q) {
			list = append(list, row)
		}
	})
	if err == nil {
		err = bad
	}
	return list, err
}
