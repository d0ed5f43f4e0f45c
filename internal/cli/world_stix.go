package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"pahra/internal/world/intel"
)

const worldStixLong = `Make up objects of STIX 2.1 as a response team would share them: indicators, observations, notes, malware and what they refer to, in
stories of one to five objects that stand together in the bundle, an object on each line. For measurements: "pahra taxii load" takes them.

They have more than a kilobyte each, on average. Nearly all concern Atlantica, and more than half have a value that the example of an
agreement (docs/examples/agreement.yaml) masks or pseudonymises. The same flags make the same bytes; memory does not grow with their number.

Exit status: 0 done, 2 wrong use, 3 could not finish.`

// newWorldStix makes objects of STIX.
func newWorldStix() *cobra.Command {
	p := intel.Defaults(1)
	var out string
	cmd := &cobra.Command{
		Use:     "stix -o FILE",
		Short:   "Make up objects of STIX 2.1, for measurements of the exchange",
		Long:    worldStixLong,
		Example: "  pahra world stix --objects 1000000 --seed 6 -o objects.json\n  pahra world stix --objects 10 -o - | jq .objects[0]",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case out == "":
				return usageError(errors.New("world stix needs -o FILE, or -o - for standard output"))
			case p.Objects < 1 || p.Objects > intel.MostObjects:
				return usageError(fmt.Errorf("--objects is between 1 and %d", intel.MostObjects))
			case out == "-":
				return intel.Write(cmd.OutOrStdout(), p)
			}
			return writeOutput(out, func(w io.Writer) error { return intel.Write(w, p) })
		},
	}
	f := cmd.Flags()
	f.StringVarP(&out, "output", "o", "", "the file to write, - for standard output")
	f.IntVar(&p.Objects, "objects", p.Objects, "how many objects there are")
	f.Uint64Var(&p.Seed, "seed", p.Seed, "the same seed makes the same bytes")
	return cmd
}
