package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/desk/class"
	"pahra/internal/serve"
	"pahra/internal/service/duties"
	"pahra/internal/service/reports"
	"pahra/internal/store"
)

// commandLine is who acts where a command is run on the machine.
const commandLine = "command line"

// duty are the flags of the commands that do what the desk owes those whose data it holds.
type duty struct{ state, config, law, purpose string }

func (p *duty) place(cmd *cobra.Command) {
	all := cmd.PersistentFlags()
	all.StringVar(&p.state, "state", "", "state `folder` of the service")
	all.StringVar(&p.config, "config", "", "the YAML `file` of the service's settings")
}

// with opens the desk's duties for as long as do takes.
func (p *duty) with(ctx context.Context, do func(*duties.Service) error) (err error) {
	if p.state == "" && p.config == "" {
		return usageError(errors.New("--state DIR or --config FILE is needed"))
	}
	set, err := serviceSettings(p.config, map[string]string{"PAHRA_STATE": p.state})
	if err != nil {
		return err
	}
	s := &duties.Service{Alone: strings.HasPrefix(set.StoreURL(), "sqlite:"), Now: time.Now}
	if p.law == "" {
		p.law = set.Desk.Law
	}
	if p.law != "" {
		if s.Profile, err = duties.ProfileOf(p.law); err != nil {
			return usageError(err)
		}
	}
	if s.Classes, err = class.Load(); err != nil {
		return err
	}
	if s.Spool, err = serve.OpenSpool(set); err != nil {
		return err
	}
	if _, s.Key, err = reports.SecretsOf(filepath.Join(set.State, "desk")); err != nil {
		return err
	}
	if s.Store, err = store.Open(ctx, set.StoreURL()); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Store.Close()) }()
	return do(s)
}

const deskRetentionLong = `Erase what is over by the legal profile: events, reports as they came, and what is in quarantine. The service does so by itself,
every hour, while desk.law is set. What a hold names stays. Erasing leaves a record of how much, when and from where, and
nothing of what it was; counts of days and cases stay.

With SQLite the service must be stopped.

Exit status: 0 done, 1 with --dry-run: something would be erased, 2 wrong use, 3 it could not be finished.`

func newDeskRetention() *cobra.Command {
	p, dry := new(duty), false
	cmd := &cobra.Command{
		Use: "retention --state DIR [--law PROFILE] [--dry-run]", Short: "Erase what is over by the legal profile", Long: deskRetentionLong,
		Example:               "  pahra desk retention --state /var/lib/pahra --law cert-in --dry-run",
		DisableFlagsInUseLine: true, Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.with(cmd.Context(), func(s *duties.Service) error {
				if s.Profile == nil {
					return usageError(errors.New("name a legal profile: --law cert-in, eu or a file, or desk.law in the settings"))
				}
				done, err := s.Expire(cmd.Context(), commandLine, dry)
				if err != nil {
					return err
				}
				if err := printDone(cmd.OutOrStdout(), done); err != nil || !dry || done.Events+done.Reports+done.Quarantine == 0 {
					return err
				}
				return found()
			})
		},
	}
	p.place(cmd)
	cmd.Flags().StringVar(&p.law, "law", "", "legal `profile`: cert-in, eu or a file; that of the settings unless given")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "count only")
	return cmd
}

func printDone(w io.Writer, d duties.Done) error {
	_, err := fmt.Fprintf(w, "%d events, %d reports, %d places in quarantine, %d others; %d held, %d later\n", d.Events, d.Reports, d.Quarantine, d.Others, d.Held, d.Later)
	return err
}

func newDeskHold() *cobra.Command {
	p := new(duty)
	cmd := family(&cobra.Command{Use: "hold", Short: "Keep data from being erased: place, lift and list legal holds"}, p.newPlace(), p.newLift(), p.newList())
	p.place(cmd)
	return cmd
}

func (p *duty) newPlace() *cobra.Command {
	return &cobra.Command{
		Use: "place --state DIR SCOPE REASON", Short: "Place a hold", DisableFlagsInUseLine: true,
		Long:    "Place a legal hold: nothing that it names is erased, by its time or for a data subject. SCOPE is all, source:NAME or case:NUMBER.\n\nExit status: 0 done, 2 wrong use, 3 it could not be placed.",
		Example: "  pahra desk hold place --state /var/lib/pahra case:17 'order of the court, 12/2026'",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 || strings.TrimSpace(args[1]) == "" {
				return usageError(errors.New("name SCOPE and REASON"))
			}
			if err := duties.CheckScope(args[0]); err != nil {
				return usageError(err)
			}
			return p.with(cmd.Context(), func(s *duties.Service) error {
				id, err := s.Store.PlaceHold(cmd.Context(), store.Hold{Scope: args[0], Reason: args[1], Actor: commandLine, Placed: s.Now()})
				if err == nil {
					_, err = fmt.Fprintf(cmd.OutOrStdout(), "hold %d\n", id)
				}
				return err
			})
		},
	}
}

func (p *duty) newLift() *cobra.Command {
	return &cobra.Command{
		Use: "lift --state DIR NUMBER", Short: "Lift a hold", DisableFlagsInUseLine: true,
		Long:    "Lift a legal hold. What is over is erased from then on.\n\nExit status: 0 done, 2 wrong use, 3 there is no such hold.",
		Example: "  pahra desk hold lift --state /var/lib/pahra 1",
		Args:    oneArg("the NUMBER of a hold"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return usageError(fmt.Errorf("%q is no number of a hold", args[0]))
			}
			return p.with(cmd.Context(), func(s *duties.Service) error { return s.Store.LiftHold(cmd.Context(), id, s.Now()) })
		},
	}
}

func (p *duty) newList() *cobra.Command {
	return &cobra.Command{
		Use: "list --state DIR", Short: "List holds", DisableFlagsInUseLine: true,
		Long:    "List legal holds as JSON, one a line, those that were lifted as well.\n\nExit status: 0 done, 2 wrong use, 3 they cannot be read.",
		Example: "  pahra desk hold list --state /var/lib/pahra",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.with(cmd.Context(), func(s *duties.Service) error {
				list, err := s.Store.Holds(cmd.Context())
				return errors.Join(err, printLines(cmd.OutOrStdout(), list))
			})
		},
	}
}

const deskRecordsLong = `Show what is on record of personal data, as JSON, one a line: who looked at what for which purpose, and with --erasures what was
erased. Persons stand there as keyed hashes. The record of accesses is chained; pahra store check follows it.

Exit status: 0 done, 2 wrong use, 3 it cannot be read.`

func newDeskRecords() *cobra.Command {
	p, erasures := new(duty), false
	cmd := &cobra.Command{
		Use: "records --state DIR [--erasures]", Short: "Show who looked at personal data, and what was erased", Long: deskRecordsLong,
		Example:               "  pahra desk records --state /var/lib/pahra",
		DisableFlagsInUseLine: true, Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.with(cmd.Context(), func(s *duties.Service) error {
				if erasures {
					list, err := s.Store.Erasures(cmd.Context())
					return errors.Join(err, printLines(cmd.OutOrStdout(), list))
				}
				for after := int64(0); ; {
					page, err := s.Store.AccessEntries(cmd.Context(), after, 500)
					if err != nil || len(page) == 0 {
						return err
					}
					if err := printLines(cmd.OutOrStdout(), page); err != nil {
						return err
					}
					after = page[len(page)-1].Seq
				}
			})
		},
	}
	p.place(cmd)
	cmd.Flags().BoolVar(&erasures, "erasures", false, "what was erased")
	return cmd
}
