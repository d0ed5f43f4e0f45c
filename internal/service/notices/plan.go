package notices

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"pahra/internal/deliver/mail"
	"pahra/internal/notice"
	"pahra/internal/store"
	"pahra/wire/intelmq"
)

// stored is what the store keeps of what a notice says.
type stored struct {
	notice.Message
	Key string `json:"key,omitempty"` // of its recipient
}

// skip is a case that cannot be told of, why, and until when nobody looks again.
type skip struct {
	why   string
	until time.Time
}

const (
	lookAgain    = time.Hour // at a case that could not be told of
	casesAtOnce  = 10_000    // looked at in one round
	linesOfACase = 2 * notice.MostLines
	lookBack     = 366 * 24 * time.Hour // for when a party was told last
)

// Plan makes the notices that are due, and gives when it is worth looking again; the zero time for when something new
// comes. A case that cannot be told of is passed over for an hour.
func (s *Service) Plan(ctx context.Context) (made int, next time.Time, err error) {
	now := s.opt.Now()
	due, err := s.dueCases(ctx, now)
	if err != nil || len(due) == 0 {
		return 0, time.Time{}, err
	}
	last, err := s.lastTold(ctx, now)
	if err != nil {
		return 0, time.Time{}, err
	}
	list := make([]notice.Due, 0, len(due))
	for _, c := range due {
		list = append(list, notice.Due{Case: c.ID, To: partyKey(c.Tenant, c.Party), Since: c.Changed, Urgency: c.Priority})
	}
	groups, next := s.opt.Settings.Pace.Plan(list, last, now)
	for _, g := range groups {
		if ctx.Err() != nil {
			return made, next, ctx.Err()
		}
		n, err := s.tell(ctx, now, due, g.Cases)
		if err != nil {
			return made, next, err
		}
		made += n
	}
	return made, next, nil
}

func partyKey(tenant, party string) string { return tenant + "\x00" + party }

// dueCases gives the cases that are to be told of, by number.
func (s *Service) dueCases(ctx context.Context, now time.Time) (map[int64]store.DeskCase, error) {
	due := map[int64]store.DeskCase{}
	after := int64(0)
	for len(due) < casesAtOnce {
		page, err := s.opt.Store.DueCases(ctx, after, 1000)
		if err != nil {
			return nil, err
		}
		for _, c := range page {
			if after = c.ID; !s.skips(c.ID, now) {
				due[c.ID] = c
			}
		}
		if len(page) < 1000 {
			break
		}
	}
	return due, nil
}

func (s *Service) skips(id int64, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, ok := s.skipped[id]
	if ok && !now.Before(at.until) {
		delete(s.skipped, id)
		return false
	}
	return ok
}

// pass notes that a case cannot be told of for now.
func (s *Service) pass(id int64, until time.Time, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.skipped[id] = skip{why, until}
	s.opt.Log.Debug("a case's party is not told", "case", id, "why", why)
}

// Skipped says which cases were looked at and cannot be told of for now, and why.
func (s *Service) Skipped() map[int64]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[int64]string, len(s.skipped))
	for id, k := range s.skipped {
		out[id] = k.why
	}
	return out
}

func (s *Service) lastTold(ctx context.Context, now time.Time) (map[string]time.Time, error) {
	each, err := s.opt.Store.LastNotices(ctx, now.Add(-lookBack))
	if err != nil {
		return nil, err
	}
	last := map[string]time.Time{}
	for to, at := range each {
		if key := partyKey(to.Tenant, to.Party); at.After(last[key]) {
			last[key] = at
		}
	}
	return last, nil
}

// parcel are the cases of a party that one recipient is told of.
type parcel struct {
	to    Recipient
	cases []store.DeskCase
	lines map[int64][]*intelmq.Event
}

// tell makes the notices about a party's cases: one for each recipient.
func (s *Service) tell(ctx context.Context, now time.Time, due map[int64]store.DeskCase, ids []int64) (made int, err error) {
	parcels := map[string]*parcel{}
	for _, id := range ids {
		c := due[id]
		to, ok, err := s.recipient(ctx, now, c)
		if err != nil {
			return made, err
		}
		if !ok {
			continue
		}
		lines, err := s.opt.Events(ctx, c.Tenant, id, linesOfACase)
		if err != nil {
			return made, err
		}
		key := to.Address + "\x00" + to.Rule
		if parcels[key] == nil {
			parcels[key] = &parcel{to: to, lines: map[int64][]*intelmq.Event{}}
		}
		p := parcels[key]
		p.cases, p.lines[id] = append(p.cases, c), lines
	}
	for _, key := range slices.Sorted(maps.Keys(parcels)) {
		ok, err := s.add(ctx, now, parcels[key])
		if err != nil {
			return made, err
		}
		if ok {
			made++
		}
	}
	return made, nil
}

