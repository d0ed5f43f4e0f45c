package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/desk"
	"pahra/internal/desk/class"
	"pahra/internal/desk/intake"
	"pahra/internal/serve"
	"pahra/internal/service"
	"pahra/internal/service/cases"
	"pahra/internal/service/parties"
	"pahra/internal/service/reports"
	"pahra/internal/spool"
	"pahra/internal/store"
)

const deskIntakeLong = `Take reports in: keep each as it came, then read it into events and cases.

A report counts as accepted when it is on disk, and the name of the file is printed then. Reading goes on from there: what
cannot be read goes to quarantine with its place and the reason, exact duplicates are counted and not stored again. When
it is interrupted, or the machine stops, the same command goes on where it was.

shadowserver needs the schema that Shadowserver publishes (intelmq.json): --schema, else $PAHRA_SCHEMA, else what
"pahra data pull" put into the folder of --data or into STATE/data.

--source names who the reports are from: recovery is measured by what the same source reports later.

Whom an event concerns is told by the store's constituents and rules. --data names a data folder: what it knows of prefixes as
of the event's time, of networks and of contacts is put in where the report does not say it.

Reports lie there encrypted, with the key that desk.key names in the service's settings (--config, or PAHRA_DESK_KEY), else with one in
the folder. Where a service has used desk.key the command needs it too.

Exit status: 0 all was read, 1 something is in quarantine, 2 wrong use, 3 a report was not accepted or cannot be read.`

type deskIntake struct {
	deskPlace
	source, format, schema, mapping, licence, tlp, config string
}

func newDeskIntake() *cobra.Command {
	p := new(deskIntake)
	cmd := &cobra.Command{
		Use:                   "intake --state DIR --source NAME --format FORMAT FILE...",
		Short:                 "Take reports in",
		Long:                  deskIntakeLong,
		Example:               "  pahra desk intake --state /var/lib/pahra --source shadowserver --format shadowserver --schema intelmq.json 2026-03-24-scan_dns-in.csv",
		DisableFlagsInUseLine: true,
		RunE:                  func(cmd *cobra.Command, files []string) error { return p.run(cmd, files) },
	}
	set := cmd.Flags()
	set.StringVar(&p.state, "state", "", "`folder` of the service")
	set.StringVar(&p.config, "config", "", "the YAML `file` of the service's settings")
	set.StringVar(&p.source, "source", "", "`name` of who the reports are from")
	set.StringVar(&p.format, "format", "", "`format` of the reports")
	set.StringVar(&p.schema, "schema", "", "`file` with Shadowserver's schema")
	set.StringVar(&p.mapping, "map", "", "`file` with the mapping of a CSV's columns")
	set.StringVar(&p.licence, "licence", "", "`terms` under which the reports were given")
	set.StringVar(&p.tlp, "tlp", "", "TLP `label` of events that have none")
	p.known(cmd)
	return cmd
}

