// Package formats writes copies of events, as an agreement lets them out, in the formats that others read: MISP's events and feeds
// ([MISP]), IODEF ([IODEF]), XARF ([XARF]) and CSV ([CSV]).
//
// It is given redacted copies alone (see [pahra/internal/exchange.Redactor]) and adds nothing to them. A masked address is written as a network,
// in IODEF as ipv4-net-masked, and never as something to look for or to block. A pseudonym is written as a text that stands for a field. What
// a format cannot hold is told or left out, never made up.
package formats

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"pahra/internal/exchange"
	"pahra/wire/intelmq"
)

// Sender is the team that sends.
type Sender struct {
	Team   string // its id
	Name   string
	Mail   string
	Domain string
	At     time.Time // when it is written
	// Onward says that the receiver may pass it on in its community.
	Onward bool
}

// uuid gives a UUID in the form of version 4 that is a function of what it is made of: ids of copies, which tell nothing.
func uuid(of ...string) string {
	sum := sha256.Sum256([]byte("pahra formats 1 " + strings.Join(of, "\x00")))
	sum[6], sum[8] = sum[6]&0x0f|0x40, sum[8]&0x3f|0x80
	x := hex.EncodeToString(sum[:16])
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}

// copyID gives the id of a copy.
func copyID(e *intelmq.Event) string { return e.Text(exchange.SharedID) }

// when is the time that a copy tells, zero if it tells none.
func when(e *intelmq.Event) time.Time {
	for _, name := range [...]string{"time.source", "time.observation"} {
		if t, err := time.Parse(time.RFC3339, e.Text(name)); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// CheckCopies refuses what must not leave by a file: TLP:RED, and what is no copy.
func CheckCopies(copies []*intelmq.Event) error {
	for _, e := range copies {
		if e.Text("tlp") == "RED" {
			return fmt.Errorf("copy %s is TLP:RED, which leaves by the hands of persons alone", copyID(e))
		}
		if copyID(e) == "" || e.Text("tlp") == "" {
			return fmt.Errorf("an event is no copy made by an agreement")
		}
	}
	return nil
}

// standIns gives the fields whose values something stands in for, by their names.
func standIns(e *intelmq.Event) (list []intelmq.Field) {
	for _, f := range e.Fields() {
		if strings.HasPrefix(f.Key, exchange.Shared) && !slices.Contains([]string{exchange.SharedID, exchange.SharedPAP}, f.Key) {
			list = append(list, intelmq.Field{Key: strings.TrimPrefix(f.Key, exchange.Shared), Value: f.Value})
		}
	}
	return list
}
