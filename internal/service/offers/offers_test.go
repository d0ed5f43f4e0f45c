package offers

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pahra/internal/desk/class"
	"pahra/internal/service/agreements/agreementtest"
	"pahra/internal/service/exchange"
	"pahra/internal/service/reports"
	"pahra/internal/spool"
	"pahra/internal/store"
	"pahra/internal/store/storetest"
	"pahra/wire/intelmq"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// office is a desk that shares with another team.
type office struct {
	t    *testing.T
	desk *reports.Desk
	of   Offers
	now  time.Time
}

func opened(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, now: time.Date(2030, 1, 10, 12, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return o.now }
	db := storetest.Open(t, storetest.SQLite(t))
	classes, err := class.Load()
	o.ok(err)
	files, err := spool.Open(t.TempDir())
	o.ok(err)
	opt := reports.Options{Spool: files, Store: db, Classes: classes, Now: clock, Log: slog.New(slog.DiscardHandler)}
	opt.Own = func(_ context.Context, _ string, _ class.Code, e *intelmq.Event) string {
		return "as:" + e.Text("source.asn")
	}
	o.desk, err = reports.Open(t.Context(), opt)
	o.ok(err)
	seal, err := spool.OwnSeal(t.TempDir(), "exchange.key")
	o.ok(err)
	x := &exchange.Exchange{Store: db, Seal: seal, Now: clock}
	o.of = Offers{Exchange: x, Store: db, Files: files, Classes: classes, Tenant: store.National, Now: clock}
	return o
}

func (o *office) ok(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// agree has the teams share by the example's agreement.
func (o *office) agree() {
	o.t.Helper()
	pact := agreementtest.New(o.t, "../../../docs/examples/agreement.yaml")
	for _, team := range []string{agreementtest.Nadia, agreementtest.Atlantica} {
		o.ok(o.of.Exchange.AddPartner(o.t.Context(), store.ExchangePartner{Team: team, Own: team == agreementtest.Nadia, Name: team,
			Fingerprints: []string{pact.Keys[team].Fingerprint()}, Actor: "ann"}))
	}
	_, err := o.of.Exchange.AdoptText(o.t.Context(), []byte(pact.Text), pact.Signatures(), "ann")
	o.ok(err)
}

// report takes in so many phishing sites of a day, from the host's number on.
func (o *office) report(name string, day time.Time, first, n int, tlp string) {
	o.t.Helper()
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"classification.taxonomy":"fraud","classification.type":"phishing","source.ip":"192.0.2.%d","source.asn":64500,"source.geolocation.cc":"XU","time.source":"%s","tlp":%q}`+"\n",
			first+i, day.Add(time.Duration(i)*time.Minute).Format("2006-01-02T15:04:05+00:00"), tlp)
	}
	_, err := o.desk.Accept(o.t.Context(), strings.NewReader(b.String()), reports.Meta{Tenant: store.National, Source: "sensors", Name: name, Format: "intelmq", TLP: "TLP:" + tlp})
	o.ok(err)
	o.ok(o.desk.Drain(o.t.Context()))
}

// round demands how many cases a round offers.
func (o *office) round(want int) {
	o.t.Helper()
	got, err := o.of.Round(o.t.Context())
	o.ok(err)
	if got != want {
		o.t.Fatalf("%d cases were offered, want %d", got, want)
	}
}

// sees gives what the partner sees, by id with its version.
func (o *office) sees() map[string]string {
	o.t.Helper()
	s, err := o.of.Exchange.Sees(o.t.Context(), agreementtest.Atlantica, time.Time{}, 1000)
	o.ok(err)
	all := map[string]string{}
	for _, row := range s.Rows {
		all[row.ID+" "+row.Version] = string(row.Body)
	}
	return all
}

// TestRound: cases reach the partner as the agreement leaves them, once, and again when they change; days that are over stay as they are;
// what is RED now is withheld, what is long gone not offered.
func TestRound(t *testing.T) {
	o := opened(t)
	day := o.now.Truncate(24 * time.Hour)
	o.report("a.jsonl", day.AddDate(0, 0, -1), 10, 5, "GREEN")
	o.round(0) // there is nobody to share with
	o.agree()
	o.round(1)
	first := o.sees()
	if all := fmt.Sprint(first); !strings.Contains(all, "192.0.2.0/24") || strings.Contains(all, "192.0.2.10") {
		t.Fatalf("the partner sees %s", all)
	}
	o.round(0)
	o.of.seen = nil // a start remembers nothing
	o.round(1)
	if again := o.sees(); len(again) != len(first) {
		t.Errorf("the same case gave %d objects, then %d", len(first), len(again))
	}
	o.report("b.jsonl", day, 30, 2, "GREEN")
	o.round(1)
	second := o.sees()
	for id, body := range first {
		if second[id] != body {
			t.Errorf("%s of a day that is over changed", id)
		}
	}
	if len(second) <= len(first) {
		t.Error("the new day did not reach the partner")
	}
	o.report("c.jsonl", day, 60, 2, "RED") // of the same case
	o.round(1)
	if left := o.sees(); strings.Contains(fmt.Sprint(left), "192.0.2.0/24") {
		t.Errorf("of a case that is RED now the partner sees %v", left)
	}
	o.round(0)
	o.now = o.now.Add(Reach + 48*time.Hour)
	o.of.seen = nil
	o.round(0)
}
