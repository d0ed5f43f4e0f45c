package class

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pahra/internal/testdata"
	"pahra/wire/intelmq"
	"pahra/wire/shadowserver"
)

func load(t *testing.T) *Tables {
	t.Helper()
	tables, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return tables
}

func TestRSIT(t *testing.T) {
	tables := load(t)
	codes, classes := tables.Codes(), map[string]bool{}
	for _, c := range codes {
		classes[c.Class] = true
		back, ok := tables.ParseTag(c.Tag())
		if !ok || back != c || tables.Title(c) == "" {
			t.Errorf("%s: %v, %v, title %q", c.Tag(), back, ok, tables.Title(c))
		}
		if by, ok := tables.ByType(c.Type); !ok || by != c {
			t.Errorf("%s is also %s", c, by)
		}
	}
	if len(codes) != 39 || len(classes) != 11 {
		t.Errorf("%d types in %d classes, the RSIT has 39 in 11", len(codes), len(classes))
	}
	for _, bad := range []string{"", "rsit", `rsit:fraud="spam"`, `veris:fraud="phishing"`, "rsit:fraud"} {
		if c, ok := tables.ParseTag(bad); ok {
			t.Errorf("%q is %v", bad, c)
		}
	}
}

// TestSchemes: every table says what it is a table of, and from when.
func TestSchemes(t *testing.T) {
	for _, s := range load(t).Schemes() {
		if s.Version == "" || s.Date.IsZero() || s.Title == "" || s.Source == "" || len(s.Aliases) == 0 {
			t.Errorf("%+v", s)
		}
	}
}

// TestCovers: every value of IntelMQ has a type, and every item of Annexure I.
func TestCovers(t *testing.T) {
	tables := load(t)
	for _, kind := range intelmq.Kinds() {
		var e intelmq.Event
		if err := e.Add("classification.type", kind); err != nil {
			t.Fatal(err)
		}
		if c := tables.Of(&e); !tables.Valid(c) || c.Type == "undetermined" && kind != "undetermined" && kind != "blacklist" {
			t.Errorf("%s is %s", kind, c)
		}
	}
	for item := range 20 {
		if len(tables.Lookup("annexure-i", []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20"}[item], time.Time{})) == 0 {
			t.Errorf("item %d of Annexure I has no type", item+1)
		}
	}
}

func TestLookup(t *testing.T) {
	tables := load(t)
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, test := range []struct {
		scheme, value, at string
		want              []string
	}{
		{"intelmq", "blacklist", "2026-01-01", []string{"other/undetermined"}},
		{"ecsirt", "intrusions/Defacement", "2026-01-01", []string{"information-content-security/unauthorised-information-modification"}},
		{"cert-in", "Website Intrusion & Malware Propagation", "2014-06-01", []string{"intrusions/application-compromise", "malicious-code/malware-distribution"}},
		{"cert-in", "Network Scanning / Probing", "2014-06-01", []string{"information-gathering/scanner"}},
		{"cert-in", "Network Scanning / Probing", "2017-06-01", []string{"information-gathering/scanner", "vulnerable/vulnerable-system"}},
		{"cert-in", "Network Scanning / Probing", "2022-06-01", []string{"information-gathering/scanner"}},
		{"cert-in", "Vulnerable Services", "2014-06-01", nil},
		{"annexure-i", "8", "2022-04-27", nil},
		{"annexure-i", "8", "2022-04-28", []string{"availability/ddos", "availability/dos"}},
		{"veris", "hacking.Brute force", "2026-01-01", []string{"intrusion-attempts/brute-force"}},
		{"xarf", "infrastructure/bot", "2026-01-01", []string{"malicious-code/infected-system"}},
		{"n6", "cnc", "2026-01-01", []string{"malicious-code/c2-server"}},
		{"shadowserver", "blocklist", "2026-01-01", []string{"other/undetermined"}},
		{"nobody", "x", "2026-01-01", nil},
	} {
		var got []string
		for _, a := range tables.Lookup(test.scheme, test.value, day(test.at)) {
			got = append(got, a.Code.String())
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s %q at %s: %v, want %v", test.scheme, test.value, test.at, got, test.want)
		}
	}
	if got := tables.Values("cert-in", Code{"malicious-code", "malware-distribution"}, day("2014-06-01")); len(got) != 2 {
		t.Errorf("two categories may hold malware distribution, not %v", got)
	}
	if breaks := tables.Breaks("cert-in"); len(breaks) == 0 || breaks[0].Note == "" {
		t.Errorf("breaks: %v", breaks)
	}
}

// taxonomy is a machine-readable taxonomy of MISP's form.
type taxonomy struct {
	Version int
	Values  []struct {
		Predicate string
		Entry     []struct{ Value string }
	}
}

func realTaxonomy(t *testing.T, path ...string) taxonomy {
	text, err := os.ReadFile(filepath.Join(append([]string{testdata.Real(t), "cti", "taxonomies"}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	var tax taxonomy
	if err := json.Unmarshal(text, &tax); err != nil {
		t.Fatal(err)
	}
	return tax
}

// TestPublished: the tables have each value of the published taxonomies, in their order, and no others.
func TestPublished(t *testing.T) {
	tables := load(t)
	for scheme, tax := range map[string]taxonomy{
		"rsit": realTaxonomy(t, "rsit", "machinev1.json"), "ecsirt": realTaxonomy(t, "misp", "ecsirt", "machinetag.json"),
	} {
		var want, got []string
		for _, v := range tax.Values {
			for _, e := range v.Entry {
				want = append(want, v.Predicate+"/"+e.Value)
			}
		}
		s, _ := tables.Scheme(scheme)
		for _, a := range s.Aliases {
			got = append(got, a.Value)
		}
		if got = slices.Compact(got); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", scheme, got, want)
		}
	}
	if v := realTaxonomy(t, "rsit", "machinev1.json").Version; v != 1003 {
		t.Errorf("the published RSIT is version %d", v)
	}
}

// TestShadowserver: every type of report of the published schema has a class and a type that exist, by the schema or by our
// own table; of 170, none is left at other/other.
func TestShadowserver(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(testdata.Real(t), "cti", "shadowserver", "schema", "intelmq.json"))
	if err != nil {
		t.Fatal(err)
	}
	schema, err := shadowserver.ReadSchema(text)
	if err != nil {
		t.Fatal(err)
	}
	tables := load(t)
	types, open := 0, 0
	for _, name := range schema.Types() {
		r, _ := schema.Report(name)
		theirs := Code{r.Constants["classification.taxonomy"], r.Constants["classification.type"]}
		list := tables.Lookup("shadowserver", name, schema.Created)
		if theirs.Type == "other" {
			open++
		}
		switch computed := slices.ContainsFunc(r.Optional, func(f shadowserver.Field) bool { return f.Target == "classification.type" }); {
		case len(list) == 1:
			if theirs = list[0].Code; list[0].Note == "" {
				t.Errorf("%s: there is no reason for %s", name, theirs)
			}
		case computed:
			continue // scan_exchange: by its tag; TestExchange in wire/shadowserver
		}
		if types++; !tables.Valid(theirs) || theirs.Type == "other" {
			t.Errorf("%s is %s", name, theirs)
		}
	}
	if types+2 != 171 || open != 23 { // 170 and phish_url; two are computed
		t.Errorf("%d types, %d of them other in the schema", types+2, open)
	}
}
