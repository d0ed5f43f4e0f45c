package intake

import (
	"encoding/base64"
	"encoding/hex"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"pahra/wire/iodef"
)

// endpoint is an address or a name of a system, and what it says.
type endpoint struct {
	name  string
	pairs []pair
}

// eventData gives the events of an event of an incident: those of its flows and those of the events in it.
func (i *iodefIncident) eventData(c iodefContext, inc *iodef.Incident, ed *iodef.EventData) error {
	c = i.settled(c.within(ed), inc)
	for k := range ed.Flow {
		if err := i.systems(c, ed.Flow[k].System); err != nil {
			return err
		}
	}
	for k := range ed.EventData {
		if err := i.eventData(c, inc, &ed.EventData[k]); err != nil {
			return err
		}
	}
	return nil
}

// The bounds of what an event says beside its own address.
const (
	mostBeside = 100 // addresses or names of others
	mostCommon = 200 // things that are said of its system
)

// systems gives the events of systems that had to do with each other: one for each endpoint that something came from,
// together with the target if there is one alone; or one for each target if nothing else is told.
func (i *iodefIncident) systems(c iodefContext, list []iodef.System) error {
	sources := slices.ContainsFunc(list, func(s iodef.System) bool { return s.Category != "target" && s.Category != "sensor" })
	var beside, targets []pair
	count := 0
	for k := range list {
		s := &list[k]
		if s.Category != "sensor" && (s.Category != "target" || !sources) {
			continue
		}
		own := "iodef.sensor"
		if s.Category == "target" {
			own = "iodef.target"
		}
		ends, common := endpoints(s, "destination")
		for _, of := range ends {
			if len(beside) < mostBeside {
				beside = append(beside, textPair("", own, of.name))
			}
			if s.Category == "target" {
				if count++; count == 1 {
					targets = slices.Concat(of.pairs, common)
				}
			}
		}
	}
	if count == 1 {
		beside = slices.Concat(targets, slices.DeleteFunc(beside, func(p pair) bool { return p.extra == "iodef.target" }))
	}
	for k := range list {
		if s := &list[k]; s.Category != "sensor" && (s.Category != "target" || !sources) {
			if err := i.system(c, s, beside); err != nil {
				return err
			}
		}
	}
	return nil
}

// system gives the events of one system: one for each endpoint.
func (i *iodefIncident) system(c iodefContext, s *iodef.System, beside []pair) error {
	side := "source"
	if s.Category == "target" {
		side = "destination"
	}
	c.restrict(s.Restricted)
	c.roles, c.base = slices.Concat(s.NodeRole, c.roles), c.base.Clone()
	i.mark(&c)
	ends, common := endpoints(s, side)
	for _, of := range ends {
		if err := i.event(c, slices.Concat(of.pairs, common, beside)); err != nil {
			return err
		}
	}
	return nil
}

// endpoints gives the endpoints of a system: its addresses and networks; if it has none, its names; if it has none either,
// the system as a whole. common is what else is said of it. side is that of an event.
func endpoints(s *iodef.System, side string) (list []endpoint, common []pair) {
	common = systemPairs(s, side)
	if s.Spoofed == "yes" { // it is somebody else's
		side = ""
	}
	for k := range s.Node.Address {
		a := &s.Node.Address[k]
		if p, is := iodefAddress(side, a); is {
			list = append(list, endpoint{strings.TrimSpace(a.Value), []pair{p}})
		} else {
			common = append(common, iodefOther(side, a)...)
		}
	}
	numbered := len(list) > 0
	for k := range s.Node.DomainData {
		d := &s.Node.DomainData[k]
		if numbered {
			common = append(common, domainPairs(side, d)...)
		} else {
			list = append(list, endpoint{d.Name, domainPairs(side, d)})
		}
	}
	if len(list) == 0 {
		list = []endpoint{{}}
	}
	return list, common[:min(len(common), mostCommon)]
}

// at gives a field of a side; "" if there is no side.
func at(side, field string) string {
	if side == "" {
		return ""
	}
	return side + "." + field
}

// iodefAddress gives what an address says, if it is one of IP. Masked ones are no addresses, and at most networks.
func iodefAddress(side string, a *iodef.Address) (pair, bool) {
	kind, value := a.Category, strings.TrimSpace(a.Value)
	if kind == "" {
		kind = "ipv6-addr"
	}
	own := "iodef.Address." + kind
	switch kind {
	case "ipv4-net-mask":
		value = maskedNet(value)
		fallthrough
	case "ipv4-net", "ipv6-net", "ipv4-net-masked", "ipv6-net-masked":
		if p, err := netip.ParsePrefix(value); err == nil {
			value = p.Masked().String()
		}
		return textPair(at(side, "network"), own, value), true
	case "ipv4-addr", "ipv6-addr":
		if side == "" {
			return textPair("", own, value), true
		}
		return addressPair(side, own, value), true
	}
	return pair{}, false
}

// maskedNet gives a network of an address and a mask, 192.0.2.0/255.255.255.0, as a prefix.
func maskedNet(s string) string {
	ip, mask, _ := strings.Cut(s, "/")
	m, err := netip.ParseAddr(mask)
	if err != nil || !m.Is4() {
		return s
	}
	bits, four := 0, m.As4()
	for _, octet := range four {
		for ; octet&0x80 != 0; octet <<= 1 {
			bits++
		}
	}
	if a, err := netip.ParseAddr(ip); err == nil && a.Is4() {
		if p := netip.PrefixFrom(a, bits).Masked(); netip.PrefixFrom(m, bits).Masked().Addr() == m {
			return p.String()
		}
	}
	return s
}

