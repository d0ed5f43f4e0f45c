package intake

import (
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"pahra/internal/desk/class"
	"pahra/wire/intelmq"
	"pahra/wire/iodef"
	"pahra/wire/jsontree"
	"pahra/wire/values"
)

// readIODEF reads a document of IODEF, XML or JSON, incident by incident.
func readIODEF(r io.Reader, _ Options, out Out) error {
	classes, err := class.Load()
	if err != nil {
		return err
	}
	in, err := iodef.NewReader(r)
	if err != nil {
		return err
	}
	for {
		inc, err := in.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, iodef.ErrIncident):
			err = out.Bad(in.Place(), err, cut(string(in.Raw()[:min(len(in.Raw()), most)])))
		case err == nil:
			i := &iodefIncident{classes: classes, out: out, raw: in.Raw()}
			err = i.give(inc)
		}
		if err != nil {
			return err
		}
	}
}

// iodefIncident is an incident while its events are made.
type iodefIncident struct {
	classes *class.Tables
	out     Out
	raw     []byte
	given   int
}

// iodefContext is what is said of something, and of what it stands in.
type iodefContext struct {
	restriction, extRestriction string
	times                       [5]time.Time // as in iodefTimes
	description                 []iodef.Text
	assessment                  []iodef.Assessment
	method                      []iodef.Method
	roles                       []iodef.NodeRole
	pairs                       []pair         // what goes to the extra ones
	base                        *intelmq.Event // of all that, once it is settled
}

// iodefTimes are the names of the times, what comes first standing best for when it was.
var iodefTimes = [5]string{"DetectTime", "StartTime", "ReportTime", "EndTime", "RecoveryTime"}

// give gives the events of an incident. One that names no system and no indicator is one event.
func (i *iodefIncident) give(inc *iodef.Incident) error {
	if err := i.incident(inc); err != nil || i.given > 0 {
		return err
	}
	return i.event(i.settled(incidentContext(inc), inc), nil)
}

func (i *iodefIncident) incident(inc *iodef.Incident) error {
	c := incidentContext(inc)
	for k := range inc.EventData {
		if err := i.eventData(c, inc, &inc.EventData[k]); err != nil {
			return err
		}
	}
	if inc.IndicatorData == nil {
		return nil
	}
	for k := range inc.IndicatorData.Indicator {
		if err := i.indicator(c, inc, &inc.IndicatorData.Indicator[k]); err != nil {
			return err
		}
	}
	return nil
}

// incidentContext is what an incident says of all that stands in it.
func incidentContext(inc *iodef.Incident) iodefContext {
	c := iodefContext{restriction: "private", description: inc.Description, assessment: inc.Assessment, method: inc.Method,
		times: [5]time.Time{inc.DetectTime, inc.StartTime, inc.ReportTime, inc.EndTime, inc.RecoveryTime}}
	c.restrict(inc.Restricted)
	c.pairs = []pair{textPair("", "iodef.purpose", inc.Purpose), textPair("", "iodef.ext-purpose", inc.ExtPurpose), textPair("", "iodef.status", inc.Status),
		textPair("", "iodef.ext-status", inc.ExtStatus), textPair("", "iodef.IncidentID.name", inc.IncidentID.Name),
		textPair("", "iodef.IncidentID.instance", inc.IncidentID.Instance), {"", "iodef.GenerationTime", intelmq.Moment(inc.GenerationTime)}}
	if inc.AlternativeID != nil {
		c.pairs = append(c.pairs, treePair("iodef.AlternativeID", inc.AlternativeID.IncidentID))
	}
	c.pairs = append(c.pairs, treePair("iodef.RelatedActivity", inc.RelatedActivity), treePair("iodef.Discovery", inc.Discovery),
		treePair("iodef.Contact", inc.Contact), treePair("iodef.AdditionalData", inc.AdditionalData))
	return c
}

// within is the context of an event in the one that holds it.
func (c iodefContext) within(ed *iodef.EventData) iodefContext {
	c.restrict(ed.Restricted)
	for k, t := range [5]time.Time{ed.DetectTime, ed.StartTime, ed.ReportTime, ed.EndTime, ed.RecoveryTime} {
		if !t.IsZero() {
			c.times[k] = t
		}
	}
	c.description = slices.Concat(c.description, ed.Description)
	c.method = slices.Concat(ed.Method, c.method)
	if ed.Assessment != nil { // the closer one tells the class first
		c.assessment = slices.Concat([]iodef.Assessment{*ed.Assessment}, c.assessment)
	}
	c.pairs = slices.Concat(c.pairs, []pair{treePair("iodef.Expectation", ed.Expectation), treePair("iodef.EventData.Discovery", ed.Discovery),
		treePair("iodef.EventData.Contact", ed.Contact), treePair("iodef.EventData.AdditionalData", ed.AdditionalData)})
	if ed.Record != nil {
		c.pairs = append(c.pairs, treePair("iodef.RecordData", ed.Record.RecordData))
	}
	return c
}

// restrict takes a restriction that is said in place of the one that is inherited.
func (c *iodefContext) restrict(r iodef.Restricted) {
	if r.Restriction != "" {
		c.restriction, c.extRestriction = r.Restriction, r.ExtRestriction
	}
}

// iodefTLP are the labels of restrictions. "default" is what was agreed upon beforehand, which a report does not know;
// a word of an extension is not understood, and held to be as strict as can be.
var iodefTLP = map[string]values.TLP{"public": values.TLPClear, "white": values.TLPClear, "partner": values.TLPGreen, "green": values.TLPGreen,
	"need-to-know": values.TLPAmber, "amber": values.TLPAmber, "private": values.TLPRed, "red": values.TLPRed, "ext-value": values.TLPRed}

