package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	figures "pahra/internal/health"
	"pahra/internal/service"
	"pahra/internal/service/tally"
	"pahra/internal/store"
	"pahra/internal/web"
	"pahra/wire/values"
)

const deskStatisticsLong = `Show what the desk counted in a year: by class and month, quarter and year, in three units: lines of reports, distinct
addresses a day, cases. Months that are not over are left out. Small figures, and others that would tell them, are
suppressed, the same in every form.

Every figure states its unit, its taxonomy with the version, how duplicates are told, and what its total takes in. What was
loaded of years before stands behind, as published and restated; what is not verified says so.

Exit status: 0 done, 1 there is nothing of that year, 2 wrong use, 3 it could not be counted.`

// statistics are the flags of "pahra desk statistics".
type statistics struct {
	state, config, month, unit string
	year                       int
	csv, json, svg             bool
}

func newDeskStatistics() *cobra.Command {
	p := new(statistics)
	cmd := &cobra.Command{
		Use:                   "statistics --state DIR [--year YEAR | --month MONTH] [--unit UNIT] [--csv | --json | --svg]",
		Short:                 "Show what the desk counted, or load and report it",
		Long:                  deskStatisticsLong,
		Example:               "  pahra desk statistics --state /var/lib/pahra --year 2026 --unit address-day --csv",
		DisableFlagsInUseLine: true,
		Args:                  noArgs,
		RunE:                  func(cmd *cobra.Command, _ []string) error { return p.run(cmd) },
	}
	all := cmd.PersistentFlags()
	all.StringVar(&p.state, "state", "", "state `folder` of the service")
	all.StringVar(&p.config, "config", "", "the YAML `file` of the service's settings, for its store")
	all.IntVar(&p.year, "year", 0, "the `year`; the present one unless given")
	set := cmd.Flags()
	set.StringVar(&p.month, "month", "", "one `month`, such as 2026-03")
	set.StringVar(&p.unit, "unit", "", "one `unit`: report-line, address-day or case")
	set.BoolVar(&p.csv, "csv", false, "as CSV: one figure a row, with all that it was counted by")
	set.BoolVar(&p.json, "json", false, "as JSON")
	set.BoolVar(&p.svg, "svg", false, "as a picture; needs --unit")
	cmd.AddCommand(p.newLoad(), p.newReport())
	return cmd
}

func (p *statistics) newLoad() *cobra.Command {
	return &cobra.Command{
		Use:                   "load --state DIR FILE",
		Short:                 "Load figures of past years from a CSV file",
		Long:                  "Load a history set: figures of past years, each marked S (sourced) or R (not verified). It is known by the file's name; one of\nthe same name is replaced. docs/statistics.md has the columns.\n\nExit status: 0 done, 2 wrong use, 3 the file is not right; all lines that are wrong are told.",
		Example:               "  pahra desk statistics load --state /var/lib/pahra cert-in.csv",
		DisableFlagsInUseLine: true,
		Args:                  oneArg("a FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer f.Close()
			records, err := figures.ReadHistory(f)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			name := strings.TrimSuffix(filepath.Base(args[0]), filepath.Ext(args[0]))
			return p.with(cmd.Context(), false, func(_ *tally.Tally, db *store.Store) error {
				if err := db.PutHistory(cmd.Context(), name, records); err != nil {
					return err
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: %d figures\n", name, len(records))
				return err
			})
		},
	}
}

func (p *statistics) newReport() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:                   "report --state DIR --year YEAR -o FILE.html",
		Short:                 "Write the annual report: one file, to be read and printed",
		Long:                  "Write the annual report of a year as one HTML file that needs nothing else, made to be printed: the tables and pictures of\nthe page of statistics, how they were counted, and what is to be kept in mind.\n\nExit status: 0 done, 2 wrong use, 3 it could not be written.",
		Example:               "  pahra desk statistics report --state /var/lib/pahra --year 2026 -o 2026.html",
		DisableFlagsInUseLine: true,
		Args:                  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if p.year == 0 || output == "" {
				return usageError(errors.New("--year and -o FILE are needed"))
			}
			page, err := p.page(cmd.Context())
			if err != nil {
				return err
			}
			site, err := web.New(func(values.ASN) bool { return false })
			if err != nil {
				return err
			}
			text, err := site.Report(page)
			if err != nil {
				return err
			}
			return writeOutput(output, func(w io.Writer) error { _, err := w.Write(text); return err })
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "the `file` to write")
	return cmd
}

