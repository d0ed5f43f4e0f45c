package service

import (
	"context"
	"strings"
	"testing"
	"time"

	"pahra/internal/account"
	"pahra/internal/alert"
	"pahra/internal/programme"
	"pahra/internal/publication"
	"pahra/internal/source"
	"pahra/internal/store/storetest"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// policyDesk is an alert policy over a store with one incident, in which the part of AS64501 is doubtful.
func policyDesk(t *testing.T) (*AlertPolicy, alert.Alert, *time.Time) {
	t.Helper()
	s, now := storetest.Open(t, storetest.SQLite(t)), alertNoon
	i := alertIncident(1, 64500, false)
	i.Accomplices = []watch.Accomplice{{ASN: 64503, Weight: 1}, {ASN: 64501, Weight: 0}}
	if _, err := s.SaveIncidents(t.Context(), now, []watch.Incident{i}); err != nil {
		t.Fatal(err)
	}
	viewers := map[string]account.Viewer{"analyst": {Role: account.Analyst}, "administrator": {Role: account.Administrator}, "anybody": {Role: account.Member},
		"announcer": {Role: account.Member, Networks: []values.ASN{64500}}, "victim": {Role: account.Member, Networks: []values.ASN{64502}}}
	p := &AlertPolicy{
		Store: s, Policy: publication.Default(), Now: func() time.Time { return now },
		Viewer: func(_ context.Context, name string) (account.Viewer, error) {
			v := viewers[name]
			v.Account, v.Scopes = name, account.AllScopes()
			return v, nil
		},
		Parties: func(watch.Incident) map[values.ASN]programme.Network { return nil },
	}
	desk := publication.Desk{Records: s, Incidents: s, Now: p.Now}
	p.Notified = func(ctx context.Context, incident string, asn values.ASN, how string) error {
		_, err := desk.Notified(ctx, incident, asn, how)
		return err
	}
	return p, alert.OfIncident(i, now, nil, "").Stored(), &now
}

// Holders and analysts are told at once, others when the policy makes it public, and then not of whom it withholds.
func TestAlertPolicy(t *testing.T) {
	p, a, now := policyDesk(t)
	may := func(who string) (alert.Alert, bool) {
		t.Helper()
		shown, ok, err := p.Show(t.Context(), alert.Subscription{Owner: who}, a)
		if err != nil {
			t.Fatal(err)
		}
		return shown, ok
	}
	for who, want := range map[string]bool{"analyst": true, "announcer": true, "victim": true, "anybody": false, "": false} {
		if _, ok := may(who); ok != want {
			t.Errorf("at once %q may be told: %t", who, ok)
		}
	}
	message := alert.Message{Alerts: []alert.Alert{a}}
	for range 2 { // the second time changes nothing
		for _, c := range []alert.Channel{{Owner: "announcer", Kind: alert.Mail}, {Owner: "victim", Kind: alert.Mail}, {Owner: "announcer", Kind: alert.Syslog}} {
			if err := p.Told(t.Context(), c, message); err != nil {
				t.Fatal(err)
			}
		}
		*now = now.Add(71 * time.Hour)
	}
	r, _, err := p.Store.PublicationRecord(t.Context(), a.Incident, 64500)
	if err != nil || r.Notified == nil || len(r.Steps) != 1 {
		t.Errorf("the record is %+v, %v", r, err)
	}
	shown, ok := may("anybody")
	if !ok || shown.ID != a.ID || len(shown.Parties) >= len(a.Parties) || strings.Contains(wordsOf(shown), "64501") || !strings.Contains(wordsOf(shown), "64500") {
		t.Errorf("once it is public others are told %t: %+v", ok, shown)
	}
	if shown, _ := may("analyst"); !strings.Contains(wordsOf(shown), "64501") {
		t.Error("an analyst is not told of all")
	}
}

// wordsOf gives all that a message can say of an alert.
func wordsOf(a alert.Alert) string {
	text := a.Title + a.What + strings.Join(a.How, "")
	for _, adv := range a.First {
		text += strings.Join(adv.Steps, "") + adv.ASN.String()
	}
	for _, p := range a.Parties {
		text += p.ASN.String()
	}
	return text
}

func TestAlertPolicyOfOwnRoutesAndSources(t *testing.T) {
	p, _, _ := policyDesk(t)
	own, stale := alert.Alert{Kind: alert.ROALost, Network: 64500}, alert.Alert{Kind: alert.SourceStale}
	for who, want := range map[string][2]bool{"announcer": {true, false}, "victim": {false, false}, "analyst": {true, false}, "administrator": {true, true}, "": {false, false}} {
		for n, a := range []alert.Alert{own, stale} {
			if _, ok, err := p.Show(t.Context(), alert.Subscription{Owner: who}, a); ok != want[n] || err != nil {
				t.Errorf("%q may be told of %s: %t, %v", who, a.Kind, ok, err)
			}
		}
	}
}

func TestSourceStates(t *testing.T) {
	now := alertNoon
	got := SourceStates([]source.Status{
		{Name: "silent", Kind: "rislive", Up: true, Since: now.Add(-time.Hour), LastMessage: now.Add(-3 * time.Minute), StaleAfter: time.Minute},
		{Name: "new", Kind: "rislive", Since: now.Add(-time.Minute), StaleAfter: time.Minute},
		{Name: "never", Kind: "rislive", Since: now.Add(-time.Hour), StaleAfter: time.Minute},
		{Name: "daily", Kind: "registry", Up: true, Since: now.Add(-time.Hour), LastMessage: now.Add(-20 * time.Hour), StaleAfter: 48 * time.Hour},
	}, func(name string) string { return map[string]string{"daily": "apnic fell"}[name] }, now)
	for _, s := range got {
		if want := s.Name == "silent" || s.Name == "never"; s.Stale != want || (s.Held != "") != (s.Name == "daily") {
			t.Errorf("%s: %+v", s.Name, s)
		}
	}
}
