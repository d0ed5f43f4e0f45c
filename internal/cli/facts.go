package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"pahra/internal/source/depot"
)

const factsLong = `Show which facts the service holds back: what validators and registries say of which too much was gone at once to be
believed without a person's word. Until one is released or discarded, or a later one is as before, the last one before it
is judged with.

release and discard write the decision down. The service carries it out within seconds, or when it starts next.`

func newFacts() *cobra.Command {
	var state string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "facts --state DIR",
		Short: "Show and decide on facts that the service holds back",
		Long:  factsLong,
		Example: "  pahra facts --state /var/lib/pahra\n" +
			"  pahra facts release vrp-validator-20261122T101500Z --state /var/lib/pahra",
		Args: noCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if state == "" {
				return errNoState
			}
			held, err := depot.ReadHeld(state)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), map[string][]depot.Held{"held": append([]depot.Held{}, held...)})
			}
			s := heldScreen(held)
			_, err = cmd.OutOrStdout().Write(s.text.Bytes())
			return err
		},
	}
	cmd.PersistentFlags().StringVar(&state, "state", "", "the service's `folder`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "write one JSON object")
	cmd.AddCommand(newDecide(&state, depot.Release, "Let a held fact in: it is judged with, and later ones are held against it"),
		newDecide(&state, depot.Discard, "Remove a held fact"))
	return cmd
}

var errNoState = usageError(errors.New("say where the service's folder is: with --state"))

func newDecide(state *string, what depot.Decision, short string) *cobra.Command {
	return &cobra.Command{
		Use:   string(what) + " ID",
		Short: short,
		Args:  oneArg("the id of what is held, as pahra facts shows it"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if *state == "" {
				return errNoState
			}
			if err := depot.Decide(*state, args[0], what); err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "written down: the service does so within seconds, or when it starts next\n")
			return nil
		},
	}
}

func heldScreen(held []depot.Held) *screen {
	s := &screen{}
	if len(held) == 0 {
		s.line("nothing is held back")
	}
	for i, h := range held {
		if i > 0 {
			s.blank()
		}
		s.line("%s", h.ID)
		s.line("  %s of source %s, known %s", h.Kind, h.Source, h.Time.UTC().Format("2006-01-02 15:04:05 UTC"))
		if h.Times > 1 {
			s.line("  %d in a row are held, since %s", h.Times, h.Since.UTC().Format("2006-01-02 15:04:05 UTC"))
		}
		for _, p := range h.Shrunk {
			s.line("  %s fell from %d to %d (%.1f %% are gone)", p.Part, p.Before, p.Now, 100*(1-float64(p.Now)/float64(p.Before)))
		}
	}
	return s
}
