package world

import (
	"bufio"
	"time"
)

// stamps are the two times that every PeeringDB object has, and its status.
type stamps struct {
	Created string `json:"created"`
	Updated string `json:"updated"`
	Status  string `json:"status"`
}

func (o *org) stamps() stamps {
	at := o.registered.Format(time.RFC3339)
	return stamps{at, at, "ok"}
}

// listed are the networks that keep an entry at PeeringDB: the large ones, and every third stub.
func (w *world) listed() []node {
	var list []node
	for i, n := range w.networks {
		if n.tier != stub || i%3 == 0 {
			list = append(list, node(i))
		}
	}
	return list
}

// page writes a page of the API: {"data": […], "meta": {}}.
func page[T any](out *bufio.Writer, data []T) {
	compact(out, struct {
		Data []T      `json:"data"`
		Meta struct{} `json:"meta"`
	}{Data: data})
}

func (w *world) writePeeringNets(out *bufio.Writer) {
	type net struct {
		ID     int    `json:"id"`
		OrgID  int    `json:"org_id"`
		Name   string `json:"name"`
		ASN    uint32 `json:"asn"`
		Set    string `json:"irr_as_set"`
		Type   string `json:"info_type"`
		Four   int    `json:"info_prefixes4"`
		Six    int    `json:"info_prefixes6"`
		Policy string `json:"policy_general"`
		stamps
	}
	var data []net
	for _, n := range w.listed() {
		v := w.net(n)
		set := ""
		if len(v.customers) > 0 {
			set = irrSource(v.org.country.rir) + "::" + asSet(v)
		}
		kind := []string{tier1: "NSP", transit: "NSP", stub: "Cable/DSL/ISP"}[v.tier]
		data = append(data, net{int(n) + 1, int(n) + 1, v.org.name, uint32(v.asn), set, kind,
			10 * (1 + len(v.customers)), 10, "Open", v.org.stamps()})
	}
	page(out, data)
}

func (w *world) writePeeringContacts(out *bufio.Writer) {
	type poc struct {
		ID      int    `json:"id"`
		NetID   int    `json:"net_id"`
		Role    string `json:"role"`
		Visible string `json:"visible"`
		Name    string `json:"name"`
		Phone   string `json:"phone"`
		Email   string `json:"email"`
		URL     string `json:"url"`
		stamps
	}
	var data []poc
	for _, n := range w.listed() {
		for k, role := range []string{"NOC", "Abuse", "Policy"}[:1+int(n)%3] {
			o := w.net(n).org
			data = append(data, poc{int(n)*3 + k + 1, int(n) + 1, role, "Public", role + " team", "", "peering@" + o.domain, "", o.stamps()})
		}
	}
	page(out, data)
}

func (w *world) writePeeringExchanges(out *bufio.Writer) {
	type ix struct {
		ID      int    `json:"id"`
		OrgID   int    `json:"org_id"`
		Name    string `json:"name"`
		Long    string `json:"name_long"`
		City    string `json:"city"`
		Country string `json:"country"`
		Region  string `json:"region_continent"`
		stamps
	}
	s := w.orgs[0].stamps()
	page(out, []ix{
		{1, 900001, "LCIX", "Lantern Coast Internet Exchange", "Lantern Bay", "IN", "Asia Pacific", s},
		{2, 900002, "Old Mill IX", "Old Mill Internet Exchange", "Mill Town", "DE", "Europe", s},
	})
}

func (w *world) writePeeringPorts(out *bufio.Writer) {
	type port struct {
		ID    int    `json:"id"`
		NetID int    `json:"net_id"`
		IXID  int    `json:"ix_id"`
		LanID int    `json:"ixlan_id"`
		Name  string `json:"name"`
		ASN   uint32 `json:"asn"`
		Speed int    `json:"speed"`
		IP4   string `json:"ipaddr4"`
		Up    bool   `json:"operational"`
		stamps
	}
	var data []port
	lans := []string{"LCIX", "Old Mill IX"}
	blocks := []uint32{0xc1008800, 0xc1008a00} // 193.0.136.0/23, 193.0.138.0/23
	for _, n := range w.listed() {
		v := w.net(n)
		k := -1
		switch {
		case v.org.country.rir == "apnic":
			k = 0
		case v.org.country.rir == "ripencc":
			k = 1
		}
		if k < 0 || len(data) >= 500 {
			continue
		}
		data = append(data, port{len(data) + 1, int(n) + 1, k + 1, k + 1, lans[k], uint32(v.asn), 10000,
			addr4(blocks[k] + uint32(len(data)) + 1).String(), true, v.org.stamps()})
	}
	page(out, data)
}
