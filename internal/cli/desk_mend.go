package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"pahra/internal/service/reports"
	"pahra/internal/store"
)

// deskMend is a command on places in quarantine that has the desk read them again.
type deskMend struct {
	deskIntake
	tenant string
}

func (p *deskMend) flags(cmd *cobra.Command) {
	set := cmd.Flags()
	set.StringVar(&p.state, "state", "", "`folder` of the service")
	set.StringVar(&p.config, "config", "", "the YAML `file` of the service's settings")
	set.StringVar(&p.tenant, "tenant", store.National, "`name` of the response team")
	set.StringVar(&p.schema, "schema", "", "`file` with Shadowserver's schema")
	set.StringVar(&p.mapping, "map", "", "`file` with the mapping of a CSV's columns")
	p.known(cmd)
}

// run opens the desk, has do act, reads what waits then and says what became of the report.
func (p *deskMend) run(cmd *cobra.Command, report string, do func(ctx context.Context, d *reports.Desk, v store.Sight) error) error {
	if p.state == "" {
		return usageError(errors.New("--state DIR is needed"))
	}
	ctx, stop := interruptible(cmd.Context())
	defer stop()
	d, done, err := p.open(ctx, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	defer done()
	if err := do(ctx, d, store.MachineSight(p.tenant)); err != nil {
		if errors.Is(err, reports.ErrBadMend) {
			err = usageError(err)
		}
		return err
	}
	if err := d.Drain(ctx); err != nil {
		return err
	}
	return tellReports(ctx, cmd, d, []string{report})
}

// mendExit says how mend, drop and replay end.
const mendExit = `

Exit status: 0 nothing of the report is in quarantine any more, 1 something is, 2 wrong use, 3 could not be done.`

func newQuarantineMend() *cobra.Command {
	p := new(deskMend)
	cmd := &cobra.Command{
		Use:   "mend REPORT NUMBER [FILE]",
		Short: "Put another text in place of what stands there, and read it",
		Long: `Put the text of FILE, or of standard input, in place of what stands there, and read it as a part of its report: with the
header that the report has, its name and the time when it was accepted.` + mendExit,
		Example: "  pahra desk quarantine mend national/2026-03-04/sensors/0f3c 0 line --state /var/lib/pahra",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 3 {
				args = args[:2]
			}
			return placeArgs(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			seq, err := placeNumber(args[1])
			if err != nil {
				return err
			}
			in := cmd.InOrStdin()
			if len(args) == 3 && args[2] != "-" {
				f, err := os.Open(args[2])
				if err != nil {
					return err
				}
				defer f.Close()
				in = f
			}
			text, err := io.ReadAll(io.LimitReader(in, 1<<20))
			if err != nil {
				return fmt.Errorf("reading the text: %w", err)
			}
			return p.run(cmd, args[0], func(ctx context.Context, d *reports.Desk, v store.Sight) error {
				return d.Mend(ctx, v, args[0], seq, text)
			})
		},
	}
	p.flags(cmd)
	return cmd
}

func newQuarantineDrop() *cobra.Command {
	p := new(deskMend)
	var reason string
	cmd := &cobra.Command{
		Use:     "drop REPORT NUMBER --reason TEXT",
		Short:   "Decide that nothing is lost by what stands there",
		Long:    "Decide that nothing is lost by what stands there, for a reason. It stays on record with that." + mendExit,
		Example: `  pahra desk quarantine drop national/2026-03-04/sensors/0f3c 0 --reason "a test" --state /var/lib/pahra`,
		Args:    placeArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			seq, err := placeNumber(args[1])
			if err != nil {
				return err
			}
			return p.run(cmd, args[0], func(ctx context.Context, d *reports.Desk, v store.Sight) error {
				return d.Drop(ctx, v, args[0], seq, reason)
			})
		},
	}
	p.flags(cmd)
	cmd.Flags().StringVar(&reason, "reason", "", "`why`")
	return cmd
}

func newQuarantineReplay() *cobra.Command {
	p := new(deskMend)
	cmd := &cobra.Command{
		Use:   "replay REPORT",
		Short: "Read again all that is held of a report",
		Long: `Read again all that is held of a report, as it is: after the schema, a mapping or the program was renewed. A report that was
refused is read from where that was.` + mendExit,
		Example: "  pahra desk quarantine replay national/2026-03-04/shadowserver/0f3c --schema intelmq.json --state /var/lib/pahra",
		Args:    oneArg("the report"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.run(cmd, args[0], func(ctx context.Context, d *reports.Desk, v store.Sight) error {
				_, err := d.Replay(ctx, v, args[0])
				return err
			})
		},
	}
	p.flags(cmd)
	return cmd
}
