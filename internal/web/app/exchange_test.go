package app_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"pahra/internal/account"
	"pahra/internal/exchange/agreement"
	"pahra/internal/service/agreements/agreementtest"
	"pahra/internal/service/exchange"
	"pahra/internal/service/offers"
	"pahra/internal/spool"
	"pahra/internal/store"
	"pahra/internal/web"
	"pahra/internal/web/app"
	"pahra/internal/world/intel"
)

// embassy is a case office that shares with another team.
type embassy struct {
	*caseOffice
	x    *exchange.Exchange
	pact *agreementtest.Pact
}

// newEmbassy has an office, the keys of both teams compared, and no agreement yet.
func newEmbassy(t *testing.T, change ...func(*app.AccountsConfig)) *embassy {
	t.Helper()
	e := &embassy{caseOffice: newCaseOffice(t, append(change, nil)[0]), pact: agreementtest.New(t, "../../../docs/examples/agreement.yaml")}
	seal, err := spool.OwnSeal(t.TempDir(), "exchange.key")
	e.ok(err)
	e.x = &exchange.Exchange{Store: e.db, Seal: seal, Now: e.set.Now}
	e.set.Exchange = e.x
	e.now = time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC) // signatures are of the day on which the test runs
	for _, team := range []string{agreementtest.Nadia, agreementtest.Atlantica} {
		e.ok(e.x.AddPartner(t.Context(), store.ExchangePartner{Team: team, Own: team == agreementtest.Nadia, Name: "Team of " + team, Country: "XN",
			Fingerprints: []string{e.pact.Keys[team].Fingerprint()}, Actor: "ann"}))
	}
	return e
}

// adopt has both teams share by the agreement.
func (e *embassy) adopt() {
	e.t.Helper()
	_, err := e.x.AdoptText(e.t.Context(), []byte(e.pact.Text), e.pact.Signatures(), "ann")
	e.ok(err)
}

// offer has the team hold so many objects to share.
func (e *embassy) offer(objects int) {
	e.t.Helper()
	m, err := intel.New(intel.Params{Objects: objects, Seed: 5, Start: e.now.AddDate(0, 0, -1)})
	e.ok(err)
	var items []exchange.Item
	for list := m.Next(); list != nil; list = m.Next() {
		items = append(items, exchange.Item{ID: list[0].ID(), Objects: list})
	}
	_, err = e.x.Offer(e.t.Context(), items)
	e.ok(err)
}

