package spoofer_test

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/wire/spoofer"
	"pahra/wire/values"
)

// The same two sessions in every form.
const (
	one = `{"@id":"/sessions/7","@type":"Session","asn4":"64500","asn6":null,"client4":"192.0.2.0/24","client6":null,"country":"ind",` +
		`"nat4":true,"nat6":null,"privatespoof":"blocked","privatespoof6":null,"routedspoof":"rewritten","routedspoof6":null,"session":7,"timestamp":"2020-05-07T14:34:59+00:00"}`
	two = `{"@id":"/sessions/8","@type":"Session","asn4":64500,"asn6":"64501","client4":"198.51.100.0/24","client6":"2001:db8::/40","country":null,` +
		`"nat4":false,"nat6":null,"privatespoof":"unknown","privatespoof6":"blocked","routedspoof":"received","routedspoof6":"received","session":8,"timestamp":"2020-05-07T16:34:59+02:00"}`
)

func want() []spoofer.Session {
	at := time.Date(2020, 5, 7, 14, 34, 59, 0, time.UTC)
	return []spoofer.Session{
		{ID: 7, Time: at, Country: "ind", IPv4: spoofer.Side{Client: netip.MustParsePrefix("192.0.2.0/24"), ASN: 64500,
			NAT: spoofer.NATYes, Private: spoofer.Blocked, Routed: spoofer.Rewritten}},
		{ID: 8, Time: at, IPv4: spoofer.Side{Client: netip.MustParsePrefix("198.51.100.0/24"), ASN: 64500,
			NAT: spoofer.NATNo, Private: spoofer.Unknown, Routed: spoofer.Received},
			IPv6: spoofer.Side{Client: netip.MustParsePrefix("2001:db8::/40"), ASN: 64501, Private: spoofer.Blocked, Routed: spoofer.Received}},
	}
}

func read(input string) (sessions []spoofer.Session, problems []string, err error) {
	err = spoofer.Read(strings.NewReader(input), func(p values.Problem) { problems = append(problems, p.String()) },
		func(s spoofer.Session) error { sessions = append(sessions, s); return nil })
	return sessions, problems, err
}

func TestForms(t *testing.T) {
	csv := "session,timestamp,country,asn4,client4,nat4,privatespoof,routedspoof,asn6,client6,nat6,privatespoof6,routedspoof6,note\n" +
		"7,2020-05-07T14:34:59+00:00,ind,64500,192.0.2.0/24,true,blocked,rewritten,,,,,,\"a, b\"\n" +
		"8,2020-05-07T14:34:59Z,,64500,198.51.100.0/24,0,unknown,received,64501,2001:db8::/40,,blocked,received,\n"
	tests := map[string]string{
		"collection": `{"@context":"/contexts/Session","@id":"/sessions","@type":"hydra:Collection","hydra:member":[` + one + "," + two +
			`],"hydra:totalItems":2,"hydra:view":{"@id":"/sessions?page=1","hydra:next":"/sessions?page=2"},"hydra:search":{"hydra:mapping":[{"a":1}]}}`,
		"two pages":        `{"hydra:member":[` + one + `]}` + "\n" + `{"hydra:member":[` + two + `]}`,
		"array":            "\xef\xbb\xbf [" + one + ",\n" + two + "]",
		"JSON lines":       one + "\n\n" + two + "\n",
		"single sessions":  strings.Replace(one, "{", "{\n", 1) + strings.Replace(two, "{", "{\n", 1),
		"CSV":              csv,
		"CSV, other names": strings.Replace(strings.Replace(csv, "privatespoof,routedspoof,", "privatespoof4,routedspoof4,", 1), "\n", "\r\n", -1),
	}
	for name, input := range tests {
		got, problems, err := read(input)
		if err != nil || len(problems) > 0 {
			t.Errorf("%s: %v, %q", name, err, problems)
		}
		if diff := cmp.Diff(want(), got, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestBadRecords(t *testing.T) {
	tests := []struct{ old, new, reason string }{
		{`"session":7`, `"session":"x"`, "is not a number"},
		{`"session":7`, `"session":[7]`, "is not a number"},
		{`2020-05-07T14`, `7 May 2020 T14`, "is not a time"},
		{`192.0.2.0/24`, `192.0.2.1/24`, "192.0.2.0/24 is the prefix"},
		{`192.0.2.0/24`, `2001:db8::/40`, "other family"},
		{`"client4":"192.0.2.0/24"`, `"client4":null`, "no client"},
		{`"asn4":"64500"`, `"asn4":"64500_64501"`, "more than one network"},
		{`"asn4":"64500"`, `"asn4":"x"`, "AS number"},
		{`"blocked"`, `"shot"`, "none of blocked"},
		{`"nat4":true`, `"nat4":"maybe"`, "neither true nor false"},
	}
	for _, tt := range tests {
		bad := strings.Replace(one, tt.old, tt.new, 1)
		for _, input := range []string{`{"hydra:member":[` + bad + "," + two + "]}", two + "\n" + bad + "\n"} {
			got, problems, err := read(input)
			if err != nil || len(got) != 1 || got[0].ID != 8 || len(problems) != 1 || !strings.Contains(problems[0], tt.reason) {
				t.Errorf("%s: %d sessions, %q, %v", tt.new, len(got), problems, err)
			}
		}
	}
	got, problems, err := read(one + "\n{\"session\n" + two) // a broken line costs itself
	if err != nil || len(got) != 2 || len(problems) != 1 || !strings.HasPrefix(problems[0], "line 2: ") {
		t.Errorf("%d sessions, %q, %v", len(got), problems, err)
	}
	got, problems, err = read("session,timestamp,client4\n1,2\n1,\"2,3\n7,2020-05-07T14:34:59Z,192.0.2.0/24")
	if err != nil || len(got) != 1 || len(problems) != 2 {
		t.Errorf("%d sessions, %q, %v", len(got), problems, err)
	}
}

func TestFatal(t *testing.T) {
	for _, input := range []string{"", "7", "null", "a,b\n1,2\n", `{"x":1}`, `{"hydra:member":7}`, `{"hydra:member":[` + one, "[" + one + `,{"session"`, "[" + one + "]]",
		`{"hydra:member":["` + strings.Repeat("x", 3<<20) + `"]}`} {
		if _, _, err := read(input); err == nil {
			t.Errorf("no error for %.60q", input)
		}
	}
	stop := errors.New("enough")
	err := spoofer.Read(strings.NewReader(one+"\n"+two), nil, func(spoofer.Session) error { return stop })
	if !errors.Is(err, stop) {
		t.Errorf("the error of yield became %v", err)
	}
}

// A long collection goes through in constant memory; the bound is on one record.
func TestLong(t *testing.T) {
	input := "[" + strings.Repeat(one+",", 10000) + two + "]"
	n := 0
	err := spoofer.Read(strings.NewReader(input), nil, func(spoofer.Session) error { n++; return nil })
	if err != nil || n != 10001 {
		t.Errorf("%d sessions, %v", n, err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"hydra:member":[` + one + "]}"))
	f.Add([]byte(one + "\n" + two))
	f.Add([]byte("session,timestamp,client4\n7,2020-05-07T14:34:59Z,192.0.2.0/24\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		spoofer.Read(strings.NewReader(string(data)), nil, func(s spoofer.Session) error {
			if s.ID <= 0 || s.Time.IsZero() && s.Time.Year() != 1 || !s.IPv4.Client.IsValid() && !s.IPv6.Client.IsValid() {
				t.Errorf("accepted %s", fmt.Sprint(s))
			}
			return nil
		})
	})
}
