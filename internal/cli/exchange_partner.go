package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/service/exchange"
	"pahra/internal/store"
)

func newExchangePartner() *cobra.Command {
	return family(&cobra.Command{
		Use:   "partner",
		Short: "The teams that are shared with, and their keys",
		Long: `Keep the teams that are shared with: add one with the fingerprints of its keys once these were compared over another channel, see how it
stands with each, suspend one at once.`,
	}, newPartnerAdd(), newPartnerList(), newPartnerShow(), newPartnerSuspend(), newPartnerResume())
}

func newPartnerAdd() *cobra.Command {
	place := exchangePlace{makes: true}
	var p store.ExchangePartner
	cmd := &cobra.Command{
		Use:   "add TEAM --fingerprint F [--own]",
		Short: "Add a team with the fingerprints of its keys",
		Long: `Add a team, by the name that agreements have for it, with the fingerprints of the OpenPGP keys that it signs agreements with. Compare them
first, by telephone or in person: a signature counts only if its key is one of these. One's own team is added with --own. A team that is
there already gets other keys: signatures by its old ones count no more, so agreements signed with those are no longer in force.

Exit status: 0 added, 2 wrong use, 3 it could not be added.`,
		Example: "  pahra exchange partner add cert-nadia --own --fingerprint A5AD0A9A59EAF7F4344E73ADF143814693A585F6 --state /var/lib/pahra\n" +
			"  pahra exchange partner add cert-atlantica --fingerprint 91D1EFF672A4EEE3B336ED43A15A458FE05C30FC --country XU --state /var/lib/pahra",
		Args: oneArg("the team"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p.Team, p.Actor = args[0], "command line"
			if len(p.Fingerprints) == 0 {
				return usageError(errors.New("--fingerprint is missing: of a key of the team, compared over another channel"))
			}
			return place.acting(cmd, p.Team, strings.Join(p.Fingerprints, " "), func(ctx context.Context, x *exchange.Exchange) error { return x.AddPartner(ctx, p) })
		},
	}
	place.flags(cmd)
	set := cmd.Flags()
	set.StringArrayVar(&p.Fingerprints, "fingerprint", nil, "`fingerprint` of a key, whole (required); may be given again")
	set.BoolVar(&p.Own, "own", false, "it is one's own team")
	set.StringVar(&p.Name, "name", "", "`name` of the team")
	set.StringVar(&p.Country, "country", "", "its `country`, two letters")
	set.StringVar(&p.Profile, "profile", "", "`where` the team describes itself (RFC 2350)")
	return cmd
}

