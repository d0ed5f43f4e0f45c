// Package world makes a small synthetic Internet: networks with relations, holders, prefixes and authorisations, what
// collectors heard of it in a table and the updates after it, and a list of what truly went wrong.
//
// [Write] is the only entry point. It writes the layout that `pahra observe --data` reads, through a [Sink] that the
// caller provides, and gives the [Truth]: every scheduled deviation and every benign look-alike, with its time. The
// detectors' tests hold what they find against it.
//
// Invariants: the same parameters with the same random source give the same bytes; every name of a holder is made up,
// while AS numbers and prefixes are taken from the ranges that registries hand out, because bogon tests would refuse
// any others. Routes spread valley-free (Gao and Rexford): a customer's route goes to all neighbours, any other only to
// customers; of several the customer's wins, then the peer's, then the shortest, then the lowest AS number.
//
// The package does not model router timers, partial visibility of a session, or ROV filtering.
package world

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"time"

	"pahra/wire/values"
)

// Sink takes the files of the world. Paths use forward slashes and stay below the folder; each is created once, written
// from beginning to end and closed before the next.
type Sink interface {
	Create(path string) (io.WriteCloser, error)
}

// Params say what to make. Start from [Defaults].
type Params struct {
	// Rand is the only source of randomness.
	Rand *rand.Rand
	// Start is when the table is taken, in UTC at a whole minute; updates follow it for Window.
	Start  time.Time
	Window time.Duration
	// Tier1, Transits and Stubs are how many networks there are of each kind; Peers is how many of the first two feed
	// the collectors.
	Tier1, Transits, Stubs, Peers int
	// Collectors are their names; the peers are dealt out among them.
	Collectors []string
	// Churn is how many ordinary changes happen for each hour of the window.
	Churn int
	// Quiet leaves out all scheduled events: nothing that is found then is real.
	Quiet bool
}

// Defaults are the parameters of the demonstration world, drawn from a PCG with this seed.
func Defaults(seed uint64) Params {
	return Params{
		Rand:       rand.New(rand.NewPCG(seed, 0x70616872)),
		Start:      time.Date(2026, 2, 10, 0, 0, 0, 0, time.UTC),
		Window:     4 * time.Hour,
		Tier1:      8,
		Transits:   60,
		Stubs:      420,
		Peers:      16,
		Collectors: []string{"lantern", "harbour"},
		Churn:      120,
	}
}

// Truth is what was made to happen, in the order of time.
type Truth struct {
	Start  time.Time `json:"start"`
	End    time.Time `json:"end"`
	Events []Event   `json:"events"`
}

// The kinds of event. The first six are deviations, of which the sixth only informs; the others look like
// one and are benign.
const (
	Hijack       = "hijack"
	MoreSpecific = "hijack-more-specific"
	RPKIInvalid  = "rpki-invalid"
	BogonPrefix  = "bogon-prefix"
	BogonASN     = "bogon-asn"
	Unallocated  = "bogon-prefix-administrative"

	SiblingMOAS   = "sibling-moas"
	ProviderSpace = "provider-space"
	Anycast       = "anycast"
	Blackhole     = "blackhole"
	PrependTypo   = "prepend-typo"
	DDoSSwing     = "ddos-swing"
	SessionReset  = "session-reset"
	Transfer      = "transfer"
)

// Event is one thing that was made to happen.
type Event struct {
	Kind string `json:"kind"`
	// ASN is the announcing network; of a session reset, the peer.
	ASN values.ASN `json:"asn"`
	// Victim is whose prefix it is; 0 where there is none.
	Victim   values.ASN     `json:"victim"`
	Prefixes []netip.Prefix `json:"prefixes"`
	Start    time.Time      `json:"start"`
	// End is when it was over, or the end of the window while Open.
	End    time.Time `json:"end"`
	Open   bool      `json:"open"`
	Benign bool      `json:"benign"`
	// Peers is how many peer networks see it.
	Peers int    `json:"peers"`
	Note  string `json:"note"`
}

func (p *Params) check() error {
	switch {
	case p.Rand == nil:
		return errors.New("making a world: no random source")
	case p.Tier1 < 3 || p.Transits < 10 || p.Stubs < 100:
		return errors.New("making a world: it takes 3 tier-1, 10 transit and 100 stub networks at least")
	case p.Tier1 > 200 || p.Transits > 5_000 || p.Stubs > 60_000:
		return errors.New("making a world: at most 200 tier-1, 5000 transit and 60000 stub networks")
	case p.Peers < 1 || p.Peers > p.Tier1+p.Transits:
		return fmt.Errorf("making a world: %d peers are not between 1 and the number of tier-1 and transit networks", p.Peers)
	case len(p.Collectors) < 1 || len(p.Collectors) > p.Peers:
		return errors.New("making a world: one collector at least, and a peer for each")
	case !p.Start.Equal(p.Start.Truncate(time.Minute)):
		return errors.New("making a world: it starts at a whole minute")
	case p.Window < 0 || p.Churn < 0:
		return errors.New("making a world: neither window nor churn is negative")
	}
	return nil
}

// Write makes a world and writes its folder.
func Write(sink Sink, p Params) (Truth, error) {
	if err := p.check(); err != nil {
		return Truth{}, err
	}
	p.Start = p.Start.UTC()
	w := newWorld(p)
	if err := w.build(); err != nil {
		return Truth{}, fmt.Errorf("making a world: %w", err)
	}
	for _, f := range w.files() {
		if err := writeFile(sink, f); err != nil {
			return Truth{}, err
		}
	}
	if err := w.writeRoutes(sink); err != nil {
		return Truth{}, err
	}
	return w.truth, nil
}

// file is one small file of the folder and what writes its content.
type file struct {
	path  string
	write func(io.Writer) error
}

func writeFile(sink Sink, f file) error {
	out, err := sink.Create(f.path)
	if err != nil {
		return fmt.Errorf("creating %s: %w", f.path, err)
	}
	if err := f.write(out); err != nil {
		return errors.Join(fmt.Errorf("writing %s: %w", f.path, err), out.Close())
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("closing %s: %w", f.path, err)
	}
	return nil
}
