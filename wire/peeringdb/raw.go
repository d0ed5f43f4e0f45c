package peeringdb

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"pahra/wire/values"
)

// common are the fields that every object has.
type common struct {
	ID      int    `json:"id"`
	Status  string `json:"status"`
	Created stamp  `json:"created"`
	Updated stamp  `json:"updated"`
}

// stamp is a time in RFC 3339; null and nothing are zero.
type stamp struct{ time.Time }

func (s *stamp) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	if text == "" || text == "null" {
		return nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err == nil {
		s.Time = t.UTC()
	}
	return nil // a date that cannot be read is no date: the record is good for the rest
}

type rawNet struct {
	common
	OrgID     int      `json:"org_id"`
	ASN       int64    `json:"asn"`
	Name      string   `json:"name"`
	AKA       string   `json:"aka"`
	IRRASSet  string   `json:"irr_as_set"`
	Types     []string `json:"info_types"`
	Type      string   `json:"info_type"`
	Prefixes4 *int     `json:"info_prefixes4"`
	Prefixes6 *int     `json:"info_prefixes6"`
	Policy    string   `json:"policy_general"`
	NeverRS   bool     `json:"info_never_via_route_servers"`
	Glass     string   `json:"looking_glass"`
	RS        string   `json:"route_server"`
	Website   string   `json:"website"`
	PocStamp  stamp    `json:"poc_updated"`
}

func (n *rawNet) net() (Net, error) {
	asn, err := checkASN(n.ASN)
	if err != nil {
		return Net{}, err
	}
	types := n.Types
	if len(types) == 0 && n.Type != "" {
		types = []string{n.Type}
	}
	return Net{n.ID, n.OrgID, asn, n.Name, n.AKA, n.IRRASSet, types, orZero(n.Prefixes4), orZero(n.Prefixes6), n.Policy,
		n.NeverRS, n.Glass != "", n.RS != "", n.Website, n.Status, n.Created.Time, n.Updated.Time, n.PocStamp.Time}, nil
}

type rawPoc struct {
	common
	NetID   int    `json:"net_id"`
	Role    string `json:"role"`
	Visible string `json:"visible"`
	Name    string `json:"name"`
	Phone   string `json:"phone"`
	Email   string `json:"email"`
	URL     string `json:"url"`
}

func (p *rawPoc) poc(h Hasher) (Poc, error) {
	if p.NetID <= 0 || p.Role == "" || len(p.Role) > 64 {
		return Poc{}, fmt.Errorf("contact %d names no network or no role", p.ID)
	}
	return Poc{p.ID, p.NetID, p.Role, p.Visible, p.Name != "", p.Phone != "", p.Email != "", p.URL != "",
		h.Email(p.Email), h.Phone(p.Phone), p.Status, p.Created.Time, p.Updated.Time}, nil
}

// mailbox gives where reports go; one without address where the contact is for something else, hidden or gone.
func (p *rawPoc) mailbox() (Mailbox, error) {
	if p.NetID <= 0 || p.Role == "" || len(p.Role) > 64 {
		return Mailbox{}, fmt.Errorf("contact %d names no network or no role", p.ID)
	}
	if p.Visible != "Public" || p.Role != "Abuse" && p.Role != "NOC" || p.Status == "deleted" {
		return Mailbox{}, nil
	}
	return Mailbox{p.NetID, p.Role, strings.ToLower(strings.TrimSpace(p.Email))}, nil
}

type rawOrg struct {
	common
	Name    string `json:"name"`
	AKA     string `json:"aka"`
	Country string `json:"country"`
	Website string `json:"website"`
}

func (o *rawOrg) org() (Org, error) {
	if o.ID <= 0 {
		return Org{}, fmt.Errorf("organisation has id %d", o.ID)
	}
	return Org{o.ID, o.Name, o.AKA, strings.ToUpper(o.Country), o.Website, o.Status, o.Created.Time, o.Updated.Time}, nil
}

type rawIX struct {
	common
	OrgID    int    `json:"org_id"`
	Name     string `json:"name"`
	AKA      string `json:"aka"`
	NameLong string `json:"name_long"`
	City     string `json:"city"`
	Country  string `json:"country"`
	Region   string `json:"region_continent"`
}

func (x *rawIX) ix() (IX, error) {
	if x.ID <= 0 {
		return IX{}, fmt.Errorf("exchange has id %d", x.ID)
	}
	return IX{x.ID, x.OrgID, x.Name, x.AKA, x.NameLong, x.City, strings.ToUpper(x.Country), x.Region, x.Status,
		x.Created.Time, x.Updated.Time}, nil
}

type rawNetIXLan struct {
	common
	NetID       int    `json:"net_id"`
	IXID        int    `json:"ix_id"`
	IXLanID     int    `json:"ixlan_id"`
	ASN         int64  `json:"asn"`
	IPv4        string `json:"ipaddr4"`
	IPv6        string `json:"ipaddr6"`
	RSPeer      bool   `json:"is_rs_peer"`
	Speed       int    `json:"speed"`
	Operational bool   `json:"operational"`
}

func (l *rawNetIXLan) netIXLan() (NetIXLan, error) {
	asn, err := checkASN(l.ASN)
	if err != nil {
		return NetIXLan{}, err
	}
	if l.IXID <= 0 {
		return NetIXLan{}, fmt.Errorf("port %d of AS%d is at exchange %d", l.ID, asn, l.IXID)
	}
	v4, err := checkAddr(l.IPv4, netip.Addr.Is4)
	if err != nil {
		return NetIXLan{}, err
	}
	v6, err := checkAddr(l.IPv6, netip.Addr.Is6)
	if err != nil {
		return NetIXLan{}, err
	}
	return NetIXLan{l.ID, l.NetID, l.IXID, l.IXLanID, asn, v4, v6, l.RSPeer, l.Speed, l.Operational, l.Status,
		l.Created.Time, l.Updated.Time}, nil
}

func checkASN(n int64) (values.ASN, error) {
	if n <= 0 || n > 1<<32-1 {
		return 0, fmt.Errorf("%d is not an AS number", n)
	}
	return values.ASN(n), nil
}

func checkAddr(s string, family func(netip.Addr) bool) (netip.Addr, error) {
	if s == "" {
		return netip.Addr{}, nil
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" || !family(a) {
		return netip.Addr{}, fmt.Errorf("%.60q is not an address of its family", s)
	}
	return a, nil
}

func orZero(p *int) int {
	if p == nil {
		return 0
	}
	return *p
}
