package nrtm_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"pahra/wire/nrtm"
)

const answer = `% The TEST Database is subject to Terms and Conditions.

%START Version: 3 TEST 998350-998360 FILTERED

ADD 998350

route:          192.0.2.0/24
descr:          a documentation prefix
                of two lines
origin:         AS64496  # ours
source:         TEST

DEL 998352

person:         Somebody
nic-hdl:        sb1-test
source:         TEST

# a comment
ADD 998360
as-set:         AS-TEST
members:        AS64496
source:         TEST

%END TEST
`

func TestReadV3(t *testing.T) {
	want := []nrtm.Change{
		{Serial: 998350, Class: "route", Key: "192.0.2.0/24AS64496",
			Object: []byte("route:          192.0.2.0/24\ndescr:          a documentation prefix\n                of two lines\norigin:         AS64496  # ours\nsource:         TEST\n")},
		{Delete: true, Serial: 998352, Class: "person", Key: "SB1-TEST", Object: []byte("person:         Somebody\nnic-hdl:        sb1-test\nsource:         TEST\n")},
		{Serial: 998360, Class: "as-set", Key: "AS-TEST", Object: []byte("as-set:         AS-TEST\nmembers:        AS64496\nsource:         TEST\n")},
	}
	for name, in := range map[string]io.Reader{"whole": strings.NewReader(answer), "byte by byte": iotest.OneByteReader(strings.NewReader(answer)),
		"CRLF": strings.NewReader(strings.ReplaceAll(answer, "\n", "\r\n"))} {
		var got []nrtm.Change
		start, err := nrtm.ReadV3(in, func(c nrtm.Change) error { got = append(got, c); return nil })
		if err != nil || start != (nrtm.Start{Source: "TEST", First: 998350, Last: 998360, Filtered: true}) {
			t.Errorf("%s: %+v, %v", name, start, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	text := nrtm.AppendV3(nil, nrtm.Start{Source: "TEST", First: 998350, Last: 998360, Filtered: true}, want)
	var got []nrtm.Change
	if _, err := nrtm.ReadV3(strings.NewReader(string(text)), func(c nrtm.Change) error { got = append(got, c); return nil }); err != nil || !cmp.Equal(got, want) {
		t.Errorf("written and read: %+v, %v", got, err)
	}
	if q := nrtm.Query("TEST", 7, 0) + nrtm.Query("TEST", 7, 9); q != "-g TEST:3:7-LAST\n-g TEST:3:7-9\n" {
		t.Errorf("query %q", q)
	}
}

// Every answer that breaks off before its end is refused: a part of the changes would be lost.
func TestV3BreaksOff(t *testing.T) {
	whole := strings.LastIndex(answer, "%END") + len("%END")
	for n := range whole {
		if _, err := nrtm.ReadV3(strings.NewReader(answer[:n]), func(nrtm.Change) error { return nil }); err == nil {
			t.Errorf("no error for %q", answer[:n])
		}
	}
}

func TestV3Refused(t *testing.T) {
	start := "%START Version: 3 TEST 1-5\n\n"
	object := "route: 192.0.2.0/24\norigin: AS1\n\n"
	tests := []struct{ name, text, want string }{
		{"a web page", "<html>\n" + strings.Repeat("x\n", 2000), "no %START"},
		{"version 1", "%START Version: 1 TEST 1-5\n", "not the beginning of version 3"},
		{"no range", "%START Version: 3 TEST LAST\n", "range of serials"},
		{"turned range", "%START Version: 3 TEST 5-1\n", "range of serials"},
		{"other operation", start + "MOD 1\n\n" + object, "ADD or DEL"},
		{"no serial", start + "ADD\n\n" + object, "ADD or DEL"},
		{"bad serial", start + "ADD x\n\n" + object, "not a serial"},
		{"serial beyond", start + "ADD 6\n\n" + object, "not within 1-5"},
		{"serial twice", start + "ADD 1\n\n" + object + "ADD 1\n\n" + object, "serial 1 behind 1"},
		{"no object", start + "ADD 1\n\n%END TEST\n", "there is none"},
		{"object without a key", start + "ADD 1\n\nroute: 192.0.2.0/24\n\n", "no class, key or origin"},
		{"end of another", start + "%END OTHER\n", "the end is that of"},
		{"error in the middle", start + "ADD 1\n\n" + object + "%ERROR:305: closed\n", "305"},
		{"long line", start + "ADD 1\n\nroute: " + strings.Repeat("x", 2<<20) + "\n", "too long"},
		{"long object", start + "ADD 1\n\nroute: 192.0.2.0/24\n" + strings.Repeat("remarks: "+strings.Repeat("x", 1000)+"\n", 5000), "longer than"},
	}
	for _, tt := range tests {
		_, err := nrtm.ReadV3(strings.NewReader(tt.text), func(nrtm.Change) error { return nil })
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
	mine := errors.New("mine")
	if _, err := nrtm.ReadV3(strings.NewReader(answer), func(nrtm.Change) error { return mine }); !errors.Is(err, mine) {
		t.Errorf("yield's error: %v", err)
	}
}

func TestServerErrors(t *testing.T) {
	tests := []struct {
		line string
		want nrtm.ServerError
	}{
		{"%ERROR:401: invalid range: Not within 2278326-38325450", nrtm.ServerError{Code: 401, First: 2278326, Last: 38325450}},
		{"% ERROR: 402: not authorised to mirror the database", nrtm.ServerError{Code: 402}},
		{"%% ERROR: Access denied", nrtm.ServerError{}},
		{"%ERROR", nrtm.ServerError{}},
		{"%ERROR:401: Not within ", nrtm.ServerError{Code: 401}},
	}
	for _, tt := range tests {
		_, err := nrtm.ReadV3(strings.NewReader("\n"+tt.line+"\n\n"), func(nrtm.Change) error { return nil })
		var e *nrtm.ServerError
		if !errors.As(err, &e) || e.Code != tt.want.Code || e.First != tt.want.First || e.Last != tt.want.Last || e.Text == "" {
			t.Errorf("%s: %+v, %v", tt.line, e, err)
		}
	}
	if _, err := nrtm.ReadV3(strings.NewReader("% Warning: there are no newer updates available\n"), nil); !errors.Is(err, nrtm.ErrNothingNew) {
		t.Errorf("nothing new: %v", err)
	}
}

func TestKeyOf(t *testing.T) {
	tests := []struct{ object, class, key string }{
		{"route: 192.0.2.0/24\norigin: as64496\n", "route", "192.0.2.0/24AS64496"},
		{"Route6:2001:DB8::/32 # c\nremarks: origin\norigin:\tAS1\n", "route6", "2001:DB8::/32AS1"},
		{"aut-num: as64496\n", "aut-num", "AS64496"},
		{"person: A  B\nnic-hdl: ab1-test", "person", "AB1-TEST"},
		{"role: R\nnic-hdl:\nnic-hdl: R1\n", "role", "R1"},
		{"inetnum: 192.0.2.0  -  192.0.2.255\n", "inetnum", "192.0.2.0 - 192.0.2.255"},
		{"% comment\n# comment\nmntner: M\n", "mntner", "M"},
		{"key-cert: X\n", "key-cert", "X"},
	}
	for _, tt := range tests {
		if class, key, err := nrtm.KeyOf([]byte(tt.object)); err != nil || class != tt.class || key != tt.key {
			t.Errorf("%q: %q, %q, %v", tt.object, class, key, err)
		}
	}
	for _, bad := range []string{"", "\n", "route: 192.0.2.0/24", "route:\norigin: AS1\n", "aut-num:\n", "person: A\n", " route: x\n", "hello", ": x\n", "a b: c\n", "route: 1\n origin: AS1\n"} {
		if class, key, err := nrtm.KeyOf([]byte(bad)); err == nil {
			t.Errorf("%q has %q, %q", bad, class, key)
		}
	}
}

func FuzzReadV3(f *testing.F) {
	f.Add([]byte(answer))
	f.Add([]byte("%ERROR:401: invalid range: Not within 1-2\n"))
	f.Add([]byte("%START Version: 3 A 1-2\nDEL 2\n\nmntner: M\n\n%END A\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var got []nrtm.Change
		start, err := nrtm.ReadV3(strings.NewReader(string(data)), func(c nrtm.Change) error { got = append(got, c); return nil })
		if err != nil {
			return
		}
		var again []nrtm.Change
		text := nrtm.AppendV3(nil, start, got)
		second, err := nrtm.ReadV3(strings.NewReader(string(text)), func(c nrtm.Change) error { again = append(again, c); return nil })
		if err != nil || start != second || !cmp.Equal(got, again) {
			t.Errorf("%+v, %+v, %v; written as %q", second, again, err, text)
		}
	})
}
