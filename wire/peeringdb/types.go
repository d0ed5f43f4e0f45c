package peeringdb

import (
	"net/netip"
	"time"

	"pahra/wire/values"
)

// Net is a network's record (object net). Deleted ones have Status "deleted".
type Net struct {
	ID, OrgID     int
	ASN           values.ASN
	Name, AKA     string
	IRRASSet      string // the as-set of its customers, perhaps with the registry: "RIPE::AS-EXAMPLE"
	Types         []string
	Prefixes4     int // how many prefixes it says it announces at most
	Prefixes6     int
	Policy        string // its peering policy in general: Open, Selective, Restrictive, No
	NeverViaRS    bool   // never announced by route servers
	LookingGlass  bool   // whether it names a looking glass
	RouteServer   bool   // whether it names a route server
	Website       string
	Status        string
	Created       time.Time
	Updated       time.Time
	ContactUpdate time.Time // when a contact last changed, or zero
}

// Poc is a contact's record (object poc) without the person: roles, what is there, and hashes.
type Poc struct {
	ID, NetID int
	Role      string // Abuse, Maintenance, NOC, Policy, Public Relations, Sales, Technical
	Visible   string // Public, Users, Private
	HasName   bool
	HasPhone  bool
	HasEmail  bool
	HasURL    bool
	// EmailHash and PhoneHash commit to the values, see [Hasher]; empty where there is none.
	EmailHash, PhoneHash string
	Status               string
	Created, Updated     time.Time
}

// Org is an organisation's record (object org). Its address is not kept.
type Org struct {
	ID      int
	Name    string
	AKA     string
	Country string // ISO 3166 alpha-2, or empty
	Website string
	Status  string
	Created time.Time
	Updated time.Time
}

// IX is an exchange's record (object ix).
type IX struct {
	ID, OrgID int
	Name      string
	AKA       string
	NameLong  string
	City      string
	Country   string // ISO 3166 alpha-2
	Region    string // such as "Asia Pacific"
	Status    string
	Created   time.Time
	Updated   time.Time
}

// NetIXLan is a network's port at an exchange (object netixlan).
type NetIXLan struct {
	ID, NetID, IXID, IXLanID int
	ASN                      values.ASN
	IPv4, IPv6               netip.Addr // zero where it has none
	RouteServerPeer          bool
	Speed                    int // Mbit/s
	Operational              bool
	Status                   string
	Created, Updated         time.Time
}

// Mailbox is where reports about a network go.
type Mailbox struct {
	NetID   int
	Role    string // Abuse or NOC
	Address string // in lower case
}
