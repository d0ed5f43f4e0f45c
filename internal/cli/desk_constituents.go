package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/user"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/desk/party"
	"pahra/internal/service/parties"
	"pahra/internal/spool"
	"pahra/internal/store"
)

const constituentsLong = `Keep the constituents: the organisations that the desk serves, what belongs to them, how they are reached.

The table is a CSV with a row for each record: a constituent, and its selectors, contacts, keys and consents, each with its
source, its time of validity and the day on which it was last confirmed. "export" writes it, "import" reads it; what is
exported is imported as the same. docs/desk-parties.md has the columns.`

func newDeskConstituents() *cobra.Command {
	return family(&cobra.Command{
		Use:   "constituents",
		Short: "Keep the organisations that the desk serves",
		Long:  constituentsLong,
	}, newConstituentsImport(), newConstituentsExport(), newConstituentsOverlap(), newConstituentsDue(), newConstituentsReplay(),
		newConstituentsChanges())
}

const constituentsImportLong = `Read a table of constituents into the store.

Without --apply nothing is stored: the command says what would change, which selectors of two constituents cover each other,
and which events of the last --days would have gone to somebody else. Two constituents with the same selector at the same
time are an error: nothing would decide between them.

The constituents of the file take the place of those with the same ids. Others stay, unless --whole says that the file
is the whole table.

Exit status: 0 done, or nothing would change; 1 something would change, and --apply was not given; 2 wrong use; 3 the table
cannot be used.`

// constituentsImport are the flags as typed.
type constituentsImport struct {
	deskPlace
	whole, apply bool
	days         int
}

func newConstituentsImport() *cobra.Command {
	p := new(constituentsImport)
	cmd := &cobra.Command{
		Use:     "import FILE",
		Short:   "Read a table of constituents, and say what it changes",
		Long:    constituentsImportLong,
		Example: "  pahra desk constituents import constituents.csv --state /var/lib/pahra --days 30\n  pahra desk constituents import constituents.csv --state /var/lib/pahra --apply",
		Args:    oneArg("the table to read"),
		RunE: func(cmd *cobra.Command, args []string) error {
			open := p.reading
			if p.apply {
				open = func(cmd *cobra.Command, do func(context.Context, *parties.Desks, *store.Store) error) error {
					return p.with(cmd, do)
				}
			}
			return open(cmd, func(ctx context.Context, d *parties.Desks, _ *store.Store) error {
				return p.run(ctx, cmd, d, args[0])
			})
		},
	}
	p.flags(cmd)
	cmd.Flags().BoolVar(&p.whole, "whole", false, "the file is the whole table: drop what is not in it")
	cmd.Flags().BoolVar(&p.apply, "apply", false, "store it")
	cmd.Flags().IntVar(&p.days, "days", 30, "replay on the events of so many days")
	return cmd
}

func (p *constituentsImport) run(ctx context.Context, cmd *cobra.Command, d *parties.Desks, file string) error {
	given, err := readConstituents(file)
	if err != nil {
		return err
	}
	files, err := p.events()
	if err != nil {
		return err
	}
	pre, err := d.Preview(ctx, files, p.tenant, given, p.whole, time.Now().AddDate(0, 0, -p.days))
	if err != nil {
		return err
	}
	plan, out := pre.Plan, cmd.OutOrStdout()
	fmt.Fprintf(out, "%d added, %d changed, %d dropped, %d as they were\n", len(plan.Added), len(plan.Changed), len(plan.Dropped), plan.Same)
	for _, part := range []struct {
		what string
		ids  []string
	}{{"added", plan.Added}, {"changed", plan.Changed}, {"dropped", plan.Dropped}} {
		for _, id := range part.ids {
			fmt.Fprintf(out, "%s\t%s\n", part.what, id)
		}
	}
	if err := tellOverlaps(out, pre.Overlaps); err != nil || plan.Nothing() {
		return err
	}
	p.tellReplay(out, files != nil, pre.Replayed, pre.Moved)
	if !p.apply {
		fmt.Fprintln(cmd.ErrOrStderr(), "pahra: nothing is stored: --apply does it")
		return found()
	}
	return d.Apply(ctx, p.tenant, pre, whoami(), parties.Words(filepath.Base(file), plan), time.Now())
}

