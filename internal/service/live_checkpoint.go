package service

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"pahra/internal/registry"
	"pahra/internal/registry/infer"
	"pahra/internal/routes"
	"pahra/internal/source/durable"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// keptCheckpoints is how many checkpoints are kept: a gap that is filled late needs one from before it.
const keptCheckpoints = 6

// checkpointState is what a checkpoint holds beside the engine.
type checkpointState struct {
	Program   string           `json:"program"`  // that made it, for who looks at it
	Settings  string           `json:"settings"` // hash of all that judging depends on beside the data
	Read      map[string]place `json:"read"`
	Now       int64            `json:"now"`
	Facts     int64            `json:"facts"`
	Seen      int64            `json:"seen"`
	Infer     int64            `json:"infer"`
	Elements  int64            `json:"elements"`
	Strangers int64            `json:"strangers"`
	Heard     []Span           `json:"heard"`
	Reports   []fileReport     `json:"reports"`
	Used      []Used           `json:"used"`
	Inferred  *inferredState   `json:"inferred,omitempty"`
}

// inferredState is an inference in its written form.
type inferredState struct {
	Source registry.Source `json:"source"`
	Edges  []infer.Edge    `json:"edges"`
	Clique []values.ASN    `json:"clique"`
}

// judgedBy gives the hash of what judging depends on beside the data.
func (l *Live) judgedBy() (string, error) {
	return hashJSON(l.opt.Relations, l.opt.Settings, limitsOf(l.opt.Limits))
}

// checkpoint saves the watch as it stands. It is only called between steps.
func (l *Live) checkpoint(context.Context) error {
	if l.run == nil || !l.clock.began || l.clock.now == l.saved {
		return nil
	}
	began := l.opt.Now()
	err := l.writeCheckpoint()
	if err != nil {
		l.fail(savingCheckpoint, err) // the journal has all that it would have saved
		l.saved = l.clock.now         // try again when the next is due
		return nil
	}
	l.works(savingCheckpoint)
	l.saved = l.clock.now
	l.opt.Log.Debug("checkpoint", "at", utc(l.clock.now), "took", l.opt.Now().Sub(began))
	return l.dropCheckpoints()
}

const savingCheckpoint = "saving a checkpoint"

func (l *Live) writeCheckpoint() error {
	if err := l.journal.Sync(); err != nil { // what it goes on from must not be lost
		return err
	}
	c, r := l.clock, l.run
	hash, err := l.judgedBy()
	if err != nil {
		return err
	}
	state := checkpointState{
		Program: Version(), Settings: hash, Read: l.at, Now: c.now, Facts: c.facts, Seen: c.seen, Infer: c.infer,
		Elements: r.elements, Strangers: r.strangers, Heard: r.heard, Reports: r.reports, Used: r.book.used,
	}
	if i := r.book.inferred; i != nil {
		state.Inferred = &inferredState{i.source, i.edges, i.clique}
	}
	head, err := json.Marshal(state)
	if err != nil {
		return err
	}
	dir := filepath.Join(l.opt.State, checkpointDir)
	f, err := durable.Create(filepath.Join(dir, strconv.FormatInt(c.now, 10)))
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	_, err = w.Write(append(head, '\n'))
	if err == nil {
		err = r.engine.Save(w)
	}
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		f.Abandon()
		return err
	}
	return f.Commit()
}

// checkpoints gives the moments of the checkpoints, the latest first.
func (l *Live) checkpoints() ([]int64, error) {
	entries, err := os.ReadDir(filepath.Join(l.opt.State, checkpointDir))
	if err != nil {
		return nil, fmt.Errorf("looking for checkpoints: %w", err)
	}
	var list []int64
	for _, e := range entries {
		if at, err := strconv.ParseInt(e.Name(), 10, 64); err == nil {
			list = append(list, at)
		}
	}
	slices.SortFunc(list, func(a, b int64) int { return cmp.Compare(b, a) })
	return list, nil
}

