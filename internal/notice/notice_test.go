package notice_test

import (
	"encoding/csv"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/language"
	"pahra/internal/notice"
	"pahra/wire/intelmq"
	"pahra/wire/objects"
	"pahra/wire/xarf"
)

var update = flag.Bool("update", false, "write the golden files anew")

func event(t *testing.T, fields ...string) *intelmq.Event {
	t.Helper()
	e := new(intelmq.Event)
	for i := 0; i < len(fields); i += 2 {
		if err := e.Add(fields[i], fields[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

func speak(t *testing.T, tag string) language.Language {
	t.Helper()
	c, err := language.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c.In(tag)
}

func sample(t *testing.T, tag string) notice.Notice {
	day := time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)
	return notice.Notice{
		ID: 7, Party: "AS64500 (Example Net)", Language: speak(t, tag), Portal: "https://pahra.example.net/p/party", Until: day.AddDate(0, 0, 30),
		From: notice.Sender{Org: "CERT Example", Contact: "desk@cert.example.net", Domain: "cert.example.net"},
		Cases: []notice.Case{
			{ID: 12, Class: "malicious-code/infected-system", Identifier: "andromeda", FirstSeen: day, LastSeen: day.Add(26 * time.Hour), Link: "https://pahra.example.net/p/case12",
				Lines: []*intelmq.Event{
					event(t, "time.source", "2026-03-05T02:00:00.123+00:00", "source.ip", "192.0.2.7", "source.port", "49153", "source.asn", "64500", "protocol.transport", "tcp",
						"classification.taxonomy", "malicious-code", "classification.type", "infected-system", "classification.identifier", "andromeda", "malware.name", "andromeda",
						"destination.ip", "198.51.100.9", "destination.port", "443", "source.account", "bob", "raw", "c2VjcmV0", "extra.note", "for us alone", "tlp", "GREEN"),
					event(t, "time.source", "2026-03-04T00:00:00+00:00", "source.ip", "192.0.2.8", "source.port", "5", "tlp", "RED", "comment", "named persons only"),
				}},
			{ID: 9, Class: "intrusion-attempts/brute-force", Identifier: "ssh", Again: true, FirstSeen: day, LastSeen: day, More: 40,
				Lines: []*intelmq.Event{event(t, "time.source", "2026-03-04T00:00:01+00:00", "source.ip", "2001:db8::1", "source.port", "40000", "protocol.transport", "tcp", "protocol.application", "ssh",
					"classification.taxonomy", "intrusion-attempts", "classification.type", "brute-force", "classification.identifier", "ssh", "destination.ip", "203.0.113.5", "destination.port", "22",
					"destination.fqdn", "victim.example.org")}},
		},
	}
}

// TestCompose holds whole notices against files, in every language.
func TestCompose(t *testing.T) {
	for _, tag := range []string{"en", "hi"} {
		m, err := notice.Compose(sample(t, tag))
		if err != nil {
			t.Fatal(err)
		}
		got := "Subject: " + m.Subject + "\nLabel: " + m.TLP + "\n\n" + m.Text
		for _, a := range m.Attachments {
			got += "\n== " + a.Name + " " + a.Type + "\n" + string(a.Content)
		}
		file := "testdata/notice." + tag + ".txt"
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("the notice in %s (-want +got):\n%s", tag, diff)
		}
		if strings.Contains(got, "192.0.2.8") || strings.Contains(got, "bob") || strings.Contains(got, "for us alone") || strings.Contains(got, "203.0.113.5") || strings.Contains(got, "victim") {
			t.Errorf("in %s something goes out that must not", tag)
		}
	}
}

// TestXARFReadsBack: what goes out as XARF is XARF, with port and exact time.
func TestXARFReadsBack(t *testing.T) {
	m, err := notice.Compose(sample(t, "en"))
	if err != nil {
		t.Fatal(err)
	}
	in := objects.NewReader(strings.NewReader(string(m.Attachments[1].Content)), xarf.MaxSize)
	var got []string
	for {
		text, err := in.Next()
		if err != nil {
			break
		}
		r, err := xarf.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, r.Category+"/"+r.Type+" "+r.Source+" "+r.Time.Format(time.RFC3339Nano))
		if r.SourcePort == 0 {
			t.Errorf("%s lost its port", r.Source)
		}
	}
	want := []string{"connection/login_attack 2001:db8::1 2026-03-04T00:00:01Z", "infrastructure/botnet 192.0.2.7 2026-03-05T02:00:00.123Z"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reports (-want +got):\n%s", diff)
	}
}

// TestTableIsData: no line of others is a formula in a spreadsheet.
func TestTableIsData(t *testing.T) {
	n := sample(t, "en")
	n.Cases = n.Cases[:1]
	n.Cases[0].Lines = []*intelmq.Event{event(t, "time.source", "2026-03-04T00:00:00+00:00", "source.ip", "192.0.2.1", "classification.identifier", `=HYPERLINK("http://x")`)}
	m, err := notice.Compose(n)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(m.Attachments[0].Content))).ReadAll()
	if err != nil || len(rows) != 2 || !strings.HasPrefix(rows[1][8], "'=") {
		t.Errorf("the table is %q, %v", rows, err)
	}
}

