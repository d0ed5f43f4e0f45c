// Package reports takes reports in: each is kept as it came before anybody is told that it was accepted, then read into
// events, each of which gets its class, the party responsible for it and its case.
//
// [Open] opens the desk's state, [Desk.Accept] accepts a report, [Desk.Work] reads what is waiting, in the order in which it
// was accepted. A report is read in pieces of at most a second; a piece is stored as a whole, and after a crash reading goes on
// behind the last. So nothing that was accepted is lost and nothing counts twice.
package reports

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/netip"
	"path"
	"time"

	"pahra/internal/desk"
	"pahra/internal/desk/class"
	"pahra/internal/desk/duty"
	"pahra/internal/desk/intake"
	"pahra/internal/source"
	"pahra/internal/spool"
	"pahra/internal/store"
	"pahra/wire/intelmq"
	"pahra/wire/shadowserver"
)

// Options are what a desk works with.
type Options struct {
	Spool *spool.Spool
	Store *store.Store
	// Own puts in what is known of an event's address and gives the party responsible for it, among those of a tenant. Safe
	// for concurrent use.
	Own func(ctx context.Context, tenant string, code class.Code, e *intelmq.Event) string
	// Priority gives a case's, from 0 to 100, when events were added to it; nil: 0. Safe for concurrent use.
	Priority func(c store.DeskCase, now time.Time) int
	Classes  *class.Tables
	Schema   *shadowserver.Schema
	// Secrets takes passwords and tokens out of what is stored; nil: what is built in, without a key.
	Secrets *duty.Secrets
	Mapping func(source string) *intake.Mapping // of its CSVs; nil where none has any
	Most    int64                               // octets of a report; 0: 16 GiB
	Waiting int64                               // octets of reports that may wait to be read, see ErrBusy; 0: 64 GiB
	Window  int                                 // days of intake within which a duplicate is found; 0: 2
	Now     func() time.Time
	Log     *slog.Logger
}

// Meta is what is known of a report beside what it holds.
type Meta struct {
	Tenant  string // "" is "national"
	Source  string
	Name    string
	Format  string
	TLP     string
	Licence string
}

// HeapGrowth is for service.LeanHeap: the hashes of millions of events stay, and have no pointers to follow, so that to look through the
// heap often costs little.
const HeapGrowth = 15

// Desk takes reports in. Accept is safe for concurrent use; one goroutine calls Work.
type Desk struct {
	opt      Options
	cases    cases
	marks    map[segmentKey]spool.Mark
	seen     map[segmentKey]*spool.Set[spool.Hash]
	counted  map[int64]*spool.Set[uint64] // addresses by day of intake, see addressKey
	rooms    []room                       // to be used again
	accepted chan struct{}                // one is waiting
}

// segmentKey is a source's day of intake.
type segmentKey struct {
	source string
	day    int64 // since 1970
}

const dayLength = 24 * time.Hour

func dayOf(t time.Time) int64 { return t.Unix() / 86400 }

func timeOf(day int64) time.Time { return time.Unix(day*86400, 0).UTC() }

// Open opens the desk: what was seen in the last days is read from the events' index.
func Open(ctx context.Context, opt Options) (*Desk, error) {
	if opt.Most == 0 {
		opt.Most = 16 << 30
	}
	if opt.Waiting == 0 {
		opt.Waiting = 64 << 30
	}
	if opt.Window == 0 {
		opt.Window = 2
	}
	if opt.Priority == nil {
		opt.Priority = func(store.DeskCase, time.Time) int { return 0 }
	}
	if opt.Mapping == nil {
		opt.Mapping = func(string) *intake.Mapping { return nil }
	}
	if opt.Secrets == nil {
		var err error
		if opt.Secrets, err = duty.NewSecrets(nil); err != nil {
			return nil, err
		}
	}
	d := &Desk{opt: opt, accepted: make(chan struct{}, 1)}
	if err := d.load(ctx); err != nil {
		return nil, fmt.Errorf("opening the desk: %w", err)
	}
	return d, nil
}

