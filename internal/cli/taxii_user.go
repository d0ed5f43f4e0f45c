package cli

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"pahra/internal/account"
	"pahra/internal/service/exchange"
	"pahra/internal/service/reports"
)

func newTAXIIUser() *cobra.Command {
	return family(&cobra.Command{
		Use:   "user",
		Short: "Who may ask the TAXII server, and for which collections",
		Long: `Keep who may ask the TAXII server. A user proves itself by a password, a bearer token or a certificate. Changes count from the next
request on, also in the middle of paging, and stand in the audit log.`,
	}, newTAXIIUserAdd(), newTAXIIUserList(), newTAXIIUserRevoke(), newTAXIIUserToken(), newTAXIIUserCertificate())
}

func newTAXIIUserAdd() *cobra.Command {
	place := taxiiPlace{makes: true}
	var read, write []string
	var withPassword bool
	var certificate string
	cmd := &cobra.Command{
		Use:   "add NAME --password-stdin [--read ID] [--write ID]",
		Short: "Add a user",
		Long: `Add a user. --read and --write name collections by id or alias and may be repeated; to delete objects a user needs both.

Exit status: 0 added, 2 wrong use, 3 it could not be added.`,
		Example: "  pahra taxii user add ncsc --password-stdin --read commons --state /var/lib/pahra < password.txt\n" +
			"  pahra taxii user add sensor --certificate sensor.pem --write commons --state /var/lib/pahra",
		Args: oneArg("the user's name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			n := exchange.NewUser{Name: args[0], Read: read, Write: write}
			if err := place.check(); err != nil {
				return err
			}
			var err error
			if withPassword {
				if n.Password, err = readPassword(cmd.InOrStdin()); err != nil {
					return err
				}
				if utf8.RuneCountInString(n.Password) < account.MinPassword {
					fmt.Fprintf(cmd.ErrOrStderr(), "the password has fewer than %d characters: it can be guessed; a token is better\n", account.MinPassword)
				}
			}
			if certificate != "" {
				if n.Certificate, err = readCertificate(certificate); err != nil {
					return err
				}
			}
			return place.with(cmd, func(ctx context.Context, s *exchange.Service) error {
				if err := s.AddUser(ctx, n); err != nil {
					return err
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "added %s\n", n.Name)
				return err
			})
		},
	}
	place.flags(cmd)
	set := cmd.Flags()
	set.BoolVar(&withPassword, "password-stdin", false, "read the password from standard input, one line")
	set.StringArrayVar(&read, "read", nil, "`collection` that it may read; may be repeated")
	set.StringArrayVar(&write, "write", nil, "`collection` that it may put objects into; may be repeated")
	set.StringVar(&certificate, "certificate", "", "`file` with a certificate that it may prove itself with, PEM")
	return cmd
}

// readCertificate reads the first certificate of a PEM file.
func readCertificate(path string) ([]byte, error) {
	text, err := reports.ReadSmall(path)
	if err != nil {
		return nil, err
	}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			return block.Bytes, nil
		}
	}
	return nil, fmt.Errorf("%s: there is no certificate in it", path)
}

// taxiiUser is a user as list prints it.
type taxiiUser struct {
	Name        string     `json:"name"`
	Partner     string     `json:"partner"`
	Read        []string   `json:"read"`
	Write       []string   `json:"write"`
	Password    bool       `json:"password"`
	Token       bool       `json:"token"`
	Certificate string     `json:"certificate"` // SHA-256 in hex; "" none
	Made        time.Time  `json:"made"`
	Revoked     *time.Time `json:"revoked"`
}

func newTAXIIUserList() *cobra.Command {
	var place taxiiPlace
	asJSON := false
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the users",
		Example: "  pahra taxii user list --state /var/lib/pahra --json | jq '.[].name'",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return place.with(cmd, func(ctx context.Context, s *exchange.Service) error {
				all, err := s.UserList(ctx)
				if err != nil {
					return err
				}
				lines := []taxiiUser{}
				for _, u := range all {
					lines = append(lines, taxiiUser{u.Name, u.Partner, append([]string{}, u.Read...), append([]string{}, u.Write...), u.Hash != "", u.Token != "",
						u.Certificate, u.Made, u.Revoked})
				}
				return printTAXIIUsers(cmd, asJSON, lines)
			})
		},
	}
	place.flags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func printTAXIIUsers(cmd *cobra.Command, asJSON bool, lines []taxiiUser) error {
	out := cmd.OutOrStdout()
	if asJSON {
		return printJSON(out, lines)
	}
	table := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tPARTNER\tREADS\tWRITES\tPROVED BY")
	for _, u := range lines {
		var by []string
		for _, way := range []struct {
			is   bool
			name string
		}{{u.Password, "password"}, {u.Token, "token"}, {u.Certificate != "", "certificate"}, {u.Revoked != nil, "nothing: revoked"}} {
			if way.is {
				by = append(by, way.name)
			}
		}
		fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%s\n", u.Name, harmlessLines(u.Partner), len(u.Read), len(u.Write), strings.Join(by, ", "))
	}
	return table.Flush()
}

// changeTAXIIUser makes a command that changes one user and prints what do says.
func changeTAXIIUser(cmd *cobra.Command, do func(ctx context.Context, s *exchange.Service, args []string) (string, error)) *cobra.Command {
	var place taxiiPlace
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return place.with(cmd, func(ctx context.Context, s *exchange.Service) error {
			done, err := do(ctx, s, args)
			if errors.Is(err, exchange.ErrNotFound) {
				return usageError(err)
			}
			if err == nil {
				_, err = fmt.Fprintln(cmd.OutOrStdout(), done)
			}
			return err
		})
	}
	place.flags(cmd)
	return cmd
}

func newTAXIIUserRevoke() *cobra.Command {
	return changeTAXIIUser(&cobra.Command{
		Use:     "revoke NAME",
		Short:   "End a user: its password, token and certificate are nobody's from now on",
		Example: "  pahra taxii user revoke ncsc --state /var/lib/pahra",
		Args:    oneArg("the user's name"),
	}, func(ctx context.Context, s *exchange.Service, args []string) (string, error) {
		return "revoked " + args[0], s.RevokeUser(ctx, args[0])
	})
}

func newTAXIIUserToken() *cobra.Command {
	return changeTAXIIUser(&cobra.Command{
		Use:     "token NAME",
		Short:   "Make a bearer token for a user in place of the one before, and print it, this once",
		Example: "  pahra taxii user token ncsc --state /var/lib/pahra > token.txt",
		Args:    oneArg("the user's name"),
	}, func(ctx context.Context, s *exchange.Service, args []string) (string, error) {
		return s.NewToken(ctx, args[0])
	})
}

func newTAXIIUserCertificate() *cobra.Command {
	return changeTAXIIUser(&cobra.Command{
		Use:   "certificate NAME FILE",
		Short: "Bind a certificate to a user in place of the one before: who has its key is that user",
		Long: `Bind a certificate to a user in place of the one before. Nobody need have signed it: it is known by its fingerprint, and counts between
its dates.

Exit status: 0 bound, 2 wrong use, 3 it could not be bound.`,
		Example: "  pahra taxii user certificate ncsc ncsc.pem --state /var/lib/pahra",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usageError(errors.New("the user's name and a file with the certificate are wanted"))
			}
			return nil
		},
	}, func(ctx context.Context, s *exchange.Service, args []string) (string, error) {
		der, err := readCertificate(args[1])
		if err != nil {
			return "", err
		}
		return "bound to " + args[0], s.BindCertificate(ctx, args[0], der)
	})
}
