package service

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"pahra/internal/archive"
	"pahra/internal/norms"
	"pahra/internal/source/durable"
)

// The files of a run.
const (
	incidentsFile = "incidents.jsonl"
	scoresFile    = "scores.jsonl"
	snapshotFile  = "snapshot.json"
	archiveDir    = "archive"
)

// write scores the months and writes everything down, the snapshot last.
func (r *run) write() (Summary, error) {
	for i := range r.months {
		r.scores = append(r.scores, r.score(&r.months[i])...)
	}
	norms.SortScores(r.scores)
	out := r.opt.Out
	if err := os.MkdirAll(filepath.Join(out, archiveDir), 0o755); err != nil {
		return Summary{}, fmt.Errorf("making the folder of results: %w", err)
	}
	// A run that is cut short must not be taken for whole: the old snapshot goes first, the new one comes last.
	if err := os.Remove(filepath.Join(out, snapshotFile)); err != nil && !os.IsNotExist(err) {
		return Summary{}, fmt.Errorf("replacing the snapshot: %w", err)
	}
	outputs := []Output{}
	for _, step := range []func() ([]Output, error){r.writeIncidents, r.writeScores, r.writeCorrections, r.writeComparisons, r.writeArchive} {
		made, err := step()
		if err != nil {
			return Summary{}, err
		}
		outputs = append(outputs, made...)
	}
	snap, err := r.snapshot(outputs)
	if err != nil {
		return Summary{}, err
	}
	if err := writeJSON(filepath.Join(out, snapshotFile), snap); err != nil {
		return Summary{}, err
	}
	return r.summary(snap), nil
}

