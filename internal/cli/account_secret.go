package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/account"
)

func newAccountPasswd() *cobra.Command {
	var place storePlace
	cmd := &cobra.Command{
		Use:     "passwd NAME",
		Short:   "Change an account's password, read from standard input; its sessions end",
		Example: "  pahra account passwd ann --state /var/lib/pahra < password.txt",
		Args:    oneArg("the account's name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := place.address(); err != nil {
				return err
			}
			password, err := readPassword(cmd.InOrStdin())
			if err != nil {
				return err
			}
			return withAccount(cmd, place, args[0], func(ctx context.Context, s *account.Service, a account.Account) (string, error) {
				return a.Name + " has a new password", s.SetPassword(ctx, account.Operator(), a.ID, "", password, "")
			})
		},
	}
	place.flags(cmd)
	return cmd
}

func newAccountToken() *cobra.Command {
	var place storePlace
	var scopes, label string
	var days int
	cmd := &cobra.Command{
		Use:     "token NAME",
		Short:   "Make an API token for an account and print it, this once",
		Example: "  pahra account token ann --scopes read --days 90 --state /var/lib/pahra",
		Args:    oneArg("the account's name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			list, err := account.ParseScopes(scopes)
			if err != nil {
				return usageError(err)
			}
			if days < 1 || days > 366 {
				return usageError(fmt.Errorf("--days is %d; 1 to 366 are possible", days))
			}
			return withAccount(cmd, place, args[0], func(ctx context.Context, s *account.Service, a account.Account) (string, error) {
				if a.Disabled {
					return "", usageError(errors.New("the account is disabled"))
				}
				v := account.Viewer{Account: a.ID, Name: a.Name, Role: a.Role, Scopes: account.AllScopes()}
				plain, t, err := s.NewToken(ctx, v, label, list, time.Duration(days)*24*time.Hour)
				if err != nil {
					return "", err
				}
				fmt.Fprintf(cmd.ErrOrStderr(), "%s for %s, until %s; it is not shown again\n", t.Scopes, a.Name, t.Expires.UTC().Format("2006-01-02"))
				return plain, nil
			})
		},
	}
	place.flags(cmd)
	cmd.Flags().StringVar(&scopes, "scopes", "read", "what it lets do: "+account.AllScopes().String())
	cmd.Flags().StringVar(&label, "name", "command line", "what to call it")
	cmd.Flags().IntVar(&days, "days", 90, "how long it lasts")
	return cmd
}
