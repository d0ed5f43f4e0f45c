package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// family makes of cmd a command that has others below it and does nothing itself.
func family(cmd *cobra.Command, below ...*cobra.Command) *cobra.Command {
	cmd.Args = noCommand
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.AddCommand(below...)
	return cmd
}

// noCommand refuses arguments of a command with others below it: none of them has such a name.
func noCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if !cmd.HasParent() {
		return usageError(fmt.Errorf("there is no command %q; %s --help lists them", args[0], cmd.Name()))
	}
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	return usageError(fmt.Errorf("there is no command %q; %s has %s", args[0], cmd.CommandPath(), strings.Join(names, ", ")))
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError(fmt.Errorf("%s takes no argument %q; %s --help shows its use", cmd.Name(), args[0], cmd.CommandPath()))
	}
	return nil
}

// oneArg asks for one argument, and says what it is where it is missing.
func oneArg(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usageError(fmt.Errorf("%s needs one argument, %s; %s --help shows its use", cmd.Name(), what, cmd.CommandPath()))
		}
		return nil
	}
}
