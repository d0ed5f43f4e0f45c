package service

import (
	"cmp"
	"net/netip"
	"slices"

	"pahra/internal/norms"
	"pahra/wire/values"
)

// Space is how much address space a network announced: each address once, however many prefixes hold it.
type Space struct {
	IPv4 uint64 `json:"ipv4_addresses"`
	IPv6 uint64 `json:"ipv6_48s"` // in prefixes of 48 bits; what is longer counts as one
}

// spaceOf measures what a network announced in a month.
func spaceOf(rows []announcementRow) (s Space) {
	list := make([]netip.Prefix, 0, len(rows))
	for _, row := range rows {
		if p, err := netip.ParsePrefix(row.Prefix); err == nil && p.Bits() > 0 {
			list = append(list, p.Masked())
		}
	}
	slices.SortFunc(list, comparePrefix)
	var last netip.Prefix
	for _, p := range list {
		if last.IsValid() && last.Bits() <= p.Bits() && last.Contains(p.Addr()) {
			continue
		}
		last = p
		if p.Addr().Is4() {
			s.IPv4 += 1 << (32 - p.Bits())
		} else {
			s.IPv6 += 1 << max(0, 48-p.Bits())
		}
	}
	return s
}

// SpaceMap is a neighbourhood's address space by network, the largest first, and how each stands in an Action.
type SpaceMap struct {
	By     norms.Metric `json:"by"`
	Tiles  []SpaceTile  `json:"networks"` // at most maxTiles
	Others SpaceOthers  `json:"others"`
	IPv4   uint64       `json:"ipv4_addresses"`
}

// SpaceTile is a network on the map.
type SpaceTile struct {
	ASN     values.ASN `json:"asn"`
	Holder  string     `json:"holder"`
	IPv4    uint64     `json:"ipv4_addresses"`
	Percent *float64   `json:"percent"`
	Band    norms.Band `json:"band"`
}

// SpaceOthers is what the map does not show one by one.
type SpaceOthers struct {
	Networks int    `json:"networks"`
	IPv4     uint64 `json:"ipv4_addresses"`
}

// maxTiles bounds the networks of a map that are drawn one by one.
const maxTiles = 200

// spaceMap draws up the address space of networks.
func spaceMap(lines []NetworkLine, by norms.Metric) *SpaceMap {
	m := &SpaceMap{By: by, Tiles: []SpaceTile{}}
	for _, l := range lines {
		tile := SpaceTile{ASN: l.ASN, Holder: l.Holder, IPv4: l.Space.IPv4, Band: norms.NoBand}
		for _, s := range l.Scores {
			if s.Action == by {
				tile.Percent, tile.Band = s.Percent, s.Band
			}
		}
		m.IPv4 += tile.IPv4
		if tile.IPv4 > 0 {
			m.Tiles = append(m.Tiles, tile)
		}
	}
	slices.SortFunc(m.Tiles, func(a, b SpaceTile) int { return cmp.Or(cmp.Compare(b.IPv4, a.IPv4), cmp.Compare(a.ASN, b.ASN)) })
	for _, t := range m.Tiles[min(len(m.Tiles), maxTiles):] {
		m.Others.Networks++
		m.Others.IPv4 += t.IPv4
	}
	m.Tiles = slices.Clip(m.Tiles[:min(len(m.Tiles), maxTiles)])
	return m
}