func (r *run) writeIncidents() ([]Output, error) {
	return writeLines(r.opt.Out, incidentsFile, func(put func(any) error) error {
		for i := range r.incidents {
			if err := put(&r.incidents[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *run) writeScores() ([]Output, error) {
	return writeLines(r.opt.Out, scoresFile, func(put func(any) error) error {
		for i := range r.scores {
			if err := put(&r.scores[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// writeLines writes JSON lines, durably.
func writeLines(dir, name string, fill func(put func(any) error) error) ([]Output, error) {
	f, err := durable.Create(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	sum := sha256.New()
	size := int64(0)
	err = fill(func(v any) error {
		line, err := json.Marshal(v)
		if err != nil {
			return err
		}
		line = append(line, '\n')
		sum.Write(line)
		size += int64(len(line))
		_, err = w.Write(line)
		return err
	})
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		f.Abandon()
		return nil, fmt.Errorf("writing %s: %w", name, err)
	}
	if err := f.Commit(); err != nil {
		return nil, err
	}
	return []Output{{Name: name, Bytes: size, SHA256: hex.EncodeToString(sum.Sum(nil))}}, nil
}

// writeJSON writes one indented JSON document the same way.
func writeJSON(path string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("writing %s: %w", filepath.Base(path), err)
	}
	f, err := durable.Create(path)
	if err != nil {
		return err
	}
	if _, err := f.Write(append(text, '\n')); err != nil {
		f.Abandon()
		return fmt.Errorf("writing %s: %w", filepath.Base(path), err)
	}
	return f.Commit()
}

// announcementRow is a row of archive/announcements.parquet: an origin of a prefix in a month, and each verdict.
type announcementRow struct {
	Month    string `parquet:"month,dict"`
	Prefix   string `parquet:"prefix"`
	Origin   uint32 `parquet:"origin"`
	Sessions int32  `parquet:"sessions"`
	First    int64  `parquet:"first,timestamp(microsecond)"`
	Last     int64  `parquet:"last,timestamp(microsecond)"`
	ROV      string `parquet:"rov,dict"`
	IRR      string `parquet:"irr,dict"`
	IRRAuth  string `parquet:"irr_authenticated,dict"`
	Bogon    string `parquet:"bogon,dict"`
	Objects  string `parquet:"objects"` // what decided, separated by "; "
}

// evidenceRow is a row of archive/evidence.parquet: an element that proves an incident.
type evidenceRow struct {
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

// explainedRow is a row of archive/explained.parquet: a candidate that a benign explanation covers.
type explainedRow struct {
	Time   int64  `parquet:"time,timestamp(microsecond)"`
	Kind   string `parquet:"kind,dict"`
	ASN    uint32 `parquet:"asn"`
	Victim uint32 `parquet:"victim"`
	Prefix string `parquet:"prefix"`
	By     string `parquet:"by,dict"`
	Detail string `parquet:"detail"`
}

// writeArchive writes the segments and then their manifest.
func (r *run) writeArchive() ([]Output, error) {
	dir := filepath.Join(r.opt.Out, archiveDir)
	var manifest archive.Manifest
	for _, write := range []func(string) (archive.Segment, error){r.writeAnnouncements, r.writeEvidence, r.writeExplained,
		r.writeNetworks, r.writeNeighbourhoods, r.writeRelations} {
		segment, err := write(dir)
		if err != nil {
			return nil, err
		}
		manifest.Segments = append(manifest.Segments, segment)
	}
	if err := archive.WriteManifest(dir, manifest); err != nil {
		return nil, err
	}
	outputs := []Output{}
	for _, s := range manifest.Segments {
		outputs = append(outputs, Output{archiveDir + "/" + s.Name, s.Bytes, s.SHA256})
	}
	return outputs, nil
}

func (r *run) writeAnnouncements(dir string) (archive.Segment, error) {
	return archive.WriteSegment(filepath.Join(dir, "announcements.parquet"), func(yield func(announcementRow) bool) {
		for _, m := range r.months {
			for _, a := range m.announced {
				if !yield(announcementRow{m.month.String(), a.prefix.String(), uint32(a.origin), int32(a.sessions),
					a.first.UnixMicro(), a.last.UnixMicro(), a.rov, a.irr, a.irrAuth, a.bogon, joinIDs(a.objects)}) {
					return
				}
			}
		}
	})
}

func (r *run) writeEvidence(dir string) (archive.Segment, error) {
	ids := make(map[string]bool, len(r.incidents))
	for _, inc := range r.incidents {
		ids[inc.ID] = true
	}
	return archive.WriteSegment(filepath.Join(dir, "evidence.parquet"), func(yield func(evidenceRow) bool) {
		for id, u := range r.harvested.proofs {
			if !ids[id] {
				continue
			}
			raw, _ := hex.DecodeString(u.Raw) // made by this program
			if !yield(evidenceRow{id, u.Time.UnixMicro(), u.Collector, uint32(u.PeerASN), u.PeerIP.String(), u.Type,
				u.Prefix.String(), pathString(u), u.File, u.Offset, raw}) {
				return
			}
		}
	})
}

func (r *run) writeExplained(dir string) (archive.Segment, error) {
	log := slices.Clone(r.harvested.log)
	return archive.WriteSegment(filepath.Join(dir, "explained.parquet"), func(yield func(explainedRow) bool) {
		for _, x := range log {
			if !yield(explainedRow{x.Time.UnixMicro(), string(x.Kind), uint32(x.ASN), uint32(x.Victim), x.Prefix.String(), x.By, x.Detail}) {
				return
			}
		}
	})
}

func (r *run) summary(snap Snapshot) Summary {
	s := Summary{
		Snapshot: snap.ID, Digest: snap.Digest, Incidents: make(map[string]int), Explained: snap.Explained, Leaks: snap.Leaks,
		Scores: len(r.scores), Elements: r.elements, Judged: r.judged(), NoData: snap.NoData,
	}
	for _, inc := range r.incidents {
		s.Incidents[string(inc.Kind)]++
	}
	for _, f := range r.reports {
		s.Problems += f.Problems
	}
	seen := make(map[uint32]bool)
	for _, sc := range r.scores {
		seen[uint32(sc.ASN)] = true
	}
	s.Networks = len(seen)
	return s
}

// judged is the share of the window in which announcements were heard and judged: without silences, and without the
// warm-up.
func (r *run) judged() float64 {
	from := r.opt.From
	if warm := r.harvested.warm; warm.After(from) {
		from = warm
	}
	if !from.Before(r.opt.To) {
		return 0
	}
	return r.heard.within(from, r.opt.To).Seconds() / r.opt.To.Sub(r.opt.From).Seconds()
}
