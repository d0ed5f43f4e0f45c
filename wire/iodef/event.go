package iodef

import "time"

// Assessment is what an incident did (section 3.12).
type Assessment struct {
	Occurrence string `iodef:"occurrence,attr,one=occurrence"`
	Restricted
	Observed
	IncidentCategory []Text           `iodef:"IncidentCategory"`
	SystemImpact     []SystemImpact   `iodef:"SystemImpact,impact"`
	BusinessImpact   []BusinessImpact `iodef:"BusinessImpact,impact"`
	TimeImpact       []TimeImpact     `iodef:"TimeImpact,impact"`
	MonetaryImpact   []MonetaryImpact `iodef:"MonetaryImpact,impact"`
	IntendedImpact   []BusinessImpact `iodef:"IntendedImpact,impact"`
	Counter          []Counter        `iodef:"Counter"`
	MitigatingFactor []Text           `iodef:"MitigatingFactor"`
	Cause            []Text           `iodef:"Cause"`
	Confidence       *Confidence      `iodef:"Confidence"`
	AdditionalData   []Extension      `iodef:"AdditionalData"`
}

// SystemImpact is what it did to systems (section 3.12.1).
type SystemImpact struct {
	Severity    string `iodef:"severity,attr,one=severity"`
	Completion  string `iodef:"completion,attr,one=completion"`
	Type        string `iodef:"type,attr,one=system-impact,stands=unknown"`
	ExtType     string `iodef:"ext-type,attr"`
	Description []Text `iodef:"Description"`
}

// BusinessImpact is what it did to who runs them, or was meant to (section 3.12.2).
type BusinessImpact struct {
	Severity    string `iodef:"severity,attr,one=business-severity"`
	ExtSeverity string `iodef:"ext-severity,attr"`
	Type        string `iodef:"type,attr,one=business-impact,stands=unknown"`
	ExtType     string `iodef:"ext-type,attr"`
	Description []Text `iodef:"Description"`
}

// TimeImpact is the time that it cost (section 3.12.3).
type TimeImpact struct {
	Value       *float64 `iodef:"value,text,need,as=positive"`
	Severity    string   `iodef:"severity,attr,one=severity"`
	Metric      string   `iodef:"metric,attr,need,one=metric"`
	ExtMetric   string   `iodef:"ext-metric,attr"`
	Duration    string   `iodef:"duration,attr,one=duration"`
	ExtDuration string   `iodef:"ext-duration,attr"`
}

// MonetaryImpact is the money that it cost (section 3.12.4).
type MonetaryImpact struct {
	Value    *float64 `iodef:"value,text,need,as=positive"`
	Severity string   `iodef:"severity,attr,one=severity"`
	Currency string   `iodef:"currency,attr"`
}

// Confidence is how sure somebody is (section 3.12.5). There is a value where Rating is "numeric".
type Confidence struct {
	Value     *float64 `iodef:"value,text"`
	Rating    string   `iodef:"rating,attr,need,one=rating"`
	ExtRating string   `iodef:"ext-rating,attr"`
}

// EventData is an event of an incident; one inside another adds to it (section 3.14).
type EventData struct {
	Restricted
	Observed
	Description    []Text        `iodef:"Description"`
	DetectTime     time.Time     `iodef:"DetectTime"`
	StartTime      time.Time     `iodef:"StartTime"`
	EndTime        time.Time     `iodef:"EndTime"`
	RecoveryTime   time.Time     `iodef:"RecoveryTime"`
	ReportTime     time.Time     `iodef:"ReportTime"`
	Contact        []Contact     `iodef:"Contact"`
	Discovery      []Discovery   `iodef:"Discovery"`
	Assessment     *Assessment   `iodef:"Assessment"`
	Method         []Method      `iodef:"Method"`
	Flow           []Flow        `iodef:"Flow,flat=System"` // JSON does not tell flows apart
	Expectation    []Expectation `iodef:"Expectation"`
	Record         *Record       `iodef:"Record,flat=RecordData"`
	EventData      []EventData   `iodef:"EventData"`
	AdditionalData []Extension   `iodef:"AdditionalData"`
}

// Expectation is what the sender asks of who reads (section 3.15). What is not done by EndTime may not be done any more.
type Expectation struct {
	Action    string `iodef:"action,attr,one=action"`
	ExtAction string `iodef:"ext-action,attr"`
	Severity  string `iodef:"severity,attr,one=severity"`
	Restricted
	Observed
	Description []Text    `iodef:"Description"`
	DefinedCOA  []string  `iodef:"DefinedCOA"`
	StartTime   time.Time `iodef:"StartTime"`
	EndTime     time.Time `iodef:"EndTime"`
	Contact     *Contact  `iodef:"Contact"`
}

// Flow are the systems that had to do with each other (section 3.16).
type Flow struct {
	System []System `iodef:"System,need"`
}

