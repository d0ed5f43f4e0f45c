package iodef

import "strings"

// documentXML gives a document with incidents.
func documentXML(incidents string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>
<IODEF-Document version="2.00" xml:lang="en" xmlns="urn:ietf:params:xml:ns:iodef-2.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="x y"
  xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:sci="urn:ietf:params:xml:ns:iodef-sci-1.0" xmlns:enum="urn:ietf:params:xml:ns:iodef-enum-1.0">
` + incidents + "\n</IODEF-Document>\n"
}

// incidentXML gives an incident with attributes beside the purpose, and what stands before and behind the contact.
func incidentXML(attributes, before, behind string) string {
	return documentXML(`<Incident purpose="reporting" ` + attributes + `><IncidentID name="cert.example">2026-7</IncidentID>` +
		`<GenerationTime>2026-02-03T09:30:00+05:30</GenerationTime>` + before +
		`<Contact role="creator" type="organization"><Email><EmailTo>cert@cert.example</EmailTo></Email></Contact>` + behind + `</Incident>`)
}

// eventXML gives an incident with an event in which systems had to do with each other.
func eventXML(systems string) string {
	return incidentXML("", "", `<EventData><Flow>`+systems+`</Flow></EventData>`)
}

const attacker = `<System category="source" spoofed="no"><Node><Address category="ipv4-addr">192.0.2.7</Address></Node><Service ip-protocol="6"><Port>50123</Port></Service></System>`

// goodXML are documents written from RFC 7970.
var goodXML = map[string]string{
	"least":         incidentXML("", "", ""),
	"two incidents": documentXML(strings.Repeat(strings.TrimSuffix(strings.SplitN(incidentXML("", "", ""), "\n", 4)[3], "\n</IODEF-Document>\n"), 2) + `<AdditionalData dtype="string">both</AdditionalData>`),
	"a scan": incidentXML(`restriction="green" status="new" xml:lang="en"`, `<Description xml:lang="hi" translation-id="1">स्कैन</Description><Assessment occurrence="actual"><SystemImpact severity="low" type="policy"/><Confidence rating="numeric">0.8</Confidence></Assessment>`,
		`<EventData><DetectTime>2026-02-03T04:05:06Z</DetectTime><StartTime>2026-02-03T04:00:00.25Z</StartTime><Method><Reference><enum:ReferenceName specIndex="1"><enum:ID>CVE-2021-44228</enum:ID></enum:ReferenceName><URL>https://nvd.example/</URL></Reference></Method><Flow>`+attacker+
			`<System category="target"><Node><Address category="ipv4-net">203.0.113.0/24</Address></Node><Service ip-protocol="6"><Portlist>22,80-90</Portlist></Service></System></Flow><Expectation action="block-host" severity="high"><EndTime>2026-02-10T00:00:00Z</EndTime></Expectation></EventData>`),
	"masked":            eventXML(`<System category="source"><Node><Address category="ipv4-net-masked">192.0.2.0/24</Address><Address category="asn">64500</Address></Node></System>`),
	"names and roles":   eventXML(`<System category="infrastructure" ownership="no-relationship"><Node><DomainData system-status="fraudulent" domain-status="assignedAndActive"><Name>c2.example</Name><RegistrationDate>2026-01-01T00:00:00Z</RegistrationDate><Nameservers><Server>ns.example</Server><Address category="ipv6-addr">2001:db8::53</Address></Nameservers><DomainContacts><SameDomainContact>other.example</SameDomainContact></DomainContacts></DomainData><Location>Pune</Location><Counter type="count" unit="host">17</Counter></Node><NodeRole category="c2-server"/><OperatingSystem><SoftwareReference spec-name="cpe" dtype="string">cpe:/o:nobody:nothing:1</SoftwareReference></OperatingSystem><AssetID>a-1</AssetID></System>`),
	"events in events":  incidentXML("", "", `<EventData restriction="public"><Description>one</Description><EventData><Description>two</Description><EventData><Flow>`+attacker+`</Flow></EventData></EventData></EventData>`),
	"extension words":   incidentXML(`status="ext-value" ext-status="parked"`, `<Assessment><BusinessImpact severity="high" type="ext-value" ext-type="embarrassment"/><TimeImpact metric="downtime" duration="hour">2.5</TimeImpact><MonetaryImpact currency="INR">1000000</MonetaryImpact><IntendedImpact type="extortion"/><MitigatingFactor>luck</MitigatingFactor></Assessment>`, ""),
	"files":             incidentXML("", "", `<EventData><Record restriction="private"><RecordData><DateTime>2026-02-03T04:05:06Z</DateTime><RecordPattern type="regex" offset="3">^a+$</RecordPattern><RecordItem dtype="string" name="log">GET /a.exe &lt;x&gt;</RecordItem><FileData observable-id="f1"><File><FileName>a.exe</FileName><FileSize>1024</FileSize><HashData scope="file-contents"><Hash><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=</ds:DigestValue></Hash><FuzzyHash><FuzzyHashValue dtype="string">3:a:b</FuzzyHashValue></FuzzyHash></HashData></File></FileData><WindowsRegistryKeysModified><Key registryaction="add-value"><KeyName>HKLM\x</KeyName><KeyValue>1</KeyValue></Key></WindowsRegistryKeysModified><CertificateData><Certificate><ds:X509Data><ds:X509Certificate>MAA=</ds:X509Certificate></ds:X509Data></Certificate></CertificateData></RecordData></Record></EventData>`),
	"a mail":            eventXML(`<System category="source"><Node><Address category="e-mail">win@lottery.example</Address></Node><Service><ServiceName><IANAService>smtp</IANAService></ServiceName><ApplicationHeader><ApplicationHeaderField dtype="string" name="X-A">1</ApplicationHeaderField></ApplicationHeader><EmailData><EmailTo>user@mail.example</EmailTo><EmailFrom>win@lottery.example</EmailFrom><EmailSubject>win</EmailSubject><EmailX-Mailer>x</EmailX-Mailer><SignatureData><ds:Signature Id="s"><ds:SignedInfo/></ds:Signature></SignatureData></EmailData></Service></System>`),
	"indicators":        incidentXML("", `<RelatedActivity><ThreatActor><ThreatActorID>TA-1</ThreatActorID></ThreatActor><Campaign><CampaignID>C-1</CampaignID></Campaign><IndicatorID name="cert.example" version="1">I0</IndicatorID></RelatedActivity>`, `<IndicatorData><Indicator><IndicatorID name="cert.example" version="1">I1</IndicatorID><Description>hosts</Description><StartTime>2026-02-01T00:00:00Z</StartTime><Observable><BulkObservable type="domain-name"><BulkObservableList>a.example`+"\n"+`b.example</BulkObservableList></BulkObservable></Observable><NodeRole category="malware-distribution"/><AttackPhase><AttackPhaseID>3</AttackPhaseID></AttackPhase></Indicator><Indicator><IndicatorID name="cert.example" version="1">I2</IndicatorID><ObservableReference uid-ref="f1"/></Indicator><Indicator><IndicatorID name="cert.example" version="1">I3</IndicatorID><IndicatorExpression operator="or"><Observable><Address category="ipv6-addr">2001:db8::7</Address></Observable><ObservableReference uid-ref="f1"/><IndicatorReference euid-ref="x" version="2"/></IndicatorExpression></Indicator></IndicatorData>`),
	"other standards":   incidentXML("", `<Method><Description>as told</Description><sci:Vulnerability SpecID="urn:ietf:params:xml:ns:mile:cwe:3.3" ContentID="CWE-89"/><sci:AttackPattern SpecID="urn:x"><sci:RawData><x xmlns="urn:x"><y>1</y></x></sci:RawData></sci:AttackPattern></Method>`, `<AdditionalData dtype="xml" name="more"><a:b xmlns:a="urn:a">1 &amp; 2</a:b></AdditionalData>`),
	"history, contacts": incidentXML("", `<Discovery source="external-notification"><DetectionPattern><Application><Description>ids</Description></Application><DetectionConfiguration>alert</DetectionConfiguration></DetectionPattern></Discovery>`, `<Contact role="victim" type="person" restriction="need-to-know"><ContactName>A. Person</ContactName><RegistryHandle registry="apnic">AP1</RegistryHandle><PostalAddress type="street"><PAddress>1, Road`+"\n"+`Pune</PAddress></PostalAddress><Telephone type="mobile"><TelephoneNumber>+91 20 0000</TelephoneNumber></Telephone><Timezone>+05:30</Timezone><Contact role="irt" type="organization"/></Contact><History><HistoryItem action="contact-target-site"><DateTime>2026-02-03T05:00:00Z</DateTime><DefinedCOA>COA-1</DefinedCOA></HistoryItem></History>`),
	"comments":          strings.Replace(incidentXML("", "", ""), "<GenerationTime>", "<!-- a comment --><?x y?><GenerationTime>", 1),
}