// with opens what is counted, for as long as do takes.
func (p *statistics) with(ctx context.Context, read bool, do func(*tally.Tally, *store.Store) error) (err error) {
	if p.state == "" && p.config == "" {
		return usageError(errors.New("--state DIR or --config FILE is needed"))
	}
	set, err := serviceSettings(p.config, map[string]string{"PAHRA_STATE": p.state})
	if err != nil {
		return err
	}
	var opts []store.Option
	if read {
		opts = append(opts, store.ReadOnly())
	}
	db, err := store.Open(ctx, set.StoreURL(), opts...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	counts, err := tally.New(tally.Options{Store: db, Tenant: set.Desk.Tenant, Smallest: set.Desk.Smallest, Now: time.Now})
	if err != nil {
		return err
	}
	return do(counts, db)
}

// page gives what the page of statistics has of the year that is asked for.
func (p *statistics) page(ctx context.Context) (*service.StatisticsPage, error) {
	if p.year == 0 {
		p.year = time.Now().UTC().Year()
	}
	page := &service.StatisticsPage{}
	page.Run.From = time.Date(p.year, 1, 1, 0, 0, 0, 0, time.UTC)
	page.Run.To = page.Run.From.AddDate(1, 0, 0)
	err := p.with(ctx, true, func(counts *tally.Tally, _ *store.Store) error {
		year, err := counts.Year(ctx, p.year)
		if err == nil {
			page.Year = *year
			page.History, err = counts.History(ctx)
		}
		return err
	})
	return page, err
}

func (p *statistics) run(cmd *cobra.Command) error {
	if p.month != "" {
		month, err := values.ParseMonth(p.month)
		if err != nil || p.year != 0 {
			return usageError(errors.New("--month is a month such as 2026-03, and instead of --year"))
		}
		p.year = month.Start().Year()
	}
	known := []figures.Unit{"", figures.ReportLine, figures.AddressDay, figures.OneCase}
	switch {
	case !slices.Contains(known, figures.Unit(p.unit)):
		return usageError(fmt.Errorf("--unit %q: %s, %s or %s", p.unit, figures.ReportLine, figures.AddressDay, figures.OneCase))
	case p.svg && p.unit == "":
		return usageError(errors.New("--svg draws the table of one --unit"))
	}
	page, err := p.page(cmd.Context())
	if err != nil {
		return err
	}
	page.Tables = p.chosen(page.Tables)
	if err := p.write(cmd.OutOrStdout(), page); err != nil {
		return err
	}
	if len(page.Tables) == 0 && len(page.History) == 0 {
		return found()
	}
	return nil
}

// chosen keeps of tables what was asked for: the figures are those of the whole year's tables.
func (p *statistics) chosen(tables []*figures.Table) (list []*figures.Table) {
	for _, t := range tables {
		if p.unit != "" && string(t.Basis.Unit) != p.unit {
			continue
		}
		if p.month != "" {
			t = t.Only(p.month)
		}
		list = append(list, t)
	}
	return list
}

func (p *statistics) write(w io.Writer, page *service.StatisticsPage) error {
	switch {
	case p.svg:
		if len(page.Tables) == 0 {
			return nil
		}
		_, err := w.Write(web.TableSVG(page.Tables[0], true))
		return err
	case p.csv:
		text, err := web.CSV(web.StatisticsRows(page))
		if err == nil {
			_, err = w.Write(text)
		}
		return err
	case p.json:
		return printJSON(w, map[string]any{"year": page.Year, "history": page.History})
	}
	for _, t := range append(slices.Clone(page.Tables), page.History...) {
		if err := printTable(w, t); err != nil {
			return err
		}
	}
	return nil
}

// printTable writes a table as text, its basis above it.
func printTable(w io.Writer, t *figures.Table) error {
	b := t.Basis
	fmt.Fprintf(w, "%s\nunit %s, taxonomy %s %s, duplicates: %s", t.Title, b.Unit, b.Taxonomy, b.Version, b.Window)
	if b.Smallest > 0 {
		fmt.Fprintf(w, "; suppressed below %d", b.Smallest)
	}
	fmt.Fprintln(w)
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, c := range t.Columns {
		fmt.Fprintf(out, "\t%s", c.Key)
	}
	fmt.Fprintln(out, "\t")
	for _, l := range t.All() {
		fmt.Fprint(out, l.Title)
		for _, c := range l.Cells {
			mark := ""
			if c.Unverified {
				mark = "?"
			}
			fmt.Fprintf(out, "\t%s%s", c.Text(), mark)
		}
		fmt.Fprintln(out, "\t")
	}
	if err := out.Flush(); err != nil {
		return err
	}
	for _, c := range t.Columns {
		if c.Break != "" {
			fmt.Fprintf(w, "| before %s: %s\n", c.Key, c.Break)
		}
	}
	for _, c := range t.Checks {
		if !c.Agrees {
			fmt.Fprintln(w, "!", c.Says)
		}
	}
	for _, note := range t.Notes {
		fmt.Fprintln(w, note)
	}
	_, err := fmt.Fprintln(w)
	return err
}
