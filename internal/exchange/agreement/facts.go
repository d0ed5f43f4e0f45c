package agreement

import (
	"net/netip"
	"time"

	"pahra/internal/desk/class"
	"pahra/wire/values"
)

// Internal is what the paths of fields begin with that Pahra notes for itself. They never leave.
const Internal = "extra.pahra."

// Consent is to whom who told something may be named, as in CISA's AIS. The zero value is the strictest.
type Consent uint8

// The degrees of consent.
const (
	Nobody     Consent = iota
	Government         // teams of governments alone
	Everyone
	consents // how many
)

// ParseConsent reads "none", "government", "everyone".
func ParseConsent(s string) (Consent, bool) {
	switch s {
	case "none":
		return Nobody, true
	case "government":
		return Government, true
	case "everyone":
		return Everyone, true
	}
	return Nobody, false
}

// Facts are what is known of an object as a whole, in whatever format it is.
type Facts struct {
	TLP      values.TLP // NoTLP: it has no label
	Version1 bool       // the label is one of TLP version 1, which counts as what the agreement says
	Kind     class.Code // by the RSIT
	Concerns []Concern  // whom it is about
	Consent  Consent
	// Origin is the team of a third party that told it, "" where it is the sending team's own. Permits are the teams that the
	// third party lets it be passed to.
	Origin  string
	Permits []string
	// Embargo is until when it must not leave, Expires from when on it must not any more; zero: not at all.
	Embargo, Expires time.Time
	Recalled         bool // it was taken back
	// Unsound says what about these facts themselves could not be read, such as a time that is none: then nothing leaves.
	Unsound string
}

// Concern is one thing that an object is about. What is not known is the zero value.
type Concern struct {
	Side    string // "source", "destination" or ""
	Address netip.Prefix
	ASN     values.ASN
	Country string // two capitals
	Domain  string // small letters, no dots around it
}

// Standing is what is known of an agreement beside its text.
type Standing struct {
	Signed    []string  // the teams whose signature of this text is good
	Notice    time.Time // when a party gave notice first; zero: none did
	Suspended string    // why nothing leaves now; "": it is not suspended
}

// Charge counts one object against the quota of a clause in the window that begins at a time, and gives the count with it.
type Charge func(clause Clause, window time.Time) (count int64)

// Request is when and under what a decision is made.
type Request struct {
	At       time.Time
	Standing Standing
	Reviewed bool   // a person has let the object pass where the agreement asks for one
	Charge   Charge // nil: nothing is counted, and no quota is looked at
}
