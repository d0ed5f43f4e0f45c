package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/account"
	"pahra/internal/norms"
	"pahra/internal/service"
	"pahra/internal/store"
	"pahra/internal/web"
	"pahra/wire/values"
)

const reportLong = `Write the monthly report of a neighbourhood, by the same template as its page: how its networks stand by Action, whether it
gets better, whose address space is how well kept, what went wrong, who changed and what would help most.

The file's name says what it is: .html is one file that needs nothing else; .pdf is the same, printed by Chromium, which
must be installed.

It is made from a run of "pahra observe", and names networks as the pages of a run do; or with --state, --config or both
from the month that a service published last, with the history that its store holds. Then it shows what the service's
publication policy lets everybody see now, so that it can be handed on; --as analyst shows all. Names and relations that
may not be passed on are always left out.

Exit status: 0 done, 2 wrong use, 3 the run cannot be read, or the report could not be written.`

// reportFlags are the flags of "pahra report".
type reportFlags struct{ run, config, state, month, output, browser, as string }

func newReport() *cobra.Command {
	var f reportFlags
	cmd := &cobra.Command{
		Use:     "report NEIGHBOURHOOD (--from-run RUN | --state STATE [--config FILE]) -o FILE.pdf|FILE.html",
		Short:   "Write a neighbourhood's monthly report as HTML or PDF",
		Long:    reportLong,
		Example: "  pahra report lantern-coast --from-run out -o february.html\n  pahra report country:IN --state /var/lib/pahra --month 2026-02 -o february.pdf",
		Args:    oneArg("the name of a neighbourhood"),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind := strings.ToLower(filepath.Ext(f.output))
			switch {
			case kind != ".html" && kind != ".pdf":
				return usageError(errors.New("report needs -o with a file named .html or .pdf; pahra report --help shows its use"))
			case (f.run == "") == (f.state == "" && f.config == ""):
				return usageError(errors.New("report needs either --from-run or --state"))
			case f.as != "public" && f.as != "analyst":
				return usageError(fmt.Errorf("--as is public or analyst, not %q", f.as))
			case f.run != "" && cmd.Flags().Changed("as"):
				return usageError(errors.New("--as is for --state: a run alone is shown whole"))
			}
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			text, err := f.report(ctx, args[0])
			if err != nil {
				return refused(err)
			}
			if kind == ".pdf" {
				if text, err = printed(ctx, f.browser, text); err != nil {
					return err
				}
			}
			if err := writeOutput(f.output, func(w io.Writer) error { _, err := w.Write(text); return err }); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), f.output)
			return nil
		},
	}
	cmd.Flags().StringVar(&f.run, "from-run", "", "folder of a run of pahra observe")
	cmd.Flags().StringVar(&f.state, "state", "", "state folder of pahra serve")
	cmd.Flags().StringVar(&f.config, "config", "", "the YAML file of that service's settings, for its store and policy")
	cmd.Flags().StringVar(&f.as, "as", "public", "for whose eyes it is: public or analyst")
	cmd.Flags().StringVar(&f.month, "month", "", "the month, such as 2026-02; the run's last unless given")
	cmd.Flags().StringVarP(&f.output, "output", "o", "", "the file to write, named .html or .pdf")
	cmd.Flags().StringVar(&f.browser, "browser", "", "the program that prints PDF; Chromium or Chrome where it is found unless given")
	return cmd
}

// report makes the report as HTML.
func (f *reportFlags) report(ctx context.Context, name string) (_ []byte, err error) {
	dirs, opt := []string{f.run}, service.ShownOptions{}
	if f.run == "" {
		set, err := serviceSettings(f.config, map[string]string{"PAHRA_STATE": f.state})
		if err != nil {
			return nil, err
		}
		if dirs, err = service.PublishedRuns(set.State); err != nil {
			return nil, err
		}
		if opt.Policy, err = set.Publication.Read(); err != nil {
			return nil, err
		}
		db, err := store.Open(ctx, set.StoreURL(), store.ReadOnly())
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, db.Close()) }()
		opt.Store, opt.Records, opt.Now, opt.RunOnly = db, db.PublicationRecordsOf, time.Now, true
	}
	run, err := f.open(dirs)
	if err != nil {
		return nil, err
	}
	shown := service.NewShown(opt)
	if err := shown.Publish(run); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, shown.Close()) }()
	viewer := account.Viewer{}
	if f.as == "analyst" {
		viewer = account.Viewer{Role: account.Analyst, Scopes: account.AllScopes()}
	}
	view, err := shown.Answer(ctx, viewer, service.NeighbourhoodQuestion{Name: name, By: norms.A4})
	if errors.Is(err, service.ErrNoPage) {
		return nil, &service.WrongUse{Reason: fmt.Sprintf("the run knows no neighbourhood %q that has a page: countries are named such as country:IN", name)}
	}
	if err != nil {
		return nil, err
	}
	site, err := web.New(func(values.ASN) bool { return false }) // a report stands alone
	if err != nil {
		return nil, err
	}
	return site.Report(view)
}

// open opens the run of the month that is asked for, among those of some folders, the latest last.
func (f *reportFlags) open(dirs []string) (*service.Run, error) {
	if len(dirs) == 0 {
		return nil, errors.New("the service has published nothing yet")
	}
	want := values.Month{}
	if f.month != "" {
		var err error
		if want, err = values.ParseMonth(f.month); err != nil {
			return nil, &service.WrongUse{Reason: fmt.Sprintf("--month %q is no month such as 2026-02", f.month)}
		}
	}
	var last string
	for n := len(dirs) - 1; n >= 0; n-- {
		run, err := service.OpenRun(dirs[n])
		if err != nil {
			return nil, err
		}
		if f.month == "" || run.LastMonth() == want {
			return run, nil
		}
		last = run.LastMonth().String()
	}
	return nil, &service.WrongUse{Reason: fmt.Sprintf("there is no run of %s; the earliest at hand closes %s", f.month, last)}
}
