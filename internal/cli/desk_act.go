package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"pahra/internal/desk"
	"pahra/internal/desk/class"
	"pahra/internal/desk/deadline"
	"pahra/internal/service/cases"
	"pahra/internal/store"
)

func newDeskMove() *cobra.Command {
	var reason string
	cmd := deskAct(&cobra.Command{
		Use:   "move NUMBER STATE",
		Short: "Bring a case to another state",
		Long: `Bring a case to another state: notified, acknowledged, in-progress, closed (with --reason) or reopened. Nobody brings one to
recovered: that is measured, see "pahra desk recover".`,
		Example: `  pahra desk move 17 closed --reason "agreed by phone" --state /var/lib/pahra`,
	}, 1, func(ctx context.Context, s *cases.Service, v store.Sight, id int64, args []string) error {
		return s.Move(ctx, v, byHand(), id, desk.State(args[0]), reason)
	})
	cmd.Flags().StringVar(&reason, "reason", "", "`why`")
	return cmd
}

func newDeskAssign() *cobra.Command {
	return deskAct(&cobra.Command{
		Use:     "assign NUMBER ACCOUNT",
		Short:   "Give a case to an account",
		Long:    `Give a case to an account of the team; "" is nobody.`,
		Example: "  pahra desk assign 17 ann --state /var/lib/pahra",
	}, 1, func(ctx context.Context, s *cases.Service, v store.Sight, id int64, args []string) error {
		return s.Assign(ctx, v, byHand(), id, args[0])
	})
}

func newDeskComment() *cobra.Command {
	return deskAct(&cobra.Command{
		Use:     "comment NUMBER TEXT",
		Short:   "Say something of a case",
		Long:    "Say something of a case. It stands in the log with its time, and cannot be edited.",
		Example: `  pahra desk comment 17 "they promised to look at it" --state /var/lib/pahra`,
	}, 1, func(ctx context.Context, s *cases.Service, v store.Sight, id int64, args []string) error {
		return s.Comment(ctx, v, byHand(), id, args[0])
	})
}

const deskReportLong = `Write the report of an incident that the party of a case owes CERT-In under the directions of 28 April 2022: the entity's
own report, with the types of Annexure I that it may be, its point of contact, and the times when somebody found out, when it
noticed and when it was told. What is not known is left to be filled in. --met says instead that the report was made.`

func newDeskReport() *cobra.Command {
	var r deadline.CERTIn
	var asJSON bool
	var met string
	var cmd *cobra.Command
	cmd = deskAct(&cobra.Command{
		Use:     "report NUMBER",
		Short:   "Write the report that an entity owes CERT-In",
		Long:    deskReportLong,
		Example: `  pahra desk report 17 --entity "Example Bank" --contact "A. Rao" --phone "+91 11 0000" --state /var/lib/pahra`,
	}, 0, func(ctx context.Context, s *cases.Service, v store.Sight, id int64, _ []string) error {
		if met != "" {
			return s.Meet(ctx, v, byHand(), id, "cert-in-6h", time.Now(), met)
		}
		tables, err := class.Load()
		if err != nil {
			return err
		}
		out, err := s.ToCERTIn(ctx, v, tables, id, r)
		if err != nil {
			return err
		}
		if asJSON {
			return printJSON(cmd.OutOrStdout(), out)
		}
		_, err = fmt.Fprint(cmd.OutOrStdout(), out.Text())
		return err
	})
	set := cmd.Flags()
	set.StringVar(&r.Entity, "entity", "", "`name` of the entity")
	set.StringVar(&r.Contact.Name, "contact", "", "`name` of its point of contact")
	set.StringVar(&r.Contact.Mail, "mail", "", "`address` of the point of contact")
	set.StringVar(&r.Contact.Phone, "phone", "", "`number` of the point of contact")
	set.StringArrayVar(&r.Addresses, "address", nil, "affected `address`; may be given several times")
	set.StringVar(&met, "met", "", "the report was made now, under this `reference`")
	set.BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

const deskRecoverLong = `Bring those cases to recovered that later reports show to have: each list that showed one came for three days since, without
it. A day without a report is not one of them. The service does this every day by itself.`

func newDeskRecover() *cobra.Command {
	var place casePlace
	var m cases.Measuring
	cmd := &cobra.Command{
		Use:     "recover",
		Short:   "Measure which cases have recovered",
		Long:    deskRecoverLong,
		Example: "  pahra desk recover --state /var/lib/pahra",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return place.with(cmd, func(ctx context.Context, s *cases.Service, _ store.Sight) error {
				s.Measuring = m
				n, err := s.Recover(ctx, place.tenant)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d cases have recovered\n", n)
				return err
			})
		},
	}
	place.flags(cmd)
	cmd.Flags().IntVar(&m.Days, "days", 3, "on so `many` days of reports it must be missing")
	cmd.Flags().StringToIntVar(&m.ByClass, "class-days", nil, "the same for a class: `fraud/phishing=1`; -1: it is not measured")
	return cmd
}

