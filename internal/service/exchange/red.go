package exchange

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	letters "pahra/internal/deliver/mail"
	"pahra/internal/ledger"
	"pahra/internal/notice"
	"pahra/internal/openpgp"
	"pahra/internal/store"
)

// mostRed bounds what is sent, in octets: it is for people to read.
const mostRed = 60 << 10

// What of TLP:RED is refused.
var (
	// ErrSamePerson says that one person wants to be both.
	ErrSamePerson = errors.New("a second person decides, not who proposed it")
	// ErrDecided says that it was decided on before.
	ErrDecided = errors.New("it was decided on")
	// ErrRed says that a proposal cannot be one.
	ErrRed = errors.New("this cannot be proposed")
)

// Letters hands letters to a mail server.
type Letters interface {
	SendLetter(ctx context.Context, l letters.Letter, signer *letters.Signer, before func() error) error
	Domain() string
}

// Post is how letters go out.
type Post struct {
	Letters Letters
	Signer  *letters.Signer // nil: they are not signed
	Return  string          // where bounces go
}

// Proposal is something of TLP:RED for named people.
type Proposal struct {
	Partner, Reason string
	By              string // the account's id
	Name            string // of the file
	Content         []byte
	Receivers       []store.RedReceiver // name, address and key of each
}

// ProposeRed keeps something of TLP:RED until a second person decides on it. It never comes near a collection: it leaves by mail alone,
// encrypted to the key of each person that it names.
func (x *Exchange) ProposeRed(ctx context.Context, p Proposal) (int64, error) {
	agreement, err := x.redAgreement(ctx, p.Partner)
	if err != nil {
		return 0, err
	}
	switch {
	case len(p.Content) == 0 || len(p.Content) > mostRed:
		return 0, fmt.Errorf("%w: a file of 1 to %d octets is wanted", ErrRed, mostRed)
	case len(p.Receivers) == 0 || len(p.Receivers) > 20:
		return 0, fmt.Errorf("%w: 1 to 20 people are wanted", ErrRed)
	case p.Reason == "" || p.By == "":
		return 0, ErrReason
	}
	for i := range p.Receivers {
		if err := person(&p.Receivers[i]); err != nil {
			return 0, err
		}
	}
	sum := sha256.Sum256(p.Content)
	v := store.ExchangeRed{Partner: p.Partner, Agreement: agreement, Digest: hex.EncodeToString(sum[:]), Name: p.Name, Receivers: p.Receivers, Reason: p.Reason, Proposer: p.By, Proposed: x.Now().Truncate(time.Microsecond)}
	if v.Sealed, err = x.Seal.Lock(p.Content); err != nil {
		return 0, err
	}
	return x.Store.ProposeRed(ctx, v)
}

// person makes sure that a receiver is named and has a key.
func person(r *store.RedReceiver) error {
	a, err := mail.ParseAddress(r.Address)
	if err != nil || a.Address != r.Address || strings.TrimSpace(r.Name) == "" {
		return fmt.Errorf("%w: %.80q is no person's name and address", ErrRed, r.Name+" "+r.Address)
	}
	key, err := openpgp.ParsePublic(r.Key)
	if err != nil {
		return fmt.Errorf("%w: the key of %s: %w", ErrRed, r.Name, err)
	}
	r.Fingerprint = key.Fingerprint()
	return nil
}

