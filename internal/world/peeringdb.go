package world

import (
	"bufio"
	"time"

	"pahra/wire/values"
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

// listed are the networks that keep an entry at PeeringDB: the large ones,
// those at exchanges, and every third of the others; in a story all, so that everybody may be called by name.
func (w *world) listed() []node {
	var list []node
	for i, n := range w.networks {
		if w.story != nil || n.tier != stub || i%3 == 0 || len(n.exchanges) > 0 {
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
		kind := []string{tier1: "NSP", large: "NSP", small: "NSP", regional: "NSP", stub: "Cable/DSL/ISP"}[v.tier]
		data = append(data, net{int(n) + 1, int(n) + 1, v.org.name, uint32(v.asn), set, kind,
			10 * (1 + len(v.customers)), 10, "Open", v.org.stamps()})
	}
	for i, x := range w.exchanges {
		id := w.serverID(i)
		data = append(data, net{id, id, x.name + " Route Servers", uint32(x.asn), "", "Route Server", 100_000, 50_000, "Open", x.org.stamps()})
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
	var data []ix
	for i, x := range w.exchanges {
		data = append(data, ix{i + 1, w.serverID(i), x.name, x.city + " Internet Exchange", x.city, x.country.code,
			continent(x.country.rir), x.org.stamps()})
	}
	page(out, data)
}

// serverID is the number of an exchange's own entry, which is that of its route server.
func (w *world) serverID(i int) int { return len(w.networks) + 1 + i }

// continent is how PeeringDB names the region of a registry.
func continent(rir string) string {
	return map[string]string{"afrinic": "Africa", "apnic": "Asia Pacific", "arin": "North America", "lacnic": "South America",
		"ripencc": "Europe"}[rir]
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
	for i, x := range w.exchanges {
		add := func(id int, asn values.ASN, at uint32, o *org) {
			data = append(data, port{len(data) + 1, id, i + 1, i + 1, x.name, uint32(asn), 10000, host(x.lan, at).String(), true, o.stamps()})
		}
		add(w.serverID(i), x.asn, 1, x.org)
		for k, n := range x.members {
			add(int(n)+1, w.net(n).asn, uint32(k+2), w.net(n).org)
		}
	}
	page(out, data)
}
