package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/exchange/agreement"
	"pahra/internal/service/exchange"
	"pahra/internal/store"
	"pahra/wire/compressed"
)

func newExchangeItems() *cobra.Command {
	return family(&cobra.Command{
		Use:   "items",
		Short: "What there is to share, and how it stands for each partner",
		Long:  "Load what is to be shared, list it, and see of an item what each partner gets of it and why.",
	}, newItemsLoad(), newItemsList(), newItemsShow())
}

const itemsLoadLong = `Load objects of STIX 2.1 to share them with partners: a bundle, a list, or objects one behind the other, packed or not. FILE - is standard
input. Objects that refer to each other become one item, on which each agreement decides as a whole; those of an item that is there become its
next version, and what did not change is left. In a large file what belongs together stands close together.

What is known of all of them beside what they say themselves is told by flags. An object that cannot be taken is told, and the rest goes on.

Exit status: 0 all taken, 1 some refused, 2 wrong use, 3 the file cannot be read to its end.`

// itemsLoad are the flags as typed.
type itemsLoad struct {
	place           exchangePlace
	embargo, expire string
	json            bool
	as              exchange.Item
}

func newItemsLoad() *cobra.Command {
	p := new(itemsLoad)
	cmd := &cobra.Command{
		Use:   "load FILE",
		Short: "Load objects of STIX to share",
		Long:  itemsLoadLong,
		Example: "  pahra exchange items load bundle.json --state /var/lib/pahra\n" +
			"  pahra exchange items load - --origin cert-pacifica --permits cert-atlantica --embargo 2027-05-01T00:00:00Z --state /var/lib/pahra",
		Args: oneArg("the file"),
		RunE: func(cmd *cobra.Command, args []string) error { return p.run(cmd, args[0]) },
	}
	p.place.flags(cmd)
	set := cmd.Flags()
	set.StringVar(&p.as.Audience, "collection", "", "`id` of the one exchange collection that they are for; default all")
	set.StringVar(&p.as.Consent, "consent", "", "to `whom` who told it may be named: none, government, everyone; default none")
	set.StringVar(&p.as.Origin, "origin", "", "`team` of a third party that told it; default one's own")
	set.StringSliceVar(&p.as.Permits, "permits", nil, "`teams` that the third party lets it be passed to, between commas")
	set.StringVar(&p.embargo, "embargo", "", "`time` before which it must not leave, RFC 3339")
	set.StringVar(&p.expire, "expires", "", "`time` from which on it must not leave any more, RFC 3339")
	set.BoolVar(&p.json, "json", false, "print the counts as JSON")
	return cmd
}

// known reads the flags that say what is known of all items.
func (p *itemsLoad) known() (err error) {
	if _, known := agreement.ParseConsent(p.as.Consent); !known && p.as.Consent != "" {
		return usageError(fmt.Errorf("--consent %q is none of none, government, everyone", p.as.Consent))
	}
	for _, f := range [...]struct {
		name, text string
		into       **time.Time
	}{{"embargo", p.embargo, &p.as.Embargo}, {"expires", p.expire, &p.as.Expires}} {
		if f.text == "" {
			continue
		}
		at, err := agreementTime(f.name, f.text)
		if err != nil {
			return err
		}
		*f.into = &at
	}
	return nil
}

func (p *itemsLoad) run(cmd *cobra.Command, path string) error {
	if err := p.known(); err != nil {
		return err
	}
	in := io.NopCloser(cmd.InOrStdin())
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		in = file
	}
	defer in.Close()
	plain, _, err := compressed.NewReader(in, compressed.Options{})
	if err != nil {
		return err
	}
	defer plain.Close()
	return p.place.with(cmd, func(ctx context.Context, x *exchange.Exchange) error {
		sum, err := x.Load(ctx, plain, p.as, func(bad error) { fmt.Fprintln(cmd.ErrOrStderr(), harmless(bad.Error())) })
		if errors.Is(err, store.ErrNotFound) {
			return usageError(err)
		}
		if p.json {
			err = errors.Join(err, printJSON(cmd.OutOrStdout(), sum))
		} else {
			_, failed := fmt.Fprintf(cmd.OutOrStdout(), "%d items of %d objects, %d unchanged, %d taken back earlier, %d objects refused\n", sum.New, sum.Objects, sum.Unchanged, sum.Recalled, sum.Bad)
			err = errors.Join(err, failed)
		}
		if err == nil && sum.Bad > 0 {
			return found()
		}
		return err
	})
}

