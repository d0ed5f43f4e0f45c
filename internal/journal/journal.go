// Package journal keeps what live sources said, record by record, before anything is made of it.
//
// [Open] gives a [Journal], which is the sources' [source.Sink]: [Journal.Record] appends one MRT record to the file of
// its collector and hour, and has been written when it returns. [Journal.Advance] says how far in time everything is
// there, the watermark, and which bytes of which files lie before it, so that who follows the journal reads each byte
// once and never waits on a half-told second.
//
// Order: the events of all collectors are ordered by time, then collector, then the order in which the collector said
// them. The watermark is the earliest moment that any collector has reached; one that lies more than [MaxLate] behind
// the foremost is not waited for. A record older than the watermark, or than the record before it of the same collector,
// is written as of that moment, and counted: the files alone then tell the one order, whoever reads them and when.
//
// Files are plain MRT below DIR/COLLECTOR/live, named as RIS names its own, and are read like any other. A record cut
// short by a crash is taken off when the journal is opened again. The package does not decode what it keeps, deletes
// nothing by itself, and does not compress.
package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"pahra/internal/source"
)

const (
	// MaxLate is how far a collector may lie behind the foremost and still be waited for.
	MaxLate = 60 * time.Second
	// MaxCollectors bounds the collectors that there are, each of which has a folder and an open file: a source that makes
	// names up is to exhaust neither. RIS and RouteViews have some 70 together.
	MaxCollectors = 512
	// maxAhead is how far a record may lie ahead of this machine's clock; one that lies further counts as of now.
	maxAhead = 10 * time.Minute
	// MaxRecord is the longest record's body, in octets.
	MaxRecord = 16 << 20
	// restartGap is the shortest silence across a restart that is a gap.
	restartGap = 10 * time.Second
)

// Options say where the journal lies and whom it tells.
type Options struct {
	Dir string // the folder of collectors, as package folder knows it: .../mrt
	// Mark is the file that keeps the watermark, so that it does not go back when the journal is opened again; not
	// below Dir.
	Mark string
	Now  func() time.Time // this machine's clock; must not go back
	Gap  func(source.Gap) // told of every gap; may be nil
}

// Journal is a set of growing files. Safe for concurrent use.
type Journal struct {
	opt   Options
	mu    sync.Mutex
	lanes map[string]*lane
	left  map[string]time.Time // see Left
	mark  int64                // the watermark, in microseconds since 1970
	kept  *os.File
	stats Stats
}

// Stats count what went through the journal since it was opened.
type Stats struct {
	Records int64 `json:"records"`
	Bytes   int64 `json:"bytes"`
	// Late records came behind the watermark and count as of it; Latest is the furthest that one lay behind.
	Late   int64         `json:"late"`
	Latest time.Duration `json:"latest_ns"`
	// Ahead records claimed a time far ahead of this machine's clock and count as of their arrival.
	Ahead  int64 `json:"ahead"`
	Failed int64 `json:"failed"` // records that could not be written
}

// What a caller may want to tell apart.
var (
	// ErrRecord says that something is no MRT record.
	ErrRecord = errors.New("no whole MRT record")
	// ErrLocked says that another process writes the journal.
	ErrLocked = errors.New("another process writes this journal")
)

// Open opens the journal below opt.Dir, which is made if need be, and mends what a crash left. One process at a time may
// have it open; for a second one the error is [ErrLocked].
func Open(opt Options) (*Journal, error) {
	j := &Journal{opt: opt, lanes: make(map[string]*lane), left: make(map[string]time.Time)}
	if j.opt.Gap == nil {
		j.opt.Gap = func(source.Gap) {}
	}
	if err := os.MkdirAll(opt.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("making the journal's folder: %w", err)
	}
	if err := j.take(); err != nil {
		return nil, errors.Join(err, j.Close())
	}
	entries, err := os.ReadDir(opt.Dir)
	if err != nil {
		return nil, fmt.Errorf("opening the journal: %w", err)
	}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		l, err := recoverLane(opt.Dir, e.Name())
		if err != nil {
			return nil, errors.Join(err, j.Close())
		}
		if l != nil {
			j.lanes[e.Name()] = l
		}
		if err := j.findRenewing(e.Name()); err != nil {
			return nil, errors.Join(err, j.Close())
		}
	}
	if err := j.recallMark(); err != nil {
		return nil, errors.Join(err, j.Close())
	}
	return j, nil
}

// Record appends one whole record of a collector; one of a collector too many is a [source.ErrRefused]. When it returns nil the record is written; [Journal.Sync] makes it
// outlive the machine as well. Where it cannot be written whole nothing of it is left, and the caller should hold its
// source back.
func (j *Journal) Record(collector string, record []byte) error {
	return j.record(collector, record, true)
}

