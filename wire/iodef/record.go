package iodef

import "time"

// EmailData is a mail (section 3.21).
type EmailData struct {
	Observed
	EmailTo          []string        `iodef:"EmailTo"`
	EmailFrom        string          `iodef:"EmailFrom"`
	EmailSubject     string          `iodef:"EmailSubject"`
	EmailXMailer     string          `iodef:"EmailX-Mailer"`
	EmailHeaderField []Extension     `iodef:"EmailHeaderField"`
	EmailHeaders     string          `iodef:"EmailHeaders"`
	EmailBody        string          `iodef:"EmailBody"`
	EmailMessage     string          `iodef:"EmailMessage"`
	HashData         []HashData      `iodef:"HashData"`
	SignatureData    []SignatureData `iodef:"SignatureData,flat=Signature"`
}

// Record is what logs and the like say (section 3.22).
type Record struct {
	Restricted
	RecordData []RecordData `iodef:"RecordData,need"`
}

// RecordData is one thing that they say (section 3.22.1).
type RecordData struct {
	Restricted
	Observed
	DateTime                    time.Time                     `iodef:"DateTime"`
	Description                 []Text                        `iodef:"Description"`
	Application                 *Software                     `iodef:"Application"`
	RecordPattern               []RecordPattern               `iodef:"RecordPattern"`
	RecordItem                  []Extension                   `iodef:"RecordItem"`
	URL                         []string                      `iodef:"URL,as=url"`
	FileData                    []FileData                    `iodef:"FileData"`
	WindowsRegistryKeysModified []WindowsRegistryKeysModified `iodef:"WindowsRegistryKeysModified"`
	CertificateData             []CertificateData             `iodef:"CertificateData"`
	AdditionalData              []Extension                   `iodef:"AdditionalData"`
}

// RecordPattern finds something in a log (section 3.22.2).
type RecordPattern struct {
	Value         string `iodef:"value,text,need"`
	Type          string `iodef:"type,attr,need,one=pattern"`
	ExtType       string `iodef:"ext-type,attr"`
	Offset        *int64 `iodef:"offset,attr"`
	OffsetUnit    string `iodef:"offsetunit,attr,one=offset-unit"`
	ExtOffsetUnit string `iodef:"ext-offsetunit,attr"`
	Instance      *int64 `iodef:"instance,attr"`
}

// WindowsRegistryKeysModified are keys of a registry of Windows (section 3.23).
type WindowsRegistryKeysModified struct {
	Observed
	Key []Key `iodef:"Key,need"`
}

// Key is a key and what was done to it (section 3.23.1).
type Key struct {
	RegistryAction    string `iodef:"registryaction,attr,one=registry-action"`
	ExtRegistryAction string `iodef:"ext-registryaction,attr"`
	Observed
	KeyName  string `iodef:"KeyName,need"`
	KeyValue string `iodef:"KeyValue"`
}

// CertificateData are certificates (section 3.24).
type CertificateData struct {
	Restricted
	Observed
	Certificate []Certificate `iodef:"Certificate,need"`
}

// Certificate is a certificate, as XML Signature has it (section 3.24.1).
type Certificate struct {
	Observed
	X509Data    Opaque `iodef:"X509Data,need,ns=ds"`
	Description []Text `iodef:"Description"`
}

// FileData are files (section 3.25).
type FileData struct {
	Restricted
	Observed
	File []File `iodef:"File,need"`
}

// File is a file (section 3.25.1).
type File struct {
	Observed
	FileName           string          `iodef:"FileName"`
	FileSize           *int64          `iodef:"FileSize"`
	FileType           string          `iodef:"FileType"`
	URL                []string        `iodef:"URL,as=url"`
	HashData           *HashData       `iodef:"HashData"`
	SignatureData      []SignatureData `iodef:"SignatureData,flat=Signature"`
	AssociatedSoftware *Software       `iodef:"AssociatedSoftware"`
	FileProperties     []Extension     `iodef:"FileProperties"`
}

// HashData are hashes of what Scope says (section 3.26).
type HashData struct {
	Scope        string      `iodef:"scope,attr,need,one=scope"`
	ExtScope     string      `iodef:"ext-scope,attr"`
	HashTargetID string      `iodef:"HashTargetID"`
	Hash         []Hash      `iodef:"Hash"`
	FuzzyHash    []FuzzyHash `iodef:"FuzzyHash"`
}

// Hash is a hash: the method as XML Signature names it, the value in base64 (section 3.26.1).
type Hash struct {
	DigestMethod           string    `iodef:"DigestMethod,need,ns=ds,algorithm"`
	DigestValue            string    `iodef:"DigestValue,need,ns=ds"`
	CanonicalizationMethod string    `iodef:"CanonicalizationMethod,ns=ds,algorithm"`
	Application            *Software `iodef:"Application"`
}

// FuzzyHash is a hash that is alike for what is alike (section 3.26.2).
type FuzzyHash struct {
	FuzzyHashValue []Extension `iodef:"FuzzyHashValue,need"`
	Application    *Software   `iodef:"Application"`
	AdditionalData []Extension `iodef:"AdditionalData"`
}

// SignatureData are signatures, as XML Signature has them (section 3.27).
type SignatureData struct {
	Signature []Opaque `iodef:"Signature,need,ns=ds"`
}

// IndicatorData are indicators (section 3.28).
type IndicatorData struct {
	Indicator []Indicator `iodef:"Indicator,need"`
}

