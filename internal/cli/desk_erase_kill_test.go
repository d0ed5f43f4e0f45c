package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pahra/internal/desk/class"
	"pahra/internal/service/reports"
	"pahra/internal/spool"
	"pahra/internal/store"
	"pahra/wire/intelmq"
)

// manySegments fills a desk with segments of so many lines, one for each of some sources; the first line of each names the subject.
func manySegments(t *testing.T, state string, sources, lines int) {
	t.Helper()
	ctx := context.Background()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	db, err := store.Open(ctx, "sqlite:"+filepath.Join(state, "pahra.db"))
	check(err)
	defer db.Close()
	files, err := spool.OpenOwned(filepath.Join(state, "desk"), "")
	check(err)
	classes, err := class.Load()
	check(err)
	desk, err := reports.Open(ctx, reports.Options{Spool: files, Store: db, Classes: classes, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Own: func(context.Context, string, class.Code, *intelmq.Event) string { return "none" }})
	check(err)
	for source := range sources {
		var text bytes.Buffer
		for n := range lines {
			address := fmt.Sprintf("10.%d.%d.%d", source, n>>8, n&255)
			if n == 0 {
				address = "192.0.2.1"
			}
			fmt.Fprintf(&text, `{"classification.type":"scanner","source.ip":%q,"time.source":"2026-03-04T05:06:07+00:00"}`+"\n", address)
		}
		_, err := desk.Accept(ctx, &text, reports.Meta{Source: fmt.Sprintf("s%d", source), Name: "x.json", Format: "intelmq"})
		check(err)
	}
	check(desk.Drain(ctx))
}

// TestEraseKilled kills "pahra desk subject erase" with SIGKILL at random moments, while it writes segments anew, and starts it
// again. Whenever it dies nobody else's events are lost or there twice, and in the end the subject is nowhere and no file is left over.
func TestEraseKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the program many times")
	}
	const lines = 2000
	sources, state := 8+4*kills(), t.TempDir()
	manySegments(t, state, sources, lines)
	began := time.Now()
	if err := exec.Command(program(t), "desk", "subject", "search", "--state", state, "--purpose", "request 1", "address", "192.0.2.1").Run(); err != nil {
		t.Fatal(err)
	}
	search := time.Since(began) // what comes before anything is erased
	chance, killed, late := rand.New(rand.NewPCG(5, 6)), 0, 0
	for done := false; !done; {
		cmd := exec.Command(program(t), "desk", "subject", "erase", "--state", state, "--purpose", "request 1", "address", "192.0.2.1")
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if killed < kills() {
			time.Sleep(search + time.Duration(chance.Int64N(int64(search)))) // the moment of death must not depend on what it does
			if err := cmd.Process.Kill(); err == nil {
				killed++
			}
		}
		err := cmd.Wait()
		if cmd.ProcessState.Exited() {
			if done = true; err != nil && cmd.ProcessState.ExitCode() != 1 {
				t.Fatalf("%v: %s", err, said.String())
			}
		}
		others, of := eventsKept(t, state)
		if want := sources * (lines - 1); others != want {
			t.Fatalf("after %d kills %d events of others are there, want %d", killed, others, want)
		}
		if of > 0 && of < sources {
			late++
		}
		if done && of > 0 {
			t.Fatalf("it ended, and the subject is in %d events", of)
		}
	}
	if killed == 0 {
		t.Fatal("it was never killed")
	}
	t.Logf("a search takes %s; killed %d times, %d times when a part was written anew", search, killed, late)
	for _, pattern := range []string{"*/*.jsonl.zst", "*/*.index", "*/*.frames"} {
		if found, _ := filepath.Glob(filepath.Join(state, "desk", "events", pattern)); len(found) != sources {
			t.Errorf("%d files %s, want %d", len(found), pattern, sources)
		}
	}
	if found, _ := filepath.Glob(filepath.Join(state, "desk", "reports", "*", "*", "*.zst.age")); len(found) != 0 {
		t.Errorf("%d reports as they came name the subject still", len(found))
	}
}

// eventsKept counts the events that count: of others, each once, and of the subject.
func eventsKept(t *testing.T, state string) (others, of int) {
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
	seen := map[string]bool{}
	for _, g := range is.Segments {
		mark := spool.Mark{Bytes: g.Bytes, Events: g.Events, Frames: g.Frames, Generation: g.Generation}
		err := files.Events(g.Source, g.Day, mark, func(spool.Entry) bool { return true }, func(_ spool.Entry, line []byte) error {
			_, rest, _ := strings.Cut(string(line), `"source.ip":"`)
			address, _, _ := strings.Cut(rest, `"`)
			if address == "192.0.2.1" {
				of++
			} else if seen[address] {
				t.Errorf("%s is there twice", address)
			}
			seen[address] = true
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return len(seen) - min(of, 1), of
}