// System is a machine or a network, and its part in an event (section 3.17).
type System struct {
	Category     string `iodef:"category,attr,one=system-category"`
	ExtCategory  string `iodef:"ext-category,attr"`
	Interface    string `iodef:"interface,attr"`
	Spoofed      string `iodef:"spoofed,attr,one=yes-no"`
	Virtual      string `iodef:"virtual,attr,one=yes-no"`
	Ownership    string `iodef:"ownership,attr,one=ownership"`
	ExtOwnership string `iodef:"ext-ownership,attr"`
	Restricted
	Observed
	Node            Node        `iodef:"Node,need"`
	NodeRole        []NodeRole  `iodef:"NodeRole"`
	Service         []Service   `iodef:"Service"`
	OperatingSystem []Software  `iodef:"OperatingSystem"`
	Counter         []Counter   `iodef:"Counter"`
	AssetID         []string    `iodef:"AssetID"`
	Description     []Text      `iodef:"Description"`
	AdditionalData  []Extension `iodef:"AdditionalData"`
}

// Node is where a system is found: by names, by addresses (section 3.18).
type Node struct {
	DomainData    []DomainData   `iodef:"DomainData"`
	Address       []Address      `iodef:"Address"`
	PostalAddress *PostalAddress `iodef:"PostalAddress"`
	Location      []Text         `iodef:"Location"`
	Counter       []Counter      `iodef:"Counter"`
}

// Address is an address of the kind that Category says (section 3.18.1). Masked ones are what is left of an address that
// is not told.
type Address struct {
	Value       string `iodef:"value,text,need"`
	Category    string `iodef:"category,attr,one=address,stands=ipv6-addr"` // "" is ipv6-addr
	ExtCategory string `iodef:"ext-category,attr"`
	VLANName    string `iodef:"vlan-name,attr"`
	VLANNum     *int64 `iodef:"vlan-num,attr"`
	Observed
}

// NodeRole is what a system is for (section 3.18.2).
type NodeRole struct {
	Category    string `iodef:"category,attr,need,one=node-role"`
	ExtCategory string `iodef:"ext-category,attr"`
	Description []Text `iodef:"Description"`
}

// Counter is how much of something there was (section 3.18.3).
type Counter struct {
	Value       *float64 `iodef:"value,text,need"`
	Type        string   `iodef:"type,attr,need,one=counter-type"`
	ExtType     string   `iodef:"ext-type,attr"`
	Unit        string   `iodef:"unit,attr,need,one=unit"`
	ExtUnit     string   `iodef:"ext-unit,attr"`
	Meaning     string   `iodef:"meaning,attr"`
	Duration    string   `iodef:"duration,attr,one=duration"`
	ExtDuration string   `iodef:"ext-duration,attr"`
}

// DomainData is a domain name and what is known of it (section 3.19).
type DomainData struct {
	SystemStatus    string `iodef:"system-status,attr,one=system-status,stands=unknown"`
	ExtSystemStatus string `iodef:"ext-system-status,attr"`
	DomainStatus    string `iodef:"domain-status,attr,one=domain-status,stands=unknown"`
	ExtDomainStatus string `iodef:"ext-domain-status,attr"`
	Observed
	Name                 string          `iodef:"Name,need"`
	DateDomainWasChecked time.Time       `iodef:"DateDomainWasChecked"`
	RegistrationDate     time.Time       `iodef:"RegistrationDate"`
	ExpirationDate       time.Time       `iodef:"ExpirationDate"`
	RelatedDNS           []Extension     `iodef:"RelatedDNS"`
	Nameservers          []Nameservers   `iodef:"Nameservers,json=NameServers"`
	DomainContacts       *DomainContacts `iodef:"DomainContacts"`
}

// Nameservers is a server of names for a domain (section 3.19.1).
type Nameservers struct {
	Server  string    `iodef:"Server,need"`
	Address []Address `iodef:"Address,need"`
}

// DomainContacts is who answers for a domain (section 3.19.2).
type DomainContacts struct {
	SameDomainContact string    `iodef:"SameDomainContact"`
	Contact           []Contact `iodef:"Contact"`
}

// Service is what a system offers or uses (section 3.20).
type Service struct {
	IPProtocol *int64 `iodef:"ip-protocol,attr"`
	Observed
	ServiceName       *ServiceName       `iodef:"ServiceName"`
	Port              *int64             `iodef:"Port"`
	Portlist          string             `iodef:"Portlist,as=portlist"`
	ProtoCode         *int64             `iodef:"ProtoCode"`
	ProtoType         *int64             `iodef:"ProtoType"`
	ProtoField        *int64             `iodef:"ProtoField"`
	ApplicationHeader *ApplicationHeader `iodef:"ApplicationHeader,flat=ApplicationHeaderField"`
	EmailData         *EmailData         `iodef:"EmailData"`
	Application       *Software          `iodef:"Application"`
}

// ServiceName is what a service is called (section 3.20.1).
type ServiceName struct {
	IANAService string   `iodef:"IANAService"`
	URL         []string `iodef:"URL,as=url"`
	Description []Text   `iodef:"Description"`
}

// ApplicationHeader are fields of an application's header (section 3.20.2).
type ApplicationHeader struct {
	ApplicationHeaderField []Extension `iodef:"ApplicationHeaderField,need"`
}
