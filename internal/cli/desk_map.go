package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/desk/intake"
	"pahra/internal/service/parties"
	"pahra/internal/service/reports"
	"pahra/internal/store"
)

const deskMapLong = `Show what a mapping makes of a CSV, and save it under a name once that is right.

The first events of SAMPLE that MAPPING gives go to standard output, one JSON object a line, and what cannot be read to standard
error. Nothing is stored without --save, and a mapping that makes no event of its sample, or by which a row is bad, is not saved.

A saved mapping is used for the CSVs whose names its key "files" has patterns for, such as files: ["honeypot-*.csv"], of sources
that have no mapping of their own: by "pahra desk intake" without --map, and by a service. docs/desk.md has the form.

Exit status: 0 done, 1 a row of the sample is bad, 2 wrong use, 3 something cannot be read or stored.`

func newDeskMap() *cobra.Command {
	p, save, first := new(deskPlace), false, 0
	cmd := &cobra.Command{
		Use:     "map NAME MAPPING SAMPLE",
		Short:   "Try a mapping of a CSV's columns, and save it",
		Long:    deskMapLong,
		Example: "  pahra desk map honeypot honeypot.yaml honeypot-2026-03-04.csv\n  pahra desk map honeypot honeypot.yaml honeypot-2026-03-04.csv --save --state /var/lib/pahra",
		Args:    cobra.ExactArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, err := reports.MappingKind(args[0])
			if err != nil {
				return usageError(err)
			}
			text, err := reports.ReadSmall(args[1])
			if err != nil {
				return err
			}
			err = tryMapping(cmd, args[1], args[2], text, first)
			if err != nil && save {
				fmt.Fprintln(cmd.ErrOrStderr(), "pahra: nothing is saved: a mapping is saved once it reads all of a sample")
			}
			if err != nil || !save {
				return err
			}
			return p.with(cmd, func(ctx context.Context, _ *parties.Desks, s *store.Store) error {
				return s.AddDocument(ctx, store.DeskDocument{Tenant: p.tenant, Kind: kind, Made: time.Now(), By: whoami(), Body: text})
			})
		},
	}
	p.flags(cmd)
	cmd.Flags().BoolVar(&save, "save", false, "save it")
	cmd.Flags().IntVar(&first, "first", 10, "show so many events")
	return cmd
}

func tryMapping(cmd *cobra.Command, name, sample string, text []byte, first int) error {
	m, err := intake.ReadMapping(text)
	if err != nil {
		return inFile(name, err)
	}
	csv, err := reports.ReadSmall(sample)
	if err != nil {
		return err
	}
	s, err := m.Try(csv, max(first, 0))
	if err != nil {
		return inFile(sample, err)
	}
	for _, e := range s.Events {
		if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s\n", e.AppendJSON(nil)); err != nil {
			return err
		}
	}
	for _, f := range s.Faults {
		fmt.Fprintln(cmd.ErrOrStderr(), harmless(sample+": "+f))
	}
	switch {
	case s.Bad > 0:
		return found()
	case s.Rows == 0:
		return errors.New("it makes no event of the sample")
	}
	return nil
}
