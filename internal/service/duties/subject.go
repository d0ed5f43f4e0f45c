package duties

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"net/netip"
	"strings"

	"pahra/internal/desk/party"
	"pahra/internal/spool"
	"pahra/internal/store"
	"pahra/wire/intelmq"
)

// Subject is whom data is about: an address, a mail address or a domain.
type Subject struct {
	Kind, Value string
}

// ParseSubject reads a subject; kind is address, mail or domain.
func ParseSubject(kind, value string) (Subject, error) {
	value = strings.ToLower(strings.TrimSpace(value))
	switch kind {
	case "address":
		a, err := netip.ParseAddr(value)
		return Subject{kind, a.Unmap().String()}, err
	case "mail":
		a, err := mail.ParseAddress(value)
		if err != nil || a.Address != value {
			return Subject{}, fmt.Errorf("%q is no mail address", value)
		}
		return Subject{kind, value}, nil
	case "domain":
		is, err := party.ParseSelector(party.ByDomain, strings.Trim(value, "."))
		if err != nil || !strings.Contains(is.Value, ".") { // a top-level domain would be half of what there is
			return Subject{}, fmt.Errorf("%q is no domain", value)
		}
		return Subject{kind, is.Value}, nil
	}
	return Subject{}, fmt.Errorf("%q is no kind of subject: address, mail or domain", kind)
}

// In says whether a text names the subject: as a word of its own, a domain also as the end of a longer name.
func (s Subject) In(text string) bool {
	if s.Value == "" {
		return false
	}
	text = strings.ToLower(text)
	within := "abcdefghijklmnopqrstuvwxyz0123456789-_"
	switch s.Kind {
	case "address":
		within = "abcdef0123456789:"
		if strings.Contains(s.Value, ".") {
			within = "0123456789"
		}
	case "mail":
		within += ".+"
	}
	for from := 0; ; {
		at := strings.Index(text[from:], s.Value)
		if at < 0 {
			return false
		}
		at += from
		end := at + len(s.Value)
		before := at > 0 && strings.ContainsRune(within, rune(text[at-1]))
		after := end < len(text) && strings.ContainsRune(within, rune(text[end])) || end+1 < len(text) && text[end] == '.' && s.Kind != "mail" && strings.ContainsRune(within, rune(text[end+1]))
		if s.Kind == "address" && at > 1 && text[at-1] == '.' && strings.ContainsRune(within, rune(text[at-2])) {
			before = true
		}
		if !before && !after {
			return true
		}
		from = at + 1
	}
}

// of says whether an event names the subject.
func (s Subject) of(e *intelmq.Event) bool {
	for _, f := range e.Fields() {
		if s.In(f.Value.Text) {
			return true
		}
		if s.Kind == "address" && strings.HasSuffix(f.Key, "ip") {
			if a, err := netip.ParseAddr(f.Value.Text); err == nil && a.Unmap().String() == s.Value {
				return true
			}
		}
	}
	return false
}

// Held is what the desk holds of a subject.
type Held struct {
	Events     []*intelmq.Event `json:"events"`
	Reports    []string         `json:"reports"` // as they came, that name it
	Quarantine []string         `json:"quarantine"`
	Receipts   []string         `json:"receipts"` // under which it reported something
	Replies    []string         `json:"replies"`  // mails
	Notices    []HeldNotice     `json:"notices"`
	Notes      []HeldNote       `json:"notes"`
	Contacts   []HeldContact    `json:"contacts"`
}

// Search gives what the desk holds of a subject. act says what it is looked at for: subject.search, subject.export.
func (s *Service) Search(ctx context.Context, actor, act, purpose string, of Subject) (h Held, err error) {
	if err := s.Access(ctx, actor, act, of.Value, purpose); err != nil {
		return h, err
	}
	segments, err := s.Store.SegmentsBefore(ctx, s.Now().AddDate(0, 0, 2))
	if err != nil {
		return h, err
	}
	reports := map[string]bool{}
	for _, g := range segments {
		err := s.Spool.Events(g.Source, g.Day, g.Mark(), func(spool.Entry) bool { return true }, func(_ spool.Entry, line []byte) error {
			e, err := intelmq.Parse(line)
			if err != nil {
				return err
			}
			if of.of(e) {
				h.Events = append(h.Events, e)
				if id := e.Text("extra.pahra.report"); !reports[id] {
					reports[id], h.Reports = true, append(h.Reports, id)
				}
			}
			return ctx.Err()
		})
		if err != nil {
			return h, err
		}
	}
	err = s.quarantined(ctx, of, func(q store.Quarantined) error {
		h.Quarantine = append(h.Quarantine, q.Report+" "+q.Place)
		if !reports[q.Report] {
			reports[q.Report], h.Reports = true, append(h.Reports, q.Report)
		}
		return nil
	})
	if err != nil {
		return h, err
	}
	people, err := s.Store.People(ctx)
	for _, p := range people {
		switch {
		case !of.In(p.Text):
		case p.Receipt != "":
			h.Receipts = append(h.Receipts, p.Receipt)
		default:
			h.Replies = append(h.Replies, p.Reply)
		}
	}
	if err != nil {
		return h, err
	}
	return h, s.words(ctx, of, &h)
}

