package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/service/exchange"
	"pahra/internal/store"
)

const exchangeRecallLong = `Take an item back that was shared. From the next request on nothing of it leaves; partners who had got some of it find, in its place, objects
that say that they were taken back and nothing else. Each of these is to acknowledge it and to delete what it got, within the hours of its
agreement: it reads so at /recalls/COLLECTION/ of the TAXII server, behind its own log-in.

"pahra exchange recall list" tells who has got what, who has acknowledged, and who is late. An item that was taken back stays so.

Exit status: 0 done, 2 wrong use, 3 there is no such item, or it was taken back before.`

func newExchangeRecall() *cobra.Command {
	var place exchangePlace
	reason, asJSON := "", false
	cmd := &cobra.Command{
		Use:     "recall ITEM --why WORDS",
		Short:   "Take an item back from all who have got it, and follow that they delete it",
		Long:    exchangeRecallLong,
		Example: `  pahra exchange recall indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f --why "named a network by mistake" --state /var/lib/pahra`,
		Args:    oneArg("the item"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if reason == "" {
				return usageError(errors.New("--why is missing: the reason, which partners are told"))
			}
			return place.with(cmd, func(ctx context.Context, x *exchange.Exchange) error {
				all, err := x.Recall(ctx, args[0], reason, "command line")
				if err != nil {
					return err
				}
				if !asJSON && len(all) == 0 {
					fmt.Fprintln(cmd.OutOrStdout(), "taken back; nobody had got any of it")
				}
				return printRecalls(cmd.OutOrStdout(), all, asJSON)
			})
		},
	}
	place.flags(cmd)
	cmd.Flags().StringVar(&reason, "why", "", "the `reason`, which partners are told (required)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	cmd.AddCommand(newRecallList(), newRecallTell(), newRecallAcknowledge())
	return cmd
}

const recallListLong = `List what was taken back from whom: whether the partner has read of it, has acknowledged it, and until when it is to delete it.
--late lists those alone whose time to acknowledge is over.

Exit status: 0 nothing is late, 1 something is, 2 wrong use, 3 it cannot be read.`

func newRecallList() *cobra.Command {
	var place exchangePlace
	asJSON, late := false, false
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List what was taken back, and who is late",
		Long:    recallListLong,
		Example: "  pahra exchange recall list --late --state /var/lib/pahra",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return place.with(cmd, func(ctx context.Context, x *exchange.Exchange) error {
				all, err := x.Recalls(ctx)
				if err != nil {
					return err
				}
				shown, over := []store.ExchangeRecall{}, false
				for _, r := range all {
					is := r.Acknowledged == nil && !x.Now().Before(r.AnswerBy)
					if over = over || is; is || !late {
						shown = append(shown, r)
					}
				}
				if err := printRecalls(cmd.OutOrStdout(), shown, asJSON); err != nil || !over {
					return err
				}
				return found()
			})
		},
	}
	place.flags(cmd)
	cmd.Flags().BoolVar(&late, "late", false, "only what is not acknowledged in time")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func newRecallAcknowledge() *cobra.Command {
	var place exchangePlace
	number, collection := int64(0), ""
	cmd := &cobra.Command{
		Use:     "acknowledge --number N --collection C",
		Short:   "Note that a partner has acknowledged a recall by other means",
		Long:    "Note that a partner has acknowledged a recall by telephone or mail. Over TAXII it does so itself.\n\nExit status: 0 done, 2 wrong use, 3 there is no such recall.",
		Example: "  pahra exchange recall acknowledge --number 3 --collection 91a7b528-80eb-42ed-a74d-c6fbd5a26116 --state /var/lib/pahra",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if number < 1 || collection == "" {
				return usageError(errors.New("--number and --collection name the recall"))
			}
			return place.acting(cmd, fmt.Sprintf("recall %d from %s", number, collection), "acknowledged by other means", func(ctx context.Context, x *exchange.Exchange) error {
				_, err := x.Store.AcknowledgeRecall(ctx, number, collection, "command line", x.Now())
				return err
			})
		},
	}
	place.flags(cmd)
	cmd.Flags().Int64Var(&number, "number", 0, "the recall's `number` (required)")
	cmd.Flags().StringVar(&collection, "collection", "", "`id` of the partner's collection (required)")
	return cmd
}

func printRecalls(out io.Writer, all []store.ExchangeRecall, asJSON bool) error {
	if asJSON {
		return printJSON(out, append([]store.ExchangeRecall{}, all...))
	}
	for _, r := range all {
		state := "not read yet"
		switch {
		case r.Acknowledged != nil:
			state = "acknowledged on " + r.Acknowledged.Format(time.RFC3339)
		case r.Told != nil:
			state = "read on " + r.Told.Format(time.RFC3339) + ", to be acknowledged until " + r.AnswerBy.Format(time.RFC3339)
		}
		fmt.Fprintf(out, "%d\t%s\t%s\t%s: %d objects; %s; to be deleted until %s: %s\n", r.Number, r.Collection, r.Partner, harmless(r.Item), len(r.Objects), state, r.DeleteBy.Format(time.RFC3339), harmless(r.Reason))
	}
	return nil
}

const recallTellLong = `Tell partners of recalls by mail, as alerts.mail of the settings says: at once; of what is not acknowledged in time each day for a week;
and of the time to delete a day before it. The mail goes to the address in the partner's profile in the agreement, encrypted to its key
there. Run it from time to time: what was told is not told again before it is due.

Exit status: 0 done, 2 wrong use, 3 a mail was not taken.`

func newRecallTell() *cobra.Command {
	var place exchangePlace
	file := ""
	cmd := &cobra.Command{
		Use:     "tell --config FILE",
		Short:   "Tell partners of recalls by mail, and remind those who are late",
		Long:    recallTellLong,
		Example: "  pahra exchange recall tell --config /etc/pahra/pahra.yaml --state /var/lib/pahra",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if file == "" {
				return usageError(errors.New("--config FILE is needed"))
			}
			post, err := redPost(file)
			if err != nil {
				return err
			}
			return place.with(cmd, func(ctx context.Context, x *exchange.Exchange) error {
				n, err := x.Tell(ctx, post)
				fmt.Fprintf(cmd.OutOrStdout(), "%d mails\n", n)
				return err
			})
		},
	}
	place.flags(cmd)
	cmd.Flags().StringVar(&file, "config", "", "the service's `file` of settings (required)")
	return cmd
}
