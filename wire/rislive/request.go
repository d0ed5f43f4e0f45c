package rislive

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// MaxRequest is how long a request may be in octets.
const MaxRequest = 32 << 10

// The types of request.
const (
	Subscribe   = "ris_subscribe"
	Unsubscribe = "ris_unsubscribe"
	ListRRCs    = "request_rrc_list"
	Ping        = "ping"
)

// Subscription is what a client wants to be sent. The zero value is all of it, without the raw messages.
type Subscription struct {
	Collector   string // one collector; empty: all
	Kind        string // one kind, as "UPDATE"; empty: all
	Raw         bool   // with data.raw
	Acknowledge bool   // answered with ris_subscribe_ok
}

// Request is what a client sends.
type Request struct {
	Type string
	Subscription
	// Others are the names of filters that were given and are none of Subscription's, sorted.
	Others []string
}

type wireOptions struct {
	IncludeRaw  bool `json:"includeRaw"`
	Acknowledge bool `json:"acknowledge"`
}

type wireFilter struct {
	Host string `json:"host,omitempty"`
	Type string `json:"type,omitempty"`
}

type wireSubscription struct {
	wireFilter
	Options wireOptions `json:"socketOptions"`
}

// AppendRequest appends the request for a subscription.
func (s Subscription) AppendRequest(dst []byte) []byte {
	return appendJSON(dst, Subscribe, wireSubscription{wireFilter{s.Collector, s.Kind}, wireOptions{s.Raw, s.Acknowledge}})
}

// AppendAcknowledgement appends the server's answer to a subscription.
func (s Subscription) AppendAcknowledgement(dst []byte) []byte {
	return appendJSON(dst, "ris_subscribe_ok", struct {
		Subscription wireFilter  `json:"subscription"`
		Options      wireOptions `json:"socketOptions"`
	}{wireFilter{s.Collector, s.Kind}, wireOptions{s.Raw, s.Acknowledge}})
}

func appendJSON(dst []byte, kind string, data any) []byte {
	b, _ := json.Marshal(struct { // strings and truth values: it cannot fail
		Type string `json:"type"`
		Data any    `json:"data"`
	}{kind, data})
	return append(dst, b...)
}

// ParseRequest reads what a client sent.
func ParseRequest(data []byte) (Request, error) {
	if len(data) > MaxRequest {
		return Request{}, fmt.Errorf("it is longer than %d octets", MaxRequest)
	}
	var in struct {
		Type string                     `json:"type"`
		Data map[string]json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(data, &in); err != nil {
		return Request{}, fmt.Errorf("reading a request: %w", err)
	}
	r := Request{Type: in.Type}
	if r.Type == "" {
		return r, errors.New("reading a request: it has no type")
	}
	var options wireOptions
	for name, v := range in.Data {
		var to any
		switch name {
		case "host":
			to = &r.Collector
		case "type":
			to = &r.Kind
		case "socketOptions":
			to = &options
		case "moreSpecific", "lessSpecific": // they say how to read another filter
			continue
		default:
			r.Others = append(r.Others, name)
			continue
		}
		if err := json.Unmarshal(v, to); err != nil {
			return r, fmt.Errorf("reading a request: %s: %w", name, err)
		}
	}
	r.Collector = collectorName(r.Collector)
	r.Raw, r.Acknowledge = options.IncludeRaw, options.Acknowledge
	slices.Sort(r.Others)
	return r, nil
}
