package world

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// Params say what to make. Start from [Defaults].
type Params struct {
	// Rand is the only source of randomness.
	Rand *rand.Rand
	// Start is when the table is taken, in UTC at a whole minute; updates follow it for Window.
	Start  time.Time
	Window time.Duration
	// Networks is how many there are, Prefixes about how many they announce at the start (0: four each), Peers how many
	// of them feed the collectors.
	Networks, Prefixes, Peers int
	// Collectors are their names; the peers are dealt out among them.
	Collectors []string
	// Churn is how many of a thousand networks change how they are reached, each hour.
	Churn float64
	// Events is how many deviations of each kind are made to happen each day, one at least; 0: as many as suit the size.
	Events float64
	// BenignRatio is how many benign look-alikes there are for each deviation.
	BenignRatio float64
	// Quiet leaves out all scheduled events: nothing that is found then is real.
	Quiet bool
	// Flawless makes the facts in the folder complete and right, and every peer honest.
	Flawless bool
}

// Defaults are the parameters of the demonstration world, drawn from a PCG with this seed.
func Defaults(seed uint64) Params {
	return Params{
		Rand:        rand.New(rand.NewPCG(seed, 0x70616872)),
		Start:       time.Date(2026, 2, 10, 0, 0, 0, 0, time.UTC),
		Window:      4 * time.Hour,
		Networks:    480,
		Prefixes:    1600,
		Peers:       20,
		Collectors:  []string{"lantern", "harbour"},
		Churn:       120,
		BenignRatio: 10,
	}
}

// The bounds of a world.
const (
	minNetworks = 100
	maxNetworks = 90_000
	maxPrefixes = 1_500_000
)

func (p *Params) check() error {
	if p.Prefixes == 0 {
		p.Prefixes = 4 * p.Networks
	}
	switch {
	case p.Rand == nil:
		return errors.New("making a world: no random source")
	case p.Networks < minNetworks || p.Networks > maxNetworks:
		return fmt.Errorf("making a world: between %d and %d networks", minNetworks, maxNetworks)
	case p.Prefixes < p.Networks || p.Prefixes > maxPrefixes:
		return fmt.Errorf("making a world: between one prefix for each network and %d", maxPrefixes)
	case p.Peers < 1 || p.Peers > p.Networks/4:
		return fmt.Errorf("making a world: %d peers are not between 1 and a quarter of the networks", p.Peers)
	case len(p.Collectors) < 1 || len(p.Collectors) > p.Peers:
		return errors.New("making a world: one collector at least, and a peer for each")
	case !p.Start.Equal(p.Start.Truncate(time.Minute)):
		return errors.New("making a world: it starts at a whole minute")
	case p.Window < 0 || p.Window > 366*24*time.Hour:
		return errors.New("making a world: the updates go on for a year at most")
	case !(p.Churn >= 0 && p.Churn <= 1000) || !(p.Events >= 0 && p.Events <= 1000) || !(p.BenignRatio >= 0 && p.BenignRatio <= 1000):
		return errors.New("making a world: churn, events and benign ratio are between 0 and 1000")
	}
	return nil
}

// each is how many deviations of one kind there are.
func (p *Params) each() int {
	daily := p.Events
	if daily == 0 {
		daily = min(8, max(1, float64(p.Networks)/500))
	}
	return max(1, int(math.Round(daily*p.Window.Hours()/24)))
}
