package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	netmail "net/mail"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/account"
	"pahra/internal/config"
	"pahra/internal/deliver/mail"
	"pahra/internal/service/exchange"
	"pahra/internal/store"
)

const exchangeRedLong = `Send something of TLP:RED to people of a partner. It never leaves by TAXII, MISP, a feed or the API: one person of the desk proposes it, for
people who are named with their OpenPGP keys; a second one releases it, and it goes by mail, encrypted to each of these. Who has it stands in
the ledger, not what it is.

Both prove who they are by the password of their account, an analyst's or administrator's. Compare the fingerprints of keys with the people
they are of, over another channel, before you release.`

func newExchangeRed() *cobra.Command {
	return family(&cobra.Command{
		Use:   "red",
		Short: "Send TLP:RED to named people by encrypted mail, released by two persons",
		Long:  exchangeRedLong,
	}, newRedPropose(), newRedList(), newRedRelease(), newRedRefuse())
}

// redPerson is who acts, as typed.
type redPerson struct {
	place exchangePlace
	name  string
}

func (p *redPerson) flags(cmd *cobra.Command) {
	p.place.flags(cmd)
	cmd.Flags().StringVar(&p.name, "as", "", "`account` of who acts (required); its password is read from standard input")
}

// acting runs do as the person, whose password is read.
func (p *redPerson) acting(cmd *cobra.Command, do func(ctx context.Context, x *exchange.Exchange, id string) error) error {
	if p.name == "" {
		return usageError(errors.New("--as is missing: the account of who acts"))
	}
	word, err := readPassword(cmd.InOrStdin())
	if err != nil {
		return err
	}
	return p.place.with(cmd, func(ctx context.Context, x *exchange.Exchange) error {
		hasher, err := account.NewHasher(account.DefaultCost(), rand.Reader, 1)
		if err != nil {
			return err
		}
		people := &account.Service{Store: x.Store, Hasher: hasher, Settings: account.DefaultSettings(), Now: time.Now, Random: rand.Reader}
		in, err := people.LogIn(ctx, account.Attempt{Name: p.name, Password: word, From: netip.IPv6Loopback()})
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		if err := people.EndSession(ctx, in.Session); err != nil {
			return err
		}
		if in.Account.Role < account.Analyst {
			return fmt.Errorf("%s: %w", p.name, account.ErrForbidden)
		}
		return do(ctx, x, in.Account.ID)
	})
}

func newRedPropose() *cobra.Command {
	var who redPerson
	var p exchange.Proposal
	var to []string
	cmd := &cobra.Command{
		Use:   "propose FILE --partner P --to 'NAME <ADDRESS>=KEYFILE' --why WORDS --as ACCOUNT",
		Short: "Propose a file of TLP:RED for named people",
		Long: "Propose a file of TLP:RED, of at most 60 KiB, for people of a partner, each with their OpenPGP key. Nothing is sent yet; it waits encrypted.\n\n" +
			"Exit status: 0 done, 2 wrong use, 3 it cannot be proposed.",
		Example: "  pahra exchange red propose source.txt --partner cert-atlantica --to 'Ann Rao <ann@cert-atlantica.example>=ann.asc' --why \"asked for by telephone\" --as bob --state /var/lib/pahra < word",
		Args:    oneArg("the file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if p.Partner == "" || p.Reason == "" || len(to) == 0 {
				return usageError(errors.New("--partner, --to and --why say whom it is for, and why"))
			}
			var err error
			if p.Receivers, err = redReceivers(to); err != nil {
				return err
			}
			if p.Content, err = os.ReadFile(args[0]); err != nil {
				return err
			}
			p.Name = filepath.Base(args[0])
			return who.acting(cmd, func(ctx context.Context, x *exchange.Exchange, id string) error {
				p.By = id
				n, err := x.ProposeRed(ctx, p)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "proposal %d waits for a second person\n", n)
				return err
			})
		},
	}
	who.flags(cmd)
	cmd.Flags().StringVar(&p.Partner, "partner", "", "the `team` whose people they are (required)")
	cmd.Flags().StringArrayVar(&to, "to", nil, "`person`, 'NAME <ADDRESS>=KEYFILE' (required); may be given again")
	cmd.Flags().StringVar(&p.Reason, "why", "", "the `reason` (required)")
	return cmd
}

func redReceivers(to []string) (list []store.RedReceiver, err error) {
	for _, text := range to {
		person, file, is := strings.Cut(text, "=")
		a, err := netmail.ParseAddress(person)
		if !is || err != nil || a.Name == "" {
			return nil, usageError(fmt.Errorf("--to %q is not 'NAME <ADDRESS>=KEYFILE'", text))
		}
		key, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		list = append(list, store.RedReceiver{Name: a.Name, Address: a.Address, Key: string(key)})
	}
	return list, nil
}

// redLine is a proposal as list prints it.
type redLine struct {
	Number    int64          `json:"number"`
	State     store.RedState `json:"state"`
	Partner   string         `json:"partner"`
	Name      string         `json:"name"`
	SHA256    string         `json:"sha256"`
	Proposer  string         `json:"proposer"` // an account's id
	Proposed  time.Time      `json:"proposed"`
	Reason    string         `json:"reason"`
	Decider   string         `json:"decider"` // an account's id
	Decided   *time.Time     `json:"decided"`
	Receivers []redTo        `json:"receivers"`
	Leaf      int64          `json:"leaf"` // the entry of the ledger; -1: none yet
}

