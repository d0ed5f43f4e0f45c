package service

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"pahra/internal/account"
	"pahra/internal/alert"
	casedesk "pahra/internal/desk"
	"pahra/internal/desk/deadline"
	"pahra/internal/service/cases"
	"pahra/internal/store"
	"pahra/internal/store/storetest"
	"pahra/wire/values"
)

// TestDeadlineReminders: a reminder comes before a deadline passes, once, by the channels of those who see the case, though the process
// dies before the case says that it was reminded of; and one more when it has passed.
func TestDeadlineReminders(t *testing.T) {
	url := storetest.SQLite(t)
	db := storetest.Open(t, url)
	d := newDesk(t, db)
	machine := store.MachineSight(store.National)
	made := storetest.Cases(1, 1, store.National)
	made[0].State, made[0].Party, made[0].TLP, made[0].Changed = string(casedesk.New), "as:64500", "", d.now
	d.must(storetest.CommitCases(t.Context(), db, made))
	rules, err := deadline.Default()
	d.must(err)
	work := &cases.Service{Store: db, Now: func() time.Time { return d.now }, Random: rand.Reader, Deadlines: rules, Log: slog.New(slog.DiscardHandler)}
	died := errors.New("killed")
	dies := true
	work.Remind = func(ctx context.Context, c store.Case, r deadline.Reminder) error {
		due := alert.CaseDue{Case: c.ID, Party: c.Party, Deadline: r.ID, Title: r.Title, Owes: r.Owes, To: r.To, Start: r.Start, Due: r.Due, Before: r.Before}
		if err := d.Deadline(ctx, alert.OfDeadline(due, d.now, "")); err != nil || !dies {
			return err
		}
		return died
	}
	d.channel("analyst", alert.Mail, "desk@cert.example")
	d.channel("other", alert.Mail, "noc@other.example")
	d.subscribe(alert.Subscription{ID: "analyst", Owner: "analyst", Kinds: []alert.Kind{alert.CaseDeadline}, Channels: []string{"analyst"}, GatherSeconds: -1})
	d.subscribe(alert.Subscription{ID: "other", Owner: "other", Channels: []string{"other"}, GatherSeconds: -1})
	d.tell = func(s alert.Subscription, a alert.Alert) bool { return s.Owner == "analyst" && a.Case == 1 }
	d.must(work.Move(t.Context(), machine, cases.By{Actor: casedesk.Desk}, 1, casedesk.Notified, "")) // 72 hours to answer
	told := func(after time.Duration, want int) {
		t.Helper()
		d.now = alertNoon.Add(after)
		if _, err := work.Reminders(t.Context(), store.National); err != nil && !errors.Is(err, died) {
			t.Fatal(err)
		}
		d.drain(0)
		_, err := d.plan(t.Context())
		d.must(err)
		list, err := db.Deliveries(t.Context(), store.DeliveryFilter{})
		d.must(err)
		if len(list) != want {
			t.Errorf("after %s %d messages, want %d: %+v", after, len(list), want, list)
		}
	}
	told(24*time.Hour, 0)
	told(48*time.Hour, 1) // and dies
	d.restart()
	dies = false
	told(48*time.Hour+time.Minute, 1)
	told(49*time.Hour, 1)
	told(68*time.Hour, 2)
	told(72*time.Hour, 3)
	told(73*time.Hour, 3)
	list, err := db.Deliveries(t.Context(), store.DeliveryFilter{Owner: ""})
	d.must(err)
	if first := list[len(list)-1]; first.Channel != "analyst" || !strings.Contains(first.Subject, "case 1") || !strings.Contains(first.Subject, "[high]") || !strings.Contains(list[0].Subject, "[critical]") {
		t.Errorf("the first is %+v, the last %+v", first, list[0])
	}
}

// TestDeadlineSeen: of a deadline are told those who see its case.
func TestDeadlineSeen(t *testing.T) {
	p, _, _ := policyDesk(t)
	made := storetest.Cases(1, 2, store.National)
	for i := range made {
		made[i].Party, made[i].TLP = "as:64500", ""
	}
	if err := storetest.CommitCases(t.Context(), p.Store, made); err != nil {
		t.Fatal(err)
	}
	desk := &cases.Service{Store: p.Store, Now: p.Now, Random: rand.Reader}
	if err := desk.Confine(t.Context(), store.MachineSight(store.National), cases.By{Actor: casedesk.Analyst, Name: "command line"}, 2, "banks"); err != nil {
		t.Fatal(err)
	}
	var nobody values.ASN
	for id, sees := range map[int64]map[string]bool{1: {"analyst": true, "announcer": true, "victim": false, "anybody": false}, 2: {"analyst": false, "announcer": false}} {
		for who, want := range sees {
			a := alert.OfDeadline(alert.CaseDue{Case: id, Party: "as:64500", Due: p.Now()}, p.Now(), "https://p.example/desk/case/1")
			shown, ok, err := p.Show(t.Context(), alert.Subscription{Owner: who}, a)
			if err != nil || ok != want || a.Network == nobody {
				t.Errorf("%s is told of case %d: %t, want %t; %v", who, id, ok, want, err)
			}
			if v, _ := p.Viewer(t.Context(), who); (shown.Link == "") == (v.Role >= account.Analyst) {
				t.Errorf("%s is led to %q", who, shown.Link)
			}
		}
	}
}
