package intake

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"pahra/internal/desk/class"
	"pahra/wire/intelmq"
	"pahra/wire/misp"
	"pahra/wire/stix"
	"pahra/wire/values"
)

// readMISP reads events of MISP: each attribute that is meant for detection, and each object that has one. What else MISP
// hands on (notes, proposals, clusters, sharing groups) gives no events.
func readMISP(r io.Reader, _ Options, out Out) error {
	classes, err := class.Load()
	if err != nil {
		return err
	}
	in := misp.NewReader(r)
	for {
		rec, err := in.Next()
		var bad *misp.BadRecord
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &bad):
			err = out.Bad(fmt.Sprintf("record %d", bad.Number), bad.Reason, cut(string(bad.Text)))
		case err == nil:
			m := mispReport{classes: classes, out: out}
			err = m.take(rec)
		}
		if err != nil {
			return err
		}
	}
}

// mispReport is one event while it is read.
type mispReport struct {
	classes *class.Tables
	out     Out
	event   misp.Event
	place   string
	base    intelmq.Event // what all its events have

	tagged   []misp.Tag
	clusters []misp.Cluster
	tlp      values.TLP
	pap      values.PAP
}

func (m *mispReport) take(rec *misp.Record) error {
	event, is := rec.Event()
	m.event = event
	m.place = fmt.Sprintf("event %d (%.60s)", rec.Number, event.UUID())
	switch loose := rec.Kind == "" && (rec.Tree.Get("Attribute") != nil || rec.Tree.Get("Object") != nil); {
	case is:
		if faults := event.Check(); len(faults) > 0 {
			return m.out.Bad(m.place, mispError(faults), cut(string(rec.Append(nil))))
		}
	case rec.Kind == "" && !loose:
		return m.out.Bad(fmt.Sprintf("record %d", rec.Number), errors.New("it is no event of MISP"), cut(string(rec.Append(nil))))
	case !loose:
		return nil
	}
	m.describe()
	for i, a := range event.Attributes() {
		if err := m.attribute(fmt.Sprintf("%s, attribute %d", m.place, i+1), a); err != nil {
			return err
		}
	}
	for i, o := range event.Objects() {
		if err := m.object(fmt.Sprintf("%s, object %d", m.place, i+1), o); err != nil {
			return err
		}
	}
	return nil
}

// Bounds of what stands in all events of one report of MISP.
const (
	longestInfo = 2 << 10
	mostTags    = 50
)

// describe puts in what all events of the report have.
func (m *mispReport) describe() {
	e := &m.base
	_ = e.Add("misp.event_uuid", m.event.UUID()) // Check has looked at it, and it may be missing
	if m.event.UUID() != "" {
		e.Set(intelmq.ReportID, intelmq.Value{Text: m.event.UUID()})
	}
	info := m.event.Info()
	_ = e.Add("event_description.text", strings.ToValidUTF8(info[:min(len(info), longestInfo)], ""))
	if level := m.event.ThreatLevel(); level < 4 {
		_ = e.Add("severity", [...]string{1: "high", 2: "medium", 3: "low"}[level])
	}
	for _, org := range []struct {
		name string
		of   misp.Org
	}{{"orgc", m.event.Creator()}, {"org", m.event.Owner()}} {
		addExtra(e, "misp."+org.name, short(org.of.Name()))
		addExtra(e, "misp."+org.name+"_uuid", short(org.of.UUID()))
	}
	if date := m.event.Date(); date != "" {
		addExtra(e, "misp.date", short(date))
	}
	if g, is := m.event.SharingGroup(); is {
		addExtra(e, "misp.sharing_group", short(g.UUID()))
	}
	for _, a := range m.event.Attributes() {
		if _, there := e.Get("event_description.url"); !there && a.Type() == "link" && len(a.Value()) < longestInfo {
			_ = e.Add("event_description.url", a.Value()) // it stands in the raw report
		}
	}
	tags, clusters := m.event.Tags(), m.event.Galaxies()
	m.tlp, m.pap = misp.TLPOf(tags), misp.PAPOf(tags)
	m.tagged, m.clusters = tags[:min(len(tags), mostTags)], clusters[:min(len(clusters), mostTags)]
}

