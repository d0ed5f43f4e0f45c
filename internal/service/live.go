package service

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"sync"
	"time"

	"pahra/internal/authority"
	"pahra/internal/journal"
	"pahra/internal/norms"
	"pahra/internal/routes/origins"
	"pahra/internal/source"
	"pahra/internal/source/folder"
	"pahra/internal/store"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// The folders of a service's state.
const (
	dataDir       = "data" // what "pahra observe --data" reads: facts, archives, and the journal below mrtDir
	mrtDir        = "mrt"
	runsDir       = "runs"
	checkpointDir = "checkpoint"
)

// LiveOptions say how a live watch runs.
type LiveOptions struct {
	State     string // the folder of everything
	Store     *store.Store
	Profile   string // as in Options
	Relations Relations
	Settings  watch.Settings
	Limits    authority.Limits
	// PublishEvery is how often, in time of the data, the scores and pages are made anew; it divides a day.
	PublishEvery time.Duration
	// CheckpointEvery is how often, in time of the data, the state of the detectors is saved.
	CheckpointEvery time.Duration
	// StepEvery is how often the journal is looked at.
	StepEvery time.Duration
	Now       func() time.Time // this machine's clock; must not go back
	Log       *slog.Logger
	// Save, unless nil, stores incidents as they stand at a moment of the data, in place of the store alone: an Alerter,
	// which with them queues who is to be told.
	Save func(ctx context.Context, at time.Time, changed []watch.Incident) (store.Saved, error)
	// Own, unless nil, is given what networks' own routes are checked by, now and then in time of the data; Watched says
	// which networks'. Own must not wait.
	Own     func(OwnFacts)
	Watched func(context.Context) (map[values.ASN]bool, error)
	// Origins, unless nil, is given who announces which prefix, every hour of the data. It must not wait.
	Origins func(*origins.Table)
	// Keep, unless nil, archives the incidents of a published run with all that proves them.
	Keep func(ctx context.Context, incidents []watch.Incident, proofs iter.Seq2[string, watch.Update]) error
}

// Defaults of a live watch.
const (
	PublishEvery    = 15 * time.Minute
	CheckpointEvery = 10 * time.Minute
	StepEvery       = 250 * time.Millisecond
)

// Live watches the journal of a state folder: it judges what live sources write there within seconds, stores the
// incidents, and now and then publishes a run as [Observe] would write it. Sources write through [Live.Journal].
//
// What it comes to is a function of the files in STATE/data alone: after a restart it goes on from its last checkpoint,
// and [Observe] on the folder gives the same bytes as the published run.
type Live struct {
	opt      LiveOptions
	journal  *journal.Journal
	run      *run
	clock    *clock
	at       map[string]place        // by path in the data folder
	parts    map[string]journal.Part // what the journal told, by its path
	unseen   bool                    // a part that was told could not be found
	mended   chan struct{}           // asks for a look at the data folder
	again    again                   // looks at it that failed
	live     bool                    // caught up with what lay in the folder at the start; before, nothing is judged
	reading  []section               // what this step reads
	stepFrom int64                   // up to when was judged when this step began
	hashes   hashes                  // of the data folder's files
	found    map[string]bool         // incidents, while the watch goes over what it may have read before; else nil
	judged   time.Time               // everything before then is
	renewal  renewal
	saved    int64            // when a checkpoint was made last, in time of the data
	owned    int64            // when own routes were given last, in time of the data
	origins  int64            // and who announces which prefix
	unsaved  []watch.Incident // could not be stored yet
	gaps     pending          // could not be stored yet

	since   time.Time // when it was opened
	mu      sync.Mutex
	health  Health
	writing sync.WaitGroup // publications
	busy    bool           // one is being written
}

// place is how far a file was read, and where the table of peers that applies there stands.
type place struct {
	Bytes int64 `json:"bytes"`
	Peers int64 `json:"peers"`
}

// OpenLive opens a state folder, which is made if need be, and takes up what an earlier watch left. A data folder that
// cannot be read is no error: [Live.Run] tries again until it can.
func OpenLive(ctx context.Context, opt LiveOptions) (*Live, error) {
	l := &Live{opt: opt, since: opt.Now(), mended: make(chan struct{}, 1), parts: make(map[string]journal.Part)}
	for _, dir := range []string{filepath.Join(dataDir, mrtDir), runsDir, checkpointDir} {
		if err := os.MkdirAll(filepath.Join(opt.State, dir), 0o755); err != nil {
			return nil, fmt.Errorf("making the state folder: %w", err)
		}
	}
	var err error
	l.journal, err = journal.Open(journal.Options{
		Dir: filepath.Join(opt.State, dataDir, mrtDir), Mark: filepath.Join(opt.State, "watermark"), Now: opt.Now,
		Gap: func(g source.Gap) { l.gap(context.WithoutCancel(ctx), g) },
	})
	if err != nil {
		return nil, err
	}
	if err := l.sweepRuns(); err != nil { // of an earlier watch: now that the journal is ours there is no other
		return nil, errors.Join(err, l.journal.Close())
	}
	l.renewal = renewal{left: l.journal.Left(), done: make(chan struct{})}
	err = l.restore(math.MaxInt64)
	if bad := (*unreadableFolder)(nil); errors.As(err, &bad) {
		l.lookAgain(readingFolder, err)
	} else if err != nil {
		return nil, errors.Join(err, l.journal.Close())
	}
	return l, nil
}