// load makes what is held in memory anew from what is stored.
func (d *Desk) load(ctx context.Context) error {
	now := d.opt.Now()
	d.marks, d.seen, d.counted = map[segmentKey]spool.Mark{}, map[segmentKey]*spool.Set[spool.Hash]{}, map[int64]*spool.Set[uint64]{}
	state, err := d.opt.Store.DeskState(ctx, now.Add(-max(desk.Relapse, time.Duration(d.opt.Window)*dayLength)))
	if err != nil {
		return err
	}
	d.cases.load(state)
	d.cases.synced = now
	for _, g := range state.Segments {
		key := segmentKey{g.Source, dayOf(g.Day)}
		d.marks[key] = g.Mark()
		if !d.inWindow(key.day, now) {
			continue
		}
		set, counted := d.setOf(key), d.countedOn(key.day)
		err := d.opt.Spool.Entries(g.Source, g.Day, g.Mark(), func(e spool.Entry) {
			set.Add(e.Hash)
			counted.Add(e.Address)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// sync reads what others did to cases since it was read before; a moment twice, since clocks differ.
func (d *Desk) sync(ctx context.Context) error {
	now := d.opt.Now()
	changed, err := d.opt.Store.CasesChanged(ctx, d.cases.synced.Add(-time.Minute))
	if err == nil {
		d.cases.sync(changed, now)
	}
	return err
}

func (d *Desk) inWindow(day int64, now time.Time) bool {
	return day > dayOf(now)-int64(d.opt.Window)
}

// forget lets go of the days of intake that no duplicate is looked for in any more.
func (d *Desk) forget(now time.Time) {
	maps.DeleteFunc(d.seen, func(k segmentKey, _ *spool.Set[spool.Hash]) bool { return !d.inWindow(k.day, now) })
	maps.DeleteFunc(d.counted, func(day int64, _ *spool.Set[uint64]) bool { return !d.inWindow(day, now) })
}

func (d *Desk) setOf(key segmentKey) *spool.Set[spool.Hash] {
	if d.seen[key] == nil {
		d.seen[key] = spool.NewHashes()
	}
	return d.seen[key]
}

func (d *Desk) countedOn(day int64) *spool.Set[uint64] {
	if d.counted[day] == nil {
		d.counted[day] = spool.NewNumbers()
	}
	return d.counted[day]
}

// count says whether an address was not counted yet in the days of intake that end with this one, and counts it.
func (d *Desk) count(day int64, address uint64) bool {
	for before := day - 1; before > day-int64(d.opt.Window); before-- {
		if set := d.counted[before]; set != nil && set.Has(address) {
			return false
		}
	}
	return d.countedOn(day).Add(address)
}

// ErrBusy is wrapped by the error of Accept while too much waits to be read: it is to be sent again later.
var ErrBusy = errors.New("too much is waiting to be read")

// ErrNoSource is wrapped by the error for a report from a source that is not set.
var ErrNoSource = errors.New("there is no source of that name")

// Accept keeps a report and says so when it is durable. The same report of a source, on the same day, is there once.
func (d *Desk) Accept(ctx context.Context, r io.Reader, m Meta) (store.DeskReport, error) {
	return d.accept(ctx, r, m, d.opt.Most)
}

func (d *Desk) accept(ctx context.Context, r io.Reader, m Meta, most int64) (store.DeskReport, error) {
	if m.Tenant == "" {
		m.Tenant = "national"
	}
	waiting, err := d.opt.Store.WaitingReports(ctx)
	if err != nil {
		return store.DeskReport{}, err
	}
	if waiting > d.opt.Waiting {
		return store.DeskReport{}, fmt.Errorf("accepting a report of %s: %w", m.Source, ErrBusy)
	}
	now := d.opt.Now().UTC()
	a, err := d.opt.Spool.Accept(r, m.Source, now, most)
	if err != nil {
		return store.DeskReport{}, err
	}
	report := store.DeskReport{ID: path.Join(m.Tenant, a.Day.Format(time.DateOnly), a.Source, a.ID), Tenant: m.Tenant, Source: m.Source, Name: m.Name,
		Format: m.Format, Day: a.Day, Accepted: now, SHA256: a.SHA256, Size: a.Size, TLP: m.TLP, Licence: m.Licence}
	if err := d.opt.Store.AddReport(ctx, report); err != nil {
		return store.DeskReport{}, err
	}
	select {
	case d.accepted <- struct{}{}:
	default:
	}
	return d.opt.Store.Report(ctx, report.ID)
}

// Work reads what waits, and what is accepted meanwhile, until the context ends. After a failure, such as of a full disk,
// it begins anew from what is stored.
func (d *Desk) Work(ctx context.Context) error {
	var wait source.Backoff
	for ctx.Err() == nil {
		err := d.Drain(ctx)
		if err == nil {
			wait.Reset()
			select {
			case <-ctx.Done():
			case <-d.accepted:
			}
			continue
		}
		for err != nil {
			d.opt.Log.Error("reading reports failed, and begins anew", "err", err)
			if !wait.Wait(ctx) {
				return nil
			}
			err = d.load(ctx)
		}
	}
	return nil
}

// Drain reads all that waits.
func (d *Desk) Drain(ctx context.Context) error {
	for ctx.Err() == nil {
		waiting, err := d.opt.Store.Reports(ctx, store.ReportWaiting, store.DeskReport{}, 100)
		if err != nil {
			return err
		}
		if len(waiting) == 0 {
			if some, err := d.mendWaiting(ctx); err != nil || !some {
				return err
			}
		}
		for _, r := range waiting {
			if err := d.read(ctx, r); err != nil {
				if ctx.Err() != nil {
					return nil //nolint:nilerr // it goes on at the next start
				}
				return err
			}
		}
	}
	return nil
}

// addressKey is what an address counts as within its case and day: itself where that is possible, else a hash.
func addressKey(caseID, day int64, address string) uint64 {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return 0
	}
	b := a.As16()
	h := mix(uint64(caseID)) ^ mix(uint64(day)+0x9e3779b97f4a7c15)
	return mix(mix(h^binary.BigEndian.Uint64(b[:8])) ^ binary.BigEndian.Uint64(b[8:]))
}

// mix spreads a number over 64 bits (the finisher of SplitMix64).
func mix(n uint64) uint64 {
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}

var errStopped = errors.New("stopped")

// Report gives what became of a report.
func (d *Desk) Report(ctx context.Context, id string) (store.DeskReport, error) {
	return d.opt.Store.Report(ctx, id)
}
