package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"pahra/internal/source"
	"pahra/internal/source/durable"
)

// renewsName is an empty file in a collector's folder that says that the collector renews. Whoever reads the data folder
// passes over names with a dot.
const renewsName = ".renews"

// Renewing takes what sources say whose collectors renew: they tell all that they know anew with each connection, as
// routers do by BMP. Of such a collector nothing stands any more that it said before the journal was opened, see
// [Journal.Left].
func (j *Journal) Renewing() source.Sink { return renewing{j} }

type renewing struct{ *Journal }

// Record appends a record of a collector that renews, which is noted for good before its first.
func (r renewing) Record(collector string, record []byte) error {
	if err := r.renews(collector); err != nil {
		return err
	}
	return r.Journal.Record(collector, record)
}

func (j *Journal) renews(collector string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	l, err := j.lane(collector)
	if err != nil || l.renews {
		return err
	}
	if err = durable.MakeFolder(l.dir); err == nil {
		err = touch(filepath.Join(l.dir, renewsName))
	}
	if err != nil {
		return fmt.Errorf("journal of %s: %w", collector, err)
	}
	l.renews = true
	return nil
}

// touch makes an empty file that survives a power cut.
func touch(path string) error {
	f, err := durable.Create(path)
	if err != nil {
		return err
	}
	return f.Commit()
}

// findRenewing finds out whether a collector renews, and notes until when it spoke.
func (j *Journal) findRenewing(collector string) error {
	_, err := os.Lstat(filepath.Join(j.opt.Dir, collector, LiveDir, renewsName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("opening the journal of %s: %w", collector, err)
	}
	l, err := j.lane(collector)
	if err != nil {
		return err
	}
	l.renews = true
	j.left[collector] = time.UnixMicro(l.last).UTC()
	return nil
}

// Left gives the collectors that renew and spoke before the journal was opened, and the moment of the last that each
// said then. What of it was not taken back before, by a crash say, is for the caller to take back by [Journal.Add].
func (j *Journal) Left() map[string]time.Time { return j.left }

// Add appends a record of our own about a collector, which was not heard with it: a gap in what it said goes on.
func (j *Journal) Add(collector string, record []byte) error {
	return j.record(collector, record, false)
}
