package intake

import (
	"fmt"
	"slices"
	"strings"

	"pahra/wire/intelmq"
	"pahra/wire/misp"
)

// attribute gives the event of an attribute that stands alone, if it is meant for detection.
func (m *mispReport) attribute(place string, a misp.Attribute) error {
	if faults := a.Check(); len(faults) > 0 {
		return m.out.Bad(fmt.Sprintf("%s (%.60s)", place, a.UUID()), mispError(faults), cut(string(a.Tree.Append(nil))))
	}
	if !a.ToIDs() || a.Deleted() {
		return nil
	}
	e := m.base.Clone()
	m.complete(e, a)
	fill(e, sided(attributePairs(a, "misp.")))
	return m.out.Event(e, a.Tree.Append(nil))
}

// complete puts in what an attribute says beside its value.
func (m *mispReport) complete(e *intelmq.Event, a misp.Attribute) {
	_ = e.Add("misp.attribute_uuid", a.UUID()) // Check has looked at it, and it may be missing
	addExtra(e, "misp.category", short(a.Category()))
	addExtra(e, "misp.type", short(a.Type()))
	_ = e.Add("comment", short(a.Comment()).Text)
	d := a.Distribution()
	if d == misp.Inherit {
		d = m.event.Distribution()
	}
	if m.event.Tree.Get("distribution") != nil || d != misp.Organisation {
		addExtra(e, "misp.distribution", intelmq.Value{Text: fmt.Sprint(int8(d)), Kind: intelmq.Int})
	}
	if g, is := a.SharingGroup(); is {
		addExtra(e, "misp.sharing_group", short(g.UUID()))
	}
	if t, ok := m.mispTime(a); ok {
		e.Set("time.source", intelmq.Moment(t))
	}
	for _, c := range a.Galaxies() {
		m.galaxy(e, c.Galaxy, c.Value())
	}
	tags := a.Tags()
	m.mark(e, tags)
	hints := m.tags(e, slices.Concat(tags, m.tagged))
	for _, c := range m.clusters {
		m.galaxy(e, c.Galaxy, c.Value())
	}
	setClass(e, m.classes, append(hints, hint{"misp", a.Category() + "/" + a.Type()}, hint{"misp", "category/" + a.Category()}))
}

// object gives the events of an object: one for all its attributes that are meant for detection, and further ones where
// two of them want one field. Its other attributes say more about it, and name nobody.
func (m *mispReport) object(place string, o misp.Object) error {
	if faults := o.Check(); len(faults) > 0 {
		return m.out.Bad(fmt.Sprintf("%s (%.60s)", place, o.UUID()), mispError(faults), cut(string(o.Tree.Append(nil))))
	}
	var first []misp.Attribute // of each event
	var groups [][]pair
	var more []pair
	for i, a := range o.Attributes() {
		if faults := a.Check(); len(faults) > 0 {
			if err := m.out.Bad(fmt.Sprintf("%s (%.60s), attribute %d", place, o.UUID(), i+1), mispError(faults), cut(string(a.Tree.Append(nil)))); err != nil {
				return err
			}
			continue
		}
		pairs := attributePairs(a, "misp."+o.Name()+".")
		switch {
		case a.Deleted():
		case !a.ToIDs():
			more = append(more, aside(pairs)...)
		case len(groups) > 0 && !clashes(groups[len(groups)-1], pairs):
			groups[len(groups)-1] = append(groups[len(groups)-1], pairs...)
		default:
			first, groups = append(first, a), append(groups, pairs)
		}
	}
	if o.Deleted() || len(groups) == 0 {
		return nil
	}
	raw := o.Tree.Append(nil)
	if len(groups) > 1 && len(raw) > longestExtra { // not a large object many times
		raw, more = raw[:most], nil
	}
	for i, group := range groups {
		e := m.base.Clone()
		m.complete(e, first[i])
		addExtra(e, "misp.object", short(o.Name()))
		addExtra(e, "misp.object_uuid", short(o.UUID()))
		fill(e, sided(append(group, more...)))
		if err := m.out.Event(e, raw); err != nil {
			return err
		}
	}
	return nil
}