// recipient says who is told of a case; ok is false where nobody is, for now.
func (s *Service) recipient(ctx context.Context, now time.Time, c store.DeskCase) (to Recipient, ok bool, err error) {
	latest, err := s.opt.Events(ctx, c.Tenant, c.ID, 1)
	if err != nil {
		return to, false, err
	}
	if to, err = s.opt.Recipients.Recipient(ctx, c, latest); err != nil {
		return to, false, err
	}
	if until, why := s.unfit(c, to, now); why != "" {
		s.pass(c.ID, until, why)
		return to, false, nil
	}
	return to, true, nil
}

// unfit says why nobody is told of a case, and until when nobody looks again; why is "" where somebody is.
func (s *Service) unfit(c store.DeskCase, to Recipient, now time.Time) (until time.Time, why string) {
	digest := c.Changed.Add(s.opt.Settings.Pace.Window)
	switch {
	case to.Never:
		return now.Add(lookAgain), "a rule says that nobody is told: " + to.Rule
	case to.Address == "":
		return now.Add(lookAgain), "nobody is known to tell"
	case mail.CheckAddress(to.Address) != nil:
		return now.Add(lookAgain), "what is known is no address of mail"
	case to.Digest && now.Before(digest):
		return digest, "it waits for the digest"
	}
	return now, ""
}

// add stores a notice. What cannot be told is passed over.
func (s *Service) add(ctx context.Context, now time.Time, p *parcel) (bool, error) {
	n := store.Notice{Tenant: p.cases[0].Tenant, Party: p.cases[0].Party, Recipient: p.to.Address, Rule: p.to.Rule, Language: p.to.Language,
		Expires: now.Add(s.opt.Settings.LinkFor).Truncate(time.Second)}
	if n.Language == "" {
		n.Language = s.opt.Settings.Language
	}
	_, n.Domain, _ = strings.Cut(strings.ToLower(n.Recipient), "@")
	for _, c := range p.cases {
		n.Cases = append(n.Cases, c.ID)
	}
	_, err := s.opt.Store.AddNotice(ctx, now, n, s.opt.Settings.Approve, func(id int64) (store.Notice, error) { return s.write(n, id, p) })
	switch {
	case errors.Is(err, notice.ErrNothing):
		for _, c := range p.cases {
			s.pass(c.ID, now.Add(lookAgain), notice.ErrNothing.Error())
		}
		return false, nil
	case errors.Is(err, store.ErrConflict): // somebody was faster
		return false, nil
	}
	return err == nil, err
}

// write writes what a notice says, once it has its number.
func (s *Service) write(n store.Notice, id int64, p *parcel) (store.Notice, error) {
	says := notice.Notice{ID: id, Party: partyName(n.Party, p.to.Name), Language: s.opt.Languages.In(n.Language), From: s.opt.Settings.From, Until: n.Expires,
		Portal: s.link(notice.Link{Notice: id, Expires: n.Expires})}
	for _, c := range p.cases {
		lines := p.lines[c.ID]
		says.Cases = append(says.Cases, notice.Case{ID: c.ID, Class: c.Class, Identifier: c.Identifier, Again: c.Reopened > 0, FirstSeen: c.FirstSeen, LastSeen: c.LastSeen,
			Lines: lines, More: max(0, c.Events-int64(len(lines))), Link: s.link(notice.Link{Notice: id, Case: c.ID, Expires: n.Expires})})
	}
	m, err := notice.Compose(says)
	if err != nil {
		return n, err
	}
	n.Language, n.Subject, n.TLP, n.Lines = m.Language, m.Subject, m.TLP, m.Lines
	n.Message, err = json.Marshal(stored{m, p.to.Key})
	return n, err
}

// link gives the address of a link's page; "" where the service has none.
func (s *Service) link(l notice.Link) string {
	if s.opt.Site == "" {
		return ""
	}
	return s.opt.Site + "/n/" + s.opt.Keys.Token(l)
}

// partyName gives what a party is called.
func partyName(party, name string) string {
	if asn, ok := strings.CutPrefix(party, "as:"); ok {
		party = "AS" + asn
	} else if name != "" {
		return name
	}
	if name != "" {
		return party + " (" + name + ")"
	}
	return party
}

// Message gives what a notice says.
func Message(n store.Notice) (notice.Message, error) {
	var m stored
	if err := json.Unmarshal(n.Message, &m); err != nil {
		return notice.Message{}, fmt.Errorf("reading what notice %s says: %w", strconv.FormatInt(n.ID, 10), err)
	}
	return m.Message, nil
}