// Journal takes what live sources hear.
func (l *Live) Journal() source.Sink { return l.journal }

// Refresh says that facts in the data folder changed.
func (l *Live) Refresh() {
	select {
	case l.mended <- struct{}{}:
	default: // it has been asked for
	}
}

// Run watches until ctx ends, and leaves everything saved. It is called once.
func (l *Live) Run(ctx context.Context) error {
	err := l.watch(ctx)
	l.writing.Wait()
	// In the midst of reading there is nothing that could be gone on from.
	if ctx.Err() != nil && l.reading == nil && (err == nil || errors.Is(err, ctx.Err())) {
		err = l.checkpoint(context.WithoutCancel(ctx))
	}
	return errors.Join(err, l.journal.Close())
}

func (l *Live) watch(ctx context.Context) error {
	if l.run != nil {
		if err := l.catchUp(ctx); err != nil {
			return err
		}
	}
	tick := time.NewTicker(l.opt.StepEvery)
	defer tick.Stop()
	synced := l.opt.Now()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-l.mended:
			if err := l.look(ctx); err != nil {
				return err
			}
		case <-tick.C:
			if l.again.isDue(l.opt.Now()) {
				if err := l.look(ctx); err != nil {
					return err
				}
			}
		}
		if !l.live {
			l.measure(time.Time{})
		} else if err := l.step(ctx); err != nil {
			return err
		} else {
			l.renew()
		}
		if now := l.opt.Now(); now.Sub(synced) >= time.Second {
			synced = now
			if err := l.journal.Sync(); err != nil {
				l.opt.Log.Error("the journal cannot be synced", "err", err)
			}
		}
	}
}

// newLiveRun gives a run over the state's data that has read nothing yet.
func (l *Live) newLiveRun() (*run, error) {
	opt := Options{
		Data: filepath.Join(l.opt.State, dataDir), Profile: l.opt.Profile, Relations: l.opt.Relations, Settings: l.opt.Settings, Limits: l.opt.Limits,
		From: time.Unix(0, 0).UTC(), To: time.Unix(farAway, 0).UTC(),
		Say:      func(format string, args ...any) { l.opt.Log.Warn(fmt.Sprintf(format, args...)) },
		Progress: func(time.Time, int64) {},
	}
	if err := errors.Join(opt.Relations.check(), opt.Settings.Check()); err != nil {
		return nil, err
	}
	profile, err := loadProfile(opt.Profile)
	if err != nil {
		return nil, &WrongUse{err.Error()}
	}
	rules, err := norms.EmbeddedConformance(norms.CAIDA2022)
	if err != nil {
		return nil, err
	}
	dir, err := folder.Scan(opt.Data)
	if err != nil {
		return nil, &unreadableFolder{err}
	}
	r := &run{opt: opt, dir: dir, profile: profile, rules: rules, book: newBook(dir, opt)}
	return r, nil
}

// farAway is later than any data: the end of a window that has none.
const farAway = 1 << 40

// step reads what of the journal came before the watermark since the last step, and stores what came of it.
func (l *Live) step(ctx context.Context) error {
	mark, parts, err := l.advance()
	if err != nil { // it stays where it was: nothing is judged until it can be kept
		l.fail(keepingWatermark, err)
		l.measure(time.Unix(l.clock.now, 0))
		return nil
	}
	l.works(keepingWatermark)
	l.stepFrom = l.clock.now
	if l.unseen { // nothing may be read before what could not be found then
		parts = l.known()
	}
	sections, err := l.sections(parts)
	if l.unseen = err != nil; l.unseen {
		l.fail(readingFolder, err)
		l.measure(time.Unix(l.clock.now, 0))
		return nil
	}
	if l.again.due.IsZero() {
		l.works(readingFolder)
	}
	if err := l.follow(ctx, sections); err != nil {
		return err
	}
	if l.clock.began && mark.Unix() > l.clock.now {
		if err := l.clock.reach(mark.Unix()); err != nil {
			return err
		}
		l.run.engine.Advance(mark.Unix())
	}
	l.judged = mark
	l.giveOwn(ctx)
	l.giveOrigins()
	l.store(ctx)
	l.measure(mark)
	if l.clock.now-l.saved >= int64(l.opt.CheckpointEvery.Seconds()) {
		return l.checkpoint(ctx)
	}
	return nil
}

// store puts what changed into the store. What cannot be stored is kept and tried again with the next step.
func (l *Live) store(ctx context.Context) {
	l.storeGaps(ctx)
	changed := append(l.unsaved, l.run.engine.Changed()...)
	l.unsaved = nil
	if l.found != nil {
		for i := range changed {
			l.found[changed[i].ID] = true
		}
	}
	if len(changed) == 0 {
		return
	}
	save := l.opt.Save
	if save == nil {
		save = func(ctx context.Context, _ time.Time, changed []watch.Incident) (store.Saved, error) {
			return l.opt.Store.SaveIncidents(ctx, l.opt.Now(), changed)
		}
	}
	saved, err := save(ctx, time.Unix(l.clock.now, 0).UTC(), changed)
	if err != nil {
		l.unsaved = changed
		l.fail(storingIncidents, err)
		return
	}
	l.works(storingIncidents)
	l.timed(len(saved.New))
}

const storingIncidents = "storing incidents"