// refused are documents that are refused, made of a good one by putting new in place of old, and the reason.
type refused struct{ name, of, old, new, reason string }

// badXML are refused incident by incident.
var badXML = []refused{
	{"no purpose", "least", ` purpose="reporting"`, "", "purpose: it is missing"},
	{"purpose", "least", `"reporting"`, `"fun"`, `purpose: "fun" is none of traceback, mitigation`},
	{"no ID", "least", `<IncidentID name="cert.example">2026-7</IncidentID>`, "", "IncidentID: it is missing"},
	{"empty ID", "least", "2026-7", "", "IncidentID.id: it is missing"},
	{"ID of nobody", "least", ` name="cert.example"`, "", "IncidentID.name: it is missing"},
	{"ID twice", "least", "<GenerationTime>", `<IncidentID name="cert.example">8</IncidentID><GenerationTime>`, "Incident.IncidentID: it is there twice"},
	{"no time", "least", "<GenerationTime>2026-02-03T09:30:00+05:30</GenerationTime>", "", "GenerationTime: it is missing"},
	{"time without offset", "least", "09:30:00+05:30", "09:30:00", `GenerationTime: "2026-02-03T09:30:00" is no time`},
	{"no contact", "least", `<Contact role="creator" type="organization"><Email><EmailTo>cert@cert.example</EmailTo></Email></Contact>`, "", "Contact: it is missing"},
	{"contact without a role", "least", ` role="creator"`, "", "Contact.role: it is missing"},
	{"mail without an address", "least", "<EmailTo>cert@cert.example</EmailTo>", "", "Contact.Email.EmailTo: it is missing"},
	{"element of nobody", "least", "<GenerationTime>", "<Priority>1</Priority><GenerationTime>", `there is no element "Priority"`},
	{"element of another namespace", "least", "<GenerationTime>", `<ds:GenerationTime/><GenerationTime>`, `there is no element "GenerationTime" of the namespace "http://www.w3.org/2000/09/xmldsig#"`},
	{"attribute of nobody", "least", `purpose="reporting"`, `purpose="reporting" priority="1"`, `there is no attribute "priority"`},
	{"attribute twice", "least", `purpose="reporting"`, `purpose="reporting" purpose="watch"`, "Incident.purpose: it is there twice"},
	{"text where none is", "least", "<GenerationTime>", "now<GenerationTime>", `Incident: it holds the text "now"`},
	{"restriction", "a scan", `"green"`, `"secret"`, `restriction: "secret" is none of`},
	{"no flow", "a scan", attacker, "<x/>", `Flow: there is no element "x"`},
	{"empty flow", "masked", `<System category="source"><Node><Address category="ipv4-net-masked">192.0.2.0/24</Address><Address category="asn">64500</Address></Node></System>`, "", "Flow.System: it is missing"},
	{"empty node", "masked", `<Address category="ipv4-net-masked">192.0.2.0/24</Address><Address category="asn">64500</Address>`, "<Location>x</Location>", "Node: it has neither an Address nor DomainData"},
	{"kind of address", "masked", "ipv4-net-masked", "ipv5", `category: "ipv5" is none of asn, atm`},
	{"port", "a scan", "<Port>50123</Port>", "<Port>many</Port>", `Port: "many" is no whole number`},
	{"list of ports", "a scan", "22,80-90", "22;80", `Portlist: "22;80" is no portlist`},
	{"confidence", "a scan", ">0.8<", ">very<", `"very" is no number`},
	{"no confidence", "a scan", ">0.8<", "><", "it is numeric and has no number"},
	{"assessment of nothing", "a scan", `<SystemImpact severity="low" type="policy"/>`, "", "Assessment: it has no impact"},
	{"time that costs nothing", "extension words", "2.5", "0", "TimeImpact.value: 0 is not above 0"},
	{"word of an extension", "extension words", ` ext-status="parked"`, "", "status: it is ext-value, and there is no ext-status"},
	{"domain without a name", "names and roles", "<Name>c2.example</Name>", "", "DomainData.Name: it is missing"},
	{"role of a node", "names and roles", "c2-server", "evil", `category: "evil" is none of`},
	{"hash of nothing", "files", ` Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"`, "", "DigestMethod: it is missing"},
	{"hash without a scope", "files", ` scope="file-contents"`, "", "scope: it is missing"},
	{"observable ID", "files", `observable-id="f1"`, `observable-id="1 f"`, `observable-id: "1 f" is no id`},
	{"elements in a string", "files", "GET /a.exe", "<a/>", `it holds elements, and its dtype is "string"`},
	{"elements in a name", "files", "<FileName>a.exe</FileName>", "<FileName><b/></FileName>", "FileName: it holds elements"},
	{"two observables", "indicators", `<Address category="ipv6-addr">2001:db8::7</Address>`, `<Address category="ipv6-addr">2001:db8::7</Address><FileData><File/></FileData>`, "it holds several things"},
	{"indicator of nothing", "indicators", `<ObservableReference uid-ref="f1"/></Indicator>`, `</Indicator>`, "it holds none of the things"},
	{"time zone", "history, contacts", "<Timezone>+05:30", "<Timezone>IST", `Timezone: "IST" is no timezone`},
}

