package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/desk/party"
	"pahra/internal/service/parties"
	"pahra/internal/store"
)

const deskDocumentLong = `Keep what the desk decides by, in versions of which the last counts.

Kinds:
  policy    who else is told, and rules: which events are tagged, held back, put first (YAML)
  contacts  whom to write to about networks that are no constituents (CSV)
  certs     national CERTs by country (CSV)

docs/desk-parties.md has their forms.`

func newDeskDocument() *cobra.Command {
	return family(&cobra.Command{
		Use:   "document",
		Short: "Keep the policy and the tables of contacts",
		Long:  deskDocumentLong,
	}, newDocumentCheck(), newDocumentPut(), newDocumentShow())
}

func documentKind(kind string) error {
	if !slices.Contains(parties.Documents(), kind) {
		return usageError(fmt.Errorf("%q is none of %s", kind, strings.Join(parties.Documents(), ", ")))
	}
	return nil
}

func newDocumentCheck() *cobra.Command {
	return &cobra.Command{
		Use:     "check KIND FILE",
		Short:   "Say what is wrong with a document",
		Long:    "Say what is wrong with a document, each fault with its line and column.\n\nExit status: 0 it can be used, 2 wrong use, 3 it cannot.",
		Example: "  pahra desk document check policy policy.yaml",
		Args:    cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := documentKind(args[0]); err != nil {
				return err
			}
			_, err := readDocument(args[0], args[1])
			return err
		},
	}
}

func newDocumentPut() *cobra.Command {
	p := new(deskPlace)
	cmd := &cobra.Command{
		Use:   "put KIND FILE",
		Short: "Make a document the one that counts",
		Long: `Make a document the one that counts of its kind, from now on. A service that runs takes it over within a minute. Try it first:
pahra desk bench.

Exit status: 0 done, 2 wrong use, 3 it cannot be used.`,
		Example: "  pahra desk document put policy policy.yaml --state /var/lib/pahra",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := documentKind(args[0]); err != nil {
				return err
			}
			text, err := readDocument(args[0], args[1])
			if err != nil {
				return err
			}
			return p.with(cmd, func(ctx context.Context, _ *parties.Desks, s *store.Store) error {
				return s.AddDocument(ctx, store.DeskDocument{Tenant: p.tenant, Kind: args[0], Made: time.Now(), By: whoami(), Body: text})
			})
		},
	}
	p.flags(cmd)
	return cmd
}

func newDocumentShow() *cobra.Command {
	p := new(deskPlace)
	cmd := &cobra.Command{
		Use:     "show KIND",
		Short:   "Write the document that counts",
		Long:    "Write the document that counts to standard output; of the policy, where there is none, the one that is built in.\n\nExit status: 0 done, 2 wrong use, 3 there is none.",
		Example: "  pahra desk document show policy --state /var/lib/pahra > policy.yaml",
		Args:    oneArg("the kind of document"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := documentKind(args[0]); err != nil {
				return err
			}
			return p.reading(cmd, func(ctx context.Context, _ *parties.Desks, s *store.Store) error {
				doc, err := s.Document(ctx, p.tenant, args[0])
				if errors.Is(err, store.ErrNotFound) && args[0] == parties.Policy {
					doc.Body, err = party.BuiltIn(), nil
				}
				if err != nil {
					return err
				}
				_, err = cmd.OutOrStdout().Write(doc.Body)
				return err
			})
		},
	}
	p.flags(cmd)
	return cmd
}
