package exchange

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"pahra/internal/exchange/agreement"
	"pahra/internal/ledger"
	"pahra/internal/store"
)

// Books keep the ledgers of what leaves for partners, one for each direction of an agreement, and one of refusals. They are the
// [Recorder] of exchange collections. Safe for concurrent use, and beside others on the same folder.
type Books struct {
	x    *Exchange
	dir  string
	told func(what string)

	mu    sync.Mutex
	logs  map[string]*ledger.Log // by the folder below dir
	notes map[int64]*note        // by the number of clauses

	queue   sync.Mutex
	keeping sync.Mutex // one batch at a time
	next    *releases
}

// OpenBooks opens the ledgers in a folder, which is made if need be. told hears what was mended in one.
func OpenBooks(x *Exchange, dir string, told func(what string)) *Books {
	return &Books{x: x, dir: dir, told: told, logs: map[string]*ledger.Log{}, notes: map[int64]*note{}}
}

// Close closes all of them.
func (b *Books) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var err error
	for _, l := range b.logs {
		err = errors.Join(err, l.Close())
	}
	b.logs = map[string]*ledger.Log{}
	return err
}

// refused is the ledger of refusals, which no partner reads.
const refused = "refused"

// log gives a ledger by its folder below that of all.
func (b *Books) log(name string) (*ledger.Log, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if l := b.logs[name]; l != nil {
		return l, nil
	}
	l, err := ledger.Open(filepath.Join(b.dir, filepath.FromSlash(name)), ledger.Options{Origin: name, Told: b.told})
	if err != nil {
		return nil, err
	}
	b.logs[name] = l
	return l, nil
}

// direction gives the ledger of an agreement's direction to a partner, and what commits to what leaves in it.
func (b *Books) direction(ctx context.Context, id, partner string, at time.Time) (*ledger.Log, *edition, error) {
	t, err := b.x.current(ctx)
	if err != nil {
		return nil, nil, err
	}
	a, err := t.accordOf(id)
	if err != nil {
		return nil, nil, err
	}
	e, _ := a.at(at)
	if e.problem != "" {
		return nil, nil, errors.New(e.problem)
	}
	l, err := b.log(id + "/" + t.own + "-" + partner)
	return l, e, err
}

// Record writes down what is about to leave: an entry in the ledger, and what leaves for the first time. Both are on disk when it returns.
func (b *Books) Record(ctx context.Context, r Response) error {
	l, e, err := b.direction(ctx, r.Collection.Agreement, r.Collection.Partner, r.Time)
	if err != nil {
		return err
	}
	leaf := ledger.Leaf{Kind: ledger.KindResponse, Time: r.Time, Partner: r.Collection.Partner, Agreement: r.Collection.Agreement, Version: e.version(),
		Collection: r.Collection.ID, Request: requestHash(r.Caller.User, r.Query), Objects: len(r.Rows), Counts: map[string]int{}}
	list := make([]ledger.Release, len(r.Rows))
	first := store.ExchangeRelease{Collection: r.Collection.ID, At: r.Time}
	for i := range r.Rows {
		row := &r.Rows[i]
		n, err := b.note(ctx, &row.Grant)
		if err != nil {
			return err
		}
		list[i] = ledger.Release{Object: row.ID, Version: row.Version, Clause: n.clauses, Removed: n.fields}
		for _, c := range n.each {
			leaf.Counts[c]++
		}
		if row.Grant.Copy && !row.Grant.Before {
			first.Added = append(first.Added, row.Added)
		}
	}
	leaf.Root = ledger.Key(e.redactor.LedgerKey()).Root(list)
	if first.Leaf, err = appendLeaf(ctx, l, &leaf); err != nil || len(first.Added) == 0 {
		return err
	}
	return b.keep(ctx, first)
}

func appendLeaf(ctx context.Context, l *ledger.Log, leaf *ledger.Leaf) (int64, error) {
	text, err := leaf.Encode()
	if err != nil {
		return 0, err
	}
	return l.Append(ctx, text)
}

// Refuse writes down that somebody asked for something and got nothing.
func (b *Books) Refuse(ctx context.Context, c Caller, in Collection, q Query, reason string, at time.Time) error {
	l, err := b.log(refused)
	if err != nil {
		return err
	}
	_, err = appendLeaf(ctx, l, &ledger.Leaf{Kind: ledger.KindRefusal, Time: at, Partner: in.Partner, Agreement: in.Agreement, Collection: in.ID, Request: requestHash(c.User, q), Reason: reason})
	return err
}

// requestHash gives the hash of who asked what.
func requestHash(user string, q Query) string {
	text, err := json.Marshal([]any{user, q})
	if err != nil {
		panic("exchange: " + err.Error()) // texts, times and numbers
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// note is what the ledger commits to of what was done to an object.
type note struct {
	clauses string   // between spaces
	each    []string // of these
	fields  []string // taken off or changed
}

// mostNotes bounds the notes that are kept.
const mostNotes = 20_000

// note reads what was done to an object.
func (b *Books) note(ctx context.Context, g *Grant) (*note, error) {
	if g.Clauses == 0 {
		return readNote(g.Text)
	}
	b.mu.Lock()
	n := b.notes[g.Clauses]
	b.mu.Unlock()
	if n != nil {
		return n, nil
	}
	text, err := b.x.Store.Clauses(ctx, g.Clauses)
	if err != nil {
		return nil, err
	}
	if n, err = readNote(text); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.notes) >= mostNotes {
		clear(b.notes)
	}
	b.notes[g.Clauses] = n
	return n, nil
}

func readNote(text string) (*note, error) {
	n := new(note)
	if text == "" {
		return n, nil
	}
	var c Clauses
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return nil, fmt.Errorf("reading what was done to an object: %w", err)
	}
	by := map[string]bool{}
	for _, fields := range []map[string]agreement.Clause{c.Removed, c.Changed} {
		for field, clause := range fields {
			n.fields = append(n.fields, field)
			by[string(clause)] = true
		}
	}
	slices.Sort(n.fields)
	n.each = slices.Sorted(maps.Keys(by))
	n.clauses = strings.Join(n.each, " ")
	return n, nil
}

// releases are those of answers at the same time, which share one transaction.
type releases struct {
	list []store.ExchangeRelease
	err  error
	done chan struct{}
}

// keep keeps what leaves for the first time.
func (b *Books) keep(ctx context.Context, r store.ExchangeRelease) error {
	b.queue.Lock()
	batch := b.next
	leads := batch == nil
	if leads {
		batch = &releases{done: make(chan struct{})}
		b.next = batch
	}
	batch.list = append(batch.list, r)
	b.queue.Unlock()
	if leads {
		b.lead(context.WithoutCancel(ctx), batch)
	}
	select {
	case <-batch.done:
		return batch.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// lead keeps a batch once the one before it is kept; until then others join it.
func (b *Books) lead(ctx context.Context, batch *releases) {
	b.keeping.Lock()
	defer b.keeping.Unlock()
	b.queue.Lock()
	b.next = nil
	b.queue.Unlock()
	batch.err = b.x.Store.KeepReleases(ctx, batch.list)
	close(batch.done)
}
