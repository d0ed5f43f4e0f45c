package cli_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"pahra/internal/source"
	"pahra/internal/source/depot"
)

// fillFacts is the script program "fillfacts DIR": a depot that takes VRPs, most of which are gone at the second time. Of
// a folder that is there already it carries out what was decided.
func fillFacts(dir string) int {
	_, err := os.Stat(dir)
	known := err == nil
	at := time.Date(2026, 2, 9, 8, 0, 0, 0, time.UTC)
	d, err := depot.Open(dir, depot.Config{}, func() time.Time { return at }, slog.New(slog.DiscardHandler))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer d.Close()
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if err := d.Run(ended); err != nil || known {
		return 0
	}
	for i, n := range []int{1000, 10, 20} {
		err = d.Put(context.Background(), source.Fact{Source: "validator", Kind: "vrp", Format: "json", Time: at.Add(time.Duration(i) * time.Minute),
			Counts: map[string]int{"VRPs": n}, Write: func(io.Writer) error { return nil }})
	}
	var held *source.HeldError
	if !errors.As(err, &held) {
		fmt.Fprintln(os.Stderr, "not held:", err)
		return 1
	}
	return 0
}
