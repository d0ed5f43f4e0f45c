package intake

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"pahra/internal/desk/class"
	"pahra/wire/intelmq"
	"pahra/wire/jsontree"
	"pahra/wire/n6"
	"pahra/wire/objects"
	"pahra/wire/values"
)

// readN6 reads events of n6: a list of them, or one a line.
func readN6(r io.Reader, _ Options, out Out) error {
	classes, err := class.Load()
	if err != nil {
		return err
	}
	in := objects.NewReader(r, n6.MaxSize)
	for {
		text, err := in.Next()
		var e *n6.Event
		switch {
		case err == nil:
			e, err = n6.Parse(text)
		case !errors.Is(err, objects.ErrObject):
			return end(err)
		}
		if err == nil {
			err = giveN6(e, classes, text, out)
		} else {
			err = out.Bad(fmt.Sprintf("line %d, event %d", in.Line(), in.Number()), err, cut(string(text)))
		}
		if err != nil {
			return err
		}
	}
}

// n6TLP are the labels of n6's restrictions.
var n6TLP = map[string]values.TLP{"public": values.TLPClear, "need-to-know": values.TLPAmber, "internal": values.TLPRed}

// giveN6 gives an event for each address that an event of n6 comes from; if it names none of those, one.
func giveN6(of *n6.Event, classes *class.Tables, raw []byte, out Out) error {
	var base intelmq.Event
	setClass(&base, classes, []hint{{"n6", of.Category}})
	base.Set(intelmq.ReportID, intelmq.Value{Text: of.ID})
	base.Set("time.source", intelmq.Moment(of.Time))
	if tlp, known := n6TLP[of.Restriction]; known {
		_ = base.Add("tlp", tlp.Label()) // each is one that the field takes
	}
	sources, targets := []n6.Address{}, []n6.Address{}
	for _, a := range of.Address {
		if a.Dir == "dst" {
			targets = append(targets, a)
		} else {
			sources = append(sources, a)
		}
	}
	common := n6Pairs(of)
	if len(targets) == 1 {
		common = append(common, n6Address("destination", targets[0])...)
	} else {
		for _, a := range targets {
			common = append(common, textPair("", "n6.dst", a.IP.String()))
		}
	}
	if len(sources) == 0 {
		sources = append(sources, n6.Address{})
	}
	for _, a := range sources {
		e := base.Clone()
		fill(e, append(slices.Clone(common), n6Address("source", a)...))
		if err := out.Event(e, raw); err != nil {
			return err
		}
	}
	return nil
}

// n6Address says what is known of an address.
func n6Address(side string, a n6.Address) []pair {
	if !a.IP.IsValid() {
		return nil
	}
	pairs := []pair{textPair(side+".ip", "n6.ip", a.IP.String()), textPair(side+".geolocation.cc", "n6.cc", a.CC), textPair(side+".reverse_dns", "n6.rdns", a.RDNS)}
	if a.ASN != 0 {
		pairs = append(pairs, textPair(side+".asn", "n6.asn", strconv.FormatUint(uint64(a.ASN), 10)))
	}
	return pairs
}

// n6Malware are the categories whose events are named after malware.
var n6Malware = []string{"bots", "cnc", "dns-query", "malurl", "malware-action", "sandbox-url", "webinject", "backdoor"}

// n6Pairs says what an event says beside its addresses.
func n6Pairs(of *n6.Event) []pair {
	name := "classification.identifier"
	if slices.Contains(n6Malware, of.Category) {
		name = "malware.name"
	}
	pairs := []pair{textPair("", "n6.source", of.Source), textPair("", "n6.category", of.Category), textPair("", "n6.confidence", of.Confidence),
		textPair("", "n6.restriction", of.Restriction), textPair("", "n6.type", of.Type), textPair(name, "n6.name", of.Name),
		textPair("source.url", "n6.url", of.URL), textPair("source.fqdn", "n6.fqdn", of.FQDN), textPair("source.fqdn", "", hostOf(of.URL)),
		textPair("protocol.transport", "n6.proto", of.Proto), textPair("", "n6.adip", of.ADIP), textPair("malware.hash.md5", "n6.md5", of.MD5),
		textPair("malware.hash.sha1", "n6.sha1", of.SHA1), textPair("malware.hash.sha256", "n6.sha256", of.SHA256), textPair("", "n6.origin", of.Origin),
		textPair("event_description.target", "n6.target", of.Target), textPair("", "n6.action", of.Action), textPair("source.account", "n6.username", of.Username),
		textPair("source.account", "n6.email", of.Email), textPair("status", "n6.status", of.Status), textPair("", "n6.replaces", of.Replaces)}
	if of.DIP.IsValid() {
		pairs = append(pairs, textPair("destination.ip", "n6.dip", netip.Addr.String(of.DIP)))
	}
	for _, p := range []struct {
		field, extra string
		port         int
	}{{"source.port", "n6.sport", of.SPort}, {"destination.port", "n6.dport", of.DPort}} {
		if p.port >= 0 {
			pairs = append(pairs, textPair(p.field, p.extra, strconv.Itoa(p.port)))
		}
	}
	for _, t := range []struct {
		extra string
		at    time.Time
	}{{"n6.until", of.Until}, {"n6.expires", of.Expires}, {"n6.modified", of.Modified}} {
		if !t.at.IsZero() {
			pairs = append(pairs, pair{"", t.extra, intelmq.Moment(t.at)})
		}
	}
	if of.Count > 0 {
		pairs = append(pairs, pair{"", "n6.count", intelmq.Value{Text: strconv.FormatInt(of.Count, 10), Kind: intelmq.Int}})
	}
	for _, name := range slices.Sorted(maps.Keys(of.Fields)) {
		if v, err := jsontree.Parse(of.Fields[name], jsontree.Limits{Size: n6.MaxSize, Depth: 100, Values: 100_000}); err == nil {
			pairs = append(pairs, flatten("n6."+name, &v, 0)...)
		}
	}
	return pairs
}