type redTo struct {
	Name        string     `json:"name"`
	Address     string     `json:"address"`
	Fingerprint string     `json:"fingerprint"`
	Sent        *time.Time `json:"sent"`
}

func newRedList() *cobra.Command {
	var place exchangePlace
	asJSON := false
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List proposals: for whom, by which keys, how far they came",
		Long:    "List proposals: for whom, by which keys, how far they came. What is in them is not shown.\n\nExit status: 0 done, 2 wrong use, 3 it cannot be read.",
		Example: "  pahra exchange red list --state /var/lib/pahra",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return place.with(cmd, func(ctx context.Context, x *exchange.Exchange) error {
				all, err := x.Store.Reds(ctx, 0, 10_000)
				if err != nil {
					return err
				}
				return printReds(cmd.OutOrStdout(), all, asJSON)
			})
		},
	}
	place.flags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func printReds(out io.Writer, all []store.ExchangeRed, asJSON bool) error {
	lines := []redLine{}
	for _, v := range all {
		l := redLine{v.Number, v.State, v.Partner, v.Name, v.Digest, v.Proposer, v.Proposed, v.Reason, v.Decider, v.Decided, nil, v.Leaf}
		for _, r := range v.Receivers {
			l.Receivers = append(l.Receivers, redTo{r.Name, r.Address, r.Fingerprint, r.Sent})
		}
		lines = append(lines, l)
	}
	if asJSON {
		return printJSON(out, lines)
	}
	for _, l := range lines {
		fmt.Fprintf(out, "%d\t%s\t%s\t%s: %s\n", l.Number, l.State, l.Partner, harmless(l.Name), harmless(l.Reason))
		for _, r := range l.Receivers {
			sent := "not sent"
			if r.Sent != nil {
				sent = "sent on " + r.Sent.Format(time.RFC3339)
			}
			fmt.Fprintf(out, "\t%s <%s>, key %s, %s\n", harmless(r.Name), harmless(r.Address), r.Fingerprint, sent)
		}
	}
	return nil
}

func newRedRelease() *cobra.Command {
	var who redPerson
	file := ""
	cmd := &cobra.Command{
		Use:   "release NUMBER --as ACCOUNT --config FILE",
		Short: "Release a proposal as the second person, and send it",
		Long: "Release a proposal as the second person: it is written down in the ledger, and sent to each person as alerts.mail of the settings says, signed as\n" +
			"desk.signing says. Where a mail was not taken, release it again: the rest is sent.\n\nExit status: 0 sent, 2 wrong use, 3 it may not be released, or a mail was not taken.",
		Example: "  pahra exchange red release 3 --as ann --config /etc/pahra/pahra.yaml --state /var/lib/pahra < word",
		Args:    oneArg("the proposal's number"),
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil || file == "" {
				return usageError(errors.New("a number and --config FILE are needed"))
			}
			post, err := redPost(file)
			if err != nil {
				return err
			}
			return who.acting(cmd, func(ctx context.Context, x *exchange.Exchange, id string) error {
				log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
				books := exchange.OpenBooks(x, filepath.Join(who.place.state, "ledger"), func(what string) { log.Warn("a ledger was mended", "what", what) })
				v, err := books.ReleaseRed(ctx, n, id, post)
				if err := errors.Join(err, books.Close()); err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "proposal %d: %s, entry %d of the ledger\n", v.Number, v.State, v.Leaf)
				return err
			})
		},
	}
	who.flags(cmd)
	cmd.Flags().StringVar(&file, "config", "", "the service's `file` of settings (required)")
	return cmd
}

// redPost makes of the service's settings how letters go out.
func redPost(file string) (exchange.Post, error) {
	c, err := config.Load(file, os.Environ())
	if err != nil {
		return exchange.Post{}, usageError(err)
	}
	if c.Alerts.Mail == nil {
		return exchange.Post{}, usageError(fmt.Errorf("%s: alerts.mail is not set", file))
	}
	mailer, err := mail.New(*c.Alerts.Mail)
	if err != nil {
		return exchange.Post{}, err
	}
	post := exchange.Post{Letters: mailer, Return: c.Desk.Notices.Return}
	post.Signer, err = mail.NewSigner(c.Desk.Signing)
	return post, err
}

func newRedRefuse() *cobra.Command {
	var who redPerson
	reason := ""
	cmd := &cobra.Command{
		Use:     "refuse NUMBER --why WORDS --as ACCOUNT",
		Short:   "Refuse a proposal, or take it back; what was to be sent is forgotten",
		Long:    "Refuse a proposal that waits, or take back one's own; what was to be sent is forgotten.\n\nExit status: 0 done, 2 wrong use, 3 it does not wait.",
		Example: "  pahra exchange red refuse 3 --why \"not theirs to know\" --as ann --state /var/lib/pahra < word",
		Args:    oneArg("the proposal's number"),
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil || reason == "" {
				return usageError(errors.New("a number and --why are needed"))
			}
			return who.acting(cmd, func(ctx context.Context, x *exchange.Exchange, id string) error {
				if err := x.RefuseRed(ctx, n, reason, id); err != nil {
					return err
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "proposal %d: refused\n", n)
				return err
			})
		},
	}
	who.flags(cmd)
	cmd.Flags().StringVar(&reason, "why", "", "the `reason` (required)")
	return cmd
}
