package intake

import (
	"slices"
	"strings"

	"pahra/wire/intelmq"
	"pahra/wire/jsontree"
	"pahra/wire/stix"
	"pahra/wire/stix/pattern"
)

// indicatorGroups gives the observables of an indicator. What is good points at nobody. A pattern in another language, or
// one that names no value, gives one group with nothing in it: the pattern stands in extra.stix.pattern.
func (s *stixReport) indicatorGroups(o *stix.Object) ([][]pair, error) {
	if slices.Contains(o.List("indicator_types"), "benign") || slices.Contains(o.List("labels"), "benign") {
		return nil, nil
	}
	if typ := o.Text("pattern_type"); typ != "stix" && typ != "" {
		return [][]pair{{}}, nil
	}
	p, err := pattern.Parse(o.Text("pattern"))
	if err != nil {
		return nil, err
	}
	groups, err := observationGroups(p.Root)
	if err != nil {
		return nil, err
	}
	var out [][]pair
	for _, g := range groups {
		if len(g) > 0 {
			out = append(out, sided(g))
		}
	}
	if out == nil {
		out = [][]pair{{}}
	}
	return out, nil
}

// observationGroups gives the groups of each observation of a pattern, whatever joins them.
func observationGroups(o *pattern.Observation) ([][]pair, error) {
	if o.Op == pattern.One {
		return comparisonGroups(o.Comparison)
	}
	var all [][]pair
	for _, part := range o.Parts {
		groups, err := observationGroups(part)
		if err != nil {
			return nil, err
		}
		if all = append(all, groups...); len(all) > mostObservables {
			return nil, tooMany()
		}
	}
	return all, nil
}

// comparisonGroups gives what a comparison says as alternatives, each a group of what is said together.
func comparisonGroups(c *pattern.Comparison) ([][]pair, error) {
	if len(c.Parts) == 0 {
		return testGroups(c), nil
	}
	var all [][]pair
	for i, part := range c.Parts {
		groups, err := comparisonGroups(part)
		if err != nil {
			return nil, err
		}
		if i == 0 || c.Op != pattern.And {
			all = append(all, groups...)
		} else {
			if len(all)*len(groups) > mostObservables {
				return nil, tooMany()
			}
			var both [][]pair
			for _, a := range all {
				for _, b := range groups {
					both = append(both, append(slices.Clone(a), b...))
				}
			}
			all = both
		}
		if len(all) > mostObservables {
			return nil, tooMany()
		}
	}
	return all, nil
}

// testGroups gives a group for each value of a test that says what something is; a test of another kind one empty group.
func testGroups(c *pattern.Comparison) [][]pair {
	says := c.Op == pattern.Equal || c.Op == pattern.In || c.Op == pattern.IsSubset
	if c.Negated || !says || len(c.Values) == 0 {
		return [][]pair{{}}
	}
	groups := make([][]pair, len(c.Values))
	for i, v := range c.Values {
		if p, ok := pathPair(c.Path, v); ok {
			groups[i] = []pair{p}
		}
	}
	return groups
}

// Sides of network traffic, until it is known which of them a report names.
const (
	src = "src"
	dst = "dst"
)

// pathFields are the fields of object paths, with indexes left out.
var pathFields = map[string]string{
	"domain-name:value": "source.fqdn", "url:value": "source.url", "email-addr:value": "source.account", "email-message:from_ref.value": "source.account",
	"email-message:sender_ref.value": "source.account", "autonomous-system:number": "source.asn", "autonomous-system:name": "source.as_name",
	"user-account:account_login": "source.account", "user-account:user_id": "source.account", "network-traffic:src_port": src + ".port",
	"network-traffic:dst_port": dst + ".port", "artifact:url": "source.url",
}

// addressPaths are the object paths that hold an address, or a name in its place.
var addressPaths = map[string]string{"ipv4-addr:value": "source", "ipv6-addr:value": "source", "domain-name:resolves_to_refs.value": "source",
	"network-traffic:src_ref.value": src, "network-traffic:dst_ref.value": dst}

// pathPair gives the pair of an object path with a value. Types of references say nothing that their values do not.
func pathPair(path pattern.Path, v pattern.Literal) (pair, bool) {
	var names []string
	for _, step := range path.Steps {
		if step.Name != "" {
			names = append(names, step.Name)
		}
	}
	key := path.Type + ":" + strings.Join(names, ".")
	extra := path.Type + "." + strings.Join(names, ".")
	last := names[len(names)-1]
	switch {
	case last == "type" && len(names) > 1 || secret(path.Type, last):
		return pair{}, false
	case key == "network-traffic:protocols":
		return protocolPair(extra, v.Text), true
	case addressPaths[key] != "":
		p := addressPair(addressPaths[key], extra, v.Text)
		if strings.HasPrefix(key, "network-traffic:") && strings.ContainsAny(strings.ToLower(v.Text), "ghijklmnopqrstuvwxyz") {
			p.field = addressPaths[key] + ".fqdn"
		}
		return p, true
	case (path.Type == "file" || path.Type == "artifact") && len(names) > 1 && names[len(names)-2] == "hashes":
		return hashPair(last, extra, v.Text), true
	}
	p := textPair(pathFields[key], extra, v.Text)
	switch v.Kind {
	case pattern.Integer:
		p.value.Kind = intelmq.Int
		p.value.Text = strings.TrimPrefix(v.Text, "+")
	case pattern.Truth:
		p.value.Kind = intelmq.Bool
	}
	return p, true
}