const deskTenantLong = `Response teams that share an installation see nothing of each other, administrators neither. While none is named there is
"national" alone, and every account works there; from then on an account works where it was assigned to, and nowhere else.
A case passes from one to another by explicit referral only.`

func newDeskTenant() *cobra.Command {
	return family(&cobra.Command{Use: "tenant", Short: "Response teams that share the installation", Long: deskTenantLong},
		deskAdmin(&cobra.Command{Use: "list", Short: "List response teams", Example: "  pahra desk tenant list --state /var/lib/pahra"}, 0, listTenants),
		deskAdmin(&cobra.Command{Use: "name NAME TITLE", Short: "Name a response team", Example: `  pahra desk tenant name energy "CERT of the energy sector" --state /var/lib/pahra`}, 2,
			func(ctx context.Context, _ *cobra.Command, s *cases.Service, _ store.Sight, args []string) error {
				if !cases.PlainName(args[0]) {
					return usageError(fmt.Errorf("%q: a name has lower-case letters, digits and hyphens", args[0]))
				}
				return s.Store.PutTenant(ctx, time.Now(), store.Tenant{Name: args[0], Title: args[1]})
			}),
		deskAdmin(&cobra.Command{Use: "assign ACCOUNT NAME", Short: "Say at whose desk an account works", Example: "  pahra desk tenant assign 4f1e energy --state /var/lib/pahra"}, 2,
			func(ctx context.Context, _ *cobra.Command, s *cases.Service, _ store.Sight, args []string) error {
				return s.Store.AssignTenant(ctx, args[0], args[1])
			}))
}

const deskCompartmentLong = `A case in a compartment is seen by the accounts that are named in it and by nobody else of the team. Cases with an event of
TLP:RED that are in no compartment are in the one called "red": name who may see them there.`

func newDeskCompartment() *cobra.Command {
	return family(&cobra.Command{Use: "compartment", Short: "Who sees the cases of a compartment", Long: deskCompartmentLong},
		deskAdmin(&cobra.Command{Use: "list", Short: "List compartments and who is named in them", Example: "  pahra desk compartment list --state /var/lib/pahra"}, 0, listCompartments),
		deskAdmin(&cobra.Command{Use: "name COMPARTMENT ACCOUNT", Short: "Name an account in a compartment", Example: "  pahra desk compartment name red 4f1e --state /var/lib/pahra"}, 2,
			func(ctx context.Context, _ *cobra.Command, s *cases.Service, v store.Sight, args []string) error {
				return s.Store.NameIn(ctx, time.Now(), v.Tenant, args[0], args[1])
			}),
		deskAdmin(&cobra.Command{Use: "unname COMPARTMENT ACCOUNT", Short: "Take an account out of a compartment", Example: "  pahra desk compartment unname red 4f1e --state /var/lib/pahra"}, 2,
			func(ctx context.Context, _ *cobra.Command, s *cases.Service, v store.Sight, args []string) error {
				return s.Store.UnnameIn(ctx, v.Tenant, args[0], args[1])
			}),
		deskAct(&cobra.Command{Use: "put NUMBER COMPARTMENT", Short: "Put a case into a compartment", Long: `Put a case into a compartment; "" is out of all.`,
			Example: "  pahra desk compartment put 17 banks --state /var/lib/pahra"}, 1,
			func(ctx context.Context, s *cases.Service, v store.Sight, id int64, args []string) error {
				return s.Confine(ctx, v, byHand(), id, args[0])
			}))
}
