// Package n6 reads the events of n6, the incident exchange of CERT Polska, as its REST and stream interfaces give them: one
// JSON object an event (n6sdk's data specification, and what n6 4 adds to it).
//
// Parse reads one event; lists and lines of them are taken apart by wire/objects. What the specification knows is checked:
// a field that breaks it is an error that names it. Fields that only some of n6's own sources fill are in Fields as they
// came. The package does not write.
package n6

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"
)

// MaxSize is how many octets an event may have.
const MaxSize = 1 << 20

// Categories are the kinds of events that n6 knows.
var categories = []string{"amplifier", "bots", "backdoor", "cnc", "deface", "dns-query", "dos-attacker", "dos-victim", "exposed", "flow",
	"flow-anomaly", "fraud", "leak", "malurl", "malware-action", "other", "phish", "proxy", "sandbox-url", "scam", "scanning", "server-exploit",
	"spam", "spam-url", "tor", "vulnerable", "webinject"}

// Categories gives the kinds of events that n6 knows.
func Categories() []string { return slices.Clone(categories) }

// Event is one event. A field that is not there is empty, zero, nil; ports are -1.
type Event struct {
	ID          string
	Source      string // the feed it came from, often under another name: "hidden.48"
	Restriction string // public, need-to-know, internal; only who has full access sees it
	Confidence  string // low, medium, high
	Category    string // one of Categories
	Time        time.Time
	Type        string // of the stream: event, hifreq (many as one), bl-new (an entry of a blacklist) ...
	Address     []Address

	URL, FQDN, Name, Proto string
	SPort, DPort           int
	DIP                    netip.Addr
	ADIP                   string // a destination with hidden octets: "x.x.5.17"
	MD5, SHA1, SHA256      string
	Origin, Target, Action string
	Username, Email        string
	Status, Replaces       string    // of an entry of a blacklist
	Expires, Modified      time.Time // likewise; of the event
	Count                  int64     // how many events this one stands for; 0: not told
	Until                  time.Time // the last of them

	Fields map[string]json.RawMessage // all others by name
}

// Address is one end of what happened.
type Address struct {
	IP   netip.Addr
	CC   string
	ASN  uint32 // 0: not told
	Dir  string // src, dst or ""
	RDNS string
}

// Parse reads one event.
func Parse(data []byte) (*Event, error) {
	e, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("reading an n6 event: %w", err)
	}
	return e, nil
}

func parse(data []byte) (*Event, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("it has %d octets, %d are allowed", len(data), MaxSize)
	}
	e := &Event{SPort: -1, DPort: -1}
	if err := json.Unmarshal(data, &e.Fields); err != nil {
		return nil, err
	}
	if e.Fields == nil {
		return nil, errors.New("it is no object")
	}
	readers := e.readers()
	for _, name := range slices.Sorted(maps.Keys(readers)) {
		v, there := e.Fields[name]
		if !there || string(v) == "null" {
			delete(e.Fields, name)
			continue
		}
		if err := readers[name](v); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		delete(e.Fields, name)
	}
	for name, v := range e.Fields {
		if string(v) == "null" {
			delete(e.Fields, name)
		}
	}
	for _, f := range []struct {
		name  string
		there bool
	}{{"id", e.ID != ""}, {"source", e.Source != ""}, {"confidence", e.Confidence != ""}, {"category", e.Category != ""}, {"time", !e.Time.IsZero()}} {
		if !f.there {
			return nil, fmt.Errorf("%s: it is missing", f.name)
		}
	}
	return e, nil
}

// reader takes one field.
type reader func(v json.RawMessage) error

// readers are the fields that the specification knows and how each is read.
func (e *Event) readers() map[string]reader {
	return map[string]reader{
		"id": text(&e.ID, 64), "source": matching(&e.Source, isSource, "the name of a source"),
		"restriction": oneOf(&e.Restriction, "public", "need-to-know", "internal"),
		"confidence":  oneOf(&e.Confidence, "low", "medium", "high"),
		"category":    oneOf(&e.Category, categories...), "time": moment(&e.Time),
		"type":    oneOf(&e.Type, "event", "hifreq", "suppressed", "bl", "bl-new", "bl-change", "bl-update", "bl-delist", "bl-expire"),
		"address": e.addresses, "url": text(&e.URL, 2048), "fqdn": matching(&e.FQDN, isName, "a domain name"), "name": text(&e.Name, 255),
		"proto": oneOf(&e.Proto, "tcp", "udp", "icmp"), "sport": port(&e.SPort), "dport": port(&e.DPort), "dip": address(&e.DIP),
		"adip": matching(&e.ADIP, isHidden, "an address with hidden octets"), "md5": hash(&e.MD5, 32), "sha1": hash(&e.SHA1, 40),
		"sha256": hash(&e.SHA256, 64), "target": text(&e.Target, 100), "action": text(&e.Action, 32), "username": text(&e.Username, 64),
		"origin": oneOf(&e.Origin, "c2", "dropzone", "proxy", "p2p-crawler", "p2p-drone", "sinkhole", "sandbox", "honeypot", "darknet", "av", "ids", "waf"),
		"email":  matching(&e.Email, isMail, "an address of mail"), "status": oneOf(&e.Status, "active", "delisted", "expired", "replaced"),
		"replaces": text(&e.Replaces, 64), "expires": moment(&e.Expires), "modified": moment(&e.Modified), "count": count(&e.Count), "until": moment(&e.Until),
	}
}
