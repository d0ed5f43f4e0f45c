package agreement

import (
	"fmt"
	"time"
)

// Do is what happens to a field's value.
type Do uint8

// What happens to a value. The zero value is Drop: what is not decided stays.
const (
	Drop         Do = iota
	Mask            // an address becomes the network of its first bits
	Pseudonymise    // a name that is the same whenever the value is, and tells nothing else
	Bucket          // a time becomes the hour or the day that it lies in
	Generalise      // a place becomes the region or the country that it lies in
	Replace         // an opaque name in its place
	Release
)

var doWords = [...]string{"drop", "mask", "pseudonymise", "bucket", "generalise", "replace", "release"}

// String gives the word of the document.
func (d Do) String() string { return doWords[d] }

func parseDo(word string) (Do, bool) {
	for i, w := range doWords {
		if w == word {
			return Do(i), true
		}
	}
	return Drop, false
}

// Action is Do with all that it needs. Actions are compared with ==. The zero value drops.
type Action struct {
	Do     Do
	V4, V6 uint8  // bits that Mask leaves, 1 to 31 and 1 to 127
	To     string // of Bucket "hour" or "day", of Generalise "region" or "country"
	Key    string // the name of the key of Pseudonymise
}

// String gives "mask /24 /48", "bucket hour", "pseudonymise 2026".
func (a Action) String() string {
	switch a.Do {
	case Mask:
		return fmt.Sprintf("mask /%d /%d", a.V4, a.V6)
	case Bucket, Generalise:
		return a.Do.String() + " " + a.To
	case Pseudonymise:
		return a.Do.String() + " " + a.Key
	}
	return a.Do.String()
}

// Within tells whether an action releases no more than another: drop ⊑ mask/n ⊑ mask/m (n < m) ⊑ release; all others compare
// only with drop, release and themselves.
func (a Action) Within(b Action) bool {
	switch {
	case a == b || a.Do == Drop || b.Do == Release:
		return true
	case a.Do == Mask && b.Do == Mask:
		return a.V4 <= b.V4 && a.V6 <= b.V6
	}
	return false
}

// Meet gives the most that releases no more than either action.
func (a Action) Meet(b Action) Action {
	switch {
	case a.Within(b):
		return a
	case b.Within(a):
		return b
	case a.Do == Mask && b.Do == Mask:
		return Action{Do: Mask, V4: min(a.V4, b.V4), V6: min(a.V6, b.V6)}
	}
	return Action{}
}

// Kind is what a field's value is.
type Kind uint8

// The kinds of values. Text is anything written for people, and what is of no other kind.
const (
	Text       Kind = iota
	Word            // one of a few words or a small number, which names nobody: a class, a protocol, a port
	Address         // of an IP host
	Network         // a prefix
	Domain          // a host's or a domain's name
	URL             // a link
	Mail            // a mail address
	ASN             // a number of a network
	Time            // an instant
	Place           // a country, a region, a city
	Coordinate      // a latitude or a longitude
	Account         // a user's name
	Hash            // of a file
	Name            // of an organisation or of who tells
	Blob            // octets, in base64 or otherwise packed
)

// Fits tells whether an action can be done to values of a kind. What cannot be done drops the value.
func (a Action) Fits(k Kind) bool {
	switch a.Do {
	case Mask:
		return k == Address || k == Network
	case Bucket:
		return k == Time
	case Generalise:
		return k == Place
	case Pseudonymise, Replace:
		return k != Blob
	}
	return true
}

// Span is a window of time of a quota, in UTC.
type Span string

// The windows.
const (
	Hour  Span = "hour"
	Day   Span = "day"
	Month Span = "month"
)

// Window gives the window that t lies in: from start until before end.
func (s Span) Window(t time.Time) (start, end time.Time) {
	t = t.UTC()
	y, m, d := t.Date()
	switch s {
	case Hour:
		start = t.Truncate(time.Hour)
		return start, start.Add(time.Hour)
	case Day:
		start = time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
		return start, start.AddDate(0, 0, 1)
	}
	start = time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
	return start, start.AddDate(0, 1, 0)
}
