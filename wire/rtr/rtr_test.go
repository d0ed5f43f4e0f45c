package rtr_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"pahra/wire/rtr"
	"pahra/wire/values"
)

var compare = cmp.Options{cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }), cmpopts.EquateEmpty()}

// octets reads hexadecimal with spaces.
func octets(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(strings.ReplaceAll(text, " ", ""), "\n", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// good are PDUs octet by octet as the figures of the RFCs and the draft draw them.
var good = []struct {
	name    string
	octets  string
	version uint8
	pdu     rtr.PDU
}{
	{"Serial Notify", "01 00 1234 0000000c 00000007", 1, rtr.SerialNotify{Session: 0x1234, Serial: 7}},
	{"Serial Query", "00 01 1234 0000000c fffffffe", 0, rtr.SerialQuery{Session: 0x1234, Serial: 0xfffffffe}},
	{"Reset Query", "02 02 0000 00000008", 2, rtr.ResetQuery{}},
	{"Cache Response", "01 03 0001 00000008", 1, rtr.CacheResponse{Session: 1}},
	{"IPv4 Prefix", "01 04 0000 00000014 01 18 20 00 c0000200 0000fbf0", 1,
		rtr.Prefix{Announce: true, Prefix: netip.MustParsePrefix("192.0.2.0/24"), MaxLength: 32, ASN: 64496}},
	{"IPv4 withdrawal of everything", "02 04 0000 00000014 00 00 00 00 00000000 00000000", 2, rtr.Prefix{Prefix: netip.MustParsePrefix("0.0.0.0/0")}},
	{"IPv6 Prefix", "00 06 0000 00000020 01 20 30 00 20010db8 00000000 00000000 00000000 ffffffff", 0,
		rtr.Prefix{Announce: true, Prefix: netip.MustParsePrefix("2001:db8::/32"), MaxLength: 48, ASN: 0xffffffff}},
	{"End of Data without timers", "00 07 0001 0000000c 00000009", 0, rtr.EndOfData{Session: 1, Serial: 9}},
	{"End of Data", "02 07 0001 00000018 00000009 00000e10 00000258 00001c20", 2,
		rtr.EndOfData{Session: 1, Serial: 9, Timers: rtr.Timers{Refresh: 3600, Retry: 600, Expire: 7200}}},
	{"Cache Reset", "01 08 0000 00000008", 1, rtr.CacheReset{}},
	{"Router Key", "01 09 01 00 00000023 000102030405060708090a0b0c0d0e0f10111213 0000fbf0 303132", 1,
		rtr.RouterKey{Announce: true, SKI: [20]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19}, ASN: 64496, SPKI: []byte("012")}},
	{"Error Report", "01 0a 0003 0000001d 00000008 0102000000000008 00000005 68656c6c6f", 1,
		rtr.ErrorReport{Code: rtr.InvalidRequest, PDU: []byte{1, 2, 0, 0, 0, 0, 0, 8}, Text: "hello"}},
	{"empty Error Report of a version to come", "07 0a 0004 00000010 00000000 00000000", 7, rtr.ErrorReport{Code: rtr.UnsupportedVersion}},
	{"ASPA", "02 0b 01 00 00000014 0000fbf0 0000fbf1 00010000", 2,
		rtr.ASPA{Announce: true, Customer: 64496, Providers: []values.ASN{64497, 65536}}},
	{"ASPA of AS0", "02 0b 01 00 00000010 0000fbf0 00000000", 2, rtr.ASPA{Announce: true, Customer: 64496, Providers: []values.ASN{0}}},
	{"ASPA withdrawal", "02 0b 00 00 0000000c 0000fbf0", 2, rtr.ASPA{Customer: 64496}},
}

func TestPDUs(t *testing.T) {
	for _, tt := range good {
		t.Run(tt.name, func(t *testing.T) {
			want := octets(t, tt.octets)
			version, p, err := rtr.Decode(want)
			if err != nil || version != tt.version {
				t.Fatalf("version %d, %v", version, err)
			}
			if diff := cmp.Diff(tt.pdu, p, compare); diff != "" {
				t.Error(diff)
			}
			got, err := rtr.Append([]byte("before"), tt.version, tt.pdu)
			if err != nil || !bytes.Equal(got, append([]byte("before"), want...)) {
				t.Errorf("wrote % x, %v", got, err)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	tests := []struct {
		name, octets string
		code         rtr.Code
		reason       string
	}{
		{"nothing", "", rtr.CorruptData, "0 octets"},
		{"half a header", "01 02 0000", rtr.CorruptData, "4 octets"},
		{"shorter than a header", "01 02 0000 00000007", rtr.CorruptData, "of 7 octets"},
		{"too long", "01 02 0000 00010000", rtr.CorruptData, "of 65536 octets"},
		{"huge", "01 02 0000 ffffffff", rtr.CorruptData, "of 4294967295"},
		{"other length than announced", "01 02 0000 00000009", rtr.CorruptData, "announce 9"},
		{"version 3", "03 02 0000 00000008", rtr.UnsupportedVersion, "version 3"},
		{"type 5", "01 05 0000 00000008", rtr.UnsupportedPDU, "type 5"},
		{"type 255", "01 ff 0000 00000008", rtr.UnsupportedPDU, "type 255"},
		{"Router Key of version 0", "00 09 0100 00000023 000102030405060708090a0b0c0d0e0f10111213 0000fbf0 303132", rtr.UnsupportedPDU, "Router Key"},
		{"ASPA of version 1", "01 0b 0100 00000010 0000fbf0 0000fbf1", rtr.UnsupportedPDU, "ASPA"},
		{"long Reset Query", "01 02 0000 0000000c 00000000", rtr.CorruptData, "not 8"},
		{"End of Data with timers in version 0", "00 07 0001 00000018 00000009 00000e10 00000258 00001c20", rtr.CorruptData, "not 12"},
		{"End of Data without timers in version 1", "01 07 0001 0000000c 00000009", rtr.CorruptData, "not 24"},
		{"prefix length 33", "01 04 0000 00000014 01 21 21 00 c0000200 0000fbf0", rtr.CorruptData, "maxLength of 33"},
		{"maxLength below the length", "01 04 0000 00000014 01 18 17 00 c0000200 0000fbf0", rtr.CorruptData, "maxLength of 23"},
		{"host bits in version 2", "02 04 0000 00000014 01 18 18 00 c0000201 0000fbf0", rtr.CorruptData, "host bits"},
		{"IPv4 in IPv6", "01 06 0000 00000020 01 78 78 00 00000000 00000000 0000ffff c0000200 0000fbf0", rtr.CorruptData, "within IPv6"},
		{"Router Key without a key", "01 09 0100 00000020 000102030405060708090a0b0c0d0e0f10111213 0000fbf0", rtr.CorruptData, "of 32 octets"},
		{"Error Report cut short", "01 0a 0003 0000000c 00000000", rtr.CorruptData, "add up"},
		{"Error Report with a long PDU", "01 0a 0003 00000010 fffffff0 00000000", rtr.CorruptData, "add up"},
		{"Error Report with a rest", "01 0a 0003 00000011 00000000 00000000 00", rtr.CorruptData, "add up"},
		{"ASPA cut short", "02 0b 0100 0000000e 0000fbf0 0000", rtr.CorruptData, "of 14 octets"},
		{"ASPA without providers", "02 0b 0100 0000000c 0000fbf0", rtr.ASPAProviderList, "without providers"},
		{"withdrawal with providers", "02 0b 0000 00000010 0000fbf0 00000001", rtr.ASPAProviderList, "with 1 providers"},
		{"AS0 among others", "02 0b 0100 00000014 0000fbf0 00000000 00000001", rtr.ASPAProviderList, "AS0"},
		{"providers twice", "02 0b 0100 00000014 0000fbf0 00000001 00000001", rtr.ASPAProviderList, "ascend"},
		{"providers descend", "02 0b 0100 00000014 0000fbf0 00000002 00000001", rtr.ASPAProviderList, "ascend"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := octets(t, tt.octets)
			_, p, err := rtr.Decode(b)
			var e *rtr.Error
			if !errors.As(err, &e) || e.Code != tt.code || !strings.Contains(e.Reason, tt.reason) {
				t.Fatalf("%v, %v; want %v, %q", p, err, tt.code, tt.reason)
			}
			if !bytes.Equal(e.PDU, b) {
				t.Errorf("the error holds % x", e.PDU)
			}
			if _, err := rtr.Append(nil, 1, e.Report()); err != nil {
				t.Errorf("the report cannot be sent: %v", err)
			}
		})
	}
}

// Host bits are forbidden in version 2 alone: earlier, they are cleared.
func TestHostBits(t *testing.T) {
	for version := range rtr.Version2 {
		b := octets(t, "00 04 0000 00000014 01 18 18 00 c0000201 0000fbf0")
		b[0] = version
		if _, p, err := rtr.Decode(b); err != nil || p.(rtr.Prefix).Prefix != netip.MustParsePrefix("192.0.2.0/24") {
			t.Errorf("version %d: %v, %v", version, p, err)
		}
	}
}

func TestAppendRefuses(t *testing.T) {
	many := rtr.ASPA{Announce: true, Customer: 1}
	for i := range 20000 {
		many.Providers = append(many.Providers, values.ASN(i+1))
	}
	for _, tt := range []struct {
		version uint8
		pdu     rtr.PDU
	}{
		{0, rtr.RouterKey{SPKI: []byte{1}}}, {1, rtr.ASPA{Customer: 1}}, {3, rtr.ResetQuery{}}, {2, many}, {1, rtr.Prefix{}},
		{2, rtr.Prefix{Prefix: netip.MustParsePrefix("192.0.2.1/24"), MaxLength: 24}}, {2, rtr.ASPA{Customer: 1, Announce: true}},
		{1, rtr.Prefix{Prefix: netip.MustParsePrefix("192.0.2.0/24"), MaxLength: 33}}, {1, rtr.ErrorReport{Text: strings.Repeat("x", 70000)}},
	} {
		if b, err := rtr.Append(nil, tt.version, tt.pdu); err == nil || len(b) > 0 {
			t.Errorf("wrote %T of version %d", tt.pdu, tt.version)
		}
	}
}

func TestTimers(t *testing.T) {
	tests := []struct {
		in                     rtr.Timers
		refresh, retry, expire time.Duration
	}{
		{rtr.Timers{}, time.Hour, 10 * time.Minute, 2 * time.Hour},
		{rtr.Timers{Refresh: 5, Retry: 1, Expire: 1}, 5 * time.Second, time.Second, 10 * time.Minute},
		{rtr.Timers{Refresh: 1 << 31, Retry: 1 << 31, Expire: 1 << 31}, 24 * time.Hour, 2 * time.Hour, 48 * time.Hour},
		{rtr.Timers{Refresh: 7000, Retry: 600, Expire: 600}, 7000 * time.Second, 10 * time.Minute, 7000 * time.Second},
	}
	for _, tt := range tests {
		if a, b, c := tt.in.Durations(); a != tt.refresh || b != tt.retry || c != tt.expire {
			t.Errorf("%+v: %v, %v, %v", tt.in, a, b, c)
		}
	}
}

// A stream is read whole however it arrives, and a deadline in the middle loses nothing.
func TestReader(t *testing.T) {
	var stream []byte
	for _, tt := range good {
		stream = append(stream, octets(t, tt.octets)...)
	}
	for name, in := range map[string]io.Reader{"whole": bytes.NewReader(stream), "octet by octet": iotest.OneByteReader(bytes.NewReader(stream)),
		"with deadlines": &impatient{r: bytes.NewReader(stream)}} {
		r := rtr.NewReader(in)
		for i := 0; i < len(good); {
			_, p, err := r.Next()
			if errors.Is(err, os.ErrDeadlineExceeded) {
				continue
			}
			if err != nil {
				t.Fatalf("%s: %s: %v", name, good[i].name, err)
			}
			if diff := cmp.Diff(good[i].pdu, p, compare); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
			i++
		}
		for {
			_, _, err := r.Next()
			if errors.Is(err, os.ErrDeadlineExceeded) {
				continue
			}
			if err != io.EOF {
				t.Errorf("%s: at the end %v", name, err)
			}
			break
		}
	}
	for n := 1; n < 12; n++ {
		if _, _, err := rtr.NewReader(bytes.NewReader(stream[:n])).Next(); err != io.ErrUnexpectedEOF {
			t.Errorf("after %d octets: %v", n, err)
		}
	}
}

// impatient gives one octet, then a deadline, and so on.
type impatient struct {
	r    io.Reader
	late bool
}

func (i *impatient) Read(b []byte) (int, error) {
	if i.late = !i.late; i.late {
		return 0, os.ErrDeadlineExceeded
	}
	return i.r.Read(b[:1])
}

// FuzzDecode holds that what is read is what is written, and that every refusal can be reported.
func FuzzDecode(f *testing.F) {
	for _, tt := range good {
		f.Add(octets(f, tt.octets))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		version, p, err := rtr.Decode(b)
		if err != nil {
			var e *rtr.Error
			if !errors.As(err, &e) {
				t.Fatalf("%T", err)
			}
			if _, err := rtr.Append(nil, 0, e.Report()); err != nil {
				t.Error(err)
			}
			return
		}
		if version > rtr.MaxVersion {
			return // an Error Report of a version to come
		}
		again, err := rtr.Append(nil, version, p)
		if err != nil {
			t.Fatalf("%+v: %v", p, err)
		}
		_, q, err := rtr.Decode(again)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p, q, compare); diff != "" {
			t.Error(diff)
		}
	})
}
