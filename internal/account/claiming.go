package account

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"strings"

	"pahra/wire/values"
)

// maxContacts bounds how many contacts of a network are written to.
const maxContacts = 12

// OpenClaim lets the viewer claim a network. Every role contact of it is told.
func (s *Service) OpenClaim(ctx context.Context, v Viewer, asn values.ASN) (Claim, error) {
	if v.Role < Member || len(v.Scopes) != len(AllScopes()) {
		return Claim{}, ErrForbidden
	}
	if asn == 0 {
		return Claim{}, wrong("there is no network AS0")
	}
	if wait, ok := s.limits.Take("claim "+v.Account, s.Settings.ByClaim, s.Now()); !ok {
		return Claim{}, &TooManyError{wait}
	}
	contacts, err := s.contacts(ctx, asn)
	if err != nil {
		return Claim{}, err
	}
	id, err := newID(s.Random)
	if err != nil {
		return Claim{}, err
	}
	word, err := newID(s.Random)
	if err != nil {
		return Claim{}, err
	}
	c := Claim{ID: id, Account: v.Account, ASN: asn, State: Pending, Opened: s.Now(), Word: "pahra-claim=" + word, Contacts: fingerprint(contacts)}
	if err := s.Store.AddClaim(ctx, c); errors.Is(err, ErrTaken) {
		return c, wrong("you have a claim of AS%d already", asn)
	} else if err != nil {
		return c, err
	}
	if err := s.Audit(ctx, Entry{Actor: v.Account, Act: "claim.open", Subject: claimName(c)}); err != nil {
		return c, err
	}
	return c, s.tell(ctx, c, contacts, "is claimed", fmt.Sprintf("The account %s asks to speak for AS%d at Pahra. It holds nothing yet: two proofs are needed.", v.Name, asn))
}

func claimName(c Claim) string { return fmt.Sprintf("%s AS%d", c.ID, c.ASN) }

// contacts asks the registry for those contacts that mail can be sent to. No registry at hand is no error: then
// nothing can be proved by them.
func (s *Service) contacts(ctx context.Context, asn values.ASN) ([]Contact, error) {
	if s.Registry == nil {
		return nil, nil
	}
	list, err := s.Registry.Contacts(ctx, asn)
	if err != nil {
		return nil, fmt.Errorf("asking for the contacts of AS%d: %w", asn, err)
	}
	list = slices.DeleteFunc(slices.Clone(list), func(c Contact) bool { return checkMail(c.Address) != nil || c.Address == "" })
	list = sortedContacts(list)
	return list[:min(len(list), maxContacts)], nil
}

// ContactChoice is a contact that a challenge can be mailed to, without its address.
type ContactChoice struct {
	Key    string // names it to Challenge
	Role   string
	Source string
	Shown  string // n•••@example.net
}

// Choices gives the contacts that a challenge can be mailed to.
func (s *Service) Choices(ctx context.Context, v Viewer, id string) ([]ContactChoice, error) {
	c, err := s.own(ctx, v, id)
	if err != nil {
		return nil, err
	}
	list, err := s.contacts(ctx, c.ASN)
	out := []ContactChoice{}
	for _, x := range list {
		out = append(out, ContactChoice{fingerprint([]Contact{x})[:16], x.Role, x.Source, masked(x.Address)})
	}
	return out, err
}

// own gives a claim of the viewer's that has not ended.
func (s *Service) own(ctx context.Context, v Viewer, id string) (Claim, error) {
	if v.Role < Member || len(v.Scopes) != len(AllScopes()) {
		return Claim{}, ErrForbidden
	}
	c, err := s.Store.Claim(ctx, id)
	switch {
	case err != nil:
		return c, err
	case c.Account != v.Account:
		return Claim{}, ErrNotFound
	case c.State.Ended():
		return c, wrong("the claim has ended")
	}
	return c, nil
}