func newPartnerList() *cobra.Command {
	var place exchangePlace
	asJSON := false
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the teams and how it stands with them",
		Long:    "List the teams, one's own first: what is in force with each, or why nothing is shared.\n\nExit status: 0 done, 2 wrong use, 3 it could not be read.",
		Example: "  pahra exchange partner list --state /var/lib/pahra",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return place.with(cmd, func(ctx context.Context, x *exchange.Exchange) error {
				state, all, err := x.Status(ctx)
				if err != nil {
					return err
				}
				if asJSON {
					return printJSON(cmd.OutOrStdout(), map[string]any{"stopped": state.Stopped, "reason": state.Reason, "partners": all})
				}
				return listPartners(cmd.OutOrStdout(), &state, all)
			})
		},
	}
	place.flags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func listPartners(out io.Writer, state *store.ExchangeState, all []exchange.PartnerStatus) error {
	if state.Stopped != nil {
		fmt.Fprintf(out, "all sharing is stopped since %s: %s\n", state.Stopped.Format(time.RFC3339), harmless(state.Reason))
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for i := range all {
		p := &all[i]
		fmt.Fprintf(t, "%s\t%s\t%s\n", p.Team, p.Country, harmless(standsWith(p)))
	}
	return t.Flush()
}

// standsWith says in words how it stands with a team.
func standsWith(p *exchange.PartnerStatus) string {
	if p.Own {
		return "the own team"
	}
	if p.Suspended != nil {
		return "suspended since " + p.Suspended.Format(time.RFC3339) + ": " + p.Reason
	}
	words := []string{}
	for _, a := range p.Agreements {
		if a.Holds && a.Closed == "" {
			words = append(words, fmt.Sprintf("%s, version %d, until %s", a.Agreement, a.Version, a.End.Format(time.DateOnly)))
		} else if a.Holds {
			words = append(words, fmt.Sprintf("%s, version %d: %s", a.Agreement, a.Version, a.Closed))
		}
	}
	if len(words) == 0 {
		return "no agreement"
	}
	return strings.Join(words, "; ")
}

func newPartnerShow() *cobra.Command {
	var place exchangePlace
	asJSON := false
	cmd := &cobra.Command{
		Use:     "show TEAM",
		Short:   "Show a team: its keys, agreements and collections",
		Long:    "Show a team: the keys that were compared, every version of its agreements with what keeps it closed, its collections.\n\nExit status: 0 done, 2 wrong use, 3 there is no such team.",
		Example: "  pahra exchange partner show cert-atlantica --state /var/lib/pahra --json",
		Args:    oneArg("the team"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return place.with(cmd, func(ctx context.Context, x *exchange.Exchange) error {
				_, all, err := x.Status(ctx)
				if err != nil {
					return err
				}
				i := slices.IndexFunc(all, func(p exchange.PartnerStatus) bool { return p.Team == args[0] })
				switch {
				case i < 0:
					return fmt.Errorf("there is no team %q", args[0])
				case asJSON:
					return printJSON(cmd.OutOrStdout(), all[i])
				}
				showPartner(cmd.OutOrStdout(), &all[i])
				return nil
			})
		},
	}
	place.flags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func showPartner(out io.Writer, p *exchange.PartnerStatus) {
	fmt.Fprintf(out, "%s, %s %s: %s\n", p.Team, harmless(p.Name), harmless(p.Country), harmless(standsWith(p)))
	for _, f := range p.Fingerprints {
		fmt.Fprintf(out, "key %s, compared on %s by %s\n", f, p.Onboarded.Format(time.DateOnly), harmless(p.Actor))
	}
	for _, a := range p.Agreements {
		state := "in force"
		if a.Closed != "" {
			state = "nothing leaves: " + a.Closed
		}
		fmt.Fprintf(out, "%s, version %d, %s to %s: %s\n", a.Agreement, a.Version, a.Start.Format(time.DateOnly), a.End.Format(time.DateOnly), harmless(state))
	}
	for _, c := range p.Collections {
		fmt.Fprintf(out, "collection %s %s: %s\n", c.ID, c.Kind, harmless(c.Title))
	}
}

func newPartnerSuspend() *cobra.Command {
	var place exchangePlace
	reason := ""
	cmd := &cobra.Command{
		Use:     "suspend TEAM --reason WORDS",
		Short:   "Stop sharing with a team at once",
		Long:    "Stop sharing with a team: from the next request on it gets nothing, also in the middle of paging. Others are not touched.\n\nExit status: 0 suspended, 2 wrong use, 3 there is no such partner.",
		Example: `  pahra exchange partner suspend cert-atlantica --reason "their server was broken into" --state /var/lib/pahra`,
		Args:    oneArg("the team"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if reason == "" {
				return usageError(errors.New("--reason is missing: why sharing stops"))
			}
			return place.acting(cmd, args[0], reason, func(ctx context.Context, x *exchange.Exchange) error { return x.Suspend(ctx, args[0], reason) })
		},
	}
	place.flags(cmd)
	cmd.Flags().StringVar(&reason, "reason", "", "`why` (required)")
	return cmd
}

func newPartnerResume() *cobra.Command {
	var place exchangePlace
	cmd := &cobra.Command{
		Use:     "resume TEAM",
		Short:   "Let sharing with a team go on",
		Long:    "Let sharing with a team that was suspended go on. It misses nothing that was offered meanwhile.\n\nExit status: 0 done, 2 wrong use, 3 there is no such partner.",
		Example: "  pahra exchange partner resume cert-atlantica --state /var/lib/pahra",
		Args:    oneArg("the team"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return place.acting(cmd, args[0], "", func(ctx context.Context, x *exchange.Exchange) error { return x.Resume(ctx, args[0]) })
		},
	}
	place.flags(cmd)
	return cmd
}
