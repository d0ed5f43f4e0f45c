package alert

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"pahra/wire/values"
)

// Subscription says who wants to know of what, how often and where. An empty list of kinds or roles takes all; with no
// networks, prefixes and neighbourhoods it is about everything.
type Subscription struct {
	ID    string `json:"id"`
	Owner string `json:"owner"` // the account
	Name  string `json:"name"`
	// Administrator lets it take what is about the sources.
	Administrator bool `json:"administrator,omitempty"`

	Networks       []values.ASN   `json:"networks,omitempty"`
	Prefixes       []PrefixChoice `json:"prefixes,omitempty"`
	Neighbourhoods []string       `json:"neighbourhoods,omitempty"` // as package registry resolves them

	Kinds         []Kind   `json:"kinds,omitempty"`
	Roles         []Role   `json:"roles,omitempty"` // that one of its networks has
	MinConfidence float64  `json:"min_confidence,omitempty"`
	MinSeverity   Severity `json:"min_severity,omitempty"`
	NoFollowUp    bool     `json:"no_follow_up,omitempty"` // not told of changes and ends

	Channels []string `json:"channels"` // ids
	// PerHour is how many messages it takes in any sixty minutes; 0 is DefaultPerHour.
	PerHour int `json:"per_hour,omitempty"`
	// GatherSeconds is how long a first alert waits for others of its burst; 0 is DefaultGather, -1 not at all.
	GatherSeconds int `json:"gather_seconds,omitempty"`
	// Digest is empty, "hourly" or "daily": then everything waits for the hour, or for DigestHour.
	Digest     Digest `json:"digest,omitempty"`
	DigestHour int    `json:"digest_hour,omitempty"` // in Zone
	// Quiet holds back all but critical alerts.
	Quiet *Quiet `json:"quiet,omitempty"`
	Zone  string `json:"zone,omitempty"` // of the IANA database, such as Asia/Kolkata; empty is UTC
}

// Digest is how often a digest comes.
type Digest string

// The digests.
const (
	NoDigest Digest = ""
	Hourly   Digest = "hourly"
	Daily    Digest = "daily"
)

// Quiet are the hours in which only critical alerts go out: from and to are minutes of the day in the subscription's
// zone; to may be the next day.
type Quiet struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// The defaults and limits of a subscription.
const (
	DefaultPerHour = 20
	DefaultGather  = 20 * time.Second
	maxPerHour     = 1000
	maxGather      = 3600
	maxChosen      = 1000 // networks, prefixes, neighbourhoods
	maxChannels    = 10
	maxName        = 200 // bytes
)

// PrefixMatch says how a prefix is compared with those of an alert.
type PrefixMatch string

// The comparisons.
const (
	Exact    PrefixMatch = "exact"
	Inside   PrefixMatch = "inside"   // the alert's prefix is this one or lies in it
	Covering PrefixMatch = "covering" // the alert's prefix is this one or covers it
	Touching PrefixMatch = "touching" // inside or covering
)

// PrefixChoice is a prefix that a subscription is about.
type PrefixChoice struct {
	Prefix netip.Prefix `json:"prefix"`
	Match  PrefixMatch  `json:"match"`
}

// Matches tells whether the prefix of an alert is meant.
func (c PrefixChoice) Matches(p netip.Prefix) bool {
	inside := c.Prefix.Bits() <= p.Bits() && c.Prefix.Contains(p.Addr())
	covering := p.Bits() <= c.Prefix.Bits() && p.Contains(c.Prefix.Addr())
	switch c.Match {
	case Exact:
		return p == c.Prefix
	case Inside:
		return inside
	case Covering:
		return covering
	}
	return inside || covering
}

// Check says what is wrong with a subscription.
func (s *Subscription) Check() error {
	var errs []error
	bad := func(is bool, format string, args ...any) {
		if is {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	bad(s.Name == "" || len(s.Name) > maxName, "a name of 1 to %d bytes is needed", maxName)
	bad(s.Name != Harmless(s.Name) && len(s.Name) <= maxName, "the name holds what is no plain text")
	bad(len(s.Networks) > maxChosen || len(s.Prefixes) > maxChosen || len(s.Neighbourhoods) > maxChosen,
		"more than %d networks, prefixes or neighbourhoods", maxChosen)
	bad(len(s.Channels) == 0 || len(s.Channels) > maxChannels, "1 to %d channels are needed", maxChannels)
	bad(s.MinConfidence < 0 || s.MinConfidence > 1 || s.MinConfidence != s.MinConfidence, "min_confidence is from 0 to 1")
	bad(s.MinSeverity != "" && !slices.Contains(severities[:], s.MinSeverity), "min_severity %q is not one of %v", s.MinSeverity, severities)
	bad(s.PerHour < 0 || s.PerHour > maxPerHour, "per_hour is from 1 to %d, or 0 for %d", maxPerHour, DefaultPerHour)
	bad(s.GatherSeconds < -1 || s.GatherSeconds > maxGather, "gather_seconds is from -1 to %d", maxGather)
	bad(s.Digest != NoDigest && s.Digest != Hourly && s.Digest != Daily, "digest %q is not hourly or daily", s.Digest)
	bad(s.DigestHour < 0 || s.DigestHour > 23, "digest_hour is from 0 to 23")
	if q := s.Quiet; q != nil {
		bad(q.From < 0 || q.From >= minutesADay || q.To < 0 || q.To >= minutesADay || q.From == q.To,
			"quiet hours are two different minutes of the day, 0 to %d", minutesADay-1)
	}
	if _, err := time.LoadLocation(s.Zone); err != nil {
		errs = append(errs, fmt.Errorf("zone %q is not known", s.Zone))
	}
	for _, k := range s.Kinds {
		bad(!slices.Contains(Kinds(), k), "kind %q is not one of %v", k, Kinds())
	}
	for _, r := range s.Roles {
		bad(!slices.Contains(roles, r), "role %q is not one of %q", r, roles)
	}
	for _, p := range s.Prefixes {
		bad(!p.Prefix.IsValid() || p.Prefix != p.Prefix.Masked() || p.Prefix.Addr().Is4In6(), "%s is not a prefix with its host bits clear", p.Prefix)
		bad(!slices.Contains([]PrefixMatch{Exact, Inside, Covering, Touching}, p.Match), "%q is not exact, inside, covering or touching", p.Match)
	}
	for _, n := range s.Neighbourhoods {
		bad(n == "" || len(n) > 256, "name %.70q of a neighbourhood is empty or longer than 256 bytes", n)
	}
	return errors.Join(errs...)
}

var roles = []Role{Announcer, Accomplice, Victim, Owner, Onlooker}

const minutesADay = 24 * 60

func (s *Subscription) perHour() int {
	if s.PerHour == 0 {
		return DefaultPerHour
	}
	return s.PerHour
}

func (s *Subscription) gather() time.Duration {
	switch {
	case s.GatherSeconds < 0:
		return 0
	case s.GatherSeconds == 0:
		return DefaultGather
	}
	return time.Duration(s.GatherSeconds) * time.Second
}

func (s *Subscription) zone() *time.Location {
	if l, err := time.LoadLocation(s.Zone); err == nil {
		return l
	}
	return time.UTC
}
