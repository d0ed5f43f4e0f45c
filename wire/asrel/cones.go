package asrel

import (
	"bytes"
	"fmt"
	"io"

	"pahra/wire/lines"
	"pahra/wire/values"
)

// Cone is one line of a ppdc-ases file: the networks that AS reaches over its customers in observed paths. Members
// hold AS itself.
type Cone struct {
	AS      values.ASN
	Members []values.ASN // valid until the next cone is read
}

// ReadCones yields each customer cone of a ppdc-ases file and reports each malformed line. The cones are CAIDA's
// "provider/peer observed" ones (Luckie and others, AS Relationships, Customer Cones, and Validation, 2013): smaller than
// those that the relations alone allow.
func ReadCones(r io.Reader, report func(values.Problem), yield func(Cone) error) error {
	var members []values.ASN
	return eachLine(r, maxCone, report, func([]byte) {}, func(line []byte) (error, error) {
		members = members[:0]
		for field := range bytes.FieldsSeq(line) {
			a, err := parseASN(field)
			if err != nil {
				return fmt.Errorf("reading the cone of %q: %w", lines.Clip(line), err), nil
			}
			members = append(members, a)
		}
		return nil, yield(Cone{members[0], members[1:]})
	})
}
