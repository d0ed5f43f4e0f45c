package service

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"pahra/internal/source/durable"
	"pahra/internal/source/folder"
	"pahra/internal/store"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// runName is how a published run's folder is named: the end of its window, UTC.
const runName = "20060102T150405Z"

// keptRuns is how many published runs are kept beside the last of each month.
const keptRuns = 4

// nextMonth gives when the month of a moment ends.
func (l *Live) nextMonth(sec int64) int64 { return values.MonthOf(time.Unix(sec, 0)).End().Unix() }

// publish takes stock at a moment, when everything before it was fed and nothing else, and has a run written in the
// background. While one is being written the next is left out, unless a month ends.
func (l *Live) publish(at int64) (next int64, err error) {
	monthEnds := values.MonthOf(time.Unix(at-1, 0)).End().Unix() == at
	switch every := int64(l.opt.PublishEvery.Seconds()); {
	case l.live:
		next = min(at/every*every+every, l.nextMonth(at))
	default:
		next = l.nextMonth(at)
	}
	if l.isWriting() {
		if !monthEnds {
			return next, nil
		}
		l.writing.Wait()
	}
	pub, err := l.published(at)
	if err != nil {
		return 0, err
	}
	if monthEnds {
		l.run.months = nil
		l.run.engine.ForgetEnded(at)
	}
	l.startWriting(pub)
	return next, nil
}

// published gives the run of the month so far, with all that it needs of the engine taken out of it.
func (l *Live) published(at int64) (*run, error) {
	to := time.Unix(at, 0).UTC()
	from := values.MonthOf(to.Add(-time.Second)).Start()
	if began := time.Unix(l.began(), 0).UTC(); began.After(from) {
		from = began
	}
	pub, book := *l.run, *l.run.book
	pub.book, pub.feed = &book, nil
	pub.book.used = slices.Clone(book.used)
	pub.months, pub.reports, pub.heard = slices.Clone(pub.months), slices.Clone(pub.reports), slices.Clone(pub.heard)
	pub.opt.From, pub.opt.To = from, to
	pub.opt.Out = filepath.Join(l.opt.State, runsDir, "."+to.Format(runName))
	pub.heard.bound(from, to)
	taken, err := readOverrides(l.run.dir, l.run.opt.Say)
	if err != nil {
		return nil, err
	}
	pub.overrides = taken // the harvest applies them
	pub.harvest()
	proofs := collect(pub.harvested.proofs)
	pub.harvested.proofs = func(yield func(string, watch.Update) bool) {
		for _, p := range proofs {
			if !yield(p.id, p.update) {
				return
			}
		}
	}
	pub.harvested.log = slices.Clone(pub.harvested.log)
	dir := *l.run.dir
	pub.dir = &dir
	pub.dir.Files = l.inputs()
	return &pub, nil
}

// began is when the watch began, in seconds since 1970.
func (l *Live) began() int64 {
	if len(l.run.heard) == 0 {
		return 0
	}
	return l.run.heard[0].From.Unix()
}

const publishing = "publishing a run"

type proof struct {
	id     string
	update watch.Update
}

func collect(seq iter.Seq2[string, watch.Update]) (list []proof) {
	for id, u := range seq {
		list = append(list, proof{id, u})
	}
	return list
}

// inputs gives the files of the data folder as far as they were read.
func (l *Live) inputs() []folder.File {
	files := slices.Clone(l.run.dir.Files)
	for i := range files {
		if at, read := l.at[files[i].Path]; read && files[i].Kind == folder.MRT {
			files[i].Size = at.Bytes
		}
	}
	for _, s := range l.reading { // what this very step reads
		if i := slices.IndexFunc(files, func(f folder.File) bool { return f.Path == s.file.Path }); i >= 0 {
			files[i].Size = s.end()
		}
	}
	return slices.DeleteFunc(files, func(f folder.File) bool {
		_, read := l.at[f.Path]
		return f.Kind == folder.MRT && !read && !slices.ContainsFunc(l.reading, func(s section) bool { return s.file.Path == f.Path })
	})
}

func (l *Live) isWriting() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.busy
}