// Challenge mails a code to the contact that key names.
func (s *Service) Challenge(ctx context.Context, v Viewer, id, key string) error {
	c, err := s.own(ctx, v, id)
	if err != nil {
		return err
	}
	list, err := s.contacts(ctx, c.ASN)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(x Contact) bool { return fingerprint([]Contact{x})[:16] == key })
	if i < 0 || s.Mail == nil {
		return wrong("that contact is not there; mail may not be set up")
	}
	if wait, ok := s.limits.Take("claim "+v.Account, s.Settings.ByClaim, s.Now()); !ok {
		return &TooManyError{wait}
	}
	code, err := secret(s.Random)
	if err != nil {
		return err
	}
	ends := s.Now().Add(s.Settings.Challenge)
	c, err = s.change(ctx, id, func(c *Claim) error {
		s.sameContacts(c, list)
		c.Challenge, c.ChallengeRole, c.ChallengeEnds = hashOf(code), list[i].Role+" of "+list[i].Source, ends
		return nil
	})
	if err != nil {
		return err
	}
	text := fmt.Sprintf(`The account %s at %s asks to speak for AS%d, of which a registry names you as a contact (%s).

If that is right, give them this code, or open the page while logged in as that account:

    %s
    %s/claim/%s?code=%s

It is good until %s. If it is not right, do nothing: without the code they get nowhere by this way.
`, v.Name, s.Site, c.ASN, list[i].Role, code, s.Site, c.ID, code, ends.UTC().Format("2006-01-02 15:04 UTC"))
	return s.Mail.Mail(ctx, list[i].Address, fmt.Sprintf("A code to prove who speaks for AS%d", c.ASN), text)
}

// sameContacts takes the proofs back if the contacts are no longer those that the first of them rests on.
func (s *Service) sameContacts(c *Claim, list []Contact) {
	now := fingerprint(list)
	if len(c.Proofs) > 0 && c.Contacts != now {
		c.doubt("the registry's contacts changed", s.Now())
	}
	c.Contacts = now
}

// change alters a claim that has not ended, and leaves one that has.
func (s *Service) change(ctx context.Context, id string, do func(*Claim) error) (Claim, error) {
	return s.Store.ChangeClaim(ctx, id, func(c *Claim) error {
		if c.State.Ended() {
			return wrong("the claim has ended")
		}
		return do(c)
	})
}

// AnswerChallenge proves a claim by the code that a contact was mailed. A code is good once.
func (s *Service) AnswerChallenge(ctx context.Context, v Viewer, id, code string) (Claim, error) {
	if _, err := s.own(ctx, v, id); err != nil {
		return Claim{}, err
	}
	if wait, ok := s.limits.Take("code "+id, s.Settings.ByAccount, s.Now()); !ok {
		return Claim{}, &TooManyError{wait}
	}
	return s.proved(ctx, v, id, func(c *Claim) (Proof, error) {
		right := c.Challenge != "" && subtle.ConstantTimeCompare([]byte(c.Challenge), []byte(hashOf(strings.TrimSpace(code)))) == 1
		if !right || s.Now().After(c.ChallengeEnds) {
			return Proof{}, wrong("the code is not right, or no longer good")
		}
		p := Proof{Kind: ByContact, By: c.ChallengeRole}
		c.Challenge = ""
		return p, nil
	})
}

// CheckAutNum proves a claim by its word in the network's aut-num object.
func (s *Service) CheckAutNum(ctx context.Context, v Viewer, id string) (Claim, error) {
	c, err := s.own(ctx, v, id)
	if err != nil {
		return c, err
	}
	if s.Registry == nil {
		return c, wrong("no registry is at hand")
	}
	if wait, ok := s.limits.Take("aut-num "+v.Account, s.Settings.ByClaim, s.Now()); !ok {
		return c, &TooManyError{wait}
	}
	remarks, err := s.Registry.Remarks(ctx, c.ASN)
	if err != nil {
		return c, fmt.Errorf("reading the aut-num of AS%d: %w", c.ASN, err)
	}
	i := slices.IndexFunc(remarks, func(r Remark) bool { return slices.Contains(strings.Fields(r.Text), c.Word) })
	if i < 0 {
		return c, wrong("%s does not stand in the aut-num object of AS%d at any registry that was asked", c.Word, c.ASN)
	}
	return s.proved(ctx, v, id, func(*Claim) (Proof, error) { return Proof{Kind: ByAutNum, By: remarks[i].Source}, nil })
}

// Approve proves a claim by an administrator's word. Nobody approves a claim of their own.
func (s *Service) Approve(ctx context.Context, v Viewer, id string) (Claim, error) {
	if !v.May(Administrator, ScopeAdminister) {
		return Claim{}, ErrForbidden
	}
	return s.proved(ctx, v, id, func(c *Claim) (Proof, error) {
		if c.Account == v.Account {
			return Proof{}, wrong("nobody approves a claim of their own")
		}
		return Proof{Kind: ByOffice, By: v.Account}, nil
	})
}