// itemLine is an item as list shows it.
type itemLine struct {
	ID       string     `json:"id"`
	Version  int64      `json:"version"`
	Stored   time.Time  `json:"stored"`
	Audience string     `json:"audience"`
	Embargo  *time.Time `json:"embargo"`
	Expires  *time.Time `json:"expires"`
	Recalled *time.Time `json:"recalled"`
}

func newItemsList() *cobra.Command {
	var place exchangePlace
	after, limit, asJSON := "", 100, false
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List what there is to share",
		Long:    "List items in the order of their ids, a page at a time.\n\nExit status: 0 done, 2 wrong use, 3 they cannot be read.",
		Example: "  pahra exchange items list --state /var/lib/pahra --limit 20",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 1 {
				return usageError(errors.New("--limit is 1 at least"))
			}
			return place.with(cmd, func(ctx context.Context, x *exchange.Exchange) error {
				items, err := x.Store.ExchangeItems(ctx, after, limit)
				if err != nil {
					return err
				}
				lines := []itemLine{}
				for _, i := range items {
					lines = append(lines, itemLine{i.ID, i.Version, i.Stored, i.Audience, i.Embargo, i.Expires, i.Recalled})
					if !asJSON {
						fmt.Fprintf(cmd.OutOrStdout(), "%s\tversion %d\t%s\n", harmless(i.ID), i.Version, i.Stored.Format(time.RFC3339))
					}
				}
				if asJSON {
					return printJSON(cmd.OutOrStdout(), lines)
				}
				return nil
			})
		},
	}
	place.flags(cmd)
	cmd.Flags().StringVar(&after, "after", "", "`id` behind which to go on")
	cmd.Flags().IntVar(&limit, "limit", limit, "how many at most")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

// itemStanding is how an item stands for a collection.
type itemStanding struct {
	Collection string     `json:"collection"`
	Version    int64      `json:"version"`
	Agreement  int        `json:"agreement_version"`
	Verdict    string     `json:"verdict"`
	Clause     string     `json:"clause"`
	Reason     string     `json:"reason"`
	Until      *time.Time `json:"until"` // null: time alone does not change it
}

func newItemsShow() *cobra.Command {
	var place exchangePlace
	asJSON := false
	cmd := &cobra.Command{
		Use:     "show ITEM",
		Short:   "Show how an item stands for each partner",
		Long:    "Show what was decided on an item for each exchange collection, by which clause, and until when.\n\nExit status: 0 done, 2 wrong use, 3 there is no such item.",
		Example: "  pahra exchange items show indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f --state /var/lib/pahra --json",
		Args:    oneArg("the item"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return place.with(cmd, func(ctx context.Context, x *exchange.Exchange) error {
				if _, err := x.Store.ExchangeItem(ctx, args[0], 0); err != nil {
					return err
				}
				all, err := x.Store.ExchangeStandings(ctx, args[0])
				if err != nil {
					return err
				}
				list := []itemStanding{}
				for _, s := range all {
					one := itemStanding{s.Collection, s.Version, s.Agreement, s.Verdict, s.Clause, s.Reason, nil}
					if !s.Until.IsZero() {
						one.Until = &s.Until
					}
					list = append(list, one)
					if !asJSON {
						fmt.Fprintf(cmd.OutOrStdout(), "%s: %s %s\n", s.Collection, s.Verdict, harmless(s.Clause+" "+s.Reason))
					}
				}
				if asJSON {
					return printJSON(cmd.OutOrStdout(), list)
				}
				return nil
			})
		},
	}
	place.flags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}