// events opens the desk's files, for a replay; nil where no folder was named.
func (p *constituentsImport) events() (*spool.Spool, error) {
	if p.days < 0 {
		return nil, usageError(errors.New("--days is a number of days"))
	}
	if p.state == "" {
		return nil, nil //nolint:nilnil // there is nothing to replay
	}
	return spool.Open(filepath.Join(p.state, "desk"))
}

// whoami gives the name of who runs the command, for the record.
func whoami() string {
	if u, err := user.Current(); err == nil {
		return "command line, " + u.Username
	}
	return "command line"
}

// tellReplay says which events would have gone to somebody else.
func (p *constituentsImport) tellReplay(out io.Writer, replayed bool, events int, moved []party.Moved) {
	if !replayed {
		fmt.Fprintln(out, "no replay: events lie in the service's folder (--state)")
		return
	}
	all := 0
	for _, m := range moved {
		all += m.Events
	}
	fmt.Fprintf(out, "replay: %d of %d events of the last %d days would have gone to somebody else\n", all, events, p.days)
	const most = 50
	for _, m := range moved[:min(len(moved), most)] {
		fmt.Fprintf(out, "replay\t%s\t%s\t%d\n", harmless(m.From), harmless(m.To), m.Events)
	}
	if n := len(moved) - most; n > 0 {
		fmt.Fprintf(out, "replay: %d more pairs\n", n)
	}
}

func newConstituentsReplay() *cobra.Command {
	p := new(constituentsImport)
	cmd := &cobra.Command{
		Use:   "replay FILE",
		Short: "Tell which past events a table would have given to somebody else",
		Long: `Tell which events of the last --days a table of constituents, taken as the whole, would have given to another party: how many,
from whom to whom. Events are judged by what is stored of them.

Exit status: 0 done, 2 wrong use, 3 something cannot be read.`,
		Example: "  pahra desk constituents replay constituents.csv --state /var/lib/pahra --days 90",
		Args:    oneArg("the table to replay"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.reading(cmd, func(ctx context.Context, d *parties.Desks, _ *store.Store) error {
				list, err := readConstituents(args[0])
				if err != nil {
					return err
				}
				after, err := party.NewDirectory(list)
				if err != nil {
					return err
				}
				files, err := p.events()
				if err != nil || files == nil {
					p.tellReplay(cmd.OutOrStdout(), false, 0, nil)
					return err
				}
				r, err := d.Replay(ctx, files, p.tenant, after, time.Now().AddDate(0, 0, -p.days))
				if err != nil {
					return err
				}
				p.tellReplay(cmd.OutOrStdout(), true, r.Events, r.Moved())
				return nil
			})
		},
	}
	p.flags(cmd)
	cmd.Flags().IntVar(&p.days, "days", 30, "replay on the events of so many days")
	return cmd
}

func newConstituentsExport() *cobra.Command {
	p := new(deskPlace)
	cmd := &cobra.Command{
		Use:     "export",
		Short:   "Write the table of constituents",
		Long:    "Write the table of constituents as CSV to standard output.\n\nExit status: 0 done, 2 wrong use, 3 the store cannot be read.",
		Example: "  pahra desk constituents export --state /var/lib/pahra > constituents.csv",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.reading(cmd, func(ctx context.Context, _ *parties.Desks, s *store.Store) error {
				list, err := s.Constituents(ctx, p.tenant)
				if err != nil {
					return err
				}
				return party.WriteConstituents(cmd.OutOrStdout(), list)
			})
		},
	}
	p.flags(cmd)
	return cmd
}

// those gives the constituents of a file, or of the store.
func (p *deskPlace) those(cmd *cobra.Command, files []string, do func([]party.Constituent) error) error {
	if len(files) > 0 {
		list, err := readConstituents(files[0])
		if err != nil {
			return err
		}
		return do(list)
	}
	return p.reading(cmd, func(ctx context.Context, _ *parties.Desks, s *store.Store) error {
		list, err := s.Constituents(ctx, p.tenant)
		if err != nil {
			return err
		}
		return do(list)
	})
}

