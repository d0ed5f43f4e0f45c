package service

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"pahra/internal/archive"
	"pahra/internal/watch"
)

// incidentRow is a row of incidents.*.parquet: an incident as it stood when it was last kept.
type incidentRow struct {
	ID          string   `parquet:"id"`
	Kind        string   `parquet:"kind,dict"`
	ASN         uint32   `parquet:"asn"`
	Victim      *uint32  `parquet:"victim,optional"`
	Start       int64    `parquet:"start,timestamp(microsecond)"`
	End         *int64   `parquet:"end,optional,timestamp(microsecond)"`
	Status      string   `parquet:"status,dict"`
	Confidence  float64  `parquet:"confidence"`
	Attribution string   `parquet:"attribution,dict"`
	Prefixes    []string `parquet:"prefixes,list"`
	Accomplices []uint32 `parquet:"accomplices,list"`
	Victims     []uint32 `parquet:"victims,list"`
	Body        string   `parquet:"body"` // the whole incident as JSON
}

// proofRow is a row of updates.*.parquet: one element kept as proof of an incident, with its octets.
type proofRow struct {
	Start     int64  `parquet:"incident_start,timestamp(microsecond)"`
	Incident  string `parquet:"incident,dict"`
	Time      int64  `parquet:"time,timestamp(microsecond)"`
	Collector string `parquet:"collector,dict"`
	PeerASN   uint32 `parquet:"peer_asn"`
	PeerIP    string `parquet:"peer_ip,dict"`
	Type      string `parquet:"type,dict"`
	Prefix    string `parquet:"prefix"`
	Path      string `parquet:"path"`
	File      string `parquet:"file,dict"`
	Offset    int64  `parquet:"offset"`
	Raw       []byte `parquet:"raw"`
}

// KeepIncidents puts incidents as they stand now, with everything that proves them, into the archive of the day on which
// each began, in place of what is there of them; proof that is there already stays. proofs may tell of more incidents.
// What it keeps no retention removes.
func (r *Roller) KeepIncidents(ctx context.Context, now time.Time, incidents []watch.Incident, proofs iter.Seq2[string, watch.Update]) error {
	end, err := r.begin(&r.incidents)
	if err != nil {
		return fmt.Errorf("keeping incidents: %w", err)
	}
	defer end()
	byDay := make(map[string]map[string]incidentRow)
	proven := make(map[string][]proofRow)
	starts, hashes := make(map[string]int64), make(map[string]string, len(incidents))
	for _, i := range incidents {
		row, err := rowOf(i)
		if err != nil {
			return fmt.Errorf("keeping incident %s: %w", i.ID, err)
		}
		sum := sha256.Sum256([]byte(row.Body))
		if hashes[i.ID] = string(sum[:]); r.kept[i.ID] == hashes[i.ID] {
			continue
		}
		day := incidentsDir + "/" + archive.DayName(i.Start)
		if byDay[day] == nil {
			byDay[day] = make(map[string]incidentRow)
		}
		byDay[day][i.ID], starts[i.ID] = row, row.Start
	}
	if len(byDay) > 0 {
		for id, u := range proofs {
			if start, wanted := starts[id]; wanted {
				proven[id] = append(proven[id], proofOf(id, start, u))
			}
		}
	}
	for _, day := range slices.Sorted(maps.Keys(byDay)) {
		if err := r.keepDay(ctx, now, day, byDay[day], proven); err != nil {
			return fmt.Errorf("keeping incidents of %s: %w", day, err)
		}
	}
	r.kept = hashes
	return nil
}

func rowOf(i watch.Incident) (incidentRow, error) {
	body, err := json.Marshal(i)
	row := incidentRow{ID: i.ID, Kind: string(i.Kind), ASN: uint32(i.ASN), Start: i.Start.UnixMicro(), Status: string(i.Status),
		Confidence: i.Confidence, Attribution: string(i.Attribution), Body: string(body)}
	if i.Victim != nil {
		v := uint32(*i.Victim)
		row.Victim = &v
	}
	if i.End != nil {
		e := i.End.UnixMicro()
		row.End = &e
	}
	for _, p := range i.Prefixes {
		row.Prefixes = append(row.Prefixes, p.String())
	}
	for _, a := range i.Accomplices {
		row.Accomplices = append(row.Accomplices, uint32(a.ASN))
	}
	for _, v := range i.Evidence.Victims {
		row.Victims = append(row.Victims, uint32(v))
	}
	return row, err
}

func proofOf(id string, start int64, u watch.Update) proofRow {
	raw, _ := hex.DecodeString(u.Raw) // made by this program
	return proofRow{start, id, u.Time.UnixMicro(), u.Collector, uint32(u.PeerASN), u.PeerIP.String(), u.Type, u.Prefix.String(),
		pathString(u), u.File, u.Offset, raw}
}

