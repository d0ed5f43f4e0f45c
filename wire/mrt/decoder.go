package mrt

import (
	"fmt"
	"io"

	"pahra/wire/bgp"
	"pahra/wire/values"
)

// Decoder turns records into elements. Not safe for concurrent use; several may work side by side, each on records of
// its own, if they share a peer table.
type Decoder struct {
	// Lenient leaves a route that was announced with malformed attributes an Announce, as bgpdump does, instead of
	// the Withdraw that RFC 7606 makes of it; TreatAsWithdraw is set either way. It also takes path identifiers only
	// where the record's subtype says that there are any: see [bgp.LooksAddPath].
	Lenient bool

	report func(values.Problem)
	peers  *PeerTable
	rec    *Record
	yield  func(*Elem) error
	elem   Elem
	nlri   bgp.NLRI
	update bgp.Update
	stats  DecoderStats
}

// DecoderStats counts what a Decoder saw.
type DecoderStats struct {
	Elems       int64 // elements given
	Malformed   int64 // places reported
	Unsupported int64 // records and attributes of kinds that carry no prefix, or of unknown kind; not reported
}

// NewDecoder gives a decoder. report, which may be nil, is told of each malformed place.
func NewDecoder(report func(values.Problem)) *Decoder {
	if report == nil {
		report = func(values.Problem) {}
	}
	return &Decoder{report: report}
}

// Peers gives the peer table of the last PEER_INDEX_TABLE, or nil.
func (d *Decoder) Peers() *PeerTable { return d.peers }

// SetPeers sets the peer table that the next RIB records refer to.
func (d *Decoder) SetPeers(t *PeerTable) { d.peers = t }

// Stats gives the counts so far.
func (d *Decoder) Stats() DecoderStats { return d.stats }

// Decode yields every element of rec, in the order they stand there; for an UPDATE those are the withdrawn routes,
// MP_UNREACH_NLRI, announced routes and MP_REACH_NLRI. The Elem is reused and holds until yield returns; its slices
// alias rec. A PEER_INDEX_TABLE yields nothing and replaces the decoder's peer table. What is malformed is reported, and
// all that could be read of it is yielded; err is only what yield gave.
//
// The path attributes of an UPDATE are checked as [bgp.ParseUpdate] does; those of a table are not, for RFC 7606 says
// nothing of tables and many entries share them: [bgp.DecodeAttrs] tells their faults.
func (d *Decoder) Decode(rec *Record, yield func(*Elem) error) error {
	d.rec, d.yield = rec, yield
	d.elem = Elem{
		Sec: rec.Sec, Micro: rec.Micro, Offset: rec.Offset, Type: rec.Type, Subtype: rec.Subtype,
		Safi: 1, PeerIndex: -1,
	}
	switch rec.Type {
	case TypeTableDumpV2:
		return d.tableV2()
	case TypeBGP4MP, TypeBGP4MPET:
		return d.bgp4mp()
	case TypeTableDump:
		return d.table()
	case TypeBGP:
		return d.legacy()
	}
	d.stats.Unsupported++
	return nil
}

// Scan yields every element of the decompressed stream r together with its record; both hold until yield returns.
// report, which may be nil, is told of each damaged or malformed place, and reading goes on behind it. It gives an
// error where r fails (after all that arrived before), where r is no MRT at all, or what yield gave.
func Scan(r io.Reader, report func(values.Problem), yield func(*Elem, *Record) error) error {
	reader, d := NewReader(r, report), NewDecoder(report)
	var rec *Record
	one := func(e *Elem) error { return yield(e, rec) }
	for {
		var err error
		if rec, err = reader.Next(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := d.Decode(rec, one); err != nil {
			return err
		}
	}
}

// give yields the element and counts it.
func (d *Decoder) give() error {
	d.stats.Elems++
	err := d.yield(&d.elem)
	d.elem.Index++
	return err
}

func (d *Decoder) malformed(format string, args ...any) {
	d.stats.Malformed++
	d.report(values.Problem{Offset: d.rec.Offset, Reason: fmt.Sprintf(format, args...)})
}

// setNLRI puts the prefix just read into the element.
func (d *Decoder) setNLRI() {
	d.elem.Prefix, d.elem.Unmasked = d.nlri.Prefix, d.nlri.Unmasked
	d.elem.PathID, d.elem.HasPathID = d.nlri.PathID, d.nlri.HasPathID
}
