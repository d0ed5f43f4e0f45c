package depot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"pahra/internal/source/durable"
)

// Decision is what a person says of a held fact.
type Decision string

// The decisions.
const (
	Release Decision = "release" // see Depot.Release
	Discard Decision = "discard" // see Depot.Discard
)

// decisionFile lies beside the record of a held fact.
const decisionFile = "decision"

// ReadHeld gives what is held in a state folder, sorted by id, whether or not a process has its depot open.
func ReadHeld(state string) ([]Held, error) {
	root, err := os.OpenRoot(state)
	if err != nil {
		return nil, fmt.Errorf("reading what is held: %w", err)
	}
	defer root.Close()
	d := &Depot{root: root}
	entries, err := fs.ReadDir(root.FS(), heldDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading what is held: %w", err)
	}
	var list []Held
	for _, e := range entries {
		switch h, err := d.readRecord(e.Name()); {
		case err == nil:
			list = append(list, h)
		case !errors.Is(err, fs.ErrNotExist): // one on its way, or gone meanwhile
			return nil, fmt.Errorf("reading what is held: %w", err)
		}
	}
	return list, nil
}

// Decide writes a decision down for the process that has the depot of a state folder open, or opens it next.
func Decide(state, id string, what Decision) error {
	list, err := ReadHeld(state)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(list, func(h Held) bool { return h.ID == id }) {
		return fmt.Errorf("%s: %w", id, ErrNotHeld)
	}
	root, err := os.OpenRoot(state)
	if err != nil {
		return err
	}
	defer root.Close()
	return durable.WriteFile(root, path.Join(heldDir, id, decisionFile), []byte(what))
}

// heedEvery is how often decisions are looked for.
const heedEvery = 5 * time.Second

// Run does what Decide wrote down, soon after, until ctx ends. What fails is tried again.
func (d *Depot) Run(ctx context.Context) error {
	tick := time.NewTicker(heedEvery)
	defer tick.Stop()
	for {
		if err := d.heed(); err != nil {
			d.log.Error("a decision about a held fact could not be carried out", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// heed carries out the decisions that were written down.
func (d *Depot) heed() error {
	var failures []error
	for _, h := range d.Held() {
		text, err := d.read(path.Join(heldDir, h.ID, decisionFile), 64)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		switch what := Decision(strings.TrimSpace(string(text))); {
		case err != nil:
		case what == Release:
			err = d.Release(h.ID)
		case what == Discard:
			err = d.Discard(h.ID)
		default:
			err = fmt.Errorf("held %s: %.20q is no decision", h.ID, what)
		}
		if err != nil && !errors.Is(err, ErrNotHeld) { // it was replaced by a later one in between
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}
