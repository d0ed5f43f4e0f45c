package notices

import (
	"cmp"
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

// told is who is told of which case.
type told struct {
	id    int64
	other string // the party that is told; "" is the case's own
}

// skip is why somebody cannot be told, and until when nobody looks again.
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

// Plan makes the notices that are due, to those responsible and to who else is told, and gives when it is worth looking again; the zero
// time for when something new comes. A case that cannot be told of is passed over for an hour.
func (s *Service) Plan(ctx context.Context) (made int, next time.Time, err error) {
	now := s.opt.Now()
	due, err := s.dueCases(ctx, now)
	if err != nil {
		return 0, time.Time{}, err
	}
	others, err := s.dueOthers(ctx, now)
	if err != nil || len(due)+len(others) == 0 {
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
		n, err := s.tell(ctx, now, due, g.Cases)
		if err = errors.Join(err, ctx.Err()); err != nil {
			return made + n, next, err
		}
		made += n
	}
	n, later, err := s.planOthers(ctx, now, others, last)
	if next.IsZero() || !later.IsZero() && later.Before(next) {
		next = later
	}
	return made + n, next, err
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
			if after = c.ID; !s.skips(told{id: c.ID}, now) {
				due[c.ID] = c
			}
		}
		if len(page) < 1000 {
			break
		}
	}
	return due, nil
}

func (s *Service) skips(who told, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, ok := s.skipped[who]
	if ok && !now.Before(at.until) {
		delete(s.skipped, who)
		return false
	}
	return ok
}

// pass notes that somebody cannot be told of a case for now.
func (s *Service) pass(who told, until time.Time, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.skipped[who] = skip{why, until}
	s.opt.Log.Debug("somebody is not told of a case", "case", who.id, "other", who.other, "why", why)
}

// Skipped says which cases were looked at and cannot be told of for now, and why.
func (s *Service) Skipped() map[int64]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[int64]string, len(s.skipped))
	for who, k := range s.skipped {
		if who.other == "" {
			out[who.id] = k.why
		} else if out[who.id] == "" {
			out[who.id] = who.other + ": " + k.why
		}
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

// parcel are the cases that one recipient is told of.
type parcel struct {
	to      Recipient
	other   string // the party that is told, where it is not that of the cases
	cases   []store.DeskCase
	lines   map[int64][]*intelmq.Event
	routing map[int64]*notice.Routing
}

func newParcel(to Recipient) *parcel {
	return &parcel{to: to, lines: map[int64][]*intelmq.Event{}, routing: map[int64]*notice.Routing{}}
}

// tell makes the notices about a party's cases: one for each recipient.
func (s *Service) tell(ctx context.Context, now time.Time, due map[int64]store.DeskCase, ids []int64) (made int, err error) {
	parcels := map[string]*parcel{}
	for _, id := range ids {
		c := due[id]
		routing, err := s.routing(ctx, c)
		if err != nil {
			return made, err
		}
		to, ok, err := s.recipient(ctx, now, c, routing)
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
			parcels[key] = newParcel(to)
		}
		p := parcels[key]
		p.cases, p.lines[id], p.routing[id] = append(p.cases, c), lines, routing
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
func (s *Service) recipient(ctx context.Context, now time.Time, c store.DeskCase, routing *notice.Routing) (to Recipient, ok bool, err error) {
	if routing != nil {
		to, err = s.opt.Recipients.Reach(ctx, c.Tenant, c.Party)
		to.Rule = "routing incident: " + routing.Kind
	} else {
		var latest []*intelmq.Event
		if latest, err = s.opt.Events(ctx, c.Tenant, c.ID, 1); err == nil {
			to, err = s.opt.Recipients.Recipient(ctx, c, latest)
		}
	}
	if err != nil {
		return to, false, err
	}
	if until, why := s.unfit(c.Changed, to, now); why != "" {
		s.pass(told{id: c.ID}, until, why)
		return to, false, nil
	}
	return to, true, nil
}

// unfit says why nobody is told of a case that was to be told of since a time, and until when nobody looks again; why is "" where
// somebody is.
func (s *Service) unfit(since time.Time, to Recipient, now time.Time) (until time.Time, why string) {
	digest := since.Add(s.opt.Settings.Pace.Window)
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
	n := store.Notice{Tenant: p.cases[0].Tenant, Party: cmp.Or(p.other, p.cases[0].Party), Recipient: p.to.Address, Rule: p.to.Rule, Language: p.to.Language,
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
			s.pass(told{c.ID, p.other}, now.Add(lookAgain), notice.ErrNothing.Error())
		}
		return false, nil
	case errors.Is(err, store.ErrConflict): // somebody was faster
		return false, nil
	}
	return err == nil, err
}

// write writes what a notice says, once it has its number.
func (s *Service) write(n store.Notice, id int64, p *parcel) (store.Notice, error) {
	says := notice.Notice{ID: id, Party: partyName(n.Party, p.to.Name), Language: s.opt.Languages.In(n.Language), From: s.opt.Settings.From, Until: n.Expires, Other: p.other != "",
		Portal: s.link(notice.Link{Notice: id, Expires: n.Expires})}
	for _, c := range p.cases {
		lines, more := p.lines[c.ID], int64(0)
		if p.other == "" {
			more = max(0, c.Events-int64(len(lines)))
		}
		says.Cases = append(says.Cases, notice.Case{ID: c.ID, Class: c.Class, Identifier: c.Identifier, Again: c.Reopened > 0, FirstSeen: c.FirstSeen, LastSeen: c.LastSeen,
			Lines: lines, More: more, Routing: p.routing[c.ID], Link: s.link(notice.Link{Notice: id, Case: c.ID, Expires: n.Expires})})
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