// secret tells whether a property holds a password, which no event does.
func secret(typ, name string) bool {
	return typ == "user-account" && name == "credential" || name == "decryption_key"
}

// protocolPair gives the pair of a protocol of network traffic.
func protocolPair(extra, name string) pair {
	switch name = strings.ToLower(name); name {
	case "ipv4", "ipv6", "ethernet", "ieee802.3":
		return textPair("", extra, name)
	case "tcp", "udp", "icmp", "ipv6-icmp", "sctp":
		return textPair("protocol.transport", extra, name)
	}
	return textPair("protocol.application", extra, name)
}

// sided decides which side of network traffic is the source: the side that sent, or if only one side is named that one,
// for it is what the report is about.
func sided(group []pair) []pair {
	named := func(side string) bool {
		return slices.ContainsFunc(group, func(p pair) bool {
			return strings.HasPrefix(p.field, side+".") && p.field != side+".port"
		})
	}
	to := map[string]string{src: "source", dst: "destination"}
	if fromPort := slices.ContainsFunc(group, func(p pair) bool { return p.field == src+".port" }); !named(src) && (named(dst) || !fromPort) {
		to = map[string]string{src: "destination", dst: "source"}
	}
	out := slices.Clone(group)
	for i := range out {
		side, field, _ := strings.Cut(out[i].field, ".")
		if to[side] != "" {
			out[i].field = to[side] + "." + field
		}
	}
	return out
}

// observedGroups gives the observables of observed data: one group for each object that no other refers to, with what it
// refers to.
func (s *stixReport) observedGroups(o *stix.Object) [][]pair {
	find := s.find
	refs := o.List("object_refs")
	if inside := o.Get("objects"); inside.Is(jsontree.Object) {
		refs = refs[:0]
		for i := range inside.Members {
			refs = append(refs, inside.Members[i].Name)
		}
		find = func(ref string) *stix.Object {
			if v := inside.Get(ref); v != nil {
				return &stix.Object{Tree: *v}
			}
			return nil
		}
	}
	part := map[string]bool{}
	for _, ref := range refs {
		if of := find(ref); of != nil {
			for _, name := range [...]string{"src_ref", "dst_ref", "from_ref", "sender_ref"} {
				part[of.Text(name)] = true
			}
		}
	}
	var groups [][]pair
	for _, ref := range refs {
		if of := find(ref); of != nil && !part[ref] && len(groups) < mostObservables {
			if pairs := observablePairs(of, find); len(pairs) > 0 {
				groups = append(groups, pairs)
			}
		}
	}
	return groups
}

// observablePairs gives what an observable says, of what it refers to the addresses.
func observablePairs(o *stix.Object, find func(string) *stix.Object) []pair {
	var pairs []pair
	for i := range o.Tree.Members {
		m := &o.Tree.Members[i]
		path := o.Type() + ":" + m.Name
		switch m.Name {
		case "type", "id", "spec_version", "object_marking_refs", "granular_markings", "defanged", "payload_bin", "extensions":
		case "src_ref", "dst_ref", "from_ref", "sender_ref":
			if to := find(m.Value.Str()); to != nil {
				pairs = append(pairs, literalPair(path+".value", to.Get("value"))...)
			}
		case "hashes":
			for j := range m.Value.Members {
				pairs = append(pairs, literalPair(path+"."+m.Value.Members[j].Name, &m.Value.Members[j].Value)...)
			}
		case "protocols":
			for j := range m.Value.Items {
				pairs = append(pairs, literalPair(path, &m.Value.Items[j])...)
			}
		default:
			if !strings.HasSuffix(m.Name, "_ref") && !strings.HasSuffix(m.Name, "_refs") {
				pairs = append(pairs, literalPair(path, &m.Value)...)
			}
		}
	}
	return sided(pairs)
}

// literalPair gives the pair of a path and a value of JSON.
func literalPair(path string, v *jsontree.Value) []pair {
	typ, name, _ := strings.Cut(path, ":")
	var steps []pattern.Step
	for n := range strings.SplitSeq(name, ".") {
		steps = append(steps, pattern.Step{Name: n})
	}
	if v.Is(jsontree.String) {
		p, ok := pathPair(pattern.Path{Type: typ, Steps: steps}, pattern.Literal{Kind: pattern.Text, Text: v.Text})
		if !ok {
			return nil
		}
		return []pair{p}
	}
	if v == nil || v.Kind == jsontree.Null || secret(typ, name) {
		return nil
	}
	return []pair{jsonPair(pathFields[path], typ+"."+name, v)}
}