// Indicator is what to look for (section 3.29): one of Observable, ObservableReference, IndicatorExpression and
// IndicatorReference.
type Indicator struct {
	Restricted
	IndicatorID            IndicatorID              `iodef:"IndicatorID,need"`
	AlternativeIndicatorID []AlternativeIndicatorID `iodef:"AlternativeIndicatorID"`
	Description            []Text                   `iodef:"Description"`
	StartTime              time.Time                `iodef:"StartTime"`
	EndTime                time.Time                `iodef:"EndTime"`
	Confidence             *Confidence              `iodef:"Confidence"`
	Contact                []Contact                `iodef:"Contact"`
	Observable             *Observable              `iodef:"Observable"`
	ObservableReference    *ObservableReference     `iodef:"ObservableReference,flat=uid-ref"`
	IndicatorExpression    *IndicatorExpression     `iodef:"IndicatorExpression"`
	IndicatorReference     *IndicatorReference      `iodef:"IndicatorReference"`
	NodeRole               []NodeRole               `iodef:"NodeRole"`
	AttackPhase            []AttackPhase            `iodef:"AttackPhase"`
	Reference              []Reference              `iodef:"Reference"`
	AdditionalData         []Extension              `iodef:"AdditionalData"`
}

// IndicatorID is the number that the team of that name gave an indicator (section 3.29.1).
type IndicatorID struct {
	ID      string `iodef:"id,text,need,as=id"`
	Name    string `iodef:"name,attr,need"`
	Version string `iodef:"version,attr,need"`
}

// AlternativeIndicatorID are the numbers that others gave it (section 3.29.2).
type AlternativeIndicatorID struct {
	Restricted
	IndicatorID []IndicatorID `iodef:"IndicatorID,need"`
}

// Observable is what can be seen (section 3.29.3): one of its fields.
type Observable struct {
	Restricted
	System                      *System                      `iodef:"System"`
	Address                     *Address                     `iodef:"Address"`
	DomainData                  *DomainData                  `iodef:"DomainData"`
	Service                     *Service                     `iodef:"Service"`
	EmailData                   *EmailData                   `iodef:"EmailData"`
	WindowsRegistryKeysModified *WindowsRegistryKeysModified `iodef:"WindowsRegistryKeysModified"`
	FileData                    *FileData                    `iodef:"FileData"`
	CertificateData             *CertificateData             `iodef:"CertificateData"`
	RegistryHandle              *RegistryHandle              `iodef:"RegistryHandle"`
	RecordData                  *RecordData                  `iodef:"RecordData"`
	EventData                   *EventData                   `iodef:"EventData"`
	Incident                    *Incident                    `iodef:"Incident"`
	Expectation                 *Expectation                 `iodef:"Expectation"`
	Reference                   *Reference                   `iodef:"Reference"`
	Assessment                  *Assessment                  `iodef:"Assessment"`
	DetectionPattern            *DetectionPattern            `iodef:"DetectionPattern"`
	HistoryItem                 *HistoryItem                 `iodef:"HistoryItem"`
	BulkObservable              *BulkObservable              `iodef:"BulkObservable"`
	AdditionalData              []Extension                  `iodef:"AdditionalData"`
}

// BulkObservable are many values of one kind, one a line (section 3.29.4).
type BulkObservable struct {
	Type                 string                `iodef:"type,attr,need,one=bulk"`
	ExtType              string                `iodef:"ext-type,attr"`
	BulkObservableFormat *BulkObservableFormat `iodef:"BulkObservableFormat"`
	BulkObservableList   string                `iodef:"BulkObservableList,need"`
	AdditionalData       []Extension           `iodef:"AdditionalData"`
}

// BulkObservableFormat says more of the values (section 3.29.5).
type BulkObservableFormat struct {
	Hash           *Hash       `iodef:"Hash"`
	AdditionalData []Extension `iodef:"AdditionalData"`
}

// IndicatorExpression joins indicators (section 3.29.6).
type IndicatorExpression struct {
	Operator            string                `iodef:"operator,attr,one=operator"` // "" is and
	ExtOperator         string                `iodef:"ext-operator,attr"`
	IndicatorExpression []IndicatorExpression `iodef:"IndicatorExpression"`
	Observable          []Observable          `iodef:"Observable"`
	ObservableReference []ObservableReference `iodef:"ObservableReference,flat=uid-ref"`
	IndicatorReference  []IndicatorReference  `iodef:"IndicatorReference"`
	Confidence          *Confidence           `iodef:"Confidence"`
	AdditionalData      []Extension           `iodef:"AdditionalData"`
}

// ObservableReference refers to something in the document (section 3.29.7).
type ObservableReference struct {
	UIDRef string `iodef:"uid-ref,attr,need,as=id"`
}

// IndicatorReference refers to an indicator, in the document or elsewhere (section 3.29.8).
type IndicatorReference struct {
	UIDRef  string `iodef:"uid-ref,attr,as=id"`
	EUIDRef string `iodef:"euid-ref,attr"`
	Version string `iodef:"version,attr"`
}

// AttackPhase is a phase of an attack (section 3.29.9).
type AttackPhase struct {
	AttackPhaseID  []string    `iodef:"AttackPhaseID"`
	URL            []string    `iodef:"URL,as=url"`
	Description    []Text      `iodef:"Description"`
	AdditionalData []Extension `iodef:"AdditionalData"`
}
