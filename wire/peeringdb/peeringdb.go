// Package peeringdb reads PeeringDB's API pages and dumps: networks, organisations, contacts, exchanges and their
// members.
//
// There is a function per object: [ReadNets], [ReadOrgs], [ReadPocs], [ReadIXs], [ReadNetIXLans]. Each takes an API page
// (`{"data":[…],"meta":…}`) or a whole dump (`{"net":{"data":[…]},"poc":{"data":[…]},…}`), of which it reads its own
// object. Records stream: memory is that of one record, and a record over 4 MiB ends the reading. The fields are those of
// https://www.peeringdb.com/apidocs/; others are passed over.
//
// A person's name, mail address and number never leave the package: [Poc] has their presence and, through a [Hasher], a
// commitment. The one exception is [ReadMailboxes], which gives the mail address that a network publishes for reports.
package peeringdb

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"pahra/wire/values"
)

const maxRecord = 4 << 20

// ErrFormat says that the input is not of this format at all.
var ErrFormat = errors.New(`not a PeeringDB page or dump ({"data": […]})`)

// ReadNets yields each network and reports each malformed record.
func ReadNets(r io.Reader, report func(values.Problem), yield func(Net) error) error {
	return read(r, "net", report, yieldAs((*rawNet).net, yield))
}

// ReadOrgs yields each organisation and reports each malformed record.
func ReadOrgs(r io.Reader, report func(values.Problem), yield func(Org) error) error {
	return read(r, "org", report, yieldAs((*rawOrg).org, yield))
}

// ReadPocs yields each contact and reports each malformed record; hasher makes the hashes.
func ReadPocs(r io.Reader, hasher Hasher, report func(values.Problem), yield func(Poc) error) error {
	return read(r, "poc", report, yieldAs(func(p *rawPoc) (Poc, error) { return p.poc(hasher) }, yield))
}

// ReadMailboxes yields the mail address of each contact that is public and in the role Abuse or NOC: where reports about a
// network go. Other contacts are passed over.
func ReadMailboxes(r io.Reader, report func(values.Problem), yield func(Mailbox) error) error {
	return read(r, "poc", report, yieldAs((*rawPoc).mailbox, func(m Mailbox) error {
		if m.Address == "" {
			return nil
		}
		return yield(m)
	}))
}

// ReadIXs yields each exchange and reports each malformed record.
func ReadIXs(r io.Reader, report func(values.Problem), yield func(IX) error) error {
	return read(r, "ix", report, yieldAs((*rawIX).ix, yield))
}

// ReadNetIXLans yields each port at an exchange and reports each malformed record.
func ReadNetIXLans(r io.Reader, report func(values.Problem), yield func(NetIXLan) error) error {
	return read(r, "netixlan", report, yieldAs((*rawNetIXLan).netIXLan, yield))
}

// record takes the next element of a data array off the decoder: what is wrong with it, and what ends the reading.
type record func(dec *json.Decoder) (bad, fatal error)

// yieldAs decodes a raw record, checks it with convert and hands it on.
func yieldAs[R, T any](convert func(*R) (T, error), yield func(T) error) record {
	return func(dec *json.Decoder) (bad, fatal error) {
		var raw R
		if err := dec.Decode(&raw); err != nil {
			var mistyped *json.UnmarshalTypeError
			if errors.As(err, &mistyped) {
				// Value may quote what stands there, which may be a person's number: only its type may go on.
				kind, _, _ := strings.Cut(mistyped.Value, " ")
				return fmt.Errorf("field %s is of type %s", mistyped.Field, kind), nil
			}
			return nil, err
		}
		value, err := convert(&raw)
		if err != nil {
			return err, nil
		}
		return nil, yield(value)
	}
}

// read finds the data array of a page, or of the object in a dump, and gives each element to each.
func read(r io.Reader, object string, report func(values.Problem), each record) error {
	in := &bounded{r: r}
	s := stream{dec: json.NewDecoder(in), in: in, report: report, each: each}
	found := false
	err := s.object(func(key string) error {
		switch key {
		case "data":
			found = true
			return s.array()
		case object:
			return s.object(func(key string) error {
				if key != "data" {
					return s.skip()
				}
				found = true
				return s.array()
			})
		}
		return s.skip()
	})
	if err != nil {
		return err
	}
	if !found {
		return ErrFormat
	}
	return nil
}
