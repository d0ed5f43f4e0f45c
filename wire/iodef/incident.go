package iodef

import "time"

// The tags of the fields below are the schema: the name, which both formats share, and then
//
//	attr        an attribute in XML
//	text        what the element holds in XML
//	need        it must be there
//	one=LIST    a word of the list of that name in enums.go
//	as=FORM     of a form: id, url, portlist, timezone, positive
//	ns=PREFIX   in another namespace: enum, sci, ds
//	flat=NAME   in JSON, what the wrapper holds stands here under that name
//	json=NAME   in JSON, it has another name
//	algorithm   in XML, an empty element with the attribute Algorithm
//	impact      in JSON, it stands in the list Impact
//	stands=WORD in JSON, which wants a word, this one stands for none

// Document is an IODEF document.
type Document struct {
	Version         string      `iodef:"version,attr"` // "2.00" in XML, "2.0" in JSON
	Lang            string      `iodef:"lang,attr"`
	FormatID        string      `iodef:"format-id,attr"`
	PrivateEnumName string      `iodef:"private-enum-name,attr"`
	PrivateEnumID   string      `iodef:"private-enum-id,attr"`
	Incident        []Incident  `iodef:"Incident,need"`
	AdditionalData  []Extension `iodef:"AdditionalData"`
}

// Restricted says how far something may be passed on. What says nothing is as restricted as what holds it.
type Restricted struct {
	Restriction    string `iodef:"restriction,attr,one=restriction"`
	ExtRestriction string `iodef:"ext-restriction,attr"`
}

// Observed is what indicators may refer to.
type Observed struct {
	ObservableID string `iodef:"observable-id,attr,as=id"`
}

// Text is text in a language (ML_STRING).
type Text struct {
	Value         string `iodef:"value,text"`
	Lang          string `iodef:"lang,attr"`
	TranslationID string `iodef:"translation-id,attr"`
}

// Extension is information that the format has no place for (EXTENSION). Where DType is "xml", Value may hold elements.
type Extension struct {
	Value    string `iodef:"value,text"`
	Name     string `iodef:"name,attr"`
	DType    string `iodef:"dtype,attr,need,one=dtype"`
	ExtDType string `iodef:"ext-dtype,attr"`
	Meaning  string `iodef:"meaning,attr"`
	FormatID string `iodef:"formatid,attr"`
	Restricted
	Observed
}

// Opaque is what another standard defines: in XML what the element holds, in JSON those octets in base64.
type Opaque []byte

// Incident is an incident, or indicators that are shared (RFC 7970, section 3.2).
type Incident struct {
	Purpose    string `iodef:"purpose,attr,need,one=purpose"`
	ExtPurpose string `iodef:"ext-purpose,attr"`
	Status     string `iodef:"status,attr,one=status"`
	ExtStatus  string `iodef:"ext-status,attr"`
	Lang       string `iodef:"lang,attr"`
	Restricted
	Observed
	IncidentID      IncidentID        `iodef:"IncidentID,need"`
	AlternativeID   *AlternativeID    `iodef:"AlternativeID"`
	RelatedActivity []RelatedActivity `iodef:"RelatedActivity"`
	DetectTime      time.Time         `iodef:"DetectTime"`
	StartTime       time.Time         `iodef:"StartTime"`
	EndTime         time.Time         `iodef:"EndTime"`
	RecoveryTime    time.Time         `iodef:"RecoveryTime"`
	ReportTime      time.Time         `iodef:"ReportTime"`
	GenerationTime  time.Time         `iodef:"GenerationTime,need"`
	Description     []Text            `iodef:"Description"`
	Discovery       []Discovery       `iodef:"Discovery"`
	Assessment      []Assessment      `iodef:"Assessment"`
	Method          []Method          `iodef:"Method"`
	Contact         []Contact         `iodef:"Contact,need"`
	EventData       []EventData       `iodef:"EventData"`
	IndicatorData   *IndicatorData    `iodef:"IndicatorData,flat=Indicator"`
	History         *History          `iodef:"History"`
	AdditionalData  []Extension       `iodef:"AdditionalData"`
}

