package intake

import (
	"slices"
	"strings"
	"time"

	"pahra/wire/intelmq"
	"pahra/wire/iodef"
)

// indicator gives the events of an indicator: one for each thing that can be observed. What it says is not so is none.
func (i *iodefIncident) indicator(c iodefContext, inc *iodef.Incident, in *iodef.Indicator) error {
	c.restrict(in.Restricted)
	c.roles = slices.Concat(in.NodeRole, c.roles)
	c.description = slices.Concat(c.description, in.Description)
	if !in.StartTime.IsZero() {
		c.times = [5]time.Time{1: in.StartTime, 3: in.EndTime}
	}
	c.pairs = slices.Concat(c.pairs, []pair{textPair("", "iodef.IndicatorID.id", in.IndicatorID.ID), textPair("", "iodef.IndicatorID.name", in.IndicatorID.Name),
		textPair("", "iodef.IndicatorID.version", in.IndicatorID.Version), treePair("iodef.AttackPhase", in.AttackPhase)})
	if in.Confidence != nil {
		c.pairs = append(c.pairs, treePair("iodef.Confidence", []iodef.Confidence{*in.Confidence}))
	}
	c = i.settled(c, inc)
	if in.Observable != nil {
		return i.observable(c, inc, in.Observable)
	}
	if in.IndicatorExpression != nil {
		return i.expression(c, inc, in.IndicatorExpression)
	}
	return nil // a reference to what stands elsewhere
}

// expression gives the events of all observables of an expression.
func (i *iodefIncident) expression(c iodefContext, inc *iodef.Incident, x *iodef.IndicatorExpression) error {
	if x.Operator == "not" {
		return nil
	}
	c.base = c.base.Clone()
	addExtra(c.base, "iodef.IndicatorExpression.operator", intelmq.Value{Text: x.Operator})
	for k := range x.Observable {
		if err := i.observable(c, inc, &x.Observable[k]); err != nil {
			return err
		}
	}
	for k := range x.IndicatorExpression {
		if err := i.expression(c, inc, &x.IndicatorExpression[k]); err != nil {
			return err
		}
	}
	return nil
}

// observable gives the events of what can be observed.
func (i *iodefIncident) observable(c iodefContext, inc *iodef.Incident, o *iodef.Observable) error {
	c.restrict(o.Restricted)
	c.base = c.base.Clone()
	i.mark(&c)
	switch {
	case o.System != nil:
		return i.systems(c, []iodef.System{*o.System})
	case o.Address != nil:
		return i.systems(c, []iodef.System{{Node: iodef.Node{Address: []iodef.Address{*o.Address}}}})
	case o.DomainData != nil:
		return i.systems(c, []iodef.System{{Node: iodef.Node{DomainData: []iodef.DomainData{*o.DomainData}}}})
	case o.Service != nil:
		return i.event(c, servicePairs("source", "iodef.System", o.Service))
	case o.EmailData != nil:
		return i.event(c, mailPairs("source", o.EmailData))
	case o.FileData != nil:
		return i.files(c, o.FileData)
	case o.EventData != nil:
		return i.eventData(c, inc, o.EventData)
	case o.Incident != nil:
		return i.incident(o.Incident)
	case o.BulkObservable != nil:
		return i.bulk(c, o.BulkObservable)
	case o.RecordData != nil:
		for k := range o.RecordData.FileData {
			if err := i.files(c, &o.RecordData.FileData[k]); err != nil {
				return err
			}
		}
		return nil
	}
	return i.event(c, []pair{treePair("iodef.Observable", []iodef.Observable{*o})})
}

func (i *iodefIncident) files(c iodefContext, d *iodef.FileData) error {
	c.restrict(d.Restricted)
	c.base = c.base.Clone()
	i.mark(&c)
	for k := range d.File {
		f := &d.File[k]
		pairs := []pair{textPair("", "iodef.File.FileName", f.FileName), textPair("", "iodef.File.FileType", f.FileType)}
		if f.HashData != nil {
			pairs = append(pairs, iodefHashes(f.HashData, "iodef.File.Hash", true)...)
		}
		for _, u := range f.URL {
			pairs = append(pairs, textPair("source.url", "iodef.File.URL", u), textPair("source.fqdn", "", hostOf(u)))
		}
		if err := i.event(c, pairs); err != nil {
			return err
		}
	}
	return nil
}

// bulk gives the events of many values of one kind: one for each.
func (i *iodefIncident) bulk(c iodefContext, b *iodef.BulkObservable) error {
	for line := range strings.SplitSeq(b.BulkObservableList, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if err := i.event(c, bulkPairs(b.Type, line)); err != nil {
			return err
		}
	}
	return nil
}

// bulkPairs gives what one of many values says. Values of two parts have a comma, a space or a colon between them.
func bulkPairs(kind, value string) []pair {
	own := "iodef.BulkObservable." + kind
	if a := (&iodef.Address{Category: kind, Value: value}); slices.Contains([]string{"ipv4-addr", "ipv6-addr", "ipv4-net", "ipv6-net", "ipv4-net-mask"}, kind) {
		p, _ := iodefAddress("source", a)
		return []pair{p}
	} else if slices.Contains([]string{"asn", "e-mail", "site-uri"}, kind) {
		return iodefOther("source", a)
	}
	switch kind {
	case "domain-name":
		return []pair{textPair("source.fqdn", own, value)}
	case "ipv4-port", "ipv6-port":
		if at := strings.LastIndexAny(value, ", \t:"); at > 0 {
			ip := strings.Trim(value[:at], "[], \t")
			return []pair{addressPair("source", own, ip), textPair("source.port", own+".port", strings.TrimSpace(value[at+1:]))}
		}
	case "domain-to-ipv4", "domain-to-ipv6", "domain-to-ipv4-timestamp", "domain-to-ipv6-timestamp":
		parts := strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == ';' })
		if len(parts) > 1 {
			pairs := []pair{textPair("source.fqdn", own, parts[0]), addressPair("source", own+".address", parts[1])}
			if len(parts) > 2 {
				pairs = append(pairs, textPair("", own+".timestamp", strings.Join(parts[2:], " ")))
			}
			return pairs
		}
	case "file-hash":
		method := map[int]string{32: "MD5", 40: "SHA1", 64: "SHA256"}[len(value)]
		return []pair{hashPair(method, own, strings.ToLower(value))}
	case "user-name":
		return []pair{textPair("source.account", own, value)}
	}
	return []pair{{"", own, intelmq.Value{Text: value}}}
}
