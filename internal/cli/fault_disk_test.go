package cli_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// TestDiskFull fills the disk under a service that hears a stream. Nothing half-written stays, the source is held back and
// has an alarm, and when there is room again it goes on by itself and has lost nothing.
func TestDiskFull(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a service for many seconds")
	}
	state, metrics, feed := smallDisk(t), freeAddress(t), newStream(t)
	p := startService(t, writeSettings(t, "listen: 127.0.0.1:0\nmetrics: %s\nsources: [{name: ris, rislive: {url: %q}}]\n", metrics, feed.url), state)
	waitFor(t, func() bool { return scraped(metrics, "pahra_journal_records_total") > 100 })

	ballast := filepath.Join(state, "ballast")
	fill(t, ballast)
	alarm := `pahra_source_alarm{kind="rislive",source="ris"}`
	waitFor(t, func() bool { return scraped(metrics, "pahra_journal_failed_total") > 0 && scraped(metrics, alarm) == 1 })
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	stopped := scraped(metrics, "pahra_journal_records_total")
	waitFor(t, func() bool {
		return scraped(metrics, "pahra_journal_records_total") > stopped+500 && scraped(metrics, alarm) == 0 && scraped(metrics, "pahra_failures") == 0
	})
	endService(t, p)
	if n := wholeRecords(t, state); n < stopped+500 {
		t.Errorf("the journal has %v records, and %v were taken before the disk was full", n, stopped)
	}
	if out, err := exec.Command(program(t), "store", "check", "--state", state).CombinedOutput(); err != nil {
		t.Errorf("the store: %v: %s", err, out)
	}
}

// smallDisk mounts a small disk in memory, where that is allowed.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if runtime.GOOS != "linux" {
		t.Skip("no small disk can be made here")
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=24m", "none", dir).CombinedOutput(); err != nil {
		t.Skipf("no small disk can be mounted here: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "--lazy", dir).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	return dir
}

// fill writes a file until the disk takes no more.
func fill(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for piece := make([]byte, 4096); ; {
		if _, err := f.Write(piece); err != nil {
			return
		}
	}
}

// wholeRecords counts the records of the journal, each of which must be whole, once there, and in its order: the stream
// counts in its prefixes.
func wholeRecords(t *testing.T, state string) (n float64) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(state, "data", "mrt", "*", "live", "*"))
	if err != nil {
		t.Fatal(err)
	}
	var before []byte
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for len(raw) > 0 {
			if len(raw) < 12 || len(raw)-12 < int(binary.BigEndian.Uint32(raw[8:])) {
				t.Fatalf("%s ends in %d bytes that are no record", name, len(raw))
			}
			end := 12 + int(binary.BigEndian.Uint32(raw[8:]))
			prefix := raw[end-3 : end] // 10.x.y
			if want := next(before); before != nil && prefix[0] == 10 && before[0] == 10 && !bytes.Equal(prefix, want) && !bytes.Equal(prefix, []byte{10, 0, 0}) {
				t.Errorf("%v comes after %v", prefix, before)
			}
			before, raw = prefix, raw[end:]
			n++
		}
	}
	return n
}

// next gives the prefix that a stream announces after one.
func next(p []byte) []byte {
	if len(p) < 3 {
		return nil
	}
	v := binary.BigEndian.Uint16(p[1:]) + 1
	return []byte{10, byte(v >> 8), byte(v)}
}
