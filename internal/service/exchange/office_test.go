package exchange

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pahra/internal/service/agreements"
	"pahra/internal/store"
	"pahra/wire/stix"
)

// TestAdopt: what is not signed by both, with keys that were compared, or is not newer, is not adopted.
func TestAdopt(t *testing.T) {
	ctx := context.Background()
	o := opened(t)
	adopt := func(path string) error { _, err := o.x.Adopt(ctx, path, "ann"); return err }
	o.pact.Edit("version: 3", "version: 4")
	if err := adopt(o.signed(t, "cert-nadia")); !errors.Is(err, ErrTrust) || !strings.Contains(err.Error(), "cert-atlantica") {
		t.Errorf("signed by one: %v", err)
	}
	path := o.signed(t, "cert-nadia", "cert-atlantica")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Replace(text, []byte("v4: 24"), []byte("v4: 25"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := adopt(path); !errors.Is(err, ErrTrust) {
		t.Errorf("changed after it was signed: %v", err)
	}
	good, block := o.pact.Text, o.pact.Key("cert-nadia") // a hostile partner puts a key of its own in place of ours
	at := strings.Index(o.pact.Text, "      - fingerprint: ")
	end := strings.Index(o.pact.Text, "-----END PGP PUBLIC KEY BLOCK-----\n") + len("-----END PGP PUBLIC KEY BLOCK-----\n")
	o.pact.Text = o.pact.Text[:at] + block + o.pact.Text[end:]
	if err := adopt(o.signed(t, "cert-nadia", "cert-atlantica")); !errors.Is(err, ErrTrust) || !strings.Contains(err.Error(), "no key of theirs that was compared") {
		t.Errorf("with another key for our own team: %v", err)
	}
	o.pact.Text = strings.ReplaceAll(good, "cert-atlantica", "cert-pacifica")
	o.pact.Keys["cert-pacifica"] = o.pact.Keys["cert-atlantica"]
	if err := adopt(o.signed(t, "cert-pacifica")); !errors.Is(err, ErrTrust) || !strings.Contains(err.Error(), "not known here") {
		t.Errorf("with a stranger: %v", err)
	}
	if err := adopt(agreements.SignatureFile(path, "nobody")); err == nil {
		t.Error("a file that is not there is adopted")
	}
	twin := opened(t)
	if _, err := twin.x.Adopt(ctx, twin.signed(t, "cert-nadia", "cert-atlantica"), "ann"); !errors.Is(err, store.ErrSuperseded) {
		t.Errorf("the same version again: %v", err)
	}
}

// TestAddPartner: a name and whole fingerprints are needed.
func TestAddPartner(t *testing.T) {
	o := opened(t)
	whole := strings.Repeat("ab ", 20)
	for _, p := range []store.ExchangePartner{{Team: "CERT X", Fingerprints: []string{whole}}, {Team: "cert-x"}, {Team: "cert-x", Fingerprints: []string{"ABCDEF12"}}} {
		if err := o.x.AddPartner(context.Background(), p); err == nil {
			t.Errorf("%+v is taken", p)
		}
	}
	if err := o.x.AddPartner(context.Background(), store.ExchangePartner{Team: "cert-x", Fingerprints: []string{whole}}); err != nil {
		t.Error(err)
	}
	if err := o.x.Notice(context.Background(), "nadia-atlantica", "cert-x", start(), "ann"); err == nil {
		t.Error("somebody who is no party gives notice")
	}
}

// TestTwoPartners: the sets of two partners share no id, but those of observables that both may know and of markings.
func TestTwoPartners(t *testing.T) {
	items := stories(t, 200, 12)
	one, two := opened(t), opened(t)
	one.offer(t, items...)
	two.offer(t, items...)
	a, b := one.all(t), two.all(t)
	if len(a) != len(b) || len(a) < 100 {
		t.Fatalf("%d and %d objects", len(a), len(b))
	}
	for id, row := range a {
		typ, _ := stix.TypeOf(row.Type)
		if _, both := b[id]; both && (typ.Class == stix.Domain || typ.Class == stix.Relationship) {
			t.Errorf("both have %s", id)
		}
	}
}

// TestRotate: with a new secret all copies have new ids, and the old ones are taken back by a version that tells nothing.
func TestRotate(t *testing.T) {
	o := opened(t)
	o.offer(t, stories(t, 100, 13)...)
	before := o.all(t)
	last := o.page(t, time.Time{}, 1000).Seen
	o.wait(time.Minute)
	revoked, err := o.x.Rotate(context.Background(), "nadia-atlantica")
	if err != nil || revoked < 30 {
		t.Fatalf("%d revoked, %v", revoked, err)
	}
	for _, r := range o.page(t, last, 1000).Rows {
		if object := read(t, r); !object.Revoked() || stix.CheckVersion(read(t, before[r.ID]), object) != nil || len(object.Check()) > 0 {
			t.Errorf("%s is not the last version of what was there: %s", r.ID, r.Body)
		}
	}
	o.settle(t)
	gone, news := 0, 0
	for id, r := range o.all(t) {
		was, there := before[id]
		typ, _ := stix.TypeOf(r.Type)
		switch object := read(t, r); {
		case object.Revoked():
			gone++
		case there && (typ.Class == stix.Domain || typ.Class == stix.Relationship):
			t.Errorf("%s is still there: %s", id, was.Body)
		case !there:
			news++
		}
	}
	if gone != revoked || news < revoked-1 {
		t.Errorf("%d of %d are taken back, %d are new", gone, revoked, news)
	}
	if again, err := o.x.Rotate(context.Background(), "none"); err == nil {
		t.Errorf("a secret of no agreement: %d", again)
	}
}

// TestLostKey: without the key that secrets are locked with nothing leaves, and nothing else stops.
func TestLostKey(t *testing.T) {
	o := opened(t)
	o.offer(t, stories(t, 60, 14)...)
	other := opened(t)
	stranger := other.another(t)
	stranger.Store, stranger.Now = o.store, o.now
	o.service.Gate = stranger
	if seen := o.all(t); len(seen) != 0 {
		t.Errorf("%d objects leave", len(seen))
	}
	if _, err := stranger.Settle(context.Background()); err != nil {
		t.Error(err)
	}
}

// TestLoad: a file of objects becomes items by what refers to what; loaded again it is the same, and a change of one object a new version of
// the item that it is in.
func TestLoad(t *testing.T) {
	ctx, o := context.Background(), opened(t)
	items := stories(t, 5000, 15)
	var bundle bytes.Buffer
	objects := 0
	for _, i := range items {
		for _, object := range i.Objects {
			objects++
			bundle.Write(append(object.Append(nil), '\n'))
		}
	}
	text := bundle.String()
	bad := 0
	load := func(text string) Loaded {
		t.Helper()
		bad = 0
		sum, err := o.x.Load(ctx, strings.NewReader(text), Item{Audience: o.collection}, func(error) { bad++ })
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	sum := load(text + `{"type":"indicator"}`)
	if sum.New != len(items) || sum.Objects < objects || sum.Bad != 1 || bad != 1 {
		t.Errorf("%+v, %d bad, of %d items and %d objects", sum, bad, len(items), objects)
	}
	before := o.all(t)
	if again := load(text); again.New != 0 || again.Unchanged != len(items) {
		t.Errorf("loaded again: %+v", again)
	}
	item := with(t, items, "note")
	next := change(t, item, "note", "content", "something else altogether")
	changed := ""
	for _, object := range next.Objects {
		changed += string(object.Append(nil))
	}
	if sum := load(changed); sum.New != 1 || sum.Unchanged != 0 {
		t.Errorf("changed: %+v", sum)
	}
	if seen := o.all(t); len(seen) != len(before) || maps.EqualFunc(before, seen, sameRow) {
		t.Errorf("%d objects, %d before, or no change is seen", len(seen), len(before))
	}
	if _, err := o.x.Load(ctx, strings.NewReader(text), Item{Audience: "nowhere"}, func(error) {}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("for no collection: %v", err)
	}
	if list, err := o.store.ExchangeItems(ctx, "", 10); err != nil || len(list) != 10 || !slices.IsSortedFunc(list, func(a, b store.ExchangeItem) int { return strings.Compare(a.ID, b.ID) }) {
		t.Errorf("%d items are listed, %v", len(list), err)
	}
}

// TestFill: what the operator puts into an exchange collection is offered to that partner.
func TestFill(t *testing.T) {
	o := opened(t)
	text := ""
	for _, i := range stories(t, 50, 16) {
		for _, object := range i.Objects {
			text += string(object.Append(nil)) + "\n"
		}
	}
	refused := 0
	fill := func() Filled {
		t.Helper()
		done, err := o.service.Fill(context.Background(), o.collection, strings.NewReader(text+`{"type":"note"}`), func(int, string, error) { refused++ })
		if err != nil {
			t.Fatal(err)
		}
		return done
	}
	if done := fill(); done.Added < 50 || done.Same != 0 || done.Refused != 1 || refused != 1 {
		t.Errorf("%+v, %d told", done, refused)
	}
	if seen := o.all(t); len(seen) < 20 {
		t.Errorf("%d objects are seen", len(seen))
	}
	if done := fill(); done.Added != 0 || done.Same < 50 {
		t.Errorf("again: %+v", done)
	}
	o.service.Gate = nil
	if _, err := o.service.Fill(context.Background(), o.collection, strings.NewReader(text), func(int, string, error) {}); err == nil {
		t.Error("it is filled where nothing decides")
	}
}

// TestSettling: a server decides at every tick on what is due, and ends when it is told to.
func TestSettling(t *testing.T) {
	o := opened(t)
	embargo := start().Add(time.Minute)
	item := with(t, stories(t, 100, 17), "indicator")
	item.Embargo = &embargo
	o.offer(t, item)
	ctx, stop := context.WithCancel(context.Background())
	tick, ended := make(chan time.Time), make(chan struct{})
	go func() {
		defer close(ended)
		o.service.Settle(ctx, tick, func(err error) { t.Error(err) })
	}()
	tick <- start() // it has settled once
	o.wait(time.Minute)
	tick <- start()
	tick <- start() // and has settled after the embargo
	if len(ofType(o.all(t), "indicator")) == 0 {
		t.Error("nothing is seen after the embargo")
	}
	stop()
	<-ended
}