func (p *deskIntake) run(cmd *cobra.Command, files []string) error {
	known := strings.Join(intake.Formats(), ", ")
	switch {
	case p.state == "":
		return usageError(errors.New("--state DIR is needed"))
	case !intake.Known(p.format):
		return usageError(fmt.Errorf("--format %q: one of %s is needed", p.format, known))
	}
	if len(files) == 0 {
		return usageError(errors.New("name at least one FILE"))
	}
	if err := spool.CheckSource(p.source); err != nil {
		return usageError(fmt.Errorf("--source: %w", err))
	}
	if p.schemaFile() == "" && p.format == "shadowserver" {
		return noSchema()
	}
	ctx := cmd.Context()
	d, done, err := p.open(ctx, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	defer done()
	defer service.LeanHeap(reports.HeapGrowth)()
	var accepted []string
	for _, name := range files {
		list, err := p.accept(ctx, d, name)
		if err != nil {
			return err
		}
		for _, r := range list {
			accepted = append(accepted, r.ID)
			fmt.Fprintf(cmd.OutOrStdout(), "%s\taccepted as %s\n", name, r.ID)
		}
	}
	if err := d.Drain(ctx); err != nil {
		return err
	}
	return tellReports(ctx, cmd, d, accepted)
}

func (p *deskIntake) accept(ctx context.Context, d *reports.Desk, name string) ([]store.DeskReport, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list, err := d.AcceptFile(ctx, f, reports.Meta{Source: p.source, Name: filepath.Base(name), Format: p.format, TLP: p.tlp, Licence: p.licence})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return list, nil
}

func readMapping(name string) (*intake.Mapping, error) {
	text, err := reports.ReadSmall(name)
	if err != nil {
		return nil, err
	}
	mapping, err := intake.ReadMapping(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return mapping, nil
}

// schemaFile tells where Shadowserver's schema is; what a service of this folder pulled is in its data.
func (p *deskIntake) schemaFile() string {
	return schemaFile(p.schema, p.data, filepath.Join(p.state, "data"))
}

// tellReports says what became of reports.
func tellReports(ctx context.Context, cmd *cobra.Command, d *reports.Desk, ids []string) error {
	var bad int64
	var refused bool
	for _, id := range ids {
		r, err := d.Report(ctx, id)
		if err != nil {
			return err
		}
		bad += r.Bad
		fmt.Fprintf(cmd.OutOrStdout(), "%s\t%s: %d events, %d duplicates, %d in quarantine\n", r.Name, r.State, r.Events, r.Duplicates, r.Bad)
		if r.State == store.ReportRefused {
			refused = true
			fmt.Fprintf(cmd.ErrOrStderr(), "pahra: %s: %s\nit is kept as it came: once what it needs is there, read it with \"pahra desk quarantine replay %s\"\n",
				r.Name, r.Reason, r.ID)
		}
	}
	switch {
	case refused:
		return &exitError{code: exitFail}
	case bad > 0:
		return found()
	}
	return nil
}

// open opens the desk of a service's folder for this process alone.
func (p *deskIntake) open(ctx context.Context, talk io.Writer) (*reports.Desk, func(), error) {
	who, err := p.deskPlace.options(talk)
	if err != nil {
		return nil, nil, err
	}
	opt := reports.Options{Now: time.Now, Log: slog.New(slog.NewTextHandler(talk, nil))}
	if name := p.schemaFile(); name != "" {
		if opt.Schema, err = reports.ReadSchema(name); err != nil {
			return nil, nil, err
		}
	}
	if p.mapping != "" {
		mapping, err := readMapping(p.mapping)
		if err != nil {
			return nil, nil, err
		}
		opt.Mapping = func(string) *intake.Mapping { return mapping }
	}
	if opt.Classes, err = class.Load(); err != nil {
		return nil, nil, err
	}
	settings, err := serviceSettings(p.config, map[string]string{"PAHRA_STATE": p.state})
	if err != nil {
		return nil, nil, err
	}
	if opt.Spool, err = serve.OpenSpool(settings); err != nil {
		return nil, nil, err
	}
	if opt.Secrets, _, err = reports.SecretsOf(filepath.Join(p.state, "desk")); err != nil {
		return nil, nil, err
	}
	if opt.Store, err = store.Open(ctx, "sqlite:"+filepath.Join(p.state, "pahra.db")); err != nil {
		return nil, nil, err
	}
	who.Store = opt.Store
	d, err := func() (*reports.Desk, error) {
		own, err := parties.Open(ctx, who)
		if err != nil {
			return nil, err
		}
		opt.Own = own.Own
		severities, err := desk.LoadSeverities()
		if err != nil {
			return nil, err
		}
		opt.Priority = cases.PriorityOf(severities, own.Criticality)
		return reports.Open(ctx, opt)
	}()
	if err != nil {
		return nil, nil, errors.Join(err, opt.Store.Close())
	}
	return d, func() { opt.Store.Close() }, nil
}
