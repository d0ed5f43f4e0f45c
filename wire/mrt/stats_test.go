package mrt_test

import (
	"encoding/binary"
	"testing"

	"pahra/wire/mrt"
	"pahra/wire/values"
)

// TestUnsupportedIsCounted: a record of a known type that holds no routes is neither an error nor forgotten.
func TestUnsupportedIsCounted(t *testing.T) {
	raw := make([]byte, 12, 18)
	binary.BigEndian.PutUint16(raw[4:], 13) // TABLE_DUMP_V2
	binary.BigEndian.PutUint16(raw[6:], 7)  // GEO_PEER_TABLE (RFC 6397)
	binary.BigEndian.PutUint32(raw[8:], 6)
	raw = append(raw, 0, 0, 0, 0, 0, 0)
	var rec mrt.Record
	if !mrt.ParseRecord(&rec, raw) {
		t.Fatal("not one record")
	}
	d := mrt.NewDecoder(func(p values.Problem) { t.Errorf("reported: %s", p) })
	if err := d.Decode(&rec, func(*mrt.Elem) error { t.Error("an element"); return nil }); err != nil {
		t.Fatal(err)
	}
	if got := d.Stats(); got != (mrt.DecoderStats{Unsupported: 1}) {
		t.Errorf("%+v", got)
	}
}
