package cases

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pahra/internal/desk"
	"pahra/internal/desk/class"
	"pahra/internal/service/reports"
	"pahra/internal/spool"
	"pahra/internal/store"
	"pahra/internal/store/storetest"
	"pahra/wire/intelmq"
	"pahra/wire/shadowserver"
)

const ownSchema = `{"_meta": {"date_created": "2026-03-24T00:00:00Z", "change_log": []},
 "example": {"feed_name": "Example", "file_name": "scan_example", "url": "https://example.net/",
  "required_fields": [["time.source", "timestamp", "add_UTC_to_timestamp"], ["source.ip", "ip", "validate_ip"]],
  "optional_fields": [["source.asn", "asn", "invalidate_zero"]],
  "constant_fields": {"classification.taxonomy": "vulnerable", "classification.type": "vulnerable-system", "classification.identifier": "example"}}}`

// takesIn is a service beside a desk that takes reports in.
type takesIn struct {
	*rig
	desk  *reports.Desk
	begin time.Time
}

func newTakesIn(t *testing.T) *takesIn {
	r := &takesIn{rig: &rig{t: t}, begin: time.Date(2026, 3, 24, 0, 0, 0, 0, time.UTC)}
	r.Service = &Service{Store: storetest.Open(t, storetest.SQLite(t)), Now: func() time.Time { return r.now }, Random: rand.NewChaCha8([32]byte{2})}
	files, err := spool.Open(filepath.Join(t.TempDir(), "desk"))
	r.ok(err)
	classes, err := class.Load()
	r.ok(err)
	schema, err := shadowserver.ReadSchema([]byte(ownSchema))
	r.ok(err)
	r.day(0)
	r.desk, err = reports.Open(t.Context(), reports.Options{Spool: files, Store: r.Store, Classes: classes, Schema: schema, Now: r.Now,
		Log: slog.New(slog.DiscardHandler), Own: func(_ context.Context, _ string, _ class.Code, e *intelmq.Event) string {
			return "as:" + e.Text("source.asn")
		}})
	r.ok(err)
	return r
}

// day sets the clock to the morning after a day.
func (r *takesIn) day(n int) { r.now = r.begin.AddDate(0, 0, n).Add(30 * time.Hour) }

// list takes a list of a day in, that names these networks.
func (r *takesIn) list(n int, networks ...int) {
	r.t.Helper()
	day := r.begin.AddDate(0, 0, n)
	text := "\"timestamp\",\"ip\",\"asn\"\n"
	for _, asn := range networks {
		text += fmt.Sprintf("\"%s 01:02:03\",\"192.0.2.%d\",%d\n", day.Format(time.DateOnly), asn%256, asn)
	}
	r.day(n)
	_, err := r.desk.Accept(r.t.Context(), strings.NewReader(text), reports.Meta{Source: "shadowserver", Format: "shadowserver",
		Name: day.Format(time.DateOnly) + "-scan_example-us.csv"})
	r.ok(err)
	r.ok(r.desk.Drain(r.t.Context()))
}

func (r *takesIn) recover(want int) {
	r.t.Helper()
	n, err := r.Recover(r.t.Context(), store.National)
	r.ok(err)
	if n != want {
		r.t.Errorf("%s: %d cases recovered, want %d", r.now.Format(time.DateOnly), n, want)
	}
}

// TestRecover: a case recovers when its list came on three days without it, were it with nothing but a header. Days without a
// report are none of them. Seen again, it is reopened, and recovers anew.
func TestRecover(t *testing.T) {
	r := newTakesIn(t)
	r.list(0, 64500, 64501)
	r.day(40) // nothing came for weeks: that is not recovery
	r.recover(0)
	r.list(1, 64501)
	r.list(2) // the header alone
	r.recover(0)
	r.day(4) // of day 3 there is none
	r.recover(0)
	r.list(5, 64501)
	r.recover(1)
	c := r.get(1)
	if c.State != string(desk.Recovered) || !c.Gone.Equal(r.begin.AddDate(0, 0, 1)) || c.Log[0].Detail.From != "new" || c.Log[0].Actor != "desk" {
		t.Errorf("%+v %+v", c.Case, c.Log)
	}
	if c := r.get(2); c.State != string(desk.New) {
		t.Errorf("%+v", c.Case)
	}
	d := r.took(store.CaseFilter{Party: "as:64500"})
	if low, high := *d.Recovery.Earliest.At, *d.Recovery.Latest.At; d.Recovery.Recovered != 1 || low != 0 || high < 46*time.Hour || high > 48*time.Hour {
		t.Errorf("it recovered between %v and %v: %+v", low, high, d.Recovery)
	}
	if d = r.took(store.CaseFilter{Class: "vulnerable"}); d.Recovery.Cases != 2 || d.Recovery.Recovered != 1 {
		t.Errorf("%+v", d)
	}
	r.list(4, 64500) // a list that came late says that it was there on a day that came before the clock
	if c := r.get(1); c.State != string(desk.Reopened) || c.Gone != nil || c.Case.Reopened != 1 {
		t.Errorf("%+v", c.Case)
	}
	r.list(6)
	r.list(7, 64501)
	r.recover(1)
	if d := r.took(store.CaseFilter{}); d.Reopened != 1 || d.Over != 1 || d.Recovery.Recovered != 1 {
		t.Errorf("%+v", d)
	}
}

