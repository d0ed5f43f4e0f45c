package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"pahra/internal/alert"
	"pahra/internal/store"
)

const deskQuarantineLong = `What could not be read of reports: look at it, mend it, or decide that nothing is lost.

A place is named by its report and its number in it, as the list shows them. What was mended is read as a part of its report, by
the same reader; what is still bad is held again with the new reason.`

func newDeskQuarantine() *cobra.Command {
	return family(&cobra.Command{Use: "quarantine", Short: "What could not be read of reports", Long: deskQuarantineLong},
		newQuarantineList(), newQuarantineShow(), newQuarantineMend(), newQuarantineDrop(), newQuarantineReplay())
}

// quarantineView is a place as JSON.
type quarantineView struct {
	Report string `json:"report"`
	Number int64  `json:"number"`
	Place  string `json:"place"`
	State  string `json:"state"`
	Reason string `json:"reason"`
	Text   string `json:"text"`
}

func newQuarantineList() *cobra.Command {
	var place storePlace
	var tenant string
	var f store.QuarantineFilter
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List what could not be read",
		Long:    "List what could not be read, by report and place. Exit status: 0 nothing is held, 1 something is, 2 wrong use, 3 could not be done.",
		Example: "  pahra desk quarantine list --state /var/lib/pahra --is held",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd, &place, func(ctx context.Context, s *store.Store) error {
				v := store.MachineSight(tenant)
				page, err := s.Quarantine(ctx, v, f)
				if err != nil {
					return err
				}
				counts, err := s.QuarantineCounts(ctx, v)
				if err != nil {
					return err
				}
				if err := printQuarantine(cmd, page, counts, asJSON); err != nil {
					return err
				}
				if counts[store.QuarantineHeld] > 0 {
					return found()
				}
				return nil
			}, store.ReadOnly())
		},
	}
	place.flags(cmd)
	set := cmd.Flags()
	set.StringVar(&tenant, "tenant", store.National, "`name` of the response team")
	set.StringVar(&f.Report, "report", "", "`report` that it is of")
	set.StringVar(&f.Source, "source", "", "`name` of who the reports are from")
	set.StringVar(&f.State, "is", "", "`state`: held, waiting, mended, dropped")
	set.IntVar(&f.Limit, "limit", 100, "at most so `many`")
	set.StringVar(&f.Cursor, "after", "", "`where` to go on")
	set.BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func printQuarantine(cmd *cobra.Command, page store.Page[store.Quarantined], counts map[string]int64, asJSON bool) error {
	if asJSON {
		out := struct {
			Counts map[string]int64 `json:"counts"`
			Places []quarantineView `json:"places"`
			Next   string           `json:"next,omitempty"`
		}{counts, []quarantineView{}, page.Next}
		for _, q := range page.Items {
			out.Places = append(out.Places, quarantineView{q.Report, q.Seq, q.Place, q.State, q.Reason, string(q.Raw)})
		}
		return printJSON(cmd.OutOrStdout(), out)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "held %d · waiting %d · mended %d · dropped %d\n\n", counts["held"], counts["waiting"], counts["mended"], counts["dropped"])
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "REPORT\tNUMBER\tPLACE\tSTATE\tREASON")
	for _, q := range page.Items {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\n", q.Report, q.Seq, alert.Harmless(q.Place), q.State, alert.Harmless(q.Reason))
	}
	err := w.Flush()
	if page.Next != "" {
		fmt.Fprintf(cmd.ErrOrStderr(), "there are more: --after %s\n", page.Next)
	}
	return err
}

func newQuarantineShow() *cobra.Command {
	var place storePlace
	var tenant string
	cmd := &cobra.Command{
		Use:     "show REPORT NUMBER",
		Short:   "Show what stands at a place",
		Long:    "Write what stands at a place as it is, so that it can be mended: to a file, it can be given to mend again.",
		Example: "  pahra desk quarantine show national/2026-03-04/sensors/0f3c 0 --state /var/lib/pahra > line",
		Args:    placeArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			seq, err := placeNumber(args[1])
			if err != nil {
				return err
			}
			return withStore(cmd, &place, func(ctx context.Context, s *store.Store) error {
				page, err := s.Quarantine(ctx, store.MachineSight(tenant), store.QuarantineFilter{Report: args[0], Seq: &seq})
				if err != nil {
					return err
				}
				if len(page.Items) == 0 || page.Items[0].Seq != seq {
					return fmt.Errorf("place %d of report %s: %w", seq, args[0], store.ErrNotFound)
				}
				q := page.Items[0]
				fmt.Fprintf(cmd.ErrOrStderr(), "%s, %s: %s\n", alert.Harmless(q.Place), q.State, alert.Harmless(q.Reason))
				_, err = cmd.OutOrStdout().Write(q.Raw)
				return err
			}, store.ReadOnly())
		},
	}
	place.flags(cmd)
	cmd.Flags().StringVar(&tenant, "tenant", store.National, "`name` of the response team")
	return cmd
}

func placeArgs(cmd *cobra.Command, args []string) error {
	if len(args) != 2 {
		return usageError(errors.New("name a REPORT and the NUMBER of a place in it, as quarantine list shows them"))
	}
	return nil
}

func placeNumber(arg string) (int64, error) {
	seq, err := strconv.ParseInt(arg, 10, 64)
	if err != nil || seq < 0 {
		return 0, usageError(fmt.Errorf("%q is no number of a place", arg))
	}
	return seq, nil
}

// withStore opens a store and has do use it.
func withStore(cmd *cobra.Command, place *storePlace, do func(context.Context, *store.Store) error, opts ...store.Option) error {
	ctx, stop := interruptible(cmd.Context())
	defer stop()
	url, err := place.address()
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, url, opts...)
	if err != nil {
		return err
	}
	return errors.Join(do(ctx, s), s.Close())
}
