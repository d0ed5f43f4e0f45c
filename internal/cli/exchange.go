package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/account"
	"pahra/internal/serve"
	"pahra/internal/service/exchange"
	"pahra/internal/store"
)

const exchangeLong = `Share with partners under agreements: who they are, which agreements are in force, what there is to share, and a stop for all of it.

What partners get they fetch over TAXII ("pahra taxii"), each from a collection of its own, decided on whenever they read. The commands
work while a server runs, and count from its next request on. docs/exchange.md explains it.`

func newExchange() *cobra.Command {
	return family(&cobra.Command{
		Use:   "exchange",
		Short: "Share with partners: teams, agreements in force, items, emergency stop",
		Long:  exchangeLong,
	}, newExchangePartner(), newExchangeAdopt(), newExchangeNotice(), newExchangeRotate(), newExchangeItems(), newExchangeReview(), newExchangeRecall(), newExchangeRed(), newExchangeSettle(), newExchangeExport(), newExchangeStop(), newExchangeStart())
}

// exchangePlace is where the exchange's things are, as typed.
type exchangePlace struct {
	state, store string
	makes        bool // a folder without a store gets one
}

func (p *exchangePlace) flags(cmd *cobra.Command) {
	usage := "the service's `folder` (required)"
	if p.makes {
		usage += "; it is made if need be"
	}
	cmd.Flags().StringVar(&p.state, "state", "", usage)
	cmd.Flags().StringVar(&p.store, "store", "", "`URL` of a database of PostgreSQL in place of the folder's pahra.db")
}

// with runs do beside whatever else has the store open.
func (p *exchangePlace) with(cmd *cobra.Command, do func(context.Context, *exchange.Exchange) error) error {
	if p.state == "" {
		return usageError(errors.New("--state is missing: the service's folder"))
	}
	ctx, stop := interruptible(cmd.Context())
	defer stop()
	url, err := storeIn(p.state, p.store, p.makes)
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, url, store.Beside())
	if err != nil {
		return err
	}
	x, err := serve.OpenExchange(p.state, db, time.Now)
	if err == nil {
		err = do(ctx, x)
	}
	return errors.Join(err, db.Close())
}

// storeIn gives the URL of the store of a state folder, or the one that was named. Only where makes is set may the folder be new: else a
// mistyped one would be taken for a team that shares with nobody.
func storeIn(state, named string, makes bool) (url string, err error) {
	path := filepath.Join(state, "pahra.db")
	if !makes && named == "" {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			return "", fmt.Errorf("%s: there is no store here", state)
		}
	}
	if err := os.MkdirAll(state, 0o750); err != nil {
		return "", fmt.Errorf("making the state folder: %w", err)
	}
	if named != "" {
		return named, nil
	}
	return "sqlite:" + path, nil
}

// acting runs do and notes in the log of administrative acts that it was done.
func (p *exchangePlace) acting(cmd *cobra.Command, subject, detail string, do func(context.Context, *exchange.Exchange) error) error {
	return p.with(cmd, func(ctx context.Context, x *exchange.Exchange) error {
		if err := do(ctx, x); err != nil {
			if errors.Is(err, store.ErrNotFound) {
				err = fmt.Errorf("there is no %s: %w", subject, err)
			}
			return err
		}
		act := strings.ReplaceAll(strings.TrimPrefix(cmd.CommandPath(), "pahra "), " ", ".")
		return x.Store.AppendAudit(ctx, account.Entry{Actor: "command line", Act: act, Subject: subject, Detail: detail}, time.Now())
	})
}

func newExchangeStop() *cobra.Command {
	var place exchangePlace
	reason := ""
	cmd := &cobra.Command{
		Use:     "stop --reason WORDS",
		Short:   "Stop all sharing with everybody at once",
		Long:    "Stop all sharing with everybody: from the next request on no partner gets anything, also in the middle of paging. What is offered\nmeanwhile is kept; partners who go on after \"pahra exchange start\" have missed nothing.\n\nExit status: 0 stopped, 2 wrong use, 3 it could not be stopped.",
		Example: `  pahra exchange stop --reason "a key may be stolen" --state /var/lib/pahra`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if reason == "" {
				return usageError(errors.New("--reason is missing: why sharing stops"))
			}
			return place.acting(cmd, "all sharing", reason, func(ctx context.Context, x *exchange.Exchange) error {
				return x.Stop(ctx, reason, "command line")
			})
		},
	}
	place.flags(cmd)
	cmd.Flags().StringVar(&reason, "reason", "", "`why` (required)")
	return cmd
}

func newExchangeStart() *cobra.Command {
	var place exchangePlace
	cmd := &cobra.Command{
		Use:     "start",
		Short:   "Let sharing go on after a stop",
		Long:    "Let sharing go on after \"pahra exchange stop\". Partners who are suspended stay so.\n\nExit status: 0 done, 2 wrong use, 3 it could not be done.",
		Example: "  pahra exchange start --state /var/lib/pahra",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return place.acting(cmd, "all sharing", "", func(ctx context.Context, x *exchange.Exchange) error { return x.Start(ctx) })
		},
	}
	place.flags(cmd)
	return cmd
}

func newExchangeSettle() *cobra.Command {
	var place exchangePlace
	cmd := &cobra.Command{
		Use:   "settle",
		Short: "Decide anew on what was decided under other terms",
		Long: `Decide anew on all items that were decided on under an earlier version of an agreement, or whose time has come, such as the end of an
embargo. A server does so by itself; this is for where none runs.

Exit status: 0 done, 2 wrong use, 3 it could not be done.`,
		Example: "  pahra exchange settle --state /var/lib/pahra",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return place.with(cmd, func(ctx context.Context, x *exchange.Exchange) error {
				n, err := x.Settle(ctx)
				if err == nil {
					_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d decided anew\n", n)
				}
				return err
			})
		},
	}
	place.flags(cmd)
	return cmd
}
