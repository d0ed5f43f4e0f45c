package statement_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/desk/class"
	"pahra/internal/desk/statement"
	"pahra/wire/intelmq"
)

var now = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func good() statement.Statement {
	return statement.Statement{Type: 7, Noticed: now.Add(-time.Hour), Detected: now.Add(-2 * time.Hour), Address: "192.0.2.7", Port: 443,
		Domain: "bank.example", URL: "https://bank.example/login", Description: "A page that asks for passwords.\nIt looks like ours.", Critical: true}
}

// TestCheck: each thing that is wrong is told with its field.
func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*statement.Statement)
		want   []statement.Wrong
	}{
		"nothing":     {func(*statement.Statement) {}, nil},
		"type":        {func(s *statement.Statement) { s.Type = 21 }, []statement.Wrong{{Field: "type", Why: statement.Missing}}},
		"not noticed": {func(s *statement.Statement) { s.Noticed = time.Time{} }, []statement.Wrong{{Field: "noticed", Why: statement.Missing}}},
		"tomorrow":    {func(s *statement.Statement) { s.Noticed = now.Add(24 * time.Hour) }, []statement.Wrong{{Field: "noticed", Why: statement.Future}}},
		"before all":  {func(s *statement.Statement) { s.Noticed = time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC) }, []statement.Wrong{{Field: "noticed", Why: statement.Format}}},
		"no place":    {func(s *statement.Statement) { s.Address, s.Domain, s.URL = "", "", "" }, []statement.Wrong{{Field: "address", Why: statement.Nowhere}}},
		"address":     {func(s *statement.Statement) { s.Address = "192.0.2.300" }, []statement.Wrong{{Field: "address", Why: statement.Format}}},
		"port":        {func(s *statement.Statement) { s.Port = 70000 }, []statement.Wrong{{Field: "port", Why: statement.Format}}},
		"domain":      {func(s *statement.Statement) { s.Domain = "a b" }, []statement.Wrong{{Field: "domain", Why: statement.Format}}},
		"URL":         {func(s *statement.Statement) { s.URL = "the page" }, []statement.Wrong{{Field: "url", Why: statement.Format}}},
		"no words":    {func(s *statement.Statement) { s.Description = " \n" }, []statement.Wrong{{Field: "description", Why: statement.Missing}}},
		"long":        {func(s *statement.Statement) { s.Measures = strings.Repeat("x", 10_001) }, []statement.Wrong{{Field: "measures", Why: statement.Long}}},
		"control":     {func(s *statement.Statement) { s.System = "a\x1b[2J" }, []statement.Wrong{{Field: "system", Why: statement.Format}}},
	} {
		s := good()
		c.change(&s)
		if d := cmp.Diff(c.want, s.Check(now)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

// TestReporter: who has a name says how to reach them, and nobody says nothing of themselves.
func TestReporter(t *testing.T) {
	for _, c := range []struct {
		r    statement.Reporter
		want string // fields that are wrong
	}{
		{statement.Reporter{Mode: statement.Named, Name: "Ann", Mail: "ann@example.net"}, ""},
		{statement.Reporter{Mode: statement.Named, Name: "Ann"}, "mail"},
		{statement.Reporter{Mode: statement.Named, Mail: "ann@example.net"}, "name"},
		{statement.Reporter{Mode: statement.Named, Name: "Ann", Mail: "ann@example.net, bob@example.net"}, "mail"},
		{statement.Reporter{Mode: statement.Pseudonymous, Name: "night owl"}, ""},
		{statement.Reporter{Mode: statement.Anonymous}, ""},
		{statement.Reporter{Mode: statement.Anonymous, Mail: "ann@example.net"}, "mode"},
		{statement.Reporter{}, "mode"},
		{statement.Reporter{Mode: statement.Pseudonymous, Name: strings.Repeat("x", 201)}, "name"},
	} {
		var got []string
		for _, w := range c.r.Check() {
			got = append(got, w.Field)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%+v: %v, want %q", c.r, got, c.want)
		}
	}
}

// TestEvent: every type of Annexure I becomes an event of a class of the RSIT, which can be read back.
func TestEvent(t *testing.T) {
	classes, err := class.Load()
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= statement.Types; n++ {
		s := good()
		s.Type = n
		e, err := s.Event(classes, now)
		if err != nil {
			t.Fatal(err)
		}
		if c := classes.Of(e); c.Class == "other" || !classes.Valid(c) {
			t.Errorf("type %d is of %s", n, c)
		}
		back, err := intelmq.Parse(e.AppendJSON(nil))
		if err != nil {
			t.Fatalf("%s: %v", e.AppendJSON(nil), err)
		}
		for key, want := range map[string]string{"source.ip": "192.0.2.7", "source.port": "443", "source.fqdn": "bank.example",
			"time.source": "2026-03-04T10:00:00+00:00", "extra.noticed_at": "2026-03-04T11:00:00Z", "extra.critical": "true"} {
			if got := back.Text(key); got != want {
				t.Errorf("%s is %q, want %q", key, got, want)
			}
		}
		if back.Hash() != e.Hash() {
			t.Errorf("type %d reads back otherwise", n)
		}
	}
	s := good()
	s.Type = 21
	if _, err := s.Event(classes, now); err == nil {
		t.Error("there is an event of type 21")
	}
}