// TestExchangePages: an agreement is tried, taken over with both signatures, shown in words, and what the partner sees is what leaves;
// sharing stops at once with one and with all.
func TestExchangePages(t *testing.T) {
	e := newEmbassy(t)
	b, _ := e.person("ina", account.Analyst)
	b.is(b.get("/desk/exchange"), http.StatusOK, "1 partner", "Team of cert-atlantica", "none")
	b.is(b.get("/desk/exchange/sees/cert-atlantica"), http.StatusNotFound)
	b.is(b.post("/desk/exchange/agreements", "text", "purpos: 1"), http.StatusUnprocessableEntity, "line 1, column 1")
	event := `{"source.ip":"192.0.2.7","source.geolocation.cc":"XU","classification.type":"phishing","classification.taxonomy":"fraud","tlp":"GREEN"}`
	page := b.is(b.post("/desk/exchange/agreements", "act", "preview", "text", e.pact.Text, "against", event), http.StatusOK, "To cert-atlantica would go", "192.0.2.0/24",
		"the network alone: /24, /48 of IPv6", "Who agrees")
	fields := []string{"act", "adopt", "text", e.pact.Text, "against", event, "partner", "cert-atlantica", "seen", seenOf(t, page.body)}
	b.is(b.post("/desk/exchange/agreements", fields...), http.StatusUnprocessableEntity, "there is none")
	for team, text := range e.pact.Signatures() {
		fields = append(fields, "sign-"+team, text)
	}
	b.is(b.post("/desk/exchange/agreements", append(fields, "text", e.pact.Text+" ")...), http.StatusSeeOther) // the first of a name counts
	a, err := agreement.Read([]byte(e.pact.Text))
	e.ok(err)
	b.is(b.get("/desk/exchange/agreement/"+a.ID), http.StatusOK, "is in force", "cert-nadia tells cert-atlantica", "under a pseudonym (key 2026)", "not told: no clause names it")
	if signed := b.post("/desk/exchange/agreements", "act", "bytes", "text", e.pact.Text); signed.body != string(a.SignedBytes()) {
		t.Error("what is given to be signed is not what is signed")
	}

	e.offer(40)
	var seen web.ExchangeSees
	shown := b.is(b.get("/desk/exchange/sees/cert-atlantica.json"), http.StatusOK)
	e.ok(json.Unmarshal([]byte(shown.body), &seen))
	leaves, err := e.x.Sees(t.Context(), "cert-atlantica", e.now.AddDate(-1, 0, 0), 1000)
	e.ok(err)
	if len(seen.Objects) == 0 || len(seen.Objects) > len(leaves.Rows) || strings.Contains(shown.body, "created_by_ref") != strings.Contains(string(leaves.Rows[0].Body)+string(leaves.Rows[1].Body), "created_by_ref") {
		t.Fatalf("%d objects are shown, %d leave", len(seen.Objects), len(leaves.Rows))
	}
	for i := range seen.Objects {
		if seen.Objects[i].ID != leaves.Rows[i].ID {
			t.Fatalf("%s is shown in place of %s", seen.Objects[i].ID, leaves.Rows[i].ID)
		}
	}

	b.is(b.post("/desk/exchange", "act", "suspend", "partner", "cert-atlantica"), http.StatusUnprocessableEntity, "say why")
	b.is(b.post("/desk/exchange", "act", "suspend", "partner", "cert-atlantica", "why", "a stolen token"), http.StatusSeeOther)
	b.is(b.get("/desk/exchange"), http.StatusOK, "suspended: a stolen token")
	b.is(b.get("/desk/exchange/sees/cert-atlantica"), http.StatusOK, "Nothing: cert-atlantica is suspended: a stolen token")
	b.is(b.post("/desk/exchange", "act", "resume", "partner", "cert-atlantica"), http.StatusSeeOther)
	b.is(b.post("/desk/exchange", "act", "stop", "why", "a breach"), http.StatusSeeOther)
	b.is(b.get("/desk/exchange"), http.StatusOK, "Nothing is shared with anybody", "a breach")
	b.is(b.get("/desk/exchange/sees/cert-atlantica"), http.StatusOK, "all sharing is stopped")
	b.is(b.post("/desk/exchange", "act", "start"), http.StatusSeeOther)
	b.is(b.get("/desk/exchange/sees/cert-atlantica"), http.StatusOK, "This is exactly what Team of cert-atlantica sees", "visible to them since")
	outsider, _ := e.person("max", account.Member)
	outsider.is(outsider.get("/desk/exchange"), http.StatusForbidden)
}

