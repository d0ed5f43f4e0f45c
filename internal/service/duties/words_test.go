package duties_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"pahra/internal/desk/party"
	"pahra/internal/notice"
	"pahra/internal/service/duties"
	"pahra/internal/store"
)

// tell keeps a notice about a case, with a file.
func (r *rig) tell(id int64, recipient, text, file string) {
	r.t.Helper()
	message, err := json.Marshal(notice.Message{Text: text, Attachments: []notice.Attachment{{Name: "events.csv", Content: []byte(file)}}})
	if err != nil {
		r.t.Fatal(err)
	}
	n := store.Notice{Tenant: store.National, Party: "as:64500", Recipient: recipient, Rule: "rir", Cases: []int64{id}, Expires: r.now.Add(time.Hour), Message: message}
	_, err = r.Store.AddNotice(context.Background(), r.now, n, 10, func(id int64) (store.Notice, error) { n.ID = id; return n, nil })
	if err != nil {
		r.t.Fatal(err)
	}
}

// say has somebody say something of a case.
func (r *rig) say(id int64, text string) {
	r.t.Helper()
	n := store.Note{Case: id, Kind: "comment", Made: r.now, Salt: []byte(text), Body: []byte(text)}
	n.Seal()
	err := r.Store.ChangeCases(context.Background(), store.MachineSight(store.National), r.now, []int64{id}, func(*store.Case) (store.CaseChange, error) {
		return store.CaseChange{Log: []store.CaseEntry{{Case: id, Actor: "ann", Act: "case.comment", Detail: map[string]string{"note": n.Hash}}}, Notes: []store.Note{n}}, nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// TestWords: somebody is found and erased in notices, in what was said of cases, as who reported and among contacts; others stay, what
// a hold on a case names stays, and the logs of cases prove what they did.
func TestWords(t *testing.T) {
	r, ctx := newRig(t), context.Background()
	r.Alone = true
	r.take("a", line("phishing", "192.0.2.7", ""), line("spam", "192.0.2.8", ""))
	const alice = "alice@example.net"
	r.tell(1, alice, "Dear network", "192.0.2.7")
	r.tell(2, "noc@example.org", "Dear network", "user,"+alice) // in a file, which is stored in base64
	r.say(1, "Alice <"+alice+"> called")
	r.say(1, "malice@example.net called")
	r.say(2, alice+" too")
	if err := r.Store.AddReporter(ctx, store.Reporter{Receipt: "R1", CodeHash: []byte("x"), Report: firstReport(t, r), Tenant: store.National, Mode: "named", Name: "mail me: " + alice, Given: r.now}); err != nil {
		t.Fatal(err)
	}
	shop := party.Constituent{ID: "shop", Name: "Shop", Contacts: []party.Contact{{Role: "abuse", Name: "Alice", Address: "mailto:" + alice}, {Role: "noc", Address: "mailto:noc@example.org"}}}
	if err := r.Store.ChangeConstituents(ctx, store.ConstituentChange{Tenant: store.National, Put: []party.Constituent{shop}, Now: r.now}); err != nil {
		t.Fatal(err)
	}
	hold, err := r.Store.PlaceHold(ctx, store.Hold{Scope: "case:2", Reason: "order", Placed: r.now})
	if err != nil {
		t.Fatal(err)
	}
	of := duties.Subject{Kind: "mail", Value: alice}
	search := func(notices, notes, contacts, receipts int) {
		t.Helper()
		h, err := r.Search(ctx, "ann", "subject.search", "request 9", of)
		if err != nil || len(h.Notices) != notices || len(h.Notes) != notes || len(h.Contacts) != contacts || len(h.Receipts) != receipts {
			t.Errorf("%+v, %v", h, err)
		}
	}
	search(2, 2, 1, 1)
	done, err := r.Erase(ctx, "ann", "request 9", of)
	if err != nil || done.Others != 4 || done.Held != 2 {
		t.Errorf("%+v, %v; want a notice, a note, a contact and a reporter, and two held", done, err)
	}
	search(1, 1, 0, 0)
	if n, err := r.Store.Notice(ctx, 1); err != nil || n.State != store.NoticeWithdrawn || len(n.Message) > 0 || n.Recipient != "" {
		t.Errorf("%+v, %v", n, err)
	}
	if err := r.Store.LiftHold(ctx, hold, r.now); err != nil {
		t.Fatal(err)
	}
	if done, err := r.Erase(ctx, "ann", "request 9", of); err != nil || done.Others != 2 || done.Held != 0 {
		t.Errorf("once the hold is lifted: %+v, %v", done, err)
	}
	search(0, 0, 0, 0)
	notes, err := r.Store.CaseNotes(ctx, store.MachineSight(store.National), 1)
	left := 0
	for _, n := range notes {
		if n.Erased == nil && strings.HasPrefix(string(n.Body), "malice@") {
			left++
		}
	}
	list, err2 := r.Store.Constituents(ctx, store.National)
	if err := errors.Join(err, err2); err != nil || left != 1 || len(notes) != 2 || len(list) != 1 || len(list[0].Contacts) != 1 {
		t.Errorf("others: %+v, %+v, %v", notes, list, err)
	}
	if report, err := r.Store.Check(ctx); err != nil || report.Found > 0 {
		t.Errorf("the store is not sound: %+v, %v", report.Problems, err)
	}
	if erasures, err := r.Store.Erasures(ctx); err != nil || len(erasures) != 4 || erasures[0].Others != 1 {
		t.Errorf("on record: %+v, %v", erasures, err)
	}
}

func firstReport(t *testing.T, r *rig) string {
	t.Helper()
	kept, err := r.Store.KeptReports(context.Background(), r.now.AddDate(1, 0, 0))
	if err != nil || len(kept) == 0 {
		t.Fatal(kept, err)
	}
	return kept[0].ID
}