// brokenXML are refused as a whole.
var brokenXML = []refused{
	{"empty", "least", goodXML["least"], "  \n", "it is empty"},
	{"text", "least", goodXML["least"], "hello", "it is neither XML nor a JSON object"},
	{"UTF-16", "least", goodXML["least"], "\xfe\xff\x00<", "UTF-16"},
	{"charset", "least", `"UTF-8"`, `"ISO-8859-1"`, `it is written in "ISO-8859-1", only UTF-8 is read`},
	{"no UTF-8", "least", "2026-7", "\xff", "invalid UTF-8"},
	{"version 1", "least", "iodef-2.0", "iodef-1.0", "it is IODEF version 1"},
	{"version 3", "least", `version="2.00"`, `version="3.00"`, `it is of version "3.00"`},
	{"another document", "least", "<IODEF-Document", "<html", "not with an IODEF-Document"},
	{"no incident", "least", goodXML["least"], documentXML(""), "it has no incident"},
	{"document type", "least", "<IODEF-Document", `<!DOCTYPE IODEF-Document SYSTEM "http://evil.example/x.dtd"><IODEF-Document`, "a document type definition"},
	{"entity bomb", "least", "<IODEF-Document", `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><IODEF-Document`, "a document type definition"},
	{"entity of nobody", "least", "2026-7", "&xxe;", "invalid character entity &xxe;"},
	{"not closed", "least", "</GenerationTime>", "", "closed by"},
	{"cut", "least", "</Incident>\n</IODEF-Document>\n", "", "unexpected EOF"},
	{"something behind", "least", "</IODEF-Document>\n", "</IODEF-Document>\n<more/>", "something follows the document"},
	{"text between", "least", "</Incident>", "</Incident>and", `"and" stands between incidents`},
	{"element between", "least", "</Incident>", "</Incident><Contact/>", `an element "Contact" stands where an Incident is expected`},
}
