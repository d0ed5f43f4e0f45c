package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"pahra/internal/service/exchange"
	"pahra/wire/stix"
)

const exchangeReviewLong = `What an agreement holds until a person of the desk has looked at it: its clauses say "ask". Let out it is there for the partner at once,
as far as the agreement lets it; kept it stays where it is. Both need a reason, and stand in the log of administrative acts.

An item that gets a new version waits again, and so does one under a new version of the agreement.`

func newExchangeReview() *cobra.Command {
	return family(&cobra.Command{
		Use:   "review",
		Short: "Look at what waits for a person, let it out or keep it",
		Long:  exchangeReviewLong,
	}, newReviewList(), newReviewShow(), newReviewDecide(true), newReviewDecide(false))
}

func newReviewList() *cobra.Command {
	var place exchangePlace
	asJSON, collection := false, ""
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List what waits for review",
		Long:    "List what waits for review: the collection and its partner, the item, the clause that holds it.\n\nExit status: 0 done, 2 wrong use, 3 it cannot be read.",
		Example: "  pahra exchange review list --state /var/lib/pahra",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return place.with(cmd, func(ctx context.Context, x *exchange.Exchange) error {
				queue, err := x.Queue(ctx, collection)
				if err != nil {
					return err
				}
				if asJSON {
					return printJSON(cmd.OutOrStdout(), append([]exchange.Waiting{}, queue...))
				}
				for _, w := range queue {
					fmt.Fprintf(cmd.OutOrStdout(), "%s\t%s\t%s, version %d\tclause %s: %s\n", w.Collection, w.Partner, harmless(w.Item), w.Version, w.Clause, harmless(w.Reason))
				}
				return nil
			})
		},
	}
	place.flags(cmd)
	cmd.Flags().StringVar(&collection, "collection", "", "`id` of the one collection whose queue is wanted")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func newReviewShow() *cobra.Command {
	var place exchangePlace
	asJSON, collection := false, ""
	cmd := &cobra.Command{
		Use:     "show ITEM",
		Short:   "Show what an item is at home, and what would leave of it",
		Long:    "Show what an item that waits is at home, what would leave of it, and what was done to each object by which clause.\n\nExit status: 0 done, 2 wrong use, 3 it does not wait, or nothing of it would leave.",
		Example: "  pahra exchange review show indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f --state /var/lib/pahra",
		Args:    oneArg("the item"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return place.with(cmd, func(ctx context.Context, x *exchange.Exchange) error {
				sides, err := x.Show(ctx, collection, args[0])
				if err != nil {
					return err
				}
				return printSides(cmd.OutOrStdout(), &sides, asJSON)
			})
		},
	}
	place.flags(cmd)
	cmd.Flags().StringVar(&collection, "collection", "", "`id` of the collection, where it waits for several")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

// reviewSides is what show says with --json.
type reviewSides struct {
	Waiting exchange.Waiting    `json:"waiting"`
	Home    []json.RawMessage   `json:"home"`
	Leaves  []json.RawMessage   `json:"leaves"`
	Done    map[string][]string `json:"done"` // by the object's id at home
}

func printSides(out io.Writer, s *exchange.Sides, asJSON bool) error {
	texts := func(list []*stix.Object) (all []json.RawMessage) {
		for _, o := range list {
			all = append(all, o.Tree.Append(nil))
		}
		return all
	}
	if asJSON {
		return printJSON(out, reviewSides{s.Waiting, texts(s.Home), texts(s.Copies), s.Done})
	}
	fmt.Fprintf(out, "for %s, held by clause %s: %s\n\nat home:\n", s.Waiting.Partner, s.Waiting.Clause, harmless(s.Waiting.Reason))
	for _, t := range texts(s.Home) {
		fmt.Fprintf(out, "  %s\n", harmless(string(t)))
	}
	fmt.Fprint(out, "\nwould leave:\n")
	for _, t := range texts(s.Copies) {
		fmt.Fprintf(out, "  %s\n", harmless(string(t)))
	}
	fmt.Fprint(out, "\nwhat was done:\n")
	for _, id := range slices.Sorted(maps.Keys(s.Done)) {
		for _, what := range s.Done[id] {
			fmt.Fprintf(out, "  %s: %s\n", harmless(id), harmless(what))
		}
	}
	return nil
}

func newReviewDecide(release bool) *cobra.Command {
	var place exchangePlace
	collection, reason := "", ""
	use, short := "refuse", "Keep an item that waits"
	if release {
		use, short = "release", "Let an item out that waits"
	}
	cmd := &cobra.Command{
		Use:     use + " ITEM --why WORDS",
		Short:   short,
		Long:    short + ". The first decision counts.\n\nExit status: 0 done, 2 wrong use, 3 it does not wait, or somebody decided already.",
		Example: "  pahra exchange review " + use + ` indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f --why "seen by their own network too" --state /var/lib/pahra`,
		Args:    oneArg("the item"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if reason == "" {
				return usageError(errors.New("--why is missing: the reason"))
			}
			return place.with(cmd, func(ctx context.Context, x *exchange.Exchange) error {
				r, err := x.Decide(ctx, collection, args[0], release, reason, "command line")
				if err != nil {
					return err
				}
				word := "kept"
				if release {
					word = "let out"
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s, version %d: %s for %s\n", harmless(r.Item), r.Version, word, r.Collection)
				return nil
			})
		},
	}
	place.flags(cmd)
	cmd.Flags().StringVar(&collection, "collection", "", "`id` of the collection, where it waits for several")
	cmd.Flags().StringVar(&reason, "why", "", "the `reason` (required)")
	return cmd
}