// keepDay writes a day's incidents and proof anew, with what is new, and removes the segments that these replace.
func (r *Roller) keepDay(ctx context.Context, now time.Time, day string, fresh map[string]incidentRow, proven map[string][]proofRow) error {
	m, err := r.manifest(day)
	if err != nil {
		return err
	}
	dir := filepath.Join(r.opt.Archive, filepath.FromSlash(day))
	kept, changed, err := mergeIncidents(ctx, segmentRows[incidentRow](dir, m, "incidents."), fresh)
	if err != nil || !changed {
		return errors.Join(err, r.removeOld(now, day, m))
	}
	proof, err := mergeProof(ctx, segmentRows[proofRow](dir, m, "updates."), kept, proven)
	if err != nil {
		return err
	}
	next := archive.Manifest{}
	generation := generationOf(m) + 1
	for _, write := range []struct {
		name string
		to   func(path string) (archive.Segment, error)
	}{
		{fmt.Sprintf("incidents.%06d.parquet", generation), func(path string) (archive.Segment, error) {
			return archive.WriteSegment(path, slices.Values(kept))
		}},
		{fmt.Sprintf("updates.%06d.parquet", generation), func(path string) (archive.Segment, error) {
			return archive.WriteSegment(path, slices.Values(proof))
		}},
	} {
		r.step("segment " + write.name)
		s, err := write.to(filepath.Join(dir, write.name))
		if err != nil {
			return err
		}
		if err := r.record(archive.Entry{At: now, Did: "kept", What: day + "/" + s.Name, Rows: s.Rows, Bytes: s.Bytes, SHA256: s.SHA256}); err != nil {
			return err
		}
		next.Segments = append(next.Segments, s)
	}
	if err := r.writeManifest(day, next); err != nil {
		return err
	}
	return r.removeOld(now, day, next)
}

// removeOld removes what a newer generation stands for.
func (r *Roller) removeOld(now time.Time, day string, m archive.Manifest) error {
	dir := filepath.Join(r.opt.Archive, filepath.FromSlash(day))
	if len(m.Segments) == 0 {
		return nil
	}
	names, err := archive.Unlisted(dir, m)
	if err != nil {
		return err
	}
	for _, name := range names {
		if generationOf(archive.Manifest{Segments: []archive.Segment{{Name: name}}}) >= generationOf(m) {
			continue // not finished: the next generation is written in its place
		}
		if err := r.record(archive.Entry{At: now, Did: "removed", What: day + "/" + name, Why: "a newer generation holds its rows"}); err != nil {
			return err
		}
		r.step("remove " + name)
		if err := archive.Remove(dir, name); err != nil {
			return err
		}
	}
	return nil
}

// generationOf is the number in the names of a day's segments.
func generationOf(m archive.Manifest) (number int) {
	for _, s := range m.Segments {
		var n int
		if parts := strings.Split(s.Name, "."); len(parts) == 3 {
			if _, err := fmt.Sscanf(parts[1], "%06d", &n); err == nil {
				number = max(number, n)
			}
		}
	}
	return number
}

// segmentRows gives the rows of the segments whose names begin so.
func segmentRows[T any](dir string, m archive.Manifest, begin string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, s := range m.Segments {
			if !strings.HasPrefix(s.Name, begin) {
				continue
			}
			for row, err := range archive.ReadSegment[T](dir, s) {
				if !yield(row, err) || err != nil {
					return
				}
			}
		}
	}
}

// mergeIncidents gives what is kept with what is fresh in its place, by start and id, and whether that differs.
func mergeIncidents(ctx context.Context, kept iter.Seq2[incidentRow, error], fresh map[string]incidentRow) (rows []incidentRow, changed bool, err error) {
	known := 0
	for row, err := range kept {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return nil, false, err
		}
		if newer, found := fresh[row.ID]; found {
			known++
			changed = changed || newer.Body != row.Body
			row = newer
		}
		rows = append(rows, row)
	}
	if known < len(fresh) {
		changed = true
		have := make(map[string]bool, len(rows))
		for _, row := range rows {
			have[row.ID] = true
		}
		for id, row := range fresh {
			if !have[id] {
				rows = append(rows, row)
			}
		}
	}
	slices.SortFunc(rows, func(a, b incidentRow) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.ID, b.ID)) })
	return rows, changed, nil
}

// proofKey tells elements of proof apart.
type proofKey struct {
	incident, file, peer, kind, prefix string
	offset                             int64
}

func (p proofRow) key() proofKey {
	return proofKey{p.Incident, p.File, p.PeerIP, p.Type, p.Prefix, p.Offset}
}

// mergeProof gives the proof that is kept and the new one of some incidents, in their order, each in the order of time.
func mergeProof(ctx context.Context, kept iter.Seq2[proofRow, error], incidents []incidentRow, proven map[string][]proofRow) ([]proofRow, error) {
	var rows []proofRow
	have := make(map[proofKey]bool)
	for row, err := range kept {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return nil, err
		}
		rows = append(rows, row)
		have[row.key()] = true
	}
	for _, i := range incidents {
		for _, row := range proven[i.ID] {
			if !have[row.key()] {
				have[row.key()] = true
				rows = append(rows, row)
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b proofRow) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Incident, b.Incident), cmp.Compare(a.Time, b.Time),
			cmp.Compare(a.Collector, b.Collector), cmp.Compare(a.PeerIP, b.PeerIP), cmp.Compare(a.Prefix, b.Prefix),
			cmp.Compare(a.File, b.File), cmp.Compare(a.Offset, b.Offset))
	})
	return rows, nil
}
