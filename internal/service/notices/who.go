package notices

import (
	"context"
	"strings"
	"time"

	"pahra/internal/deliver/mail"
	"pahra/internal/desk/class"
	"pahra/internal/desk/party"
	"pahra/internal/store"
	"pahra/wire/intelmq"
)

// Responsible says who is told by who is responsible: a constituent's own contact, or the abuse contact of its network.
type Responsible struct {
	Desk func(tenant string) *party.Desk // nil of a tenant that is not there
	Now  func() time.Time
}

// Recipient judges the latest event of the case anew, by what is known of networks and their contacts now.
func (r Responsible) Recipient(ctx context.Context, c store.DeskCase, events []*intelmq.Event) (Recipient, error) {
	d := r.Desk(c.Tenant)
	if d == nil || len(events) == 0 {
		return Recipient{}, nil
	}
	group, kind, _ := strings.Cut(c.Class, "/")
	a := d.Judge(ctx, class.Code{Class: group, Type: kind}, events[0].Clone())
	if a.Party != c.Party { // somebody else is responsible by now: that is for a person
		return Recipient{Rule: "somebody else is responsible by now: " + a.Party}, nil
	}
	to := Recipient{Address: a.Contact.Address, Rule: strings.Join(append([]string{string(a.Found)}, a.Rules...), " + "),
		Never: a.Effect.Notify == party.NotifyNever, Digest: a.Effect.Notify == party.NotifyDigest}
	if n := d.Networks[a.ASN]; n != nil && a.Constituent == nil {
		to.Name = n.Name
	}
	if a.Found == party.FoundCountry || a.Found == party.FoundRegistrar { // they are told, not the network
		is := d.Reach(a.Party, r.Now())
		to.Name = is.Name
		if is.Address != "" {
			to.Address = is.Address
		}
	}
	if who := a.Constituent; who != nil {
		to.of(who, r.Now())
	}
	return to, nil
}

// Reach says how a party is reached by what is known of it now.
func (r Responsible) Reach(_ context.Context, tenant, name string) (to Recipient, err error) {
	d := r.Desk(tenant)
	if d == nil {
		return to, nil
	}
	is := d.Reach(name, r.Now())
	to.Address, to.Name = is.Address, is.Name
	if is.Who != nil {
		to.of(is.Who, r.Now())
	}
	return to, nil
}

// of takes what a constituent wants: its name, language and key.
func (to *Recipient) of(who *party.Constituent, now time.Time) {
	to.Name = who.Name
	languages := who.Languages
	if k, ok := who.Mailbox(now); ok && len(k.Languages) > 0 {
		languages = k.Languages
	}
	if len(languages) > 0 {
		to.Language = languages[0]
	}
	for _, k := range who.Keys {
		if k.Kind == "openpgp" && k.At(now) && mail.CheckKey(k.Value) == nil {
			to.Key = k.Value
			return
		}
	}
}