func TestComposeBounds(t *testing.T) {
	n := sample(t, "en")
	n.Cases = n.Cases[:1]
	n.Cases[0].Lines = nil
	for range 3 * notice.MostLines {
		n.Cases[0].Lines = append(n.Cases[0].Lines, event(t, "time.source", "2026-03-04T00:00:00+00:00", "source.ip", "192.0.2.1"))
	}
	m, err := notice.Compose(n)
	if err != nil {
		t.Fatal(err)
	}
	if m.Lines != notice.MostLines || !strings.Contains(m.Text, "not in this notice: 2000") {
		t.Errorf("%d lines go out, and the text says %q", m.Lines, m.Text)
	}
	n.Cases[0].Lines = []*intelmq.Event{event(t, "time.source", "2026-03-04T00:00:00+00:00", "source.ip", "192.0.2.1", "tlp", "AMBER+STRICT")}
	if _, err := notice.Compose(n); !errors.Is(err, notice.ErrNothing) {
		t.Errorf("a notice of what must not go out: %v", err)
	}
}

func TestPlan(t *testing.T) {
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	p := notice.DefaultPace()
	cases := []notice.Due{
		{Case: 1, To: "waits", Since: now.Add(-time.Minute)},
		{Case: 2, To: "due", Since: now.Add(-time.Hour)},
		{Case: 3, To: "due", Since: now, Urgency: 50},
		{Case: 4, To: "told", Since: now.Add(-time.Hour)},
		{Case: 5, To: "urgent", Since: now, Urgency: 95},
	}
	last := map[string]time.Time{"told": now.Add(-23 * time.Hour), "urgent": now.Add(-time.Hour)}
	groups, next := p.Plan(cases, last, now)
	want := []notice.Group{{To: "due", Cases: []int64{3, 2}}, {To: "urgent", Cases: []int64{5}}}
	if diff := cmp.Diff(want, groups); diff != "" {
		t.Errorf("what is due (-want +got):\n%s", diff)
	}
	if at := now.Add(9 * time.Minute); !next.Equal(at) {
		t.Errorf("the next is due at %s, want %s", next, at)
	}
	var many []notice.Due
	for i := range 2*notice.MostCases + 1 {
		many = append(many, notice.Due{Case: int64(i), To: "many", Since: now.Add(-time.Hour)})
	}
	if groups, _ := p.Plan(many, nil, now); len(groups) != 3 || len(groups[2].Cases) != 1 {
		t.Errorf("%d notices for %d cases", len(groups), len(many))
	}
}
