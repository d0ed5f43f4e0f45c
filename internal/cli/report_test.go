package cli_test

import (
	"html"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pahra/internal/account"
	"pahra/internal/authority"
	"pahra/internal/norms"
	"pahra/internal/publication"
	"pahra/internal/service"
	"pahra/internal/store"
	"pahra/internal/testdata"
	"pahra/internal/watch"
	"pahra/internal/world"
)

// TestReportOfService: the report of a service shows everybody what its publication policy lets them see, an analyst all,
// whether the service has one policy or another.
func TestReportOfService(t *testing.T) {
	state := t.TempDir()
	all := publishRun(t, state)
	told, early := notify(t, state, all)
	shown := func(lines []service.IncidentLine, flags ...string) {
		t.Helper()
		file := filepath.Join(t.TempDir(), "report.html")
		if text, status := pahra(t, append([]string{"report", service.AllNetworks, "-o", file}, flags...)...); status != 0 {
			t.Fatalf("%v: status %d: %s", flags, status, text)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want := make(map[string]bool)
		for _, l := range lines {
			want[l.Headline] = true
		}
		for _, l := range all {
			if got := strings.Contains(string(text), html.EscapeString(l.Headline)); got != want[l.Headline] {
				t.Errorf("%v: %q is shown: %v", flags, l.Headline, got)
			}
		}
	}
	shown([]service.IncidentLine{told}, "--state", state)
	shown([]service.IncidentLine{told}, "--state", state, "--as", "public")
	shown(all, "--state", state, "--as", "analyst")

	dir := t.TempDir()
	settings, policy := filepath.Join(dir, "pahra.yaml"), filepath.Join(dir, "policy.yaml")
	patient := strings.Replace(string(publication.DefaultYAML()), "wait: 72h", "wait: 0h", 1)
	putFiles(t, dir, map[string]string{"policy.yaml": patient, "pahra.yaml": "state: " + state + "\npublication: {policy: " + policy + "}\n"})
	shown([]service.IncidentLine{told, early}, "--config", settings)

	for _, flags := range [][]string{{"--state", state, "--as", "holder"}, {"--from-run", state, "--as", "analyst"}, {"--from-run", state, "--config", settings}} {
		if text, status := pahra(t, append([]string{"report", service.AllNetworks, "-o", filepath.Join(dir, "x.html")}, flags...)...); status != 2 {
			t.Errorf("%v: status %d: %s", flags, status, text)
		}
	}
}

// publishRun publishes a run of a small world in a service's folder, and gives its incidents.
func publishRun(t *testing.T, state string) []service.IncidentLine {
	t.Helper()
	p, data := world.Defaults(4), filepath.Join(state, "data")
	p.Networks, p.Prefixes = 150, 400
	if _, err := world.Write(testdata.Folder(data), p); err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 2, 10, 0, 0, 0, 0, time.UTC)
	opt := service.Options{
		Data: data, Out: filepath.Join(state, "runs", "20260210T050000Z"), From: from, To: from.Add(5 * time.Hour), Settings: watch.Defaults(), Limits: authority.DefaultLimits(),
	}
	if _, err := service.Observe(t.Context(), opt); err != nil {
		t.Fatal(err)
	}
	run, err := service.OpenRun(opt.Out)
	if err != nil {
		t.Fatal(err)
	}
	s := service.NewShown(service.ShownOptions{})
	if err := s.Publish(run); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	view, err := s.Answer(t.Context(), account.Viewer{}, service.NeighbourhoodQuestion{Name: service.AllNetworks, By: norms.A4})
	if err != nil {
		t.Fatal(err)
	}
	return view.(*service.NeighbourhoodPage).Incidents
}

// notify keeps in a service's store that the announcing networks of two incidents, which may be public in time, were told:
// the one four days ago, the other an hour ago.
func notify(t *testing.T, state string, all []service.IncidentLine) (told, early service.IncidentLine) {
	t.Helper()
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(state, "pahra.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	ago := []time.Duration{96 * time.Hour, time.Hour}
	var chosen []service.IncidentLine
	for _, l := range all {
		if len(chosen) == len(ago) || !l.Named || l.Confidence < 0.8 || l.Kind == watch.PathAnomaly {
			continue
		}
		r := publication.Record{Incident: l.ID, ASN: l.ASN, Kind: l.Kind}
		if err := r.Do(publication.Step{Action: publication.Notify, By: publication.System, Reason: "by mail"}, time.Now().Add(-ago[len(chosen)])); err != nil {
			t.Fatal(err)
		}
		if err := db.SavePublicationRecord(t.Context(), r, 0, nil); err != nil {
			t.Fatal(err)
		}
		chosen = append(chosen, l)
	}
	if len(chosen) < len(ago) || len(all) <= len(chosen) {
		t.Fatalf("of %d incidents %d can be public", len(all), len(chosen))
	}
	return chosen[0], chosen[1]
}
