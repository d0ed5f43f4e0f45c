package archive

import (
	"net/netip"

	"pahra/wire/bgp"
	"pahra/wire/bgpkit"
	"pahra/wire/mrt"
)

// Observation is one element of an MRT file as a row; the columns are the keys of package bgpkit, which says what they
// hold. Times are microseconds since 1970.
type Observation struct {
	Timestamp      int64    `parquet:"timestamp,timestamp(microsecond),delta"`
	Type           string   `parquet:"type,dict"`
	ElemType       string   `parquet:"elem_type,dict"`
	PeerIP         string   `parquet:"peer_ip,dict"`
	PeerASN        uint32   `parquet:"peer_asn,dict"`
	Prefix         *string  `parquet:"prefix,optional,dict"`
	PathID         *uint32  `parquet:"path_id,optional"`
	NextHop        *string  `parquet:"next_hop,optional,dict"`
	ASPath         *string  `parquet:"as_path,optional,dict"`
	OriginASNs     []uint32 `parquet:"origin_asns,list"`
	Origin         *string  `parquet:"origin,optional,dict"`
	LocalPref      *uint32  `parquet:"local_pref,optional"`
	MED            *uint32  `parquet:"med,optional"`
	Communities    []string `parquet:"communities,list"`
	Atomic         bool     `parquet:"atomic"`
	AggrASN        *uint32  `parquet:"aggr_asn,optional"`
	AggrIP         *string  `parquet:"aggr_ip,optional,dict"`
	OnlyToCustomer *uint32  `parquet:"only_to_customer,optional"`
	Originated     *int64   `parquet:"originated,optional,timestamp(microsecond)"`
	OldState       *uint32  `parquet:"old_state,optional"`
	NewState       *uint32  `parquet:"new_state,optional"`
}

// Observer makes rows and keeps those columns that come from attributes, for attribute sets repeat. It is for one
// goroutine; the zero value is ready.
type Observer struct {
	attrs bgp.Attrs
	known map[rowKey]Observation
}

// rowKey is what those columns depend on.
type rowKey struct {
	raw, nextHop  string
	as4, rib, six bool
}

// knownRows bounds what an Observer keeps.
const knownRows = 16 << 10

// Observe gives the row of an element.
func (m *Observer) Observe(e *mrt.Elem) (r Observation) {
	if e.Kind == mrt.Announce || e.Kind == mrt.RIBEntry {
		r = m.attributes(e)
	}
	r.Timestamp = e.Time().UnixMicro()
	r.Type, r.ElemType = bgpkit.TypeName(e.Kind), string(rune(e.Kind))
	r.PeerIP, r.PeerASN = e.PeerIP.String(), uint32(e.PeerAS)
	if e.Prefix.IsValid() {
		r.Prefix = pointer(e.Prefix.String())
	}
	r.PathID = given(e.HasPathID, e.PathID)
	if e.Kind == mrt.RIBEntry {
		r.Originated = pointer(int64(e.Originated) * 1e6)
	}
	r.OldState = given(e.Kind == mrt.State, uint32(e.OldState))
	r.NewState = given(e.Kind == mrt.State, uint32(e.NewState))
	return r
}

// attributes gives the columns that come from attributes.
func (m *Observer) attributes(e *mrt.Elem) Observation {
	key := rowKey{string(e.RawAttrs), string(e.NextHop), e.AS4, e.RIB, e.Prefix.Addr().Is6()}
	r, ok := m.known[key]
	if ok {
		return r
	}
	a := &m.attrs
	bgp.DecodeAttrs(a, e.RawAttrs, e.AS4, e.RIB)
	r = Observation{
		NextHop: addrText(bgpkit.NextHop(e, a)), LocalPref: given(a.HasLocalPref, a.LocalPref), MED: given(a.HasMED, a.MED),
		Communities: bgpkit.Communities(a), Atomic: a.AtomicAggregate, AggrIP: addrText(a.AggregatorIP),
		AggrASN: given(a.HasAggregator, uint32(a.AggregatorASN)), OnlyToCustomer: given(a.HasOTC, uint32(a.OTC)),
	}
	if a.HasPath && !a.PathMalformed {
		r.ASPath = pointer(a.PathString())
	}
	if name := bgpkit.OriginName(a); name != "" {
		r.Origin = &name
	}
	for _, asn := range bgpkit.Origins(a) {
		r.OriginASNs = append(r.OriginASNs, uint32(asn))
	}
	if m.known == nil {
		m.known = make(map[rowKey]Observation)
	}
	if len(m.known) >= knownRows {
		clear(m.known)
	}
	m.known[key] = r
	return r
}

func pointer[T any](v T) *T { return &v }

func given(has bool, n uint32) *uint32 {
	if !has {
		return nil
	}
	return &n
}

func addrText(addr netip.Addr) *string {
	if !addr.IsValid() {
		return nil
	}
	return pointer(addr.String())
}
