package party

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"pahra/wire/intelmq"
)

// rules applies the rules that an event meets.
func (d *Desk) rules(s *subject, at time.Time) {
	for i := range d.Policy.Rules {
		r := &d.Policy.Rules[i]
		if at.Before(r.From) || !r.To.IsZero() && !at.Before(r.To) || !r.When.met(s) {
			continue
		}
		s.Rules = append(s.Rules, r.Name)
		s.Effect.apply(&r.Then)
		if s.explain {
			s.say("rule %q holds%s", r.Name, because(r.Reason))
		}
	}
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}

// tell finds who else is told.
func (d *Desk) tell(s *subject, f *Facts) {
	for i := range d.Policy.Tell {
		r := &d.Policy.Tell[i]
		if !r.When.met(s) {
			continue
		}
		for _, to := range r.Tell {
			p := d.partyOf(to, s.Answer, f)
			if p == "" || p == s.Party || slices.ContainsFunc(s.Also, func(t Told) bool { return t.Party == p }) {
				continue
			}
			s.Also = append(s.Also, Told{p, r.Name})
			if s.explain {
				s.say("%s is told as well: %s", p, r.Name)
			}
		}
	}
}

// partyOf gives the party that an entry of the routing table stands for; "" where there is none.
func (d *Desk) partyOf(to string, a *Answer, f *Facts) string {
	switch {
	case to == "network" && a.ASN != 0:
		return "as:" + a.ASN.String()
	case to == "registrar" && f.Registrar != "":
		return "reg:" + f.Registrar
	case to == "national-cert" && f.Country != "" && !slices.Contains(d.Policy.Home, f.Country) && d.Contacts.cert(f.Country, f.At) != nil:
		return "cert:" + f.Country
	case strings.Contains(to, ":"):
		return to
	}
	return ""
}

// AlsoKey is the field of an event that says who else is told.
const (
	AlsoKey  = "extra.pahra." + alsoName
	alsoName = "also"
)

// Also reads who else is told of an event, out of its field [AlsoKey].
func Also(text string) (parties []string) {
	if json.Unmarshal([]byte(text), &parties) != nil { // it is ours, or nobody's
		return nil
	}
	return parties
}

// mark writes down what was decided of an event where that is not the usual.
func (a *Answer) mark(e *intelmq.Event) {
	set := func(key string, v any) {
		text, err := json.Marshal(v)
		if err == nil { // it is texts and numbers alone
			e.Set("extra.pahra."+key, intelmq.Value{Text: string(text), Kind: intelmq.Raw})
		}
	}
	if len(a.Also) > 0 {
		list := make([]string, len(a.Also))
		for i, t := range a.Also {
			list[i] = t.Party
		}
		set(alsoName, list)
	}
	if len(a.Effect.Tags) > 0 {
		set("tags", a.Effect.Tags)
	}
	if n := a.Effect.Notify; n != NotifyAsUsual {
		e.Set("extra.pahra.notify", intelmq.Value{Text: string(n)})
	}
	if a.Effect.Escalate {
		e.Set("extra.pahra.escalate", intelmq.Value{Text: "true", Kind: intelmq.Bool})
	}
	if n := a.Effect.Priority; n != 0 {
		e.Set("extra.pahra.priority", intelmq.Value{Text: strconv.Itoa(n), Kind: intelmq.Int})
	}
}