// quarantined calls each with the places in quarantine that name a subject.
func (s *Service) quarantined(ctx context.Context, of Subject, each func(store.Quarantined) error) error {
	const page = 500
	for after := (store.Quarantined{Seq: -1}); ; {
		list, err := s.Store.QuarantinedPage(ctx, after, page)
		if err != nil {
			return err
		}
		for _, q := range list {
			if after = q; of.In(string(q.Raw)) || of.In(q.Reason) {
				if err := each(q); err != nil {
					return err
				}
			}
		}
		if len(list) < page {
			return nil
		}
	}
}

// Erase erases what the desk holds of a subject: events, the reports as they came that name it, places in quarantine, who it is
// as a reporter, mails, notices, what was said of cases, contacts of constituents. Counts of days and cases stay; they name nobody. What a hold keeps stays, and is counted.
func (s *Service) Erase(ctx context.Context, actor, purpose string, of Subject) (done Done, err error) {
	held, err := s.holds(ctx)
	if err != nil {
		return done, err
	}
	h, err := s.Search(ctx, actor, "subject.erase", purpose, of)
	if err != nil {
		return done, err
	}
	e := store.Erasure{At: s.Now(), Actor: actor, Kind: "subject", Subject: s.hash(of.Value)}
	for _, id := range h.Reports {
		r, err := s.Store.Report(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return done, err
		}
		if held.source(r.Source) || len(held.cases) > 0 || r.State == store.ReportWaiting {
			done.Held++
			continue
		}
		if err := s.eraseReport(ctx, r, e); err != nil {
			return done, err
		}
		done.Reports++
	}
	// After the reports: a report is found by its events, also by the run after a crash.
	if err := s.change(ctx, held, of, e, &done, func(*intelmq.Event) bool { return false }); err != nil {
		return done, err
	}
	if err := s.eraseOthers(ctx, held, of, h, e, &done); err != nil {
		return done, err
	}
	return done, s.eraseWords(ctx, held, of, h, e, &done)
}

// eraseOthers erases a subject in quarantine, as a reporter and in mails.
func (s *Service) eraseOthers(ctx context.Context, held holds, of Subject, h Held, e store.Erasure, done *Done) error {
	err := s.quarantined(ctx, of, func(q store.Quarantined) error {
		if parts := strings.Split(q.Report, "/"); len(parts) == 4 && held.source(parts[2]) {
			done.Held++
			return nil
		}
		done.Quarantine++
		one := e
		one.Quarantine = 1
		return s.Store.EraseQuarantined(ctx, q.Report, q.Seq, one)
	})
	if err != nil || held.all {
		done.Held += int64(len(h.Receipts) + len(h.Replies))
		return err
	}
	for _, receipt := range h.Receipts {
		if err := s.Store.WithdrawReporter(ctx, receipt, s.Now()); err != nil {
			return err
		}
		done.Others++
	}
	one := e
	one.Others = 1
	for _, reply := range h.Replies {
		if err := s.Store.EraseReply(ctx, reply, one); err != nil {
			return err
		}
		done.Others++
	}
	return nil
}

// Correct sets a field of every event that names a subject.
func (s *Service) Correct(ctx context.Context, actor, purpose string, of Subject, field, value string) (done Done, err error) {
	if err := new(intelmq.Event).Add(field, value); err != nil {
		return done, fmt.Errorf("correcting %s: %w", field, err)
	}
	held, err := s.holds(ctx)
	if err == nil {
		err = s.Access(ctx, actor, "subject.correct", of.Value, purpose)
	}
	if err != nil {
		return done, err
	}
	e := store.Erasure{At: s.Now(), Actor: actor, Kind: "correction", Subject: s.hash(of.Value)}
	return done, s.change(ctx, held, of, e, &done, func(e *intelmq.Event) bool {
		e.Delete(field)
		return e.Add(field, value) == nil
	})
}

// change writes anew the segments that have events of a subject; become alters one, or says that it goes.
func (s *Service) change(ctx context.Context, held holds, of Subject, e store.Erasure, done *Done, become func(*intelmq.Event) bool) error {
	segments, err := s.Store.SegmentsBefore(ctx, s.Now().AddDate(0, 0, 2))
	if err != nil {
		return err
	}
	for _, g := range segments {
		if g.Generation > 0 { // what a crash left behind of it
			if err := s.Spool.Tidy(g.Source, g.Day, g.Generation); err != nil {
				return err
			}
		}
		n := int64(0)
		err := s.Spool.Events(g.Source, g.Day, g.Mark(), func(spool.Entry) bool { return true }, func(_ spool.Entry, line []byte) error {
			event, err := intelmq.Parse(line)
			if err == nil && of.of(event) {
				n++
			}
			return errors.Join(err, ctx.Err())
		})
		switch {
		case err != nil:
			return err
		case n == 0:
			continue
		case held.source(g.Source):
			done.Held += n
			continue
		case !g.Day.Before(s.settled()):
			done.Later++
			continue
		}
		err = s.replace(ctx, g, e, done, func(entry spool.Entry, line []byte) ([]byte, bool, error) {
			event, err := intelmq.Parse(line)
			if err != nil || !of.of(event) {
				return line, true, err
			}
			if held.cases[entry.Case] {
				done.Held++
				return line, true, nil
			}
			if !become(event) {
				return nil, false, nil
			}
			return event.AppendJSON(nil), true, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
