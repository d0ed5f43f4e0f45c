package iodef

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// incidentJSON gives a document of one incident with further members.
func incidentJSON(members string) string {
	if members != "" {
		members = "," + members
	}
	return `{"version":"2.0","lang":"en","Incident":[{"purpose":"reporting","IncidentID":{"id":"2026-7","name":"cert.example"},` +
		`"GenerationTime":"2026-02-03T09:30:00+05:30","Contact":[{"role":"creator","type":"organization","Email":[{"EmailTo":"cert@cert.example"}]}]` + members + `}]}`
}

// goodJSON are documents written from RFC 8727.
var goodJSON = map[string]string{
	"least":           incidentJSON(""),
	"turned around":   `{"Incident":[` + strings.TrimSuffix(strings.SplitN(incidentJSON(""), "[", 2)[1], "]}") + `],"AdditionalData":[{"value":"x","dtype":"string"}],"version":"2.0"}`,
	"text":            incidentJSON(`"Description":["plain",{"value":"स्कैन","lang":"hi","translation-id":"1"}]`),
	"a scan":          incidentJSON(`"restriction":"green","EventData":[{"DetectTime":"2026-02-03T04:05:06Z","System":[{"category":"source","Node":{"Address":[{"value":"192.0.2.7","category":"ipv4-addr"}]},"Service":[{"ip-protocol":6,"Port":50123}]},{"category":"target","Node":{"DomainData":[{"system-status":"unknown","domain-status":"unknown","Name":"www.bank.example"}]}}]}]`),
	"impacts":         incidentJSON(`"Assessment":[{"Impact":[{"SystemImpact":{"type":"takeover-system","severity":"high"}},{"BusinessImpact":{"type":"extortion"}},{"SystemImpact":{"type":"damaged-data"}},{"MonetaryImpact":{"value":2e6,"currency":"INR"}}],"Confidence":{"value":0.5,"rating":"numeric"}}]`),
	"impacts by name": incidentJSON(`"Assessment":[{"SystemImpact":[{"type":"policy"}]}]`),
	"indicators":      incidentJSON(`"Indicator":[{"IndicatorID":{"id":"I1","name":"cert.example","version":"1"},"Observable":{"BulkObservable":{"type":"ipv4-addr","BulkObservableList":"192.0.2.7\n192.0.2.8"}}},{"IndicatorID":{"id":"I2","name":"cert.example","version":"1"},"uid-ref":"I1"},{"IndicatorID":{"id":"I3","name":"cert.example","version":"1"},"IndicatorExpression":{"uid-ref":["I1","I2"]}}]`),
	"records":         incidentJSON(`"EventData":[{"RecordData":[{"RecordItem":[{"value":"line","dtype":"string"}],"CertificateData":[{"Certificate":[{"X509Data":"PGE+MTwvYT4="}]}],"FileData":[{"File":[{"FileSize":7,"HashData":{"scope":"file-contents","Hash":[{"DigestMethod":"http://www.w3.org/2001/04/xmlenc#sha256","DigestValue":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}]},"Signature":["PGEvPg=="]}]}]}]}]`),
	"other standards": incidentJSON(`"Method":[{"Vulnerability":[{"SpecID":"urn:ietf:params:xml:ns:mile:mmdef:1.2","RawData":["PGEvPg=="]}],"Reference":[{"ReferenceName":{"specIndex":1,"ID":"CVE-2021-44228"}}]}]`),
	"servers":         incidentJSON(`"EventData":[{"System":[{"Node":{"DomainData":[{"system-status":"fraudulent","domain-status":"other","Name":"c2.example","NameServers":[{"Server":"ns.example","Address":[{"value":"2001:db8::53","category":"ipv6-addr"}]}]}]},"Service":[{"ApplicationHeaderField":[{"value":"1","dtype":"string","name":"X-A"}]}]}]}]`),
	"events":          incidentJSON(`"EventData":[{"restriction":"public","EventData":[{"Expectation":[{"action":"ext-value","ext-action":"pray"}]}]}]`),
}

