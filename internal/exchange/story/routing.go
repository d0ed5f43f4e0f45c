package story

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"pahra/internal/desk/class"
	"pahra/internal/exchange"
	"pahra/internal/watch"
	"pahra/wire/jsontree"
	"pahra/wire/stix"
	"pahra/wire/values"
)

// routing is the member of Pahra's extension that holds a routing incident, as "pahra observe" writes it.
const routing = "routing"

// mostPrefixes is how many prefixes an item of a routing incident has.
const mostPrefixes = MostObjects - 12

// Class gives the class of a routing incident. The RSIT knows no routing: who announces the addresses of others, or in their name,
// masquerades; what else should not have been announced is a misconfiguration.
func Class(kind watch.Kind) class.Code {
	if kind == watch.Hijack {
		return class.Code{Class: "fraud", Type: "masquerade"}
	}
	return class.Code{Class: "availability", Type: "misconfiguration"}
}

// Routing makes the items of a routing incident: the incident, what was observed (the announcing network, the victim, the prefixes), each of
// at most MostObjects; all items but the first have only the other prefixes. The head's key and name are the incident's.
func Routing(in *watch.Incident, h Head, label values.TLP) (items [][]*stix.Object, err error) {
	all, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("writing incident %s: %w", in.ID, err)
	}
	tree, err := jsontree.Parse(all, jsontree.Limits{Size: 32 << 20, Depth: 64, Values: 1 << 20})
	if err != nil {
		return nil, fmt.Errorf("writing incident %s: %w", in.ID, err)
	}
	h.Key = in.ID
	if h.Name == "" {
		h.Name = strings.ReplaceAll(string(in.Kind), "-", " ") + " by AS" + in.ASN.String()
	}
	rest := in.Prefixes
	for first := true; first || len(rest) > 0; first = false {
		i := newItem(h, strconv.Itoa(len(items)), label)
		i.begin()
		n := min(len(rest), mostPrefixes)
		var own []jsontree.Member
		if first {
			own = []jsontree.Member{extension(jsontree.Member{Name: routing, Value: tree})}
		}
		i.routing(in, n, rest, own)
		items, rest = append(items, i.objects), rest[n:]
	}
	return items, nil
}

// routing puts in an incident with the first n of some prefixes.
func (i *item) routing(in *watch.Incident, n int, prefixes []netip.Prefix, own []jsontree.Member) {
	refs := []string{i.observable("autonomous-system", number("number", int64(in.ASN)))}
	if in.Victim != nil {
		refs = append(refs, i.observable("autonomous-system", number("number", int64(*in.Victim))))
	}
	for _, a := range in.Accomplices[:min(len(in.Accomplices), 4)] {
		refs = append(refs, i.observable("autonomous-system", number("number", int64(a.ASN))))
	}
	for _, p := range prefixes[:n] {
		refs = append(refs, i.address(p.Masked().String()))
	}
	slices.Sort(refs)
	refs = slices.DeleteFunc(slices.Compact(refs), func(id string) bool { return id == "" })
	tag := list("labels", Class(in.Kind).Tag())
	end := in.Start
	if in.End != nil && in.End.After(end) {
		end = *in.End
	}
	seen := i.object("observed-data", "", stamp("first_observed", in.Start), stamp("last_observed", end), number("number_observed", int64(max(1, min(len(in.Peers), 999999999)))), list("object_refs", refs...), tag)
	incident := i.object("incident", "", append([]jsontree.Member{text("name", i.head.Name), text("description", i.routingText(in)), tag}, own...)...)
	i.relate(seen, "related-to", incident)
}

func (i *item) routingText(in *watch.Incident) string {
	if i.head.Description != "" {
		return i.head.Description
	}
	return fmt.Sprintf("%s, seen by %d peers, %s, %d prefixes, confidence %.2f", in.Kind, len(in.Peers), in.Status, len(in.Prefixes), in.Confidence)
}

// ReadRouting gives back a routing incident of an item; nil where it holds none.
func ReadRouting(objects []*stix.Object) (*watch.Incident, error) {
	for _, o := range objects {
		v := o.Get("extensions").Get(exchange.StixExtension).Get(routing)
		if o.Type() != "incident" || v == nil {
			continue
		}
		in := new(watch.Incident)
		if err := json.Unmarshal(v.Append(nil), in); err != nil {
			return nil, errors.Join(fmt.Errorf("reading %s", o.ID()), err)
		}
		return in, nil
	}
	return nil, nil
}
