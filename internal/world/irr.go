package world

import (
	"bufio"
	"cmp"
	"net/netip"
	"slices"
	"time"

	"pahra/wire/values"
)

// irrSources are the databases that are written.
func irrSources() []string { return []string{"AFRINIC", "APNIC", "ARIN", "LACNIC", "RADB", "RIPE"} }

// irrSource is how a registry's own routing database is called.
func irrSource(rir string) string {
	return map[string]string{"afrinic": "AFRINIC", "apnic": "APNIC", "arin": "ARIN", "lacnic": "LACNIC", "ripencc": "RIPE"}[rir]
}

// routeObject is a route or route6 object.
type routeObject struct {
	prefix netip.Prefix
	origin values.ASN
	source string
	org    *org
	made   time.Time
}

// writeIRR writes one database in RPSL (RFC 2622, RFC 4012).
func (w *world) writeIRR(out *bufio.Writer, source string) {
	line(out, "%% Objects of a world that is made up\n")
	for _, n := range w.networks {
		if irrSource(n.org.country.rir) != source {
			continue
		}
		w.writeAutNum(out, n, source)
		if len(n.customers) > 0 {
			w.writeASSet(out, n, source)
		}
	}
	for _, o := range w.orgs {
		if irrSource(o.country.rir) == source {
			writeRole(out, o, source)
		}
	}
	for _, r := range w.routeObjects(source) {
		writeRoute(out, r)
	}
}

func (w *world) writeAutNum(out *bufio.Writer, n *network, source string) {
	line(out, "aut-num:        AS%d\nas-name:        %s\ndescr:          %s\norg:            %s", n.asn, n.handle, n.org.name, n.org.handle())
	if n.policy {
		for _, p := range sortedASNs(w, n.providers) {
			line(out, "import:         from AS%d accept ANY\nexport:         to AS%[1]d announce %s", p, w.announces(n))
		}
		for _, p := range sortedASNs(w, n.peers) {
			line(out, "import:         from AS%d accept AS%[1]d\nexport:         to AS%[1]d announce %s", p, w.announces(n))
		}
	}
	line(out, "admin-c:        %s\ntech-c:         %[1]s", n.org.contact(source))
	writeTail(out, n.org, source, n.org.registered)
}

// announces is what a network's policy says it announces: its as-set if it has customers.
func (w *world) announces(n *network) string {
	if len(n.customers) > 0 {
		return asSet(n)
	}
	return "AS" + n.asn.String()
}

func asSet(n *network) string { return "AS" + n.asn.String() + ":AS-CUSTOMERS" }

func (w *world) writeASSet(out *bufio.Writer, n *network, source string) {
	line(out, "as-set:         %s\ndescr:          Customers of %s", asSet(n), n.org.name)
	line(out, "members:        AS%d", n.asn)
	for _, c := range n.customers {
		member := w.announces(w.net(c))
		line(out, "members:        %s", member)
	}
	line(out, "tech-c:         %s\nadmin-c:        %[1]s", n.org.contact(source))
	writeTail(out, n.org, source, n.org.registered)
}

// contact is the handle of a holder's role object.
func (o *org) contact(source string) string { return "NOC" + o.id[len("ORG-"):] + "-" + source }

// writeRole writes the holder's contact: a role in a domain that cannot exist (RFC 2606), with a number kept for
// drama by a regulator.
func writeRole(out *bufio.Writer, o *org, source string) {
	line(out, "role:           %s Network Operations\naddress:        1 Example Street\ncountry:        %s", o.name, o.country.code)
	line(out, "phone:          +44 1632 960%03d\ne-mail:         noc@%s", len(o.name)*7%1000, o.domain)
	line(out, "abuse-mailbox:  abuse@%s\nnic-hdl:        %s", o.domain, o.contact(source))
	writeTail(out, o, source, o.registered)
}

// writeTail writes what ends each object.
func writeTail(out *bufio.Writer, o *org, source string, at time.Time) {
	made := at.Format(time.RFC3339)
	line(out, "mnt-by:         MNT-%s\ncreated:        %s\nlast-modified:  %[2]s\nsource:         %s\n", o.id, made, source)
}

// routeObjects are a database's route objects in the order of prefix and origin. One prefix in twenty has an object of
// an earlier holder, most of them beside its own.
func (w *world) routeObjects(source string) []routeObject {
	var list []routeObject
	for _, r := range w.extraRoutes {
		if r.source == source {
			list = append(list, r)
		}
	}
	for i, n := range w.networks {
		if n.irr != source {
			continue
		}
		for k, p := range n.prefixes {
			if !w.p.Flawless && (i*7+k*13)%20 == 11 {
				former := w.networks[(i*31+k*17+5)%len(w.networks)]
				list = append(list, routeObject{p, former.asn, source, former.org, former.org.registered})
				w.truth.Facts.StaleIRR++
				if (i+k)%4 == 0 {
					continue
				}
			}
			list = append(list, routeObject{p, n.asn, source, n.org, n.org.registered})
		}
	}
	slices.SortFunc(list, func(a, b routeObject) int {
		return cmp.Or(values.ComparePrefix(a.prefix, b.prefix), cmp.Compare(a.origin, b.origin))
	})
	return list
}

func writeRoute(out *bufio.Writer, r routeObject) {
	class := "route: "
	if r.prefix.Addr().Is6() {
		class = "route6:"
	}
	line(out, "%s         %s\ndescr:          %s\norigin:         AS%d", class, r.prefix, r.org.name, r.origin)
	writeTail(out, r.org, r.source, r.made)
}