// proved adds a proof to a claim. Where that makes it held, every role contact is told.
func (s *Service) proved(ctx context.Context, v Viewer, id string, proof func(*Claim) (Proof, error)) (Claim, error) {
	before, err := s.Store.Claim(ctx, id)
	if err != nil {
		return before, err
	}
	contacts, err := s.contacts(ctx, before.ASN)
	if err != nil {
		return before, err
	}
	var kind ProofKind
	held := false
	c, err := s.change(ctx, id, func(c *Claim) error {
		p, err := proof(c)
		if err != nil {
			return err
		}
		s.sameContacts(c, contacts)
		kind, p.At, held = p.Kind, s.Now(), c.State == Held
		return c.prove(p)
	})
	if err != nil {
		return c, err
	}
	if err := s.Audit(ctx, Entry{Actor: v.Account, Act: "claim.prove", Subject: claimName(c), Detail: string(kind)}); err != nil {
		return c, err
	}
	if c.State != Held || held {
		return c, nil
	}
	return c, s.tell(ctx, c, contacts, "is held now", fmt.Sprintf("An account at Pahra has proved twice that it speaks for AS%d. It now sees the private detail of the network and answers for it.", c.ASN))
}

// Revoke ends a claim: its owner gives it up, or an administrator takes it. Every role contact is told.
func (s *Service) Revoke(ctx context.Context, v Viewer, id, why string) error {
	c, err := s.Store.Claim(ctx, id)
	switch {
	case err != nil:
		return err
	case c.Account == v.Account && v.Account != "" && len(v.Scopes) == len(AllScopes()):
	case !v.May(Administrator, ScopeAdminister):
		return ErrNotFound
	}
	if len(why) > 1000 {
		return wrong("the reason is longer than 1000 bytes")
	}
	if c, err = s.end(ctx, id, Revoked, why, v.Account); err != nil {
		return err
	}
	contacts, err := s.contacts(ctx, c.ASN)
	if err != nil {
		return err
	}
	return s.tell(ctx, c, contacts, "is no longer held", fmt.Sprintf("An account at Pahra no longer speaks for AS%d.", c.ASN))
}

func (s *Service) end(ctx context.Context, id string, state ClaimState, why, by string) (Claim, error) {
	c, err := s.change(ctx, id, func(c *Claim) error {
		c.end(state, why, s.Now())
		return nil
	})
	if err != nil {
		return c, err
	}
	return c, s.Audit(ctx, Entry{Actor: by, Act: "claim." + string(state), Subject: claimName(c), Detail: why})
}

// Recheck looks at the contacts of every network that is held or being claimed. Where they changed, the proofs no longer
// stand. It is called when registry data change, and at least daily.
func (s *Service) Recheck(ctx context.Context) error {
	list, err := s.Store.ClaimsIn(ctx, Pending, Held)
	if err != nil {
		return err
	}
	var failed error
	for _, c := range list {
		failed = errors.Join(failed, s.recheck(ctx, c))
	}
	return failed
}

func (s *Service) recheck(ctx context.Context, c Claim) error {
	contacts, err := s.contacts(ctx, c.ASN)
	if err != nil {
		return err // what cannot be asked says nothing
	}
	if len(c.Proofs) == 0 || c.Contacts == fingerprint(contacts) {
		return nil
	}
	c, err = s.change(ctx, c.ID, func(c *Claim) error {
		s.sameContacts(c, contacts)
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.Audit(ctx, Entry{Actor: "system", Act: "claim.doubt", Subject: claimName(c), Detail: c.Why}); err != nil {
		return err
	}
	return s.tell(ctx, c, contacts, "is to be proved again", fmt.Sprintf("The contacts of AS%d changed in the registry. Who spoke for it at Pahra has to prove it again.", c.ASN))
}

// tell writes to every role contact of a network. Each is tried; the first failure is the answer.
func (s *Service) tell(ctx context.Context, c Claim, contacts []Contact, what, text string) error {
	if s.Mail == nil {
		return nil
	}
	seen := make(map[string]bool)
	var failed error
	for _, x := range contacts {
		address := strings.ToLower(x.Address)
		if seen[address] {
			continue
		}
		seen[address] = true
		body := fmt.Sprintf("%s\n\nYou get this because a registry names you as a contact of AS%d (%s). If this is not right, tell\nwhoever runs %s: they can end it at once (claim %s).\n", text, c.ASN, x.Role, s.Site, c.ID)
		failed = errors.Join(failed, s.Mail.Mail(ctx, x.Address, fmt.Sprintf("AS%d %s at Pahra", c.ASN, what), body))
	}
	return failed
}
