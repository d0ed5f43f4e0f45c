package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"pahra/internal/config"
)

func newConfig() *cobra.Command {
	check := &cobra.Command{
		Use:   "check [FILE]",
		Short: "Say what is wrong with a file of settings",
		Long: `Read a file of settings and the environment (PAHRA_...) as "pahra serve" does, and say all that is wrong with them.
Nothing is connected to and nothing is created.

Exit status: 0 all is well, 1 something is wrong, 2 wrong use.`,
		Example: "  pahra config check /etc/pahra/pahra.yaml\n  PAHRA_LISTEN=127.0.0.1:80 pahra config check",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return noArgs(cmd, args[1:])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			path := ""
			if len(args) > 0 {
				path = args[0]
			}
			c, err := config.Load(path, os.Environ())
			if err != nil {
				return &exitError{exitFound, err}
			}
			fmt.Fprintf(cmd.OutOrStdout(), "all is well: state in %s, pages on %s, roles %v, %s\n", c.State, c.Listen, c.Roles, count(len(c.Sources), "source"))
			return nil
		},
	}
	return family(&cobra.Command{Use: "config", Short: "Check the settings of a service"}, check)
}