// IncidentID is the number that the team of that name gave an incident (section 3.4).
type IncidentID struct {
	ID       string `iodef:"id,text,need"`
	Name     string `iodef:"name,attr,need"` // a domain name
	Instance string `iodef:"instance,attr"`
	Restricted
}

// AlternativeID are the numbers that others gave it (section 3.5).
type AlternativeID struct {
	Restricted
	IncidentID []IncidentID `iodef:"IncidentID,need"`
}

// RelatedActivity is what an incident has to do with others (section 3.6).
type RelatedActivity struct {
	Restricted
	IncidentID     []IncidentID  `iodef:"IncidentID"`
	URL            []string      `iodef:"URL,as=url"`
	ThreatActor    []ThreatActor `iodef:"ThreatActor"`
	Campaign       []Campaign    `iodef:"Campaign"`
	IndicatorID    []IndicatorID `iodef:"IndicatorID"`
	Confidence     *Confidence   `iodef:"Confidence"`
	Description    []Text        `iodef:"Description"`
	AdditionalData []Extension   `iodef:"AdditionalData"`
}

// ThreatActor is who is behind it (section 3.7).
type ThreatActor struct {
	Restricted
	ThreatActorID  []string    `iodef:"ThreatActorID"`
	URL            []string    `iodef:"URL,as=url"`
	Description    []Text      `iodef:"Description"`
	AdditionalData []Extension `iodef:"AdditionalData"`
}

// Campaign is a campaign of an actor (section 3.8).
type Campaign struct {
	Restricted
	CampaignID     []string    `iodef:"CampaignID"`
	URL            []string    `iodef:"URL,as=url"`
	Description    []Text      `iodef:"Description"`
	AdditionalData []Extension `iodef:"AdditionalData"`
}

// Contact is a person or an organisation, and its role (section 3.9).
type Contact struct {
	Role    string `iodef:"role,attr,need,one=role"`
	ExtRole string `iodef:"ext-role,attr"`
	Type    string `iodef:"type,attr,need,one=contact-type"`
	ExtType string `iodef:"ext-type,attr"`
	Restricted
	ContactName    []Text           `iodef:"ContactName"`
	ContactTitle   []Text           `iodef:"ContactTitle"`
	Description    []Text           `iodef:"Description"`
	RegistryHandle []RegistryHandle `iodef:"RegistryHandle"`
	PostalAddress  []PostalAddress  `iodef:"PostalAddress"`
	Email          []Email          `iodef:"Email"`
	Telephone      []Telephone      `iodef:"Telephone"`
	Timezone       string           `iodef:"Timezone,as=timezone"`
	Contact        []Contact        `iodef:"Contact"`
	AdditionalData []Extension      `iodef:"AdditionalData"`
}

// RegistryHandle is a handle at a registry (section 3.9.1).
type RegistryHandle struct {
	Handle      string `iodef:"handle,text,need"`
	Registry    string `iodef:"registry,attr,one=registry"`
	ExtRegistry string `iodef:"ext-registry,attr"`
}

// PostalAddress is an address for letters (section 3.9.2).
type PostalAddress struct {
	Type        string `iodef:"type,attr,one=postal-type"`
	ExtType     string `iodef:"ext-type,attr"`
	PAddress    Text   `iodef:"PAddress,need"`
	Description []Text `iodef:"Description"`
}

// Email is an address of mail (section 3.9.3).
type Email struct {
	Type        string `iodef:"type,attr,one=email-type"`
	ExtType     string `iodef:"ext-type,attr"`
	EmailTo     string `iodef:"EmailTo,need"`
	Description []Text `iodef:"Description"`
}

// Telephone is a number of a telephone (section 3.9.4).
type Telephone struct {
	Type            string `iodef:"type,attr,one=telephone-type"`
	ExtType         string `iodef:"ext-type,attr"`
	TelephoneNumber string `iodef:"TelephoneNumber,need"`
	Description     []Text `iodef:"Description"`
}

