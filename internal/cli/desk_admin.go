package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/account"
	"pahra/internal/alert"
	"pahra/internal/service/cases"
	"pahra/internal/store"
)

// deskAdmin makes a command that keeps the desk, with so many arguments. One that has any changes something, which stands in the
// log of administrative acts.
func deskAdmin(cmd *cobra.Command, words int, do func(context.Context, *cobra.Command, *cases.Service, store.Sight, []string) error) *cobra.Command {
	var place casePlace
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) != words {
			return usageError(fmt.Errorf("%s: %d words are needed; %s --help shows its use", cmd.Use, words, cmd.CommandPath()))
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return place.with(cmd, func(ctx context.Context, s *cases.Service, v store.Sight) error {
			if err := do(ctx, cmd, s, v, args); err != nil || words == 0 {
				return err
			}
			act := account.Entry{Actor: "command line", Act: cmd.Parent().Name() + "." + cmd.Name(), Subject: strings.Join(args, " "), Detail: "tenant " + v.Tenant}
			return s.Store.AppendAudit(ctx, act, time.Now())
		})
	}
	place.flags(cmd)
	return cmd
}

func listTenants(ctx context.Context, cmd *cobra.Command, s *cases.Service, _ store.Sight, _ []string) error {
	all, err := s.Store.Tenants(ctx)
	for _, t := range all {
		fmt.Fprintf(cmd.OutOrStdout(), "%s\t%s\n", t.Name, alert.Harmless(t.Title))
	}
	return err
}

func listCompartments(ctx context.Context, cmd *cobra.Command, s *cases.Service, v store.Sight, _ []string) error {
	all, err := s.Store.Compartments(ctx, v.Tenant)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(cmd.OutOrStdout(), "%s\t%s\n", name, strings.Join(all[name], " "))
	}
	return err
}
