package cli

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/account"
	"pahra/internal/store"
)

const accountLong = `Keep the accounts of the service: the first administrator of a new installation is made here, before it is started.

The store is the file pahra.db of the service's folder (--state DIR), which only one process can have open, or a database
of PostgreSQL (--url). While the service runs, its own pages for administrators do the same. Passwords are read from
standard input, one line, and never from a flag: other users see a command's words. Every change is in the audit log.`

func newAccount() *cobra.Command {
	return family(&cobra.Command{
		Use:   "account",
		Short: "Add, list and change the service's accounts",
		Long:  accountLong,
	}, newAccountAdd(), newAccountList(), newAccountRole(), newAccountDisable(true), newAccountDisable(false), newAccountPasswd(), newAccountToken())
}

// withAccounts runs do with the accounts of a store.
func withAccounts(cmd *cobra.Command, place storePlace, do func(context.Context, *account.Service) error) error {
	ctx, stop := interruptible(cmd.Context())
	defer stop()
	url, err := place.address()
	if err != nil {
		return err
	}
	hasher, err := account.NewHasher(account.DefaultCost(), rand.Reader, 1)
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, url)
	if err != nil {
		return err
	}
	service := &account.Service{Store: s, Hasher: hasher, Settings: account.DefaultSettings(), Now: time.Now, Random: rand.Reader}
	err = errors.Join(do(ctx, service), s.Close())
	var wrong *account.WrongError
	if errors.As(err, &wrong) {
		return usageError(wrong)
	}
	return err
}

// withAccount runs do with the account that logs in by a name, and prints what do says was done.
func withAccount(cmd *cobra.Command, place storePlace, name string, do func(context.Context, *account.Service, account.Account) (string, error)) error {
	return withAccounts(cmd, place, func(ctx context.Context, s *account.Service) error {
		a, err := s.Store.AccountByName(ctx, strings.ToLower(name))
		if errors.Is(err, account.ErrNotFound) {
			return usageError(fmt.Errorf("there is no account %s", name))
		}
		if err != nil {
			return err
		}
		done, err := do(ctx, s, a)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(cmd.OutOrStdout(), done)
		return err
	})
}

// maxPasswordLine bounds what is read for a password, in bytes.
const maxPasswordLine = 4096

// readPassword reads the first line of standard input.
func readPassword(in io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(in, maxPasswordLine)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("reading the password: %w", err)
	}
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		return "", usageError(errors.New("the password is read from standard input, and there is none"))
	}
	return line, nil
}

func newAccountAdd() *cobra.Command {
	var place storePlace
	var role, mail string
	cmd := &cobra.Command{
		Use:     "add NAME",
		Short:   "Add an account; its password is read from standard input",
		Example: "  pahra account add root --role administrator --state /var/lib/pahra < password.txt",
		Args:    oneArg("the account's name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := account.ParseRole(role)
			if err != nil {
				return usageError(err)
			}
			if _, err := place.address(); err != nil {
				return err
			}
			password, err := readPassword(cmd.InOrStdin())
			if err != nil {
				return err
			}
			return withAccounts(cmd, place, func(ctx context.Context, s *account.Service) error {
				a, err := s.Add(ctx, account.Operator(), args[0], mail, r, password)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "added %s, %s\n", a.Name, a.Role)
				return err
			})
		},
	}
	place.flags(cmd)
	cmd.Flags().StringVar(&role, "role", "member", "member, analyst or administrator")
	cmd.Flags().StringVar(&mail, "mail", "", "where mail to it goes")
	return cmd
}

// accountLine is an account as list prints it.
type accountLine struct {
	ID        string       `json:"id"`
	Name      string       `json:"name"`
	Role      account.Role `json:"role"`
	Mail      string       `json:"mail"`
	Issuer    string       `json:"issuer"` // of OpenID; empty: it logs in with a password
	Disabled  bool         `json:"disabled"`
	Created   time.Time    `json:"created"`
	LastLogin *time.Time   `json:"last_login"`
}

func newAccountList() *cobra.Command {
	var place storePlace
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the accounts",
		Example: "  pahra account list --state /var/lib/pahra",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withAccounts(cmd, place, func(ctx context.Context, s *account.Service) error {
				list, err := s.List(ctx, account.Operator())
				if err != nil {
					return err
				}
				return printAccounts(cmd.OutOrStdout(), asJSON, list)
			})
		},
	}
	place.flags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the accounts as JSON")
	return cmd
}

func printAccounts(out io.Writer, asJSON bool, list []account.Account) error {
	lines := []accountLine{}
	for _, a := range list {
		lines = append(lines, accountLine{a.ID, a.Name, a.Role, a.Mail, a.Issuer, a.Disabled, a.Created, a.LastLogin})
	}
	if asJSON {
		return printJSON(out, lines)
	}
	table := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tROLE\tLOGS IN\tLAST LOG-IN")
	for _, a := range lines {
		way, last := "with a password", "never"
		if a.Issuer != "" {
			way = "through " + harmlessLines(a.Issuer)
		}
		if a.Disabled {
			way = "not: disabled"
		}
		if a.LastLogin != nil {
			last = a.LastLogin.Format("2006-01-02 15:04")
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", a.Name, a.Role, way, last)
	}
	return table.Flush()
}

func newAccountRole() *cobra.Command {
	var place storePlace
	var role string
	cmd := &cobra.Command{
		Use:     "role NAME",
		Short:   "Give an account another role; its sessions end",
		Example: "  pahra account role ann --role analyst --state /var/lib/pahra",
		Args:    oneArg("the account's name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := account.ParseRole(role)
			if err != nil {
				return usageError(err)
			}
			return withAccount(cmd, place, args[0], func(ctx context.Context, s *account.Service, a account.Account) (string, error) {
				return fmt.Sprintf("%s is %s now", a.Name, r), s.SetRole(ctx, account.Operator(), a.ID, r)
			})
		},
	}
	place.flags(cmd)
	cmd.Flags().StringVar(&role, "role", "", "member, analyst or administrator")
	return cmd
}

func newAccountDisable(disable bool) *cobra.Command {
	var place storePlace
	use, short, done := "enable", "Let a disabled account in again", "enabled"
	if disable {
		use, short, done = "disable", "Shut an account out; its sessions end and its tokens stop", "disabled"
	}
	cmd := &cobra.Command{
		Use:     use + " NAME",
		Short:   short,
		Example: "  pahra account " + use + " ann --state /var/lib/pahra",
		Args:    oneArg("the account's name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withAccount(cmd, place, args[0], func(ctx context.Context, s *account.Service, a account.Account) (string, error) {
				return done + " " + a.Name, s.SetDisabled(ctx, account.Operator(), a.ID, disable)
			})
		},
	}
	place.flags(cmd)
	return cmd
}
