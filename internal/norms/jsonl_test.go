package norms

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/wire/values"
)

const goodLine = `{"asn":64500,"metric":"M2","start":"2018-04-01T00:00:00Z","end":"2018-04-01T00:10:00Z","weight":1}`

func readAll(t testing.TB, text string) (penalties []Penalty, problems []values.Problem) {
	t.Helper()
	err := ReadPenalties(strings.NewReader(text), func(p values.Problem) { problems = append(problems, p) },
		func(p Penalty) error { penalties = append(penalties, p); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return penalties, problems
}

func TestReadPenalties(t *testing.T) {
	first := time.Date(2018, 4, 1, 0, 0, 0, 0, time.UTC)
	got, problems := readAll(t, goodLine+"\r\n\n  \n"+
		`{"weight":0.25,"end":"2018-04-01T02:00:00+02:00","start":"2018-03-31T23:59:00Z","metric":"m1c","asn":64501}`)
	want := []Penalty{
		{ASN: 64500, Metric: M2, Start: first, End: first.Add(10 * time.Minute), Weight: 1},
		{ASN: 64501, Metric: M1C, Start: first.Add(-time.Minute), End: first, Weight: 0.25},
	}
	if diff := cmp.Diff(want, got); diff != "" || problems != nil {
		t.Errorf("problems %v, penalties (-want +got):\n%s", problems, diff)
	}
}

func TestReadPenaltiesRefuses(t *testing.T) {
	with := func(old, new string) string { return strings.Replace(goodLine, old, new, 1) }
	tests := map[string]string{
		`hello`:                                     "not a JSON object",
		`[1]`:                                       "not a JSON object",
		`{"asn":1`:                                  "not a well-formed JSON object",
		goodLine + goodLine:                         "something follows the JSON object",
		with(`"asn":64500,`, ``):                    `key "asn" is missing`,
		with(`,"weight":1`, ``):                     `key "weight" is missing`,
		with(`"asn"`, `"ASN"`):                      `key "asn" is missing`,
		with(`64500`, `"64500"`):                    `asn "64500" is not an AS number`,
		with(`64500`, `4294967296`):                 `asn 4294967296 is not an AS number`,
		with(`64500`, `-1`):                         `asn -1 is not an AS number`,
		with(`64500`, `null`):                       `asn null is not an AS number`,
		with(`64500`, `0`):                          "asn 0 is no network",
		with(`"M2"`, `"M22"`):                       `metric "M22" is not a metric`,
		with(`"M2"`, `2`):                           `metric 2 is not a metric`,
		with(`"M2"`, `"M5"`):                        "metric M5 is not made of incidents",
		with(`"M2"`, `"A1"`):                        "metric A1 is not made of incidents",
		with(`T00:00:00Z`, ` 00:00`):                `start "2018-04-01 00:00" is not a time`,
		with(`00:10:00Z`, `00:10:00`):               `end "2018-04-01T00:10:00" is not a time`,
		with(`04-01T00:10`, `03-01T00:10`):          "is before start",
		with(`"weight":1`, `"weight":-1`):           "weight -1 is outside",
		with(`"weight":1`, `"weight":1e9`):          "weight 1e+09 is outside",
		with(`"weight":1`, `"weight":1e999`):        "weight 1e999 is not a number",
		with(`"weight":1`, `"weight":"1"`):          `weight "1" is not a number`,
		with(`"weight":1`, `"weight":1,"wieght":2`): `key "wieght" is not known`,
		with(`"weight":1`, `"weight":1,"asn":2`):    `key "asn" comes twice`,
		strings.Repeat(" ", maxLine) + goodLine:     "longer than",
		strings.Repeat("[", 60000):                  "not a JSON object",
		`{"asn":` + strings.Repeat("[", 30000):      "not a well-formed JSON object",
	}
	for line, want := range tests {
		got, problems := readAll(t, goodLine+"\n"+line+"\n"+goodLine)
		if len(got) != 2 || len(problems) != 1 || problems[0].Line != 2 || !strings.Contains(problems[0].Reason, want) {
			t.Errorf("%.100s: %d read, problems %v; want line 2 with %q", line, len(got), problems, want)
		}
	}
}

func TestReadPenaltiesStops(t *testing.T) {
	stop := errors.New("stop")
	err := ReadPenalties(strings.NewReader(goodLine+"\n"+goodLine), nil, func(Penalty) error { return stop })
	if err != stop {
		t.Errorf("error %v, want that of yield", err)
	}
	broken := iotest.TimeoutReader(strings.NewReader(strings.Repeat(goodLine+"\n", 2000)))
	n := 0
	err = ReadPenalties(broken, nil, func(Penalty) error { n++; return nil })
	if !errors.Is(err, iotest.ErrTimeout) || n == 0 {
		t.Errorf("error %v after %d, want a timeout after some", err, n)
	}
}

// FuzzReadPenalties checks that what is read is sane, and that writing it and reading it back changes nothing.
func FuzzReadPenalties(f *testing.F) {
	f.Add(goodLine)
	f.Add(goodLine + "\n{}\n" + strings.Replace(goodLine, "M2", "m4c", 1))
	f.Add(strings.Replace(goodLine, "00Z", "00.5+01:30", 1))
	f.Fuzz(func(t *testing.T, text string) {
		got, _ := readAll(t, text)
		var out bytes.Buffer
		for _, p := range got {
			if p.check() != nil {
				t.Fatalf("bad penalty %+v", p)
			}
			line, err := json.Marshal(p)
			if err != nil {
				t.Skip("a time beyond the year 9999")
			}
			out.Write(append(line, '\n'))
		}
		again, problems := readAll(t, out.String())
		if diff := cmp.Diff(got, again); diff != "" || problems != nil {
			t.Fatalf("read back: %v\n%s", problems, diff)
		}
		for _, byMetric := range ByNetwork(got) {
			for _, penalties := range byMetric {
				embedded(t, DefaultProfile).Severity.Raw(penalties, february())
			}
		}
	})
}
