package app_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"

	"pahra/internal/desk/class"
	"pahra/internal/desk/deadline"
	"pahra/internal/desk/party"
	"pahra/internal/service/cases"
	"pahra/internal/service/parties"
	"pahra/internal/service/reports"
	"pahra/internal/spool"
	"pahra/internal/store"
	"pahra/internal/web/app"
	"pahra/wire/intelmq"
)

// caseOffice is an office with a desk that reports come to.
type caseOffice struct {
	*office
	desk  *reports.Desk
	files *spool.Spool
	set   *app.Cases
	cases *cases.Service
}

func newCaseOffice(t testing.TB, change func(*app.AccountsConfig)) *caseOffice {
	t.Helper()
	c := &caseOffice{}
	classes, err := class.Load()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{"as:64500": "Example Broadband", "as:64501": "Hill Country Fibre", "as:64502": "University of the Plains"}
	c.office = newOffice(t, func(set *app.AccountsConfig) {
		set.Cases = &app.Cases{Classes: classes, Name: func(_, party string) string { return names[party] }, Now: set.Now,
			Events: func(ctx context.Context, v store.Sight, id int64, most int) ([]*intelmq.Event, error) {
				return reports.Events(ctx, c.files, c.db, v, id, most)
			}}
		if change != nil {
			change(set)
		}
		set.Cases.Service = &cases.Service{Store: set.Service.Store.(*store.Store), Now: set.Now, Random: rand.Reader, Log: slog.New(slog.DiscardHandler)}
		c.cases, c.set = set.Cases.Service, set.Cases
		set.Cases.Bench = func(ctx context.Context, tenant string, code class.Code, e *intelmq.Event) party.Verdict {
			return c.set.Parties.Desk(tenant).Bench(ctx, code, e)
		}
		if c.cases.Deadlines, err = deadline.Default(); err != nil {
			t.Fatal(err)
		}
	})
	c.files, err = spool.Open(t.TempDir())
	c.ok(err)
	opt := reports.Options{Spool: c.files, Store: c.db, Classes: classes, Now: func() time.Time { return c.now }, Log: slog.New(slog.DiscardHandler)}
	opt.Own = func(_ context.Context, _ string, _ class.Code, e *intelmq.Event) string {
		if asn := e.Text("source.asn"); asn != "" {
			return "as:" + asn
		}
		return "none"
	}
	c.desk, err = reports.Open(t.Context(), opt)
	c.ok(err)
	c.set.Intake, c.set.Files = c.desk, c.files
	c.set.Parties, err = parties.Open(t.Context(), parties.Options{Store: c.db, Now: func() time.Time { return c.now }})
	c.ok(err)
	return c
}

// report takes a report in and reads it.
func (c *caseOffice) report(source, name, body string) {
	c.t.Helper()
	_, err := c.desk.Accept(c.t.Context(), strings.NewReader(body), reports.Meta{Source: source, Name: name, Format: "intelmq"})
	c.ok(err)
	c.ok(c.desk.Drain(c.t.Context()))
}

// seen is a report's lines for a day: so many addresses of a network with something wrong.
func seen(day time.Time, asn, taxonomy, kind, identifier string, addresses int) string {
	var b bytes.Buffer
	for n := range addresses {
		at := day.Truncate(24 * time.Hour).Add(time.Duration(n*61) * time.Second)
		fmt.Fprintf(&b, `{"classification.taxonomy":%q,"classification.type":%q,"classification.identifier":%q,"source.ip":"198.18.%s.%d","source.port":%d,"source.asn":%s,`+
			`"source.geolocation.cc":"IN","protocol.application":"dns","protocol.transport":"udp","time.source":%q,"feed.name":"list of %s"}`+"\n",
			taxonomy, kind, identifier, asn[6:], n+1, 1024+n*7, asn[2:], at.Format(time.RFC3339), identifier)
	}
	return b.String()
}

// wave gives how many addresses are ill on each of some days: it rises and falls.
func wave(days, most int, at float64) []int {
	list := make([]int, days)
	for i := range list {
		list[i] = int(float64(most) * math.Exp(-math.Pow((float64(i)/float64(days)-at)/.25, 2)))
	}
	return list
}

// history takes in a month of reports: what ails some networks, and a file that cannot be read all through.
func (c *caseOffice) history() {
	c.t.Helper()
	today := c.now
	const days = 30
	for _, one := range []struct {
		asn, taxonomy, kind, identifier string
		most                            int
		at                              float64
		until                           int // days before the end
	}{
		{"AS64500", "vulnerable", "ddos-amplifier", "open-ntp", 40, 1, 0}, {"AS64500", "malicious-code", "infected-system", "mirai", 22, .9, 0},
		{"AS64501", "vulnerable", "ddos-amplifier", "open-dns", 31, .6, 0}, {"AS64502", "malicious-code", "infected-system", "mirai", 12, .5, 0},
		{"AS64502", "fraud", "phishing", "bank-login", 3, .95, 0}, {"AS64503", "information-gathering", "scanner", "telnet", 9, .8, 0},
		{"AS64504", "vulnerable", "vulnerable-system", "cve-2026-0001", 55, 1.1, 0},
		{"AS64505", "intrusions", "system-compromise", "webshell", 5, .9, 0}, {"AS64506", "vulnerable", "potentially-unwanted-accessible", "open-rdp", 17, .4, 0},
	} {
		for i, n := range wave(days, one.most, one.at) {
			day := today.AddDate(0, 0, i+1-days)
			c.now = day
			if n > 0 {
				c.report("sensors", fmt.Sprintf("%s-%s-%s.jsonl", day.Format(time.DateOnly), one.identifier, one.asn), seen(day, one.asn, one.taxonomy, one.kind, one.identifier, n))
			}
		}
	}
	c.now = today
	c.report("bank", "2026-11-20-broken.jsonl", `{"source.ip":"not an address"}`+"\n{\"source.ip\":\n"+seen(today, "AS64507", "fraud", "phishing", "card-form", 2))
}
