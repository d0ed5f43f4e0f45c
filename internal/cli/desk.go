package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newDesk() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "desk",
		Short: "Reports of security incidents: read them, take them in",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError(fmt.Errorf("there is no command %q; pahra desk has parse and intake", args[0]))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newDeskParse(), newDeskIntake())
	return cmd
}
