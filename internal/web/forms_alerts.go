package web

import (
	"fmt"
	"strings"
	"time"

	"pahra/internal/alert"
)

// AlertsForm is the page of what an account wants to be told, and where.
type AlertsForm struct {
	Said
	Channels      []ChannelRow
	Subscriptions []SubscriptionRow
	Deliveries    []DeliveryRow
	Secret        string // of a webhook that was just made: shown this once
	Admin         bool   // may choose syslog
	Kinds         []alert.Kind
	Roles         []alert.Role
	Severities    []alert.Severity
	// As entered, where something was wrong.
	Entered map[string]string
}

// ChannelRow is a channel in the list.
type ChannelRow struct {
	alert.Channel
	State  alert.ChannelState
	Reason string
}

// Shown is the target as a list shows it: of a web address only the host, since the rest may be a secret.
func (r ChannelRow) Shown() string {
	if r.Kind != alert.Webhook && r.Kind != alert.Chat {
		return r.Target
	}
	_, rest, _ := strings.Cut(r.Target, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host + "/…"
}

// SubscriptionRow is a subscription in the list.
type SubscriptionRow struct {
	alert.Subscription
	Paused bool
}

// About says what a subscription is about.
func (r SubscriptionRow) About() string {
	var list []string
	for _, asn := range r.Networks {
		list = append(list, "AS"+asn.String())
	}
	for _, p := range r.Prefixes {
		list = append(list, p.Prefix.String()+" "+string(p.Match))
	}
	list = append(list, r.Neighbourhoods...)
	if len(list) == 0 {
		return "everything you may know of"
	}
	if more := len(list) - 6; more > 0 {
		list = append(list[:6], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(list, ", ")
}

// How says how often it tells.
func (r SubscriptionRow) How() string {
	switch r.Digest {
	case alert.Hourly:
		return "hourly digest"
	case alert.Daily:
		return fmt.Sprintf("daily digest at %02d:00 %s", r.DigestHour, r.Zone)
	}
	limit := r.PerHour
	if limit == 0 {
		limit = alert.DefaultPerHour
	}
	return fmt.Sprintf("at once, at most %d messages an hour", limit)
}

// DeliveryRow is a message on its way.
type DeliveryRow struct {
	ID, Channel, Name, Subject, State, Error string
	Queued                                   time.Time
	Attempts                                 int
}