// iodefOther gives what an address says that is none of IP.
func iodefOther(side string, a *iodef.Address) []pair {
	value, own := strings.TrimSpace(a.Value), "iodef.Address."+a.Category
	switch a.Category {
	case "asn":
		return []pair{textPair(at(side, "asn"), own, value)}
	case "e-mail":
		return []pair{textPair(at(side, "account"), own, value)}
	case "site-uri":
		return []pair{textPair(at(side, "url"), own, value), textPair(at(side, "fqdn"), "", hostOf(value))}
	case "ext-value":
		own = "iodef.Address." + a.ExtCategory
	}
	return []pair{textPair("", own, value)}
}

func domainPairs(side string, d *iodef.DomainData) []pair {
	pairs := []pair{textPair(at(side, "fqdn"), "iodef.DomainData.Name", strings.TrimSpace(d.Name)), textPair("", "iodef.DomainData.system-status", d.SystemStatus),
		textPair("", "iodef.DomainData.domain-status", d.DomainStatus)}
	for _, n := range d.Nameservers {
		pairs = append(pairs, textPair("", "iodef.DomainData.Nameservers", n.Server))
	}
	return pairs
}

// systemPairs gives what is said of a system beside its addresses and names.
func systemPairs(s *iodef.System, side string) []pair {
	name := "iodef.System"
	if side == "destination" {
		name = "iodef.target.System"
	}
	pairs := []pair{textPair("", name+".category", s.Category), textPair("", name+".ext-category", s.ExtCategory), textPair("", name+".spoofed", s.Spoofed),
		textPair("", name+".virtual", s.Virtual), textPair("", name+".ownership", s.Ownership), textPair("", name+".Description", joined(s.Description)),
		treePair(name+".OperatingSystem", s.OperatingSystem), treePair(name+".Counter", slices.Concat(s.Counter, s.Node.Counter)),
		textPair("", name+".Location", joined(s.Node.Location)), treePair(name+".AdditionalData", s.AdditionalData)}
	for _, id := range s.AssetID {
		pairs = append(pairs, textPair("", name+".AssetID", id))
	}
	for _, r := range s.NodeRole {
		pairs = append(pairs, textPair("", name+".NodeRole", r.Category))
	}
	for k := range s.Service {
		pairs = append(pairs, servicePairs(side, name, &s.Service[k])...)
	}
	return pairs
}

// iodefProtocols are protocols by their numbers.
var iodefProtocols = map[int64]string{1: "icmp", 6: "tcp", 17: "udp", 58: "ipv6-icmp", 132: "sctp"}

func servicePairs(side, name string, s *iodef.Service) []pair {
	pairs := []pair{textPair("", name+".Service.Portlist", s.Portlist)}
	if s.IPProtocol != nil {
		number := strconv.FormatInt(*s.IPProtocol, 10)
		if known := iodefProtocols[*s.IPProtocol]; known != "" {
			pairs = append(pairs, textPair("protocol.transport", name+".Service.ip-protocol", known))
		} else {
			pairs = append(pairs, textPair("", name+".Service.ip-protocol", number))
		}
	}
	if s.Port != nil {
		pairs = append(pairs, textPair(at(side, "port"), name+".Service.Port", strconv.FormatInt(*s.Port, 10)))
	}
	if s.ServiceName != nil {
		pairs = append(pairs, textPair("protocol.application", name+".Service.ServiceName", s.ServiceName.IANAService))
	}
	if s.EmailData != nil {
		pairs = append(pairs, mailPairs(side, s.EmailData)...)
	}
	if s.ApplicationHeader != nil {
		pairs = append(pairs, treePair(name+".Service.ApplicationHeaderField", s.ApplicationHeader.ApplicationHeaderField))
	}
	return pairs
}

func mailPairs(side string, m *iodef.EmailData) []pair {
	pairs := []pair{textPair(at(side, "account"), "iodef.EmailData.EmailFrom", strings.TrimSpace(m.EmailFrom)), textPair("", "iodef.EmailData.EmailSubject", m.EmailSubject),
		textPair("", "iodef.EmailData.EmailX-Mailer", m.EmailXMailer)}
	for _, to := range m.EmailTo {
		pairs = append(pairs, textPair("", "iodef.EmailData.EmailTo", to))
	}
	for k := range m.HashData {
		pairs = append(pairs, iodefHashes(&m.HashData[k], "iodef.EmailData.Hash", false)...)
	}
	return pairs
}

// iodefDigests are the methods of hashes by the ends of their names.
var iodefDigests = map[string]string{"md5": "MD5", "sha1": "SHA1", "sha256": "SHA256"}

// iodefHashes gives hashes in hexadecimal; those of files have fields.
func iodefHashes(d *iodef.HashData, own string, file bool) (pairs []pair) {
	for _, h := range d.Hash {
		_, method, _ := strings.Cut(h.DigestMethod, "#")
		if method == "" {
			method = h.DigestMethod
		}
		value := strings.TrimSpace(h.DigestValue)
		if b, err := base64.StdEncoding.DecodeString(value); err == nil && len(b) >= 16 && len(b) <= 64 {
			value = hex.EncodeToString(b)
		}
		name := iodefDigests[strings.ToLower(strings.ReplaceAll(method, "-", ""))]
		if !file || d.Scope != "file-contents" {
			name = ""
		}
		pairs = append(pairs, hashPair(name, own+"."+method, value))
	}
	return pairs
}