func (j *Journal) record(collector string, record []byte, heard bool) error {
	h, ok := parseHeader(record)
	if !ok {
		return fmt.Errorf("journal of %s: %w", collector, ErrRecord)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	l, err := j.lane(collector)
	if err != nil {
		return err
	}
	at := j.place(l, h)
	if heard && l.resumed != 0 {
		j.tellRestart(l, at)
	}
	if err := l.append(record, h, at); err != nil {
		j.stats.Failed++
		return fmt.Errorf("journal of %s: %w", collector, err)
	}
	j.stats.Records++
	j.stats.Bytes += int64(len(record))
	return nil
}

// place gives the moment that a record counts as of.
func (j *Journal) place(l *lane, h header) int64 {
	at := h.at
	if now := j.opt.Now(); at > now.Add(maxAhead).UnixMicro() {
		at = now.UnixMicro()
		j.stats.Ahead++
	}
	if at < j.mark {
		j.stats.Late++
		j.stats.Latest = max(j.stats.Latest, time.Duration(j.mark-at)*time.Microsecond)
	}
	return h.ceil(max(at, l.last, j.mark))
}

func (j *Journal) tellRestart(l *lane, at int64) {
	if from := time.UnixMicro(l.resumed).UTC(); time.UnixMicro(at).Sub(from) >= restartGap {
		j.opt.Gap(source.Gap{Source: "journal", Collector: l.name, From: from, To: time.UnixMicro(at).UTC(),
			Reason: "nothing was recorded: Pahra did not run, or was not connected yet"})
	}
	l.resumed = 0
}

// Reached takes a source's word that nothing which happened before at will come from a collector any more.
func (j *Journal) Reached(collector string, at time.Time) {
	if at.After(j.opt.Now()) {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if l, err := j.lane(collector); err == nil { // a name that is none has no lane to wait for
		l.reached = max(l.reached, at.UnixMicro())
	}
}

// Gap passes on that a collector was not heard for a time.
func (j *Journal) Gap(g source.Gap) { j.opt.Gap(g) }

// Stats gives the counts so far.
func (j *Journal) Stats() Stats {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.stats
}

// lane gives the collector's lane, new if need be.
func (j *Journal) lane(collector string) (*lane, error) {
	if l := j.lanes[collector]; l != nil {
		return l, nil
	}
	if collector == "" || strings.HasPrefix(collector, ".") || strings.ContainsAny(collector, "/\\\x00") || len(collector) > 100 {
		return nil, fmt.Errorf("journal: %q is no collector's name: it is %w", collector, source.ErrRefused)
	}
	if len(j.lanes) >= MaxCollectors {
		return nil, fmt.Errorf("journal: %d collectors are there already, the most: %q is %w", len(j.lanes), collector, source.ErrRefused)
	}
	l := &lane{name: collector, dir: filepath.Join(j.opt.Dir, collector, LiveDir)}
	j.lanes[collector] = l
	return l, nil
}

// Sync makes what was recorded outlive the machine.
func (j *Journal) Sync() error {
	j.mu.Lock()
	lanes := j.sorted()
	files := make([]*os.File, 0, len(lanes))
	for _, l := range lanes {
		if l.dirty {
			l.dirty = false
			files = append(files, l.file)
		}
	}
	j.mu.Unlock()
	var errs []error
	for _, f := range files {
		if err := f.Sync(); err != nil && !errors.Is(err, os.ErrClosed) { // a file is synced before it is closed
			errs = append(errs, fmt.Errorf("syncing the journal: %w", err))
		}
	}
	return errors.Join(errs...)
}

// Close syncs and closes all files.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	var errs []error
	for _, l := range j.sorted() {
		errs = append(errs, l.close())
	}
	if j.kept != nil {
		errs = append(errs, j.kept.Close())
		j.kept = nil
	}
	return errors.Join(errs...)
}

func (j *Journal) sorted() []*lane {
	list := make([]*lane, 0, len(j.lanes))
	for _, l := range j.lanes {
		list = append(list, l)
	}
	slices.SortFunc(list, func(a, b *lane) int { return strings.Compare(a.name, b.name) })
	return list
}

// header is what the journal reads of a record.
type header struct {
	at    int64 // microseconds since 1970
	micro bool  // whether the record has microseconds (the _ET types)
	table bool  // whether it belongs to a table dump (TABLE_DUMP_V2)
	index bool  // whether it is the table of peers before one
}

const (
	headerLen   = 12
	tableDumpV2 = 13
	bgp4mpET    = 17
	isisET      = 33
	ospfv3ET    = 49
)

// parseHeader reads the header of a whole record (RFC 6396, sections 2 and 3).
func parseHeader(rec []byte) (h header, ok bool) {
	if len(rec) < headerLen || len(rec) > headerLen+MaxRecord || binary.BigEndian.Uint32(rec[8:]) != uint32(len(rec)-headerLen) {
		return h, false
	}
	return headerOf(rec), true
}

// headerOf reads the head of a record; rec goes as far as the microseconds where the body does.
func headerOf(rec []byte) (h header) {
	h.at = int64(binary.BigEndian.Uint32(rec)) * 1e6
	switch binary.BigEndian.Uint16(rec[4:]) {
	case bgp4mpET, isisET, ospfv3ET:
		if h.micro = len(rec) >= headerLen+4; h.micro {
			h.at += int64(binary.BigEndian.Uint32(rec[headerLen:]) % 1e6)
		}
	case tableDumpV2:
		h.table = true
		h.index = binary.BigEndian.Uint16(rec[6:]) == 1
	}
	return h
}

// ceil gives the first moment not before at that the record's header can say.
func (h header) ceil(at int64) int64 {
	if !h.micro {
		at = (at + 1e6 - 1) / 1e6 * 1e6
	}
	return at
}
