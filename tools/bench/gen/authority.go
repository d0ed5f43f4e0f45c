package main

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"
)

// writeVRPs writes rpki-client's JSON: a payload for two prefixes in three, some of which name another network or are
// too short, and now and then one for a part that nobody announces.
func (m *model) writeVRPs(out io.Writer) error {
	b := bufio.NewWriter(out)
	fmt.Fprintf(b, "{\n\t\"metadata\": {\n\t\t\"buildmachine\": \"validator.example\",\n\t\t\"buildtime\": \"2026-02-09T23:30:00Z\"\n\t},\n\t\"roas\": [")
	sep := "\n"
	put := func(asn uint32, p netip.Prefix, max int) {
		fmt.Fprintf(b, "%s\t\t{ \"asn\": %d, \"prefix\": %q, \"maxLength\": %d, \"ta\": \"ripe\", \"expires\": 1771000000 }", sep, asn, p, max)
		sep = ",\n"
		m.vrps++
	}
	for i := range m.n {
		r := m.draw(drawVRP, uint64(i))
		if r%100 >= 66 {
			continue
		}
		p, asn := m.prefix(i), uint32(m.origin(m.group(i)))
		if r>>8%100 < 2 {
			asn += 7 // misconfigured
		}
		most := p.Bits()
		if r>>16%5 == 0 {
			most = min(p.Addr().BitLen(), max(p.Bits(), []int{24, 48}[p.Addr().BitLen()/128]))
		}
		put(asn, p, most)
		if r>>24%20 == 0 {
			put(asn+13, p, most)
		}
	}
	fmt.Fprintf(b, "\n\t],\n\t\"aspas\": [\n\t]\n}\n")
	return b.Flush()
}

// writeIRR writes route and route6 objects of several registries: about nine prefixes in ten have one, some have an old
// one beside it.
func (m *model) writeIRR(out io.Writer) error {
	b := bufio.NewWriter(out)
	sources := [...]string{"RIPE", "RADB", "APNIC", "ARIN", "AFRINIC", "RADB", "NTTCOM", "RIPE"}
	put := func(p netip.Prefix, asn uint32, source string, year uint64) {
		class := "route: "
		if p.Addr().Is6() {
			class = "route6:"
		}
		fmt.Fprintf(b, "%s         %s\ndescr:          Customer block %d\norigin:         AS%d\nmnt-by:         MNT-%d\n"+
			"created:        %d-03-0%dT08:00:00Z\nlast-modified:  %[6]d-06-1%[7]dT08:00:00Z\nsource:         %[8]s\n\n",
			class, p, asn%9973, asn, asn%5003, 2005+year%20, 1+year%9, source)
		m.objects++
	}
	for i := range m.n {
		r := m.draw(drawIRR, uint64(i))
		if r%100 >= 88 {
			continue
		}
		p, asn := m.prefix(i), uint32(m.origin(m.group(i)))
		if r>>8%100 < 6 {
			asn += 3
		}
		put(p, asn, sources[r>>16%8], r>>20)
		if r>>24%5 == 0 {
			put(p, asn+1+uint32(r>>32%5), "RADB", r>>40)
		}
	}
	return b.Flush()
}
