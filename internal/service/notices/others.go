package notices

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"pahra/internal/desk/party"
	"pahra/internal/notice"
	"pahra/internal/programme"
	"pahra/internal/store"
	"pahra/wire/intelmq"
	"pahra/wire/values"
)

// dueOthers gives who else is to be told of cases, by who that is.
func (s *Service) dueOthers(ctx context.Context, now time.Time) (map[string][]store.DueOther, error) {
	due := map[string][]store.DueOther{}
	var last told
	for n := 0; n < casesAtOnce; {
		page, err := s.opt.Store.DueOthers(ctx, last.id, last.other, 1000)
		if err != nil {
			return nil, err
		}
		for _, o := range page {
			if last = (told{o.ID, o.To}); !s.skips(last, now) {
				key := partyKey(o.Tenant, o.To)
				due[key] = append(due[key], o)
				n++
			}
		}
		if len(page) < 1000 {
			break
		}
	}
	return due, nil
}

// planOthers makes the notices to others than those responsible, at the same pace: what a party is told as another does not come sooner
// after what it was told of its own cases.
func (s *Service) planOthers(ctx context.Context, now time.Time, due map[string][]store.DueOther, last map[string]time.Time) (made int, next time.Time, err error) {
	var list []notice.Due
	for key, of := range due {
		for _, o := range of {
			since := o.Since
			if o.State == "reopened" {
				since = o.Changed
			}
			list = append(list, notice.Due{Case: o.ID, To: key, Since: since, Urgency: o.Priority})
		}
	}
	groups, next := s.opt.Settings.Pace.Plan(list, last, now)
	for _, g := range groups {
		of := slices.DeleteFunc(slices.Clone(due[g.To]), func(o store.DueOther) bool { return !slices.Contains(g.Cases, o.ID) })
		ok, err := s.tellOther(ctx, now, of)
		if err = errors.Join(err, ctx.Err()); err != nil {
			return made, next, err
		}
		if ok {
			made++
		}
	}
	return made, next, nil
}

// tellOther makes a notice to one who is told beside those responsible: of each case the lines that name it.
func (s *Service) tellOther(ctx context.Context, now time.Time, due []store.DueOther) (bool, error) {
	who := due[0].To
	to, err := s.opt.Recipients.Reach(ctx, due[0].Tenant, who)
	if err != nil {
		return false, err
	}
	to.Rule = "also told: " + kindOf(who)
	p := newParcel(to)
	p.other = who
	for _, o := range due {
		lines, digest, err := s.linesFor(ctx, o.Tenant, o.ID, who)
		if err != nil {
			return false, err
		}
		fit := to
		fit.Digest = digest
		until, why := s.unfit(o.Since, fit, now)
		if why == "" && len(lines) == 0 {
			until, why = now.Add(lookAgain), "no line that may go out names it any more"
		}
		if why != "" {
			s.pass(told{o.ID, who}, until, why)
			continue
		}
		p.cases, p.lines[o.ID] = append(p.cases, o.DeskCase), lines
	}
	if len(p.cases) == 0 {
		return false, nil
	}
	return s.add(ctx, now, p)
}

// kindOf says what a party is: the rule by which it is told.
func kindOf(who string) string {
	kind, _, _ := strings.Cut(who, ":")
	if is, known := map[string]string{"as": "network", "reg": "registrar", "cert": "national CERT"}[kind]; known {
		return is
	}
	return who
}

// outside says that a party is neither a network nor served by us: what its source marked as TLP:AMBER is not for it.
func outside(who string) bool {
	return strings.HasPrefix(who, "reg:") || strings.HasPrefix(who, "cert:")
}

// linesFor gives the latest lines of a case that say that somebody is told of them, and whether the last of these is for a digest.
func (s *Service) linesFor(ctx context.Context, tenant string, id int64, who string) (lines []*intelmq.Event, digest bool, err error) {
	all, err := s.opt.Events(ctx, tenant, id, linesOfACase)
	for _, e := range all {
		notify := party.Notify(e.Text("extra.pahra.notify"))
		if notify == party.NotifyNever || !slices.Contains(party.Also(e.Text(party.AlsoKey)), who) {
			continue
		}
		if label, err := values.ParseTLP(e.Text("tlp")); outside(who) && e.Text("tlp") != "" && (err != nil || label >= values.TLPAmber) {
			continue
		}
		if len(lines) == 0 {
			digest = notify == party.NotifyDigest
		}
		lines = append(lines, e)
	}
	return lines, digest, err
}

// routing gives what a notice says of the routing incident that a case is about; nil for a case that is about none.
func (s *Service) routing(ctx context.Context, c store.DeskCase) (*notice.Routing, error) {
	if !strings.HasPrefix(c.Identifier, "route-") {
		return nil, nil //nolint:nilnil // it is about none
	}
	whole, err := s.opt.Store.Case(ctx, store.MachineSight(c.Tenant), c.ID)
	if err != nil || whole.Incident == "" {
		return nil, err
	}
	i, err := s.opt.Store.IncidentByID(ctx, whole.Incident)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil //nolint:nilnil // it is not kept any more
	}
	if err != nil {
		return nil, err
	}
	r := &notice.Routing{Kind: string(i.Kind), ASN: "AS" + i.ASN.String(), Prefixes: programme.PrefixList(i.Prefixes), Peers: len(i.Peers)}
	if s.opt.Site != "" {
		r.Evidence = s.opt.Site + "/incident/" + i.ID
	}
	return r, nil
}
