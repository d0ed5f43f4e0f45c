package mrt

import (
	"fmt"

	"pahra/wire/values"
)

const (
	// strictLength bounds the records that the search accepts; it only costs finds, never good records.
	strictLength = 1 << 20
	// nearSeconds is how far a record found by the search may lie from the last good one in time: a week, for files
	// of several days are joined in practice.
	nearSeconds = 7 * 24 * 3600
	// firstSec is 1990-01-01: no dump is older than BGP.
	firstSec = 631152000
)

// resync passes over octets until a plausible record, and reports how many. It gives what end gives where none comes.
func (r *Reader) resync() error {
	start, h := r.in.Offset(), parseHeader(r.in.Unread())
	for at := 1; ; at++ {
		if at == strictLength { // let go of what was searched
			r.drop(at)
			at = 0
		}
		if !r.in.Have(at + headerLen) {
			return r.end()
		}
		if r.stats.Records == 0 && r.in.Offset()+int64(at) > maxLead {
			return fmt.Errorf("reading MRT: %w in the first %d octets", ErrNotMRT, maxLead)
		}
		if r.plausible(at) {
			r.drop(at)
			r.damaged(start, h, r.in.Offset()-start)
			return nil
		}
	}
}

// skipTo searches the next octets, from at to limit, for a plausible record and passes over what is before it.
func (r *Reader) skipTo(at, limit int) bool {
	start, h := r.in.Offset(), parseHeader(r.in.Unread())
	for ; at+headerLen <= limit; at++ {
		if r.plausible(at) {
			r.drop(at)
			r.damaged(start, h, int64(at))
			return true
		}
	}
	return false
}

func (r *Reader) drop(n int) {
	r.in.Take(n)
	r.stats.Skipped += int64(n)
}

func (r *Reader) damaged(at int64, h header, skipped int64) {
	r.stats.Damaged++
	r.report(values.Problem{Offset: at, Reason: fmt.Sprintf(
		"record header is damaged (type %d, subtype %d, length %d): %d octets are passed over", h.kind, h.subtype, h.length, skipped)})
}

// plausible tells whether a record begins at the given octet of what is unread: known, of moderate length, near in time,
// and followed by a second one or the stream's end.
func (r *Reader) plausible(at int) bool {
	b := r.in.Unread()[at:]
	if len(b) < headerLen || b[4] != 0 || b[6] != 0 || b[8] != 0 {
		return false
	}
	h := parseHeader(b)
	if !h.known() || h.length > strictLength || !r.near(h.sec) {
		return false
	}
	size := at + headerLen + int(h.length)
	if !r.in.Have(size + headerLen) {
		return r.in.Len() == size
	}
	next := parseHeader(r.in.Unread()[size:])
	return next.known() && next.length <= strictLength && r.near(next.sec)
}

func (r *Reader) near(sec uint32) bool {
	if r.lastSec == 0 {
		return sec >= firstSec
	}
	return int64(sec) > int64(r.lastSec)-nearSeconds && int64(sec) < int64(r.lastSec)+nearSeconds
}