// clashes tells whether two groups want one field for different values.
func clashes(group, pairs []pair) bool {
	return slices.ContainsFunc(pairs, func(p pair) bool {
		return p.field != "" && slices.ContainsFunc(group, func(g pair) bool { return g.field == p.field && g.value != p.value })
	})
}

// aside keeps from fields what is not meant for detection, but for ports.
func aside(pairs []pair) []pair {
	for i := range pairs {
		if !strings.HasSuffix(pairs[i].field, ".port") {
			pairs[i].field = ""
		}
	}
	return pairs
}

// typeFields are the fields of types of attributes.
var typeFields = map[string]string{
	"hostname": "source.fqdn", "domain": "source.fqdn", "url": "source.url", "AS": "source.asn", "email": "source.account", "email-src": "source.account", "uri": "source.url",
	"email-reply-to": "source.account", "email-dst": "destination.account", "target-email": "destination.account", "jabber-id": "source.account",
	"twitter-id": "source.account", "github-username": "source.account", "vulnerability": "product.vulnerabilities", "onion-address": "source.fqdn",
}

// attributePairs gives what an attribute says.
func attributePairs(a misp.Attribute, prefix string) []pair {
	if secretAttribute(a, prefix) {
		return nil
	}
	var pairs []pair
	name := a.Relation()
	side := src
	for _, part := range a.Parts() {
		extra := prefix + part.Type
		if name != "" && prefix != "misp." && !strings.Contains(a.Type(), "|") {
			extra = prefix + name
		}
		switch part.Type {
		case "ip-src":
			pairs = append(pairs, addressPair(src, extra, part.Value))
		case "ip-dst":
			side = dst
			pairs = append(pairs, addressPair(dst, extra, part.Value))
		case "ip": // of domain|ip
			pairs = append(pairs, addressPair("source", extra, part.Value))
		case "md5", "sha1", "sha256":
			pairs = append(pairs, hashPair(part.Type, extra, part.Value))
		case "port":
			pairs = append(pairs, portPair(a, side, extra, part.Value))
		default:
			p := textPair(typeFields[part.Type], extra, part.Value)
			if host, _, _ := strings.Cut(part.Value, "/"); p.field == "source.url" && strings.HasPrefix(host, "www.") { // as people write them
				pairs = append(pairs, textPair("source.fqdn", extra+".host", host))
			}
			pairs = append(pairs, p)
		}
	}
	if v := a.Tree.Get("value"); a.Value() == "" && v != nil { // a number or a boolean
		return []pair{jsonPair("", pairs[0].extra, v)}
	}
	return pairs
}

// secretAttribute tells whether an attribute holds a password or a key, which no event does.
func secretAttribute(a misp.Attribute, prefix string) bool {
	if a.Type() == "pgp-private-key" || a.Type() == "cookie" || prefix == "misp.credential." && a.Relation() == "text" {
		return true
	}
	return slices.ContainsFunc([]string{"password", "passphrase", "secret", "token", "api-key", "private-key"}, func(word string) bool {
		return strings.Contains(strings.ToLower(a.Relation()), word)
	})
}

// portPair gives the pair of a port: of the address before it, or as its name in an object says; alone it is of nobody.
func portPair(a misp.Attribute, side, extra, value string) pair {
	switch {
	case a.Type() == "hostname|port":
		return textPair("source.port", extra, value)
	case a.Type() != "port":
		return textPair(side+".port", extra, value)
	case a.Relation() == "":
		return textPair("", extra, value)
	case strings.Contains(a.Relation(), "src"):
		return textPair(src+".port", extra, value)
	}
	return textPair(dst+".port", extra, value)
}
