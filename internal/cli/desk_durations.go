package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/service/cases"
	"pahra/internal/store"
	"pahra/internal/web"
)

const deskDurationsLong = `Show how long cases took, all together and by class: until their party was told, until it said that it knows, until they recovered, and
how many of those that were over were seen again. The medians are those of Kaplan and Meier, with their interval of 95 %: what has
not come yet counts as waited for until now. Figures are exact and not suppressed: they are not for publication.

Exit status: 0 done, 1 there is no such case, 2 wrong use, 3 it could not be done.`

func newDeskDurations() *cobra.Command {
	var place casePlace
	var f store.CaseFilter
	var days int
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "durations",
		Short:   "Show how long cases took: to notify, to acknowledge, to recover, and what came back",
		Long:    deskDurationsLong,
		Example: "  pahra desk durations --days 365 --country IN --state /var/lib/pahra",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if days < 1 {
				return usageError(errors.New("--days: at least 1"))
			}
			f.Since = time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -days)
			return place.with(cmd, func(ctx context.Context, s *cases.Service, v store.Sight) error {
				list, err := s.Durations(ctx, v, f)
				if err != nil {
					return err
				}
				if asJSON {
					err = printJSON(cmd.OutOrStdout(), list)
				} else {
					err = printDurations(cmd.OutOrStdout(), list)
				}
				if err == nil && list[0].Notify.Cases == 0 {
					err = found()
				}
				return err
			}, store.ReadOnly())
		},
	}
	place.flags(cmd)
	set := cmd.Flags()
	set.IntVar(&days, "days", 91, "cases that were opened in the last so `many` days")
	set.StringVar(&f.Class, "class", "", "of this `class` of the RSIT: fraud, or fraud/phishing")
	set.StringVar(&f.Party, "party", "", "of this `party`, as as:64500")
	set.StringVar(&f.Country, "country", "", "of this `country`, as IN")
	set.BoolVar(&asJSON, "json", false, "print as JSON; durations are nanoseconds")
	return cmd
}

func printDurations(out io.Writer, list []cases.ClassDurations) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "class\tcases\tnotified\tmedian\tacknowledged\tmedian\trecovered\tmedian\tseen again")
	for _, d := range list {
		fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%d of %d\t%s\t%d\t%s\t%d of %d\n", cmp.Or(d.Class, "all"), d.Notify.Cases, d.Notify.Came, web.MedianText(d.Notify.Median),
			d.Acknowledge.Came, d.Acknowledge.Cases, web.MedianText(d.Acknowledge.Median), d.Recovery.Recovered, web.RecoveryText(d.Recovery), d.Reopened, d.Over)
	}
	return w.Flush()
}