func (l *Live) startWriting(pub *run) {
	l.mu.Lock()
	l.busy = true
	l.mu.Unlock()
	l.writing.Go(func() {
		began := l.opt.Now()
		err := l.writeRun(context.Background(), pub)
		l.mu.Lock()
		l.busy = false
		l.mu.Unlock()
		if err != nil {
			l.fail(publishing, err)
			return
		}
		l.works(publishing)
		l.opt.Log.Info("published", "run", pub.opt.To.Format(runName), "took", l.opt.Now().Sub(began).Round(time.Millisecond))
	})
}

// writeRun writes a run, and lets it take its place when it is whole.
func (l *Live) writeRun(ctx context.Context, pub *run) error {
	if err := os.RemoveAll(pub.opt.Out); err != nil {
		return fmt.Errorf("making room for a run: %w", err)
	}
	if err := l.hashes.of(ctx, pub.dir); err != nil {
		return err
	}
	if _, err := pub.write(); err != nil {
		return errors.Join(err, os.RemoveAll(pub.opt.Out))
	}
	name := filepath.Join(l.opt.State, runsDir, pub.opt.To.Format(runName))
	if err := os.RemoveAll(name); err != nil { // of an earlier watch that came to the same moment
		return fmt.Errorf("publishing a run: %w", err)
	}
	if err := durable.Move(pub.opt.Out, name); err != nil {
		return fmt.Errorf("publishing a run: %w", err)
	}
	if err := l.opt.Store.SaveMonth(ctx, l.opt.Now(), networkMonths(pub), ""); err != nil {
		return err
	}
	if err := correctMonths(ctx, l.opt.Store, l.opt.State, pub.overrides, values.MonthOf(pub.opt.To.Add(-time.Second)), l.opt.Now()); err != nil {
		return err
	}
	if err := l.dropRuns(); err != nil {
		return err
	}
	if l.opt.Keep == nil {
		return nil
	}
	return l.opt.Keep(ctx, pub.incidents, pub.harvested.proofs)
}

// networkMonths gives a run's scores as the store keeps them.
func networkMonths(pub *run) []store.NetworkMonth {
	type key struct {
		month values.Month
		asn   values.ASN
	}
	incidents := make(map[key]int)
	for _, inc := range pub.incidents {
		incidents[key{values.MonthOf(inc.Start), inc.ASN}]++
	}
	rows := make(map[key]*store.NetworkMonth)
	var list []store.NetworkMonth
	for _, s := range pub.scores {
		k := key{s.Month, s.ASN}
		if rows[k] == nil {
			rows[k] = &store.NetworkMonth{ASN: s.ASN, Month: s.Month, Profile: pub.profile.ID, Incidents: incidents[k]}
		}
		rows[k].Measures = append(rows[k].Measures, store.Measure{
			Metric: s.Metric, Raw: s.Raw, Fraction: s.Fraction, Percent: s.Percent, Band: s.Band, Reason: deref(s.NoDataReason)})
	}
	for _, k := range slices.SortedFunc(maps.Keys(rows), func(a, b key) int {
		if a.month != b.month {
			return a.month.Start().Compare(b.month.Start())
		}
		return int(int64(a.asn) - int64(b.asn))
	}) {
		list = append(list, *rows[k])
	}
	return list
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// PublishedRuns gives the folders of the runs that a live watch published in a state folder, the latest last.
func PublishedRuns(state string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(state, runsDir))
	if err != nil {
		return nil, fmt.Errorf("looking for published runs: %w", err)
	}
	var list []string
	for _, e := range entries {
		if _, err := time.Parse(runName, e.Name()); err == nil && e.IsDir() {
			list = append(list, filepath.Join(state, runsDir, e.Name()))
		}
	}
	return list, nil
}

// dropRuns removes all but the last few published runs and the last of each month.
func (l *Live) dropRuns() error {
	runs, err := PublishedRuns(l.opt.State)
	if err != nil {
		return err
	}
	for i, dir := range runs[:max(0, len(runs)-keptRuns)] {
		month := func(dir string) values.Month {
			at, _ := time.Parse(runName, filepath.Base(dir)) // it was parsed before
			return values.MonthOf(at.Add(-time.Second))
		}
		if month(runs[i+1]) != month(dir) {
			continue
		}
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("removing an old run: %w", err)
		}
	}
	return nil
}
