package duties

import (
	"context"
	"slices"

	"pahra/internal/desk/party"
	"pahra/internal/notice"
	"pahra/internal/service/notices"
	"pahra/internal/store"
)

// HeldNotice is a notice that names a subject, or went to it.
type HeldNotice struct {
	ID        int64   `json:"notice"`
	Cases     []int64 `json:"cases"`
	Recipient string  `json:"recipient"`
	Subject   string  `json:"subject"`
	going     bool    // it is being handed to the mail server
}

// HeldNote is what was said of a case, or attached to it, that names a subject.
type HeldNote struct {
	Case int64  `json:"case"`
	Hash string `json:"hash"`
	Kind string `json:"kind"`
	Name string `json:"name,omitempty"`
	Text string `json:"text,omitempty"` // of an attachment none
}

// HeldContact is a contact of a constituent that names a subject.
type HeldContact struct {
	Tenant      string        `json:"tenant"`
	Constituent string        `json:"constituent"`
	Contact     party.Contact `json:"contact"`
}

// pageLen is how many notices or notes are read at a time.
const pageLen = 200

// words looks for a subject in what was written to and about people: notices, notes on cases, contacts of constituents.
func (s *Service) words(ctx context.Context, of Subject, h *Held) error {
	for before := int64(0); ; {
		list, err := s.Store.Notices(ctx, store.NoticeFilter{Before: before, Limit: pageLen})
		if err != nil {
			return err
		}
		for _, n := range list {
			before = n.ID
			if n, err = s.Store.Notice(ctx, n.ID); err != nil {
				return err
			}
			if noticeNames(n, of) {
				h.Notices = append(h.Notices, HeldNotice{n.ID, n.Cases, n.Recipient, n.Subject, n.State == store.NoticeSending || n.State == store.NoticeUnclear})
			}
		}
		if len(list) < pageLen {
			break
		}
	}
	for after := ""; ; {
		list, err := s.Store.NotesAfter(ctx, after, pageLen)
		if err != nil {
			return err
		}
		for _, n := range list {
			after = n.Hash
			if n.Erased != nil || !of.In(n.Name) && !of.In(string(n.Body)) {
				continue
			}
			held := HeldNote{Case: n.Case, Hash: n.Hash, Kind: n.Kind, Name: n.Name}
			if n.Kind != "attachment" {
				held.Text = string(n.Body)
			}
			h.Notes = append(h.Notes, held)
		}
		if len(list) < pageLen {
			break
		}
	}
	return s.contacts(ctx, of, func(tenant string, c party.Constituent) error {
		for _, k := range c.Contacts {
			if contactNames(k, of) {
				h.Contacts = append(h.Contacts, HeldContact{tenant, c.ID, k})
			}
		}
		return nil
	})
}

// noticeNames says whether a notice names a subject: to whom it went, in what it says, in a file that goes with it.
func noticeNames(n store.Notice, of Subject) bool {
	if of.In(n.Recipient) || of.In(n.Subject) || of.In(n.Failure) || of.In(string(n.Message)) {
		return true
	}
	if len(n.Message) == 0 {
		return false
	}
	m, err := notices.Message(n)
	return err == nil && slices.ContainsFunc(m.Attachments, func(a notice.Attachment) bool { return of.In(string(a.Content)) })
}

func contactNames(k party.Contact, of Subject) bool { return of.In(k.Address) || of.In(k.Name) }

// contacts calls each with the constituents of all tenants of whom a contact names a subject.
func (s *Service) contacts(ctx context.Context, of Subject, each func(tenant string, c party.Constituent) error) error {
	tenants, err := s.Store.PartyVersions(ctx)
	if err != nil {
		return err
	}
	for tenant := range tenants {
		list, err := s.Store.Constituents(ctx, tenant)
		if err != nil {
			return err
		}
		for _, c := range list {
			if !slices.ContainsFunc(c.Contacts, func(k party.Contact) bool { return contactNames(k, of) }) {
				continue
			}
			if err := each(tenant, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// eraseWords erases a subject in notices, notes on cases and contacts. What a hold on a case keeps stays, and is counted; so is a
// notice that is being handed to the mail server: it comes later.
func (s *Service) eraseWords(ctx context.Context, held holds, of Subject, h Held, e store.Erasure, done *Done) error {
	one := e
	one.Others = 1
	for _, n := range h.Notices {
		switch {
		case held.all || slices.ContainsFunc(n.Cases, func(id int64) bool { return held.cases[uint64(id)] }):
			done.Held++
		case n.going:
			done.Later++
		default:
			if err := s.Store.EraseNotice(ctx, n.ID, one); err != nil {
				return err
			}
			done.Others++
		}
	}
	for _, n := range h.Notes {
		if held.all || held.cases[uint64(n.Case)] {
			done.Held++
			continue
		}
		if err := s.Store.EraseNote(ctx, n.Hash, one); err != nil {
			return err
		}
		done.Others++
	}
	if held.all {
		done.Held += int64(len(h.Contacts))
		return nil
	}
	return s.contacts(ctx, of, func(tenant string, c party.Constituent) error {
		was := len(c.Contacts)
		c.Contacts = slices.DeleteFunc(c.Contacts, func(k party.Contact) bool { return contactNames(k, of) })
		done.Others += int64(was - len(c.Contacts))
		return s.Store.ChangeConstituents(ctx, store.ConstituentChange{Tenant: tenant, Put: []party.Constituent{c}, By: e.Actor, Now: e.At,
			What: "contacts of " + c.ID + " erased for whom they name"})
	})
}