var badJSON = []refused{
	{"no version", "least", `"version":"2.0",`, "", "version: it is missing"},
	{"version", "least", `"2.0"`, `"1.0"`, `version: it is "1.0"`},
	{"version as a number", "least", `"2.0"`, `2.0`, "version: it is a number, a string is expected"},
	{"no incident", "least", goodJSON["least"], `{"version":"2.0","Incident":[]}`, "it has no incident"},
	{"incidents twice", "least", `"}]}]}]}`, `"}]}]}],"Incident":[]}`, "Incident: it is there twice"},
	{"incident as an object", "least", `"Incident":[{`, `"Incident":{"a":{`, "'[' is missing"},
	{"member of nobody", "least", `"lang":"en"`, `"language":"en"`, "language: there is no such member"},
	{"member of an incident", "least", `"purpose"`, `"priority":1,"purpose"`, "priority: there is no such member"},
	{"no purpose", "least", `"purpose":"reporting",`, "", "purpose: it is missing"},
	{"purpose", "least", `"reporting"`, `"fun"`, `purpose: "fun" is none of`},
	{"ID as a text", "least", `{"id":"2026-7","name":"cert.example"}`, `"2026-7"`, "IncidentID: it is a string, an object is expected"},
	{"no ID", "least", `"id":"2026-7",`, "", "IncidentID.id: it is missing"},
	{"time", "least", "2026-02-03T09:30:00+05:30", "3 February", `GenerationTime: "3 February" is no time`},
	{"contact as an object", "least", `"Contact":[{"role":"creator","type":"organization","Email":[{"EmailTo":"cert@cert.example"}]}]`, `"Contact":{"role":"creator","type":"organization"}`, "Contact: it is an object, a list is expected"},
	{"no contact", "least", `[{"role":"creator","type":"organization","Email":[{"EmailTo":"cert@cert.example"}]}]`, `[]`, "Contact: the list is empty"},
	{"member twice", "least", `"purpose"`, `"purpose":"watch","purpose"`, "purpose"},
	{"text as a number", "text", `"plain"`, `1`, "Description.[1]: it is a number, an object is expected"},
	{"flow", "a scan", `"System":[`, `"Flow":[`, "Flow: there is no such member"},
	{"port as a text", "a scan", "50123", `"50123"`, "Port: it is no whole number"},
	{"half a port", "a scan", "50123", `50123.5`, "Port: it is no whole number"},
	{"address", "a scan", `"value":"192.0.2.7",`, "", "Address.value: it is missing"},
	{"impact of two", "impacts", `{"BusinessImpact":{"type":"extortion"}}`, `{"BusinessImpact":{"type":"extortion"},"TimeImpact":{}}`, "Impact: an element has not one member"},
	{"impact of nobody", "impacts", "BusinessImpact", "Counter", `Impact: "Counter" is no impact`},
	{"confidence", "impacts", `"value":0.5`, `"value":"high"`, "Confidence.value: it is no number"},
	{"base64", "records", "PGE+MTwvYT4=", "PGE", "X509Data: it is no base64"},
	{"reference to nothing", "indicators", `"uid-ref":"I1"`, `"uid-ref":["I1"]`, "uid-ref: it is a list, a string is expected"},
	{"something behind", "least", `"}]}]}]}`, `"}]}]}]} {}`, "something follows the document"},
	{"cut", "least", `"}]}]}]}`, `"}]}]}]`, "unexpected EOF"},
	{"a comma", "least", `"lang":"en",`, `"lang":"en",,`, "a name is missing"},
}

func TestJSON(t *testing.T) {
	for name, text := range goodJSON {
		t.Run(name, func(t *testing.T) {
			doc, err := Read(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(doc, through(t, doc, WriteJSON), sameTime); diff != "" {
				t.Errorf("written as JSON and read again: %s", diff)
			}
			again := through(t, doc, WriteXML)
			again.Version = "2.0"
			if diff := cmp.Diff(doc, again, sameTime); diff != "" {
				t.Errorf("written as XML and read again: %s", diff)
			}
		})
	}
}

func TestJSONRefused(t *testing.T) {
	for _, test := range badJSON {
		t.Run(test.name, func(t *testing.T) {
			if _, err := Read(strings.NewReader(change(t, goodJSON, test))); err == nil || !strings.Contains(err.Error(), test.reason) {
				t.Errorf("got %v", err)
			}
		})
	}
	bad := strings.Replace(goodJSON["least"], "reporting", "fun", 1)
	two := strings.TrimSuffix(bad, "]}") + "," + strings.SplitN(goodJSON["least"], "[", 2)[1]
	if good, bad, err := incidents(two); good != 1 || len(bad) != 1 || err != nil || !strings.HasPrefix(bad[0], "incident 1: ") {
		t.Errorf("one bad, one good: %d, %v, %v", good, bad, err)
	}
}
