package exchange

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ProtonMail/gopenpgp/v3/crypto"

	letters "pahra/internal/deliver/mail"
	"pahra/internal/ledger"
	"pahra/internal/store"
	"pahra/wire/jsontree"
)

// postbox keeps letters, and fails as often as it is told to.
type postbox struct {
	fail int
	got  []letters.Letter
}

func (p *postbox) SendLetter(_ context.Context, l letters.Letter, _ *letters.Signer, _ func() error) error {
	if p.fail--; p.fail == 0 {
		return errors.New("the server is full")
	}
	p.got = append(p.got, l)
	return nil
}

func (p *postbox) Domain() string { return "cert-nadia.example" }

// people are receivers with keys of their own.
func people(t *testing.T, names ...string) (list []store.RedReceiver) {
	t.Helper()
	for _, n := range names {
		key, err := crypto.PGP().KeyGeneration().AddUserId(n, n+"@cert-atlantica.example").New().GenerateKey()
		if err != nil {
			t.Fatal(err)
		}
		public, err := key.GetArmoredPublicKey()
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, store.RedReceiver{Name: n, Address: n + "@cert-atlantica.example", Key: public})
	}
	return list
}

// TestRed: what is TLP:RED leaves by mail to named people alone, once two persons wanted it, and stands in the ledger before; a mail that was
// not taken is sent when it is released again, and no other twice.
func TestRed(t *testing.T) {
	o, b := booked(t)
	ctx := context.Background()
	p := Proposal{Partner: "cert-atlantica", Reason: "they asked", By: "ann", Name: "source.txt", Content: []byte("the source is in the ministry"), Receivers: people(t, "eve", "fay", "gus")}
	n, err := o.x.ProposeRed(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	box := &postbox{fail: 2}
	post := Post{Letters: box, Return: "bounces@cert-nadia.example"}
	if _, err := b.ReleaseRed(ctx, n, "ann", post); !errors.Is(err, ErrSamePerson) || len(box.got) > 0 {
		t.Fatalf("by one person alone: %v, %d letters", err, len(box.got))
	}
	if v, err := o.store.Red(ctx, n); err != nil || strings.Contains(string(v.Sealed), "ministry") || v.State != store.RedWaiting || len(v.Receivers[0].Fingerprint) < 40 {
		t.Errorf("%+v, %v", v, err)
	}
	if _, err := b.ReleaseRed(ctx, n, "bob", post); err == nil || !strings.Contains(err.Error(), "fay@") {
		t.Errorf("a mail was not taken: %v", err)
	}
	if _, err := b.ReleaseRed(ctx, n, "cat", post); !errors.Is(err, ErrDecided) {
		t.Errorf("by a third: %v", err)
	}
	v, err := b.ReleaseRed(ctx, n, "bob", post)
	if err != nil || v.State != store.RedSent || v.Sealed != nil || v.Leaf != 0 {
		t.Errorf("%+v, %v", v, err)
	}
	var to []string
	for _, l := range box.got {
		if to = append(to, l.To); l.Key == "" || strings.Contains(l.Subject, "ministry") || string(l.Attachments[0].Content) != string(p.Content) || l.Return != post.Return {
			t.Errorf("%+v", l)
		}
	}
	if !slices.Equal(to, []string{"eve@cert-atlantica.example", "fay@cert-atlantica.example", "gus@cert-atlantica.example"}) {
		t.Errorf("letters went to %v", to)
	}
	list := leaves(t, b, way)
	if len(list) != 1 || list[0].Kind != ledger.KindRed || list[0].Objects != 3 || list[0].Version != 3 || list[0].Collection != "" {
		t.Errorf("%+v", list)
	}
	if _, err := b.ReleaseRed(ctx, n, "bob", post); !errors.Is(err, ErrDecided) {
		t.Errorf("sent again: %v", err)
	}
	log, err := o.store.AuditEntries(ctx, 0, 2)
	if err != nil || log[0].Act != "exchange.red.release" || log[0].Actor != "bob" || log[1].Act != "exchange.red.propose" || log[1].Actor != "ann" {
		t.Errorf("%+v, %v", log, err)
	}
}

// TestRedRefused: what is refused is forgotten; what cannot be proposed is told; a stop and a suspension keep what waits.
func TestRedRefused(t *testing.T) {
	o, b := booked(t)
	ctx := context.Background()
	good := Proposal{Partner: "cert-atlantica", Reason: "they asked", By: "ann", Name: "a", Content: []byte("x"), Receivers: people(t, "eve")}
	for what, change := range map[string]func(p *Proposal){
		"a stranger": func(p *Proposal) { p.Partner = "cert-x" }, "oneself": func(p *Proposal) { p.Partner = "cert-nadia" }, "nothing": func(p *Proposal) { p.Content = nil },
		"too long": func(p *Proposal) { p.Content = make([]byte, mostRed+1) }, "nobody": func(p *Proposal) { p.Receivers = nil },
		"no name": func(p *Proposal) {
			p.Receivers = []store.RedReceiver{{Address: "eve@cert-atlantica.example", Key: p.Receivers[0].Key}}
		},
		"no address": func(p *Proposal) {
			p.Receivers = []store.RedReceiver{{Name: "Eve", Address: "eve", Key: p.Receivers[0].Key}}
		},
		"no key": func(p *Proposal) {
			p.Receivers = []store.RedReceiver{{Name: "Eve", Address: "eve@cert-atlantica.example"}}
		},
	} {
		p := good
		change(&p)
		if _, err := o.x.ProposeRed(ctx, p); !errors.Is(err, ErrRed) {
			t.Errorf("%s: %v", what, err)
		}
	}
	n, err := o.x.ProposeRed(ctx, good)
	if err != nil {
		t.Fatal(err)
	}
	box := &postbox{}
	if err := o.x.Suspend(ctx, "cert-atlantica", "a key may be stolen"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.ReleaseRed(ctx, n, "bob", Post{Letters: box}); !errors.Is(err, ErrRed) || !strings.Contains(err.Error(), "suspended") {
		t.Errorf("to one who is suspended: %v", err)
	}
	if err := o.x.RefuseRed(ctx, n, "", "bob"); !errors.Is(err, ErrReason) {
		t.Errorf("without a reason: %v", err)
	}
	if err := o.x.RefuseRed(ctx, n, "not theirs to know", "bob"); err != nil {
		t.Error(err)
	}
	if v, err := o.store.Red(ctx, n); err != nil || v.Sealed != nil || v.State != store.RedRefused {
		t.Errorf("%+v, %v", v, err)
	}
	if err := o.x.Resume(ctx, "cert-atlantica"); err != nil {
		t.Error(err)
	}
	if _, err := b.ReleaseRed(ctx, n, "bob", Post{Letters: box}); !errors.Is(err, ErrDecided) || len(box.got) > 0 {
		t.Errorf("what was refused: %v", err)
	}
}

// TestRedNeverShared: an item of TLP:RED becomes no member of a collection, whatever the agreement lets out and whoever passes it.
func TestRedNeverShared(t *testing.T) {
	o, _ := booked(t, "max: TLP:AMBER ", "max: TLP:AMBER+STRICT ")
	item := with(t, stories(t, 200, 11), "indicator")
	for _, object := range item.Objects {
		if object.Type() != "marking-definition" {
			object.Tree.Set("object_marking_refs", jsontree.List(jsontree.Str("marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1")))
		}
	}
	o.offer(t, item)
	if _, err := o.x.Decide(context.Background(), "", item.ID, true, "please", "ann"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a person lets it pass: %v", err)
	}
	o.settle(t)
	if seen := withoutFrame(o.all(t)); len(seen) > 0 {
		t.Errorf("%d objects of TLP:RED leave", len(seen))
	}
}
