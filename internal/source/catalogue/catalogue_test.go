package catalogue

import (
	"strings"
	"testing"
	"time"
)

func TestEmbedded(t *testing.T) {
	sources, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	if len(sources) < 25 {
		t.Errorf("%d sources", len(sources))
	}
	for _, s := range sources {
		if strings.HasPrefix(s.Licence, "CAIDA") && (!s.Accept || s.Redistributable != "no") {
			t.Errorf("%s: CAIDA's data needs its agreement and stays here", s.Name)
		}
		for _, f := range s.Files {
			v := variables{at: time.Date(2026, 2, 9, 8, 5, 0, 0, time.UTC)}.forCollector(s, "rrc00")
			if s.Form != "manual" && !s.fits()(v.expand(f.Path)) {
				t.Errorf("%s: its own path %s does not fit %s", s.Name, v.expand(f.Path), f.Path)
			}
		}
	}
}

func TestReadStrict(t *testing.T) {
	good := `sources:
  - name: a
    title: A
    kind: vrp
    licence: none
    redistributable: "no"
    refresh: 1h
    files: [{url: "https://example.net/a.json", path: "vrp/{stamp}.json"}]
`
	if _, err := Read(strings.NewReader(good)); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ old, new, want string }{
		{"title: A", "titel: A", "field titel not found"},
		{"title: A", "title: \"\"", "title or licence"},
		{"kind: vrp", "kind: vpr", "no kind"},
		{"name: a", "name: A b", "lower-case"},
		{"refresh: 1h", "refresh: 1", "duration"},
		{"refresh: 1h", "refresh: 1h\n    accept: true", "accept needs"},
		{"refresh: 1h", "refresh: 1h\n    form: ftp", "form"},
		{"refresh: 1h", "refresh: 1h\n    step: 7m", "step"},
		{"refresh: 1h", "refresh: 1h\n    collectors: {}", "go together"},
		{`redistributable: "no"`, "redistributable: maybe", "redistributable"},
		{"https:", "http:", "not https"},
		{"https:", "ftp:", "not https"},
		{"https://example.net/a.json", "a.json", "not a URL"},
		{"vrp/{stamp}.json", "vrp/../x.json", "does not stay"},
		{"vrp/{stamp}.json", "/vrp/x.json", "does not stay"},
		{"vrp/{stamp}.json", "irr/x.json", "not below vrp/"},
		{"vrp/{stamp}.json", "vrp/{when}.json", "variable"},
		{`.json"}`, `.json", sha256: abc}`, "sha256"},
	}
	for _, tt := range tests {
		if _, err := Read(strings.NewReader(strings.Replace(good, tt.old, tt.new, 1))); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.new, err, tt.want)
		}
	}
	if _, err := Read(strings.NewReader(good + strings.TrimPrefix(good, "sources:\n"))); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("a source twice: %v", err)
	}
	for _, link := range []string{"http://localhost:80/a", "http://127.0.0.1/a", "http://[::1]:8/a"} {
		if _, err := Read(strings.NewReader(strings.Replace(good, "https://example.net/a.json", link, 1))); err != nil {
			t.Errorf("%s: %v", link, err)
		}
	}
}

func TestSteps(t *testing.T) {
	at := func(text string) time.Time {
		t, err := time.Parse("2006-01-02T15:04", text)
		if err != nil {
			panic(err)
		}
		return t
	}
	tests := []struct {
		step, from, to string
		want           string
	}{
		{"15m", "2026-02-09T00:01", "2026-02-09T00:45", "00:15 00:30"},
		{"15m", "2026-02-09T00:15", "2026-02-09T00:46", "00:15 00:30 00:45"},
		{"8h", "2026-02-09T00:00", "2026-02-10T00:00", "00:00 08:00 16:00"},
		{"month", "2026-01-02T00:00", "2026-04-01T00:00", "00:00 00:00"},
		{"5m", "2026-02-09T00:01", "2026-02-09T00:04", ""},
	}
	for _, tt := range tests {
		s, err := parseStep(tt.step)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range s.between(at(tt.from), at(tt.to), 100) {
			got = append(got, m.Format("15:04"))
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s from %s: %q, want %q", tt.step, tt.from, got, tt.want)
		}
	}
	s, _ := parseStep("1m")
	if n := len(s.between(at("2026-02-09T00:00"), at("2036-02-09T00:00"), 50)); n != 51 {
		t.Errorf("ten years of minutes gave %d steps; the limit is 50 and one", n)
	}
}

func TestStatus(t *testing.T) {
	now := time.Date(2026, 2, 10, 0, 0, 0, 0, time.UTC)
	sources := []Source{
		{Name: "v", Refresh: Duration(24 * time.Hour), Files: []File{{Path: "vrp/{stamp}.json"}}},
		{Name: "r", Refresh: Duration(48 * time.Hour), Files: []File{{Path: "irr/RADB.{day}.db.gz"}}, Accept: true, Terms: "https://t"},
		{Name: "x", Refresh: Duration(48 * time.Hour), Files: []File{{Path: "bogons/x.txt"}}},
		{Name: "u", Refresh: Duration(time.Hour), Files: []File{{Path: "bogons/u.txt"}}},
		{Name: "gone", Refresh: Duration(time.Hour), Files: []File{{Path: "bogons/gone.txt"}}},
	}
	held := []Held{
		{"vrp/20260209T0800Z.json.bz2", 10, now.Add(-16 * time.Hour)},
		{"vrp/20260208T0800Z.json", 20, now.Add(-40 * time.Hour)},
		{"irr/RADB.20260201.db", 5, now.AddDate(0, 0, -9)},
		{"bogons/x.txt", 1, time.Time{}},
		{"bogons/u.txt", 1, time.Time{}},
	}
	pulled := []Pulled{{Path: "bogons/x.txt", Name: "x", Time: now.Add(-time.Hour)}}
	accepted := []Acceptance{{Name: "r", SHA256: sources[1].termsHash()}}
	want := []Standing{
		{sources[0], Present, 2, 30, now.Add(-16 * time.Hour), false},
		{sources[1], Old, 1, 5, now.AddDate(0, 0, -9), true},
		{sources[2], Present, 1, 1, now.Add(-time.Hour), false},
		{sources[3], Undated, 1, 1, time.Time{}, false},
		{sources[4], Absent, 0, 0, time.Time{}, false},
	}
	for i, got := range Status(sources, held, pulled, accepted, now) {
		w := want[i]
		if got.State != w.State || got.Files != w.Files || got.Bytes != w.Bytes || !got.Newest.Equal(w.Newest) || got.Accepted != w.Accepted {
			t.Errorf("%s: %+v, want %+v", w.Source.Name, got, w)
		}
	}
	sources[1].Statement = "something new"
	if Status(sources[1:2], held, nil, accepted, now)[0].Accepted {
		t.Error("an acceptance outlived a change of the terms")
	}
}