// TestExchangeBooks: what an agreement asks a person about waits with what would leave beside what is here, and leaves when they let it;
// what was taken back is not seen any more, and the books say so.
func TestExchangeBooks(t *testing.T) {
	e := newEmbassy(t)
	e.pact.Edit("- {clause: \"4.2\", permit: [malicious-code, fraud/phishing,", "- {clause: \"4.2\", ask: [fraud/phishing]}\n      - {clause: \"4.21\", permit: [malicious-code,")
	e.adopt()
	e.set.Ledgers = t.TempDir()
	b, ina := e.person("ina", account.Analyst)
	b.is(b.get("/desk/exchange/reviews"), http.StatusOK, "Nothing waits")
	b.is(b.get("/desk/exchange/recalls"), http.StatusOK, "Nothing was taken back")
	b.is(b.get("/desk/exchange/ledger"), http.StatusOK, "Nothing has left yet")
	e.report("sensors", "a.jsonl", `{"classification.taxonomy":"fraud","classification.type":"phishing","source.ip":"192.0.2.7","source.asn":64500,"source.geolocation.cc":"XU","time.source":"`+
		e.now.Add(-time.Hour).Format("2006-01-02T15:04:05+00:00")+`","tlp":"GREEN"}`+"\n")
	of := offers.Offers{Exchange: e.x, Store: e.db, Files: e.files, Classes: e.set.Classes, Tenant: store.National, Now: e.set.Now}
	if n, err := of.Round(t.Context()); n != 1 || err != nil {
		t.Fatalf("%d cases were offered, %v", n, err)
	}
	page := b.is(b.get("/desk/exchange/reviews"), http.StatusOK, "1 object waits", "ipv4-addr.value 192.0.2.7 192.0.2.0/24 mask, 5.2", "Clause 4.2")
	b.is(b.get("/desk/exchange"), http.StatusOK, "1 object waits")
	field := func(name string) string {
		_, rest, _ := strings.Cut(page.body, `name="`+name+`" value="`)
		value, _, _ := strings.Cut(rest, `"`)
		return value
	}
	fields := []string{"act", "release", "collection", field("collection"), "item", field("item"), "version", field("version")}
	b.is(b.post("/desk/exchange/reviews", fields...), http.StatusUnprocessableEntity, "say why")
	b.is(b.post("/desk/exchange/reviews", append(append([]string{}, fields[:6]...), "version", "77", "why", "x")...), http.StatusUnprocessableEntity, "not what was shown any more")
	b.is(b.get("/desk/exchange/sees/cert-atlantica"), http.StatusOK, "no object is theirs to see")
	b.is(b.post("/desk/exchange/reviews", append(fields, "why", "they see it too")...), http.StatusSeeOther)
	b.is(b.get("/desk/exchange/reviews"), http.StatusOK, "Nothing waits")
	b.is(b.get("/desk/exchange/sees/cert-atlantica"), http.StatusOK, "192.0.2.0/24", "take it back")
	reviews, err := e.db.Reviews(t.Context(), field("item"))
	if err != nil || len(reviews) != 1 || reviews[0].Actor != ina.ID || !reviews[0].Released {
		t.Errorf("the record of reviews is %+v, %v", reviews, err)
	}

	books := exchange.OpenBooks(e.x, e.set.Ledgers, func(string) {})
	seen, err := e.x.Sees(t.Context(), "cert-atlantica", time.Time{}, 100)
	e.ok(err)
	e.ok(books.Record(t.Context(), exchange.Response{Time: e.now, Caller: exchange.Caller{User: "atl", Partner: "cert-atlantica"},
		Collection: exchange.Collection{ID: seen.Collection, Kind: store.CollectionExchange, Partner: "cert-atlantica", Agreement: "nadia-atlantica"}, Rows: seen.Rows}))
	e.ok(books.Close())
	b.is(b.get("/desk/exchange/ledger"), http.StatusOK, "1 ledger", "1 entry", "nadia-atlantica, version 3")
	b.is(b.post("/desk/exchange/recalls", "item", "nothing", "why", "x"), http.StatusUnprocessableEntity, "there is no such item")
	b.is(b.post("/desk/exchange/recalls", "item", field("item")), http.StatusUnprocessableEntity, "say why")
	b.is(b.post("/desk/exchange/recalls", "item", field("item"), "why", "it was wrong"), http.StatusSeeOther)
	b.is(b.get("/desk/exchange/recalls"), http.StatusOK, "1 copy was", "it was wrong", "not yet, due")
	if after := b.get("/desk/exchange/sees/cert-atlantica"); strings.Contains(after.body, "192.0.2.0/24") {
		t.Error("what was taken back is still seen")
	}
	e.now = e.now.AddDate(0, 0, 3)
	b, _ = e.person("eva", account.Analyst)
	b.is(b.get("/desk/exchange/recalls"), http.StatusOK, "not acknowledged in time")
}