// settled gives a context the event that all events in it begin as.
func (i *iodefIncident) settled(c iodefContext, inc *iodef.Incident) iodefContext {
	var e intelmq.Event
	e.Set(intelmq.ReportID, intelmq.Value{Text: inc.IncidentID.Name + "/" + strings.TrimSpace(inc.IncidentID.ID)})
	when := inc.GenerationTime
	pairs := []pair{textPair("event_description.text", "iodef.Description", joined(c.description)), textPair("severity", "", c.worst()),
		treePair("iodef.Assessment", c.assessment), treePair("iodef.Method", c.method)}
	for k := len(c.times) - 1; k >= 0; k-- {
		if t := c.times[k]; !t.IsZero() {
			when = t
			pairs = append(pairs, pair{"", "iodef." + iodefTimes[k], intelmq.Moment(t)})
		}
	}
	e.Set("time.source", intelmq.Moment(when))
	fill(&e, slices.Concat(pairs, c.references(), c.pairs))
	c.base = &e
	i.mark(&c)
	return c
}

// mark puts the class and the marking of a context into its event.
func (i *iodefIncident) mark(c *iodefContext) {
	setClass(c.base, i.classes, c.hints(i.classes))
	c.base.Set(intelmq.Extra+"iodef.restriction", intelmq.Value{Text: c.restriction})
	c.base.Delete(intelmq.Extra + "iodef.ext-restriction")
	addExtra(c.base, "iodef.ext-restriction", intelmq.Value{Text: c.extRestriction})
	c.base.Delete("tlp")
	if tlp, known := iodefTLP[c.restriction]; known {
		_ = c.base.Add("tlp", tlp.Label()) // each is one that the field takes
	}
}

const (
	fullEvents = 1000 // of an incident; those behind them leave out what is long
	longField  = 256  // octets
)

// event gives one event of a context, with what is said of its observables.
func (i *iodefIncident) event(c iodefContext, of []pair) error {
	e := c.base.Clone()
	fill(e, of)
	raw := i.raw
	if i.given++; i.given > 1 && len(raw) > longestExtra { // the first has it whole
		raw = raw[:most]
	}
	if i.given > fullEvents {
		for _, f := range slices.Clone(e.Fields()) {
			if len(f.Value.Text) > longField {
				e.Delete(f.Key)
			}
		}
	}
	return i.out.Event(e, raw)
}

// mostHints is how many words are asked for the class of something.
const mostHints = 50

// hints are what may tell the class: categories in words, roles of nodes, impacts.
func (c *iodefContext) hints(classes *class.Tables) (hints []hint) {
	for _, a := range c.assessment {
		for _, category := range a.IncidentCategory {
			text := strings.TrimSpace(category.Value)
			if code, known := classes.ByType(strings.ToLower(text)); known {
				text = code.String()
			}
			// as a machine tag, as the classes of others, as CERT-In's categories
			hints = append(hints, hint{"iodef", "category/" + text}, hint{"rsit", text}, hint{"intelmq", text}, hint{"ecsirt", text}, hint{"cert-in", text})
		}
	}
	for _, r := range c.roles {
		hints = append(hints, hint{"iodef", "node-role/" + r.Category})
	}
	for _, a := range c.assessment {
		for _, s := range a.SystemImpact {
			if s.Completion == "failed" {
				hints = append(hints, hint{"iodef", "failed/" + s.Type})
			}
			hints = append(hints, hint{"iodef", "system-impact/" + s.Type})
		}
		for _, b := range slices.Concat(a.BusinessImpact, a.IntendedImpact) {
			hints = append(hints, hint{"iodef", "business-impact/" + b.Type})
		}
	}
	return hints[:min(len(hints), mostHints)]
}

// worst is the highest severity of impacts on systems.
func (c *iodefContext) worst() (worst string) {
	order := []string{"", "low", "medium", "high"}
	for _, a := range c.assessment {
		for _, s := range a.SystemImpact {
			if slices.Index(order, s.Severity) > slices.Index(order, worst) {
				worst = s.Severity
			}
		}
	}
	return worst
}

// references gives what methods refer to: vulnerabilities by their names, pages.
func (c *iodefContext) references() (pairs []pair) {
	for _, m := range c.method {
		for _, r := range m.Reference {
			if name := r.ReferenceName; name != nil && strings.HasPrefix(strings.ToUpper(name.ID), "CVE-") {
				pairs = append(pairs, textPair("product.vulnerabilities", "iodef.Reference.ID", name.ID))
			} else if name != nil {
				pairs = append(pairs, textPair("", "iodef.Reference.ID", name.ID))
			}
			for _, u := range r.URL {
				pairs = append(pairs, textPair("event_description.url", "iodef.Reference.URL", u))
			}
		}
		for _, v := range slices.Concat(m.Vulnerability, m.Weakness, m.AttackPattern) {
			pairs = append(pairs, textPair("", "iodef.Method.ContentID", v.ContentID))
		}
	}
	return pairs
}

// joined gives texts below one another.
func joined(list []iodef.Text) string {
	lines := make([]string, len(list))
	for k, t := range list {
		lines[k] = strings.TrimSpace(t.Value)
	}
	return strings.Join(lines, "\n")
}

// treePair gives parts of a document as JSON. What is large is left to the raw report, for it would stand in every event.
func treePair[T any](name string, list []T) pair {
	if len(list) == 0 || len(list) > 100 {
		return pair{}
	}
	all := jsontree.List()
	for k := range list {
		all.Items = append(all.Items, iodef.Tree(&list[k]))
	}
	p := jsonPair("", name, &all)
	if len(p.value.Text) > most {
		return pair{}
	}
	return p
}