// Needed is the moment from which on the journal may have to be read again: that of the oldest checkpoint.
func (l *Live) Needed() time.Time {
	list, err := l.checkpoints()
	if err != nil || len(list) == 0 {
		return time.Unix(0, 0)
	}
	return time.Unix(list[len(list)-1], 0).UTC()
}

func (l *Live) dropCheckpoints() error {
	list, err := l.checkpoints()
	if err != nil {
		return err
	}
	for _, at := range list[min(len(list), keptCheckpoints):] {
		if err := os.Remove(filepath.Join(l.opt.State, checkpointDir, strconv.FormatInt(at, 10))); err != nil {
			return fmt.Errorf("removing an old checkpoint: %w", err)
		}
	}
	return nil
}

// sweepCheckpoints removes what a crash left half written.
func (l *Live) sweepCheckpoints() error {
	left, err := filepath.Glob(filepath.Join(l.opt.State, checkpointDir, ".*.tmp"))
	for _, name := range left {
		err = errors.Join(err, os.Remove(name))
	}
	return err
}

// restore sets the watch to its latest checkpoint no later than a moment, or to the beginning where there is none.
// A checkpoint that cannot be used is said and passed over.
func (l *Live) restore(before int64) error {
	if err := l.sweepCheckpoints(); err != nil {
		return err
	}
	list, err := l.checkpoints()
	if err != nil {
		return err
	}
	for _, at := range list {
		if at > before {
			continue
		}
		err := l.restoreFrom(filepath.Join(l.opt.State, checkpointDir, strconv.FormatInt(at, 10)))
		if err == nil {
			l.opt.Log.Info("going on from a checkpoint", "at", utc(at))
			return nil
		}
		if bad := (*unreadableFolder)(nil); errors.As(err, &bad) {
			return err
		}
		l.opt.Log.Warn("a checkpoint cannot be used", "at", utc(at), "err", err)
	}
	r, err := l.newLiveRun()
	if err != nil {
		return err
	}
	r.engine = watch.New(r.opt.Settings, routes.NewTable(routes.NewInterner()))
	l.start(r)
	return nil
}

// start makes r the run of the watch.
func (l *Live) start(r *run) {
	r.engine.ForgetUnused(r.held)
	l.run, l.clock, l.at, l.saved = r, newClock(r), make(map[string]place), 0
	l.clock.publish = l.publish
}

// maxCheckpointHead bounds the first line of a checkpoint, in bytes.
const maxCheckpointHead = 1 << 28

func (l *Live) restoreFrom(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<20)
	line, err := readLine(in)
	if err != nil {
		return err
	}
	var state checkpointState
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&state); err != nil {
		return err
	}
	hash, err := l.judgedBy()
	switch {
	case err != nil:
		return err
	case state.Settings != hash:
		return errors.New("the settings have changed since")
	}
	r, err := l.newLiveRun()
	if err != nil {
		return err
	}
	if i := state.Inferred; i != nil {
		r.book.inferred, r.book.stale = &inference{i.Source, i.Edges, i.Clique}, true
	}
	facts, _, err := r.book.at(time.Unix(state.Now, 0).UTC())
	if err != nil {
		return err
	}
	r.book.used = state.Used
	if r.engine, err = watch.Restore(in, r.opt.Settings, facts); err != nil {
		return err
	}
	r.elements, r.strangers, r.heard, r.reports = state.Elements, state.Strangers, state.Heard, state.Reports
	l.start(r)
	l.at, l.saved = state.Read, state.Now
	l.clock.began, l.clock.now, l.clock.facts, l.clock.seen, l.clock.infer = true, state.Now, state.Facts, state.Seen, state.Infer
	l.clock.month = values.MonthOf(time.Unix(state.Now, 0))
	l.clock.look(time.Unix(state.Now, 0).UTC())
	return nil
}

func readLine(in *bufio.Reader) (line []byte, err error) {
	for {
		part, more, err := in.ReadLine()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
		if line = append(line, part...); len(line) > maxCheckpointHead {
			return nil, errors.New("its first line is too long")
		}
		if !more {
			return line, nil
		}
	}
}
