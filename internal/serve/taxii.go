package serve

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"pahra/internal/account"
	"pahra/internal/service/exchange"
	"pahra/internal/source/inbox"
	"pahra/internal/spool"
	"pahra/internal/store"
)

// settleEvery is how often is looked for what an agreement, or the time, lets partners see now.
const settleEvery = time.Second

// TAXII is what a TAXII server answers from: the collections in a store, and what decides and writes down what leaves them.
type TAXII struct {
	Service *exchange.Service
	Books   *exchange.Books // the ledgers of what leaves
	log     *slog.Logger
}

// TAXIIOptions are what a TAXII is made with.
type TAXIIOptions struct {
	Dir    string // the state folder
	Store  *store.Store
	Hashes int                // passwords that are hashed at once
	Live   bool               // use no stored decision
	Shares *exchange.Exchange // what shares with partners; nil: it is opened
	Desk   exchange.Desk      // nil: what is posted to inboxes stays there
	Now    func() time.Time
	Log    *slog.Logger
}

// OpenTAXII opens what is served over TAXII. A store without any collection gets one.
func OpenTAXII(ctx context.Context, opt TAXIIOptions) (*TAXII, error) {
	t := &TAXII{log: opt.Log}
	hasher, err := account.NewHasher(account.DefaultCost(), rand.Reader, opt.Hashes)
	if err != nil {
		return nil, err
	}
	secret, err := exchange.Secret(opt.Dir, rand.Reader)
	if err != nil {
		return nil, err
	}
	x := opt.Shares
	if x == nil {
		if x, err = OpenExchange(opt.Dir, opt.Store, opt.Now); err != nil {
			return nil, err
		}
		x.Live = opt.Live
	}
	t.Books = exchange.OpenBooks(x, filepath.Join(opt.Dir, "ledger"), func(what string) { opt.Log.Warn("a ledger was mended", "what", what) })
	t.Service, err = exchange.New(exchange.Settings{Store: opt.Store, Now: opt.Now, Random: rand.Reader, Secret: secret, Hasher: hasher, Desk: opt.Desk, Gate: x, Recorder: t.Books})
	if err != nil {
		return nil, err
	}
	return t, t.Service.Commons(ctx)
}

// OpenExchange opens what shares with partners: its secrets are locked with a key in the folder.
func OpenExchange(dir string, db *store.Store, now func() time.Time) (*exchange.Exchange, error) {
	seal, err := spool.OwnSeal(filepath.Join(dir, "exchange"), "exchange.key")
	if err != nil {
		return nil, err
	}
	return &exchange.Exchange{Store: db, Seal: seal, Now: now}, nil
}

// Close closes the ledgers; nothing leaves any more.
func (t *TAXII) Close() error { return t.Books.Close() }

// Run has partners' collections follow agreements and time until ctx ends.
func (t *TAXII) Run(ctx context.Context) error {
	tick := time.NewTicker(settleEvery)
	defer tick.Stop()
	t.Service.Settle(ctx, tick.C, func(err error) { // what partners read is decided on anyway
		t.log.Error("what partners may see cannot be brought up to date", "err", err)
	})
	return nil
}

// openTAXII opens what the service serves over TAXII.
func (s *Server) openTAXII(ctx context.Context) (err error) {
	opt := TAXIIOptions{Dir: s.Config.State, Store: s.Store, Hashes: 2, Now: s.now, Log: s.log.With("part", "taxii")}
	if s.Desk != nil {
		opt.Desk, opt.Shares = inboxes{s}, s.Desk.Exchange
	}
	s.TAXII, err = OpenTAXII(ctx, opt)
	return err
}

// inboxes hand what partners post to the desk, as reports of the source that names the partner.
type inboxes struct{ s *Server }

// Take makes a report of objects. Where no source names the partner they stay in the collection.
func (i inboxes) Take(ctx context.Context, c exchange.Caller, _ exchange.Collection, objects [][]byte, _ time.Time) error {
	source := ""
	for name, of := range i.s.Config.Desk.Sources {
		if of.Partner != "" && of.Partner == c.Partner {
			source = name
		}
	}
	if source == "" {
		i.s.Desk.log.Warn("no source of the desk names the partner; its post is not read", "partner", c.Partner)
		return nil
	}
	f, err := os.CreateTemp(filepath.Join(i.s.Config.State, "desk"), "upload-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	sum := sha256.New()
	both := io.MultiWriter(f, sum)
	for _, o := range objects {
		if _, err := both.Write(append(o, '\n')); err != nil {
			return err
		}
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	err = i.s.acceptOrRefuse(ctx, source, fmt.Sprintf("post-%x.json", sum.Sum(nil)[:8]), f)
	if errors.Is(err, inbox.ErrRefused) { // it is told, and will not do better the next time
		i.s.Desk.log.Warn("a partner's post is not read", "partner", c.Partner, "err", err)
		return nil
	}
	return err
}