func newConstituentsOverlap() *cobra.Command {
	p := new(deskPlace)
	cmd := &cobra.Command{
		Use:   "overlap [FILE]",
		Short: "Tell which selectors of two constituents cover each other",
		Long: `Tell which selectors of two constituents cover each other at the same time, of the store or of FILE. The narrower one
owns; of two that are equal nothing decides.

Exit status: 0 done, 2 wrong use, 3 two constituents have the same selector.`,
		Example: "  pahra desk constituents overlap --state /var/lib/pahra",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.those(cmd, args, func(list []party.Constituent) error {
				d, err := party.NewDirectory(list)
				if err != nil {
					return err
				}
				return tellOverlaps(cmd.OutOrStdout(), party.Overlaps(d))
			})
		},
	}
	p.flags(cmd)
	return cmd
}

// tellOverlaps says which selectors cover each other; the error is that some are equal.
func tellOverlaps(out io.Writer, list []party.Overlap) error {
	var equal []error
	for _, o := range list {
		if o.Equal {
			equal = append(equal, fmt.Errorf("%s %s belongs to both %s and %s", o.Kind, o.Narrow, o.Owner, o.Narrower))
			continue
		}
		fmt.Fprintf(out, "overlap\t%s of %s\twithin\t%s of %s\n", o.Narrow, o.Narrower, o.Wide, o.Owner)
	}
	return errors.Join(equal...)
}

func newConstituentsDue() *cobra.Command {
	p, within, asJSON := new(deskPlace), 0, false
	cmd := &cobra.Command{
		Use:   "due [FILE]",
		Short: "Tell what has to be confirmed again",
		Long: `Tell what of the constituents, of the store or of FILE, was last confirmed more than a year ago, or never; with --within,
also what will be due in so many days. What is not valid is left out. To confirm, set the column confirmed and import.

Exit status: 0 nothing is due, 1 something is, 2 wrong use, 3 something cannot be read.`,
		Example: "  pahra desk constituents due --state /var/lib/pahra --within 30",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.those(cmd, args, func(list []party.Constituent) error {
				due := party.Due(list, time.Now(), party.Yearly-time.Duration(within)*24*time.Hour)
				if err := tellDue(cmd.OutOrStdout(), due, asJSON); err != nil || len(due) == 0 {
					return err
				}
				return found()
			})
		},
	}
	p.flags(cmd)
	cmd.Flags().IntVar(&within, "within", 0, "also what will be due in so many `days`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON, one object a line")
	return cmd
}

func tellDue(out io.Writer, due []party.Stale, asJSON bool) error {
	if asJSON {
		enc := json.NewEncoder(out)
		for _, s := range due {
			if err := enc.Encode(s); err != nil {
				return err
			}
		}
		return nil
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, s := range due {
		last := "never"
		if !s.Confirmed.IsZero() {
			last = s.Confirmed.Format(time.DateOnly)
		}
		value, _, _ := strings.Cut(s.Value, "\n")
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", s.Constituent, s.Record, s.Kind, harmless(value), last)
	}
	return t.Flush()
}

func newConstituentsChanges() *cobra.Command {
	p := new(deskPlace)
	cmd := &cobra.Command{
		Use:     "changes",
		Short:   "Tell who changed what of the directory",
		Long:    "Tell who changed constituents, policy and tables of contacts, the latest first.\n\nExit status: 0 done, 2 wrong use, 3 the store cannot be read.",
		Example: "  pahra desk constituents changes --state /var/lib/pahra",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.reading(cmd, func(ctx context.Context, _ *parties.Desks, s *store.Store) error {
				list, err := s.PartyChanges(ctx, p.tenant, 100)
				for _, c := range list {
					fmt.Fprintf(cmd.OutOrStdout(), "%d\t%s\t%s\t%s\n", c.Version, c.Made.Format(time.RFC3339), harmless(c.By), harmless(c.What))
				}
				return err
			})
		},
	}
	p.flags(cmd)
	return cmd
}
