package exchange

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"pahra/internal/exchange/agreement"
	"pahra/internal/service/agreements"
	"pahra/internal/service/reports"
	"pahra/internal/store"
	"pahra/wire/stix"

	sharing "pahra/internal/exchange"
)

// ErrTrust says that a document or a partner is not what was compared and agreed.
var ErrTrust = errors.New("not to be trusted")

var (
	teamName    = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$`)
	fingerprint = regexp.MustCompile(`^([0-9A-F]{40}|[0-9A-F]{64})$`)
)

// AddPartner keeps a team with the fingerprints of its keys, which a person has compared over another channel; or one's own team. The
// keys of a team that is there already are replaced: signatures of others count no more.
func (x *Exchange) AddPartner(ctx context.Context, p store.ExchangePartner) error {
	if !teamName.MatchString(p.Team) {
		return fmt.Errorf("%.80q is no name of a team: small letters, digits and hyphens", p.Team)
	}
	if len(p.Fingerprints) == 0 {
		return fmt.Errorf("a fingerprint of a key of %s is needed", p.Team)
	}
	for i, f := range p.Fingerprints {
		p.Fingerprints[i] = strings.ToUpper(strings.Join(strings.Fields(f), ""))
		if !fingerprint.MatchString(p.Fingerprints[i]) {
			return fmt.Errorf("%.80q is no fingerprint: 40 or 64 digits of a whole key's", f)
		}
	}
	p.Onboarded = x.Now()
	return x.Store.PutExchangePartner(ctx, p)
}

// Suspend stops sharing with a partner at once; Resume lets it go on.
func (x *Exchange) Suspend(ctx context.Context, team, reason string) error {
	now := x.Now()
	return x.Store.SuspendExchangePartner(ctx, team, &now, reason)
}

// Resume lets sharing with a partner go on.
func (x *Exchange) Resume(ctx context.Context, team string) error {
	return x.Store.SuspendExchangePartner(ctx, team, nil, "")
}

// Stop stops all sharing with everybody at once; Start lets it go on.
func (x *Exchange) Stop(ctx context.Context, reason, by string) error {
	now := x.Now()
	return x.Store.StopExchange(ctx, &now, reason, by)
}

// Start lets sharing go on.
func (x *Exchange) Start(ctx context.Context) error { return x.Store.StopExchange(ctx, nil, "", "") }

// Adopted is an agreement that was adopted.
type Adopted struct {
	Agreement string    `json:"agreement"`
	Version   int       `json:"version"`
	Partner   string    `json:"partner"`
	Start     time.Time `json:"start"`
	End       time.Time `json:"end"`
}

// Adopt takes an agreement over from a file, with the signatures beside it, as [Exchange.AdoptText] does.
func (x *Exchange) Adopt(ctx context.Context, path, by string) (Adopted, error) {
	a, err := agreements.Read(path)
	if err != nil {
		return Adopted{}, err
	}
	document, err := reports.ReadSmall(path)
	if err != nil {
		return Adopted{}, err
	}
	signatures := map[string]string{}
	for _, p := range a.Parties {
		text, err := reports.ReadSmall(agreements.SignatureFile(path, p.Team))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return Adopted{}, err
		}
		signatures[p.Team] = string(text)
	}
	return x.AdoptText(ctx, document, signatures, by)
}

// AdoptText takes an agreement over with its signatures, armoured, by team: it is shared under it from its start on, in place of
// earlier versions. Both parties must be known, one of them one's own team, and each signature be by a key whose fingerprint was
// compared. A document or signature that is not so is [ErrTrust].
func (x *Exchange) AdoptText(ctx context.Context, document []byte, signatures map[string]string, by string) (Adopted, error) {
	a, err := agreement.Read(document)
	if err != nil {
		return Adopted{}, err
	}
	t, err := x.current(ctx)
	if err != nil {
		return Adopted{}, err
	}
	partner, err := t.parties(a)
	if err != nil {
		return Adopted{}, err
	}
	now := x.Now()
	if err := t.trusts(a, signatures, now); err != nil {
		return Adopted{}, err
	}
	sealed, err := x.newSecret()
	if err != nil {
		return Adopted{}, err
	}
	row := store.ExchangeAgreement{ID: a.ID, Version: a.Version, Partner: partner, Document: document, Signatures: signatures, Adopted: now, Actor: by}
	if err := x.Store.AdoptAgreement(ctx, row, sealed, collectionsOf(a, t.own, partner, now)); err != nil {
		return Adopted{}, err
	}
	start, end := a.Term.Bounds(time.Time{})
	return Adopted{a.ID, a.Version, partner, start, end}, nil
}

// trusts tells what is wrong with the keys or signatures of an agreement.
func (t *terms) trusts(a *agreement.Agreement, signatures map[string]string, now time.Time) error {
	if bad := agreements.CheckKeys(a); len(bad) > 0 {
		return fmt.Errorf("clause %s: %s: %w", bad[0].Clause, bad[0].Text, ErrTrust)
	}
	signed := a.SignedBytes()
	for i := range a.Parties {
		p := &a.Parties[i]
		switch s := agreements.Check(signed, p, []byte(signatures[p.Team]), now); {
		case signatures[p.Team] == "":
			return fmt.Errorf("the signature of %s: there is none: %w", p.Team, ErrTrust)
		case !s.Good:
			return fmt.Errorf("the signature of %s: %s: %w", p.Team, s.Problem, ErrTrust)
		case !slices.Contains(t.partners[p.Team].Fingerprints, s.Fingerprint):
			return fmt.Errorf("%s signed with %s, which is no key of theirs that was compared: %w", p.Team, s.Fingerprint, ErrTrust)
		}
	}
	return nil
}

// parties gives the partner of an agreement, whose other party must be one's own team.
func (t *terms) parties(a *agreement.Agreement) (partner string, err error) {
	own := false
	for _, p := range a.Parties {
		switch known := t.partners[p.Team]; {
		case known == nil:
			return "", fmt.Errorf("%s is not known here: its keys were never compared: %w", p.Team, ErrTrust)
		case known.Own:
			own = true
		default:
			partner = p.Team
		}
	}
	if !own || partner == "" {
		return "", fmt.Errorf("agreement %s is not between the own team and a partner: %w", a.ID, ErrTrust)
	}
	return partner, nil
}

// newSecret draws the secret of an agreement.
func (x *Exchange) newSecret() ([]byte, error) {
	secret := make([]byte, sharing.SecretSize)
	_, _ = rand.Read(secret) // it never fails
	return x.Seal.Lock(secret)
}

// collectionsOf gives the collections that a partner needs: one for what it gets, one for what it puts there.
func collectionsOf(a *agreement.Agreement, own, partner string, now time.Time) []store.ExchangeCollection {
	inbox := store.ExchangeCollection{ID: newID(), Kind: store.CollectionInbox, Partner: partner, Title: "From " + partner,
		Description: "What " + partner + " tells. It alone reads here what it put.", Made: now}
	list := []store.ExchangeCollection{inbox}
	if slices.ContainsFunc(a.Directions, func(d agreement.Direction) bool { return d.From == own }) {
		list = append(list, store.ExchangeCollection{ID: newID(), Kind: store.CollectionExchange, Partner: partner, Agreement: a.ID, Title: "For " + partner,
			Description: "What " + own + " shares under " + a.ID + ".", Made: now})
	}
	return list
}

// newID draws a UUID of version 4.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Notice keeps that a party of an agreement gave notice to end it.
func (x *Exchange) Notice(ctx context.Context, id, giver string, at time.Time, by string) error {
	t, err := x.current(ctx)
	if err != nil {
		return err
	}
	a, err := t.accordOf(id)
	if err != nil {
		return err
	}
	if giver != a.partner && giver != t.own {
		return fmt.Errorf("%q is no party of %s", giver, id)
	}
	return x.Store.NoteExchangeNotice(ctx, id, at, giver, by)
}

// Rotate gives an agreement a new secret: all copies get new ids and pseudonyms, and those under old ids are taken back. It tells how many.
func (x *Exchange) Rotate(ctx context.Context, id string) (revoked int, err error) {
	t, err := x.current(ctx)
	if err != nil {
		return 0, err
	}
	a, err := t.accordOf(id)
	if err != nil {
		return 0, err
	}
	now := x.Now()
	e, _ := a.at(now)
	if e.problem != "" {
		return 0, errors.New(e.problem)
	}
	sealed, err := x.newSecret()
	if err != nil {
		return 0, err
	}
	return x.Store.RotateExchangeSecret(ctx, id, sealed, now, func(m *store.Member) (*store.ExchangeCopy, error) {
		o, err := stix.Parse(m.Body)
		if err != nil || o.Revoked() {
			return nil, err
		}
		return tombstone(e, o, now), nil
	})
}

// tombstone gives what takes a copy back, nil where nothing can.
func tombstone(e *edition, o *stix.Object, now time.Time) *store.ExchangeCopy {
	last := e.redactor.Tombstone(o.ID(), o.Text("created"), now.UTC().Format("2006-01-02T15:04:05.000Z"))
	if last == nil {
		return nil
	}
	return &store.ExchangeCopy{Object: o.ID(), Type: o.Type(), Version: last.Text("modified"), Fixed: true, Body: func(v string) []byte { return canonical(last, v) }}
}
