package mrt_test

import (
	"bytes"
	"io"
	"testing"

	"pahra/wire/bgp"
	"pahra/wire/mrt"
	"pahra/wire/values"
)

// seeds are streams with one or more records of each form.
func seeds(tb testing.TB) (all [][]byte) {
	table := record(tb, mrt.TypeTableDumpV2, mrt.PeerIndexTable, peers)
	entry := "0000 00000000 " + sized(attrs4)
	for subtype, body := range map[uint16]string{
		mrt.RIBIPv4Unicast: "00000000 18 c63364 0001 " + entry, mrt.RIBIPv6Unicast: "00000000 20 20010db8 0001 " + entry,
		mrt.RIBGeneric: "00000000 0001 02 18 c63364 0001 " + entry, mrt.RIBGenericAddPath: "00000000 0001 01 00000009 18 c63364 0001 " + entry,
		mrt.RIBIPv4UnicastAddPath: "00000000 18 c63364 0001 0000 00000000 00000009 " + sized(attrs4),
	} {
		all = append(all, append(bytes.Clone(table), record(tb, 13, subtype, body)...))
	}
	for subtype, body := range map[uint16]string{
		mrt.BGP4MPMessage: session2 + message("18 c00002", attrs2, "18 c63364"), mrt.BGP4MPMessageAS4: session46 + message("", attrs4+reach6, ""),
		mrt.BGP4MPMessageAddPath: session2 + message("", attrs2, "00000009 18 c63364"), mrt.BGP4MPStateChange: session2 + "0003 0006",
		mrt.BGP4MPEntry: "fde9 fde8 0000 0001 c0000202 c0000201 0000 0001 00000000 0001 01 04 c0000201 18 c63364 " + sized(attrs2),
	} {
		all = append(all, record(tb, 16, subtype, body), record(tb, 17, subtype, "0000002a "+body))
	}
	v1 := "c63364 00 18 01 00000000 c0000201 fde8 " + sized(attrs2)
	all = append(all, record(tb, 12, 1, "0000 0001 "+v1+v1), record(tb, 5, 1, "fde8 c0000201 fde9 c0000202 "+sized("18 c00002")+sized(attrs2)+"18 c63364"))
	stream, _ := updates(tb, 4)
	return append(all, stream)
}

// FuzzReader holds framing to its accounts: records do not overlap, and every octet is in a record, skipped, or reported.
func FuzzReader(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		r := mrt.NewReader(bytes.NewReader(stream), nil)
		var end, records int64
		for {
			rec, err := r.Next()
			if err != nil {
				if err == io.EOF && records == 0 && len(stream) > 0 {
					t.Fatal("octets without a record end in io.EOF")
				}
				break
			}
			if rec.Offset < end || !bytes.Equal(rec.Raw(), stream[rec.Offset:rec.Offset+int64(len(rec.Raw()))]) {
				t.Fatalf("record at %d overlaps or is not what stood there", rec.Offset)
			}
			end = rec.Offset + int64(len(rec.Raw()))
			records += int64(len(rec.Raw()))
		}
		if s := r.Stats(); records+s.Skipped != s.Bytes && s.Records > 0 {
			t.Fatalf("%d octets in records and %d skipped of %d", records, s.Skipped, s.Bytes)
		}
	})
}

// FuzzDecoder decodes any stream, elements' attributes included, strictly and leniently: prefixes must be masked, peers
// known, and what comes out in proportion to what went in.
func FuzzDecoder(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		var attrs bgp.Attrs
		elems, problems := 0, 0
		_ = mrt.Scan(bytes.NewReader(stream), func(values.Problem) { problems++ }, func(e *mrt.Elem, rec *mrt.Record) error {
			elems++
			if e.Kind != mrt.State && (!e.Prefix.IsValid() || e.Prefix != e.Prefix.Masked()) {
				t.Fatalf("prefix %v", e.Prefix)
			}
			if !e.PeerIP.IsValid() {
				t.Fatal("no peer")
			}
			if elems < 1000 {
				bgp.DecodeAttrs(&attrs, e.RawAttrs, e.AS4, e.RIB)
			}
			return nil
		})
		if elems+problems > 4*len(stream) {
			t.Fatalf("%d elements and %d problems out of %d octets", elems, problems, len(stream))
		}
		lenient := mrt.NewDecoder(nil)
		lenient.Lenient = true
		for r := mrt.NewReader(bytes.NewReader(stream), nil); ; {
			rec, err := r.Next()
			if err != nil {
				break
			}
			_ = lenient.Decode(rec, func(*mrt.Elem) error { return nil })
		}
	})
}
