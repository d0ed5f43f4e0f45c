package cli

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"pahra/internal/programme"
)

const programmeLong = `Show the programmes of MANRS as rules: for network operators, exchanges, CDN and cloud providers and equipment vendors, and
the controls of MANRS+ that are public.

Each rule cites the clause that it rests on and is decided by exactly one kind of evidence:
  measured   seen from outside in a run; the rule names the measure and what it has to reach
  declared   the network says so, in a file for --declarations of "pahra check"
  proved     an active test was run, its result in a file for --proofs of "pahra check"
These stand side by side and are never added up: what a network declares changes nothing that was measured.
docs/programmes.md describes the rules and the two files.`

func newProgramme() *cobra.Command {
	return family(&cobra.Command{
		Use:   "programme",
		Short: "Show the rules of the MANRS programmes",
		Long:  programmeLong,
		Example: `  pahra programme list
  pahra programme show netops
  pahra programme show netops --json | jq -r '.rules[] | select(.evidence == "declared") | .id'
  pahra check AS64500 --from-run out --programme cdn`,
	}, newProgrammeList(), newProgrammeShow())
}

func newProgrammeList() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the programmes",
		Long:    "List the programmes that have rules here, each with its version, the day from which its text holds, and its rules by kind.",
		Example: "  pahra programme list\n  pahra programme list --json | jq -r '.[].id'",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list := []*programme.RuleSet{}
			for _, id := range programme.EmbeddedIDs() {
				set, err := programme.Embedded(id)
				if err != nil {
					return err
				}
				list = append(list, set)
			}
			return show(cmd.OutOrStdout(), asJSON, list, func(s *screen) { s.programmes(list) })
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the rules of all as JSON")
	return cmd
}

func newProgrammeShow() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "show ID",
		Short:   "Show the rules of a programme",
		Long:    "Show a programme: who takes part, and each rule with its clause, what it asks for in our own words, and what decides it.",
		Example: "  pahra programme show netops\n  pahra programme show manrs-plus --json",
		Args:    oneArg("a programme: " + strings.Join(programme.EmbeddedIDs(), ", ")),
		RunE: func(cmd *cobra.Command, args []string) error {
			set, err := programme.Embedded(args[0])
			if err != nil {
				return usageError(err)
			}
			return show(cmd.OutOrStdout(), asJSON, set, func(s *screen) { s.ruleSet(set) })
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the rules as JSON")
	return cmd
}

// show prints a value as JSON, or what draw makes of it.
func show(out io.Writer, asJSON bool, v any, draw func(*screen)) error {
	if asJSON {
		return printJSON(out, v)
	}
	s := &screen{}
	draw(s)
	_, err := s.text.WriteTo(out)
	return err
}

// readStatements reads a file of declarations or proofs; none where path is empty.
func readStatements(path string, read func(io.Reader) (*programme.Statements, error)) (*programme.Statements, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, usageError(err)
	}
	defer f.Close()
	s, err := read(f)
	if err != nil {
		return nil, usageError(fmt.Errorf("%s: %w", path, err))
	}
	return s, nil
}
