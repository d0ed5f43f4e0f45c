package world

import (
	"bufio"
	"net/netip"
	"slices"

	"pahra/wire/values"
)

// bogons4 are the IPv4 blocks that are never announced: the special-purpose registry (RFC 6890), multicast (RFC 5771)
// and the reserved rest.
func bogons4() []string {
	return []string{"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
		"192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"}
}

// bogons6 are the IPv6 blocks that are never announced: all outside 2000::/3, and what is special within.
func bogons6() []string {
	return []string{"::/3", "2001::/23", "2001:db8::/32", "3000::/4", "4000::/2", "8000::/1"}
}

// writeBogons writes Team Cymru's full list for one family: the fixed blocks and what registries have not handed out.
func (w *world) writeBogons(out *bufio.Writer, fixed []string) {
	var list []netip.Prefix
	for _, s := range fixed {
		list = append(list, netip.MustParsePrefix(s))
	}
	if list[0].Addr().Is4() {
		for _, rir := range rirs() {
			list = append(list, w.space[rir].free...)
		}
	}
	slices.SortFunc(list, values.ComparePrefix)
	at := w.p.Start.AddDate(0, 0, -1)
	line(out, "# last updated %d (%s GMT)", at.Unix(), at.Format("Mon Jan _2 15:04:05 2006"))
	for _, p := range list {
		line(out, "%s", p)
	}
}
