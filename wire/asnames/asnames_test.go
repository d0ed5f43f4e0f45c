package asnames

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pahra/wire/values"
)

func read(text string) (got []Entry, problems []string, err error) {
	err = Read(strings.NewReader(text), func(p values.Problem) { problems = append(problems, p.String()) },
		func(e Entry) error { got = append(got, e); return nil })
	return got, problems, err
}

func TestRead(t *testing.T) {
	tests := []struct {
		name, text string
		want       []Entry
		problems   []string
		err        error
	}{
		{name: "nothing"},
		{
			name:     "text",
			text:     "64500 EXAMPLE-AS Example, Ltd, IN\n64501\n64502 X, usa\n64503x Y",
			want:     []Entry{{ASN: 64500, Name: "EXAMPLE-AS Example, Ltd", Country: "IN"}, {ASN: 64501}, {ASN: 64502, Name: "X, usa"}},
			problems: []string{`line 4: "64503x" is not an AS number (0 to 4294967295, with or without AS)`},
		},
		{
			name: "json",
			text: "\xef\xbb\xbf {\"64500\": \"EXAMPLE-AS Example, IN\", \"x\": \"Y\", \"64501\": 7, \"64502\": \"Z, na\"}",
			want: []Entry{{ASN: 64500, Name: "EXAMPLE-AS Example", Country: "IN"}, {ASN: 64502, Name: "Z", Country: "NA"}},
			problems: []string{`offset 38: "x" is not an AS number (0 to 4294967295, with or without AS)`,
				"offset 48: json: cannot unmarshal number into Go value of type string"},
		},
		{name: "json cut", text: `{"1": "a", "2": "b`, want: []Entry{{ASN: 1, Name: "a"}}, err: io.ErrUnexpectedEOF},
		{name: "json of another kind", text: `{"a": "b"}`, err: ErrFormat, problems: []string{`offset 1: "a" is not an AS number (0 to 4294967295, with or without AS)`}},
		{
			name:     "csv with header",
			text:     "cc,asn,name,class,more\nIN,AS64500,\"Example, \"\"Ltd\"\"\",Eyeball,x\nindia,64501,B,,\n1,2\n",
			want:     []Entry{{ASN: 64500, Name: "Example, Ltd", Country: "IN", Class: "Eyeball"}, {ASN: 64501, Name: "B"}},
			problems: []string{"line 4: 2 columns where there should be 5"},
		},
		{
			name:     "csv without header",
			text:     "AS64500,Example\nAS64501,\"\"\"Other\", Ltd\"\nASNaN, x\nhello\n",
			want:     []Entry{{ASN: 64500, Name: "Example"}, {ASN: 64501, Name: "Other, Ltd"}},
			problems: []string{`line 3: "ASNaN" is not an AS number (0 to 4294967295, with or without AS)`, `line 4: "hello" has no comma`},
		},
		{name: "long name", text: "AS1,a\nAS2," + strings.Repeat("x", 600), want: []Entry{{ASN: 1, Name: "a"}}, problems: []string{"line 2: name of AS2 has 600 bytes, more than 512"}},
		{name: "another format", text: "hello", err: ErrFormat, problems: []string{`line 1: "hello" has no comma`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, problems, err := read(tt.text)
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(tt.problems, problems); d != "" {
				t.Error(d)
			}
			if !errors.Is(err, tt.err) {
				t.Errorf("error %v, want %v", err, tt.err)
			}
		})
	}
}

// TestReadBounded holds that an entry without end is not gathered up in memory.
func TestReadBounded(t *testing.T) {
	_, _, err := read(`{"1": "` + strings.Repeat("x", 8<<20))
	if err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("%v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("64500 EXAMPLE-AS Example, IN\n")
	f.Add(`{"64500": "EXAMPLE-AS Example, IN"}`)
	f.Add("asn,name,class,cc\nAS1,\"a\",b,IN\n")
	f.Add("AS64501,\"\"\"Other\", Ltd\"")
	f.Fuzz(func(t *testing.T, text string) {
		got, _, _ := read(text)
		for _, e := range got {
			if len(e.Name) > maxName || e.Country != "" && len(e.Country) != 2 {
				t.Fatalf("impossible entry %+v", e)
			}
		}
	})
}
