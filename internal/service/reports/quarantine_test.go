package reports

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pahra/internal/account"
	"pahra/internal/desk/intake"
	"pahra/internal/spool"
	"pahra/internal/store"
	"pahra/wire/shadowserver"
)

const ownSchema = `{"_meta": {"date_created": "2026-03-24T00:00:00Z", "change_log": []},
 "example": {"feed_name": "Example", "file_name": "scan_example", "url": "https://example.net/",
  "required_fields": [["time.source", "timestamp", "add_UTC_to_timestamp"], ["source.ip", "ip", "validate_ip"], ["source.port", "port", "convert_int"]],
  "optional_fields": [["source.asn", "asn", "invalidate_zero"]],
  "constant_fields": {"classification.taxonomy": "vulnerable", "classification.type": "vulnerable-system", "classification.identifier": "example"}}}`

var machine = store.MachineSight(store.National)

func (r *rig) drain() {
	r.t.Helper()
	if err := r.Drain(context.Background()); err != nil {
		r.t.Fatal(err)
	}
}

// is wants a report's counts, and its places in quarantine by state.
func (r *rig) is(id string, events, duplicates, bad int64, states string) {
	r.t.Helper()
	got, err := r.store.Report(context.Background(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	if got.Events != events || got.Duplicates != duplicates || got.Bad != bad || got.State != store.ReportRead {
		r.t.Errorf("%+v; want %d events, %d duplicates, %d bad", got, events, duplicates, bad)
	}
	page, err := r.store.Quarantine(context.Background(), machine, store.QuarantineFilter{Report: id})
	if err != nil {
		r.t.Fatal(err)
	}
	var have []string
	for _, q := range page.Items {
		have = append(have, q.State)
	}
	if strings.Join(have, " ") != states {
		r.t.Errorf("in quarantine: %v, want %s", have, states)
	}
}

func (r *rig) shadowserver() {
	r.t.Helper()
	schema, err := shadowserver.ReadSchema([]byte(ownSchema))
	if err != nil {
		r.t.Fatal(err)
	}
	r.opt.Schema = schema
}

// TestMend: what is mended is read as a part of its report, by the header that it has, and counted as that; what is still bad is held
// with the new reason; what was there already counts as a duplicate.
func TestMend(t *testing.T) {
	r, ctx := newRig(t), t.Context()
	r.shadowserver()
	text := "\"timestamp\",\"ip\",\"port\",\"asn\"\n\"2026-03-04 01:00:00\",\"192.0.2.1\",80,64500\n\"2026-03-04 01:00:00\",\"192.0.2.2\",http,64500\n" +
		"\"2026-03-04 01:00:00\",\"192.0.2.3\",http,64500\n\"2026-03-04 01:00:00\",\"192.0.2.4\",x,64500\n"
	one, err := r.Accept(ctx, strings.NewReader(text), Meta{Source: "shadowserver", Format: "shadowserver", Name: "2026-03-04-scan_example-in.csv"})
	if err != nil {
		t.Fatal(err)
	}
	r.drain()
	r.is(one.ID, 1, 0, 3, "held held held")
	r.now = r.now.Add(24 * time.Hour)
	mend := func(seq int64, text string) {
		t.Helper()
		if err := r.Mend(ctx, machine, one.ID, seq, []byte(text)); err != nil {
			t.Fatal(err)
		}
		r.drain()
	}
	mend(0, "\"2026-03-04 01:00:00\",\"192.0.2.2\",80,64500\n")
	r.is(one.ID, 2, 0, 2, "mended held held")
	mend(1, "\"2026-03-04 01:00:00\",\"192.0.2.1\",80,64500\n") // as the first line
	r.is(one.ID, 2, 1, 1, "mended mended held")
	mend(2, "\"2026-03-04 01:00:00\",\"192.0.2.4\",y,64500\n")
	r.is(one.ID, 2, 1, 1, "mended mended held")
	if err := r.Drop(ctx, machine, one.ID, 2, "a test of the sensor"); err != nil {
		t.Fatal(err)
	}
	r.is(one.ID, 2, 1, 1, "mended mended dropped")
	for name, err := range map[string]error{
		"dropped again":    r.Drop(ctx, machine, one.ID, 2, "x"),
		"no reason":        r.Drop(ctx, machine, one.ID, 2, " "),
		"mended again":     r.Mend(ctx, machine, one.ID, 0, []byte("x")),
		"with nothing":     r.Mend(ctx, machine, one.ID, 2, nil),
		"with too much":    r.Mend(ctx, machine, one.ID, 2, make([]byte, mostRaw+1)),
		"dropped, then so": r.Mend(ctx, machine, one.ID, 2, []byte("x")),
	} {
		if !errors.Is(err, ErrBadMend) {
			t.Errorf("%s: %v", name, err)
		}
	}
	events, err := Events(ctx, r.opt.Spool, r.store, machine, 1, 10)
	if err != nil || len(events) != 2 || events[0].Text("extra.pahra.report") != one.ID {
		t.Errorf("%v, %v", events, err)
	}
	if n := r.lines(); n != 2 {
		t.Errorf("%d events lie there", n)
	}
}

// TestReplay: once a mapping is right, all that was held of a report is read again, and nothing twice; a report that was refused as a whole
// is read from where that was, across a restart.
func TestReplay(t *testing.T) {
	r, ctx := newRig(t), t.Context()
	mapping := func(times string) {
		m, err := intake.ReadMapping([]byte(`{fields: {source.ip: ip, source.asn: asn, time.source: {column: seen, times: ["` + times + `"]}},
  constants: {classification.taxonomy: fraud, classification.type: phishing}, required: [source.ip, time.source]}`))
		if err != nil {
			t.Fatal(err)
		}
		r.opt.Mapping = func(string) *intake.Mapping { return m }
	}
	mapping("2006-01-02")
	var text bytes.Buffer
	text.WriteString("ip,asn,seen\n192.0.2.1,64500,2026-03-04\n")
	for n := range 700 {
		text.WriteString("192.0.2." + string(rune('0'+n%10)) + ",64500,04.03.2026\n")
	}
	one, err := r.Accept(ctx, &text, Meta{Source: "bank", Format: "csv", Name: "x.csv"})
	if err != nil {
		t.Fatal(err)
	}
	r.drain()
	mapping("02.01.2006")
	r.now = r.now.Add(24 * time.Hour)
	if n, err := r.Replay(ctx, machine, one.ID); err != nil || n != 700 {
		t.Fatalf("%d wait, %v", n, err)
	}
	r.drain()
	got, err := r.store.Report(ctx, one.ID)
	if err != nil || got.Bad != 0 || got.Events != 10 || got.Duplicates != 691 || got.Lines != 701 {
		t.Errorf("%+v, %v", got, err) // the one day is written in two ways: the same event
	}
	refused, err := r.Accept(ctx, strings.NewReader("\"timestamp\",\"ip\",\"port\"\n\"2026-03-04 01:00:00\",\"192.0.2.1\",80\n"), Meta{Source: "shadowserver",
		Format: "shadowserver", Name: "2026-03-04-scan_example-in.csv"})
	if err != nil {
		t.Fatal(err)
	}
	r.drain()
	if got, err := r.store.Report(ctx, refused.ID); err != nil || got.State != store.ReportRefused {
		t.Fatalf("%+v, %v", got, err)
	}
	r.open()
	r.shadowserver()
	if _, err := r.Replay(ctx, machine, refused.ID); err != nil {
		t.Fatal(err)
	}
	r.drain()
	r.is(refused.ID, 1, 0, 0, "")
	if _, err := r.Replay(ctx, machine, refused.ID); err == nil {
		t.Error("there is nothing to read again")
	}
}

// TestQuarantineSight: analysts see the quarantine of their own desk, and that of reports of TLP:RED if they are named.
func TestQuarantineSight(t *testing.T) {
	r, ctx := newRig(t), t.Context()
	bad := "{\"source.ip\":\"nowhere\"}\n"
	ids := map[string]string{}
	for name, m := range map[string]Meta{"open": {}, "red": {TLP: "RED"}, "energy": {Tenant: "energy"}} {
		m.Source, m.Name, m.Format = name, "x.json", "intelmq"
		got, err := r.Accept(ctx, strings.NewReader(bad), m)
		if err != nil {
			t.Fatal(err)
		}
		ids[name] = got.ID
	}
	r.drain()
	if err := r.store.NameIn(ctx, r.now, store.National, store.RedCompartment, "red"); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		v    store.Sight
		want string
	}{
		{store.Sight{}, ""},
		{store.Sight{Tenant: store.National, Account: "m", Role: account.Member, Parties: []string{"none"}}, ""},
		{store.Sight{Tenant: store.National, Account: "a", Role: account.Analyst}, "open"},
		{store.Sight{Tenant: store.National, Account: "a", Role: account.Administrator}, "open"},
		{store.Sight{Tenant: store.National, Account: "red", Role: account.Analyst}, "open red"},
		{store.Sight{Tenant: "energy", Account: "a", Role: account.Analyst}, "energy"},
		{machine, "open red"},
	} {
		page, err := r.store.Quarantine(ctx, test.v, store.QuarantineFilter{})
		counts, err2 := r.store.QuarantineCounts(ctx, test.v)
		if err = errors.Join(err, err2); err != nil || int(counts[store.QuarantineHeld]) != len(page.Items) || len(page.Items) != len(strings.Fields(test.want)) {
			t.Errorf("%+v: %+v, %v, %v", test.v, page.Items, counts, err)
		}
		for name, id := range ids {
			sees := strings.Contains(test.want, name)
			is := func(what string, err error) {
				t.Helper()
				if errors.Is(err, store.ErrNotFound) == sees {
					t.Errorf("%+v, %s of %s: %v", test.v, what, name, err)
				}
			}
			is("mend", r.Mend(ctx, test.v, id, 0, []byte(bad)))
			r.drain()
			_, err := r.Replay(ctx, test.v, id)
			is("replay", err)
			r.drain()
		}
	}
}

// TestMendErased: a place of a report that is not there any more is held with that reason, and the next report is read.
func TestMendErased(t *testing.T) {
	r, ctx := newRig(t), t.Context()
	r.shadowserver()
	header := "\"timestamp\",\"ip\",\"port\",\"asn\"\n"
	meta := Meta{Source: "shadowserver", Format: "shadowserver", Name: "2026-03-04-scan_example-in.csv"}
	one, err := r.Accept(ctx, strings.NewReader(header+"\"2026-03-04 01:00:00\",\"192.0.2.2\",http,64500\n"), meta)
	if err != nil {
		t.Fatal(err)
	}
	two, err := r.Accept(ctx, strings.NewReader("no table of theirs\n"), meta)
	if err != nil {
		t.Fatal(err)
	}
	r.drain()
	if is, err := r.store.Report(ctx, two.ID); err != nil || is.State != store.ReportRefused {
		t.Fatalf("%+v, %v", is, err)
	}
	for _, d := range []store.DeskReport{one, two} {
		if err := r.opt.Spool.Remove(spool.Accepted{ID: d.SHA256[:32], Source: d.Source, Day: d.Day}); err != nil {
			t.Fatal(err)
		}
		if err := r.store.ReportErased(ctx, d.ID, store.Erasure{At: r.now, Actor: "ann", Kind: "subject", Day: d.Day, Source: d.Source, Reports: 1}); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Mend(ctx, machine, one.ID, 0, []byte("\"2026-03-04 01:00:00\",\"192.0.2.2\",80,64500\n")); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Replay(ctx, machine, two.ID); err == nil {
		t.Error("a report that is erased is to be read again")
	}
	three, err := r.Accept(ctx, strings.NewReader(header+"\"2026-03-04 01:00:00\",\"192.0.2.9\",80,64500\n"), meta)
	if err != nil {
		t.Fatal(err)
	}
	r.drain()
	r.is(three.ID, 1, 0, 0, "")
	r.is(one.ID, 0, 0, 1, "held")
	if q, err := r.store.Quarantine(ctx, machine, store.QuarantineFilter{Report: one.ID}); err != nil || !strings.Contains(q.Items[0].Reason, "is erased") {
		t.Errorf("%+v, %v", q, err)
	}
}

// TestMendWithoutHeader: a mapping that was changed to one by which a report has no header stops nothing.
func TestMendWithoutHeader(t *testing.T) {
	r, ctx := newRig(t), t.Context()
	save := func(comment string) {
		t.Helper()
		text := "files: [a*.csv]\ncomment: \"" + comment + "\"\nfields: {source.ip: ip, time.source: at}\nrequired: [source.ip]\n"
		if err := r.store.AddDocument(ctx, store.DeskDocument{Tenant: store.National, Kind: "mapping:a", Made: r.now, Body: []byte(text)}); err != nil {
			t.Fatal(err)
		}
	}
	save("#")
	one, err := r.Accept(ctx, strings.NewReader("ip,at\nx,2026-03-04T01:00:00Z\n"), Meta{Source: "honeypot", Format: "csv", Name: "a.csv"})
	if err != nil {
		t.Fatal(err)
	}
	r.drain()
	r.is(one.ID, 0, 0, 1, "held")
	save("ip")
	if err := r.Mend(ctx, machine, one.ID, 0, []byte("ip 192.0.2.1,2026-03-04T01:00:00Z\n")); err != nil {
		t.Fatal(err)
	}
	r.drain()
	r.is(one.ID, 0, 0, 1, "held")
	save("x")
	if err := r.Mend(ctx, machine, one.ID, 0, []byte("192.0.2.1,2026-03-04T01:00:00Z\n")); err != nil {
		t.Fatal(err)
	}
	r.drain()
	r.is(one.ID, 1, 0, 0, "mended")
}

// TestSeenInTheFuture: what says that it was seen in years to come was seen when it was told, so that its case can recover.
func TestSeenInTheFuture(t *testing.T) {
	r, ctx := newRig(t), t.Context()
	text := ""
	for i, at := range []string{"9999-12-31T00:00:00Z", r.now.Add(time.Hour).Format(time.RFC3339)} {
		text += fmt.Sprintf(`{"classification.type":"phishing","classification.identifier":"%d","source.ip":"192.0.2.%d","time.source":"%s"}`+"\n", i, i+1, at)
	}
	if _, err := r.Accept(ctx, strings.NewReader(text), Meta{Source: "sensors", Format: "intelmq", Name: "a.jsonl"}); err != nil {
		t.Fatal(err)
	}
	r.drain()
	for id, want := range map[int64]time.Time{1: r.now, 2: r.now.Add(time.Hour)} {
		c, err := r.store.Case(ctx, machine, id)
		if err != nil || !c.LastSeen.Equal(want) || !c.FirstSeen.Equal(want) {
			t.Errorf("case %d was seen from %s to %s, %v; want %s", id, c.FirstSeen, c.LastSeen, err, want)
		}
	}
}
