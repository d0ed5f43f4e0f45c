package service

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"pahra/internal/source"
	"pahra/internal/source/durable"
	"pahra/internal/source/folder"
	"pahra/wire/compressed"
	"pahra/wire/mrt"
)

// FillGap puts into a state folder's data what a collector said in a gap, told by files of updates in the order of time,
// such as its archive publishes; what lies outside of the gap, at its edges or in tables, is left out. It gives how many
// records there are; the file is there, whole, when it returns. [Live.Refresh] has the watch go back for it.
func FillGap(state string, gap source.Gap, files []string) (records int64, err error) {
	place := filepath.Join(state, dataDir, mrtDir, gap.Collector, "fill", strconv.FormatInt(gap.From.UnixMicro(), 10))
	if err := durable.MakeFolder(place); err != nil {
		return 0, fmt.Errorf("filling a gap of %s: %w", gap.Collector, err)
	}
	out, err := durable.Create(filepath.Join(place, gap.From.UTC().Format("updates.20060102.1504")))
	if err != nil {
		return 0, fmt.Errorf("filling a gap of %s: %w", gap.Collector, err)
	}
	w := bufio.NewWriterSize(out, 1<<20)
	for _, name := range files {
		if err == nil {
			err = trim(w, name, gap.From, gap.To, &records)
		}
	}
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		out.Abandon()
		return 0, fmt.Errorf("filling a gap of %s: %w", gap.Collector, err)
	}
	if err := out.Commit(); err != nil {
		return 0, fmt.Errorf("filling a gap of %s: %w", gap.Collector, err)
	}
	return records, nil
}

// trim writes the records of a file that lie between two moments, both left out, since what was heard live ends and
// begins there.
func trim(w io.Writer, name string, from, to time.Time, records *int64) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	in, _, err := compressed.NewReader(file, compressed.Options{})
	if err != nil {
		return err
	}
	defer in.Close()
	r := mrt.NewReader(in, nil)
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(name), err)
		}
		at := time.Unix(int64(rec.Sec), int64(rec.Micro)*1000)
		if rec.Type == mrt.TypeTableDumpV2 || !at.After(from) || !at.Before(to) {
			continue
		}
		*records++
		if _, err := w.Write(rec.Raw()); err != nil {
			return err
		}
	}
}

// KnownUntil gives the time of the latest file of updates, other than those heard live, that a state folder's data hold
// of a collector; zero where there is none.
func KnownUntil(state, collector string) (until time.Time, err error) {
	dir, err := folder.Scan(filepath.Join(state, dataDir))
	if err != nil {
		return until, err
	}
	for _, f := range dir.Of(folder.MRT) {
		if f.Collector == collector && f.Format == "updates" && !isLive(f.Path) && f.Time.After(until) {
			until = f.Time
		}
	}
	return until, nil
}
