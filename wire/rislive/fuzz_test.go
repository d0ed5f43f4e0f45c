package rislive_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"pahra/wire/bgp"
	"pahra/wire/mrt"
	"pahra/wire/rislive"
)

// FuzzDecode: what is accepted is JSON, its record can be read, and what a replayer makes of the record says the same.
func FuzzDecode(f *testing.F) {
	f.Add(benchMessage(f))
	for _, s := range []string{
		head + `"type":"UPDATE","path":[64500,[64501,64502]],"origin":"EGP","med":7,"aggregator":"4200000001:192.0.2.9","community":[[64500,1]],"large_community":[[1,2,3]],"otc":1,` +
			`"announcements":[{"next_hop":"2001:db8::1,fe80::1","prefixes":["2001:db8::/32"]}],"withdrawals":["198.51.100.0/24","eor"]}}`,
		head + `"type":"STATE","state":"down"}}`, `{"type":"ris_rrc_list","data":["rrc00"]}`, `{"type":"ris_error","data":{"message":"\u0041"}}`, `{"type":"pong","data":null}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var d rislive.Decoder
		var m rislive.Message
		if d.Decode(&m, data) != nil {
			return
		}
		if !json.Valid(data) {
			t.Fatalf("accepted what is no JSON: %q", data)
		}
		record, err := m.AppendRecord(nil)
		if err != nil || len(record) == 0 {
			return
		}
		var rec mrt.Record
		if !mrt.ParseRecord(&rec, record) {
			t.Fatalf("%x is no record", record)
		}
		if m.Kind == rislive.Update && !plain(m.Message) {
			return
		}
		if _, back := there(t, &rec, true); !bytes.Equal(record, back) && m.Kind != rislive.PeerState {
			t.Fatalf("there and back\n%x is\n%x", record, back)
		}
	})
}

// plain tells whether a message says on its own how it is to be read, so that nothing guesses.
func plain(msg []byte) bool { return !bgp.TwoOctet(msg[bgp.HeaderLen:]) }

// FuzzEncode: whatever an UPDATE holds, what is sent of it can be read.
func FuzzEncode(f *testing.F) {
	f.Add(bgp.AppendAttrs(nil, usual()), []byte{24, 198, 51, 100}, []byte{24, 203, 0, 113})
	f.Add([]byte{0x80, 14, 3, 0, 1, 2}, []byte{33}, []byte{0, 0, 0})
	f.Fuzz(func(t *testing.T, attrs, nlri, withdrawn []byte) {
		if len(attrs)+len(nlri)+len(withdrawn) > 4000 {
			return
		}
		var rec mrt.Record
		if !mrt.ParseRecord(&rec, update(t, attrs, nlri, withdrawn)) || bgp.TwoOctet(message(attrs, nlri, withdrawn)[bgp.HeaderLen:]) {
			return
		}
		var m rislive.Message
		if _, err := m.SetRecord(&rec, "rrc00", nil); err != nil {
			t.Fatal(err)
		}
		var e rislive.Encoder
		if text := e.Append(nil, &m, false); !json.Valid(text) { // a decoder may refuse it: octets can be stranger than fields
			t.Fatalf("no JSON: %s", text)
		}
		if _, back := there(t, &rec, true); !bytes.Equal(back, rec.Raw()) {
			t.Fatalf("there and back\n%x is\n%x", rec.Raw(), back)
		}
	})
}

// FuzzRequest: a request that is read can be written.
func FuzzRequest(f *testing.F) {
	f.Add([]byte(`{"type":"ris_subscribe","data":{"host":"rrc00","type":"UPDATE","moreSpecific":true,"prefix":"198.51.100.0/24","socketOptions":{"includeRaw":true,"acknowledge":true}}}`))
	f.Add([]byte(`{"type":"ping","data":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := rislive.ParseRequest(data)
		if err != nil {
			return
		}
		again, err := rislive.ParseRequest(r.AppendRequest(nil))
		if err != nil || again.Subscription != r.Subscription {
			t.Fatalf("%q is read as %+v and then as %+v, %v", data, r, again, err)
		}
	})
}