// TestRecoverByClass: how many days it takes is a setting for each class; and what a bad report would have said is not known.
func TestRecoverByClass(t *testing.T) {
	r := newTakesIn(t)
	r.Measuring.ByClass = map[string]int{"vulnerable/vulnerable-system": 1}
	r.list(0, 64500)
	r.day(1)
	_, err := r.desk.Accept(t.Context(), strings.NewReader("\"timestamp\",\"ip\",\"asn\"\n\"now\",\"nowhere\",1\n"), reports.Meta{Source: "shadowserver",
		Format: "shadowserver", Name: "2026-03-25-scan_example-us.csv"})
	r.ok(err)
	r.ok(r.desk.Drain(t.Context()))
	r.recover(0)
	r.list(2)
	r.recover(1)
	if c := r.get(1); !c.Gone.Equal(r.begin.AddDate(0, 0, 2)) {
		t.Errorf("%+v", c.Case)
	}
}

// TestDurations: times to notice and to acknowledge, with what is still waited for.
func TestDurations(t *testing.T) {
	r, ctx := newRig(t, 4), t.Context()
	begin := r.get(1).Received
	for id, after := range map[int64]time.Duration{1: time.Hour, 2: 2 * time.Hour, 3: 5 * time.Hour} {
		r.now = r.get(id).Received.Add(after)
		r.ok(r.Move(ctx, machine, byDesk, id, desk.Notified, ""))
		r.now = r.now.Add(30 * time.Minute)
		if id < 3 {
			r.ok(r.Move(ctx, network, byNet, id, desk.Acknowledged, ""))
		}
	}
	r.now = begin.AddDate(1, 0, 0)
	d := r.took(store.CaseFilter{Party: "as:64500"})
	if d.Notify.Cases != 4 || d.Notify.Came != 3 || *d.Notify.Median.At != 2*time.Hour || d.Acknowledge.Cases != 3 || d.Acknowledge.Came != 2 ||
		*d.Acknowledge.Median.At != 30*time.Minute || d.Recovery.Recovered != 0 {
		t.Errorf("%+v", d)
	}
	list, err := r.Durations(ctx, machine, store.CaseFilter{})
	r.ok(err)
	sum := 0
	for _, of := range list[1:] {
		sum += of.Notify.Cases
	}
	if list[0].Class != "" || list[0].Notify.Cases != 4 || sum != 4 || list[1].Class == "" {
		t.Errorf("by class: %+v", list)
	}
	if list, err := r.Durations(ctx, machine, store.CaseFilter{Since: r.now}); err != nil || len(list) != 1 || list[0].Notify.Cases != 0 {
		t.Errorf("of cases that were opened since: %+v, %v", list, err)
	}
}

// took is how long cases took, all classes together.
func (r *rig) took(f store.CaseFilter) Durations {
	r.t.Helper()
	list, err := r.Durations(r.t.Context(), machine, f)
	r.ok(err)
	return list[0].Durations
}

// TestMeasuringCheck: what cannot be measured is told, with its setting.
func TestMeasuringCheck(t *testing.T) {
	tables, err := class.Load()
	if err != nil {
		t.Fatal(err)
	}
	good := MeasuringDefaults()
	good.ByClass = map[string]int{"fraud/phishing": 1, "intrusions/burglary": -1}
	if err := good.Check(tables); err != nil || good.of("fraud/phishing").Days != 1 || good.of("fraud/copyright").Days != 3 {
		t.Errorf("%+v: %v", good, err)
	}
	for want, bad := range map[string]Measuring{"days: -1": {Days: -1}, "silent": {Silent: -1}, "no class": {ByClass: map[string]int{"phishing": 1}}, "phishing: 0": {ByClass: map[string]int{"fraud/phishing": 0}}} {
		if err := bad.Check(tables); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
}
