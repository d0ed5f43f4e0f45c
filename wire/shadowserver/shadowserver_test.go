package shadowserver

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"pahra/wire/intelmq"
	"pahra/wire/rows"
)

// schema makes a schema of one report up.
func schema(t testing.TB, required, optional, constants string) *Report {
	t.Helper()
	text := fmt.Sprintf(`{"_meta": {"date_created": "2026-03-24T15:31:20Z"}, "own": {"feed_name": "Own", "file_name": "scan_own", "url": "https://example.net/own",
		"required_fields": [%s], "optional_fields": [%s], "constant_fields": {%s}}}`, required, optional, constants)
	s, err := ReadSchema([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	r, known := s.Report("scan_own")
	if !known || s.Created.Day() != 24 || !slices.Equal(s.Types(), []string{"phish_url", "scan_own"}) {
		t.Fatalf("report %v of %v, %v", r, s.Types(), s.Created)
	}
	return r
}

// fields gives the fields of a table's rows as "key=text key=text", those of the feed left out, or what is wrong.
func fields(t testing.TB, r *Report, table string) (got []string) {
	t.Helper()
	in, err := r.NewReader(strings.NewReader(table), nil)
	if err != nil {
		return []string{err.Error()}
	}
	var e intelmq.Event
	for {
		raw, err := in.Next(&e)
		var bad *rows.BadRow
		switch {
		case err == io.EOF:
			return got
		case errors.As(err, &bad):
			got = append(got, bad.Error())
			continue
		case err != nil:
			t.Fatal(err)
		}
		if in.Base64() != base64.StdEncoding.EncodeToString(raw) || !strings.HasPrefix(string(raw), `"timestamp",`) {
			t.Errorf("raw %q", raw)
		}
		var text []string
		for _, f := range e.Fields() {
			if !strings.HasPrefix(f.Key, "feed.") {
				text = append(text, f.Key+"="+f.Value.Text)
			}
		}
		got = append(got, strings.Join(text, " "))
	}
}

func inOrder(text string) string {
	list := strings.Fields(text)
	slices.Sort(list)
	return strings.Join(list, " ")
}

const when = `["time.source", "timestamp", "add_UTC_to_timestamp"]`

// TestConversions: each of the conversions, on values it takes and values it does not.
func TestConversions(t *testing.T) {
	for _, test := range []struct {
		field, header string
		values        map[string]string // a row's other columns, and the fields beside time.source
	}{
		{`["extra.", "x", "convert_bool"]`, "x", map[string]string{"Y": "extra.x=true", "enabled": "extra.x=true", "0": "extra.x=false", "No": "extra.x=false", "maybe": "", "": ""}},
		{`["extra.", "x", "convert_int"]`, "x", map[string]string{"7": "extra.x=7", "007": "extra.x=7", " -3 ": "extra.x=-3", "000": "extra.x=0", "": "",
			"99999999999999999999": "extra.x=99999999999999999999", "1.5": `line 2: column x: "1.5": it is no whole number`, "-": `line 2: column x: "-": it is no whole number`}},
		{`["extra.", "x", "invalidate_zero"]`, "x", map[string]string{"7": "extra.x=7", "0": "", "00": "", "": "", "x": `line 2: column x: "x": it is no whole number`}},
		{`["source.asn", "x", "invalidate_zero"]`, "x", map[string]string{"7": "source.asn=7", "4294967296": "extra.x=4294967296"}},
		{`["extra.", "x", "convert_float"]`, "x", map[string]string{"4.6190": "extra.x=4.619", "37": "extra.x=37.0", "": "", "x": `line 2: column x: "x": it is no number`, "inf": `line 2: column x: "inf": it is no number`}},
		{`["extra.", "x", "convert_date"]`, "x", map[string]string{`"Wed, 10 Feb 2010 00:00:00 GMT"`: "extra.x=2010-02-10T00:00:00+00:00", "soon": "", "": ""}},
		{`["extra.", "x", "convert_date_utc"]`, "x", map[string]string{"2010-02-10 00:00:00": "extra.x=2010-02-10T00:00:00+00:00", "soon": ""}},
		{`["extra.", "x", "validate_to_none"]`, "x", map[string]string{"a": "extra.x=a", "0": "", "unknown": "", "": "", "-": "extra.x=-"}},
		{`["source.ip", "x", "validate_ip"]`, "x", map[string]string{"192.0.2.1": "source.ip=192.0.2.1", "2001:DB8::1": "source.ip=2001:db8::1", "0.0.0.0": "", "192.0.2.0/24": "", "x": "", "": ""}},
		{`["source.network", "x", "validate_network"]`, "x", map[string]string{"192.0.2.0/24": "source.network=192.0.2.0/24", "192.0.2.1": "", "x/y": ""}},
		{`["source.fqdn", "x", "validate_fqdn"]`, "x", map[string]string{"Example.org": "source.fqdn=example.org", "192.0.2.1": "", "a:b": "", "": ""}},
		{`["product.vulnerabilities", "x", "extract_cve_from_tag"]`, "x", map[string]string{"b;cve-2021-2;cve-2020-1;cve-2021-2": "product.vulnerabilities=cve-2020-1;cve-2021-2", "b": "",
			"cve-x-1;cve-2021;CVE-2021-1;cve-2021-1x": ""}},
		{`["extra.", "x", "force_base64"]`, "x", map[string]string{"YWJj": "extra.x=YWJj", "a b": "extra.x=YSBi", "": ""}},
		{`["extra.y", "x", "scan_exchange_taxonomy"]`, "x", map[string]string{"exchange;webshell": "extra.y=intrusions", "exchange": "extra.y=vulnerable"}},
		{`["classification.type", "x", "scan_exchange_type"]`, "x", map[string]string{"exchange;webshell": "classification.type=system-compromise", "exchange": "classification.type=vulnerable-system"}},
		{`["classification.identifier", "x", "scan_exchange_identifier"]`, "x", map[string]string{"webshell": "classification.identifier=exchange-server-webshell", "": "classification.identifier=vulnerable-exchange-server"}},
		{`["event_description.text", "category", "category_or_detail", true]`, "category,detail", map[string]string{"a,b": "event_description.text=a extra.detail=b", ",b": "event_description.text=b extra.detail=b", ",": ""}},
		{`["source.url", "http_url", "convert_http_host_and_url", true]`, "http_url,http_host,application", map[string]string{
			"GET /a?b HTTP/1.1,example.org,https": "extra.application=https extra.http_host=example.org source.url=https://example.org/a?b",
			"/a,example.org,":                     "extra.http_host=example.org source.url=http://example.org/a",
			"http://example.net/x,example.org,":   "extra.http_host=example.org source.url=http://example.net/x",
			"/a,,":                                "extra.http_url=/a",
			"nothing,example.org,":                "extra.http_host=example.org source.url=http://example.org",
			",example.org,":                       "extra.http_host=example.org",
		}},
		{`["source.url", "url", "convert_http_host_and_url", true]`, "url,hostname", map[string]string{"POST /a,example.org": "extra.hostname=example.org source.url=http://example.org/a"}},
		{`["source.reverse_dns", "x"]`, "x", map[string]string{"Host.example.org.": "source.reverse_dns=host.example.org", "a:b": "extra.x=a:b", "-": "", "": ""}},
		{`["severity", "x", "validate_to_none"]`, "x", map[string]string{"high": "severity=high", "9": "extra.x=9"}},
		{`["no.such.field", "x"]`, "x", map[string]string{"a": "extra.no.such.field=a"}},
		{`["extra.os.name", "x"]`, "x", map[string]string{"a": "extra.os.name=a"}},
		{`[false, "x"]`, "x", map[string]string{"a": ""}},
	} {
		r := schema(t, when, test.field, "")
		for values, want := range test.values {
			got := fields(t, r, "timestamp,severity,"+test.header+"\n2026-03-24 01:02:03,,"+values+"\n")
			if !strings.HasPrefix(want, "line") {
				want = inOrder(want + " time.source=2026-03-24T01:02:03+00:00")
			}
			if len(got) != 1 || got[0] != want {
				t.Errorf("%s of %q: %q, want %q", test.field, values, got, want)
			}
		}
	}
}

// TestMapping: what happens to columns that are required, unknown, used twice or missing, and to constants.
func TestMapping(t *testing.T) {
	r := schema(t, when+`, ["source.ip", "ip", "validate_ip"], ["source.port", "port", "convert_int"]`,
		`["malware.name", "infection", "validate_to_none"], ["extra.", "infection", "validate_to_none"], ["extra.", "protocol"], ["protocol.transport", "protocol"]`,
		`"classification.type": "scanner", "own.field": "x", "protocol.application": "HTTP"`)
	const constants = "extra.own.field=x classification.type=scanner "
	for name, test := range map[string]struct {
		table string
		want  []string
	}{
		"plain": {"timestamp,ip,port,infection,protocol,severity,new\n2026-03-24 00:00:00,192.0.2.1,80,Mirai,TCP,,n\n",
			[]string{constants + "extra.infection=Mirai extra.new=n extra.protocol=TCP malware.name=mirai protocol.application=http protocol.transport=tcp source.ip=192.0.2.1 source.port=80 time.source=2026-03-24T00:00:00+00:00"}},
		"left over": {"timestamp,ip,port,infection,protocol\n2026-03-24 00:00:00,0.0.0.0,,Mir\u00e4i,none\n", // the last field of a column counts
			[]string{constants + "extra.infection=Mir\u00e4i extra.ip=0.0.0.0 extra.protocol=none protocol.application=http time.source=2026-03-24T00:00:00+00:00"}},
		"bad rows": {"timestamp,ip,port\n2026-03-24,192.0.2.1,x\nsoon,192.0.2.1,80\n2026-03-24,192.0.2.1,70000\n\n2026-03-24,192.0.2.1,80,81\n2026-03-24\n2026-03-24,\"192.0.2.1,80\n",
			[]string{`line 2: column port: "x": it is no whole number`, `line 3: column timestamp: "soon": it is no time`, `line 4: column port: "70000": "70000" is no number from 0 to 65535`,
				"line 6: the row has 4 columns, the header 3", "line 7: the row has 1 columns, the header 3", "line 8: a quote is not closed"}},
		"the last column left out": {"timestamp,ip,port\n2026-03-24,192.0.2.1\n", []string{constants + "protocol.application=http source.ip=192.0.2.1 time.source=2026-03-24T00:00:00+00:00"}},
		"a column missing":         {"timestamp,ip\n", []string{"report scan_own: the header has no column port"}},
		"a column without a name, and one twice": {"timestamp,ip,port,,new,new\n2026-03-24,192.0.2.1,80,a,b,c\n",
			[]string{constants + "extra.column_4=a extra.new=c protocol.application=http source.ip=192.0.2.1 source.port=80 time.source=2026-03-24T00:00:00+00:00"}},
		"no header":        {"", []string{"it is empty"}},
		"too many columns": {"timestamp" + strings.Repeat(",x", 10000) + "\n", []string{"its header: line 1: too many columns"}},
	} {
		for i, l := range test.want {
			if strings.HasPrefix(l, constants) {
				test.want[i] = inOrder(l)
			}
		}
		if got := fields(t, r, test.table); !slices.Equal(got, test.want) {
			t.Errorf("%s:\n%q, want\n%q", name, got, test.want)
		}
	}
}

func TestConstants(t *testing.T) {
	r := schema(t, when, "", `"classification.type": "other", "classification.taxonomy": "other"`)
	p, err := r.Compile([]string{"timestamp"}, map[string]string{"classification.type": "scanner", "classification.taxonomy": "", "feed.name": "Mine"})
	var e intelmq.Event
	if err == nil {
		err = p.Apply([]string{"2026-03-24"}, &e)
	}
	const want = `{"classification.type":"scanner","feed.documentation":"https://example.net/own","feed.name":"Mine","time.source":"2026-03-24T00:00:00+00:00"}`
	if got := string(e.AppendJSON(nil)); err != nil || got != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
	if _, err := r.Compile([]string{"timestamp"}, map[string]string{"classification.type": "evil"}); err == nil {
		t.Error("a constant that its field cannot have is taken")
	}
}

// TestFormer: reports of before the change of layout are mapped as they were, and types that are gone are still known.
func TestFormer(t *testing.T) {
	s, err := ReadSchema([]byte(`{"special": {"feed_name": "Special", "file_name": "special", "required_fields": [` + when + `],
		"optional_fields": [["severity", "severity"], ["extra.", "tag"], ["status", "status"], ["product.vendor", "device_vendor", "validate_to_none"]], "constant_fields": {}}}`))
	if err != nil {
		t.Fatal(err)
	}
	special, _ := s.Report("special")
	for table, want := range map[string]string{
		"timestamp,tag,status,device_vendor,sic\n2026-03-24,Mirai,open,Acme,0\n":              "extra.device_vendor=Acme extra.status=open malware.name=mirai",
		"timestamp,tag,status,device_vendor,sic,severity\n2026-03-24,Mirai,open,Acme,0,low\n": "extra.sic=0 extra.tag=Mirai product.vendor=Acme severity=low status=open",
	} {
		if got := fields(t, special, table); len(got) != 1 || got[0] != want+" time.source=2026-03-24T00:00:00+00:00" {
			t.Errorf("%q, want %q", got, want)
		}
	}
	phish, known := s.Report("phish_url")
	if !known || phish.Until != "2026-03-24" {
		t.Errorf("phish_url: %+v", phish)
	}
	if got := fields(t, phish, "timestamp,url\n2026-03-24,http://example.org/\n"); len(got) != 1 || !strings.Contains(got[0], "classification.type=phishing") {
		t.Errorf("phish_url: %q", got)
	}
}

func TestReadSchemaRefuses(t *testing.T) {
	report := func(s string) string { return `{"x": {"feed_name": "X", "file_name": "x", ` + s + `}}` }
	for name, text := range map[string]string{
		"no JSON": "x", "a list": "[]", "nothing in it": "{}", "no name": `{"x": {"feed_name": "X", "required_fields": [` + when + `]}}`,
		"an odd name": `{"x": {"feed_name": "X", "file_name": "../x", "required_fields": [` + when + `]}}`,
		"no field":    report(`"required_fields": []`), "a short field": report(`"required_fields": [["a"]]`), "a field of numbers": report(`"required_fields": [["a", 1]]`),
		"an unknown conversion": report(`"required_fields": [["a", "b", "eval"]]`), "a true target": report(`"required_fields": [[true, "b"]]`),
		"a date that is none": `{"_meta": {"date_created": "soon"}}`,
		"twice":               `{"x": {"feed_name": "X", "file_name": "x", "required_fields": [` + when + `]}, "y": {"feed_name": "Y", "file_name": "x", "required_fields": [` + when + `]}}`,
	} {
		if _, err := ReadSchema([]byte(text)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestTypeOf(t *testing.T) {
	for path, want := range map[string]string{
		"2026-03-24-scan_dns-example-asn.csv":            "scan_dns 2026-03-24",
		"/in/2026-03-24-scan_dns-123-example-asn.csv.gz": "scan_dns 2026-03-24",
		`C:\in\2026-03-24-scan6_ssl.csv.zst`:             "scan6_ssl 2026-03-24",
		"scan_dns.csv":                                   "scan_dns 0001-01-01", "event4_sinkhole_http": "event4_sinkhole_http 0001-01-01", "scan_dns-list.csv": "scan_dns 0001-01-01",
		"2026-13-24-scan_dns-x.csv": "", "-": "", "": "", "scan dns.csv": "", ".csv": "",
	} {
		name, day, err := TypeOf(path)
		if got := name + " " + day.Format("2006-01-02"); err == nil && got != want || (err != nil) != (want == "") {
			t.Errorf("%s: %s, %v, want %s", path, got, err, want)
		}
	}
}

// TestFormerData: what is built in is well-formed: every change is one of a report with a name, with fields or constants.
func TestFormerData(t *testing.T) {
	s, err := ReadSchema([]byte(`{"x": {"feed_name": "X", "file_name": "x", "required_fields": [` + when + `]}}`))
	if err != nil {
		t.Fatal(err)
	}
	if s.former == nil || s.former.Until == "" || s.former.Why == "" || s.former.Without != "severity" || len(s.former.All.Fields) == 0 {
		t.Fatalf("%+v", s.former)
	}
	for _, name := range slices.Sorted(maps.Keys(s.former.Reports)) {
		if c := s.former.Reports[name]; len(c.Fields)+len(c.Constants) == 0 {
			t.Errorf("%s: nothing was different", name)
		}
	}
}

func FuzzReader(f *testing.F) {
	r := schema(f, when+`, ["source.ip", "ip", "validate_ip"], ["source.port", "port", "convert_int"]`,
		`["source.url", "url", "convert_http_host_and_url", true], ["extra.", "tag", "convert_float"], ["product.vulnerabilities", "tag", "extract_cve_from_tag"],
		["source.reverse_dns", "hostname"], ["extra.", "date", "convert_date"], ["source.asn", "asn", "invalidate_zero"]`, `"classification.type": "scanner"`)
	f.Add([]byte("timestamp,ip,port,url,tag,hostname,date,asn,new\n2026-03-24 00:00:00,192.0.2.1,80,/x,1.5,a.b,,7,x\n"))
	f.Add([]byte("\"timestamp\",\"ip\",\"port\"\n\"2026-03-24\",\"::1\",\"0\"\n\"x"))
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := r.NewReader(strings.NewReader(string(data)), nil)
		if err != nil {
			return
		}
		var e intelmq.Event
		for {
			_, err := in.Next(&e)
			var bad *rows.BadRow
			if errors.As(err, &bad) {
				continue
			}
			if err != nil {
				return
			}
			if again, err := intelmq.Parse(e.AppendJSON(nil)); err != nil || len(again.Fields()) != len(e.Fields()) {
				t.Fatalf("%s: %v", e.AppendJSON(nil), err)
			}
		}
	})
}