// redAgreement gives an agreement with a partner with whom sharing is not stopped.
func (x *Exchange) redAgreement(ctx context.Context, partner string) (string, error) {
	t, err := x.current(ctx)
	if err != nil {
		return "", err
	}
	p := t.partners[partner]
	switch {
	case t.state.Stopped != nil:
		return "", fmt.Errorf("%w: all sharing is stopped: %s", ErrRed, t.state.Reason)
	case p == nil || p.Own:
		return "", fmt.Errorf("%w: %.80q is no partner", ErrRed, partner)
	case p.Suspended != nil:
		return "", fmt.Errorf("%w: %s is suspended: %s", ErrRed, partner, p.Reason)
	}
	var ids []string
	for id, a := range t.accords {
		if a.partner == partner {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return "", fmt.Errorf("%w: there is no agreement with %s", ErrRed, partner)
	}
	return slices.Min(ids), nil
}

// RefuseRed keeps something of TLP:RED from leaving; what was to be sent is forgotten.
func (x *Exchange) RefuseRed(ctx context.Context, number int64, reason, by string) error {
	if reason == "" {
		return ErrReason
	}
	now := x.Now().Truncate(time.Microsecond)
	_, err := x.Store.ChangeRed(ctx, number, now, func(v *store.ExchangeRed) (string, string, error) {
		if v.State != store.RedWaiting {
			return "", "", ErrDecided
		}
		v.State, v.Sealed, v.Answer, v.Decider, v.Decided = store.RedRefused, nil, reason, by, &now
		return "exchange.red.refuse", by, nil
	})
	return err
}

// ReleaseRed sends something of TLP:RED, as the second person. It stands in the ledger before the first mail goes. Where a mail is not taken
// the rest is sent when it is released again, by either of the two.
func (b *Books) ReleaseRed(ctx context.Context, number int64, by string, post Post) (store.ExchangeRed, error) {
	x := b.x
	v, err := x.Store.Red(ctx, number)
	if err != nil {
		return v, err
	}
	if _, err := x.redAgreement(ctx, v.Partner); err != nil {
		return v, err
	}
	now := x.Now().Truncate(time.Microsecond)
	v, err = x.Store.ChangeRed(ctx, number, now, func(v *store.ExchangeRed) (string, string, error) {
		switch {
		case v.State == store.RedReleased && (by == v.Decider || by == v.Proposer):
			return "", "", nil // to go on
		case v.State != store.RedWaiting:
			return "", "", ErrDecided
		case by == "" || by == v.Proposer:
			return "", "", ErrSamePerson
		}
		v.State, v.Decider, v.Decided, v.Answer = store.RedReleased, by, &now, "released"
		return "exchange.red.release", by, nil
	})
	if err != nil {
		return v, err
	}
	content, err := x.Seal.Unlock(v.Sealed)
	if err != nil {
		return v, err
	}
	if v.Leaf < 0 {
		if v, err = b.recordRed(ctx, &v, now); err != nil {
			return v, err
		}
	}
	return x.sendRed(ctx, v, content, post)
}

// recordRed writes a release down: to whom, not what.
func (b *Books) recordRed(ctx context.Context, v *store.ExchangeRed, now time.Time) (store.ExchangeRed, error) {
	l, e, err := b.direction(ctx, v.Agreement, v.Partner, now)
	if err != nil {
		return *v, err
	}
	var list []ledger.Release
	for _, r := range v.Receivers {
		list = append(list, ledger.Release{Object: v.Digest, Version: r.Fingerprint, Clause: "TLP:RED to " + r.Address})
	}
	leaf := ledger.Leaf{Kind: ledger.KindRed, Time: now, Partner: v.Partner, Agreement: v.Agreement, Version: e.version(), Root: ledger.Key(e.redactor.LedgerKey()).Root(list), Objects: len(list)}
	n, err := appendLeaf(ctx, l, &leaf)
	if err != nil {
		return *v, err
	}
	return b.x.Store.ChangeRed(ctx, v.Number, now, func(v *store.ExchangeRed) (string, string, error) {
		v.Leaf = n
		return "", "", nil
	})
}

// sendRed sends the mails that were not taken yet.
func (x *Exchange) sendRed(ctx context.Context, v store.ExchangeRed, content []byte, post Post) (store.ExchangeRed, error) {
	for i := range v.Receivers {
		r := &v.Receivers[i]
		if r.Sent != nil {
			continue
		}
		l := letters.Letter{To: r.Address, Return: post.Return, MessageID: fmt.Sprintf("red-%d-%d-%s@%s", v.Number, i, v.Digest[:12], post.Letters.Domain()), At: x.Now(), Subject: "TLP:RED", Language: "en", Key: r.Key,
			Text:        "TLP:RED\n\nFor " + r.Name + " alone: not to be passed on to anybody, in your organisation either.\n",
			Attachments: []notice.Attachment{{Name: v.Name, Type: "application/octet-stream", Content: content}}}
		if err := post.Letters.SendLetter(ctx, l, post.Signer, func() error { return nil }); err != nil {
			return v, fmt.Errorf("sending to %s: %w", r.Address, err)
		}
		now := x.Now().Truncate(time.Microsecond)
		var err error
		v, err = x.Store.ChangeRed(ctx, v.Number, now, func(v *store.ExchangeRed) (string, string, error) {
			v.Receivers[i].Sent = &now
			if !slices.ContainsFunc(v.Receivers, func(r store.RedReceiver) bool { return r.Sent == nil }) {
				v.State, v.Sealed = store.RedSent, nil
			}
			return "", "", nil
		})
		if err != nil {
			return v, err
		}
	}
	return v, nil
}
