package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/service/exchange"
)

const exchangeAdoptLong = `Adopt an agreement: from its start on it is shared under it, in place of earlier versions. What it releases no more is hidden at once,
what it newly releases appears as new.

The signatures of both parties must lie beside the file A, in A.TEAM.asc, each by a key whose fingerprint "pahra exchange partner add" has
been told. The first version makes the partner's collections: one for what it gets, one for what it puts here; give its user of the TAXII
server the right to them ("pahra taxii user add").

Exit status: 0 adopted, 2 wrong use, 3 not adopted.`

func newExchangeAdopt() *cobra.Command {
	var place exchangePlace
	asJSON := false
	cmd := &cobra.Command{
		Use:     "adopt A",
		Short:   "Share under an agreement that both parties signed",
		Long:    exchangeAdoptLong,
		Example: "  pahra exchange adopt nadia-atlantica.yaml --state /var/lib/pahra",
		Args:    oneArg("the agreement"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return place.acting(cmd, args[0], "", func(ctx context.Context, x *exchange.Exchange) error {
				a, err := x.Adopt(ctx, args[0], "command line")
				switch {
				case err != nil:
					return err
				case asJSON:
					return printJSON(cmd.OutOrStdout(), a)
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s, version %d, with %s, from %s until before %s\n", a.Agreement, a.Version, a.Partner,
					a.Start.Format(time.RFC3339), a.End.Format(time.RFC3339))
				return err
			})
		},
	}
	place.flags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func newExchangeNotice() *cobra.Command {
	var place exchangePlace
	from, at := "", ""
	cmd := &cobra.Command{
		Use:   "notice AGREEMENT --from TEAM",
		Short: "Note that a party gave notice to end an agreement",
		Long: `Note that a party gave notice to end an agreement. It ends as many days later as its clause on termination says, and is not renewed.
The notice is for the versions that were adopted so far; a version that both sign afterwards is a new agreement.

Exit status: 0 noted, 2 wrong use, 3 it could not be noted.`,
		Example: "  pahra exchange notice nadia-atlantica --from cert-atlantica --at 2027-05-01T00:00:00Z --state /var/lib/pahra",
		Args:    oneArg("the agreement's id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			given := time.Now()
			var err error
			if at != "" {
				given, err = agreementTime("at", at)
			}
			if from == "" {
				err = usageError(errors.New("--from is missing: the team that gave notice"))
			}
			if err != nil {
				return err
			}
			return place.acting(cmd, args[0], from, func(ctx context.Context, x *exchange.Exchange) error {
				return x.Notice(ctx, args[0], from, given, "command line")
			})
		},
	}
	place.flags(cmd)
	cmd.Flags().StringVar(&from, "from", "", "`team` that gave notice (required)")
	cmd.Flags().StringVar(&at, "at", "", "`time` at which it did, RFC 3339; default now")
	return cmd
}

func newExchangeRotate() *cobra.Command {
	var place exchangePlace
	cmd := &cobra.Command{
		Use:   "rotate AGREEMENT",
		Short: "Give an agreement a new secret: all ids and pseudonyms change",
		Long: `Give an agreement a new secret, from which the ids of copies and pseudonyms are made; for when the old one may be known. The partner gets of
each object that can be revoked a last version that says so and nothing else, and then the same things under new ids.

Exit status: 0 done, 2 wrong use, 3 it could not be done.`,
		Example: "  pahra exchange rotate nadia-atlantica --state /var/lib/pahra",
		Args:    oneArg("the agreement's id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return place.acting(cmd, args[0], "", func(ctx context.Context, x *exchange.Exchange) error {
				revoked, err := x.Rotate(ctx, args[0])
				if err != nil {
					return err
				}
				n, err := x.Settle(ctx)
				if err == nil {
					_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d revoked, %d items under new ids\n", revoked, n)
				}
				return err
			})
		},
	}
	place.flags(cmd)
	return cmd
}