// short makes a text of what should be short.
func short(s string) intelmq.Value {
	return intelmq.Value{Text: strings.ToValidUTF8(s[:min(len(s), longestInfo)], "")}
}

// malwareGalaxies are those whose clusters name malware.
var malwareGalaxies = map[string]bool{"malware": true, "malpedia": true, "ransomware": true, "rat": true, "botnet": true, "banker": true, "stealer": true,
	"android": true, "backdoor": true, "exploit-kit": true, "mitre-malware": true, "mitre-enterprise-attack-malware": true, "mitre-mobile-attack-malware": true}

func (m *mispReport) galaxy(e *intelmq.Event, galaxy, value string) {
	if _, there := e.Get("malware.name"); !there && malwareGalaxies[galaxy] && len(value) < longestInfo {
		_ = e.Add("malware.name", value) // what is no ASCII stands in the tags
	}
}

// tags puts tags in and gives what they say of the class.
func (m *mispReport) tags(e *intelmq.Event, tags []misp.Tag) []hint {
	var names []string
	var hints []hint
	for _, t := range tags {
		name := t.Name()
		if name == "" || len(names) == mostTags || len(name) > longestInfo {
			continue
		}
		names = append(names, name)
		hints = append(hints, hint{"misp", "tag/" + name}, hint{"stix", "label/" + name})
		space, predicate, value, ok := t.Machine()
		if !ok {
			continue
		}
		switch {
		case space == "ecsirt":
			hints = append(hints, hint{"ecsirt", predicate + "/" + value})
		case space == "veris":
			action := strings.TrimSuffix(strings.TrimPrefix(predicate, "action:"), ":variety")
			hints = append(hints, hint{"veris", action + "." + value})
		case space == "kill-chain":
			hints = append(hints, hint{"misp", "kill-chain/" + predicate})
		case space == "circl" && predicate == "incident-classification":
			hints = append(hints, hint{"misp", "circl:incident-classification/" + value})
		case space == "misp-galaxy":
			m.galaxy(e, predicate, value)
		case space == "admiralty-scale" && predicate == "information-credibility":
			if n, ok := stix.Admiralty.Value(value); ok {
				addExtra(e, "misp.confidence", intelmq.Value{Text: fmt.Sprint(n), Kind: intelmq.Int})
			}
		}
	}
	addExtra(e, "misp.tags", textsOf(names))
	return hints
}

// mark puts in the most restrictive labels of the event's tags and of those below it.
func (m *mispReport) mark(e *intelmq.Event, tags []misp.Tag) {
	if label := max(m.tlp, misp.TLPOf(tags)); label != values.NoTLP {
		_ = e.Add("tlp", label.Label()) // each is one that the field takes
	}
	if label := max(m.pap, misp.PAPOf(tags)); label != values.NoPAP {
		addExtra(e, "pap", intelmq.Value{Text: label.String()})
	}
}

// mispTime is when what an attribute tells of was last so.
func (m *mispReport) mispTime(a misp.Attribute) (t time.Time, ok bool) {
	for _, at := range [...]func() (time.Time, bool){a.LastSeen, a.FirstSeen, a.Time, m.event.Time} {
		if t, ok := at(); ok {
			return t, true
		}
	}
	t, err := time.Parse(time.DateOnly, m.event.Date())
	return t, err == nil
}

// mispError says what is wrong.
func mispError(faults []misp.Fault) error {
	var texts []string
	for _, f := range faults {
		texts = append(texts, f.String())
	}
	return errors.New(strings.Join(texts[:min(len(texts), 3)], "; "))
}