// Discovery is how an incident came to light (section 3.10).
type Discovery struct {
	Source    string `iodef:"source,attr,one=discovery"`
	ExtSource string `iodef:"ext-source,attr"`
	Restricted
	Description      []Text             `iodef:"Description"`
	Contact          []Contact          `iodef:"Contact"`
	DetectionPattern []DetectionPattern `iodef:"DetectionPattern"`
}

// DetectionPattern is how a tool is set up to find it (section 3.10.1).
type DetectionPattern struct {
	Restricted
	Observed
	Application            Software `iodef:"Application,need"`
	Description            []Text   `iodef:"Description"`
	DetectionConfiguration []string `iodef:"DetectionConfiguration"`
}

// Method is what the attacker did (section 3.11).
type Method struct {
	Restricted
	Reference      []Reference  `iodef:"Reference"`
	Description    []Text       `iodef:"Description"`
	AttackPattern  []Structured `iodef:"AttackPattern,ns=sci"`
	Vulnerability  []Structured `iodef:"Vulnerability,ns=sci"`
	Weakness       []Structured `iodef:"Weakness,ns=sci"`
	AdditionalData []Extension  `iodef:"AdditionalData"`
}

// Structured is information in the form of another standard (RFC 7203, section 4.4).
type Structured struct {
	SpecID    string       `iodef:"SpecID,attr,need"`
	ExtSpecID string       `iodef:"ext-SpecID,attr"`
	ContentID string       `iodef:"ContentID,attr"`
	RawData   []Opaque     `iodef:"RawData,ns=sci"`
	Reference []Reference  `iodef:"Reference,ns=sci"`
	Platform  []Structured `iodef:"Platform,ns=sci"`
	Scoring   []Structured `iodef:"Scoring,ns=sci"`
}

// Reference is where a vulnerability, a tool or the like is described (section 3.11.1).
type Reference struct {
	Observed
	ReferenceName *ReferenceName `iodef:"ReferenceName,ns=enum"`
	URL           []string       `iodef:"URL,as=url"`
	Description   []Text         `iodef:"Description"`
}

// ReferenceName is a name in a list that the IANA keeps a number for (RFC 7495); 1 is CVE.
type ReferenceName struct {
	SpecIndex *int64 `iodef:"specIndex,attr,need"`
	ID        string `iodef:"ID,need,ns=enum"`
}

// Software is a program or an operating system (SOFTWARE).
type Software struct {
	SoftwareReference *SoftwareReference `iodef:"SoftwareReference"`
	URL               []string           `iodef:"URL,as=url"`
	Description       []Text             `iodef:"Description"`
}

// SoftwareReference is software in the words of another standard. Where DType is "xml", Value may hold elements.
type SoftwareReference struct {
	Value       string `iodef:"value,text"`
	SpecName    string `iodef:"spec-name,attr,need,one=spec-name"`
	ExtSpecName string `iodef:"ext-spec-name,attr"`
	DType       string `iodef:"dtype,attr,one=software-dtype"`
	ExtDType    string `iodef:"ext-dtype,attr"`
}

// History is what was done about an incident (section 3.13).
type History struct {
	Restricted
	HistoryItem []HistoryItem `iodef:"HistoryItem,need"`
}

// HistoryItem is one thing that was done (section 3.13.1).
type HistoryItem struct {
	Action    string `iodef:"action,attr,need,one=action"`
	ExtAction string `iodef:"ext-action,attr"`
	Restricted
	Observed
	DateTime       time.Time   `iodef:"DateTime,need"`
	IncidentID     *IncidentID `iodef:"IncidentID"`
	Contact        *Contact    `iodef:"Contact"`
	Description    []Text      `iodef:"Description"`
	DefinedCOA     []string    `iodef:"DefinedCOA"`
	AdditionalData []Extension `iodef:"AdditionalData"`
}
