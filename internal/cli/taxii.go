package cli

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/serve"
	"pahra/internal/service/exchange"
	"pahra/internal/store"
)

const taxiiLong = `Serve collections of STIX objects over TAXII 2.1, keep who may use them, and ask other servers.

Users, collections and what lies in these are in the store: the file pahra.db of the folder --state, or a database of PostgreSQL
(--store). Users and objects can be added while a server runs. docs/taxii.md explains it.`

func newTaxii() *cobra.Command {
	return family(&cobra.Command{
		Use:   "taxii",
		Short: "TAXII 2.1: a server with its users and objects; poll and push at other servers",
		Long:  taxiiLong,
	}, newTAXIIServe(), newTAXIIUser(), newTAXIILoad(), newTaxiiPoll(), newTaxiiPush())
}

// taxiiPlace is where the server's things are, as typed.
type taxiiPlace struct {
	state, store string
	live         bool // decide on each object of partners when it is read
	makes        bool // a folder without a store gets one
}

func (p *taxiiPlace) flags(cmd *cobra.Command) {
	usage := "`folder` of the server's state (required)"
	if p.makes {
		usage += "; it is made if need be"
	}
	cmd.Flags().StringVar(&p.state, "state", "", usage)
	cmd.Flags().StringVar(&p.store, "store", "", "`URL` of a database of PostgreSQL in place of the folder's pahra.db")
}

func (p *taxiiPlace) check() error {
	if p.state == "" {
		return usageError(errors.New("--state is missing: the folder of the server's state"))
	}
	return nil
}

// open opens what lies in a state folder. hashes is how many passwords are hashed at once.
func (p *taxiiPlace) open(ctx context.Context, hashes int, log *slog.Logger, opts ...store.Option) (*serve.TAXII, *store.Store, error) {
	if err := p.check(); err != nil {
		return nil, nil, err
	}
	url, err := storeIn(p.state, p.store, p.makes)
	if err != nil {
		return nil, nil, err
	}
	db, err := store.Open(ctx, url, opts...)
	if err != nil {
		return nil, nil, err
	}
	t, err := serve.OpenTAXII(ctx, serve.TAXIIOptions{Dir: p.state, Store: db, Hashes: hashes, Live: p.live, Now: time.Now, Log: log})
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return t, db, nil
}

// with runs do beside whatever else has the store open.
func (p *taxiiPlace) with(cmd *cobra.Command, do func(context.Context, *exchange.Service) error) error {
	ctx, stop := interruptible(cmd.Context())
	defer stop()
	t, db, err := p.open(ctx, 1, slog.New(slog.DiscardHandler), store.Beside())
	if err != nil {
		return err
	}
	return errors.Join(do(ctx, t.Service), t.Close(), db.Close())
}
