package rislive_test

import (
	"encoding/hex"
	"encoding/json"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"pahra/wire/bgp"
	"pahra/wire/mrt"
	"pahra/wire/rislive"
	"pahra/wire/values"
)

// slow is a message as encoding/json reads it: the oracle of the scanner.
type slow struct {
	Type string `json:"type"`
	Data struct {
		Timestamp     float64         `json:"timestamp"`
		Peer          netip.Addr      `json:"peer"`
		PeerASN       string          `json:"peer_asn"`
		ID            string          `json:"id"`
		Raw           string          `json:"raw"`
		Host          string          `json:"host"`
		Type          string          `json:"type"`
		State         string          `json:"state"`
		Path          json.RawMessage `json:"path"`
		Community     json.RawMessage `json:"community"`
		Announcements json.RawMessage `json:"announcements"`
		Withdrawals   json.RawMessage `json:"withdrawals"`
	} `json:"data"`
}

// decodeSlow gives the record of an UPDATE with raw by way of encoding/json.
func decodeSlow(data []byte) ([]byte, error) {
	var s slow
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, err
	}
	msg, err := hex.DecodeString(s.Data.Raw)
	if err != nil {
		return nil, err
	}
	asn, err := strconv.ParseUint(s.Data.PeerASN, 10, 32)
	if err != nil {
		return nil, err
	}
	m := rislive.Message{Type: rislive.BGP, Kind: rislive.Update, Peer: s.Data.Peer, PeerAS: values.ASN(asn), Message: msg}
	micros := math.Round(s.Data.Timestamp * 1e6)
	m.Sec, m.Micro = uint32(micros/1e6), uint32(math.Mod(micros, 1e6))
	return m.AppendRecord(nil)
}

// TestScannerAgainstEncodingJSON: messages that are written with and without white space, members in any order.
func TestScannerAgainstEncodingJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		record := drawRecord(t)
		var rec mrt.Record
		mrt.ParseRecord(&rec, record)
		if rec.Subtype == mrt.BGP4MPStateChangeAS4 {
			return
		}
		text, back := there(t, &rec, true)
		text = reorder(t, text)
		want, err := decodeSlow(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		var d rislive.Decoder
		var m rislive.Message
		if err := d.Decode(&m, text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		got, err := m.AppendRecord(nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s\n(-want +got):\n%s", text, diff)
		}
		if diff := cmp.Diff(back, got); diff != "" {
			t.Fatalf("reordered (-want +got):\n%s", diff)
		}
	})
}

// reorder writes a message again with other white space and its members in alphabetical order, data before type.
func reorder(t *rapid.T, text []byte) []byte {
	var v map[string]map[string]json.RawMessage
	var kind struct{ Type string }
	if err := json.Unmarshal(text, &kind); err != nil {
		t.Fatal(err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	delete(all, "type")
	rest, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(rest, &v); err != nil {
		t.Fatal(err)
	}
	indent := rapid.StringMatching("[ \t]{0,2}").Draw(t, "indent")
	out, err := json.MarshalIndent(map[string]any{"data": v["data"], "type": kind.Type}, "", indent)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// benchMessage is of the usual size: five hops, eight communities, one prefix, as RIS sends it.
func benchMessage(tb testing.TB) []byte {
	tb.Helper()
	a := usual()
	for i := range 8 {
		a.Communities = append(a.Communities, uint32(64500+i)<<16|uint32(i*1001))
	}
	record := update(tb, bgp.AppendAttrs(nil, a), []byte{24, 198, 51, 100}, nil)
	var rec mrt.Record
	mrt.ParseRecord(&rec, record)
	text, _ := there(tb, &rec, true)
	return text
}

// BenchmarkDecode is the whole way from JSON to MRT record; a message of 1,000 bytes or so.
func BenchmarkDecode(b *testing.B) {
	withRaw := benchMessage(b)
	start := strings.Index(string(withRaw), `"raw"`)
	without := []byte(string(withRaw[:start]) + string(withRaw[start+strings.Index(string(withRaw[start:]), `,`)+1:]))
	for name, text := range map[string][]byte{"raw": withRaw, "fields": without} {
		b.Run(name, func(b *testing.B) {
			var d rislive.Decoder
			var m rislive.Message
			var rec []byte
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				must(b, d.Decode(&m, text))
				var err error
				rec, err = m.AppendRecord(rec[:0])
				must(b, err)
			}
		})
	}
	b.Run("encoding/json", func(b *testing.B) {
		b.SetBytes(int64(len(withRaw)))
		b.ReportAllocs()
		for b.Loop() {
			_, err := decodeSlow(withRaw)
			must(b, err)
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	record := update(b, bgp.AppendAttrs(nil, usual()), []byte{24, 198, 51, 100}, nil)
	var rec mrt.Record
	mrt.ParseRecord(&rec, record)
	var e rislive.Encoder
	var m rislive.Message
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		_, err := m.SetRecord(&rec, "rrc00", nil)
		must(b, err)
		out = e.Append(out[:0], &m, true)
	}
	b.SetBytes(int64(len(out)))
}
