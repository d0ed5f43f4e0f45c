package world

import (
	"bufio"
	"cmp"
	"net/netip"
	"slices"
	"time"

	"pahra/wire/values"
)

// vrp is a validated ROA payload.
type vrp struct {
	prefix netip.Prefix
	max    int
	asn    values.ASN
}

// vrpTimes are when the validator ran: half an hour before the start, and every two hours after that, in a large world
// every eight, since each run's file is large.
func (w *world) vrpTimes() []time.Time {
	var list []time.Time
	end := w.p.Start.Add(w.p.Window)
	every := 2 * time.Hour
	if w.p.Prefixes > 100_000 {
		every = 8 * time.Hour
	}
	for at := w.p.Start.Add(-30 * time.Minute); at.Before(end); at = at.Add(every) {
		list = append(list, at)
	}
	return list
}

// vrps are all payloads in the order of prefix, length and ASN. A ROA names the prefixes that are announced from the
// start, at their own length or down to what networks exchange.
func (w *world) vrps() []vrp {
	list := slices.Clone(w.extraVRPs)
	for _, n := range w.networks {
		if !n.roa {
			continue
		}
		for _, p := range n.prefixes {
			list = append(list, vrp{p, n.maxLength(p), n.asn})
		}
	}
	slices.SortFunc(list, func(a, b vrp) int {
		return cmp.Or(values.ComparePrefix(a.prefix, b.prefix), cmp.Compare(a.max, b.max), cmp.Compare(a.asn, b.asn))
	})
	return list
}

// writeVRPs writes rpki-client's JSON.
func (w *world) writeVRPs(out *bufio.Writer, list []vrp, at time.Time) {
	expires := at.Add(3 * 24 * time.Hour).Unix()
	line(out, "{\n\t\"metadata\": {")
	line(out, "\t\t\"buildmachine\": \"validator.example\",\n\t\t\"buildtime\": %q,", at.Format(time.RFC3339))
	line(out, "\t\t\"roas\": %d,\n\t\t\"aspas\": %d,\n\t\t\"vrps\": %[1]d,\n\t\t\"uniquevrps\": %[1]d\n\t},", len(list), len(w.signers()))
	line(out, "\t\"roas\": [")
	for i, v := range list {
		line(out, "\t\t{ \"asn\": %d, \"prefix\": %q, \"maxLength\": %d, \"ta\": %q, \"expires\": %d }%s",
			v.asn, v.prefix, v.max, w.anchor(v.asn), expires, comma(i, len(list)))
	}
	line(out, "\t],\n\t\"bgpsec_keys\": [\n\t],\n\t\"aspas\": [")
	w.writeASPAs(out, expires)
	line(out, "\t]\n}")
}

// signers are the networks that say who their providers are.
func (w *world) signers() []*network {
	var list []*network
	for i, n := range w.networks {
		if !n.roa || n.tier == tier1 || i%9 != 0 {
			continue
		}
		list = append(list, n)
	}
	slices.SortFunc(list, func(a, b *network) int { return cmp.Compare(a.asn, b.asn) })
	return list
}

func (w *world) writeASPAs(out *bufio.Writer, expires int64) {
	list := w.signers()
	for i, n := range list {
		fmtProviders := ""
		providers := w.attests(n, i)
		for j, p := range providers {
			fmtProviders += p.String() + comma(j, len(providers)) + " "
		}
		line(out, "\t\t{ \"customer_asid\": %d, \"expires\": %d, \"providers\": [ %s] }%s", n.asn, expires, fmtProviders, comma(i, len(list)))
	}
}

// attests gives the providers that a network names: those that it has and will have. One network in forty forgot one.
func (w *world) attests(n *network, i int) []values.ASN {
	providers := slices.Concat(n.providers, n.attested)
	if w.forgets(n, i) {
		providers = providers[1:]
	}
	return sortedASNs(w, providers)
}

func (w *world) forgets(n *network, i int) bool {
	return !w.p.Flawless && i%40 == 17 && len(n.providers) > 1
}

func sortedASNs(w *world, nodes []node) []values.ASN {
	var list []values.ASN
	for _, n := range nodes {
		list = append(list, w.net(n).asn)
	}
	slices.Sort(list)
	return list
}

func comma(i, n int) string {
	if i+1 < n {
		return ","
	}
	return ""
}

// anchor is the trust anchor of a network's registry, as rpki-client names it.
func (w *world) anchor(asn values.ASN) string {
	rir := w.net(w.byASN[asn]).org.country.rir
	if rir == "ripencc" {
		return "ripe"
	}
	return rir
}
