// Package depot keeps what registries and validators say, as dated files that "pahra observe --data" reads.
//
// [Open] gives the [Depot] of a state folder. [Depot.Put] is how sources (source.Depot) store a fact: as a file of
// STATE/data in the layout of package folder, gzip, with its moment in its name. [Depot.Changed] tells who follows the
// folder that new facts stand.
//
// A fact of which any part shrank by more than the allowed share against the last accepted one of the same source is
// suspicious: a validator that lost a trust anchor, a registry's dump that broke off. It lies in STATE/held with a record
// of why, and nothing is judged with it, until a person calls [Depot.Release] or [Depot.Discard], or a later fact is back
// within bounds. The first fact of a source has nothing to be held against and is accepted.
//
// Invariants: a file under its final name is whole and durable; STATE/data/.depot/facts.json lists each file that the
// depot wrote and stands, with its counts, in the order in which they were accepted; only those are ever pruned, never
// the last of its kind. One process at a time may have the depot of a folder open. The package does not read the facts.
package depot

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"slices"
	"sync"
	"time"
)

// Config says what is suspicious and how long facts are kept.
type Config struct {
	// MaxShrink is the share of its entries that a part of a fact may lose in one refresh: 0.05, the default, is 5 %.
	MaxShrink float64 `yaml:"max_shrink"`
	// KeepAll is how long every fact is kept, by default 48h. From then on the last of each day (UTC) is kept, until it
	// is older than KeepDaily, by default 1560h (65 days).
	KeepAll   time.Duration `yaml:"keep_all"`
	KeepDaily time.Duration `yaml:"keep_daily"`
}

// Check refuses what cannot be meant.
func (c Config) Check() error {
	switch {
	case c.MaxShrink < 0 || c.MaxShrink > 1 || math.IsNaN(c.MaxShrink):
		return fmt.Errorf("max_shrink %v is not between 0 and 1", c.MaxShrink)
	case c.KeepAll < 0 || c.KeepDaily < 0:
		return errors.New("keep_all or keep_daily is below 0")
	}
	return nil
}

func (c Config) withDefaults() Config {
	if c.MaxShrink == 0 {
		c.MaxShrink = 0.05
	}
	if c.KeepAll == 0 {
		c.KeepAll = 48 * time.Hour
	}
	if c.KeepDaily == 0 {
		c.KeepDaily = 65 * 24 * time.Hour
	}
	return c
}

// Depot keeps facts. Safe for concurrent use.
type Depot struct {
	root    *os.Root
	config  Config
	now     func() time.Time
	log     *slog.Logger
	changed chan struct{}

	mu    sync.Mutex
	facts []Kept // as accepted
	held  []Held // sorted by id
}

// Open opens the depot of a state folder, which is made where missing. What a crash left half done is removed.
func Open(state string, c Config, now func() time.Time, log *slog.Logger) (*Depot, error) {
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("opening the depot of %s: %w", state, err)
	}
	d, err := open(state, c.withDefaults(), now, log)
	if err != nil {
		return nil, fmt.Errorf("opening the depot of %s: %w", state, err)
	}
	return d, nil
}

func open(state string, c Config, now func() time.Time, log *slog.Logger) (*Depot, error) {
	if err := os.MkdirAll(state, 0o755); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(state)
	if err != nil {
		return nil, err
	}
	d := &Depot{root: root, config: c, now: now, log: log, changed: make(chan struct{}, 1)}
	if err := errors.Join(d.clearWork(), d.readFacts(), d.readHeld()); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return d, nil
}

// Close lets go of the folder.
func (d *Depot) Close() error { return d.root.Close() }

// Changed gives a channel that has a value whenever facts were accepted since it was last received from.
func (d *Depot) Changed() <-chan struct{} { return d.changed }

func (d *Depot) tell() {
	select {
	case d.changed <- struct{}{}:
	default: // it has not been looked at since the last time
	}
}

// Facts gives what the depot wrote and stands, in the order in which it was accepted.
func (d *Depot) Facts() []Kept {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.facts)
}

// The places below the state folder.
const (
	dataDir = "data"
	workDir = dataDir + "/.depot" // whoever reads the data folder passes over names with a dot
	book    = workDir + "/facts.json"
	heldDir = "held"
)

// clearWork removes temporary files of a process that died.
func (d *Depot) clearWork() error {
	for _, dir := range []string{workDir, heldDir} {
		if err := d.root.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	entries, err := fs.ReadDir(d.root.FS(), workDir)
	if err != nil {
		return err
	}
	var failures []error
	for _, e := range entries {
		if name := workDir + "/" + e.Name(); name != book {
			failures = append(failures, d.root.RemoveAll(name))
		}
	}
	return errors.Join(failures...)
}
