package ledger

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"golang.org/x/mod/sumdb/tlog"
)

// Fault is something wrong with a log.
type Fault struct {
	File   string `json:"file"`
	Entry  int64  `json:"entry"` // the number of the entry, from 0; -1 if it is about none
	Octet  int64  `json:"octet"` // where in the file; -1 if nowhere in particular
	Reason string `json:"reason"`
	Fatal  bool   `json:"fatal"` // it cannot be made good from the entries
}

func (f Fault) String() string {
	s := f.File
	if f.Entry >= 0 {
		s += fmt.Sprintf(": entry %d", f.Entry)
	}
	if f.Octet >= 0 {
		s += fmt.Sprintf(" at octet %d", f.Octet)
	}
	return s + ": " + f.Reason
}

// scanned is what the files of a log say.
type scanned struct {
	edge   edge
	end    int64
	starts []int64
	torn   int64 // octets behind the last whole entry
	rehash bool  // the hashes are not those of the entries
	faults []Fault
}

// mostFaults bounds what is told of one log.
const mostFaults = 100

func (s *scanned) add(f Fault) {
	if len(s.faults) < mostFaults {
		s.faults = append(s.faults, f)
	}
}

// scan reads all entries, and holds them against the hashes and the newest checkpoint.
func (l *Log) scan() (*scanned, error) {
	entries, err := l.entries.Stat()
	if err != nil {
		return nil, err
	}
	hashes, err := l.hashes.Stat()
	if err != nil {
		return nil, err
	}
	s, asSigned := &scanned{}, l.signed.N == 0
	from := newFrames(io.NewSectionReader(l.entries, 0, entries.Size()))
	stored := bufio.NewReaderSize(io.NewSectionReader(l.hashes, 0, hashes.Size()), 1<<17)
	for {
		entry, err := from.next()
		if err == io.EOF || err == errTorn {
			break
		}
		if err != nil {
			return nil, err
		}
		if s.edge.n%tileWidth == 0 {
			s.starts = append(s.starts, s.end)
		}
		if err := s.compare(stored, s.edge.add(tlog.RecordHash(entry))); err != nil {
			return nil, err
		}
		s.end = from.at
		asSigned = asSigned || s.edge.n == l.signed.N && s.edge.root() == l.signed.Hash
	}
	s.torn = entries.Size() - s.end
	s.conclude(hashes.Size(), asSigned, l.signed.N)
	return s, nil
}

// compare holds the hashes of the newest entry against those stored.
func (s *scanned) compare(stored *bufio.Reader, want []tlog.Hash) error {
	for i, h := range want {
		var got tlog.Hash
		_, err := io.ReadFull(stored, got[:])
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			s.rehash = true // a crash came before they were written
			return nil
		}
		if err != nil {
			return err
		}
		if got != h {
			s.rehash = true
			n, reason := s.edge.n-1, "the hash is not that of the entry"
			if i > 0 {
				reason = fmt.Sprintf("the hash of level %d that it completes is not that of the entries", i)
			}
			s.add(Fault{hashesFile, n, (tlog.StoredHashIndex(0, n) + int64(i)) * tlog.HashSize, reason, false})
		}
	}
	return nil
}

// conclude says what the whole of a log lacks. Hashes are written after their entry is on disk: more of them than entries tell that
// entries are lost.
func (s *scanned) conclude(hashes int64, asSigned bool, signed int64) {
	n := s.edge.n
	switch lost := hashes >= (tlog.StoredHashCount(n)+1)*tlog.HashSize; {
	case n < signed:
		s.add(Fault{entriesFile, n, s.end, fmt.Sprintf("no whole entry; %d were signed", signed), true})
	case lost && s.torn > 0:
		s.add(Fault{entriesFile, n, s.end, "the entry is damaged: there is a hash of it", true})
	case lost:
		s.add(Fault{entriesFile, n, s.end, "the entry is missing: there is a hash of it", true})
	case !asSigned:
		for i := range s.faults { // entries that are not what their hash says
			s.faults[i].Fatal = true
		}
		s.add(Fault{checkpointFile, -1, -1, fmt.Sprintf("the first %d entries are not those that were signed", signed), true})
	case s.torn > 0:
		s.add(Fault{entriesFile, n, s.end, fmt.Sprintf("no whole entry, of %d octets: a crash cut it short", s.torn), false})
	case hashes < tlog.StoredHashCount(n)*tlog.HashSize:
		s.add(Fault{hashesFile, -1, hashes, "hashes are missing", false})
	}
}
