package as2org

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/wire/values"
)

type result struct {
	AS       []AS
	Orgs     []Organization
	Problems []string
	Err      error
}

func read(text string) (got result) {
	got.Err = Read(strings.NewReader(text), func(p values.Problem) { got.Problems = append(got.Problems, p.String()) }, Sink{
		AS:           func(a AS) error { got.AS = append(got.AS, a); return nil },
		Organization: func(o Organization) error { got.Orgs = append(got.Orgs, o); return nil },
	})
	return got
}

func date(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

// TestReadForms reads the same entries in both forms.
func TestReadForms(t *testing.T) {
	want := result{
		AS:   []AS{{64500, "EXAMPLE-AS", "ORG-EX1", "A1_APNIC", "APNIC", date(2020, 1, 2)}, {64501, "OTHER", "@aut-64501", "", "RIPE", time.Time{}}},
		Orgs: []Organization{{"ORG-EX1", `Example "Ltd"`, "IN", "APNIC", time.Time{}}},
	}
	forms := map[string]string{
		"json": `{"changed":"","country":"IN","name":"Example \"Ltd\"","organizationId":"ORG-EX1","source":"APNIC","type":"Organization","new":[1]}
{"asn":"64500","changed":"20200102","name":"EXAMPLE-AS","opaqueId":"A1_APNIC","organizationId":"ORG-EX1","source":"APNIC","type":"ASN"}

{"asn":"64501","name":"OTHER","organizationId":"@aut-64501","source":"RIPE","type":"ASN"}`,
		"text": `# a comment
# format:org_id|changed|org_name|country|source
ORG-EX1||Example "Ltd"|IN|APNIC
# format:aut|changed|aut_name|org_id|opaque_id|source
64500|20200102|EXAMPLE-AS|ORG-EX1|A1_APNIC|APNIC
64501||OTHER|@aut-64501||RIPE`,
		"text before 2016": `# format: org_id|changed|name|country|source
ORG-EX1||Example "Ltd"|IN|APNIC
# format: aut|changed|name|org_id|opaque_id|source
64500|20200102|EXAMPLE-AS|ORG-EX1|A1_APNIC|APNIC
# format: aut|changed|name|org_id|source
64501||OTHER|@aut-64501|RIPE`,
	}
	for name, text := range forms {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(want, read(text)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestReadProblems(t *testing.T) {
	tests := []struct {
		text, want string
	}{
		{`{"type":"ASN","asn":"x","organizationId":"a"}`, `line 2: "x" is not an AS number (0 to 4294967295, with or without AS)`},
		{`{"type":"ASN","asn":"1"}`, "line 2: AS1 names no organisation or is AS0"},
		{`{"type":"ASN","asn":"0","organizationId":"a"}`, "line 2: AS0 names no organisation or is AS0"},
		{`{"type":"ASN","asn":"1","organizationId":"a","changed":"2020"}`, `line 2: "2020" is not a date in the form YYYYMMDD`},
		{`{"type":"Organization","name":"a"}`, "line 2: organisation without an id"},
		{`{"type":"Person"}`, `line 2: type "Person" is neither ASN nor Organization`},
		{`{"type":`, "line 2: reading JSON: unexpected end of JSON input"},
		{`1|2|3`, `line 2: "1|2|3" stands before the line that names the format`},
		{"# format:asn|x", `line 2: format "asn|x" does not begin with aut or org_id`},
		{"# format:aut|name", "line 2: format of an AS line has no org_id"},
		{"# format:aut|org_id\n1|2|3", "line 3: 3 fields where the format names 2"},
		{strings.Repeat("x", maxLine+1), "line 2: line too long"},
	}
	for _, tt := range tests {
		got := read(`{"type":"Organization","organizationId":"a"}` + "\n" + tt.text)
		if got.Err != nil || len(got.Orgs) != 1 || len(got.AS) != 0 {
			t.Errorf("%.60s: %+v", tt.text, got)
		}
		if d := cmp.Diff([]string{tt.want}, got.Problems); d != "" {
			t.Error(d)
		}
	}
	if got := read("nothing of the kind"); !errors.Is(got.Err, ErrFormat) {
		t.Errorf("%v, want ErrFormat", got.Err)
	}
	if err := Read(strings.NewReader(`{"type":"Organization","organizationId":"a"}`), nil, Sink{}); err != nil {
		t.Errorf("an empty sink: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`{"asn":"64500","changed":"20200102","name":"E","organizationId":"O","source":"APNIC","type":"ASN"}`)
	f.Add("# format:org_id|changed|org_name|country|source\nO||E|IN|APNIC\n# format:aut|changed|aut_name|org_id|opaque_id|source\n1||E|O||A")
	f.Fuzz(func(t *testing.T, text string) {
		got := read(text)
		for _, a := range got.AS {
			if a.ASN == 0 || a.OrgID == "" {
				t.Fatalf("impossible entry %+v", a)
			}
		}
	})
}
