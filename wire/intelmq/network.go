package intelmq

import (
	"net/netip"
	"strconv"
	"strings"
)

// address takes an address, one as the network of it alone, and one written as a number; a zone is cut off. 0.0.0.0 is
// none.
func address(s string) (Value, error) {
	a, err := netip.ParseAddr(s)
	if err != nil {
		a = oddAddress(s)
	}
	switch {
	case !a.IsValid() || a == netip.IPv4Unspecified():
		return bad(s, "is no address")
	case err == nil && a.Is4():
		return Value{Text: s}, nil // it can be written in one way only
	}
	return Value{Text: a.WithZone("").String()}, nil
}

// oddAddress reads what IntelMQ takes beside the common form.
func oddAddress(s string) netip.Addr {
	if n, err := strconv.ParseUint(s, 10, 32); err == nil && s[0] != '0' && s[0] != '+' {
		return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
	}
	if p, err := netip.ParsePrefix(s); err == nil && p.IsSingleIP() {
		return p.Addr()
	}
	return netip.Addr{}
}

// network takes a network in CIDR form or with a mask, and an address as the network of it alone. Bits of the host are
// cleared.
func network(s string) (Value, error) {
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		return Value{Text: netip.PrefixFrom(a, a.BitLen()).String()}, nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		p = masked(s)
	}
	if !p.IsValid() {
		return bad(s, "is no network")
	}
	return Value{Text: p.Masked().String()}, nil
}

// masked reads 192.0.2.0/255.255.255.0.
func masked(s string) netip.Prefix {
	host, mask, _ := strings.Cut(s, "/")
	a, err := netip.ParseAddr(host)
	m, maskErr := netip.ParseAddr(mask)
	if err != nil || maskErr != nil || !a.Is4() || !m.Is4() {
		return netip.Prefix{}
	}
	for bits := range 33 {
		if p := netip.PrefixFrom(netip.AddrFrom4([4]byte{255, 255, 255, 255}), bits); p.Masked().Addr() == m {
			return netip.PrefixFrom(a, bits)
		}
	}
	return netip.Prefix{}
}

// name takes a host's or a domain's name without the dots around it; one that is not ASCII is written as RFC 3492 has it.
// Addresses and what holds one of : / ? # are none.
func name(s string) (Value, error) {
	s = strings.Trim(s, ".")
	if s == "" || strings.ContainsAny(s, ":/?#") {
		return bad(s, "is no domain name")
	}
	ascii, ok := asciiName(s)
	if !ok || len(ascii) > 253 {
		return bad(s, "is no domain name")
	}
	if c := ascii[len(ascii)-1]; c >= '0' && c <= '9' {
		if _, err := netip.ParseAddr(ascii); err == nil {
			return bad(s, "is no domain name")
		}
	}
	return Value{Text: ascii}, nil
}

// link takes a URL with a host (RFC 3986); hxxp stands for http. What follows the host is not looked at: what attackers
// send about is often no well-formed URL.
func link(s string) (Value, error) {
	if strings.Contains(s, "hxxp") {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "hxxp://", "http://"), "hxxps://", "https://")
	}
	scheme, rest, found := strings.Cut(s, "://")
	if !found {
		scheme, rest, found = "", strings.TrimPrefix(s, "//"), strings.HasPrefix(s, "//")
	}
	if !found || scheme != "" && !isScheme(scheme) {
		return bad(s, "is no URL with a host")
	}
	host := rest
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		host = rest[:end]
	}
	if host == "" && strings.EqualFold(scheme, "file") {
		return text(scheme + "://localhost" + rest)
	}
	if host == "" || strings.Contains(host, "[") != strings.Contains(host, "]") {
		return bad(s, "is no URL with a host")
	}
	return text(s)
}

func isScheme(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		letter := c >= 'a' && c <= 'z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789+-.", rune(s[i]))) {
			return false
		}
	}
	return true
}

// transport takes the names of /etc/protocols.
func transport(s string) (Value, error) {
	s = strings.ToLower(s)
	if s == "tcp" || s == "udp" || len(s) < 12 && strings.Contains(transports, " "+s+" ") && !strings.Contains(s, " ") {
		return Value{Text: s}, nil
	}
	return bad(s, "is no transport protocol")
}

const transports = " ip icmp igmp ggp ipencap st2 tcp cbt egp igp bbn-rcc nvp nvp-ii pup argus emcon xnet chaos udp mux dcn hmp prm" +
	" xns-idp trunk-1 trunk-2 leaf-1 leaf-2 rdp irtp iso-tp4 netblt mfe-nsp merit-inp sep 3pc idpr xtp ddp idpr-cmtp tp++ il ipv6" +
	" sdrp ipv6-route ipv6-frag idrp rsvp gre mhrp bna esp ah i-nlsp swipe narp mobile tlsp skip ipv6-icmp ipv6-nonxt ipv6-opts" +
	" cftp sat-expak kryptolan rvd ippc sat-mon visa ipcv cpnx cphb wsn pvp br-sat-mon sun-nd wb-mon wb-expak iso-ip vmtp" +
	" secure-vmtp vines ttp nsfnet-igp dgp tcf eigrp ospf sprite-rpc larp mtp ax.25 ipip micp scc-sp etherip encap gmtp ifmp pnni" +
	" pim aris scps qnx a/n ipcomp snp compaq-peer ipx-in-ip vrrp pgm l2tp ddx iatp st srp uti smp sm ptp isis fire crtp crdup" +
	" sscopmce iplt sps pipe sctp fc divert "
