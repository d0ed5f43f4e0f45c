package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"pahra/internal/service"
)

const verifyLong = `Recompute a run of "pahra observe" from the inputs that its snapshot names, and compare every byte: inputs by their
hashes, results by their content. A file that came into the folder of inputs since is a difference too: verify a folder
that grows from a copy of what the run had (--data).

Exit status: 0 all as it was, 1 something differs (the first difference is printed), 2 wrong use, 3 could not finish
(no run there, or no inputs).`

func newVerify() *cobra.Command {
	var data string
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "verify OUT",
		Short:   "Recompute a run and compare",
		Long:    verifyLong,
		Example: "  pahra verify out\n  pahra verify out --data /mnt/copy-of-data",
		Args:    oneArg("the folder of a run"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			err := service.Verify(ctx, args[0], data, nil)
			var diff *service.Difference
			differs := errors.As(err, &diff)
			if err != nil && !differs {
				return err
			}
			if asJSON {
				if err := printJSON(cmd.OutOrStdout(), map[string]any{"same": !differs, "difference": diff}); err != nil {
					return err
				}
			} else if differs {
				fmt.Fprintf(cmd.OutOrStdout(), "differs: %v\n", diff)
			} else {
				fmt.Fprintf(cmd.OutOrStdout(), "same: every input and every result is as the snapshot says\n")
			}
			if differs {
				return found()
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "where the inputs lie now, if not where they lay")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the outcome as JSON")
	return cmd
}
