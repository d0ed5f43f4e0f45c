package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pahra/internal/spool"
	"pahra/internal/store"
)

// TestIntakeKilled kills "pahra desk intake" with SIGKILL at random moments, and starts it again. Once a report was said to be
// accepted it is read to its end, and no line of it is lost or counts twice.
func TestIntakeKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the program many times")
	}
	lines := 10_000 * (1 + kills())
	var text bytes.Buffer
	for n := range lines {
		fmt.Fprintf(&text, `{"classification.type":"scanner","source.ip":"10.%d.%d.%d","source.asn":%d,"time.source":"2026-03-04T05:06:07+00:00"}`+"\n",
			n>>16, n>>8&255, n&255, 64500+n%7)
	}
	report := filepath.Join(t.TempDir(), "report.json")
	if err := os.WriteFile(report, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	state, chance, killed := t.TempDir(), rand.New(rand.NewPCG(2, 3)), 0
	for done := false; !done; {
		cmd := exec.Command(program(t), "desk", "intake", "--state", state, "--source", "sensors", "--format", "intelmq", report)
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if killed < kills() {
			time.Sleep(time.Duration(chance.IntN(700)) * time.Millisecond) // the moment of death must not depend on what it does
			if err := cmd.Process.Kill(); err == nil {
				killed++
			}
		}
		if err := cmd.Wait(); err == nil {
			done = true
		} else if cmd.ProcessState.Exited() {
			t.Fatalf("%v: %s", err, said.String())
		}
	}
	if killed == 0 {
		t.Fatal("it was never killed")
	}
	seen := eventsOf(t, state)
	if want := lines; len(seen) != want || len(slices.Compact(seen)) != want {
		t.Fatalf("%d events lie there, %d distinct; %d lines were accepted", len(seen), len(slices.Compact(seen)), want)
	}
}

// eventsOf gives the addresses of all events that count, sorted; what the store counts must be as many.
func eventsOf(t *testing.T, state string) (seen []string) {
	t.Helper()
	db, err := store.Open(context.Background(), "sqlite:"+filepath.Join(state, "pahra.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	files, err := spool.Open(filepath.Join(state, "desk"))
	if err != nil {
		t.Fatal(err)
	}
	is, err := db.DeskState(context.Background(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	counted := int64(0)
	for _, c := range is.Cases {
		counted += c.Events
	}
	for _, g := range is.Segments {
		err := files.Events(g.Source, g.Day, spool.Mark{Bytes: g.Bytes, Events: g.Events, Frames: g.Frames},
			func(spool.Entry) bool { return true }, func(_ spool.Entry, line []byte) error {
				_, rest, _ := strings.Cut(string(line), `"source.ip":"`)
				address, _, _ := strings.Cut(rest, `"`)
				seen = append(seen, address)
				return nil
			})
		if err != nil {
			t.Fatal(err)
		}
	}
	if counted != int64(len(seen)) {
		t.Errorf("cases count %d events, %d lie there", counted, len(seen))
	}
	slices.Sort(seen)
	return seen
}
