// Package intel makes up what a response team would share: objects of STIX 2.1 in stories of one to five that refer to each other, for
// measurements and tests of the exchange.
//
// [Write] writes a bundle of any size in bounded memory; [Maker] gives story after story. The same [Params] make the same bytes. Addresses
// are of ranges that belong to nobody (240.0.0.0/4 of RFC 1112, RFC 5737, RFC 3849), names end in .xu, which is no country's. Nearly all stories concern
// Atlantica, the made-up country of docs/examples/agreement.yaml, and more than half of the objects have a value that this agreement masks or
// pseudonymises.
package intel

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"pahra/wire/jsontree"
	"pahra/wire/stix"
	"pahra/wire/values"
)

// Params say what is made. The same give the same bytes.
type Params struct {
	Objects int // 1 to MostObjects
	Seed    uint64
	// Start is when the first story was noted; others follow by the minute, over thirty days.
	Start time.Time
}

// MostObjects is how many can be made without an address coming twice.
const MostObjects = 4_000_000

// Defaults are the parameters of a seed.
func Defaults(seed uint64) Params {
	return Params{Objects: 10_000, Seed: seed, Start: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)}
}

// Write writes a bundle, an object on each line; those of a story stand together.
func Write(w io.Writer, p Params) error {
	m, err := New(p)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 1<<16)
	fmt.Fprintf(out, "{\"type\":\"bundle\",\"id\":\"bundle--%s\",\"objects\":[\n", uuid(rand.New(rand.NewPCG(p.Seed, 0x62756e64))))
	var line []byte
	for n := 0; ; {
		story := m.Next()
		if story == nil {
			break
		}
		for _, o := range story {
			line = line[:0]
			if n++; n > 1 {
				line = append(line, ",\n"...)
			}
			if _, err := out.Write(o.Append(line)); err != nil {
				return err
			}
		}
	}
	if _, err := out.WriteString("\n]}\n"); err != nil {
		return err
	}
	return out.Flush()
}

// Maker makes stories. Not safe for concurrent use.
type Maker struct {
	p     Params
	rand  *rand.Rand
	made  int // objects
	story int
	shift int // where addresses begin
}

// New makes a maker.
func New(p Params) (*Maker, error) {
	if p.Objects < 1 || p.Objects > MostObjects {
		return nil, errors.New("making objects: from 1 to 4000000 can be made")
	}
	r := rand.New(rand.NewPCG(p.Seed, 0x73746978))
	return &Maker{p: p, rand: r, shift: r.IntN(1 << 20)}, nil
}

// Next gives the next story, nil after the last. The last may be cut short to have as many objects as were asked for.
func (m *Maker) Next() []*stix.Object {
	left := m.p.Objects - m.made
	if left == 0 {
		return nil
	}
	s := m.begin()
	for n := m.rand.IntN(100); ; n = 0 { // a beacon is one object, and fits always
		if s.tell(n); len(s.objects) <= left {
			break
		}
		s.objects = nil
	}
	m.made += len(s.objects)
	m.story++
	return s.objects
}

// tell tells a story of the kind that n of 100 stands for.
func (s *story) tell(n int) {
	switch {
	case n < 40:
		s.beacon()
	case n < 64:
		s.phishing()
	case n < 69:
		s.scanner()
	case n < 87:
		s.exposed()
	case n < 97:
		s.malware()
	default:
		s.download()
	}
}

// uuid draws a UUID of version 4.
func uuid(r *rand.Rand) string {
	a, b := r.Uint64(), r.Uint64()
	a, b = a&^0xf000|0x4000, b&^(3<<62)|1<<63
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", a>>32, a>>16&0xffff, a&0xffff, b>>48, b&(1<<48-1))
}

// green is the marking that nearly all objects have.
func green() string { return stix.TLPID(values.TLPGreen) }

// stamp writes a time as STIX has it.
func stamp(t time.Time) jsontree.Value {
	return jsontree.Str(t.UTC().Format("2006-01-02T15:04:05.000Z"))
}
